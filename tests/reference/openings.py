"""Opening trades: positions that a venue begins with (docs/machine.md section 3)."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import Reject
from reference import margin
from reference.admission import check_market
from reference.booking import book_lots
from reference.limits import is_inside
from reference.requests import check_lots, check_price, client_of, contract_of, require
from reference.rows import Command
from reference.state import Contract, Refused, Wallet
from reference.trading import reclip


def opening_trade(house, command: Command) -> None:
    contract = contract_of(house, command)
    buyer = client_of(house, command.wallet)
    seller = client_of(house, command.target)
    require(buyer is not seller, Reject.WALLET_UNKNOWN)
    check_price(contract, command.price_ticks)
    check_lots(contract, command.lots)
    check_market(contract)
    require(contract.mark > 0, Reject.NO_MARK_PRICE)
    require(contract.book.trade_count == 0, Reject.OPENING_IS_OVER)
    for wallet in (buyer, seller):
        reject = margin.restriction(house, wallet, contract)
        require(reject == Reject.NONE, reject)
    check_opening_limits(house, contract, buyer, seller, command.lots)
    saved = [(wallet, wallet.pending, save(wallet, contract)) for wallet in (buyer, seller)]
    open_interest = contract.open_interest
    book_lots(contract, buyer, command.lots, command.price_ticks)
    book_lots(contract, seller, -command.lots, command.price_ticks)
    try:
        check_opened(house, buyer, seller)
    except Refused:
        contract.open_interest = open_interest
        for each, pending, parts in saved:
            position = each.positions[contract.number]
            each.pending = pending
            position.lots, position.cost, position.entry_cost = parts
        raise
    house.emit(
        EventKind.OPENING_TRADE,
        contract=contract.number,
        wallet=buyer.number,
        counter_wallet=seller.number,
        price_ticks=command.price_ticks,
        lots=command.lots,
        amount=contract.terms_hash,
    )
    reclip(house, buyer, contract)
    reclip(house, seller, contract)


def save(wallet: Wallet, contract: Contract) -> tuple[int, int, int]:
    """What a booking changes in a position."""
    position = wallet.positions[contract.number]
    return position.lots, position.cost, position.entry_cost


def check_opened(house, buyer: Wallet, seller: Wallet) -> None:
    """With both booked: LIM_CLIENT_EXPOSURE of either account, then MRG_INSUFFICIENT of either."""
    for wallet in (buyer, seller):
        is_inside = margin.exposure(house, wallet) <= wallet.exposure_cap
        require(is_inside or not wallet.exposure_cap, Reject.LIM_CLIENT_EXPOSURE)
    for wallet in (buyer, seller):
        is_covered = margin.requirement(house, wallet) <= margin.equity_for_new_risk(house, wallet)
        require(is_covered, Reject.MRG_INSUFFICIENT)


def check_opening_limits(
    house, contract: Contract, buyer: Wallet, seller: Wallet, lots: int
) -> None:
    """LIM_POSITION of either, then LIM_OI_CAP as a buy and as a sell."""
    for wallet, way in ((buyer, 1), (seller, -1)):
        require(is_inside(house, wallet, contract, way, lots), Reject.LIM_POSITION)
    total, cap = contract.open_interest + lots, contract.oi_cap
    require(total + contract.buy_lots <= cap, Reject.LIM_OI_CAP)
    require(total + contract.sell_lots <= cap, Reject.LIM_OI_CAP)
