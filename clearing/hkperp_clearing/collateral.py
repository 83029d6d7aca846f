"""Margin assets: what units are recognised at, and what they fetch (MRG-01 to MRG-05).

Values are at min(par, market), less a haircut, in ledger units rounded down. An asset that cannot
be converted now is recognised at 0, so equity that is not negative can always be paid.
"""

from hkperp_engine.arithmetic import mul_div_floor, mul_div_wide
from hkperp_engine.kernel import kernel
from hkperp_engine.primitives import ctz
from hkperp_engine.units import PPB

__all__ = ["collateral_value", "conversion_value", "price_asset", "recognised_value"]


@kernel
def price_asset(state, asset, price_ppb):
    """Set the market price of an asset (ppb of HKD per unit) and what follows from it. O(1).

    A coin at 0.97 with no haircut is valued at 0.97, at 1.03 at par (MRG-04, TV-8).
    """
    row = state.assets[asset]
    row["price_ppb"] = price_ppb
    base = price_ppb
    if row["par_ppb"] > 0:
        base = min(base, row["par_ppb"])
    # base <= 1e12 and the factors <= 1e9: the products need the narrow form, which is exact here.
    row["valuation_ppb"] = mul_div_floor(base, PPB - row["haircut_ppb"])
    row["conversion_ppb"] = mul_div_floor(base, PPB - row["conversion_haircut_ppb"])


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
