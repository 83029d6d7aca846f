"""The index by hand: who is dropped, how weights are capped, the ladder, one attacker."""

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkperp_engine.codes import IndexStatus, SourceStatus
from hkperp_engine.units import PPB, PRICE_TICKS_MAX
from rates_world import PERCENT, S, World

USED, MISSING, STALE, OUTLYING, CROSSED = SourceStatus
GOOD, HELD, MEDIAN, EXHAUSTED = IndexStatus


def tick(world, now_ns=0):
    """Status and value of the index."""
    status = world.update_index(now_ns)
    assert status == world.get("index_status")
    assert world.get("index_ns") == now_ns
    return int(status), world.get("index_ticks")


# prices of equal weight, the index and why
MEDIANS = [
    # odd: 3 of 3 weights 1/3: cumulative 1/3, 2/3 >= 1/2 at the second
    ((100_000, 100_010, 100_030), 100_010),
    # order of the sources does not matter
    ((100_030, 100_000, 100_010), 100_010),
    # 4 equal weights: exactly half after the second: (100,000 + 100,011) // 2 = 100,005
    ((100_011, 99_990, 100_020, 100_000), 100_005),
    # ties: half is reached between two equal prices
    ((100_000, 100_000, 100_000, 100_300), 100_000),
    # 5 with two at the same price
    ((100_000, 100_001, 100_001, 100_002, 100_003), 100_001),
    # the largest prices: (2^31-1 + 2^31-1) // 2
    ((PRICE_TICKS_MAX,) * 4, PRICE_TICKS_MAX),
    ((1, 1, 1), 1),
]


@pytest.mark.parametrize(("prices", "expected"), MEDIANS)
def test_equal_weights(prices, expected):
    assert tick(World(prices)) == (GOOD, expected)


def test_weighted_median_at_half():
    """Weights 20, 30, 10, 40 in order of price: 50 is reached at the second, exactly half."""
    weights = [20 * PERCENT, 30 * PERCENT, 10 * PERCENT, 40 * PERCENT]
    world = World((100, 101, 104, 105), weights, weight_max_ppb=45 * PERCENT)
    assert tick(world) == (GOOD, 102)  # (101 + 104) // 2 = 102.5 down
    # one ppb moved from the second to the third: half is passed only at the third
    world = World(
        (100, 101, 104, 105),
        [20 * PERCENT, 30 * PERCENT - 1, 10 * PERCENT + 1, 40 * PERCENT],
        weight_max_ppb=45 * PERCENT,
    )
    assert tick(world) == (GOOD, 104)


def test_weighted_mean_rounds_down():
    """0.2*1001 + 0.3*1002 + 0.1*1003 + 0.4*1004 = 200.2 + 300.6 + 100.3 + 401.6 = 1002.7."""
    weights = [20 * PERCENT, 30 * PERCENT, 10 * PERCENT, 40 * PERCENT]
    assert tick(World((1001, 1002, 1003, 1004), weights, is_weighted_mean=1)) == (GOOD, 1002)


def test_cap_one_source():
    """Weights 70, 20, 10, cap 40: the first is above; the rest, 30, is 60 % of the whole, so the
    cap is worth 40 * 30 / 60 = 20. Now 20, 20, 10: shares 40, 40, 20.
    """
    weights = [70 * PERCENT, 20 * PERCENT, 10 * PERCENT]
    world = World((100, 101, 102), weights)
    assert tick(world) == (GOOD, 101)  # without the cap it would be 100
    assert world.of_sources("weight_used") == [20 * PERCENT, 20 * PERCENT, 10 * PERCENT]


def test_cap_two_rounds():
    """Weights 60, 25, 15, cap 35: in the first round only 60 is above (25 * 100 <= 35 * 100). With
    it at 35 %, the second is 25 * 65 / 40 = 40.6 % > 35 %. Both capped: the third, 15, is 30 %, so
    the cap is worth 35 * 15 / 30 = 17.5 % of the old whole.
    """
    weights = [60 * PERCENT, 25 * PERCENT, 15 * PERCENT]
    world = World((100, 101, 102), weights, weight_max_ppb=35 * PERCENT)
    tick(world)
    assert world.of_sources("weight_used") == [175_000_000, 175_000_000, 150_000_000]


