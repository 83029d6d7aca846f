"""A corpus for the kernel base: run as a program, it prints one digest over many results.

`test_kernel_base.py` runs it in each build, in a process of its own since the build is chosen at
import, and compares. Everything that could differ between compiled and plain Python is in here:
`//` and `%` of negatives, bit 63, narrow fields, wide products, views of the arena.
"""

import hashlib
import random
import sys

import numpy as np

from hkperp_engine import arithmetic, primitives
from hkperp_engine.kernel import BUILD, door, kernel
from hkperp_engine.units import INT64_MAX, PPB

ROW = np.dtype([("price_ticks", "<i8"), ("lots", "<i4"), ("side", "i1"), ("_pad", "S3")])
EDGES = (0, 1, 2, 7, 63, PPB - 1, PPB, 2**31 - 1, 2**31, 2**32, 2**61, 2**62, INT64_MAX)


@kernel
def remainder(a, b):
    return a % b


@door
def walk(arena, start, stop):
    """Sum and change the rows of a section, as the book does."""
    levels = primitives.rows(arena, start, stop, ROW)
    total = 0
    for i in range(levels.size):
        primitives.prefetch(levels, i + 8)
        level = levels[i]
        total += level["price_ticks"] * level["side"] // 3 - level["lots"]
        level["lots"] -= 2
        level["side"] = -level["side"]
    return total


def results():
    """Every function on edges and on seeded numbers, within its bounds."""
    numbers = random.Random(20261122)
    signed = [sign * n for n in EDGES for sign in (1, -1)]
    signed += [
        numbers.randrange(-INT64_MAX, INT64_MAX) >> numbers.randrange(62) for _ in range(300)
    ]
    for a in signed:
        for b in (1, 3, 7, 64, PPB, 2**40 + 1):
            yield arithmetic.floor_div(a, b), arithmetic.ceil_div(a, b), remainder(a, b)
            yield arithmetic.floor_div(a, -b), remainder(a, -b), arithmetic.div_trunc(a, b)
        if abs(a) <= arithmetic.MUL_DIV_MAX:
            for n in (0, 1, 999, PPB - 1, PPB):
                yield arithmetic.mul_div_floor(a, n), arithmetic.mul_div_floor(a, -n)
                yield arithmetic.mul_div_ceil(a, n), arithmetic.mul_div_ceil(a, -n)
                yield arithmetic.mul_div_floor_by(a, n, PPB), arithmetic.mul_div_ceil_by(a, n, PPB)
        if a >= 0:
            d = max(1, a >> 2)
            yield arithmetic.mul_div_wide(a, d - 1, d)
        if a != 0:
            yield primitives_of(a)
        yield primitives.hash_id(a, 1023)
    arena = np.arange(64, dtype=np.int64) * 0x0101_0203
    yield walk(arena, 8, 40), walk(arena, 9, 41), walk(arena, 8, 8)
    yield arena.tolist()


@kernel
def primitives_of(word):
    i = word & 63
    return (
        primitives.ctz(word),
        primitives.clz(word),
        primitives.set_bit(word, i),
        primitives.clear_bit(word, i),
        primitives.bits_from(word, i),
        primitives.bits_to(word, i),
        primitives.hash_id(word, 2**32 - 1),
    )


def flat(value):
    """Yield plain integers: `numpy.int64(7)` and `7` are the same result."""
    if isinstance(value, tuple | list):
        for part in value:
            yield from flat(part)
    else:
        yield int(value)


if __name__ == "__main__":
    numbers = [number for result in results() for number in flat(result)]
    digest = hashlib.sha256(repr(numbers).encode()).hexdigest()
    print(BUILD, "numba" in sys.modules, len(numbers), digest)
