"""Numbers with a unit, as people write them, turned into whole numbers without rounding.

    "500_000.00"            Amount     HKD            -> ledger units, 1e-6 HKD
    "0.5%"                  Percent    of one         -> ppb
    "121662.55"             Price      any currency   -> 1e-8 of it
    "0.001"                 Size       of the asset   -> 1e-8 of it
    "8h"                    Duration                  -> ns
    "2025-10-10T20:45Z"     Time       UTC            -> ns since the epoch

Each type is an int that knows its bounds. More decimals than the unit has are refused, never
rounded away. A ValueError says what is wrong in words for the author of the file.
"""

import datetime
import re
from typing import Any, ClassVar, Self

from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    ASSET_PRICE_PPB_MAX,
    NS_PER_DAY,
    NS_PER_HOUR,
    NS_PER_MINUTE,
    NS_PER_MS,
    NS_PER_S,
    PPB,
)

__all__ = ["Amount", "AssetPrice", "Deviation", "Duration", "Figure", "Leverage", "Multiple"]
__all__ += ["Percent", "Price", "Quantity", "SignedPercent", "Size", "Time", "Wait", "time_text"]

#: Units of 1e-8 in one whole of a price or a size.
E8 = 10**8

# Thousands may be grouped, completely or not at all: 1_000_000.50.
_DECIMAL = re.compile(r"(-?)(0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:_[0-9]{3})+)(?:\.([0-9]+))?")
_DURATION = re.compile(r"(0|[1-9][0-9]{0,9})(ms|s|m|h|d)")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?Z"
)
_UNIT_NS = {"ms": NS_PER_MS, "s": NS_PER_S, "m": NS_PER_MINUTE, "h": NS_PER_HOUR, "d": NS_PER_DAY}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


class Quantity(int):
    """A decimal with a unit: `DECIMALS` places, from `LOW` to `HIGH` units."""

    DECIMALS: ClassVar[int] = 0
    LOW: ClassVar[int] = 0
    HIGH: ClassVar[int] = 0
    SUFFIX: ClassVar[str] = ""
    LIKE: ClassVar[str] = ""

    @classmethod
    def parse(cls, written: Any) -> Self:
        """Return the quantity of what a file says, or raise ValueError."""
        if isinstance(written, int) and not isinstance(written, bool) and not cls.SUFFIX:
            written = str(written)
        if not isinstance(written, str):
            raise ValueError(f"Expected {cls.LIKE}, got {str(written)[:40]}")
        text = written.removesuffix(cls.SUFFIX) if cls.SUFFIX else written
        matched = _DECIMAL.fullmatch(text) if len(text) <= 40 else None
        if matched is None or (cls.SUFFIX and text == written):
            raise ValueError(f"Expected {cls.LIKE}, got {written[:40]!r}")
        sign, whole, fraction = matched.groups()
        fraction = (fraction or "").rstrip("0")
        if len(fraction) > cls.DECIMALS:
            raise ValueError(f"{written[:40]} has more than {cls.DECIMALS} decimals")
        units = int(whole.replace("_", "") + fraction.ljust(cls.DECIMALS, "0"))
        units = -units if sign else units
        if not cls.LOW <= units <= cls.HIGH:
            low, high = cls.text(cls.LOW), cls.text(cls.HIGH)
            raise ValueError(f"{written[:40]} is not from {low} to {high}")
        return cls(units)

    @classmethod
    def text(cls, units: int) -> str:
        """Write units the way a file does.

        >>> Amount.text(1_500_000), Percent.text(5_000_000), Price.text(12_166_255_000_000)
        ('1.5', '0.5%', '121662.55')
        """
        digits = str(abs(units)).rjust(cls.DECIMALS + 1, "0")
        cut = len(digits) - cls.DECIMALS
        fraction = digits[cut:].rstrip("0")
        sign = "-" if units < 0 else ""
        return f"{sign}{digits[:cut]}{'.' + fraction if fraction else ''}{cls.SUFFIX}"


class Amount(Quantity):
    """Money or units of a margin asset, 0 to 2^60 ledger units of 1e-6."""

    DECIMALS, LOW, HIGH = 6, 0, ACCOUNT_QUOTE_MAX
    LIKE = "an amount such as 500_000.00"


class Price(Quantity):
    """A price in a currency, above 0, in units of 1e-8."""

    DECIMALS, LOW, HIGH = 8, 1, 10**18
    LIKE = "a price such as 946530.00"


class Size(Quantity):
    """A quantity of the traded asset, above 0, in units of 1e-8."""

    DECIMALS, LOW, HIGH = 8, 1, 10**17
    LIKE = "a size such as 0.001"


