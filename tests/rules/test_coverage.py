"""The coverage table names what exists, leaves no rule out, and is the page in docs/."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tree
from coverage_page import DATA, PAGE, in_scope, page, with_scenarios
from hkperp.rules.registry import coverage, rules
from planting import all_plants
from shown import STRESSED, named_in, shown_by
from small_runs import SMALL

ROOTS = {
    "hkperp_engine": "engine",
    "hkperp_funding": "funding",
    "hkperp_clearing": "clearing",
    "hkperp": "venue",
}


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


def chosen(priority: str) -> list[str]:
    """The rules in scope of a priority."""
    return [name for name, rule in rules().items() if rule.priority == priority and in_scope(name)]


def test_every_must_in_scope_is_planted_and_shown() -> None:
    planted = {plant.rule for plant in all_plants()}
    wanted = chosen("MUST")
    assert len(wanted) > 40
    assert [name for name in wanted if name not in planted] == [], "not planted"
    assert [name for name in wanted if name not in shown_by()] == [], "no scenario names it"


def test_two_thirds_of_the_shoulds_in_scope_are_planted_and_shown() -> None:
    """A SHOULD that is not says why: its note is on the page."""
    planted = {plant.rule for plant in all_plants()}
    wanted = chosen("SHOULD")
    without = [name for name in wanted if name not in planted or name not in shown_by()]
    assert len(wanted) >= 15
    assert 3 * len(without) <= len(wanted), without
    assert all(coverage()[name].note for name in without), without


def test_scenarios_are_those_that_the_files_name() -> None:
    text = DATA.read_text(encoding="utf-8")
    assert text == with_scenarios(text), "make coverage"
    assert {name: cover.scenarios for name, cover in coverage().items() if cover.scenarios} == (
        shown_by()
    )


def test_what_is_shown_is_run() -> None:
    """Every scenario is one of those whose expectations hold in the slow house, or a day of 10
    October 2025, whose expectations tests of their own ask about.
    """
    files = {
        file for each in shown_by().values() for file in each if file.startswith("scenarios/")
    }
    run = {name.partition("/")[0] for name in SMALL}
    days = {"2025-10-10-cascade", "2025-10-10-every-mechanism"}
    assert {Path(file).stem for file in files} == run | days
    stressed = (tree.ROOT / "tests/stress/test_cli_stress.py").read_text(encoding="utf-8")
    assert all(f'"{name}.yaml"' in stressed for name in STRESSED)


def test_only_ids_of_the_rulebook_count() -> None:
    assert named_in("x (MRG-09, TV-10, MAT-064) MRG-99 AFMM-05:") == {"MRG-09", "AFMM-05"}


def test_the_page_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make coverage"


@pytest.mark.parametrize("name", ["PRICE", "band", "x"])
def test_a_name_that_is_not_there_is_missed(name: str) -> None:
    assert name not in names_in("tests/rules/coverage_page.py")
