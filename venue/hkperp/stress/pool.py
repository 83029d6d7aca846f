"""Many stress scenarios on one snapshot, each on a machine restored from it, on several processes.

What crosses from one process to another is bytes: the snapshot, the configuration and the scenario
as JSON, the accounts as rows; and back an outcome as JSON. A worker restores the snapshot before
every scenario, so no result depends on which worker ran what, or how many there are.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager

import msgspec
import numpy as np

from hkperp.config import Config
from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp.stress.outcome import Outcome, outcome_of
from hkperp.stress.shocks import Stress

__all__ = ["Pool", "Snapshot", "pool"]

#: Told how many of the scenarios given are done, and the name of the last.
Progress = Callable[[int, int, str], None]


class Snapshot(msgspec.Struct, frozen=True):
    """A machine at rest: what `Machine.snapshot` gave, and what it needs to be restored."""

    state: bytes
    config: bytes
    accounts: bytes

    @staticmethod
    def of(machine: Machine, accounts: np.ndarray) -> "Snapshot":
        """Take a snapshot of a machine; `accounts` are the ACCOUNT rows it was made with."""
        return Snapshot(
            machine.snapshot(), msgspec.json.encode(machine.config), accounts.tobytes()
        )

    def machine(self) -> Machine:
        """Return a new machine in this state. O(capacity)."""
        config = msgspec.json.decode(self.config, type=Config)
        machine = Machine(config, np.frombuffer(self.accounts, ACCOUNT).copy())
        machine.restore(self.state)
        return machine


#: The snapshot and the machine of this worker process, once it has begun.
_room: list[tuple[Snapshot, Machine]] = []


def _begin(state: bytes, config: bytes, accounts: bytes) -> None:
    """Make the machine of a worker process."""
    snapshot = Snapshot(state, config, accounts)
    _room[:] = [(snapshot, snapshot.machine())]


def _work(stress: bytes) -> bytes:
    """Run one scenario in a worker process."""
    ((snapshot, machine),) = _room
    return _run(snapshot, machine, stress)


def _run(snapshot: Snapshot, machine: Machine, stress: bytes) -> bytes:
    machine.restore(snapshot.state)
    found = outcome_of(machine, msgspec.json.decode(stress, type=Stress))
    return msgspec.json.encode(found)


class Pool:
    """Runs stress scenarios on a snapshot; made by `pool`."""

    def __init__(self, snapshot: Snapshot, executor: ProcessPoolExecutor | None) -> None:
        """Run on an executor's processes, or in this one."""
        self._snapshot = snapshot
        self._executor = executor
        self._machine = None if executor else snapshot.machine()

    def run(self, stresses: Sequence[Stress], progress: Progress) -> list[Outcome]:
        """Return the outcome of each scenario, in the order given.

        InvariantBroken, and nothing else, if the money of one of them does not add up.
        """
        tasks = [msgspec.json.encode(stress) for stress in stresses]
        answers = [b""] * len(tasks)
        for done, (place, answer) in enumerate(self._answers(tasks), 1):
            answers[place] = answer
            progress(done, len(tasks), stresses[place].name)
        return [msgspec.json.decode(answer, type=Outcome) for answer in answers]

    def _answers(self, tasks: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield (place, answer) of each task as it is done."""
        if self._machine is not None:
            for place, task in enumerate(tasks):
                yield place, _run(self._snapshot, self._machine, task)
            return
        assert self._executor is not None
        places = {self._executor.submit(_work, task): place for place, task in enumerate(tasks)}
        for future in as_completed(places):
            yield places[future], future.result()


@contextmanager
def pool(snapshot: Snapshot, workers: int) -> Iterator[Pool]:
    """Give a pool of `workers` processes; 1: everything is done in this one."""
    if workers == 1:
        yield Pool(snapshot, None)
        return
    # A fresh process, not a copy of this one with its threads and its compiled state.
    context = multiprocessing.get_context("spawn")
    arguments = (snapshot.state, snapshot.config, snapshot.accounts)
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_begin, initargs=arguments
    ) as executor:
        try:
            yield Pool(snapshot, executor)
        except BaseException:
            executor.shutdown(cancel_futures=True)
            raise
