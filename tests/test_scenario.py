"""The scenario language: quantities are exact, every number has bounds, the good files load."""

import re
import subprocess
import sys
import typing
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from bad_input import GOOD
from hkperp.config import Config
from hkperp.quantities import Amount, Duration, Percent, Price, Quantity, Size, Time, time_text
from hkperp.scenario import actors as scenario_actors
from hkperp.scenario import evidence as scenario_evidence
from hkperp.scenario import gate as scenario_gate
from hkperp.scenario import gate_entries as scenario_gate_entries
from hkperp.scenario import market as scenario_market
from hkperp.scenario import timeline as scenario_timeline
from hkperp.scenario import whole as scenario_whole
from hkperp.scenario.expectations import FIGURES, Failure, judge
from hkperp.scenario.market import CsvColumn
from hkperp.scenario.price_path import market_steps, read_csv
from hkperp.scenario.reader import digest, load, loads
from hkperp.scenario.settings import config_of, origin
from hkperp.scenario.strict_yaml import read_text
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import InvestorClass, LossSharing, Reject
from hkperp_engine.errors import ScenarioError
from hkperp_engine.units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S

ROOT = Path(__file__).resolve().parents[1]
CASCADE = ROOT / "scenarios" / "2025-10-10-cascade.yaml"
DOCS = ROOT / "docs" / "scenarios.md"


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load(GOOD)


def changed(old: str, new: str) -> Scenario:
    """The small scenario with one text replaced."""
    text = GOOD.read_text()
    assert text.count(old) == 1, (old, text.count(old))
    return loads(text.replace(old, new).encode())


EXACT = [
    (Amount, "500_000.00", 500_000_000_000),
    (Amount, 5, 5_000_000),
    (Amount, "0.000001", 1),
    (Percent, "0.5%", 5_000_000),
    (Percent, "66.6666667%", 666_666_667),
    (Percent, "100%", 1_000_000_000),
    (Price, "121662.55", 12_166_255_000_000),
    (Size, "0.001", 100_000),
    (Size, "1.50", 150_000_000),
    (Duration, "8h", 8 * NS_PER_HOUR),
    (Duration, "1500ms", 1_500_000_000),
    (Time, "2025-10-10T20:45Z", 1_760_129_100 * NS_PER_S),
    (Time, "2025-10-10T20:45:00.000000001Z", 1_760_129_100 * NS_PER_S + 1),
    (Time, "2024-02-29T23:59:59Z", 1_709_251_199 * NS_PER_S),
]
REFUSED = [
    (Amount, "1_00"),
    (Amount, "1,000"),
    (Amount, "0.0000001"),
    (Amount, "-1"),
    (Amount, "1e3"),
    (Amount, "٣"),
    (Amount, " 1"),
    (Amount, ""),
    (Amount, "."),
    (Amount, "01"),
    (Amount, True),
    (Amount, None),
    (Amount, [1]),
    (Amount, "9" * 41),
    (Percent, "0.5"),
    (Percent, 1),
    (Percent, "%"),
    (Percent, "100.0000001%"),
    (Percent, "0.00000001%"),
    (Price, 0),
    (Size, "0"),
    (Duration, "0s"),
    (Duration, "1.5h"),
    (Duration, "8"),
    (Duration, "367d"),
    (Duration, 8),
    (Time, "2025-02-29T00:00Z"),
    (Time, "2025-10-10T24:00Z"),
    (Time, "2025-10-10T00:00"),
    (Time, "2025-10-10T00:00+00:00"),
    (Time, "1999-10-10T00:00Z"),
    (Time, 0),
]


@pytest.mark.parametrize(("kind", "written", "units"), EXACT)
def test_quantity_is_exact(kind: type[Quantity], written: object, units: int) -> None:
    found = kind.parse(written)
    assert type(found) is kind
    assert found == units


