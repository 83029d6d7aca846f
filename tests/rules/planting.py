"""A planted violation: one edit that breaks one rule, and the test that must notice it.

`run_plants.py` makes each edit in a copy of the tree and runs its test. A new plant is one line of
a `plants_*.py`, and the name of that file, if it is new, in `all_plants`.
"""

import ast
import importlib
from pathlib import Path
from typing import NamedTuple

__all__ = ["Plant", "all_plants", "faults", "replaced", "rule", "table", "vector"]

_MODULES = ("plants_access", "plants_gate", "plants_margin", "plants_vault", "plants_prices")
_MODULES += ("plants_market", "plants_alarms", "plants_default", "plants_records")


class Plant(NamedTuple):
    """`old` stands exactly once in `path`; with `new` in its place `rule` is broken.

    `test`: the pytest node id, of one test or of several parted by a line end, that then fails.
    """

    rule: str
    path: str
    old: str
    new: str
    test: str

    @property
    def tests(self) -> list[str]:
        """The node ids."""
        return self.test.split("\n")


def vector(name: str) -> str:
    """Node id of a hand-worked vector played on the machine."""
    return f"tests/house/test_compiled_house.py::test_vector_on_the_machine[{name}]"


def table(name: str) -> str:
    """Node id of a worked example of docs/book.md on the fast book."""
    return f"tests/engine/test_book_tables.py::test_table[{name}-fast]"


def rule(name: str) -> str:
    """Node id of a vector of this folder, by the words before its colon, on the machine."""
    return f"tests/rules/test_rule_vectors.py::test_rule[{name}-fast]"


def all_plants() -> list[Plant]:
    """Every plant, in the order of its files."""
    return [plant for name in _MODULES for plant in importlib.import_module(name).PLANTS]


def replaced(plant: Plant, text: str) -> str:
    """The text with the plant in it."""
    return text.replace(plant.old, plant.new)


def faults(plant: Plant, root: Path) -> list[str]:
    """What is wrong with a plant before it is ever run; nothing if it can be planted."""
    file = root / plant.path
    if not file.is_file():
        return [f"no file {plant.path}"]
    text = file.read_text(encoding="utf-8")
    found = []
    count = text.count(plant.old)
    if count != 1:
        found.append(f"{plant.path} has the text to be replaced {count} times: {plant.old!r}")
    elif plant.path.endswith(".py"):
        before = ast.dump(ast.parse(text))
        if ast.dump(ast.parse(replaced(plant, text))) == before:
            found.append(f"the plant changes nothing: {plant.new!r}")
    return found
