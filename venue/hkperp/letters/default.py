"""When it went wrong, in a letter: warnings, declarations, backstops, tear-up, wind-down, issuers.

docs/default.md says what each is. Takeovers and haircuts have sections of their own (`letter`,
`letters.haircut`). Figures are exact, and each sentence names its rule.
"""

from collections.abc import Iterator

import numpy as np

from hkperp.letters.figures import History
from hkperp.letters.parts import Section, aligned, margins, step, wrapped
from hkperp.letters.positions import Positions, side
from hkperp.quantities import Percent
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import NOTICE_WORDS, moment, money
from hkperp_engine.codes import Event, HouseWallet, Layer, Posting

__all__ = ["default_parts"]

_LINED = (Event.MARGIN_NOTICE, Event.DEFAULT_DECLARED, Event.BACKSTOP_SET, Event.BACKSTOP)


def default_parts(
    reader: Reader, record: RunRecord, pack: PackRecord, wallet: int
) -> tuple[list[Section], list[tuple[int, int, str]], set[int]]:
    """Return the sections, and the lines as sequence, time in ns and sentence, of what went wrong
    for an account; and which events the sections tell of. O(log).
    """
    found = _DefaultLetter(reader, record, pack, wallet)
    sections = [*found.torn(), *found.wound_down(), *found.issuers()]
    return sections, list(found.lines()), found.told


