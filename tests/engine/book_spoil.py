"""One wrong number in the memory of a book: what the tests of its checks plant."""

from collections.abc import Callable

import numpy as np

from hkperp_engine.arena import BookState
from hkperp_engine.layout import CHUNK_LEVELS

#: Something wrong to do to a book; and which rows to do it to.
Spoil = Callable[[BookState], None]
Where = Callable[[BookState], int]


def slot_of(state: BookState, order_id: int) -> int:
    """Slot of an order."""
    return int(np.flatnonzero(state.orders["order_id"] == order_id)[0])


def level_of(state: BookState, ladder: int, price_ticks: int) -> int:
    """Index of a price's level."""
    chunk = ladder * int(state.engine["chunks_per_ladder"][0]) + (price_ticks >> 12)
    return int(state.directory[chunk]) * CHUNK_LEVELS + (price_ticks & (CHUNK_LEVELS - 1))


def put(section: str, field: str, value: int, where: Where) -> Spoil:
    """Write one field of one row."""

    def spoil(state: BookState) -> None:
        getattr(state, section)[field][where(state)] = value

    return spoil


def order(field: str, value: int, order_id: int = 2) -> Spoil:
    """Write one field of an order."""
    return put("orders", field, value, lambda state: slot_of(state, order_id))


def level(field: str, value: int, ladder: int = 0, price_ticks: int = 90) -> Spoil:
    """Write one field of a level."""
    return put("levels", field, value, lambda state: level_of(state, ladder, price_ticks))


def extra(field: str, value: int, order_id: int) -> Spoil:
    """Write one field of an order's EXTRA row."""
    return put("extras", field, value, lambda state: slot_of(state, order_id))


def first(section: str, field: str, value: int, row: int = 0) -> Spoil:
    """Write one field of a row that is known, the first if not said."""
    return put(section, field, value, lambda state: row)


def both(*spoils: Spoil) -> Spoil:
    """Do several wrong things."""

    def spoil(state: BookState) -> None:
        for each in spoils:
            each(state)

    return spoil
