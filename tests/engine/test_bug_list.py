"""The bugs that a public benchmark of order books found in others, each as a test of its own.

Every test is held by the fast book and by the slow one. That reduce-only orders overfill across
levels needs positions: tests/house/test_bug_list_house.py.
"""

import sys
from typing import Any

import pytest

import book_text
import book_words
from book_desk import BOOKS
from hkperp_engine.codes import Command, Event, OrderType, Side
from hkperp_engine.kernel import BUILD
from hkperp_engine.reference import CommandRow, EventRow
from hkperp_engine.rules import BookRules


class Floor:
    """A book of either kind, spoken to in the language of the tables."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.book = BOOKS[kind](**book_text.SETTING)

    def play(self, table: str, **setting: Any) -> None:
        """Play a table on a new book."""
        self.book = BOOKS[self.kind](**{**book_text.setting(table), **setting})
        book_words.play(table, self.book)

    def do(self, text: str, **fields: int) -> list[EventRow]:
        """Do one command; return its events."""
        return self.book.apply(book_text.command_of(text)._replace(**fields))

    def levels(self, side: Side) -> list[tuple[int, ...]]:
        """(price in ticks, lots, orders) of each level, best first."""
        return list(map(tuple, self.book.full_depth(0, side)))


@pytest.fixture(params=BOOKS)
def floor(request: pytest.FixtureRequest) -> Floor:
    return Floor(request.param)


def test_aggressor_priced_trades(floor: Floor) -> None:
    """A trade is written at the taker's limit, not at the price of the order that rested."""
    floor.play("""
        alice sell 1 x1 @100   -> accepted
        bob   buy  2 x1 @105   -> accepted, trade 1 x1 @100
        alice buy  3 x1 @100   -> accepted
        bob   sell 4 x1 @90    -> accepted, trade 3 x1 @100
    """)


def test_cross_tested_once(floor: Floor) -> None:
    """Whether the order crosses is asked before the sweep only, so it eats through its limit."""
    floor.play("""
        alice sell 1 x1 @100   -> accepted
        alice sell 2 x1 @101   -> accepted
        alice sell 3 x1 @103   -> accepted
        bob   buy  4 x3 @102   -> accepted, trade 1 x1 @100, trade 2 x1 @101
        asks                   -> 3 x1 @103
        bids                   -> 4 x1 @102
    """)


def test_zero_lot_trades(floor: Floor) -> None:
    """A maker that is empty, or a taker that is, still makes a trade of no lots."""
    floor.play("""
        alice sell 1 x2 @100   -> accepted
        bob   sell 2 x2 @100   -> accepted
        carol buy  3 x2 @100   -> accepted, trade 1 x2 @100
        carol buy  4 x3 @100   -> accepted, trade 2 x2 @100
        carol buy  5 x0 @100   -> refused LOTS_INVALID
        bob   sell 6 x2 @100   -> accepted, trade 4 x1 @100
        bids                   -> empty
    """)


def test_maker_demoted_after_a_partial_fill(floor: Floor) -> None:
    """An order that trades in part is put back at the end of its queue."""
    floor.play("""
        alice sell 1 x5 @100   -> accepted
        bob   sell 2 x5 @100   -> accepted
        carol buy  3 x2 @100   -> accepted, trade 1 x2 @100
        asks                   -> 1 x3 @100, 2 x5 @100
        carol buy  4 x4 @100   -> accepted, trade 1 x3 @100, trade 2 x1 @100
    """)


def test_level_volume_not_conserved(floor: Floor) -> None:
    """The lots of a level drift from the sum of its orders after fills, cancels, amendments."""
    for text, expected in (
        ("alice sell 1 x5 @100", [(100, 5, 1)]),
        ("bob sell 2 x7 @100", [(100, 12, 2)]),
        ("afmm sell 3 x2 @100", [(100, 14, 3)]),
        ("carol buy 4 x6 @100", [(100, 8, 2)]),
        ("bob amend 2 x4 @100", [(100, 6, 2)]),
        ("bob sell 5 x1 @101", [(100, 6, 2), (101, 1, 1)]),
        ("alice buy 6 x5 @100 ioc", [(100, 1, 1), (101, 1, 1)]),
        ("afmm cancel 3", [(101, 1, 1)]),
        ("bob cancel 5", []),
    ):
        floor.do(text)
        assert floor.levels(Side.SELL) == expected, text


