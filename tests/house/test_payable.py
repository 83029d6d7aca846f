"""No account is promised money it cannot pay: E >= 0 implies that the cycle is paid (NOCR-01).

Margin counts an asset at its valuation, after the haircut; money is raised at its conversion
price, after the conversion haircut, which is never the larger one. So whatever mix of assets a
wallet has, and whatever prices, haircuts, licences and freezes do to it: while its equity is not
negative, what it owes the next cycle can be raised. Proved here on both machines.
"""

from collections.abc import Callable
from typing import NamedTuple

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import vectors
from compiled_house import CompiledHouse
from hkperp.config import Asset, Config
from hkperp_engine.codes import AssetKind, ContractState, Event, Posting
from hkperp_engine.codes import Command as Kind
from reference.machine import ReferenceMachine
from reference.rows import Command
from vectors import HOUR, START_NS, A, B

PPB = 1_000_000_000
EXAMPLES = 120
BOTH = pytest.mark.parametrize("factory", [ReferenceMachine, CompiledHouse], ids=["slow", "fast"])


class Held(NamedTuple):
    """An asset, how much of it is held, and what happens to it afterwards."""

    price_ppb: int
    has_par: bool
    haircut_ppb: int
    conversion_ppb: int  # share of the haircut that is the conversion haircut
    units: int
    new_price_ppb: int
    raised_haircut_ppb: int  # share of what is left up to 100 %
    flags: int


class Case(NamedTuple):
    """A long position, what is behind it, a new mark, a freeze, and what the assets do."""

    lots: int
    mark: int
    cash: int
    state: int
    held: tuple[Held, ...]


RATES = st.integers(0, PPB)
PRICES = st.one_of(st.integers(1, 3 * PPB), st.integers(900_000_000, 1_000_000_000))
HELD = st.builds(
    Held,
    price_ppb=PRICES,
    has_par=st.booleans(),
    haircut_ppb=st.one_of(st.integers(0, 200_000_000), st.integers(0, PPB - 1)),
    conversion_ppb=RATES,
    units=st.integers(0, 3_000),
    new_price_ppb=PRICES,
    raised_haircut_ppb=st.one_of(st.just(0), RATES),
    flags=st.sampled_from([3, 3, 3, 1, 7, 11, 15, 2]),
)
CASES = st.builds(
    Case,
    lots=st.integers(1, 40),
    mark=st.integers(40, 120),
    cash=st.integers(0, 500),
    state=st.sampled_from([ContractState.OPEN, ContractState.HALTED, ContractState.AUCTION]),
    held=st.lists(HELD, min_size=1, max_size=6).map(tuple),
)


def asset(number: int, held: Held) -> Asset:
    """The margin asset of a case, as it is at first."""
    conversion = held.haircut_ppb * held.conversion_ppb // PPB
    return Asset(
        name=f"asset{number}",
        kind=AssetKind.STABLECOIN,
        price_ppb=held.price_ppb,
        par_ppb=PPB if held.has_par else 0,
        haircut_ppb=held.haircut_ppb,
        conversion_haircut_ppb=conversion,
    )


def config(case: Case) -> Config:
    """A venue with the assets of a case: IM 2 %, MM 1 %, liquidation fee 1 %."""
    terms = vectors.contract(1, (0, 20_000, 10_000), liquidation_fee_ppb=10_000_000)
    made = [asset(number, held) for number, held in enumerate(case.held, 1)]
    hkd = Asset(name="HKD", kind=AssetKind.FIAT)
    return msgspec.structs.replace(vectors.venue(terms), assets=(hkd, *made))


