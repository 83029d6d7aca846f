"""What must hold of the house's money at any time, one sentence each, and the kernel that looks.

The checked build looks after every step of the machine, the others when they are asked to (between
commands). O(wallets * (contracts + assets)); reads everything, changes nothing.
"""

from hkperp_clearing.layout import Broken
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
def _variation_sum(state):
    """Return the sum of VM over all wallets, quote: 0 between commands. O(wallets * contracts)."""
    contracts = state.contracts.size
    total = 0
    for wallet in range(state.wallets.size):
        total += state.wallets[wallet]["pending"]
        for contract in range(contracts):
            position = state.positions[wallet * contracts + contract]
            unit = state.rates[contract]["mark_good_ticks"]
            unit *= state.contracts[contract]["tick_value"]
            total += int(position["lots"]) * unit - position["cost"]
    return total


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
    if _variation_sum(state) != 0:
        return _VARIATION
    if state.wallets[HouseWallet.SETTLEMENT]["cash"] != 0:
        return _SETTLEMENT
    for wallet in range(HouseWallet.CLIENTS, state.wallets.size):
        found = _check_wallet(state, wallet)
        if found != _NOTHING:
            return found
    return _NOTHING


def raise_broken_house(found, sequence):
    """Raise InvariantBroken for a number of `check_house`; `sequence` is of the last event."""
    if found != Broken.NOTHING:
        raise InvariantBroken(HOUSE_INVARIANTS[Broken(int(found))], sequence=int(sequence))
