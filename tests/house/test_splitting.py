"""Nobody gains by splitting himself: one defaulter, or two with the same lots and the same money.

With flat margin rates the totals that each layer bears differ by at most one unit. By haircuts,
part of the gain is with somebody who has no lots left, so that all layers are reached. By
deleveraging, every gain suffices for every lot: where it does not, only whole lots change hands,
and what a lot more or less carries is more than a unit.
"""

from collections import Counter
from random import Random

import pytest

import vectors
from compiled_house import CompiledHouse
from hkperp.config import Config
from hkperp_engine.codes import Event, HouseWallet, Layer, LossSharing
from reference.machine import ReferenceMachine
from vector_waterfall import capped
from vectors import A, B, C, D, Do, E, Vector

CASES = 100
FACTORIES = (ReferenceMachine, CompiledHouse)
CAPS = (1_000_000_000, 50_000_000, 1, 1)


def story(case: int, parts: int) -> tuple[Config, list[Do]]:
    """A venue and what happens in it; of A, or of A and B, nothing is left."""
    chance = Random(f"split {case}")
    terms = vectors.contract(chance.choice((1, 7, 100_000)), (0, 100_000, 50_000))
    unit, price = terms.tick_value, chance.choice((100, 1_003, 70_001))
    sharing = LossSharing(case % 2)
    config = capped(terms, sharing=sharing, vmgh_cap_ppb=chance.choice(CAPS))
    first, second = chance.randint(1, 30), chance.randint(1, 30)
    margin = price * unit // 10 + chance.randint(1, unit * price // 50 + 1)
    loss_ticks = price * chance.randint(15, 60) // 100
    whole = (loss_ticks * unit - margin) * (first + second)
    rows = [*vectors.prices(price)]
    for account in (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE):
        rows.append(vectors.house(account, max(1, whole * chance.randint(1, 25) // 100)))
    rows += [vectors.deposit(wallet, price * unit * 10_000) for wallet in (C, D, E)]
    holders = ((A, first), (B, second)) if parts == 2 else ((A, first + second),)
    rows += [vectors.deposit(wallet, margin * lots) for wallet, lots in holders]
    shorts = chance.choice((0, first, first + second, first + second))
    for wallet, lots in holders:
        rows.append(vectors.opening(wallet, C, lots, price))
    if shorts and sharing == LossSharing.VMGH:
        rows.append(
            vectors.opening(C, D, shorts, price - loss_ticks * chance.randint(4, 10) // 10)
        )
    rows.append(vectors.opening(E, D, chance.randint(1, 3), price))
    rows += vectors.prices(price - loss_ticks)
    return config, rows


def totals(machine, rows: list[Do]) -> tuple[Counter, Counter]:
    """What each layer bore and what the defaults lacked; and how often each layer was used."""
    borne, used = Counter(), Counter()
    for row in rows:
        for event in machine.apply(row.command._replace(time_ns=vectors.START_NS)):
            assert event.kind != Event.REFUSED, (row, event)
            if event.kind == Event.ALLOCATION:
                borne[Layer(event.code).name] += event.amount
                used[event.code] += 1
            elif event.kind == Event.DEFAULT:
                borne["DEFAULT"] += event.amount
    return borne, used


@pytest.mark.parametrize("factory", FACTORIES, ids=["slow", "fast"])
def test_splitting_a_defaulter_changes_no_layer(factory) -> None:
    used: Counter = Counter()
    for case in range(CASES):
        found = []
        for parts in (1, 2):
            config, rows = story(case, parts)
            accounts = vectors.account_rows(Vector("", config, 5, ()))
            borne, uses = totals(factory(config, accounts), rows)
            found.append(borne)
            used += uses
        one, two = found
        assert one["DEFAULT"] > 0, f"case {case}: nobody defaulted"
        assert sum(one.values()) == 2 * one["DEFAULT"], f"case {case}: {one} is not all of it"
        for name in {*one, *two}:
            assert abs(one[name] - two[name]) <= 1, f"case {case}, {name}: {one} and {two}"
    missing = [layer.name for layer in Layer if layer > Layer.DEFAULTER and used[layer] < 4]
    assert not missing, f"hardly reached: {missing} in {used}"
