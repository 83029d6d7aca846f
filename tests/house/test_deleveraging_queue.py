"""The published queue is the order that a deleveraging takes, place and score (LOSS-04, DFT-022).

In small random houses a position is closed out at marks that do not move, so that what was
published just before is what the machine must do; and along random streams the queue is the
ranking of the slow house.
"""

from collections.abc import Iterator
from random import Random

import pytest

import house_flow
import house_setting
import vectors
from compiled_house import CompiledHouse
from hkperp.accounts import DeleveragingPlace
from hkperp.edge.inspection_queue import QUEUE_LIGHTS, deleveraging_queue
from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    Event,
    HouseWallet,
    InvestorClass,
    LossSharing,
    Side,
)
from hkperp_engine.codes import Command as Kind
from reference import margin
from reference.deleverage import ranked
from vectors import SOUND, A, Do, Vector, deposit, opening, prices, send, shown, tick
from vectors import contract as terms_of

HOUSES = 60
COIN = 1
PRICE = 1_000
AFFILIATE = (int(InvestorClass.AFMM), SOUND | int(AFMM_DOCUMENTS))
SEEDS = range(6)
COMMANDS = 500
LOOK_EVERY = 10


def holdings(chance: Random, count: int) -> Iterator[tuple[int, int]]:
    """Money and lots of holders; about half of them are like the one before, so they tie."""
    money = lots = 0
    for _ in range(count):
        if not money or chance.random() < 0.5:
            money, lots = chance.randint(2_000, 30_000), chance.randint(1, 9)
        yield money, lots


