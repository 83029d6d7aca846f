"""Times hkperp against the peers that pip can install: `python -m benchmarks.peers.compare`.

Each peer lives in a process of its own in a throw-away environment. It first does all messages and
says what came out; where that differs from hkperp no speed is given. Then peer and hkperp take
turns, one at a time, on the same messages. Messages are Python integers that exist before the
clock starts.
"""

import argparse
import ctypes
import functools
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.peers import messages as peer_messages
from benchmarks.peers.adapters_more import KNOWN_WRONG, MESSAGES_MOST, PEERS
from benchmarks.peers.environment import install, orderly_core
from benchmarks.peers.messages import Outcome, Stream, make_stream
from hkperp.bench import workloads
from hkperp.bench.full_path import FIRST_WALLET, prepared_machine
from hkperp.edge.message_rows import COMMAND_ROW
from hkperp_engine.errors import CapacityError, InvariantBroken

__all__ = ["Row", "disagreement", "main"]

_ROOT = Path(__file__).parents[2]
_CORE = "orderly-chaos, C++ core"

#: What hkperp does with the same messages: name, whether it is one command a call.
BOOK, FULL, ONE = "book", "full path", "full path, one command a call"


#: A stream cut at so many messages, hkperp's rounds on it, and its file.
Made = tuple[Stream, dict[str, Callable[[], int]], Path]
Streams = Callable[[str, int | None], Made]


class Row(NamedTuple):
    """One peer: its speed in messages a second, and hkperp's times in the same rounds."""

    name: str
    speed: float
    ratios: dict[str, tuple[float, float, float]]  # lowest, median, highest of how many times


def disagreement(name: str, found: Sequence[int | None], expected: Outcome) -> list[str]:
    """Return what a peer found otherwise than hkperp; empty if all it can say agrees."""
    wrong = KNOWN_WRONG.get(name, {})
    return [
        f"{field} {theirs:,} instead of {ours:,}"
        for field, theirs, ours in zip(Outcome._fields, found, expected)
        if theirs is not None and theirs != ours and field not in wrong
    ]


def _hkperp_runs(stream: Stream, count: int) -> dict[str, Callable[[], int]]:
    """Return hkperp's own rounds on the stream: each returns ns.

    The full path has the workload's own wallets, 20,000, and reductions as they are.
    """
    whole = workloads.make("base", FIRST_WALLET)
    commands = whole.commands[:count].copy()
    prefix = whole._replace(commands=commands)
    columns = commands.tolist()

    def book() -> int:
        made = peer_messages.new_book(stream.commands)
        start = time.perf_counter_ns()
        made.feed(stream.commands, _nobody)
        return time.perf_counter_ns() - start

    def full() -> int:
        machine = prepared_machine(prefix)
        start = time.perf_counter_ns()
        machine.feed(commands, _nobody)
        return time.perf_counter_ns() - start

    def one() -> int:
        machine = prepared_machine(prefix)
        machine.enter(machine.one)  # an unknown command: the door is open afterwards
        enter, address, row, pack = machine.enter, machine.one, machine.row, COMMAND_ROW.pack_into
        start = time.perf_counter_ns()
        for each in columns:
            pack(row, 0, *each)
            written = enter(address)
            if written < 0:
                machine.spill(written)
        return time.perf_counter_ns() - start

    return {BOOK: book, FULL: full, ONE: one}


def _streams(folder: Path, most: int) -> Streams:
    """Return what makes each stream when it is first asked for."""

    @functools.cache
    def made(name: str, count: int | None) -> Made:
        stream = make_stream(name, min(most, count or most))
        file = folder / f"{name}-{len(stream.messages)}"
        peer_messages.write(stream.messages, file)
        print(f"{name}: {len(stream.messages):,} messages, {stream.outcome}", flush=True)
        return stream, _hkperp_runs(stream, len(stream.messages)), file

    return made


def _nobody(_events: np.ndarray) -> None:
    """Events that nobody keeps."""


