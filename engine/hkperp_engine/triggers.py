"""Conditional orders: they wait outside the book for a price, and fire (MAT-030 to MAT-035).

A waiting order is filed in a *trigger ladder* at its trigger, or, while it is a trailing order
that is not active yet, at its activation price. A contract has six of them after the ladders of
the books: one for each source and direction, RISE (fires at or above) and FALL (at or below).

    ladder = 2 * contracts + 6 * contract + 2 * source + direction

Levels and queues are those of the book, clients first (MAT-002), but hold no lots. `stops` keeps
the nearest trigger of each direction, so a price that fires nothing costs a few comparisons.
Active trailing orders also stand in two lists of their source, in order of activation.

Every price known is kept in `stops.price_ticks` by `know_price` and nobody else. While a contract
is OPEN or REDUCE_ONLY that price has been observed (`observe_known` when it enters), so no active
trailing sell has an extreme below it and no buy one above: a price that is no further on one side
moves nothing there, and a price that repeats moves nothing at all.

A fired order leaves its ladder for the contract's first-in-first-out list, linked like a queue.
What an order is (its type, source, distance, class, lots) the caller has written to its rows.
"""

from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import ContractState, OrderType, Side, TriggerSource
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.ladder import level_at, next_above, next_below, occupy, vacate
from hkperp_engine.layout import Trait
from hkperp_engine.tuning import ROW_MASK, inlined

__all__ = [
    "FALL",
    "RISE",
    "direction_of",
    "first_fired",
    "is_met",
    "know_price",
    "observe_known",
    "refile",
    "start_waiting",
    "stop_waiting",
]

#: Directions: the price must rise to the trigger, or fall to it.
RISE, FALL = 0, 1


@inlined
def direction_of(order_type, side):
    """Return the direction in which the price meets a new conditional order: RISE or FALL. O(1).

    Of a trailing order: its activation, rising for a sell. Once active it is a stop.
    """
    is_stop = order_type == OrderType.STOP_MARKET or order_type == OrderType.STOP_LIMIT
    return RISE if is_stop == (side == Side.BUY) else FALL


@inlined
def is_met(price_ticks, direction, trigger_ticks):
    """Tell whether a price, 0 if not known, is at or through a trigger (ticks). O(1)."""
    if direction == RISE:
        return price_ticks >= trigger_ticks and price_ticks > 0
    return 0 < price_ticks <= trigger_ticks


@kernel
def start_waiting(state, slot):
    """File a new conditional order at the back of its trigger's queue (MAT-031). O(1).

    Its lots and extras stand; a trailing order is activated at once if its activation price is
    met, or is 0 and some price is known (MAT-035). There is room (`ladder.page_room`).
    """
    order = state.orders[slot]
    order["traits"] |= Trait.WAITING
    extra = state.extras[slot]
    extra["extreme_ticks"] = 0
    if CHECKED:
        assert order["lots_left"] >= 0
        assert extra["order_type"] >= OrderType.STOP_MARKET
    if extra["order_type"] >= OrderType.TRAILING_TICKS:
        state.engine[0]["trailing_count"] += 1
        contract = int(order["contract"])
        direction = _direction(order, extra)
        activation_ticks = int(extra["trigger_ticks"])
        price_ticks = int(state.stops[3 * contract + int(extra["source"])]["price_ticks"])
        if activation_ticks == 0:
            # The first price, whatever it is, meets the end of the axis.
            highest_ticks = int(state.books[contract]["price_ticks_max"])
            activation_ticks = 1 if direction == RISE else highest_ticks
            extra["trigger_ticks"] = activation_ticks
        if is_met(price_ticks, direction, activation_ticks):
            _activate(state, slot, price_ticks)
            return
    _enter(state, slot)


