"""The machine as an object on arrays: commands in, events out, growth, hash, snapshot.

`Venue` (venue.py) is the same with messages; this is what the replay, the benchmarks and the
differential tests drive. Nothing here decides anything: it moves rows.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np

from hkperp.config import Config
from hkperp.machine import (
    BROKEN,
    GROW,
    STEP_EVENTS_MAX,
    check_books,
    check_money,
    dump_conditional,
    dump_depth,
    dump_side,
    index_ids,
    position_of,
    run_request,
)
from hkperp.state import REQUEST, MachineSizes, State, configure, grown, open_machine
from hkperp_clearing.checks import HOUSE_INVARIANTS, raise_broken_house
from hkperp_clearing.layout import CONTRACT, Broken
from hkperp_engine.arena import chunks_for, new_arena
from hkperp_engine.checks import raise_broken
from hkperp_engine.codes import HouseWallet, Side
from hkperp_engine.depth import DUMP_COLUMNS, WAITING_COLUMNS
from hkperp_engine.errors import InvariantBroken, StorageError
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.logical import logical_bytes

__all__ = ["CAPACITIES", "KERNEL_ERRORS", "Machine"]

#: Orders, ladder pages, events of the ring and claims that a machine begins with.
CAPACITIES = (4096, 16, 2048, 1024)

#: What a kernel raises when something happens that cannot: the machine is halted.
KERNEL_ERRORS = (AssertionError, ArithmeticError, LookupError)

#: Sections whose rows are results of commands, in the order in which the state hash takes them.
_HASHED = (
    *("house", "contracts", "assets", "wallets", "positions", "balances", "rates", "sources"),
    *("uncleared", "exposure_caps", "finals"),
)

#: Fields of those sections that are scratch or say how, not what.
_UNHASHED = {
    "house": ("next_due_ns", "cycle_given_platform", "cycle_given_rounding", "looked_count"),
    "wallets": ("contract_mask",),
}

#: From this word on a contract's row means something only where its depth cap is on (DFT-011).
_DEPTH_WORD = CONTRACT.names.index("oi_depth_multiple")

#: Told of each ringful of EVENT rows, which are valid during the call only.
Sink = Callable[[np.ndarray], Any]

#: What a snapshot begins with; the number goes up when its form changes.
_MAGIC = b"hkperp snapshot 2\n"
_DIGEST_BYTES = 32

#: The request of one command, and that of a batch.
_ONE, _BATCH = 0, 1


class Machine:
    """A venue's state on arrays. One thread owns it. Capacities grow; none changes a result.

    `config` (hkperp.config.Config, checked), `accounts` (state.ACCOUNT rows; client i has wallet
    16 + i). `capacities`: orders, pages, events of the ring and claims to begin with.

    For one command at a time there is a path without arrays: write its 64 bytes into `row`, call
    `enter(one)`, and read as many EVENT rows from `ring` as it returns; if it returns less than 0,
    `spill(count)` goes on and returns the rows of the whole command as bytes. `ring` is another
    object after growth. This is 0.3 us of crossing; `Venue` is the polite form of it.
    """

    def __init__(
        self,
        config: Config,
        accounts: np.ndarray,
        *,
        capacities: tuple[int, int, int, int] = CAPACITIES,
    ) -> None:
        """Make the machine at `config.house.start_ns`, with no money and no orders in it."""
        orders, pages, ring, claims = capacities
        highest = max(contract.price_ticks_max for contract in config.contracts)
        self.config = config
        self._sizes = MachineSizes(
            contracts=len(config.contracts),
            assets=len(config.assets),
            wallets=HouseWallet.CLIENTS + len(accounts),
            chunks=chunks_for(highest),
            orders=max(orders, 1),
            pages=max(pages, 1),
            ring=max(ring, STEP_EVENTS_MAX),
            claims=max(claims, 1),
        )
        self._identity = _identity(config, accounts)
        row = np.zeros(1, COMMAND)
        self.row = row.view(np.uint8).data
        self._requests = np.zeros(2, REQUEST)
        self._requests["commands"][_ONE] = row.ctypes.data
        self._requests["command_words"][_ONE] = row.nbytes // 8
        first = self._requests.ctypes.data
        self.one, self._batch = first, first + REQUEST.itemsize
        self.enter: Callable[[int], int] = self._enter_first
        self._take(configure(config, accounts, self._sizes))

    def _take(self, arena: np.ndarray) -> None:
        """Make `arena` the machine's memory."""
        self.arena = arena
        self.state: Any = open_machine(arena)
        self.ring = self.state.events.view(np.uint8).data
        self._requests["arena"] = arena.ctypes.data
        self._requests["arena_words"] = arena.size

    def _enter_first(self, address: int) -> int:
        """Compile or load the door, then replace this method by its bare entry point.

        The entry point does not look at the type of its argument again, which halves the price of
        a call (docs/embedding.md). It takes the address of a request of ours, and nothing else.
        """
        count = run_request(address)
        # The `python` build has no compiled body: there the door is the function itself.
        signatures = getattr(run_request, "signatures", None)
        self.enter = run_request.get_overload(signatures[0]) if signatures else run_request
        return count

    def _grow(self) -> None:
        """Double the pools that are full and copy everything over."""
        engine = self.state.engine[0]
        sizes = self._sizes
        if self.state.house["claims_used"][0] >= sizes.claims:
            sizes = sizes._replace(claims=2 * sizes.claims)
        if engine["order_count"] >= sizes.orders:
            sizes = sizes._replace(orders=2 * sizes.orders)
        if engine["page_count"] + engine["trailing_count"] >= sizes.pages:
            sizes = sizes._replace(pages=2 * sizes.pages)
        self._sizes = sizes
        self._take(grown(self.arena, sizes))
        index_ids(self.arena)

    def halt(self, error: Exception | str) -> InvariantBroken:
        """Stop for good, for one of KERNEL_ERRORS or a reason in words; return what to raise."""
        broken = InvariantBroken(
            f"{type(error).__name__}: {error}" if isinstance(error, Exception) else error,
            sequence=int(self.state.engine["sequence"][0]),
        )

        def refuse(_address: int) -> int:
            raise broken

        self.enter = refuse
        return broken

    def _go_on(self, address: int, count: int, sink: Sink) -> None:
        """Finish a request that stopped with `count` < 0; `sink` gets each ringful of events."""
        request = self._requests[_ONE if address == self.one else _BATCH]
        while count < 0:
            reason, stopped = request["reason"], request["stopped"]
            if count < -1:
                try:
                    sink(self.state.events[: -1 - count])
                except BaseException:
                    self._finish_command()
                    raise
            if reason == BROKEN:
                found = Broken(int(self.state.house["is_broken"][0]))
                raise self.halt(f"no longer true: {HOUSE_INVARIANTS[found]}")
            if reason == GROW:
                self._grow()
            request["first"] = stopped
            count = self._call(address)
        if count > 0:
            sink(self.state.events[:count])

    def _finish_command(self) -> None:
        """Do what is left of the command in progress; its other events are lost."""
        self._requests["command_words"][_BATCH] = 0
        self._go_on(self._batch, self._call(self._batch), lambda events: None)

    def _call(self, address: int) -> int:
        """Call `enter`; halt if the kernels find themselves wrong."""
        try:
            return self.enter(address)
        except KERNEL_ERRORS as error:
            raise self.halt(error) from error

    def spill(self, count: int) -> bytes:
        """Finish the one command for which `enter` returned `count` < 0; return all its rows."""
        parts = []
        self._go_on(self.one, count, lambda events: parts.append(events.tobytes()))
        return b"".join(parts)

    def feed(self, commands: np.ndarray, sink: Sink) -> None:
        """Do COMMAND rows in order; `sink(events)` gets each ringful of EVENT rows.

        The array given to `sink` is valid during the call only. Raises InvariantBroken when the
        machine finds itself broken; it then stays halted. If `sink` raises, the command in
        progress is finished and the next one not begun.
        """
        rows = np.ascontiguousarray(commands, COMMAND)
        request = self._requests[_BATCH]
        request["commands"] = rows.ctypes.data
        request["command_words"] = rows.nbytes // 8
        count = self._call(self._batch)
        if count < 0:
            self._go_on(self._batch, count, sink)
        elif count > 0:
            sink(self.state.events[:count])

    def apply_batch(self, commands: np.ndarray) -> np.ndarray:
        """Do COMMAND rows in order; return their EVENT rows."""
        parts = []
        # As words: numpy copies and joins records field by field.
        self.feed(commands, lambda events: parts.append(events.view(np.int64).copy()))
        return np.concatenate(parts).view(EVENT) if parts else np.zeros(0, EVENT)

    def orders(self, contract: int, side: int) -> np.ndarray:
        """Return the resting orders of a side in priority order: rows of depth.DUMP_COLUMNS."""
        count = int(self.state.books["order_count"][contract])
        out = np.zeros((count, len(DUMP_COLUMNS)), np.int64)
        return out[: dump_side(self.arena, contract, int(side), out)]

    def depth(self, contract: int, side: int, levels: int | None = None) -> np.ndarray:
        """Return the best `levels` public levels (all by default): (price_ticks, lots, orders).

        Only what is shown (MAT-042).
        """
        return self._levels(contract, side, levels, False)

    def full_depth(self, contract: int, side: int, levels: int | None = None) -> np.ndarray:
        """Return the best levels with all their lots and orders, hidden ones included."""
        return self._levels(contract, side, levels, True)

    def _levels(self, contract: int, side: int, levels: int | None, is_full: bool) -> np.ndarray:
        book = self.state.books[contract]
        there = int(book["bid_levels"] if side == Side.BUY else book["ask_levels"])
        out = np.zeros((there if levels is None else min(levels, there), 3), np.int64)
        return out[: dump_depth(self.arena, contract, int(side), is_full, out)]

    def waiting(self, contract: int) -> np.ndarray:
        """Return waiting and fired orders: rows of depth.WAITING_COLUMNS, by id."""
        count = int(self.state.engine["order_count"][0])
        out = np.zeros((max(count, 1), len(WAITING_COLUMNS)), np.int64)
        found = out[: int(dump_conditional(self.arena, contract, out)[0])]
        return found[np.argsort(found[:, 0])]

    def queue_position(self, order_id: int) -> tuple[int, int] | None:
        """Return (orders ahead, lots ahead) at the order's own price; None if it does not rest."""
        orders, lots = position_of(self.arena, order_id)
        return None if orders < 0 else (int(orders), int(lots))

    def check_books(self) -> None:
        """Raise InvariantBroken if a structural invariant of the books fails. O(capacity)."""
        raise_broken(check_books(self.arena), int(self.state.engine["sequence"][0]))

    def check_money(self) -> None:
        """Raise InvariantBroken if one of `checks.HOUSE_INVARIANTS` fails. O(wallets)."""
        raise_broken_house(check_money(self.arena), int(self.state.engine["sequence"][0]))

    def state_hash(self) -> str:
        """Return the SHA-256 (hex) of what the machine means: independent of capacities and build.

        Logical rows in a fixed order: counters, books in priority order, the house, claims.
        """
        digest = hashlib.sha256()
        state = self.state
        engine = state.engine
        digest.update(np.array([engine["sequence"][0], engine["now_ns"][0]], np.int64).tobytes())
        digest.update(state.books.tobytes())
        for contract in range(len(state.books)):
            for side in Side:
                digest.update(self.orders(contract, side).tobytes())
            digest.update(self.waiting(contract).tobytes())
        for part in logical_bytes(state):
            digest.update(part)
        for name in _HASHED:
            digest.update(_hashed_bytes(name, getattr(state, name)))
        digest.update(state.basis.tobytes())
        used = int(state.house["claims_used"][0])
        for name in ("loss_id", "wallet", "open_quote"):
            digest.update(state.claims[name][:used].tobytes())
        digest.update(state.trades[: int(state.house["trade_count"][0])].tobytes())
        return digest.hexdigest()

    def snapshot(self) -> bytes:
        """Return the whole state as bytes, for a machine of equal configuration and accounts.

        The events are not in it: they were given out. O(capacity), about 1 ms a megabyte.
        """
        sizes = np.array(self._sizes, np.int64).tobytes()
        body = _MAGIC + self._identity + sizes
        events = _events_at(self.arena)
        body += self.arena[: events.start].tobytes() + self.arena[events.stop :].tobytes()
        return body + hashlib.sha256(body).digest()

    def restore(self, snapshot: bytes) -> None:
        """Become the machine that `snapshot` was taken of; capacities become its own, too.

        StorageError, and no change, if a byte is wrong or it is of another venue or version.
        """
        body, digest = snapshot[:-_DIGEST_BYTES], snapshot[-_DIGEST_BYTES:]
        if not body.startswith(_MAGIC):
            raise StorageError("this is no snapshot of this version", hint="take another one")
        found = hashlib.sha256(body).digest()
        if found != digest:
            raise StorageError("the snapshot is damaged", expected=digest.hex(), found=found.hex())
        start = len(_MAGIC) + _DIGEST_BYTES
        if body[len(_MAGIC) : start] != self._identity:
            raise StorageError(
                "the snapshot is of another venue", hint="use its configuration and accounts"
            )
        try:
            sizes, arena = _unpacked(body, start)
        except (ValueError, OverflowError, MemoryError) as error:
            raise StorageError(f"the snapshot does not fit its sizes: {error}") from None
        fixed = ("contracts", "assets", "wallets", "chunks")
        if any(getattr(sizes, name) != getattr(self._sizes, name) for name in fixed):
            raise StorageError("the snapshot's sizes are not this venue's")
        self._sizes = sizes
        self.enter = self._enter_first  # it may have been halted
        self._take(arena)


