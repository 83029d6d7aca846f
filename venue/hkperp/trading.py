"""Orders in the machine: admitted and held, traded, settled fill by fill (docs/machine.md 3, 4).

Makers reserved their margin when they rested, so matching asks nobody. Every refusal comes before
the first change; after it the command must succeed.
"""

from hkperp.fills import become_reduce_only, finish_taker, withdraw_order
from hkperp_clearing.account import is_client, restriction
from hkperp_clearing.limits import collar_ticks, market_refusal, oi_is_full, position_is_full
from hkperp_clearing.margin import bankruptcy_ticks, cover, measure
from hkperp_clearing.position import reserve
from hkperp_clearing.worklist import SWEEP, push_frame
from hkperp_engine.book import reduce_order, taker_from_command, taker_from_order
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    HouseWallet,
    OrderFlag,
    OrderType,
    Reject,
    Side,
    TimeInForce,
)
from hkperp_engine.events import order_event, refuse, taker_event
from hkperp_engine.intake import kind_refusal, price_lots_refusal
from hkperp_engine.kernel import kernel
from hkperp_engine.match import fok_is_fillable, would_trade
from hkperp_engine.orders import find_order
from hkperp_engine.tuning import inlined

__all__ = [
    "amend_order",
    "cancel_order",
    "new_order",
]


@kernel
def _tighten(state):
    """Cut the reduce-only taker to its position and the leg's bankruptcy price (LIQ-04). O(1)."""
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    contract = int(taker["contract"])
    position = state.positions[wallet * state.contracts.size + contract]
    lots = min(int(taker["lots_left"]), abs(int(position["lots"])))
    taker["lots_left"] = lots
    taker["lots_total"] = lots
    measure(state, wallet)
    limit = bankruptcy_ticks(state, wallet, contract)
    if taker["side"] == Side.SELL:
        taker["price_ticks"] = max(taker["price_ticks"], limit)
    else:
        taker["price_ticks"] = min(taker["price_ticks"], limit)


@inlined
def _reduces(state, wallet, contract, side):
    """Tell whether an order of `side` is opposite to the wallet's position. O(1)."""
    lots = state.positions[wallet * state.contracts.size + contract]["lots"]
    if side == Side.BUY:
        return lots < 0
    return lots > 0


@inlined
def _collect(state, slot):
    """Put the taker into its wallet's sums if its margin is there (MRG-07, INV-06).

    `slot`: the order it replaces, 0 if none; its open lots stand in the sums and are taken out.
    Returns False and changes nothing if the requirement would pass both equity and what it was.
    """
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    lots = int(taker["lots_left"])
    if slot != 0:
        order = state.orders[slot]
        reserve(state, order, int(order["lots_left"]), 0)
    reserve(state, taker, 0, lots)
    after, equity_new = cover(state, wallet)
    if after <= equity_new:
        return True
    reserve(state, taker, lots, 0)
    if slot != 0:
        order = state.orders[slot]
        reserve(state, order, 0, int(order["lots_left"]))
    before, _ = cover(state, wallet)
    if after > before:
        return False
    if slot != 0:
        order = state.orders[slot]
        reserve(state, order, int(order["lots_left"]), 0)
    reserve(state, taker, 0, lots)
    return True


@inlined
def _order_refusal(state, command):
    """Check a NEW_ORDER row and make it `state.taker`; return the first Reject, or NONE.

    On NONE the order is in its wallet's sums, unless it is reduce-only.
    """
    reject = kind_refusal(state, command, HouseWallet.CLIENTS)
    if reject != Reject.NONE:
        return reject
    contract = int(command["contract"])
    is_market = command["order_type"] == OrderType.MARKET
    reject = price_lots_refusal(state, command)
    if reject == Reject.LOTS_INVALID or (reject == Reject.PRICE_INVALID and not is_market):
        return reject
    if not 1 <= command["lots"] <= state.books[contract]["lots_max"]:
        return Reject.LOTS_INVALID
    reject = market_refusal(state, contract)
    if reject != Reject.NONE:
        return reject
    wallet = int(command["wallet"])
    side = int(command["side"])
    lots = int(command["lots"])
    flags = int(command["flags"])
    is_reducing = _reduces(state, wallet, contract, side)
    reject = restriction(state, wallet, contract)
    if reject != Reject.NONE:
        held = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
        if not is_reducing or (flags & OrderFlag.REDUCE_ONLY == 0 and lots > held):
            return reject
        flags |= OrderFlag.REDUCE_ONLY
    if find_order(state, command["order_id"]) != 0:
        return Reject.ORDER_ID_IN_USE
    taker_from_command(state, command)
    taker = state.taker[0]
    taker["flags"] = flags
    taker["mark_ticks"] = state.rates[contract]["mark_good_ticks"]
    if is_market:
        band_ppb = state.contracts[contract]["collar_ppb"]
        taker["price_ticks"] = collar_ticks(state, contract, side, band_ppb)
    return _terms_refusal(state, is_reducing)


