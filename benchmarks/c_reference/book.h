/* Levels and queues, and the order that is trading (hkperp_engine/book.py). */
#ifndef HKPERP_BOOK_H
#define HKPERP_BOOK_H

#include "orders.h"

INLINED int64_t best_opposite(const State *state, int64_t contract, int64_t side) {
    const BOOK *book = &state->books[contract];
    return side == Side_BUY ? book->ask_ticks : book->bid_ticks;
}

INLINED bool would_trade(const State *state, int64_t contract, int64_t side, int64_t price_ticks) {
    int64_t best = best_opposite(state, contract, side);
    return side == Side_BUY ? best > 0 && best <= price_ticks : best >= price_ticks;
}

/* Take a resting order out of its queue and level. Links to nobody are written to slot 0. */
INLINED void leave_queue(const State *state, int64_t slot) {
    ORDER *order = &state->orders[slot];
    int64_t contract = order->contract, side = order->side, price_ticks = order->price_ticks;
    int64_t ladder = 2 * contract + side;
    LEVEL *level = &state->levels[level_at(state, ladder, price_ticks)];
    int32_t before = order->prev, after = order->next;
    state->orders[before].next = after;
    state->orders[after].prev = before;
    if (LIKELY(order->priority_class == 0)) {
        level->client_head = before == 0 ? after : level->client_head;
        level->client_tail = after == 0 ? before : level->client_tail;
    } else {
        level->affiliate_head = before == 0 ? after : level->affiliate_head;
        level->affiliate_tail = after == 0 ? before : level->affiliate_tail;
    }
    level->lots -= order->lots_left;
    level->order_count--;
    BOOK *book = &state->books[contract];
    book->order_count--;
    if (level->order_count != 0)
        return;
    vacate(state, ladder, price_ticks);
    if (side == Side_BUY) {
        book->bid_levels--;
        if (price_ticks == book->bid_ticks)
            book->bid_ticks = next_below(state, ladder, price_ticks);
    } else {
        book->ask_levels--;
        if (price_ticks == book->ask_ticks)
            book->ask_ticks = next_above(state, ladder, price_ticks);
    }
}

INLINED void remove_order(const State *state, int64_t slot) {
    leave_queue(state, slot);
    close_order(state, slot);
}

/* Take lots out of a resting order; it keeps its place, or leaves the book at 0. */
INLINED void reduce_order(const State *state, int64_t slot, int64_t lots) {
    ORDER *order = &state->orders[slot];
    int64_t left = order->lots_left - lots;
    if (left == 0) {
        remove_order(state, slot);
        return;
    }
    order->lots_left = (int32_t)left;
    int64_t ladder = 2 * (int64_t)order->contract + order->side;
    state->levels[level_at(state, ladder, order->price_ticks)].lots -= lots;
}

/* Make a checked NEW_ORDER row the order that is trading. */
INLINED void taker_from_command(const State *state, const COMMAND *command) {
    const OWNER *owner = &state->owners[command->wallet];
    *state->taker = (TAKER){
        .order_id = command->order_id,
        .price_ticks = command->price_ticks,
        .lots_left = command->lots,
        .lots_total = command->lots,
        .wallet = command->wallet,
        .owner = owner->owner,
        .contract = command->contract,
        .side = command->side,
        .priority_class = (int8_t)owner->priority_class,
        .flags = command->flags,
        .stp = command->stp,
        .tif = command->tif,
    };
}

/* Write the terms of an amended order into the taker; the resting order is not touched. */
INLINED void amended_taker(const State *state, int64_t slot, int64_t price_ticks, int64_t lots,
                           int64_t mark_ticks) {
    const ORDER *order = &state->orders[slot];
    *state->taker = (TAKER){
        .order_id = order->order_id,
        .price_ticks = price_ticks,
        .lots_left = lots,
        .lots_total = lots,
        .mark_ticks = (int32_t)mark_ticks,
        .wallet = order->wallet,
        .owner = order->owner,
        .contract = order->contract,
        .side = order->side,
        .priority_class = order->priority_class,
        .flags = order->flags,
        .stp = order->stp,
        .tif = TimeInForce_GTC,
        .slot = slot,
    };
}

/* Forget the order that was trading; an amended one gives back its slot and id. */
INLINED void drop_taker(const State *state) {
    TAKER *taker = state->taker;
    if (taker->slot != 0) {
        close_order(state, taker->slot);
        taker->slot = 0;
    }
    taker->order_id = 0;
}

/* Put what is left of the order that was trading at the back of its queue. */
INLINED void rest(const State *state) {
    TAKER *taker = state->taker;
    int64_t slot = taker->slot;
    if (slot == 0)
        slot = open_order(state, taker->order_id, taker->wallet);
    taker->slot = 0;
    taker->order_id = 0;
    int64_t side = taker->side, price_ticks = taker->price_ticks;
    int64_t ladder = 2 * (int64_t)taker->contract + side;
    int64_t sequence = ++state->engine->order_sequence;
    int64_t index = level_at(state, ladder, price_ticks);
    BOOK *book = &state->books[taker->contract];
    if (state->levels[index].order_count == 0) {
        index = occupy(state, ladder, price_ticks);
        if (side == Side_BUY) {
            book->bid_levels++;
            book->bid_ticks = LARGER(book->bid_ticks, price_ticks);
        } else {
            book->ask_levels++;
            if (book->ask_ticks == 0 || price_ticks < book->ask_ticks)
                book->ask_ticks = price_ticks;
        }
    }
    book->order_count++;
    LEVEL *level = &state->levels[index];
    level->lots += taker->lots_left;
    level->order_count++;
    int32_t tail;
    if (LIKELY(taker->priority_class == 0)) {
        tail = level->client_tail;
        level->client_tail = (int32_t)slot;
        level->client_head = tail == 0 ? (int32_t)slot : level->client_head;
    } else {
        tail = level->affiliate_tail;
        level->affiliate_tail = (int32_t)slot;
        level->affiliate_head = tail == 0 ? (int32_t)slot : level->affiliate_head;
    }
    state->orders[tail].next = (int32_t)slot;
    ORDER *order = &state->orders[slot];
    order->sequence = sequence;
    order->price_ticks = (int32_t)price_ticks;
    order->mark_ticks = taker->mark_ticks;
    order->lots_left = (int32_t)taker->lots_left;
    order->owner = taker->owner;
    order->next = 0;
    order->prev = tail;
    order->contract = taker->contract;
    order->side = taker->side;
    order->priority_class = taker->priority_class;
    order->flags = taker->flags;
    order->stp = taker->stp;
}

#endif