def test_cap_rounds_down():
    """Weights 999,999,998, 1, 1, cap 40: 40 * 2 / 60 = 1.33, so 1: never above the cap."""
    world = World((100, 101, 102), [PPB - 2, 1, 1])
    assert tick(world) == (GOOD, 101)
    assert world.of_sources("weight_used") == [1, 1, 1]


def test_cap_counts_what_is_used():
    """20 % each of five with a cap of 25 %, one missing: 25 % each is at the cap, not above it."""
    world = World((100, 101, 102, 103, 0), weight_max_ppb=25 * PERCENT, source_min=4)
    assert tick(world) == (GOOD, 101)
    assert world.of_sources("weight_used") == [20 * PERCENT] * 4 + [0]


def test_age_limit_is_inclusive():
    world = World((100, 101, 102, 103))
    world.show(1 * S, None, 101)
    world.show(1 * S + 1, None, None, 102, 103)
    assert tick(world, 11 * S) == (GOOD, 102)  # 101, 102, 103
    assert world.of_sources("status") == [STALE, USED, USED, USED]
    assert world.of_sources("age_ns") == [11 * S, 10 * S, 10 * S - 1, 10 * S - 1]


def test_zero_price_is_missing():
    world = World((100, 101, 102, 103))
    world.show(S, 0)
    assert tick(world, S) == (GOOD, 102)
    assert world.of_sources("status") == [MISSING, USED, USED, USED]
    assert world.of_sources("age_ns")[0] == 0


def test_deviation_limit_is_inclusive():
    """5 % of the median 100,000 is 5,000: at 105,000 used, at 105,001 not; below alike."""
    world = World((95_000, 100_000, 100_000, 100_000, 105_000))
    tick(world)
    assert world.of_sources("status") == [USED] * 5
    world = World((94_999, 100_000, 100_000, 100_000, 105_001))
    tick(world)
    assert world.of_sources("status") == [OUTLYING, USED, USED, USED, OUTLYING]


def test_deviation_from_the_even_median():
    """Live 1000, 1001, 1051, 1052: median (1001 + 1051) // 2 = 1026, 2 % of it is 20.52: all four
    are more than 20 away, so none is used. A true gap does not lean on the last index.
    """
    world = World((1000, 1001, 1051, 1052), deviation_max_ppb=2 * PERCENT)
    assert tick(world) == (EXHAUSTED, 0)
    assert world.of_sources("status") == [OUTLYING] * 4


def test_a_true_gap_passes():
    world = World((1000,) * 5)
    tick(world)
    world.show(S, 500, 501, 502, 503, 504)
    assert tick(world, S) == (GOOD, 502)


def test_minimum_count():
    world = World((100, 101, 0, 0, 102), source_min=3)
    assert tick(world) == (GOOD, 101)
    world.show(S, None, None, None, None, 0)
    assert tick(world, S) == (HELD, 101)


def test_never_good():
    world = World((100, 101, 0, 0, 0))
    assert tick(world) == (EXHAUSTED, 0)
    assert tick(world, 10 * S) == (EXHAUSTED, 0)


def test_ladder_by_time():
    """Good at 100 s with 1,000; then two sources are left. T1 = 30 s, T2 = 300 s, x = 2 %."""
    world = World((1000, 1000, 1000), age_max_ns=1000 * S)
    assert tick(world, 100 * S) == (GOOD, 1000)
    world.show(101 * S, 0, 1011, 1012)
    assert tick(world, 101 * S) == (HELD, 1000)
    assert tick(world, 130 * S) == (HELD, 1000)  # 30 s since the last good one: still held
    assert tick(world, 130 * S + 1) == (MEDIAN, 1011)  # (1011 + 1012) // 2
    world.show(131 * S, None, 1025, 1026)
    assert tick(world, 131 * S) == (MEDIAN, 1020)  # 1025 kept within 1000 + 2 %
    world.show(132 * S, None, 0, 970)
    assert tick(world, 132 * S) == (MEDIAN, 980)
    assert tick(world, 430 * S) == (MEDIAN, 980)  # 330 s since the last good one
    assert tick(world, 430 * S + 1) == (EXHAUSTED, 980)  # the last value stays
    assert world.get("index_good_ticks", "index_good_ns") == (1000, 100 * S)
    world.show(500 * S, 990, 991, 992)
    assert tick(world, 500 * S) == (GOOD, 991)
    assert world.get("index_good_ticks", "index_good_ns") == (991, 500 * S)


