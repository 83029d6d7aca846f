"""What a scenario may expect of a run, and whether a run met it.

`FIGURES` names every figure a summary computes per pack, with its unit. `judge` compares. Amounts
are ledger units of 1e-6, counts and lots whole numbers, the state hash is text.
"""

from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import NamedTuple

from hkperp.quantities import Amount, Figure, Percent, Price
from hkperp.scenario.explained_parts import part_unit
from hkperp.scenario.whole import Expectation, Scenario
from hkperp_engine.codes import (
    Alert,
    CancelReason,
    ContractState,
    Layer,
    Posting,
    ProductState,
    ReferenceStatus,
    Reject,
)

__all__ = [
    "ASSETS",
    "CODED",
    "FIGURES",
    "Failure",
    "LOTS",
    "NoticeLevel",
    "explained_name",
    "figure_name",
    "figure_text",
    "judge",
    "read_figure",
]
__all__ += ["tick_of", "unit_of"]


class NoticeLevel(IntEnum):
    """Levels of a margin notice: the maintenance margin over the equity, per cent (DFT-001)."""

    USE_80 = 1
    USE_90 = 2
    USE_95 = 3


#: Figures that are counted by code as well, and the codes.
CODED: dict[str, type[IntEnum]] = {
    "rejections": Reject,
    "cancels": CancelReason,
    "mass_cancels": CancelReason,
    "states": ContractState,
    "products": ProductState,
    "references": ReferenceStatus,
    "alerts": Alert,
    "posted": Posting,
    "haircuts": Layer,
    "notices": NoticeLevel,
}

#: Figures of an asset, which has to be named.
ASSETS = ("awaited", "haircut", "asset_flags", "break_amount")

#: Figures in lots of a contract, which has to be named, as with a price.
LOTS = ("oi_cap_lots",)

#: Name of each figure and its unit: count, amount, percent, price (of a contract, in HKD) or text.
FIGURES = {
    "accounts": "count",
    "commands": "count",
    "accepted": "count",
    "rejections": "count",  # with `code`: of that code
    "trades": "count",
    "trades_afmm": "count",  # with the affiliated market maker on either side
    "trades_auction": "count",  # in the uncross of a call auction
    "traded_lots": "count",
    "last_trade_price": "price",
    "highest_trade_price": "price",
    "lowest_trade_price": "price",
    "uncrosses": "count",
    "uncross_lots": "count",  # all of them together
    "uncross_price": "price",  # of the last
    "band_reference": "price",  # of the last volatility auction
    "states": "count",  # changes of a contract's state; with `code`: to that state
    "waiting": "count",  # conditional orders accepted
    "triggered": "count",
    "trigger_caps": "count",  # commands after which triggered orders had to wait
    "refreshes": "count",  # next slices of icebergs
    "cancels": "count",  # orders cancelled; with `code`: for that reason
    "mass_cancels": "count",  # of all orders of somebody or something; with `code` likewise
    "protections": "count",  # quotes frozen by a market maker's protection
    "kill_switches": "count",  # engaged or released
    "afmm_suspensions": "count",  # suspended or lifted
    "busts": "count",
    "compensated": "amount",  # from the error account
    "products": "count",  # steps of a contract's approval; with `code`: to that state
    "references": "count",  # findings about a contract's reference; with `code`: that one
    "final_price": "price",  # of a delisted contract
    "final_settlements": "count",  # positions closed at a final price
    "alerts": "count",  # alerts of the pricing monitor that began; with `code`: of that one
    "margin_addons": "count",
    "agreements": "count",  # versions published
    "acknowledged": "count",
    "exposure_limits": "count",  # set or taken away
    "reconciliations": "count",  # that agreed
    "breaks": "count",  # reconciliations that did not
    "break_amount": "amount",  # what the ledger had more in the last reconciliation of an asset
    "awaited": "amount",  # of an asset, at the end: deposits that are not final
    "haircut": "percent",  # of an asset, at the end
    "asset_flags": "count",  # of an asset, at the end: the sum of AssetFlag
    "posted": "amount",  # all that moved; with `code`: by postings of that kind
    "fundings": "count",  # funding events of a contract, not payments
    "cycles": "count",
    "conversions": "count",  # margin assets sold for cash
    "notices": "count",  # margin notices; with `code`: of that level
    "declared": "count",  # declarations of default
    "oi_caps": "count",  # changes of a cap on open interest
    "oi_cap_lots": "count",  # of a contract, at the end
    "backstops_set": "count",  # providers signed up, changed or ended
    "backstops": "count",  # positions that a provider took
    "margin_calls": "count",  # wallets entering CALL
    "reductions": "count",  # wallets entering REDUCING
    "liquidations": "count",  # liquidation orders and takeovers together
    "takeovers": "count",
    "defaults": "count",
    "haircuts": "count",  # with `code`: of that layer
    "tear_ups": "count",  # positions torn up, at least in part
    "wound_down": "count",  # losses that the last layer had to bear
    "deleveragings": "count",
    "deficit": "amount",  # sum of D over all defaults
    "layer_1_used": "amount",
    "layer_2_used": "amount",
    "layer_3_used": "amount",
    "layer_4_used": "amount",
    "layer_5_used": "amount",
    "layer_6_used": "amount",
    "layer_7_used": "amount",
    "fund_before": "amount",  # layers 2, 3 and 4 together
    "fund_after": "amount",
    "fees": "amount",
    "conservation": "amount",  # sum over all ledger accounts and external ones: 0
    "positions_sum": "count",  # lots over all wallets: 0
    "settlement_balance": "amount",  # 0 after every cycle
    "explained": "part",  # of an explanation to an account: `explained_parts` has its unit
    "state_hash": "text",
}


