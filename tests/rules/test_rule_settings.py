"""Rules that no hand-worked vector shows: refused at load, published, or halting the machine."""

import ast
from pathlib import Path
from typing import Any

import msgspec
import pytest

import vectors
from compiled_house import CompiledHouse
from hkperp.config import Config, MonitorRules, Privilege
from hkperp.rules.proof import check_config
from hkperp_clearing.ledger import may_move
from hkperp_engine.codes import (
    Alert,
    AssetKind,
    ContractState,
    Event,
    HouseWallet,
    Posting,
    Reject,
    Side,
    SourceStatus,
)
from hkperp_engine.codes import Command as Kind
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.rules import BookRules
from hkperp_engine.units import NS_PER_DAY
from reference.rows import Command

ROOT = Path(__file__).parents[2]
PLAIN = vectors.contract(1, (0, 100_000, 50_000))
GOOD = vectors.venue(PLAIN)
A, B = vectors.A, vectors.B


def changed(config: Config, **terms: Any) -> Config:
    """The same venue with other terms of its contract."""
    (contract,) = config.contracts
    contract = msgspec.structs.replace(contract, **terms)
    return msgspec.structs.replace(config, contracts=(contract,))


def funded_every(interval_ns: int) -> Config:
    return changed(GOOD, funding=msgspec.structs.replace(PLAIN.funding, interval_ns=interval_ns))


def settled_in(kind: AssetKind) -> Config:
    cash = msgspec.structs.replace(GOOD.assets[0], kind=kind)
    return msgspec.structs.replace(GOOD, assets=(cash, *GOOD.assets[1:]))


def exempt(*privileges: Privilege) -> Config:
    rules = BookRules(rate_exempt=True)
    return msgspec.structs.replace(GOOD, orders=rules, privileges=privileges)


def owned(weight_max_ppb: int, *places: int) -> Config:
    """The operator's own market is at these places; each source has a third of the index."""
    sources = [msgspec.structs.replace(each) for each in PLAIN.sources]
    for place in places:
        sources[place] = msgspec.structs.replace(sources[place], is_own_venue=True)
    index = msgspec.structs.replace(PLAIN.index, own_weight_max_ppb=weight_max_ppb)
    return changed(GOOD, sources=tuple(sources), index=index)


