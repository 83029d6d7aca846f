"""What became of an account's margin assets, in a letter: price, haircut, licence, peg, sale.

A section says what happened to an asset, with what it counted before and after, the account's
equity beside its margin, what follows and what can be done; a price that came by itself is a line.
Every figure is exact, and each sentence names its rule.
"""

from collections.abc import Iterator
from itertools import groupby

from hkperp.letters.figures import LOG_END, AssetTerms, Figures, History
from hkperp.letters.parts import (
    Section,
    aligned,
    capital,
    margins,
    needed,
    outlook,
    unit_price,
    wrapped,
)
from hkperp.quantities import Duration, Percent
from hkperp.reports.decisions import Row
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import moment, money
from hkperp_engine.codes import AssetFlag, AssetKind, Event

__all__ = ["AssetLetter"]

#: By the rule of its kind an asset is valued, and counts for nothing when it cannot be sold.
_VALUE_RULES = {
    AssetKind.INELIGIBLE: "MRG-01",
    AssetKind.FIAT: "MRG-02",
    AssetKind.STABLECOIN: "MRG-04",
    AssetKind.TOKENISED_DEPOSIT: "MRG-05",
}
_LICENCE_RULES = {**_VALUE_RULES, AssetKind.STABLECOIN: "MRG-03"}
_STOPPED = {
    AssetKind.STABLECOIN: "the issuer redeems no more",
    AssetKind.TOKENISED_DEPOSIT: "the bank has frozen its tokens",
}
_RESUMED = {
    AssetKind.STABLECOIN: "the issuer redeems again",
    AssetKind.TOKENISED_DEPOSIT: "the bank has released its tokens",
}


