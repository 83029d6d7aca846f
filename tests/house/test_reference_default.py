"""Warnings, limits, takeover, the house's money on the reference house (default.md 1 to 3)."""

import pytest

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState, Event, HouseWallet, MarginState, Posting, Reject
from reference import margin
from reference_story import rich, story, terms, told, venue
from vectors import HOUR, A, B, C, D, E

MILLION = 1_000_000
FIRST_LOSS, RESERVE = HouseWallet.FIRST_LOSS, HouseWallet.RESERVE
PLATFORM = HouseWallet.PLATFORM


# --- warnings and declaration ---


def test_notices() -> None:
    """DFT-001: 10 lots at 1000 on 600; MM is 3 %, rounded up, and E falls by 10 a tick."""
    made = rich(venue(terms()), 2, a=600)
    made.quote(1_000)
    made.open(A, B, 10, 1_000)
    # 977: 294 of 370, 79.5 %; 976: 293 of 360, 81.4 %; 972: 292 of 320, 91.3 %; 970: 291 of 300
    for price, levels in (
        (977, []),
        (976, [(A, 1, 360)]),
        (973, []),
        (972, [(A, 2, 320)]),
        (976, []),  # it falls to 1 and says nothing, so 2 can be told again
        (971, [(A, 2, 310)]),
        (970, [(A, 3, 300)]),
    ):
        events = made.quote(price)
        assert told(events, Event.MARGIN_NOTICE, "wallet", "code", "amount") == levels, price
    assert made.machine.wallet_fields(A)["notice_level"] == 3
    made.quote(1_000)
    assert made.machine.wallet_fields(A)["notice_level"] == 0
    # one step from no notice to reduction: there is none on the way
    assert not told(made.quote(969), Event.MARGIN_NOTICE, "code")
    assert made.machine.wallet_fields(A)["state"] == MarginState.REDUCING


@pytest.mark.parametrize("is_halted", [False, True])
def test_declaration(is_halted: bool) -> None:
    """DFT-002: sound as it is, it is taken over at the next test, for 1 % of 10,000."""
    made = rich(venue(terms(liquidation_fee_ppb=10 * MILLION)))
    made.quote(1_000)
    made.open(A, B, 10, 1_000)
    made.do(Kind.DECLARE_DEFAULT, Reject.WALLET_UNKNOWN, wallet=int(RESERVE))
    made.do(Kind.DECLARE_DEFAULT, Reject.STATE_INVALID, wallet=C)
    events = made.do(Kind.DECLARE_DEFAULT, wallet=A)
    assert told(events, Event.DEFAULT_DECLARED, "wallet") == [(A,)]
    made.do(Kind.DECLARE_DEFAULT, Reject.STATE_INVALID, wallet=A)
    if is_halted:
        made.do(Kind.CONTRACT_STATE, side=int(ContractState.HALTED))
    events = made.do(Kind.TICK)
    assert told(events, Event.TAKEOVER, "wallet", "lots", "price_ticks") == [(A, 10, 1_000)]
    assert not told(events, Event.DEFAULT, "wallet")
    assert (made.cash(A), made.cash(RESERVE), made.lots(PLATFORM)) == (900, 100, 10)
    assert not made.machine.wallet_fields(A)["is_declared"]
    made.do(Kind.DECLARE_DEFAULT, Reject.STATE_INVALID, wallet=A)


def test_declaration_of_one_that_leaves() -> None:
    """DFT-002: closed in the market in between, the wallet is still taken over, with nothing."""
    made = rich(venue(terms()))
    made.quote(1_000)
    made.open(A, B, 5, 1_000)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    for wallet, side in ((C, 0), (A, 1)):
        fields = {"order_id": int(wallet), "lots": 5, "price_ticks": 1_000}
        made.do(Kind.NEW_ORDER, wallet=wallet, side=side, **fields)
    assert made.lots(A) == 0
    events = made.do(Kind.TICK)
    found = told(events, Event.MARGIN_STATE, "wallet", "code")
    assert (A, MarginState.TAKEN_OVER) in found
    assert not told(events, Event.TAKEOVER, "lots")
    assert made.cash(A) == 1_000
    assert not made.machine.wallet_fields(A)["is_declared"]


# --- limits ---


