"""What can be seen of a book, against sums over the orders themselves."""

import numpy as np
import pytest

from book_desk import Desk, random_commands
from hkperp_engine.arena import open_book
from hkperp_engine.codes import Side
from hkperp_engine.depth import DUMP_COLUMNS, dump_orders
from hkperp_engine.kernel import door
from hkperp_engine.standalone import Book


@door
def _dump(arena, side, out, start):
    return dump_orders(open_book(arena), 0, side, out, start)


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
    assert book.depth(0, side).tolist() == expected
    assert book.depth(0, side, levels=3).tolist() == expected[:3]
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
    desk = Desk()
    desk.play("""
        alice sell 1 x2 @100   -> accepted
        alice sell 2 x5 @101   -> accepted
    """)
    assert desk.book.impact_value(0, Side.SELL, 400) == (4, 402)
    assert desk.book.impact_value(0, Side.BUY, 400) == (0, 0)


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("room", [1, 2, 7])
def test_the_dump_can_be_taken_in_pieces(book: Book, side: Side, room: int) -> None:
    pieces = []
    out = np.zeros((room, len(DUMP_COLUMNS)), np.int64)
    while count := _dump(book._arena, int(side), out, sum(map(len, pieces))):
        pieces.append(out[:count].copy())
    assert np.concatenate(pieces).tolist() == book.orders(0, side).tolist()
