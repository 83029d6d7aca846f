"""The words of a scenario for the market: assets, price paths, contracts and rule packs.

Frozen records in which every number has bounds; docs/scenarios.md shows each key by example.
"""

from typing import Annotated, Literal

from msgspec import Meta

from hkperp.quantities import (
    Amount,
    AssetPrice,
    Duration,
    Leverage,
    Multiple,
    Percent,
    Price,
    SignedPercent,
    Size,
    Time,
    Wait,
)
from hkperp.scenario.gate import (
    ClassCaps,
    ConcentrationRecord,
    DepegRecord,
    HoursRecord,
    MonitorRecord,
    OpenInterestDepthRecord,
    OpenInterestShare,
    ProductName,
    ReferenceRecord,
)
from hkperp.scenario.record import Name, Record, Words
from hkperp_engine.units import NS_PER_S

__all__ = ["AssetRecord", "ContractRecord", "ContractRules", "CsvColumn", "Deposit"]
__all__ += ["FundingRecord", "HouseRecord", "IndexRecord", "LeverageMix", "Leveraged"]
__all__ += ["MarkRecord", "Name", "OrdersRecord", "Pack", "PricePath", "PrivilegeRecord", "Record"]
__all__ += ["SourceRecord", "TierRecord", "TradingRecord", "Units", "Weight", "Words"]

Weight = Annotated[int, Meta(ge=1, le=1_000_000)]
Limit = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Units(Record, frozen=True, kw_only=True):
    """What amounts are counted in; the ledger unit is the smallest amount there is."""

    currency: Name
    ledger_unit: Literal["0.000001"]


class AssetRecord(Record, frozen=True, kw_only=True):
    """A margin asset; the first is the settlement currency. `par: 0` means no par value.

    `grace`: how long after its licence went it still counts; left out: for ever (GAT-032).
    """

    name: Name
    kind: Literal["FIAT", "STABLECOIN", "TOKENISED_DEPOSIT", "INELIGIBLE"]
    issuer: Words
    price: AssetPrice
    par: AssetPrice
    haircut: Percent
    conversion_haircut: Percent
    convertible: bool
    licensed: bool
    depeg: DepegRecord | None = None
    grace: Wait | None = None
    hours: HoursRecord | None = None


class CsvColumn(Record, frozen=True, kw_only=True):
    """A price column of a CSV file in the folder HKPERP_DATA, in order of time."""

    file: Name
    time_column: Words
    time_unit: Literal["s", "ms", "us", "ns"]
    price_column: Words


class PricePath(Record, frozen=True, kw_only=True):
    """A price over time in `currency`, times `rate` HKD per unit of it."""

    name: Name
    source: Words
    currency: Name
    rate: Price
    shape: Literal["linear", "step"]
    knots: Annotated[tuple[tuple[Time, Price], ...], Meta(max_length=20_000)] = ()
    csv: CsvColumn | None = None


class SourceRecord(Record, frozen=True, kw_only=True):
    """An index source: it shows the path, `offset` away. `own`: the operator's spot market."""

    name: Name
    weight: Percent
    age_max: Duration
    offset: SignedPercent
    own: bool = False


class IndexRecord(Record, frozen=True, kw_only=True):
    """How sources become an index (docs/rates.md section 1).

    `own_weight_max`: of all sources that are the operator's own (VAL-03).
    """

    sources_min: Annotated[int, Meta(ge=1, le=8)]
    deviation_max: Percent
    weight_max: Percent
    hold: Wait
    median: Wait
    median_band: Percent
    method: Literal["weighted-median", "weighted-mean"]
    own_weight_max: Percent = Percent(200_000_000)


class MarkRecord(Record, frozen=True, kw_only=True):
    """How index and book become the mark (docs/rates.md section 3)."""

    band: Percent
    basis_window: Duration
    basis_samples_min: Annotated[int, Meta(ge=1, le=30)]


class FundingRecord(Record, frozen=True, kw_only=True):
    """How premiums become a payment (docs/rates.md section 5)."""

    interval: Duration
    interest: SignedPercent
    interest_band: Percent
    rate_cap: Percent
    rate_step: Percent = Percent(0)
    impact_notional: Amount


class TradingRecord(Record, frozen=True, kw_only=True):
    """What one order of a contract may be, and when trade pauses; left out: not limited.

    `order_max` in the asset, `order_value_max` in HKD (MAT-080); `volatility` from the price
    `lookback` ago ends in a call auction of `pause` (MAT-064).
    """

    order_max: Size | None = None
    order_value_max: Amount | None = None
    price_band: Percent = Percent(0)
    volatility: Percent = Percent(0)
    lookback: Duration = Duration(300 * NS_PER_S)
    pause: Duration = Duration(300 * NS_PER_S)


