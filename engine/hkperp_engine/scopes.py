"""Cancelling many orders: which is next, of a wallet, an owner, a contract, the venue.

A CANCELLING frame of the work list goes over contracts, wallets and their orders, newest first:

    contract, loss_id   the contract looked at (NONE: any), and the last one to look at
    wallet, total, stage  the wallet looked at, the first and the last of them
    mask                bits below: which orders; `cursor` the owner if BY_OWNER
    lots                the side, 2: both; `low`, `high` the limits in ticks, 0 and 0: any
    mode                the CancelReason; `count` orders cancelled so far
    amount, more        slot and id of the order to look at next, if they still go together
"""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    KillScope,
    OrderFlag,
    Reject,
)
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.sweeps import enter_state
from hkperp_engine.units import NONE
from hkperp_engine.worklist import CANCELLING, pop_frame, push_frame

__all__ = [
    "AFFILIATE",
    "BOTH_SIDES",
    "BY_OWNER",
    "HALT",
    "NOT_REDUCE_ONLY",
    "REPORT",
    "cancel_all",
    "cancel_market",
    "end_cancelling",
    "keep_place",
    "kill",
    "kill_refusal",
    "mass_cancel",
    "mass_cancel_refusal",
    "next_of_list",
    "next_to_cancel",
    "suspend_affiliate",
]

#: Bits of `mask`: orders that are not reduce-only; of wallets of class 1; of one owner; contracts
#: are halted first; MASS_CANCELLED is written at the end.
NOT_REDUCE_ONLY, AFFILIATE, BY_OWNER, HALT, REPORT = 1, 2, 4, 8, 16

BOTH_SIDES = 2


@kernel
def cancel_all(state, wallet, mask, reason):
    """Begin to cancel a wallet's orders, newest first. Returns the frame's index. O(1)."""
    index = push_frame(state, CANCELLING, wallet, NONE, reason)
    frame = state.frames[index]
    frame["loss_id"] = NONE
    frame["total"] = wallet
    frame["stage"] = wallet
    frame["mask"] = mask
    frame["lots"] = BOTH_SIDES
    return index


@kernel
def _begins_contract(state, frame):
    """Halt the contract a kill switch comes to (MAT-071). Returns whether it wrote an event."""
    market = state.markets[frame["contract"]]
    frame["done"] = 1
    if market["state"] == ContractState.HALTED or market["state"] == ContractState.CLOSED:
        return False
    if market["state"] == ContractState.SETTLED:
        return False
    enter_state(state, frame["contract"], ContractState.HALTED, 0, 0)
    return True


@kernel
def next_to_cancel(state, frame):
    """Return the slot of the next order of a CANCELLING frame, 0 if none is left.

    NONE: not this time, call again (a contract was halted: one event). The caller cancels it.
    O(orders and wallets passed over).
    """
    mask = frame["mask"]
    while True:
        if mask & HALT != 0 and frame["done"] == 0 and _begins_contract(state, frame):
            return NONE
        while frame["wallet"] <= frame["stage"]:
            slot = _next_of_wallet(state, frame)
            if slot != 0:
                frame["count"] += 1
                return slot
            frame["wallet"] += 1
            frame["amount"] = 0
        if frame["contract"] == frame["loss_id"]:
            return 0
        frame["contract"] += 1
        frame["wallet"] = frame["total"]
        frame["done"] = 0


@kernel
def keep_place(state, frame, slot):
    """Note the order of the wallet's list at which a frame goes on, 0: begin again. O(1)."""
    frame["amount"] = slot
    frame["more"] = state.orders[slot]["order_id"]


@kernel
def next_of_list(state, frame):
    """Return the order of the frame's wallet to look at next, 0 at the end of its list. O(1).

    The place kept last, or the newest order if that one has gone meanwhile.
    """
    slot = frame["amount"]
    if slot != 0 and state.orders[slot]["order_id"] == frame["more"]:
        return slot
    return int(state.owners[frame["wallet"]]["order_head"])


@kernel
def _next_of_wallet(state, frame):
    """Return the newest order of the frame's wallet that is to go, 0 if none is."""
    owner = state.owners[frame["wallet"]]
    mask = frame["mask"]
    if owner["order_count"] == 0:
        return 0
    if mask & AFFILIATE != 0 and owner["priority_class"] == 0:
        return 0
    if mask & BY_OWNER != 0 and owner["owner"] != frame["cursor"]:
        return 0
    slot = next_of_list(state, frame)
    while slot != 0:
        order = state.orders[slot]
        if _is_meant(frame, order):
            keep_place(state, frame, int(order["wallet_next"]))
            return slot
        slot = int(order["wallet_next"])
    return 0


@kernel
def _is_meant(frame, order):
    """Tell whether an order is among those the frame cancels. O(1)."""
    if frame["contract"] != NONE and order["contract"] != frame["contract"]:
        return False
    if frame["lots"] != BOTH_SIDES and order["side"] != frame["lots"]:
        return False
    if frame["mask"] & NOT_REDUCE_ONLY != 0 and order["flags"] & OrderFlag.REDUCE_ONLY != 0:
        return False
    if frame["high"] == 0:
        return True
    is_waiting = order["traits"] & Trait.WAITING != 0
    return not is_waiting and frame["low"] <= order["price_ticks"] <= frame["high"]


