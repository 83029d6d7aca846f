"""Rows of the rates for tests: two contracts, so that a wrong offset shows, parameters by name."""

from typing import Any, NamedTuple

import numpy as np

from hkperp_engine.arena_state import state_opener
from hkperp_engine.kernel import door
from hkperp_engine.units import NS_PER_HOUR, NS_PER_S, PPB
from hkperp_funding.index import dispersion, update_index
from hkperp_funding.layout import BASIS, BASIS_SLOTS, RATES, SOURCE, SOURCES_MAX
from hkperp_funding.mark import update_mark
from hkperp_funding.premium import sample
from hkperp_funding.rate import close_interval, funding_rate

S = NS_PER_S
HOUR = NS_PER_HOUR
PERCENT = PPB // 100

#: The contract under test; the other one must never change.
CONTRACT = 1
CONTRACTS = 3

PARAMETERS = {
    "source_count": 5,
    "source_min": 3,
    "deviation_max_ppb": 5 * PERCENT,
    "weight_max_ppb": 40 * PERCENT,
    "is_weighted_mean": 0,
    "hold_ns": 30 * S,
    "median_ns": 300 * S,
    "median_band_ppb": 2 * PERCENT,
    "mark_band_ppb": 3 * PERCENT,
    "sample_interval_ns": 5 * S,
    "basis_window_ns": 150 * S,
    "basis_samples_min": 10,
    "impact_notional": 10**9,
    "interest_ppb": 100_000,
    "interest_band_ppb": 500_000,
    "rate_cap_ppb": 3_500_000,
    "rate_step_ppb": 0,
    "funding_interval_ns": 8 * HOUR,
}


class State(NamedTuple):
    """What the kernels take."""

    sources: Any
    rates: Any
    basis: Any


#: Sections of the arena in the order of `State`: dtype and number of rows.
SECTIONS = (
    (SOURCE, CONTRACTS * SOURCES_MAX),
    (RATES, CONTRACTS),
    (BASIS, CONTRACTS * BASIS_SLOTS),
)

# Kernels get their state through an arena, as in the machine. Given a `State`, numba would name
# this module's class in the cache of the funding package, where other processes cannot import it.
open_state = state_opener(State, [dtype for dtype, _ in SECTIONS])


def new_arena():
    """Return an arena of zeros under its header of starts and stops."""
    bounds, stop = [], 2 * len(SECTIONS)
    for dtype, rows in SECTIONS:
        start, stop = stop, stop + rows * dtype.itemsize // 8
        bounds += [start, stop]
    arena = np.zeros(stop, np.int64)
    arena[: len(bounds)] = bounds
    return arena


@door
def _update_index(arena, now_ns):
    return update_index(open_state(arena), CONTRACT, now_ns)


@door
def _dispersion(arena):
    return dispersion(open_state(arena), CONTRACT)


@door
def _update_mark(arena, now_ns, mid_ticks):
    return update_mark(open_state(arena), CONTRACT, now_ns, mid_ticks)


@door
def _sample(arena, now_ns, mid_ticks, bid_ticks, ask_ticks):
    return sample(open_state(arena), CONTRACT, now_ns, mid_ticks, bid_ticks, ask_ticks)


@door
def _funding_rate(arena):
    return funding_rate(open_state(arena), CONTRACT)


@door
def _close_interval(arena, now_ns):
    return close_interval(open_state(arena), CONTRACT, now_ns)


class World:
    """State of three contracts and short names for what tests do with the middle one."""

    def __init__(self, prices=(), weights=None, age_max_ns=10 * S, **changed):
        """Sources with `prices` at time 0, equal weights unless told; `changed` parameters."""
        self.arena = new_arena()
        self.state = open_state(self.arena)
        count = len(prices) or PARAMETERS["source_count"]
        for name, value in {**PARAMETERS, "source_count": count, **changed}.items():
            self.rates[name] = value
        weights = weights or [PPB // count + (i < PPB % count) for i in range(count)]
        for i, weight in enumerate(weights):
            self.sources[i]["weight_ppb"] = weight
            self.sources[i]["age_max_ns"] = age_max_ns
        self.show(0, *prices)

    @property
    def rates(self):
        """Row of the contract."""
        return self.state.rates[CONTRACT]

    @property
    def sources(self):
        """Rows of its sources in use."""
        first = CONTRACT * SOURCES_MAX
        return self.state.sources[first : first + int(self.rates["source_count"])]

    def show(self, now_ns, *prices):
        """Source i shows prices[i] at `now_ns`; None: it says nothing."""
        for i, price in enumerate(prices):
            if price is not None:
                self.sources[i]["price_ticks"] = price
                self.sources[i]["time_ns"] = now_ns

    def get(self, *names):
        """Fields of the contract as plain integers."""
        values = tuple(int(self.rates[name]) for name in names)
        return values if len(values) > 1 else values[0]

    def of_sources(self, name):
        """One field of all sources in use."""
        return [int(source[name]) for source in self.sources]

    def add_basis(self, *samples):
        """Write (time, basis) rows into the ring as if they had been sampled."""
        for time_ns, basis in samples:
            slot = int(self.rates["basis_next"])
            self.state.basis[CONTRACT * BASIS_SLOTS + slot] = (time_ns, basis)
            self.rates["basis_next"] = (slot + 1) % BASIS_SLOTS
            self.rates["basis_count"] = min(int(self.rates["basis_count"]) + 1, BASIS_SLOTS)

    def update_index(self, now_ns):
        """`index.update_index` of the contract."""
        return int(_update_index(self.arena, now_ns))

    def dispersion(self):
        """`index.dispersion` of the contract."""
        return int(_dispersion(self.arena))

    def update_mark(self, now_ns, mid_ticks):
        """`mark.update_mark` of the contract."""
        return int(_update_mark(self.arena, now_ns, mid_ticks))

    def sample(self, now_ns, mid_ticks, bid_ticks, ask_ticks):
        """`premium.sample` of the contract."""
        return int(_sample(self.arena, now_ns, mid_ticks, bid_ticks, ask_ticks))

    def funding_rate(self):
        """`rate.funding_rate` of the contract."""
        return int(_funding_rate(self.arena))

    def close_interval(self, now_ns):
        """`rate.close_interval` of the contract."""
        return int(_close_interval(self.arena, now_ns))
