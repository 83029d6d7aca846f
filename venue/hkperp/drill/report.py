"""The report of a drill: what a risk committee, or the regulator, is handed (DEF-01).

One list of parts, written twice: as aligned text, and as Markdown. Amounts are rounded to 0.01,
those that a requirement compares are exact. drill.json (files.py) has all of it, exactly.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from hkperp.drill.checks import checks
from hkperp.drill.figures import Figures, Hurt, figures
from hkperp.drill.fold import Record
from hkperp.drill.subject import Drill, Who
from hkperp.drill.timeline import LAYER_WORDS, Step, timeline
from hkperp.drill.times import Requirement, times
from hkperp.quantities import Duration, Percent
from hkperp.reports.wording import Terms, clock, moment, money_rounded, plural
from hkperp_engine.codes import Layer, LossSharing, MarginState
from hkperp_engine.units import NS_PER_DAY

__all__ = ["DrillReport", "Part", "report_of"]

#: Steps shown at most, from the begin and from the end; drill.json has all.
_FIRST, _LAST = 40, 20
_CLIENTS = 10

_TIMES = (
    "No time of the regulator's was found. What is required follows from the published rules of "
    "the pack (docs/drills.md)."
)


class Part(NamedTuple):
    """A part of a page: title, sentences, and a table (first its header) or nothing.

    `left`: columns that are text; the others are figures.
    """

    title: str
    lines: tuple[str, ...] = ()
    table: tuple[tuple[str, ...], ...] = ()
    left: tuple[int, ...] = (0,)


class DrillReport(NamedTuple):
    """A drill, read from its log; `without`: the figures of the same span without a default."""

    drill: Drill
    label: str
    log_digest: str
    figures: Figures
    without: Figures
    requirements: tuple[Requirement, ...]
    time_count: int
    steps: tuple[Step, ...]

    @property
    def holds(self) -> bool:
        """Do all requirements hold that have a measure?"""
        return all(each.holds is not False for each in self.requirements)

    def verdict(self) -> str:
        """Say in one line whether the drill was passed."""
        judged = [each for each in self.requirements if each.holds is not None]
        failed = [each for each in judged if not each.holds]
        if not failed:
            return f"PASSED: all {plural(len(judged), 'requirement')} hold."
        names = ", ".join(dict.fromkeys(each.rule for each in failed))
        return f"FAILED: {len(failed)} of {plural(len(judged), 'requirement')} ({names})."

    def parts(self) -> Iterator[Part]:
        """Yield the parts of the page in order."""
        yield self._summary()
        yield self._defaulters()
        count = self.time_count
        yield self._requirements("Required and measured times", (_TIMES,), 0, count)
        yield self._requirements("Requirements", (), count, len(self.requirements))
        yield self._layers()
        yield self._clients()
        yield from self._hurt()
        yield self._timeline()
        if self.log_digest:
            yield Part("Evidence", (self._evidence(),))

    def _summary(self) -> Part:
        drill, found = self.drill, self.figures
        lines = [
            f"Declared {moment(drill.at_ns)}, after everything that the scenario does by then; "
            f"span until {moment(drill.until_ns)}.",
        ]
        if drill.ended_ns > drill.until_ns:
            lines.append(
                "A settlement was still due then: the run went on, with the last prices, to "
                f"{moment(drill.ended_ns)}."
            )
        lines.append(self._rules())
        due = sum(each.due_quote for each in found.layers)
        lines += [
            self.verdict(),
            f"Missing in all: {money_rounded(found.deficit_quote)} {drill.currency}. In the "
            f"accounts that failed {money_rounded(found.deficit_own_quote)}, on positions the "
            f"platform had taken over {money_rounded(found.deficit_platform_quote)}, in accounts "
            f"of others {money_rounded(found.deficit_others_quote)}.",
            f"Without the default, the same span: {money_rounded(self.without.deficit_quote)}.",
            f"Principal of non-defaulters taken: {money_rounded(found.principal_quote)}.",
            f"Replenishment due from the operator: {money_rounded(due)}.",
        ]
        return Part(self.title, tuple(lines))

    def _rules(self) -> str:
        """Say under which of the pack's rules it was."""
        house = self.drill.config.house
        sharing = "deleveraging of positions"
        if house.loss_sharing == LossSharing.VMGH:
            sharing = f"haircut of gains, up to {Percent.text(house.vmgh_cap_ppb)} of each"
        cycle = Duration.text(house.cycle_interval_ns)
        return f"Pack: {self.label}. Layer 5: {sharing}; a settlement cycle every {cycle}."

    @property
    def title(self) -> str:
        """Name the drill: `Default drill: largest client, scenario takeover, pack small-fund`."""
        drill = self.drill
        return f"Default drill: {drill.choice.title}, scenario {drill.scenario}, pack {drill.pack}"

    def _defaulters(self) -> Part:
        drill = self.drill
        if drill.choice.who == Who.ISSUER:
            back = Percent.text(drill.choice.recovered_ppb)
            rows = [("asset", "recovered of par")]
            rows += [(drill.asset_names[each], back) for each in drill.assets]
            return Part("Who fails", (f"Issuer: {drill.choice.name}.",), tuple(rows))
        held = [("account", "position", f"notional, {drill.currency}")]
        for each in drill.defaulters:
            legs = _legs(each.lots, drill.terms)
            held.append((each.name, legs or "none", money_rounded(each.notional_quote)))
        returned = money_rounded(self.figures.returned_quote)
        line = f"Left in these accounts at the end, their own: {returned}."
        return Part("Who fails", (line,), tuple(held), (0, 1))

    def _requirements(self, title: str, lines: tuple[str, ...], start: int, stop: int) -> Part:
        words = {True: "yes", False: "NO", None: "-"}
        rows = [("rule", "what", "required", "measured", "holds")]
        rows += [
            (each.rule, each.what, each.required, each.measured, words[each.holds])
            for each in self.requirements[start:stop]
        ]
        return Part(title, lines, tuple(rows), (0, 1, 4))

    def _layers(self) -> Part:
        rows = [("layer", "before", "bore", "received", "left", "empty since", "to be paid in")]
        for each in self.figures.layers:
            funded = each.layer in (Layer.FIRST_LOSS, Layer.RESERVE, Layer.SECOND_TRANCHE)
            name = f"{each.layer.value} {LAYER_WORDS[each.layer]}"
            rows.append(
                (
                    name,
                    money_rounded(each.before_quote) if funded else "-",
                    money_rounded(each.borne_quote),
                    money_rounded(each.received_quote) if funded else "-",
                    money_rounded(each.after_quote) if funded else "-",
                    self._when(each.emptied_ns) if each.emptied_ns else "-",
                    money_rounded(each.due_quote) if funded else "-",
                )
            )
        lines = []
        given = self.figures.layer(Layer.RESERVE).given_quote
        if given:
            lines.append(
                f"Of layer 3, {money_rounded(given)} was the platform's own gain, not the fund."
            )
        held = _legs(self.figures.platform_lots, self.drill.terms)
        lines.append(f"The platform still holds {held or 'nothing'}.")
        if any(each.due_quote for each in self.figures.layers):
            lines.append(
                "To be paid in by the operator, to have what was there (RSV-01); whether that is "
                "enough says the stress test (RSV-02: hkperp stress)."
            )
        return Part("The layers of the waterfall", tuple(lines), tuple(rows))

    def _clients(self) -> Part:
        found, without = self.figures, self.without
        measures: list[tuple[str, Callable[[Figures], str]]] = [
            ("clients whose gains were cut or given up", lambda each: _count(each, _is_cut)),
            ("gains cut or given up", lambda each: _total(each, _given)),
            ("of that repaid", lambda each: _total(each, lambda hurt: hurt.repaid_quote)),
            ("clients with positions closed for others", lambda each: _count(each, _is_closed)),
            ("clients reduced or taken over", lambda each: f"{each.liquidated:,}"),
            ("of these taken over", lambda each: f"{each.taken_over:,}"),
            ("missing in all", lambda each: money_rounded(each.deficit_quote)),
            ("principal taken", lambda each: money_rounded(each.principal_quote)),
        ]
        rows = [("", "with the default", "without it")]
        rows += [(name, measure(found), measure(without)) for name, measure in measures]
        return Part("Clients that did not fail", (), tuple(rows))

    def _hurt(self) -> Iterator[Part]:
        bore = [each for each in self.figures.hurt if _bore(each)]
        shown = bore[:_CLIENTS]
        if not shown:
            return
        is_issuer = self.drill.choice.who == Who.ISSUER
        more = ("units lost", "recovered") if is_issuer else ()
        rows: list[tuple[str, ...]] = [
            ("client", "gain before", "cut", "given up", "repaid", "position closed", *more)
        ]
        for each in shown:
            closed = ", ".join(
                f"{terms.size(lots)} {terms.name}"
                for lots, terms in zip(each.closed_lots, self.drill.terms)
                if lots
            )
            amounts = (each.gain_quote, each.cut_quote, each.given_quote, each.repaid_quote)
            own = (each.lost_units, each.recovered_quote) if is_issuer else ()
            name = self.drill.name_of(each.wallet) + (" *" if each.is_liquidated else "")
            rows.append(
                (name, *map(money_rounded, amounts), closed or "-", *map(money_rounded, own))
            )
        lines = []
        if any(each.is_liquidated for each in shown):
            lines.append("* its own position was reduced or taken over.")
        if len(bore) > len(shown):
            lines.append(f"The first {len(shown)} of {len(bore):,}.")
        yield Part("Clients that bore most", tuple(lines), tuple(rows))

    def _evidence(self) -> str:
        return (
            f"Every figure is a sum of events of {self.drill.pack}/events.bin, from number "
            f"{self.drill.sequence + 1:,} on; digest of the log {self.log_digest}. "
            "hkperp explain --run DIR ACCOUNT tells a client what was done to it, and why."
        )

    def _timeline(self) -> Part:
        rows = [("time", "who", "step", "rule")]
        steps = [each for each in self.steps if each.what != MarginState.CALL.name]
        lines: tuple[str, ...] = ()
        if len(steps) < len(self.steps):
            lines = ("Margin calls are left out here; drill.json has them.",)
        if len(steps) > _FIRST + _LAST:
            left = len(steps) - _FIRST - _LAST
            lines += (f"{left:,} steps in between are left out here; drill.json has all.",)
            steps = steps[:_FIRST] + steps[-_LAST:]
        rows += [(self._when(each.time_ns), each.actor, each.text, each.rule) for each in steps]
        return Part("Timeline", lines, tuple(rows), (0, 1, 2, 3))

    def _when(self, time_ns: int) -> str:
        """Write a time: of the day of the declaration without its date."""
        is_same_day = time_ns // NS_PER_DAY == self.drill.at_ns // NS_PER_DAY
        return clock(time_ns) if is_same_day else moment(time_ns).removesuffix(" UTC")


