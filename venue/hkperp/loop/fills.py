"""Fills and shrinking orders: each step of a sweep, a re-clip, a cancellation (docs/machine.md 4).

These are frames of the work list; each step writes at most STEP_EVENTS_MAX events (machine.py) and
may push frames of its own.
"""

from hkperp_clearing.account import standing
from hkperp_clearing.fees import charge_fee
from hkperp_clearing.layout import TRADES_MAX
from hkperp_clearing.position import book_fill, reserve
from hkperp_clearing.worklist import RECLIPPING, pop_frame, push_frame
from hkperp_engine.arithmetic import mul_div_ceil
from hkperp_engine.book import drop_taker, reduce_order, remove_order, rest
from hkperp_engine.codes import CancelReason, Event, OrderFlag, Reject, Side
from hkperp_engine.condemned import next_condemned
from hkperp_engine.effects import after_fill
from hkperp_engine.events import order_event, record_fill, taker_event
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.match import match
from hkperp_engine.primitives import prefetch
from hkperp_engine.scopes import end_cancelling, keep_place, next_of_list, next_to_cancel
from hkperp_engine.sweeps import end_sweep, is_stopped
from hkperp_engine.terms import rests, take_out
from hkperp_engine.tuning import inlined
from hkperp_engine.uncross import end_pair, next_fill
from hkperp_engine.units import NONE

__all__ = [
    "become_reduce_only",
    "cancel_condemned",
    "cancel_live",
    "finish_taker",
    "step_cancelling",
    "step_reclipping",
    "step_restricting",
    "step_sweep",
    "step_uncrossing",
    "withdraw_order",
]

#: A step of a sweep goes on with the next fill while so many events have room: one fill's most.
FILL_EVENTS_MAX = 40


@inlined
def finish_taker(state):
    """Rest what is left of the order that was trading, or cancel it; its prices are seen.

    At most two events.
    """
    taker = state.taker[0]
    contract = int(taker["contract"])
    lots = int(taker["lots_left"])
    is_reduce_only = taker["flags"] & OrderFlag.REDUCE_ONLY != 0
    is_halted = is_stopped(state)
    if lots > 0 and rests(taker["tif"]):
        rest(state)
        if is_reduce_only:
            count = state.contracts.size
            position = state.positions[int(taker["wallet"]) * count + contract]
            position["reduce_only_count"] += 1
    else:
        if lots > 0:
            reason = CancelReason.VOLATILITY if is_halted else CancelReason.NOT_RESTING
            taker_event(state, Event.ORDER_CANCELLED, reason, lots)
            if not is_reduce_only and taker["is_liquidation"] == 0:
                reserve(state, taker, lots, 0)
        drop_taker(state)
    if is_halted or state.markets[contract]["first_ticks"] != 0:
        end_sweep(state, contract, is_halted)


@kernel
def withdraw_order(state, slot, reason):
    """Cancel a live order: its event, its part of the sums, the order itself. O(1) expected."""
    cancel_live(state, slot, reason)


@inlined
def cancel_live(state, slot, reason):
    """Do what `withdraw_order` does, pasted: for the one place that is hot."""
    order = state.orders[slot]
    lots = int(order["lots_left"])
    order_event(state, slot, Event.ORDER_CANCELLED, reason, lots)
    if order["traits"] & Trait.WAITING != 0:
        take_out(state, slot)
        return
    if order["flags"] & OrderFlag.REDUCE_ONLY == 0:
        reserve(state, order, lots, 0)
    else:
        index = int(order["wallet"]) * state.contracts.size + int(order["contract"])
        state.positions[index]["reduce_only_count"] -= 1
    remove_order(state, slot)


@kernel
def become_reduce_only(state, slot):
    """Make a live order reduce-only: it leaves the sums and keeps its place. O(1)."""
    order = state.orders[slot]
    if order["traits"] & Trait.WAITING != 0:
        order["flags"] |= OrderFlag.REDUCE_ONLY
        return
    reserve(state, order, int(order["lots_left"]), 0)
    order["flags"] |= OrderFlag.REDUCE_ONLY
    index = int(order["wallet"]) * state.contracts.size + int(order["contract"])
    state.positions[index]["reduce_only_count"] += 1


