"""What became of an account's money, in a letter: breaks, margin calls, sales; and its assets.

Assets that changed are `letters.assets`. Figures are exact, and each sentence names its rule.
"""

from collections.abc import Container, Iterator
from itertools import groupby, zip_longest
from operator import itemgetter

from hkperp.letters.assets import AssetLetter
from hkperp.letters.figures import LOG_END, History
from hkperp.letters.parts import Section, aligned, called, margins, step, wrapped
from hkperp.quantities import Percent
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import moment, money
from hkperp_engine.codes import Event, HouseWallet, MarginState, Posting

__all__ = ["Section", "VaultLetter"]


class VaultLetter:
    """What a log says about the money of one account. Opening it is O(log)."""

    def __init__(self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int) -> None:
        self._record, self._wallet, self._reader = record, wallet, reader
        self._history = History(reader, record, pack, wallet)
        self._assets = AssetLetter(self._history, record, pack)
        self._sections: list[Section] | None = None
        #: Sequences of postings that a section tells of.
        self.told: set[int] = set()

    def sections(self) -> list[Section]:
        """Return a section for each change of an asset that the account had, and each break."""
        if self._sections is None:
            self._sections = [*self._assets.sections(), *self._breaks()]
        return self._sections

    def closing(self) -> list[str]:
        """Return what the account's assets count at the end, if it has others than cash."""
        return self._assets.closing()

    def notices(self, told: Container[int], begun: int) -> list[tuple[int, int, str]]:
        """Return sequence, time in ns and a sentence of prices, calls, sales, payments, in order.

        `told`: sequences of postings that a decision tells of already. `begun`: the first event of
        a decision or a haircut, which what is paid in may answer.
        """
        calls = list(self._calls())
        found = [*calls, *self._sales(told), *self._assets.prices()]
        firsts = [each.sequence for each in self.sections()] + [each[0] for each in calls]
        return sorted([*found, *self._moved(min([begun, *firsts]))])

    def _breaks(self) -> Iterator[Section]:
        """Yield a section for each break of an asset that the account had or awaited then."""
        for row in self._history.asset_rows:
            asset = row["contract"]
            if row["kind"] != Event.SEG_BREAK or asset not in self._history.assets:
                continue
            known = self._history.figures(row["sequence"])
            if known.held[asset] > 0 or known.awaited[asset] > 0:
                yield self._broken(asset, row)

    def _broken(self, asset: int, row: Row) -> Section:
        """Return the section about a reconciliation that did not agree."""
        name, ledger, missing = self._record.assets[asset], row["order_id"], row["amount"]
        more = "more" if missing > 0 else "less"
        text = (
            f"The ledger has {money(ledger)} {name} in all, the custodian confirms "
            f"{money(ledger - missing)}: {money(abs(missing))} {more} than is there. Until both "
            f"agree no {name} can be withdrawn, redeemed or moved to another wallet, whoever it "
            "belongs to (SEG-02). It counts as margin as before, orders are taken as "
            "before, and what was refused can be asked for again then."
        )
        known = self._history.figures(row["sequence"])
        terms = self._history.terms(asset, row["sequence"])
        column = self._assets.column(asset, terms, known)
        # Of the settlement currency price and haircut say nothing.
        column = column if asset else [column[0], *margins(known)]
        lines = [*wrapped(text), *aligned(column)]
        lines += ["   What followed", *self._mended(asset, row)]
        title = f"{name}: ledger and custodian disagree, at {moment(row['time_ns'])}"
        return Section(row["sequence"], title, tuple(lines))

    def _mended(self, asset: int, broken: Row) -> Iterator[str]:
        """Yield how a break was closed, as far as it concerns the account."""
        name = self._record.assets[asset]
        ends = [row for row in self._history.asset_rows if row["sequence"] > broken["sequence"]]
        ends = [row for row in ends if (row["contract"], row["kind"]) == (asset, Event.RECONCILED)]
        last = ends[0]["sequence"] if ends else LOG_END
        reversals = rows_of(self._reader.of(Event.POSTING, Posting.DEPOSIT_REVERSED))
        inside = [row for row in reversals if broken["sequence"] < row["sequence"] < last]
        for row in inside:
            amount = f"{money(row['amount'])} {name}"
            if row["contract"] == asset and row["wallet"] == self._wallet:
                self.told.add(row["sequence"])
                left = self._history.figures(row["sequence"] + 1).held[asset]
                text = f"{amount} of this account taken back: no money had come for it (SEG-02);"
                text += f" {money(left)} left"
                yield from step(row, text)
            elif row["contract"] == asset and row["wallet"] == HouseWallet.ERROR:
                text = f"{amount} paid by the operator's error account, not by a client (NOCR-01)"
                yield from step(row, text)
        if not ends:
            yield f"{'':16}they do not agree yet"
            return
        total = f"{money(ends[0]['amount'])} {name}"
        text = f"{moment(ends[0]['time_ns'])}: both have {total}; it can leave again (SEG-02)"
        yield from step(ends[0], text)

    def _calls(self) -> Iterator[tuple[int, int, str]]:
        """Yield margin calls and their ends."""
        states = self._reader.of(Event.MARGIN_STATE)
        rows = rows_of(states[states["wallet"] == self._wallet])
        for row, after in zip_longest(rows, rows[1:]):
            if row["code"] != MarginState.CALL:
                continue
            yield row["sequence"], row["time_ns"], called(self._history.figures(row["sequence"]))
            if after and after["code"] == MarginState.HEALTHY:
                text = f"margin call over: equity {money(after['amount'])} (LIQ-06)"
                yield after["sequence"], after["time_ns"], text

    def _moved(self, first: int) -> Iterator[tuple[int, int, str]]:
        """Yield what was paid in after an event, in answer to it or not; and all that was taken
        out.
        """
        paid_in = self._reader.of(Event.POSTING, Posting.DEPOSIT)
        is_later = (paid_in["counter_wallet"] == self._wallet) & (paid_in["sequence"] >= first)
        out = self._reader.of(Event.POSTING, Posting.WITHDRAWAL)
        # What was awaited has lines of its own.
        for rows, words in (
            (paid_in[is_later], "paid in (MRG-07)"),
            (out[out["wallet"] == self._wallet], "taken out (NOCR-02)"),
        ):
            for row in rows_of(rows):
                amount = f"{money(row['amount'])} {self._record.assets[row['contract']]}"
                yield row["sequence"], row["time_ns"], f"{amount} {words}"

    def _sales(self, told: Container[int]) -> Iterator[tuple[int, int, str]]:
        """Yield what was sold because cash was short, but for what a decision tells of."""
        sold = self._reader.of(Event.POSTING, Posting.CONVERSION_ASSET)
        paid = {
            row["sequence"]: row
            for row in rows_of(self._reader.of(Event.POSTING, Posting.CONVERSION_CASH))
        }
        own = [
            row
            for row in rows_of(sold[sold["wallet"] == self._wallet])
            if row["sequence"] not in told and row["sequence"] + 1 in paid
        ]
        for (time_ns, asset), group in groupby(own, itemgetter("time_ns", "contract")):
            rows = list(group)
            first = rows[0]["sequence"]
            units = sum(row["amount"] for row in rows)
            cash = sum(paid[row["sequence"] + 1]["amount"] for row in rows)
            terms = self._history.terms(asset, first)
            name, currency = self._record.assets[asset], self._record.currency
            sales = f" in {len(rows):,} sales" if len(rows) > 1 else ""
            yield (
                first,
                time_ns,
                f"{money(units)} {name} sold for {money(cash)} {currency}{sales}, "
                f"because cash was short; of haircut {Percent.text(terms.haircut_ppb)}, the "
                "lowest first (MRG-04)",
            )
