"""The words of a scenario for standing, products and the vault: what becomes of each."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bad_input import CORPUS
from hkperp.config import Concentration, Config, MonitorRules
from hkperp.edge.machine_memory import Machine
from hkperp.letters.notices import notices
from hkperp.quantities import Time
from hkperp.replay import population
from hkperp.replay.flow import chunks
from hkperp.replay.runner import terms_of
from hkperp.replay.timeline import opening_rows, source_rows, timeline_rows
from hkperp.reports.decisions import Reader
from hkperp.reports.figures import Run, pack_result
from hkperp.reports.journal import LogWriter
from hkperp.reports.results import HAPPENED, PackResult
from hkperp.reports.run_folder import LOG_NAME, RunRecord, Standing
from hkperp.reports.summary_gate import gate_lines
from hkperp.reports.tally import Blocks, Tally
from hkperp.scenario.expectations import judge
from hkperp.scenario.gate import ReferenceRecord
from hkperp.scenario.price_path import market_steps
from hkperp.scenario.reader import load, loads
from hkperp.scenario.reference import status_of
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import (
    AccountFlag,
    Command,
    Event,
    HouseWallet,
    InvestorClass,
    ReferenceStatus,
)
from hkperp_engine.errors import ScenarioError
from hkperp_engine.units import NS_PER_HOUR, NS_PER_MINUTE, PPB

GATE = CORPUS / "good" / "gate.yaml"
HKD = 1_000_000


@pytest.fixture(scope="module")
def gate() -> Scenario:
    return load(GATE)


@pytest.fixture(scope="module")
def config(gate: Scenario) -> Config:
    return config_of(gate, gate.packs[0])


def changed(*pairs: tuple[str, str]) -> Scenario:
    """The scenario with texts replaced, each found once."""
    text = GATE.read_text()
    for old, new in pairs:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return loads(text.encode())


class Done(NamedTuple):
    """A run of the machine: itself, its events, the fold, the figures."""

    machine: Machine
    events: np.ndarray
    tally: Tally
    result: PackResult


@pytest.fixture(scope="module")
def done(gate: Scenario, config: Config) -> Done:
    pack, table = gate.packs[0], population.accounts(gate)
    machine, tally = Machine(config, table), Tally(config, HouseWallet.CLIENTS + len(table))
    seen: list[np.ndarray] = []
    blocks, commands = Blocks(tally.add, lambda rows: seen.append(rows.copy())), 0
    for chunk in chunks(gate, pack, config):
        machine.feed(chunk, blocks)
        commands += len(chunk)
    blocks.flush()
    run = Run(
        pack=pack.name,
        label=pack.label,
        config=config,
        accounts=len(table),
        commands=commands,
        open_interest=[0, 0],
        name_of=lambda wallet: population.account_name(gate, wallet),
    )
    result = pack_result(run, tally, tally.finish())
    return Done(machine, np.concatenate(seen), tally, result)


def test_every_expectation_holds(gate: Scenario, config: Config, done: Done) -> None:
    """What the file expects of each rule is what comes out of the machine."""
    result, tally = done.result, done.tally
    failures = judge(gate, gate.packs[0].name, result.figures())
    assert [failure.message for failure in failures] == []
    kinds = range(Event.PRODUCT_STATE, Event.MARGIN_NOTICE)
    of_gate = {name for name, kind in HAPPENED.items() if kind in kinds}
    assert set(result.happened) == of_gate
    # The fold saw what the machine holds.
    state = done.machine.state
    assert (tally.positions.reshape(-1) == state.positions["lots"]).all()
    awaited = state.uncleared.reshape(-1, len(config.assets)).sum(axis=0)
    assert [each.awaited_quote for each in result.assets] == awaited.tolist()
    assert [each.haircut_ppb for each in result.assets] == state.assets["haircut_ppb"].tolist()


def notices_of(gate: Scenario, done: Done, account: str, folder: Path) -> list[str]:
    """What the letter to an account says was done."""
    with LogWriter(folder / LOG_NAME, "five-times", "0" * 64) as log:
        log.append(done.events)
    record = RunRecord(
        folder=folder,
        name="gate",
        currency="HKD",
        packs=(),
        contracts=terms_of(gate),
        assets=tuple(each.name for each in gate.assets),
        participants=tuple(population.names(gate)),
        populations=(),
        standing=tuple(Standing(**each) for each in population.standings(gate)),
    )
    wallet = record.wallet_of(account)
    assert wallet is not None
    return [each.text for each in notices(Reader(folder / LOG_NAME), record, wallet)]


def test_what_is_told_of_money_and_standing(gate: Scenario, done: Done, tmp_path: Path) -> None:
    """Each movement of the vault has a sentence, with the rule that it follows."""
    for account, wanted in (
        (
            "bob",
            [
                "the exposure limit is 20,000.00 now (ELIG-05)",
                "300,000.00 COIN awaited: it counts when it is final (NOCR-03)",
                "100,000.00 COIN awaited before is final and counts (NOCR-03)",
                "50,000.00 COIN awaited before went back to the sender (NOCR-03)",
                "7,000.00 BANK awaited: it counts when it is final (NOCR-03)",
                "credit of 9,000.00 COIN taken back: no money came for it (SEG-02)",
                "the exposure limit was taken away (ELIG-05)",
                "position of -100 CO-PERP closed at the final price 100.00 (PROD-05)",
            ],
        ),
        (
            "alice",
            [
                "100,000.00 HKD moved to alice:CO-PERP (MRG-13)",
                "1,000.00 COIN given back to the issuer, who pays par later (MRG-04)",
            ],
        ),
        ("alice:CO-PERP", ["100,000.00 HKD moved from alice (MRG-13)"]),
    ):
        told = notices_of(gate, done, account, tmp_path)
        places = [told.index(text) for text in wanted]
        assert places == sorted(places), told


def test_what_a_summary_says(done: Done) -> None:
    lines = dict(gate_lines([done.result]))
    assert lines["steps of products"] == [("5", "")]
    assert lines["  delisted"] == [("1", "")]
    assert lines["  a source not used"] == [("1", "")]
    assert lines["COIN awaited"] == [("150,000.00", "")]
    assert lines["COIN haircut"] == [("2.00%", "depegged")]
    assert lines["credits taken back"] == [("9,000.00", "")]


def test_settings_of_assets_and_limits(config: Config) -> None:
    """GAT-031, 032, 034, 036: words into units; what is left out is off."""
    hkd, coin, bank = config.assets
    assert (hkd.depeg_ppb, hkd.grace_ns, hkd.open_ns, hkd.close_ns) == (0, 2**61, 0, 0)
    assert (coin.depeg_ppb, coin.depeg_ns) == (970_000_000, 2 * NS_PER_MINUTE)
    assert coin.grace_ns == 5 * NS_PER_MINUTE
    assert (bank.open_ns, bank.close_ns) == (NS_PER_HOUR, 8 * NS_PER_HOUR)
    (limit,) = config.limits
    assert limit.assets == ("COIN",)
    assert (limit.pool_cap_quote, limit.client_cap_quote) == (1_500_000 * HKD, 600_000 * HKD)


def test_settings_of_contracts(config: Config) -> None:
    """GAT-050 to 053, 061, 062: words into units; what is left out is off."""
    first, second = config.contracts
    assert first.class_floors_ppb == (0, 0, 0, 0, 200_000_000, 0)
    assert first.concentration == Concentration(
        addon_ppb=100_000_000,
        floor_quote=500_000 * HKD,
        oi_share_ppb=PPB // 2,
        depth_share_ppb=PPB // 2,
    )
    assert first.monitor.mask == 31
    assert first.funding.rate_step_ppb == 1_000_000
    assert (second.class_floors_ppb, second.concentration) == ((), Concentration())
    assert (second.monitor, second.funding.rate_step_ppb) == (MonitorRules(), 0)
    assert (config.house.counts_gains, config.house.agreement_version) == (False, 3)


@pytest.mark.parametrize(
    ("cap", "floor_ppb"),
    [("5", 200_000_000), ("3", 333_333_334), ("12.5", 80_000_000), ("7", 142_857_143)],
)
def test_a_leverage_cap_is_turned_over_and_rounded_up(cap: str, floor_ppb: int) -> None:
    """MRG-10: never a unit of leverage more than the cap."""
    scenario = changed(("leverage_max: {IND_PI: 5}", f"leverage_max: {{TRUST_PI: {cap}}}"))
    floors = config_of(scenario, scenario.packs[0]).contracts[0].class_floors_ppb
    assert floors == (0, 0, 0, floor_ppb, 0, 0)


def test_accounts(gate: Scenario) -> None:
    """GAT-001, 010: an isolated wallet behind its account; class and date from evidence."""
    table = population.accounts(gate)
    assert population.names(gate) == ["alice", "alice:CO-PERP", "bob", "desk", "afmm", "vehicle"]
    assert table["isolated_contract"].tolist() == [-1, 0, -1, -1, -1, -1]
    assert table["owner"].tolist() == [16, 16, 18, 19, 20, 21]
    assert table["investor_class"].tolist()[:2] == [InvestorClass.IND_PI] * 2
    # The statement of 2026-02-01 is good for twelve months, to the end of that day in Hong Kong.
    end = Time.parse("2027-02-01T16:00Z") - 1
    assert table["valid_until_ns"].tolist()[:2] == [end, end]
    # USD 1,100,000 prove HKD 8,580,000; the vehicle proves nothing.
    assert table[5].item()[:3] == (InvestorClass.NONE, 3, 0)
    company = AccountFlag.GROUP_COMPANY | 3
    papers = AccountFlag.AFMM_NOTIFICATION | AccountFlag.AFMM_REPORT | AccountFlag.AFMM_DECLARATION
    assert table["account_flags"].tolist() == [3, 3, 3, company, papers | 3, 3]
    for wallet, name in enumerate(population.names(gate), 16):
        assert population.wallet_of(gate, name) == wallet
        assert population.account_name(gate, wallet) == name


def test_exposure_limits_are_set_before_anybody_trades(gate: Scenario, config: Config) -> None:
    """ELIG-05: `exposure_max` becomes a command of the opening, after the deposits."""
    steps = market_steps(gate)
    found = population.opening(gate, gate.packs[0], config, steps)
    rows = opening_rows(gate, gate.packs[0], found, steps)
    last = rows[-1]
    assert last["kind"] == Command.EXPOSURE_LIMIT
    assert (last["wallet"], last["amount"]) == (18, 20_000 * HKD)
    assert Command.EXPOSURE_LIMIT not in rows["kind"][:-1]


def test_a_crossed_source_shows_a_bid_above_its_ask(gate: Scenario) -> None:
    """GAT-060: two sides while the fault lasts, one price before and after."""
    steps = market_steps(gate)
    shown = [source_rows(steps, step)[3] for step in (1, 2, 3)]
    assert [(int(row["price_ticks"]), int(row["lots"])) for row in shown] == [
        (1_000, 0),
        (1_001, 1_000),
        (1_000, 0),
    ]


#: Verb by verb: the columns that docs/gate.md gives it, besides time and kind.
ROWS = [
    (Command.TRANSFER, {"wallet": 16, "target": 17, "contract": 0, "amount": 100_000 * HKD}),
    (Command.CLEAR_DEPOSIT, {"wallet": 18, "target": 1, "amount": 100_000 * HKD, "flags": 0}),
    (Command.REDEEM, {"wallet": 16, "target": 1, "amount": 1_000 * HKD}),
    (Command.RECONCILE, {"wallet": 0, "target": 1, "amount": 590_000 * HKD}),
    (Command.REVERSE_DEPOSIT, {"wallet": 18, "target": 1, "amount": 9_000 * HKD}),
    (Command.ASSET_HAIRCUT, {"target": 2, "amount": 50_000_000}),
    (Command.ASSET_STATE, {"target": 2, "flags": 7}),
    (Command.PRODUCT_STATE, {"contract": 1, "side": 1}),
    (Command.REFERENCE_STATUS, {"contract": 1, "side": 0}),
    (Command.MARGIN_ADDON, {"contract": 0, "amount": 20_000_000, "price_ticks": 10_000_000}),
    (Command.PUBLISH_AGREEMENT, {"amount": 4}),
    (Command.ACKNOWLEDGE, {"wallet": 16, "amount": 4}),
    (Command.EXPOSURE_LIMIT, {"wallet": 18, "amount": 0}),
    (Command.ACCOUNT_STATUS, {"wallet": 19, "side": 2, "flags": 0, "target": 128 + 4 + 3}),
]


@pytest.mark.parametrize(("kind", "columns"), ROWS, ids=[kind.name for kind, _ in ROWS])
def test_verbs_become_rows(gate: Scenario, kind: Command, columns: dict[str, int]) -> None:
    rows = timeline_rows(gate)
    row = rows[np.flatnonzero(rows["kind"] == kind)[0]]
    assert {name: int(row[name]) for name in columns} == columns


def test_deposits_that_are_not_final(gate: Scenario) -> None:
    """NOCR-03: flag 1 of a deposit waits; flag 1 of CLEAR_DEPOSIT sends it back."""
    rows = timeline_rows(gate)
    assert rows["flags"][rows["kind"] == Command.DEPOSIT].tolist() == [1, 0, 0, 0]
    assert rows["flags"][rows["kind"] == Command.CLEAR_DEPOSIT].tolist() == [0, 1]


START = Time.parse("2026-03-02T08:00Z")


def reference(gate: Scenario) -> ReferenceRecord:
    found = gate.contracts[1].reference
    assert found is not None
    return found


def test_an_index_needs_all_nineteen_principles(gate: Scenario) -> None:
    """REF-05: the 19th makes the attestation valid; a year later it is too old."""
    assert status_of(reference(gate), START) == ReferenceStatus.INDEX_NOT_IOSCO
    whole = reference(changed(("{first: 1, last: 18,", "{first: 1, last: 19,")))
    assert status_of(whole, START) == ReferenceStatus.ELIGIBLE
    assert status_of(whole, Time.parse("2027-01-16T00:00Z")) == ReferenceStatus.INDEX_NOT_IOSCO


def test_an_index_needs_constituents_that_pass(gate: Scenario) -> None:
    """REF-01, REF-03: of one asset only one provider is left, so the index is not eligible."""
    scenario = changed(
        ("{first: 1, last: 18,", "{first: 1, last: 19,"),
        ("provider: B, provider_group: b}", "provider: A, provider_group: a}"),
    )
    assert status_of(reference(scenario), START) == ReferenceStatus.INDEX_NOT_IOSCO


def test_a_pack_keeps_to_its_regime() -> None:
    """The pack of this file allows 10x: not under the bounds of the Hong Kong pack."""
    label = "    label: design default, 5x\n"
    small = (CORPUS / "good" / "small.yaml").read_text()
    small = small.replace(label, label + "    regime: hk-sfc-2026-02-11\n")
    with pytest.raises(
        ScenarioError, match=r"assets\[1\]\.depeg\.below: depeg price 0 is below 0.98"
    ):
        loads(small.encode())
    coin = "conversion_haircut: 0.1%, convertible: true, licensed: true"
    kept = loads(small.replace(coin, coin + ", depeg: {below: 0.98, for: 15m}").encode())
    assert kept.packs[0].regime == "hk-sfc-2026-02-11"
    with pytest.raises(ScenarioError, match="leverage 10x is above 5x"):
        changed((label, label + "    regime: hk-sfc-2026-02-11\n"))


def test_members_of_a_floored_class_pay_in_the_floor() -> None:
    """MRG-10: nobody opens below its own initial margin, whatever the leverage of the mix."""
    text = (CORPUS / "good" / "small.yaml").read_text()
    old = "        buffer: 5%\n"
    assert text.count(old) == 1
    scenario = loads(text.replace(old, old + "        leverage_max: {IND_PI: 2}\n").encode())
    settings, steps = config_of(scenario, scenario.packs[0]), market_steps(scenario)
    contract = settings.contracts[0]
    crowd = population.members(scenario, 0)
    deposits = population.opening(scenario, scenario.packs[0], settings, steps).deposits
    classes = population.accounts(scenario)["investor_class"][crowd.first - 16 :]
    for place, lots in enumerate(np.abs(crowd.lots).tolist()):
        mine = deposits[deposits[:, 0] == crowd.first + place]
        # The coin counts for 98 % of what it is.
        value = sum(int(a) * (98 if asset else 100) // 100 for _, asset, a in mine.tolist())
        notional = lots * steps.path_ticks[0][0] * contract.tick_value
        least = notional // 2 if classes[place] == InvestorClass.IND_PI else notional // 5
        assert value >= least, (place, value, least)
