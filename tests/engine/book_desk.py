"""A desk for tests of a book: the table language, and the whole book checked each time.

`FastBook` is the fast book one command at a time, in the words of the slow one.
"""

from collections.abc import Sequence

import numpy as np

import book_text
import book_words
from book_pair import event_list, fast_orders, fast_waiting
from hkperp_engine.codes import Side
from hkperp_engine.layout import COMMAND
from hkperp_engine.reference import (
    CommandRow,
    EventRow,
    ReferenceBook,
    RestingOrder,
    WaitingOrder,
)
from hkperp_engine.standalone import Book

#: As little memory as there can be: everything has to grow, and each event is drained alone.
SMALLEST = (1, 1, 2)


class FastBook:
    """The fast book; every command is followed by `check`, unless it is told not to."""

    def __init__(
        self,
        capacities: tuple[int, int, int] = SMALLEST,
        is_checked: bool = True,
        **setting: object,
    ) -> None:
        self.book = Book(**setting, capacities=capacities)
        self.is_checked = is_checked

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do one command."""
        events = event_list(self.book.submit(*map(int, command)))
        if self.is_checked:
            self.book.check()
        return events

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        """Orders of one side in priority order."""
        return fast_orders(self.book, contract, side)

    def waiting(self, contract: int) -> list[WaitingOrder]:
        """Orders that wait, in the order of the book."""
        return fast_waiting(self.book, contract)

    def depth(self, contract: int, side: int) -> Sequence[Sequence[int]]:
        """(price in ticks, shown lots, orders) of each level, best first."""
        return list(map(tuple, np.asarray(self.book.depth(contract, side)).tolist()))

    def full_depth(self, contract: int, side: int) -> Sequence[Sequence[int]]:
        """(price in ticks, lots, orders) of each level, best first."""
        return list(map(tuple, np.asarray(self.book.full_depth(contract, side)).tolist()))

    def state(self, contract: int) -> int:
        """The contract's state."""
        return int(self.book.market_state(contract))


class SlowBook(ReferenceBook):
    """The slow book; every command is followed by `check`, unless it is told not to."""

    def __init__(self, is_checked: bool = True, **setting: object) -> None:
        super().__init__(**setting)
        self.is_checked = is_checked

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do one command."""
        events = super().apply(command)
        if self.is_checked:
            self.check()
        return events


#: Both books by name, for parameters of tests.
BOOKS = {"slow": SlowBook, "fast": FastBook}


class Desk(FastBook):
    """One fast book with the wallets of `book_text`."""

    def __init__(self, capacities: tuple[int, int, int] = SMALLEST, **setting: object) -> None:
        super().__init__(capacities, **{**book_text.SETTING, **setting})

    def play(self, table: str) -> None:
        """Play a table; the answers must be those written in it."""
        book_words.play(table, self)

    def answer(self, text: str) -> str:
        """What the book answers to one command, in the words of the tables."""
        return book_words.answer(self, text, 0)[0]

    def levels(self, side: Side) -> Sequence[Sequence[int]]:
        """(price in ticks, lots, orders) of each level of the first contract, best first."""
        return self.full_depth(0, side)


def random_commands(count: int, seed: int, prices: int = 40, wallets: int = 6) -> np.ndarray:
    """Valid commands close together, of every kind, so that everything meets everything."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(count, COMMAND)
    rows["time_ns"] = np.arange(count)
    rows["kind"] = rng.choice([1, 1, 1, 2, 3], count)
    rows["side"] = rng.integers(0, 2, count)
    rows["wallet"] = rng.integers(0, wallets, count)
    rows["order_id"] = rng.integers(1, 60, count)
    rows["price_ticks"] = rng.integers(1, prices + 1, count)
    rows["lots"] = rng.integers(1, 20, count)
    rows["tif"] = rng.choice([0, 0, 0, 0, 1, 2], count)
    rows["flags"] = np.where(rows["tif"] == 0, rng.choice([0, 0, 0, 1, 2, 3], count), 0)
    rows["stp"] = rng.integers(0, 4, count)
    return rows
