"""The funding rate of docs/rates.md from a recorded day, beside the rate that was published.

The record has no order book, so two stand-ins for the impact prices are used, and both are shown:

* **depth**: snapshots (every 30 s or so) of how much lies within 1 % of the mid, and its average
  price. The mid is taken halfway between the two averages, and the book is taken to be evenly
  deep over the 1 %, so that an impact notional N moves it by `mid * 1 % * N / (2 * notional)`.
  A snapshot whose averages are not on the two sides of the index comes from a crossed book (the
  record's, not the market's) and is left out.
* **mark**: the recorded mark price of another contract (coin-margined, USD) once a minute.

The index is the reference price by 5 minutes, interpolated. Prices are ticks of 0.01, rates ppb.
"""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from hkperp.backtest.price_series import eight_decimals, epoch_ns, read_series, rows_of
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR, NS_PER_MINUTE, PPB

__all__ = ["FILES", "FundingRow", "IMPACT_NOTIONAL", "Sample", "clamped_rate_ppb"]
__all__ += ["compare_funding", "depth_samples", "impact_ticks", "mark_samples", "mean_trunc"]
__all__ += ["premium_of"]

DEPTH = "binance_usdm_BTCUSDT_bookDepth_2025-10-10.csv"
REFERENCE = "binance_BTCUSDT_5m_reference_2025-10-10_11.csv"
MARK = "binance_coinm_BTCUSD_PERP_mark_1m_2025-10-10.csv"
PUBLISHED = "binance_usdm_funding_BTCUSDT_2020_2026.csv"

#: What must lie in the folder HKPERP_DATA.
FILES = (DEPTH, REFERENCE, MARK, PUBLISHED)

_DAY_NS = 1_760_054_400 * 10**9  # 2025-10-10T00:00Z
_INTERVAL_NS = 8 * NS_PER_HOUR
_TICK_E8 = 10**6  # 0.01 USDT

#: 25,000 USDT in ticks * BTC, a design choice: a 1,000th of the thinnest 1 % that counts.
IMPACT_NOTIONAL = 25_000 * 100

_INTEREST_PPB, _BAND_PPB, _CAP_PPB = 100_000, 500_000, 3_500_000


class Sample(NamedTuple):
    """One premium sample; a side that is not deep enough is 0."""

    time_ns: int
    index_ticks: int
    bid_ticks: int
    ask_ticks: int


class FundingRow(NamedTuple):
    """One interval: samples used and recorded, and rates, ppb per 8 h."""

    end_ns: int
    samples: int
    recorded: int
    premium_ppb: int
    depth_rate_ppb: int
    mark_premium_ppb: int
    mark_rate_ppb: int
    published_ppb: int


