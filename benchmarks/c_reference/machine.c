/* The full path in C: admission, matching and settlement of orders on the arena of a `Machine`
 * (venue/hkperp/machine.py, trading.py, fills.py), as far as workload `base` exercises it; what is
 * left out is named in house.h and ends the run with UNKNOWN_HERE. Timers, too.
 */
#include "house.h"

#define TIME_STEP_MAX_NS (INT64_C(31) * 86400 * 1000000000)

enum { STEP_EVENTS_MAX = 64, FILL_EVENTS_MAX = 40, SWEEP = 1 };

/* Is the account in good standing, and may the contract be traded without restriction? Clients
 * only: an affiliate's documents are not looked at here, it is reported as UNKNOWN_HERE. */
INLINED bool is_unrestricted(const State *state, int64_t wallet, int64_t contract) {
    const WALLET *row = &state->wallets[wallet];
    const int64_t wanted = AccountFlag_KNOWLEDGE | AccountFlag_AGREEMENT;
    const int64_t asked = wanted | AccountFlag_GROUP_COMPANY | AccountFlag_BLOCKED;
    return row->investor_class != InvestorClass_NONE &&
           row->investor_class != InvestorClass_AFMM &&
           row->valid_until_ns >= state->engine->now_ns &&
           (row->account_flags & asked) == wanted &&
           state->contracts[contract].state == ContractState_OPEN &&
           state->rates[contract].mark_is_stale == 0 && row->asset_mask == 0;
}

/* Could `lots` more on a side pass the largest position (LIM-01) or the open interest (LIM-03)? */
INLINED int64_t limit_refusal(const State *state, int64_t wallet, int64_t contract, int64_t side,
                              int64_t lots) {
    const CONTRACT *spec = &state->contracts[contract];
    const POSITION *position = position_of(state, wallet, contract);
    int64_t held = side == Side_BUY ? position->lots : -(int64_t)position->lots;
    int64_t open = side == Side_BUY ? position->buy_lots : position->sell_lots;
    if (LARGER(0, held) + open + lots > spec->lots_max)
        return Reject_LIM_POSITION;
    int64_t waiting = side == Side_BUY ? spec->buy_lots : spec->sell_lots;
    if (spec->open_interest + waiting + lots > spec->oi_cap_lots)
        return Reject_LIM_OI_CAP;
    return Reject_NONE;
}

/* Hold the margin of the order in the taker; `slot`: the order it replaces, 0 if none. What a
 * wallet that is short may still do is left out: UNKNOWN_HERE by way of -1. */
INLINED int64_t collect(const State *state, int64_t slot) {
    const TAKER *taker = state->taker;
    if (slot != 0) {
        const ORDER *order = &state->orders[slot];
        RESERVE(state, order, order->lots_left, 0);
    }
    RESERVE(state, taker, 0, taker->lots_left);
    return LIKELY(is_covered(state, taker->wallet)) ? Reject_NONE : -1;
}

/* Check a NEW_ORDER row, make it the taker, hold its margin. Returns the Reject, -1 if unknown. */
INLINED int64_t order_refusal(const State *state, const COMMAND *command) {
    int64_t reject = kind_refusal(state, command, HouseWallet_CLIENTS);
    if (reject != Reject_NONE)
        return reject;
    int64_t contract = command->contract, wallet = command->wallet, side = command->side;
    if (command->order_type == OrderType_MARKET ||
        (command->flags & OrderFlag_REDUCE_ONLY) != 0)
        return -1;
    reject = price_lots_refusal(state, command);
    if (reject != Reject_NONE)
        return reject;
    const CONTRACT *spec = &state->contracts[contract];
    if (spec->state == ContractState_CLOSED)
        return Reject_MARKET_CLOSED;
    if (spec->state == ContractState_HALTED)
        return Reject_MARKET_HALTED;
    if (state->rates[contract].mark_good_ticks == 0)
        return Reject_NO_MARK_PRICE;
    if (UNLIKELY(!is_unrestricted(state, wallet, contract)))
        return -1;
    if (find_order(state, command->order_id) != 0)
        return Reject_ORDER_ID_IN_USE;
    taker_from_command(state, command);
    state->taker->mark_ticks = (int32_t)state->rates[contract].mark_good_ticks;
    reject = limit_refusal(state, wallet, contract, side, command->lots);
    if (reject != Reject_NONE)
        return reject;
    if ((command->flags & OrderFlag_POST_ONLY) != 0 &&
        would_trade(state, contract, side, command->price_ticks))
        return Reject_POST_ONLY_WOULD_TRADE;
    if (command->tif == TimeInForce_FOK && !fok_is_fillable(*state))
        return Reject_FOK_NOT_FILLABLE;
    return collect(state, 0);
}

