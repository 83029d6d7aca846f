"""What a venue is made of: contracts, assets, house rules. Frozen values in whole units.

Every amount is in ledger units, every rate in ppb, every price in ticks, every time in ns; names
and meaning are those of docs/machine.md and docs/rates.md. The scenario loader makes a `Config`
from text; an embedder writes one directly. `hkperp.rules.proof.check_config` refuses one that is
not allowed or whose bounds cannot be proved.
"""

import hashlib

import msgspec

from hkperp_engine.codes import AssetKind, LossSharing, ProductState, ReferenceStatus
from hkperp_engine.rules import BookRules, ContractRules
from hkperp_funding import methodology

__all__ = ["Asset", "Concentration", "Config", "Contract", "FundingRules", "GRACE_NEVER_NS"]
__all__ += ["House", "IndexRules", "Limit", "METHODOLOGY", "MarkRules", "MonitorRules"]
__all__ += ["OpenInterestDepth", "Privilege", "Source", "Tier", "WATERFALL"]

#: The published formulas of index, mark and funding that a contract is settled by (VAL-01), and
#: the order in which losses are borne (LOSS-01); both are part of its terms.
METHODOLOGY = f"{methodology.METHODOLOGY}/{methodology.METHODOLOGY_VERSION}"
WATERFALL = "WATERFALL/2"

#: A grace that is never over: an asset whose licence went keeps its haircut (GAT-032).
GRACE_NEVER_NS = 2**61


class Tier(msgspec.Struct, frozen=True):
    """Margin rates from a notional of `floor_quote` on (MRG-09). Rates rise with the floor."""

    floor_quote: int
    im_ppb: int
    mm_ppb: int


class Source(msgspec.Struct, frozen=True):
    """One index source: its weight, and how old its price may be (VAL-02).

    `is_own_venue`: it is the operator's own spot market, whose weight is limited (VAL-03).
    """

    name: str
    weight_ppb: int
    age_max_ns: int
    is_own_venue: bool = False


class IndexRules(msgspec.Struct, frozen=True, kw_only=True):
    """How sources become an index and what happens when they fail (REF-06)."""

    source_min: int = 3
    deviation_max_ppb: int = 50_000_000
    weight_max_ppb: int = 400_000_000
    hold_ns: int = 60_000_000_000
    median_ns: int = 300_000_000_000
    median_band_ppb: int = 30_000_000
    is_weighted_mean: bool = False
    own_weight_max_ppb: int = 200_000_000


class MarkRules(msgspec.Struct, frozen=True, kw_only=True):
    """How index and book become the mark (VAL-04)."""

    band_ppb: int = 30_000_000
    basis_window_ns: int = 150_000_000_000
    basis_samples_min: int = 10


class FundingRules(msgspec.Struct, frozen=True, kw_only=True):
    """How premiums become a payment (FND-03). `impact_notional` in ticks times lots."""

    interval_ns: int = 28_800_000_000_000
    interest_ppb: int = 100_000
    interest_band_ppb: int = 500_000
    rate_cap_ppb: int = 3_500_000
    rate_step_ppb: int = 0
    impact_notional: int


class MonitorRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the pricing monitor of a contract watches (VAL-06, GAT-062); nothing by default.

    `mask`: bits `1 << Alert`. Thresholds of 0 are off.
    """

    mask: int = 0
    alert_gap_ppb: int = 0
    alert_dispersion_ppb: int = 0
    halt_dispersion_ppb: int = 0


class Concentration(msgspec.Struct, frozen=True, kw_only=True):
    """Add-on to the initial margin of a large position (LIM-02, GAT-051); off by default.

    Asked of what goes beyond the lesser of the two shares, and beyond `floor_quote`.
    """

    addon_ppb: int = 0
    floor_quote: int = 0
    oi_share_ppb: int = 0
    depth_share_ppb: int = 0


class OpenInterestDepth(msgspec.Struct, frozen=True, kw_only=True):
    """Cap of open interest against what rests near the mark (LIM-03, DFT-011).

    `multiple`: hundredths of the thinner side's lots; `floor_lots` may always be open.
    """

    multiple: int
    floor_lots: int


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """One perpetual contract (PROD-06). `tick_value`: ledger units that a lot gains per tick.

    `client_lots_max` to `oi_fund_multiple`: DFT-010, DFT-011; the next two: DFT-020, DFT-021; 0
    is off. `oi_depth`: DFT-011; unset is off, and then no part of the terms as JSON: the
    `terms_hash` of a contract without it does not know of it. `class_floors_ppb`: least initial
    margin by InvestorClass, () for none (MRG-10). `product` and `reference`: GAT-020. One with
    `expiry_ns` or `is_inverse` is refused (PROD-01, PROD-07), and one made for another
    `methodology` or `waterfall` than this program's (VAL-01, LOSS-01).
    """

    name: str
    tick_value: int
    price_ticks_max: int
    lots_max: int
    oi_cap_lots: int
    tiers: tuple[Tier, ...]
    sources: tuple[Source, ...]
    index: IndexRules
    mark: MarkRules
    funding: FundingRules
    maker_fee_ppb: int
    taker_fee_ppb: int
    liquidation_fee_ppb: int
    collar_ppb: int
    liquidation_collar_ppb: int
    participation_ppb: int
    buffer_ppb: int
    margin_asset: str = "HKD"
    trading: ContractRules = ContractRules()
    class_floors_ppb: tuple[int, ...] = ()
    concentration: Concentration = Concentration()
    monitor: MonitorRules = MonitorRules()
    product: ProductState = ProductState.LIVE
    reference: ReferenceStatus = ReferenceStatus.ELIGIBLE
    client_lots_max: int = 0
    group_lots_max: int = 0
    oi_share_ppb: int = 0
    oi_share_floor_lots: int = 0
    oi_fund_multiple: int = 0
    oi_depth: OpenInterestDepth | msgspec.UnsetType = msgspec.UNSET
    inventory_lots_max: int = 0
    backstop_discount_ppb: int = 0
    expiry_ns: int = 0
    is_inverse: bool = False
    methodology: str = METHODOLOGY
    waterfall: str = WATERFALL

    @property
    def terms_hash(self) -> int:
        """What every trade of it carries: its terms as a number (PROD-06, GAT-022).

        The first 63 bits of the SHA-256 of its JSON with sorted keys.
        """
        digest = hashlib.sha256(msgspec.json.encode(self, order="sorted")).digest()
        return int.from_bytes(digest[:8], "big") >> 1


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One margin asset (MRG-01 to MRG-05). Asset 0 of a venue is the settlement currency.

    `depeg_ppb`, `depeg_ns`: GAT-031; `grace_ns` after the licence is gone: GAT-032; settlement
    hours `open_ns` to `close_ns` of a UTC day, equal: always (GAT-034).
    """

    name: str
    kind: AssetKind
    price_ppb: int = 1_000_000_000
    par_ppb: int = 1_000_000_000
    haircut_ppb: int = 0
    conversion_haircut_ppb: int = 0
    is_convertible: bool = True
    is_licensed: bool = True
    depeg_ppb: int = 0
    depeg_ns: int = 900_000_000_000
    grace_ns: int = GRACE_NEVER_NS
    open_ns: int = 0
    close_ns: int = 0


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """A concentration limit over the margin assets of an issuer, a bank, a currency (MRG-06).

    `assets`: their names; caps in quote, 0 for none (GAT-036).
    """

    name: str
    assets: tuple[str, ...]
    pool_cap_quote: int = 0
    client_cap_quote: int = 0


class House(msgspec.Struct, frozen=True, kw_only=True):
    """Rules of the house: close-out margin, loss sharing, timers.

    `counts_gains`: do unsettled gains carry new risk (MRG-12, GAT-053). `agreement_version`: the
    client agreement in force at the start (ELIG-06). `vmgh_cap_ppb` of each gain may be taken by
    layer 5, in `vmgh_rounds` cycles of a mark step (DFT-031).
    """

    start_ns: int
    close_out_ppb: int = 666_666_667
    loss_sharing: LossSharing = LossSharing.VMGH
    vmgh_cap_ppb: int = 1_000_000_000
    vmgh_rounds: int = 2**31 - 1
    sample_interval_ns: int = 5_000_000_000
    cycle_interval_ns: int = 3_600_000_000_000
    counts_gains: bool = False
    agreement_version: int = 1


class Privilege(msgspec.Struct, frozen=True):
    """A preferential treatment of the affiliate, and where it is disclosed (AFMM-04).

    `name`: a field of `BookRules` that favours the affiliate: rate_exempt.
    """

    name: str
    disclosure_id: str


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A venue: what `Venue(config, accounts)` needs besides its accounts."""

    house: House
    contracts: tuple[Contract, ...]
    assets: tuple[Asset, ...]
    orders: BookRules = BookRules()
    privileges: tuple[Privilege, ...] = ()
    limits: tuple[Limit, ...] = ()
