"""The worked examples of `book_tables`, played on both books."""

from collections.abc import Iterator

import numpy as np
import pytest

import book_tables
import book_text
from book_pair import event_list, fast_orders
from hkperp_engine.codes import Reject
from hkperp_engine.layout import COMMAND
from hkperp_engine.reference import CommandRow, EventRow, ReferenceBook, RestingOrder
from hkperp_engine.standalone import Book


class FastBook:
    """The fast book, one command at a time, in the words of the slow one."""

    def __init__(self) -> None:
        self.book = Book(**book_text.SETTING, capacities=(1, 1, 2))

    def apply(self, command: CommandRow) -> list[EventRow]:
        return event_list(self.book.apply(np.array([command], COMMAND)))

    def orders(self, contract: int, side: int) -> list[RestingOrder]:
        return fast_orders(self.book, contract, side)

    def check(self) -> None:
        self.book.check()


@pytest.fixture(params=["slow", "fast"])
def book(request: pytest.FixtureRequest) -> ReferenceBook | FastBook:
    return FastBook() if request.param == "fast" else ReferenceBook(**book_text.SETTING)


@pytest.mark.parametrize("name", book_tables.TABLES)
def test_table(book: ReferenceBook | FastBook, name: str) -> None:
    def apply(command: CommandRow) -> list[EventRow]:
        events = book.apply(command)
        book.check()
        return events

    book_text.play(book_tables.TABLES[name], apply, book.orders)


def test_tables_show_every_refusal_of_a_well_formed_command() -> None:
    """The malformed ones are in test_reference_book."""
    shown = {name for table in book_tables.TABLES.values() for name in refusals(table)}
    assert shown == {
        Reject.ORDER_KIND_INVALID.name,
        Reject.ORDER_ID_INVALID.name,
        Reject.PRICE_INVALID.name,
        Reject.LOTS_INVALID.name,
        Reject.ORDER_ID_IN_USE.name,
        Reject.ORDER_UNKNOWN.name,
        Reject.POST_ONLY_WOULD_TRADE.name,
        Reject.FOK_NOT_FILLABLE.name,
    }


def refusals(table: str) -> Iterator[str]:
    for _, answer in book_text.rows(table):
        if answer.startswith("refused"):
            yield answer.split()[1]


def test_a_wrong_answer_is_noticed(book: ReferenceBook | FastBook) -> None:
    with pytest.raises(AssertionError, match="asks: 1 x3 @100, not 1 x2 @100"):
        book_text.play(
            """
            alice sell 1 x3 @100 -> accepted
            asks                 -> 1 x2 @100
            """,
            book.apply,
            book.orders,
        )
