"""What else was done to an account's orders and trades, and what was refused to it, in words.

Besides the decisions of `reports/decisions.py`: orders cancelled by a rule or a switch and not by
the account, trades taken back, compensations, frozen quotes. Read from a log, each with the rule
that it followed; a refusal always with its sentence, which says what to do.
"""

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

import numpy as np

from hkperp.letters.notices_gate import gate_notices
from hkperp.letters.notices_refusals import told_refusals
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import (
    LIMIT_WORDS,
    REASON_RULES,
    REASON_WORDS,
    SCOPE_WORDS,
    clock,
    money,
    plural,
    refusal,
)
from hkperp_engine.codes import (
    CancelReason,
    Command,
    Event,
    EventFlag,
    KillScope,
    Posting,
    ProtectionLimit,
    Reject,
)

__all__ = ["Notice", "notices", "refusals"]

#: Reasons that are neither the account's own wish nor part of a decision with a section.
_NOT_ASKED_FOR = (
    CancelReason.MARGIN_CALL,
    CancelReason.LAPSED,
    CancelReason.COUNTDOWN,
    CancelReason.DISCONNECTED,
    CancelReason.KILL_SWITCH,
    CancelReason.AFMM_SUSPENDED,
    CancelReason.PROTECTION,
    CancelReason.VOLATILITY,
    CancelReason.SETTLED,
)
#: Commands of the operator that name an account: their refusals are not told to it.
_BY_OPERATOR = (
    Command.CLEAR_DEPOSIT,
    Command.REVERSE_DEPOSIT,
    Command.ACCOUNT_STATUS,
    Command.EXPOSURE_LIMIT,
    Command.KILL_SWITCH,
    Command.DECLARE_DEFAULT,
    Command.SET_BACKSTOP,
)
_POSTINGS = (Posting.FEE_REFUND, Posting.COMPENSATION)


class Notice(NamedTuple):
    """One thing that was done: the number of its first event, its time in ns, and a sentence."""

    sequence: int
    time_ns: int
    text: str


def notices(reader: Reader, record: RunRecord, wallet: int) -> list[Notice]:
    """Return what was done to a wallet's orders and trades, in order."""
    rows = rows_of(_wanted(reader.named(wallet)))
    found = list(_cancelled(rows, wallet))
    for row in rows:
        if text := _told(row, rows, record, wallet):
            found.append(Notice(row["sequence"], row["time_ns"], text))
    found += [Notice(*each) for each in gate_notices(reader, record, wallet)]
    return sorted(found)


def _wanted(events: np.ndarray) -> np.ndarray:
    """Return what a notice is made of; a market maker has a million events, and few of these."""
    kind, code = events["kind"], events["code"]
    is_wanted = np.isin(kind, [Event.TRADE_BUSTED, Event.KILL_SWITCH, Event.PROTECTION])
    is_wanted |= (kind == Event.ORDER_CANCELLED) & np.isin(code, _NOT_ASKED_FOR)
    is_wanted |= (kind == Event.POSTING) & np.isin(code, _POSTINGS)
    busted = events["order_id"][kind == Event.TRADE_BUSTED]
    return events[is_wanted | np.isin(events["sequence"], busted)]


def refusals(reader: Reader, record: RunRecord, pack: PackRecord, wallet: int) -> list[str]:
    """Return each refusal that an account was given, with its rule, sentence and how often.

    Behind it the figures of those that the run has kept.
    """
    told = list(told_refusals(record, pack, wallet))
    refused = reader.of(Event.REFUSED)
    refused = refused[refused["wallet"] == wallet]
    refused = refused[~np.isin(refused["amount"], _BY_OPERATOR)]
    found = []
    for reject in Reject:
        times = refused["time_ns"][refused["code"] == reject].tolist()
        if times:
            count = "once" if len(times) == 1 else f"{len(times):,} times, first"
            found.append(f"{count} at {clock(times[0])}: {refusal(reject)}")
            found += [text for code, text in told if code == reject.name]
    return found


def _cancelled(rows: list[Row], wallet: int) -> Iterator[Notice]:
    """Yield the cancellations that the account did not ask for, those of one moment together."""
    kept = [
        row
        for row in rows
        if row["kind"] == Event.ORDER_CANCELLED
        and row["wallet"] == wallet
        and row["code"] in _NOT_ASKED_FOR
    ]
    for (time_ns, code), group in groupby(kept, lambda row: (row["time_ns"], row["code"])):
        orders = list(group)
        reason = CancelReason(code)
        text = f"{plural(len(orders), 'order')} cancelled: {REASON_WORDS[reason]}"
        yield Notice(orders[0]["sequence"], time_ns, f"{text} ({REASON_RULES[reason]})")


def _told(row: Row, rows: list[Row], record: RunRecord, wallet: int) -> str:
    """Say what an event means for a wallet that it names; empty if it is told elsewhere."""
    kind, is_own = row["kind"], row["wallet"] == wallet
    if kind == Event.TRADE_BUSTED:
        return _busted(row, rows, record, wallet)
    if kind == Event.POSTING and row["code"] == Posting.COMPENSATION:
        return f"{money(row['amount'])} received from the operator's error account (NOCR-01)"
    if kind == Event.KILL_SWITCH and is_own:
        verb = "engaged" if row["flags"] else "released"
        return f"kill switch {verb} for {SCOPE_WORDS[KillScope(row['code'])]} (HALT-04)"
    if kind == Event.PROTECTION and is_own:
        terms, limit = record.contracts[row["contract"]], ProtectionLimit(row["code"])
        value = row["amount"]
        reached = f"{value:,}" if limit == ProtectionLimit.TRADES else terms.size(value)
        return f"quotes in {terms.name} frozen: {reached} {LIMIT_WORDS[limit]} (MAT-076)"
    return ""


def _busted(row: Row, rows: list[Row], record: RunRecord, wallet: int) -> str:
    """Say which trade was taken back, and what fee came back with it."""
    terms, trade = record.contracts[row["contract"]], row["order_id"]
    refunds = [
        each["amount"]
        for each in rows
        if each["kind"] == Event.POSTING
        and each["code"] == Posting.FEE_REFUND
        and (each["order_id"], each["counter_wallet"]) == (trade, wallet)
    ]
    done = [each for each in rows if each["kind"] == Event.TRADE and each["sequence"] == trade]
    is_sale = any(bool(each["flags"] & EventFlag.SELL) for each in done)
    verb = "sale" if is_sale == (row["counter_wallet"] == wallet) else "purchase"
    size, price = terms.size(row["lots"]), terms.price(row["price_ticks"])
    text = f"{verb} of {size} {terms.name} at {price} (event {trade:,}) taken back"
    return f"{text}, {money(sum(refunds))} of fees returned (SETL-01)"
