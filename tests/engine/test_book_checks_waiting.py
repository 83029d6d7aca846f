"""Invariants of waiting, hidden, timed, linked and fired orders bite too (MAT-030 and after)."""

import numpy as np
import pytest

from book_spoil import Spoil, both, extra, first, level, order, slot_of
from book_text import SETTING, command_of
from hkperp_engine.arena import BookState
from hkperp_engine.checks import INVARIANTS
from hkperp_engine.codes import ContractState, OrderType, TriggerSource
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND, Trait
from hkperp_engine.rules import BookRules, ContractRules
from hkperp_engine.standalone import Book
from hkperp_engine.triggers import FALL
from hkperp_engine.worklist import UNCROSSING

#: Everything that may hang on an order. The second contract is paused in a volatility auction,
#: with a crossed book; of four orders that the index fires one is sent, and three stay fired.
PLAYED = """
    alice buy 1 x5 @90
    bob buy 2 x9 @90 hidden
    bob buy 3 x9 @90 show=3
    bob sell 4 x2 @110 until=500
    bob sell 5 x2 @112 with=4
    alice sell 6 x2 @80 stop@70
    carol sell 7 x2 @80 stop@70
    alice buy 8 x2 @120 stop@130
    carol buy 9 x2 trail=5 on=mark
    alice buy 10 x2 trail=7 on=mark
    alice sell 11 x2 trail=5 from@130 on=mark day
    carol countdown 1000
    mark 100
    alice sell 40 x1 @100 c1
    bob buy 41 x1 @100 ioc c1
    alice sell 42 x1 @150 c1
    bob buy 43 x1 @150 c1
    carol buy 30 x2 @60 stop@140 on=index
    carol buy 31 x2 @60 stop@141 on=index
    carol buy 32 x2 @60 stop@142 on=index until=600
    carol buy 33 x2 @60 stop@143 on=index
    index 150
"""
CALM, PAUSING = ContractRules(), ContractRules(volatility_ppb=100_000_000)


def market() -> Book:
    """A book that has played PLAYED."""
    book = Book(
        **SETTING,
        contracts=2,
        contract_rules=[CALM, PAUSING],
        book_rules=BookRules(triggers_max=1),
    )
    lines = PLAYED.strip().splitlines()
    book.apply(np.array([command_of(line) for line in lines], COMMAND))
    return book


#: The ladder of two contracts' first one where orders 6 and 7 stand at 70; rows of its sources.
STOPS = 2 * 2 + 2 * TriggerSource.LAST + FALL
MARKS, INDICES = int(TriggerSource.MARK), int(TriggerSource.INDEX)


def timer_of(state: BookState, kind: int) -> int:
    """Row of the first timer of a kind."""
    return int(np.flatnonzero(state.timers["order"][1:] >> 56 == kind)[0]) + 1


def timer(field: str, value: int, kind: int) -> Spoil:
    """Write one field of the first timer of a kind."""

    def spoil(state: BookState) -> None:
        state.timers[field][timer_of(state, kind)] = value

    return spoil


def names_slot(section: str, field: str, row: int, order_id: int) -> Spoil:
    """Let a field of a row name an order's slot."""
    return lambda state: first(section, field, slot_of(state, order_id), row)(state)


def partner(order_id: int, other: int) -> Spoil:
    """Let an order name another one as its partner."""
    return lambda state: extra("partner", slot_of(state, other), order_id)(state)


def clear_trigger_bits(state: BookState) -> None:
    """The chunk of STOPS has a page and no bit."""
    row = STOPS * int(state.engine["chunks_per_ladder"][0]) >> 6
    state.ladder_words[row] = 0


def unlink_trailing(state: BookState) -> None:
    """Order 10 alone is left of the list of active buys."""
    state.stops["buy_head"][MARKS] = slot_of(state, 10)
    extra("trail_prev", 0, 10)(state)


def unlink_fired(state: BookState) -> None:
    """Order 31, the first that fired, is left out."""
    state.markets["fired_head"][0] = slot_of(state, 32)
    order("prev", 0, 32)(state)


CONDEMN = both(
    order("traits", Trait.QUOTE | Trait.CONDEMNED, 1),
    extra("condemned_next", 0, 1),
    names_slot("engine", "condemned_head", 0, 1),
    names_slot("engine", "condemned_tail", 0, 1),
)
IN_HAND = first("taker", "order_id", 99)
WAITS, FIRED = Trait.WAITING, Trait.WAITING | Trait.FIRED

