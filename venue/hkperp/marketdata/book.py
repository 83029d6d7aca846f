"""The client's side: a public book made again from a snapshot and the numbered messages.

`FeedBook` follows the order by order feed (L3), and checks LEVELS and TOP against what it has;
`LevelBook` follows LEVELS only (L2). Both say `FeedBroken` when a message is missing, does not fit
or has another checksum, and then refuse everything until they are given a new image.

    book = FeedBook(feed.snapshot(0))      # any moment
    for message in feed.apply(rows): book.apply(message)

Messages from before the image are passed over, so whoever starts to listen first and asks for the
image then loses nothing. Prices are ticks, quantities shown lots, times ns.
"""

from hkperp.marketdata.messages import (
    AnyMessage,
    Levels,
    OrderAdded,
    OrderChanged,
    OrderDeleted,
    PublicLevel,
    PublicOrder,
    Snapshot,
    StateChanged,
    Top,
    Trade,
    checksum,
)
from hkperp_engine.codes import Side
from hkperp_engine.errors import VenueError

__all__ = ["FeedBook", "FeedBroken", "LevelBook"]


class FeedBroken(VenueError):
    """The book that a client has made cannot be trusted any more; a new image mends it.

    `expected` and `found` are what was compared: numbers of messages, or checksums.
    """

    def __init__(self, message: str, *, expected: object = None, found: object = None) -> None:
        """Keep what is wrong, and what was compared."""
        told = f"{message}: expected {expected}, found {found}"
        super().__init__(told, hint="begin again with a new image")
        self.expected = expected
        self.found = found


