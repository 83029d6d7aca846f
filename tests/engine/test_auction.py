"""The auction price against a search over every price, and who trades first (MAT-062, MAT-063)."""

import random

import pytest

from hkperp_engine.arena import Sizes, chunks_for, new_arena, open_book
from hkperp_engine.auction import auction_price, next_pair
from hkperp_engine.codes import Side
from hkperp_engine.kernel import door
from hkperp_engine.ladder import occupy
from hkperp_engine.units import PRICE_TICKS_MAX

CONTRACT = 1
Lots = dict[int, int]  # price in ticks -> lots


@door
def _put(arena, contract, side, price_ticks, lots):
    """Make a price's level hold so many lots; returns its index."""
    state = open_book(arena)
    index = occupy(state, 2 * contract + side, price_ticks)
    state.levels[index]["lots"] = lots
    return index


@door
def _price(arena, contract, reference_ticks):
    return auction_price(open_book(arena), contract, reference_ticks)


@door
def _pair(arena, contract, price_ticks):
    return next_pair(open_book(arena), contract, price_ticks)


def book_of(bids: Lots, asks: Lots):
    """An arena whose second contract has these levels, without orders in them."""
    arena = new_arena(Sizes(2, 1, chunks_for(PRICE_TICKS_MAX), 4, len(bids) + len(asks), 2))
    for side, levels in ((Side.BUY, bids), (Side.SELL, asks)):
        for price, lots in levels.items():
            _put(arena, CONTRACT, side, price, lots)
    row = open_book(arena).books[CONTRACT]
    row["bid_ticks"] = max(bids, default=0)
    row["ask_ticks"] = min(asks, default=0)
    return arena


def plain_auction(bids: Lots, asks: Lots, reference: int) -> tuple[int, int, int]:
    """MAT-062 as it is written: every price from the best ask to the best bid is looked at."""
    if not bids or not asks or max(bids) < min(asks):
        return 0, 0, 0

    def terms(price: int) -> tuple[int, int]:
        wanted = sum(lots for at, lots in bids.items() if at >= price)
        offered = sum(lots for at, lots in asks.items() if at <= price)
        return min(wanted, offered), wanted - offered

    def rank(price: int) -> tuple[int, int, int, int]:
        volume, surplus = terms(price)
        return -volume, abs(surplus), abs(price - reference), price

    price = min(range(min(asks), max(bids) + 1), key=rank)
    return price, *terms(price)


@pytest.mark.parametrize(
    ("bids", "asks", "reference", "expected"),
    [
        ({}, {}, 5, (0, 0, 0)),
        ({100: 3}, {}, 100, (0, 0, 0)),
        ({}, {100: 3}, 100, (0, 0, 0)),
        ({100: 3}, {101: 3}, 100, (0, 0, 0)),
        ({100: 3}, {100: 5}, 90, (100, 3, -2)),
        # most lots
        ({103: 2, 101: 9}, {100: 4, 101: 5, 103: 1}, 103, (101, 9, 2)),
        # as many lots: the smallest difference, of whichever sign, whatever the reference
        ({102: 5, 101: 4}, {100: 5}, 1, (102, 5, 0)),
        ({102: 5}, {101: 4, 100: 5}, 102, (100, 5, 0)),
        # 2 more wanted at 101, 2 more offered at 102: the nearest to the reference
        ({102: 4, 101: 2}, {101: 4, 102: 2}, 0, (101, 4, 2)),
        ({102: 4, 101: 2}, {101: 4, 102: 2}, 101, (101, 4, 2)),
        ({102: 4, 101: 2}, {101: 4, 102: 2}, 102, (102, 4, -2)),
        ({102: 4, 101: 2}, {101: 4, 102: 2}, 104, (102, 4, -2)),
        # alike everywhere: the reference itself, where no order stands, or the nearest end
        ({103: 5}, {100: 5}, 102, (102, 5, 0)),
        ({103: 5}, {100: 5}, 104, (103, 5, 0)),
        ({103: 5}, {100: 5}, 99, (100, 5, 0)),
        # no reference is a reference of 1: the lowest
        ({103: 5}, {100: 5}, 1, (100, 5, 0)),
        ({103: 5}, {100: 5}, 0, (100, 5, 0)),
    ],
)
def test_auction_price(
    bids: Lots, asks: Lots, reference: int, expected: tuple[int, int, int]
) -> None:
    assert plain_auction(bids, asks, reference) == expected
    assert _price(book_of(bids, asks), CONTRACT, reference) == expected


