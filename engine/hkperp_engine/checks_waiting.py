"""Invariants of orders with traits: lists of trailing, fired and condemned orders, pairs, timers.

The sentences stand in checks.py. A list is counted and every order on it must have its trait, and
as many orders have the trait: so an order without traits is on none of them.
"""

from hkperp_engine.checks_ladders import lacks_lots
from hkperp_engine.codes import ContractState, OrderType, Side, TriggerSource
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.timers import COUNTDOWN, EXPIRY, PAUSE_END, TIMER_NEVER

__all__ = ["check_specials"]

#: Bits of a timer's `order` that hold the number; the kind stands above them (timers.py).
_NUMBER_BITS = 56


@kernel
def check_specials(state):
    """BOOK-25 and 27 to 35; the pools, the ids and the ladders hold. O(pools)."""
    broken = _check_traits(state)
    if broken == 0:
        broken = _check_trailing(state)
    if broken == 0:
        broken = _check_trailing_count(state)
    if broken == 0:
        broken = _check_fired(state)
    if broken == 0:
        broken = _check_pairs(state)
    if broken == 0:
        broken = _check_heap(state)
    if broken == 0:
        broken = _check_timer_owners(state)
    if broken == 0:
        broken = _check_condemned(state)
    return broken


@kernel
def _is_live(state, slot):
    """Tell whether `slot` is a slot of a live order. O(1)."""
    if not 0 < slot <= state.engine[0]["order_used"]:
        return False
    return state.orders[slot]["order_id"] != 0


@kernel
def _count_with(state, traits):
    """Return how many live orders have one of these `traits`. O(slots used)."""
    count = 0
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        if order["order_id"] != 0 and order["traits"] & traits != 0:
            count += 1
    return count


@kernel
def _check_traits(state):
    """BOOK-35: which traits an order may have together."""
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        traits = int(order["traits"])
        if order["order_id"] == 0 or traits == 0:
            continue
        if not 0 < traits < 2 * Trait.CONDEMNED:
            return 35
        if traits & Trait.WAITING == 0:
            if traits & (Trait.FIRED | Trait.TRAILING) != 0:
                return 35
            continue
        if traits & (Trait.ICEBERG | Trait.QUOTE) != 0:
            return 35
        if traits & Trait.FIRED != 0 and traits & Trait.TRAILING != 0:
            return 35
        extra = state.extras[slot]
        if not OrderType.STOP_MARKET <= extra["order_type"] <= OrderType.TRAILING_PPB:
            return 35
        if not TriggerSource.LAST <= extra["source"] <= TriggerSource.INDEX:
            return 35
        if traits & Trait.TRAILING != 0 and extra["order_type"] < OrderType.TRAILING_TICKS:
            return 35
    return 0


@kernel
def _check_trailing(state):
    """BOOK-27: the lists of active trailing orders."""
    listed = 0
    for row in range(state.stops.size):
        stop = state.stops[row]
        for side in range(2):
            is_buy = side == Side.BUY
            slot = int(stop["buy_head"] if is_buy else stop["sell_head"])
            tail = int(stop["buy_tail"] if is_buy else stop["sell_tail"])
            before = 0
            while slot != 0:
                if not _is_live(state, slot):
                    return 27
                order = state.orders[slot]
                extra = state.extras[slot]
                if order["traits"] & Trait.TRAILING == 0 or order["side"] != side:
                    return 27
                if 3 * int(order["contract"]) + int(extra["source"]) != row:
                    return 27
                if extra["trail_prev"] != before:
                    return 27
                listed += 1
                before = slot
                slot = int(extra["trail_next"])
            if tail != before:
                return 27
    return 27 if listed != _count_with(state, Trait.TRAILING) else 0


@kernel
def _check_trailing_count(state):
    """BOOK-28: trailing orders that wait, active or not."""
    waiting = 0
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        if order["order_id"] == 0 or order["traits"] & Trait.WAITING == 0:
            continue
        is_trailing = state.extras[slot]["order_type"] >= OrderType.TRAILING_TICKS
        if is_trailing and order["traits"] & Trait.FIRED == 0:
            waiting += 1
    return 28 if waiting != state.engine[0]["trailing_count"] else 0


@kernel
def _check_fired(state):
    """BOOK-25 and 29: each contract's list of fired orders."""
    listed = 0
    for contract in range(state.markets.size):
        market = state.markets[contract]
        slot = int(market["fired_head"])
        before = 0
        rank = 0
        while slot != 0:
            if not _is_live(state, slot):
                return 29
            order = state.orders[slot]
            extra = state.extras[slot]
            if order["traits"] & Trait.FIRED == 0 or order["contract"] != contract:
                return 29
            if order["prev"] != before or extra["rank"] <= rank:
                return 29
            if lacks_lots(order):
                return 25
            listed += 1
            rank = int(extra["rank"])
            before = slot
            slot = int(order["next"])
        if market["fired_tail"] != before or rank > state.engine[0]["rank"]:
            return 29
    if listed != state.engine[0]["fired_count"]:
        return 29
    return 29 if listed != _count_with(state, Trait.FIRED) else 0


