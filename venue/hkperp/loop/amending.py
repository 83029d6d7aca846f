"""Amended orders in the machine: shrunk, or a new acceptance (docs/machine.md section 3)."""

from hkperp.loop.fills import become_reduce_only
from hkperp.loop.trading import collect, reduces, release_taker, tighten
from hkperp_clearing.account import restriction
from hkperp_clearing.limits import oi_is_full, position_is_full
from hkperp_clearing.position import reserve
from hkperp_engine.book import reduce_order, taker_from_order
from hkperp_engine.codes import Event, HouseWallet, OrderFlag, OrderType, Reject, TimeInForce
from hkperp_engine.events import order_event, refuse, taker_event
from hkperp_engine.intake import amend_form_refusal, amended_lots, is_simple_amend
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.order_limits import count_message, order_limit_refusal, rate_is_full
from hkperp_engine.orders import find_order
from hkperp_engine.sweeps import bound_taker
from hkperp_engine.trading import post_only_refusal
from hkperp_engine.waiting import amend_waiting, amend_waiting_refusal

__all__ = ["amend_order"]


@kernel
def _shrink_in_place(state, slot, lots):
    """Amend a resting order to `lots` open lots, not more than it has; it keeps its place."""
    order = state.orders[slot]
    open_lots = int(order["lots_left"])
    if lots < open_lots:
        if order["flags"] & OrderFlag.REDUCE_ONLY == 0:
            reserve(state, order, open_lots, lots)
        reduce_order(state, slot, open_lots - lots)
    order_event(state, slot, Event.ORDER_AMENDED, 0, lots)


@kernel
def _new_terms_refusal(state, slot):
    """Check the amended order in `state.taker`, which still rests in `slot`; hold its margin.

    Returns the Reject, or NONE with its margin held. Reduce-only it holds none; if it then has the
    terms of the simple case nothing more is asked.
    """
    taker = state.taker[0]
    order = state.orders[slot]
    contract = int(taker["contract"])
    wallet = int(taker["wallet"])
    side = int(taker["side"])
    reject = restriction(state, wallet, contract)
    is_reducing = reduces(state, wallet, contract, side)
    if reject != Reject.NONE and taker["flags"] & OrderFlag.REDUCE_ONLY == 0:
        held = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
        if not is_reducing or taker["lots_left"] > held:
            return reject
        taker["flags"] |= OrderFlag.REDUCE_ONLY
    is_reduce_only = taker["flags"] & OrderFlag.REDUCE_ONLY != 0
    if is_reduce_only and not is_reducing:
        return Reject.NOTHING_TO_REDUCE
    if is_reduce_only:
        tighten(state)
        is_same_price = taker["price_ticks"] == order["price_ticks"]
        if is_same_price and taker["lots_left"] <= order["lots_left"]:
            return Reject.NONE
    else:
        more = int(taker["lots_left"]) - int(order["lots_left"])
        if position_is_full(state, wallet, contract, side, more):
            return Reject.LIM_POSITION
        if oi_is_full(state, contract, side, more):
            return Reject.LIM_OI_CAP
    if taker["flags"] & OrderFlag.POST_ONLY != 0:
        reject = post_only_refusal(state)
        if reject != Reject.NONE:
            return reject
        if taker["price_ticks"] == order["price_ticks"]:
            if taker["lots_left"] <= order["lots_left"]:
                return Reject.NONE  # it slid back to where it is: the simple case
    if is_reduce_only:
        return Reject.NONE
    return collect(state, slot)


