"""The waterfall to its last layer on the reference house, worked by hand (default.md 4)."""

import pytest

import vectors
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import (
    ContractState,
    Event,
    HouseWallet,
    Layer,
    LossSharing,
    ProductState,
    Reject,
)
from reference import waterfall
from reference_story import Story, rich, story, terms, told, venue
from vectors import HKD, HOUR, A, B, C, D, E, F

MILLION = 1_000_000
FIRST_LOSS, RESERVE = HouseWallet.FIRST_LOSS, HouseWallet.RESERVE
PLATFORM = HouseWallet.PLATFORM
K = 1_000 * HKD


# --- the waterfall ---


def worked_default(sharing: LossSharing, reserve: int, **rules) -> tuple[Story, list]:
    """FORMULAS section 7 up to the default at 390,000; B is its X, C and D its W1 and W2."""
    contract = vectors.contract(100_000, (0, 100_000, 50_000))
    made = story(venue(contract, sharing=sharing, **rules), *[-1] * 4, money=100 * K)
    for wallet in (B, C, D):
        made.do(Kind.DEPOSIT, wallet=wallet, amount=300 * K)
    made.do(Kind.HOUSE_DEPOSIT, target=int(FIRST_LOSS), amount=1 * K)
    made.do(Kind.HOUSE_DEPOSIT, target=int(RESERVE), amount=reserve)
    made.quote(500_000)
    made.open(A, C, 10, 500_000)
    made.open(B, D, 5, 500_000)
    made.quote(430_000)
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert [made.cash(each) for each in (A, B, C, D)] == [30 * K, 365 * K, 470 * K, 435 * K]
    return made, made.quote(390_000)


@pytest.mark.parametrize(
    ("price", "c_cash", "d_cash", "reserve", "is_repaid"),
    [
        (420_000, 480_000, 440_000, 27_000, True),
        (421_200, 478_800, 439_400, 28_200, True),  # 8 % up
        # 8 % down: the platform's 31,200 over gains of 31,200 and 15,600
        (358_800, 518_400, 459_200, 0, False),
    ],
)
def test_worked_default_by_vmgh(
    price: int, c_cash: int, d_cash: int, reserve: int, is_repaid: bool
) -> None:
    """DFT-031, DFT-034, TV-6: 1,000, 6,000, and 3,000 of gains of 40,000 and 20,000."""
    made, events = worked_default(LossSharing.VMGH, 6 * K)
    assert told(events, Event.ALLOCATION, "code", "wallet", "amount") == [
        (Layer.FIRST_LOSS, A, 1 * K),
        (Layer.RESERVE, A, 6 * K),
        (Layer.LOSS_SHARING, 0, 3 * K),
    ]
    names = ("code", "wallet", "amount", "order_id", "counter_order_id")
    assert told(events, Event.HAIRCUT, *names) == [
        (Layer.LOSS_SHARING, C, 2 * K, 2, 40 * K),
        (Layer.LOSS_SHARING, D, 1 * K, 2, 20 * K),
    ]
    assert [made.cash(each) for each in (A, B, C, D)] == [0, 345 * K, 508 * K, 454 * K]
    assert made.machine.house_fields()["vmgh_used"] == 1
    made.quote(price)
    assert made.machine.house_fields()["vmgh_used"] == 0
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert (made.cash(C), made.cash(D)) == (c_cash * HKD, d_cash * HKD)
    assert made.cash(RESERVE) == reserve * HKD
    assert (not made.machine.claims()) == is_repaid


