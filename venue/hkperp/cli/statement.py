"""`hkperp statement`: the statement of an account, from a run that was kept.

Reads `run.json` and the event logs, checks every byte of them, folds what names the account and
writes tables of 100 columns. No compiler is started. A statement that does not add up is not
written: that would be a bug of ours.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hkperp.quantities import Time
from hkperp.reports.decisions import Reader, rows_of
from hkperp.reports.run_folder import LOG_NAME, PackRecord, RunRecord, read_record
from hkperp.reports.statement import COMMON_KINDS, OWN_KINDS, fold
from hkperp.reports.statement_types import ContractSheet, Movement, Sheet, Statement, posting_name
from hkperp.reports.wording import Terms, moment, plural
from hkperp_engine.codes import Event, HouseWallet, Posting
from hkperp_engine.errors import InputError, InvariantBroken

__all__ = ["ALL", "Period", "run_statement", "statement_text", "wallet_statement"]

_WIDTH = 100
#: Movements of one asset that are listed unless all are asked for.
_LISTED_MAX = 100
_UNCLEARED = (
    Posting.DEPOSIT_UNCLEARED,
    Posting.DEPOSIT_CLEARED,
    Posting.DEPOSIT_RETURNED,
    Posting.ISSUER_LOSS,
)


class Period(NamedTuple):
    """From when (included) to when (not included), ns; None: from the beginning, to the end."""

    begin_ns: int | None = None
    end_ns: int | None = None


#: The whole of a run.
ALL = Period()


def run_statement(chosen: argparse.Namespace) -> int:
    """Print the statement that a command line asks for."""
    period = Period(_time(chosen.begin, "--from"), _time(chosen.end, "--to"))
    text = statement_text(chosen.run, chosen.account, chosen.pack, period, is_whole=chosen.all)
    sys.stdout.write(text)
    return 0


def statement_text(
    folder: Path,
    account: str,
    packs: Sequence[str] = (),
    period: Period = ALL,
    *,
    is_whole: bool = False,
) -> str:
    """Return the statements of an account, one for each pack named (all by default).

    `is_whole`: list every movement, however many there are. InputError for an account or a pack
    that is not in the run, or a period that ends before it begins.
    """
    record = read_record(folder)
    wallet = record.wallet_of(account)
    if wallet is None:
        known = [*record.participants[:8]]
        known += [f"{name}/0 to {name}/{count - 1}" for name, count in record.populations]
        hint = "accounts are " + ", ".join(known)
        raise InputError(f"no account {account!r}", source=folder, hint=hint)
    begin_ns, end_ns = period
    if begin_ns is not None and end_ns is not None and end_ns <= begin_ns:
        raise InputError("is not after --from", path="--to", hint="give a later time")
    names = [pack.name for pack in record.packs]
    for name in packs:
        if name not in names:
            raise InputError(f"no pack {name!r}", path="--pack", hint=f"one of {', '.join(names)}")
    parts = []
    for pack in record.packs:
        if not packs or pack.name in packs:
            reader = Reader(folder / pack.name / LOG_NAME, pack.log_digest)
            statement = wallet_statement(reader, record, wallet, period)
            parts.append(_Page(record, pack, statement, is_whole).text(account, period))
    return "\n".join(parts)


def wallet_statement(
    reader: Reader, record: RunRecord, wallet: int, period: Period = ALL
) -> Statement:
    """Return the statement of a client's wallet; InvariantBroken if it does not add up (INV-02).

    O(events that name the wallet, marks and cycles).
    """
    own = reader.named(wallet)
    parts = [own[np.isin(own["kind"], OWN_KINDS)], *(reader.of(kind) for kind in COMMON_KINDS)]
    for code in _UNCLEARED:
        found = reader.of(Event.POSTING, code)
        is_else = (found["wallet"] != wallet) & (found["counter_wallet"] != wallet)
        parts.append(found[is_else & (found["order_id"] == wallet)])
    events = np.concatenate(parts)
    rows = rows_of(events[np.argsort(events["sequence"], kind="stable")])
    tick_values = [each.tick_value for each in record.contracts]
    statement = fold(rows, wallet, tick_values, len(record.assets), *period)
    breaks = statement.breaks()
    if breaks:
        raise InvariantBroken(f"the statement of wallet {wallet}: {breaks[0]}", rule="INV-02")
    return statement


def _time(written: str | None, path: str) -> int | None:
    """Return the moment that an option names."""
    if written is None:
        return None
    try:
        return int(Time.parse(written))
    except ValueError as error:
        raise InputError(str(error), path=path, hint="2026-02-11T04:00Z") from None


class _Page:
    """One statement on paper."""

    def __init__(
        self, record: RunRecord, pack: PackRecord, statement: Statement, is_whole: bool
    ) -> None:
        self._record, self._pack, self._statement = record, pack, statement
        self._is_whole = is_whole

    def text(self, account: str, period: Period) -> str:
        """Return it as plain text of 100 columns."""
        file = io.StringIO()
        console = Console(file=file, width=_WIDTH, color_system=None, force_terminal=False)
        for line in self._head(account, period):
            console.print(Text(line))
        for asset, name in enumerate(self._record.assets):
            self._asset(console, asset, name)
        self._positions(console)
        self._results(console)
        self._claims(console)
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"

    def _head(self, account: str, period: Period) -> Iterator[str]:
        record, pack = self._record, self._pack
        yield f"Statement of account {account} (wallet {self._statement.wallet})"
        yield f"Run {record.name} under {pack.name}: {pack.label}."
        begin = "the beginning" if period.begin_ns is None else moment(period.begin_ns)
        end = "the end" if period.end_ns is None else moment(period.end_ns)
        yield f"From {begin} to {end} of the run, times in UTC, prices in {record.currency}."

    def _asset(self, console: Console, asset: int, name: str) -> None:
        """Write an asset: its balances, its movements by type, and one by one."""
        statement = self._statement
        opening, closing = statement.opening.balances[asset], statement.closing.balances[asset]
        movements = statement.of(asset)
        awaited = statement.closing.awaited[asset]
        if asset and not (movements or opening or awaited):
            return
        console.print(Text(f"\n{name}", style="bold"))
        table = _table("", "number", "received", "paid", "balance")
        table.add_row("opening balance", "", "", "", _amount(opening))
        for each in statement.totals(asset):
            received = _amount(each.received) if each.received else ""
            paid = _amount(each.paid) if each.paid else ""
            table.add_row(posting_name(each.code), f"{each.count:,}", received, paid, "")
        table.add_row("closing balance", f"{len(movements):,}", "", "", _amount(closing))
        if awaited:
            table.add_row("not cleared yet, in no balance", "", "", "", _amount(awaited))
        console.print(table)
        if len(movements) > _LISTED_MAX and not self._is_whole:
            console.print(Text(f"{plural(len(movements), 'movement')}: --all lists them"))
        elif movements:
            self._movements(console, movements)

    def _movements(self, console: Console, movements: Sequence[Movement]) -> None:
        table = _table("event", "time", "movement", "with", "amount", "balance", left=(1, 2, 3))
        for each in movements:
            table.add_row(
                f"{each.sequence:,}",
                moment(each.time_ns).removesuffix(" UTC"),
                posting_name(each.code),
                self._name(each.other_wallet),
                _amount(each.amount),
                _amount(each.balance),
            )
        console.print(table)

    def _positions(self, console: Console) -> None:
        """Write each contract in which there was a position or a result."""
        statement = self._statement
        opening, closing = statement.opening.contracts, statement.closing.contracts
        for terms, before, after in zip(self._record.contracts, opening, closing):
            if (before.lots, after.bought_lots) == (0, 0) and after.sold_lots == 0:
                continue
            console.print(Text(f"\n{terms.name}, in {self._record.currency}", style="bold"))
            table = _table("", "opening", "in the period", "closing")
            for row in _position_rows(terms, before, after):
                table.add_row(*row)
            console.print(table)

    def _results(self, console: Console) -> None:
        """Write what positions brought, and where it went; the two sums are equal."""
        before, after = self._statement.opening, self._statement.closing
        if not after.result_quote and not after.accounted_quote and not after.waived_quote:
            return
        console.print(Text("\nResults of positions, and where they went", style="bold"))
        table = _table("", "opening", "in the period", "closing")
        for label, old, new in _result_rows(before, after):
            if old or new:
                table.add_row(label, _amount(old), _amount(new - old), _amount(new))
        console.print(table)

    def _claims(self, console: Console) -> None:
        """Write what was given up in losses of others and may come back (INV-13)."""
        claims = self._statement.closing.claims
        if not claims:
            return
        console.print(Text("\nGiven up in losses of others, since the beginning", style="bold"))
        table = _table("loss", "given up", "paid back", "open")
        for each in claims:
            figures = (each.given_up_quote, each.repaid_quote, each.open_quote)
            table.add_row(f"{each.loss_id:,}", *map(_amount, figures))
        console.print(table)

    def _name(self, wallet: int) -> str:
        """Return the other side of a movement: a house wallet in words, or an account."""
        name = self._record.name_of(wallet)
        return name.lower().replace("_", " ") if wallet < HouseWallet.CLIENTS else name


def _position_rows(
    terms: Terms, before: ContractSheet, after: ContractSheet
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the lines of a contract: at the beginning, in the period, at the end."""

    def sums(label: str, old: int, new: int) -> tuple[str, str, str, str]:
        return label, _amount(old), _amount(new - old), _amount(new)

    yield "bought", "", terms.size(after.bought_lots - before.bought_lots), ""
    yield "sold", "", terms.size(after.sold_lots - before.sold_lots), ""
    change = terms.size(after.lots - before.lots)
    yield "position, short below 0", terms.size(before.lots), change, terms.size(after.lots)
    yield "entered at, on average", _entry(terms, before), "", _entry(terms, after)
    yield "mark price", _mark(terms, before), "", _mark(terms, after)
    yield sums("realised", before.realised_quote, after.realised_quote)
    yield sums("unrealised", before.unrealised_quote, after.unrealised_quote)
    yield sums("funding", before.funding_quote, after.funding_quote)


