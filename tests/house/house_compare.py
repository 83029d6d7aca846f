"""The compiled machine beside the slow reference house: same commands, every row, every field."""

from collections import Counter
from typing import NamedTuple

import house_flow
import house_setting
import numpy as np

from hkperp.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_engine.codes import Event, Reject
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_funding.layout import BASIS_SLOTS
from reference.machine import ReferenceMachine

#: How often every field is compared, in commands; events are compared always.
FIELDS_EVERY = 100


class Outcome(NamedTuple):
    """What a run consisted of: counts by name, and the machine's state hash."""

    mix: Counter
    state_hash: str


def command_rows(commands):
    """Return COMMAND rows of command tuples."""
    return np.array([tuple(command) for command in commands], COMMAND)


def machine_for(setting, **options):
    """Return the compiled machine of a Setting; tiny capacities, so that it must grow."""
    accounts = np.array([tuple(account) for account in setting.accounts], ACCOUNT)
    options.setdefault("capacities", (2, 1, 64, 1))
    return Machine(setting.config, accounts, **options)


def difference(machine, reference):
    """Return the first field in which the two differ, in words; empty if none."""
    state = machine.state
    contracts = len(state.contracts)
    for wallet in range(len(state.wallets)):
        theirs = reference.wallet_fields(wallet)
        row = state.wallets[wallet]
        for name, value in theirs.items():
            if name == "balances":
                first = wallet * len(state.assets)
                ours = state.balances[first + 1 : first + len(state.assets)].tolist()
            elif wallet < 16 and name not in ("cash", "pending"):
                continue
            else:
                ours = int(row[name])
            if ours != value:
                return f"wallet {wallet} {name}: {ours} against {value}"
        for contract in range(contracts):
            position = state.positions[wallet * contracts + contract]
            for name, value in reference.position_fields(wallet, contract).items():
                if int(position[name]) != value:
                    return f"position {wallet}/{contract} {name}: {position[name]} against {value}"
    for contract in range(contracts):
        theirs = reference.contract_fields(contract)
        for name, ours, value in contract_pairs(state, contract, theirs):
            if ours != value:
                return f"contract {contract} {name}: {ours} against {value}"
        for side in range(2):
            ours = [tuple(row) for row in machine.orders(contract, side).tolist()]
            value = [tuple(map(int, order)) for order in reference.orders(contract, side)]
            if ours != value:
                return f"orders {contract}/{side}: {ours} against {value}"
    return house_difference(state, reference)


def contract_pairs(state, contract, theirs):
    """Yield (name, ours, theirs) of a contract's totals, rates and basis samples."""
    row, rates, book = state.contracts[contract], state.rates[contract], state.books[contract]
    names = {
        "index": "index_ticks",
        "index_status": "index_status",
        "good_index": "index_good_ticks",
        "good_ns": "index_good_ns",
        "mark": "mark_good_ticks",
        "mark_ns": "mark_good_ns",
        "is_stale": "mark_is_stale",
        "rate": "rate_ppb",
        "next_funding_ns": "next_funding_ns",
        "premium_sum": "premium_sum_ppb",
        "premium_count": "premium_count",
    }
    for name in ("state", "open_interest", "buy_lots", "sell_lots"):
        yield name, int(row[name]), theirs[name]
    yield "trade_count", int(book["trade_count"]), theirs["trade_count"]
    for name, ours in names.items():
        yield name, int(rates[ours]), int(theirs[name])
    ring = state.basis[contract * BASIS_SLOTS : (contract + 1) * BASIS_SLOTS]
    count, after = int(rates["basis_count"]), int(rates["basis_next"])
    slots = [(after - count + i) % BASIS_SLOTS for i in range(count)]
    basis = [(int(ring[i]["time_ns"]), int(ring[i]["basis_ticks"])) for i in slots]
    yield "basis", basis, [tuple(each) for each in theirs["basis"]]


def house_difference(state, reference):
    """Compare assets, claims and the house's counters; return the difference in words."""
    for asset in range(1, len(state.assets)):
        for name, value in reference.asset_fields(asset).items():
            if int(state.assets[asset][name]) != int(value):
                return f"asset {asset} {name}: {state.assets[asset][name]} against {value}"
    used = int(state.house["claims_used"][0])
    rows = state.claims[:used][["loss_id", "wallet", "open_quote"]].tolist()
    ours = [tuple(row) for row in rows if row[2] > 0]
    theirs = [tuple(claim) for claim in reference.claims() if claim[2] > 0]
    if ours != theirs:
        return f"claims: {ours} against {theirs}"
    for name, value in reference.house_fields().items():
        section = state.engine if name in ("now_ns", "sequence") else state.house
        if int(section[name][0]) != value:
            return f"house {name}: {section[name][0]} against {value}"
    return ""


def count_mix(mix, events, command):
    """Add one command and its events to the mix."""
    mix["commands"] += 1
    kinds = {event.kind for event in events}
    mix["accepted"] += Event.REFUSED not in kinds
    mix["trading"] += Event.TRADE in kinds
    for event in events:
        mix[Event(event.kind).name] += 1
        if event.kind == Event.REFUSED:
            mix[f"reject {Reject(event.code).name}"] += 1
        if event.kind == Event.ALLOCATION:
            mix[f"layer {event.code}"] += 1
        if event.kind == Event.CYCLE and event.code == 2:
            mix["extraordinary"] += 1


def compare(seed, count, sharing=None):
    """Run `count` random commands of a seed through both; return the Outcome or raise."""
    setting = house_setting.setting(seed, sharing)
    commands = list(house_flow.commands(setting, seed, count))
    machine = machine_for(setting)
    reference = ReferenceMachine(setting.config, setting.accounts)
    mix = Counter()
    block = 50
    for first in range(0, count, block):
        batch = commands[first : first + block]
        rows = command_rows(batch)
        expected = []
        for command in batch:
            events = reference.apply(command)
            count_mix(mix, events, command)
            expected += events
        found = machine.apply_batch(rows)
        wanted = np.array([tuple(event) for event in expected], EVENT)
        if len(found) != len(wanted) or found.tobytes() != wanted.tobytes():
            raise AssertionError(explain_events(seed, setting, commands, first, found, wanted))
        if (first // block) % (FIELDS_EVERY // block) == 0:
            text = difference(machine, reference)
            if text:
                raise AssertionError(f"seed={seed} sharing={sharing} after {first}: {text}")
    machine.check_books()
    text = difference(machine, reference)
    if text:
        raise AssertionError(f"seed={seed} sharing={sharing} at the end: {text}")
    return Outcome(mix, machine.state_hash())


def explain_events(seed, setting, commands, first, found, wanted):
    """Return the first event that differs, the commands around it, and how to run it again."""
    i = 0
    while i < min(len(found), len(wanted)) and found[i].tobytes() == wanted[i].tobytes():
        i += 1
    sharing = setting.config.house.loss_sharing
    lines = [f"seed={seed} sharing={sharing!r} block at {first}, event {i}"]
    for name, rows in (("machine", found), ("reference", wanted)):
        for row in rows[max(0, i - 2) : i + 3]:
            kind = Event(int(row["kind"])).name
            lines.append(f"  {name:9} {kind:18} {row.tolist()}")
    time_ns = int(wanted[min(i, len(wanted) - 1)]["time_ns"])
    for command in commands[first : first + 50]:
        if abs(command.time_ns - time_ns) <= 10**10:
            lines.append(f"  {command}")
    lines.append(f"  again: HKPERP_SEED={seed} pytest tests/house -k differential")
    return "\n".join(lines[:80])
