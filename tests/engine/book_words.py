"""How tables say what the book answers (`book_text` reads what is asked), and plays them."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from book_text import command_of, rows
from hkperp_engine.codes import (
    CancelReason,
    Command,
    ContractState,
    Event,
    KillScope,
    ProtectionLimit,
    Reject,
    Side,
    TriggerSource,
)
from hkperp_engine.reference import CommandRow, EventRow, RestingOrder, WaitingOrder

SIDES = {"bids": Side.BUY, "asks": Side.SELL}


class AnyBook(Protocol):
    """What playing a table needs of a book."""

    def apply(self, command: CommandRow) -> list[EventRow]: ...

    def orders(self, contract: int, side: int) -> list[RestingOrder]: ...

    def waiting(self, contract: int) -> list[WaitingOrder]: ...

    def depth(self, contract: int, side: int) -> Sequence[Sequence[int]]: ...

    def full_depth(self, contract: int, side: int) -> Sequence[Sequence[int]]: ...

    def state(self, contract: int) -> int: ...


def event_text(event: EventRow, asked: CommandRow | None = None) -> str:
    """Write one event; `asked` is the command it answers.

    >>> event_text(EventRow(1, 0, Event.TRADE, 0, 0, 0, 0, 1, 7, 8, 101, 3, 0))
    'trade 7 x3 @101'
    """
    kind, lots = Event(event.kind), f"{event.order_id} x{event.lots}"
    if kind == Event.REFUSED:
        return f"refused {_own(event, asked)}{Reject(event.code).name}"
    if kind == Event.ORDER_ACCEPTED:
        return _accepted(event, asked)
    if kind in (Event.ORDER_CANCELLED, Event.ORDER_REDUCED):
        return f"{kind.name[6:].lower()} {lots} {CancelReason(event.code).name}"
    if kind == Event.TRIGGERED:
        source = TriggerSource(event.code).name.lower()
        return f"triggered {event.order_id} by {source} {event.amount}"
    written = {
        Event.TRADE: f"trade {lots} @{event.price_ticks}",
        Event.ORDER_AMENDED: f"amended {lots} @{event.price_ticks}",
        Event.ORDER_REFRESHED: f"refreshed {lots}",
        Event.ORDER_WAITS: f"waits for {event.amount}",
        Event.TRIGGER_CAP: f"cap {event.amount} left",
        Event.AFMM_SUSPENDED: "suspended" if event.code else "lifted",
    }
    return written.get(kind) or _market_text(event)


def _market_text(event: EventRow) -> str:
    """Write an event that is about no single order."""
    code = event.code
    if event.kind == Event.UNCROSS:
        surplus = event.counter_order_id
        return f"uncross x{event.amount} @{event.price_ticks} surplus {surplus}"
    if event.kind == Event.CONTRACT_STATE:
        until = f" until {event.amount} ref {event.price_ticks}" if event.amount else ""
        return f"state {ContractState(code).name}{until}"
    if event.kind == Event.MASS_CANCELLED:
        return f"mass-cancelled {event.amount} {CancelReason(code).name}"
    if event.kind == Event.KILL_SWITCH:
        return f"{'killed' if event.flags else 'released'} {KillScope(code).name}"
    assert event.kind == Event.PROTECTION, event
    return f"protection {ProtectionLimit(code).name} {event.amount}"


def _own(event: EventRow, asked: CommandRow | None) -> str:
    """The order's id, unless the command named it."""
    return f"{event.order_id} " if asked and event.order_id != asked.order_id else ""


def _accepted(event: EventRow, asked: CommandRow | None) -> str:
    """`accepted`, and what the reader does not know: whose, another limit, lots by notional."""
    if asked is None:
        return "accepted"
    text = f"accepted {_own(event, asked)}".rstrip()
    if asked.kind == Command.NEW_ORDER and event.order_id == asked.order_id:
        if not asked.lots:
            text += f" x{event.lots}"
        if event.price_ticks != asked.price_ticks:
            text += f" @{event.price_ticks}"
    return text


def orders_text(orders: Iterable[RestingOrder]) -> str:
    """Write the orders of a side, first in priority first; an iceberg with what it shows."""
    told = []
    for order in orders:
        shown = f" shows {order.shown_lots}" if order.shown_lots != order.lots_left else ""
        told.append(f"{order.order_id} x{order.lots_left} @{order.price_ticks}{shown}")
    return ", ".join(told) or "empty"


def waiting_text(orders: Iterable[WaitingOrder]) -> str:
    """Write the waiting orders by id, each with its trigger or what activates it."""
    told = []
    for order in sorted(orders, key=lambda order: order.order_id):
        trigger = f"trigger {order.trigger_ticks}"
        if order.trigger_ticks == 0:
            trigger = f"from {order.activation_ticks}"
        if order.is_fired:
            trigger = "fired"
        told.append(f"{order.order_id} x{order.lots} {trigger}")
    return ", ".join(told) or "empty"


def depth_text(levels: Iterable[Sequence[int]]) -> str:
    """Write levels, best first."""
    return ", ".join(f"x{lots} @{price}" for price, lots, *_ in levels) or "empty"


def answer_to_question(book: AnyBook, question: str) -> str | None:
    """What the book holds, or None if it is no question."""
    first, *rest = question.split()
    contract = int(rest.pop()[1:]) if rest and rest[-1] in ("c1", "c2") else 0
    if first in SIDES:
        return orders_text(book.orders(contract, SIDES[first]))
    if first == "waiting":
        return waiting_text(book.waiting(contract))
    if first == "state":
        return ContractState(int(book.state(contract))).name
    if first == "public":
        return depth_text(book.depth(contract, SIDES[rest[0]]))
    if first == "depth":
        return depth_text(book.full_depth(contract, SIDES[rest[0]]))
    return None


def answer(book: AnyBook, asked: str, time_ns: int) -> tuple[str, int]:
    """What the book says to one row, and the time afterwards."""
    found = answer_to_question(book, asked)
    if found is None:
        command = command_of(asked, time_ns)
        events = book.apply(command)
        found = ", ".join(event_text(event, command) for event in events) or "nothing"
        time_ns = max(time_ns, command.time_ns)
    return found, time_ns


def play(table: str, book: AnyBook) -> None:
    """Do what each row of a table asks, and compare the answers; the clock starts at 0."""
    time_ns = 0
    for asked, expected in rows(table):
        found, time_ns = answer(book, asked, time_ns)
        assert found == expected, f"{asked}: {found}, not {expected}"
