"""Primitives against Python's unlimited integers, through a kernel: both bodies, all of bit 63.

In a compiled build the kernels below reach the compiled twins, and each test also calls the Python
body; in the `python` build both are the Python body.
"""

import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hkperp_engine import primitives
from hkperp_engine.kernel import BUILD, door, kernel
from hkperp_engine.primitives import (
    bits_from,
    bits_to,
    clear_bit,
    clz,
    ctz,
    hash_id,
    prefetch,
    rows,
    set_bit,
    unsigned_div,
    words_at,
)

WORDS = st.integers(-(2**63), 2**63 - 1)
NONZERO = WORDS.filter(bool)
BITS = st.integers(0, 63)
ROW = np.dtype([("price_ticks", "<i8"), ("lots", "<i4"), ("head", "<i4")])
ROW_OF_BYTES = np.dtype([("kind", "i1"), ("side", "i1"), ("rest", "S6")])
PLAIN_32 = np.dtype(np.int32)


@kernel
def counted(word):
    return ctz(word), clz(word)


@kernel
def changed(word, i):
    return set_bit(word, i), clear_bit(word, i), bits_from(word, i), bits_to(word, i)


@kernel
def home(id, mask):
    return hash_id(id, mask)


@kernel
def quotient(a, b):
    return unsigned_div(a, b)


@kernel
def near(array, index):
    prefetch(array, index)
    return array[0]


