"""The invariants of accounts, products and the vault (docs/gate.md), asserted from scratch."""

from hkperp_engine.codes import ContractState, HouseWallet, ProductState
from hkperp_engine.codes import Event as EventKind
from reference.monitor import watched
from reference.state import THRESHOLD_OFF
from reference.steps import FINALS_KEPT
from reference.whole import PPB

#: Pairs of partitions that a posting of a type may join, as "from to" (GAT-041): client C,
#: house H, reserve R, external E. Types that are not named move money for other reasons.
PAIRS = {
    "DEPOSIT": "EC",
    "DEPOSIT_UNCLEARED": "EC",
    "DEPOSIT_CLEARED": "CC",
    "DEPOSIT_RETURNED": "CE",
    "DEPOSIT_REVERSED": "CE HE",
    "TRANSFER": "CC",
    "WITHDRAWAL": "CE",
    "REDEMPTION": "CE",
    "HOUSE_DEPOSIT": "EH ER",
    "HOUSE_WITHDRAWAL": "HE",
    "ISSUER_LOSS": "CE HE RE",
    "ISSUER_RECOVERY": "EC EH ER",
}


def check_gate(house) -> None:
    """Accounts, contracts, assets and what is awaited."""
    check_accounts(house)
    check_products(house)
    check_assets(house)
    check_pairs(house)


def check_accounts(house) -> None:
    """Wallets of an account are alike (GAT-001); an isolated one is in its contract alone."""
    for wallet in house.clients():
        cross = house.wallets[wallet.account]
        assert cross.isolated == -1 and cross.account == cross.number, wallet.number
        assert (wallet is cross) == (wallet.isolated == -1), wallet.number
        for name in "investor_class account_flags valid_until_ns owner exposure_cap".split():
            assert getattr(wallet, name) == getattr(cross, name), (wallet.number, name)
        if wallet.isolated >= 0:
            found = [number for number, each in enumerate(wallet.positions) if each.lots]
            assert set(found) <= {wallet.isolated}, ("isolated", wallet.number)
            assert all(order.contract == wallet.isolated for order in wallet.orders.values())


def check_products(house) -> None:
    """A delisted contract is over and empty; kept indices, thresholds, rates are in range."""
    for contract in house.contracts:
        finals, rules = contract.finals, contract.terms.concentration
        assert len(finals) <= FINALS_KEPT, "finals"
        assert contract.product not in (ProductState.LIVE, ProductState.DRAFT) or not finals
        if contract.product == ProductState.DELISTED:
            assert contract.state == ContractState.SETTLED, "delisted"
            assert contract.open_interest == 0, "delisted"
        assert rules.addon_ppb or contract.threshold == THRESHOLD_OFF, "threshold"
        assert contract.threshold >= rules.floor_quote, "threshold"
        assert contract.alerts & ~watched(contract) == 0, "alerts"
        rates = contract.rates_of_tiers()
        assert all(0 < mm <= im <= PPB for im, mm in rates), "rates"
        assert rates == sorted(rates), "rates"


def check_assets(house) -> None:
    """UNCLEARED holds what clients await, and nobody else awaits anything (GAT-034)."""
    pool = house.wallets[HouseWallet.UNCLEARED]
    for asset in house.assets:
        awaited = [wallet.uncleared[asset.number] for wallet in house.wallets.values()]
        assert min(awaited) >= 0, "awaited"
        assert sum(awaited) == pool.units(asset.number), ("uncleared", asset.number)
        low = asset.terms.conversion_haircut_ppb
        assert low <= asset.haircut_ppb <= PPB, "haircut"
        assert asset.is_below == (asset.price_ppb < asset.terms.depeg_ppb), "depeg"
        assert asset.below_ns <= house.now_ns and asset.unlicensed_ns <= house.now_ns
    for number in range(HouseWallet.CLIENTS):
        assert not any(house.wallets[number].uncleared), number


def partition(number: int) -> str:
    """The partition of a wallet, by its letter."""
    if number == HouseWallet.EXTERNAL:
        return "E"
    if number == HouseWallet.RESERVE:
        return "R"
    return "C" if number >= HouseWallet.CLIENTS or number == HouseWallet.UNCLEARED else "H"


def check_pairs(house) -> None:
    """Postings of the vault join partitions that they may (SEG-01)."""
    for event in house.events:
        if event.kind == EventKind.POSTING:
            pairs = PAIRS.get(event.code.name)
            pair = partition(event.wallet) + partition(event.counter_wallet)
            assert pairs is None or pair in pairs.split(), ("partition", event)