class Failure(NamedTuple):
    """An expectation that did not hold: its number in the file, from 0, and one sentence."""

    number: int
    expectation: Expectation
    found: int | str | None
    message: str


def tick_of(scenario: Scenario, wanted: Expectation) -> int:
    """Return the tick of the contract whose price is expected, in 1e-8 HKD; else 1."""
    ticks = [int(each.tick) for each in scenario.contracts if each.name == wanted.contract]
    return ticks[0] if ticks else 1


def explained_name(account: str, about: str, part: str, nth: int) -> str:
    """Return the name of a part of the nth explanation to an account.

    >>> explained_name("wong", "HAIRCUT", "share", 1)
    'explained.wong.HAIRCUT.1.share'
    """
    return f"explained.{account}.{about}.{nth}.{part}"


def unit_of(wanted: Expectation) -> str:
    """Return the unit of what is expected: count, amount, percent, price or text."""
    if wanted.about is not None and wanted.part is not None:
        return part_unit(wanted.about, wanted.part)
    return FIGURES[wanted.that]


def figure_name(wanted: Expectation) -> str:
    """Return the name of a figure as results have it: `rejections.CODE`, `uncross_price.NAME`."""
    if wanted.account and wanted.about and wanted.part:
        return explained_name(wanted.account, wanted.about, wanted.part, wanted.nth)
    part = wanted.code or wanted.contract or wanted.asset
    return f"{wanted.that}.{part}" if part else wanted.that


def read_figure(figure: Figure, unit: str, tick: int = 1) -> int | str:
    """Return what a file compares with, in units of the figure; ValueError if it does not fit.

    A price becomes ticks of `tick` times 1e-8 HKD.
    """
    if unit == "text":
        return figure.written
    if unit == "price":
        ticks, rest = divmod(Price.parse(figure.written), tick)
        if rest:
            raise ValueError(f"{figure.written} is not a multiple of the tick")
        return ticks
    if unit == "percent":
        return int(Percent.parse(figure.written))
    if unit == "amount":
        sign = -1 if figure.written.startswith("-") else 1
        return sign * int(Amount.parse(figure.written.removeprefix("-")))
    try:
        if len(figure.written) > 20:
            raise ValueError
        return int(figure.written.replace("_", ""))
    except ValueError:
        raise ValueError(f"Expected a whole number, got {figure.written[:40]!r}") from None


def figure_text(value: int | str, unit: str, tick: int = 1) -> str:
    """Write a figure as a scenario does."""
    if unit == "price" and isinstance(value, int):
        return Price.text(value * tick)
    if unit == "percent" and isinstance(value, int):
        return Percent.text(value)
    return Amount.text(value) if unit == "amount" and isinstance(value, int) else str(value)


def judge(
    scenario: Scenario, pack_name: str, figures: Mapping[str, int | str]
) -> Iterator[Failure]:
    """Yield each expectation of a pack that its figures do not meet, in the file's order.

    `figures` holds each name of FIGURES that was measured, by `figure_name` for each code that
    occurred and each contract.
    """
    for number, wanted in enumerate(scenario.expect):
        if wanted.pack not in (None, pack_name):
            continue
        name = figure_name(wanted)
        found = figures.get(name, 0 if wanted.code else None)
        message = _difference(wanted, found, tick_of(scenario, wanted))
        if message:
            rules = ", ".join(wanted.rules)
            yield Failure(number, wanted, found, f"{pack_name}: {name} {message} ({rules})")


def _difference(wanted: Expectation, found: int | str | None, tick: int) -> str:
    """Say how a figure differs from what was wanted; empty if it does not."""
    unit = unit_of(wanted)
    if found is None:
        return "was not explained" if wanted.account else "was not measured"
    shown = figure_text(found, unit, tick)
    if wanted.exactly is not None:
        exact = read_figure(wanted.exactly, unit, tick)
        return "" if found == exact else f"is {shown}, expected {figure_text(exact, unit, tick)}"
    for limit, is_low in ((wanted.min, True), (wanted.max, False)):
        if limit is None or isinstance(found, str):
            continue
        bound = int(read_figure(limit, unit, tick))
        if (found < bound) if is_low else (found > bound):
            word = "at least" if is_low else "at most"
            return f"is {shown}, expected {word} {figure_text(bound, unit, tick)}"
    return ""
