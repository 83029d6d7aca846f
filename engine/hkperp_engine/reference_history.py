"""What a contract traded at some time ago: the reference of the volatility control (MAT-065)."""

from collections import deque

from hkperp_engine.reference_rows import mul_div_floor

__all__ = ["INTERVALS", "History"]

#: Intervals that make up the lookback.
INTERVALS = 60


class History:
    """Trades of one contract, the last of each interval of `ceil(lookback_ns / 60)` ns.

    >>> history = History(lookback_ns=600)  # intervals of 10 ns
    >>> history.reference_ticks(5)
    0
    >>> history.record(5, 100)  # interval 0
    >>> history.record(8, 101)  # interval 0
    >>> history.record(17, 90)  # interval 1
    >>> history.reference_ticks(599)  # interval 59: no trade is so old, the first one it is
    100
    >>> [history.reference_ticks(time_ns) for time_ns in (600, 609, 610)]
    [101, 101, 90]
    """

    def __init__(self, lookback_ns: int) -> None:
        """Begin empty; `lookback_ns` is how old the reference is, ns."""
        self.interval_ns = max(1, -(-lookback_ns // INTERVALS))
        self.first_ticks = 0
        self._lasts: deque[tuple[int, int]] = deque()  # (interval, its last trade), rising

    def record(self, now_ns: int, price_ticks: int) -> None:
        """Remember a trade at `price_ticks`."""
        interval = now_ns // self.interval_ns
        if not self.first_ticks:
            self.first_ticks = price_ticks
        if self._lasts and self._lasts[-1][0] == interval:
            self._lasts.pop()
        self._lasts.append((interval, price_ticks))

    def clear(self) -> None:
        """Begin anew (MAT-064)."""
        self.first_ticks = 0
        self._lasts.clear()

    def reference_ticks(self, now_ns: int) -> int:
        """Return the last trade of 60 intervals ago or before, else the first, else 0."""
        old = now_ns // self.interval_ns - INTERVALS
        while len(self._lasts) > 1 and self._lasts[1][0] <= old:
            self._lasts.popleft()
        if self._lasts and self._lasts[0][0] <= old:
            return self._lasts[0][1]
        return self.first_ticks

    def band(self, now_ns: int, volatility_ppb: int) -> tuple[int, int, int] | None:
        """Return (lowest, highest, reference), all ticks, or None if there is no band (MAT-064).

        >>> history = History(lookback_ns=600)
        >>> history.record(0, 4_865)
        >>> history.band(0, 50_000_000)  # TV-14: 4621.75 .. 5108.25, rounded inward
        (4622, 5108, 4865)
        """
        ticks = self.reference_ticks(now_ns) if volatility_ppb else 0
        if not ticks:
            return None
        width = mul_div_floor(ticks, volatility_ppb)
        return ticks - width, ticks + width, ticks
