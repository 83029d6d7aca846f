"""The invariants of the house, asserted from scratch after any command."""

from itertools import pairwise

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, Side
from reference import margin
from reference.book import order_parts
from reference.state import Position

OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION)


def check(house) -> None:
    """Money, positions, sums over orders, and the book."""
    check_money(house)
    check_positions(house)
    check_orders(house)
    check_events(house)


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
        bid, ask = contract.book.best(Side.BUY), contract.book.best(Side.SELL)
        assert not bid or not ask or bid < ask, (number, bid, ask)


def check_orders(house) -> None:
    """Sums over the orders are the wallets' and the contracts' sums; reduce-only reduces."""
    sums = {number: [Position() for _ in house.contracts] for number in house.wallets}
    seen: dict[int, int] = {}
    for contract in house.contracts:
        totals = {Side.BUY: 0, Side.SELL: 0}
        for side, resting in contract.book.sides.items():
            assert all(a.rank < b.rank for a, b in pairwise(resting))
            for order in resting:
                assert order.lots > 0
                assert house.wallets[order.wallet].orders[order.order_id] is order
                seen[order.order_id] = order.wallet
                if order.is_reduce_only:
                    lots = house.wallets[order.wallet].positions[contract.number].lots
                    held = lots if side == Side.SELL else -lots
                    assert order.lots <= held, (order.order_id, order.lots, held)
                    continue
                totals[side] += order.lots
                add_parts(sums[order.wallet][contract.number], order, contract)
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
