"""The house's own money: into a layer of the waterfall, and out of what is not one (RSV-01).

docs/machine.md section 3, docs/default.md DFT-011 and DFT-035. All refusals first.
"""

from hkperp_clearing.custody import balance_is_full, outside_is_full
from hkperp_clearing.layout import TRADES_MAX
from hkperp_clearing.ledger import post
from hkperp_clearing.limits import update_oi_caps
from hkperp_engine.codes import HouseWallet, Posting, Reject
from hkperp_engine.events import refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.tuning import inlined
from hkperp_engine.units import ACCOUNT_QUOTE_MAX

__all__ = ["house_deposit", "house_withdraw"]


@inlined
def _is_layer(wallet):
    """Tell whether a wallet is a prefunded layer of the waterfall, 2 to 4. O(1)."""
    return HouseWallet.FIRST_LOSS <= wallet <= HouseWallet.SECOND_TRANCHE


@kernel
def house_deposit(state, command):
    """Do a HOUSE_DEPOSIT row: into a prefunded layer (RSV-01), or the error account.

    The caps of open interest follow the fund (DFT-011). O(contracts).
    """
    target = int(command["target"])
    if not _is_layer(target) and target != HouseWallet.ERROR:
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    amount = command["amount"]
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    if balance_is_full(state, target, 0, amount) or outside_is_full(state, 0, amount):
        refuse(state, command, Reject.LIM_ACCOUNT)
        return
    post(state, Posting.HOUSE_DEPOSIT, 0, HouseWallet.EXTERNAL, target, amount)
    update_oi_caps(state)


@kernel
def _returnable_fees(state):
    """Return the fees, quote, of all trades that BUST_TRADE could still take back.

    They are in FEES and not earned yet: a bust gives them back. O(trades since the last cycle).
    """
    house = state.house[0]
    total = 0
    number = house["trade_count"] - 1
    oldest = max(0, house["trade_count"] - TRADES_MAX)
    while number >= oldest:
        trade = state.trades[number & (TRADES_MAX - 1)]
        if trade["cycle_count"] != house["cycle_count"]:
            return total
        if trade["is_busted"] == 0 and trade["is_liquidation"] == 0:
            total += trade["maker_fee"] + trade["taker_fee"]
        number -= 1
    return total


@kernel
def house_withdraw(state, command):
    """Do a HOUSE_WITHDRAW row: fees earned, or error money, leave the house (RSV-01, DFT-035).

    Nothing but an allocation of a loss debits a prefunded layer: RSV_UNAUTHORISED. With 52 in FEES
    and 52 of it from a trade that can be taken back, nothing may go. O(trades since the cycle).
    """
    target = int(command["target"])
    if not _is_layer(target) and target != HouseWallet.ERROR and target != HouseWallet.FEES:
        refuse(state, command, Reject.WALLET_UNKNOWN)
        return
    amount = command["amount"]
    if not 1 <= amount <= ACCOUNT_QUOTE_MAX:
        refuse(state, command, Reject.AMOUNT_INVALID)
        return
    if _is_layer(target):
        refuse(state, command, Reject.RSV_UNAUTHORISED)
        return
    held = _returnable_fees(state) if target == HouseWallet.FEES else 0
    if amount > state.wallets[target]["cash"] - held:
        refuse(state, command, Reject.ERROR_ACCOUNT_SHORT)
        return
    post(state, Posting.HOUSE_WITHDRAWAL, 0, target, HouseWallet.EXTERNAL, amount)
