"""An EVENT row into its struct: orders, books and trading states; one short function per kind.

`event_decoders` has the rest, and `message_rows` both together.
"""

from collections.abc import Callable
from typing import Any

from hkperp import book_events as e
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    KillScope,
    ProtectionLimit,
    Side,
    TimeInForce,
    TriggerSource,
)

__all__ = ["BOOK_DECODERS"]

EventRow = tuple[int, ...]

# Members by number: a lookup instead of a call of the enum.
_SIDES = tuple(Side)
_TIFS = tuple(TimeInForce)
_REASONS = tuple(CancelReason)
_REDUCE_ONLY, _LIQUIDATION = int(EventFlag.REDUCE_ONLY), int(EventFlag.LIQUIDATION)
_MAKER_AFMM, _TAKER_AFMM = int(EventFlag.MAKER_AFMM), int(EventFlag.TAKER_AFMM)
_HIDDEN, _QUOTE = int(EventFlag.HIDDEN), int(EventFlag.QUOTE)
_WAITING, _AUCTION = int(EventFlag.WAITING), int(EventFlag.AUCTION)


def _order_accepted(row: EventRow) -> e.OrderAccepted:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, shown) = row
    return e.OrderAccepted(
        n,
        t,
        contract,
        wallet,
        order_id,
        _SIDES[flags & 1],
        price,
        lots,
        _TIFS[code],
        flags & _REDUCE_ONLY != 0,
        shown,
        flags & _HIDDEN != 0,
        flags & _QUOTE != 0,
    )


def _order_waits(row: EventRow) -> e.OrderWaits:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, trigger) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderWaits(
        n, t, contract, wallet, order_id, side, price, lots, _TIFS[code], is_reduce_only, trigger
    )


def _order_cancelled(row: EventRow) -> e.OrderCancelled:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    return e.OrderCancelled(
        n,
        t,
        contract,
        wallet,
        order_id,
        _SIDES[flags & 1],
        price,
        lots,
        _REASONS[code],
        flags & _REDUCE_ONLY != 0,
        flags & _HIDDEN != 0,
        flags & _QUOTE != 0,
        flags & _WAITING != 0,
    )


def _order_amended(row: EventRow) -> e.OrderAmended:
    (n, t, _, _, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    return e.OrderAmended(
        n,
        t,
        contract,
        wallet,
        order_id,
        _SIDES[flags & 1],
        price,
        lots,
        flags & _REDUCE_ONLY != 0,
        flags & _HIDDEN != 0,
        flags & _QUOTE != 0,
        flags & _WAITING != 0,
    )


def _order_reduced(row: EventRow) -> e.OrderReduced:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    return e.OrderReduced(
        n,
        t,
        contract,
        wallet,
        order_id,
        _SIDES[flags & 1],
        price,
        lots,
        _REASONS[code],
        flags & _REDUCE_ONLY != 0,
        flags & _HIDDEN != 0,
        flags & _QUOTE != 0,
    )


def _order_refreshed(row: EventRow) -> e.OrderRefreshed:
    (n, t, _, _, contract, flags, wallet, _, order_id, _, price, shown, _) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderRefreshed(n, t, contract, wallet, order_id, side, price, shown, is_reduce_only)


def _triggered(row: EventRow) -> e.Triggered:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, trigger, lots, observed) = row
    return e.Triggered(
        n,
        t,
        contract,
        wallet,
        order_id,
        _SIDES[flags & 1],
        trigger,
        lots,
        TriggerSource(code),
        observed,
        flags & _REDUCE_ONLY != 0,
    )


def _trigger_cap(row: EventRow) -> e.TriggerCap:
    (n, t, _, _, _, _, _, _, _, _, _, _, left_count) = row
    return e.TriggerCap(n, t, left_count)


def _trade(row: EventRow) -> e.Trade:
    (n, t, _, _, contract, flags, maker, taker, maker_id, taker_id, price, lots, terms) = row
    return e.Trade(
        n,
        t,
        contract,
        maker,
        taker,
        maker_id,
        taker_id,
        _SIDES[flags & 1],
        price,
        lots,
        flags & _MAKER_AFMM != 0,
        flags & _TAKER_AFMM != 0,
        flags & _LIQUIDATION != 0,
        flags & _AUCTION != 0,
        terms,
    )


def _trade_busted(row: EventRow) -> e.TradeBusted:
    (n, t, _, _, contract, _, maker, taker, trade, _, price, lots, _) = row
    return e.TradeBusted(n, t, contract, maker, taker, price, lots, trade)


def _uncross(row: EventRow) -> e.Uncross:
    (n, t, _, _, contract, _, _, _, _, imbalance, price, _, volume) = row
    return e.Uncross(n, t, contract, price, volume, imbalance)


def _mass_cancelled(row: EventRow) -> e.MassCancelled:
    (n, t, _, code, contract, _, wallet, _, _, _, _, _, count) = row
    return e.MassCancelled(n, t, _REASONS[code], contract, wallet, count)


def _protection(row: EventRow) -> e.Protection:
    (n, t, _, code, contract, _, wallet, _, _, _, _, _, reached) = row
    return e.Protection(n, t, contract, wallet, ProtectionLimit(code), reached)


def _kill_switch(row: EventRow) -> e.KillSwitch:
    (n, t, _, code, contract, flags, wallet, _, _, _, _, _, _) = row
    return e.KillSwitch(n, t, KillScope(code), flags != 0, contract, wallet)


def _afmm_suspended(row: EventRow) -> e.AfmmSuspended:
    (n, t, _, code, _, _, _, _, _, _, _, _, _) = row
    return e.AfmmSuspended(n, t, code != 0)


def _contract_changed(row: EventRow) -> e.ContractState:
    (n, t, _, code, contract, _, _, _, _, _, reference, _, end_ns) = row
    return e.ContractState(n, t, contract, ContractState(code), reference, end_ns)


#: How a row of EVENT_ROW becomes a struct, by its kind.
BOOK_DECODERS: dict[Event, Callable[[Any], Any]] = {
    Event.ORDER_ACCEPTED: _order_accepted,
    Event.ORDER_WAITS: _order_waits,
    Event.ORDER_CANCELLED: _order_cancelled,
    Event.ORDER_AMENDED: _order_amended,
    Event.ORDER_REDUCED: _order_reduced,
    Event.ORDER_REFRESHED: _order_refreshed,
    Event.TRIGGERED: _triggered,
    Event.TRIGGER_CAP: _trigger_cap,
    Event.TRADE: _trade,
    Event.TRADE_BUSTED: _trade_busted,
    Event.UNCROSS: _uncross,
    Event.MASS_CANCELLED: _mass_cancelled,
    Event.PROTECTION: _protection,
    Event.KILL_SWITCH: _kill_switch,
    Event.AFMM_SUSPENDED: _afmm_suspended,
    Event.CONTRACT_STATE: _contract_changed,
}
