"""Margin rates against the recorded crashes: the figures of docs/margin-model.md (STR-01, STR-02).

Stress, not a coverage estimate. Recorded data is not part of the repository; skipped without it.
"""

import csv
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

import recorded
from hkperp.backtest.stress_windows import PACK_RATES_PPB, RECORDS, Stress, stress_report
from hkperp.cli.main import main
from hkperp_engine.units import PPB

ROOT = Path(__file__).parents[2]
FILES = [name for record in RECORDS for name in record.files]

pytestmark = pytest.mark.skipif(
    not all(recorded.has(name) for name in FILES), reason=recorded.MISSING
)

# record, minutes, windows, worst long and short loss in hundredths of a percent, cut;
# breaches of long/short at 10 %, 20 %, 50 % (packs loose, default, tight)
PINNED = """
2020-03 BTC closes  60   119  1821  1738      3/1    0/0  0/0
2020-03 BTC perp     5   112  1985  1999    11/17    0/0  0/0
2020-03 BTC perp    15    92  2678  3555    38/24  10/16  0/0
2020-03 BTC perp    60     6  1932  1867      6/6    0/0  0/0
2021-05 BTC spot     5  4117   976  1134      0/3    0/0  0/0
2021-05 BTC spot    15  4107  1485  1926    18/12    0/0  0/0
2021-05 BTC spot    60  4062  2259  2624    71/39   33/3  0/0
2021-05 ETH spot     5  4115  1695  1960    11/12    0/0  0/0
2021-05 ETH spot    15  4105  2352  2760    37/22   10/4  0/0
2021-05 ETH spot    60  4060  3076  3536   235/86  58/15  0/0
2023-03 BTC/USD      5  5756   188   346      0/0    0/0  0/0
2023-03 BTC/USD     15  5746   283   510      0/0    0/0  0/0
2023-03 BTC/USD     60  5701   307   701      0/0    0/0  0/0
2023-03 BTC/USDC     5  5756   858  1012      0/5    0/0  0/0
2023-03 BTC/USDC    15  5746   876  1043     0/11    0/0  0/0
2023-03 BTC/USDC    60  5701   876  1145     0/81    0/0  0/0
2025-10 BTC mark     5  2876   783   437      0/0    0/0  0/0
2025-10 BTC mark    15  2866  1090   730      6/0    0/0  0/0
2025-10 BTC mark    60  2821  1245   920     52/0    0/0  0/0
"""


@pytest.fixture(scope="module")
def rows() -> list[Stress]:
    found, missing = stress_report(recorded.folder(), list(PACK_RATES_PPB.values()))
    assert missing == []
    return found


def cells(row: Stress) -> str:
    pairs = [f"{longs}/{shorts}" for longs, shorts in row.breaches]
    worst = [row.long_ppb // 10**5, row.short_ppb // 10**5]
    return " ".join(map(str, [row.label, row.minutes, row.windows, *worst, *pairs]))


def test_breaches_of_the_packs_in_recorded_crashes(rows: list[Stress]) -> None:
    wanted = [" ".join(line.split()) for line in PINNED.strip().splitlines()]
    assert [cells(row) for row in rows] == wanted


def test_one_record_counted_the_slow_way(rows: list[Stress]) -> None:
    """The 15 minutes of March 2020, from the file's text by decimals and nested loops."""
    name = "btcusdt_usdm_1m_2020-03-12_13_key_minutes.csv"
    with (recorded.folder() / name).open(encoding="ascii", newline="") as lines:
        bars = list(csv.DictReader(lines))
    longs, shorts = [], []
    for first in range(len(bars) - 14):
        window = bars[first : first + 15]
        span = int(window[-1]["open_time_ms"]) - int(window[0]["open_time_ms"])
        if span == 14 * 60_000:
            begun = Decimal(window[0]["open"])
            longs.append(1 - min(Decimal(bar["low"]) for bar in window) / begun)
            shorts.append(max(Decimal(bar["high"]) for bar in window) / begun - 1)
    (row,) = [each for each in rows if (each.label, each.minutes) == ("2020-03 BTC perp", 15)]
    assert row.windows == len(longs)
    for rate, pair in zip(PACK_RATES_PPB.values(), row.breaches, strict=True):
        limit = Decimal(rate) / PPB
        assert pair == (sum(x > limit for x in longs), sum(x > limit for x in shorts))


def test_the_page_of_the_document(capsys: pytest.CaptureFixture[str]) -> None:
    """docs/margin-model.md shows the table that the command prints."""
    assert main(["backtest", "--stress-windows"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("stress, not a coverage estimate")
    assert out in (ROOT / "docs/margin-model.md").read_text()


def test_a_model_calibrated_in_calm_fails_in_the_crash(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """May 2021, 15 minutes, looking back one day: the margin of 18 May did not cover 19 May.

    The verdict is to recalibrate, and exit status 1. The count is repeated the slow way.
    """
    file = recorded.folder() / "binance_spot_BTCUSDT_1m_2021-05-18_20.csv"
    arguments = ["--time-column", "open_time_ms", "--mpor", "15m", "--lookback", "1d"]
    status = main(["backtest", "--prices", str(file), *arguments, "--json"])
    sides = json.loads(capsys.readouterr().out)["sides"]
    assert status == 1
    assert [side["windows"] for side in sides.values()] == [177, 177]
    assert [side["breaches"] for side in sides.values()] == [8, 4]
    assert [side["verdict"] for side in sides.values()] == ["recalibrate", "recalibrate"]

    with file.open(encoding="ascii", newline="") as lines:
        closes = [Fraction(row["close"]) for row in csv.DictReader(lines)]
    for sign, side in ((1, sides["long"]), (-1, sides["short"])):
        losses = [
            sign * (1 - after / before) for before, after in zip(closes, closes[15:], strict=False)
        ]
        broken = 0
        for start in range(1440 + 14, len(losses), 15):
            known = sorted(losses[start - 14 - 1440 : start - 14])
            broken += losses[start] > known[1425]  # the 1,426th: 1,440 * 0.99 = 1,425.6
        assert broken == side["breaches"]
