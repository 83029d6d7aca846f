"""`hkperp backtest`: the page, the values, the exit status, and mistakes (MRG-08, STR-04)."""

import json
from pathlib import Path

import pytest

from hkperp.cli.main import main

DAY_MS = 86_400_000
FIRST_MS = 1_577_836_800_000  # 2020-01-01


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    status = main(["backtest", *(str(each) for each in arguments)])
    return status, *capsys.readouterr()


def daily(tmp_path: Path, crashes: tuple[int, ...] = (), days: int = 600) -> Path:
    """Prices that move 1 % up and down by turns, and fall 30 % (then recover) on some days."""
    price, rows = 1_000_000, ["open_time,close"]
    for day in range(days):
        shown = price * 99 // 100 if day % 2 else price
        shown = shown * 7 // 10 if day in crashes else shown
        rows.append(f"{FIRST_MS + day * DAY_MS},{shown}.00")
    file = tmp_path / "daily.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def test_a_model_that_covers_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """600 days less 365 windows: 600 - 366 = 234 windows, each a move the model knows."""
    status, out, err = run(capsys, "--prices", daily(tmp_path))
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[1] == (
        "time    2020-01-01 00:00:00 UTC to 2021-08-22 00:00:00 UTC, steps of 24h, gaps 0"
    )
    assert lines[3] == "MPOR    24h, 1 step"
    # 598 of the 599 windows have ended when the last one of the test begins (APC-01: reported).
    assert lines[5] == (
        "history 598 windows known at the end, ten years are 3,653: shorter, so all of it counts"
    )
    cells = {line[:34].strip(): line[34:].split() for line in lines[5:] if line[:2] != "  "}
    assert cells["windows tested, not overlapping"] == ["234", "234"]
    assert cells["breaches"] == ["0", "0"]
    assert cells["coverage"] == ["100.000%", "100.000%"]
    assert cells["traffic light"] == ["green", "green"]
    assert cells["verdict"] == ["keep", "keep"]
    assert cells["charged rate, mean"] == ["1.00%", "1.01%"]  # down 1 %, up 1/99
    assert max(map(len, lines)) <= 120 + len(str(tmp_path))


def test_a_model_that_does_not_ends_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four crashes in the test: 4 of 234 for a long, 98.29 %. Two suffice for a short."""
    status, out, _ = run(capsys, "--prices", daily(tmp_path, (400, 450, 500, 550)), "--json")
    assert status == 1
    values = json.loads(out)
    long = values["sides"]["long"]
    assert long["breaches"] == 4
    assert long["coverage_ppb"] == 230 * 10**9 // 234
    assert long["verdict"] == "recalibrate"
    # The loss of a window that begins a day before the crash: at a price, so on days 399, ...
    days = [(time // 10**6 - FIRST_MS) // DAY_MS for time in long["breaches_ns"]]
    assert days == [399, 449, 499, 549]
    assert values["is_covered"] is False


def test_the_tools_make_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A declared crash carries a quarter of the weight: its loss is the rate."""
    file = daily(tmp_path, (30,))
    stress = ("--stress", "2020-01-29T00:00Z..2020-02-02T00:00Z")
    mean = {}
    for tool in ("none", "buffer", "stressed-weight", "long-run-floor"):
        status, out, _ = run(capsys, "--prices", file, "--tool", tool, *stress, "--json")
        assert status == 0
        mean[tool] = json.loads(out)["sides"]["long"]["applied_mean_ppb"]
    assert mean["none"] == mean["long-run-floor"] == 10_000_000  # 1 loss of 366 is no quantile
    assert mean["buffer"] == 12_500_000
    assert mean["stressed-weight"] == 292_929_293  # 990,000 to 700,000: 29/99, up


def test_packs_of_the_margin_period_of_risk(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two days hold half as many windows that do not overlap: (600 - 367) // 2 rounded up."""
    status, out, _ = run(capsys, "--prices", daily(tmp_path), "--mpor", "2d", "--json")
    values = json.loads(out)
    assert values["mpor_ns"] == 2 * DAY_MS * 10**6
    assert values["sides"]["long"]["windows"] == 116
    status, out, err = run(capsys, "--prices", daily(tmp_path), "--mpor", "liquidation-horizon")
    assert (status, out) == (2, "")
    assert err == ("--mpor: 1h is not a whole number of the series' steps (a step is 24h)\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "ask for one report"),
        (["--prices", "FILE", "--funding"], "ask for one report"),
        (["--prices", "no-such.csv"], "no-such.csv: cannot be read: No such file"),
        (["--prices", "FILE", "--price-column", "mark"], "FILE:1:1: no column 'mark'"),
        (["--prices", "FILE", "--time-unit", "weeks"], "--time-unit: no unit 'weeks'"),
        (["--prices", "FILE", "--mpor", "soon"], "--mpor: Expected a duration"),
        (["--prices", "FILE", "--lookback", "36h"], "--lookback: 36h is not a whole number"),
        (["--prices", "FILE", "--lookback", "99d"], "--lookback: 99 windows cannot show a"),
        (["--prices", "FILE", "--confidence", "0.99"], "--confidence: Expected a percentage"),
        (["--prices", "FILE", "--confidence", "100%"], "confidence_ppb: 1000000000 is out"),
        (["--prices", "FILE", "--tool", "nope"], "--tool: no tool 'nope'"),
        (["--prices", "FILE", "--tool", "stressed-weight"], "--stress: the tool stressed-weight"),
        (["--prices", "FILE", "--stress", "2020"], "--stress: Expected FROM..UNTIL"),
        (
            ["--prices", "FILE", "--stress", "2020-03-13T00:00Z..2020-03-12T00:00Z"],
            "ends before it begins",
        ),
        (["--prices", "SHORT"], "leave no window to test after a lookback of 365"),
        (["--stress-windows"], "HKPERP_DATA names no folder"),
        (["--funding"], "HKPERP_DATA names no folder"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.delenv("HKPERP_DATA", raising=False)
    (tmp_path / "short").mkdir()
    files = {"FILE": str(daily(tmp_path)), "SHORT": str(daily(tmp_path / "short", days=366))}
    status, out, err = run(capsys, *(files.get(each, each) for each in arguments))
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert said.replace("FILE", files["FILE"]) in err


def test_a_folder_without_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stress report says what is not there; funding cannot do without its files."""
    monkeypatch.setenv("HKPERP_DATA", str(tmp_path))
    status, out, _ = run(capsys, "--stress-windows")
    assert status == 0
    assert out.startswith("stress, not a coverage estimate: ")
    assert out.count("not there: ") == 7
    status, out, _ = run(capsys, "--stress-windows", "--json")
    values = json.loads(out)
    assert (status, values["rows"], len(values["not_there"])) == (0, [], 7)
    assert values["label"] == "stress, not a coverage estimate"
    status, out, err = run(capsys, "--funding")
    assert (status, out) == (2, "")
    assert "no such file" in err
