"""Orders of the stand-alone book: refused, or accepted and made to trade, rest or wait.

docs/book.md sections 3 to 7. Every refusal comes before the first change.
"""

from hkperp_engine.book import (
    best_opposite,
    drop_taker,
    reduce_order,
    remove_order,
    rest,
    taker_from_command,
    taker_from_order,
)
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    OrderFlag,
    OrderType,
    Reject,
    Side,
    TimeInForce,
)
from hkperp_engine.events import order_event, refuse, taker_event
from hkperp_engine.intake import (
    amend_form_refusal,
    amended_lots,
    form_refusal,
    is_simple_amend,
    market_refusal,
    partner_refusal,
)
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.match import fok_is_fillable, lots_for_notional
from hkperp_engine.order_limits import (
    count_message,
    lots_refusal,
    order_limit_refusal,
    rate_is_full,
    too_many_orders,
)
from hkperp_engine.orders import find_order
from hkperp_engine.sweeps import bound_taker, end_sweep, is_stopped, meets
from hkperp_engine.terms import rests, take_out, wanted_traits
from hkperp_engine.tuning import inlined
from hkperp_engine.waiting import (
    accept_special,
    amend_waiting,
    amend_waiting_refusal,
    trigger_is_met,
)

__all__ = [
    "amend",
    "cancel",
    "finish_taker",
    "new_order",
    "post_only_refusal",
    "withdraw_order",
]


@inlined
def _withdraw(state, slot, reason):
    """Cancel a live order: its event, then the order itself. One event, O(log timers)."""
    order = state.orders[slot]
    order_event(state, slot, Event.ORDER_CANCELLED, reason, int(order["lots_left"]))
    if order["traits"] != 0:
        take_out(state, slot)
    else:
        remove_order(state, slot)


@kernel
def withdraw_order(state, slot, reason):
    """Cancel a live order: its event, then the order itself. One event, O(log timers)."""
    _withdraw(state, slot, reason)


@kernel
def post_only_refusal(state):
    """Return POST_ONLY_WOULD_TRADE for the post-only order in `state.taker`, or NONE. O(1).

    An order that slides is moved one tick behind the best opposite price (MAT-014).
    """
    taker = state.taker[0]
    contract = int(taker["contract"])
    side = int(taker["side"])
    if not meets(state, contract, side, int(taker["price_ticks"])):
        return Reject.NONE
    if taker["flags"] & OrderFlag.SLIDE == 0:
        return Reject.POST_ONLY_WOULD_TRADE
    best = int(best_opposite(state, contract, side))
    price_ticks = best - 1 if side == Side.BUY else best + 1
    if not 1 <= price_ticks <= state.books[contract]["price_ticks_max"]:
        return Reject.POST_ONLY_WOULD_TRADE
    taker["price_ticks"] = price_ticks
    taker["limit_ticks"] = price_ticks
    return Reject.NONE


@inlined
def _standing_refusal(state, wallet, contract, is_reduce_only):
    """Return why the wallet may not add orders in the contract, or NONE (ORD-04). O(1)."""
    owner = state.owners[wallet]
    if is_reduce_only:
        return Reject.NONE
    if owner["is_killed"] != 0:
        return Reject.KILL_SWITCH_ENGAGED
    if owner["priority_class"] != 0 and state.engine[0]["is_afmm_suspended"] != 0:
        return Reject.AFMM_NOT_PERMITTED
    if state.markets[contract]["state"] == ContractState.REDUCE_ONLY:
        return Reject.MARKET_REDUCE_ONLY
    return Reject.NONE


@inlined
def _limits_refusal(state, command):
    """Return the first limit of MAT-080 that a NEW_ORDER row passes, or NONE. O(1)."""
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    if state.engine[0]["inner"] == 0:
        if rate_is_full(state, wallet):
            return Reject.LIM_MESSAGE_RATE
    if state.engine[0]["inner"] != 1 and too_many_orders(state, wallet):
        return Reject.LIM_OPEN_ORDERS
    if state.markets[contract]["is_limited"] == 0:
        return Reject.NONE
    if command["order_type"] > OrderType.MARKET:
        return lots_refusal(state, contract, command["lots"])
    return order_limit_refusal(
        state,
        contract,
        command["order_type"],
        command["price_ticks"],
        command["lots"],
        state.markets[contract]["last_ticks"],
    )


@inlined
def _order_refusal(state, command):
    """Check a NEW_ORDER row and make it `state.taker`; return the first Reject, or NONE."""
    reject = form_refusal(state, command, 0, 0)
    if reject != Reject.NONE:
        return reject
    reject = market_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    is_reduce_only = command["flags"] & OrderFlag.REDUCE_ONLY != 0
    reject = _standing_refusal(state, wallet, contract, is_reduce_only)
    if reject != Reject.NONE:
        return reject
    reject = _limits_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    if find_order(state, command["order_id"]) != 0:
        return Reject.ORDER_ID_IN_USE
    taker_from_command(state, command)
    if command["order_type"] != OrderType.LIMIT or command["flags"] > OrderFlag.REDUCE_ONLY:
        reject = _special_refusal(state, command)
        if reject != Reject.NONE or command["order_type"] > OrderType.MARKET:
            return reject
    bound_taker(state)
    if command["flags"] & OrderFlag.POST_ONLY != 0:
        reject = post_only_refusal(state)
        if reject != Reject.NONE:
            return reject
    if command["tif"] == TimeInForce.FOK and not fok_is_fillable(state):
        return Reject.FOK_NOT_FILLABLE
    return Reject.NONE


