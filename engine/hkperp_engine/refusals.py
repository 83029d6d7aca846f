"""What each refusal means: its rule and its sentence, for the person who made the mistake.

Numbers and order of precedence are in codes.py. A test checks that every Reject has both.
"""

from hkperp_engine.codes import Reject

__all__ = ["REJECT_RULE", "REJECT_TEXT"]

#: The rule each refusal serves: an id of the rulebook, or SYS-nn for the machine's own sanity.
REJECT_RULE = {
    Reject.NONE: "",
    Reject.COMMAND_UNKNOWN: "REC-02",
    Reject.TIME_WENT_BACK: "ORD-02",
    Reject.CONTRACT_UNKNOWN: "PROD-06",
    Reject.WALLET_UNKNOWN: "ELIG-01",
    Reject.ASSET_UNKNOWN: "MRG-01",
    Reject.SOURCE_UNKNOWN: "VAL-02",
    Reject.SIDE_INVALID: "ORD-01",
    Reject.ORDER_KIND_INVALID: "ORD-01",
    Reject.ORDER_ID_INVALID: "ORD-01",
    Reject.PRICE_INVALID: "PROD-06",
    Reject.LOTS_INVALID: "PROD-06",
    Reject.AMOUNT_INVALID: "NOCR-01",
    Reject.STATE_INVALID: "HALT-01",
    Reject.TIME_TOO_FAR: "ORD-02",
    Reject.MARKET_CLOSED: "PROD-05",
    Reject.MARKET_HALTED: "HALT-01",
    Reject.MARKET_REDUCE_ONLY: "LIQ-07",
    Reject.NO_MARK_PRICE: "VAL-05",
    Reject.OPENING_IS_OVER: "SETL-01",
    Reject.ELIG_NOT_PI: "ELIG-01",
    Reject.ELIG_PI_LAPSED: "ELIG-02",
    Reject.ELIG_NO_KNOWLEDGE: "ELIG-04",
    Reject.ELIG_NO_AGREEMENT: "ELIG-06",
    Reject.AFMM_NOT_PERMITTED: "AFMM-08",
    Reject.COLL_TYPE_INELIGIBLE: "MRG-01",
    Reject.COLL_ISSUER_UNLICENSED: "MRG-03",
    Reject.MRG_INSUFFICIENT: "MRG-07",
    Reject.NOCR_WITHDRAWAL_REFUSED: "NOCR-02",
    Reject.LIM_POSITION: "LIM-01",
    Reject.LIM_OI_CAP: "LIM-03",
    Reject.LIM_ACCOUNT: "MRG-07",
    Reject.ORDER_ID_IN_USE: "ORD-02",
    Reject.ORDER_UNKNOWN: "ORD-02",
    Reject.POST_ONLY_WOULD_TRADE: "ORD-01",
    Reject.FOK_NOT_FILLABLE: "ORD-01",
    Reject.NOTHING_TO_REDUCE: "ORD-04",
    Reject.DISPLAY_INVALID: "ORD-01",
    Reject.EXPIRY_INVALID: "ORD-01",
    Reject.TRIGGER_INVALID: "ORD-01",
    Reject.SCOPE_INVALID: "ORD-01",
    Reject.NOT_IN_AUCTION: "HALT-01",
    Reject.KILL_SWITCH_ENGAGED: "HALT-04",
    Reject.LIM_ORDER_LOTS: "ORD-01",
    Reject.LIM_ORDER_NOTIONAL: "ORD-01",
    Reject.LIM_OPEN_ORDERS: "ORD-01",
    Reject.LIM_MESSAGE_RATE: "ORD-03",
    Reject.LIM_PROTECTIONS: "ORD-01",
    Reject.PRICE_OUTSIDE_BAND: "ORD-01",
    Reject.TRIGGER_ALREADY_MET: "ORD-01",
    Reject.PARTNER_UNKNOWN: "ORD-01",
    Reject.QUOTES_FROZEN: "ORD-01",
    Reject.NOTIONAL_TOO_SMALL: "ORD-01",
    Reject.TRADE_UNKNOWN: "SETL-01",
    Reject.BUST_TOO_LATE: "SETL-01",
    Reject.BUST_UNCOVERED: "NOCR-01",
    Reject.ERROR_ACCOUNT_SHORT: "NOCR-01",
    Reject.WALLET_ISOLATED: "MRG-13",
    Reject.PROD_NOT_LIVE: "PROD-05",
    Reject.REF_NOT_RETAIL_ELIGIBLE: "REF-01",
    Reject.REF_INDEX_NOT_IOSCO: "REF-01",
    Reject.ELIG_JURISDICTION: "ELIG-08",
    Reject.AFMM_GROUP_PROP_BAN: "AFMM-09",
    Reject.COLL_BANK_INELIGIBLE: "MRG-05",
    Reject.COLL_DEPEGGED: "MRG-04",
    Reject.COLL_CONCENTRATION: "MRG-06",
    Reject.COLL_REDEMPTION_CLOSED: "MRG-04",
    Reject.SEG_BREAK: "SEG-02",
    Reject.DEPOSIT_UNKNOWN: "NOCR-03",
    Reject.LIM_CLIENT_EXPOSURE: "ELIG-05",
    Reject.RSV_UNAUTHORISED: "RSV-01",
    Reject.LIM_BACKSTOPS: "LIQ-04",
}

