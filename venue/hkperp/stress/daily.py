"""What is published every day beside a stress test: large positions, and the fund's floor.

LIM-04: the largest positions of each contract, by group of connected clients. RSV-04: the fund is
never to be less than a part of what clients hold, whatever a stress says.
"""

from typing import NamedTuple

import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.stress.cover import Group, groups_of
from hkperp_engine.codes import HouseWallet
from hkperp_engine.units import PPB

__all__ = ["FLOOR_PPB", "LargePosition", "floor_quote", "large_positions"]

#: The floor of the fund as a part of the clients' assets: the example of RSV-04, a design default.
FLOOR_PPB = 1_000_000

_LISTED = 10


class LargePosition(NamedTuple):
    """A group's lots in a contract, long and short not set off; `share_ppb` of open interest is of
    the larger side, rounded down.
    """

    contract: int
    group: Group
    long_lots: int
    short_lots: int
    share_ppb: int


def large_positions(machine: Machine, groups: np.ndarray) -> tuple[LargePosition, ...]:
    """Return the ten largest positions of each contract, largest share first. O(wallets)."""
    state = machine.state
    lots = state.positions["lots"].reshape(len(state.wallets), -1)
    members = groups_of(machine, groups)
    found: list[LargePosition] = []
    for contract, interest in enumerate(state.contracts["open_interest"].tolist()):
        sides: dict[Group, list[int]] = {}
        for wallet, group in members.items():
            held = int(lots[wallet, contract])
            if held:
                sides.setdefault(group, [0, 0])[held < 0] += abs(held)
        ranked = [
            LargePosition(contract, group, both[0], both[1], max(both) * PPB // interest)
            for group, both in sides.items()
        ]
        ranked.sort(key=lambda each: (-max(each.long_lots, each.short_lots), each.group.wallet))
        found += ranked[:_LISTED]
    return tuple(found)


def floor_quote(machine: Machine) -> int:
    """Return the least the fund may be, ledger units, rounded up: 0.1 % of what clients hold.

    Cash, and margin assets at their valuation: clients with
    5,000,000 in cash make a floor of 5,000.
    """
    state, clients = machine.state, int(HouseWallet.CLIENTS)
    units = state.balances.reshape(len(state.wallets), -1)[clients:].tolist()
    valuations = state.assets["valuation_ppb"].tolist()
    held = sum(state.wallets["cash"][clients:].tolist())
    held += sum(
        balance * valuations[asset] // PPB
        for row in units
        for asset, balance in enumerate(row)
        if asset and balance
    )
    return -(-held * FLOOR_PPB // PPB)