@inlined
def _terms_refusal(state, is_reducing):
    """Check the terms of the new order in `state.taker` and hold its margin; return the Reject."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    wallet = int(taker["wallet"])
    side = int(taker["side"])
    is_reduce_only = taker["flags"] & OrderFlag.REDUCE_ONLY != 0
    if is_reduce_only:
        if not is_reducing:
            return Reject.NOTHING_TO_REDUCE
        _tighten(state)
    else:
        lots = int(taker["lots_left"])
        if position_is_full(state, wallet, contract, side, lots):
            return Reject.LIM_POSITION
        if oi_is_full(state, contract, side, lots):
            return Reject.LIM_OI_CAP
    if taker["flags"] & OrderFlag.POST_ONLY != 0:
        if would_trade(state, contract, side, int(taker["price_ticks"])):
            return Reject.POST_ONLY_WOULD_TRADE
    if taker["tif"] == TimeInForce.FOK and not fok_is_fillable(state):
        return Reject.FOK_NOT_FILLABLE
    if not is_reduce_only and not _collect(state, 0):
        return Reject.MRG_INSUFFICIENT
    return Reject.NONE


@inlined
def new_order(state, command):
    """Do a NEW_ORDER row: refuse it, or accept it and let it trade or rest."""
    reject = _order_refusal(state, command)
    taker = state.taker[0]
    if reject != Reject.NONE:
        taker["order_id"] = 0
        taker["slot"] = 0
        refuse(state, command, reject)
        return
    taker_event(state, Event.ORDER_ACCEPTED, taker["tif"], taker["lots_left"])
    _release_taker(state)


@inlined
def _release_taker(state):
    """Let the accepted order in `state.taker` trade, or rest."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    if would_trade(state, contract, int(taker["side"]), int(taker["price_ticks"])):
        index = push_frame(state, SWEEP, int(taker["wallet"]), contract, 0)
        state.frames[index]["more"] = 1
    else:
        finish_taker(state)


@inlined
def cancel_order(state, command):
    """Do a CANCEL row. It works in every state of the market (HALT-01)."""
    wallet = int(command["wallet"])
    if not is_client(state, wallet):
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    slot = find_order(state, command["order_id"])
    if slot == 0 or state.orders[slot]["wallet"] != wallet:
        refuse(state, command, Reject.ORDER_UNKNOWN)
        return
    withdraw_order(state, slot, CancelReason.REQUESTED)


