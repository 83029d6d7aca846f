"""An account's figures at any event of a log: what its assets counted, equity, margin.

For letters. The log says what happened; what an asset is valued at and what a position needs
follows from it and from the rules in `run.json`, with the arithmetic of docs/machine.md sections 1
and 2. Amounts are ledger units, rates ppb; what counts is rounded down, what is required up.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp_engine.codes import AssetFlag, Event, HouseWallet, InvestorClass, Posting
from hkperp_engine.units import PPB

__all__ = ["ASSET_KINDS", "LOG_END", "AssetTerms", "Figures", "History"]

#: Above the number of any event: `History.figures(LOG_END)` is the account at the end.
LOG_END = 2**62

#: What changes an asset.
ASSET_KINDS = (
    Event.ASSET_PRICE,
    Event.ASSET_STATE,
    Event.ASSET_HAIRCUT,
    Event.SEG_BREAK,
    Event.RECONCILED,
)
#: Postings between wallets of the house, if their order id says whom they are for.
_AWAITED = (
    Posting.DEPOSIT_UNCLEARED,
    Posting.DEPOSIT_CLEARED,
    Posting.DEPOSIT_RETURNED,
    Posting.ISSUER_LOSS,
)


class AssetTerms(NamedTuple):
    """A margin asset at a moment: price and par (0: none) of a unit in ppb, haircut, its flags."""

    price_ppb: int
    par_ppb: int
    haircut_ppb: int
    flags: int

    def value(self, units: int) -> int:
        """Return what units count as margin, rounded down; 0 if they cannot be turned into cash.

        >>> AssetTerms(970_000_000, 10**9, 20_000_000, 3).value(100_000_000_000)
        95060000000
        """
        if not self.flags & AssetFlag.CONVERTIBLE:
            return 0
        price = min(self.par_ppb, self.price_ppb) if self.par_ppb else self.price_ppb
        return units * (price * (PPB - self.haircut_ppb) // PPB) // PPB


class Figures(NamedTuple):
    """An account after an event: ledger units, and units of assets in the order of the assets.

    `initial_margin`: None if it depends on a class that the run does not tell (of a population).
    """

    held: tuple[int, ...]
    awaited: tuple[int, ...]
    equity: int
    initial_margin: int | None
    maintenance_margin: int
    close_out_margin: int
    is_flat: bool


class History:
    """The events of a log that an account's figures follow from. Opening it is O(log)."""

    def __init__(self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int) -> None:
        self._record, self._config, self._wallet = record, pack.config, wallet
        found = np.concatenate([reader.of(kind) for kind in (*ASSET_KINDS, Event.MARGIN_ADDON)])
        rows = rows_of(found[np.argsort(found["sequence"])])
        #: Events that change assets, of all assets, in order.
        self.asset_rows = [row for row in rows if row["kind"] in ASSET_KINDS]
        self._addons = [row for row in rows if row["kind"] == Event.MARGIN_ADDON]
        self._reader = reader
        self._rows: list[Row] = []
        named = reader.named(wallet)
        posted = np.concatenate([named[named["kind"] == Event.POSTING], self._awaited()])
        #: Assets that the account ever had or awaited, by number.
        self.assets = set(posted["contract"].tolist())

    def own_rows(self) -> list[Row]:
        """Return marks and cycles, and what names the account or awaits for it, in order."""
        if not self._rows:
            # Not above: it brings msgspec in, which most letters do without.
            from hkperp.reports.statement import COMMON_KINDS, OWN_KINDS

            named = self._reader.named(self._wallet)
            parts = [named[np.isin(named["kind"], OWN_KINDS)]]
            parts += [self._reader.of(kind) for kind in COMMON_KINDS]
            events = np.concatenate([*parts, self._awaited()])
            places = np.unique(events["sequence"], return_index=True)[1]
            self._rows = rows_of(events[places])
        return self._rows

    def _awaited(self) -> np.ndarray:
        """Return the postings of what waits to be final for the account."""
        posted = np.concatenate([self._reader.of(Event.POSTING, code) for code in _AWAITED])
        return posted[posted["order_id"] == self._wallet]

    def terms(self, asset: int, sequence: int) -> AssetTerms:
        """Return an asset as it was just before the event of that number. O(events of assets)."""
        rules = self._config["assets"][asset]
        price, haircut = rules["price_ppb"], rules["haircut_ppb"]
        flags = AssetFlag.CONVERTIBLE * rules["is_convertible"]
        flags |= AssetFlag.LICENSED * rules["is_licensed"]
        for row in self.asset_rows:
            if row["sequence"] >= sequence:
                break
            if row["contract"] != asset:
                continue
            if row["kind"] == Event.ASSET_PRICE:
                price = row["amount"]
            elif row["kind"] == Event.ASSET_HAIRCUT:
                haircut = row["amount"]
            elif row["kind"] == Event.ASSET_STATE:
                flags = row["code"]
            elif row["kind"] == Event.SEG_BREAK:
                flags |= AssetFlag.BROKEN
            else:
                flags &= ~AssetFlag.BROKEN
        return AssetTerms(price, rules["par_ppb"], haircut, int(flags))

    def figures(self, sequence: int) -> Figures:
        """Return the account as it was just before the event of that number. O(its events)."""
        from hkperp.reports.statement import fold

        rows = [row for row in self.own_rows() if row["sequence"] < sequence]
        tick_values = [each.tick_value for each in self._record.contracts]
        sheet = fold(rows, self._wallet, tick_values, len(self._record.assets)).closing
        equity = sheet.balances[0] + sheet.variation_quote
        for asset, units in enumerate(sheet.balances[1:], 1):
            equity += self.terms(asset, sequence).value(units)
        values = [abs(each.lots) * each.mark_ticks for each in sheet.contracts]
        values = [value * tick for value, tick in zip(values, tick_values)]
        needed = self._margin(values, "mm_ppb", sequence)
        return Figures(
            held=sheet.balances,
            awaited=sheet.awaited,
            equity=equity,
            initial_margin=self._initial(values, sequence),
            maintenance_margin=needed,
            close_out_margin=_up(needed, self._config["house"]["close_out_ppb"]),
            is_flat=not any(values),
        )

    def _initial(self, values: list[int], sequence: int) -> int | None:
        """Return the initial margin of positions of these notionals (GAT-050), rounded up."""
        total = 0
        for contract, value in enumerate(values):
            rules = self._config["contracts"][contract]
            if not value:
                continue
            floor = self._class_floor(rules["class_floors_ppb"], sequence)
            if floor is None:
                return None
            addon = self._addon(contract, "im_ppb", sequence)
            total += max(_tiered(rules["tiers"], value, "im_ppb", addon), _up(value, floor))
            if rate := rules["concentration"]["addon_ppb"]:
                total += _up(max(0, value - self._threshold(contract, sequence)), rate)
        return total

    def _class_floor(self, floors_ppb: list[int], sequence: int) -> int | None:
        """Return the floor of the account's class, ppb; None if the class is not known."""
        if not floors_ppb:
            return 0
        place, standing = self._wallet - HouseWallet.CLIENTS, self._record.standing
        changes = rows_of(self._reader.of(Event.ACCOUNT_STATUS))
        own = [row["code"] for row in changes if self._is_own(row, sequence)]
        if own:
            return floors_ppb[own[-1]]
        if place >= len(standing):
            return None
        return floors_ppb[InvestorClass[standing[place].investor_class]]

    def _is_own(self, row: Row, sequence: int) -> bool:
        return row["wallet"] == self._wallet and row["sequence"] < sequence

    def _threshold(self, contract: int, sequence: int) -> int:
        """Return the notional above which the concentration add-on begins (GAT-051)."""
        marks = self._reader.of(Event.MARK)
        is_seen = (marks["contract"] == contract) & (marks["sequence"] < sequence)
        return int(marks["counter_order_id"][is_seen][-1])

    def _margin(self, values: list[int], rate: str, sequence: int) -> int:
        """Return the margin of positions of these notionals at a tier rate, rounded up."""
        total = 0
        for contract, value in enumerate(values):
            addon = self._addon(contract, rate, sequence)
            total += _tiered(self._config["contracts"][contract]["tiers"], value, rate, addon)
        return total

    def _addon(self, contract: int, rate: str, sequence: int) -> int:
        """Return what the operator had put on top of a contract's rates (GAT-052), ppb."""
        field = "amount" if rate == "im_ppb" else "price_ticks"
        before = [row for row in self._addons if row["sequence"] < sequence]
        found = [row[field] for row in before if row["contract"] == contract]
        return found[-1] if found else 0


def _tiered(tiers: list[dict[str, Any]], value: int, rate: str, addon_ppb: int) -> int:
    """Return the margin of a notional (docs/machine.md section 2); 0 for none."""
    if value == 0:
        return 0
    used = [tier for tier in tiers if tier["floor_quote"] <= value]
    deducted = sum(_deductions(used, rate))
    return _up(value, used[-1][rate] + addon_ppb) - deducted


def _deductions(used: list[dict[str, Any]], rate: str) -> Iterator[int]:
    for lower, upper in pairwise(used):
        yield upper["floor_quote"] * (upper[rate] - lower[rate]) // PPB


def _up(amount: int, rate_ppb: int) -> int:
    return -(-amount * rate_ppb // PPB)
