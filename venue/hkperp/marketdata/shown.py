"""What is shown of one contract: the queues at each price, and the messages of each change.

Used by the feed only. Two queues a price, as in the book (MAT-002): clients' first, then the
affiliate's. Neither is named in a message; a new order's place is: the reference it stands before.
"""

from dataclasses import dataclass, field
from itertools import islice

from sortedcontainers import SortedDict

from hkperp.marketdata.messages import (
    AnyMessage,
    Levels,
    OrderAdded,
    OrderChanged,
    OrderDeleted,
    PublicLevel,
    PublicOrder,
    Snapshot,
    Top,
    checksum,
)
from hkperp_engine import codes
from hkperp_engine.errors import InvariantBroken

__all__ = ["LiveOrder", "ShownBook"]

Image = tuple[tuple[PublicLevel, ...], tuple[PublicLevel, ...]]


@dataclass(slots=True)
class LiveOrder:
    """An order as the feed knows it; private but for what is copied into messages.

    `lots_left`: all open lots; `display`: most lots it shows, 0 if it is hidden; `shown`: lots
    shown now, under the public number `reference` (0: not shown).
    """

    order_id: int
    wallet: int
    contract: int
    side: codes.Side
    is_affiliated: bool
    display: int
    price_ticks: int
    lots_left: int
    time_ns: int
    rests: bool
    shown: int = 0
    reference: int = 0


@dataclass(slots=True)
class _Level:
    """Shown lots of a price, and its queues: clients' and the affiliate's, by reference."""

    lots: int = 0
    queues: tuple[dict[int, LiveOrder], dict[int, LiveOrder]] = field(
        default_factory=lambda: ({}, {})
    )

    def count(self) -> int:
        return len(self.queues[0]) + len(self.queues[1])


class ShownBook:
    """The public book of a contract. Its methods add their messages to `out`, a list."""

    def __init__(self, contract: int, depth: int, out: list[AnyMessage]) -> None:
        """Begin empty; `depth` is how many levels a side L2 has."""
        self.contract = contract
        self.depth = depth
        self.sequence = 0
        self.batch = 0
        self.time_ns = 0
        self.state = codes.ContractState.OPEN
        self.last_ticks = self.last_lots = 0
        self._out = out
        self._references = 0
        # Best price first in both: the key of a bid is its price, negated.
        self._sides: tuple[SortedDict, SortedDict] = (SortedDict(), SortedDict())
        self._published: Image = ((), ())
        self._published_top = (0, 0, 0, 0, 0, 0)

    def next_head(self, time_ns: int) -> tuple[int, int, int]:
        """Take the next number; return what each message begins with."""
        self.sequence += 1
        self.time_ns = time_ns
        return self.contract, self.sequence, time_ns

    def show(self, order: LiveOrder, lots: int, time_ns: int) -> None:
        """Show `lots` of an order that is not shown, at the back of its class. O(log n)."""
        if order.reference:
            raise InvariantBroken(f"order {order.order_id} is shown already", rule="MAT-040")
        self._references += 1
        order.reference, order.shown = self._references, lots
        side, key = self._sides[order.side], _key(order)
        level = side.get(key)
        if level is None:
            level = side[key] = _Level()
        level.lots += lots
        level.queues[order.is_affiliated][order.reference] = order
        before = 0 if order.is_affiliated else next(iter(level.queues[True]), 0)
        head = self.next_head(time_ns)
        self._out.append(
            OrderAdded(*head, order.reference, order.side, order.price_ticks, lots, before)
        )

    def limit(self, order: LiveOrder, time_ns: int) -> None:
        """An order shrank in its place: it shows no more than is left of it. O(log n)."""
        if order.lots_left == 0:
            self.hide(order, time_ns)
        elif order.shown > order.lots_left:
            self.take(order, order.shown - order.lots_left)
            self._out.append(OrderChanged(*self.next_head(time_ns), order.reference, order.shown))

    def hide(self, order: LiveOrder, time_ns: int) -> None:
        """Take an order out of the public book, if it is shown. O(log n)."""
        if order.reference:
            reference = order.reference
            self.take(order, order.shown)
            self._out.append(OrderDeleted(*self.next_head(time_ns), reference))

    def take(self, order: LiveOrder, lots: int) -> None:
        """Take `lots` from what a shown order shows; no message. With none left it is gone."""
        if lots > order.shown:
            raise InvariantBroken(f"{lots} lots of {order.shown} shown trade", rule="MAT-040")
        side, key = self._sides[order.side], _key(order)
        level = side[key]
        level.lots -= lots
        order.shown -= lots
        if order.shown == 0:
            del level.queues[order.is_affiliated][order.reference]
            order.reference = 0
            if not level.count():
                del side[key]

    def image(self) -> Image:
        """Return the best levels of both sides, best first. O(depth)."""
        bids, asks = self._sides
        return self._best(bids, -1), self._best(asks, 1)

    def _best(self, side: SortedDict, sign: int) -> tuple[PublicLevel, ...]:
        found = islice(side.items(), self.depth)
        return tuple(PublicLevel(sign * key, at.lots, at.count()) for key, at in found)

    def publish(self) -> None:
        """Add a LEVELS message if the best levels changed, a TOP if that did. O(depth)."""
        image = bids, asks = self.image()
        if image != self._published:
            self.batch += 1
            gone_and_new = [_changes(old, new) for old, new in zip(self._published, image)]
            self._out.append(self._levels(False, (gone_and_new[0], gone_and_new[1]), image))
            self._published = image
        best_bid, best_ask = (bids[0] if bids else _NOTHING), (asks[0] if asks else _NOTHING)
        top = (*best_bid[:2], *best_ask[:2], self.last_ticks, self.last_lots)
        if top != self._published_top:
            self._out.append(Top(self.contract, self.sequence, self.time_ns, *top))
            self._published_top = top

    def levels(self) -> Levels:
        """Return L2 as an image, with the number of the last batch."""
        return self._levels(True, self._published, self._published)

    def _levels(self, is_image: bool, changes: Image, image: Image) -> Levels:
        head = self.contract, self.sequence, self.time_ns
        return Levels(*head, self.batch, is_image, *changes, checksum(*image))

    def snapshot(self) -> Snapshot:
        """Return the whole public book. O(n)."""
        orders = tuple(
            PublicOrder(order.reference, order.side, order.price_ticks, order.shown)
            for side in self._sides
            for level in side.values()
            for queue in level.queues
            for order in queue.values()
        )
        head = self.contract, self.sequence, self.time_ns, self.state, self.depth
        return Snapshot(*head, orders, self.last_ticks, self.last_lots, checksum(*self.image()))


_NOTHING = PublicLevel(0, 0, 0)


def _key(order: LiveOrder) -> int:
    return order.price_ticks if order.side else -order.price_ticks


def _changes(
    old: tuple[PublicLevel, ...], new: tuple[PublicLevel, ...]
) -> tuple[PublicLevel, ...]:
    """What turns one list of levels into the other: prices that are gone, then new and changed."""
    still = {level.price_ticks for level in new}
    before = set(old)
    gone = [PublicLevel(at.price_ticks, 0, 0) for at in old if at.price_ticks not in still]
    return (*gone, *(level for level in new if level not in before))
