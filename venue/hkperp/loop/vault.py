"""The vault: money and margin assets in, out, awaited, and between wallets of one account.

docs/gate.md section 4 and docs/machine.md section 3. All refusals first, in the order of the law;
after them the command must succeed. Every movement is a posting (SEG-01).
"""

from hkperp_clearing.account import is_client
from hkperp_clearing.collateral import cut_asset, flag_asset, price_asset, recognised_value
from hkperp_clearing.custody import (
    awaited_units,
    balance_is_full,
    held_units,
    is_concentrated,
    is_settling,
    ledger_units,
    outside_is_full,
    positions_balance,
)
from hkperp_clearing.layout import Broken
from hkperp_clearing.ledger import post
from hkperp_clearing.margin import measure
from hkperp_engine.arithmetic import mul_div_wide
from hkperp_engine.codes import AssetKind, Event, HouseWallet, InvestorClass, Posting, Reject
from hkperp_engine.events import new_event, refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.tuning import inlined
from hkperp_engine.units import ACCOUNT_QUOTE_MAX, ASSET_PRICE_PPB_MAX, PPB
from hkperp_funding.rate import funding_payment

__all__ = ["clear_deposit", "deposit", "funding_ahead", "reconcile", "redeem", "reverse_deposit"]
__all__ += ["set_asset_haircut", "set_asset_price", "set_asset_state", "transfer", "withdraw"]

_ASSET_FLAGS_MAX = 15

#: Most units that a custodian may confirm (GAT-039).
_CUSTODY_UNITS_MAX = 2**62


@kernel
def _move(state, code, asset, payer, receiver, amount):
    """Post, and return the event's index: `post` once, not pasted into each command. O(1)."""
    return post(state, code, asset, payer, receiver, amount)


@inlined
def _naming_refusal(state, wallet, asset, amount):
    """Return what is wrong with a client's wallet, an asset and its amount, or NONE. O(1)."""
    if not is_client(state, wallet):
        return Reject.WALLET_UNKNOWN
    if not 0 <= asset < state.assets.size:
        return Reject.ASSET_UNKNOWN
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        return Reject.AMOUNT_INVALID
    return Reject.NONE


@kernel
def _deposit_refusal(state, command):
    """Return the first Reject of a DEPOSIT row, or NONE (GAT-034)."""
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    reject = _naming_refusal(state, wallet, asset, amount)
    if reject != Reject.NONE:
        return reject
    if not 0 <= command["flags"] <= 1:
        return Reject.STATE_INVALID
    if state.wallets[wallet]["investor_class"] == InvestorClass.NONE:
        return Reject.ELIG_NOT_PI
    row = state.assets[asset]
    if row["kind"] == AssetKind.INELIGIBLE:
        return Reject.COLL_TYPE_INELIGIBLE
    if row["is_licensed"] == 0:
        if row["kind"] == AssetKind.TOKENISED_DEPOSIT:
            return Reject.COLL_BANK_INELIGIBLE
        return Reject.COLL_ISSUER_UNLICENSED
    if row["is_depegged"] != 0:
        return Reject.COLL_DEPEGGED
    if is_concentrated(state, wallet, asset, amount):
        return Reject.COLL_CONCENTRATION
    is_over = balance_is_full(state, wallet, asset, amount)
    if is_over or outside_is_full(state, asset, amount):
        return Reject.LIM_ACCOUNT
    return Reject.NONE


@inlined
def _await(state, wallet, asset, amount):
    """Take in `amount` units for a wallet that are not final: they count for nothing. O(1)."""
    code = Posting.DEPOSIT_UNCLEARED
    index = _move(state, code, asset, HouseWallet.EXTERNAL, HouseWallet.UNCLEARED, amount)
    state.events[index]["order_id"] = wallet
    state.uncleared[wallet * state.assets.size + asset] += amount


@kernel
def deposit(state, command):
    """Do a DEPOSIT row (MRG-01, MRG-03 to MRG-06, ELIG-01, NOCR-03).

    Flag 1, or out of the asset's settlement hours: awaited, until CLEAR_DEPOSIT says it is final.
    """
    reject = _deposit_refusal(state, command)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    asset = int(command["target"])
    wallet = int(command["wallet"])
    amount = command["amount"]
    if command["flags"] != 0 or not is_settling(state, asset):
        _await(state, wallet, asset, amount)
    else:
        _move(state, Posting.DEPOSIT, asset, HouseWallet.EXTERNAL, wallet, amount)