def test_exhausted_makes_the_mark_stale():
    """Also where no mark is computed, as in a halt: a contract must not reopen on the old one."""
    world = World((1000, 1000, 1000))
    assert tick(world) == (GOOD, 1000)
    assert world.get("mark_is_stale") == 0
    tick(world, 330 * S + 1)
    assert world.get("index_status", "mark_is_stale") == (EXHAUSTED, 1)
    world = World((1000, 1000, 0))
    tick(world)
    assert world.get("index_status", "mark_is_stale") == (EXHAUSTED, 1)


def test_band_is_inward():
    """2 % of 1,049 is 20.98: the median of the rest is kept within 1,029 .. 1,069."""
    for shown, expected in ((1200, 1069), (900, 1029), (1069, 1069), (1068, 1068)):
        world = World((1049, 1049, 1049), age_max_ns=1000 * S)
        tick(world)
        world.show(S, 0, 0, shown)
        assert tick(world, 31 * S) == (MEDIAN, expected)


def test_the_second_rung_needs_a_source():
    world = World((1000, 1000, 1000))
    tick(world)
    world.show(S, 0, 0, 0)
    assert tick(world, 30 * S) == (HELD, 1000)
    assert tick(world, 31 * S) == (EXHAUSTED, 1000)
    world.show(40 * S, 1001)
    assert tick(world, 40 * S) == (MEDIAN, 1001)  # by time and sources alone


def test_two_sources_that_disagree_are_no_median():
    """Each is 45 % away from their mean: both outlying, nothing is left to take a median of."""
    world = World((1000, 1000, 1000), age_max_ns=1000 * S)
    tick(world)
    world.show(S, 0, 1000, 10_000)
    assert tick(world, 31 * S) == (EXHAUSTED, 1000)
    assert world.of_sources("status") == [MISSING, OUTLYING, OUTLYING]


def test_same_time_twice():
    world = World((1000, 1001, 1002))
    assert tick(world, 5 * S) == tick(world, 5 * S) == (GOOD, 1001)


def test_other_contracts_are_untouched():
    world = World((1000, 1001, 1002))
    tick(world, 5 * S)
    for other in (0, 2):
        assert world.state.rates[other].tobytes() == bytes(world.state.rates.itemsize)
        rows = world.state.sources[other * 8 : other * 8 + 8]
        assert rows.tobytes() == bytes(rows.nbytes)


HONEST = (99_950, 99_990, 100_000, 100_010, 100_060)


@pytest.mark.parametrize("is_mean", [0, 1])
@pytest.mark.parametrize("attacker", range(5))
def test_one_source_times_ten_for_an_hour(attacker, is_mean):
    """(VAL-02) With x10 the source is dropped; the index stays between the honest prices."""
    shown = list(HONEST)
    shown[attacker] *= 10
    honest = [price for i, price in enumerate(HONEST) if i != attacker]
    world = World(HONEST, is_weighted_mean=is_mean)
    before = tick(world)[1]
    for now in range(0, 3600 * S, 60 * S):
        world.show(now, *shown)
        status, index = tick(world, now)
        assert status == GOOD
        assert min(honest) <= index <= max(honest)
        assert abs(index - before) <= max(honest) - min(honest)
        assert world.of_sources("status")[attacker] == OUTLYING


