"""`hkperp stress`: exit status, the page, the files."""

import csv
import json
from pathlib import Path

import msgspec
import pytest

from hkperp.cli.main import main
from hkperp.stress.shocks import library, target_ticks
from stress_venue import config

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
AT = "2026-03-02T00:29Z"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["stress", *(str(each) for each in arguments)])
    return status, *capsys.readouterr()


def poor(tmp_path: Path) -> Path:
    """The scenario of margins with a fund of 1, 1 and 1."""
    text = (SCENARIOS / "margin.yaml").read_text(encoding="utf-8")
    for name, amount in (
        ("first_loss", "20_000_000"),
        ("reserve", "100_000_000"),
        ("second_tranche", "20_000_000"),
    ):
        assert f"{name}: {amount}" in text
        text = text.replace(f"{name}: {amount}", f"{name}: 1")
    file = tmp_path / "poor.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_fund_that_is_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A long of 0.5 on 59,875 falls short by 90,125 at -60 %, the bear by 120,050 at +60 %."""
    out = tmp_path / "kept"
    file = SCENARIOS / "margin.yaml"
    status, page, err = run(capsys, file, "--at", AT, "--workers", 1, "--out", out)
    assert status == 0, err
    assert page == (out / "stress.txt").read_text(encoding="utf-8")
    assert "The fund of 140,000,000 covers the two largest groups (120,050, gap +60%)." in page
    assert max(map(len, page.splitlines())) <= 100
    found = json.loads((out / "stress.json").read_text(encoding="utf-8"))
    assert (found["cover_1"], found["cover_2"], found["orders"]) == ("120050", "120050", [])
    with open(out / "shortfalls.csv", encoding="utf-8", newline="") as lines:
        rows = {(row["scenario"], row["group"]): row["shortfall"] for row in csv.DictReader(lines)}
    assert rows["gap -60%", "alone"] == "90125"
    assert {row["name"] for row in found["reverse"]} >= {"DEFAULTER", "TEAR_UP"}
    for name in ("outcomes", "reverse", "fund_days", "positions"):
        assert len((out / f"{name}.csv").read_text(encoding="utf-8").splitlines()) > 1


def test_a_fund_that_is_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """RSV-02: exit status 1, and what is to be done: 120,050 less 3 to be paid in."""
    status, page, _ = run(capsys, poor(tmp_path), "--at", AT, "--workers", 1)
    assert status == 1
    assert "Top-up order to the operator: pay 120,047 into the fund." in page
    assert "All groups together fall short by 120,050 (gap +60%), more than the fund." in page
    assert "does NOT cover" in page
    assert "Extra margin of 120,049 from bear" in page


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--at", "2025-01-01T00:00Z"], "--at: 2025-01-01T00:00Z is outside the scenario"),
        (["--at", "noon"], "--at: "),
        (["--workers", "0"], "--workers: 0 is not from 1 to 64"),
        (["--pack", "none"], "--pack: no pack 'none'"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    status, page, err = run(capsys, SCENARIOS / "margin.yaml", *arguments)
    assert (status, page) == (2, "")
    assert err.startswith(expected) and err.count("\n") == 1, err


def test_the_library_has_what_the_rule_asks_for() -> None:
    """STR-02, by name; every path of the past has a source."""
    found = {stress.name: stress for stress in library(config())}
    for size in (20, 30, 40, 60):
        for sign in "-+":
            assert {f"gap {sign}{size}%", f"steps {sign}{size}%"} <= found.keys()
    for part in ("depth", "AFMM", "halt", "sources", "stablecoin", "bank token"):
        assert any(part in name for name in found), part
    past = [stress for stress in found.values() if stress.kind == "historical"]
    assert [stress.name[:7] for stress in past] == ["2020-03", "2021-05", "2022-11", "2025-10"]
    assert all(len(stress.source) > 20 for stress in past)
    assert min(min(found["2020-03 style"].path_ppb)) == -544_000_000


def test_several_contracts_move_together_and_alone() -> None:
    """STR-02: correlation to 1 is every plain shock; ether has its own path where it is known."""
    made = config()
    ether = msgspec.structs.replace(made.contracts[0], name="ETH-HKD")
    both = msgspec.structs.replace(made, contracts=(*made.contracts, ether))
    found = {stress.name: stress for stress in library(both)}
    assert found["gap -60%"].path_ppb == ((-600_000_000, -600_000_000),)
    assert found["ETH-HKD alone +20%"].path_ppb == ((0, 200_000_000),)
    assert found["2021-05 style"].path_ppb[3] == (-300_000_000, -441_000_000)
    assert found["2020-03 style"].path_ppb[4] == (-544_000_000, -544_000_000)
    assert len(found) == len(library(both))


def test_stressed_marks_are_rounded_away_from_the_mark() -> None:
    assert target_ticks(3, -200_000_000, 100) == 2
    assert target_ticks(3, 200_000_000, 100) == 4
    assert (target_ticks(1, -600_000_000, 100), target_ticks(90, 200_000_000, 100)) == (1, 100)
