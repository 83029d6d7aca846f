"""Who is a professional investor, on which evidence, and until when (ELIG-02, ELIG-03, ELIG-04).

`assess` turns dated evidence into a class and a date; the machine is told both and refuses orders
of a class NONE, or after the date. Amounts are ledger units of 1e-6 of their currency, rates HKD
per unit of a currency in ppb, times ns. Thresholds, ages and switches are in `PiRules`; which of
them are somebody's rule and which are ours is said in docs/participants.md. This module imports
neither numpy nor numba.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hkperp.rules.dates import end_after_months
from hkperp_engine.codes import InvestorClass
from hkperp_engine.errors import InputError
from hkperp_engine.units import INT64_MAX, NS_PER_DAY, PPB

__all__ = ["Assessment", "ClientKind", "Document", "DocumentKind", "Evidence", "FxRate"]
__all__ += ["Holding", "HoldingKind", "KnowledgeRecord", "Owner", "PiReason", "PiRules"]
__all__ += ["assess", "knowledge"]

_HKD = 10**6
_HOME = "HKD"


class ClientKind(StrEnum):
    """What the client is; the thresholds follow from it (ELIG-02)."""

    INDIVIDUAL = "individual"
    CORPORATION = "corporation"
    PARTNERSHIP = "partnership"
    TRUST_CORPORATION = "trust corporation"
    INSTITUTION = "institution"
    VEHICLE = "wholly-owned vehicle"


class DocumentKind(StrEnum):
    """What an amount, a status or an ownership is shown by; its age is limited by kind."""

    CUSTODIAN_STATEMENT = "custodian statement"
    AUDITOR_LETTER = "auditor letter"
    AUDITED_ACCOUNTS = "audited accounts"
    REGISTER_EXTRACT = "register extract"


class HoldingKind(StrEnum):
    """What a portfolio holds. VIRTUAL_ASSET counts only where a switch says so (ELIG-03)."""

    SECURITIES = "securities"
    CERTIFICATE_OF_DEPOSIT = "certificate of deposit"
    MONEY = "money"
    VIRTUAL_ASSET = "virtual asset"


class PiReason(StrEnum):
    """Why somebody is, or is not, a professional investor: a sentence each."""

    QUALIFIED = "the evidence meets the threshold"
    NO_EVIDENCE = "there is no document for this kind of client"
    EVIDENCE_IN_FUTURE = "a document is dated after today: only dated evidence counts"
    EVIDENCE_TOO_OLD = "without the documents that are too old it is not enough: renew them"
    RATE_MISSING = "a currency has no exchange rate of today or before: give one"
    RATE_TOO_OLD = "an exchange rate is too old: give a newer one"
    VIRTUAL_ASSETS_EXCLUDED = "it would be enough only with virtual assets, which do not count"
    BELOW_THRESHOLD = "portfolio and total assets are below the threshold"
    NOT_WHOLLY_OWNED = "the owners named do not own the whole of the vehicle"
    OWNER_NOT_ALLOWED = "an owner is not an individual, corporation, partnership or trust"
    OWNER_NOT_QUALIFIED = "an owner is not a professional investor"


class Holding(msgspec.Struct, frozen=True):
    """An amount of one kind in one currency, ledger units of 1e-6 of it."""

    kind: HoldingKind
    amount: int
    currency: str = _HOME


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of evidence and its date.

    `source`: whom and what it is about, such as a custodian's account: of two documents with the
    same source only the newer counts, so that nothing is counted twice. `total_assets`: None if it
    does not state them.
    """

    kind: DocumentKind
    dated_ns: int
    source: str
    portfolio: tuple[Holding, ...] = ()
    total_assets: int | None = None
    total_currency: str = _HOME


class FxRate(msgspec.Struct, frozen=True):
    """HKD per unit of a currency on a day, ppb: 7.80 is 7_800_000_000."""

    currency: str
    rate_ppb: int
    dated_ns: int


