"""The small scenarios: what they expect holds in the slow house, and the machine does the same."""

import json
from pathlib import Path

import numpy as np
import pytest

from crash_run import Watch
from hkperp.replay.runner import replay, terms_of
from hkperp.reports.journal import open_log
from hkperp.reports.results import HAPPENED
from hkperp.reports.run_folder import LOG_NAME
from hkperp.reports.summary import Summary, document
from hkperp.scenario.expectations import judge
from hkperp_engine.codes import CancelReason, ContractState, Event, Reject
from hkperp_engine.refusals import REJECT_RULE, REJECT_TEXT
from letters_of import letter_to
from small_runs import SMALL, Done, slow_run


@pytest.mark.parametrize("name", SMALL)
def test_expectations_hold_in_the_slow_house(name: str) -> None:
    done = slow_run(name)
    (pack,) = done.scenario.packs
    assert len(done.scenario.expect) >= 10
    assert [each.message for each in judge(done.scenario, pack.name, done.result.figures())] == []


@pytest.mark.parametrize("name", SMALL)
def test_the_fold_is_what_the_house_holds(name: str) -> None:
    """Positions follow from trades, and from trades taken back; money from postings."""
    done = slow_run(name)
    for number, wallet in done.machine.house.wallets.items():
        for contract, lots in enumerate(done.tally.positions[number].tolist()):
            assert wallet.positions[contract].lots == lots
        assert done.tally.ledger[number, 0] == wallet.cash


@pytest.mark.parametrize("name", SMALL)
def test_the_machine_does_the_same(name: str, tmp_path: Path) -> None:
    done = slow_run(name)
    outcome = replay(done.scenario, Watch(), folder=tmp_path)
    assert outcome.failures == ()
    found = open_log(tmp_path / done.scenario.packs[0].name / LOG_NAME).events
    assert len(found) == len(done.events)
    different = [k for k in Event if (found[found["kind"] == k] != kind_of(done, k)).any()]
    assert different == []


def kind_of(done: Done, kind: Event) -> np.ndarray:
    return done.events[done.events["kind"] == kind]


def test_together_they_show_every_reason_state_and_event() -> None:
    """What a small scenario can show, some small scenario shows."""
    done = [slow_run(name) for name in SMALL]
    kinds = {int(kind) for each in done for kind in np.unique(each.events["kind"])}
    wanted = {int(each) for each in Event if Event.REFUSED <= each < Event.INDEX_SOURCE}
    wanted |= {Event.KILL_SWITCH, Event.AFMM_SUSPENDED}
    wanted -= {Event.OPENING_TRADE, Event.FEE_WAIVED, Event.TRIGGER_CAP}
    assert [Event(each).name for each in sorted(wanted - kinds)] == []
    reasons = {name for each in done for name in each.result.cancels}
    others = {"LIQUIDATION", "MARGIN_CALL", "LAPSED", "REDUCE_ONLY"}
    assert set(CancelReason.__members__) - reasons <= others
    states = {name for each in done for name in each.result.states}
    assert states == set(ContractState.__members__)
    shown = {name for each in done for name in each.result.happened}
    of_orders = {name for name, kind in HAPPENED.items() if kind < Event.PRODUCT_STATE}
    assert of_orders - {"trigger_caps"} <= shown
    assert {"reconciliations", "breaks"} <= shown


@pytest.mark.parametrize("name", SMALL)
def test_a_summary_tells_it(name: str) -> None:
    done = slow_run(name)
    summary = Summary(done.scenario, [done.result], terms_of(done.scenario))
    text = summary.text()
    assert summary.failures == []
    flat = " ".join(text.split())
    for code in done.result.refusals:
        assert f"{code} ({REJECT_RULE[Reject[code]]}): {REJECT_TEXT[Reject[code]]}" in flat
    assert max(len(line) for line in text.splitlines()) <= 100
    values = document(done.scenario, [done.result], terms_of(done.scenario))
    assert json.loads(json.dumps(values))["packs"][0]["cancels"] == done.result.cancels


def test_the_lines_of_a_summary() -> None:
    done = slow_run("auction-and-volatility")
    text = Summary(done.scenario, [done.result], terms_of(done.scenario)).text()
    for line in (
        "call auctions, last at 5,105.00 2 auctions",
        "volume 16",
        "cancelled 4",
        "mass cancel 1",
        "volatility band 1",
        "contract states 11",
        "volatility auction 2",
        "highest_trade_price 5108 5108 HALT-02, TV-14,",
        "cancels VOLATILITY 1 1 HALT-02, MAT-064",
    ):
        assert line in " ".join(text.split()), line


def test_what_a_bust_cost_is_told() -> None:
    done = slow_run("bust")
    text = Summary(done.scenario, [done.result], terms_of(done.scenario)).text()
    for line in ("trades taken back 1", "fees given back 0.56", "paid from error account 400.00"):
        assert line in " ".join(text.split()), line


def told(name: str, account: str) -> str:
    """The letter to an account of a small scenario, as one line."""
    text = letter_to(name, account)
    assert max(len(line) for line in text.splitlines()) <= 100
    return " ".join(text.split())


def test_a_letter_about_a_trade_that_was_taken_back() -> None:
    text = told("bust", "alice")
    assert "sale of 10 BUST-PERP at 80.00 (event 65) taken back, 0.16 of fees returned" in text
    assert "400.00 received from the operator's error account (NOCR-01)" in text
    assert f"once at 01:03:00: ERROR_ACCOUNT_SHORT (NOCR-01): {REJECT_TEXT[704]}" in text
    text = told("bust", "bob")
    assert "purchase of 10 BUST-PERP at 80.00 (event 65) taken back, 0.40 of fees" in text


def test_letters_about_switches_and_frozen_quotes() -> None:
    text = told("market-maker", "afmm")
    assert "quotes in MM-PERP frozen: 7 lots traded (MAT-076)" in text
    assert "2 orders cancelled: quote protection (MAT-076)" in text
    assert "1 order cancelled: AFMM suspended (AFMM-08)" in text
    assert "QUOTES_FROZEN (ORD-01): the protection has frozen these quotes: reset it" in text
    assert "AFMM_NOT_PERMITTED (AFMM-08): " in text
    text = told("market-maker", "bob")
    assert "kill switch engaged for the account (HALT-04)" in text
    assert "kill switch released for the account (HALT-04)" in text
    assert "What was refused, and what to do about it" in text
