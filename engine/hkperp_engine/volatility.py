"""The price of some time ago, and how far a trade may be from it (docs/book.md section 11).

A contract's time is cut into intervals, numbered from the epoch; `state.history` keeps the last
trade of each in a ring. An interval without a trade has the price of the one before, so the
reference is one look into the ring. No history (no trade since it began): `history_first_ticks`
is 0.
"""

from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.layout import HISTORY_ROWS
from hkperp_engine.tuning import inlined

__all__ = ["band", "record_trade", "reference_ticks", "restart_history"]

#: Intervals in the time a reference is old; the ring has a few rows more.
_INTERVALS = 60

assert _INTERVALS < HISTORY_ROWS


@kernel
def _interval(state, market):
    """Return the number of the interval that `now_ns` is in, for a MARKET row. O(1)."""
    length_ns = -(-int(market["lookback_ns"]) // _INTERVALS)
    if CHECKED:
        assert length_ns > 0
    return int(state.engine[0]["now_ns"]) // length_ns


@inlined
def record_trade(state, contract, price_ticks):
    """Take a trade at `price_ticks` now into the history, if volatility control is on (MAT-065).

    O(1); the first trade of an interval O(intervals without one), at most 64.
    """
    if state.markets[contract]["volatility_ppb"] != 0:
        _record(state, contract, price_ticks)


@kernel
def _record(state, contract, price_ticks):
    """Write a trade (ticks) into the ring, and the one before into the empty intervals between."""
    market = state.markets[contract]
    interval = _interval(state, market)
    base = contract * HISTORY_ROWS
    if market["history_first_ticks"] == 0:
        market["history_first"] = interval
        market["history_first_ticks"] = price_ticks
    else:
        last = int(market["history_interval"])
        if CHECKED:
            assert last <= interval
        closing_ticks = state.history[base + last % HISTORY_ROWS]
        for empty in range(max(last + 1, interval - HISTORY_ROWS + 1), interval):
            state.history[base + empty % HISTORY_ROWS] = closing_ticks
    market["history_interval"] = interval
    state.history[base + interval % HISTORY_ROWS] = price_ticks


@kernel
def reference_ticks(state, contract):
    """Return the price (ticks) of `lookback_ns` ago, 0 if there is no history (MAT-065). O(1).

    In interval k: the last trade of interval k - 60 or before, else the first of the history.
    """
    market = state.markets[contract]
    first_ticks = int(market["history_first_ticks"])
    if first_ticks == 0:
        return 0
    wanted = _interval(state, market) - _INTERVALS
    if wanted < market["history_first"]:
        return first_ticks
    wanted = min(wanted, int(market["history_interval"]))
    return int(state.history[contract * HISTORY_ROWS + wanted % HISTORY_ROWS])


@kernel
def band(state, contract):
    """Return (low, high): the ticks a trade may have now, (0, 0) if there is no band (MAT-064).

    Rounded towards the reference: around 4865 with 5 % it is 4622 .. 5108 (TV-14). Never below 1
    or above the contract's highest price. O(1).
    """
    ppb = int(state.markets[contract]["volatility_ppb"])
    if ppb == 0:
        return 0, 0
    ticks = reference_ticks(state, contract)
    if ticks == 0:
        return 0, 0
    distance = mul_div_floor(ticks, ppb)
    low = max(ticks - distance, 1)
    high = min(ticks + distance, int(state.books[contract]["price_ticks_max"]))
    if CHECKED:
        assert low <= ticks <= high
    return low, high


@kernel
def restart_history(state, contract):
    """Forget all trades: the next one begins the history. O(1)."""
    market = state.markets[contract]
    market["history_interval"] = 0
    market["history_first"] = 0
    market["history_first_ticks"] = 0
