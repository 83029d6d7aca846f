"""Days and months of Hong Kong, in ns since the epoch (UTC): how long a document is good for.

A document is dated to a day. A day begins at midnight in Hong Kong, which is 8 hours ahead of UTC
all year. Months are calendar months; where the later month is shorter, its last day is taken, so
a document is never good for longer than the months say. This module imports neither numpy nor
numba.
"""

import calendar
import datetime

from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR

__all__ = ["are_months_over", "day_text", "end_after_months"]

_AHEAD_NS = 8 * NS_PER_HOUR
_EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


def _day_of(time_ns: int) -> datetime.date:
    """Return the day in Hong Kong that a moment falls on."""
    return datetime.date.fromordinal(_EPOCH_DAY + (time_ns + _AHEAD_NS) // NS_PER_DAY)


def end_after_months(dated_ns: int, months: int) -> int:
    """Return the last ns of the day that is so many months after the day of `dated_ns`. O(1).

    A statement of 11 February 2025 is good for 12 months, to the end of 11 February 2026; one of
    31 October 2024, for 16 months, to the end of 28 February 2026.

    >>> day_text(end_after_months(1_739_203_200_000_000_000, 12))  # midnight of 11 February 2025
    '2026-02-11'
    """
    day = _day_of(dated_ns)
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    last = calendar.monthrange(year, month + 1)[1]
    then = datetime.date(year, month + 1, min(day.day, last))
    return (then.toordinal() + 1 - _EPOCH_DAY) * NS_PER_DAY - _AHEAD_NS - 1


def are_months_over(since_ns: int, months: int, now_ns: int) -> bool:
    """Tell whether the day that is so many months after the day of `since_ns` has come. O(1).

    Twelve months that begin on 11 February 2025 are over from 11 February 2026 on.
    """
    return now_ns > end_after_months(since_ns, months) - NS_PER_DAY


def day_text(time_ns: int) -> str:
    """Write the day in Hong Kong that a moment falls on: `2026-02-11`."""
    return _day_of(time_ns).isoformat()
