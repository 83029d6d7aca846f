"""Index, mark, samples, funding rate and payment: docs/rates.md, one function per section."""

from dataclasses import dataclass, field
from fractions import Fraction

from hkperp_engine.codes import IndexStatus, SourceStatus
from reference.whole import PPB, ceil_div, clamp, mdf, trunc_div

BASIS_KEPT = 30
EIGHT_HOURS_MS = 28_800_000
NS_PER_MS = 1_000_000


@dataclass(slots=True)
class Rates:
    """Everything section 1 to 5 remember about one contract.

    funded_ns : time of the last funding, the start before the first
    live_prices : ticks, of the sources that the last tick found live
    """

    source_prices: list[int]
    source_times: list[int]
    source_crossed: list[bool]
    next_funding_ns: int
    funded_ns: int
    index: int = 0
    status: IndexStatus = IndexStatus.EXHAUSTED
    used_count: int = 0
    good_index: int = 0
    good_ns: int = 0
    mark: int = 0
    mark_ns: int = 0
    bits: int = 0
    is_stale: bool = True
    rate_ppb: int = 0
    premium_sum: int = 0
    premium_count: int = 0
    basis: list[tuple[int, int]] = field(default_factory=list)  # (time, basis), oldest first
    live_prices: list[int] = field(default_factory=list)


def median(prices: list[int]) -> int:
    """Unweighted median; of an even count the floor of the middle two's mean."""
    ordered = sorted(prices)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) // 2


def judge_sources(contract, rates: Rates, now_ns: int) -> list[tuple[SourceStatus, int, int]]:
    """Steps 1 and 2: (verdict, price, age) of each source."""
    verdicts = []
    for i, source in enumerate(contract.sources):
        price = rates.source_prices[i]
        age = now_ns - rates.source_times[i] if price else 0
        if not price:
            verdicts.append((SourceStatus.MISSING, price, age))
        elif rates.source_crossed[i]:
            verdicts.append((SourceStatus.CROSSED, price, age))
        elif age > source.age_max_ns:
            verdicts.append((SourceStatus.STALE, price, age))
        else:
            verdicts.append((SourceStatus.USED, price, age))
    live = [price for verdict, price, _ in verdicts if verdict == SourceStatus.USED]
    rates.live_prices = live
    if live:
        middle = median(live)
        for i, (verdict, price, age) in enumerate(verdicts):
            is_far = abs(price - middle) * PPB > contract.index.deviation_max_ppb * middle
            if verdict == SourceStatus.USED and is_far:
                verdicts[i] = (SourceStatus.OUTLYING, price, age)
    return verdicts


