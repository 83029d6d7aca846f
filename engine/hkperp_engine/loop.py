"""The loop of the stand-alone book: commands in, events out. The venue has a loop of its own.

A call of `apply_orders` stops where it likes between two steps; calling it again goes on. What
comes out does not depend on where it stopped. docs/book.md section 2 has the order of the steps.
"""

from hkperp_engine.codes import Command, Reject
from hkperp_engine.desk import do_account
from hkperp_engine.events import refuse
from hkperp_engine.intake import ORDER_ID_MAX
from hkperp_engine.ladder import level_at
from hkperp_engine.orders import has_room
from hkperp_engine.primitives import hash_id, prefetch
from hkperp_engine.quotes import take_internal
from hkperp_engine.steps import (
    STEP_EVENTS_MAX,
    begin_timer,
    change_state,
    do_pending,
    set_reference,
    sweep,
)
from hkperp_engine.trading import amend, cancel, new_order
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = ["CELL_AHEAD", "DONE", "DRAIN", "GROW", "apply_orders", "foresee", "has_pending"]

#: How many commands ahead a command's row, the cells its id and wallet need, and its order or
#: level are asked for. Measured: docs/decisions/0011.
_ROW_AHEAD = 48
CELL_AHEAD = 24
_ORDER_AHEAD = 16

#: Id tables of this many cells (1 MiB) and above outgrow the second cache: orders and levels too
#: are then worth asking for.
_LARGE = 1 << 16

#: Why the loop came back: all commands done, the ring is full, or a pool is.
DONE = 0
DRAIN = 1
GROW = 2

#: Not a Reject: the command is not begun yet.
_LATER = -1


@inlined
def has_pending(state):
    """Tell whether anything follows from what was done, besides a sweep in hand. O(1)."""
    engine = state.engine[0]
    first = engine["condemned_head"] | engine["frame_count"]
    return (first | engine["internal_count"] | engine["fired_count"]) != 0


@inlined
def is_known(kind):
    """Tell whether `kind` is a Command that the stand-alone book does (MAT-010). O(1)."""
    if Command.NEW_ORDER <= kind <= Command.RESET_PROTECTION:
        return True
    if Command.CONTRACT_STATE <= kind <= Command.REFERENCE_PRICE:
        return True
    return kind == Command.ADVANCE


@inlined
def apply_orders(state, commands, first):
    """Do the COMMAND rows from `first` on.

    Returns (index of the first command not begun, DONE, DRAIN or GROW). After DRAIN the caller
    takes the events (`engine.events_used` to 0), after GROW it makes the pools larger, and calls
    again from that index: what is in hand is gone on with. The ring has at least STEP_EVENTS_MAX
    rows. O(1) expected a command, and O(1) a fill.
    """
    engine = state.engine[0]
    room_needed = state.events.size - STEP_EVENTS_MAX
    i = first
    while True:
        if engine["events_used"] > room_needed:
            return i, DRAIN
        if state.taker[0]["order_id"] != 0 and engine["condemned_head"] == 0:
            if not sweep(state):
                return i, DRAIN
            continue
        is_inner = False
        if has_pending(state):
            if not has_room(state):
                return i, GROW
            is_inner = is_internal_next(state)
            if not is_inner and do_pending(state):
                continue
        if is_inner:
            command = state.internal[take_internal(state)]
        else:
            if i >= commands.size:
                return i, DONE
            foresee(state, commands, i)
            command = commands[i]
            if command["kind"] != Command.CANCEL and not has_room(state):
                return i, GROW
            reject = _begin(state, command)
            if reject == _LATER:
                continue
            i += 1
            if reject != Reject.NONE:
                refuse(state, command, reject)
                continue
        execute(state, command)
        if is_inner and engine["internal_count"] == 0:
            engine["inner"] = 0


@inlined
def is_internal_next(state):
    """Tell whether a command of the book's own is the next thing to be done. O(1)."""
    engine = state.engine[0]
    return engine["internal_count"] != 0 and (
        (engine["condemned_head"] | engine["frame_count"]) == 0
    )


@inlined
def _begin(state, command):
    """Let the time of a COMMAND row come; return the Reject of its kind or time, or NONE.

    _LATER: a timer was due before it; what follows from that comes first.
    """
    engine = state.engine[0]
    if not is_known(command["kind"]):
        return Reject.COMMAND_UNKNOWN
    time_ns = command["time_ns"]
    if time_ns != engine["now_ns"]:
        if time_ns < engine["now_ns"]:
            return Reject.TIME_WENT_BACK
        if time_ns > ORDER_ID_MAX:
            return Reject.TIME_TOO_FAR
    # Also if the time is now: a timer may have brought it here, and another be due with it.
    if time_ns >= engine["next_timer_ns"] and begin_timer(state, time_ns):
        return _LATER
    engine["now_ns"] = time_ns
    if engine["fired_sent"] != 0:
        engine["fired_sent"] = 0
        engine["is_capped"] = 0
    return Reject.NONE


@inlined
def execute(state, command):
    """Do one COMMAND row whose time has come, of a kind that is known."""
    kind = command["kind"]
    if kind == Command.NEW_ORDER:
        new_order(state, command)
    elif kind == Command.CANCEL:
        cancel(state, command)
    elif kind == Command.AMEND:
        amend(state, command)
    elif kind == Command.CONTRACT_STATE:
        change_state(state, command)
    elif kind == Command.REFERENCE_PRICE:
        set_reference(state, command)
    elif kind != Command.ADVANCE:
        do_account(state, command, 0)


@inlined
def foresee(state, commands, i):
    """Ask for the memory that the commands after `i` will need: it is known, and it is far.

    Changes nothing. Saves 30 to 50 % of the time.
    """
    prefetch(commands, i + _ROW_AHEAD)
    if i + CELL_AHEAD >= commands.size:
        return
    mask = (state.identities.size - 1) & ROW_MASK
    command = commands[i + CELL_AHEAD]
    home = hash_id(command["order_id"], mask)
    prefetch(state.identities, home)
    # A quarter of the searches run into the next line.
    prefetch(state.identities, home + 1)
    prefetch(state.owners, int(command["wallet"]))
    if mask < _LARGE - 1:
        return
    command = commands[i + _ORDER_AHEAD]
    if command["kind"] != Command.NEW_ORDER:
        identity = state.identities[hash_id(command["order_id"], mask)]
        prefetch(state.orders, int(identity["slot"]))
        return
    contract = int(command["contract"])
    price_ticks = int(command["price_ticks"])
    if 0 <= contract < state.books.size:
        if 0 < price_ticks <= state.books[contract]["price_ticks_max"]:
            ladder = 2 * contract + (int(command["side"]) & 1)
            prefetch(state.levels, level_at(state, ladder, price_ticks))
