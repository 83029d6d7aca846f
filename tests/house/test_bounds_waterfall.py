"""int64 safety of layers 5 to 7: every value of docs/default.md section 4, as in bounds.py.

What all wallets together have gained is within the house's bound: open interest times the highest
price is (LIM-03). A wallet's VM is within its exposure. Kernels with state get a body that builds
the rows in exact integers.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from bounds import Formula, Int64, Interval, python_body
from hkperp_clearing import sharing
from hkperp_clearing.layout import CONTRACTS_MAX, POSITION, SHARE, SHARING_LAYERS, WALLET
from hkperp_engine.codes import HouseWallet, Layer
from hkperp_engine.layout import EVENT
from hkperp_engine.units import (
    ACCOUNT_QUOTE_MAX,
    EXPOSURE_QUOTE_MAX,
    HOUSE_QUOTE_MAX,
    LOTS_MAX,
    PPB,
)

Steps = Iterator[tuple[str, Interval]]

CLIENT = int(HouseWallet.CLIENTS)
WALLETS_MAX = 10**6
RATE_MIN_PPB = 1

#: A gain, and all gains together; R as given, and what the platform cannot pay of its own.
GAIN = (0, HOUSE_QUOTE_MAX)
LOSS = (0, HOUSE_QUOTE_MAX)
CAP = (RATE_MIN_PPB, PPB)
VARIATION = (-EXPOSURE_QUOTE_MAX, EXPOSURE_QUOTE_MAX)


class Rows(list):
    """Rows of a section in exact integers: it has a size, as an array does."""

    @property
    def size(self) -> int:
        return len(self)


class State(NamedTuple):
    """The sections that these kernels read and write."""

    engine: Rows
    house: Rows
    wallets: Rows
    positions: Rows
    contracts: Rows
    haircuts: Rows
    shares: Rows
    claims: Rows
    events: Rows


def row(dtype, **fields):
    """A row of exact integers: same names, no 64 bits to hide in."""
    return {name: Int64(fields.get(name, 0)) for name in dtype.names}


def state_of(gains, cap_ppb=PPB, lots=(), held=0):
    """One contract and so many clients, with their gains in `pending` or with lots."""
    count = CLIENT + max(len(gains), len(lots))
    house = {"vmgh_cap_ppb": cap_ppb, "claims_used": Int64(0)}
    engine = {name: Int64(0) for name in ("events_used", "sequence", "now_ns")}
    state = State(
        engine=Rows([engine]),
        house=Rows([house]),
        wallets=Rows(row(WALLET) for _ in range(count)),
        positions=Rows(row(POSITION) for _ in range(count)),
        contracts=Rows([{}]),
        haircuts=Rows(Int64(0) for _ in range(count * SHARING_LAYERS)),
        shares=Rows(row(SHARE) for _ in range(count)),
        claims=Rows({} for _ in range(count)),
        events=Rows(row(EVENT) for _ in range(8)),
    )
    for i, gain in enumerate(gains):
        state.wallets[CLIENT + i]["pending"] = gain
    for i, number in enumerate(lots):
        state.positions[CLIENT + i]["lots"] = number
    state.positions[HouseWallet.PLATFORM]["lots"] = held
    return state


def need_steps(variation: Interval, cash: Interval, loss: Interval) -> Steps:
    result = variation + cash
    yield "own result", result
    need = (-result).within(0, HOUSE_QUOTE_MAX)
    yield "its negative", -result
    yield "loss and need", loss + need
    # what the layers leave of either is no more than that
    yield "left after the layers", (loss + need) - Interval(0, 3 * ACCOUNT_QUOTE_MAX)


def share_steps(gain: Interval, other: Interval, cap: Interval, loss: Interval) -> Steps:
    yield "whole * cap", (gain // PPB) * cap
    yield "rest * cap", Interval(0, PPB - 1) * cap
    total = gain + other
    yield "total", total.within(0, HOUSE_QUOTE_MAX)
    yield "doubled remainder", total.within(0, HOUSE_QUOTE_MAX) * 2
    yield "left to share", loss - total.within(0, loss.high)
    # shares of a wallet are cut from what is left of its gain, layer after layer
    yield "shared", gain
    yield "left of the gain", gain - gain.within(0, gain.high)


def claim_steps(five: Interval, six: Interval, seven: Interval, gain: Interval) -> Steps:
    total = (five + six + seven).within(0, gain.high)
    yield "three shares", five + six
    yield "their sum", total
    yield "paid", gain - total


def lots_steps(held: Interval, lots: Interval) -> Steps:
    total = lots * WALLETS_MAX
    yield "lots of the other side", total
    yield "place of a share", Interval(0, WALLETS_MAX * SHARING_LAYERS)
    yield "place of a position", Interval(0, WALLETS_MAX * CONTRACTS_MAX)
    yield "torn", held - lots.within(0, held.high)


def run_share(gain, other, cap, loss):
    """Two gainers: layer 5 takes within the cap, layer 7 what is left, nobody more than it has."""
    state = state_of((gain, other), cap)
    body = python_body(sharing.share_loss)
    five = body(state, Layer.LOSS_SHARING, loss, Int64(1))
    capped = sum(int(each) * int(cap) // PPB for each in (gain, other))
    assert five == min(int(loss), capped), (gain, other, cap, loss)
    rest = body(state, Layer.WIND_DOWN, loss - five, Int64(1))
    assert five + rest == min(int(loss), int(gain) + int(other))
    given = 0
    for i, each in enumerate((gain, other)):
        state.engine[0]["events_used"] = Int64(0)
        part = python_body(sharing.haircut)(state, CLIENT + i, each, Int64(1))
        assert 0 <= part <= each, (gain, other, cap, loss)
        given += part
    assert given == five + rest
    assert not any(state.haircuts)


def run_lots(held, lots):
    """The platform's lots over two holders: all of them are torn, or all there are."""
    state = state_of((), lots=(-lots, Int64(-1)), held=held)
    count = python_body(sharing._divide_lots)(state, 0)
    parts = [state.shares[i]["share"] for i in range(count)]
    assert sum(parts) == min(int(held), int(lots) + 1)
    assert all(part <= row["weight"] for part, row in zip(parts, state.shares, strict=False))


