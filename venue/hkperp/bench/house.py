"""The house with a million accounts: what a mark step, a funding and a cycle cost.

Every account holds positions in two contracts, half of them in a third: 2.5 million positions, in
pairs of long and short. The commands are those of any user; a step is timed whole, and what a
funding or a cycle adds is the difference of two steps. After each timed command it is checked what
came of it, in Python's integers, before a time is given. Accounts are many and orders none, so
this measures memory: 64 bytes a wallet and 64 a position.
"""

import statistics
import time
from typing import NamedTuple

import numpy as np

from hkperp.config import (
    Asset,
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    MarkRules,
    Source,
    Tier,
)
from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_engine.codes import (
    AccountFlag,
    AssetKind,
    Command,
    Event,
    HouseWallet,
    InvestorClass,
    Side,
)
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book
from hkperp_engine.units import PPB

__all__ = ["ACCOUNTS", "CONTRACTS", "HouseCost", "PRICE_TICKS", "SECOND_NS", "house_costs"]
__all__ += ["populated", "price_rows", "rows_of", "silent"]

#: Accounts of the benchmark; positions are 2.5 times as many.
ACCOUNTS = 1_000_000

CONTRACTS = 3
_SOURCES = 3
SECOND_NS = 1_000_000_000
_HOUR_NS = 3_600 * SECOND_NS
_SAMPLE_NS = 300 * SECOND_NS
PRICE_TICKS = 100_000
_CASH_QUOTE = 10**12
_LOTS_MAX = 9

#: Orders of a round of admission, each of an account drawn anew, all below the best ask.
_ORDERS = 200_000
_DEPTH_TICKS = 1_000
_SEED = 20260211

#: Mark steps until the alarms of all wallets hang: a step hangs those of 32,768.
_QUIET_STEPS = 48


class HouseCost(NamedTuple):
    """One row: median ns of all rounds, of how many wallets or positions, the goal in ns."""

    name: str
    ns: float
    things: int
    goal_ns: float | None


