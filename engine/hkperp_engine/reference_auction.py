"""Call auctions and the states of a contract: MAT-061 to MAT-064."""

from collections.abc import Iterator

from hkperp_engine.codes import CancelReason, ContractState, Event, EventFlag, Side, TriggerSource
from hkperp_engine.reference_rows import Order
from hkperp_engine.reference_state import BookState, Contract, Timer
from hkperp_engine.reference_trade import prevent_self_trade, trade
from hkperp_engine.reference_triggers import observe, observe_known

__all__ = ["auction_price", "change_state", "end_pause", "pause"]


def _candidates(contract: Contract, reference_ticks: int) -> Iterator[int]:
    """Yield the price nearest to the reference of each stretch in which lots do not change.

    What is wanted changes above a bid, what is offered at an ask; between the best ask and the
    best bid each such price begins a stretch.
    """
    bids, asks = contract.sides[Side.BUY].values(), contract.sides[Side.SELL].values()
    lowest, highest = asks[0].price_ticks, bids[0].price_ticks
    changes = {ask.price_ticks for ask in asks} | {bid.price_ticks + 1 for bid in bids}
    starts = sorted(price for price in changes if lowest <= price <= highest)
    for start, after in zip(starts, [*starts[1:], highest + 1]):
        yield min(max(reference_ticks, start), after - 1)


def auction_price(contract: Contract) -> tuple[int, int, int]:
    """MAT-062: return (price in ticks, lots that trade, lots wanted - lots offered).

    Most lots; then the smallest difference; then the nearest to the last trade (none: 1); then
    the lower price. All open lots count. The book is crossed.

    Bids 5 @103, 3 @101; asks 4 @100, 4 @102: 5 lots are wanted at 102 and 8 offered, at 101 8 and
    4. At 102 and 103 5 trade, and 102 is nearer to 1.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> book = ReferenceBook(price_ticks_max=1_000, lots_max=99, wallets=2)
    >>> _ = book.apply(CommandRow(kind=25, side=ContractState.AUCTION))
    >>> orders = (1, 0, 103, 5), (2, 0, 101, 3), (3, 1, 100, 4), (4, 1, 102, 4)
    >>> for order_id, side, price_ticks, lots in orders:
    ...     _ = book.apply(CommandRow(kind=1, wallet=side, side=side, order_id=order_id,
    ...                               price_ticks=price_ticks, lots=lots))
    >>> [uncross, *trades] = book.apply(CommandRow(kind=25, side=ContractState.OPEN))[1:]
    >>> uncross.price_ticks, uncross.amount, uncross.counter_order_id
    (102, 5, -3)
    >>> print(event_lines(trades))
    TRADE 1 x4 @102
    TRADE 1 x1 @102
    """
    bids, asks = contract.sides[Side.BUY].values(), contract.sides[Side.SELL].values()
    reference_ticks = contract.last_ticks or 1
    found = []
    for price_ticks in _candidates(contract, reference_ticks):
        wanted = sum(bid.lots_left for bid in bids if bid.price_ticks >= price_ticks)
        offered = sum(ask.lots_left for ask in asks if ask.price_ticks <= price_ticks)
        volume, surplus = min(wanted, offered), wanted - offered
        distance = abs(price_ticks - reference_ticks)
        found.append((-volume, abs(surplus), distance, price_ticks, surplus))
    best = min(found)
    return best[3], -best[0], best[4]


def _first_pair(contract: Contract, price_ticks: int) -> tuple[Order, Order] | None:
    """MAT-063: the first bid and ask if both are at the price or better, as (maker, taker)."""
    bid, ask = contract.best(Side.BUY), contract.best(Side.SELL)
    if bid is None or ask is None:
        return None
    if not bid.price_ticks >= price_ticks >= ask.price_ticks:
        return None
    return (bid, ask) if bid.arrival < ask.arrival else (ask, bid)


def _uncross_at(book: BookState, contract: Contract, price_ticks: int) -> bool:
    """MAT-063: trade at the auction price while both sides allow; tell whether anything did."""
    has_traded = False
    while pair := _first_pair(contract, price_ticks):
        maker, taker = pair
        if maker.owner == taker.owner:
            prevent_self_trade(book, maker, taker)
        else:
            lots = min(maker.front_lots(), taker.front_lots())
            trade(book, maker, taker, price_ticks, lots, EventFlag.AUCTION)
            has_traded = True
        book.carry_out_sentences()
    return has_traded