def moves(case: Case) -> list[Command]:
    """What happens up to the moment before the cycle."""
    made = [Command(kind=Kind.DEPOSIT, wallet=B, amount=10**9)]
    made.append(Command(kind=Kind.DEPOSIT, wallet=A, amount=2 * case.lots + case.cash))
    for number, held in enumerate(case.held, 1):
        fields = {"wallet": A, "target": number, "amount": held.units}
        made.append(Command(kind=Kind.DEPOSIT, **fields))
    made += [row.command for row in vectors.prices(100)]
    made.append(vectors.opening(A, B, case.lots, 100).command)
    made += [row.command for row in vectors.prices(case.mark)]
    made.append(Command(kind=Kind.CONTRACT_STATE, side=int(case.state)))
    for number, held in enumerate(case.held, 1):
        raised = (PPB - held.haircut_ppb) * held.raised_haircut_ppb // PPB
        haircut = held.haircut_ppb + raised
        price = {"target": number, "amount": held.new_price_ppb}
        made.append(Command(kind=Kind.ASSET_PRICE, **price))
        made.append(Command(kind=Kind.ASSET_HAIRCUT, target=number, amount=haircut))
        made.append(Command(kind=Kind.ASSET_STATE, target=number, flags=held.flags))
    return made


def worth(machine, wallet: int, count: int) -> tuple[int, int]:
    """(E, VM) of a wallet, from what the machine shows of it and of `count` assets."""
    fields, position = machine.wallet_fields(wallet), machine.position_fields(wallet, 0)
    variation = fields["pending"] - position["cost"]
    variation += position["lots"] * machine.contract_fields(0)["mark"]
    equity = fields["cash"] + variation
    for number in range(1, count + 1):
        terms, units = machine.asset_fields(number), fields["balances"][number - 1]
        equity += units * terms["valuation_ppb"] // PPB * terms["is_convertible"]
    return equity, variation


def paid(machine, wallet: int) -> tuple[int, bool]:
    """Run the cycle; return what the wallet paid, and whether it was in default."""
    events = machine.apply(Command(kind=Kind.ADVANCE, time_ns=START_NS + HOUR))
    total = sum(
        event.amount
        for event in events
        if event.kind == Event.POSTING
        and event.code == Posting.VARIATION_PAID
        and event.wallet == wallet
    )
    is_default = any(event.kind == Event.DEFAULT and event.wallet == wallet for event in events)
    assert any(event.kind == Event.CYCLE_DONE for event in events)
    return total, is_default


#: Half a unit of three assets each, nothing in cash, frozen; and one whose haircut went to 100 %.
ODD = Held(999_999_999, True, 7, PPB // 2, 333, 999_999_998, 0, 3)
TIGHT = Case(10, 50, 0, int(ContractState.HALTED), (ODD, ODD, ODD._replace(units=400)))
WORTHLESS = Case(10, 60, 480, int(ContractState.HALTED), (ODD._replace(raised_haircut_ppb=PPB),))


@BOTH
@settings(max_examples=EXAMPLES)
@example(case=TIGHT)
@example(case=WORTHLESS)
@given(case=CASES)
def test_who_has_equity_can_pay_the_cycle(factory: Callable, case: Case) -> None:
    rows = vectors.account_rows(vectors.Vector("", config(case), 2, ()))
    machine = factory(config(case), rows)
    for command in moves(case):
        machine.apply(command._replace(time_ns=START_NS))
    equity, variation = worth(machine, A, len(case.held))
    total, is_default = paid(machine, A)
    assert machine.wallet_fields(A)["cash"] >= 0
    if equity >= 0:
        assert not is_default, f"E = {equity}, VM = {variation}"
        assert total == max(0, -variation), f"E = {equity}, VM = {variation}: paid {total}"


@BOTH
def test_one_unit_less_than_nothing_is_a_default(factory: Callable) -> None:
    """The boundary: at E = 0 in a halt the cycle is paid to the last unit; at -1 it is not.

    10 lots lose 500. 200 units fall to one half after the halt: 400 in cash and 100 are enough.
    """
    halved = Held(PPB, True, 0, 0, 200, PPB // 2, 0, 3)
    for cash, is_short in ((400, False), (399, True)):
        case = Case(10, 50, cash - 20, int(ContractState.HALTED), (halved,))
        rows = vectors.account_rows(vectors.Vector("", config(case), 2, ()))
        machine = factory(config(case), rows)
        for command in moves(case):
            machine.apply(command._replace(time_ns=START_NS))
        equity, _ = worth(machine, A, 1)
        assert equity == (-1 if is_short else 0)
        total, is_default = paid(machine, A)
        assert (total, is_default) == ((499, True) if is_short else (500, False))