def test_prices_alike_in_lots_are_neighbours() -> None:
    """Why the last tie of MAT-062, the lower price, never decides: no two are as near.

    If the lots tie at two prices they tie at each price between, the reference itself included.
    """
    numbers = random.Random(7)
    for _ in range(300):
        bids, asks = ({p: numbers.randint(1, 3) for p in range(1, 8)} for _ in range(2))
        for missing in range(1, 8):
            (bids if numbers.random() < 0.5 else asks).pop(missing)
        if not bids or not asks or max(bids) < min(asks):
            continue
        prices = range(min(asks), max(bids) + 1)
        chosen = [plain_auction(bids, asks, reference) for reference in prices]
        alike = sorted({price for price, _, _ in chosen})
        assert alike == list(range(alike[0], alike[-1] + 1))


@pytest.mark.parametrize("seed", range(60))
def test_auction_price_is_that_of_a_plain_search(seed: int) -> None:
    """Few prices and few lots, so that every tie comes up, about the edges of pages too."""
    numbers = random.Random(seed)
    base = numbers.choice([1, 60, 4_090, 2**18 - 6, PRICE_TICKS_MAX - 12])
    most = numbers.choice([1, 2, 3, 1_000])
    for _ in range(6):
        prices = range(base, base + numbers.choice([2, 5, 13]))
        bids, asks = (
            {price: numbers.randint(1, most) for price in prices if numbers.random() < filled}
            for filled in (numbers.choice([0.2, 0.5, 0.9]), numbers.choice([0.2, 0.5, 0.9]))
        )
        arena = book_of(bids, asks)
        for reference in {0, 1, base - 1, *prices, prices[-1] + 3}:
            expected = plain_auction(bids, asks, reference)
            assert _price(arena, CONTRACT, reference) == expected, (bids, asks, reference)
        assert _price(arena, 0, base) == (0, 0, 0)


def test_the_whole_price_axis_and_the_most_lots() -> None:
    """From 1 to the highest price, with almost 2**62 lots a side, the bound of the sums."""
    most = 2**62 - 2**32
    bids, asks = {PRICE_TICKS_MAX: most - 1, 1: 1}, {1: 1, PRICE_TICKS_MAX: most - 1}
    assert _price(book_of(bids, asks), CONTRACT, 7) == (PRICE_TICKS_MAX, most - 1, -1)
    bids, asks = {PRICE_TICKS_MAX: most}, {1: 1}
    assert _price(book_of(bids, asks), CONTRACT, 900) == (900, 1, most - 1)


def test_next_pair_is_the_first_of_each_side() -> None:
    """MAT-063 and MAT-002: the client's order first, at the auction price or better."""
    arena = book_of({}, {})
    assert _pair(arena, CONTRACT, 100) == (0, 0)
    arena = book_of({102: 5, 101: 1}, {100: 3, 101: 2})
    state = open_book(arena)
    bid = state.levels[_put(arena, CONTRACT, Side.BUY, 102, 5)]
    ask = state.levels[_put(arena, CONTRACT, Side.SELL, 100, 3)]
    bid["client_head"], bid["affiliate_head"], ask["affiliate_head"] = 1, 2, 3
    assert [_pair(arena, CONTRACT, price) for price in (100, 101, 102)] == [(1, 3)] * 3
    assert [_pair(arena, CONTRACT, price) for price in (99, 103)] == [(0, 0)] * 2
    bid["client_head"], ask["client_head"] = 0, 4
    assert _pair(arena, CONTRACT, 101) == (2, 4)
    assert _pair(arena, 0, 101) == (0, 0)


@pytest.mark.parametrize(("bids", "asks"), [({100: 1}, {}), ({}, {100: 1})])
def test_next_pair_of_one_side_is_nobody(bids: Lots, asks: Lots) -> None:
    assert _pair(book_of(bids, asks), CONTRACT, 100) == (0, 0)
