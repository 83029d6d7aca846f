"""Anti-procyclicality: the three tools and the measures, by hand (APC-01, APC-02, TV-11)."""

import pytest

from hkperp_clearing.apc import (
    Buffer,
    Known,
    LongRunFloor,
    Measures,
    NoTool,
    StressedWeight,
    measures,
    steps_above,
    weighted_quantile_ppb,
)
from hkperp_engine.units import PPB

PERCENT = PPB // 100
NINETY_NINE = 99 * PERCENT
QUARTER = 25 * PERCENT


def known(model=PERCENT, window=(1,), history=(1,), stressed=(), is_stressed=False):
    return Known(model, window, history, stressed, is_stressed, NINETY_NINE)


def test_tv_11_the_buffer_is_built_in_calm_and_used_up_in_stress():
    """TV-11. Calm: 10 % is 12.5 %. Declared stress: 12 % is 12.5 %, 14 % is 14 %."""
    tool = Buffer()
    assert tool.applied_ppb(known(10 * PERCENT)) == 125_000_000
    assert tool.applied_ppb(known(12 * PERCENT, is_stressed=True)) == 125_000_000
    assert tool.applied_ppb(known(14 * PERCENT, is_stressed=True)) == 140_000_000
    # In stress the last *calm* rate counts, not the last rate: 14 % is not kept.
    assert tool.applied_ppb(known(12 * PERCENT, is_stressed=True)) == 125_000_000
    # Calm again: the buffer is built up at once, from the model's rate of that time.
    assert tool.applied_ppb(known(12 * PERCENT)) == 150_000_000


def test_a_buffer_that_was_never_built_cannot_be_used_up():
    """A history that begins in stress charges the buffer until there is a calm rate."""
    assert Buffer().applied_ppb(known(12 * PERCENT, is_stressed=True)) == 150_000_000


def test_the_buffer_is_rounded_up():
    """1.25 * 3 ppb = 3.75: 4."""
    assert Buffer().rate_ppb(3, is_stressed=False) == 4


# Both lists sorted; weights in brackets.
WEIGHTED = [
    # window 1..100 (0.75 % each), stressed 500, 600, 700, 800 (6.25 % each)
    (range(1, 101), (500, 600, 700, 800), NINETY_NINE, 800),  # 93.75 % up to 700
    (range(1, 101), (500, 600, 700, 800), 9375 * PPB // 10_000, 700),  # exactly 93.75 %
    (range(1, 101), (500, 600, 700, 800), 9375 * PPB // 10_000 + 1, 800),
    (range(1, 101), (500, 600, 700, 800), 75 * PERCENT, 100),  # the window has exactly 75 %
    # 25 stressed of 1 % each above a calm window of 75: the 99th hundredth is the 24th of them
    (range(1, 76), range(1001, 1026), NINETY_NINE, 1024),
    # stressed losses below the window's: the window's worst 1 % is 1/75 of it
    (range(1001, 1076), range(1, 26), NINETY_NINE, 1074),
    ((5,), (5,), NINETY_NINE, 5),
]


@pytest.mark.parametrize(("window", "stressed", "confidence", "expected"), WEIGHTED)
def test_a_quarter_of_the_weight_is_stressed(window, stressed, confidence, expected):
    assert weighted_quantile_ppb(window, stressed, QUARTER, confidence) == expected


def test_stressed_weight_as_a_tool():
    tool = StressedWeight()
    assert tool.applied_ppb(known(7)) == 7  # no stressed loss is known yet
    view = known(99, window=range(1, 101), stressed=(500, 600, 700, 800))
    assert tool.applied_ppb(view) == 800
    # It never charges less than the model: stress without a loss is no discount. Window 1 .. 1000
    # (0.075 % each) above stressed gains: 25 + 0.075 k >= 99 at k = 987, the model's is 990.
    gains = known(990, window=range(1, 1001), stressed=(-5, -4))
    assert weighted_quantile_ppb(gains.window, gains.stressed, QUARTER, NINETY_NINE) == 987
    assert tool.applied_ppb(gains) == 990


def test_the_floor_is_the_rate_of_the_whole_history():
    """The 99th of a history 1 .. 100 is 99: it holds a calm rate of 10 up, not one of 200."""
    history = range(1, 101)
    assert LongRunFloor().applied_ppb(known(10, history=history)) == 99
    assert LongRunFloor().applied_ppb(known(200, history=history)) == 200


def test_no_tool_charges_the_model():
    assert NoTool().applied_ppb(known(123)) == 123


def test_measures_by_hand():
    """10, 12, 9, 18, 18 %: peak 18 / trough 9 = 2; largest rise over two rates 9 to 18 (+9 %).

    Means of the last 2 over the last 4: (9 + 18)/2 over (10 + 12 + 9 + 18)/4 = 13.5/12.25 =
    1.102040816; then 18 over 14.25 = 1.263157894.
    """
    rates = [each * PERCENT for each in (10, 12, 9, 18, 18)]
    assert measures(rates, change=2, short=2, long=4) == Measures(
        2 * PPB, 9 * PERCENT, 1_263_157_894
    )


def test_measures_of_too_few_rates_and_of_rates_of_nothing():
    assert measures([PERCENT], change=1, short=1, long=2) == Measures(PPB, 0, 0)
    assert measures([0, 0, 0], change=1, short=1, long=2) == Measures(0, 0, 0)


def test_steps_that_need_notice():
    """Above 20 % of the rate before: 10 to 12 is exactly 20 % and needs none, 12 to 14.5 does."""
    rates = [100, 120, 145, 100, 121]
    assert steps_above(rates, 20 * PERCENT) == [2, 4]
    assert steps_above([0, 1], 20 * PERCENT) == [1]
    assert steps_above([5], 20 * PERCENT) == []