@pytest.mark.parametrize(
    ("price", "c_cash", "d_cash", "reserve", "is_repaid"),
    [
        (420_000, 489_000, 440_000, 18_000, True),
        (421_200, 488_160, 439_400, 18_840, True),  # 8 % up
        # 8 % down: the platform's 21,840 over gains of 21,840 and 15,600
        (358_800, 516_100, 461_500, 0, False),
    ],
)
def test_worked_default_by_adl(
    price: int, c_cash: int, d_cash: int, reserve: int, is_repaid: bool
) -> None:
    """The same default by ADL: 3 lots of C at 400,000; the platform's own need is shared."""
    made, events = worked_default(LossSharing.ADL, 6 * K)
    assert told(events, Event.DELEVERAGE, "wallet", "lots", "amount") == [(C, 3, 3 * K)]
    assert told(events, Event.TAKEOVER, "lots") == [(7,)]
    assert not told(events, Event.CYCLE, "code")
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert [made.cash(each) for each in (A, B, C, D)] == [0, 345 * K, 507 * K, 455 * K]
    made.quote(price)
    made.do(Kind.ADVANCE, after_ns=HOUR)
    assert (made.cash(C), made.cash(D)) == (c_cash * HKD, d_cash * HKD)
    assert made.cash(RESERVE) == reserve * HKD
    assert (not made.machine.claims()) == is_repaid


def test_cap_and_tear_up() -> None:
    """DFT-031, DFT-032: 5 % of 60,000 are 3,000 of R = 4,000; 10 lots are torn up as 7 and 3."""
    made, events = worked_default(LossSharing.VMGH, 5 * K, vmgh_cap_ppb=50 * MILLION)
    assert told(events, Event.ALLOCATION, "code", "wallet", "amount")[2:] == [
        (Layer.LOSS_SHARING, 0, 3 * K),
        (Layer.TEAR_UP, 0, 1 * K),
    ]
    names = ("wallet", "counter_wallet", "lots", "price_ticks")
    assert told(events, Event.TEAR_UP, *names) == [
        (C, PLATFORM, -7, 390_000),
        (D, PLATFORM, -3, 390_000),
    ]
    # 1,000 over what is left, 38,000 and 19,000
    third = 333_333_333
    assert told(events, Event.HAIRCUT, "code", "wallet", "amount") == [
        (Layer.LOSS_SHARING, C, 2 * K),
        (Layer.TEAR_UP, C, 2 * third + 1),
        (Layer.LOSS_SHARING, D, 1 * K),
        (Layer.TEAR_UP, D, third),
    ]
    assert made.cash(C) == 508 * K - 2 * third - 1
    assert made.machine.claims() == [(2, C, 2 * K + 2 * third + 1), (2, D, 1 * K + third)]
    assert [made.lots(each) for each in (A, B, C, D, PLATFORM)] == [0, 5, -3, -2, 0]


def test_rounds() -> None:
    """DFT-031: a mark step that has had its rounds leaves layer 5 alone."""
    made = rich(venue(terms(), vmgh_rounds=1))
    house = made.machine.house
    due = dict.fromkeys(house.wallets, 0) | {B: 50}
    house.vmgh_used = 0
    assert waterfall.share_gains(house, waterfall.Shares(house, due, 1), 40, 0) == 40
    assert house.vmgh_used == 1
    assert waterfall.share_gains(house, waterfall.Shares(house, due, 1), 40, 0) == 0


def ended_venue() -> tuple[Story, list]:
    """A default whose gains are not where the platform's lots are; two contracts.

    A is long 1 from B at 100 on 10. B buys 1 of E at 50, and is flat with 50 gained. The mark
    falls to 50: A is short by 40, B alone has gained, and E, short at 50, has not. C and D are
    in another contract, where nothing happens.
    """
    config = venue(terms(), terms(name="ETH"), vmgh_cap_ppb=50 * MILLION)
    made = rich(config, 5, a=10)
    for number in range(2):
        made.show(100, contract=number)
    made.do(Kind.TICK)
    made.open(A, B, 1, 100)
    made.open(B, E, 1, 50)
    made.open(C, D, 3, 100, contract=1)
    fields = {"contract": 1, "wallet": D, "order_id": 9, "lots": 2, "price_ticks": 99}
    made.do(Kind.NEW_ORDER, **fields)
    return made, made.quote(50)