class OrdersRecord(Record, frozen=True, kw_only=True):
    """Rules of the whole venue's books (MAT-034, MAT-080); 0: not limited.

    `day_start`: how long after midnight UTC the day begins, at which DAY orders end.
    """

    triggers_max: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 1_000
    open_orders_max: Limit = 0
    messages_max: Limit = 0
    message_window: Duration = Duration(NS_PER_S)
    day_start: Wait = Wait(0)


class PrivilegeRecord(Record, frozen=True, kw_only=True):
    """What the affiliated market maker may and others may not, and where that is disclosed."""

    name: Literal["rate_exempt"]
    disclosure: Name | None = None


class ContractRecord(Record, frozen=True, kw_only=True):
    """A perpetual contract, the same under every pack. `tick` is in HKD, `lot` of the asset.

    `expiry` and `inverse` are words for what is refused (PROD-01, PROD-07). `methodology`: the
    published formulas it is made for, `waterfall` the order of losses; others than this program's
    are refused (VAL-01, LOSS-01). `client_position_max` to `open_interest_share`: one account
    over all its wallets, a group of connected clients; left out: not limited (DFT-010).
    """

    name: Name
    path: Name
    tick: Price
    lot: Size
    price_max: Price
    position_max: Size
    open_interest_cap: Size
    margin_asset: Name
    sources: Annotated[tuple[SourceRecord, ...], Meta(min_length=1, max_length=8)]
    index: IndexRecord
    mark: MarkRecord
    funding: FundingRecord
    trading: TradingRecord = TradingRecord()
    monitor: MonitorRecord = MonitorRecord()
    product: ProductName = "LIVE"
    reference: ReferenceRecord | None = None
    expiry: Time | None = None
    inverse: bool = False
    methodology: Words | None = None
    waterfall: Words | None = None
    client_position_max: Size | None = None
    group_position_max: Size | None = None
    open_interest_share: OpenInterestShare | None = None


class TierRecord(Record, frozen=True, kw_only=True):
    """Margin rates from a notional of `floor` on."""

    floor: Amount
    initial: Percent
    maintenance: Percent


class ContractRules(Record, frozen=True, kw_only=True):
    """What a pack says about one contract. `leverage_max`: by class of investor (MRG-10).

    `fund_multiple`: open interest against layers 2 to 4, 0: not limited; `open_interest_depth`:
    against what rests near the mark (DFT-011).
    `inventory_max`: of what the platform takes over (DFT-020). `backstop_discount`: DFT-021.
    """

    contract: Name
    tiers: Annotated[tuple[TierRecord, ...], Meta(min_length=1, max_length=8)]
    maker_fee: Percent
    taker_fee: Percent
    liquidation_fee: Percent
    collar: Percent
    liquidation_collar: Percent
    participation: Percent
    buffer: Percent
    leverage_max: ClassCaps = ClassCaps()
    concentration: ConcentrationRecord | None = None
    fund_multiple: Multiple = Multiple(0)
    open_interest_depth: OpenInterestDepthRecord | None = None
    inventory_max: Size | None = None
    backstop_discount: Percent = Percent(0)


class HouseRecord(Record, frozen=True, kw_only=True):
    """What a pack says about the house: close-out margin, waterfall, timers, prefunded layers,
    and the error account that compensations are paid from.

    `vmgh_cap`: of a gain, what layer 5 may take in a cycle; `vmgh_rounds`: cycles of a mark step
    that may use it (DFT-031). `counts_gains`: unsettled gains carry new risk (MRG-12).
    `agreement`: version in force at the start (ELIG-06).
    """

    close_out: Percent
    loss_sharing: Literal["VMGH", "ADL"]
    vmgh_cap: Percent
    sample_interval: Duration
    cycle_interval: Duration
    first_loss: Amount
    reserve: Amount
    second_tranche: Amount
    error_account: Amount = Amount(0)
    counts_gains: bool = False
    agreement: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 1
    vmgh_rounds: Annotated[int, Meta(ge=1, le=2**31 - 1)] = 2**31 - 1


class LeverageMix(Record, frozen=True, kw_only=True):
    """One choice of leverage and how often it is taken."""

    times: Leverage
    weight: Weight


class Leveraged(Record, frozen=True, kw_only=True):
    """How a population funds its opening positions under a pack."""

    population: Name
    mix: Annotated[tuple[LeverageMix, ...], Meta(min_length=1, max_length=32)]


class Pack(Record, frozen=True, kw_only=True):
    """A rule pack. `label` is shown beside every figure of it.

    `regime`: the published bounds that it must keep to (`hkperp rules` names them).
    """

    name: Name
    label: Words
    regime: Name | None = None
    house: HouseRecord
    contracts: Annotated[tuple[ContractRules, ...], Meta(min_length=1, max_length=8)]
    leverage: Annotated[tuple[Leveraged, ...], Meta(max_length=32)] = ()


class Deposit(Record, frozen=True, kw_only=True):
    """What an account pays in at the start."""

    asset: Name
    amount: Amount