def test_limits_of_accounts_and_groups() -> None:
    """DFT-010: B is an isolated wallet of A's account; C and D are connected."""
    config = venue(terms(client_lots_max=10, group_lots_max=15))
    made = story(config, -1, 0, -1, -1, groups=(0, 0, 7, 7), money=10_000)

    def send(wallet: int, order_id: int, lots: int, side: int = 0, reject=Reject.NONE) -> None:
        price = 110 if side else 90
        fields = {"wallet": wallet, "order_id": order_id, "lots": lots, "price_ticks": price}
        made.do(Kind.NEW_ORDER, reject, side=side, **fields)

    send(A, 1, 6)
    send(B, 2, 5, reject=Reject.LIM_POSITION)
    send(B, 2, 4)
    made.do(Kind.AMEND, Reject.LIM_POSITION, wallet=B, order_id=2, lots=5, price_ticks=90)
    send(C, 3, 11, reject=Reject.LIM_POSITION)
    send(C, 3, 10)
    send(D, 4, 6, reject=Reject.LIM_POSITION)
    send(D, 4, 5)
    send(D, 5, 10, side=1)  # the other side is counted for itself
    made.open(A, D, 1, 100, reject=Reject.LIM_POSITION)
    made.do(Kind.CANCEL, wallet=A, order_id=1)
    made.open(A, D, 6, 100, reject=Reject.LIM_POSITION)  # D sells 10 already
    made.do(Kind.CANCEL, wallet=D, order_id=5)
    made.open(A, D, 6, 100)
    made.open(B, D, 1, 100, reject=Reject.LIM_POSITION)  # 6 held and 4 ordered
    assert [made.machine.wallet_fields(each)["group"] for each in (A, C)] == [0, 7]


def test_share_of_open_interest() -> None:
    """DFT-010: 5 lots, or as many as the open interest; nobody is closed when it falls."""
    made = rich(venue(terms(oi_share_ppb=1_000 * MILLION, oi_share_floor_lots=5)), 4)
    made.open(A, B, 6, 100, reject=Reject.LIM_POSITION)
    made.open(A, B, 5, 100)
    made.open(A, B, 1, 100, reject=Reject.LIM_POSITION)
    made.open(C, D, 5, 100)
    made.open(A, B, 6, 100, reject=Reject.LIM_POSITION)
    made.open(A, B, 5, 100)  # 10 of 10
    made.open(D, C, 5, 100)  # both are flat; 10 of 10 stay with A and B
    assert made.machine.contract_fields(0)["open_interest"] == 10
    made.do(Kind.TICK)
    assert (made.lots(A), made.lots(B)) == (10, -10)


def test_open_interest_against_the_fund() -> None:
    """DFT-011: twice 1,000 carry 20 lots at 100, and 10 at 200."""
    made = rich(venue(terms(oi_fund_multiple=200)), 2, a=10_000, b=10_000)
    assert made.machine.contract_fields(0)["oi_fund_cap_lots"] == 100_000
    events = made.do(Kind.HOUSE_DEPOSIT, target=int(RESERVE), amount=1_000)
    assert told(events, Event.OI_CAP, "contract", "amount") == [(0, 20)]
    assert not told(made.do(Kind.HOUSE_DEPOSIT, target=int(FIRST_LOSS), amount=49), 60, "amount")
    made.open(A, B, 21, 100, reject=Reject.LIM_OI_CAP)
    made.open(A, B, 20, 100)
    assert not told(made.quote(200), Event.OI_CAP, "amount")
    events = made.do(Kind.ADVANCE, after_ns=HOUR)
    assert told(events, Event.OI_CAP, "contract", "amount") == [(0, 10)]
    assert events[-1].kind == Event.OI_CAP and events[-2].kind == Event.CYCLE_DONE
    fields = {"wallet": A, "order_id": 1, "lots": 1, "price_ticks": 200}
    made.do(Kind.NEW_ORDER, Reject.LIM_OI_CAP, **fields)
    assert made.lots(A) == 20


# --- takeover ---


def test_inventory_limit() -> None:
    """DFT-020: of 10 lots the platform takes 3; C stands before B by its leverage."""
    made = rich(venue(terms(inventory_lots_max=3)), 5, c=200)
    made.quote(1_000)
    made.open(A, B, 6, 1_000)
    made.open(A, C, 4, 1_000)
    made.open(D, E, 4, 1_000)  # E, 3,960 on 1,040, would be the third
    made.quote(990)  # 1 % of gain each; B 5,940 on 1,060, C 3,960 on 240
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    events = made.do(Kind.TICK)
    names = ("wallet", "counter_wallet", "lots", "amount", "order_id", "counter_order_id")
    assert told(events, Event.DELEVERAGE, *names) == [
        (C, A, 4, 0, 0, 165_000_000),
        (B, A, 3, 0, 0, 56_037_735),
    ]
    assert told(events, Event.TAKEOVER, "wallet", "lots") == [(A, 3)]
    assert [made.lots(each) for each in (A, B, C, PLATFORM)] == [0, -3, 0, 3]
    # What reduces the platform's position is taken in any case.
    made.do(Kind.DECLARE_DEFAULT, wallet=B)
    events = made.do(Kind.TICK)
    assert told(events, Event.TAKEOVER, "wallet", "lots") == [(B, -3)]
    assert (made.lots(PLATFORM), made.lots(D)) == (0, 4)
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert [made.cash(each) for each in (A, B, C)] == [900, 1_060, 240]