def test_wind_down() -> None:
    """DFT-033: 2 by layer 5, nothing by layer 6, 38 by layer 7; then nothing is open."""
    made, events = ended_venue()
    assert told(events, Event.ALLOCATION, "code", "wallet", "amount") == [
        (Layer.LOSS_SHARING, 0, 2),
        (Layer.WIND_DOWN, 0, 38),
    ]
    assert told(events, Event.TEAR_UP, "wallet", "lots") == [(E, -1)]
    kinds = (
        Event.CONTRACT_STATE,
        Event.PRODUCT_STATE,
        Event.ORDER_CANCELLED,
        Event.FINAL_SETTLEMENT,
        Event.HAIRCUT,
        Event.CYCLE_DONE,
    )
    found = [(e.kind, e.contract, e.wallet, e.lots) for e in events if e.kind in kinds]
    assert found == [
        (Event.CONTRACT_STATE, 0, 0, 0),
        (Event.PRODUCT_STATE, 0, 0, 0),
        (Event.CONTRACT_STATE, 1, 0, 0),
        (Event.ORDER_CANCELLED, 1, D, 2),
        (Event.PRODUCT_STATE, 1, 0, 0),
        (Event.FINAL_SETTLEMENT, 1, C, 3),
        (Event.FINAL_SETTLEMENT, 1, D, -3),
        (Event.HAIRCUT, 0, B, 0),
        (Event.HAIRCUT, 0, B, 0),
        (Event.CYCLE_DONE, 0, 0, 0),
    ]
    assert made.machine.claims() == [(2, B, 40)]
    assert [made.cash(each) for each in (A, B, C, D, E)] == [0, 1_010, 1_000, 1_000, 1_000]
    for number in range(2):
        fields = made.machine.contract_fields(number)
        assert (fields["state"], fields["product"]) == (7, ProductState.DELISTED)
        assert fields["open_interest"] == 0
    order = {"wallet": B, "order_id": 10, "lots": 1, "price_ticks": 50}
    made.do(Kind.NEW_ORDER, Reject.MARKET_CLOSED, **order)
    made.do(Kind.WITHDRAW, wallet=B, amount=1_010)


def test_wind_down_of_what_is_settled() -> None:
    """DFT-033: a settled contract gets its product state alone, a delisted one nothing."""
    config = venue(terms(), terms(name="ETH"), terms(name="SOL"), vmgh_cap_ppb=50 * MILLION)
    made = rich(config, 5, a=10)
    made.show(100, contract=2)
    made.quote(100)
    made.do(Kind.CONTRACT_STATE, contract=1, side=int(ContractState.SETTLED))
    for state in (ProductState.REDUCE_ONLY, ProductState.DELISTED):
        made.do(Kind.PRODUCT_STATE, contract=2, side=int(state))
    made.open(A, B, 1, 100)
    made.open(B, E, 1, 50)
    events = made.quote(50)
    assert told(events, Event.CONTRACT_STATE, "contract") == [(0,)]
    assert told(events, Event.PRODUCT_STATE, "contract", "code") == [(0, 5), (1, 5)]


def test_deleveraging_that_finds_no_place() -> None:
    """DFT-031 by ADL: 20 of 40 find no gain; layer 6 takes C's 10, layer 7 the rest of B's."""
    made = rich(venue(terms(), sharing=LossSharing.ADL), a=20)
    made.open(A, C, 1, 60)
    made.open(A, B, 1, 100)
    events = made.quote(50)
    assert told(events, Event.DELEVERAGE, "wallet", "lots", "amount") == [(B, 1, 20)]
    assert told(events, Event.ALLOCATION, "code", "wallet", "amount") == [
        (Layer.LOSS_SHARING, A, 20),
        (Layer.TEAR_UP, 0, 10),
        (Layer.WIND_DOWN, 0, 10),
    ]
    assert told(events, Event.HAIRCUT, "code", "wallet", "amount") == [
        (Layer.WIND_DOWN, B, 10),
        (Layer.TEAR_UP, C, 10),
    ]
    assert [made.cash(each) for each in (A, B, C)] == [0, 1_020, 1_000]