def _legs(lots: Sequence[int], terms: Sequence[Terms]) -> str:
    """Write positions: `long 3 BTC-PERP, short 2 ETH-PERP`; empty if there are none."""
    return ", ".join(
        f"{'long' if count > 0 else 'short'} {each.size(abs(count))} {each.name}"
        for count, each in zip(lots, terms)
        if count
    )


def _is_cut(each: Hurt) -> bool:
    return bool(each.cut_quote or each.given_quote)


def _is_closed(each: Hurt) -> bool:
    return any(each.closed_lots)


def _bore(each: Hurt) -> bool:
    return _is_cut(each) or _is_closed(each) or each.lost_units > 0


def _given(each: Hurt) -> int:
    return each.cut_quote + each.given_quote


def _count(found: Figures, is_counted: Callable[[Hurt], bool]) -> str:
    return f"{sum(map(is_counted, found.hurt)):,}"


def _total(found: Figures, amount: Callable[[Hurt], int]) -> str:
    return money_rounded(sum(map(amount, found.hurt)))


def report_of(
    drill: Drill, record: Record, without: Figures, label: str, log_digest: str
) -> DrillReport:
    """Return the report of a drill from the record of its log. O(rows)."""
    timed = times(drill, record)
    return DrillReport(
        drill=drill,
        label=label,
        log_digest=log_digest,
        figures=figures(drill, record),
        without=without,
        requirements=(*timed, *checks(drill, record)),
        time_count=len(timed),
        steps=tuple(timeline(drill, record)),
    )
