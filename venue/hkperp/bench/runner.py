"""Runs the tapes and the workloads against the clock. The outcome is checked before any speed.

A runner is a function that prepares one run: it takes a `Workload`, makes a fresh book or machine,
and returns a `Run`. Only `Run.go` is timed; `Run.outcome` then says what came out. Different
runners take turns within one call, since a shared machine changes its speed by the minute: compare
figures of one table only.
"""

import functools
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from hkperp.bench import calibration, digest, tape, workloads
from hkperp.bench.workloads import Outcome, Shape, Workload
from hkperp_engine.codes import Command
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.layout import EVENT
from hkperp_engine.standalone import Book

__all__ = [
    "BOOK_RUNNERS",
    "TAPE_NOTE",
    "WORKLOAD_NOTE",
    "Collector",
    "Progress",
    "Run",
    "Runner",
    "Speed",
    "TapeRow",
    "WorkloadResult",
    "book_events_kept",
    "book_events_passed",
    "run_tapes",
    "relative_speeds",
    "run_workload",
    "run_workloads",
]

#: Told what happens, and how many steps of how many are done.
Progress = Callable[[str, int, int], None]

TAPE_NOTE = (
    "Timed: from the first command until the last event row stands in an array, on one core. "
    "Not timed: compiling, making the tape, checking the digest. The table that the benchmark "
    "publishes also contains a call for each message and a queue to a second core, which are "
    "missing here: do not compare with it."
)

WORKLOAD_NOTE = (
    "Timed: from the first command until the last event was handed over. Not timed: compiling, "
    "making the messages, checking what came out. Calibration: one random 64-byte record read and "
    "written and one event appended for each message, in the same rounds."
)

#: Orders, pages and event ring a book starts with, so that it does not grow while it is timed.
_CAPACITIES = (1 << 18, 1 << 10, 1 << 10)

#: A tape makes less than 1.2 events a message; the rest is room for other seeds.
_EVENTS_PER_MESSAGE = 2

_WARM_UP_MESSAGES = 1_000


class Speed(NamedTuple):
    """Speeds of some rounds in messages a second."""

    median: float
    lowest: float
    highest: float
    rounds: int


class TapeRow(NamedTuple):
    """One tape: messages, lines of its report, the report's digest (as published), the speed."""

    name: str
    messages: int
    lines: int
    sha256: str
    speed: Speed


class WorkloadResult(NamedTuple):
    """One workload: speeds by runner, and ratios of speeds, each the median over the rounds."""

    workload: str
    messages: int
    outcome: Outcome
    shape: Shape
    speeds: dict[str, Speed]
    to_first: dict[str, float]  # to the first runner
    to_calibration: dict[str, float]
    calibration: Speed
    elapsed_ns: dict[str, tuple[int, ...]]  # of each round, by runner


class Run(NamedTuple):
    """One run: `go` does all messages and is timed, `outcome` says afterwards what came out."""

    go: Callable[[], None]
    outcome: Callable[[], Outcome]


Runner = Callable[[Workload], Run]


class Collector:
    """Keeps every EVENT row given to it, in memory that was written to before."""

    def __init__(self, capacity: int) -> None:
        """Make room for `capacity` events, 64 bytes each."""
        self._rows = np.zeros(capacity, EVENT)
        self._rows["sequence"] = -1  # touches each page, so that the clock does not see it
        self._used = 0

    def __call__(self, events: np.ndarray) -> None:
        """Append events."""
        stop = self._used + len(events)
        self._rows[self._used : stop] = events
        self._used = stop

    @property
    def events(self) -> np.ndarray:
        """All events so far, oldest first; a view."""
        return self._rows[: self._used]

    def clear(self) -> None:
        """Forget the events and keep the memory."""
        self._used = 0


