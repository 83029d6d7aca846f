"""Which wallets need no look in a margin test: those that are healthy by a bound, and were before.

Most wallets are far from any threshold at most marks. The bound costs a multiplication a leg where
the measure costs three divisions, and never says that a wallet is healthy when it is not.
"""

from hkperp_clearing.collateral import collateral_value
from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import MarginState
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined

__all__ = ["is_clearly_healthy"]


@inlined
def is_clearly_healthy(state, wallet):
    """Tell whether a margin test would surely leave a wallet as it is. O(contracts + assets).

    So if it is HEALTHY, has no open orders in its sums, and its equity is at least what the
    highest rate of each contract (`im_ceiling_ppb`: tiers, class floors, add-ons) asks of its
    notional, which is never less than its initial margin, nor than 1.25 times its maintenance
    margin: not of CALL, REDUCING or TAKEN_OVER, and below every notice (DFT-001).
    Rounding up by one a leg covers `mul_div_ceil`; deductions of tiers only lower the margin.

    Long 10 at 100 with ceiling 20 % needs at most 200 + 1: with equity 201 it is left alone.
    """
    row = state.wallets[wallet]
    if row["state"] != MarginState.HEALTHY or row["notice_level"] + row["is_declared"] != 0:
        return False
    total = row["cash"] + row["pending"]
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        if (position["buy_lots"] | position["sell_lots"]) != 0:
            return False
        lots = int(position["lots"])
        if lots != 0:
            spec = state.contracts[contract]
            value = lots * state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
            total += value - position["cost"]
            total -= mul_div_floor(abs(value), spec["im_ceiling_ppb"]) + 1
    if row["asset_mask"] != 0:
        total += collateral_value(state, wallet)
    return total >= 0
