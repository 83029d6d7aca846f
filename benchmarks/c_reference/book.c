/* The stand-alone book in C: the loop of hkperp_engine/loop.py on the arena of a `Book`.
 *
 *     int64_t feed(arena, commands, count, kept, kept_rows, commands_done)
 *
 * does COMMAND rows on an arena that Python made, handing over a ringful of events at a time: to
 * nobody, or appended to `kept`. Returns why it stopped: DONE, or GROW or UNKNOWN_HERE, which the
 * driver treats as a failure (it makes the pools large enough).
 */
#include "match.h"

/* Match the order that is trading to its end; false if the ring was full before. */
INLINED bool sweep(const State *state) {
    ENGINE *engine = state->engine;
    TAKER *taker = state->taker;
    bool more = true;
    while (more) {
        int64_t room = (state->ring - engine->events_used) / 2;
        if (UNLIKELY(room == 0))
            return false;
        int64_t fill_count = match(state, SMALLER(room, FILL_ROWS), &more);
        for (int64_t i = 0; i < fill_count; i++)
            record_fill(state, &state->fills[i]);
    }
    if (taker->lots_left > 0) {
        if (taker->tif == TimeInForce_GTC) {
            rest(state);
            return true;
        }
        if (UNLIKELY(engine->events_used == state->ring))
            return false;
        taker_event(state, Event_ORDER_CANCELLED, CancelReason_NOT_RESTING, taker->lots_left);
    }
    drop_taker(state);
    return true;
}

/* First Reject that the book has for the new order in the taker, or NONE. */
INLINED int64_t book_refusal(const State *state) {
    const TAKER *taker = state->taker;
    if (find_order(state, taker->order_id) != 0)
        return Reject_ORDER_ID_IN_USE;
    if ((taker->flags & OrderFlag_POST_ONLY) != 0 &&
        would_trade(state, taker->contract, taker->side, taker->price_ticks))
        return Reject_POST_ONLY_WOULD_TRADE;
    if (taker->tif == TimeInForce_FOK && !fok_is_fillable(*state))
        return Reject_FOK_NOT_FILLABLE;
    return Reject_NONE;
}

INLINED void new_order(const State *state, const COMMAND *command) {
    int64_t reject = kind_refusal(state, command, 0);
    if (reject == Reject_NONE)
        reject = price_lots_refusal(state, command);
    if (UNLIKELY(reject != Reject_NONE)) {
        refuse(*state, command, reject);
        return;
    }
    taker_from_command(state, command);
    reject = book_refusal(state);
    if (UNLIKELY(reject != Reject_NONE)) {
        drop_taker(state);
        refuse(*state, command, reject);
        return;
    }
    taker_event(state, Event_ORDER_ACCEPTED, command->tif, command->lots);
}

INLINED void cancel(const State *state, const COMMAND *command) {
    int64_t slot = find_order(state, command->order_id);
    if (UNLIKELY(slot == 0 || state->orders[slot].wallet != command->wallet)) {
        refuse(*state, command, Reject_ORDER_UNKNOWN);
        return;
    }
    order_event(state, slot, Event_ORDER_CANCELLED, CancelReason_REQUESTED,
                state->orders[slot].lots_left);
    remove_order(state, slot);
}

INLINED int64_t amend_refusal(const State *state, const COMMAND *command, int64_t slot) {
    if (command->contract < 0 || command->contract >= state->book_count)
        return Reject_CONTRACT_UNKNOWN;
    if (command->wallet < 0 || command->wallet >= state->owner_count)
        return Reject_WALLET_UNKNOWN;
    const ORDER *order = &state->orders[slot];
    if (slot == 0 || order->wallet != command->wallet || order->contract != command->contract)
        return Reject_ORDER_UNKNOWN;
    int64_t reject = price_lots_refusal(state, command);
    if (reject != Reject_NONE)
        return reject;
    if ((order->flags & OrderFlag_POST_ONLY) != 0 &&
        would_trade(state, command->contract, order->side, command->price_ticks))
        return Reject_POST_ONLY_WOULD_TRADE;
    return Reject_NONE;
}

INLINED void amend(const State *state, const COMMAND *command) {
    int64_t slot = find_order(state, command->order_id);
    int64_t reject = amend_refusal(state, command, slot);
    if (UNLIKELY(reject != Reject_NONE)) {
        refuse(*state, command, reject);
        return;
    }
    ORDER *order = &state->orders[slot];
    int64_t lots = command->lots, less = order->lots_left - lots;
    if (command->price_ticks == order->price_ticks && less >= 0) {
        if (less > 0)
            reduce_order(state, slot, less);
        order_event(state, slot, Event_ORDER_AMENDED, 0, lots);
        return;
    }
    leave_queue(state, slot);
    order->lots_left = 0;
    amended_taker(state, slot, command->price_ticks, lots, order->mark_ticks);
    taker_event(state, Event_ORDER_AMENDED, 0, lots);
}

/* Do commands from *first on; *first becomes the first that is not finished. */
static int64_t apply_orders(int64_t *arena, const COMMAND *commands, int64_t count,
                            int64_t *first) {
    const State opened = open_state(arena);
    const State *state = &opened;
    ENGINE *engine = state->engine;
    for (int64_t i = *first; i < count; i++) {
        *first = i;
        foresee(state, commands, i, count);
        if (LIKELY(state->taker->order_id == 0)) {
            if (UNLIKELY(engine->events_used == state->ring))
                return DRAIN;
            const COMMAND *command = &commands[i];
            int64_t kind = command->kind;
            if (kind != Command_CANCEL && UNLIKELY(!has_room(state)))
                return GROW;
            engine->now_ns = command->time_ns;
            if (kind == Command_NEW_ORDER)
                new_order(state, command);
            else if (kind == Command_CANCEL)
                cancel(state, command);
            else if (kind == Command_AMEND)
                amend(state, command);
            else
                refuse(*state, command, Reject_COMMAND_UNKNOWN);
        }
        if (state->taker->order_id != 0 && UNLIKELY(!sweep(state)))
            return DRAIN;
    }
    *first = count;
    return DONE;
}

#include "feed.h"
