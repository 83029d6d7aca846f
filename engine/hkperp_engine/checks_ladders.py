"""Invariants of the ladders: pages, bits, levels and queues, of orders and of triggers.

The sentences stand in checks.py. A level of triggers differs from one of orders in two things:
what its orders say of where they stand, and that they bring no lots to it.
"""

from hkperp_engine.book import queue_head, shows_less
from hkperp_engine.codes import OrderFlag, OrderType
from hkperp_engine.kernel import kernel
from hkperp_engine.ladder import WORDS_PER_PAGE
from hkperp_engine.layout import CHUNK_BITS, CHUNK_LEVELS, Trait
from hkperp_engine.primitives import clear_bit, ctz
from hkperp_engine.triggers import direction_of

__all__ = ["check_ladder", "is_zero", "lacks_lots"]


@kernel
def is_zero(level):
    """Tell whether a LEVEL row is all zero. O(1)."""
    return (
        level["client_head"] == 0
        and level["client_tail"] == 0
        and level["affiliate_head"] == 0
        and level["affiliate_tail"] == 0
        and level["lots"] == 0
        and level["order_count"] == 0
        and level["hidden_count"] == 0
    )


@kernel
def check_ladder(state, ladder):
    """BOOK-09 to 16 and 22 to 25 of one ladder, of orders or of triggers.

    Returns (number, pages, levels, orders, lowest price, highest price), prices 0 if empty.
    """
    chunks = int(state.engine[0]["chunks_per_ladder"])
    base = ladder * chunks
    pages = 0
    levels = 0
    orders = 0
    lowest = 0
    highest = 0
    for at in range(base >> 6, (base + chunks) >> 6):
        left = state.ladder_words[at]
        if ((state.ladder_summary[at >> 6] >> (at & 63)) & 1 != 0) != (left != 0):
            return 9, 0, 0, 0, 0, 0
        while left != 0:
            chunk = (at << 6) + ctz(left)
            left = clear_bit(left, chunk & 63)
            first = (chunk - base) << CHUNK_BITS
            page = int(state.directory[chunk])
            broken, more_levels, more_orders, low, high = _check_page(state, page, ladder, first)
            if broken != 0:
                return broken, 0, 0, 0, 0, 0
            pages += 1
            levels += more_levels
            orders += more_orders
            highest = high
            if lowest == 0:
                lowest = low
    return 0, pages, levels, orders, lowest, highest


@kernel
def _check_page(state, page, ladder, first):
    """BOOK-10 to 16 and 22 to 25 of one page, whose lowest price is `first` (ticks).

    Returns (number, levels, orders, lowest price, highest price).
    """
    if not 0 < page <= state.engine[0]["page_used"] or state.page_summary[page] == 0:
        return 9, 0, 0, 0, 0
    levels = 0
    orders = 0
    lowest = 0
    highest = 0
    for i in range(WORDS_PER_PAGE):
        word = state.page_words[page * WORDS_PER_PAGE + i]
        if ((state.page_summary[page] >> i) & 1 != 0) != (word != 0):
            return 10, 0, 0, 0, 0
        for bit in range(64):
            price_ticks = first + (i << 6) + bit
            level = state.levels[page * CHUNK_LEVELS + (i << 6) + bit]
            is_used = (word >> bit) & 1 != 0
            if is_used != (level["order_count"] != 0):
                return 10, 0, 0, 0, 0
            if not is_used:
                if not is_zero(level):
                    return 11, 0, 0, 0, 0
                continue
            broken = _check_level(state, level, ladder, price_ticks)
            if broken != 0:
                return broken, 0, 0, 0, 0
            levels += 1
            orders += int(level["order_count"])
            highest = price_ticks
            if lowest == 0:
                lowest = price_ticks
    return 0, levels, orders, lowest, highest


@kernel
def _check_level(state, level, ladder, price_ticks):
    """BOOK-12 to 16 and 22 to 25 of one level."""
    is_book = ladder < 2 * state.books.size
    lots = 0
    count = 0
    hidden = 0
    for priority_class in range(2):
        slot = queue_head(level, priority_class)
        tail = int(level["client_tail"])
        if priority_class != 0:
            tail = int(level["affiliate_tail"])
        before = 0
        arrival = 0
        while slot != 0:
            if slot > state.engine[0]["order_used"] or count > state.engine[0]["order_count"]:
                return 12
            order = state.orders[slot]
            if order["prev"] != before:
                return 12
            if order["order_id"] == 0 or order["priority_class"] != priority_class:
                return 13
            if is_book:
                broken = _check_resting(state, slot, ladder, price_ticks)
                if broken == 0 and order["sequence"] <= arrival:
                    broken = 15
                arrival = int(order["sequence"])
                lots += int(order["lots_left"])
                if shows_less(order["flags"], order["traits"]):
                    hidden += 1
            else:
                broken = _check_waiting(state, slot, ladder, price_ticks)
            if broken != 0:
                return broken
            count += 1
            before = slot
            slot = int(order["next"])
        if tail != before:
            return 12
    if lots != level["lots"] or count != level["order_count"]:
        return 16
    return 22 if hidden != level["hidden_count"] else 0


@kernel
def _check_resting(state, slot, ladder, price_ticks):
    """BOOK-13, 14 and 23 of one order that rests at a price (ticks)."""
    order = state.orders[slot]
    if 2 * int(order["contract"]) + int(order["side"]) != ladder:
        return 13
    if order["price_ticks"] != price_ticks:
        return 13
    if order["traits"] & Trait.WAITING != 0:
        return 13
    if order["lots_left"] <= 0:
        return 14
    if order["traits"] & Trait.ICEBERG != 0:
        extra = state.extras[slot]
        most = min(int(extra["display_lots"]), int(order["lots_left"]))
        if not 0 < extra["shown_lots"] <= most:
            return 23
    return 0


@kernel
def _check_waiting(state, slot, ladder, price_ticks):
    """BOOK-24 and 25 of one order that waits for a price (ticks)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    traits = int(order["traits"])
    if traits & Trait.WAITING == 0 or traits & Trait.FIRED != 0:
        return 24
    direction = direction_of(int(extra["order_type"]), int(order["side"]))
    if traits & Trait.TRAILING != 0:  # active, a trailing order is a stop
        direction = direction_of(OrderType.STOP_MARKET, int(order["side"]))
    first = 2 * state.books.size + 6 * int(order["contract"])
    if first + 2 * int(extra["source"]) + direction != ladder:
        return 24
    if extra["trigger_ticks"] != price_ticks:
        return 24
    return 25 if lacks_lots(order) else 0


@kernel
def lacks_lots(order):
    """Tell whether a waiting ORDER row has no lots although it needs them. O(1)."""
    if order["flags"] & OrderFlag.CLOSE_POSITION != 0:
        return order["lots_left"] < 0
    return order["lots_left"] <= 0