@pytest.mark.parametrize(("kind", "written"), REFUSED)
def test_quantity_is_refused(kind: type[Quantity], written: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        kind.parse(written)


def test_quantity_text_is_read_back() -> None:
    for kind, written, units in EXACT:
        text = time_text(units) if kind is Time else kind.text(units)
        if units % 1_000_000 == 0 or kind is not Time:
            assert kind.parse(text) == units, written


def number_fields(kind: inspect.Type, path: str) -> typing.Iterator[str]:
    """Paths of the numbers without bounds below a type."""
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield from number_fields(field.type, f"{path}.{field.encode_name}")
    elif isinstance(kind, inspect.VarTupleType):
        if kind.max_length is None:
            yield f"{path}: list without a length"
        yield from number_fields(kind.item_type, path + "[]")
    elif isinstance(kind, inspect.TupleType):
        for item in kind.item_types:
            yield from number_fields(item, path)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from number_fields(each, path)
    elif isinstance(kind, inspect.IntType):
        if kind.ge is None or kind.le is None:
            yield f"{path}: int without bounds"
    elif isinstance(kind, inspect.StrType):
        if kind.max_length is None and kind.pattern is None:
            yield f"{path}: text without bounds"
    elif isinstance(kind, inspect.CustomType):
        if not issubclass(kind.cls, Quantity):
            yield f"{path}: {kind.cls}"
    elif not isinstance(kind, inspect.LiteralType | inspect.BoolType | inspect.NoneType):
        yield f"{path}: {type(kind).__name__}"


def test_every_number_has_bounds() -> None:
    assert list(number_fields(inspect.type_info(Scenario), "$")) == []


def records() -> list[type[msgspec.Struct]]:
    """Every record of the language."""
    found: dict[str, type[msgspec.Struct]] = {}
    for module in (
        scenario_gate,
        scenario_evidence,
        scenario_gate_entries,
        scenario_market,
        scenario_actors,
        scenario_timeline,
        scenario_whole,
    ):
        for name in module.__all__:
            value = getattr(module, name)
            if isinstance(value, type) and issubclass(value, msgspec.Struct):
                found[name] = value
    return list(found.values())


def test_every_record_is_strict() -> None:
    for record in records():
        assert record.__struct_config__.forbid_unknown_fields, record
        assert record.__struct_config__.frozen, record


def test_every_key_is_in_the_documentation() -> None:
    text = DOCS.read_text()
    missing = {
        f"{record.__name__}.{name}"
        for record in records()
        for name in record.__struct_encode_fields__
        if f"`{name}`" not in text and f"{name}:" not in text
    }
    assert not missing
    assert [name for name in FIGURES if f"`{name}`" not in text] == []


def test_examples_in_the_documentation_are_read() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(blocks) >= 8
    for block in blocks:
        assert read_text(block.encode(), "docs").value


def test_words_are_those_of_the_machine() -> None:
    """Literals of the language are the names of the codes."""
    assert set(typing.get_args(scenario_actors.ClassName)) == set(InvestorClass.__members__)
    sharing = typing.get_type_hints(scenario_market.HouseRecord)["loss_sharing"]
    assert set(typing.get_args(sharing)) == set(LossSharing.__members__)


@pytest.mark.parametrize("path", sorted((ROOT / "scenarios").glob("*.yaml")), ids=lambda p: p.stem)
def test_scenarios_load(path: Path) -> None:
    scenario = load(path)
    assert scenario.name == path.stem
    for pack in scenario.packs:
        assert isinstance(config_of(scenario, pack), Config)


def test_cascade_is_what_the_issue_asks_for() -> None:
    scenario = load(CASCADE)
    assert len(scenario.paths[0].knots) <= 130
    accounts = len(scenario.participants) + sum(each.count for each in scenario.populations)
    assert accounts >= 20_000
    first, second = scenario.packs
    assert first.contracts[0].tiers[0].initial == Percent.parse("20%")
    assert "not HK" in second.label
    assert second.contracts[0].tiers[0].initial == Percent.parse("1%")
    prices = [price for _, price in scenario.paths[0].knots]
    fall = 1 - min(prices) / prices[0]
    assert 0.157 <= fall < 0.158


def test_small_becomes_a_config(small: Scenario) -> None:
    config = config_of(small, small.packs[0])
    contract = config.contracts[0]
    assert (contract.tick_value, contract.price_ticks_max) == (10_000, 300_000)
    assert (contract.lots_max, contract.oi_cap_lots) == (1_000_000, 10_000_000)
    assert contract.tiers[1].floor_quote == 50_000_000 * 10**6
    assert contract.funding.impact_notional == 100_000 * 10**6 // 10_000
    assert config.house.close_out_ppb == 666_666_667
    assert all(type(getattr(contract, name)) is not Percent for name in contract.__struct_fields__)


def test_digest_is_of_the_meaning(small: Scenario) -> None:
    text = GOOD.read_text()
    assert digest(loads(("# another comment\n" + text).encode())) == digest(small)
    assert digest(changed("seed: 5", "seed: 6")) != digest(small)


def test_path_in_ticks(small: Scenario) -> None:
    """60,000 USD x 7.78 / 10 HKD = 46,680 ticks; interpolated and rounded half up."""
    steps = market_steps(small)
    assert steps.times[0] == small.start
    assert steps.times[-1] == small.end
    assert len(steps.times) == 12  # eleven minutes' edges and the knot at half a minute
    ticks = steps.path_ticks[0]
    assert ticks[0] == 46_680
    at_knot = steps.times.index(small.start + 5 * NS_PER_MINUTE + 30 * NS_PER_S)
    assert ticks[at_knot] == 42_790  # 55,000.5 x 0.778 = 42,790.389
    # One minute into five and a half: 60,000 - 4,999.5 x 2 / 11 = 59,091.
    assert ticks[1] == round(59_091 * 0.778)
    assert ticks[-1] == 42_012


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ("kind: stale, from: 2026-03-02T00:02Z, until: 2026-03-02T00:03Z", None),
        ("kind: zero, from: 2026-03-02T00:02Z, until: 2026-03-02T00:03Z", 0),
        ("kind: outlying, from: 2026-03-02T00:02Z, until: 2026-03-02T00:03Z, by: 20%", 54_319),
        ("kind: delayed, from: 2026-03-02T00:02Z, until: 2026-03-02T00:03Z, delay: 2m", 46_680),
    ],
)
def test_faults(fault: str, expected: int | None) -> None:
    old = "kind: outlying, from: 2026-03-02T00:02Z, until: 2026-03-02T00:03Z, by: 20%"
    steps = market_steps(changed(old, fault))
    rows = steps.source_ticks[0]
    assert rows[1][2] == expected
    assert rows[1][1] == steps.path_ticks[0][1]
    assert rows[1][3] == steps.path_ticks[0][3]
    assert rows[0][2] is not None


