"""New orders in the machine: admitted and held, then traded (docs/machine.md sections 3 and 4).

Makers reserved their margin when they rested, so matching asks nobody. Every refusal comes before
the first change; after it the command must succeed.
"""

from hkperp.loop.fills import cancel_live, finish_taker
from hkperp_clearing.account import is_client, restriction
from hkperp_clearing.limits import (
    account_exposure,
    collar_ticks,
    exposure_is_full,
    oi_is_full,
    position_is_full,
)
from hkperp_clearing.margin import bankruptcy_ticks, cover, measure
from hkperp_clearing.position import reserve
from hkperp_clearing.worklist import SWEEP, push_frame
from hkperp_engine.book import taker_from_command
from hkperp_engine.codes import (
    CancelReason,
    Event,
    HouseWallet,
    OrderFlag,
    OrderType,
    Reject,
    Side,
    TimeInForce,
)
from hkperp_engine.events import refuse, taker_event
from hkperp_engine.intake import form_refusal, market_refusal, partner_refusal
from hkperp_engine.kernel import kernel
from hkperp_engine.match import fok_is_fillable, lots_for_notional
from hkperp_engine.order_limits import (
    count_message,
    lots_refusal,
    order_limit_refusal,
    rate_is_full,
    too_many_orders,
)
from hkperp_engine.orders import find_order
from hkperp_engine.sweeps import bound_taker, meets
from hkperp_engine.terms import TYPE_BITS, wanted_traits
from hkperp_engine.trading import post_only_refusal
from hkperp_engine.tuning import inlined
from hkperp_engine.waiting import accept_special, trigger_is_met

__all__ = [
    "cancel_order",
    "collect",
    "new_order",
    "reduces",
    "release_taker",
    "tighten",
]

_TYPE_MASK = (1 << TYPE_BITS) - 1
_CLOSES = OrderFlag.REDUCE_ONLY | OrderFlag.CLOSE_POSITION


@kernel
def tighten(state):
    """Cut the reduce-only taker to its position and the leg's bankruptcy price (LIQ-04). O(1)."""
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    contract = int(taker["contract"])
    position = state.positions[wallet * state.contracts.size + contract]
    lots = abs(int(position["lots"]))
    if taker["flags"] & OrderFlag.CLOSE_POSITION == 0:
        lots = min(int(taker["lots_left"]), lots)
    taker["lots_left"] = lots
    measure(state, wallet)
    limit = bankruptcy_ticks(state, wallet, contract)
    if taker["side"] == Side.SELL:
        taker["price_ticks"] = max(taker["price_ticks"], limit)
    else:
        taker["price_ticks"] = min(taker["price_ticks"], limit)
    taker["limit_ticks"] = taker["price_ticks"]


@inlined
def reduces(state, wallet, contract, side):
    """Tell whether an order of `side` is opposite to the wallet's position. O(1)."""
    lots = state.positions[wallet * state.contracts.size + contract]["lots"]
    if side == Side.BUY:
        return lots < 0
    return lots > 0


@inlined
def collect(state, slot):
    """Put the taker into its wallet's sums if its margin is there (MRG-07, INV-06); the Reject.

    `slot`: the order it replaces, 0 if none; its open lots stand in the sums and are taken out.
    LIM_CLIENT_EXPOSURE (ELIG-05) or MRG_INSUFFICIENT, changing nothing, or NONE.
    """
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    if slot != 0:
        order = state.orders[slot]
        reserve(state, order, int(order["lots_left"]), 0)
    reserve(state, taker, 0, int(taker["lots_left"]))
    after, equity_new = cover(state, wallet)
    if after <= equity_new and state.wallets[wallet]["is_capped"] == 0:
        return Reject.NONE
    return _second_look(state, slot, after, equity_new)


@kernel
def _second_look(state, slot, after, equity_new):
    """Judge an order that `collect` has put into the sums: NONE, or the Reject, taken out again.

    `after`, `equity_new`: what `cover` says with it, quote. An order may go on beyond the equity,
    or the account's exposure limit, if it makes neither worse than it is without it. O(contracts).
    """
    taker = state.taker[0]
    wallet = int(taker["wallet"])
    lots = int(taker["lots_left"])
    is_full = exposure_is_full(state, wallet)
    if after <= equity_new and not is_full:
        return Reject.NONE
    exposure_after = account_exposure(state, wallet) if is_full else 0
    order = state.orders[slot]
    reserve(state, taker, lots, 0)
    if slot != 0:
        reserve(state, order, 0, int(order["lots_left"]))
    if is_full and exposure_after > account_exposure(state, wallet):
        return Reject.LIM_CLIENT_EXPOSURE
    before, _ = cover(state, wallet)
    if after > equity_new and after > before:
        return Reject.MRG_INSUFFICIENT
    if slot != 0:
        reserve(state, order, int(order["lots_left"]), 0)
    reserve(state, taker, 0, lots)
    return Reject.NONE


@inlined
def _restriction_refusal(state, command):
    """Return (the Reject, the order's flags): under a restriction what reduces is reduce-only.

    O(1). ELIG-07, ORD-04.
    """
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    flags = int(command["flags"])
    if flags & OrderFlag.CLOSE_POSITION != 0:
        flags |= OrderFlag.REDUCE_ONLY
    reject = restriction(state, wallet, contract)
    if reject == Reject.NONE:
        return reject, flags
    held = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
    fits = flags & OrderFlag.REDUCE_ONLY != 0 or command["lots"] <= held
    by_notional = flags & OrderFlag.BY_NOTIONAL != 0
    if by_notional or not fits or not reduces(state, wallet, contract, int(command["side"])):
        return reject, flags
    return Reject.NONE, flags | OrderFlag.REDUCE_ONLY


