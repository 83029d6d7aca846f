"""What a venue can be told: one frozen struct per kind of command.

    NewOrder Cancel Amend                              orders
    MassCancel MassQuote SetCountdown SetSession       many orders at once, and their safeguards
    SetProtection ResetProtection
    Deposit Withdraw OpeningTrade HouseDeposit         money and opening positions
    BustTrade Compensate                               trades that should not have been
    SourcePrice Tick AssetPrice AssetState             prices of the outside world
    AccountStatus ContractState                        standing of clients, trading state
    KillSwitch SuspendAfmm                             the operator's switches
    ClearDeposit Transfer Redeem                       the vault (docs/gate.md section 4)
    ReverseDeposit Reconcile AssetHaircut
    PublishAgreement Acknowledge ExposureLimit         who may trade, and how much
    ProductState ReferenceStatus MarginAddon           products and their margin
    DeclareDefault SetBackstop HouseWithdraw           when it goes wrong (docs/default.md)
    IssuerDefault
    Advance                                            nothing but the time

Every command has `time_ns`, nanoseconds since the epoch, never going back, and `tag`, any number,
which comes back in the refusal. Prices are whole ticks, quantities whole lots, amounts ledger
units of the asset (1e-6 HKD for HKD). `contract`, `asset` and `source` count from 0 in the order
of the `Config`; client i has wallet 16 + i. docs/machine.md section 3 says what each does, the
rules MAT-nnn of docs/book.md what it means for a book.

A value that is well-formed but not allowed is refused by the machine with a `Reject`; only what
does not fit the field is an error. This module imports neither numpy nor numba.
"""

import msgspec

from hkperp.gate_commands import (
    Acknowledge,
    AssetHaircut,
    ClearDeposit,
    CommandStruct,
    DeclareDefault,
    ExposureLimit,
    HouseWithdraw,
    Int16,
    Int32,
    Int64,
    IssuerDefault,
    MarginAddon,
    ProductState,
    PublishAgreement,
    Reconcile,
    Redeem,
    ReferenceStatus,
    ReverseDeposit,
    SetBackstop,
    Transfer,
)
from hkperp_engine import codes

__all__ = [
    "AccountStatus",
    "Acknowledge",
    "Advance",
    "Amend",
    "AssetHaircut",
    "AssetPrice",
    "AssetState",
    "BustTrade",
    "Cancel",
    "ClearDeposit",
    "Compensate",
    "ContractState",
    "DeclareDefault",
    "Deposit",
    "ExposureLimit",
    "HouseDeposit",
    "HouseWithdraw",
    "IssuerDefault",
    "KillSwitch",
    "MarginAddon",
    "MassCancel",
    "MassQuote",
    "NewOrder",
    "OpeningTrade",
    "OrderTerms",
    "ProductState",
    "PublishAgreement",
    "Reconcile",
    "Redeem",
    "ReferenceStatus",
    "ResetProtection",
    "ReverseDeposit",
    "SetBackstop",
    "SetCountdown",
    "SetProtection",
    "SetSession",
    "SourcePrice",
    "SuspendAfmm",
    "Tick",
    "Transfer",
    "Withdraw",
]


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """What a plain order does not have; together in one place, so that plain orders stay quick.

    Of the fields of one line at most one may be given, for they share a column of the row:

    trigger_ticks | activation_ticks | shown_lots
        price that a STOP or TAKE_PROFIT waits for; price from which a TRAILING order follows (0:
        at once); lots that a resting LIMIT order shows (0: all)
    distance_ticks | distance_ppb | the order's price_ticks
        of a TRAILING_TICKS, a TRAILING_PPB order from the best price since it follows
    expiry_ns | partner_id | notional
        end of a GTD order; id of the order that goes when this one trades, and the other way
        round (MAT-077); the most that a MARKET order with lots 0 may cost, in ticks times lots

    `trigger_source`: which price is watched. `is_sliding`: a post-only order that would trade
    moves one tick behind (MAT-014). `is_close_position`: reduce-only, of the whole position, lots
    0. `is_hidden`: rests unseen.
    """

    trigger_source: codes.TriggerSource = codes.TriggerSource.LAST
    trigger_ticks: Int32 = 0
    activation_ticks: Int32 = 0
    distance_ticks: Int64 = 0
    distance_ppb: Int64 = 0
    shown_lots: Int32 = 0
    expiry_ns: Int64 = 0
    partner_id: Int64 = 0
    notional: Int64 = 0
    is_hidden: bool = False
    is_sliding: bool = False
    is_close_position: bool = False