/* Rest what is left of the order that was trading, or cancel it. */
INLINED void finish_taker(const State *state) {
    const TAKER *taker = state->taker;
    int64_t lots = taker->lots_left;
    if (lots > 0 && taker->tif == TimeInForce_GTC) {
        rest(state);
        return;
    }
    if (lots > 0) {
        taker_event(state, Event_ORDER_CANCELLED, CancelReason_NOT_RESTING, lots);
        RESERVE(state, taker, lots, 0);
    }
    drop_taker(state);
}

/* Let the accepted order in the taker trade, as a frame of the work list, or rest. */
INLINED void release_taker(const State *state) {
    const TAKER *taker = state->taker;
    if (!would_trade(state, taker->contract, taker->side, taker->price_ticks)) {
        finish_taker(state);
        return;
    }
    state->frames[state->house->frame_count++] =
        (FRAME){.kind = SWEEP, .wallet = taker->wallet, .contract = taker->contract, .more = 1};
}

INLINED bool forget_taker(const State *state, const COMMAND *command, int64_t reject) {
    state->taker->order_id = 0;
    state->taker->slot = 0;
    if (reject < 0)
        return false;
    refuse(*state, command, reject);
    return true;
}

INLINED bool new_order(const State *state, const COMMAND *command) {
    int64_t reject = order_refusal(state, command);
    if (UNLIKELY(reject != Reject_NONE))
        return forget_taker(state, command, reject);
    taker_event(state, Event_ORDER_ACCEPTED, state->taker->tif, state->taker->lots_left);
    release_taker(state);
    return true;
}

INLINED bool cancel(const State *state, const COMMAND *command) {
    int64_t wallet = command->wallet, slot;
    if (wallet < HouseWallet_CLIENTS || wallet >= state->wallet_count) {
        refuse(*state, command, Reject_WALLET_UNKNOWN);
        return true;
    }
    slot = find_order(state, command->order_id);
    const ORDER *order = &state->orders[slot];
    if (UNLIKELY(slot == 0 || order->wallet != wallet)) {
        refuse(*state, command, Reject_ORDER_UNKNOWN);
        return true;
    }
    order_event(state, slot, Event_ORDER_CANCELLED, CancelReason_REQUESTED, order->lots_left);
    RESERVE(state, order, order->lots_left, 0);
    remove_order(state, slot);
    return true;
}

INLINED int64_t amend_refusal(const State *state, const COMMAND *command, int64_t slot) {
    int64_t contract = command->contract, wallet = command->wallet;
    if (contract < 0 || contract >= state->contract_count)
        return Reject_CONTRACT_UNKNOWN;
    if (wallet < HouseWallet_CLIENTS || wallet >= state->wallet_count)
        return Reject_WALLET_UNKNOWN;
    const ORDER *order = &state->orders[slot];
    if (slot == 0 || order->wallet != wallet || order->contract != contract)
        return Reject_ORDER_UNKNOWN;
    int64_t reject = price_lots_refusal(state, command);
    if (reject != Reject_NONE)
        return reject;
    if (state->contracts[contract].state == ContractState_CLOSED)
        return Reject_MARKET_CLOSED;
    if (state->contracts[contract].state == ContractState_HALTED)
        return Reject_MARKET_HALTED;
    return Reject_NONE;
}

INLINED bool amend(const State *state, const COMMAND *command) {
    int64_t slot = find_order(state, command->order_id);
    int64_t reject = amend_refusal(state, command, slot);
    if (UNLIKELY(reject != Reject_NONE)) {
        refuse(*state, command, reject);
        return true;
    }
    ORDER *order = &state->orders[slot];
    int64_t open_lots = order->lots_left, lots = command->lots;
    int64_t wallet = order->wallet, contract = order->contract;
    if (command->price_ticks == order->price_ticks && lots <= open_lots) {
        if (lots < open_lots) {
            RESERVE(state, order, open_lots, lots);
            reduce_order(state, slot, open_lots - lots);
        }
        order_event(state, slot, Event_ORDER_AMENDED, 0, lots);
        return true;
    }
    int64_t mark_ticks = state->rates[contract].mark_good_ticks;
    amended_taker(state, slot, command->price_ticks, lots, mark_ticks);
    if (UNLIKELY(!is_unrestricted(state, wallet, contract)))
        return false;
    reject = limit_refusal(state, wallet, contract, order->side, lots - open_lots);
    if (reject == Reject_NONE && (order->flags & OrderFlag_POST_ONLY) != 0 &&
        would_trade(state, contract, order->side, command->price_ticks))
        reject = Reject_POST_ONLY_WOULD_TRADE;
    if (reject == Reject_NONE)
        reject = collect(state, slot);
    if (UNLIKELY(reject != Reject_NONE))
        return forget_taker(state, command, reject);
    leave_queue(state, slot);
    order->lots_left = 0;
    taker_event(state, Event_ORDER_AMENDED, 0, lots);
    release_taker(state);
    return true;
}