def test_one_of_exactly_the_minimum():
    """Three of three needed, one lies: held, then two that agree, then halted; never its price."""
    world = World((100_000, 100_010, 100_020), age_max_ns=1000 * S)
    tick(world)
    world.show(S, None, None, 1_000_200)
    seen = [tick(world, now * S) for now in range(1, 600)]
    assert [status for status, _ in itertools.groupby(s for s, _ in seen)] == [
        HELD,
        MEDIAN,
        EXHAUSTED,
    ]
    # held at 100,010, then (100,000 + 100,010) // 2
    assert {index for _, index in seen} == {100_010, 100_005}


@st.composite
def attacked(draw):
    """Honest prices close together, weights of a legal set, one source with any price at all."""
    count = draw(st.integers(3, 8))
    least = draw(st.integers(3, count))
    base = draw(st.integers(1_000, 10**9))
    honest = [base + draw(st.integers(0, base // 500)) for _ in range(count)]
    parts = sorted(draw(st.sets(st.integers(1, PPB - 1), min_size=count - 1, max_size=count - 1)))
    weights = [b - a for a, b in itertools.pairwise([0, *parts, PPB])]
    cap = draw(st.integers(-(-PPB // least), PPB // 2 - 1))
    price = draw(st.one_of(st.integers(0, PRICE_TICKS_MAX), st.integers(base, base + base // 50)))
    return honest, weights, least, cap, draw(st.integers(0, count - 1)), price


@given(attacked(), st.sampled_from([0, 1]))
def test_published_bound(case, is_mean):
    """(VAL-02) Whatever one source shows, the index stays within the published bound."""
    honest, weights, least, cap, attacker, price = case
    world = World(honest, weights, weight_max_ppb=cap, source_min=least, is_weighted_mean=is_mean)
    before = tick(world)[1]
    world.show(S, *[price if i == attacker else shown for i, shown in enumerate(honest)])
    status, index = tick(world, S)
    live = [shown for i, shown in enumerate(honest) if i != attacker]
    low, high = min(live), max(live)
    if status == HELD:
        assert index == before
        return
    if is_mean:  # weight_max * deviation_max beyond the honest range, and one tick
        reach = Fraction(cap * 5 * PERCENT, PPB * PPB) * high + 1
        assert low - reach <= index <= high + reach
    else:
        assert low <= index <= high


@given(attacked())
def test_no_share_above_the_cap(case):
    honest, weights, least, cap, _, _ = case
    world = World(honest, weights, weight_max_ppb=cap, source_min=least)
    assert tick(world)[0] == GOOD
    used = world.of_sources("weight_used")
    assert all(weight > 0 for weight in used)
    assert all(Fraction(weight, sum(used)) <= Fraction(cap, PPB) for weight in used)
    # what was not capped keeps its weight, and nothing gains
    assert all(weight <= before for weight, before in zip(used, weights))


def test_a_crossed_source_is_not_live():
    """GAT-060: its bid was above its ask: no price can be read from it, however young."""
    world = World((100_000, 100_010, 100_030, 90_000))
    world.sources[3]["is_crossed"] = 1
    assert tick(world) == (GOOD, 100_010)
    assert world.of_sources("status") == [USED, USED, USED, CROSSED]
    assert world.of_sources("age_ns")[3] == 0
    world.sources[0]["is_crossed"] = 1  # two left of three that are needed
    assert tick(world) == (HELD, 100_010)


def test_dispersion():
    """VAL-06: (103 - 99) / 100 = 4 %, outlying sources count, crossed and stale ones do not."""
    world = World((99, 100, 103), deviation_max_ppb=50 * PERCENT)
    assert world.dispersion() == 0  # no index yet
    tick(world)
    assert world.dispersion() == 4 * PERCENT
    world = World((100, 100, 100, 150), deviation_max_ppb=5 * PERCENT)
    tick(world)
    assert world.of_sources("status")[3] == OUTLYING
    assert world.dispersion() == 50 * PERCENT
    world.sources[3]["is_crossed"] = 1
    tick(world)
    assert world.dispersion() == 0
