"""Machine = slow reference house, over random commands: every event row, every account field.

HKPERP_DIFF_HOUSE_COMMANDS sets how many (default 100,000; `make soak` asks for more), HKPERP_SEED
one seed alone. The mix is printed, and must not fall below the floors.
"""

import os
from collections import Counter

import pytest

import house_compare
import house_mix

SEED_COMMANDS = 2_000
COMMANDS = int(os.environ.get("HKPERP_DIFF_HOUSE_COMMANDS", "100000"))
SOAK_COMMANDS = 2_000_000


def run(seeds):
    """Compare the seeds, print the mix, and hold it against the floors."""
    mix = Counter()
    for seed in seeds:
        mix += house_compare.compare(seed, SEED_COMMANDS)
    print(f"{mix['commands']} commands, seeds {seeds[0]} to {seeds[-1]}, 0 divergences")
    for name, count in sorted(mix.items()):
        print(f"  {count:9,} {name}")
    short = house_mix.too_few(mix)
    assert not short, short


def test_machine_equals_the_reference_house():
    if "HKPERP_SEED" in os.environ:
        house_compare.compare(int(os.environ["HKPERP_SEED"]), SEED_COMMANDS)
        return
    run(range(COMMANDS // SEED_COMMANDS))


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_machine_equals_the_reference_house_for_long():
    run(range(10_000, 10_000 + SOAK_COMMANDS // SEED_COMMANDS))
