"""Expectations about explanations, and why a refusal: in a scenario, a letter, a venue."""

import functools
import tempfile
from pathlib import Path

import msgspec
import pytest

from crash_run import Watch
from hkperp import commands as c
from hkperp.letters.explain import explain
from hkperp.quantities import Figure
from hkperp.replay.runner import Outcome, replay
from hkperp.reports.run_folder import read_record
from hkperp.scenario.explained_parts import PARTS
from hkperp.scenario.reader import load
from hkperp.scenario.whole import Expectation
from hkperp_engine.codes import Reject, Side
from small_runs import SCENARIOS
from test_venue import BUYER, HKD, opened, order


@functools.cache
def run(name: str, *more: Expectation) -> tuple[Outcome, Path]:
    """A scenario of the repository, with expectations added: what came out, and its folder."""
    scenario = load(SCENARIOS / f"{name}.yaml")
    scenario = msgspec.structs.replace(scenario, expect=(*scenario.expect, *more))
    folder = Path(tempfile.mkdtemp())
    return replay(scenario, Watch(), folder=folder), folder


def expected(account: str, about: str, part: str, figure: str, nth: int = 1) -> Expectation:
    return Expectation(
        that="explained",
        account=account,
        about=about,
        part=part,
        nth=nth,
        exactly=Figure.parse(figure),
        rules=("LIQ-08",),
    )


def test_a_figure_that_is_another_fails() -> None:
    wanted = expected("late", "TAKEOVER", "equity", "27_000.01")
    (failure,) = run("liquidation", wanted)[0].failures
    name = "five-times: explained.late.TAKEOVER.1.equity"
    assert failure.message == f"{name} is 27000, expected 27000.01 (LIQ-08)"


@pytest.mark.parametrize(
    ("account", "about", "part", "nth"),
    [
        ("late", "TAKEOVER", "equity", 2),
        ("slow", "TAKEOVER", "equity", 1),
        ("late", "MRG_INSUFFICIENT", "missing", 1),
    ],
)
def test_what_did_not_happen_is_not_explained(
    account: str, about: str, part: str, nth: int
) -> None:
    (failure,) = run("liquidation", expected(account, about, part, "0", nth))[0].failures
    assert failure.message == (
        f"five-times: explained.{account}.{about}.{nth}.{part} was not explained (LIQ-08)"
    )


def test_every_part_is_found_in_some_scenario() -> None:
    """What docs/scenarios.md names is what a run measures, for each explanation that occurs."""
    seen: dict[str, set[str]] = {about: set() for about in PARTS}
    asked = {
        "margin": ("tv4", "bear", "called", "alone:BTC-HKD-PERP"),
        "limits": ("aunt", "two"),
        "liquidation": ("slow", "late"),
        "default-down": ("wong",),
        "gate": (),
    }
    for name, accounts in asked.items():
        more = [expected(each, "MARGIN_CALL", "equity", "0", 99) for each in accounts]
        for result in run(name, *more)[0].results:
            for figure in result.explained:
                _, _, about, _, part = figure.rsplit(".", 4)
                seen[about].add(part)
            for told in result.told_refusals:
                seen[told.reject] |= set(told.figures)
    del seen["LIM_CLIENT_EXPOSURE"]
    assert seen == {about: set(PARTS[about]) for about in seen}


def test_a_letter_says_why_and_what_would_have_passed() -> None:
    """TV-4 and TV-13 to the unit, as the scenario's comments work them out."""
    folder = run("margin")[1]
    text = " ".join(explain(folder, "tv4").split())
    assert (
        "order 2 in BTC-HKD-PERP: 1.00 would need 100,250.00 with all that is open (without it "
        "0.00). There is 100,000.00: cash 100,000.00, collateral 0.00, unsettled results as far "
        "as they count 0.00. 250.00 more, and it would have been taken; or fewer: 0.99 would "
        "have been taken."
    ) in text
    assert (
        "withdrawal of 752.500001 HKD: it counts 752.500001. Free is 752.50: cash 100,000.00, "
        "collateral 0.00, unsettled loss 0.00, less margin 99,247.50 and funding ahead 0.00. "
        "752.50 could have left."
    ) in text
    text = " ".join(explain(run("limits")[1], "aunt").split())
    assert (
        "change of order 12 in CLIENT-PERP: 150 on this side with open orders and 1 more would "
        "pass 150, the limit of a group of connected clients. No lot more would have been taken."
    ) in text


def test_a_run_keeps_the_figures() -> None:
    outcome, folder = run("margin")
    (pack,) = read_record(folder).packs
    kept = [each._asdict() for each in pack.refusals]
    assert kept == [msgspec.to_builtins(each) for each in outcome.results[0].told_refusals]
    assert len(kept) == 10


def test_a_venue_says_it_right_after() -> None:
    """5,000 lots are worth 4,500,000: a fifth and a fee of 0.05 % are more than 500,000."""
    venue = opened()
    wish = order(BUYER, 1, Side.BUY, 900_000, 5_000)
    (refused,) = venue.apply(wish)
    assert refused.reject == Reject.MRG_INSUFFICIENT
    before = venue.state_hash()
    found = venue.refusal_figures(wish, refused.reject)
    assert found is not None
    figures = found.figures
    assert figures["equity"] == figures["cash"] == 500_000 * HKD
    value = 900_000 * 5_000 * 1_000
    assert figures["requirement"] == value // 5 + value * 5 // 10_000
    assert figures["missing"] == figures["requirement"] - 500_000 * HKD
    assert venue.state_hash() == before
    most = figures["lots_most"]
    (again,) = venue.apply(order(BUYER, 2, Side.BUY, 900_000, most + 1))
    assert again.reject == Reject.MRG_INSUFFICIENT
    (taken,) = venue.apply(order(BUYER, 2, Side.BUY, 900_000, most))
    assert taken.order_id == 2


def test_other_refusals_have_no_figures() -> None:
    venue = opened()
    gone = c.Cancel(time_ns=venue.now_ns, wallet=BUYER, order_id=99)
    (refused,) = venue.apply(gone)
    assert venue.refusal_figures(gone, refused.reject) is None