def _row(
    name: str, go: Callable[[], int], ours: dict[str, Callable[[], int]], count: int, rounds: int
) -> Row:
    """Let a peer and hkperp take turns; the first round is not counted."""
    theirs, mine = [], {each: [] for each in ours}
    for _ in range(1 + rounds):
        theirs.append(go())
        for each, run in ours.items():
            mine[each].append(run())
    ratios = {}
    for each, times in mine.items():
        found = sorted(their / own for their, own in zip(theirs[1:], times[1:]))
        ratios[each] = found[0], statistics.median(found), found[-1]
    return Row(name, count * 1e9 / statistics.median(theirs[1:]), ratios)


def _peer_row(name: str, python: Path, streams: Streams, rounds: int) -> Row | str:
    """Check and time one peer; return its row, or why there is none."""
    stream, runs, file = streams(PEERS[name][0].STREAM, MESSAGES_MOST.get(name))
    command = [str(python), "-m", "benchmarks.peers.child", name, str(file)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=_ROOT
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def said() -> object:
            line = process.stdout.readline()
            if not line:
                raise InvariantBroken(f"{name} ended early", rule="peers")
            return json.loads(line)

        def go() -> int:
            process.stdin.write("go\n")
            process.stdin.flush()
            return said()

        try:
            if wrong := disagreement(name, said(), stream.outcome):
                return f"does not agree: {', '.join(wrong)}"
            return _row(name, go, runs, len(stream.messages), rounds)
        except InvariantBroken as error:
            return str(error)
        finally:
            process.stdin.close()


def _core_row(python: Path, folder: Path, streams: Streams, rounds: int) -> Row | str:
    """Check and time the C++ core that one of the peers is made of."""
    try:
        library = ctypes.CDLL(str(orderly_core(python, folder)))
    except (CapacityError, subprocess.CalledProcessError) as error:
        return str(error)
    library.run.restype = ctypes.c_int64
    stream, runs, _ = streams("whole", None)
    rows = np.ascontiguousarray(stream.messages)
    found = np.zeros(len(Outcome._fields), np.int64)

    def go(is_counting: int = 0) -> int:
        place, count = ctypes.c_void_p(rows.ctypes.data), ctypes.c_int64(len(rows))
        return library.run(place, count, ctypes.c_void_p(found.ctypes.data), is_counting)

    go(1)
    if wrong := disagreement(_CORE, found.tolist(), stream.outcome):
        return f"does not agree: {', '.join(wrong)}"
    return _row(_CORE, go, runs, len(rows), rounds)


def _print(name: str, row: Row | str) -> None:
    if isinstance(row, str):
        print(f"{name:30} {row}", flush=True)
        return
    shown = "  ".join(
        f"{median:7.1f} ({low:.1f} to {high:.1f})" for low, median, high in row.ratios.values()
    )
    lacks = "" if name == _CORE else f"  lacks: {PEERS[name][0].LACKS}"
    print(f"{name:30} {row.speed / 1e6:7.3f} M/s  {shown}{lacks}", flush=True)
    for field, why in KNOWN_WRONG.get(name, {}).items():
        print(f"{'':30} {field} not compared: {why}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Install, check, take turns, print; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers.compare")
    parser.add_argument(
        "--messages", type=int, default=1_000_000, help="the first so many of base"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", action="append", choices=[*PEERS, _CORE], help="only this one")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="hkperp-peers-") as made:
        folder = Path(made)
        print("installing the peers into a throw-away environment", flush=True)
        python, missing = install(folder / "venv")
        streams = _streams(folder, chosen.messages)
        print(f"speed of the peer, then how many times as fast hkperp is: {BOOK}; {FULL}; {ONE}")
        for name in chosen.peer or [_CORE, *PEERS]:
            if name == _CORE:
                _print(name, _core_row(python, folder, streams, chosen.rounds))
            elif (package := PEERS[name][1]) in missing:
                _print(name, f"could not be installed: {missing[package]}")
            else:
                _print(name, _peer_row(name, python, streams, chosen.rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
