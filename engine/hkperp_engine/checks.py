"""Every structural invariant of the book, one sentence each, and the kernel that checks them.

The kernel reads everything and changes nothing: O(pools), so it is for tests, drills and start-up
from a snapshot. It is called between commands; if an amended order is being matched just then,
that order alone is in no queue.
"""

from hkperp_engine.book import queue_head
from hkperp_engine.codes import Side
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import kernel
from hkperp_engine.ladder import WORDS_PER_PAGE
from hkperp_engine.layout import CHUNK_BITS, CHUNK_LEVELS
from hkperp_engine.orders import find_order
from hkperp_engine.primitives import clear_bit, ctz

__all__ = ["INVARIANTS", "check_book", "raise_broken"]

#: Numbered from 1; a number is what `check_book` returns.
INVARIANTS = (
    "BOOK-01 counters are not negative and stay inside their pools",
    "BOOK-02 the slots used are the live orders and the free list, which holds empty rows",
    "BOOK-03 the pages used are the chunks with a page and the free list",
    "BOOK-04 slot 0 has no id and no lots, page 0 is all zero",
    "BOOK-05 every live id leads to its slot",
    "BOOK-06 the id table has one filled cell for each live order",
    "BOOK-07 a wallet's list is doubly linked and holds its live orders, as many as it counts",
    "BOOK-08 the wallets' lists together hold every live order",
    "BOOK-09 a chunk has a page exactly if its bits are set",
    "BOOK-10 a price has orders exactly if its bits are set",
    "BOOK-11 a level without orders is all zero",
    "BOOK-12 a queue is doubly linked from its head to its tail",
    "BOOK-13 an order stands in the queue of its contract, side, price and class",
    "BOOK-14 an order that rests has lots",
    "BOOK-15 a queue is in order of arrival",
    "BOOK-16 a level's lots and count are those of its orders",
    "BOOK-17 a book counts its levels and its orders",
    "BOOK-18 the best prices are the best prices",
    "BOOK-19 the book is not crossed",
    "BOOK-20 every live order is in a queue, except an amended one that is trading",
    "BOOK-21 an order has the owner and the class of its wallet",
)


def raise_broken(number, sequence):
    """Raise InvariantBroken for a number that `check_book` returned; nothing if it is 0."""
    if number:
        rule, _, sentence = INVARIANTS[number - 1].partition(" ")
        raise InvariantBroken(sentence, rule=rule, sequence=sequence)


@kernel
def check_book(state):
    """Return the number of the first invariant that does not hold, 0 if all do. O(pools)."""
    broken = _check_pools(state)
    if broken != 0:
        return broken
    broken = _check_names(state)
    if broken != 0:
        return broken
    engine = state.engine[0]
    page_count = 0
    order_count = 0
    for contract in range(state.books.size):
        book = state.books[contract]
        broken, pages, bid_levels, bids, _, best_bid = _check_side(state, contract, Side.BUY)
        if broken != 0:
            return broken
        page_count += pages
        broken, pages, ask_levels, asks, best_ask, _ = _check_side(state, contract, Side.SELL)
        if broken != 0:
            return broken
        page_count += pages
        order_count += bids + asks
        if bid_levels != book["bid_levels"] or ask_levels != book["ask_levels"]:
            return 17
        if bids + asks != book["order_count"]:
            return 17
        if best_bid != book["bid_ticks"] or best_ask != book["ask_ticks"]:
            return 18
        if book["ask_ticks"] != 0 and book["bid_ticks"] >= book["ask_ticks"]:
            return 19
    if page_count != engine["page_count"]:
        return 3
    named = 0
    for chunk in range(state.directory.size):
        if state.directory[chunk] != 0:
            named += 1
    if named != page_count:
        return 9
    trading = 1 if state.taker[0]["slot"] != 0 else 0
    if order_count + trading != engine["order_count"]:
        return 20
    return 0


@kernel
def _check_pools(state):
    """BOOK-01 to 04: counters, free lists, and the rows that are nobody's."""
    engine = state.engine[0]
    order_used = int(engine["order_used"])
    page_used = int(engine["page_used"])
    if not 0 <= engine["order_count"] <= order_used < state.orders.size:
        return 1
    if not 0 <= engine["page_count"] <= page_used < state.page_summary.size:
        return 1
    if not 0 <= engine["events_used"] <= state.events.size:
        return 1
    free = int(engine["order_free"])
    count = int(engine["order_count"])
    while free != 0:
        count += 1
        if not 0 < free <= order_used or count > order_used:
            return 2
        if state.orders[free]["order_id"] != 0 or state.orders[free]["lots_left"] != 0:
            return 2
        free = int(state.orders[free]["next"])
    if count != order_used:
        return 2
    free = int(engine["page_free"])
    count = int(engine["page_count"])
    while free != 0:
        count += 1
        if not 0 < free <= page_used or count > page_used:
            return 3
        for i in range(WORDS_PER_PAGE):
            if state.page_words[free * WORDS_PER_PAGE + i] != 0:
                return 10
        for i in range(CHUNK_LEVELS):
            if not _is_zero(state.levels[free * CHUNK_LEVELS + i]):
                return 11
        free = int(state.page_summary[free])
    if count != page_used:
        return 3
    nobody = state.orders[0]
    if nobody["order_id"] != 0 or nobody["lots_left"] != 0:
        return 4
    for i in range(CHUNK_LEVELS):
        if not _is_zero(state.levels[i]) or state.page_words[i >> 6] != 0:
            return 4
    return 4 if state.page_summary[0] != 0 else 0


