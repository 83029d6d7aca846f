"""The statistics of a back-test against values worked by hand (STR-04).

All logarithms are natural. ln 0.99 = -0.010050336, ln 0.01 = -4.605170186.
"""

import math
from fractions import Fraction

import pytest

from hkperp_clearing.exceedance import (
    Ratio,
    Zone,
    conditional_coverage,
    independence,
    kupiec,
    zone_bounds,
    zone_of,
)
from hkperp_engine.units import PPB

NINETY_NINE = 990_000_000

# windows, breaches, LR and p of Kupiec's test at 99 %
KUPIEC = [
    # 245 ln 0.99 + 5 ln 0.01 = -25.488183; 245 ln 0.98 + 5 ln 0.02 = -24.509779
    (250, 5, 1.956810, 0.161855),
    # 248 ln 0.99 + 2 ln 0.01 = -11.702824; 248 ln 0.992 + 2 ln 0.008 = -11.648606
    (250, 2, 0.108436, 0.741932),
    # 240 ln 0.99 + 10 ln 0.01 = -48.463783; 240 ln 0.96 + 10 ln 0.04 = -41.986037
    (250, 10, 12.955491, 0.000319),
    # no breach: -2 * 250 ln 0.99
    (250, 0, 5.025168, 0.024983),
    # all breaches: -2 * 250 ln 0.01; its probability is below the smallest float
    (250, 250, 2302.585093, 0.0),
    # exactly 1 %: nothing to say against it
    (100, 1, 0.0, 1.0),
    (1, 0, 0.020101, 0.887257),
    (1, 1, 9.210340, 0.002407),
]


@pytest.mark.parametrize(("windows", "breaches", "statistic", "probability"), KUPIEC)
def test_kupiec_by_hand(windows, breaches, statistic, probability):
    found = kupiec(windows, breaches, NINETY_NINE)
    assert found.statistic == pytest.approx(statistic, abs=2e-6)
    assert found.p_value == pytest.approx(probability, abs=2e-6)


def test_the_probabilities_are_the_chi_squares():
    """Tables: 3.841459 is the 95 % point with one degree, 5.991465 with two."""
    assert math.erfc(math.sqrt(3.841459 / 2)) == pytest.approx(0.05, abs=1e-6)
    found = conditional_coverage(Ratio(3.0, 0.0), Ratio(2.991465, 0.0))
    assert found.p_value == pytest.approx(0.05, abs=1e-6)
    assert found.statistic == pytest.approx(5.991465)


def places(count, *broken):
    return [each in broken for each in range(count)]


# windows with breaches at these places, LR and p of the independence test
INDEPENDENCE = [
    # five in a row of 250: n00 243, n01 1, n10 1, n11 4.
    # One rate 5/249: 244 ln(244/249) + 5 ln(5/249) = -24.489535; two rates 1/244 and 4/5:
    # 243 ln(243/244) + ln(1/244) + ln(1/5) + 4 ln(4/5) = -8.997128. LR = 2 * 15.492406.
    (places(250, 100, 101, 102, 103, 104), 30.984813, 0.0),
    # five apart: n00 239, n01 5, n10 5, n11 0. One rate as above; 239 ln(239/244) +
    # 5 ln(5/244) = -24.387068, and 5 ln 1 = 0. LR = 2 * 0.102466.
    (places(250, 10, 60, 110, 160, 210), 0.204932, 0.650769),
    # 6 ln(6/7) + ln(1/7) + 2 ln(1/2) = -4.257108; 7 ln(7/9) + 2 ln(2/9) = -4.767355
    (places(10, 4, 5), 1.020494, 0.312402),
    # strictly by turns, 0101010101: n01 5, n10 4. 4 ln(4/9) + 5 ln(5/9) = -6.182654 against 0
    (places(10, 1, 3, 5, 7, 9), 12.365308, 0.000437),
]


@pytest.mark.parametrize(("broken", "statistic", "probability"), INDEPENDENCE)
def test_independence_by_hand(broken, statistic, probability):
    found = independence(broken)
    assert found.statistic == pytest.approx(statistic, abs=2e-5)
    assert found.p_value == pytest.approx(probability, abs=2e-6)


@pytest.mark.parametrize(
    "broken",
    [
        [],
        [True],
        [False] * 250,  # no breach: nothing comes after one
        [True] * 250,  # nothing but breaches: nothing comes after a quiet window
        places(250, 249),  # the only breach is the last window
        places(250, 0),  # the only one is the first: the other 248 pairs are all quiet
    ],
)
def test_without_transitions_there_is_nothing_to_test(broken):
    assert independence(broken) == Ratio(0.0, 1.0)


def test_conditional_coverage_by_hand():
    """250 windows, five in a row: 1.956810 + 30.984813 = 32.941623; exp(-16.470811)."""
    both = conditional_coverage(
        kupiec(250, 5, NINETY_NINE), independence(places(250, 100, 101, 102, 103, 104))
    )
    assert both.statistic == pytest.approx(32.941623, abs=2e-5)
    assert both.p_value == pytest.approx(math.exp(-16.470811), rel=1e-4)


def test_basels_traffic_light():
    """250 days at 99 %: green to 4, yellow 5 to 9, red from 10 (P(X <= 4) = 89.22 %)."""
    bounds = zone_bounds(250, NINETY_NINE)
    assert bounds == Zone(yellow_from=5, red_from=10)
    zones = [zone_of(each, bounds) for each in range(12)]
    assert zones == ["green"] * 5 + ["yellow"] * 5 + ["red"] * 2


def binomial_zone(count, tail, share):
    """The least k with P(X <= k) >= share, by the textbook's sum of exact fractions."""
    total, breaches = Fraction(0), -1
    while total < share:
        breaches += 1
        ways = math.comb(count, breaches)
        total += ways * tail**breaches * (1 - tail) ** (count - breaches)
    return breaches


@pytest.mark.parametrize("count", [1, 2, 10, 100, 365, 1000])
@pytest.mark.parametrize("confidence", [NINETY_NINE, 995_000_000, 975_000_000, 900_000_000])
def test_zone_bounds_against_the_binomial_sum(count, confidence):
    tail = Fraction(PPB - confidence, PPB)
    yellow = binomial_zone(count, tail, Fraction(95, 100))
    red = binomial_zone(count, tail, Fraction(9999, 10_000))
    assert zone_bounds(count, confidence) == Zone(yellow, red)


def test_zone_bounds_of_many_windows():
    """20,000 windows at 99 %: mean 200, deviation 14.07; about +1.65 and +3.72 deviations."""
    yellow, red = zone_bounds(20_000, NINETY_NINE)
    assert yellow == pytest.approx(200 + 1.645 * 14.07, abs=2)
    assert red == pytest.approx(200 + 3.719 * 14.07, abs=4)
