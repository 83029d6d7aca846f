"""What kernels call `state`: a NamedTuple of views in Python, one pointer when compiled.

A NamedTuple of 29 arrays is 203 machine words, and numba copies them at every call that is not
inlined: the whole path took 800 ns a message with it (docs/decisions/0012-state-is-a-pointer.md).
Compiled, `state` is the address of the arena; `state.orders` reads where its section starts and
stops from the arena's first words, which do not change while a door runs, so the compiler reads
them once.
"""

import hashlib

from hkperp_engine.kernel import BUILD
from hkperp_engine.primitives import rows
from hkperp_engine.units import WORD_BITS

__all__ = ["state_opener"]

_WORD_BYTES = WORD_BITS // 8

if BUILD != "python":
    from numba.core import types

    class ArenaState(types.Type):
        """Numba's type of a compiled `state`: section names, each with its numba dtype."""

        def __init__(self, label, sections):
            """Take a `label` and, in arena order, a tuple of (section name, numba dtype)."""
            self.sections = sections
            # Short: numba writes it into the name of every function that takes a state.
            digest = hashlib.sha256(str(sections).encode()).hexdigest()[:12]
            super().__init__(name=f"ArenaState({label} {digest})")

        @property
        def key(self):
            """What makes two such types equal."""
            return self.name

        def section(self, name):
            """Return (number of the section, its dtype), or None if there is no such section."""
            for number, (each, dtype) in enumerate(self.sections):
                if each == name:
                    return number, dtype
            return None

    def _register():
        """Tell numba how an ArenaState is stored and how its attributes are read."""
        from llvmlite import ir
        from numba.core.imputils import lower_getattr_generic
        from numba.core.typing.templates import AttributeTemplate, infer_getattr
        from numba.extending import models, register_model
        from numba.np import arrayobj

        @register_model(ArenaState)
        class ArenaStateModel(models.PrimitiveModel):
            def __init__(self, manager, fe_type):
                super().__init__(manager, fe_type, ir.IntType(WORD_BITS).as_pointer())

        @infer_getattr
        class ArenaStateAttribute(AttributeTemplate):
            key = ArenaState

            def generic_resolve(self, state, name):
                found = state.section(name)
                return None if found is None else types.Array(found[1], 1, "C")

        @lower_getattr_generic(ArenaState)
        def _read_section(context, builder, state, pointer, name):
            number, dtype = state.section(name)
            word = ir.IntType(WORD_BITS)

            def bound(index):
                loaded = builder.load(builder.gep(pointer, [word(index)]))
                # The header is written before any door runs: the load may be moved and merged.
                loaded.set_metadata("invariant.load", builder.module.add_metadata([]))
                return loaded

            start, stop = bound(2 * number), bound(2 * number + 1)
            array_type = types.Array(dtype, 1, "C")
            result = arrayobj.make_array(array_type)(context, builder)
            row_bytes = context.get_abi_sizeof(context.get_data_type(dtype))
            size = builder.mul(builder.sub(stop, start), word(_WORD_BYTES))
            arrayobj.populate_array(
                result,
                data=builder.bitcast(builder.gep(pointer, [start]), result.data.type),
                shape=[builder.udiv(size, word(row_bytes))],
                strides=[word(row_bytes)],
                itemsize=word(row_bytes),
                meminfo=None,  # not counted: the caller's arena keeps the memory
            )
            return result._getvalue()

    _register()


def state_opener(state_class, dtypes):
    """Return `open(arena)`: the `state` of an int64 arena, in Python and in doors.

    `state_class`: NamedTuple with one field a section, in the order of the arena's header words
    (start and stop of section i are words 2 i and 2 i + 1); `dtypes`: the sections' dtypes. The
    views must not outlive the arena. In Python about 20 us, compiled nothing.
    """

    def open_state(arena):
        words = arena[: 2 * len(dtypes)].tolist()
        return state_class(
            *(rows(arena, words[2 * i], words[2 * i + 1], each) for i, each in enumerate(dtypes))
        )

    if BUILD != "python":
        from numba import from_dtype
        from numba.core import types
        from numba.extending import intrinsic, overload
        from numba.np import arrayobj

        sections = tuple(
            (name, from_dtype(dtype))
            for name, dtype in zip(state_class._fields, dtypes, strict=True)
        )
        state_type = ArenaState(state_class.__qualname__, sections)

        @intrinsic
        def address(_context, arena):
            def generate(target, builder, signature, arguments):
                array = arrayobj.make_array(signature.args[0])(target, builder, arguments[0])
                return array.data

            return state_type(arena), generate

        @overload(open_state)
        def _compiled_open_state(arena):
            if isinstance(arena, types.Array) and arena.ndim == 1 and arena.dtype == types.int64:
                return lambda arena: address(arena)
            return None

    return open_state
