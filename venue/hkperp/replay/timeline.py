"""The commands a scenario writes out: its timeline, and the opening, as COMMAND rows."""

from collections.abc import Sequence

import numpy as np

from hkperp.replay.population import Opening
from hkperp.replay.timeline_entries import fill
from hkperp.scenario.market import Pack
from hkperp.scenario.price_path import Steps
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, HouseWallet
from hkperp_engine.layout import COMMAND

__all__ = ["command_rows", "joined", "opening_rows", "source_rows", "tick_row", "timeline_rows"]


def command_rows(time_ns: int, kind: Command, count: int) -> np.ndarray:
    """Return `count` commands of one kind and time, all other fields 0."""
    rows = np.zeros(count, COMMAND)
    rows["time_ns"] = time_ns
    rows["kind"] = kind
    return rows


def joined(parts: Sequence[np.ndarray]) -> np.ndarray:
    """Return arrays of records one after the other. numpy copies records field by field; these
    are whole words, so words are copied.
    """
    words = np.concatenate([np.ascontiguousarray(part).view(np.int64) for part in parts])
    return words.view(parts[0].dtype)


def source_rows(steps: Steps, step: int) -> np.ndarray:
    """Return the SOURCE_PRICE of every source that sends something at a step."""
    sent = [
        (contract, source, row[step], steps.ask_ticks[contract][source].get(step, 0))
        for contract, sources in enumerate(steps.source_ticks)
        for source, row in enumerate(sources)
        if row[step] is not None
    ]
    rows = command_rows(steps.times[step], Command.SOURCE_PRICE, len(sent))
    for name, values in zip(("contract", "target", "price_ticks", "lots"), zip(*sent)):
        rows[name] = values
    return rows


def tick_row(time_ns: int) -> np.ndarray:
    """Return the TICK of a mark step."""
    return command_rows(time_ns, Command.TICK, 1)


def opening_rows(scenario: Scenario, pack: Pack, found: Opening, steps: Steps) -> np.ndarray:
    """Return all that happens at the start, in order: prices, TICK, what clients and the house
    pay in, exposure limits, opening trades.
    """
    time_ns = steps.times[0]
    deposits = command_rows(time_ns, Command.DEPOSIT, len(found.deposits))
    for column, name in enumerate(("wallet", "target", "amount")):
        deposits[name] = found.deposits[:, column]
    house = pack.house
    layers = (
        (HouseWallet.FIRST_LOSS, house.first_loss),
        (HouseWallet.RESERVE, house.reserve),
        (HouseWallet.SECOND_TRANCHE, house.second_tranche),
        (HouseWallet.ERROR, house.error_account),
    )
    paid = [(wallet, amount) for wallet, amount in layers if amount]
    house_deposits = command_rows(time_ns, Command.HOUSE_DEPOSIT, len(paid))
    for row, (wallet, amount) in zip(house_deposits, paid):
        row["target"], row["amount"] = wallet, amount
    limits = command_rows(time_ns, Command.EXPOSURE_LIMIT, len(found.limits))
    limits["wallet"], limits["amount"] = found.limits[:, 0], found.limits[:, 1]
    trades = command_rows(time_ns, Command.OPENING_TRADE, len(found.trades))
    for column, name in enumerate(("contract", "wallet", "target", "lots")):
        trades[name] = found.trades[:, column]
    trades["price_ticks"] = np.array(found.price_ticks, np.int64)[found.trades[:, 0]]
    prices = [source_rows(steps, 0), tick_row(time_ns)]
    return joined([*prices, deposits, house_deposits, limits, trades])


def timeline_rows(scenario: Scenario) -> np.ndarray:
    """Return the timeline in the order of the file, which is the order of time."""
    rows = np.zeros(len(scenario.timeline), COMMAND)
    for row, entry in zip(rows, scenario.timeline):
        fill(scenario, row, entry)
    return rows
