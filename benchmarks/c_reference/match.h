/* Matching and what makes an order unacceptable (hkperp_engine/match.py, intake.py). */
#ifndef HKPERP_MATCH_H
#define HKPERP_MATCH_H

#include "events.h"

#define ORDER_ID_MAX (INT64_C(1) << 62)

/* Self-trade prevention between the taker and a maker; `lots` is the smaller open quantity. */
SEPARATE void prevent(State opened, int64_t slot, FILL *fill, int64_t lots) {
    const State *state = &opened;
    TAKER *taker = state->taker;
    int64_t open_lots = state->orders[slot].lots_left;
    if (taker->stp == SelfTrade_CANCEL_NEWEST) {
        fill->kind = Event_NONE;
        fill->lots = 0;
        fill->lots_left = open_lots;
        fill->taker_lots = taker->lots_left;
    } else if (taker->stp == SelfTrade_DECREMENT) {
        fill->kind = open_lots > lots ? Event_ORDER_REDUCED : Event_ORDER_CANCELLED;
        fill->lots = lots;
        fill->lots_left = open_lots - lots;
        fill->taker_lots = lots;
        reduce_order(state, slot, lots);
    } else {
        fill->kind = Event_ORDER_CANCELLED;
        fill->lots = open_lots;
        fill->lots_left = 0;
        if (taker->stp == SelfTrade_CANCEL_BOTH)
            fill->taker_lots = taker->lots_left;
        remove_order(state, slot);
    }
    taker->lots_left -= fill->taker_lots;
}

/* Trade the taker against the other side into at most `fills_max` FILL rows; return how many.
 * `more` tells whether it could still trade. A reduce-only maker gets a call of its own. */
INLINED int64_t match(const State *state, int64_t fills_max, bool *more) {
    TAKER *taker = state->taker;
    int64_t contract = taker->contract, side = taker->side, limit_ticks = taker->price_ticks;
    int64_t ladder = 2 * contract + 1 - side, count = 0;
    BOOK *book = &state->books[contract];
    while (taker->lots_left > 0 && would_trade(state, contract, side, limit_ticks)) {
        *more = true;
        if (count == fills_max)
            return count;
        int64_t price_ticks = best_opposite(state, contract, side);
        const LEVEL *level = &state->levels[level_at(state, ladder, price_ticks)];
        int64_t slot = level->client_head;
        if (slot == 0)
            slot = level->affiliate_head;
        const ORDER *maker = &state->orders[slot];
        bool is_reduce_only = (maker->flags & OrderFlag_REDUCE_ONLY) != 0;
        if (is_reduce_only && count > 0)
            return count;
        FILL *fill = &state->fills[count++];
        fill->order_id = maker->order_id;
        fill->price_ticks = price_ticks;
        fill->mark_ticks = maker->mark_ticks;
        fill->contract = (int16_t)contract;
        fill->side = (int8_t)(1 - side);
        fill->wallet = maker->wallet;
        fill->flags = maker->flags;
        fill->priority_class = maker->priority_class;
        fill->taker_lots = 0;
        int64_t lots = SMALLER(taker->lots_left, maker->lots_left);
        if (UNLIKELY(maker->owner == taker->owner)) {
            prevent(*state, slot, fill, lots);
        } else {
            fill->kind = Event_TRADE;
            fill->lots = lots;
            fill->lots_left = maker->lots_left - lots;
            taker->lots_left -= lots;
            book->trade_count++;
            reduce_order(state, slot, lots);
        }
        fill->taker_lots_left = taker->lots_left;
        if (is_reduce_only)
            break;
    }
    *more = taker->lots_left > 0 && would_trade(state, contract, side, limit_ticks);
    return count;
}

/* Can the taker be filled whole by makers of other owners (docs/book.md section 5)? */
SEPARATE bool fok_is_fillable(State opened) {
    const State *state = &opened;
    const TAKER *taker = state->taker;
    int64_t contract = taker->contract, side = taker->side, wanted = taker->lots_left;
    int64_t ladder = 2 * contract + 1 - side;
    int64_t price_ticks = best_opposite(state, contract, side);
    while (price_ticks != 0) {
        if (side == Side_BUY ? price_ticks > taker->price_ticks : price_ticks < taker->price_ticks)
            return false;
        const LEVEL *level = &state->levels[level_at(state, ladder, price_ticks)];
        for (int priority_class = 0; priority_class < 2; priority_class++) {
            int64_t slot = priority_class == 0 ? level->client_head : level->affiliate_head;
            while (slot != 0) {
                const ORDER *maker = &state->orders[slot];
                if (maker->owner != taker->owner) {
                    if ((maker->flags & OrderFlag_REDUCE_ONLY) == 0)
                        wanted -= maker->lots_left;
                    if (wanted <= 0)
                        return true;
                } else if (taker->stp != SelfTrade_CANCEL_OLDEST) {
                    return false;
                }
                slot = maker->next;
            }
        }
        price_ticks = side == Side_BUY ? next_above(state, ladder, price_ticks)
                                       : next_below(state, ladder, price_ticks);
    }
    return false;
}

