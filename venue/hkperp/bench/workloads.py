"""Five reference workloads for the book: streams of messages of which each makes sense.

    base    an ordinary book: 20,000 live orders at 1,400 prices
    top     everything happens at the touch of a small book
    deep    many orders far from the touch
    sweep   takers that eat many makers
    wide    a fair price that walks and jumps over a wide range

Prices lie geometrically around a drifting fair price, some of them in a long tail; wallets are
skewed: the busiest of 20,000 sends about 1.3 % of the orders. Every cancel and amendment names an
order that is live, and no order meets one of its own wallet, so a book without self-trade
prevention trades the same. All arithmetic is in whole numbers, and the random words are PCG64's,
so a workload is the same bytes on every machine; `EXPECTED` holds what must come out.
"""

import hashlib
from typing import NamedTuple

import numpy as np

from hkperp.bench.draws import IOC, KINDS, WALLETS, Recipe, draw
from hkperp.bench.shadow import new_shadow
from hkperp.bench.stream import write_messages
from hkperp_engine.codes import Command, Event
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import COMMAND

__all__ = [
    "EXPECTED",
    "MESSAGE_COUNT",
    "MESSAGE_NS",
    "MIX_TOLERANCE",
    "RECIPES",
    "RELATIVE_GOALS",
    "TARGETS",
    "TARGET_TOLERANCE",
    "WALLETS",
    "Outcome",
    "Recipe",
    "Shape",
    "Target",
    "Workload",
    "generate",
    "make",
    "outcome",
]

MESSAGE_COUNT = 2_000_000
#: Time from one message to the next, ns: two million a second.
MESSAGE_NS = 500


class Outcome(NamedTuple):
    """What must come out: trades, lots traded, sum of price times lots, live orders at the end."""

    trades: int
    lots: int
    ticks_lots: int
    live_orders: int


class Shape(NamedTuple):
    """What a stream turned out to be. `mix`: share of each kind of message, a fraction of 1."""

    mix: dict[str, float]
    live_orders: float  # average once the book is full
    live_levels: float
    span_ticks: int  # highest less lowest price of a message
    makers_per_ioc: float


class Target(NamedTuple):
    """What a recipe aims at: see `Shape`."""

    live_orders: int
    live_levels: int
    span_ticks: int


class Workload(NamedTuple):
    """A stream of COMMAND rows, and what must come of it."""

    name: str
    commands: np.ndarray
    fair_ticks: np.ndarray  # the fair price at each message
    expected: Outcome
    shape: Shape
    sha256: str  # of the commands with wallets from 0, hex
    price_ticks_max: int
    lots_max: int
    wallets_end: int  # one past the last wallet


RECIPES = {
    "base": Recipe(
        marketable=20,
        ioc=30,
        cancel=410,
        reduce=22,
        replace=27,
        live_orders=20_000,
        depth_ticks=104,
        tail_per_mille=90,
        tail_ticks=4_700,
        slip_ticks=20,
        ioc_lots=172,
        step_per_mille=20,
        jump_every=0,
        jump_ticks=0,
        fair_ticks=50_000,
        price_ticks_max=100_000,
        seed=1,
    ),
    "top": Recipe(
        marketable=10,
        ioc=10,
        cancel=470,
        reduce=10,
        replace=10,
        live_orders=1_000,
        depth_ticks=4,
        tail_per_mille=70,
        tail_ticks=200,
        slip_ticks=5,
        ioc_lots=100,
        step_per_mille=5,
        jump_every=0,
        jump_ticks=0,
        fair_ticks=50_000,
        price_ticks_max=100_000,
        seed=2,
    ),
    "deep": Recipe(
        marketable=20,
        ioc=30,
        cancel=380,
        reduce=20,
        replace=25,
        live_orders=145_000,
        depth_ticks=1_280,
        tail_per_mille=80,
        tail_ticks=33_000,
        slip_ticks=100,
        ioc_lots=300,
        step_per_mille=20,
        jump_every=0,
        jump_ticks=0,
        fair_ticks=100_000,
        price_ticks_max=200_000,
        seed=3,
    ),
    "sweep": Recipe(
        marketable=24,
        ioc=36,
        cancel=210,
        reduce=10,
        replace=10,
        live_orders=25_000,
        depth_ticks=170,
        tail_per_mille=80,
        tail_ticks=4_300,
        slip_ticks=400,
        ioc_lots=1_300,
        step_per_mille=20,
        jump_every=0,
        jump_ticks=0,
        fair_ticks=50_000,
        price_ticks_max=100_000,
        seed=4,
    ),
    "wide": Recipe(
        marketable=20,
        ioc=30,
        cancel=430,
        reduce=22,
        replace=27,
        live_orders=5_000,
        depth_ticks=2_950,
        tail_per_mille=80,
        tail_ticks=20_000,
        slip_ticks=40,
        ioc_lots=100,
        step_per_mille=200,
        jump_every=20_000,
        jump_ticks=7_000,
        fair_ticks=250_000,
        price_ticks_max=500_000,
        seed=5,
    ),
}

TARGETS = {
    "base": Target(20_000, 1_400, 10_000),
    "top": Target(1_000, 60, 500),
    "deep": Target(145_000, 13_700, 67_000),
    "sweep": Target(25_000, 2_400, 9_000),
    "wide": Target(5_000, 4_200, 142_000),
}

#: Speed that is aimed at, as a fraction of that on `base` in the same rounds.
RELATIVE_GOALS = {"top": 1.0, "deep": 0.35, "sweep": 0.4, "wide": 0.7}

