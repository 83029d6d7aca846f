"""The settlement cycle: losers pay, gainers are paid, positions are set to the mark (SETL-01).

One frame of the work list, in stages; each step writes few events. The settlement account is
exactly 0 at the end or the machine is broken (SETL_BREAK). docs/machine.md section 7.
"""

from hkperp_clearing.layout import Broken
from hkperp_clearing.ledger import post, raise_cash
from hkperp_clearing.margin import variation
from hkperp_clearing.waterfall import (
    add_claim,
    allocate,
    declare_default,
    divide,
    pay_layers,
    prepare_claims,
)
from hkperp_clearing.worklist import pop_frame
from hkperp_engine.codes import Event, HouseWallet, Layer, Posting
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel

__all__ = ["step_cycle"]

#: Most events of one wallet's payment: two postings an asset it sells, and the payment itself.
PAYMENT_EVENTS_MAX = 18

#: Stages of a cycle.
OPENING, PAYING, RECEIVING, GROUPING, REPAYING, CLOSING = range(6)


@kernel
def _give(state, wallet, amount, loss_id):
    """Let a house wallet's own gain bear up to `amount` quote (layer 3); return that. O(1)."""
    given = min(amount, max(0, variation(state, wallet)))
    if given > 0:
        allocate(state, Layer.RESERVE, wallet, given, loss_id)
    return given


@kernel
def _share_loss(state, amount, loss_id):
    """Divide `amount` quote over all clients that gain in this cycle (LOSS-05). O(wallets)."""
    count = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        gain = variation(state, wallet)
        if gain > 0:
            row = state.shares[count]
            row["wallet"] = wallet
            row["weight"] = gain
            count += 1
    divide(state, count, amount)
    allocate(state, Layer.LOSS_SHARING, 0, amount, loss_id)
    return count


@kernel
def _open_cycle(state, frame):
    """Points 1 and 2 of the page: the platform's own result, layers, division. O(wallets)."""
    house = state.house[0]
    house["cycle_count"] += 1
    platform = HouseWallet.PLATFORM
    need = -(variation(state, platform) + state.wallets[platform]["cash"])
    need = max(0, need)
    loss = frame["amount"]
    loss_id = 0
    if loss + need > 0:
        house["loss_count"] += 1
        loss_id = house["loss_count"]
    event = state.events[new_event(state, Event.CYCLE, 0)]
    event["code"] = frame["mode"]
    event["order_id"] = house["cycle_count"]
    event["counter_order_id"] = loss_id
    event["amount"] = loss
    if need > 0:
        declare_default(state, platform, need, loss_id)
        loss += pay_layers(state, platform, need, loss_id)
    if loss > 0:
        # Fees of this step may have come into the reserve since the defaults: it pays first.
        loss = pay_layers(state, HouseWallet.SETTLEMENT, loss, loss_id)
    frame["loss_id"] = loss_id
    frame["count"] = 0
    frame["total"] = 0
    frame["done"] = 0
    house["cycle_given_platform"] = 0
    house["cycle_given_rounding"] = 0
    if loss > 0:
        house["cycle_given_platform"] = _give(state, platform, loss, loss_id)
        loss -= house["cycle_given_platform"]
    if loss > 0:
        house["cycle_given_rounding"] = _give(state, HouseWallet.ROUNDING, loss, loss_id)
        loss -= house["cycle_given_rounding"]
    if loss > 0:
        frame["count"] = _share_loss(state, loss, loss_id)
    frame["stage"] = PAYING
    frame["cursor"] = HouseWallet.SETTLEMENT + 1


@kernel
def _pay_next(state, frame):
    """Let the next wallets with VM < 0 pay what they can raise. O(wallets passed).

    As many as the event ring has room for: a step for each would cost more than the payment.
    """
    wallet = frame["cursor"]
    engine = state.engine[0]
    while wallet < state.wallets.size:
        owed = -variation(state, wallet)
        if owed > 0:
            if state.events.size - engine["events_used"] < PAYMENT_EVENTS_MAX:
                frame["cursor"] = wallet
                return
            raise_cash(state, wallet, owed)
            paid = min(owed, state.wallets[wallet]["cash"])
            if paid > 0:
                post(state, Posting.VARIATION_PAID, 0, wallet, HouseWallet.SETTLEMENT, paid)
                frame["total"] += paid
        wallet += 1
    frame["stage"] = RECEIVING
    frame["cursor"] = HouseWallet.SETTLEMENT + 1