def capped_weights(weights: list[int], cap: int) -> list[int]:
    """Step 4: weights of the used sources, none of them above `cap` of the new total."""
    capped: set[int] = set()
    while True:
        free = sum(weight for i, weight in enumerate(weights) if i not in capped)
        room = PPB - len(capped) * cap
        joining = {
            i for i, weight in enumerate(weights) if i not in capped and weight * room > cap * free
        }
        if not joining:
            break
        capped |= joining
    return [cap * free // room if i in capped else weight for i, weight in enumerate(weights)]


def weighted_median(pairs: list[tuple[int, int]]) -> int:
    """The price at which half the weight is reached; `pairs` are (price, weight)."""
    ordered = sorted(pairs)
    half = Fraction(sum(weight for _, weight in ordered), 2)
    reached = 0
    for i, (price, weight) in enumerate(ordered):
        reached += weight
        if reached == half:
            return (price + ordered[i + 1][0]) // 2
        if reached > half:
            return price
    raise AssertionError("no weight")


def update_index(contract, rates: Rates, now_ns: int) -> list[tuple[SourceStatus, int, int]]:
    """Section 1: a new index and its status; returns the verdicts for the record."""
    rules = contract.index
    verdicts = judge_sources(contract, rates, now_ns)
    used = [i for i, (verdict, _, _) in enumerate(verdicts) if verdict == SourceStatus.USED]
    rates.used_count = len(used)
    if len(used) >= rules.source_min:
        prices = [verdicts[i][1] for i in used]
        weights = capped_weights(
            [contract.sources[i].weight_ppb for i in used], rules.weight_max_ppb
        )
        pairs = list(zip(prices, weights, strict=True))
        if rules.is_weighted_mean:
            rates.index = sum(price * weight for price, weight in pairs) // sum(weights)
        else:
            rates.index = weighted_median(pairs)
        rates.status = IndexStatus.GOOD
        rates.good_index, rates.good_ns = rates.index, now_ns
        return verdicts
    since = now_ns - rates.good_ns
    if rates.good_index == 0:
        rates.status = IndexStatus.EXHAUSTED
    elif since <= rules.hold_ns:
        rates.status, rates.index = IndexStatus.HELD, rates.good_index
    elif since <= rules.hold_ns + rules.median_ns and used:
        band = mdf(rates.good_index, rules.median_band_ppb)
        middle = median([verdicts[i][1] for i in used])
        rates.status = IndexStatus.MEDIAN_OF_LIVE
        rates.index = clamp(middle, rates.good_index - band, rates.good_index + band)
    else:
        rates.status = IndexStatus.EXHAUSTED
    return verdicts


def mark_of(contract, rates: Rates, mid: int, now_ns: int) -> tuple[int, int]:
    """Section 3: the mark and the bits of what it was made of."""
    index = rates.index
    interval = contract.funding.interval_ns // NS_PER_MS
    left = clamp((rates.next_funding_ns - now_ns) // NS_PER_MS, 0, interval)
    first = index + mdf(index, trunc_div(rates.rate_ppb * left, interval))
    window = contract.mark.basis_window_ns
    recent = [basis for time_ns, basis in rates.basis if 0 <= now_ns - time_ns < window]
    value, bits = first, 1
    if len(recent) >= contract.mark.basis_samples_min:
        second = index + sum(recent) // len(recent)
        if mid:
            value, bits = sorted((first, second, mid))[1], 7
        else:
            value, bits = (first + second) // 2, 3
    band = mdf(index, contract.mark.band_ppb)
    return clamp(value, index - band, index + band), bits


def take_samples(contract, rates: Rates, book, now_ns: int) -> None:
    """Section 4: one basis and one premium sample, if the index is good."""
    if rates.status != IndexStatus.GOOD:
        return
    window = contract.mark.basis_window_ns
    mid = book.mid()
    if mid:
        rates.basis.append((now_ns, mid - rates.index))
    elif rates.basis and now_ns - rates.basis[-1][0] < window:
        rates.basis.append((now_ns, rates.basis[-1][1]))
    del rates.basis[:-BASIS_KEPT]
    impact_bid, impact_ask = book.impact_prices(contract.funding.impact_notional)
    up = max(0, impact_bid - rates.index) if impact_bid else 0
    down = max(0, rates.index - impact_ask) if impact_ask else 0
    rates.premium_sum += clamp(trunc_div((up - down) * PPB, rates.index), -PPB, PPB)
    rates.premium_count += 1


def fix_rate(contract, rates: Rates) -> int:
    """Section 5: the payment rate of the interval; returns the number of samples it stands on."""
    rules, count, last = contract.funding, rates.premium_count, rates.rate_ppb
    rates.rate_ppb = 0
    if count:
        premium = trunc_div(rates.premium_sum, count)
        band = rules.interest_band_ppb
        rate = premium + clamp(rules.interest_ppb - premium, -band, band)
        scaled = trunc_div(rate * (rules.interval_ns // NS_PER_MS), EIGHT_HOURS_MS)
        rate = clamp(scaled, -rules.rate_cap_ppb, rules.rate_cap_ppb)
        step = rules.rate_step_ppb
        rates.rate_ppb = clamp(rate, last - step, last + step) if step else rate
    rates.premium_sum = rates.premium_count = 0
    return count


def payment(lots: int, mark: int, tick_value: int, rate_ppb: int) -> int:
    """Section 6: what a holder gets (negative: pays), in ledger units."""
    return -(lots * mark * tick_value) * rate_ppb // PPB


def impact_price(levels: list[tuple[int, int]], notional: int, is_bid: bool) -> int:
    """Section 2: average price of the fewest lots worth `notional`; 0 if not deep enough.

    `levels` are (price, lots), best first.
    """
    value = taken = 0
    for price, lots in levels:
        wanted = ceil_div(notional - value, price)
        n = min(lots, wanted)
        value, taken = value + n * price, taken + n
        if n == wanted:
            return value // taken if is_bid else ceil_div(value, taken)
    return 0
