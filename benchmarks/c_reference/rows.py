"""The memory of the C book and of the C house: rows and sections, made here, filled from hkperp.

These rows are those of hkperp's plain book and of its house as measured for decision 0015. They
stay as they are when hkperp's grow by a feature: the C time then stands for the algorithm without.
Commands and events are hkperp's own rows. Word 2 i of the arena says where section i starts, word
2 i + 1 where it stops.
"""

import numpy as np

__all__ = ["ROWS", "SECTIONS", "open_arena", "new_arena"]

CHUNK_BITS = 12
FILL_ROWS = 16
TIERS_MAX = 8
_LINE_WORDS = 8
_HEADER_WORDS = 128
_CHUNKS_ALIGN = 64 * 64
_FRAMES = 16


def _row(*groups: tuple[str, str]) -> np.dtype:
    """Return a record dtype of (kind, names) groups; `i8*4` is an array of four."""
    fields = []
    for kind, names in groups:
        base, _, count = kind.partition("*")
        for name in names.split():
            fields.append((name, "<" + base, (int(count),)) if count else (name, "<" + base))
    return np.dtype(fields)


ENGINE = _row(
    (
        "i8",
        "sequence now_ns events_used order_free order_used order_count page_free "
        "page_used page_count chunks_per_ladder order_sequence fill_count ",
    ),
    ("i8*4", "spare"),
)

BOOK = _row(
    (
        "i8",
        "bid_ticks ask_ticks order_count bid_levels ask_levels price_ticks_max lots_max "
        "trade_count ",
    ),
)

ORDER = _row(
    ("i8", "order_id sequence"),
    ("i4", "price_ticks mark_ticks lots_left wallet owner next prev wallet_next wallet_prev"),
    ("i2", "contract"),
    ("i1", "side priority_class flags stp"),
    ("i2", "padding"),
    ("i4", "spare"),
)

LEVEL = _row(
    ("i4", "client_head client_tail affiliate_head affiliate_tail"),
    ("i8", "lots"),
    ("i4", "order_count padding"),
)

OWNER = _row(
    ("i4", "order_head order_count owner priority_class"),
)

IDENTITY = _row(
    ("i8", "order_id slot"),
)

TAKER = _row(
    ("i8", "order_id price_ticks lots_left"),
    ("i4", "mark_ticks wallet owner"),
    ("i2", "contract"),
    ("i1", "side priority_class flags stp tif is_liquidation"),
    ("i4", "padding_word"),
    ("i8", "lots_total slot"),
)

FILL = _row(
    ("i8", "order_id lots lots_left price_ticks"),
    ("i4", "mark_ticks"),
    ("i2", "contract"),
    ("i1", "side padding"),
    ("i4", "wallet"),
    ("i2", "kind"),
    ("i1", "flags priority_class"),
    ("i8", "taker_lots taker_lots_left"),
)

HOUSE = _row(
    (
        "i8",
        "close_out_ppb loss_sharing sample_interval_ns cycle_interval_ns next_sample_ns "
        "next_cycle_ns funding_timer_ns step loss_count cycle_count deficit claims_used "
        "claims_paid frame_count is_broken cycle_given_platform cycle_given_rounding "
        "has_deleveraged has_traded next_due_ns spare_room spare_last spare_line "
        "spare_end ",
    ),
)

CONTRACT = _row(
    (
        "i8",
        "tick_value price_ticks_max lots_max oi_cap_lots maker_fee_ppb taker_fee_ppb "
        "liquidation_fee_ppb collar_ppb liquidation_collar_ppb participation_ppb "
        "terms_hash tier_count state open_interest buy_lots sell_lots ",
    ),
)

TIER = _row(
    ("i8", "floor_quote im_ppb mm_ppb im_deduction_quote mm_deduction_quote"),
)