INLINED int64_t price_lots_refusal(const State *state, const COMMAND *command) {
    const BOOK *book = &state->books[command->contract];
    if (command->price_ticks < 1 || command->price_ticks > book->price_ticks_max)
        return Reject_PRICE_INVALID;
    if (command->lots < 1 || command->lots > book->lots_max)
        return Reject_LOTS_INVALID;
    return Reject_NONE;
}

/* First Reject of a NEW_ORDER row but for price and lots; wallets below `first_wallet` may not. */
INLINED int64_t kind_refusal(const State *state, const COMMAND *command, int64_t first_wallet) {
    if (command->contract < 0 || command->contract >= state->book_count)
        return Reject_CONTRACT_UNKNOWN;
    if (command->wallet < first_wallet || command->wallet >= state->owner_count)
        return Reject_WALLET_UNKNOWN;
    if (command->side < Side_BUY || command->side > Side_SELL)
        return Reject_SIDE_INVALID;
    int64_t tif = command->tif, flags = command->flags;
    if (command->order_type < OrderType_LIMIT || command->order_type > OrderType_MARKET)
        return Reject_ORDER_KIND_INVALID;
    if (tif < TimeInForce_GTC || tif > TimeInForce_FOK)
        return Reject_ORDER_KIND_INVALID;
    if (command->stp < SelfTrade_CANCEL_NEWEST || command->stp > SelfTrade_DECREMENT)
        return Reject_ORDER_KIND_INVALID;
    if (flags < 0 || flags > (OrderFlag_POST_ONLY | OrderFlag_REDUCE_ONLY))
        return Reject_ORDER_KIND_INVALID;
    bool is_market = command->order_type == OrderType_MARKET;
    if (is_market && tif == TimeInForce_GTC)
        return Reject_ORDER_KIND_INVALID;
    if ((flags & OrderFlag_POST_ONLY) != 0 && (is_market || tif != TimeInForce_GTC))
        return Reject_ORDER_KIND_INVALID;
    if (command->order_id < 1 || command->order_id > ORDER_ID_MAX)
        return Reject_ORDER_ID_INVALID;
    return Reject_NONE;
}

#ifdef SECOND_STEP
/* An attempt (README.md): a second step, nearer, for what the first one fetched points to. */
INLINED void foresee_links(const State *state, const COMMAND *command) {
    if (command->kind == Command_NEW_ORDER) {
        int64_t ladder = 2 * (int64_t)command->contract + (command->side & 1);
        int64_t index = level_at(state, ladder, command->price_ticks);
        prefetch(&state->orders[state->levels[index].client_tail]);
        prefetch(&state->orders[state->owners[command->wallet].order_head]);
        return;
    }
    int64_t cell = hash_id(command->order_id, state->mask);
    const ORDER *order = &state->orders[state->identities[cell].slot];
    int64_t ladder = 2 * (int64_t)order->contract + order->side;
    prefetch(&state->levels[level_at(state, ladder, order->price_ticks)]);
    prefetch(&state->orders[order->wallet_prev]);
    prefetch(&state->orders[order->wallet_next]);
    prefetch(&state->orders[order->prev]);
    prefetch(&state->orders[order->next]);
}
#endif

/* Ask for the memory that the commands after `i` will need (hkperp_engine/loop.py). */
INLINED void foresee(const State *state, const COMMAND *commands, int64_t i, int64_t count) {
    prefetch(&commands[i + ROW_AHEAD]);
    if (i + CELL_AHEAD >= count)
        return;
    const COMMAND *command = &commands[i + CELL_AHEAD];
    prefetch(&state->identities[hash_id(command->order_id, state->mask)]);
    prefetch(&state->owners[command->wallet]);
#ifdef NEXT_CELL
    /* An attempt (README.md): a probe or a deletion looks at the next cell, one in four of which
     * lies on the next cache line. */
    prefetch(&state->identities[hash_id(command->order_id, state->mask) + 1]);
#endif
    if (state->mask < LARGE_TABLE - 1)
        return;
#ifdef SECOND_STEP
    foresee_links(state, &commands[i + ORDER_AHEAD / 2]);
#endif
    command = &commands[i + ORDER_AHEAD];
    if (command->kind != Command_NEW_ORDER) {
        int64_t cell = hash_id(command->order_id, state->mask);
        prefetch(&state->orders[state->identities[cell].slot]);
        return;
    }
    int64_t contract = command->contract, price_ticks = command->price_ticks;
    if (contract < 0 || contract >= state->book_count || price_ticks <= 0 ||
        price_ticks > state->books[contract].price_ticks_max)
        return;
    prefetch(&state->levels[level_at(state, 2 * contract + (command->side & 1), price_ticks)]);
}

#endif
