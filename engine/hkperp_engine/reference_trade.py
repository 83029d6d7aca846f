"""A trade between two orders and all that follows from it at once: MAT-004, MAT-022, MAT-040,
MAT-076, MAT-077. Who meets whom is decided above.
"""

from hkperp_engine.codes import (
    CancelReason,
    Event,
    EventFlag,
    ProtectionLimit,
    SelfTrade,
    Side,
    TriggerSource,
)
from hkperp_engine.reference_rows import Order, Status
from hkperp_engine.reference_state import BookState, Fill, Protection

__all__ = ["prevent_self_trade", "trade"]


def trade(
    book: BookState, maker: Order, taker: Order, price_ticks: int, lots: int, flags: int = 0
) -> None:
    """MAT-004: both orders trade `lots`; `flags` are AUCTION in an uncross.

    The maker's shown lots and protection come first, then the taker's. Who is condemned by it is
    cancelled by the caller.
    """
    contract = book.contracts[taker.contract]
    if taker.side == Side.SELL:
        flags |= EventFlag.SELL
    if maker.priority_class:
        flags |= EventFlag.MAKER_AFMM
    if taker.priority_class:
        flags |= EventFlag.TAKER_AFMM
    who = maker.wallet, taker.wallet, maker.order_id, taker.order_id
    book.emit(Event.TRADE, 0, taker.contract, flags, *who, price_ticks, lots, 0)
    contract.known[TriggerSource.LAST] = price_ticks
    contract.history.record(book.now_ns, price_ticks)
    for order in maker, taker:
        _fill(book, order, lots)


def _fill(book: BookState, order: Order, lots: int) -> None:
    """Take traded lots off an order: it leaves, or shows a new slice, or stays as it is."""
    order.lots_left -= lots
    order.traded_lots += lots
    if not order.lots_left:
        book.forget(order)
    else:
        # One cancels the other: any part that trades is enough (MAT-077).
        book.condemn_partner(order)
        if order.display_lots and order.status == Status.RESTING:
            _use_slice(book, order, lots)
    if order.is_quote and (order.wallet, order.contract) in book.protections:
        _count_fill(book, order, lots)


def _use_slice(book: BookState, order: Order, lots: int) -> None:
    """MAT-040: an iceberg whose slice has traded shows the next, at the back of its class.

    TV-3: all of a client's iceberg trades before an affiliate that came first.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=3, class_of=[0, 0, 1])
    >>> afmm = CommandRow(kind=1, side=Side.SELL, wallet=2, order_id=1, price_ticks=100, lots=5)
    >>> client = afmm._replace(wallet=0, order_id=2, lots=10, target=4)
    >>> buy = CommandRow(kind=1, wallet=1, order_id=3, price_ticks=100, lots=8)
    >>> _ = book.apply(afmm) + book.apply(client)
    >>> print(event_lines(book.apply(buy)))
    ORDER_ACCEPTED 3 x8 @100
    TRADE 2 x4 @100
    ORDER_REFRESHED 2 x4 @100
    TRADE 2 x4 @100
    ORDER_REFRESHED 2 x2 @100
    """
    order.slice_lots -= lots
    if order.slice_lots == 0:
        order.leave_queues()
        book.rest(order)
        book.report(Event.ORDER_REFRESHED, order, 0, order.slice_lots)


def _count_fill(book: BookState, order: Order, lots: int) -> None:
    """MAT-076: count a fill of a quote; a limit that is reached freezes the wallet's quotes."""
    protection = book.protections[order.wallet, order.contract]
    if protection.is_frozen:
        return
    fills = protection.fills
    fills.append(Fill(book.now_ns, lots if order.side == Side.BUY else -lots))
    while fills[0].time_ns <= book.now_ns - protection.window_ns:
        fills.popleft()
    reached = _limit_reached(protection)
    if reached is None:
        return
    limit, value = reached
    protection.is_frozen = True
    book.announce(
        Event.PROTECTION,
        code=limit,
        contract=order.contract,
        wallet=order.wallet,
        amount=value,
    )
    for quote in book.newest_first(order.wallet, order.contract):
        if quote.is_quote:
            book.condemn(quote, CancelReason.PROTECTION)


def _limit_reached(protection: Protection) -> tuple[ProtectionLimit, int] | None:
    """Return the first limit that the counted fills reach, and their sum.

    >>> protection = Protection(1, lots_max=0, net_lots_max=3, trades_max=5)
    >>> protection.fills.extend([Fill(0, 2), Fill(0, -5)])  # 7 lots, 3 sold net, 2 trades
    >>> _limit_reached(protection)
    (<ProtectionLimit.NET_LOTS: 1>, 3)
    """
    lots = [fill.lots for fill in protection.fills]
    sums = (
        (ProtectionLimit.LOTS, sum(map(abs, lots)), protection.lots_max),
        (ProtectionLimit.NET_LOTS, abs(sum(lots)), protection.net_lots_max),
        (ProtectionLimit.TRADES, len(lots), protection.trades_max),
    )
    return next(((limit, value) for limit, value, top in sums if 0 < top <= value), None)


def prevent_self_trade(book: BookState, maker: Order, taker: Order) -> None:
    """MAT-022: the taker's mode says who shrinks, and by how much; first the maker."""
    maker_lots, taker_lots = maker.lots_left, taker.lots_left
    if taker.stp == SelfTrade.CANCEL_NEWEST:
        maker_lots = 0
    elif taker.stp == SelfTrade.CANCEL_OLDEST:
        taker_lots = 0
    elif taker.stp == SelfTrade.DECREMENT:
        maker_lots = taker_lots = min(maker_lots, taker_lots)
    if maker_lots:
        book.take_out(maker, maker_lots, CancelReason.SELF_TRADE)
    if taker_lots:
        book.take_out(taker, taker_lots, CancelReason.SELF_TRADE)
