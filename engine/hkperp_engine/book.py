"""The book proper: orders that wait, in their levels and queues, and the order that is trading.

A level has two queues, clients' first (AFMM-01); each is a doubly linked list in time order. The
order that trades now stands in `state.taker`; what is left of it rests with `rest`. Slot 0 of the
pool is nobody's: links to nobody are written there and never read.
"""

from hkperp_engine.codes import OrderFlag, Side, TimeInForce
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.ladder import level_at, next_above, next_below, occupy, vacate
from hkperp_engine.layout import Trait
from hkperp_engine.orders import close_order, open_order
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = [
    "best_opposite",
    "drop_taker",
    "leave_queue",
    "queue_head",
    "reduce_order",
    "remove_order",
    "requeue",
    "rest",
    "shows_less",
    "taker_from_command",
    "taker_from_order",
]


@inlined
def best_opposite(state, contract, side):
    """Return the best price (ticks) an order of `side` can trade at, 0 if there is none. O(1)."""
    book = state.books[contract]
    if side == Side.BUY:
        return book["ask_ticks"]
    return book["bid_ticks"]


@inlined
def queue_head(level, priority_class):
    """Return the slot of the first order of a class in a LEVEL row, 0 if it has none. O(1)."""
    if priority_class == 0:
        return int(level["client_head"]) & ROW_MASK
    return int(level["affiliate_head"]) & ROW_MASK


@inlined
def taker_from_command(state, command):
    """Make the new order of a COMMAND row the one that is trading. O(1).

    The row was checked. Its mark price (`mark_ticks`) and `is_liquidation` are 0: the machine's
    to fill.
    """
    wallet = int(command["wallet"]) & ROW_MASK
    owner = state.owners[wallet]
    taker = state.taker[0]
    taker["order_id"] = command["order_id"]
    taker["price_ticks"] = command["price_ticks"]
    taker["lots_left"] = command["lots"]
    taker["limit_ticks"] = command["price_ticks"]
    taker["traded_lots"] = 0
    taker["traits"] = 0
    taker["mark_ticks"] = 0
    taker["wallet"] = wallet
    taker["owner"] = owner["owner"]
    taker["contract"] = command["contract"]
    taker["side"] = command["side"]
    taker["priority_class"] = owner["priority_class"]
    taker["flags"] = command["flags"]
    taker["stp"] = command["stp"]
    taker["tif"] = command["tif"]
    taker["is_liquidation"] = 0
    taker["is_auction"] = 0
    taker["slot"] = 0


@inlined
def taker_from_order(state, slot, price_ticks, lots):
    """Take a resting order out of its queue and make it the one that is trading, as amended.

    `price_ticks` and `lots` are its new terms. It keeps slot, id and place in its wallet's list;
    until `rest` or `drop_taker` it is in no queue and its `lots_left` is 0. O(1).
    """
    leave_queue(state, slot)
    order = state.orders[slot]
    order["lots_left"] = 0
    taker = state.taker[0]
    taker["order_id"] = order["order_id"]
    taker["price_ticks"] = price_ticks
    taker["limit_ticks"] = price_ticks
    taker["lots_left"] = lots
    taker["traded_lots"] = order["traded_lots"]
    taker["traits"] = order["traits"]
    taker["mark_ticks"] = order["mark_ticks"]
    taker["wallet"] = order["wallet"]
    taker["owner"] = order["owner"]
    taker["contract"] = order["contract"]
    taker["side"] = order["side"]
    taker["priority_class"] = order["priority_class"]
    taker["flags"] = order["flags"]
    taker["stp"] = order["stp"]
    taker["tif"] = TimeInForce.GTC
    taker["is_liquidation"] = 0
    taker["is_auction"] = 0
    taker["slot"] = slot


@inlined
def drop_taker(state):
    """Forget the order that was trading: nothing of it rests. O(1) expected.

    If it was an amended order its slot and id are given back.
    """
    taker = state.taker[0]
    slot = int(taker["slot"]) & ROW_MASK
    if slot != 0:
        close_order(state, slot)
        taker["slot"] = 0
    taker["order_id"] = 0


@inlined
def rest(state):
    """Put what is left of the order that was trading at the back of its queue. O(1) expected.

    Returns its slot. There is room for it (`has_room`), it has lots left and trades with nobody.
    `state.taker` is free again.
    """
    taker = state.taker[0]
    wallet = int(taker["wallet"]) & ROW_MASK
    slot = int(taker["slot"]) & ROW_MASK
    if slot == 0:
        slot = open_order(state, taker["order_id"], wallet)
    taker["slot"] = 0
    taker["order_id"] = 0
    contract = int(taker["contract"]) & ROW_MASK
    side = int(taker["side"])
    price_ticks = int(taker["price_ticks"])
    lots = int(taker["lots_left"])
    if CHECKED:
        assert lots > 0
    engine = state.engine[0]
    engine["order_sequence"] += 1
    ladder = 2 * contract + side
    index = level_at(state, ladder, price_ticks)
    book = state.books[contract]
    if state.levels[index]["order_count"] == 0:
        index = occupy(state, ladder, price_ticks)
        if side == Side.BUY:
            book["bid_levels"] += 1
            if price_ticks > book["bid_ticks"]:
                book["bid_ticks"] = price_ticks
        else:
            book["ask_levels"] += 1
            if book["ask_ticks"] == 0 or price_ticks < book["ask_ticks"]:
                book["ask_ticks"] = price_ticks
    book["order_count"] += 1
    level = state.levels[index]
    level["lots"] += lots
    level["order_count"] += 1
    if shows_less(taker["flags"], taker["traits"]):
        level["hidden_count"] += 1
    if taker["traits"] & Trait.ICEBERG != 0:
        extra = state.extras[slot]
        extra["shown_lots"] = min(int(extra["display_lots"]), lots)
    if taker["priority_class"] == 0:
        tail = int(level["client_tail"]) & ROW_MASK
        level["client_tail"] = slot
        level["client_head"] = slot if tail == 0 else level["client_head"]
    else:
        tail = int(level["affiliate_tail"]) & ROW_MASK
        level["affiliate_tail"] = slot
        level["affiliate_head"] = slot if tail == 0 else level["affiliate_head"]
    state.orders[tail]["next"] = slot
    _fill_order(state.orders[slot], taker, tail, engine["order_sequence"])
    return slot


