"""What follows from a command in the stand-alone book, step by step (docs/book.md section 2).

Each step writes at most STEP_EVENTS_MAX events.
"""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    Reject,
    TriggerSource,
)
from hkperp_engine.condemned import next_condemned
from hkperp_engine.desk import state_refusal
from hkperp_engine.effects import EFFECT_EVENTS_MAX, after_fill
from hkperp_engine.events import record_fill, refuse, taker_event
from hkperp_engine.firing import send_fired
from hkperp_engine.kernel import kernel
from hkperp_engine.match import match
from hkperp_engine.scopes import (
    REPORT,
    cancel_all,
    cancel_market,
    end_cancelling,
    next_to_cancel,
)
from hkperp_engine.sweeps import enter_state
from hkperp_engine.timers import COUNTDOWN, EXPIRY, drop_timer, first_timer
from hkperp_engine.trading import finish_taker, withdraw_order
from hkperp_engine.triggers import know_price
from hkperp_engine.uncross import end_pair, next_fill, reopen
from hkperp_engine.units import NONE
from hkperp_engine.worklist import CANCELLING

__all__ = [
    "STEP_EVENTS_MAX",
    "begin_timer",
    "change_state",
    "do_pending",
    "set_reference",
    "sweep",
]

#: Events that one step writes at most; the ring has at least so many rows.
STEP_EVENTS_MAX = 8


@kernel
def sweep(state):
    """Match the order that is trading, to its end if nothing comes between.

    Returns False if the ring is short of room: drain it and call again. After a maker with traits
    it comes back early: what its fill has set off is done first.
    """
    engine = state.engine[0]
    taker = state.taker[0]
    while True:
        # A fill writes two events at most, and the end of the sweep two more.
        room = (state.events.size - engine["events_used"] - EFFECT_EVENTS_MAX) // 2
        if room <= 0:
            return False
        fill_count, more = match(state, min(room, state.fills.size))
        for i in range(fill_count):
            fill = state.fills[i]
            record_fill(state, fill)
            if (fill["traits"] | taker["traits"]) != 0:
                after_fill(state, fill)
        if engine["condemned_head"] != 0:
            return True
        if not more:
            break
    if state.events.size - engine["events_used"] < EFFECT_EVENTS_MAX:
        return False
    finish_taker(state)
    return True


@kernel
def _cancel_condemned(state):
    """Cancel the order that was condemned first; what is left of it, if it is trading now."""
    slot, reason = next_condemned(state)
    taker = state.taker[0]
    if taker["order_id"] != 0 and taker["slot"] == slot:
        taker["traits"] = state.orders[slot]["traits"]
        if taker["lots_left"] > 0:
            taker_event(state, Event.ORDER_CANCELLED, reason, taker["lots_left"])
            taker["lots_left"] = 0
        return
    withdraw_order(state, slot, reason)


@kernel
def _step_frame(state):
    """Do one step of the top frame of the work list."""
    frame = state.frames[state.engine[0]["frame_count"] - 1]
    if frame["kind"] == CANCELLING:
        slot = next_to_cancel(state, frame)
        if slot > 0:
            withdraw_order(state, slot, frame["mode"])
        elif slot != NONE:
            end_cancelling(state, frame)
        return
    if not next_fill(state, frame):
        return
    fill = state.fills[0]
    record_fill(state, fill)
    if (fill["traits"] | state.taker[0]["traits"]) != 0:
        after_fill(state, fill)
    end_pair(state)


@kernel
def do_pending(state):
    """Do the next thing that follows from what was done, but for a command of the book's own.

    False if nothing can be done now. The ring has STEP_EVENTS_MAX rows of room, the pools have
    room for one order.
    """
    engine = state.engine[0]
    if engine["condemned_head"] != 0:
        _cancel_condemned(state)
    elif engine["frame_count"] != 0:
        _step_frame(state)
    else:
        return send_fired(state)
    return True


@kernel
def change_state(state, command):
    """Do a CONTRACT_STATE row (MAT-061). At most two events."""
    reject = state_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    contract = int(command["contract"])
    enter_state(state, contract, int(command["side"]), 0, 0)
    if command["side"] == ContractState.SETTLED:
        cancel_market(state, contract, 0)
    elif command["side"] <= ContractState.REDUCE_ONLY:
        reopen(state, contract, 0)


@kernel
def set_reference(state, command):
    """Do a REFERENCE_PRICE row: a mark or an index, told from outside. O(1), or as observed."""
    contract = int(command["contract"])
    price_ticks = command["price_ticks"]
    if not 0 <= contract < state.books.size:
        refuse(state, command, Reject.CONTRACT_UNKNOWN)
    elif not TriggerSource.MARK <= command["target"] <= TriggerSource.INDEX:
        refuse(state, command, Reject.SOURCE_UNKNOWN)
    elif not 1 <= price_ticks <= state.books[contract]["price_ticks_max"]:
        refuse(state, command, Reject.PRICE_INVALID)
    else:
        know_price(state, contract, int(command["target"]), price_ticks)


@kernel
def begin_timer(state, time_ns):
    """Run the next timer if it is due at or before `time_ns` (ns); False if none is. MAT-050."""
    engine = state.engine[0]
    if engine["next_timer_ns"] > time_ns:
        return False
    engine["now_ns"] = engine["next_timer_ns"]
    engine["fired_sent"] = 0
    engine["is_capped"] = 0
    kind, target = first_timer(state)
    drop_timer(state, kind, target)
    if kind == EXPIRY:
        withdraw_order(state, target, CancelReason.EXPIRED)
    elif kind == COUNTDOWN:
        cancel_all(state, target, REPORT, CancelReason.COUNTDOWN)
    else:
        enter_state(state, target, state.markets[target]["paused_state"], 0, 0)
        if state.markets[target]["state"] <= ContractState.REDUCE_ONLY:
            reopen(state, target, 0)
    return True
