"""Tables of benchmark results for a terminal. Speeds in millions of messages a second."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from hkperp.bench.draws import KINDS
from hkperp.bench.runner import TAPE_NOTE, WORKLOAD_NOTE, Speed, TapeRow, WorkloadResult
from hkperp.bench.workloads import MIX_TOLERANCE, TARGET_TOLERANCE, TARGETS

__all__ = ["report", "shape_table", "tape_table", "workload_table"]

_MILLION = 1_000_000
_DIGEST_SHOWN = 12


def tape_table(rows: Sequence[TapeRow]) -> Table:
    """Return a table of tapes: digest, and median, lowest and highest speed."""
    table = Table(title="public tape, seed 23", caption="M messages/s")
    for heading in ("tape", "report digest"):
        table.add_column(heading)
    for heading in ("messages", "lines", "median", "lowest", "highest", "rounds"):
        table.add_column(heading, justify="right")
    for row in rows:
        shown = f"{row.sha256[:_DIGEST_SHOWN]} as published"
        table.add_row(row.name, shown, f"{row.messages:,}", f"{row.lines:,}", *_cells(row.speed))
    return table


def workload_table(result: WorkloadResult) -> Table:
    """Return a table of one workload: speeds and ratios of its runners, and the calibration."""
    outcome = result.outcome
    table = Table(
        title=f"{result.workload}: {result.messages:,} messages",
        caption=f"M messages/s; each run: {outcome.trades:,} trades of {outcome.lots:,} lots, "
        f"sum of price times lots {outcome.ticks_lots:,}, {outcome.live_orders:,} orders left",
    )
    table.add_column("runner")
    for heading in ("median", "lowest", "highest", "rounds", "to first", "to calibration"):
        table.add_column(heading, justify="right")
    for name, speed in result.speeds.items():
        ratios = f"{result.to_first[name]:.2f}", f"{result.to_calibration[name]:.3f}"
        table.add_row(name, *_cells(speed), *ratios)
    table.add_row("calibration loop", *_cells(result.calibration), "", "1.000")
    return table


def shape_table(results: Sequence[WorkloadResult]) -> Table:
    """Return a table of what the workloads are made of: mix in percent, and size with target."""
    table = Table(
        title="reference workloads",
        caption=f"each share is within {MIX_TOLERANCE:.1%} of all messages of its recipe, live "
        f"orders, levels and span within {TARGET_TOLERANCE:.0%} of the target in brackets",
    )
    table.add_column("workload")
    for heading in (*(f"{kind} %" for kind in KINDS), "makers an IOC"):
        table.add_column(heading, justify="right")
    for heading in ("live orders", "live levels", "span, ticks"):
        table.add_column(heading, justify="right")
    for result in results:
        shape = result.shape
        sizes = zip(
            (shape.live_orders, shape.live_levels, shape.span_ticks), TARGETS[result.workload]
        )
        table.add_row(
            result.workload,
            *(f"{100 * shape.mix[kind]:.1f}" for kind in KINDS),
            f"{shape.makers_per_ioc:.1f}",
            *(f"{found:,.0f} ({target:,})" for found, target in sizes),
        )
    return table


def report(
    console: Console, tapes: Sequence[TapeRow] = (), results: Sequence[WorkloadResult] = ()
) -> None:
    """Print the tables there are, each kind with a note on what was timed."""
    if tapes:
        console.print(tape_table(tapes))
        console.print(TAPE_NOTE)
    for result in results:
        console.print(workload_table(result))
    if results:
        console.print(shape_table(results))
        console.print(WORKLOAD_NOTE)


def _cells(speed: Speed) -> tuple[str, ...]:
    figures = (speed.median, speed.lowest, speed.highest)
    return *(f"{figure / _MILLION:.2f}" for figure in figures), str(speed.rounds)
