"""The fast book and the slow one side by side: the same commands, every field of every event.

`Pair.run` raises `Divergence` at the first difference. The message says which command it was, what
both books answered, and how to run that seed again.
"""

from collections import Counter
from itertools import zip_longest

import numpy as np

from book_flow import Flow, Market, command_rows, resting
from hkperp_engine.codes import Command, Event, Reject, Side
from hkperp_engine.depth import DUMP_COLUMNS
from hkperp_engine.layout import EVENT
from hkperp_engine.reference import CommandRow, EventRow, ReferenceBook, RestingOrder
from hkperp_engine.standalone import Book

#: Orders, pages and events that the fast book begins with; none of them may change a result.
CAPACITIES = [(1, 1, 2), (16, 2, 64), (1_024, 8, 1_024)]

BATCH = 500
DUMPED = [DUMP_COLUMNS.index(field) for field in RestingOrder._fields]


class Divergence(AssertionError):
    """The two books answered one command differently, or hold different orders after it."""


def event_list(events: np.ndarray) -> list[EventRow]:
    """Events of the fast book as the slow one returns them."""
    return list(map(EventRow._make, events.tolist()))


def fast_orders(book: Book, contract: int, side: int) -> list[RestingOrder]:
    """What `ReferenceBook.orders` returns, from the fast book."""
    rows = np.asarray(book.orders(contract, side))[:, DUMPED]
    return list(map(RestingOrder._make, rows.tolist()))


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
        self.resting_max = 0
        self.answer_max = 0
        self.taking = 0  # new orders that trade at once
        self.mix: Counter[tuple[int, int]] = Counter()  # (kind, code) of the events

    def run(self, commands: np.ndarray) -> None:
        """Give both books a batch; raise if one event differs in one field."""
        answers = [self.slow.apply(row) for row in command_rows(commands)]
        expected = np.array([event for answer in answers for event in answer], EVENT)
        if self.fast.apply(commands).tobytes() != expected.tobytes():
            self._report(commands)
        self.tape.append(commands)
        self.done += len(commands)
        self.answer_max = max(self.answer_max, *map(len, answers))
        for answer in answers:
            self.mix.update((event.kind, event.code) for event in answer)
            if answer[0].kind == Event.ORDER_ACCEPTED and len(answer) > 1:
                self.taking += any(event.kind == Event.TRADE for event in answer)

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
            for side in Side:
                place = f"{self.name}, after command {self.done}, contract {contract} {side.name}"
                orders = self.slow.orders(contract, side), fast_orders(self.fast, contract, side)
                require_equal(f"{place}: orders", *orders)
                levels = self.slow.depth(contract, side)
                rows = list(map(tuple, np.asarray(self.fast.depth(contract, side)).tolist()))
                require_equal(f"{place}: levels", levels, rows)
                if levels:
                    # All lots down to a price in the middle of the side.
                    limit_ticks = levels[len(levels) // 2][0]
                    lots = sum(level[1] for level in levels[: len(levels) // 2 + 1])
                    found = self.fast.lots_within(contract, side, limit_ticks)
                    require_equal(f"{place}: lots within {limit_ticks}", [lots], [found])
                best = self.fast.bid(contract) if side == Side.BUY else self.fast.ask(contract)
                expected = levels[0][0] if levels else 0
                require_equal(f"{place}: best price", [expected], [best])


def run_seed(seed: int, count: int, replay: str) -> Pair:
    """Compare both books over `count` commands of a seed; the orders every 1,000 commands."""
    flow = Flow(seed)
    pair = Pair(flow.market, CAPACITIES[seed % len(CAPACITIES)], f"{replay}\nseed {seed}")
    for start in range(0, count, BATCH):
        live = resting(pair.slow)
        pair.resting_max = max(pair.resting_max, len(live))
        pair.run(flow.batch(min(BATCH, count - start), live))
        if pair.done % 1_000 == 0 or pair.done == count:
            pair.compare_books()
    return pair
