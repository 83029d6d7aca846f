"""The compiled machine under watch: every event folded, every lock of a resting order measured."""

from typing import NamedTuple

from compiled_house import TINY, CompiledHouse, check_money
from event_fold import Fold
from hkperp.edge.inspection import measure_wallet
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import EventFlag, HouseWallet
from house_setting import Setting
from reference.rows import Command, Event

ORDERS = (Kind.NEW_ORDER, Kind.AMEND, Kind.MASS_QUOTE)
NO_LOCK = EventFlag.REDUCE_ONLY | EventFlag.WAITING

#: What a command may say if the wallet's requirement after it is to be that of its orders alone.
QUIET = {
    int(EventKind.ORDER_ACCEPTED),
    int(EventKind.ORDER_AMENDED),
    int(EventKind.ORDER_CANCELLED),
    int(EventKind.ORDER_REDUCED),
}
ADDING = (EventKind.ORDER_ACCEPTED, EventKind.ORDER_AMENDED)

#: How many commands lie between two looks at all balances and positions.
LOOK_EVERY = 20


class Cover(NamedTuple):
    """What a wallet must have, and what it has for new risk; ledger units."""

    requirement: int
    equity_new: int


def is_locked(events: list[Event], before: Cover, after: Cover) -> bool | None:
    """INV-06: is what came to rest covered in full? None if the events say nothing of it."""
    if not events or not {event.kind for event in events} <= QUIET:
        return None
    if all(event.kind not in ADDING or event.flags & NO_LOCK for event in events):
        return None
    return after.requirement <= max(after.equity_new, before.requirement)


class WatchedHouse(CompiledHouse):
    """A CompiledHouse that fails as soon as an event, or a lock, is not what it must be."""

    def __init__(self, setting: Setting, capacities=TINY) -> None:
        super().__init__(setting.config, setting.accounts, capacities)
        self.fold = Fold(setting)
        self.highest = HouseWallet.CLIENTS + len(setting.accounts) - 1
        self.sent = self.locks = 0

    def cover(self, wallet: int) -> Cover:
        """Measure a wallet."""
        measure_wallet(self.machine.arena, wallet)
        row = self.state.margin[0]
        return Cover(int(row["requirement"]), int(row["equity_new"]))

    def apply(self, command: Command) -> list[Event]:
        """As CompiledHouse.apply; raise AssertionError, with the event, if an invariant fails."""
        is_client = HouseWallet.CLIENTS <= command.wallet <= self.highest
        is_order = is_client and command.kind in ORDERS
        before = self.cover(command.wallet) if is_order else None
        events = super().apply(command)
        self.fold.take(events)
        if before is not None:
            after = self.cover(command.wallet)
            locked = is_locked(events, before, after)
            assert locked is not False, f"INV-06: {before}, then {after}: {command} {events}"
            self.locks += locked is not None
        self.sent += 1
        if self.sent % LOOK_EVERY == 0:
            self.look()
        return events

    def look(self) -> None:
        """Look at all there is: exactly 0, and as the events tell it."""
        check_money(self.machine)
        text = self.fold.differs(self)
        assert not text, f"the fold of the events: {text}"
