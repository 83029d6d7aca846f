"""The commands `bench` and `doctor`: what this computer makes of the machine."""

import argparse
import sys
from typing import TYPE_CHECKING

from rich.console import Console

from hkperp.bench import full_path, runner, tape, workloads
from hkperp.bench.tables import report
from hkperp.cli.progress import CompileLine
from hkperp.reports.summary import WIDTH
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import compilation_progress

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["run_bench", "run_doctor"]


def run_bench(chosen: argparse.Namespace) -> int:
    """Run the tapes and workloads that were named (all tapes, if nothing was)."""
    if chosen.rounds < 1:
        raise InputError("at least 1 round", source="command line", path="--rounds")
    others = chosen.workload or chosen.doors or chosen.adversarial or chosen.house
    names = chosen.tape or ([] if others else ["all"])
    tapes = list(tape.SCENARIOS) if "all" in names else names
    wanted = list(workloads.RECIPES) if "all" in chosen.workload else chosen.workload
    for name in wanted:
        if name not in workloads.RECIPES:
            hint = f"one of {', '.join(workloads.RECIPES)}, all"
            raise InputError(f"no workload {name!r}", path="--workload", hint=hint)
    line = _BenchLine()
    rows: list[runner.TapeRow] = []
    results: list[runner.WorkloadResult] = []
    with compilation_progress(line.compiling):
        if tapes:
            rows = runner.run_tapes(tapes, line.step, rounds=chosen.rounds)
        if wanted:
            results = runner.run_workloads(
                wanted,
                {**runner.BOOK_RUNNERS, "full path, with risk": full_path.full_path},
                rounds=chosen.rounds,
                progress=line.step,
                first_wallet=full_path.FIRST_WALLET,
            )
        tables = _single_commands(chosen)
    line.done()
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    report(console, rows, results)
    for table in tables:
        console.print(table)
    return 0


def _single_commands(chosen: argparse.Namespace) -> "list[Table]":
    """Measure what was asked for of one command at a time; return the tables."""
    from hkperp.bench.adversarial import adversarial
    from hkperp.bench.doors import door_latencies
    from hkperp.bench.house import ACCOUNTS, house_costs
    from hkperp.bench.house_ranking import ranking_cost
    from hkperp.bench.house_ticks import tick_costs
    from hkperp.bench.tables import adversarial_table, alarm_table, door_table, house_table

    found = []
    if chosen.doors:
        found.append(door_table(door_latencies()))
    if chosen.adversarial:
        found.append(adversarial_table(*adversarial()))
    if chosen.house:
        found.append(house_table(house_costs()))
        found.append(alarm_table(tick_costs(ACCOUNTS), ranking_cost(ACCOUNTS)))
    return found


def run_doctor() -> int:
    """Compile everything and print what there is to say."""
    from hkperp.cli import doctor

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
