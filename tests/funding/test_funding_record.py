"""Funding of 10 October 2025 from recorded stand-ins beside the published rate (FND-03).

The tool restates docs/rates.md in plain integers, so that no report needs a compiler; here the
kernels of the venue are asked the same. Recorded data is not part of the repository.
"""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import recorded
from hkperp.backtest.funding_record import (
    FILES,
    Sample,
    clamped_rate_ppb,
    compare_funding,
    depth_samples,
    impact_ticks,
    mark_samples,
    premium_of,
)
from hkperp.cli.main import main
from hkperp_funding.premium import premium_ppb
from rates_world import HOUR, S, World

ROOT = Path(__file__).parents[2]
TICKS = st.integers(1, 2**31 - 1)
SIDE = st.one_of(st.just(0), TICKS)

needs_data = pytest.mark.skipif(
    not all(recorded.has(name) for name in FILES), reason=recorded.MISSING
)


def kernels_rate(samples: list[Sample]) -> int:
    """The rate that the venue's own kernels give for these samples."""
    world = World(next_funding_ns=8 * HOUR)
    for number, sample in enumerate(samples):
        world.rates["index_ticks"] = sample.index_ticks
        world.sample((number + 1) * 5 * S, 0, sample.bid_ticks, sample.ask_ticks)
    return world.funding_rate()


@given(TICKS, SIDE, SIDE)
def test_the_premium_is_the_kernels(index: int, bid: int, ask: int) -> None:
    assert premium_of(Sample(0, index, bid, ask)) == premium_ppb(index, bid, ask)


@given(st.lists(st.tuples(st.integers(10_000, 20_000), SIDE, SIDE), max_size=6))
def test_the_rate_is_the_kernels(rows: list[tuple[int, int, int]]) -> None:
    samples = [Sample(0, *row) for row in rows]
    assert clamped_rate_ppb(samples)[1] == kernels_rate(samples)


def test_impact_prices_by_hand() -> None:
    """Mid 100,000.00, 100,000 USDT within 1 %: a quarter of it takes 0.25 %, 0.125 % on average.

    10,000,000 ticks less 12,500; an ask the same above. A band of less than 25,000 USDT is thin.
    """
    assert impact_ticks(10_000_000, 10_000_000, 1) == 9_987_500
    assert impact_ticks(10_000_000, 10_000_000, -1) == 10_012_500
    assert impact_ticks(10_000_001, 10_000_000, 1) == 9_987_500  # 9,987,500.99875 down
    assert impact_ticks(10_000_001, 10_000_000, -1) == 10_012_502  # 10,012,501.00125 up
    assert impact_ticks(10_000_000, 2_499_999, 1) == 0


@needs_data
def test_the_day_as_computed_and_as_published() -> None:
    """The figures of docs/margin-model.md: ppb per 8 h."""
    rows = compare_funding(recorded.folder())
    assert [(row.samples, row.recorded) for row in rows] == [(959, 959), (895, 960), (0, 960)]
    assert [row.premium_ppb for row in rows] == [152_312, -288_981, 0]
    assert [row.depth_rate_ppb for row in rows] == [100_000, 100_000, 0]
    assert [row.mark_premium_ppb for row in rows] == [467_572, 466_484, 1_212_742]
    assert [row.mark_rate_ppb for row in rows] == [100_000, 100_000, 712_742]
    assert [row.published_ppb for row in rows] == [38_790, 10_130, 100_000]


@needs_data
def test_the_kernels_give_the_same_for_the_recorded_samples() -> None:
    depth, _ = depth_samples(recorded.folder())
    first = depth[0].time_ns - depth[0].time_ns % (24 * HOUR)
    edges = range(first, first + 25 * HOUR, 8 * HOUR)
    for rows in (depth, mark_samples(recorded.folder())):
        for begun, ended in pairwise(edges):
            used = [each for each in rows if begun <= each.time_ns < ended]
            assert clamped_rate_ppb(used)[1] == kernels_rate(used)


@needs_data
def test_the_record_is_crossed_after_the_fall() -> None:
    """From 15:23 the record's bids lie above the index: those snapshots are left out."""
    samples, recorded_ns = depth_samples(recorded.folder())
    used = {each.time_ns for each in samples}
    left_out = [time for time in recorded_ns if time not in used]
    in_day = (left_out[0] - recorded_ns[0] // (24 * HOUR) * 24 * HOUR) // S
    assert (in_day // 3600, in_day // 60 % 60) == (15, 23)
    assert len(left_out) == 1025
    assert max(used) < recorded_ns[0] + 16 * HOUR


@needs_data
def test_the_page_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/margin-model.md shows the table that the command prints."""
    assert main(["backtest", "--funding"]) == 0
    assert capsys.readouterr().out in (ROOT / "docs/margin-model.md").read_text()