@kernel
def _limits_refusal(state, command, slot):
    """Return the first limit of MAT-080 passed, or TRIGGER_ALREADY_MET, or NONE. O(1)."""
    if state.engine[0]["inner"] == 0 and rate_is_full(state, int(command["wallet"])):
        return Reject.LIM_MESSAGE_RATE
    if state.orders[slot]["traits"] & Trait.WAITING != 0:
        return amend_waiting_refusal(state, command, slot)
    contract = int(command["contract"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    lots = amended_lots(state, command, slot)
    price_ticks = command["price_ticks"]
    return order_limit_refusal(state, contract, OrderType.LIMIT, price_ticks, lots, mark_ticks)


@kernel
def _refusal(state, command, slot):
    """Check an AMEND row; hold the margin of new terms. Returns the first Reject, or NONE.

    `state.taker` then holds the amended order, unless it waits or is the simple case.
    """
    reject = amend_form_refusal(state, command, slot, HouseWallet.CLIENTS)
    if reject != Reject.NONE or is_simple_amend(state, command, slot):
        return reject
    reject = _limits_refusal(state, command, slot)
    if reject != Reject.NONE or state.orders[slot]["traits"] & Trait.WAITING != 0:
        return reject
    lots = amended_lots(state, command, slot)
    amended_taker(state, slot, int(command["price_ticks"]), lots)
    return _new_terms_refusal(state, slot)


@kernel
def amend_order(state, command):
    """Do an AMEND row: shrink in place, wait anew, or take the order out to trade anew."""
    slot = find_order(state, command["order_id"])
    reject = _refusal(state, command, slot)
    taker = state.taker[0]
    if reject != Reject.NONE:
        taker["order_id"] = 0
        taker["slot"] = 0
        refuse(state, command, reject)
        return
    if state.engine[0]["inner"] == 0:
        count_message(state, int(command["wallet"]))
    order = state.orders[slot]
    if order["traits"] & Trait.WAITING != 0:
        amend_waiting(state, command, slot)
        return
    if is_simple_amend(state, command, slot):
        _shrink_in_place(state, slot, amended_lots(state, command, slot))
        return
    is_same_price = taker["price_ticks"] == order["price_ticks"]
    if is_same_price and taker["lots_left"] <= order["lots_left"]:
        lots = int(taker["lots_left"])
        taker["order_id"] = 0
        taker["slot"] = 0
        if taker["flags"] != order["flags"]:
            become_reduce_only(state, slot)
        _shrink_in_place(state, slot, lots)
        return
    _replace(state, slot)


@kernel
def _replace(state, slot):
    """Take the accepted amended order out of its queue and let it trade or rest again."""
    taker = state.taker[0]
    price_ticks = int(taker["price_ticks"])
    lots = int(taker["lots_left"])
    mark_ticks = int(taker["mark_ticks"])
    flags = int(taker["flags"])
    if flags != state.orders[slot]["flags"]:
        become_reduce_only(state, slot)
    if flags & OrderFlag.REDUCE_ONLY != 0:
        index = int(taker["wallet"]) * state.contracts.size + int(taker["contract"])
        state.positions[index]["reduce_only_count"] -= 1
    taker_from_order(state, slot, price_ticks, lots)
    bound_taker(state)
    taker["mark_ticks"] = mark_ticks
    taker_event(state, Event.ORDER_AMENDED, 0, lots)
    release_taker(state)


@kernel
def amended_taker(state, slot, price_ticks, lots):
    """Write the amended order into `state.taker` without touching the resting one. O(1)."""
    order = state.orders[slot]
    taker = state.taker[0]
    taker["order_id"] = order["order_id"]
    taker["price_ticks"] = price_ticks
    taker["limit_ticks"] = price_ticks
    taker["lots_left"] = lots
    taker["traits"] = order["traits"]
    taker["traded_lots"] = order["traded_lots"]
    taker["is_auction"] = 0
    taker["mark_ticks"] = state.rates[int(order["contract"])]["mark_good_ticks"]
    taker["wallet"] = order["wallet"]
    taker["owner"] = order["owner"]
    taker["contract"] = order["contract"]
    taker["side"] = order["side"]
    taker["priority_class"] = order["priority_class"]
    taker["flags"] = order["flags"]
    taker["stp"] = order["stp"]
    taker["tif"] = TimeInForce.GTC
    taker["is_liquidation"] = 0
    taker["slot"] = slot
