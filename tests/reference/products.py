"""Approval of contracts, their last price, their margin rates: docs/gate.md sections 3 and 5."""

from hkperp_engine.codes import (
    ContractState,
    CycleCause,
    ProductState,
    ReferenceStatus,
    Reject,
)
from hkperp_engine.codes import Event as EventKind
from reference.auction import enter_state
from reference.cycle import run_cycle
from reference.requests import contract_of, require
from reference.rows import Command
from reference.state import Contract
from reference.steps import margin_test
from reference.waterfall import settle_positions
from reference.whole import PPB

DRAFT, SUBMITTED, APPROVED, LIVE, REDUCE_ONLY, DELISTED = ProductState
STEPS = {
    (DRAFT, SUBMITTED),
    (SUBMITTED, DRAFT),
    (SUBMITTED, APPROVED),
    (APPROVED, LIVE),
    (LIVE, REDUCE_ONLY),
    (REDUCE_ONLY, LIVE),
    (REDUCE_ONLY, DELISTED),
}
LACKS = {
    ReferenceStatus.NOT_RETAIL: Reject.REF_NOT_RETAIL_ELIGIBLE,
    ReferenceStatus.INDEX_NOT_IOSCO: Reject.REF_INDEX_NOT_IOSCO,
}
FINALS_MIN = 12


def reference_status(house, command: Command) -> None:
    """GAT-020: what the reference of a contract lacks; nothing follows by itself."""
    contract, status = contract_of(house, command), command.side
    require(status in list(ReferenceStatus), Reject.STATE_INVALID)
    contract.reference = status
    house.emit(EventKind.REFERENCE_STATUS, contract=contract.number, code=status)


def product_state(house, command: Command) -> None:
    """GAT-020: one step of the approval."""
    contract, state = contract_of(house, command), command.side
    is_step = (contract.product, state) in STEPS and (state != DELISTED or contract.mark > 0)
    require(is_step, Reject.STATE_INVALID)
    if state == LIVE:
        reject = LACKS.get(contract.reference, Reject.NONE)
        require(reject == Reject.NONE, reject)
        contract.finals = []
    contract.product = state
    house.emit(EventKind.PRODUCT_STATE, contract=contract.number, code=state)
    if state == DELISTED:
        delist(house, contract)


def delist(house, contract: Contract) -> None:
    """GAT-021: the last price, the last test, and all positions closed at that price."""
    if contract.state != ContractState.SETTLED:
        enter_state(house, contract, ContractState.SETTLED)
    house.begin_step()
    fix_final_price(house, contract)
    margin_test(house)
    settle_positions(house, contract)
    run_cycle(house, CycleCause.FINAL, 0)


def fix_final_price(house, contract: Contract) -> None:
    """The mean of the kept indices, down; of too few: the last good mark."""
    known, samples = contract.rates, contract.finals
    is_enough = len(samples) >= FINALS_MIN
    if is_enough:
        known.mark = sum(samples) // len(samples)
    known.mark_ns, known.is_stale = house.now_ns, False
    house.emit(
        EventKind.FINAL_PRICE,
        contract=contract.number,
        price_ticks=known.mark,
        lots=len(samples) if is_enough else 0,
    )


def margin_addon(house, command: Command) -> None:
    """GAT-052: what the rates of all tiers get on top."""
    contract, im_ppb, mm_ppb = contract_of(house, command), command.amount, command.price_ticks
    highest = contract.terms.tiers[-1].im_ppb + im_ppb
    require(0 <= mm_ppb <= im_ppb and highest <= PPB, Reject.AMOUNT_INVALID)
    contract.im_addon_ppb, contract.mm_addon_ppb = im_ppb, mm_ppb
    house.emit(EventKind.MARGIN_ADDON, contract=contract.number, price_ticks=mm_ppb, amount=im_ppb)
