"""The margin test and what follows from it: notice, call, reduction (takeover.py has the rest).

docs/machine.md section 6, docs/default.md section 1. Frames of the work list: each step measures
afresh and does one thing. Decisions use the mark only, never a trade price (VAL-05).
"""

from hkperp_clearing.account import explain_wallet, set_margin_state, standing
from hkperp_clearing.alarms import fall_asleep, has_overslept
from hkperp_clearing.attention import is_asleep, next_awake
from hkperp_clearing.layout import Broken
from hkperp_clearing.limits import collar_ticks
from hkperp_clearing.liquidation import curing_lots, largest_leg, notice_level
from hkperp_clearing.margin import bankruptcy_ticks, measure
from hkperp_clearing.worklist import (
    CYCLE,
    REDUCTION,
    RESTRICTING,
    SWEEP,
    TAKEOVER,
    pop_frame,
    push_frame,
)
from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import (
    CancelReason,
    CycleCause,
    Event,
    EventFlag,
    HouseWallet,
    MarginState,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.depth import lots_within
from hkperp_engine.events import new_event
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.scopes import NOT_REDUCE_ONLY, cancel_all
from hkperp_engine.sweeps import bound_taker, matches
from hkperp_engine.units import NONE

__all__ = ["step_reduction", "step_test"]

#: Most wallets whose alarms a test hangs anew: a quarter of the time that a test of a million
#: wallets takes. The others stay awake until one of the next tests gets round to them.
ALARMS_A_TEST = 32_768

#: Stages of a reduction.
STARTING, WORKING = range(2)


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
def _judge(state, wallet):
    """Set a wallet that is neither reduced nor taken over to CALL or HEALTHY (LIQ-01, LIQ-06).

    `state.margin[0]` holds its measure. True if anything was written or put on the list: at most
    MARGIN_STATE and MARGIN_NOTICE, and the cancellation of its orders if those take it under its
    maintenance margin. O(1).
    """
    margin = state.margin[0]
    row = state.wallets[wallet]
    equity = margin["equity"]
    is_over = equity < margin["maintenance_margin_worse"]
    is_call = is_over or equity < margin["initial_margin"]
    after = MarginState.CALL if is_call else MarginState.HEALTHY
    has_acted = is_over or row["state"] != after
    set_margin_state(state, wallet, after, False)
    level = notice_level(state)
    if level > row["notice_level"]:
        event = state.events[new_event(state, Event.MARGIN_NOTICE, wallet)]
        event["code"] = level
        event["amount"] = equity
        has_acted = True
    row["notice_level"] = level
    if is_over:
        cancel_all(state, wallet, NOT_REDUCE_ONLY, CancelReason.MARGIN_CALL)
    return has_acted


@kernel
def step_test(state, frame):
    """Test wallets from the cursor on until one needs something done, or the pass ends.

    Those that sleep are passed over (attention.py). O(wallets looked at), at most two events, or a
    frame. `count` of the frame: wallets whose alarms were hung anew.
    """
    wallet = frame["cursor"]
    house = state.house[0]
    margin = state.margin[0]
    if CHECKED and has_overslept(state):
        house["is_broken"] = Broken.OVERSLEPT
    while wallet < state.wallets.size:
        if is_asleep(state, wallet):
            wallet = next_awake(state, wallet)
            continue
        house["looked_count"] += 1
        row = state.wallets[wallet]
        is_declared = row["is_declared"] != 0
        if row["is_in_deficit"] != 0:
            wallet += 1
            continue
        if frame["lots"] != wallet:
            looked = fall_asleep(state, wallet, frame["count"] < ALARMS_A_TEST)
            frame["count"] += looked >> 1
            if looked != 0:
                wallet += 1
                continue
        measure(state, wallet)
        order_count = state.owners[wallet]["order_count"]
        has_lots = margin["has_lots"] != 0
        # A wallet whose last order 6.1 has just taken is still to be judged (`lots` names it).
        is_idle = not has_lots and order_count == 0 and row["pending"] >= 0 and not is_declared
        if is_idle and frame["lots"] != wallet:
            wallet += 1
            continue
        if margin["has_order_lots"] != 0 and standing(state, wallet) != Reject.NONE:
            frame["cursor"] = wallet
            frame["lots"] = wallet
            push_frame(state, RESTRICTING, wallet, 0, 0)
            return
        equity = margin["equity"]
        if has_lots and margin["has_unfrozen_lots"] == 0 and equity >= 0 and not is_declared:
            wallet += 1
            continue
        frame["cursor"] = wallet + 1
        is_under = equity < 0 or (has_lots and equity < margin["close_out_margin"])
        if is_under or is_declared:
            row["is_declared"] = 0  # whoever declared it has had it taken over
            push_frame(state, TAKEOVER, wallet, 0, 0)
            return
        if has_lots and equity < margin["maintenance_margin"]:
            if row["reduced_step"] != house["step"]:
                push_frame(state, REDUCTION, wallet, 0, 0)
                return
        elif _judge(state, wallet):
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
