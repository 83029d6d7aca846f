"""Exact proportions in int64: a*n/d without ever forming a*n where it could overflow.

Every quotient names its direction. Two forms (FORMULAS section 1):

* narrow, one division more than a plain product: `d*n` must stay below 2**63. Fees, margin,
  funding (d = PPB), and the cost of a closed share (n <= d < 2**31).
* wide, about 95 ns: anything, with quotient and remainder. Shares of money by money, conversions,
  prices above par.

Multiply first, divide last. A loss of 3416 on two claims of 3 each is 1708 and 1708; through the
ratio 3416 * PPB // 6 = 569_333_333_333 it is 1707, and 1709 for whoever takes the rest.

The bounds are asserted, in production too: beyond them compiled arithmetic is not wrong by a
little but undefined, and two comparisons cost nothing that can be measured beside a division.
"""

from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import clz, unsigned_div
from hkperp_engine.tuning import inlined
from hkperp_engine.units import INT64_MAX, PPB, WORD_BITS

__all__ = [
    "MUL_DIV_MAX",
    "ceil_div",
    "div_trunc",
    "floor_div",
    "mul_div_ceil",
    "mul_div_ceil_by",
    "mul_div_floor",
    "mul_div_floor_by",
    "mul_div_wide",
]

#: Largest absolute `a` of the narrow forms, and limit of the wide form's divisor: an account's
#: whole exposure (units.EXPOSURE_QUOTE_MAX) still fits.
MUL_DIV_MAX = 2**62


@kernel
def floor_div(a, b):
    """Return a / b rounded towards minus infinity; unit of a per unit of b. b != 0. O(1).

    Written out because `//` alone does not tell the reader that it was meant.
    b is not -1 where a may be -2**63, the one quotient that does not fit.

    >>> floor_div(7, 2), floor_div(-7, 2)
    (3, -4)
    """
    return a // b


