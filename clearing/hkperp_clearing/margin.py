"""Margin: what a wallet is worth, what it must hold, and where it would be bankrupt.

Formulas and names of docs/machine.md section 2 and docs/gate.md section 5 (MRG-07 to MRG-13).
Requirements are rounded up, values of collateral down. Nothing here changes a balance; `measure`
writes its one result row.
"""

from hkperp_clearing.collateral import collateral_value
from hkperp_clearing.layout import CLASSES, TIERS_MAX
from hkperp_engine.arithmetic import mul_div_ceil, mul_div_ceil_by, mul_div_wide
from hkperp_engine.codes import ContractState
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined

__all__ = [
    "bankruptcy_ticks",
    "cover",
    "equity",
    "initial_margin",
    "is_frozen",
    "maintenance_margin",
    "measure",
    "tier_margin",
    "variation",
    "worse_value",
]


@inlined
def is_frozen(state, contract):
    """Tell whether a contract is halted, in a call phase, or its mark stale. O(1).

    It triggers no liquidation: its positions could not be reduced.
    """
    market_state = state.markets[contract]["state"]
    if market_state == ContractState.HALTED:
        return True
    if ContractState.PRE_OPEN <= market_state <= ContractState.VOLATILITY_AUCTION:
        return True
    return state.rates[contract]["mark_is_stale"] != 0


@inlined
def _tier_of(state, contract, value_quote):
    """Return the row of the tier that a notional of `value_quote` falls in. O(tiers)."""
    first = contract * TIERS_MAX
    index = first + state.contracts[contract]["tier_count"] - 1
    while index > first and state.tiers[index]["floor_quote"] > value_quote:
        index -= 1
    return index


@inlined
def tier_margin(state, contract, value_quote, investor_class):
    """Return the initial margin, quote, of a notional without the add-on; rounded up. O(tiers).

    The tier's, not below the class floor (MRG-10). 20% of 99,000 is 19,800; with a class floor of
    25% it is 24,750.
    """
    tier = state.tiers[_tier_of(state, contract, value_quote)]
    margin = mul_div_ceil(value_quote, tier["im_ppb"]) - tier["im_deduction_quote"]
    floor_ppb = state.class_floors[contract * CLASSES + investor_class]
    if floor_ppb != 0:
        margin = max(margin, mul_div_ceil(value_quote, floor_ppb))
    return margin


@inlined
def initial_margin(state, contract, value_quote, investor_class):
    """Return the initial margin, quote, of a notional of a class; rounded up (GAT-050). O(tiers).

    The tier's or the class's, and the add-on to what goes beyond the concentration threshold
    (LIM-02). 25% of 99,000 is 24,750; with 10% more above 90,000 it is 25,650.
    """
    margin = tier_margin(state, contract, value_quote, investor_class)
    spec = state.contracts[contract]
    beyond = value_quote - spec["threshold_quote"]
    if beyond > 0:
        margin += mul_div_ceil(beyond, spec["concentration_ppb"])
    return margin


@kernel
def maintenance_margin(state, contract, value_quote):
    """Return the maintenance margin, quote, of a notional; rounded up. O(tiers)."""
    tier = state.tiers[_tier_of(state, contract, value_quote)]
    return mul_div_ceil(value_quote, tier["mm_ppb"]) - tier["mm_deduction_quote"]


@inlined
def _side_value(value_quote, reducing_lots, order_lots, order_value):
    """Return the notional if all orders of one side filled, closing `reducing_lots` first. O(1).

    With a position on the other side (`reducing_lots` > 0) only what goes beyond it counts,
    rounded up. Short 2, buy orders of 3 lots worth 300: ceil(300 * 1 / 3) = 100.
    """
    if reducing_lots == 0:
        return value_quote + order_value
    if order_lots <= reducing_lots:
        return 0
    return mul_div_ceil_by(order_value, order_lots - reducing_lots, order_lots)


@inlined
def worse_value(position, value_quote):
    """Return the larger notional, quote, that a leg can reach by its own orders. O(1)."""
    lots = int(position["lots"])
    if position["buy_lots"] == 0 and position["sell_lots"] == 0:
        return value_quote
    bought = _side_value(
        value_quote, max(0, -lots), int(position["buy_lots"]), position["buy_value"]
    )
    sold = _side_value(
        value_quote, max(0, lots), int(position["sell_lots"]), position["sell_value"]
    )
    return max(value_quote, bought, sold)


@inlined
def variation(state, wallet):
    """Return VM, quote: unrealised results at the marks and `pending`. O(contracts)."""
    row = state.wallets[wallet]
    total = row["pending"]
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        lots = int(position["lots"])
        if lots != 0:
            mark_ticks = state.rates[contract]["mark_good_ticks"]
            total += lots * mark_ticks * state.contracts[contract]["tick_value"] - position["cost"]
    return total


@inlined
def equity(state, wallet):
    """Return the maintenance equity E, quote: cash, collateral and VM. O(contracts + assets)."""
    row = state.wallets[wallet]
    total = row["cash"] + variation(state, wallet)
    if row["asset_mask"] != 0:
        total += collateral_value(state, wallet)
    return total


