"""Anti-procyclicality: tools that keep a margin rate from falling in calm and leaping in stress.

Three tools after EU 153/2013 art. 28 (APC-01), each a plug-in: an object with a `name` and
`applied_ppb(known)`, which turns the rate of the model into the rate that is charged. And the
measures of a series of charged rates (APC-02).

    Buffer           calm: 1.25 * model; in declared stress the buffer may be used up (TV-11)
    StressedWeight   25 % of the quantile's weight lies on the losses of declared stress
    LongRunFloor     not below the rate of the whole history, ten years at most

Rates and losses are ppb; a rate is rounded up.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from hkperp_clearing.im_model import ceil_ratio, quantile_ppb
from hkperp_engine.units import PPB

__all__ = ["Buffer", "Known", "LongRunFloor", "Measures", "NoTool", "StressedWeight", "Tool"]
__all__ += ["measures", "steps_above", "weighted_quantile_ppb"]

#: Art. 28: a quarter.
QUARTER_PPB = 250_000_000


class Known(NamedTuple):
    """What is known when a rate is set; losses in ppb, sorted, smallest first, read only.

    `window` are the losses behind `model_ppb`, `history` all known ones of ten years at most,
    `stressed` those that began in a declared stress, whenever that was.
    """

    model_ppb: int
    window: Sequence[int]
    history: Sequence[int]
    stressed: Sequence[int]
    is_stressed: bool
    confidence_ppb: int


class Tool(Protocol):
    """What turns the model's rate into the one charged; asked in order of time."""

    @property
    def name(self) -> str:
        """How the report calls it."""

    def applied_ppb(self, known: Known) -> int:
        """Return the rate charged, ppb, not below the model's."""


class NoTool:
    """The model's rate as it is."""

    name = "none"

    def applied_ppb(self, known: Known) -> int:
        """Return the model's rate."""
        return known.model_ppb


class Buffer:
    """A buffer in calm that may be used up in declared stress.

    TV-11, a buffer of 25 %: model 10 % in calm is 12.5 %. Declared stress: model 12 % stays at
    the 12.5 % last charged in calm, model 14 % is 14 %.

    >>> tool, percent = Buffer(), PPB // 100
    >>> rates = [(10, False), (12, True), (14, True)]
    >>> [tool.rate_ppb(model * percent, is_stressed) for model, is_stressed in rates]
    [125000000, 125000000, 140000000]
    """

    name = "buffer"

    def __init__(self, buffer_ppb: int = QUARTER_PPB):
        """Begin without a calm rate: until there is one, stress charges the buffer too."""
        self._buffer_ppb = buffer_ppb
        self._calm_ppb = 0

    def rate_ppb(self, model_ppb: int, is_stressed: bool) -> int:
        """Return the rate charged, ppb, rounded up. O(1)."""
        if is_stressed and self._calm_ppb:
            return max(model_ppb, self._calm_ppb)
        self._calm_ppb = ceil_ratio(model_ppb * (PPB + self._buffer_ppb), PPB)
        return self._calm_ppb

    def applied_ppb(self, known: Known) -> int:
        """Return the rate charged, ppb, rounded up. O(1)."""
        return self.rate_ppb(known.model_ppb, known.is_stressed)


class StressedWeight:
    """A quarter of the quantile's weight lies on losses of declared stress.

    As long as no stressed loss is known the window has the whole weight.
    """

    name = "stressed-weight"

    def __init__(self, weight_ppb: int = QUARTER_PPB):
        """Keep the weight of the stressed losses, ppb."""
        self._weight_ppb = weight_ppb

    def applied_ppb(self, known: Known) -> int:
        """Return the weighted quantile, not below the model's rate. O(window + stressed)."""
        if not known.stressed:
            return known.model_ppb
        found = weighted_quantile_ppb(
            known.window, known.stressed, self._weight_ppb, known.confidence_ppb
        )
        return max(known.model_ppb, found)


