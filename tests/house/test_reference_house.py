"""The slow reference house by itself: hand-worked vectors, and invariants under a rough flow."""

from collections import Counter

import pytest

import all_vectors
import house_flow
import house_mix
import house_setting
import vector_auctions
import vector_controls
import vector_tables
import vectors
from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    CancelReason,
    Event,
    HouseWallet,
    InvestorClass,
    Posting,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from reference.checked import CheckedMachine
from reference.machine import ReferenceMachine
from reference.rows import Command


@pytest.mark.parametrize("vector", all_vectors.VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: vectors.Vector) -> None:
    vectors.play(vector, CheckedMachine)


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


def with_affiliate(config, accounts) -> CheckedMachine:
    """The machine of a vector in which wallet A is the affiliated market maker."""
    flags = AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT | AFMM_DOCUMENTS
    affiliate = (int(InvestorClass.AFMM), int(flags), vectors.FOREVER, 0, -1, 0)
    return CheckedMachine(config, [affiliate, *accounts[1:]])


# A, the affiliate, shows 5 and came first; B hides 8 of its 10 behind 2, and all 10 go first.
TV_3 = vectors.Vector(
    "TV-3: hidden client lots stand before shown lots of the affiliate",
    vector_auctions.PLAIN_VENUE,
    3,
    (
        *vectors.prices(100),
        *(vectors.deposit(wallet, 1_000) for wallet in (vectors.A, vectors.B, vectors.C)),
        vectors.sell(vectors.A, 1, 5, 100),
        vectors.sell(vectors.B, 2, 10, 100, target=2),
        vectors.buy(vectors.C, 3, 11, 100, told=((Event.TRADE, {"order_id": 1, "lots": 1}),)),
        vectors.lots(vectors.B, -10),
        vectors.lots(vectors.A, -1),
    ),
)

SUSPENDED = vectors.Vector(
    "MAT-072: one command takes the affiliate out of the market",
    vector_auctions.PLAIN_VENUE,
    2,
    (
        *vectors.prices(100),
        *(vectors.deposit(wallet, 1_000) for wallet in (vectors.A, vectors.B)),
        vectors.opening(vectors.A, vectors.B, 5, 100),
        vectors.buy(vectors.A, 1, 5, 98),
        vectors.sell(vectors.A, 2, 5, 102),
        vector_controls.send(
            Kind.SUSPEND_AFMM,
            side=1,
            told=(
                (Event.AFMM_SUSPENDED, {"code": 1}),
                (Event.ORDER_CANCELLED, {"order_id": 2, "code": CancelReason.AFMM_SUSPENDED}),
                (Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.AFMM_SUSPENDED}),
                (Event.MASS_CANCELLED, {"wallet": 0, "amount": 2}),
            ),
        ),
        vectors.buy(vectors.A, 3, 5, 98, reject=Reject.AFMM_NOT_PERMITTED),
        vectors.sell(vectors.A, 4, 5, 102),
        vector_controls.send(Kind.SUSPEND_AFMM, side=0),
        vectors.buy(vectors.A, 5, 5, 98),
    ),
)


@pytest.mark.parametrize("vector", [TV_3, SUSPENDED], ids=lambda vector: vector.name)
def test_vector_of_the_affiliate(vector: vectors.Vector) -> None:
    vectors.play(vector, with_affiliate)


def run(seed: int, count: int) -> Counter:
    """Run a seed's flow with every invariant checked after every command; count what happened."""
    setting = house_setting.setting(seed)
    sharing = setting.config.house.loss_sharing
    isolated = house_setting.isolated_wallets(setting)
    mix: Counter = Counter()
    last = None
    try:
        for command, events, machine in house_flow.played(setting, seed, count):
            last = command
            machine.check()
            house_mix.count_mix(mix, events, sharing, isolated)
    except Exception as error:
        number = mix["commands"]
        raise AssertionError(f"seed={seed} at or after command {number}: {last}") from error
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
    short = house_mix.too_few(mix)
    assert not short, short


def test_same_seed_same_stream() -> None:
    """The flow knows nothing but its seed."""
    setting = house_setting.setting(3)
    first, second = (list(house_flow.commands(setting, 3, 500)) for _ in range(2))
    assert first == second
    assert first != list(house_flow.commands(setting, 4, 500))


#: A redemption that goes nowhere: not a pair of partitions that it may join (GAT-041).
CLIENT_TO_CLIENT = {"code": Posting.REDEMPTION, "wallet": 16, "counter_wallet": 17}


@pytest.mark.parametrize(
    ("broken", "rule"),
    [
        (lambda house: setattr(house.wallets[16], "cash", 7), "cash"),
        (lambda house: setattr(house.wallets[16], "pending", 7), "VM"),
        (lambda house: setattr(house.contracts[0], "open_interest", 7), "0"),
        (lambda house: setattr(house.contracts[0], "pause_ns", 7), "pause"),
        (lambda house: setattr(house.wallets[16], "countdown_ns", 7), "countdown"),
        (lambda house: house.wallets[16].uncleared.__setitem__(0, 7), "uncleared"),
        (lambda house: setattr(house.wallets[16], "account", 17), "16"),
        (lambda house: setattr(house.contracts[0], "alerts", 32), "alerts"),
        (lambda house: setattr(house.contracts[0], "product", 5), "delisted"),
        (lambda house: setattr(house.contracts[0], "finals", [7] * 61), "finals"),
        (lambda house: setattr(house.contracts[0], "mm_addon_ppb", 10**9), "rates"),
        (lambda house: setattr(house.assets[1], "haircut_ppb", -1), "haircut"),
        (lambda house: setattr(house.assets[1], "is_below", True), "depeg"),
        (lambda house: house.emit(Event.POSTING, **CLIENT_TO_CLIENT), "partition"),
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
