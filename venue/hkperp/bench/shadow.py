"""A small order book, deliberately another one than the engine's, that makes the workloads.

Two arrays hold the first and last order of each price, and the next best price is found by walking
tick by tick. So what it trades is an independent answer to compare the engine with; and whoever
writes the messages (`stream.py`) sees which orders are live. One contract, one class of orders, no
self-trade prevention: `stranger` finds a wallet that does not need it.

Prices are ticks, quantities lots. Order ids are 1, 2, 3 ...; id 0 and price 0 mean none.
"""

from typing import NamedTuple

import numpy as np

from hkperp_engine.codes import Side
from hkperp_engine.kernel import CHECKED, kernel

__all__ = ["BUY", "SELL", "Shadow", "best", "new_shadow", "remove", "rest", "stranger", "take"]

#: Sides as plain numbers: a variable cannot be an int8 column and an enum member by turns.
BUY, SELL = int(Side.BUY), int(Side.SELL)

#: An order by id. `place` is its index in the list of live orders.
_ORDER = np.dtype(
    [
        ("price_ticks", "<i4"),
        ("lots_left", "<i4"),
        ("next", "<i4"),
        ("prev", "<i4"),
        ("wallet", "<i4"),
        ("place", "<i4"),
        ("side", "<i4"),
        ("padding", "<i4"),
    ]
)

#: The state of the book, what it has traded, and sums sampled for its description.
#: `kinds` counts messages by what they became.
_TOTALS = np.dtype(
    [
        ("bid_ticks", "<i8"),
        ("ask_ticks", "<i8"),
        ("fair_ticks", "<i8"),
        ("live_orders", "<i8"),
        ("live_levels", "<i8"),
        ("order_count", "<i8"),
        ("trades", "<i8"),
        ("lots", "<i8"),
        ("ticks_lots", "<i8"),
        ("ioc_trades", "<i8"),
        ("samples", "<i8"),
        ("orders_sampled", "<i8"),
        ("levels_sampled", "<i8"),
        ("kinds", "<i8", (6,)),
    ]
)

assert _ORDER.itemsize == 32, _ORDER.itemsize


class Shadow(NamedTuple):
    """The book: orders by id, first and last order by price, ids of live orders, totals."""

    orders: np.ndarray
    heads: np.ndarray
    tails: np.ndarray
    live: np.ndarray
    totals: np.ndarray


def new_shadow(orders_max: int, price_ticks_max: int, fair_ticks: int) -> Shadow:
    """Return an empty book for `orders_max` orders at 1 .. `price_ticks_max` ticks."""
    totals = np.zeros(1, _TOTALS)
    totals["fair_ticks"] = fair_ticks
    totals["ask_ticks"] = price_ticks_max + 1  # no ask: above every price
    return Shadow(
        np.zeros(orders_max + 1, _ORDER),
        np.zeros(price_ticks_max + 2, np.int32),
        np.zeros(price_ticks_max + 2, np.int32),
        np.zeros(orders_max + 1, np.int32),
        totals,
    )


@kernel
def take(book: Shadow, side: int, limit: int, lots: int) -> int:
    """Trade `lots` down to `limit`, best price first, oldest first; return the lots left."""
    totals = book.totals[0]
    step = 1 if side == BUY else -1
    price = best(book, side)
    while lots and (limit - price) * step >= 0:  # an empty side's best price is out of reach
        order_id = book.heads[price]
        order = book.orders[order_id]
        traded = min(lots, order["lots_left"])
        totals["trades"] += 1
        totals["lots"] += traded
        totals["ticks_lots"] += traded * price
        lots -= traded
        order["lots_left"] -= traded
        if order["lots_left"] == 0:
            remove(book, order_id)
        price = best(book, side)
    return lots


@kernel
def best(book: Shadow, side: int) -> int:
    """Return the best price for a taker of `side`; out of reach if nobody is there."""
    totals = book.totals[0]
    price: int = totals["ask_ticks"] if side == BUY else totals["bid_ticks"]
    return price


@kernel
def stranger(book: Shadow, wallet: int, side: int, limit: int, lots: int, wallets: int) -> int:
    """Return `wallet`, or the next one that owns none of the orders the taker will meet."""
    step = 1 if side == BUY else -1
    start = best(book, side)
    price, wanted, order_id, refused = start, lots, book.heads[start], 0
    while wanted > 0 and (limit - price) * step >= 0:
        if order_id == 0:
            price += step
            order_id = book.heads[price]
            continue
        order = book.orders[order_id]
        if order["wallet"] == wallet:
            refused += 1
            assert refused < wallets
            wallet = (wallet + 1) % wallets
            price, wanted, order_id = start, lots, book.heads[start]
            continue
        wanted -= order["lots_left"]
        order_id = order["next"]
    return wallet


@kernel
def rest(book: Shadow, order_id: int) -> None:
    """Put an order at the back of the queue of its price."""
    totals, order = book.totals[0], book.orders[order_id]
    price = order["price_ticks"]
    if order["side"] == BUY:
        if CHECKED:
            assert price < totals["ask_ticks"]
        totals["bid_ticks"] = max(totals["bid_ticks"], price)
    else:
        if CHECKED:
            assert price > totals["bid_ticks"]
        totals["ask_ticks"] = min(totals["ask_ticks"], price)
    last = book.tails[price]
    order["prev"] = last
    order["next"] = 0
    if last:
        book.orders[last]["next"] = order_id
    else:
        book.heads[price] = order_id
        totals["live_levels"] += 1
    book.tails[price] = order_id
    order["place"] = totals["live_orders"]
    book.live[totals["live_orders"]] = order_id
    totals["live_orders"] += 1


@kernel
def remove(book: Shadow, order_id: int) -> None:
    """Take an order out of its queue and of the live ones; find the next best price if needed."""
    totals, order = book.totals[0], book.orders[order_id]
    price, before, after = order["price_ticks"], order["prev"], order["next"]
    if before:
        book.orders[before]["next"] = after
    else:
        book.heads[price] = after
    if after:
        book.orders[after]["prev"] = before
    else:
        book.tails[price] = before
    totals["live_orders"] -= 1
    moved = book.live[totals["live_orders"]]
    book.live[order["place"]] = moved
    book.orders[moved]["place"] = order["place"]
    if book.heads[price]:
        return
    totals["live_levels"] -= 1
    if price == totals["bid_ticks"]:
        while price and not book.heads[price]:
            price -= 1
        totals["bid_ticks"] = price
    elif price == totals["ask_ticks"]:
        top = len(book.heads) - 1
        while price < top and not book.heads[price]:
            price += 1
        totals["ask_ticks"] = price