@kernel
def _is_zero(level):
    """Tell whether a LEVEL row is all zero. O(1)."""
    return (
        level["client_head"] == 0
        and level["client_tail"] == 0
        and level["affiliate_head"] == 0
        and level["affiliate_tail"] == 0
        and level["lots"] == 0
        and level["order_count"] == 0
        and level["padding"] == 0
    )


@kernel
def _check_names(state):
    """BOOK-05 to 08 and 21: ids and wallets' lists."""
    order_count = state.engine[0]["order_count"]
    live = 0
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        if order["order_id"] == 0:
            continue
        live += 1
        if find_order(state, order["order_id"]) != slot:
            return 5
        owner = state.owners[order["wallet"]]
        if order["owner"] != owner["owner"] or order["priority_class"] != owner["priority_class"]:
            return 21
    if live != order_count:
        return 2
    filled = 0
    for i in range(state.identities.size):
        if state.identities[i]["slot"] != 0:
            filled += 1
        elif state.identities[i]["order_id"] != 0:
            return 6
    if filled != order_count:
        return 6
    listed = 0
    for wallet in range(state.owners.size):
        before = 0
        count = 0
        slot = int(state.owners[wallet]["order_head"])
        while slot != 0:
            order = state.orders[slot]
            if order["order_id"] == 0 or order["wallet"] != wallet:
                return 7
            if order["wallet_prev"] != before or count == order_count:
                return 7
            count += 1
            before = slot
            slot = int(order["wallet_next"])
        if count != state.owners[wallet]["order_count"]:
            return 7
        listed += count
    return 8 if listed != order_count else 0


@kernel
def _check_side(state, contract, side):
    """BOOK-09 to 16 of one ladder.

    Returns (number, pages, levels, orders, lowest price, highest price), prices 0 if empty.
    """
    chunks = int(state.engine[0]["chunks_per_ladder"])
    base = (2 * contract + side) * chunks
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
            broken, more_levels, more_orders, low, high = _check_page(
                state, page, contract, side, first
            )
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
def _check_page(state, page, contract, side, first):
    """BOOK-10 to 16 of one page, whose lowest price is `first` (ticks).

    Returns (number, levels, orders, lowest price, highest price).
    """
    if not 0 < page <= state.engine[0]["page_used"] or state.page_summary[page] == 0:
        return 9, 0, 0, 0, 0
    levels = 0
    orders = 0
    lowest = 0
    highest = 0
    for i in range(CHUNK_LEVELS):
        word = state.page_words[page * WORDS_PER_PAGE + (i >> 6)]
        if ((state.page_summary[page] >> (i >> 6)) & 1 != 0) != (word != 0):
            return 10, 0, 0, 0, 0
        level = state.levels[page * CHUNK_LEVELS + i]
        is_used = (word >> (i & 63)) & 1 != 0
        if is_used != (level["order_count"] != 0):
            return 10, 0, 0, 0, 0
        if not is_used:
            if not _is_zero(level):
                return 11, 0, 0, 0, 0
            continue
        broken = _check_level(state, level, contract, side, first + i)
        if broken != 0:
            return broken, 0, 0, 0, 0
        levels += 1
        orders += int(level["order_count"])
        highest = first + i
        if lowest == 0:
            lowest = first + i
    return 0, levels, orders, lowest, highest


@kernel
def _check_level(state, level, contract, side, price_ticks):
    """BOOK-12 to 16 of one level."""
    lots = 0
    count = 0
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
            if order["contract"] != contract or order["side"] != side:
                return 13
            if order["price_ticks"] != price_ticks:
                return 13
            if order["lots_left"] <= 0:
                return 14
            if order["sequence"] <= arrival:
                return 15
            arrival = int(order["sequence"])
            lots += int(order["lots_left"])
            count += 1
            before = slot
            slot = int(order["next"])
        if tail != before:
            return 12
    return 16 if lots != level["lots"] or count != level["order_count"] else 0
