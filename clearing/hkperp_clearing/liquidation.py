"""What a liquidation closes: which leg first, and the fewest lots that cure (LIQ-03, LIQ-04).

Pure decisions; the machine sends the order. docs/machine.md section 6.2.
"""

from hkperp_clearing.margin import initial_margin, is_frozen, maintenance_margin
from hkperp_engine.arithmetic import mul_div_ceil
from hkperp_engine.kernel import kernel
from hkperp_engine.units import NONE

__all__ = ["curing_lots", "largest_leg"]


@kernel
def largest_leg(state, wallet, tried_mask):
    """Return the contract of the wallet's leg with the largest maintenance margin; NONE if none.

    Frozen contracts and those whose bit is in `tried_mask` are left out; ties: lower contract.
    O(contracts * tiers).
    """
    best = NONE
    best_margin = 0
    for contract in range(state.contracts.size):
        lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
        if lots == 0 or tried_mask >> contract & 1 != 0 or is_frozen(state, contract):
            continue
        value = abs(lots) * state.rates[contract]["mark_good_ticks"]
        margin = maintenance_margin(
            state, contract, value * state.contracts[contract]["tick_value"]
        )
        if best == NONE or margin > best_margin:
            best = contract
            best_margin = margin
    return best


@kernel
def curing_lots(state, wallet, contract):
    """Return (lots, cures): the fewest lots of a leg that bring equity to the buffered target.

    `state.margin[0]` holds the wallet's measure. Filled at the mark, closing x lots leaves equity
    less the liquidation fee, against the initial margin of what is left, plus `buffer_ppb` of it.
    If no x cures: the whole leg, and False. O(log(lots) * tiers).

    The fee rate is below the lowest initial margin rate (load refuses others), so more lots never
    cure less. Tiers rise from there, and an add-on of MARGIN_ADDON raises all of them. A class
    floor below the lowest rate is never the larger of the two, one above it falls faster than the
    fee rises, as the tiers do. The concentration add-on only falls.

    Long 10 at 100, equity 90, IM 20 %, no buffer or fee: 90 >= 20 * 4 but not 20 * 5: 6 lots.
    """
    margin = state.margin[0]
    spec = state.contracts[contract]
    lots = abs(int(state.positions[wallet * state.contracts.size + contract]["lots"]))
    unit = state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
    investor_class = int(state.wallets[wallet]["investor_class"])
    whole = initial_margin(state, contract, lots * unit, investor_class)
    others = margin["initial_margin"] - whole
    equity = margin["equity"]
    low = 1
    high = lots + 1
    while low < high:
        middle = (low + high) // 2
        is_cured = True
        if middle <= lots:
            fee = mul_div_ceil(middle * unit, spec["liquidation_fee_ppb"])
            left = initial_margin(state, contract, (lots - middle) * unit, investor_class)
            target = others + left
            is_cured = equity - fee >= target + mul_div_ceil(target, spec["buffer_ppb"])
        if is_cured:
            high = middle
        else:
            low = middle + 1
    if low > lots:
        return lots, False
    return low, True
