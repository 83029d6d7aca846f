"""The compiled machine beside the slow reference house: same commands, every row, every field."""

import itertools
from collections import Counter

import numpy as np

import house_flow
import house_setting
from compiled_house import CompiledHouse, command_rows, difference
from hkperp_engine.codes import Event
from hkperp_engine.layout import EVENT
from house_mix import count_mix

#: Commands given to the compiled machine at once, and how often all fields are compared. Events
#: are compared always.
BLOCK = 50
FIELDS_EVERY = 100


def compare(seed, count):
    """Run `count` random commands of a seed through both; return the mix, or raise with the place.

    The seed decides the venue, its accounts, the loss sharing and the flow.
    """
    setting = house_setting.setting(seed)
    sharing = setting.config.house.loss_sharing
    ours, mix = CompiledHouse(setting.config, setting.accounts), Counter()
    stream = house_flow.played(setting, seed, count)
    isolated, first = house_setting.isolated_wallets(setting), 0
    while rows := list(itertools.islice(stream, BLOCK)):
        batch, reference = [command for command, _, _ in rows], rows[-1][2]
        expected = [event for _, events, _ in rows for event in events]
        for _, events, _ in rows:
            count_mix(mix, events, sharing, isolated)
        found = ours.machine.apply_batch(command_rows(batch))
        wanted = np.array([tuple(event) for event in expected], EVENT)
        place = f"seed={seed} sharing={sharing!r} commands {first} to {first + len(batch)}"
        assert found.tobytes() == wanted.tobytes(), f"{place}\n{told(found, wanted, batch)}"
        if first % FIELDS_EVERY == 0:
            text = difference(ours, reference)
            assert not text, f"{place}: {text}"
        first += len(batch)
    ours.check()
    text = difference(ours, reference)
    assert not text, f"seed={seed} at the end: {text}"
    return mix


def told(found, wanted, batch):
    """Return the first event that differs, with its neighbours and the commands of its time."""
    i = 0
    while i < min(len(found), len(wanted)) and found[i].tobytes() == wanted[i].tobytes():
        i += 1
    lines = [f"event {i}:"]
    for name, rows in (("machine", found), ("reference", wanted)):
        for row in rows[max(0, i - 2) : i + 3]:
            lines.append(f"  {name:9} {Event(int(row['kind'])).name:18} {row.tolist()}")
    time_ns = int(wanted[min(i, len(wanted) - 1)]["time_ns"])
    lines += [f"  {command}" for command in batch if abs(command.time_ns - time_ns) <= 10**10]
    return "\n".join(lines)
