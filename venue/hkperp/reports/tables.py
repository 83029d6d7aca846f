"""Tables of a run as CSV files: what a spreadsheet is asked for, made from its events.

Times are UTC, amounts, prices and sizes exact decimals; the first line names the columns with
their units.
"""

import csv
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hkperp.quantities import Amount, Percent, Size, time_text
from hkperp.reports.wording import Terms
from hkperp_engine.codes import CycleCause, Event, EventFlag, Layer

__all__ = ["TABLES", "write_tables"]

#: How a position left an account.
_HOW = {
    Event.LIQUIDATION_ORDER: "order",
    Event.TAKEOVER: "takeover",
    Event.BACKSTOP: "backstop",
    Event.TEAR_UP: "tear-up",
}

Name = Callable[[int], str]
Rows = Iterator[tuple[Any, ...]]


def write_tables(folder: Path, kept: np.ndarray, terms: tuple[Terms, ...], name_of: Name) -> None:
    """Write every table into a folder. `kept`: the rows of `Tally.finish`, in order."""
    for name, (kinds, columns, make) in TABLES.items():
        rows = kept[np.isin(kept["kind"], kinds)]
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(make(_named(rows), terms, name_of))


def _named(rows: np.ndarray) -> Iterable[dict[str, int]]:
    """Yield each row with its fields by name, in Python's numbers."""
    names = rows.dtype.names or ()
    for row in rows.tolist():
        yield dict(zip(names, row))


def _price(terms: Terms, ticks: int) -> str:
    return Size.text(ticks * terms.tick_e8)  # of 1e-8 as well


def _size(terms: Terms, lots: int) -> str:
    return Size.text(lots * terms.lot_e8)


def _marks(rows: Iterable[dict[str, int]], terms: tuple[Terms, ...], _: Name) -> Rows:
    """One row a mark step and contract; the index stands in the row before."""
    for row in rows:
        contract = terms[row["contract"]]
        mark, index = _price(contract, row["price_ticks"]), _price(contract, row["amount"])
        stale = "stale" if row["flags"] else ""
        yield row["sequence"], time_text(row["time_ns"]), contract.name, mark, index, stale


def _fundings(rows: Iterable[dict[str, int]], terms: tuple[Terms, ...], _: Name) -> Rows:
    for row in rows:
        contract = terms[row["contract"]]
        rate, mark = Percent.text(row["amount"]), _price(contract, row["price_ticks"])
        yield row["sequence"], time_text(row["time_ns"]), contract.name, rate, mark, row["lots"]


def _liquidations(rows: Iterable[dict[str, int]], terms: tuple[Terms, ...], name: Name) -> Rows:
    """Liquidation orders (side: what is sold or bought), and what went without the book: to the
    platform, to a provider, or torn up.
    """
    for row in rows:
        contract = terms[row["contract"]]
        is_order = row["kind"] == Event.LIQUIDATION_ORDER
        is_sale = bool(row["flags"] & EventFlag.SELL) if is_order else row["lots"] > 0
        yield (
            row["sequence"],
            time_text(row["time_ns"]),
            contract.name,
            name(row["wallet"]),
            _HOW[Event(row["kind"])],
            "SELL" if is_sale else "BUY",
            _size(contract, abs(row["lots"])),
            _price(contract, row["price_ticks"]),
            _size(contract, row["amount"]) if is_order else "",
        )


def _losses(rows: Iterable[dict[str, int]], _: tuple[Terms, ...], name: Name) -> Rows:
    """Defaults and who paid them, and the cycles that share what is left."""
    for row in rows:
        kind = Event(row["kind"])
        what, who = kind.name, name(row["wallet"])
        loss_id = row["order_id"]
        if kind == Event.ALLOCATION:
            what = Layer(row["code"]).name
            who = "" if row["code"] >= Layer.LOSS_SHARING and not row["wallet"] else who
        elif kind == Event.CYCLE:
            what, who = f"CYCLE {CycleCause(row['code']).name}", ""
            loss_id = row["counter_order_id"]
        yield (
            row["sequence"],
            time_text(row["time_ns"]),
            loss_id,
            what,
            who,
            Amount.text(row["amount"]),
        )


def _haircuts(rows: Iterable[dict[str, int]], _: tuple[Terms, ...], name: Name) -> Rows:
    for row in rows:
        gain, cut = row["counter_order_id"], row["amount"]
        amounts = Amount.text(gain), Amount.text(cut), Amount.text(gain - cut)
        time = time_text(row["time_ns"])
        layer = Layer(row["code"]).name
        yield row["sequence"], time, row["order_id"], name(row["wallet"]), *amounts, layer


def _deleveragings(rows: Iterable[dict[str, int]], terms: tuple[Terms, ...], name: Name) -> Rows:
    for row in rows:
        contract = terms[row["contract"]]
        yield (
            row["sequence"],
            time_text(row["time_ns"]),
            row["order_id"],
            contract.name,
            name(row["wallet"]),
            name(row["counter_wallet"]),
            _size(contract, row["lots"]),
            _price(contract, row["price_ticks"]),
            Amount.text(row["amount"]),
            row["counter_order_id"],
        )


#: Name of each table: the events it is made from, its columns, and how a row becomes a line.
TABLES: dict[str, tuple[list[Event], tuple[str, ...], Callable[..., Rows]]] = {
    "marks": (
        [Event.MARK],
        ("sequence", "time_utc", "contract", "mark", "index", "stale"),
        _marks,
    ),
    "fundings": (
        [Event.FUNDING_RATE],
        ("sequence", "time_utc", "contract", "rate", "mark", "samples"),
        _fundings,
    ),
    "liquidations": (
        list(_HOW),
        (
            *("sequence", "time_utc", "contract", "account", "how", "side", "size"),
            *("price_limit_or_mark", "size_that_cures"),
        ),
        _liquidations,
    ),
    "allocations": (
        [Event.DEFAULT, Event.ALLOCATION, Event.CYCLE],
        ("sequence", "time_utc", "loss_id", "what", "account", "amount"),
        _losses,
    ),
    "haircuts": (
        [Event.HAIRCUT],
        ("sequence", "time_utc", "loss_id", "account", "gain", "haircut", "received", "layer"),
        _haircuts,
    ),
    "deleveragings": (
        [Event.DELEVERAGE],
        (
            *("sequence", "time_utc", "loss_id", "contract", "account", "defaulter"),
            *("size_closed", "mark", "given", "score"),
        ),
        _deleveragings,
    ),
}
