"""The numbers of an order: side, type, trigger, time in force, self-trade mode, flags.

Part of `hkperp_engine.codes`, which hands them on: import them from there.
"""

from enum import IntEnum

__all__ = [
    "AmendFlag",
    "OrderFlag",
    "OrderType",
    "SelfTrade",
    "Side",
    "TimeInForce",
    "TriggerSource",
]


class Side(IntEnum):
    """Side of an order: what its owner wants to do."""

    BUY = 0
    SELL = 1


class OrderType(IntEnum):
    """MARKET is a limit order at the collar price that never rests. From STOP_MARKET on orders are
    conditional: they wait for a price (MAT-030). In a command, 8 * TriggerSource is added.
    """

    LIMIT = 0
    MARKET = 1
    STOP_MARKET = 2
    STOP_LIMIT = 3
    TAKE_PROFIT_MARKET = 4
    TAKE_PROFIT_LIMIT = 5
    TRAILING_TICKS = 6
    TRAILING_PPB = 7


class TriggerSource(IntEnum):
    """The price that a conditional order waits for (MAT-032)."""

    LAST = 0
    MARK = 1
    INDEX = 2


class TimeInForce(IntEnum):
    """How long an order may wait: for ever, not at all, all or nothing at once, until a time,
    until the end of the day.
    """

    GTC = 0
    IOC = 1
    FOK = 2
    GTD = 3
    DAY = 4


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
    HIDDEN = 4
    SLIDE = 8
    CLOSE_POSITION = 16
    LINKED = 32
    BY_NOTIONAL = 64


class AmendFlag(IntEnum):
    """Bits of an AMEND command's `flags`: are its lots a total, traded ones included (MAT-016)."""

    TOTAL = 1
