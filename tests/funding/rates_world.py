"""Rows of the rates for tests: two contracts, so that a wrong offset shows, parameters by name."""

from typing import Any, NamedTuple

import numpy as np

from hkperp_engine.units import NS_PER_HOUR, NS_PER_S, PPB
from hkperp_funding.layout import BASIS, BASIS_SLOTS, RATES, SOURCE, SOURCES_MAX

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
    "funding_interval_ns": 8 * HOUR,
}


class State(NamedTuple):
    """What the kernels take."""

    sources: Any
    rates: Any
    basis: Any


class World:
    """State of three contracts and short names for what tests do with the middle one."""

    def __init__(self, prices=(), weights=None, age_max_ns=10 * S, **changed):
        """Sources with `prices` at time 0, equal weights unless told; `changed` parameters."""
        self.state = State(
            np.zeros(CONTRACTS * SOURCES_MAX, SOURCE),
            np.zeros(CONTRACTS, RATES),
            np.zeros(CONTRACTS * BASIS_SLOTS, BASIS),
        )
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