@kernel
def stop_waiting(state, slot):
    """Take a waiting or fired order out of wherever it is; it is in no queue afterwards. O(1).

    For a cancellation, an expiry, and when it is sent. Its extras stand.
    """
    order = state.orders[slot]
    if CHECKED:
        assert order["traits"] & Trait.WAITING != 0
    if order["traits"] & Trait.FIRED != 0:
        market = state.markets[int(order["contract"])]
        before = int(order["prev"])
        after = int(order["next"])
        state.orders[before]["next"] = after
        state.orders[after]["prev"] = before
        market["fired_head"] = after if before == 0 else market["fired_head"]
        market["fired_tail"] = before if after == 0 else market["fired_tail"]
        state.engine[0]["fired_count"] -= 1
    else:
        _leave(state, slot)
        _forget_trailing(state, slot)
    order["next"] = 0
    order["prev"] = 0
    order["traits"] &= ~(Trait.WAITING | Trait.FIRED | Trait.TRAILING)


@kernel
def refile(state, slot, trigger_ticks):
    """Give a waiting order a trigger (ticks) and send it to the back of its queue (MAT-019). O(1).

    A fired order waits for no price any more: nothing changes. There is room (`page_room`).
    """
    if state.orders[slot]["traits"] & Trait.FIRED != 0:
        return
    _leave(state, slot)
    state.extras[slot]["trigger_ticks"] = trigger_ticks
    _enter(state, slot)


@inlined
def know_price(state, contract, source, price_ticks):
    """Keep a source's price, 1 .. `price_ticks_max`, and observe it if trading is on (MAT-032).

    O(1) if nothing fires and no trailing order moves, else see `_observe`.
    """
    stop = state.stops[(3 * contract + source) & ROW_MASK]
    before_ticks = stop["price_ticks"]
    stop["price_ticks"] = price_ticks
    if CHECKED:
        assert 0 < price_ticks <= state.books[contract]["price_ticks_max"]
    if stop["waiting_count"] == 0 or not _is_trading(state, contract):
        return
    is_reached = 0 < stop["rise_ticks"] <= price_ticks or stop["fall_ticks"] >= price_ticks
    is_higher = price_ticks > before_ticks and stop["sell_head"] != 0
    if is_reached or is_higher or (price_ticks < before_ticks and stop["buy_head"] != 0):
        _observe(state, contract, source, price_ticks)


@kernel
def observe_known(state, contract):
    """Observe the last known LAST, MARK and INDEX of a contract again (MAT-032).

    It has just become OPEN or REDUCE_ONLY. Cost: see `_observe`.
    """
    for source in range(TriggerSource.INDEX + 1):
        price_ticks = int(state.stops[3 * contract + source]["price_ticks"])
        if price_ticks > 0:
            _observe(state, contract, source, price_ticks)


@kernel
def first_fired(state):
    """Return the slot of the fired order to be sent next, 0 if there is none (MAT-034).

    The first that fired of all contracts that are OPEN or REDUCE_ONLY. O(contracts).
    """
    found = 0
    for contract in range(state.markets.size):
        slot = int(state.markets[contract]["fired_head"])
        if slot == 0 or not _is_trading(state, contract):
            continue
        if found == 0 or state.extras[slot]["rank"] < state.extras[found]["rank"]:
            found = slot
    return found


@inlined
def _is_trading(state, contract):
    """Tell whether prices are observed and fired orders sent in a contract. O(1)."""
    market_state = state.markets[contract]["state"]
    return market_state == ContractState.OPEN or market_state == ContractState.REDUCE_ONLY


@kernel
def _observe(state, contract, source, price_ticks):
    """Let a price (ticks) of a source move, fire and activate what it does, in order (MAT-033).

    O(active trailing orders of the source + orders fired or activated).
    """
    stop = state.stops[3 * contract + source]
    _follow(state, int(stop["sell_head"]), price_ticks)
    _follow(state, int(stop["buy_head"]), price_ticks)
    while 0 < stop["rise_ticks"] <= price_ticks:
        _meet_first(state, contract, source, RISE, price_ticks)
    while stop["fall_ticks"] >= price_ticks:
        _meet_first(state, contract, source, FALL, price_ticks)


