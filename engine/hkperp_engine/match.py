"""Matching: the order that is trading against the other side, in the order of docs/book.md.

`match` moves lots and writes FILL rows; it writes no events and knows no money. Between two calls
the house may settle the rows and may shrink or remove resting reduce-only orders.
"""

from hkperp_engine.book import best_opposite, queue_head, reduce_order, remove_order
from hkperp_engine.codes import Event, OrderFlag, SelfTrade, Side
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.ladder import level_at, next_above, next_below
from hkperp_engine.layout import Trait
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = [
    "describe_maker",
    "fok_is_fillable",
    "lots_for_notional",
    "match",
    "prevent",
    "would_trade",
]

#: More than any notional, ticks * lots.
NOTIONAL_MAX = 2**62

#: What a maker's fill can set off: its next slice, its partner's end, its owner's protection.
_TRAITS_OF_FILL = Trait.ICEBERG | Trait.PAIRED | Trait.QUOTE


@inlined
def would_trade(state, contract, side, price_ticks):
    """Tell whether an order of `side` limited to `price_ticks` meets the other side. O(1)."""
    best = best_opposite(state, contract, side)
    if side == Side.BUY:
        return 0 < best <= price_ticks
    return best >= price_ticks


@kernel
def fok_is_fillable(state):
    """Tell whether the order that is to trade can be filled whole (MAT-020).

    Walks the makers in priority order until enough is found: O(makers walked). Changes nothing.
    """
    lots_left = int(state.taker[0]["lots_left"])
    return _walk(state, lots_left, NOTIONAL_MAX) == lots_left


@kernel
def lots_for_notional(state, notional):
    """Return the most lots whose price * lots, ticks * lots, is not above `notional` (MAT-021).

    At the prices the order in `state.taker` would meet, down to its limit, at most `lots_max`; the
    walk ends at the first maker that is not taken whole. 0 if none. O(makers walked).

    Asks 2 @100, 5 @101, notional 403: 2 lots are worth 200, two more 202: 4.
    """
    contract = int(state.taker[0]["contract"])
    return _walk(state, int(state.books[contract]["lots_max"]), notional)


