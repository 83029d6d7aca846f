"""What became of an account's standing, in a letter: evidence that lapsed, agreements, documents.

A section says since when the account may only reduce, why, what it had then, which of its orders
went or became reduce-only, and what ends it. What restricts nothing is a line (GAT-010, GAT-012).
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hkperp.letters.figures import History
from hkperp.letters.market import MarketLetter
from hkperp.letters.parts import Section, aligned, margins, step, wrapped
from hkperp.letters.positions import Positions
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import moment, refusal
from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    CancelReason,
    Event,
    EventFlag,
    HouseWallet,
    InvestorClass,
    Reject,
)

__all__ = ["StandingLetter", "gate_parts"]

_CLASS_WORDS = {
    InvestorClass.NONE: "no professional investor",
    InvestorClass.INST_PI: "institutional professional investor",
    InvestorClass.CORP_PI: "corporate professional investor",
    InvestorClass.TRUST_PI: "trust corporation, professional investor",
    InvestorClass.IND_PI: "individual professional investor",
    InvestorClass.AFMM: "affiliated market maker",
}
_DOCUMENT_WORDS = {
    AccountFlag.AFMM_NOTIFICATION: "notification",
    AccountFlag.AFMM_REPORT: "report",
    AccountFlag.AFMM_DECLARATION: "declaration",
    AccountFlag.AFMM_UNDERTAKING: "undertaking",
}
_CHANGED = (Event.ORDER_CANCELLED, Event.ORDER_REDUCED, Event.ORDER_AMENDED)
_LAST = 2**62


def gate_parts(
    reader: Reader, record: RunRecord, pack: PackRecord, wallet: int
) -> tuple[list[Section], list[tuple[int, int, str]], set[int]]:
    """Return the sections, and the lines as sequence, time in ns and sentence, of an account's
    standing and of the contracts that it deals in; and which events the sections tell of.
    """
    history = History(reader, record, pack, wallet)
    standing = StandingLetter(reader, record, wallet, history)
    market = MarketLetter(reader, record, pack, wallet, history)
    sections = [*standing.sections(), *market.sections]
    lines = [*standing.notices(), *market.notices()]
    return sections, lines, standing.told | market.told


class _Cause(NamedTuple):
    """Something that restricts an account from an event on, until another (or the end)."""

    row: Row
    title: str
    text: str
    end: int
    ending: str


class StandingLetter:
    """What a log says about the standing of one account. Opening it is O(log)."""

    def __init__(self, reader: Reader, record: RunRecord, wallet: int, history: History) -> None:
        self._reader, self._record = reader, record
        self._wallet, self._history = wallet, history
        account = record.wallet_of(record.name_of(wallet).partition(":")[0])
        self._account = wallet if account is None else account
        self._began = self._first_status()
        self._statuses = [*self._began, *self._of_account(Event.ACCOUNT_STATUS)]
        self._accepted = self._of_account(Event.ACKNOWLEDGED)
        self._positions = Positions(record, wallet, history)
        #: Numbers of events that a section tells of, besides its own.
        self.told: set[int] = set()

    def sections(self) -> list[Section]:
        """Return a section for each restriction that met a position or an order, in order."""
        return [section for each in self._causes() if (section := self._section(each))]

    def notices(self) -> list[tuple[int, int, str]]:
        """Return sequence, time in ns and a sentence of what has no section, in order."""
        told = {each.sequence for each in self.sections()}
        found = []
        for row in self._began:
            if reason := self._reason(row):
                found.append((row["sequence"], row["time_ns"], f"{_words(row)}: {reason}"))
        for row in self._statuses[len(self._began) :]:
            if row["sequence"] not in told:
                found.append((row["sequence"], row["time_ns"], _status(row)))
        for cause in self._causes():
            row = cause.row
            is_lapse = row["kind"] not in (Event.ACCOUNT_STATUS, Event.AGREEMENT)
            if row["sequence"] not in told and (is_lapse or row["kind"] == Event.AGREEMENT):
                found.append((row["sequence"], row["time_ns"], f"{cause.text} {cause.ending}"))
        return sorted(found)

    def _of_account(self, kind: Event) -> list[Row]:
        rows = self._reader.of(kind)
        return rows_of(rows[rows["wallet"] == self._account])

    def _first_status(self) -> list[Row]:
        """Return how the account stood at the start, as the row of an event; none of a crowd."""
        place = self._account - HouseWallet.CLIENTS
        if place >= len(self._record.standing):
            return []
        begun = self._record.standing[place]
        row = rows_of(self._reader.log.events[:1])[0]
        row |= {"code": InvestorClass[begun.investor_class], "amount": begun.valid_until_ns}
        return [row | {"kind": Event.ACCOUNT_STATUS, "sequence": 0, "flags": begun.flags}]

    def _reason(self, row: Row) -> str:
        """Say why what was shown at the start was not enough; empty if it was, or is not known."""
        if _restriction(row) == Reject.NONE:
            return ""
        begun = self._record.standing[self._account - HouseWallet.CLIENTS]
        return f"{begun.reason} ({begun.rule})" if begun.reason else f"so it began ({_rule(row)})"

    def _causes(self) -> Iterator[_Cause]:
        """Yield what restricted the account, as far as the log tells."""
        for row, after in zip(self._statuses, [*self._statuses[1:], None]):
            reject = _restriction(row)
            end = after["sequence"] if after else _LAST
            if reject != Reject.NONE:
                yield self._by_status(row, reject, end, after)
            elif (lapsed := self._lapse(row)) is not None and lapsed["sequence"] < end:
                yield _by_lapse(row, lapsed, end, after)
        for row in rows_of(self._reader.of(Event.AGREEMENT)):
            yield self._by_agreement(row)

    def _lapse(self, status: Row) -> Row | None:
        """Return the first event after the evidence of a status had lapsed, if there is one."""
        events = self._reader.log.events
        if not len(events) or status["amount"] >= events["time_ns"][-1]:
            return None
        place = int(np.searchsorted(events["time_ns"], status["amount"], side="right"))
        return rows_of(events[place : place + 1])[0]

    def _by_status(self, row: Row, reject: Reject, end: int, after: Row | None) -> _Cause:
        status = _status(row)
        text = f"{status[0].upper()}{status[1:]}. {refusal(reject)}."
        ending = "It holds until the standing is changed again."
        if after is not None:
            word = "in part" if _restriction(after) != Reject.NONE else "lifted"
            ending = f"It changed again at {moment(after['time_ns'])}: {word}."
        return _Cause(row, f"Standing changed at {moment(row['time_ns'])}", text, end, ending)

    def _by_agreement(self, row: Row) -> _Cause:
        version, time_ns = row["amount"], row["time_ns"]
        text = (
            f"Version {version} of the client agreement is in force. Until it is accepted the "
            "account may reduce what it has and not add to it (ELIG-06)."
        )
        done = [each for each in self._accepted if each["amount"] == version]
        end, ending = _LAST, "It is not accepted yet: accept it, and orders are taken as before."
        if done:
            end = done[0]["sequence"]
            when = moment(done[0]["time_ns"])
            ending = f"It was accepted at {when}: orders are taken as before since then."
        return _Cause(row, f"A new client agreement, at {moment(time_ns)}", text, end, ending)

    def _section(self, cause: _Cause) -> Section | None:
        """Return the section about a restriction; None if it met neither position nor order."""
        first = cause.row["sequence"]
        known = self._history.figures(first)
        orders = list(self._orders(first, cause.end))
        if known.is_flat and not orders:
            return None
        lines = wrapped(cause.text)
        lines += [*self._positions.lines(first), *aligned(margins(known))]
        if orders:
            lines += ["   What was done (ELIG-07)", *orders]
        lines += wrapped(f"No position is closed because of it. {cause.ending}")
        return Section(first, cause.title, tuple(lines))

    def _orders(self, first: int, end: int) -> Iterator[str]:
        """Yield what became of the open orders: the first rows without a gap that changed any."""
        named = self._reader.named(self._wallet)
        named = named[(named["sequence"] >= first) & (named["sequence"] < end)]
        rows = [row for row in rows_of(named[np.isin(named["kind"], _CHANGED)]) if _is_lapsed(row)]
        cut: dict[int, int] = {}
        for row, before in zip(rows, [rows[:1], *([each] for each in rows)]):
            if row["sequence"] > before[0]["sequence"] + 1:
                break
            terms, key = self._record.contracts[row["contract"]], row["order_id"]
            verb = "sell" if row["flags"] & EventFlag.SELL else "buy"
            size, price = terms.size(row["lots"]), terms.price(row["price_ticks"])
            if row["kind"] == Event.ORDER_REDUCED:
                cut[key] = row["lots"]
                continue
            if row["kind"] == Event.ORDER_CANCELLED:
                text = f"{verb} {size} {terms.name} at {price}: cancelled"
            elif key in cut:
                was = terms.size(row["lots"] + cut[key])
                text = f"{verb} {was} {terms.name} at {price}: cut to {size}, reduce-only"
            else:
                text = f"{verb} {size} {terms.name} at {price}: reduce-only from now on"
            self.told.add(row["sequence"])
            yield from step(row, f"order {key} to {text}")


def _is_lapsed(row: Row) -> bool:
    """Tell whether an order's change is one of a restriction (docs/machine.md 6.1)."""
    if row["kind"] == Event.ORDER_AMENDED:
        return bool(row["flags"] & EventFlag.REDUCE_ONLY)
    return row["code"] == CancelReason.LAPSED


