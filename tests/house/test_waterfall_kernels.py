"""Layers 5, 6 and 7 on the compiled machine, worked by hand (docs/default.md DFT-030 to DFT-034).

The terms are those of FORMULAS section 7: 10 lots are 1 BTC, a tick is HKD 1, a lot gains HKD 0.1
a tick. A is the defaulter; there is no fund unless a test says so, so that all of R is shared.
"""

from typing import Any

import msgspec
import numpy as np
import pytest

from compiled_house import CompiledHouse
from hkperp.config import Config
from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_clearing.worklist import CYCLE
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    CycleCause,
    Event,
    HouseWallet,
    Layer,
    LossSharing,
    OrderFlag,
    ProductState,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.units import PPB
from reference.rows import Command
from vectors import (
    HKD,
    HOUR,
    A,
    B,
    C,
    D,
    Do,
    E,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    lots,
    opening,
    play,
    prices,
    sell,
    send,
    venue,
    wait,
)

PERCENT = PPB // 100
PLATFORM = HouseWallet.PLATFORM
K = 1_000 * HKD
TERMS = contract(100_000, (0, 100_000, 50_000))


def rules(sharing: LossSharing = LossSharing.VMGH, **house: int) -> Config:
    """The venue with other house rules."""
    config = venue(TERMS, sharing)
    return msgspec.structs.replace(config, house=msgspec.structs.replace(config.house, **house))


def started(vector: Vector, build: type[CompiledHouse] = CompiledHouse) -> CompiledHouse:
    """The machine behind the rows of a vector."""
    made: list[CompiledHouse] = []

    def factory(config: Config, accounts: list) -> CompiledHouse:
        made.append(build(config, accounts))
        return made[0]

    play(vector, factory)
    return made[0]


def settled(machine: CompiledHouse, mark_ticks: int, loss: int) -> list[Any]:
    """Events of an extraordinary cycle of a loss, with the mark moved under it and no test.

    The cycle is put on the work list by hand: the next command finds it there.
    """
    state = machine.state
    state.rates["mark_good_ticks"] = mark_ticks
    frame = state.frames[0]
    for name in frame.dtype.names:
        frame[name] = 0
    frame["kind"], frame["mode"], frame["amount"] = CYCLE, CycleCause.EXTRAORDINARY, loss
    state.engine["frame_count"] = 1
    now_ns = int(state.engine["now_ns"][0])
    return machine.apply(Command(time_ns=now_ns, kind=Kind.ADVANCE))


def rows_of(events: list[Any], kind: Event, *names: str) -> list[tuple[int, ...]]:
    """The named fields of the events of a kind."""
    return [
        tuple(getattr(event, name) for name in names) for event in events if event.kind == kind
    ]


def haircuts(events: list[Any]) -> list[tuple[int, ...]]:
    return rows_of(events, Event.HAIRCUT, "wallet", "code", "amount")


# --- A long 10 against C, B long 5 against D, at 500,000; the cycle at 430,000. At 390,000 A is
# 10,000 short, and nobody but the gainers is there: C has gained 40,000 and D 20,000.

PAIRS = (
    *(deposit(wallet, 400 * K) for wallet in (B, C, D)),
    deposit(A, 100 * K),
    *prices(500_000),
    opening(A, C, 10, 500_000),
    opening(B, D, 5, 500_000),
    *prices(430_000),
    wait(HOUR),
)

