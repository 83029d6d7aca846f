"""Whatever takes something from a sleeping wallet wakes it (LIQ-01), on both machines.

Each story lets A fall asleep with twice its initial margin, then takes some of it away in one of
the ways there are; the next margin test must find A, whether the mark has moved or not. Amounts
are units of 1e-6; a lot is worth 1,000 units a tick, so A's 10 lots at 1,000 are worth 10,000,000.
"""

import pytest

from compiled_house import CompiledHouse
from hkperp.config import Asset, Config, FundingRules, House
from hkperp_engine.codes import AssetFlag, AssetKind, Event, InvestorClass, MarginState
from hkperp_engine.codes import Command as Kind
from reference.machine import ReferenceMachine
from vectors import (
    FOREVER,
    HOUR,
    SOUND,
    START_NS,
    A,
    B,
    Do,
    Vector,
    buy,
    contract,
    deposit,
    opening,
    order,
    play,
    prices,
    sell,
    send,
    tick,
    wait,
    withdraw,
)

PERCENT = 10_000_000
MARGIN = 1_000_000
COIN = Asset(name="COIN", kind=AssetKind.STABLECOIN)
CALLED = ((Event.MARGIN_STATE, {"wallet": A, "code": MarginState.CALL}),)
TAKEN = ((Event.MARGIN_STATE, {"wallet": A, "code": MarginState.TAKEN_OVER}),)
QUIET = (Event.MARGIN_STATE, Event.MARGIN_NOTICE)
FLOORS = tuple(25 * PERCENT if each == InvestorClass.IND_PI else 0 for each in range(8))

#: What A's equity is made of: (cash, coins).
CASH, COINS = (2 * MARGIN, 0), (0, 2 * MARGIN)


def asleep(cash: int, coins: int) -> tuple[Do, ...]:
    """A is long 10 at 1,000 and has been looked at twice without anything to do."""
    coin = (deposit(A, coins, asset=1),) if coins else ()
    return (
        *((deposit(A, cash),) if cash else ()),
        *coin,
        deposit(B, 100 * MARGIN),
        *prices(1_000),
        opening(A, B, 10, 1_000),
        tick((), QUIET),
        tick((), QUIET),
    )


def status(kind: InvestorClass) -> Do:
    """A's class, with its evidence in order."""
    fields = {"wallet": A, "side": int(kind), "target": SOUND, "amount": FOREVER}
    return send(Kind.ACCOUNT_STATUS, **fields)


