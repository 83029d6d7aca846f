"""The summary of a run: its rule packs side by side, for people and for programs.

`Summary` writes tables of 100 columns, the same on a terminal, in a pipe and in `summary.txt`;
only a terminal has colours. `document` is the same in JSON: times, prices, sizes and amounts as
exact decimal text. Amounts on paper are to the nearest 0.01; the proofs are exact.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hkperp.quantities import Amount, Percent, Price, Size, time_text
from hkperp.reports.results import PackResult
from hkperp.reports.summary_lines import sections, story
from hkperp.reports.wording import Terms, moment, money, money_rounded, plural, refusal, share
from hkperp.scenario.expectations import Failure, figure_name, judge, read_figure, tick_of, unit_of
from hkperp.scenario.whole import Expectation, Scenario
from hkperp_engine.codes import Reject

__all__ = ["WIDTH", "Summary", "document"]

#: Columns of the tables: what fits on a page and beside another window.
WIDTH = 100

_PACKS_ABREAST = 2
# Label, then figure and remark of each pack, with the gaps between them: WIDTH together.
_LABEL_WIDTH, _FIGURE_WIDTH, _REMARK_WIDTH = 29, 19, 14


class Summary:
    """The summary of one run; `results` in the order of the scenario's packs."""

    def __init__(
        self, scenario: Scenario, results: Sequence[PackResult], terms: Sequence[Terms]
    ) -> None:
        """Take what is to be shown; nothing is written yet."""
        self._scenario = scenario
        self._results = results
        self._terms = terms
        self._failures = [
            (result.name, failure)
            for result in results
            for failure in judge(scenario, result.name, result.figures())
        ]

    @property
    def failures(self) -> list[Failure]:
        """Expectations that did not hold, pack by pack."""
        return [failure for _, failure in self._failures]

    def text(self) -> str:
        """Return the summary as plain text."""
        file = io.StringIO()
        self.write(Console(file=file, width=WIDTH, color_system=None, force_terminal=False))
        return "\n".join(line.rstrip() for line in file.getvalue().splitlines()) + "\n"

    def write(self, console: Console) -> None:
        """Write the summary."""
        scenario = self._scenario
        console.print(Text(f"{scenario.name}\n{scenario.description}\n"))
        span = f"{moment(scenario.start)} to {moment(scenario.end)}"
        units = f"Amounts and prices in {scenario.units.currency}, sizes in the asset."
        console.print(Text(f"{span}. {units}\n"))
        for result in self._results:
            console.print(Text().append(f"{result.name}: ", "bold").append(story(result)))
        for first in range(0, len(self._results), _PACKS_ABREAST):
            console.print(self._figures(self._results[first : first + _PACKS_ABREAST]))
        for result in self._results:
            for title, table in self._who_paid(result):
                console.print(Text(f"\n{title}", style="bold"))
                console.print(table)
        if any(result.refusals for result in self._results):
            console.print(Text("\nRefusals", style="bold"))
            console.print(self._refusals())
        if scenario.expect:
            console.print(Text("\nExpectations", style="bold"))
            console.print(self._expectations())
        for result in self._results:
            console.print(Text(f"{result.name}: {result.label}", style="bold"))
            for name in ("state_hash", "config_digest", "log_digest"):
                if value := getattr(result, name):
                    console.print(Text(f"  {name.replace('_', ' '):14} {value}"))
        style = "bold red" if self._failures else "bold green"
        console.print(Text(f"\n{self.verdict()}", style=style))

    def verdict(self) -> str:
        """Say whether all expectations held, and name each that did not."""
        packs = [result.name for result in self._results]
        total = sum(
            len(packs) if each.pack is None else each.pack in packs
            for each in self._scenario.expect
        )
        if not total:
            return "The scenario expects nothing."
        if not self._failures:
            return f"All {plural(total, 'expectation')} held."
        first = f"{len(self._failures)} of {plural(total, 'expectation')} FAILED:"
        return "\n".join([first, *(f"  {failure.message}" for failure in self.failures)])

    def _figures(self, results: Sequence[PackResult]) -> Table:
        """The packs beside each other, section by section."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("", width=_LABEL_WIDTH, no_wrap=True)
        for result in results:
            title = Text(f"{result.name}\n", style="bold").append(result.label, style="italic")
            table.add_column(title, width=_FIGURE_WIDTH + 1 + _REMARK_WIDTH, overflow="fold")
        sharing = {pack.name: pack.house.loss_sharing for pack in self._scenario.packs}
        for title_text, lines in sections(results, self._terms, sharing):
            table.add_row("")
            table.add_row(Text(title_text, style="bold"))
            for label, cells in lines:
                shown = [
                    Text(f"{figure:>{_FIGURE_WIDTH}} ").append(remark, style="dim")
                    for figure, remark in cells
                ]
                table.add_row(Text(f"  {label}"), *shown)
        return table

    def _who_paid(self, result: PackResult) -> Iterator[tuple[str, Table]]:
        """The accounts that paid most of layer 5."""
        if result.top_haircuts:
            count = plural(result.accounts_haircut, "account")
            table = _table("account")
            for heading in ("gain", "haircut", "of the gain", "paid back"):
                table.add_column(heading, justify="right")
            for cut in result.top_haircuts:
                amounts = money_rounded(cut.gain_quote), money_rounded(cut.haircut_quote)
                of_gain = share(cut.haircut_quote, cut.gain_quote)
                table.add_row(cut.account, *amounts, of_gain, money_rounded(cut.repaid_quote))
            yield f"Largest haircuts under {result.name}, of {count}", table
        if result.top_deleveragings:
            count = plural(result.accounts_deleveraged, "account")
            table = _table("account")
            table.add_column("contract")
            for heading in ("size closed", "gain given"):
                table.add_column(heading, justify="right")
            terms = {each.name: each for each in self._terms}
            for each in result.top_deleveragings:
                size = terms[each.contract].size(each.closed_lots)
                table.add_row(each.account, each.contract, size, money_rounded(each.given_quote))
            yield f"Most deleveraged under {result.name}, of {count}", table

    def _refusals(self) -> Table:
        """Each refusal with its rule and its sentence, and how often it was given."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
        for result in self._results:
            table.add_column(result.name, justify="right", no_wrap=True)
        table.add_column("refusal", overflow="fold")
        for reject in Reject:
            counts = [result.refusals.get(reject.name, 0) for result in self._results]
            if any(counts):
                table.add_row(*(f"{count:,}" for count in counts), Text(refusal(reject)))
        return table

    def _expectations(self) -> Table:
        """What the scenario expected, and what was found under each pack."""
        table = _table("figure", gap=1)
        # A figure is never broken; the rules give way.
        table.add_column("expected", justify="right", no_wrap=True)
        for result in self._results:
            table.add_column(result.name, justify="right", no_wrap=True)
        table.add_column("rules", style="dim", overflow="fold", min_width=8)
        failed = {(failure[0], pack) for pack, failure in self._failures}  # its number, pack
        found = [(result.name, result.figures()) for result in self._results]
        for index, wanted in enumerate(self._scenario.expect):
            tick = tick_of(self._scenario, wanted)
            cells = [
                _found(wanted, figures, tick, (index, pack) in failed)
                if wanted.pack in (None, pack)
                else Text("")
                for pack, figures in found
            ]
            table.add_row(_named(wanted), _expected(wanted, tick), *cells, ", ".join(wanted.rules))
        return table


