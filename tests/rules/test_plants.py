"""Planted violations can be planted: `make plants` then sees that each is noticed."""

from collections import Counter

import pytest

import tree
from hkperp.rules.registry import rules
from planting import Plant, all_plants, faults
from run_plants import _fault

PLANTS = all_plants()


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.rule)
def test_it_can_be_planted(plant: Plant) -> None:
    assert faults(plant, tree.ROOT) == []
    assert plant.rule in rules()
    for test in plant.tests:
        path, _, name = test.partition("::")
        function = name.partition("[")[0]
        text = (tree.ROOT / path).read_text(encoding="utf-8")
        assert f"def {function}(" in text, test


def test_no_plant_stands_twice() -> None:
    twice = [key for key, n in Counter((p.path, p.old, p.new) for p in PLANTS).items() if n > 1]
    assert not twice


def test_a_plant_that_cannot_be_made_is_found() -> None:
    here = "tests/rules/planting.py"
    assert "0 times" in faults(Plant("X", here, "no such" + " text", "", ""), tree.ROOT)[0]
    assert "times" in faults(Plant("X", here, "def ", "", ""), tree.ROOT)[0]
    assert faults(Plant("X", "nowhere.py", "", "", ""), tree.ROOT) == ["no file nowhere.py"]
    nothing = Plant("X", here, "class Plant(NamedTuple):", "class  Plant(NamedTuple):", "")
    assert "changes nothing" in faults(nothing, tree.ROOT)[0]


@pytest.mark.parametrize(
    ("status", "outcomes", "expected"),
    [
        (0, {}, "SURVIVED"),
        (2, {}, "did not run"),
        (1, {"t.py::b": "failure: assert 1 == 2"}, "t.py::a passes"),
        (1, {"t.py::a": "failure: KeyError: 'x'"}, "another reason"),
        (1, {"t.py::a": "error: AssertionError"}, "another reason"),
        (1, {"t.py::a": "failure: assert 1 == 2"}, ""),
        (1, {"t.py::a[x]": "failure: AssertionError: no"}, ""),
        (1, {"t.py::a": "failure: hkperp_engine.errors.InvariantBroken: INV-04"}, ""),
    ],
)
def test_only_an_assertion_notices(status: int, outcomes: dict, expected: str) -> None:
    fault = _fault(Plant("X", "", "", "", "t.py::a"), status, outcomes, "said")
    assert (expected in fault) if expected else not fault
