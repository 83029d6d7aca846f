"""The fast book against the slow one on random commands: no difference in any field.

`HKPERP_DIFF_BOOK_COMMANDS` sets how many commands a run compares (3 million by default),
`HKPERP_DIFF_BOOK_SOAK_COMMANDS` how many `make soak` does (20 million). Each seed is a test of its
own, so that both cores work, and so that one seed can be run again alone. Show the mix of each
seed: `pytest tests/engine/test_differential_book.py -rP`.
"""

import os
import time
from pathlib import Path

import pytest

import book_mix
from book_pair import Pair, run_seed

#: Commands of one seed: enough for every kind of answer to be frequent.
SEED_COMMANDS = 100_000
SOAK_SEED_COMMANDS = 1_000_000

#: Below this the floors of `book_mix` mean nothing.
FLOOR_COMMANDS = 2_000_000

#: Seeds that found something once, run for ever after.
CORPUS: list[int] = []


def commands_of(variable: str, default: int) -> int:
    """A number of commands from the environment."""
    return int(os.environ.get(variable, "").replace("_", "") or default)


TEST_COMMANDS = commands_of("HKPERP_DIFF_BOOK_COMMANDS", 3_000_000)
SOAK_COMMANDS = commands_of("HKPERP_DIFF_BOOK_SOAK_COMMANDS", 20_000_000)


def seeds(first: int, commands: int, seed_commands: int) -> range:
    """The seeds that together make so many commands."""
    return range(first, first + -(-commands // seed_commands))


TEST_SEEDS = seeds(0, TEST_COMMANDS, SEED_COMMANDS)


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, the same for all its workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "book-mixes"
    folder.mkdir(exist_ok=True)
    return folder


def compare(seed: int, test: str, options: str, commands: int) -> Pair:
    """Compare the books in one seed, and print what the seed was made of."""
    replay = f'pytest "tests/engine/test_differential_book.py::{test}[{seed}]" {options}'
    started = time.perf_counter()
    pair = run_seed(seed, commands, f"again: {replay}")
    contracts, price_ticks_max, lots_max, wallets, *_ = pair.market
    print(f"seed {seed}: {time.perf_counter() - started:.1f} s; {contracts} contracts,")
    print(f"  {wallets} wallets, prices to {price_ticks_max:,}, lots to {lots_max:,}")
    print("\n".join(book_mix.lines(pair.mix)))
    book_mix.assert_known(pair.mix)
    return pair


@pytest.mark.parametrize("seed", [*TEST_SEEDS, *CORPUS])
def test_books_agree(seed: int, shared: Path) -> None:
    pair = compare(seed, "test_books_agree", "-rP", min(TEST_COMMANDS, SEED_COMMANDS))
    if seed in TEST_SEEDS:
        book_mix.leave(shared, seed, pair.mix)
        found, mix = book_mix.total(shared)
        if found == len(TEST_SEEDS) and TEST_COMMANDS >= FLOOR_COMMANDS:
            print("all seeds:", *book_mix.lines(mix), sep="\n")
            book_mix.assert_floors(mix)


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1_000, SOAK_COMMANDS, SOAK_SEED_COMMANDS))
def test_books_agree_for_hours(seed: int) -> None:
    count = min(SOAK_COMMANDS, SOAK_SEED_COMMANDS)
    compare(seed, "test_books_agree_for_hours", "-m soak -rP", count)
