"""Every number the machine speaks: command kinds, event kinds, refusals, postings, states.

A number is given once and never reused; `tests/snapshots/codes.txt` holds the table and a test
compares it, so renumbering fails. This module imports nothing heavy: it is what the command line,
the reports and the slow reference models share with the compiled kernels.
"""

from enum import IntEnum

from hkperp_engine.gate_codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    AssetFlag,
    AssetKind,
    InvestorClass,
    ProductState,
    ReferenceStatus,
)
from hkperp_engine.order_codes import (
    AmendFlag,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.reject_codes import Reject

__all__ = [
    "AFMM_DOCUMENTS",
    "AccountFlag",
    "Alert",
    "AmendFlag",
    "AssetFlag",
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
    "ProductState",
    "ProtectionLimit",
    "ReferenceStatus",
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


class Alert(IntEnum):
    """What the pricing monitor watches (VAL-06, GAT-062, GAT-063)."""

    MARK_GAP = 0
    DISPERSION = 1
    SOURCES = 2
    LADDER = 3
    CONVERGENCE = 4


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
    CROSSED = 4


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
    TEAR_UP = 6
    WIND_DOWN = 7


class CycleCause(IntEnum):
    """Why a settlement cycle runs."""

    TIMER = 0
    FUNDING = 1
    EXTRAORDINARY = 2
    FINAL = 3


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
    UNCLEARED = 10
    CLIENTS = 16


class Command(IntEnum):
    """Kinds of command. 1-9 orders, 10-19 money, 20-29 prices and states, 30 time, 31- gate."""

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
    CLEAR_DEPOSIT = 16
    TRANSFER = 17
    REDEEM = 18
    REVERSE_DEPOSIT = 19
    SOURCE_PRICE = 20
    TICK = 21
    ASSET_PRICE = 22
    ASSET_STATE = 23
    ACCOUNT_STATUS = 24
    CONTRACT_STATE = 25
    KILL_SWITCH = 26
    SUSPEND_AFMM = 27
    REFERENCE_PRICE = 28
    RECONCILE = 29
    ADVANCE = 30
    PRODUCT_STATE = 31
    REFERENCE_STATUS = 32
    MARGIN_ADDON = 33
    ASSET_HAIRCUT = 34
    PUBLISH_AGREEMENT = 35
    ACKNOWLEDGE = 36
    EXPOSURE_LIMIT = 37
    DECLARE_DEFAULT = 38
    SET_BACKSTOP = 39
    HOUSE_WITHDRAW = 40
    ISSUER_DEFAULT = 41


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
    PRODUCT_STATE = 46
    REFERENCE_STATUS = 47
    MARGIN_ADDON = 48
    ASSET_HAIRCUT = 49
    AGREEMENT = 50
    ACKNOWLEDGED = 51
    EXPOSURE_LIMIT = 52
    RECONCILED = 53
    SEG_BREAK = 54
    ALERT = 55
    FINAL_PRICE = 56
    FINAL_SETTLEMENT = 57
    MARGIN_NOTICE = 58
    DEFAULT_DECLARED = 59
    OI_CAP = 60
    BACKSTOP_SET = 61
    BACKSTOP = 62
    TEAR_UP = 63


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
    """Types of ledger posting; which partitions each may join is in hkperp_clearing/ledger.py."""

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
    DEPOSIT_UNCLEARED = 15
    DEPOSIT_CLEARED = 16
    DEPOSIT_RETURNED = 17
    TRANSFER = 18
    REDEMPTION = 19
    DEPOSIT_REVERSED = 20
    ISSUER_LOSS = 21
    ISSUER_RECOVERY = 22
    HOUSE_WITHDRAWAL = 23


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
