"""The stand-alone book's memory: one int64 arena, its sections, its growth.

Word 2 i of the arena says where section i starts, word 2 i + 1 where it stops, in words; every
section starts on a cache line. Memory that no order ever touched is never mapped: the arena comes
zeroed from the operating system, and zero means empty everywhere.
"""

from typing import NamedTuple

import numpy as np

from hkperp_engine.arena_state import state_opener
from hkperp_engine.ladder import CHUNKS_ALIGN, WORDS_PER_PAGE
from hkperp_engine.layout import (
    BOOK,
    CHUNK_BITS,
    CHUNK_LEVELS,
    COMMAND,
    ENGINE,
    EVENT,
    EXTRA,
    FILL,
    FILL_ROWS,
    HISTORY_ROWS,
    IDENTITY,
    INTERNAL_ROWS,
    LEVEL,
    MARKET,
    MEMBER,
    ORDER,
    OWNER,
    PROTECTED_FILL,
    PROTECTED_FILLS_MAX,
    PROTECTION,
    PROTECTIONS_MAX,
    STOP,
    TAKER,
    TIMER,
)
from hkperp_engine.timers import TIMER_NEVER
from hkperp_engine.worklist import FRAME, FRAMES_MAX

__all__ = ["BookState", "Sizes", "chunks_for", "grown", "new_arena", "open_book", "set_rules"]

_WORD = np.dtype("<i8")
_HALF_WORD = np.dtype("<i4")
#: Words of the header: room for 64 sections.
_HEADER_WORDS = 128
_LINE_WORDS = 8


class BookState(NamedTuple):
    """Views of the sections of a book's arena, in this order: what the kernels call `state`."""

    engine: np.ndarray
    books: np.ndarray
    orders: np.ndarray
    levels: np.ndarray
    directory: np.ndarray
    page_words: np.ndarray
    page_summary: np.ndarray
    ladder_words: np.ndarray
    ladder_summary: np.ndarray
    identities: np.ndarray
    owners: np.ndarray
    taker: np.ndarray
    fills: np.ndarray
    events: np.ndarray
    markets: np.ndarray
    stops: np.ndarray
    extras: np.ndarray
    members: np.ndarray
    timers: np.ndarray
    history: np.ndarray
    protections: np.ndarray
    protected_fills: np.ndarray
    internal: np.ndarray
    frames: np.ndarray


class Sizes(NamedTuple):
    """What an arena has room for; `chunks` are those of one ladder (`chunks_for`)."""

    contracts: int
    wallets: int
    chunks: int
    orders: int
    pages: int
    ring: int

    def sections(self):
        """Return (dtype, rows) of each section, in the order of BookState."""
        # Two ladders of orders for each contract, then six of triggers (triggers.py).
        chunks = 8 * self.contracts * self.chunks
        pages = self.pages + 1
        identities = 1 << max(2 * self.orders - 1, 3).bit_length()
        return (
            (ENGINE, 1),
            (BOOK, self.contracts),
            (ORDER, self.orders + 1),
            (LEVEL, pages * CHUNK_LEVELS),
            (_HALF_WORD, chunks),
            (_WORD, pages * WORDS_PER_PAGE),
            (_WORD, pages),
            (_WORD, chunks >> 6),
            (_WORD, chunks >> 12),
            (IDENTITY, identities),
            (OWNER, self.wallets),
            (TAKER, 1),
            (FILL, FILL_ROWS),
            (EVENT, self.ring),
            (MARKET, self.contracts),
            (STOP, 3 * self.contracts),
            (EXTRA, self.orders + 1),
            (MEMBER, self.wallets),
            (TIMER, self.orders + self.wallets + self.contracts + 1),
            (_WORD, HISTORY_ROWS * self.contracts),
            (PROTECTION, PROTECTIONS_MAX + 1),
            (PROTECTED_FILL, (PROTECTIONS_MAX + 1) * PROTECTED_FILLS_MAX),
            (COMMAND, INTERNAL_ROWS),
            (FRAME, FRAMES_MAX),
        )


