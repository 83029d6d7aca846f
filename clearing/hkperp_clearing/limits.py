"""Limits on orders: may the market take one, at which price at most, how many lots more.

PROD-05, HALT-01, LIM-01, LIM-03, ELIG-05; docs/machine.md section 3, docs/gate.md. Only
`update_threshold` changes anything.
"""

from hkperp_clearing.margin import worse_value
from hkperp_engine.arithmetic import MUL_DIV_MAX, mul_div_floor
from hkperp_engine.codes import ContractState, Reject, Side
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined

__all__ = [
    "account_exposure",
    "collar_ticks",
    "exposure_is_full",
    "market_refusal",
    "oi_is_full",
    "position_is_full",
    "update_threshold",
]


@kernel
def collar_ticks(state, contract, side, band_ppb):
    """Return the worst price (ticks) a market order of `side` may trade at: mark +- band. O(1)."""
    mark_ticks = state.rates[contract]["mark_good_ticks"]
    distance = mul_div_floor(mark_ticks, band_ppb)
    price_ticks = mark_ticks + distance if side == Side.BUY else mark_ticks - distance
    return min(max(price_ticks, 1), state.contracts[contract]["price_ticks_max"])


@inlined
def market_refusal(state, contract):
    """Return why a contract takes no positions now, or NONE (PROD-05, HALT-01, VAL-05). O(1)."""
    contract_state = state.markets[contract]["state"]
    if contract_state == ContractState.CLOSED or contract_state == ContractState.SETTLED:
        return Reject.MARKET_CLOSED
    if contract_state == ContractState.HALTED:
        return Reject.MARKET_HALTED
    if state.rates[contract]["mark_good_ticks"] == 0:
        return Reject.NO_MARK_PRICE
    return Reject.NONE


@inlined
def position_is_full(state, wallet, contract, side, lots):
    """Tell whether `lots` more on a side could pass the largest position (LIM-01). O(1).

    A position on the other side is no credit: it may be closed before these orders fill.
    """
    position = state.positions[wallet * state.contracts.size + contract]
    limit = state.contracts[contract]["lots_max"]
    if side == Side.BUY:
        return max(0, int(position["lots"])) + int(position["buy_lots"]) + lots > limit
    return max(0, -int(position["lots"])) + int(position["sell_lots"]) + lots > limit


@inlined
def oi_is_full(state, contract, side, lots):
    """Tell whether `lots` more on a side could take open interest past its cap (LIM-03). O(1)."""
    spec = state.contracts[contract]
    waiting = spec["buy_lots"] if side == Side.BUY else spec["sell_lots"]
    return spec["open_interest"] + waiting + lots > spec["oi_cap_lots"]


@kernel
def account_exposure(state, wallet):
    """Return the notional, quote, that the wallet's account can reach by its orders (GAT-013).

    Sum of the worse notionals of all its wallets and contracts, at the marks. With at most 16 legs
    of at most 2**57 each it is below 2**62. Long 2 at a mark of 100 with a buy order of 1 at 90,
    tick value 1: 300. O(wallets of the account * contracts).
    """
    account = int(state.wallets[wallet]["account"])
    total = 0
    each = account
    while each < state.wallets.size and state.wallets[each]["account"] == account:
        mask = state.wallets[each]["contract_mask"]
        while mask != 0:
            contract = ctz(mask)
            mask &= mask - 1
            position = state.positions[each * state.contracts.size + contract]
            lots = abs(int(position["lots"]))
            mark_ticks = state.rates[contract]["mark_good_ticks"]
            value = lots * mark_ticks * state.contracts[contract]["tick_value"]
            total += worse_value(position, value)
        each += 1
    return total


@kernel
def exposure_is_full(state, wallet):
    """Tell whether the wallet's account is above its exposure limit, if it has one (ELIG-05).

    O(1) without one, else as `account_exposure`.
    """
    if state.wallets[wallet]["is_capped"] == 0:
        return False
    return account_exposure(state, wallet) > state.exposure_caps[wallet]


@kernel
def update_threshold(state, contract, depth_lots):
    """Set the notional, quote, above which a contract's concentration add-on is asked (GAT-051).

    `depth_lots`: lots within the liquidation collar of the mark, of the thinner side. The lesser
    of the two shares, each rounded down, of open interest and of depth, but not below the floor. A
    share of 0 leaves its term out. Does nothing if the add-on is off; it then stays above every
    notional. O(1).

    Open interest is within its cap, so its value is below 2**61. Depth has no such bound (many
    reduce-only orders may rest): it counts at most 2**62. Shares of 10% of 1,000,000 open and of
    20% of 400,000 resting: min(100,000, 80,000) = 80,000.
    """
    spec = state.contracts[contract]
    if spec["concentration_ppb"] == 0:
        return
    unit_quote = state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
    threshold = MUL_DIV_MAX
    if spec["oi_share_ppb"] != 0:
        value = spec["open_interest"] * unit_quote
        threshold = min(threshold, mul_div_floor(value, spec["oi_share_ppb"]))
    if spec["depth_share_ppb"] != 0:
        value = MUL_DIV_MAX
        if depth_lots <= MUL_DIV_MAX // unit_quote:
            value = depth_lots * unit_quote
        threshold = min(threshold, mul_div_floor(value, spec["depth_share_ppb"]))
    if spec["oi_share_ppb"] == 0 and spec["depth_share_ppb"] == 0:
        threshold = 0
    spec["threshold_quote"] = max(spec["concentration_floor_quote"], threshold)