@inlined
def _limits_refusal(state, command, limit_ticks):
    """Return the first limit of MAT-080 that a NEW_ORDER row passes, or NONE. O(1).

    `limit_ticks`: its limit, a market order's collar.
    """
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    inner = state.engine[0]["inner"]
    if inner == 0 and rate_is_full(state, wallet):
        return Reject.LIM_MESSAGE_RATE
    if inner != 1 and too_many_orders(state, wallet):
        return Reject.LIM_OPEN_ORDERS
    if state.markets[contract]["is_limited"] == 0:
        return Reject.NONE
    if command["order_type"] > OrderType.MARKET:
        return lots_refusal(state, contract, command["lots"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    order_type = command["order_type"]
    lots = command["lots"]
    return order_limit_refusal(state, contract, order_type, limit_ticks, lots, mark_ticks)


@inlined
def _order_refusal(state, command):
    """Check a NEW_ORDER row and make it `state.taker`; return the first Reject, or NONE.

    On NONE the order is in its wallet's sums, unless it is reduce-only or conditional.
    """
    reject = form_refusal(state, command, HouseWallet.CLIENTS, 1)
    if reject != Reject.NONE:
        return reject
    reject = market_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    contract = int(command["contract"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    if mark_ticks == 0:
        return Reject.NO_MARK_PRICE
    reject, flags = _restriction_refusal(state, command)
    if reject != Reject.NONE:
        return reject
    limit_ticks = command["price_ticks"]
    if command["order_type"] == OrderType.MARKET:
        band_ppb = state.contracts[contract]["collar_ppb"]
        limit_ticks = collar_ticks(state, contract, int(command["side"]), band_ppb)
    reject = _limits_refusal(state, command, limit_ticks)
    if reject != Reject.NONE:
        return reject
    if find_order(state, command["order_id"]) != 0:
        return Reject.ORDER_ID_IN_USE
    if command["flags"] & OrderFlag.LINKED != 0:
        reject = partner_refusal(state, command)
        if reject != Reject.NONE:
            return reject
    taker_from_command(state, command)
    taker = state.taker[0]
    taker["flags"] = flags
    taker["mark_ticks"] = mark_ticks
    taker["price_ticks"] = limit_ticks
    taker["limit_ticks"] = limit_ticks
    order_type = command["order_type"]
    if order_type > OrderType.MARKET:
        return _waiting_refusal(state, command)
    is_reducing = reduces(state, int(command["wallet"]), contract, int(command["side"]))
    return _terms_refusal(state, command, is_reducing)


@kernel
def _waiting_refusal(state, command):
    """Return TRIGGER_ALREADY_MET or NONE for a conditional order in `state.taker`. O(1)."""
    contract = int(command["contract"])
    order_type = command["order_type"]
    if trigger_is_met(state, contract, order_type, command["side"], command["target"]):
        return Reject.TRIGGER_ALREADY_MET
    kind = order_type & _TYPE_MASK
    if kind == OrderType.STOP_MARKET or kind == OrderType.TAKE_PROFIT_MARKET:
        state.taker[0]["price_ticks"] = 0  # its limit is the collar when it fires
    return Reject.NONE


@inlined
def _terms_refusal(state, command, is_reducing):
    """Check the terms of the new order in `state.taker` and hold its margin; return the Reject."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    wallet = int(taker["wallet"])
    side = int(taker["side"])
    is_reduce_only = taker["flags"] & OrderFlag.REDUCE_ONLY != 0
    if is_reduce_only:
        if not is_reducing:
            return Reject.NOTHING_TO_REDUCE
        tighten(state)
    bound_taker(state)
    if taker["flags"] & OrderFlag.BY_NOTIONAL != 0:
        taker["lots_left"] = lots_for_notional(state, command["amount"])
        if taker["lots_left"] == 0:
            return Reject.NOTIONAL_TOO_SMALL
    if not is_reduce_only:
        lots = int(taker["lots_left"])
        if position_is_full(state, wallet, contract, side, lots):
            return Reject.LIM_POSITION
        if oi_is_full(state, contract, side, lots):
            return Reject.LIM_OI_CAP
    if taker["flags"] & OrderFlag.POST_ONLY != 0:
        reject = post_only_refusal(state)
        if reject != Reject.NONE:
            return reject
    if taker["tif"] == TimeInForce.FOK and not fok_is_fillable(state):
        return Reject.FOK_NOT_FILLABLE
    if is_reduce_only:
        return Reject.NONE
    return collect(state, 0)


@inlined
def new_order(state, command):
    """Do a NEW_ORDER row: refuse it, let it wait, or accept it and let it trade or rest."""
    reject = _order_refusal(state, command)
    taker = state.taker[0]
    if reject != Reject.NONE:
        taker["order_id"] = 0
        taker["slot"] = 0
        refuse(state, command, reject)
        return
    if state.engine[0]["inner"] == 0:
        count_message(state, int(command["wallet"]))
    traits = wanted_traits(state, command)
    if traits == 0:
        taker_event(state, Event.ORDER_ACCEPTED, taker["tif"], taker["lots_left"])
    elif accept_special(state, command, traits):
        return
    release_taker(state)


@inlined
def release_taker(state):
    """Let the accepted order in `state.taker` trade, or rest."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    if meets(state, contract, int(taker["side"]), int(taker["price_ticks"])):
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
    cancel_live(state, slot, CancelReason.REQUESTED)
