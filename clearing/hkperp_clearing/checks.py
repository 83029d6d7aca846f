"""What must hold of the house's money at any time, one sentence each, and the kernel that looks.

The checked build looks after every step of the machine, the others when they are asked to (between
commands). O(wallets * (contracts + assets)); reads everything, changes nothing.
"""

from hkperp_clearing.alarms import has_overslept
from hkperp_clearing.layout import SHARING_LAYERS, Broken
from hkperp_engine.arithmetic import MUL_DIV_MAX
from hkperp_engine.codes import AssetKind, HouseWallet, InvestorClass, ProductState
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import kernel

__all__ = ["HOUSE_INVARIANTS", "check_house", "raise_broken_house"]

#: A sentence for each Broken; `check_house` returns the number of the first that does not hold.
HOUSE_INVARIANTS = {
    Broken.NOTHING: "nothing is broken",
    Broken.BALANCE: "INV-04 no balance of a client or of the house is below 0",
    Broken.SETTLEMENT: "SETL_BREAK the settlement account is exactly 0 after each cycle",
    Broken.POSITIONS: "INV-01 the positions of a contract sum to 0 and are its open interest",
    Broken.CONSERVATION: "INV-02 the balances of an asset sum to 0, the outside included",
    Broken.VARIATION: "INV-03 what some gain others lose: variation margin and funding sum to 0",
    Broken.RESERVATIONS: "INV-06 what orders reserve is not negative, and is 0 without orders",
    Broken.ELIGIBILITY: "INV-09 who is no professional investor has no order that adds risk",
    Broken.COLLATERAL: "INV-10 a client holds no units of an ineligible asset",
    Broken.AWAITED: "NOCR-03 what is awaited for wallets is what the house keeps apart",
    Broken.LOSSES: "INV-07 a loss is borne within its command: no deficit and no share is left",
    Broken.GAINS: "LOSS-05 gains since the last cycle sum to below 2^62: a loss can be divided",
    Broken.OVERSLEPT: "LIQ-01 a wallet that the margin test passes over is above every threshold",
}


# As plain numbers: a kernel cannot return a member of an enum here and a column there.
_NOTHING = int(Broken.NOTHING)
_BALANCE = int(Broken.BALANCE)
_SETTLEMENT = int(Broken.SETTLEMENT)
_POSITIONS = int(Broken.POSITIONS)
_CONSERVATION = int(Broken.CONSERVATION)
_VARIATION = int(Broken.VARIATION)
_RESERVATIONS = int(Broken.RESERVATIONS)
_ELIGIBILITY = int(Broken.ELIGIBILITY)
_COLLATERAL = int(Broken.COLLATERAL)
_AWAITED = int(Broken.AWAITED)
_LOSSES = int(Broken.LOSSES)
_GAINS = int(Broken.GAINS)
_OVERSLEPT = int(Broken.OVERSLEPT)


@kernel
def _check_positions(state, contract, is_quiet):
    """Check what all wallets together have in a contract. O(wallets)."""
    spec = state.contracts[contract]
    contracts = state.contracts.size
    net = 0
    longs = 0
    buy_lots = 0
    sell_lots = 0
    for wallet in range(state.wallets.size):
        position = state.positions[wallet * contracts + contract]
        lots = int(position["lots"])
        net += lots
        longs += max(0, lots)
        buy_lots += int(position["buy_lots"])
        sell_lots += int(position["sell_lots"])
    # A final settlement closes one wallet after the other.
    is_closing = spec["product"] == ProductState.DELISTED and not is_quiet
    if longs != spec["open_interest"] or (net != 0 and not is_closing):
        return _POSITIONS
    if is_quiet and (buy_lots != spec["buy_lots"] or sell_lots != spec["sell_lots"]):
        return _RESERVATIONS
    return _NOTHING