class Percent(Quantity):
    """0 % to 100 %, in ppb."""

    DECIMALS, LOW, HIGH, SUFFIX = 7, 0, PPB, "%"
    LIKE = "a percentage such as 0.5%"


class SignedPercent(Percent):
    """-100 % to 100 %, in ppb."""

    LOW = -PPB


class Deviation(Percent):
    """How far a false price may be away: -100 % to 1,000 %, in ppb."""

    LOW, HIGH = -PPB, 10 * PPB


class AssetPrice(Quantity):
    """HKD per unit of a margin asset, up to 1,000, in ppb; 0 stands for no par value."""

    DECIMALS, LOW, HIGH = 9, 0, ASSET_PRICE_PPB_MAX
    LIKE = "a price in HKD such as 0.98"


class Leverage(Quantity):
    """Notional over margin, 1 to 1,000, in hundredths."""

    DECIMALS, LOW, HIGH = 2, 100, 100_000
    LIKE = "a leverage such as 12.5"


class Multiple(Quantity):
    """A factor from 0 to 1,000, in hundredths."""

    DECIMALS, LOW, HIGH = 2, 0, 100_000
    LIKE = "a factor such as 1.5"


class Duration(Quantity):
    """A time span of 1 ms to 366 days, in ns."""

    LOW, HIGH = NS_PER_MS, 366 * NS_PER_DAY
    LIKE = "a duration such as 5s or 8h"

    @classmethod
    def parse(cls, written: Any) -> Self:
        """Return the duration of what a file says, or raise ValueError."""
        matched = _DURATION.fullmatch(written) if isinstance(written, str) else None
        if matched is None:
            raise ValueError(f"Expected {cls.LIKE}, got {str(written)[:40]!r}")
        span = int(matched[1]) * _UNIT_NS[matched[2]]
        if not cls.LOW <= span <= cls.HIGH:
            raise ValueError(f"{written} is not from {cls.LOW // NS_PER_MS}ms to 366d")
        return cls(span)

    @classmethod
    def text(cls, units: int) -> str:
        """Write a span in its largest whole unit: `Duration.text(10**9)` is `1s`."""
        for suffix in ("h", "m", "s", "ms"):
            if units and units % _UNIT_NS[suffix] == 0:
                return f"{units // _UNIT_NS[suffix]}{suffix}"
        return f"{units}ns" if units else "0s"


class Wait(Duration):
    """A time span that may be 0."""

    LOW = 0


class Time(Quantity):
    """A moment in UTC, from 2000 to 2199, in ns since the epoch."""

    LIKE = "a time such as 2025-10-10T20:45:00Z"

    @classmethod
    def parse(cls, written: Any) -> Self:
        """Return the moment of what a file says, or raise ValueError.

        >>> int(Time.parse("2025-10-10T20:45Z"))
        1760129100000000000
        """
        matched = _TIME.fullmatch(written) if isinstance(written, str) else None
        if matched is None:
            raise ValueError(f"Expected {cls.LIKE}, got {str(written)[:40]!r}")
        year, month, day, hour, minute, second = (int(part or 0) for part in matched.groups()[:6])
        if not 2000 <= year <= 2199:
            raise ValueError(f"{year} is not from 2000 to 2199")
        try:
            moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)
        except ValueError:
            raise ValueError(f"there is no such moment: {written}") from None
        span = moment - _EPOCH
        fraction = int((matched[7] or "").ljust(9, "0"))
        return cls((span.days * 86_400 + span.seconds) * NS_PER_S + fraction)


class Figure(Quantity):
    """A number or text to compare a result with; its unit is that of the result it names."""

    LIKE = "a number or text to compare with"
    written: str

    @classmethod
    def parse(cls, written: Any) -> Self:
        """Keep what is written; `scenario.reader.validate` reads it once the result is known."""
        if isinstance(written, bool) or not isinstance(written, int | str):
            raise ValueError(f"Expected {cls.LIKE}")
        figure = cls(0)
        figure.written = str(written)[:200]
        return figure


def time_text(time_ns: int) -> str:
    """Write a moment as a file does.

    >>> time_text(Time.parse("2025-10-10T20:45:00.5Z"))
    '2025-10-10T20:45:00.500Z'
    """
    moment = _EPOCH + datetime.timedelta(milliseconds=time_ns // NS_PER_MS)
    timespec = "milliseconds" if time_ns % NS_PER_S else "seconds"
    return moment.isoformat(timespec=timespec).removesuffix("+00:00") + "Z"