@kernel
def _walk(state, wanted, notional):
    """Return how many lots of others the taker meets, up to `wanted` lots and to `notional`.

    Makers in priority order, within `taker.limit_ticks`; reduce-only ones are not counted, an own
    one ends the walk except in CANCEL_OLDEST. `wanted` < 2**31, so price * lots < 2**62.
    """
    taker = state.taker[0]
    contract = int(taker["contract"]) & ROW_MASK
    side = int(taker["side"])
    limit_ticks = int(taker["limit_ticks"])
    found = 0
    ladder = 2 * contract + 1 - side
    price_ticks = best_opposite(state, contract, side)
    while price_ticks != 0:
        if (side == Side.BUY and price_ticks > limit_ticks) or (
            side == Side.SELL and price_ticks < limit_ticks
        ):
            return found
        level = state.levels[level_at(state, ladder, price_ticks)]
        for priority_class in range(2):
            slot = queue_head(level, priority_class)
            while slot != 0:
                maker = state.orders[slot]
                if maker["owner"] != taker["owner"]:
                    if maker["flags"] & OrderFlag.REDUCE_ONLY == 0:
                        lots = min(int(maker["lots_left"]), wanted - found)
                        lots = min(lots, notional // price_ticks)
                        found += lots
                        notional -= lots * price_ticks
                        if found == wanted or lots < maker["lots_left"]:
                            return found
                elif taker["stp"] != SelfTrade.CANCEL_OLDEST:
                    return found
                slot = int(maker["next"]) & ROW_MASK
        if side == Side.BUY:
            price_ticks = next_above(state, ladder, price_ticks)
        else:
            price_ticks = next_below(state, ladder, price_ticks)
    return found


@inlined
def match(state, fills_max):
    """Trade `state.taker` against the other side: best price, then class, then time.

    Parameters
    ----------
    state : the book; makers leave or shrink at once, `taker.lots_left` goes down
    fills_max : int64, most FILL rows to write, 1 .. FILL_ROWS

    Returns
    -------
    fill_count : rows written, from `fills[0]`
    more : bool, True if it stopped while it could still trade: use the rows, then call again

    A resting reduce-only order, or one with traits on either side, gets a row of its own, in a
    call of its own: more may follow from its fill. So the result does not depend on `fills_max`.
    Each row takes a maker away except the last of a sweep; O(rows).
    """
    taker = state.taker[0]
    contract = int(taker["contract"]) & ROW_MASK
    side = int(taker["side"])
    limit_ticks = int(taker["limit_ticks"])
    ladder = 2 * contract + 1 - side
    book = state.books[contract]
    market = state.markets[contract]
    count = 0
    taker_traits = int(taker["traits"])
    if CHECKED:
        assert 0 < fills_max <= state.fills.size
    while taker["lots_left"] > 0 and would_trade(state, contract, side, limit_ticks):
        if count == fills_max:
            return count, True
        price_ticks = int(best_opposite(state, contract, side))
        level = state.levels[level_at(state, ladder, price_ticks)]
        slot = int(level["client_head"]) & ROW_MASK
        if slot == 0:
            slot = int(level["affiliate_head"]) & ROW_MASK
        maker = state.orders[slot]
        traits = int(maker["traits"])
        is_alone = (maker["flags"] & OrderFlag.REDUCE_ONLY) | traits | taker_traits != 0
        if is_alone and count > 0:
            return count, True
        fill = state.fills[count]
        count += 1
        describe_maker(fill, maker, price_ticks)
        lots = min(int(taker["lots_left"]), int(maker["lots_left"]))
        if maker["owner"] == taker["owner"]:
            prevent(state, slot, fill, lots)
        else:
            if traits & Trait.ICEBERG != 0:
                lots = min(lots, int(state.extras[slot]["shown_lots"]))
                state.extras[slot]["shown_lots"] -= lots
            left = int(maker["lots_left"]) - lots
            fill["kind"] = Event.TRADE
            fill["lots"] = lots
            fill["lots_left"] = left
            if traits != 0 and left > 0:
                fill["slot"] = slot
            taker["lots_left"] -= lots
            taker["traded_lots"] += lots
            maker["traded_lots"] += lots
            book["trade_count"] += 1
            market["last_ticks"] = price_ticks
            if market["first_ticks"] == 0:
                market["first_ticks"] = price_ticks
            reduce_order(state, slot, lots)
        fill["taker_lots_left"] = taker["lots_left"]
        if is_alone:
            break
    return count, taker["lots_left"] > 0 and would_trade(state, contract, side, limit_ticks)


@inlined
def describe_maker(fill, maker, trade_ticks):
    """Write what a FILL row says of the maker, an ORDER row, before the fill. O(1).

    `trade_ticks`: the price of the trade, if it is one. `slot`, `taker_lots` are 0.
    """
    fill["order_id"] = maker["order_id"]
    fill["price_ticks"] = maker["price_ticks"]
    fill["trade_ticks"] = trade_ticks
    fill["traits"] = maker["traits"] & _TRAITS_OF_FILL
    fill["slot"] = 0
    fill["mark_ticks"] = maker["mark_ticks"]
    fill["contract"] = maker["contract"]
    fill["side"] = maker["side"]
    fill["wallet"] = maker["wallet"]
    fill["flags"] = maker["flags"]
    fill["priority_class"] = maker["priority_class"]
    fill["taker_lots"] = 0


@kernel
def prevent(state, slot, fill, lots):
    """Self-trade prevention (SURV-03) between the taker and the maker `slot`, into a FILL row.

    `lots` is the smaller open quantity of the two. O(1) expected.
    """
    taker = state.taker[0]
    mode = taker["stp"]
    open_lots = int(state.orders[slot]["lots_left"])
    if mode == SelfTrade.CANCEL_NEWEST:
        fill["kind"] = Event.NONE
        fill["lots"] = 0
        fill["lots_left"] = open_lots
        fill["taker_lots"] = taker["lots_left"]
    elif mode == SelfTrade.DECREMENT:
        left = open_lots - lots
        fill["kind"] = Event.ORDER_REDUCED if left > 0 else Event.ORDER_CANCELLED
        fill["lots"] = lots
        fill["lots_left"] = left
        fill["taker_lots"] = lots
        reduce_order(state, slot, lots)
    else:
        fill["kind"] = Event.ORDER_CANCELLED
        fill["lots"] = open_lots
        fill["lots_left"] = 0
        if mode == SelfTrade.CANCEL_BOTH:
            fill["taker_lots"] = taker["lots_left"]
        remove_order(state, slot)
    taker["lots_left"] -= fill["taker_lots"]
