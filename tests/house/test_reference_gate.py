"""Gate and vault on the reference house by itself (docs/gate.md), worked by hand."""

import msgspec
import pytest

import vectors
from hkperp.config import Asset, Concentration, Config, FundingRules, Limit, MonitorRules
from hkperp_engine.codes import (
    Alert,
    AssetFlag,
    AssetKind,
    ContractState,
    Event,
    HouseWallet,
    Posting,
    ProductState,
    ReferenceStatus,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from reference import margin
from reference.checked import CheckedMachine
from reference_story import story

HOUR, SECOND = vectors.HOUR, vectors.SECOND
MILLION = 1_000_000
A, B, C = vectors.A, vectors.B, vectors.C
SMALL = ((0, 50_000, 30_000),)  # one tier, 5 % and 3 %

#: What the end of a contract must tell, in this order (GAT-021).
FINAL_EVENTS = (
    Event.PRODUCT_STATE,
    Event.CONTRACT_STATE,
    Event.ORDER_CANCELLED,
    Event.MASS_CANCELLED,
    Event.FINAL_PRICE,
    Event.FINAL_SETTLEMENT,
    Event.FINAL_SETTLEMENT,
    Event.CYCLE,
    Event.CYCLE_DONE,
)


def marks(events: list) -> list[int]:
    """The concentration thresholds that MARK events carry."""
    return [event.counter_order_id for event in events if event.kind == Event.MARK]


def test_class_floor_and_concentration() -> None:
    """GAT-050, GAT-051: 10 lots at 100 of a corporate client whose floor is 20 %."""
    concentration = Concentration(addon_ppb=100 * MILLION, floor_quote=500, oi_share_ppb=8 * 10**8)
    floors = (0, 0, 200 * MILLION, 0, 0, 0)
    terms = vectors.contract(1, *SMALL, class_floors_ppb=floors, concentration=concentration)
    made = story(vectors.venue(terms), money=249)
    assert made.machine.contract_fields(0)["threshold_quote"] == 500
    made.opening(10, Reject.MRG_INSUFFICIENT)  # 20 % of 1000, 10 % of the 500 above 500: 250
    for wallet in (A, B):
        made.do(Kind.DEPOSIT, wallet=wallet, amount=1)
    made.opening(10)
    house = made.machine.house
    assert margin.initial(house, house.wallets[A]) == 250
    assert marks(made.do(Kind.TICK)) == [800]  # 80 % of the open interest, 1000
    assert margin.initial(house, house.wallets[A]) == 200 + 20
    assert margin.maintenance(house, house.wallets[A]) == 30
    # 81 % on top of 5 % is above the floor: 860 + 20; more than 100 % in all is refused.
    made.do(Kind.MARGIN_ADDON, Reject.AMOUNT_INVALID, amount=950 * MILLION + 1)
    made.do(Kind.MARGIN_ADDON, Reject.AMOUNT_INVALID, amount=1, price_ticks=2)
    made.do(Kind.MARGIN_ADDON, amount=810 * MILLION, price_ticks=10 * MILLION)
    assert made.machine.contract_fields(0)["tiers"] == [(860 * MILLION, 40 * MILLION)]
    assert margin.initial(house, house.wallets[A]) == 880
    assert margin.maintenance(house, house.wallets[A]) == 40


@pytest.mark.parametrize(("counts_gains", "reject"), [(True, 0), (False, 410)])
def test_gains_carry_risk_only_if_the_house_says_so(counts_gains: bool, reject: int) -> None:
    """GAT-053: 1000 and a gain of 100 for 220 lots at 100, of which 5 % is 1100; GAT-037."""
    config = vectors.venue(vectors.contract(1, *SMALL))
    house = msgspec.structs.replace(config.house, counts_gains=counts_gains)
    made = story(msgspec.structs.replace(config, house=house))
    made.opening(100)
    made.quote(101)
    fields = {"wallet": A, "order_id": 1, "price_ticks": 101, "lots": 117}  # 217 * 101 * 5 %
    made.do(Kind.NEW_ORDER, Reject(reject), **fields)
    made.do(Kind.MASS_CANCEL, wallet=A, contract=-1, side=2)
    made.do(Kind.WITHDRAW, Reject.NOCR_WITHDRAWAL_REFUSED, wallet=A, amount=496)
    made.do(Kind.WITHDRAW, wallet=A, amount=495)  # 1000 - 505; the gain of 100 stays


@pytest.mark.parametrize(("samples", "used", "price"), [(12, 12, 105), (11, 0, 111)])
def test_final_price(samples: int, used: int, price: int) -> None:
    """GAT-021: 6 samples of 100 and 6 of 111 are 105 and a half; with 5 it is the last mark."""
    terms = vectors.contract(1, *SMALL)
    made = story(vectors.venue(terms))
    made.opening(10)
    made.do(Kind.PRODUCT_STATE, Reject.STATE_INVALID, side=int(ProductState.DELISTED))
    made.do(Kind.PRODUCT_STATE, side=int(ProductState.REDUCE_ONLY))
    order = {"order_id": 1, "price_ticks": 100, "lots": 1}
    made.do(Kind.NEW_ORDER, Reject.PROD_NOT_LIVE, wallet=A, **order)
    made.do(Kind.NEW_ORDER, wallet=A, side=1, **order)  # it reduces
    made.do(Kind.ADVANCE, after_ns=30 * SECOND)
    made.quote(111)
    made.do(Kind.ADVANCE, after_ns=(samples - 6) * 5 * SECOND)
    events = made.do(Kind.PRODUCT_STATE, side=int(ProductState.DELISTED))
    final = [(e.price_ticks, e.lots) for e in events if e.kind == Event.FINAL_PRICE]
    assert final == [(price, used)]
    kinds = [e.kind for e in events if e.kind in FINAL_EVENTS]
    assert kinds == list(FINAL_EVENTS), kinds
    held = [(e.wallet, e.lots) for e in events if e.kind == Event.FINAL_SETTLEMENT]
    assert held == [(A, 10), (B, -10)]
    cash = [made.machine.wallet_fields(wallet)["cash"] for wallet in (A, B)]
    assert cash == [1_000 + 10 * (price - 100), 1_000 - 10 * (price - 100)]
    assert made.machine.contract_fields(0)["state"] == ContractState.SETTLED
    events = made.do(Kind.ADVANCE, after_ns=9 * HOUR)
    assert not [event for event in events if event.kind == Event.FUNDING_RATE]


def test_reference_must_be_eligible() -> None:
    """GAT-020: nothing follows from a status by itself, but the step back to LIVE is refused."""
    made = story(vectors.venue(vectors.contract(1, *SMALL)))
    made.do(Kind.REFERENCE_STATUS, Reject.STATE_INVALID, side=3)
    made.do(Kind.REFERENCE_STATUS, side=int(ReferenceStatus.INDEX_NOT_IOSCO))
    made.do(Kind.PRODUCT_STATE, side=int(ProductState.REDUCE_ONLY))
    live = int(ProductState.LIVE)
    made.do(Kind.PRODUCT_STATE, Reject.REF_INDEX_NOT_IOSCO, side=live)
    made.do(Kind.REFERENCE_STATUS, side=int(ReferenceStatus.NOT_RETAIL))
    made.do(Kind.PRODUCT_STATE, Reject.REF_NOT_RETAIL_ELIGIBLE, side=live)
    made.do(Kind.REFERENCE_STATUS, side=int(ReferenceStatus.ELIGIBLE))
    made.do(Kind.PRODUCT_STATE, side=live)


def vault_venue(limits: tuple[Limit, ...] = ()) -> Config:
    """HKD, and a coin worth 90 % for margin that settles in the first hour of a day."""
    coin = Asset(
        name="COIN",
        kind=AssetKind.STABLECOIN,
        haircut_ppb=100 * MILLION,
        conversion_haircut_ppb=50 * MILLION,
        depeg_ppb=990 * MILLION,
        depeg_ns=10 * SECOND,
        grace_ns=20 * SECOND,
        close_ns=HOUR,
    )
    config = vectors.venue(vectors.contract(1, *SMALL))
    assets = (Asset(name="HKD", kind=AssetKind.FIAT), coin)
    return msgspec.structs.replace(config, assets=assets, limits=limits)


def test_awaited_deposits() -> None:
    """GAT-034, GAT-035, GAT-038: what is not final counts for nothing."""
    made = story(vault_venue())
    coin = {"wallet": A, "target": 1}
    made.do(Kind.DEPOSIT, Reject.STATE_INVALID, amount=1, flags=2, **coin)
    made.tell(Kind.DEPOSIT, Event.POSTING, Posting.DEPOSIT, 0, 1_000, amount=1_000, **coin)
    # The first hour of the day is over: it is awaited whatever its flag says.
    late = Posting.DEPOSIT_UNCLEARED
    made.do(Kind.ADVANCE, after_ns=HOUR)
    made.tell(Kind.DEPOSIT, Event.POSTING, late, A, 500, amount=500, **coin)
    house = made.machine.house
    assert margin.collateral(house, house.wallets[A]) == 900
    made.do(Kind.CLEAR_DEPOSIT, Reject.DEPOSIT_UNKNOWN, amount=501, **coin)
    cleared, returned = Posting.DEPOSIT_CLEARED, Posting.DEPOSIT_RETURNED
    made.tell(Kind.CLEAR_DEPOSIT, Event.POSTING, cleared, A, 200, amount=200, **coin)
    fields = {"flags": 1, **coin}
    made.tell(Kind.CLEAR_DEPOSIT, Event.POSTING, returned, A, 300, amount=300, **fields)
    assert margin.collateral(house, house.wallets[A]) == 1_080
    events = made.do(Kind.REDEEM, amount=100, **coin)
    assert [event.code for event in events] == [Posting.REDEMPTION, late]
    assert made.machine.wallet_fields(A)["uncleared"] == [100, 0]
    assert made.machine.wallet_fields(A)["balances"] == [1_100]
    made.do(Kind.ASSET_STATE, target=1, flags=int(AssetFlag.LICENSED))
    made.do(Kind.REDEEM, Reject.COLL_REDEMPTION_CLOSED, amount=1, **coin)


def test_reconciliation() -> None:
    """GAT-037, GAT-039, GAT-040: a credit that no money came for is found and taken back."""
    made = story(vault_venue(), money=100)
    made.do(Kind.HOUSE_DEPOSIT, target=int(HouseWallet.ERROR), amount=30)
    made.do(Kind.DEPOSIT, wallet=C, amount=7, flags=1)  # not held yet
    made.do(Kind.WITHDRAW, wallet=C, amount=80)
    made.tell(Kind.RECONCILE, Event.RECONCILED, 0, 0, 250, amount=250)
    made.tell(Kind.RECONCILE, Event.SEG_BREAK, 0, 250, 50, amount=200)
    made.do(Kind.WITHDRAW, Reject.SEG_BREAK, wallet=A, amount=1)
    made.do(Kind.REVERSE_DEPOSIT, Reject.STATE_INVALID, wallet=C, amount=51)
    events = made.do(Kind.REVERSE_DEPOSIT, wallet=C, amount=50)
    assert [(e.wallet, e.amount) for e in events] == [(C, 20), (HouseWallet.ERROR, 30)]
    made.do(Kind.REVERSE_DEPOSIT, Reject.STATE_INVALID, wallet=C, amount=1)
    assert made.machine.asset_fields(0)["is_broken"]
    made.tell(Kind.RECONCILE, Event.RECONCILED, 0, 0, 200, amount=200)
    made.tell(Kind.RECONCILE, Event.SEG_BREAK, 0, 200, 1, amount=199)
    made.do(Kind.REVERSE_DEPOSIT, Reject.ERROR_ACCOUNT_SHORT, wallet=C, amount=1)
    made.do(Kind.REVERSE_DEPOSIT, wallet=A, amount=1)


def test_depeg_and_revocation() -> None:
    """GAT-030 to GAT-033: 10 s below 0.99, then 20 s without a licence."""
    made = story(vault_venue())
    coin = {"wallet": A, "target": 1}
    made.do(Kind.DEPOSIT, amount=1_000, **coin)
    made.do(Kind.ASSET_PRICE, target=1, amount=989 * MILLION)
    made.do(Kind.ASSET_PRICE, target=1, amount=980 * MILLION, after_ns=SECOND)
    state = Event.ASSET_STATE
    assert not [e for e in made.do(Kind.TICK, after_ns=9 * SECOND - 1) if e.kind == state]
    made.tell(Kind.TICK, state, 1 | 2 | 4, 0, 0, after_ns=1)
    made.do(Kind.ASSET_PRICE, target=1, amount=10**9)
    made.do(Kind.DEPOSIT, Reject.COLL_DEPEGGED, amount=1, **coin)
    made.do(Kind.ASSET_STATE, target=1, flags=1)
    made.do(Kind.DEPOSIT, Reject.COLL_ISSUER_UNLICENSED, amount=1, **coin)
    made.do(Kind.ASSET_HAIRCUT, Reject.AMOUNT_INVALID, target=1, amount=50 * MILLION - 1)
    made.do(Kind.ASSET_HAIRCUT, target=1, amount=500 * MILLION)
    house = made.machine.house
    assert margin.collateral(house, house.wallets[A]) == 500
    haircut = Event.ASSET_HAIRCUT
    assert not [e for e in made.do(Kind.TICK, after_ns=20 * SECOND - 1) if e.kind == haircut]
    made.tell(Kind.TICK, haircut, 0, 0, 10**9, after_ns=1)
    assert margin.collateral(house, house.wallets[A]) == 0
    assert margin.payable(house, house.wallets[A]) == 1_000 + 950


@pytest.mark.parametrize(("pool", "client"), [(0, 900), (1_800, 0), (0, 0)])
def test_concentration_limits(pool: int, client: int) -> None:
    """GAT-036 at 0.9: 667 coins are 600 and 334 are 300, but 335 are 301; of all three wallets
    2001 are 1800, and 2002 are 1801.
    """
    limit = Limit(name="issuer", assets=("COIN",), pool_cap_quote=pool, client_cap_quote=client)
    made = story(vault_venue((limit,)), -1, 0, -1)
    made.do(Kind.DEPOSIT, wallet=C, target=1, amount=1_000 if pool else 1)
    made.do(Kind.DEPOSIT, wallet=B, target=1, amount=667, flags=1)  # awaited, and counted
    reject = Reject.COLL_CONCENTRATION if pool or client else Reject.NONE
    made.do(Kind.DEPOSIT, reject, wallet=A, target=1, amount=335)
    if reject:
        made.do(Kind.DEPOSIT, wallet=A, target=1, amount=334)


def test_accounts() -> None:
    """GAT-001 to GAT-004, GAT-012, GAT-013: A and its isolated wallet B, and C."""
    config = vectors.venue(vectors.contract(1, *SMALL))
    second = msgspec.structs.replace(config.contracts[0], name="ETH")
    config = msgspec.structs.replace(config, contracts=(config.contracts[0], second))
    made = story(config, -1, 0, -1)
    for source in range(3):
        made.do(Kind.SOURCE_PRICE, contract=1, target=source, price_ticks=100)
    made.do(Kind.TICK)
    made.do(Kind.TRANSFER, Reject.WALLET_UNKNOWN, wallet=A, target=C, amount=1)
    made.do(Kind.TRANSFER, Reject.ASSET_UNKNOWN, wallet=A, target=B, contract=9, amount=1)
    made.do(Kind.TRANSFER, Reject.NOCR_WITHDRAWAL_REFUSED, wallet=A, target=B, amount=1_001)
    made.do(Kind.TRANSFER, wallet=A, target=B, amount=300)
    assert made.machine.wallet_fields(B)["cash"] == 1_300
    order = {"price_ticks": 100, "lots": 5}
    made.do(Kind.NEW_ORDER, Reject.WALLET_ISOLATED, wallet=B, contract=1, order_id=1, **order)
    made.do(Kind.EXPOSURE_LIMIT, Reject.WALLET_UNKNOWN, wallet=B, amount=1_000)
    made.do(Kind.EXPOSURE_LIMIT, wallet=A, amount=1_000)
    made.do(Kind.NEW_ORDER, wallet=A, contract=1, order_id=1, **order)
    more = {"wallet": B, "order_id": 2, "price_ticks": 100}
    made.do(Kind.NEW_ORDER, Reject.LIM_CLIENT_EXPOSURE, lots=6, **more)
    made.do(Kind.NEW_ORDER, lots=5, **more)
    made.do(Kind.AMEND, Reject.LIM_CLIENT_EXPOSURE, lots=6, **more)
    made.do(Kind.EXPOSURE_LIMIT, wallet=A, amount=600)  # 1000 stands, 800 is still too much
    made.do(Kind.AMEND, wallet=B, order_id=2, price_ticks=99, lots=3)
    made.do(Kind.PUBLISH_AGREEMENT, Reject.STATE_INVALID, amount=1)
    made.do(Kind.PUBLISH_AGREEMENT, amount=2)
    cancelled = [e.order_id for e in made.do(Kind.TICK) if e.kind == Event.ORDER_CANCELLED]
    assert cancelled == [1, 2]
    made.do(Kind.ACKNOWLEDGE, Reject.ELIG_NO_AGREEMENT, wallet=A, amount=1)
    made.do(Kind.ACKNOWLEDGE, Reject.WALLET_UNKNOWN, wallet=B, amount=2)
    made.do(Kind.ACKNOWLEDGE, wallet=A, amount=2)
    made.do(Kind.NEW_ORDER, lots=5, **more)
    made.do(Kind.NEW_ORDER, Reject.ELIG_NO_AGREEMENT, wallet=C, order_id=3, **order)


@pytest.mark.parametrize(
    ("investor_class", "flags", "reject"),
    [
        (2, 3, Reject.NONE),
        (0, 128, Reject.ELIG_NOT_PI),
        (2, 128 | 64, Reject.ELIG_JURISDICTION),
        (2, 64, Reject.AFMM_GROUP_PROP_BAN),
        (5, 64 | 4 | 8 | 16 | 3, Reject.AFMM_NOT_PERMITTED),
        (5, 64 | 4 | 8 | 16 | 32 | 3, Reject.NONE),
        (2, 2, Reject.ELIG_NO_KNOWLEDGE),
        (2, 1, Reject.ELIG_NO_AGREEMENT),
    ],
)
def test_standing(investor_class: int, flags: int, reject: Reject) -> None:
    """GAT-011, in its order."""
    config = vectors.venue(vectors.contract(1, *SMALL))
    machine = CheckedMachine(config, [(investor_class, flags, vectors.FOREVER, 0, -1, 0)])
    house = machine.house
    assert margin.own_restriction(house, house.wallets[A]) == reject


def alerts(events: list) -> list[tuple[int, int, int]]:
    """(alert, begins, figure) of each ALERT."""
    return [(e.code, e.flags, e.amount) for e in events if e.kind == Event.ALERT]


def test_monitor() -> None:
    """GAT-060, GAT-062, GAT-063: a source far off, one crossed, a day without funding."""
    monitor = MonitorRules(
        mask=sum(1 << alert for alert in Alert),
        alert_gap_ppb=10 * MILLION,
        alert_dispersion_ppb=30 * MILLION,
        halt_dispersion_ppb=60 * MILLION,
    )
    terms = vectors.contract(1, *SMALL, monitor=monitor)
    made = story(vectors.venue(terms))
    assert made.machine.contract_fields(0)["alerts"] == 0
    made.do(Kind.SOURCE_PRICE, Reject.LOTS_INVALID, price_ticks=1, lots=4_000_001)
    # 100, 100 and floor((104 + 105) / 2) = 104: used, and 4 % apart.
    made.do(Kind.SOURCE_PRICE, target=0, price_ticks=104, lots=105)
    assert alerts(made.do(Kind.TICK)) == [(Alert.DISPERSION, 1, 40 * MILLION)]
    # Crossed: not live, so two are left, too few for an index: what was good is held.
    made.do(Kind.SOURCE_PRICE, target=0, price_ticks=105, lots=104)
    expected = [(Alert.DISPERSION, 0, 0), (Alert.SOURCES, 1, 1), (Alert.LADDER, 1, 1)]
    assert alerts(made.do(Kind.TICK)) == expected
    made.do(Kind.SOURCE_PRICE, target=0, price_ticks=107)
    events = made.do(Kind.TICK)
    assert alerts(events) == [(Alert.DISPERSION, 1, 70 * MILLION)]  # outlying, but live
    assert [e.code for e in events if e.kind == Event.CONTRACT_STATE] == [ContractState.HALTED]
    assert alerts(made.quote(100)) == [
        (Alert.DISPERSION, 0, 0),
        (Alert.SOURCES, 0, 0),
        (Alert.LADDER, 0, 0),
    ]
    made.do(Kind.ADVANCE, after_ns=24 * HOUR + 1)
    made.do(Kind.CONTRACT_STATE, side=int(ContractState.OPEN))
    made.do(Kind.SOURCE_PRICE, target=0, price_ticks=105, lots=104)
    expected = [(Alert.SOURCES, 1, 1), (Alert.LADDER, 1, 1)]  # held, so it cannot be funded
    assert alerts(made.do(Kind.TICK)) == [*expected, (Alert.CONVERGENCE, 1, 24 * HOUR + 1)]
    assert alerts(made.quote(100))[-1] == (Alert.CONVERGENCE, 0, 0)


def test_rate_step() -> None:
    """GAT-061: 0.01 % a day of interest, but at most 1,000 ppb away from the last rate."""
    rules = FundingRules(impact_notional=1_000, rate_step_ppb=1_000)
    made = story(vectors.venue(vectors.contract(1, *SMALL, funding=rules)))
    events = made.do(Kind.ADVANCE, after_ns=24 * HOUR)
    rates = [event.amount for event in events if event.kind == Event.FUNDING_RATE]
    assert rates == [1_000, 2_000, 3_000]


def test_terms_hash_is_what_trades_carry() -> None:
    """GAT-022: a number below 2^63 that changes with the terms."""
    plain, other = vectors.contract(1, *SMALL), vectors.contract(2, *SMALL)
    assert 0 <= plain.terms_hash < 2**63 and plain.terms_hash != other.terms_hash
    made = story(vectors.venue(plain))
    fields = {"price_ticks": 100, "lots": 1}
    made.do(Kind.NEW_ORDER, wallet=A, order_id=1, **fields)
    events = made.do(Kind.NEW_ORDER, wallet=B, order_id=2, side=1, **fields)
    assert [e.amount for e in events if e.kind == Event.TRADE] == [plain.terms_hash]
