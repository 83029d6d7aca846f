"""Runs a scenario under each of its rule packs and keeps what happened.

    scenario ─► commands, minute by minute ─► machine ─► events ─► log, tally ─► figures, tables

One pack after the other, in one process. What a run says about itself follows from its events
alone; at the end the fold of the events must be what the machine holds, to the unit, or the run
fails. Two runs of a scenario give the same bytes.
"""

import hashlib
import json
import platform
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from hkperp.config import Config
from hkperp.edge.machine_memory import Machine
from hkperp.replay.busts import Busts
from hkperp.replay.explained import Explained
from hkperp.replay.flow import chunks, minute_count
from hkperp.replay.population import account_name, accounts, names, standings
from hkperp.replay.refusal_record import RefusalWatch
from hkperp.reports.figures import Run, pack_result
from hkperp.reports.journal import LogWriter
from hkperp.reports.results import PackResult, ToldRefusal
from hkperp.reports.run_folder import LOG_NAME, RECORD_NAME, SCHEMA
from hkperp.reports.tables import write_tables
from hkperp.reports.tally import Blocks, Tally
from hkperp.reports.wording import Terms
from hkperp.scenario.expectations import Failure, judge
from hkperp.scenario.market import Pack
from hkperp.scenario.reader import digest
from hkperp.scenario.settings import config_of, tick_value
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Event, HouseWallet
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.kernel import BUILD, compilation_progress
from hkperp_engine.units import NONE

__all__ = ["Minute", "Outcome", "Watch", "chosen_packs", "config_digest", "replay", "terms_of"]
__all__ += ["KeptPack", "require_agreement", "run_record", "wallet_name"]


class Minute(NamedTuple):
    """How far a run is: `done` of `total` minutes of a pack, and what has happened so far."""

    pack: str
    done: int
    total: int
    time_ns: int
    commands: int
    mark_ticks: int
    liquidations: int


class Watch(Protocol):
    """What wants to be told how a run goes on."""

    def compiling(self, name: str, seconds: float, count: int) -> None:
        """Take note of a kernel that was just compiled, the `count`-th of this process."""

    def minute(self, minute: Minute) -> None:
        """Take note of a simulated minute that is done."""


class KeptPack(NamedTuple):
    """What `run.json` says of a pack's log. Digests and hash in hex.

    `refusals`: of the timeline, with their figures.
    """

    name: str
    label: str
    log_digest: str
    config_digest: str
    state_hash: str
    refusals: tuple[ToldRefusal, ...] = ()


class Outcome(NamedTuple):
    """What a replay found: the figures of each pack, and the expectations that did not hold."""

    results: tuple[PackResult, ...]
    failures: tuple[Failure, ...]


def chosen_packs(scenario: Scenario, names: Sequence[str]) -> tuple[Pack, ...]:
    """Return the packs of these names in the file's order, all if none is named."""
    known = [pack.name for pack in scenario.packs]
    for name in names:
        if name not in known:
            raise InputError(f"no pack {name!r}", path="--pack", hint=f"one of {', '.join(known)}")
    return tuple(pack for pack in scenario.packs if not names or pack.name in names)


def terms_of(scenario: Scenario) -> tuple[Terms, ...]:
    """Return how the figures of each contract are written."""
    return tuple(
        Terms(each.name, int(each.tick), int(each.lot), tick_value(each))
        for each in scenario.contracts
    )


def replay(
    scenario: Scenario,
    watch: Watch,
    *,
    packs: Sequence[str] = (),
    folder: Path | None = None,
) -> Outcome:
    """Run the packs named (all by default); write logs, tables and run.json into `folder`.

    The folder must be there and empty (`run_folder.making`); without one nothing is written.
    Raises InvariantBroken if the machine halts or its log does not add up to its state.
    """
    results = []
    with compilation_progress(watch.compiling):
        for pack in chosen_packs(scenario, packs):
            place = None
            if folder is not None:
                place = folder / pack.name
                place.mkdir()
            results.append(_run_pack(scenario, pack, watch, place))
    failures = [
        failure for result in results for failure in judge(scenario, result.name, result.figures())
    ]
    failures.sort(key=lambda failure: failure[0])  # its number in the file
    outcome = Outcome(tuple(results), tuple(failures))
    if folder is not None:
        packs_kept = [
            KeptPack(
                *(each.name, each.label, each.log_digest, each.config_digest, each.state_hash),
                each.told_refusals,
            )
            for each in results
        ]
        record = run_record(scenario, packs_kept, [each.message for each in failures])
        text = json.dumps(record, indent=1, ensure_ascii=False)
        (folder / RECORD_NAME).write_text(text + "\n", encoding="utf-8")
    return outcome


def _run_pack(scenario: Scenario, pack: Pack, watch: Watch, folder: Path | None) -> PackResult:
    """Run one pack; keep its log and tables if there is a folder."""
    config = config_of(scenario, pack)
    if folder is None:
        return _drive(scenario, pack, watch, config, None)[0]
    with LogWriter(folder / LOG_NAME, pack.name, config_digest(config)) as log:
        result, kept = _drive(scenario, pack, watch, config, log)
        log.close()
    write_tables(folder, kept, terms_of(scenario), lambda wallet: wallet_name(scenario, wallet))
    return msgspec.structs.replace(result, log_digest=log.digest)


