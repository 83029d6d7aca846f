"""Plays tables of `book_text` on the slow book alone, checked after every command."""

import book_text
import book_words
from hkperp_engine.reference import CommandRow, EventRow, ReferenceBook


class CheckedBook(ReferenceBook):
    """The slow book; every command is followed by `check`."""

    def apply(self, command: CommandRow) -> list[EventRow]:
        """Do one command."""
        events = super().apply(command)
        self.check()
        return events


def play(table: str) -> None:
    """Play a table on the slow book."""
    book_words.play(table, CheckedBook(**book_text.setting(table)))
