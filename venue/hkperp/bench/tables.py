"""Tables of benchmark results for a terminal. Speeds in millions of messages a second."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from hkperp.bench import tape
from hkperp.bench.adversarial import Worst
from hkperp.bench.doors import GOALS_NS, Latency
from hkperp.bench.draws import KINDS
from hkperp.bench.house import HouseCost
from hkperp.bench.house_ranking import TAKEN, RankingCost
from hkperp.bench.house_ticks import LOOK_GOAL_NS, STEP_GOAL_NS, TickCost
from hkperp.bench.runner import (
    TAPE_NOTE,
    WORKLOAD_NOTE,
    Speed,
    TapeRow,
    WorkloadResult,
    relative_speeds,
)
from hkperp.bench.workloads import MIX_TOLERANCE, RELATIVE_GOALS, TARGET_TOLERANCE, TARGETS

__all__ = ["PUBLISHED_WORST", "adversarial_table", "alarm_table", "door_table"]
__all__ += ["house_table", "relative_table", "report", "shape_table", "tape_table"]
__all__ += ["published_table", "workload_table"]

_BASE = "base"

#: The head of the table that flash1-dev/matching-engine-benchmark publishes (README at commit
#: 14fe9a64): worst of the five scenarios for seed 23, M messages/s, on another machine.
PUBLISHED_WORST = {
    "FlashOne, C++ (the publisher's own)": 33.20,
    "e820 / weekend-orderbook, C": 8.19,
    "geseq/cpp-orderbook, C++": 7.94,
    "melin, Rust": 7.86,
    "CppTrader, C++": 7.26,
    "raymondshe, Rust": 7.20,
    "Kautenja, C++": 6.88,
}

_PUBLISHED_NOTE = (
    "Published: Graviton4, -O3 -march=native, median of 10, with a call for each message and a "
    "queue to a second core. Ours: this computer, one batch, events into an array. Not the same "
    "measurement: it says in which class the book is, not who is faster."
)

_MILLION = 1_000_000
_TAPES = len(tape.SCENARIOS)
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


def published_table(rows: Sequence[TapeRow]) -> Table:
    """Return our worst of the five tapes beside the published ones; see `PUBLISHED_WORST`."""
    worst = min(rows, key=lambda row: row.speed.median)
    table = Table(title="worst of five scenarios", caption="M messages/s")
    table.add_column("book")
    table.add_column("worst", justify="right")
    table.add_row(f"hkperp, here ({worst.name})", f"{worst.speed.median / _MILLION:.2f}")
    for name, speed in PUBLISHED_WORST.items():
        table.add_row(f"{name}, as published", f"{speed:.2f}")
    return table


def house_table(costs: Sequence[HouseCost]) -> Table:
    """Return a table of what a mark step costs with a million accounts: ms, ns each, the goal."""
    table = Table(
        title="the house with 1,000,000 accounts",
        caption="median of 5 rounds; the goal of 5 ms a million fundings, scaled to positions",
    )
    table.add_column("step")
    for heading in ("of", "ms", "ns each", "goal, ms"):
        table.add_column(heading, justify="right")
    for cost in costs:
        goal = "" if cost.goal_ns is None else f"{cost.goal_ns / _MILLION:.1f}"
        each = f"{cost.ns / cost.things:.1f}"
        table.add_row(cost.name, f"{cost.things:,}", f"{cost.ns / _MILLION:.1f}", each, goal)
    return table


def alarm_table(ticks: TickCost, ranking: RankingCost) -> Table:
    """Return a table of what a small move of the mark and a deleveraging cost: us and goals."""
    table = Table(
        title=f"price alarms and ranks with {ticks.accounts:,} accounts",
        caption="nobody was missed: each account compared with a full scan, every 20 steps",
    )
    table.add_column("what")
    for heading in ("of", "us", "goal, us"):
        table.add_column(heading, justify="right")
    goal = STEP_GOAL_NS + LOOK_GOAL_NS * ticks.median_looks
    rows = [
        ("median mark step of a walk", f"{ticks.median_looks:,.0f} looks", ticks.median_ns, goal),
        ("a look, by regression over the walk", "1 look", ticks.look_ns, LOOK_GOAL_NS),
        ("a fall of 1 % in one step", f"{ticks.crash_looks:,} looks", ticks.crash_ns, None),
        (
            f"score all gainers, take the best {TAKEN}",
            f"{ranking.candidates:,}",
            ranking.rank_ns,
            None,
        ),
        (
            "choose the next best from scores",
            f"{ranking.candidates:,}",
            ranking.choose_ns,
            2.0 * ranking.candidates,
        ),
    ]
    for name, of, ns, goal_ns in rows:
        shown = "" if goal_ns is None else f"{goal_ns / 1000:,.2f}"
        table.add_row(name, of, f"{ns / 1000:,.2f}", shown)
    share = f"{ticks.goal_share:.2f} of the goal's time"
    table.add_row("all steps of the walk", share, "", "1.00")
    return table


def relative_table(results: Sequence[WorkloadResult]) -> Table:
    """Return speeds as fractions of the speed on `base` in the same rounds, and the goals."""
    found = relative_speeds(results, _BASE)
    table = Table(title="speed relative to base, same rounds", caption="median over the rounds")
    table.add_column("workload")
    for heading in (*found[_BASE], "goal"):
        table.add_column(heading, justify="right")
    for name, by_runner in found.items():
        goal = RELATIVE_GOALS.get(name)
        cells = [
            f"{ratio:.2f}{' below' if goal is not None and ratio < goal else ''}"
            for ratio in by_runner.values()
        ]
        table.add_row(name, *cells, "" if goal is None else f">= {goal}")
    return table


def adversarial_table(ordinary_ns: float, cases: Sequence[Worst]) -> Table:
    """Return the worst commands there are: times, as ordinary commands, and time per work."""
    table = Table(
        title="worst single commands, margin on",
        caption=f"an ordinary command: {ordinary_ns:,.0f} ns; work: events written, orders and "
        "prices passed over",
    )
    table.add_column("command")
    for heading in ("us", "ordinary ones", "events", "work", "ns a work"):
        table.add_column(heading, justify="right")
    for case in cases:
        sizes = f"{case.events:,}", f"{case.work:,}"
        figures = f"{case.ns / 1000:,.1f}", f"{case.ordinary:,.0f}"
        table.add_row(case.name, *figures, *sizes, f"{case.ns_per_work:,.1f}")
    return table


def door_table(latencies: Sequence[Latency]) -> Table:
    """Return what one command a call costs: p50 and p99, and what is aimed at."""
    table = Table(title="one command a call, margin on", caption="microseconds")
    table.add_column("way in")
    for heading in ("p50", "goal", "p99", "goal", "calls"):
        table.add_column(heading, justify="right")
    for each in latencies:
        goals = GOALS_NS.get(each.name, (None, None))
        p50, p99 = ("" if goal is None else f"{goal / 1000:.2f}" for goal in goals)
        times = f"{each.p50_ns / 1000:.2f}", p50, f"{each.p99_ns / 1000:.2f}", p99
        table.add_row(each.name, *times, f"{each.calls:,}")
    return table


def report(
    console: Console, tapes: Sequence[TapeRow] = (), results: Sequence[WorkloadResult] = ()
) -> None:
    """Print the tables there are, each kind with a note on what was timed."""
    if tapes:
        console.print(tape_table(tapes))
        console.print(TAPE_NOTE)
    if len(tapes) == _TAPES:
        console.print(published_table(tapes))
        console.print(_PUBLISHED_NOTE)
    for result in results:
        console.print(workload_table(result))
    if len(results) > 1 and any(result.workload == _BASE for result in results):
        console.print(relative_table(results))
    if results:
        console.print(shape_table(results))
        console.print(WORKLOAD_NOTE)


def _cells(speed: Speed) -> tuple[str, ...]:
    figures = (speed.median, speed.lowest, speed.highest)
    return *(f"{figure / _MILLION:.2f}" for figure in figures), str(speed.rounds)
