"""Events of the book: the rows the machine speaks in, and how each is filled.

The ring is `state.events`; rows 0 .. `engine.events_used` - 1 are used. Whoever calls a kernel
that writes has made sure of room; whoever reads takes the rows and sets `events_used` to 0.
"""

from hkperp_engine.codes import CancelReason, Event, EventFlag, OrderFlag, Side
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.layout import Trait
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = ["event_flags", "new_event", "order_event", "record_fill", "refuse", "taker_event"]


@inlined
def new_event(state, kind, wallet):
    """Take the next row of the ring and return its index; fields not given are 0.

    `kind` an `Event`, `wallet` its wallet. The row has the next sequence number and the time
    `engine.now_ns`. The ring has room. O(1).
    """
    engine = state.engine[0]
    index = int(engine["events_used"]) & ROW_MASK
    if CHECKED:
        assert index < state.events.size
    sequence = engine["sequence"] + 1
    engine["events_used"] = index + 1
    engine["sequence"] = sequence
    event = state.events[index]
    event["sequence"] = sequence
    event["time_ns"] = engine["now_ns"]
    event["kind"] = kind
    event["code"] = 0
    event["contract"] = 0
    event["flags"] = 0
    event["wallet"] = wallet
    event["counter_wallet"] = 0
    event["order_id"] = 0
    event["counter_order_id"] = 0
    event["price_ticks"] = 0
    event["lots"] = 0
    event["amount"] = 0
    return index


@inlined
def event_flags(side, order_flags, traits):
    """Return the `EventFlag` bits of an order's event: its side, and what else it is. O(1)."""
    flags = 0
    if side == Side.SELL:
        flags |= EventFlag.SELL
    if order_flags & OrderFlag.REDUCE_ONLY:
        flags |= EventFlag.REDUCE_ONLY
    if order_flags & OrderFlag.HIDDEN:
        flags |= EventFlag.HIDDEN
    if traits != 0:
        if traits & Trait.QUOTE:
            flags |= EventFlag.QUOTE
        if traits & Trait.WAITING:
            flags |= EventFlag.WAITING
    return flags


@kernel
def refuse(state, command, reject):
    """Write the REFUSED event of a COMMAND row: `reject` is the `Reject`. O(1).

    A refused order has no side: `flags` is 0. Wallet and contract are what the command said.
    """
    event = state.events[new_event(state, Event.REFUSED, command["wallet"])]
    event["code"] = reject
    event["contract"] = command["contract"]
    event["order_id"] = command["order_id"]
    event["counter_order_id"] = command["tag"]
    event["amount"] = command["kind"]


@inlined
def order_event(state, slot, kind, code, lots):
    """Write an event about the resting order `slot`: `kind`, `code`, and `lots` of it. O(1)."""
    order = state.orders[slot]
    # All is read before the row is written: zeros that are written over are then left out.
    contract = order["contract"]
    flags = event_flags(order["side"], order["flags"], order["traits"])
    order_id = order["order_id"]
    price_ticks = order["price_ticks"]
    event = state.events[new_event(state, kind, order["wallet"])]
    event["code"] = code
    event["contract"] = contract
    event["flags"] = flags
    event["order_id"] = order_id
    event["price_ticks"] = price_ticks
    event["lots"] = lots


@inlined
def taker_event(state, kind, code, lots):
    """Write an event about the order that is trading: `kind`, `code`, and `lots` of it. O(1)."""
    taker = state.taker[0]
    # All is read before the row is written: zeros that are written over are then left out.
    contract = taker["contract"]
    flags = event_flags(taker["side"], taker["flags"], taker["traits"])
    order_id = taker["order_id"]
    price_ticks = taker["price_ticks"]
    event = state.events[new_event(state, kind, taker["wallet"])]
    event["code"] = code
    event["contract"] = contract
    event["flags"] = flags
    event["order_id"] = order_id
    event["price_ticks"] = price_ticks
    event["lots"] = lots


@inlined
def record_fill(state, fill):
    """Write the one or two events of a FILL row of the order that is trading. O(1).

    TRADE, or what self-trade prevention did: first to the maker, then to the taker.
    """
    taker = state.taker[0]
    kind = fill["kind"]
    if kind != Event.NONE:
        event = state.events[new_event(state, kind, fill["wallet"])]
        event["contract"] = taker["contract"]
        event["order_id"] = fill["order_id"]
        event["lots"] = fill["lots"]
        if kind == Event.TRADE:
            event["price_ticks"] = fill["trade_ticks"]
            event["amount"] = state.markets[int(taker["contract"])]["terms_hash"]
            flags = 0
            if taker["side"] == Side.SELL:
                flags |= EventFlag.SELL
            if fill["priority_class"] != 0:
                flags |= EventFlag.MAKER_AFMM
            if taker["priority_class"] != 0:
                flags |= EventFlag.TAKER_AFMM
            if taker["is_liquidation"] != 0:
                flags |= EventFlag.LIQUIDATION
            if taker["is_auction"] != 0:
                flags |= EventFlag.AUCTION
            event["flags"] = flags
            event["counter_wallet"] = taker["wallet"]
            event["counter_order_id"] = taker["order_id"]
        else:
            event["price_ticks"] = fill["price_ticks"]
            event["code"] = CancelReason.SELF_TRADE
            event["flags"] = event_flags(fill["side"], fill["flags"], fill["traits"])
    if fill["taker_lots"] != 0:
        left = fill["taker_lots_left"]
        shrunk = Event.ORDER_CANCELLED if left == 0 else Event.ORDER_REDUCED
        taker_event(state, shrunk, CancelReason.SELF_TRADE, fill["taker_lots"])