def test_own_need_under_adl() -> None:
    """DFT-031 by ADL: layer 5 bears the platform's need alone, layer 6 what had no place.

    A's fee of 10 is in the reserve and its 10 lots are the platform's. At 50 C has lost 500 on
    60; the other side, D, has gained 1,000 here and lost 3,000 there, so nobody is deleveraged:
    R = 440 - 10. F is declared: its fee of 10 pays for the platform's need of 500.
    """
    fee = {"liquidation_fee_ppb": 10 * MILLION}
    config = venue(terms(**fee), terms(name="ETH", **fee), sharing=LossSharing.ADL)
    made = rich(config, 6, c=60, d=9_000, e=9_000, f=5_000)
    for number in range(2):
        made.show(100, contract=number)
    made.do(Kind.TICK)
    made.open(A, D, 10, 100)
    made.open(C, D, 10, 100)
    made.open(D, E, 60, 100, contract=1)
    made.open(F, E, 20, 100, contract=1)
    made.do(Kind.DECLARE_DEFAULT, wallet=A)
    made.do(Kind.TICK)
    made.do(Kind.DECLARE_DEFAULT, wallet=F)
    for number in range(2):
        made.show(50, contract=number)
    events = made.do(Kind.TICK)
    assert not told(events, Event.DELEVERAGE, "wallet")
    assert told(events, Event.DEFAULT, "wallet", "amount") == [(C, 440), (PLATFORM, 500)]
    assert told(events, Event.ALLOCATION, "code", "wallet", "amount") == [
        (Layer.RESERVE, C, 10),
        (Layer.RESERVE, PLATFORM, 10),
        (Layer.LOSS_SHARING, 0, 490),
        (Layer.TEAR_UP, 0, 430),
    ]
    assert told(events, Event.TEAR_UP, "contract", "wallet", "lots") == [(0, D, -20), (1, E, -20)]
    assert told(events, Event.HAIRCUT, "code", "wallet", "amount") == [
        (Layer.LOSS_SHARING, E, 490),
        (Layer.TEAR_UP, E, 430),
    ]
    assert made.cash(E) == 9_000 + 4_000 - 920


# --- the invariants bite ---


def spoil_last(house, kind: Event, **fields) -> None:
    """Change fields of the last event of a kind."""
    spots = [spot for spot, event in enumerate(house.events) if event.kind == kind]
    house.events[spots[-1]] = house.events[spots[-1]]._replace(**fields)


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda house: setattr(house.wallets[A], "notice_level", 4), "notice"),
        (lambda house: setattr(house.wallets[A], "account", B), str(A)),
        (lambda house: house.contracts[0].backstops.update({3: 5}), "backstops"),
        (lambda house: setattr(house, "vmgh_used", 2**31), "rounds"),
        (lambda house: setattr(house.contracts[0], "state", 0), "delisted"),
        (lambda house: spoil_last(house, Event.ALLOCATION, amount=39), "allocations"),
        (lambda house: spoil_last(house, Event.HAIRCUT, amount=49), "above the gain"),
        (lambda house: spoil_last(house, Event.HAIRCUT, amount=37), "layer"),
        (lambda house: spoil_last(house, Event.HAIRCUT, counter_order_id=51), "VM"),
        (lambda house: house.cycles[0].after.update({B: 999}), "principal"),
        (lambda house: house.cycles[0].due.update({D: -1}), "principal"),
        (lambda house: house.cycles.clear(), "cycles"),
    ],
)
def test_check_bites(broken, rule: str) -> None:
    """LOSS-03, INV-08, DFT-033: an invariant that cannot fail proves nothing."""
    made, _ = ended_venue()
    made.machine.check()
    broken(made.machine.house)
    with pytest.raises(AssertionError, match=rule):
        made.machine.check()