WALLET = _row(
    ("i8", "cash pending valid_until_ns asset_mask contract_mask reduced_step"),
    ("i2", "investor_class account_flags state is_in_deficit"),
    ("i8", "spare"),
)

POSITION = _row(
    ("i4", "lots buy_lots sell_lots reduce_only_count"),
    ("i8", "cost entry_cost buy_value sell_value order_loss order_fee"),
)

FRAME = _row(
    (
        "i8",
        "kind wallet contract stage cursor mode amount loss_id count total done more lots "
        "mask spare spare_word ",
    ),
)

RATES = _row(("i8", "mark_good_ticks mark_is_stale"))

ROWS = {
    "ENGINE": ENGINE,
    "BOOK": BOOK,
    "ORDER": ORDER,
    "LEVEL": LEVEL,
    "IDENTITY": IDENTITY,
    "OWNER": OWNER,
    "TAKER": TAKER,
    "FILL": FILL,
    "HOUSE": HOUSE,
    "CONTRACT": CONTRACT,
    "TIER": TIER,
    "WALLET": WALLET,
    "POSITION": POSITION,
    "RATES": RATES,
    "FRAME": FRAME,
}

_WORD, _HALF_WORD = np.dtype("<i8"), np.dtype("<i4")

#: Sections in the order of the arena.
SECTIONS = {
    "engine": ENGINE,
    "books": BOOK,
    "orders": ORDER,
    "levels": LEVEL,
    "directory": _HALF_WORD,
    "page_words": _WORD,
    "page_summary": _WORD,
    "ladder_words": _WORD,
    "ladder_summary": _WORD,
    "identities": IDENTITY,
    "owners": OWNER,
    "taker": TAKER,
    "fills": FILL,
    "events": np.dtype("V64"),
    "house": HOUSE,
    "contracts": CONTRACT,
    "tiers": TIER,
    "wallets": WALLET,
    "positions": POSITION,
    "rates": RATES,
    "frames": FRAME,
}


def new_arena(
    price_ticks_max: int, wallets: int, orders: int, pages: int, ring: int
) -> np.ndarray:
    """Return an empty arena for one contract: all 0 but the header and the size of a ladder."""
    chunks = ((price_ticks_max + 1) >> CHUNK_BITS) + 1
    chunks = -(-chunks // _CHUNKS_ALIGN) * _CHUNKS_ALIGN
    counts = dict.fromkeys(SECTIONS, 1)
    counts |= {"orders": orders + 1, "levels": (pages + 1) << CHUNK_BITS, "directory": 2 * chunks}
    counts |= {"page_words": (pages + 1) * 64, "page_summary": pages + 1, "events": ring}
    counts |= {"ladder_words": 2 * chunks >> 6, "ladder_summary": 2 * chunks >> 12}
    counts |= {"identities": 1 << (2 * orders - 1).bit_length(), "fills": FILL_ROWS}
    counts |= dict.fromkeys(("owners", "wallets", "positions"), wallets)
    counts |= {"tiers": TIERS_MAX, "frames": _FRAMES}
    bounds, words = [], _HEADER_WORDS
    for name, dtype in SECTIONS.items():
        stop = words + -(-counts[name] * dtype.itemsize // 8)
        bounds += [words, stop]
        words = -(-stop // _LINE_WORDS) * _LINE_WORDS
    raw = np.zeros(words + _LINE_WORDS, np.int64)
    skip = -(raw.ctypes.data // 8) % _LINE_WORDS
    arena = raw[skip : skip + words]
    arena[: len(bounds)] = bounds
    open_arena(arena)["engine"]["chunks_per_ladder"] = chunks
    return arena


def open_arena(arena: np.ndarray) -> dict[str, np.ndarray]:
    """Return views of the sections by name."""
    words = arena[: 2 * len(SECTIONS)].tolist()
    return {
        name: arena[words[2 * i] : words[2 * i + 1]].view(dtype)
        for i, (name, dtype) in enumerate(SECTIONS.items())
    }
