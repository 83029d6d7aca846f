"""Proportions against Python's unlimited integers, at their bounds, and the known traps."""

from fractions import Fraction
from math import ceil, floor, trunc

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hkperp_engine.arithmetic import (
    MUL_DIV_MAX,
    ceil_div,
    div_trunc,
    floor_div,
    mul_div_ceil,
    mul_div_ceil_by,
    mul_div_floor,
    mul_div_floor_by,
    mul_div_wide,
)
from hkperp_engine.units import ASSET_PRICE_PPB_MAX, HOUSE_QUOTE_MAX, INT64_MAX, PPB


def around(*numbers: int) -> st.SearchStrategy[int]:
    """Numbers next to the given ones: where rounding turns."""
    return st.sampled_from(numbers).flatmap(lambda n: st.integers(n - 2, n + 2))


AMOUNTS = st.one_of(
    st.integers(-MUL_DIV_MAX, MUL_DIV_MAX),
    st.integers(-(10**10), 10**10),
    around(0, PPB, -PPB, 7 * PPB, MUL_DIV_MAX - 2, 2 - MUL_DIV_MAX),
)
RATES = st.integers(-PPB, PPB) | around(0, PPB - 2, 2 - PPB)
LOTS = st.integers(1, 2**31 - 1) | st.integers(1, 20) | around(2**31 - 3)
DIVIDENDS = st.integers(-INT64_MAX, INT64_MAX) | st.integers(-50, 50) | around(2 - INT64_MAX)
DIVISORS = st.integers(1, INT64_MAX) | st.integers(1, 20)


@given(DIVIDENDS, DIVISORS)
@example(-INT64_MAX, INT64_MAX)
@example(-1, INT64_MAX)
def test_plain_divisions(a: int, b: int) -> None:
    exact = Fraction(a, b)
    assert floor_div(a, b) == floor(exact)
    assert ceil_div(a, b) == ceil(exact)
    assert div_trunc(a, b) == trunc(exact)


@given(DIVIDENDS, DIVISORS)
def test_negative_divisors(a: int, b: int) -> None:
    assert floor_div(a, -b) == floor(Fraction(a, -b))
    assert ceil_div(a, -b) == ceil(Fraction(a, -b))


@pytest.mark.parametrize("divide", [floor_div, ceil_div, div_trunc])
def test_division_by_zero_stops(divide) -> None:
    """Never a silent 0, which numba gives under numpy's error model."""
    with pytest.raises(ZeroDivisionError):
        divide(7, 0)


@given(AMOUNTS, RATES)
@example(MUL_DIV_MAX, PPB)
@example(-MUL_DIV_MAX, PPB)
@example(-MUL_DIV_MAX, -PPB)
@example(MUL_DIV_MAX, 1 - PPB)
@example(-1, 1)
def test_narrow_by_ppb(a: int, n_ppb: int) -> None:
    assume(abs(a) <= MUL_DIV_MAX and abs(n_ppb) <= PPB)
    exact = Fraction(a * n_ppb, PPB)
    assert mul_div_floor(a, n_ppb) == floor(exact)
    assert mul_div_ceil(a, n_ppb) == ceil(exact)


@given(AMOUNTS, LOTS, LOTS)
@example(MUL_DIV_MAX, 2**31 - 1, 2**31 - 1)
@example(-MUL_DIV_MAX, 2**31 - 2, 2**31 - 1)
def test_narrow_by(a: int, n: int, d: int) -> None:
    assume(abs(a) <= MUL_DIV_MAX)
    n, d = sorted((n, d))
    exact = Fraction(a * n, d)
    assert mul_div_floor_by(a, n, d) == floor(exact)
    assert mul_div_ceil_by(a, n, d) == ceil(exact)
    assert mul_div_floor_by(a, 0, d) == mul_div_ceil_by(a, 0, d) == 0


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (mul_div_floor, (MUL_DIV_MAX + 1, 1)),
        (mul_div_ceil, (-MUL_DIV_MAX - 1, 1)),
        (mul_div_floor, (1, PPB + 1)),
        (mul_div_ceil, (1, -PPB - 1)),
        (mul_div_floor_by, (1, 2, 1)),
        (mul_div_floor_by, (1, -1, 1)),
        (mul_div_ceil_by, (1, 1, 2**31)),
        (mul_div_ceil_by, (MUL_DIV_MAX + 1, 1, 1)),
        (mul_div_wide, (-1, 1, 1)),
        (mul_div_wide, (1, -1, 1)),
        (mul_div_wide, (1, 1, 0)),
        (mul_div_wide, (1, 1, MUL_DIV_MAX)),
        (mul_div_wide, (2**62, 2**62, 1)),
    ],
)
def test_outside_the_bounds_stops(function, arguments: tuple[int, ...]) -> None:
    with pytest.raises(AssertionError):
        function(*arguments)


