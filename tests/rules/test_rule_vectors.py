"""Each rule that no other hand-worked vector shows, on the machine and on the reference."""

from collections.abc import Callable

import pytest

import all_vectors
import test_book_tables
import vector_access
import vector_money
import vector_records
from compiled_house import CompiledHouse
from hkperp_engine.codes import Reject
from reference.machine import ReferenceMachine
from vectors import Do, Vector, play

VECTORS = (*vector_access.VECTORS, *vector_money.VECTORS, *vector_records.VECTORS)


@pytest.mark.parametrize("factory", [CompiledHouse, ReferenceMachine], ids=["fast", "slow"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name.partition(":")[0])
def test_rule(vector: Vector, factory: Callable) -> None:
    play(vector, factory)


#: 256 protections do not fit into a vector: tests/engine/test_protection.py sets them.
ELSEWHERE = {Reject.LIM_PROTECTIONS}


def test_every_refusal_is_reached() -> None:
    """(REC-02) By a command of a vector, or of a worked example of docs/book.md."""
    played = (*all_vectors.VECTORS, *VECTORS)
    reached = {Reject(row.reject) for each in played for row in each.rows if isinstance(row, Do)}
    for text in test_book_tables.TABLES.values():
        reached |= {Reject[name] for name in test_book_tables.refusals(text)}
    assert set(Reject) - reached - ELSEWHERE == set()
