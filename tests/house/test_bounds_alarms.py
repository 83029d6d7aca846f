"""int64 safety of the price alarms, in the manner of bounds.py; and buckets against their inverse.

Load promises (rules/proof.py): price * lots * tick value of a position is at most 2**56 up to the
highest price, rates at most PPB, at most eight contracts. A ceiling may be three times PPB: tier
or class, and two add-ons.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from bounds import Formula, Int64, Interval, python_body
from hkperp_clearing import alarms
from hkperp_clearing.layout import CONTRACTS_MAX
from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    LOTS_MAX,
    NONE,
    NOTIONAL_QUOTE_MAX,
    PPB,
    PRICE_TICKS_MAX,
)
from test_bounds_margin import Rows, exact

Steps = Iterator[tuple[str, Interval]]
CEILING = (0, 3 * PPB)
SPARE_MAX = ACCOUNT_QUOTE_MAX * CONTRACTS_MAX // 4
BUCKETS = alarms.alarm_buckets(PRICE_TICKS_MAX)
SHARE_MAX = 2**21
FALLING, RISING = 0, BUCKETS


class State(NamedTuple):
    """What the alarms of one contract read."""

    contracts: Rows
    rates: Any
    positions: Any = ()
    alarms: Any = ()
    alarm_heads: Any = ()
    wallets: Any = ()


def one_leg(unit: int, lots: int, mark: int, ceiling: int, place: int = 0) -> State:
    """Wallet 0 with `lots` in the only contract."""
    return State(
        Rows([exact(tick_value=unit, im_ceiling_ppb=ceiling)]),
        [exact(mark_good_ticks=mark)],
        [exact(lots=lots)],
        [exact(place=place, next=0, previous=0)],
        Rows([Int64(0)] * (2 * BUCKETS)),
        [exact(contract_mask=1)],
    )


def share_steps(unit: Interval, lots: Interval, mark: Interval, ceiling: Interval) -> Steps:
    value = Interval(0, NOTIONAL_QUOTE_MAX)
    yield "value", value
    # mul_div_floor at three times its argument at most
    margin = value * 3 + 1
    yield "value and margin", value + margin
    yield "weight", ((value + margin) // 2**20 + 1) * CONTRACTS_MAX
    yield "spare less rounding", Interval(0, SPARE_MAX) - 16 * CONTRACTS_MAX
    yield "distance", Interval(0, PRICE_TICKS_MAX) * SHARE_MAX
    yield "beyond", Interval(0, PRICE_TICKS_MAX) * 3 + 1


def loss_steps(unit: Interval, lots: Interval, mark: Interval, ceiling: Interval) -> Steps:
    # the price at which it rings is at most one above the highest: its lots are still bounded
    loss = Interval(0, NOTIONAL_QUOTE_MAX)
    yield "loss of a short", loss + loss
    yield "what is left", Interval(0, SPARE_MAX) - (loss + loss + 16)


def run_share(unit: Int64, lots: Int64, mark: Int64, ceiling: Int64) -> None:
    for spare in (0, 16, 17, SPARE_MAX):
        state = one_leg(unit, lots, mark, ceiling)
        share = python_body(alarms._share)(state, 0, Int64(spare))
        if ceiling > PPB or spare < 16:
            assert share == NONE
            continue
        assert 0 <= share <= SHARE_MAX
        value = abs(lots) * int(unit) * int(mark)
        assert share * value <= max(0, spare - 16) * 2**20 or share == 0
        place = python_body(alarms._place_for)(state, 0, lots, Int64(share), BUCKETS)
        assert -1 <= place < 2 * BUCKETS


def run_loss(unit: Int64, lots: Int64, mark: Int64, ceiling: Int64) -> None:
    """Wherever the alarm hangs; the loss of a long is what the mark falls, in exact integers."""
    here = python_body(alarms.bucket_of)(mark)
    for bucket in {1, max(1, here - 1), here + 1, BUCKETS - 1}:
        side = FALLING if lots > 0 else RISING
        if bucket == here or (bucket > here) == (lots > 0):
            continue
        state = one_leg(unit, lots, mark, min(int(ceiling), PPB), side + bucket)
        loss = python_body(alarms._loss_at)(state, 0, 0, lots, BUCKETS)
        lowest = python_body(alarms._lowest_in)(bucket + (1 if lots > 0 else 0))
        moved = mark - lowest if lots > 0 else lowest - 1 - mark
        assert loss >= moved * abs(int(lots)) * int(unit)


def is_position(unit: int, lots: int, mark: int, ceiling: int) -> bool:
    """A position of the highest price must be within the notional."""
    return lots != 0 and unit * abs(lots) * PRICE_TICKS_MAX <= NOTIONAL_QUOTE_MAX


BOUNDS = {
    "unit": (1, NOTIONAL_QUOTE_MAX),
    "lots": (-LOTS_MAX, LOTS_MAX),
    "mark": (1, PRICE_TICKS_MAX),
    "ceiling": CEILING,
}
FORMULAS = [
    Formula("share and place", BOUNDS, share_steps, run_share, is_position),
    Formula("loss until an alarm rings", BOUNDS, loss_steps, run_loss, is_position),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    count = 0
    for point in formula.points():
        formula.body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_a_bucket_begins_where_its_inverse_says() -> None:
    lowest, bucket_of = python_body(alarms._lowest_in), python_body(alarms.bucket_of)
    for bucket in (*range(1, 9_000), *range(9_000, BUCKETS, 61), BUCKETS - 1):
        first = lowest(bucket)
        assert bucket_of(first) == bucket
        assert first == 1 or bucket_of(first - 1) == bucket - 1
