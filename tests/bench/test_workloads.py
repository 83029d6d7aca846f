"""The reference workloads: what their description promises, and their recorded outcome."""

import numpy as np
import pytest

from hkperp.bench import draws, workloads
from hkperp.bench.workloads import RECIPES, Workload
from hkperp_engine.codes import Command, Event, Side, TimeInForce
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import EVENT
from hkperp_engine.reference import CommandRow, ReferenceBook
from hkperp_engine.standalone import Book

compiled_only = pytest.mark.skipif(
    BUILD == "python", reason="two million messages take minutes when nothing is compiled"
)

# Share of each kind in percent: passive, marketable, IOC, cancel, reduce, replace.
MIX = {
    "base": (49.1, 2, 3, 41, 2.2, 2.7),
    "top": (49, 1, 1, 47, 1, 1),
    "deep": (52.5, 2, 3, 38, 2, 2.5),
    "sweep": (71, 2.4, 3.6, 21, 1, 1),
    "wide": (47.1, 2, 3, 43, 2.2, 2.7),
}


def short(name: str, seed: int = 11, first_wallet: int = 0) -> Workload:
    """A stream of 12,000 messages of a recipe, with at most 1,500 live orders."""
    recipe = RECIPES[name]
    recipe = recipe._replace(live_orders=min(recipe.live_orders, 1_500), seed=seed)
    return workloads.generate(name, recipe, 12_000, first_wallet)


def limits(workload: Workload) -> dict[str, int]:
    return {
        "price_ticks_max": workload.price_ticks_max,
        "lots_max": workload.lots_max,
        "wallets": workload.wallets_end,
    }


def order_count(workload: Workload) -> int:
    return int(np.count_nonzero(workload.commands["kind"] == Command.NEW_ORDER))


@pytest.fixture(scope="module", params=list(RECIPES))
def made(request: pytest.FixtureRequest) -> Workload:
    return workloads.make(request.param)


@compiled_only
def test_shape(made: Workload) -> None:
    """The mix, and the size of the book, as near as is promised."""
    shape, target = made.shape, workloads.TARGETS[made.name]
    for found, percent in zip(shape.mix.values(), MIX[made.name]):
        assert abs(found - percent / 100) < workloads.MIX_TOLERANCE
    for field in target._fields:
        expected = pytest.approx(getattr(target, field), rel=workloads.TARGET_TOLERANCE)
        assert getattr(shape, field) == expected, field
    if made.name == "sweep":
        assert shape.makers_per_ioc == pytest.approx(14, rel=workloads.TARGET_TOLERANCE)


@compiled_only
def test_wallets_are_skewed(made: Workload) -> None:
    new = made.commands[made.commands["kind"] == Command.NEW_ORDER]
    counts = np.sort(np.bincount(new["wallet"], minlength=draws.WALLETS))[::-1]
    assert counts.sum() == order_count(made)
    assert 0.008 < counts[0] / counts.sum() < 0.02
    assert 0.25 < counts[:100].sum() / counts.sum() < 0.35
    assert np.count_nonzero(counts) > 0.99 * draws.WALLETS


@compiled_only
def test_fast_book_has_the_recorded_outcome(made: Workload) -> None:
    """The shadow book's answer at full length; nothing is refused."""
    chunks = []
    Book(**limits(made)).feed(made.commands, lambda rows: chunks.append(rows.copy()))
    rows = np.concatenate(chunks)
    assert workloads.outcome(rows, order_count(made)) == made.expected
    assert not np.count_nonzero(rows["kind"] == Event.REFUSED)
    trades = rows[rows["kind"] == Event.TRADE]
    assert (trades["wallet"] != trades["counter_wallet"]).all()


@pytest.mark.parametrize("name", RECIPES)
def test_both_books_agree(name: str) -> None:
    """Event by event, and with the shadow book in the sums."""
    workload = short(name, first_wallet=16)
    slow = ReferenceBook(**limits(workload))
    rows = []
    for command in workload.commands.tolist():
        rows += slow.apply(CommandRow(*command))
    slow.check()
    expected = np.array(rows, EVENT)
    found = Book(**limits(workload)).apply(workload.commands)
    assert found.tobytes() == expected.tobytes()
    assert workloads.outcome(found, order_count(workload)) == workload.expected
    resting = sum(len(slow.orders(0, side)) for side in Side)
    assert resting == workload.expected.live_orders


@pytest.mark.parametrize("name", RECIPES)
def test_each_message_makes_sense(name: str) -> None:
    """Followed here by the events of the reference book: who is live, who trades."""
    workload = short(name)
    book = ReferenceBook(**limits(workload))
    open_lots: dict[int, int] = {}
    places: dict[int, tuple[int, int]] = {}
    for command in (CommandRow(*row) for row in workload.commands.tolist()):
        is_new = command.kind == Command.NEW_ORDER
        if is_new:
            assert command.order_id == len(places) + 1
            places[command.order_id] = command.wallet, command.side
        else:
            assert open_lots[command.order_id] > 0
            assert places[command.order_id][0] == command.wallet
        for event in book.apply(command):
            assert event.kind != Event.REFUSED
            if event.kind in (Event.ORDER_ACCEPTED, Event.ORDER_AMENDED):
                open_lots[event.order_id] = event.lots
            elif event.kind == Event.ORDER_CANCELLED:
                open_lots[event.order_id] -= event.lots
            elif event.kind == Event.TRADE:
                assert is_new
                assert event.wallet != event.counter_wallet
                assert command.tif in (TimeInForce.IOC, TimeInForce.GTC)
                open_lots[event.order_id] -= event.lots
                open_lots[event.counter_order_id] -= event.lots
    assert min(open_lots.values()) == 0
    assert np.count_nonzero(list(open_lots.values())) == workload.expected.live_orders


def test_seed_decides() -> None:
    first, same, other = short("base"), short("base"), short("base", seed=12)
    assert first.commands.tobytes() == same.commands.tobytes()
    assert first.sha256 == same.sha256 != other.sha256


def test_first_wallet_only_moves_wallets() -> None:
    first, moved = short("wide"), short("wide", first_wallet=16)
    assert (moved.commands["wallet"] - first.commands["wallet"] == 16).all()
    assert moved.wallets_end == 16 + draws.WALLETS
    assert (moved.sha256, moved.expected) == (first.sha256, first.expected)


def test_time_and_fair_price() -> None:
    workload = short("wide")
    assert (np.diff(workload.commands["time_ns"]) == workloads.MESSAGE_NS).all()
    assert workload.commands["tag"].tolist() == list(range(1, 12_001))
    assert (workload.fair_ticks > 0).all()
    assert (workload.fair_ticks < workload.price_ticks_max).all()
    assert np.abs(np.diff(workload.fair_ticks)).max() > 100  # it jumps


def test_unknown_workload() -> None:
    with pytest.raises(InputError, match="no workload 'calm'"):
        workloads.make("calm")


def test_too_few_messages_to_fill_the_book() -> None:
    with pytest.raises(InputError, match="too few"):
        workloads.generate("deep", RECIPES["deep"], 160_000)


def test_other_outcome_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workloads, "MESSAGE_COUNT", 50_000)
    with pytest.raises(InvariantBroken, match="workload base is"):
        workloads.make("base")
