"""The kernels against the slow reference, over whole histories of random legal contracts."""

import collections
import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from hkperp_engine.codes import IndexStatus, SourceStatus
from hkperp_engine.units import NS_PER_MS, PPB, PRICE_TICKS_MAX
from hkperp_funding.parameters import rates_problems
from hkperp_funding.rate import funding_payment
from rates_world import CONTRACT, HOUR, PARAMETERS, PERCENT, S, World
from reference_rates import ReferenceRates, payment

START = 1_700_000_000 * S

RUNS = 100
STEPS = 80


def contract(chance):
    """Parameters and weights that load accepts, the usual and the extreme."""
    count = chance.randint(3, 8)
    least = chance.randint(3, count)

    def ppb(*usual):
        return chance.choice([*usual, chance.randint(1, 10**8), PPB - 1])

    parameters = {
        **PARAMETERS,
        "source_count": count,
        "source_min": least,
        "weight_max_ppb": chance.choice(
            [PPB // 2 - 1, -(-PPB // least), chance.randint(-(-PPB // least), PPB // 2 - 1)]
        ),
        "is_weighted_mean": chance.randint(0, 1),
        "deviation_max_ppb": ppb(2 * PERCENT, 5 * PERCENT),
        "median_band_ppb": ppb(0, PERCENT // 10),
        "mark_band_ppb": ppb(1, PERCENT // 10, PERCENT),
        "hold_ns": chance.randint(0, 60) * S,
        "median_ns": chance.randint(0, 120) * S,
        "basis_samples_min": chance.randint(1, 10),
        "interest_ppb": ppb(100_000) * chance.choice([1, -1]),
        "interest_band_ppb": ppb(0, 500_000),
        "rate_cap_ppb": ppb(1, 3_500_000),
        "rate_step_ppb": ppb(0, 0, 1, 100_000),
        "funding_interval_ns": chance.choice([60_000, 3_600_000, 24 * 3_600_000]) * NS_PER_MS
        + chance.choice([0, NS_PER_MS]) * chance.choice([0, -1]),
        "next_funding_ns": START + 100 * S,
    }
    cuts = sorted(chance.sample(range(1, PPB), count - 1))
    if chance.random() < 0.5:  # equal weights: halves are met exactly
        cuts = [PPB * i // count for i in range(1, count)]
    return parameters, [b - a for a, b in itertools.pairwise([0, *cuts, PPB])]


def clamp(price):
    """The nearest price there can be."""
    return max(1, min(PRICE_TICKS_MAX, price))


def history(chance, count):
    """Yield (ns later, source prices, mid and impact prices): mostly quiet, with every fault."""
    base = chance.choice([100_000, 3_000, 5, PRICE_TICKS_MAX - 10**6, chance.randint(1, 2**30)])
    width = chance.choice([1, base // 5_000, base // 300])
    for step in range(STEPS):
        faults = 0 if step < 15 else chance.choice([0, 0, 0, 1, 2, count])
        shown = [clamp(base + chance.randint(-width, width)) for _ in range(count)]
        for i in chance.sample(range(count), faults):
            far = clamp(shown[i] * chance.choice([2, 10]))
            shown[i] = chance.choice([None, None, 0, far, chance.randint(1, PRICE_TICKS_MAX)])
        near = [clamp(base + chance.randint(-2 * width, 2 * width)) for _ in range(3)]
        book = [chance.choice([price] * 8 + [0, 1, clamp(2 * base)]) for price in near]
        later = chance.choice([1] + [5 * S] * 12 + [11 * S, 31 * S, 151 * S])
        yield later, shown, book
        base = clamp(base + chance.randint(-width, width))


def compare(world, reference):
    for name, expected in reference.fields().items():
        assert world.get(name) == expected, name
    for name in ("status", "age_ns", "weight_used"):
        assert world.of_sources(name) == [int(s[name]) for s in reference.sources], name
    kept = world.get("basis_count")
    slots = [(world.get("basis_next") - kept + i) % 30 for i in range(kept)]
    rows = [world.state.basis[CONTRACT * 30 + slot] for slot in slots]
    assert [(int(r["time_ns"]), int(r["basis_ticks"])) for r in rows] == reference.basis[-30:]


def run(seed):
    """Run one history in both; return what was met on the way."""
    chance = random.Random(seed)
    parameters, weights = contract(chance)
    world = World(weights=weights, **parameters)
    rows = [{"weight_ppb": weight, "age_max_ns": 10 * S} for weight in weights]
    assert list(rates_problems(world.rates, rows)) == []
    reference = ReferenceRates(parameters, [{"price_ticks": 0, "time_ns": 0, **r} for r in rows])
    now, seen = START, collections.Counter()
    for later, shown, (mid, bid, ask) in history(chance, len(weights)):
        now += later
        world.show(now, *shown)
        for i, (source, price) in enumerate(zip(reference.sources, shown, strict=True)):
            if price is not None:
                source["price_ticks"], source["time_ns"] = price, now
                is_crossed = int(chance.random() < 0.03)
                source["is_crossed"] = world.sources[i]["is_crossed"] = is_crossed
        assert world.update_index(now) == world.get("index_status")
        reference.tick(now)
        compare(world, reference)
        assert world.dispersion() == reference.dispersion()
        world.sample(now, mid, bid, ask)
        reference.sample(now, mid, bid, ask)
        assert world.update_mark(now, mid) == world.get("mark_ticks")
        reference.remark(now, mid)
        compare(world, reference)
        assert world.funding_rate() == reference.projected()[1]
        if now >= reference.next_funding:
            world.close_interval(now)
            reference.close(now)
            compare(world, reference)
            seen["rate" if reference.rate else "no rate"] += 1
        seen[reference.status.name] += 1
        seen[f"mark of {reference.mark_basis}"] += 1
        seen.update(SourceStatus(source["status"]).name for source in reference.sources)
        used = [source for source in reference.sources if source["weight_used"]]
        seen["capped"] += any(source["weight_used"] < source["weight_ppb"] for source in used)
    return seen


def test_histories():
    """Every rung, verdict and kind of mark is met often, or the comparison says little."""
    seen = sum((run(seed) for seed in range(RUNS)), collections.Counter())
    met = [status.name for status in (*IndexStatus, *SourceStatus)]
    met += ["rate", "no rate", "capped", "mark of 1", "mark of 3", "mark of 7"]
    assert all(seen[name] > RUNS // 4 for name in met), seen


@given(st.integers(0, 2**64))
def test_other_histories(seed):
    """Seeds that nobody chose."""
    run(seed)


def test_a_long_interval_of_samples():
    """An hour of samples every 5 s: the ring wraps 24 times; a premium that changes sign."""
    world = World(prices=(27_960,) * 5, funding_interval_ns=HOUR, next_funding_ns=HOUR)
    parameters = {**PARAMETERS, "funding_interval_ns": HOUR, "next_funding_ns": HOUR}
    reference = ReferenceRates(
        parameters,
        [
            {"price_ticks": 27_960, "time_ns": 0, "weight_ppb": PPB // 5, "age_max_ns": 10 * S}
            for _ in range(5)
        ],
    )
    for now in range(5 * S, HOUR + 1, 5 * S):
        world.show(now, *[27_960] * 5)
        for source in reference.sources:
            source["time_ns"] = now
        bid = 27_900 + (now // S) % 97
        world.update_index(now)
        reference.tick(now)
        world.sample(now, bid + 5, bid, bid + 10)
        reference.sample(now, bid + 5, bid, bid + 10)
        world.update_mark(now, bid + 5)
        reference.remark(now, bid + 5)
    compare(world, reference)
    world.close_interval(HOUR)
    reference.close(HOUR)
    compare(world, reference)
    assert reference.rate_samples == 720


def test_the_example_of_the_readme():
    """funding/README.md, the whole chain with its numbers."""
    world = World((99_990, 100_000, 100_020, 200_000), rate_ppb=100_000)
    now = world.rates["next_funding_ns"] = 8 * HOUR
    now -= 2 * HOUR
    world.show(now, 99_990, 100_000, 100_020, 200_000)
    world.update_index(now)
    assert world.get("index_ticks", "index_status") == (100_000, IndexStatus.GOOD)
    assert world.of_sources("status")[3] == SourceStatus.OUTLYING
    world.add_basis(*[(now - 5 * S * i, 41 + (i < 4)) for i in range(30)])  # 30 * 41 + 4 = 1,234
    for mid, expected in ((100_060, 100_041), (90_000, 100_002)):
        assert world.update_mark(now, mid) == expected
    world.sample(now, 100_060, 100_120, 100_140)
    assert world.get("premium_sum_ppb") == 1_200_000
    assert world.close_interval(8 * HOUR) == 700_000
    assert funding_payment(3, 100_041, 1, 700_000) == -211
    assert funding_payment(-3, 100_041, 1, 700_000) == 210


@given(
    st.integers(-(2**31) + 1, 2**31 - 1),
    st.integers(1, 2**25),
    st.integers(-PPB, PPB),
)
def test_payments(lots, mark, rate):
    assert funding_payment(lots, mark, 1, rate) == payment(lots, mark, 1, rate)
