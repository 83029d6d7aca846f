"""Which trade a timeline takes back: found while the run goes on, because only it knows.

A BUST_TRADE names its trade by the sequence number of the event. A scenario, which is written
before the run, names it by the orders (`timeline_entries`: their ids, 0 for any). So the commands
are cut before each bust, and the number of the last trade that fits is put in. The same events
give the same numbers, so a run stays as deterministic as its scenario.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from hkperp.scenario.timeline import BustTrade
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, Event

__all__ = ["Busts"]


class _Wanted(NamedTuple):
    """A contract, and the ids of maker and taker; 0: any."""

    contract: int
    maker: int
    taker: int


class Busts:
    """The busts of a scenario in one run; without any it does nothing. `note` is a sink.

    A trade that nobody made has number 0, and the venue refuses it (TRADE_UNKNOWN).
    """

    def __init__(self, scenario: Scenario) -> None:
        """Take note of what will be asked for."""
        names = [each.name for each in scenario.contracts]
        self._last: dict[_Wanted, int] = {
            _Wanted(names.index(each.contract), each.maker or 0, each.taker or 0): 0
            for each in scenario.timeline
            if isinstance(each, BustTrade)
        }

    def note(self, events: np.ndarray) -> None:
        """Remember the last trade that each bust may mean. EVENT rows, oldest first."""
        if not self._last:
            return
        trades = events[events["kind"] == Event.TRADE]
        for wanted in self._last:
            fits = trades["contract"] == wanted.contract
            for column, order_id in (
                ("order_id", wanted.maker),
                ("counter_order_id", wanted.taker),
            ):
                if order_id:
                    fits = fits & (trades[column] == order_id)
            if fits.any():
                self._last[wanted] = int(trades["sequence"][fits][-1])

    def parts(self, commands: np.ndarray, flush: Callable[[], None]) -> Iterator[np.ndarray]:
        """Yield commands in order, cut before each bust, with its trade filled in.

        `flush` hands on to `note` what is on the way. Each part must be done before the next is
        asked for.
        """
        start = 0
        places = np.flatnonzero(commands["kind"] == Command.BUST_TRADE) if self._last else ()
        for place in (int(each) for each in places):
            if place > start:
                yield commands[start:place]
            flush()
            row = commands[place]
            wanted = _Wanted(int(row["contract"]), int(row["price_ticks"]), int(row["lots"]))
            row["order_id"] = self._last[wanted]
            for column in ("contract", "price_ticks", "lots"):
                row[column] = 0
            start = place
        yield commands[start:]
