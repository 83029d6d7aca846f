"""The loop of the stand-alone book: commands in, events out. The venue has a loop of its own.

A call of `apply_orders` stops where it likes between commands, and between the fills of a sweep;
calling it again goes on. What comes out does not depend on where it stopped.
"""

from hkperp_engine.book import (
    drop_taker,
    reduce_order,
    remove_order,
    rest,
    taker_from_command,
    taker_from_order,
)
from hkperp_engine.codes import CancelReason, Command, Event, Reject, TimeInForce
from hkperp_engine.events import order_event, record_fill, refuse, taker_event
from hkperp_engine.intake import amend_refusal, book_refusal, form_refusal
from hkperp_engine.ladder import level_at
from hkperp_engine.match import match
from hkperp_engine.orders import find_order, has_room
from hkperp_engine.primitives import hash_id, prefetch
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = ["CELL_AHEAD", "DONE", "DRAIN", "GROW", "apply_orders", "foresee"]

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


@inlined
def apply_orders(state, commands, first):
    """Do the COMMAND rows from `first` on; time is each command's own.

    Returns (index of the first command not finished, DONE, DRAIN or GROW). After DRAIN the caller
    takes the events (`engine.events_used` to 0), after GROW it makes the pools larger, and calls
    again from that index: a command begun is gone on with. The ring has at least 2 rows. O(1)
    expected a command, and O(1) a fill.
    """
    engine = state.engine[0]
    ring = state.events.size
    i = first
    while i < commands.size:
        foresee(state, commands, i)
        # A taker that stands here was interrupted in its sweep: its command is not done.
        if state.taker[0]["order_id"] == 0:
            if engine["events_used"] == ring:
                return i, DRAIN
            command = commands[i]
            kind = command["kind"]
            if kind != Command.CANCEL and not has_room(state):
                return i, GROW
            engine["now_ns"] = command["time_ns"]
            if kind == Command.NEW_ORDER:
                _new_order(state, command)
            elif kind == Command.CANCEL:
                _cancel(state, command)
            elif kind == Command.AMEND:
                _amend(state, command)
            else:
                refuse(state, command, Reject.COMMAND_UNKNOWN)
        if state.taker[0]["order_id"] != 0 and not _sweep(state):
            return i, DRAIN
        i += 1
    return i, DONE


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
    prefetch(state.identities, hash_id(command["order_id"], mask))
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


@inlined
def _new_order(state, command):
    """Refuse a new order, or accept it and make it the one that is trading. One event."""
    reject = form_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    taker_from_command(state, command)
    reject = book_refusal(state)
    if reject != Reject.NONE:
        drop_taker(state)
        refuse(state, command, reject)
        return
    taker_event(state, Event.ORDER_ACCEPTED, command["tif"], command["lots"])


@inlined
def _cancel(state, command):
    """Cancel an order or refuse to. One event."""
    slot = find_order(state, command["order_id"])
    if slot == 0 or state.orders[slot]["wallet"] != command["wallet"]:
        refuse(state, command, Reject.ORDER_UNKNOWN)
        return
    lots = state.orders[slot]["lots_left"]
    order_event(state, slot, Event.ORDER_CANCELLED, CancelReason.REQUESTED, lots)
    remove_order(state, slot)


@inlined
def _amend(state, command):
    """Amend an order in place, make it the one that is trading, or refuse. One event."""
    slot = find_order(state, command["order_id"])
    reject = amend_refusal(state, command, slot)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    order = state.orders[slot]
    lots = int(command["lots"])
    less = int(order["lots_left"]) - lots
    if command["price_ticks"] == order["price_ticks"] and less >= 0:
        if less > 0:
            reduce_order(state, slot, less)
        order_event(state, slot, Event.ORDER_AMENDED, 0, lots)
        return
    taker_from_order(state, slot, int(command["price_ticks"]), lots)
    taker_event(state, Event.ORDER_AMENDED, 0, lots)


@inlined
def _sweep(state):
    """Match the order that is trading to its end; what is left rests or is cancelled.

    Returns False if the ring was full before the end: drain it and call again.
    """
    engine = state.engine[0]
    taker = state.taker[0]
    more = True
    while more:
        # A fill writes two events at most.
        room = (state.events.size - engine["events_used"]) // 2
        if room == 0:
            return False
        fill_count, more = match(state, min(room, state.fills.size))
        for i in range(fill_count):
            record_fill(state, state.fills[i])
    if taker["lots_left"] > 0:
        if taker["tif"] == TimeInForce.GTC:
            rest(state)
            return True
        if engine["events_used"] == state.events.size:
            return False
        lots = taker["lots_left"]
        taker_event(state, Event.ORDER_CANCELLED, CancelReason.NOT_RESTING, lots)
    drop_taker(state)
    return True
