"""The files of a stress test: the page, stress.json, and a CSV file for each of its tables.

Amounts are exact decimals of the currency, sizes of the asset, times UTC. stress.json holds the
same rows as the CSV files, with what they come to.
"""

import csv
import json
from collections.abc import Callable
from pathlib import Path

from hkperp.quantities import Amount, Percent, Size, time_text
from hkperp.stress.report import StressReport, action_text
from hkperp.stress.shocks import tenth_percent
from hkperp_engine.codes import Layer

__all__ = ["write_files"]

_Rows = list[tuple[str | int, ...]]


def write_files(report: StressReport, folder: Path) -> None:
    """Write the page, stress.json and a CSV file for each table; amounts are exact decimals."""
    (folder / "stress.txt").write_text(report.text(), encoding="utf-8")
    tables = {name: (columns, rows(report)) for name, (columns, rows) in _TABLES.items()}
    for name, (columns, rows) in tables.items():
        with open(folder / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    found = {
        "schema": 1,
        "scenario": report.scenario,
        "pack": report.pack,
        "at": time_text(report.at_ns),
        "snapshot_hash": report.snapshot_hash,
        "fund": Amount.text(report.cover.fund_quote),
        "cover_1": Amount.text(report.cover.required(1)),
        "cover_2": Amount.text(report.cover.required(2)),
        "remark": report.remark(),
        "floor": Amount.text(report.floor_quote),
        "is_covered": report.cover.is_covered,
        "orders": [action_text(report, each) for each in report.actions],
        "sources": {each.name: each.source for each in report.stresses},
        **{
            name: [dict(zip(columns, row, strict=True)) for row in rows]
            for name, (columns, rows) in tables.items()
        },
    }
    text = json.dumps(found, indent=1, ensure_ascii=False)
    (folder / "stress.json").write_text(text + "\n", encoding="utf-8")


def _outcomes(report: StressReport) -> _Rows:
    return [
        (
            *(each.name, each.kind, each.accounts_liquidated, each.accounts_haircut),
            *(each.accounts_deleveraged, each.defaults, Amount.text(each.deficit_quote)),
            *(Amount.text(used) for used in each.layers_quote),
            *(Percent.text(each.impact_ppb), Amount.text(each.slippage_quote)),
            *map(Amount.text, (each.fund_before_quote, each.fund_after_quote)),
            each.state_hash,
        )
        for each in report.outcomes
    ]


def _shortfalls(report: StressReport) -> _Rows:
    return [
        (row.name, rank, report.group_name(each.group), Amount.text(each.amount_quote))
        for row in report.cover.rows
        for rank, each in enumerate(row.shortfalls, 1)
    ]


def _reverse(report: StressReport) -> _Rows:
    return [
        (
            *(each.layer.value, each.layer.name, "fall" if each.sign < 0 else "rise"),
            Percent.text(tenth_percent(each.shock)) if each.shock else "",
            *(Percent.text(tenth_percent(each.within)), Amount.text(each.deficit_quote)),
        )
        for each in report.reverse
    ]


def _fund_days(report: StressReport) -> _Rows:
    return [
        (
            *(time_text(each.begun_ns)[:10], each.layer.name),
            *map(Amount.text, (each.inflow_quote, each.outflow_quote, each.size_quote)),
        )
        for each in report.days
    ]


def _positions(report: StressReport) -> _Rows:
    found: _Rows = []
    for each in report.positions:
        terms = report.terms[each.contract]
        sizes = (Size.text(lots * terms.lot_e8) for lots in (each.long_lots, each.short_lots))
        share = Percent.text(each.share_ppb)
        found.append((terms.name, report.group_name(each.group), *sizes, share))
    return found


#: Name of each table: its columns, and how its rows are made.
_TABLES: dict[str, tuple[tuple[str, ...], Callable[[StressReport], _Rows]]] = {
    "outcomes": (
        (
            *("scenario", "kind", "accounts_liquidated", "accounts_haircut"),
            *("accounts_deleveraged", "defaults", "deficit"),
            *(f"layer_{layer.value}" for layer in Layer),
            *("worst_impact", "slippage", "fund_before", "fund_after", "state_hash"),
        ),
        _outcomes,
    ),
    "shortfalls": (("scenario", "rank", "group", "shortfall"), _shortfalls),
    "reverse": (("layer", "name", "direction", "shock", "within", "deficit"), _reverse),
    "fund_days": (("day", "layer", "inflow", "outflow", "size"), _fund_days),
    "positions": (("contract", "group", "long", "short", "open_interest_share"), _positions),
}