class Owner(msgspec.Struct, frozen=True):
    """Who owns a vehicle, and how much of it, ppb."""

    evidence: "Evidence"
    share_ppb: int = PPB


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that a client shows. `rates`: of currencies other than HKD; `owners`: of a VEHICLE."""

    kind: ClientKind
    documents: tuple[Document, ...] = ()
    rates: tuple[FxRate, ...] = ()
    owners: tuple[Owner, ...] = ()


class PiRules(msgspec.Struct, frozen=True, kw_only=True):
    """Thresholds in ledger units of HKD, ages in calendar months, the age of a rate in ns."""

    portfolio_min_quote: int = 8_000_000 * _HKD
    total_assets_min_quote: int = 40_000_000 * _HKD
    statement_months: int = 12
    accounts_months: int = 16
    register_months: int = 12
    rate_age_max_ns: int = 7 * NS_PER_DAY
    counts_virtual_assets: bool = False
    is_institution_exempt: bool = False
    is_qualified_corporation_exempt: bool = False

    def end_of(self, document: Document) -> int:
        """Return the last moment at which a document is good, ns."""
        months = self.statement_months
        if document.kind == DocumentKind.AUDITED_ACCOUNTS:
            months = self.accounts_months
        elif document.kind == DocumentKind.REGISTER_EXTRACT:
            months = self.register_months
        return end_after_months(document.dated_ns, months)


class Assessment(NamedTuple):
    """What became of it. NONE has `valid_until_ns` 0; `rule` is the rule that decided."""

    investor_class: InvestorClass
    valid_until_ns: int
    reason: PiReason
    rule: str


class KnowledgeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a client's knowledge of derivatives. `is_qualified_corporation`: the
    platform has assessed how a corporation invests, and who decides there.
    """

    is_passed: bool = False
    is_qualified_corporation: bool = False


_CLASS = {
    ClientKind.INDIVIDUAL: InvestorClass.IND_PI,
    ClientKind.CORPORATION: InvestorClass.CORP_PI,
    ClientKind.PARTNERSHIP: InvestorClass.CORP_PI,
    ClientKind.TRUST_CORPORATION: InvestorClass.TRUST_PI,
    ClientKind.INSTITUTION: InvestorClass.INST_PI,
    ClientKind.VEHICLE: InvestorClass.CORP_PI,
}
_BY_PORTFOLIO = (ClientKind.INDIVIDUAL, ClientKind.CORPORATION, ClientKind.PARTNERSHIP)
_BY_TOTAL = (ClientKind.CORPORATION, ClientKind.PARTNERSHIP, ClientKind.TRUST_CORPORATION)
_OWNERS = (*_BY_PORTFOLIO, ClientKind.TRUST_CORPORATION)


def assess(evidence: Evidence, now_ns: int, rules: PiRules | None = None) -> Assessment:
    """Return the class that evidence proves at a moment, and until when it does (ELIG-02).

    The date is the last at which the documents that are still good then meet the threshold.
    InputError for amounts, rates and shares that cannot be. O(documents^2).

    A statement of USD 1,100,000.00 at 7.80 is HKD 8,580,000.00: an individual qualifies, until
    the end of the day 12 months after the statement's.
    """
    rules = rules or PiRules()
    _check(evidence, "evidence")
    if evidence.kind == ClientKind.VEHICLE:
        return _assess_vehicle(evidence, now_ns, rules)
    dated = _Dated(evidence, now_ns, rules)
    if not dated.documents:
        in_future = bool(evidence.documents) and dated.has_future
        return _refused(PiReason.EVIDENCE_IN_FUTURE if in_future else PiReason.NO_EVIDENCE)
    end_ns = dated.proved_until()
    if end_ns:
        return Assessment(_CLASS[evidence.kind], end_ns, PiReason.QUALIFIED, "ELIG-02")
    return _refused(dated.missing())


