"""Proof that a formula stays inside int64, in two halves that check each other.

1. *Intervals*: the formula written with `Interval`s, whose operators compute exactly from the end
   points in Python's unlimited integers. Each step must fit int64. Where two values depend on
   each other (a remainder is below its divisor), the dependence is said with `within`.
2. *The body itself*, run with `Int64`, a Python integer that raises OverflowError as soon as a
   result leaves int64, at every corner of the bounds and next to it.

The first covers every value but proves what was written down; the second runs the real code but
only at points. A formula needs a row with both (`Formula`); see tests/engine/test_bounds.py.
"""

import itertools
import types
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1


class Interval(NamedTuple):
    """All integers from `low` to `high`, both included.

    >>> Interval(-2, 3) * Interval(4, 5)
    Interval(low=-10, high=15)
    """

    low: int
    high: int

    @classmethod
    def of(cls, value: "Interval | int") -> "Interval":
        """A plain number is the interval that holds it alone."""
        return value if isinstance(value, Interval) else cls(value, value)

    def _corners(self, other: "Interval | int", operate: Callable[[int, int], int]) -> "Interval":
        values = [operate(a, b) for a in self for b in Interval.of(other)]
        return Interval(min(values), max(values))

    def __add__(self, other: "Interval | int") -> "Interval":  # type: ignore[override]
        return self._corners(other, lambda a, b: a + b)

    def __sub__(self, other: "Interval | int") -> "Interval":
        return self._corners(other, lambda a, b: a - b)

    def __mul__(self, other: "Interval | int") -> "Interval":  # type: ignore[override]
        return self._corners(other, lambda a, b: a * b)

    def __floordiv__(self, other: "Interval | int") -> "Interval":
        """Monotone on either side of zero, so the end points suffice; 0 must not be inside."""
        divisor = Interval.of(other)
        assert divisor.low > 0 or divisor.high < 0
        return self._corners(divisor, lambda a, b: a // b)

    def __neg__(self) -> "Interval":
        return Interval(-self.high, -self.low)

    def within(self, low: int, high: int) -> "Interval":
        """What is left if the value is known to lie in `low .. high` for a reason of its own."""
        return Interval(max(self.low, low), min(self.high, high))

    @property
    def fits(self) -> bool:
        """Tell whether every value is an int64."""
        return INT64_MIN <= self.low <= self.high <= INT64_MAX


def _checked(name: str) -> Callable[..., object]:
    plain = getattr(int, name)

    def operate(*values: int) -> object:
        result = plain(*values)
        if type(result) is not int:  # NotImplemented
            return result
        if not INT64_MIN <= result <= INT64_MAX:
            raise OverflowError(f"{name}{tuple(map(int, values))} is {result}")
        return Int64(result)

    return operate


class Int64(int):
    """A Python integer that cannot leave int64.

    >>> Int64(2**62) * 2
    Traceback (most recent call last):
    OverflowError: __mul__(4611686018427387904, 2) is 9223372036854775808
    """


for _name in "add sub mul floordiv mod lshift rshift and or xor".split():
    for _method in (f"__{_name}__", f"__r{_name}__"):
        setattr(Int64, _method, _checked(_method))
for _method in ("__neg__", "__abs__", "__invert__"):
    setattr(Int64, _method, _checked(_method))


def python_body(function: Callable[..., object]) -> Callable[..., object]:
    """The Python function behind a kernel, calling the Python functions behind its callees."""
    body = getattr(function, "py_func", function)
    if not isinstance(body, types.FunctionType):
        return body
    callees = {
        name: python_body(body.__globals__[name])
        for name in body.__code__.co_names
        if hasattr(body.__globals__.get(name), "py_func")
    }
    return types.FunctionType(body.__code__, {**body.__globals__, **callees}, body.__name__)


class Formula(NamedTuple):
    """One row: what is proved, the bounds of its arguments, and its steps with intervals.

    `steps` takes the intervals by argument name and yields (what, interval) for every value that
    is formed. `body` is the kernel, or None for a sum that no single kernel forms. `is_allowed`
    tells which combinations of arguments the docstring allows, where they depend on each other.
    """

    name: str
    bounds: Mapping[str, tuple[int, int]]
    steps: Callable[..., Iterator[tuple[str, Interval]]]
    body: Callable[..., object] | None = None
    is_allowed: Callable[..., bool] = lambda **_: True

    def intervals(self) -> Iterator[tuple[str, Interval]]:
        """Every argument and step with its interval."""
        arguments = {name: Interval(*bound) for name, bound in self.bounds.items()}
        yield from arguments.items()
        yield from self.steps(**arguments)

    def points(self) -> Iterator[dict[str, int]]:
        """Every combination of end points, their neighbours, and the small numbers between."""
        values = []
        for low, high in self.bounds.values():
            near = {low, low + 1, high - 1, high, -1, 0, 1, (low + high) // 2}
            # just below a power of ten or two, remainders are largest
            near |= {sign * (10**9 * k - 1) for sign in (1, -1) for k in (1, 10**9)}
            near |= {2**31 - 1, 2**31, 2**32 - 1}
            values.append(sorted(value for value in near if low <= value <= high))
        for combination in itertools.product(*values):
            point = dict(zip(self.bounds, combination, strict=True))
            if self.is_allowed(**point):
                yield point
