"""The words of a scenario's timeline: one record per verb, told apart by `do`.

Frozen records in which every number has bounds; docs/scenarios.md shows each key. What shares a
column of the machine's row, or has none for this type of order, is checked by `timeline_checks`.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from hkperp.quantities import Amount, AssetPrice, Percent, Price, Size, Time, Wait
from hkperp.scenario.actors import AccountName, ClassName, DocumentName, OrderId
from hkperp.scenario.gate_entries import (
    Acknowledge,
    AssetHaircut,
    Backstop,
    ClearDeposit,
    DeclareDefault,
    ExposureLimit,
    HouseDeposit,
    HouseWithdraw,
    IssuerDefault,
    MarginAddon,
    ProductStateChange,
    PublishAgreement,
    Reconcile,
    Redeem,
    ReferenceStatusChange,
    ReturnDeposit,
    ReverseDeposit,
    Transfer,
)
from hkperp.scenario.market import Name, Record

__all__ = ["AccountStatus", "AmendOrder", "AssetPriceChange", "AssetStateChange", "BustTrade"]
__all__ += ["CancelOrder", "Compensation", "ContractStateChange", "Countdown", "DepositCommand"]
__all__ += ["KillSwitch", "MassCancel", "OrderCommand", "Protection", "Quote", "QuoteSide"]
__all__ += ["ResetProtection", "SelfTradeName", "SessionChange", "SuspendAfmm", "TimelineEntry"]
__all__ += ["Trailing", "Trigger", "TypeName", "WithdrawCommand"]

SideName = Literal["BUY", "SELL"]
SourceName = Literal["LAST", "MARK", "INDEX"]
SelfTradeName = Literal["CANCEL_NEWEST", "CANCEL_OLDEST", "CANCEL_BOTH", "DECREMENT"]
#: As `codes.OrderType`; whether a trailing distance is one of price or a share is in `trailing`.
TypeName = Literal[
    "LIMIT",
    "MARKET",
    "STOP_MARKET",
    "STOP_LIMIT",
    "TAKE_PROFIT_MARKET",
    "TAKE_PROFIT_LIMIT",
    "TRAILING",
]


class DepositCommand(Record, frozen=True, kw_only=True, tag_field="do", tag="deposit"):
    """An account pays in. One that is not `final` is awaited until it is cleared (NOCR-03)."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount
    final: bool = True


class WithdrawCommand(Record, frozen=True, kw_only=True, tag_field="do", tag="withdraw"):
    """An account asks to be paid out."""

    at: Time
    account: AccountName
    asset: Name
    amount: Amount


class Trigger(Record, frozen=True, kw_only=True):
    """What a STOP or TAKE_PROFIT waits for: `price` of the source, in HKD (MAT-030)."""

    source: SourceName = "LAST"
    price: Price


class Trailing(Record, frozen=True, kw_only=True):
    """How a TRAILING order follows the price: at a `distance` in HKD, or at a `percent` of the
    best price since it follows, from `activation` on (left out: at once) (MAT-035).
    """

    source: SourceName = "LAST"
    distance: Price | None = None
    percent: Percent | None = None
    activation: Price | None = None


class OrderCommand(Record, frozen=True, kw_only=True, tag_field="do", tag="order"):
    """A new order. `price` and `notional` are in HKD; which keys go with which type is checked."""

    at: Time
    account: AccountName
    contract: Name
    id: OrderId
    side: SideName
    size: Size | None = None
    price: Price | None = None
    type: TypeName
    time_in_force: Literal["GTC", "IOC", "FOK", "GTD", "DAY"]
    expires: Time | None = None
    trigger: Trigger | None = None
    trailing: Trailing | None = None
    show: Size | None = None
    hidden: bool = False
    post_only: bool = False
    slide: bool = False
    reduce_only: bool = False
    close_position: bool = False
    partner: OrderId | None = None
    notional: Amount | None = None
    self_trade: SelfTradeName = "CANCEL_NEWEST"


class CancelOrder(Record, frozen=True, kw_only=True, tag_field="do", tag="cancel"):
    """Cancels an order of the timeline."""

    at: Time
    account: AccountName
    contract: Name
    id: OrderId


class AmendOrder(Record, frozen=True, kw_only=True, tag_field="do", tag="amend"):
    """Gives an order of the timeline a new price and size: open, or in `total`; `trigger`: a new
    trigger price of an order that waits.
    """

    at: Time
    account: AccountName
    contract: Name
    id: OrderId
    price: Price
    size: Size
    total: bool = False
    trigger: Price | None = None


class MassCancel(Record, frozen=True, kw_only=True, tag_field="do", tag="mass_cancel"):
    """Cancels an account's orders: of all contracts, both sides and all prices unless given."""

    at: Time
    account: AccountName
    contract: Name | None = None
    side: SideName | None = None
    price_from: Price | None = None
    price_to: Price | None = None


class QuoteSide(Record, frozen=True, kw_only=True):
    """One side of a quote."""

    price: Price
    size: Size