@kernel
def _check_pairs(state):
    """BOOK-30: orders of which one cancels the other."""
    for slot in range(1, state.engine[0]["order_used"] + 1):
        order = state.orders[slot]
        if order["order_id"] == 0 or order["traits"] & Trait.PAIRED == 0:
            continue
        partner = int(state.extras[slot]["partner"])
        if partner == slot or not _is_live(state, partner):
            return 30
        other = state.orders[partner]
        if other["traits"] & Trait.PAIRED == 0 or state.extras[partner]["partner"] != slot:
            return 30
        if other["wallet"] != order["wallet"] or other["contract"] != order["contract"]:
            return 30
        if other["side"] != order["side"]:
            return 30
    return 0


@kernel
def _check_heap(state):
    """BOOK-31 to 33: every timer is in its place and belongs to somebody."""
    engine = state.engine[0]
    expiries = 0
    for row in range(1, int(engine["timer_count"]) + 1):
        node = state.timers[row]
        above = state.timers[row >> 1]
        if row > 1 and above["time_ns"] > node["time_ns"]:
            return 32
        if row > 1 and above["time_ns"] == node["time_ns"] and above["order"] >= node["order"]:
            return 32
        kind = int(node["order"]) >> _NUMBER_BITS
        target = int(node["target"])
        number = int(node["order"]) - (kind << _NUMBER_BITS)
        if kind == EXPIRY:
            broken = _check_expiry(state, row, number)
            if broken != 0:
                return broken
            expiries += 1
        elif kind == COUNTDOWN:
            if number != target or not 0 <= target < state.members.size:
                return 31
            if state.members[target]["timer"] != row:
                return 33
        else:
            if kind != PAUSE_END or number != target or not 0 <= target < state.markets.size:
                return 31
            if state.markets[target]["pause_timer"] != row:
                return 33
    if expiries != _count_with(state, Trait.TIMED):
        return 31
    if engine["timer_count"] == 0:
        return 32 if engine["next_timer_ns"] != TIMER_NEVER else 0
    return 32 if engine["next_timer_ns"] != state.timers[1]["time_ns"] else 0


@kernel
def _check_expiry(state, row, number):
    """BOOK-31 and 33 of the expiry in `row`, whose order's number is `number`."""
    node = state.timers[row]
    slot = int(node["target"])
    if not _is_live(state, slot) or state.orders[slot]["traits"] & Trait.TIMED == 0:
        return 31
    extra = state.extras[slot]
    if extra["timer"] != row:
        return 33
    if extra["expiry_ns"] != node["time_ns"]:
        return 31
    # An order that fires gets another rank; its timer keeps the number of its acceptance.
    if state.orders[slot]["traits"] & Trait.FIRED != 0:
        return 31 if number >= extra["rank"] else 0
    return 31 if number != extra["rank"] else 0


@kernel
def _check_timer_owners(state):
    """BOOK-33: wallets and contracts that say they have a timer have it."""
    count = int(state.engine[0]["timer_count"])
    for wallet in range(state.members.size):
        row = int(state.members[wallet]["timer"])
        if row != 0 and not _is_timer(state, row, count, COUNTDOWN, wallet):
            return 33
    for contract in range(state.markets.size):
        market = state.markets[contract]
        row = int(market["pause_timer"])
        if row != 0 and not _is_timer(state, row, count, PAUSE_END, contract):
            return 33
        if (row != 0) != (market["state"] == ContractState.VOLATILITY_AUCTION):
            return 33
    return 0


@kernel
def _is_timer(state, row, count, kind, target):
    """Tell whether row `row` of the first `count` timers is the one of a target. O(1)."""
    if not 0 < row <= count:
        return False
    return state.timers[row]["order"] == (kind << _NUMBER_BITS) + target


@kernel
def _check_condemned(state):
    """BOOK-34: the list of condemned orders."""
    engine = state.engine[0]
    slot = int(engine["condemned_head"])
    before = 0
    listed = 0
    while slot != 0:
        # Linked one way only: a circle shows by its length.
        if not _is_live(state, slot) or listed == engine["order_count"]:
            return 34
        if state.orders[slot]["traits"] & Trait.CONDEMNED == 0:
            return 34
        listed += 1
        before = slot
        slot = int(state.extras[slot]["condemned_next"])
    if engine["condemned_tail"] != before or listed != _count_with(state, Trait.CONDEMNED):
        return 34
    in_hand = state.taker[0]["order_id"] | engine["frame_count"] | engine["internal_count"]
    return 34 if listed != 0 and in_hand == 0 else 0
