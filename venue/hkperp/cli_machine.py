"""The commands `bench` and `doctor`: what this computer makes of the machine."""

import argparse
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from hkperp.bench import full_path, runner, tape, workloads
from hkperp.bench.tables import report
from hkperp.progress import CompileLine
from hkperp.summary import WIDTH
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import compilation_progress

if TYPE_CHECKING:
    from hkperp.bench.doors import Latency

__all__ = ["run_bench", "run_doctor"]


def run_bench(chosen: argparse.Namespace) -> int:
    """Run the tapes and workloads that were named (all tapes, if nothing was)."""
    if chosen.rounds < 1:
        raise InputError("at least 1 round", source="command line", path="--rounds")
    names = chosen.tape or ([] if chosen.workload or chosen.doors else ["all"])
    tapes = list(tape.SCENARIOS) if "all" in names else names
    wanted = list(workloads.RECIPES) if "all" in chosen.workload else chosen.workload
    for name in wanted:
        if name not in workloads.RECIPES:
            hint = f"one of {', '.join(workloads.RECIPES)}, all"
            raise InputError(f"no workload {name!r}", path="--workload", hint=hint)
    line = _BenchLine()
    rows, results = [], []
    with compilation_progress(line.compiling):
        if tapes:
            rows = runner.run_tapes(tapes, line.step, rounds=chosen.rounds)
        runners = {**runner.BOOK_RUNNERS, "full path, with risk": full_path.full_path}
        for name in wanted:
            results.append(
                runner.run_workload(
                    name,
                    runners,
                    rounds=chosen.rounds,
                    progress=line.step,
                    first_wallet=full_path.FIRST_WALLET,
                )
            )
        latencies = _door_latencies() if chosen.doors else []
    line.done()
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    report(console, rows, results)
    for each in latencies:
        p50, p99 = f"p50 {each.p50_ns / 1000:6.2f} us", f"p99 {each.p99_ns / 1000:6.2f} us"
        console.print(Text(f"{each.name:32} {p50}  {p99}  {each.calls:,} calls"))
    return 0


def _door_latencies() -> "list[Latency]":
    from hkperp.bench.doors import door_latencies

    return door_latencies()


def run_doctor() -> int:
    """Compile everything and print what there is to say."""
    from hkperp import doctor

    line = CompileLine()
    for text in doctor.report(line.compiling):
        line.end()
        print(text)
    return 0


class _BenchLine(CompileLine):
    """Shows which round is running, on a terminal."""

    def step(self, text: str, done: int, total: int) -> None:
        """Take note that `done` of `total` steps are done."""
        self.end()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done:>4} of {total}  {text[:70]}\x1b[K")
            sys.stderr.flush()

    def done(self) -> None:
        """Remove the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")
