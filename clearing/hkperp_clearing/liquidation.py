"""How near a liquidation is, what it closes first, and who may take it over at which price.

LIQ-03, LIQ-04, LIQ-06. Pure decisions; the machine acts on them. docs/machine.md section 6.2,
docs/default.md sections 1 and 3.
"""

from hkperp_clearing.margin import (
    bankruptcy_ticks,
    initial_margin,
    is_frozen,
    maintenance_margin,
    measure,
)
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_floor
from hkperp_engine.codes import HouseWallet
from hkperp_engine.kernel import kernel
from hkperp_engine.units import NONE

__all__ = ["backstop_ticks", "curing_lots", "largest_leg", "notice_level", "platform_lots"]


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


@kernel
def notice_level(state):
    """Return the level of notice, 0 to 3, of the wallet measured last: MM is 80, 90, 95% of E.

    `state.margin[0]` holds its measure; 0 without lots, or if E is not above 0 (DFT-001). MM / E
    is p% or more if E - MM is at most (100 - p)% of E: no product that could leave 64 bits. E 100
    with MM 79, 80, 90 and 95 gives 0, 1, 2 and 3. O(1).
    """
    margin = state.margin[0]
    equity = margin["equity"]
    if margin["has_lots"] == 0 or equity <= 0:
        return 0
    headroom = equity - margin["maintenance_margin"]
    if headroom <= equity // 20:
        return 3
    if headroom <= equity // 10:
        return 2
    if headroom <= equity // 5:
        return 1
    return 0


@kernel
def backstop_ticks(state, wallet, contract):
    """Return the price at which a provider takes lots of a wallet's leg, ticks (DFT-021).

    The published discount from the mark, but not beyond the leg's bankruptcy price as it is now,
    while E > 0; else the mark: a provider never makes a loss larger. Long, mark 1,000, discount
    5%: 950, or 980 if the leg is bankrupt there. Measures the wallet; the leg has lots.
    O(contracts + assets).
    """
    measure(state, wallet)
    spec = state.contracts[contract]
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    price_ticks = mark_ticks
    if state.margin[0]["equity"] > 0:
        limit_ticks = bankruptcy_ticks(state, wallet, contract)
        distance = mul_div_floor(mark_ticks, spec["backstop_discount_ppb"])
        if state.positions[wallet * state.contracts.size + contract]["lots"] > 0:
            price_ticks = max(limit_ticks, mark_ticks - distance)
        else:
            price_ticks = min(limit_ticks, mark_ticks + distance)
    return min(max(price_ticks, 1), spec["price_ticks_max"])


@kernel
def platform_lots(state, contract, is_long):
    """Return the most lots of a long (short) leg within the platform's inventory limit (DFT-020).

    What reduces its position, and up to the limit on the other side. Limit 5, short 3: 8 long
    lots, 2 short ones. O(1).
    """
    row = HouseWallet.PLATFORM * state.contracts.size + contract
    lots = int(state.positions[row]["lots"])
    if not is_long:
        lots = -lots
    return max(0, state.contracts[contract]["inventory_lots_max"] - lots)
