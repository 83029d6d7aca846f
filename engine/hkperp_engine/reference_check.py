"""Invariants of the slow book: what must hold between any two commands."""

from hkperp_engine.codes import OrderFlag, OrderType, Side
from hkperp_engine.reference_malformed import RESTING_TIFS
from hkperp_engine.reference_match import band_of
from hkperp_engine.reference_quotes import PROTECTIONS_MAX
from hkperp_engine.reference_rows import ORDER_ID_MAX, Order, Status
from hkperp_engine.reference_state import BookState, Contract, Timer
from hkperp_engine.reference_triggers import is_met

__all__ = ["check_book"]


def check_book(book: BookState) -> None:
    """Raise AssertionError at the first invariant that is broken; the message holds the order."""
    found: dict[int, Order] = {}
    for contract in book.contracts:
        orders = [*_check_resting(contract), *_check_waiting(book, contract)]
        found.update((order.order_id, order) for order in orders)
        for order in orders:
            assert order.contract == contract.number, order
        _check_contract(book, contract)
    # An id is live exactly while its order stands somewhere, and its wallet has it.
    assert found == book.live, found.keys() ^ book.live.keys()
    # Nobody waits to be cancelled after a command.
    assert not book.sentences, book.sentences
    for order in found.values():
        _check_order(book, order)
    _check_wallets(book)
    _check_timers(book)
    assert len(book.protections) <= PROTECTIONS_MAX


def _check_resting(contract: Contract) -> list[Order]:
    """Each queue stands in order of price, class, time, and holds resting orders only."""
    for side in Side:
        sign = 1 if side == Side.SELL else -1
        for key, order in contract.sides[side].items():
            place = sign * order.price_ticks, order.priority_class, order.arrival
            assert key == place, (key, order)
            assert (order.side, order.status) == (side, Status.RESTING), order
            assert order.order_type == OrderType.LIMIT and order.tif in RESTING_TIFS, order
            assert len(order.places) == 1, order
    return [order for queue in contract.sides for order in queue.values()]


def _check_waiting(book: BookState, contract: Contract) -> list[Order]:
    """Waiting orders stand in one queue of their source, active trailing ones in another too."""
    waiting: list[Order] = []
    for queues in contract.rising, contract.falling:
        for source, queue in enumerate(queues):
            for order in queue.values():
                assert (order.source, order.status) == (source, Status.WAITING), order
                is_active = order.activated_at > 0
                followed = contract.trailing[source][order.side].values()
                assert len(order.places) == 1 + is_active, order
                assert is_active == (order in followed), order
                # While prices are observed nothing waits for one that has come. (A trailing
                # trigger that would be out of range stands at its end, which may be the price.)
                is_at_end = is_active and order.trigger_ticks in (1, book.price_ticks_max)
                if contract.is_trading() and not is_at_end:
                    assert not is_met(book, order, contract.known[source]), order
                waiting.append(order)
    for fired_at, order in contract.fired.items():
        assert (order.fired_at, order.status) == (fired_at, Status.FIRED), order
        waiting.append(order)
    active = sum(len(queue) for queues in contract.trailing for queue in queues)
    assert active == sum(o.status == Status.WAITING and o.activated_at > 0 for o in waiting)
    return waiting


def _check_contract(book: BookState, contract: Contract) -> None:
    """A trading book is never crossed; a pause and its timer go together."""
    if contract.is_trading():
        assert not contract.is_crossed(), contract.number
    key = contract.pause_end_ns, Timer.PAUSE_END, contract.number
    assert (contract.pause_end_ns > 0) == (key in book.timers), key
    band = band_of(book, contract)
    assert band is None or 0 <= band[0] <= band[2] <= band[1], band
    assert all(0 <= ticks <= book.price_ticks_max for ticks in contract.known), contract.known


def _check_order(book: BookState, order: Order) -> None:
    """Nothing is live that a command could not have brought, and nothing empty."""
    assert 1 <= order.order_id <= ORDER_ID_MAX, order
    is_priced = not (order.is_waiting() and order.is_trailing())
    assert is_priced <= order.price_ticks <= book.price_ticks_max, order
    assert 1 <= order.lots_left <= book.lots_max, order
    wallet = book.wallets[order.wallet]
    assert (order.owner, order.priority_class) == (wallet.owner, wallet.priority_class), order
    # An iceberg shows something, never more than its slice; a hidden order is no iceberg.
    if order.status == Status.RESTING and order.display_lots:
        assert 1 <= order.slice_lots <= min(order.display_lots, order.lots_left), order
        assert not order.flags & OrderFlag.HIDDEN, order
    # Partners are each other's, of one wallet, contract and side.
    partner = order.partner
    if partner is not None:
        assert partner.partner is order and book.live[partner.order_id] is partner, order
        mine = order.wallet, order.contract, order.side
        assert mine == (partner.wallet, partner.contract, partner.side), order


def _check_wallets(book: BookState) -> None:
    """Each live order is in its wallet's list, in the order of acceptance."""
    for wallet in book.wallets:
        acceptances = [order.acceptance for order in wallet.orders.values()]
        assert acceptances == sorted(set(acceptances)), wallet.number
        assert all(order.wallet == wallet.number for order in wallet.orders.values())
    listed = sum(len(wallet.orders) for wallet in book.wallets)
    assert listed == len(book.live), (listed, len(book.live))


def _check_timers(book: BookState) -> None:
    """Timers are those of live orders that expire, countdowns and pauses; none is overdue."""
    expected = {
        (order.expiry_ns, Timer.EXPIRY, order.acceptance)
        for order in book.live.values()
        if order.expiry_ns
    }
    expected |= {
        (wallet.countdown_ns, Timer.COUNTDOWN, wallet.number)
        for wallet in book.wallets
        if wallet.countdown_ns
    }
    expected |= {
        (contract.pause_end_ns, Timer.PAUSE_END, contract.number)
        for contract in book.contracts
        if contract.pause_end_ns
    }
    assert expected == set(book.timers), expected ^ set(book.timers)
    assert all(time_ns > book.now_ns for time_ns, _, _ in book.timers), book.now_ns
