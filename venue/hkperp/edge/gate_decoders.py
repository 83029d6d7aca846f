"""An EVENT row into its struct: standing, products, the vault, default; one function per kind.

`event_decoders` and `book_decoders` have the rest, and `message_rows` all together.
"""

from collections.abc import Callable
from typing import Any

from hkperp import gate_events as e
from hkperp_engine.codes import Alert, Event, ProductState, ReferenceStatus

__all__ = ["GATE_DECODERS"]

EventRow = tuple[int, ...]


def _product_state(row: EventRow) -> e.ProductState:
    (n, t, _, code, contract, _, _, _, _, _, _, _, _) = row
    return e.ProductState(n, t, contract, ProductState(code))


def _reference_status(row: EventRow) -> e.ReferenceStatus:
    (n, t, _, code, contract, _, _, _, _, _, _, _, _) = row
    return e.ReferenceStatus(n, t, contract, ReferenceStatus(code))


def _margin_addon(row: EventRow) -> e.MarginAddon:
    (n, t, _, _, contract, _, _, _, _, _, mm_ppb, _, im_ppb) = row
    return e.MarginAddon(n, t, contract, im_ppb, mm_ppb)


def _asset_haircut(row: EventRow) -> e.AssetHaircut:
    (n, t, _, _, asset, _, _, _, _, _, _, _, haircut_ppb) = row
    return e.AssetHaircut(n, t, asset, haircut_ppb)


def _agreement(row: EventRow) -> e.Agreement:
    (n, t, _, _, _, _, _, _, _, _, _, _, version) = row
    return e.Agreement(n, t, version)


def _acknowledged(row: EventRow) -> e.Acknowledged:
    (n, t, _, _, _, _, wallet, _, _, _, _, _, version) = row
    return e.Acknowledged(n, t, wallet, version)


def _exposure_limit(row: EventRow) -> e.ExposureLimit:
    (n, t, _, _, _, _, wallet, _, _, _, _, _, limit_quote) = row
    return e.ExposureLimit(n, t, wallet, limit_quote)


def _reconciled(row: EventRow) -> e.Reconciled:
    (n, t, _, _, asset, _, _, _, _, _, _, _, amount) = row
    return e.Reconciled(n, t, asset, amount)


def _seg_break(row: EventRow) -> e.SegBreak:
    (n, t, _, _, asset, _, _, _, ledger, _, _, _, amount) = row
    return e.SegBreak(n, t, asset, amount, ledger)


def _alert(row: EventRow) -> e.Alert:
    (n, t, _, code, contract, flags, _, _, _, _, _, _, figure) = row
    return e.Alert(n, t, contract, Alert(code), flags != 0, figure)


def _final_price(row: EventRow) -> e.FinalPrice:
    (n, t, _, _, contract, _, _, _, _, _, price, samples, _) = row
    return e.FinalPrice(n, t, contract, price, samples)


def _final_settlement(row: EventRow) -> e.FinalSettlement:
    (n, t, _, _, contract, _, wallet, _, _, _, price, lots, _) = row
    return e.FinalSettlement(n, t, contract, wallet, price, lots)


def _margin_notice(row: EventRow) -> e.MarginNotice:
    (n, t, _, level, _, _, wallet, _, _, _, _, _, equity) = row
    return e.MarginNotice(n, t, wallet, level, equity)


def _default_declared(row: EventRow) -> e.DefaultDeclared:
    (n, t, _, _, _, _, wallet, _, _, _, _, _, _) = row
    return e.DefaultDeclared(n, t, wallet)


def _oi_cap(row: EventRow) -> e.OiCap:
    (n, t, _, _, contract, _, _, _, _, _, _, _, cap_lots) = row
    return e.OiCap(n, t, contract, cap_lots)


def _backstop_set(row: EventRow) -> e.BackstopSet:
    (n, t, _, _, contract, _, wallet, _, _, _, _, _, share_ppb) = row
    return e.BackstopSet(n, t, contract, wallet, share_ppb)


def _backstop(row: EventRow) -> e.Backstop:
    (n, t, _, _, contract, _, wallet, provider, _, _, price, lots, _) = row
    return e.Backstop(n, t, contract, wallet, provider, price, lots)


def _tear_up(row: EventRow) -> e.TearUp:
    (n, t, _, _, contract, _, wallet, counter_wallet, _, _, mark, lots, _) = row
    return e.TearUp(n, t, contract, wallet, counter_wallet, mark, lots)


#: How a row of EVENT_ROW becomes a struct, by its kind.
GATE_DECODERS: dict[Event, Callable[[Any], Any]] = {
    Event.PRODUCT_STATE: _product_state,
    Event.REFERENCE_STATUS: _reference_status,
    Event.MARGIN_ADDON: _margin_addon,
    Event.ASSET_HAIRCUT: _asset_haircut,
    Event.AGREEMENT: _agreement,
    Event.ACKNOWLEDGED: _acknowledged,
    Event.EXPOSURE_LIMIT: _exposure_limit,
    Event.RECONCILED: _reconciled,
    Event.SEG_BREAK: _seg_break,
    Event.ALERT: _alert,
    Event.FINAL_PRICE: _final_price,
    Event.FINAL_SETTLEMENT: _final_settlement,
    Event.MARGIN_NOTICE: _margin_notice,
    Event.DEFAULT_DECLARED: _default_declared,
    Event.OI_CAP: _oi_cap,
    Event.BACKSTOP_SET: _backstop_set,
    Event.BACKSTOP: _backstop,
    Event.TEAR_UP: _tear_up,
}
