"""Wind-down: the last layer closes the venue (LOSS-02, docs/default.md DFT-033).

The cycle puts this frame on the list when even torn-up gains do not cover a loss. Afterwards every
contract is SETTLED and DELISTED, no order is left and no wallet has lots; the cycle then shares
what is left of the loss, and pays.
"""

from hkperp.loop.final_settlement import close_final
from hkperp_clearing.worklist import pop_frame
from hkperp_engine.codes import ContractState, Event, HouseWallet, ProductState
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.scopes import cancel_market
from hkperp_engine.sweeps import enter_state
from hkperp_engine.units import NONE

__all__ = ["step_winding"]

#: Stages of a wind-down: contract by contract no more orders, then all positions.
ENDING, CLOSING = range(2)


@kernel
def _end_contract(state, contract):
    """Do the next thing that ends a contract; return whether it was the last. One event.

    It is settled and its orders go (MAT-061); then, called again, it is delisted.
    """
    if state.markets[contract]["state"] != ContractState.SETTLED:
        enter_state(state, contract, ContractState.SETTLED, 0, 0)
        cancel_market(state, contract, HouseWallet.CLIENTS)
        return False
    spec = state.contracts[contract]
    if spec["product"] != ProductState.DELISTED:
        spec["product"] = ProductState.DELISTED
        event = state.events[new_event(state, Event.PRODUCT_STATE, 0)]
        event["contract"] = contract
        event["code"] = ProductState.DELISTED
    return True


@kernel
def step_winding(state, frame):
    """Do one step of a wind-down: end the next contract, or close positions as events fit.

    `frame`: `contract` and `cursor` the contract and the wallet that are next. Closed is at the
    mark, so VM of nobody changes. O(wallets passed).
    """
    contracts = state.contracts.size
    contract = frame["contract"]
    if frame["stage"] == ENDING:
        if contract == contracts:
            frame["stage"] = CLOSING
            frame["contract"] = 0
        elif _end_contract(state, contract):
            frame["contract"] = contract + 1
        return
    engine = state.engine[0]
    while contract < contracts:
        if engine["events_used"] == state.events.size:
            return
        frame["cursor"] = close_final(state, contract, frame["cursor"])
        if frame["cursor"] == NONE:
            contract += 1
            frame["contract"] = contract
            frame["cursor"] = 0
    pop_frame(state)