@kernel
def _special_refusal(state, command):
    """Check partner, trigger and notional of the order in `state.taker`. O(makers walked)."""
    contract = int(command["contract"])
    flags = command["flags"]
    taker = state.taker[0]
    if flags & OrderFlag.LINKED != 0:
        reject = partner_refusal(state, command)
        if reject != Reject.NONE:
            return reject
    order_type = command["order_type"]
    if order_type > OrderType.MARKET:
        if trigger_is_met(state, contract, order_type, command["side"], command["target"]):
            return Reject.TRIGGER_ALREADY_MET
        return Reject.NONE
    if flags & OrderFlag.BY_NOTIONAL != 0:
        bound_taker(state)
        taker["lots_left"] = lots_for_notional(state, command["amount"])
        if taker["lots_left"] == 0:
            return Reject.NOTIONAL_TOO_SMALL
    return Reject.NONE


@inlined
def new_order(state, command):
    """Do a NEW_ORDER row: refuse it, let it wait, or make it the one that is trading."""
    reject = _order_refusal(state, command)
    taker = state.taker[0]
    if reject != Reject.NONE:
        taker["order_id"] = 0
        refuse(state, command, reject)
        return
    if state.engine[0]["inner"] == 0:
        count_message(state, int(command["wallet"]))
    traits = wanted_traits(state, command)
    if traits != 0:
        if accept_special(state, command, traits):
            return
    else:
        taker_event(state, Event.ORDER_ACCEPTED, taker["tif"], taker["lots_left"])
    release_taker(state)


@inlined
def release_taker(state):
    """Let the accepted order in `state.taker` rest if it meets nobody; else it stays there."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    if not meets(state, contract, int(taker["side"]), int(taker["price_ticks"])):
        finish_taker(state)


@inlined
def finish_taker(state):
    """Rest what is left of the order that was trading, or cancel it; its prices are seen.

    At most two events.
    """
    taker = state.taker[0]
    contract = int(taker["contract"])
    lots = int(taker["lots_left"])
    is_halted = is_stopped(state)
    if lots > 0 and rests(taker["tif"]):
        rest(state)
    else:
        if lots > 0:
            reason = CancelReason.VOLATILITY if is_halted else CancelReason.NOT_RESTING
            taker_event(state, Event.ORDER_CANCELLED, reason, lots)
        drop_taker(state)
    if is_halted or state.markets[contract]["first_ticks"] != 0:
        end_sweep(state, contract, is_halted)


@inlined
def cancel(state, command):
    """Do a CANCEL row (MAT-015). It works in every state (HALT-01). One event."""
    slot = find_order(state, command["order_id"])
    if slot == 0 or state.orders[slot]["wallet"] != command["wallet"]:
        refuse(state, command, Reject.ORDER_UNKNOWN)
        return
    _withdraw(state, slot, CancelReason.REQUESTED)


@kernel
def _new_terms_refusal(state, command, slot):
    """Return the first Reject of an amendment that is not the simple case, or NONE. O(1).

    `state.taker` then holds the amended order; the resting one was not touched.
    """
    contract = int(command["contract"])
    order = state.orders[slot]
    wallet = int(order["wallet"])
    is_reduce_only = order["flags"] & OrderFlag.REDUCE_ONLY != 0
    reject = _standing_refusal(state, wallet, contract, is_reduce_only)
    if reject != Reject.NONE:
        return reject
    if state.engine[0]["inner"] == 0 and rate_is_full(state, wallet):
        return Reject.LIM_MESSAGE_RATE
    if order["traits"] & Trait.WAITING != 0:
        return amend_waiting_refusal(state, command, slot)
    reject = order_limit_refusal(
        state,
        contract,
        OrderType.LIMIT,
        command["price_ticks"],
        amended_lots(state, command, slot),
        state.markets[contract]["last_ticks"],
    )
    if reject != Reject.NONE:
        return reject
    taker = state.taker[0]
    taker["contract"] = contract
    taker["side"] = order["side"]
    taker["flags"] = order["flags"]
    taker["price_ticks"] = command["price_ticks"]
    if order["flags"] & OrderFlag.POST_ONLY != 0:
        return post_only_refusal(state)
    return Reject.NONE


@kernel
def amend(state, command):
    """Do an AMEND row (MAT-016): shrink in place, wait anew, or trade anew. One event."""
    slot = find_order(state, command["order_id"])
    reject = amend_form_refusal(state, command, slot, 0)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    order = state.orders[slot]
    is_simple = is_simple_amend(state, command, slot)
    if not is_simple:
        reject = _new_terms_refusal(state, command, slot)
        if reject != Reject.NONE:
            refuse(state, command, reject)
            return
    if state.engine[0]["inner"] == 0:
        count_message(state, int(command["wallet"]))
    if order["traits"] & Trait.WAITING != 0:
        amend_waiting(state, command, slot)
        return
    lots = amended_lots(state, command, slot)
    if not is_simple and lots <= order["lots_left"]:
        # It may have slid back to where it is.
        is_simple = state.taker[0]["price_ticks"] == order["price_ticks"]
    if is_simple:
        less = int(order["lots_left"]) - lots
        if less > 0:
            reduce_order(state, slot, less)
        order_event(state, slot, Event.ORDER_AMENDED, 0, lots)
        return
    taker_from_order(state, slot, int(state.taker[0]["price_ticks"]), lots)
    bound_taker(state)
    taker_event(state, Event.ORDER_AMENDED, 0, lots)
    release_taker(state)
