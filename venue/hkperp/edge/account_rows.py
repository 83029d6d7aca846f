"""Accounts as a venue is told of them, into ACCOUNT rows that can be trusted (GAT-001)."""

from collections.abc import Sequence

import numpy as np

from hkperp.accounts import Account, standing_flags
from hkperp.state import ACCOUNT
from hkperp_engine.codes import AccountFlag, HouseWallet, InvestorClass
from hkperp_engine.errors import InputError
from hkperp_engine.units import INT64_MAX, NONE

__all__ = ["account_rows"]

_OWNER_MAX = 2**31 - 1
_ALL_FLAGS = int(sum(AccountFlag))


def account_rows(accounts: Sequence[Account] | np.ndarray, contract_count: int) -> np.ndarray:
    """Return ACCOUNT rows, each number within its bounds; InputError names the row. O(n log n)."""
    if isinstance(accounts, np.ndarray):
        if accounts.dtype != ACCOUNT or accounts.ndim != 1:
            raise InputError("not an array of accounts", hint="hkperp.state.ACCOUNT")
        rows = accounts
    else:
        rows = _from_structs(accounts)
    bounds = {
        "investor_class": (0, max(InvestorClass)),
        "account_flags": (0, _ALL_FLAGS),
        "valid_until_ns": (0, INT64_MAX),
        "owner": (0, _OWNER_MAX),
        "isolated_contract": (NONE, contract_count - 1),
        "group": (0, INT64_MAX),
    }
    for name, (low, high) in bounds.items():
        wrong = np.flatnonzero((rows[name] < low) | (rows[name] > high))
        if wrong.size:
            message = f"{rows[name][wrong[0]]} is not from {low} to {int(high)}"
            raise _refuse(int(wrong[0]), name, message)
    _check_isolated(rows)
    return rows


def _refuse(row: int, name: str, message: str) -> InputError:
    return InputError(message, path=f"accounts[{row}].{name}")


def _from_structs(accounts: Sequence[Account]) -> np.ndarray:
    rows = np.zeros(len(accounts), ACCOUNT)
    own, group = int(HouseWallet.CLIENTS), 0
    for index, account in enumerate(accounts):
        try:
            if account.isolated_contract is None:
                own, group = HouseWallet.CLIENTS + index, 0
            group = account.group or group
            rows[index] = (
                int(account.investor_class),
                standing_flags(account),
                account.valid_until_ns,
                own if account.owner is None else account.owner,
                NONE if account.isolated_contract is None else account.isolated_contract,
                group,
            )
        except (AttributeError, TypeError, ValueError, OverflowError) as error:
            raise InputError(str(error), path=f"accounts[{index}]") from None
    return rows


def _check_isolated(rows: np.ndarray) -> None:
    """Raise unless every isolated wallet belongs to an account, and is its only one there."""
    isolated = np.flatnonzero(rows["isolated_contract"] != NONE)
    if not isolated.size:
        return
    if isolated[0] == 0:
        message = "an isolated wallet stands below the account it belongs to"
        raise _refuse(0, "isolated_contract", message)
    crosses = np.where(rows["isolated_contract"] == NONE, np.arange(rows.size), 0)
    account = np.maximum.accumulate(crosses)[isolated]
    for name in ("investor_class", "account_flags", "valid_until_ns", "owner", "group"):
        wrong = np.flatnonzero(rows[name][isolated] != rows[name][account])
        if wrong.size:
            row, cross = int(isolated[wrong[0]]), int(account[wrong[0]])
            message = f"{rows[name][row]} of an isolated wallet, "
            raise _refuse(row, name, message + f"{rows[name][cross]} of accounts[{cross}]")
    # Rows of an account stand together, so a sort by (account, contract) brings twins together.
    pairs = np.stack([account, rows["isolated_contract"][isolated]])
    order = np.lexsort(pairs[::-1])
    twins = np.flatnonzero((np.diff(pairs[:, order]) == 0).all(axis=0))
    if twins.size:
        row = int(isolated[order[twins[0] + 1]])
        contract = rows["isolated_contract"][row]
        message = f"second isolated wallet of the account for contract {contract}"
        raise _refuse(row, "isolated_contract", message)
