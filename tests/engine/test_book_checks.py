"""Every invariant of the book bites: one wrong number in the memory, and its check says which."""

from collections.abc import Callable

import numpy as np
import pytest

from book_desk import random_commands
from book_spoil import first, level, level_of, order, put, slot_of
from hkperp_engine.arena import BookState
from hkperp_engine.checks import INVARIANTS
from hkperp_engine.codes import Side
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book

BIDS, ASKS = [(1, 90), (2, 90), (3, 90), (4, 80)], [(5, 5_000), (6, 5_000), (7, 9_000)]


def market() -> Book:
    """Three bids of wallet 0 at 90, one at 80; asks of wallet 1 in two further pages."""
    rows = np.zeros(9, COMMAND)
    rows["kind"], rows["lots"] = 1, 2
    for i, (order_id, price_ticks) in enumerate(BIDS + ASKS):
        rows["order_id"][i], rows["price_ticks"][i] = order_id, price_ticks
        rows["side"][i] = rows["wallet"][i] = Side.BUY if i < len(BIDS) else Side.SELL
    # An order and a page that were used and are free.
    rows["order_id"][7], rows["price_ticks"][7] = 8, 10
    rows["side"][7], rows["price_ticks"][7] = Side.SELL, 20_000
    rows["kind"][8], rows["order_id"][8] = 2, 8
    book = Book(price_ticks_max=100_000, lots_max=100, wallets=3, class_of=[0, 0, 1])
    book.apply(rows)
    return book


def free_slot(state: BookState) -> int:
    return int(state.engine["order_free"][0])


def word_of(section: str, change: Callable[[np.ndarray], None]) -> Callable:
    return lambda state: change(getattr(state, section))


def flip_price_bit(words: np.ndarray) -> None:
    words[np.flatnonzero(words)[0]] ^= 1 << 3


def clear_word(words: np.ndarray) -> None:
    words[np.flatnonzero(words)[0]] = 0


def forget_chunk(directory: np.ndarray) -> None:
    directory[np.flatnonzero(directory)[0]] = 0


def extra_chunk(directory: np.ndarray) -> None:
    directory[7] = 1


def forget_id(state: BookState) -> None:
    cell = np.flatnonzero(state.identities["order_id"] == 2)[0]
    state.identities["slot"][cell] = 0


def wrong_slot(state: BookState) -> None:
    cell = np.flatnonzero(state.identities["order_id"] == 2)[0]
    state.identities["slot"][cell] = slot_of(state, 3)


def stale_id(state: BookState) -> None:
    cell = np.flatnonzero(state.identities["slot"] == 0)[0]
    state.identities["order_id"][cell] = 999


def extra_id(state: BookState) -> None:
    cell = np.flatnonzero(state.identities["slot"] == 0)[0]
    state.identities["slot"][cell] = 1


def cross(state: BookState) -> None:
    """A whole consistent bid above the asks cannot be made by hand: spoil both best prices."""
    rows = np.zeros(1, COMMAND)
    rows["kind"], rows["order_id"], rows["price_ticks"], rows["lots"] = 1, 50, 6_000, 1
    asks = int(state.books["ask_ticks"][0])
    state.books["ask_ticks"] = 0
    CROSSED.apply(rows)
    state.books["ask_ticks"] = asks


CROSSED = market()