def _amount(units: int) -> str:
    """Write ledger units with all six decimals, so that the points of a column stand in line."""
    whole, rest = divmod(abs(units), 10**6)
    return f"{'-' if units < 0 else ''}{whole:,}.{rest:06d}"


def _mark(terms: Terms, sheet: ContractSheet) -> str:
    return terms.price(sheet.mark_ticks) if sheet.mark_ticks else "-"


def _entry(terms: Terms, sheet: ContractSheet) -> str:
    """Return the mean price at which a position was entered, rounded down to 1e-6."""
    if not sheet.lots:
        return "-"
    units = abs(sheet.lots) * terms.tick_value
    return _amount(abs(sheet.entry_cost_quote) * terms.tick_e8 // units // 100)


def _result_rows(before: Sheet, after: Sheet) -> Iterator[tuple[str, int, int]]:
    """Yield the lines of the results: name, at the beginning, at the end."""

    def of(sheet: Sheet) -> list[tuple[str, int]]:
        each = sheet.contracts
        return [
            ("realised", sum(one.realised_quote for one in each)),
            ("unrealised", sum(one.unrealised_quote for one in each)),
            ("funding", sum(one.funding_quote for one in each)),
            ("deleveraging", sheet.deleveraged_quote),
            ("result", sheet.result_quote),
            ("received in settlement", sheet.received_quote),
            ("paid in settlement", -sheet.paid_quote),
            ("not settled yet", sheet.variation_quote),
            ("cut by haircuts", sheet.haircut_quote),
            ("loss that the account does not owe", -sheet.uncollected_quote),
            ("settled without a known reason", -sheet.unexplained_quote),
            ("accounted for", sheet.accounted_quote),
            ("fees waived", sheet.waived_quote),
        ]

    for (label, old), (_, new) in zip(of(before), of(after)):
        yield label, old, new


def _table(*titles: str, left: Sequence[int] = (0,)) -> Table:
    """Return an empty table; columns of figures are aligned to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for place, title in enumerate(titles):
        is_text = place in left
        table.add_column(title, justify="left" if is_text else "right", no_wrap=not is_text)
    return table
