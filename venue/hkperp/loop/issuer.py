"""An issuer of a margin asset defaults: its units are gone, each holder gets what is recovered.

docs/default.md DFT-036 (DEF-02). Nobody else bears it: nothing of it enters the waterfall.
"""

from hkperp_clearing.collateral import cut_asset, flag_asset
from hkperp_clearing.custody import awaited_units, held_units
from hkperp_clearing.ledger import post
from hkperp_clearing.worklist import ISSUER_LOSS, pop_frame, push_frame
from hkperp_engine.arithmetic import MUL_DIV_MAX, mul_div_floor, mul_div_wide
from hkperp_engine.codes import AssetFlag, HouseWallet, Posting, Reject
from hkperp_engine.events import refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.units import PPB

__all__ = ["issuer_default", "step_issuer_loss"]

#: Stages: what wallets have, then what is awaited for them.
BALANCES, AWAITED = range(2)

#: Events of one wallet: what it loses, and what is recovered.
_WALLET_EVENTS = 2

#: As a plain number: a kernel cannot take a member of an enum here and a wallet's number there.
_UNCLEARED = int(HouseWallet.UNCLEARED)


@kernel
def _recovery(units, unit_ppb):
    """Return the quote recovered of `units`, 0 .. 2**50, each `unit_ppb` (up to 1e12), down. O(1).

    1,000.000000 units at 0.40 recovered of a par of 1.00: 400.000000. At most 2**60.
    """
    quote, _ = mul_div_wide(units, unit_ppb, PPB)
    return quote


@kernel
def _is_too_much(state, asset, unit_ppb):
    """Tell whether what is recovered would take EXTERNAL's cash below -2**62 (int64). O(wallets).

    Each wallet's part is below 2**61: two sums within 2**62 and one part more fit.
    """
    total = -held_units(state, HouseWallet.EXTERNAL, 0)
    for wallet in range(HouseWallet.SETTLEMENT, state.wallets.size):
        units = held_units(state, wallet, asset)
        if wallet == _UNCLEARED:
            units = 0  # what it has is counted where it is awaited
        total += _recovery(units, unit_ppb)
        total += _recovery(awaited_units(state, wallet, asset), unit_ppb)
        if total > MUL_DIV_MAX:
            return True
    return False


@kernel
def issuer_default(state, command):
    """Do an ISSUER_DEFAULT row: an asset is worth what is recovered, for good (DEF-02, DFT-036).

    `target` the asset, `amount` ppb of par recovered. Two events; the holders' losses follow,
    wallet after wallet. O(wallets).
    """
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    if not 0 <= command["amount"] <= PPB:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    row = state.assets[asset]
    if row["par_ppb"] == 0 or row["is_defaulted"] != 0:
        refuse(state, command, Reject.STATE_INVALID)
        return
    unit_ppb = mul_div_floor(row["par_ppb"], command["amount"])
    if _is_too_much(state, asset, unit_ppb):
        refuse(state, command, Reject.LIM_ACCOUNT)
        return
    row["is_defaulted"] = 1
    flags = 0
    if row["is_depegged"] != 0:
        flags |= AssetFlag.DEPEGGED
    if row["is_broken"] != 0:
        flags |= AssetFlag.BROKEN
    flag_asset(state, asset, flags)
    cut_asset(state, asset, PPB)
    index = push_frame(state, ISSUER_LOSS, 0, asset, 0)
    state.frames[index]["amount"] = unit_ppb
    state.frames[index]["cursor"] = HouseWallet.SETTLEMENT


@kernel
def step_issuer_loss(state, frame):
    """Take the units of the next holders, pay what is recovered, as many as the ring has room for.

    `contract`: the asset; `amount`: quote recovered of a unit, ppb. First what wallets have, then
    what is awaited for them, which leaves UNCLEARED. O(wallets passed).
    """
    asset = frame["contract"]
    wallet = frame["cursor"]
    is_awaited = frame["stage"] == AWAITED
    assets = state.assets.size
    while wallet < state.wallets.size:
        payer = _UNCLEARED if is_awaited else wallet
        order_id = wallet if is_awaited else 0
        units = 0
        if is_awaited:
            units = awaited_units(state, wallet, asset)
        elif wallet != _UNCLEARED:
            units = held_units(state, wallet, asset)
        if units > 0:
            if state.events.size - state.engine[0]["events_used"] < _WALLET_EVENTS:
                frame["cursor"] = wallet
                return
            _lose(state, asset, payer, wallet, units, order_id, frame["amount"])
            if is_awaited:
                state.uncleared[wallet * assets + asset] = 0
        wallet += 1
    frame["cursor"] = HouseWallet.SETTLEMENT
    frame["stage"] = AWAITED
    if is_awaited:
        pop_frame(state)


@kernel
def _lose(state, asset, payer, wallet, units, order_id, unit_ppb):
    """Post what a wallet loses out of `payer`, and what it gets for it. Two events at most."""
    outside = HouseWallet.EXTERNAL
    index = post(state, Posting.ISSUER_LOSS, asset, payer, outside, units)
    state.events[index]["order_id"] = order_id
    recovered = _recovery(units, unit_ppb)
    if recovered > 0:
        index = post(state, Posting.ISSUER_RECOVERY, 0, outside, wallet, recovered)
        state.events[index]["order_id"] = order_id
