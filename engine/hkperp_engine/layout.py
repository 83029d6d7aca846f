"""Rows of the book and of the wire: named dtypes, all 64 bytes unless said otherwise.

Money never appears here. Slots and pages count from 1: 0 means none, so that memory that was
never touched is an empty book. Prices are ticks, quantities lots, times ns since epoch.
"""

from enum import IntEnum

import numpy as np

__all__ = [
    "BOOK",
    "CHUNK_BITS",
    "CHUNK_LEVELS",
    "COMMAND",
    "ENGINE",
    "EVENT",
    "EXTRA",
    "FILL",
    "FILL_ROWS",
    "HISTORY_ROWS",
    "IDENTITY",
    "INTERNAL_ROWS",
    "LEVEL",
    "MARKET",
    "MEMBER",
    "ORDER",
    "OWNER",
    "PROTECTED_FILL",
    "PROTECTED_FILLS_MAX",
    "PROTECTION",
    "PROTECTIONS_MAX",
    "STOP",
    "TAKER",
    "TIMER",
    "Trait",
]

#: A page of the price ladder holds 2**12 neighbouring prices: 64 words of 64 bits.
CHUNK_BITS = 12
CHUNK_LEVELS = 1 << CHUNK_BITS

#: Commands that the book gives itself: the legs of a mass quote, a fired order.
INTERNAL_ROWS = 2

#: Intervals a contract's price history looks back (MAT-065), and rows of its ring.
HISTORY_ROWS = 64

#: Pairs of wallet and contract with a protection, and fills each may count (MAT-075).
PROTECTIONS_MAX = 256
PROTECTED_FILLS_MAX = 32

#: Rows of the fill scratch: the most fills matched before they are settled.
FILL_ROWS = 16


class Trait(IntEnum):
    """Bits of an order's `traits`: what makes it more than a plain order. It then has an EXTRA
    row, and as a maker it is matched one to a call, since more may follow from its fill.
    """

    ICEBERG = 1
    TIMED = 2
    PAIRED = 4
    WAITING = 8
    FIRED = 16
    QUOTE = 32
    TRAILING = 64
    CONDEMNED = 128


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
        ("traits", "<i2"),
        ("traded_lots", "<i4"),
    ]
)

#: What a plain order does not have (64 bytes); row = the order's slot, used if `traits` is not 0.
#: `rank`: number of first acceptance, or of firing. `partner`: slot of the other of a pair.
#: `timer`: its row in the heap of timers, 0 if none. `trigger_ticks`: also the activation price.
#: `distance`: ticks or ppb. `condemned_next`: the order to be cancelled after this one, `reason`
#: why. `trail_next`/`trail_prev`: active trailing orders of a source in order of activation.
EXTRA = np.dtype(
    [
        ("expiry_ns", "<i8"),
        ("rank", "<i8"),
        ("shown_lots", "<i4"),
        ("display_lots", "<i4"),
        ("partner", "<i4"),
        ("timer", "<i4"),
        ("trigger_ticks", "<i4"),
        ("distance", "<i4"),
        ("extreme_ticks", "<i4"),
        ("observed_ticks", "<i4"),
        ("condemned_next", "<i4"),
        ("trail_next", "<i4"),
        ("trail_prev", "<i4"),
        ("reason", "i1"),
        ("order_type", "i1"),
        ("source", "i1"),
        ("tif", "i1"),
    ]
)

#: A price level (32 bytes): two queues, clients' first (AFMM-01), and their total, hidden lots
#: included. `hidden_count`: orders that show less than all of their lots.
LEVEL = np.dtype(
    [
        ("client_head", "<i4"),
        ("client_tail", "<i4"),
        ("affiliate_head", "<i4"),
        ("affiliate_tail", "<i4"),
        ("lots", "<i8"),
        ("order_count", "<i4"),
        ("hidden_count", "<i4"),
    ]
)

#: A wallet as the book knows it (16 bytes). `owner`: beneficial owner, for self-trade prevention.
OWNER = np.dtype(
    [
        ("order_head", "<i4"),
        ("order_count", "<i4"),
        ("owner", "<i4"),
        ("priority_class", "<i2"),
        ("is_killed", "<i2"),
    ]
)

