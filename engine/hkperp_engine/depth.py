"""What can be seen of a book: levels, totals, the price of impact, orders in priority order.

Nothing here changes the book. `side` is always the side of the resting orders. The public sees
`depth_rows` only; everything else counts all lots, hidden ones included (MAT-042).
"""

from hkperp_engine.book import queue_head
from hkperp_engine.codes import OrderFlag, OrderType, Side
from hkperp_engine.kernel import kernel
from hkperp_engine.ladder import level_at, next_above, next_below
from hkperp_engine.layout import Trait
from hkperp_engine.orders import find_order
from hkperp_engine.units import NONE

__all__ = [
    "DUMP_COLUMNS",
    "WAITING_COLUMNS",
    "depth_rows",
    "dump_orders",
    "dump_waiting",
    "full_depth_rows",
    "impact_value",
    "lots_within",
    "queue_position",
]

#: Columns of a row of `dump_orders`. `expiry_ns` and `partner` (an order id) are 0 if there is
#: none.
DUMP_COLUMNS = (
    "order_id",
    "price_ticks",
    "lots_left",
    "wallet",
    "priority_class",
    "flags",
    "stp",
    "mark_ticks",
    "shown_lots",
    "traded_lots",
    "expiry_ns",
    "partner",
    "is_quote",
)

