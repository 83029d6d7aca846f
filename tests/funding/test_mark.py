"""The mark by hand: median of three, of two, of one; the band; stale; nothing from trades."""

import inspect

import pytest

from hkperp_engine.codes import IndexStatus
from hkperp_funding import mark, premium
from hkperp_funding.layout import FROM_BASIS, FROM_FUNDING, FROM_MID
from hkperp_funding.mark import update_mark
from hkperp_funding.premium import sample
from rates_world import HOUR, PERCENT, S, World

ALL = FROM_FUNDING | FROM_BASIS | FROM_MID
NOW = 1000 * S


def world_at(index=100_000, status=IndexStatus.GOOD, **changed):
    """A world whose index is given."""
    world = World(next_funding_ns=8 * HOUR, **changed)
    world.rates["index_ticks"] = index
    world.rates["index_status"] = status
    return world


def with_basis(world, *basis, now_ns=NOW):
    """Add samples every 5 s, the last one at `now_ns`."""
    start = now_ns - 5 * S * (len(basis) - 1)
    world.add_basis(*[(start + 5 * S * i, value) for i, value in enumerate(basis)])
    return world


def test_start_is_the_index():
    """No rate and no samples: (a) alone, and the mid does not count beside (a) only."""
    world = world_at()
    assert world.update_mark(NOW, 102_000) == 100_000
    assert world.get("mark_ticks", "mark_ns", "mark_basis", "mark_is_stale") == (
        100_000,
        NOW,
        FROM_FUNDING,
        0,
    )
    assert world.get("mark_good_ticks", "mark_good_ns") == (100_000, NOW)


# rate per 8 h (ppb), time to go, index, (a)
FUNDING = [
    # half of 0.01 % of 100,000 is 5
    (100_000, 4 * HOUR, 100_000, 100_005),
    (-100_000, 4 * HOUR, 100_000, 99_995),
    # 25,000 ppb of 100,000 is 2.5: down in ticks, on both sides
    (100_000, 2 * HOUR, 100_000, 100_002),
    (-100_000, 2 * HOUR, 100_000, 99_997),
    # the rate is rounded towards zero first: 10 * 1 h / 8 h = 1.25, so 1 ppb; of 10^9 one tick
    (10, 1 * HOUR, 10**9, 10**9 + 1),
    (-10, 1 * HOUR, 10**9, 10**9 - 1),
    (10, 1 * HOUR, 10**9 - 1, 10**9 - 1),
    # whole milliseconds: 1 ns less than 4 h is 14,399,999 ms: 49,999.9, so 49,999 ppb
    (100_000, 4 * HOUR - 1, 10**9, 10**9 + 49_999),
    # overdue, as in a halt: nothing is left of the rate; more than the interval: all of it
    (100_000, -5, 100_000, 100_000),
    (100_000, 9 * HOUR, 100_000, 100_010),
]


@pytest.mark.parametrize(("rate", "to_go", "index", "expected"), FUNDING)
def test_value_from_funding(rate, to_go, index, expected):
    world = world_at(index, rate_ppb=rate)
    now = 8 * HOUR - to_go
    world.rates["next_funding_ns"] = 8 * HOUR
    assert world.update_mark(now, 0) == expected


def test_median_of_three():
    """(a) 100,000, (b) 100,000 + 30, and the mid on each side of both, and between."""
    for mid, expected in ((99_000, 100_000), (100_010, 100_010), (105_000, 100_030)):
        world = with_basis(world_at(), *[30] * 10)
        assert world.update_mark(NOW, mid) == expected
        assert world.get("mark_basis") == ALL
        world = with_basis(world_at(100_000, rate_ppb=400_000), *[-30] * 10)  # (a) is above (b)
        world.rates["next_funding_ns"] = NOW + 4 * HOUR  # (a) 100,020, (b) 99,970
        clamped = min(max(mid, 99_970), 100_020)
        assert world.update_mark(NOW, mid) == clamped


def test_median_of_two():
    """No mid: (100,000 + 100,031) // 2 = 100,015; below: (100,000 + 99,969) // 2 = 99,984."""
    for basis, expected in ((31, 100_015), (-31, 99_984)):
        world = with_basis(world_at(), *[basis] * 10)
        assert world.update_mark(NOW, 0) == expected
        assert world.get("mark_basis") == FROM_FUNDING | FROM_BASIS


