"""The order of deleveraging (LOSS-04) with more candidates than are sorted at a time."""

import numpy as np
import pytest

from compiled_house import CompiledHouse
from hkperp.state import open_machine
from hkperp_clearing.deleverage import RANKED_AT_ONCE, next_candidate, rank_candidates
from hkperp_engine.codes import HouseWallet, InvestorClass
from hkperp_engine.kernel import door
from vectors import FOREVER, SOUND, contract, venue

CLIENTS = int(HouseWallet.CLIENTS)
MARK = 1_000


@door
def _rank(arena, defaulter, contract, needs_gain):
    return rank_candidates(open_machine(arena), defaulter, contract, needs_gain)


@door
def _next(arena, taken, count):
    return next_candidate(open_machine(arena), taken, count)


def crowd(seed: int, count: int) -> CompiledHouse:
    """A defaulter long in the first wallet and a crowd of shorts, some without a gain.

    Few entry prices, sizes and balances, so that many are equal in all but their number.
    """
    draws = np.random.default_rng(seed)
    classes = draws.choice([InvestorClass.INST_PI, InvestorClass.AFMM], count + 1, p=[0.9, 0.1])
    rows = [(int(each), SOUND, FOREVER, i, -1, 0) for i, each in enumerate(classes)]
    house = CompiledHouse(venue(contract(1, (0, 100_000, 50_000))), rows)
    state = house.state
    state.rates["mark_good_ticks"] = MARK
    positions = state.positions[CLIENTS:]
    lots = -draws.integers(0, 4, count + 1)
    lots[0] = 1_000
    entry = MARK + draws.integers(-1, 3, count + 1)
    positions["lots"] = lots
    positions["cost"] = positions["entry_cost"] = lots * entry
    wallets = state.wallets[CLIENTS:]
    wallets["cash"] = draws.choice([500, 5_000], count + 1)
    wallets["contract_mask"] = 1
    return house


def expected(house: CompiledHouse) -> list[int]:
    """The order by FORMULAS section 6, with Python's sort and exact integers."""
    keys = []
    state = house.state
    for wallet in range(CLIENTS + 1, len(state.wallets)):
        row, position = state.wallets[wallet], state.positions[wallet]
        lots, entry_cost = int(position["lots"]), int(position["entry_cost"])
        gain = lots * MARK - entry_cost
        if lots == 0 or gain <= 0:
            continue
        profit = gain * 10**9 // abs(entry_cost)
        leverage = abs(lots) * MARK * 10**9 // (int(row["cash"]) + gain)
        is_affiliate = int(row["investor_class"]) == InvestorClass.AFMM
        keys.append((-(profit * leverage // 10**9), not is_affiliate, lots, wallet))
    return [wallet for *_, wallet in sorted(keys)]


@pytest.mark.parametrize("count", [1, 2, 127, 128, 129, 400, 2_000])
def test_candidates_come_in_the_order_of_their_rank(count: int) -> None:
    """(LOSS-04) Score, affiliates first, size, number: block after block, to the last."""
    house = crowd(count, count)
    arena, wanted = house.machine.arena, expected(house)
    found = _rank(arena, CLIENTS, 0, 1)
    assert found == len(wanted)
    order = []
    for taken in range(found):
        order.append(int(house.state.shares["wallet"][_next(arena, taken, found)]))
    assert order == wanted
    assert _next(arena, found, found) == -1
    assert count < 2_000 or found > 2 * RANKED_AT_ONCE
