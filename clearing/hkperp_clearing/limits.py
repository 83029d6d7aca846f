"""Limits on orders: may the market take one, at which price at most, how many lots more.

PROD-05, HALT-01, LIM-01, LIM-03; docs/machine.md section 3. Nothing here changes anything.
"""

from hkperp_engine.arithmetic import mul_div_floor
from hkperp_engine.codes import ContractState, Reject, Side
from hkperp_engine.kernel import kernel
from hkperp_engine.tuning import inlined

__all__ = ["collar_ticks", "market_refusal", "oi_is_full", "position_is_full"]


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
