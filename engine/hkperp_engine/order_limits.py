"""Limits on messages and orders that a venue may set (docs/book.md section 13); 0 is off.

The form of the order was checked: prices and lots are below 2**31, so a notional is below 2**62.
"""

from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import OrderType, Reject
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.tuning import inlined

__all__ = [
    "count_message",
    "lots_refusal",
    "order_limit_refusal",
    "rate_is_full",
    "too_many_orders",
]


@kernel
def _is_rated(state, wallet):
    """Tell whether a wallet's messages are counted: the affiliate may be exempt (MAT-081)."""
    if state.engine[0]["is_rate_exempt"] == 0:
        return True
    return state.owners[wallet]["priority_class"] == 0


@kernel
def _message_window(state):
    """Return the number of the window that `now_ns` is in; windows begin at its multiples."""
    engine = state.engine[0]
    if CHECKED:
        assert engine["message_window_ns"] > 0
    return int(engine["now_ns"]) // int(engine["message_window_ns"])


@inlined
def rate_is_full(state, wallet):
    """Tell whether a wallet has sent all messages it may in this window (MAT-080). O(1)."""
    return state.engine[0]["messages_max"] != 0 and _rate_is_full(state, wallet)


@kernel
def _rate_is_full(state, wallet):
    """Tell what `rate_is_full` does, with the limit on."""
    member = state.members[wallet]
    if member["message_count"] < state.engine[0]["messages_max"]:
        return False
    return _is_rated(state, wallet) and member["message_window"] == _message_window(state)


@inlined
def count_message(state, wallet):
    """Count an accepted NEW_ORDER, AMEND or MASS_QUOTE of a wallet now (MAT-080). O(1)."""
    if state.engine[0]["messages_max"] != 0:
        _count_message(state, wallet)


@kernel
def _count_message(state, wallet):
    """Do what `count_message` does, with the limit on."""
    member = state.members[wallet]
    window = _message_window(state)
    if member["message_window"] != window:
        member["message_window"] = window
        member["message_count"] = 0
    member["message_count"] += 1


@inlined
def too_many_orders(state, wallet):
    """Tell whether a wallet has all the live orders it may have (MAT-080). O(1)."""
    orders_max = state.engine[0]["open_orders_max"]
    return orders_max != 0 and state.owners[wallet]["order_count"] >= orders_max


@inlined
def lots_refusal(state, contract, lots):
    """Return LIM_ORDER_LOTS if an order of so many lots is too large, else NONE. O(1)."""
    market = state.markets[contract]
    if market["is_limited"] != 0 and 0 < market["order_lots_max"] < lots:
        return Reject.LIM_ORDER_LOTS
    return Reject.NONE


@inlined
def order_limit_refusal(state, contract, order_type, price_ticks, lots, reference_ticks):
    """Return the first `Reject` that section 13 has for an order's terms, or NONE. O(1).

    `order_type`: only of LIMIT and MARKET the notional is looked at, only of LIMIT the price band;
    of the others lots alone (they meet the rest when they fire). `price_ticks`: the limit.
    `reference_ticks`: last trade or mark, 0 if none.
    """
    if state.markets[contract]["is_limited"] == 0:
        return Reject.NONE
    return _terms_refusal(state, contract, order_type, price_ticks, lots, reference_ticks)


@kernel
def _terms_refusal(state, contract, order_type, price_ticks, lots, reference_ticks):
    """Return what `order_limit_refusal` does, for a contract with limits."""
    market = state.markets[contract]
    reject = lots_refusal(state, contract, lots)
    if reject != Reject.NONE:
        return reject
    if order_type != OrderType.LIMIT and order_type != OrderType.MARKET:
        return Reject.NONE
    if 0 < market["order_notional_max"] < price_ticks * lots:
        return Reject.LIM_ORDER_NOTIONAL
    ppb = int(market["price_band_ppb"])
    if order_type == OrderType.LIMIT and ppb != 0 and reference_ticks != 0:
        if abs(price_ticks - reference_ticks) > mul_div_floor(reference_ticks, ppb):
            return Reject.PRICE_OUTSIDE_BAND
    return Reject.NONE
