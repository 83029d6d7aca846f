"""Market makers' protections against a list of all their fills (MAT-075, MAT-076)."""

import random

import pytest

from hkperp_engine.arena import Sizes, new_arena, open_book
from hkperp_engine.codes import ProtectionLimit
from hkperp_engine.kernel import door
from hkperp_engine.layout import PROTECTIONS_MAX
from hkperp_engine.protection import (
    count_fill,
    find_protection,
    has_protection_room,
    is_frozen,
    reset_protection,
    set_protection,
)
from hkperp_engine.units import LOTS_MAX

CONTRACTS, WALLETS = 3, 300


@door
def _set(arena, wallet, contract, window_ns, lots_max, net_lots_max, trades_max):
    state = open_book(arena)
    set_protection(state, wallet, contract, window_ns, lots_max, net_lots_max, trades_max)


@door
def _look(arena, wallet, contract):
    """Its row, whether it is frozen, and whether it could be set."""
    state = open_book(arena)
    return (
        find_protection(state, wallet, contract),
        is_frozen(state, wallet, contract),
        has_protection_room(state, wallet, contract),
    )


@door
def _reset(arena, row):
    reset_protection(open_book(arena), row)


@door
def _fill(arena, wallet, contract, signed_lots):
    return count_fill(open_book(arena), wallet, contract, signed_lots)


def empty():
    """An arena without protections."""
    return new_arena(Sizes(CONTRACTS, WALLETS, 64 * 64, 1, 1, 2))


class Plain:
    """A protection as MAT-076 says it: all fills since the last reset, summed each time."""

    def __init__(self, window_ns: int, lots_max: int, net_lots_max: int, trades_max: int) -> None:
        self.window_ns = window_ns
        self.limits = (lots_max, net_lots_max, trades_max)
        self.reset()

    def reset(self) -> None:
        self.fills: list[tuple[int, int]] = []
        self.frozen = False

    def fill(self, now_ns: int, lots: int) -> tuple[int, int]:
        if self.frozen:
            return -1, 0
        self.fills.append((now_ns, lots))
        recent = [each for at, each in self.fills if now_ns - at < self.window_ns]
        values = (sum(map(abs, recent)), abs(sum(recent)), len(recent))
        for limit in ProtectionLimit:
            if 0 < self.limits[limit] <= values[limit]:
                self.frozen = True
                return limit, values[limit]
        return -1, 0


@pytest.mark.parametrize("seed", range(20))
def test_fills_are_those_of_a_plain_list(seed: int) -> None:
    numbers = random.Random(seed)
    arena = empty()
    engine = open_book(arena).engine
    plain: dict[tuple[int, int], Plain] = {}
    frozen_by = set()
    for _ in range(600):
        pair = numbers.randrange(3), numbers.randrange(CONTRACTS)
        engine["now_ns"] += numbers.choice([0, 0, 1, 1, 2, 7])
        action = numbers.random()
        if action < 0.02 or (action < 0.1 and pair not in plain):
            terms = (
                numbers.choice([1, 2, 10, 40, 1_000]),
                numbers.choice([0, 0, 5, 60]),
                numbers.choice([0, 0, 5, 30]),
                numbers.choice([1, 3, 31, 32, 32]),
            )
            _set(arena, *pair, *terms)
            plain[pair] = Plain(*terms)
        elif action < 0.15 and pair in plain:
            _reset(arena, _look(arena, *pair)[0])
            plain[pair].reset()
        else:
            lots = numbers.choice([-1, 1]) * numbers.randint(1, 9)
            found = _fill(arena, *pair, lots)
            now_ns = int(engine["now_ns"][0])
            assert found == (plain[pair].fill(now_ns, lots) if pair in plain else (-1, 0))
            frozen_by.add(found[0])
        row, frozen, has_room = _look(arena, *pair)
        assert (row != 0, frozen) == (pair in plain, pair in plain and plain[pair].frozen)
        assert has_room
    assert engine["protection_count"][0] == len(plain)
    assert len(frozen_by) > 2, "a run that reaches hardly a limit shows nothing"


def test_the_first_limit_in_the_order_of_their_numbers() -> None:
    arena = empty()
    _set(arena, 5, 1, 10, 7, 7, 2)
    assert _fill(arena, 5, 1, -3) == (-1, 0)
    assert _fill(arena, 5, 1, -4) == (ProtectionLimit.LOTS, 7)
    _set(arena, 5, 1, 10, 0, 7, 2)
    assert _fill(arena, 5, 1, -3) == (-1, 0)
    assert _fill(arena, 5, 1, -5) == (ProtectionLimit.NET_LOTS, 8)
    _set(arena, 5, 1, 10, 8, 7, 2)
    assert _fill(arena, 5, 1, -3) == (-1, 0)
    assert _fill(arena, 5, 1, 4) == (ProtectionLimit.TRADES, 2)
    assert _look(arena, 5, 1)[:2] == (1, True)
    assert _fill(arena, 5, 1, 99) == (-1, 0), "frozen: nothing is counted"


def test_a_fill_as_old_as_the_window_counts_no_more() -> None:
    arena = empty()
    engine = open_book(arena).engine
    _set(arena, 0, 0, 10, 0, 0, 2)
    for now_ns, expected in ((100, (-1, 0)), (110, (-1, 0)), (119, (ProtectionLimit.TRADES, 2))):
        engine["now_ns"] = now_ns
        assert _fill(arena, 0, 0, 1) == expected


def test_the_ring_is_used_around_its_end() -> None:
    """31 fills in the window at any time, for a thousand fills; the largest lots add up."""
    arena = empty()
    engine = open_book(arena).engine
    _set(arena, 0, 0, 31, 32 * LOTS_MAX, 0, 32)
    for now_ns in range(1_000):
        engine["now_ns"] = now_ns
        assert _fill(arena, 0, 0, LOTS_MAX) == (-1, 0)
    assert _fill(arena, 0, 0, -LOTS_MAX) == (ProtectionLimit.LOTS, 32 * LOTS_MAX)


def test_set_again_starts_anew_in_the_same_row() -> None:
    arena = empty()
    _set(arena, 1, 2, 10, 0, 0, 1)
    _set(arena, 1, 0, 10, 0, 0, 1)
    assert _fill(arena, 1, 2, 4) == (ProtectionLimit.TRADES, 1)
    assert [_look(arena, 1, contract) for contract in range(CONTRACTS)] == [
        (2, False, True),
        (0, False, True),
        (1, True, True),
    ]
    _set(arena, 1, 2, 10, 5, 0, 2)
    assert _look(arena, 1, 2) == (1, False, True)
    assert _fill(arena, 1, 2, 4) == (-1, 0)


def test_as_many_protections_as_there_are_rows() -> None:
    """LIM_PROTECTIONS: the pair number 257 has no room, pairs that have a row keep it."""
    arena = empty()
    for wallet in range(PROTECTIONS_MAX):
        assert _look(arena, wallet, 1) == (0, False, True)
        _set(arena, wallet, 1, 10, 0, 0, 1)
    assert _look(arena, PROTECTIONS_MAX, 1) == (0, False, False)
    assert _look(arena, 7, 0) == (0, False, False)
    assert _look(arena, 7, 1) == (8, False, True)
    assert _fill(arena, PROTECTIONS_MAX - 1, 1, 1) == (ProtectionLimit.TRADES, 1)
    assert _look(arena, PROTECTIONS_MAX - 1, 1) == (PROTECTIONS_MAX, True, True)
