"""Auto-deleveraging that stops exactly (LOSS-04): who is ranked how, and who gives up what.

Of a defaulter's leg, just as many lots are closed against gainers on the other side as its part of
the loss needs, and the last of them stops at the unit. docs/machine.md section 6.4.
"""

from hkperp_clearing.margin import maintenance_margin, measure
from hkperp_clearing.position import book_fill
from hkperp_clearing.waterfall import add_claim, divide
from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import Event, HouseWallet, InvestorClass
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.units import NONE, PPB

__all__ = [
    "SCORE_FACTOR_MAX_PPB",
    "best_candidate",
    "deleverage",
    "give_up",
    "rank_candidates",
    "score_ppb",
    "split_by_margin",
]

#: Profit and leverage are capped here, each, before they are multiplied.
SCORE_FACTOR_MAX_PPB = 10**12


@kernel
def _ratio_ppb(part, whole):
    """Return part / whole in ppb, rounded down, capped; 0 <= part, 0 < whole < 2**62. O(1)."""
    if part // whole >= SCORE_FACTOR_MAX_PPB // PPB:
        return SCORE_FACTOR_MAX_PPB
    ratio, _ = mul_div_wide(part, PPB, whole)
    return ratio


@kernel
def score_ppb(state, wallet, contract):
    """Return the rank of a wallet's leg, ppb: profit times leverage, or over it for a loss. O(1).

    `state.margin[0]` holds the wallet's measure, with E > 0. Twice the stake in profit at 10 times
    leverage is 20e9.
    """
    margin = state.margin[0]
    position = state.positions[wallet * state.contracts.size + contract]
    lots = int(position["lots"])
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    value = lots * mark_ticks * state.contracts[contract]["tick_value"]
    entry_cost = position["entry_cost"]
    profit = SCORE_FACTOR_MAX_PPB
    if entry_cost != 0:
        profit = _ratio_ppb(abs(value - entry_cost), abs(entry_cost))
    share = maintenance_margin(state, contract, abs(value))
    exposure, _ = mul_div_wide(abs(value), margin["maintenance_margin"], share)
    leverage = max(1, _ratio_ppb(exposure, margin["equity"]))
    if value - entry_cost > 0:
        score, _ = mul_div_wide(profit, leverage, PPB)
        return score
    score, _ = mul_div_wide(profit, PPB, leverage)
    return -score


@kernel
def rank_candidates(state, defaulter, contract, needs_gain):
    """List who may be deleveraged against a defaulter's leg, with scores; return how many.

    Clients with opposite lots and E > 0: with `needs_gain` those with VM > 0 (LOSS-04), without it
    those that are not in `deficit` (DFT-020). In `shares[]` (weight: score; share: unused 1).
    O(wallets).
    """
    contracts = state.contracts.size
    is_long = state.positions[defaulter * contracts + contract]["lots"] > 0
    count = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots == 0 or (lots > 0) == is_long or wallet == defaulter:
            continue
        measure(state, wallet)
        margin = state.margin[0]
        is_fit = margin["variation"] > 0
        if not needs_gain:
            is_fit = state.wallets[wallet]["is_in_deficit"] == 0
        if is_fit and margin["equity"] > 0:
            row = state.shares[count]
            row["wallet"] = wallet
            row["weight"] = score_ppb(state, wallet, contract)
            row["share"] = 1
            row["remainder"] = abs(lots)
            count += 1
    return count


@kernel
def _ranks_before(state, one, other):
    """Tell whether row `one` of the ranking stands before row `other` of equal score. O(1).

    An affiliate first, then more lots; rows are in order of wallets, so the lower stays.
    """
    first = state.shares[one]
    second = state.shares[other]
    affiliate = InvestorClass.AFMM
    one_affiliate = state.wallets[first["wallet"]]["investor_class"] == affiliate
    other_affiliate = state.wallets[second["wallet"]]["investor_class"] == affiliate
    if one_affiliate != other_affiliate:
        return one_affiliate
    return first["remainder"] > second["remainder"]


@kernel
def best_candidate(state, count):
    """Return the best row not used yet and mark it used; NONE if there is none. O(count)."""
    best = NONE
    for i in range(count):
        row = state.shares[i]
        if row["share"] == 0:
            continue
        is_better = best == NONE or row["weight"] > state.shares[best]["weight"]
        if not is_better and row["weight"] == state.shares[best]["weight"]:
            is_better = _ranks_before(state, i, best)
        if is_better:
            best = i
    if best != NONE:
        state.shares[best]["share"] = 0
    return best


@kernel
def give_up(loss, deficit, lots, closed):
    """Return G(closed): what the first `closed` of `lots` lots bring, quote (docs 6.4). O(1).

    min(loss, ceil(closed * deficit / lots)). Loss 3,000, deficit 10,000, 10 lots: 1,000 a lot, and
    3 lots bring exactly 3,000.
    """
    part, rest = mul_div_wide(deficit, closed, lots)
    if rest > 0:
        part += 1
    return min(loss, part)


@kernel
def deleverage(state, frame, candidate, lots, given):
    """Close `lots` of the frame's leg against a candidate, who gives up `given` quote. O(1).

    Both sides are booked at the mark; the give-up moves in `pending`. Event DELEVERAGE; a claim if
    something was given. `frame`: wallet the defaulter, contract, loss_id.
    """
    row = state.shares[candidate]
    wallet = row["wallet"]
    contract = frame["contract"]
    contracts = state.contracts.size
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    sign = 1 if state.positions[frame["wallet"] * contracts + contract]["lots"] > 0 else -1
    book_fill(state, frame["wallet"], contract, -sign * lots, mark_ticks)
    book_fill(state, wallet, contract, sign * lots, mark_ticks)
    state.wallets[frame["wallet"]]["pending"] += given
    state.wallets[wallet]["pending"] -= given
    event = state.events[new_event(state, Event.DELEVERAGE, wallet)]
    event["contract"] = contract
    event["counter_wallet"] = frame["wallet"]
    event["order_id"] = frame["loss_id"]
    event["counter_order_id"] = row["weight"]
    event["price_ticks"] = mark_ticks
    event["lots"] = lots
    event["amount"] = given
    if given > 0:
        add_claim(state, frame["loss_id"], wallet, given)


@kernel
def split_by_margin(state, wallet, amount, loss):
    """Split a defaulter's `amount` D and `loss` R over its legs by maintenance margin. O(legs).

    Writes `parts[contract]`: weight, share R_c and remainder D_c (quote). R and D - R are divided
    separately, so D_c >= R_c.
    """
    contracts = state.contracts.size
    for contract in range(contracts):
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        value = abs(lots) * state.rates[contract]["mark_good_ticks"]
        value *= state.contracts[contract]["tick_value"]
        state.shares[contract]["weight"] = maintenance_margin(state, contract, value)
    divide(state, contracts, loss)
    for contract in range(contracts):
        state.parts[contract]["share"] = state.shares[contract]["share"]
    divide(state, contracts, amount - loss)
    for contract in range(contracts):
        part = state.parts[contract]
        part["remainder"] = part["share"] + state.shares[contract]["share"]