TIER = PLAIN.tiers[0]
THIRD = PLAIN.sources[0].weight_ppb
# Each name begins with the rule; the refusal names the rule or its word in the catalogue.
REFUSED = {
    "PROD-01": (changed(GOOD, expiry_ns=1), "PROD_HAS_EXPIRY"),
    "PROD-02": (funded_every(NS_PER_DAY + 1_000_000), "PROD_CONVERGENCE_GT_24H"),
    "PROD-07 currency": (settled_in(AssetKind.STABLECOIN), "PROD_SETTLEMENT_ASSET_INELIGIBLE"),
    "PROD-07 inverse": (changed(GOOD, is_inverse=True), "PROD_SETTLEMENT_ASSET_INELIGIBLE"),
    "MRG-09": (
        changed(GOOD, tiers=(msgspec.structs.replace(TIER, mm_ppb=TIER.im_ppb),)),
        "MRG-09",
    ),
    "VAL-01": (changed(GOOD, methodology="RATES/1"), "VAL-01"),
    "VAL-02": (changed(GOOD, sources=PLAIN.sources[:2]), "VAL-02"),
    "VAL-03 one": (owned(THIRD - 1, 0), "VAL-03"),
    "VAL-03 two": (owned(THIRD, 0, 1), "VAL-03"),
    "LOSS-01": (changed(GOOD, waterfall="WATERFALL/1"), "LOSS-01"),
    "AFMM-04 no disclosure": (
        exempt(Privilege("rate_exempt", " ")),
        "AFMM_UNDISCLOSED_PRIVILEGE",
    ),
    "AFMM-04 no entry": (exempt(), "AFMM_UNDISCLOSED_PRIVILEGE"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_at_load(name: str) -> None:
    config, said = REFUSED[name]
    with pytest.raises(InputError) as caught:
        check_config(config)
    assert said in str(caught.value)


def test_what_is_refused_is_one_change_of_what_is_not() -> None:
    check_config(GOOD)
    check_config(funded_every(NS_PER_DAY))
    check_config(exempt(Privilege("rate_exempt", "D-1")))
    check_config(owned(THIRD, 0))
    check_config(owned(0))


def machine(config: Config = GOOD, clients: int = 2) -> CompiledHouse:
    row = (2, vectors.SOUND, vectors.FOREVER)
    rows = [(*row, number, -1, 0) for number in range(clients)]
    return CompiledHouse(config, rows)


def send(house: CompiledHouse, kind: Kind, time_ns: int = 0, **fields: int) -> list:
    fields["time_ns"] = vectors.START_NS + time_ns
    return house.apply(Command(kind=int(kind), **fields))


def test_a_debt_halts_the_machine() -> None:
    """(PROD-04, INV-04) Who does not have the money cannot pay, not even the operator."""
    fees = changed(GOOD, taker_fee_ppb=10_000_000)
    house = machine(fees)
    for wallet in (A, B):
        send(house, Kind.DEPOSIT, wallet=wallet, amount=1_000)
    show(house, 100, 100, 100)
    order = {"order_id": 1, "lots": 1, "price_ticks": 100}
    send(house, Kind.NEW_ORDER, wallet=A, side=int(Side.SELL), **order)
    order["order_id"] = 2
    events = send(house, Kind.NEW_ORDER, wallet=B, side=int(Side.BUY), **order)
    (trade,) = [event.sequence for event in events if event.kind == Event.TRADE]
    house.state.wallets[HouseWallet.FEES]["cash"] -= 1  # somebody took the fee of 1
    house.state.wallets[HouseWallet.EXTERNAL]["cash"] += 1
    with pytest.raises(InvariantBroken):
        send(house, Kind.BUST_TRADE, order_id=trade)


def test_a_cycle_that_does_not_add_up_halts() -> None:
    """(SETL-01) A gain that nobody lost leaves the settlement account short."""
    house = machine()
    send(house, Kind.DEPOSIT, wallet=A, amount=100)
    house.state.wallets[A]["pending"] -= 30
    with pytest.raises(InvariantBroken, match=r"SETL_BREAK|INV-03"):
        send(house, Kind.ADVANCE, 2 * vectors.HOUR)


def test_a_posting_stays_between_its_partitions() -> None:
    """(SEG-01) Clients' money goes to the house only as what it is posted as."""
    assert may_move(Posting.FEE, A, HouseWallet.FEES)
    assert may_move(Posting.LIQUIDATION_FEE, A, HouseWallet.RESERVE)
    for wallet in (B, HouseWallet.RESERVE, HouseWallet.EXTERNAL):
        assert not may_move(Posting.FEE, A, wallet)
    assert not may_move(Posting.COMPENSATION, A, B)
    assert not may_move(Posting.LAYER_PAYMENT, A, B)


def test_only_layers_are_funded_by_the_operator() -> None:
    """(RSV-01) The fund, the tranches and the error account; no other account of the house."""
    house = machine()
    open_to = {HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE}
    open_to.add(HouseWallet.ERROR)
    for wallet in HouseWallet:
        events = send(house, Kind.HOUSE_DEPOSIT, target=int(wallet), amount=5)
        refused = [event.code for event in events if event.kind == Event.REFUSED]
        assert refused == ([] if wallet in open_to else [Reject.WALLET_UNKNOWN]), wallet


def show(house: CompiledHouse, *prices: int, time_ns: int = 0) -> list:
    """Show prices of the sources, then a mark step; its events."""
    for source, price in enumerate(prices):
        if price:
            send(house, Kind.SOURCE_PRICE, time_ns, target=source, price_ticks=price)
    return send(house, Kind.TICK, time_ns)


def test_every_input_of_an_index_is_published() -> None:
    """(REF-06) Price, age and verdict of each source; 90 is 10 % from the median of 100."""
    house = machine()
    show(house, 100, 100, 100)
    events = show(house, 0, 101, 90, time_ns=7)
    told = [event for event in events if event.kind == Event.INDEX_SOURCE]
    used, outlying = SourceStatus.USED, SourceStatus.OUTLYING
    assert [(each.order_id, each.code, each.price_ticks, each.amount) for each in told] == [
        (0, used, 100, 7),
        (1, used, 101, 0),
        (2, outlying, 90, 0),
    ]


def test_an_anomaly_is_told_and_halts() -> None:
    """(VAL-06) Sources 4 % apart: an alert above 1 %, a halt above 3 %; both end."""
    rules = MonitorRules(
        mask=1 << Alert.DISPERSION,
        alert_dispersion_ppb=10_000_000,
        halt_dispersion_ppb=30_000_000,
    )
    house = machine(changed(GOOD, monitor=rules))
    show(house, 100, 100, 100)
    events = show(house, 98, 102, 100)
    alerts = [event for event in events if event.kind == Event.ALERT]
    assert [(each.code, each.flags, each.amount) for each in alerts] == [
        (Alert.DISPERSION, 1, 40_000_000)
    ]
    states = [event.code for event in events if event.kind == Event.CONTRACT_STATE]
    assert states == [ContractState.HALTED]
    alerts = [event for event in show(house, 100, 100, 100) if event.kind == Event.ALERT]
    assert [(each.code, each.flags) for each in alerts] == [(Alert.DISPERSION, 0)]


#: Modules of the machine that decide on money.
OF_MONEY = ("closeout", "marking", "monitor", "vault", "final_settlement", "gate", "trading")


def test_no_rule_of_money_reads_the_last_trade() -> None:
    """(VAL-05) Margin, settlement, funding, liquidation and the vault know no field of a trade."""
    folders = (ROOT / "clearing/hkperp_clearing", ROOT / "funding/hkperp_funding")
    files = [file for folder in folders for file in sorted(folder.glob("*.py"))]
    files += [ROOT / "venue/hkperp/loop" / f"{name}.py" for name in OF_MONEY]
    assert len(files) > 15, "the listing came back empty"
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            is_field = isinstance(node, ast.Constant) and isinstance(node.value, str)
            assert not (is_field and node.value in ("last_ticks", "trade_ticks")), file
