"""The explanations that a scenario's expectations ask for, found in a run.

Decisions are put together as `hkperp explain` does (`decisions`), refusals come from
`refusal_record`; so what an expectation holds against is what the letter says.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby

import numpy as np

from hkperp.replay.population import wallet_of
from hkperp.reports.decisions import Decision, Happening, Row, decisions, rows_of
from hkperp.reports.results import ToldRefusal
from hkperp.scenario.expectations import explained_name
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Event, MarginState
from hkperp_engine.layout import EVENT

__all__ = ["Explained"]

_Figures = dict[str, int]


class Explained:
    """Keeps what names the accounts that expectations are about; `note` is a sink of events."""

    def __init__(self, scenario: Scenario, pack: str) -> None:
        """Take note of whom a pack's expectations ask about."""
        asked = (each for each in scenario.expect if each.pack in (None, pack))
        names = {each.account for each in asked if each.account is not None}
        self._wallets = {name: wallet_of(scenario, name) for name in sorted(names)}
        self._kept: list[np.ndarray] = [np.zeros(0, EVENT)]

    def note(self, events: np.ndarray) -> None:
        """Keep the EVENT rows that name one of the accounts, oldest first."""
        wanted = list(self._wallets.values())
        if wanted:
            names = np.isin(events["wallet"], wanted) | np.isin(events["counter_wallet"], wanted)
            self._kept.append(events[names])

    def named(self, wallet: int) -> np.ndarray:
        """Return the events that name a wallet."""
        events = np.concatenate(self._kept)
        return events[(events["wallet"] == wallet) | (events["counter_wallet"] == wallet)]

    def figures(self, refusals: Iterable[ToldRefusal] = ()) -> dict[str, int]:
        """Return each part of each explanation by the name that `expectations` gives it."""
        told = list(refusals)
        found: dict[str, int] = {}
        for account, wallet in self._wallets.items():
            counts: dict[str, int] = {}
            parts = [*self._done(wallet), *_refused(told, wallet)]
            for about, figures in parts:
                counts[about] = counts.get(about, 0) + 1
                for part, value in figures.items():
                    found[explained_name(account, about, part, counts[about])] = value
        return found

    def _done(self, wallet: int) -> Iterator[tuple[str, _Figures]]:
        """Yield what was done to a wallet, those about the same thing in order of time."""
        own = rows_of(self.named(wallet))
        for each in decisions(self, wallet):
            margins = {name: getattr(each.inputs, name) for name in each.inputs._fields[1:-1]}
            yield each.what.name, margins | _MORE[each.what](each)
        mine = [row for row in own if row["wallet"] == wallet]
        for row in mine:
            if row["kind"] == Event.MARGIN_STATE and row["code"] == MarginState.CALL:
                yield "MARGIN_CALL", {"equity": row["amount"]}
            elif row["kind"] == Event.MARGIN_NOTICE:
                yield "NOTICE", {"equity": row["amount"]}
        cuts = [row for row in mine if row["kind"] == Event.HAIRCUT]
        for _, group in groupby(cuts, lambda row: row["order_id"]):
            rows = list(group)
            share = sum(row["amount"] for row in rows)
            yield "HAIRCUT", {"gain": rows[0]["counter_order_id"], "share": share}


def _refused(told: list[ToldRefusal], wallet: int) -> Iterator[tuple[str, _Figures]]:
    for each in told:
        if each.wallet == wallet:
            yield each.reject, each.figures


def _sum(rows: list[Row], field: str) -> int:
    return sum(row[field] for row in rows)


def _reduced(each: Decision) -> _Figures:
    orders = each.of(Event.LIQUIDATION_ORDER)
    return {"lots": _sum(orders, "amount"), "sent_lots": _sum(orders, "lots")}


def _taken_over(each: Decision) -> _Figures:
    borne = {f"layer_{layer}": 0 for layer in range(2, 6)}
    for row in each.of(Event.ALLOCATION):
        borne[f"layer_{row['code']}"] += row["amount"]
    return {"deficit": _sum(each.of(Event.DEFAULT), "amount")} | borne


def _deleveraged(each: Decision) -> _Figures:
    row = each.of(Event.DELEVERAGE)[0]
    return {"score": row["counter_order_id"], "lots": row["lots"], "given": row["amount"]}


_MORE: dict[Happening, Callable[[Decision], _Figures]] = {
    Happening.REDUCTION: _reduced,
    Happening.TAKEOVER: _taken_over,
    Happening.DELEVERAGING: _deleveraged,
}
