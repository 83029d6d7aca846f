"""What a perpetual may refer to: eligible assets, or an index that meets IOSCO's principles.

An attestation says, for each of the 19 principles, whether the index meets it, on which evidence
and since when that is known (REF-05). `reference_refusal` gives the venue's answer to a reference
(REF-01). Times are ns. This module imports neither numpy nor numba.
"""

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec

from hkperp.rules.dates import end_after_months
from hkperp.rules.retail_eligibility import RetailEligibility
from hkperp_engine.codes import ReferenceStatus, Reject

__all__ = ["AssetReference", "Attestation", "Entry", "Fault", "FaultKind", "IndexReference"]
__all__ += ["Principle", "PrincipleGroup", "PrincipleStatus", "reference_refusal"]
__all__ += ["reference_status"]

#: How old an entry may be, calendar months (REF-05).
ATTESTATION_MONTHS = 12


class Principle(IntEnum):
    """IOSCO's Principles for Financial Benchmarks by number (the numbering is graded G)."""

    OVERALL_RESPONSIBILITY = 1
    THIRD_PARTIES = 2
    CONFLICTS_OF_INTEREST = 3
    CONTROL_FRAMEWORK = 4
    INTERNAL_OVERSIGHT = 5
    BENCHMARK_DESIGN = 6
    DATA_SUFFICIENCY = 7
    HIERARCHY_OF_DATA_INPUTS = 8
    TRANSPARENCY_OF_DETERMINATIONS = 9
    PERIODIC_REVIEW = 10
    CONTENT_OF_METHODOLOGY = 11
    CHANGES_TO_METHODOLOGY = 12
    TRANSITION = 13
    SUBMITTER_CODE = 14
    CONTROLS_OVER_DATA_COLLECTION = 15
    COMPLAINTS = 16
    AUDITS = 17
    AUDIT_TRAIL = 18
    COOPERATION = 19

    @property
    def group(self) -> "PrincipleGroup":
        """The group that a principle belongs to."""
        if self <= Principle.INTERNAL_OVERSIGHT:
            return PrincipleGroup.GOVERNANCE
        if self <= Principle.PERIODIC_REVIEW:
            return PrincipleGroup.BENCHMARK_QUALITY
        if self <= Principle.CONTROLS_OVER_DATA_COLLECTION:
            return PrincipleGroup.METHODOLOGY
        return PrincipleGroup.ACCOUNTABILITY


class PrincipleGroup(StrEnum):
    """The four groups of the principles."""

    GOVERNANCE = "governance"
    BENCHMARK_QUALITY = "benchmark quality"
    METHODOLOGY = "methodology"
    ACCOUNTABILITY = "accountability"


class PrincipleStatus(StrEnum):
    """Whether a principle is met. NOT_APPLICABLE: there is nothing for it to apply to."""

    MET = "met"
    NOT_APPLICABLE = "not applicable"
    PARTLY_MET = "partly met"
    NOT_MET = "not met"


class FaultKind(StrEnum):
    """What is wrong with the attestation of a principle."""

    MISSING = "there is no entry"
    TWICE = "there is more than one entry"
    NOT_MET = "it is not met"
    CANNOT_BE_LEFT_OUT = "it applies to every index"
    NO_EVIDENCE = "there is no evidence"
    IN_FUTURE = "it is dated after today"
    TOO_OLD = "it is older than 12 months"


# Two speak of somebody whom not every index has: third parties that do a part of the work, and
# submitters of data. Without them there is nothing to meet.
_CONDITIONAL = (Principle.THIRD_PARTIES, Principle.SUBMITTER_CODE)


_STATUS = {
    Reject.NONE: ReferenceStatus.ELIGIBLE,
    Reject.REF_NOT_RETAIL_ELIGIBLE: ReferenceStatus.NOT_RETAIL,
    Reject.REF_INDEX_NOT_IOSCO: ReferenceStatus.INDEX_NOT_IOSCO,
}


class Entry(msgspec.Struct, frozen=True):
    """What is attested of one principle; `evidence` names the document that shows it."""

    principle: Principle
    status: PrincipleStatus
    evidence: str
    dated_ns: int


