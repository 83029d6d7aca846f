"""The paged ladder: which prices of one side of one contract have orders, and where the rows are.

A *ladder* is one side of one contract, number `2 * contract + side` (the side of the orders that
rest there), or one of a contract's six sets of triggers (triggers.py). Its price axis is cut into
*chunks* of 4,096 neighbouring prices. A chunk with at least one order has a *page*: 4,096 LEVEL
rows and a bitmap of two floors, `page_words` (one bit a price) and `page_summary` (one bit a
word). Above stand the chunks' own two floors, `ladder_words` and `ladder_summary`; the top is
scanned word by word.

    directory[ladder * chunks_per_ladder + (price >> 12)]      page of the chunk, 0 if it has none
    levels[page * 4096 + (price & 4095)]                       the level
    page_words[page * 64 + (price >> 6 & 63)]                  bit price & 63

Page 0 is nobody's: it stays all zero, so that a price without a page reads as an empty level. A
level is all zero when it empties, so a page that comes back needs no cleaning. A page that is
free holds the next free one in `page_summary`. `chunks_per_ladder` is a multiple of 4,096, so one
global chunk number, `ladder * chunks_per_ladder + chunk`, addresses the floors of all ladders.

A far price costs one page, whatever the distance (docs/decisions/0011-paged-price-ladder.md).
"""

from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.layout import CHUNK_BITS, CHUNK_LEVELS
from hkperp_engine.primitives import bits_from, bits_to, clear_bit, clz, ctz, set_bit
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = [
    "CHUNKS_ALIGN",
    "WORDS_PER_PAGE",
    "level_at",
    "next_above",
    "next_below",
    "occupy",
    "page_room",
    "vacate",
]

#: Words of one page's bitmap; also the words that one summary word stands for.
WORDS_PER_PAGE = CHUNK_LEVELS >> 6

#: Chunks of a ladder come in multiples of this, so that no word is shared by two ladders.
CHUNKS_ALIGN = 64 * 64


@inlined
def _page_of(state, chunk):
    """Return the page of a global chunk, 0 if it has none. O(1)."""
    return int(state.directory[chunk & ROW_MASK]) & ROW_MASK


@inlined
def level_at(state, ladder, price_ticks):
    """Return the index in `levels` of a price (ticks) of a ladder; an empty row if unused.

    O(1).
    """
    chunk = ladder * state.engine[0]["chunks_per_ladder"] + (price_ticks >> CHUNK_BITS)
    return _page_of(state, chunk) * CHUNK_LEVELS + (price_ticks & (CHUNK_LEVELS - 1))


@inlined
def page_room(state):
    """Tell whether a page can be taken, and one more for each trailing order's move. O(1)."""
    engine = state.engine[0]
    return engine["page_count"] + engine["trailing_count"] + 1 < state.page_summary.size


@inlined
def occupy(state, ladder, price_ticks):
    """Mark a price (ticks) of a ladder as used, and return the index in `levels`. O(1).

    Takes a page if the chunk has none: there is room for one (`page_room`).
    """
    engine = state.engine[0]
    chunk = ladder * engine["chunks_per_ladder"] + (price_ticks >> CHUNK_BITS)
    page = _page_of(state, chunk)
    if page == 0:
        page = int(engine["page_free"])
        if page == 0:
            page = int(engine["page_used"]) + 1
            engine["page_used"] = page
        else:
            engine["page_free"] = state.page_summary[page]
            state.page_summary[page] = 0
        engine["page_count"] += 1
        state.directory[chunk] = page
        word = chunk >> 6
        state.ladder_words[word] = set_bit(state.ladder_words[word], chunk & 63)
        state.ladder_summary[word >> 6] = set_bit(state.ladder_summary[word >> 6], word & 63)
    if CHECKED:
        assert 0 < page < state.page_summary.size
    i = (price_ticks >> 6) & 63
    word = page * WORDS_PER_PAGE + i
    state.page_words[word] = set_bit(state.page_words[word], price_ticks & 63)
    state.page_summary[page] = set_bit(state.page_summary[page], i)
    return page * CHUNK_LEVELS + (price_ticks & (CHUNK_LEVELS - 1))