def _config() -> Config:
    """Return a venue of three contracts, funding each hour, a cycle each half hour."""
    weights = (333_333_334, 333_333_333, 333_333_333)
    # Samples are far apart, so that few are taken between two steps; the window is as long.
    mark = MarkRules(basis_window_ns=10 * _SAMPLE_NS)
    contracts = tuple(
        Contract(
            name=f"BENCH-{number}",
            tick_value=1,
            price_ticks_max=10 * PRICE_TICKS,
            lots_max=1_000_000,
            oi_cap_lots=2**32,
            tiers=(Tier(0, 200_000_000, 100_000_000),),
            sources=tuple(Source(f"source {i}", weights[i], 24 * _HOUR_NS) for i in range(3)),
            index=IndexRules(),
            mark=mark,
            # Without a book the premium is 0 and the rate the interest, scaled to an hour.
            funding=FundingRules(impact_notional=10**9, interval_ns=_HOUR_NS),
            maker_fee_ppb=200_000,
            taker_fee_ppb=500_000,
            liquidation_fee_ppb=1_000_000,
            collar_ppb=50_000_000,
            liquidation_collar_ppb=50_000_000,
            participation_ppb=1_000_000_000,
            buffer_ppb=50_000_000,
        )
        for number in range(CONTRACTS)
    )
    hkd = Asset(name="HKD", kind=AssetKind.FIAT)
    house = House(start_ns=0, sample_interval_ns=_SAMPLE_NS, cycle_interval_ns=_HOUR_NS // 2)
    return Config(house=house, contracts=contracts, assets=(hkd,))


def rows_of(count: int, kind: Command, time_ns: int, **columns: object) -> np.ndarray:
    """Return `count` COMMAND rows; fields not given are 0."""
    rows = np.zeros(count, COMMAND)
    rows["kind"] = kind
    rows["time_ns"] = time_ns
    for name, value in columns.items():
        rows[name] = value
    return rows


def price_rows(time_ns: int, price_ticks: int) -> np.ndarray:
    """Return the rows with which every source of every contract shows a price."""
    at = np.arange(CONTRACTS * _SOURCES)
    columns = {"contract": at // _SOURCES, "target": at % _SOURCES, "price_ticks": price_ticks}
    return rows_of(len(at), Command.SOURCE_PRICE, time_ns, **columns)


def _openings(accounts: int) -> np.ndarray:
    """Return the opening trades: neighbours in contracts 0 and 1, every fourth pair in 2 too."""
    parts = []
    for contract, share in ((0, 1), (1, 1), (2, 2)):
        longs = HouseWallet.CLIENTS + np.arange(0, accounts, 2 * share)
        columns = {
            "wallet": longs + contract % 2,
            "target": longs + 1 - contract % 2,
            "contract": contract,
            "price_ticks": PRICE_TICKS,
            "lots": 1 + np.arange(len(longs)) % _LOTS_MAX,
        }
        parts.append(rows_of(len(longs), Command.OPENING_TRADE, 1, **columns))
    return np.concatenate(parts)


def silent(_events: np.ndarray) -> None:
    """Take events and keep none."""


def _cash(openings: np.ndarray, accounts: int, equity_ppb: np.ndarray) -> np.ndarray:
    """Return the cash of each account, quote: a share of the notional that it will hold."""
    notional = np.zeros(accounts, np.int64)
    for side in ("wallet", "target"):
        np.add.at(notional, openings[side] - HouseWallet.CLIENTS, openings["lots"] * PRICE_TICKS)
    return notional * equity_ppb // PPB


def populated(accounts: int, equity_ppb: np.ndarray | None = None) -> Machine:
    """Return a machine with the accounts, their cash and their positions.

    `equity_ppb`: what each deposits, as a share of its notional; without it more than it needs.
    """
    rows = np.zeros(accounts, ACCOUNT)
    rows["investor_class"] = InvestorClass.INST_PI
    rows["account_flags"] = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT
    rows["valid_until_ns"] = 2**62
    rows["owner"] = np.arange(accounts)
    rows["isolated_contract"] = -1
    machine = Machine(_config(), rows, capacities=(2 * _ORDERS, 64, 4096, 64))
    wallets = HouseWallet.CLIENTS + np.arange(accounts)
    openings = _openings(accounts)
    cash = _CASH_QUOTE if equity_ppb is None else _cash(openings, accounts, equity_ppb)
    deposits = rows_of(accounts, Command.DEPOSIT, 0, wallet=wallets, amount=cash)
    tick = rows_of(1, Command.TICK, 1)
    refused = 0

    def count_refusals(events: np.ndarray) -> None:
        nonlocal refused
        refused += int(np.count_nonzero(events["kind"] == Event.REFUSED))

    for part in (deposits, price_rows(0, PRICE_TICKS), tick, openings):
        machine.feed(part, count_refusals)
    if refused:
        raise InvariantBroken(f"the benchmark's own setup was refused {refused:,} times")
    return machine


class _Count:
    """Counts events, so that taking them costs next to nothing."""

    def __init__(self) -> None:
        self.events = 0

    def __call__(self, events: np.ndarray) -> None:
        """Add a ringful."""
        self.events += len(events)


def _cash_expected(
    machine: Machine, before: tuple[np.ndarray, ...], is_funded: bool
) -> np.ndarray:
    """Return the cash of every client after a cycle, from what it had before.

    Variation margin at the marks, and with `is_funded` the payment at the last rate, rounded down
    holder by holder: docs/machine.md sections 5 to 7 in array arithmetic.
    """
    cash, lots, cost = before
    state = machine.state
    value = lots * (state.rates["mark_good_ticks"] * state.contracts["tick_value"])
    variation = (value - cost).sum(axis=1)
    if is_funded:
        variation += (-value * state.rates["rate_ppb"] // PPB).sum(axis=1)
    return (cash + variation)[HouseWallet.CLIENTS :]


def _step(machine: Machine, time_ns: int, price_ticks: int) -> tuple[int, int]:
    """Move the prices just before `time_ns`, then time what is due then; check what it paid.

    Every wallet is woken before, so that the margin test looks at all. Returns (ns, events).
    """
    machine.feed(price_rows(time_ns - 2, price_ticks), silent)
    machine.feed(rows_of(1, Command.MARGIN_ADDON, time_ns - 2), silent)
    looks = int(machine.state.house["looked_count"][0])
    machine.feed(rows_of(1, Command.ADVANCE, time_ns - 1), silent)
    state = machine.state
    positions = state.positions.reshape(-1, CONTRACTS)
    lots, cost = positions["lots"].astype(np.int64), positions["cost"].copy()
    before = (state.wallets["cash"].copy(), lots, cost)
    is_timer = time_ns % (_HOUR_NS // 2) == 0
    row = rows_of(1, Command.ADVANCE if is_timer else Command.TICK, time_ns)
    count = _Count()
    start = time.perf_counter_ns()
    machine.feed(row, count)
    elapsed = time.perf_counter_ns() - start
    expected = before[0][HouseWallet.CLIENTS :]
    if is_timer:
        expected = _cash_expected(machine, before, time_ns % _HOUR_NS == 0)
    if not np.array_equal(machine.state.wallets["cash"][HouseWallet.CLIENTS :], expected):
        raise InvariantBroken("the step did not leave the cash that it should")
    looks = int(machine.state.house["looked_count"][0]) - looks
    if looks < len(expected):
        raise InvariantBroken(f"the margin test looked at {looks:,} of {len(expected):,} wallets")
    if machine.state.wallets["state"].any():
        raise InvariantBroken("a wallet is in a margin call that should not be")
    return elapsed, count.events


def _orders(accounts: int, time_ns: int, n: int) -> np.ndarray:
    """Return one round of orders that rest: random accounts, random prices below the mark."""
    draws = np.random.default_rng((_SEED, n))
    return rows_of(
        _ORDERS,
        Command.NEW_ORDER,
        time_ns,
        wallet=HouseWallet.CLIENTS + draws.integers(0, accounts, _ORDERS),
        order_id=1 + np.arange(_ORDERS),
        price_ticks=PRICE_TICKS - draws.integers(1, _DEPTH_TICKS, _ORDERS),
        side=Side.BUY,
        lots=1,
    )


def _admission(machine: Machine, accounts: int, time_ns: int, rounds: int) -> HouseCost:
    """Measure what the machine adds to the book alone for an order that rests, by turns.

    The same orders go to both; each must take them all, and both books must then look alike.
    """
    book = Book(
        price_ticks_max=10 * PRICE_TICKS,
        lots_max=1_000_000,
        wallets=HouseWallet.CLIENTS + accounts,
        capacities=(2 * _ORDERS, 64, 4096),
    )
    added: list[int] = []
    machine.feed(rows_of(1, Command.ADVANCE, time_ns), silent)
    for n in range(rounds):
        orders = _orders(accounts, time_ns, n)
        elapsed = []
        for each in (book, machine):
            count = _Count()
            start = time.perf_counter_ns()
            each.feed(orders, count)
            elapsed.append(time.perf_counter_ns() - start)
            if count.events != len(orders):
                raise InvariantBroken(f"{count.events:,} events for {len(orders):,} orders")
        if not np.array_equal(machine.depth(0, Side.BUY), book.depth(0, Side.BUY)):
            raise InvariantBroken("machine and book hold different orders")
        added.append(elapsed[1] - elapsed[0])
        orders["kind"] = Command.CANCEL
        for each in (book, machine):
            each.feed(orders, silent)
    name = "admission of an order that rests, added to the book"
    return HouseCost(name, statistics.median(added), _ORDERS, 150.0 * _ORDERS)


def house_costs(accounts: int = ACCOUNTS, rounds: int = 5) -> list[HouseCost]:
    """Measure mark steps, funding and cycle with so many accounts; check each before it counts.

    A round: a mark step alone, one with a cycle, one with fundings and a cycle. The prices move
    each time, so that every wallet pays or is paid. Then admission, with as many accounts.
    About 1 us an account and a round.
    """
    machine = populated(accounts)
    for quiet in range(_QUIET_STEPS):
        machine.feed(rows_of(1, Command.TICK, 2 + quiet), silent)
    held = int(np.count_nonzero(machine.state.positions["lots"]))
    ticks: list[int] = []
    cycles: list[int] = []
    fundings: list[int] = []
    for n in range(rounds):
        hour_ns, price = n * _HOUR_NS, PRICE_TICKS + 30 * (n % 2)
        ticks.append(_step(machine, hour_ns + SECOND_NS, price + 10)[0])
        cycles.append(_step(machine, hour_ns + _HOUR_NS // 2, price + 20)[0])
        elapsed, events = _step(machine, hour_ns + _HOUR_NS, price + 40)
        fundings.append(elapsed)
        if events < held + accounts:
            raise InvariantBroken(f"{events:,} events for {held:,} fundings and as many payments")
    admission = _admission(machine, accounts, (rounds + 1) * _HOUR_NS - 1, rounds)
    tick = statistics.median(ticks)
    cycle = statistics.median(cycles)
    funding = statistics.median(fundings)
    return [
        HouseCost("mark step: every wallet awake and looked at", tick, held, 20e6),
        HouseCost("funding of every position, added to a cycle", funding - cycle, held, 12.5e6),
        HouseCost("settlement cycle, added to a mark step", cycle - tick, accounts, None),
        admission,
    ]
