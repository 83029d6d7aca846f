"""IOSCO attestations and what a contract may refer to (REF-05, REF-01)."""

from itertools import pairwise

import msgspec
import pytest

from hkperp.quantities import Time
from hkperp.rules.benchmark_attestation import (
    AssetReference,
    Attestation,
    Entry,
    FaultKind,
    IndexReference,
    Principle,
    PrincipleGroup,
    PrincipleStatus,
    reference_refusal,
    reference_status,
)
from hkperp.rules.retail_eligibility import Index, RetailEligibility
from hkperp_engine.codes import ReferenceStatus, Reject
from hkperp_engine.units import NS_PER_DAY

NOW = Time.parse("2026-02-11T04:00Z")
DATED = Time.parse("2025-09-30T02:00Z")
MET, NOT_APPLICABLE = PrincipleStatus.MET, PrincipleStatus.NOT_APPLICABLE


def entry(principle: Principle, **facts) -> Entry:
    found = Entry(principle, MET, f"report, section {principle:d}", DATED)
    return msgspec.structs.replace(found, **facts)


def attestation(principle: Principle | None = None, **facts) -> Attestation:
    """All 19 met, but for the facts of one."""
    entries = [entry(each, **(facts if each == principle else {})) for each in Principle]
    return Attestation(administrator="Harbour Indices", entries=tuple(entries))


def test_nineteen_principles_in_four_groups() -> None:
    """(REF-05) 1-5, 6-10, 11-15, 16-19, in the rulebook's order."""
    assert [each.value for each in Principle] == list(range(1, 20))
    by_group = {group: [int(p) for p in Principle if p.group == group] for group in PrincipleGroup}
    assert by_group == {
        PrincipleGroup.GOVERNANCE: [1, 2, 3, 4, 5],
        PrincipleGroup.BENCHMARK_QUALITY: [6, 7, 8, 9, 10],
        PrincipleGroup.METHODOLOGY: [11, 12, 13, 14, 15],
        PrincipleGroup.ACCOUNTABILITY: [16, 17, 18, 19],
    }
    assert Principle.HIERARCHY_OF_DATA_INPUTS == 8
    assert Principle.SUBMITTER_CODE == 14


def test_all_nineteen_make_it_valid() -> None:
    assert attestation().faults(NOW) == []
    assert attestation().is_valid(NOW)


@pytest.mark.parametrize("principle", Principle, ids=lambda each: each.name)
def test_one_missing_entry(principle: Principle) -> None:
    whole = attestation().entries
    entries = tuple(each for each in whole if each.principle != principle)
    found = Attestation(administrator="", entries=entries)
    assert found.faults(NOW) == [(principle, FaultKind.MISSING)]
    twice = Attestation(administrator="", entries=(*whole, entry(principle)))
    assert twice.faults(NOW) == [(principle, FaultKind.TWICE)]


FAULTS = [
    ({"status": PrincipleStatus.PARTLY_MET}, FaultKind.NOT_MET),
    ({"status": PrincipleStatus.NOT_MET}, FaultKind.NOT_MET),
    ({"evidence": " "}, FaultKind.NO_EVIDENCE),
    ({"dated_ns": NOW + 1}, FaultKind.IN_FUTURE),
    ({"dated_ns": NOW}, None),
    ({"dated_ns": Time.parse("2025-02-10T15:59:59Z")}, FaultKind.TOO_OLD),
    ({"dated_ns": Time.parse("2025-02-10T16:00:00Z")}, None),
]


@pytest.mark.parametrize("principle", Principle, ids=lambda each: each.name)
@pytest.mark.parametrize(("facts", "kind"), FAULTS)
def test_one_faulty_entry(principle: Principle, facts: dict, kind: FaultKind | None) -> None:
    """(REF-05) Today is 11 February 2026: an entry of 11 February 2025 is just not too old."""
    found = attestation(principle, **facts)
    assert found.faults(NOW) == ([] if kind is None else [(principle, kind)])
    assert found.is_valid(NOW) == (kind is None)


