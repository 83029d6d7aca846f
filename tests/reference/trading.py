"""Fills, self-trade prevention and sweeps: docs/machine.md section 4, docs/book.md 2, 7, 11."""

from hkperp_engine.codes import (
    CancelReason,
    EventFlag,
    OrderFlag,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.codes import Event as EventKind
from reference.book import Order
from reference.booking import book_lots, charge
from reference.lifecycle import (
    cancel_each,
    condemn_partner,
    drop,
    is_live,
    leave,
    purge,
    rest,
    shrink,
    tell,
)
from reference.protection import count_fill
from reference.rows import Event
from reference.state import Contract, Trade, Wallet, resize
from reference.states import pause
from reference.waiting import observe_last

RESTING = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)


def drop_all(house, wallet: Wallet, reason: int, is_call: bool = False) -> None:
    """Cancel a wallet's orders, newest first; in a call only those that are not reduce-only."""
    orders = [order for order in wallet.newest_first() if not (is_call and order.is_reduce_only)]
    cancel_each(house, orders, reason)


def reclip(house, wallet: Wallet, contract: Contract) -> None:
    """Cut the wallet's reduce-only orders to what they can still reduce, newest first."""
    lots = wallet.positions[contract.number].lots
    for order in wallet.newest_first():
        is_here = order.contract == contract.number and order.is_reduce_only
        if not is_here or order.wait or not is_live(house, order):
            continue
        if lots == 0 or (lots > 0) != (order.side == Side.SELL):
            drop(house, order, CancelReason.REDUCE_ONLY)
            purge(house)
        elif order.lots > abs(lots):
            shrink(house, order, order.lots - abs(lots), CancelReason.REDUCE_ONLY)


def take_from(house, contract: Contract, order: Order, lots: int) -> bool:
    """Lots of an order have traded; True if it rests and its next slice must be shown."""
    shown = order.slice - lots
    resize(house.wallets[order.wallet], order, order.lots - lots, contract)
    order.traded += lots
    if order is house.in_hand:
        return False
    order.shown = shown if order.display else 0
    if order.lots == 0:
        leave(house, order)
    return bool(order.lots and order.display and shown == 0)


def tell_trade(
    house, maker: Order, taker: Order, lots: int, price: int, is_auction: bool
) -> Event:
    """Write a TRADE."""
    flags = EventFlag.SELL if taker.side == Side.SELL else 0
    flags |= EventFlag.MAKER_AFMM if maker.priority_class else 0
    flags |= EventFlag.TAKER_AFMM if taker.priority_class else 0
    flags |= EventFlag.LIQUIDATION if taker.is_liquidation else 0
    flags |= EventFlag.AUCTION if is_auction else 0
    return house.emit(
        EventKind.TRADE,
        contract=maker.contract,
        flags=flags,
        wallet=maker.wallet,
        counter_wallet=taker.wallet,
        order_id=maker.order_id,
        counter_order_id=taker.order_id,
        price_ticks=price,
        lots=lots,
        amount=house.contracts[maker.contract].terms_hash,
    )


def remember(house, event: Event, maker: Order, taker: Order, fees: tuple[int, int]) -> None:
    """Keep a trade for those who want it back; `fees` are what maker and taker paid."""
    house.trades[event.sequence] = Trade(
        event.contract,
        maker.wallet,
        taker.wallet,
        1 if maker.side == Side.BUY else -1,
        event.price_ticks,
        event.lots,
        house.cycle_count,
        taker.is_liquidation,
        *fees,
    )
    if len(house.trade_ids) == house.trade_ids.maxlen:
        house.trades.pop(house.trade_ids[0], None)
    house.trade_ids.append(event.sequence)


