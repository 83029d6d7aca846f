"""What the machine does and Python does not: bits, hashes, prefetching, typed views of the arena.

Each primitive has two bodies: a Python function, used in the `python` build and shown by its
doctest, and a compiled twin below it (`_compiled_...`), used when a kernel calls it. Nothing else
in the project has two bodies.

A *word* is 64 bits held in an int64: bit 63 set means negative. Unsigned numbers appear in this
file only, since `uint64 op int64` is int64 in compiled code and float64 in numpy.
"""

from hkperp_engine.kernel import primitive
from hkperp_engine.units import WORD_BITS

__all__ = [
    "bits_from",
    "bits_to",
    "clear_bit",
    "clz",
    "ctz",
    "hash_id",
    "prefetch",
    "rows",
    "set_bit",
    "unsigned_div",
    "words_at",
]

_WORD_MASK = (1 << WORD_BITS) - 1

#: Odd multipliers of the id hash. One alone is not enough: ids 506,440 apart then share 4 % of the
#: places that random ids would take, and consecutive ids in a table of 65,536 share 28 %.
_HASH_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93)


def _signed(bits):
    """Return the int64 that has the low 64 bits of `bits`."""
    bits &= _WORD_MASK
    return bits - (1 << WORD_BITS) if bits >> (WORD_BITS - 1) else bits


def _compiled_ctz():
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def count(_context, word):
        def generate(_target, builder, _signature, arguments):
            # True: the result for 0 is undefined, which saves a branch; words are not 0 here.
            return builder.cttz(arguments[0], _true())

        return types.int64(types.int64), generate

    return lambda word: lambda word: count(word)


@primitive(_compiled_ctz)
def ctz(word):
    """Return the index of the lowest set bit, 0 .. 63. `word` is not 0. O(1), one instruction.

    >>> ctz(0b1010_0000), ctz(-(2**63))
    (5, 63)
    """
    word = int(word)
    assert word != 0
    return (word & -word).bit_length() - 1


def _compiled_clz():
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def count(_context, word):
        def generate(_target, builder, _signature, arguments):
            return builder.ctlz(arguments[0], _true())

        return types.int64(types.int64), generate

    return lambda word: lambda word: count(word)


@primitive(_compiled_clz)
def clz(word):
    """Return the number of zero bits above the highest set bit, 0 .. 63. `word` is not 0. O(1).

    The index of the highest set bit is `63 - clz(word)`.

    >>> clz(1), clz(0b1010_0000), clz(-1)
    (63, 56, 0)
    """
    word = int(word)
    assert word != 0
    return WORD_BITS - (word & _WORD_MASK).bit_length()


def _compiled_unsigned_div():
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def divide(_context, a, b):
        def generate(_target, builder, _signature, arguments):
            return builder.udiv(arguments[0], arguments[1])

        return types.int64(types.int64, types.int64), generate

    return lambda a, b: lambda a, b: divide(a, b)


@primitive(_compiled_unsigned_div)
def unsigned_div(a, b):
    """Return a // b for a >= 0, b > 0: nothing is corrected for signs. O(1).

    >>> unsigned_div(7, 2)
    3
    """
    return int(a) // int(b)


def _compiled_set_bit():
    # numba's shifts are plain: `1 << 63` is the lowest int64, and `-2 << 63` is 0.
    return lambda word, i: lambda word, i: word | (1 << i)


@primitive(_compiled_set_bit)
def set_bit(word, i):
    """Return `word` with bit `i` (0 .. 63) set. O(1).

    >>> set_bit(0b100, 0), set_bit(0, 63)
    (5, -9223372036854775808)
    """
    return _signed(int(word) | (1 << int(i)))


def _compiled_clear_bit():
    return lambda word, i: lambda word, i: word & ~(1 << i)


@primitive(_compiled_clear_bit)
def clear_bit(word, i):
    """Return `word` with bit `i` (0 .. 63) cleared. O(1).

    >>> clear_bit(0b101, 2), clear_bit(-1, 63) == 2**63 - 1
    (1, True)
    """
    return _signed(int(word) & ~(1 << int(i)))


