"""Every structural invariant of the book, one sentence each, and the kernel that checks them.

The kernels read everything and change nothing: O(pools), so they are for tests, drills and
start-up from a snapshot. They are called between commands; if an order with a slot is being
matched just then, that order alone is in no queue. Levels and their queues are checked in
checks_ladders.py, what hangs on orders with traits in checks_waiting.py.
"""

from hkperp_engine.checks_ladders import check_ladder, is_zero
from hkperp_engine.checks_waiting import check_specials
from hkperp_engine.codes import ContractState, Side
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import kernel
from hkperp_engine.ladder import WORDS_PER_PAGE
from hkperp_engine.layout import CHUNK_LEVELS
from hkperp_engine.orders import find_order
from hkperp_engine.triggers import FALL, RISE
from hkperp_engine.worklist import UNCROSSING

__all__ = ["INVARIANTS", "check_book", "raise_broken"]

#: Numbered from 1; a number is what `check_book` returns. New ones are appended, none is reused.
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
    "BOOK-16 a level has the lots and the count of its orders, and a level of triggers no lots",
    "BOOK-17 a book counts its levels and its orders",
    "BOOK-18 the best prices are the best prices",
    "BOOK-19 the book is not crossed while its contract trades, unless it is being uncrossed",
    "BOOK-20 every live order rests in a queue, waits, is fired, or is the one that is trading",
    "BOOK-21 an order has the owner and the class of its wallet",
    "BOOK-22 a level counts its orders that may show less than all of their lots",
    "BOOK-23 an iceberg that rests shows some lots, no more than its slice and what is left",
    "BOOK-24 a waiting order stands in its source's ladder and direction, at its trigger",
    "BOOK-25 an order that waits or is fired has lots, unless it closes the position",
    "BOOK-26 the nearest triggers are the nearest, and a source counts the orders it lets wait",
    "BOOK-27 the active trailing orders of a source and side are one doubly linked list",
    "BOOK-28 trailing orders that wait are counted",
    "BOOK-29 fired orders are their contract's doubly linked list, in order of firing, counted",
    "BOOK-30 the two orders of a pair name each other and have one wallet, contract and side",
    "BOOK-31 a timed order has one timer, at its expiry, and every timer is its owner's",
    "BOOK-32 no timer runs before the one above it, and the first is the next",
    "BOOK-33 whoever has a timer knows its row, and a contract has one while it is paused",
    "BOOK-34 condemned orders are those on the list, and between commands there are none",
    "BOOK-35 an order's traits belong together, and only a conditional order waits",
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
    page_count = 0
    order_count = 0
    for contract in range(state.books.size):
        broken, pages, orders = _check_sides(state, contract)
        if broken != 0:
            return broken
        page_count += pages
        order_count += orders
        for source in range(3):
            broken, pages, orders = _check_source(state, contract, source)
            if broken != 0:
                return broken
            page_count += pages
            order_count += orders
    if page_count != state.engine[0]["page_count"]:
        return 3
    named = 0
    for chunk in range(state.directory.size):
        if state.directory[chunk] != 0:
            named += 1
    if named != page_count:
        return 9
    broken = check_specials(state)
    if broken != 0:
        return broken
    return _check_live(state, order_count)


@kernel
def _check_sides(state, contract):
    """BOOK-09 to 19, 22, 23 of a contract's bids and asks. Returns (number, pages, orders)."""
    book = state.books[contract]
    broken, bid_pages, bid_levels, bids, _, best_bid = check_ladder(state, 2 * contract + Side.BUY)
    if broken != 0:
        return broken, 0, 0
    broken, ask_pages, ask_levels, asks, best_ask, _ = check_ladder(
        state, 2 * contract + Side.SELL
    )
    if broken != 0:
        return broken, 0, 0
    if bid_levels != book["bid_levels"] or ask_levels != book["ask_levels"]:
        return 17, 0, 0
    if bids + asks != book["order_count"]:
        return 17, 0, 0
    if best_bid != book["bid_ticks"] or best_ask != book["ask_ticks"]:
        return 18, 0, 0
    is_crossed = best_ask != 0 and best_bid >= best_ask
    if is_crossed and state.markets[contract]["state"] <= ContractState.REDUCE_ONLY:
        if not _is_uncrossing(state, contract):
            return 19, 0, 0
    return 0, bid_pages + ask_pages, bids + asks


@kernel
def _is_uncrossing(state, contract):
    """Tell whether an uncross of the contract is in hand. O(frames)."""
    for i in range(state.engine[0]["frame_count"]):
        if state.frames[i]["kind"] == UNCROSSING and state.frames[i]["contract"] == contract:
            return True
    return False


@kernel
def _check_source(state, contract, source):
    """BOOK-09 to 12, 16, 24 to 26 of a source's triggers. Returns (number, pages, orders)."""
    stop = state.stops[3 * contract + source]
    first = 2 * state.books.size + 6 * contract + 2 * source
    broken, rise_pages, _, rising, nearest_rise, _ = check_ladder(state, first + RISE)
    if broken != 0:
        return broken, 0, 0
    broken, fall_pages, _, falling, _, nearest_fall = check_ladder(state, first + FALL)
    if broken != 0:
        return broken, 0, 0
    if nearest_rise != stop["rise_ticks"] or nearest_fall != stop["fall_ticks"]:
        return 26, 0, 0
    if rising + falling != stop["waiting_count"]:
        return 26, 0, 0
    return 0, rise_pages + fall_pages, rising + falling


@kernel
def _check_live(state, order_count):
    """BOOK-20, given how many orders stand in the queues of levels."""
    taker = state.taker[0]
    slot = int(taker["slot"])
    trading = 0
    # The two orders of an uncross trade where they rest.
    if taker["order_id"] != 0 and slot != 0 and taker["is_auction"] == 0:
        order = state.orders[slot]
        if order["order_id"] != taker["order_id"] or order["lots_left"] != 0:
            return 20
        trading = 1
    engine = state.engine[0]
    if order_count + engine["fired_count"] + trading != engine["order_count"]:
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
    if not 0 <= engine["timer_count"] < state.timers.size:
        return 1
    if not 0 <= engine["frame_count"] <= state.frames.size:
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
            if not is_zero(state.levels[free * CHUNK_LEVELS + i]):
                return 11
        free = int(state.page_summary[free])
    if count != page_used:
        return 3
    nobody = state.orders[0]
    if nobody["order_id"] != 0 or nobody["lots_left"] != 0:
        return 4
    for i in range(CHUNK_LEVELS):
        if not is_zero(state.levels[i]) or state.page_words[i >> 6] != 0:
            return 4
    return 4 if state.page_summary[0] != 0 else 0


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