def test_mean_of_the_basis_rounds_down():
    """Nine of 3 and one of 4: 31 / 10 = 3.1, so 3; negative: -3.1, so -4."""
    world = with_basis(world_at(), *[3] * 9, 4)
    assert world.update_mark(NOW, 200_000) == 100_003
    world = with_basis(world_at(), *[-3] * 9, -4)
    assert world.update_mark(NOW, 1) == 99_996


def test_nine_samples_are_too_few():
    world = with_basis(world_at(), *[500] * 9)
    assert world.update_mark(NOW, 100_500) == 100_000
    assert world.get("mark_basis") == FROM_FUNDING


def test_window_is_150_s():
    """Thirty samples reach 145 s back; 5 s later the oldest is 150 s old and out."""
    world = with_basis(world_at(), 1000, *[10] * 29)
    assert world.update_mark(NOW, 200_000) == 100_000 + 1290 // 30
    assert world.update_mark(NOW + 5 * S - 1, 200_000) == 100_000 + 43
    assert world.update_mark(NOW + 5 * S, 200_000) == 100_010
    # 100 s later 10 are left, 105 s later 9: (a) alone
    world.update_mark(NOW + 100 * S, 200_000)
    assert world.get("mark_basis") == ALL
    world.update_mark(NOW + 105 * S, 200_000)
    assert world.get("mark_basis") == FROM_FUNDING


def test_ring_wraps():
    """Forty samples 0 .. 39: the last thirty, 10 .. 39, have the mean 24.5."""
    world = with_basis(world_at(), *range(40))
    assert world.update_mark(NOW, 200_000) == 100_024
    assert world.get("basis_next", "basis_count") == (10, 30)


def test_band_is_inward():
    """3 % of 100,033 is 3,000.99: the mark is kept within 97,033 .. 103,033."""
    for basis, expected in ((9000, 103_033), (-9000, 97_033)):
        world = with_basis(world_at(100_033), *[basis] * 10)
        assert world.update_mark(NOW, 100_033 + basis) == expected


def test_stray_trade_changes_nothing():
    """(VAL-04) A trade at any price is no input; a stray mid moves the mark to (a) or (b) only."""
    for function in (update_mark, sample):
        names = inspect.signature(getattr(function, "py_func", function)).parameters
        assert not [name for name in names if "trade" in name or "last" in name]
    for module in (mark, premium):
        assert "trade_ticks" not in inspect.getsource(module)
    marks = set()
    for mid in (1, 50_000, 99_990, 100_040, 1_000_000):
        world = with_basis(world_at(), *[30] * 30)
        marks.add(world.update_mark(NOW, mid))
    assert marks == {100_000, 100_030}


@pytest.mark.parametrize("status", [IndexStatus.HELD, IndexStatus.MEDIAN_OF_LIVE])
def test_stale_on_a_fallback_index(status):
    """The mark is computed and shown from the fallback index; the last good one is kept."""
    world = world_at(100_000)
    world.update_mark(NOW, 0)
    world.rates["index_ticks"] = 101_000
    world.rates["index_status"] = status
    assert world.update_mark(NOW + S, 0) == 101_000
    assert world.get("mark_is_stale", "mark_good_ticks", "mark_good_ns") == (1, 100_000, NOW)
    assert world.get("mark_ticks", "mark_ns") == (101_000, NOW + S)
    world.rates["index_status"] = IndexStatus.GOOD
    world.update_mark(NOW + 2 * S, 0)
    assert world.get("mark_is_stale", "mark_good_ticks") == (0, 101_000)


def test_exhausted_keeps_everything():
    world = world_at(100_000)
    world.update_mark(NOW, 0)
    world.rates["index_status"] = IndexStatus.EXHAUSTED
    assert world.update_mark(NOW + S, 50_000) == 100_000
    assert world.get("mark_is_stale", "mark_ticks", "mark_ns", "mark_good_ticks") == (
        1,
        100_000,
        NOW,
        100_000,
    )


def test_no_index_no_mark():
    """Before the first tick the status of an untouched row reads GOOD, and the index is 0."""
    world = World()
    assert world.update_mark(NOW, 100_000) == 0
    assert world.get("mark_is_stale", "mark_good_ticks", "mark_basis") == (1, 0, 0)


def test_mark_never_reaches_zero():
    """Rate -100 %: (a) is 0; the band (less than 100 %) keeps the mark above it."""
    world = world_at(1000, rate_ppb=-(10**9), mark_band_ppb=100 * PERCENT - 1)
    assert world.update_mark(0, 0) == 1
