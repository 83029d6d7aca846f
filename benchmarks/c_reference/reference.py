"""The C book and the C full path, started where a fresh `Book` or `Machine` of hkperp stands.

C works on an arena of its own (rows.py) that is filled from hkperp's: limits and owners, for the
machine also money, rules and mark. Afterwards every event must be the same bytes, and every live
order, and every wallet's money and position, or no speed is given.
"""

import ctypes
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.c_reference.build import BEST, compile_library
from benchmarks.c_reference.rows import new_arena, open_arena
from hkperp.bench.full_path import prepared_machine
from hkperp.bench.workloads import Workload
from hkperp.edge.machine_memory import Machine
from hkperp_engine.codes import Command, ContractState
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.standalone import Book

__all__ = ["EVENTS_PER_MESSAGE", "Kept", "Library", "book_of", "kept_by_c", "kept_by_hkperp"]
__all__ += ["machine_of", "require_same"]

#: Orders, pages and events of the ring at first, so that nothing grows while it is timed.
_CAPACITIES = (1 << 18, 1 << 10, 1 << 10)

#: Most events of a message on average: a trade of the full path writes three.
EVENTS_PER_MESSAGE = 4

_REASONS = ("done", "drain", "grow", "broken", "unknown here")


#: What must be the same afterwards besides the events, by section.
_COMPARED = {
    "orders": ("order_id", "wallet", "contract", "side", "price_ticks", "lots_left", "mark_ticks"),
    "wallets": ("cash", "pending"),
    "positions": (
        *("lots", "cost", "entry_cost", "buy_lots", "sell_lots", "buy_value", "sell_value"),
        *("order_loss", "order_fee"),
    ),
}


class Kept(NamedTuple):
    """What came of one run: SHA-256 of all its events, their count, SHA-256 of what is left."""

    events_sha256: str
    event_count: int
    left_sha256: str


class Library:
    """One compiled build. `feed(arena, commands)` does COMMAND rows on an arena."""

    def __init__(self, source: str, folder: Path, options: tuple[str, ...] = BEST, name: str = ""):
        """Compile and load `source`, book.c or machine.c, with compiler `options`."""
        self.path = compile_library(source, folder, options, name)
        self._library = ctypes.CDLL(str(self.path))
        self._feed = self._library.feed
        self._feed.restype = ctypes.c_int64
        word, place = ctypes.c_int64, ctypes.c_void_p
        self._feed.argtypes = [place, place, word, place, word, place]

    def feed(self, arena: np.ndarray, commands: np.ndarray, kept: np.ndarray | None = None) -> int:
        """Do all commands; append the events to `kept` if it is given. Return their number."""
        count = np.zeros(1, np.int64)
        reason = self._feed(
            arena.ctypes.data,
            commands.ctypes.data,
            len(commands),
            None if kept is None else kept.ctypes.data,
            0 if kept is None else len(kept),
            count.ctypes.data,
        )
        if reason != 0:
            raise InvariantBroken(f"C stopped: {_REASONS[reason]}", rule="c_reference")
        return int(count[0])

    def dump_profile(self) -> None:
        """Write what a build with counters has counted (profile-guided optimisation)."""
        self._library.dump_profile()


def book_of(workload: Workload) -> Book:
    """Return an empty stand-alone book for a workload."""
    return Book(
        price_ticks_max=workload.price_ticks_max,
        lots_max=workload.lots_max,
        wallets=workload.wallets_end,
        capacities=_CAPACITIES,
    )


def machine_of(workload: Workload) -> Machine:
    """Return a machine with money and a mark for a workload whose wallets start at 16.

    The timers due at time 0 have run: C has none, and no other falls due inside a workload.
    """
    machine = prepared_machine(workload)
    advance = np.zeros(1, COMMAND)
    advance["kind"] = Command.ADVANCE
    machine.apply_batch(advance)
    return machine


def arena_of(made: Book | Machine) -> np.ndarray:
    """Return memory for C that stands where a fresh book or machine stands. One contract."""
    state = made.state
    limit = int(state.books["price_ticks_max"][0])
    arena = new_arena(limit, len(state.owners), *_CAPACITIES)
    views = open_arena(arena)
    names = ["engine", "books", "owners"]
    if isinstance(made, Machine):
        names += ["house", "contracts", "tiers", "wallets", "positions", "rates"]
        if not (state.engine["order_count"] == 0).all() or len(state.contracts) != 1:
            raise InvariantBroken("C starts from a machine of one contract without orders")
    for name in names:
        _copy_fields(views[name], getattr(state, name))
    views["engine"]["events_used"] = 0
    views["contracts"]["state"] = ContractState.OPEN
    views["contracts"]["terms_hash"] = state.markets["terms_hash"]
    return arena


def _copy_fields(to: np.ndarray, source: np.ndarray) -> None:
    """Copy the fields that both have by name, but the size of C's own ladder."""
    for name in to.dtype.names or ():
        if name in (source.dtype.names or ()) and name not in ("chunks_per_ladder", "spare"):
            to[name] = source[name]


def _left_digest(views: dict[str, np.ndarray]) -> str:
    """Return the SHA-256 of live orders by id and of all money: the same for both."""
    digest = hashlib.sha256()
    live = np.sort(views["orders"][views["orders"]["order_id"] > 0], order="order_id")
    for section, names in _COMPARED.items():
        rows = live if section == "orders" else views.get(section)
        for name in names if rows is not None else ():
            digest.update(rows[name].astype(np.int64).tobytes())
    return digest.hexdigest()


def _views_of(made: Book | Machine) -> dict[str, np.ndarray]:
    """Return hkperp's own rows of what is compared."""
    names = [name for name in _COMPARED if isinstance(made, Machine) or name == "orders"]
    return {name: getattr(made.state, name) for name in names}


def kept_by_hkperp(made: Book | Machine, commands: np.ndarray) -> Kept:
    """Let hkperp do the commands; return what came of it."""
    digest, counts = hashlib.sha256(), []

    def keep(events: np.ndarray) -> None:
        digest.update(events.view(np.uint8).data)
        counts.append(len(events))

    made.feed(commands, keep)
    return Kept(digest.hexdigest(), sum(counts), _left_digest(_views_of(made)))


def kept_by_c(library: Library, made: Book | Machine, commands: np.ndarray) -> Kept:
    """Let C do the commands from where `made` stands; return what came of it."""
    rows = np.ascontiguousarray(commands, COMMAND)
    kept = np.zeros(EVENTS_PER_MESSAGE * len(rows) + 64, EVENT)
    arena = arena_of(made)
    count = library.feed(arena, rows, kept)
    digest = hashlib.sha256(kept[:count].view(np.uint8).data)
    views = open_arena(arena)
    compared = {name: views[name] for name in _views_of(made)}
    return Kept(digest.hexdigest(), count, _left_digest(compared))


def require_same(
    library: Library, make: Callable[[Workload], Book | Machine], workload: Workload
) -> Kept:
    """Do a workload in both; return what came of it, or raise if one byte differs."""
    ours = kept_by_hkperp(make(workload), workload.commands)
    theirs = kept_by_c(library, make(workload), workload.commands)
    if ours != theirs:
        raise InvariantBroken(f"{workload.name}: {ours} by hkperp, {theirs} by C")
    return ours