def chunks_for(price_ticks_max):
    """Return the chunks of a ladder for prices up to `price_ticks_max` (ticks), rounded up."""
    # One tick more: the search above the highest price looks there.
    chunks = ((price_ticks_max + 1) >> CHUNK_BITS) + 1
    return -(-chunks // CHUNKS_ALIGN) * CHUNKS_ALIGN


def new_arena(sizes):
    """Return an empty arena: everything 0 but the header, `chunks_per_ladder`, the next timer."""
    bounds = []
    words = _HEADER_WORDS
    for dtype, count in sizes.sections():
        stop = words + -(-count * dtype.itemsize // 8)
        bounds += [words, stop]
        words = -(-stop // _LINE_WORDS) * _LINE_WORDS
    raw = np.zeros(words + _LINE_WORDS, np.int64)
    skip = -(raw.ctypes.data // 8) % _LINE_WORDS
    arena = raw[skip : skip + words]
    arena[: len(bounds)] = bounds
    engine = arena[bounds[0] : bounds[1]].view(ENGINE)
    engine["chunks_per_ladder"] = sizes.chunks
    engine["next_timer_ns"] = TIMER_NEVER
    return arena


_DTYPES = tuple(dtype for dtype, _ in Sizes(1, 1, 1, 1, 1, 1).sections())


#: The BookState of an arena, for Python and for doors; it must not outlive the arena.
open_book = state_opener(BookState, _DTYPES)


def set_rules(state, contract_rules, book_rules):
    """Write rules into a new state: ContractRules of each contract in order, and BookRules."""
    for market, rules in zip(state.markets, contract_rules, strict=True):
        for name in rules._fields:
            market[name] = getattr(rules, name)
        market["is_limited"] = any(
            (rules.order_lots_max, rules.order_notional_max, rules.price_band_ppb)
        )
    engine = state.engine[0]
    for name in ("triggers_max", "open_orders_max", "messages_max", "message_window_ns"):
        engine[name] = getattr(book_rules, name)
    engine["day_start_ns"] = book_rules.day_start_ns
    engine["is_rate_exempt"] = book_rules.rate_exempt


#: Sections that are copied whole when a pool is made larger: none of them grows.
_SMALL = (
    "engine books owners taker fills markets stops members history protections protected_fills"
    " internal frames"
).split()


def grown(arena, sizes):
    """Return a larger arena with the contents of `arena`; the id table is left to be filled."""
    return grown_sections(arena, sizes, open_book)


def grown_sections(arena, sizes, views_of):
    """Return a larger arena with the book's sections copied; `views_of(arena)` makes its views.

    The events are not copied: the ring is empty when a pool is made larger. O(orders used +
    occupied levels): only levels' memory that holds something is touched.
    """
    larger = new_arena(sizes)
    old, new = views_of(arena), views_of(larger)
    for name in _SMALL:
        getattr(new, name)[:] = getattr(old, name)
    nodes = int(old.engine["timer_count"][0]) + 1
    new.timers[:nodes] = old.timers[:nodes]
    there = np.flatnonzero(old.ladder_words)  # the others stay untouched, hence unmapped
    new.ladder_words[there] = old.ladder_words[there]
    new.ladder_summary[:] = old.ladder_summary
    _copy_used(new.directory, old.directory, old.ladder_words)
    used = int(old.engine["order_used"][0]) + 1
    new.orders[:used] = old.orders[:used]
    special = np.flatnonzero(old.orders["traits"][:used])
    new.extras[special] = old.extras[special]
    pages = int(old.engine["page_used"][0]) + 1
    new.page_summary[:pages] = old.page_summary[:pages]
    words = pages * WORDS_PER_PAGE
    new.page_words[:words] = old.page_words[:words]
    _copy_used(new.levels, old.levels, old.page_words[:words])
    return larger


def _copy_used(new, old, words):
    """Copy the blocks of 64 rows whose word in `words` is not 0; the others hold nothing."""
    block = np.dtype((np.void, 64 * old.itemsize))
    used = np.flatnonzero(words)
    new.view(block)[used] = old.view(block)[used]
