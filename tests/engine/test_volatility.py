"""The price of some time ago against a list of all trades, and the band (MAT-064, MAT-065)."""

import random

import pytest

from hkperp_engine.arena import Sizes, new_arena, open_book
from hkperp_engine.kernel import door
from hkperp_engine.units import NS_PER_DAY, NS_PER_S, PPB, PRICE_TICKS_MAX
from hkperp_engine.volatility import band, record_trade, reference_ticks, restart_history

CONTRACT = 1
FIVE_PERCENT = 50_000_000


@door
def _record(arena, contract, price_ticks):
    record_trade(open_book(arena), contract, price_ticks)


@door
def _look(arena, contract):
    """Reference, low and high end of the band."""
    state = open_book(arena)
    low, high = band(state, contract)
    return reference_ticks(state, contract), low, high


@door
def _restart(arena, contract):
    restart_history(open_book(arena), contract)


class Market:
    """The second of two contracts, and beside it every trade since its history began."""

    def __init__(self, lookback_ns: int, ppb: int = FIVE_PERCENT) -> None:
        self.arena = new_arena(Sizes(2, 1, 64 * 64, 1, 1, 2))
        self.state = open_book(self.arena)
        self.state.books["price_ticks_max"] = PRICE_TICKS_MAX
        row = self.state.markets[CONTRACT]
        row["lookback_ns"], row["volatility_ppb"] = lookback_ns, ppb
        self.length_ns = -(-lookback_ns // 60)
        self.trades: list[tuple[int, int]] = []

    def trade(self, time_ns: int, price_ticks: int) -> None:
        self.state.engine["now_ns"] = time_ns
        _record(self.arena, CONTRACT, price_ticks)
        self.trades.append((time_ns // self.length_ns, price_ticks))

    def restart(self) -> None:
        _restart(self.arena, CONTRACT)
        self.trades = []

    def reference(self, time_ns: int) -> int:
        """The kernel's reference at a time, after a look at the plain one."""
        self.state.engine["now_ns"] = time_ns
        found, low, high = _look(self.arena, CONTRACT)
        interval = time_ns // self.length_ns
        old = [price for at, price in self.trades if at <= interval - 60]
        expected = (old[-1:] or [self.trades[0][1]])[0] if self.trades else 0
        assert found == expected
        assert (low, high) == self.plain_band(expected)
        assert _look(self.arena, 0) == (0, 0, 0)
        return found

    def plain_band(self, reference: int) -> tuple[int, int]:
        distance = reference * int(self.state.markets[CONTRACT]["volatility_ppb"]) // PPB
        if reference == 0:
            return 0, 0
        return max(reference - distance, 1), min(reference + distance, PRICE_TICKS_MAX)


def test_history_by_hand() -> None:
    """60 s looked back, so intervals of a second."""
    market = Market(60 * NS_PER_S)
    assert market.reference(1_000 * NS_PER_S) == 0
    market.trade(1_000 * NS_PER_S, 100)
    market.trade(1_000 * NS_PER_S + 1, 101)
    market.trade(1_003 * NS_PER_S, 102)
    # the first trade, as long as none is 60 intervals old
    assert market.reference(1_003 * NS_PER_S) == 100
    assert market.reference(1_060 * NS_PER_S - 1) == 100
    # then the last of the interval, until the next that has one
    assert market.reference(1_060 * NS_PER_S) == 101
    assert market.reference(1_063 * NS_PER_S - 1) == 101
    assert market.reference(1_063 * NS_PER_S) == 102
    assert market.reference(9_999 * NS_PER_S) == 102
    market.trade(9_999 * NS_PER_S, 103)
    assert market.reference(10_059 * NS_PER_S - 1) == 102
    assert market.reference(10_059 * NS_PER_S) == 103
    market.restart()
    assert market.reference(10_059 * NS_PER_S) == 0
    market.trade(10_060 * NS_PER_S, 104)
    assert market.reference(10_060 * NS_PER_S) == 104


@pytest.mark.parametrize("seed", range(20))
def test_reference_is_that_of_a_plain_search(seed: int) -> None:
    numbers = random.Random(seed)
    lookback_ns = numbers.choice([60, 61, 119, 600, NS_PER_S, 300 * NS_PER_S, 31 * NS_PER_DAY])
    market = Market(lookback_ns, numbers.choice([1, FIVE_PERCENT, PPB]))
    length_ns = market.length_ns
    now = numbers.choice([0, 1, 1_700_000_000 * NS_PER_S])
    for _ in range(300):
        steps = [0, 0, 1, length_ns - 1, length_ns, 5 * length_ns, 59 * length_ns]
        far = [numbers.randint(60, 70) * length_ns, 1_000 * length_ns]
        now += numbers.choice(steps + (far if numbers.random() < 0.3 else []))
        if numbers.random() < 0.02:
            market.restart()
        if numbers.random() < 0.6:
            market.trade(now, numbers.randint(1, 2_000))
        market.reference(now)


@pytest.mark.parametrize("edge", range(56, 70))
def test_the_ring_forgets_nothing_it_needs(edge: int) -> None:
    """A trade in every interval, then one so many intervals later: all times in between."""
    market = Market(60)
    for at in range(130):
        market.trade(at, 1_000 + at)
        market.reference(at)
    for at in range(130, 130 + edge):
        market.reference(at)
    market.trade(129 + edge, 77)
    for at in range(129 + edge, 300):
        market.reference(at)


def test_nothing_is_kept_where_the_control_is_off() -> None:
    """MAT-064: on if `volatility_ppb > 0`; nothing of the arena changes else."""
    market = Market(NS_PER_S, ppb=0)
    market.state.engine["now_ns"] = 5
    before = market.arena.copy()
    _record(market.arena, CONTRACT, 100)
    assert (market.arena == before).all()
    assert _look(market.arena, CONTRACT) == (0, 0, 0)


@pytest.mark.parametrize(
    ("reference", "ppb", "highest", "expected"),
    [
        (4_865, FIVE_PERCENT, 9_000, (4_622, 5_108)),  # TV-14: 4621.75 and 5108.25
        (4_865, FIVE_PERCENT, 5_000, (4_622, 5_000)),
        (100, PPB, 9_000, (1, 200)),
        (100, PPB - 1, 9_000, (1, 199)),
        (19, FIVE_PERCENT, 9_000, (19, 19)),
        (20, FIVE_PERCENT, 9_000, (19, 21)),
        (1, PPB, 9_000, (1, 2)),
        (PRICE_TICKS_MAX, PPB, PRICE_TICKS_MAX, (1, PRICE_TICKS_MAX)),
        (PRICE_TICKS_MAX, 1, PRICE_TICKS_MAX, (PRICE_TICKS_MAX - 2, PRICE_TICKS_MAX)),
    ],
)
def test_band(reference: int, ppb: int, highest: int, expected: tuple[int, int]) -> None:
    """Rounded inwards, within 1 .. `price_ticks_max`."""
    market = Market(NS_PER_S, ppb)
    market.state.books["price_ticks_max"] = highest
    market.trade(0, reference)
    assert _look(market.arena, CONTRACT) == (reference, *expected)
