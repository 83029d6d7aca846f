"""Public market data: the messages, and the checksum over the best levels.

One frozen struct per kind of message, in JSON and MessagePack as the other messages of the venue
(`hkperp.messages`). `hkperp.marketdata.feed` makes them from the events of the machine,
`hkperp.marketdata.book` makes a book of them again; docs/marketdata.md says what is public.

    {"kind":"ORDER_ADDED","contract":0,"sequence":1,"time_ns":5,"reference":1,"side":1,
     "price_ticks":101,"lots":3,"before":0}

Prices are whole ticks, quantities whole lots that are shown, times ns. `sequence` counts the
messages of one contract's order by order feed (L3) without gaps; LEVELS and TOP repeat the number
of the message after which they hold. This module imports neither numpy nor numba.
"""

import struct
import zlib
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from hkperp_engine import codes
from hkperp_engine.errors import RequestError

__all__ = [
    "AnyMessage",
    "FEED_VERSION",
    "Levels",
    "OffBook",
    "OrderAdded",
    "OrderChanged",
    "OrderDeleted",
    "PublicLevel",
    "PublicOrder",
    "Snapshot",
    "StateChanged",
    "Top",
    "Trade",
    "TradeBusted",
    "Uncrossed",
    "checksum",
    "from_json",
    "from_msgpack",
    "to_json",
    "to_msgpack",
]

#: Goes up when a struct gains, loses or renames a field, or a field changes its meaning.
FEED_VERSION = 1


class PublicLevel(NamedTuple):
    """A price with what is shown there: lots and number of orders; on the wire three numbers.

    In a LEVELS message that is no image, 0 lots say that the price is no longer among the best.
    """

    price_ticks: int
    lots: int
    order_count: int


class PublicOrder(NamedTuple):
    """A shown order of a snapshot: four numbers on the wire. Its place there is its priority."""

    reference: int
    side: codes.Side
    price_ticks: int
    lots: int


class _Message(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", gc=False
):
    """What all messages have: contract, number in the contract's L3 feed, time in ns."""

    contract: int
    sequence: int
    time_ns: int


class OrderAdded(_Message, frozen=True, tag="ORDER_ADDED"):
    """An order, or a new slice of one, is shown under a number that nothing else ever had.

    `before` is the reference it stands directly before at its price, 0 for the back of the queue.
    """

    reference: int
    side: codes.Side
    price_ticks: int
    lots: int
    before: int


class OrderChanged(_Message, frozen=True, tag="ORDER_CHANGED"):
    """A shown order shows fewer lots, `lots`, without a trade; it keeps its place."""

    reference: int
    lots: int


class OrderDeleted(_Message, frozen=True, tag="ORDER_DELETED"):
    """A shown order is gone without a trade, or changed its place (and is then added anew)."""

    reference: int


class Trade(_Message, frozen=True, tag="TRADE"):
    """`lots` traded, and are taken from the lots shown under the references that are not 0.

    A reference is 0 if that side of the trade was not shown. An order of which nothing is shown
    any more is gone: no ORDER_DELETED follows. `number` counts the contract's trades from 1.
    """

    number: int
    price_ticks: int
    lots: int
    taker_side: codes.Side
    maker_reference: int
    taker_reference: int
    maker_afmm: bool
    taker_afmm: bool
    is_auction: bool
    is_liquidation: bool


class TradeBusted(_Message, frozen=True, tag="TRADE_BUSTED"):
    """The trade `number` was taken back. The book does not change."""

    number: int
    price_ticks: int
    lots: int


class StateChanged(_Message, frozen=True, tag="STATE_CHANGED"):
    """The contract has a new state. In a VOLATILITY_AUCTION: the price whose band was left, and
    when the auction ends; else both 0.
    """

    state: codes.ContractState
    reference_ticks: int
    end_ns: int


class Uncrossed(_Message, frozen=True, tag="UNCROSSED"):
    """A call auction found its price; its trades follow. Volume: the sum of their lots."""

    price_ticks: int


class OffBook(_Message, frozen=True, tag="OFF_BOOK"):
    """Positions changed hands outside the book. `cause`: OPENING_TRADE, TAKEOVER (a position taken
    over at the mark, LIQ-08), BACKSTOP (by a provider, LIQ-04), DELEVERAGE or TEAR_UP.
    """

    cause: codes.Event
    price_ticks: int
    lots: int


class Levels(_Message, frozen=True, tag="LEVELS"):
    """L2: the levels that changed among the best `depth` of each side, best first.

    `batch` counts these messages of a contract without gaps. An image has all levels and no
    number of its own: that of the last batch. `checksum` is over the image after the change.
    """

    batch: int
    is_image: bool
    bids: tuple[PublicLevel, ...]
    asks: tuple[PublicLevel, ...]
    checksum: int


class Top(_Message, frozen=True, tag="TOP"):
    """L1: the best shown prices with the lots shown there, and the last trade; 0: none.

    Always the whole of it, so a lost one does no harm.
    """

    bid_ticks: int
    bid_lots: int
    ask_ticks: int
    ask_lots: int
    last_ticks: int
    last_lots: int


class Snapshot(_Message, frozen=True, tag="SNAPSHOT"):
    """The whole public book after the message `sequence`: orders in priority, bids first.

    `depth` is the number of levels a side that `checksum`, and those in LEVELS, are over.
    """

    state: codes.ContractState
    depth: int
    orders: tuple[PublicOrder, ...]
    last_ticks: int
    last_lots: int
    checksum: int


AnyMessage = (
    OrderAdded
    | OrderChanged
    | OrderDeleted
    | Trade
    | TradeBusted
    | StateChanged
    | Uncrossed
    | OffBook
    | Levels
    | Top
    | Snapshot
)

_json: msgspec.json.Decoder[AnyMessage] = msgspec.json.Decoder(AnyMessage)
_msgpack: msgspec.msgpack.Decoder[AnyMessage] = msgspec.msgpack.Decoder(AnyMessage)

_COUNTS, _LEVEL = struct.Struct("<qq"), struct.Struct("<qqq")


def checksum(bids: Sequence[PublicLevel], asks: Sequence[PublicLevel]) -> int:
    """Return the CRC-32 of two lists of levels, best first; O(levels).

    Over int64, little-endian: number of bids, number of asks, then price in ticks, lots and
    number of orders of each bid, then of each ask.

    >>> f"{checksum([PublicLevel(99, 4, 2)], []):08x}"
    '50a849eb'
    """
    parts = [_COUNTS.pack(len(bids), len(asks))]
    parts += [_LEVEL.pack(*level) for level in bids]
    parts += [_LEVEL.pack(*level) for level in asks]
    return zlib.crc32(b"".join(parts))


def to_json(message: AnyMessage) -> bytes:
    """Return a message as one line of JSON.

    >>> to_json(OrderDeleted(contract=0, sequence=7, time_ns=5, reference=3)).decode()
    '{"kind":"ORDER_DELETED","contract":0,"sequence":7,"time_ns":5,"reference":3}'
    """
    return msgspec.json.encode(message)


def to_msgpack(message: AnyMessage) -> bytes:
    """Return a message as MessagePack."""
    return msgspec.msgpack.encode(message)


def from_json(text: bytes | str) -> AnyMessage:
    """Return the message that a JSON object is, or raise `RequestError`."""
    try:
        return _json.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RequestError(str(error)[:300]) from None


def from_msgpack(octets: bytes) -> AnyMessage:
    """Return the message that MessagePack bytes are, or raise `RequestError`."""
    try:
        return _msgpack.decode(octets)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise RequestError(str(error)[:300]) from None
