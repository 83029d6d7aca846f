"""What a scenario may expect of a run, and whether a run met it.

`FIGURES` names every figure a summary computes per pack, with its unit. `judge` compares. Amounts
are ledger units of 1e-6, counts and lots whole numbers, the state hash is text.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from hkperp.quantities import Amount, Figure
from hkperp.scenario_types import Expectation, Scenario

__all__ = ["FIGURES", "Failure", "figure_text", "judge", "read_figure"]

#: Name of each figure and its unit: count, amount or text.
FIGURES = {
    "accounts": "count",
    "commands": "count",
    "accepted": "count",
    "rejections": "count",  # with `code`: of that code
    "trades": "count",
    "trades_afmm": "count",  # with the affiliated market maker on either side
    "traded_lots": "count",
    "fundings": "count",  # funding events of a contract, not payments
    "cycles": "count",
    "conversions": "count",  # margin assets sold for cash
    "margin_calls": "count",  # wallets entering CALL
    "reductions": "count",  # wallets entering REDUCING
    "liquidations": "count",  # liquidation orders and takeovers together
    "takeovers": "count",
    "defaults": "count",
    "haircuts": "count",
    "deleveragings": "count",
    "deficit": "amount",  # sum of D over all defaults
    "layer_1_used": "amount",
    "layer_2_used": "amount",
    "layer_3_used": "amount",
    "layer_4_used": "amount",
    "layer_5_used": "amount",
    "fund_before": "amount",  # layers 2, 3 and 4 together
    "fund_after": "amount",
    "fees": "amount",
    "conservation": "amount",  # sum over all ledger accounts and external ones: 0
    "positions_sum": "count",  # lots over all wallets: 0
    "settlement_balance": "amount",  # 0 after every cycle
    "state_hash": "text",
}


class Failure(NamedTuple):
    """An expectation that did not hold: its number in the file, from 0, and one sentence."""

    number: int
    expectation: Expectation
    found: int | str | None
    message: str


def read_figure(figure: Figure, unit: str) -> int | str:
    """Return what a file compares with, in units of the figure; ValueError if it does not fit."""
    if unit == "text":
        return figure.written
    if unit == "amount":
        sign = -1 if figure.written.startswith("-") else 1
        return sign * int(Amount.parse(figure.written.removeprefix("-")))
    try:
        if len(figure.written) > 20:
            raise ValueError
        return int(figure.written.replace("_", ""))
    except ValueError:
        raise ValueError(f"Expected a whole number, got {figure.written[:40]!r}") from None


def figure_text(value: int | str, unit: str) -> str:
    """Write a figure as a scenario does."""
    return Amount.text(value) if unit == "amount" and isinstance(value, int) else str(value)


def judge(
    scenario: Scenario, pack_name: str, figures: Mapping[str, int | str]
) -> Iterator[Failure]:
    """Yield each expectation of a pack that its figures do not meet, in the file's order.

    `figures` holds each name of FIGURES that was measured, and `rejections.CODE` per refusal code
    that occurred.
    """
    for number, wanted in enumerate(scenario.expect):
        if wanted.pack not in (None, pack_name):
            continue
        name = f"rejections.{wanted.code}" if wanted.code else wanted.that
        found = figures.get(name, 0 if wanted.code else None)
        message = _difference(wanted, name, found)
        if message:
            rules = ", ".join(wanted.rules)
            yield Failure(number, wanted, found, f"{pack_name}: {name} {message} ({rules})")


def _difference(wanted: Expectation, name: str, found: int | str | None) -> str:
    """Say how a figure differs from what was wanted; empty if it does not."""
    unit = FIGURES[wanted.that]
    if found is None:
        return "was not measured"
    shown = figure_text(found, unit)
    if wanted.exactly is not None:
        exact = read_figure(wanted.exactly, unit)
        return "" if found == exact else f"is {shown}, expected {figure_text(exact, unit)}"
    for limit, is_low in ((wanted.min, True), (wanted.max, False)):
        if limit is None or isinstance(found, str):
            continue
        bound = int(read_figure(limit, unit))
        if (found < bound) if is_low else (found > bound):
            word = "at least" if is_low else "at most"
            return f"is {shown}, expected {word} {figure_text(bound, unit)}"
    return ""
