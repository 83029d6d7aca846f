"""Rows of the book and of the wire: named dtypes, all 64 bytes unless said otherwise.

Money never appears here. Slots and pages count from 1: 0 means none, so that memory that was
never touched is an empty book. Prices are ticks, quantities lots, times ns since epoch.
"""

import numpy as np

__all__ = [
    "BOOK",
    "CHUNK_BITS",
    "CHUNK_LEVELS",
    "COMMAND",
    "ENGINE",
    "EVENT",
    "FILL",
    "FILL_ROWS",
    "IDENTITY",
    "LEVEL",
    "ORDER",
    "OWNER",
    "TAKER",
]

#: A page of the price ladder holds 2**12 neighbouring prices: 64 words of 64 bits.
CHUNK_BITS = 12
CHUNK_LEVELS = 1 << CHUNK_BITS

#: Rows of the fill scratch: the most fills matched before they are settled.
FILL_ROWS = 16

#: One instruction, as it comes from outside: nothing in it is trusted.
#: `target` is the other party or thing a kind names: asset, index source, second wallet.
#: `tag` comes back in the refusal. `order_type`, `tif`, `flags`, `stp`: see codes.
COMMAND = np.dtype(
    [
        ("time_ns", "<i8"),
        ("contract", "<i2"),
        ("kind", "i1"),
        ("side", "i1"),
        ("order_type", "i1"),
        ("tif", "i1"),
        ("flags", "i1"),
        ("stp", "i1"),
        ("wallet", "<i4"),
        ("target", "<i4"),
        ("order_id", "<i8"),
        ("price_ticks", "<i8"),
        ("lots", "<i8"),
        ("amount", "<i8"),
        ("tag", "<i8"),
    ]
)

#: One thing that happened; fields that a kind does not use are 0.
EVENT = np.dtype(
    [
        ("sequence", "<i8"),
        ("time_ns", "<i8"),
        ("kind", "<i2"),
        ("code", "<i2"),
        ("contract", "<i2"),
        ("flags", "<i2"),
        ("wallet", "<i4"),
        ("counter_wallet", "<i4"),
        ("order_id", "<i8"),
        ("counter_order_id", "<i8"),
        ("price_ticks", "<i4"),
        ("lots", "<i4"),
        ("amount", "<i8"),
    ]
)

#: A resting order. `mark_ticks`: mark at acceptance (what its margin was taken on).
#: `next`/`prev`: its queue; `wallet_next`/`wallet_prev`: all orders of its wallet.
ORDER = np.dtype(
    [
        ("order_id", "<i8"),
        ("sequence", "<i8"),
        ("price_ticks", "<i4"),
        ("mark_ticks", "<i4"),
        ("lots_left", "<i4"),
        ("wallet", "<i4"),
        ("owner", "<i4"),
        ("next", "<i4"),
        ("prev", "<i4"),
        ("wallet_next", "<i4"),
        ("wallet_prev", "<i4"),
        ("contract", "<i2"),
        ("side", "i1"),
        ("priority_class", "i1"),
        ("flags", "i1"),
        ("stp", "i1"),
        ("padding", "<i2"),
        ("spare", "<i4"),
    ]
)

#: A price level (32 bytes): two queues, clients' first (AFMM-01), and their total.
LEVEL = np.dtype(
    [
        ("client_head", "<i4"),
        ("client_tail", "<i4"),
        ("affiliate_head", "<i4"),
        ("affiliate_tail", "<i4"),
        ("lots", "<i8"),
        ("order_count", "<i4"),
        ("padding", "<i4"),
    ]
)

#: A wallet as the book knows it (16 bytes). `owner`: beneficial owner, for self-trade prevention.
OWNER = np.dtype(
    [("order_head", "<i4"), ("order_count", "<i4"), ("owner", "<i4"), ("priority_class", "<i4")]
)

#: Slot of a live order id: one cell (16 bytes) of the open-addressing table; slot 0 is empty.
IDENTITY = np.dtype([("order_id", "<i8"), ("slot", "<i8")])

#: One contract's book (64 bytes). Best prices are 0 where a side is empty.
BOOK = np.dtype(
    [
        ("bid_ticks", "<i8"),
        ("ask_ticks", "<i8"),
        ("order_count", "<i8"),
        ("bid_levels", "<i8"),
        ("ask_levels", "<i8"),
        ("price_ticks_max", "<i8"),
        ("lots_max", "<i8"),
        ("trade_count", "<i8"),
    ]
)

#: The order that is trading now. `mark_ticks`: mark at acceptance. `slot`: the
#: pool's row it keeps while it trades if it is an amended order, else 0. `order_id` 0: nobody.
TAKER = np.dtype(
    [
        ("order_id", "<i8"),
        ("price_ticks", "<i8"),
        ("lots_left", "<i8"),
        ("mark_ticks", "<i4"),
        ("wallet", "<i4"),
        ("owner", "<i4"),
        ("contract", "<i2"),
        ("side", "i1"),
        ("priority_class", "i1"),
        ("flags", "i1"),
        ("stp", "i1"),
        ("tif", "i1"),
        ("is_liquidation", "i1"),
        ("padding_word", "<i4"),
        ("lots_total", "<i8"),
        ("slot", "<i8"),
    ]
)

#: What the match did to one maker: traded with it, cancelled it or decremented it (self-trade).
#: `kind` is Event.TRADE, ORDER_CANCELLED or ORDER_REDUCED (NONE: nothing happened to the maker);
#: `lots`: traded or taken out; `lots_left`: the maker's afterwards. `taker_lots`: what the taker
#: loses without a trade (self-trade), `taker_lots_left`: what it then has.
FILL = np.dtype(
    [
        ("order_id", "<i8"),
        ("lots", "<i8"),
        ("lots_left", "<i8"),
        ("price_ticks", "<i8"),
        ("mark_ticks", "<i4"),
        ("contract", "<i2"),
        ("side", "i1"),
        ("padding", "i1"),
        ("wallet", "<i4"),
        ("kind", "<i2"),
        ("flags", "i1"),
        ("priority_class", "i1"),
        ("taker_lots", "<i8"),
        ("taker_lots_left", "<i8"),
    ]
)

#: Counters of the book: what is used of each pool, and the event ring.
ENGINE = np.dtype(
    [
        ("sequence", "<i8"),
        ("now_ns", "<i8"),
        ("events_used", "<i8"),
        ("order_free", "<i8"),
        ("order_used", "<i8"),
        ("order_count", "<i8"),
        ("page_free", "<i8"),
        ("page_used", "<i8"),
        ("page_count", "<i8"),
        ("chunks_per_ladder", "<i8"),
        ("order_sequence", "<i8"),
        ("fill_count", "<i8"),
        ("spare", "<i8", (4,)),
    ]
)

assert COMMAND.itemsize == 64, COMMAND.itemsize
assert EVENT.itemsize == 64, EVENT.itemsize
assert ORDER.itemsize == 64, ORDER.itemsize
assert LEVEL.itemsize == 32, LEVEL.itemsize
assert OWNER.itemsize == IDENTITY.itemsize == 16
assert BOOK.itemsize == TAKER.itemsize == FILL.itemsize == 64, (TAKER.itemsize, FILL.itemsize)
assert ENGINE.itemsize == 128, ENGINE.itemsize
