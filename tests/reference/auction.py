"""The auction price, the uncross, and entering a state (docs/book.md section 11)."""

from hkperp_engine.codes import CancelReason, ContractState, Reject, Side
from hkperp_engine.codes import Event as EventKind
from reference.book import Book
from reference.lifecycle import cancel_contract, tell_mass_cancel
from reference.requests import contract_of, require
from reference.rows import Command
from reference.state import TRADING, Contract
from reference.states import set_state
from reference.trading import fill, meet_own
from reference.waiting import observe_all, observe_last


def wanted_offered(book: Book, price: int) -> tuple[int, int]:
    """Lots wanted and lots offered at a price, hidden ones too."""
    wanted = sum(order.lots for order in book.sides[Side.BUY] if order.price >= price)
    offered = sum(order.lots for order in book.sides[Side.SELL] if order.price <= price)
    return wanted, offered


def auction_price(book: Book, reference: int) -> int:
    """MAT-062 of a crossed book, ticks.

    Between two neighbouring limits nothing changes, so it is enough to look at every limit, at the
    ticks beside it, and at the reference.
    """
    low, high = book.best(Side.SELL), book.best(Side.BUY)
    prices = {reference}
    for side in book.sides.values():
        for order in side:
            prices |= {order.price - 1, order.price, order.price + 1}

    def rank(price: int) -> tuple[int, int, int, int]:
        wanted, offered = wanted_offered(book, price)
        return -min(wanted, offered), abs(wanted - offered), abs(price - reference), price

    return min((price for price in prices if low <= price <= high), key=rank)


def uncross(house, contract: Contract) -> None:
    """MAT-063: trade at auction prices until the book is not crossed."""
    book, prices = contract.book, []
    while book.is_crossed:
        price = auction_price(book, contract.mark or 1)
        wanted, offered = wanted_offered(book, price)
        house.emit(
            EventKind.UNCROSS,
            contract=contract.number,
            counter_order_id=wanted - offered,
            price_ticks=price,
            amount=min(wanted, offered),
        )
        while book.best(Side.BUY) >= price >= book.best(Side.SELL) > 0:
            bid, ask = book.sides[Side.BUY][0], book.sides[Side.SELL][0]
            maker, taker = (bid, ask) if bid.arrival < ask.arrival else (ask, bid)
            if maker.owner == taker.owner:
                meet_own(house, maker, taker)
            else:
                prices.append(price)
                fill(house, maker, taker, price, is_auction=True)
    observe_last(house, contract, prices)


def enter_state(house, contract: Contract, state: int) -> None:
    """Give a contract a state, with everything that follows from it (MAT-061)."""
    set_state(house, contract, state)
    if state == ContractState.SETTLED:
        reason = CancelReason.SETTLED
        count = cancel_contract(house, contract, reason)
        tell_mass_cancel(house, count, reason, contract=contract.number)
    if state in TRADING:
        uncross(house, contract)
        observe_all(house, contract)


def contract_state(house, command: Command) -> None:
    contract, state = contract_of(house, command), command.side
    is_state = 0 <= state <= ContractState.SETTLED and state != ContractState.VOLATILITY_AUCTION
    is_change = contract.state != ContractState.SETTLED and (
        contract.state != ContractState.CLOSED or state == ContractState.SETTLED
    )
    require(is_state and is_change, Reject.STATE_INVALID)
    enter_state(house, contract, state)
