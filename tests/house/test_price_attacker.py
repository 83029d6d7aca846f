"""One source that lies, one trade that strays: they liquidate nobody (VAL-02, VAL-04).

Bounds are those that docs/rates.md publishes.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attacked_venue import (
    BANK,
    BEGIN,
    LONGS,
    PPB,
    RICH,
    SHORTS,
    TICKS_MAX,
    TRICKS,
    Rules,
    Seen,
    Step,
    Venue,
    config,
    play,
    seeded,
)
from hkperp.config import Contract
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, IndexStatus, Side, TimeInForce
from vectors import SECOND

LADDER = (IndexStatus.HELD, IndexStatus.MEDIAN_OF_LIVE)

RULES = st.integers(3, 6).flatmap(
    lambda count: st.builds(
        Rules,
        count=st.just(count),
        attacker=st.integers(0, count - 1),
        weights=st.tuples(*(st.integers(1, 20) for _ in range(count))),
        deviation_ppm=st.sampled_from([20_000, 50_000, 200_000]),
        median_band_ppm=st.sampled_from([0, 30_000]),
        hold_s=st.sampled_from([0, 60, 600]),
        is_mean=st.booleans(),
    )
)
STEPS = st.lists(
    st.builds(
        Step,
        seconds=st.sampled_from([1, 5, 30, 90, 400]),
        move_ppm=st.integers(-30_000, 30_000),
        noise_ppm=st.tuples(*(st.integers(-3_000, 3_000) for _ in range(6))),
        silent=st.one_of(st.just(0), st.integers(0, 63)),
        trick=st.sampled_from(TRICKS),
    ),
    min_size=1,
    max_size=25,
)


def check_bounds(terms: Contract, found: Seen, good: int) -> None:
    """The bounds of docs/rates.md: `good` is the last good index."""
    rules, index = terms.index, found.index
    if found.status == IndexStatus.GOOD:
        low, high = min(found.honest), max(found.honest)
        beyond = rules.weight_max_ppb * rules.deviation_max_ppb * high + PPB * PPB
        slack = beyond if rules.is_weighted_mean else 0
        assert low * PPB * PPB - slack <= index * PPB * PPB <= high * PPB * PPB + slack, found
    elif found.status in LADDER:
        assert abs(index - good) <= good * rules.median_band_ppb // PPB, (found, good)
    if found.mark:
        assert abs(found.mark - index) <= index * terms.mark.band_ppb // PPB, found


def attack(rules: Rules, steps: list[Step]) -> dict[str, int]:
    """Play an attack, checked after every mark step; count how often what was met."""
    attacked = Venue(rules)
    terms, good = attacked.config.contracts[0], BEGIN
    met = {status.name: 0 for status in IndexStatus} | {"marks": 0}
    attacked.show_all(BEGIN)
    for found in play(attacked, steps):
        check_bounds(terms, found, good)
        good = found.index if found.status == IndexStatus.GOOD else good
        met[IndexStatus(found.status).name] += 1
        met["marks"] += found.mark > 0
    return met


@settings(max_examples=150)
@given(RULES, STEPS)
def test_one_source_moves_the_index_by_no_more_than_is_published(rules, steps) -> None:
    """VAL-02: any source, any price, any time."""
    attack(rules, steps)


CALM = Rules(3, 0, (1, 1, 1), 50_000, 30_000, 60, False)
GOOD, HELD = int(IndexStatus.GOOD), int(IndexStatus.HELD)
BEYOND = [
    (False, Seen((9_990, 10_010), GOOD, 10_011, 0)),
    (False, Seen((9_990, 10_010), GOOD, 9_989, 0)),
    # 40 % of 5 % of 10,000 and a tick: 10,201 is the highest mean.
    (True, Seen((9_990, 10_000), GOOD, 10_202, 0)),
    (False, Seen((), HELD, 10_301, 0)),
    (False, Seen((), IndexStatus.MEDIAN_OF_LIVE, 9_699, 0)),
    (False, Seen((10_000, 10_000), GOOD, 10_000, 10_301)),
]


@pytest.mark.parametrize(("is_mean", "found"), BEYOND, ids=str)
def test_the_check_bites(is_mean: bool, found: Seen) -> None:
    """A tick beyond a bound is found; a tick less is not."""
    terms = config(CALM._replace(is_mean=is_mean)).contracts[0]
    with pytest.raises(AssertionError):
        check_bounds(terms, found, BEGIN)
    name = "mark" if found.mark else "index"
    value = getattr(found, name)
    inside = found._replace(**{name: value - 1 if value > BEGIN else value + 1})
    check_bounds(terms, inside, BEGIN)


def test_bounds_over_seeds() -> None:
    """VAL-02, longer; and every rung of the ladder is met."""
    total: dict[str, int] = {}
    for seed in range(60):
        try:
            met = attack(*seeded(seed, 60))
        except Exception as error:
            raise AssertionError(f"seed={seed}: {error}") from error
        total = {name: total.get(name, 0) + count for name, count in met.items()}
    print(total)
    assert all(count >= 50 for count in total.values()), total


def bystanders(rules: Rules, steps: list[Step]) -> tuple[set[int], set[int], set[int]]:
    """Who is liquidated: under attack, by honest prices alone, by the plain mean of all sources.

    Honest prices alone: one venue where all sources show the lowest honest price of each step, and
    one where they show the highest. A weighted mean may leave them by the published bound.
    """
    attacked, lowest, highest, naive = (Venue(rules) for _ in range(4))
    for each in (attacked, lowest, highest, naive):
        each.populate()
    index = attacked.config.contracts[0].index
    for found in play(attacked, steps):
        for each in (lowest, highest, naive):
            each.now_ns = attacked.now_ns
        if found.status == IndexStatus.GOOD:
            low, high = min(found.honest), max(found.honest)
            beyond = index.weight_max_ppb * index.deviation_max_ppb * high // PPB // PPB + 1
            slack = beyond if rules.is_mean else 0
            lowest.show_all(low - slack)
            highest.show_all(high + slack)
            shown = attacked.house.state.sources["price_ticks"][: rules.count].tolist()
            naive.show_all(min(sum(shown) // len(shown), TICKS_MAX))
        honest = lowest.liquidated | highest.liquidated
        assert attacked.liquidated <= honest, f"{attacked.liquidated - honest} at {found}"
    return attacked.liquidated, lowest.liquidated | highest.liquidated, naive.liquidated


@settings(max_examples=80)
@given(RULES, STEPS)
def test_the_attacker_liquidates_nobody(rules, steps) -> None:
    """VAL-02, LIQ-02: who falls would have fallen by the honest prices."""
    bystanders(rules, steps)


def test_the_attacker_liquidates_nobody_over_seeds() -> None:
    """The same, longer; by a plain mean of the sources he would have had many."""
    fallen = saved = 0
    for seed in range(60):
        try:
            attacked, honest, naive = bystanders(*seeded(seed, 12))
        except Exception as error:
            raise AssertionError(f"seed={seed}: {error}") from error
        fallen += len(attacked)
        saved += len(naive - honest)
    print(f"liquidated {fallen}, by a plain mean {saved} more")
    assert fallen >= 60
    assert saved >= 200


# --- VAL-04: a trade is not a price.

GTC, IOC = int(TimeInForce.GTC), int(TimeInForce.IOC)


def order(where: Venue, wallet: int, side: Side, price: int, lots: int, order_id: int, tif: int):
    fields = {"wallet": wallet, "side": int(side), "price_ticks": price, "lots": lots}
    return where.send(Kind.NEW_ORDER, order_id=order_id, tif=tif, **fields)


def stray(price: int, lots: int, has_book: bool) -> Venue:
    """A venue near its thresholds in which one trade takes place at `price`, far from the market.

    `has_book`: there are orders around the market, which the trade sweeps.
    """
    where = Venue(CALM)
    where.populate()
    if has_book:
        order(where, BANK, Side.BUY, BEGIN - 5, 3, 1, GTC)
        order(where, BANK, Side.SELL, BEGIN + 5, 3, 2, GTC)
        where.now_ns += 60 * SECOND  # twelve samples: the mark has a basis, and the mid counts
        where.show_all(BEGIN)
    maker, taker = (Side.BUY, Side.SELL) if price < BEGIN else (Side.SELL, Side.BUY)
    order(where, BANK, maker, price, lots, 3, GTC)
    told = order(where, RICH, taker, price, lots + 3 * has_book, 4, IOC)
    traded = [event.price_ticks for event in told if event.kind == Event.TRADE]
    assert len(traded) == 1 + has_book, traded
    assert traded[-1] == price, traded
    return where


@settings(max_examples=60)
@given(
    st.one_of(st.integers(5_000, BEGIN - 50), st.integers(BEGIN + 50, 15_000)),
    st.integers(1, 50),
    st.booleans(),
)
def test_one_stray_trade_liquidates_nobody(price: int, lots: int, has_book: bool) -> None:
    """VAL-04, LIQ-02: printed at half the price or at half as much again, mark steps follow."""
    where = stray(price, lots, has_book)
    assert int(where.house.state.markets["last_ticks"][0]) == price
    for seconds in (0, 1, 60, 200):
        where.now_ns += seconds * SECOND
        told = where.show_all(BEGIN)
        marks = [event.price_ticks for event in told if event.kind == Event.MARK]
        assert marks == [BEGIN], marks
    assert not where.liquidated, where.liquidated


@pytest.mark.parametrize("price", [5_000, 15_000])
def test_the_same_price_of_the_sources_liquidates(price: int) -> None:
    """What the trade only printed, told by all sources: everybody on that side falls."""
    where = Venue(CALM)
    where.populate()
    where.show_all(price)
    assert where.liquidated == set(LONGS if price < BEGIN else SHORTS)
