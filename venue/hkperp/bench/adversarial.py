"""The worst single commands there are, and how many times an ordinary one they take.

A throughput says nothing about the command that eats the whole book. Each case builds a machine
with margin on, then times one command through the scalar door, all its events written; what must
come of it is checked before a time is given. The ordinary command is an order that rests, or its
cancel, on the same machine. `SIZE` orders stand in the way of each: the time of a case grows with
its work, so the last column, time for each event or order passed over, is what must not grow.

A new case (a cascade of liquidations) is a function like those below and its line in `CASES`.
"""

import statistics
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from hkperp.bench.full_path import FIRST_WALLET, prepared_machine
from hkperp.bench.workloads import Outcome, Shape, Workload
from hkperp.edge.machine_memory import Machine
from hkperp_engine.codes import (
    Command,
    Event,
    KillScope,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND, EVENT

__all__ = ["CASES", "SIZE", "Case", "Worst", "adversarial"]

#: Orders (or levels) that the worst command meets.
SIZE = 10_000

_CLIENTS = 1_000
_TAKER, _OTHER = FIRST_WALLET + _CLIENTS, FIRST_WALLET + _CLIENTS + 1
_FAIR_TICKS = 100_000
_PRICE_TICKS_MAX = 2**31 - 1
_LOTS_MAX = 1_000_000
_ORDINARY_PAIRS = 2_000
_FIRST_ORDINARY_ID = 1 << 40
_NAMES = COMMAND.names or ()


class Case(NamedTuple):
    """One worst command: what stands before it, the command, what it must write.

    `work`: events written and orders or levels passed over, the divisor of the last column.
    """

    before: np.ndarray
    command: np.ndarray
    expected: dict[Event, int]  # events by kind
    work: int


class Worst(NamedTuple):
    """A case measured: median ns of the command, how many ordinary ones that is, ns per work."""

    name: str
    ns: float
    ordinary: float
    events: int
    work: int
    ns_per_work: float


def _rows(count: int, **columns: object) -> np.ndarray:
    """Return `count` COMMAND rows, new orders unless said; fields not given are 0."""
    rows = np.zeros(count, COMMAND)
    rows["kind"] = Command.NEW_ORDER
    rows["lots"] = 1
    for name, value in columns.items():
        rows[name] = value
    return rows


def _makers(count: int, prices: object, **columns: object) -> np.ndarray:
    """Return `count` orders to sell of 1 lot, of 1,000 wallets in turn, ids from 1."""
    at = np.arange(count)
    wallets = FIRST_WALLET + at % _CLIENTS
    made = {"wallet": wallets, "order_id": 1 + at, "side": Side.SELL, "price_ticks": prices}
    return _rows(count, **(made | columns))


def _taker(lots: int, limit_ticks: int, **columns: object) -> np.ndarray:
    """Return an order to buy that trades at once, of a wallet that has no other."""
    made = {"wallet": _TAKER, "order_id": 1 << 30, "side": Side.BUY, "tif": TimeInForce.IOC}
    return _rows(1, lots=lots, price_ticks=limit_ticks, **(made | columns))


def _traded(count: int) -> dict[Event, int]:
    """Return the events of trades: each with two fees."""
    return {Event.TRADE: count, Event.POSTING: 2 * count}


def _sweep_one_level(size: int) -> Case:
    """One order takes all others of a price."""
    before = _makers(size, _FAIR_TICKS + 1)
    command = _taker(size, _FAIR_TICKS + 1)
    return Case(before, command, _traded(size) | {Event.ORDER_ACCEPTED: 1}, 3 * size)


def _sweep_levels(size: int) -> Case:
    """One order takes as many prices, neighbours."""
    before = _makers(size, _FAIR_TICKS + 1 + np.arange(size))
    command = _taker(size, _FAIR_TICKS + size)
    return Case(before, command, _traded(size) | {Event.ORDER_ACCEPTED: 1}, 3 * size)


def _sweep_far_levels(size: int) -> Case:
    """One order takes prices so far apart that each has a page of its own, far in the bitmaps."""
    count = max(size // 10, 1)  # a page is 128 KiB of addresses
    step = (_PRICE_TICKS_MAX - _FAIR_TICKS) // (count + 1)
    before = _makers(count, _FAIR_TICKS + step * (1 + np.arange(count)))
    command = _taker(count, _FAIR_TICKS + step * count)
    return Case(before, command, _traded(count) | {Event.ORDER_ACCEPTED: 1}, 3 * count)


def _amend_across(size: int) -> Case:
    """A resting order is given a price at which it takes all others."""
    before = np.concatenate([_makers(size, _FAIR_TICKS + 1), _taker(1, _FAIR_TICKS, tif=0)])
    command = _taker(size, _FAIR_TICKS + 1, kind=Command.AMEND)
    return Case(before, command, _traded(size) | {Event.ORDER_AMENDED: 1}, 3 * size)


def _cancel_in_the_middle(size: int) -> Case:
    """Cancel the order in the middle of the longest queue."""
    before = _makers(size, _FAIR_TICKS + 1)
    middle = before[size // 2]
    command = _rows(1, kind=Command.CANCEL, wallet=middle["wallet"], order_id=middle["order_id"])
    return Case(before, command, {Event.ORDER_CANCELLED: 1}, 1)


def _best_goes_far(size: int) -> Case:
    """Cancel the only order at the best price; the next one is at the other end of the prices."""
    prices = np.where(np.arange(size) == 0, _FAIR_TICKS + 1, _PRICE_TICKS_MAX)
    before = _makers(size, prices)
    command = _rows(1, kind=Command.CANCEL, wallet=before["wallet"][0], order_id=1)
    return Case(before, command, {Event.ORDER_CANCELLED: 1}, 1)


def _fok_in_vain(size: int) -> Case:
    """Fill or kill that walks everybody and finds one lot too few."""
    before = _makers(size, _FAIR_TICKS + 1 + np.arange(size) // 4)
    command = _taker(size + 1, _FAIR_TICKS + size, tif=TimeInForce.FOK)
    return Case(before, command, {Event.REFUSED: 1}, size)


def _cancel_own(size: int) -> Case:
    """Self-trade prevention takes out all resting orders of the taker's own account."""
    before = _makers(size, _FAIR_TICKS + 1, wallet=_TAKER)
    command = _taker(size, _FAIR_TICKS + 1, stp=SelfTrade.CANCEL_OLDEST)
    expected = {Event.ORDER_ACCEPTED: 1, Event.ORDER_CANCELLED: size + 1}
    return Case(before, command, expected, size)


def _reduce_only_goes(size: int) -> Case:
    """A trade closes a position: its reduce-only orders go, behind as many orders that stay."""
    count = max(size // 2, 1)
    opening = [
        _rows(1, wallet=_OTHER, order_id=1 << 31, side=Side.SELL, price_ticks=_FAIR_TICKS),
        _taker(1, _FAIR_TICKS, order_id=(1 << 31) + 1),
    ]
    reducing = _makers(count, _FAIR_TICKS + 500, wallet=_TAKER, flags=OrderFlag.REDUCE_ONLY)
    staying = _makers(count, _FAIR_TICKS + 600, wallet=_TAKER)
    staying["order_id"] += count
    bid = _rows(1, wallet=_OTHER, order_id=1 << 32, price_ticks=_FAIR_TICKS - 1)
    before = np.concatenate([*opening, reducing, staying, bid])
    closing = {"side": Side.SELL, "order_id": (1 << 32) + 1, "order_type": OrderType.MARKET}
    command = _taker(1, _FAIR_TICKS - 1, **closing)
    expected = _traded(1) | {Event.ORDER_ACCEPTED: 1, Event.ORDER_CANCELLED: count}
    return Case(before, command, expected, 2 * count)


def _stop_cascade(size: int) -> Case:
    """One trade fires a stop, whose trade fires the next, and so on: a hundredth of `size`."""
    count = max(size // 100 - 1, 1)  # below the cap of fired orders for one command
    triggers = _FAIR_TICKS + 1 + np.arange(count)
    makers = _makers(count + 1, _FAIR_TICKS + 1 + np.arange(count + 1))
    stops = _makers(count, 0, wallet=_TAKER, side=Side.BUY, order_type=OrderType.STOP_MARKET)
    stops["tif"] = TimeInForce.IOC
    stops["target"] = triggers
    stops["order_id"] += 2 * count
    command = _taker(1, _FAIR_TICKS + 1)
    expected = _traded(count + 1) | {Event.ORDER_ACCEPTED: count + 1, Event.TRIGGERED: count}
    return Case(np.concatenate([makers, stops]), command, expected, 5 * count + 4)


def _kill_contract(size: int) -> Case:
    """The kill switch of a contract: halted, and every order in it cancelled."""
    before = _makers(size, _FAIR_TICKS + 1 + np.arange(size) // 4)
    command = _rows(1, kind=Command.KILL_SWITCH, target=KillScope.CONTRACT, side=1)
    expected = {Event.KILL_SWITCH: 1, Event.CONTRACT_STATE: 1, Event.MASS_CANCELLED: 1}
    return Case(before, command, expected | {Event.ORDER_CANCELLED: size}, size + 3)


#: The cases by name. Each takes how many orders stand in the way.
CASES: dict[str, Callable[[int], Case]] = {
    "sweep of one price": _sweep_one_level,
    "sweep of neighbouring prices": _sweep_levels,
    "sweep of far prices, a tenth": _sweep_far_levels,
    "amendment that sweeps": _amend_across,
    "cancel in the middle of a queue": _cancel_in_the_middle,
    "cancel of the best, next is far": _best_goes_far,
    "fill or kill in vain": _fok_in_vain,
    "own orders cancelled in the way": _cancel_own,
    "reduce-only orders lose their position": _reduce_only_goes,
    "stops that fire one another, a 100th": _stop_cascade,
    "kill switch of a contract": _kill_contract,
}


def adversarial(size: int = SIZE, rounds: int = 5) -> tuple[float, list[Worst]]:
    """Return the median ns of an ordinary command, and all cases measured. About 1 s a case."""
    ordinary = statistics.median(_ordinary_ns())
    found = []
    for name, case_of in CASES.items():
        case = case_of(size)
        times: list[int] = []
        events = np.zeros(0, EVENT)
        for _ in range(rounds):
            machine = _machine()
            _require_accepted(name, machine.apply_batch(case.before))
            taken, events = _timed(machine, case.command)
            times.append(taken)
            _require(name, case, events)
            machine.check_books()
        ns: float = statistics.median(times)
        found.append(Worst(name, ns, ns / ordinary, len(events), case.work, ns / case.work))
    return ordinary, found


def _machine() -> Machine:
    """Return a machine with money and a mark for any of the cases."""
    empty = Workload(
        name="adversarial",
        commands=np.zeros(0, COMMAND),
        fair_ticks=np.array([_FAIR_TICKS]),
        expected=Outcome(0, 0, 0, 0),
        shape=Shape({}, 0, 0, 0, 0),
        sha256="",
        price_ticks_max=_PRICE_TICKS_MAX,
        lots_max=_LOTS_MAX,
        wallets_end=_OTHER + 1,
    )
    machine = prepared_machine(empty)
    machine.apply_batch(_rows(1, kind=Command.ADVANCE))  # the timers of time 0
    return machine


def _timed(machine: Machine, command: np.ndarray) -> tuple[int, np.ndarray]:
    """Do one command through the scalar door; return ns, all its events handed over, and them."""
    machine.row[:] = command.view(np.uint8).data
    start = time.perf_counter_ns()
    count = machine.enter(machine.one)
    if count < 0:
        rows = machine.spill(count)
        ns = time.perf_counter_ns() - start
        return ns, np.frombuffer(rows, EVENT)
    ns = time.perf_counter_ns() - start
    return ns, machine.state.events[:count].copy()


def _ordinary_ns() -> Iterable[int]:
    """Yield the ns of orders that rest on a book of 10,000, and of their cancels."""
    machine = _machine()
    machine.apply_batch(_makers(SIZE, _FAIR_TICKS + 1 + np.arange(SIZE) % 1_000))
    for i in range(_ORDINARY_PAIRS):
        order_id = _FIRST_ORDINARY_ID + i
        wallet = FIRST_WALLET + i * 7 % _CLIENTS
        order = _rows(1, wallet=wallet, order_id=order_id, price_ticks=_FAIR_TICKS - i % 500)
        yield _timed(machine, order)[0]
        yield _timed(machine, _rows(1, kind=Command.CANCEL, wallet=wallet, order_id=order_id))[0]


def _require_accepted(name: str, events: np.ndarray) -> None:
    if (events["kind"] == Event.REFUSED).any():
        raise InvariantBroken(f"{name}: what stands before it was refused", rule="bench")


def _require(name: str, case: Case, events: np.ndarray) -> None:
    """Raise unless the command wrote what it must."""
    kinds, counts = np.unique(events["kind"], return_counts=True)
    came = {Event(kind): int(count) for kind, count in zip(kinds.tolist(), counts)}
    if came != case.expected:
        raise InvariantBroken(f"{name}: {came}, expected {case.expected}", rule="bench")
