"""The heap of timers (MAT-050) against a plain dictionary, and the rows that targets keep."""

import random

import pytest

from hkperp_engine.arena import Sizes, chunks_for, new_arena, open_book
from hkperp_engine.kernel import door
from hkperp_engine.timers import (
    COUNTDOWN,
    EXPIRY,
    PAUSE_END,
    TIMER_NEVER,
    drop_timer,
    first_timer,
    set_timer,
)

SIZES = Sizes(contracts=4, wallets=20, chunks=chunks_for(100), orders=60, pages=1, ring=1)
SET, DROP, FIRST = range(3)


@door
def act(arena, action, kind, target, time_ns):
    """Do one thing to the heap; returns the first timer's (kind, target) if that was asked."""
    state = open_book(arena)
    found = (0, 0)
    if action == SET:
        set_timer(state, kind, target, time_ns)
    elif action == DROP:
        drop_timer(state, kind, target)
    else:
        found = first_timer(state)
    return found


class Heap:
    """The heap of an arena beside a dictionary: (kind, target) -> (time, kind, number)."""

    def __init__(self) -> None:
        self.arena = new_arena(SIZES)
        self.state = open_book(self.arena)
        self.state.engine["next_timer_ns"] = TIMER_NEVER
        self.timers: dict[tuple[int, int], tuple[int, int, int]] = {}

    def set(self, kind: int, target: int, time_ns: int) -> None:
        rank = int(self.state.extras["rank"][target]) if kind == EXPIRY else target
        number = self.timers.get((kind, target), (0, kind, rank))[2]
        act(self.arena, SET, kind, target, time_ns)
        self.timers[kind, target] = (time_ns, kind, number)

    def drop(self, kind: int, target: int) -> None:
        act(self.arena, DROP, kind, target, 0)
        self.timers.pop((kind, target), None)

    def first(self) -> tuple[int, int]:
        return act(self.arena, FIRST, 0, 0, 0)

    def row_of(self, kind: int, target: int) -> int:
        """The row that a target says its timer has."""
        rows = {
            EXPIRY: self.state.extras["timer"],
            COUNTDOWN: self.state.members["timer"],
            PAUSE_END: self.state.markets["pause_timer"],
        }
        return int(rows[kind][target])

    def check(self, told: str) -> None:
        """The whole heap: order, rows, time of the next, nobody else has a timer."""
        engine = self.state.engine[0]
        assert engine["timer_count"] == len(self.timers), told
        times = [time_ns for time_ns, _, _ in self.timers.values()]
        assert engine["next_timer_ns"] == min(times, default=TIMER_NEVER), told
        nodes = [node.tolist()[:2] for node in self.state.timers]
        for row in range(2, len(self.timers) + 1):
            assert nodes[row >> 1] < nodes[row], told
        for (kind, target), (time_ns, _, number) in self.timers.items():
            node = self.state.timers[self.row_of(kind, target)]
            assert node["time_ns"] == time_ns, told
            assert node["order"] == kind * 2**56 + number, told
            assert node["target"] == target, told
        for column in ("extras", "members"):
            rows = getattr(self.state, column)["timer"]
            kind = EXPIRY if column == "extras" else COUNTDOWN
            named = {target for each, target in self.timers if each == kind}
            assert {i for i, row in enumerate(rows.tolist()) if row != 0} == named, told
        if self.timers:
            assert self.first() == min(self.timers, key=self.timers.__getitem__), told


def any_target(numbers: random.Random) -> tuple[int, int]:
    kind = numbers.choice([EXPIRY, EXPIRY, COUNTDOWN, PAUSE_END])
    first, stop = {EXPIRY: (1, 61), COUNTDOWN: (0, 20), PAUSE_END: (0, 4)}[kind]
    return kind, numbers.randrange(first, stop)


@pytest.mark.parametrize("seed", range(6))
def test_heap_is_a_sorted_dictionary(seed: int) -> None:
    """Few different times, so that ties are the rule; ranks do not follow the slots."""
    numbers = random.Random(seed)
    heap = Heap()
    heap.state.extras["rank"][1:] = numbers.sample(range(1, 1_000), 60)
    for step in range(400):
        kind, target = any_target(numbers)
        if numbers.random() < (0.7 if step % 200 < 120 else 0.3):
            heap.set(kind, target, numbers.choice([0, 1, 2, 3, 50, 2**62]))
        else:
            heap.drop(kind, target)
        heap.check(f"seed {seed}, step {step}")


@pytest.mark.parametrize("seed", range(3))
def test_timers_run_in_order(seed: int) -> None:
    """Everything that was set comes out by time, then kind, then number (MAT-050)."""
    numbers = random.Random(seed)
    heap = Heap()
    heap.state.extras["rank"][1:] = numbers.sample(range(1, 1_000), 60)
    for _ in range(150):
        heap.set(*any_target(numbers), numbers.randrange(8))
    expected = sorted(heap.timers, key=heap.timers.__getitem__)
    seen = []
    while heap.timers:
        seen.append(heap.first())
        heap.drop(*seen[-1])
    assert seen == expected, f"seed {seed}"
    heap.check(f"seed {seed}")


def test_kinds_at_one_time() -> None:
    heap = Heap()
    heap.state.extras["rank"][[7, 9]] = 2, 1
    for kind, target in [(PAUSE_END, 0), (COUNTDOWN, 3), (COUNTDOWN, 2), (EXPIRY, 7), (EXPIRY, 9)]:
        heap.set(kind, target, 5)
    seen = []
    while heap.timers:
        seen.append(heap.first())
        heap.drop(*seen[-1])
    assert seen == [(EXPIRY, 9), (EXPIRY, 7), (COUNTDOWN, 2), (COUNTDOWN, 3), (PAUSE_END, 0)]


def test_a_moved_timer_keeps_its_first_rank() -> None:
    """A fired order gets a new rank; among expiries of one time it stays where it was accepted."""
    heap = Heap()
    heap.state.extras["rank"][[1, 2]] = 10, 20
    heap.set(EXPIRY, 1, 5)
    heap.set(EXPIRY, 2, 5)
    heap.state.extras["rank"][1] = 30
    heap.set(EXPIRY, 1, 5)
    assert heap.first() == (EXPIRY, 1)
    heap.check("moved")


def test_every_target_has_room() -> None:
    heap = Heap()
    for target in range(60):
        heap.set(EXPIRY, target + 1, 60 - target)
    for target in range(20):
        heap.set(COUNTDOWN, target, target)
    for target in range(4):
        heap.set(PAUSE_END, target, 2**62)
    heap.check("full")


def test_dropping_nothing() -> None:
    heap = Heap()
    heap.drop(COUNTDOWN, 3)
    assert heap.state.engine["timer_count"][0] == 0
    heap.set(COUNTDOWN, 3, 9)
    heap.drop(COUNTDOWN, 3)
    heap.drop(COUNTDOWN, 3)
    heap.check("empty again")