@inlined
def _fill_order(order, taker, before, sequence):
    """Fill an ORDER row from the order that was trading; its slot, id and wallet stand. O(1)."""
    order["sequence"] = sequence
    order["price_ticks"] = taker["price_ticks"]
    order["mark_ticks"] = taker["mark_ticks"]
    order["lots_left"] = taker["lots_left"]
    order["owner"] = taker["owner"]
    order["next"] = 0
    order["prev"] = before
    order["contract"] = taker["contract"]
    order["side"] = taker["side"]
    order["priority_class"] = taker["priority_class"]
    order["flags"] = taker["flags"]
    order["stp"] = taker["stp"]
    order["traits"] = taker["traits"]
    order["traded_lots"] = taker["traded_lots"]


@inlined
def reduce_order(state, slot, lots):
    """Take `lots` out of a resting order, 0 < lots <= its open lots; it keeps its place.

    At 0 it leaves the book. O(1) expected.
    """
    order = state.orders[slot]
    left = int(order["lots_left"]) - lots
    if CHECKED:
        assert lots > 0
        assert left >= 0
    if left == 0:
        remove_order(state, slot)
        return
    order["lots_left"] = left
    if order["traits"] & Trait.ICEBERG != 0:
        extra = state.extras[slot]
        extra["shown_lots"] = min(int(extra["shown_lots"]), left)
    ladder = 2 * (int(order["contract"]) & ROW_MASK) + int(order["side"])
    index = level_at(state, ladder, int(order["price_ticks"]) & ROW_MASK)
    state.levels[index]["lots"] -= lots


@inlined
def remove_order(state, slot):
    """Take a resting order out of the book, and its id with it. O(1) expected."""
    leave_queue(state, slot)
    close_order(state, slot)


@kernel
def requeue(state, slot):
    """Show the next slice of a resting iceberg and send it to the back of its queue (MAT-040).

    O(1).
    """
    order = state.orders[slot]
    extra = state.extras[slot]
    extra["shown_lots"] = min(int(extra["display_lots"]), int(order["lots_left"]))
    engine = state.engine[0]
    engine["order_sequence"] += 1
    order["sequence"] = engine["order_sequence"]
    ladder = 2 * int(order["contract"]) + int(order["side"])
    level = state.levels[level_at(state, ladder, int(order["price_ticks"]))]
    after = int(order["next"])
    if after == 0:
        return
    before = int(order["prev"])
    state.orders[before]["next"] = after
    state.orders[after]["prev"] = before
    if order["priority_class"] == 0:
        tail = int(level["client_tail"])
        level["client_head"] = after if before == 0 else level["client_head"]
        level["client_tail"] = slot
    else:
        tail = int(level["affiliate_tail"])
        level["affiliate_head"] = after if before == 0 else level["affiliate_head"]
        level["affiliate_tail"] = slot
    state.orders[tail]["next"] = slot
    order["prev"] = tail
    order["next"] = 0


@inlined
def shows_less(flags, traits):
    """Tell whether an order of these `flags` and `traits` may show less than its lots. O(1)."""
    return (flags & OrderFlag.HIDDEN) | (traits & Trait.ICEBERG) != 0


@inlined
def leave_queue(state, slot):
    """Take a resting order out of its queue and its level; the level goes with the last. O(1)."""
    order = state.orders[slot]
    lots = int(order["lots_left"])
    if CHECKED:
        assert lots > 0
    contract = int(order["contract"]) & ROW_MASK
    side = int(order["side"])
    price_ticks = int(order["price_ticks"]) & ROW_MASK
    ladder = 2 * contract + side
    level = state.levels[level_at(state, ladder, price_ticks)]
    before = int(order["prev"]) & ROW_MASK
    after = int(order["next"]) & ROW_MASK
    # Slot 0 is nobody's: a link to nobody is written there, which is cheaper than a branch.
    state.orders[before]["next"] = after
    state.orders[after]["prev"] = before
    if order["priority_class"] == 0:
        level["client_head"] = after if before == 0 else level["client_head"]
        level["client_tail"] = before if after == 0 else level["client_tail"]
    else:
        level["affiliate_head"] = after if before == 0 else level["affiliate_head"]
        level["affiliate_tail"] = before if after == 0 else level["affiliate_tail"]
    level["lots"] -= lots
    level["order_count"] -= 1
    if shows_less(order["flags"], order["traits"]):
        level["hidden_count"] -= 1
    book = state.books[contract]
    book["order_count"] -= 1
    if level["order_count"] != 0:
        return
    vacate(state, ladder, price_ticks)
    if side == Side.BUY:
        book["bid_levels"] -= 1
        if price_ticks == book["bid_ticks"]:
            book["bid_ticks"] = next_below(state, ladder, price_ticks)
    else:
        book["ask_levels"] -= 1
        if price_ticks == book["ask_ticks"]:
            book["ask_ticks"] = next_above(state, ladder, price_ticks)
