"""Who is the largest: from the positions and marks that a log adds up to (DEF-01).

Size is notional: the sum over a client's contracts of |lots| * mark * tick value. A client is
everything that one owner has; a group are its connected clients (LIM-01). The affiliate has a
drill of its own and is neither. Ties go to the lower wallet.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hkperp.config import Config
from hkperp.drill.subject import Choice, Defaulter, Who
from hkperp.replay.population import wallet_of
from hkperp.reports.wording import moment
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import HouseWallet, InvestorClass
from hkperp_engine.errors import InputError
from hkperp_engine.units import NONE

__all__ = ["Holdings", "defaulters", "issuers"]

_CLIENTS = int(HouseWallet.CLIENTS)


class Holdings(NamedTuple):
    """Clients as they stand at a time. `accounts`: ACCOUNT rows with the class of that time, from
    the first client on; `lots[wallet, contract]` signed, of all wallets; `marks_ticks`: the last
    good mark of each contract, 0 if there was none.
    """

    time_ns: int
    config: Config
    accounts: np.ndarray
    lots: np.ndarray
    marks_ticks: list[int]

    def notional(self, wallet: int) -> int:
        """Return the notional of a wallet's positions, ledger units.

        Long 3 and short 2 lots at marks of 100 and 50, tick values 10: 3,000 + 1,000 = 4,000.
        """
        rows = zip(self.lots[wallet].tolist(), self.marks_ticks, self.config.contracts)
        return sum(abs(lots) * mark * each.tick_value for lots, mark, each in rows)


def defaulters(
    scenario: Scenario, found: Holdings, choice: Choice, name_of: Callable[[int], str]
) -> tuple[Defaulter, ...]:
    """Return the wallets that fail, ascending: all of the client's, held or not. O(wallets).

    InputError if there is nobody to choose from, or an account that is named is flat.
    """
    if choice.who == Who.ISSUER:
        return ()
    wallets = _chosen(scenario, found, choice)
    has_position = any(found.lots[wallet].any() for wallet in wallets)
    if not has_position and choice.who != Who.AFMM:
        message = f"{choice.name} has no position at {moment(found.time_ns)}"
        raise InputError(message, path="--account")
    return tuple(
        Defaulter(
            wallet, name_of(wallet), tuple(found.lots[wallet].tolist()), found.notional(wallet)
        )
        for wallet in wallets
    )


_NOBODY = {
    Who.LARGEST_CLIENT: "no client has a position",
    Who.LARGEST_GROUP: "no group of connected clients has a position",
}


def _chosen(scenario: Scenario, found: Holdings, choice: Choice) -> list[int]:
    accounts, who = found.accounts, choice.who
    if who == Who.ACCOUNT:
        return _account(scenario, accounts, choice.name)
    is_afmm = accounts["investor_class"] == InvestorClass.AFMM
    if who == Who.AFMM:
        if not is_afmm.any():
            raise InputError("the scenario has no affiliated market maker", path="--afmm")
        return _wallets(is_afmm)
    column = "owner" if who == Who.LARGEST_CLIENT else "group"
    keys = np.where(is_afmm, 0, accounts[column])
    sizes: dict[int, int] = {}
    holding = np.flatnonzero(found.lots[_CLIENTS:].any(axis=1) & (keys > 0)).tolist()
    for row in holding:
        key = int(keys[row])
        sizes[key] = sizes.get(key, 0) + found.notional(row + _CLIENTS)
    if not sizes:
        raise InputError(f"{_NOBODY[who]} at {moment(found.time_ns)}", path="--at")
    # Keys were met in the order of wallets, and the first of equals is taken.
    largest = max(sizes, key=lambda key: sizes[key])
    return _wallets(keys == largest)


def _account(scenario: Scenario, accounts: np.ndarray, name: str) -> list[int]:
    """Return an account's wallets: the one named, and behind it its isolated ones."""
    try:
        first = wallet_of(scenario, name)
    except ValueError:
        raise InputError(f"no account {name!r}", path="--account") from None
    row, last = first - _CLIENTS, first - _CLIENTS
    group, slash, _ = name.partition("/")
    size = next((each.count for each in scenario.populations if each.name == group), 0)
    if slash and not int(name.partition("/")[2]) < size:
        raise InputError(f"no account {name!r}", path="--account", hint=f"0 to {size - 1}")
    if accounts["isolated_contract"][row] == NONE:
        while last + 1 < len(accounts) and accounts["isolated_contract"][last + 1] != NONE:
            last += 1
    return list(range(first, last + 1 + _CLIENTS))


def _wallets(is_chosen: np.ndarray) -> list[int]:
    return (np.flatnonzero(is_chosen) + _CLIENTS).tolist()


def issuers(scenario: Scenario) -> list[str]:
    """Return the issuers and banks of the margin assets in their order, each once.

    The settlement currency's is none of them: without it nothing can be settled at all. Nor is
    that of an asset without a par, for which nothing can be recovered (DFT-036).
    """
    return list(dict.fromkeys(str(each.issuer) for each in scenario.assets[1:] if each.par))
