"""What became of a product and of its margin rates, in a letter.

A section says why a contract is reduce-only and what follows, at which final price a position was
closed and how that price came about, and which margin rates changed (PROD-05, MRG-08).
"""

from collections.abc import Iterator

from hkperp.letters.figures import History
from hkperp.letters.parts import Section, aligned, margins, outlook, wrapped
from hkperp.letters.positions import Positions, beside, entry_price, side
from hkperp.quantities import Percent
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import REFERENCE_WORDS, clock, moment, money, plural
from hkperp_engine.codes import Event, Posting, ProductState, ReferenceStatus

__all__ = ["ProductLetter"]


class ProductLetter:
    """What a log says about approval and margin rates of the contracts that one account holds."""

    def __init__(
        self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int, history: History
    ) -> None:
        self._reader, self._record, self._config = reader, record, pack.config
        self._wallet, self._history = wallet, history
        self._positions = Positions(record, wallet, history)
        #: Numbers of events that a section tells of, besides its own.
        self.told: set[int] = set()

    def _of(self, kind: Event, contract: int) -> list[Row]:
        rows = self._reader.of(kind)
        return rows_of(rows[rows["contract"] == contract])

    def steps(self, contract: int) -> Iterator[Section]:
        """Yield a section for each step towards a contract's end that met a position."""
        for row in self._of(Event.PRODUCT_STATE, contract):
            held = self._positions.of(contract, row["sequence"])
            if held is None:
                continue
            if row["code"] == ProductState.REDUCE_ONLY:
                yield self._closing(contract, row)
            elif row["code"] == ProductState.DELISTED:
                price = self._final_price(contract, row)
                if price is not None:  # a wind-down closes at the mark: `letters.default`
                    yield self._ended(contract, row, price)

    def _closing(self, contract: int, row: Row) -> Section:
        """Return the section about a product that is reduce-only."""
        terms = self._record.contracts[contract]
        found = [
            each
            for each in self._of(Event.REFERENCE_STATUS, contract)
            if each["sequence"] < row["sequence"]
        ]
        text = ""
        if found and found[-1]["code"] != ReferenceStatus.ELIGIBLE:
            word = REFERENCE_WORDS[ReferenceStatus(found[-1]["code"])]
            text = f"Its reference was found at {clock(found[-1]['time_ns'])}: {word} (REF-04). "
        text += (
            "From now on only orders that reduce a position are taken; those that rest stay as "
            "they are. If the contract is ended, what is still open is closed at the mean of the "
            "last 60 index samples, without a fee (PROD-05)."
        )
        lines = [*wrapped(text), *aligned(self._positions.column(contract, row["sequence"]))]
        lines += wrapped("Reduce the position in the book, or keep it until then.")
        title = f"{terms.name}: reduce-only, at {moment(row['time_ns'])}"
        return Section(row["sequence"], title, tuple(lines))

    def _final_price(self, contract: int, row: Row) -> Row | None:
        """Return the final price that a delisting led to, at once (GAT-021)."""
        for each in self._of(Event.FINAL_PRICE, contract):
            if each["sequence"] > row["sequence"] and each["time_ns"] == row["time_ns"]:
                return each
        return None

    def _ended(self, contract: int, row: Row, price: Row) -> Section:
        """Return the section about a final settlement."""
        terms = self._record.contracts[contract]
        held = self._positions.of(contract, price["sequence"] + 1)
        cycles = rows_of(self._reader.of(Event.CYCLE_DONE))
        done = next(each for each in cycles if each["sequence"] > price["sequence"])
        final = terms.price(price["price_ticks"])
        source = f"the mean of the last {plural(price['lots'], 'index sample')}, one each 5 s"
        if not price["lots"]:
            source = "the last good mark, since there were fewer than 12 index samples"
        text = (
            f"The contract is delisted. Its final price is {final}: {source}. Every position was "
            "closed at it, without a fee, and paid in the settlement cycle that followed; open "
            "orders were cancelled (PROD-05, REF-04)."
        )
        column = []
        if held is not None:
            column = [("position", side(held, terms))]
            column.append(("entered at, on average", entry_price(held, terms)))
            column.append(("final price", final))
            column.append(("result since entry", money(held.unrealised_quote)))
        span = (price["sequence"], done["sequence"])
        kinds = (Event.CONTRACT_STATE, Event.FINAL_SETTLEMENT)
        rows = [each for kind in kinds for each in self._of(kind, contract)]
        ends = range(row["sequence"], done["sequence"])
        self.told |= {each["sequence"] for each in rows if each["sequence"] in ends}
        column.append(("settled in this cycle", money(self._settled(*span))))
        before = self._history.figures(row["sequence"])
        after = self._history.figures(done["sequence"] + 1)
        column.append(("equity before", money(before.equity)))
        column.append(("equity after", money(after.equity)))
        lines = [*wrapped(text), *aligned(column)]
        lines += wrapped("What no other position needs can be withdrawn.")
        title = f"{terms.name}: final settlement, at {moment(row['time_ns'])}"
        return Section(row["sequence"], title, tuple(lines))

    def _settled(self, first: int, last: int) -> int:
        """Return what cycles paid to the account between two events, below 0 what it paid."""
        total = 0
        for row in self._history.own_rows():
            if first < row["sequence"] < last and row["kind"] == Event.POSTING:
                if row["code"] == Posting.VARIATION_PAID and row["wallet"] == self._wallet:
                    total -= row["amount"]
                is_own = row["counter_wallet"] == self._wallet
                if row["code"] == Posting.VARIATION_RECEIVED and is_own:
                    total += row["amount"]
        return total

    def addons(self, contract: int) -> Iterator[Section]:
        """Yield a section for each change of the margin rates of a position."""
        for row in self._of(Event.MARGIN_ADDON, contract):
            if self._positions.of(contract, row["sequence"]) is not None:
                yield self._addon(contract, row)

    def _addon(self, contract: int, row: Row) -> Section:
        terms = self._record.contracts[contract]
        tier = self._config["contracts"][contract]["tiers"][0]
        rows = self._of(Event.MARGIN_ADDON, contract)
        before = [each for each in rows if each["sequence"] < row["sequence"]]
        old = (before[-1]["amount"], before[-1]["price_ticks"]) if before else (0, 0)
        columns = []
        for addon, sequence in ((old, row["sequence"]), (_rates(row), row["sequence"] + 1)):
            column = [("initial rate, lowest tier", Percent.text(tier["im_ppb"] + addon[0]))]
            column.append(
                ("maintenance rate, lowest tier", Percent.text(tier["mm_ppb"] + addon[1]))
            )
            columns.append(column + margins(self._history.figures(sequence)))
        known = self._history.figures(row["sequence"] + 1)
        text = (
            f"The margin rates of {terms.name} are the published ones plus "
            f"{Percent.text(row['amount'])} initial and {Percent.text(row['price_ticks'])} "
            "maintenance, by decision of two persons (MRG-08, GOV-01). Positions and orders are "
            "tested at the next mark step."
        )
        lines = [*wrapped(text), *self._positions.lines(row["sequence"])]
        lines += [*beside(["before", "after"], columns), *wrapped(outlook(known))]
        title = f"{terms.name}: other margin rates, at {moment(row['time_ns'])}"
        return Section(row["sequence"], title, tuple(lines))


def _rates(row: Row) -> tuple[int, int]:
    return row["amount"], row["price_ticks"]
