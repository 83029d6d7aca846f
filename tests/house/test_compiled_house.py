"""The hand-worked vectors on the compiled machine; the player and the tables are the reference's.

TV-4 to TV-8, TV-10, TV-13, FORMULAS section 7 in both modes with the repayment, and the rest.
"""

import pytest

import vector_auctions
import vector_controls
import vector_corners
import vector_default
import vector_holes
import vector_shares
import vector_tables
import vector_triggers
import vectors
from compiled_house import CompiledHouse

VECTORS = [
    *vector_default.VECTORS,
    *vector_tables.VECTORS,
    *vector_shares.VECTORS,
    *vector_holes.VECTORS,
    *vector_corners.VECTORS,
    *vector_triggers.VECTORS,
    *vector_auctions.VECTORS,
    *vector_controls.VECTORS,
]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector_on_the_machine(vector: vectors.Vector) -> None:
    vectors.play(vector, CompiledHouse)
