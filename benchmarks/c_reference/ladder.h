/* The paged ladder: which prices of a side have orders (hkperp_engine/ladder.py). */
#ifndef HKPERP_LADDER_H
#define HKPERP_LADDER_H

#include "state.h"

INLINED int64_t chunk_of(const State *state, int64_t ladder, int64_t price_ticks) {
    return ladder * state->engine->chunks_per_ladder + (price_ticks >> CHUNK_BITS);
}

/* Index in `levels` of a price; an empty row (of page 0) if its chunk has no page. */
INLINED int64_t level_at(const State *state, int64_t ladder, int64_t price_ticks) {
    int64_t page = state->directory[chunk_of(state, ladder, price_ticks)];
    return page * CHUNK_LEVELS + (price_ticks & (CHUNK_LEVELS - 1));
}

/* Mark a price as used, with a page for its chunk if there is none; return its level's index. */
INLINED int64_t occupy(const State *state, int64_t ladder, int64_t price_ticks) {
    ENGINE *engine = state->engine;
    int64_t chunk = chunk_of(state, ladder, price_ticks);
    int64_t page = state->directory[chunk];
    if (UNLIKELY(page == 0)) {
        page = engine->page_free;
        if (page == 0) {
            page = ++engine->page_used;
        } else {
            engine->page_free = state->page_summary[page];
            state->page_summary[page] = 0;
        }
        engine->page_count++;
        state->directory[chunk] = (int32_t)page;
        state->ladder_words[chunk >> 6] |= bit(chunk & 63);
        state->ladder_summary[chunk >> 12] |= bit((chunk >> 6) & 63);
    }
    int64_t i = (price_ticks >> 6) & 63;
    state->page_words[page * WORDS_PER_PAGE + i] |= bit(price_ticks & 63);
    state->page_summary[page] |= bit(i);
    return page * CHUNK_LEVELS + (price_ticks & (CHUNK_LEVELS - 1));
}

/* Mark a used price as unused; the page goes back with its last price. */
INLINED void vacate(const State *state, int64_t ladder, int64_t price_ticks) {
    ENGINE *engine = state->engine;
    int64_t chunk = chunk_of(state, ladder, price_ticks);
    int64_t page = state->directory[chunk];
    int64_t i = (price_ticks >> 6) & 63;
    int64_t left = state->page_words[page * WORDS_PER_PAGE + i] & ~bit(price_ticks & 63);
    state->page_words[page * WORDS_PER_PAGE + i] = left;
    if (left != 0)
        return;
    left = state->page_summary[page] & ~bit(i);
    state->page_summary[page] = left;
    if (LIKELY(left != 0))
        return;
    state->page_summary[page] = engine->page_free;
    engine->page_free = page;
    engine->page_count--;
    state->directory[chunk] = 0;
    left = state->ladder_words[chunk >> 6] & ~bit(chunk & 63);
    state->ladder_words[chunk >> 6] = left;
    if (left == 0)
        state->ladder_summary[chunk >> 12] &= ~bit((chunk >> 6) & 63);
}

/* Lowest used price of the global chunks `chunk` and above, 0 if there is none. */
SEPARATE int64_t chunk_above(State opened, int64_t base, int64_t chunk) {
    const State *state = &opened;
    int64_t end = (base + state->engine->chunks_per_ladder) >> 6;
    int64_t at = chunk >> 6;
    if (at >= end)
        return 0;
    int64_t word = bits_from(state->ladder_words[at], chunk & 63);
    if (word == 0) {
        if (++at >= end)
            return 0;
        int64_t top = at >> 6;
        int64_t summary = bits_from(state->ladder_summary[top], at & 63);
        while (summary == 0) {
            if (++top >= end >> 6)
                return 0;
            summary = state->ladder_summary[top];
        }
        at = (top << 6) + ctz(summary);
        word = state->ladder_words[at];
    }
    chunk = (at << 6) + ctz(word);
    int64_t page = state->directory[chunk];
    int64_t i = ctz(state->page_summary[page]);
    word = state->page_words[page * WORDS_PER_PAGE + i];
    return ((chunk - base) << CHUNK_BITS) + (i << 6) + ctz(word);
}

/* Highest used price of the global chunks `chunk` and below, 0 if there is none. */
SEPARATE int64_t chunk_below(State opened, int64_t base, int64_t chunk) {
    const State *state = &opened;
    if (chunk < base)
        return 0;
    int64_t at = chunk >> 6;
    int64_t word = bits_to(state->ladder_words[at], chunk & 63);
    if (word == 0) {
        if (--at < base >> 6)
            return 0;
        int64_t top = at >> 6;
        int64_t summary = bits_to(state->ladder_summary[top], at & 63);
        while (summary == 0) {
            if (--top < base >> 12)
                return 0;
            summary = state->ladder_summary[top];
        }
        at = (top << 6) + 63 - clz(summary);
        word = state->ladder_words[at];
    }
    chunk = (at << 6) + 63 - clz(word);
    int64_t page = state->directory[chunk];
    int64_t i = 63 - clz(state->page_summary[page]);
    word = state->page_words[page * WORDS_PER_PAGE + i];
    return ((chunk - base) << CHUNK_BITS) + (i << 6) + 63 - clz(word);
}

/* Lowest used price above `price_ticks`, 0 if there is none. */
INLINED int64_t next_above(const State *state, int64_t ladder, int64_t price_ticks) {
    int64_t first = price_ticks + 1;
    int64_t base = ladder * state->engine->chunks_per_ladder;
    int64_t chunk = base + (first >> CHUNK_BITS);
    int64_t page = state->directory[chunk];
    int64_t i = (first >> 6) & 63;
    int64_t word = bits_from(state->page_words[page * WORDS_PER_PAGE + i], first & 63);
    if (word != 0)
        return (first >> 6 << 6) + ctz(word);
    if (i < 63) {
        int64_t summary = bits_from(state->page_summary[page], i + 1);
        if (summary != 0) {
            i = ctz(summary);
            word = state->page_words[page * WORDS_PER_PAGE + i];
            return (first >> CHUNK_BITS << CHUNK_BITS) + (i << 6) + ctz(word);
        }
    }
    return chunk_above(*state, base, chunk + 1);
}

/* Highest used price below `price_ticks`, 0 if there is none. */
INLINED int64_t next_below(const State *state, int64_t ladder, int64_t price_ticks) {
    int64_t last = price_ticks - 1;
    int64_t base = ladder * state->engine->chunks_per_ladder;
    int64_t chunk = base + (last >> CHUNK_BITS);
    int64_t page = state->directory[chunk];
    int64_t i = (last >> 6) & 63;
    int64_t word = bits_to(state->page_words[page * WORDS_PER_PAGE + i], last & 63);
    if (word != 0)
        return (last >> 6 << 6) + 63 - clz(word);
    if (i > 0) {
        int64_t summary = bits_to(state->page_summary[page], i - 1);
        if (summary != 0) {
            i = 63 - clz(summary);
            word = state->page_words[page * WORDS_PER_PAGE + i];
            return (last >> CHUNK_BITS << CHUNK_BITS) + (i << 6) + 63 - clz(word);
        }
    }
    return chunk_below(*state, base, chunk - 1);
}

#endif
