"""Between messages and rows: a command struct into 64 bytes, 64 bytes into an event struct.

The bytes are those of `hkperp_engine.layout.COMMAND` and `EVENT`; a test compares the two. This is
the inner loop of `Venue.apply`, hence one short function per kind and no search: about 0.2 us to
encode (`command_encoders`, `gate_encoders`) and 0.3 us to decode (the decoders). Nothing is
checked but that a number fits its column.
"""

import struct
from collections.abc import Callable, Iterator
from typing import Any

from hkperp.edge.book_decoders import BOOK_DECODERS
from hkperp.edge.command_encoders import ENCODERS
from hkperp.edge.event_decoders import MACHINE_DECODERS
from hkperp.edge.gate_decoders import GATE_DECODERS

__all__ = ["COMMAND_ROW", "DECODERS", "ENCODERS", "EVENT_ROW", "ROW_BYTES", "decoded"]

ROW_BYTES = 64

#: time, contract, kind, side, type, tif, flags, stp, wallet, target, id, price, lots, amount, tag.
COMMAND_ROW = struct.Struct("<qhbbbbbbiiqqqqq")

#: sequence, time, kind, code, contract, flags, wallet, counter wallet, id, counter id, price,
#: lots, amount.
EVENT_ROW = struct.Struct("<qqhhhhiiqqiiq")

EventRow = tuple[int, ...]

#: How a row of EVENT_ROW becomes a struct: a function of the row, by its kind.
DECODERS: dict[int, Callable[[Any], Any]] = {
    int(kind): made for kind, made in (BOOK_DECODERS | MACHINE_DECODERS | GATE_DECODERS).items()
}


def decoded(rows: bytes | memoryview) -> Iterator[Any]:
    """Yield the event structs of EVENT rows given as bytes. About 0.4 us each."""
    for row in EVENT_ROW.iter_unpack(rows):
        yield DECODERS[row[2]](row)
