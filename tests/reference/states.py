"""A contract's state without its consequences: the event, and the volatility pause (MAT-064)."""

from hkperp_engine.codes import ContractState
from hkperp_engine.codes import Event as EventKind
from reference.state import Contract


def set_state(house, contract: Contract, state: int, **fields: int) -> None:
    """Give a contract a state and say so; a pause that was running is taken back."""
    contract.state = ContractState(state)
    contract.pause_ns = 0
    house.emit(EventKind.CONTRACT_STATE, contract=contract.number, code=state, **fields)


def pause(house, contract: Contract) -> None:
    """Call an auction because a trade would have been outside the band."""
    reference = contract.history.reference(house.now_ns)
    contract.before_pause = contract.state
    end_ns = house.now_ns + contract.rules.pause_ns
    state = ContractState.VOLATILITY_AUCTION
    set_state(house, contract, state, price_ticks=reference, amount=end_ns)
    contract.pause_ns = end_ns
    contract.history.clear()