def _drive(
    scenario: Scenario, pack: Pack, watch: Watch, config: Config, log: LogWriter | None
) -> tuple[PackResult, np.ndarray]:
    """Feed the machine to the end of the scenario; return the figures and the rows kept."""
    table = accounts(scenario)
    machine = Machine(config, table)
    tally = Tally(config, HouseWallet.CLIENTS + len(table))
    busts, explained = Busts(scenario), Explained(scenario, pack.name)
    watched = RefusalWatch(machine)
    blocks = Blocks(tally.add, busts.note, explained.note, *([log.append] if log else []))
    total, commands, opened = minute_count(scenario), 0, [0] * len(config.contracts)
    for number, chunk in enumerate(chunks(scenario, pack, config)):
        for part in busts.parts(chunk, blocks.flush):
            watched.feed(part, blocks)
        commands += len(chunk)
        if number == 0:
            blocks.flush()
            opened = tally.open_interest()
        done = number + 1, total
        watch.minute(_minute(pack.name, done, commands, machine, tally))
    blocks.flush()
    kept = tally.finish()
    require_agreement(tally, machine)
    run = Run(
        pack=pack.name,
        label=pack.label,
        config=config,
        accounts=int((table["isolated_contract"] == NONE).sum()),
        commands=commands,
        open_interest=opened,
        name_of=lambda wallet: wallet_name(scenario, wallet),
    )
    result = msgspec.structs.replace(
        pack_result(run, tally, kept),
        state_hash=machine.state_hash(),
        config_digest=config_digest(config),
        explained=explained.figures(watched.told),
        told_refusals=tuple(watched.told),
    )
    return result, kept


def _minute(
    pack: str, done: tuple[int, int], commands: int, machine: Machine, tally: Tally
) -> Minute:
    """Return how far a run is. `done`: minutes, and all there are."""
    return Minute(
        pack=pack,
        done=done[0],
        total=done[1],
        time_ns=int(machine.state.engine["now_ns"][0]),
        commands=commands,
        mark_ticks=int(machine.state.rates["mark_good_ticks"][0]),
        liquidations=int(tally.counts[Event.LIQUIDATION_ORDER] + tally.counts[Event.TAKEOVER]),
    )


def require_agreement(tally: Tally, machine: Machine) -> None:
    """Refuse a log that does not add up to the machine's state, or money out of nothing."""
    state, assets = machine.state, tally.ledger.shape[1]
    sequence = int(state.engine["sequence"][0])
    balances = state.balances.reshape(-1, assets).copy()
    balances[:, 0] = state.wallets["cash"]
    positions = state.positions["lots"].reshape(tally.positions.shape)
    unsettled = int(state.wallets["pending"].sum()) - int(state.positions["cost"].sum())
    for rule, message, holds in (
        ("REC-01", "events are missing", int(tally.counts.sum()) == sequence),
        ("INV-02", "postings do not add up to the balances", (tally.ledger == balances).all()),
        ("INV-01", "trades do not add up to the positions", (tally.positions == positions).all()),
        ("INV-02", "money was made or lost", not balances.sum(axis=0).any()),
        ("INV-01", "positions do not sum to 0", not positions.sum(axis=0).any()),
        ("INV-02", "unsettled gains and losses do not sum to 0", unsettled == 0),
    ):
        if not holds:
            raise InvariantBroken(message, rule=rule, sequence=sequence)


def wallet_name(scenario: Scenario, wallet: int) -> str:
    """Return the name of any wallet, the house's too."""
    if wallet < HouseWallet.CLIENTS:
        return HouseWallet(wallet).name
    return account_name(scenario, wallet)


def config_digest(config: Config) -> str:
    """Return the SHA-256, in hex, of everything that a pack's rules say."""
    return hashlib.sha256(msgspec.json.encode(config)).hexdigest()


def run_record(
    scenario: Scenario, kept: Sequence[KeptPack], failures: Sequence[str]
) -> dict[str, Any]:
    """Return what `run.json` says: all that is needed to do the run again and to read it."""
    by_name = {pack.name: pack for pack in scenario.packs}
    return {
        "schema": SCHEMA,
        "name": scenario.name,
        "description": scenario.description,
        "source": scenario.source,
        "currency": scenario.units.currency,
        "scenario_digest": digest(scenario),
        "versions": _versions(),
        "build": BUILD,
        "start_ns": int(scenario.start),
        "end_ns": int(scenario.end),
        "seeds": {
            "populations": {each.name: int(each.seed) for each in scenario.populations},
            "flows": {each.name: int(each.seed) for each in scenario.flows},
        },
        "packs": [
            {
                "name": each.name,
                "label": each.label,
                "loss_sharing": by_name[each.name].house.loss_sharing,
                "log_digest": each.log_digest,
                "config_digest": each.config_digest,
                "state_hash": each.state_hash,
                "config": msgspec.to_builtins(config_of(scenario, by_name[each.name])),
                "refusals": msgspec.to_builtins(each.refusals),
            }
            for each in kept
        ],
        "contracts": [each._asdict() for each in terms_of(scenario)],
        "assets": [each.name for each in scenario.assets],
        "participants": names(scenario),
        "standing": standings(scenario),
        "populations": [{"name": each.name, "count": each.count} for each in scenario.populations],
        "failures": list(failures),
    }


def _versions() -> dict[str, str]:
    names = ("hkperp", "numba", "numpy", "msgspec")
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # run from a source tree
            found[name] = "unknown"
    return found
