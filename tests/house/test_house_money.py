"""Limits of accounts, groups and open interest, and the house's and an issuer's money, by hand.

Each test names the rules of docs/default.md that it proves; takeover_world.py has the venue.
"""

import pytest

from compiled_house import CompiledHouse
from hkperp.config import Asset
from hkperp_engine.codes import AssetFlag, AssetKind, Event, HouseWallet, Posting, Reject
from hkperp_engine.codes import Command as Kind
from reference.rows import Command
from takeover_world import PERCENT, PLATFORM, TAKEN_OVER, rich, run, taken
from vectors import (
    SECOND,
    START_NS,
    A,
    B,
    C,
    D,
    E,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    house,
    lots,
    opening,
    play,
    prices,
    sell,
    send,
    tick,
    venue,
)


def test_limit_of_an_account():
    """(LIM-01, DFT-010) Over its wallets: A and its isolated B may have 10 lots long together."""
    run(
        *rich(A, B, C),
        *prices(1_000),
        buy(A, 1, 6, 900),
        buy(B, 2, 5, 900, reject=Reject.LIM_POSITION),
        buy(B, 3, 4, 900),
        sell(B, 4, 10, 1_100),  # the other side is counted for itself
        sell(A, 5, 1, 1_100, reject=Reject.LIM_POSITION),
        # the old lots are taken out: 6 of A's may become 6 at another price, not 7
        send(Kind.AMEND, wallet=A, order_id=1, lots=6, price_ticks=901),
        send(Kind.AMEND, Reject.LIM_POSITION, wallet=A, order_id=1, lots=7, price_ticks=902),
        opening(A, C, 1, 1_000, reject=Reject.LIM_POSITION),
        client_lots_max=10,
        isolated=(-1, 0),
    )


def test_limit_of_a_group():
    """(LIM-01, DFT-010) A, C and E are connected: 10 lots together; B and D are nobody's."""
    run(
        *rich(A, B, C, D, E),
        *prices(1_000),
        buy(A, 1, 3, 900),
        buy(C, 2, 3, 900),
        buy(E, 3, 5, 900, reject=Reject.LIM_POSITION),
        buy(E, 4, 4, 900),
        buy(B, 5, 50, 900),
        buy(A, 6, 1, 900, reject=Reject.LIM_POSITION),
        group_lots_max=10,
        groups=(7, 0, 7, 0, 7),
    )


def test_limit_by_share_of_open_interest():
    """(LIM-01, DFT-010) A quarter of the lots open, but at least 20: an account, a group."""
    run(
        *rich(A, B, C, D),
        *prices(1_000),
        opening(A, B, 21, 1_000, reject=Reject.LIM_POSITION),
        opening(A, B, 20, 1_000),
        opening(C, D, 20, 1_000),
        opening(A, B, 1, 1_000, reject=Reject.LIM_POSITION),
        oi_share_ppb=25 * PERCENT,
        oi_share_floor_lots=20,
    )
    run(
        *rich(A, B, C, D),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        opening(C, D, 10, 1_000, reject=Reject.LIM_POSITION),  # C would be A's 11th to 20th
        opening(C, D, 2, 1_000),
        oi_share_ppb=PERCENT,
        oi_share_floor_lots=12,
        groups=(1, 0, 1, 0, 0),
    )


def test_open_interest_against_the_fund():
    """(LIM-03, DFT-011) 20 times 1,500 is 30,000: 30 lots at 1,000; the cycle at 500 makes 60."""
    told = ((Event.OI_CAP, {"amount": 30}),)
    run(
        *rich(A, B),
        house(HouseWallet.RESERVE, 1_000),  # no mark yet: not computed
        See("contract", (0,), "oi_fund_cap_lots", 100),
        *prices(1_000),
        send(Kind.HOUSE_DEPOSIT, told=told, target=HouseWallet.FIRST_LOSS, amount=500),
        buy(A, 1, 31, 900, reject=Reject.LIM_OI_CAP),
        buy(A, 2, 30, 900),
        *prices(500),
        send(Kind.ADVANCE, told=((Event.OI_CAP, {"amount": 60}),), after_ns=3_600 * SECOND),
        send(Kind.HOUSE_DEPOSIT, target=HouseWallet.ERROR, amount=500),
        oi_cap_lots=100,
        oi_fund_multiple=2_000,
    )