class Quote(Record, frozen=True, kw_only=True, tag_field="do", tag="quote"):
    """Quotes both sides under the ids `id` and the next; a side left out is withdrawn."""

    at: Time
    account: AccountName
    contract: Name
    id: Annotated[int, Meta(ge=1, le=999_998)]
    bid: QuoteSide | None = None
    ask: QuoteSide | None = None
    self_trade: SelfTradeName = "CANCEL_NEWEST"


class Protection(Record, frozen=True, kw_only=True, tag_field="do", tag="protection"):
    """Freezes an account's quotes when their fills within `window` reach a limit (MAT-076)."""

    at: Time
    account: AccountName
    contract: Name
    window: Wait
    size_max: Size | None = None
    net_size_max: Size | None = None
    trades_max: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0


class ResetProtection(Record, frozen=True, kw_only=True, tag_field="do", tag="reset_protection"):
    """Lets an account quote again."""

    at: Time
    account: AccountName
    contract: Name


class Countdown(Record, frozen=True, kw_only=True, tag_field="do", tag="countdown"):
    """Cancels all orders of an account `delay` later unless given again; 0s: switched off."""

    at: Time
    account: AccountName
    delay: Wait


class SessionChange(Record, frozen=True, kw_only=True, tag_field="do", tag="session"):
    """An account's connection changes."""

    at: Time
    account: AccountName
    state: Literal["CONNECTED", "CANCEL_ON_DISCONNECT", "DISCONNECTED"]


class KillSwitch(Record, frozen=True, kw_only=True, tag_field="do", tag="kill_switch"):
    """The operator stops an account, all of its owner's, a contract or the venue; or releases."""

    at: Time
    scope: Literal["WALLET", "OWNER", "CONTRACT", "VENUE"]
    account: AccountName | None = None
    contract: Name | None = None
    engaged: bool = True


class SuspendAfmm(Record, frozen=True, kw_only=True, tag_field="do", tag="suspend_afmm"):
    """The operator suspends the affiliated market maker, or lifts that (AFMM-08)."""

    at: Time
    suspended: bool = True


class BustTrade(Record, frozen=True, kw_only=True, tag_field="do", tag="bust"):
    """Takes back the last trade of a contract before this, or the last between two orders."""

    at: Time
    contract: Name
    maker: OrderId | None = None
    taker: OrderId | None = None


class Compensation(Record, frozen=True, kw_only=True, tag_field="do", tag="compensate"):
    """The operator pays an account from its error account."""

    at: Time
    account: AccountName
    amount: Amount


class AssetPriceChange(Record, frozen=True, kw_only=True, tag_field="do", tag="asset_price"):
    """A margin asset has a new market price in HKD."""

    at: Time
    asset: Name
    price: AssetPrice


class AssetStateChange(Record, frozen=True, kw_only=True, tag_field="do", tag="asset_state"):
    """A margin asset's redemption opens or closes, its issuer gains or loses the licence, it loses
    its peg or has it again, ledger and custodian disagree about it or not (GAT-030).
    """

    at: Time
    asset: Name
    convertible: bool
    licensed: bool
    depegged: bool = False
    broken: bool = False


class AccountStatus(Record, frozen=True, kw_only=True, tag_field="do", tag="account_status"):
    """An account's class, documents or evidence date change."""

    at: Time
    account: AccountName
    class_: ClassName = field(name="class")
    knowledge: bool
    agreement: bool
    afmm_documents: bool = False
    documents: Annotated[tuple[DocumentName, ...], Meta(max_length=4)] = ()
    group_company: bool = False
    blocked: bool = False
    valid_until: Time


class ContractStateChange(Record, frozen=True, kw_only=True, tag_field="do", tag="contract_state"):
    """The operator gives a contract another trading state (MAT-060)."""

    at: Time
    contract: Name
    state: Literal[
        "OPEN",
        "REDUCE_ONLY",
        "HALTED",
        "CLOSED",
        "PRE_OPEN",
        "AUCTION",
        "VOLATILITY_AUCTION",
        "SETTLED",
    ]


TimelineEntry = (
    DepositCommand
    | WithdrawCommand
    | OrderCommand
    | CancelOrder
    | AmendOrder
    | MassCancel
    | Quote
    | Protection
    | ResetProtection
    | Countdown
    | SessionChange
    | KillSwitch
    | SuspendAfmm
    | BustTrade
    | Compensation
    | AssetPriceChange
    | AssetStateChange
    | AccountStatus
    | ContractStateChange
    | ClearDeposit
    | ReturnDeposit
    | Transfer
    | Redeem
    | ReverseDeposit
    | Reconcile
    | AssetHaircut
    | ProductStateChange
    | ReferenceStatusChange
    | MarginAddon
    | PublishAgreement
    | Acknowledge
    | ExposureLimit
    | DeclareDefault
    | Backstop
    | HouseDeposit
    | HouseWithdraw
    | IssuerDefault
)
