"""The slow, obvious order book: docs/book.md as a program, one function for each of its rules.

The fast book is compared with this one event by event (tests/engine/test_differential_book.py),
so the two share nothing but the numbers of `codes` and the names of `rules`. What the law says is
in the modules below, each importing only those above it:

    reference_rows       commands, events, and what an order is
    reference_history    prices of some time ago (MAT-065)
    reference_state      queues, wallets, timers, and the steps that all else is made of
    reference_malformed  what a new order must look like (section 3)
    reference_limits     states, standing, limits (sections 11 and 13)
    reference_triggers   conditional orders (section 8)
    reference_trade      a trade, and what follows from it (sections 1, 7, 9, 12)
    reference_match      whom a taker meets (sections 4, 6, 11)
    reference_auction    uncross, states, pauses (section 11)
    reference_orders     new orders, amendments, cancellations, orders that have fired
    reference_quotes     mass quotes and their protection (section 12)
    reference_scopes     mass cancels, kill switch, countdowns, timers (sections 10 to 12)
    reference_check      what must always hold

Prices are whole ticks, quantities whole lots, times nanoseconds since the epoch.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from hkperp_engine.codes import Command, ContractState, Reject, Side
from hkperp_engine.reference_check import check_book
from hkperp_engine.reference_match import band_of
from hkperp_engine.reference_orders import amend, cancel, new_order, send_fired
from hkperp_engine.reference_quotes import mass_quote, reset_protection, set_protection
from hkperp_engine.reference_rows import (
    ORDER_ID_MAX,
    CommandRow,
    EventRow,
    Order,
    RestingOrder,
    Status,
    WaitingOrder,
)
from hkperp_engine.reference_scopes import (
    kill_switch,
    mass_cancel,
    reference_price,
    run_timer,
    set_contract_state,
    set_countdown,
    set_session,
    suspend_afmm,
)
from hkperp_engine.reference_state import BookState
from hkperp_engine.reference_triggers import watched_ticks
from hkperp_engine.rules import BookRules, ContractRules

__all__ = ["CommandRow", "EventRow", "ReferenceBook", "RestingOrder", "WaitingOrder"]

#: Every rule that can be switched off is off.
NO_CONTRACT_RULES = ContractRules()
NO_BOOK_RULES = BookRules()

Answer = Callable[[BookState, CommandRow], Reject]


def _advance(book: BookState, command: CommandRow) -> Reject:
    """ADVANCE: nothing but the time."""
    return Reject.NONE


#: What each kind of command does (MAT-010); others are unknown to the book.
ANSWERS: dict[int, Answer] = {
    Command.NEW_ORDER: new_order,
    Command.CANCEL: cancel,
    Command.AMEND: amend,
    Command.MASS_CANCEL: mass_cancel,
    Command.MASS_QUOTE: mass_quote,
    Command.SET_COUNTDOWN: set_countdown,
    Command.SET_SESSION: set_session,
    Command.SET_PROTECTION: set_protection,
    Command.RESET_PROTECTION: reset_protection,
    Command.CONTRACT_STATE: set_contract_state,
    Command.KILL_SWITCH: kill_switch,
    Command.SUSPEND_AFMM: suspend_afmm,
    Command.REFERENCE_PRICE: reference_price,
    Command.ADVANCE: _advance,
}


class ReferenceBook:
    """Order books of `contracts` contracts, in one row of event numbers.

    `wallets` is how many wallets there are; `owner_of[wallet]` is the beneficial owner (by default
    everybody owns one wallet), `class_of[wallet]` 1 for the affiliated market maker (by default
    nobody). `contract_rules` are those of all contracts, or of each. `n` below is the number of
    orders resting on one side, `k` that of makers met.

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
        contract_rules: ContractRules | Sequence[ContractRules] = NO_CONTRACT_RULES,
        book_rules: BookRules = NO_BOOK_RULES,
    ) -> None:
        """Make empty books; the arguments are those of the class."""
        self.contracts = contracts
        self.price_ticks_max = price_ticks_max
        self.lots_max = lots_max
        self.wallets = wallets
        self.owner_of = list(range(wallets) if owner_of is None else owner_of)
        self.class_of = [0] * wallets if class_of is None else list(class_of)
        if isinstance(contract_rules, ContractRules):
            contract_rules = [contract_rules] * contracts
        self._book = BookState(
            price_ticks_max=price_ticks_max,
            lots_max=lots_max,
            owner_of=self.owner_of,
            class_of=self.class_of,
            contract_rules=contract_rules,
            book_rules=book_rules,
        )

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do what a command asks, or refuse it, and all that follows; return the events in order.

        MAT-010. Runtime complexity: `O(k log(n))` for an order.

        >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=100, wallets=1)
        >>> [event] = book.apply(CommandRow(kind=Command.CANCEL, order_id=7, tag=55))
        >>> Reject(event.code).name, event.counter_order_id
        ('ORDER_UNKNOWN', 55)
        """
        book = self._book
        book.events = []
        reject = self._refusal_at_once(command)
        if reject:
            book.refuse(command, reject)
            return book.events
        while book.timers and book.timers.peekitem(0)[0][0] <= command.time_ns:
            run_timer(book)
            send_fired(book)
        book.now_ns = command.time_ns
        reject = ANSWERS[command.kind](book, command)
        if reject:
            book.refuse(command, reject)
        send_fired(book)
        return book.events

    def _refusal_at_once(self, command: CommandRow) -> Reject:
        """MAT-010: refusals that move no time."""
        if command.kind not in ANSWERS:
            return Reject.COMMAND_UNKNOWN
        if command.time_ns < self._book.now_ns:
            return Reject.TIME_WENT_BACK
        if command.time_ns > ORDER_ID_MAX:
            return Reject.TIME_TOO_FAR
        return Reject.NONE

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        """Return the resting orders of one side, those that trade first in front.

        Runtime complexity: `O(n)`.

        >>> ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1).orders(0, Side.BUY)
        []
        """
        return [
            RestingOrder(
                order.order_id,
                order.wallet,
                order.price_ticks,
                order.lots_left,
                order.flags,
                order.stp,
                order.shown_lots(),
                order.traded_lots,
                order.expiry_ns,
                order.partner.order_id if order.partner else 0,
                order.is_quote,
            )
            for order in self._queue(contract, side)
        ]

    def waiting(self, contract: int) -> list[WaitingOrder]:
        """Return the conditional orders that wait, or are to be sent, by id (MAT-031).

        Runtime complexity: `O(m log(m))`, m: live orders of all contracts.
        """
        orders = [o for o in self._book.live.values() if o.is_waiting() and o.contract == contract]
        return [
            WaitingOrder(
                order.order_id,
                order.wallet,
                order.side,
                order.order_type,
                order.source,
                order.trigger_ticks,
                0 if order.trigger_ticks else watched_ticks(self._book, order),
                order.extreme_ticks,
                order.lots_left,
                order.distance or order.price_ticks,
                order.status == Status.FIRED,
            )
            for order in sorted(orders, key=lambda order: order.order_id)
        ]

    def depth(self, contract: int, side: int) -> list[tuple[int, int, int]]:
        """Return (price in ticks, shown lots, orders that show some) of each price, best first.

        What everybody may see (MAT-042). Runtime complexity: `O(n)`.

        >>> book = ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1)
        >>> bid = CommandRow(kind=Command.NEW_ORDER, order_id=1, price_ticks=4, lots=2)
        >>> for order_id, price_ticks in (1, 4), (2, 5), (3, 4):
        ...     _ = book.apply(bid._replace(order_id=order_id, price_ticks=price_ticks))
        >>> book.depth(0, Side.BUY)
        [(5, 2, 1), (4, 4, 2)]
        >>> iceberg = bid._replace(order_id=4, price_ticks=5, lots=8, target=3)
        >>> hidden = bid._replace(order_id=5, price_ticks=6, flags=4)
        >>> _ = book.apply(iceberg), book.apply(hidden)
        >>> book.depth(0, Side.BUY), book.full_depth(0, Side.BUY)
        ([(5, 5, 2), (4, 4, 2)], [(6, 2, 1), (5, 10, 2), (4, 4, 2)])
        """
        return self._levels(contract, side, Order.shown_lots)

    def full_depth(self, contract: int, side: int) -> list[tuple[int, int, int]]:
        """Return (price in ticks, open lots, orders) of each price, best first, hidden ones too.

        Runtime complexity: `O(n)`.
        """
        return self._levels(contract, side, lambda order: order.lots_left)

    def lots_within(self, contract: int, side: int, price_ticks: int) -> int:
        """Return all open lots of one side at a price or better (MAT-042).

        Runtime complexity: `O(n)`.
        """
        sign = 1 if side == Side.SELL else -1
        return sum(
            order.lots_left
            for order in self._queue(contract, side)
            if sign * order.price_ticks <= sign * price_ticks
        )

    def queue_position(self, order_id: int) -> tuple[int, int] | None:
        """Return (orders, open lots) that stand before a resting order at its price, or None.

        All their open lots count, hidden ones too. Runtime complexity: `O(n)`.

        >>> book = ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1)
        >>> bid = CommandRow(kind=Command.NEW_ORDER, order_id=1, price_ticks=4, lots=2)
        >>> for order_id, price_ticks in (1, 4), (2, 5), (3, 4):
        ...     _ = book.apply(bid._replace(order_id=order_id, price_ticks=price_ticks))
        >>> book.queue_position(3), book.queue_position(9)
        ((1, 2), None)
        """
        order = self._book.live.get(order_id)
        if order is None or order.status != Status.RESTING:
            return None
        queue = self._queue(order.contract, order.side)
        ahead = [o for o in queue[: queue.index(order)] if o.price_ticks == order.price_ticks]
        return len(ahead), sum(other.lots_left for other in ahead)

    def state(self, contract: int) -> ContractState:
        """Return the trading state of a contract (MAT-060)."""
        return self._book.contracts[contract].state

    def last_ticks(self, contract: int) -> int:
        """Return the price of the last trade in ticks, 0 before the first (MAT-032)."""
        return self._book.contracts[contract].last_ticks

    def band(self, contract: int) -> tuple[int, int] | None:
        """Return (lowest, highest) tick at which a trade may be now, or None (MAT-064)."""
        band = band_of(self._book, self._book.contracts[contract])
        if band is None:
            return None
        return max(1, band[0]), min(band[1], self.price_ticks_max)

    def check(self) -> None:
        """Check the invariants of the books; the message of a failure holds the order.

        Runtime complexity: `O(n log(n))` over all books.

        >>> ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1).check()
        """
        check_book(self._book)

    def _queue(self, contract: int, side: int) -> list[Order]:
        """Return one side in priority order."""
        return list(self._book.contracts[contract].sides[side].values())

    def _levels(
        self, contract: int, side: int, lots_of: Callable[[Order], int]
    ) -> list[tuple[int, int, int]]:
        """Sum up each price; orders without lots, and prices without orders, are left out."""
        levels = []
        queue = self._queue(contract, side)
        for price_ticks, level in groupby(queue, key=lambda order: order.price_ticks):
            lots = [lots for lots in map(lots_of, level) if lots]
            if lots:
                levels.append((price_ticks, sum(lots), len(lots)))
        return levels
