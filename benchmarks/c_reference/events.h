/* Events of the book, 64 bytes each, into the ring (hkperp_engine/events.py). */
#ifndef HKPERP_EVENTS_H
#define HKPERP_EVENTS_H

#include "book.h"

/* Take the next row of the ring; all fields but sequence and time are the caller's, in one go. */
#define NEW_EVENT(state, ...)                                                                    \
    (state)->events[(state)->engine->events_used++] = (EVENT){                                   \
        .sequence = ++(state)->engine->sequence, .time_ns = (state)->engine->now_ns, __VA_ARGS__}

INLINED int16_t event_flags(int64_t side, int64_t order_flags) {
    return (int16_t)((side == Side_SELL ? EventFlag_SELL : 0) |
                     (order_flags & OrderFlag_REDUCE_ONLY ? EventFlag_REDUCE_ONLY : 0));
}

SEPARATE void refuse(State opened, const COMMAND *command, int64_t reject) {
    const State *state = &opened;
    NEW_EVENT(state, .kind = Event_REFUSED, .code = (int16_t)reject,
              .contract = command->contract, .wallet = command->wallet,
              .order_id = command->order_id, .counter_order_id = command->tag,
              .amount = command->kind);
}

INLINED void order_event(const State *state, int64_t slot, int64_t kind, int64_t code,
                         int64_t lots) {
    const ORDER *order = &state->orders[slot];
    NEW_EVENT(state, .kind = (int16_t)kind, .code = (int16_t)code, .contract = order->contract,
              .flags = event_flags(order->side, order->flags), .wallet = order->wallet,
              .order_id = order->order_id, .price_ticks = order->price_ticks,
              .lots = (int32_t)lots);
}

INLINED void taker_event(const State *state, int64_t kind, int64_t code, int64_t lots) {
    const TAKER *taker = state->taker;
    NEW_EVENT(state, .kind = (int16_t)kind, .code = (int16_t)code, .contract = taker->contract,
              .flags = event_flags(taker->side, taker->flags), .wallet = taker->wallet,
              .order_id = taker->order_id, .price_ticks = (int32_t)taker->price_ticks,
              .lots = (int32_t)lots);
}

/* The one or two events of a fill: a trade, or what self-trade prevention did. */
INLINED void record_fill(const State *state, const FILL *fill) {
    const TAKER *taker = state->taker;
    if (LIKELY(fill->kind == Event_TRADE)) {
        int64_t flags = (taker->side == Side_SELL ? EventFlag_SELL : 0) |
                        (fill->priority_class != 0 ? EventFlag_MAKER_AFMM : 0) |
                        (taker->priority_class != 0 ? EventFlag_TAKER_AFMM : 0) |
                        (taker->is_liquidation != 0 ? EventFlag_LIQUIDATION : 0);
        NEW_EVENT(state, .kind = Event_TRADE, .contract = taker->contract,
                  .flags = (int16_t)flags, .wallet = fill->wallet,
                  .counter_wallet = taker->wallet, .order_id = fill->order_id,
                  .counter_order_id = taker->order_id,
                  .price_ticks = (int32_t)fill->price_ticks, .lots = (int32_t)fill->lots,
                  .amount = TERMS_HASH(state, taker->contract));
    } else if (fill->kind != Event_NONE) {
        NEW_EVENT(state, .kind = fill->kind, .code = CancelReason_SELF_TRADE,
                  .contract = taker->contract, .flags = event_flags(1 - taker->side, fill->flags),
                  .wallet = fill->wallet, .order_id = fill->order_id,
                  .price_ticks = (int32_t)fill->price_ticks, .lots = (int32_t)fill->lots);
    }
    if (UNLIKELY(fill->taker_lots != 0)) {
        int64_t kind = fill->taker_lots_left == 0 ? Event_ORDER_CANCELLED : Event_ORDER_REDUCED;
        taker_event(state, kind, CancelReason_SELF_TRADE, fill->taker_lots);
    }
}

#endif
