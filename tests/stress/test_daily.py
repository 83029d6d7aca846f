"""`hkperp stress --daily`: every day of a scenario, each as if it had been asked for alone."""

import csv
import json
from pathlib import Path

import pytest

from hkperp.scenario.reader import load
from hkperp.stress.days import daily_times
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR
from test_cli_stress import SCENARIOS, poor, run


def three_days(file: Path) -> Path:
    """The scenario of margins goes on for two more days, a mark step an hour."""
    text = file.read_text(encoding="utf-8")
    assert "end: 2026-03-02T01:05Z" in text and "age_max: 90s" in text
    text = text.replace("end: 2026-03-02T01:05Z", "end: 2026-03-04T01:05Z")
    file.write_text(text.replace("age_max: 90s", "age_max: 2h"), encoding="utf-8")
    return file


def test_times_of_a_scenario() -> None:
    """Its end counts, its start does not."""
    scenario = load(SCENARIOS / "margin.yaml")
    assert daily_times(scenario, "01:05") == (scenario.end,)
    cascade = load(SCENARIOS / "2025-10-10-cascade.yaml")
    assert daily_times(cascade, "00:00") == (cascade.end,)
    assert daily_times(cascade, "12:00") == (cascade.end - NS_PER_DAY + 12 * NS_PER_HOUR,)


@pytest.mark.parametrize("written", ["24:00", "1:00", "noon", "00:60", "12:00:00", "١٢:٠٠"])
def test_what_is_no_time_of_the_day(written: str) -> None:
    with pytest.raises(InputError, match="is not HH:MM"):
        daily_times(load(SCENARIOS / "margin.yaml"), written)


def test_a_time_that_never_is(capsys: pytest.CaptureFixture[str]) -> None:
    status, page, err = run(capsys, SCENARIOS / "margin.yaml", "--daily")
    assert (status, page) == (2, "")
    assert err.startswith("--daily: it is never 00:00 in the scenario (it is 2026-03-02 00:00:00")


def test_each_day_is_what_it_is_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """(STR-01, RSV-02) The fund of 3 is too small on both days; exit status 1, orders by day."""
    file, out, alone = three_days(poor(tmp_path)), tmp_path / "daily", tmp_path / "alone"
    status, page, err = run(capsys, file, "--daily", "--workers", 1, "--out", out)
    assert status == 1, err
    assert page == (out / "daily.txt").read_text(encoding="utf-8")
    assert max(map(len, page.splitlines())) <= 100
    assert "The fund is NOT enough on 2 of 2 days." in page
    assert page.count("Top-up order to the operator") == 2
    with open(out / "daily.csv", encoding="utf-8", newline="") as lines:
        days = list(csv.DictReader(lines))
    assert [day["time"] for day in days] == ["2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z"]
    assert {day["is_covered"] for day in days} == {"no"}
    for day in days:
        at = day["time"]
        run(capsys, file, "--at", at, "--workers", 1, "--out", alone / at[:10])
        found = json.loads((out / at[:10] / "stress.json").read_text(encoding="utf-8"))
        expected = json.loads((alone / at[:10] / "stress.json").read_text(encoding="utf-8"))
        assert found == expected, at
        assert [day[name] for name in ("fund", "cover_1", "cover_2")] == [
            found[name] for name in ("fund", "cover_1", "cover_2")
        ]


def test_a_fund_that_is_enough_every_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = SCENARIOS / "margin.yaml"
    status, page, err = run(capsys, file, "--daily", "00:29", "--workers", 1)
    assert status == 0, err
    assert "The fund covers the two largest groups on 1 of 1 day." in page