@pytest.mark.parametrize("cap", [9, 10])
def test_bust_asks_the_lesser_cap(cap):
    """(LIM-03, DFT-011) Taking back the trade that closed 10 lots: not with a fund for 9."""
    rows = (
        *rich(A, B),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        buy(B, 1, 10, 1_000),
        sell(A, 2, 10, 1_000),
        lots(A, 0),
        house(HouseWallet.RESERVE, cap * 1_000),
        See("contract", (0,), "oi_fund_cap_lots", cap),
    )
    terms = contract(1, (0, 100_000, 50_000), oi_fund_multiple=100)
    made = []
    play(
        Vector("bust", venue(terms), 2, rows),
        lambda *told: made.append(CompiledHouse(*told)) or made[0],
    )
    machine = made[0]
    sequence = int(machine.state.trades["sequence"][0])
    events = machine.apply(Command(time_ns=START_NS, kind=Kind.BUST_TRADE, order_id=sequence))
    refused = [event.code for event in events if event.kind == Event.REFUSED]
    assert refused == ([Reject.LIM_OI_CAP] if cap < 10 else [])


def withdrawal(target: int, amount: int, reject: int = Reject.NONE):
    return send(Kind.HOUSE_WITHDRAW, reject, target=int(target), amount=amount)


def test_house_withdrawal():
    """(RSV-01, DFT-035) Fees and error money may leave; a prefunded layer is never debited."""
    error = HouseWallet.ERROR
    run(
        house(error, 100),
        house(HouseWallet.RESERVE, 100),
        withdrawal(PLATFORM, 1, Reject.WALLET_UNKNOWN),
        withdrawal(A, 1, Reject.WALLET_UNKNOWN),
        withdrawal(HouseWallet.RESERVE, 0, Reject.AMOUNT_INVALID),
        withdrawal(HouseWallet.RESERVE, 1, Reject.RSV_UNAUTHORISED),
        withdrawal(HouseWallet.FIRST_LOSS, 1, Reject.RSV_UNAUTHORISED),
        withdrawal(HouseWallet.FEES, 1, Reject.ERROR_ACCOUNT_SHORT),
        withdrawal(error, 101, Reject.ERROR_ACCOUNT_SHORT),
        withdrawal(error, 60),
        cash(error, 40),
        cash(HouseWallet.RESERVE, 100),
    )


def posting(code: Posting, amount: int, **fields: int):
    return (Event.POSTING, {"code": code, "amount": amount, **fields})


def test_issuer_default():
    """(DEF-02, DFT-036) Of a coin of par 1.00, 40 % recovered: 1,001 units give 400, each its own.

    A has 1,001 units, B 2 (nothing recovered of them), and 500 are awaited for B: 200.
    """
    coin = Asset(name="COIN", kind=AssetKind.STABLECOIN, haircut_ppb=5 * PERCENT)
    flags = AssetFlag.CONVERTIBLE | AssetFlag.LICENSED | AssetFlag.DEPEGGED
    loss, recovery = Posting.ISSUER_LOSS, Posting.ISSUER_RECOVERY
    told = (
        (Event.ASSET_STATE, {"contract": 1, "code": AssetFlag.DEPEGGED}),
        (Event.ASSET_HAIRCUT, {"contract": 1, "amount": 10**9}),
        posting(loss, 1_001, contract=1, wallet=A, order_id=0),
        posting(recovery, 400, contract=0, counter_wallet=A, order_id=0),
        posting(loss, 2, contract=1, wallet=B),
        posting(loss, 500, contract=1, wallet=HouseWallet.UNCLEARED, order_id=B),
        posting(recovery, 200, contract=0, counter_wallet=B, order_id=B),
    )
    default = {"target": 1, "amount": 400_000_000}
    run(
        deposit(A, 1_001, 1),
        deposit(B, 2, 1),
        send(Kind.DEPOSIT, wallet=B, target=1, amount=500, flags=1),
        send(Kind.ASSET_STATE, target=1, flags=int(flags)),
        send(Kind.ISSUER_DEFAULT, Reject.ASSET_UNKNOWN, target=0, amount=1),
        send(Kind.ISSUER_DEFAULT, Reject.AMOUNT_INVALID, target=1, amount=10**9 + 1),
        send(Kind.ISSUER_DEFAULT, Reject.STATE_INVALID, target=2, amount=1),  # no par
        send(Kind.ISSUER_DEFAULT, told=told, **default),
        send(Kind.ISSUER_DEFAULT, Reject.STATE_INVALID, **default),
        cash(A, 400),
        cash(B, 200),
        See("wallet", (A,), "balances", [0, 0, 0]),
        See("wallet", (B,), "uncleared", [0, 0, 0, 0]),
        coin=coin,
    )


def test_issuer_default_is_each_holders_own():
    """(DEF-02) A wallet that falls under its margin by it is liquidated; no fund pays."""
    coin = Asset(name="COIN", kind=AssetKind.STABLECOIN)
    run(
        deposit(A, 1_500, 1),
        *rich(B),
        house(HouseWallet.FIRST_LOSS, 1_000),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        send(Kind.ISSUER_DEFAULT, target=1, amount=0),
        tick((TAKEN_OVER, taken(10)), (Event.DEFAULT, Event.ALLOCATION)),
        cash(A, 0),
        cash(HouseWallet.FIRST_LOSS, 1_000),
        coin=coin,
    )
