"""Does what a scenario says of a contract's reference make it eligible (REF-01, GAT-020)?

An asset without facts is what `retail_approved` says of it; with them, it must pass the test of
`retail_eligibility` too. An index needs such assets only, and a valid attestation.
"""

from hkperp.rules.benchmark_attestation import Attestation, Entry, Principle, PrincipleStatus
from hkperp.rules.retail_eligibility import Index, RetailEligibility
from hkperp.scenario.gate import (
    AttestationRecord,
    EligibilityRecord,
    ReferenceAsset,
    ReferenceRecord,
)
from hkperp_engine.codes import ReferenceStatus

__all__ = ["status_of"]


def status_of(record: ReferenceRecord | None, now_ns: int) -> ReferenceStatus:
    """Return what a reference lacks at a moment, ns; nothing said: ELIGIBLE. O(constituents)."""
    if record is None:
        return ReferenceStatus.ELIGIBLE
    if record.asset is not None:
        is_good = _is_retail(record.asset, now_ns)
        return ReferenceStatus.ELIGIBLE if is_good else ReferenceStatus.NOT_RETAIL
    assert record.index is not None
    attestation = record.index.attestation
    is_attested = attestation is not None and _attestation(attestation).is_valid(now_ns)
    if is_attested and all(_is_retail(each, now_ns) for each in record.index.constituents):
        return ReferenceStatus.ELIGIBLE
    return ReferenceStatus.INDEX_NOT_IOSCO


def _is_retail(record: ReferenceAsset, now_ns: int) -> bool:
    facts = record.eligibility
    if facts is None:
        return record.retail_approved
    return record.retail_approved and _facts(record.asset, facts).evaluate(now_ns).is_eligible


def _facts(asset: str, record: EligibilityRecord) -> RetailEligibility:
    return RetailEligibility(
        asset=asset,
        traded_since_ns=int(record.traded_since),
        platform_group=record.platform_group,
        issuer_group=record.issuer_group or "",
        is_security=record.security,
        is_prospectus_compliant=record.prospectus_compliant,
        is_stablecoin=record.stablecoin,
        indices=tuple(
            Index(
                name=each.name,
                provider=each.provider,
                provider_group=each.provider_group,
                is_investible=each.investible,
                is_rules_based=each.rules_based,
                is_documented=each.documented,
                is_iosco_compliant=each.iosco_compliant,
                has_conventional_experience=each.conventional_experience,
            )
            for each in record.indices
        ),
    )


def _attestation(record: AttestationRecord) -> Attestation:
    return Attestation(
        administrator=record.administrator,
        entries=tuple(
            Entry(Principle(number), PrincipleStatus[each.status], each.evidence, int(each.dated))
            for each in record.principles
            for number in range(each.first, each.last + 1)
        ),
    )
