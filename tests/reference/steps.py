"""Mark steps, samples and the margin test: docs/machine.md sections 5 and 6."""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    CycleCause,
    HouseWallet,
    IndexStatus,
    MarginState,
    ProductState,
    Reject,
    TriggerSource,
)
from hkperp_engine.codes import Event as EventKind
from reference import margin, rates
from reference.custody import watch_assets
from reference.cycle import run_cycle
from reference.explain import give_notice, write_state
from reference.liquidation import reduce_wallet, take_over
from reference.monitor import update_depth, update_threshold, watch_funding, watch_prices
from reference.state import Contract, Wallet
from reference.states import set_state
from reference.trading import drop_all, restrict_orders
from reference.waiting import observe

FINALS_KEPT = 60


def halt(house, contract: Contract) -> None:
    """Stop trading because there is no price to trade at."""
    set_state(house, contract, ContractState.HALTED)


def update_index(house, contract: Contract) -> None:
    """Events INDEX_SOURCE per source, INDEX."""
    verdicts = rates.update_index(contract.terms, contract.rates, house.now_ns)
    for source, (verdict, price, age_ns) in enumerate(verdicts):
        house.emit(
            EventKind.INDEX_SOURCE,
            contract=contract.number,
            code=verdict,
            order_id=source,
            price_ticks=price,
            amount=age_ns,
        )
    house.emit(
        EventKind.INDEX,
        contract=contract.number,
        code=contract.rates.status,
        price_ticks=contract.rates.index,
        lots=contract.rates.used_count,
    )


def update_mark(house, contract: Contract) -> None:
    """The mark of a contract that is not halted, event MARK."""
    known = contract.rates
    if known.status == IndexStatus.EXHAUSTED:
        known.is_stale = True
    else:
        mid = contract.book.mid() if contract.is_trading else 0
        mark, bits = rates.mark_of(contract.terms, known, mid, house.now_ns)
        is_good = known.status == IndexStatus.GOOD
        if is_good and mark > contract.terms.price_ticks_max:
            known.is_stale = True
            halt(house, contract)
            return
        known.bits, known.is_stale = bits, not is_good
        if is_good:
            known.mark, known.mark_ns = mark, house.now_ns
            update_depth(contract)
            update_threshold(contract)
    has_addon = contract.terms.concentration.addon_ppb > 0
    house.emit(
        EventKind.MARK,
        contract=contract.number,
        code=known.bits,
        flags=int(known.is_stale),
        counter_order_id=contract.threshold if has_addon else 0,
        price_ticks=known.mark,
        amount=known.index,
    )


def update_prices(house) -> None:
    """Section 5, point 1: index, mark, monitor, what conditional orders then see of them."""
    for contract in house.contracts:
        if contract.is_over:
            continue
        update_index(house, contract)
        if contract.rates.good_index:
            update_contract(house, contract)
        is_marked = bool(contract.rates.good_index) and not contract.is_halted
        watch_prices(house, contract)
        if is_marked:  # if the monitor has just halted it, they are known and nothing fires
            observe_prices(house, contract)


def update_contract(house, contract: Contract) -> None:
    """What follows from an index, once there was a good one."""
    known = contract.rates
    if known.status == IndexStatus.EXHAUSTED:
        known.is_stale = True
        if known.mark > 0 and contract.is_trading:
            halt(house, contract)
    if not contract.is_halted:
        update_mark(house, contract)


def observe_prices(house, contract: Contract) -> None:
    """MAT-032: conditional orders see the mark if it is not stale, and the index."""
    if not contract.rates.is_stale:
        observe(house, contract, TriggerSource.MARK, contract.mark)
    if contract.rates.status != IndexStatus.EXHAUSTED:
        contract.index_seen = contract.rates.index
        observe(house, contract, TriggerSource.INDEX, contract.rates.index)


