"""Looks at a machine each time it refuses a command of a timeline, and keeps why.

A refusal's row says which rule, not which figures. So the commands are cut behind each entry that
could be refused for want of margin or room, and a refusal is looked into while its state is there.
What agents send is not looked at: there are millions, and nobody reads the letters.
"""

from collections.abc import Callable

import numpy as np

from hkperp.edge.inspection_refusal import REFUSALS_TOLD, refusal_of
from hkperp.edge.machine_memory import Machine
from hkperp.replay.agents import ORDER_ID_FIRST
from hkperp.reports.results import ToldRefusal
from hkperp_engine.codes import Command, Event, Reject

__all__ = ["RefusalWatch"]

_ORDERS = (Command.NEW_ORDER, Command.AMEND)
_LEAVING = (Command.WITHDRAW, Command.TRANSFER, Command.REDEEM)


class RefusalWatch:
    """Feeds a machine and keeps the figures of refusals, in order, in `told`."""

    def __init__(self, machine: Machine) -> None:
        """Watch a machine."""
        self._machine = machine
        self.told: list[ToldRefusal] = []

    def feed(self, commands: np.ndarray, sink: Callable[[np.ndarray], None]) -> None:
        """Do COMMAND rows in order, as `Machine.feed`, with a look behind those of a timeline."""
        kinds = commands["kind"]
        is_order = np.isin(kinds, _ORDERS) & (commands["order_id"] < ORDER_ID_FIRST)
        start = 0
        for place in np.flatnonzero(is_order | np.isin(kinds, _LEAVING)).tolist():
            if place > start:
                self._machine.feed(commands[start:place], sink)
            start = place + 1
            self._feed_one(commands[place:start], sink)
        if start < len(commands):
            self._machine.feed(commands[start:], sink)

    def _feed_one(self, commands: np.ndarray, sink: Callable[[np.ndarray], None]) -> None:
        last: list[np.ndarray] = []

        def keep(events: np.ndarray) -> None:
            last[:] = [events[-1].copy()]
            sink(events)

        self._machine.feed(commands, keep)
        (command,) = commands
        if not last or not _is_refusal(last[0], command):
            return
        row = last[0]
        reject = Reject(int(row["code"]))
        found = refusal_of(self._machine, command, reject)
        if found is not None:
            self.told.append(
                ToldRefusal(
                    sequence=int(row["sequence"]),
                    time_ns=int(row["time_ns"]),
                    wallet=int(row["wallet"]),
                    command=Command(int(command["kind"])).name,
                    contract=int(row["contract"]),
                    asset=_asset(command),
                    order_id=int(row["order_id"]),
                    reject=reject.name,
                    limit=found.limit,
                    figures=found.figures,
                )
            )


def _is_refusal(event: np.ndarray, command: np.ndarray) -> bool:
    """Tell whether an event refuses this command; a fired order's refusal names another order."""
    if event["kind"] != Event.REFUSED or event["code"] not in REFUSALS_TOLD:
        return False
    same = (("amount", "kind"), ("wallet", "wallet"), ("order_id", "order_id"))
    return all(event[one] == command[other] for one, other in same)


def _asset(command: np.ndarray) -> int:
    """Return the asset of money that leaves, 0 of an order."""
    if command["kind"] == Command.TRANSFER:
        return int(command["contract"])
    return int(command["target"]) if command["kind"] in _LEAVING else 0
