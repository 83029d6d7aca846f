"""Notices, declared defaults, takeover with inventory limit and backstops, worked by hand.

Each test names the rules of docs/default.md that it proves; takeover_world.py has the venue.
"""

from compiled_house import CompiledHouse
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState, Event, MarginState, OrderFlag, Reject
from reference.machine import ReferenceMachine
from takeover_world import PERCENT, PLATFORM, TAKEN_OVER, backstop, declare, rich, run, taken
from vectors import (
    A,
    B,
    C,
    D,
    E,
    See,
    Vector,
    buy,
    contract,
    deposit,
    lots,
    opening,
    play,
    prices,
    sell,
    send,
    tick,
    venue,
)


def notice(level: int, equity: int):
    return ((Event.MARGIN_NOTICE, {"wallet": A, "code": level, "amount": equity}),)


def test_notices():
    """(LIQ-06, DFT-001) Long 10 with 1,100: E = 1,100 + 10 * (m - 1,000), MM = m / 2, rounded up.

    950: 475 of 600 is below 80 %. 949: 475 of 590. 942: 471 of 520 (90.6 %), 939: 470 of 490.
    """
    untold = (Event.MARGIN_NOTICE,)
    run(
        deposit(A, 1_100),
        *rich(B),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        *prices(950, ((Event.MARGIN_STATE, {"code": MarginState.CALL}),), untold),
        *prices(949, notice(1, 590)),
        See("wallet", (A,), "notice_level", 1),
        *prices(943, (), untold),
        *prices(942, notice(2, 520)),
        *prices(939, notice(3, 490)),
        *prices(945, (), untold),  # 473 of 550: it falls to level 1 without an event
        See("wallet", (A,), "notice_level", 1),
        *prices(939, notice(3, 490)),
        *prices(1_000, ((Event.MARGIN_STATE, {"code": MarginState.HEALTHY}),), untold),
        See("wallet", (A,), "notice_level", 0),
    )


def test_declared_default():
    """(DEF-01, DFT-002) A sound wallet is taken over once, in a halted contract too."""
    untold = (Event.TAKEOVER, Event.MARGIN_STATE)
    run(
        *rich(A, B),
        *prices(1_000),
        declare(9, Reject.WALLET_UNKNOWN),
        declare(A, Reject.STATE_INVALID),
        opening(A, B, 10, 1_000),
        send(Kind.DECLARE_DEFAULT, told=((Event.DEFAULT_DECLARED, {"wallet": A}),), wallet=A),
        declare(A, Reject.STATE_INVALID),
        send(Kind.CONTRACT_STATE, side=ContractState.HALTED),
        tick((TAKEN_OVER, (Event.TAKEOVER, {"wallet": A, "lots": 10}))),
        lots(A, 0),
        lots(PLATFORM, 10),
        See("wallet", (A,), "is_declared", 0),
        tick((), untold),
    )


def test_declared_without_lots():
    """(DEF-01, DFT-002) Closed since it was declared, it is taken over all the same."""
    run(
        *rich(A, B),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        declare(A),
        sell(A, 1, 10, 1_000),
        buy(B, 2, 10, 1_000),
        lots(A, 0),
        tick((TAKEN_OVER,), (Event.TAKEOVER,)),
        See("wallet", (A,), "is_declared", 0),
    )


def closed(wallet: int, number: int):
    """A lossless deleveraging."""
    fields = {"wallet": wallet, "counter_wallet": A, "lots": number, "amount": 0}
    return (Event.DELEVERAGE, {**fields, "price_ticks": 1_000})


def test_inventory_limit():
    """(LIQ-04, DFT-020) Of 10 lots long the platform takes 4, the best ranked holders the rest.

    B is short from 1,100 (a profit), C from 1,000: B's 3 go first, then 3 of C's 7. No money.
    """
    run(
        *rich(A, B, C, D),
        *prices(1_000),
        opening(A, C, 7, 1_000),
        opening(A, B, 3, 1_100),
        buy(C, 1, 7, 900, flags=OrderFlag.REDUCE_ONLY),  # clipped to the 4 that are left
        declare(A),
        tick(
            (TAKEN_OVER, closed(B, 3), closed(C, 3), (Event.ORDER_REDUCED, {"lots": 3}), taken(4))
        ),
        lots(B, 0),
        lots(C, -4),
        lots(PLATFORM, 4),
        # the platform is at its limit; of equal scores the larger position is first
        opening(D, B, 5, 1_000),
        declare(D),
        tick(((Event.DELEVERAGE, {"wallet": B, "lots": 5}),), (Event.TAKEOVER,)),
        lots(PLATFORM, 4),
        lots(C, -4),
        inventory_lots_max=4,
    )


