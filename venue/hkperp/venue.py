"""The venue as an object: commands in, events out, at once, in the calling thread.

    venue = Venue(config, [Account(), Account()])
    events = venue.apply(Deposit(time_ns=now_ns, wallet=16, asset=0, amount=1_000_000))

Pure: no clock, no file, no thread of its own; the same commands give the same events and the same
state hash on every machine and in every build. One thread owns a venue. docs/embedding.md is the
guide; docs/machine.md says what each command does.
"""

import functools
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from hkperp.accounts import Account, AccountReport, DeleveragingPlace, Level
from hkperp.commands import Advance
from hkperp.config import Config
from hkperp.edge.account_rows import account_rows
from hkperp.edge.inspection import account_report
from hkperp.edge.inspection_queue import deleveraging_queue
from hkperp.edge.inspection_refusal import RefusalFigures, refusal_of
from hkperp.edge.machine_memory import CAPACITIES, KERNEL_ERRORS, Machine
from hkperp.edge.message_rows import (
    COMMAND_ROW,
    DECODERS,
    ENCODERS,
    EVENT_ROW,
    ROW_BYTES,
    EventRow,
    decoded,
)
from hkperp.messages import EVENT_STRUCTS, AnyCommand, AnyEvent, mistake_in
from hkperp.rules.proof import check_config
from hkperp_engine.codes import Event, Reject, Side
from hkperp_engine.errors import RequestError
from hkperp_engine.layout import COMMAND

__all__ = ["Venue"]

_unpack_row = EVENT_ROW.unpack_from


class Subscriber(NamedTuple):
    """Who is told of which events: `structs` are their types, None for all."""

    tell: Callable[[AnyEvent], Any]
    structs: frozenset[type] | None


