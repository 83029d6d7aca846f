"""Price alarms (LIQ-01): nobody sleeps whom a full scan would look at, and most are asleep.

2,000 accounts over 500,000 mark steps (HKPERP_ALARM_STEPS), 10 million in `make soak`. The scan is
written out here, from the formulas of docs/machine.md section 2: every account, every step.
"""

import os

import numpy as np
import pytest

from compiled_house import CompiledHouse
from hkperp.config import Asset, Concentration, Config, House
from hkperp.state import open_machine
from hkperp_clearing.alarms import (
    alarm_buckets,
    bucket_of,
    fall_asleep,
    ring_alarms,
)
from hkperp_clearing.attention import is_asleep, next_awake, put_to_sleep, wake
from hkperp_clearing.layout import TIERS_MAX
from hkperp_clearing.ledger import post
from hkperp_clearing.position import book_fill
from hkperp_engine.codes import AssetKind, HouseWallet, InvestorClass, Posting
from hkperp_engine.kernel import door
from hkperp_engine.tuning import inlined
from hkperp_engine.units import PPB, PRICE_TICKS_MAX
from vectors import START_NS, contract

STEPS = int(os.environ.get("HKPERP_ALARM_STEPS", "500000"))
SOAK_STEPS = 10_000_000
SHARES = 2
BLOCK = 25_000
ACCOUNTS = 2_000
CLIENTS = int(HouseWallet.CLIENTS)
EXTERNAL = int(HouseWallet.EXTERNAL)
DEPOSIT, WITHDRAWAL = int(Posting.DEPOSIT), int(Posting.WITHDRAWAL)

#: What a walk counts, in this order.
COUNTS = ("looks", "missed", "sleepers", "under")
LOOKS, MISSED, SLEEPERS, UNDER = range(4)
PRICES = (1_200_000, 4_000, 90)


@door
def _bucket(price_ticks):
    return bucket_of(price_ticks)


@door
def _first_awake(arena, wallet):
    return next_awake(open_machine(arena), wallet)


@door
def _set_asleep(arena, wallet, sleeps):
    state = open_machine(arena)
    if sleeps:
        put_to_sleep(state, wallet)
    else:
        wake(state, wallet)