def test_csv_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HKPERP_DATA", str(tmp_path))
    rows = ["open_time,open", "1000,1.5", "2000,2", "3000,121689.009652059999", "4000,5"]
    (tmp_path / "prices.csv").write_text("\n".join(rows) + "\n")
    column = CsvColumn(
        file="prices.csv", time_column="open_time", time_unit="ms", price_column="open"
    )
    knots = read_csv(column, 2 * NS_PER_S, 3 * NS_PER_S)
    assert knots == ((2 * NS_PER_S, 2 * 10**8), (3 * NS_PER_S, 12_168_900_965_205))
    (tmp_path / "prices.csv").write_text("\n".join([*rows, "4000,5"]))
    with pytest.raises(ValueError, match="line 6: the time does not rise"):
        read_csv(column, 0, 5 * NS_PER_S)


def test_origin_leads_back_to_the_file(small: Scenario) -> None:
    document = read_text(GOOD.read_bytes(), "small")
    for path in (
        "house.close_out_ppb",
        "house.sample_interval_ns",
        "house.start_ns",
        "assets[1].conversion_haircut_ppb",
        "contracts[0].tiers[1].mm_ppb",
        "contracts[0].sources[2].age_max_ns",
        "contracts[0].index.source_min",
        "contracts[0].index.is_weighted_mean",
        "contracts[0].mark.basis_window_ns",
        "contracts[0].funding.interest_ppb",
        "contracts[0].taker_fee_ppb",
        "contracts[0].lots_max",
    ):
        assert origin(path, small, 0) in document.places, path


def test_expectations(small: Scenario) -> None:
    figures = {"conservation": 0, "rejections.COLL_TYPE_INELIGIBLE": 1, "trades": 7}
    assert list(judge(small, "five-times", figures)) == []
    figures["conservation"], figures["trades"] = -5, 0
    del figures["rejections.COLL_TYPE_INELIGIBLE"]
    failures: list[Failure] = list(judge(small, "five-times", figures))
    assert [failure.number for failure in failures] == [0, 1, 2]
    assert failures[0].message == ("five-times: conservation is -0.000005, expected 0 (SETL-01)")
    assert "trades is 0, expected at least 1" in failures[2].message
    assert "is 0, expected 1" in failures[1].message
    assert "was not measured" in next(judge(small, "five-times", {})).message


def test_refusal_codes_may_be_expected() -> None:
    for code in Reject:
        changed("COLL_TYPE_INELIGIBLE", code.name)


def test_loader_imports_neither_numba_nor_numpy() -> None:
    code = "import sys, hkperp.scenario.reader; print({'numba', 'numpy'} & set(sys.modules))"
    paths = [str(ROOT / each) for each in ("engine", "funding", "clearing", "venue")]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {paths!r}; {code}"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_two_packs_may_fail_alone() -> None:
    """The place is that of the pack that cannot be proved."""
    text = CASCADE.read_text()
    broken = text.replace("{floor: 0, initial: 1%,", "{floor: 0, initial: 0.4%,").encode()
    with pytest.raises(ScenarioError) as caught:
        loads(broken)
    assert caught.value.path.startswith("packs[1].contracts[0].")
