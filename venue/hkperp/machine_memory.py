"""The machine as an object on arrays: commands in, events out, growth, hash, snapshot.

`Venue` (venue.py) is the same with messages; this is what the replay, the benchmarks and the
differential tests drive. Nothing here decides anything: it moves rows.
"""

import hashlib

import numpy as np

from hkperp.machine import (
    BROKEN,
    DONE,
    GROW,
    STEP_EVENTS_MAX,
    check_books,
    dump_depth,
    dump_side,
    index_ids,
    run_commands,
)
from hkperp.state import MachineSizes, configure, grown, open_machine
from hkperp_engine.arena import chunks_for
from hkperp_engine.checks import raise_broken
from hkperp_engine.codes import HouseWallet, Side
from hkperp_engine.depth import DUMP_COLUMNS
from hkperp_engine.errors import InvariantBroken, StorageError
from hkperp_engine.layout import COMMAND, EVENT

__all__ = ["Machine"]

#: Sections whose rows are results of commands, in the order in which the state hash takes them.
_HASHED = ("house", "contracts", "assets", "wallets", "positions", "balances", "rates", "sources")

#: Fields of those sections that are scratch or say how, not what.
_UNHASHED = {
    "house": ("next_due_ns", "cycle_given_platform", "cycle_given_rounding"),
    "wallets": ("contract_mask",),
}


class Machine:
    """A venue's state on arrays. One thread owns it. Capacities grow; none changes a result.

    `config` (hkperp.config.Config, checked), `accounts` (state.ACCOUNT rows; client i has wallet
    16 + i). `capacities`: orders, pages, events of the ring and claims to begin with.
    """

    def __init__(self, config, accounts, *, capacities=(4096, 16, 65536, 1024)):
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
        self._take(configure(config, accounts, self._sizes))
        self._one = np.zeros(1, COMMAND)
        self._one_words = self._one.view(np.int64)

    def _take(self, arena):
        """Make `arena` the machine's memory."""
        self._arena = arena
        self.state = open_machine(arena)

    def _grow(self):
        """Double the pools that are full and copy everything over."""
        engine = self.state.engine[0]
        sizes = self._sizes
        if self.state.house["claims_used"][0] >= sizes.claims:
            sizes = sizes._replace(claims=2 * sizes.claims)
        if engine["order_count"] >= sizes.orders:
            sizes = sizes._replace(orders=2 * sizes.orders)
        if engine["page_count"] >= sizes.pages:
            sizes = sizes._replace(pages=2 * sizes.pages)
        self._sizes = sizes
        self._take(grown(self._arena, sizes))
        index_ids(self._arena)

    def feed(self, commands, sink):
        """Do COMMAND rows in order; `sink(events)` gets each ringful of EVENT rows.

        The array given to `sink` is valid during the call only. Raises InvariantBroken when the
        machine finds itself broken; it then stays halted.
        """
        words = np.ascontiguousarray(commands, COMMAND).view(np.int64)
        if not words.flags.writeable:
            words = words.copy()
        self._run(words, sink)

    def _run(self, words, sink):
        done = 0
        while True:
            done, reason = divmod(run_commands(self._arena, words, done), 4)
            state = self.state
            used = int(state.engine["events_used"][0])
            if used:
                sink(state.events[:used])
                state.engine["events_used"] = 0
            if reason == DONE:
                return
            if reason == GROW:
                self._grow()
            elif reason == BROKEN:
                sequence = int(state.engine["sequence"][0])
                raise InvariantBroken(
                    "a balance went below zero or the settlement account did not close",
                    rule="INV-04 or SETL_BREAK",
                    sequence=sequence,
                )

    def apply_batch(self, commands):
        """Do COMMAND rows in order; return their EVENT rows."""
        parts = []
        self.feed(commands, lambda events: parts.append(events.copy()))
        return np.concatenate(parts) if parts else np.zeros(0, EVENT)

    def orders(self, contract, side):
        """Return the resting orders of a side in priority order: rows of depth.DUMP_COLUMNS."""
        count = int(self.state.books["order_count"][contract])
        out = np.zeros((count, len(DUMP_COLUMNS)), np.int64)
        return out[: dump_side(self._arena, contract, int(side), out)]

    def depth(self, contract, side, levels=None):
        """Return the best `levels` levels (all by default): rows (price_ticks, lots, orders)."""
        book = self.state.books[contract]
        there = int(book["bid_levels"] if side == Side.BUY else book["ask_levels"])
        out = np.zeros((there if levels is None else min(levels, there), 3), np.int64)
        return out[: dump_depth(self._arena, contract, int(side), out)]

    def check_books(self):
        """Raise InvariantBroken if a structural invariant of the books fails. O(capacity)."""
        raise_broken(check_books(self._arena), int(self.state.engine["sequence"][0]))

    def state_hash(self):
        """Return the SHA-256 (hex) of what the machine means: independent of capacities and build.

        Logical rows in a fixed order: counters, books in priority order, the house, claims.
        """
        digest = hashlib.sha256()
        state = self.state
        engine = state.engine
        digest.update(np.int64([engine["sequence"][0], engine["now_ns"][0]]).tobytes())
        digest.update(state.books.tobytes())
        for contract in range(len(state.books)):
            for side in Side:
                digest.update(self.orders(contract, side).tobytes())
        for name in _HASHED:
            rows = getattr(state, name)
            if name in _UNHASHED:
                rows = rows.copy()
                for field in _UNHASHED[name]:
                    rows[field] = 0
            digest.update(rows.tobytes())
        digest.update(state.basis.tobytes())
        used = int(state.house["claims_used"][0])
        digest.update(state.claims[["loss_id", "wallet", "open_quote"]][:used].tobytes())
        return digest.hexdigest()

    def snapshot(self):
        """Return the whole state as bytes. Only a machine of equal configuration can take it."""
        words = np.int64(list(self._sizes)).tobytes()
        body = words + self._arena.tobytes()
        return hashlib.sha256(body).digest() + body

    def restore(self, snapshot):
        """Become the machine that `snapshot` was taken of. StorageError if a byte is wrong."""
        body = snapshot[32:]
        if hashlib.sha256(body).digest() != snapshot[:32]:
            raise StorageError("the snapshot is damaged", hint="take another one")
        width = 8 * len(self._sizes)
        sizes = MachineSizes(*np.frombuffer(body[:width], np.int64).tolist())
        own = self._sizes
        if (sizes.contracts, sizes.assets, sizes.wallets, sizes.chunks) != (
            own.contracts,
            own.assets,
            own.wallets,
            own.chunks,
        ):
            raise StorageError("the snapshot is of another venue", hint="use its configuration")
        self._sizes = sizes
        arena = grown(self._arena, sizes)
        arena[:] = np.frombuffer(body[width:], np.int64)
        self._take(arena)
