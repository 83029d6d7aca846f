"""What a venue answers about orders, books and trading states; `hkperp.events` has all events.

As there: whole ticks, lots, ledger units, ns. docs/book.md section 14 says what is written when.
"""

import msgspec

from hkperp_engine import codes

__all__ = [
    "AfmmSuspended",
    "ContractState",
    "EventStruct",
    "KillSwitch",
    "MassCancelled",
    "OrderAccepted",
    "OrderAmended",
    "OrderCancelled",
    "OrderReduced",
    "OrderRefreshed",
    "OrderWaits",
    "Protection",
    "Trade",
    "TradeBusted",
    "TriggerCap",
    "Triggered",
    "Uncross",
]


class EventStruct(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", gc=False
):
    """What all events have."""

    sequence: int
    time_ns: int


class OrderAccepted(EventStruct, frozen=True, tag="ORDER_ACCEPTED"):
    """An order was admitted, with the limit and lots it now has. `shown_lots`: of an iceberg."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    time_in_force: codes.TimeInForce
    is_reduce_only: bool
    shown_lots: int
    is_hidden: bool
    is_quote: bool


class OrderWaits(EventStruct, frozen=True, tag="ORDER_WAITS"):
    """A conditional order was accepted and waits. `trigger_ticks`: its trigger, or of a trailing
    order the price from which it follows (0: any).
    """

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    time_in_force: codes.TimeInForce
    is_reduce_only: bool
    trigger_ticks: int


class OrderCancelled(EventStruct, frozen=True, tag="ORDER_CANCELLED"):
    """An order is gone; `lots` were taken out of it without a trade."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    reason: codes.CancelReason
    is_reduce_only: bool
    is_hidden: bool
    is_quote: bool
    is_waiting: bool


class OrderAmended(EventStruct, frozen=True, tag="ORDER_AMENDED"):
    """An order has a new limit, new open lots, a new trigger, or has become reduce-only."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    is_reduce_only: bool
    is_hidden: bool
    is_quote: bool
    is_waiting: bool


class OrderReduced(EventStruct, frozen=True, tag="ORDER_REDUCED"):
    """`lots` were taken out of an order without a trade; the rest of it lives."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    lots: int
    reason: codes.CancelReason
    is_reduce_only: bool
    is_hidden: bool
    is_quote: bool


class OrderRefreshed(EventStruct, frozen=True, tag="ORDER_REFRESHED"):
    """An iceberg shows its next `shown_lots`, behind the others of its class (MAT-040)."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    price_ticks: int
    shown_lots: int
    is_reduce_only: bool


class Triggered(EventStruct, frozen=True, tag="TRIGGERED"):
    """A waiting order's price came; it is sent now, and what follows says how that went."""

    contract: int
    wallet: int
    order_id: int
    side: codes.Side
    trigger_ticks: int
    lots: int
    source: codes.TriggerSource
    observed_ticks: int
    is_reduce_only: bool


class TriggerCap(EventStruct, frozen=True, tag="TRIGGER_CAP"):
    """As many triggered orders were sent as may be after one command; so many are left."""

    left_count: int


class Trade(EventStruct, frozen=True, tag="TRADE"):
    """Two orders traded: at the maker's price, or in an auction at that of the uncross.

    An order of a liquidation has a negative id. `terms_hash`: of the contract's terms (PROD-06).
    """

    contract: int
    maker_wallet: int
    taker_wallet: int
    maker_order_id: int
    taker_order_id: int
    taker_side: codes.Side
    price_ticks: int
    lots: int
    is_maker_afmm: bool
    is_taker_afmm: bool
    is_liquidation: bool
    is_auction: bool
    terms_hash: int


class TradeBusted(EventStruct, frozen=True, tag="TRADE_BUSTED"):
    """The trade whose event has the number `trade_sequence` was taken back, fees and all."""

    contract: int
    maker_wallet: int
    taker_wallet: int
    price_ticks: int
    lots: int
    trade_sequence: int


class Uncross(EventStruct, frozen=True, tag="UNCROSS"):
    """A call auction ends, all of it at this price. `imbalance_lots`: wanted less offered."""

    contract: int
    price_ticks: int
    volume_lots: int
    imbalance_lots: int


class MassCancelled(EventStruct, frozen=True, tag="MASS_CANCELLED"):
    """Many orders were cancelled for one reason; wallet 0: not those of one."""

    reason: codes.CancelReason
    contract: int
    wallet: int
    order_count: int


class Protection(EventStruct, frozen=True, tag="PROTECTION"):
    """A market maker's protection reached a limit: its quotes there are frozen (MAT-076)."""

    contract: int
    wallet: int
    limit: codes.ProtectionLimit
    reached: int


class KillSwitch(EventStruct, frozen=True, tag="KILL_SWITCH"):
    """A kill switch was engaged or released."""

    scope: codes.KillScope
    is_engaged: bool
    contract: int
    wallet: int


class AfmmSuspended(EventStruct, frozen=True, tag="AFMM_SUSPENDED"):
    """The affiliated market maker was suspended, or the suspension lifted (AFMM-08)."""

    is_suspended: bool


class ContractState(EventStruct, frozen=True, tag="CONTRACT_STATE"):
    """A contract has another trading state.

    Of a volatility auction: the price that the band stood around, and when the pause ends.
    """

    contract: int
    state: codes.ContractState
    reference_ticks: int
    end_ns: int
