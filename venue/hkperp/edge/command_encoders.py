"""A command struct into its row: one short function per kind, no search.

What a plain order costs is what its row costs, about 0.2 us: whatever else an order may have
stands in its `OrderTerms`, and one look finds that it has none. Nothing is checked but that a
number fits its column, and that no column is asked to hold two things.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from hkperp import commands as c
from hkperp.accounts import standing_flags
from hkperp.edge.gate_encoders import GATE_ENCODERS
from hkperp_engine.codes import AmendFlag, Command, OrderFlag, OrderType, TimeInForce

__all__ = ["ENCODERS", "misfit"]

Buffer = bytearray | memoryview

# The same row by kind: `x` writes zeros over the columns that the kind does not use.
_ORDER = struct.Struct("<qhbbbbbbi4xqqq8xq").pack_into
_SPECIAL = struct.Struct("<qhbbbbbbiiqqqqq").pack_into
_CANCEL = struct.Struct("<qhb5xi4xq24xq").pack_into
_AMEND = struct.Struct("<qhb5xi4xqqq8xq").pack_into
_MONEY = struct.Struct("<qhb5xii24xqq").pack_into
_CREDIT = struct.Struct("<qhb3xbxii24xqq").pack_into
_STANDING = struct.Struct("<qhbb4xii24xqq").pack_into
_OPENING = struct.Struct("<qhb5xii8xqq8xq").pack_into
_SOURCE = struct.Struct("<qhb5x4xi8xqq8xq").pack_into
_ASSET = struct.Struct("<qhb3xbx4xi24xqq").pack_into
_AMEND_ANY = struct.Struct("<qhb3xbxiiqqq8xq").pack_into
_MASS_CANCEL = struct.Struct("<qhbb4xi12xqq8xq").pack_into
_QUOTE = struct.Struct("<qhb4xbiiqqqqq").pack_into
_PROTECTION = struct.Struct("<qhb5xii8xqqqq").pack_into
_NUMBERED = struct.Struct("<qhb5xi4xq16xqq").pack_into
_SWITCH = struct.Struct("<qhbb4xii32xq").pack_into
_STATE = struct.Struct("<qhbb2xbxi28xqq").pack_into

# Names of the module: reading a member off its enum costs as much as packing the row.
_NEW_ORDER, _CANCEL_KIND = int(Command.NEW_ORDER), int(Command.CANCEL)
_AMEND_KIND = int(Command.AMEND)
_LIMIT, _MARKET = OrderType.LIMIT, OrderType.MARKET
_HIDDEN, _SLIDE = int(OrderFlag.HIDDEN), int(OrderFlag.SLIDE)
_CLOSE_POSITION, _LINKED = int(OrderFlag.CLOSE_POSITION), int(OrderFlag.LINKED)
_BY_NOTIONAL = int(OrderFlag.BY_NOTIONAL)
_GTD = TimeInForce.GTD

_NO_TERMS = c.OrderTerms()
_TRIGGERED = tuple(OrderType)[OrderType.STOP_MARKET : OrderType.TRAILING_TICKS]
_TRAILING = (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)

#: The types that a field goes with; on any other it would be taken for its column's owner.
_TYPES_OF = {
    "trigger_ticks": _TRIGGERED,
    "activation_ticks": _TRAILING,
    "shown_lots": (_LIMIT, _MARKET),
    "distance_ticks": (OrderType.TRAILING_TICKS,),
    "distance_ppb": (OrderType.TRAILING_PPB,),
}


def misfit(order: c.NewOrder) -> str:
    """Return which field of an order has no column of its own in the row, or "" if all fit.

    >>> order = c.NewOrder(
    ...     time_ns=0, contract=0, wallet=16, order_id=1, side=0, lots=5, price_ticks=9,
    ...     terms=c.OrderTerms(trigger_ticks=8),
    ... )
    >>> misfit(order)
    'terms.trigger_ticks does not go with order_type LIMIT'
    """
    terms, kind = order.terms or _NO_TERMS, order.order_type
    for name in _given(terms):
        if kind not in _TYPES_OF[name]:
            return f"terms.{name} does not go with order_type {getattr(kind, 'name', kind)}"
    if order.price_ticks and kind in _TRAILING:
        return "price_ticks does not go with a trailing order: its distance is in the terms"
    if terms.expiry_ns and order.time_in_force != _GTD:
        return "terms.expiry_ns goes with time_in_force GTD"
    if terms.partner_id and (terms.expiry_ns or terms.notional):
        return "terms.partner_id does not go with expiry_ns, nor with notional"
    if terms.expiry_ns and terms.notional:
        return "terms.expiry_ns does not go with notional"
    return ""


def _given(terms: c.OrderTerms) -> Iterator[str]:
    """Yield the names of those fields that not every type of order has."""
    if terms.trigger_ticks:
        yield "trigger_ticks"
    if terms.activation_ticks:
        yield "activation_ticks"
    if terms.shown_lots:
        yield "shown_lots"
    if terms.distance_ticks:
        yield "distance_ticks"
    if terms.distance_ppb:
        yield "distance_ppb"


def _special_order(row: Buffer, order: c.NewOrder) -> None:
    if found := misfit(order):
        raise TypeError(found)
    terms = order.terms or _NO_TERMS
    flags = 1 if order.is_post_only else 0
    flags |= 2 if order.is_reduce_only else 0
    flags |= _HIDDEN if terms.is_hidden else 0
    flags |= _SLIDE if terms.is_sliding else 0
    flags |= _CLOSE_POSITION if terms.is_close_position else 0
    flags |= _LINKED if terms.partner_id else 0
    flags |= _BY_NOTIONAL if terms.notional else 0
    # Of what shares a column at most one is not 0.
    _SPECIAL(
        row,
        0,
        order.time_ns,
        order.contract,
        _NEW_ORDER,
        order.side,
        order.order_type + 8 * terms.trigger_source,
        order.time_in_force,
        flags,
        order.self_trade,
        order.wallet,
        terms.trigger_ticks or terms.activation_ticks or terms.shown_lots,
        order.order_id,
        order.price_ticks or terms.distance_ticks or terms.distance_ppb,
        order.lots,
        terms.expiry_ns or terms.partner_id or terms.notional,
        order.tag,
    )


def _new_order(row: Buffer, order: c.NewOrder) -> None:
    kind = order.order_type
    if order.terms is not None or (kind is not _LIMIT and kind is not _MARKET):
        _special_order(row, order)
        return
    flags = 1 if order.is_post_only else 0
    if order.is_reduce_only:
        flags |= 2
    _ORDER(
        row,
        0,
        order.time_ns,
        order.contract,
        _NEW_ORDER,
        order.side,
        kind,
        order.time_in_force,
        flags,
        order.self_trade,
        order.wallet,
        order.order_id,
        order.price_ticks,
        order.lots,
        order.tag,
    )


def _cancel(row: Buffer, it: c.Cancel) -> None:
    _CANCEL(row, 0, it.time_ns, 0, _CANCEL_KIND, it.wallet, it.order_id, it.tag)


def _amend(row: Buffer, it: c.Amend) -> None:
    if it.is_total or it.trigger_ticks:
        flags = AmendFlag.TOTAL if it.is_total else 0
        numbers = (it.time_ns, it.contract, _AMEND_KIND, flags, it.wallet, it.trigger_ticks)
        _AMEND_ANY(row, 0, *numbers, it.order_id, it.price_ticks, it.lots, it.tag)
        return
    _AMEND(
        row,
        0,
        it.time_ns,
        it.contract,
        _AMEND_KIND,
        it.wallet,
        it.order_id,
        it.price_ticks,
        it.lots,
        it.tag,
    )


def _mass_cancel(row: Buffer, it: c.MassCancel) -> None:
    side = 2 if it.side is None else it.side
    numbers = (it.time_ns, it.contract, Command.MASS_CANCEL, side, it.wallet)
    _MASS_CANCEL(row, 0, *numbers, it.price_low_ticks, it.price_high_ticks, it.tag)


def _mass_quote(row: Buffer, it: c.MassQuote) -> None:
    numbers = (it.time_ns, it.contract, Command.MASS_QUOTE, it.self_trade, it.wallet, it.ask_lots)
    _QUOTE(row, 0, *numbers, it.order_id, it.bid_ticks, it.bid_lots, it.ask_ticks, it.tag)


def _set_countdown(row: Buffer, it: c.SetCountdown) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.SET_COUNTDOWN, it.wallet, 0, it.delay_ns, it.tag)


def _set_session(row: Buffer, it: c.SetSession) -> None:
    numbers = (it.time_ns, 0, Command.SET_SESSION, it.session, 0)
    _STATE(row, 0, *numbers, it.wallet, 0, it.tag)


def _set_protection(row: Buffer, it: c.SetProtection) -> None:
    numbers = (it.time_ns, it.contract, Command.SET_PROTECTION, it.wallet, it.trades_max)
    _PROTECTION(row, 0, *numbers, it.net_lots_max, it.lots_max, it.window_ns, it.tag)


def _reset_protection(row: Buffer, it: c.ResetProtection) -> None:
    numbers = (it.time_ns, it.contract, Command.RESET_PROTECTION, 0, 0)
    _STATE(row, 0, *numbers, it.wallet, 0, it.tag)


def _bust_trade(row: Buffer, it: c.BustTrade) -> None:
    _NUMBERED(row, 0, it.time_ns, 0, Command.BUST_TRADE, 0, it.trade_sequence, 0, it.tag)


def _compensate(row: Buffer, it: c.Compensate) -> None:
    numbers = (it.time_ns, 0, Command.COMPENSATE, it.wallet, it.reference_id)
    _NUMBERED(row, 0, *numbers, it.amount, it.tag)


def _deposit(row: Buffer, it: c.Deposit) -> None:
    numbers = (it.time_ns, 0, Command.DEPOSIT, 0 if it.is_final else 1, it.wallet, it.asset)
    _CREDIT(row, 0, *numbers, it.amount, it.tag)


def _withdraw(row: Buffer, it: c.Withdraw) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.WITHDRAW, it.wallet, it.asset, it.amount, it.tag)


def _house_deposit(row: Buffer, it: c.HouseDeposit) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.HOUSE_DEPOSIT, 0, it.house_wallet, it.amount, it.tag)


def _opening_trade(row: Buffer, it: c.OpeningTrade) -> None:
    kind, pair = Command.OPENING_TRADE, (it.long_wallet, it.short_wallet)
    _OPENING(row, 0, it.time_ns, it.contract, kind, *pair, it.price_ticks, it.lots, it.tag)


def _source_price(row: Buffer, it: c.SourcePrice) -> None:
    numbers = (it.time_ns, it.contract, Command.SOURCE_PRICE, it.source)
    _SOURCE(row, 0, *numbers, it.price_ticks, it.ask_ticks, it.tag)


def _asset_price(row: Buffer, it: c.AssetPrice) -> None:
    _ASSET(row, 0, it.time_ns, 0, Command.ASSET_PRICE, 0, it.asset, it.price_ppb, it.tag)


def _asset_state(row: Buffer, it: c.AssetState) -> None:
    flags = (1 if it.is_convertible else 0) | (2 if it.is_licensed else 0)
    flags |= (4 if it.is_depegged else 0) | (8 if it.is_broken else 0)
    _ASSET(row, 0, it.time_ns, 0, Command.ASSET_STATE, flags, it.asset, 0, it.tag)


def _account_status(row: Buffer, it: c.AccountStatus) -> None:
    numbers = (it.time_ns, 0, Command.ACCOUNT_STATUS, it.investor_class, it.wallet)
    _STANDING(row, 0, *numbers, standing_flags(it), it.valid_until_ns, it.tag)


def _contract_state(row: Buffer, it: c.ContractState) -> None:
    numbers = (it.time_ns, it.contract, Command.CONTRACT_STATE, it.state, 0)
    _STATE(row, 0, *numbers, 0, 0, it.tag)


def _kill_switch(row: Buffer, it: c.KillSwitch) -> None:
    numbers = (it.time_ns, it.contract, Command.KILL_SWITCH, 1 if it.is_engaged else 0)
    _SWITCH(row, 0, *numbers, it.wallet, it.scope, it.tag)


def _suspend_afmm(row: Buffer, it: c.SuspendAfmm) -> None:
    numbers = (it.time_ns, 0, Command.SUSPEND_AFMM, 1 if it.is_suspended else 0, 0)
    _STATE(row, 0, *numbers, 0, 0, it.tag)


def _tick(row: Buffer, it: c.Tick) -> None:
    _STATE(row, 0, it.time_ns, 0, Command.TICK, 0, 0, 0, 0, it.tag)


def _advance(row: Buffer, it: c.Advance) -> None:
    _STATE(row, 0, it.time_ns, 0, Command.ADVANCE, 0, 0, 0, 0, it.tag)


#: How each struct is written into a COMMAND row: a function of the buffer and the command.
ENCODERS: dict[type, Callable[[Any, Any], None]] = {
    c.NewOrder: _new_order,
    c.Cancel: _cancel,
    c.Amend: _amend,
    c.MassCancel: _mass_cancel,
    c.MassQuote: _mass_quote,
    c.SetCountdown: _set_countdown,
    c.SetSession: _set_session,
    c.SetProtection: _set_protection,
    c.ResetProtection: _reset_protection,
    c.BustTrade: _bust_trade,
    c.Compensate: _compensate,
    c.Deposit: _deposit,
    c.Withdraw: _withdraw,
    c.OpeningTrade: _opening_trade,
    c.HouseDeposit: _house_deposit,
    c.SourcePrice: _source_price,
    c.Tick: _tick,
    c.AssetPrice: _asset_price,
    c.AssetState: _asset_state,
    c.AccountStatus: _account_status,
    c.ContractState: _contract_state,
    c.KillSwitch: _kill_switch,
    c.SuspendAfmm: _suspend_afmm,
    c.Advance: _advance,
    **GATE_ENCODERS,
}