TORN = Vector(
    "DFT-031, DFT-032: 5% of each gain, then the platform's lots are torn up",
    rules(vmgh_cap_ppb=5 * PERCENT),
    4,
    (
        *PAIRS,
        # Reduce-only: as many as the position, re-clipped to what is left of it.
        buy(C, 1, 10, 300_000, flags=OrderFlag.REDUCE_ONLY),
        *prices(
            390_000,
            (
                (Event.CYCLE, {"amount": 10 * K, "counter_order_id": 2}),
                # 5% of 40,000 and of 20,000
                (Event.ALLOCATION, {"code": Layer.LOSS_SHARING, "wallet": 0, "amount": 3 * K}),
                # 10 lots over 10 and 5: 6.67 and 3.33
                (
                    Event.TEAR_UP,
                    {"wallet": C, "counter_wallet": PLATFORM, "price_ticks": 390_000, "lots": -7},
                ),
                (
                    Event.ORDER_REDUCED,
                    {"wallet": C, "code": CancelReason.REDUCE_ONLY, "lots": 7},
                ),
                (Event.TEAR_UP, {"wallet": D, "price_ticks": 390_000, "lots": -3}),
                (Event.ALLOCATION, {"code": Layer.TEAR_UP, "wallet": 0, "amount": 7 * K}),
                # 7,000 over 38,000 and 19,000: two thirds and one, the odd unit to C
                (
                    Event.HAIRCUT,
                    {"wallet": C, "code": 5, "amount": 2 * K, "counter_order_id": 40 * K},
                ),
                (
                    Event.HAIRCUT,
                    {"wallet": C, "code": 6, "amount": 4_666_666_667, "order_id": 2},
                ),
                (Event.HAIRCUT, {"wallet": D, "code": 5, "amount": 1 * K}),
                (Event.HAIRCUT, {"wallet": D, "code": 6, "amount": 2_333_333_333}),
                (Event.CYCLE_DONE, {"amount": 50 * K}),
            ),
        ),
        lots(PLATFORM, 0),
        lots(A, 0),
        lots(B, 5),
        lots(C, -3),
        lots(D, -2),
        cash(A, 0),
        cash(B, 345 * K),
        cash(C, 508 * K - 4_666_666_667),
        cash(D, 454 * K - 2_333_333_333),
        See("contract", (0,), "product", ProductState.LIVE),
    ),
)

# --- C has closed at 395,000 against D, and B and E trade there: the torn have gained little.
# At 390,000: A -110,000 of 100,000, B -2,500, C +105,000 with no lots, D +5,000, E +2,500.

WOUND = Vector(
    "DFT-033: what torn-up gains do not cover winds the venue down",
    rules(vmgh_cap_ppb=PERCENT),
    5,
    (
        *(deposit(wallet, 400 * K) for wallet in (B, C, D, E)),
        deposit(A, 100 * K),
        *prices(500_000),
        opening(A, C, 10, 500_000),
        *prices(430_000),
        opening(C, D, 10, 395_000),
        opening(B, E, 5, 395_000),
        buy(B, 1, 1, 300_000),
        *prices(
            390_000,
            (
                (Event.CYCLE, {"amount": 10 * K}),
                # 1% each: 1,050 + 50 + 25
                (Event.ALLOCATION, {"code": Layer.LOSS_SHARING, "amount": 1_125 * HKD}),
                (Event.TEAR_UP, {"wallet": D, "lots": -7}),
                (Event.TEAR_UP, {"wallet": E, "lots": -3}),
                # all that is left of their gains: 4,950 + 2,475
                (Event.ALLOCATION, {"code": Layer.TEAR_UP, "amount": 7_425 * HKD}),
                (Event.CONTRACT_STATE, {"code": ContractState.SETTLED}),
                (Event.ORDER_CANCELLED, {"wallet": B, "code": CancelReason.SETTLED}),
                (Event.MASS_CANCELLED, {"code": CancelReason.SETTLED, "amount": 1}),
                (Event.PRODUCT_STATE, {"code": ProductState.DELISTED}),
                (Event.FINAL_SETTLEMENT, {"wallet": B, "lots": 5, "price_ticks": 390_000}),
                (Event.FINAL_SETTLEMENT, {"wallet": D, "lots": -3}),
                (Event.FINAL_SETTLEMENT, {"wallet": E, "lots": -2}),
                (Event.ALLOCATION, {"code": Layer.WIND_DOWN, "wallet": 0, "amount": 1_450 * HKD}),
                (Event.HAIRCUT, {"wallet": C, "code": 5, "amount": 1_050 * HKD}),
                (Event.HAIRCUT, {"wallet": C, "code": 7, "amount": 1_450 * HKD}),
                (Event.HAIRCUT, {"wallet": D, "code": 5, "amount": 50 * HKD}),
                (Event.HAIRCUT, {"wallet": D, "code": 6, "amount": 4_950 * HKD}),
                (Event.HAIRCUT, {"wallet": E, "code": 5, "amount": 25 * HKD}),
                (Event.HAIRCUT, {"wallet": E, "code": 6, "amount": 2_475 * HKD}),
                (Event.CYCLE_DONE, {}),
            ),
        ),
        *(lots(wallet, 0) for wallet in (A, B, C, D, E, PLATFORM)),
        cash(A, 0),
        cash(B, 397_500 * HKD),
        cash(C, 502_500 * HKD),
        cash(D, 400 * K),
        cash(E, 400 * K),
        See("contract", (0,), "state", ContractState.SETTLED),
        See("contract", (0,), "product", ProductState.DELISTED),
        sell(C, 2, 1, 390_000, reject=Reject.MARKET_CLOSED),
        # What is left of the venue goes on: steps, cycles, withdrawals.
        wait(9 * HOUR),
        send(Kind.WITHDRAW, wallet=B, amount=397_500 * HKD),
    ),
)


