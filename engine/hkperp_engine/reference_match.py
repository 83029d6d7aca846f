"""Whom a taker meets, and how far it may go: MAT-001, MAT-013, MAT-014, MAT-020, MAT-021 and the
band of MAT-064.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hkperp_engine.codes import OrderFlag, Reject, SelfTrade, Side
from hkperp_engine.reference_rows import Order
from hkperp_engine.reference_state import BookState, Contract
from hkperp_engine.reference_trade import prevent_self_trade, trade

__all__ = ["Sweep", "band_of", "is_fillable", "lots_for_notional", "post_only_refusal", "sweep"]


class Sweep(NamedTuple):
    """What a sweep did: its first and last trade price (0: none), and where it was stopped.

    `stopped_at` is the reference of the volatility band in ticks if the taker reached its edge
    and could have traded on, else 0.
    """

    first_ticks: int
    last_ticks: int
    stopped_at: int


def band_of(book: BookState, contract: Contract) -> tuple[int, int, int] | None:
    """MAT-064: prices at which a trade may be now, (lowest, highest, reference), or None."""
    return contract.history.band(book.now_ns, contract.rules.volatility_ppb)


def _is_inside(band: tuple[int, int, int] | None, price_ticks: int) -> bool:
    return band is None or band[0] <= price_ticks <= band[1]


def sweep(book: BookState, taker: Order) -> Sweep:
    """Trade with the first maker, again and again, while limit and band allow (MAT-001, MAT-064).

    The band is that of the sweep's begin. Whoever is condemned by a trade goes before the next.
    TV-1: at one price a client trades before the affiliate that came first.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=3, class_of=[0, 0, 1])
    >>> afmm = CommandRow(kind=1, side=Side.SELL, wallet=2, order_id=1, price_ticks=100, lots=5)
    >>> for ask in afmm, afmm._replace(wallet=0, order_id=2, lots=3), afmm._replace(order_id=3):
    ...     _ = book.apply(ask)
    >>> buy = CommandRow(kind=1, wallet=1, order_id=4, price_ticks=100, lots=4)
    >>> print(event_lines(book.apply(buy)))
    ORDER_ACCEPTED 4 x4 @100
    TRADE 2 x3 @100
    TRADE 1 x1 @100
    """
    contract = book.contracts[taker.contract]
    band = band_of(book, contract)
    first_ticks = last_ticks = 0
    while taker.lots_left:
        maker = contract.best(1 - taker.side)
        if maker is None or not taker.reaches(maker.price_ticks):
            break
        if band is not None and not _is_inside(band, maker.price_ticks):
            return Sweep(first_ticks, last_ticks, band[2])
        if maker.owner == taker.owner:
            prevent_self_trade(book, maker, taker)
        else:
            last_ticks = maker.price_ticks
            first_ticks = first_ticks or last_ticks
            lots = min(maker.front_lots(), taker.lots_left)
            trade(book, maker, taker, maker.price_ticks, lots)
        book.carry_out_sentences()
    return Sweep(first_ticks, last_ticks, 0)


def _counted_makers(book: BookState, taker: Order) -> Iterator[Order]:
    """MAT-020: yield makers that a taker may count on, in priority order.

    An own order is passed over in CANCEL_OLDEST and ends the walk in other modes; reduce-only
    orders are not counted.
    """
    contract = book.contracts[taker.contract]
    band = band_of(book, contract)
    for maker in contract.sides[1 - taker.side].values():
        if not (taker.reaches(maker.price_ticks) and _is_inside(band, maker.price_ticks)):
            return
        if maker.owner == taker.owner:
            if taker.stp != SelfTrade.CANCEL_OLDEST:
                return
        elif not maker.flags & OrderFlag.REDUCE_ONLY:
            yield maker


def is_fillable(book: BookState, taker: Order) -> bool:
    """MAT-020: tell whether the book holds enough for a FOK order."""
    missing = taker.lots_left
    for maker in _counted_makers(book, taker):
        missing -= maker.lots_left
        if missing <= 0:
            return True
    return False


def lots_for_notional(book: BookState, taker: Order) -> int:
    """MAT-021: the most lots whose price * lots, in ticks * lots, is not above `taker.notional`.

    Asks 2 @100, 5 @101, notional 403: two lots are worth 200, two more 202: 4.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=2)
    >>> ask = CommandRow(kind=1, side=Side.SELL, order_id=1, price_ticks=100, lots=2)
    >>> _ = book.apply(ask), book.apply(ask._replace(order_id=2, price_ticks=101, lots=5))
    >>> buy = CommandRow(kind=1, wallet=1, order_type=1, tif=1, flags=OrderFlag.BY_NOTIONAL,
    ...                  order_id=3, price_ticks=1_000, amount=403)
    >>> print(event_lines(book.apply(buy)))
    ORDER_ACCEPTED 3 x4 @1000
    TRADE 1 x2 @100
    TRADE 2 x2 @101
    """
    left, lots = taker.notional, 0
    for maker in _counted_makers(book, taker):
        bought = min(maker.lots_left, left // maker.price_ticks, book.lots_max - lots)
        left -= bought * maker.price_ticks
        lots += bought
        if bought < maker.lots_left:
            break
    return lots


def post_only_refusal(book: BookState, order: Order) -> Reject:
    """MAT-013, MAT-014: refuse a post-only order that would trade, or let it slide.

    A sliding order's limit becomes one tick behind the best opposite price. In a call phase
    nothing would trade.
    """
    contract = book.contracts[order.contract]
    best = contract.best(1 - order.side) if contract.is_trading() else None
    if best is None or not order.reaches(best.price_ticks):
        return Reject.NONE
    behind_ticks = best.price_ticks + (-1 if order.side == Side.BUY else 1)
    if order.flags & OrderFlag.SLIDE and 1 <= behind_ticks <= book.price_ticks_max:
        order.price_ticks = behind_ticks
        return Reject.NONE
    return Reject.POST_ONLY_WOULD_TRADE