@inlined
def vacate(state, ladder, price_ticks):
    """Mark a used price (ticks) of a ladder as unused; its LEVEL row is all zero already. O(1).

    Gives the page back if it was its last price.
    """
    engine = state.engine[0]
    chunk = ladder * engine["chunks_per_ladder"] + (price_ticks >> CHUNK_BITS)
    page = _page_of(state, chunk)
    if CHECKED:
        assert page != 0
    i = (price_ticks >> 6) & 63
    word = page * WORDS_PER_PAGE + i
    left = clear_bit(state.page_words[word], price_ticks & 63)
    state.page_words[word] = left
    if left != 0:
        return
    left = clear_bit(state.page_summary[page], i)
    state.page_summary[page] = left
    if left != 0:
        return
    state.page_summary[page] = engine["page_free"]
    engine["page_free"] = page
    engine["page_count"] -= 1
    state.directory[chunk] = 0
    word = chunk >> 6
    left = clear_bit(state.ladder_words[word], chunk & 63)
    state.ladder_words[word] = left
    if left == 0:
        state.ladder_summary[word >> 6] = clear_bit(state.ladder_summary[word >> 6], word & 63)


@inlined
def next_above(state, ladder, price_ticks):
    """Return the lowest used price above `price_ticks` (0 .. 2**31 - 1), 0 if there is none.

    All in ticks. O(1) in practice: four words, or one more for each 2**24 ticks of empty range.
    """
    first = price_ticks + 1
    base = ladder * state.engine[0]["chunks_per_ladder"]
    chunk = base + (first >> CHUNK_BITS)
    page = _page_of(state, chunk)
    i = (first >> 6) & 63
    word = bits_from(state.page_words[page * WORDS_PER_PAGE + i], first & 63)
    if word != 0:
        return (first >> 6 << 6) + ctz(word)
    if i < 63:
        summary = bits_from(state.page_summary[page], i + 1)
        if summary != 0:
            i = ctz(summary)
            word = state.page_words[page * WORDS_PER_PAGE + i]
            return (first >> CHUNK_BITS << CHUNK_BITS) + (i << 6) + ctz(word)
    return _chunk_above(state, base, chunk + 1)


@kernel
def _chunk_above(state, base, chunk):
    """Return the lowest used price of the global chunks `chunk` and above, 0 if there is none."""
    end = (base + state.engine[0]["chunks_per_ladder"]) >> 6
    at = chunk >> 6
    if at >= end:
        return 0
    word = bits_from(state.ladder_words[at], chunk & 63)
    if word == 0:
        at += 1
        if at >= end:
            return 0
        top = at >> 6
        summary = bits_from(state.ladder_summary[top], at & 63)
        while summary == 0:
            top += 1
            if top >= end >> 6:
                return 0
            summary = state.ladder_summary[top]
        at = (top << 6) + ctz(summary)
        word = state.ladder_words[at]
    chunk = (at << 6) + ctz(word)
    page = _page_of(state, chunk)
    i = ctz(state.page_summary[page])
    word = state.page_words[page * WORDS_PER_PAGE + i]
    return ((chunk - base) << CHUNK_BITS) + (i << 6) + ctz(word)


@inlined
def next_below(state, ladder, price_ticks):
    """Return the highest used price below `price_ticks` (1 .. 2**31), 0 if there is none.

    All in ticks. O(1) in practice: four words, or one more for each 2**24 ticks of empty range.
    """
    last = price_ticks - 1
    base = ladder * state.engine[0]["chunks_per_ladder"]
    chunk = base + (last >> CHUNK_BITS)
    page = _page_of(state, chunk)
    i = (last >> 6) & 63
    word = bits_to(state.page_words[page * WORDS_PER_PAGE + i], last & 63)
    if word != 0:
        return (last >> 6 << 6) + 63 - clz(word)
    if i > 0:
        summary = bits_to(state.page_summary[page], i - 1)
        if summary != 0:
            i = 63 - clz(summary)
            word = state.page_words[page * WORDS_PER_PAGE + i]
            return (last >> CHUNK_BITS << CHUNK_BITS) + (i << 6) + 63 - clz(word)
    return _chunk_below(state, base, chunk - 1)


@kernel
def _chunk_below(state, base, chunk):
    """Return the highest used price of the global chunks `chunk` and below, 0 if there is none."""
    if chunk < base:
        return 0
    at = chunk >> 6
    word = bits_to(state.ladder_words[at], chunk & 63)
    if word == 0:
        at -= 1
        if at < base >> 6:
            return 0
        top = at >> 6
        summary = bits_to(state.ladder_summary[top], at & 63)
        while summary == 0:
            top -= 1
            if top < base >> 12:
                return 0
            summary = state.ladder_summary[top]
        at = (top << 6) + 63 - clz(summary)
        word = state.ladder_words[at]
    chunk = (at << 6) + 63 - clz(word)
    page = _page_of(state, chunk)
    i = 63 - clz(state.page_summary[page])
    word = state.page_words[page * WORDS_PER_PAGE + i]
    return ((chunk - base) << CHUNK_BITS) + (i << 6) + 63 - clz(word)