class Fault(NamedTuple):
    """A principle, and why it does not count as met."""

    principle: Principle
    kind: FaultKind


class Attestation(msgspec.Struct, frozen=True, kw_only=True):
    """An administrator's attestation for one index."""

    administrator: str
    entries: tuple[Entry, ...] = ()

    def faults(self, now_ns: int) -> list[Fault]:
        """Return what keeps the attestation from being valid at a moment; nothing: it is valid.

        One fault for each principle at most, in order of the principles. O(entries).
        """
        return list(self._faults(now_ns))

    def is_valid(self, now_ns: int) -> bool:
        """Tell whether all 19 principles are attested, and no entry is too old (REF-05)."""
        return not self.faults(now_ns)

    def valid_until_ns(self) -> int:
        """Return the last moment at which no entry is too old; 0 without any."""
        ends = [end_after_months(each.dated_ns, ATTESTATION_MONTHS) for each in self.entries]
        return min(ends, default=0)

    def _faults(self, now_ns: int) -> Iterator[Fault]:
        for principle in Principle:
            found = [each for each in self.entries if each.principle == principle]
            if not found:
                yield Fault(principle, FaultKind.MISSING)
            elif len(found) > 1:
                yield Fault(principle, FaultKind.TWICE)
            elif kind := _fault(found[0], now_ns):
                yield Fault(principle, kind)


class AssetReference(msgspec.Struct, frozen=True, kw_only=True):
    """One asset. `is_retail_spot`: retail clients may trade it for spot on this platform."""

    eligibility: RetailEligibility
    is_retail_spot: bool


class IndexReference(msgspec.Struct, frozen=True, kw_only=True):
    """An index of assets, and what its administrator attests; None: nothing."""

    name: str
    constituents: tuple[AssetReference, ...]
    attestation: Attestation | None = None


def reference_refusal(reference: AssetReference | IndexReference, now_ns: int) -> Reject:
    """Return NONE for a reference that a contract may have, or why it may not (REF-01).

    An asset: REF_NOT_RETAIL_ELIGIBLE unless it passes the test and retail clients may trade it
    here. An index: REF_INDEX_NOT_IOSCO unless it has constituents, each of them is such an asset,
    and its attestation is valid. O(constituents).
    """
    if isinstance(reference, AssetReference):
        is_good = _is_eligible(reference, now_ns)
        return Reject.NONE if is_good else Reject.REF_NOT_RETAIL_ELIGIBLE
    is_attested = reference.attestation is not None and reference.attestation.is_valid(now_ns)
    are_eligible = all(_is_eligible(each, now_ns) for each in reference.constituents)
    is_good = is_attested and are_eligible and bool(reference.constituents)
    return Reject.NONE if is_good else Reject.REF_INDEX_NOT_IOSCO


def reference_status(reference: AssetReference | IndexReference, now_ns: int) -> ReferenceStatus:
    """Return the same as the status that the machine keeps of a contract (GAT-020)."""
    return _STATUS[reference_refusal(reference, now_ns)]


def _is_eligible(reference: AssetReference, now_ns: int) -> bool:
    """Tell whether an asset passes the test and is offered to retail clients."""
    return reference.is_retail_spot and reference.eligibility.evaluate(now_ns).is_eligible


def _fault(entry: Entry, now_ns: int) -> FaultKind | None:
    """Return what is wrong with the one entry of a principle."""
    if entry.status in (PrincipleStatus.PARTLY_MET, PrincipleStatus.NOT_MET):
        return FaultKind.NOT_MET
    if entry.status == PrincipleStatus.NOT_APPLICABLE and entry.principle not in _CONDITIONAL:
        return FaultKind.CANNOT_BE_LEFT_OUT
    if not entry.evidence.strip():
        return FaultKind.NO_EVIDENCE
    if entry.dated_ns > now_ns:
        return FaultKind.IN_FUTURE
    if end_after_months(entry.dated_ns, ATTESTATION_MONTHS) < now_ns:
        return FaultKind.TOO_OLD
    return None
