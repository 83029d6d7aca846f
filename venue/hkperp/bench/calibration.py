"""A loop that does what no matching can avoid, to tell a slow machine from a slow book.

For each message one record out of 20,000, chosen at random, is read and written, and one event is
appended: 64 bytes each. A speed of the book divided by the speed of this loop in the same run
moves much less from machine to machine, and from hour to hour, than either.
"""

import time

import numpy as np

from hkperp_engine.kernel import door
from hkperp_engine.layout import EVENT, ORDER

__all__ = ["RECORDS", "ROW_BYTES", "seconds"]

#: Records touched: as many as `base` has live orders, 1.28 MB.
RECORDS = 20_000

ROW_BYTES = 64

#: Events kept before the first is overwritten, 4 MB: more than a core's own caches hold.
_RING_BITS = 16

#: The random index: a linear congruence modulo 2**31, the constants of C's old `rand`.
_STEP_FACTOR, _STEP_SUM, _STEP_BITS = 1_103_515_245, 12_345, 31


def seconds(message_count: int) -> float:
    """Return how long the loop takes for `message_count` messages, s. The first call compiles."""
    records = _aligned(RECORDS).view(ORDER)
    ring = _aligned(1 << _RING_BITS).view(EVENT)
    _touch(records, ring, 1)
    start = time.perf_counter_ns()
    _touch(records, ring, message_count)
    return (time.perf_counter_ns() - start) / 1e9


def _aligned(count: int) -> np.ndarray:
    """Return the words of `count` 64-byte rows that start where a cache line does."""
    row_words = ROW_BYTES // 8
    words = np.ones((count + 1) * row_words, np.int64)  # ones: zeros would not be in memory yet
    skip = -words.ctypes.data % ROW_BYTES // 8
    return words[skip : skip + count * row_words]


@door
def _touch(records: np.ndarray, ring: np.ndarray, message_count: int) -> int:
    """Read and write a random record and append an event, for each message; return a checksum."""
    word, total = 1, 0
    for i in range(message_count):
        word = (word * _STEP_FACTOR + _STEP_SUM) & ((1 << _STEP_BITS) - 1)
        record = records[(word * len(records)) >> _STEP_BITS]
        total += record["sequence"]
        record["sequence"] = i
        record["lots_left"] += 1
        event = ring[i & (len(ring) - 1)]
        event["sequence"] = i
        event["time_ns"] = i
        event["kind"] = 2
        event["code"] = 0
        event["contract"] = 0
        event["flags"] = record["side"]
        event["wallet"] = record["wallet"]
        event["counter_wallet"] = 0
        event["order_id"] = record["order_id"]
        event["counter_order_id"] = 0
        event["price_ticks"] = record["price_ticks"]
        event["lots"] = record["lots_left"]
        event["amount"] = word
    return total
