"""Every number the machine speaks: command kinds, event kinds, refusals, postings, states.

A number is given once and never reused; `tests/snapshots/codes.txt` holds the table and a test
compares it, so renumbering fails. This module imports nothing heavy: it is what the command line,
the reports and the slow reference models share with the compiled kernels.
"""

from enum import IntEnum

from hkperp_engine.order_codes import (
    AmendFlag,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerSource,
)

__all__ = [
    "AccountFlag",
    "AmendFlag",
    "AssetKind",
    "CancelReason",
    "Command",
    "ContractState",
    "CycleCause",
    "Event",
    "EventFlag",
    "Explain",
    "HouseWallet",
    "IndexStatus",
    "InvestorClass",
    "KillScope",
    "Layer",
    "LossSharing",
    "MarginState",
    "OrderFlag",
    "OrderType",
    "Posting",
    "ProtectionLimit",
    "Reject",
    "SelfTrade",
    "Session",
    "Side",
    "SourceStatus",
    "TimeInForce",
    "TriggerSource",
]


class EventFlag(IntEnum):
    """Bits of an event's `flags`. SELL is the side of the order (of the taker in a TRADE)."""

    SELL = 1
    MAKER_AFMM = 2
    TAKER_AFMM = 4
    LIQUIDATION = 8
    REDUCE_ONLY = 16
    HIDDEN = 32
    WAITING = 64
    AUCTION = 128
    QUOTE = 256


class InvestorClass(IntEnum):
    """Who the client is (ELIG-01, ELIG-02). NONE may not trade. AFMM ranks behind clients."""

    NONE = 0
    INST_PI = 1
    CORP_PI = 2
    TRUST_PI = 3
    IND_PI = 4
    AFMM = 5


class AccountFlag(IntEnum):
    """Bits of an account's standing: derivatives knowledge, agreement, the AFMM's documents."""

    KNOWLEDGE = 1
    AGREEMENT = 2
    AFMM_DOCUMENTS = 4


class AssetKind(IntEnum):
    """What a margin asset is (MRG-01). INELIGIBLE stands for anything that is not margin."""

    INELIGIBLE = 0
    FIAT = 1
    STABLECOIN = 2
    TOKENISED_DEPOSIT = 3


class ContractState(IntEnum):
    """Trading state of a contract (PROD-05, HALT-01)."""

    OPEN = 0
    REDUCE_ONLY = 1
    HALTED = 2
    CLOSED = 3
    PRE_OPEN = 4
    AUCTION = 5
    VOLATILITY_AUCTION = 6
    SETTLED = 7


class Session(IntEnum):
    """State of a wallet's connection (MAT-052)."""

    CONNECTED = 0
    CANCEL_ON_DISCONNECT = 1
    DISCONNECTED = 2


class KillScope(IntEnum):
    """What a kill switch stops (MAT-071)."""

    WALLET = 0
    OWNER = 1
    CONTRACT = 2
    VENUE = 3


class ProtectionLimit(IntEnum):
    """Which limit of a market maker's protection was reached (MAT-076)."""

    LOTS = 0
    NET_LOTS = 1
    TRADES = 2


class SourceStatus(IntEnum):
    """Verdict on one index source at one tick (REF-06)."""

    USED = 0
    MISSING = 1
    STALE = 2
    OUTLYING = 3


class IndexStatus(IntEnum):
    """Rung of the fallback ladder an index value stands on (FORMULAS section 4)."""

    GOOD = 0
    HELD = 1
    MEDIAN_OF_LIVE = 2
    EXHAUSTED = 3


class MarginState(IntEnum):
    """State of a wallet (LIQ-01, FORMULAS section 6)."""

    HEALTHY = 0
    CALL = 1
    REDUCING = 2
    TAKEN_OVER = 3


class LossSharing(IntEnum):
    """Layer 5 of the waterfall: haircut of gains, or deleveraging of positions."""

    VMGH = 0
    ADL = 1


