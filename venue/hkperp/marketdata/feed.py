"""The public feed: a fold over the events of the machine, one for everybody (AFMM-07).

    EVENT rows  ->  Feed.apply  ->  ORDER_ADDED, TRADE, ... LEVELS, TOP

Nothing but events goes in, and no reader can ask for more than others: there is no subscriber
here. docs/marketdata.md says, for each kind of event, what of it is public. Prices are ticks,
quantities lots, times ns.
"""

from collections.abc import Callable, Collection

import numpy as np

from hkperp.marketdata.messages import (
    AnyMessage,
    Levels,
    OffBook,
    Snapshot,
    StateChanged,
    Trade,
    TradeBusted,
    Uncrossed,
)
from hkperp.marketdata.shown import LiveOrder, ShownBook
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    Side,
    TimeInForce,
)
from hkperp_engine.errors import InvariantBroken

__all__ = ["Feed"]

#: One EVENT row as whole numbers, in the order of `hkperp_engine.layout.EVENT`.
Row = tuple[int, ...]

#: How many trades back a bust may name one (docs/machine.md, BUST_TRADE).
BUSTABLE_TRADES = 65_536

# What can happen between two fills of a sweep. Anything else shows that the sweep is over, and
# no command that does something to the book begins with one of these: so what the feed says does
# not depend on where the rows were cut.
_IN_SWEEP = frozenset({Event.TRADE, Event.ORDER_REFRESHED})
_SHRINKS = frozenset({Event.ORDER_CANCELLED, Event.ORDER_REDUCED})
_SHRINKS_IN_SWEEP = frozenset(
    {
        CancelReason.NOT_RESTING,
        CancelReason.SELF_TRADE,
        CancelReason.REDUCE_ONLY,
        CancelReason.PARTNER,
        CancelReason.PROTECTION,
        CancelReason.VOLATILITY,
    }
)
_RESTING = frozenset({TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY})

# Numbers and members of the module: reading one off its enum costs as much as the fold of a row.
_SIDES, _STATES = tuple(Side), tuple(ContractState)
_SELL, _HIDDEN = int(EventFlag.SELL), int(EventFlag.HIDDEN)
_WAITING, _AUCTION = int(EventFlag.WAITING), int(EventFlag.AUCTION)
_MAKER_AFMM, _TAKER_AFMM = int(EventFlag.MAKER_AFMM), int(EventFlag.TAKER_AFMM)
_LIQUIDATION = int(EventFlag.LIQUIDATION)