def mean_trunc(total: int, count: int) -> int:
    """Return total / count towards zero; 0 without a count.

    >>> mean_trunc(-7, 2), mean_trunc(0, 0)
    (-3, 0)
    """
    if not count:
        return 0
    return -(-total // count) if total < 0 else total // count


def premium_of(sample: Sample) -> int:
    """Return the premium of docs/rates.md section 4, ppb, towards zero, within +-PPB.

    >>> premium_of(Sample(0, 27_960, 28_000, 28_010))
    1430615
    """
    up = max(0, sample.bid_ticks - sample.index_ticks) if sample.bid_ticks else 0
    down = max(0, sample.index_ticks - sample.ask_ticks) if sample.ask_ticks else 0
    return min(max(mean_trunc((up - down) * PPB, sample.index_ticks), -PPB), PPB)


def clamped_rate_ppb(samples: Sequence[Sample]) -> tuple[int, int]:
    """Return mean premium and payment rate per 8 h of samples (docs/rates.md section 5), ppb.

    >>> clamped_rate_ppb([Sample(0, 27_960, 28_000, 28_010)]), clamped_rate_ppb([])
    ((1430615, 930615), (0, 0))
    """
    if not samples:
        return 0, 0
    premium = mean_trunc(sum(premium_of(each) for each in samples), len(samples))
    rate = premium + min(max(_INTEREST_PPB - premium, -_BAND_PPB), _BAND_PPB)
    return premium, min(max(rate, -_CAP_PPB), _CAP_PPB)


def impact_ticks(mid_ticks: int, band_notional: int, side: int) -> int:
    """Return the average price of the impact notional: bid (side 1) down, ask (-1) up; 0: thin.

    Mid 12,000,000 (120,000.00), a band of 250,000,000 ticks * BTC: 1 % of it moves the price by
    12,000,000 * 1 % * 2,500,000 / (2 * 250,000,000) = 600 ticks.

    >>> impact_ticks(12_000_000, 250_000_000, 1), impact_ticks(12_000_000, 1_000, 1)
    (11999400, 0)
    """
    if band_notional < IMPACT_NOTIONAL:
        return 0
    whole = 200 * band_notional
    numerator = mid_ticks * (whole - side * IMPACT_NOTIONAL)
    return numerator // whole if side > 0 else -(-numerator // whole)


def _index_at(folder: Path) -> dict[int, tuple[int, int]]:
    """Return open and close, ticks, by the start of each 5 minutes, ns."""
    series = read_series(folder / REFERENCE, "open_time", "ms", ("open", "close"))
    opens, closes = series.prices_e8
    return {
        time: (begun // _TICK_E8, ended // _TICK_E8)
        for time, begun, ended in zip(series.times_ns, opens, closes, strict=True)
    }


def _index_ticks(bars: dict[int, tuple[int, int]], time_ns: int) -> int:
    """Return the index, ticks, on the line from open to close of its 5 minutes; floor."""
    width = 5 * NS_PER_MINUTE
    begun, ended = bars[time_ns - time_ns % width]
    return begun + (ended - begun) * (time_ns % width) // width


def depth_samples(folder: Path) -> tuple[list[Sample], list[int]]:
    """Return the samples that count, and the times of all snapshots, from the recorded depth."""
    bars = _index_at(folder)
    snapshots: dict[int, dict[str, tuple[int, int]]] = {}
    columns = ("timestamp", "percentage", "notional", "weighted_avg_price")
    for line, places, (stamp, percentage, notional, average) in rows_of(folder / DEPTH, columns):
        if percentage.strip() not in ("-1", "1"):
            continue
        try:
            # `notional` is in USDT; in ticks * BTC it is a hundred times as much
            row = eight_decimals(notional) // _TICK_E8, eight_decimals(average) // _TICK_E8
            time = epoch_ns(stamp, "iso")
        except ValueError as error:
            raise InputError(str(error), source=DEPTH, line=line, column=places[0]) from None
        snapshots.setdefault(time, {})[percentage.strip()] = row
    samples = []
    for time, sides in sorted(snapshots.items()):
        if len(sides) < 2:
            continue
        (below, bid_average), (above, ask_average) = sides["-1"], sides["1"]
        index = _index_ticks(bars, time)
        if bid_average < index < ask_average:
            mid = (bid_average + ask_average) // 2
            bid, ask = impact_ticks(mid, below, 1), impact_ticks(mid, above, -1)
            samples.append(Sample(time, index, bid, ask))
    return samples, sorted(snapshots)


def mark_samples(folder: Path) -> list[Sample]:
    """Return one sample a minute from the recorded mark, which stands for both impact prices."""
    bars = _index_at(folder)
    series = read_series(folder / MARK, "open_time", "ms", ("open",))
    marks = [price // _TICK_E8 for price in series.prices_e8[0]]
    return [
        Sample(time, _index_ticks(bars, time), mark, mark)
        for time, mark in zip(series.times_ns, marks, strict=True)
    ]


def _published(folder: Path) -> dict[int, int]:
    """Return the published rates, ppb, by the whole minute of their time, ns."""
    found = {}
    columns = ("calc_time", "last_funding_rate")
    for line, places, (time, rate) in rows_of(folder / PUBLISHED, columns):
        try:
            moment = epoch_ns(time, "ms")
            value = Decimal(rate.strip())  # also written as -4E-7
            if not abs(value) <= 1:
                raise ValueError(f"{rate[:40]} is no rate")
        except (ValueError, InvalidOperation) as error:
            raise InputError(str(error), source=PUBLISHED, line=line, column=places[0]) from None
        found[moment - moment % NS_PER_MINUTE] = int(value * PPB)
    return found


def compare_funding(folder: Path) -> list[FundingRow]:
    """Return the three intervals of 10 October 2025; InputError if a file is not there."""
    for name in FILES:
        if not (folder / name).is_file():
            raise InputError(
                "no such file", source=name, hint="HKPERP_DATA names the folder with the records"
            )
    (depth, recorded), marks, published = (
        depth_samples(folder),
        mark_samples(folder),
        _published(folder),
    )
    rows = []
    for begun in range(_DAY_NS, _DAY_NS + NS_PER_DAY, _INTERVAL_NS):
        end = begun + _INTERVAL_NS
        used = [each for each in depth if begun <= each.time_ns < end]
        premium, rate = clamped_rate_ppb(used)
        mark_premium, mark_rate = clamped_rate_ppb(
            [each for each in marks if begun <= each.time_ns < end]
        )
        count = sum(begun <= time < end for time in recorded)
        rows.append(
            FundingRow(
                end, len(used), count, premium, rate, mark_premium, mark_rate, published[end]
            )
        )
    return rows
