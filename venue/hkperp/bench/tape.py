"""The five order tapes of a public matching benchmark, rebuilt byte for byte.

The benchmark is `flash1-dev/matching-engine-benchmark` (MIT; paper arXiv:2606.01183): 1,000,000
orders, their cancels and modifies, in five scenarios that differ in the prices only. So one
random stream is drawn (`draw`), and each scenario only prices it (`priced`):

    uniforms ─► depth, size, normal per order ─► arrival order ─► messages ─┬─► static
                                        └─► mid path of a scenario ─────────┴─► flash-crash ...

A price is a whole number of ticks of $0.005. Real numbers are IEEE doubles, used for the mid path
of this generator and nowhere else; logarithm, cosine and exponential are the C library's, one
call an order, because vectorised ones differ in the last bit and move two prices.
"""

import hashlib
import math
import struct
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from hkperp_engine.codes import Command, TimeInForce
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import COMMAND

__all__ = [
    "FILE_SHA256",
    "MESSAGE",
    "ORDER_COUNT",
    "SCENARIOS",
    "SEED",
    "SHARED_SHA256",
    "Kind",
    "Scenario",
    "Stream",
    "commands",
    "depth_totals",
    "draw",
    "file_digest",
    "mid_path",
    "priced",
    "shared_digest",
]

#: The canonical run; its digests are below.
SEED = 23
ORDER_COUNT = 1_000_000


class Scenario(NamedTuple):
    """Annual volatility and target swing of the mid price, both fractions of 1."""

    volatility: float
    swing: float


SCENARIOS = {
    "static": Scenario(0.00, 0.00),
    "normal": Scenario(0.15, 0.02),
    "swing-25": Scenario(0.50, 0.25),
    "swing-40": Scenario(0.50, 0.40),
    "flash-crash": Scenario(0.50, 0.60),
}

#: SHA-256 of each canonical tape as a file (`file_digest`). The benchmark publishes none: these
#: were taken from what its own generator wrote.
FILE_SHA256 = {
    "static": "22f782cf6865a53ed150424b87f51a35dc80be87e2427c78c3b5a12d6ccc0ae5",
    "normal": "d925e1a4fc03cfcf7f0db8f9ad4c6c8674991250b702e9dc3f1b2b7c9f4bfbc1",
    "swing-25": "814c1cc319bd7a7e3c0b66d34e37d6a961efb2e8d86f16fff335740ba46b52d6",
    "swing-40": "d0941f009872a70b6d337ff71844188d964a0f7039ee669962ff7a398380d3d0",
    "flash-crash": "1cd9573c7703baa8f9ce655f4fceab25526dfb4e857eb0c563d1d2a51fd00285",
}

#: SHA-256 of the columns that all five canonical tapes share (`shared_digest`).
SHARED_SHA256 = "abfab4d6c3ff6e50dec8740ba5b3d45d2546aa01f2f1ca60fe26e528260751e3"

#: One message as it stands in a tape file (40 bytes, little-endian). `side`: 0 buys, 1 sells;
#: `price` in ticks, `quantity` in lots, `sequence` from 0, `id` from 1.
MESSAGE = np.dtype(
    [
        ("type", "u1"),
        ("side", "u1"),
        ("ioc", "u1"),
        ("zero", "u1"),
        ("quantity", "<u4"),
        ("sequence", "<u8"),
        ("id", "<u8"),
        ("price", "<i8"),
        ("zeros", "<i8"),
    ]
)
assert MESSAGE.itemsize == 40, MESSAGE.itemsize

_FILE_MAGIC = 0x4D4542575F303031
_FILE_VERSION = 1
_SHARED_COLUMNS = ("type", "side", "ioc", "quantity", "id")

_ORDERS_MAX = 100_000_000
_SEED_MAX = 2**32 - 1

#: Depths of a new order below or above the mid: 0 .. 799 ticks, a power law and a hump.
_DEPTHS = 800
_DEPTH_POWER = 2.23
_HUMP_TICKS = 8
_HUMP_WEIGHT = 5.0

_TICK_DOLLARS = 0.005
_MID_START_DOLLARS = 167.52
_SIZE_MAX = 100

#: Chances in an order's life.
_IOC = 0.15
_MODIFY = 0.20
_REPRICE = 0.80
_CANCEL = 0.95
_AGAIN = 0.02

#: An order has at most a new, a modify, a cancel, and one late repeat of each of the last two.
_MESSAGES_PER_ORDER_MAX = 5
_DRAWS_PER_ORDER = 4
_DRAWS_PER_LIFE_MAX = 10


class Kind(IntEnum):
    """Types of message."""

    NEW = 0
    CANCEL = 1
    MODIFY = 2


