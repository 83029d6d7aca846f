"""The ledger: every movement of money is a posting from one wallet to another (SEG-01, INV-02).

Balances of an asset over all wallets, those of the outside included, sum to 0 at any time, since
`post` is the only place where a balance changes. Each posting is an event.
"""

from hkperp_clearing.attention import wake
from hkperp_clearing.collateral import conversion_value
from hkperp_clearing.layout import Broken
from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import Event, HouseWallet, Posting
from hkperp_engine.events import new_event
from hkperp_engine.kernel import CHECKED, kernel
from hkperp_engine.primitives import clear_bit, ctz, set_bit
from hkperp_engine.tuning import inlined
from hkperp_engine.units import PPB

__all__ = ["HOUSE_PARTITIONS", "PARTITIONS", "asset_count", "may_move", "payable", "post"]
__all__ += ["raise_cash", "sell_assets"]

CLIENT = "client"
HOUSE = "house"
RESERVE = "reserve"
ROUNDING = "rounding"
EXTERNAL = "external"
ANY = "any"

#: The partition of each house wallet; all others are clients' (SEG-01, GAT-041). What is in
#: settlement, or not cleared yet, is clients' money that is in no wallet of theirs.
HOUSE_PARTITIONS = {
    HouseWallet.EXTERNAL: EXTERNAL,
    HouseWallet.CONVERSION: EXTERNAL,
    HouseWallet.SETTLEMENT: CLIENT,
    HouseWallet.FEES: HOUSE,
    HouseWallet.ROUNDING: ROUNDING,
    HouseWallet.FIRST_LOSS: RESERVE,
    HouseWallet.RESERVE: RESERVE,
    HouseWallet.SECOND_TRANCHE: RESERVE,
    HouseWallet.PLATFORM: HOUSE,
    HouseWallet.ERROR: HOUSE,
    HouseWallet.UNCLEARED: CLIENT,
}

#: Which partition a posting may take from and give to; `may_move` checks a posting against it.
PARTITIONS = {
    Posting.DEPOSIT: (EXTERNAL, CLIENT),
    Posting.WITHDRAWAL: (CLIENT, EXTERNAL),
    Posting.CONVERSION_ASSET: (CLIENT, EXTERNAL),
    Posting.CONVERSION_CASH: (EXTERNAL, CLIENT),
    Posting.FEE: (CLIENT, HOUSE),
    Posting.LIQUIDATION_FEE: (CLIENT, RESERVE),
    Posting.VARIATION_PAID: (ANY, CLIENT),
    Posting.VARIATION_RECEIVED: (CLIENT, ANY),
    Posting.LAYER_PAYMENT: (RESERVE, ANY),
    Posting.HOUSE_DEPOSIT: (EXTERNAL, ANY),
    Posting.CLAIM_REPAYMENT: (HOUSE, CLIENT),
    Posting.RECOVERY: (HOUSE, RESERVE),
    Posting.FEE_REFUND: (HOUSE, CLIENT),
    Posting.COMPENSATION: (HOUSE, CLIENT),
    Posting.DEPOSIT_UNCLEARED: (EXTERNAL, CLIENT),
    Posting.DEPOSIT_CLEARED: (CLIENT, CLIENT),
    Posting.DEPOSIT_RETURNED: (CLIENT, EXTERNAL),
    Posting.TRANSFER: (CLIENT, CLIENT),
    Posting.REDEMPTION: (CLIENT, EXTERNAL),
    Posting.DEPOSIT_REVERSED: (ANY, EXTERNAL),
    Posting.ISSUER_LOSS: (CLIENT, EXTERNAL),
    Posting.ISSUER_RECOVERY: (EXTERNAL, CLIENT),
    Posting.HOUSE_WITHDRAWAL: (HOUSE, EXTERNAL),
}


def may_move(code, payer, receiver):
    """Tell whether a posting of this type may go from one wallet to another (SEG-01). O(1).

    A fee goes from a client's wallet to FEES, never out of the reserve.

    >>> may_move(Posting.FEE, 16, HouseWallet.FEES), may_move(Posting.FEE, 16, HouseWallet.RESERVE)
    (True, False)
    """
    wallets = (payer, receiver)
    partitions = [HOUSE_PARTITIONS.get(wallet, CLIENT) for wallet in wallets]
    pairs = zip(PARTITIONS[code], partitions, strict=True)
    return all(allowed in (ANY, found) for allowed, found in pairs)


