"""What is said of a wallet's margin: state, notice, explain block (docs/machine.md 6 and 9)."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import Explain, MarginState
from reference import margin
from reference.state import Wallet

#: Use of equity in per cent from which on each notice is given (DFT-001).
NOTICES = (80, 90, 95)


def give_notice(house, wallet: Wallet) -> None:
    """DFT-001: a level above the last one is told; one below is just remembered."""
    e, mm = margin.equity(house, wallet), margin.maintenance(house, wallet)
    level = 0
    if wallet.has_lots and e > 0:
        level = sum(mm * 100 >= percent * e for percent in NOTICES)
    if level > wallet.notice_level:
        house.emit(EventKind.MARGIN_NOTICE, wallet=wallet.number, code=level, amount=e)
    wallet.notice_level = level


def write_state(house, wallet: Wallet, state: MarginState, is_always: bool = False) -> None:
    """Set the margin state; say so when it changes, or always before a liquidation."""
    if wallet.state != state or is_always:
        wallet.state = state
        amount = margin.equity(house, wallet)
        house.emit(EventKind.MARGIN_STATE, wallet=wallet.number, code=state, amount=amount)


def explain(house, wallet: Wallet) -> None:
    """Section 9: every input of a decision."""
    e, mm = margin.equity(house, wallet), margin.maintenance(house, wallet)
    amounts = (
        (Explain.CASH, wallet.cash),
        (Explain.COLLATERAL, margin.collateral(house, wallet)),
        (Explain.VARIATION, margin.variation(house, wallet)),
        (Explain.EQUITY, e),
        (Explain.INITIAL_MARGIN, margin.initial(house, wallet)),
        (Explain.MAINTENANCE_MARGIN, mm),
        (Explain.CLOSE_OUT_MARGIN, margin.close_out(house, mm)),
        (Explain.MISSING_MARGIN, mm - e),
    )
    for code, amount in amounts:
        house.emit(EventKind.EXPLAIN, code=code, wallet=wallet.number, amount=amount)
    for contract, position in margin.legs(house, wallet):
        known = contract.rates
        row = {"contract": contract.number, "wallet": wallet.number}
        house.emit(
            EventKind.EXPLAIN,
            code=Explain.MARK,
            counter_order_id=contract.terms_hash,
            price_ticks=known.mark,
            amount=known.mark_ns,
            **row,
        )
        house.emit(
            EventKind.EXPLAIN,
            code=Explain.INDEX,
            price_ticks=known.index,
            amount=known.good_ns,
            **row,
        )
        house.emit(
            EventKind.EXPLAIN,
            code=Explain.LEG,
            lots=position.lots,
            price_ticks=margin.bankruptcy_price(house, wallet, contract),
            amount=position.entry_cost,
            order_id=position.cost,
            **row,
        )