class _DefaultLetter:
    """What a log says about the defaults of others, as far as they met one account."""

    def __init__(self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int) -> None:
        self._reader, self._record, self._wallet = reader, record, wallet
        self._history = History(reader, record, pack, wallet)
        self._positions = Positions(record, wallet, self._history)
        named = reader.named(wallet)
        kinds = (*_LINED, Event.TEAR_UP, Event.FINAL_SETTLEMENT)
        self._named = rows_of(named[np.isin(named["kind"], kinds)])
        gave = named[(named["kind"] == Event.DELEVERAGE) & (named["wallet"] == wallet)]
        repaid = reader.of(Event.POSTING, Posting.CLAIM_REPAYMENT)
        is_own = (repaid["counter_wallet"] == wallet) & np.isin(
            repaid["order_id"], gave["order_id"][gave["amount"] > 0]
        )
        #: What came back of gains given up in a deleveraging; a haircut's section tells its own.
        self._repaid = rows_of(repaid[is_own])
        #: Numbers of events that a section tells of, besides its own.
        self.told: set[int] = set()

    def lines(self) -> Iterator[tuple[int, int, str]]:
        """Yield sequence, time in ns and a sentence of what has no section."""
        for row in self._named:
            if text := self._line(row):
                yield row["sequence"], row["time_ns"], text
        for row in self._repaid:
            text = f"{money(row['amount'])} paid back of what was given up for loss"
            yield row["sequence"], row["time_ns"], f"{text} {row['order_id']} (LOSS-05)"

    def _line(self, row: Row) -> str:
        kind, amount = row["kind"], row["amount"]
        if kind == Event.MARGIN_NOTICE:
            return (
                f"margin notice: the maintenance margin is {NOTICE_WORDS[row['code']]} of the "
                f"equity of {money(amount)}, or more; pay in, or make the position smaller. It is "
                "no period of credit: the position may be closed without another (LIQ-06)"
            )
        if kind == Event.DEFAULT_DECLARED:
            text = "the operator declared this account in default: its positions are taken over in"
            return f"{text} the next margin test, whatever its equity (DEF-01)"
        if kind == Event.BACKSTOP_SET:
            name = self._record.contracts[row["contract"]].name
            if not amount:
                return f"no longer a backstop of {name} (LIQ-04)"
            share = Percent.text(amount)
            return f"backstop of {name}: takes {share} of every position taken over (LIQ-04)"
        if kind == Event.BACKSTOP and row["counter_wallet"] == self._wallet:
            terms = self._record.contracts[row["contract"]]
            way = "long" if row["lots"] > 0 else "short"
            what = f"{way} {terms.size(abs(row['lots']))} {terms.name}"
            return f"{what} of a defaulter taken as a backstop at {self._price(row)} (LIQ-04)"
        return ""

    def _price(self, row: Row) -> str:
        return self._record.contracts[row["contract"]].price(row["price_ticks"])

    def torn(self) -> Iterator[Section]:
        """Yield a section for each position that was torn up (layer 6)."""
        for row in self._named:
            if row["kind"] == Event.TEAR_UP and row["wallet"] == self._wallet:
                yield self._torn(row)

    def _torn(self, row: Row) -> Section:
        terms = self._record.contracts[row["contract"]]
        before = self._positions.of(row["contract"], row["sequence"])
        after = self._positions.of(row["contract"], row["sequence"] + 1)
        text = (
            "A loss was left after the layers before, and the platform held positions that it "
            "had taken over. They were closed at the mark price against those on the other "
            "side, in proportion to their size, without a fee. No money moved by it; a gain that "
            "is not settled yet may bear a part of the loss (LOSS-02, LOSS-04). What was paid in "
            "was not touched (LOSS-03)."
        )
        column = [("position before", "-" if before is None else side(before, terms))]
        column.append(("closed at the mark of", self._price(row)))
        column.append(("size closed", terms.size(abs(row["lots"]))))
        column.append(("position after", "none" if after is None else side(after, terms)))
        title = f"{terms.name}: position torn up, at {moment(row['time_ns'])}"
        return Section(row["sequence"], title, (*wrapped(text), *aligned(column)))

    def wound_down(self) -> Iterator[Section]:
        """Yield the section about a wind-down, if the account had positions (layer 7)."""
        allocations = rows_of(self._reader.of(Event.ALLOCATION, Layer.WIND_DOWN))
        cycles = self._reader.of(Event.CYCLE)["sequence"].tolist()
        ends = self._reader.of(Event.CYCLE_DONE)["sequence"].tolist()
        for row in allocations:
            begun = max(each for each in cycles if each < row["sequence"])
            closed = [
                each
                for each in self._named
                if each["kind"] == Event.FINAL_SETTLEMENT
                and begun < each["sequence"] < row["sequence"]
            ]
            if closed:
                later = (each for each in ends if each > row["sequence"])
                done = min(later, default=row["sequence"])  # none: the machine halted
                yield self._wound_down(row, closed, done)

    def _wound_down(self, loss: Row, closed: list[Row], done: int) -> Section:
        """Return the section about a wind-down; `done`: the event that its cycle ends with."""
        first = closed[0]["sequence"]
        text = (
            "All layers before could not bear a loss. So every contract was ended: its orders "
            "were cancelled and every position, the house's too, was closed at the mark price "
            f"without a fee. {money(loss['amount'])} of the loss was then taken from what was "
            "left of all gains, in proportion (LOSS-02). What was paid in was not touched "
            "(LOSS-03)."
        )
        lines = wrapped(text)
        lines += [*self._positions.lines(first)]
        lines.append("   What was done")
        for row in closed:
            terms = self._record.contracts[row["contract"]]
            way = "long" if row["lots"] > 0 else "short"
            size = terms.size(abs(row["lots"]))
            lines += step(row, f"{way} {size} {terms.name} closed at {self._price(row)}")
        self.told |= {row["sequence"] for row in closed}
        lines += aligned(margins(self._history.figures(done + 1)))
        lines += wrapped("What is left in the account can be withdrawn.")
        return Section(first, f"Wind-down, at {moment(loss['time_ns'])}", tuple(lines))

    def issuers(self) -> Iterator[Section]:
        """Yield a section for each asset that the account lost because its issuer failed."""
        lost = rows_of(self._reader.of(Event.POSTING, Posting.ISSUER_LOSS))
        paid = rows_of(self._reader.of(Event.POSTING, Posting.ISSUER_RECOVERY))
        recovered = {row["sequence"]: row["amount"] for row in paid}
        for asset in dict.fromkeys(row["contract"] for row in lost if self._is_own(row)):
            rows = [row for row in lost if row["contract"] == asset and self._is_own(row)]
            yield self._issuer(asset, rows, recovered)

    def _is_own(self, row: Row) -> bool:
        """Tell whether units of the account went, or units that it awaited."""
        if row["wallet"] == HouseWallet.UNCLEARED:
            return row["order_id"] == self._wallet
        return row["wallet"] == self._wallet

    def _issuer(self, asset: int, rows: list[Row], recovered: dict[int, int]) -> Section:
        """Return the section about an issuer's default; each recovery follows its loss."""
        name, currency = self._record.assets[asset], self._record.currency
        changes = [
            row["sequence"]
            for row in self._history.asset_rows
            if (row["contract"], row["time_ns"]) == (asset, rows[0]["time_ns"])
            and row["sequence"] < rows[0]["sequence"]
        ]
        units = sum(row["amount"] for row in rows)
        back = sum(recovered.get(row["sequence"] + 1, 0) for row in rows)
        text = (
            f"The issuer of {name} has defaulted. Each holder bears its own loss: its units are "
            f"gone, and what is recovered of their par is paid in {currency}. Nothing of it is "
            "shared with other clients or paid by a layer of the waterfall (DEF-02)."
        )
        lines = wrapped(text)
        before = self._history.figures(min(changes, default=rows[0]["sequence"]))
        column = [
            (f"{name} gone", money(units)),
            (f"{currency} recovered", money(back)),
            ("equity before", money(before.equity)),
            *margins(self._history.figures(rows[-1]["sequence"] + 2)),
        ]
        lines += aligned(column)
        lines += wrapped("An account below its margin by it is liquidated at the next mark step.")
        self.told |= {row["sequence"] for row in rows} | set(changes)
        title = f"{name}: the issuer has defaulted, at {moment(rows[0]['time_ns'])}"
        return Section(rows[0]["sequence"], title, tuple(lines))
