"""The back-test on series whose breaches are known because they were made so (STR-04).

`made` builds a series price by price: before each price it asks a model of its own (a sort of the
last losses) for the rate, and then makes the loss exactly one ppb above it, exactly equal to it,
or smaller. What the back-test finds must be what was made.
"""

import random

import pytest

from hkperp_clearing.apc import Buffer, LongRunFloor, NoTool, StressedWeight
from hkperp_clearing.backtest import Prices, Verdict, coverage, verdict, walk
from hkperp_clearing.im_model import LONG, SHORT, Settings
from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

PERCENT = PPB // 100
NINETY_NINE = 990_000_000
LOOKBACK = 100
#: A price so large that a ppb of it is thousands of units.
START = 10**15


def exact_loss(before, after, sign):
    """Loss in ppb, rounded up, by division with remainder."""
    whole, rest = divmod(sign * (before - after) * PPB, before)
    return whole + (rest > 0)


def after_loss(price, loss, sign):
    """A price at which a position of `sign` has lost `loss` ppb and not a ppb more."""
    if sign == LONG:
        return -(-price * (PPB - loss) // PPB)
    return price * (PPB + loss) // PPB


def made(windows, broken, sign=LONG, seed=0):
    """Prices whose test windows, from the LOOKBACK-th on, are breaches at the places `broken`."""
    chance = random.Random(seed)
    prices = [START]
    for _ in range(LOOKBACK):
        prices.append(after_loss(prices[-1], chance.randint(-PERCENT, PERCENT), sign))
    for place in range(windows):
        losses = sorted(
            exact_loss(before, after, sign)
            for before, after in zip(prices[-LOOKBACK - 1 : -1], prices[-LOOKBACK:], strict=True)
        )
        rate = losses[98]  # the 99th of 100
        if place in broken:
            loss = rate + 1
        else:  # a loss equal to the rate is covered
            loss = rate if chance.random() < 0.1 else chance.randint(-rate, rate - 1)
        prices.append(after_loss(prices[-1], loss, sign))
    return prices


def series(prices, steps=None, stressed=(), history_max=10**6):
    steps = list(range(len(prices))) if steps is None else steps
    return Prices(prices, steps, [each in stressed for each in range(len(prices))], history_max)


SETTINGS = Settings(horizon=1, lookback=LOOKBACK, confidence_ppb=NINETY_NINE)

# windows, breaches, Kupiec's LR by hand (test_exceedance.py), zone, verdict
KNOWN = [
    (250, (), 5.025168, "green", "keep"),
    (250, (10, 200), 0.108436, "green", "keep"),
    (250, (10, 60, 110, 160, 210), 1.956810, "yellow", "recalibrate"),
    (250, tuple(range(0, 250, 25)), 12.955491, "red", "recalibrate"),
    (250, tuple(range(250)), 2302.585093, "red", "recalibrate"),
    (100, (50,), 0.0, "green", "keep"),  # 99 % exactly
]


@pytest.mark.parametrize("sign", [LONG, SHORT], ids=["long", "short"])
@pytest.mark.parametrize(("windows", "broken", "statistic", "zone", "word"), KNOWN)
def test_breaches_that_were_made_are_found(windows, broken, statistic, zone, word, sign):
    tested = walk(series(made(windows, broken, sign)), SETTINGS, sign, NoTool)
    assert [place for place, each in enumerate(tested) if each.is_breach] == list(broken)
    assert tested[0].start == LOOKBACK
    found = coverage(tested, NINETY_NINE)
    assert (found.windows, found.breaches, found.zone) == (windows, len(broken), zone)
    assert found.share.statistic == pytest.approx(statistic, abs=2e-6)
    assert found.covered_ppb == (windows - len(broken)) * PPB // windows
    assert found.worst_ppb == (1 if broken else 0)
    assert verdict(found, NINETY_NINE).word == word


@pytest.mark.parametrize("seed", range(8))
def test_breaches_at_random_places(seed):
    chance = random.Random(seed)
    broken = sorted(chance.sample(range(400), chance.randrange(20)))
    tested = walk(series(made(400, broken, LONG, seed)), SETTINGS, LONG, NoTool)
    found = [place for place, each in enumerate(tested) if each.is_breach]
    assert found == broken, f"seed {seed}"


def test_two_breaches_in_a_row_are_watched():
    """1,000 windows, 4 breaches: coverage 99.6 %, but always two together (p far below 5 %)."""
    tested = walk(series(made(1000, (100, 101, 500, 501))), SETTINGS, LONG, NoTool)
    found = coverage(tested, NINETY_NINE)
    assert found.breaches == 4
    assert verdict(found, NINETY_NINE).word == "watch"


def test_far_too_few_breaches_are_said():
    """1,000 windows without a breach: LR = -2000 ln 0.99 = 20.1; the margin is more than asked."""
    found = coverage(walk(series(made(1000, ())), SETTINGS, LONG, NoTool), NINETY_NINE)
    assert found.share.statistic == pytest.approx(20.100672, abs=1e-5)
    assert verdict(found, NINETY_NINE) == Verdict(
        "keep", "coverage holds, with fewer breaches than the confidence asks for"
    )


def test_the_rate_knows_nothing_of_the_window_it_is_tested_on():
    """Change everything after the start of the last window: its rates stay, its loss does not."""
    prices = made(50, (7,))
    spoilt = [*prices[:-1], prices[-1] // 2]
    before = walk(series(prices), SETTINGS, LONG, NoTool)
    after = walk(series(spoilt), SETTINGS, LONG, NoTool)
    assert before[:-1] == after[:-1]
    assert before[-1].applied_ppb == after[-1].applied_ppb
    assert after[-1].loss_ppb > 40 * PERCENT


@pytest.mark.parametrize("horizon", [2, 5])
def test_windows_of_the_test_do_not_overlap(horizon):
    settings = SETTINGS._replace(horizon=horizon)
    tested = walk(series(made(300, ())), settings, LONG, NoTool)
    starts = [each.start for each in tested]
    # The lookback is full when LOOKBACK windows have ended.
    assert starts[0] == LOOKBACK - 1 + horizon
    assert starts == list(range(starts[0], 401 - horizon, horizon))


def test_windows_of_longer_horizons_know_only_what_has_ended():
    """Horizon 3: the losses known at i are those of the windows that began at i - 3 or before."""
    prices, settings = made(60, ()), SETTINGS._replace(horizon=3)
    for each in walk(series(prices), settings, LONG, NoTool):
        begun = range(each.start - 3 - LOOKBACK + 1, each.start - 3 + 1)
        losses = sorted(exact_loss(prices[i], prices[i + 3], LONG) for i in begun)
        assert each.model_ppb == max(0, losses[98])
        assert each.loss_ppb == exact_loss(prices[each.start], prices[each.start + 3], LONG)


def test_a_window_across_a_gap_is_tested_nowhere():
    """A step is missing before price 120: the crash across it is no loss of one step."""
    prices = made(40, ())
    prices = prices[:120] + [price // 2 for price in prices[120:]]
    steps = [*range(120), *range(121, 142)]
    with_gap = walk(series(prices, steps), SETTINGS, LONG, NoTool)
    assert [each.start for each in with_gap] == [*range(100, 119), *range(120, 140)]
    assert not any(each.is_breach for each in with_gap)
    without = walk(series(prices), SETTINGS, LONG, NoTool)
    assert [each.start for each in without if each.is_breach] == [119]


def test_the_scaled_model_is_the_same_function_of_the_same_losses():
    from hkperp_clearing.im_model import model_rate_ppb, scaled_losses

    settings = SETTINGS._replace(decay_ppb=940_000_000)
    prices = made(30, (5,))
    for each in walk(series(prices), settings, LONG, NoTool):
        begun = range(each.start - LOOKBACK, each.start)
        losses = [exact_loss(prices[i], prices[i + 1], LONG) for i in begun]
        wanted = model_rate_ppb(sorted(scaled_losses(losses, 940_000_000)), settings)
        assert each.applied_ppb == wanted


def test_the_buffer_in_a_back_test():
    """TV-11 in time: calm is 1.25 * model; in declared stress the last calm rate holds."""
    stressed = range(150, 200)
    tested = walk(series(made(200, (), LONG, 3), stressed=stressed), SETTINGS, LONG, Buffer)
    calm = 0
    for each in tested:
        if each.start not in stressed:
            calm = -(-each.model_ppb * 5 // 4)
            assert each.applied_ppb == calm
        else:
            assert each.applied_ppb == max(each.model_ppb, calm)


def test_the_floor_remembers_what_the_lookback_forgets():
    """A crash of 40 % at the start: 300 windows later the model has forgotten it.

    With 1 of 100 losses allowed above the rate, two such losses hold the long-run rate until the
    history is 200 windows long; ten years cut to 150 windows forget them sooner.
    """
    prices = made(300, ())
    prices = [4 * START, 2 * START, *prices]  # -50 %, -50 %
    plain = walk(series(prices), SETTINGS, LONG, NoTool)
    floored = walk(series(prices), SETTINGS, LONG, LongRunFloor)
    cut = walk(series(prices, history_max=150), SETTINGS, LONG, LongRunFloor)
    last = {each.history: each.applied_ppb for each in floored}
    assert last[199] == 50 * PERCENT
    assert last[200] < 2 * PERCENT
    assert all(a.applied_ppb >= b.applied_ppb for a, b in zip(floored, plain, strict=True))
    assert {each.history for each in cut} == set(range(100, 151))


def test_the_stressed_weight_keeps_a_declared_crash():
    """One declared loss of 30 % carries a quarter of the weight: it is the rate, for good."""
    prices = made(200, ())
    prices = prices[:50] + [price * 7 // 10 for price in prices[50:]]
    tested = walk(series(prices, stressed=[49]), SETTINGS, LONG, StressedWeight)
    plain = walk(series(prices), SETTINGS, LONG, NoTool)
    assert plain[-1].applied_ppb < 2 * PERCENT
    assert all(29 * PERCENT < each.applied_ppb < 32 * PERCENT for each in tested)


def test_a_series_too_short_is_said():
    with pytest.raises(InputError) as error:
        walk(series(made(0, ())), SETTINGS, LONG, NoTool)
    assert "101 prices leave no window to test after a lookback of 100 windows" in str(error.value)
