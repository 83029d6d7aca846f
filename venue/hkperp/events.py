"""What a venue answers: one frozen struct per kind of event, named as the kind.

Every event has `sequence` (1, 2, 3 ... without gaps) and `time_ns` (the machine's time). Prices
are whole ticks, quantities whole lots, amounts ledger units, rates ppb; `contract`, `asset` and
`source` count from 0 in the order of the `Config`. docs/machine.md section 8 says when each is
written. Some names are also those of a command or of an enumeration: write `events.ContractState`.

Events come from the machine only; nobody needs to make one but a decoder. This module imports
neither numpy nor numba.
"""

from hkperp.book_events import (
    AfmmSuspended,
    ContractState,
    EventStruct,
    KillSwitch,
    MassCancelled,
    OrderAccepted,
    OrderAmended,
    OrderCancelled,
    OrderReduced,
    OrderRefreshed,
    OrderWaits,
    Protection,
    Trade,
    TradeBusted,
    TriggerCap,
    Triggered,
    Uncross,
)
from hkperp.gate_events import (
    Acknowledged,
    Agreement,
    Alert,
    AssetHaircut,
    Backstop,
    BackstopSet,
    DefaultDeclared,
    ExposureLimit,
    FinalPrice,
    FinalSettlement,
    MarginAddon,
    MarginNotice,
    OiCap,
    ProductState,
    Reconciled,
    ReferenceStatus,
    SegBreak,
    TearUp,
)
from hkperp_engine import codes
from hkperp_engine.refusals import REJECT_TEXT

__all__ = [
    "AccountStatus",
    "Acknowledged",
    "AfmmSuspended",
    "Agreement",
    "Alert",
    "Allocation",
    "AssetHaircut",
    "AssetPrice",
    "AssetState",
    "Backstop",
    "BackstopSet",
    "ContractState",
    "Cycle",
    "CycleDone",
    "Default",
    "DefaultDeclared",
    "Deleverage",
    "Explain",
    "ExposureLimit",
    "FeeWaived",
    "FinalPrice",
    "FinalSettlement",
    "Funding",
    "FundingRate",
    "Haircut",
    "Index",
    "IndexSource",
    "KillSwitch",
    "LiquidationOrder",
    "MarginAddon",
    "MarginNotice",
    "MarginState",
    "Mark",
    "MassCancelled",
    "OiCap",
    "OpeningTrade",
    "OrderAccepted",
    "OrderAmended",
    "OrderCancelled",
    "OrderReduced",
    "OrderRefreshed",
    "OrderWaits",
    "Posting",
    "ProductState",
    "Protection",
    "Reconciled",
    "ReferenceStatus",
    "Refused",
    "SegBreak",
    "Takeover",
    "TearUp",
    "Trade",
    "TradeBusted",
    "TriggerCap",
    "Triggered",
    "Uncross",
]


class Refused(EventStruct, frozen=True, tag="REFUSED"):
    """A command was refused and changed nothing. `command_kind`: number of its `Command`."""

    reject: codes.Reject
    command_kind: int
    contract: int
    wallet: int
    order_id: int
    tag: int

    @property
    def text(self) -> str:
        """What the refusal means and what to do about it, one sentence."""
        return REJECT_TEXT[self.reject]


class OpeningTrade(EventStruct, frozen=True, tag="OPENING_TRADE"):
    """A position was opened between two clients without the book, under the contract's terms."""

    contract: int
    long_wallet: int
    short_wallet: int
    price_ticks: int
    lots: int
    terms_hash: int


class Posting(EventStruct, frozen=True, tag="POSTING"):
    """Money moved: `amount` units of an asset from one wallet to another.

    `reference_id`: the loss for LAYER_PAYMENT and CLAIM_REPAYMENT, the order for a fill's FEE and
    LIQUIDATION_FEE, the sequence of the trade for FEE_REFUND, the command's for COMPENSATION, the
    wallet that a DEPOSIT_UNCLEARED, _CLEARED or _RETURNED is for, else 0.
    """

    posting: codes.Posting
    asset: int
    payer_wallet: int
    receiver_wallet: int
    amount: int
    reference_id: int


class FeeWaived(EventStruct, frozen=True, tag="FEE_WAIVED"):
    """The part of a fee that a wallet could not pay; it is never owed."""

    contract: int
    wallet: int
    amount: int
    order_id: int


class IndexSource(EventStruct, frozen=True, tag="INDEX_SOURCE"):
    """The verdict on one index source at a mark step."""

    contract: int
    source: int
    status: codes.SourceStatus
    price_ticks: int
    age_ns: int