#: Columns of a row of `dump_waiting`. A trailing order that is not active has only
#: `activation_ticks`, the price at which it is filed; every other order only `trigger_ticks`.
#: `price_ticks` is the limit, of a trailing order its distance (ticks, or ppb).
WAITING_COLUMNS = (
    "order_id",
    "wallet",
    "side",
    "order_type",
    "source",
    "trigger_ticks",
    "activation_ticks",
    "extreme_ticks",
    "lots",
    "price_ticks",
    "is_fired",
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
def _shown_lots(state, slot):
    """Return the lots that a resting order shows (MAT-040, MAT-041), 0 if it is hidden. O(1)."""
    order = state.orders[slot]
    if order["flags"] & OrderFlag.HIDDEN != 0:
        return 0
    if order["traits"] & Trait.ICEBERG != 0:
        return int(state.extras[slot]["shown_lots"])
    return int(order["lots_left"])


@kernel
def _shown_at(state, level):
    """Return (lots, orders) that a level shows. O(1), or O(orders) if one shows less than all."""
    if level["hidden_count"] == 0:
        return int(level["lots"]), int(level["order_count"])
    lots = 0
    count = 0
    for priority_class in range(2):
        slot = queue_head(level, priority_class)
        while slot != 0:
            shown = _shown_lots(state, slot)
            if shown > 0:
                lots += shown
                count += 1
            slot = int(state.orders[slot]["next"])
    return lots, count


@kernel
def depth_rows(state, contract, side, out):
    """Write the best levels that `side` shows as rows (price_ticks, lots, orders) into `out`.

    Lots shown, and the orders that show some; a price with none is left out (MAT-042). `out` is a
    2-D int64 array of 3 columns. Returns how many rows were written, best first. O(levels walked
    + orders of those with a hidden order).
    """
    ladder = 2 * contract + side
    price_ticks = _best(state, contract, side)
    count = 0
    while price_ticks != 0 and count < out.shape[0]:
        lots, orders = _shown_at(state, state.levels[level_at(state, ladder, price_ticks)])
        if orders > 0:
            out[count, 0] = price_ticks
            out[count, 1] = lots
            out[count, 2] = orders
            count += 1
        price_ticks = _worse(state, ladder, side, price_ticks)
    return count


@kernel
def full_depth_rows(state, contract, side, out):
    """Write the best levels of `side` as rows (price_ticks, lots, orders), all lots, into `out`.

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
def _dump_order(state, slot, out, row):
    """Write a resting order as row `row` of `out`, columns as DUMP_COLUMNS. O(1)."""
    order = state.orders[slot]
    traits = int(order["traits"])
    out[row, 0] = order["order_id"]
    out[row, 1] = order["price_ticks"]
    out[row, 2] = order["lots_left"]
    out[row, 3] = order["wallet"]
    out[row, 4] = order["priority_class"]
    out[row, 5] = order["flags"]
    out[row, 6] = order["stp"]
    out[row, 7] = order["mark_ticks"]
    out[row, 8] = _shown_lots(state, slot)
    out[row, 9] = order["traded_lots"]
    out[row, 10] = 0
    out[row, 11] = 0
    out[row, 12] = 0
    # Only an order with traits has an EXTRA row; that of another holds what is left of the past.
    if traits & Trait.TIMED != 0:
        out[row, 10] = state.extras[slot]["expiry_ns"]
    if traits & Trait.PAIRED != 0:
        out[row, 11] = state.orders[int(state.extras[slot]["partner"])]["order_id"]
    if traits & Trait.QUOTE != 0:
        out[row, 12] = 1


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
                    _dump_order(state, slot, out, count)
                    count += 1
                number += 1
                slot = int(order["next"])
        price_ticks = _worse(state, ladder, side, price_ticks)
    return count


@kernel
def dump_waiting(state, contract, out, first_slot):
    """Write the orders of a contract that wait or are fired as rows of WAITING_COLUMNS into `out`.

    Looks at the pool from slot `first_slot` on (1: all of it); prices in ticks. Returns (rows
    written, the slot to go on with), the latter 0 at the end of the pool; the order of the rows
    is that of the pool and means nothing. `out` is a 2-D int64 array. O(slots looked at).
    """
    count = 0
    for slot in range(max(first_slot, 1), state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        if order["order_id"] == 0 or order["contract"] != contract:
            continue
        if order["traits"] & Trait.WAITING == 0:
            continue
        if count == out.shape[0]:
            return count, slot
        _dump_waiting_order(state, slot, out, count)
        count += 1
    return count, 0


@kernel
def _dump_waiting_order(state, slot, out, row):
    """Write an order that waits or is fired as row `row` of `out`. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    is_trailing = extra["order_type"] >= OrderType.TRAILING_TICKS
    # Filed at its activation price until it is active; once fired it has been.
    is_filed = is_trailing and order["traits"] & (Trait.TRAILING | Trait.FIRED) == 0
    ticks = int(extra["trigger_ticks"])
    out[row, 0] = order["order_id"]
    out[row, 1] = order["wallet"]
    out[row, 2] = order["side"]
    out[row, 3] = extra["order_type"]
    out[row, 4] = extra["source"]
    out[row, 5] = 0 if is_filed else ticks
    out[row, 6] = ticks if is_filed else 0
    out[row, 7] = extra["extreme_ticks"]
    out[row, 8] = order["lots_left"]
    out[row, 9] = extra["distance"] if is_trailing else order["price_ticks"]
    out[row, 10] = 1 if order["traits"] & Trait.FIRED != 0 else 0


@kernel
def queue_position(state, order_id):
    """Return (orders, lots) that stand before a resting order at its own price, in priority order.

    All their open lots, hidden ones included; better prices are not counted. (-1, -1) if no order
    of this id rests. O(orders ahead).
    """
    slot = find_order(state, order_id)
    order = state.orders[slot]
    # An order that is trading, or an amended one, has no lots in the pool.
    if slot == 0 or order["traits"] & Trait.WAITING != 0 or order["lots_left"] == 0:
        return NONE, NONE
    orders = 0
    lots = 0
    before = int(order["prev"])
    while before != 0:
        orders += 1
        lots += int(state.orders[before]["lots_left"])
        before = int(state.orders[before]["prev"])
    if order["priority_class"] == 0:
        return orders, lots
    ladder = 2 * int(order["contract"]) + int(order["side"])
    level = state.levels[level_at(state, ladder, int(order["price_ticks"]))]
    before = queue_head(level, 0)
    while before != 0:
        orders += 1
        lots += int(state.orders[before]["lots_left"])
        before = int(state.orders[before]["next"])
    return orders, lots
