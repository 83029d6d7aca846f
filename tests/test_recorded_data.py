"""The cascade's prices are the recorded ones: what the scenario file says against its source.

Recorded data is not part of the repository. These tests read it from the folder HKPERP_DATA and
are skipped without it; the closing line of a run counts them.
"""

import csv
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import NamedTuple

import pytest

import recorded
from hkperp.quantities import E8
from hkperp.scenario.market import PricePath
from hkperp.scenario.price_path import market_steps
from hkperp.scenario.reader import load
from hkperp.scenario.whole import Scenario
from hkperp_engine.units import NS_PER_MS, NS_PER_S

CASCADE = Path(__file__).resolve().parents[1] / "scenarios" / "2025-10-10-cascade.yaml"
SERIES = "binance_coinm_BTCUSD_PERP_mark_1m_2025-10-10.csv"
MINUTE = 60 * NS_PER_S
CENT = Decimal("0.01")

pytestmark = pytest.mark.skipif(not recorded.has(SERIES), reason=recorded.MISSING)


class Minute(NamedTuple):
    """One minute of the mark price, USD."""

    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal


@pytest.fixture(scope="module")
def minutes() -> dict[int, Minute]:
    """The recorded day by the time at which each minute begins, ns."""
    with (recorded.folder() / SERIES).open(encoding="ascii", newline="") as lines:
        return {
            int(row["open_time"]) * NS_PER_MS: Minute(
                *(Decimal(row[name]) for name in Minute._fields)
            )
            for row in csv.DictReader(lines)
        }


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load(CASCADE)


@pytest.fixture(scope="module")
def path(scenario: Scenario) -> PricePath:
    (only,) = scenario.paths
    return only


def test_every_knot_was_recorded(minutes: dict[int, Minute], path: PricePath) -> None:
    """A knot on a minute is its open, one on a half minute the low, the last the day's close.

    What was recorded finer than a cent is cut.
    """
    assert len(minutes) == 24 * 60
    assert len(path.knots) == 120
    wrong = []
    for time, price in path.knots:
        minute = minutes.get(time - time % MINUTE)
        if minute is None:
            assert time == max(minutes) + MINUTE, "a knot on no recorded minute"
            wanted = minutes[max(minutes)].close
        else:
            assert time % MINUTE in (0, MINUTE // 2)
            wanted = minute.low if time % MINUTE else minute.open
        if Decimal(int(price)) / E8 != wanted.quantize(CENT, ROUND_DOWN):
            wrong.append((time, price, wanted))
    assert not wrong


def test_the_path_is_the_knots_at_the_declared_rate(scenario: Scenario, path: PricePath) -> None:
    """In ticks of HKD, half up: 121,662.00 USD at 7.78 on ticks of HKD 10 is 94,653 ticks."""
    steps = market_steps(scenario)
    shown = dict(zip(steps.times, steps.path_ticks[0], strict=True))
    tick = Decimal(int(scenario.contracts[0].tick)) / E8
    rate = Decimal("7.78")
    assert shown[path.knots[0][0]] == 94_653
    for time, price in path.knots:
        hkd = Decimal(int(price)) / E8 * rate
        assert shown[int(time)] == int(hkd / tick + Decimal("0.5"))


def test_how_deep_it_fell(minutes: dict[int, Minute]) -> None:
    """The figures that the scenario and the documents quote."""
    worst = min(minute.close / minute.open - 1 for minute in minutes.values())
    assert f"{worst:.1%}" == "-4.1%"
    fall = min(minute.low for minute in minutes.values()) / minutes[min(minutes)].open - 1
    assert f"{fall:.2%}" == "-15.75%"