@kernel
def _receive_next(state, frame):
    """Pay the next wallets with VM > 0, less their shares of the loss. O(wallets passed).

    As many as the event ring has room for, and behind a claim no other: there was room for one.
    """
    wallet = frame["cursor"]
    house = state.house[0]
    engine = state.engine[0]
    while wallet < state.wallets.size:
        gain = variation(state, wallet)
        if gain > 0:
            if state.events.size - engine["events_used"] < PAYMENT_EVENTS_MAX:
                frame["cursor"] = wallet
                return
            given = 0
            has_claim = False
            if wallet == HouseWallet.PLATFORM:
                given = house["cycle_given_platform"]
            elif wallet == HouseWallet.ROUNDING:
                given = house["cycle_given_rounding"]
            elif frame["done"] < frame["count"]:
                # Both walks are in ascending order of wallets: the next row is this wallet's.
                given = state.shares[frame["done"]]["share"]
                frame["done"] += 1
                if given > 0:
                    event = state.events[new_event(state, Event.HAIRCUT, wallet)]
                    event["amount"] = given
                    event["order_id"] = frame["loss_id"]
                    event["counter_order_id"] = gain
                    add_claim(state, frame["loss_id"], wallet, given)
                    has_claim = True
            if gain > given:
                received = Posting.VARIATION_RECEIVED
                post(state, received, 0, HouseWallet.SETTLEMENT, wallet, gain - given)
            if has_claim:
                frame["cursor"] = wallet + 1
                return
        wallet += 1
    frame["stage"] = GROUPING


@kernel
def _group_claims(state, frame):
    """Find the oldest group of open claims and what each of it gets (LOSS-05). O(group)."""
    house = state.house[0]
    cash = state.wallets[HouseWallet.PLATFORM]["cash"]
    frame["cursor"] = house["claims_paid"]
    frame["count"] = house["claims_paid"]
    if cash > 0:
        frame["count"] = prepare_claims(state, cash)
    frame["stage"] = REPAYING if frame["count"] > frame["cursor"] else CLOSING


@kernel
def _repay_next(state, frame):
    """Repay the next claim of the group; behind the last, see if it is closed. O(group)."""
    house = state.house[0]
    while frame["cursor"] < frame["count"]:
        claim = state.claims[frame["cursor"]]
        frame["cursor"] += 1
        share = claim["share_quote"]
        if share > 0:
            payer = HouseWallet.PLATFORM
            index = post(state, Posting.CLAIM_REPAYMENT, 0, payer, claim["wallet"], share)
            state.events[index]["order_id"] = claim["loss_id"]
            claim["open_quote"] -= share
            claim["share_quote"] = 0
            return
    left = 0
    for i in range(house["claims_paid"], frame["count"]):
        left += state.claims[i]["open_quote"]
    if left == 0:
        house["claims_paid"] = frame["count"]
        frame["stage"] = GROUPING
    else:
        frame["stage"] = CLOSING


@kernel
def _close_cycle(state, frame):
    """Set every position to the mark, check the settlement account, end. O(positions)."""
    house = state.house[0]
    cash = state.wallets[HouseWallet.PLATFORM]["cash"]
    if cash > 0:
        post(state, Posting.RECOVERY, 0, HouseWallet.PLATFORM, HouseWallet.RESERVE, cash)
    contracts = state.contracts.size
    for wallet in range(state.wallets.size):
        row = state.wallets[wallet]
        row["pending"] = 0
        row["is_in_deficit"] = 0
        if row["contract_mask"] == 0:
            continue
        for contract in range(contracts):
            position = state.positions[wallet * contracts + contract]
            unit = state.rates[contract]["mark_good_ticks"]
            unit *= state.contracts[contract]["tick_value"]
            position["cost"] = int(position["lots"]) * unit
    if state.wallets[HouseWallet.SETTLEMENT]["cash"] != 0:
        house["is_broken"] = Broken.SETTLEMENT
    event = state.events[new_event(state, Event.CYCLE_DONE, 0)]
    event["order_id"] = house["cycle_count"]
    event["amount"] = frame["total"]
    pop_frame(state)


@kernel
def step_cycle(state, frame):
    """Do one step of a settlement cycle: as many events as fit, at most one claim.

    `frame`: FRAME row; `mode` the CycleCause, `amount` the loss R to be shared, quote. Takes the
    frame from the list when done.
    """
    stage = frame["stage"]
    if stage == OPENING:
        _open_cycle(state, frame)
    elif stage == PAYING:
        _pay_next(state, frame)
    elif stage == RECEIVING:
        _receive_next(state, frame)
    elif stage == GROUPING:
        _group_claims(state, frame)
    elif stage == REPAYING:
        _repay_next(state, frame)
    else:
        _close_cycle(state, frame)
