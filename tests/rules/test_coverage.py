"""The coverage table names what exists, leaves no rule out, and is the page in docs/."""

import ast
import os
import subprocess
import sys

import pytest

import tree
from coverage_page import PAGE, page
from hkperp.rule_registry import coverage, rules
from planting import all_plants

ROOTS = {
    "hkperp_engine": "engine",
    "hkperp_funding": "funding",
    "hkperp_clearing": "clearing",
    "hkperp": "venue",
}
#: Every MUST of these has a plant, or a note why it has none.
PLANTED = ("ELIG", "REF", "PROD", "MRG", "NOCR", "VAL", "FND", "AFMM", "SEG")
PLANTED_TOO = ("REC-01", "REC-02", "GOV-05")


def names_in(path: str) -> set[str]:
    """Every function, class and constant of a module, those inside others too."""
    file = tree.ROOT / path
    assert file.is_file(), f"there is no {path}"
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def collected(files: list[str]) -> set[str]:
    """Node ids of all tests in some files, as pytest itself finds them."""
    options = ["-q", "--collect-only", "-n", "0", "-p", "no:cacheprovider", "-o", "addopts="]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *files],
        cwd=tree.ROOT,
        env={**os.environ, "HKPERP_BUILD": "python"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stdout.splitlines())


def test_every_rule_has_a_row_and_every_row_a_rule() -> None:
    assert list(coverage()) == list(rules())
    for rule_id, cover in coverage().items():
        assert cover.note or (cover.code and cover.tests), f"{rule_id}: nothing, and no reason"


def test_code_that_is_named_exists() -> None:
    for rule_id, cover in coverage().items():
        for each in cover.code:
            module, _, name = each.partition(":")
            path = f"{ROOTS[module.partition('.')[0]]}/{module.replace('.', '/')}.py"
            assert name in names_in(path), f"{rule_id}: no {name} in {path}"


def test_tests_and_scenarios_that_are_named_exist() -> None:
    named = {test: rule_id for rule_id, cover in coverage().items() for test in cover.tests}
    named |= {test: plant.rule for plant in all_plants() for test in plant.tests}
    known = collected(sorted({test.partition("::")[0] for test in named}))
    whole = {each.partition("[")[0] for each in known}
    missing = [f"{named[test]}: {test}" for test in named if test not in known | whole]
    assert not missing, "\n".join(missing)
    for rule_id, cover in coverage().items():
        for scenario in cover.scenarios:
            assert (tree.ROOT / scenario).is_file(), f"{rule_id}: {scenario}"


def test_every_must_in_scope_is_planted_or_says_why_not() -> None:
    planted = {plant.rule for plant in all_plants()}
    for rule_id, rule in rules().items():
        is_in_scope = rule_id.partition("-")[0] in PLANTED or rule_id in PLANTED_TOO
        if rule.priority == "MUST" and is_in_scope and rule_id not in planted:
            assert coverage()[rule_id].note, f"{rule_id} is not planted and does not say why"


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make coverage"


@pytest.mark.parametrize("name", ["PRICE", "band", "x"])
def test_a_name_that_is_not_there_is_missed(name: str) -> None:
    assert name not in names_in("tests/rules/coverage_page.py")
