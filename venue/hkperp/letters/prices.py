"""Where a mark came from, in a letter: its inputs, the index, the sources used, and their age.

Read back from the events of the mark step (docs/rates.md sections 1 and 3): nothing is computed.
"""

import textwrap
from collections.abc import Iterator

import numpy as np

from hkperp.quantities import Duration
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import SOURCE_WORDS, STATE_WORDS, clock
from hkperp_engine.codes import ContractState, Event, IndexStatus, SourceStatus

__all__ = ["Prices"]

#: Inputs of a mark, by bit of the MARK event's code.
_INPUT_WORDS = {
    1: "the index with funding to come",
    2: "the index with the mean distance of the book",
    4: "the middle of the book",
}
_HOW = {1: "from", 2: "the mean of two:", 3: "the middle one of three:"}
_FROZEN = (
    ContractState.HALTED,
    ContractState.PRE_OPEN,
    ContractState.AUCTION,
    ContractState.VOLATILITY_AUCTION,
)
_WIDTH = 100


class Prices:
    """The marks and indices of a log. Each question is O(marks, indices and their sources)."""

    def __init__(self, reader: Reader, record: RunRecord, pack: PackRecord) -> None:
        self._reader, self._record, self._config = reader, record, pack.config
        self._kept: dict[Event, np.ndarray] = {}

    def lines(self, contract: int, sequence: int) -> Iterator[str]:
        """Yield the last good mark before an event, the index it is made of, and the sources; and
        that the contract is not open, if it is not.
        """
        terms = self._record.contracts[contract]
        mark = self._last(Event.MARK, contract, sequence, flags=0)
        if mark is None:
            return
        used = [words for bit, words in _INPUT_WORDS.items() if mark["code"] & bit]
        text = f"mark {terms.price(mark['price_ticks'])} of {clock(mark['time_ns'])}"
        if used:
            text += f", {_HOW[len(used)]} {', '.join(used)} (VAL-04)"
        yield from _wrapped(text)
        yield from self._index(contract, mark["sequence"])
        state = self._last(Event.CONTRACT_STATE, contract, sequence)
        if state is not None and state["code"] != ContractState.OPEN:
            words = STATE_WORDS[ContractState(state["code"])]
            yield f"       trading: {words} since {clock(state['time_ns'])} (HALT-01)"

    def is_frozen(self, contract: int, sequence: int) -> bool:
        """Tell whether no order could be sent for a contract just before an event: it was halted
        or in a call phase, or its mark was stale (docs/machine.md section 1).
        """
        state = self._last(Event.CONTRACT_STATE, contract, sequence)
        if state is not None and state["code"] in _FROZEN:
            return True
        mark = self._last(Event.MARK, contract, sequence)
        return mark is None or mark["flags"] != 0

    def _index(self, contract: int, sequence: int) -> Iterator[str]:
        """Yield the last good index before a mark, and what became of each source in it."""
        index = self._last(Event.INDEX, contract, sequence, code=IndexStatus.GOOD)
        if index is None:
            return
        rules = self._config["contracts"][contract]["sources"]
        end = index["sequence"]
        every = self._of(Event.INDEX_SOURCE)
        first = int(np.searchsorted(every["sequence"], end - len(rules)))
        last = int(np.searchsorted(every["sequence"], end))
        rows = [row for row in rows_of(every[first:last]) if row["contract"] == contract]
        ages = [row["amount"] for row in rows if row["code"] == SourceStatus.USED]
        price = self._record.contracts[contract].price(index["price_ticks"])
        text = (
            f"index {price} of {clock(index['time_ns'])} from {len(ages)} of {len(rules)} sources"
        )
        if ages:
            text += f", the oldest price {Duration.text(max(ages))} old"
        text += " (VAL-02)"
        left = [
            f"{rules[row['order_id']]['name']} {_why_not(row)}"
            for row in rows
            if row["code"] != SourceStatus.USED
        ]
        yield from _wrapped(f"{text}; not used: {', '.join(left)}" if left else text)

    def _last(self, kind: Event, contract: int, sequence: int, **fields: int) -> Row | None:
        """Return the last event of a kind before another, with these fields."""
        rows = self._of(kind)
        is_wanted = (rows["contract"] == contract) & (rows["sequence"] < sequence)
        for name, value in fields.items():
            is_wanted &= rows[name] == value
        places = np.flatnonzero(is_wanted)[-1:]
        return rows_of(rows[places])[0] if len(places) else None

    def _of(self, kind: Event) -> np.ndarray:
        if kind not in self._kept:
            self._kept[kind] = self._reader.of(kind)
        return self._kept[kind]


def _why_not(source: Row) -> str:
    """Say why a source was not used; how old, if that is why."""
    words = SOURCE_WORDS[SourceStatus(source["code"])]
    if source["code"] != SourceStatus.STALE:
        return words
    return f"{words} ({Duration.text(source['amount'])})"


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=" " * 7, subsequent_indent=" " * 9)