@kernel
def _follow(state, slot, price_ticks):
    """Move the extremes and triggers of a list of active trailing orders (MAT-035). O(list)."""
    while slot != 0:
        extra = state.extras[slot]
        extreme_ticks = int(extra["extreme_ticks"])
        is_sell = state.orders[slot]["side"] == Side.SELL
        if price_ticks > extreme_ticks if is_sell else price_ticks < extreme_ticks:
            extra["extreme_ticks"] = price_ticks
            trigger_ticks = _trailing_trigger(state, slot, price_ticks)
            # A trigger that stays, as that of a small ppb may, keeps its place in the queue.
            if trigger_ticks != extra["trigger_ticks"]:
                _leave(state, slot)
                extra["trigger_ticks"] = trigger_ticks
                _enter(state, slot)
        slot = int(extra["trail_next"])


@kernel
def _trailing_trigger(state, slot, extreme_ticks):
    """Return the trigger (ticks) of an active trailing order at an extreme (MAT-035). O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    distance_ticks = int(extra["distance"])
    if extra["order_type"] == OrderType.TRAILING_PPB:
        distance_ticks = max(mul_div_floor(extreme_ticks, distance_ticks), 1)
    if order["side"] == Side.SELL:
        return max(extreme_ticks - distance_ticks, 1)
    highest_ticks = int(state.books[int(order["contract"])]["price_ticks_max"])
    return min(extreme_ticks + distance_ticks, highest_ticks)


@kernel
def _meet_first(state, contract, source, direction, price_ticks):
    """Fire or activate the first order of the nearest trigger of a ladder. O(1)."""
    stop = state.stops[3 * contract + source]
    trigger_ticks = int(stop["rise_ticks"] if direction == RISE else stop["fall_ticks"])
    ladder = _ladder(state, contract, source, direction)
    level = state.levels[level_at(state, ladder, trigger_ticks)]
    slot = int(level["client_head"])
    if slot == 0:
        slot = int(level["affiliate_head"])
    if CHECKED:
        assert slot != 0
    order = state.orders[slot]
    extra = state.extras[slot]
    _leave(state, slot)
    if extra["order_type"] >= OrderType.TRAILING_TICKS and order["traits"] & Trait.TRAILING == 0:
        _activate(state, slot, price_ticks)
        return
    _forget_trailing(state, slot)
    state.engine[0]["fired_count"] += 1
    state.engine[0]["rank"] += 1
    extra["rank"] = state.engine[0]["rank"]
    extra["observed_ticks"] = price_ticks
    order["traits"] |= Trait.FIRED
    market = state.markets[contract]
    tail = int(market["fired_tail"])
    market["fired_tail"] = slot
    market["fired_head"] = slot if tail == 0 else market["fired_head"]
    state.orders[tail]["next"] = slot
    order["prev"] = tail
    order["next"] = 0


@kernel
def _activate(state, slot, price_ticks):
    """Make a trailing order that is in no ladder active at a price (ticks), and file it. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    order["traits"] |= Trait.TRAILING
    extra["extreme_ticks"] = price_ticks
    extra["trigger_ticks"] = _trailing_trigger(state, slot, price_ticks)
    stop = state.stops[3 * int(order["contract"]) + int(extra["source"])]
    if order["side"] == Side.SELL:
        tail = int(stop["sell_tail"])
        stop["sell_tail"] = slot
        stop["sell_head"] = slot if tail == 0 else stop["sell_head"]
    else:
        tail = int(stop["buy_tail"])
        stop["buy_tail"] = slot
        stop["buy_head"] = slot if tail == 0 else stop["buy_head"]
    state.extras[tail]["trail_next"] = slot
    extra["trail_prev"] = tail
    extra["trail_next"] = 0
    _enter(state, slot)


