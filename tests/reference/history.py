"""The price of a while ago, for volatility control (docs/book.md MAT-064 and MAT-065)."""

from reference.whole import ceil_div, mdf

INTERVALS = 60


class History:
    """Last trades of a contract by interval of time; prices are ticks, times ns."""

    def __init__(self, lookback_ns: int, volatility_ppb: int) -> None:
        self.interval_ns = ceil_div(lookback_ns, INTERVALS)
        self.volatility_ppb = volatility_ppb
        self.first = 0
        self.lasts: dict[int, int] = {}  # interval -> its last trade, oldest first

    def clear(self) -> None:
        """Begin anew: there was no trade."""
        self.first = 0
        self.lasts = {}

    def record(self, now_ns: int, price: int) -> None:
        """A trade happened."""
        self.first = self.first or price
        self.lasts[now_ns // self.interval_ns] = price

    def reference(self, now_ns: int) -> int:
        """The last trade `lookback_ns` ago, else the first since the beginning, else 0."""
        number = now_ns // self.interval_ns - INTERVALS
        old = [price for interval, price in self.lasts.items() if interval <= number]
        return old[-1] if old else self.first

    def band(self, now_ns: int) -> tuple[int, int] | None:
        """Lowest and highest price of a trade now; None: any.

        >>> history = History(300, 50_000_000)
        >>> history.record(0, 4865)
        >>> history.band(299)
        (4622, 5108)
        """
        price = self.reference(now_ns) if self.volatility_ppb else 0
        room = mdf(price, self.volatility_ppb)
        return (price - room, price + room) if price else None
