"""When a contract had no good index, in a letter: the fallback ladder, the halt, the first mark.

A section says which sources failed, each rung and each change of trading, and the figures of the
account before and at the first good mark after (docs/rates.md section 1, step 5).
"""

from collections.abc import Iterator
from itertools import pairwise

from hkperp.letters.figures import History
from hkperp.letters.parts import Section, aligned, outlook, wrapped
from hkperp.letters.positions import Positions, beside
from hkperp.quantities import Duration
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import SOURCE_WORDS, STATE_WORDS, clock, moment
from hkperp_engine.codes import ContractState, Event, IndexStatus, SourceStatus

__all__ = ["IndexLetter"]

_RUNGS = {
    IndexStatus.GOOD: "a good index again, {} (VAL-02)",
    IndexStatus.HELD: "the last good index is held, {} (VAL-02)",
    IndexStatus.MEDIAN_OF_LIVE: "median of what is left, near the last good index, {} (VAL-02)",
    IndexStatus.EXHAUSTED: "no index any more; it stays at {} (VAL-02)",
}
_LAST = 2**62


class IndexLetter:
    """What a log says about the indices of the contracts that one account holds."""

    def __init__(
        self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int, history: History
    ) -> None:
        self._reader, self._record, self._config = reader, record, pack.config
        self._history, self._positions = history, Positions(record, wallet, history)
        #: Numbers of events that a section tells of, besides its own.
        self.told: set[int] = set()

    def _of(self, kind: Event, contract: int) -> list[Row]:
        rows = self._reader.of(kind)
        return rows_of(rows[rows["contract"] == contract])

    def sections(self, contract: int) -> Iterator[Section]:
        """Yield a section for each time without a good index over a position."""
        rows = self._of(Event.INDEX, contract)
        bad = [row["code"] != IndexStatus.GOOD for row in rows]
        first: Row | None = None
        for number, (before, row) in enumerate(pairwise(rows), 1):
            if bad[number] and not bad[number - 1]:
                first = row
                good = before
            elif first is not None and bad[number - 1] and not bad[number]:
                yield from self._fallback(contract, good, rows, (first, row))
                first = None
        if first is not None:
            yield from self._fallback(contract, good, rows, (first, None))

    def _fallback(
        self, contract: int, good: Row, rows: list[Row], span: tuple[Row, Row | None]
    ) -> Iterator[Section]:
        """Yield the section about one such time, if the account held the contract in it."""
        first, end = span
        held = self._positions.of(contract, first["sequence"])
        if held is None:
            return
        terms, rules = self._record.contracts[contract], self._config["contracts"][contract]
        last = end["sequence"] if end else _LAST
        text = (
            f"At {clock(first['time_ns'])} only {first['lots']} of {len(rules['sources'])} "
            f"sources could be used, {rules['index']['source_min']} are needed "
            f"({self._missing(contract, first)}). The last good index was "
            f"{terms.price(good['price_ticks'])}, of {clock(good['time_ns'])} (VAL-02). Without a "
            "good index the mark is stale: no liquidation is begun by this contract, and only "
            "what reduces a position is taken (LIQ-07). Orders can be cancelled at any time."
        )
        lines = wrapped(text)
        lines += ["   What was done", *self._ladder(contract, rows, first["sequence"], last)]
        lines += self._resumed(contract, first, last)
        title = f"{terms.name}: no good index, from {moment(first['time_ns'])}"
        yield Section(first["sequence"], title, tuple(lines))

    def _missing(self, contract: int, index: Row) -> str:
        """Say which sources could not be used for an index, and why."""
        rows = self._reader.of(Event.INDEX_SOURCE)
        same = (rows["contract"] == contract) & (rows["time_ns"] == index["time_ns"])
        names = self._config["contracts"][contract]["sources"]
        found = []
        for row in rows_of(rows[same & (rows["sequence"] < index["sequence"])]):
            if row["code"] in SOURCE_WORDS:
                word = SOURCE_WORDS[SourceStatus(row["code"])]
                age = (
                    f", {Duration.text(row['amount'])}"
                    if row["code"] == SourceStatus.STALE
                    else ""
                )
                found.append(f"{names[row['order_id']]['name']}: {word}{age}")
        return "; ".join(dict.fromkeys(found))

    def _ladder(self, contract: int, rows: list[Row], first: int, last: int) -> Iterator[str]:
        """Yield each rung of the fallback ladder, and what became of trading meanwhile."""
        terms = self._record.contracts[contract]
        used = [row for row in rows if first <= row["sequence"] <= last]
        steps, code = [], -1
        for row in used:
            if row["code"] == code:
                continue
            code, price = row["code"], terms.price(row["price_ticks"])
            steps.append((row, _RUNGS[IndexStatus(code)].format(price)))
        after = self._first_mark(contract, last)
        end = after["sequence"] if after else _LAST
        for row in self._of(Event.CONTRACT_STATE, contract):
            if first < row["sequence"] < end:
                steps.append(
                    (row, f"trading: {STATE_WORDS[ContractState(row['code'])]} (HALT-01)")
                )
        for row, text in sorted(steps, key=lambda step: step[0]["sequence"]):
            self.told.add(row["sequence"])
            yield f"{row['sequence']:>14,}  {clock(row['time_ns'])}  {text}"

    def _resumed(self, contract: int, first: Row, last: int) -> Iterator[str]:
        """Yield the figures before, and at the first good mark after."""
        before = self._positions.column(contract, first["sequence"])
        after = self._first_mark(contract, last)
        if after is None:
            yield from aligned(before)
            yield from wrapped("There is no good mark yet: wait, cancel orders, or pay in.")
            return
        columns = [before, self._positions.column(contract, after["sequence"] + 1)]
        yield from beside(["before", f"at {clock(after['time_ns'])}"], columns)
        known = self._history.figures(after["sequence"] + 1)
        yield from wrapped(f"So the account stood at the first good mark. {outlook(known)}")

    def _first_mark(self, contract: int, sequence: int) -> Row | None:
        """Return the first mark after an event that is not stale."""
        rows = self._reader.of(Event.MARK)
        is_good = (rows["contract"] == contract) & (rows["sequence"] > sequence)
        found = rows_of(rows[is_good & (rows["flags"] == 0)][:1])
        return found[0] if found else None
