"""Runs a scenario to a time, declares a default there, and lets the rest of it run (DEF-01).

    scenario up to and with T ─► who fails ─► declaration ─► scenario after T ─► next settlement

The commands of the scenario are the same as without the drill; what comes of them is not. Two
runs of a drill give the same bytes.
"""

from typing import NamedTuple

import numpy as np

from hkperp.drill.fold import Fold, Record
from hkperp.drill.pick import Holdings, defaulters
from hkperp.drill.script import declaration
from hkperp.drill.subject import Choice, Defaulter, Drill, Who
from hkperp.edge.machine_memory import Machine
from hkperp.replay.busts import Busts
from hkperp.replay.flow import chunks, minute_count
from hkperp.replay.population import accounts
from hkperp.replay.runner import Minute, Watch, require_agreement, terms_of, wallet_name
from hkperp.replay.timeline import command_rows
from hkperp.reports.journal import LogWriter
from hkperp.reports.tally import Blocks, Tally
from hkperp.reports.wording import refusal
from hkperp.scenario.market import Pack
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, Event, HouseWallet, Reject
from hkperp_engine.errors import InputError
from hkperp_engine.kernel import compilation_progress
from hkperp_engine.layout import COMMAND

__all__ = ["Played", "Span", "played", "read_again"]


class Span(NamedTuple):
    """When the default is declared, and until when the scenario then goes on, ns."""

    at_ns: int
    until_ns: int


class Played(NamedTuple):
    """A drill that was run: its log's record; the tally of the run, and the rows it kept."""

    drill: Drill
    record: Record
    tally: Tally
    kept: np.ndarray
    commands: int
    state_hash: str


def played(
    scenario: Scenario,
    pack: Pack,
    choice: Choice | None,
    span: Span,
    watch: Watch,
    log: LogWriter | None = None,
) -> Played:
    """Run a drill of a scenario under a pack; without a choice nobody fails (to compare with).

    InputError if nobody can fail then, or the venue refuses the declaration; InvariantBroken if
    the log does not add up to the machine. O(commands).
    """
    with compilation_progress(watch.compiling):
        return _Run(scenario, pack, choice, span, log).play(watch)


