"""The page of a stress test: tables that a risk officer can read.

Amounts are whole units of the currency, rounded up: what is missing is never shown smaller. The
same with exact amounts: files.py. Rules: STR-01 to STR-03, RSV-02, RSV-04, LIM-04.
"""

import io
from collections.abc import Callable
from typing import NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hkperp.quantities import Percent, time_text
from hkperp.reports.wording import Terms, moment, percent
from hkperp.stress.cover import THRESHOLD_PPB, Action, Cover, Group
from hkperp.stress.daily import LargePosition
from hkperp.stress.outcome import Outcome
from hkperp.stress.reverse import LAYERS, Reverse
from hkperp.stress.shocks import Stress, tenth_percent
from hkperp.stress.snapshot import FundDay
from hkperp_engine.codes import Layer

__all__ = ["StressReport", "WIDTH", "action_text", "plain_table", "whole"]

#: Columns of the page.
WIDTH = 100

_UNITS = 10**6
_SHOWN = 5


class StressReport(NamedTuple):
    """Everything a stress test found. `name_of` gives a client wallet's name."""

    scenario: str
    pack: str
    at_ns: int
    snapshot_hash: str
    terms: tuple[Terms, ...]
    name_of: Callable[[int], str]
    stresses: tuple[Stress, ...]
    outcomes: tuple[Outcome, ...]
    cover: Cover
    actions: tuple[Action, ...]
    reverse: tuple[Reverse, ...]
    positions: tuple[LargePosition, ...]
    days: tuple[FundDay, ...]
    floor_quote: int

    @property
    def is_covered(self) -> bool:
        """Does the fund hold cover-2?"""
        return self.cover.is_covered

    def verdict(self) -> str:
        """Say in one line whether the fund is enough."""
        cover = self.cover
        word = "covers" if cover.is_covered else "does NOT cover"
        return (
            f"The fund of {whole(cover.fund_quote)} {word} the two largest groups "
            f"({whole(cover.required(2))}, {cover.worst[1].name})."
        )

    def remark(self) -> str:
        """Say what cover-2 does not see: many small clients that fall short together."""
        worst = max(self.cover.rows, key=lambda row: row.largest())
        if worst.largest() <= self.cover.fund_quote:
            return ""
        return (
            f"All groups together fall short by {whole(worst.largest())} ({worst.name}), more "
            "than the fund."
        )

    def group_name(self, group: Group) -> str:
        """Write a group: `group 7 (fund)`, or the name of a client alone."""
        name = self.name_of(group.wallet)
        return f"group {group.number} ({name})" if group.number else name

    def write(self, console: Console) -> None:
        """Write the page."""
        console.print(
            Text(f"Stress test of {self.scenario}, pack {self.pack}, {moment(self.at_ns)}\n")
        )
        for title, table in (
            ("What each scenario does, up to the next settlement cycle", self._outcomes()),
            ("Who bears what is missing", self._layers()),
            ("Cover: the largest groups' shortfalls, pure arithmetic", self._cover()),
            ("What follows", self._actions()),
            ("Reverse stress: the smallest gap that exhausts each layer", self._reverse()),
            ("Largest positions", self._positions()),
            ("The fund, day by day", self._days()),
        ):
            console.print(Text(title, style="bold"))
            console.print(table)
        if remark := self.remark():
            console.print(Text(remark, style="bold"))
        style = "bold green" if self.cover.is_covered else "bold red"
        console.print(Text(self.verdict(), style=style))

    def text(self) -> str:
        """Return the page as plain text."""
        file = io.StringIO()
        self.write(Console(file=file, width=WIDTH, color_system=None, force_terminal=False))
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"

    def _outcomes(self) -> Table:
        table = plain_table(
            "scenario", "liquidated", "own margin", "missing", "impact", "slippage"
        )
        table.add_column("fund after", justify="right")
        for each in self.outcomes:
            table.add_row(
                each.name,
                f"{each.accounts_liquidated:,}",
                whole(each.layers_quote[0]),
                whole(each.deficit_quote),
                percent(each.impact_ppb) if each.impact_ppb else "-",
                whole(each.slippage_quote),
                whole(each.fund_after_quote),
            )
        return table

    def _layers(self) -> Table | Text:
        hit = [each for each in self.outcomes if each.deficit_quote]
        if not hit:
            return Text(" Nothing is missing in any scenario.\n")
        names = [layer.name.lower().replace("_", " ") for layer in list(Layer)[1:]]
        table = plain_table("scenario", *names)
        for each in hit:
            table.add_row(each.name, *(whole(amount) for amount in each.layers_quote[1:]))
        return table

    def _cover(self) -> Table:
        table = plain_table("scenario", "largest", "two largest", "all groups", "platform")
        table.add_column("the two largest groups", ratio=1)
        rows = sorted(self.cover.rows, key=lambda row: -row.largest(2))[:_SHOWN]
        for row in rows:
            names = ", ".join(self.group_name(each.group) for each in row.shortfalls[:2])
            table.add_row(
                row.name,
                whole(row.largest(1)),
                whole(row.largest(2)),
                whole(row.largest()),
                whole(row.platform_quote),
                Text(names or "-"),
            )
        required = self.cover.required
        table.add_section()
        table.add_row("cover-1, cover-2", whole(required(1)), whole(required(2)))
        table.add_row("the fund", "", whole(self.cover.fund_quote))
        table.add_row("its floor, 0.1 %", "", whole(self.floor_quote))
        return table

    def _actions(self) -> Text:
        if not self.actions:
            return Text(" Nothing: the fund is enough, and no group is above half of it.\n")
        return Text("".join(f" * {action_text(self, each)}\n" for each in self.actions))

    def _reverse(self) -> Table:
        table = plain_table("layer", "fall", "missing then", "rise", "missing then")
        for layer in LAYERS:
            cells = []
            for each in (found for found in self.reverse if found.layer == layer):
                shock = Percent.text(tenth_percent(abs(each.shock or each.within)))
                cells += [shock, whole(each.deficit_quote)] if each.shock else []
                cells += [] if each.shock else [f"not within {shock}", "-"]
            table.add_row(f"{layer.value} {layer.name.lower().replace('_', ' ')}", *cells)
        return table

    def _positions(self) -> Table:
        table = plain_table("contract", "long", "short", "of open interest")
        table.add_column("who", ratio=1)
        for each in self.positions:
            terms = self.terms[each.contract]
            sizes = terms.size(each.long_lots), terms.size(each.short_lots)
            who = Text(self.group_name(each.group))
            table.add_row(terms.name, *sizes, percent(each.share_ppb), who)
        return table

    def _days(self) -> Table:
        table = plain_table("day", "layer", "inflow", "outflow", "size")
        for each in self.days:
            name = each.layer.name.lower().replace("_", " ")
            amounts = (each.inflow_quote, each.outflow_quote, each.size_quote)
            table.add_row(time_text(each.begun_ns)[:10], name, *map(whole, amounts))
        return table


def plain_table(first: str, *others: str) -> Table:
    """Return a table without lines: the first column as it is, the others to the right."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, no_wrap=True)
    for name in others:
        table.add_column(name, justify="right")
    return table


def whole(quote: int) -> str:
    """Write ledger units as whole units of the currency, rounded up; 0 as a dash."""
    return f"{-(-quote // _UNITS):,}" if quote else "-"


def action_text(report: StressReport, action: Action) -> str:
    """Write what is to be done, with its amount, as an order to somebody (RSV-02)."""
    who = report.group_name(action.group) if action.group else ""
    amount = whole(action.amount_quote)
    if action.what == "TOP_UP":
        return f"Top-up order to the operator: pay {amount} into the fund."
    if action.what == "EXTRA_MARGIN":
        part = percent(THRESHOLD_PPB, 0)
        return f"Extra margin of {amount} from {who}: its shortfall is above {part} of the fund."
    assert action.contract is not None
    terms = report.terms[action.contract]
    limit, held = terms.size(action.lots), terms.size(action.held_lots)
    if action.what == "LIMIT_CUT":
        return f"Limit of {who} in {terms.name}: {limit}, it holds {held}; or the extra margin."
    return f"Open-interest limit of {terms.name} until the top-up: {limit}, now {held}."