@kernel
def _check_asset(state, asset):
    """Check the balances of an asset over all wallets. O(wallets)."""
    assets = state.assets.size
    total = 0
    awaited = 0
    for wallet in range(state.wallets.size):
        units = state.wallets[wallet]["cash"]
        if asset != 0:
            units = state.balances[wallet * assets + asset]
        total += units
        awaited += state.uncleared[wallet * assets + asset]
        if wallet >= HouseWallet.SETTLEMENT and units < 0:
            return _BALANCE
        is_client = wallet >= HouseWallet.CLIENTS
        if is_client and units != 0 and state.assets[asset]["kind"] == AssetKind.INELIGIBLE:
            return _COLLATERAL
    if total != 0:
        return _CONSERVATION
    kept = state.wallets[HouseWallet.UNCLEARED]["cash"]
    if asset != 0:
        kept = state.balances[HouseWallet.UNCLEARED * assets + asset]
    return _NOTHING if kept == awaited else _AWAITED


@kernel
def _check_wallet(state, wallet):
    """Check what a wallet's open orders reserve. O(contracts)."""
    row = state.wallets[wallet]
    for contract in range(state.contracts.size):
        position = state.positions[wallet * state.contracts.size + contract]
        buy_lots = int(position["buy_lots"])
        sell_lots = int(position["sell_lots"])
        parts = position["buy_value"] + position["sell_value"]
        parts += position["order_loss"] + position["order_fee"]
        if buy_lots < 0 or sell_lots < 0 or parts < 0:
            return _RESERVATIONS
        if buy_lots == 0 and sell_lots == 0 and parts != 0:
            return _RESERVATIONS
        if row["investor_class"] == InvestorClass.NONE and buy_lots + sell_lots != 0:
            return _ELIGIBILITY
    return _NOTHING


@kernel
def _check_variation(state):
    """Check VM: over all wallets it sums to 0, and a loss can be divided over those above 0.

    `waterfall.divide` needs weights that sum to less than 2**62; what has been realised since the
    last cycle is in no other bound. O(wallets * contracts).
    """
    contracts = state.contracts.size
    total = 0
    gains = 0
    for wallet in range(state.wallets.size):
        variation = state.wallets[wallet]["pending"]
        for contract in range(contracts):
            position = state.positions[wallet * contracts + contract]
            unit = state.rates[contract]["mark_good_ticks"]
            unit *= state.contracts[contract]["tick_value"]
            variation += int(position["lots"]) * unit - position["cost"]
        total += variation
        if variation >= MUL_DIV_MAX - gains:
            return _GAINS
        gains += max(0, variation)
    return _NOTHING if total == 0 else _VARIATION


@kernel
def _check_losses(state):
    """Check that nothing is left of a loss between commands (INV-07, DFT-034). O(wallets)."""
    if state.house[0]["deficit"] != 0:
        return _LOSSES
    for wallet in range(state.wallets.size):
        if state.wallets[wallet]["is_in_deficit"] != 0:
            return _LOSSES
        for layer in range(SHARING_LAYERS):
            if state.haircuts[wallet * SHARING_LAYERS + layer] != 0:
                return _LOSSES
    return _NOTHING


@kernel
def check_house(state, is_quiet):
    """Return the first Broken of the house, or NOTHING. O(wallets * (contracts + assets)).

    `is_quiet`: nothing is in hand, so that what holds between commands only is looked at, too.
    """
    if state.house[0]["is_broken"] != 0:
        return state.house[0]["is_broken"]
    for contract in range(state.contracts.size):
        found = _check_positions(state, contract, is_quiet)
        if found != _NOTHING:
            return found
    for asset in range(state.assets.size):
        found = _check_asset(state, asset)
        if found != _NOTHING:
            return found
    if not is_quiet:
        return _NOTHING
    found = _check_losses(state)
    if found == _NOTHING:
        found = _check_variation(state)
    if found != _NOTHING:
        return found
    if state.wallets[HouseWallet.SETTLEMENT]["cash"] != 0:
        return _SETTLEMENT
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        found = _check_wallet(state, wallet)
        if found != _NOTHING:
            return found
    return _OVERSLEPT if has_overslept(state) else _NOTHING


def raise_broken_house(found, sequence):
    """Raise InvariantBroken for a number of `check_house`; `sequence` is of the last event."""
    if found != Broken.NOTHING:
        raise InvariantBroken(HOUSE_INVARIANTS[Broken(int(found))], sequence=int(sequence))
