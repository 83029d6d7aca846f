"""The 5 s samples: the basis (mid against index) and the premium (impact prices against index).

The basis makes value (b) of the mark; the premium makes the funding rate. Time without a good
index, and time in which the contract is not open, is left out: nothing is sampled then
(docs/rates.md section 4).

`state` is any NamedTuple with `rates` (rows RATES) and `basis` (rows BASIS).
"""

from hkperp_engine.arithmetic import div_trunc
from hkperp_engine.codes import IndexStatus
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.units import PPB, PRICE_TICKS_MAX
from hkperp_funding.layout import BASIS_SLOTS

__all__ = ["premium_ppb", "sample"]


@kernel
def premium_ppb(index_ticks, impact_bid_ticks, impact_ask_ticks):
    """Return how far the book is willing to trade away from the index; ppb, towards zero. O(1).

    A side that is not deep enough (0) contributes 0. Kept within +-PPB, the bound of every rate.
    The product is below 2**31 * PPB. `index_ticks` > 0.

    >>> premium_ppb(27_960, 28_000, 28_010)
    1430615
    >>> premium_ppb(27_960, 0, 27_900), premium_ppb(27_960, 27_950, 27_970)
    (-2145922, 0)
    """
    up_ticks = max(0, impact_bid_ticks - index_ticks)
    down_ticks = 0
    if impact_ask_ticks > 0:
        down_ticks = max(0, index_ticks - impact_ask_ticks)
    found_ppb = div_trunc((up_ticks - down_ticks) * PPB, index_ticks)
    return min(max(found_ppb, -PPB), PPB)


@kernel
def sample(state, contract, now_ns, mid_ticks, impact_bid_ticks, impact_ask_ticks):
    """Take the basis and the premium sample due at `now_ns`; return the premium samples so far.

    Parameters
    ----------
    state : NamedTuple            rates and basis are changed in place
    contract : int64              0-based; the caller asks only while it is open
    now_ns : int64                not before the index, which is used as it was left
    mid_ticks : int64             mid of the book; 0: none, the last basis is carried forward
    impact_bid_ticks, impact_ask_ticks : int64    0: that side is not deep enough

    Without a GOOD index nothing is sampled. A basis older than the window is not carried forward:
    after a halt the basis starts anew. O(1), about 10 ns.
    """
    rates = state.rates[contract]
    if CHECKED:
        assert 0 <= mid_ticks <= PRICE_TICKS_MAX
        assert 0 <= impact_bid_ticks <= PRICE_TICKS_MAX
        assert 0 <= impact_ask_ticks <= PRICE_TICKS_MAX
    index_ticks = rates["index_ticks"]
    if rates["index_status"] != IndexStatus.GOOD or index_ticks == 0:
        return rates["premium_count"]
    rates["premium_sum_ppb"] += premium_ppb(index_ticks, impact_bid_ticks, impact_ask_ticks)
    rates["premium_count"] += 1

    first = contract * BASIS_SLOTS
    is_known = mid_ticks > 0
    basis_ticks = mid_ticks - index_ticks
    if not is_known and rates["basis_count"] > 0:
        previous = state.basis[first + (rates["basis_next"] - 1) % BASIS_SLOTS]
        is_known = now_ns - previous["time_ns"] < rates["basis_window_ns"]
        basis_ticks = previous["basis_ticks"]
    if is_known:
        row = state.basis[first + rates["basis_next"]]
        row["time_ns"] = now_ns
        row["basis_ticks"] = basis_ticks
        rates["basis_next"] = (rates["basis_next"] + 1) % BASIS_SLOTS
        rates["basis_count"] = min(rates["basis_count"] + 1, BASIS_SLOTS)
    return rates["premium_count"]
