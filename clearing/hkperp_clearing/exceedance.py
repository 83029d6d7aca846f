"""Statistics of a back-test: are the breaches too many, and do they come together? (STR-04)

The figures are for people and are floats; counts and bounds are whole numbers. Logarithms of
whole numbers are subtracted rather than ratios formed, so a likelihood of thousands of windows
does not vanish. A likelihood ratio is LR = 2 g with g the gain in log-likelihood; then

    chi-square, 1 degree of freedom:  P(X > LR) = erfc(sqrt(LR / 2)) = erfc(sqrt(g))
    chi-square, 2 degrees:            P(X > LR) = exp(-LR / 2)       = exp(-g)
"""

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from hkperp_engine.units import PPB

__all__ = ["Ratio", "Zone", "conditional_coverage", "independence", "kupiec", "zone_bounds"]
__all__ += ["zone_of"]

#: Cumulative probability of a count at which a zone begins, ppb: Basel's 95 % and 99.99 %.
YELLOW_PPB = 950_000_000
RED_PPB = 999_900_000


class Ratio(NamedTuple):
    """A likelihood ratio and the probability of one as large if the model is right."""

    statistic: float
    p_value: float


class Zone(NamedTuple):
    """Fewest breaches of the yellow and of the red zone."""

    yellow_from: int
    red_from: int


def kupiec(count: int, breaches: int, confidence_ppb: int) -> Ratio:
    """Return Kupiec's proportion of failures: is the share of breaches 1 - confidence? 1 degree.

    `count` > 0 windows, 0 <= breaches <= count. O(1).

    250 windows, 5 breaches, 99 %: under 1 % the log-likelihood is 245 ln 0.99 + 5 ln 0.01 =
    -25.4882, under 5/250 it is 245 ln 0.98 + 5 ln 0.02 = -24.5098: LR 1.9568, p 0.1619.

    >>> [round(each, 4) for each in kupiec(250, 5, 990_000_000)]
    [1.9568, 0.1619]
    """
    gain = _gain(count - breaches, breaches) - (
        (count - breaches) * (math.log(confidence_ppb) - math.log(PPB))
        + breaches * (math.log(PPB - confidence_ppb) - math.log(PPB))
    )
    return _one_degree(gain)


def independence(breaches: Sequence[bool]) -> Ratio:
    """Return Christoffersen's independence: is a breach likelier after a breach? 1 degree. O(n).

    n_ab counts windows in state b (1: breach) after one in state a. Without a window after a
    breach, or without one after a quiet window, there is nothing to compare: LR 0, p 1.

    Ten windows, breaches in the 5th and 6th: n00 = 6, n01 = 1, n10 = 1, n11 = 1. One rate 2/9:
    7 ln(7/9) + 2 ln(2/9) = -4.76736; two rates 1/7 and 1/2: 6 ln(6/7) + ln(1/7) + 2 ln(1/2) =
    -4.25711. LR = 1.0205, p 0.3124.

    >>> [round(each, 4) for each in independence([at in (4, 5) for at in range(10)])]
    [1.0205, 0.3124]
    """
    counts = [[0, 0], [0, 0]]
    for before, after in itertools.pairwise(breaches):
        counts[before][after] += 1
    (quiet, broke), (recovered, again) = counts
    gain = _gain(quiet, broke) + _gain(recovered, again) - _gain(quiet + recovered, broke + again)
    return _one_degree(gain)


def conditional_coverage(share: Ratio, apart: Ratio) -> Ratio:
    """Return both tests in one: the sum of the two ratios, 2 degrees. O(1).

    (Independence looks at one window less than the share does; the sum is the usual form.)
    """
    half = math.ldexp(share.statistic + apart.statistic, -1)
    return Ratio(share.statistic + apart.statistic, math.exp(-half))


def zone_bounds(count: int, confidence_ppb: int) -> Zone:
    """Return from how many breaches of `count` windows the light is yellow, and red. Exact.

    Yellow begins at the least k with P(breaches <= k) >= 95 %, red at 99.99 %, for a binomial
    with 1 - confidence. Basel's table: 250 windows at 99 %: yellow from 5, red from 10.
    O(k) products of a number with about count * log2(1 / weight unit) bits.

    >>> zone_bounds(250, 990_000_000)
    Zone(yellow_from=5, red_from=10)
    """
    unit = math.gcd(confidence_ppb, PPB)
    calm, whole = confidence_ppb // unit, PPB // unit
    term = calm**count  # of whole**count: no breach at all
    total = whole**count
    yellow = -1
    cumulative = breaches = 0
    while True:
        cumulative += term
        if yellow < 0 and cumulative * PPB >= total * YELLOW_PPB:
            yellow = breaches
        if cumulative * PPB >= total * RED_PPB:
            return Zone(yellow, breaches)
        # C(n, k+1) / C(n, k) = (n - k) / (k + 1), exact because the term holds every factor.
        grown = term * (count - breaches) * (whole - calm)
        breaches += 1
        term = grown // (breaches * calm)


def zone_of(breaches: int, bounds: Zone) -> str:
    """Return `green`, `yellow` or `red`.

    >>> [zone_of(each, Zone(5, 10)) for each in (4, 5, 9, 10)]
    ['green', 'yellow', 'yellow', 'red']
    """
    if breaches >= bounds.red_from:
        return "red"
    return "yellow" if breaches >= bounds.yellow_from else "green"


def _gain(quiet: int, breaches: int) -> float:
    """Return the log-likelihood of counts under their own share; 0 ln 0 is 0."""
    count = quiet + breaches
    return sum(each * (math.log(each) - math.log(count)) for each in (quiet, breaches) if each)


def _one_degree(gain: float) -> Ratio:
    """Return the ratio of a gain; a rounding below 0 is 0."""
    gain = max(gain, 0)
    return Ratio(math.ldexp(gain, 1), math.erfc(math.sqrt(gain)))
