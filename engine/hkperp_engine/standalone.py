"""The order book by itself, for Python: arrays of commands in, arrays of events out.

All state is one int64 arena (`arena.py`). A door makes views of its sections and calls the
kernels. When a pool is full the arena is replaced by a larger one.
"""

import hashlib
import struct

import numpy as np

from hkperp_engine.arena import Sizes, chunks_for, grown, new_arena, open_book, set_rules
from hkperp_engine.checks import check_book, raise_broken
from hkperp_engine.codes import Side
from hkperp_engine.depth import (
    DUMP_COLUMNS,
    WAITING_COLUMNS,
    depth_rows,
    dump_orders,
    dump_waiting,
    full_depth_rows,
    impact_value,
    lots_within,
    queue_position,
)
from hkperp_engine.errors import CapacityError
from hkperp_engine.kernel import door
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.logical import logical_bytes
from hkperp_engine.loop import DONE, DRAIN, GROW, apply_orders
from hkperp_engine.orders import index_orders
from hkperp_engine.primitives import rows
from hkperp_engine.rules import NO_BOOK_RULES, NO_CONTRACT_RULES, ContractRules
from hkperp_engine.steps import STEP_EVENTS_MAX
from hkperp_engine.units import INSTRUMENTS_MAX, LOTS_MAX, PRICE_TICKS_MAX

__all__ = ["Book"]

#: One COMMAND row from Python integers; numpy takes ten times as long to fill one.
_COMMAND_BYTES = struct.Struct("<qhbbbbbbiiqqqqq")
assert _COMMAND_BYTES.size == COMMAND.itemsize
_COMMAND_WORDS = COMMAND.itemsize // 8


@door
def _apply(arena, command_words, first):
    """Do commands from `first` on; return 4 * commands begun + reason (loop.apply_orders).

    The events of the call before are forgotten: whoever wanted them has taken them.
    """
    state = open_book(arena)
    state.engine[0]["events_used"] = 0
    commands = rows(command_words, 0, command_words.size, COMMAND)
    done, reason = apply_orders(state, commands, first)
    return 4 * done + reason


@door
def _index(arena):
    """Fill the empty id table of a new arena."""
    index_orders(open_book(arena))


@door
def _check(arena):
    """Return the number of the first invariant that does not hold, 0 if all do."""
    return check_book(open_book(arena))


@door
def _dump(arena, contract, side, out, start):
    """Rows of `depth.dump_orders`."""
    return dump_orders(open_book(arena), contract, side, out, start)


@door
def _depth(arena, contract, side, is_full, out):
    """Rows of `depth.depth_rows`, or of `full_depth_rows`."""
    state = open_book(arena)
    if is_full:
        return full_depth_rows(state, contract, side, out)
    return depth_rows(state, contract, side, out)


@door
def _waiting(arena, contract, out, first_slot):
    """Rows of `depth.dump_waiting`."""
    return dump_waiting(open_book(arena), contract, out, first_slot)


@door
def _position(arena, order_id):
    """Answer of `depth.queue_position`."""
    return queue_position(open_book(arena), order_id)


@door
def _within(arena, contract, side, limit_ticks):
    """Answer of `depth.lots_within`."""
    return lots_within(open_book(arena), contract, side, limit_ticks)


@door
def _impact(arena, contract, side, value):
    """Answer of `depth.impact_value`."""
    return impact_value(open_book(arena), contract, side, value)