def test_stale_best_after_cancel(floor: Floor) -> None:
    """The best price is still that of an order that was cancelled."""
    floor.play("""
        alice buy  1 x1 @100   -> accepted
        alice buy  2 x1 @90    -> accepted
        alice cancel 1         -> cancelled 1 x1 REQUESTED
        bob   sell 3 x1 @95    -> accepted
        bob   sell 4 x1 @90    -> accepted, trade 2 x1 @90
        asks                   -> 3 x1 @95
        bids                   -> empty
    """)


def test_non_head_cancel_losing_neighbours(floor: Floor) -> None:
    """Cancelling an order that is not the first of its queue loses those around it."""
    floor.play("""
        alice buy 1 x1 @100    -> accepted
        bob   buy 2 x1 @100    -> accepted
        alice buy 3 x1 @100    -> accepted
        bob   buy 4 x1 @100    -> accepted
        bob   cancel 2         -> cancelled 2 x1 REQUESTED
        bids                   -> 1 x1 @100, 3 x1 @100, 4 x1 @100
        bob   cancel 4         -> cancelled 4 x1 REQUESTED
        alice cancel 1         -> cancelled 1 x1 REQUESTED
        bids                   -> 3 x1 @100
        bob   buy 5 x1 @100    -> accepted
        carol sell 6 x2 @100   -> accepted, trade 3 x1 @100, trade 5 x1 @100
    """)


def test_filled_id_still_indexed(floor: Floor) -> None:
    """An order that is filled can still be found, cancelled or amended by its id."""
    floor.play("""
        alice sell 1 x2 @100   -> accepted
        bob   buy  2 x2 @100   -> accepted, trade 1 x2 @100
        alice cancel 1         -> refused ORDER_UNKNOWN
        bob   cancel 2         -> refused ORDER_UNKNOWN
        alice amend 1 x1 @100  -> refused ORDER_UNKNOWN
    """)


def test_id_reuse_after_fill_or_cancel(floor: Floor) -> None:
    """An id used again after its order is gone is refused, or answers for the old order."""
    floor.play("""
        alice sell 1 x2 @100   -> accepted
        bob   buy  2 x2 @100   -> accepted, trade 1 x2 @100
        carol buy  1 x1 @90    -> accepted
        alice cancel 1         -> refused ORDER_UNKNOWN
        carol cancel 1         -> cancelled 1 x1 REQUESTED
        carol sell 1 x1 @90 ioc -> accepted, cancelled 1 x1 NOT_RESTING
        bob   sell 1 x1 @90    -> accepted
        asks                   -> 1 x1 @90
    """)


def test_duplicate_live_id(floor: Floor) -> None:
    """A second order takes an id that is live, and the first can no longer be reached."""
    floor.play("""
        alice sell 1 x5 @100       -> accepted
        bob   buy  1 x1 @50        -> refused ORDER_ID_IN_USE
        carol buy  2 x2 @100       -> accepted, trade 1 x2 @100
        alice sell 1 x1 @100       -> refused ORDER_ID_IN_USE
        alice amend 1 x1 @100      -> amended 1 x1 @100
        bob   sell 1 x1 @100 post  -> refused ORDER_ID_IN_USE
        bob   buy  3 x1 stop@200 market -> waits for 200
        bob   buy  3 x1 @50        -> refused ORDER_ID_IN_USE
        asks                       -> 1 x1 @100
    """)


def test_amend_that_crosses_but_rests(floor: Floor) -> None:
    """An amendment to a price at which it could trade rests there, and the book is crossed."""
    floor.play("""
        alice sell 1 x2 @100   -> accepted
        bob   buy  2 x5 @99    -> accepted
        bob   amend 2 x5 @101  -> amended 2 x5 @101, trade 1 x2 @100
        bids                   -> 2 x3 @101
        alice sell 3 x3 @90    -> accepted, trade 2 x3 @101
    """)


