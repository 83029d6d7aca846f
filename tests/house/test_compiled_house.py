"""The hand-worked vectors on the compiled machine; the player and the tables are the reference's.

TV-4 to TV-8, TV-10, TV-13, FORMULAS section 7 in both modes with the repayment, each rule of
docs/gate.md at its boundary, and the rest.
"""

import pytest

import all_vectors
import vectors
from compiled_house import CompiledHouse


@pytest.mark.parametrize("vector", all_vectors.VECTORS, ids=lambda vector: vector.name)
def test_vector_on_the_machine(vector: vectors.Vector) -> None:
    vectors.play(vector, CompiledHouse)