@pytest.mark.parametrize("principle", Principle, ids=lambda each: each.name)
def test_what_may_not_apply(principle: Principle) -> None:
    """Two principles speak of somebody whom not every index has; still it must be shown."""
    found = attestation(principle, status=NOT_APPLICABLE).faults(NOW)
    may_be_left_out = principle in (Principle.THIRD_PARTIES, Principle.SUBMITTER_CODE)
    assert found == ([] if may_be_left_out else [(principle, FaultKind.CANNOT_BE_LEFT_OUT)])
    silent = attestation(principle, status=NOT_APPLICABLE, evidence="").faults(NOW)
    assert len(silent) == 1


def test_it_ends_with_its_oldest_entry() -> None:
    found = attestation(Principle.AUDITS, dated_ns=Time.parse("2025-03-05T00:00Z"))
    end_ns = found.valid_until_ns()
    assert found.is_valid(end_ns)
    assert found.faults(end_ns + 1) == [(Principle.AUDITS, FaultKind.TOO_OLD)]
    assert Attestation(administrator="").valid_until_ns() == 0


def test_faults_are_in_order() -> None:
    found = Attestation(administrator="").faults(NOW)
    assert len(found) == 19
    assert all(one.principle < other.principle for one, other in pairwise(found))


GOOD = RetailEligibility(
    asset="ABC",
    traded_since_ns=Time.parse("2020-01-01T00:00Z"),
    platform_group="Platform",
    indices=(
        Index(
            name="large five",
            provider="Harbour Indices",
            provider_group="Harbour",
            is_iosco_compliant=True,
            has_conventional_experience=True,
        ),
        Index(name="ten", provider="Peak Benchmarks", provider_group="Peak"),
    ),
)
ASSET = AssetReference(eligibility=GOOD, is_retail_spot=True)
NOT_HERE = AssetReference(eligibility=GOOD, is_retail_spot=False)
NOT_ELIGIBLE = AssetReference(
    eligibility=msgspec.structs.replace(GOOD, is_security=True), is_retail_spot=True
)
OLD = attestation(Principle.AUDIT_TRAIL, dated_ns=DATED - 365 * NS_PER_DAY)


def index(*constituents: AssetReference, attested: Attestation | None = None) -> IndexReference:
    return IndexReference(name="five", constituents=constituents, attestation=attested)


# reference, answer
REFERENCES = [
    (ASSET, Reject.NONE),
    (NOT_HERE, Reject.REF_NOT_RETAIL_ELIGIBLE),
    (NOT_ELIGIBLE, Reject.REF_NOT_RETAIL_ELIGIBLE),
    (index(ASSET, ASSET, attested=attestation()), Reject.NONE),
    (index(ASSET, NOT_ELIGIBLE, attested=attestation()), Reject.REF_INDEX_NOT_IOSCO),
    (index(NOT_HERE, ASSET, attested=attestation()), Reject.REF_INDEX_NOT_IOSCO),
    (index(ASSET), Reject.REF_INDEX_NOT_IOSCO),
    (index(ASSET, attested=OLD), Reject.REF_INDEX_NOT_IOSCO),
    (index(ASSET, attested=Attestation(administrator="")), Reject.REF_INDEX_NOT_IOSCO),
    (index(attested=attestation()), Reject.REF_INDEX_NOT_IOSCO),
]


@pytest.mark.parametrize(("reference", "refusal"), REFERENCES)
def test_references(reference: AssetReference | IndexReference, refusal: Reject) -> None:
    """(REF-01) An eligible asset, or an index of eligible assets that meets the principles."""
    assert reference_refusal(reference, NOW) == refusal
    status = {
        Reject.NONE: ReferenceStatus.ELIGIBLE,
        Reject.REF_NOT_RETAIL_ELIGIBLE: ReferenceStatus.NOT_RETAIL,
        Reject.REF_INDEX_NOT_IOSCO: ReferenceStatus.INDEX_NOT_IOSCO,
    }
    assert reference_status(reference, NOW) == status[refusal]


def test_an_index_is_refused_from_the_day_its_attestation_is_too_old() -> None:
    found = index(ASSET, attested=attestation())
    end_ns = attestation().valid_until_ns()
    assert reference_refusal(found, end_ns) == Reject.NONE
    assert reference_refusal(found, end_ns + 1) == Reject.REF_INDEX_NOT_IOSCO