def _by_lapse(status: Row, lapsed: Row, end: int, after: Row | None) -> _Cause:
    when = moment(status["amount"])
    text = (
        f"The evidence of professional-investor status was good until {when}. Since then the "
        "account may reduce what it has and not add to it, and take out what no position needs "
        "(ELIG-02, ELIG-07)."
    )
    ending = "File newer evidence: from then on orders are taken as before."
    if after is not None:
        until, filed = moment(after["amount"]), moment(after["time_ns"])
        ending = f"Newer evidence, good until {until}, was filed at {filed}."
    return _Cause(lapsed, f"Evidence lapsed at {when}", text, end, ending)


def _restriction(row: Row) -> Reject:
    """Return what restricts an account of this standing, the first of GAT-011, or NONE."""
    investor_class, flags = row["code"], row["flags"]
    is_affiliate = investor_class == InvestorClass.AFMM
    found = (
        (Reject.ELIG_NOT_PI, investor_class == InvestorClass.NONE),
        (Reject.ELIG_JURISDICTION, bool(flags & AccountFlag.BLOCKED)),
        (Reject.AFMM_GROUP_PROP_BAN, bool(flags & AccountFlag.GROUP_COMPANY) and not is_affiliate),
        (Reject.AFMM_NOT_PERMITTED, is_affiliate and flags & AFMM_DOCUMENTS != AFMM_DOCUMENTS),
        (Reject.ELIG_PI_LAPSED, row["amount"] < row["time_ns"]),
        (Reject.ELIG_NO_KNOWLEDGE, not flags & AccountFlag.KNOWLEDGE),
        (Reject.ELIG_NO_AGREEMENT, not flags & AccountFlag.AGREEMENT),
    )
    return next((reject for reject, holds in found if holds), Reject.NONE)


def _status(row: Row) -> str:
    """Say what an account is from now on, with the rule."""
    return f"{_words(row)} ({_rule(row)})"


def _rule(row: Row) -> str:
    return "AFMM-08" if row["code"] == InvestorClass.AFMM else "ELIG-02"


def _words(row: Row) -> str:
    flags, investor_class = row["flags"], InvestorClass(row["code"])
    words = [f"standing: {_CLASS_WORDS[investor_class]}"]
    if investor_class != InvestorClass.NONE:
        words.append(f"evidence good until {moment(row['amount'])}")
    if not flags & AccountFlag.KNOWLEDGE:
        words.append("knowledge of derivatives not assessed")
    if not flags & AccountFlag.AGREEMENT:
        words.append("agreement not accepted")
    if investor_class == InvestorClass.AFMM:
        missing = [text for flag, text in _DOCUMENT_WORDS.items() if not flags & flag]
        words.append(f"missing documents: {', '.join(missing)}" if missing else "all documents")
    if flags & AccountFlag.GROUP_COMPANY:
        words.append("a company of the operator's group")
    if flags & AccountFlag.BLOCKED:
        words.append("in a jurisdiction that is not served")
    return "; ".join(words)
