"""The report of a tape: one line of text for each event, and the SHA-256 of the whole.

The form is the benchmark's (see `tape.py`): decimal numbers, commas, the type of line first.

    0,sequence,side,id,price,lots           accepted
    1,sequence,price,lots,maker,taker       trade
    2,sequence,side,id,price                cancelled: on request, or the rest of an IOC
    3,sequence,side,id,price,lots           amended
    4,sequence,id                           cancel refused
    5,sequence,id                           amendment refused

Lines are ordered by (sequence, type). Our book says that it amended an order before it reports the
trades that follow from it, so an amendment's line waits for its trades; all else is in order. The
sequence is the message's, which `tape.commands` put into `time_ns`.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from hkperp_engine.codes import Command, Event, EventFlag
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import kernel

__all__ = ["REPORT_SHA256", "Report", "report", "report_text"]

#: SHA-256 of the report of each canonical tape, as flash1-dev/matching-engine-benchmark publishes
#: them for seed 23 and 1,000,000 orders.
REPORT_SHA256 = {
    "static": "9803843ee404fc29c9a0aa5614f8f0d5a58b5c44fcac9ef89067886fcaaa30d1",
    "normal": "e9b2e3926854410b01a035aeb25dd05f1e597c233be8263de9eb49b6713d367e",
    "swing-25": "61a84be9469661bd039e00dbc9a7c011e70b6ace37aadfe60045ea083b05f4df",
    "swing-40": "3cb0175e7982ff09ea220d1feaee3844cf9116a5ce455757879dea1d880b9b9f",
    "flash-crash": "cff8d3f94b709fc64a8b2058a6ca4fb6920364904796e46906895e362d2bb16b",
}

_LINE_BYTES_MAX = 112  # a newline, a type, five numbers of at most 19 digits, their commas
_BUFFER_BYTES = 1 << 20

_NEWLINE, _COMMA, _ZERO = 10, 44, 48


class Report(NamedTuple):
    """The digest of a report in hex, and its size in lines and bytes."""

    sha256: str
    lines: int
    bytes: int


def report(events: np.ndarray) -> Report:
    """Return digest and size of the report of EVENT rows. O(events), about 0.1 us each.

    >>> report(np.zeros(0, [("kind", "i2")])).sha256[:8]
    'e3b0c442'
    """
    digest, size = hashlib.sha256(), 0
    for text in _texts(events):
        digest.update(text)
        size += len(text)
    return Report(digest.hexdigest(), len(events), size)


def report_text(events: np.ndarray) -> bytes:
    """Return the report of EVENT rows: ASCII lines with a newline between them. O(events)."""
    return b"".join(bytes(text) for text in _texts(events))


def _texts(events: np.ndarray) -> Iterator[memoryview]:
    """Yield the report piece by piece; a piece is valid until the next one is asked for."""
    buffer = np.empty(_BUFFER_BYTES, np.uint8)
    start = 0
    while start < len(events):
        stop, used = _write_report(events, start, buffer)
        if not used:
            row = events[start]
            kind, sequence = row["kind"], row["time_ns"]
            raise InputError(
                f"event of kind {kind} for message {sequence} has no line in the report",
                hint="the benchmark's rules have no self-trade prevention and refuse no new order",
            )
        # Each line brings the newline that stands before it, except the first of all.
        yield buffer.data[0 if start else 1 : used]
        start = stop


@kernel
def _write_report(events: np.ndarray, start: int, buffer: np.ndarray) -> tuple[int, int]:
    """Write the lines of `events` from `start` on while they fit into `buffer`.

    Returns the first event not written, and the bytes used: 0 if `start` itself has no line, or
    if the trades of one amendment do not fit.
    """
    i, at = start, 0
    while i < len(events):
        row = events[i]
        after = i + 1
        if row["kind"] == Event.ORDER_AMENDED:
            while (
                after < len(events)
                and events[after]["kind"] == Event.TRADE
                and events[after]["time_ns"] == row["time_ns"]
            ):
                after += 1
        if (after - i) * _LINE_BYTES_MAX > len(buffer) - at:
            break
        for j in range(i + 1, after):
            at = _write_event(buffer, at, events[j])
        before = at
        at = _write_event(buffer, at, row)
        if at == before:
            break
        i = after
    return i, at


@kernel
def _write_event(buffer: np.ndarray, at: int, row: np.void) -> int:
    """Write one event's line at byte `at`; return the byte after it, `at` if it has no line."""
    kind = row["kind"]
    line_type = _line_type(kind, row["amount"])
    if line_type < 0:
        return at
    buffer[at] = _NEWLINE
    buffer[at + 1] = _ZERO + line_type
    at = _write_number(buffer, at + 2, row["time_ns"])
    if kind == Event.TRADE:
        at = _write_number(buffer, at, row["price_ticks"])
        at = _write_number(buffer, at, row["lots"])
        at = _write_number(buffer, at, row["order_id"])
        at = _write_number(buffer, at, row["counter_order_id"])
    elif kind == Event.REFUSED:
        at = _write_number(buffer, at, row["order_id"])
    else:
        at = _write_number(buffer, at, row["flags"] & EventFlag.SELL)
        at = _write_number(buffer, at, row["order_id"])
        at = _write_number(buffer, at, row["price_ticks"])
        if kind != Event.ORDER_CANCELLED:
            at = _write_number(buffer, at, row["lots"])
    return at


@kernel
def _line_type(kind: int, amount: int) -> int:
    """Return the type of line of an event, -1 if it has none; a refusal's `amount` is what of."""
    if kind == Event.ORDER_ACCEPTED:
        return 0
    if kind == Event.TRADE:
        return 1
    if kind == Event.ORDER_CANCELLED:
        return 2
    if kind == Event.ORDER_AMENDED:
        return 3
    if kind == Event.REFUSED and amount == Command.CANCEL:
        return 4
    if kind == Event.REFUSED and amount == Command.AMEND:
        return 5
    return -1


@kernel
def _write_number(buffer: np.ndarray, at: int, number: int) -> int:
    """Write a comma and a number, not negative, at byte `at`; return the byte after it."""
    assert number >= 0
    buffer[at] = _COMMA
    digits = 1
    rest = number // 10
    while rest:
        rest //= 10
        digits += 1
    for place in range(digits):
        buffer[at + digits - place] = _ZERO + number % 10
        number //= 10
    return at + digits + 1
