"""A venue to begin with: one contract under the Hong Kong rules, for examples, tests, benchmarks.

A scenario file says everything; this says one thing, and is the shortest way to a running venue.
"""

from hkperp.config import (
    Asset,
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    MarkRules,
    Source,
    Tier,
)
from hkperp_engine.codes import AssetKind
from hkperp_engine.units import PPB

__all__ = ["bitcoin_hkd"]

_AGE_MAX_NS = 60_000_000_000


def bitcoin_hkd(*, start_ns: int) -> Config:
    """Return a venue with the contract BTC-HKD and two assets, HKD and an HKD stablecoin.

    A tick is HKD 1, a lot 0.001 BTC, so a lot gains 1,000 ledger units (HKD 0.001) per tick.
    Initial margin 20% (5x), maintenance 10%; three equal index sources; fees 0.02% and 0.05%;
    funding every 8 h. `start_ns`: when time begins, ns since the epoch.
    """
    third = PPB // 3
    contract = Contract(
        name="BTC-HKD",
        tick_value=1_000,
        price_ticks_max=5_000_000,
        lots_max=1_000_000,
        oi_cap_lots=100_000_000,
        tiers=(Tier(floor_quote=0, im_ppb=200_000_000, mm_ppb=100_000_000),),
        sources=(
            Source("first", third + 1, _AGE_MAX_NS),
            Source("second", third, _AGE_MAX_NS),
            Source("third", third, _AGE_MAX_NS),
        ),
        index=IndexRules(),
        mark=MarkRules(),
        funding=FundingRules(impact_notional=1_000_000 * 1_000),
        maker_fee_ppb=200_000,
        taker_fee_ppb=500_000,
        liquidation_fee_ppb=5_000_000,
        collar_ppb=50_000_000,
        liquidation_collar_ppb=50_000_000,
        participation_ppb=500_000_000,
        buffer_ppb=50_000_000,
    )
    coin = Asset(
        name="HKDX",
        kind=AssetKind.STABLECOIN,
        haircut_ppb=20_000_000,
        conversion_haircut_ppb=1_000_000,
    )
    return Config(
        house=House(start_ns=start_ns),
        contracts=(contract,),
        assets=(Asset(name="HKD", kind=AssetKind.FIAT), coin),
    )
