"""Fired orders, sent as commands of the book's own (docs/book.md MAT-034)."""

from hkperp_engine.codes import Command, Event, OrderFlag, OrderType, TimeInForce
from hkperp_engine.events import new_event, order_event
from hkperp_engine.kernel import kernel
from hkperp_engine.orders import close_order
from hkperp_engine.triggers import first_fired, stop_waiting

__all__ = ["send_fired"]


@kernel
def _write_order(state, slot):
    """Write a fired order as a NEW_ORDER row into row 0 of `state.internal`. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    order_type = int(extra["order_type"])
    is_limit = order_type == OrderType.STOP_LIMIT or order_type == OrderType.TAKE_PROFIT_LIMIT
    is_closing = order["flags"] & OrderFlag.CLOSE_POSITION != 0
    row = state.internal[0]
    row["time_ns"] = state.engine[0]["now_ns"]
    row["contract"] = order["contract"]
    row["kind"] = Command.NEW_ORDER
    row["side"] = order["side"]
    row["order_type"] = OrderType.LIMIT if is_limit else OrderType.MARKET
    row["tif"] = TimeInForce.IOC
    if is_limit:
        row["tif"] = extra["tif"]
    row["flags"] = order["flags"]
    row["stp"] = order["stp"]
    row["wallet"] = order["wallet"]
    row["target"] = 0
    row["order_id"] = order["order_id"]
    row["price_ticks"] = order["price_ticks"]
    if order_type >= OrderType.TRAILING_TICKS:
        # The stand-alone book has no collar: the edge of the price range is the limit.
        highest = state.books[int(order["contract"])]["price_ticks_max"]
        row["price_ticks"] = highest if order["side"] == 0 else 1
    row["lots"] = 0 if is_closing else order["lots_left"]
    row["amount"] = extra["expiry_ns"]
    row["tag"] = 0


@kernel
def send_fired(state):
    """Send the next fired order whose contract trades, if this command may send one more.

    Returns whether something was done: a row in `state.internal`, and TRIGGERED; or TRIGGER_CAP,
    and no more before the next command. At most one event, O(contracts).
    """
    engine = state.engine[0]
    if engine["is_capped"] != 0:
        return False
    slot = first_fired(state)
    if slot == 0:
        return False
    if engine["fired_sent"] == engine["triggers_max"]:
        engine["is_capped"] = 1
        event = state.events[new_event(state, Event.TRIGGER_CAP, 0)]
        event["amount"] = engine["fired_count"]
        return True
    engine["fired_sent"] += 1
    order = state.orders[slot]
    extra = state.extras[slot]
    _write_order(state, slot)
    order_event(state, slot, Event.TRIGGERED, int(extra["source"]), int(order["lots_left"]))
    event = state.events[engine["events_used"] - 1]
    event["price_ticks"] = extra["trigger_ticks"]
    event["amount"] = extra["observed_ticks"]
    stop_waiting(state, slot)
    close_order(state, slot)
    engine["internal_first"] = 0
    engine["internal_count"] = 1
    engine["inner"] = 1
    return True
