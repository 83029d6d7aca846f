"""Between messages and rows: a command struct into 64 bytes, 64 bytes into an event struct.

The bytes are those of `hkperp_engine.layout.COMMAND` and `EVENT`; a test compares the two. This is
the inner loop of `Venue.apply`, hence one short function per kind and no search: about 0.2 us to
encode and 0.3 us to decode. Nothing is checked but that a number fits its column.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from hkperp import commands as c
from hkperp import events as e
from hkperp_engine.codes import (
    AccountFlag,
    CancelReason,
    Command,
    ContractState,
    CycleCause,
    Event,
    EventFlag,
    Explain,
    IndexStatus,
    InvestorClass,
    Layer,
    MarginState,
    Posting,
    Reject,
    Side,
    SourceStatus,
    TimeInForce,
)

__all__ = ["COMMAND_ROW", "DECODERS", "ENCODERS", "EVENT_ROW", "ROW_BYTES", "decoded"]

ROW_BYTES = 64

#: time, contract, kind, side, type, tif, flags, stp, wallet, target, id, price, lots, amount, tag.
COMMAND_ROW = struct.Struct("<qhbbbbbbiiqqqqq")

#: sequence, time, kind, code, contract, flags, wallet, counter wallet, id, counter id, price,
#: lots, amount.
EVENT_ROW = struct.Struct("<qqhhhhiiqqiiq")

Buffer = bytearray | memoryview
EventRow = tuple[int, ...]

# The same row by kind: `x` writes zeros over the columns that the kind does not use.
_ORDER = struct.Struct("<qhbbbbbbi4xqqq8xq").pack_into
_CANCEL = struct.Struct("<qhb5xi4xq24xq").pack_into
_AMEND = struct.Struct("<qhb5xi4xqqq8xq").pack_into
_MONEY = struct.Struct("<qhb5xii24xqq").pack_into
_OPENING = struct.Struct("<qhb5xii8xqq8xq").pack_into
_SOURCE = struct.Struct("<qhb5x4xi8xq16xq").pack_into
_ASSET = struct.Struct("<qhb3xbx4xi24xqq").pack_into
_STATE = struct.Struct("<qhbb2xbxi28xqq").pack_into

# Names of the module: reading a member off its enum costs as much as packing the row.
_NEW_ORDER, _CANCEL_KIND = int(Command.NEW_ORDER), int(Command.CANCEL)
_AMEND_KIND = int(Command.AMEND)


def _new_order(row: Buffer, order: c.NewOrder) -> None:
    _ORDER(
        row,
        0,
        order.time_ns,
        order.contract,
        _NEW_ORDER,
        order.side,
        order.order_type,
        order.time_in_force,
        (1 if order.is_post_only else 0) | (2 if order.is_reduce_only else 0),
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


def _deposit(row: Buffer, it: c.Deposit) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.DEPOSIT, it.wallet, it.asset, it.amount, it.tag)


def _withdraw(row: Buffer, it: c.Withdraw) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.WITHDRAW, it.wallet, it.asset, it.amount, it.tag)


def _house_deposit(row: Buffer, it: c.HouseDeposit) -> None:
    _MONEY(row, 0, it.time_ns, 0, Command.HOUSE_DEPOSIT, 0, it.house_wallet, it.amount, it.tag)


def _opening_trade(row: Buffer, it: c.OpeningTrade) -> None:
    kind, pair = Command.OPENING_TRADE, (it.long_wallet, it.short_wallet)
    _OPENING(row, 0, it.time_ns, it.contract, kind, *pair, it.price_ticks, it.lots, it.tag)


def _source_price(row: Buffer, it: c.SourcePrice) -> None:
    kind = Command.SOURCE_PRICE
    _SOURCE(row, 0, it.time_ns, it.contract, kind, it.source, it.price_ticks, it.tag)


def _asset_price(row: Buffer, it: c.AssetPrice) -> None:
    _ASSET(row, 0, it.time_ns, 0, Command.ASSET_PRICE, 0, it.asset, it.price_ppb, it.tag)


def _asset_state(row: Buffer, it: c.AssetState) -> None:
    flags = (1 if it.is_convertible else 0) | (2 if it.is_licensed else 0)
    _ASSET(row, 0, it.time_ns, 0, Command.ASSET_STATE, flags, it.asset, 0, it.tag)


def _account_status(row: Buffer, it: c.AccountStatus) -> None:
    flags = AccountFlag.KNOWLEDGE if it.has_knowledge else 0
    flags |= AccountFlag.AGREEMENT if it.has_agreement else 0
    flags |= AccountFlag.AFMM_DOCUMENTS if it.has_afmm_documents else 0
    numbers = (it.time_ns, 0, Command.ACCOUNT_STATUS, it.investor_class, flags)
    _STATE(row, 0, *numbers, it.wallet, it.valid_until_ns, it.tag)


def _contract_state(row: Buffer, it: c.ContractState) -> None:
    numbers = (it.time_ns, it.contract, Command.CONTRACT_STATE, it.state, 0)
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
    c.Advance: _advance,
}

# Members by number: a lookup instead of a call of the enum.
_SIDES = tuple(Side)
_TIFS = tuple(TimeInForce)
_REASONS = tuple(CancelReason)
_REJECTS = {int(member): member for member in Reject}
_REDUCE_ONLY, _LIQUIDATION = int(EventFlag.REDUCE_ONLY), int(EventFlag.LIQUIDATION)
_MAKER_AFMM, _TAKER_AFMM = int(EventFlag.MAKER_AFMM), int(EventFlag.TAKER_AFMM)


def _refused(row: EventRow) -> e.Refused:
    (n, t, _, code, contract, _, wallet, _, order_id, tag, _, _, kind) = row
    return e.Refused(n, t, _REJECTS[code], kind, contract, wallet, order_id, tag)


def _order_accepted(row: EventRow) -> e.OrderAccepted:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderAccepted(
        n, t, contract, wallet, order_id, side, price, lots, _TIFS[code], is_reduce_only
    )


def _order_cancelled(row: EventRow) -> e.OrderCancelled:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderCancelled(
        n, t, contract, wallet, order_id, side, price, lots, _REASONS[code], is_reduce_only
    )


def _order_amended(row: EventRow) -> e.OrderAmended:
    (n, t, _, _, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderAmended(n, t, contract, wallet, order_id, side, price, lots, is_reduce_only)


def _order_reduced(row: EventRow) -> e.OrderReduced:
    (n, t, _, code, contract, flags, wallet, _, order_id, _, price, lots, _) = row
    side, is_reduce_only = _SIDES[flags & 1], flags & _REDUCE_ONLY != 0
    return e.OrderReduced(
        n, t, contract, wallet, order_id, side, price, lots, _REASONS[code], is_reduce_only
    )


def _trade(row: EventRow) -> e.Trade:
    (n, t, _, _, contract, flags, maker, taker, maker_id, taker_id, price, lots, _) = row
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
    )


def _opened(row: EventRow) -> e.OpeningTrade:
    (n, t, _, _, contract, _, long, short, _, _, price, lots, _) = row
    return e.OpeningTrade(n, t, contract, long, short, price, lots)


def _posting(row: EventRow) -> e.Posting:
    (n, t, _, code, asset, _, payer, receiver, reference, _, _, _, amount) = row
    return e.Posting(n, t, Posting(code), asset, payer, receiver, amount, reference)


def _fee_waived(row: EventRow) -> e.FeeWaived:
    (n, t, _, _, contract, _, wallet, _, order_id, _, _, _, amount) = row
    return e.FeeWaived(n, t, contract, wallet, amount, order_id)


def _index_source(row: EventRow) -> e.IndexSource:
    (n, t, _, code, contract, _, _, _, source, _, price, _, age_ns) = row
    return e.IndexSource(n, t, contract, source, SourceStatus(code), price, age_ns)


def _index(row: EventRow) -> e.Index:
    (n, t, _, code, contract, _, _, _, _, _, price, sources, _) = row
    return e.Index(n, t, contract, IndexStatus(code), price, sources)


def _mark(row: EventRow) -> e.Mark:
    (n, t, _, basis_bits, contract, flags, _, _, _, _, price, _, index_ticks) = row
    return e.Mark(n, t, contract, price, index_ticks, basis_bits, flags != 0)


def _funding_rate(row: EventRow) -> e.FundingRate:
    (n, t, _, _, contract, _, _, _, _, _, mark, samples, rate_ppb) = row
    return e.FundingRate(n, t, contract, mark, rate_ppb, samples)


def _funding(row: EventRow) -> e.Funding:
    (n, t, _, _, contract, _, wallet, _, _, _, mark, lots, amount) = row
    return e.Funding(n, t, contract, wallet, mark, lots, amount)


def _cycle(row: EventRow) -> e.Cycle:
    (n, t, _, code, _, _, _, _, cycle, loss_id, _, _, amount) = row
    return e.Cycle(n, t, CycleCause(code), cycle, loss_id, amount)


def _cycle_done(row: EventRow) -> e.CycleDone:
    (n, t, _, _, _, _, _, _, cycle, _, _, _, amount) = row
    return e.CycleDone(n, t, cycle, amount)


def _margin_state(row: EventRow) -> e.MarginState:
    (n, t, _, code, _, _, wallet, _, _, _, _, _, equity) = row
    return e.MarginState(n, t, wallet, MarginState(code), equity)


def _explain(row: EventRow) -> e.Explain:
    (n, t, _, code, contract, _, wallet, _, cost, _, price, lots, amount) = row
    return e.Explain(n, t, wallet, Explain(code), amount, contract, price, lots, cost)


def _liquidation_order(row: EventRow) -> e.LiquidationOrder:
    (n, t, _, _, contract, flags, wallet, _, order_id, _, price, lots, curing) = row
    side = _SIDES[flags & 1]
    return e.LiquidationOrder(n, t, contract, wallet, order_id, side, price, lots, curing)


def _takeover(row: EventRow) -> e.Takeover:
    (n, t, _, _, contract, _, wallet, counter_wallet, _, _, mark, lots, _) = row
    return e.Takeover(n, t, contract, wallet, counter_wallet, mark, lots)


def _default(row: EventRow) -> e.Default:
    (n, t, _, _, _, _, wallet, _, loss_id, _, _, _, amount) = row
    return e.Default(n, t, wallet, amount, loss_id)


def _allocation(row: EventRow) -> e.Allocation:
    (n, t, _, code, _, _, wallet, _, loss_id, _, _, _, amount) = row
    return e.Allocation(n, t, Layer(code), wallet, amount, loss_id)


def _haircut(row: EventRow) -> e.Haircut:
    (n, t, _, _, _, _, wallet, _, loss_id, variation, _, _, amount) = row
    return e.Haircut(n, t, wallet, amount, variation, loss_id)


def _deleverage(row: EventRow) -> e.Deleverage:
    (n, t, _, _, contract, _, wallet, defaulter, loss_id, score, mark, lots, amount) = row
    return e.Deleverage(n, t, contract, wallet, defaulter, mark, lots, amount, loss_id, score)


def _contract_changed(row: EventRow) -> e.ContractState:
    (n, t, _, code, contract, _, _, _, _, _, _, _, _) = row
    return e.ContractState(n, t, contract, ContractState(code))


def _account_changed(row: EventRow) -> e.AccountStatus:
    (n, t, _, code, _, flags, wallet, _, _, _, _, _, valid_until_ns) = row
    has = [flags & flag != 0 for flag in AccountFlag]
    return e.AccountStatus(n, t, wallet, InvestorClass(code), valid_until_ns, *has)


def _price_changed(row: EventRow) -> e.AssetPrice:
    (n, t, _, _, asset, _, _, _, _, _, _, _, price_ppb) = row
    return e.AssetPrice(n, t, asset, price_ppb)


def _asset_changed(row: EventRow) -> e.AssetState:
    (n, t, _, flags, asset, _, _, _, _, _, _, _, _) = row
    return e.AssetState(n, t, asset, flags & 1 != 0, flags & 2 != 0)


_BY_KIND: dict[Event, Callable[[Any], Any]] = {
    Event.REFUSED: _refused,
    Event.ORDER_ACCEPTED: _order_accepted,
    Event.ORDER_CANCELLED: _order_cancelled,
    Event.ORDER_AMENDED: _order_amended,
    Event.ORDER_REDUCED: _order_reduced,
    Event.TRADE: _trade,
    Event.OPENING_TRADE: _opened,
    Event.POSTING: _posting,
    Event.FEE_WAIVED: _fee_waived,
    Event.INDEX_SOURCE: _index_source,
    Event.INDEX: _index,
    Event.MARK: _mark,
    Event.FUNDING_RATE: _funding_rate,
    Event.FUNDING: _funding,
    Event.CYCLE: _cycle,
    Event.CYCLE_DONE: _cycle_done,
    Event.MARGIN_STATE: _margin_state,
    Event.EXPLAIN: _explain,
    Event.LIQUIDATION_ORDER: _liquidation_order,
    Event.TAKEOVER: _takeover,
    Event.DEFAULT: _default,
    Event.ALLOCATION: _allocation,
    Event.HAIRCUT: _haircut,
    Event.DELEVERAGE: _deleverage,
    Event.CONTRACT_STATE: _contract_changed,
    Event.ACCOUNT_STATUS: _account_changed,
    Event.ASSET_PRICE: _price_changed,
    Event.ASSET_STATE: _asset_changed,
}

#: How a row of EVENT_ROW becomes a struct: a function of the row, by its kind.
DECODERS: dict[int, Callable[[Any], Any]] = {int(kind): made for kind, made in _BY_KIND.items()}


def decoded(rows: bytes | memoryview) -> Iterator[Any]:
    """Yield the event structs of EVENT rows given as bytes. About 0.4 us each."""
    for row in EVENT_ROW.iter_unpack(rows):
        yield DECODERS[row[2]](row)
