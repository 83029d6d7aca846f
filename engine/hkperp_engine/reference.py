"""The slow, obvious order book: docs/book.md as a program, one function for each of its rules.

The fast book is compared with this one event by event (tests/engine/test_differential_book.py),
so the two share nothing but the numbers of `hkperp_engine.codes`. Here every order is an object
in a sorted dictionary; its key is its place in the queue:

    key of a sell (price, class, arrival), of a buy (-price, class, arrival); the smallest trades
    first. Asks of the affiliate 5 @100 (arrival 1), a client 3 @100 (2), the affiliate 2 @100 (3):

        (100, 0, 2) 3 lots      the client, although it came later
        (100, 1, 1) 5 lots
        (100, 1, 3) 2 lots

Prices are whole ticks, quantities whole lots, times nanoseconds since the epoch.
"""

from collections import namedtuple
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from sortedcontainers import SortedDict

from hkperp_engine.codes import (
    CancelReason,
    Command,
    Event,
    EventFlag,
    OrderFlag,
    OrderType,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
)

__all__ = ["CommandRow", "EventRow", "ReferenceBook", "RestingOrder"]

ORDER_ID_MAX = 2**62


#: One instruction, as it comes from outside: any integers. The fields of `layout.COMMAND`.
CommandRow = namedtuple(
    "CommandRow",
    "time_ns contract kind side order_type tif flags stp wallet target order_id price_ticks lots"
    " amount tag",
    defaults=(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
)

#: One thing that happened (docs/book.md section 7). The fields of `layout.EVENT`.
EventRow = namedtuple(
    "EventRow",
    "sequence time_ns kind code contract flags wallet counter_wallet order_id counter_order_id"
    " price_ticks lots amount",
)

#: A resting order as `ReferenceBook.orders` shows it; its place in that list is its priority.
RestingOrder = namedtuple("RestingOrder", "order_id wallet price_ticks lots_left flags stp")


@dataclass(slots=True)
class _Order:
    """An order that trades or rests. `arrival` orders a queue: 1 for the first that rested."""

    order_id: int
    contract: int
    wallet: int
    owner: int
    priority_class: int
    side: int
    price_ticks: int
    lots_left: int
    flags: int
    stp: int
    arrival: int = 0

    def key(self) -> tuple[int, int, int]:
        """Priority (section 1): price, class, time; the smallest key trades first."""
        sign = 1 if self.side == Side.SELL else -1
        return sign * self.price_ticks, self.priority_class, self.arrival

    def reaches(self, price_ticks: int) -> bool:
        """Tell whether the limit allows a trade at `price_ticks`."""
        if self.side == Side.BUY:
            return price_ticks <= self.price_ticks
        return price_ticks >= self.price_ticks


class ReferenceBook:
    """Order books of `contracts` contracts, in one row of event numbers.

    `wallets` is how many wallets there are; `owner_of[wallet]` is the beneficial owner (by default
    everybody owns one wallet), `class_of[wallet]` 1 for the affiliated market maker (by default
    nobody). `n` below is the number of orders resting on one side, `k` that of makers met.

    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=100, wallets=2)
    >>> ask = CommandRow(kind=Command.NEW_ORDER, side=Side.SELL, wallet=0, order_id=7,
    ...                  price_ticks=101, lots=3)
    >>> bid = ask._replace(side=Side.BUY, wallet=1, order_id=8, price_ticks=102, lots=5)
    >>> for event in book.apply(ask) + book.apply(bid):
    ...     print(event.sequence, event.kind.name, event.order_id, event.price_ticks, event.lots)
    1 ORDER_ACCEPTED 7 101 3
    2 ORDER_ACCEPTED 8 102 5
    3 TRADE 7 101 3
    """

    def __init__(
        self,
        *,
        contracts: int = 1,
        price_ticks_max: int,
        lots_max: int,
        wallets: int,
        owner_of: Sequence[int] | None = None,
        class_of: Sequence[int] | None = None,
    ) -> None:
        """Make empty books; the arguments are those of the class."""
        self.contracts = contracts
        self.price_ticks_max = price_ticks_max
        self.lots_max = lots_max
        self.wallets = wallets
        self.owner_of = list(range(wallets) if owner_of is None else owner_of)
        self.class_of = [0] * wallets if class_of is None else list(class_of)
        self._sides: list[dict[int, SortedDict]] = [
            {side: SortedDict() for side in Side} for _ in range(contracts)
        ]
        self._live: dict[int, _Order] = {}
        self._arrivals = 0
        self._sequence = 0
        self._time_ns = 0
        self._events: list[EventRow] = []

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do what a command asks, or refuse it; return the events in order, at least one.

        Runtime complexity: `O(k log(n))`.

        >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=100, wallets=1)
        >>> [event] = book.apply(CommandRow(kind=Command.CANCEL, order_id=7, tag=55))
        >>> Reject(event.code).name, event.counter_order_id
        ('ORDER_UNKNOWN', 55)
        """
        self._events = []
        self._time_ns = command.time_ns
        if command.kind == Command.NEW_ORDER:
            reject = self._new_order(command)
        elif command.kind == Command.CANCEL:
            reject = self._cancel(command)
        elif command.kind == Command.AMEND:
            reject = self._amend(command)
        else:
            reject = Reject.COMMAND_UNKNOWN
        if reject != Reject.NONE:
            self._refuse(command, reject)
        return self._events

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        """Return the resting orders of one side, those that trade first in front.

        Runtime complexity: `O(n)`.

        >>> ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1).orders(0, Side.BUY)
        []
        """
        return [
            RestingOrder(o.order_id, o.wallet, o.price_ticks, o.lots_left, o.flags, o.stp)
            for o in self._sides[contract][Side(side)].values()
        ]

    def depth(self, contract: int, side: int) -> list[tuple[int, int, int]]:
        """Return (price in ticks, open lots, number of orders) of each price, best first.

        Runtime complexity: `O(n)`.

        >>> book = ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1)
        >>> bid = CommandRow(kind=Command.NEW_ORDER, order_id=1, price_ticks=4, lots=2)
        >>> for order_id, price_ticks in (1, 4), (2, 5), (3, 4):
        ...     _ = book.apply(bid._replace(order_id=order_id, price_ticks=price_ticks))
        >>> book.depth(0, Side.BUY)
        [(5, 2, 1), (4, 4, 2)]
        """
        levels = []
        for price_ticks, level in groupby(self.orders(contract, side), lambda o: o.price_ticks):
            lots = [order.lots_left for order in level]
            levels.append((price_ticks, sum(lots), len(lots)))
        return levels

    def check(self) -> None:
        """Check the invariants of the books; the message of a failure holds the order.

        Runtime complexity: `O(n log(n))` over all books.

        >>> ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1).check()
        """
        found = {}
        for contract, sides in enumerate(self._sides):
            for side, queue in sides.items():
                # Keys stand in order, and each is its own order's.
                assert list(queue) == sorted(o.key() for o in queue.values()), queue
                for order in queue.values():
                    # An order rests where it says that it is.
                    assert (order.contract, order.side) == (contract, side), order
                    self._check_order(order)
                    found[order.order_id] = order
            # A book is never crossed: what could trade has traded.
            for bid in sides[Side.BUY].values():
                assert not self._would_trade(bid), bid
        # An id is live exactly while its order rests.
        assert found == self._live, set(found) ^ set(self._live)
        # No two orders have the same place in time.
        assert len({order.arrival for order in found.values()}) == len(found)

    def _check_order(self, order: _Order) -> None:
        # Nothing rests that a command could not have brought, and nothing empty.
        assert 1 <= order.order_id <= ORDER_ID_MAX, order
        assert 1 <= order.price_ticks <= self.price_ticks_max, order
        assert 1 <= order.lots_left <= self.lots_max, order
        # Owner and class are the wallet's.
        assert order.owner == self.owner_of[order.wallet], order
        assert order.priority_class == self.class_of[order.wallet], order

    def _new_order(self, command: CommandRow) -> Reject:
        """Section 2: refuse, or accept, match, and rest or cancel what is left."""
        reject = self._malformed(command)
        if reject != Reject.NONE:
            return reject
        if command.order_id in self._live:
            return Reject.ORDER_ID_IN_USE
        who = command.wallet, self.owner_of[command.wallet], self.class_of[command.wallet]
        what = command.side, command.price_ticks, command.lots, command.flags, command.stp
        order = _Order(command.order_id, command.contract, *who, *what)
        if order.flags & OrderFlag.POST_ONLY and self._would_trade(order):
            return Reject.POST_ONLY_WOULD_TRADE
        if command.tif == TimeInForce.FOK and not self._is_fillable(order):
            return Reject.FOK_NOT_FILLABLE
        self._report(Event.ORDER_ACCEPTED, order, command.tif, order.lots_left)
        self._match(order)
        if order.lots_left:
            if command.tif == TimeInForce.GTC:
                self._rest(order)
            else:
                self._take_out(order, order.lots_left, CancelReason.NOT_RESTING)
        return Reject.NONE

    def _cancel(self, command: CommandRow) -> Reject:
        """Section 3: the id must be live and of the wallet; nothing else is looked at."""
        order = self._live.get(command.order_id)
        if order is None or order.wallet != command.wallet:
            return Reject.ORDER_UNKNOWN
        self._take_out(order, order.lots_left, CancelReason.REQUESTED)
        return Reject.NONE

    def _amend(self, command: CommandRow) -> Reject:
        """Section 4: a smaller quantity keeps the place, anything else is a new arrival."""
        if not 0 <= command.contract < self.contracts:
            return Reject.CONTRACT_UNKNOWN
        if not 0 <= command.wallet < self.wallets:
            return Reject.WALLET_UNKNOWN
        order = self._live.get(command.order_id)
        if order is None or (order.wallet, order.contract) != (command.wallet, command.contract):
            return Reject.ORDER_UNKNOWN
        if not 1 <= command.price_ticks <= self.price_ticks_max:
            return Reject.PRICE_INVALID
        if not 1 <= command.lots <= self.lots_max:
            return Reject.LOTS_INVALID
        if command.price_ticks == order.price_ticks and command.lots <= order.lots_left:
            order.lots_left = command.lots
            self._report(Event.ORDER_AMENDED, order, 0, order.lots_left)
            return Reject.NONE
        arrival = replace(order, price_ticks=command.price_ticks, lots_left=command.lots)
        if order.flags & OrderFlag.POST_ONLY and self._would_trade(arrival):
            return Reject.POST_ONLY_WOULD_TRADE
        self._remove(order)
        self._report(Event.ORDER_AMENDED, arrival, 0, arrival.lots_left)
        self._match(arrival)
        if arrival.lots_left:
            self._rest(arrival)
        return Reject.NONE

    def _malformed(self, command: CommandRow) -> Reject:
        """The refusals of section 2 that the command alone decides, in their order."""
        if not 0 <= command.contract < self.contracts:
            return Reject.CONTRACT_UNKNOWN
        if not 0 <= command.wallet < self.wallets:
            return Reject.WALLET_UNKNOWN
        if command.side not in (Side.BUY, Side.SELL):
            return Reject.SIDE_INVALID
        if not self._is_kind_valid(command):
            return Reject.ORDER_KIND_INVALID
        if not 1 <= command.order_id <= ORDER_ID_MAX:
            return Reject.ORDER_ID_INVALID
        if not 1 <= command.price_ticks <= self.price_ticks_max:
            return Reject.PRICE_INVALID
        if not 1 <= command.lots <= self.lots_max:
            return Reject.LOTS_INVALID
        return Reject.NONE

    def _is_kind_valid(self, command: CommandRow) -> bool:
        """Section 2: numbers in range, post-only only where it may rest, market never rests."""
        numbers = command.order_type, command.tif, command.stp, command.flags
        if not all(0 <= number <= top for number, top in zip(numbers, (1, 2, 3, 3))):
            return False
        is_market = command.order_type == OrderType.MARKET
        if command.flags & OrderFlag.POST_ONLY:
            return command.tif == TimeInForce.GTC and not is_market
        return not (is_market and command.tif == TimeInForce.GTC)

    def _would_trade(self, order: _Order) -> bool:
        """Section 2: the best opposite price is at or through the limit, whoever owns it."""
        return next(self._makers(order), None) is not None

    def _makers(self, taker: _Order) -> Iterator[_Order]:
        """Yield the orders that the taker's limit reaches, in priority order."""
        for maker in self._sides[taker.contract][1 - taker.side].values():
            if not taker.reaches(maker.price_ticks):
                return
            yield maker

    def _is_fillable(self, taker: _Order) -> bool:
        """Section 5: enough lots of others, not reduce-only, before an own order in the way."""
        missing = taker.lots_left
        for maker in self._makers(taker):
            if maker.owner == taker.owner and taker.stp != SelfTrade.CANCEL_OLDEST:
                break
            if maker.owner != taker.owner and not maker.flags & OrderFlag.REDUCE_ONLY:
                missing -= maker.lots_left
        return missing <= 0

    def _match(self, taker: _Order) -> None:
        """Section 1: trade with the first maker, again and again, while the limit allows."""
        while taker.lots_left and (maker := next(self._makers(taker), None)):
            if maker.owner == taker.owner:
                self._prevent_self_trade(taker, maker)
            else:
                self._trade(taker, maker)

    def _trade(self, taker: _Order, maker: _Order) -> None:
        """Section 1: the smaller quantity trades, at the maker's price."""
        lots = min(taker.lots_left, maker.lots_left)
        flags = EventFlag.SELL * (taker.side == Side.SELL)
        flags |= EventFlag.MAKER_AFMM * maker.priority_class
        flags |= EventFlag.TAKER_AFMM * taker.priority_class
        who = maker.wallet, taker.wallet, maker.order_id, taker.order_id
        self._emit(Event.TRADE, 0, taker.contract, flags, *who, maker.price_ticks, lots, 0)
        taker.lots_left -= lots
        maker.lots_left -= lots
        if not maker.lots_left:
            self._remove(maker)

    def _prevent_self_trade(self, taker: _Order, maker: _Order) -> None:
        """Section 6: the taker's mode says who shrinks, and by how much."""
        maker_lots, taker_lots = maker.lots_left, taker.lots_left
        if taker.stp == SelfTrade.CANCEL_NEWEST:
            maker_lots = 0
        elif taker.stp == SelfTrade.CANCEL_OLDEST:
            taker_lots = 0
        elif taker.stp == SelfTrade.DECREMENT:
            maker_lots = taker_lots = min(maker_lots, taker_lots)
        if maker_lots:
            self._take_out(maker, maker_lots, CancelReason.SELF_TRADE)
        if taker_lots:
            self._take_out(taker, taker_lots, CancelReason.SELF_TRADE)

    def _rest(self, order: _Order) -> None:
        """Put an order at the back of its class's queue."""
        self._arrivals += 1
        order.arrival = self._arrivals
        self._sides[order.contract][order.side][order.key()] = order
        self._live[order.order_id] = order

    def _remove(self, order: _Order) -> None:
        """Take a resting order out of the book; its id is free again."""
        del self._sides[order.contract][order.side][order.key()]
        del self._live[order.order_id]

    def _take_out(self, order: _Order, lots: int, reason: CancelReason) -> None:
        """Shrink an order without a trade; cancelled if nothing is left, else reduced."""
        order.lots_left -= lots
        kind = Event.ORDER_REDUCED if order.lots_left else Event.ORDER_CANCELLED
        if not order.lots_left and self._live.get(order.order_id) is order:
            self._remove(order)
        self._report(kind, order, reason, lots)

    def _emit(self, *fields: int) -> None:
        """Add an event; `fields` are those of `EventRow` from `kind` on."""
        self._sequence += 1
        self._events.append(EventRow(self._sequence, self._time_ns, *fields))

    def _report(self, kind: Event, order: _Order, code: int, lots: int) -> None:
        """Report on one order and `lots` of it, with its limit."""
        flags = EventFlag.SELL * (order.side == Side.SELL)
        if order.flags & OrderFlag.REDUCE_ONLY:
            flags |= EventFlag.REDUCE_ONLY
        who = order.wallet, 0, order.order_id, 0
        self._emit(kind, code, order.contract, flags, *who, order.price_ticks, lots, 0)

    def _refuse(self, command: CommandRow, reject: Reject) -> None:
        """Report a refusal: whose command it was, and why; a refused order has no side."""
        who = command.wallet, 0, command.order_id, command.tag
        self._emit(Event.REFUSED, reject, command.contract, 0, *who, 0, 0, command.kind)
