"""The mark price: what risk, settlement and profit are counted at. Not the last trade.

The middle one of (a) the index with the part of the last funding rate still to come, (b) the
index with the mean basis of the last 150 s, (c) the mid of the book; then kept within a band
around the index (docs/rates.md section 3). On a fallback index the mark is shown, but STALE.

`state` is any NamedTuple with `rates` (rows RATES) and `basis` (rows BASIS).
"""

from hkperp_engine.arithmetic import div_trunc
from hkperp_engine.codes import IndexStatus
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.units import NS_PER_MS, PPB, PRICE_TICKS_MAX
from hkperp_funding.layout import BASIS_SLOTS, FROM_BASIS, FROM_FUNDING, FROM_MID

__all__ = ["update_mark"]


@kernel
def _from_funding(rates, now_ns):
    """Return (a), ticks: the index with the rest of the last payment rate, by whole ms to go.

    rate * ms is at most PPB * 86,400,000 < 2**57; index * ppb is below 2**31 * PPB. O(1).
    """
    interval_ms = rates["funding_interval_ns"] // NS_PER_MS
    to_go_ms = (rates["next_funding_ns"] - now_ns) // NS_PER_MS
    to_go_ms = min(max(to_go_ms, 0), interval_ms)
    rest_ppb = div_trunc(rates["rate_ppb"] * to_go_ms, interval_ms)
    return rates["index_ticks"] + rates["index_ticks"] * rest_ppb // PPB


@kernel
def update_mark(state, contract, now_ns, mid_ticks):
    """Compute the mark of `contract` at `now_ns` from the index and the samples so far.

    Parameters
    ----------
    state : NamedTuple            rates is changed in place, basis is read
    contract : int64              0-based
    now_ns : int64                the time of the index: call `update_index` first
    mid_ticks : int64             mid of the book, floor((bid + ask) / 2); 0: none, or not open

    Returns the mark, ticks (0: there never was an index). Writes `mark_ticks`, `mark_ns`,
    `mark_basis`, `mark_is_stale`; with a GOOD index also `mark_good_ticks` and `mark_good_ns`,
    which settlement uses while the mark is stale. On an EXHAUSTED index only `mark_is_stale` is
    written. The mark may be above the contract's highest price: the caller then halts the
    contract. O(samples), 0.1 us.

    Index 1,000; (a) 1,000 with rate 0; mean basis +3, (b) 1,003; mid 1,040: the mark is 1,003.
    """
    rates = state.rates[contract]
    if CHECKED:
        assert 0 <= mid_ticks <= PRICE_TICKS_MAX
    rates["mark_is_stale"] = 1
    if rates["index_status"] == IndexStatus.EXHAUSTED or rates["index_ticks"] == 0:
        return rates["mark_ticks"]
    index_ticks = rates["index_ticks"]
    mark_ticks = _from_funding(rates, now_ns)
    mark_basis = FROM_FUNDING

    basis_sum = 0
    basis_count = 0
    first = contract * BASIS_SLOTS
    for slot in range(first, first + rates["basis_count"]):
        if now_ns - state.basis[slot]["time_ns"] < rates["basis_window_ns"]:
            basis_sum += state.basis[slot]["basis_ticks"]
            basis_count += 1
    if basis_count >= max(1, rates["basis_samples_min"]):
        by_basis = index_ticks + basis_sum // basis_count
        if mid_ticks == 0:
            mark_basis = FROM_FUNDING | FROM_BASIS
            mark_ticks = (mark_ticks + by_basis) // 2
        else:
            mark_basis = FROM_FUNDING | FROM_BASIS | FROM_MID
            low, high = min(mark_ticks, by_basis), max(mark_ticks, by_basis)
            mark_ticks = min(max(mid_ticks, low), high)

    band_ticks = index_ticks * rates["mark_band_ppb"] // PPB
    mark_ticks = min(max(mark_ticks, index_ticks - band_ticks), index_ticks + band_ticks)
    rates["mark_ticks"] = mark_ticks
    rates["mark_ns"] = now_ns
    rates["mark_basis"] = mark_basis
    if rates["index_status"] == IndexStatus.GOOD:
        rates["mark_is_stale"] = 0
        rates["mark_good_ticks"] = mark_ticks
        rates["mark_good_ns"] = now_ns
    return mark_ticks
