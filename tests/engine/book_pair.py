"""The fast book and the slow one side by side: the same commands, every field of every event.

`Pair.run` raises `Divergence` at the first difference. The message says which command it was, what
both books answered, and how to run that seed again.
"""

from collections import Counter
from itertools import zip_longest

import numpy as np

from book_flow import Flow
from book_market import Market
from book_seen import Seen, command_rows, look
from hkperp_engine.codes import Command, Event, OrderType, Reject, Side, TimeInForce
from hkperp_engine.depth import DUMP_COLUMNS, WAITING_COLUMNS
from hkperp_engine.layout import EVENT
from hkperp_engine.reference import (
    CommandRow,
    EventRow,
    ReferenceBook,
    RestingOrder,
    WaitingOrder,
)
from hkperp_engine.standalone import Book

#: Orders, pages and events that the fast book begins with; none of them may change a result.
CAPACITIES = [(1, 1, 2), (16, 2, 64), (1_024, 8, 1_024)]

BATCH = 500

#: Books that never hold many orders are looked at after each of their first commands.
WATCHED_TARGET = 30
WATCHED_COMMANDS = 25_000

PLAIN_TIFS = (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
PLAIN_FLAGS = range(4)  # post-only, reduce-only, both or none

#: What the fast book calls the fields of an order.
DUMPED = [
    DUMP_COLUMNS.index(field.replace("partner_id", "partner")) for field in RestingOrder._fields
]
WAITED = [WAITING_COLUMNS.index(field) for field in WaitingOrder._fields]


class Divergence(AssertionError):
    """The two books answered one command differently, or hold different orders after it."""


def event_list(events: np.ndarray) -> list[EventRow]:
    """Events of the fast book as the slow one returns them."""
    return list(map(EventRow._make, events.tolist()))


def fast_orders(book: Book, contract: int, side: int) -> list[RestingOrder]:
    """What `ReferenceBook.orders` returns, from the fast book."""
    rows = np.asarray(book.orders(contract, side))[:, DUMPED]
    return list(map(RestingOrder._make, rows.tolist()))


def fast_waiting(book: Book, contract: int) -> list[WaitingOrder]:
    """What `ReferenceBook.waiting` returns, from the fast book."""
    rows = np.asarray(book.waiting(contract))[:, WAITED]
    return list(map(WaitingOrder._make, rows.tolist()))


def level_list(rows: np.ndarray) -> list[tuple[int, ...]]:
    """Levels of the fast book as the slow one returns them."""
    return list(map(tuple, np.asarray(rows).tolist()))


def told(row: CommandRow | EventRow) -> str:
    """A row with its names, without what is 0."""
    fields = {name: int(value) for name, value in row._asdict().items() if value}
    names = Event if isinstance(row, EventRow) else Command
    if fields.get("kind") in set(names):
        fields["kind"] = names(fields["kind"]).name
    if row.kind == Event.REFUSED and isinstance(row, EventRow):
        fields["code"] = Reject(row.code).name
    return " ".join(f"{name}={value}" for name, value in fields.items())


def require_equal(what: str, slow: list[tuple], fast: list[tuple]) -> None:
    """Raise with the first row in which two lists differ."""
    for index, (expected, found) in enumerate(zip_longest(slow, fast)):
        if expected != found:
            lines = [f"{what}, number {index}", f"  slow {expected}", f"  fast {found}"]
            raise Divergence("\n".join(lines))


def is_plain(row: CommandRow) -> bool:
    """Tell whether it is a cancellation, an amendment, or an order as exchanges always had."""
    if row.kind != Command.NEW_ORDER:
        return row.kind in (Command.CANCEL, Command.AMEND)
    is_simple = row.order_type in (OrderType.LIMIT, OrderType.MARKET) and row.target == 0
    return is_simple and row.tif in PLAIN_TIFS and row.flags in PLAIN_FLAGS


class Mix:
    """What a flow was made of: counts of commands by kind, and of events by (kind, code)."""

    def __init__(self) -> None:
        self.commands: Counter[int] = Counter()
        self.events: Counter[tuple[int, int]] = Counter()
        self.taking = 0  # new orders that trade at once
        self.plain = 0  # cancellations, amendments, and orders without anything special
        self.answer_max = 0
        self.live_max = 0
        self.waiting_max = 0

    def count(self, row: CommandRow, answer: list[EventRow]) -> None:
        """Count one command and what was answered."""
        self.commands[row.kind] += 1
        self.plain += is_plain(row)
        self.events.update((event.kind, event.code) for event in answer)
        self.answer_max = max(self.answer_max, len(answer))
        if len(answer) > 1 and answer[0].kind == Event.ORDER_ACCEPTED:
            own = [event.counter_order_id for event in answer if event.kind == Event.TRADE]
            self.taking += answer[0].order_id in own

    def see(self, seen: Seen) -> None:
        """Note how many orders are live."""
        self.live_max = max(self.live_max, len(seen.live))
        self.waiting_max = max(self.waiting_max, int((seen.live[:, -1] > 0).sum()))


class Pair:
    """Two books in one market, and what they were asked so far."""

    def __init__(self, market: Market, capacities: tuple[int, int, int], name: str = "") -> None:
        self.market = market
        self.slow = ReferenceBook(**market._asdict())
        self.fast = Book(**market._asdict(), capacities=capacities)
        self.capacities = capacities
        self.name = name
        self.tape: list[np.ndarray] = []
        self.done = 0
        self.mix = Mix()

    def run(self, commands: np.ndarray) -> None:
        """Give both books a batch; raise if one event differs in one field."""
        rows = command_rows(commands)
        answers = [self.slow.apply(row) for row in rows]
        expected = np.array([event for answer in answers for event in answer], EVENT)
        if self.fast.apply(commands).tobytes() != expected.tobytes():
            self._report(commands)
        self.tape.append(commands)
        self.done += len(commands)
        for row, answer in zip(rows, answers):
            self.mix.count(row, answer)

    def run_watched(self, commands: np.ndarray) -> None:
        """The same one command at a time, the invariants of both books after each."""
        for index in range(len(commands)):
            self.run(commands[index : index + 1])
            self.slow.check()
            self.fast.check()

    def _report(self, commands: np.ndarray) -> None:
        """Play everything again, the last batch one command at a time, to name the command."""
        slow = ReferenceBook(**self.market._asdict())
        fast = Book(**self.market._asdict(), capacities=self.capacities)
        for batch in self.tape:
            fast.apply(batch)
            for row in command_rows(batch):
                slow.apply(row)
        for index, row in enumerate(command_rows(commands)):
            expected, found = slow.apply(row), event_list(fast.apply(commands[index : index + 1]))
            if found != expected:
                lines = [f"{self.name}, command {self.done + index}: {told(row)}"]
                lines += [f"  slow {told(event)}" for event in expected]
                lines += [f"  fast {told(event)}" for event in found]
                raise Divergence("\n".join(lines))
        raise Divergence(
            f"{self.name}, commands {self.done} to {self.done + len(commands)}: the fast book"
            " answers differently in a batch and one by one"
        )

    def compare_books(self) -> None:
        """Raise if the books hold different orders, or one of them breaks a rule of its own."""
        self.slow.check()
        self.fast.check()
        for contract in range(self.market.contracts):
            place = f"{self.name}, after command {self.done}, contract {contract}"
            states = int(self.slow.state(contract)), self.fast.market_state(contract)
            require_equal(f"{place}: state", *([(state,)] for state in states))
            waiting = self.slow.waiting(contract), fast_waiting(self.fast, contract)
            require_equal(f"{place}: waiting", *waiting)
            for side in Side:
                self._compare_side(f"{place} {side.name}", contract, side)

    def _compare_side(self, place: str, contract: int, side: Side) -> None:
        """Orders, levels as all see them, all levels, best price, and sums of them."""
        slow, fast = self.slow, self.fast
        orders = slow.orders(contract, side)
        require_equal(f"{place}: orders", orders, fast_orders(fast, contract, side))
        shown = slow.depth(contract, side), level_list(fast.depth(contract, side))
        require_equal(f"{place}: public levels", *shown)
        levels = slow.full_depth(contract, side)
        require_equal(f"{place}: levels", levels, level_list(fast.full_depth(contract, side)))
        best = fast.bid(contract) if side == Side.BUY else fast.ask(contract)
        require_equal(f"{place}: best price", [(levels[0][0] if levels else 0,)], [(best,)])
        if not levels:
            return
        # All lots down to a price in the middle of the side.
        limit_ticks = levels[len(levels) // 2][0]
        lots = sum(level[1] for level in levels[: len(levels) // 2 + 1])
        found = fast.lots_within(contract, side, limit_ticks)
        require_equal(f"{place}: lots within {limit_ticks}", [(lots,)], [(found,)])
        # And the place of an order in the middle.
        order_id = orders[len(orders) // 2].order_id
        positions = slow.queue_position(order_id), fast.queue_position(order_id)
        require_equal(f"{place}: place of {order_id}", *([position] for position in positions))


def run_seed(seed: int, count: int, replay: str) -> Pair:
    """Compare both books over `count` commands of a seed; the orders every 1,000 commands.

    Every second seed of small books is watched at first: invariants after every command.
    """
    flow = Flow(seed)
    pair = Pair(flow.market, CAPACITIES[seed % len(CAPACITIES)], f"{replay}\nseed {seed}")
    is_small = flow.habits.live_target == WATCHED_TARGET
    watched = WATCHED_COMMANDS if is_small and seed % 2 else 0
    batch = BATCH // 10 if is_small else BATCH
    for start in range(0, count, batch):
        seen = look(pair.slow)
        pair.mix.see(seen)
        commands = flow.batch(min(batch, count - start), seen)
        if start < watched:
            pair.run_watched(commands)
        else:
            pair.run(commands)
        if pair.done % 1_000 == 0 or pair.done == count:
            pair.compare_books()
    return pair
