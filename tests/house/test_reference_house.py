"""The slow reference house by itself: hand-worked vectors, and invariants under a rough flow."""

from collections import Counter

import pytest

import house_flow
import house_setting
import vector_corners
import vector_default
import vector_holes
import vector_shares
import vector_tables
import vectors
from hkperp_engine.codes import CycleCause, Event, HouseWallet, LossSharing, Reject
from reference.machine import ReferenceMachine
from reference.rows import Command

VECTORS = [
    *vector_default.VECTORS,
    *vector_tables.VECTORS,
    *vector_shares.VECTORS,
    *vector_holes.VECTORS,
    *vector_corners.VECTORS,
]

#: What 100,000 commands must at least consist of.
FLOORS = {
    "accepted": 50_000,
    "trading": 15_000,
    "CYCLE_DONE": 100,
    "FUNDING_RATE": 100,
    "liquidations": 500,
    "TAKEOVER": 50,
    "extraordinary VMGH": 50,
    "DELEVERAGE": 50,
    **{f"reject {reject.name}": 10 for reject in Reject if reject},
}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: vectors.Vector) -> None:
    vectors.play(vector, ReferenceMachine)


@pytest.mark.parametrize(
    "wrong",
    [
        vectors.cash(vectors.A, 1),
        vectors.deposit(vectors.A, 5, reject=Reject.ELIG_NOT_PI),
        vectors.deposit(vectors.A, 0),
        vectors.deposit(vectors.A, 5, told=((Event.POSTING, {"amount": 6}),)),
    ],
)
def test_the_player_bites(wrong: vectors.Do | vectors.See) -> None:
    """A vector that does not hold must not pass."""
    vector = vector_tables.TV_4._replace(rows=(wrong,))
    with pytest.raises(AssertionError):
        vectors.play(vector, ReferenceMachine)


def run(seed: int, count: int) -> Counter:
    """Run a seed's flow with every invariant checked after every command; count what happened."""
    setting = house_setting.setting(seed)
    machine, mix = ReferenceMachine(setting.config, setting.accounts), Counter()
    is_vmgh = setting.config.house.loss_sharing == LossSharing.VMGH
    for number, command in enumerate(house_flow.commands(setting, seed, count)):
        try:
            events = machine.apply(command)
            machine.check()
        except Exception as error:
            raise AssertionError(f"seed={seed} command {number}: {command}") from error
        kinds = {event.kind for event in events}
        mix["accepted"] += Event.REFUSED not in kinds
        mix["trading"] += Event.TRADE in kinds
        for event in events:
            mix[Event(event.kind).name] += 1
            if event.kind == Event.REFUSED:
                mix[f"reject {Reject(event.code).name}"] += 1
            if event.kind == Event.CYCLE and event.code == CycleCause.EXTRAORDINARY and is_vmgh:
                mix["extraordinary VMGH"] += 1
    mix["liquidations"] = mix["LIQUIDATION_ORDER"] + mix["TAKEOVER"]
    return mix


@pytest.mark.parametrize("seed", range(4))
def test_invariants(seed: int) -> None:
    mix = run(seed, 1_500)
    assert mix["accepted"] > 600
    assert mix["TRADE"] > 100


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_floors() -> None:
    """20 venues of 5,000 commands each, even ones by VMGH and odd ones by ADL."""
    mix: Counter = Counter()
    for seed in range(20):
        mix += run(seed, 5_000)
    short = {name: (mix[name], floor) for name, floor in FLOORS.items() if mix[name] < floor}
    assert not short


def test_same_seed_same_stream() -> None:
    """The flow knows nothing but its seed."""
    setting = house_setting.setting(3)
    first, second = (list(house_flow.commands(setting, 3, 500)) for _ in range(2))
    assert first == second
    assert first != list(house_flow.commands(setting, 4, 500))


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda house: setattr(house.wallets[16], "cash", 7), "cash"),
        (lambda house: setattr(house.wallets[16], "pending", 7), "VM"),
        (lambda house: setattr(house.contracts[0], "open_interest", 7), "0"),
    ],
)
def test_check_bites(broken, rule: str) -> None:
    """An invariant that cannot fail proves nothing."""
    setting = house_setting.setting(0)
    machine = ReferenceMachine(setting.config, setting.accounts)
    amount = Command(
        time_ns=setting.config.house.start_ns,
        kind=13,
        target=int(HouseWallet.RESERVE),
        amount=5,
    )
    machine.apply(amount)
    machine.check()
    broken(machine.house)
    with pytest.raises(AssertionError, match=rule):
        machine.check()