class LongRunFloor:
    """Not below the rate that the same estimator gives for the whole history (ten years at most).

    A history shorter than ten years is used whole; the report says how long it is.
    """

    name = "long-run-floor"

    def applied_ppb(self, known: Known) -> int:
        """Return the larger of the model's rate and the long-run rate, ppb. O(1)."""
        return max(known.model_ppb, quantile_ppb(known.history, known.confidence_ppb))


def weighted_quantile_ppb(
    window: Sequence[int], stressed: Sequence[int], weight_ppb: int, confidence_ppb: int
) -> int:
    """Return the smallest loss x with weight of {losses <= x} >= confidence; both lists sorted.

    The stressed losses share `weight_ppb` equally, those of the window the rest. Exact: weights
    are multiplied by both counts. O(window + stressed).

    Window 1 .. 100 (0.75 % each), stressed 500, 600, 700, 800 (6.25 % each), confidence 99 %:
    up to 700 it is 75 + 18.75 = 93.75 %, so 800. At 80 %: 75 + 6.25 = 81.25 %, so 500.

    >>> [weighted_quantile_ppb(range(1, 101), [500, 600, 700, 800], QUARTER_PPB, each)
    ...  for each in (990_000_000, 800_000_000)]
    [800, 500]
    """
    of_window = (PPB - weight_ppb) * len(stressed)
    of_stressed = weight_ppb * len(window)
    pairs = [(loss, of_window) for loss in window] + [(loss, of_stressed) for loss in stressed]
    missing = confidence_ppb * len(window) * len(stressed)
    pairs.sort()
    for loss, weight in pairs:
        missing -= weight
        if missing <= 0:
            return loss
    return pairs[-1][0]


class Measures(NamedTuple):
    """How procyclical a series of charged rates was (APC-02); ratios are ppb of one.

    `peak_to_trough_ppb` is the highest rate over the lowest, `change_ppb` the largest rise over
    n rates, of one (a rate of 10 % that becomes 15 % rises by 5 % of one), `short_to_long_ppb`
    the highest mean of the last `short` rates over the mean of the last `long`. Rounded down.
    """

    peak_to_trough_ppb: int
    change_ppb: int
    short_to_long_ppb: int


def measures(rates_ppb: Sequence[int], change: int, short: int, long: int) -> Measures:
    """Return the measures of rates in order of time, at least one; 0 where rates are too few.

    `change`, `short` < `long` are counts of rates. O(n).

    Rates 10, 10, 20, 15 %: peak to trough 2; largest rise over two rates +10 %; the mean of the
    last one over that of the last three is at most 20 / (40/3) = 1.5.

    >>> measures([100, 100, 200, 150], change=2, short=1, long=3)
    Measures(peak_to_trough_ppb=2000000000, change_ppb=100, short_to_long_ppb=1500000000)
    """
    trough = min(rates_ppb)
    pairs = zip(rates_ppb[change:], rates_ppb, strict=False)
    sums = [0]
    for rate in rates_ppb:
        sums.append(sums[-1] + rate)
    ratios = [0]
    for stop in range(long, len(sums)):
        whole = sums[stop] - sums[stop - long]
        if whole:
            part = (sums[stop] - sums[stop - short]) * long * PPB
            ratios.append(part // (whole * short))
    peak = max(rates_ppb) * PPB
    return Measures(
        peak_to_trough_ppb=peak // trough if trough else 0,
        change_ppb=max((after - before for after, before in pairs), default=0),
        short_to_long_ppb=max(ratios),
    )


def steps_above(rates_ppb: Sequence[int], notice_ppb: int) -> list[int]:
    """Return the places of rates that rose by more than `notice_ppb` of the rate before. O(n).

    Each is a step that needs the notice procedure (APC-02): above it without notice, an alert.

    >>> steps_above([100, 110, 122, 90], 100_000_000)
    [2]
    """
    return [
        place
        for place in range(1, len(rates_ppb))
        if (rates_ppb[place] - rates_ppb[place - 1]) * PPB > rates_ppb[place - 1] * notice_ppb
    ]
