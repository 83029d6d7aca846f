"""Messages that every peer understands, made from workload `base`, and what must come of them.

A message is eight whole numbers (`FIELDS`). Two streams, because not every peer can make an order
smaller without moving it to the back of its queue:

    whole     a reduction keeps the order's place, as in hkperp
    plain     each reduction is a cancel and a new order of what it leaves

Wallets play no part: buyers have wallet 0, sellers wallet 1, so nobody meets himself.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from hkperp.bench import workloads
from hkperp_engine.codes import Command, Event, TimeInForce
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book

__all__ = ["FIELDS", "STREAMS", "Outcome", "Stream", "make_stream", "new_book", "outcome_of"]

#: `kind`: NEW, CANCEL, REDUCE or REPLACE. `less`: lots that a reduction takes out, `total`: what
#: the order then has in all, traded lots included (peers differ in which they ask for).
FIELDS = ("kind", "order_id", "side", "is_ioc", "price_ticks", "lots", "less", "total")
NEW, CANCEL, REDUCE, REPLACE = range(4)
STREAMS = ("whole", "plain")

_WALLETS = 2
_CAPACITIES = (1 << 18, 1 << 10, 1 << 10)


class Outcome(NamedTuple):
    """What all must agree on: trades, lots traded, sum of price times lots; what rests."""

    trades: int
    lots: int
    ticks_lots: int
    live_orders: int
    live_lots: int


class Stream(NamedTuple):
    """The messages of a stream, the same as COMMAND rows, and what comes of them."""

    messages: np.ndarray  # int64, one row of FIELDS each
    commands: np.ndarray
    outcome: Outcome


def make_stream(name: str, count: int) -> Stream:
    """Make the first `count` messages of a stream. O(messages), a few seconds a million."""
    commands = workloads.make("base").commands[:count].copy()
    sides = np.zeros(int(commands["order_id"].max()) + 1, np.int64)
    is_new = commands["kind"] == Command.NEW_ORDER
    sides[commands["order_id"][is_new]] = commands["side"][is_new]
    commands["wallet"] = sides[commands["order_id"]]
    messages = _messages(commands, sides)
    if name == "plain":
        messages[messages[:, 0] == REDUCE, 0] = REPLACE
        commands = _plain_commands(messages)
    events = new_book(commands).apply(commands)
    return Stream(messages, commands, outcome_of(events))


def new_book(commands: np.ndarray) -> Book:
    """Return an empty book for the commands of a stream."""
    return Book(
        price_ticks_max=int(commands["price_ticks"].max()),
        lots_max=int(commands["lots"].max()),
        wallets=_WALLETS,
        capacities=_CAPACITIES,
    )


def outcome_of(events: np.ndarray) -> Outcome:
    """Return what EVENT rows of one run from an empty book say came out. O(events)."""
    trades = events[events["kind"] == Event.TRADE]
    lots = trades["lots"].astype(np.int64)
    left = np.zeros(int(events["order_id"].max()) + 1, np.int64)
    for row in events[["kind", "order_id", "counter_order_id", "lots"]].tolist():
        _follow(left, *row)
    ticks_lots = int((trades["price_ticks"] * lots).sum())
    live = int(np.count_nonzero(left))
    return Outcome(len(trades), int(lots.sum()), ticks_lots, live, int(left.sum()))


def write(messages: np.ndarray, file: Path) -> None:
    """Write messages as bytes for a peer's process, which has no numpy."""
    file.write_bytes(np.ascontiguousarray(messages, "<i8").tobytes())


def _follow(left: np.ndarray, kind: int, order_id: int, counter_id: int, lots: int) -> None:
    """Follow the open lots of each order id."""
    if kind == Event.TRADE:
        left[order_id] -= lots
        left[counter_id] -= lots
    elif kind in (Event.ORDER_ACCEPTED, Event.ORDER_AMENDED):
        left[order_id] = lots
    elif kind == Event.ORDER_CANCELLED:
        left[order_id] = 0


def _messages(commands: np.ndarray, sides: np.ndarray) -> np.ndarray:
    """Return the messages of COMMAND rows; hkperp itself says what each order has open."""
    out = np.zeros((len(commands), len(FIELDS)), np.int64)
    out[:, 1] = commands["order_id"]
    out[:, 2] = sides[commands["order_id"]]
    out[:, 3] = commands["tif"] == TimeInForce.IOC
    out[:, 4] = commands["price_ticks"]
    out[:, 5] = commands["lots"]
    kinds = commands["kind"]
    out[kinds == Command.CANCEL, 0] = CANCEL
    events = new_book(commands).apply(commands)
    done = np.searchsorted(events["time_ns"], commands["time_ns"])
    left = np.zeros(len(sides), np.int64)
    filled = np.zeros(len(sides), np.int64)
    prices = np.zeros(len(sides), np.int64)
    rows = events[["kind", "order_id", "counter_order_id", "lots"]].tolist()
    stops = [*done[1:].tolist(), len(rows)]
    for i, start in enumerate(done.tolist()):
        kind, order_id = int(kinds[i]), int(out[i, 1])
        if kind == Command.AMEND:
            is_same = prices[order_id] == out[i, 4]
            if is_same and out[i, 5] < left[order_id]:
                out[i, 0] = REDUCE
                out[i, 6] = left[order_id] - out[i, 5]
                out[i, 7] = filled[order_id] + out[i, 5]
            else:
                out[i, 0] = REPLACE
                filled[order_id] = 0
        if kind != Command.CANCEL:
            prices[order_id] = out[i, 4]
        for row in rows[start : stops[i]]:
            if row[0] == Event.TRADE:
                filled[row[1]] += row[3]
                filled[row[2]] += row[3]
            _follow(left, *row)
    return out


def _plain_commands(messages: np.ndarray) -> np.ndarray:
    """Return COMMAND rows of a stream in which a replacement is a cancel and a new order."""
    repeats = 1 + (messages[:, 0] == REPLACE)
    rows = messages[np.repeat(np.arange(len(messages)), repeats)]
    is_second = np.zeros(len(rows), bool)
    ends = np.cumsum(repeats) - 1
    is_second[ends[repeats == 2]] = True
    commands = np.zeros(len(rows), COMMAND)
    commands["time_ns"] = np.arange(1, len(rows) + 1)
    is_cancel = (rows[:, 0] == CANCEL) | ((rows[:, 0] == REPLACE) & ~is_second)
    commands["kind"] = np.where(is_cancel, Command.CANCEL, Command.NEW_ORDER)
    commands["order_id"] = rows[:, 1]
    commands["side"] = rows[:, 2]
    commands["wallet"] = rows[:, 2]
    commands["tif"] = np.where(rows[:, 3], TimeInForce.IOC, TimeInForce.GTC)
    commands["price_ticks"] = rows[:, 4]
    commands["lots"] = rows[:, 5]
    return commands
