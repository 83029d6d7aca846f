"""The daily stress test: is the fund enough on each day, and what follows if not (STR-01, RSV-02).

The test is run at one time of each day of a scenario, on the machine as it stands then; each day's
report is whole (`stress.report`), here they stand below each other.
"""

import csv
import io
import re
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from hkperp.quantities import Amount, time_text
from hkperp.reports.wording import moment, plural
from hkperp.scenario.whole import Scenario
from hkperp.stress.files import write_files
from hkperp.stress.report import WIDTH, StressReport, action_text, plain_table, whole
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_MINUTE

__all__ = ["DailyReport", "daily_times", "write_days"]

_COLUMNS = ("time", "fund", "cover_1", "cover_2", "scenario", "is_covered", "top_up", "floor")


def daily_times(scenario: Scenario, written: str) -> tuple[int, ...]:
    """Return the times of a scenario, ns, at which it is `HH:MM`, UTC; not its start.

    InputError if that is no time of the day, or if there is none of these in the scenario.
    """
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])", written, re.ASCII)
    if found is None:
        raise InputError(f"{written[:20]!r} is not HH:MM", path="--daily", hint="such as 00:00")
    of_day = (int(found[1]) * 60 + int(found[2])) * NS_PER_MINUTE
    first = int(scenario.start) // NS_PER_DAY * NS_PER_DAY + of_day
    times = range(first, int(scenario.end) + 1, NS_PER_DAY)
    due = tuple(time for time in times if time > scenario.start)
    if not due:
        hint = f"it is {moment(scenario.start)} to {moment(scenario.end)}"
        raise InputError(f"it is never {written} in the scenario", path="--daily", hint=hint)
    return due


class DailyReport(NamedTuple):
    """The reports of all days, in order."""

    days: tuple[StressReport, ...]

    @property
    def is_covered(self) -> bool:
        """Does the fund hold cover-2 on every day?"""
        return all(day.is_covered for day in self.days)

    def write(self, console: Console) -> None:
        """Write the page: a line for each day, then what follows on those that need something."""
        first = self.days[0]
        console.print(Text(f"Daily stress test of {first.scenario}, pack {first.pack}\n"))
        table = plain_table("time, UTC", "fund", "cover-1", "cover-2", "top-up", "floor")
        table.add_column("worst for two", ratio=1)
        for day in self.days:
            table.add_row(
                time_text(day.at_ns)[:16],
                *map(whole, (day.cover.fund_quote, day.cover.required(1), day.cover.required(2))),
                whole(_top_up(day)),
                whole(day.floor_quote),
                Text(day.cover.worst[1].name),
            )
        console.print(table)
        for day in (each for each in self.days if each.actions):
            console.print(Text(f"What follows on {moment(day.at_ns)}", style="bold"))
            console.print(Text("".join(f" * {action_text(day, each)}\n" for each in day.actions)))
        missed = sum(not day.is_covered for day in self.days)
        held = f"is NOT enough on {missed}"
        if not missed:
            held = f"covers the two largest groups on {len(self.days)}"
        style = "bold red" if missed else "bold green"
        console.print(Text(f"The fund {held} of {plural(len(self.days), 'day')}.", style=style))

    def text(self) -> str:
        """Return the page as plain text."""
        file = io.StringIO()
        self.write(Console(file=file, width=WIDTH, color_system=None, force_terminal=False))
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"


def _top_up(day: StressReport) -> int:
    """Return what the operator is to pay into the fund, ledger units; 0 if it is enough."""
    return max(0, day.cover.required(2) - day.cover.fund_quote)


def write_days(report: DailyReport, folder: Path) -> None:
    """Write the page, daily.csv with exact amounts, and a folder of files for each day."""
    (folder / "daily.txt").write_text(report.text(), encoding="utf-8")
    with open(folder / "daily.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for day in report.days:
            cover = day.cover
            amounts = (cover.fund_quote, cover.required(1), cover.required(2))
            writer.writerow(
                (
                    time_text(day.at_ns),
                    *map(Amount.text, amounts),
                    cover.worst[1].name,
                    "yes" if day.is_covered else "no",
                    *map(Amount.text, (_top_up(day), day.floor_quote)),
                )
            )
    for day in report.days:
        place = folder / time_text(day.at_ns)[:10]
        place.mkdir()
        write_files(day, place)