def small_house(chance: Random, **terms: int) -> tuple[Vector, Side]:
    """A venue in which A, who lives on a coin, has lost; and the side of those who won it.

    Some of these opened before the price moved and have won, the others have next to nothing.
    """
    holders, is_long = chance.randint(4, 14), chance.random() < 0.5
    wallets, other = range(A + 1, A + 1 + holders), A + 1 + holders
    first = PRICE + chance.randint(20, 90) * (-1 if is_long else 1)
    found = list(holdings(chance, holders))
    rows = [deposit(other, 10**8), deposit(A, 10**8, COIN)]
    rows += [deposit(wallet, money) for wallet, (money, _) in zip(wallets, found)]
    early = chance.randint(1, holders)
    rows += prices(first)
    for place, (wallet, (_, lots)) in enumerate(zip(wallets, found)):
        if place == early:
            rows += prices(PRICE)
        price = first if place < early else PRICE + chance.choice((-4, 0, 4))
        rows.append(opening(*((wallet, other) if is_long else (other, wallet)), lots, price))
    size = max(1, sum(lots for _, lots in found) * chance.randint(2, 9) // 10)
    rows.append(opening(*((other, A) if is_long else (A, other)), size, first))
    rows += [send(Kind.HOUSE_DEPOSIT, target=int(HouseWallet.RESERVE), amount=1 + size * 10)]
    standing = [(wallet, *AFFILIATE) for wallet in wallets if chance.random() < 0.3]
    config = vectors.venue(terms_of(1, (0, 100_000, 50_000), **terms), LossSharing.ADL)
    vector = Vector("", config, holders + 2, (*rows, *prices(PRICE)), standing=tuple(standing))
    return vector, Side.BUY if is_long else Side.SELL


def sent(house: CompiledHouse, rows: tuple[Do, ...]) -> list:
    """The events of rows, none of them refused."""
    events = []
    for row in rows:
        found = house.apply(row.command._replace(time_ns=vectors.START_NS))
        assert all(event.kind != Event.REFUSED for event in found), (row, found)
        events += found
    return events


def taken(events: list) -> list[tuple[int, int]]:
    """Wallet and score of each deleveraging, in order."""
    rows = [event for event in events if event.kind == Event.DELEVERAGE]
    assert len({row.order_id for row in rows}) == 1, "one loss, or none"
    return [(row.wallet, row.counter_order_id) for row in rows]


@pytest.mark.parametrize("case", range(HOUSES))
def test_a_loss_is_borne_in_the_published_order(case: int) -> None:
    """Nobody is passed over but who cannot give what a single lot asks for."""
    vector, side = small_house(Random(f"loss {case}"))
    house = CompiledHouse(vector.config, vectors.account_rows(vector))
    sent(house, vector.rows)
    queue = [each for each in deleveraging_queue(house.machine, 0, side) if each.loss_rank]
    assert [each.loss_rank for each in queue] == list(range(1, len(queue) + 1))
    lots = abs(house.position_fields(A, 0)["lots"])
    events = sent(house, (send(Kind.ASSET_PRICE, target=COIN, amount=1), *shown(PRICE), tick()))
    order = taken(events)
    (deficit,) = (row.amount for row in events if row.kind == Event.DEFAULT and row.wallet == A)
    used = {wallet for wallet, _ in order}
    until = [each.wallet for each in queue].index(order[-1][0]) + 1
    passed = [each for each in queue[:until] if each.wallet not in used]
    assert all(each.gain_quote < -(-deficit // lots) for each in passed), (case, passed)
    published = [(each.wallet, each.score_ppb) for each in queue[:until] if each.wallet in used]
    assert order == published, f"case {case}"


@pytest.mark.parametrize("case", range(HOUSES))
def test_what_the_platform_may_not_hold_is_closed_in_the_published_order(case: int) -> None:
    """DFT-020: nobody is passed over, gain or not; whom the order ends with is closed in part."""
    chance = Random(f"inventory {case}")
    vector, side = small_house(chance, inventory_lots_max=chance.randint(1, 3))
    house = CompiledHouse(vector.config, vectors.account_rows(vector))
    sent(house, vector.rows)
    queue = deleveraging_queue(house.machine, 0, side)
    assert [each.rank for each in queue] == list(range(1, len(queue) + 1))
    limit = vector.config.contracts[0].inventory_lots_max
    is_needed = abs(house.position_fields(A, 0)["lots"]) > limit
    events = sent(house, (send(Kind.DECLARE_DEFAULT, wallet=A), *shown(PRICE), tick()))
    order = taken(events) if is_needed else []
    assert order == [(each.wallet, each.score_ppb) for each in queue[: len(order)]], f"case {case}"


def reference_queue(house, contract, is_long: bool) -> list[tuple[int, int, bool]]:
    """Wallet, score and whether it has a gain, as the slow house ranks the holders of a side."""
    found = [
        wallet
        for wallet in house.clients()
        if (lots := wallet.positions[contract.number].lots) != 0
        and (lots > 0) == is_long
        and margin.equity(house, wallet) > 0
    ]
    order = ranked(house, found, contract)
    return [(each.number, score, margin.variation(house, each) > 0) for score, each in order]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_queue_is_the_slow_houses_ranking(seed: int) -> None:
    setting = house_setting.setting(seed)
    fast = CompiledHouse(setting.config, setting.accounts)
    seen = 0
    stream = house_flow.played(setting, seed, COMMANDS)
    for number, (command, _, slow) in enumerate(stream):
        fast.apply(command)
        if number % LOOK_EVERY:
            continue
        before = fast.machine.state_hash()
        for contract in slow.house.contracts:
            for side in Side:
                queue = deleveraging_queue(fast.machine, contract.number, side)
                found = [(each.wallet, each.score_ppb, each.loss_rank > 0) for each in queue]
                wanted = reference_queue(slow.house, contract, side == Side.BUY)
                assert found == wanted, f"seed={seed}, command {number}, {contract.number} {side}"
                check_places(queue)
                seen += len(queue)
        assert fast.machine.state_hash() == before, "looking changes nothing"
    assert seen > 500, seen


def check_places(queue: list[DeleveragingPlace]) -> None:
    """Ranks, lots ahead and lights follow from the order."""
    bearing = [each for each in queue if each.gain_quote]
    assert [each.loss_rank for each in bearing] == list(range(1, len(bearing) + 1))
    assert not any(each.loss_rank for each in queue if not each.gain_quote)
    ahead = 0
    for rank, each in enumerate(queue, 1):
        assert (each.rank, each.count, each.lots_ahead) == (rank, len(queue), ahead)
        ahead += abs(each.lots)
    lights = [each.lights for each in queue]
    assert lights == sorted(lights, reverse=True)
    assert set(lights) <= set(range(1, QUEUE_LIGHTS + 1))
    assert not lights or lights[0] == QUEUE_LIGHTS
    assert len(queue) < QUEUE_LIGHTS or set(lights) == set(range(1, QUEUE_LIGHTS + 1))
