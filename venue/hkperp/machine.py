"""The one loop: validate, admit and hold, match, settle, emit (docs/machine.md; decision 0001).

`run` does commands from an array until they are done, the event ring is short of room, or a pool
is full; calling it again goes on. The result does not depend on where it stopped.
"""

from hkperp.loop.closeout import step_reduction, step_test
from hkperp.loop.dispatch import execute, is_known
from hkperp.loop.fills import (
    cancel_condemned,
    step_cancelling,
    step_reclipping,
    step_restricting,
    step_sweep,
    step_uncrossing,
)
from hkperp.loop.issuer import step_issuer_loss
from hkperp.loop.market import begin_book_timer
from hkperp.loop.marking import TIMER_CYCLE, step_marking, take_samples
from hkperp.loop.takeover import step_deleveraging, step_takeover
from hkperp.loop.winding import step_winding
from hkperp.state import REQUEST, REQUEST_WORDS, open_machine
from hkperp_clearing.checks import check_house
from hkperp_clearing.settlement import step_cycle
from hkperp_clearing.worklist import (
    CANCELLING,
    CYCLE,
    DELEVERAGING,
    ISSUER_LOSS,
    MARK_STEP,
    RECLIPPING,
    REDUCTION,
    RESTRICTING,
    SWEEP,
    TAKEOVER,
    TEST,
    UNCROSSING,
    WINDING,
    push_frame,
)
from hkperp_engine.checks import check_book
from hkperp_engine.codes import Reject
from hkperp_engine.depth import (
    depth_rows,
    dump_orders,
    dump_waiting,
    full_depth_rows,
    queue_position,
)
from hkperp_engine.events import refuse
from hkperp_engine.firing import send_fired
from hkperp_engine.kernel import BUILD, door, kernel
from hkperp_engine.layout import COMMAND
from hkperp_engine.loop import CELL_AHEAD, foresee, has_pending
from hkperp_engine.orders import has_room, index_orders
from hkperp_engine.primitives import prefetch, rows, words_at
from hkperp_engine.quotes import take_internal
from hkperp_engine.tuning import inlined

__all__ = ["BROKEN", "DONE", "DRAIN", "GROW", "STEP_EVENTS_MAX", "TIME_STEP_MAX_NS", "run"]

#: Why the loop came back: all done, the ring is short of room, a pool is full, an invariant broke.
DONE, DRAIN, GROW, BROKEN = range(4)

#: The checked build looks at the house's invariants after every step, where it costs little.
LOOKS_AFTER_STEPS = BUILD == "checked"

#: How far a command may be ahead: the samples in between are taken one by one.
TIME_STEP_MAX_NS = 31 * 86_400_000_000_000

#: Events that one step or one command writes at most; the ring has at least so many rows.
STEP_EVENTS_MAX = 64


@kernel
def step(state):
    """Do one step of what is in hand: a condemned order, else the top frame of the work list.

    At most STEP_EVENTS_MAX events, one claim.
    """
    engine = state.engine[0]
    if engine["condemned_head"] != 0:
        cancel_condemned(state)
        return
    frame = state.frames[engine["frame_count"] - 1]
    kind = frame["kind"]
    if kind == SWEEP:
        step_sweep(state, frame)
    elif kind == UNCROSSING:
        step_uncrossing(state, frame)
    elif kind == RECLIPPING:
        step_reclipping(state, frame)
    elif kind == CANCELLING:
        step_cancelling(state, frame)
    elif kind == RESTRICTING:
        step_restricting(state, frame)
    elif kind == MARK_STEP:
        step_marking(state, frame)
    elif kind == TEST:
        step_test(state, frame)
    elif kind == REDUCTION:
        step_reduction(state, frame)
    elif kind == TAKEOVER:
        step_takeover(state, frame)
    elif kind == DELEVERAGING:
        step_deleveraging(state, frame)
    elif kind == CYCLE:
        step_cycle(state, frame)
    elif kind == ISSUER_LOSS:
        step_issuer_loss(state, frame)
    elif kind == WINDING:
        step_winding(state, frame)