def _hashed_bytes(name: str, rows: np.ndarray) -> bytes:
    """Return what a section gives to the state hash: not scratch, and not what is off."""
    if name == "contracts":
        words = rows.view(np.int64).reshape(len(rows), -1)
        is_on = rows["oi_depth_multiple"] != 0
        return words[:, :_DEPTH_WORD].tobytes() + words[is_on, _DEPTH_WORD:].tobytes()
    if name in _UNHASHED:
        rows = rows.copy()
        for field in _UNHASHED[name]:
            rows[field] = 0
    return rows.tobytes()


def _identity(config: Config, accounts: np.ndarray) -> bytes:
    """Return the digest (32 bytes) of what must be equal for a snapshot to fit."""
    digest = hashlib.sha256(msgspec.msgpack.encode(config))
    digest.update(np.ascontiguousarray(accounts).tobytes())
    for name, (dtype, _) in zip(State._fields, MachineSizes(*[1] * 8).sections()):
        digest.update(f"{name} {dtype.descr}".encode())
    return digest.digest()


def _unpacked(body: bytes, start: int) -> tuple[MachineSizes, np.ndarray]:
    """Return the sizes and the arena that stand in a snapshot from byte `start` on."""
    count = len(MachineSizes._fields)
    sizes = MachineSizes(*np.frombuffer(body, np.int64, count, start).tolist())
    words = np.frombuffer(body, np.int64, offset=start + 8 * count)
    arena = new_arena(sizes)
    header, events = arena[: 2 * len(State._fields)].copy(), _events_at(arena)
    arena[: events.start] = words[: events.start]
    arena[events.stop :] = words[events.start :]
    if not np.array_equal(arena[: header.size], header):
        raise ValueError("another layout")
    return sizes, arena


def _events_at(arena: np.ndarray) -> slice:
    """Return where in an arena the event ring is: a slice of its words."""
    index = State._fields.index("events")
    return slice(*arena[2 * index : 2 * index + 2].tolist())
