"""The compiled machine beside the slow reference house: same commands, every row, every field."""

from collections import Counter

import numpy as np

import house_flow
import house_setting
from compiled_house import CompiledHouse, command_rows, difference
from hkperp_engine.codes import CycleCause, Event, LossSharing, Reject
from hkperp_engine.layout import EVENT
from reference.machine import ReferenceMachine

#: Commands given to the compiled machine at once, and how often all fields are compared. Events
#: are compared always.
BLOCK = 50
FIELDS_EVERY = 100


def count_mix(mix, events, sharing):
    """Add one command's events to the mix."""
    mix["commands"] += 1
    kinds = {event.kind for event in events}
    mix["accepted"] += Event.REFUSED not in kinds
    mix["trading"] += Event.TRADE in kinds
    for event in events:
        mix[Event(event.kind).name] += 1
        if event.kind == Event.REFUSED:
            mix[f"reject {Reject(event.code).name}"] += 1
        if event.kind == Event.ALLOCATION:
            mix[f"layer {event.code} {LossSharing(sharing).name}"] += 1
        if event.kind == Event.CYCLE and event.code == CycleCause.EXTRAORDINARY:
            mix[f"extraordinary {LossSharing(sharing).name}"] += 1


def compare(seed, count):
    """Run `count` random commands of a seed through both; return the mix, or raise with the place.

    The seed decides the venue, its accounts, the loss sharing and the flow.
    """
    setting = house_setting.setting(seed)
    sharing = setting.config.house.loss_sharing
    commands = list(house_flow.commands(setting, seed, count))
    ours = CompiledHouse(setting.config, setting.accounts)
    reference = ReferenceMachine(setting.config, setting.accounts)
    mix = Counter()
    for first in range(0, count, BLOCK):
        batch = commands[first : first + BLOCK]
        expected = []
        for command in batch:
            events = reference.apply(command)
            count_mix(mix, events, sharing)
            expected += events
        found = ours.machine.apply_batch(command_rows(batch))
        wanted = np.array([tuple(event) for event in expected], EVENT)
        place = f"seed={seed} sharing={sharing!r} commands {first} to {first + len(batch)}"
        assert found.tobytes() == wanted.tobytes(), f"{place}\n{told(found, wanted, batch)}"
        if first % FIELDS_EVERY == 0:
            text = difference(ours, reference)
            assert not text, f"{place}: {text}"
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
