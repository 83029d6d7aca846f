"""The commands `replay` and `validate`: from a scenario file to a summary on the screen."""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hkperp.cli.progress import ProgressLine
from hkperp.replay.runner import Outcome, Watch, chosen_packs, config_digest, replay, terms_of
from hkperp.reports.run_folder import making
from hkperp.reports.wording import moment, plural
from hkperp.scenario.reader import digest, load
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario

if TYPE_CHECKING:  # it brings in rich, which the first simulated minute need not wait for
    from hkperp.reports.summary import Summary

__all__ = ["run_replay", "run_validate"]


class _Silent:
    """A watch that says nothing."""

    def compiling(self, name: str, seconds: float, count: int) -> None:
        """Let a kernel pass."""

    def minute(self, minute: object) -> None:
        """Let a minute pass."""


def run_replay(chosen: argparse.Namespace) -> int:
    """Replay a scenario; return 1 if an expectation did not hold."""
    begun = time.monotonic()
    scenario = load(chosen.file)
    chosen_packs(scenario, chosen.pack)
    watch: Watch = _Silent() if chosen.quiet else ProgressLine(terms_of(scenario)[0])
    with _folder(chosen) as folder:
        outcome = replay(scenario, watch, packs=chosen.pack, folder=folder)
        summary = _summary(scenario, outcome, folder)
    if chosen.quiet:
        print(summary.verdict())
    else:
        _show(summary)
        kept = f", kept in {chosen.out}" if chosen.out else ""
        print(f"{time.monotonic() - begun:.1f} s{kept}")
        if chosen.out:
            print(f"next: hkperp explain --run {chosen.out}")
    return 1 if outcome.failures else 0


@contextlib.contextmanager
def _folder(chosen: argparse.Namespace) -> Iterator[Path | None]:
    if chosen.out is None:
        yield None
        return
    with making(chosen.out, force=chosen.force) as folder:
        yield folder


def _summary(scenario: Scenario, outcome: Outcome, folder: Path | None) -> "Summary":
    """Make the summary, and keep it beside the logs."""
    from hkperp.reports.summary import Summary, document

    terms = terms_of(scenario)
    summary = Summary(scenario, outcome.results, terms)
    if folder is not None:
        (folder / "summary.txt").write_text(summary.text(), encoding="utf-8")
        values = document(scenario, outcome.results, terms)
        text = json.dumps(values, indent=1, ensure_ascii=False)
        (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    return summary


def _show(summary: "Summary") -> None:
    """Print the summary; colours are for a terminal only."""
    from rich.console import Console

    if sys.stdout.isatty():
        summary.write(Console())
    else:
        sys.stdout.write(summary.text())


def run_validate(chosen: argparse.Namespace) -> int:
    """Check a scenario and say what it would run."""
    from hkperp.replay.flow import minute_count

    scenario = load(chosen.file)
    accounts = len(scenario.participants) + sum(each.count for each in scenario.populations)
    print(f"{chosen.file}: valid")
    print(f"  {scenario.name}, {moment(scenario.start)} to {moment(scenario.end)}")
    print(
        f"  {plural(accounts, 'account')}, {plural(minute_count(scenario), 'minute')} with a mark "
        f"step, {plural(len(scenario.expect), 'expectation')}"
    )
    print(f"  scenario digest {digest(scenario)}")
    for pack in scenario.packs:
        print(f"  pack {pack.name}: {pack.label}")
        print(f"    config digest {config_digest(config_of(scenario, pack))}")
    return 0