def knowledge(
    investor_class: InvestorClass, record: KnowledgeRecord, rules: PiRules | None = None
) -> bool:
    """Return whether a client may be given access as far as knowledge goes (ELIG-04).

    Passed, or exempt: an institution, or a corporation assessed as qualified, where a switch of
    the rules says so. NONE is never exempt. O(1).
    """
    rules = rules or PiRules()
    if record.is_passed:
        return True
    if investor_class == InvestorClass.INST_PI:
        return rules.is_institution_exempt
    is_qualified = investor_class == InvestorClass.CORP_PI and record.is_qualified_corporation
    return is_qualified and rules.is_qualified_corporation_exempt


def _refused(reason: PiReason) -> Assessment:
    """Return the assessment of somebody who is no professional investor, for a reason."""
    rule = "ELIG-03" if reason == PiReason.VIRTUAL_ASSETS_EXCLUDED else "ELIG-02"
    return Assessment(InvestorClass.NONE, 0, reason, rule)


def _assess_vehicle(evidence: Evidence, now_ns: int, rules: PiRules) -> Assessment:
    """A vehicle qualifies by its owners, all of them; its own documents show that it is theirs."""
    extracts = [each for each in evidence.documents if each.kind == DocumentKind.REGISTER_EXTRACT]
    if not extracts:
        return _refused(PiReason.NO_EVIDENCE)
    known = [each for each in extracts if each.dated_ns <= now_ns]
    if not known:
        return _refused(PiReason.EVIDENCE_IN_FUTURE)
    end_ns = max(rules.end_of(each) for each in known)
    if end_ns < now_ns:
        return _refused(PiReason.EVIDENCE_TOO_OLD)
    if sum(owner.share_ppb for owner in evidence.owners) != PPB:
        return _refused(PiReason.NOT_WHOLLY_OWNED)
    if any(owner.evidence.kind not in _OWNERS for owner in evidence.owners):
        return _refused(PiReason.OWNER_NOT_ALLOWED)
    for owner in evidence.owners:
        found = assess(owner.evidence, now_ns, rules)
        if found.investor_class == InvestorClass.NONE:
            return _refused(PiReason.OWNER_NOT_QUALIFIED)
        end_ns = min(end_ns, found.valid_until_ns)
    return Assessment(InvestorClass.CORP_PI, end_ns, PiReason.QUALIFIED, "ELIG-02")


class _Leave(NamedTuple):
    """What is overlooked, to find out what is missing."""

    ages: bool = False
    rates: bool = False
    virtual_assets: bool = False