#: What else the book knows of a wallet (32 bytes). `message_window`: number of the window that
#: `message_count` counts. `timer`: of its countdown, 0 if none. `protection`: its first row.
MEMBER = np.dtype(
    [
        ("message_window", "<i8"),
        ("message_count", "<i8"),
        ("timer", "<i4"),
        ("protection", "<i4"),
        ("session", "<i4"),
        ("padding", "<i4"),
    ]
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

#: State, rules and memory of one contract's market (128 bytes). `last_ticks`: last trade;
#: `first_ticks`: first trade of the sweep in hand, 0 if none. `fired_head`/`fired_tail`: fired
#: orders that were not sent. `is_limited`: some rule of MAT-080 is on. `history_interval`: number
#: of the interval of the last trade, `history_first`: of the first of the history (MAT-065),
#: `pause_timer`: row of the pause's timer, 0 if none. `paused_state`: the state to go back to.
#: `terms_hash`: what the venue's terms of the contract hash to (GAT-022), 0 without a venue.
MARKET = np.dtype(
    [
        ("state", "<i4"),
        ("is_limited", "<i4"),
        ("last_ticks", "<i8"),
        ("first_ticks", "<i8"),
        ("fired_head", "<i4"),
        ("fired_tail", "<i4"),
        ("order_lots_max", "<i8"),
        ("order_notional_max", "<i8"),
        ("price_band_ppb", "<i8"),
        ("volatility_ppb", "<i8"),
        ("lookback_ns", "<i8"),
        ("pause_ns", "<i8"),
        ("history_interval", "<i8"),
        ("history_first", "<i8"),
        ("history_first_ticks", "<i8"),
        ("pause_timer", "<i4"),
        ("paused_state", "<i4"),
        ("terms_hash", "<i8"),
        ("spare", "<i8"),
    ]
)

#: One price source of one contract (64 bytes), row 3 * contract + source: the price known last,
#: the nearest rising and falling trigger (0: none), how many orders wait, and the active trailing
#: sells and buys in order of activation.
STOP = np.dtype(
    [
        ("price_ticks", "<i8"),
        ("rise_ticks", "<i8"),
        ("fall_ticks", "<i8"),
        ("waiting_count", "<i8"),
        ("sell_head", "<i8"),
        ("sell_tail", "<i8"),
        ("buy_head", "<i8"),
        ("buy_tail", "<i8"),
    ]
)

#: A node of the heap of timers (32 bytes), which counts from 1; the least (time, order) first.
#: `order`: kind, then what breaks ties (timers.py). `target`: slot, wallet or contract.
TIMER = np.dtype([("time_ns", "<i8"), ("order", "<i8"), ("target", "<i8"), ("spare", "<i8")])

#: A market maker's protection (64 bytes); rows count from 1. Its fills stand in a ring of their
#: own, `first` the oldest and `count` how many. `next`: the wallet's next row.
PROTECTION = np.dtype(
    [
        ("window_ns", "<i8"),
        ("lots_max", "<i8"),
        ("net_lots_max", "<i8"),
        ("wallet", "<i4"),
        ("contract", "<i4"),
        ("trades_max", "<i4"),
        ("is_frozen", "<i4"),
        ("first", "<i4"),
        ("count", "<i4"),
        ("next", "<i4"),
        ("padding", "<i4"),
        ("spare", "<i8"),
    ]
)

#: A fill that a protection counts (16 bytes): when, and how many lots, sold ones negative.
PROTECTED_FILL = np.dtype([("time_ns", "<i8"), ("lots", "<i8")])

#: The order that is trading now. `mark_ticks`: mark at acceptance. `limit_ticks`: the worst price
#: it may trade at, its limit or the edge of the volatility band. `slot`: the pool's row it keeps
#: while it trades if it is an amended order or has traits, else 0. `order_id` 0: nobody.
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
        ("slot", "<i4"),
        ("limit_ticks", "<i8"),
        ("traded_lots", "<i4"),
        ("traits", "<i2"),
        ("is_auction", "<i2"),
    ]
)

#: What the match did to one maker: traded with it, cancelled it or decremented it (self-trade).
#: `price_ticks` is the maker's limit, `trade_ticks` the trade's price (in an uncross another).
#: `kind` is Event.TRADE, ORDER_CANCELLED or ORDER_REDUCED (NONE: nothing happened to the maker);
#: `lots`: traded or taken out; `lots_left`: the maker's afterwards. `taker_lots`: what the taker
#: loses without a trade (self-trade), `taker_lots_left`: what it then has. `traits`: the maker's
#: that a fill can set off; `slot`: its slot if it has such and is still live, else 0.
FILL = np.dtype(
    [
        ("order_id", "<i8"),
        ("lots", "<i8"),
        ("lots_left", "<i8"),
        ("price_ticks", "<i4"),
        ("trade_ticks", "<i4"),
        ("mark_ticks", "<i4"),
        ("contract", "<i2"),
        ("side", "i1"),
        ("traits", "i1"),
        ("wallet", "<i4"),
        ("kind", "<i2"),
        ("flags", "i1"),
        ("priority_class", "i1"),
        ("taker_lots", "<i8"),
        ("taker_lots_left", "<i4"),
        ("slot", "<i4"),
    ]
)

#: Counters of the book: what is used of each pool, the event ring, and what waits to be done.
#: `condemned_head`/`condemned_tail`: orders to be cancelled first. `fired_count`: fired orders,
#: `fired_sent`: those sent after this command. `internal_first`, `internal_count`: commands the
#: book gives itself. `inner`: 1 while a fired order is done, 2 while a quote's leg is, else 0.
#: `is_capped`: fired orders rest until the next command has been done.
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
        ("inner", "<i8"),
        ("frame_count", "<i8"),
        ("condemned_head", "<i8"),
        ("condemned_tail", "<i8"),
        ("fired_count", "<i8"),
        ("fired_sent", "<i8"),
        ("rank", "<i8"),
        ("internal_first", "<i8"),
        ("internal_count", "<i8"),
        ("is_capped", "<i8"),
        ("timer_count", "<i8"),
        ("next_timer_ns", "<i8"),
        ("protection_count", "<i8"),
        ("is_afmm_suspended", "<i8"),
        ("triggers_max", "<i8"),
        ("open_orders_max", "<i8"),
        ("messages_max", "<i8"),
        ("message_window_ns", "<i8"),
        ("day_start_ns", "<i8"),
        ("is_rate_exempt", "<i8"),
        ("trailing_count", "<i8"),
    ]
)

assert COMMAND.itemsize == 64, COMMAND.itemsize
assert EVENT.itemsize == 64, EVENT.itemsize
assert ORDER.itemsize == 64, ORDER.itemsize
assert LEVEL.itemsize == 32, LEVEL.itemsize
assert OWNER.itemsize == IDENTITY.itemsize == 16
assert BOOK.itemsize == TAKER.itemsize == FILL.itemsize == 64, (TAKER.itemsize, FILL.itemsize)
assert ENGINE.itemsize == 256, ENGINE.itemsize
assert EXTRA.itemsize == STOP.itemsize == PROTECTION.itemsize == 64, EXTRA.itemsize
assert MARKET.itemsize == 128, MARKET.itemsize
assert TIMER.itemsize == MEMBER.itemsize == 32, MEMBER.itemsize
