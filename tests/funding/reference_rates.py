"""The rates once more: slow, obvious, in Python integers and fractions, from docs/rates.md alone.

Written from the published page, not from the kernels, and by other means where there are any:
sorting instead of scanning, exact shares instead of products, lists instead of rings.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

from hkperp_engine.codes import IndexStatus, SourceStatus

PPB = 10**9
MS = 10**6


def towards_zero(value: Fraction) -> int:
    """Drop the fraction, whatever the sign."""
    return math.trunc(value)


def clamp(value: int, low: int, high: int) -> int:
    """Keep `value` within low .. high."""
    return max(low, min(value, high))


def middle(prices: Sequence[int]) -> int:
    """Median; of an even count the mean of the two in the middle, rounded down."""
    ordered = sorted(prices)
    half = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[half]
    return math.floor(Fraction(ordered[half - 1] + ordered[half], 2))


def capped(weights: Sequence[int], cap_ppb: int) -> list[int]:
    """Weights of which none is a larger share of their sum than the cap.

    If k are capped they are the k heaviest. The right k is the smallest that leaves the next one,
    in what the k do not take, at or below the cap.
    """
    cap = Fraction(cap_ppb, PPB)
    heaviest = sorted(range(len(weights)), key=lambda i: -weights[i])
    for k in range(len(weights)):
        rest = sum(weights[i] for i in heaviest[k:])
        if Fraction(weights[heaviest[k]], rest) * (1 - k * cap) <= cap:
            break
    else:
        raise AssertionError("the cap cannot be met")
    worth = math.floor(cap * rest / (1 - k * cap))
    return [worth if i in heaviest[:k] else weight for i, weight in enumerate(weights)]


def weighted_median(prices: Sequence[int], weights: Sequence[int]) -> int:
    """Smallest price whose cumulative weight reaches half; exactly half: mean with the next."""
    half = Fraction(sum(weights), 2)
    pairs = sorted(zip(prices, weights, strict=True))
    for n in range(1, len(pairs) + 1):
        reached = sum(weight for _, weight in pairs[:n])
        if reached > half:
            return pairs[n - 1][0]
        if reached == half:
            return math.floor(Fraction(pairs[n - 1][0] + pairs[n][0], 2))
    raise AssertionError("no weight")


def weighted_mean(prices: Sequence[int], weights: Sequence[int]) -> int:
    """Mean, rounded down."""
    total = sum(price * weight for price, weight in zip(prices, weights, strict=True))
    return math.floor(Fraction(total, sum(weights)))


class ReferenceRates:
    """One contract. `sources`: dicts of price_ticks, time_ns, weight_ppb, age_max_ns."""

    def __init__(self, parameters: dict[str, int], sources: list[dict[str, int]]) -> None:
        self.p = dict(parameters)
        self.sources = [dict(source, status=0, age_ns=0, weight_used=0) for source in sources]
        self.index, self.status = 0, IndexStatus.GOOD
        self.good, self.good_ns = 0, 0
        self.mark, self.mark_ns, self.mark_basis, self.is_stale = 0, 0, 0, 0
        self.mark_good, self.mark_good_ns = 0, 0
        self.rate, self.rate_8h, self.rate_samples = 0, 0, 0
        self.premiums: list[int] = []
        self.basis: list[tuple[int, int]] = []
        self.next_funding = parameters["next_funding_ns"]
        self.funded_ns = 0

    def tick(self, now: int) -> None:
        """Section 1."""
        for source in self.sources:
            source.setdefault("is_crossed", 0)
            source["age_ns"] = now - source["time_ns"] if source["price_ticks"] else 0
            source["weight_used"] = 0
            if not source["price_ticks"]:
                source["status"] = SourceStatus.MISSING
            elif source["is_crossed"]:
                source["status"] = SourceStatus.CROSSED
            elif source["age_ns"] > source["age_max_ns"]:
                source["status"] = SourceStatus.STALE
            else:
                source["status"] = SourceStatus.USED
        live = [s for s in self.sources if s["status"] == SourceStatus.USED]
        if live:
            center = middle([s["price_ticks"] for s in live])
            for source in live:
                away = Fraction(abs(source["price_ticks"] - center), center)
                if away > Fraction(self.p["deviation_max_ppb"], PPB):
                    source["status"] = SourceStatus.OUTLYING
        used = [s for s in live if s["status"] == SourceStatus.USED]
        prices = [s["price_ticks"] for s in used]
        if len(used) >= self.p["source_min"]:
            weights = capped([s["weight_ppb"] for s in used], self.p["weight_max_ppb"])
            for source, weight in zip(used, weights, strict=True):
                source["weight_used"] = weight
            combine = weighted_mean if self.p["is_weighted_mean"] else weighted_median
            self.index = self.good = combine(prices, weights)
            self.good_ns, self.status = now, IndexStatus.GOOD
            return
        self.climb_down(now - self.good_ns, prices)

    def dispersion(self) -> int:
        """Monitor, GAT-062: highest less lowest live price, ppb of the index."""
        live = (SourceStatus.USED, SourceStatus.OUTLYING)
        prices = [s["price_ticks"] for s in self.sources if s["status"] in live]
        if not prices or not self.index:
            return 0
        return math.floor(Fraction((max(prices) - min(prices)) * PPB, self.index))

    def climb_down(self, since: int, prices: list[int]) -> None:
        """Section 1, step 5."""
        if self.good == 0:
            self.status = IndexStatus.EXHAUSTED
        elif since <= self.p["hold_ns"]:
            self.status, self.index = IndexStatus.HELD, self.good
        elif since <= self.p["hold_ns"] + self.p["median_ns"] and prices:
            self.status = IndexStatus.MEDIAN_OF_LIVE
            reach = math.floor(Fraction(self.good * self.p["median_band_ppb"], PPB))
            self.index = clamp(middle(prices), self.good - reach, self.good + reach)
        else:
            self.status = IndexStatus.EXHAUSTED
        if self.status == IndexStatus.EXHAUSTED:
            self.is_stale = 1

    def in_window(self, now: int) -> list[int]:
        """Basis of the samples (of the last 30) that are younger than the window."""
        return [b for time, b in self.basis[-30:] if now - time < self.p["basis_window_ns"]]

    def remark(self, now: int, mid: int) -> None:
        """Section 3."""
        self.is_stale = int(self.status != IndexStatus.GOOD or self.index == 0)
        if self.status == IndexStatus.EXHAUSTED or self.index == 0:
            return
        length = self.p["funding_interval_ns"] // MS
        to_go = clamp(math.floor(Fraction(self.next_funding - now, MS)), 0, length)
        rest = towards_zero(Fraction(self.rate * to_go, length))
        values = [self.index + math.floor(Fraction(self.index * rest, PPB))]
        basis = self.in_window(now)
        if len(basis) >= self.p["basis_samples_min"]:
            values.append(self.index + math.floor(Fraction(sum(basis), len(basis))))
            if mid:
                values.append(mid)
        reach = math.floor(Fraction(self.index * self.p["mark_band_ppb"], PPB))
        self.mark = clamp(middle(values), self.index - reach, self.index + reach)
        self.mark_ns, self.mark_basis = now, 2 ** len(values) - 1
        if not self.is_stale:
            self.mark_good, self.mark_good_ns = self.mark, now

    def sample(self, now: int, mid: int, impact_bid: int, impact_ask: int) -> None:
        """Section 4."""
        if self.status != IndexStatus.GOOD or self.index == 0:
            return
        up = max(0, impact_bid - self.index) if impact_bid else 0
        down = max(0, self.index - impact_ask) if impact_ask else 0
        premium = towards_zero(Fraction((up - down) * PPB, self.index))
        self.premiums.append(clamp(premium, -PPB, PPB))
        if mid:
            self.basis.append((now, mid - self.index))
        elif self.basis and now - self.basis[-1][0] < self.p["basis_window_ns"]:
            self.basis.append((now, self.basis[-1][1]))

    def projected(self) -> tuple[int, int]:
        """Section 5: the rate per 8 h and the payment rate of the samples so far."""
        if not self.premiums:
            return 0, 0
        premium = towards_zero(Fraction(sum(self.premiums), len(self.premiums)))
        band, cap = self.p["interest_band_ppb"], self.p["rate_cap_ppb"]
        per_8h = premium + clamp(self.p["interest_ppb"] - premium, -band, band)
        length = self.p["funding_interval_ns"] // MS
        scaled = towards_zero(Fraction(per_8h * length, 8 * 3600 * 1000))
        rate = clamp(scaled, -cap, cap)
        if step := self.p.get("rate_step_ppb", 0):
            rate = clamp(rate, self.rate - step, self.rate + step)
        return per_8h, rate

    def close(self, now: int) -> None:
        """Section 5, the end of an interval."""
        self.rate_8h, self.rate = self.projected()
        self.funded_ns = now
        self.rate_samples, self.premiums = len(self.premiums), []
        while self.next_funding <= now:
            self.next_funding += self.p["funding_interval_ns"]

    def fields(self) -> dict[str, int]:
        """State by the names of the kernels' row."""
        return {
            "index_ticks": self.index,
            "index_status": int(self.status),
            "index_good_ticks": self.good,
            "index_good_ns": self.good_ns,
            "mark_ticks": self.mark,
            "mark_ns": self.mark_ns,
            "mark_is_stale": self.is_stale,
            "mark_basis": self.mark_basis,
            "mark_good_ticks": self.mark_good,
            "mark_good_ns": self.mark_good_ns,
            "rate_ppb": self.rate,
            "rate8h_ppb": self.rate_8h,
            "rate_samples": self.rate_samples,
            "next_funding_ns": self.next_funding,
            "funded_ns": self.funded_ns,
            "premium_sum_ppb": sum(self.premiums),
            "premium_count": len(self.premiums),
            "basis_count": min(30, len(self.basis)),
        }


def payment(lots: int, mark: int, tick_value: int, rate_ppb: int) -> int:
    """Section 6, told apart by who pays: the payer up, the receiver down."""
    exact = Fraction(abs(lots) * mark * tick_value * abs(rate_ppb), PPB)
    is_payer = (lots > 0) == (rate_ppb > 0)
    return -math.ceil(exact) if is_payer else math.floor(exact)
