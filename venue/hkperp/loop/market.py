"""States of a contract, and the book's timers, in the machine (docs/book.md 10 and 11)."""

from hkperp.loop.fills import withdraw_order
from hkperp_engine.codes import CancelReason, ContractState, HouseWallet, Reject
from hkperp_engine.desk import state_refusal
from hkperp_engine.events import refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.scopes import REPORT, cancel_all, cancel_market
from hkperp_engine.sweeps import enter_state
from hkperp_engine.timers import COUNTDOWN, EXPIRY, drop_timer, first_timer
from hkperp_engine.uncross import reopen

__all__ = ["begin_book_timer", "set_contract_state"]


@kernel
def set_contract_state(state, command):
    """Do a CONTRACT_STATE row (MAT-061, HALT-01, HALT-04). One event; what follows is put off."""
    reject = state_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    contract = int(command["contract"])
    enter_state(state, contract, int(command["side"]), 0, 0)
    if command["side"] == ContractState.SETTLED:
        cancel_market(state, contract, HouseWallet.CLIENTS)
    elif command["side"] <= ContractState.REDUCE_ONLY:
        reopen(state, contract, state.rates[contract]["mark_good_ticks"])


@kernel
def begin_book_timer(state):
    """Run the first of the book's timers (MAT-050). One event; the rest is put off."""
    kind, target = first_timer(state)
    drop_timer(state, kind, target)
    if kind == EXPIRY:
        withdraw_order(state, target, CancelReason.EXPIRED)
    elif kind == COUNTDOWN:
        cancel_all(state, target, REPORT, CancelReason.COUNTDOWN)
    else:
        enter_state(state, target, state.markets[target]["paused_state"], 0, 0)
        if state.markets[target]["state"] <= ContractState.REDUCE_ONLY:
            reopen(state, target, state.rates[target]["mark_good_ticks"])
