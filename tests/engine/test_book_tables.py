"""The worked examples of `book_tables*`, played on both books; every rule of the law has one."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import book_tables
import book_tables_market
import book_tables_orders
import book_tables_triggers
import book_text
import book_words
from book_desk import BOOKS
from book_mix import REJECTS
from hkperp_engine.codes import Reject

LAW = Path(__file__).resolve().parents[2] / "docs" / "book.md"

TABLES = {
    **book_tables.TABLES,
    **book_tables_orders.TABLES,
    **book_tables_triggers.TABLES,
    **book_tables_market.TABLES,
}

#: Refusals of commands that the language cannot say: they are in test_reference_book.
UNSPOKEN = {
    Reject.COMMAND_UNKNOWN,
    Reject.SIDE_INVALID,
    Reject.SOURCE_UNKNOWN,
    Reject.WALLET_UNKNOWN,
    Reject.LIM_PROTECTIONS,
}


@pytest.mark.parametrize("kind", BOOKS)
@pytest.mark.parametrize("name", TABLES)
def test_table(name: str, kind: str) -> None:
    table = TABLES[name]
    book_words.play(table, BOOKS[kind](**book_text.setting(table)))


def test_every_rule_of_the_law_has_a_table() -> None:
    law = set(re.findall(r"MAT-[0-9]{3}", LAW.read_text(encoding="utf-8")))
    named = set(re.findall(r"MAT-[0-9]{3}", " ".join(TABLES)))
    assert len(law) > 40
    assert law - named == set(), "rules without a table"
    assert named - law == set(), "tables of rules that are not"


def test_tables_show_every_refusal_of_the_book() -> None:
    shown = {Reject[name] for table in TABLES.values() for name in refusals(table)}
    assert shown == REJECTS - UNSPOKEN


def refusals(table: str) -> Iterator[str]:
    for _, answer in book_text.rows(table):
        for part in answer.split(", "):
            if part.startswith("refused"):
                yield part.split()[-1]


@pytest.mark.parametrize("kind", BOOKS)
def test_a_wrong_answer_is_noticed(kind: str) -> None:
    with pytest.raises(AssertionError, match="asks: 1 x3 @100, not 1 x2 @100"):
        book_words.play(
            """
            alice sell 1 x3 @100 -> accepted
            asks                 -> 1 x2 @100
            """,
            BOOKS[kind](**book_text.SETTING),
        )