class Layer(IntEnum):
    """Layers of the default waterfall, in order (LOSS-02)."""

    DEFAULTER = 1
    FIRST_LOSS = 2
    RESERVE = 3
    SECOND_TRANCHE = 4
    LOSS_SHARING = 5


class CycleCause(IntEnum):
    """Why a settlement cycle runs."""

    TIMER = 0
    FUNDING = 1
    EXTRAORDINARY = 2


class HouseWallet(IntEnum):
    """Wallets of the house. EXTERNAL and CONVERSION face the outside and may be negative."""

    EXTERNAL = 0
    CONVERSION = 1
    SETTLEMENT = 2
    FEES = 3
    ROUNDING = 4
    FIRST_LOSS = 5
    RESERVE = 6
    SECOND_TRANCHE = 7
    PLATFORM = 8
    ERROR = 9
    CLIENTS = 16


class Command(IntEnum):
    """Kinds of command. 1-9 orders, 10-19 money, 20-29 prices and states, 30- time."""

    NEW_ORDER = 1
    CANCEL = 2
    AMEND = 3
    MASS_CANCEL = 4
    MASS_QUOTE = 5
    SET_COUNTDOWN = 6
    SET_SESSION = 7
    SET_PROTECTION = 8
    RESET_PROTECTION = 9
    DEPOSIT = 10
    WITHDRAW = 11
    OPENING_TRADE = 12
    HOUSE_DEPOSIT = 13
    BUST_TRADE = 14
    COMPENSATE = 15
    SOURCE_PRICE = 20
    TICK = 21
    ASSET_PRICE = 22
    ASSET_STATE = 23
    ACCOUNT_STATUS = 24
    CONTRACT_STATE = 25
    KILL_SWITCH = 26
    SUSPEND_AFMM = 27
    REFERENCE_PRICE = 28
    ADVANCE = 30


class Event(IntEnum):
    """Kinds of event; docs/machine.md says what each field of the row means for each kind."""

    NONE = 0
    REFUSED = 1
    ORDER_ACCEPTED = 2
    ORDER_CANCELLED = 3
    ORDER_AMENDED = 4
    ORDER_REDUCED = 5
    TRADE = 6
    OPENING_TRADE = 7
    ORDER_REFRESHED = 8
    ORDER_WAITS = 9
    POSTING = 10
    FEE_WAIVED = 11
    TRADE_BUSTED = 12
    TRIGGERED = 13
    TRIGGER_CAP = 14
    UNCROSS = 15
    MASS_CANCELLED = 16
    PROTECTION = 17
    INDEX_SOURCE = 20
    INDEX = 21
    MARK = 22
    FUNDING_RATE = 23
    FUNDING = 24
    CYCLE = 25
    CYCLE_DONE = 26
    MARGIN_STATE = 30
    EXPLAIN = 31
    LIQUIDATION_ORDER = 32
    TAKEOVER = 33
    DEFAULT = 34
    ALLOCATION = 35
    HAIRCUT = 36
    DELEVERAGE = 37
    CONTRACT_STATE = 40
    ACCOUNT_STATUS = 41
    ASSET_PRICE = 42
    ASSET_STATE = 43
    KILL_SWITCH = 44
    AFMM_SUSPENDED = 45


class CancelReason(IntEnum):
    """Why an order, or part of it, left the book without a trade."""

    REQUESTED = 0
    NOT_RESTING = 1
    SELF_TRADE = 2
    LIQUIDATION = 3
    MARGIN_CALL = 4
    LAPSED = 5
    REDUCE_ONLY = 6
    EXPIRED = 7
    PARTNER = 8
    MASS_CANCEL = 9
    COUNTDOWN = 10
    DISCONNECTED = 11
    KILL_SWITCH = 12
    AFMM_SUSPENDED = 13
    PROTECTION = 14
    VOLATILITY = 15
    SETTLED = 16


