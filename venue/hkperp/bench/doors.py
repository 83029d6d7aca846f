"""What one command per call costs from Python: p50 and p99 of each way into the machine.

The same stream goes through each: orders of 1,000 clients that rest beside 4,000 others, each
cancelled by the next command, admission with margin on. Every call is timed by itself, ways take
turns in slices, and what they did is compared before a figure is given. `clock` is what timing
itself costs, and is in every other figure.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from hkperp.accounts import Account
from hkperp.commands import Cancel, Deposit, NewOrder, SourcePrice, Tick
from hkperp.edge.message_rows import COMMAND_ROW
from hkperp.presets import bitcoin_hkd
from hkperp.venue import Venue
from hkperp_engine.codes import Command, HouseWallet, Side
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import door

__all__ = ["GOALS_NS", "Latency", "door_latencies"]

#: A timed call per command: the venue, a command's columns, and its struct go in, ns come out.
Way = Callable[[Venue, tuple[int, ...], Any], int]

#: What is aimed at, ns: p50 and p99 of one command a call, and p50 with structs both ways.
GOALS_NS: dict[str, tuple[int, int | None]] = {
    "Venue.send": (700, 1_500),
    "Venue.apply, structs": (2_500, None),
}

_CLIENTS = 1_000
_RESTING = 4_000
_FIRST = int(HouseWallet.CLIENTS)
_PRICE_TICKS = 900_000
_SLICE = 10_000
_now = time.perf_counter_ns


class Latency(NamedTuple):
    """One way in: half the calls took at most `p50_ns`, 99 of 100 at most `p99_ns`."""

    name: str
    p50_ns: int
    p99_ns: int
    calls: int


@door
def nothing(address):  # type: ignore[no-untyped-def]
    """Cross from Python into compiled code and back; the least that a call can cost."""
    return address


def _clock(_venue: Venue, _columns: tuple[int, ...], _command: Any) -> int:
    start = _now()
    return _now() - start


def _raw(venue: Venue, columns: tuple[int, ...], _command: Any) -> int:
    machine = venue.machine
    COMMAND_ROW.pack_into(machine.row, 0, *columns)
    start = _now()
    count = machine.enter(machine.one)
    taken = _now() - start
    _require_one(count)
    return taken


def _scalar(venue: Venue, columns: tuple[int, ...], _command: Any) -> int:
    start = _now()
    count = venue.send(*columns)
    taken = _now() - start
    _require_one(count)
    return taken


def _scalar_rows(venue: Venue, columns: tuple[int, ...], _command: Any) -> int:
    start = _now()
    venue.send(*columns)
    rows = venue.rows()
    taken = _now() - start
    _require_one(len(rows))
    return taken


def _apply(venue: Venue, _columns: tuple[int, ...], command: Any) -> int:
    start = _now()
    events = venue.apply(command)
    taken = _now() - start
    _require_one(len(events))
    return taken


def _require_one(count: int) -> None:
    if count != 1:
        raise InvariantBroken(f"{count} events of one order or cancel", rule="bench")


def _ways() -> dict[str, Way]:
    """Return what is measured, in this order; the first two do no command."""
    call = _bare(nothing)

    def empty(venue: Venue, _columns: tuple[int, ...], _command: Any) -> int:
        address = venue.machine.one
        start = _now()
        call(address)
        return _now() - start

    return {
        "clock": _clock,
        "empty door": empty,
        "door, row ready": _raw,
        "Venue.send": _scalar,
        "Venue.send, event as tuple": _scalar_rows,
        "Venue.apply, structs": _apply,
    }


def door_latencies(calls: int = 200_000) -> list[Latency]:
    """Return the latency of each way in, over so many calls each. About 10 us a call in all."""
    ways = _ways()
    venues = {name: _prepared() for name in ways}
    times: dict[str, list[int]] = {name: [] for name in ways}
    stream = list(_stream(min(calls, _SLICE)))
    while len(times["clock"]) < calls:
        for name, way in ways.items():
            venue = venues[name]
            times[name] += [way(venue, columns, command) for columns, command in stream]
    untouched, *done = (venues[name].state_hash() for name in list(ways)[1:])
    if len(set(done)) != 1 or untouched in done:
        raise InvariantBroken("the ways in did not all do the same", rule="bench")
    return [_latency(name, found) for name, found in times.items()]


def _bare(function: Any) -> Callable[[int], int]:
    """Return the entry point of a door that takes one integer, as `Machine` uses it."""
    function(0)
    signatures = getattr(function, "signatures", None)
    return function.get_overload(signatures[0]) if signatures else function


def _latency(name: str, times: list[int]) -> Latency:
    p50, p99 = np.percentile(times, [50, 99], method="lower").tolist()
    return Latency(name, int(p50), int(p99), len(times))


def _prepared() -> Venue:
    """Return a venue with prices, rich clients and resting orders on both sides."""
    venue = Venue(bitcoin_hkd(start_ns=0), [Account()] * _CLIENTS)
    for source in range(3):
        venue.apply(SourcePrice(time_ns=1, contract=0, source=source, price_ticks=_PRICE_TICKS))
    venue.apply(Tick(time_ns=1))
    for wallet in range(_FIRST, _FIRST + _CLIENTS):
        venue.apply(Deposit(time_ns=1, wallet=wallet, asset=0, amount=10**14))
    for i in range(_RESTING):
        side = Side(i % 2)
        away = 1 + i // 2 % 500
        venue.apply(_order(i, side, _PRICE_TICKS + (away if side else -away)))
    return venue


def _order(i: int, side: Side, price_ticks: int) -> NewOrder:
    return NewOrder(
        time_ns=2,
        contract=0,
        wallet=_FIRST + i % _CLIENTS,
        order_id=1 + i,
        side=side,
        price_ticks=price_ticks,
        lots=5,
    )


def _stream(count: int) -> Iterator[tuple[tuple[int, ...], NewOrder | Cancel]]:
    """Yield `count` commands, each as columns and as a struct: an order, then its cancel."""
    for i in range(_RESTING, _RESTING + count // 2):
        it = _order(i, Side(i % 2), _PRICE_TICKS + (300 if i % 2 else -300) + i % 100)
        new = (0, Command.NEW_ORDER, it.side, 0, 0, 0, 0, it.wallet, 0, it.order_id)
        yield (2, *map(int, new), it.price_ticks, it.lots, 0, 0), it
        gone = (0, Command.CANCEL, 0, 0, 0, 0, 0, it.wallet, 0, it.order_id)
        cancel = Cancel(time_ns=2, wallet=it.wallet, order_id=it.order_id)
        yield (2, *map(int, gone), 0, 0, 0, 0), cancel
