"""The command `rules`: what the venue answers to, how good the evidence is, what enforces it."""

import argparse
import sys

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hkperp.rules.regimes import Pack, packs
from hkperp.rules.registry import (
    GRADES,
    PRIORITIES,
    Cover,
    Rule,
    Source,
    coverage,
    find,
    rejects_of,
    rules,
    sections,
    sources,
)
from hkperp_engine.errors import InputError
from hkperp_engine.refusals import REJECT_TEXT

__all__ = ["run_rules"]

_WIDTH = 100


def run_rules(chosen: argparse.Namespace) -> int:
    """Print the rules, one of them, or the packs; return 0. InputError: there is no such thing."""
    console = Console() if sys.stdout.isatty() else Console(width=_WIDTH)
    if chosen.what == "explain":
        if not chosen.name:
            hint = "hkperp rules explain MRG-07"
            raise InputError("which rule?", source="command line", hint=hint)
        for rule_id in find(chosen.name):
            _explain(console, rule_id)
    elif chosen.what == "packs":
        _packs(console, chosen.name)
    else:
        _list(console, chosen)
    return 0


def _known(option: str, written: str, names: tuple[str, ...]) -> str:
    """Return the name that an option means, in capitals, "" if it was not given."""
    name = written.upper()
    if name and name not in names:
        hint = f"one of {', '.join(names)}"
        raise InputError(f"no {written!r}"[:200], source="command line", path=option, hint=hint)
    return name


def _list(console: Console, chosen: argparse.Namespace) -> None:
    """Print the rules that the options leave, section by section."""
    only = _known("--section", chosen.section, tuple(sections()))
    priority = _known("--priority", chosen.priority, PRIORITIES)
    table = Table(box=box.SIMPLE_HEAD, width=_WIDTH, pad_edge=False)
    table.add_column("rule", no_wrap=True)
    table.add_column("priority", no_wrap=True)
    table.add_column("grade", no_wrap=True)
    table.add_column("what it says", ratio=1)
    count = 0
    for rule_id, rule in rules().items():
        if only in ("", rule_id.partition("-")[0]) and priority in ("", rule.priority):
            table.add_row(rule_id, rule.priority, rule.grade, Text(rule.text))
            count += 1
    console.print(table)
    for grade, meaning in GRADES.items():
        console.print(Text(f"{grade}  {meaning}", style="dim"))
    console.print(Text(f"\n{count} rules. hkperp rules explain ID says more about one."))


def _explain(console: Console, rule_id: str) -> None:
    """Print everything known of one rule."""
    rule, cover = rules()[rule_id], coverage().get(rule_id, Cover())
    section = sections()[rule_id.partition("-")[0]]
    console.print(Text(f"{rule_id}  {section}", style="bold"))
    console.print(Text(rule.text))
    lines = Table(box=None, show_header=False, width=_WIDTH, pad_edge=False, padding=(0, 2, 0, 0))
    lines.add_column(no_wrap=True)
    lines.add_column(ratio=1, overflow="fold")
    for label, texts in (
        ("priority", (rule.priority,)),
        ("grade", (f"{rule.grade}: {GRADES[rule.grade]}",)),
        ("sources", _source_lines(rule)),
        ("refusals", _refusal_lines(rule_id)),
        ("also named", _other_names(rule_id, rule)),
        ("enforced by", cover.code),
        ("tested by", cover.tests),
        ("scenarios", cover.scenarios),
        ("note", (cover.note,) if cover.note else ()),
    ):
        for row, text in enumerate(texts):
            lines.add_row(Text("" if row else label, style="dim"), Text(text))
    console.print(lines)


def _source_lines(rule: Rule) -> tuple[str, ...]:
    found = tuple(_source_line(name, sources()[name]) for name in rule.sources)
    return found or ("none: market practice, inference or design",)


def _source_line(name: str, source: Source) -> str:
    address = f", {source.address}" if source.address else ""
    return f"{name}: {source.title}{address} ({source.read})"


def _refusal_lines(rule_id: str) -> tuple[str, ...]:
    found = rejects_of(rule_id)
    return tuple(f"{each:d} {each.name}: {REJECT_TEXT[each]}" for each in found)


def _other_names(rule_id: str, rule: Rule) -> tuple[str, ...]:
    """Names of the catalogue used at load or in reports, or by a refusal of another rule."""
    own = {reject.name for reject in rejects_of(rule_id)}
    return tuple(name for name in rule.names if name not in own)


def _packs(console: Console, name: str) -> None:
    """Print all packs, or the parameters of one."""
    if not name:
        for each, pack in packs().items():
            console.print(Text(f"{each:20}{pack.about}"))
        console.print(Text("\nhkperp rules packs NAME shows the parameters of one."))
        return
    if name not in packs():
        hint = f"one of {', '.join(packs())}"
        raise InputError(f"no rule pack {name!r}"[:200], source="command line", hint=hint)
    console.print(Text(name, style="bold"))
    console.print(Text(packs()[name].about))
    console.print(_parameters(packs()[name]))


def _parameters(pack: Pack) -> Table:
    table = Table(box=box.SIMPLE_HEAD, width=_WIDTH, pad_edge=False)
    for title in ("parameter", "bound", "value", "rule", "whose number"):
        table.add_column(title, no_wrap=title != "value")
    for what, each in pack.parameters.items():
        table.add_row(what.replace("_", " "), each.bound, each.value, each.rule, each.label)
    return table
