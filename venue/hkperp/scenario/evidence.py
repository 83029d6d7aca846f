"""The words of a scenario for what a client shows of itself (ELIG-02, ELIG-03).

As `hkperp.rules.professional`, whose `assess` judges it; docs/scenarios.md shows each key by
example.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta

from hkperp.quantities import Amount, AssetPrice, Percent, Time
from hkperp.rules.professional import (
    Assessment,
    ClientKind,
    Document,
    DocumentKind,
    Evidence,
    FxRate,
    Holding,
    HoldingKind,
    Owner,
    assess,
)
from hkperp.scenario.record import Name, Record, Words
from hkperp_engine.codes import InvestorClass

__all__ = ["DocumentRecord", "EvidenceRecord", "HoldingRecord", "OwnerRecord", "RateRecord"]
__all__ += ["evidence_of", "judged", "proved"]


class HoldingRecord(Record, frozen=True, kw_only=True):
    """An amount of one kind in one currency."""

    kind: Literal["SECURITIES", "CERTIFICATE_OF_DEPOSIT", "MONEY", "VIRTUAL_ASSET"]
    amount: Amount
    currency: Name = "HKD"


class DocumentRecord(Record, frozen=True, kw_only=True):
    """One piece of evidence and its date; of two with the same `source` the newer counts."""

    kind: Literal["CUSTODIAN_STATEMENT", "AUDITOR_LETTER", "AUDITED_ACCOUNTS", "REGISTER_EXTRACT"]
    dated: Time
    source: Words
    portfolio: Annotated[tuple[HoldingRecord, ...], Meta(max_length=64)] = ()
    total_assets: Amount | None = None
    total_currency: Name = "HKD"


class RateRecord(Record, frozen=True, kw_only=True):
    """HKD per unit of a currency on a day."""

    currency: Name
    rate: AssetPrice
    dated: Time


class OwnerRecord(Record, frozen=True, kw_only=True):
    """Who owns a vehicle, how much of it, and what the owner shows."""

    kind: Literal["INDIVIDUAL", "CORPORATION", "PARTNERSHIP", "TRUST_CORPORATION", "INSTITUTION"]
    share: Percent
    documents: Annotated[tuple[DocumentRecord, ...], Meta(max_length=32)] = ()
    rates: Annotated[tuple[RateRecord, ...], Meta(max_length=32)] = ()


class EvidenceRecord(Record, frozen=True, kw_only=True):
    """All that a client shows; class and date follow from it at the start of the scenario."""

    kind: Literal[
        "INDIVIDUAL",
        "CORPORATION",
        "PARTNERSHIP",
        "TRUST_CORPORATION",
        "INSTITUTION",
        "VEHICLE",
    ]
    documents: Annotated[tuple[DocumentRecord, ...], Meta(max_length=32)] = ()
    rates: Annotated[tuple[RateRecord, ...], Meta(max_length=32)] = ()
    owners: Annotated[tuple[OwnerRecord, ...], Meta(max_length=32)] = ()


def evidence_of(record: EvidenceRecord | OwnerRecord) -> Evidence:
    """Return what `professional.assess` takes; ledger units, ppb and ns as the file has them."""
    owners = record.owners if isinstance(record, EvidenceRecord) else ()
    return Evidence(
        kind=ClientKind[record.kind],
        documents=tuple(_document(each) for each in record.documents),
        rates=tuple(
            FxRate(each.currency, int(each.rate), int(each.dated)) for each in record.rates
        ),
        owners=tuple(Owner(evidence_of(each), int(each.share)) for each in owners),
    )


def proved(who: Any, start_ns: int) -> tuple[InvestorClass, int]:
    """Return a participant's class and the end of its evidence, ns: given, or as the evidence
    proves them at the start. InputError if the evidence cannot be.
    """
    found = judged(who, start_ns)
    if found is not None:
        return found.investor_class, found.valid_until_ns
    return InvestorClass[who.class_], int(who.valid_until)


def judged(who: Any, start_ns: int) -> Assessment | None:
    """Return what became of a participant's evidence at the start; None if its class is given."""
    return None if who.evidence is None else assess(evidence_of(who.evidence), start_ns)


def _document(record: DocumentRecord) -> Document:
    return Document(
        kind=DocumentKind[record.kind],
        dated_ns=int(record.dated),
        source=record.source,
        portfolio=tuple(
            Holding(HoldingKind[each.kind], int(each.amount), each.currency)
            for each in record.portfolio
        ),
        total_assets=None if record.total_assets is None else int(record.total_assets),
        total_currency=record.total_currency,
    )