class Posting(IntEnum):
    """Types of ledger posting; the pair of partitions each may join is in clearing/ledger.py."""

    DEPOSIT = 1
    WITHDRAWAL = 2
    CONVERSION_ASSET = 3
    CONVERSION_CASH = 4
    FEE = 5
    LIQUIDATION_FEE = 6
    VARIATION_PAID = 7
    VARIATION_RECEIVED = 8
    LAYER_PAYMENT = 9
    HOUSE_DEPOSIT = 10
    CLAIM_REPAYMENT = 11
    RECOVERY = 12
    FEE_REFUND = 13
    COMPENSATION = 14


class Explain(IntEnum):
    """Inputs of a decision, one EXPLAIN row each, in this order (docs/machine.md section 9)."""

    MARK = 1
    INDEX = 2
    CASH = 3
    COLLATERAL = 4
    VARIATION = 5
    EQUITY = 6
    INITIAL_MARGIN = 7
    MAINTENANCE_MARGIN = 8
    CLOSE_OUT_MARGIN = 9
    LEG = 10
    MISSING_MARGIN = 11


class Reject(IntEnum):
    """Refusals, by range: 1xx malformed, 2xx market, 3xx participant, 4xx margin and credit,
    5xx limits, 6xx order and book, 7xx settled trades. Within one command the first that applies
    is given.
    """

    NONE = 0
    COMMAND_UNKNOWN = 100
    TIME_WENT_BACK = 101
    CONTRACT_UNKNOWN = 102
    WALLET_UNKNOWN = 103
    ASSET_UNKNOWN = 104
    SOURCE_UNKNOWN = 105
    SIDE_INVALID = 106
    ORDER_KIND_INVALID = 107
    ORDER_ID_INVALID = 108
    PRICE_INVALID = 109
    LOTS_INVALID = 110
    AMOUNT_INVALID = 111
    STATE_INVALID = 112
    TIME_TOO_FAR = 113
    DISPLAY_INVALID = 114
    EXPIRY_INVALID = 115
    TRIGGER_INVALID = 116
    SCOPE_INVALID = 117
    MARKET_CLOSED = 201
    MARKET_HALTED = 202
    MARKET_REDUCE_ONLY = 203
    NO_MARK_PRICE = 204
    OPENING_IS_OVER = 205
    NOT_IN_AUCTION = 206
    ELIG_NOT_PI = 301
    ELIG_PI_LAPSED = 302
    ELIG_NO_KNOWLEDGE = 303
    ELIG_NO_AGREEMENT = 304
    KILL_SWITCH_ENGAGED = 305
    AFMM_NOT_PERMITTED = 310
    COLL_TYPE_INELIGIBLE = 401
    COLL_ISSUER_UNLICENSED = 402
    MRG_INSUFFICIENT = 410
    NOCR_WITHDRAWAL_REFUSED = 420
    LIM_POSITION = 501
    LIM_OI_CAP = 502
    LIM_ACCOUNT = 503
    LIM_ORDER_LOTS = 504
    LIM_ORDER_NOTIONAL = 505
    LIM_OPEN_ORDERS = 506
    LIM_MESSAGE_RATE = 507
    LIM_PROTECTIONS = 508
    PRICE_OUTSIDE_BAND = 509
    ORDER_ID_IN_USE = 601
    ORDER_UNKNOWN = 602
    POST_ONLY_WOULD_TRADE = 603
    FOK_NOT_FILLABLE = 604
    NOTHING_TO_REDUCE = 605
    TRIGGER_ALREADY_MET = 606
    PARTNER_UNKNOWN = 607
    QUOTES_FROZEN = 608
    NOTIONAL_TOO_SMALL = 609
    TRADE_UNKNOWN = 701
    BUST_TOO_LATE = 702
    BUST_UNCOVERED = 703
    ERROR_ACCOUNT_SHORT = 704
