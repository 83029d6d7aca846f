"""What the slow book knows, and the few steps that everything else is made of.

Orders of one side stand in a sorted dictionary; the key is the place in the queue:

    key of a sell (price, class, arrival), of a buy (-price, class, arrival); the smallest trades
    first. Asks of the affiliate 5 @100 (arrival 1), a client 3 @100 (2), the affiliate 2 @100 (3):

        (100, 0, 2) 3 lots      the client, although it came later
        (100, 1, 1) 5 lots
        (100, 1, 3) 2 lots
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from sortedcontainers import SortedDict

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    OrderFlag,
    Reject,
    Session,
    Side,
    TriggerSource,
)
from hkperp_engine.reference_history import History
from hkperp_engine.reference_rows import CommandRow, EventRow, Order, Status
from hkperp_engine.rules import BookRules, ContractRules

__all__ = ["BookState", "Contract", "Fill", "Protection", "Timer", "Wallet"]

#: States in which orders trade as they come (MAT-060).
TRADING_STATES = (ContractState.OPEN, ContractState.REDUCE_ONLY)


class Timer(IntEnum):
    """Kinds of timer; at one time they run in this order (MAT-050)."""

    EXPIRY = 0
    COUNTDOWN = 1
    PAUSE_END = 2


@dataclass(slots=True)
class Fill:
    """A trade of a quote, as its protection remembers it; `lots` below 0 were sold (MAT-076)."""

    time_ns: int
    lots: int


@dataclass(slots=True)
class Protection:
    """Limits of a wallet's quotes in a contract within `window_ns`; 0: not limited (MAT-075)."""

    window_ns: int
    lots_max: int
    net_lots_max: int
    trades_max: int
    is_frozen: bool = False
    fills: deque[Fill] = field(default_factory=deque)


def _queues() -> list[SortedDict]:
    return [SortedDict() for _ in TriggerSource]