class Stream(NamedTuple):
    """What one seed gives to all scenarios. Arrays by order number (id - 1) or by message."""

    normals: np.ndarray  # standard normals of the mid path, by order
    depths: np.ndarray  # ticks behind the mid, less one, by order
    sizes: np.ndarray  # lots, by order
    arrivals: np.ndarray  # order numbers in the order of their arrival
    messages: np.ndarray  # MESSAGE rows, price 0
    reprices: np.ndarray  # ticks a modify adds to the order's price, by message


def draw(order_count: int = ORDER_COUNT, seed: int = SEED) -> Stream:
    """Draw the part that all scenarios share. O(orders), about 0.3 s for a million once compiled.

    `order_count` is 1 or more, `seed` 0 .. 2**32 - 1.

    >>> stream = draw(order_count=2)
    >>> stream.depths.tolist(), stream.sizes.tolist()
    ([9, 7], [29, 40])
    """
    if not 1 <= order_count <= _ORDERS_MAX:
        raise InputError(f"{order_count} orders: 1 to {_ORDERS_MAX} can be made")
    if not 0 <= seed <= _SEED_MAX:
        raise InputError(f"seed {seed}: it must be from 0 to {_SEED_MAX}")
    source = np.random.RandomState(seed)  # MT19937, integer seeding, 53-bit uniforms
    four = source.random_sample(_DRAWS_PER_ORDER * order_count)
    normals = np.empty(order_count)
    _fill_normals(four, normals)
    totals = depth_totals()
    depths = np.searchsorted(totals, four[2::_DRAWS_PER_ORDER] * totals[-1], side="left")
    sizes = 1 + (four[3::_DRAWS_PER_ORDER] * _SIZE_MAX).astype(np.int64)
    del four

    arrivals = np.arange(order_count)
    _shuffle(source.random_sample(order_count - 1), arrivals)

    messages = np.zeros(_MESSAGES_PER_ORDER_MAX * order_count, MESSAGE)
    reprices = np.zeros(len(messages), np.int8)
    lives = source.random_sample(_DRAWS_PER_LIFE_MAX * order_count)
    count = _write_lives(lives, arrivals, sizes, messages, reprices)
    return Stream(
        normals, depths, sizes, arrivals, messages[:count].copy(), reprices[:count].copy()
    )


def priced(stream: Stream, name: str) -> np.ndarray:
    """Return the tape of scenario `name`: MESSAGE rows with prices in ticks. O(messages)."""
    mids = mid_path(stream, name)
    passive = np.where(
        np.arange(len(mids)) < len(mids) // 2, mids - (stream.depths + 1), mids + stream.depths + 1
    )
    tape = stream.messages.copy()
    tape["price"] = np.maximum(passive, 1)[tape["id"].astype(np.int64) - 1] + stream.reprices
    return tape


def mid_path(stream: Stream, name: str) -> np.ndarray:
    """Return the mid price in ticks at which each order is made, by order number. O(orders)."""
    if name not in SCENARIOS:
        raise InputError(f"no tape {name!r}", hint=f"one of {', '.join(SCENARIOS)}")
    volatility, swing = SCENARIOS[name]
    count = len(stream.normals)
    step = volatility * math.sqrt((swing / volatility) ** 2 / count) if volatility else 0.0
    mids = np.empty(count, np.int64)
    _walk_mid(stream.normals, step, mids)
    return mids


def depth_totals() -> np.ndarray:
    """Return the running totals of the weights of depths 0 .. 799, added from left to right.

    >>> float(depth_totals()[-1]).hex()
    '0x1.c02883b812d3bp+3'
    """
    totals = np.empty(_DEPTHS)
    total = 0.0
    for k in range(_DEPTHS):
        hump = _HUMP_WEIGHT * math.exp(-((k - _HUMP_TICKS) ** 2) / 2)
        total += 1 / (k + 1) ** _DEPTH_POWER + hump
        totals[k] = total
    return totals


def commands(tape: np.ndarray, first_wallet: int = 0) -> np.ndarray:
    """Return a tape as COMMAND rows for a book of one contract. O(messages).

    `time_ns` is the message's sequence, so that events name their message. All buys are of wallet
    `first_wallet`, all sells of the next: with different owners no self-trade can happen, as the
    benchmark has no rule for it. A modify becomes an amendment to the same absolute lots.
    """
    rows = np.zeros(len(tape), COMMAND)
    kinds = np.array([Command.NEW_ORDER, Command.CANCEL, Command.AMEND], rows["kind"].dtype)
    rows["kind"] = kinds[tape["type"]]
    rows["tif"] = np.where(tape["ioc"] == 1, TimeInForce.IOC, TimeInForce.GTC)
    rows["time_ns"] = tape["sequence"]
    rows["wallet"] = first_wallet + tape["side"].astype(np.int32)
    for field, column in (
        ("side", "side"),
        ("order_id", "id"),
        ("price_ticks", "price"),
        ("lots", "quantity"),
    ):
        rows[field] = tape[column]
    return rows