def bit_set(word: int) -> set[int]:
    """The bits of a word, 0 .. 63, by the plainest means there is."""
    return {i for i in range(64) if word % 2**64 // 2**i % 2}


def word_of(bits: set[int]) -> int:
    value = sum(2**i for i in bits)
    return value - 2**64 if value >= 2**63 else value


@given(NONZERO)
@example(1)
@example(-1)
@example(2**62)
@example(-(2**63))
@example(2**63 - 1)
def test_counts(word: int) -> None:
    bits = bit_set(word)
    expected = min(bits), 63 - max(bits)
    assert counted(word) == expected
    assert (ctz(word), clz(word)) == expected


@pytest.mark.parametrize("i", range(64))
def test_counts_of_each_bit(i: int) -> None:
    assert counted(word_of({i})) == (i, 63 - i)
    assert counted(word_of(set(range(i, 64)))) == (i, 0)
    assert counted(word_of(set(range(i + 1)))) == (0, 63 - i)


@given(WORDS, BITS)
@example(0, 63)
@example(-1, 63)
@example(-1, 0)
@example(-(2**63), 63)
@example(2**63 - 1, 63)
def test_changes(word: int, i: int) -> None:
    bits = bit_set(word)
    expected = (
        word_of(bits | {i}),
        word_of(bits - {i}),
        word_of({j for j in bits if j >= i}),
        word_of({j for j in bits if j <= i}),
    )
    assert changed(word, i) == expected
    assert (set_bit(word, i), clear_bit(word, i)) == expected[:2]
    assert (bits_from(word, i), bits_to(word, i)) == expected[2:]


@pytest.mark.parametrize("word", [0, 1, -1, 2**63 - 1, -(2**63), 0x5555_5555_5555_5555])
def test_changes_at_each_bit(word: int) -> None:
    """Words as numpy gives them: `numpy.int64 | 2**63` is an error where Python's is a number."""
    for i in range(64):
        test_changes.hypothesis.inner_test(word, i)
        assert set_bit(np.int64(word), np.int64(i)) == set_bit(word, i)
        assert clear_bit(np.int64(word), np.int64(i)) == clear_bit(word, i)
        assert bits_from(np.int64(word), np.int64(i)) == bits_from(word, i)
        assert bits_to(np.int64(word), np.int64(i)) == bits_to(word, i)


@given(WORDS, st.integers(0, 32).map(lambda bits: 2**bits - 1))
@example(-1, 2**32 - 1)
@example(-(2**63), 2**32 - 1)
@example(2**63 - 1, 0)
def test_hash(id: int, mask: int) -> None:
    word = id % 2**64
    for multiplier in (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93):
        word = (word ^ word // 2**32) * multiplier % 2**64
    expected = word // 2**32 & mask
    assert home(id, mask) == expected
    assert hash_id(id, mask) == hash_id(np.int64(id), np.int64(mask)) == expected


STEPS = [1, 2, 64, 1_000, 506_440, 863_577, 2**20, 2**31, 2**32, 2**32 + 1, 2**40, 2**52]


@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("step", STEPS)
def test_hash_spreads(step: int, bits: int) -> None:
    """Regular ids take as many places of a half-full table as random ones: 1 - exp(-1/2)."""
    ids = range(0, min(step * 2 ** (bits - 1), 2**63), step)
    taken = {home(id, 2**bits - 1) for id in ids}
    expected = 2**bits * (1 - math.exp(-len(ids) / 2**bits))
    assert len(taken) > 0.85 * expected


@door
def sums(arena, start, stop):
    """Write each row and column through its view; return what was read before."""
    levels = rows(arena, start, stop, ROW)
    halves = rows(arena, start, stop, PLAIN_32)
    words = rows(arena, start, stop, np.int64)
    small = rows(arena, start, stop, ROW_OF_BYTES)
    total, kinds = 0, 0
    for i in range(small.size):
        kinds += small[i]["kind"]
    for i in range(levels.size):
        level = levels[i]
        total += level["price_ticks"] + 3 * level["lots"] + 5 * level["head"]
        level["lots"] += 1
    halves[0] = 7
    return total, kinds, words.size, halves.size, words[0]


def test_rows_is_a_view() -> None:
    arena = np.arange(20, dtype=np.int64) * (2**32 + 1)
    before = arena.copy()
    levels = before[4:10].view(ROW)
    total = int((levels["price_ticks"] + 3 * levels["lots"] + 5 * levels["head"]).sum())
    kinds = int(before[4:10].view(ROW_OF_BYTES)["kind"].sum())
    assert sums(arena, 4, 10) == (total, kinds, 6, 12, before[4] - 4 + 7)
    levels["lots"] += 1
    before[4:10].view(np.int32)[0] = 7
    assert arena.tolist() == before.tolist()


def test_rows_may_be_empty() -> None:
    assert empty(np.zeros(4, np.int64), 4) == (0, 0)
    assert empty(np.zeros(0, np.int64), 0) == (0, 0)


@door
def empty(arena, word):
    return rows(arena, word, word, ROW).size, rows(arena, word, word, PLAIN_32).size


@pytest.mark.parametrize(
    ("start", "stop"), [(-2, 2), (4, 2), (0, 22), (21, 21), (2**62, 2**63 - 1)]
)
def test_rows_outside_the_arena(start: int, stop: int) -> None:
    arena = np.zeros(20, np.int64)
    with pytest.raises(AssertionError):
        sums(arena, start, stop)
    assert not arena.any()


def test_rows_of_what_is_no_arena() -> None:
    """A read-only arena is not written, and other arrays are refused by their type."""
    frozen = np.zeros(20, np.int64)
    frozen.flags.writeable = False
    with pytest.raises(Exception, match=r"read-only|Cannot modify readonly"):
        sums(frozen, 0, 4)
    if BUILD != "python":
        words = np.zeros(40, np.int64)
        for wrong in (words.view(np.int32), words.reshape(8, 5), words[::2]):
            with pytest.raises(Exception, match="No implementation of function"):
                sums(wrong, 0, 4)


@given(st.integers(0, 2**63 - 1), st.integers(1, 2**63 - 1))
@example(2**63 - 1, 1)
@example(2**63 - 1, 2**63 - 1)
@example(0, 1_000_000_000)
def test_unsigned_div(a: int, b: int) -> None:
    assert quotient(a, b) == unsigned_div(a, b) == a // b


@pytest.mark.parametrize("index", [0, 5, 6, -1, 2**40, -(2**40)])
def test_prefetch_changes_nothing(index: int) -> None:
    """Also far outside: it is a hint about an address, nothing is read."""
    array = np.arange(6, dtype=np.int64)
    assert near(array, index) == 0
    assert array.tolist() == [0, 1, 2, 3, 4, 5]
    assert prefetch(array, index) is None


@pytest.mark.skipif(BUILD == "python", reason="nothing is compiled")
def test_machine_code() -> None:
    """Compiled afresh, since code loaded from the cache cannot be inspected."""
    import numba

    fresh = numba.njit(_nrt=False)(near.py_func)
    fresh(np.arange(6, dtype=np.int64), 2)
    (text,) = fresh.inspect_llvm().values()
    assert "@llvm.prefetch" in text
    fresh = numba.njit(_nrt=False)(counted.py_func)
    fresh(1)
    (text,) = fresh.inspect_llvm().values()
    assert "@llvm.cttz" in text
    assert "@llvm.ctlz" in text
    assert "NRT_" not in text.split("define ")[1]  # the function itself, without its wrappers
    fresh = numba.njit(_nrt=True)(sums.py_func)
    fresh(np.zeros(20, np.int64), 0, 4)
    (text,) = fresh.inspect_llvm().values()
    counted_calls = [line for line in text.split("define ")[1].splitlines() if "@NRT_" in line]
    assert all("%arg.arena." in line for line in counted_calls), "views are not counted"


def test_every_primitive_is_tested_here() -> None:
    assert set(primitives.__all__) <= set(globals())


@door
def raised(address, word_count, add):
    words = words_at(address, word_count)
    for i in range(words.size):
        words[i] += add
    return words.size


@pytest.mark.parametrize("word_count", [0, 1, 5])
def test_words_at_is_the_memory_itself(word_count: int) -> None:
    memory = np.arange(8)
    assert raised(memory.ctypes.data + 8, word_count, 10) == word_count
    expected = [i + 10 if 1 <= i <= word_count else i for i in range(8)]
    assert memory.tolist() == expected
    view = words_at(memory.ctypes.data + 8, word_count)
    assert view.tolist() == expected[1 : 1 + word_count]
    view[:] = 7
    assert memory.tolist() == [7 if 1 <= i <= word_count else i for i in range(8)]
