"""What load refuses, field by field, and the words it says (PROD-02, VAL-02, TV-9)."""

import pathlib

import pytest

from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_MS, PPB
from hkperp_funding import methodology
from hkperp_funding.parameters import check_rates_parameters, rates_problems
from rates_world import PARAMETERS, PERCENT, S, World

SOURCES = [{"weight_ppb": 20 * PERCENT, "age_max_ns": 10 * S}] * 5


def refused(sources=SOURCES, **changed):
    """Paths of the fields refused."""
    return [problem.path for problem in rates_problems({**PARAMETERS, **changed}, sources)]


def test_good_parameters():
    assert refused() == []
    check_rates_parameters(PARAMETERS, SOURCES)
    world = World((1, 2, 3, 4, 5))
    check_rates_parameters(world.rates, world.sources)


def test_convergence_at_least_daily():
    """(TV-9) 24 h is allowed, 24 h + 1 s is not."""
    assert refused(funding_interval_ns=NS_PER_DAY) == []
    assert refused(funding_interval_ns=NS_PER_DAY + S) == ["funding_interval_ns"]
    with pytest.raises(InputError, match="PROD_CONVERGENCE_GT_24H") as caught:
        check_rates_parameters(
            {**PARAMETERS, "funding_interval_ns": NS_PER_DAY + S}, SOURCES, path="contracts[0]."
        )
    assert str(caught.value) == (
        "contracts[0].funding_interval_ns: PROD_CONVERGENCE_GT_24H: 86401000000000 ns between "
        "fundings is longer than 24 h (at most 86400000000000: the price must converge at least "
        "daily (PROD-02))"
    )


# field, the last value allowed and the first refused beyond it
EDGES = [
    ("source_min", 3, 2),
    ("source_min", 5, 6),
    ("deviation_max_ppb", 1, 0),
    ("deviation_max_ppb", PPB - 1, PPB),
    ("weight_max_ppb", PPB // 2 - 1, PPB // 2),
    ("weight_max_ppb", 333_333_334, 333_333_333),
    ("is_weighted_mean", 1, 2),
    ("hold_ns", 0, -1),
    ("median_ns", NS_PER_DAY, NS_PER_DAY + 1),
    ("median_band_ppb", 0, -1),
    ("median_band_ppb", PPB - 1, PPB),
    ("mark_band_ppb", 1, 0),
    ("mark_band_ppb", PPB - 1, PPB),
    ("basis_samples_min", 30, 31),
    ("basis_samples_min", 1, 0),
    ("impact_notional", 1, 0),
    ("impact_notional", 2**56, 2**56 + 1),
    ("interest_ppb", -PPB, -PPB - 1),
    ("interest_band_ppb", 0, -1),
    ("rate_cap_ppb", 1, 0),
    ("rate_cap_ppb", PPB, PPB + 1),
    ("funding_interval_ns", 5 * S, 5 * S - NS_PER_MS),
    ("funding_interval_ns", 5 * S, 5 * S + 1),
    ("basis_window_ns", 150 * S, 150 * S + 1),
    ("basis_window_ns", 50 * S, 50 * S - 1),
]


@pytest.mark.parametrize(("name", "allowed", "beyond"), EDGES)
def test_edges(name, allowed, beyond):
    assert name not in refused(**{name: allowed})
    assert name in refused(**{name: beyond})


def test_sources():
    assert refused(SOURCES[:4]) == ["source_count", "sources"]
    assert refused([*SOURCES[:4], {"weight_ppb": 20 * PERCENT + 1, "age_max_ns": S}]) == [
        "sources"
    ]
    assert refused([*SOURCES[:4], {"weight_ppb": 0, "age_max_ns": 0}]) == [
        "sources[4].weight_ppb",
        "sources[4].age_max_ns",
        "sources",
    ]
    assert refused([{"weight_ppb": PPB // 2, "age_max_ns": S}] * 2, source_count=2) == [
        "source_count",
        "source_min",
    ]


def test_sample_grid():
    assert refused(sample_interval_ns=5 * S + 1) == ["sample_interval_ns"]
    assert refused(sample_interval_ns=NS_PER_MS - 1)[0] == "sample_interval_ns"
    assert "basis_window_ns" in refused(sample_interval_ns=20 * S)


def test_the_page_names_the_methodology():
    """(VAL-01) The published page and the code agree on the version."""
    page = pathlib.Path(__file__).parents[2] / "docs" / "rates.md"
    told = f"**{methodology.METHODOLOGY}, version {methodology.METHODOLOGY_VERSION}**"
    assert told in page.read_text(encoding="utf-8")