def file_digest(tape: np.ndarray) -> str:
    """Return the SHA-256 of a tape as the file the benchmark's own generator writes, in hex."""
    digest = hashlib.sha256(struct.pack("<QII", _FILE_MAGIC, _FILE_VERSION, len(tape)))
    digest.update(np.ascontiguousarray(tape).view(np.uint8).data)
    return digest.hexdigest()


def shared_digest(messages: np.ndarray) -> str:
    """Return the SHA-256 of the columns all scenarios share, one after the other, in hex."""
    digest = hashlib.sha256()
    for column in _SHARED_COLUMNS:
        digest.update(np.ascontiguousarray(messages[column]).view(np.uint8).data)
    return digest.hexdigest()


@kernel
def _fill_normals(uniforms: np.ndarray, normals: np.ndarray) -> None:
    """Write one standard normal an order from its first two uniforms (Box-Muller, cosine half)."""
    for i in range(len(normals)):
        radius = max(uniforms[_DRAWS_PER_ORDER * i], 1e-300)
        turn = uniforms[_DRAWS_PER_ORDER * i + 1]
        normals[i] = math.sqrt(-2.0 * math.log(radius)) * math.cos(2.0 * math.pi * turn)


@kernel
def _walk_mid(normals: np.ndarray, step: float, mids: np.ndarray) -> None:
    """Write the mid in ticks before each order: a geometric walk of volatility `step` an order."""
    mid = _MID_START_DOLLARS
    drift = (-0.5 * step) * step
    for i in range(len(mids)):
        mid *= math.exp(drift + step * normals[i])
        ticks = mid / _TICK_DOLLARS
        whole = math.floor(ticks)
        mids[i] = whole + 1 if ticks - whole >= 0.5 else whole  # halves go up


@kernel
def _shuffle(uniforms: np.ndarray, arrivals: np.ndarray) -> None:
    """Shuffle `arrivals` in place, from the last position down, one uniform a position."""
    last = len(arrivals) - 1
    for n in range(last):
        i = last - n
        j = int(uniforms[n] * (i + 1))
        assert 0 <= j <= i
        held = arrivals[i]
        arrivals[i] = arrivals[j]
        arrivals[j] = held


@kernel
def _write_lives(
    uniforms: np.ndarray,
    arrivals: np.ndarray,
    sizes: np.ndarray,
    messages: np.ndarray,
    reprices: np.ndarray,
) -> int:
    """Write the messages of each arriving order's life, prices left 0; return how many.

    The draws for delays and lifetimes are consumed and not used: they move a clock that the tape
    does not show, and the messages of one order stand together whatever it says.
    """
    count, draws = 0, 0
    buys = len(arrivals) // 2
    for order in arrivals:
        side = 0 if order < buys else 1
        size = sizes[order]
        count = _put(messages, count, Kind.NEW, side, order, size)
        is_ioc = uniforms[draws] < _IOC
        draws += 1
        if is_ioc:
            messages[count - 1]["ioc"] = 1
            continue
        is_modified = uniforms[draws] < _MODIFY
        draws += 1
        reprice = 0
        if is_modified:
            if uniforms[draws + 1] < _REPRICE:
                reprice = 1 - 2 * side
            draws += 2
            reprices[count] = reprice
            count = _put(messages, count, Kind.MODIFY, side, order, size + 1)
        is_cancelled = uniforms[draws] < _CANCEL
        draws += 1
        if not is_cancelled:
            continue
        count = _put(messages, count, Kind.CANCEL, side, order, size)
        is_repeated = uniforms[draws + 1] < _AGAIN
        draws += 2
        if is_repeated:
            draws += 1
            count = _put(messages, count, Kind.CANCEL, side, order, size)
        if is_modified:
            is_stale = uniforms[draws] < _AGAIN
            draws += 1
            if is_stale:
                draws += 1
                reprices[count] = reprice
                count = _put(messages, count, Kind.MODIFY, side, order, size + 1)
    return count


@kernel
def _put(messages: np.ndarray, count: int, kind: int, side: int, order: int, size: int) -> int:
    """Write message number `count` (from 0) of order number `order`; return the next number."""
    row = messages[count]
    row["type"] = kind
    row["side"] = side
    row["quantity"] = size
    row["sequence"] = count
    row["id"] = order + 1
    return count + 1
