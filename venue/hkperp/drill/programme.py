"""The standard set of drills: the affiliate, the largest client, the largest group, each issuer.

One after the other from the same time of the same scenario, each on a machine of its own, and one
run in which nobody fails beside them (DEF-01). A folder of the set holds one of each drill.
"""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hkperp.drill.figures import Figures, figures
from hkperp.drill.files import REPORT_NAME, markdown, plain, write_report
from hkperp.drill.pick import issuers
from hkperp.drill.report import DrillReport, Part, report_of
from hkperp.drill.runner import Played, Span, played
from hkperp.drill.subject import Choice, Who
from hkperp.drill.times import FLAT
from hkperp.quantities import Amount, time_text
from hkperp.replay.runner import KeptPack, Watch, config_digest, run_record
from hkperp.reports.journal import LogWriter
from hkperp.reports.run_folder import LOG_NAME, RECORD_NAME
from hkperp.reports.wording import moment, money_rounded, plural
from hkperp.scenario.market import Pack
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Layer
from hkperp_engine.errors import InputError

__all__ = ["Drilled", "Skipped", "drill", "drill_all", "folder_names", "set_text", "write_set"]


class Skipped(NamedTuple):
    """A drill of the set that could not be held, and why."""

    choice: Choice
    reason: str


class Drilled(NamedTuple):
    """The set as far as it was held, in its order. `folders`: the name of each report's."""

    scenario: str
    pack: str
    span: Span
    reports: tuple[DrillReport, ...]
    skipped: tuple[Skipped, ...]
    folders: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Do the requirements of every drill hold?"""
        return all(each.holds for each in self.reports)

    def verdict(self) -> str:
        """Say in one line how many were passed."""
        passed = sum(each.holds for each in self.reports)
        word = "PASSED" if self.holds else "FAILED"
        return f"{word}: {passed} of {plural(len(self.reports), 'drill')} held passed."


def drill(
    scenario: Scenario,
    pack: Pack,
    choice: Choice,
    span: Span,
    watch: Watch,
    folder: Path | None = None,
) -> DrillReport:
    """Hold one drill; its log, run.json and report are kept in `folder`, if there is one.

    InputError if nobody can fail then, or the declaration is refused. O(commands), twice: once
    without the default, to compare with.
    """
    found, digest = _logged(scenario, pack, choice, span, watch, folder)
    without = _without(scenario, pack, span.at_ns, found.drill.ended_ns, watch)
    return _reported(found, pack, without, digest, folder)


def drill_all(
    scenario: Scenario,
    pack: Pack,
    recovered_ppb: int,
    span: Span,
    watch: Watch,
    folder: Path | None = None,
) -> Drilled:
    """Hold every drill of the set; each is kept in a folder of its own in `folder`.

    InputError if none could be held. O(drills * commands).
    """
    reports: list[DrillReport] = []
    skipped: list[Skipped] = []
    compared: dict[int, Figures] = {}  # by the end of the run
    names = folder_names(_standard(scenario, recovered_ppb))
    for choice in names:
        place = None if folder is None else folder / names[choice]
        try:
            found, digest = _logged(scenario, pack, choice, span, watch, place)
        except InputError as error:
            skipped.append(Skipped(choice, error.message))
            if place is not None:
                shutil.rmtree(place)
            continue
        ended_ns = found.drill.ended_ns
        if ended_ns not in compared:
            compared[ended_ns] = _without(scenario, pack, span.at_ns, ended_ns, watch)
        reports.append(_reported(found, pack, compared[ended_ns], digest, place))
    if not reports:
        reasons = "; ".join(each.reason for each in skipped)
        raise InputError(f"no drill can be held: {reasons}", path="--at")
    folders = tuple(names[each.drill.choice] for each in reports)
    return Drilled(scenario.name, pack.name, span, tuple(reports), tuple(skipped), folders)


def _standard(scenario: Scenario, recovered_ppb: int) -> list[Choice]:
    found = [Choice(who) for who in (Who.AFMM, Who.LARGEST_CLIENT, Who.LARGEST_GROUP)]
    return found + [Choice(Who.ISSUER, name, recovered_ppb) for name in issuers(scenario)]


def folder_names(choices: Iterable[Choice]) -> dict[Choice, str]:
    """Return the name of each drill's folder: `largest-client`; a number behind one that is taken.

    >>> banks = [Choice(Who.ISSUER, name) for name in ("Bank A", "bank-a")]
    >>> list(folder_names(banks).values())
    ['issuer-bank-a', 'issuer-bank-a-2']
    """
    names: dict[Choice, str] = {}
    for choice in choices:
        text = "".join(each if each.isalnum() else "-" for each in choice.title.lower())
        name = first = "-".join(part for part in text.split("-") if part)
        number = 1
        while name in names.values():
            number += 1
            name = f"{first}-{number}"
        names[choice] = name
    return names


def _without(scenario: Scenario, pack: Pack, at_ns: int, ended_ns: int, watch: Watch) -> Figures:
    """Return the figures of a span of the scenario as it is."""
    found = played(scenario, pack, None, Span(at_ns, ended_ns), watch)
    return figures(found.drill, found.record)


def _logged(
    scenario: Scenario,
    pack: Pack,
    choice: Choice,
    span: Span,
    watch: Watch,
    folder: Path | None,
) -> tuple[Played, str]:
    """Run a drill; return it and the digest of its log, empty if none is kept."""
    if folder is None:
        return played(scenario, pack, choice, span, watch), ""
    place = folder / pack.name
    place.mkdir(parents=True)
    digest = config_digest(config_of(scenario, pack))
    with LogWriter(place / LOG_NAME, pack.name, digest) as log:
        found = played(scenario, pack, choice, span, watch, log)
        log.close()
    _write_record(scenario, pack, found, digest, log.digest, folder)
    return found, log.digest


def _write_record(
    scenario: Scenario, pack: Pack, found: Played, digest: str, log_digest: str, folder: Path
) -> None:
    """Write run.json, by which the log can be read as that of any other run."""
    kept = KeptPack(pack.name, pack.label, log_digest, digest, found.state_hash)
    record = run_record(scenario, [kept], [])
    record["drill"] = found.drill.choice.title
    text = json.dumps(record, indent=1, ensure_ascii=False)
    (folder / RECORD_NAME).write_text(text + "\n", encoding="utf-8")


def _reported(
    found: Played, pack: Pack, without: Figures, digest: str, folder: Path | None
) -> DrillReport:
    report = report_of(found.drill, found.record, without, pack.label, digest)
    if folder is not None:
        write_report(report, folder)
    return report


def set_parts(done: Drilled) -> list[Part]:
    """Return the page of a set: one line for each drill."""
    columns = ("who fails", "missing", "others' part", "fund used", "gains cut", "principal")
    rows: list[tuple[str, ...]] = [
        (*columns, "flat after", "to be paid in", "verdict"),
    ]
    for each in done.reports:
        found = each.figures
        fund = sum(
            use.borne_quote - use.given_quote
            for use in found.layers
            if use.layer in (Layer.FIRST_LOSS, Layer.RESERVE, Layer.SECOND_TRANCHE)
        )
        cut = sum(hurt.cut_quote + hurt.given_quote for hurt in found.hurt)
        due = sum(use.due_quote for use in found.layers)
        flat = [one.measured for one in each.requirements if one.what == FLAT]
        rows.append(
            (
                *(each.drill.choice.title, money_rounded(found.deficit_quote)),
                *(
                    money_rounded(found.deficit_others_quote),
                    money_rounded(fund),
                    money_rounded(cut),
                ),
                *(
                    money_rounded(found.principal_quote),
                    flat[0] if flat else "-",
                    money_rounded(due),
                ),
                each.verdict().partition(":")[0],
            )
        )
    lines = [
        f"Each declared {moment(done.span.at_ns)}; span until {moment(done.span.until_ns)}.",
        *(f"Not held: {each.choice.title}: {each.reason}." for each in done.skipped),
        done.verdict(),
    ]
    title = f"Default drills: scenario {done.scenario}, pack {done.pack}"
    return [Part(title, tuple(lines), tuple(rows), (0, 8))]


def set_text(done: Drilled) -> str:
    """Write the page of a set as aligned text."""
    return plain(set_parts(done))


def write_set(done: Drilled, folder: Path) -> None:
    """Write drill.txt, drill.md and drill.json of a set beside the folders of its drills."""
    (folder / "drill.txt").write_text(set_text(done), encoding="utf-8")
    (folder / "drill.md").write_text(markdown(set_parts(done)), encoding="utf-8")
    found = {
        "schema": 1,
        "scenario": done.scenario,
        "pack": done.pack,
        "declared_at": time_text(done.span.at_ns),
        "until": time_text(done.span.until_ns),
        "holds": done.holds,
        "verdict": done.verdict(),
        "drills": [
            {
                "who": each.drill.choice.title,
                "folder": name,
                "holds": each.holds,
                "verdict": each.verdict(),
                "deficit": Amount.text(each.figures.deficit_quote),
                "principal_taken": Amount.text(each.figures.principal_quote),
                "log_digest": each.log_digest,
            }
            for each, name in zip(done.reports, done.folders, strict=True)
        ],
        "not_held": [{"who": each.choice.title, "reason": each.reason} for each in done.skipped],
    }
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / REPORT_NAME).write_text(text + "\n", encoding="utf-8")