class _Dated:
    """The documents of one client that could count at a moment, newest of each source."""

    def __init__(self, evidence: Evidence, now_ns: int, rules: PiRules) -> None:
        self._kind, self._now_ns, self._rules = evidence.kind, now_ns, rules
        self._rates = {each.currency: each for each in _newest_rates(evidence.rates, now_ns)}
        is_institution = evidence.kind == ClientKind.INSTITUTION
        fitting = [
            each
            for each in evidence.documents
            if (each.kind == DocumentKind.REGISTER_EXTRACT) == is_institution
        ]
        self.has_future = any(each.dated_ns > now_ns for each in fitting)
        newest: dict[str, Document] = {}
        for each in sorted(fitting, key=lambda document: document.dated_ns):
            if each.dated_ns <= now_ns:
                newest[each.source] = each
        self.documents = list(newest.values())

    def proved_until(self) -> int:
        """Return until when the threshold is met by documents that are still good then, or 0."""
        ends = sorted({self._rules.end_of(each) for each in self.documents}, reverse=True)
        for end_ns in ends:
            good = [each for each in self.documents if self._rules.end_of(each) >= end_ns]
            if end_ns >= self._now_ns and self._is_met(good, _Leave()):
                return end_ns
        return 0

    def missing(self) -> PiReason:
        """Return the first thing that, if it were overlooked, would have been enough.

        A rate that is not there cannot be overlooked: it is named if nothing else would do.
        """
        good = [each for each in self.documents if self._rules.end_of(each) >= self._now_ns]
        steps = (
            (self.documents, _Leave(ages=True), PiReason.EVIDENCE_TOO_OLD),
            (self.documents, _Leave(ages=True, rates=True), PiReason.RATE_TOO_OLD),
            (good, _Leave(virtual_assets=True), PiReason.VIRTUAL_ASSETS_EXCLUDED),
            (self.documents, _Leave(True, True, True), PiReason.VIRTUAL_ASSETS_EXCLUDED),
        )
        for documents, leave, reason in steps:
            if self._is_met(documents, leave):
                return reason
        return self._unmet(good)

    def _unmet(self, good: Sequence[Document]) -> PiReason:
        """Return why documents that would not do in any case do not."""
        currencies = {money.currency for each in good for money in each.portfolio}
        currencies |= {each.total_currency for each in good if each.total_assets is not None}
        if currencies - {_HOME} - set(self._rates):
            return PiReason.RATE_MISSING
        return PiReason.BELOW_THRESHOLD

    def _is_met(self, documents: Sequence[Document], leave: _Leave) -> bool:
        """Tell whether documents meet a threshold of the client's kind."""
        if self._kind == ClientKind.INSTITUTION:
            return bool(documents)
        rules = self._rules
        if self._kind in _BY_PORTFOLIO:
            held = sum(self._portfolio(each, leave) for each in documents)
            if held >= rules.portfolio_min_quote:
                return True
        if self._kind not in _BY_TOTAL:
            return False
        # The total of one document: those of two would count the same asset twice.
        totals = [
            self._hkd(each.total_assets, each.total_currency, leave)
            for each in documents
            if each.total_assets is not None
        ]
        return max(totals, default=0) >= rules.total_assets_min_quote

    def _portfolio(self, document: Document, leave: _Leave) -> int:
        """Return what of a portfolio counts, HKD."""
        counts_all = leave.virtual_assets or self._rules.counts_virtual_assets
        return sum(
            self._hkd(each.amount, each.currency, leave)
            for each in document.portfolio
            if counts_all or each.kind != HoldingKind.VIRTUAL_ASSET
        )

    def _hkd(self, amount: int, currency: str, leave: _Leave) -> int:
        """Return an amount in HKD, rounded down: 0 without a rate that is new enough."""
        if currency == _HOME:
            return amount
        rate = self._rates.get(currency)
        if rate is None:
            return 0
        if not leave.rates and self._now_ns - rate.dated_ns > self._rules.rate_age_max_ns:
            return 0
        return amount * rate.rate_ppb // PPB


def _newest_rates(rates: Sequence[FxRate], now_ns: int) -> list[FxRate]:
    """Return rates that are known by now, a newer one after an older one."""
    known = [each for each in rates if each.dated_ns <= now_ns]
    return sorted(known, key=lambda rate: rate.dated_ns)


def _check(evidence: Evidence, path: str) -> None:
    """Refuse numbers that no document can state."""
    for where, number, low, high in _numbers(evidence, path):
        if not low <= number <= high:
            raise InputError(f"{number} is not from {low} to {high}", path=where)
    for place, owner in enumerate(evidence.owners):
        _check(owner.evidence, f"{path}.owners[{place}].evidence")


def _numbers(evidence: Evidence, path: str) -> Iterator[tuple[str, int, int, int]]:
    """Yield every number of a client's evidence, with its place and its bounds."""
    for place, document in enumerate(evidence.documents):
        here = f"{path}.documents[{place}]"
        yield f"{here}.dated_ns", document.dated_ns, 0, INT64_MAX
        if document.total_assets is not None:
            yield f"{here}.total_assets", document.total_assets, 0, INT64_MAX
        for index, held in enumerate(document.portfolio):
            yield f"{here}.portfolio[{index}].amount", held.amount, 0, INT64_MAX
    for place, rate in enumerate(evidence.rates):
        yield f"{path}.rates[{place}].rate_ppb", rate.rate_ppb, 1, INT64_MAX
        yield f"{path}.rates[{place}].dated_ns", rate.dated_ns, 0, INT64_MAX
    for place, owner in enumerate(evidence.owners):
        yield f"{path}.owners[{place}].share_ppb", owner.share_ppb, 1, PPB