STORIES = {
    "a withdrawal to the margin, then one tick down": (
        CASH,
        (withdraw(A, MARGIN), *prices(999, CALLED)),
    ),
    "ten lots more, taken from the book": (
        CASH,
        (sell(B, 1, 10, 1_000), buy(A, 2, 10, 1_000), *prices(999, CALLED)),
    ),
    "ten lots more, without an order": (
        CASH,
        (opening(A, B, 10, 1_000), *prices(999, CALLED)),
    ),
    "ten lots more, its own order taken": (
        CASH,
        (buy(A, 1, 10, 1_000), sell(B, 2, 10, 1_000), *prices(999, CALLED)),
    ),
    "an order, then a new agreement: the order goes": (
        CASH,
        (
            tick(),
            order(A, 0, 1, 1, 900),
            send(Kind.PUBLISH_AGREEMENT, amount=2),
            tick(((Event.ORDER_CANCELLED, {"wallet": A, "order_id": 1}),)),
        ),
    ),
    "a declared default": (
        CASH,
        (send(Kind.DECLARE_DEFAULT, wallet=A), tick(TAKEN)),
    ),
    "a class that asks 25 %": (CASH, (status(InvestorClass.IND_PI), tick(CALLED))),
    "an add-on of 15 %": (
        CASH,
        (send(Kind.MARGIN_ADDON, amount=15 * PERCENT, price_ticks=0), tick(CALLED)),
    ),
    "a coin that falls": (
        COINS,
        (send(Kind.ASSET_PRICE, target=1, amount=450_000_000), tick(CALLED)),
    ),
    "a coin whose haircut rises": (
        COINS,
        (send(Kind.ASSET_HAIRCUT, target=1, amount=520_000_000), tick(CALLED)),
    ),
    "a coin that cannot be converted now": (
        COINS,
        (send(Kind.ASSET_STATE, target=1, flags=int(AssetFlag.LICENSED)), tick(TAKEN)),
    ),
    "the mark falls below its alarm": (CASH, prices(888, CALLED)),
    "the mark rises above the alarm of a short": (
        (4 * MARGIN, 0),
        (opening(B, A, 20, 1_000), tick((), QUIET), *prices(1_273, CALLED)),
    ),
    "half of it withdrawn: the alarm of a long comes nearer": (
        CASH,
        (withdraw(A, MARGIN // 2), tick((), QUIET), *prices(930, CALLED)),
    ),
    "half of it withdrawn: the alarm of a short comes nearer": (
        (4 * MARGIN, 0),
        (
            opening(B, A, 20, 1_000),
            tick((), QUIET),
            withdraw(A, 1_200_000),
            tick((), QUIET),
            *prices(1_170, CALLED),
        ),
    ),
    "a haircut of its gain: 10 of 11 million": (
        (1_050_000, 0),
        (withdraw(B, 99 * MARGIN), *prices(2_100, CALLED)),
    ),
    "the mark falls past its alarm and comes back": (
        CASH,
        (*prices(900, (), QUIET), *prices(1_000, (), QUIET), *prices(888, CALLED)),
    ),
}


def run(rows: tuple[Do, ...], name: str, tier=(0, 100_000, 50_000), **terms: object) -> None:
    """Play rows on both machines."""
    one = contract(1_000, tier, **terms)
    assets = (Asset(name="HKD", kind=AssetKind.FIAT), COIN)
    config = Config(house=House(start_ns=START_NS), contracts=(one,), assets=assets)
    for factory in (ReferenceMachine, CompiledHouse):
        play(Vector(name, config, 2, rows), factory)


@pytest.mark.parametrize("name", STORIES)
def test_what_takes_from_a_sleeper_wakes_it(name: str):
    """(LIQ-01) Found by the next margin test, as by one that looks at everybody."""
    (cash, coins), rows = STORIES[name]
    # Floors set every alarm of the contract nearer: only the story of the class has them.
    floors = FLOORS if "class" in name else ()
    run((*asleep(cash, coins), *rows), name, class_floors_ppb=floors)


def test_a_margin_that_rises_faster_than_a_gain_lets_nobody_sleep():
    """(LIQ-01, DFT-001) 1.25 times 90 % is more than the notional: a long loses by a rise.

    10 lots at 1,000: E 11,260,000 is above 1.25 * 9,000,000. At 1,020 it is 11,460,000, and the
    first notice is at 1.25 * 9,180,000 = 11,475,000.
    """
    tier = (0, 950_000, 900_000)
    notice = (Event.MARGIN_NOTICE, {"wallet": A, "code": 1, "amount": 11_460_000})
    run((*asleep(11_260_000, 0), *prices(1_020, (notice,))), "a rise", tier)


def test_a_funding_payment_wakes_its_payer():
    """(LIQ-01, FND-02) 0.01 % of 10,000,000 is 1,000: from 500 above the margin to 500 below."""
    funding = FundingRules(impact_notional=1_000_000, interest_ppb=100_000)
    paid = (Event.FUNDING, {"wallet": A, "amount": -1_000})
    rows = (*asleep(MARGIN + 500, 0), wait(8 * HOUR, (paid, *CALLED)))
    run(rows, "funding", funding=funding)


def test_an_account_far_from_its_alarms_is_not_looked_at():
    """A mark step that rings nobody looks at nobody; who has orders is looked at each time."""
    one = contract(1_000, (0, 100_000, 50_000))
    config = Config(
        house=House(start_ns=START_NS),
        contracts=(one,),
        assets=(Asset(name="HKD", kind=AssetKind.FIAT), COIN),
    )
    looks = []

    class Counted(CompiledHouse):
        """Notes how many wallets each command had looked at."""

        def apply(self, command):
            before = int(self.state.house["looked_count"][0])
            events = super().apply(command)
            if command.kind == Kind.TICK:
                looks.append(int(self.state.house["looked_count"][0]) - before)
            return events

    rows = (*asleep(*CASH), *prices(1_001), *prices(914), *prices(913), buy(B, 1, 1, 800), tick())
    play(Vector("looks", config, 2, rows), Counted)
    # At first all are awake; the opening trade wakes both. A has 1,000,000 to spare, 90,907 of
    # 2**20 of 10,000,000 and a margin of 10 %: safe for 86 ticks, so that its alarm rings at 913.
    assert looks == [2, 2, 0, 0, 0, 1, 1]
