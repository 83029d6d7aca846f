"""Looking at a machine between commands: a wallet measured by the kernel that margins it.

Nothing here changes a result: measuring writes one row of scratch, which every command that needs
it writes anew.
"""

from typing import Any

import numpy as np

from hkperp.accounts import AccountReport, PositionReport
from hkperp.edge.machine_memory import Machine
from hkperp.state import open_machine
from hkperp_clearing.margin import measure
from hkperp_engine.codes import InvestorClass, MarginState, Session
from hkperp_engine.kernel import door

__all__ = ["account_report"]


@door
def measure_wallet(arena, wallet):
    """Measure a wallet into `state.margin[0]` (docs/machine.md section 2). O(contracts)."""
    measure(open_machine(arena), wallet)


def account_report(machine: Machine, wallet: int) -> AccountReport:
    """Return the report of a wallet of the house or of a client. About 20 us."""
    measure_wallet(machine.arena, wallet)
    state = machine.state
    margin = dict(zip(state.margin.dtype.names, state.margin[0].tolist()))
    row = state.wallets[wallet]
    assets, contracts = len(state.assets), len(state.contracts)
    others = state.balances[wallet * assets + 1 : (wallet + 1) * assets].tolist()
    awaited = state.uncleared[wallet * assets : (wallet + 1) * assets].tolist()
    account = int(row["account"])
    reports = (_position(state, wallet, contract) for contract in range(contracts))
    return AccountReport(
        wallet=wallet,
        investor_class=InvestorClass(row["investor_class"]),
        state=MarginState(row["state"]),
        balances=(margin["cash"], *others),
        collateral_quote=margin["collateral"],
        variation_quote=margin["variation"],
        equity_quote=margin["equity"],
        requirement_quote=margin["requirement"],
        initial_margin_quote=margin["initial_margin"],
        maintenance_margin_quote=margin["maintenance_margin"],
        close_out_margin_quote=margin["close_out_margin"],
        free_quote=max(0, margin["equity_new"] - margin["requirement"]),
        order_count=int(state.owners["order_count"][wallet]),
        session=Session(state.members["session"][wallet]),
        is_killed=bool(state.owners["is_killed"][wallet]),
        positions=tuple(each for each in reports if _is_open(each)),
        account=account,
        isolated_contract=int(row["isolated"]) - 1 if row["isolated"] else None,
        awaited=tuple(awaited),
        exposure_limit_quote=int(state.exposure_caps[account]),
        notice_level=int(row["notice_level"]),
        is_declared=bool(row["is_declared"]),
        claims_quote=_claims(state, wallet),
    )


def _position(state: Any, wallet: int, contract: int) -> PositionReport:
    """Return what a wallet has in a contract, in Python's unlimited integers."""
    row: np.ndarray = state.positions[wallet * len(state.contracts) + contract]
    lots, entry_cost = int(row["lots"]), int(row["entry_cost"])
    mark_ticks = int(state.rates["mark_good_ticks"][contract])
    value = lots * mark_ticks * int(state.contracts["tick_value"][contract])
    return PositionReport(
        contract=contract,
        lots=lots,
        mark_ticks=mark_ticks,
        notional_quote=abs(value),
        entry_cost_quote=entry_cost,
        unrealised_quote=value - entry_cost,
        open_buy_lots=int(row["buy_lots"]),
        open_sell_lots=int(row["sell_lots"]),
    )


def _claims(state: Any, wallet: int) -> int:
    """Return what is still owed to a wallet for gains that were cut. O(claims)."""
    claims = state.claims[: int(state.house["claims_used"][0])]
    return int(claims["open_quote"][claims["wallet"] == wallet].sum())


def _is_open(report: PositionReport) -> bool:
    return bool(report.lots or report.open_buy_lots or report.open_sell_lots)
