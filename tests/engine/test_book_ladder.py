"""The paged ladder: far prices, pages that come back, next prices against a plain search."""

import random

import numpy as np
import pytest

from book_desk import SMALLEST
from hkperp_engine.arena import open_book
from hkperp_engine.codes import Side
from hkperp_engine.kernel import door
from hkperp_engine.ladder import CHUNKS_ALIGN, level_at, next_above, next_below, occupy, vacate
from hkperp_engine.layout import CHUNK_LEVELS, COMMAND
from hkperp_engine.standalone import Book

PRICE_MAX = 2**31 - 1
SETTING = {"price_ticks_max": PRICE_MAX, "lots_max": 1_000, "wallets": 3}


@door
def _occupy(arena, ladder, price_ticks):
    return occupy(open_book(arena), ladder, price_ticks)


@door
def _vacate(arena, ladder, price_ticks):
    vacate(open_book(arena), ladder, price_ticks)


@door
def _next(arena, ladder, price_ticks):
    """Used prices above and below, and the level's index."""
    state = open_book(arena)
    above = next_above(state, ladder, price_ticks)
    below = next_below(state, ladder, price_ticks)
    return above, below, level_at(state, ladder, price_ticks)


def order(order_id: int, side: Side, price_ticks: int, lots: int = 1, wallet: int = 0):
    row = np.zeros(1, COMMAND)
    row["kind"], row["order_id"], row["side"], row["wallet"] = 1, order_id, side, wallet
    row["price_ticks"], row["lots"] = price_ticks, lots
    return row


def cancel(order_id: int):
    row = np.zeros(1, COMMAND)
    row["kind"], row["order_id"] = 2, order_id
    return row


@pytest.mark.parametrize("seed", range(4))
def test_next_price_is_that_of_a_plain_search(seed: int) -> None:
    """Prices at the edges of bits, words, pages, words of pages and summaries, and anywhere."""
    numbers = random.Random(seed)
    edges = [1, 63, 64, 4095, 4096, 2**18 - 1, 2**18, 2**24 - 1, 2**24, PRICE_MAX - 1, PRICE_MAX]
    book = Book(**SETTING, contracts=2, capacities=(1, 200, 2))
    used: list[set[int]] = [set() for _ in range(4)]
    for step in range(400):
        ladder = numbers.randrange(4)
        near = numbers.choice(edges) + numbers.randrange(-2, 3)
        price = numbers.choice([near, numbers.randrange(1, PRICE_MAX + 1), 5_000 + step])
        price = min(max(price, 1), PRICE_MAX)
        if used[ladder] and (price in used[ladder] or numbers.random() < 0.5):
            price = numbers.choice(sorted(used[ladder]))
            _vacate(book._arena, ladder, price)
            used[ladder].remove(price)
        else:
            index = _occupy(book._arena, ladder, price)
            used[ladder].add(price)
            assert index % CHUNK_LEVELS == price % CHUNK_LEVELS
            assert index >= CHUNK_LEVELS
        at = numbers.choice([price, near, numbers.randrange(1, PRICE_MAX + 1), 1, PRICE_MAX])
        at = min(max(at, 1), PRICE_MAX)
        above, below, _ = _next(book._arena, ladder, at)
        assert above == min((p for p in used[ladder] if p > at), default=0)
        assert below == max((p for p in used[ladder] if p < at), default=0)
    pages = {(ladder, p // CHUNK_LEVELS) for ladder in range(4) for p in used[ladder]}
    assert book.state.engine["page_count"][0] == len(pages)


def test_the_ends_of_the_price_axis() -> None:
    book = Book(**SETTING, capacities=SMALLEST)
    book.apply(order(1, Side.BUY, 1, lots=3))
    book.apply(order(2, Side.SELL, PRICE_MAX, lots=5))
    book.check()
    assert (book.bid(0), book.ask(0)) == (1, PRICE_MAX)
    assert book.apply(order(3, Side.BUY, PRICE_MAX, lots=5, wallet=1))["lots"].tolist() == [5, 5]
    assert book.apply(order(4, Side.SELL, 1, lots=3, wallet=1))["price_ticks"].tolist() == [1, 1]
    book.check()
    assert (book.bid(0), book.ask(0)) == (0, 0)
    assert book.state.engine["page_count"][0] == 0


def test_a_far_price_costs_one_page() -> None:
    book = Book(**SETTING, capacities=(64, 64, 64))
    for i, price in enumerate([1, 10**6, 10**7, 10**8, 10**9, PRICE_MAX], start=1):
        book.apply(order(i, Side.BUY, price))
        assert book.state.engine["page_count"][0] == i
        assert book.bid(0) == price
    for i in range(6, 0, -1):
        book.apply(cancel(i))
        assert book.state.engine["page_count"][0] == i - 1
    book.check()


def test_pages_are_used_again() -> None:
    """A market that walks over a million pages lives in the pages it uses at one time."""
    book = Book(**SETTING, capacities=(4, 2, 8))
    for i in range(1, 300):
        book.apply(order(i, Side.BUY, 5_000 * i))
        book.apply(cancel(i - 1))
        if i % 50 == 0:
            book.check()
    assert book.state.engine["page_used"][0] <= 2
    assert len(book.state.page_summary) == 3


def test_a_page_that_comes_back_is_empty() -> None:
    book = Book(**SETTING, capacities=(4, 1, 8))
    book.apply(order(1, Side.BUY, 100, lots=7))
    book.apply(cancel(1))
    book.apply(order(2, Side.SELL, 2_000_000_100, lots=2))
    book.check()
    assert book.depth(0, Side.SELL).tolist() == [[2_000_000_100, 2, 1]]
    assert book.depth(0, Side.BUY).tolist() == []


@pytest.mark.parametrize(
    "price_max", [1, 4_095, 4_096, CHUNKS_ALIGN * CHUNK_LEVELS - 1, PRICE_MAX]
)
def test_every_highest_price_has_a_place(price_max: int) -> None:
    book = Book(price_ticks_max=price_max, lots_max=9, wallets=2, contracts=2, capacities=SMALLEST)
    for contract in range(2):
        row = order(contract + 1, Side.SELL, price_max)
        row["contract"] = contract
        book.apply(row)
    book.check()
    assert [book.ask(contract) for contract in range(2)] == [price_max] * 2
    assert book.depth(1, Side.SELL).tolist() == [[price_max, 1, 1]]
