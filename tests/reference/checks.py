"""The invariants of the house, asserted from scratch after any command."""

from itertools import pairwise

from hkperp_engine.codes import ContractState, HouseWallet, Side
from hkperp_engine.codes import Event as EventKind
from reference import margin
from reference.book import order_parts
from reference.checks_default import check_default
from reference.checks_gate import check_gate
from reference.protection import reached
from reference.state import Position
from reference.waiting import is_met, known_price

OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION)


def check(house) -> None:
    """Money, positions, sums over orders, and the book."""
    check_money(house)
    check_positions(house)
    check_orders(house)
    check_waiting(house)
    check_links(house)
    check_timers(house)
    check_switches(house)
    check_events(house)
    check_gate(house)
    check_default(house)


def check_money(house) -> None:
    """Every asset sums to 0 (INV-02), nobody but the outside is below 0 (INV-04)."""
    wallets = house.wallets.values()
    assert sum(wallet.cash for wallet in wallets) == 0, "cash"
    for asset in range(1, len(house.assets)):
        assert sum(wallet.holdings[asset] for wallet in wallets) == 0, f"asset {asset}"
    for wallet in wallets:
        if wallet.number not in OUTSIDE:
            assert wallet.cash >= 0, (wallet.number, wallet.cash)
            assert min(wallet.holdings.values(), default=0) >= 0, wallet.number
    assert house.wallets[HouseWallet.SETTLEMENT].cash == 0
    assert sum(margin.variation(house, wallet) for wallet in wallets) == 0, "VM"
    assert all(claim.open_quote > 0 for claim in house.claims), "claims"
    losses = [claim.loss_id for claim in house.claims]
    assert losses == sorted(losses), "claims in order"
    assert house.deficit == 0


def check_positions(house) -> None:
    """Positions sum to 0 (INV-01), open interest is the sum of the longs, caps hold."""
    for contract in house.contracts:
        number, terms = contract.number, contract.terms
        lots = {w.number: w.positions[number].lots for w in house.wallets.values()}
        assert sum(lots.values()) == 0, number
        longs = sum(each for each in lots.values() if each > 0)
        assert contract.open_interest == longs <= terms.oi_cap_lots, number
        assert longs + contract.buy_lots <= terms.oi_cap_lots
        assert longs + contract.sell_lots <= terms.oi_cap_lots
        for wallet, each in lots.items():
            if wallet != HouseWallet.PLATFORM:
                assert abs(each) <= terms.lots_max, (number, wallet, each)
        assert contract.mark <= terms.price_ticks_max
        assert not (contract.is_trading and contract.book.is_crossed), ("crossed", number)


def check_orders(house) -> None:
    """Sums over resting orders are the wallets' and the contracts'; reduce-only reduces.

    What waits is in none of the sums.
    """
    sums = {number: [Position() for _ in house.contracts] for number in house.wallets}
    seen: dict[int, int] = {}
    for contract in house.contracts:
        totals = {Side.BUY: 0, Side.SELL: 0}
        for side, resting in contract.book.sides.items():
            assert all(a.rank < b.rank for a, b in pairwise(resting))
            for order in resting:
                assert order.lots > 0
                assert order.wait is None
                assert 1 <= order.slice <= order.lots
                assert order.display >= order.shown
                assert house.wallets[order.wallet].orders[order.order_id] is order
                seen[order.order_id] = order.wallet
                if order.is_reduce_only:
                    lots = house.wallets[order.wallet].positions[contract.number].lots
                    held = lots if side == Side.SELL else -lots
                    assert order.lots <= held, (order.order_id, order.lots, held)
                    continue
                totals[side] += order.lots
                add_parts(sums[order.wallet][contract.number], order, contract)
        for order in contract.waiting:
            assert house.wallets[order.wallet].orders[order.order_id] is order
            seen[order.order_id] = order.wallet
        assert totals == {Side.BUY: contract.buy_lots, Side.SELL: contract.sell_lots}
    assert seen == house.orders
    assert sum(len(wallet.orders) for wallet in house.wallets.values()) == len(seen)
    names = "buy_lots buy_value sell_lots sell_value order_loss order_fee".split()
    for wallet in house.wallets.values():
        for found, expected in zip(wallet.positions, sums[wallet.number], strict=True):
            for name in names:
                assert getattr(found, name) == getattr(expected, name), (wallet.number, name)
            assert (found.lots == 0) <= (found.cost == 0 == found.entry_cost)
            assert (found.lots > 0) == (found.entry_cost > 0), wallet.number


def check_waiting(house) -> None:
    """No order waits for a price that has come; fired ones wait for their turn."""
    fired = [order for order in house.fired if order.wait and order.wait.is_fired]
    assert fired == house.fired, "fired"
    for contract in house.contracts:
        for order in contract.waiting:
            wait = order.wait
            assert wait is not None and order.contract == contract.number
            assert wait.is_fired == (order in house.fired), order.order_id
            assert not wait.is_trailing or bool(wait.activated) == bool(wait.extreme)
            price = known_price(contract, wait.source)
            is_bound = wait.trigger in (1, contract.terms.price_ticks_max)
            if contract.is_trading and not wait.is_fired and not is_bound:
                assert not is_met(order, contract, price), (order.order_id, "met", price)
        assert contract.state != ContractState.SETTLED or not contract.waiting
    assert not house.condemned and house.in_hand is None


def check_links(house) -> None:
    """Linked orders are linked with each other, and alike."""
    for wallet in house.wallets.values():
        for order in wallet.orders.values():
            if order.partner:
                other = wallet.orders[order.partner]
                assert other.partner == order.order_id, ("partner", order.order_id)
                assert (other.contract, other.side) == (order.contract, order.side)
                assert other is not order


def check_timers(house) -> None:
    """Nothing that should have ended is there."""
    now = house.now_ns
    for wallet in house.wallets.values():
        assert wallet.countdown_ns == 0 or wallet.countdown_ns > now, "countdown"
        for order in wallet.orders.values():
            assert order.expiry_ns == 0 or order.expiry_ns > now, ("expired", order.order_id)
    for contract in house.contracts:
        is_paused = contract.state == ContractState.VOLATILITY_AUCTION
        assert is_paused == (contract.pause_ns > now) == (contract.pause_ns != 0), "pause"


def check_switches(house) -> None:
    """Who may not take on risk has no order that would; limits on open orders hold."""
    highest = house.book_rules.open_orders_max
    for wallet in house.clients():
        is_stopped = wallet.is_killed or (house.is_suspended and house.is_affiliate(wallet))
        if is_stopped:
            assert all(order.is_reduce_only for order in wallet.orders.values()), wallet.number
        assert not highest or len(wallet.orders) <= highest, wallet.number
    for protection in house.protections.values():
        assert protection.is_frozen or reached(protection) is None


def add_parts(position: Position, order, contract) -> None:
    value, loss, fee = order_parts(order, order.lots, contract.terms)
    if order.side == Side.BUY:
        position.buy_lots += order.lots
        position.buy_value += value
    else:
        position.sell_lots += order.lots
        position.sell_value += value
    position.order_loss += loss
    position.order_fee += fee


def check_events(house) -> None:
    """Sequence without gaps, time never back; a cycle leaves every VM at 0."""
    events = house.events
    first = house.sequence - len(events) + 1
    assert [event.sequence for event in events] == list(range(first, house.sequence + 1))
    assert all(a.time_ns <= b.time_ns for a, b in pairwise(events))
    if events and events[-1].kind == EventKind.CYCLE_DONE:
        for wallet in house.wallets.values():
            assert margin.variation(house, wallet) == 0, wallet.number