def test_inventory_before_a_cycle() -> None:
    """DFT-020: a declared holder is a candidate; so is one whose gain is in this cycle's loss."""
    made = rich(venue(terms(inventory_lots_max=3)), 2)
    made.quote(1_000)
    made.open(A, B, 10, 1_000)
    for wallet in (A, B):
        made.do(Kind.DECLARE_DEFAULT, wallet=wallet)
    events = made.do(Kind.TICK)
    assert told(events, Event.DELEVERAGE, "wallet", "lots") == [(B, 7)]
    assert told(events, Event.TAKEOVER, "wallet", "lots") == [(A, 3), (B, -3)]
    made.open(A, B, 10, 1_000)
    for wallet in (A, B):
        made.do(Kind.WITHDRAW, wallet=wallet, amount=500)
    events = made.quote(940)  # A: 500 - 600
    assert told(events, Event.DEFAULT, "wallet", "amount") == [(A, 100)]
    assert told(events, Event.DELEVERAGE, "wallet", "lots", "order_id") == [(B, 7, 1)]
    assert told(events, Event.HAIRCUT, "wallet", "amount") == [(B, 100)]


def test_inventory_without_candidates() -> None:
    """DFT-020: B, alone on the other side, is below 0: the platform takes 10, above its 3."""
    limited = [terms(name=name, inventory_lots_max=3) for name in ("BTC", "ETH")]
    made = rich(venue(*limited), b=1_500, c=5_000)
    for number in range(2):
        made.show(1_000, contract=number)
    made.do(Kind.TICK)
    made.open(A, B, 10, 1_000)
    made.open(B, C, 10, 1_000, contract=1)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    made.show(800, contract=1)
    events = made.do(Kind.TICK)  # B: 1,500 - 2,000
    assert told(events, Event.DEFAULT, "wallet", "amount") == [(B, 500)]
    assert told(events, Event.TAKEOVER, "wallet", "contract", "lots") == [
        (A, 0, 10),
        (B, 0, -10),  # reduces the platform's 10: no limit
        (B, 1, 3),
    ]
    names = ("wallet", "contract", "lots", "amount", "order_id")
    assert told(events, Event.DELEVERAGE, *names) == [(C, 1, 7, 0, 1)]
    assert told(events, Event.HAIRCUT, "wallet", "amount") == [(C, 500)]


@pytest.mark.parametrize(
    ("price", "money", "fund", "paid", "rest"),
    [
        (1_000, 1_000, 0, 980, 800),  # 2 % below the mark; the bankruptcy price is 900
        (960, 500, 0, 950, 0),  # E 100, a tick of 10 lots is 10: 950, not 941
        (940, 500, 100, 940, 0),  # E -100, made good by the reserve: at the mark
        (940, 500, 0, 940, 0),  # E -100, to be shared: at the mark
    ],
)
def test_backstop_price(price: int, money: int, fund: int, paid: int, rest: int) -> None:
    """DFT-021: C takes 4 of 10 lots and D the other 6, never below the bankruptcy price."""
    made = rich(venue(terms(backstop_discount_ppb=20 * MILLION)), 4, a=money, b=5_000)
    if fund:
        made.do(Kind.HOUSE_DEPOSIT, target=int(RESERVE), amount=fund)
    made.quote(1_000)
    made.open(A, B, 10, 1_000)
    for wallet, share in ((C, 400), (D, 800)):
        made.do(Kind.SET_BACKSTOP, wallet=wallet, amount=share * MILLION)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    events = made.quote(price)
    names = ("wallet", "counter_wallet", "lots", "price_ticks")
    assert told(events, Event.BACKSTOP, *names) == [(A, C, 4, paid), (A, D, 6, paid)]
    assert not told(events, Event.TAKEOVER, "lots")
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert made.cash(A) == rest
    assert made.cash(C) == 1_000 + 4 * (price - paid)
    assert [made.lots(each) for each in (A, C, D, PLATFORM)] == [0, 4, 6, 0]


