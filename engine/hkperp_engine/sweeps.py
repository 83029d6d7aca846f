"""Around a sweep: may the taker match, how far, and what the prices of its trades set off.

docs/book.md MAT-032, MAT-060, MAT-064. The loops of the book and of the machine call these at the
same moments.
"""

from hkperp_engine.book import best_opposite
from hkperp_engine.codes import ContractState, Event, Side, TriggerSource
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.match import would_trade
from hkperp_engine.timers import PAUSE_END, drop_timer, set_timer
from hkperp_engine.triggers import know_price
from hkperp_engine.tuning import inlined
from hkperp_engine.volatility import band, record_trade, reference_ticks, restart_history

__all__ = [
    "bound_taker",
    "end_sweep",
    "enter_state",
    "is_call_phase",
    "is_stopped",
    "matches",
    "meets",
    "observe_sweep",
    "pause",
    "record_sweep",
]

#: A limit, ticks, that no sell can trade at: above every price.
_NEVER = 2**31


@inlined
def matches(state, contract):
    """Tell whether orders of a contract match as they come: it is OPEN or REDUCE_ONLY. O(1)."""
    return state.markets[contract]["state"] <= ContractState.REDUCE_ONLY


@inlined
def is_call_phase(market_state):
    """Tell whether a `ContractState` is a call phase: orders rest without matching. O(1)."""
    return ContractState.PRE_OPEN <= market_state <= ContractState.VOLATILITY_AUCTION


@inlined
def meets(state, contract, side, price_ticks):
    """Tell whether an order of `side` limited to `price_ticks` would trade now. O(1)."""
    return matches(state, contract) and would_trade(state, contract, side, price_ticks)


@inlined
def bound_taker(state):
    """Set how far the order in `state.taker` may trade: its limit, or the volatility band. O(1).

    `limit_ticks` is the limit already.
    """
    taker = state.taker[0]
    if state.markets[int(taker["contract"])]["volatility_ppb"] != 0:
        _bound(state)


@kernel
def _bound(state):
    """Cut the taker's `limit_ticks` to the volatility band. O(60).

    The other side's best price may be beyond the far edge: then nothing trades.
    """
    taker = state.taker[0]
    contract = int(taker["contract"])
    low, high = band(state, contract)
    if high == 0:
        return
    best = int(best_opposite(state, contract, int(taker["side"])))
    if taker["side"] == Side.BUY:
        taker["limit_ticks"] = 0 if best < low else min(int(taker["price_ticks"]), high)
    else:
        taker["limit_ticks"] = _NEVER if best > high else max(int(taker["price_ticks"]), low)


@inlined
def is_stopped(state):
    """Tell whether the volatility band keeps what is left of the taker from trading. O(1)."""
    taker = state.taker[0]
    price_ticks = int(taker["price_ticks"])
    if taker["limit_ticks"] == price_ticks or taker["lots_left"] == 0:
        return False
    return meets(state, int(taker["contract"]), int(taker["side"]), price_ticks)


@inlined
def observe_sweep(state, contract):
    """Let the first and the last price of the sweep that has ended be seen (MAT-032). O(1).

    More if they reach triggers: then O(orders fired or moved).
    """
    market = state.markets[contract]
    first_ticks = market["first_ticks"]
    if first_ticks == 0:
        return
    market["first_ticks"] = 0
    last_ticks = market["last_ticks"]
    know_price(state, contract, TriggerSource.LAST, first_ticks)
    if last_ticks != first_ticks:
        know_price(state, contract, TriggerSource.LAST, last_ticks)


@inlined
def record_sweep(state, contract):
    """Keep the first and the last price of the sweep that has ended (MAT-065). O(64) at worst."""
    market = state.markets[contract]
    if market["first_ticks"] != 0:
        record_trade(state, contract, market["first_ticks"])
        record_trade(state, contract, market["last_ticks"])


@kernel
def enter_state(state, contract, market_state, price_ticks, amount):
    """Give a contract another state and say so; a pause is over. One event, O(log timers).

    `price_ticks`, `amount`: of the event. What follows (uncross, observation) is the caller's.
    """
    state.markets[contract]["state"] = market_state
    drop_timer(state, PAUSE_END, contract)
    event = state.events[new_event(state, Event.CONTRACT_STATE, 0)]
    event["contract"] = contract
    event["code"] = market_state
    event["price_ticks"] = price_ticks
    event["amount"] = amount


@kernel
def pause(state, contract):
    """Begin a volatility auction of a contract; its timer ends it (MAT-064). One event.

    The history starts anew: the next trade is the auction's.
    """
    market = state.markets[contract]
    end_ns = state.engine[0]["now_ns"] + market["pause_ns"]
    market["paused_state"] = market["state"]
    ticks = reference_ticks(state, contract)
    enter_state(state, contract, ContractState.VOLATILITY_AUCTION, ticks, end_ns)
    set_timer(state, PAUSE_END, contract, end_ns)
    restart_history(state, contract)


@kernel
def end_sweep(state, contract, is_halted):
    """Do what the end of a sweep sets off: history, the pause if `is_halted`, observation.

    At most one event. Only called if there were trades or the band stopped the taker.
    """
    record_sweep(state, contract)
    if is_halted:
        pause(state, contract)
    observe_sweep(state, contract)