@kernel
def _next_funding(state):
    """Return the first funding time of any contract that is still to come, ns. O(contracts)."""
    now_ns = state.engine[0]["now_ns"]
    first = 2**62
    for contract in range(state.contracts.size):
        interval_ns = state.rates[contract]["funding_interval_ns"]
        first = min(first, (now_ns // interval_ns + 1) * interval_ns)
    return first


@kernel
def run_timer(state, time_ns):
    """Run the next timer due at or before `time_ns`; False if there is none. O(contracts).

    Order: time, then samples, funding, cycle, the book's (docs/machine.md section 3).
    """
    house = state.house[0]
    engine = state.engine[0]
    funding_ns = house["funding_timer_ns"]
    due_ns = min(house["next_sample_ns"], funding_ns, house["next_cycle_ns"])
    house["next_due_ns"] = due_ns
    is_of_book = engine["next_timer_ns"] < due_ns
    due_ns = min(due_ns, engine["next_timer_ns"])
    if due_ns > time_ns:
        return False
    engine["now_ns"] = due_ns
    engine["fired_sent"] = 0
    engine["is_capped"] = 0
    if is_of_book:
        begin_book_timer(state)
    elif due_ns == house["next_sample_ns"]:
        house["next_sample_ns"] += house["sample_interval_ns"]
        take_samples(state)
    elif due_ns == funding_ns:
        house["funding_timer_ns"] = _next_funding(state)
        push_frame(state, MARK_STEP, 0, 0, 0)
    else:
        house["next_cycle_ns"] += house["cycle_interval_ns"]
        push_frame(state, MARK_STEP, 0, 0, TIMER_CYCLE)
    return True


@inlined
def _foresee(state, commands, i):
    """Ask for the memory that the commands behind `i` will need: the book and their wallets."""
    foresee(state, commands, i)
    if i + CELL_AHEAD < commands.size:
        command = commands[i + CELL_AHEAD]
        wallet = int(command["wallet"])
        prefetch(state.wallets, wallet)
        contracts = state.contracts.size
        first = wallet * contracts
        prefetch(state.positions, first + int(command["contract"]))
        # Margin is a matter of all its legs: the lines of the others lie beside.
        for contract in range(1, contracts):
            prefetch(state.positions, first + contract - 1)


@inlined
def run(state, commands, first):
    """Do COMMAND rows from `first` on; return (index of the first not begun, why it stopped).

    After DRAIN the caller takes the events and sets `engine.events_used` to 0, after GROW it
    makes the full pools larger; then it calls again from that index. BROKEN: the machine is halted
    for good (INV-04 or SETL_BREAK). No command enters while the work list holds anything.
    """
    engine = state.engine[0]
    house = state.house[0]
    room_needed = state.events.size - STEP_EVENTS_MAX
    claims_max = state.claims.size
    i = first
    while True:
        if engine["events_used"] > room_needed:
            return i, DRAIN
        is_inner = False
        if LOOKS_AFTER_STEPS:
            house["is_broken"] = check_house(state, not has_pending(state))
            if house["is_broken"] != 0:
                return i, BROKEN
        if has_pending(state):
            if (engine["frame_count"] | engine["condemned_head"]) != 0:
                if house["claims_used"] >= claims_max:
                    return i, GROW
                step(state)
                if LOOKS_AFTER_STEPS:
                    house["is_broken"] = check_house(state, False)
                if house["is_broken"] != 0:
                    return i, BROKEN
                continue
            if not has_room(state):
                return i, GROW
            is_inner = engine["internal_count"] != 0
            if not is_inner and send_fired(state):
                continue
        if is_inner:
            command = state.internal[take_internal(state)]
        else:
            if i >= commands.size:
                return i, DONE
            if not has_room(state):
                return i, GROW
            _foresee(state, commands, i)
            command = commands[i]
            i += 1
            time_ns = command["time_ns"]
            if not is_known(command["kind"]):
                refuse(state, command, Reject.COMMAND_UNKNOWN)
                continue
            if time_ns < engine["now_ns"]:
                refuse(state, command, Reject.TIME_WENT_BACK)
                continue
            if time_ns - engine["now_ns"] > TIME_STEP_MAX_NS:
                refuse(state, command, Reject.TIME_TOO_FAR)
                continue
            is_due = time_ns >= house["next_due_ns"] or time_ns >= engine["next_timer_ns"]
            if is_due and run_timer(state, time_ns):
                i -= 1
                continue
            engine["now_ns"] = time_ns
            if engine["fired_sent"] != 0:
                engine["fired_sent"] = 0
                engine["is_capped"] = 0
        execute(state, command)
        if house["is_broken"] != 0:
            return i, BROKEN
        if is_inner and engine["internal_count"] == 0:
            engine["inner"] = 0


@door
def run_request(address):
    """Door of `run`: `address` is that of a REQUEST row. The ring is empty again: its rows count.

    Returns the number of events if all commands are done. If not, -1 less that number: `stopped`
    and `reason` of the request say where and why, and calling again with that `first` goes on.
    `first` is 0 afterwards: who is interrupted and does not go on finds the request as it was.
    """
    request = rows(words_at(address, REQUEST_WORDS), 0, REQUEST_WORDS, REQUEST)[0]
    state = open_machine(words_at(request["arena"], request["arena_words"]))
    word_count = request["command_words"]
    commands = rows(words_at(request["commands"], word_count), 0, word_count, COMMAND)
    stopped, reason = run(state, commands, request["first"])
    request["first"] = 0
    request["stopped"] = stopped
    request["reason"] = reason
    engine = state.engine[0]
    used = engine["events_used"]
    engine["events_used"] = 0
    if state.house[0]["is_broken"] != 0:
        request["reason"] = reason = BROKEN
    return used if reason == DONE else -1 - used


@door
def index_ids(arena):
    """Fill the empty id table of a new arena."""
    index_orders(open_machine(arena))


@door
def check_books(arena):
    """Return the number of the first broken structural invariant of the books, 0 if none is."""
    return check_book(open_machine(arena))


@door
def check_money(arena):
    """Return the number of the first broken invariant of the house's money, 0 if none is."""
    return check_house(open_machine(arena), True)


@door
def dump_side(arena, contract, side, out):
    """Write the resting orders of a side into rows of `depth.DUMP_COLUMNS`; return how many."""
    return dump_orders(open_machine(arena), contract, side, out, 0)


@door
def dump_depth(arena, contract, side, is_full, out):
    """Write the best levels of a side as rows (price_ticks, lots, orders); return how many.

    What is shown, or all of it.
    """
    state = open_machine(arena)
    if is_full:
        return full_depth_rows(state, contract, side, out)
    return depth_rows(state, contract, side, out)


@door
def dump_conditional(arena, contract, out):
    """Write conditional orders as rows of `depth.WAITING_COLUMNS`; return how many."""
    return dump_waiting(open_machine(arena), contract, out, 1)


@door
def position_of(arena, order_id):
    """Return (orders ahead, lots ahead) of a resting order in its queue, (-1, -1) if none."""
    return queue_position(open_machine(arena), order_id)
