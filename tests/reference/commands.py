"""Money, prices and states: the other commands of docs/machine.md section 3."""

from hkperp_engine.codes import (
    AssetKind,
    HouseWallet,
    InvestorClass,
    Posting,
    Reject,
)
from hkperp_engine.codes import Event as EventKind
from reference import margin, rates
from reference.requests import check_price, client_of, contract_of, require
from reference.rows import Command
from reference.state import Asset
from reference.trading import restrict_orders

AMOUNT_MAX = 2**60
HOLDING_MAX = 2**50
EXTERNAL_MAX = 2**61
PRICE_PPB_MAX = 10**12
HOUSE_ACCOUNTS = (
    HouseWallet.FIRST_LOSS,
    HouseWallet.RESERVE,
    HouseWallet.SECOND_TRANCHE,
    HouseWallet.ERROR,
)


def asset_of(house, number: int, lowest: int = 0) -> Asset:
    require(lowest <= number < len(house.assets), Reject.ASSET_UNKNOWN)
    return house.assets[number]


def check_amount(amount: int, highest: int = AMOUNT_MAX) -> None:
    require(1 <= amount <= highest, Reject.AMOUNT_INVALID)


def check_account(house, wallet: int, asset: int, amount: int) -> None:
    """LIM_ACCOUNT: what the wallet and the whole house may hold."""
    highest = HOLDING_MAX if asset else AMOUNT_MAX
    balance = house.wallets[wallet].units(asset) + amount
    require(balance <= highest, Reject.LIM_ACCOUNT)
    outside = -house.wallets[HouseWallet.EXTERNAL].units(asset) + amount
    require(outside <= EXTERNAL_MAX, Reject.LIM_ACCOUNT)


def deposit(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    asset = asset_of(house, command.target)
    check_amount(command.amount)
    require(wallet.investor_class != InvestorClass.NONE, Reject.ELIG_NOT_PI)
    require(asset.kind != AssetKind.INELIGIBLE, Reject.COLL_TYPE_INELIGIBLE)
    require(bool(asset.is_licensed), Reject.COLL_ISSUER_UNLICENSED)
    check_account(house, wallet.number, asset.number, command.amount)
    outside = HouseWallet.EXTERNAL
    house.post(Posting.DEPOSIT, asset.number, outside, wallet.number, command.amount)


def withdraw(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    asset = asset_of(house, command.target)
    check_amount(command.amount)
    held = wallet.units(asset.number)
    require(command.amount <= held, Reject.NOCR_WITHDRAWAL_REFUSED)
    if asset.number == 0:
        drop = command.amount
    else:
        drop = asset.recognised(held) - asset.recognised(held - command.amount)
    funding = sum(
        rates.payment(
            position.lots, contract.mark, contract.terms.tick_value, contract.rates.rate_ppb
        )
        for contract, position in margin.legs(house, wallet)
    )
    locked = max(margin.requirement(house, wallet), margin.maintenance(house, wallet))
    free = margin.equity_for_new_risk(house, wallet) - locked - max(0, -funding)
    require(drop <= free, Reject.NOCR_WITHDRAWAL_REFUSED)
    outside = HouseWallet.EXTERNAL
    house.post(Posting.WITHDRAWAL, asset.number, wallet.number, outside, command.amount)


def house_deposit(house, command: Command) -> None:
    require(command.target in HOUSE_ACCOUNTS, Reject.WALLET_UNKNOWN)
    check_amount(command.amount)
    check_account(house, command.target, 0, command.amount)
    outside = HouseWallet.EXTERNAL
    house.post(Posting.HOUSE_DEPOSIT, 0, outside, command.target, command.amount)


def source_price(house, command: Command) -> None:
    contract = contract_of(house, command)
    is_source = 0 <= command.target < len(contract.terms.sources)
    require(is_source, Reject.SOURCE_UNKNOWN)
    check_price(contract, command.price_ticks)
    contract.rates.source_prices[command.target] = command.price_ticks
    contract.rates.source_times[command.target] = house.now_ns


def asset_price(house, command: Command) -> None:
    asset = asset_of(house, command.target, lowest=1)
    check_amount(command.amount, PRICE_PPB_MAX)
    asset.reprice(command.amount)
    house.emit(EventKind.ASSET_PRICE, contract=asset.number, amount=command.amount)


def asset_state(house, command: Command) -> None:
    asset = asset_of(house, command.target, lowest=1)
    require(0 <= command.flags <= 3, Reject.STATE_INVALID)
    asset.is_convertible = bool(command.flags & 1)
    asset.is_licensed = bool(command.flags & 2)
    house.emit(EventKind.ASSET_STATE, contract=asset.number, code=command.flags)


def account_status(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    affiliate = InvestorClass.AFMM
    is_valid = (
        0 <= command.side <= 5
        and 0 <= command.flags <= 7
        and command.amount >= 0
        and (command.side == affiliate) == (wallet.investor_class == affiliate)
    )
    require(is_valid, Reject.STATE_INVALID)
    wallet.investor_class, wallet.account_flags = command.side, command.flags
    wallet.valid_until_ns = command.amount
    house.emit(
        EventKind.ACCOUNT_STATUS,
        code=command.side,
        flags=command.flags,
        wallet=wallet.number,
        amount=command.amount,
    )
    if margin.own_restriction(house, wallet) != Reject.NONE:
        restrict_orders(house, wallet)
