"""New orders that are more than plain: their EXTRA row, made when they are accepted.

Such an order has its slot from the start: while it trades it stands in the pool in no queue, like
an amended one. Everything it needs was checked before.
"""

from hkperp_engine.book import remove_order
from hkperp_engine.codes import OrderFlag, OrderType, TimeInForce
from hkperp_engine.condemned import clear_extra, pair
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.orders import close_order, find_order, open_order
from hkperp_engine.timers import EXPIRY, set_timer
from hkperp_engine.triggers import start_waiting, stop_waiting
from hkperp_engine.tuning import inlined

__all__ = ["accept_waiting", "attach", "day_end_ns", "rests", "take_out", "wanted_traits"]

DAY_NS = 86_400_000_000_000

#: Bits of a command's `order_type` that hold the type; the TriggerSource stands above them.
TYPE_BITS = 3
_TYPE_MASK = 7

#: Flags of an order that are kept with it.
_KEPT = (
    OrderFlag.POST_ONLY
    | OrderFlag.REDUCE_ONLY
    | OrderFlag.HIDDEN
    | OrderFlag.SLIDE
    | OrderFlag.CLOSE_POSITION
)


@inlined
def rests(tif):
    """Tell whether an order of this time in force waits in the book for what is left. O(1)."""
    return tif != TimeInForce.IOC and tif != TimeInForce.FOK


@kernel
def day_end_ns(state):
    """Return when a DAY order of now expires: the first start of a day after now, ns (MAT-012)."""
    engine = state.engine[0]
    start_ns = engine["day_start_ns"]
    return ((engine["now_ns"] - start_ns) // DAY_NS + 1) * DAY_NS + start_ns


@inlined
def wanted_traits(state, command):
    """Return the `Trait` bits that a NEW_ORDER row asks for, 0 for a plain order. O(1)."""
    traits = 0
    order_type = command["order_type"]
    if order_type == OrderType.LIMIT and command["target"] > 0:
        traits |= Trait.ICEBERG
    if command["tif"] > TimeInForce.FOK:
        traits |= Trait.TIMED
    if command["flags"] & OrderFlag.LINKED != 0:
        traits |= Trait.PAIRED
    if order_type > OrderType.MARKET:
        traits |= Trait.WAITING
    if state.engine[0]["inner"] == 2:
        traits |= Trait.QUOTE
    return traits


@kernel
def attach(state, command, traits):
    """Give the accepted order in `state.taker` its slot and its EXTRA row. O(log timers).

    `traits` are those of `wanted_traits`, not 0; WAITING is set by `accept_waiting`.
    """
    taker = state.taker[0]
    slot = open_order(state, taker["order_id"], int(taker["wallet"]))
    engine = state.engine[0]
    order = state.orders[slot]
    order["contract"] = taker["contract"]
    order["side"] = taker["side"]
    order["owner"] = taker["owner"]
    order["priority_class"] = taker["priority_class"]
    order["flags"] = taker["flags"] & _KEPT
    order["stp"] = taker["stp"]
    order["price_ticks"] = taker["price_ticks"]
    order["mark_ticks"] = taker["mark_ticks"]
    order["lots_left"] = 0
    order["traded_lots"] = 0
    order["traits"] = traits & ~(Trait.WAITING | Trait.PAIRED)
    clear_extra(state, slot)
    extra = state.extras[slot]
    engine["rank"] += 1
    extra["rank"] = engine["rank"]
    extra["order_type"] = command["order_type"] & _TYPE_MASK
    extra["source"] = command["order_type"] >> TYPE_BITS
    extra["tif"] = taker["tif"]
    if traits & Trait.ICEBERG != 0:
        extra["display_lots"] = min(int(command["target"]), int(taker["lots_left"]))
    if traits & Trait.TIMED != 0:
        # A fired order keeps the end of the day it was sent on.
        is_day = taker["tif"] == TimeInForce.DAY and engine["inner"] != 1
        extra["expiry_ns"] = day_end_ns(state) if is_day else command["amount"]
        set_timer(state, EXPIRY, slot, extra["expiry_ns"])
    if traits & Trait.PAIRED != 0:
        pair(state, slot, find_order(state, command["amount"]))
    taker["slot"] = slot
    taker["traits"] = order["traits"]
    taker["flags"] = order["flags"]
    return slot


@kernel
def accept_waiting(state, command, traits):
    """Let the accepted conditional order in `state.taker` wait for its price (MAT-031).

    `state.taker` is free again.
    """
    taker = state.taker[0]
    slot = attach(state, command, traits)
    order = state.orders[slot]
    extra = state.extras[slot]
    order["lots_left"] = taker["lots_left"]
    order["traits"] |= Trait.WAITING
    extra["trigger_ticks"] = command["target"]
    if extra["order_type"] >= OrderType.TRAILING_TICKS:
        order["price_ticks"] = 0
        extra["distance"] = command["price_ticks"]
    start_waiting(state, slot)
    taker["slot"] = 0
    taker["order_id"] = 0
    return slot


@kernel
def take_out(state, slot):
    """Take a live order out of where it stands, in the book or waiting. O(log timers)."""
    if state.orders[slot]["traits"] & Trait.WAITING != 0:
        stop_waiting(state, slot)
        close_order(state, slot)
    else:
        remove_order(state, slot)
