"""Rows and orders of the slow book: what comes in, what goes out, what stands in between.

Prices are whole ticks, quantities whole lots, times nanoseconds since the epoch.
"""

from collections import namedtuple
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from sortedcontainers import SortedDict

from hkperp_engine.codes import CancelReason, Event, OrderFlag, OrderType, Reject, Side

__all__ = [
    "DAY_NS",
    "ORDER_ID_MAX",
    "PPB",
    "CommandRow",
    "EventRow",
    "Order",
    "RestingOrder",
    "Status",
    "WaitingOrder",
    "event_lines",
    "mul_div_floor",
]

#: Largest order id, and the last ns of time (MAT-010, MAT-011).
ORDER_ID_MAX = 2**62

DAY_NS = 86_400_000_000_000
PPB = 1_000_000_000

#: One instruction, as it comes from outside: any integers. The fields of `layout.COMMAND`.
CommandRow = namedtuple(
    "CommandRow",
    "time_ns contract kind side order_type tif flags stp wallet target order_id price_ticks lots"
    " amount tag",
    defaults=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)

#: One thing that happened (docs/book.md section 14). The fields of `layout.EVENT`.
EventRow = namedtuple(
    "EventRow",
    "sequence time_ns kind code contract flags wallet counter_wallet order_id counter_order_id"
    " price_ticks lots amount",
)

#: A resting order as `ReferenceBook.orders` shows it; its place in that list is its priority.
#: `shown_lots` is 0 if hidden, `expiry_ns` 0 if it has none, `partner` the
#: id of its partner, 0 without one.
RestingOrder = namedtuple(
    "RestingOrder",
    "order_id wallet price_ticks lots_left flags stp shown_lots traded_lots expiry_ns partner"
    " is_quote",
)

#: A waiting or fired order as `ReferenceBook.waiting` shows it. A trailing order that is not
#: active yet has only `activation_ticks`, any other only `trigger_ticks`; `extreme_ticks` is that
#: of an active one; `price_ticks` is the limit, of a trailing order its distance (ticks, or ppb).
WaitingOrder = namedtuple(
    "WaitingOrder",
    "order_id wallet side order_type source trigger_ticks activation_ticks extreme_ticks lots"
    " price_ticks is_fired",
)


def mul_div_floor(value: int, rate_ppb: int) -> int:
    """Return `value * rate_ppb / 1e9`, rounded down: `mdf` of the law.

    >>> mul_div_floor(4_865, 50_000_000)  # 243.25
    243
    """
    return value * rate_ppb // PPB


class Status(Enum):
    """What an order does: stand in the queue, trade now, wait for a price, wait to be sent."""

    TRADING = 0
    RESTING = 1
    WAITING = 2
    FIRED = 3
    GONE = 4


@dataclass(slots=True, eq=False)
class Order:
    """An order, from its acceptance until it is gone, or has fired and become another.

    acceptance : 1 for the first order that was accepted, resting or waiting (MAT-050)
    arrival : its time in the queue that it stands in; the lower came first (MAT-003, MAT-033)
    display_lots : lots of a slice of an iceberg, 0 of any other order (MAT-040)
    slice_lots : lots that an iceberg shows now
    distance : of a TRAILING order, ticks or ppb
    notional : most that a BY_NOTIONAL order may spend, ticks * lots
    activation, extreme_ticks, activated_at : of a TRAILING order; the last is 0 while inactive
    fired_ticks, fired_at : the price that fired it, and its place among all that fired
    places : each sorted queue in which it stands, with its key there
    """

    order_id: int
    contract: int
    wallet: int
    owner: int
    priority_class: int
    side: int
    order_type: int
    source: int
    tif: int
    flags: int
    stp: int
    price_ticks: int
    lots_left: int
    display_lots: int = 0
    expiry_ns: int = 0
    trigger_ticks: int = 0
    activation_ticks: int = 0
    distance: int = 0
    notional: int = 0
    is_quote: bool = False
    status: Status = Status.TRADING
    acceptance: int = 0
    arrival: int = 0
    slice_lots: int = 0
    traded_lots: int = 0
    extreme_ticks: int = 0
    activated_at: int = 0
    fired_ticks: int = 0
    fired_at: int = 0
    partner: "Order | None" = field(default=None, repr=False)
    places: list[tuple[SortedDict, object]] = field(default_factory=list, repr=False)

    def reaches(self, price_ticks: int) -> bool:
        """Tell whether the limit allows a trade at `price_ticks`."""
        if self.side == Side.BUY:
            return price_ticks <= self.price_ticks
        return price_ticks >= self.price_ticks

    def is_waiting(self) -> bool:
        """Tell whether it stands outside the book: it waits for a price, or to be sent."""
        return self.status in (Status.WAITING, Status.FIRED)

    def is_trailing(self) -> bool:
        """Tell whether its trigger follows the price (MAT-035)."""
        return self.order_type in (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)

    def front_lots(self) -> int:
        """Lots that can trade before the order loses its place: a slice, or all (MAT-040)."""
        return self.slice_lots if self.display_lots else self.lots_left

    def shown_lots(self) -> int:
        """Lots in the public depth (MAT-042)."""
        return 0 if self.flags & OrderFlag.HIDDEN else self.front_lots()

    def stand_in(self, queue: SortedDict, key: object) -> None:
        """Take a place in a queue."""
        assert key not in queue, (key, self)
        queue[key] = self
        self.places.append((queue, key))

    def leave_queues(self) -> None:
        """Give up every place."""
        for queue, key in self.places:
            del queue[key]
        self.places.clear()


def event_lines(events: Iterable[EventRow]) -> str:
    """Write events for a reader, one a line: kind, order, limit or trade price, lots, reason.

    >>> trade = EventRow(1, 0, Event.TRADE, 0, 0, 0, 0, 1, 7, 8, 101, 3, 0)
    >>> print(event_lines([trade, trade._replace(kind=Event.UNCROSS, order_id=0, lots=0)]))
    TRADE 7 x3 @101
    UNCROSS @101
    """
    lines = []
    for event in events:
        words = [Event(event.kind).name]
        words += [str(event.order_id)] if event.order_id else []
        words += [f"x{event.lots}"] if event.lots else []
        words += [f"@{event.price_ticks}"] if event.price_ticks else []
        if event.kind == Event.REFUSED:
            words.append(Reject(event.code).name)
        elif event.kind in (Event.ORDER_CANCELLED, Event.ORDER_REDUCED, Event.MASS_CANCELLED):
            words.append(CancelReason(event.code).name)
        lines.append(" ".join(words))
    return "\n".join(lines)
