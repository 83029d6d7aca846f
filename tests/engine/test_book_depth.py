"""What can be seen of a book, against sums over the orders themselves."""

import numpy as np
import pytest

from book_desk import random_commands
from book_text import SETTING, command_of
from hkperp_engine.arena import open_book
from hkperp_engine.codes import OrderFlag, OrderType, Side, TriggerSource
from hkperp_engine.depth import DUMP_COLUMNS, WAITING_COLUMNS, dump_orders, dump_waiting
from hkperp_engine.kernel import door
from hkperp_engine.layout import COMMAND
from hkperp_engine.rules import BookRules
from hkperp_engine.standalone import Book


@door
def _dump(arena, side, out, start):
    return dump_orders(open_book(arena), 0, side, out, start)


@door
def _dump_waiting(arena, contract, out, first_slot):
    return dump_waiting(open_book(arena), contract, out, first_slot)


def played(*lines: str) -> Book:
    """A book in which commands in the words of `book_text` were done."""
    book = Book(**SETTING, contracts=2)
    book.apply(np.array([command_of(line) for line in lines], COMMAND))
    book.check()
    return book


@pytest.fixture(scope="module")
def book() -> Book:
    filled = Book(price_ticks_max=9_000, lots_max=50, wallets=6, class_of=[0, 1, 0, 0, 1, 0])
    rows = random_commands(600, seed=11)
    rows["price_ticks"] = 4_076 + rows["price_ticks"]
    filled.apply(rows)
    assert min(len(filled.orders(0, side)) for side in Side) >= 5
    return filled


def column(rows: np.ndarray, name: str) -> np.ndarray:
    return rows[:, DUMP_COLUMNS.index(name)]


@pytest.mark.parametrize("side", Side)
def test_orders_stand_in_priority_order(book: Book, side: Side) -> None:
    rows = book.orders(0, side)
    sign = 1 if side == Side.SELL else -1
    keys = list(zip(sign * column(rows, "price_ticks"), column(rows, "priority_class")))
    assert keys == sorted(keys)
    assert len({*column(rows, "order_id").tolist()}) == len(rows)


@pytest.mark.parametrize("side", Side)
def test_depth_is_the_sum_of_the_orders(book: Book, side: Side) -> None:
    rows = book.orders(0, side)
    prices, lots = column(rows, "price_ticks"), column(rows, "lots_left")
    expected = [
        [price, lots[prices == price].sum(), (prices == price).sum()]
        for price in dict.fromkeys(prices.tolist())
    ]
    for depth in (book.depth, book.full_depth):  # nothing is hidden
        assert depth(0, side).tolist() == expected
        assert depth(0, side, levels=3).tolist() == expected[:3]
    for limit in (1, 4_080, 4_095, 4_096, 4_110, 9_000):
        within = prices >= limit if side == Side.BUY else prices <= limit
        assert book.lots_within(0, side, limit) == lots[within].sum()


