/* The clearing house, as far as orders and trades of workload `base` need it: sums of open orders,
 * admission margin, positions, fees, the ledger (clearing/hkperp_clearing).
 *
 * Left out, and reported as UNKNOWN_HERE when met: reduce-only and market orders, assets besides
 * cash, restricted accounts, liquidations.
 */
#ifndef HKPERP_HOUSE_H
#define HKPERP_HOUSE_H

#include "match.h"

#define PPB INT64_C(1000000000)

/* a * n / PPB rounded up; a may be negative. `//` of Python floors, `/` of C cuts. */
INLINED int64_t floor_div(int64_t a, int64_t b) {
    int64_t quotient = a / b;
    return quotient - (a % b != 0 && (a < 0) != (b < 0));
}
INLINED int64_t mul_div_ceil(int64_t a, int64_t n_ppb) {
#ifdef UNSIGNED_DIVISION
    /* An attempt (README.md): nothing here is negative, and an unsigned division is shorter. */
    uint64_t units = (uint64_t)a / PPB, rest = (uint64_t)a - units * PPB;
    return (int64_t)(units * (uint64_t)n_ppb + (rest * (uint64_t)n_ppb + PPB - 1) / PPB);
#endif
    int64_t whole = floor_div(a, PPB), part = a - whole * PPB;
    return whole * n_ppb - floor_div(-part * n_ppb, PPB);
}

/* a * n / d, a >= 0, 0 <= n <= d < 2**31: rounded up, and rounded down. */
INLINED int64_t mul_div_ceil_by(int64_t a, int64_t n, int64_t d) {
    int64_t whole = a / d, part = a - whole * d;
    return whole * n + (part * n + d - 1) / d;
}
INLINED int64_t mul_div_floor_by(int64_t a, int64_t n, int64_t d) {
    int64_t whole = a / d, part = a - whole * d;
    return whole * n + part * n / d;
}

INLINED POSITION *position_of(const State *state, int64_t wallet, int64_t contract) {
    return &state->positions[wallet * state->contract_count + contract];
}

/* Change the open lots of an order in its wallet's and contract's sums (MRG-07). */
INLINED void reserve(const State *state, int64_t wallet, int64_t contract, int64_t side,
                     int64_t price_ticks, int64_t mark_ticks, int64_t lots_from,
                     int64_t lots_to) {
    CONTRACT *spec = &state->contracts[contract];
    int64_t tick_value = spec->tick_value;
    int64_t unit_quote = LARGER(price_ticks, mark_ticks) * tick_value;
    int64_t fee_ppb = LARGER(spec->maker_fee_ppb, spec->taker_fee_ppb);
    int64_t change = lots_to - lots_from, fee = 0;
    if (lots_to > 0)
        fee += mul_div_ceil(unit_quote * lots_to, fee_ppb);
    if (lots_from > 0)
        fee -= mul_div_ceil(unit_quote * lots_from, fee_ppb);
    POSITION *position = position_of(state, wallet, contract);
    position->order_fee += fee;
    if (side == Side_BUY) {
        position->buy_lots += (int32_t)change;
        position->buy_value += unit_quote * change;
        position->order_loss += LARGER(0, price_ticks - mark_ticks) * tick_value * change;
        spec->buy_lots += change;
    } else {
        position->sell_lots += (int32_t)change;
        position->sell_value += unit_quote * change;
        position->order_loss += LARGER(0, mark_ticks - price_ticks) * tick_value * change;
        spec->sell_lots += change;
    }
    state->wallets[wallet].contract_mask |= bit(contract);
}

#define RESERVE(state, row, lots_from, lots_to)                                                  \
    reserve(state, (row)->wallet, (row)->contract, (row)->side, (row)->price_ticks,              \
            (row)->mark_ticks, lots_from, lots_to)

/* Initial margin of a notional, rounded up. */
INLINED int64_t initial_margin(const State *state, int64_t contract, int64_t value_quote) {
    int64_t first = contract * TIERS_MAX;
    int64_t index = first + state->contracts[contract].tier_count - 1;
    while (index > first && state->tiers[index].floor_quote > value_quote)
        index--;
    const TIER *tier = &state->tiers[index];
    return mul_div_ceil(value_quote, tier->im_ppb) - tier->im_deduction_quote;
}

/* Notional if all orders of one side filled, closing `reducing_lots` first. */
INLINED int64_t side_value(int64_t value_quote, int64_t reducing_lots, int64_t order_lots,
                           int64_t order_value) {
    if (reducing_lots == 0)
        return value_quote + order_value;
    if (order_lots <= reducing_lots)
        return 0;
    return mul_div_ceil_by(order_value, order_lots - reducing_lots, order_lots);
}