class AssetLetter:
    """What a log says about the margin assets of one account."""

    def __init__(self, history: History, record: RunRecord, pack: PackRecord) -> None:
        self._history, self._record, self._config = history, record, pack.config

    def sections(self) -> list[Section]:
        """Return a section for each change of an asset that the account had, in order."""
        found: list[Section] = []
        rows = self._history.asset_rows
        for (_, asset), group in groupby(rows, lambda row: (row["time_ns"], row["contract"])):
            if asset in self._history.assets:
                found += self._changed(asset, list(group))
        return found

    def closing(self) -> list[str]:
        """Return what the account's assets count at the end, if it has others than cash."""
        if self._history.assets <= {0}:
            return []
        known = self._history.figures(LOG_END)
        if not any((*known.held[1:], *known.awaited)):
            return []
        rows = [("asset", "in the account", "awaited", "price", "haircut", "counts")]
        for asset, (held, awaited) in enumerate(zip(known.held, known.awaited)):
            terms = self._terms(asset, LOG_END)
            if held or awaited or asset == 0:
                counts = terms.value(held) if asset else held
                texts = money(held), money(awaited), unit_price(terms.price_ppb)
                cut = Percent.text(terms.haircut_ppb)
                rows.append((self._name(asset), *texts, cut, money(counts)))
        widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
        lines = ["What its assets count at the end"]
        for first, *others in rows:
            cells = [f"{text:>{width}}" for text, width in zip(others, widths[1:])]
            lines.append("     " + "  ".join([f"{first:{widths[0]}}", *cells]))
        return lines + aligned(margins(known))

    def prices(self) -> Iterator[tuple[int, int, str]]:
        """Yield prices that came by themselves and changed what the account's units count."""
        rows = self._history.asset_rows
        for _, group in groupby(rows, lambda row: (row["time_ns"], row["contract"])):
            same = list(group)
            row, asset = same[-1], same[-1]["contract"]
            is_alone = all(each["kind"] == Event.ASSET_PRICE for each in same)
            if not is_alone or asset not in self._history.assets:
                continue
            old, new = (self._terms(asset, row["sequence"] + after) for after in (0, 1))
            held = self._history.figures(row["sequence"]).held[asset]
            counts, before = new.value(held), old.value(held)
            if counts == before:
                continue
            text = f"{self._name(asset)} at {unit_price(new.price_ppb)}, before "
            text += f"{unit_price(old.price_ppb)}: {money(held)} count {money(counts)}, before "
            text += f"{money(before)} ({_VALUE_RULES[self._kind(asset)]})"
            yield row["sequence"], row["time_ns"], text

    def _changed(self, asset: int, rows: list[Row]) -> Iterator[Section]:
        """Yield the section about the changes of an asset at one time, if it is the account's."""
        before = self._history.figures(rows[0]["sequence"])
        has_any = before.held[asset] > 0 or before.awaited[asset] > 0
        if not has_any:
            return
        last = rows[-1]["sequence"] + 1
        old, new = self._terms(asset, rows[0]["sequence"]), self._terms(asset, last)
        if {row["kind"] for row in rows} <= {Event.ASSET_PRICE, Event.SEG_BREAK, Event.RECONCILED}:
            return
        said = list(self.said(asset, old, new, rows[-1]))
        if not said:
            return
        after = self._history.figures(last)
        lines = wrapped(" ".join(text for _, text in said))
        lines += self._table(asset, (old, before), (new, after))
        lines += wrapped(self._advice(asset, old, new, after))
        title = f"{self._name(asset)}: {said[0][0]}, at {moment(rows[0]['time_ns'])}"
        yield Section(rows[0]["sequence"], title, tuple(lines))

    def _terms(self, asset: int, sequence: int) -> AssetTerms:
        return self._history.terms(asset, sequence)

    def _name(self, asset: int) -> str:
        return self._record.assets[asset]

    def _kind(self, asset: int) -> AssetKind:
        return AssetKind(self._config["assets"][asset]["kind"])

    def said(
        self, asset: int, old: AssetTerms, new: AssetTerms, row: Row
    ) -> Iterator[tuple[str, str]]:
        """Yield a few words and a sentence for each thing that changed."""
        name, kind = self._name(asset), self._kind(asset)
        gone, come = old.flags & ~new.flags, new.flags & ~old.flags
        if gone & AssetFlag.CONVERTIBLE:
            what = _STOPPED.get(kind, "it cannot be sold")
            text = f"{capital(what)}, and what cannot be turned into {self._record.currency}"
            yield what, f"{text} counts for nothing as margin, at once ({_VALUE_RULES[kind]})."
        if come & AssetFlag.CONVERTIBLE:
            what = _RESUMED.get(kind, "it can be sold again")
            par = ", and can be given back at par" if new.par_ppb else ""
            yield what, f"{capital(what)}: {name} counts again{par} ({_VALUE_RULES[kind]})."
        if row["kind"] == Event.ASSET_STATE and come & AssetFlag.BROKEN:
            text = f"{name} is frozen by the operator: nothing of it leaves the account"
            yield "frozen", f"{text} until that ends (SEG-02)."
        if row["kind"] == Event.ASSET_STATE and gone & AssetFlag.BROKEN:
            yield "released", f"{name} is frozen no more: it can leave the account (SEG-02)."
        if gone & AssetFlag.LICENSED:
            yield "licence revoked", self._revoked(asset, new, row["time_ns"])
        if come & AssetFlag.LICENSED:
            text = f"{name} is licensed again and may be paid in; its haircut is as it was left"
            yield "licensed again", f"{text} ({_LICENCE_RULES[kind]})."
        if come & AssetFlag.DEPEGGED:
            yield "its peg is lost", self._depegged(asset, new)
        if gone & AssetFlag.DEPEGGED:
            yield "its peg is back", f"{name} has its peg again and may be paid in (MRG-04)."
        if old.haircut_ppb != new.haircut_ppb:
            yield self._cut(asset, old, new)
        if old.price_ppb != new.price_ppb:
            yield (
                "another price",
                f"Its price went from {unit_price(old.price_ppb)} to {unit_price(new.price_ppb)} "
                f"{self._record.currency} a unit ({_VALUE_RULES[kind]}).",
            )

    def _revoked(self, asset: int, new: AssetTerms, time_ns: int) -> str:
        """Say that a licence went, and until when the asset counts."""
        name, rule = self._name(asset), _LICENCE_RULES[self._kind(asset)]
        text = f"Who owes {name} has lost its licence: no more of it may be paid in ({rule})."
        grace_ns = self._config["assets"][asset]["grace_ns"]
        if new.haircut_ppb == 10**9 or time_ns + grace_ns >= 2**61:
            return text
        end = moment(time_ns + grace_ns)
        return (
            f"{text} What is in the account counts as before until {end}; then its haircut is "
            f"100% and it counts for nothing as margin ({rule})."
        )

    def _depegged(self, asset: int, new: AssetTerms) -> str:
        rules, name = self._config["assets"][asset], self._name(asset)
        text = f"{name} has lost its peg"
        if rules["depeg_ppb"] > new.price_ppb:
            lasted = Duration.text(rules["depeg_ns"])
            text += f": its price was below {unit_price(rules['depeg_ppb'])} for {lasted}"
        text += ". No more of it may be paid in; what is there counts at its price, as long as it"
        return f"{text} can be sold or given back (MRG-04)."

    def _cut(self, asset: int, old: AssetTerms, new: AssetTerms) -> tuple[str, str]:
        name = self._name(asset)
        if new.haircut_ppb == 10**9 and not new.flags & AssetFlag.LICENSED:
            rule = _LICENCE_RULES[self._kind(asset)]
            text = f"The grace after the loss of the licence is over: {name} counts for nothing as"
            return "its grace is over", f"{text} margin; it is still the account's ({rule})."
        cuts = f"from {Percent.text(old.haircut_ppb)} to {Percent.text(new.haircut_ppb)}"
        rule = _VALUE_RULES[self._kind(asset)]
        return "another haircut", f"The haircut of {name} went {cuts} ({rule})."

    def _table(
        self, asset: int, before: tuple[AssetTerms, Figures], after: tuple[AssetTerms, Figures]
    ) -> Iterator[str]:
        """Yield the figures before and after, side by side."""
        columns = [self.column(asset, *each) for each in (before, after)]
        width = max(len(text) for column in columns for _, text in column)
        yield f"     {'':34} {'before':>{width}}  {'after':>{width}}"
        for (label, old), (_, new) in zip(*columns):
            yield f"     {label:34} {old:>{width}}  {new:>{width}}"

    def column(self, asset: int, terms: AssetTerms, known: Figures) -> list[tuple[str, str]]:
        """Return the figures of an asset and the account, each with its name."""
        name, held = self._name(asset), known.held[asset]
        column = [(f"{name} in the account", money(held))]
        if known.awaited[asset]:
            column.append((f"{name} awaited, not counted", money(known.awaited[asset])))
        column += [
            ("price of a unit", unit_price(terms.price_ppb)),
            ("haircut", Percent.text(terms.haircut_ppb)),
            ("counts as margin", money(terms.value(held))),
        ]
        return column + margins(known)

    def _advice(self, asset: int, old: AssetTerms, new: AssetTerms, known: Figures) -> str:
        """Say what follows for the account, and what can be done."""
        name, held = self._name(asset), known.held[asset]
        if old.flags & ~new.flags & AssetFlag.LICENSED and new.haircut_ppb < 10**9:
            left = known._replace(equity=known.equity - new.value(held))
            if left.is_flat:
                return f"With no position nothing is asked of it; {name} can be taken out."
            missing = needed(left) - left.equity
            if missing <= 0:
                return "Without it the equity is still above the margin: nothing has to be done."
            return (
                f"Without it the equity is {money(left.equity)}. Pay in {money(missing)} of "
                "another asset before that, or make the position smaller (LIQ-06)."
            )
        return outlook(known)
