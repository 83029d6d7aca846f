"""Capacities, the ring and the fill scratch change no result; untouched memory stays unmapped."""

from itertools import chain

import numpy as np
import pytest

from book_desk import random_commands
from book_pair import event_list
from hkperp_engine.arena import open_book
from hkperp_engine.codes import Event, OrderFlag, Side
from hkperp_engine.errors import CapacityError
from hkperp_engine.kernel import door
from hkperp_engine.layout import COMMAND, FILL_ROWS
from hkperp_engine.match import match
from hkperp_engine.standalone import Book
from hkperp_engine.steps import STEP_EVENTS_MAX

SETTING = {
    "price_ticks_max": 2**31 - 1,
    "lots_max": 1_000,
    "wallets": 6,
    "owner_of": [0, 0, 1, 2, 3, 3],
    "class_of": [0, 0, 0, 0, 1, 1],
}


@door
def _match(arena, fills_max):
    return match(open_book(arena), fills_max)


def spread(rows: np.ndarray) -> np.ndarray:
    """The same commands with every price in a page of its own: 40 prices, 5,000 ticks apart."""
    rows = rows.copy()
    rows["price_ticks"] *= 5_000
    return rows


@pytest.mark.parametrize("far", [False, True])
@pytest.mark.parametrize("capacities", [(1, 1, 2), (2, 1, 3), (7, 3, 5), (100, 100, 1_000)])
def test_capacities_change_no_result(capacities: tuple[int, int, int], far: bool) -> None:
    rows = random_commands(1_500, seed=1)
    rows = spread(rows) if far else rows
    roomy = Book(**SETTING, capacities=(4_096, 128, 65_536))
    book = Book(**SETTING, capacities=capacities)
    assert book.apply(rows).tobytes() == roomy.apply(rows).tobytes()
    assert book.state_hash() == roomy.state_hash()
    book.check()
    roomy.check()


def test_a_sweep_larger_than_the_ring_is_gone_on_with() -> None:
    rows = np.zeros(101, COMMAND)
    rows["kind"], rows["order_id"], rows["lots"] = 1, np.arange(1, 102), 1
    rows["wallet"], rows["side"], rows["price_ticks"] = 2, Side.SELL, np.arange(1, 102)
    rows[100] = (7, 0, 1, Side.BUY, 0, 1, 0, 0, 3, 0, 999, 500, 200, 0, 0)
    for ring in (2, 3, 4, 1_000):
        book = Book(**SETTING, capacities=(1, 1, ring))
        book.apply(rows[:100])
        pieces: list[int] = []
        book.feed(rows[100:], lambda events, into=pieces: into.append(len(events)))
        assert sum(pieces) == 102  # accepted, 100 trades, cancelled
        assert max(pieces) <= max(ring, STEP_EVENTS_MAX)
        assert book.state.engine["order_count"][0] == 0


