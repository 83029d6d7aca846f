"""Money of the house, prices of the sources: docs/machine.md section 3, docs/gate.md GAT-060."""

from hkperp_engine.codes import HouseWallet, Posting, Reject
from reference.limits import update_caps
from reference.requests import (
    check_account,
    check_amount,
    check_price,
    contract_of,
    require,
)
from reference.rows import Command

HOUSE_ACCOUNTS = (
    HouseWallet.FIRST_LOSS,
    HouseWallet.RESERVE,
    HouseWallet.SECOND_TRANCHE,
    HouseWallet.ERROR,
)


def house_deposit(house, command: Command) -> None:
    require(command.target in HOUSE_ACCOUNTS, Reject.WALLET_UNKNOWN)
    check_amount(command.amount)
    check_account(house, house.wallets[command.target], 0, command.amount)
    outside = HouseWallet.EXTERNAL
    house.post(Posting.HOUSE_DEPOSIT, 0, outside, command.target, command.amount)
    update_caps(house)


def source_price(house, command: Command) -> None:
    """One price, or a bid and an ask; a source whose bid is above its ask is crossed."""
    contract = contract_of(house, command)
    source, bid, ask = command.target, command.price_ticks, command.lots
    require(0 <= source < len(contract.terms.sources), Reject.SOURCE_UNKNOWN)
    check_price(contract, bid)
    require(0 <= ask <= contract.terms.price_ticks_max, Reject.LOTS_INVALID)
    known = contract.rates
    known.source_prices[source] = (bid + ask) // 2 if ask else bid
    known.source_crossed[source] = bid > ask > 0
    known.source_times[source] = house.now_ns
