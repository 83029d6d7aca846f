"""The chance in a workload: one row of integers for each message, drawn before anything happens.

Everything is in whole numbers: uniform 32-bit words of PCG64 against tables of thresholds, so that
a workload is the same bytes on every machine. No row knows the book; `stream.py` makes messages of
them.
"""

import functools
from typing import NamedTuple

import numpy as np

from hkperp_engine.errors import InputError

__all__ = ["CANCEL", "DRAW", "IOC", "KINDS", "MARKETABLE", "PASSIVE", "REDUCE", "REPLACE"]
__all__ += ["WALLETS", "Recipe", "draw"]

WALLETS = 20_000

#: What a message is meant to be, in the order of the columns of the mix.
KINDS = ("passive", "marketable", "ioc", "cancel", "reduce", "replace")
PASSIVE, MARKETABLE, IOC, CANCEL, REDUCE, REPLACE = range(len(KINDS))

#: Chance of one message (32 bytes). `pick` is 0 .. 2**31 - 1, `step_ticks` moves the fair price,
#: `slip_ticks` is how far through the best price a taker goes.
DRAW = np.dtype(
    [
        ("kind", "i1"),
        ("side", "i1"),
        ("padding", "<i2"),
        ("wallet", "<i4"),
        ("depth_ticks", "<i4"),
        ("slip_ticks", "<i4"),
        ("lots", "<i4"),
        ("ioc_lots", "<i4"),
        ("pick", "<i4"),
        ("step_ticks", "<i4"),
    ]
)

assert DRAW.itemsize == 32, DRAW.itemsize

_WORD_BITS = 32
_LOTS_MAX = 100

#: Wallet number k of the ranking sends a share of 1 / (k + 10).
_SKEW_OFFSET = 10

#: Spreads the busy wallets over the numbers: neighbours would share cache lines.
_WALLET_STRIDE = 7919

#: Weights of the tables below are multiples of 2**-60.
_WEIGHT_BITS = 60

_PER_MILLE = 1000


class Recipe(NamedTuple):
    """What a workload is made of. The mix is in messages per 1,000, `passive` takes the rest."""

    marketable: int
    ioc: int
    cancel: int
    reduce: int
    replace: int
    live_orders: int
    depth_ticks: int  # mean distance of a new order from the fair price
    tail_per_mille: int  # orders of the tail, per 1,000
    tail_ticks: int  # the farthest order of the tail
    slip_ticks: int  # how far through the best price a taker goes, at most
    ioc_lots: int  # lots of an IOC order, at most, while the book is as full as it should be
    step_per_mille: int  # messages per 1,000 that move the fair price by a tick
    jump_every: int  # messages from one jump to the next, on average; 0: none
    jump_ticks: int  # a jump's size, at most
    fair_ticks: int
    price_ticks_max: int
    seed: int


def draw(recipe: Recipe, count: int) -> np.ndarray:
    """Draw the chance of `count` messages, one column after the other."""
    source = np.random.PCG64(recipe.seed)

    def words() -> np.ndarray:
        """Uniform integers 0 .. 2**32 - 1."""
        return (source.random_raw(count) >> np.uint64(_WORD_BITS)).astype(np.int64)

    def below(limit: int) -> np.ndarray:
        """Uniform integers 0 .. limit - 1."""
        return words() * limit >> _WORD_BITS

    draws = np.zeros(count, DRAW)
    draws["kind"] = np.searchsorted(_mix(recipe, count), words(), side="right")
    draws["kind"][: recipe.live_orders] = PASSIVE  # first the book is filled
    draws["side"] = below(2)
    ranks = np.searchsorted(_skew(), words(), side="right")
    draws["wallet"] = ranks * _WALLET_STRIDE % WALLETS
    depths = _depths(recipe.depth_ticks, recipe.tail_per_mille, recipe.tail_ticks)
    draws["depth_ticks"] = np.searchsorted(depths, words(), side="right")
    draws["slip_ticks"] = below(recipe.slip_ticks + 1)
    draws["lots"] = 1 + below(_LOTS_MAX)
    draws["ioc_lots"] = below(recipe.ioc_lots)
    draws["pick"] = words() >> 1
    steps = np.where(below(_PER_MILLE) < recipe.step_per_mille, 1 - 2 * below(2), 0)
    if recipe.jump_every:
        jumps = below(2 * recipe.jump_ticks + 1) - recipe.jump_ticks
        steps += np.where(below(recipe.jump_every) == 0, jumps, 0)
    draws["step_ticks"] = steps
    return draws


def _mix(recipe: Recipe, count: int) -> np.ndarray:
    """Return the thresholds of the kinds after the book was filled with passive orders alone.

    The others make up for the filling, so that the shares of the whole stream are the recipe's.
    """
    rest = max(count - recipe.live_orders, 1)
    others = [
        share * count * 2**_WORD_BITS // (_PER_MILLE * rest)
        for share in (recipe.marketable, recipe.ioc, recipe.cancel, recipe.reduce, recipe.replace)
    ]
    passive = 2**_WORD_BITS - sum(others)
    if passive < 0:
        raise InputError(
            f"{count} messages are too few to fill a book of {recipe.live_orders} orders"
        )
    return np.cumsum([passive, *others])[:-1]


@functools.cache
def _skew() -> np.ndarray:
    """Return the thresholds of the ranks of wallets, busiest first."""
    return _thresholds([2**_WEIGHT_BITS // (k + _SKEW_OFFSET) for k in range(WALLETS)])


@functools.cache
def _depths(mean_ticks: int, tail_per_mille: int, tail_ticks: int) -> np.ndarray:
    """Return the thresholds of depths 0, 1, 2 ... ticks: geometric, and a long tail.

    The tail falls as the square of the distance and ends before `tail_ticks`.
    """
    body, weight = [], 2**_WEIGHT_BITS
    for _ in range(tail_ticks):
        body.append(weight)
        weight = weight * mean_ticks // (mean_ticks + 1)
    tail = [2**_WEIGHT_BITS // (mean_ticks + k) ** 2 for k in range(tail_ticks)]
    body_sum, tail_sum = sum(body), sum(tail)
    return _thresholds(
        [
            (2**_WEIGHT_BITS * (_PER_MILLE - tail_per_mille) * near // body_sum)
            + (2**_WEIGHT_BITS * tail_per_mille * far // tail_sum)
            for near, far in zip(body, tail)
        ]
    )


def _thresholds(weights: list[int]) -> np.ndarray:
    """Return where each choice but the first begins among the words 0 .. 2**32 - 1."""
    total, below, found = sum(weights), 0, []
    for weight in weights[:-1]:
        below += weight
        found.append(below * 2**_WORD_BITS // total)
    return np.array(found)
