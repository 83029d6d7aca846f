"""What can be seen of a book: levels, totals, the price of impact, orders in priority order.

Nothing here changes the book. `side` is always the side of the resting orders.
"""

from hkperp_engine.book import queue_head
from hkperp_engine.codes import Side
from hkperp_engine.kernel import kernel
from hkperp_engine.ladder import level_at, next_above, next_below

__all__ = ["DUMP_COLUMNS", "depth_rows", "dump_orders", "impact_value", "lots_within"]

#: Columns of a row of `dump_orders`.
DUMP_COLUMNS = (
    "order_id",
    "price_ticks",
    "lots_left",
    "wallet",
    "priority_class",
    "flags",
    "stp",
    "mark_ticks",
)


@kernel
def _best(state, contract, side):
    """Return the best price (ticks) of a side, 0 if it is empty. O(1)."""
    book = state.books[contract]
    if side == Side.BUY:
        return int(book["bid_ticks"])
    return int(book["ask_ticks"])


@kernel
def _worse(state, ladder, side, price_ticks):
    """Return the next price (ticks) behind `price_ticks` on a side, 0 if none. O(1)."""
    if side == Side.BUY:
        return next_below(state, ladder, price_ticks)
    return next_above(state, ladder, price_ticks)


@kernel
def lots_within(state, contract, side, limit_ticks):
    """Return the lots that rest on `side` at `limit_ticks` or better. O(levels walked)."""
    ladder = 2 * contract + side
    price_ticks = _best(state, contract, side)
    lots = 0
    while price_ticks != 0:
        if side == Side.BUY and price_ticks < limit_ticks:
            break
        if side == Side.SELL and price_ticks > limit_ticks:
            break
        lots += state.levels[level_at(state, ladder, price_ticks)]["lots"]
        price_ticks = _worse(state, ladder, side, price_ticks)
    return lots


@kernel
def depth_rows(state, contract, side, out):
    """Write the best levels of `side` as rows (price_ticks, lots, order_count) into `out`.

    `out` is a 2-D int64 array of 3 columns. Returns how many rows were written, best first.
    O(rows).
    """
    ladder = 2 * contract + side
    price_ticks = _best(state, contract, side)
    count = 0
    while price_ticks != 0 and count < out.shape[0]:
        level = state.levels[level_at(state, ladder, price_ticks)]
        out[count, 0] = price_ticks
        out[count, 1] = level["lots"]
        out[count, 2] = level["order_count"]
        count += 1
        price_ticks = _worse(state, ladder, side, price_ticks)
    return count


@kernel
def impact_value(state, contract, side, notional_ticks_lots):
    """Return (lots, value): the fewest best lots of `side` worth `notional_ticks_lots` or more.

    Value is the sum of price * lots, in ticks * lots, below 2**62 if the notional is below 2**61.
    (0, 0) if the side is not worth so much. O(levels walked).

    Asks 2 @100, 5 @101; notional 400: 2 lots are worth 200, two more 202: (4, 402).
    """
    ladder = 2 * contract + side
    price_ticks = _best(state, contract, side)
    lots = 0
    value = 0
    while price_ticks != 0:
        level_lots = int(state.levels[level_at(state, ladder, price_ticks)]["lots"])
        # Rounded up: the last lot may be worth more than what is missing.
        needed = -((value - notional_ticks_lots) // price_ticks)
        if needed <= level_lots:
            return lots + needed, value + needed * price_ticks
        lots += level_lots
        value += level_lots * price_ticks
        price_ticks = _worse(state, ladder, side, price_ticks)
    return 0, 0


@kernel
def dump_orders(state, contract, side, out, start):
    """Write the orders of `side` in priority order as rows of DUMP_COLUMNS into `out`.

    Begins with order number `start` (0-based); returns how many rows were written: fewer than
    `out` has when the side ends. `out` is a 2-D int64 array. O(start + rows).
    """
    ladder = 2 * contract + side
    price_ticks = _best(state, contract, side)
    number = 0
    count = 0
    while price_ticks != 0:
        level = state.levels[level_at(state, ladder, price_ticks)]
        if number + level["order_count"] <= start:
            number += int(level["order_count"])
            price_ticks = _worse(state, ladder, side, price_ticks)
            continue
        for priority_class in range(2):
            slot = queue_head(level, priority_class)
            while slot != 0:
                order = state.orders[slot]
                if number >= start:
                    if count == out.shape[0]:
                        return count
                    out[count, 0] = order["order_id"]
                    out[count, 1] = order["price_ticks"]
                    out[count, 2] = order["lots_left"]
                    out[count, 3] = order["wallet"]
                    out[count, 4] = order["priority_class"]
                    out[count, 5] = order["flags"]
                    out[count, 6] = order["stp"]
                    out[count, 7] = order["mark_ticks"]
                    count += 1
                number += 1
                slot = int(order["next"])
        price_ticks = _worse(state, ladder, side, price_ticks)
    return count
