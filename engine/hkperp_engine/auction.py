"""The call auction's price, and who trades next in an uncross (docs/book.md section 11).

A *crossed* book has a bid at or above an ask. Wanted at a price are the lots of all bids at or
above it, offered the lots of all asks at or below it; the smaller of the two can trade there. Both
change at occupied prices only, so in a gap between two of them every price is as good as the next,
and the one nearest to the reference stands for all.

Nothing here changes the book.
"""

from hkperp_engine.codes import Side
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.ladder import level_at, next_above, next_below

__all__ = ["auction_price", "next_pair"]


@kernel
def _level_lots(state, ladder, price_ticks):
    """Return all open lots of a price (ticks) of a ladder, hidden ones included. O(1)."""
    return int(state.levels[level_at(state, ladder, price_ticks)]["lots"])


@kernel
def _lots_from(state, ladder, best_ticks, limit_ticks):
    """Return the lots of all bids from the best price down to a limit (ticks). O(levels)."""
    lots = 0
    price_ticks = best_ticks
    while price_ticks >= limit_ticks:
        lots += _level_lots(state, ladder, price_ticks)
        price_ticks = next_below(state, ladder, price_ticks)
    return lots


@kernel
def _next_level(state, contract, price_ticks):
    """Return the lowest price (ticks) above a given one that has a bid or an ask. O(1).

    There is a bid above it.
    """
    bid_ticks = next_above(state, 2 * contract + Side.BUY, price_ticks)
    ask_ticks = next_above(state, 2 * contract + Side.SELL, price_ticks)
    if ask_ticks == 0:
        return bid_ticks
    return min(bid_ticks, ask_ticks)


@kernel
def _is_better(volume, surplus, distance, best_volume, best_surplus, best_distance):
    """Tell whether a price beats the best one below it: lots, lots left over, ticks away. O(1).

    A tie goes to the lower price, which is the best one so far. There is none in fact: prices
    alike in lots are neighbours, so one of them is nearest.
    """
    if volume != best_volume:
        return volume > best_volume
    if abs(surplus) != abs(best_surplus):
        return abs(surplus) < abs(best_surplus)
    return distance < best_distance


@kernel
def auction_price(state, contract, reference_ticks):
    """Return (price_ticks, volume, surplus): where most lots of a crossed book trade (MAT-062).

    `volume`: lots that can trade there; `surplus`: lots wanted - lots offered there.
    `reference_ticks` breaks the last tie but one; 0, no reference, is the same as 1. (0, 0, 0) if
    the book is not crossed. O(levels from the best ask to the best bid).

    Bid 5 @103, ask 5 @100, reference 102: (102, 5, 0), although nobody stands at 102.
    """
    book = state.books[contract]
    bid_ticks = int(book["bid_ticks"])
    price = int(book["ask_ticks"])
    if price == 0 or bid_ticks < price:
        return 0, 0, 0
    # Fewer than 2**31 orders (slots are int32) of fewer than 2**31 lots each: both sums stay below
    # 2**62, their difference between -2**62 and 2**62.
    bids, asks = 2 * contract + Side.BUY, 2 * contract + Side.SELL
    wanted = _lots_from(state, bids, bid_ticks, price)
    offered = 0
    best_price, best_volume, best_surplus, best_distance = 0, 0, 0, 0
    while True:
        offered += _level_lots(state, asks, price)
        volume, distance = min(wanted, offered), abs(price - reference_ticks)
        surplus = wanted - offered
        if _is_better(volume, surplus, distance, best_volume, best_surplus, best_distance):
            best_price, best_volume = price, volume
            best_surplus, best_distance = surplus, distance
        if price == bid_ticks:
            break
        wanted -= _level_lots(state, bids, price)
        after = _next_level(state, contract, price)
        if CHECKED:
            assert price < after <= bid_ticks
        if after > price + 1:
            inside = min(max(reference_ticks, price + 1), after - 1)
            volume, distance = min(wanted, offered), abs(inside - reference_ticks)
            surplus = wanted - offered
            if _is_better(volume, surplus, distance, best_volume, best_surplus, best_distance):
                best_price, best_volume = inside, volume
                best_surplus, best_distance = surplus, distance
        price = after
    if CHECKED:
        assert best_volume > 0
    return best_price, best_volume, best_surplus


@kernel
def next_pair(state, contract, price_ticks):
    """Return (bid_slot, ask_slot): the first of each side in priority, clients first (MAT-063).

    (0, 0) unless both best prices are at the auction price (ticks) or better. O(1).
    """
    book = state.books[contract]
    bid_ticks = int(book["bid_ticks"])
    ask_ticks = int(book["ask_ticks"])
    if bid_ticks < price_ticks or ask_ticks == 0 or ask_ticks > price_ticks:
        return 0, 0
    bid_slot = _first(state, 2 * contract + Side.BUY, bid_ticks)
    ask_slot = _first(state, 2 * contract + Side.SELL, ask_ticks)
    if CHECKED:
        assert bid_slot != 0
        assert ask_slot != 0
    return bid_slot, ask_slot


@kernel
def _first(state, ladder, price_ticks):
    """Return the slot of the first order of an occupied price (ticks) of a ladder. O(1)."""
    level = state.levels[level_at(state, ladder, price_ticks)]
    slot = int(level["client_head"])
    if slot == 0:
        slot = int(level["affiliate_head"])
    return slot