@kernel
def clear_deposit(state, command):
    """Do a CLEAR_DEPOSIT row: what was awaited is final, or went back (NOCR-03). O(1)."""
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    reject = _naming_refusal(state, wallet, asset, amount)
    if reject == Reject.NONE:
        if not 0 <= command["flags"] <= 1:
            reject = Reject.STATE_INVALID
        elif amount > awaited_units(state, wallet, asset):
            reject = Reject.DEPOSIT_UNKNOWN
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    awaiting = HouseWallet.UNCLEARED
    if command["flags"] == 0:
        index = _move(state, Posting.DEPOSIT_CLEARED, asset, awaiting, wallet, amount)
    else:
        code = Posting.DEPOSIT_RETURNED
        index = _move(state, code, asset, awaiting, HouseWallet.EXTERNAL, amount)
    state.events[index]["order_id"] = wallet
    state.uncleared[wallet * state.assets.size + asset] -= amount


@kernel
def funding_ahead(state, wallet):
    """Return the quote a wallet would pay if funding came now at the last rates. O(contracts)."""
    total = 0
    for contract in range(state.contracts.size):
        lots = int(state.positions[wallet * state.contracts.size + contract]["lots"])
        if lots != 0:
            rates = state.rates[contract]
            tick_value = state.contracts[contract]["tick_value"]
            total -= funding_payment(lots, rates["mark_good_ticks"], tick_value, rates["rate_ppb"])
    return max(0, total)


@kernel
def _leaving_refusal(state, wallet, asset, amount):
    """Return why `amount` units may not leave a wallet, or NONE (SEG-02, NOCR-02).

    Gains that are not settled never count, even where they carry new risk: 100 of cash, a gain of
    50 and a requirement of 80 leave 20 to withdraw (GAT-037). O(contracts + assets).
    """
    if state.assets[asset]["is_broken"] != 0:
        return Reject.SEG_BREAK
    held = held_units(state, wallet, asset)
    if amount > held:
        return Reject.NOCR_WITHDRAWAL_REFUSED
    drop = amount
    if asset != 0:
        drop = recognised_value(state, asset, held) - recognised_value(state, asset, held - amount)
    measure(state, wallet)
    margin = state.margin[0]
    settled = margin["cash"] + margin["collateral"] + min(0, margin["variation"])
    free = settled - max(margin["requirement"], margin["maintenance_margin"])
    if drop > free - funding_ahead(state, wallet):
        return Reject.NOCR_WITHDRAWAL_REFUSED
    return Reject.NONE


@kernel
def withdraw(state, command):
    """Do a WITHDRAW row: never more than what is free without credit (NOCR-02)."""
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    reject = _naming_refusal(state, wallet, asset, amount)
    if reject == Reject.NONE:
        reject = _leaving_refusal(state, wallet, asset, amount)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    _move(state, Posting.WITHDRAWAL, asset, wallet, HouseWallet.EXTERNAL, amount)


@kernel
def transfer(state, command):
    """Do a TRANSFER row: between two wallets of one account (GAT-004, MRG-13).

    The asset is in `contract`: `target` names the receiver. As strict as a withdrawal.
    """
    payer = int(command["wallet"])
    receiver = int(command["target"])
    asset = int(command["contract"])
    amount = command["amount"]
    reject = _naming_refusal(state, payer, asset, amount)
    is_pair = payer != receiver and is_client(state, payer) and is_client(state, receiver)
    if not is_pair or state.wallets[payer]["account"] != state.wallets[receiver]["account"]:
        reject = Reject.WALLET_UNKNOWN
    if reject == Reject.NONE:
        reject = _leaving_refusal(state, payer, asset, amount)
    if reject == Reject.NONE and balance_is_full(state, receiver, asset, amount):
        reject = Reject.LIM_ACCOUNT
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    _move(state, Posting.TRANSFER, asset, payer, receiver, amount)


@kernel
def _redemption_refusal(state, wallet, asset, amount):
    """Return the first Reject of a REDEEM row but for the proceeds' room, or NONE (GAT-038)."""
    reject = _naming_refusal(state, wallet, asset, amount)
    # Cash cannot be redeemed: it is what is redeemed into. The wallet is looked at first.
    if reject != Reject.WALLET_UNKNOWN and asset == 0:
        return Reject.ASSET_UNKNOWN
    if reject != Reject.NONE:
        return reject
    if state.assets[asset]["par_ppb"] == 0:
        return Reject.STATE_INVALID
    if state.assets[asset]["is_convertible"] == 0:
        return Reject.COLL_REDEMPTION_CLOSED
    return _leaving_refusal(state, wallet, asset, amount)


