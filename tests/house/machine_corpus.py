"""Run a corpus through the machine and print one digest: of every event and the final state.

`python machine_corpus.py tiny|large SEED [SEED ...]` in the build that HKPERP_BUILD names.
"""

import hashlib
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

COMMANDS = 1_000


def main(seeds, capacities):
    """Print the SHA-256 of all event bytes and state hashes of the seeds."""
    import house_flow
    import house_setting
    from compiled_house import CompiledHouse, command_rows

    digest = hashlib.sha256()
    for seed in seeds:
        setting = house_setting.setting(seed)
        house = CompiledHouse(setting.config, setting.accounts, capacities)
        commands = command_rows(house_flow.commands(setting, seed, COMMANDS))
        house.machine.feed(commands, lambda events: digest.update(events.tobytes()))
        digest.update(house.machine.state_hash().encode())
    print(digest.hexdigest())


if __name__ == "__main__":
    tiny = sys.argv[1] == "tiny"
    main([int(seed) for seed in sys.argv[2:]], (2, 1, 64, 1) if tiny else (4096, 16, 65536, 4096))
