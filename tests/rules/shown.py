"""Which scenario files show which rule: what each expects, what each bad file is refused for, and
what `hkperp stress` says of one.

Read by the project's own strict loader, so a file can claim nothing that it does not say. That an
expectation holds is the business of tests/venue/test_small_scenarios.py, and of the replay.
"""

import functools
import re
from collections import defaultdict

import tree
from hkperp.rules.registry import rules
from hkperp.scenario.reader import load
from hkperp_engine.errors import ScenarioError

__all__ = ["STRESSED", "named_in", "shown_by"]

#: The stress test of a scenario shows these, and no expectation of its replay could:
#: tests/stress/test_cli_stress.py runs it and judges what it says.
STRESSED = {"margin": ("STR-01", "STR-02", "RSV-02", "RSV-04")}

_RULE = re.compile(r"\b[A-Z]{3,4}-[0-9]{2}\b")


@functools.cache
def shown_by() -> dict[str, tuple[str, ...]]:
    """Files by rule id, sorted: scenarios that run, then those that must be refused."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder, names in (("scenarios", _expected), ("tests/corpus/bad", _refused)):
        for file in sorted((tree.ROOT / folder).glob("*.yaml")):
            for rule_id in sorted(names(file)):
                found[rule_id].append(f"{folder}/{file.name}")
    return {rule_id: tuple(files) for rule_id, files in found.items()}


def _expected(file) -> set[str]:
    """The rules of the rulebook that a scenario's expectations name."""
    named = {rule_id for each in load(file).expect for rule_id in each.rules}
    return (named | set(STRESSED.get(file.stem, ()))) & set(rules())


def _refused(file) -> set[str]:
    """The rules that the refusal of a bad file names; none if it is refused for its form."""
    try:
        load(file)
    except ScenarioError as error:
        return named_in(f"{error.message} {error.hint}")
    raise AssertionError(f"{file.name} is accepted")


def named_in(text: str) -> set[str]:
    """The ids of the rulebook in a text."""
    return set(_RULE.findall(text)) & set(rules())