class FeedBook:
    """The public book of one contract, from a `Snapshot` and the messages after it.

    `sequence` is the last message it has, `state` the contract's, `last_ticks` and `last_lots` the
    last trade. `n` below: orders at one price; `N`: all orders.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        """Begin with the image; `FeedBroken` if its checksum is not that of its orders. O(N)."""
        self.contract = snapshot.contract
        self.sequence = snapshot.sequence
        self._load(snapshot)

    def apply(self, message: AnyMessage) -> bool:
        """Follow a message; return False if it is old, or another contract's.

        `FeedBroken` if it is not the next one, or does not fit the book. O(n), LEVELS O(N).
        """
        if message.contract != self.contract:
            return False
        if isinstance(message, Snapshot):
            self._load(message)
            return True
        if self.is_broken:
            raise self._broken("the book is broken", "a snapshot", type(message).__name__)
        is_own = isinstance(message, Levels | Top)
        expected = self.sequence + (0 if is_own else 1)
        if message.sequence < expected:
            return False
        if message.sequence > expected:
            raise self._broken("messages are missing", expected, message.sequence)
        if isinstance(message, Levels):
            self._check(message.checksum)
        elif isinstance(message, Top):
            self._check_top(message)
        else:
            self.sequence = message.sequence
            self._follow(message)
        return True

    def orders(self, side: int) -> list[PublicOrder]:
        """Return the shown orders of a side, those that trade first in front. O(N)."""
        queues = self._queues[side]
        return [self._orders[each] for price in self._prices(side) for each in queues[price]]

    def depth(self, side: int, levels: int | None = None) -> list[PublicLevel]:
        """Return the best levels of a side, all if `levels` is None, best first.

        O(orders there), and sorting the prices.
        """
        found = []
        for price_ticks in self._prices(side)[:levels]:
            queue = self._queues[side][price_ticks]
            lots = sum(self._orders[reference].lots for reference in queue)
            found.append(PublicLevel(price_ticks, lots, len(queue)))
        return found

    def _prices(self, side: int) -> list[int]:
        return sorted(self._queues[side], reverse=side == Side.BUY)

    def ahead(self, reference: int) -> tuple[int, int]:
        """Return how many orders, and shown lots, stand before one at its price. O(n).

        Hidden lots may stand there too: the public book does not know them. `KeyError` if nothing
        is shown under the number.
        """
        order = self._orders[reference]
        queue = self._queues[order.side][order.price_ticks]
        before = queue[: queue.index(reference)]
        return len(before), sum(self._orders[each].lots for each in before)

    def _load(self, snapshot: Snapshot) -> None:
        self.sequence = snapshot.sequence
        self.state = snapshot.state
        self.last_ticks, self.last_lots = snapshot.last_ticks, snapshot.last_lots
        self._depth = snapshot.depth
        self._orders: dict[int, PublicOrder] = {}
        self._queues: tuple[dict[int, list[int]], dict[int, list[int]]] = ({}, {})
        for order in snapshot.orders:
            self._add(order, 0)
        self.is_broken = False
        self._check(snapshot.checksum)

    def _follow(self, message: AnyMessage) -> None:
        if isinstance(message, OrderAdded):
            order = PublicOrder(message.reference, message.side, message.price_ticks, message.lots)
            self._add(order, message.before)
        elif isinstance(message, OrderChanged):
            order = self._known(message.reference)
            if not 1 <= message.lots < order.lots:
                raise self._broken("an order cannot grow", f"below {order.lots}", message.lots)
            self._orders[order.reference] = order._replace(lots=message.lots)
        elif isinstance(message, OrderDeleted):
            self._take(message.reference, self._known(message.reference).lots)
        elif isinstance(message, Trade):
            self.last_ticks, self.last_lots = message.price_ticks, message.lots
            for reference in (message.maker_reference, message.taker_reference):
                if reference:
                    self._take(reference, message.lots)
        elif isinstance(message, StateChanged):
            self.state = message.state

    def _add(self, order: PublicOrder, before: int) -> None:
        if order.reference in self._orders:
            raise self._broken("an order is shown twice", "a new reference", order.reference)
        queue = self._queues[order.side].setdefault(order.price_ticks, [])
        if before and before not in queue:
            raise self._broken("the place of an order is unknown", before, queue[:10])
        queue.insert(queue.index(before) if before else len(queue), order.reference)
        self._orders[order.reference] = order

    def _take(self, reference: int, lots: int) -> None:
        """Take shown lots from an order; it goes with the last of them."""
        order = self._known(reference)
        if lots > order.lots:
            raise self._broken("more trades than is shown", order.lots, lots)
        if lots < order.lots:
            self._orders[reference] = order._replace(lots=order.lots - lots)
            return
        del self._orders[reference]
        queue = self._queues[order.side][order.price_ticks]
        queue.remove(reference)
        if not queue:
            del self._queues[order.side][order.price_ticks]

    def _known(self, reference: int) -> PublicOrder:
        order = self._orders.get(reference)
        if order is None:
            raise self._broken("nothing is shown under a reference", "an order", reference)
        return order

    def _check(self, expected: int) -> None:
        levels = (self.depth(side, self._depth) for side in Side)
        if (found := checksum(*levels)) != expected:
            raise self._broken("the checksum differs", f"{expected:08x}", f"{found:08x}")

    def _check_top(self, top: Top) -> None:
        best = [(self.depth(side, 1) or [PublicLevel(0, 0, 0)])[0] for side in Side]
        found = (*best[0][:2], *best[1][:2], self.last_ticks, self.last_lots)
        prices = top.bid_ticks, top.bid_lots, top.ask_ticks, top.ask_lots
        expected = (*prices, top.last_ticks, top.last_lots)
        if found != expected:
            raise self._broken("the best prices differ", expected, found)

    def _broken(self, message: str, expected: object, found: object) -> FeedBroken:
        self.is_broken = True
        return FeedBroken(message, expected=expected, found=found)


class LevelBook:
    """The best levels of one contract from an image (`Feed.levels`) and the LEVELS after it."""

    def __init__(self, image: Levels) -> None:
        """Begin with the image; `FeedBroken` if it is none, or its checksum differs."""
        self.contract = image.contract
        self.batch = image.batch
        self.is_broken = True
        self._levels: tuple[dict[int, PublicLevel], dict[int, PublicLevel]] = ({}, {})
        self.apply(image)

    def apply(self, message: AnyMessage) -> bool:
        """Follow a LEVELS message; return False for any other, an old one, another contract's."""
        if not isinstance(message, Levels) or message.contract != self.contract:
            return False
        if message.is_image:
            self._levels = ({}, {})
        elif self.is_broken:
            raise FeedBroken("the book is broken", expected="an image", found=message.batch)
        elif message.batch <= self.batch:
            return False
        elif message.batch > self.batch + 1:
            raise self._broken("batches are missing", self.batch + 1, message.batch)
        self.batch = message.batch
        for levels, changes in zip(self._levels, (message.bids, message.asks)):
            for level in changes:
                levels.pop(level.price_ticks, None)
                if level.lots:
                    levels[level.price_ticks] = level
        self.is_broken = False
        found = checksum(*(self.depth(side) for side in Side))
        if found != message.checksum:
            raise self._broken("the checksum differs", f"{message.checksum:08x}", f"{found:08x}")
        return True

    def depth(self, side: int) -> list[PublicLevel]:
        """Return the best levels of a side, best first. O(depth)."""
        return sorted(self._levels[side].values(), reverse=side == Side.BUY)

    def _broken(self, message: str, expected: object, found: object) -> FeedBroken:
        self.is_broken = True
        return FeedBroken(message, expected=expected, found=found)
