/* The book's memory as C sees it: one arena, its sections, its rows.
 *
 * `layout.h` is written by build.py from rows.py and from the codes of hkperp. Word 2 i of the arena says where section i starts, word 2 i + 1 where it
 * stops, in words of 8 bytes. Slots, pages and levels count from 1; 0 means none.
 */
#ifndef HKPERP_STATE_H
#define HKPERP_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "layout.h"

#define INLINED static inline __attribute__((always_inline))
/* Off the common path. Takes the state by value: it then never has an address in the loop, and the
 * compiler keeps its pointers in registers. */
#define SEPARATE static __attribute__((noinline, cold))

/* Hints are a build option, so that their effect can be measured (README.md). */
#ifdef HINTS
#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#else
#define LIKELY(condition) (condition)
#define UNLIKELY(condition) (condition)
#endif

/* How many commands ahead memory is asked for; as hkperp_engine/loop.py. */
#ifndef ROW_AHEAD
#define ROW_AHEAD 48
#endif
#ifndef CELL_AHEAD
#define CELL_AHEAD 24
#endif
#ifndef ORDER_AHEAD
#define ORDER_AHEAD 16
#endif
#ifndef LARGE_TABLE
#define LARGE_TABLE (1 << 16)
#endif

#define LARGER(a, b) ((a) > (b) ? (a) : (b))
#define SMALLER(a, b) ((a) < (b) ? (a) : (b))

/* Why a loop came back. UNKNOWN_HERE: the command needs a part that C does not have. */
enum { DONE = 0, DRAIN = 1, GROW = 2, BROKEN = 3, UNKNOWN_HERE = 4 };

#define CHUNK_LEVELS (INT64_C(1) << CHUNK_BITS)
#define WORDS_PER_PAGE (CHUNK_LEVELS >> 6)

typedef struct {
    ENGINE *engine;
    BOOK *books;
    ORDER *orders;
    LEVEL *levels;
    int32_t *directory;
    int64_t *page_words, *page_summary, *ladder_words, *ladder_summary;
    IDENTITY *identities;
    OWNER *owners;
    TAKER *taker;
    FILL *fills;
    EVENT *events;
    int64_t book_count, order_rows, page_rows, mask, owner_count, ring;
#ifdef WITH_HOUSE
    HOUSE *house;
    CONTRACT *contracts;
    TIER *tiers;
    WALLET *wallets;
    POSITION *positions;
    RATES *rates;
    FRAME *frames;
    int64_t contract_count, wallet_count;
#endif
} State;

/* What a trade carries of its contract's terms; the book alone has none. */
#ifdef WITH_HOUSE
#define TERMS_HASH(state, contract) ((state)->contracts[contract].terms_hash)
#else
#define TERMS_HASH(state, contract) 0
#endif

#define SECTION(arena, name) ((void *)((arena) + (arena)[2 * SECTION_##name]))
#define SECTION_ROWS(arena, name, type)                                                          \
    (((arena)[2 * SECTION_##name + 1] - (arena)[2 * SECTION_##name]) * 8 / (int64_t)sizeof(type))

/* Open an arena: pointers to its sections, and how many rows they have. */
INLINED State open_state(int64_t *arena) {
    State state = {
        .engine = SECTION(arena, engine),
        .books = SECTION(arena, books),
        .orders = SECTION(arena, orders),
        .levels = SECTION(arena, levels),
        .directory = SECTION(arena, directory),
        .page_words = SECTION(arena, page_words),
        .page_summary = SECTION(arena, page_summary),
        .ladder_words = SECTION(arena, ladder_words),
        .ladder_summary = SECTION(arena, ladder_summary),
        .identities = SECTION(arena, identities),
        .owners = SECTION(arena, owners),
        .taker = SECTION(arena, taker),
        .fills = SECTION(arena, fills),
        .events = SECTION(arena, events),
        .book_count = SECTION_ROWS(arena, books, BOOK),
        .order_rows = SECTION_ROWS(arena, orders, ORDER),
        .page_rows = SECTION_ROWS(arena, page_summary, int64_t),
        .mask = SECTION_ROWS(arena, identities, IDENTITY) - 1,
        .owner_count = SECTION_ROWS(arena, owners, OWNER),
        .ring = SECTION_ROWS(arena, events, EVENT),
#ifdef WITH_HOUSE
        .house = SECTION(arena, house),
        .contracts = SECTION(arena, contracts),
        .tiers = SECTION(arena, tiers),
        .wallets = SECTION(arena, wallets),
        .positions = SECTION(arena, positions),
        .rates = SECTION(arena, rates),
        .frames = SECTION(arena, frames),
        .contract_count = SECTION_ROWS(arena, contracts, CONTRACT),
        .wallet_count = SECTION_ROWS(arena, wallets, WALLET),
#endif
    };
    return state;
}

/* Home of an id in the table of mask + 1 cells; as hkperp_engine/primitives.py. */
INLINED int64_t hash_id(int64_t id, int64_t mask) {
    uint64_t word = (uint64_t)id;
    word = (word ^ (word >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    word = (word ^ (word >> 32)) * UINT64_C(0xD6E8FEB86659FD93);
    return (int64_t)(word >> 32) & mask;
}

INLINED void prefetch(const void *place) { __builtin_prefetch(place, 0, 3); }

/* Bits of a word at i and above, and at i and below. The word given to ctz and clz is not 0. */
INLINED int64_t bits_from(int64_t word, int64_t i) { return word & (int64_t)(~UINT64_C(0) << i); }
INLINED int64_t bits_to(int64_t word, int64_t i) {
    return word & ~(int64_t)(~UINT64_C(1) << i);
}
INLINED int64_t ctz(int64_t word) { return __builtin_ctzll((unsigned long long)word); }
INLINED int64_t clz(int64_t word) { return __builtin_clzll((unsigned long long)word); }
INLINED int64_t bit(int64_t i) { return (int64_t)(UINT64_C(1) << i); }

#endif
