"""Auto-deleveraging that stops exactly (LOSS-04): who is ranked how, and who gives up what.

Of a defaulter's leg, just as many lots are closed against gainers on the other side as its part of
the loss needs, and the last of them stops at the unit. docs/machine.md section 6.4.
"""

from hkperp_clearing.margin import maintenance_margin, measure, variation
from hkperp_clearing.position import book_fill
from hkperp_clearing.waterfall import add_claim, divide
from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import Event, HouseWallet, InvestorClass
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.tuning import inlined
from hkperp_engine.units import NONE, PPB

__all__ = [
    "RANKED_AT_ONCE",
    "SCORE_FACTOR_MAX_PPB",
    "deleverage",
    "give_up",
    "next_candidate",
    "rank_candidates",
    "score_ppb",
    "split_by_margin",
]

#: Profit and leverage are capped here, each, before they are multiplied.
SCORE_FACTOR_MAX_PPB = 10**12

#: So many candidates are brought into order at a time: one look at each row finds them, however
#: many there are, and few losses need more.
RANKED_AT_ONCE = 128


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
    those that are not in `deficit` (DFT-020). In `shares[]` (weight: score; remainder: lots), the
    best RANKED_AT_ONCE of them first and in order; `next_candidate` has the others.
    O(wallets + ranked * log(RANKED_AT_ONCE)).
    """
    contracts = state.contracts.size
    is_long = state.positions[defaulter * contracts + contract]["lots"] > 0
    count = 0
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        lots = int(state.positions[wallet * contracts + contract]["lots"])
        if lots == 0 or (lots > 0) == is_long or wallet == defaulter:
            continue
        is_fit = state.wallets[wallet]["is_in_deficit"] == 0
        if needs_gain:
            is_fit = variation(state, wallet) > 0
        if not is_fit:
            continue
        measure(state, wallet)
        if state.margin[0]["equity"] > 0:
            row = state.shares[count]
            row["wallet"] = wallet
            row["weight"] = score_ppb(state, wallet, contract)
            row["share"] = 0
            row["remainder"] = abs(lots)
            _offer(state, 0, count)
            count += 1
    _sort(state, 0, min(count, RANKED_AT_ONCE))
    return count


@inlined
def _ranks_before(state, one, other):
    """Tell whether row `one` of the ranking stands before row `other` (LOSS-04). O(1).

    The higher score; of equal scores an affiliate first, then more lots, then the lower wallet.
    """
    first = state.shares[one]
    second = state.shares[other]
    if first["weight"] != second["weight"]:
        return first["weight"] > second["weight"]
    affiliate = InvestorClass.AFMM
    one_affiliate = state.wallets[first["wallet"]]["investor_class"] == affiliate
    other_affiliate = state.wallets[second["wallet"]]["investor_class"] == affiliate
    if one_affiliate != other_affiliate:
        return one_affiliate
    if first["remainder"] != second["remainder"]:
        return first["remainder"] > second["remainder"]
    return first["wallet"] < second["wallet"]


@inlined
def _swap(state, one, other):
    """Exchange two rows of the ranking. O(1)."""
    first = state.shares[one]
    second = state.shares[other]
    wallet = first["wallet"]
    weight = first["weight"]
    lots = first["remainder"]
    first["wallet"] = second["wallet"]
    first["weight"] = second["weight"]
    first["remainder"] = second["remainder"]
    second["wallet"] = wallet
    second["weight"] = weight
    second["remainder"] = lots


@kernel
def _sink(state, first, size, at):
    """Let row `first + at` of a heap of `size` rows, worst on top, sink to its place. O(log)."""
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and _ranks_before(state, first + child, first + child + 1):
            child += 1
        if not _ranks_before(state, first + at, first + child):
            return
        _swap(state, first + at, first + child)
        at = child


@inlined
def _offer(state, first, index):
    """Keep the best RANKED_AT_ONCE of rows `first` .. `index` in front, as a heap, worst on top.

    Those before `index` are kept so already. O(1) for a row that is not among the best.
    """
    size = index - first + 1
    if size > RANKED_AT_ONCE:
        if _ranks_before(state, index, first):
            _swap(state, index, first)
            _sink(state, first, RANKED_AT_ONCE, 0)
    elif size == RANKED_AT_ONCE:
        for i in range(size // 2):
            _sink(state, first, size, size // 2 - 1 - i)


@kernel
def _sort(state, first, size):
    """Sort `size` rows from `first` on, best first. O(size * log(size))."""
    for i in range(size // 2):
        _sink(state, first, size, size // 2 - 1 - i)
    for i in range(size - 1):
        last = size - 1 - i
        _swap(state, first, first + last)
        _sink(state, first, last, 0)


@kernel
def next_candidate(state, taken, count):
    """Return the row of the best of `count` candidates when `taken` have been taken; NONE behind.

    O(1), but O(count) once in RANKED_AT_ONCE calls.
    """
    if taken >= count:
        return NONE
    if taken > 0 and taken % RANKED_AT_ONCE == 0:
        for index in range(taken, count):
            _offer(state, taken, index)
        _sort(state, taken, min(count - taken, RANKED_AT_ONCE))
    return taken


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
