"""A refusal changes nothing of the machine but the sequence number and the time (REC-02).

As for the book, with money behind it: the state hash before and after each refused command.
"""

import pytest

import house_flow
import house_setting
from compiled_house import CompiledHouse
from hkperp_engine.codes import Event, Reject

COMMANDS = 350


def meaning(house: CompiledHouse, sequence: int, now_ns: int) -> str:
    """State hash as if the counter and the clock stood elsewhere."""
    engine = house.state.engine
    kept = int(engine["sequence"][0]), int(engine["now_ns"][0])
    engine["sequence"], engine["now_ns"] = sequence, now_ns
    digest = house.machine.state_hash()
    engine["sequence"], engine["now_ns"] = kept
    return digest


@pytest.mark.parametrize("seed", range(8))
def test_a_refusal_changes_nothing_of_the_machine(seed: int) -> None:
    setting = house_setting.setting(seed)
    house = CompiledHouse(setting.config, setting.accounts, capacities=(64, 16, 256, 16))
    refused = set()
    for command in house_flow.commands(setting, seed, COMMANDS):
        engine = house.state.engine
        at = int(engine["sequence"][0]), int(engine["now_ns"][0])
        before = meaning(house, *at)
        is_due = command.time_ns >= int(house.state.house["next_sample_ns"][0])
        events = house.apply(command)
        # A leg of an accepted quote may be refused, too: the quote was a message all the same.
        is_own = events and events[0].kind == Event.REFUSED and events[0].amount == command.kind
        if len(events) == 1 and is_own and not is_due:
            refused.add(Reject(events[0].code))
            where = f"seed {seed}: {Reject(events[0].code).name} of {command}"
            assert meaning(house, *at) == before, where
    assert len(refused) >= 5, f"seed {seed}: only {refused}"