def run_tapes(
    names: Sequence[str] = tuple(tape.SCENARIOS),
    progress: Progress | None = None,
    *,
    rounds: int = 9,
) -> list[TapeRow]:
    """Time the book on the canonical tapes; every round's report must have the published digest.

    Raises InvariantBroken if one has not. About 1 s a round.
    """
    for name in names:
        if name not in tape.SCENARIOS:
            raise InputError(f"no tape {name!r}", hint=f"one of {', '.join(tape.SCENARIOS)}")
    tell = progress or _silent
    total = (1 + rounds) * len(names)
    tell("drawing the tapes", 0, total)
    stream = tape.draw()
    collected = Collector(_EVENTS_PER_MESSAGE * len(stream.messages))
    found: list[TapeRow] = []
    for name in names:
        done = (1 + rounds) * len(found)

        def tell_round(n: int, name: str = name, done: int = done) -> None:
            tell(f"tape {name}, round {n} of {rounds}", done + n, total)

        found.append(_run_tape(tape.priced(stream, name), name, collected, rounds, tell_round))
    tell("done", total, total)
    return found


def _run_tape(
    messages: np.ndarray,
    name: str,
    collected: Collector,
    rounds: int,
    tell: Callable[[int], None],
) -> TapeRow:
    """Time one tape; `tell` is called with the number of each round, from 1."""
    if tape.file_digest(messages) != tape.FILE_SHA256[name]:
        raise InvariantBroken(f"tape {name} is not the published one")
    commands = tape.commands(messages)
    _tape_book(commands).feed(commands[:_WARM_UP_MESSAGES], _ignore)
    elapsed, lines = [], 0
    for n in range(rounds):
        tell(1 + n)
        collected.clear()
        elapsed.append(_timed(functools.partial(_tape_book(commands).feed, commands, collected)))
        report = digest.report(collected.events)
        lines = report.lines
        if report.sha256 != digest.REPORT_SHA256[name]:
            raise InvariantBroken(
                f"the report of tape {name} has digest {report.sha256}, "
                f"published is {digest.REPORT_SHA256[name]}"
            )
    speed = _speed(len(commands), elapsed)
    return TapeRow(name, len(commands), lines, digest.REPORT_SHA256[name], speed)


def run_workload(
    name: str,
    runners: Mapping[str, Runner],
    rounds: int = 9,
    progress: Progress | None = None,
    first_wallet: int = 0,
) -> WorkloadResult:
    """Time runners on one workload, in turns; see `run_workloads`."""
    return run_workloads([name], runners, rounds, progress, first_wallet)[0]


def run_workloads(
    names: Sequence[str],
    runners: Mapping[str, Runner],
    rounds: int = 9,
    progress: Progress | None = None,
    first_wallet: int = 0,
) -> list[WorkloadResult]:
    """Time runners on workloads, in turns; every run must have the workload's outcome.

    Every round does all runners on all workloads, so that one workload can be set against
    another. One round before the timed ones is for compiling. 150 MB a workload. Raises
    InvariantBroken if an outcome differs.
    """
    if not runners:
        raise InputError("no runner was given")
    tell = progress or _silent
    total = (1 + rounds) * len(runners) * len(names)
    tell(f"making {', '.join(names)}", 0, total)
    made = [workloads.make(name, first_wallet) for name in names]
    elapsed: list[dict[str, list[int]]] = [{each: [] for each in runners} for _ in names]
    loops: list[list[int]] = [[] for _ in names]
    order = list(runners)
    done = 0
    for n in range(1 + rounds):
        for w, workload in enumerate(made):
            loops[w].append(round(calibration.seconds(len(workload.commands)) * 1e9))
            for i in range(len(order)):
                each = order[(n + i) % len(order)]  # nobody is always first
                tell(f"{workload.name}: {each}", done, total)
                elapsed[w][each].append(_checked_ns(each, runners[each], workload))
                done += 1
    tell("done", total, total)
    return [
        _result(workload, {each: times[1:] for each, times in found.items()}, loop[1:])
        for workload, found, loop in zip(made, elapsed, loops)
    ]


def _checked_ns(name: str, runner: Runner, workload: Workload) -> int:
    """Run once and check what came out; return how long it took, ns."""
    run = runner(workload)
    elapsed = _timed(run.go)
    if (came := run.outcome()) != workload.expected:
        raise InvariantBroken(f"{name} on {workload.name}: {came}, expected {workload.expected}")
    return elapsed


