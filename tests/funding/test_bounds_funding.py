"""int64 safety of the rates: every value formed in docs/rates.md, in the manner of bounds.py.

Prices are at most 2**31 - 1, rates and weights at most PPB, intervals at most 24 h in whole
milliseconds. Formulas that live inside a kernel with state get a body that builds the rows.
"""

from collections.abc import Iterator

import pytest

from bounds import INT64_MAX, Formula, Int64, Interval, python_body
from hkperp_engine.units import (
    NOTIONAL_QUOTE_MAX,
    NS_PER_DAY,
    NS_PER_MS,
    PPB,
    PRICE_TICKS_MAX,
)
from hkperp_funding import index, mark, premium, rate
from hkperp_funding.layout import BASIS_SLOTS, INTEREST_PERIOD_MS, RATES, SOURCE, SOURCES_MAX
from rates_world import State

Steps = Iterator[tuple[str, Interval]]

DAY_MS = NS_PER_DAY // NS_PER_MS
PRICE = (1, PRICE_TICKS_MAX)
PRICE_OR_NONE = (0, PRICE_TICKS_MAX)
TIME = (0, INT64_MAX // 2)
RATE = (-PPB, PPB)

#: The index is below 2**31; (b) moves it by at most a price, (a) and the bands at most double it.
MARK = (-(2**32), 2**33)

#: Samples of 24 h at the finest grid that load allows, 1 ms; funding missed in a halt adds none.
SAMPLES_MAX = DAY_MS


def scaled(ticks: Interval, ppb: Interval) -> Interval:
    """Floor of ticks * ppb / PPB."""
    return ticks * ppb // PPB


def deviation_steps(price: Interval, median: Interval, limit_ppb: Interval) -> Steps:
    yield "sum of two middle prices", price + median
    yield "gap", price - median
    yield "gap * PPB", (price - median) * PPB
    yield "allowed", limit_ppb * median


def cap_steps(weight: Interval, cap: Interval, capped: Interval) -> Steps:
    free = (-(cap * capped) + PPB).within(1, PPB)
    yield "capped * cap", cap * capped
    yield "weight * free", weight * free
    rest = Interval(1, PPB)  # the weights of a contract sum to PPB
    yield "cap * rest", cap * rest
    # a capped weight is at most what it was, so the total stays at most PPB
    yield "2 * cumulative", Interval(0, 2 * PPB)
    yield "weighted sum", Interval(0, PPB) * Interval(*PRICE)


def ladder_steps(good: Interval, band_ppb: Interval, now: Interval, hold: Interval) -> Steps:
    band = scaled(good, band_ppb)
    yield "good * band", good * band_ppb
    yield "good - band", good - band
    yield "good + band", good + band
    yield "since", now - Interval(*TIME)
    yield "hold + median", hold + hold


def funding_value_steps(i: Interval, rate_ppb: Interval, ms: Interval, next_ns: Interval) -> Steps:
    yield "to go", next_ns - Interval(*TIME)
    yield "rate * to go", rate_ppb * ms
    yield "index * rest", i * rate_ppb
    yield "(a)", i + scaled(i, rate_ppb)


def basis_value_steps(i: Interval, mid: Interval) -> Steps:
    basis = mid - Interval(*PRICE)
    yield "basis sum", basis * BASIS_SLOTS
    by_basis = i + basis
    yield "(b)", by_basis
    yield "(a) + (b)", by_basis + Interval(0, 2**32)
    yield "index * band", i * (PPB - 1)
    yield "highest mark", (i + scaled(i, Interval(0, PPB - 1))).within(*MARK)


def premium_steps(
    index_ticks: Interval, impact_bid_ticks: Interval, impact_ask_ticks: Interval
) -> Steps:
    up = (impact_bid_ticks - index_ticks).within(0, PRICE_TICKS_MAX)
    down = (index_ticks - impact_ask_ticks).within(0, PRICE_TICKS_MAX)
    yield "up - down", up - down
    yield "ppb", (up - down) * PPB


def dispersion_steps(low: Interval, high: Interval, index_ticks: Interval) -> Steps:
    yield "(high - low) * PPB", (high - low) * PPB
    yield "of the index", (high - low) * PPB // index_ticks


def rate_steps(total: Interval, interest: Interval, band: Interval) -> Steps:
    mean = Interval(*RATE)
    yield "sum, negated", -total
    yield "interest - mean", interest - mean
    per_8h = mean + Interval(-PPB, PPB).within(-band.high, band.high)
    yield "per 8 h", per_8h
    yield "scaled", per_8h * DAY_MS
    scaled = per_8h * DAY_MS // INTEREST_PERIOD_MS
    yield "scaled, divided", scaled
    yield "last rate +- step", mean + Interval(-PPB, PPB)


def schedule_steps(next_ns: Interval, interval_ns: Interval, now: Interval) -> Steps:
    missed = (now - next_ns).within(0, TIME[1])
    # intervals * interval is at most what was missed and one interval; next + missed is now
    yield "intervals * interval", missed + interval_ns
    yield "following", (next_ns + missed).within(0, TIME[1]) + interval_ns


def payment_steps(value: Interval, rate_ppb: Interval) -> Steps:
    whole, rest = -value // PPB, Interval(0, PPB - 1)
    yield "whole * PPB", (whole * PPB).within(-value.high - PPB, value.high)
    yield "whole * rate", whole * rate_ppb
    yield "rest * rate", rest * rate_ppb
    yield "sum", whole * rate_ppb + rest


def row(dtype, **fields):
    """A row of exact integers: same names, no 64 bits to hide in."""
    return {name: Int64(fields.get(name, 0)) for name in dtype.names}


def no_sources():
    return [row(SOURCE) for _ in range(SOURCES_MAX)]


def run_index(is_mean, price_a, price_b, price_c, weight):
    """Three live sources with any prices under the most lenient limits."""
    weights = [weight, (PPB - weight) // 2, PPB - weight - (PPB - weight) // 2]
    sources = no_sources()
    for i, price in enumerate((price_a, price_b, price_c)):
        sources[i] = row(SOURCE, price_ticks=price, weight_ppb=weights[i], age_max_ns=NS_PER_DAY)
    rates = row(
        RATES,
        source_count=3,
        source_min=3,
        is_weighted_mean=is_mean,
        deviation_max_ppb=PPB - 1,
        weight_max_ppb=PPB // 2 - 1,
        median_ns=NS_PER_DAY,
        median_band_ppb=PPB - 1,
        index_good_ticks=price_b,
    )
    body = python_body(index.update_index)
    body(State(sources, [rates], []), 0, Int64(NS_PER_DAY))
    assert 0 < rates["index_ticks"] <= PRICE_TICKS_MAX * 2


def run_mark(index_ticks, basis, mid, rate_ppb, to_go_ns):
    rates = row(
        RATES,
        index_ticks=index_ticks,
        mark_band_ppb=PPB - 1,
        rate_ppb=rate_ppb,
        funding_interval_ns=NS_PER_DAY,
        next_funding_ns=to_go_ns,
        basis_window_ns=NS_PER_DAY,
        basis_samples_min=1,
        basis_count=BASIS_SLOTS,
    )
    ring = [{"time_ns": Int64(0), "basis_ticks": basis} for _ in range(BASIS_SLOTS)]
    python_body(mark.update_mark)(State([], [rates], ring), 0, Int64(0), mid)
    assert 0 < rates["mark_ticks"] < 2**32


def run_rate(total, interest, band, cap):
    rates = row(
        RATES,
        premium_sum_ppb=total,
        premium_count=SAMPLES_MAX,
        interest_ppb=interest,
        interest_band_ppb=band,
        rate_cap_ppb=cap,
        funding_interval_ns=NS_PER_DAY,
        next_funding_ns=NS_PER_DAY,
    )
    python_body(rate.close_interval)(State([], [rates], []), 0, Int64(TIME[1]))
    assert -cap <= rates["rate_ppb"] <= cap
    assert TIME[1] < rates["next_funding_ns"] <= TIME[1] + NS_PER_DAY


def run_payment(value, rate_ppb):
    """The docstring bounds lots * mark * tick value: the largest value stands in one factor."""
    python_body(rate.funding_payment)(value, Int64(1), Int64(1), rate_ppb)


SUM = SAMPLES_MAX * PPB

FORMULAS = [
    Formula(
        "deviation",
        {"price": PRICE, "median": PRICE, "limit_ppb": (0, PPB)},
        deviation_steps,
    ),
    Formula("cap", {"weight": (0, PPB), "cap": (1, PPB // 2), "capped": (0, 2)}, cap_steps),
    Formula(
        "ladder",
        {"good": PRICE, "band_ppb": (0, PPB - 1), "now": TIME, "hold": (0, NS_PER_DAY)},
        ladder_steps,
    ),
    Formula(
        "update_index",
        {
            "is_mean": (0, 1),
            "price_a": PRICE,
            "price_b": PRICE,
            "price_c": PRICE,
            "weight": (1, PPB - 2),
        },
        lambda **_: iter([]),
        run_index,
    ),
    Formula(
        "value from funding",
        {"i": PRICE, "rate_ppb": RATE, "ms": (0, DAY_MS), "next_ns": TIME},
        funding_value_steps,
    ),
    Formula("value from basis", {"i": PRICE, "mid": PRICE_OR_NONE}, basis_value_steps),
    Formula(
        "update_mark",
        {
            "index_ticks": PRICE,
            "basis": (-PRICE_TICKS_MAX, PRICE_TICKS_MAX),
            "mid": PRICE_OR_NONE,
            "rate_ppb": RATE,
            "to_go_ns": (0, NS_PER_DAY),
        },
        lambda **_: iter([]),
        run_mark,
    ),
    Formula(
        "premium_ppb",
        {
            "index_ticks": PRICE,
            "impact_bid_ticks": PRICE_OR_NONE,
            "impact_ask_ticks": PRICE_OR_NONE,
        },
        premium_steps,
        premium.premium_ppb,
    ),
    Formula(
        "rate",
        {"total": (-SUM, SUM), "interest": RATE, "band": (0, PPB)},
        rate_steps,
    ),
    Formula(
        "close_interval",
        {"total": (-SUM, SUM), "interest": RATE, "band": (0, PPB), "cap": (1, PPB)},
        lambda **_: iter([]),
        run_rate,
    ),
    Formula(
        "dispersion",
        {"low": PRICE, "high": PRICE, "index_ticks": PRICE},
        dispersion_steps,
    ),
    Formula(
        "schedule",
        {"next_ns": TIME, "interval_ns": (NS_PER_MS, NS_PER_DAY), "now": TIME},
        schedule_steps,
    ),
    Formula(
        "funding_payment",
        {"value": (-NOTIONAL_QUOTE_MAX, NOTIONAL_QUOTE_MAX), "rate_ppb": RATE},
        payment_steps,
        run_payment,
    ),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    body, count = python_body(formula.body), 0
    for point in formula.points():
        body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_every_kernel_has_a_row() -> None:
    """`sample` adds what `premium_ppb` gives and a difference of two prices; `funding_rate` is
    run by `close_interval`.
    """
    named = {formula.name for formula in FORMULAS} | {"sample", "funding_rate"}
    public = {name for module in (index, mark, premium, rate) for name in module.__all__}
    assert public - named == set()


def test_the_rows_are_as_wide_as_the_bounds() -> None:
    """The rows above hold exact integers; the real ones hold int64, nothing narrower."""
    for dtype in (SOURCE, RATES):
        assert {dtype[name].base.str for name in dtype.names} == {"<i8"}


def test_the_bounds_bite() -> None:
    """A sample that is not kept within 100 % would overflow the sum: found by both halves."""
    unbounded = PRICE_TICKS_MAX * PPB * SAMPLES_MAX
    wide = Formula("unbounded", {"total": (0, unbounded)}, lambda total: iter([]))
    assert not all(interval.fits for _, interval in wide.intervals())
    with pytest.raises(OverflowError):
        run_mark(Int64(2**62), Int64(0), Int64(0), Int64(PPB), Int64(0))
