"""The margin test and what follows from it: reduction, takeover, deleveraging, default.

docs/machine.md section 6. Frames of the work list: each step measures afresh and does one thing.
Decisions use the mark only, never a trade price (VAL-05).
"""

from hkperp_clearing.account import explain_wallet, set_margin_state, standing
from hkperp_clearing.deleverage import (
    best_candidate,
    deleverage,
    give_up,
    rank_candidates,
    split_by_margin,
)
from hkperp_clearing.fees import charge_fee
from hkperp_clearing.ledger import sell_assets
from hkperp_clearing.limits import collar_ticks
from hkperp_clearing.liquidation import curing_lots, largest_leg
from hkperp_clearing.margin import bankruptcy_ticks, measure, variation
from hkperp_clearing.position import book_fill
from hkperp_clearing.screening import is_clearly_healthy
from hkperp_clearing.waterfall import allocate, declare_default, pay_layers
from hkperp_clearing.worklist import (
    CYCLE,
    DELEVERAGING,
    RECLIPPING,
    REDUCTION,
    RESTRICTING,
    SWEEP,
    TAKEOVER,
    pop_frame,
    push_frame,
)
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_floor, mul_div_wide
from hkperp_engine.codes import (
    CancelReason,
    CycleCause,
    Event,
    EventFlag,
    HouseWallet,
    Layer,
    LossSharing,
    MarginState,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.depth import lots_within
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.scopes import NOT_REDUCE_ONLY, cancel_all
from hkperp_engine.sweeps import bound_taker, matches
from hkperp_engine.units import NONE

__all__ = ["step_deleveraging", "step_reduction", "step_takeover", "step_test"]

#: Stages of a reduction and of a takeover.
STARTING, WORKING, LEGS, FEES = range(4)


@kernel
def _end_pass(state, frame):
    """End a pass: test again if anything changed, and share what is left of the losses (6).

    A liquidation's fills may have put a maker under: it is found before any cycle needs its cash.
    """
    house = state.house[0]
    frame["cursor"] = HouseWallet.CLIENTS
    frame["lots"] = 0
    if house["has_traded"] != 0:
        house["has_traded"] = 0
        return
    deficit = house["deficit"]
    was_deleveraged = house["has_deleveraged"] != 0
    house["deficit"] = 0
    house["has_deleveraged"] = 0
    if deficit > 0:
        index = push_frame(state, CYCLE, 0, 0, CycleCause.EXTRAORDINARY)
        state.frames[index]["amount"] = deficit
    elif not was_deleveraged:
        pop_frame(state)


@kernel
def step_test(state, frame):
    """Test wallets from the cursor on until one needs something done, or the pass ends.

    O(wallets passed over), at most one event, or a frame.
    """
    wallet = frame["cursor"]
    house = state.house[0]
    margin = state.margin[0]
    while wallet < state.wallets.size:
        row = state.wallets[wallet]
        is_idle = row["contract_mask"] == 0 and row["pending"] >= 0
        if is_idle or row["is_in_deficit"] != 0:
            wallet += 1
            continue
        if frame["lots"] != wallet and is_clearly_healthy(state, wallet):
            wallet += 1
            continue
        measure(state, wallet)
        order_count = state.owners[wallet]["order_count"]
        has_lots = margin["has_lots"] != 0
        # A wallet whose last order 6.1 has just taken is still to be judged (`lots` names it).
        is_idle = not has_lots and order_count == 0 and row["pending"] >= 0
        if is_idle and frame["lots"] != wallet:
            wallet += 1
            continue
        if margin["has_order_lots"] != 0 and standing(state, wallet) != Reject.NONE:
            frame["cursor"] = wallet
            frame["lots"] = wallet
            push_frame(state, RESTRICTING, wallet, 0, 0)
            return
        equity = margin["equity"]
        if has_lots and margin["has_unfrozen_lots"] == 0 and equity >= 0:
            wallet += 1
            continue
        frame["cursor"] = wallet + 1
        if equity < 0 or (has_lots and equity < margin["close_out_margin"]):
            push_frame(state, TAKEOVER, wallet, 0, 0)
            return
        if has_lots and equity < margin["maintenance_margin"]:
            if row["reduced_step"] != house["step"]:
                push_frame(state, REDUCTION, wallet, 0, 0)
                return
        elif equity < margin["maintenance_margin_worse"]:
            set_margin_state(state, wallet, MarginState.CALL, False)
            cancel_all(state, wallet, NOT_REDUCE_ONLY, CancelReason.MARGIN_CALL)
            return
        else:
            is_call = equity < margin["initial_margin"]
            after = MarginState.CALL if is_call else MarginState.HEALTHY
            if row["state"] != after:
                set_margin_state(state, wallet, after, False)
                return
        wallet += 1
    _end_pass(state, frame)


@kernel
def step_reduction(state, frame):
    """Do one step of a reduction (LIQ-03): the smallest IOC that cures, leg after leg. 6.2."""
    wallet = frame["wallet"]
    margin = state.margin[0]
    if frame["stage"] == STARTING:
        measure(state, wallet)
        set_margin_state(state, wallet, MarginState.REDUCING, True)
        explain_wallet(state, wallet)
        state.wallets[wallet]["reduced_step"] = state.house[0]["step"]
        frame["stage"] = WORKING
        cancel_all(state, wallet, 0, CancelReason.LIQUIDATION)
        return
    measure(state, wallet)
    equity = margin["equity"]
    if equity < 0 or equity < margin["close_out_margin"]:
        frame["kind"] = TAKEOVER
        frame["stage"] = STARTING
        return
    if equity >= margin["maintenance_margin"] or frame["done"] != 0:
        pop_frame(state)
        return
    contract = largest_leg(state, wallet, frame["mask"])
    if contract == NONE:
        pop_frame(state)
        return
    frame["mask"] |= 1 << contract
    lots, cures = curing_lots(state, wallet, contract)
    frame["done"] = 1 if cures else 0
    _liquidate(state, wallet, contract, lots)


@kernel
def _liquidate(state, wallet, contract, wanted_lots):
    """Send the liquidation order of one leg, within collar and participation cap (LIQ-04)."""
    spec = state.contracts[contract]
    held = int(state.positions[wallet * state.contracts.size + contract]["lots"])
    side = Side.SELL if held > 0 else Side.BUY
    limit = bankruptcy_ticks(state, wallet, contract)
    collar = collar_ticks(state, contract, side, spec["liquidation_collar_ppb"])
    available = lots_within(state, contract, 1 - side, collar)
    lots = min(wanted_lots, mul_div_floor(available, spec["participation_ppb"]))
    if lots <= 0:
        return
    limit = max(limit, collar) if side == Side.SELL else min(limit, collar)
    event = state.events[new_event(state, Event.LIQUIDATION_ORDER, wallet)]
    event["contract"] = contract
    event["flags"] = EventFlag.SELL if side == Side.SELL else 0
    event["price_ticks"] = limit
    event["lots"] = lots
    event["amount"] = wanted_lots
    event["order_id"] = -event["sequence"]
    owner = state.owners[wallet]
    taker = state.taker[0]
    taker["order_id"] = event["order_id"]
    taker["price_ticks"] = limit
    taker["limit_ticks"] = limit
    taker["lots_left"] = lots
    taker["traded_lots"] = 0
    taker["traits"] = 0
    taker["is_auction"] = 0
    taker["mark_ticks"] = state.rates[contract]["mark_good_ticks"]
    taker["wallet"] = wallet
    taker["owner"] = owner["owner"]
    taker["contract"] = contract
    taker["side"] = side
    taker["priority_class"] = owner["priority_class"]
    taker["flags"] = 0
    taker["stp"] = SelfTrade.CANCEL_OLDEST
    taker["tif"] = TimeInForce.IOC
    taker["is_liquidation"] = 1
    taker["slot"] = 0
    bound_taker(state)
    index = push_frame(state, SWEEP, wallet, contract, 0)
    # In a closed contract nothing matches (MAT-060): the order is reported and cancelled.
    state.frames[index]["more"] = 1 if matches(state, contract) else 0


@kernel
def step_takeover(state, frame):
    """Do one step of a takeover (LIQ-08, LOSS-01), 6.3. At most 34 events."""
    wallet = frame["wallet"]
    stage = frame["stage"]
    if stage == STARTING:
        measure(state, wallet)
        set_margin_state(state, wallet, MarginState.TAKEN_OVER, True)
        frame["amount"] = state.margin[0]["equity"]
        frame["total"] = 0
        frame["mask"] = 0
        frame["loss_id"] = 0
        explain_wallet(state, wallet)
        frame["stage"] = WORKING
        cancel_all(state, wallet, 0, CancelReason.LIQUIDATION)
    elif stage == WORKING:
        frame["stage"] = LEGS
        if frame["amount"] < 0:
            _default(state, frame)
    elif stage == LEGS:
        _take_leg(state, frame)
    else:
        if frame["amount"] >= 0:
            fee = frame["total"]
            charge_fee(state, wallet, frame["contract"], 0, fee, True, False)
        pop_frame(state)


@kernel
def _default(state, frame):
    """Convert what is there, fix the deficit D, let layers 2 to 4 pay; R goes on (LOSS-02)."""
    wallet = frame["wallet"]
    house = state.house[0]
    sell_assets(state, wallet)
    deficit = -(state.wallets[wallet]["cash"] + variation(state, wallet))
    if deficit <= 0:
        return
    house["loss_count"] += 1
    frame["loss_id"] = house["loss_count"]
    declare_default(state, wallet, deficit, frame["loss_id"])
    loss = pay_layers(state, wallet, deficit, frame["loss_id"])
    if loss == 0:
        return
    measure(state, wallet)
    if house["loss_sharing"] == LossSharing.VMGH or state.margin[0]["has_lots"] == 0:
        house["deficit"] += loss
        state.wallets[wallet]["is_in_deficit"] = 1
        return
    split_by_margin(state, wallet, deficit, loss)
    # Pushed last first, so that legs are done in ascending order.
    for i in range(state.contracts.size):
        contract = state.contracts.size - 1 - i
        part = state.parts[contract]
        if part["share"] > 0:
            index = push_frame(state, DELEVERAGING, wallet, contract, 0)
            leg = state.frames[index]
            leg["amount"] = part["share"]
            leg["total"] = part["remainder"]
            leg["loss_id"] = frame["loss_id"]


@kernel
def _take_leg(state, frame):
    """Book the next leg over to the platform account at the mark, or go on to the fee."""
    wallet = frame["wallet"]
    contracts = state.contracts.size
    contract = frame["cursor"]
    while contract < contracts:
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots != 0:
            mark_ticks = state.rates[contract]["mark_good_ticks"]
            spec = state.contracts[contract]
            event = state.events[new_event(state, Event.TAKEOVER, wallet)]
            event["contract"] = contract
            event["counter_wallet"] = HouseWallet.PLATFORM
            event["price_ticks"] = mark_ticks
            event["lots"] = lots
            book_fill(state, wallet, contract, -lots, mark_ticks)
            book_fill(state, HouseWallet.PLATFORM, contract, lots, mark_ticks)
            value = abs(lots) * mark_ticks * spec["tick_value"]
            frame["total"] += mul_div_ceil(value, spec["liquidation_fee_ppb"])
            frame["contract"] = contract
            frame["cursor"] = contract + 1
            return
        contract += 1
    frame["stage"] = FEES


@kernel
def step_deleveraging(state, frame):
    """Close lots of one leg of a defaulter against the next gainer in rank (LOSS-04), 6.4.

    `amount` R_c, `total` D_c; `lots` the leg's q, `more` the lots to close, `cursor` those closed.
    At most 34 events.
    """
    wallet = frame["wallet"]
    contract = frame["contract"]
    contracts = state.contracts.size
    loss = frame["amount"]
    deficit = frame["total"]
    if frame["stage"] == STARTING:
        lots = abs(int(state.positions[wallet * contracts + contract]["lots"]))
        wanted, rest = mul_div_wide(loss, lots, deficit)
        frame["lots"] = lots
        frame["more"] = wanted + 1 if rest > 0 else wanted
        frame["count"] = rank_candidates(state, wallet, contract)
        frame["stage"] = WORKING
        return
    closed = frame["cursor"]
    best = NONE
    if closed < frame["more"]:
        best = best_candidate(state, frame["count"])
    already = give_up(loss, deficit, frame["lots"], closed)
    if best == NONE:
        if closed > 0:
            state.house[0]["has_deleveraged"] = 1
        if already > 0:
            allocate(state, Layer.LOSS_SHARING, wallet, already, frame["loss_id"])
        if loss > already:
            state.house[0]["deficit"] += loss - already
            state.wallets[wallet]["is_in_deficit"] = 1
        pop_frame(state)
        return
    candidate = state.shares[best]["wallet"]
    gain = variation(state, candidate)
    most = min(state.shares[best]["remainder"], frame["more"] - closed)
    # The largest number of lots whose give-up the candidate's gain covers.
    low = 0
    high = most
    while low < high:
        middle = (low + high + 1) // 2
        if give_up(loss, deficit, frame["lots"], closed + middle) - already <= gain:
            low = middle
        else:
            high = middle - 1
    if low == 0:
        return
    given = give_up(loss, deficit, frame["lots"], closed + low) - already
    explain_wallet(state, candidate)
    deleverage(state, frame, best, low, given)
    frame["cursor"] = closed + low
    if state.positions[candidate * contracts + contract]["reduce_only_count"] > 0:
        push_frame(state, RECLIPPING, candidate, contract, 0)
