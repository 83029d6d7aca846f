"""The commands `bench` and `doctor`: what this computer makes of the machine."""

import argparse
import sys

from rich.console import Console

from hkperp.bench import full_path, runner, tape, workloads
from hkperp.bench.tables import report
from hkperp.progress import CompileLine
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import compilation_progress

__all__ = ["run_bench", "run_doctor"]


def run_bench(chosen: argparse.Namespace) -> int:
    """Run the tapes and workloads that were named (the tapes, if none was)."""
    if chosen.rounds < 1:
        raise InputError("at least 1 round", source="command line", path="--rounds")
    names = chosen.tape or ([] if chosen.workload else ["all"])
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
    line.done()
    report(Console(), rows, results)
    return 0


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
