"""Margin rates against recorded crashes: how often, and by how much, they were not enough.

This is stress, not an estimate of coverage: the days were chosen because they were bad, and the
windows overlap. A window begins at the open of a bar and takes the worst price until its end (the
low for a long, the high for a short): stricter than the back-test, which looks at the end only.

The data lies in the folder HKPERP_DATA and is no part of the project.
"""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from hkperp.backtest.price_series import read_series
from hkperp_clearing.im_model import ceil_ratio
from hkperp_engine.units import NS_PER_MINUTE, PPB

__all__ = ["HORIZONS_MIN", "LABEL", "PACK_RATES_PPB", "RECORDS", "Record", "Stress"]
__all__ += ["stress_report", "worst_losses"]

#: What every table of this report is headed with.
LABEL = "stress, not a coverage estimate"

#: Initial-margin rates of the rule packs (MRG-10): 10x, 5x, 2x; design defaults.
PACK_RATES_PPB = {"loose": 100_000_000, "default": 200_000_000, "tight": 500_000_000}

#: Minutes that a position cannot be closed.
HORIZONS_MIN = (5, 15, 60)


class Record(NamedTuple):
    """A recorded crash: files in order of time, and how they are written.

    `columns` are open, high, low; or close alone, whose bars run from one close to the next.
    """

    label: str
    files: tuple[str, ...]
    time_column: str
    unit: str
    columns: tuple[str, ...] = ("open", "high", "low")


_COIN_MARK = "binance_coinm_BTCUSD_PERP_mark_1m_2025-10-"
RECORDS = (
    Record(
        "2020-03 BTC closes", ("btc_hourly_2020-03-10_14.csv",), "close_time_ms", "ms", ("close",)
    ),
    Record(
        "2020-03 BTC perp",
        ("btcusdt_usdm_1m_2020-03-12_13_key_minutes.csv",),
        "open_time_ms",
        "ms",
    ),
    Record(
        "2021-05 BTC spot", ("binance_spot_BTCUSDT_1m_2021-05-18_20.csv",), "open_time_ms", "ms"
    ),
    Record(
        "2021-05 ETH spot", ("binance_spot_ETHUSDT_1m_2021-05-18_20.csv",), "open_time_ms", "ms"
    ),
    Record("2023-03 BTC/USD", ("binanceus_BTCUSD_1m_2023-03-10_13.csv",), "open_time", "iso"),
    Record("2023-03 BTC/USDC", ("binanceus_BTCUSDC_1m_2023-03-10_13.csv",), "open_time", "iso"),
    Record("2025-10 BTC mark", (f"{_COIN_MARK}09.csv", f"{_COIN_MARK}10.csv"), "open_time", "ms"),
)


class Stress(NamedTuple):
    """One record at one horizon: windows, worst losses, and breaches of each rate by side.

    `long_ppb` and `short_ppb` are the worst losses, rounded up; `breaches` has a pair (long,
    short) per rate, in the order of the rates.
    """

    label: str
    minutes: int
    windows: int
    long_ppb: int
    short_ppb: int
    breaches: tuple[tuple[int, int], ...]


class _Bars(NamedTuple):
    times_ns: list[int]
    opens: list[int]
    highs: list[int]
    lows: list[int]
    step_ns: int


def stress_report(
    folder: Path, rates_ppb: Sequence[int], horizons_min: Sequence[int] = HORIZONS_MIN
) -> tuple[list[Stress], list[str]]:
    """Return a row per record and horizon, and the labels of records that are not in the folder.

    A horizon that is no whole number of bars is left out. InputError for a file that is wrong.
    """
    found: list[Stress] = []
    missing: list[str] = []
    for record in RECORDS:
        if not all((folder / name).is_file() for name in record.files):
            missing.append(record.label)
            continue
        bars = _bars(folder, record)
        for minutes in horizons_min:
            count, rest = divmod(minutes * NS_PER_MINUTE, bars.step_ns)
            if rest:
                continue
            longs, shorts = worst_losses(bars, count)
            if longs:
                pairs = tuple(
                    (sum(loss > rate for loss in longs), sum(loss > rate for loss in shorts))
                    for rate in rates_ppb
                )
                row = (len(longs), max(longs), max(shorts), pairs)
                found.append(Stress(record.label, minutes, *row))
    return found, missing


def _bars(folder: Path, record: Record) -> _Bars:
    """Read a record; several files become one series."""
    times: list[int] = []
    columns: list[list[int]] = [[] for _ in record.columns]
    step_ns = 0
    for name in record.files:
        series = read_series(folder / name, record.time_column, record.unit, record.columns)
        times += series.times_ns
        for column, more in zip(columns, series.prices_e8, strict=True):
            column += more
        step_ns = series.step_ns
    if len(columns) == 1:
        (closes,) = columns
        pairs = list(pairwise(closes))
        columns = [closes[:-1], [max(pair) for pair in pairs], [min(pair) for pair in pairs]]
        times = times[:-1]
    opens, highs, lows = columns
    return _Bars(times, opens, highs, lows, step_ns)


def worst_losses(bars: _Bars, count: int) -> tuple[list[int], list[int]]:
    """Return the worst loss of a long and of a short over each `count` bars without a gap.

    ppb of the first bar's open, rounded up; O(bars) by a queue of candidates.

    >>> minute = NS_PER_MINUTE
    >>> bars = _Bars([0, minute, 3 * minute], [100, 90, 95], [101, 99, 96], [90, 80, 94], minute)
    >>> worst_losses(bars, 2), worst_losses(bars, 1)[0]
    (([200000000], [10000000]), [100000000, 111111112, 10526316])
    """
    longs, shorts = [], []
    low_at: deque[int] = deque()
    high_at: deque[int] = deque()
    for last, time in enumerate(bars.times_ns):
        first = last - count + 1
        while low_at and bars.lows[low_at[-1]] >= bars.lows[last]:
            low_at.pop()
        while high_at and bars.highs[high_at[-1]] <= bars.highs[last]:
            high_at.pop()
        low_at.append(last)
        high_at.append(last)
        if low_at[0] < first:
            low_at.popleft()
        if high_at[0] < first:
            high_at.popleft()
        if first < 0 or time - bars.times_ns[first] != (count - 1) * bars.step_ns:
            continue
        begun = bars.opens[first]
        longs.append(ceil_ratio((begun - bars.lows[low_at[0]]) * PPB, begun))
        shorts.append(ceil_ratio((bars.highs[high_at[0]] - begun) * PPB, begun))
    return longs, shorts