@kernel
def _amend_refusal(state, command, slot):
    """Return the first Reject of an AMEND row that its form and the market earn, or NONE. O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.contracts.size:
        return Reject.CONTRACT_UNKNOWN
    if not is_client(state, int(command["wallet"])):
        return Reject.WALLET_UNKNOWN
    order = state.orders[slot]
    if slot == 0 or order["wallet"] != command["wallet"] or order["contract"] != contract:
        return Reject.ORDER_UNKNOWN
    reject = price_lots_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    contract_state = state.contracts[contract]["state"]
    if contract_state == ContractState.CLOSED:
        return Reject.MARKET_CLOSED
    if contract_state == ContractState.HALTED:
        return Reject.MARKET_HALTED
    return Reject.NONE


@kernel
def _shrink_in_place(state, slot, lots):
    """Amend a resting order to `lots` open lots, not more than it has; it keeps its place."""
    order = state.orders[slot]
    open_lots = int(order["lots_left"])
    if lots < open_lots:
        if order["flags"] & OrderFlag.REDUCE_ONLY == 0:
            reserve(state, order, open_lots, lots)
        reduce_order(state, slot, open_lots - lots)
    order_event(state, slot, Event.ORDER_AMENDED, 0, lots)


@kernel
def _new_terms_refusal(state, slot):
    """Check the amended order in `state.taker`, which still rests in `slot`; hold its margin.

    Returns the Reject, or NONE with its margin held. Reduce-only it holds none; if it then has the
    terms of the simple case nothing more is asked.
    """
    taker = state.taker[0]
    order = state.orders[slot]
    contract = int(taker["contract"])
    wallet = int(taker["wallet"])
    side = int(taker["side"])
    reject = restriction(state, wallet, contract)
    is_reducing = _reduces(state, wallet, contract, side)
    if reject != Reject.NONE and taker["flags"] & OrderFlag.REDUCE_ONLY == 0:
        held = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
        if not is_reducing or taker["lots_left"] > held:
            return reject
        taker["flags"] |= OrderFlag.REDUCE_ONLY
    is_reduce_only = taker["flags"] & OrderFlag.REDUCE_ONLY != 0
    if is_reduce_only and not is_reducing:
        return Reject.NOTHING_TO_REDUCE
    if is_reduce_only:
        _tighten(state)
        is_same_price = taker["price_ticks"] == order["price_ticks"]
        if is_same_price and taker["lots_left"] <= order["lots_left"]:
            return Reject.NONE
    else:
        more = int(taker["lots_left"]) - int(order["lots_left"])
        if position_is_full(state, wallet, contract, side, more):
            return Reject.LIM_POSITION
        if oi_is_full(state, contract, side, more):
            return Reject.LIM_OI_CAP
    if taker["flags"] & OrderFlag.POST_ONLY != 0:
        if would_trade(state, contract, side, int(taker["price_ticks"])):
            return Reject.POST_ONLY_WOULD_TRADE
    if not is_reduce_only and not _collect(state, slot):
        return Reject.MRG_INSUFFICIENT
    return Reject.NONE


@kernel
def amend_order(state, command):
    """Do an AMEND row: shrink in place, or take the order out to trade as a new arrival."""
    slot = find_order(state, command["order_id"])
    reject = _amend_refusal(state, command, slot)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    order = state.orders[slot]
    price_ticks = int(command["price_ticks"])
    lots = int(command["lots"])
    if price_ticks == order["price_ticks"] and lots <= order["lots_left"]:
        _shrink_in_place(state, slot, lots)
        return
    amended_taker(state, slot, price_ticks, lots)
    reject = _new_terms_refusal(state, slot)
    taker = state.taker[0]
    if reject != Reject.NONE:
        taker["order_id"] = 0
        taker["slot"] = 0
        refuse(state, command, reject)
        return
    is_same_price = taker["price_ticks"] == order["price_ticks"]
    if is_same_price and taker["lots_left"] <= order["lots_left"]:
        lots = int(taker["lots_left"])
        taker["order_id"] = 0
        taker["slot"] = 0
        if taker["flags"] != order["flags"]:
            become_reduce_only(state, slot)
        _shrink_in_place(state, slot, lots)
        return
    _replace(state, slot)


@kernel
def _replace(state, slot):
    """Take the accepted amended order out of its queue and let it trade or rest again."""
    taker = state.taker[0]
    price_ticks = int(taker["price_ticks"])
    lots = int(taker["lots_left"])
    mark_ticks = int(taker["mark_ticks"])
    flags = int(taker["flags"])
    if flags != state.orders[slot]["flags"]:
        become_reduce_only(state, slot)
    if flags & OrderFlag.REDUCE_ONLY != 0:
        index = int(taker["wallet"]) * state.contracts.size + int(taker["contract"])
        state.positions[index]["reduce_only_count"] -= 1
    taker_from_order(state, slot, price_ticks, lots)
    taker["mark_ticks"] = mark_ticks
    taker_event(state, Event.ORDER_AMENDED, 0, lots)
    _release_taker(state)


@kernel
def amended_taker(state, slot, price_ticks, lots):
    """Write the amended order into `state.taker` without touching the resting one. O(1)."""
    order = state.orders[slot]
    taker = state.taker[0]
    taker["order_id"] = order["order_id"]
    taker["price_ticks"] = price_ticks
    taker["lots_left"] = lots
    taker["lots_total"] = lots
    taker["mark_ticks"] = state.rates[int(order["contract"])]["mark_good_ticks"]
    taker["wallet"] = order["wallet"]
    taker["owner"] = order["owner"]
    taker["contract"] = order["contract"]
    taker["side"] = order["side"]
    taker["priority_class"] = order["priority_class"]
    taker["flags"] = order["flags"]
    taker["stp"] = order["stp"]
    taker["tif"] = TimeInForce.GTC
    taker["is_liquidation"] = 0
    taker["slot"] = slot
