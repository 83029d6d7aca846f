"""Every number the machine speaks: command kinds, event kinds, refusals, postings, states.

A number is given once and never reused; `tests/snapshots/codes.txt` holds the table and a test
compares it, so renumbering fails. This module imports nothing heavy: it is what the command line,
the reports and the slow reference models share with the compiled kernels.
"""

from enum import IntEnum

__all__ = [
    "AccountFlag",
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
    "Layer",
    "LossSharing",
    "MarginState",
    "OrderFlag",
    "OrderType",
    "Posting",
    "Reject",
    "SelfTrade",
    "Side",
    "SourceStatus",
    "TimeInForce",
]


class Side(IntEnum):
    """Side of an order: what its owner wants to do."""

    BUY = 0
    SELL = 1


class OrderType(IntEnum):
    """MARKET is a limit order at the collar price that never rests."""

    LIMIT = 0
    MARKET = 1


class TimeInForce(IntEnum):
    """How long an order may wait: rest, take what is there, or all or nothing."""

    GTC = 0
    IOC = 1
    FOK = 2


class SelfTrade(IntEnum):
    """What happens when an order meets one of its own beneficial owner (SURV-03)."""

    CANCEL_NEWEST = 0
    CANCEL_OLDEST = 1
    CANCEL_BOTH = 2
    DECREMENT = 3


class OrderFlag(IntEnum):
    """Bits of a command's and an order's `flags`."""

    POST_ONLY = 1
    REDUCE_ONLY = 2


class EventFlag(IntEnum):
    """Bits of an event's `flags`. SELL is the side of the order (of the taker in a TRADE)."""

    SELL = 1
    MAKER_AFMM = 2
    TAKER_AFMM = 4
    LIQUIDATION = 8
    REDUCE_ONLY = 16


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
    CLIENTS = 16


class Command(IntEnum):
    """Kinds of command. 1-9 orders, 10-19 money, 20-29 prices and states, 30- time."""

    NEW_ORDER = 1
    CANCEL = 2
    AMEND = 3
    DEPOSIT = 10
    WITHDRAW = 11
    OPENING_TRADE = 12
    HOUSE_DEPOSIT = 13
    SOURCE_PRICE = 20
    TICK = 21
    ASSET_PRICE = 22
    ASSET_STATE = 23
    ACCOUNT_STATUS = 24
    CONTRACT_STATE = 25
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
    POSTING = 10
    FEE_WAIVED = 11
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


class CancelReason(IntEnum):
    """Why an order, or part of it, left the book without a trade."""

    REQUESTED = 0
    NOT_RESTING = 1
    SELF_TRADE = 2
    LIQUIDATION = 3
    MARGIN_CALL = 4
    LAPSED = 5
    REDUCE_ONLY = 6


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
    5xx limits, 6xx order and book. Within one command the first that applies is given.
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
    MARKET_CLOSED = 201
    MARKET_HALTED = 202
    MARKET_REDUCE_ONLY = 203
    NO_MARK_PRICE = 204
    OPENING_IS_OVER = 205
    ELIG_NOT_PI = 301
    ELIG_PI_LAPSED = 302
    ELIG_NO_KNOWLEDGE = 303
    ELIG_NO_AGREEMENT = 304
    AFMM_NOT_PERMITTED = 310
    COLL_TYPE_INELIGIBLE = 401
    COLL_ISSUER_UNLICENSED = 402
    MRG_INSUFFICIENT = 410
    NOCR_WITHDRAWAL_REFUSED = 420
    LIM_POSITION = 501
    LIM_OI_CAP = 502
    LIM_ACCOUNT = 503
    ORDER_ID_IN_USE = 601
    ORDER_UNKNOWN = 602
    POST_ONLY_WOULD_TRADE = 603
    FOK_NOT_FILLABLE = 604
    NOTHING_TO_REDUCE = 605