@kernel
def redeem(state, command):
    """Do a REDEEM row: units go back to their issuer, who pays par, later (MRG-04, GAT-038).

    100.000005 units at par 1.00 of a coin that trades at 0.97: 100.000005 HKD are awaited.
    """
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    reject = _redemption_refusal(state, wallet, asset, amount)
    proceeds = 0
    if reject == Reject.NONE:
        # The wallet has the units: at most 2**50, at a par of at most 1,000: at most 2**60.
        proceeds, _ = mul_div_wide(amount, state.assets[asset]["par_ppb"], PPB)
        is_over = balance_is_full(state, wallet, 0, proceeds)
        if is_over or outside_is_full(state, 0, proceeds):
            reject = Reject.LIM_ACCOUNT
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    _move(state, Posting.REDEMPTION, asset, wallet, HouseWallet.EXTERNAL, amount)
    if proceeds > 0:
        _await(state, wallet, 0, proceeds)


@kernel
def reconcile(state, command):
    """Do a RECONCILE row: does the custodian hold what the ledger says (SEG-02, GAT-039).

    A break blocks what would leave. Positions that do not match halt the machine for good
    (INV-01). Ledger 100, custodian 90: BROKEN, SEG_BREAK of 10. O(wallets * contracts).
    """
    asset = int(command["target"])
    confirmed = command["amount"]
    if not 0 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    if not 0 <= confirmed <= _CUSTODY_UNITS_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    if not positions_balance(state):
        state.house[0]["is_broken"] = Broken.POSITIONS
        return
    row = state.assets[asset]
    ledger = ledger_units(state, asset)
    row["break_units"] = ledger - confirmed
    if ledger == confirmed:
        row["is_broken"] = 0
        event = state.events[new_event(state, Event.RECONCILED, 0)]
        event["contract"] = asset
        event["amount"] = ledger
        return
    row["is_broken"] = 1
    event = state.events[new_event(state, Event.SEG_BREAK, 0)]
    event["contract"] = asset
    event["amount"] = ledger - confirmed
    event["order_id"] = ledger


@kernel
def reverse_deposit(state, command):
    """Do a REVERSE_DEPOSIT row: take a credit back that no money came for (SEG-02, GAT-040).

    From what the wallet has, the rest, if HKD, from the operator's ERROR account, never from other
    clients: 100 to take, 70 there: 70 from the wallet, 30 from ERROR. O(1).
    """
    wallet = int(command["wallet"])
    asset = int(command["target"])
    amount = command["amount"]
    reject = _naming_refusal(state, wallet, asset, amount)
    missing = 0
    if reject == Reject.NONE:
        row = state.assets[asset]
        missing = max(0, amount - held_units(state, wallet, asset))
        if row["is_broken"] == 0 or amount > row["break_units"]:
            reject = Reject.STATE_INVALID
        elif missing > (state.wallets[HouseWallet.ERROR]["cash"] if asset == 0 else 0):
            reject = Reject.ERROR_ACCOUNT_SHORT
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    code = Posting.DEPOSIT_REVERSED
    if amount > missing:
        _move(state, code, asset, wallet, HouseWallet.EXTERNAL, amount - missing)
    if missing > 0:
        _move(state, code, asset, HouseWallet.ERROR, HouseWallet.EXTERNAL, missing)
    state.assets[asset]["break_units"] -= amount


@kernel
def set_asset_price(state, command):
    """Do an ASSET_PRICE row: the market price of a margin asset, ppb of HKD per unit (MRG-04)."""
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    if not 1 <= command["amount"] <= ASSET_PRICE_PPB_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    price_asset(state, asset, command["amount"])
    event = state.events[new_event(state, Event.ASSET_PRICE, 0)]
    event["contract"] = asset
    event["amount"] = command["amount"]


@kernel
def set_asset_state(state, command):
    """Do an ASSET_STATE row: the four `AssetFlag` bits of a margin asset (GAT-030)."""
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    flags = int(command["flags"])
    if not 0 <= flags <= _ASSET_FLAGS_MAX or state.assets[asset]["is_defaulted"] != 0:
        refuse(state, command, Reject.STATE_INVALID)
        return
    flag_asset(state, asset, flags)


@kernel
def set_asset_haircut(state, command):
    """Do an ASSET_HAIRCUT row: what is taken off the value of a margin asset, ppb (GAT-033)."""
    asset = int(command["target"])
    if not 1 <= asset < state.assets.size:
        refuse(state, command, Reject.ASSET_UNKNOWN)
        return
    if not state.assets[asset]["conversion_haircut_ppb"] <= command["amount"] <= PPB:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    if state.assets[asset]["is_defaulted"] != 0:
        refuse(state, command, Reject.STATE_INVALID)
        return
    cut_asset(state, asset, command["amount"])
