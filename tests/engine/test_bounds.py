"""int64 safety of the engine's formulas: proof, not hope (RELIABILITY section 3).

Overflow in compiled code is undefined, and sums that wrapped still balance: no other test would
see it. Add a row for each formula; `test_every_kernel_has_a_row` fails until it is there.
"""

from collections.abc import Iterator

import pytest

from bounds import INT64_MAX, INT64_MIN, Formula, Int64, Interval, python_body
from hkperp_engine import arithmetic, units
from hkperp_engine.arithmetic import MUL_DIV_MAX
from hkperp_engine.units import PPB

Steps = Iterator[tuple[str, Interval]]


def floor_steps(a: Interval, b: Interval) -> Steps:
    yield "a // b", a // b


def negated_steps(a: Interval, b: Interval) -> Steps:
    yield "-a", -a
    yield "-a // b", -a // b
    yield "-(-a // b)", -(-a // b)


def trunc_steps(a: Interval, b: Interval) -> Steps:
    yield from negated_steps(a, b)
    yield "a // b", a // b


def narrow_steps(a: Interval, n: Interval, d: Interval) -> Steps:
    whole = a // d
    yield "whole", whole
    # floor division: whole*d lies in a-d+1 .. a
    covered = (whole * d).within(a.low - d.high + 1, a.high)
    yield "whole * d", covered
    rest = (a - covered).within(0, d.high - 1)
    yield "rest", rest
    yield "-rest", -rest
    # |n| <= d, so |whole * n| <= |whole * d|, which is at most |a| and one d
    reach = max(abs(a.low), abs(a.high)) + d.high
    yield "whole * n", (whole * n).within(-reach, reach)
    yield "rest * n", rest * n
    yield "-rest * n", -rest * n
    part = (rest * n // d).within(-d.high, d.high)
    yield "rest * n // d", part
    yield "sum", Interval(-reach, reach) + part
    yield "difference", Interval(-reach, reach) - part


def ppb_steps(a: Interval, n_ppb: Interval) -> Steps:
    yield from narrow_steps(a, n_ppb, Interval.of(PPB))


def wide_steps(a: Interval, n: Interval, d: Interval) -> Steps:
    whole = a // d
    yield "whole", whole
    yield "whole * d", (whole * d).within(0, a.high)
    rest = Interval(0, d.high - 1)
    yield "rest", rest
    yield "INT64_MAX // n", Interval(0, INT64_MAX) // n.within(1, n.high)
    # Before each step the remainder is below d; the quotient is a times the leading bits of n,
    # over d, which only grows and ends as the result: the caller's promise is that this fits.
    yield "remainder doubled", rest + rest
    yield "remainder with rest", rest + rest
    yield "remainder less d", rest + rest - Interval.of(d)
    yield "quotient", Interval(0, INT64_MAX)


def is_narrow(n: int, d: int, **_: int) -> bool:
    return 0 <= n <= d


def is_wide(a: int, n: int, d: int) -> bool:
    return a * n // d <= INT64_MAX


def sum_of(count: int, each: int) -> Formula:
    """A sum of `count` values that are each at most `each`, of either sign."""

    def steps(total: Interval) -> Steps:
        yield "negated", -total

    name = f"{count} x {each}"
    return Formula(name, {"total": (-count * each, count * each)}, steps)


def notional_steps(price_ticks: Interval, lots: Interval, notional: Interval) -> Steps:
    # The contract's specification promises price * lots * tick value <= 2**56; the tick value is
    # a whole number >= 1, so the product of the first two is checked before it is multiplied on.
    yield "price * lots", price_ticks * lots
    yield "of all contracts", notional * units.INSTRUMENTS_MAX


NARROW = {"a": (-MUL_DIV_MAX, MUL_DIV_MAX), "n": (0, 2**31 - 1), "d": (1, 2**31 - 1)}
BY_PPB = {"a": (-MUL_DIV_MAX, MUL_DIV_MAX), "n_ppb": (-PPB, PPB)}

FORMULAS = [
    Formula(
        "floor_div",
        {"a": (INT64_MIN, INT64_MAX), "b": (1, INT64_MAX)},
        floor_steps,
        arithmetic.floor_div,
    ),
    Formula(
        "ceil_div",
        {"a": (INT64_MIN + 1, INT64_MAX), "b": (1, INT64_MAX)},
        negated_steps,
        arithmetic.ceil_div,
    ),
    Formula(
        "div_trunc",
        {"a": (INT64_MIN + 1, INT64_MAX), "b": (1, INT64_MAX)},
        trunc_steps,
        arithmetic.div_trunc,
    ),
    Formula("mul_div_floor", BY_PPB, ppb_steps, arithmetic.mul_div_floor),
    Formula("mul_div_ceil", BY_PPB, ppb_steps, arithmetic.mul_div_ceil),
    Formula("mul_div_floor_by", NARROW, narrow_steps, arithmetic.mul_div_floor_by, is_narrow),
    Formula("mul_div_ceil_by", NARROW, narrow_steps, arithmetic.mul_div_ceil_by, is_narrow),
    Formula(
        "mul_div_wide",
        {"a": (0, INT64_MAX), "n": (0, INT64_MAX), "d": (1, MUL_DIV_MAX - 1)},
        wide_steps,
        arithmetic.mul_div_wide,
        is_wide,
    ),
    # What the venue adds up. The house's bound is enforced; these show that nothing on the way
    # to the check can overflow either.
    Formula(
        "notional",
        {
            "price_ticks": (1, units.PRICE_TICKS_MAX),
            "lots": (-units.LOTS_MAX, units.LOTS_MAX),
            "notional": (-units.NOTIONAL_QUOTE_MAX, units.NOTIONAL_QUOTE_MAX),
        },
        notional_steps,
    ),
    sum_of(2, units.HOUSE_QUOTE_MAX),  # all accounts, and a deposit before it is refused
    sum_of(1, units.EXPOSURE_QUOTE_MAX + units.ACCOUNT_QUOTE_MAX),  # equity
    sum_of(10**6, 2**31),  # lots of a million accounts: open interest
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    body, count = python_body(formula.body), 0
    for point in formula.points():
        body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_every_kernel_has_a_row() -> None:
    public = {name for name in arithmetic.__all__ if callable(getattr(arithmetic, name))}
    assert public - {formula.name for formula in FORMULAS} == set()


def test_the_proof_bites() -> None:
    """One more than the bound, and the naive product, are both found by both halves."""
    bounds = {"a": (0, 2**62), "n": (0, PPB)}
    beyond = Formula("beyond", bounds, lambda a, n: iter([("a * n", a * n)]))
    assert not all(interval.fits for _, interval in beyond.intervals())
    with pytest.raises(OverflowError):
        python_body(lambda a, n: a * n // PPB)(Int64(2**62), Int64(PPB))
    with pytest.raises(OverflowError):
        python_body(arithmetic.ceil_div)(Int64(INT64_MIN), Int64(1))


def test_bounds_of_the_units() -> None:
    """The numbers of FORMULAS section 1, and how they hang together."""
    assert units.PRICE_TICKS_MAX == units.LOTS_MAX == 2**31 - 1
    assert units.NOTIONAL_QUOTE_MAX == 2**56
    assert units.EXPOSURE_QUOTE_MAX == units.INSTRUMENTS_MAX * 2**56 == MUL_DIV_MAX == 2**62
    assert units.ACCOUNT_QUOTE_MAX == 2**60
    assert units.HOUSE_QUOTE_MAX == 2**61
    assert units.RATE_PPB_MAX == units.PPB == 10**9
    assert units.ASSET_PRICE_PPB_MAX == 1_000 * units.PPB
    assert units.NS_PER_DAY == 86_400 * 10**9
    # time in ns since 1970 lasts beyond the year 2200
    assert 230 * 365 * units.NS_PER_DAY < INT64_MAX
