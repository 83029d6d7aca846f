"""The index: one price out of several sources, and the ladder when there are too few.

Each tick looks at the last price of each source. Missing, crossed, stale, outlying ones drop out,
with the reason kept on the source's row (REF-06); the rest is weighed, no source above the
published cap, and gives the weighted median or mean. Too few: the last good index is held, then
the median of what is left within a band, then the contract halts (docs/rates.md section 1).

`state` is any NamedTuple with `sources` (rows SOURCE) and `rates` (rows RATES).
"""

from hkperp_engine.codes import IndexStatus, SourceStatus
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.units import NONE, PPB, PRICE_TICKS_MAX
from hkperp_funding.layout import SOURCES_MAX

__all__ = ["dispersion", "update_index"]


@kernel
def _next_used(state, contract, previous):
    """Return the slot of the USED source after slot `previous` in order of (price, slot).

    NONE as `previous` asks for the cheapest; NONE is returned after the dearest. With at most
    8 sources a scan is cheaper than keeping them sorted. O(sources).
    """
    first = contract * SOURCES_MAX
    last_price = 0
    if previous != NONE:
        last_price = state.sources[previous]["price_ticks"]
    found = NONE
    found_price = 0
    for slot in range(first, first + state.rates[contract]["source_count"]):
        source = state.sources[slot]
        price = source["price_ticks"]
        is_after = price > last_price or (price == last_price and slot > previous)
        if source["status"] == SourceStatus.USED and is_after:
            if found == NONE or price < found_price:
                found = slot
                found_price = price
    return found


