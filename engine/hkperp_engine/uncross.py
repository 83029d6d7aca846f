"""The uncross of a call auction: pairs of resting orders trade at one price (MAT-062, MAT-063).

Loop and machine share this: each begins a frame, asks for the price, then for one pair at a time,
and settles it like any fill. The order that rested later is the taker; both stay in their queues.
"""

from hkperp_engine.auction import auction_price, next_pair
from hkperp_engine.book import reduce_order
from hkperp_engine.codes import Event, TimeInForce
from hkperp_engine.condemned import put_off_pair
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.match import describe_maker, prevent
from hkperp_engine.sweeps import observe_sweep, record_sweep
from hkperp_engine.triggers import observe_known
from hkperp_engine.worklist import UNCROSSING, pop_frame, push_frame

__all__ = ["begin_uncross", "end_pair", "is_crossed", "next_fill", "reopen"]


@kernel
def is_crossed(state, contract):
    """Tell whether the best bid is at or above the best ask. O(1)."""
    book = state.books[contract]
    return book["ask_ticks"] != 0 and book["bid_ticks"] >= book["ask_ticks"]


@kernel
def begin_uncross(state, contract, reference_ticks):
    """Put the uncross of a contract on the work list. O(1).

    `reference_ticks` breaks ties between prices; 0: the last trade's, as it is then.
    """
    index = push_frame(state, UNCROSSING, 0, contract, 0)
    state.frames[index]["high"] = reference_ticks
    state.markets[contract]["first_ticks"] = 0


@kernel
def reopen(state, contract, reference_ticks):
    """Let a contract that is OPEN or REDUCE_ONLY trade: uncross, or see what is known. O(1).

    More if known prices reach triggers: then O(orders fired or moved).
    """
    if is_crossed(state, contract):
        begin_uncross(state, contract, reference_ticks)
    else:
        observe_known(state, contract)


@kernel
def next_fill(state, frame):
    """Trade the next pair of an UNCROSSING frame into `state.taker` and `fills[0]`.

    False if there is nothing to settle this time: a price was set, or the frame has ended. At most
    one event. The caller settles the fill, then calls `end_pair`.
    """
    contract = frame["contract"]
    if frame["stage"] == 0:
        frame["stage"] = 1
        if not _set_price(state, frame):
            pop_frame(state)
            record_sweep(state, contract)
            observe_sweep(state, contract)
            observe_known(state, contract)
        return False
    bid_slot, ask_slot = next_pair(state, contract, frame["low"])
    if bid_slot == 0:
        frame["stage"] = 0
        return False
    _pair_fill(state, frame["low"], bid_slot, ask_slot)
    return True


@kernel
def _set_price(state, frame):
    """Find the auction price of the frame's contract and say it; False if the book is not crossed.

    One event. O(levels between the best prices).
    """
    contract = frame["contract"]
    reference_ticks = frame["high"]
    if reference_ticks == 0:
        reference_ticks = state.markets[contract]["last_ticks"]
    price_ticks, volume, surplus = auction_price(state, contract, reference_ticks)
    if price_ticks == 0:
        return False
    event = state.events[new_event(state, Event.UNCROSS, 0)]
    event["contract"] = contract
    event["counter_order_id"] = surplus
    event["price_ticks"] = price_ticks
    event["amount"] = volume
    frame["low"] = price_ticks
    return True


@kernel
def _tradable(state, slot):
    """Return the lots of a resting order that trade at once: what it shows, or all. O(1)."""
    order = state.orders[slot]
    if order["traits"] & Trait.ICEBERG != 0:
        return int(state.extras[slot]["shown_lots"])
    return int(order["lots_left"])


@kernel
def _make_taker(state, slot):
    """Write a resting order into `state.taker`; it stays in its queue. O(1)."""
    order = state.orders[slot]
    taker = state.taker[0]
    taker["order_id"] = order["order_id"]
    taker["price_ticks"] = order["price_ticks"]
    taker["limit_ticks"] = order["price_ticks"]
    taker["lots_left"] = order["lots_left"]
    taker["traded_lots"] = order["traded_lots"]
    taker["mark_ticks"] = order["mark_ticks"]
    taker["wallet"] = order["wallet"]
    taker["owner"] = order["owner"]
    taker["contract"] = order["contract"]
    taker["side"] = order["side"]
    taker["priority_class"] = order["priority_class"]
    taker["flags"] = order["flags"]
    taker["stp"] = order["stp"]
    taker["tif"] = TimeInForce.GTC
    taker["traits"] = order["traits"]
    taker["is_liquidation"] = 0
    taker["is_auction"] = 1
    taker["slot"] = slot


@kernel
def _shrink(state, slot, lots):
    """Take traded lots out of a resting order. O(1) expected."""
    order = state.orders[slot]
    order["traded_lots"] += lots
    if order["traits"] & Trait.ICEBERG != 0:
        state.extras[slot]["shown_lots"] -= lots
    reduce_order(state, slot, lots)


@kernel
def _pair_fill(state, price_ticks, bid_slot, ask_slot):
    """Trade two resting orders at `price_ticks`, or prevent it: `state.taker` and `fills[0]`.

    The maker is the one that rested first. `taker.slot`: the taker's if it is still live, minus
    its partner's if it is gone and leaves one to `after_fill`. O(1) expected.
    """
    bid_is_older = state.orders[bid_slot]["sequence"] < state.orders[ask_slot]["sequence"]
    maker_slot = bid_slot if bid_is_older else ask_slot
    taker_slot = ask_slot if bid_is_older else bid_slot
    _make_taker(state, taker_slot)
    taker = state.taker[0]
    maker = state.orders[maker_slot]
    contract = int(maker["contract"])
    fill = state.fills[0]
    describe_maker(fill, maker, price_ticks)
    partner = 0
    left = int(taker["lots_left"])
    if maker["owner"] == taker["owner"]:
        prevent(state, maker_slot, fill, min(left, int(maker["lots_left"])))
        gone = fill["taker_lots"]
        if gone > 0:
            reduce_order(state, taker_slot, gone)
    else:
        gone = min(_tradable(state, bid_slot), _tradable(state, ask_slot))
        fill["kind"] = Event.TRADE
        fill["lots"] = gone
        fill["lots_left"] = int(maker["lots_left"]) - gone
        if fill["lots_left"] > 0:
            fill["slot"] = maker_slot if maker["traits"] != 0 else 0
        taker["lots_left"] -= gone
        state.books[contract]["trade_count"] += 1
        market = state.markets[contract]
        market["last_ticks"] = price_ticks
        if market["first_ticks"] == 0:
            market["first_ticks"] = price_ticks
        _shrink(state, maker_slot, gone)
        if left == gone and taker["traits"] & Trait.PAIRED != 0:
            partner = put_off_pair(state, taker_slot)
        _shrink(state, taker_slot, gone)
    fill["taker_lots_left"] = left - gone
    if left == gone or taker["traits"] == 0:
        taker["slot"] = -partner


@kernel
def end_pair(state):
    """Forget the taker of a pair: it is not trading, it rests or is gone. O(1)."""
    taker = state.taker[0]
    taker["order_id"] = 0
    taker["slot"] = 0
    taker["is_auction"] = 0
