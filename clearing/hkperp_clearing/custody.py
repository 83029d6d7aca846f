"""What is held, awaited and owed of each asset, and how much of it may be: decisions only.

Settlement hours (NOCR-03), concentration limits (MRG-06), the two sides of a reconciliation
(SEG-02); docs/gate.md section 4. Nothing here changes anything.

Units that came in are at most 2**61 (EXTERNAL is bounded), a deposit that is looked at 2**60 more:
no sum of two leaves int64. Values are cut at 2**61, which is above any cap, before they are added.
"""

from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import HouseWallet
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined
from hkperp_engine.units import ACCOUNT_QUOTE_MAX, HOUSE_QUOTE_MAX, NS_PER_DAY, PPB

__all__ = [
    "ASSET_UNITS_MAX",
    "awaited_units",
    "balance_is_full",
    "held_units",
    "house_units",
    "is_concentrated",
    "is_settling",
    "ledger_units",
    "limit_value",
    "outside_is_full",
    "positions_balance",
]

#: Most units of an asset besides cash in one wallet: at the highest price they are 2**60 quote.
ASSET_UNITS_MAX = 2**50


@inlined
def held_units(state, wallet, asset):
    """Return the units of an asset in a wallet; of asset 0 its cash. O(1)."""
    if asset == 0:
        return state.wallets[wallet]["cash"]
    return state.balances[wallet * state.assets.size + asset]


@inlined
def awaited_units(state, wallet, asset):
    """Return the units of an asset that are awaited for a wallet: not final yet. O(1)."""
    return state.uncleared[wallet * state.assets.size + asset]


@inlined
def house_units(state, asset):
    """Return the units of an asset in the house, awaited ones too: 0 .. 2**61. O(1).

    EXTERNAL -70, CONVERSION 20 (sold): 50.
    """
    external = held_units(state, HouseWallet.EXTERNAL, asset)
    return -(external + held_units(state, HouseWallet.CONVERSION, asset))


@kernel
def outside_is_full(state, asset, amount):
    """Tell whether `amount` more would take the whole house past its bound. O(1).

    Or what was paid for assets that were sold is at its bound: paid in again and sold again, they
    would take CONVERSION's cash out of 64 bits (one wallet's units fetch at most 2**60).
    """
    if asset != 0 and state.wallets[HouseWallet.CONVERSION]["cash"] < -HOUSE_QUOTE_MAX:
        return True
    return amount - held_units(state, HouseWallet.EXTERNAL, asset) > HOUSE_QUOTE_MAX


@kernel
def balance_is_full(state, wallet, asset, amount):
    """Tell whether a wallet that got `amount` more, 0 .. 2**60, would pass its bound. O(1).

    What it has and what it awaits count: what is awaited must have room when it comes.
    """
    limit = ACCOUNT_QUOTE_MAX if asset == 0 else ASSET_UNITS_MAX
    held = held_units(state, wallet, asset) + awaited_units(state, wallet, asset)
    return held + amount > limit


@kernel
def ledger_units(state, asset):
    """Return the units of an asset that the custodian should confirm (SEG-02): not awaited. O(1).

    50 in the house, of which 10 are awaited: 40.
    """
    return house_units(state, asset) - held_units(state, HouseWallet.UNCLEARED, asset)


@kernel
def is_settling(state, asset):
    """Tell whether transfers of an asset are final at this time of the UTC day (NOCR-03). O(1).

    From `open_ns` on, before `close_ns`; over midnight if it opens later than it closes; equal:
    always. Open 22:00, close 06:00: final at 23:30 and at 05:59, not at 06:00.
    """
    row = state.assets[asset]
    open_ns = row["open_ns"]
    close_ns = row["close_ns"]
    time_ns = state.engine[0]["now_ns"] % NS_PER_DAY
    if open_ns <= close_ns:
        return open_ns == close_ns or open_ns <= time_ns < close_ns
    return time_ns >= open_ns or time_ns < close_ns


@kernel
def limit_value(state, asset, units):
    """Return what `units` count against a concentration limit, quote, rounded down. O(1).

    At the recognised price, convertible or not; at most 2**61, for any units.
    100 units at 0.97 count 97; 2**61 units at 1,000.00 count 2**61.
    """
    value_ppb = state.assets[asset]["valuation_ppb"]
    if units <= 0 or value_ppb <= 0:
        return 0
    # Whole units alone are worth too much: what follows could not hold the value.
    if units // PPB > HOUSE_QUOTE_MAX // value_ppb:
        return HOUSE_QUOTE_MAX
    value, _ = mul_div_wide(units, value_ppb, PPB)
    return min(value, HOUSE_QUOTE_MAX)


@kernel
def _pool_is_full(state, limit, asset, amount):
    """Tell whether `amount` more of an asset takes the whole house past a limit. O(assets).

    Left as soon as it is known: a sum within its cap, below 2**61, can take one value more.
    """
    cap_quote = limit["pool_cap_quote"]
    total = 0
    mask = limit["asset_mask"]
    while mask != 0:
        each = ctz(mask)
        mask &= mask - 1
        units = house_units(state, each)
        if each == asset:
            units += amount
        total += limit_value(state, each, units)
        if total > cap_quote:
            return True
    return False


@kernel
def _client_is_full(state, limit, wallet, asset, amount):
    """Tell whether `amount` more in `wallet` takes its account past a limit.

    Each wallet's units, awaited ones too, are valued on their own. O(assets * wallets of one).
    """
    cap_quote = limit["client_cap_quote"]
    account = state.wallets[wallet]["account"]
    total = 0
    # The wallets of an account stand together, the cross wallet first (GAT-001).
    each = int(account)
    while each < state.wallets.size and state.wallets[each]["account"] == account:
        mask = limit["asset_mask"]
        while mask != 0:
            held = ctz(mask)
            mask &= mask - 1
            units = held_units(state, each, held) + awaited_units(state, each, held)
            if held == asset and each == wallet:
                units += amount
            total += limit_value(state, held, units)
            if total > cap_quote:
                return True
        each += 1
    return False


@kernel
def is_concentrated(state, wallet, asset, amount):
    """Tell whether a deposit of `amount` units passes a concentration limit (GAT-036, MRG-06).

    Only limits whose set holds the asset; caps of 0 are none. O(limits * assets * wallets of one).
    """
    for i in range(state.limits.size):
        limit = state.limits[i]
        if (limit["asset_mask"] >> asset) & 1:
            if limit["pool_cap_quote"] > 0 and _pool_is_full(state, limit, asset, amount):
                return True
            if limit["client_cap_quote"] > 0:
                if _client_is_full(state, limit, wallet, asset, amount):
                    return True
    return False


@kernel
def positions_balance(state):
    """Tell whether long lots = short lots = open interest in each contract (INV-01).

    O(wallets * contracts).
    """
    count = state.contracts.size
    for contract in range(count):
        long_lots = 0
        short_lots = 0
        for wallet in range(state.wallets.size):
            lots = int(state.positions[wallet * count + contract]["lots"])
            long_lots += max(0, lots)
            short_lots += max(0, -lots)
        if long_lots != short_lots or long_lots != state.contracts[contract]["open_interest"]:
            return False
    return True