class Book:
    """Order books of some contracts, in one row of event numbers, without money.

    Prices are ticks, quantities lots, times nanoseconds. Wallets are numbered from 0; `owner_of`
    names the beneficial owner of each (default: everybody for himself), `class_of` says 1 for the
    affiliated market maker (default 0). `contract_rules`: one for all contracts, or one each.
    Capacities grow when they must; `ring` is how many events are kept before they are copied out.
    Neither changes a result.

    >>> import numpy as np
    >>> from hkperp_engine.codes import Command, Event
    >>> book = Book(price_ticks_max=1_000, lots_max=100, wallets=2)
    >>> commands = np.zeros(2, COMMAND)
    >>> commands["kind"] = Command.NEW_ORDER
    >>> commands["side"] = Side.SELL, Side.BUY
    >>> commands["wallet"] = 0, 1
    >>> commands["order_id"] = 7, 8
    >>> commands["price_ticks"] = 101, 102
    >>> commands["lots"] = 3, 5
    >>> for event in book.apply(commands):
    ...     print(event["sequence"], Event(event["kind"]).name, event["order_id"], event["lots"])
    1 ORDER_ACCEPTED 7 3
    2 ORDER_ACCEPTED 8 5
    3 TRADE 7 3
    >>> book.bid(0), book.ask(0), book.depth(0, Side.BUY).tolist()
    (102, 0, [[102, 2, 1]])
    """

    def __init__(
        self,
        *,
        contracts=1,
        price_ticks_max,
        lots_max,
        wallets,
        owner_of=None,
        class_of=None,
        contract_rules=NO_CONTRACT_RULES,
        book_rules=NO_BOOK_RULES,
        capacities=(1024, 8, 1024),
    ):
        """Make empty books. `capacities`: orders and pages at first, and events of the ring."""
        for name, value, limit in (
            ("contracts", contracts, INSTRUMENTS_MAX),
            ("price_ticks_max", price_ticks_max, PRICE_TICKS_MAX),
            ("lots_max", lots_max, LOTS_MAX),
            ("wallets", wallets, LOTS_MAX),
        ):
            if not 1 <= value <= limit:
                raise CapacityError(f"{name} is {value}", hint=f"use 1 to {limit}")
        orders, pages, ring = capacities
        chunks = chunks_for(price_ticks_max)
        self._sizes = Sizes(
            contracts, wallets, chunks, max(orders, 1), max(pages, 1), max(ring, STEP_EVENTS_MAX)
        )
        self._take(new_arena(self._sizes))
        state = self.state
        state.books["price_ticks_max"] = price_ticks_max
        state.books["lots_max"] = lots_max
        state.owners["owner"] = range(wallets) if owner_of is None else owner_of
        state.owners["priority_class"] = 0 if class_of is None else class_of
        if isinstance(contract_rules, ContractRules):
            contract_rules = [contract_rules] * contracts
        set_rules(state, contract_rules, book_rules)
        self._one_words = np.zeros(_COMMAND_WORDS, np.int64)
        self._one_bytes = self._one_words.data.cast("B")

    def _take(self, arena):
        """Make `arena` the book's memory."""
        self._arena = arena
        self.state = open_book(arena)
        self._used = self.state.engine["events_used"]

    def _grow(self):
        """Double the pools that are full, and copy everything into the larger arena."""
        engine = self.state.engine[0]
        sizes = self._sizes
        orders, pages = sizes.orders, sizes.pages
        if engine["order_count"] >= orders:
            orders *= 2
        if engine["page_count"] + engine["trailing_count"] >= pages:
            pages *= 2
        self._sizes = sizes._replace(orders=orders, pages=pages)
        self._take(grown(self._arena, self._sizes))
        _index(self._arena)

    def feed(self, commands, sink):
        """Do the COMMAND rows; call `sink(events)` with each ringful of EVENT rows, in order.

        The rows given to `sink` are valid during the call only: nothing is copied, the fastest
        way. If `sink` raises, the command in progress is finished and the next one not begun.
        """
        words = np.ascontiguousarray(commands, COMMAND).view(np.int64)
        if not words.flags.writeable:
            words = words.copy()  # a read-only array is another type, and would compile again
        self._run(words, 0, sink)

    def _run(self, words, done, sink):
        """Do the commands in `words` from number `done` on."""
        reason = DRAIN
        while reason != DONE:
            done, reason = divmod(_apply(self._arena, words, done), 4)
            used = int(self._used[0])
            try:
                if used:
                    sink(self.state.events[:used])
            except BaseException:
                if reason == GROW:
                    self._grow()
                # What is in hand is finished, and no further command begun.
                self._run(words[: done * _COMMAND_WORDS], done, lambda events: None)
                raise
            if reason == GROW:
                self._grow()

    def apply(self, commands):
        """Do the COMMAND rows, in order; return their EVENT rows.

        Each command is refused or done whole before the next one is looked at.
        """
        parts = []
        self.feed(commands, lambda events: parts.append(events.copy()))
        return np.concatenate(parts) if parts else np.zeros(0, EVENT)

    def submit(self, *fields):
        """Do one command: the 15 fields of COMMAND in order, whole numbers; return its EVENT rows.

        They are valid until the next command. The quick way for one command at a time.
        """
        _COMMAND_BYTES.pack_into(self._one_bytes, 0, *fields)
        begun, reason = divmod(_apply(self._arena, self._one_words, 0), 4)
        if reason == DONE:
            return self.state.events[: self._used[0]]
        return self._submit_slowly(begun, reason)

    def _submit_slowly(self, begun, reason):
        """Go on with a command that did not fit: the ring or a pool was full."""
        parts = [self.state.events[: self._used[0]].copy()]
        if reason == GROW:
            self._grow()
        self._run(self._one_words, begun, lambda events: parts.append(events.copy()))
        return np.concatenate(parts)

    def send(self, **fields):
        """Do one command, given by field names, the others 0; return its EVENT rows."""
        row = np.zeros(1, COMMAND)
        for name, value in fields.items():
            row[name] = value
        return self.apply(row)

    def bid(self, contract):
        """Return the best bid in ticks, 0 if there is none."""
        return int(self.state.books["bid_ticks"][contract])

    def ask(self, contract):
        """Return the best ask in ticks, 0 if there is none."""
        return int(self.state.books["ask_ticks"][contract])

    def depth(self, contract, side, levels=None):
        """Return the best `levels` public levels (all by default): (price_ticks, lots, orders).

        Only what is shown (MAT-042): neither hidden orders nor what an iceberg keeps back.
        """
        out = self._levels(contract, side, levels)
        return out[: _depth(self._arena, contract, int(side), False, out)]

    def full_depth(self, contract, side, levels=None):
        """Return the best levels with all their lots and orders, hidden ones included."""
        out = self._levels(contract, side, levels)
        return out[: _depth(self._arena, contract, int(side), True, out)]

    def _levels(self, contract, side, levels):
        """Return an array with room for so many levels of a side."""
        book = self.state.books[contract]
        there = int(book["bid_levels"] if side == Side.BUY else book["ask_levels"])
        return np.zeros((there if levels is None else min(levels, there), 3), np.int64)

    def waiting(self, contract):
        """Return the conditional orders that wait or have fired: rows of depth.WAITING_COLUMNS.

        In order of their ids. O(orders).
        """
        out = np.zeros((int(self.state.engine["order_count"][0]), len(WAITING_COLUMNS)), np.int64)
        count = int(_waiting(self._arena, contract, out, 1)[0]) if len(out) else 0
        found = out[:count]
        return found[np.argsort(found[:, 0])]

    def queue_position(self, order_id):
        """Return (orders ahead, lots ahead) at the order's own price; None if it does not rest."""
        orders, lots = _position(self._arena, order_id)
        return None if orders < 0 else (int(orders), int(lots))

    def market_state(self, contract):
        """Return the `ContractState` of a contract."""
        return int(self.state.markets["state"][contract])

    def orders(self, contract, side):
        """Return the resting orders of one side in priority order: rows of depth.DUMP_COLUMNS."""
        count = int(self.state.books["order_count"][contract])
        out = np.zeros((count, len(DUMP_COLUMNS)), np.int64)
        return out[: _dump(self._arena, contract, int(side), out, 0)]

    def lots_within(self, contract, side, limit_ticks):
        """Return the lots resting on `side` at `limit_ticks` or better."""
        return int(_within(self._arena, contract, int(side), limit_ticks))

    def impact_value(self, contract, side, notional_ticks_lots):
        """Return (lots, ticks * lots) of `depth.impact_value`."""
        lots, value = _impact(self._arena, contract, int(side), notional_ticks_lots)
        return int(lots), int(value)

    def check(self):
        """Raise InvariantBroken if a structural invariant does not hold. O(capacity)."""
        raise_broken(_check(self._arena), int(self.state.engine["sequence"][0]))

    def state_hash(self):
        """Return the SHA-256 (hex) of what the book means: independent of capacities and build."""
        digest = hashlib.sha256()
        engine, books = self.state.engine, self.state.books
        digest.update(np.array([engine["sequence"][0], engine["now_ns"][0]]).tobytes())
        digest.update(books.tobytes())
        for contract in range(len(books)):
            for side in Side:
                digest.update(self.orders(contract, side).tobytes())
            digest.update(self.waiting(contract).tobytes())
        for part in logical_bytes(self.state):
            digest.update(part)
        digest.update(self._wallet_lists().tobytes())
        return digest.hexdigest()

    def _wallet_lists(self):
        """Return the order ids of each wallet, newest first, each list behind its length."""
        out = []
        orders = self.state.orders
        for head, count in self.state.owners[["order_head", "order_count"]].tolist():
            out.append(count)
            while head:
                out.append(int(orders["order_id"][head]))
                head = int(orders["wallet_next"][head])
        return np.array(out, np.int64)
