"""A desk for tests of the fast book: the table language, and the whole book checked each time."""

import numpy as np

import book_text
from book_pair import event_list, fast_orders
from hkperp_engine.codes import Side
from hkperp_engine.layout import COMMAND
from hkperp_engine.reference import CommandRow, EventRow, RestingOrder
from hkperp_engine.standalone import Book

#: As little memory as there can be: everything has to grow, and each event is drained alone.
SMALLEST = (1, 1, 2)


class Desk:
    """One fast book with the wallets of `book_text`; every command is followed by `check`."""

    def __init__(self, capacities: tuple[int, int, int] = SMALLEST, **setting: object) -> None:
        self.book = Book(**{**book_text.SETTING, **setting}, capacities=capacities)

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do one command."""
        events = event_list(self.book.apply(np.array([command], COMMAND)))
        self.book.check()
        return events

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        """Orders of one side in priority order."""
        return fast_orders(self.book, contract, side)

    def play(self, table: str) -> None:
        """Play a table; the answers must be those written in it."""
        book_text.play(table, self.apply, self.orders)

    def answer(self, text: str) -> str:
        """What the book answers to one command, in the words of the tables."""
        return ", ".join(map(book_text.event_text, self.apply(book_text.command_of(text))))

    def depth(self, side: Side) -> list[tuple[int, int, int]]:
        """(price in ticks, lots, orders) of each level, best first."""
        return list(map(tuple, self.book.depth(0, side).tolist()))


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
