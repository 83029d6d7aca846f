"""A refusal changes nothing but the sequence number and the time (MAT-010, REC-02).

The state hash is taken before and after each command of random flows; where the only answer is a
refusal, and no timer ran, the two must be equal.
"""

import pytest

from book_flow import Flow
from book_seen import command_rows, look
from hkperp_engine.codes import Event, Reject
from hkperp_engine.reference import ReferenceBook
from hkperp_engine.standalone import Book

COMMANDS = 400
BATCH = 100


def meaning(book: Book, sequence: int, now_ns: int) -> str:
    """State hash as if the counter and the clock stood elsewhere."""
    engine = book.state.engine
    kept = int(engine["sequence"][0]), int(engine["now_ns"][0])
    engine["sequence"], engine["now_ns"] = sequence, now_ns
    digest = book.state_hash()
    engine["sequence"], engine["now_ns"] = kept
    return digest


@pytest.mark.parametrize("seed", range(12))
def test_a_refusal_changes_nothing_of_the_book(seed: int) -> None:
    flow = Flow(seed)
    fast, slow = Book(**flow.market._asdict()), ReferenceBook(**flow.market._asdict())
    refused = set()
    for _ in range(COMMANDS // BATCH):
        commands = flow.batch(BATCH, look(slow))
        for index, row in enumerate(command_rows(commands)):
            slow.apply(row)
            engine = fast.state.engine
            at = int(engine["sequence"][0]), int(engine["now_ns"][0])
            before = meaning(fast, *at)
            events = fast.apply(commands[index : index + 1])
            # A leg of an accepted quote may be refused, too: the quote was a message all the same.
            is_own = len(events) == 1 and events["amount"][0] == row.kind
            if is_own and events["kind"][0] == Event.REFUSED:
                refused.add(Reject(int(events["code"][0])))
                where = f"seed {seed}: {Reject(int(events['code'][0])).name} of {row}"
                assert meaning(fast, *at) == before, where
    assert len(refused) >= 8, f"seed {seed}: only {refused}"
