"""Samples, rate and payments by hand (FND-01 .. FND-06, TV-7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hkperp_engine.codes import IndexStatus
from hkperp_engine.units import PPB
from hkperp_funding.layout import BASIS_SLOTS
from hkperp_funding.premium import premium_ppb
from hkperp_funding.rate import funding_payment
from rates_world import CONTRACT, HOUR, S, World

# index, impact bid, impact ask, premium in ppb
PREMIUMS = [
    # (28,000 - 27,960) / 27,960 = 0.00143061516: FORMULAS section 5
    (27_960, 28_000, 28_010, 1_430_615),
    # towards zero on the other side: -60 / 27,960 = -0.00214592274
    (27_960, 27_890, 27_900, -2_145_922),
    # the index is between bid and ask: nobody would pay to leave it
    (27_960, 27_950, 27_970, 0),
    (27_960, 27_960, 27_960, 0),
    # not deep enough on one side: that side gives 0, also where 0 would be a huge discount
    (27_960, 28_000, 0, 1_430_615),
    (27_960, 0, 27_900, -2_145_922),
    (27_960, 0, 28_100, 0),
    (27_960, 0, 0, 0),
    # kept within 100 %
    (1, 2**31 - 1, 0, PPB),
    (1000, 1999, 0, 999_000_000),
    (1000, 2001, 0, PPB),
    (2**31 - 1, 0, 1, -999_999_999),
]


@pytest.mark.parametrize(("index", "bid", "ask", "expected"), PREMIUMS)
def test_premium(index, bid, ask, expected):
    assert premium_ppb(index, bid, ask) == expected


def good(index=27_960, **changed):
    world = World(next_funding_ns=8 * HOUR, **changed)
    world.rates["index_ticks"] = index
    return world


def ring(world):
    """(time in s, basis) of the samples kept, oldest first."""
    next_slot, count = world.get("basis_next", "basis_count")
    slots = [(next_slot - count + i) % BASIS_SLOTS for i in range(count)]
    rows = [world.state.basis[CONTRACT * BASIS_SLOTS + slot] for slot in slots]
    return [(int(row["time_ns"]) // S, int(row["basis_ticks"])) for row in rows]


def test_samples_add_up():
    world = good()
    assert world.sample(5 * S, 28_005, 28_000, 28_010) == 1
    assert world.sample(10 * S, 27_960, 27_950, 27_970) == 2
    assert world.get("premium_sum_ppb", "premium_count") == (1_430_615, 2)
    assert ring(world) == [(5, 45), (10, 0)]


def test_basis_is_carried_forward():
    """Also from a carried one, and the book's depth is asked apart from its mid."""
    world = good()
    world.sample(5 * S, 0, 0, 0)
    assert ring(world) == []  # nothing to carry yet; the premium sample of 0 counts
    world.sample(10 * S, 27_950, 0, 0)
    world.rates["index_ticks"] = 28_500
    world.sample(15 * S, 0, 28_600, 0)
    world.sample(20 * S, 0, 0, 0)
    assert ring(world) == [(10, -10), (15, -10), (20, -10)]
    # 100 / 28,500 = 0.00350877192
    assert world.get("premium_sum_ppb", "premium_count") == (3_508_771, 4)


def test_nothing_is_carried_over_a_gap():
    """A basis 150 s old is out of the window: after a halt it starts anew."""
    world = good()
    world.sample(5 * S, 27_965, 0, 0)
    world.sample(155 * S, 0, 0, 0)
    assert ring(world) == [(5, 5)]
    world.sample(155 * S - 1, 0, 0, 0)
    assert ring(world) == [(5, 5), (154, 5)]


@pytest.mark.parametrize("status", set(IndexStatus) - {IndexStatus.GOOD})
def test_no_sample_without_a_good_index(status):
    """(FND-06) Time with a fallback index is left out of premium and basis."""
    world = good()
    world.rates["index_status"] = status
    assert world.sample(5 * S, 28_005, 28_000, 28_010) == 0
    assert world.get("premium_sum_ppb", "premium_count", "basis_count") == (0, 0, 0)


def test_no_sample_before_the_first_index():
    world = good(index=0)
    assert world.sample(5 * S, 28_005, 28_000, 28_010) == 0


def rate_of(total, count, hours=8, **changed):
    world = good(
        premium_sum_ppb=total, premium_count=count, funding_interval_ns=hours * HOUR, **changed
    )
    return world.funding_rate()


# sum and number of samples, hours, rate: interest 100,000, d 500,000, cap 3,500,000
RATES = [
    # premium inside interest +- d: the rate is the interest
    (0, 5760, 8, 100_000),
    (500_000, 1, 8, 100_000),
    (600_000, 1, 8, 100_000),
    (600_001, 1, 8, 100_001),
    (-400_000, 1, 8, 100_000),
    (-400_001, 1, 8, 99_999),
    # 1,430,615 + clamp(100,000 - 1,430,615 = -1,330,615, -500,000, 500,000) = 930,615
    (1_430_615, 1, 8, 930_615),
    (-2_145_922, 1, 8, -1_645_922),
    # cap last: 5,000,000 - 500,000 = 4,500,000 is cut to 3,500,000
    (5_000_000, 1, 8, 3_500_000),
    (-5_000_000, 1, 8, -3_500_000),
    # mean towards zero: 2,000,001 / 2 = 1,000,000.5; -2,000,001 / 2 = -1,000,000.5
    (2_000_001, 2, 8, 500_000),
    (-2_000_001, 2, 8, -500_000),
    # scaled towards zero: 930,615 / 8 = 116,326.875; -1,645,922 / 8 = -205,740.25
    (1_430_615, 1, 1, 116_326),
    (-2_145_922, 1, 1, -205_740),
    # three times 8 h; the cap is on the payment: 1,500,000 * 3 = 4,500,000
    (1_430_615, 1, 24, 2_791_845),
    (2_000_000, 1, 24, 3_500_000),
    # the cap does not bite before scaling: 20,000,000 - 500,000 = 19,500,000, / 8 = 2,437,500
    (20_000_000, 1, 1, 2_437_500),
]