/* Settle one FILL row: sums, positions, fees (SETL-01). */
INLINED void settle(const State *state, const FILL *fill) {
    const TAKER *taker = state->taker;
    record_fill(state, fill);
    int64_t contract = taker->contract, lots = fill->lots;
    bool is_trade = fill->kind == Event_TRADE;
    if (lots > 0)
        RESERVE(state, fill, fill->lots_left + lots, fill->lots_left);
    int64_t gone = is_trade ? lots : fill->taker_lots;
    if (gone > 0)
        RESERVE(state, taker, fill->taker_lots_left + gone, fill->taker_lots_left);
    if (UNLIKELY(!is_trade))
        return;
    int64_t signed_lots = taker->side == Side_BUY ? lots : -lots;
    book_fill(state, fill->wallet, contract, -signed_lots, fill->price_ticks);
    book_fill(state, taker->wallet, contract, signed_lots, fill->price_ticks);
    const CONTRACT *spec = &state->contracts[contract];
    int64_t notional = fill->price_ticks * lots * spec->tick_value;
    charge_fee(state, fill->wallet, contract, fill->order_id,
               mul_div_ceil(notional, spec->maker_fee_ppb));
    charge_fee(state, taker->wallet, contract, taker->order_id,
               mul_div_ceil(notional, spec->taker_fee_ppb));
}

/* Go on with the sweep on the work list; it may stop where the ring runs short of room. */
INLINED void step_sweep(const State *state) {
    ENGINE *engine = state->engine;
    FRAME *frame = &state->frames[state->house->frame_count - 1];
    for (;;) {
        while (frame->cursor < frame->count) {
            if (UNLIKELY(state->ring - engine->events_used < FILL_EVENTS_MAX))
                return;
            settle(state, &state->fills[frame->cursor++]);
        }
        if (frame->more == 0)
            break;
        if (UNLIKELY(state->ring - engine->events_used < FILL_EVENTS_MAX))
            return;
        bool more = false;
        frame->count = match(state, FILL_ROWS, &more);
        frame->cursor = 0;
        frame->more = more;
    }
    state->house->frame_count--;
    finish_taker(state);
}

/* Is no timer due? The next one is looked up again when the remembered time has come. */
INLINED bool is_before_timers(const State *state, int64_t time_ns) {
    HOUSE *house = state->house;
    if (LIKELY(time_ns < house->next_due_ns))
        return true;
    int64_t due_ns = SMALLER(house->next_sample_ns, house->funding_timer_ns);
    house->next_due_ns = SMALLER(due_ns, house->next_cycle_ns);
    return time_ns < house->next_due_ns;
}

/* Do commands from *first on; *first becomes the first that is not begun. */
static int64_t apply_orders(int64_t *arena, const COMMAND *commands, int64_t count,
                            int64_t *first) {
    const State opened = open_state(arena);
    const State *state = &opened;
    ENGINE *engine = state->engine;
    int64_t room_needed = state->ring - STEP_EVENTS_MAX;
    for (int64_t i = *first;; i++) {
        *first = i;
        while (state->house->frame_count > 0) {
            if (UNLIKELY(engine->events_used > room_needed))
                return DRAIN;
            step_sweep(state);
            if (UNLIKELY(state->house->is_broken != 0))
                return BROKEN;
        }
        if (i >= count)
            return DONE;
        if (UNLIKELY(engine->events_used > room_needed))
            return DRAIN;
        if (UNLIKELY(!has_room(state)))
            return GROW;
        foresee(state, commands, i, count);
        if (i + CELL_AHEAD < count) {
            const COMMAND *ahead = &commands[i + CELL_AHEAD];
            prefetch(&state->wallets[ahead->wallet]);
            prefetch(position_of(state, ahead->wallet, ahead->contract));
        }
        const COMMAND *command = &commands[i];
        if (UNLIKELY(command->time_ns < engine->now_ns)) {
            refuse(*state, command, Reject_TIME_WENT_BACK);
            continue;
        }
        if (UNLIKELY(command->time_ns - engine->now_ns > TIME_STEP_MAX_NS)) {
            refuse(*state, command, Reject_TIME_TOO_FAR);
            continue;
        }
        if (UNLIKELY(!is_before_timers(state, command->time_ns)))
            return UNKNOWN_HERE;
        engine->now_ns = command->time_ns;
        bool is_done = false;
        if (command->kind == Command_NEW_ORDER)
            is_done = new_order(state, command);
        else if (command->kind == Command_CANCEL)
            is_done = cancel(state, command);
        else if (command->kind == Command_AMEND)
            is_done = amend(state, command);
        if (UNLIKELY(!is_done))
            return UNKNOWN_HERE;
    }
}

#include "feed.h"
