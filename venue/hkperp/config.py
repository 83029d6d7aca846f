"""What a venue is made of: contracts, assets, house rules. Frozen values in whole units.

Every amount is in ledger units, every rate in ppb, every price in ticks, every time in ns; names
and meaning are those of docs/machine.md and docs/rates.md. The scenario loader makes a `Config`
from text; an embedder writes one directly. `hkperp.proof.check_config` refuses one that is not
allowed or whose bounds cannot be proved.
"""

import msgspec

from hkperp_engine.codes import AssetKind, LossSharing
from hkperp_engine.rules import BookRules, ContractRules

__all__ = ["Asset", "Config", "Contract", "FundingRules", "House", "IndexRules", "MarkRules"]
__all__ += ["Privilege", "Source", "Tier"]


class Tier(msgspec.Struct, frozen=True):
    """Margin rates from a notional of `floor_quote` on (MRG-09). Rates rise with the floor."""

    floor_quote: int
    im_ppb: int
    mm_ppb: int


class Source(msgspec.Struct, frozen=True):
    """One index source: its weight, and how old its price may be (VAL-02)."""

    name: str
    weight_ppb: int
    age_max_ns: int


class IndexRules(msgspec.Struct, frozen=True, kw_only=True):
    """How sources become an index and what happens when they fail (REF-06)."""

    source_min: int = 3
    deviation_max_ppb: int = 50_000_000
    weight_max_ppb: int = 400_000_000
    hold_ns: int = 60_000_000_000
    median_ns: int = 300_000_000_000
    median_band_ppb: int = 30_000_000
    is_weighted_mean: bool = False


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
    impact_notional: int


class Contract(msgspec.Struct, frozen=True, kw_only=True):
    """One perpetual contract (PROD-06). `tick_value`: ledger units that a lot gains per tick."""

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


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One margin asset (MRG-01 to MRG-05). Asset 0 of a venue is the settlement currency."""

    name: str
    kind: AssetKind
    price_ppb: int = 1_000_000_000
    par_ppb: int = 1_000_000_000
    haircut_ppb: int = 0
    conversion_haircut_ppb: int = 0
    is_convertible: bool = True
    is_licensed: bool = True


class House(msgspec.Struct, frozen=True, kw_only=True):
    """Rules of the house: close-out margin, loss sharing, timers."""

    start_ns: int
    close_out_ppb: int = 666_666_667
    loss_sharing: LossSharing = LossSharing.VMGH
    vmgh_cap_ppb: int = 1_000_000_000
    sample_interval_ns: int = 5_000_000_000
    cycle_interval_ns: int = 3_600_000_000_000


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
