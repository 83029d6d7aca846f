"""Open interest against the depth of the book, and against the least of three caps.

docs/default.md DFT-011, each figure at its boundary.
"""

from hkperp.config import OpenInterestDepth
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState, Event, HouseWallet, Reject
from vectors import (
    HOUR,
    A,
    B,
    C,
    D,
    Do,
    See,
    Vector,
    buy,
    contract,
    deposit,
    house,
    opening,
    prices,
    sell,
    send,
    shown,
    tick,
    venue,
    wait,
)

# --- Half as much again as the thinner side within 95 to 105; mark 100.


def cancel(wallet: int, order_id: int) -> Do:
    """A CANCEL."""
    return send(Kind.CANCEL, wallet=wallet, order_id=order_id)


def state(to: ContractState) -> Do:
    """A CONTRACT_STATE."""
    return send(Kind.CONTRACT_STATE, side=int(to))


def topped_up(lots: int = 0) -> Do:
    """A unit for the reserve, so that the caps are computed; the one told of, or none."""
    if not lots:
        return Do(house(HouseWallet.RESERVE, 1).command, untold=(Event.OI_CAP,))
    told = ((Event.OI_CAP, {"contract": 0, "amount": lots}),)
    return Do(house(HouseWallet.RESERVE, 1).command, told=told)


DEPTH_CAP = Vector(
    "DFT-011: open interest against the depth of the book",
    venue(
        contract(
            1,
            (0, 50_000, 30_000),
            oi_depth=OpenInterestDepth(multiple=150, floor_lots=10),
            oi_cap_lots=100,
        )
    ),
    4,
    (
        *(deposit(wallet, 9_999) for wallet in (A, B, C, D)),
        topped_up(),  # no mark yet
        See("contract", (0,), "oi_depth_cap_lots", 100),
        *prices(100),
        See("contract", (0,), "oi_depth_cap_lots", 100),  # nothing rests, but no cycle yet
        topped_up(10),
        buy(A, 1, 11, 95, reject=Reject.LIM_OI_CAP),
        buy(A, 1, 8, 95),
        buy(C, 2, 2, 94),
        sell(B, 3, 9, 105),
        sell(C, 4, 1, 106),
        topped_up(),  # money looks at no book
        tick(untold=(Event.OI_CAP,)),
        See("contract", (0,), "depth_lots", 8),
        buy(D, 5, 1, 95, reject=Reject.LIM_OI_CAP),  # of the last cap still
        topped_up(12),
        buy(C, 5, 3, 95, reject=Reject.LIM_OI_CAP),
        buy(C, 5, 2, 95),
        sell(C, 6, 2, 104),
        tick(),
        See("contract", (0,), "depth_lots", 10),  # 10 and 11
        topped_up(15),
        opening(A, B, 4, 100, reject=Reject.LIM_OI_CAP),
        opening(A, B, 3, 100),
        state(ContractState.HALTED),
        cancel(A, 1),
        cancel(B, 3),
        *prices(90),
        See("contract", (0,), "depth_lots", 10),  # as before the halt
        topped_up(),
        *shown(100),
        state(ContractState.OPEN),
        opening(A, B, 8, 100),
        # 2 on either side are 3, less than the floor; 11 are open, and nothing happens to them
        wait(HOUR, ((Event.CYCLE_DONE, {}), (Event.OI_CAP, {"contract": 0, "amount": 10}))),
        See("contract", (0,), "depth_lots", 2),
        See("contract", (0,), "open_interest", 11),
        sell(A, 7, 1, 104, reject=Reject.LIM_OI_CAP),
        sell(A, 7, 11, 104, flags=2),
        tick(),
        See("contract", (0,), "depth_lots", 2),  # 2 to buy, 13 to sell
        buy(B, 8, 5, 96, flags=2),
        tick(),
        See("contract", (0,), "depth_lots", 7),  # what only reduces rests there, too
        topped_up(),  # 10.5
    ),
)

# --- The least of three: 30 of its own, the fund's 2,000 / 100, the book's floor.
LEAST_CAP = Vector(
    "DFT-011: the least of three caps",
    venue(
        contract(
            1,
            (0, 50_000, 30_000),
            oi_fund_multiple=200,
            oi_depth=OpenInterestDepth(multiple=400, floor_lots=15),
            oi_cap_lots=30,
        )
    ),
    2,
    (
        deposit(A, 9_999),
        deposit(B, 9_999),
        *prices(100),
        send(
            Kind.HOUSE_DEPOSIT,
            target=int(HouseWallet.FIRST_LOSS),
            amount=1_000,
            told=((Event.OI_CAP, {"contract": 0, "amount": 15}),),
        ),
        See("contract", (0,), "oi_fund_cap_lots", 20),
        buy(A, 1, 6, 99),
        sell(B, 2, 6, 101),
        tick(),
        topped_up(20),  # 24 by the book, 20.02 by the fund
        See("contract", (0,), "oi_depth_cap_lots", 24),
        opening(A, B, 15, 100, reject=Reject.LIM_OI_CAP),
        opening(A, B, 14, 100),
        send(
            Kind.HOUSE_DEPOSIT,
            target=int(HouseWallet.FIRST_LOSS),
            amount=1_000,
            told=((Event.OI_CAP, {"amount": 24}),),  # 40 by the fund
        ),
        buy(A, 3, 4, 99),
        buy(A, 4, 1, 99, reject=Reject.LIM_OI_CAP),
        sell(B, 5, 4, 101),
        tick(),
        topped_up(30),  # 40 by the book: its own
    ),
)

VECTORS = (DEPTH_CAP, LEAST_CAP)