FORMULAS = [
    Formula(
        "need", {"variation": VARIATION, "cash": (0, ACCOUNT_QUOTE_MAX), "loss": LOSS}, need_steps
    ),
    Formula(
        "share_loss",
        {"gain": GAIN, "other": GAIN, "cap": CAP, "loss": LOSS},
        share_steps,
        run_share,
        # together they are within the house's bound; the corners of the others are enough
        lambda gain, other, cap, loss: (
            gain + other <= HOUSE_QUOTE_MAX
            and cap in (1, PPB - 1, PPB // 2, PPB)
            and other in (0, 1, 10**9 - 1, HOUSE_QUOTE_MAX // 2, HOUSE_QUOTE_MAX - 1)
        ),
    ),
    Formula("haircut", {"five": GAIN, "six": GAIN, "seven": GAIN, "gain": GAIN}, claim_steps),
    Formula("tear_up", {"held": (1, LOTS_MAX), "lots": (1, LOTS_MAX)}, lots_steps, run_lots),
]


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.name)
def test_every_step_fits(formula: Formula) -> None:
    for step, interval in formula.intervals():
        assert interval.fits, f"{formula.name}: {step} reaches {interval}"


BODIES = [formula for formula in FORMULAS if formula.body is not None]


@pytest.mark.parametrize("formula", BODIES, ids=lambda formula: formula.name)
def test_body_at_the_corners(formula: Formula) -> None:
    assert formula.body is not None
    body, count = python_body(formula.body), 0
    for point in formula.points():
        body(**{name: Int64(value) for name, value in point.items()})
        count += 1
    assert count > 20


def test_every_kernel_that_computes_has_a_row() -> None:
    named = {formula.name for formula in FORMULAS}
    assert set(sharing.__all__) - named == set()


def test_the_bounds_bite() -> None:
    """Gains of more than the house's bound: doubling a remainder leaves int64."""
    total = Interval(*GAIN) * 3
    assert not (total * 2).fits
    with pytest.raises(OverflowError):
        run_share(Int64(2**62), Int64(2**62), Int64(PPB), Int64(1))
