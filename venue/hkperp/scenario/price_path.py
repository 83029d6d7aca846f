"""Prices over time: knots, their interpolation, and what each index source shows when.

Everything is whole numbers: a price between two knots is interpolated on 1e-8 of its currency and
rounded down, then times the rate and rounded to the nearest tick (half up). A *mark step* happens
at each multiple of `tick_interval` from the start, at each knot, and at the end.
"""

import csv
import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import NamedTuple

from hkperp.quantities import E8, Price, Time
from hkperp.scenario.actors import Fault
from hkperp.scenario.market import ContractRecord, CsvColumn, PricePath
from hkperp.scenario.whole import Scenario
from hkperp_engine.units import NS_PER_MS, NS_PER_S, NS_PER_US, PPB

__all__ = ["STEPS_MAX", "Steps", "market_steps", "path_of", "read_csv", "step_times"]

#: Mark steps of a run; more are refused at load.
STEPS_MAX = 200_000
CSV_BYTES_MAX = 64 << 20
CSV_ROWS_MAX = 500_000
_UNIT_NS = {"s": NS_PER_S, "ms": NS_PER_MS, "us": NS_PER_US, "ns": 1}


class Steps(NamedTuple):
    """The market of a run. `path_ticks[c][n]`: contract c at step n; `source_ticks[c][s][n]`:
    what its source s sends then, None if nothing. `ask_ticks[c][s]`: by step, the ask of a source
    that shows two sides.
    """

    times: list[int]
    path_ticks: list[list[int]]
    source_ticks: list[list[list[int | None]]]
    ask_ticks: list[list[dict[int, int]]]


def path_of(scenario: Scenario, contract: ContractRecord) -> PricePath:
    """Return the path a contract follows."""
    return next(path for path in scenario.paths if path.name == contract.path)


def step_times(scenario: Scenario) -> list[int]:
    """Return the times of all mark steps, ns, rising; the first is the start, the last the end."""
    times = set(range(scenario.start, scenario.end, scenario.tick_interval))
    times.add(int(scenario.end))
    for path in scenario.paths:
        times.update(int(time) for time, _ in path.knots if scenario.start <= time <= scenario.end)
    return sorted(times)


def market_steps(scenario: Scenario) -> Steps:
    """Return every price of every step."""
    times = step_times(scenario)
    path_ticks, source_ticks, ask_ticks = [], [], []
    for contract in scenario.contracts:
        path = path_of(scenario, contract)
        prices = _prices_at(path, times)
        path_ticks.append([_ticks(contract, path, price, 0) for price in prices])
        faults = [fault for fault in scenario.faults if fault.contract == contract.name]
        shown, asks = [], []
        for source in contract.sources:
            row: list[int | None] = [
                _ticks(contract, path, price, source.offset) for price in prices
            ]
            ask: dict[int, int] = {}
            for fault in faults:
                if fault.source == source.name:
                    _spoil(row, ask, fault, times, (contract, path, source.offset))
            shown.append(row)
            asks.append(ask)
        source_ticks.append(shown)
        ask_ticks.append(asks)
    return Steps(times, path_ticks, source_ticks, ask_ticks)


def _spoil(
    row: list[int | None],
    ask: dict[int, int],
    fault: Fault,
    times: list[int],
    shown: tuple[ContractRecord, PricePath, int],
) -> None:
    """Put a fault into what a source sends, in place; `shown`: what, and how far off it always is.

    Later faults win.
    """
    contract, path, offset = shown
    for step, time in enumerate(times):
        if not fault.from_ <= time < fault.until:
            continue
        ask.pop(step, None)
        if fault.kind == "stale":
            row[step] = None
        elif fault.kind == "crossed":
            (price,) = _prices_at(path, [time])
            ask[step] = _ticks(contract, path, price, offset)
            row[step] = ask[step] + 1
        elif fault.kind == "zero":
            row[step] = 0
        elif fault.kind == "delayed":
            (price,) = _prices_at(path, [time - fault.delay])
            row[step] = _ticks(contract, path, price, offset)
        else:
            (price,) = _prices_at(path, [time])
            row[step] = _ticks(contract, path, price, offset + fault.by)


def _ticks(contract: ContractRecord, path: PricePath, price: int, offset_ppb: int) -> int:
    """Return a price of the path in ticks of HKD, `offset_ppb` away, at least 1."""
    unit = contract.tick * E8 * PPB
    return max(1, (price * path.rate * (PPB + offset_ppb) + unit // 2) // unit)


def _prices_at(path: PricePath, times: Sequence[int]) -> list[int]:
    """Return the path at rising or falling times, 1e-8 of its currency; flat outside the knots."""
    moments = [int(time) for time, _ in path.knots]
    prices = [int(price) for _, price in path.knots]
    found = []
    for time in times:
        after = bisect_right(moments, time)
        if after == 0:
            found.append(prices[0])
        elif after == len(moments) or path.shape == "step":
            found.append(prices[after - 1])
        else:
            start, price = moments[after - 1], prices[after - 1]
            rise, span = prices[after] - price, moments[after] - start
            found.append(price + rise * (time - start) // span)
    return found


def read_csv(column: CsvColumn, start: int, end: int) -> tuple[tuple[Time, Price], ...]:
    """Return the knots of a CSV column from the last one at or before `start` to `end`.

    The file lies in the folder that the variable HKPERP_DATA names. ValueError says what is wrong.
    """
    folder = os.environ.get("HKPERP_DATA", "")
    if not folder:
        raise ValueError("HKPERP_DATA names no folder to read it from")
    file = FilePath(folder) / column.file
    try:
        if not file.is_file():
            raise ValueError("no such file in the folder HKPERP_DATA")
        if file.stat().st_size > CSV_BYTES_MAX:
            raise ValueError(f"more than {CSV_BYTES_MAX >> 20} MiB")
        with open(file, encoding="utf-8", newline="") as lines:
            return _knots(csv.reader(lines), column, start, end)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"cannot be read: {error}") from None


def _knots(
    rows: Iterator[list[str]], column: CsvColumn, start: int, end: int
) -> tuple[tuple[Time, Price], ...]:
    header = next(rows, [])
    places = []
    for name in (column.time_column, column.price_column):
        if name not in header:
            raise ValueError(f"no column {name[:40]!r} in its first line")
        places.append(header.index(name))
    knots: list[tuple[Time, Price]] = []
    for number, row in enumerate(rows, 2):
        if number > CSV_ROWS_MAX:
            raise ValueError(f"more than {CSV_ROWS_MAX:,} lines")
        if len(row) <= max(places) or not row[places[0]].isascii() or not row[places[0]].isdigit():
            raise ValueError(f"line {number}: no time in column {column.time_column[:40]!r}")
        time = Time(int(row[places[0]][:20]) * _UNIT_NS[column.time_unit])
        try:
            price = Price.parse(_eight_decimals(row[places[1]]))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from None
        if knots and time <= knots[-1][0]:
            raise ValueError(f"line {number}: the time does not rise")
        if knots and time <= start:
            knots.clear()
        if time <= end:
            knots.append((time, price))
    return tuple(knots)


def _eight_decimals(written: str) -> str:
    """Cut what recorded data has beyond 1e-8, towards zero: it is not a quantity of ours."""
    whole, dot, fraction = written.partition(".")
    return f"{whole}.{fraction[:8]}" if dot and fraction[:8] else whole
