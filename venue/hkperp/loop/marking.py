"""A mark step: index, mark, funding, test, cycle (docs/machine.md section 5); and the samples."""

from hkperp.loop.final_settlement import close_final, keep_final, set_final_price
from hkperp.loop.monitor import halt, watch, watch_convergence
from hkperp_clearing.alarms import ring_alarms
from hkperp_clearing.attention import wake
from hkperp_clearing.collateral import age_asset
from hkperp_clearing.limits import collar_ticks, update_threshold
from hkperp_clearing.margin import is_frozen
from hkperp_clearing.worklist import CYCLE, TEST, pop_frame, push_frame
from hkperp_engine.codes import (
    ContractState,
    CycleCause,
    Event,
    HouseWallet,
    IndexStatus,
    ProductState,
    Side,
    SourceStatus,
    TriggerSource,
)
from hkperp_engine.depth import impact_value, lots_within
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.sweeps import matches
from hkperp_engine.triggers import know_price
from hkperp_engine.units import NONE
from hkperp_funding.index import update_index
from hkperp_funding.layout import SOURCES_MAX
from hkperp_funding.mark import update_mark
from hkperp_funding.premium import sample
from hkperp_funding.rate import close_interval, funding_payment

__all__ = ["FINAL_STEP", "TIMER_CYCLE", "step_marking", "take_samples"]

#: `mode` of a MARK_STEP frame: is the step the cycle timer's, or the final settlement of its
#: `contract` (GAT-021).
TIMER_CYCLE, FINAL_STEP = 1, 2

#: Stages of a mark step. `contract` is the one that is looked at; `total` what its funding moved.
MARKING, FUNDING, PAYING, TESTING, CYCLING, CLOSING, ENDING = range(7)


@kernel
def mid_ticks(state, contract):
    """Return the mid of the book, floor((bid + ask) / 2) ticks. O(1).

    0 unless both sides have orders and the contract trades: in a call phase it may be crossed.
    """
    book = state.books[contract]
    if not matches(state, contract):
        return 0
    if book["bid_ticks"] == 0 or book["ask_ticks"] == 0:
        return 0
    return (book["bid_ticks"] + book["ask_ticks"]) // 2


