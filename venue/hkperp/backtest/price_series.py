"""Long price series from a CSV file: whole numbers, equal steps, and a place for every mistake.

The first line names the columns. Times are whole numbers of a unit since the epoch, or ISO 8601;
prices are decimals, kept in 1e-8 of their currency; what is finer is cut towards zero. A series
may have gaps of whole steps; whoever uses it leaves out what lies across one.
"""

import csv
import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from hkperp.quantities import Price
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_MS, NS_PER_S, NS_PER_US

__all__ = ["TIME_UNITS", "Series", "eight_decimals", "epoch_ns", "read_series", "rows_of"]

BYTES_MAX = 256 << 20
ROWS_MAX = 2_000_000
_UNIT_NS = {"s": NS_PER_S, "ms": NS_PER_MS, "us": NS_PER_US, "ns": 1}

#: How times may be written.
TIME_UNITS = (*_UNIT_NS, "iso")


class Series(NamedTuple):
    """Times, ns since the epoch; one list of prices, 1e-8, per column asked for; the step, ns."""

    times_ns: list[int]
    prices_e8: list[list[int]]
    step_ns: int

    def steps(self) -> list[int]:
        """Return the times in whole steps from the first."""
        first = self.times_ns[0]
        return [(time - first) // self.step_ns for time in self.times_ns]

    def gap_count(self) -> int:
        """Return the number of places where at least one step is missing."""
        return sum(after - before != self.step_ns for before, after in pairwise(self.times_ns))


def eight_decimals(written: str) -> int:
    """Return a price in 1e-8 of its currency, cut towards zero; ValueError says what is wrong.

    >>> eight_decimals("121582.791004509")
    12158279100450
    """
    whole, dot, fraction = written.strip().partition(".")
    return int(Price.parse(f"{whole}.{fraction[:8]}" if dot and fraction[:8] else whole))


def epoch_ns(written: str, unit: str) -> int:
    """Return a time, ns since the epoch; ValueError if it is none. ISO without a zone is UTC.

    >>> epoch_ns("1760054400005", "ms"), epoch_ns("2025-10-10 00:00:00", "iso")
    (1760054400005000000, 1760054400000000000)
    """
    text = written.strip()
    if unit == "iso":
        moment = datetime.datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=datetime.UTC)
        since = moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return since // datetime.timedelta(microseconds=1) * NS_PER_US
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(f"Expected a time in {unit} since the epoch, got {text[:40]!r}")
    return int(text) * _UNIT_NS[unit]


def rows_of(file: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[int], list[str]]]:
    """Yield line number, places (1-based character columns) and fields of the columns asked for.

    InputError with the file, and the line and column where there is one, for what cannot be read.
    """
    source = str(file)
    try:
        if file.stat().st_size > BYTES_MAX:
            raise InputError(f"more than {BYTES_MAX >> 20} MiB", source=source)
        with open(file, encoding="utf-8", newline="") as lines:
            rows = csv.reader(lines)
            header = [name.strip() for name in next(rows, [])]
            for name in columns:
                if name not in header:
                    raise InputError(
                        f"no column {name[:40]!r} in the first line",
                        source=source,
                        line=1,
                        column=1,
                        hint=f"it has {', '.join(header)[:120]}",
                    )
            wanted = [header.index(name) for name in columns]
            for row in rows:
                line = rows.line_num
                if line > ROWS_MAX:
                    raise InputError(f"more than {ROWS_MAX:,} lines", source=source, line=line)
                if len(row) <= max(wanted):
                    raise InputError(
                        f"{len(row)} fields, the first line has {len(header)}",
                        source=source,
                        line=line,
                        column=1,
                    )
                places = [sum(len(field) + 1 for field in row[:each]) + 1 for each in wanted]
                yield line, places, [row[each] for each in wanted]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", source=source) from None


def read_series(file: Path, time_column: str, unit: str, price_columns: Sequence[str]) -> Series:
    """Return a series of at least two rows; the step is the commonest distance of two rows.

    InputError with file:line:column for a field that is no time or no price above 0, a time that
    does not rise, and a distance that is not a whole number of steps. O(rows).
    """
    source = str(file)
    times: list[int] = []
    prices: list[list[int]] = [[] for _ in price_columns]
    places_of_time: list[tuple[int, int]] = []
    for line, places, fields in rows_of(file, (time_column, *price_columns)):
        for number, (column, field) in enumerate(zip(places, fields, strict=True)):
            try:
                value = eight_decimals(field) if number else epoch_ns(field, unit)
                if not number and times and value <= times[-1]:
                    raise ValueError("the time does not rise")
            except ValueError as error:
                name = price_columns[number - 1] if number else time_column
                raise InputError(
                    str(error), source=source, line=line, column=column, path=name
                ) from None
            (prices[number - 1] if number else times).append(value)
        places_of_time.append((line, places[0]))
    if len(times) < 2:
        raise InputError("fewer than two rows", source=source, line=len(times) + 1, column=1)
    distances = [after - before for before, after in pairwise(times)]
    step_ns = Counter(distances).most_common(1)[0][0]
    for distance, (line, column) in zip(distances, places_of_time[1:], strict=True):
        if distance % step_ns:
            raise InputError(
                f"{distance} ns after the row before, no whole number of steps of {step_ns} ns",
                source=source,
                line=line,
                column=column,
                path=time_column,
            )
    return Series(times, prices, step_ns)
