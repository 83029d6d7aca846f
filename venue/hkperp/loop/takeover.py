"""Taking a wallet over: its default, and where its positions go (LIQ-08, LIQ-04, LOSS-01).

docs/machine.md sections 6.3 and 6.4, docs/default.md section 3. Leg by leg: to those who promised
to take some, to opposite holders beyond the platform's inventory limit, the rest to the platform.
Frames of the work list. Prices are the mark or near it, never a trade price (VAL-05).
"""

from hkperp_clearing.account import explain_wallet, restriction, set_margin_state
from hkperp_clearing.deleverage import (
    deleverage,
    give_up,
    next_candidate,
    rank_candidates,
    split_by_margin,
)
from hkperp_clearing.fees import charge_fee
from hkperp_clearing.layout import BACKSTOPS_MAX
from hkperp_clearing.ledger import sell_assets
from hkperp_clearing.limits import position_is_full
from hkperp_clearing.liquidation import backstop_ticks, platform_lots
from hkperp_clearing.margin import measure, variation
from hkperp_clearing.position import book_fill
from hkperp_clearing.waterfall import allocate, declare_default, pay_layers
from hkperp_clearing.worklist import DELEVERAGING, RECLIPPING, pop_frame, push_frame
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_floor, mul_div_wide
from hkperp_engine.codes import (
    CancelReason,
    Event,
    HouseWallet,
    Layer,
    LossSharing,
    MarginState,
    Reject,
    Side,
)
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.scopes import cancel_all
from hkperp_engine.units import NONE

__all__ = ["restore", "step_deleveraging", "step_takeover"]

#: Stages of a takeover, and those of them that a leg goes through; a deleveraging has the first
#: two.
STARTING, WORKING, LEGS, BACKSTOPS, CLOSING, TAKING, FEES = range(7)

#: `mode` of a DELEVERAGING frame: is it for a loss (LOSS-04), or for what the platform's inventory
#: limit leaves over (DFT-020).
FOR_LOSS, FOR_INVENTORY = range(2)


@kernel
def step_takeover(state, frame):
    """Do one step of a takeover (LIQ-08, LOSS-01), 6.3. At most 34 events.

    `amount`: E when it began; `total` the fee so far, quote; `cursor` the leg that is next,
    `contract` the one in hand; `lots` the lots it had, signed, `count` the next of its providers.
    """
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
        _begin_leg(state, frame)
    elif stage == BACKSTOPS:
        _offer_leg(state, frame)
    elif stage == CLOSING:
        _close_excess(state, frame)
    elif stage == TAKING:
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
            index = push_frame(state, DELEVERAGING, wallet, contract, FOR_LOSS)
            leg = state.frames[index]
            leg["amount"] = part["share"]
            leg["total"] = part["remainder"]
            leg["loss_id"] = frame["loss_id"]


@kernel
def _begin_leg(state, frame):
    """Find the next leg and what its liquidation costs, or go on to the fee. O(contracts)."""
    contracts = state.contracts.size
    contract = frame["cursor"]
    first = frame["wallet"] * contracts
    while contract < contracts and state.positions[first + contract]["lots"] == 0:
        contract += 1
    if contract == contracts:
        frame["stage"] = FEES
        return
    spec = state.contracts[contract]
    lots = int(state.positions[first + contract]["lots"])
    value = abs(lots) * state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
    frame["total"] += mul_div_ceil(value, spec["liquidation_fee_ppb"])
    frame["contract"] = contract
    frame["cursor"] = contract + 1
    frame["lots"] = lots
    frame["count"] = 0
    frame["stage"] = BACKSTOPS
    if state.backstops[contract * BACKSTOPS_MAX]["wallet"] == 0:
        frame["stage"] = CLOSING
        if spec["inventory_lots_max"] == 0:
            _take_leg(state, frame)


@kernel
def _offer_leg(state, frame):
    """Let the next provider who can take its share of the leg in hand (DFT-021). One event.

    O(providers * contracts).
    """
    wallet = frame["wallet"]
    contract = frame["contract"]
    position = state.positions[wallet * state.contracts.size + contract]
    while frame["count"] < BACKSTOPS_MAX and position["lots"] != 0:
        row = state.backstops[contract * BACKSTOPS_MAX + frame["count"]]
        provider = row["wallet"]
        if provider == 0:
            break
        frame["count"] += 1
        lots = mul_div_floor(abs(frame["lots"]), row["share_ppb"])
        lots = min(lots, abs(int(position["lots"])))
        if lots == 0 or state.wallets[provider]["account"] == state.wallets[wallet]["account"]:
            continue
        if state.wallets[provider]["is_in_deficit"] != 0:
            continue  # what it lacks is in the house's deficit: its new gain would pay it again
        if restriction(state, provider, contract) != Reject.NONE:
            continue
        held = lots if frame["lots"] > 0 else -lots
        price_ticks = backstop_ticks(state, wallet, contract)
        if _provide(state, provider, contract, held, price_ticks):
            event = state.events[new_event(state, Event.BACKSTOP, wallet)]
            event["contract"] = contract
            event["counter_wallet"] = provider
            event["price_ticks"] = price_ticks
            event["lots"] = held
            book_fill(state, wallet, contract, -held, price_ticks)
            push_frame(state, RECLIPPING, provider, contract, 0)
            return
    frame["stage"] = CLOSING


@kernel
def restore(state, wallet, contract, lots, cost, entry_cost):
    """Put back a position that was booked on trial; `pending` is the caller's. O(1)."""
    position = state.positions[wallet * state.contracts.size + contract]
    spec = state.contracts[contract]
    spec["open_interest"] += max(0, lots) - max(0, int(position["lots"]))
    position["lots"] = lots
    position["cost"] = cost
    position["entry_cost"] = entry_cost