@kernel
def take_samples(state):
    """Take basis and premium samples of every contract that trades (SAMPLE timer). No event."""
    for contract in range(state.contracts.size):
        if not matches(state, contract):
            continue
        notional = state.rates[contract]["impact_notional"]
        lots, value = impact_value(state, contract, Side.BUY, notional)
        bid = value // lots if lots > 0 else 0
        lots, value = impact_value(state, contract, Side.SELL, notional)
        ask = -(-value // lots) if lots > 0 else 0
        now_ns = state.engine[0]["now_ns"]
        sample(state, contract, now_ns, mid_ticks(state, contract), bid, ask)
        keep_final(state, contract)


@kernel
def _mark_index(state, contract):
    """Compute a contract's index and write its inputs, each with its verdict (REF-06)."""
    now_ns = state.engine[0]["now_ns"]
    status = update_index(state, contract, now_ns)
    rates = state.rates[contract]
    used = 0
    for i in range(rates["source_count"]):
        source = state.sources[contract * SOURCES_MAX + i]
        if source["status"] == SourceStatus.USED:
            used += 1
        event = state.events[new_event(state, Event.INDEX_SOURCE, 0)]
        event["contract"] = contract
        event["code"] = source["status"]
        event["order_id"] = i
        event["price_ticks"] = source["price_ticks"]
        event["amount"] = source["age_ns"]
    event = state.events[new_event(state, Event.INDEX, 0)]
    event["contract"] = contract
    event["code"] = status
    event["price_ticks"] = rates["index_ticks"]
    event["lots"] = used
    if status == IndexStatus.EXHAUSTED and rates["mark_good_ticks"] > 0:
        if matches(state, contract):
            rates["mark_is_stale"] = 1
            halt(state, contract)


@kernel
def _depth_lots(state, contract):
    """Return the lots within the liquidation collar of the thinner side. O(levels)."""
    band_ppb = state.contracts[contract]["liquidation_collar_ppb"]
    lowest = collar_ticks(state, contract, Side.SELL, band_ppb)
    highest = collar_ticks(state, contract, Side.BUY, band_ppb)
    bid_lots = lots_within(state, contract, Side.BUY, lowest)
    return min(bid_lots, lots_within(state, contract, Side.SELL, highest))


@kernel
def _know_depth(state, contract):
    """Keep the depth at a good mark, where a rule asks for it: DFT-011, GAT-051. O(levels)."""
    spec = state.contracts[contract]
    if (spec["concentration_ppb"] | spec["oi_depth_multiple"]) == 0:
        return
    spec["depth_lots"] = _depth_lots(state, contract)
    update_threshold(state, contract, spec["depth_lots"])


@kernel
def _mark_contract(state, contract):
    """Compute index and mark of one contract; True if MARK was written. At most 12 events."""
    _mark_index(state, contract)
    rates = state.rates[contract]
    if rates["index_good_ns"] == 0 and rates["index_good_ticks"] == 0:
        return False
    if state.markets[contract]["state"] == ContractState.HALTED:
        return False
    mark_ticks = rates["mark_ticks"]
    mark_ns = rates["mark_ns"]
    basis = rates["mark_basis"]
    good_ticks = rates["mark_good_ticks"]
    good_ns = rates["mark_good_ns"]
    update_mark(state, contract, state.engine[0]["now_ns"], mid_ticks(state, contract))
    if rates["mark_good_ticks"] > state.contracts[contract]["price_ticks_max"]:
        # The bounds are proved up to the highest price only: the last mark stays, trading stops.
        rates["mark_ticks"] = mark_ticks
        rates["mark_ns"] = mark_ns
        rates["mark_basis"] = basis
        rates["mark_good_ticks"] = good_ticks
        rates["mark_good_ns"] = good_ns
        rates["mark_is_stale"] = 1
        halt(state, contract)
        return False
    if rates["mark_is_stale"] == 0:
        _know_depth(state, contract)
    spec = state.contracts[contract]
    event = state.events[new_event(state, Event.MARK, 0)]
    event["contract"] = contract
    if spec["concentration_ppb"] != 0:
        event["counter_order_id"] = spec["threshold_quote"]
    event["code"] = rates["mark_basis"]
    event["flags"] = rates["mark_is_stale"]
    event["price_ticks"] = rates["mark_good_ticks"]
    event["amount"] = rates["index_ticks"]
    return True


@kernel
def _show_prices(state, contract):
    """Let conditional orders know mark and index as just published (MAT-032).

    Nothing fires if the monitor has halted the contract in between.
    """
    rates = state.rates[contract]
    if rates["mark_is_stale"] == 0:
        know_price(state, contract, TriggerSource.MARK, rates["mark_good_ticks"])
    if rates["index_status"] != IndexStatus.EXHAUSTED:
        know_price(state, contract, TriggerSource.INDEX, rates["index_ticks"])


@kernel
def _begin_funding(state, frame):
    """Find the next contract whose funding is due and can be paid; write its rate. One event."""
    now_ns = state.engine[0]["now_ns"]
    contract = frame["contract"]
    while contract < state.contracts.size:
        rates = state.rates[contract]
        is_due = rates["next_funding_ns"] <= now_ns
        is_due = is_due and state.contracts[contract]["product"] != ProductState.DELISTED
        if is_due and rates["mark_good_ticks"] > 0 and not is_frozen(state, contract):
            rate = close_interval(state, contract, now_ns)
            event = state.events[new_event(state, Event.FUNDING_RATE, 0)]
            event["contract"] = contract
            event["price_ticks"] = rates["mark_good_ticks"]
            event["lots"] = rates["rate_samples"]
            event["amount"] = rate
            frame["contract"] = contract
            frame["cursor"] = 0
            frame["total"] = 0
            frame["more"] = 1
            frame["stage"] = PAYING
            return
        contract += 1
    frame["stage"] = TESTING


@kernel
def _pay_funding(state, frame):
    """Post the funding of the next holders, as many as the ring has room for; behind the last,
    what rounding left (FND-02). O(wallets passed).
    """
    contract = frame["contract"]
    contracts = state.contracts.size
    rates = state.rates[contract]
    tick_value = state.contracts[contract]["tick_value"]
    mark_ticks = rates["mark_good_ticks"]
    rate_ppb = rates["rate_ppb"]
    engine = state.engine[0]
    wallet = frame["cursor"]
    while wallet < state.wallets.size:
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots != 0:
            if engine["events_used"] == state.events.size:
                frame["cursor"] = wallet
                return
            payment = funding_payment(lots, mark_ticks, tick_value, rate_ppb)
            if payment != 0:
                state.wallets[wallet]["pending"] += payment
                if payment < 0:
                    wake(state, wallet)
                frame["total"] += payment
                event = state.events[new_event(state, Event.FUNDING, wallet)]
                event["contract"] = contract
                event["price_ticks"] = mark_ticks
                event["lots"] = lots
                event["amount"] = payment
        wallet += 1
    state.wallets[HouseWallet.ROUNDING]["pending"] -= frame["total"]
    frame["contract"] = contract + 1
    frame["stage"] = FUNDING


@kernel
def _mark_next(state, frame):
    """Mark the next contract; the first one begins the step (assets age). At most 40 events."""
    house = state.house[0]
    contract = frame["contract"]
    if contract == 0:
        house["step"] += 1
        house["vmgh_used"] = 0
        frame["amount"] = house["cycle_count"]
        for asset in range(1, state.assets.size):
            age_asset(state, asset)
    market_state = state.markets[contract]["state"]
    if market_state != ContractState.CLOSED and market_state != ContractState.SETTLED:
        is_marked = _mark_contract(state, contract)
        watch(state, contract)
        if is_marked:
            _show_prices(state, contract)
    frame["contract"] = contract + 1
    if contract + 1 == state.contracts.size:
        frame["contract"] = 0
        frame["stage"] = FUNDING


@kernel
def _begin_test(state, frame):
    """Ring the price alarms and put the margin test on the list.

    At most one event a contract (GAT-063). O(alarms rung).
    """
    house = state.house[0]
    frame["stage"] = CYCLING
    if frame["mode"] != FINAL_STEP:
        for contract in range(state.contracts.size):
            watch_convergence(state, contract)
    house["deficit"] = 0
    house["has_deleveraged"] = 0
    house["has_traded"] = 0
    for contract in range(state.contracts.size):
        ring_alarms(state, contract)
    index = push_frame(state, TEST, 0, 0, 0)
    state.frames[index]["cursor"] = HouseWallet.CLIENTS


@kernel
def _begin_cycle(state, frame):
    """Put the cycle on the list that ends the step, if one does."""
    house = state.house[0]
    frame["stage"] = ENDING
    is_funded = frame["more"] != 0
    has_settled = is_funded or house["cycle_count"] > frame["amount"]
    if has_settled and house["next_cycle_ns"] == state.engine[0]["now_ns"]:
        house["next_cycle_ns"] += house["cycle_interval_ns"]
    if is_funded or frame["mode"] == TIMER_CYCLE:
        cause = CycleCause.FUNDING if is_funded else CycleCause.TIMER
        push_frame(state, CYCLE, 0, 0, cause)


@kernel
def step_marking(state, frame):
    """Do one step of a mark step: at most 40 events (fundings: as fit), or a frame."""
    stage = frame["stage"]
    is_final = frame["mode"] == FINAL_STEP
    if stage == MARKING and is_final:
        set_final_price(state, frame["contract"])
        frame["stage"] = TESTING
    elif stage == MARKING:
        _mark_next(state, frame)
    elif stage == FUNDING:
        _begin_funding(state, frame)
    elif stage == PAYING:
        _pay_funding(state, frame)
    elif stage == TESTING:
        _begin_test(state, frame)
    elif stage == CYCLING and not is_final:
        _begin_cycle(state, frame)
    elif stage == CYCLING:
        frame["cursor"] = 0
        frame["stage"] = CLOSING
    elif stage == CLOSING:
        frame["cursor"] = close_final(state, frame["contract"], frame["cursor"])
        if frame["cursor"] == NONE:
            frame["stage"] = ENDING
            push_frame(state, CYCLE, 0, 0, CycleCause.FINAL)
    else:
        pop_frame(state)