@kernel
def ceil_div(a, b):
    """Return a / b rounded towards plus infinity; |a| < 2**63, b != 0. O(1).

    >>> ceil_div(7, 2), ceil_div(-7, 2), ceil_div(6, 2)
    (4, -3, 3)
    """
    return -((-a) // b)


@kernel
def div_trunc(a, b):
    """Return a / b rounded towards zero; |a| < 2**63, b > 0. O(1).

    For means in ppb: a premium of -7 over 2 observations is -3, as 7 over 2 is 3.

    >>> div_trunc(7, 2), div_trunc(-7, 2)
    (3, -3)
    """
    if a < 0:
        return -((-a) // b)
    return a // b


@inlined
def mul_div_floor(a, n_ppb):
    """Return a * n_ppb / PPB rounded towards minus infinity, in the unit of `a`. O(1), narrow.

    |a| <= 2**62, |n_ppb| <= PPB; both may be negative. The result is not larger than |a|.

    Rebate of 0.02 % on a notional of 1,234,567 quote is 246.9134, so 246:

    >>> mul_div_floor(1_234_567, 200_000), mul_div_floor(-1_234_567, 200_000)
    (246, -247)
    """
    assert -MUL_DIV_MAX <= a <= MUL_DIV_MAX
    assert -PPB <= n_ppb <= PPB
    whole = a // PPB
    rest = a - whole * PPB  # 0 .. PPB-1, also for a negative a
    return whole * n_ppb + rest * n_ppb // PPB


@inlined
def mul_div_ceil(a, n_ppb):
    """Return a * n_ppb / PPB rounded towards plus infinity, in the unit of `a`. O(1), narrow.

    |a| <= 2**62, |n_ppb| <= PPB; both may be negative. The result is not larger than |a|.

    Fee of 0.02 % on a notional of 1,234,567 quote is 246.9134, so 247:

    >>> mul_div_ceil(1_234_567, 200_000), mul_div_ceil(-1_234_567, 200_000)
    (247, -246)
    """
    assert -MUL_DIV_MAX <= a <= MUL_DIV_MAX
    assert -PPB <= n_ppb <= PPB
    if a >= 0 and n_ppb >= 0:
        # The common case: rest * n_ppb + PPB - 1 is below 2**60.
        whole = unsigned_div(a, PPB)
        rest = a - whole * PPB
        return whole * n_ppb + unsigned_div(rest * n_ppb + PPB - 1, PPB)
    whole = a // PPB
    rest = a - whole * PPB
    return whole * n_ppb - (-rest * n_ppb) // PPB


@inlined
def mul_div_floor_by(a, n, d):
    """Return a * n / d rounded towards minus infinity, in the unit of `a`. O(1), narrow.

    |a| <= 2**62, 0 <= n <= d < 2**31, so that every product fits; for larger n or d see
    `mul_div_wide`. `a` may be negative: "down by magnitude" is for the caller to say.

    Closing 3 of 7 lots that cost 100 quote takes 42 of it (42.857):

    >>> mul_div_floor_by(100, 3, 7), mul_div_floor_by(-100, 3, 7)
    (42, -43)
    """
    assert -MUL_DIV_MAX <= a <= MUL_DIV_MAX
    assert 0 <= n <= d < 2**31
    if a >= 0:
        whole = unsigned_div(a, d)
        rest = a - whole * d
        return whole * n + unsigned_div(rest * n, d)
    whole = a // d
    rest = a - whole * d
    return whole * n + rest * n // d


@inlined
def mul_div_ceil_by(a, n, d):
    """Return a * n / d rounded towards plus infinity, in the unit of `a`. O(1), narrow.

    |a| <= 2**62, 0 <= n <= d < 2**31; see `mul_div_floor_by`.

    >>> mul_div_ceil_by(100, 3, 7), mul_div_ceil_by(-100, 3, 7)
    (43, -42)
    """
    assert -MUL_DIV_MAX <= a <= MUL_DIV_MAX
    assert 0 <= n <= d < 2**31
    if a >= 0:
        # The common case: rest * n + d - 1 is below 2**62 + 2**31.
        whole = unsigned_div(a, d)
        rest = a - whole * d
        return whole * n + unsigned_div(rest * n + d - 1, d)
    whole = a // d
    rest = a - whole * d
    return whole * n - (-rest * n) // d


@kernel
def mul_div_wide(a, n, d):
    """Return a * n / d exactly: the quotient rounded down, and the remainder. O(bits of n).

    a, n >= 0; 0 < d < 2**62; the quotient must be below 2**63: the caller has n <= d, or a bound
    of its own. In unlimited integers `a * n == quotient * d + remainder`, 0 <= remainder < d.

    Member 1 bears 60 of claims of 70 of a loss of 1708: 1464, and 0 left:

    >>> mul_div_wide(1708, 60, 70)
    (1464, 0)
    >>> mul_div_wide(2**61, 2**61 - 1, 2**61)
    (2305843009213693951, 0)
    """
    assert a >= 0
    assert n >= 0
    assert 0 < d < MUL_DIV_MAX
    quotient, remainder = 0, 0
    if n == 0:
        return quotient, remainder
    whole = a // d
    assert whole <= INT64_MAX // n  # catches most quotients that do not fit, not the last unit
    rest = a - whole * d
    if rest <= unsigned_div(INT64_MAX, n):
        # Mostly the product fits, which spares a step a bit.
        product = rest * n
        part = unsigned_div(product, d)
        return whole * n + part, product - part * d
    # Long multiplication of a/d by n, from n's highest bit. Both parts stay below d before each
    # step, hence below 2d < 2**63 after it, and `quotient` grows to the result only.
    for shift in range(WORD_BITS - 1 - clz(n), -1, -1):
        quotient += quotient
        remainder += remainder
        if remainder >= d:
            remainder -= d
            quotient += 1
        if (n >> shift) & 1:
            quotient += whole
            remainder += rest
            if remainder >= d:
                remainder -= d
                quotient += 1
    return quotient, remainder