def test_amend_at_own_limit(floor: Floor) -> None:
    """An amendment that changes nothing loses the place, or one that adds lots keeps it."""
    floor.play("""
        alice sell 1 x5 @100   -> accepted
        bob   sell 2 x5 @100   -> accepted
        alice amend 1 x5 @100  -> amended 1 x5 @100
        asks                   -> 1 x5 @100, 2 x5 @100
        alice amend 1 x6 @100  -> amended 1 x6 @100
        asks                   -> 2 x5 @100, 1 x6 @100
        bob   amend 2 x1 @100  -> amended 2 x1 @100
        asks                   -> 2 x1 @100, 1 x6 @100
    """)


def test_amend_after_partial_fill(floor: Floor) -> None:
    """The new quantity is taken for what was ordered at first, so filled lots come back."""
    floor.play("""
        alice sell 1 x5 @100        -> accepted
        bob   buy  2 x3 @100        -> accepted, trade 1 x3 @100
        alice amend 1 x2 @100       -> amended 1 x2 @100
        alice amend 1 x4 @100 total -> amended 1 x1 @100
        asks                        -> 1 x1 @100
        bob   buy  3 x2 @100        -> accepted, trade 1 x1 @100
        alice amend 1 x1 @100       -> refused ORDER_UNKNOWN
    """)


def test_fok_looking_only_at_the_best_level(floor: Floor) -> None:
    """Fill or kill is decided by the best level alone: refused wrongly, or filled in part."""
    floor.play("""
        alice sell 1 x2 @100   -> accepted
        alice sell 2 x2 @101   -> accepted
        bob   sell 3 x9 @103   -> accepted
        carol buy 4 x5 @102 fok -> refused FOK_NOT_FILLABLE
        carol buy 4 x4 @102 fok -> accepted, trade 1 x2 @100, trade 2 x2 @101
    """)


def test_single_pass_triggers(floor: Floor) -> None:
    """Stops set off by the trades of other stops are left waiting until the next order."""
    floor.play("""
        alice sell 1 x1 @101         -> accepted
        alice sell 2 x1 @102         -> accepted
        alice sell 3 x1 @103         -> accepted
        bob   buy  4 x1 stop@102 market -> waits for 102
        bob   buy  5 x1 stop@101 market -> waits for 101
        carol buy  6 x1 @101 -> accepted, trade 1 x1 @101, triggered 5 by last 101, accepted 5, \
trade 2 x1 @102, triggered 4 by last 102, accepted 4, trade 3 x1 @103
        waiting                      -> empty
    """)


CASCADE = 100_000


def is_quick(floor: Floor) -> bool:
    """Whether a hundred thousand orders take no more than seconds."""
    return floor.kind == "fast" and BUILD != "python"


def test_recursion(floor: Floor) -> None:
    """A cascade of stops, each set off by the one before, runs into the limit of recursion."""
    count = CASCADE if is_quick(floor) else CASCADE // 50
    rules = BookRules(triggers_max=count + 1)
    book = BOOKS[floor.kind](
        is_checked=False, price_ticks_max=count + 1, lots_max=9, wallets=2, book_rules=rules
    )
    order = CommandRow(kind=Command.NEW_ORDER, lots=1)
    for price_ticks in range(1, count + 1):
        ask = order._replace(side=Side.SELL, order_id=price_ticks, price_ticks=price_ticks)
        stop = ask._replace(
            side=Side.BUY,
            wallet=1,
            order_type=OrderType.STOP_MARKET,
            order_id=2**40 + price_ticks,
            target=price_ticks,
            price_ticks=count,
        )
        book.apply(ask)
        if price_ticks < count:  # it takes the ask behind the one that sets it off
            book.apply(stop)
    limit = sys.getrecursionlimit()
    events = book.apply(order._replace(wallet=1, order_id=2**41, price_ticks=1))
    assert sys.getrecursionlimit() == limit
    assert sum(event.kind == Event.TRADE for event in events) == count
    assert events[-1].price_ticks == count


