"""The commands a scenario writes out: its timeline, and the opening, as COMMAND rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from hkperp.population import Opening, wallet_of
from hkperp.price_path import Steps
from hkperp.scenario_actors import (
    AccountStatus,
    AmendOrder,
    AssetPriceChange,
    AssetStateChange,
    CancelOrder,
    ContractStateChange,
    DepositCommand,
    OrderCommand,
    WithdrawCommand,
)
from hkperp.scenario_market import Pack
from hkperp.scenario_types import Scenario
from hkperp.settings import lots_of, price_ticks
from hkperp_engine.codes import (
    AccountFlag,
    Command,
    ContractState,
    HouseWallet,
    InvestorClass,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
)
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
        (contract, source, row[step])
        for contract, sources in enumerate(steps.source_ticks)
        for source, row in enumerate(sources)
        if row[step] is not None
    ]
    rows = command_rows(steps.times[step], Command.SOURCE_PRICE, len(sent))
    for name, values in zip(("contract", "target", "price_ticks"), zip(*sent)):
        rows[name] = values
    return rows


def tick_row(time_ns: int) -> np.ndarray:
    """Return the TICK of a mark step."""
    return command_rows(time_ns, Command.TICK, 1)


def opening_rows(scenario: Scenario, pack: Pack, found: Opening, steps: Steps) -> np.ndarray:
    """Return all that happens at the start, in order: prices, TICK, what clients and the house
    pay in, opening trades.
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
    )
    paid = [(wallet, amount) for wallet, amount in layers if amount]
    house_deposits = command_rows(time_ns, Command.HOUSE_DEPOSIT, len(paid))
    for row, (wallet, amount) in zip(house_deposits, paid):
        row["target"], row["amount"] = wallet, amount
    trades = command_rows(time_ns, Command.OPENING_TRADE, len(found.trades))
    for column, name in enumerate(("contract", "wallet", "target", "lots")):
        trades[name] = found.trades[:, column]
    trades["price_ticks"] = np.array(found.price_ticks, np.int64)[found.trades[:, 0]]
    return joined([source_rows(steps, 0), tick_row(time_ns), deposits, house_deposits, trades])


def timeline_rows(scenario: Scenario) -> np.ndarray:
    """Return the timeline in the order of the file, which is the order of time."""
    rows = np.zeros(len(scenario.timeline), COMMAND)
    for row, entry in zip(rows, scenario.timeline):
        row["time_ns"] = entry.at
        _fill(scenario, row, entry)
    return rows


def _fill(scenario: Scenario, row: Any, entry: Any) -> None:
    """Write one entry into its row."""
    if hasattr(entry, "account"):
        row["wallet"] = wallet_of(scenario, entry.account)
    if hasattr(entry, "asset"):
        row["target"] = [asset.name for asset in scenario.assets].index(entry.asset)
    if hasattr(entry, "contract"):
        row["contract"] = [each.name for each in scenario.contracts].index(entry.contract)
    if isinstance(entry, DepositCommand | WithdrawCommand):
        is_deposit = isinstance(entry, DepositCommand)
        row["kind"] = Command.DEPOSIT if is_deposit else Command.WITHDRAW
        row["amount"] = entry.amount
    elif isinstance(entry, OrderCommand | AmendOrder | CancelOrder):
        _fill_order(scenario, row, entry)
    elif isinstance(entry, AssetPriceChange):
        row["kind"], row["amount"] = Command.ASSET_PRICE, entry.price
    elif isinstance(entry, AssetStateChange):
        row["kind"] = Command.ASSET_STATE
        row["flags"] = 1 * entry.convertible | 2 * entry.licensed
    elif isinstance(entry, AccountStatus):
        row["kind"], row["side"] = Command.ACCOUNT_STATUS, InvestorClass[entry.class_]
        flags = AccountFlag.KNOWLEDGE * entry.knowledge | AccountFlag.AGREEMENT * entry.agreement
        row["flags"] = flags | AccountFlag.AFMM_DOCUMENTS * entry.afmm_documents
        row["amount"] = entry.valid_until
    else:
        assert isinstance(entry, ContractStateChange), entry
        row["kind"], row["side"] = Command.CONTRACT_STATE, ContractState[entry.state]


def _fill_order(scenario: Scenario, row: Any, entry: Any) -> None:
    contract = next(each for each in scenario.contracts if each.name == entry.contract)
    row["order_id"] = entry.id
    if isinstance(entry, CancelOrder):
        row["kind"] = Command.CANCEL
        return
    row["lots"] = lots_of(contract, entry.size)
    if entry.price is not None:
        row["price_ticks"] = price_ticks(contract, entry.price)
    if isinstance(entry, AmendOrder):
        row["kind"] = Command.AMEND
        return
    row["kind"] = Command.NEW_ORDER
    row["side"] = Side[entry.side]
    row["order_type"] = OrderType[entry.type]
    row["tif"] = TimeInForce[entry.time_in_force]
    row["stp"] = SelfTrade[entry.self_trade]
    row["flags"] = (
        OrderFlag.POST_ONLY * entry.post_only | OrderFlag.REDUCE_ONLY * entry.reduce_only
    )
