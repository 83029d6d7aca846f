"""Trades taken back, and what is paid for those that cannot be (docs/machine.md section 3)."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, Posting, Reject
from reference import margin
from reference.booking import book_lots
from reference.requests import check_account, check_amount, client_of, require
from reference.rows import Command
from reference.state import Contract, Trade, Wallet
from reference.trading import reclip


def is_covered(house, contract: Contract, trade: Trade) -> bool:
    """True if neither side would be below 0 without the trade and with its fees back."""
    gain = trade.way * trade.lots * (contract.mark - trade.price) * contract.terms.tick_value
    maker, taker = house.wallets[trade.maker], house.wallets[trade.taker]
    is_maker_covered = margin.equity(house, maker) - gain + trade.maker_fee >= 0
    return is_maker_covered and margin.equity(house, taker) + gain + trade.taker_fee >= 0


def check_room(contract: Contract, wallet: Wallet, lots: int) -> int:
    """LIM_POSITION of a wallet with `lots` more; returns by how much its long lots change."""
    position, lots_max = wallet.positions[contract.number], contract.terms.lots_max
    after = position.lots + lots
    require(max(0, after) + position.buy_lots <= lots_max, Reject.LIM_POSITION)
    require(max(0, -after) + position.sell_lots <= lots_max, Reject.LIM_POSITION)
    return max(0, after) - max(0, position.lots)


def bust_trade(house, command: Command) -> None:
    require(command.order_id in house.trades, Reject.TRADE_UNKNOWN)
    trade = house.trades[command.order_id]
    require(trade.cycle == house.cycle_count, Reject.BUST_TOO_LATE)
    contract = house.contracts[trade.contract]
    is_possible = not trade.is_liquidation and is_covered(house, contract, trade)
    require(is_possible, Reject.BUST_UNCOVERED)
    maker, taker = house.wallets[trade.maker], house.wallets[trade.taker]
    signed = trade.way * trade.lots
    longs = check_room(contract, maker, -signed) + check_room(contract, taker, signed)
    total = contract.open_interest + longs
    highest = total + max(contract.buy_lots, contract.sell_lots)
    require(highest <= contract.oi_cap, Reject.LIM_OI_CAP)
    del house.trades[command.order_id]
    house.emit(
        EventKind.TRADE_BUSTED,
        contract=contract.number,
        wallet=maker.number,
        counter_wallet=taker.number,
        order_id=command.order_id,
        price_ticks=trade.price,
        lots=trade.lots,
    )
    book_lots(contract, maker, -signed, trade.price)
    book_lots(contract, taker, signed, trade.price)
    for wallet, fee in ((maker, trade.maker_fee), (taker, trade.taker_fee)):
        fees = HouseWallet.FEES
        house.post(Posting.FEE_REFUND, 0, fees, wallet.number, fee, command.order_id)
    reclip(house, maker, contract)
    reclip(house, taker, contract)


def compensate(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    check_amount(command.amount)
    check_account(house, wallet, 0, command.amount)
    payer = HouseWallet.ERROR
    require(command.amount <= house.wallets[payer].cash, Reject.ERROR_ACCOUNT_SHORT)
    house.post(Posting.COMPENSATION, 0, payer, wallet.number, command.amount, command.order_id)
