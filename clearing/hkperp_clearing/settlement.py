"""The settlement cycle: losers pay, gainers are paid, positions are set to the mark (SETL-01).

One frame of the work list, in stages; each step writes few events. The settlement account is
exactly 0 at the end or the machine is broken (SETL_BREAK). docs/machine.md section 7 and
docs/default.md section 4. Fields of the frame:

    mode, amount        the CycleCause, and the loss R as given, quote
    loss_id, more       the loss that is shared, and what is left of it after the layers so far
    contract, count     of a tear-up (sharing.py); `count` also the end of a group of claims
    cursor              the wallet, row or claim that is next
    total               what was paid in, quote
"""

from hkperp_clearing.attention import wake
from hkperp_clearing.layout import Broken
from hkperp_clearing.ledger import post, raise_cash
from hkperp_clearing.limits import update_oi_caps
from hkperp_clearing.margin import variation
from hkperp_clearing.sharing import haircut, share_loss, tear_up
from hkperp_clearing.waterfall import allocate, declare_default, pay_layers, prepare_claims
from hkperp_clearing.worklist import WINDING, pop_frame, push_frame
from hkperp_engine.codes import Event, HouseWallet, Layer, LossSharing, Posting
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.units import NONE

__all__ = ["step_cycle"]

#: Most events of one wallet's payment: two postings an asset it sells, and the payment itself.
PAYMENT_EVENTS_MAX = 18

#: Stages of a cycle. Tearing and wound are passed over where layer 5 bears what is left.
OPENING, TEARING, WOUND, PAYING, RECEIVING, GROUPING, REPAYING, CLOSING = range(8)


@kernel
def _give(state, wallet, amount, loss_id):
    """Let a house wallet's own gain bear up to `amount` quote (layer 3); return that. O(1)."""
    given = min(amount, max(0, variation(state, wallet)))
    if given > 0:
        allocate(state, Layer.RESERVE, wallet, given, loss_id)
    return given


@kernel
def _share_gains(state, loss, loss_id):
    """Let layer 5 bear up to `loss` quote if this mark step has a round left (DFT-031).

    Returns what it bore. O(wallets).
    """
    house = state.house[0]
    if house["vmgh_used"] >= house["vmgh_rounds"]:
        return 0
    borne = share_loss(state, Layer.LOSS_SHARING, loss, loss_id)
    if borne > 0:
        house["vmgh_used"] += 1
    return borne


@kernel
def _begin_paying(frame):
    """Go on to the payments: the losers', then the gainers' (point 3)."""
    frame["stage"] = PAYING
    frame["cursor"] = HouseWallet.SETTLEMENT + 1


@kernel
def _open_cycle(state, frame):
    """Do points 1 and 2 of the page: the platform's own result, layers, layer 5. O(wallets)."""
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
        need = pay_layers(state, platform, need, loss_id)
        loss += need
    if loss > 0:
        # Fees of this step may have come into the reserve since the defaults: it pays first.
        loss = pay_layers(state, HouseWallet.SETTLEMENT, loss, loss_id)
    frame["loss_id"] = loss_id
    house["cycle_given_platform"] = 0
    house["cycle_given_rounding"] = 0
    if loss > 0:
        house["cycle_given_platform"] = _give(state, platform, loss, loss_id)
        loss -= house["cycle_given_platform"]
    if loss > 0:
        house["cycle_given_rounding"] = _give(state, HouseWallet.ROUNDING, loss, loss_id)
        loss -= house["cycle_given_rounding"]
    shared = loss
    if house["loss_sharing"] == LossSharing.ADL:
        # What was given could not be placed with gainers; what was paid so far was paid for it.
        shared = min(loss, need)
    if shared > 0:
        loss -= _share_gains(state, shared, loss_id)
    frame["more"] = loss
    if loss > 0:
        frame["stage"] = TEARING
        frame["contract"] = NONE
    else:
        _begin_paying(frame)


@kernel
def _tear_next(state, frame):
    """Tear up the next positions; behind the last, layer 6 bears what it can (DFT-032).

    What is left then winds the venue down: a frame of its own, for the book is not ours.
    """
    if not tear_up(state, frame):
        return
    frame["more"] -= share_loss(state, Layer.TEAR_UP, frame["more"], frame["loss_id"])
    if frame["more"] > 0:
        frame["stage"] = WOUND
        push_frame(state, WINDING, 0, 0, 0)
    else:
        _begin_paying(frame)


@kernel
def _share_rest(state, frame):
    """Let layer 7 bear the rest: all is closed, and all that is left of the gains (DFT-033).

    It suffices: VM over all wallets is 0, so gains are what losers owe, and the loss is a part.
    """
    frame["more"] -= share_loss(state, Layer.WIND_DOWN, frame["more"], frame["loss_id"])
    if frame["more"] != 0:
        state.house[0]["is_broken"] = Broken.SETTLEMENT
    _begin_paying(frame)


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
            if wallet == HouseWallet.PLATFORM:
                given = house["cycle_given_platform"]
            elif wallet == HouseWallet.ROUNDING:
                given = house["cycle_given_rounding"]
            else:
                given = haircut(state, wallet, gain, frame["loss_id"])
            if gain > given:
                received = Posting.VARIATION_RECEIVED
                post(state, received, 0, HouseWallet.SETTLEMENT, wallet, gain - given)
            if given > 0 and wallet >= HouseWallet.CLIENTS:
                wake(state, wallet)
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
    """Set every position to the mark, check the settlement account, end. O(positions).

    Behind it the caps of open interest are computed anew (DFT-011).
    """
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
    update_oi_caps(state)
    pop_frame(state)


@kernel
def step_cycle(state, frame):
    """Do one step of a settlement cycle: as many events as fit, at most one claim.

    `frame`: FRAME row, fields as above. Takes the frame from the list when done; a wind-down and
    re-clipping are frames above it.
    """
    stage = frame["stage"]
    if stage == OPENING:
        _open_cycle(state, frame)
    elif stage == TEARING:
        _tear_next(state, frame)
    elif stage == WOUND:
        _share_rest(state, frame)
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