def fund(house, contract: Contract) -> None:
    """Section 5, point 2: one contract's funding."""
    known, tick_value = contract.rates, contract.terms.tick_value
    count = rates.fix_rate(contract.terms, known)
    house.emit(
        EventKind.FUNDING_RATE,
        contract=contract.number,
        price_ticks=known.mark,
        lots=count,
        amount=known.rate_ppb,
    )
    total = 0
    for wallet in house.wallets.values():
        lots = wallet.positions[contract.number].lots
        if lots == 0:
            continue
        amount = rates.payment(lots, known.mark, tick_value, known.rate_ppb)
        wallet.pending += amount
        total += amount
        if amount:
            house.emit(
                EventKind.FUNDING,
                contract=contract.number,
                wallet=wallet.number,
                price_ticks=known.mark,
                lots=lots,
                amount=amount,
            )
    house.wallets[HouseWallet.ROUNDING].pending -= total
    interval = contract.terms.funding.interval_ns
    known.funded_ns = house.now_ns
    known.next_funding_ns = (house.now_ns // interval + 1) * interval


def mark_step(house, is_funding: bool = False, is_cycle: bool = False) -> None:
    """Section 5."""
    house.begin_step()
    watch_assets(house)
    update_prices(house)
    if is_funding:
        intervals = [contract.terms.funding.interval_ns for contract in house.contracts]
        house.funding_timer_ns = min((house.now_ns // each + 1) * each for each in intervals)
    is_funded = False
    for contract in house.contracts:
        is_listed = contract.product != ProductState.DELISTED
        is_due = is_listed and contract.rates.next_funding_ns <= house.now_ns
        if is_due and not contract.is_frozen and contract.mark > 0:
            fund(house, contract)
            is_funded = True
    watch_funding(house)
    margin_test(house)
    if is_funded or is_cycle:
        run_cycle(house, CycleCause.FUNDING if is_funded else CycleCause.TIMER, 0)


def margin_test(house) -> None:
    """Section 6: passes until nothing moved that a wallet already passed could have felt."""
    house.deficit = 0
    house.in_deficit.clear()
    is_again = False  # a deleveraging since the last pass without a liquidation's fill
    while True:
        fills = house.fill_count
        for wallet in house.clients():
            is_exposed = wallet.has_lots or wallet.orders or wallet.pending < 0
            if is_exposed or wallet.is_declared:
                is_again |= test_wallet(house, wallet)
        if house.fill_count > fills:
            continue
        if house.deficit > 0:
            run_cycle(house, CycleCause.EXTRAORDINARY, house.deficit)
            house.deficit = 0
            house.in_deficit.clear()
            is_again = True
        if not is_again:
            return
        is_again = False


def test_wallet(house, wallet: Wallet) -> bool:
    """One wallet of a pass; True if others were deleveraged."""
    is_restricted = margin.own_restriction(house, wallet) != Reject.NONE
    if is_restricted and any(order.is_counted for order in wallet.orders.values()):
        restrict_orders(house, wallet)
    e = margin.equity(house, wallet)
    legs = margin.legs(house, wallet)
    is_all_frozen = bool(legs) and all(contract.is_frozen for contract, _ in legs)
    if wallet.number in house.in_deficit:
        return False
    if is_all_frozen and e >= 0 and not wallet.is_declared:
        return False
    mm = margin.maintenance(house, wallet)
    if wallet.is_declared or e < 0 or (legs and e < margin.close_out(house, mm)):
        return take_over(house, wallet)
    if legs and e < mm:
        if wallet.reduced_step != house.step:
            write_state(house, wallet, MarginState.REDUCING, is_always=True)
            return reduce_wallet(house, wallet)
    elif e < margin.maintenance_worse(house, wallet):
        write_state(house, wallet, MarginState.CALL)
        give_notice(house, wallet)
        drop_all(house, wallet, CancelReason.MARGIN_CALL, is_call=True)
    else:
        is_short = e < margin.initial(house, wallet)
        write_state(house, wallet, MarginState.CALL if is_short else MarginState.HEALTHY)
        give_notice(house, wallet)
    return False


def sample(house) -> None:
    """The SAMPLE timer."""
    house.next_sample_ns += house.rules.sample_interval_ns
    for contract in house.contracts:
        if contract.is_trading:
            rates.take_samples(contract.terms, contract.rates, contract.book, house.now_ns)
            keep_final(contract)


def keep_final(contract: Contract) -> None:
    """GAT-021: an index for the final price of a product that is on its way out."""
    is_leaving = contract.product == ProductState.REDUCE_ONLY
    if is_leaving and contract.rates.status == IndexStatus.GOOD:
        contract.finals.append(contract.rates.index)
        del contract.finals[:-FINALS_KEPT]