#: How near the workloads come, held by a test: the share of a kind of message to the recipe's, a
#: difference of fractions; live orders, levels and span to the target, a fraction of it.
MIX_TOLERANCE = 0.002
TARGET_TOLERANCE = 0.07

#: SHA-256 of each workload at its full length, wallets from 0, and what comes of it.
EXPECTED: dict[str, tuple[str, Outcome]] = {
    "base": (
        "1b0bf27072ecc9f375f2eeed0bbe504e4f7dad0c7c3515c77597253b72b58ae4",
        Outcome(
            trades=237_996,
            lots=7_147_291,
            ticks_lots=357_859_531_960,
            live_orders=19_903,
        ),
    ),
    "top": (
        "7dfa542bb91a53cb018082238cfe8da64da8479b310a2e1a33d45d1be94f79d3",
        Outcome(
            trades=77_119,
            lots=1_921_805,
            ticks_lots=96_153_705_437,
            live_orders=881,
        ),
    ),
    "deep": (
        "0142ec0cf630d24b97ef40335b01b49425b541f459a84c31eab249022ff284ee",
        Outcome(
            trades=215_365,
            lots=7_586_256,
            ticks_lots=758_236_803_624,
            live_orders=147_049,
        ),
    ),
    "sweep": (
        "2e57bc3b5bffdfe366f3484dee0bbb1bdbae7a0da04986af4be0d8423e0b6cc9",
        Outcome(
            trades=1_074_473,
            lots=49_079_690,
            ticks_lots=2_451_839_347_382,
            live_orders=25_728,
        ),
    ),
    "wide": (
        "5c64bf0425f65f823d58876bb1dfc04c19d682b434cf03b507c7cb0e58bae234",
        Outcome(
            trades=158_544,
            lots=4_220_856,
            ticks_lots=782_407_181_849,
            live_orders=5_213,
        ),
    ),
}


def make(name: str, first_wallet: int = 0) -> Workload:
    """Make a reference workload at full length, its wallets numbered from `first_wallet` on.

    Takes 1-2 s once compiled, and 400 MB at its peak. Raises InvariantBroken if the workload is
    not the recorded one.
    """
    if name not in RECIPES:
        raise InputError(f"no workload {name!r}", hint=f"one of {', '.join(RECIPES)}")
    made = generate(name, RECIPES[name], MESSAGE_COUNT, first_wallet)
    sha256, expected = EXPECTED[name]
    if (made.sha256, made.expected) != (sha256, expected):
        raise InvariantBroken(
            f"workload {name} is {made.sha256} with {made.expected}, not {sha256} with {expected}"
        )
    return made


def generate(name: str, recipe: Recipe, message_count: int, first_wallet: int = 0) -> Workload:
    """Make a stream of `message_count` messages; the recipe's seed decides it. O(messages)."""
    draws = draw(recipe, message_count)
    commands = np.zeros(message_count, COMMAND)
    fair_ticks = np.zeros(message_count, np.int64)
    book = new_shadow(message_count, recipe.price_ticks_max, recipe.fair_ticks)
    room = min(recipe.fair_ticks // 2, (recipe.price_ticks_max - recipe.fair_ticks) // 2)
    write_messages(book, draws, commands, fair_ticks, recipe.live_orders, room)
    commands["time_ns"] = np.arange(1, message_count + 1) * MESSAGE_NS
    commands["tag"] = np.arange(1, message_count + 1)
    digest = hashlib.sha256(commands.view(np.uint8).data).hexdigest()
    commands["wallet"] += first_wallet
    totals = book.totals[0]
    return Workload(
        name,
        commands,
        fair_ticks,
        Outcome(*(int(totals[field]) for field in Outcome._fields)),
        _shape(commands, totals),
        digest,
        recipe.price_ticks_max,
        int(commands["lots"].max()),
        first_wallet + WALLETS,
    )


def outcome(events: np.ndarray, order_count: int) -> Outcome:
    """Return what EVENT rows of one run say came out; ids are 1 .. `order_count`. O(events)."""
    left = np.zeros(order_count + 1, np.int64)
    sums = np.zeros(3, np.int64)
    _fold(events, left, sums)
    trades, lots, ticks_lots = (int(total) for total in sums)
    return Outcome(trades, lots, ticks_lots, int(np.count_nonzero(left)))


def _shape(commands: np.ndarray, totals: np.void) -> Shape:
    priced = commands["price_ticks"][commands["kind"] != Command.CANCEL]
    samples = max(int(totals["samples"]), 1)
    return Shape(
        {name: float(n) / len(commands) for name, n in zip(KINDS, totals["kinds"])},
        float(totals["orders_sampled"]) / samples,
        float(totals["levels_sampled"]) / samples,
        int(priced.max() - priced.min()),
        float(totals["ioc_trades"]) / max(int(totals["kinds"][IOC]), 1),
    )


@kernel
def _fold(events: np.ndarray, left: np.ndarray, sums: np.ndarray) -> None:
    """Add up trades, lots and price times lots, and follow the open lots of each order id."""
    for i in range(len(events)):
        row = events[i]
        kind, order_id, lots = row["kind"], row["order_id"], row["lots"]
        if kind == Event.TRADE:
            sums[0] += 1
            sums[1] += lots
            sums[2] += lots * row["price_ticks"]
            left[order_id] -= lots
            left[row["counter_order_id"]] -= lots
        elif kind == Event.ORDER_ACCEPTED or kind == Event.ORDER_AMENDED:
            left[order_id] = lots
        elif kind == Event.ORDER_CANCELLED or kind == Event.ORDER_REDUCED:
            left[order_id] -= lots
