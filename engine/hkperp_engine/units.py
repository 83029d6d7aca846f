"""Units and bounds of every integer in the venue (FORMULAS section 1, RELIABILITY section 3).

Prices are ticks, quantities lots, money the smallest ledger unit of its asset ("quote"; 1e-6 HKD
by default), rates parts per billion ("ppb"), time nanoseconds since the epoch. All are int64.

The bounds are checked once, at the boundary, with Python's unlimited integers; behind it the
kernels rely on them, and `tests/engine/test_bounds.py` proves that no intermediate value of a
formula leaves int64. This module imports neither numba nor numpy.
"""

__all__ = [
    "ACCOUNT_QUOTE_MAX",
    "ASSET_PRICE_PPB_MAX",
    "EXPOSURE_QUOTE_MAX",
    "HOUSE_QUOTE_MAX",
    "INSTRUMENTS_MAX",
    "INT64_MAX",
    "INT64_MIN",
    "LOTS_MAX",
    "NONE",
    "NOTIONAL_QUOTE_MAX",
    "NS_PER_DAY",
    "NS_PER_HOUR",
    "NS_PER_MINUTE",
    "NS_PER_MS",
    "NS_PER_S",
    "NS_PER_US",
    "PPB",
    "PRICE_TICKS_MAX",
    "RATE_PPB_MAX",
    "WORD_BITS",
]

INT64_MIN = -(2**63)
INT64_MAX = 2**63 - 1

#: Bits in one word of the arena, and in one word of a bitmap.
WORD_BITS = 64

#: "No slot", "no order", "no level". Never 0, which is a valid index.
NONE = -1

#: Largest price, ticks; the smallest is 1.
PRICE_TICKS_MAX = 2**31 - 1

#: Largest absolute quantity of an order or a position, lots.
LOTS_MAX = 2**31 - 1

#: Largest number of contracts in one venue.
INSTRUMENTS_MAX = 64

#: One position's notional, quote: about HKD 72 billion at 1e-6 HKD.
NOTIONAL_QUOTE_MAX = 2**56

#: One account's balance of one asset, quote; deposits above it are refused.
ACCOUNT_QUOTE_MAX = 2**60

#: All accounts of the house together, quote: about HKD 2.3 trillion at 1e-6 HKD.
HOUSE_QUOTE_MAX = 2**61

#: One account's notional over all its contracts, quote; exactly 2**62.
EXPOSURE_QUOTE_MAX = INSTRUMENTS_MAX * NOTIONAL_QUOTE_MAX

#: One whole in parts per billion: 1 % is 10_000_000 ppb.
PPB = 10**9

#: Largest absolute rate, weight or haircut, ppb.
RATE_PPB_MAX = PPB

#: Largest price of a margin asset or currency, ppb of HKD per unit. Above PPB, so such a price
#: goes through `mul_div_wide` only.
ASSET_PRICE_PPB_MAX = 10**12

NS_PER_US = 1_000
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000
NS_PER_MINUTE = 60 * NS_PER_S
NS_PER_HOUR = 60 * NS_PER_MINUTE
NS_PER_DAY = 24 * NS_PER_HOUR