class NewOrder(CommandStruct, frozen=True, kw_only=True, tag="NEW_ORDER"):
    """A new order. `order_id` is yours, 1 to 2^62, and free again when the order is gone.

    A MARKET order needs IOC or FOK; its price is the collar, `price_ticks` is ignored. A DAY order
    ends with the venue's day. `terms`: triggers, expiry and all else that a plain order lacks.
    """

    contract: Int16
    wallet: Int32
    order_id: Int64
    side: codes.Side
    lots: Int64
    price_ticks: Int64 = 0
    order_type: codes.OrderType = codes.OrderType.LIMIT
    time_in_force: codes.TimeInForce = codes.TimeInForce.GTC
    self_trade: codes.SelfTrade = codes.SelfTrade.CANCEL_NEWEST
    is_post_only: bool = False
    is_reduce_only: bool = False
    terms: OrderTerms | None = None


class Cancel(CommandStruct, frozen=True, kw_only=True, tag="CANCEL"):
    """Take what is left of an order, resting or waiting, out. Works in every state."""

    wallet: Int32
    order_id: Int64


class Amend(CommandStruct, frozen=True, kw_only=True, tag="AMEND"):
    """Give a live order a new limit and `lots` open lots, whatever of it has traded.

    `is_total`: the lots are those of the whole order, traded ones included. The same price with
    fewer lots keeps its place in the queue; anything else is a new arrival. `trigger_ticks`: new
    trigger of a waiting STOP or TAKE_PROFIT; 0: as it is.
    """

    contract: Int16
    wallet: Int32
    order_id: Int64
    price_ticks: Int64
    lots: Int64
    is_total: bool = False
    trigger_ticks: Int32 = 0


class MassCancel(CommandStruct, frozen=True, kw_only=True, tag="MASS_CANCEL"):
    """Cancel the orders of a wallet: of one contract or all (-1), of one side or both (None).

    With `price_low_ticks` and `price_high_ticks` only those that rest with such limits; 0 and 0:
    any limit, waiting orders too.
    """

    wallet: Int32
    contract: Int16 = -1
    side: codes.Side | None = None
    price_low_ticks: Int64 = 0
    price_high_ticks: Int64 = 0


class MassQuote(CommandStruct, frozen=True, kw_only=True, tag="MASS_QUOTE"):
    """Quote both sides: the bid has id `order_id`, the ask the next. A quote that is live is
    replaced in place; lots 0 withdraw that side.
    """

    contract: Int16
    wallet: Int32
    order_id: Int64
    bid_ticks: Int64
    bid_lots: Int64
    ask_ticks: Int64
    ask_lots: Int32
    self_trade: codes.SelfTrade = codes.SelfTrade.CANCEL_NEWEST


class SetCountdown(CommandStruct, frozen=True, kw_only=True, tag="SET_COUNTDOWN"):
    """Cancel all orders of a wallet `delay_ns` from now unless sent again; 0 switches it off."""

    wallet: Int32
    delay_ns: Int64


class SetSession(CommandStruct, frozen=True, kw_only=True, tag="SET_SESSION"):
    """Say how a wallet is connected. DISCONNECTED after CANCEL_ON_DISCONNECT cancels all."""

    wallet: Int32
    session: codes.Session


class SetProtection(CommandStruct, frozen=True, kw_only=True, tag="SET_PROTECTION"):
    """Freeze a wallet's quotes in a contract when their fills within `window_ns` reach a limit.

    `lots_max`: all lots; `net_lots_max`: bought less sold, either way; `trades_max`: how many, at
    most 32. 0: not limited.
    """

    contract: Int16
    wallet: Int32
    window_ns: Int64
    lots_max: Int64 = 0
    net_lots_max: Int64 = 0
    trades_max: Int32 = 0


class ResetProtection(CommandStruct, frozen=True, kw_only=True, tag="RESET_PROTECTION"):
    """Let a wallet quote again in a contract; fills counted so far are forgotten."""

    contract: Int16
    wallet: Int32


class Deposit(CommandStruct, frozen=True, kw_only=True, tag="DEPOSIT"):
    """Bring `amount` ledger units of an asset into a client's wallet.

    One that is not final yet is awaited until CLEAR_DEPOSIT, and counts for nothing (NOCR-03).
    """

    wallet: Int32
    asset: Int32
    amount: Int64
    is_final: bool = True


