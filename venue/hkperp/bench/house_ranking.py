"""Deleveraging with a million accounts: what it costs to rank the gainers and take the best 100.

The order is compared with one computed in Python's integers before a time is given.
"""

import statistics
import time
from typing import Any, NamedTuple

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
from hkperp.state import open_machine
from hkperp_clearing.deleverage import RANKED_AT_ONCE, next_candidate, rank_candidates
from hkperp_engine.codes import Command, HouseWallet
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import door
from hkperp_engine.units import PPB

__all__ = ["RankingCost", "ranking_cost", "TAKEN"]

#: How many candidates are taken: the best of all.
TAKEN = 100

_EQUITY_PPB = (250_000_000, PPB)
_SEED = 20251010
_RISE_TICKS = 500


class RankingCost(NamedTuple):
    """Candidates, and median ns: to score them and have the best, and to choose from scores."""

    candidates: int
    rank_ns: float
    choose_ns: float


@door
def rank(arena, defaulter, contract):
    """Rank the gainers against a wallet's leg; return how many there are."""
    return rank_candidates(open_machine(arena), defaulter, contract, 1)


@door
def candidate_after(arena, taken, count):
    """Return the row of the candidate whose turn it is when `taken` have been taken."""
    return next_candidate(open_machine(arena), taken, count)


def _expected(state: Any, defaulter: int) -> list[int]:
    """Return the best TAKEN wallets by the formula of the score, in exact integers.

    Every account entered at the same price, in every leg, and has the same margin rate: profit is
    the same for all, and its leverage decides; of equals more lots, then the lower wallet.
    """
    positions = state.positions.reshape(-1, CONTRACTS)
    unit = state.rates["mark_good_ticks"] * state.contracts["tick_value"]
    value = positions["lots"] * unit
    equity = state.wallets["cash"] + (value - positions["cost"]).sum(axis=1)
    is_gainer = (value - positions["cost"]).sum(axis=1) > 0
    is_long = positions["lots"][:, 0] > 0
    fit = is_gainer & is_long & (equity > 0)
    fit[: HouseWallet.CLIENTS] = False
    fit[defaulter] = False
    wallets = np.flatnonzero(fit)
    exposure = np.abs(value).sum(axis=1)[wallets]
    # floats only choose whom to look at closely
    rough = exposure / equity[wallets] * (value[wallets, 0] - positions["entry_cost"][wallets, 0])
    rough = rough / np.abs(positions["entry_cost"][wallets, 0])
    keys = []
    for wallet in wallets[np.argsort(-rough)[: 20 * TAKEN]].tolist():
        entry, worth = int(positions["entry_cost"][wallet, 0]), int(value[wallet, 0])
        profit = (worth - entry) * PPB // entry
        leverage = int(np.abs(value[wallet]).sum()) * PPB // int(equity[wallet])
        keys.append((-(profit * leverage // PPB), -int(positions["lots"][wallet, 0]), wallet))
    return [wallet for *_, wallet in sorted(keys)[:TAKEN]]


def _moved(machine: Machine) -> None:
    """Let the mark of the first contract rise, so that its longs gain."""
    prices = price_rows(SECOND_NS, PRICE_TICKS)
    prices["price_ticks"][prices["contract"] == 0] += _RISE_TICKS
    machine.feed(prices, silent)
    machine.feed(rows_of(1, Command.TICK, 2 * SECOND_NS), silent)


def ranking_cost(accounts: int, rounds: int = 5) -> RankingCost:
    """Measure the ranking of every long of a contract; check the order of the best.

    About 10 us an account.
    """
    draws = np.random.default_rng(_SEED)
    machine = populated(accounts, draws.integers(*_EQUITY_PPB, accounts))
    _moved(machine)
    defaulter = HouseWallet.CLIENTS + 1
    arena, state = machine.arena, machine.state
    ranks, choices = [], []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        count = rank(arena, defaulter, 0)
        rows = [candidate_after(arena, taken, count) for taken in range(TAKEN)]
        ranks.append(time.perf_counter_ns() - start)
        found = state.shares["wallet"][rows].tolist()
        if found != _expected(state, defaulter):
            raise InvariantBroken("the best candidates are not those of the published rank")
        start = time.perf_counter_ns()
        candidate_after(arena, RANKED_AT_ONCE, count)
        choices.append(time.perf_counter_ns() - start)
    return RankingCost(count, statistics.median(ranks), statistics.median(choices))
