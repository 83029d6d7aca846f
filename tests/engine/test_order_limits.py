"""Limits on messages and orders, each against its sentence in MAT-080 and MAT-081."""

import random

import pytest

from hkperp_engine.arena import Sizes, new_arena, open_book
from hkperp_engine.codes import OrderType, Reject
from hkperp_engine.kernel import door
from hkperp_engine.order_limits import (
    count_message,
    lots_refusal,
    order_limit_refusal,
    rate_is_full,
    too_many_orders,
)
from hkperp_engine.units import LOTS_MAX, PPB, PRICE_TICKS_MAX

CONTRACT, AFFILIATE = 1, 3


@door
def _is_full(arena, wallet):
    return rate_is_full(open_book(arena), wallet)


@door
def _count(arena, wallet):
    count_message(open_book(arena), wallet)


@door
def _too_many(arena, wallet):
    return too_many_orders(open_book(arena), wallet)


@door
def _refusal(arena, order_type, price_ticks, lots, reference_ticks):
    """The refusal of the whole order of contract 1, and of its lots alone."""
    state = open_book(arena)
    whole = order_limit_refusal(state, 1, order_type, price_ticks, lots, reference_ticks)
    return whole, lots_refusal(state, 1, lots)


def arena_with(**engine: int):
    """An arena of four wallets, the last the affiliate's, with these fields of ENGINE."""
    arena = new_arena(Sizes(2, 4, 64 * 64, 1, 1, 2))
    state = open_book(arena)
    state.owners["priority_class"][AFFILIATE] = 1
    for name, number in engine.items():
        state.engine[name] = number
    return arena


@pytest.mark.parametrize("seed", range(8))
def test_messages_are_those_of_a_plain_count(seed: int) -> None:
    """A wallet's accepted messages by window; the affiliate's do not matter if it is exempt."""
    numbers = random.Random(seed)
    window_ns, most = numbers.choice([1, 7, 1_000]), numbers.choice([1, 3, 5])
    is_exempt = seed % 2
    arena = arena_with(
        messages_max=most, message_window_ns=window_ns, is_rate_exempt=is_exempt, now_ns=seed
    )
    engine = open_book(arena).engine
    counts: dict[tuple[int, int], int] = {}
    refused = set()
    for _ in range(400):
        if numbers.random() < 0.1:
            engine["now_ns"] += numbers.choice([1, window_ns // 2, window_ns, 9 * window_ns])
        wallet = numbers.randrange(4)
        key = wallet, int(engine["now_ns"][0]) // window_ns
        is_free = is_exempt and wallet == AFFILIATE
        is_full = counts.get(key, 0) >= most and not is_free
        assert _is_full(arena, wallet) == is_full
        if is_full:
            refused.add(wallet)
        else:
            _count(arena, wallet)
            counts[key] = counts.get(key, 0) + 1
    assert refused == set(range(3 if is_exempt else 4))


def test_windows_are_multiples_of_their_length() -> None:
    arena = arena_with(messages_max=1, message_window_ns=100, now_ns=199)
    engine = open_book(arena).engine
    _count(arena, 0)
    assert _is_full(arena, 0)
    engine["now_ns"] = 200
    assert not _is_full(arena, 0)


def test_limits_that_are_off_change_nothing() -> None:
    arena = arena_with(message_window_ns=100, now_ns=5)
    state = open_book(arena)
    state.owners["order_count"] = 2**31 - 1
    before = arena.copy()
    for _ in range(3):
        _count(arena, 0)
        assert not _is_full(arena, 0)
        assert not _too_many(arena, 0)
    assert _refusal(arena, OrderType.LIMIT, PRICE_TICKS_MAX, LOTS_MAX, 1) == (Reject.NONE,) * 2
    assert (arena == before).all()


def test_live_orders_of_a_wallet() -> None:
    arena = arena_with(open_orders_max=3)
    owners = open_book(arena).owners
    owners["order_count"] = [0, 2, 3, 4]
    assert [bool(_too_many(arena, wallet)) for wallet in range(4)] == [False, False, True, True]


def plain_refusal(
    limits: tuple[int, int, int], order_type: int, price: int, lots: int, reference: int
) -> Reject:
    """MAT-080 as it is written."""
    lots_max, notional_max, band_ppb = limits
    if lots_max and lots > lots_max:
        return Reject.LIM_ORDER_LOTS
    if order_type <= OrderType.MARKET and notional_max and price * lots > notional_max:
        return Reject.LIM_ORDER_NOTIONAL
    if order_type == OrderType.LIMIT and band_ppb and reference:
        distance = reference * band_ppb // PPB
        if not reference - distance <= price <= reference + distance:
            return Reject.PRICE_OUTSIDE_BAND
    return Reject.NONE


@pytest.mark.parametrize("seed", range(8))
def test_terms_are_judged_as_it_is_written(seed: int) -> None:
    numbers = random.Random(seed)
    arena = arena_with()
    market = open_book(arena).markets[CONTRACT]
    found = set()
    for _ in range(300):
        limits = (
            numbers.choice([0, 10, 30, 60]),
            numbers.choice([0, 1_000, 3_000]),
            numbers.choice([0, 1, 50_000_000, 333_333_333, PPB]),
        )
        market["order_lots_max"], market["order_notional_max"], market["price_band_ppb"] = limits
        market["is_limited"] = any(limits)
        order_type = numbers.choice([0, 0, 1, *OrderType])
        price, lots = numbers.randint(50, 150), numbers.choice([0, 1, 10, 11, 20, 30, 31, 60])
        reference = numbers.choice([0, 1, 60, 97, 100, 2_000])
        expected = plain_refusal(limits, order_type, price, lots, reference)
        whole, of_lots = _refusal(arena, order_type, price, lots, reference)
        assert whole == expected
        assert (of_lots == Reject.LIM_ORDER_LOTS) == (expected == Reject.LIM_ORDER_LOTS)
        found.add(expected)
    assert len(found) == 4


@pytest.mark.parametrize(
    ("price", "lots", "reference", "expected"),
    [
        (4_622, 1, 4_865, Reject.NONE),
        (4_621, 1, 4_865, Reject.PRICE_OUTSIDE_BAND),
        (5_108, 1, 4_865, Reject.NONE),
        (5_109, 1, 4_865, Reject.PRICE_OUTSIDE_BAND),
        (PRICE_TICKS_MAX, LOTS_MAX - 1, PRICE_TICKS_MAX, Reject.NONE),
        (PRICE_TICKS_MAX, LOTS_MAX, PRICE_TICKS_MAX, Reject.LIM_ORDER_NOTIONAL),
    ],
)
def test_edges(price: int, lots: int, reference: int, expected: Reject) -> None:
    arena = arena_with()
    market = open_book(arena).markets[CONTRACT]
    market["is_limited"], market["price_band_ppb"] = 1, 50_000_000
    market["order_notional_max"] = PRICE_TICKS_MAX * (LOTS_MAX - 1)
    assert _refusal(arena, OrderType.LIMIT, price, lots, reference)[0] == expected