@inlined
def _scan(state, wallet):
    """The full scan's answer for one account: must a margin test look at it?"""
    row = state.wallets[wallet]
    equity = row["cash"] + row["pending"]
    equity += state.balances[wallet * 2 + 1] * 9 // 10  # the coin counts 0.90
    initial = 0
    maintenance = 0
    for i in range(3):
        position = state.positions[wallet * 3 + i]
        spec = state.contracts[i]
        lots = int(position["lots"])
        if lots == 0:
            continue
        value = lots * state.rates[i]["mark_good_ticks"] * spec["tick_value"]
        equity += value - position["cost"]
        value = abs(value)
        n = spec["tier_count"] - 1
        while n > 0 and state.tiers[i * TIERS_MAX + n]["floor_quote"] > value:
            n -= 1
        tier = state.tiers[i * TIERS_MAX + n]
        margin = (value * tier["im_ppb"] + PPB - 1) // PPB - tier["im_deduction_quote"]
        floor_ppb = state.class_floors[i * 8 + int(row["investor_class"])]
        margin = max(margin, (value * floor_ppb + PPB - 1) // PPB)
        beyond = max(0, value - spec["threshold_quote"])
        initial += margin + (beyond * spec["concentration_ppb"] + PPB - 1) // PPB
        maintenance += (value * tier["mm_ppb"] + PPB - 1) // PPB - tier["mm_deduction_quote"]
    return equity < initial or 5 * maintenance >= 4 * equity


@door
def _walk(arena, marks, changes, found):
    """Step after step: somebody trades and pays, marks move, alarms ring, a test, a full scan."""
    state = open_machine(arena)
    size = state.wallets.size
    for step in range(marks.shape[0]):
        state.engine[0]["events_used"] = 0
        wallet = changes[step, 0]
        i = changes[step, 1]
        lots = changes[step, 2]
        amount = changes[step, 3]
        if lots != 0:
            mark_ticks = state.rates[i]["mark_good_ticks"]
            book_fill(state, wallet, i, lots, mark_ticks)
            book_fill(state, CLIENTS + (wallet * 7) % (size - CLIENTS), i, -lots, mark_ticks)
        if amount > 0:
            post(state, DEPOSIT, 0, EXTERNAL, wallet, amount)
        elif amount < 0 and state.wallets[wallet]["cash"] >= -amount:
            post(state, WITHDRAWAL, 0, wallet, EXTERNAL, -amount)
        for i in range(3):
            state.contracts[i]["threshold_quote"] = changes[step, 4]
            state.rates[i]["mark_good_ticks"] = marks[step, i]
            ring_alarms(state, i)
        wallet = next_awake(state, CLIENTS)
        while wallet < size:
            found[LOOKS] += 1
            fall_asleep(state, wallet, 1)
            wallet = next_awake(state, wallet + 1)
        for wallet in range(CLIENTS, size):
            is_under = _scan(state, wallet)
            sleeps = is_asleep(state, wallet)
            found[UNDER] += is_under
            found[SLEEPERS] += sleeps
            found[MISSED] += sleeps and is_under


def venue() -> Config:
    """Three contracts: fine ticks and two tiers; class floors; an add-on above 90 % of a coin."""
    floors = tuple(400_000_000 if each == InvestorClass.IND_PI else 0 for each in range(8))
    addon = Concentration(addon_ppb=100_000_000, floor_quote=1)
    coin = Asset(name="COIN", kind=AssetKind.STABLECOIN, haircut_ppb=100_000_000)
    return Config(
        house=House(start_ns=START_NS),
        contracts=(
            contract(10, (0, 50_000, 25_000), (10**9, 250_000, 200_000)),
            contract(3_000, (0, 100_000, 60_000), name="ETH", class_floors_ppb=floors),
            contract(100_000, (0, 200_000, 150_000), name="SOL", concentration=addon),
        ),
        assets=(Asset(name="HKD", kind=AssetKind.FIAT), coin),
    )


def accounts(draws: np.random.Generator, count: int) -> list[tuple[int, ...]]:
    """Clients of three classes, each alone."""
    classes = [InvestorClass.INST_PI, InvestorClass.CORP_PI, InvestorClass.IND_PI]
    drawn = draws.choice(classes, count).tolist()
    return [(each, 0, 2**62, i, -1, 0) for i, each in enumerate(drawn)]


def changes(draws: np.random.Generator, steps: int, count: int, share: float) -> np.ndarray:
    """What happens at each step: now and then a trade, a payment; a threshold always."""
    rows = np.zeros((steps, 5), np.int64)
    rows[:, 0] = CLIENTS + draws.integers(0, count, steps)
    rows[:, 1] = draws.integers(0, 3, steps)
    trades = draws.random(steps) < share
    rows[trades, 2] = draws.integers(-40, 41, int(trades.sum()))
    pays = draws.random(steps) < share
    rows[pays, 3] = (10.0 ** draws.uniform(6, 10, int(pays.sum()))).astype(np.int64)
    rows[pays, 3] *= draws.choice([-1, 1, 1], int(pays.sum()))
    rows[:, 4] = draws.integers(1, 10**9, steps)
    return rows


def marks(draws: np.random.Generator, start: np.ndarray, steps: int, pace: float) -> np.ndarray:
    """A walk of three marks, half tied to each other, with gaps, drawn back to their start."""
    moves = draws.normal(0, 2e-4 * pace, (steps, 3)) + draws.normal(0, 1e-4 * pace, (steps, 1))
    gaps = draws.random(steps) < 1e-4
    moves[gaps] += draws.normal(0, 0.1, (int(gaps.sum()), 1))
    logs = np.log(start / np.array(PRICES))
    rows = np.empty((steps, 3))
    for step in range(steps):
        logs = 0.99995 * logs + moves[step]
        rows[step] = logs
    prices = (np.exp(rows) * np.array(PRICES)).astype(np.int64)
    return np.clip(prices, 1, 4_000_000)


def walked(seed: int, steps: int, count: int, pace: float) -> dict[str, int]:
    """Set up the accounts, walk, and return what was counted in the walk itself."""
    draws = np.random.default_rng(seed)
    house = CompiledHouse(venue(), accounts(draws, count))
    arena = house.machine.arena
    still = np.array(PRICES)
    found = np.zeros(len(COUNTS), np.int64)
    setup = changes(draws, 2 * count, count, 1.0)
    setup[:count, 0] = CLIENTS + np.arange(count)
    setup[:, 3] = np.abs(setup[:, 3])
    house.state.rates["mark_good_ticks"] = still
    house.state.wallets["asset_mask"][CLIENTS::3] = 2
    coins = house.state.balances.reshape(-1, 2)
    coins[CLIENTS::3, 1] = draws.integers(1, 10**9, len(coins[CLIENTS::3]))
    _walk(arena, np.tile(still, (len(setup), 1)), setup, found)
    found[:] = 0
    for first in range(0, steps, BLOCK):
        path = marks(draws, still, min(BLOCK, steps - first), pace)
        _walk(arena, path, changes(draws, len(path), count, 0.02), found)
        still = path[-1]
        where = f"seed={seed}, steps {first:,} to {first + len(path):,}"
        assert found[MISSED] == 0, f"{where}: {found[MISSED]} times somebody was missed"
    return dict(zip(COUNTS, found.tolist(), strict=True))


def run(seed: int, steps: int, count: int = ACCOUNTS, pace: float = 1) -> None:
    """A walk in which nobody is missed, with many to find and few looked at in vain."""
    found = walked(seed, steps, count, pace)
    seen = steps * count
    print(f"seed={seed}, {steps:,} steps of {count:,} accounts: {found}")
    assert found["under"] > seen // 50, "too few were ever under: the walk proves little"
    assert found["sleepers"] > seen // 2, "an index that wakes everybody misses nobody"


def test_nobody_is_missed_in_a_short_walk():
    """As below, for a machine that compiles nothing."""
    run(200, 600, 60, 20)


@pytest.mark.parametrize("share", range(SHARES))
def test_nobody_is_missed(share: int):
    """(LIQ-01) Whoever a full scan finds under initial margin, or due a notice, is awake."""
    run(share, STEPS // SHARES)


@pytest.mark.soak
@pytest.mark.timeout(0)
@pytest.mark.parametrize("share", range(SHARES))
def test_nobody_is_missed_for_long(share: int):
    run(100 + share, SOAK_STEPS // SHARES)


def test_buckets_never_fall_and_are_as_many_as_said():
    """Each price has one bucket, at most 1 / 4,096 of the price wide."""
    prices = sorted({p + d for s in range(31) for p in (1 << s, 3 << s) for d in (-1, 0, 1)})
    prices = [price for price in prices if 1 <= price <= PRICE_TICKS_MAX]
    found = [_bucket(price) for price in prices]
    assert found == sorted(found)
    assert [_bucket(price) for price in range(1, 8_193)] == list(range(1, 8_193))
    for price in prices:
        assert _bucket(price + price // 2_048 + 1) > _bucket(price)
        assert alarm_buckets(price) == _bucket(price + 1) + 1


@pytest.mark.parametrize("count", [1, 47, 48, 49, 4_080, 4_081, 8_300])
def test_the_next_one_awake_is_found(count: int):
    """Across words and groups of words, and none behind the last."""
    house = CompiledHouse(venue(), [(1, 0, 2**62, i, -1, 0) for i in range(count)])
    arena, size = house.machine.arena, CLIENTS + count
    for wallet in range(CLIENTS, size):
        _set_asleep(arena, wallet, 1)
    assert _first_awake(arena, CLIENTS) == size
    near = [*range(CLIENTS, 200), *range(4_060, 4_200), *range(size - 70, size)]
    for wallet in [each for each in near if CLIENTS <= each < size]:
        _set_asleep(arena, wallet, 0)
        assert _first_awake(arena, CLIENTS) == _first_awake(arena, wallet) == wallet
        assert _first_awake(arena, wallet + 1) == size
        _set_asleep(arena, wallet, 1)