@pytest.mark.parametrize(("total", "count", "hours", "expected"), RATES)
def test_rate(total, count, hours, expected):
    assert rate_of(total, count, hours) == expected


def test_no_sample_no_rate():
    """(FND-06) Also no interest: nothing was measured."""
    assert rate_of(0, 0) == 0
    world = good(rate_ppb=77)
    assert world.close_interval(8 * HOUR) == 0
    assert world.get("rate_ppb", "rate8h_ppb", "rate_samples") == (0, 0, 0)


def test_close_interval():
    world = good(premium_sum_ppb=2 * 1_430_615, premium_count=2, funding_interval_ns=HOUR)
    world.rates["next_funding_ns"] = 3 * HOUR
    assert world.close_interval(3 * HOUR) == 116_326
    assert world.get("rate_ppb", "rate8h_ppb", "rate_samples") == (116_326, 930_615, 2)
    assert world.get("premium_sum_ppb", "premium_count", "next_funding_ns") == (0, 0, 4 * HOUR)
    assert world.funding_rate() == 0


def test_funding_missed_in_a_halt_is_due_once():
    """Due at 3 h, paid at the resume at 5 h 30: next at 6 h; at 6 h sharp: next at 7 h."""
    for now, following in ((5 * HOUR + HOUR // 2, 6 * HOUR), (6 * HOUR, 7 * HOUR)):
        world = good(premium_sum_ppb=5, premium_count=1, funding_interval_ns=HOUR)
        world.rates["next_funding_ns"] = 3 * HOUR
        world.close_interval(now)
        assert world.get("next_funding_ns") == following


# lots, mark, tick value, rate in ppb, amount
PAYMENTS = [
    # TV-7 in cents: 2 BTC * 500,000 * 0.01 % = 100.00
    (2, 500_000, 100, 100_000, -10_000),
    (-2, 500_000, 100, 100_000, 10_000),
    (2, 500_000, 100, -100_000, 10_000),
    (-2, 500_000, 100, -100_000, -10_000),
    # lots of 0.1 BTC, tick HKD 1, units of 1e-6 HKD: 20 lots, tick value 100,000: 100 HKD
    (20, 500_000, 100_000, 100_000, -100_000_000),
    # README: 300,123 * 0.0007 = 210.0861: the payer up, the receiver down
    (3, 100_041, 1, 700_000, -211),
    (-3, 100_041, 1, 700_000, 210),
    # less than one unit
    (1, 1, 1, 1, -1),
    (-1, 1, 1, 1, 0),
    (1, 1, 1, -1, 0),
    (-1, 1, 1, -1, -1),
    (0, 500_000, 100, 100_000, 0),
    (5, 500_000, 100, 0, 0),
    # the largest position there may be, at 100 %
    (2**31 - 1, 2**25, 1, PPB, -((2**31 - 1) * 2**25)),
]


@pytest.mark.parametrize(("lots", "mark", "tick_value", "rate", "expected"), PAYMENTS)
def test_payment(lots, mark, tick_value, rate, expected):
    assert funding_payment(lots, mark, tick_value, rate) == expected


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=20),
    st.integers(1, 10**7),
    st.integers(1, 1000),
    st.integers(-PPB, PPB),
)
def test_funding_makes_no_money(lots, mark, tick_value, rate):
    """(FND-02) Longs and shorts sum to 0 lots; what is left over is the rounding account's."""
    lots = [*lots, -sum(lots)]
    total = sum(int(funding_payment(each, mark, tick_value, rate)) for each in lots)
    assert -len(lots) < total <= 0


# last rate, step, rate without it, rate
STEPS = [
    (0, 0, 930_615, 930_615),  # off
    (0, 100_000, 930_615, 100_000),  # at most one step from nothing
    (900_000, 100_000, 930_615, 930_615),
    (1_100_000, 100_000, 930_615, 1_000_000),
    (-500_000, 1_430_615, 930_615, 930_615),  # exactly one step
    (-500_000, 1_430_614, 930_615, 930_614),
]


@pytest.mark.parametrize(("last", "step", "free", "expected"), STEPS)
def test_the_rate_moves_a_step_at_most(last, step, free, expected):
    """FND-04, GAT-061: premium 1,430,615 over 8 h gives 930,615 unless the step holds it."""
    world = good(rate_step_ppb=0)
    world.sample(5 * S, 28_005, 28_000, 28_010)
    assert world.funding_rate() == free
    world.rates["rate_step_ppb"] = step
    world.rates["rate_ppb"] = last
    assert world.close_interval(8 * HOUR) == expected
    assert world.get("funded_ns") == 8 * HOUR


def test_without_a_sample_the_rate_is_zero_whatever_the_step():
    """FND-06 stands above FND-04."""
    world = good(rate_step_ppb=1)
    world.rates["rate_ppb"] = 1_000_000
    assert world.close_interval(8 * HOUR) == 0
