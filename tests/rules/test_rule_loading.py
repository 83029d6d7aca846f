"""What a scenario may not claim, and what its affiliate reads (REF-01, AFMM-05 to AFMM-07)."""

import inspect
from pathlib import Path

import numpy as np
import pytest

from hkperp.marketdata.feed import Feed
from hkperp.scenario.reader import loads
from hkperp_engine.codes import Event, EventFlag, HouseWallet
from hkperp_engine.errors import ScenarioError
from small_runs import slow_run

SCENARIOS = Path(__file__).parents[2] / "scenarios"
VALUATION = (SCENARIOS / "valuation.yaml").read_text(encoding="utf-8")
#: What only the account itself, or the operator, is told of.
PRIVATE = {Event.REFUSED, Event.ORDER_WAITS, Event.PROTECTION, Event.MASS_CANCELLED}
PRIVATE |= {Event.KILL_SWITCH, Event.AFMM_SUSPENDED, Event.TRIGGER_CAP}


def said(old: str, new: str) -> str:
    """The refusal of the scenario of valuation with one text replaced, or nothing."""
    assert old in VALUATION, old
    try:
        loads(VALUATION.replace(old, new, 1).encode())
    except ScenarioError as error:
        return str(error)
    return ""


def test_the_scenario_itself_is_accepted() -> None:
    assert said("Finn Yu", "Finn Ho") == ""


def test_facts_do_not_replace_the_approval() -> None:
    """(REF-01) Whatever the indices say, retail clients must be able to trade it here."""
    assert "REF_NOT_RETAIL_ELIGIBLE" in said("retail_approved: true", "retail_approved: false")


def test_another_asset_passes_the_same_test() -> None:
    """(REF-02) No name is special: with SOL's facts BTC is eligible, without them it is not."""
    assert said("asset: SOL\n", "asset: BTC\n") == ""
    poor = said(
        "asset: SOL\n        retail_approved: true", "asset: BTC\n        retail_approved: false"
    )
    assert "REF_NOT_RETAIL_ELIGIBLE" in poor


@pytest.mark.parametrize("shared", ["staff: [c-1]", "staff: [m-1], keys: [KEY-P]"])
def test_the_affiliate_stands_apart_from_clients_too(shared: str) -> None:
    """(AFMM-05) From the operator, and from every client that says who it is."""
    assert "AFMM_INDEPENDENCE_BREACH" in said("staff: [m-1], keys: [key-m]", shared)


def test_a_venue_without_an_affiliate_needs_nobody_for_its_conflicts() -> None:
    """(AFMM-06) The role goes with the affiliate."""
    told = said("class: AFMM", "class: CORP_PI")
    assert told == ""
    assert "AFMM-06" in said(", mic_afmm: Finn Yu", "")


def test_an_address_that_is_none_is_shown_where_it_stands() -> None:
    told = said("addresses: [10.1.0.0/16]", "addresses: [10.1]")
    assert "operator: " in told
    told = said("{id: Carol-Ltd, staff: [c-1]}", "{id: Carol-Ltd, addresses: [x]}")
    assert "participants[1].entity: " in told


def messages(rows: np.ndarray) -> list:
    """What a reader of the feed is sent; the affiliate is the first participant."""
    return Feed(contracts=1, affiliated=[HouseWallet.CLIENTS], depth=5).apply(rows)


@pytest.mark.parametrize("name", ["orders", "market-maker"])
def test_the_affiliate_reads_what_everybody_reads(name: str) -> None:
    """(AFMM-07) One feed, made of public events alone, that cannot be told who reads it."""
    rows = slow_run(name).events
    is_hidden = np.isin(rows["kind"], list(PRIVATE))
    is_hidden |= (rows["flags"] & EventFlag.WAITING != 0) & (rows["kind"] != Event.TRIGGERED)
    assert is_hidden.sum() > 5
    assert messages(rows) == messages(rows[~is_hidden])
    assert set(inspect.signature(Feed).parameters) == {"contracts", "affiliated", "depth"}
    assert list(inspect.signature(Feed.snapshot).parameters) == ["self", "contract"]