def test_16_and_32_bit_ceilings(floor: Floor) -> None:
    """Ids, times, quantities and prices wrap at 2^15, 2^16, 2^31 or 2^32."""
    top = 2**31 - 1
    book = BOOKS[floor.kind](is_checked=False, price_ticks_max=top, lots_max=top, wallets=70_000)
    most = CommandRow(kind=Command.NEW_ORDER, price_ticks=top, lots=top)
    ids = [2**15, 2**16, 2**31, 2**32, 2**32 + 2**15, 2**53 + 1, 2**62]
    for number, order_id in enumerate(ids):
        row = most._replace(side=Side.SELL, order_id=order_id, wallet=65_536 + number)
        [event] = book.apply(row._replace(time_ns=2**60 + number))
        assert (event.order_id, event.wallet, event.time_ns) == (
            *row[10:11],
            row.wallet,
            2**60 + number,
        )
    assert list(map(tuple, book.full_depth(0, Side.SELL))) == [(top, 7 * top, 7)]
    for order_id in ids:
        taker = most._replace(time_ns=2**61, wallet=7, order_id=order_id + 1 & 2**62 - 1 or 9)
        trade = book.apply(taker)[1]
        assert (trade.kind, trade.order_id, trade.lots) == (Event.TRADE, order_id, top)


def test_more_than_65536_orders_at_one_price(floor: Floor) -> None:
    """A queue or a counter of 16 bits: the 65,537th order is lost or overwrites the first."""
    book = BOOKS[floor.kind](is_checked=False, price_ticks_max=9, lots_max=9, wallets=1)
    bid = CommandRow(kind=Command.NEW_ORDER, price_ticks=5, lots=1)
    count = 65_538
    for order_id in range(1, count + 1):
        book.apply(bid._replace(order_id=order_id))
    assert list(map(tuple, book.full_depth(0, Side.BUY))) == [(5, count, count)]
    assert len({order.order_id for order in book.orders(0, Side.BUY)}) == count


def test_expiry_leak(floor: Floor) -> None:
    """An order that expired, was filled or cancelled stays behind in the book or its timer."""
    floor.play("""
        alice buy  1 x1 @99 until=100    -> accepted
        alice buy  2 x1 @99 until=100    -> accepted
        bob   sell 3 x1 @99              -> accepted, trade 1 x1 @99
        alice cancel 2                   -> cancelled 2 x1 REQUESTED
        alice buy  1 x1 @98              -> accepted       # the same id, good till cancelled
        alice buy  4 x2 @97 until=100    -> accepted
        alice buy  5 x2 stop@150 market until=100 -> waits for 150
        at 100                           -> cancelled 4 x2 EXPIRED, cancelled 5 x2 EXPIRED
        bids                             -> 1 x1 @98
        waiting                          -> empty
        bob   sell 6 x3 @97              -> accepted, trade 1 x1 @98
    """)


def test_unknown_id(floor: Floor) -> None:
    """Cancelling or amending an id that never was raises, or changes another order."""
    floor.play("""
        alice sell 1 x1 @100   -> accepted
        alice cancel 2         -> refused ORDER_UNKNOWN
        alice amend 2 x1 @99   -> refused ORDER_UNKNOWN
        bob   cancel 1         -> refused ORDER_UNKNOWN
        bob   amend 1 x1 @99   -> refused ORDER_UNKNOWN
        alice cancel -1        -> refused ORDER_UNKNOWN
        alice cancel 0         -> refused ORDER_UNKNOWN
        asks                   -> 1 x1 @100
    """)


def test_equal_time_fifo(floor: Floor) -> None:
    """Orders of one time stamp are sorted by something else than their arrival, such as the id."""
    ids = [9, 2, 7, 1, 8, 3]
    for order_id in ids:
        floor.do(f"alice sell {order_id} x1 @100", time_ns=5)
    assert [order.order_id for order in floor.book.orders(0, Side.SELL)] == ids
    events = floor.do("bob buy 20 x6 @100", time_ns=5)
    assert [event.order_id for event in events if event.kind == Event.TRADE] == ids


def test_self_trade_hole_through_amend(floor: Floor) -> None:
    """An owner trades with himself by amending an order over his own."""
    floor.play("""
        alice  sell 1 x2 @100           -> accepted
        alice2 buy  2 x5 @99 oldest     -> accepted
        alice2 amend 2 x5 @100          -> amended 2 x5 @100, cancelled 1 x2 SELF_TRADE
        alice  sell 3 x2 @101           -> accepted
        alice2 buy  4 x1 @98 newest     -> accepted
        alice2 amend 4 x3 @101          -> amended 4 x3 @101, cancelled 4 x3 SELF_TRADE
        alice2 cancel 4                 -> refused ORDER_UNKNOWN
        alice2 buy  5 x1 @99 post both  -> accepted
        alice2 amend 5 x1 @101          -> refused POST_ONLY_WOULD_TRADE
    """)