#: number of the invariant, what is done
SPOILERS: list[tuple[int, str, Spoil]] = [
    (9, "chunk of triggers", clear_trigger_bits),
    (10, "price of triggers", level("order_count", 1, STOPS, 71)),
    (11, "empty level of triggers", level("client_tail", 1, STOPS, 71)),
    (12, "link back of a trigger", order("prev", 0, 7)),
    (12, "tail of a trigger", level("client_tail", 1, STOPS, 70)),
    (13, "class of a trigger", level("affiliate_head", 6, STOPS, 70)),
    (13, "rests and waits", order("traits", WAITS, 1)),
    (16, "orders of a trigger", level("order_count", 3, STOPS, 70)),
    (16, "lots of a trigger", level("lots", 2, STOPS, 70)),
    (19, "crossed and open", first("markets", "state", ContractState.OPEN, 1)),
    (20, "trades and rests", both(IN_HAND, first("taker", "slot", 1))),
    (
        20,
        "trades with lots",
        both(first("taker", "order_id", 1), names_slot("taker", "slot", 0, 1)),
    ),
    (22, "hidden orders", level("hidden_count", 1)),
    (22, "hidden trigger", level("hidden_count", 1, STOPS, 70)),
    (22, "hidden after all", order("flags", 4, 1)),
    (23, "nothing shown", extra("shown_lots", 0, 3)),
    (23, "more than a slice", extra("shown_lots", 4, 3)),
    (
        23,
        "more than is left",
        both(order("lots_left", 2, 3), level("lots", 16)),
    ),
    (24, "trigger", extra("trigger_ticks", 71, 6)),
    (24, "source", extra("source", TriggerSource.INDEX, 6)),
    (24, "direction", order("side", 0, 6)),
    (24, "contract of a trigger", order("contract", 1, 6)),
    (24, "does not wait", order("traits", 0, 6)),
    (24, "fired in a ladder", order("traits", FIRED, 6)),
    (24, "active in a ladder", order("traits", WAITS | Trait.TRAILING | Trait.TIMED, 11)),
    (25, "waits without lots", order("lots_left", 0, 6)),
    (25, "fired without lots", order("lots_left", 0, 32)),
    (26, "no nearest rise", first("stops", "rise_ticks", 0)),
    (26, "stale nearest fall", first("stops", "fall_ticks", 71)),
    (26, "nearest activation", first("stops", "rise_ticks", 131, MARKS)),
    (26, "how many wait", first("stops", "waiting_count", 4)),
    (27, "link back of the list", extra("trail_prev", 0, 10)),
    (27, "list cut", extra("trail_next", 0, 9)),
    (27, "tail of the list", names_slot("stops", "buy_tail", MARKS, 9)),
    (27, "not on the list", unlink_trailing),
    (27, "not a trailing order", names_slot("stops", "buy_head", 0, 8)),
    (27, "list of another source", names_slot("stops", "buy_head", INDICES, 9)),
    (27, "list of the other side", names_slot("stops", "sell_head", MARKS, 9)),
    (27, "list of nobody", first("stops", "buy_head", 10**6)),
    (28, "trailing orders", first("engine", "trailing_count", 2)),
    (29, "fired list cut", order("next", 0, 31)),
    (29, "fired link back", order("prev", 0, 32)),
    (29, "fired tail", names_slot("markets", "fired_tail", 0, 32)),
    (29, "fired count", first("engine", "fired_count", 4)),
    (29, "not in the fired list", unlink_fired),
    (29, "order of firing", extra("rank", 1, 33)),
    (29, "fired in the future", extra("rank", 10**6, 33)),
    (29, "not fired", order("traits", WAITS, 31)),
    (29, "fired elsewhere", order("contract", 1, 31)),
    (29, "fired nobody", first("markets", "fired_head", -1)),
    (30, "no partner", extra("partner", 0, 4)),
    (30, "own partner", partner(4, 4)),
    (30, "another's partner", partner(4, 1)),
    (30, "partner alone", order("traits", 0, 5)),
    (30, "partners of two wallets", both(partner(4, 42), partner(42, 4), partner(5, 4))),
    (31, "expiry", extra("expiry_ns", 501, 4)),
    (31, "no timer", order("traits", Trait.TIMED, 1)),
    (31, "not timed", order("traits", Trait.PAIRED, 4)),
    (31, "number of an expiry", extra("rank", 99, 4)),
    (31, "number of a fired expiry", timer("order", 99, 0)),
    (31, "timer of nobody", timer("target", 10**6, 0)),
    (31, "countdown of another", timer("target", 1, 1)),
    (31, "pause of another", timer("target", 0, 2)),
    (31, "kind of a timer", timer("order", 3 << 56, 2)),
    (32, "heap", timer("time_ns", 1, 1)),
    (32, "the next", first("engine", "next_timer_ns", 499)),
    (33, "row of an expiry", extra("timer", 4, 4)),
    (33, "row of a countdown", first("members", "timer", 0, 3)),
    (33, "countdown too many", first("members", "timer", 1, 0)),
    (33, "row beyond the heap", first("members", "timer", 99, 0)),
    (33, "row of a pause", first("markets", "pause_timer", 0, 1)),
    (33, "pause too many", first("markets", "pause_timer", 1)),
    (33, "not paused", first("markets", "state", ContractState.AUCTION, 1)),
    (33, "paused without end", first("markets", "state", ContractState.VOLATILITY_AUCTION)),
    (34, "condemned between commands", CONDEMN),
    (34, "condemned off the list", order("traits", Trait.QUOTE | Trait.CONDEMNED, 1)),
    (34, "not condemned", both(CONDEMN, IN_HAND, order("traits", 0, 1))),
    (34, "condemned tail", both(CONDEMN, IN_HAND, first("engine", "condemned_tail", 0))),
    (
        34,
        "condemned in a circle",
        both(CONDEMN, IN_HAND, lambda s: extra("condemned_next", slot_of(s, 1), 1)(s)),
    ),
    (35, "fired and not waiting", order("traits", Trait.FIRED, 1)),
    (35, "active and not waiting", order("traits", Trait.TRAILING, 1)),
    (35, "iceberg that waits", order("traits", WAITS | Trait.ICEBERG, 8)),
    (35, "quote that is fired", order("traits", FIRED | Trait.QUOTE, 31)),
    (35, "fired and active", order("traits", FIRED | Trait.TRAILING, 31)),
    (35, "plain and fired", extra("order_type", OrderType.LIMIT, 31)),
    (35, "source of a fired one", extra("source", 3, 31)),
    (35, "trailing of another type", order("traits", WAITS | Trait.TRAILING, 8)),
    (35, "unknown trait", order("traits", 256, 1)),
]