class _Run:
    """A machine, the fold of its events, and how far the scenario is."""

    def __init__(
        self,
        scenario: Scenario,
        pack: Pack,
        choice: Choice | None,
        span: Span,
        log: LogWriter | None,
    ) -> None:
        self._scenario, self._pack, self._choice, self._span = scenario, pack, choice, span
        self._config = config_of(scenario, pack)
        self._table = accounts(scenario)
        self._machine = Machine(self._config, self._table)
        self._fold = Fold(self._config, HouseWallet.CLIENTS + len(self._table))
        self._busts = Busts(scenario)
        sinks = [self._fold.add, self._busts.note, *([log.append] if log else [])]
        self._blocks = Blocks(*sinks)
        self._failing: tuple[Defaulter, ...] = ()
        self._assets: tuple[int, ...] = ()
        self._prices = np.zeros(0, COMMAND)
        self._commands = 0
        self._sequence = -1

    def play(self, watch: Watch) -> Played:
        """Run to the end and return what there is to read."""
        at_ns, until_ns = self._span
        total = minute_count(self._scenario)
        for number, chunk in enumerate(chunks(self._scenario, self._pack, self._config), 1):
            due = chunk[chunk["time_ns"] <= until_ns]
            if self._sequence < 0 and (due["time_ns"] > at_ns).any():
                self._send(due[due["time_ns"] <= at_ns])
                self._begin()
                due = due[due["time_ns"] > at_ns]
            self._send(due)
            is_last = bool((chunk["time_ns"] > until_ns).any())
            watch.minute(self._minute(total if is_last else number, total))
            if is_last:
                break
        if self._sequence < 0:
            self._begin()
        ended_ns = self._settle(until_ns)
        self._blocks.flush()
        record, kept = self._fold.finish()
        require_agreement(self._fold.whole, self._machine)
        drill = self._drill(ended_ns)
        state_hash = self._machine.state_hash()
        return Played(drill, record, self._fold.whole, kept, self._commands, state_hash)

    def _send(self, rows: np.ndarray) -> None:
        for part in self._busts.parts(rows, self._blocks.flush):
            self._machine.feed(part, self._blocks)
        self._commands += len(rows)
        sent = rows[rows["kind"] == Command.SOURCE_PRICE]
        if len(sent):
            latest = sent[sent["time_ns"] == sent["time_ns"][-1]]
            self._prices = latest.copy()

    def _minute(self, done: int, total: int) -> Minute:
        rates, engine = self._machine.state.rates, self._machine.state.engine
        title = "no default" if self._choice is None else self._choice.title
        mark, counts = int(rates["mark_good_ticks"][0]), self._fold.whole.counts
        liquidations = int(counts[Event.LIQUIDATION_ORDER] + counts[Event.TAKEOVER])
        now_ns = int(engine["now_ns"][0])
        return Minute(title, done, total, now_ns, self._commands, mark, liquidations)

    def _begin(self) -> None:
        """Choose who fails, from the log alone, and declare it."""
        at_ns, choice = self._span.at_ns, self._choice
        # What is due by then by itself, a cycle or a funding, is still the scenario's own.
        self._machine.feed(command_rows(at_ns, Command.ADVANCE, 1), self._blocks)
        self._blocks.flush()
        self._sequence = int(self._fold.whole.counts.sum())
        lots = self._fold.positions()
        if choice is None:
            self._fold.begin(np.zeros(0, np.int64))
            return
        found = Holdings(at_ns, self._config, self._classes(), lots, self._marks())
        name = self._name
        self._failing = defaulters(self._scenario, found, choice, name)
        if choice.who == Who.ISSUER:
            self._assets = tuple(
                number
                for number, each in enumerate(self._scenario.assets)
                if number and each.par and each.issuer == choice.name
            )
        self._fold.begin(np.array([each.wallet for each in self._failing], np.int64))
        rows = declaration(choice, self._failing, self._assets, at_ns)
        events = self._machine.apply_batch(rows)
        for event in events[events["kind"] == Event.REFUSED]:
            if event["amount"] != Command.SUSPEND_AFMM:  # it is suspended already
                message = f"the venue refuses it: {refusal(Reject(int(event['code'])))}"
                raise InputError(message, path=f"drill of {choice.title}")
        self._blocks(events)
        self._commands += len(rows)

    def _classes(self) -> np.ndarray:
        """Return the accounts, with the class that each has by now."""
        table = self._table.copy()
        for row in self._fold.earlier():
            if row["kind"] == Event.ACCOUNT_STATUS:
                table["investor_class"][row["wallet"] - HouseWallet.CLIENTS] = row["code"]
        return table

    def _marks(self) -> list[int]:
        marks = [0] * len(self._config.contracts)
        for row in self._fold.earlier():
            if row["kind"] == Event.MARK:
                marks[row["contract"]] = row["price_ticks"]
        return marks

    def _settle(self, until_ns: int) -> int:
        """Go on to the next settlement cycle, at the last prices, if one is still due; return when
        the run ended, ns.
        """
        self._machine.feed(command_rows(until_ns, Command.ADVANCE, 1), self._blocks)
        self._blocks.flush()
        if self._choice is None or self._fold.is_settled():
            return until_ns
        due_ns = int(self._machine.state.house["next_cycle_ns"][0])
        prices = self._prices.copy()
        prices["time_ns"] = max(until_ns, due_ns - 1)
        self._machine.feed(prices, self._blocks)
        self._machine.feed(command_rows(due_ns, Command.ADVANCE, 1), self._blocks)
        self._blocks.flush()
        return due_ns

    def _name(self, wallet: int) -> str:
        return wallet_name(self._scenario, wallet)

    def _drill(self, ended_ns: int) -> Drill:
        scenario = self._scenario
        return Drill(
            scenario=scenario.name,
            pack=self._pack.name,
            choice=self._choice or Choice(Who.ACCOUNT),
            at_ns=self._span.at_ns,
            until_ns=self._span.until_ns,
            step_ns=int(scenario.tick_interval),
            ended_ns=ended_ns,
            sequence=self._sequence,
            wallet_count=HouseWallet.CLIENTS + len(self._table),
            config=self._config,
            terms=terms_of(scenario),
            asset_names=tuple(each.name for each in scenario.assets),
            currency=scenario.units.currency,
            defaulters=self._failing,
            assets=self._assets,
            name_of=self._name,
        )


def read_again(drill: Drill, events: np.ndarray) -> Record:
    """Return the record of a drill's whole log, EVENT rows: the same as that of the run."""
    fold = Fold(drill.config, drill.wallet_count)
    is_earlier = events["sequence"] <= drill.sequence
    fold.add(events[is_earlier])
    fold.positions()
    fold.begin(drill.wallets())
    fold.add(events[~is_earlier])
    return fold.finish()[0]
