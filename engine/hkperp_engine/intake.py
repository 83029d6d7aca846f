"""What makes a command about an order unacceptable to the book (docs/book.md sections 2 to 4).

Nothing here changes anything. The machine asks the house between the form and the book.
"""

from hkperp_engine.codes import OrderFlag, OrderType, Reject, SelfTrade, Side, TimeInForce
from hkperp_engine.match import fok_is_fillable, would_trade
from hkperp_engine.orders import find_order
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = [
    "ORDER_ID_MAX",
    "amend_refusal",
    "book_refusal",
    "form_refusal",
    "kind_refusal",
    "price_lots_refusal",
]

#: Largest order id; the smallest is 1.
ORDER_ID_MAX = 2**62

_FLAGS_MAX = OrderFlag.POST_ONLY | OrderFlag.REDUCE_ONLY


@inlined
def kind_refusal(state, command, first_wallet):
    """Return the first `Reject` that a NEW_ORDER row earns but for price and lots, or NONE. O(1).

    `first_wallet`: the lowest wallet that may trade; the machine's house stands below it.
    """
    if not 0 <= command["contract"] < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if not Side.BUY <= command["side"] <= Side.SELL:
        return Reject.SIDE_INVALID
    tif = command["tif"]
    flags = command["flags"]
    if not OrderType.LIMIT <= command["order_type"] <= OrderType.MARKET:
        return Reject.ORDER_KIND_INVALID
    if not TimeInForce.GTC <= tif <= TimeInForce.FOK:
        return Reject.ORDER_KIND_INVALID
    if not SelfTrade.CANCEL_NEWEST <= command["stp"] <= SelfTrade.DECREMENT:
        return Reject.ORDER_KIND_INVALID
    if not 0 <= flags <= _FLAGS_MAX:
        return Reject.ORDER_KIND_INVALID
    is_market = command["order_type"] == OrderType.MARKET
    if is_market and tif == TimeInForce.GTC:
        return Reject.ORDER_KIND_INVALID
    if flags & OrderFlag.POST_ONLY != 0 and (is_market or tif != TimeInForce.GTC):
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command["order_id"] <= ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    return Reject.NONE


@inlined
def form_refusal(state, command):
    """Return the first `Reject` that the form of a NEW_ORDER row earns, or NONE. O(1)."""
    reject = kind_refusal(state, command, 0)
    if reject != Reject.NONE:
        return reject
    return price_lots_refusal(state, command)


@inlined
def price_lots_refusal(state, command):
    """Return PRICE_INVALID, LOTS_INVALID or NONE for a row whose contract is known. O(1)."""
    book = state.books[int(command["contract"]) & ROW_MASK]
    if not 1 <= command["price_ticks"] <= book["price_ticks_max"]:
        return Reject.PRICE_INVALID
    if not 1 <= command["lots"] <= book["lots_max"]:
        return Reject.LOTS_INVALID
    return Reject.NONE


@inlined
def book_refusal(state):
    """Return the first `Reject` that the book has for the new order in `state.taker`, or NONE.

    O(1) expected; fill or kill walks its makers.
    """
    taker = state.taker[0]
    if find_order(state, taker["order_id"]) != 0:
        return Reject.ORDER_ID_IN_USE
    if taker["flags"] & OrderFlag.POST_ONLY != 0:
        contract = int(taker["contract"]) & ROW_MASK
        if would_trade(state, contract, int(taker["side"]), int(taker["price_ticks"])):
            return Reject.POST_ONLY_WOULD_TRADE
    if taker["tif"] == TimeInForce.FOK and not fok_is_fillable(state):
        return Reject.FOK_NOT_FILLABLE
    return Reject.NONE


@inlined
def amend_refusal(state, command, slot):
    """Return the first `Reject` of an AMEND row for the live order `slot` (0: none), or NONE.

    O(1).
    """
    contract = int(command["contract"])
    if not 0 <= contract < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not 0 <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    order = state.orders[slot]
    if slot == 0 or order["wallet"] != command["wallet"] or order["contract"] != contract:
        return Reject.ORDER_UNKNOWN
    reject = price_lots_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    if order["flags"] & OrderFlag.POST_ONLY != 0:
        if would_trade(state, contract, int(order["side"]), int(command["price_ticks"])):
            return Reject.POST_ONLY_WOULD_TRADE
    return Reject.NONE
