"""int64 safety of margin, exposure and the concentration threshold, in the manner of bounds.py.

Load promises (rules/proof.py): price * lots * tick value of a position is at most 2**56, open
interest at its cap and the highest price at most 2**61, rates at most PPB, at most eight contracts
and so an account of at most nine wallets, sixteen legs.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from bounds import Formula, Int64, Interval, python_body
from hkperp_clearing import limits, liquidation, margin
from hkperp_clearing.layout import CLASSES, CONTRACTS_MAX, TIERS_MAX
from hkperp_engine.arithmetic import MUL_DIV_MAX
from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    HOUSE_QUOTE_MAX,
    LOTS_MAX,
    NOTIONAL_QUOTE_MAX,
    PPB,
)

Steps = Iterator[tuple[str, Interval]]

#: What one leg reaches with its orders: a position, and orders beyond it, that LIM_POSITION keeps
#: within the largest position together; each at the highest price.
WORSE_MAX = 2 * NOTIONAL_QUOTE_MAX
LEGS_MAX = 2 * CONTRACTS_MAX
VALUE = (0, WORSE_MAX)
RATE = (0, PPB)
THRESHOLD = (0, MUL_DIV_MAX)

#: Margin of one leg: the whole notional, and as much again on top.
IM_MAX = 2 * WORSE_MAX


def margin_steps(
    value: Interval,
    im_ppb: Interval,
    floor_ppb: Interval,
    threshold: Interval,
    addon_ppb: Interval,
) -> Steps:
    yield "beyond", value - threshold
    # mul_div_ceil gives at most its argument (tests/engine/test_bounds.py)
    # and a tier's deduction is below its floor
    yield "less deduction", value - Interval(0, NOTIONAL_QUOTE_MAX)
    leg = value + value
    yield "with the add-on", leg
    orders = Interval(0, NOTIONAL_QUOTE_MAX) * (2 * CONTRACTS_MAX)
    yield "requirement", leg * CONTRACTS_MAX + orders


def exposure_steps(value: Interval, cap: Interval) -> Steps:
    yield "of the account", value * LEGS_MAX


def threshold_steps(unit: Interval, open_lots: Interval, depth_lots: Interval) -> Steps:
    yield "largest / unit", Interval(0, MUL_DIV_MAX) // unit
    # the cap's value at the highest price is within the house's bound
    yield "open interest", (open_lots * unit).within(0, HOUSE_QUOTE_MAX)
    # more lots than largest / unit are not multiplied
    yield "depth", (depth_lots * unit).within(0, MUL_DIV_MAX)


def curing_steps(target: Interval, equity: Interval, fee: Interval) -> Steps:
    yield "target and buffer", target + target
    yield "equity less fee", equity - fee
    yield "others", Interval(0, IM_MAX * CONTRACTS_MAX) - Interval(0, IM_MAX)


def exact(**fields: Any) -> dict[str, Any]:
    """A row of exact integers: no 64 bits to hide in."""
    return {name: Int64(value) for name, value in fields.items()}


class Rows(list):
    """Rows of a section, with the size that an array has."""

    @property
    def size(self) -> int:
        """How many."""
        return len(self)


class State(NamedTuple):
    """What these kernels read."""

    contracts: Rows
    tiers: list
    class_floors: list
    rates: Any = ()
    wallets: Any = ()
    positions: Any = ()
    margin: Any = ()
    exposure_caps: Any = ()


def terms(threshold: int, addon_ppb: int, **more: int) -> dict[str, Any]:
    """A contract's row."""
    names = {"tick_value": 1, "tier_count": 1, "buffer_ppb": PPB, "liquidation_fee_ppb": PPB}
    return exact(**names, threshold_quote=threshold, concentration_ppb=addon_ppb, **more)


def one_tier(im_ppb: int) -> list:
    """Tiers of a contract that has one."""
    row = exact(floor_quote=0, im_ppb=im_ppb, im_deduction_quote=0)
    return [row] * TIERS_MAX


