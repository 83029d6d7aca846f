"""What a book's state means, as bytes: what the state hash is taken of, besides its orders.

No slot, capacity or ring position is in it: two books that answer every further command alike
have the same bytes, whatever their pools and build.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["logical_bytes"]

#: Fields of each section that mean something; the others are places in pools, or scratch.
_FIELDS = {
    "engine": ["is_afmm_suspended", "fired_count", "trailing_count", "rank"],
    "markets": [
        "state",
        "last_ticks",
        "history_interval",
        "history_first",
        "history_first_ticks",
        "paused_state",
    ],
    "stops": ["price_ticks", "rise_ticks", "fall_ticks", "waiting_count"],
    "members": ["message_window", "message_count", "session"],
    "owners": ["is_killed"],
}
_PROTECTION = ["wallet", "contract", "window_ns", "lots_max", "net_lots_max", "trades_max"]
_PROTECTION += ["is_frozen", "count"]


def logical_bytes(state: Any) -> Iterator[bytes]:
    """Yield the bytes of a BookState, or of a State of the machine, in a fixed order.

    O(wallets + contracts + timers).
    """
    for section, names in _FIELDS.items():
        rows = getattr(state, section)
        for name in names:
            yield np.ascontiguousarray(rows[name], np.int64).tobytes()
    yield state.history.tobytes()
    protections = state.protections[1 : int(state.engine["protection_count"][0]) + 1]
    for name in _PROTECTION:
        yield np.ascontiguousarray(protections[name], np.int64).tobytes()
    timers = state.timers[1 : int(state.engine["timer_count"][0]) + 1]
    order = np.lexsort((timers["order"], timers["time_ns"]))
    yield timers["time_ns"][order].tobytes()
    yield timers["order"][order].tobytes()