@inlined
def step_sweep(state, frame):
    """Match the next makers, or settle the fills that are waiting, one by one.

    Stops where reduce-only orders must be re-clipped first, or room runs short: FILL_EVENTS_MAX
    events a fill. Ends by resting or cancelling what is left.
    """
    engine = state.engine[0]
    while True:
        while frame["cursor"] < frame["count"]:
            if state.events.size - engine["events_used"] < FILL_EVENTS_MAX:
                return
            fill = state.fills[frame["cursor"]]
            frame["cursor"] += 1
            if _settle(state, fill) or engine["condemned_head"] != 0:
                return
        if frame["more"] == 0:
            break
        if state.events.size - engine["events_used"] < FILL_EVENTS_MAX:
            return
        count, more = match(state, state.fills.size)
        frame["count"] = count
        frame["cursor"] = 0
        frame["more"] = 1 if more else 0
    pop_frame(state)
    finish_taker(state)


@inlined
def _settle(state, fill):
    """Settle one FILL row: sums, positions, fees (SETL-01). Returns True if a frame was pushed."""
    taker = state.taker[0]
    record_fill(state, fill)
    contract = int(taker["contract"])
    contracts = state.contracts.size
    maker_wallet = int(fill["wallet"])
    taker_wallet = int(taker["wallet"])
    lots = fill["lots"]
    left = fill["lots_left"]
    maker = state.positions[maker_wallet * contracts + contract]
    if lots > 0:
        if fill["flags"] & OrderFlag.REDUCE_ONLY == 0:
            reserve(state, fill, left + lots, left)
        elif left == 0:
            maker["reduce_only_count"] -= 1
    is_trade = fill["kind"] == Event.TRADE
    gone = lots if is_trade else fill["taker_lots"]
    is_held = taker["flags"] & OrderFlag.REDUCE_ONLY == 0 and taker["is_liquidation"] == 0
    if gone > 0 and is_held:
        reserve(state, taker, fill["taker_lots_left"] + gone, fill["taker_lots_left"])
    if not is_trade:
        return False
    signed = lots if taker["side"] == Side.BUY else -lots
    if taker["is_liquidation"] != 0:
        state.house[0]["has_traded"] = 1
    book_fill(state, maker_wallet, contract, -signed, fill["trade_ticks"])
    book_fill(state, taker_wallet, contract, signed, fill["trade_ticks"])
    _charge(state, fill, maker_wallet, taker_wallet)
    if (fill["traits"] | taker["traits"]) != 0:
        after_fill(state, fill)
    pushed = False
    if state.positions[taker_wallet * contracts + contract]["reduce_only_count"] > 0:
        push_frame(state, RECLIPPING, taker_wallet, contract, 0)
        pushed = True
    if maker["reduce_only_count"] > 0:
        push_frame(state, RECLIPPING, maker_wallet, contract, 0)
        pushed = True
    return pushed


@inlined
def _charge(state, fill, maker_wallet, taker_wallet):
    """Charge maker and taker of a trade; of a liquidation both fees go to the reserve (LIQ-05)."""
    taker = state.taker[0]
    contract = int(taker["contract"])
    spec = state.contracts[contract]
    notional = fill["trade_ticks"] * fill["lots"] * spec["tick_value"]
    is_liquidation = taker["is_liquidation"] != 0
    sequence = state.engine[0]["sequence"]  # of the TRADE event, which was written last
    fee = mul_div_ceil(notional, spec["maker_fee_ppb"])
    order_id = fill["order_id"]
    paid = charge_fee(state, maker_wallet, contract, order_id, fee, is_liquidation, False)
    house = state.house[0]
    trade = state.trades[house["trade_count"] & (TRADES_MAX - 1)]
    house["trade_count"] += 1
    prefetch(state.trades, house["trade_count"] & (TRADES_MAX - 1))
    trade["sequence"] = sequence
    trade["cycle_count"] = house["cycle_count"]
    trade["maker_fee"] = paid
    trade["maker"] = maker_wallet
    trade["taker"] = taker_wallet
    trade["price_ticks"] = fill["trade_ticks"]
    trade["lots"] = fill["lots"]
    trade["contract"] = contract
    trade["taker_side"] = taker["side"]
    trade["is_liquidation"] = taker["is_liquidation"]
    trade["is_busted"] = 0
    rate = spec["liquidation_fee_ppb"] if is_liquidation else spec["taker_fee_ppb"]
    fee = mul_div_ceil(notional, rate)
    order_id = taker["order_id"]
    paid = charge_fee(state, taker_wallet, contract, order_id, fee, is_liquidation, is_liquidation)
    trade["taker_fee"] = paid


