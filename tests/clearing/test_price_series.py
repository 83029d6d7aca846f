"""Price series from CSV: what is read, and that every mistake is one line with its place."""

from pathlib import Path

import pytest

from hkperp.backtest.price_series import eight_decimals, epoch_ns, read_series
from hkperp_engine.errors import InputError

HOUR_NS = 3_600 * 10**9
GOOD = "open_time,close\n3600,101.5\n7200,102.123456789\n14400, 99\n"


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "prices.csv"
    file.write_bytes(text.encode())
    return file


def test_times_prices_steps_and_gaps(tmp_path: Path) -> None:
    """What is finer than 1e-8 is cut; the row of the third hour is missing."""
    text = GOOD + "18000,1E2\n"
    series = read_series(
        written(tmp_path, text.replace("1E2", "100")), "open_time", "s", ["close"]
    )
    assert series.times_ns == [each * HOUR_NS for each in (1, 2, 4, 5)]
    assert series.prices_e8 == [[10_150_000_000, 10_212_345_678, 9_900_000_000, 10_000_000_000]]
    assert series.step_ns == HOUR_NS
    assert series.steps() == [0, 1, 3, 4]
    assert series.gap_count() == 1


def test_several_columns_in_any_order(tmp_path: Path) -> None:
    file = written(tmp_path, "low,open_time,high\n1,1000,2\n3,2000,4\n")
    series = read_series(file, "open_time", "ms", ["high", "low"])
    assert series.prices_e8 == [[2 * 10**8, 4 * 10**8], [10**8, 3 * 10**8]]


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("1583971200", "s"),
        ("1583971200000", "ms"),
        ("1583971200000000", "us"),
        ("1583971200000000000", "ns"),
        ("2020-03-12 00:00:00", "iso"),
        ("2020-03-12T08:00:00+08:00", "iso"),
        (" 2020-03-12T00:00:00Z ", "iso"),
    ],
)
def test_times_in_every_unit(text: str, unit: str) -> None:
    assert epoch_ns(text, unit) == 1_583_971_200 * 10**9


def test_prices_are_cut_not_rounded() -> None:
    assert eight_decimals("0.999999999") == 99_999_999


# name, text of the file, what the line says after the file's name
BAD = [
    ("no column", "time,close\n1,2\n", ":1:1: no column 'open_time' in the first line"),
    ("empty", "", ":1:1: no column 'open_time'"),
    ("one row", "open_time,close\n1,2\n", ":2:1: fewer than two rows"),
    ("short row", "open_time,close\n1,2\n2\n", ":3:1: 1 fields, the first line has 2"),
    ("no time", "open_time,close\n1,2\nx,2\n", ":3:1: open_time: Expected a time in s"),
    ("negative time", "open_time,close\n-1,2\n", ":2:1: open_time: Expected a time in s"),
    ("endless time", "open_time,close\n" + "9" * 5000 + ",2\n", ":2:1: open_time: Expected"),
    ("no price", "open_time,close\n10,2\n20,zwei\n", ":3:4: close: Expected a price"),
    ("price of 0", "open_time,close\n1,0\n", ":2:3: close: 0 is not from"),
    ("negative price", "open_time,close\n1,-5\n", ":2:3: close: -5 is not from"),
    ("not a number", "open_time,close\n1,nan\n", ":2:3: close: Expected a price"),
    ("time stands", "open_time,close\n5,2\n5,2\n", ":3:1: open_time: the time does not rise"),
    ("time falls", "open_time,close\n5,2\n4,2\n", ":3:1: open_time: the time does not rise"),
    (
        "uneven",
        "open_time,close\n0,2\n10,2\n20,2\n25,2\n",
        ":5:1: open_time: 5000000000 ns after the row before, no whole number of steps",
    ),
]


@pytest.mark.parametrize(("name", "text", "said"), BAD, ids=[each[0] for each in BAD])
def test_a_mistake_has_its_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    file = written(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_series(file, "open_time", "s", ["close"])
    line = str(error.value)
    assert line.startswith(f"{file}{said}"), line
    assert "\n" not in line
    assert len(line) < 400 + len(str(file))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "bytes.csv").write_bytes(b"open_time,close\n\xff\xfe,1\n")
    for name, said in [
        ("none.csv", "No such file"),
        ("bytes.csv", "utf-8"),
        (".", "directory"),
    ]:
        with pytest.raises(InputError) as error:
            read_series(tmp_path / name, "open_time", "s", ["close"])
        assert "cannot be read" in str(error.value)
        assert said in str(error.value)
