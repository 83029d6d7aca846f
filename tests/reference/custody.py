"""What the house knows of its assets: states, prices, depegs, custody (docs/gate.md section 4)."""

from hkperp_engine.codes import AssetFlag, HouseWallet, Posting, Reject
from hkperp_engine.codes import Event as EventKind
from reference.assets import Asset
from reference.requests import asset_of, check_amount, client_of, require
from reference.rows import Command
from reference.whole import PPB

PRICE_PPB_MAX = 10**12
CUSTODY_MAX = 2**62
FLAGS_MAX = sum(AssetFlag)
NOT_IN_CUSTODY = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION, HouseWallet.UNCLEARED)


def asset_price(house, command: Command) -> None:
    asset = asset_of(house, command.target, lowest=1)
    check_amount(command.amount, PRICE_PPB_MAX)
    asset.set_price(command.amount, house.now_ns)
    house.emit(EventKind.ASSET_PRICE, contract=asset.number, amount=command.amount)


def tell_state(house, asset: Asset) -> None:
    """Event ASSET_STATE: all four flags."""
    house.emit(EventKind.ASSET_STATE, contract=asset.number, code=asset.flags)


def tell_haircut(house, asset: Asset) -> None:
    """Event ASSET_HAIRCUT."""
    house.emit(EventKind.ASSET_HAIRCUT, contract=asset.number, amount=asset.haircut_ppb)


def asset_state(house, command: Command) -> None:
    """GAT-030."""
    asset = asset_of(house, command.target, lowest=1)
    is_possible = 0 <= command.flags <= FLAGS_MAX and not asset.has_defaulted
    require(is_possible, Reject.STATE_INVALID)
    asset.set_flags(command.flags, house.now_ns)
    tell_state(house, asset)


def asset_haircut(house, command: Command) -> None:
    """GAT-033."""
    asset = asset_of(house, command.target, lowest=1)
    is_haircut = asset.terms.conversion_haircut_ppb <= command.amount <= PPB
    require(is_haircut, Reject.AMOUNT_INVALID)
    require(not asset.has_defaulted, Reject.STATE_INVALID)
    asset.set_haircut(command.amount)
    tell_haircut(house, asset)


def watch_assets(house) -> None:
    """GAT-031 and GAT-032: what a mark step begins with."""
    now_ns = house.now_ns
    for asset in house.assets[1:]:
        has_depegged = asset.is_below and now_ns - asset.below_ns >= asset.terms.depeg_ns
        if has_depegged and not asset.is_depegged:
            asset.is_depegged = True
            tell_state(house, asset)
        is_over = now_ns - asset.unlicensed_ns >= asset.terms.grace_ns
        if not asset.is_licensed and is_over and asset.haircut_ppb < PPB:
            asset.set_haircut(PPB)
            tell_haircut(house, asset)


def check_books(house) -> None:
    """The third way of the reconciliation (INV-01): longs, shorts and open interest agree."""
    for contract in house.contracts:
        lots = [wallet.positions[contract.number].lots for wallet in house.wallets.values()]
        longs = sum(each for each in lots if each > 0)
        shorts = -sum(each for each in lots if each < 0)
        assert longs == shorts == contract.open_interest, ("INV-01", contract.number)


def reconcile(house, command: Command) -> None:
    """GAT-039: what the custodian confirms, beside what the ledger says."""
    asset, custody = asset_of(house, command.target), command.amount
    require(0 <= custody <= CUSTODY_MAX, Reject.AMOUNT_INVALID)
    check_books(house)
    ledger = -sum(house.wallets[number].units(asset.number) for number in NOT_IN_CUSTODY)
    asset.break_units = ledger - custody
    asset.is_broken = ledger != custody
    if asset.is_broken:
        house.emit(
            EventKind.SEG_BREAK,
            contract=asset.number,
            order_id=ledger,
            amount=asset.break_units,
        )
    else:
        house.emit(EventKind.RECONCILED, contract=asset.number, amount=ledger)


def reverse_deposit(house, command: Command) -> None:
    """GAT-040: a credit that no money came for is taken back."""
    wallet, asset = client_of(house, command.wallet), asset_of(house, command.target)
    check_amount(command.amount)
    is_break = asset.is_broken and command.amount <= asset.break_units
    require(is_break, Reject.STATE_INVALID)
    own = min(command.amount, wallet.units(asset.number))
    missing, payer = command.amount - own, house.wallets[HouseWallet.ERROR]
    is_paid = missing == 0 or (asset.number == 0 and missing <= payer.cash)
    require(is_paid, Reject.ERROR_ACCOUNT_SHORT)
    for giver, units in ((wallet, own), (payer, missing)):
        house.post(
            Posting.DEPOSIT_REVERSED, asset.number, giver.number, HouseWallet.EXTERNAL, units
        )
    asset.break_units -= command.amount