def run_margin(value: Int64, im_ppb: Int64, floor_ppb: Int64, threshold: Int64, addon_ppb: Int64):
    state = State(Rows([terms(threshold, addon_ppb)]), one_tier(im_ppb), [floor_ppb] * CLASSES)
    result = python_body(margin.initial_margin)(state, 0, value, 4)
    tier = -(-int(value) * int(im_ppb) // PPB)
    least = -(-int(value) * int(floor_ppb) // PPB)
    beyond = -(-max(0, int(value) - int(threshold)) * int(addon_ppb) // PPB)
    assert result == max(tier, least) + beyond <= IM_MAX


def run_exposure(value: Int64, cap: Int64):
    """Eight contracts and nine wallets: every leg at its worst, in one account."""
    contracts = Rows([terms(0, 0)] * CONTRACTS_MAX)
    rates = Rows([exact(mark_good_ticks=1)] * CONTRACTS_MAX)
    cross = exact(account=0, is_capped=1, contract_mask=2**CONTRACTS_MAX - 1)
    wallets = Rows([cross])
    legs = [leg(value)] * CONTRACTS_MAX
    for number in range(CONTRACTS_MAX):
        wallets.append(exact(account=0, is_capped=1, contract_mask=1 << number))
        legs += [leg(value)] * CONTRACTS_MAX
    state = State(contracts, [], [], rates, wallets, legs, [], [cap] * len(wallets))
    body = python_body(limits.exposure_is_full)
    assert body(state, 3) == (LEGS_MAX * (value // 2 * 2) > cap)


def leg(value: int) -> dict[str, Any]:
    """A position of half a value, and orders to buy as much again; tick value and mark are 1."""
    half = value // 2
    orders = {"buy_lots": 1, "buy_value": half, "sell_lots": 0, "sell_value": 0}
    return exact(lots=half, **orders)


def run_threshold(unit: Int64, open_lots: Int64, depth_lots: Int64):
    for oi_share, depth_share, floor in ((PPB, PPB, 0), (1, 0, 7), (0, PPB, 0), (0, 0, 9)):
        row = terms(MUL_DIV_MAX, 1, oi_share_ppb=oi_share, depth_share_ppb=depth_share)
        row |= exact(concentration_floor_quote=floor, open_interest=open_lots)
        state = State(Rows([row]), [], [], Rows([exact(mark_good_ticks=unit)]))
        python_body(limits.update_threshold)(state, 0, depth_lots)
        shares = [int(open_lots) * int(unit) * oi_share // PPB] if oi_share else []
        if depth_share:
            shares.append(min(int(depth_lots) * int(unit), MUL_DIV_MAX) * depth_share // PPB)
        assert row["threshold_quote"] == max(floor, min(shares, default=0))


def run_curing(unit: Int64, lots: Int64, equity: Int64, floor_ppb: Int64):
    """All seven other contracts ask as much as a contract can."""
    whole = exact(initial_margin=IM_MAX * CONTRACTS_MAX, equity=equity)
    state = State(
        Rows([terms(0, PPB)]),
        one_tier(PPB),
        [floor_ppb] * CLASSES,
        Rows([exact(mark_good_ticks=unit)]),
        Rows([exact(investor_class=1)]),
        [exact(lots=lots)],
        [whole],
    )
    fewest, _ = python_body(liquidation.curing_lots)(state, 0, 0)
    assert 1 <= fewest <= lots


def within_notional(unit: int, lots: int, **_: int) -> bool:
    return unit * lots <= NOTIONAL_QUOTE_MAX


def within_house(unit: int, open_lots: int, **_: int) -> bool:
    return unit * open_lots <= HOUSE_QUOTE_MAX


EQUITY = ACCOUNT_QUOTE_MAX * CONTRACTS_MAX // 4

FORMULAS = [
    Formula(
        "initial_margin",
        {
            "value": VALUE,
            "im_ppb": (1, PPB),
            "floor_ppb": RATE,
            "threshold": THRESHOLD,
            "addon_ppb": RATE,
        },
        margin_steps,
        run_margin,
    ),
    Formula(
        "account_exposure",
        {"value": VALUE, "cap": (0, ACCOUNT_QUOTE_MAX)},
        exposure_steps,
        run_exposure,
    ),
    Formula(
        "update_threshold",
        {"unit": (1, NOTIONAL_QUOTE_MAX), "open_lots": (0, 2**62), "depth_lots": (0, 2**62)},
        threshold_steps,
        run_threshold,
        within_house,
    ),
    Formula(
        "curing_lots",
        {
            "unit": (1, NOTIONAL_QUOTE_MAX),
            "lots": (1, LOTS_MAX),
            "equity": (-EQUITY, EQUITY),
            "floor_ppb": RATE,
        },
        lambda **_: iter([]),
        run_curing,
        within_notional,
    ),
    Formula(
        "curing",
        {
            "target": (0, IM_MAX * CONTRACTS_MAX),
            "equity": (-EQUITY, EQUITY),
            "fee": (0, NOTIONAL_QUOTE_MAX),
        },
        curing_steps,
    ),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    count = 0
    for point in formula.points():
        formula.body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_more_lots_never_cure_less() -> None:
    """(LIQ-03) What is missing falls with each lot closed: the search for the fewest is right.

    With every place of the class floor and of the threshold among the tiers.
    """
    tiers = [exact(floor_quote=0, im_ppb=10**8, im_deduction_quote=0)]
    tiers += [exact(floor_quote=50_000, im_ppb=3 * 10**8, im_deduction_quote=10_000)]
    for floor_ppb in (0, 5 * 10**7, 10**8, 2 * 10**8, 10**9):
        for threshold in (0, 30_000, 80_000, MUL_DIV_MAX):
            row = terms(threshold, 4 * 10**8) | exact(tier_count=2)
            state = State(Rows([row]), tiers, [floor_ppb] * CLASSES)
            wanted = []
            for left in range(101):
                target = python_body(margin.initial_margin)(state, 0, Int64(left * 1_000), 1)
                fee = (100 - left) * 99  # a fee rate just below the lowest margin rate
                wanted.append(target + fee)
            assert wanted == sorted(wanted), (floor_ppb, threshold)


def test_the_bounds_bite() -> None:
    """An open interest that no cap bounds, and a leg beyond its bound, are both found."""
    with pytest.raises(OverflowError):
        run_threshold(Int64(2**56), Int64(2**10), Int64(0))
    with pytest.raises(OverflowError):
        run_exposure(Int64(2**60), Int64(0))
