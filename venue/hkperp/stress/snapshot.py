"""From a scenario to the snapshot that is stressed: a replay up to a time, and what it met.

On the way the movements of the fund are kept, day by day: its size, inflow and outflow are
published daily (RSV-04).
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.replay.busts import Busts
from hkperp.replay.flow import chunks, minute_count
from hkperp.replay.population import accounts
from hkperp.replay.runner import Minute, Watch
from hkperp.replay.timeline import command_rows
from hkperp.reports.tally import Blocks
from hkperp.scenario.market import Pack
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp.stress.outcome import FUND
from hkperp_engine.codes import Command, Event, HouseWallet
from hkperp_engine.kernel import compilation_progress
from hkperp_engine.units import NS_PER_DAY

__all__ = ["FundDay", "Rested", "rest_at", "rests"]


class FundDay(NamedTuple):
    """A day of a layer of the fund: what came in, what went out, what was there at its end.

    `begun_ns`: begin of the day, UTC. Amounts in ledger units.
    """

    begun_ns: int
    layer: HouseWallet
    inflow_quote: int
    outflow_quote: int
    size_quote: int


class Rested(NamedTuple):
    """A machine at a time, its ACCOUNT rows, and the days of its fund in order."""

    machine: Machine
    accounts: np.ndarray
    days: tuple[FundDay, ...]


class _FundFlows:
    """Sums up what goes into and out of the layers; a sink for `Machine.feed`."""

    def __init__(self) -> None:
        self._sums: dict[tuple[int, int], list[int]] = {}

    def __call__(self, events: np.ndarray) -> None:
        posted = events[events["kind"] == Event.POSTING]
        for column, place in (("counter_wallet", 0), ("wallet", 1)):
            rows = posted[np.isin(posted[column], FUND)]
            days = (rows["time_ns"] // NS_PER_DAY * NS_PER_DAY).tolist()
            for day, wallet, amount in zip(days, rows[column].tolist(), rows["amount"].tolist()):
                self._sums.setdefault((day, wallet), [0, 0])[place] += amount

    def days(self) -> tuple[FundDay, ...]:
        """Return the days on which something moved."""
        size = dict.fromkeys(FUND, 0)
        found = []
        for (day, wallet), (inflow, outflow) in sorted(self._sums.items()):
            layer = HouseWallet(wallet)
            size[layer] += inflow - outflow
            found.append(FundDay(day, layer, inflow, outflow, size[layer]))
        return tuple(found)


def rest_at(scenario: Scenario, pack: Pack, at_ns: int, watch: Watch) -> Rested:
    """Replay a scenario under a pack up to and with `at_ns`, and return the machine at rest.

    The commands after that time are not sent. O(commands).
    """
    return next(rests(scenario, pack, (at_ns,), watch))


def rests(
    scenario: Scenario, pack: Pack, times_ns: Sequence[int], watch: Watch
) -> Iterator[Rested]:
    """Replay a scenario once and yield the machine at rest at each time, which rise.

    It is the same machine each time: look at it, or take a snapshot, before the next is asked for.
    """
    config, table = config_of(scenario, pack), accounts(scenario)
    machine, flows, busts = Machine(config, table), _FundFlows(), Busts(scenario)
    blocks = Blocks(flows, busts.note)
    total, commands, left = minute_count(scenario), 0, list(times_ns)
    with compilation_progress(watch.compiling):
        for number, chunk in enumerate(chunks(scenario, pack, config), 1):
            while left and ((len(chunk) and chunk["time_ns"][-1] > left[0]) or number == total):
                due = chunk[chunk["time_ns"] <= left[0]]
                chunk = chunk[len(due) :]
                _feed(machine, busts, blocks, due)
                commands += len(due)
                machine.feed(command_rows(left.pop(0), Command.ADVANCE, 1), blocks)
                blocks.flush()
                watch.minute(
                    _minute(pack.name, number if left else total, total, machine, commands)
                )
                yield Rested(machine, table, flows.days())
            if not left:
                return
            _feed(machine, busts, blocks, chunk)
            commands += len(chunk)
            watch.minute(_minute(pack.name, number, total, machine, commands))


def _feed(machine: Machine, busts: Busts, blocks: Blocks, commands: np.ndarray) -> None:
    for part in busts.parts(commands, blocks.flush):
        machine.feed(part, blocks)


def _minute(pack: str, done: int, total: int, machine: Machine, commands: int) -> Minute:
    """Return how far a replay is; a stress test does not count liquidations on the way."""
    mark = int(machine.state.rates["mark_good_ticks"][0])
    return Minute(pack, done, total, int(machine.state.engine["now_ns"][0]), commands, mark, 0)
