"""Timers: what happens by itself at a time, the earliest first (MAT-050).

An indexed binary min-heap in `state.timers`, rows 1 .. `timer_count`, the parent of row i at
i >> 1. The least (`time_ns`, `order`) is row 1, and `engine["next_timer_ns"]` is its time, so that
a command pays one comparison to know that nothing is due. `order` is kind * 2**56 + number: the
rank of first acceptance of an expiry, the wallet of a countdown, the contract of a pause. No two
timers have the same `order`, so the order in which they run is never left to the heap.

Whoever has a timer knows its row (`extras.timer`, `members.timer`, `markets.pause_timer`; 0: it
has none), so that it is moved and dropped without a search.
"""

from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.tuning import inlined

__all__ = [
    "COUNTDOWN",
    "EXPIRY",
    "PAUSE_END",
    "TIMER_NEVER",
    "drop_timer",
    "first_timer",
    "set_timer",
]

#: Kinds of timer, in the order in which they run at one time. Their targets: the slot of an order
#: (with an EXTRA row whose `rank` is set), a wallet, a contract.
EXPIRY, COUNTDOWN, PAUSE_END = 0, 1, 2

#: Time (ns) of the next timer when there is none: later than any command may be.
TIMER_NEVER = 2**62 + 1

#: Bits of `order` that hold the number; the kind stands above them.
_NUMBER_BITS = 56


@kernel
def set_timer(state, kind, target, time_ns):
    """Set the timer of a target, or move the one it has, to `time_ns` (0 .. 2**62). O(log timers).

    A timer that is moved keeps its place among those of one time: that of its first setting.
    """
    row = _row_of(state, kind, target)
    if row == 0:
        engine = state.engine[0]
        row = int(engine["timer_count"]) + 1
        if CHECKED:
            assert row < state.timers.size
            assert 0 <= time_ns < TIMER_NEVER
        engine["timer_count"] = row
        number = int(state.extras[target]["rank"]) if kind == EXPIRY else target
        order = (kind << _NUMBER_BITS) + number
    else:
        order = int(state.timers[row]["order"])
    _settle(state, row, time_ns, order, target)
    _show_next(state)


@kernel
def drop_timer(state, kind, target):
    """Take back the timer of a target; nothing happens if it has none. O(log timers)."""
    row = _row_of(state, kind, target)
    if row == 0:
        return
    engine = state.engine[0]
    last = int(engine["timer_count"])
    if CHECKED:
        assert 0 < row <= last
        assert state.timers[row]["target"] == target
    engine["timer_count"] = last - 1
    _keep_row(state, kind, target, 0)
    if row != last:
        moved = state.timers[last]
        _settle(state, row, int(moved["time_ns"]), int(moved["order"]), int(moved["target"]))
    _show_next(state)


@kernel
def first_timer(state):
    """Return (kind, target) of the timer that runs first; there is one. O(1)."""
    if CHECKED:
        assert state.engine[0]["timer_count"] > 0
    node = state.timers[1]
    return int(node["order"]) >> _NUMBER_BITS, int(node["target"])


@inlined
def _row_of(state, kind, target):
    """Return the row of a target's timer, 0 if it has none. O(1)."""
    if kind == EXPIRY:
        return int(state.extras[target]["timer"])
    if kind == COUNTDOWN:
        return int(state.members[target]["timer"])
    return int(state.markets[target]["pause_timer"])


@inlined
def _keep_row(state, kind, target, row):
    """Tell a target the row of its timer, 0 for none. O(1)."""
    if kind == EXPIRY:
        state.extras[target]["timer"] = row
    elif kind == COUNTDOWN:
        state.members[target]["timer"] = row
    else:
        state.markets[target]["pause_timer"] = row


@inlined
def _show_next(state):
    """Make `next_timer_ns` the time of the first timer. O(1)."""
    engine = state.engine[0]
    is_empty = engine["timer_count"] == 0
    engine["next_timer_ns"] = TIMER_NEVER if is_empty else state.timers[1]["time_ns"]


@inlined
def _place(state, row, time_ns, order, target):
    """Write a timer to a row, and tell its target. O(1)."""
    node = state.timers[row]
    node["time_ns"] = time_ns
    node["order"] = order
    node["target"] = target
    _keep_row(state, order >> _NUMBER_BITS, target, row)


@inlined
def _runs_before(state, row, time_ns, order):
    """Tell whether the timer in `row` runs before one of this time (ns) and order. O(1)."""
    node = state.timers[row]
    if node["time_ns"] != time_ns:
        return node["time_ns"] < time_ns
    return node["order"] < order


@kernel
def _settle(state, row, time_ns, order, target):
    """Put a timer where it belongs, given a row whose contents are free. O(log timers).

    The free row rises or sinks, never both: if a parent came down, no child need come up.
    """
    count = int(state.engine[0]["timer_count"])
    while row > 1 and not _runs_before(state, row >> 1, time_ns, order):
        above = state.timers[row >> 1]
        _place(state, row, int(above["time_ns"]), int(above["order"]), int(above["target"]))
        row = row >> 1
    while True:
        child = 2 * row
        if child > count:
            break
        if child < count:
            first = state.timers[child]
            if _runs_before(state, child + 1, int(first["time_ns"]), int(first["order"])):
                child += 1
        if not _runs_before(state, child, time_ns, order):
            break
        below = state.timers[child]
        _place(state, row, int(below["time_ns"]), int(below["order"]), int(below["target"]))
        row = child
    _place(state, row, time_ns, order, target)
