"""Limits on orders: may the market take one, at which price at most, how many lots more.

PROD-05, HALT-01, LIM-01, LIM-03, ELIG-05; docs/machine.md section 3, docs/gate.md, docs/default.md
section 2. Only `update_threshold` and `update_oi_caps` change anything.
"""

from hkperp_clearing.margin import worse_value
from hkperp_engine.arithmetic import MUL_DIV_MAX, mul_div_floor, mul_div_wide
from hkperp_engine.codes import ContractState, Event, HouseWallet, Reject, Side
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined

__all__ = [
    "account_exposure",
    "collar_ticks",
    "exposure_is_full",
    "market_refusal",
    "oi_cap",
    "oi_is_full",
    "position_is_full",
    "update_oi_caps",
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
def _side_lots(position, side):
    """Return the lots a wallet has and may yet buy (sell) in a contract, >= 0. O(1)."""
    if side == Side.BUY:
        return max(0, int(position["lots"])) + int(position["buy_lots"])
    return max(0, -int(position["lots"])) + int(position["sell_lots"])


@kernel
def _account_lots(state, wallet, contract, side):
    """Return the lots of a side of all wallets of an account (LIM-01). O(its wallets).

    At most 2**32 a wallet. They stand together, the cross wallet first (GAT-001).
    """
    account = int(state.wallets[wallet]["account"])
    total = 0
    each = account
    while each < state.wallets.size and state.wallets[each]["account"] == account:
        total += _side_lots(state.positions[each * state.contracts.size + contract], side)
        each += 1
    return total


@kernel
def _group_lots(state, wallet, contract, side):
    """Return the lots of a side of all wallets of a group of connected clients. O(the group).

    At most 2**32 a wallet. The wallets are a ring: `group_next`.
    """
    total = 0
    each = wallet
    while True:
        total += _side_lots(state.positions[each * state.contracts.size + contract], side)
        each = state.group_next[each]
        if each == wallet:
            return total


@kernel
def _holders_are_full(state, wallet, contract, side, lots):
    """Tell whether `lots` more pass a limit of the wallet's account or group (DFT-010, LIM-01).

    The share is of open interest as it is now, rounded down. 10% of 2,000 open, floor 50: 200.
    O(wallets of the account, and of the group).
    """
    spec = state.contracts[contract]
    limit = MUL_DIV_MAX
    if spec["holder_share_ppb"] != 0:
        limit = mul_div_floor(spec["open_interest"], spec["holder_share_ppb"])
        limit = max(limit, spec["oi_share_floor_lots"])
    client_limit = limit
    if spec["client_lots_max"] != 0:
        client_limit = min(limit, spec["client_lots_max"])
    if _account_lots(state, wallet, contract, side) + lots > client_limit:
        return True
    if state.group_next[wallet] == 0:
        return False
    if spec["group_lots_max"] != 0:
        limit = min(limit, spec["group_lots_max"])
    return _group_lots(state, wallet, contract, side) + lots > limit


@inlined
def position_is_full(state, wallet, contract, side, lots):
    """Tell whether `lots` more on a side could pass the largest position (LIM-01).

    Of the wallet, then of its account and of its group, if the contract limits those (DFT-010). A
    position on the other side is no credit: it may be closed before these orders fill. `lots` may
    be negative, where an order's old lots are taken out. O(1) without those limits.
    """
    spec = state.contracts[contract]
    position = state.positions[wallet * state.contracts.size + contract]
    if _side_lots(position, side) + lots > spec["lots_max"]:
        return True
    if (spec["client_lots_max"] | spec["group_lots_max"] | spec["holder_share_ppb"]) == 0:
        return False
    return _holders_are_full(state, wallet, contract, side, lots)


@inlined
def oi_cap(state, contract):
    """Return the most open interest, lots: of the contract, its fund and its depth. O(1)."""
    spec = state.contracts[contract]
    return min(spec["oi_cap_lots"], min(spec["oi_fund_cap_lots"], spec["oi_depth_cap_lots"]))


@inlined
def oi_is_full(state, contract, side, lots):
    """Tell whether `lots` more on a side could take open interest past its cap (LIM-03). O(1)."""
    spec = state.contracts[contract]
    waiting = spec["buy_lots"] if side == Side.BUY else spec["sell_lots"]
    return spec["open_interest"] + waiting + lots > oi_cap(state, contract)


@kernel
def _fund_cap_lots(state, contract, fund_quote):
    """Return the open interest that a fund carries, lots, rounded down; the contract has a mark.

    DFT-011: `oi_fund_multiple` hundredths of the fund, over the value of a lot; at most 2**62,
    which is no cap. 1,000 at a multiple of 20.00 and 500 a lot: 40 lots. O(1).
    """
    spec = state.contracts[contract]
    multiple = spec["oi_fund_multiple"]
    unit_quote = state.rates[contract]["mark_good_ticks"] * spec["tick_value"]
    once = fund_quote // unit_quote
    if once // 100 >= MUL_DIV_MAX // multiple:
        return MUL_DIV_MAX
    # The lots that the fund carries once, and what is less than a lot, are multiplied apart.
    lots, hundredths = mul_div_wide(once, multiple, 100)
    part, _ = mul_div_wide(fund_quote - once * unit_quote, multiple, unit_quote)
    return min(lots + (hundredths + part) // 100, MUL_DIV_MAX)


@kernel
def _depth_cap_lots(state, contract):
    """Return the open interest that the book could close out, lots, rounded down (DFT-011).

    `oi_depth_multiple` hundredths of the thinner side at the last good mark, at least the floor;
    at most 2**62, which is no cap. 25 lots at a multiple of 1.50, floor 30: 37. O(1).
    """
    spec = state.contracts[contract]
    multiple = spec["oi_depth_multiple"]
    depth_lots = spec["depth_lots"]
    if depth_lots // 100 >= MUL_DIV_MAX // multiple:
        return MUL_DIV_MAX
    lots, _ = mul_div_wide(depth_lots, multiple, 100)
    return min(max(lots, spec["oi_depth_floor_lots"]), MUL_DIV_MAX)


@kernel
def update_oi_caps(state):
    """Compute each contract's caps of open interest anew, from fund and depth (DFT-011, LIM-03).

    The fund is the cash of FIRST_LOSS, RESERVE and SECOND_TRANCHE. At the end of a cycle, behind
    its CYCLE_DONE, and of a HOUSE_DEPOSIT. At most one OI_CAP a contract, if its least cap
    changed. Contracts without a multiple or a mark are left alone. O(contracts).
    """
    fund_quote = state.wallets[HouseWallet.FIRST_LOSS]["cash"]
    fund_quote += state.wallets[HouseWallet.RESERVE]["cash"]
    fund_quote += state.wallets[HouseWallet.SECOND_TRANCHE]["cash"]
    for contract in range(state.contracts.size):
        spec = state.contracts[contract]
        if (spec["oi_fund_multiple"] | spec["oi_depth_multiple"]) == 0:
            continue
        if state.rates[contract]["mark_good_ticks"] == 0:
            continue
        before = oi_cap(state, contract)
        if spec["oi_fund_multiple"] != 0:
            spec["oi_fund_cap_lots"] = _fund_cap_lots(state, contract, fund_quote)
        if spec["oi_depth_multiple"] != 0:
            spec["oi_depth_cap_lots"] = _depth_cap_lots(state, contract)
        after = oi_cap(state, contract)
        if after != before:
            event = state.events[new_event(state, Event.OI_CAP, 0)]
            event["contract"] = contract
            event["amount"] = after


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