class Withdraw(CommandStruct, frozen=True, kw_only=True, tag="WITHDRAW"):
    """Take `amount` ledger units of an asset out of a client's wallet, as far as it is free."""

    wallet: Int32
    asset: Int32
    amount: Int64


class OpeningTrade(CommandStruct, frozen=True, kw_only=True, tag="OPENING_TRADE"):
    """Open a position of two clients against each other without the book, without a fee.

    Only before the contract's first trade: it is how a scenario begins with positions.
    """

    contract: Int16
    long_wallet: Int32
    short_wallet: Int32
    price_ticks: Int64
    lots: Int64


class HouseDeposit(CommandStruct, frozen=True, kw_only=True, tag="HOUSE_DEPOSIT"):
    """Fund a layer of the waterfall (FIRST_LOSS, RESERVE, SECOND_TRANCHE), or ERROR, with HKD."""

    house_wallet: codes.HouseWallet
    amount: Int64


class BustTrade(CommandStruct, frozen=True, kw_only=True, tag="BUST_TRADE"):
    """Take a trade back, given the sequence number of its event, before the next cycle."""

    trade_sequence: Int64


class Compensate(CommandStruct, frozen=True, kw_only=True, tag="COMPENSATE"):
    """Pay a client from the operator's error account. `reference_id` comes back in the posting."""

    wallet: Int32
    amount: Int64
    reference_id: Int64 = 0


class SourcePrice(CommandStruct, frozen=True, kw_only=True, tag="SOURCE_PRICE"):
    """What an index source shows now. It counts at the next mark step; no event.

    `ask_ticks`: of a source with two sides, whose bid is then `price_ticks` (GAT-060); 0: one
    price.
    """

    contract: Int16
    source: Int32
    price_ticks: Int64
    ask_ticks: Int64 = 0


class Tick(CommandStruct, frozen=True, kw_only=True, tag="TICK"):
    """A mark step: index, mark and margin test of every contract (docs/machine.md section 5)."""


class AssetPrice(CommandStruct, frozen=True, kw_only=True, tag="ASSET_PRICE"):
    """The market price of a margin asset, ppb of HKD per unit."""

    asset: Int32
    price_ppb: Int64


class AssetState(CommandStruct, frozen=True, kw_only=True, tag="ASSET_STATE"):
    """Whether a margin asset can be converted into cash, whether its issuer is licensed, whether
    it has lost its peg, and whether ledger and custodian disagree about it (GAT-030).
    """

    asset: Int32
    is_convertible: bool
    is_licensed: bool
    is_depegged: bool = False
    is_broken: bool = False


class AccountStatus(CommandStruct, frozen=True, kw_only=True, tag="ACCOUNT_STATUS"):
    """The evidence about a client: its class, what is on file, until when it is valid (GAT-010).

    `has_notification` to `has_undertaking`: the four documents of an affiliated market maker.
    `is_group_company`: of the operator's group. `is_blocked`: in a jurisdiction not served.
    """

    wallet: Int32
    investor_class: codes.InvestorClass
    valid_until_ns: Int64
    has_knowledge: bool = True
    has_agreement: bool = True
    has_notification: bool = False
    has_report: bool = False
    has_declaration: bool = False
    has_undertaking: bool = False
    is_group_company: bool = False
    is_blocked: bool = False


class ContractState(CommandStruct, frozen=True, kw_only=True, tag="CONTRACT_STATE"):
    """Give a contract another trading state. OPEN and REDUCE_ONLY uncross a crossed book first."""

    contract: Int16
    state: codes.ContractState


class KillSwitch(CommandStruct, frozen=True, kw_only=True, tag="KILL_SWITCH"):
    """Stop a wallet, all wallets of its owner, a contract, or the venue, and cancel the orders.

    `wallet` goes with the first two, `contract` with the third. Only wallets can be released; a
    contract is opened again.
    """

    scope: codes.KillScope
    is_engaged: bool = True
    wallet: Int32 = 0
    contract: Int16 = 0


class SuspendAfmm(CommandStruct, frozen=True, kw_only=True, tag="SUSPEND_AFMM"):
    """Suspend the affiliated market maker and cancel all its orders, or lift it (AFMM-08)."""

    is_suspended: bool = True


class Advance(CommandStruct, frozen=True, kw_only=True, tag="ADVANCE"):
    """Let time pass: timers that fall due run (samples, funding, settlement cycles)."""
