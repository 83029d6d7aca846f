"""The retail token test: every leg of the truth table, one failing at a time (REF-03)."""

import itertools
import re
from pathlib import Path

import msgspec
import pytest

from hkperp.quantities import Time
from hkperp.rules import benchmark_attestation, retail_eligibility
from hkperp.rules.retail_eligibility import Index, RetailEligibility, RetailReason, RetailRules

NOW = Time.parse("2026-02-11T04:00Z")
OLD = Time.parse("2020-01-01T00:00Z")

TRADITIONAL = Index(
    name="large five",
    provider="Harbour Indices",
    provider_group="Harbour",
    is_iosco_compliant=True,
    has_conventional_experience=True,
)
NATIVE = Index(name="ten", provider="Peak Benchmarks", provider_group="Peak")
GOOD = RetailEligibility(
    asset="ABC",
    traded_since_ns=OLD,
    platform_group="Platform",
    issuer_group="Issuer",
    indices=(TRADITIONAL, NATIVE),
)


def but(**facts) -> RetailEligibility:
    """The good asset, with other facts."""
    return msgspec.structs.replace(GOOD, **facts)


def with_native(**facts) -> RetailEligibility:
    """The good asset; its second index is another."""
    return but(indices=(TRADITIONAL, msgspec.structs.replace(NATIVE, **facts)))


def with_traditional(**facts) -> RetailEligibility:
    return but(indices=(msgspec.structs.replace(TRADITIONAL, **facts), NATIVE))


# The one fact that is not as it should be, and the reason given for it.
LEGS = [
    (but(is_security=True), RetailReason.SECURITY),
    (but(indices=()), RetailReason.INDICES_TOO_FEW),
    (but(indices=(TRADITIONAL,)), RetailReason.INDICES_TOO_FEW),
    (with_native(provider="Harbour Indices"), RetailReason.PROVIDERS_TOO_FEW),
    (with_native(is_investible=False), RetailReason.INDEX_NOT_INVESTIBLE),
    (with_native(is_rules_based=False), RetailReason.INDEX_NOT_RULES_BASED),
    (with_native(is_documented=False), RetailReason.INDEX_NOT_DOCUMENTED),
    (with_native(provider_group="Issuer"), RetailReason.PROVIDER_OF_ISSUER),
    (with_native(provider_group="Platform"), RetailReason.PROVIDER_OF_PLATFORM),
    (with_native(provider_group="Harbour"), RetailReason.PROVIDERS_NOT_INDEPENDENT),
    (with_traditional(is_iosco_compliant=False), RetailReason.NO_IOSCO_PROVIDER),
    (with_traditional(has_conventional_experience=False), RetailReason.NO_IOSCO_PROVIDER),
    (but(traded_since_ns=Time.parse("2025-02-12T00:00Z")), RetailReason.RECORD_TOO_SHORT),
    (GOOD, RetailReason.ELIGIBLE),
]


@pytest.mark.parametrize(("facts", "reason"), LEGS, ids=lambda each: getattr(each, "name", None))
def test_one_failing_leg_at_a_time(facts: RetailEligibility, reason: RetailReason) -> None:
    found = facts.evaluate(NOW)
    assert found == (reason == RetailReason.ELIGIBLE, reason, "REF-03")


def test_every_leg_has_a_row() -> None:
    assert {reason for _, reason in LEGS} == set(RetailReason)


def test_a_security_with_a_compliant_prospectus_passes() -> None:
    assert but(is_security=True, is_prospectus_compliant=True).evaluate(NOW).is_eligible


def test_the_record_is_twelve_months_to_the_day() -> None:
    """Traded since 11 February 2025 in Hong Kong: eligible from 11 February 2026 on."""
    facts = but(traded_since_ns=Time.parse("2025-02-11T09:30Z"))
    first = Time.parse("2026-02-10T16:00Z")
    assert facts.evaluate(first).is_eligible
    assert facts.evaluate(first - 1).reason == RetailReason.RECORD_TOO_SHORT


def test_a_stablecoin_needs_no_record() -> None:
    assert but(traded_since_ns=NOW, is_stablecoin=True).evaluate(NOW).is_eligible


def test_both_qualities_are_of_one_provider() -> None:
    """Principles here and experience there are not a provider with both."""
    halves = (
        msgspec.structs.replace(TRADITIONAL, has_conventional_experience=False),
        msgspec.structs.replace(NATIVE, has_conventional_experience=True),
    )
    assert but(indices=halves).evaluate(NOW).reason == RetailReason.NO_IOSCO_PROVIDER


@pytest.mark.parametrize(
    "poor",
    [
        msgspec.structs.replace(NATIVE, is_investible=False),
        msgspec.structs.replace(NATIVE, provider_group="Issuer"),
        msgspec.structs.replace(NATIVE, provider_group="Platform"),
        msgspec.structs.replace(NATIVE, provider_group="Harbour"),
    ],
)
def test_a_third_index_does_no_harm_and_no_good(poor: Index) -> None:
    third = msgspec.structs.replace(poor, name="third", provider="Third")
    assert but(indices=(TRADITIONAL, NATIVE, third)).evaluate(NOW).is_eligible
    assert not but(indices=(TRADITIONAL, third)).evaluate(NOW).is_eligible


def test_an_unacceptable_index_lends_its_provider_no_standing() -> None:
    """The one with the experience must itself be acceptable."""
    poor = msgspec.structs.replace(TRADITIONAL, is_documented=False)
    second = msgspec.structs.replace(NATIVE, name="second", provider="P2", provider_group="G2")
    found = but(indices=(poor, NATIVE, second)).evaluate(NOW)
    assert found.reason == RetailReason.NO_IOSCO_PROVIDER


def test_nobody_issues_it() -> None:
    """An asset without an issuer: no group is the issuer's, not even one without a name."""
    nameless = msgspec.structs.replace(NATIVE, provider_group="")
    assert but(issuer_group="", indices=(TRADITIONAL, nameless)).evaluate(NOW).is_eligible


def test_the_order_of_indices_does_not_matter() -> None:
    poor = msgspec.structs.replace(NATIVE, name="poor", is_investible=False)
    third = msgspec.structs.replace(NATIVE, name="third", provider="P3", provider_group="Harbour")
    for indices in itertools.permutations((TRADITIONAL, poor, third)):
        found = but(indices=indices).evaluate(NOW)
        assert found.reason == RetailReason.PROVIDERS_NOT_INDEPENDENT


def test_numbers_are_parameters() -> None:
    assert but(rules=RetailRules(index_min=3)).evaluate(NOW).reason == RetailReason.INDICES_TOO_FEW
    young = but(traded_since_ns=NOW, rules=RetailRules(record_months=0))
    assert young.evaluate(NOW).is_eligible


@pytest.mark.parametrize("asset", ["BTC", "ETH", "SOL", "DOGE", "", "anything"])
def test_no_name_is_special(asset: str) -> None:
    """(REF-02) The limit to two names belongs to financing collateral, not to references."""
    assert but(asset=asset).evaluate(NOW).is_eligible
    assert not but(asset=asset, indices=()).evaluate(NOW).is_eligible


@pytest.mark.parametrize("module", [retail_eligibility, benchmark_attestation])
def test_no_name_is_written_in_the_rules(module) -> None:
    """(REF-02) Nor could one be: the sources name no asset."""
    words = re.findall(r"[a-z]+", Path(module.__file__).read_text().lower())
    assert not {"btc", "eth", "sol", "bitcoin", "ether"} & set(words)
