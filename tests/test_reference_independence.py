"""The reference house is worth something only while it shares no code with what it checks."""

import ast
import sys
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parent / "reference"
ALLOWED = {"hkperp_engine.codes"}


def imported(tree: ast.AST) -> set[str]:
    """Full names of the modules a parsed file imports."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


def foreign(text: str) -> set[str]:
    """What a file imports that the reference may not."""
    return {
        name
        for name in imported(ast.parse(text))
        if name not in ALLOWED
        and name.partition(".")[0] not in sys.stdlib_module_names | {"reference"}
    }


def calls(text: str) -> set[str]:
    """Ways round an import statement."""
    banned = {"__import__", "import_module", "exec", "eval"}
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name | ast.Attribute)
        and (node.id if isinstance(node, ast.Name) else node.attr) in banned
    }


def test_reference_is_independent() -> None:
    files = sorted(REFERENCE.glob("**/*.py"))
    assert len(files) > 10, "the listing came back empty"
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert not foreign(text), f"{file.name} imports {foreign(text)}"
        assert not calls(text), f"{file.name} uses {calls(text)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import hkperp_clearing.margin", {"hkperp_clearing.margin"}),
        ("def f():\n    from hkperp_engine import book", {"hkperp_engine"}),
        ("from hkperp_engine.reference import x", {"hkperp_engine.reference"}),
        ("from hkperp.config import Config", {"hkperp.config"}),
        ("import numpy as np", {"numpy"}),
        ("from ..engine import x", {"..engine"}),
        ("from hkperp_engine.codes import Side\nimport bisect", set()),
        ("from reference.whole import mdf", set()),
    ],
)
def test_the_rule_bites(text: str, expected: set[str]) -> None:
    assert foreign(text) == expected
