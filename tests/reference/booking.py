"""Positions and fees of a fill: docs/machine.md section 4."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, Posting
from reference import margin
from reference.book import Order
from reference.state import Contract, Wallet
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


def charge(house, order: Order, notional: int, is_taker: bool, is_liquidation: bool) -> int:
    """Take the fee of one side of a fill, as far as the wallet can pay; waive the rest.

    Returns what was paid, ledger units.
    """
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
    return paid


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