#: number of the invariant -> ways to break it
SPOILERS: list[tuple[int, str, Callable]] = [
    (1, "order_count", first("engine", "order_count", -1)),
    (1, "order_used", first("engine", "order_used", 10**6)),
    (1, "page_used", first("engine", "page_used", 10**6)),
    (1, "events_used", first("engine", "events_used", 10**6)),
    (1, "timer_count", first("engine", "timer_count", 10**6)),
    (1, "frame_count", first("engine", "frame_count", -1)),
    (2, "free list cut", first("engine", "order_free", 0)),
    (
        2,
        "free list in a circle",
        lambda s: s.orders["next"].__setitem__(free_slot(s), free_slot(s)),
    ),
    (2, "free slot with lots", put("orders", "lots_left", 1, free_slot)),
    (2, "live count", first("engine", "order_count", 6)),
    (3, "page free list cut", first("engine", "page_free", 0)),
    (3, "page count", lambda s: s.engine.__setitem__("page_count", 4)),
    (4, "slot 0 has lots", first("orders", "lots_left", 1)),
    (4, "slot 0 has an id", first("orders", "order_id", 1)),
    (4, "page 0 has a level", first("levels", "lots", 1, 55)),
    (4, "page 0 has a bit", lambda s: s.page_words.__setitem__(3, 1)),
    (5, "id lost", forget_id),
    (5, "id of another", wrong_slot),
    (6, "stale id", stale_id),
    (6, "cell too many", extra_id),
    (7, "list of another wallet", first("owners", "order_head", 1, 1)),
    (7, "list cut", order("wallet_next", 0)),
    (7, "link back", order("wallet_prev", 0)),
    (7, "count of the list", first("owners", "order_count", 3)),
    (9, "chunk bit", word_of("ladder_words", clear_word)),
    (9, "chunk summary", word_of("ladder_summary", clear_word)),
    (9, "page lost", word_of("directory", forget_chunk)),
    (9, "page twice", word_of("directory", extra_chunk)),
    (9, "page without prices", lambda s: s.page_summary.__setitem__(1, 0)),
    (10, "price bit", word_of("page_words", flip_price_bit)),
    (10, "word of prices", word_of("page_words", clear_word)),
    (11, "empty level with lots", level("lots", 1, price_ticks=91)),
    (11, "empty level with a tail", level("client_tail", 1, price_ticks=91)),
    (11, "free page with lots", lambda s: level("lots", 1, 0, 91)(s)),
    (12, "link back", order("prev", 0)),
    (12, "tail", level("client_tail", 1)),
    (12, "queue cut", order("next", 0)),
    (13, "contract", order("contract", 1)),
    (13, "side", order("side", 1)),
    (13, "price", order("price_ticks", 91)),
    (13, "wrong queue", lambda s: _move_to_affiliate(s)),
    (14, "no lots", order("lots_left", 0)),
    (15, "arrival", order("sequence", 9, 1)),
    (16, "lots of the level", level("lots", 7)),
    (16, "lots of an order", order("lots_left", 3)),
    (16, "orders of the level", level("order_count", 4)),
    (17, "levels", first("books", "ask_levels", 3)),
    (17, "orders", first("books", "order_count", 8)),
    (18, "stale best bid", first("books", "bid_ticks", 80)),
    (18, "no best ask", first("books", "ask_ticks", 0)),
    (21, "owner", order("owner", 1)),
    (21, "class", first("owners", "priority_class", 1)),
]


def _move_to_affiliate(state: BookState) -> None:
    row = level_of(state, 0, 90)
    for end in ("head", "tail"):
        state.levels[f"affiliate_{end}"][row] = state.levels[f"client_{end}"][row]
        state.levels[f"client_{end}"][row] = 0


@pytest.mark.parametrize(
    ("number", "spoil"),
    [pytest.param(number, spoil, id=f"{number} {name}") for number, name, spoil in SPOILERS],
)
def test_check_bites(number: int, spoil: Callable[[BookState], None]) -> None:
    book = market()
    book.check()
    spoil(book.state)
    rule, _, sentence = INVARIANTS[number - 1].partition(" ")
    with pytest.raises(InvariantBroken, match=sentence) as found:
        book.check()
    assert found.value.rule == rule
    assert found.value.sequence == book.state.engine["sequence"][0]


def test_a_crossed_book_is_found() -> None:
    cross(CROSSED.state)
    with pytest.raises(InvariantBroken, match="not crossed while its contract trades"):
        CROSSED.check()


def test_an_order_in_no_queue_is_found() -> None:
    book = market()
    row = level_of(book.state, 0, 80)
    book.state.levels[row] = np.zeros(1, book.state.levels.dtype)[0]
    word = row >> 6
    book.state.page_words[word] ^= 1 << (80 & 63)
    book.state.books["bid_levels"] -= 1
    book.state.books["order_count"] -= 1
    with pytest.raises(InvariantBroken, match="rests in a queue"):
        book.check()


def test_a_wallet_list_that_forgot_an_order_is_found() -> None:
    book = market()
    owners, orders = book.state.owners, book.state.orders
    head = int(owners["order_head"][0])
    owners["order_head"][0] = orders["wallet_next"][head]
    orders["wallet_prev"][orders["wallet_next"][head]] = 0
    owners["order_count"][0] -= 1
    with pytest.raises(InvariantBroken, match="together hold every live order"):
        book.check()


def test_every_invariant_is_spoiled_somewhere() -> None:
    alone = {8, 19, 20}  # the three tests above
    special = set(range(22, 36))  # test_book_checks_waiting.py
    spoiled = {number for number, _, _ in SPOILERS} | alone | special
    assert spoiled == set(range(1, len(INVARIANTS) + 1))


def test_the_check_holds_after_every_command() -> None:
    book = Book(price_ticks_max=5_000, lots_max=50, wallets=6, capacities=(1, 1, 2))
    rows = random_commands(800, seed=5)
    rows["price_ticks"] += 4_080  # on both sides of the edge of a page
    for i in range(len(rows)):
        book.apply(rows[i : i + 1])
        book.check()
