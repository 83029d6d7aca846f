"""The command `stress`: is the fund enough, what would exhaust it, and what is to be done.

Exit status 0 if the fund covers the two largest groups in every scenario, and with `--daily` on
every day; else 1.
"""

import argparse
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from hkperp.cli.progress import ProgressLine
from hkperp.quantities import Time
from hkperp.replay.population import account_name
from hkperp.replay.runner import chosen_packs, terms_of
from hkperp.reports.run_folder import making
from hkperp.reports.wording import moment
from hkperp.scenario.market import Pack
from hkperp.scenario.reader import load
from hkperp.scenario.whole import Scenario
from hkperp.stress.cover import actions, cover
from hkperp.stress.daily import floor_quote, large_positions
from hkperp.stress.days import DailyReport, daily_times, write_days
from hkperp.stress.files import write_files
from hkperp.stress.pool import Snapshot, pool
from hkperp.stress.report import WIDTH, StressReport
from hkperp.stress.reverse import MOST, reverse
from hkperp.stress.shocks import library
from hkperp.stress.snapshot import Rested, rest_at, rests
from hkperp_engine.errors import InputError

__all__ = ["run_stress", "stressed"]

_WORKERS_MAX = 64


class _StressLine(ProgressLine):
    """Shows which scenario is done, on a terminal."""

    def scenario(self, done: int, total: int, name: str) -> None:
        """Take note that a scenario is done, `done` of `total`."""
        self.end()
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done:>4} of {total} scenarios  {name[:60]}\x1b[K")
            sys.stderr.flush()

    def done(self) -> None:
        """Remove the line."""
        if sys.stderr.isatty():
            sys.stderr.write("\r\x1b[K")


def run_stress(chosen: argparse.Namespace) -> int:
    """Run the stress test of a scenario; return 0 if the fund covers cover-2, else 1."""
    workers = min(os.cpu_count() or 1, 8) if chosen.workers is None else chosen.workers
    if not 1 <= workers <= _WORKERS_MAX:
        raise InputError(f"{workers} is not from 1 to {_WORKERS_MAX}", path="--workers")
    scenario = load(chosen.file)
    pack = chosen_packs(scenario, [chosen.pack] if chosen.pack else [])[0]
    line = _StressLine(terms_of(scenario)[0])
    report: StressReport | DailyReport
    with _folder(chosen.out) as folder:
        if chosen.daily is None:
            report = stressed(scenario, pack, _time(scenario, chosen.at), workers, line)
            if folder is not None:
                write_files(report, folder)
        else:
            report = _stressed_daily(scenario, pack, chosen.daily, workers, line)
            if folder is not None:
                write_days(report, folder)
    line.done()
    if sys.stdout.isatty():
        report.write(Console(width=max(WIDTH, Console().width)))
    else:
        sys.stdout.write(report.text())
    return 0 if report.is_covered else 1


@contextlib.contextmanager
def _folder(path: Path | None) -> Iterator[Path | None]:
    if path is None:
        yield None
        return
    with making(path) as folder:
        yield folder


def _time(scenario: Scenario, written: str | None) -> int:
    """Return the time of the snapshot, ns: the end of the scenario if none is given."""
    if written is None:
        return int(scenario.end)
    try:
        at_ns = int(Time.parse(written))
    except ValueError as error:
        raise InputError(str(error), path="--at") from None
    if not scenario.start <= at_ns <= scenario.end:
        hint = f"{moment(scenario.start)} to {moment(scenario.end)}"
        raise InputError(f"{written} is outside the scenario", path="--at", hint=hint)
    return at_ns


def _stressed_daily(
    scenario: Scenario, pack: Pack, written: str, workers: int, line: _StressLine
) -> DailyReport:
    """Run the whole stress test at a time of each day of a scenario (STR-01, RSV-02)."""
    times = daily_times(scenario, written)
    found = []
    for rested, at_ns in zip(rests(scenario, pack, times, line), times):
        found.append(_report(scenario, pack, rested, at_ns, workers, line))
    return DailyReport(tuple(found))


def stressed(
    scenario: Scenario, pack: Pack, at_ns: int, workers: int, line: _StressLine
) -> StressReport:
    """Run the whole stress test on the snapshot of a scenario at a time; the report of it.

    The same report, whatever the number of `workers`. InputError if no contract has a price then.
    """
    rested = rest_at(scenario, pack, at_ns, line)
    return _report(scenario, pack, rested, at_ns, workers, line)


def _report(
    scenario: Scenario, pack: Pack, rested: Rested, at_ns: int, workers: int, line: _StressLine
) -> StressReport:
    machine, groups = rested.machine, rested.accounts["group"]
    if not machine.state.rates["mark_good_ticks"].any():
        raise InputError(
            f"no contract has a mark at {moment(at_ns)}", path="--at", hint="name a later time"
        )
    stresses = library(machine.config)
    with pool(Snapshot.of(machine, rested.accounts), workers) as room:
        outcomes = tuple(room.run(stresses, line.scenario))
        shocks = tuple(
            reverse(room, len(machine.config.contracts), _upwards_most(rested), line.scenario)
        )
    found = cover(machine, groups, stresses)
    return StressReport(
        scenario=scenario.name,
        pack=pack.name,
        at_ns=at_ns,
        snapshot_hash=machine.state_hash(),
        terms=terms_of(scenario),
        name_of=lambda wallet: account_name(scenario, wallet),
        stresses=stresses,
        outcomes=outcomes,
        cover=found,
        actions=actions(machine, groups, found),
        reverse=shocks,
        positions=large_positions(machine, groups),
        days=rested.days,
        floor_quote=floor_quote(machine),
    )


def _upwards_most(rested: Rested) -> int:
    """Return the largest rise, tenths of a percent, that stays below every contract's highest."""
    marks = rested.machine.state.rates["mark_good_ticks"].tolist()
    highest = [contract.price_ticks_max for contract in rested.machine.config.contracts]
    room = [limit * 1000 // mark - 1000 for mark, limit in zip(marks, highest) if mark]
    return max(0, min([MOST, *room]))