class Index(EventStruct, frozen=True, tag="INDEX"):
    """The index of a contract, and the rung of the ladder it stands on."""

    contract: int
    status: codes.IndexStatus
    price_ticks: int
    source_count: int


class Mark(EventStruct, frozen=True, tag="MARK"):
    """The last good mark. `basis_bits`: which of the three prices were used (docs/rates.md).

    `threshold_quote`: the notional from which the concentration add-on is asked; 0: off (GAT-051).
    """

    contract: int
    price_ticks: int
    index_ticks: int
    basis_bits: int
    is_stale: bool
    threshold_quote: int


class FundingRate(EventStruct, frozen=True, tag="FUNDING_RATE"):
    """The rate of the interval that ends now; longs pay if it is positive."""

    contract: int
    mark_ticks: int
    rate_ppb: int
    sample_count: int


class Funding(EventStruct, frozen=True, tag="FUNDING"):
    """A wallet's funding payment; negative if it pays. `lots` is its position, signed."""

    contract: int
    wallet: int
    mark_ticks: int
    lots: int
    amount: int


class Cycle(EventStruct, frozen=True, tag="CYCLE"):
    """A settlement cycle begins, with a loss of `amount` to be shared (0: none)."""

    cause: codes.CycleCause
    cycle: int
    loss_id: int
    amount: int


class CycleDone(EventStruct, frozen=True, tag="CYCLE_DONE"):
    """A settlement cycle ended; `amount` was paid by those who had lost."""

    cycle: int
    amount: int


class MarginState(EventStruct, frozen=True, tag="MARGIN_STATE"):
    """The margin state of a wallet, and the equity it was judged on."""

    wallet: int
    state: codes.MarginState
    equity_quote: int


class Explain(EventStruct, frozen=True, tag="EXPLAIN"):
    """One input of a decision about a wallet; docs/machine.md section 9 lists what each holds.

    `cost_quote`: of a LEG only. `amount`: an amount, a time in ns (MARK, INDEX), entry cost (LEG).
    `terms_hash`: of a MARK only, the terms of its contract (PROD-06).
    """

    wallet: int
    input: codes.Explain
    amount: int
    contract: int
    price_ticks: int
    lots: int
    cost_quote: int
    terms_hash: int


class LiquidationOrder(EventStruct, frozen=True, tag="LIQUIDATION_ORDER"):
    """The house sends an IOC order for a wallet; `curing_lots` would have restored its margin."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    curing_lots: int


class Takeover(EventStruct, frozen=True, tag="TAKEOVER"):
    """A position, signed lots, went to the platform's account at the mark."""

    contract: int
    wallet: int
    counter_wallet: int
    mark_ticks: int
    lots: int


class Default(EventStruct, frozen=True, tag="DEFAULT"):
    """A wallet cannot pay `amount`: the waterfall begins."""

    wallet: int
    amount: int
    loss_id: int


class Allocation(EventStruct, frozen=True, tag="ALLOCATION"):
    """A layer of the waterfall bears `amount` of a loss."""

    layer: codes.Layer
    wallet: int
    amount: int
    loss_id: int


class Haircut(EventStruct, frozen=True, tag="HAIRCUT"):
    """`amount` of a wallet's gain of `variation_quote` was kept back for a loss, in a layer."""

    layer: codes.Layer
    wallet: int
    amount: int
    variation_quote: int
    loss_id: int


class Deleverage(EventStruct, frozen=True, tag="DELEVERAGE"):
    """Part of a wallet's position was closed against a defaulter, who got `amount` of its gain."""

    contract: int
    wallet: int
    defaulter_wallet: int
    mark_ticks: int
    lots: int
    amount: int
    loss_id: int
    score: int


class AccountStatus(EventStruct, frozen=True, tag="ACCOUNT_STATUS"):
    """The evidence about a client changed."""

    wallet: int
    investor_class: codes.InvestorClass
    valid_until_ns: int
    has_knowledge: bool
    has_agreement: bool
    has_notification: bool
    has_report: bool
    has_declaration: bool
    has_undertaking: bool
    is_group_company: bool
    is_blocked: bool


class AssetPrice(EventStruct, frozen=True, tag="ASSET_PRICE"):
    """A margin asset has a new market price."""

    asset: int
    price_ppb: int


class AssetState(EventStruct, frozen=True, tag="ASSET_STATE"):
    """A margin asset is convertible or not, licensed or not, depegged or not, broken or not."""

    asset: int
    is_convertible: bool
    is_licensed: bool
    is_depegged: bool
    is_broken: bool
