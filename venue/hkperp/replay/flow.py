"""A scenario under one rule pack as a stream of COMMAND rows, minute by minute.

    start:  source prices, TICK, deposits, opening trades
    step:   quotes withdrawn ─► arbitrage ─► new quotes ─► source prices ─► TICK ─► timeline, flow

Quotes move before the index does, as they do on a market: what the mark step then closes out
meets the market of that price, not of the minute before. Only deposits differ between packs.
"""

from collections.abc import Iterator

import numpy as np

from hkperp.config import Config
from hkperp.replay.agents import Crowd, OrderIds, Quoter, Sweeper
from hkperp.replay.population import opening
from hkperp.replay.timeline import joined, opening_rows, source_rows, tick_row, timeline_rows
from hkperp.scenario.market import Pack
from hkperp.scenario.price_path import Steps, market_steps, step_times
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.units import NS_PER_MINUTE

__all__ = ["chunks", "minute_count"]


def minute_count(scenario: Scenario) -> int:
    """Return how many chunks `chunks` yields: the opening, each minute with a step, the end."""
    times = step_times(scenario)[:-1]
    return 2 + len({(time - scenario.start) // NS_PER_MINUTE for time in times})


def chunks(scenario: Scenario, pack: Pack, config: Config | None = None) -> Iterator[np.ndarray]:
    """Yield the commands of a scenario under a pack, in order of time.

    First the opening, then one array per simulated minute in which there is a mark step (up to
    the next step), at last the mark step at the end. Deterministic in the scenario and the pack.
    """
    config = config or config_of(scenario, pack)
    steps = market_steps(scenario)
    yield opening_rows(scenario, pack, opening(scenario, pack, config, steps), steps)
    stream = _Stream(scenario, steps)
    last = len(steps.times) - 1
    parts: list[np.ndarray] = []
    for step in range(last):
        parts.append(stream.step(step))
        minute, following = (
            (steps.times[each] - scenario.start) // NS_PER_MINUTE for each in (step, step + 1)
        )
        if following != minute or step + 1 == last:
            yield joined(parts)
            parts = []
    yield stream.step(last)


class _Stream:
    """All agents of a scenario, asked for one step after the other."""

    def __init__(self, scenario: Scenario, steps: Steps) -> None:
        ids = OrderIds()
        self._steps = steps
        self._quoters = [Quoter(scenario, each, ids) for each in scenario.market_makers]
        self._sweepers = [Sweeper(scenario, each, ids) for each in scenario.arbitrageurs]
        self._crowds = [Crowd(scenario, index, ids) for index in range(len(scenario.flows))]
        self._timeline = timeline_rows(scenario)
        self._timeline_used = 0

    def step(self, step: int) -> np.ndarray:
        """Return everything from a mark step up to the next."""
        time_ns = self._steps.times[step]
        is_last = step == len(self._steps.times) - 1
        until_ns = time_ns + 1 if is_last else self._steps.times[step + 1]
        ticks = [path[step] for path in self._steps.path_ticks]
        parts = [quoter.withdraw(time_ns) for quoter in self._quoters]
        parts += [each.sweep(time_ns, ticks[each.contract]) for each in self._sweepers]
        parts += [each.quote(time_ns, ticks[each.contract]) for each in self._quoters]
        if step > 0:  # the opening has brought the first prices
            parts += [source_rows(self._steps, step), tick_row(time_ns)]
        late = [self._due(until_ns)]
        if not is_last:
            late += [
                each.commands(step, time_ns, until_ns, ticks[each.contract])
                for each in self._crowds
            ]
        mixed = joined(late)
        mixed = mixed[np.argsort(mixed["time_ns"], kind="stable")]
        return joined([*parts, mixed])

    def _due(self, until_ns: int) -> np.ndarray:
        """Timeline entries before a time that have not been sent yet."""
        first = self._timeline_used
        self._timeline_used = int(np.searchsorted(self._timeline["time_ns"], until_ns))
        return self._timeline[first : self._timeline_used]
