"""The back-test of the margin model: would the rate known before have covered the loss? (STR-04)

Time runs through the series. At a price, the losses of all windows that have *ended* are known;
they give the model's rate, a tool (apc) makes of it the rate charged, and the window that begins
here is a *breach* if its loss is above that rate. Then the next window begins where this one
ended: windows of the test do not overlap, since breaches of overlapping windows are not
independent and would count one crash many times. The model itself uses overlapping windows; a
quantile does not need them to be independent.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hkperp_clearing.apc import Known, Tool
from hkperp_clearing.exceedance import (
    Ratio,
    Zone,
    conditional_coverage,
    independence,
    kupiec,
    zone_bounds,
    zone_of,
)
from hkperp_clearing.im_model import Settings, model_rate_ppb, scaled_losses, window_losses
from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

__all__ = ["Coverage", "Prices", "Verdict", "Window", "coverage", "verdict", "walk"]

#: Below this probability, 5 %, a test is held to speak against what it tests.
UNLIKELY_PPB = 50_000_000


class Prices(NamedTuple):
    """A series: `prices` whole numbers > 0, `steps` their times in whole steps, rising.

    `stressed` tells for each price whether stress was declared then. `history_max` is the number
    of windows in ten years.
    """

    prices: Sequence[int]
    steps: Sequence[int]
    stressed: Sequence[bool]
    history_max: int


class Window(NamedTuple):
    """One window of the test: where it began, the two rates known then, and the loss over it."""

    start: int
    model_ppb: int
    applied_ppb: int
    loss_ppb: int
    history: int

    @property
    def is_breach(self) -> bool:
        """Whether the loss was above the rate; a loss equal to the rate is covered."""
        return self.loss_ppb > self.applied_ppb


class _Memory:
    """The losses known so far, sorted, in the three sets that the tools ask for."""

    def __init__(self, settings: Settings, history_max: int):
        self._settings = settings
        self._history_max = max(history_max, settings.lookback)
        self._order: deque[int] = deque()
        self._recent: deque[int] = deque()
        self._window: list[int] = []
        self._history: list[int] = []
        self._stressed: list[int] = []

    def learn(self, loss_ppb: int, is_stressed: bool) -> None:
        """Take the loss of a window that has ended; forget the oldest of each set."""
        if is_stressed:
            insort(self._stressed, loss_ppb)
        _remember(self._recent, self._window, loss_ppb, self._settings.lookback)
        _remember(self._order, self._history, loss_ppb, self._history_max)

    def is_ready(self) -> bool:
        """Tell whether the lookback is full."""
        return len(self._window) == self._settings.lookback

    def known(self, is_stressed: bool) -> Known:
        """Return what a rate may be made of now."""
        window = self._window
        if self._settings.decay_ppb:
            window = sorted(scaled_losses(self._recent, self._settings.decay_ppb))
        return Known(
            model_ppb=model_rate_ppb(window, self._settings),
            window=window,
            history=self._history,
            stressed=self._stressed,
            is_stressed=is_stressed,
            confidence_ppb=self._settings.confidence_ppb,
        )


def _remember(order: deque[int], ranked: list[int], loss_ppb: int, most: int) -> None:
    """Add a loss to a queue and its sorted twin; drop the oldest beyond `most`."""
    order.append(loss_ppb)
    insort(ranked, loss_ppb)
    if len(order) > most:
        del ranked[bisect_left(ranked, order.popleft())]


def walk(
    series: Prices, settings: Settings, sign: int, make_tool: Callable[[], Tool]
) -> list[Window]:
    """Return the windows of the test in order of time, for the side `sign` (LONG or SHORT).

    The first begins where the lookback is full. A window across a gap of the series is left out,
    of the model and of the test. InputError if none is left. O(n * lookback) moves of one word,
    with a decay O(windows * lookback) products.
    """
    settings.check()
    losses = window_losses(series.prices, settings.horizon, sign, series.steps)
    memory, tool = _Memory(settings, series.history_max), make_tool()
    found: list[Window] = []
    next_step = series.steps[0] if series.steps else 0
    for start, loss in enumerate(losses):
        ended = start - settings.horizon
        if ended >= 0 and (past := losses[ended]) is not None:
            memory.learn(past, series.stressed[ended])
        if loss is None or not memory.is_ready() or series.steps[start] < next_step:
            continue
        next_step = series.steps[start] + settings.horizon
        known = memory.known(series.stressed[start])
        applied_ppb = tool.applied_ppb(known)
        found.append(Window(start, known.model_ppb, applied_ppb, loss, len(known.history)))
    if not found:
        raise InputError(
            f"{len(series.prices)} prices leave no window to test after a lookback of "
            f"{settings.lookback} windows of {settings.horizon} steps",
            hint="a longer series, or a shorter lookback",
        )
    return found


class Coverage(NamedTuple):
    """The outcome of one side: counts, the three tests, and the zone with its bounds."""

    windows: int
    breaches: int
    worst_ppb: int
    share: Ratio
    apart: Ratio
    both: Ratio
    bounds: Zone
    zone: str

    @property
    def covered_ppb(self) -> int:
        """Share of windows whose loss was covered, ppb, rounded down."""
        covered_ppb = (self.windows - self.breaches) * PPB
        return covered_ppb // self.windows


class Verdict(NamedTuple):
    """What follows: `word` is keep, watch or recalibrate; `why` is a sentence."""

    word: str
    why: str


def coverage(tested: Sequence[Window], confidence_ppb: int) -> Coverage:
    """Return the statistics of a test, at least one window. `worst_ppb`: worst loss above a rate.

    O(windows).
    """
    broken = [each.is_breach for each in tested]
    count, breaches = len(broken), sum(broken)
    share, apart = kupiec(count, breaches, confidence_ppb), independence(broken)
    bounds = zone_bounds(count, confidence_ppb)
    return Coverage(
        windows=count,
        breaches=breaches,
        worst_ppb=max(0, *(each.loss_ppb - each.applied_ppb for each in tested)),
        share=share,
        apart=apart,
        both=conditional_coverage(share, apart),
        bounds=bounds,
        zone=zone_of(breaches, bounds),
    )


def verdict(found: Coverage, confidence_ppb: int) -> Verdict:
    """Return what follows of a side: coverage below the confidence means recalibrate (STR-04).

    The comparison is of whole numbers: covered windows * PPB against windows * confidence.
    """
    if (found.windows - found.breaches) * PPB < found.windows * confidence_ppb:
        return Verdict("recalibrate", f"coverage is below the confidence, zone {found.zone}")
    if found.apart.p_value * PPB < UNLIKELY_PPB:
        return Verdict("watch", "coverage holds, but the breaches come together")
    if found.share.p_value * PPB < UNLIKELY_PPB:
        return Verdict("keep", "coverage holds, with fewer breaches than the confidence asks for")
    return Verdict("keep", "coverage holds")
