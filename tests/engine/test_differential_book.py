"""The fast book against the slow one on random commands: no difference in any field.

`HKPERP_DIFF_BOOK_COMMANDS` sets how many commands a run compares (2 million by default, about 25
microseconds each on one core), `HKPERP_DIFF_BOOK_SOAK_COMMANDS` how many `make soak` does. Each
seed is a test of its own, so that both cores work, and so that one seed can be run again alone.
Show the mix of each seed: `pytest tests/engine/test_differential_book.py -rP`.
"""

import os
import time

import pytest

from book_pair import Pair, run_seed
from hkperp_engine.codes import CancelReason, Event, Reject

#: Commands of one seed: enough for every kind of answer to be frequent.
SEED_COMMANDS = 100_000
SOAK_SEED_COMMANDS = 1_000_000

#: Below this the floors of `assert_mix` mean nothing.
FLOOR_COMMANDS = 20_000

#: Seeds that found something once, run for ever after.
CORPUS: list[int] = []

REJECTS = [
    Reject.COMMAND_UNKNOWN,
    Reject.CONTRACT_UNKNOWN,
    Reject.WALLET_UNKNOWN,
    Reject.SIDE_INVALID,
    Reject.ORDER_KIND_INVALID,
    Reject.ORDER_ID_INVALID,
    Reject.PRICE_INVALID,
    Reject.LOTS_INVALID,
    Reject.ORDER_ID_IN_USE,
    Reject.ORDER_UNKNOWN,
    Reject.POST_ONLY_WOULD_TRADE,
    Reject.FOK_NOT_FILLABLE,
]

#: Every answer the stand-alone book can give, but for the refusals.
ANSWERS = [
    *((Event.ORDER_ACCEPTED, tif) for tif in range(3)),
    (Event.ORDER_AMENDED, 0),
    (Event.ORDER_CANCELLED, CancelReason.REQUESTED),
    (Event.ORDER_CANCELLED, CancelReason.NOT_RESTING),
    (Event.ORDER_CANCELLED, CancelReason.SELF_TRADE),
    (Event.ORDER_REDUCED, CancelReason.SELF_TRADE),
    (Event.TRADE, 0),
]


def commands_of(variable: str, default: int) -> int:
    """A number of commands from the environment."""
    return int(os.environ.get(variable, "").replace("_", "") or default)


TEST_COMMANDS = commands_of("HKPERP_DIFF_BOOK_COMMANDS", 2_000_000)
SOAK_COMMANDS = commands_of("HKPERP_DIFF_BOOK_SOAK_COMMANDS", 200_000_000)


def seeds(first: int, commands: int, seed_commands: int) -> range:
    """The seeds that together make so many commands."""
    return range(first, first + -(-commands // seed_commands))


def share_accepted(pair: Pair) -> float:
    """Part of the commands that were not refused."""
    refused = sum(count for (kind, _), count in pair.mix.items() if kind == Event.REFUSED)
    return 1 - refused / pair.done


def share_taking(pair: Pair) -> float:
    """Part of the accepted new orders that trade at once."""
    accepted = sum(count for (kind, _), count in pair.mix.items() if kind == Event.ORDER_ACCEPTED)
    return pair.taking / accepted


def show_mix(seed: int, pair: Pair, seconds: float) -> None:
    """Print what the seed was made of."""
    contracts, price_ticks_max, lots_max, *_ = pair.market
    print(f"seed {seed}: {pair.done:,} commands in {seconds:.1f} s")
    print(f"  {contracts} contracts, prices to {price_ticks_max:,}, lots to {lots_max:,}")
    print(f"  {share_accepted(pair):.1%} accepted, {share_taking(pair):.1%} of new orders trade")
    print(f"  at most {pair.resting_max:,} orders rest, {pair.answer_max:,} events in one answer")
    for (kind, code), count in sorted(pair.mix.items()):
        name = Reject(code).name if kind == Event.REFUSED else f"code {code}"
        print(f"  {Event(kind).name:16}{name:24}{count:9,}")


def assert_mix(pair: Pair) -> None:
    """A comparison of nothing but refusals would prove nothing."""
    assert share_accepted(pair) >= 0.5
    assert share_taking(pair) >= 0.15
    rare = [reject.name for reject in REJECTS if pair.mix[Event.REFUSED, reject] < 10]
    assert not rare
    assert not [answer for answer in ANSWERS if pair.mix[answer] < 10]
    known = {(Event.REFUSED, reject) for reject in REJECTS} | set(ANSWERS)
    assert set(pair.mix) <= known


def compare(seed: int, test: str, options: str, commands: int) -> None:
    replay = f'pytest "tests/engine/test_differential_book.py::{test}[{seed}]" {options}'
    started = time.perf_counter()
    pair = run_seed(seed, commands, f"again: {replay}")
    show_mix(seed, pair, time.perf_counter() - started)
    if pair.done >= FLOOR_COMMANDS:
        assert_mix(pair)


@pytest.mark.parametrize("seed", [*seeds(0, TEST_COMMANDS, SEED_COMMANDS), *CORPUS])
def test_books_agree(seed: int) -> None:
    compare(seed, "test_books_agree", "-rP", min(TEST_COMMANDS, SEED_COMMANDS))


@pytest.mark.soak
@pytest.mark.parametrize("seed", seeds(1_000, SOAK_COMMANDS, SOAK_SEED_COMMANDS))
def test_books_agree_for_hours(seed: int) -> None:
    count = min(SOAK_COMMANDS, SOAK_SEED_COMMANDS)
    compare(seed, "test_books_agree_for_hours", "-m soak -rP", count)