class Venue:
    """A venue: contracts, assets, house and books of a `Config`, and the wallets of its accounts.

    `config` is checked (`proof.check_config`; InputError says what is wrong). `accounts`:
    `Account` structs, or an array of `state.ACCOUNT` rows; row i has wallet 16 + i. Time begins
    at `config.house.start_ns`. `capacities` (orders, ladder pages, events, claims) are where the
    pools begin; they grow by themselves and change no result. `machine` is the same on arrays.
    """

    def __init__(
        self,
        config: Config,
        accounts: Sequence[Account] | np.ndarray,
        *,
        capacities: tuple[int, int, int, int] = CAPACITIES,
    ) -> None:
        """Make the venue, with no money, no prices and no orders in it."""
        check_config(config)
        self.config = config
        self.machine = Machine(
            config, account_rows(accounts, len(config.contracts)), capacities=capacities
        )
        self._subscribers: tuple[Subscriber, ...] = ()
        self._is_telling = False
        self._last_rows: bytes | memoryview = b""
        self._last_count = 0
        self._row = self.machine.row
        # A partial takes the caller's tuple of columns as it is; a call with a star copies it.
        self._pack = functools.partial(COMMAND_ROW.pack_into, self._row, 0)

    def apply(self, command: AnyCommand) -> list[AnyEvent]:
        """Do one command with all that follows from it; return its events in order.

        A command that is not allowed returns one `Refused` and changes nothing. `RequestError` if
        a number does not fit its field. About 1 us and 0.3 us an event.

        >>> from hkperp.commands import Tick
        >>> from hkperp.presets import bitcoin_hkd
        >>> venue = Venue(bitcoin_hkd(start_ns=0), [Account()])
        >>> venue.apply(Tick(time_ns=1))[-1]
        Index(sequence=4, time_ns=1, contract=0, status=<IndexStatus.EXHAUSTED: 3>, \
price_ticks=0, source_count=0)
        """
        if self._is_telling:
            raise _reentered()
        try:
            ENCODERS[type(command)](self._row, command)
        except (KeyError, struct.error, TypeError, OverflowError):
            raise mistake_in(command) from None
        machine = self.machine
        try:
            count = machine.enter(machine.one)
        except KERNEL_ERRORS as error:
            raise machine.halt(error) from error
        if count == 1:
            row = _unpack_row(machine.ring)
            events = [DECODERS[row[2]](row)]
        elif count > 0:
            events = list(decoded(machine.ring[: count * ROW_BYTES]))
        elif count == 0:
            return []
        else:
            events = list(decoded(machine.spill(count)))
        if self._subscribers:
            self._tell(events)
        return events

    def advance(self, time_ns: int) -> list[AnyEvent]:
        """Let time pass until `time_ns`; return the events of the timers that fell due."""
        return self.apply(Advance(time_ns=time_ns))

    def send(self, *columns: int) -> int:
        """Do one command given as the 15 columns of its row; return the number of its events.

        The scalar door, for loops that read few events: about 0.5 us. The columns are those of
        `hkperp_engine.layout.COMMAND`, in that order, all whole numbers: time_ns, contract, kind,
        side, order_type, tif, flags, stp, wallet, target, order_id, price_ticks, lots, amount,
        tag. `rows` gives the events as tuples.
        """
        if self._is_telling:
            raise _reentered()
        try:
            self._pack(*columns)
        except struct.error as error:
            raise RequestError(f"not a row of commands: {error}") from None
        machine = self.machine
        try:
            count = machine.enter(machine.one)
        except KERNEL_ERRORS as error:
            raise machine.halt(error) from error
        if count < 0:
            rows = machine.spill(count)
            count = len(rows) // ROW_BYTES
        else:
            rows = machine.ring
        self._last_rows, self._last_count = rows, count
        if self._subscribers:
            self._tell(list(decoded(rows[: count * ROW_BYTES])))
        return count

    def rows(self) -> list[EventRow]:
        """Return the events of the last `send` as tuples of EVENT columns. 0.15 us and more.

        sequence, time_ns, kind, code, contract, flags, wallet, counter_wallet, order_id,
        counter_order_id, price_ticks, lots, amount. Ask before the next command.
        """
        if self._last_count == 1:
            return [_unpack_row(self._last_rows)]
        return list(EVENT_ROW.iter_unpack(self._last_rows[: self._last_count * ROW_BYTES]))

    def apply_batch(self, commands: np.ndarray) -> np.ndarray:
        """Do an array of COMMAND rows in order; return their EVENT rows. The fastest way.

        The same as one by one. `RequestError` if it is not an array of `layout.COMMAND`.
        """
        if self._is_telling:
            raise _reentered()
        if not isinstance(commands, np.ndarray) or commands.dtype != COMMAND or commands.ndim != 1:
            raise RequestError("not an array of commands", hint="hkperp_engine.layout.COMMAND")
        rows = self.machine.apply_batch(commands)
        if self._subscribers:
            self._tell(self._wanted(rows))
        return rows

    def subscribe(
        self, tell: Callable[[AnyEvent], Any], kinds: Iterable[Event] | None = None
    ) -> Callable[[], None]:
        """Call `tell(event)` for each event of these kinds (default: all); return how to stop it.

        In the order of events, after the command (or the whole batch) is done and before its call
        returns; several subscribers in the order of subscription, event by event. A subscriber may
        read the venue and may not send commands. If one raises, the others are still told of
        everything, and the call then raises an ExceptionGroup: the command is done all the same.
        """
        structs = None if kinds is None else frozenset(EVENT_STRUCTS[Event(k)] for k in kinds)
        subscriber = Subscriber(tell, structs)
        self._subscribers += (subscriber,)

        def stop() -> None:
            self._subscribers = tuple(each for each in self._subscribers if each is not subscriber)

        return stop

    def _tell(self, events: Iterable[AnyEvent]) -> None:
        """Tell the subscribers of events that are history already."""
        errors: list[Exception] = []
        self._is_telling = True
        try:
            for event in events:
                for tell, structs in self._subscribers:
                    if structs is None or type(event) in structs:
                        try:
                            tell(event)
                        except Exception as error:
                            errors.append(error)
        finally:
            self._is_telling = False
        if errors:
            raise ExceptionGroup("subscribers failed; the command is done", errors)

    def _wanted(self, rows: np.ndarray) -> Iterable[AnyEvent]:
        """Return the events of a batch that somebody listens to."""
        if all(structs is not None for _, structs in self._subscribers):
            structs = {each for _, some in self._subscribers for each in some or ()}
            kinds = [kind for kind, each in EVENT_STRUCTS.items() if each in structs]
            rows = rows[np.isin(rows["kind"], kinds)]
        return decoded(rows.tobytes())

    def depth(self, contract: int, side: Side, levels: int | None = None) -> list[Level]:
        """Return the best `levels` price levels of a side of the book (default: all)."""
        self._require("contract", contract, 0, len(self.config.contracts) - 1)
        rows = self.machine.depth(contract, Side(side), levels)
        return [Level(*row) for row in rows.tolist()]

    def account(self, wallet: int) -> AccountReport:
        """Return balances, margins and positions of a wallet of a client, or of the house."""
        self._require("wallet", wallet, 0, len(self.machine.state.wallets) - 1)
        return account_report(self.machine, wallet)

    def deleveraging_queue(self, contract: int, side: Side) -> list[DeleveragingPlace]:
        """Return the holders of a side in the order in which they would be deleveraged (LOSS-04).

        At the last good marks: what the machine would do if a loss came now. Holders of longs
        (BUY) bear the losses of shorts, and the other way round. It names wallets: of it, an
        account may see its own place. O(wallets).
        """
        self._require("contract", contract, 0, len(self.config.contracts) - 1)
        return deleveraging_queue(self.machine, contract, Side(side))

    def deleveraging_place(self, wallet: int, contract: int) -> DeleveragingPlace | None:
        """Return a wallet's place in the queue of its side; None if it cannot be deleveraged.

        It has no lots there, or no equity. The same as in the whole queue. O(wallets).
        """
        self._require("wallet", wallet, 0, len(self.machine.state.wallets) - 1)
        self._require("contract", contract, 0, len(self.config.contracts) - 1)
        state = self.machine.state
        lots = int(state.positions["lots"][wallet * len(state.contracts) + contract])
        if lots == 0:
            return None
        queue = self.deleveraging_queue(contract, Side.BUY if lots > 0 else Side.SELL)
        return next((each for each in queue if each.wallet == wallet), None)

    def refusal_figures(self, command: AnyCommand, reject: Reject) -> RefusalFigures | None:
        """Return what the last command was refused on, its threshold and what would have passed.

        To be asked with the command and the `reject` of its `Refused`, before the next command.
        Of orders and amendments refused for margin, position, open interest or exposure, and of
        money that may not leave; None for others, whose sentence says all.
        """
        row = bytearray(ROW_BYTES)
        try:
            ENCODERS[type(command)](row, command)
        except (KeyError, struct.error, TypeError, OverflowError):
            raise mistake_in(command) from None
        return refusal_of(self.machine, np.frombuffer(row, COMMAND)[0], reject)

    def _require(self, path: str, number: int, low: int, high: int) -> None:
        if type(number) is not int or not low <= number <= high:
            raise RequestError(f"{number!r} is not from {low} to {high}"[:200], path=path)

    @property
    def now_ns(self) -> int:
        """The machine's time: that of the last command."""
        return int(self.machine.state.engine["now_ns"][0])

    @property
    def sequence(self) -> int:
        """The number of events so far."""
        return int(self.machine.state.engine["sequence"][0])

    def state_hash(self) -> str:
        """Return the SHA-256 (hex) of what the state means, whatever its capacities. O(state)."""
        return self.machine.state_hash()

    def snapshot(self) -> bytes:
        """Return the whole state as bytes. Subscribers and configuration are not in it."""
        return self.machine.snapshot()

    @classmethod
    def restore(
        cls, config: Config, accounts: Sequence[Account] | np.ndarray, snapshot: bytes
    ) -> Self:
        """Return the venue that a snapshot was taken of, given its configuration and accounts.

        What it does from there on is what the first one did. StorageError if the bytes are damaged
        or of another venue. Take snapshots from yourself only: the digest finds accidents.
        """
        venue = cls(config, accounts)
        venue.machine.restore(snapshot)
        return venue

    def rewind(self, snapshot: bytes) -> None:
        """Go back (or forward) to a snapshot of this venue; subscribers stay. StorageError."""
        self.machine.restore(snapshot)


def _reentered() -> RequestError:
    return RequestError(
        "a subscriber sent a command", hint="collect, and apply when the call has returned"
    )
