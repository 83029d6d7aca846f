"""Accounts at the edge: what a venue is told of a client, and what it answers about a wallet.

Amounts are ledger units of HKD ("quote"), prices ticks, quantities lots, times ns. This module
imports neither numpy nor numba.
"""

from typing import Any

import msgspec

from hkperp_engine.codes import AccountFlag, InvestorClass, MarginState, Session
from hkperp_engine.units import INT64_MAX

__all__ = ["Account", "AccountReport", "DeleveragingPlace", "Level", "PositionReport"]
__all__ += ["standing_flags"]


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A client as the venue is told of it (ELIG-01 to ELIG-08); the first has wallet 16.

    `has_notification` to `has_undertaking`: the four documents of an affiliated market maker;
    `is_group_company`: of the operator's group; `is_blocked`: in a jurisdiction not served.
    `valid_until_ns`: end of the professional-investor evidence. `owner`: number of the beneficial
    owner for self-trade prevention, 0 to 2^31 - 1; None: nobody else's. `isolated_contract`: None
    begins an account; a number is a wallet of the account above for that contract alone, and says
    the same about the client (MRG-13, GAT-001); with owner None it takes that of the account.
    `group`: any number, above 0, of the group of connected clients, 0 for none; isolated wallets
    are in that of their account (LIM-01, DFT-010).
    """

    investor_class: InvestorClass = InvestorClass.INST_PI
    has_knowledge: bool = True
    has_agreement: bool = True
    has_notification: bool = False
    has_report: bool = False
    has_declaration: bool = False
    has_undertaking: bool = False
    is_group_company: bool = False
    is_blocked: bool = False
    valid_until_ns: int = INT64_MAX
    owner: int | None = None
    isolated_contract: int | None = None
    group: int = 0


def standing_flags(it: Any) -> int:
    """Return the bits of `AccountFlag` that an `Account`, or an ACCOUNT_STATUS command, says.

    >>> standing_flags(Account(is_blocked=True))
    131
    """
    return (
        AccountFlag.KNOWLEDGE * it.has_knowledge
        | AccountFlag.AGREEMENT * it.has_agreement
        | AccountFlag.AFMM_NOTIFICATION * it.has_notification
        | AccountFlag.AFMM_REPORT * it.has_report
        | AccountFlag.AFMM_DECLARATION * it.has_declaration
        | AccountFlag.AFMM_UNDERTAKING * it.has_undertaking
        | AccountFlag.GROUP_COMPANY * it.is_group_company
        | AccountFlag.BLOCKED * it.is_blocked
    )


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
    `awaited`: deposits that are not final yet, likewise; they count for nothing (GAT-034).
    `account`: the cross wallet of the account; `isolated_contract`: the only contract of an
    isolated wallet, None for the cross one. `exposure_limit_quote`: of the account, 0: none.
    `variation_quote`: gains not yet settled. `equity_quote` = cash + collateral + variation.
    `free_quote`: what a new order may still require; a withdrawal is also held to the maintenance
    margin and the next funding. `order_count`: live orders, those that wait for a price too.
    `is_killed`: the kill switch is engaged (MAT-071). Positions: contracts with any or with open
    orders, ascending. `notice_level` 0 to 3, `is_declared` in default and not taken over yet
    (DFT-001, DFT-002). `claims_quote`: what is still owed to it for cut gains (LOSS-05).
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
    account: int
    isolated_contract: int | None
    awaited: tuple[int, ...]
    exposure_limit_quote: int
    notice_level: int
    is_declared: bool
    claims_quote: int


class DeleveragingPlace(msgspec.Struct, frozen=True):
    """A holder's place in the queue of those who would be deleveraged (LOSS-04, DFT-022).

    `lots` signed. `rank`: from 1, of `count` holders of its side with E > 0; `lots_ahead`: lots of
    those before it; `lights`: 5 to 1, the fifth of the queue that it stands in, 5 the first.
    `gain_quote`: the most it would give to a loss now, its VM above 0; `loss_rank`: its rank among
    those who have such a gain, 0 for who has none.
    """

    wallet: int
    lots: int
    score_ppb: int
    rank: int
    count: int
    lots_ahead: int
    lights: int
    gain_quote: int
    loss_rank: int


class Level(msgspec.Struct, frozen=True):
    """A price level of the book: how many lots and orders rest there."""

    price_ticks: int
    lots: int
    order_count: int
