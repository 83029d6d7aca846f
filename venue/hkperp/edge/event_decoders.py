"""An EVENT row into its struct: money, prices, margin and accounts; one short function per kind.

Orders and books are `book_decoders`, and `message_rows` has both together.
"""

from collections.abc import Callable
from typing import Any

from hkperp import events as e
from hkperp_engine.codes import (
    AccountFlag,
    AssetFlag,
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
)

__all__ = ["MACHINE_DECODERS"]

EventRow = tuple[int, ...]

# Members by number: a lookup instead of a call of the enum.
_REJECTS = {int(member): member for member in Reject}
_SELL = int(EventFlag.SELL)


def _refused(row: EventRow) -> e.Refused:
    (n, t, _, code, contract, _, wallet, _, order_id, tag, _, _, kind) = row
    return e.Refused(n, t, _REJECTS[code], kind, contract, wallet, order_id, tag)


def _opened(row: EventRow) -> e.OpeningTrade:
    (n, t, _, _, contract, _, long, short, _, _, price, lots, terms) = row
    return e.OpeningTrade(n, t, contract, long, short, price, lots, terms)


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
    (n, t, _, basis_bits, contract, flags, _, _, _, threshold, price, _, index_ticks) = row
    return e.Mark(n, t, contract, price, index_ticks, basis_bits, flags != 0, threshold)


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
    (n, t, _, code, contract, _, wallet, _, cost, terms, price, lots, amount) = row
    return e.Explain(n, t, wallet, Explain(code), amount, contract, price, lots, cost, terms)


def _liquidation_order(row: EventRow) -> e.LiquidationOrder:
    (n, t, _, _, contract, flags, wallet, _, order_id, _, price, lots, curing) = row
    side = Side.SELL if flags & _SELL else Side.BUY
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
    (n, t, _, code, _, _, wallet, _, loss_id, variation, _, _, amount) = row
    return e.Haircut(n, t, Layer(code), wallet, amount, variation, loss_id)


def _deleverage(row: EventRow) -> e.Deleverage:
    (n, t, _, _, contract, _, wallet, defaulter, loss_id, score, mark, lots, amount) = row
    return e.Deleverage(n, t, contract, wallet, defaulter, mark, lots, amount, loss_id, score)


def _account_changed(row: EventRow) -> e.AccountStatus:
    (n, t, _, code, _, flags, wallet, _, _, _, _, _, valid_until_ns) = row
    has = [flags & flag != 0 for flag in AccountFlag]
    return e.AccountStatus(n, t, wallet, InvestorClass(code), valid_until_ns, *has)


def _price_changed(row: EventRow) -> e.AssetPrice:
    (n, t, _, _, asset, _, _, _, _, _, _, _, price_ppb) = row
    return e.AssetPrice(n, t, asset, price_ppb)


def _asset_changed(row: EventRow) -> e.AssetState:
    (n, t, _, flags, asset, _, _, _, _, _, _, _, _) = row
    return e.AssetState(n, t, asset, *(flags & flag != 0 for flag in AssetFlag))


#: How a row of EVENT_ROW becomes a struct, by its kind.
MACHINE_DECODERS: dict[Event, Callable[[Any], Any]] = {
    Event.REFUSED: _refused,
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
    Event.ACCOUNT_STATUS: _account_changed,
    Event.ASSET_PRICE: _price_changed,
    Event.ASSET_STATE: _asset_changed,
}