def test_a_sink_that_fails_leaves_no_command_half_done() -> None:
    book = Book(**SETTING, capacities=(1, 1, 2))
    rows = random_commands(400, seed=3)
    book.apply(rows)
    rows["order_id"] += 100
    rows["time_ns"] += len(rows)
    answers = iter([1, 1, 0])  # the third ringful is one too many
    with pytest.raises(ZeroDivisionError):
        book.feed(rows, lambda events: 1 // next(answers))
    assert book.state.taker["order_id"][0] == 0
    book.check()
    taken = book.state.engine["sequence"][0]
    rows["time_ns"] += len(rows)
    book.apply(rows[:1])
    assert book.state.engine["sequence"][0] > taken


def makers(count: int, reduce_only: set[int]) -> Book:
    """Sell orders 1, 2, ... of one lot at prices 1, 2, ...; some are reduce-only."""
    rows = np.zeros(count, COMMAND)
    rows["kind"], rows["side"], rows["lots"], rows["wallet"] = 1, Side.SELL, 1, 2
    rows["order_id"] = rows["price_ticks"] = np.arange(1, count + 1)
    for order_id in reduce_only:
        rows["flags"][order_id - 1] = OrderFlag.REDUCE_ONLY
    book = Book(**SETTING)
    book.apply(rows)
    return book


def sweep(book: Book, lots: int, fills_max: int) -> list[list[int]]:
    """Match a buyer of `lots`; the makers' ids, call by call."""
    taker = book.state.taker
    taker["order_id"], taker["price_ticks"], taker["lots_left"] = 999, 500, lots
    taker["owner"], taker["side"], taker["stp"] = 77, Side.BUY, 0
    calls, more = [], True
    while more:
        count, more = _match(book._arena, fills_max)
        calls.append(book.state.fills["order_id"][:count].tolist())
    taker["order_id"] = 0
    return calls


@pytest.mark.parametrize("fills_max", [1, 2, 5, FILL_ROWS])
def test_fills_do_not_depend_on_the_scratch(fills_max: int) -> None:
    calls = sweep(makers(20, set()), 18, fills_max)
    assert list(chain(*calls)) == list(range(1, 19))
    assert max(map(len, calls)) <= fills_max


@pytest.mark.parametrize("fills_max", [1, 3, FILL_ROWS])
def test_a_reduce_only_maker_has_a_call_of_its_own(fills_max: int) -> None:
    calls = sweep(makers(9, {3, 4, 9}), 9, fills_max)
    assert list(chain(*calls)) == list(range(1, 10))
    for alone in ([3], [4], [9]):
        assert alone in calls
    if fills_max == FILL_ROWS:
        assert calls == [[1, 2], [3], [4], [5, 6, 7, 8], [9]]


def test_no_call_too_many_at_the_end() -> None:
    """`more` is False as soon as nothing can trade: after the last lot, or the last price."""
    assert sweep(makers(4, {2}), 2, FILL_ROWS) == [[1], [2]]
    assert sweep(makers(4, {4}), 9, FILL_ROWS) == [[1, 2, 3], [4]]
    assert sweep(makers(3, set()), 9, 3) == [[1, 2, 3]]


def test_fill_rows_of_a_trade() -> None:
    book = makers(2, {2})
    book.state.orders["lots_left"][2] = 5
    book.state.levels["lots"][:] *= 5
    book.state.orders["mark_ticks"][2] = 321
    assert sweep(book, 3, FILL_ROWS) == [[1], [2]]
    fill = book.state.fills[0]
    expected = {
        "order_id": 2,
        "lots": 2,
        "lots_left": 3,
        "price_ticks": 2,
        "mark_ticks": 321,
        "wallet": 2,
        "kind": Event.TRADE,
        "flags": OrderFlag.REDUCE_ONLY,
        "priority_class": 0,
        "taker_lots": 0,
        "taker_lots_left": 0,
    }
    assert {name: fill[name] for name in expected} == expected
    assert book.state.books["trade_count"][0] == 2


def test_untouched_memory_stays_unmapped() -> None:
    """A contract over all prices costs address space, not memory; growing it does neither."""
    book = Book(**SETTING, contracts=64, capacities=(1, 1, 2))
    before = _resident_bytes()
    book.apply(spread(random_commands(300, seed=9)))
    assert book._arena.nbytes > 250 << 20
    assert _resident_bytes() - before < 32 << 20


def _resident_bytes() -> int:
    try:
        with open("/proc/self/statm") as pages:
            return int(pages.read().split()[1]) * 4096
    except FileNotFoundError:
        pytest.skip("no /proc on this system")


@pytest.mark.parametrize(
    "wrong", [{"contracts": 0}, {"price_ticks_max": 2**31}, {"lots_max": 0}, {"wallets": 0}]
)
def test_limits_are_said_at_the_start(wrong: dict[str, int]) -> None:
    with pytest.raises(CapacityError, match=next(iter(wrong))):
        Book(**{"price_ticks_max": 9, "lots_max": 9, "wallets": 9, **wrong})


def test_commands_may_be_read_only_and_strided() -> None:
    rows = random_commands(60, seed=4)
    one, other = Book(**SETTING), Book(**SETTING)
    frozen = rows[::2].copy()
    frozen.flags.writeable = False
    assert event_list(one.apply(rows[::2])) == event_list(other.apply(frozen))
    assert len(one.apply(rows[:0])) == 0