@kernel
def _provide(state, provider, contract, signed_lots, price_ticks):
    """Book `signed_lots` for a provider, if its limit and its margin allow; tell whether (MRG-07).

    Booked, measured, and put back if its requirement is above its equity for new risk.
    O(contracts), and what `position_is_full` says.
    """
    side = Side.BUY if signed_lots > 0 else Side.SELL
    if position_is_full(state, provider, contract, side, abs(signed_lots)):
        return False
    before = state.positions[provider * state.contracts.size + contract]
    lots = int(before["lots"])
    cost = before["cost"]
    entry_cost = before["entry_cost"]
    pending = state.wallets[provider]["pending"]
    book_fill(state, provider, contract, signed_lots, price_ticks)
    measure(state, provider)
    margin = state.margin[0]
    if margin["requirement"] <= margin["equity_new"]:
        return True
    restore(state, provider, contract, lots, cost, entry_cost)
    state.wallets[provider]["pending"] = pending
    return False


@kernel
def _close_excess(state, frame):
    """Have closed what the platform may not take of the leg in hand (DFT-020). O(1)."""
    wallet = frame["wallet"]
    contract = frame["contract"]
    frame["stage"] = TAKING
    lots = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
    excess = lots - platform_lots(state, contract, frame["lots"] > 0)
    if state.contracts[contract]["inventory_lots_max"] != 0 and excess > 0:
        index = push_frame(state, DELEVERAGING, wallet, contract, FOR_INVENTORY)
        state.frames[index]["more"] = excess
        state.frames[index]["loss_id"] = frame["loss_id"]


@kernel
def _take_leg(state, frame):
    """Book what is left of the leg in hand over to the platform account at the mark. One event."""
    wallet = frame["wallet"]
    contract = frame["contract"]
    frame["stage"] = LEGS
    lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
    if lots == 0:
        return
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    event = state.events[new_event(state, Event.TAKEOVER, wallet)]
    event["contract"] = contract
    event["counter_wallet"] = HouseWallet.PLATFORM
    event["price_ticks"] = mark_ticks
    event["lots"] = lots
    book_fill(state, wallet, contract, -lots, mark_ticks)
    book_fill(state, HouseWallet.PLATFORM, contract, lots, mark_ticks)


@kernel
def step_deleveraging(state, frame):
    """Close lots of one leg of a wallet taken over against the next holder in rank, 6.4.

    LOSS-04: gainers give up `amount` R_c of `total` D_c; DFT-020 (`mode` FOR_INVENTORY): any
    holder, and no money moves. `lots` the leg's q, `more` the lots to close, `cursor` those
    closed, `count` the candidates, `done` those taken. At most 34 events.
    """
    wallet = frame["wallet"]
    contract = frame["contract"]
    for_loss = frame["mode"] == FOR_LOSS
    loss = frame["amount"]
    deficit = frame["total"]
    if frame["stage"] == STARTING:
        lots = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
        frame["lots"] = lots
        if for_loss:
            wanted, rest = mul_div_wide(loss, lots, deficit)
            frame["more"] = wanted + 1 if rest > 0 else wanted
        frame["count"] = rank_candidates(state, wallet, contract, for_loss)
        frame["stage"] = WORKING
        return
    closed = frame["cursor"]
    best = NONE
    if closed < frame["more"]:
        best = next_candidate(state, frame["done"], frame["count"])
    if best == NONE:
        _end_deleveraging(state, frame)
        return
    frame["done"] += 1
    most = min(state.shares[best]["remainder"], frame["more"] - closed)
    given = 0
    if for_loss:
        most, given = _bearable(state, frame, best, most)
    if most == 0:
        return
    candidate = state.shares[best]["wallet"]
    explain_wallet(state, candidate)
    deleverage(state, frame, best, most, given)
    frame["cursor"] = closed + most
    if state.positions[candidate * state.contracts.size + contract]["reduce_only_count"] > 0:
        push_frame(state, RECLIPPING, candidate, contract, 0)


@kernel
def _bearable(state, frame, best, most):
    """Return (lots, quote): most lots, at most `most`, whose give-up a candidate's gain covers.

    And that give-up. O(log(most)).
    """
    loss = frame["amount"]
    deficit = frame["total"]
    closed = frame["cursor"]
    already = give_up(loss, deficit, frame["lots"], closed)
    gain = variation(state, state.shares[best]["wallet"])
    low = 0
    high = most
    while low < high:
        middle = (low + high + 1) // 2
        if give_up(loss, deficit, frame["lots"], closed + middle) - already <= gain:
            low = middle
        else:
            high = middle - 1
    return low, give_up(loss, deficit, frame["lots"], closed + low) - already


@kernel
def _end_deleveraging(state, frame):
    """End a leg: what gainers gave up is layer 5's, what could not be placed is shared. O(1)."""
    closed = frame["cursor"]
    if closed > 0:
        state.house[0]["has_deleveraged"] = 1
    if frame["mode"] == FOR_LOSS:
        wallet = frame["wallet"]
        loss = frame["amount"]
        given = give_up(loss, frame["total"], frame["lots"], closed)
        if given > 0:
            allocate(state, Layer.LOSS_SHARING, wallet, given, frame["loss_id"])
        if loss > given:
            state.house[0]["deficit"] += loss - given
            state.wallets[wallet]["is_in_deficit"] = 1
    pop_frame(state)