@pytest.mark.parametrize(
    ("number", "spoil"),
    [pytest.param(number, spoil, id=f"{number} {name}") for number, name, spoil in SPOILERS],
)
def test_check_bites(number: int, spoil: Spoil) -> None:
    book = market()
    book.check()
    spoil(book.state)
    rule, _, sentence = INVARIANTS[number - 1].partition(" ")
    with pytest.raises(InvariantBroken, match=sentence) as found:
        book.check()
    assert found.value.rule == rule


def test_every_later_invariant_is_spoiled() -> None:
    assert {number for number, _, _ in SPOILERS} >= set(range(22, len(INVARIANTS) + 1))


def test_no_timer_is_never_the_next() -> None:
    book = Book(**SETTING)
    book.check()
    book.state.engine["next_timer_ns"] = 5
    with pytest.raises(InvariantBroken, match="the first is the next"):
        book.check()


def test_a_book_may_be_crossed_while_it_is_uncrossed() -> None:
    book = market()
    state = book.state
    assert state.books["bid_ticks"][1] == state.books["ask_ticks"][1] == 150
    state.markets["state"][1] = ContractState.OPEN
    state.engine["frame_count"] = 1
    state.frames["kind"][0], state.frames["contract"][0] = UNCROSSING, 1
    with pytest.raises(InvariantBroken, match="a contract has one while it is paused"):
        book.check()  # so the crossing was passed over, and only the timer was left to find
    state.frames["contract"][0] = 0
    with pytest.raises(InvariantBroken, match="not crossed"):
        book.check()


def test_condemned_orders_are_allowed_while_an_order_trades() -> None:
    book = market()
    both(CONDEMN, IN_HAND)(book.state)
    book.check()


def test_the_check_holds_in_the_middle_of_a_sweep() -> None:
    """With the smallest ring the events are taken while an iceberg is the taker."""
    book = Book(**SETTING, capacities=(1, 1, 2))
    lines = [f"alice sell {number} x1 @100" for number in range(1, 20)]
    rows = np.array([command_of(line) for line in [*lines, "bob buy 50 x30 @100 show=2"]], COMMAND)
    trading = []

    def look(_: np.ndarray) -> None:
        book.check()
        trading.append(int(book.state.taker["slot"][0]))

    book.feed(rows, look)
    assert any(trading)
    assert book.orders(0, 0)[0][:3].tolist() == [50, 100, 11]


def test_the_check_holds_after_every_command() -> None:
    book = market()
    for line in (
        "at 100",
        "alice amend 6 x2 @80 stop@75",
        "bob cancel 4",
        "mark 90",
        "mark 131",
        "carol sell 60 x7 @90 ioc",
        "at 700",
        "market auction",
        "index 60",
        "alice sell 61 x9 @70",
        "market open",
        "at 2000",
        "alice mass-cancel everywhere",
        "market settled",
    ):
        book.apply(np.array([command_of(line, int(book.state.engine["now_ns"][0]))], COMMAND))
        book.check()
    assert book.state.engine["order_count"][0] < 5