#: What each refusal means and what to do about it, for the person who made the mistake.
REJECT_TEXT = {
    Reject.NONE: "accepted",
    Reject.COMMAND_UNKNOWN: "this command kind does not exist: use one of the Command kinds",
    Reject.TIME_WENT_BACK: "the command is older than the machine: send times that never go back",
    Reject.CONTRACT_UNKNOWN: "no such contract: use an index of a listed contract",
    Reject.WALLET_UNKNOWN: "no such client wallet: open the account first",
    Reject.ASSET_UNKNOWN: "no such asset: use an index of a registered asset",
    Reject.SOURCE_UNKNOWN: "no such index source: use one the contract lists",
    Reject.SIDE_INVALID: "the side must be BUY or SELL",
    Reject.ORDER_KIND_INVALID: "type, time in force and flags do not go together: "
    "post-only needs a resting limit order, market orders do not rest",
    Reject.ORDER_ID_INVALID: "the order id must be a whole number from 1 to 2^62",
    Reject.PRICE_INVALID: "the price must be from 1 tick to the contract's highest price",
    Reject.LOTS_INVALID: "the quantity must be from 1 lot to the contract's largest position",
    Reject.AMOUNT_INVALID: "the amount must be a positive whole number of units within bounds",
    Reject.STATE_INVALID: "no such state: use one the command describes",
    Reject.TIME_TOO_FAR: "the command is more than 31 days ahead: advance in smaller steps",
    Reject.MARKET_CLOSED: "the contract is closed: no orders are taken",
    Reject.MARKET_HALTED: "the contract is halted: wait, or cancel orders",
    Reject.MARKET_REDUCE_ONLY: "only orders that reduce a position are taken now: "
    "send reduce-only, or wait for a fresh mark price",
    Reject.NO_MARK_PRICE: "the contract has no mark price yet: wait for the first tick",
    Reject.OPENING_IS_OVER: "opening positions are taken only before the first trade",
    Reject.ELIG_NOT_PI: "perpetuals are for professional investors only: have the client classed",
    Reject.ELIG_PI_LAPSED: "the professional-investor evidence has lapsed: "
    "renew it; until then only reduce the position",
    Reject.ELIG_NO_KNOWLEDGE: "knowledge of derivatives is not assessed: assess the client first",
    Reject.ELIG_NO_AGREEMENT: "the agreement and risk disclosure are not accepted: accept first",
    Reject.AFMM_NOT_PERMITTED: "the affiliated market maker's documents are incomplete: file them",
    Reject.COLL_TYPE_INELIGIBLE: "margin is fiat, HKD stablecoins or tokenised deposits: "
    "deposit one of these",
    Reject.COLL_ISSUER_UNLICENSED: "the issuer or bank is not licensed or is suspended: "
    "deposit another asset",
    Reject.MRG_INSUFFICIENT: "margin must be collected before the order: "
    "deposit, use fewer lots, or cancel orders",
    Reject.NOCR_WITHDRAWAL_REFUSED: "the withdrawal would need credit: withdraw less",
    Reject.LIM_POSITION: "position and open orders would pass a limit of the position, "
    "the account, its group or a share of open interest: use fewer lots",
    Reject.LIM_OI_CAP: "the contract's open interest is at its cap: only reduce",
    Reject.LIM_ACCOUNT: "the balance would pass the largest an account may hold: deposit less",
    Reject.ORDER_ID_IN_USE: "this order id is live: use a new one",
    Reject.ORDER_UNKNOWN: "no live order of this wallet has this id",
    Reject.POST_ONLY_WOULD_TRADE: "a post-only order would trade at once: move its price",
    Reject.FOK_NOT_FILLABLE: "the book cannot fill the whole order: use IOC, or fewer lots",
    Reject.NOTHING_TO_REDUCE: "there is no position on the other side to reduce",
    Reject.DISPLAY_INVALID: "the shown quantity must be from 1 lot to the whole order, "
    "and only a resting limit order has one",
    Reject.EXPIRY_INVALID: "the expiry must be later than now: send a later time, or GTC",
    Reject.TRIGGER_INVALID: "trigger and activation prices must be from 1 tick to the contract's "
    "highest price, a distance at least 1",
    Reject.SCOPE_INVALID: "no such scope: side, price range or target of the command is wrong",
    Reject.NOT_IN_AUCTION: "a call phase takes limit orders that rest and conditional orders: "
    "send one of these, or wait for the uncross",
    Reject.KILL_SWITCH_ENGAGED: "the kill switch is engaged for this account: "
    "cancel or reduce, and ask the operator to release it",
    Reject.LIM_ORDER_LOTS: "the order is larger than one order may be: split it",
    Reject.LIM_ORDER_NOTIONAL: "the order is worth more than one order may be: split it",
    Reject.LIM_OPEN_ORDERS: "the account has as many live orders as it may: cancel some",
    Reject.LIM_MESSAGE_RATE: "too many messages in this window: slow down",
    Reject.LIM_PROTECTIONS: "no more quote protections can be set: use those that are",
    Reject.PRICE_OUTSIDE_BAND: "the limit is too far from the reference price: move it",
    Reject.TRIGGER_ALREADY_MET: "the trigger is met already: send the order without a trigger",
    Reject.PARTNER_UNKNOWN: "the partner must be a live order of the same account, contract and "
    "side without a partner",
    Reject.QUOTES_FROZEN: "the protection has frozen these quotes: reset it first",
    Reject.NOTIONAL_TOO_SMALL: "the amount does not buy one lot at the book's prices: raise it",
    Reject.TRADE_UNKNOWN: "no such trade is remembered: give the sequence number of its event",
    Reject.BUST_TOO_LATE: "the trade's results are settled: compensate from the error account",
    Reject.BUST_UNCOVERED: "taking the trade back would leave an account short: "
    "compensate from the error account",
    Reject.ERROR_ACCOUNT_SHORT: "the account holds less that may leave it: "
    "fund it, or wait for the cycle that earns its fees",
    Reject.WALLET_ISOLATED: (
        "this isolated wallet trades one contract only: use it there, or the cross wallet"
    ),
    Reject.PROD_NOT_LIVE: (
        "the product is not approved and live: wait until it is; what reduces a position may go on"
    ),
    Reject.REF_NOT_RETAIL_ELIGIBLE: (
        "the reference asset is not approved for retail spot trading here: the contract cannot "
        "go live on it"
    ),
    Reject.REF_INDEX_NOT_IOSCO: (
        "the index has no valid attestation of all 19 IOSCO principles: renew it first"
    ),
    Reject.ELIG_JURISDICTION: (
        "the client is in a jurisdiction that is not served: it may only reduce its positions"
    ),
    Reject.AFMM_GROUP_PROP_BAN: (
        "a company of the operator's group may not trade for itself unless it is the licensed "
        "affiliated market maker"
    ),
    Reject.COLL_BANK_INELIGIBLE: (
        "the bank behind this tokenised deposit is not an authorised institution: pay in another "
        "asset"
    ),
    Reject.COLL_DEPEGGED: (
        "the coin has lost its peg: no more of it is taken in; what is held can be redeemed"
    ),
    Reject.COLL_CONCENTRATION: (
        "the deposit would pass the limit on this issuer, bank or currency: pay in another asset"
    ),
    Reject.COLL_REDEMPTION_CLOSED: (
        "the issuer does not redeem at present: wait, or withdraw the units themselves"
    ),
    Reject.SEG_BREAK: (
        "ledger and custodian disagree about this asset: nothing of it leaves until they agree"
    ),
    Reject.DEPOSIT_UNKNOWN: (
        "so much of the asset is not awaited for this wallet: name a deposit that is not final yet"
    ),
    Reject.LIM_CLIENT_EXPOSURE: (
        "the order would pass the account's exposure limit: reduce a position or cancel an order"
    ),
    Reject.RSV_UNAUTHORISED: (
        "a prefunded layer is debited by the allocation of a loss only: nothing is paid out of it"
    ),
    Reject.LIM_BACKSTOPS: "the contract has as many backstop providers as it can: end one first",
}