def test_backstop_of_a_short_leg() -> None:
    """DFT-021 mirrored: 1 % above the mark, half of a short leg; the rest is taken over."""
    made = rich(venue(terms(backstop_discount_ppb=10 * MILLION)))
    made.quote(1_000)
    made.open(B, A, 10, 1_000)
    made.do(Kind.SET_BACKSTOP, wallet=C, amount=500 * MILLION)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    events = made.do(Kind.TICK)
    names = ("counter_wallet", "lots", "price_ticks")
    assert told(events, Event.BACKSTOP, *names) == [(C, -5, 1_010)]
    assert told(events, Event.TAKEOVER, "lots") == [(-5,)]


def test_backstops_that_are_passed_over() -> None:
    """DFT-021: of the account, without the money, stopped, at its limit, too small a share."""
    made = story(venue(terms(lots_max=100)), -1, 0, -1, -1, -1, -1, -1, money=10_000)
    own, poor, killed, full, small, good = range(B, B + 6)
    made.do(Kind.WITHDRAW, wallet=poor, amount=9_999)
    made.open(full, good, 91, 100)
    made.open(A, good, 9, 100)
    made.open(good, full, 5, 100)  # `full` has 86, of 100
    for wallet in (own, poor, killed, full):
        made.do(Kind.SET_BACKSTOP, wallet=wallet, amount=1_000 * MILLION)
    made.do(Kind.SET_BACKSTOP, wallet=small, amount=100 * MILLION)  # 0.9 of a lot
    made.do(Kind.SET_BACKSTOP, wallet=good, amount=500 * MILLION)
    fields = {"order_id": 1, "lots": 6, "price_ticks": 90}
    made.do(Kind.NEW_ORDER, wallet=full, **fields)  # 86 + 6 + 9 > 100
    made.do(Kind.KILL_SWITCH, wallet=killed, side=1)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    events = made.do(Kind.TICK)
    assert told(events, Event.BACKSTOP, "counter_wallet", "lots") == [(good, 4)]
    assert told(events, Event.TAKEOVER, "lots") == [(5,)]


def test_backstops_register() -> None:
    """DFT-021: sixteen of a contract; one that ends makes room; the first comes first."""
    made = story(venue(terms()), *[-1] * 17)
    last = A + 16
    for wallet in range(A, last):
        events = made.do(Kind.SET_BACKSTOP, wallet=wallet, amount=5)
    assert told(events, Event.BACKSTOP_SET, "wallet", "amount") == [(last - 1, 5)]
    made.do(Kind.SET_BACKSTOP, Reject.WALLET_UNKNOWN, wallet=int(RESERVE), contract=9)
    made.do(Kind.SET_BACKSTOP, Reject.CONTRACT_UNKNOWN, wallet=A, contract=9, amount=-1)
    for amount in (-1, 1_000 * MILLION + 1):
        made.do(Kind.SET_BACKSTOP, Reject.AMOUNT_INVALID, wallet=last, amount=amount)
    made.do(Kind.SET_BACKSTOP, Reject.LIM_BACKSTOPS, wallet=last, amount=1)
    made.do(Kind.SET_BACKSTOP, wallet=A, amount=7)
    made.do(Kind.SET_BACKSTOP, wallet=B, amount=0)
    made.do(Kind.SET_BACKSTOP, wallet=last, amount=1)
    known = made.machine.contract_fields(0)["backstops"]
    assert known == [(A, 7), *((wallet, 5) for wallet in range(C, last)), (last, 1)]


def test_five_legs() -> None:
    """Each leg at its bankruptcy price of that moment: E goes from 500 to exactly 0."""
    contracts = [terms(name=f"C{i}", backstop_discount_ppb=500 * MILLION) for i in range(5)]
    made = rich(venue(*contracts), a=2_600, b=100_000, c=100_000)
    for number in range(5):
        made.show(1_000, contract=number)
        made.do(Kind.SET_BACKSTOP, wallet=C, contract=number, amount=1_000 * MILLION)
    made.do(Kind.TICK)
    for number in range(5):
        made.open(A, B, 10, 1_000, contract=number)
    for number, price in enumerate((900, 950, 980, 980, 980)):
        made.show(price, contract=number)
    events = made.do(Kind.TICK)
    # MM 270, 285, 294 each, 1,437 in all. 500*270/1437 = 93: 9 ticks of 10 lots; E 410. Of that
    # 285/1167 is 100: 10 ticks, E 310; 294/882 is 103, E 210; 294/588 is 105, E 110: 11 ticks.
    prices = [891, 940, 970, 970, 969]
    found = told(events, Event.BACKSTOP, "contract", "lots", "price_ticks")
    assert found == [(number, 10, price) for number, price in enumerate(prices)]
    house = made.machine.house
    assert margin.equity(house, house.wallets[A]) == 0
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert made.cash(A) == 0
    assert not told(events, Event.DEFAULT, "amount")


