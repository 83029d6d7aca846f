"""Conditional orders: what they wait for, and what an observed price does (MAT-030 to MAT-035).

A waiting order stands in the queue of one direction of its source. Rising: the key is (price,
class, time), so a rise meets the lowest trigger first; falling: (-price, class, time).
"""

from collections.abc import Iterable

from sortedcontainers import SortedDict

from hkperp_engine.codes import OrderType, Side, TriggerSource
from hkperp_engine.reference_rows import Order, Status, mul_div_floor
from hkperp_engine.reference_state import BookState, Contract

__all__ = ["accept_trailing", "is_met", "observe", "observe_known", "watch", "watched_ticks"]

STOP_TYPES = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)


def _fires_on_rise(order: Order) -> bool:
    """MAT-030, MAT-033: stop buys and take-profit sells, and sells that wait for activation."""
    is_stop = order.order_type in STOP_TYPES or order.activated_at > 0
    return is_stop == (order.side == Side.BUY)


def watched_ticks(book: BookState, order: Order) -> int:
    """Return the price that fires the order, or activates it.

    Any price activates an order without an activation price: it watches the end of the range.
    """
    if not order.is_trailing() or order.activated_at:
        return order.trigger_ticks
    any_price = book.price_ticks_max if order.side == Side.BUY else 1
    return order.activation_ticks or any_price


def is_met(book: BookState, order: Order, price_ticks: int) -> bool:
    """MAT-030: tell whether a price of the order's source fires it; 0 is no price.

    >>> from hkperp_engine.reference_rows import Order
    >>> stop = Order(1, 0, 0, 0, 0, Side.BUY, OrderType.STOP_MARKET, 0, 0, 0, 0, 110, 1)
    >>> stop.trigger_ticks = 105
    >>> [is_met(None, stop, price_ticks) for price_ticks in (0, 104, 105, 106)]
    [False, False, True, True]
    """
    if not price_ticks:
        return False
    watched = watched_ticks(book, order)
    return price_ticks >= watched if _fires_on_rise(order) else price_ticks <= watched


def watch(book: BookState, order: Order) -> None:
    """Put a waiting order at the back of its trigger's queue (MAT-031, MAT-033)."""
    order.status = Status.WAITING
    order.arrival = book.next_arrival()
    _file(book, order)


def _file(book: BookState, order: Order) -> None:
    """Put a waiting order into its queues, by its trigger, its time and its extreme."""
    contract = book.contracts[order.contract]
    order.leave_queues()
    rises = _fires_on_rise(order)
    queue = (contract.rising if rises else contract.falling)[order.source]
    price_ticks = watched_ticks(book, order) * (1 if rises else -1)
    order.stand_in(queue, (price_ticks, order.priority_class, order.arrival))
    if order.activated_at:
        nearest = order.extreme_ticks * (1 if order.side == Side.SELL else -1)
        order.stand_in(contract.trailing[order.source][order.side], (nearest, order.activated_at))


def accept_trailing(book: BookState, order: Order) -> None:
    """MAT-035: a trailing order is active from the start if the known price activates it."""
    known_ticks = book.contracts[order.contract].known[order.source]
    if is_met(book, order, known_ticks):
        _activate(book, order, known_ticks)


def _activate(book: BookState, order: Order, price_ticks: int) -> None:
    """MAT-035: from now on the order's trigger follows the price."""
    order.activated_at = book.next_arrival()
    _trail(book, order, price_ticks)


def _trail(book: BookState, order: Order, price_ticks: int) -> None:
    """MAT-035: set the extreme, and the trigger at its distance, at least one tick away."""
    distance = order.distance
    if order.order_type == OrderType.TRAILING_PPB:
        distance = max(1, mul_div_floor(price_ticks, order.distance))
    order.extreme_ticks = price_ticks
    if order.side == Side.SELL:
        order.trigger_ticks = max(1, price_ticks - distance)
    else:
        order.trigger_ticks = min(book.price_ticks_max, price_ticks + distance)


def observe_known(book: BookState, contract: Contract) -> None:
    """MAT-032: when a contract begins to trade, LAST, MARK and INDEX are observed again."""
    for source in TriggerSource:
        if contract.known[source]:
            observe(book, contract, source, contract.known[source])


def observe(book: BookState, contract: Contract, source: int, price_ticks: int) -> None:
    """MAT-033: what a price does to the waiting orders, if the contract is trading.

    A trailing sell, 5 ticks behind the highest price: at 112 its trigger is 107.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=9, wallets=1)
    >>> price = CommandRow(kind=28, target=TriggerSource.MARK)
    >>> sell = CommandRow(kind=1, side=1, order_type=OrderType.TRAILING_TICKS + 8, order_id=7,
    ...                   price_ticks=5, lots=1)
    >>> _ = book.apply(price._replace(price_ticks=110)), book.apply(sell)
    >>> for price_ticks in (112, 108):
    ...     _ = book.apply(price._replace(price_ticks=price_ticks))
    >>> [order] = book.waiting(0)
    >>> order.extreme_ticks, order.trigger_ticks
    (112, 107)
    >>> print(event_lines(book.apply(price._replace(price_ticks=107))))
    TRIGGERED 7 x1 @107
    ORDER_ACCEPTED 7 x1 @1
    ORDER_CANCELLED 7 x1 @1 NOT_RESTING
    """
    if not contract.is_trading():
        return
    _follow(book, contract.trailing[source], price_ticks)
    for queue in (contract.rising[source], contract.falling[source]):
        for order in _met(book, queue, price_ticks):
            if order.is_trailing() and not order.activated_at:
                _activate(book, order, price_ticks)
                watch(book, order)
            else:
                _fire(book, contract, order, price_ticks)


def _met(book: BookState, queue: SortedDict, price_ticks: int) -> Iterable[Order]:
    """Yield the orders of a queue that a price meets, nearest first; each must leave it."""
    while queue and is_met(book, queue.peekitem(0)[1], price_ticks):
        yield queue.peekitem(0)[1]


def _follow(book: BookState, trailing: list[SortedDict], price_ticks: int) -> None:
    """MAT-033 (a): sells below a new high follow it, in order of activation; so buys above.

    A trigger that stays where it is, at the end of the range, keeps its time too.
    """
    for side, nearest in (Side.SELL, price_ticks), (Side.BUY, -price_ticks):
        moved = [trailing[side][key] for key in trailing[side].irange(maximum=(nearest, 0))]
        for order in sorted(moved, key=lambda order: order.activated_at):
            trigger_ticks = order.trigger_ticks
            _trail(book, order, price_ticks)
            if order.trigger_ticks == trigger_ticks:
                _file(book, order)
            else:
                watch(book, order)


def _fire(book: BookState, contract: Contract, order: Order, price_ticks: int) -> None:
    """MAT-033: the order waits no longer for a price; it is sent after what is in hand."""
    order.leave_queues()
    order.status = Status.FIRED
    order.fired_ticks = price_ticks
    order.fired_at = book.next_arrival()
    order.stand_in(contract.fired, order.fired_at)
