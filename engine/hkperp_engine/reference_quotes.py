"""Mass quotes and the protection of those who send them: MAT-073 to MAT-076."""

from hkperp_engine.codes import CancelReason, Command, Reject, SelfTrade, Side
from hkperp_engine.reference_limits import count_message, rate_refusal
from hkperp_engine.reference_orders import amend_order, place_order
from hkperp_engine.reference_rows import DAY_NS, ORDER_ID_MAX, CommandRow, Order
from hkperp_engine.reference_state import BookState, Protection

__all__ = ["mass_quote", "reset_protection", "set_protection"]

#: Most pairs of wallet and contract with a protection, most trades that one counts, most lots.
PROTECTIONS_MAX = 256
TRADES_MAX = 32
LOTS_MAX = 2**31 - 1


def mass_quote(book: BookState, command: CommandRow) -> Reject:
    """MAT-073: a bid and an ask in one message; each leg is accepted or refused for itself.

    When quotes move up, the ask goes first, so that they do not meet.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=1)
    >>> quote = CommandRow(kind=Command.MASS_QUOTE, order_id=1, price_ticks=99, lots=5,
    ...                    amount=101, target=6)
    >>> print(event_lines(book.apply(quote)))
    ORDER_ACCEPTED 1 x5 @99
    ORDER_ACCEPTED 2 x6 @101
    >>> print(event_lines(book.apply(quote._replace(price_ticks=101, amount=103))))
    ORDER_AMENDED 2 x6 @103
    ORDER_AMENDED 1 x5 @101
    """
    pair = command.wallet, command.contract
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    if not 0 <= command.stp <= SelfTrade.DECREMENT:
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command.order_id < ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    if pair in book.protections and book.protections[pair].is_frozen:
        return Reject.QUOTES_FROZEN
    reject = rate_refusal(book, command.wallet)
    if reject:
        return reject
    count_message(book, command.wallet)
    legs = [_bid_of(command), _ask_of(command)]
    standing = _live_quote(book, legs[0])
    if standing and command.price_ticks > standing.price_ticks:
        legs.reverse()
    for leg in legs:
        _send_leg(book, leg)
    return Reject.NONE


def _bid_of(command: CommandRow) -> CommandRow:
    """Return the bid as a NEW_ORDER (LIMIT GTC, no flags)."""
    plain = {"order_type": 0, "tif": 0, "flags": 0, "target": 0, "amount": 0}
    return command._replace(kind=Command.NEW_ORDER, side=Side.BUY, **plain)


def _ask_of(command: CommandRow) -> CommandRow:
    """Return the ask as a NEW_ORDER; its price and lots stand in `amount` and `target`."""
    order_id, price_ticks, lots = command.order_id + 1, command.amount, command.target
    ask = _bid_of(command)._replace(order_id=order_id, price_ticks=price_ticks, lots=lots)
    return ask._replace(side=Side.SELL)


def _live_quote(book: BookState, leg: CommandRow) -> Order | None:
    """Return the live order of the leg's id if it is this wallet's quote in this contract."""
    order = book.live.get(leg.order_id)
    if order is None or not order.is_quote:
        return None
    is_own = (order.wallet, order.contract) == (leg.wallet, leg.contract)
    return order if is_own else None


def _send_leg(book: BookState, leg: CommandRow) -> None:
    """MAT-073: cancel, amend or place one side of a quote."""
    standing = _live_quote(book, leg)
    if leg.lots == 0:
        if standing:
            book.cancel_orders([standing], CancelReason.REQUESTED)
        return
    if standing:
        leg = leg._replace(kind=Command.AMEND)
        reject = amend_order(book, leg, is_quote_leg=True)
    else:
        reject = place_order(book, leg, is_quote=True)
    if reject:
        book.refuse(leg, reject)


def set_protection(book: BookState, command: CommandRow) -> Reject:
    """MAT-075: from now on the wallet's quotes in the contract are protected, no fill counted."""
    pair = command.wallet, command.contract
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    if not 1 <= command.amount <= DAY_NS:
        return Reject.AMOUNT_INVALID
    are_lots_valid = 0 <= command.lots <= LOTS_MAX and 0 <= command.price_ticks <= LOTS_MAX
    if not (are_lots_valid and 1 <= command.target <= TRADES_MAX):
        return Reject.LOTS_INVALID
    if pair not in book.protections and len(book.protections) == PROTECTIONS_MAX:
        return Reject.LIM_PROTECTIONS
    limits = command.lots, command.price_ticks, command.target
    book.protections[pair] = Protection(command.amount, *limits)
    return Reject.NONE


def reset_protection(book: BookState, command: CommandRow) -> Reject:
    """MAT-076: the wallet may quote again; counted fills are forgotten.

    Three lots of the quote trade, as many as its protection allows: what is left of it goes, the
    other side too, and no more quotes until the reset.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=2)
    >>> quote = CommandRow(kind=Command.MASS_QUOTE, order_id=1, price_ticks=99, lots=5,
    ...                    amount=101, target=6)
    >>> protect = CommandRow(kind=Command.SET_PROTECTION, amount=10, lots=3, target=9)
    >>> _ = book.apply(protect) + book.apply(quote)
    >>> buy = CommandRow(kind=1, wallet=1, order_id=9, price_ticks=101, lots=3)
    >>> print(event_lines(book.apply(buy) + book.apply(quote)))
    ORDER_ACCEPTED 9 x3 @101
    TRADE 2 x3 @101
    PROTECTION
    ORDER_CANCELLED 2 x3 @101 PROTECTION
    ORDER_CANCELLED 1 x5 @99 PROTECTION
    REFUSED 1 QUOTES_FROZEN
    >>> print(event_lines(book.apply(protect._replace(kind=9)) + book.apply(quote)))
    ORDER_ACCEPTED 1 x5 @99
    ORDER_ACCEPTED 2 x6 @101
    """
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    protection = book.protections.get((command.wallet, command.contract))
    if protection is None:
        return Reject.STATE_INVALID
    protection.is_frozen = False
    protection.fills.clear()
    return Reject.NONE
