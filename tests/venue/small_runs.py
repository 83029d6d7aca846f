"""The small scenarios of the repository, run once by the slow house: rows and figures."""

import functools
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hkperp.busts import Busts
from hkperp.figures import Run, pack_result
from hkperp.flow import chunks
from hkperp.population import account_name, accounts
from hkperp.results import PackResult
from hkperp.scenario import load
from hkperp.scenario_types import Scenario
from hkperp.settings import config_of
from hkperp.tally import Blocks, Tally
from hkperp_engine.codes import HouseWallet
from hkperp_engine.layout import COMMAND, EVENT
from reference.machine import ReferenceMachine
from reference.rows import Command

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
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


class Done(NamedTuple):
    """A run: the scenario, its commands and events as rows, the fold, the figures, the house."""

    scenario: Scenario
    commands: np.ndarray
    events: np.ndarray
    tally: Tally
    result: PackResult
    machine: ReferenceMachine


@functools.cache
def slow_run(name: str) -> Done:
    """Run the only pack of a small scenario on the reference machine."""
    scenario = load(SCENARIOS / f"{name}.yaml")
    (pack,) = scenario.packs
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
    result = pack_result(run, tally, tally.finish())
    return Done(scenario, np.concatenate(sent), np.concatenate(seen), tally, result, machine)
