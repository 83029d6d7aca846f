/* Orders by id: the pool's slots, the table of live ids, each wallet's list
 * (hkperp_engine/orders.py). */
#ifndef HKPERP_ORDERS_H
#define HKPERP_ORDERS_H

#include "ladder.h"

/* Is there a slot, a cell and a page for one more order, wherever its price is? */
INLINED bool has_room(const State *state) {
    int64_t count = state->engine->order_count + 1;
    return count < state->order_rows && 2 * count <= state->mask + 1 &&
           state->engine->page_count + 1 < state->page_rows;
}

/* Slot of a live id, 0 if there is none. */
INLINED int64_t find_order(const State *state, int64_t order_id) {
    int64_t i = hash_id(order_id, state->mask);
    for (;;) {
        const IDENTITY *identity = &state->identities[i];
        if (identity->slot == 0 || identity->order_id == order_id)
            return identity->slot;
        i = (i + 1) & state->mask;
    }
}

/* Take a slot for an order that rests; index its id; put it in front of its wallet's list. */
INLINED int64_t open_order(const State *state, int64_t order_id, int64_t wallet) {
    ENGINE *engine = state->engine;
    int64_t slot = engine->order_free;
    if (slot == 0)
        slot = ++engine->order_used;
    else
        engine->order_free = state->orders[slot].next;
    engine->order_count++;
    ORDER *order = &state->orders[slot];
    order->order_id = order_id;
    order->wallet = (int32_t)wallet;
    int64_t i = hash_id(order_id, state->mask);
    while (state->identities[i].slot != 0)
        i = (i + 1) & state->mask;
    state->identities[i] = (IDENTITY){order_id, slot};
    OWNER *owner = &state->owners[wallet];
    int32_t head = owner->order_head;
    order->wallet_next = head;
    order->wallet_prev = 0;
    state->orders[head].wallet_prev = (int32_t)slot;
    owner->order_head = (int32_t)slot;
    owner->order_count++;
    return slot;
}

/* Take an id out of the table and shift back what follows: no tombstones. */
INLINED void forget_id(const State *state, int64_t order_id) {
    int64_t mask = state->mask;
    int64_t hole = hash_id(order_id, mask);
    while (state->identities[hole].order_id != order_id)
        hole = (hole + 1) & mask;
    int64_t i = (hole + 1) & mask;
    while (state->identities[i].slot != 0) {
        int64_t home = hash_id(state->identities[i].order_id, mask);
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            state->identities[hole] = state->identities[i];
            hole = i;
        }
        i = (i + 1) & mask;
    }
    state->identities[hole] = (IDENTITY){0, 0};
}

/* Give back slot and id of an order that is in no queue any more. */
INLINED void close_order(const State *state, int64_t slot) {
    ENGINE *engine = state->engine;
    ORDER *order = &state->orders[slot];
    int64_t order_id = order->order_id;
    int32_t before = order->wallet_prev, after = order->wallet_next;
    OWNER *owner = &state->owners[order->wallet];
    state->orders[before].wallet_next = after;
    state->orders[after].wallet_prev = before;
    owner->order_head = before == 0 ? after : owner->order_head;
    owner->order_count--;
    forget_id(state, order_id);
    order->order_id = 0;
    order->lots_left = 0;
    order->next = (int32_t)engine->order_free;
    engine->order_free = slot;
    engine->order_count--;
}

#endif