def _result(workload: Workload, timed: dict[str, list[int]], loops: list[int]) -> WorkloadResult:
    """Return the speeds and ratios of one workload."""
    count, first = len(workload.commands), next(iter(timed.values()))
    return WorkloadResult(
        workload.name,
        count,
        workload.expected,
        workload.shape,
        {each: _speed(count, times) for each, times in timed.items()},
        {each: _ratio(first, times) for each, times in timed.items()},
        {each: _ratio(loops, times) for each, times in timed.items()},
        _speed(count, loops),
        {each: tuple(times) for each, times in timed.items()},
    )


def relative_speeds(results: Sequence[WorkloadResult], base: str) -> dict[str, dict[str, float]]:
    """Return, by workload and runner, the speed as a fraction of that on `base`, same rounds.

    The median over the rounds; results of one `run_workloads` with `base` among them.
    """
    (measure,) = (each for each in results if each.workload == base)
    return {
        each.workload: {
            name: _ratio(
                [ns / measure.messages for ns in measure.elapsed_ns[name]],
                [ns / each.messages for ns in times],
            )
            for name, times in each.elapsed_ns.items()
        }
        for each in results
    }


def book_events_kept(workload: Workload) -> Run:
    """Prepare the stand-alone book; every event is copied to an array."""
    book = _book(workload)
    collected = Collector(_EVENTS_PER_MESSAGE * len(workload.commands))
    return Run(
        lambda: book.feed(workload.commands, collected),
        lambda: workloads.outcome(collected.events, _order_count(workload)),
    )


def book_events_passed(workload: Workload) -> Run:
    """Prepare the stand-alone book; events are handed over in its ring, nobody keeps them.

    The outcome is that of a second, untimed run with the events kept, which must leave a book of
    the same state hash behind.
    """
    book = _book(workload)

    def outcome() -> Outcome:
        checked = _book(workload)
        collected = Collector(_EVENTS_PER_MESSAGE * len(workload.commands))
        checked.feed(workload.commands, collected)
        if book.state_hash() != checked.state_hash():
            raise InvariantBroken("two runs of the same commands left different books")
        return workloads.outcome(collected.events, _order_count(workload))

    return Run(lambda: book.feed(workload.commands, _ignore), outcome)


#: The stand-alone book in both ways, the faster first.
BOOK_RUNNERS: dict[str, Runner] = {
    "book": book_events_passed,
    "book, events kept": book_events_kept,
}


def _book(workload: Workload) -> Book:
    return Book(
        price_ticks_max=workload.price_ticks_max,
        lots_max=workload.lots_max,
        wallets=workload.wallets_end,
        capacities=_CAPACITIES,
    )


def _tape_book(commands: np.ndarray) -> Book:
    return Book(
        price_ticks_max=int(commands["price_ticks"].max()),
        lots_max=int(commands["lots"].max()),
        wallets=int(commands["wallet"].max()) + 1,
        capacities=_CAPACITIES,
    )


def _order_count(workload: Workload) -> int:
    return int(np.count_nonzero(workload.commands["kind"] == Command.NEW_ORDER))


def _timed(go: Callable[[], None]) -> int:
    """Return how long `go` takes, ns."""
    start = time.perf_counter_ns()
    go()
    return time.perf_counter_ns() - start


def _speed(messages: int, elapsed_ns: Sequence[int]) -> Speed:
    speeds = [messages * 1e9 / ns for ns in elapsed_ns]
    return Speed(statistics.median(speeds), min(speeds), max(speeds), len(speeds))


def _ratio(slower_ns: Sequence[float], faster_ns: Sequence[float]) -> float:
    """Return the median over the rounds of how many times faster the second is."""
    return statistics.median(slow / fast for slow, fast in zip(slower_ns, faster_ns))


def _silent(_text: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def _ignore(_events: np.ndarray) -> None:
    """Events that nobody keeps."""
