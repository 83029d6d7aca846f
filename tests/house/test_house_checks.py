"""What the machine looks at in its own money: each invariant, broken on purpose, is named.

One row is spoilt in a machine that is right, between two commands; `check_money` must say which
sentence no longer holds, and the next command halts the checked build.
"""

from collections.abc import Callable

import pytest

import vectors
from compiled_house import CompiledHouse
from hkperp_clearing.checks import HOUSE_INVARIANTS
from hkperp_clearing.layout import SHARING_LAYERS, Broken
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import HouseWallet, InvestorClass
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import BUILD
from vectors import A, B, C, Vector, buy, deposit, opening, prices, send

COIN, BITCOIN = 1, 2
EXTERNAL, UNCLEARED = int(HouseWallet.EXTERNAL), int(HouseWallet.UNCLEARED)


def right_house() -> CompiledHouse:
    """A is long 10 lots and has gained 30, B is short; an order of A rests."""
    vector = Vector("", vectors.venue(vectors.contract(1, (0, 100_000, 50_000))), 3, ())
    house = CompiledHouse(vector.config, vectors.account_rows(vector))
    rows = (
        deposit(A, 10_000),
        deposit(B, 10_000),
        deposit(A, 50, COIN),
        *prices(100),
        opening(A, B, 10, 100),
        buy(A, 1, 2, 90),
        *prices(103),
    )
    for row in rows:
        house.apply(row.command._replace(time_ns=vectors.START_NS))
    house.machine.check_money()
    return house


def moved(state, amount: int, payer: int, receiver: int) -> None:
    """Cash that a payer lacks goes to a receiver: the sum stays."""
    state.wallets["cash"][payer] -= amount
    state.wallets["cash"][receiver] += amount


def coins(state, wallet: int, asset: int, units: int) -> None:
    """Units of an asset out of nothing, and the same taken from outside."""
    assets = len(state.assets)
    state.balances[wallet * assets + asset] += units
    state.balances[EXTERNAL * assets + asset] -= units


def gain(state, wallet: int, amount: int) -> None:
    """What a wallet has realised since the last cycle is so much more."""
    state.wallets["pending"][wallet] += amount
    state.asleep_words[:] = 0


def churned(state) -> None:
    """Gains of two wallets that no cycle has settled, 2^62 together; one has lost them."""
    for wallet, amount in ((A, 2**61), (B, -(2**62)), (C, 2**61)):
        gain(state, wallet, amount)


def put(section: str, field: str, row: int, value: int) -> Callable:
    """Writes a value into a field of a row."""

    def spoil(state) -> None:
        getattr(state, section)[field][row] = value

    return spoil


SPOILT: dict[Broken, tuple[Callable, ...]] = {
    Broken.BALANCE: (lambda state: moved(state, 20_000, B, A),),
    Broken.SETTLEMENT: (lambda state: moved(state, 5, A, int(HouseWallet.SETTLEMENT)),),
    Broken.POSITIONS: (
        put("positions", "lots", B, -9),
        put("contracts", "open_interest", 0, 11),
    ),
    Broken.CONSERVATION: (put("wallets", "cash", A, 10_001),),
    Broken.VARIATION: (put("wallets", "pending", A, 1),),
    Broken.RESERVATIONS: (
        put("positions", "buy_value", A, -1),
        put("positions", "order_fee", B, 7),
        put("contracts", "buy_lots", 0, 3),
    ),
    Broken.ELIGIBILITY: (put("wallets", "investor_class", A, int(InvestorClass.NONE)),),
    Broken.COLLATERAL: (lambda state: coins(state, A, BITCOIN, 1),),
    Broken.AWAITED: (lambda state: coins(state, UNCLEARED, COIN, 3),),
    Broken.LOSSES: (
        put("house", "deficit", 0, 1),
        put("wallets", "is_in_deficit", B, 1),
        lambda state: state.haircuts.__setitem__(A * SHARING_LAYERS + 2, 1),
    ),
    Broken.GAINS: (churned,),
    Broken.OVERSLEPT: (
        # A has an order, so it may not sleep
        lambda state: state.asleep_words.__setitem__(0, 1 << A),
    ),
}
CASES = [(broken, spoil) for broken, spoils in SPOILT.items() for spoil in spoils]


def test_every_sentence_has_its_plant() -> None:
    assert (
        set(SPOILT) == set(Broken) - {Broken.NOTHING} == set(HOUSE_INVARIANTS) - {Broken.NOTHING}
    )


@pytest.mark.parametrize(("broken", "spoil"), CASES, ids=lambda each: getattr(each, "name", ""))
def test_a_spoilt_row_is_named(broken: Broken, spoil: Callable) -> None:
    house = right_house()
    spoil(house.state)
    with pytest.raises(InvariantBroken) as found:
        house.machine.check_money()
    assert HOUSE_INVARIANTS[broken] in str(found.value)


@pytest.mark.skipif(BUILD != "checked", reason="the build that looks after every step")
@pytest.mark.parametrize(("broken", "spoil"), CASES, ids=lambda each: getattr(each, "name", ""))
def test_the_next_command_halts(broken: Broken, spoil: Callable) -> None:
    house = right_house()
    spoil(house.state)
    command = send(Kind.ADVANCE).command._replace(time_ns=vectors.START_NS)
    with pytest.raises(InvariantBroken) as found:
        house.apply(command)
    assert HOUSE_INVARIANTS[broken] in str(found.value)


def test_gains_below_the_bound_are_right() -> None:
    """2^62 - 1 together is what a loss can be divided over, one unit more is not."""
    house = right_house()
    more = 2**62 - 1 - 30  # 10 lots have gained 3 each
    for wallet, amount in ((A, more), (B, -more)):
        gain(house.state, wallet, amount)
    house.machine.check_money()
    for wallet, amount in ((A, 1), (B, -1)):
        gain(house.state, wallet, amount)
    with pytest.raises(InvariantBroken, match="LOSS-05"):
        house.machine.check_money()