def fill(house, maker: Order, taker: Order, price: int, is_auction: bool = False) -> None:
    """A trade of all lots that can at a price, and what follows from it at once (section 4)."""
    contract, lots = house.contracts[maker.contract], min(maker.slice, taker.lots)
    if is_auction:
        lots = min(lots, taker.slice)
    way = 1 if taker.side == Side.BUY else -1
    contract.book.trade_count += 1
    contract.last = price
    contract.history.record(house.now_ns, price)
    house.fill_count += taker.is_liquidation
    refreshed = [order for order in (maker, taker) if take_from(house, contract, order, lots)]
    wallets = [house.wallets[order.wallet] for order in (maker, taker)]
    book_lots(contract, wallets[0], -way * lots, price)
    book_lots(contract, wallets[1], way * lots, price)
    event = tell_trade(house, maker, taker, lots, price, is_auction)
    notional = price * lots * contract.terms.tick_value
    maker_fee = charge(house, maker, notional, False, taker.is_liquidation)
    taker_fee = charge(house, taker, notional, True, taker.is_liquidation)
    remember(house, event, maker, taker, (maker_fee, taker_fee))
    for order, signed in ((maker, -way * lots), (taker, way * lots)):
        if order in refreshed:
            contract.book.remove(order)
            contract.book.insert(order)
            tell(house, EventKind.ORDER_REFRESHED, order, order.slice)
        condemn_partner(house, order)
        count_fill(house, order, signed)
    purge(house)
    for wallet in wallets:
        reclip(house, wallet, contract)


def meet_own(house, maker: Order, taker: Order) -> None:
    """Self-trade prevention, by the taker's mode (MAT-022)."""
    reason, mode = CancelReason.SELF_TRADE, taker.stp
    if mode == SelfTrade.DECREMENT:
        lots = min(maker.lots, taker.lots)
        shrink(house, maker, lots, reason)
        shrink(house, taker, lots, reason)
    if mode in (SelfTrade.CANCEL_OLDEST, SelfTrade.CANCEL_BOTH):
        drop(house, maker, reason)
    if mode in (SelfTrade.CANCEL_NEWEST, SelfTrade.CANCEL_BOTH):
        shrink(house, taker, taker.lots, reason)
    purge(house)


def sweep(house, contract: Contract, taker: Order) -> tuple[list[int], bool]:
    """Match as far as limit and band go; the trades' prices, and whether the band stopped it."""
    prices, band = [], contract.history.band(house.now_ns)
    while taker.lots > 0:
        maker = next(contract.book.matchable(taker.side, taker.price), None)
        if maker is None:
            break
        if band and not band[0] <= maker.price <= band[1]:
            return prices, True
        if maker.owner == taker.owner:
            meet_own(house, maker, taker)
        else:
            prices.append(maker.price)
            fill(house, maker, taker, maker.price)
    return prices, False


def trade(house, taker: Order) -> None:
    """Match an order that is not resting; what is left rests, or is cancelled."""
    contract = house.contracts[taker.contract]
    prices: list[int] = []
    is_stopped = False
    house.in_hand = taker
    if contract.is_trading:
        prices, is_stopped = sweep(house, contract, taker)
    if taker.lots > 0:
        if taker.tif in RESTING:
            rest(house, taker)
        else:
            reason = CancelReason.VOLATILITY if is_stopped else CancelReason.NOT_RESTING
            shrink(house, taker, taker.lots, reason)
    house.in_hand = None
    purge(house)
    if is_stopped:
        pause(house, contract)
    observe_last(house, contract, prices)


def restrict_orders(house, wallet: Wallet) -> None:
    """Section 6.1: what reduces becomes reduce-only, the rest is cancelled."""
    for order in wallet.newest_first():
        if order.is_reduce_only or not is_live(house, order):
            continue
        contract = house.contracts[order.contract]
        lots = wallet.positions[order.contract].lots
        if lots == 0 or (lots > 0) != (order.side == Side.SELL):
            drop(house, order, CancelReason.LAPSED)
            purge(house)
            continue
        open_lots = order.lots
        resize(wallet, order, 0, contract)
        order.flags |= OrderFlag.REDUCE_ONLY
        order.lots = open_lots
        if open_lots > abs(lots) and not order.wait:
            shrink(house, order, open_lots - abs(lots), CancelReason.LAPSED)
        tell(house, EventKind.ORDER_AMENDED, order, order.lots)