INLINED int64_t worse_value(const POSITION *position, int64_t value_quote) {
    int64_t lots = position->lots;
    if (position->buy_lots == 0 && position->sell_lots == 0)
        return value_quote;
    int64_t bought =
        side_value(value_quote, LARGER(0, -lots), position->buy_lots, position->buy_value);
    int64_t sold =
        side_value(value_quote, LARGER(0, lots), position->sell_lots, position->sell_value);
    return LARGER(value_quote, LARGER(bought, sold));
}

/* Is the requirement of a wallet covered by its equity for new risk? */
INLINED bool is_covered(const State *state, int64_t wallet) {
    const WALLET *row = &state->wallets[wallet];
    int64_t variation = row->pending, requirement = 0;
    for (int64_t mask = row->contract_mask; mask != 0; mask &= mask - 1) {
        int64_t contract = ctz(mask);
        const POSITION *position = position_of(state, wallet, contract);
        int64_t lots = position->lots, value = 0;
        if (lots != 0) {
            int64_t mark_ticks = state->rates[contract].mark_good_ticks;
            int64_t unit_quote = mark_ticks * state->contracts[contract].tick_value;
            value = (lots > 0 ? lots : -lots) * unit_quote;
            variation += lots * unit_quote - position->cost;
        }
        requirement += initial_margin(state, contract, worse_value(position, value));
        requirement += position->order_loss + position->order_fee;
    }
    return requirement <= row->cash + SMALLER(0, variation);
}

/* Cost less the part of the closed lots, which is rounded down in size. */
INLINED int64_t give_up(int64_t cost, int64_t closed_lots, int64_t lots) {
    return cost >= 0 ? cost - mul_div_floor_by(cost, closed_lots, lots)
                     : cost + mul_div_floor_by(-cost, closed_lots, lots);
}

/* Book a fill of a wallet: lots > 0 bought, < 0 sold. */
INLINED void book_fill(const State *state, int64_t wallet, int64_t contract, int64_t signed_lots,
                       int64_t price_ticks) {
    CONTRACT *spec = &state->contracts[contract];
    WALLET *row = &state->wallets[wallet];
    POSITION *position = position_of(state, wallet, contract);
    int64_t lots = position->lots, cost = position->cost, entry_cost = position->entry_cost;
    int64_t unit_quote = price_ticks * spec->tick_value, opening = signed_lots;
    if (lots != 0 && (lots > 0) != (signed_lots > 0)) {
        int64_t size = lots > 0 ? lots : -lots, sign = lots > 0 ? 1 : -1;
        int64_t closing = SMALLER(signed_lots > 0 ? signed_lots : -signed_lots, size);
        int64_t kept = give_up(cost, closing, size);
        row->pending += sign * unit_quote * closing - (cost - kept);
        cost = kept;
        entry_cost = give_up(entry_cost, closing, size);
        opening = signed_lots + sign * closing;
    }
    int64_t after = lots + signed_lots;
    spec->open_interest += LARGER(0, after) - LARGER(0, lots);
    position->lots = (int32_t)after;
    position->cost = cost + opening * unit_quote;
    position->entry_cost = entry_cost + opening * unit_quote;
    row->contract_mask |= bit(contract);
}

/* Cash and unrealised results of a wallet without other assets. */
INLINED int64_t equity(const State *state, int64_t wallet) {
    const WALLET *row = &state->wallets[wallet];
    int64_t total = row->cash + row->pending;
    for (int64_t mask = row->contract_mask; mask != 0; mask &= mask - 1) {
        int64_t contract = ctz(mask);
        const POSITION *position = position_of(state, wallet, contract);
        if (position->lots != 0)
            total += (int64_t)position->lots * state->rates[contract].mark_good_ticks *
                         state->contracts[contract].tick_value -
                     position->cost;
    }
    return total;
}

INLINED void change_cash(const State *state, int64_t wallet, int64_t amount) {
    WALLET *row = &state->wallets[wallet];
    row->cash += amount;
    if (UNLIKELY(row->cash < 0 && wallet > HouseWallet_CONVERSION))
        state->house->is_broken = 1;
}

/* Charge a wallet `fee` quote in cash, or what it can bear; the rest is waived. */
INLINED void charge_fee(const State *state, int64_t wallet, int64_t contract, int64_t order_id,
                        int64_t fee) {
    if (fee <= 0)
        return;
    int64_t limit = SMALLER(equity(state, wallet), state->wallets[wallet].cash);
    int64_t charged = LARGER(0, SMALLER(fee, limit));
    if (charged > 0) {
        change_cash(state, wallet, -charged);
        change_cash(state, HouseWallet_FEES, charged);
        NEW_EVENT(state, .kind = Event_POSTING, .code = Posting_FEE, .wallet = (int32_t)wallet,
                  .counter_wallet = HouseWallet_FEES, .order_id = order_id, .amount = charged);
    }
    if (UNLIKELY(charged < fee))
        NEW_EVENT(state, .kind = Event_FEE_WAIVED, .contract = (int16_t)contract,
                  .wallet = (int32_t)wallet, .order_id = order_id, .amount = fee - charged);
}

#endif
