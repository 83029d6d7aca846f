"""Times hkperp against the same algorithm in C: `python -m benchmarks.c_reference.compare`.

First both do the workload with all events kept, and every byte of them and the state afterwards
must agree; then they take turns. Timed is the whole batch: hkperp hands each ringful of events to
an empty Python function, C to nobody. The table gives medians, and the median over the rounds of
the time of one divided by the time of the other.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.c_reference.build import BEST, compiler, compiler_version
from benchmarks.c_reference.reference import (
    Library,
    arena_of,
    book_of,
    machine_of,
    require_same,
)
from hkperp.bench import workloads
from hkperp.bench.full_path import FIRST_WALLET
from hkperp.bench.workloads import Workload
from hkperp.edge.machine_memory import Machine
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book

__all__ = ["VARIANTS", "Figure", "PATHS", "main", "profile_guided", "take_turns", "train"]

Path_ = tuple[str, Callable[[Workload], "Book | Machine"]]

#: What is compared: the C source, and what makes the memory it works on.
PATHS: dict[str, Path_] = {
    "book": ("book.c", book_of),
    "full path": ("machine.c", machine_of),
}

#: Attempts to make the C faster, by name; PROFILE_GUIDED is compiled twice.
PROFILE_GUIDED = "-O3 native, profile-guided"
#: What hkperp does as well: the next cell of the id table asked for, divisions unsigned.
AS_HKPERP = ("-DNEXT_CELL", "-DUNSIGNED_DIVISION")
VARIANTS: dict[str, tuple[str, ...]] = {
    "-O3 native": (*BEST, *AS_HKPERP),
    "without both below": BEST,
    "-O2 native": ("-O2", "-march=native"),
    "-O3, no -march": ("-O3",),
    "-Os native": ("-Os", "-march=native"),
    "branch hints": (*BEST, "-DHINTS"),
    "ahead 12/8": (*BEST, "-DCELL_AHEAD=12", "-DORDER_AHEAD=8"),
    "ahead 40/24": (*BEST, "-DCELL_AHEAD=40", "-DORDER_AHEAD=24", "-DROW_AHEAD=64"),
    "no second prefetch": (*BEST, "-DLARGE_TABLE=0x7fffffff"),
    "no vectors": (*BEST, "-fno-tree-vectorize", "-mno-avx512f", "-mprefer-vector-width=128"),
    "no strict aliasing": (*BEST, "-fno-strict-aliasing"),
    "next cell asked for": (*BEST, "-DNEXT_CELL"),
    "unsigned division": (*BEST, "-DUNSIGNED_DIVISION"),
    "links asked for, 8 ahead": (*BEST, "-DNEXT_CELL", "-DSECOND_STEP"),
}


class Figure(NamedTuple):
    """One runner's rounds: speed in messages a second, time against the first runner's."""

    name: str
    speed: float
    ratio: float
    ratio_lowest: float
    ratio_highest: float


def profile_guided(source: str, folder: Path, train: Callable[[Library], None]) -> Library:
    """Compile with counters, `train` the build, compile again with what was counted."""
    counted = (
        "-DCOUNTED",
        "-fprofile-generate",
        "-fprofile-update=single",
        f"-fprofile-dir={folder}",
    )
    first = Library(source, folder, (*BEST, *counted), "counted_" + Path(source).stem)
    train(first)
    first.dump_profile()
    used = (f"-fprofile-use={folder}", "-Wno-missing-profile", "-Wno-coverage-mismatch")
    return Library(source, folder, (*BEST, *used), "guided_" + Path(source).stem)


def take_turns(runs: dict[str, Callable[[], int]], messages: int, rounds: int) -> list[Figure]:
    """Run each once a round, nobody always first; `runs` return ns. The first is the measure."""
    names, elapsed = list(runs), {name: [] for name in runs}
    for n in range(rounds):
        for i in range(len(names)):
            name = names[(n + i) % len(names)]
            elapsed[name].append(runs[name]())
    figures = []
    for name, times in elapsed.items():
        ratios = [own / first for own, first in zip(times, elapsed[names[0]])]
        speed = messages * 1e9 / statistics.median(times)
        median = statistics.median(ratios)
        figures.append(Figure(name, speed, median, min(ratios), max(ratios)))
    return figures


def _timed_by_hkperp(make: Callable[[Workload], Book | Machine], workload: Workload) -> int:
    made = make(workload)
    start = time.perf_counter_ns()
    made.feed(workload.commands, _nobody)
    return time.perf_counter_ns() - start


def _timed_by_c(
    library: Library, make: Callable[[Workload], Book | Machine], workload: Workload
) -> int:
    arena = arena_of(make(workload))
    rows = np.ascontiguousarray(workload.commands, COMMAND)
    start = time.perf_counter_ns()
    library.feed(arena, rows)
    return time.perf_counter_ns() - start


def train(
    library: Library, make: Callable[[Workload], Book | Machine], workload: Workload
) -> None:
    """Do a workload once, for a build with counters."""
    library.feed(arena_of(make(workload)), np.ascontiguousarray(workload.commands, COMMAND))


def _nobody(_events: np.ndarray) -> None:
    """Events that nobody keeps."""


def _runs(
    path: str, workload: Workload, folder: Path, wanted: Sequence[str]
) -> dict[str, Callable[[], int]]:
    """Compile the wanted variants, check that each does the same; C's first is the measure."""
    source, make = PATHS[path]
    runs: dict[str, Callable[[], int]] = {}
    for i, name in enumerate(wanted):
        if name == PROFILE_GUIDED:
            library = profile_guided(
                source,
                folder / f"guided-{Path(source).stem}-{workload.name}",
                lambda built: train(built, make, workload),
            )
        else:
            library = Library(source, folder, VARIANTS[name], f"{Path(source).stem}_{i}")
        require_same(library, make, workload)
        runs[f"C {name}"] = lambda built=library: _timed_by_c(built, make, workload)
    runs["hkperp"] = lambda: _timed_by_hkperp(make, workload)
    return runs


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare on the workloads and paths that were named; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.c_reference.compare")
    parser.add_argument("--workload", action="append", choices=[*workloads.RECIPES, "all"])
    parser.add_argument("--path", action="append", choices=list(PATHS))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--variants", action="store_true", help="also the attempts to make the C faster"
    )
    chosen = parser.parse_args(arguments)
    if compiler() is None:
        print("no C compiler was found: nothing to compare with")
        return 0
    print(compiler_version())
    names = chosen.workload or ["base"]
    wanted = [*VARIANTS, PROFILE_GUIDED] if chosen.variants else [next(iter(VARIANTS))]
    folder = Path(tempfile.mkdtemp(prefix="hkperp-c-"))
    try:
        for name in workloads.RECIPES if "all" in names else names:
            workload = workloads.make(name, FIRST_WALLET)
            for path in chosen.path or PATHS:
                runs = _runs(path, workload, folder, wanted)
                print(f"{name}, {path}: the same {len(workload.commands):,} messages, same events")
                first = next(iter(runs))
                for figure in take_turns(runs, len(workload.commands), chosen.rounds):
                    spread = f"({figure.ratio_lowest:.3f} to {figure.ratio_highest:.3f})"
                    speed = f"{figure.speed / 1e6:6.2f} M/s"
                    print(
                        f"  {figure.name:32} {speed}  time {figure.ratio:.3f} of {first} {spread}"
                    )
                sys.stdout.flush()
    finally:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
