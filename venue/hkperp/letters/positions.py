"""An account's positions at any event of a log, as lines of a letter.

A statement's fold gives them; here they are written: side, size, what they are worth, since which
price, with which result.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hkperp.letters.figures import Figures, History
from hkperp.letters.parts import margins
from hkperp.reports.run_folder import RunRecord
from hkperp.reports.wording import Terms, money

if TYPE_CHECKING:
    from hkperp.reports.statement_types import ContractSheet, Sheet

__all__ = ["Positions", "beside", "entry_price", "result", "side"]


class Positions:
    """The positions of one wallet; each question is O(events that it needs)."""

    def __init__(self, record: RunRecord, wallet: int, history: History) -> None:
        self._record, self._wallet, self._history = record, wallet, history

    def at(self, sequence: int) -> list["ContractSheet"]:
        """Return the positions, not empty ones, as they were just before an event."""
        return [each for each in self._sheet(sequence).contracts if each.lots]

    def of(self, contract: int, sequence: int) -> "ContractSheet | None":
        """Return the position in a contract just before an event, if there was one."""
        return next((each for each in self.at(sequence) if each.contract == contract), None)

    def _sheet(self, sequence: int) -> "Sheet":
        # Not above: it brings msgspec in, which most letters do without.
        from hkperp.reports.statement import fold

        rows = [row for row in self._history.own_rows() if row["sequence"] < sequence]
        ticks = [each.tick_value for each in self._record.contracts]
        return fold(rows, self._wallet, ticks, len(self._record.assets)).closing

    def figures(self, sequence: int) -> Figures:
        """Return the account as it was just before an event."""
        return self._history.figures(sequence)

    def unsettled(self, sequence: int) -> int:
        """Return the gains, below 0 the losses, that no cycle had settled before an event."""
        return self._sheet(sequence).variation_quote

    def column(self, contract: int, sequence: int) -> list[tuple[str, str]]:
        """Return a position, if there was one, and the account's margin just before an event."""
        terms, held = self._record.contracts[contract], self.of(contract, sequence)
        column = []
        if held is not None:
            column = [("position", side(held, terms)), ("mark", terms.price(held.mark_ticks))]
            column.append(("result since entry", money(held.unrealised_quote)))
        return column + margins(self._history.figures(sequence))

    def lines(self, sequence: int) -> Iterator[str]:
        """Yield a line or two for each position just before an event."""
        for each in self.at(sequence):
            yield from self.position_lines(each)

    def position_lines(self, each: "ContractSheet") -> Iterator[str]:
        """Yield two lines about a position: which, and since when with which result."""
        terms = self._record.contracts[each.contract]
        mark = terms.price(each.mark_ticks)
        value = money(terms.value(each.lots, each.mark_ticks))
        yield f"     {terms.name}: {side(each, terms)}, worth {value} at the mark of {mark}"
        entry = entry_price(each, terms)
        yield f"       entered at {entry} on average; since then {result(each)}"


def side(sheet: "ContractSheet", terms: Terms) -> str:
    """Write which way a position goes and how large it is: `long 1.00`."""
    return f"{'long' if sheet.lots > 0 else 'short'} {terms.size(abs(sheet.lots))}"


def result(sheet: "ContractSheet") -> str:
    """Write what a position has brought since it was entered, at the mark."""
    if not sheet.unrealised_quote:
        return "neither gain nor loss"
    verb = "gain" if sheet.unrealised_quote > 0 else "loss"
    return f"a {verb} of {money(abs(sheet.unrealised_quote))}"


def entry_price(sheet: "ContractSheet", terms: Terms) -> str:
    """Write the mean price at which a position was entered, rounded down to 1e-6."""
    lots = abs(sheet.lots) * terms.tick_value
    return money(abs(sheet.entry_cost_quote) * terms.tick_e8 // lots // 100)


def beside(heads: Sequence[str], columns: Sequence[Sequence[tuple[str, str]]]) -> Iterator[str]:
    """Yield columns of figures beside each other, in the order of the longest, with heads."""
    named = [dict(column) for column in columns]
    cells = [text for column in named for text in column.values()]
    width = max(len(text) for text in (*cells, *heads))
    yield "     " + f"{'':34} " + "  ".join(f"{head:>{width}}" for head in heads)
    for name, _ in max(columns, key=len):
        row = "  ".join(f"{column.get(name, '-'):>{width}}" for column in named)
        yield f"     {name:34} {row}"