@kernel
def step_reclipping(state, frame):
    """Re-clip the next reduce-only order of a wallet in a contract, or end.

    O(orders passed over): it goes on behind the last one.
    """
    wallet = frame["wallet"]
    contract = frame["contract"]
    lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
    slot = next_of_list(state, frame)
    while slot != 0:
        order = state.orders[slot]
        # An order that is trading stands in the list with no open lots: not ours to clip.
        is_resting = order["contract"] == contract and order["lots_left"] > 0
        is_resting = is_resting and order["traits"] & Trait.WAITING == 0
        if is_resting and order["flags"] & OrderFlag.REDUCE_ONLY != 0:
            reducible = max(0, lots) if order["side"] == Side.SELL else max(0, -lots)
            excess = int(order["lots_left"]) - reducible
            if reducible == 0:
                keep_place(state, frame, int(order["wallet_next"]))
                withdraw_order(state, slot, CancelReason.REDUCE_ONLY)
                return
            if excess > 0:
                keep_place(state, frame, int(order["wallet_next"]))
                order_event(state, slot, Event.ORDER_REDUCED, CancelReason.REDUCE_ONLY, excess)
                reduce_order(state, slot, excess)
                return
        slot = int(order["wallet_next"])
    pop_frame(state)


@kernel
def step_cancelling(state, frame):
    """Cancel the next order of a CANCELLING frame, or end it (scopes.py). One event."""
    slot = next_to_cancel(state, frame)
    if slot > 0:
        withdraw_order(state, slot, frame["mode"])
    elif slot != NONE:
        end_cancelling(state, frame)


@kernel
def cancel_condemned(state):
    """Cancel the order that was condemned first; what is left of it, if it is trading now."""
    slot, reason = next_condemned(state)
    taker = state.taker[0]
    if taker["order_id"] == 0 or taker["slot"] != slot:
        withdraw_order(state, slot, reason)
        return
    taker["traits"] = state.orders[slot]["traits"]
    lots = int(taker["lots_left"])
    if lots > 0:
        taker_event(state, Event.ORDER_CANCELLED, reason, lots)
        if taker["flags"] & OrderFlag.REDUCE_ONLY == 0:
            reserve(state, taker, lots, 0)
        taker["lots_left"] = 0


@kernel
def step_uncrossing(state, frame):
    """Trade the next pair of an uncross at the auction price, or end it (MAT-063).

    At most FILL_EVENTS_MAX events.
    """
    if not next_fill(state, frame):
        return
    contract = int(frame["contract"])
    fill = state.fills[0]
    taker = state.taker[0]
    if taker["flags"] & OrderFlag.REDUCE_ONLY != 0 and fill["taker_lots_left"] == 0:
        index = int(taker["wallet"]) * state.contracts.size + contract
        state.positions[index]["reduce_only_count"] -= 1
    _settle(state, fill)
    end_pair(state)


@kernel
def step_restricting(state, frame):
    """Make the next order of a restricted wallet reduce-only, or cancel it, or end (ELIG-07).

    docs/machine.md section 6.1. `total`: the last of the account's wallets to do, 0: no other; one
    that is not restricted itself is passed over. O(orders passed over), at most two events.
    """
    wallet = frame["wallet"]
    contracts = state.contracts.size
    slot = next_of_list(state, frame)
    while slot != 0:
        order = state.orders[slot]
        if order["flags"] & OrderFlag.REDUCE_ONLY == 0:
            position = state.positions[wallet * contracts + int(order["contract"])]
            lots = int(position["lots"])
            reducible = max(0, lots) if order["side"] == Side.SELL else max(0, -lots)
            keep_place(state, frame, int(order["wallet_next"]))
            if reducible == 0:
                withdraw_order(state, slot, CancelReason.LAPSED)
                return
            open_lots = int(order["lots_left"])
            become_reduce_only(state, slot)
            if order["traits"] & Trait.WAITING != 0:
                order_event(state, slot, Event.ORDER_AMENDED, 0, open_lots)
                return
            if open_lots > reducible:
                excess = open_lots - reducible
                order_event(state, slot, Event.ORDER_REDUCED, CancelReason.LAPSED, excess)
                reduce_order(state, slot, excess)
            order_event(state, slot, Event.ORDER_AMENDED, 0, min(open_lots, reducible))
            return
        slot = int(order["wallet_next"])
    wallet += 1
    while wallet <= frame["total"] and standing(state, wallet) == Reject.NONE:
        wallet += 1
    if wallet > frame["total"]:
        pop_frame(state)
        return
    frame["wallet"] = wallet
    frame["amount"] = 0