class Feed:
    """Market data of all contracts, from the first event on.

    `contracts` is their number; `affiliated` the wallets of the affiliated market maker, whose
    orders stand behind clients' (AFMM-01); `depth` how many levels a side L2 has. Deterministic:
    the same events give the same messages, and the same order by order feed however the rows
    were cut into arrays, provided that each array ends where a command ends.

    >>> from hkperp_engine.layout import EVENT
    >>> row = np.zeros(1, EVENT)
    >>> row["kind"], row["order_id"], row["price_ticks"], row["lots"] = 2, 9007, 99, 4
    >>> for message in Feed(contracts=1).apply(row):
    ...     print(type(message).__name__, message.sequence)
    OrderAdded 1
    Levels 1
    Top 1
    """

    def __init__(
        self, *, contracts: int, affiliated: Collection[int] = (), depth: int = 10
    ) -> None:
        """Begin before the first event: empty books, every contract OPEN."""
        if depth < 1:
            raise ValueError(f"depth is {depth} levels a side, at least 1")
        self._affiliated = frozenset(affiliated)
        self._out: list[AnyMessage] = []
        self._books = [ShownBook(contract, depth, self._out) for contract in range(contracts)]
        self._orders: dict[int, LiveOrder] = {}
        self._taker: LiveOrder | None = None
        self._trade_counts = [0] * contracts
        self._trade_numbers: dict[int, int] = {}
        self._folds: dict[int, Callable[[Row], None]] = {
            Event.ORDER_ACCEPTED: self._accepted,
            Event.ORDER_AMENDED: self._amended,
            Event.ORDER_CANCELLED: self._shrunk,
            Event.ORDER_REDUCED: self._shrunk,
            Event.ORDER_REFRESHED: self._refreshed,
            Event.TRADE: self._traded,
            Event.TRADE_BUSTED: self._busted,
            Event.CONTRACT_STATE: self._state,
            Event.UNCROSS: self._uncrossed,
            Event.OPENING_TRADE: self._off_book,
            Event.TAKEOVER: self._off_book,
            Event.DELEVERAGE: self._off_book,
            Event.BACKSTOP: self._off_book,
            Event.TEAR_UP: self._off_book,
            # Not public; they only show that a sweep is over.
            Event.TRIGGERED: _nothing,
            Event.LIQUIDATION_ORDER: _nothing,
        }
        self._is_folded = np.zeros(max(Event) + 1, np.bool_)
        self._is_folded[list(self._folds)] = True

    def apply(self, rows: np.ndarray | np.void) -> list[AnyMessage]:
        """Return the messages of EVENT rows, an array or a single row, that follow the last ones.

        The order by order messages first, then LEVELS and TOP of each contract that changed, by
        contract. The last row is the last of its command. `InvariantBroken` if an event is about
        an order that cannot be there; the feed is then no good any more. O(rows * log(levels)).
        """
        rows = np.atleast_1d(np.asarray(rows))
        for row in rows[self._is_folded[rows["kind"]]].tolist():
            if self._taker is not None and not _is_in_sweep(row):
                self._rest(self._taker)
            self._folds[row[2]](row)
        if self._taker is not None:
            self._rest(self._taker)
        for contract in sorted({message.contract for message in self._out}):
            self._books[contract].publish()
        messages = self._out[:]
        self._out.clear()
        return messages

    def snapshot(self, contract: int) -> Snapshot:
        """Return the public book of a contract after all rows so far; nothing changes. O(n)."""
        return self._books[contract].snapshot()

    def levels(self, contract: int) -> Levels:
        """Return L2 of a contract as an image, with the number of its last batch. O(depth)."""
        return self._books[contract].levels()

    def reference_of(self, wallet: int, order_id: int) -> int:
        """Return under which public number an order is shown now, 0 if it is not.

        Only for its owner: 0 too if the order is not the wallet's. With it the owner finds the
        order's place in the public book (`FeedBook.ahead`).
        """
        order = self._orders.get(order_id)
        return order.reference if order is not None and order.wallet == wallet else 0

    def _rest(self, taker: LiveOrder) -> None:
        """The sweep is over: what is left of the order rests, and is shown if it may be."""
        self._taker = None
        if not taker.rests:
            raise InvariantBroken(f"order {taker.order_id} may not rest", rule="MAT-012")
        self._orders[taker.order_id] = taker
        if taker.display:
            lots = min(taker.display, taker.lots_left)
            self._books[taker.contract].show(taker, lots, taker.time_ns)

    def _order(self, row: Row, order_id: int) -> LiveOrder:
        """The resting or trading order with this id."""
        if self._taker is not None and self._taker.order_id == order_id:
            return self._taker
        order = self._orders.get(order_id)
        if order is None:
            raise InvariantBroken(f"no order {order_id} in the book", sequence=row[0])
        return order

    def _accepted(self, row: Row) -> None:
        _, time_ns, _, tif, contract, flags, wallet, _, order_id, _, price, lots, shown = row
        self._taker = LiveOrder(
            order_id,
            wallet,
            contract,
            _SIDES[flags & _SELL],
            wallet in self._affiliated,
            0 if flags & _HIDDEN else (shown or BOTTOMLESS),
            price,
            lots,
            time_ns,
            tif in _RESTING,
        )

    def _amended(self, row: Row) -> None:
        """MAT-017: the same price and not more lots keeps its place; else it arrives anew."""
        _, time_ns, _, _, contract, flags, _, _, order_id, _, price, lots, _ = row
        if flags & _WAITING:
            return
        order = self._order(row, order_id)
        if price == order.price_ticks and lots <= order.lots_left:
            order.lots_left = lots
            self._books[contract].limit(order, time_ns)
            return
        self._books[contract].hide(order, time_ns)
        del self._orders[order_id]
        order.price_ticks, order.lots_left, order.time_ns = price, lots, time_ns
        self._taker = order

    def _shrunk(self, row: Row) -> None:
        """ORDER_CANCELLED and ORDER_REDUCED: `lots` were taken out without a trade."""
        _, time_ns, kind, _, contract, flags, _, _, order_id, _, _, lots, _ = row
        if flags & _WAITING or order_id < 0:  # a liquidation's own order never rests
            return
        order = self._order(row, order_id)
        is_gone = kind == Event.ORDER_CANCELLED
        order.lots_left = 0 if is_gone else order.lots_left - lots
        if order is self._taker:
            if is_gone:
                self._taker = None
            return
        self._books[contract].limit(order, time_ns)
        if is_gone:
            del self._orders[order_id]

    def _refreshed(self, row: Row) -> None:
        """The next slice of an iceberg, under a new number: nobody can follow it."""
        _, time_ns, _, _, contract, _, _, _, order_id, _, _, lots, _ = row
        self._books[contract].show(self._order(row, order_id), lots, time_ns)

    def _traded(self, row: Row) -> None:
        sequence, time_ns, _, _, contract, flags, _, _, maker_id, taker_id, price, lots, _ = row
        book = self._books[contract]
        maker = self._order(row, maker_id)
        taker = None if taker_id < 0 else self._order(row, taker_id)
        self._trade_counts[contract] += 1
        number = self._trade_counts[contract]
        self._trade_numbers[sequence] = number
        if len(self._trade_numbers) > BUSTABLE_TRADES:
            del self._trade_numbers[next(iter(self._trade_numbers))]
        book.last_ticks, book.last_lots = price, lots
        self._out.append(
            Trade(
                *book.next_head(time_ns),
                number,
                price,
                lots,
                _SIDES[flags & _SELL],
                maker.reference,
                taker.reference if taker is not None else 0,
                flags & _MAKER_AFMM != 0,
                flags & _TAKER_AFMM != 0,
                flags & _AUCTION != 0,
                flags & _LIQUIDATION != 0,
            )
        )
        self._fill(book, maker, lots)
        if taker is not None:
            self._fill(book, taker, lots)

    def _fill(self, book: ShownBook, order: LiveOrder, lots: int) -> None:
        """Take what traded from an order, and from what it shows if it rests."""
        order.lots_left -= lots
        if order.reference:
            book.take(order, lots)
        if order.lots_left == 0:
            if order is self._taker:
                self._taker = None
            else:
                del self._orders[order.order_id]

    def _busted(self, row: Row) -> None:
        _, time_ns, _, _, contract, _, _, _, trade, _, price, lots, _ = row
        number = self._trade_numbers.get(trade)
        if number is None:
            raise InvariantBroken(f"no trade {trade} to take back", sequence=row[0])
        self._out.append(
            TradeBusted(*self._books[contract].next_head(time_ns), number, price, lots)
        )

    def _state(self, row: Row) -> None:
        _, time_ns, _, code, contract, _, _, _, _, _, reference_ticks, _, end_ns = row
        book = self._books[contract]
        book.state = _STATES[code]
        head = book.next_head(time_ns)
        self._out.append(StateChanged(*head, book.state, reference_ticks, end_ns))

    def _uncrossed(self, row: Row) -> None:
        # Volume and imbalance stay private: hidden orders are counted in them.
        head = self._books[row[4]].next_head(row[1])
        self._out.append(Uncrossed(*head, row[10]))

    def _off_book(self, row: Row) -> None:
        _, time_ns, kind, _, contract, _, _, _, _, _, price, lots, _ = row
        head = self._books[contract].next_head(time_ns)
        self._out.append(OffBook(*head, Event(kind), price, abs(lots)))


#: What an order shows that is no iceberg: all it has.
BOTTOMLESS = 2**62


def _is_in_sweep(row: Row) -> bool:
    """Can the row stand between two fills of the order that trades?"""
    kind = row[2]
    return kind in _IN_SWEEP or (kind in _SHRINKS and row[3] in _SHRINKS_IN_SWEEP)


def _nothing(row: Row) -> None:
    """Nothing of the event is public."""