@pytest.mark.parametrize("vector", [TORN, WOUND], ids=lambda vector: vector.name)
def test_layers_in_order(vector: Vector) -> None:
    machine = started(vector)
    machine.check()
    assert not machine.state.haircuts.any(), "shares are 0 outside a cycle"


def test_claims_are_the_sums_of_all_layers() -> None:
    """DFT-034: one claim of a wallet and loss, of its shares of layers 5, 6 and 7 together."""
    machine = started(WOUND)
    # Loss 1 is A's deficit, loss 2 the cycle's.
    claims = [(2, C, 2_500 * HKD), (2, D, 5_000 * HKD), (2, E, 2_500 * HKD)]
    assert machine.claims() == claims


# --- The platform took A over at 405,000 with something left. Then, the mark at 375,000: it owes
# 30,000 and has nothing; B's 5 lots owe 15,000 and it has 12,500. C gains 30,000 and D 15,000.

NEEDY = (
    *(deposit(wallet, 400 * K) for wallet in (C, D)),
    deposit(A, 100 * K),
    deposit(B, 60 * K),
    *prices(500_000),
    opening(A, C, 10, 500_000),
    opening(B, D, 5, 500_000),
    *prices(405_000, ((Event.TAKEOVER, {"wallet": A, "lots": 10}),)),
    wait(HOUR),
    lots(PLATFORM, 10),
    cash(PLATFORM, 0),
    cash(B, 12_500 * HKD),
)


def test_deleveraging_shares_only_the_platform_s_own_loss_by_haircuts() -> None:
    """DFT-031 under ADL: 30,000 of the platform by layer 5, the 2,500 of B go on to layer 6."""
    machine = started(Vector("ADL", rules(LossSharing.ADL), 4, NEEDY))
    events = settled(machine, 375_000, 2_500 * HKD)
    allocations = rows_of(events, Event.ALLOCATION, "code", "amount")
    assert allocations == [(Layer.LOSS_SHARING, 30 * K), (Layer.TEAR_UP, 2_500 * HKD)]
    assert haircuts(events) == [
        (C, Layer.LOSS_SHARING, 20 * K),
        (C, Layer.TEAR_UP, 1_666_666_667),
        (D, Layer.LOSS_SHARING, 10 * K),
        (D, Layer.TEAR_UP, 833_333_333),
    ]


def test_haircuts_share_both_losses() -> None:
    """DFT-031 under VMGH: 32,500 over 30,000 and 15,000, all of it by layer 5."""
    machine = started(Vector("VMGH", rules(), 4, NEEDY))
    events = settled(machine, 375_000, 2_500 * HKD)
    assert haircuts(events) == [
        (C, Layer.LOSS_SHARING, 21_666_666_667),
        (D, Layer.LOSS_SHARING, 10_833_333_333),
    ]
    assert not rows_of(events, Event.TEAR_UP)
    assert machine.state.house["vmgh_used"] == 1


