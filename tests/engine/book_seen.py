"""What the author of a flow sees of a book before the next batch: its live orders and prices."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hkperp_engine.codes import Side
from hkperp_engine.reference import CommandRow, ReferenceBook

#: What the columns of `Seen.live` are: `trigger` is 0 for a resting order.
LIVE = "contract side order_id wallet price_ticks lots traded trigger".split()


class Seen(NamedTuple):
    """Live orders, resting and waiting, as rows of LIVE, and the last trade of each contract."""

    live: np.ndarray
    last_ticks: Sequence[int]


def nothing(contracts: int) -> Seen:
    """What is seen of empty books."""
    return Seen(np.zeros((0, len(LIVE)), np.int64), [0] * contracts)


def look(book: ReferenceBook) -> Seen:
    """Look at a book."""
    found = []
    for contract in range(book.contracts):
        for side in Side:
            found += [
                (
                    contract,
                    side,
                    o.order_id,
                    o.wallet,
                    o.price_ticks,
                    o.lots_left,
                    o.traded_lots,
                    0,
                )
                for o in book.orders(contract, side)
            ]
        found += [
            (contract, o.side, o.order_id, o.wallet, o.price_ticks, o.lots, 0, o.trigger_ticks)
            for o in book.waiting(contract)
        ]
    live = np.array(found, np.int64).reshape(-1, len(LIVE))
    return Seen(live, [book.last_ticks(contract) for contract in range(book.contracts)])


def command_rows(commands: np.ndarray) -> list[CommandRow]:
    """A batch as the reference book takes it."""
    return list(map(CommandRow._make, commands.tolist()))
