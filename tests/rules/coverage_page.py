"""Writes docs/coverage.md: which code, tests, scenarios and plants serve each rule.

`python tests/rules/coverage_page.py` (make coverage). The rows stand in hkperp/data/coverage.toml,
whose scenarios are written here: they are what the scenario files themselves say.
"""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hkperp.rules.registry import Cover, coverage, rules, sections
from planting import all_plants
from shown import shown_by

__all__ = ["DATA", "PAGE", "SCOPE", "in_scope", "page", "with_scenarios"]

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "coverage.md"
DATA = ROOT / "venue" / "hkperp" / "data" / "coverage.toml"

#: Every MUST of these sections and rules, and two thirds of the SHOULDs, are planted and shown.
SCOPE = ("ELIG", "REF", "PROD", "MRG", "NOCR", "VAL", "FND", "AFMM", "SEG")
SCOPE += ("LIQ", "SETL", "LOSS", "RSV", "DEF", "LIM", "HALT")
_SCOPE_TOO = ("STR-01", "STR-02", "REC-01", "REC-02", "GOV-05")

_HEAD = """# What serves each rule

Made by `make coverage` from `venue/hkperp/data/coverage.toml`; do not edit. How to read a rule:
[rules.md](rules.md). *Shown by*: scenarios whose expectations name the rule, and `bad/`, files of
`tests/corpus/bad` that are refused at load with the rule in the error. *Plants*: violations of
the rule that are made on purpose, and noticed by a test each (`make plants`). What is shown by the
stress test of a scenario and not by its replay: `tests/stress/test_cli_stress.py`.
"""
_COLUMNS = "| rule | enforced by | tested by | shown by | plants |"


def in_scope(rule_id: str) -> bool:
    """Whether a rule is one of those that must be planted and shown."""
    return rule_id.partition("-")[0] in SCOPE or rule_id in _SCOPE_TOO


def page() -> str:
    """The whole page."""
    planted = Counter(plant.rule for plant in all_plants())
    lines = [_HEAD, *_totals(planted), "", *_scope(planted)]
    for section, title in sections().items():
        lines += [f"\n## {section}: {title}\n", _COLUMNS, "|---|---|---|---|---|"]
        for rule_id in rules():
            if rule_id.startswith(f"{section}-"):
                lines.append(_row(rule_id, coverage().get(rule_id, Cover()), planted[rule_id]))
    return "\n".join(lines) + "\n"


def _totals(planted: Counter[str]) -> list[str]:
    """How many rules of each priority are served, and by how many plants."""
    lines = [
        "| priority | rules | with code | with tests | with scenarios | with plants |",
        "|---|---|---|---|---|---|",
    ]
    for priority in ("MUST", "SHOULD", "COULD"):
        chosen = [name for name, rule in rules().items() if rule.priority == priority]
        covers = [coverage().get(name, Cover()) for name in chosen]
        counts = (
            len(chosen),
            sum(bool(cover.code) for cover in covers),
            sum(bool(cover.tests) for cover in covers),
            sum(name in shown_by() for name in chosen),
            sum(bool(planted[name]) for name in chosen),
        )
        lines.append(f"| {priority} | " + " | ".join(map(str, counts)) + " |")
    return lines


def _scope(planted: Counter[str]) -> list[str]:
    """The rules in scope alone: how many are both planted and shown, and which not."""
    sections_told = ", ".join((*SCOPE, *_SCOPE_TOO))
    lines = [
        f"Of {sections_told},",
        "every MUST and two thirds of the SHOULDs are planted and shown; a test fails if not.\n",
        "| priority | rules | with plants | with scenarios | with both | without |",
        "|---|---|---|---|---|---|",
    ]
    for priority in ("MUST", "SHOULD"):
        chosen = [
            name for name, rule in rules().items() if rule.priority == priority and in_scope(name)
        ]
        both = [name for name in chosen if planted[name] and name in shown_by()]
        counts = (
            len(chosen),
            sum(bool(planted[name]) for name in chosen),
            sum(name in shown_by() for name in chosen),
            len(both),
            ", ".join(name for name in chosen if name not in both) or "none",
        )
        lines.append(f"| {priority} | " + " | ".join(map(str, counts)) + " |")
    return lines


def _row(rule_id: str, cover: Cover, plants: int) -> str:
    rule = rules()[rule_id]
    name = f"**{rule_id}** {rule.priority} {rule.grade}"
    enforced = _cell(cover.code)
    if cover.note:
        enforced = f"{enforced}<br>{cover.note}" if enforced else cover.note
    shown = ", ".join(f"`{_short(each)}`" for each in shown_by().get(rule_id, ()))
    return f"| {name} | {enforced} | {_cell(cover.tests)} | {shown} | {plants or ''} |"


def _short(path: str) -> str:
    """`gate` of scenarios/gate.yaml, `bad/alias` of tests/corpus/bad/alias.yaml."""
    return path.removesuffix(".yaml").removeprefix("scenarios/").removeprefix("tests/corpus/")


def _cell(texts: Iterable[str]) -> str:
    return "<br>".join(f"`{text.replace('|', chr(92) + '|')}`" for text in texts)


def with_scenarios(text: str) -> str:
    """The data file with the scenarios of each rule as the scenario files themselves say."""
    text = re.sub(r"^scenarios = \[[^]]*\]\n", "", text, flags=re.MULTILINE)
    parts = re.split(r"^(?=\[[A-Z]+-[0-9]{2}\]$)", text, flags=re.MULTILINE)
    return parts[0] + "".join(_with_scenarios_of(part) for part in parts[1:])


def _with_scenarios_of(part: str) -> str:
    """One rule's lines: the scenarios after code and tests, before the note."""
    rule_id = part[1 : part.index("]")]
    files = shown_by().get(rule_id, ())
    if not files:
        return part
    listed = "".join(f'    "{file}",\n' for file in files)
    listed = f"[\n{listed}]" if len(files) > 1 else f'["{files[0]}"]'
    body = part.rstrip("\n") + "\n"
    before, note, after = body.partition("\nnote = ")
    if note:
        body, after = f"{before}\n", f"note = {after}"
    return f"{body}scenarios = {listed}\n{after}" + part[len(part.rstrip("\n")) + 1 :]


if __name__ == "__main__":
    DATA.write_text(with_scenarios(DATA.read_text(encoding="utf-8")), encoding="utf-8")
    coverage.cache_clear()
    PAGE.write_text(page(), encoding="utf-8")
    print(f"docs/{PAGE.name}: {len(rules())} rules")