def _uncross(book: BookState, contract: Contract) -> None:
    """MAT-063: uncross until the book is not crossed, then observe first and last price."""
    traded: list[int] = []
    while contract.is_crossed():
        price_ticks, volume, surplus = auction_price(contract)
        book.announce(
            Event.UNCROSS,
            contract=contract.number,
            counter_order_id=surplus,
            price_ticks=price_ticks,
            amount=volume,
        )
        if _uncross_at(book, contract, price_ticks):
            traded.append(price_ticks)
    for price_ticks in dict.fromkeys(traded[:1] + traded[-1:]):
        observe(book, contract, TriggerSource.LAST, price_ticks)


def change_state(book: BookState, contract: Contract, state: ContractState) -> None:
    """MAT-061: a new state, and the uncross, the prices or the cancellations that follow."""
    _drop_pause(book, contract)
    contract.state = state
    book.announce(Event.CONTRACT_STATE, code=state, contract=contract.number)
    if state == ContractState.SETTLED:
        count = cancel_contract(book, contract, CancelReason.SETTLED)
        code = CancelReason.SETTLED
        book.announce(Event.MASS_CANCELLED, code=code, contract=contract.number, amount=count)
    if contract.is_trading():
        _uncross(book, contract)
        observe_known(book, contract)


def cancel_contract(book: BookState, contract: Contract, reason: CancelReason) -> int:
    """Cancel all orders of a contract, wallets ascending, newest first; return how many."""
    return sum(
        book.cancel_orders(book.newest_first(wallet.number, contract.number), reason)
        for wallet in book.wallets
    )


def pause(book: BookState, contract: Contract, reference_ticks: int) -> None:
    """MAT-064: a volatility auction begins, and with it a new history.

    TV-14: 5 % around 4865 is 4622 .. 5108; a buy does not reach the ask at 5109.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> from hkperp_engine.reference_rows import CommandRow, event_lines
    >>> from hkperp_engine.rules import ContractRules
    >>> rules = ContractRules(volatility_ppb=50_000_000, pause_ns=300)
    >>> book = ReferenceBook(price_ticks_max=9_000, lots_max=9, wallets=2, contract_rules=rules)
    >>> sell = CommandRow(kind=1, side=Side.SELL, order_id=1, price_ticks=4_865, lots=1)
    >>> buy = CommandRow(kind=1, wallet=1, order_id=2, price_ticks=6_000, lots=1)
    >>> _ = book.apply(sell), book.apply(buy), book.apply(sell._replace(price_ticks=5_108))
    >>> _ = book.apply(sell._replace(order_id=3, price_ticks=5_109))
    >>> for event in book.apply(buy._replace(lots=2)):
    ...     print(event.kind.name, event.price_ticks, event.lots, event.amount)
    ORDER_ACCEPTED 6000 2 0
    TRADE 5108 1 0
    CONTRACT_STATE 4865 0 300
    >>> print(event_lines(book.apply(CommandRow(kind=30, time_ns=300))))
    CONTRACT_STATE
    UNCROSS @5109
    TRADE 3 x1 @5109
    """
    contract.state_before, contract.state = contract.state, ContractState.VOLATILITY_AUCTION
    contract.history.clear()
    contract.pause_end_ns = book.now_ns + contract.rules.pause_ns
    book.timers[contract.pause_end_ns, Timer.PAUSE_END, contract.number] = contract
    book.announce(
        Event.CONTRACT_STATE,
        code=contract.state,
        contract=contract.number,
        price_ticks=reference_ticks,
        amount=contract.pause_end_ns,
    )


def end_pause(book: BookState, contract: Contract) -> None:
    """MAT-064: the auction is over; the state becomes what it was before."""
    change_state(book, contract, contract.state_before)


def _drop_pause(book: BookState, contract: Contract) -> None:
    """MAT-061: take a pause timer back; nothing to take back if it is this timer that runs."""
    if contract.pause_end_ns:
        key = contract.pause_end_ns, Timer.PAUSE_END, contract.number
        book.timers.pop(key, None)
        contract.pause_end_ns = 0
