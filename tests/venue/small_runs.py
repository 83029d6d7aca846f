"""The small scenarios of the repository, run once by the slow house: rows and figures."""

import functools
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.replay.busts import Busts
from hkperp.replay.explained import Explained
from hkperp.replay.flow import chunks
from hkperp.replay.population import account_name, accounts
from hkperp.replay.refusal_record import RefusalWatch
from hkperp.reports.figures import Run, pack_result
from hkperp.reports.results import PackResult, ToldRefusal
from hkperp.reports.tally import Blocks, Tally
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import HouseWallet, Reject
from hkperp_engine.layout import COMMAND, EVENT
from reference.machine import ReferenceMachine
from reference.rows import Command

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
CORPUS = Path(__file__).resolve().parents[1] / "corpus" / "good"
SMALL = ("orders", "auction-and-volatility", "market-maker", "bust")
SMALL += ("ghost-credit", "depeg", "revoked-issuer", "frozen-bank-token", "vault")
SMALL += (
    "lapsed-client",
    "gate",
    "product-life",
    "margin",
    "index-faults",
    "funding",
    "valuation",
)
#: One layer of the waterfall each (default.md section 4), then five legs of one account.
SMALL += ("layer-1", "layer-2", "layer-3", "layer-4", "layer-5", "layer-6", "layer-7", "five-legs")
#: The same default under two packs, side by side: each pack is a run of its own.
SMALL += ("default-up/vmgh", "default-up/adl", "default-down/vmgh", "default-down/adl")
#: From the first notice to what a default leaves, and the limits that keep it small.
SMALL += ("liquidation", "takeover", "limits", "issuer-default")


class Done(NamedTuple):
    """A run: the scenario, its commands and events as rows, the fold, the figures, the house."""

    scenario: Scenario
    commands: np.ndarray
    events: np.ndarray
    tally: Tally
    result: PackResult
    machine: ReferenceMachine


def told_refusals(scenario: Scenario, machine: Machine, commands: np.ndarray) -> list[ToldRefusal]:
    """Why commands were refused, if the scenario asks; a machine says it, not the slow house."""
    if not any(each.about in Reject.__members__ for each in scenario.expect):
        return []
    watch = RefusalWatch(machine)
    watch.feed(commands, lambda events: None)
    return watch.told


@functools.cache
def slow_run(name: str) -> Done:
    """Run a small scenario, or one of the corpus, on the reference machine.

    `name` is FILE, which has only one pack, or FILE/PACK: then the scenario returned has no other.
    """
    file, _, chosen = name.partition("/")
    folder = SCENARIOS if (SCENARIOS / f"{file}.yaml").is_file() else CORPUS
    scenario = load(folder / f"{file}.yaml")
    (pack,) = [each for each in scenario.packs if chosen in ("", each.name)]
    scenario = msgspec.structs.replace(scenario, packs=(pack,))
    config, table = config_of(scenario, pack), accounts(scenario)
    machine = ReferenceMachine(config, table.tolist())
    tally, busts = Tally(config, HouseWallet.CLIENTS + len(table)), Busts(scenario)
    seen: list[np.ndarray] = [np.zeros(0, EVENT)]
    sent: list[np.ndarray] = [np.zeros(0, COMMAND)]
    blocks = Blocks(tally.add, busts.note, lambda rows: seen.append(rows.copy()))
    for chunk in chunks(scenario, pack, config):
        for part in busts.parts(chunk, blocks.flush):
            sent.append(part)
            for row in part.tolist():
                blocks(np.array(machine.apply(Command(*row)), EVENT))
    blocks.flush()
    run = Run(
        pack=pack.name,
        label=pack.label,
        config=config,
        accounts=len(table),
        commands=sum(len(each) for each in sent),
        open_interest=[0] * len(config.contracts),
        name_of=lambda wallet: account_name(scenario, wallet),
    )
    explained = Explained(scenario, pack.name)
    explained.note(np.concatenate(seen))
    result = pack_result(run, tally, tally.finish())
    told = told_refusals(scenario, Machine(config, table), np.concatenate(sent))
    result = msgspec.structs.replace(result, explained=explained.figures(told))
    return Done(scenario, np.concatenate(sent), np.concatenate(seen), tally, result, machine)
