"""The command `drill`: what if this one failed now, and was it handled as the rules say (DEF-01).

Exit status 0 if every requirement holds, 1 if one does not, 2 for bad input.
"""

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

from hkperp.cli.progress import ProgressLine
from hkperp.drill.files import REPORT_NAME, plain
from hkperp.drill.pick import issuers
from hkperp.drill.programme import drill, drill_all, set_text, write_set
from hkperp.drill.runner import Span
from hkperp.drill.subject import Choice, Who
from hkperp.quantities import Percent, Time
from hkperp.replay.runner import chosen_packs, terms_of
from hkperp.reports.run_folder import making
from hkperp.reports.wording import moment
from hkperp.scenario.price_path import step_times
from hkperp.scenario.reader import load
from hkperp.scenario.whole import Scenario
from hkperp_engine.errors import InputError

__all__ = ["run_drill"]


def run_drill(chosen: argparse.Namespace) -> int:
    """Hold the drill that was asked for, or all; return 0 if every requirement holds, else 1."""
    scenario = load(chosen.file)
    pack = chosen_packs(scenario, [chosen.pack] if chosen.pack else [])[0]
    span = _span(scenario, chosen)
    recovered_ppb = _recovered(chosen)
    choice = None if chosen.all else _choice(scenario, chosen, recovered_ppb)
    line = ProgressLine(terms_of(scenario)[0])
    with _folder(chosen) as folder:
        if choice is None:
            done = drill_all(scenario, pack, recovered_ppb, span, line, folder)
            if folder is not None:
                write_set(done, folder)
            text, holds = set_text(done), done.holds
        else:
            report = drill(scenario, pack, choice, span, line, folder)
            text, holds = plain(report.parts()), report.holds
    sys.stdout.write(text)
    return 0 if holds else 1


@contextlib.contextmanager
def _folder(chosen: argparse.Namespace) -> Iterator[Path | None]:
    if chosen.out is None:
        yield None
        return
    with making(chosen.out, force=chosen.force, marker=REPORT_NAME) as folder:
        yield folder


def _span(scenario: Scenario, chosen: argparse.Namespace) -> Span:
    if chosen.at is None:
        hint = f"{moment(scenario.start)} to {moment(scenario.end)}"
        raise InputError("say when the default is declared", path="--at", hint=hint)
    at_ns = _time(scenario, chosen.at, "--at")
    until_ns = int(scenario.end)
    if chosen.until is not None:
        until_ns = _time(scenario, chosen.until, "--until")
    if not any(at_ns < time_ns <= until_ns for time_ns in step_times(scenario)):
        message = f"no mark step after {moment(at_ns)} until {moment(until_ns)}"
        raise InputError(message, path="--at" if chosen.until is None else "--until")
    return Span(at_ns, until_ns)


def _time(scenario: Scenario, written: str, option: str) -> int:
    try:
        time_ns = int(Time.parse(written))
    except ValueError as error:
        raise InputError(str(error), path=option) from None
    if not scenario.start <= time_ns <= scenario.end:
        hint = f"{moment(scenario.start)} to {moment(scenario.end)}"
        raise InputError(f"{written} is outside the scenario", path=option, hint=hint)
    return time_ns


def _recovered(chosen: argparse.Namespace) -> int:
    """Return what is recovered of an issuer's par, ppb."""
    if chosen.recovered is None:
        return 0
    if chosen.issuer is None and not chosen.all:
        raise InputError("is of an issuer", path="--recovered", hint="with --issuer or --all")
    try:
        return int(Percent.parse(chosen.recovered))
    except ValueError as error:
        raise InputError(str(error), path="--recovered") from None


def _choice(scenario: Scenario, chosen: argparse.Namespace, recovered_ppb: int) -> Choice:
    if chosen.issuer is not None:
        known = issuers(scenario)
        if chosen.issuer not in known:
            hint = f"one of {', '.join(known)}" if known else "the scenario has no margin asset"
            message = f"no issuer {chosen.issuer!r} of a margin asset"
            raise InputError(message, path="--issuer", hint=hint)
        return Choice(Who.ISSUER, chosen.issuer, recovered_ppb)
    if chosen.account is not None:
        return Choice(Who.ACCOUNT, chosen.account)
    for is_chosen, who in (
        (chosen.afmm, Who.AFMM),
        (chosen.largest_client, Who.LARGEST_CLIENT),
        (chosen.largest_group, Who.LARGEST_GROUP),
    ):
        if is_chosen:
            return Choice(who)
    hint = "--afmm, --largest-client, --largest-group, --account, --issuer or --all"
    raise InputError("say who fails", source="command line", hint=hint)
