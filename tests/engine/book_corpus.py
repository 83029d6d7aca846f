"""A corpus for the book: run as a program, it prints digests of events and state.

`test_book_builds.py` runs it in each build, in a process of its own, and compares.
"""

import hashlib

import numpy as np

from book_desk import random_commands
from hkperp_engine.codes import Side
from hkperp_engine.kernel import BUILD
from hkperp_engine.standalone import Book

#: price_ticks_max, what is added to prices, what they are multiplied by, capacities
SHAPES = [
    (100, 0, 1, (1, 1, 2)),
    (5_000, 4_076, 1, (1, 1, 7)),
    (2**31 - 1, 2**31 - 41, 1, (64, 4, 64)),
    (2**31 - 1, 0, 50_000_000, (1, 1, 1_024)),
]


def digests():
    """One line for each shape: the events' digest, the state's, and what can be seen of it."""
    for seed, (highest, shift, step, capacities) in enumerate(SHAPES):
        rows = random_commands(900, seed)
        rows["price_ticks"] = shift + step * rows["price_ticks"]
        # Some numbers at and outside every bound: nothing in a command is trusted.
        wild = np.random.default_rng(seed).integers(0, len(rows), (8, 12))
        for field, at in zip(("contract", "wallet", "side", "order_type"), wild):
            rows[field][at] = [-1, 1, 2, 3, 127, -128, 0, 0, 9, 5, 6, 1]
        for field, at in zip(("order_id", "price_ticks", "lots", "kind"), wild[4:]):
            edges = [
                -(2**63),
                -1,
                0,
                1,
                2**31 - 1,
                2**31,
                2**32,
                2**62,
                2**62 + 1,
                2**63 - 1,
                7,
                8,
            ]
            rows[field][at] = [edge % 127 for edge in edges] if field == "kind" else edges
        book = Book(
            contracts=2,
            price_ticks_max=highest,
            lots_max=2**31 - 1,
            wallets=6,
            owner_of=[0, 0, 1, 2, 3, 3],
            class_of=[0, 0, 0, 0, 1, 1],
            capacities=capacities,
        )
        events = book.apply(rows)
        book.check()
        seen = [book.depth(0, side).tolist() for side in Side]
        seen += [book.impact_value(0, side, 10**6) for side in Side]
        seen += [book.lots_within(0, side, highest // 2) for side in Side]
        digest = hashlib.sha256(events.tobytes()).hexdigest()
        yield f"{len(events)} {digest} {book.state_hash()} {seen}"


if __name__ == "__main__":
    print(BUILD)
    for line in digests():
        print(line)
