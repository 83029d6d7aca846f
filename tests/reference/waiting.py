"""Conditional orders: what they wait for, how they follow and fire (docs/book.md section 8)."""

from hkperp_engine.codes import OrderType, Side, TriggerSource
from reference.book import Order, Wait
from reference.state import Contract
from reference.whole import clamp, mdf

STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)


def known_price(contract: Contract, source: int) -> int:
    """The last known price of a source, ticks; 0 if there is none.

    An index that a mark step has found while the contract was halted is not known (section 5).
    """
    if source == TriggerSource.LAST:
        return contract.last
    return contract.mark if source == TriggerSource.MARK else contract.index_seen


def watched(order: Order, contract: Contract) -> tuple[bool, int]:
    """(is_rising, price): what it waits for now, an activation or its trigger.

    An activation at any price stands at the end where it is met first.
    """
    wait, is_buy = order.wait, order.side == Side.BUY
    if wait.is_trailing and not wait.activated:
        highest = contract.terms.price_ticks_max
        return not is_buy, wait.activation or (highest if is_buy else 1)
    is_rising = is_buy == (wait.is_trailing or wait.order_type in STOPS)
    return is_rising, wait.trigger


def activation_of(order: Order, contract: Contract) -> int:
    """The price, ticks, at which a trailing order begins to follow, 0 once it does."""
    is_inactive = order.wait.is_trailing and not order.wait.activated
    return watched(order, contract)[1] if is_inactive else 0


def is_met(order: Order, contract: Contract, price: int) -> bool:
    """True if a known price meets what the order waits for."""
    if price == 0:
        return False
    is_rising, trigger = watched(order, contract)
    return price >= trigger if is_rising else price <= trigger


def queue(house, order: Order) -> None:
    """Put the order at the back of its trigger's queue."""
    house.queue_times += 1
    order.wait.time = house.queue_times


def set_extreme(house, contract: Contract, order: Order, price: int) -> None:
    """A trailing order's extreme and trigger (MAT-035)."""
    wait: Wait = order.wait
    distance = wait.distance
    if wait.order_type == OrderType.TRAILING_PPB:
        distance = max(1, mdf(price, distance))
    trigger = price - distance if order.side == Side.SELL else price + distance
    wait.extreme = price
    wait.trigger = clamp(trigger, 1, contract.terms.price_ticks_max)
    queue(house, order)


def activate(house, contract: Contract, order: Order, price: int) -> None:
    """A trailing order begins to follow at a price."""
    house.activations += 1
    order.wait.activated = house.activations
    set_extreme(house, contract, order, price)


def follow(house, contract: Contract, orders: list[Order], price: int) -> None:
    """MAT-033 (a): active trailing orders move, sells then buys, in order of activation."""
    active = [order for order in orders if order.wait.activated]
    for order in sorted(active, key=lambda each: (-each.side, each.wait.activated)):
        extreme = order.wait.extreme
        if price > extreme if order.side == Side.SELL else price < extreme:
            set_extreme(house, contract, order, price)


def fire(house, order: Order, price: int) -> None:
    """Its price has come: it is sent when its turn comes (MAT-034)."""
    order.wait.is_fired = True
    order.wait.observed = price
    house.fired.append(order)


def observe(house, contract: Contract, source: int, price: int) -> None:
    """MAT-032 and MAT-033: a price is seen, while the contract trades."""
    if price == 0 or not contract.is_trading:
        return
    orders = [
        order
        for order in contract.waiting
        if order.wait.source == source and not order.wait.is_fired and not order.is_condemned
    ]
    follow(house, contract, orders, price)
    for direction in (True, False):
        found = []
        for order in orders:
            is_rising, trigger = watched(order, contract)
            if is_rising == direction and is_met(order, contract, price):
                rank = trigger if is_rising else -trigger
                found.append((rank, order.priority_class, order.wait.time, order))
        for *_, order in sorted(found, key=lambda each: each[:3]):
            if order.wait.is_trailing and not order.wait.activated:
                activate(house, contract, order, price)
            else:
                fire(house, order, price)


def observe_last(house, contract: Contract, prices: list[int]) -> None:
    """The trades of a sweep or of an uncross: its first price, then, if another, its last."""
    if prices:
        observe(house, contract, TriggerSource.LAST, prices[0])
        if prices[-1] != prices[0]:
            observe(house, contract, TriggerSource.LAST, prices[-1])


def observe_all(house, contract: Contract) -> None:
    """What is known is observed again when a contract begins to trade."""
    for source in TriggerSource:
        observe(house, contract, source, known_price(contract, source))
