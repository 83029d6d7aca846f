"""What a default drill is about: who fails, when, and with what its log is read (DEF-01)."""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from hkperp.config import Config
from hkperp.reports.wording import Terms

__all__ = ["Choice", "Defaulter", "Drill", "Who"]


class Who(StrEnum):
    """Who or what fails in a drill."""

    AFMM = "afmm"
    LARGEST_CLIENT = "largest client"
    LARGEST_GROUP = "largest group"
    ACCOUNT = "account"
    ISSUER = "issuer"


class Choice(NamedTuple):
    """Who is to fail. `name`: of the account or issuer; `recovered_ppb`: of an issuer's par."""

    who: Who
    name: str = ""
    recovered_ppb: int = 0

    @property
    def title(self) -> str:
        """Write the choice: `largest client`, `issuer Bank A`."""
        return f"{self.who} {self.name}".rstrip()


class Defaulter(NamedTuple):
    """A wallet that fails: its positions when it is declared, signed lots by contract, and their
    notional at the marks of then, ledger units.
    """

    wallet: int
    name: str
    lots: tuple[int, ...]
    notional_quote: int


class Drill(NamedTuple):
    """A drill as its log is read: nothing in it comes from what happened afterwards.

    `at_ns`: when the default is declared, after all that the scenario does at that time; events
    up to `sequence` are the scenario's own. `until_ns`: end of the span;
    `step_ns`: there is a mark step at least so often; `ended_ns`: the run's,
    later if a settlement was still to come. `assets`: those whose issuer fails. `name_of`
    gives the name of any wallet.
    """

    scenario: str
    pack: str
    choice: Choice
    at_ns: int
    until_ns: int
    step_ns: int
    ended_ns: int
    sequence: int
    wallet_count: int
    config: Config
    terms: tuple[Terms, ...]
    asset_names: tuple[str, ...]
    currency: str
    defaulters: tuple[Defaulter, ...]
    assets: tuple[int, ...]
    name_of: Callable[[int], str]

    def wallets(self) -> np.ndarray:
        """Return the wallets that fail, int64."""
        return np.array([each.wallet for each in self.defaulters], np.int64)

    def is_own(self, wallet: int) -> bool:
        """Tell whether a wallet is one of those that fail."""
        return any(each.wallet == wallet for each in self.defaulters)
