"""Writes docs/coverage.md: which code, tests, scenarios and plants serve each rule.

`python tests/rules/coverage_page.py` (make coverage). The rows stand in hkperp/data/coverage.toml.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from hkperp.rule_registry import Cover, coverage, rules, sections
from planting import all_plants

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"

_HEAD = """# What serves each rule

Made by `make coverage` from `venue/hkperp/data/coverage.toml`; do not edit. How to read a rule:
[rules.md](rules.md). *Plants*: violations of the rule that are made on purpose, and noticed by a
test each (`make plants`).
"""


def page() -> str:
    """The whole page."""
    planted = Counter(plant.rule for plant in all_plants())
    lines = [_HEAD, *_totals(planted)]
    for section, title in sections().items():
        lines += [f"\n## {section}: {title}\n", "| rule | enforced by | tested by | plants |"]
        lines += ["|---|---|---|---|"]
        for rule_id in rules():
            if rule_id.startswith(f"{section}-"):
                lines.append(_row(rule_id, coverage().get(rule_id, Cover()), planted[rule_id]))
    return "\n".join(lines) + "\n"


def _totals(planted: Counter[str]) -> list[str]:
    """How many rules of each priority are served, and by how many plants."""
    lines = [
        "| priority | rules | with code | with tests | with plants |",
        "|---|---|---|---|---|",
    ]
    for priority in ("MUST", "SHOULD", "COULD"):
        chosen = [name for name, rule in rules().items() if rule.priority == priority]
        covers = [coverage().get(name, Cover()) for name in chosen]
        counts = (
            len(chosen),
            sum(bool(cover.code) for cover in covers),
            sum(bool(cover.tests) for cover in covers),
            sum(bool(planted[name]) for name in chosen),
        )
        lines.append(f"| {priority} | " + " | ".join(map(str, counts)) + " |")
    return lines


def _row(rule_id: str, cover: Cover, plants: int) -> str:
    rule = rules()[rule_id]
    tests = [*cover.tests, *cover.scenarios]
    name = f"**{rule_id}** {rule.priority} {rule.grade}"
    enforced = _cell(cover.code)
    if cover.note:
        enforced = f"{enforced}<br>{cover.note}" if enforced else cover.note
    return f"| {name} | {enforced} | {_cell(tests)} | {plants or ''} |"


def _cell(texts: Iterable[str]) -> str:
    return "<br>".join(f"`{text.replace('|', chr(92) + '|')}`" for text in texts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"docs/{PAGE.name}: {len(rules())} rules")
