"""Money and assets of clients, in, out and between wallets: docs/gate.md section 4."""

from hkperp_engine.codes import AssetKind, HouseWallet, InvestorClass, Posting, Reject
from reference import margin, rates
from reference.assets import Asset
from reference.requests import (
    asset_of,
    check_account,
    check_amount,
    check_holding,
    client_of,
    require,
)
from reference.rows import Command
from reference.state import Wallet
from reference.whole import mdf

EXTERNAL, UNCLEARED = HouseWallet.EXTERNAL, HouseWallet.UNCLEARED
OUTSIDE = (EXTERNAL, HouseWallet.CONVERSION)


# --- in ---


def check_asset(asset: Asset) -> None:
    """Kind, licence, peg of an asset that is to be paid in."""
    require(asset.terms.kind != AssetKind.INELIGIBLE, Reject.COLL_TYPE_INELIGIBLE)
    is_bank = asset.terms.kind == AssetKind.TOKENISED_DEPOSIT
    reject = Reject.COLL_BANK_INELIGIBLE if is_bank else Reject.COLL_ISSUER_UNLICENSED
    require(bool(asset.is_licensed), reject)
    require(not asset.is_depegged, Reject.COLL_DEPEGGED)


def pool_value(house, assets: list[Asset], added: Asset, amount: int) -> int:
    """What all units of a set in the house are worth, with `amount` units more of one."""
    total = 0
    for asset in assets:
        units = -sum(house.wallets[number].units(asset.number) for number in OUTSIDE)
        total += asset.value(units + (amount if asset is added else 0))
    return total


def client_value(house, assets: list[Asset], wallet: Wallet, added: Asset, amount: int) -> int:
    """What the account has and awaits of a set, with `amount` units more in one wallet."""
    total = 0
    for each in house.wallets_of(wallet.account):
        for asset in assets:
            units = each.units(asset.number) + each.uncleared[asset.number]
            is_here = each is wallet and asset is added
            total += asset.value(units + (amount if is_here else 0))
    return total


def check_concentration(house, wallet: Wallet, asset: Asset, amount: int) -> None:
    """GAT-036."""
    for limit in house.limits:
        assets = [each for each in house.assets if each.terms.name in limit.assets]
        if asset not in assets:
            continue
        if limit.pool_cap_quote:
            value = pool_value(house, assets, asset, amount)
            require(value <= limit.pool_cap_quote, Reject.COLL_CONCENTRATION)
        if limit.client_cap_quote:
            value = client_value(house, assets, wallet, asset, amount)
            require(value <= limit.client_cap_quote, Reject.COLL_CONCENTRATION)


def await_units(house, wallet: Wallet, asset: int, units: int) -> None:
    """Units come in that are not final yet."""
    house.post(Posting.DEPOSIT_UNCLEARED, asset, EXTERNAL, UNCLEARED, units, wallet.number)
    wallet.uncleared[asset] += units


def deposit(house, command: Command) -> None:
    """GAT-034."""
    wallet, asset = client_of(house, command.wallet), asset_of(house, command.target)
    check_amount(command.amount)
    require(command.flags in (0, 1), Reject.STATE_INVALID)
    require(wallet.investor_class != InvestorClass.NONE, Reject.ELIG_NOT_PI)
    check_asset(asset)
    check_concentration(house, wallet, asset, command.amount)
    check_account(house, wallet, asset.number, command.amount)
    if command.flags == 1 or not asset.is_settling(house.now_ns):
        await_units(house, wallet, asset.number, command.amount)
    else:
        house.post(Posting.DEPOSIT, asset.number, EXTERNAL, wallet.number, command.amount)


def clear_deposit(house, command: Command) -> None:
    """GAT-035: what was awaited has come, or has gone back."""
    wallet, asset = client_of(house, command.wallet), asset_of(house, command.target)
    units = command.amount
    check_amount(units)
    require(command.flags in (0, 1), Reject.STATE_INVALID)
    require(units <= wallet.uncleared[asset.number], Reject.DEPOSIT_UNKNOWN)
    if command.flags == 0:
        code, taker = Posting.DEPOSIT_CLEARED, wallet.number
    else:
        code, taker = Posting.DEPOSIT_RETURNED, EXTERNAL
    wallet.uncleared[asset.number] -= units
    house.post(code, asset.number, UNCLEARED, taker, units, wallet.number)


# --- out, and between wallets ---


def check_leave(house, wallet: Wallet, asset: Asset, units: int) -> None:
    """SEG_BREAK, NOCR_WITHDRAWAL_REFUSED: units leave the wallet."""
    require(not asset.is_broken, Reject.SEG_BREAK)
    held = wallet.units(asset.number)
    require(units <= held, Reject.NOCR_WITHDRAWAL_REFUSED)
    drop = units
    if asset.number:
        drop = asset.recognised(held) - asset.recognised(held - units)
    funding = sum(
        rates.payment(
            position.lots, contract.mark, contract.terms.tick_value, contract.rates.rate_ppb
        )
        for contract, position in margin.legs(house, wallet)
    )
    locked = max(margin.requirement(house, wallet), margin.maintenance(house, wallet))
    free = margin.equity_settled(house, wallet) - locked - max(0, -funding)
    require(drop <= free, Reject.NOCR_WITHDRAWAL_REFUSED)


def withdraw(house, command: Command) -> None:
    """GAT-037."""
    wallet, asset = client_of(house, command.wallet), asset_of(house, command.target)
    check_amount(command.amount)
    check_leave(house, wallet, asset, command.amount)
    house.post(Posting.WITHDRAWAL, asset.number, wallet.number, EXTERNAL, command.amount)


def transfer(house, command: Command) -> None:
    """GAT-004: units from one wallet of an account to another."""
    giver, taker = client_of(house, command.wallet), client_of(house, command.target)
    is_pair = giver is not taker and giver.account == taker.account
    require(is_pair, Reject.WALLET_UNKNOWN)
    asset = asset_of(house, command.contract)
    check_amount(command.amount)
    check_leave(house, giver, asset, command.amount)
    check_holding(taker, asset.number, command.amount)
    house.post(Posting.TRANSFER, asset.number, giver.number, taker.number, command.amount)


def redeem(house, command: Command) -> None:
    """GAT-038: back to the issuer at par; the cash is awaited."""
    wallet, asset = client_of(house, command.wallet), asset_of(house, command.target, lowest=1)
    units = command.amount
    check_amount(units)
    require(asset.terms.par_ppb > 0, Reject.STATE_INVALID)
    require(bool(asset.is_convertible), Reject.COLL_REDEMPTION_CLOSED)
    check_leave(house, wallet, asset, units)
    proceeds = mdf(units, asset.terms.par_ppb)
    check_account(house, wallet, 0, proceeds)
    house.post(Posting.REDEMPTION, asset.number, wallet.number, EXTERNAL, units)
    await_units(house, wallet, 0, proceeds)
