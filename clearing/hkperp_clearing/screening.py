"""Which wallets need no look in a margin test: those that are healthy by a bound, and were before.

Most wallets are far from any threshold at most marks. The first bound costs a multiplication a
leg where the measure costs three divisions; the second is as dear as the measure, and as sharp.
Neither says that a wallet is healthy when it is not.
"""

from hkperp_clearing.collateral import collateral_value
from hkperp_clearing.layout import CLASSES, TIERS_MAX
from hkperp_clearing.margin import maintenance_margin, tier_margin
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_floor
from hkperp_engine.codes import MarginState
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined
from hkperp_engine.units import NONE, PPB

__all__ = ["is_idle", "margin_ceiling_ppb", "sharp_spare_quote", "spare_quote"]

#: Units that rounding can add to the margin of a leg: tier or class, add-on, a notice's quarter.
_ROUNDING_QUOTE = 3


@inlined
def is_idle(state, wallet):
    """Tell whether a wallet has never had lots or orders, owes nothing and is not declared. O(1).

    No margin test does anything about it, whatever the marks.
    """
    row = state.wallets[wallet]
    return row["contract_mask"] == 0 and row["pending"] >= 0 and row["is_declared"] == 0


@kernel
def margin_ceiling_ppb(state, contract):
    """Return the rate, ppb, that no margin of a contract rises above, nor faster. O(classes).

    The highest tier's or class's and the add-on, and 1.25 times the highest maintenance rate: who
    has more equity is above the initial margin and below every notice (DFT-001). Tiers rise.
    """
    top = state.tiers[contract * TIERS_MAX + state.contracts[contract]["tier_count"] - 1]
    highest = top["im_ppb"]
    for investor_class in range(CLASSES):
        highest = max(highest, state.class_floors[contract * CLASSES + investor_class])
    highest += state.contracts[contract]["concentration_ppb"]
    return max(highest, top["mm_ppb"] + (top["mm_ppb"] + 3) // 4)


@inlined
def _may_be_passed_over(row):
    """Tell whether a wallet is HEALTHY, with no notice, and not declared in default. O(1)."""
    return row["state"] == MarginState.HEALTHY and row["notice_level"] + row["is_declared"] == 0


@inlined
def spare_quote(state, wallet):
    """Return how much more equity, quote, a wallet has than the bound asks; NONE if not enough.

    If it is not NONE a margin test would surely leave the wallet as it is. So if it is HEALTHY,
    has no open orders in its sums, and its equity is at least what `im_ceiling_ppb` (the
    `margin_ceiling_ppb` of each contract) asks of its notional: not of CALL, REDUCING or
    TAKEN_OVER, and below every notice. NONE, too, where that is more than the notional itself.
    O(contracts + assets).

    Long 10 at 100 with ceiling 20 % needs at most 200 + 3: with equity 205 it has 2 to spare.
    """
    row = state.wallets[wallet]
    if not _may_be_passed_over(row):
        return NONE
    total = row["cash"] + row["pending"]
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        if (position["buy_lots"] | position["sell_lots"]) != 0:
            return NONE
        lots = int(position["lots"])
        if lots != 0:
            spec = state.contracts[contract]
            if spec["im_ceiling_ppb"] > PPB:
                return NONE
            value = lots * state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
            total += value - position["cost"]
            total -= mul_div_floor(abs(value), spec["im_ceiling_ppb"]) + _ROUNDING_QUOTE
    if row["asset_mask"] != 0:
        total += collateral_value(state, wallet)
    return total if total >= 0 else NONE


@kernel
def sharp_spare_quote(state, wallet):
    """Return what `spare_quote` does, with the rates of the wallet's own tiers and class.

    The concentration add-on is asked of the whole notional, for its threshold moves by itself.
    O(contracts * tiers + assets).

    Long 10 at 100 in a tier of 5 %, MM 3 %: 50 is more than 30 + 7 + 1, so 205 has 155 to spare.
    """
    row = state.wallets[wallet]
    if not _may_be_passed_over(row):
        return NONE
    investor_class = int(row["investor_class"])
    equity = row["cash"] + row["pending"]
    im = 0
    mm = 0
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        if (position["buy_lots"] | position["sell_lots"]) != 0:
            return NONE
        lots = int(position["lots"])
        if lots != 0:
            spec = state.contracts[contract]
            value = lots * state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
            equity += value - position["cost"]
            im += tier_margin(state, contract, abs(value), investor_class)
            im += mul_div_ceil(abs(value), spec["concentration_ppb"])
            mm += maintenance_margin(state, contract, abs(value))
    if row["asset_mask"] != 0:
        equity += collateral_value(state, wallet)
    spare = equity - max(im, mm + mm // 4 + 1)
    return spare if spare >= 0 else NONE