@pytest.mark.parametrize("side", Side)
def test_impact_takes_the_fewest_lots(book: Book, side: Side) -> None:
    rows = book.orders(0, side)
    each = np.repeat(column(rows, "price_ticks"), column(rows, "lots_left"))
    value = np.cumsum(each)
    for notional in (1, int(each[0]), int(each[0]) + 1, int(value[-1]) // 2, int(value[-1])):
        lots = int(np.searchsorted(value, notional)) + 1
        assert book.impact_value(0, side, notional) == (lots, value[lots - 1])
    assert book.impact_value(0, side, int(value[-1]) + 1) == (0, 0)


def test_impact_of_the_worked_example() -> None:
    desk = played("alice sell 1 x2 @100", "alice sell 2 x5 @101")
    assert desk.impact_value(0, Side.SELL, 400) == (4, 402)
    assert desk.impact_value(0, Side.BUY, 400) == (0, 0)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("room", [1, 2, 7])
def test_the_dump_can_be_taken_in_pieces(book: Book, side: Side, room: int) -> None:
    pieces = []
    out = np.zeros((room, len(DUMP_COLUMNS)), np.int64)
    while count := _dump(book._arena, int(side), out, sum(map(len, pieces))):
        pieces.append(out[:count].copy())
    assert np.concatenate(pieces).tolist() == book.orders(0, side).tolist()


#: Bids at 90 of clients and the affiliate, shown and not; at 95 nothing is shown.
BIDS = (
    "alice buy 1 x5 @90",
    "afmm buy 2 x4 @90",
    "bob buy 3 x9 @90 hidden",
    "carol buy 4 x9 @90 show=3",
    "afmm buy 5 x7 @90 show=2",
    "bob buy 6 x8 @95 hidden",
    "bob buy 7 x6 @80",
)


def test_public_depth_is_what_is_shown() -> None:
    """MAT-042: hidden lots are in nothing but the full depth, and a price may be left out."""
    book = played(*BIDS)
    assert book.depth(0, Side.BUY).tolist() == [[90, 5 + 4 + 3 + 2, 4], [80, 6, 1]]
    assert book.depth(0, Side.BUY, levels=1).tolist() == [[90, 14, 4]]
    assert book.full_depth(0, Side.BUY).tolist() == [[95, 8, 1], [90, 34, 5], [80, 6, 1]]
    assert book.lots_within(0, Side.BUY, 90) == 42
    assert book.impact_value(0, Side.BUY, 95 * 8 + 90) == (9, 850)
    assert book.depth(0, Side.SELL).tolist() == book.full_depth(0, Side.SELL).tolist() == []


def test_the_next_slice_is_shown() -> None:
    book = played("carol buy 4 x9 @90 show=3", "bob sell 8 x7 @90 ioc")
    assert book.depth(0, Side.BUY).tolist() == [[90, 2, 1]]
    assert book.full_depth(0, Side.BUY).tolist() == [[90, 2, 1]]
    book = played("carol buy 4 x9 @90 show=3", "bob sell 8 x4 @90 ioc")
    assert book.depth(0, Side.BUY).tolist() == [[90, 2, 1]]
    assert book.full_depth(0, Side.BUY).tolist() == [[90, 5, 1]]


def test_the_place_in_the_queue() -> None:
    """All lots ahead at the price count, clients' before the affiliate's; other prices do not."""
    book = played(*BIDS)
    ahead = {number: book.queue_position(number) for number in range(1, 8)}
    assert ahead == {
        1: (0, 0),
        3: (1, 5),
        4: (2, 14),
        2: (3, 23),
        5: (4, 27),
        6: (0, 0),
        7: (0, 0),
    }


def test_who_does_not_rest_has_no_place() -> None:
    book = played("alice buy 1 x5 @90", "alice sell 2 x5 stop@80 @70", "bob buy 3 x1 @90 ioc")
    assert book.queue_position(2) is book.queue_position(3) is book.queue_position(0) is None


def test_an_order_that_trades_has_no_place() -> None:
    book = Book(**SETTING, capacities=(1, 1, 2))
    lines = [f"alice sell {number} x1 @100" for number in range(1, 20)]
    rows = np.array([command_of(line) for line in [*lines, "bob buy 50 x30 @100 show=2"]], COMMAND)
    places = []
    book.feed(rows, lambda _: places.append(book.queue_position(50)))
    assert places[-2:] == [None, (0, 0)]


def test_the_dump_shows_what_is_special() -> None:
    book = played(
        *BIDS,
        "bob sell 11 x5 @100 until=500",
        "bob sell 12 x5 @100 with=11",
        "carol quote 20 x5@91 x5@100",
        "alice sell 13 x2 @91 ioc",
    )
    rows = [
        [dict(zip(DUMP_COLUMNS, row))[name] for name in ("order_id", *DUMP_COLUMNS[8:])]
        for side in Side
        for row in book.orders(0, side).tolist()
    ]
    assert rows == [
        [6, 0, 2, 0, 0, 0],
        [20, 5, 0, 0, 0, 1],
        [1, 5, 0, 0, 0, 0],
        [3, 0, 0, 0, 0, 0],
        [4, 3, 0, 0, 0, 0],
        [2, 4, 0, 0, 0, 0],
        [5, 2, 0, 0, 0, 0],
        [7, 6, 0, 0, 0, 0],
        [11, 5, 0, 500, 12, 0],
        [12, 5, 0, 0, 11, 0],
        [21, 5, 0, 0, 0, 1],
    ]
    assert column(book.orders(0, Side.BUY), "flags")[0] == OrderFlag.HIDDEN


WAITING = (
    "alice sell 1 x5 @70 stop@80",
    "bob buy 2 x4 take@60 market on=index",
    "carol sell 3 x3 trail=5 from@110 on=mark",
    "carol sell 4 x2 trail=6 on=mark",
    "carol buy 5 x1 @90 c1",
    "alice buy 6 x6 @50 stop@40 on=mark c1",
    "mark 100",
    "alice buy 7 x7 @90",
    "market auction",
)


@pytest.mark.parametrize("room", [1, 2, 9])
def test_waiting_orders_can_be_taken_in_pieces(room: int) -> None:
    book = played(*WAITING)
    out = np.zeros((room, len(WAITING_COLUMNS)), np.int64)
    rows, slot = [], 0
    while True:
        count, slot = _dump_waiting(book._arena, 0, out, slot)
        rows += out[:count].tolist()
        if slot == 0:
            break
        assert count == room
    stop, take, trail = (
        int(each)
        for each in (
            OrderType.STOP_LIMIT,
            OrderType.TAKE_PROFIT_MARKET,
            OrderType.TRAILING_TICKS,
        )
    )
    last, mark, index = map(int, TriggerSource)
    assert rows == [
        [1, 0, 1, stop, last, 80, 0, 0, 5, 70, 0],
        [2, 2, 0, take, index, 60, 0, 0, 4, 1_000, 0],
        [3, 3, 1, trail, mark, 0, 110, 0, 3, 5, 0],
        [4, 3, 1, trail, mark, 94, 0, 100, 2, 6, 0],
    ]
    assert column_of_waiting(book, 1, "trigger_ticks") == [40]


def column_of_waiting(book: Book, contract: int, name: str) -> list[int]:
    return book.waiting(contract)[:, WAITING_COLUMNS.index(name)].tolist()


def test_fired_orders_are_told_apart() -> None:
    """More fire than one command may send: what is left is fired, a trailing one too."""
    book = Book(**SETTING, book_rules=BookRules(triggers_max=1))
    for line in (
        "alice sell 1 x1 @70 stop@99 on=mark",
        "alice sell 2 x1 @70 stop@98 on=mark",
        "carol sell 3 x1 trail=3 on=mark",
        "carol sell 4 x1 trail=30 on=mark",
        "mark 100",
        "mark 97",
    ):
        book.apply(np.array([command_of(line)], COMMAND))
    assert column_of_waiting(book, 0, "order_id") == [2, 3, 4]
    assert column_of_waiting(book, 0, "is_fired") == [1, 1, 0]
    assert column_of_waiting(book, 0, "trigger_ticks") == [98, 97, 70]
    assert column_of_waiting(book, 0, "activation_ticks") == [0, 0, 0]
    assert column_of_waiting(book, 0, "extreme_ticks") == [0, 100, 100]