@kernel
def _median_used(state, contract, used):
    """Return the unweighted median, ticks, of the `used` > 0 sources that have status USED.

    With an even count the mean of the two middle ones, rounded down. O(sources ** 2).
    """
    slot = NONE
    for _ in range((used + 1) // 2):
        slot = _next_used(state, contract, slot)
    price = state.sources[slot]["price_ticks"]
    if used % 2 == 1:
        return price
    following = _next_used(state, contract, slot)
    return (price + state.sources[following]["price_ticks"]) // 2


@kernel
def _weigh(state, contract):
    """Set `weight_used` of the USED sources so that no share is above the cap; return their sum.

    Shares are taken of the sum of what is used, so nothing is divided to renormalise. A source
    above the cap gets the largest whole weight whose share is not above it; that raises the share
    of the others, so it is repeated until none is above. O(sources ** 2).

    weight * free and cap * rest are at most PPB ** 2 < 2**63. Load refuses parameters under which
    the cap could not be met (source_min * cap < 100 %), hence free > 0.
    """
    rates = state.rates[contract]
    first = contract * SOURCES_MAX
    stop = first + rates["source_count"]
    cap = rates["weight_max_ppb"]
    for slot in range(first, stop):
        source = state.sources[slot]
        source["weight_used"] = 0
        if source["status"] == SourceStatus.USED:
            source["weight_used"] = source["weight_ppb"]
    capped = 0
    while True:
        free = PPB - capped * cap
        rest = 0
        for slot in range(first, stop):
            rest += max(0, state.sources[slot]["weight_used"])
        joined = 0
        for slot in range(first, stop):
            source = state.sources[slot]
            weight = source["weight_used"]
            if weight > 0 and weight * free > cap * rest:
                source["weight_used"] = NONE  # capped: its weight follows when all are known
                joined += 1
        if joined == 0:
            break
        capped += joined
    if CHECKED:
        assert free > 0 and rest > 0
    total = rest
    for slot in range(first, stop):
        source = state.sources[slot]
        if source["weight_used"] == NONE:
            source["weight_used"] = cap * rest // free
            total += source["weight_used"]
    return total


@kernel
def _weighted(state, contract):
    """Return the weighted median or mean, ticks, of the USED sources; sets `weight_used`.

    The sum of the mean is at most PPB * PRICE_TICKS_MAX < 2**61. O(sources ** 2).
    """
    total = _weigh(state, contract)
    is_mean = state.rates[contract]["is_weighted_mean"]
    weighted_sum = 0
    cumulative = 0
    slot = _next_used(state, contract, NONE)
    while slot != NONE:
        source = state.sources[slot]
        price = source["price_ticks"]
        weighted_sum += source["weight_used"] * price
        cumulative += source["weight_used"]
        slot = _next_used(state, contract, slot)
        if not is_mean and 2 * cumulative >= total:
            if 2 * cumulative > total:
                return price
            return (price + state.sources[slot]["price_ticks"]) // 2
    return weighted_sum // total


@kernel
def _judge_sources(state, contract, now_ns):
    """Set `status` and `age_ns` of each source of this tick; return how many are USED.

    Deviation is measured from the median of the live sources of this very tick: never from the
    last index, since a true gap must pass. The products are below 2**31 * PPB. O(sources ** 2).
    """
    rates = state.rates[contract]
    first = contract * SOURCES_MAX
    stop = first + rates["source_count"]
    live = 0
    for slot in range(first, stop):
        source = state.sources[slot]
        source["status"] = SourceStatus.MISSING
        source["age_ns"] = 0
        source["weight_used"] = 0
        if source["price_ticks"] == 0:
            continue
        source["age_ns"] = now_ns - source["time_ns"]
        if CHECKED:
            assert source["age_ns"] >= 0
            assert 0 < source["price_ticks"] <= PRICE_TICKS_MAX
        if source["is_crossed"] != 0:
            source["status"] = SourceStatus.CROSSED
        elif source["age_ns"] > source["age_max_ns"]:
            source["status"] = SourceStatus.STALE
        else:
            source["status"] = SourceStatus.USED
            live += 1
    if live == 0:
        return live
    median_ticks = _median_used(state, contract, live)
    allowed = rates["deviation_max_ppb"] * median_ticks
    used = live
    for slot in range(first, stop):
        source = state.sources[slot]
        gap_ticks = abs(source["price_ticks"] - median_ticks)
        if source["status"] == SourceStatus.USED and gap_ticks * PPB > allowed:
            source["status"] = SourceStatus.OUTLYING
            used -= 1
    return used


@kernel
def update_index(state, contract, now_ns):
    """Compute the index of `contract` at `now_ns` from its sources; return its IndexStatus.

    Parameters
    ----------
    state : NamedTuple            sources and rates are changed in place
    contract : int64              0-based
    now_ns : int64                not before the previous call, nor before any source's time

    Writes `index_ticks`, `index_status`, `index_ns`, when GOOD also `index_good_ticks` and
    `index_good_ns`, and each source's verdict. On EXHAUSTED `index_ticks` keeps its last value and
    `mark_is_stale` is set: the caller halts the contract. May be called again at the same time.
    O(sources ** 2): 0.2 us for 5, 0.3 us for 8.

    Four sources of equal weight at 99,990, 100,000, 100,020, 200,000, a deviation limit of 5 % and
    source_min 3: 200,000 is OUTLYING, the index is 100,000, GOOD. With source_min 4 it is HELD.
    """
    rates = state.rates[contract]
    used = _judge_sources(state, contract, now_ns)
    rates["index_ns"] = now_ns
    if used >= rates["source_min"]:
        index_ticks = _weighted(state, contract)
        rates["index_ticks"] = index_ticks
        rates["index_good_ticks"] = index_ticks
        rates["index_good_ns"] = now_ns
        rates["index_status"] = IndexStatus.GOOD
        return rates["index_status"]
    good_ticks = rates["index_good_ticks"]
    since_ns = now_ns - rates["index_good_ns"]
    if CHECKED:
        assert good_ticks == 0 or since_ns >= 0
    rates["index_status"] = IndexStatus.EXHAUSTED
    if good_ticks == 0:
        rates["mark_is_stale"] = 1
    elif since_ns <= rates["hold_ns"]:
        rates["index_status"] = IndexStatus.HELD
        rates["index_ticks"] = good_ticks
    elif since_ns <= rates["hold_ns"] + rates["median_ns"] and used > 0:
        rates["index_status"] = IndexStatus.MEDIAN_OF_LIVE
        band_ticks = good_ticks * rates["median_band_ppb"] // PPB
        median_ticks = _median_used(state, contract, used)
        median_ticks = max(median_ticks, good_ticks - band_ticks)
        rates["index_ticks"] = min(median_ticks, good_ticks + band_ticks)
    else:
        # Said here too: a halted contract gets no mark, and must not reopen on the old one.
        rates["mark_is_stale"] = 1
    return rates["index_status"]


@kernel
def dispersion(state, contract):
    """Return how far the live sources lie apart, ppb of the index, down (VAL-06). O(sources).

    Live are those of the last tick that are USED or OUTLYING; 0 with none, or before an index. The
    product is below 2**31 * PPB < 2**61.

    Live at 99, 100 and 103, index 100: 4 % = 40,000,000.
    """
    index_ticks = state.rates[contract]["index_ticks"]
    first = contract * SOURCES_MAX
    lowest = 0
    highest = 0
    for slot in range(first, first + state.rates[contract]["source_count"]):
        source = state.sources[slot]
        status = source["status"]
        if status == SourceStatus.USED or status == SourceStatus.OUTLYING:
            price = source["price_ticks"]
            highest = max(highest, price)
            lowest = price if lowest == 0 else min(lowest, price)
    if index_ticks == 0:
        return 0
    return (highest - lowest) * PPB // index_ticks
