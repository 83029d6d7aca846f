"""Booking, fees, fills and matching: docs/machine.md section 4, docs/book.md sections 2 and 6."""

from hkperp_engine.codes import (
    CancelReason,
    EventFlag,
    HouseWallet,
    OrderFlag,
    Posting,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.codes import Event as EventKind
from reference import margin
from reference.book import Order
from reference.state import Contract, Wallet, resize
from reference.whole import mdc, sign


def book_lots(contract: Contract, wallet: Wallet, lots: int, price: int) -> None:
    """Book `lots` (signed: bought or sold) at a price: close what is opposite, open the rest."""
    position = wallet.positions[contract.number]
    before, tick_value = position.lots, contract.terms.tick_value
    way = sign(lots)
    closed = min(abs(lots), abs(before)) if way == -sign(before) else 0
    if closed:
        held, side = abs(before), sign(before)
        cost_part = abs(position.cost) * closed // held
        entry_part = abs(position.entry_cost) * closed // held
        wallet.pending += side * (price * closed * tick_value - cost_part)
        position.cost -= sign(position.cost) * cost_part
        position.entry_cost -= sign(position.entry_cost) * entry_part
    opened = way * (abs(lots) - closed) * price * tick_value
    position.cost += opened
    position.entry_cost += opened
    position.lots += lots
    contract.open_interest += max(0, position.lots) - max(0, before)


def order_flags(order: Order) -> int:
    """Flags of an event about an order."""
    flags = EventFlag.SELL if order.side == Side.SELL else 0
    return flags | (EventFlag.REDUCE_ONLY if order.is_reduce_only else 0)


def tell(house, kind: EventKind, order: Order, lots: int, code: int = 0) -> None:
    """Write an event about an order."""
    house.emit(
        kind,
        code=code,
        contract=order.contract,
        flags=order_flags(order),
        wallet=order.wallet,
        order_id=order.order_id,
        price_ticks=order.price,
        lots=lots,
    )


def rest(house, order: Order) -> None:
    """Put an order into the book."""
    house.contracts[order.contract].book.insert(order)
    house.wallets[order.wallet].orders[order.order_id] = order
    house.orders[order.order_id] = order.wallet


def leave(house, order: Order) -> None:
    """Take a resting order out of the book; its lots and sums stay as they are."""
    house.contracts[order.contract].book.remove(order)
    del house.wallets[order.wallet].orders[order.order_id]
    del house.orders[order.order_id]


def drop(house, order: Order, reason: int) -> None:
    """Cancel a resting order."""
    lots = order.lots
    resize(house.wallets[order.wallet], order, 0, house.contracts[order.contract])
    leave(house, order)
    tell(house, EventKind.ORDER_CANCELLED, order, lots, reason)


def drop_all(house, wallet: Wallet, reason: int, counted_only: bool = False) -> None:
    """Cancel a wallet's orders, newest first."""
    for order in wallet.newest_first():
        if order.is_counted or not counted_only:
            drop(house, order, reason)


def shrink(house, order: Order, by: int, reason: int, is_resting: bool = True) -> None:
    """Take lots out of an order without a trade."""
    if by < order.lots:
        left = order.lots - by
        resize(house.wallets[order.wallet], order, left, house.contracts[order.contract])
        tell(house, EventKind.ORDER_REDUCED, order, by, reason)
    elif is_resting:
        drop(house, order, reason)
    else:
        resize(house.wallets[order.wallet], order, 0, house.contracts[order.contract])
        tell(house, EventKind.ORDER_CANCELLED, order, by, reason)


def reclip(house, wallet: Wallet, contract: Contract) -> None:
    """Cut the wallet's reduce-only orders to what they can still reduce, newest first."""
    lots = wallet.positions[contract.number].lots
    for order in wallet.newest_first():
        if order.contract != contract.number or not order.is_reduce_only:
            continue
        if lots == 0 or (lots > 0) != (order.side == Side.SELL):
            drop(house, order, CancelReason.REDUCE_ONLY)
        elif order.lots > abs(lots):
            shrink(house, order, order.lots - abs(lots), CancelReason.REDUCE_ONLY)


def charge(house, order: Order, notional: int, is_taker: bool, is_liquidation: bool) -> None:
    """Take the fee of one side of a fill, as far as the wallet can pay; waive the rest."""
    wallet, contract = house.wallets[order.wallet], house.contracts[order.contract]
    terms = contract.terms
    room = margin.equity(house, wallet) - margin.holding_count(wallet)
    rate = terms.taker_fee_ppb if is_taker else terms.maker_fee_ppb
    if is_liquidation and is_taker:
        rate = terms.liquidation_fee_ppb
        room -= margin.maintenance(house, wallet)
    fee = mdc(notional, rate)
    paid = min(fee, max(0, min(margin.payable(house, wallet), room)))
    house.raise_cash(wallet, paid)
    code = Posting.LIQUIDATION_FEE if is_liquidation else Posting.FEE
    to = HouseWallet.RESERVE if is_liquidation else HouseWallet.FEES
    house.post(code, 0, wallet.number, to, paid, order.order_id)
    waive(house, wallet, contract, fee - paid, order.order_id)


def waive(house, wallet: Wallet, contract: Contract, amount: int, order_id: int) -> None:
    """Say what of a fee was not taken."""
    if amount > 0:
        house.emit(
            EventKind.FEE_WAIVED,
            contract=contract.number,
            wallet=wallet.number,
            order_id=order_id,
            amount=amount,
        )


def fill(house, maker: Order, taker: Order, lots: int) -> None:
    """Section 4: a trade of `lots` at the maker's price, and what follows from it at once."""
    contract, price = house.contracts[maker.contract], maker.price
    way = 1 if taker.side == Side.BUY else -1
    contract.book.trade_count += 1
    house.fill_count += taker.is_liquidation
    for order, signed in ((maker, -way * lots), (taker, way * lots)):
        wallet = house.wallets[order.wallet]
        resize(wallet, order, order.lots - lots, contract)
        book_lots(contract, wallet, signed, price)
    if maker.lots == 0:
        leave(house, maker)
    flags = EventFlag.SELL if taker.side == Side.SELL else 0
    flags |= EventFlag.MAKER_AFMM if maker.priority_class else 0
    flags |= EventFlag.TAKER_AFMM if taker.priority_class else 0
    flags |= EventFlag.LIQUIDATION if taker.is_liquidation else 0
    house.emit(
        EventKind.TRADE,
        contract=contract.number,
        flags=flags,
        wallet=maker.wallet,
        counter_wallet=taker.wallet,
        order_id=maker.order_id,
        counter_order_id=taker.order_id,
        price_ticks=price,
        lots=lots,
    )
    notional = price * lots * contract.terms.tick_value
    charge(house, maker, notional, False, taker.is_liquidation)
    charge(house, taker, notional, True, taker.is_liquidation)
    reclip(house, house.wallets[maker.wallet], contract)
    reclip(house, house.wallets[taker.wallet], contract)


def meet_own(house, maker: Order, taker: Order) -> None:
    """Self-trade prevention, by the taker's mode."""
    reason, mode = CancelReason.SELF_TRADE, taker.stp
    if mode == SelfTrade.DECREMENT:
        lots = min(maker.lots, taker.lots)
        shrink(house, maker, lots, reason)
        shrink(house, taker, lots, reason, is_resting=False)
        return
    if mode in (SelfTrade.CANCEL_OLDEST, SelfTrade.CANCEL_BOTH):
        drop(house, maker, reason)
    if mode in (SelfTrade.CANCEL_NEWEST, SelfTrade.CANCEL_BOTH):
        shrink(house, taker, taker.lots, reason, is_resting=False)


def trade(house, taker: Order) -> None:
    """Match an order that is not resting; what is left rests, or is cancelled."""
    book = house.contracts[taker.contract].book
    while taker.lots > 0:
        maker = next(book.matchable(taker.side, taker.price), None)
        if maker is None:
            break
        if maker.owner == taker.owner:
            meet_own(house, maker, taker)
        else:
            fill(house, maker, taker, min(maker.lots, taker.lots))
    if taker.lots > 0:
        if taker.tif == TimeInForce.GTC:
            rest(house, taker)
        else:
            shrink(house, taker, taker.lots, CancelReason.NOT_RESTING, is_resting=False)


def restrict_orders(house, wallet: Wallet) -> None:
    """Section 6.1: what reduces becomes reduce-only, the rest is cancelled."""
    for order in wallet.newest_first():
        if order.is_reduce_only:
            continue
        contract = house.contracts[order.contract]
        lots = wallet.positions[order.contract].lots
        if lots == 0 or (lots > 0) != (order.side == Side.SELL):
            drop(house, order, CancelReason.LAPSED)
            continue
        open_lots = order.lots
        resize(wallet, order, 0, contract)
        order.flags |= OrderFlag.REDUCE_ONLY
        order.lots = open_lots
        if open_lots > abs(lots):
            shrink(house, order, open_lots - abs(lots), CancelReason.LAPSED)
        tell(house, EventKind.ORDER_AMENDED, order, order.lots)
