"""The commands that a drill consists of: those that an operator would send (DEF-01, HALT-04).

a client    KILL_SWITCH of each of its wallets: its orders go, new ones are refused
            DECLARE_DEFAULT of each wallet with a position: taken over in the next mark step
affiliate   SUSPEND_AFMM before that: all its quotes are withdrawn in one command (AFMM-08)
issuer      ISSUER_DEFAULT of each of its assets (DEF-02)
"""

import numpy as np

from hkperp.drill.subject import Choice, Defaulter, Who
from hkperp.replay.timeline import command_rows, joined
from hkperp_engine.codes import Command, KillScope

__all__ = ["declaration"]


def declaration(
    choice: Choice, failing: tuple[Defaulter, ...], assets: tuple[int, ...], at_ns: int
) -> np.ndarray:
    """Return the COMMAND rows that declare a default at a time, in order."""
    parts = [command_rows(at_ns, Command.ADVANCE, 0)]
    if choice.who == Who.ISSUER:
        rows = command_rows(at_ns, Command.ISSUER_DEFAULT, len(assets))
        rows["target"], rows["amount"] = assets, choice.recovered_ppb
        return joined([*parts, rows])
    if choice.who == Who.AFMM:
        suspended = command_rows(at_ns, Command.SUSPEND_AFMM, 1)
        suspended["side"] = 1
        parts.append(suspended)
    stopped = command_rows(at_ns, Command.KILL_SWITCH, len(failing))
    stopped["wallet"] = [each.wallet for each in failing]
    stopped["target"], stopped["side"] = KillScope.WALLET, 1
    holding = [each.wallet for each in failing if any(each.lots)]
    declared = command_rows(at_ns, Command.DECLARE_DEFAULT, len(holding))
    declared["wallet"] = holding
    return joined([*parts, stopped, declared])