@kernel
def end_cancelling(state, frame):
    """Write MASS_CANCELLED if the frame reports, and end it. At most one event."""
    if frame["mask"] & REPORT != 0:
        is_settled = frame["mode"] == CancelReason.SETTLED
        is_of_one = frame["mask"] & (AFFILIATE | BY_OWNER | HALT) == 0 and not is_settled
        is_of_contract = is_settled or frame["mode"] == CancelReason.MASS_CANCEL
        event = state.events[new_event(state, Event.MASS_CANCELLED, 0)]
        event["wallet"] = frame["total"] if is_of_one else 0
        event["code"] = frame["mode"]
        event["contract"] = max(0, frame["contract"]) if is_of_contract else 0
        event["amount"] = frame["count"]
    pop_frame(state)


@kernel
def cancel_market(state, contract, first_wallet):
    """Begin to cancel all orders of a contract that is settled (MAT-061). O(1)."""
    index = cancel_all(state, first_wallet, REPORT, CancelReason.SETTLED)
    frame = state.frames[index]
    frame["stage"] = state.owners.size - 1
    frame["contract"] = contract
    frame["loss_id"] = contract


@kernel
def suspend_affiliate(state, command, first_wallet):
    """Do a SUSPEND_AFMM row whose `side` is 0 or 1 (AFMM-08, MAT-072). One event."""
    event = state.events[new_event(state, Event.AFMM_SUSPENDED, 0)]
    event["code"] = command["side"]
    state.engine[0]["is_afmm_suspended"] = command["side"]
    if command["side"] == 0:
        return
    index = cancel_all(state, first_wallet, REPORT | AFFILIATE, CancelReason.AFMM_SUSPENDED)
    state.frames[index]["stage"] = state.owners.size - 1


@kernel
def mass_cancel_refusal(state, command, first_wallet):
    """Return the first Reject of a MASS_CANCEL row, or NONE (MAT-070). O(1)."""
    if not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if not NONE <= command["contract"] < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not 0 <= command["side"] <= BOTH_SIDES:
        return Reject.SCOPE_INVALID
    low = command["price_ticks"]
    high = command["lots"]
    if (low != 0 or high != 0) and not 1 <= low <= high:
        return Reject.SCOPE_INVALID
    return Reject.NONE


@kernel
def mass_cancel(state, command):
    """Begin what an accepted MASS_CANCEL row asks for. O(1)."""
    index = cancel_all(state, int(command["wallet"]), REPORT, CancelReason.MASS_CANCEL)
    frame = state.frames[index]
    frame["contract"] = command["contract"]
    frame["loss_id"] = command["contract"]
    frame["lots"] = command["side"]
    frame["low"] = command["price_ticks"]
    frame["high"] = command["lots"]


@kernel
def kill_refusal(state, command, first_wallet):
    """Return the first Reject of a KILL_SWITCH row, or NONE (MAT-071). O(1)."""
    scope = command["target"]
    if not KillScope.WALLET <= scope <= KillScope.VENUE or not 0 <= command["side"] <= 1:
        return Reject.SCOPE_INVALID
    if scope >= KillScope.CONTRACT and command["side"] == 0:
        return Reject.SCOPE_INVALID
    if scope <= KillScope.OWNER and not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if scope == KillScope.CONTRACT and not 0 <= command["contract"] < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    return Reject.NONE


@kernel
def kill(state, command, first_wallet):
    """Do an accepted KILL_SWITCH row; the cancelling follows. One event, O(wallets of a group)."""
    scope = command["target"]
    wallet = int(command["wallet"])
    is_wallet = scope <= KillScope.OWNER
    event = state.events[new_event(state, Event.KILL_SWITCH, wallet if is_wallet else 0)]
    event["code"] = scope
    event["flags"] = command["side"]
    event["contract"] = command["contract"] if scope == KillScope.CONTRACT else 0
    if scope == KillScope.WALLET:
        state.owners[wallet]["is_killed"] = command["side"]
    elif scope == KillScope.OWNER:
        for each in range(first_wallet, state.owners.size):
            if state.owners[each]["owner"] == state.owners[wallet]["owner"]:
                state.owners[each]["is_killed"] = command["side"]
    if command["side"] == 0:
        return
    index = cancel_all(state, wallet, REPORT, CancelReason.KILL_SWITCH)
    frame = state.frames[index]
    if scope == KillScope.WALLET:
        return
    frame["wallet"] = first_wallet
    frame["total"] = first_wallet
    frame["stage"] = state.owners.size - 1
    if scope == KillScope.OWNER:
        frame["mask"] |= BY_OWNER
        frame["cursor"] = state.owners[wallet]["owner"]
        return
    frame["mask"] |= HALT
    is_one = scope == KillScope.CONTRACT
    frame["contract"] = command["contract"] if is_one else 0
    frame["loss_id"] = command["contract"] if is_one else state.books.size - 1
