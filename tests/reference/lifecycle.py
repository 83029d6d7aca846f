"""How an order is told of, rests, shrinks, is condemned and leaves (docs/book.md section 2)."""

from hkperp_engine.codes import CancelReason, EventFlag, Side
from hkperp_engine.codes import Event as EventKind
from reference.book import Order
from reference.rows import Event
from reference.state import Contract, Wallet, resize


def order_flags(order: Order) -> int:
    """Flags of an event about an order."""
    flags = EventFlag.SELL if order.side == Side.SELL else 0
    flags |= EventFlag.REDUCE_ONLY if order.is_reduce_only else 0
    flags |= EventFlag.HIDDEN if order.is_hidden else 0
    flags |= EventFlag.QUOTE if order.is_quote else 0
    return flags | (EventFlag.WAITING if order.wait else 0)


def tell(house, kind: EventKind, order: Order, lots: int, code: int = 0, **more: int) -> Event:
    """Write an event about an order."""
    fields = {
        "code": code,
        "contract": order.contract,
        "flags": order_flags(order),
        "wallet": order.wallet,
        "order_id": order.order_id,
        "price_ticks": order.price,
        "lots": lots,
    }
    return house.emit(kind, **{**fields, **more})


def register(house, order: Order) -> None:
    """From now on the order is live."""
    house.wallets[order.wallet].orders[order.order_id] = order
    house.orders[order.order_id] = order.wallet


def rest(house, order: Order) -> None:
    """Put an order into the book."""
    house.contracts[order.contract].book.insert(order)
    register(house, order)


def leave(house, order: Order) -> None:
    """Take a live order out of where it stands; its lots and sums stay as they are."""
    contract = house.contracts[order.contract]
    if order.wait is None:
        contract.book.remove(order)
    else:
        contract.waiting.remove(order)
        if order.wait.is_fired:
            house.fired.remove(order)
    del house.wallets[order.wallet].orders[order.order_id]
    del house.orders[order.order_id]


def is_live(house, order: Order) -> bool:
    """True if the order rests or waits, and has no sentence."""
    found = house.wallets[order.wallet].orders.get(order.order_id)
    return found is order and not order.is_condemned


def condemn(house, order: Order, reason: int) -> None:
    """Sentence an order: it takes no part in anything, and goes at the next occasion."""
    if not order.is_condemned:
        order.is_condemned = True
        house.condemned.append((order, reason))


def condemn_partner(house, order: Order) -> None:
    """MAT-077: the order has traded, fired or left, so the one it is linked with must go."""
    if not order.partner:
        return
    other = house.wallets[order.wallet].orders.get(order.partner)
    order.partner = 0
    if other is not None:
        other.partner = 0
        condemn(house, other, CancelReason.PARTNER)


def drop(house, order: Order, reason: int) -> None:
    """Cancel a resting or waiting order."""
    lots = order.lots
    resize(house.wallets[order.wallet], order, 0, house.contracts[order.contract])
    leave(house, order)
    tell(house, EventKind.ORDER_CANCELLED, order, lots, reason)
    condemn_partner(house, order)


def shrink(house, order: Order, by: int, reason: int) -> None:
    """Take lots out of an order without a trade; all of them cancel it."""
    wallet, contract = house.wallets[order.wallet], house.contracts[order.contract]
    if by < order.lots:
        resize(wallet, order, order.lots - by, contract)
        tell(house, EventKind.ORDER_REDUCED, order, by, reason)
    elif order is not house.in_hand:
        drop(house, order, reason)
    else:
        resize(wallet, order, 0, contract)
        tell(house, EventKind.ORDER_CANCELLED, order, by, reason)
        condemn_partner(house, order)


def purge(house) -> None:
    """Cancel the condemned orders, oldest sentence first."""
    while house.condemned:
        order, reason = house.condemned.pop(0)
        shrink(house, order, order.lots, reason)


def cancel_each(house, orders: list[Order], reason: int) -> int:
    """Cancel orders one by one; returns how many. What one condemns goes before the next."""
    count = 0
    for order in orders:
        if is_live(house, order):
            drop(house, order, reason)
            purge(house)
            count += 1
    return count


def cancel_wallet(house, wallet: Wallet, reason: int) -> int:
    """Cancel all orders of a wallet, newest first; returns how many."""
    return cancel_each(house, wallet.newest_first(), reason)


def cancel_contract(house, contract: Contract, reason: int) -> int:
    """Cancel all orders of a contract, wallets ascending, newest first; returns how many."""
    return sum(
        cancel_each(
            house,
            [order for order in wallet.newest_first() if order.contract == contract.number],
            reason,
        )
        for wallet in house.clients()
    )


def tell_mass_cancel(house, count: int, reason: int, wallet: int = 0, contract: int = 0) -> None:
    """Say how many orders a mass cancellation took."""
    house.emit(
        EventKind.MASS_CANCELLED, code=reason, contract=contract, wallet=wallet, amount=count
    )
