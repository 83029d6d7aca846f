"""Accounts at the edge: what a venue is told of a client, and what it answers about a wallet.

Amounts are ledger units of HKD ("quote"), prices ticks, quantities lots, times ns. This module
imports neither numpy nor numba.
"""

import msgspec

from hkperp_engine.codes import InvestorClass, MarginState, Session
from hkperp_engine.units import INT64_MAX

__all__ = ["Account", "AccountReport", "Level", "PositionReport"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A client as the venue is told of it (ELIG-01 to ELIG-06); the first has wallet 16.

    `owner`: number of the beneficial owner for self-trade prevention, 0 to 2^31 - 1; None: nobody
    else's. `valid_until_ns`: end of the professional-investor evidence.
    """

    investor_class: InvestorClass = InvestorClass.INST_PI
    has_knowledge: bool = True
    has_agreement: bool = True
    has_afmm_documents: bool = False
    valid_until_ns: int = INT64_MAX
    owner: int | None = None


class PositionReport(msgspec.Struct, frozen=True):
    """A wallet in one contract: its position and its open orders that are not reduce-only.

    `unrealised_quote`: gain at the mark since the position was opened; what settlement cycles have
    already paid of it is in the cash.
    """

    contract: int
    lots: int
    mark_ticks: int
    notional_quote: int
    entry_cost_quote: int
    unrealised_quote: int
    open_buy_lots: int
    open_sell_lots: int


class AccountReport(msgspec.Struct, frozen=True):
    """A wallet at the last good marks; docs/machine.md section 2 defines every figure.

    `balances`: ledger units of every asset, in the order of the `Config`; the first is the cash.
    `variation_quote`: gains not yet settled. `equity_quote` = cash + collateral + variation.
    `free_quote`: what a new order may still require; a withdrawal is also held to the maintenance
    margin and the next funding. `order_count`: live orders, those that wait for a price too.
    `is_killed`: the kill switch is engaged (MAT-071). Positions: contracts with any or with open
    orders, ascending.
    """

    wallet: int
    investor_class: InvestorClass
    state: MarginState
    balances: tuple[int, ...]
    collateral_quote: int
    variation_quote: int
    equity_quote: int
    requirement_quote: int
    initial_margin_quote: int
    maintenance_margin_quote: int
    close_out_margin_quote: int
    free_quote: int
    order_count: int
    session: Session
    is_killed: bool
    positions: tuple[PositionReport, ...]


class Level(msgspec.Struct, frozen=True):
    """A price level of the book: how many lots and orders rest there."""

    price_ticks: int
    lots: int
    order_count: int
