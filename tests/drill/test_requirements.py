"""A log that is not what the rules ask for fails the requirement: each planted by one edit."""

from collections.abc import Callable

import numpy as np
import pytest

from drill_cases import (
    ADL,
    AFMM,
    CASES,
    CLIENT,
    IDS,
    ISSUER,
    OTHER,
    SCENARIOS,
    TORN,
    Case,
    Silent,
    held,
)
from hkperp.drill.checks import checks, principal_taken
from hkperp.drill.programme import drill_all
from hkperp.drill.runner import Span, read_again
from hkperp.drill.times import Requirement, times
from hkperp.scenario.price_path import step_times
from hkperp.scenario.reader import load
from hkperp_engine.codes import Event, EventFlag, HouseWallet, Layer, MarginState, Posting
from hkperp_engine.layout import EVENT
from hkperp_engine.units import NS_PER_MINUTE, NS_PER_S

Edit = Callable[[np.ndarray], np.ndarray]


def found(case: Case, edit: Edit) -> list[Requirement]:
    """The requirements of a drill whose log was edited."""
    drill = held(case).played.drill
    record = read_again(drill, edit(held(case).events.copy()))
    return [*times(drill, record), *checks(drill, record)]


def places(events: np.ndarray, kind: Event, **wanted: int) -> np.ndarray:
    """Where the events of a kind are."""
    is_wanted = events["kind"] == kind
    for column, value in wanted.items():
        is_wanted &= events[column] == value
    assert is_wanted.any(), (kind, wanted)
    return np.flatnonzero(is_wanted)


def changed(kind: Event, column: str, by: int, **wanted: int) -> Edit:
    """Change a number in the last event of a kind."""

    def edit(events: np.ndarray) -> np.ndarray:
        events[column][places(events, kind, **wanted)[-1]] += by
        return events

    return edit


def put(kind: Event, column: str, value: int, **wanted: int) -> Edit:
    """Put a number into the last event of a kind."""

    def edit(events: np.ndarray) -> np.ndarray:
        events[column][places(events, kind, **wanted)[-1]] = value
        return events

    return edit


def without(kind: Event, **wanted: int) -> Edit:
    """Leave out the events of a kind."""
    return lambda events: np.delete(events, places(events, kind, **wanted))


def delayed(span_ns: int, *kinds: Event) -> Edit:
    """Let the events of some kinds come later."""

    def edit(events: np.ndarray) -> np.ndarray:
        for kind in kinds:
            events["time_ns"][places(events, kind)] += span_ns
        return events

    return edit


def trade_of_alice(events: np.ndarray) -> np.ndarray:
    """Alice, wallet 16, buys one more lot after she was stopped."""
    stopped = places(events, Event.KILL_SWITCH)[0]
    row = np.zeros(1, EVENT)
    row["kind"], row["wallet"], row["counter_wallet"], row["lots"] = Event.TRADE, 17, 16, 1
    row["time_ns"], row["sequence"] = events[stopped]["time_ns"], events[stopped]["sequence"]
    return np.insert(events, stopped + 1, row)


def sold_by_alice(events: np.ndarray) -> np.ndarray:
    """The same trade, but she sells: that only reduces."""
    events = trade_of_alice(events)
    events["flags"][places(events, Event.TRADE, wallet=17, counter_wallet=16)[-1]] = EventFlag.SELL
    return events


def first_loss_kept(events: np.ndarray) -> np.ndarray:
    """Layer 2 pays one unit less, layer 3 one more: the sum is right, the order is not."""
    for wallet, layer, by in (
        (HouseWallet.FIRST_LOSS, Layer.FIRST_LOSS, -1),
        (HouseWallet.RESERVE, Layer.RESERVE, 1),
    ):
        posting = places(events, Event.POSTING, code=Posting.LAYER_PAYMENT, wallet=wallet)
        events["amount"][posting[-1]] += by
        events["amount"][places(events, Event.ALLOCATION, code=layer)[-1]] += by
    return events


POSTED = Event.POSTING
PAID, RECEIVED = Posting.VARIATION_PAID, Posting.VARIATION_RECEIVED

