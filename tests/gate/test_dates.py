"""Days and calendar months in Hong Kong."""

import pytest

from hkperp.quantities import Time
from hkperp.rules.dates import are_months_over, day_text, end_after_months
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR


def day(text: str) -> int:
    """Midnight of a day in Hong Kong, ns."""
    return Time.parse(f"{text}T00:00Z") - 8 * NS_PER_HOUR


# a day, months, the day on which they are over
MONTHS = [
    ("2025-02-11", 0, "2025-02-11"),
    ("2025-02-11", 12, "2026-02-11"),
    ("2025-12-31", 2, "2026-02-28"),
    ("2025-12-31", 12, "2026-12-31"),
    ("2025-12-31", 4, "2026-04-30"),
    ("2024-02-29", 12, "2025-02-28"),
    ("2024-02-29", 48, "2028-02-29"),
    ("2023-10-31", 16, "2025-02-28"),
    ("2022-10-31", 16, "2024-02-29"),
]


@pytest.mark.parametrize(("dated", "months", "expected"), MONTHS)
@pytest.mark.parametrize("hour", [0, 12, 24])
def test_months_end_with_their_last_day(dated: str, months: int, expected: str, hour: int) -> None:
    """Whatever the hour of the document; to the last ns of the day."""
    at_ns = day(dated) + min(hour * NS_PER_HOUR, NS_PER_DAY - 1)
    end_ns = end_after_months(at_ns, months)
    assert end_ns == day(expected) + NS_PER_DAY - 1
    assert day_text(end_ns) == expected
    assert not are_months_over(at_ns, months, day(expected) - 1)
    assert are_months_over(at_ns, months, day(expected))


def test_a_day_begins_before_that_of_utc() -> None:
    late = Time.parse("2026-02-10T16:00Z")
    assert (day_text(late - 1), day_text(late)) == ("2026-02-10", "2026-02-11")
