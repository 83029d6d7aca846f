"""The initial-margin model: what 99 of 100 positions do not lose before they are closed (MRG-08).

Historical simulation. A *window* is a start in the price series and its end one margin period of
risk (MPOR) later, `horizon` steps; its *loss* is the move against the position over it, in ppb of
the price at the start. The rate is a one-tailed quantile of the losses known so far:

    loss = s * (P[i] - P[i + horizon]) / P[i]        s = +1 long, -1 short; rounded up to a ppb
    rate = the k-th smallest of n losses, k = ceil(n * confidence); not below the floor

The estimator is an order statistic, not an interpolation: at most n - k of the n losses lie above
it, and the rate is one of the losses. Since rounding up keeps the order, rounding first or last
gives the same rate. Everything is unlimited Python integers; no float touches a rate.

With a decay (EWMA) each loss is first scaled from the volatility of its own time to that of now.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

__all__ = ["LONG", "MarginModel", "SHORT", "Settings", "ceil_ratio", "model_rate_ppb"]
__all__ += ["quantile_ppb", "quantile_rank", "scaled_losses", "window_losses"]

LONG = 1
SHORT = -1

#: Least of the scaling volatility, ppb: a dead market must not divide by 0.
_VOLATILITY_MIN_PPB = 1


class Settings(NamedTuple):
    """The parameters of the model; design defaults, no number of the regulator's.

    `horizon` is the MPOR in steps of the series, `lookback` the windows the quantile is taken of,
    `decay_ppb` the weight that yesterday's variance keeps (0: no scaling).
    """

    horizon: int = 1
    lookback: int = 365
    confidence_ppb: int = 990_000_000
    floor_ppb: int = 0
    decay_ppb: int = 0

    def check(self) -> None:
        """Raise InputError for the first parameter out of bounds."""
        bounds = {
            "horizon": (1, 1_000_000),
            "lookback": (1, 10_000_000),
            "confidence_ppb": (PPB // 2, PPB - 1),
            "floor_ppb": (0, PPB),
            "decay_ppb": (0, PPB - 1),
        }
        for name, (least, most) in bounds.items():
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"{value} is out of bounds", path=name, hint=f"{least} to {most}")


def ceil_ratio(numerator: int, denominator: int) -> int:
    """Return numerator / denominator rounded towards plus infinity; unlimited integers.

    >>> ceil_ratio(7, 2), ceil_ratio(-7, 2), ceil_ratio(10**30, 3) % 10
    (4, -3, 4)
    """
    return -(-numerator // denominator)


def window_losses(
    prices: Sequence[int], horizon: int, sign: int, steps: Sequence[int] | None = None
) -> list[int | None]:
    """Return the loss of each window, ppb of its first price, rounded up; negative: a gain. O(n).

    Window i runs from prices[i] to prices[i + horizon]; prices are whole numbers > 0 of any unit.
    `steps` are the times in whole steps: a window across a gap is None. `sign`: LONG or SHORT.

    100 to 90 to 99: a long loses 10 %, then gains 10 %; a short the reverse. From 90 to 97,
    7/90 = 7.77777777 %: the short's loss is rounded up, and so is the long's negative one.

    >>> window_losses([100, 90, 99], 1, LONG), window_losses([90, 97], 1, SHORT)
    ([100000000, -100000000], [77777778])
    >>> window_losses([100, 90, 99, 98], 1, LONG, steps=[0, 1, 5, 6])
    [100000000, None, 10101011]
    """
    found: list[int | None] = []
    for start in range(len(prices) - horizon):
        stop = start + horizon
        if steps is not None and steps[stop] - steps[start] != horizon:
            found.append(None)
            continue
        found.append(ceil_ratio(sign * (prices[start] - prices[stop]) * PPB, prices[start]))
    return found


def quantile_rank(count: int, confidence_ppb: int) -> int:
    """Return k = ceil(count * confidence): the 1-based rank of the quantile among `count` losses.

    >>> [quantile_rank(n, 990_000_000) for n in (1, 100, 101, 250, 1000)]
    [1, 99, 100, 248, 990]
    """
    return ceil_ratio(count * confidence_ppb, PPB)


def quantile_ppb(losses: Sequence[int], confidence_ppb: int) -> int:
    """Return the quantile of losses that are sorted, smallest first; at least one. O(1).

    Of the losses 1 .. 250 at 99 % the 248th: two of 250 (0.8 %) lie above it.

    >>> quantile_ppb(range(1, 251), 990_000_000)
    248
    """
    return losses[quantile_rank(len(losses), confidence_ppb) - 1]


def scaled_losses(losses: Sequence[int], decay_ppb: int) -> list[int]:
    """Return losses (oldest first, ppb) scaled to the volatility of now, rounded up. O(n).

    Variance starts at the mean square of all of them; before loss i it is v[i], after it
    v[i + 1] = decay * v[i] + (1 - decay) * loss[i]^2, both rounded down in ppb^2. A loss becomes
    loss * sqrt(v[n]) / sqrt(v[i]), roots rounded down and at least 1 ppb.

    Decay 0.5, losses 0 and 200: v = 20,000, then 10,000, then 5,000 + 20,000 = 25,000; the roots
    are 141, 100 and now 158: 200 * 158 / 100 = 316.

    >>> scaled_losses([0, 200], 500_000_000)
    [0, 316]
    """
    variance = sum(loss * loss for loss in losses) // len(losses)
    before = []
    for loss in losses:
        before.append(variance)
        variance = (decay_ppb * variance + (PPB - decay_ppb) * loss * loss) // PPB
    now = _root(variance)
    return [ceil_ratio(loss * now, _root(then)) for loss, then in zip(losses, before, strict=True)]


def _root(variance: int) -> int:
    """Return the volatility, ppb, rounded down, at least 1."""
    return max(math.isqrt(variance), _VOLATILITY_MIN_PPB)


def model_rate_ppb(losses: Sequence[int], settings: Settings) -> int:
    """Return the rate of losses that are sorted, smallest first: the quantile or the floor. O(1).

    It may be above 100 % of the price for a short; no contract accepts such a rate.

    >>> model_rate_ppb([-5, 3, 70], Settings(floor_ppb=50)), model_rate_ppb([-9], Settings())
    (70, 0)
    """
    return max(quantile_ppb(losses, settings.confidence_ppb), settings.floor_ppb)


class MarginModel:
    """Initial-margin rates by asset, side and size of the position, from the prices known now.

    `series` are the prices of each asset, oldest first, of equal steps. `add_ons` are
    (notional from which it applies, ppb) in rising order; the last that applies is added (MRG-09).

    >>> model = MarginModel({"BTC": [100, 98, 99]}, Settings(lookback=2), ((1_000, 5_000_000),))
    >>> model.rate_ppb("BTC", LONG), model.rate_ppb("BTC", SHORT, 1_000)
    (20000000, 15204082)
    """

    def __init__(
        self,
        series: Mapping[str, Sequence[int]],
        settings: Settings,
        add_ons: Sequence[tuple[int, int]] = (),
    ):
        """Keep the series; raise InputError if a parameter or the length of one is wrong."""
        settings.check()
        for asset, prices in series.items():
            if len(prices) <= settings.horizon:
                raise InputError(
                    f"{len(prices)} prices hold no window of {settings.horizon} steps",
                    path=f"series.{asset}",
                )
            if min(prices) <= 0:
                raise InputError("a price is not above 0", path=f"series.{asset}")
        floors = [floor for floor, _ in add_ons]
        if floors != sorted(set(floors)) or any(rate < 0 for _, rate in add_ons):
            raise InputError(
                "must rise, and be no rebates", path="add_ons", hint="(notional from, ppb >= 0)"
            )
        self._series = dict(series)
        self._settings = settings
        self._add_ons = tuple(add_ons)

    def rate_ppb(self, asset: str, sign: int, notional_quote: int = 0) -> int:
        """Return the rate of a position of `sign` and notional, ppb, rounded up.

        O(lookback log lookback).
        """
        kept = self._series[asset][-self._settings.lookback - self._settings.horizon :]
        found = window_losses(kept, self._settings.horizon, sign)
        losses = [loss for loss in found if loss is not None]
        if self._settings.decay_ppb:
            losses = scaled_losses(losses, self._settings.decay_ppb)
        added = [rate for floor, rate in self._add_ons if floor <= notional_quote]
        return model_rate_ppb(sorted(losses), self._settings) + (added[-1] if added else 0)