@kernel
def _forget_trailing(state, slot):
    """Take an order that waits no longer out of the trailing ones, if it is one. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    if extra["order_type"] < OrderType.TRAILING_TICKS:
        return
    state.engine[0]["trailing_count"] -= 1
    if order["traits"] & Trait.TRAILING == 0:
        return
    order["traits"] &= ~Trait.TRAILING
    before = int(extra["trail_prev"])
    after = int(extra["trail_next"])
    state.extras[before]["trail_next"] = after
    state.extras[after]["trail_prev"] = before
    stop = state.stops[3 * int(order["contract"]) + int(extra["source"])]
    if order["side"] == Side.SELL:
        stop["sell_head"] = after if before == 0 else stop["sell_head"]
        stop["sell_tail"] = before if after == 0 else stop["sell_tail"]
    else:
        stop["buy_head"] = after if before == 0 else stop["buy_head"]
        stop["buy_tail"] = before if after == 0 else stop["buy_tail"]


@inlined
def _ladder(state, contract, source, direction):
    """Return the number of a trigger ladder. O(1)."""
    return 2 * state.books.size + 6 * contract + 2 * source + direction


@inlined
def _direction(order, extra):
    """Return the direction of the ladder in which an order stands. O(1)."""
    if order["traits"] & Trait.TRAILING != 0:
        return direction_of(OrderType.STOP_MARKET, int(order["side"]))
    return direction_of(int(extra["order_type"]), int(order["side"]))


@kernel
def _enter(state, slot):
    """File an order at the back of the queue of its class at its trigger. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    contract = int(order["contract"])
    source = int(extra["source"])
    trigger_ticks = int(extra["trigger_ticks"])
    if CHECKED:
        assert 0 < trigger_ticks <= state.books[contract]["price_ticks_max"]
    direction = _direction(order, extra)
    ladder = _ladder(state, contract, source, direction)
    stop = state.stops[3 * contract + source]
    stop["waiting_count"] += 1
    index = level_at(state, ladder, trigger_ticks)
    if state.levels[index]["order_count"] == 0:
        index = occupy(state, ladder, trigger_ticks)
        if direction == FALL:
            stop["fall_ticks"] = max(int(stop["fall_ticks"]), trigger_ticks)
        elif stop["rise_ticks"] == 0 or trigger_ticks < stop["rise_ticks"]:
            stop["rise_ticks"] = trigger_ticks
    level = state.levels[index]
    level["order_count"] += 1
    if order["priority_class"] == 0:
        tail = int(level["client_tail"])
        level["client_tail"] = slot
        level["client_head"] = slot if tail == 0 else level["client_head"]
    else:
        tail = int(level["affiliate_tail"])
        level["affiliate_tail"] = slot
        level["affiliate_head"] = slot if tail == 0 else level["affiliate_head"]
    state.orders[tail]["next"] = slot
    order["prev"] = tail
    order["next"] = 0


@kernel
def _leave(state, slot):
    """Take an order out of its trigger's queue; the level goes with its last order. O(1)."""
    order = state.orders[slot]
    extra = state.extras[slot]
    contract = int(order["contract"])
    source = int(extra["source"])
    trigger_ticks = int(extra["trigger_ticks"])
    direction = _direction(order, extra)
    ladder = _ladder(state, contract, source, direction)
    level = state.levels[level_at(state, ladder, trigger_ticks)]
    stop = state.stops[3 * contract + source]
    if CHECKED:
        assert level["order_count"] > 0
        assert stop["waiting_count"] > 0
    before = int(order["prev"])
    after = int(order["next"])
    state.orders[before]["next"] = after
    state.orders[after]["prev"] = before
    if order["priority_class"] == 0:
        level["client_head"] = after if before == 0 else level["client_head"]
        level["client_tail"] = before if after == 0 else level["client_tail"]
    else:
        level["affiliate_head"] = after if before == 0 else level["affiliate_head"]
        level["affiliate_tail"] = before if after == 0 else level["affiliate_tail"]
    level["order_count"] -= 1
    stop["waiting_count"] -= 1
    if level["order_count"] != 0:
        return
    vacate(state, ladder, trigger_ticks)
    if direction == RISE and trigger_ticks == stop["rise_ticks"]:
        stop["rise_ticks"] = next_above(state, ladder, trigger_ticks)
    elif direction == FALL and trigger_ticks == stop["fall_ticks"]:
        stop["fall_ticks"] = next_below(state, ladder, trigger_ticks)
