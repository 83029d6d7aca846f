"""Commands of docs/default.md: declaration, backstops, the house's money, a failed issuer."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, Posting, Reject
from reference.assets import Asset
from reference.custody import tell_haircut, tell_state
from reference.limits import FUND
from reference.requests import asset_of, check_amount, client_of, contract_of, require
from reference.rows import Command
from reference.whole import PPB, mdf

BACKSTOPS_MAX = 16
EXTERNAL, UNCLEARED = HouseWallet.EXTERNAL, HouseWallet.UNCLEARED
WITHDRAWABLE = (HouseWallet.FEES, HouseWallet.ERROR)


def declare_default(house, command: Command) -> None:
    """DFT-002: the next margin test takes the wallet over."""
    wallet = client_of(house, command.wallet)
    is_open = wallet.has_lots or wallet.pending < 0
    require(is_open and not wallet.is_declared, Reject.STATE_INVALID)
    wallet.is_declared = True
    house.emit(EventKind.DEFAULT_DECLARED, wallet=wallet.number)


def set_backstop(house, command: Command) -> None:
    """DFT-021: the share of a leg that a provider takes; 0 ends it and frees its place."""
    wallet = client_of(house, command.wallet)
    contract, share_ppb = contract_of(house, command), command.amount
    require(0 <= share_ppb <= PPB, Reject.AMOUNT_INVALID)
    providers = contract.backstops
    is_more = share_ppb > 0 and wallet.number not in providers
    require(not is_more or len(providers) < BACKSTOPS_MAX, Reject.LIM_BACKSTOPS)
    if share_ppb:
        providers[wallet.number] = share_ppb
    else:
        providers.pop(wallet.number, None)
    house.emit(
        EventKind.BACKSTOP_SET,
        contract=contract.number,
        wallet=wallet.number,
        amount=share_ppb,
    )


def house_withdraw(house, command: Command) -> None:
    """DFT-035: a layer of the waterfall is never debited but for a loss."""
    require(command.target in WITHDRAWABLE + FUND, Reject.WALLET_UNKNOWN)
    check_amount(command.amount)
    require(command.target not in FUND, Reject.RSV_UNAUTHORISED)
    payer = house.wallets[command.target]
    held = 0
    if command.target == HouseWallet.FEES:
        held = sum(
            trade.maker_fee + trade.taker_fee
            for trade in house.trades.values()
            if trade.cycle == house.cycle_count and not trade.is_liquidation
        )
    require(command.amount <= payer.cash - held, Reject.ERROR_ACCOUNT_SHORT)
    house.post(Posting.HOUSE_WITHDRAWAL, 0, payer.number, EXTERNAL, command.amount)


def issuer_default(house, command: Command) -> None:
    """DFT-036: each holder bears its own, and gets what is recovered of par."""
    asset, recovered_ppb = asset_of(house, command.target, lowest=1), command.amount
    require(0 <= recovered_ppb <= PPB, Reject.AMOUNT_INVALID)
    is_sound = asset.terms.par_ppb > 0 and not asset.has_defaulted
    require(is_sound, Reject.STATE_INVALID)
    asset.fail(house.now_ns)
    tell_state(house, asset)
    tell_haircut(house, asset)
    paid_ppb = mdf(asset.terms.par_ppb, recovered_ppb)
    for number in house.wallets:
        if number >= HouseWallet.SETTLEMENT and number != UNCLEARED:
            units = house.wallets[number].units(asset.number)
            write_off(house, asset, number, number, units, paid_ppb)
    for number, wallet in house.wallets.items():
        units, wallet.uncleared[asset.number] = wallet.uncleared[asset.number], 0
        write_off(house, asset, UNCLEARED, number, units, paid_ppb)


def write_off(house, asset: Asset, pool: int, holder: int, units: int, paid_ppb: int) -> None:
    """Take units out of where they are; the holder gets what is recovered of them in cash."""
    order_id = holder if pool == UNCLEARED else 0
    house.post(Posting.ISSUER_LOSS, asset.number, pool, EXTERNAL, units, order_id)
    cash = mdf(units, paid_ppb)
    house.post(Posting.ISSUER_RECOVERY, 0, EXTERNAL, holder, cash, order_id)
