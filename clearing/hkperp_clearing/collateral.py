"""Margin assets: what units are recognised at, and what they fetch (MRG-01 to MRG-05).

Values are at min(par, market), less a haircut, in ledger units rounded down. An asset that cannot
be converted now is recognised at 0, so equity that is not negative can always be paid. What time
does to an asset (a depeg that lasts, a grace that ends) is `age_asset`.
"""

from hkperp_clearing.attention import wake_all
from hkperp_engine.arithmetic import mul_div_floor, mul_div_wide
from hkperp_engine.codes import AssetFlag, Event
from hkperp_engine.events import new_event
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.tuning import inlined
from hkperp_engine.units import PPB

__all__ = ["age_asset", "collateral_value", "conversion_value", "cut_asset", "flag_asset"]
__all__ += ["price_asset", "recognised_value"]


@inlined
def _revalue(state, row):
    """Write an asset's two values from its price, par and haircuts, ppb, rounded down.

    O(1); if it counts less than before every wallet is to be looked at: O(wallets).
    """
    before = row["valuation_ppb"]
    base = row["price_ppb"]
    if row["par_ppb"] > 0:
        base = min(base, row["par_ppb"])
    # base <= 1e12 and the factors <= 1e9: the products need the narrow form, which is exact here.
    row["valuation_ppb"] = mul_div_floor(base, PPB - row["haircut_ppb"])
    row["conversion_ppb"] = mul_div_floor(base, PPB - row["conversion_haircut_ppb"])
    if row["valuation_ppb"] < before:
        wake_all(state)


@kernel
def price_asset(state, asset, price_ppb):
    """Set the market price of an asset (ppb of HKD per unit) and what follows from it. O(1).

    A coin at 0.97 with no haircut is valued at 0.97, at 1.03 at par (MRG-04, TV-8). Below
    `depeg_ppb` a depeg begins, unless one has; at it or above the depeg is over (GAT-031).
    """
    row = state.assets[asset]
    row["price_ppb"] = price_ppb
    if price_ppb >= row["depeg_ppb"]:
        row["is_below"] = 0
    elif row["is_below"] == 0:
        row["is_below"] = 1
        row["below_ns"] = state.engine[0]["now_ns"]
    _revalue(state, row)


@kernel
def cut_asset(state, asset, haircut_ppb):
    """Set the haircut of an asset, conversion haircut .. PPB, and its value; the event. O(1).

    GAT-033. A coin at par with a haircut of 5% counts 0.95; what it fetches stays as it is.
    """
    row = state.assets[asset]
    row["haircut_ppb"] = haircut_ppb
    _revalue(state, row)
    event = state.events[new_event(state, Event.ASSET_HAIRCUT, 0)]
    event["contract"] = asset
    event["amount"] = haircut_ppb


@kernel
def flag_asset(state, asset, flags):
    """Set what an asset's `AssetFlag` bits say (0..15) and write ASSET_STATE (GAT-030). O(1).

    A licence that goes begins its grace now (GAT-032); one that is not there already goes on.
    """
    row = state.assets[asset]
    if row["is_licensed"] != 0 and flags & AssetFlag.LICENSED == 0:
        row["unlicensed_ns"] = state.engine[0]["now_ns"]
    if row["is_convertible"] != 0 and flags & AssetFlag.CONVERTIBLE == 0:
        wake_all(state)  # it counts nothing now
    row["is_convertible"] = 1 if flags & AssetFlag.CONVERTIBLE else 0
    row["is_licensed"] = 1 if flags & AssetFlag.LICENSED else 0
    row["is_depegged"] = 1 if flags & AssetFlag.DEPEGGED else 0
    row["is_broken"] = 1 if flags & AssetFlag.BROKEN else 0
    event = state.events[new_event(state, Event.ASSET_STATE, 0)]
    event["contract"] = asset
    event["code"] = flags


@kernel
def age_asset(state, asset):
    """Do what is due for an asset when a mark step begins; at most two events. O(1).

    A depeg that began `depeg_ns` ago makes it DEPEGGED (GAT-031); a licence gone for `grace_ns`
    takes its whole value as margin away (GAT-032): the haircut is 100%, and it can still be sold.
    """
    row = state.assets[asset]
    now_ns = state.engine[0]["now_ns"]
    is_due = row["is_below"] != 0 and now_ns - row["below_ns"] >= row["depeg_ns"]
    if is_due and row["is_depegged"] == 0:
        flags = 0
        flags |= AssetFlag.DEPEGGED
        if row["is_convertible"] != 0:
            flags |= AssetFlag.CONVERTIBLE
        if row["is_licensed"] != 0:
            flags |= AssetFlag.LICENSED
        if row["is_broken"] != 0:
            flags |= AssetFlag.BROKEN
        flag_asset(state, asset, flags)
    if row["is_licensed"] == 0 and row["haircut_ppb"] < PPB:
        if now_ns - row["unlicensed_ns"] >= row["grace_ns"]:
            cut_asset(state, asset, PPB)


@kernel
def recognised_value(state, asset, units):
    """Return what `units` of an asset count as margin, quote, rounded down (to the house). O(1).

    100,000.000000 units at 0.97 count 97,000.000000; not convertible, they count 0.
    """
    row = state.assets[asset]
    if row["is_convertible"] == 0 or units <= 0:
        return 0
    if row["valuation_ppb"] <= PPB:
        return mul_div_floor(units, row["valuation_ppb"])
    value, _ = mul_div_wide(units, row["valuation_ppb"], PPB)
    return value


@kernel
def conversion_value(state, asset, units):
    """Return the quote that `units` of an asset fetch when sold now, rounded down. O(1)."""
    row = state.assets[asset]
    if row["is_convertible"] == 0 or units <= 0:
        return 0
    if row["conversion_ppb"] <= PPB:
        return mul_div_floor(units, row["conversion_ppb"])
    value, _ = mul_div_wide(units, row["conversion_ppb"], PPB)
    return value


@kernel
def collateral_value(state, wallet):
    """Return the recognised value, quote, of all assets of a wallet besides cash. O(assets)."""
    mask = state.wallets[wallet]["asset_mask"]
    total = 0
    while mask != 0:
        asset = ctz(mask)
        mask &= mask - 1
        total += recognised_value(state, asset, state.balances[wallet * state.assets.size + asset])
    return total
