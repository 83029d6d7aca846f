"""The bug of the public benchmark's list that needs positions: reduce-only orders that overfill.

The other bugs are in tests/engine/test_bug_list.py.
"""

from collections.abc import Callable

import pytest

import vectors
from compiled_house import CompiledHouse
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, OrderFlag, TimeInForce
from reference.machine import ReferenceMachine
from reference.rows import Command
from vectors import A, B, C, Vector, buy, contract, deposit, lots, opening, prices, sell, venue

RULES = {"flags": int(OrderFlag.REDUCE_ONLY)}
IOC = int(TimeInForce.IOC)

#: A holds 10 lots, B owes them; all have money for far more.
BEGINNING = (
    *prices(100),
    *(deposit(wallet, 1_000_000) for wallet in (A, B, C)),
    opening(A, B, 10, 100),
)
PLAIN = contract(1, (0, 100_000, 50_000))


def trade(order_id: int, traded: int) -> tuple[int, dict]:
    """A trade with a resting order."""
    return Event.TRADE, {"order_id": order_id, "lots": traded}


OVERFILL = Vector(
    "reduce-only overfill across levels",
    venue(PLAIN),
    3,
    (
        *BEGINNING,
        # 10 lots may be sold; 6 at each of three prices are offered.
        sell(A, 1, 6, 101, **RULES),
        sell(A, 2, 6, 102, **RULES),
        sell(A, 3, 6, 103, **RULES),
        # One sweep over all three: it takes 10 and no more, and what is left of it rests.
        buy(C, 4, 18, 103, told=(trade(1, 6), trade(2, 4))),
        lots(A, 0),
        lots(C, 10),
    ),
)
TAKER = Vector(
    "reduce-only overfill across levels, as a taker",
    venue(PLAIN),
    3,
    (
        *BEGINNING,
        buy(C, 1, 6, 99),
        buy(C, 2, 6, 98),
        buy(C, 3, 6, 97),
        sell(A, 4, 18, 97, tif=IOC, told=(trade(1, 6), trade(2, 4)), **RULES),
        lots(A, 0),
        lots(C, 10),
    ),
)
LEFT = Vector(
    "what no longer reduces is gone",
    venue(PLAIN),
    3,
    (
        *BEGINNING,
        sell(A, 1, 6, 101, **RULES),
        sell(A, 2, 6, 102, **RULES),
        buy(C, 3, 6, 101, told=(trade(1, 6),)),
        # The position is closed by another order: the reduce-only one has nothing to reduce.
        buy(C, 4, 4, 99),
        sell(A, 5, 4, 99, told=(trade(4, 4),)),
        lots(A, 0),
        buy(C, 6, 6, 102),
        lots(A, 0),
    ),
)


@pytest.mark.parametrize("factory", [ReferenceMachine, CompiledHouse], ids=["slow", "fast"])
@pytest.mark.parametrize("vector", [OVERFILL, TAKER, LEFT], ids=lambda vector: vector.name)
def test_reduce_only_overfill_across_levels(vector: Vector, factory: Callable) -> None:
    """A reduce-only order that meets several prices fills more than the position, and turns it."""
    vectors.play(vector, factory)


@pytest.mark.parametrize("factory", [ReferenceMachine, CompiledHouse], ids=["slow", "fast"])
def test_nothing_is_traded_beyond_the_position(factory: Callable) -> None:
    """The lots of all trades of a reduce-only seller never pass what he held at first."""
    machine = factory(
        OVERFILL.config, [(2, vectors.SOUND, vectors.FOREVER, i, -1, 0) for i in range(3)]
    )
    sold = 0
    for row in OVERFILL.rows:
        if isinstance(row, vectors.See):
            continue
        for event in machine.apply(row.command._replace(time_ns=vectors.START_NS)):
            if event.kind == Event.TRADE:
                sold += event.lots
                assert sold <= 10
    assert sold == 10
    cancel = Command(kind=Kind.CANCEL, time_ns=vectors.START_NS, wallet=A, order_id=3)
    assert [event.kind for event in machine.apply(cancel)] == [Event.REFUSED]
