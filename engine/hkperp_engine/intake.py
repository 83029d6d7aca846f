"""What makes a command about an order unacceptable by its form (docs/book.md sections 3 and 5).

Nothing here changes anything. The plain order, by far the most common, has a short way of its own.
"""

from hkperp_engine.codes import (
    AmendFlag,
    ContractState,
    OrderFlag,
    OrderType,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.orders import find_order
from hkperp_engine.sweeps import is_call_phase
from hkperp_engine.terms import TYPE_BITS, rests
from hkperp_engine.tuning import ROW_MASK, inlined
from hkperp_engine.units import LOTS_MAX

__all__ = [
    "ORDER_ID_MAX",
    "amend_form_refusal",
    "amended_lots",
    "form_refusal",
    "is_simple_amend",
    "market_refusal",
    "partner_refusal",
]

#: Largest order id; the smallest is 1. Also the latest time, ns.
ORDER_ID_MAX = 2**62

#: Largest notional of a BY_NOTIONAL order, ticks * lots; largest distance in ppb.
NOTIONAL_MAX = 2**61
DISTANCE_PPB_MAX = 999_999_999

_FLAGS_MAX = 127
_PLAIN_FLAGS_MAX = OrderFlag.POST_ONLY | OrderFlag.REDUCE_ONLY
_ORDER_TYPE_MAX = OrderType.TRAILING_PPB + (TriggerSource.INDEX << TYPE_BITS)
_TYPE_MASK = (1 << TYPE_BITS) - 1


@inlined
def form_refusal(state, command, first_wallet, has_house):
    """Return the first `Reject` that the form of a NEW_ORDER row earns (MAT-011, 1 to 9). O(1).

    `first_wallet`: the lowest wallet that may trade. `has_house`: there are positions and collars,
    so CLOSE_POSITION means something and a market order's price nothing.
    """
    if not 0 <= command["contract"] < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if not Side.BUY <= command["side"] <= Side.SELL:
        return Reject.SIDE_INVALID
    tif = command["tif"]
    flags = command["flags"]
    order_type = command["order_type"]
    if not SelfTrade.CANCEL_NEWEST <= command["stp"] <= SelfTrade.DECREMENT:
        return Reject.ORDER_KIND_INVALID
    is_plain = (
        order_type == OrderType.LIMIT
        and TimeInForce.GTC <= tif <= TimeInForce.FOK
        and 0 <= flags <= _PLAIN_FLAGS_MAX
        and command["target"] == 0
    )
    if not is_plain:
        return _special_refusal(state, command, has_house)
    if flags & OrderFlag.POST_ONLY != 0 and tif != TimeInForce.GTC:
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command["order_id"] <= ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    book = state.books[int(command["contract"]) & ROW_MASK]
    if not 1 <= command["price_ticks"] <= book["price_ticks_max"]:
        return Reject.PRICE_INVALID
    if not 1 <= command["lots"] <= book["lots_max"]:
        return Reject.LOTS_INVALID
    return Reject.NONE


@kernel
def _is_kind(command, has_house):
    """Tell whether type, source, TIF and flags of a row go together (MAT-011, 2). O(1)."""
    order_type = command["order_type"]
    tif = command["tif"]
    flags = command["flags"]
    if not 0 <= order_type <= _ORDER_TYPE_MAX or not 0 <= flags <= _FLAGS_MAX:
        return False
    if not TimeInForce.GTC <= tif <= TimeInForce.DAY:
        return False
    source = order_type >> TYPE_BITS
    order_type &= _TYPE_MASK
    is_conditional = order_type > OrderType.MARKET
    if source != 0 and not is_conditional:
        return False
    has_limit = (
        order_type == OrderType.LIMIT
        or order_type == OrderType.STOP_LIMIT
        or order_type == OrderType.TAKE_PROFIT_LIMIT
    )
    may_rest = rests(tif)
    if order_type == OrderType.MARKET and may_rest:
        return False
    if is_conditional and not has_limit and tif == TimeInForce.FOK:
        return False
    if flags & OrderFlag.POST_ONLY != 0 and not (has_limit and may_rest):
        return False
    if flags & OrderFlag.SLIDE != 0 and flags & OrderFlag.POST_ONLY == 0:
        return False
    is_resting_limit = order_type == OrderType.LIMIT and may_rest
    if flags & OrderFlag.HIDDEN != 0 and not (is_resting_limit and command["target"] == 0):
        return False
    is_reducing = flags & (OrderFlag.REDUCE_ONLY | OrderFlag.CLOSE_POSITION) != 0
    by_notional = flags & OrderFlag.BY_NOTIONAL != 0
    if by_notional and (order_type != OrderType.MARKET or is_reducing):
        return False
    if flags & OrderFlag.CLOSE_POSITION != 0 and has_house == 0:
        return False
    if flags & OrderFlag.LINKED != 0:
        is_waiting = may_rest or is_conditional
        return is_waiting and tif != TimeInForce.GTD and not by_notional
    return True


@kernel
def _special_refusal(state, command, has_house):
    """Return the first `Reject` of MAT-011, 2 to 9, of a row that is not plain, or NONE. O(1)."""
    if not _is_kind(command, has_house):
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command["order_id"] <= ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    order_type = command["order_type"] & _TYPE_MASK
    flags = command["flags"]
    book = state.books[int(command["contract"])]
    price_ticks = command["price_ticks"]
    is_trailing = order_type >= OrderType.TRAILING_TICKS
    is_market = (
        order_type == OrderType.MARKET
        or order_type == OrderType.STOP_MARKET
        or order_type == OrderType.TAKE_PROFIT_MARKET
    )
    is_free = is_trailing or (is_market and has_house != 0)
    if not is_free and not 1 <= price_ticks <= book["price_ticks_max"]:
        return Reject.PRICE_INVALID
    if flags & (OrderFlag.BY_NOTIONAL | OrderFlag.CLOSE_POSITION) != 0:
        if command["lots"] != 0:
            return Reject.LOTS_INVALID
    elif not 1 <= command["lots"] <= book["lots_max"]:
        return Reject.LOTS_INVALID
    target = command["target"]
    if order_type <= OrderType.MARKET and target != 0:
        is_resting = order_type == OrderType.LIMIT and rests(command["tif"])
        if not is_resting or not 1 <= target <= command["lots"]:
            return Reject.DISPLAY_INVALID
    if command["tif"] == TimeInForce.GTD:
        if not state.engine[0]["now_ns"] < command["amount"] <= ORDER_ID_MAX:
            return Reject.EXPIRY_INVALID
    if order_type > OrderType.MARKET:
        lowest = 0 if is_trailing else 1
        if not lowest <= target <= book["price_ticks_max"]:
            return Reject.TRIGGER_INVALID
        if order_type == OrderType.TRAILING_TICKS:
            if not 1 <= price_ticks <= book["price_ticks_max"]:
                return Reject.TRIGGER_INVALID
        if order_type == OrderType.TRAILING_PPB and not 1 <= price_ticks <= DISTANCE_PPB_MAX:
            return Reject.TRIGGER_INVALID
    if flags & OrderFlag.BY_NOTIONAL != 0 and not 1 <= command["amount"] <= NOTIONAL_MAX:
        return Reject.AMOUNT_INVALID
    return Reject.NONE


@inlined
def market_refusal(state, command):
    """Return why the contract's state does not take a NEW_ORDER row, or NONE (MAT-060). O(1).

    REDUCE_ONLY is judged with the standing.
    """
    market_state = int(state.markets[int(command["contract"]) & ROW_MASK]["state"])
    if market_state <= ContractState.REDUCE_ONLY:
        return Reject.NONE
    return _closed_refusal(command, market_state)


@kernel
def _closed_refusal(command, market_state):
    """Return the Reject of a state that is neither OPEN nor REDUCE_ONLY, or NONE. O(1)."""
    if market_state == ContractState.CLOSED or market_state == ContractState.SETTLED:
        return Reject.MARKET_CLOSED
    if not is_call_phase(market_state):
        return Reject.MARKET_HALTED
    order_type = command["order_type"] & _TYPE_MASK
    if order_type > OrderType.MARKET:
        return Reject.NONE
    is_post_only = command["flags"] & OrderFlag.POST_ONLY != 0
    if order_type == OrderType.MARKET or is_post_only or not rests(command["tif"]):
        return Reject.NOT_IN_AUCTION
    return Reject.NONE


@kernel
def partner_refusal(state, command):
    """Return PARTNER_UNKNOWN unless a LINKED row names an order it can be paired with (MAT-077).

    O(1).
    """
    slot = find_order(state, command["amount"])
    order = state.orders[slot]
    if slot == 0 or order["wallet"] != command["wallet"]:
        return Reject.PARTNER_UNKNOWN
    if order["contract"] != command["contract"] or order["side"] != command["side"]:
        return Reject.PARTNER_UNKNOWN
    if order["traits"] & Trait.PAIRED != 0:
        return Reject.PARTNER_UNKNOWN
    return Reject.NONE


@inlined
def amended_lots(state, command, slot):
    """Return the open lots an AMEND row asks for: as they are, or total less traded. O(1)."""
    if command["flags"] & AmendFlag.TOTAL != 0:
        total = min(max(command["lots"], 0), 2 * LOTS_MAX)  # no wrap, whatever was sent
        return total - int(state.orders[slot]["traded_lots"])
    return command["lots"]


@inlined
def amend_form_refusal(state, command, slot, first_wallet):
    """Return the first `Reject` of an AMEND row by form and state of the market, or NONE. O(1).

    `slot`: the live order of its id, 0 if none.
    """
    contract = int(command["contract"])
    if not 0 <= contract < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    order = state.orders[slot]
    if slot == 0 or order["wallet"] != command["wallet"] or order["contract"] != contract:
        return Reject.ORDER_UNKNOWN
    book = state.books[contract]
    highest = book["price_ticks_max"]
    is_waiting = order["traits"] & Trait.WAITING != 0
    if not 1 <= command["price_ticks"] <= highest and not (is_waiting and _is_free(state, slot)):
        return Reject.PRICE_INVALID
    lots = amended_lots(state, command, slot)
    if not 1 <= lots <= book["lots_max"]:
        return Reject.LOTS_INVALID
    if is_waiting and state.extras[slot]["order_type"] < OrderType.TRAILING_TICKS:
        if not 0 <= command["target"] <= highest:
            return Reject.TRIGGER_INVALID
    market_state = int(state.markets[contract]["state"])
    if market_state == ContractState.CLOSED or market_state == ContractState.SETTLED:
        return Reject.MARKET_CLOSED
    if market_state == ContractState.HALTED:
        return Reject.MARKET_HALTED
    return Reject.NONE


@kernel
def _is_free(state, slot):
    """Tell whether a waiting order has no limit of its own: TRAILING, or a collar. O(1)."""
    is_trailing = state.extras[slot]["order_type"] >= OrderType.TRAILING_TICKS
    return is_trailing or state.orders[slot]["price_ticks"] == 0


@inlined
def is_simple_amend(state, command, slot):
    """Tell whether an AMEND row leaves the order its place (MAT-017). O(1)."""
    order = state.orders[slot]
    if amended_lots(state, command, slot) > order["lots_left"]:
        return False
    if order["traits"] & Trait.WAITING == 0:
        return command["price_ticks"] == order["price_ticks"]
    extra = state.extras[slot]
    if extra["order_type"] >= OrderType.TRAILING_TICKS:
        return True
    is_same = command["target"] == 0 or command["target"] == extra["trigger_ticks"]
    has_price = order["price_ticks"] != 0
    return is_same and (not has_price or command["price_ticks"] == order["price_ticks"])