# --- the house's money, and a failed issuer ---


def test_house_withdrawal() -> None:
    """DFT-035: what is the operator's may go; a prefunded layer may not."""
    made = rich(venue(terms()), 1)
    made.do(Kind.HOUSE_DEPOSIT, target=int(HouseWallet.ERROR), amount=500)
    made.do(Kind.HOUSE_DEPOSIT, target=int(RESERVE), amount=500)
    refusals = (
        (PLATFORM, 1, Reject.WALLET_UNKNOWN),
        (A, 1, Reject.WALLET_UNKNOWN),
        (RESERVE, 0, Reject.AMOUNT_INVALID),
        (RESERVE, 1, Reject.RSV_UNAUTHORISED),
        (FIRST_LOSS, 1, Reject.RSV_UNAUTHORISED),
        (HouseWallet.FEES, 1, Reject.ERROR_ACCOUNT_SHORT),
        (HouseWallet.ERROR, 501, Reject.ERROR_ACCOUNT_SHORT),
    )
    for target, amount, reject in refusals:
        made.do(Kind.HOUSE_WITHDRAW, reject, target=int(target), amount=amount)
    events = made.do(Kind.HOUSE_WITHDRAW, target=int(HouseWallet.ERROR), amount=500)
    found = told(events, Event.POSTING, "code", "wallet", "counter_wallet", "amount")
    assert found == [(Posting.HOUSE_WITHDRAWAL, HouseWallet.ERROR, 0, 500)]
    assert made.cash(HouseWallet.ERROR) == 0


def test_issuer_default() -> None:
    """DFT-036: 10 % of par is paid for 1,000 held and 505 awaited; the waterfall is not asked."""
    made = rich(venue(terms()), a=1)
    made.do(Kind.DEPOSIT, wallet=A, target=1, amount=1_000)
    made.do(Kind.DEPOSIT, wallet=B, target=1, amount=505, flags=1)
    made.open(A, C, 100, 100)
    for target, amount, reject in (
        (0, -1, Reject.ASSET_UNKNOWN),
        (2, 1_000 * MILLION + 1, Reject.AMOUNT_INVALID),
        (2, 0, Reject.STATE_INVALID),  # bitcoin has no par
    ):
        made.do(Kind.ISSUER_DEFAULT, reject, target=target, amount=amount)
    events = made.do(Kind.ISSUER_DEFAULT, target=1, amount=100 * MILLION)
    assert [event.kind for event in events[:2]] == [Event.ASSET_STATE, Event.ASSET_HAIRCUT]
    names = ("code", "wallet", "counter_wallet", "contract", "amount", "order_id")
    pool = HouseWallet.UNCLEARED
    assert told(events, Event.POSTING, *names) == [
        (Posting.ISSUER_LOSS, A, 0, 1, 1_000, 0),
        (Posting.ISSUER_RECOVERY, 0, A, 0, 100, 0),
        (Posting.ISSUER_LOSS, pool, 0, 1, 505, B),
        (Posting.ISSUER_RECOVERY, 0, B, 0, 50, B),
    ]
    fields = made.machine.asset_fields(1)
    assert not fields["is_convertible"] and not fields["is_licensed"]
    assert fields["haircut_ppb"] == 1_000 * MILLION
    assert (made.cash(A), made.cash(B)) == (101, 1_050)
    assert made.machine.wallet_fields(B)["uncleared"] == [0, 0, 0, 0]
    made.do(Kind.ISSUER_DEFAULT, Reject.STATE_INVALID, target=1, amount=0)
    made.do(Kind.DEPOSIT, Reject.COLL_ISSUER_UNLICENSED, wallet=A, target=1, amount=5)
    # MM 300, COM 200: A falls at the next mark step, with 101 left
    events = made.do(Kind.TICK)
    assert told(events, Event.TAKEOVER, "wallet", "lots") == [(A, 100)]
    assert not told(events, Event.DEFAULT, "wallet")