NATURALS = st.integers(0, INT64_MAX) | st.integers(0, 50) | around(INT64_MAX - 2, 2**62)
WIDE_DIVISORS = st.integers(1, MUL_DIV_MAX - 1) | st.integers(1, 50) | around(MUL_DIV_MAX - 3)


@given(NATURALS, NATURALS, WIDE_DIVISORS)
@example(INT64_MAX, MUL_DIV_MAX - 1, MUL_DIV_MAX - 1)
@example(MUL_DIV_MAX - 1, INT64_MAX, MUL_DIV_MAX - 1)
@example(INT64_MAX, 1, 1)
@example(1, INT64_MAX, 1)
@example(0, INT64_MAX, 1)
@example(INT64_MAX, 0, 1)
def test_wide(a: int, n: int, d: int) -> None:
    quotient, remainder = divmod(a * n, d)
    if quotient > INT64_MAX:
        n %= d + 1  # a share: at most the whole
        quotient, remainder = divmod(a * n, d)
    assert mul_div_wide(a, n, d) == (quotient, remainder)


@given(st.integers(0, HOUSE_QUOTE_MAX), st.data())
def test_wide_shares_of_money(loss: int, data: st.DataObject) -> None:
    """What it is for: a member's share of a loss, claim out of claims, all up to the house."""
    claims = data.draw(st.integers(1, HOUSE_QUOTE_MAX))
    claim = data.draw(st.integers(0, claims))
    quotient, remainder = mul_div_wide(loss, claim, claims)
    assert quotient * claims + remainder == loss * claim
    assert 0 <= remainder < claims
    assert 0 <= quotient <= loss


def test_worked_numbers() -> None:
    # fee 0.02 % of HKD 900,000 in units of 1e-6 HKD: HKD 180, nothing to round
    assert mul_div_ceil(900_000_000_000, 200_000) == 180_000_000
    # one unit more of notional costs one unit more of fee, a rebate gives none
    assert mul_div_ceil(900_000_000_001, 200_000) == 180_000_001
    assert mul_div_floor(900_000_000_001, 200_000) == 180_000_000
    # funding: payer up, receiver down; a negative amount turns the direction of neither name
    assert (mul_div_ceil(-15, 100_000_000), mul_div_floor(-15, 100_000_000)) == (-1, -2)
    # 1,000 of a coin at HKD 7.85, price in ppb of HKD per unit: above par, so wide
    assert mul_div_wide(1_000, 7_850_000_000, PPB) == (7_850, 0)
    assert mul_div_wide(2**50, ASSET_PRICE_PPB_MAX, PPB) == (2**50 * 1_000, 0)


def wrapped(number: int) -> int:
    """What two's complement keeps of a number; compiled code does not even promise this."""
    return (number + 2**63) % 2**64 - 2**63


def test_narrow_form_fails_on_money_by_money() -> None:
    """FORMULAS section 1: with large n and d the narrow form is wrong, so it must not be used.

    A loss of HKD 2,000 is shared over claims of HKD 20,000, all of them one member's.
    """
    loss, claim, claims = 2_000_000_000, 20_000_000_000, 20_000_000_000
    whole = loss // claims
    rest = loss - whole * claims
    product = rest * claim
    assert product >= 2**63, "the narrow form's precondition does not hold"
    narrow = whole * claim + wrapped(product) // claims
    assert narrow == 155_325_592, "HKD 155.33, and the sums over all members still balance"

    assert mul_div_wide(loss, claim, claims) == (loss, 0)
    with pytest.raises(AssertionError):
        mul_div_floor_by(loss, claim, claims)


def test_dividing_before_multiplying_loses_a_unit() -> None:
    """Two equal claims on 3416 are 1708 each; through a rounded ratio they are 1707 and 1709."""
    loss, claim, claims = 3_416, 3, 6
    ratio_ppb = loss * PPB // claims
    first = claim * ratio_ppb // PPB
    assert (first, loss - first) == (1_707, 1_709)
    assert mul_div_wide(loss, claim, claims) == (1_708, 0)
    assert mul_div_floor_by(loss, claim, claims) == 1_708


def test_numbers_of_numpy() -> None:
    """Fields of rows are numpy's integers in the `python` build; the answers are the same."""
    a, n, d = np.int64(-(2**61)), np.int64(2**30), np.int64(2**31 - 1)
    assert mul_div_floor_by(a, n, d) == floor(Fraction(-(2**61) * 2**30, 2**31 - 1))
    assert mul_div_ceil(a, np.int64(-PPB)) == 2**61
    assert mul_div_wide(-a, n, d) == divmod(2**91, 2**31 - 1)
