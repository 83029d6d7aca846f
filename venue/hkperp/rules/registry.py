"""The rules this venue answers to, with the evidence for each (GOV-05): data/*.toml, read once.

`rules()` are the ids of the rulebook, `sources()` what they rest on, `coverage()` the code and the
tests that serve each. A refusal of the machine leads to its rule by `find` (REC-02). docs/rules.md
says what grades and priorities mean.
"""

import difflib
import functools
import re
import tomllib
from importlib import resources
from typing import Any

import msgspec

from hkperp_engine.codes import Reject
from hkperp_engine.errors import InputError
from hkperp_engine.refusals import REJECT_RULE

__all__ = ["Cover", "GRADES", "PRIORITIES", "Rule", "Source", "coverage", "find", "read_data"]
__all__ += ["rejects_of", "rules", "sections", "sources"]

#: How good the evidence of a rule is, best first.
GRADES = {
    "P": "the SFC's own text was read",
    "S": "secondary text was read (law firms, press)",
    "B": "a benchmark standard or a market's rulebook was read",
    "G": "general knowledge, unverified",
    "I": "inference or design choice, configurable",
}
PRIORITIES = ("MUST", "SHOULD", "COULD")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A document: its title, its public address ("" if none is known), and how much was read."""

    title: str
    read: str
    address: str = ""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule of the rulebook in our own words.

    `grade` is a key of GRADES, `priority` one of PRIORITIES, `sources` ids of `sources()`.
    `names` are the catalogue's words for what breaks the rule: refusals of the machine
    (`Reject`), of a configuration at load, or of a report.
    """

    text: str
    grade: str
    priority: str
    sources: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class Cover(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What serves a rule: code (module:name), tests (node ids), scenarios (files).

    `note` says what the software cannot do of it, or why nothing is planted against it.
    """

    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    note: str = ""


class _Rulebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sections: dict[str, str]
    sources: dict[str, Source]
    rules: dict[str, Rule]


def read_data(name: str) -> dict[str, Any]:
    """Return a table of this package's data, `rules` for data/rules.toml."""
    file = resources.files("hkperp") / "data" / f"{name}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@functools.cache
def _rulebook() -> _Rulebook:
    return msgspec.convert(read_data("rules"), _Rulebook)


def rules() -> dict[str, Rule]:
    """Return every rule by its id, section by section."""
    return _rulebook().rules


def sources() -> dict[str, Source]:
    """Return every source by its id."""
    return _rulebook().sources


def sections() -> dict[str, str]:
    """Return the sections in order: the first part of a rule's id, and what it is about."""
    return _rulebook().sections


@functools.cache
def coverage() -> dict[str, Cover]:
    """Return what serves each rule, by its id; a rule that nothing serves yet has no entry."""
    return msgspec.convert(read_data("coverage"), dict[str, Cover])


def rejects_of(rule_id: str) -> tuple[Reject, ...]:
    """Return the machine's refusals that carry a rule, in order of their numbers."""
    return tuple(reject for reject in Reject if REJECT_RULE[reject] == rule_id)


def find(word: str) -> tuple[str, ...]:
    """Return the rules that a word means: an id, a refusal's name or number, a catalogue name.

    A refusal of the machine's own sanity has a rule SYS-nn, which the rulebook does not have; it
    and an unknown word raise InputError.

    >>> find("mrg-07"), find("MRG_INSUFFICIENT"), find("AFMM_NOT_PERMITTED")
    (('MRG-07',), ('MRG-07',), ('AFMM-08',))
    """
    wanted = word.strip().upper()
    if wanted in rules():
        return (wanted,)
    numbered = re.fullmatch(r"[0-9]{1,5}", wanted) and int(wanted) in REJECT_RULE
    name = Reject(int(wanted)).name if numbered else wanted
    found = [REJECT_RULE[Reject[name]]] if name in Reject.__members__ else []
    found += [rule_id for rule_id, rule in rules().items() if name in rule.names]
    known = tuple(dict.fromkeys(each for each in found if each in rules()))
    if not known:
        raise InputError(
            f"no rule or refusal {word!r}"[:200], source="command line", hint=_near(wanted)
        )
    return known


def _near(wanted: str) -> str:
    """Return the ids and names most like a word, as a hint."""
    names = {name for rule in rules().values() for name in rule.names}
    names |= {*rules(), *(reject.name for reject in Reject if reject)}
    near = difflib.get_close_matches(wanted, sorted(names), n=3, cutoff=0.5)
    return f"near: {', '.join(near)}" if near else "hkperp rules lists them"