def test_rounds_of_layer_5_are_used_up_and_come_back() -> None:
    """DFT-031: behind the last round of a mark step layer 6 is next; a new step has them all."""
    machine = started(Vector("one round", rules(vmgh_rounds=1), 4, NEEDY))
    machine.state.house["vmgh_used"] = 1
    events = settled(machine, 375_000, 2_500 * HKD)
    # 10 lots over 10 and 5; then 32,500 over 30,000 and 15,000
    assert rows_of(events, Event.TEAR_UP, "wallet", "lots") == [(C, -7), (D, -3)]
    assert haircuts(events) == [
        (C, Layer.TEAR_UP, 21_666_666_667),
        (D, Layer.TEAR_UP, 10_833_333_333),
    ]
    machine.apply(Command(time_ns=int(machine.state.engine["now_ns"][0]), kind=Kind.TICK))
    assert machine.state.house["vmgh_used"] == 0


def test_a_loss_above_all_gains_halts_the_machine() -> None:
    """SETL_BREAK: layer 7 always suffices; where it does not, the books were wrong before."""
    machine = started(Vector("wrong books", rules(), 4, NEEDY))
    with pytest.raises(InvariantBroken, match="SETL_BREAK"):
        settled(machine, 375_000, 20 * K)
    assert machine.wallet_fields(B)["cash"] == 12_500 * HKD, "it halts before anybody has paid"


def test_a_cap_that_rounds_to_nothing_uses_no_round() -> None:
    """DFT-031: a gain of 1e9 - 1 units at a cap of 1 ppb gives 0: no layer 5, no ALLOCATION."""
    machine = started(Vector("no cap", rules(vmgh_cap_ppb=1), 4, NEEDY))
    events = settled(machine, 404_999, 0)
    # need 1 HKD a tick: 1,000,000 units; C and D have gained less than 1e9 each
    allocations = rows_of(events, Event.ALLOCATION, "code", "amount")
    assert allocations == [(Layer.TEAR_UP, HKD)]
    assert machine.state.house["vmgh_used"] == 0


def crowd(short_count: int) -> tuple[Do | See, ...]:
    """A long against so many others, all short 1; and 10,000 short of paying them at 390,000."""
    others = range(B, B + short_count)
    return (
        *(deposit(wallet, 100 * K) for wallet in others),
        deposit(A, short_count * 11 * K - 10 * K),
        *prices(500_000),
        *(opening(A, wallet, 1, 500_000) for wallet in others),
    )


class RoomyHouse(CompiledHouse):
    """The same with a ring that holds all events of a command."""

    def __init__(self, config: Config, accounts: list) -> None:
        rows = np.array([tuple(account) for account in accounts], ACCOUNT)
        self.machine = Machine(config, rows, capacities=(2, 1, 4_096, 1))


@pytest.mark.parametrize("cap_ppb", [PERCENT, 1], ids=("in part", "all"))
def test_result_does_not_depend_on_the_ring(cap_ppb: int) -> None:
    """Tear-up and payment stop where the ring is full, and go on as if they had not."""
    short_count = 90
    vector = Vector("crowd", rules(vmgh_cap_ppb=cap_ppb), short_count + 1, crowd(short_count))
    told = []
    for build in (CompiledHouse, RoomyHouse):
        machine = started(vector, build)
        now_ns = int(machine.state.engine["now_ns"][0])
        events = []
        for row in prices(390_000):
            events += machine.apply(row.command._replace(time_ns=now_ns))
        machine.check()
        told.append(events)
    assert told[0] == told[1]
    assert len(rows_of(told[0], Event.TEAR_UP)) == short_count
    assert sum(amount for _, _, amount in haircuts(told[0])) == 10 * K
