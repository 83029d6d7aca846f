"""Who would be deleveraged first, as published: the order that the machine itself would use.

LOSS-04, DFT-022. Scores come from the kernel that ranks candidates (`deleverage.score_ppb`), at
the last good marks; only the sorting is done here. Nothing here changes a result.
"""

import numpy as np

from hkperp.accounts import DeleveragingPlace
from hkperp.edge.machine_memory import Machine
from hkperp.state import open_machine
from hkperp_clearing.deleverage import score_ppb
from hkperp_clearing.margin import measure
from hkperp_engine.codes import HouseWallet, InvestorClass, Side
from hkperp_engine.kernel import door

__all__ = ["QUEUE_LIGHTS", "deleveraging_queue", "queue_lights"]

#: Steps of the indicator.
QUEUE_LIGHTS = 5

_WALLET, _LOTS, _SCORE, _IS_AFFILIATE, _GAIN = range(5)


@door
def score_holders(arena, contract, is_long, out):
    """Write a row (wallet, lots, score, is affiliate, VM) for each client who may be ranked.

    Those with lots of that side, E > 0 and no part in a deficit. Returns how many. O(wallets).
    """
    state = open_machine(arena)
    contracts = state.contracts.size
    count = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots == 0 or (lots > 0) != is_long or state.wallets[wallet]["is_in_deficit"] != 0:
            continue
        measure(state, wallet)
        if state.margin[0]["equity"] <= 0:
            continue
        out[count, _WALLET] = wallet
        out[count, _LOTS] = abs(lots)
        out[count, _SCORE] = score_ppb(state, wallet, contract)
        out[count, _IS_AFFILIATE] = state.wallets[wallet]["investor_class"] == InvestorClass.AFMM
        out[count, _GAIN] = state.margin[0]["variation"]
        count += 1
    return count


def queue_lights(rank: int, count: int) -> int:
    """Return how many of five lights are on: 5 for the first fifth of a queue, 1 for the last.

    >>> [queue_lights(rank, 10) for rank in (1, 2, 3, 10)]
    [5, 5, 4, 1]
    """
    return QUEUE_LIGHTS - (rank - 1) * QUEUE_LIGHTS // count


def deleveraging_queue(machine: Machine, contract: int, side: Side) -> list[DeleveragingPlace]:
    """Return the holders of a side of a contract in the order in which they would be closed out.

    Highest score first, then an affiliate, then more lots, then the lower wallet (machine.md 6.4).
    All can be closed at the mark for the platform's inventory limit; a loss passes over those
    whose VM is not above 0. O(wallets, and a sort of the holders).
    """
    lots = machine.state.positions["lots"][contract :: len(machine.state.contracts)]
    is_long = side == Side.BUY
    room = int(np.count_nonzero(lots > 0 if is_long else lots < 0))
    out = np.zeros((max(room, 1), 5), np.int64)
    rows = out[: score_holders(machine.arena, contract, is_long, out)]
    keys = (rows[:, _WALLET], -rows[:, _LOTS], -rows[:, _IS_AFFILIATE], -rows[:, _SCORE])
    rows = rows[np.lexsort(keys)]
    places, losing, ahead = [], 0, 0
    for rank, (wallet, held, score, _, gain) in enumerate(rows.tolist(), 1):
        losing += gain > 0
        places.append(
            DeleveragingPlace(
                wallet=wallet,
                lots=held if is_long else -held,
                score_ppb=score,
                rank=rank,
                count=len(rows),
                lots_ahead=ahead,
                lights=queue_lights(rank, len(rows)),
                gain_quote=max(0, gain),
                loss_rank=losing if gain > 0 else 0,
            )
        )
        ahead += held
    return places