# rule, case, edit
PLANTED = [
    ("DEF-01", CLIENT, without(Event.DEFAULT_DECLARED, wallet=16)),
    ("DEF-01", CLIENT, delayed(NS_PER_S, Event.DEFAULT_DECLARED)),
    ("DEF-01", CLIENT, without(Event.MARGIN_STATE, wallet=16, code=MarginState.TAKEN_OVER)),
    ("DEF-01", CLIENT, delayed(NS_PER_S, Event.MARGIN_STATE)),
    ("DEF-01", ISSUER, without(Event.ASSET_HAIRCUT)),
    ("HALT-04", CLIENT, without(Event.KILL_SWITCH)),
    ("HALT-04", CLIENT, delayed(NS_PER_S, Event.KILL_SWITCH)),
    ("HALT-04", CLIENT, trade_of_alice),
    ("AFMM-08", AFMM, without(Event.KILL_SWITCH)),
    ("LIQ-08", CLIENT, without(Event.TAKEOVER, wallet=16)),
    ("LIQ-08", CLIENT, delayed(NS_PER_MINUTE, Event.TAKEOVER, Event.BACKSTOP)),
    ("LOSS-01", CLIENT, changed(Event.ALLOCATION, "amount", 1)),
    ("LOSS-01", CLIENT, changed(Event.DEFAULT, "amount", 1)),
    ("LOSS-01", CLIENT, delayed(1, Event.ALLOCATION)),
    ("SETL-01", CLIENT, without(Event.CYCLE_DONE)),
    ("SETL-01", CLIENT, changed(POSTED, "amount", 1, code=PAID)),
    ("LOSS-02", CLIENT, first_loss_kept),
    ("LOSS-02", TORN, put(POSTED, "counter_wallet", HouseWallet.FIRST_LOSS, code=Posting.DEPOSIT)),
    ("LOSS-03", CLIENT, changed(POSTED, "amount", -1, code=RECEIVED, counter_wallet=18)),
    ("LOSS-03", CLIENT, put(Event.HAIRCUT, "counter_order_id", 1)),
    ("LOSS-03", ADL, put(Event.DELEVERAGE, "amount", 10**12)),
    ("LOSS-06", CLIENT, put(POSTED, "code", Posting.LAYER_PAYMENT, code=PAID, wallet=17)),
    ("LOSS-06", CLIENT, put(POSTED, "code", Posting.RECOVERY, code=PAID, wallet=18)),
    ("LOSS-05", TORN, changed(Event.HAIRCUT, "amount", 1, code=Layer.LOSS_SHARING)),
    ("LOSS-05", CLIENT, changed(POSTED, "amount", 1, code=Posting.CLAIM_REPAYMENT)),
    ("LOSS-04", ADL, changed(Event.DELEVERAGE, "amount", 1)),
    ("RSV-01", CLIENT, put(POSTED, "order_id", 0, code=Posting.LAYER_PAYMENT)),
    ("RSV-01", CLIENT, put(POSTED, "code", Posting.HOUSE_WITHDRAWAL, code=Posting.LAYER_PAYMENT)),
    ("LIQ-05", CLIENT, changed(POSTED, "amount", -1, code=Posting.RECOVERY)),
    ("LIQ-08", CLIENT, changed(POSTED, "amount", 10**12, code=PAID, wallet=17)),
    ("DEF-02", ISSUER, changed(POSTED, "amount", -1, code=Posting.ISSUER_LOSS)),
    ("DEF-02", ISSUER, changed(POSTED, "amount", 1, code=Posting.ISSUER_RECOVERY)),
    ("DEF-02", ISSUER, without(POSTED, code=Posting.ISSUER_RECOVERY, counter_wallet=18)),
]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_machine_keeps_them_all(case: Case) -> None:
    missed = [each for each in found(case, lambda events: events) if each.holds is False]
    assert missed == []


@pytest.mark.parametrize(
    "name",
    "layer-2 layer-4 layer-6 default-up five-legs liquidation vault depeg funding".split(),
)
def test_the_standard_set_of_other_scenarios(name: str) -> None:
    """DEF-01: in the middle of each, under its first pack, every requirement holds."""
    scenario = load(SCENARIOS / f"{name}.yaml")
    times = step_times(scenario)
    span = Span(times[len(times) // 2], int(scenario.end))
    done = drill_all(scenario, scenario.packs[0], 300_000_000, span, Silent())
    for report in done.reports:
        missed = [each for each in report.requirements if each.holds is False]
        assert missed == [], report.drill.choice.title
    assert done.holds


@pytest.mark.parametrize(
    ("rule", "case", "edit"),
    PLANTED,
    ids=[f"{number}-{rule}" for number, (rule, _, _) in enumerate(PLANTED)],
)
def test_planted(rule: str, case: Case, edit: Edit) -> None:
    """DEF-01: the drill says which rule a log does not keep."""
    missed = {each.rule for each in found(case, edit) if each.holds is False}
    assert rule in missed, missed


def test_an_order_that_only_reduces_may_trade() -> None:
    """ORD-04: also of one that is stopped."""
    stopped = [each for each in found(CLIENT, sold_by_alice) if each.rule == "HALT-04"]
    assert [each.holds for each in stopped] == [True]


def test_principal_to_the_unit() -> None:
    """LOSS-03: what a gainer got too little of is exactly what was taken."""
    drill, events = held(CLIENT).played.drill, held(CLIENT).events
    short = changed(POSTED, "amount", -7, code=RECEIVED, counter_wallet=18)(events.copy())
    assert principal_taken(drill, read_again(drill, events)) == 0
    assert principal_taken(drill, read_again(drill, short)) == 7


def test_times_are_those_of_the_pack() -> None:
    """DFT-002: the next mark step, a minute; SETL-01: the cycle of an hour, 54 minutes away."""
    required = {each.what: (each.required, each.measured) for each in found(CLIENT, lambda e: e)}
    assert required["Declaration to takeover"] == ("1m, the next mark step", "1m")
    assert required["Declaration to flat"] == ("1m, the next mark step", "1m")
    assert required["Flat to settled"] == ("1h, one settlement cycle", "54m")
    assert required["Default declared and recorded"] == ("at once", "at once")


def test_what_another_issuer_pays_back_is_none_of_a_drills() -> None:
    """(DEF-02) 5,800 come back of the coin that fails in the scenario, 0 of ours."""
    of_issuer = [each for each in found(OTHER, lambda events: events) if each.rule == "DEF-02"]
    assert [each.holds for each in of_issuer][-3:] == [True, True, True]
    assert {"0.00"} == {each.measured for each in of_issuer[-3:]}