def test_inventory_that_shrinks_is_always_taken():
    """(LIQ-04, DFT-020) Long 10 with a limit of 4: 14 lots short are taken, to short 4."""
    run(
        *rich(A, B, C),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        declare(A),
        # B is the only holder: 6 of its 10 close, 4 go to the platform
        tick((closed(B, 6), taken(4))),
        declare(B),
        tick(((Event.TAKEOVER, {"wallet": B, "lots": -4}),), (Event.DELEVERAGE,)),
        lots(PLATFORM, 0),
        inventory_lots_max=4,
    )


def provided(wallet: int, number: int, price: int):
    fields = {"wallet": A, "counter_wallet": wallet, "lots": number, "price_ticks": price}
    return (Event.BACKSTOP, fields)


def test_backstop_price():
    """(LIQ-04, DFT-021) Discount 5 %, not beyond the bankruptcy price, the mark once E is gone.

    Long 10 at 1,000 with 1,000 in cash. At 930, E = 300 < COM 310: taken over. The bankruptcy
    price is 930 - 300 / 10 = 900; the discount gives 930 - 46 = 884: so 900. C takes 40 %, D 50 %.
    """
    run(
        deposit(A, 1_000),
        *rich(B, C, D),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        backstop(C, 400_000_000),
        backstop(D, 500_000_000),
        *prices(930, (TAKEN_OVER, provided(C, 4, 900), provided(D, 5, 900), taken(1))),
        lots(C, 4),
        lots(D, 5),
        See("wallet", (A,), "pending", -970),  # 9 * 100 and 1 * 70
        backstop_discount_ppb=5 * PERCENT,
    )
    run(
        *rich(B, C),
        deposit(A, 1_000),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        backstop(C, 400_000_000),
        *prices(890, (TAKEN_OVER, provided(C, 4, 890), taken(6))),  # E = -100
        backstop_discount_ppb=5 * PERCENT,
    )


def test_backstop_for_a_short():
    """(DFT-021) Mirrored: 1,000 + 1 % is 1,010; of a declared wallet that is far from bankrupt."""
    told = {"wallet": A, "counter_wallet": C, "lots": -3, "price_ticks": 1_010}
    run(
        *rich(A, B, C),
        *prices(1_000),
        opening(B, A, 7, 1_000),
        backstop(C, 500_000_000),  # floor(3.5)
        declare(A),
        tick(((Event.BACKSTOP, told), (Event.TAKEOVER, {"wallet": A, "lots": -4}))),
        See("wallet", (A,), "pending", -30),
        lots(C, -3),
        backstop_discount_ppb=PERCENT,
    )


def test_who_cannot_stand_by_is_passed_over():
    """(DFT-021) Its own account, no margin, no right to trade, a share of no lot; then the next.

    B is A's isolated wallet. C has 60 for a requirement of 100: one lot of 1,000. D is barred.
    """
    run(
        *rich(A, B, D, E),
        deposit(C, 60),
        *prices(1_000),
        opening(A, E, 2, 1_000),
        backstop(A, 500_000_000),
        backstop(B, 500_000_000),
        backstop(C, 500_000_000),
        backstop(D, 500_000_000),
        backstop(E, 400_000_000),
        send(Kind.ACCOUNT_STATUS, wallet=D, side=0, target=3, amount=2**62),
        declare(A),
        tick((TAKEN_OVER, taken(2)), (Event.BACKSTOP,)),
        See("position", (C, 0), "lots", 0),
        See("position", (C, 0), "cost", 0),
        See("wallet", (C,), "pending", 0),
        See("contract", (0,), "open_interest", 2),
        isolated=(-1, 0),
    )


def test_backstops_are_registered():
    """(DFT-021) Refused in order; a new share keeps the place, none frees it."""
    run(
        backstop(9, 1, Reject.WALLET_UNKNOWN),
        backstop(A, 1, Reject.CONTRACT_UNKNOWN, contract=1),
        backstop(A, 10**9 + 1, Reject.AMOUNT_INVALID),
        backstop(A, -1, Reject.AMOUNT_INVALID),
        backstop(C, 0),
        *(backstop(wallet, wallet) for wallet in (C, B, A)),
        backstop(C, 7),
        backstop(B, 0),
        See("contract", (0,), "backstops", [(C, 7), (A, A)]),
        backstop(B, 9),
        See("contract", (0,), "backstops", [(C, 7), (A, A), (B, 9)]),
    )


def test_there_is_room_for_16_backstops():
    """(DFT-021) A 17th is refused, its end is not; the last and the first place can be freed."""
    first = tuple(range(A, A + 16))
    rows = (
        *(backstop(wallet, 1) for wallet in first),
        backstop(A + 16, 1, Reject.LIM_BACKSTOPS),
        backstop(A + 16, 0),
        backstop(A + 15, 0),
        backstop(A, 0),
        backstop(A + 16, 1),
        See("contract", (0,), "backstops", [(each, 1) for each in (*first[1:-1], A + 16)]),
    )
    vector = Vector("17th", venue(contract(1, (0, 100_000, 50_000))), 17, rows)
    for factory in (ReferenceMachine, CompiledHouse):
        play(vector, factory)