@inlined
def _counted(state, variation_quote):
    """Return what unsettled results count for new risk, quote: losses, gains only if on. O(1).

    MRG-12, GAT-053.
    """
    if variation_quote > 0 and state.house[0]["counts_gains"] == 0:
        return 0
    return variation_quote


@inlined
def cover(state, wallet):
    """Return (requirement, equity for new risk) of a wallet, quote: what admission compares.

    The same two numbers as `measure` writes, without the others. O(contracts + assets).
    """
    row = state.wallets[wallet]
    investor_class = int(row["investor_class"])
    variation_quote = row["pending"]
    requirement = 0
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        lots = int(position["lots"])
        value = 0
        if lots != 0:
            mark_ticks = state.rates[contract]["mark_good_ticks"]
            value = abs(lots) * mark_ticks * state.contracts[contract]["tick_value"]
            variation_quote += (value if lots > 0 else -value) - position["cost"]
        worse = worse_value(position, value)
        requirement += initial_margin(state, contract, worse, investor_class)
        requirement += position["order_loss"] + position["order_fee"]
    equity_new = row["cash"] + _counted(state, variation_quote)
    if row["asset_mask"] != 0:
        equity_new += collateral_value(state, wallet)
    return requirement, equity_new


@kernel
def measure(state, wallet):
    """Measure a wallet at the marks: all of docs/machine.md section 2 into `state.margin[0]`.

    O(contracts + assets). Returns nothing; the row stays until the next call.
    """
    row = state.wallets[wallet]
    margin = state.margin[0]
    collateral = 0
    if row["asset_mask"] != 0:
        collateral = collateral_value(state, wallet)
    investor_class = int(row["investor_class"])
    variation_quote = row["pending"]
    im = 0
    mm = 0
    mm_worse = 0
    requirement = 0
    has_lots = 0
    has_unfrozen_lots = 0
    order_lots = 0
    mask = row["contract_mask"]
    while mask != 0:
        contract = ctz(mask)
        mask &= mask - 1
        position = state.positions[wallet * state.contracts.size + contract]
        lots = int(position["lots"])
        value = 0
        if lots != 0:
            mark_ticks = state.rates[contract]["mark_good_ticks"]
            value = abs(lots) * mark_ticks * state.contracts[contract]["tick_value"]
            variation_quote += (value if lots > 0 else -value) - position["cost"]
            has_lots = 1
            if not is_frozen(state, contract):
                has_unfrozen_lots = 1
        worse = worse_value(position, value)
        im_worse = initial_margin(state, contract, worse, investor_class)
        requirement += im_worse + position["order_loss"] + position["order_fee"]
        mm_here = maintenance_margin(state, contract, value)
        mm += mm_here
        if worse == value:
            im += im_worse
            mm_worse += mm_here
        else:
            im += initial_margin(state, contract, value, investor_class)
            mm_worse += maintenance_margin(state, contract, worse)
        order_lots += int(position["buy_lots"]) + int(position["sell_lots"])
    margin["wallet"] = wallet
    margin["cash"] = row["cash"]
    margin["collateral"] = collateral
    margin["variation"] = variation_quote
    margin["equity"] = row["cash"] + collateral + variation_quote
    margin["equity_new"] = row["cash"] + collateral + _counted(state, variation_quote)
    margin["initial_margin"] = im
    margin["maintenance_margin"] = mm
    margin["maintenance_margin_worse"] = mm_worse
    margin["close_out_margin"] = mul_div_ceil(mm, state.house[0]["close_out_ppb"])
    margin["requirement"] = requirement
    margin["has_lots"] = has_lots
    margin["has_unfrozen_lots"] = has_unfrozen_lots
    margin["has_order_lots"] = order_lots


@kernel
def bankruptcy_ticks(state, wallet, contract):
    """Return the bankruptcy price of a leg in ticks: up for a long, down for a short (LIQ-04).

    `state.margin[0]` holds the wallet's measure; the leg has lots. Clamped to the contract's
    prices. Long 1 at 500,000 with 100,000 posted: 400,000 (TV-5). O(tiers), two wide divisions.
    """
    margin = state.margin[0]
    spec = state.contracts[contract]
    position = state.positions[wallet * state.contracts.size + contract]
    lots = int(position["lots"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    unit_quote = abs(lots) * spec["tick_value"]
    share = maintenance_margin(state, contract, unit_quote * mark_ticks)
    total = margin["maintenance_margin"]
    distance = 0
    if total > 0:
        part, rest = mul_div_wide(abs(margin["equity"]), share, total)
        if margin["equity"] >= 0:
            distance = part // unit_quote
        else:
            if rest > 0:
                part += 1
            distance = -((part + unit_quote - 1) // unit_quote)
    price_ticks = mark_ticks - distance if lots > 0 else mark_ticks + distance
    return min(max(price_ticks, 1), spec["price_ticks_max"])