@inlined
def _change(state, wallet, asset, amount):
    """Add `amount` units to a balance. A client's may not go below 0 (INV-04). O(1)."""
    row = state.wallets[wallet]
    if amount < 0:
        wake(state, wallet)
    if asset == 0:
        balance = row["cash"] + amount
        row["cash"] = balance
    else:
        index = wallet * state.assets.size + asset
        balance = state.balances[index] + amount
        state.balances[index] = balance
        if balance == 0:
            row["asset_mask"] = clear_bit(row["asset_mask"], asset)
        else:
            row["asset_mask"] = set_bit(row["asset_mask"], asset)
    if balance < 0 and wallet > HouseWallet.CONVERSION:
        state.house[0]["is_broken"] = Broken.BALANCE


@inlined
def post(state, code, asset, payer, receiver, amount):
    """Move `amount` > 0 units of an asset between two wallets; return its event's index. O(1).

    The one place where balances change. The payer has the amount: whoever calls has made sure.
    """
    if CHECKED:
        assert amount > 0
    _change(state, payer, asset, -amount)
    _change(state, receiver, asset, amount)
    index = new_event(state, Event.POSTING, payer)
    event = state.events[index]
    event["code"] = code
    event["contract"] = asset
    event["counter_wallet"] = receiver
    event["amount"] = amount
    return index


@inlined
def asset_count(state, wallet):
    """Return how many assets besides cash a wallet holds. O(assets)."""
    mask = state.wallets[wallet]["asset_mask"]
    count = 0
    while mask != 0:
        mask &= mask - 1
        count += 1
    return count


@inlined
def payable(state, wallet):
    """Return the quote a wallet could raise now: cash and what its assets fetch. O(assets)."""
    row = state.wallets[wallet]
    total = row["cash"]
    mask = row["asset_mask"]
    while mask != 0:
        asset = ctz(mask)
        mask &= mask - 1
        total += conversion_value(state, asset, state.balances[wallet * state.assets.size + asset])
    return total


@kernel
def _sell(state, wallet, asset, units):
    """Convert `units` of an asset into cash against the CONVERSION account. O(1)."""
    proceeds = conversion_value(state, asset, units)
    post(state, Posting.CONVERSION_ASSET, asset, wallet, HouseWallet.CONVERSION, units)
    if proceeds > 0:
        post(state, Posting.CONVERSION_CASH, 0, HouseWallet.CONVERSION, wallet, proceeds)


@kernel
def raise_cash(state, wallet, amount):
    """Sell assets until a wallet has `amount` quote of cash, or nothing is left to sell.

    Lowest haircut first, just enough: units rounded up, proceeds down. The only way in which
    cash is made ready to be debited. At most two postings an asset. O(assets).

    Short of 95.00 with a coin that fetches 0.95: 100 units are sold for 95.00.
    """
    row = state.wallets[wallet]
    if row["cash"] >= amount or row["asset_mask"] == 0:
        return
    for rank in range(1, state.assets.size):
        asset = state.assets[rank]["raise_asset"]
        balance = state.balances[wallet * state.assets.size + asset]
        price_ppb = state.assets[asset]["conversion_ppb"]
        if balance > 0 and state.assets[asset]["is_convertible"] != 0 and price_ppb > 0:
            missing = amount - row["cash"]
            units = balance
            if conversion_value(state, asset, balance) >= missing:
                units, rest = mul_div_wide(missing, PPB, price_ppb)
                if rest > 0:
                    units += 1
                units = min(units, balance)
            _sell(state, wallet, asset, units)
            if row["cash"] >= amount:
                return


@kernel
def sell_assets(state, wallet):
    """Convert everything a wallet can convert: the first step of a default. O(assets)."""
    for rank in range(1, state.assets.size):
        asset = state.assets[rank]["raise_asset"]
        balance = state.balances[wallet * state.assets.size + asset]
        if balance > 0 and state.assets[asset]["is_convertible"] != 0:
            _sell(state, wallet, asset, balance)
