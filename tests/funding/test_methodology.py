"""A formula that changes without a new version is found (VAL-01): a digest stands beside each.

`python tests/funding/test_methodology.py` prints the line for `snapshots/methodology.txt`. Whoever
replaces a line's digest under the same version says that no published value has changed.
"""

import ast
import hashlib
from pathlib import Path

from hkperp.config import METHODOLOGY
from hkperp_funding import index, mark, premium, rate

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "methodology.txt"
MODULES = (index, mark, premium, rate)


def formulas(text: str) -> str:
    """What a module computes: its code without comments, docstrings and places."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:]
    return ast.unparse(tree)


def digest(texts: list[str]) -> str:
    """SHA-256 over the formulas of all modules, in their order."""
    return hashlib.sha256("\n".join(formulas(text) for text in texts).encode()).hexdigest()


def sources() -> list[str]:
    """The text of each module."""
    return [Path(module.__file__ or "").read_text(encoding="utf-8") for module in MODULES]


def line() -> str:
    """What the snapshot must hold for the version in force."""
    return f"{METHODOLOGY} {digest(sources())}"


def test_the_formulas_are_those_of_their_version() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8").splitlines()[-1] == line(), (
        "a formula has changed: raise METHODOLOGY_VERSION, write docs/rates.md and the snapshot"
    )


def test_a_comment_changes_nothing_and_an_operator_does() -> None:
    text = 'def f(a):\n    """Doc."""\n    return a // 2\n'
    assert digest([text]) == digest([text.replace('"""Doc."""', '"""Other."""  # why')])
    assert digest([text]) != digest([text.replace("//", "%")])


def test_a_version_is_recorded_once() -> None:
    versions = [each.split()[0] for each in SNAPSHOT.read_text(encoding="utf-8").splitlines()]
    assert len(set(versions)) == len(versions)


if __name__ == "__main__":
    print(line())
