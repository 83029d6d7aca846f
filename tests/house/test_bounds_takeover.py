"""int64 safety of notices, limits, takeover and an issuer's default, in the manner of bounds.py.

Load promises (rules/proof.py): the value of a position at the highest price is at most 2**56, a
multiple of fund or depth at most 10,000,000.00. Lots of a wallet and of its orders on a side are
below 2**31 each, and there are at most a million wallets.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from bounds import Formula, Int64, Interval, python_body
from hkperp.loop import issuer
from hkperp_clearing import limits, liquidation
from hkperp_clearing.custody import ASSET_UNITS_MAX
from hkperp_engine.arithmetic import MUL_DIV_MAX
from hkperp_engine.codes import HouseWallet, Side
from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    ASSET_PRICE_PPB_MAX,
    HOUSE_QUOTE_MAX,
    LOTS_MAX,
    NOTIONAL_QUOTE_MAX,
    PPB,
    PRICE_TICKS_MAX,
)

Steps = Iterator[tuple[str, Interval]]

WALLETS_MAX = 10**6
MULTIPLE_MAX = 10**9
EQUITY = (-2 * ACCOUNT_QUOTE_MAX, 2 * ACCOUNT_QUOTE_MAX)
MARGIN = (0, 2 * 8 * 2 * NOTIONAL_QUOTE_MAX)
SIDE_LOTS = (0, 2 * LOTS_MAX)
CLIENT = int(HouseWallet.CLIENTS)


class Rows(list):
    """Rows of a section in exact integers: it has a size, as an array does."""

    @property
    def size(self) -> int:
        return len(self)


class State(NamedTuple):
    """The sections that these kernels read."""

    contracts: Rows = Rows()
    rates: Rows = Rows()
    wallets: Rows = Rows()
    positions: Rows = Rows()
    margin: Rows = Rows()
    group_next: Rows = Rows()
    assets: Rows = Rows()
    balances: Rows = Rows()
    uncleared: Rows = Rows()


def exact(**fields: Any) -> dict[str, Any]:
    """A row of exact integers: no 64 bits to hide in."""
    return {name: Int64(value) for name, value in fields.items()}


# --- what is formed ---


def notice_steps(equity: Interval, margin: Interval) -> Steps:
    yield "headroom", equity - margin


def holder_steps(side_lots: Interval, lots: Interval) -> Steps:
    yield "of a group", side_lots * WALLETS_MAX
    yield "with the order", side_lots * WALLETS_MAX + lots


def fund_steps(fund: Interval, unit: Interval, multiple: Interval) -> Steps:
    yield "three layers", fund * 3
    yield "once", fund // unit
    yield "less than a lot", fund - (fund // unit * unit).within(0, fund.high)
    # what is not cut is below (once // 100 + 1) * multiple, at most 2**62 and a multiple
    lots = Interval(0, MUL_DIV_MAX) + multiple
    yield "lots", lots
    yield "with the part", lots + (Interval(0, 99) + multiple) // 100


def depth_steps(depth_lots: Interval, multiple: Interval) -> Steps:
    yield "largest / multiple", Interval(0, MUL_DIV_MAX) // multiple
    # what is not cut is below (depth // 100 + 1) * multiple, at most 2**62 and a multiple
    yield "lots", Interval(0, MUL_DIV_MAX) + multiple


def price_steps(mark: Interval, discount: Interval) -> Steps:
    distance = mark * discount // PPB
    yield "whole", mark * discount
    yield "below", mark - distance
    yield "above", mark + distance


def inventory_steps(limit: Interval, held: Interval, lots: Interval) -> Steps:
    room = limit - held
    yield "room", room
    yield "excess", lots - room.within(0, room.high)


def fee_steps(value: Interval) -> Steps:
    yield "of eight legs", value * 8


def issuer_steps(units: Interval, unit_ppb: Interval) -> Steps:
    recovered = (units * unit_ppb // PPB).within(0, ACCOUNT_QUOTE_MAX)
    yield "recovered", recovered
    # looked at after both parts of a wallet
    yield "all", Interval(0, MUL_DIV_MAX) + recovered + recovered
    yield "EXTERNAL and a deposit", Interval(0, MUL_DIV_MAX) + ACCOUNT_QUOTE_MAX


# --- the bodies, at the corners ---


def run_notice(equity: Int64, margin: Int64) -> None:
    """The levels are those of the law, MM * 100 >= p * E, in unlimited integers."""
    row = exact(equity=equity, maintenance_margin=margin, has_lots=1)
    found = python_body(liquidation.notice_level)(State(margin=Rows([row])))
    use, whole = int(margin) * 100, int(equity)
    assert found == (sum(use >= percent * whole for percent in (80, 90, 95)) if whole > 0 else 0)


def run_holders(side_lots: Int64, lots: Int64) -> None:
    """Wallets 0 and 1 are an account, and with 2 a group; limits at what they have, and none."""
    held = exact(lots=side_lots // 2, buy_lots=side_lots - side_lots // 2)
    account, group = 2 * side_lots, 3 * side_lots
    for client_max, group_max in ((0, 0), (account, 0), (0, group), (1, 0), (0, group + 1)):
        terms = exact(client_lots_max=client_max, group_lots_max=group_max, holder_share_ppb=0)
        state = State(
            contracts=Rows([terms]),
            wallets=Rows([exact(account=0), exact(account=0), exact(account=2)]),
            positions=Rows([held] * 3),
            group_next=Rows([Int64(1), Int64(2), Int64(0)]),
        )
        is_full = python_body(limits._holders_are_full)(state, 1, 0, Side.BUY, lots)
        wanted = client_max != 0 and account + lots > client_max
        assert is_full == (wanted or (group_max != 0 and group + lots > group_max))


def run_fund(fund: Int64, unit: Int64, multiple: Int64) -> None:
    """Exact up to 2**62, near which it may be cut by less than the multiple."""
    terms = exact(oi_fund_multiple=multiple, tick_value=unit)
    state = State(contracts=Rows([terms]), rates=Rows([exact(mark_good_ticks=1)]))
    found = python_body(limits._fund_cap_lots)(state, 0, fund)
    wanted = int(fund) * int(multiple) // 100 // int(unit)
    assert found == wanted or (found == MUL_DIV_MAX and wanted > MUL_DIV_MAX - multiple)


def run_depth(depth_lots: Int64, multiple: Int64) -> None:
    """As run_fund; the floor is within it, and never cuts."""
    for floor in (1, 2**62 - 1):
        terms = exact(oi_depth_multiple=multiple, depth_lots=depth_lots, oi_depth_floor_lots=floor)
        found = python_body(limits._depth_cap_lots)(State(contracts=Rows([terms])), 0)
        wanted = max(floor, int(depth_lots) * int(multiple) // 100)
        assert found == wanted or (found == MUL_DIV_MAX and wanted > MUL_DIV_MAX - multiple)


def run_inventory(limit: Int64, held: Int64, lots: Int64) -> None:
    rows = Rows([exact(lots=0)] * HouseWallet.PLATFORM + [exact(lots=held)])
    state = State(contracts=Rows([exact(inventory_lots_max=limit)]), positions=rows)
    body = python_body(liquidation.platform_lots)
    assert body(state, 0, True) == max(0, int(limit) - int(held))
    assert body(state, 0, False) == max(0, int(limit) + int(held))


def run_issuer(units: Int64, unit_ppb: Int64) -> None:
    """Nine wallets that have and await as much as they may: found to be too much in time."""
    recovered = python_body(issuer._recovery)(units, unit_ppb)
    assert recovered == int(units) * int(unit_ppb) // PPB <= ACCOUNT_QUOTE_MAX
    count = CLIENT + 9
    own = [Int64(0)] * CLIENT + [units] * 9
    state = State(
        wallets=Rows([exact(cash=-HOUSE_QUOTE_MAX if i == 0 else 0) for i in range(count)]),
        assets=Rows([exact()] * 2),
        balances=Rows(each for wallet in own for each in (Int64(0), wallet)),
        uncleared=Rows(each for wallet in own for each in (Int64(0), wallet)),
    )
    is_too_much = python_body(issuer._is_too_much)(state, 1, unit_ppb)
    assert is_too_much == (HOUSE_QUOTE_MAX + 18 * int(recovered) > MUL_DIV_MAX)


FORMULAS = [
    Formula("notice_level", {"equity": EQUITY, "margin": MARGIN}, notice_steps, run_notice),
    Formula(
        "position_is_full",
        {"side_lots": SIDE_LOTS, "lots": (-LOTS_MAX, LOTS_MAX)},
        holder_steps,
        run_holders,
    ),
    Formula(
        "update_oi_caps",
        {
            "fund": (0, HOUSE_QUOTE_MAX),
            "unit": (1, NOTIONAL_QUOTE_MAX),
            "multiple": (1, MULTIPLE_MAX),
        },
        fund_steps,
        run_fund,
    ),
    Formula(
        "depth cap",
        # lots of as many orders as there can be: no bound but the word (GAT-051)
        {"depth_lots": (0, 2**62), "multiple": (1, MULTIPLE_MAX)},
        depth_steps,
        run_depth,
    ),
    Formula(
        "backstop_ticks",
        {"mark": (1, PRICE_TICKS_MAX), "discount": (0, PPB)},
        price_steps,
    ),
    Formula(
        "platform_lots",
        {"limit": (0, LOTS_MAX), "held": (-LOTS_MAX, LOTS_MAX), "lots": (0, LOTS_MAX)},
        inventory_steps,
        run_inventory,
    ),
    Formula("liquidation fee", {"value": (0, NOTIONAL_QUOTE_MAX)}, fee_steps),
    Formula(
        "issuer_default",
        {"units": (0, ASSET_UNITS_MAX), "unit_ppb": (0, ASSET_PRICE_PPB_MAX)},
        issuer_steps,
        run_issuer,
    ),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    count = 0
    for point in formula.points():
        formula.body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_the_bounds_bite() -> None:
    """MM * 100, as the law has it, would leave int64; so would recoveries that nobody counts."""
    with pytest.raises(OverflowError):
        Int64(MARGIN[1]) * 100
    with pytest.raises(OverflowError):
        Int64(ACCOUNT_QUOTE_MAX) * 9
