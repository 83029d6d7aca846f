"""May an asset be sold to retail clients: what a perpetual may refer to (REF-03, for REF-01).

A truth table over facts about the asset and the indices that hold it. No asset has a place of its
own here: a name is only a name (REF-02). Groups are names of company groups: whoever has the same
group is not independent. This module imports neither numpy nor numba.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

import msgspec

from hkperp.rules.dates import are_months_over

__all__ = ["Index", "RetailEligibility", "RetailReason", "RetailRules", "Verdict"]


class RetailReason(StrEnum):
    """Why an asset is, or is not, eligible: one reason for each leg of the test."""

    ELIGIBLE = "all legs hold"
    SECURITY = "it is a security, and its offer does not comply with the prospectus rules"
    INDICES_TOO_FEW = "fewer than two acceptable indices hold it"
    PROVIDERS_TOO_FEW = "its indices have fewer than two providers"
    INDEX_NOT_INVESTIBLE = "without indices that are not investible too few are left"
    INDEX_NOT_RULES_BASED = "without indices that follow no rules too few are left"
    INDEX_NOT_DOCUMENTED = "without indices whose rules are not published too few are left"
    PROVIDER_OF_ISSUER = "without providers of the issuer's group too few are left"
    PROVIDER_OF_PLATFORM = "without providers of the platform's group too few are left"
    PROVIDERS_NOT_INDEPENDENT = "the providers are of one group"
    NO_IOSCO_PROVIDER = (
        "no provider follows the IOSCO principles and has experience with indices of conventional "
        "securities"
    )
    RECORD_TOO_SHORT = "it has traded for too short a time"


class Index(msgspec.Struct, frozen=True, kw_only=True):
    """An index that holds the asset, and what is known of its provider."""

    name: str
    provider: str
    provider_group: str
    is_investible: bool = True
    is_rules_based: bool = True
    is_documented: bool = True
    is_iosco_compliant: bool = False
    has_conventional_experience: bool = False


class RetailRules(msgspec.Struct, frozen=True, kw_only=True):
    """How many indices and providers, and how many calendar months of trading."""

    index_min: int = 2
    provider_min: int = 2
    record_months: int = 12


class Verdict(NamedTuple):
    """What the test found: the first leg that fails, in the order of `RetailReason`."""

    is_eligible: bool
    reason: RetailReason
    rule: str = "REF-03"


class RetailEligibility(msgspec.Struct, frozen=True, kw_only=True):
    """The facts about one asset.

    `traded_since_ns`: when its record begins. `is_stablecoin`: the leg of the record is not for
    stablecoins (B1 quotes it for the others). `issuer_group`: empty if nobody issues it.
    """

    asset: str
    traded_since_ns: int
    platform_group: str
    issuer_group: str = ""
    is_security: bool = False
    is_prospectus_compliant: bool = False
    is_stablecoin: bool = False
    indices: tuple[Index, ...] = ()
    rules: RetailRules = RetailRules()

    def evaluate(self, now_ns: int) -> Verdict:
        """Return whether the asset passes at a moment, and the first leg that it fails.

        An index that fails a leg of its own is left out; the asset fails that leg if then fewer
        than two indices of two providers are left. So a third, poor index does no harm.
        O(indices).
        """
        for reason in self._failures(now_ns):
            return Verdict(False, reason)
        return Verdict(True, RetailReason.ELIGIBLE)

    def _failures(self, now_ns: int) -> Iterator[RetailReason]:
        """Yield legs that fail, in order; those after the first may be consequences of it."""
        if self.is_security and not self.is_prospectus_compliant:
            yield RetailReason.SECURITY
        left = list(self.indices)
        if len(left) < self.rules.index_min:
            yield RetailReason.INDICES_TOO_FEW
        if len({each.provider for each in left}) < self.rules.provider_min:
            yield RetailReason.PROVIDERS_TOO_FEW
        for reason, kept in self._legs():
            left = [each for each in left if each in kept]
            if not self._are_enough(left):
                yield reason
        if len({each.provider_group for each in left}) < self.rules.provider_min:
            yield RetailReason.PROVIDERS_NOT_INDEPENDENT
        if not any(each.is_iosco_compliant and each.has_conventional_experience for each in left):
            yield RetailReason.NO_IOSCO_PROVIDER
        is_record_long = are_months_over(self.traded_since_ns, self.rules.record_months, now_ns)
        if not self.is_stablecoin and not is_record_long:
            yield RetailReason.RECORD_TOO_SHORT

    def _legs(self) -> Iterator[tuple[RetailReason, list[Index]]]:
        """Yield the legs that an index passes or fails by itself, with those that pass."""
        every, issuer, platform = self.indices, self.issuer_group, self.platform_group
        yield RetailReason.INDEX_NOT_INVESTIBLE, [each for each in every if each.is_investible]
        yield RetailReason.INDEX_NOT_RULES_BASED, [each for each in every if each.is_rules_based]
        yield RetailReason.INDEX_NOT_DOCUMENTED, [each for each in every if each.is_documented]
        foreign = [each for each in every if not issuer or each.provider_group != issuer]
        yield RetailReason.PROVIDER_OF_ISSUER, foreign
        foreign = [each for each in every if each.provider_group != platform]
        yield RetailReason.PROVIDER_OF_PLATFORM, foreign

    def _are_enough(self, indices: Sequence[Index]) -> bool:
        """Tell whether so many indices, of so many providers, are enough."""
        providers = {each.provider for each in indices}
        return len(indices) >= self.rules.index_min and len(providers) >= self.rules.provider_min
