"""Each rule that no other hand-worked vector shows, on the machine and on the reference."""

from collections.abc import Callable

import pytest

import vector_access
import vector_money
from compiled_house import CompiledHouse
from reference.machine import ReferenceMachine
from vectors import Vector, play

VECTORS = (*vector_access.VECTORS, *vector_money.VECTORS)


@pytest.mark.parametrize("factory", [CompiledHouse, ReferenceMachine], ids=["fast", "slow"])
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name.partition(":")[0])
def test_rule(vector: Vector, factory: Callable) -> None:
    play(vector, factory)