@dataclass(slots=True, eq=False)
class Contract:
    """One contract: its two queues, and the prices that its conditional orders wait for.

    known : last known price of each TriggerSource in ticks, 0 before the first
    rising, falling : of each source, orders that a rise (a fall) fires, nearest first
    trailing : of each source and side, active trailing orders, nearest extreme first
    fired : orders that are to be sent, in the order in which they fired
    pause_end_ns, state_before : of a volatility auction; the former is 0 otherwise
    """

    number: int
    rules: ContractRules
    history: History
    state: ContractState = ContractState.OPEN
    sides: list[SortedDict] = field(default_factory=lambda: [SortedDict() for _ in Side])
    known: list[int] = field(default_factory=lambda: [0 for _ in TriggerSource])
    rising: list[SortedDict] = field(default_factory=_queues)
    falling: list[SortedDict] = field(default_factory=_queues)
    trailing: list[list[SortedDict]] = field(
        default_factory=lambda: [[SortedDict() for _ in Side] for _ in TriggerSource]
    )
    fired: SortedDict = field(default_factory=SortedDict)
    pause_end_ns: int = 0
    state_before: ContractState = ContractState.OPEN

    @property
    def last_ticks(self) -> int:
        """Price of the last trade, 0 before the first."""
        return self.known[TriggerSource.LAST]

    def is_trading(self) -> bool:
        """Tell whether orders trade as they come, and prices are observed (MAT-032)."""
        return self.state in TRADING_STATES

    def best(self, side: int) -> Order | None:
        """Return the order of one side that trades first (MAT-001, MAT-002, MAT-003)."""
        queue = self.sides[side]
        return queue.peekitem(0)[1] if queue else None

    def is_crossed(self) -> bool:
        """Tell whether the best bid is at or above the best ask."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return bid is not None and ask is not None and bid.price_ticks >= ask.price_ticks


@dataclass(slots=True)
class Wallet:
    """A wallet: its live orders in the order of acceptance, and what it was told to do.

    countdown_ns : when all its orders are cancelled, 0: never (MAT-051)
    message_window, message_count : messages accepted in the last window in use (MAT-080)
    """

    number: int
    owner: int
    priority_class: int
    orders: dict[int, Order] = field(default_factory=dict)
    session: int = Session.CONNECTED
    is_killed: bool = False
    countdown_ns: int = 0
    message_window: int = -1
    message_count: int = 0


class BookState:
    """Contracts, wallets, live orders, timers, sentences and the events of this command."""

    def __init__(
        self,
        *,
        price_ticks_max: int,
        lots_max: int,
        owner_of: Sequence[int],
        class_of: Sequence[int],
        contract_rules: Sequence[ContractRules],
        book_rules: BookRules,
    ) -> None:
        """Make an empty state, one contract for each of `contract_rules`."""
        self.price_ticks_max = price_ticks_max
        self.lots_max = lots_max
        self.rules = book_rules
        self.contracts = [
            Contract(number, rules, History(rules.lookback_ns))
            for number, rules in enumerate(contract_rules)
        ]
        self.wallets = [
            Wallet(number, *facts) for number, facts in enumerate(zip(owner_of, class_of))
        ]
        self.protections: dict[tuple[int, int], Protection] = {}  # by wallet and contract
        self.is_afmm_suspended = False
        self.live: dict[int, Order] = {}
        self.timers: SortedDict = SortedDict()  # (time, Timer, acceptance|wallet|contract)
        self.sentences: deque[tuple[Order, CancelReason]] = deque()
        self.events: list[EventRow] = []
        self.now_ns = 0
        self.sequence = 0
        self.acceptances = 0
        self.arrivals = 0

    def emit(self, *fields: int) -> None:
        """Add an event; `fields` are those of `EventRow` from `kind` on."""
        self.sequence += 1
        self.events.append(EventRow(self.sequence, self.now_ns, *fields))

    def announce(self, kind: Event, **fields: int) -> None:
        """Add an event that is about no single order; fields not named are 0."""
        names = EventRow._fields[3:]
        assert fields.keys() <= set(names), fields
        self.emit(kind, *(fields.get(name, 0) for name in names))

    def report(self, kind: Event, order: Order, code: int, lots: int, amount: int = 0) -> None:
        """Add an event about one order and `lots` of it, with its limit (section 14)."""
        flags = EventFlag.SELL if order.side == Side.SELL else 0
        if order.flags & OrderFlag.REDUCE_ONLY:
            flags |= EventFlag.REDUCE_ONLY
        if order.flags & OrderFlag.HIDDEN:
            flags |= EventFlag.HIDDEN
        if order.is_waiting():
            flags |= EventFlag.WAITING
        if order.is_quote:
            flags |= EventFlag.QUOTE
        who = order.wallet, 0, order.order_id, 0
        self.emit(kind, code, order.contract, flags, *who, order.price_ticks, lots, amount)

    def refuse(self, command: CommandRow, reject: Reject) -> None:
        """Report a refusal: whose command it was, and why; a refused order has no side."""
        who = command.wallet, 0, command.order_id, command.tag
        self.emit(Event.REFUSED, reject, command.contract, 0, *who, 0, 0, command.kind)

    def next_arrival(self) -> int:
        """Return a later place in time than any before."""
        self.arrivals += 1
        return self.arrivals

    def enrol(self, order: Order) -> None:
        """Make an order live: its id is in use, its wallet has it, its expiry is set."""
        self.acceptances += 1
        order.acceptance = self.acceptances
        self.live[order.order_id] = order
        self.wallets[order.wallet].orders[order.order_id] = order
        if order.expiry_ns:
            self.timers[order.expiry_ns, Timer.EXPIRY, order.acceptance] = order

    def forget(self, order: Order) -> None:
        """Let a live order go, for whatever reason; its partner goes too (MAT-077)."""
        order.leave_queues()
        order.status = Status.GONE
        del self.live[order.order_id]
        del self.wallets[order.wallet].orders[order.order_id]
        if order.expiry_ns:
            # Nothing to take back if it is this timer that takes the order away.
            self.timers.pop((order.expiry_ns, Timer.EXPIRY, order.acceptance), None)
        self.condemn_partner(order)

    def rest(self, order: Order) -> None:
        """Put an order at the back of its class's queue; an iceberg shows a new slice."""
        order.arrival = self.next_arrival()
        order.status = Status.RESTING
        order.slice_lots = min(order.display_lots, order.lots_left)
        sign = 1 if order.side == Side.SELL else -1
        key = sign * order.price_ticks, order.priority_class, order.arrival
        order.stand_in(self.contracts[order.contract].sides[order.side], key)

    def take_out(self, order: Order, lots: int, reason: CancelReason) -> None:
        """Shrink an order without a trade; cancelled if nothing is left, else reduced."""
        order.lots_left -= lots
        order.slice_lots = min(order.slice_lots, order.lots_left)
        if order.lots_left:
            self.report(Event.ORDER_REDUCED, order, reason, lots)
        else:
            self.report(Event.ORDER_CANCELLED, order, reason, lots)
            self.forget(order)

    def condemn(self, order: Order, reason: CancelReason) -> None:
        """Sentence a live order: it goes before anything else happens (MAT-010)."""
        self.sentences.append((order, reason))

    def condemn_partner(self, order: Order) -> None:
        """Part a linked pair and condemn the other (MAT-077)."""
        partner = order.partner
        if partner is not None:
            order.partner = partner.partner = None
            self.condemn(partner, CancelReason.PARTNER)

    def carry_out_sentences(self) -> None:
        """Cancel the condemned orders, oldest sentence first (MAT-010 point 1)."""
        while self.sentences:
            order, reason = self.sentences.popleft()
            if order.status != Status.GONE:
                self.take_out(order, order.lots_left, reason)

    def cancel_orders(self, orders: Iterable[Order], reason: CancelReason) -> int:
        """Cancel orders one by one, with what follows from each; return how many it cancelled."""
        count = 0
        for order in list(orders):
            if order.status != Status.GONE:
                self.take_out(order, order.lots_left, reason)
                self.carry_out_sentences()
                count += 1
        return count

    def newest_first(self, wallet: int, contract: int | None = None) -> list[Order]:
        """Return a wallet's live orders, in one contract or in all, last acceptance first."""
        orders = reversed(self.wallets[wallet].orders.values())
        return [order for order in orders if contract in (None, order.contract)]

    def knows_contract(self, contract: int) -> bool:
        """Tell whether there is such a contract."""
        return 0 <= contract < len(self.contracts)

    def knows_wallet(self, wallet: int) -> bool:
        """Tell whether there is such a wallet."""
        return 0 <= wallet < len(self.wallets)
