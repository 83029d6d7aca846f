"""What the market, the wallet's standing and the limits say to an order: MAT-060, MAT-080.

These are points 10 to 12 of MAT-011; an order that exists may be asked about with other lots and
another limit (MAT-016).
"""

from hkperp_engine.codes import ContractState, OrderFlag, OrderType, Reject
from hkperp_engine.reference_malformed import RESTING_TIFS, is_conditional
from hkperp_engine.reference_rows import Order, mul_div_floor
from hkperp_engine.reference_state import BookState, Contract

__all__ = [
    "AFFILIATE_CLASS",
    "amendment_refusal",
    "band_refusal",
    "count_message",
    "lots_refusal",
    "market_refusal",
    "notional_refusal",
    "open_orders_refusal",
    "rate_refusal",
    "size_refusal",
    "standing_refusal",
]

#: Who provides liquidity for the venue: wallets of this priority class (MAT-002).
AFFILIATE_CLASS = 1


def amendment_refusal(contract: Contract) -> Reject:
    """MAT-060: states that take no amendment."""
    if contract.state in (ContractState.CLOSED, ContractState.SETTLED):
        return Reject.MARKET_CLOSED
    if contract.state == ContractState.HALTED:
        return Reject.MARKET_HALTED
    return Reject.NONE


def market_refusal(contract: Contract, order: Order) -> Reject:
    """MAT-060: states that take no new order; a call phase takes what can wait for its end."""
    reject = amendment_refusal(contract)
    if reject or contract.is_trading() or is_conditional(order.order_type):
        return reject
    waits = order.order_type == OrderType.LIMIT and order.tif in RESTING_TIFS
    if waits and not order.flags & OrderFlag.POST_ONLY:
        return Reject.NONE
    return Reject.NOT_IN_AUCTION


def standing_refusal(book: BookState, order: Order) -> Reject:
    """MAT-011 point 11: what a wallet may not do now; reduce-only orders go on (ORD-04)."""
    if order.flags & OrderFlag.REDUCE_ONLY:
        return Reject.NONE
    if book.wallets[order.wallet].is_killed:
        return Reject.KILL_SWITCH_ENGAGED
    if book.is_afmm_suspended and order.priority_class == AFFILIATE_CLASS:
        return Reject.AFMM_NOT_PERMITTED
    if book.contracts[order.contract].state == ContractState.REDUCE_ONLY:
        return Reject.MARKET_REDUCE_ONLY
    return Reject.NONE


def rate_refusal(book: BookState, number: int) -> Reject:
    """MAT-080, MAT-081: accepted messages of a wallet in the window that is now."""
    rules, wallet = book.rules, book.wallets[number]
    is_exempt = rules.rate_exempt and wallet.priority_class == AFFILIATE_CLASS
    if not rules.messages_max or is_exempt:
        return Reject.NONE
    is_same_window = wallet.message_window == book.now_ns // rules.message_window_ns
    if is_same_window and wallet.message_count >= rules.messages_max:
        return Reject.LIM_MESSAGE_RATE
    return Reject.NONE


def count_message(book: BookState, number: int) -> None:
    """MAT-080: count an accepted NEW_ORDER, AMEND or MASS_QUOTE of a wallet."""
    wallet = book.wallets[number]
    window = book.now_ns // book.rules.message_window_ns
    if wallet.message_window != window:
        wallet.message_window, wallet.message_count = window, 0
    wallet.message_count += 1


def open_orders_refusal(book: BookState, number: int) -> Reject:
    """MAT-080: live orders of a wallet, resting, waiting and fired."""
    limit = book.rules.open_orders_max
    if limit and len(book.wallets[number].orders) >= limit:
        return Reject.LIM_OPEN_ORDERS
    return Reject.NONE


def lots_refusal(contract: Contract, lots: int) -> Reject:
    """MAT-080: the largest order."""
    limit = contract.rules.order_lots_max
    return Reject.LIM_ORDER_LOTS if limit and lots > limit else Reject.NONE


def notional_refusal(contract: Contract, price_ticks: int, lots: int) -> Reject:
    """MAT-080: the largest limit * lots."""
    limit = contract.rules.order_notional_max
    return Reject.LIM_ORDER_NOTIONAL if limit and price_ticks * lots > limit else Reject.NONE


def band_refusal(contract: Contract, price_ticks: int) -> Reject:
    """MAT-080: a limit too far from the last trade; before the first there is no band."""
    width = mul_div_floor(contract.last_ticks, contract.rules.price_band_ppb)
    if not contract.rules.price_band_ppb or not contract.last_ticks:
        return Reject.NONE
    if abs(price_ticks - contract.last_ticks) > width:
        return Reject.PRICE_OUTSIDE_BAND
    return Reject.NONE


def size_refusal(contract: Contract, order: Order, price_ticks: int, lots: int) -> Reject:
    """MAT-080: lots, notional, and the band of an order's (new) limit, in this order."""
    reject = lots_refusal(contract, lots) or notional_refusal(contract, price_ticks, lots)
    if reject or order.order_type == OrderType.MARKET:
        return reject
    return band_refusal(contract, price_ticks)
