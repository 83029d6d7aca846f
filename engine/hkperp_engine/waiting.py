"""Orders with traits: accepted, waiting for their trigger, amended while they wait.

docs/book.md MAT-012, MAT-019 and MAT-030. The loops of the book and of the machine share this.
"""

from hkperp_engine.codes import Event, OrderType, Reject
from hkperp_engine.events import order_event, taker_event
from hkperp_engine.intake import amended_lots, is_simple_amend
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.terms import TYPE_BITS, accept_waiting, attach
from hkperp_engine.triggers import direction_of, is_met, refile

__all__ = ["accept_special", "amend_waiting", "amend_waiting_refusal", "trigger_is_met"]

_SOURCE = 1 << TYPE_BITS


@kernel
def trigger_is_met(state, contract, order_type, side, trigger_ticks):
    """Tell whether the price known last meets a trigger; `order_type` with its source. O(1).

    Never for a TRAILING order: it is activated at once instead (MAT-030, MAT-035).
    """
    kind = order_type & (_SOURCE - 1)
    if kind >= OrderType.TRAILING_TICKS:
        return False
    known = state.stops[3 * contract + (order_type >> TYPE_BITS)]["price_ticks"]
    return is_met(known, direction_of(kind, side), trigger_ticks)


@kernel
def amend_waiting(state, command, slot):
    """Give a waiting order new terms (MAT-019); they were checked. One event, O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    is_simple = is_simple_amend(state, command, slot)
    order["lots_left"] = amended_lots(state, command, slot)
    if not is_simple:
        trigger_ticks = int(extra["trigger_ticks"])
        if extra["order_type"] < OrderType.TRAILING_TICKS:
            if order["price_ticks"] != 0:
                order["price_ticks"] = command["price_ticks"]
            trigger_ticks = command["target"] if command["target"] != 0 else trigger_ticks
        if order["traits"] & Trait.FIRED == 0:
            refile(state, slot, trigger_ticks)
    order_event(state, slot, Event.ORDER_AMENDED, 0, int(order["lots_left"]))


@kernel
def amend_waiting_refusal(state, command, slot):
    """Return the first Reject of a waiting order's new terms, or NONE. O(1)."""
    contract = int(command["contract"])
    order = state.orders[slot]
    extra = state.extras[slot]
    if extra["order_type"] >= OrderType.TRAILING_TICKS:
        return Reject.NONE
    trigger_ticks = command["target"] if command["target"] != 0 else int(extra["trigger_ticks"])
    order_type = int(extra["order_type"]) + _SOURCE * int(extra["source"])
    is_fired = order["traits"] & Trait.FIRED != 0
    if not is_fired and trigger_is_met(state, contract, order_type, order["side"], trigger_ticks):
        return Reject.TRIGGER_ALREADY_MET
    return Reject.NONE


@kernel
def accept_special(state, command, traits):
    """Accept the order in `state.taker`, which has `traits`. True if it waits. One event."""
    taker = state.taker[0]
    if traits & Trait.WAITING != 0:
        slot = accept_waiting(state, command, traits)
        lots = state.orders[slot]["lots_left"]
        order_event(state, slot, Event.ORDER_WAITS, command["tif"], lots)
        state.events[state.engine[0]["events_used"] - 1]["amount"] = command["target"]
        return True
    slot = attach(state, command, traits)
    taker_event(state, Event.ORDER_ACCEPTED, taker["tif"], taker["lots_left"])
    shown = state.extras[slot]["display_lots"]
    state.events[state.engine[0]["events_used"] - 1]["amount"] = shown
    return False
