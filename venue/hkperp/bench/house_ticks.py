"""The price alarms with a million accounts: what a mark step costs when the mark moves a little.

The accounts of `house.py`, with equity from 21 % to 100 % of their notional, so that every small
move of the mark has some to wake: about 13,000 a percent. The mark walks at random; after every
few steps the margin state of each account is compared with what a full scan in Python's integers
says, so no figure is given for an index that misses somebody.
"""

import statistics
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hkperp.bench.house import (
    CONTRACTS,
    PRICE_TICKS,
    SECOND_NS,
    populated,
    price_rows,
    rows_of,
    silent,
)
from hkperp.edge.machine_memory import Machine
from hkperp_engine.codes import Command, HouseWallet, MarginState
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.units import PPB

__all__ = ["LOOK_GOAL_NS", "STEP_GOAL_NS", "TickCost", "tick_costs"]

#: The goal: what a step may cost, and each account looked at in it.
STEP_GOAL_NS, LOOK_GOAL_NS = 5_000, 400

#: Equity of the accounts, ppb of their notional: from and to.
_EQUITY_PPB = (210_000_000, PPB)

#: The walk: steps that are timed, its largest step and its farthest distance from the start.
_STEPS = 400
_STEP_TICKS = 100
_FAR_TICKS = 3_000
_LOOK_EVERY = 20
_SEED = 20251010

#: Steps until every alarm hangs: a test hangs 32,768 anew.
_QUIET_STEPS = 48


class TickCost(NamedTuple):
    """What the steps of a walk cost: median ns, looks of the median step, and ns for all looks.

    `look_ns`: what a look adds to a step, by regression over the walk. `goal_share`: time of the
    whole walk over the goal's, 5 us a step and 0.4 us a look. `crash_ns`, `crash_looks`: a step in
    which all marks fall by 1 %.
    """

    accounts: int
    median_ns: float
    median_looks: float
    look_ns: float
    goal_share: float
    crash_ns: float
    crash_looks: int


def _walk(draws: np.random.Generator, steps: int) -> Iterator[int]:
    """Yield marks, ticks: a random walk that turns back at its farthest distance."""
    at = PRICE_TICKS
    for move in draws.integers(-_STEP_TICKS, _STEP_TICKS + 1, steps).tolist():
        at += move if abs(at + move - PRICE_TICKS) <= _FAR_TICKS else -move
        yield at


def _step(machine: Machine, time_ns: int, price_ticks: int) -> tuple[int, int]:
    """Move the prices, then time a mark step; return (ns, looks at wallets)."""
    machine.feed(price_rows(time_ns - 1, price_ticks), silent)
    row = rows_of(1, Command.TICK, time_ns)
    before = int(machine.state.house["looked_count"][0])
    start = time.perf_counter_ns()
    machine.feed(row, silent)
    elapsed = time.perf_counter_ns() - start
    return elapsed, int(machine.state.house["looked_count"][0]) - before


def _check(machine: Machine) -> None:
    """Compare each account's margin state with a scan of all: InvariantBroken if one differs."""
    state = machine.state
    first = HouseWallet.CLIENTS
    positions = state.positions.reshape(-1, CONTRACTS)[first:]
    value = positions["lots"] * (state.rates["mark_good_ticks"] * state.contracts["tick_value"])
    wallets = state.wallets[first:]
    equity = wallets["cash"] + wallets["pending"] + (value - positions["cost"]).sum(axis=1)
    # One tier, no add-on: the rate on each leg, rounded up.
    margin = (-(-np.abs(value) * int(state.tiers["im_ppb"][0]) // PPB)).sum(axis=1)
    expected = np.where(equity < margin, int(MarginState.CALL), int(MarginState.HEALTHY))
    wrong = np.flatnonzero(wallets["state"] != expected)
    if len(wrong):
        raise InvariantBroken(f"{len(wrong):,} accounts missed, the first is wallet {wrong[0]}")


def tick_costs(accounts: int) -> TickCost:
    """Measure a walk of the mark, then a fall of 1 % in one step. About 10 us an account.

    Every mark step moves the marks of all contracts alike.
    """
    draws = np.random.default_rng(_SEED)
    low, high = _EQUITY_PPB
    machine = populated(accounts, draws.integers(low, high, accounts))
    now_ns = SECOND_NS
    for at in _walk(draws, _QUIET_STEPS):
        now_ns += SECOND_NS
        _step(machine, now_ns, at)
    found = []
    for i, at in enumerate(_walk(draws, _STEPS)):
        now_ns += SECOND_NS
        found.append(_step(machine, now_ns, at))
        if i % _LOOK_EVERY == 0:
            _check(machine)
    elapsed = [ns for ns, _ in found]
    looks = [count for _, count in found]
    slope, _ = statistics.linear_regression(looks, elapsed)
    crash_ns, crash_looks = _step(machine, now_ns + SECOND_NS, at - PRICE_TICKS // 100)
    _check(machine)
    goal = STEP_GOAL_NS * _STEPS + LOOK_GOAL_NS * sum(looks)
    return TickCost(
        accounts=accounts,
        median_ns=statistics.median(elapsed),
        median_looks=statistics.median(looks),
        look_ns=slope,
        goal_share=sum(elapsed) / goal,
        crash_ns=crash_ns,
        crash_looks=crash_looks,
    )