def document(scenario: Scenario, results: Sequence[PackResult], terms: Sequence[Terms]) -> Any:
    """Return the summary as values for JSON.

    Amounts (no suffix: HKD), prices and sizes are decimal text, times text in UTC, rates per cent.
    """
    by_name = {each.name: each for each in terms}
    failures = Summary(scenario, results, terms).failures
    return {
        "name": scenario.name,
        "units": {"amounts": scenario.units.currency, "sizes": "the asset", "times": "UTC"},
        "packs": [_plain(msgspec.to_builtins(result), by_name, None) for result in results],
        "failures": [failure.message for failure in failures],
    }


def _plain(value: Any, terms: Mapping[str, Terms], contract: Terms | None) -> Any:
    """Write figures with their units, by the end of their name: `_quote`, `_ticks`, ..."""
    if isinstance(value, list | tuple):
        return [_plain(each, terms, contract) for each in value]
    if not isinstance(value, dict):
        return value
    contract = terms.get(value.get("name") or value.get("contract") or "", contract)
    found: dict[str, Any] = {}
    for name, each in value.items():
        stem, _, unit = name.rpartition("_")
        if unit == "quote":
            found[stem] = Amount.text(each)
        elif unit == "ns":
            found[f"{stem}_utc"] = time_text(each) if each else None
        elif unit == "ppb":
            found[stem] = Percent.text(each)
        elif unit == "ticks" and contract:
            found[f"{stem}_price"] = Size.text(each * contract.tick_e8)
        elif unit == "lots" and contract:
            found[f"{stem}_size"] = Size.text(each * contract.lot_e8)
        else:
            found[name] = _plain(each, terms, contract)
    return found


def _table(first: str, gap: int = 2) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, gap, 0, 0),
    )
    table.add_column(first, no_wrap=True)
    return table


def _named(wanted: Expectation) -> str:
    """What is expected, short: a refusal by its code alone."""
    if wanted.account is not None:
        return f"{wanted.account} {wanted.about} {wanted.part}"
    if wanted.code is None:
        return wanted.that
    return wanted.code if wanted.that == "rejections" else f"{wanted.that} {wanted.code}"


def _written(value: int | str | None, unit: str, tick: int) -> str:
    """Write a figure of `expectations.FIGURES`; `tick` in 1e-8 HKD."""
    if value is None:
        return "not measured"
    if isinstance(value, str):
        return value[:16]
    if unit == "price":
        return Price.text(value * tick)
    return money(value) if unit == "amount" else f"{value:,}"


def _expected(wanted: Expectation, tick: int) -> str:
    unit = unit_of(wanted)
    if wanted.exactly is not None:
        return _written(read_figure(wanted.exactly, unit, tick), unit, tick)
    limits = ((">=", wanted.min), ("<=", wanted.max))
    parts = [
        f"{word} {_written(read_figure(each, unit, tick), unit, tick)}"
        for word, each in limits
        if each is not None
    ]
    return ", ".join(parts)


def _found(
    wanted: Expectation, figures: Mapping[str, int | str], tick: int, is_failed: bool
) -> Text:
    found = figures.get(figure_name(wanted), 0 if wanted.code else None)
    text = _written(found, unit_of(wanted), tick)
    return Text(f"FAILED {text}", style="bold red") if is_failed else Text(text, style="green")
