"""Final settlement of a delisted contract, at a price made by a published rule (PROD-05, GAT-021).

The final price is the mean of the index over the last samples of the run-off; every position is
closed at it, the house's own too, and a cycle follows.
"""

from hkperp_clearing.layout import FINALS_MAX, FINALS_MIN
from hkperp_clearing.position import book_fill
from hkperp_engine.codes import Event, IndexStatus, ProductState
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.units import NONE

__all__ = ["close_final", "keep_final", "set_final_price"]


@kernel
def keep_final(state, contract):
    """Keep the index of a contract in run-off that trades: a sample of its final price. O(1)."""
    spec = state.contracts[contract]
    rates = state.rates[contract]
    is_good = rates["index_status"] == IndexStatus.GOOD and rates["index_ticks"] > 0
    if spec["product"] != ProductState.REDUCE_ONLY or not is_good:
        return
    place = spec["final_next"]
    state.finals[contract * FINALS_MAX + place] = rates["index_ticks"]
    spec["final_next"] = (place + 1) % FINALS_MAX
    spec["final_count"] = min(spec["final_count"] + 1, FINALS_MAX)


@kernel
def set_final_price(state, contract):
    """Make the final price the contract's mark; one FINAL_PRICE event. O(FINALS_MAX).

    Mean of the samples, rounded down; with too few of them the last good mark, which is there.
    Samples 100, 101 and 103 (were three enough) give 101. The sum is below 60 * 2**31.
    """
    spec = state.contracts[contract]
    rates = state.rates[contract]
    house = state.house[0]
    house["step"] += 1
    house["vmgh_used"] = 0
    count = spec["final_count"]
    price_ticks = rates["mark_good_ticks"]
    if count >= FINALS_MIN:
        total = 0
        for i in range(count):
            total += state.finals[contract * FINALS_MAX + i]
        price_ticks = min(total // count, spec["price_ticks_max"])
    else:
        count = 0
    now_ns = state.engine[0]["now_ns"]
    rates["mark_ticks"] = price_ticks
    rates["mark_ns"] = now_ns
    rates["mark_good_ticks"] = price_ticks
    rates["mark_good_ns"] = now_ns
    rates["mark_is_stale"] = 0
    event = state.events[new_event(state, Event.FINAL_PRICE, 0)]
    event["contract"] = contract
    event["price_ticks"] = price_ticks
    event["lots"] = count


@kernel
def close_final(state, contract, first):
    """Close the position of the first wallet from `first` on that has one; return the next wallet.

    NONE behind the last. One event; no fee. O(wallets passed over).
    """
    price_ticks = state.rates[contract]["mark_good_ticks"]
    wallet = first
    while wallet < state.wallets.size:
        lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
        if lots != 0:
            event = state.events[new_event(state, Event.FINAL_SETTLEMENT, wallet)]
            event["contract"] = contract
            event["price_ticks"] = price_ticks
            event["lots"] = lots
            book_fill(state, wallet, contract, -lots, price_ticks)
            return wallet + 1
        wallet += 1
    return NONE