def _compiled_bits_from():
    return lambda word, i: lambda word, i: word & (-1 << i)


@primitive(_compiled_bits_from)
def bits_from(word, i):
    """Return the bits of `word` at `i` (0 .. 63) and above, the others cleared. O(1).

    >>> bin(bits_from(0b1011, 1)), bits_from(-1, 63)
    ('0b1010', -9223372036854775808)
    """
    return _signed(int(word) & (-1 << int(i)))


def _compiled_bits_to():
    return lambda word, i: lambda word, i: word & ~(-2 << i)


@primitive(_compiled_bits_to)
def bits_to(word, i):
    """Return the bits of `word` at `i` (0 .. 63) and below, the others cleared. O(1).

    >>> bin(bits_to(0b1011, 1)), bits_to(-1, 63)
    ('0b11', -1)
    """
    return _signed(int(word) & ~(-2 << int(i)))


def _compiled_hash_id():
    from numba import types
    from numba.extending import intrinsic

    @intrinsic
    def mix(_context, id, mask):
        def generate(_target, builder, _signature, arguments):
            word, mask = arguments
            half = word.type(WORD_BITS // 2)
            for multiplier in _HASH_MULTIPLIERS:
                word = builder.xor(word, builder.lshr(word, half))
                word = builder.mul(word, word.type(multiplier))  # wraps: no `nsw` is asked for
            return builder.and_(builder.lshr(word, half), mask)

        return types.int64(types.int64, types.int64), generate

    return lambda id, mask: lambda id, mask: mix(id, mask)


@primitive(_compiled_hash_id)
def hash_id(id, mask):
    """Return the home index of `id` (any int64) in a table of `mask + 1` places, 0 .. mask.

    `mask` is a power of two less one, below 2**32. Twice the upper half is folded into the lower
    and multiplied, then the upper half is taken: ids at any regular distance spread like random
    ones. O(1), about 2 ns. It is no defence against somebody who chooses ids that collide.

    >>> [hash_id(id, 1023) for id in (1, 2, 3, 1 << 40)]
    [494, 586, 742, 307]
    """
    word = int(id) & _WORD_MASK
    for multiplier in _HASH_MULTIPLIERS:
        word ^= word >> (WORD_BITS // 2)
        word = word * multiplier & _WORD_MASK  # the wrap is wanted: modulo 2**64
    return word >> (WORD_BITS // 2) & int(mask)


def _compiled_prefetch():
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    @intrinsic
    def touch(_context, array, index):
        def generate(target, builder, signature, arguments):
            array_type = signature.args[0]
            array = arrayobj.make_array(array_type)(target, builder, arguments[0])
            (stride,) = cgutils.unpack_tuple(builder, array.strides, 1)
            data = builder.ptrtoint(array.data, cgutils.intp_t)
            # Integer arithmetic, not an element's address: an index outside is harmless here.
            place = builder.add(data, builder.mul(arguments[1], stride))
            pointer = builder.inttoptr(place, cgutils.voidptr_t)
            flag = ir.IntType(32)
            instruction = cgutils.get_or_insert_function(
                builder.module,
                ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, flag, flag, flag]),
                "llvm.prefetch.p0",
            )
            # For reading, into all levels of the cache, data.
            builder.call(instruction, [pointer, flag(0), flag(3), flag(1)])
            return target.get_dummy_value()

        return types.none(array, types.int64), generate

    return lambda array, index: lambda array, index: touch(array, index)


@primitive(_compiled_prefetch)
def prefetch(array, index):
    """Ask the machine to bring element `index` of a 1-D `array` near; has no other effect.

    Any index is allowed, also one outside the array: nothing is read. O(1), one instruction; in
    the `python` build nothing.

    >>> prefetch([1, 2, 3], 99)
    """


def _compiled_rows():
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic
    from numba.np import arrayobj

    word_bytes = WORD_BITS // 8

    @intrinsic
    def view(_context, arena, start_word, word_count, dtype):
        row_type = dtype.dtype

        def generate(target, builder, signature, arguments):
            arena_type, view_type = signature.args[0], signature.return_type
            arena = arrayobj.make_array(arena_type)(target, builder, arguments[0])
            result = arrayobj.make_array(view_type)(target, builder)
            word = arguments[1].type
            row_bytes = target.get_abi_sizeof(target.get_data_type(row_type))
            start = cgutils.pointer_add(
                builder, arena.data, builder.mul(arguments[1], word(word_bytes)), result.data.type
            )
            size = builder.mul(arguments[2], word(word_bytes))
            arrayobj.populate_array(
                result,
                data=start,
                shape=[builder.sdiv(size, word(row_bytes))],
                strides=[word(row_bytes)],
                itemsize=word(row_bytes),
                meminfo=None,  # not counted: the caller's arena keeps the memory
            )
            return result._getvalue()

        returned = types.Array(row_type, 1, "C", readonly=not arena.mutable)
        return returned(arena, types.int64, types.int64, dtype), generate

    def implement(arena, start_word, stop_word, dtype):
        def body(arena, start_word, stop_word, dtype):
            assert 0 <= start_word <= stop_word <= arena.size
            return view(arena, start_word, stop_word - start_word, dtype)

        is_arena = isinstance(arena, types.Array) and arena.ndim == 1 and arena.layout == "C"
        if is_arena and arena.dtype == types.int64 and hasattr(dtype, "dtype"):
            return body
        return None  # numba then names the wrong types and the line

    return implement


@primitive(_compiled_rows)
def rows(arena, start_word, stop_word, dtype):
    """Return words `start_word` .. `stop_word` (excluded) of an int64 arena as rows of `dtype`.

    A view: writing a row writes the arena. It does not keep the arena alive, so it must not
    outlive the door that made it. `dtype` is a record dtype or a plain one, a constant of the
    module; its size divides the section. The words are checked against the arena, here and when
    compiled, since an offset may come from a damaged snapshot. O(1), about 1 ns.

    >>> import numpy
    >>> LEVEL = numpy.dtype([("price_ticks", "<i8"), ("lots", "<i8")])
    >>> arena = numpy.arange(6)
    >>> rows(arena, 2, 6, LEVEL)["lots"].tolist()
    [3, 5]
    """
    assert 0 <= start_word <= stop_word <= arena.size
    return arena[start_word:stop_word].view(dtype)


def _compiled_words_at():
    from numba import types
    from numba.extending import intrinsic
    from numba.np import arrayobj

    word_bytes = WORD_BITS // 8
    words_type = types.Array(types.int64, 1, "C")

    @intrinsic
    def view(_context, address, word_count):
        def generate(target, builder, _signature, arguments):
            result = arrayobj.make_array(words_type)(target, builder)
            word = arguments[1].type
            arrayobj.populate_array(
                result,
                data=builder.inttoptr(arguments[0], result.data.type),
                shape=[arguments[1]],
                strides=[word(word_bytes)],
                itemsize=word(word_bytes),
                meminfo=None,  # not counted: the caller keeps the memory
            )
            return result._getvalue()

        return words_type(types.int64, types.int64), generate

    return lambda address, word_count: lambda address, word_count: view(address, word_count)


@primitive(_compiled_words_at)
def words_at(address, word_count):
    """Return `word_count` words of memory from `address` (bytes) on, as an int64 array.

    For doors: an integer crosses from Python in 0.05 us, an array in 0.2 us. Nothing is checked:
    the caller owns the memory, and keeps it while the view is used. O(1).

    >>> import numpy
    >>> words = numpy.arange(3)
    >>> words_at(words.ctypes.data, 2).tolist()
    [0, 1]
    """
    import ctypes

    import numpy as np

    words = (ctypes.c_int64 * int(word_count)).from_address(int(address))
    return np.ndarray(int(word_count), np.int64, memoryview(words))


def _true():
    """Return LLVM's constant for true."""
    from llvmlite import ir

    return ir.Constant(ir.IntType(1), 1)
