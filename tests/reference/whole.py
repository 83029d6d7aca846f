"""Whole-number arithmetic of docs/machine.md: every rounding has a name here."""

from collections.abc import Sequence

PPB = 1_000_000_000


def mdf(a: int, n: int) -> int:
    """`a*n/1e9`, down."""
    return a * n // PPB


def mdc(a: int, n: int) -> int:
    """`a*n/1e9`, up."""
    return -(-a * n // PPB)


def ceil_div(a: int, b: int) -> int:
    """`a/b`, up; b > 0."""
    return -(-a // b)


def trunc_div(a: int, b: int) -> int:
    """`a/b`, towards zero; b > 0."""
    return a // b if a >= 0 else -(-a // b)


def clamp(x: int, low: int, high: int) -> int:
    """The nearest number to x in low..high."""
    return max(low, min(x, high))


def sign(x: int) -> int:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Split `amount` by `weights`: floors, then one unit each to the largest remainders.

    Ties go to the lower index. With no weight at all nobody gets anything.

    >>> largest_remainder(2, [1, 1, 1])
    [1, 1, 0]
    """
    whole = sum(weights)
    if whole == 0:
        return [0 for _ in weights]
    shares = [amount * weight // whole for weight in weights]
    by_remainder = sorted(
        range(len(weights)), key=lambda index: (-(amount * weights[index] % whole), index)
    )
    for index in by_remainder[: amount - sum(shares)]:
        shares[index] += 1
    return shares
