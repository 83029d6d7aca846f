"""Reduction, takeover and the layers that pay in cash: docs/machine.md sections 6.2 and 6.3."""

from hkperp_engine.codes import (
    CancelReason,
    EventFlag,
    HouseWallet,
    Layer,
    LossSharing,
    MarginState,
    Posting,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.codes import Event as EventKind
from reference import margin
from reference.book import Order
from reference.booking import waive
from reference.deleverage import deleverage
from reference.explain import explain, write_state
from reference.state import Contract, Wallet
from reference.takeover import take_leg
from reference.trading import drop_all, trade
from reference.whole import PPB, clamp, mdc, mdf

LAYERS = (
    (Layer.FIRST_LOSS, HouseWallet.FIRST_LOSS),
    (Layer.RESERVE, HouseWallet.RESERVE),
    (Layer.SECOND_TRANCHE, HouseWallet.SECOND_TRANCHE),
)


def reduce_wallet(house, wallet: Wallet) -> bool:
    """Section 6.2; True if it ended in a deleveraging of others."""
    explain(house, wallet)
    wallet.reduced_step = house.step
    drop_all(house, wallet, CancelReason.LIQUIDATION)
    tried: set[int] = set()
    is_cured = False
    while True:
        e, mm = margin.equity(house, wallet), margin.maintenance(house, wallet)
        if e < 0 or e < margin.close_out(house, mm):
            return take_over(house, wallet)
        if e >= mm or is_cured:
            return False
        found = [
            (-contract.mm(margin.value_of(contract, position)), contract.number)
            for contract, position in margin.legs(house, wallet)
            if not contract.is_frozen and contract.number not in tried
        ]
        if not found:
            return False
        contract = house.contracts[min(found)[1]]
        tried.add(contract.number)
        lots, is_cured = lots_to_close(house, wallet, contract)
        send_liquidation(house, wallet, contract, lots)


def lots_to_close(house, wallet: Wallet, contract: Contract) -> tuple[int, bool]:
    """x, and whether it cures: the fewest lots that restore the buffered initial margin."""
    held, terms = abs(wallet.positions[contract.number].lots), contract.terms
    unit = contract.mark * terms.tick_value
    e, im = margin.equity(house, wallet), margin.initial(house, wallet)
    class_ = wallet.margin_class
    other_im = im - contract.im(held * unit, class_)

    def cures(x: int) -> bool:
        target = other_im + contract.im((held - x) * unit, class_)
        fee = mdc(x * unit, terms.liquidation_fee_ppb)
        return e - fee >= target + mdc(target, terms.buffer_ppb)

    # One lot more frees at least the lowest rate, buffered, less the fee. If that is more than
    # all roundings together, curing is monotone in x and may be bisected; else try each. A class
    # floor above the tiers, the add-ons and the concentration only make it free more.
    rate = terms.tiers[0].im_ppb * (PPB + terms.buffer_ppb) - terms.liquidation_fee_ppb * PPB
    if unit * rate < 8 * PPB * PPB:
        fewest = next((x for x in range(1, held + 1) if cures(x)), None)
        return (held, False) if fewest is None else (fewest, True)
    if not cures(held):
        return held, False
    low, high = 0, held  # high cures, low does not (or is nothing)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if cures(middle) else (middle, high)
    return high, True


def send_liquidation(house, wallet: Wallet, contract: Contract, lots: int) -> None:
    """One IOC on a leg, within collar and participation."""
    terms, mark = contract.terms, contract.mark
    side = Side.SELL if wallet.positions[contract.number].lots > 0 else Side.BUY
    room = mdf(mark, terms.liquidation_collar_ppb)
    collar = clamp(mark - room if side == Side.SELL else mark + room, 1, terms.price_ticks_max)
    tighter = max if side == Side.SELL else min
    limit = tighter(margin.bankruptcy_price(house, wallet, contract), collar)
    available = sum(order.lots for order in contract.book.matchable(side, collar))
    n = min(lots, mdf(available, terms.participation_ppb))
    if n == 0:
        return
    order_id = -(house.sequence + 1)
    house.emit(
        EventKind.LIQUIDATION_ORDER,
        contract=contract.number,
        wallet=wallet.number,
        flags=EventFlag.SELL if side == Side.SELL else 0,
        order_id=order_id,
        price_ticks=limit,
        lots=n,
        amount=lots,
    )
    order = Order(
        order_id,
        wallet.number,
        contract.number,
        side,
        limit,
        n,
        TimeInForce.IOC,
        0,
        SelfTrade.CANCEL_OLDEST,
        mark,
        int(house.is_affiliate(wallet)),
        wallet.owner,
        is_liquidation=True,
    )
    trade(house, order)


def pay_layers(house, wallet: Wallet, due: int, loss_id: int) -> int:
    """Layers 2 to 4 pay what they can; returns what is left."""
    for layer, payer in LAYERS:
        amount = min(due, house.wallets[payer].cash)
        if amount > 0:
            house.post(Posting.LAYER_PAYMENT, 0, payer, wallet.number, amount, loss_id)
            house.emit(
                EventKind.ALLOCATION,
                code=layer,
                wallet=wallet.number,
                order_id=loss_id,
                amount=amount,
            )
            due -= amount
    return due


def take_over(house, wallet: Wallet) -> bool:
    """Section 6.3; True if others were deleveraged."""
    write_state(house, wallet, MarginState.TAKEN_OVER, is_always=True)
    explain(house, wallet)
    drop_all(house, wallet, CancelReason.LIQUIDATION)
    wallet.is_declared = False
    losses, is_deficient = house.loss_count, margin.equity(house, wallet) < 0
    has_deleveraged = cover_deficit(house, wallet) if is_deficient else False
    loss_id = house.loss_count if house.loss_count > losses else 0
    fee, last = 0, None
    for contract, position in margin.legs(house, wallet):
        last = contract
        fee += mdc(margin.value_of(contract, position), contract.terms.liquidation_fee_ppb)
        has_deleveraged |= take_leg(house, wallet, contract, loss_id)
    if not is_deficient and last is not None:
        room = margin.equity(house, wallet) - margin.holding_count(wallet)
        paid = max(0, min(fee, margin.payable(house, wallet), room))
        house.raise_cash(wallet, paid)
        reserve = HouseWallet.RESERVE
        house.post(Posting.LIQUIDATION_FEE, 0, wallet.number, reserve, paid)
        waive(house, wallet, last, fee - paid, 0)
    return has_deleveraged


def cover_deficit(house, wallet: Wallet) -> bool:
    """The waterfall of one wallet with E < 0; True if others were deleveraged."""
    for asset in house.convertible(wallet):
        house.convert(wallet, asset, wallet.holdings[asset.number])
    deficit = max(0, -(wallet.cash + margin.variation(house, wallet)))
    if deficit == 0:
        return False
    house.loss_count += 1
    loss_id = house.loss_count
    house.emit(EventKind.DEFAULT, wallet=wallet.number, order_id=loss_id, amount=deficit)
    left = pay_layers(house, wallet, deficit, loss_id)
    has_deleveraged = False
    if left and house.rules.loss_sharing == LossSharing.ADL:
        left, has_deleveraged = deleverage(house, wallet, loss_id, deficit, left)
    if left:
        house.deficit += left
        house.in_deficit.add(wallet.number)
    return has_deleveraged
