"""The margin model by hand: losses, the quantile, the scaled variant, sides and sizes (MRG-08)."""

from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkperp_clearing.im_model import (
    LONG,
    SHORT,
    MarginModel,
    Settings,
    model_rate_ppb,
    quantile_ppb,
    quantile_rank,
    scaled_losses,
    window_losses,
)
from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

PERCENT = PPB // 100
NINETY_NINE = 99 * PERCENT

# windows, confidence, the rank of the loss that is the rate
RANKS = [
    (1, NINETY_NINE, 1),  # one loss is every quantile
    (99, NINETY_NINE, 99),  # 98.01: fewer than 100 windows give the worst loss
    (100, NINETY_NINE, 99),  # exactly 99: one loss of a hundred may lie above
    (101, NINETY_NINE, 100),  # 99.99
    (250, NINETY_NINE, 248),  # 247.5
    (365, NINETY_NINE, 362),  # 361.35
    (200, 995 * PPB // 1000, 199),  # 99.5 %, exactly 199
    (4, PPB // 2, 2),
]


@pytest.mark.parametrize(("count", "confidence", "rank"), RANKS)
def test_the_quantile_is_an_order_statistic_rounded_up(count, confidence, rank):
    assert quantile_rank(count, confidence) == rank
    assert quantile_ppb(range(1, count + 1), confidence) == rank


def test_losses_of_both_sides_by_hand():
    """90,000 to 81,000 to 85,000: -10 %, then +4.938271604..., over two steps -5.5555..."""
    prices = [90_000, 81_000, 85_000]
    assert window_losses(prices, 1, LONG) == [100_000_000, -49_382_716]
    assert window_losses(prices, 1, SHORT) == [-100_000_000, 49_382_717]
    assert window_losses(prices, 2, LONG) == [55_555_556]
    assert window_losses(prices, 3, LONG) == []


def test_a_short_may_lose_more_than_the_price():
    assert window_losses([10, 31], 1, SHORT) == [2_100_000_000]


def test_a_window_across_a_gap_is_none():
    assert window_losses([100, 90, 80, 70], 2, LONG, steps=[0, 1, 2, 4]) == [200_000_000, None]


@given(
    st.lists(st.integers(1, 10**18), min_size=3, max_size=60),
    st.integers(1, 2),
    st.sampled_from([LONG, SHORT]),
    st.integers(PPB // 2, PPB - 1),
)
def test_rounding_first_gives_the_quantile_of_exact_losses_rounded_up(
    prices, horizon, sign, confidence
):
    """The rate from whole numbers is the exact one, rounded up: nothing is lost on the way."""
    exact = sorted(
        Fraction(sign * (begun - ended), begun)
        for begun, ended in zip(prices, prices[horizon:], strict=False)
    )
    rank = ceil(len(exact) * Fraction(confidence, PPB))
    wanted = ceil(exact[rank - 1] * PPB)
    losses = sorted(window_losses(prices, horizon, sign))
    assert quantile_ppb(losses, confidence) == wanted
    # At most the tail lies above it: the promise of the estimator.
    above = sum(loss > wanted for loss in losses)
    assert above * PPB <= len(losses) * (PPB - confidence)


def test_never_below_the_floor_or_nothing():
    assert model_rate_ppb([-30, -20], Settings()) == 0
    assert model_rate_ppb([-30, 20], Settings(floor_ppb=5 * PERCENT)) == 5 * PERCENT
    assert model_rate_ppb([-30, 6 * PERCENT], Settings(floor_ppb=5 * PERCENT)) == 6 * PERCENT


def test_scaling_by_volatility_by_hand():
    """Decay 0.9, losses 3, 4, 0 (in 1e6 ppb): mean square 25/3 = 8.333333333333e12.

    v0 = 8,333,333,333,333; v1 = 0.9 v0 + 0.1 * 9e12 = 8,399,999,999,999 (down from ...999.7);
    v2 = 0.9 v1 + 0.1 * 16e12 = 9,159,999,999,999; v3 = 0.9 v2 = 8,243,999,999,999. Roots, down:
    2,886,751, 2,898,275, 3,026,549, now 2,871,236. 3e6 * 2,871,236 / 2,886,751 = 2,983,876.4...,
    4e6 * 2,871,236 / 2,898,275 = 3,962,682.3..., both up; 0 stays.
    """
    scaled = scaled_losses([3_000_000, 4_000_000, 0], 900_000_000)
    assert scaled == [2_983_877, 3_962_683, 0]


def test_a_dead_market_divides_by_nothing():
    assert scaled_losses([0, 0, 0], 940_000_000) == [0, 0, 0]


def test_scaling_changes_nothing_where_volatility_is_constant():
    losses = [2 * PERCENT, -2 * PERCENT] * 50
    assert scaled_losses(losses, 940_000_000) == losses


def test_scaling_follows_a_storm_and_the_plain_model_does_not():
    calm, storm = [PERCENT, -PERCENT] * 200, [8 * PERCENT, -8 * PERCENT] * 3
    plain = Settings(lookback=1000)
    before = model_rate_ppb(sorted(scaled_losses(calm, 940_000_000)), plain)
    after = model_rate_ppb(sorted(scaled_losses(calm + storm, 940_000_000)), plain)
    assert before == PERCENT
    assert after > 4 * before  # sigma now is about 4.4 times that of the calm
    assert model_rate_ppb(sorted(calm + [8 * PERCENT]), plain) == PERCENT


def test_rates_by_asset_side_and_size():
    """BTC falls 10 % once and rises 5 % at most; ETH twice as much (concentration: MRG-09)."""
    series = {"BTC": [100, 90, 94, 95], "ETH": [100, 80, 88, 88]}
    tiers = ((1_000_000, 5 * PERCENT), (9_000_000, 15 * PERCENT))
    model = MarginModel(series, Settings(lookback=3), tiers)
    assert model.rate_ppb("BTC", LONG) == 10 * PERCENT
    assert model.rate_ppb("BTC", SHORT) == 44_444_445  # 4/90, rounded up
    assert model.rate_ppb("ETH", LONG) == 20 * PERCENT
    assert model.rate_ppb("ETH", SHORT) == 10 * PERCENT
    sizes = (0, 999_999, 1_000_000, 8_999_999, 9_000_000)
    rates = [model.rate_ppb("BTC", LONG, each) // PERCENT for each in sizes]
    assert rates == [10, 10, 15, 15, 25]


def test_the_model_looks_back_no_further_than_told():
    """The crash of the first step is the fourth window back: a lookback of 3 has forgotten it."""
    prices = [100, 50, 50, 49, 49]
    assert MarginModel({"X": prices}, Settings(lookback=4)).rate_ppb("X", LONG) == 50 * PERCENT
    assert MarginModel({"X": prices}, Settings(lookback=3)).rate_ppb("X", LONG) == 2 * PERCENT


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"horizon": 0}, "horizon: 0 is out of bounds"),
        ({"lookback": 0}, "lookback: 0 is out of bounds"),
        ({"confidence_ppb": PPB}, "confidence_ppb: 1000000000 is out of bounds"),
        ({"floor_ppb": -1}, "floor_ppb: -1 is out of bounds"),
        ({"decay_ppb": PPB}, "decay_ppb: 1000000000 is out of bounds"),
    ],
)
def test_parameters_out_of_bounds(changed, said):
    with pytest.raises(InputError) as error:
        MarginModel({"X": [1, 2]}, Settings(**changed))
    assert str(error.value).startswith(said)


def test_series_and_add_ons_that_make_no_sense():
    for series, add_ons, said in [
        ({"X": [1]}, (), "series.X: 1 prices hold no window of 1 steps"),
        ({"X": [1, 0]}, (), "series.X: a price is not above 0"),
        ({"X": [1, 2]}, ((5, 1), (5, 2)), "add_ons: must rise"),
        ({"X": [1, 2]}, ((5, -1),), "add_ons: must rise"),
    ]:
        with pytest.raises(InputError) as error:
            MarginModel(series, Settings(), add_ons)
        assert str(error.value).startswith(said)
