"""The words of a scenario for the gate and the vault: assets, limits, products, references.

Frozen records in which every number has bounds; docs/scenarios.md shows each key by example, and
docs/gate.md and docs/default.md say what each does. All of it is off unless a file asks for it.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from hkperp.quantities import Amount, AssetPrice, Leverage, Multiple, Percent, Size, Time, Wait
from hkperp.scenario.record import Name, Record, Words

__all__ = ["AlertName", "AttestationRecord", "ClassCaps", "ConcentrationRecord", "DepegRecord"]
__all__ += ["EligibilityRecord", "HoursRecord", "IndexFacts", "IndexReferenceRecord"]
__all__ += ["LimitRecord", "MonitorRecord", "OpenInterestDepthRecord", "OpenInterestShare"]
__all__ += ["PrincipleRecord", "ProductName", "ReferenceAsset", "ReferenceRecord"]

AlertName = Literal["MARK_GAP", "DISPERSION", "SOURCES", "LADDER", "CONVERGENCE"]
ProductName = Literal["DRAFT", "SUBMITTED", "APPROVED", "LIVE", "REDUCE_ONLY", "DELISTED"]


class DepegRecord(Record, frozen=True, kw_only=True):
    """When a coin has lost its peg: a price `below` this `for` so long (GAT-031)."""

    below: AssetPrice
    for_: Wait = field(name="for")


class HoursRecord(Record, frozen=True, kw_only=True):
    """Settlement hours of an asset after midnight UTC; over midnight if they end before they
    begin (GAT-034).
    """

    open: Wait
    close: Wait


class LimitRecord(Record, frozen=True, kw_only=True):
    """A concentration limit over the assets of an issuer, a bank or a currency (GAT-036)."""

    name: Name
    assets: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=8)]
    pool_cap: Amount = Amount(0)
    client_cap: Amount = Amount(0)


class ClassCaps(Record, frozen=True, kw_only=True):
    """The highest leverage of a class of investor; left out: what the tiers allow (GAT-050)."""

    inst_pi: Leverage | None = field(name="INST_PI", default=None)
    corp_pi: Leverage | None = field(name="CORP_PI", default=None)
    trust_pi: Leverage | None = field(name="TRUST_PI", default=None)
    ind_pi: Leverage | None = field(name="IND_PI", default=None)
    afmm: Leverage | None = field(name="AFMM", default=None)


class ConcentrationRecord(Record, frozen=True, kw_only=True):
    """More initial margin of what goes beyond both shares and `floor` HKD (GAT-051)."""

    addon: Percent
    floor: Amount = Amount(0)
    open_interest_share: Percent = Percent(0)
    depth_share: Percent = Percent(0)


class OpenInterestShare(Record, frozen=True, kw_only=True):
    """The largest share of the open interest of one holder; up to `floor` always (DFT-010)."""

    share: Percent
    floor: Size


class OpenInterestDepthRecord(Record, frozen=True, kw_only=True):
    """Open interest against the thinner side near the mark; up to `floor` always (DFT-011)."""

    multiple: Multiple
    floor: Size


class MonitorRecord(Record, frozen=True, kw_only=True):
    """What the pricing monitor watches, and from where on it speaks (GAT-062)."""

    watch: Annotated[tuple[AlertName, ...], Meta(max_length=5)] = ()
    gap: Percent = Percent(0)
    dispersion: Percent = Percent(0)
    halt_dispersion: Percent = Percent(0)


class IndexFacts(Record, frozen=True, kw_only=True):
    """An index that holds an asset, and what is known of its provider (REF-03)."""

    name: Words
    provider: Words
    provider_group: Words
    investible: bool = True
    rules_based: bool = True
    documented: bool = True
    iosco_compliant: bool = False
    conventional_experience: bool = False


class EligibilityRecord(Record, frozen=True, kw_only=True):
    """The facts by which an asset is eligible for retail clients (REF-03)."""

    traded_since: Time
    platform_group: Words
    issuer_group: Words | None = None
    security: bool = False
    prospectus_compliant: bool = False
    stablecoin: bool = False
    indices: Annotated[tuple[IndexFacts, ...], Meta(max_length=32)] = ()


class ReferenceAsset(Record, frozen=True, kw_only=True):
    """An asset, whether retail clients may trade it here, and the facts behind it if given."""

    asset: Name
    retail_approved: bool
    eligibility: EligibilityRecord | None = None


class PrincipleRecord(Record, frozen=True, kw_only=True):
    """What is attested of principles `first` to `last` of the 19, by which document (REF-05)."""

    first: Annotated[int, Meta(ge=1, le=19)]
    last: Annotated[int, Meta(ge=1, le=19)]
    status: Literal["MET", "NOT_APPLICABLE", "PARTLY_MET", "NOT_MET"]
    evidence: Annotated[str, Meta(max_length=4000)] = ""
    dated: Time


class AttestationRecord(Record, frozen=True, kw_only=True):
    """An administrator's attestation for an index."""

    administrator: Words
    principles: Annotated[tuple[PrincipleRecord, ...], Meta(max_length=19)] = ()


class IndexReferenceRecord(Record, frozen=True, kw_only=True):
    """An index of assets that a contract refers to, and what is attested of it (REF-01)."""

    name: Words
    constituents: Annotated[tuple[ReferenceAsset, ...], Meta(min_length=1, max_length=64)]
    attestation: AttestationRecord | None = None


class ReferenceRecord(Record, frozen=True, kw_only=True):
    """What a contract refers to: one asset, or an index; exactly one of the two."""

    asset: ReferenceAsset | None = None
    index: IndexReferenceRecord | None = None
