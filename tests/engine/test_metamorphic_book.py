"""What must not change, or change in a known way, when the same flow is told differently.

A mistake that both books share is one that comparing them cannot see; these relations do not need
to know the right answer. Each is held by both books.
"""

from collections.abc import Callable

import numpy as np
import pytest

from book_flow import PAGE_TICKS, Flow, Market, command_rows, resting
from book_pair import CAPACITIES
from hkperp_engine.codes import Command, Event, EventFlag, OrderType, Side, TimeInForce
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.reference import ReferenceBook
from hkperp_engine.standalone import Book

SEEDS = range(6)
COMMANDS = 3_000
BATCH = 500

Play = Callable[[Market, np.ndarray], np.ndarray]


def play_slow(market: Market, commands: np.ndarray) -> np.ndarray:
    book = ReferenceBook(**market._asdict())
    return np.array([event for row in command_rows(commands) for event in book.apply(row)], EVENT)


def play_fast(market: Market, commands: np.ndarray) -> np.ndarray:
    return Book(**market._asdict(), capacities=(4, 1, 64)).apply(commands)


@pytest.fixture(params=[play_slow, play_fast], ids=["slow", "fast"])
def play(request: pytest.FixtureRequest) -> Play:
    return request.param


@pytest.fixture(params=SEEDS, scope="module")
def tape(request: pytest.FixtureRequest) -> tuple[Market, np.ndarray]:
    """A market and the commands of one seed, as one array."""
    flow = Flow(request.param)
    book = ReferenceBook(**flow.market._asdict())
    batches = []
    for _ in range(COMMANDS // BATCH):
        batches.append(flow.batch(BATCH, resting(book)))
        for row in command_rows(batches[-1]):
            book.apply(row)
    return flow.market, np.concatenate(batches)


def assert_equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Every field of every event; shows the first difference."""
    assert (expected["kind"] == Event.TRADE).sum() > 100
    assert len(found) == len(expected)
    differs = np.flatnonzero(found != expected)
    assert not len(differs), (differs[0], found[differs[0]], expected[differs[0]])


def test_mirror(tape: tuple[Market, np.ndarray], play: Play) -> None:
    """Swap buy and sell and turn the prices round: the same book in the glass."""
    market, commands = tape
    turn = market.price_ticks_max + 1
    mirrored = commands.copy()
    is_order = (commands["kind"] == Command.NEW_ORDER) & np.isin(commands["side"], (0, 1))
    mirrored["side"] = np.where(is_order, 1 - commands["side"], commands["side"])
    is_near = np.abs(commands["price_ticks"]) < 2**40  # the others are invalid on both sides
    mirrored["price_ticks"] = np.where(
        is_near, turn - commands["price_ticks"], commands["price_ticks"]
    )

    expected = play(market, commands)
    is_told = expected["kind"] != Event.REFUSED
    expected["flags"] ^= np.where(is_told, EventFlag.SELL, 0).astype(np.int16)
    turned = turn - expected["price_ticks"].astype(np.int64)
    expected["price_ticks"] = np.where(is_told, turned, 0)
    assert_equal(play(market, mirrored), expected)


@pytest.mark.parametrize("shift", [1, PAGE_TICKS - 1, PAGE_TICKS, 1_000_000])
def test_shifted_prices(tape: tuple[Market, np.ndarray], play: Play, shift: int) -> None:
    """The book knows no price but by comparison; pages of the ladder are not seen from outside."""
    market, commands = tape
    room = min(shift, 2**31 - 1 - market.price_ticks_max)
    if not room:
        # No room above: leave out what stands in the way, and everything else is as it was.
        commands = commands[commands["price_ticks"] <= market.price_ticks_max - shift]
        room = shift
    moved = commands.copy()
    is_moved = (commands["price_ticks"] > 0) & (commands["price_ticks"] < 2**31)
    moved["price_ticks"] += is_moved * room
    top = min(market.price_ticks_max + room, 2**31 - 1)

    expected = play(market, commands)
    is_told = expected["kind"] != Event.REFUSED
    expected["price_ticks"] = np.where(is_told, expected["price_ticks"] + room, 0)
    assert_equal(play(market._replace(price_ticks_max=top), moved), expected)


def test_relabelled_wallets_and_contracts(tape: tuple[Market, np.ndarray], play: Play) -> None:
    """New names for wallets, owners and contracts, idle ones between: the events are renamed."""
    market, commands = tape
    wallets, contracts = market.wallets, market.contracts
    wallet_name = np.arange(wallets, dtype=np.int32) * 3 + 2
    contract_name = (contracts - np.arange(contracts, dtype=np.int16)) * 2
    count = 3 * wallets + 2
    # An idle wallet belongs to an owner of its own, whose number is not taken.
    owner_of = [10_000 + wallet for wallet in range(count)]
    class_of = [wallet % 2 for wallet in range(count)]
    for old, new in enumerate(wallet_name):
        owner_of[new] = 5_000 - 7 * market.owner_of[old]
        class_of[new] = market.class_of[old]
    renamed = Market(
        2 * contracts + 1, market.price_ticks_max, market.lots_max, count, owner_of, class_of
    )

    def rename(values: np.ndarray, names: np.ndarray, bound: int) -> np.ndarray:
        """What is no wallet (or contract) stays none: the first past the old end, past the new."""
        is_known = (values >= 0) & (values < len(names))
        other = np.where(values == len(names), bound, values)
        return np.where(is_known, names[np.where(is_known, values, 0)], other)

    moved = commands.copy()
    moved["wallet"] = rename(commands["wallet"], wallet_name, count)
    moved["contract"] = rename(commands["contract"], contract_name, renamed.contracts)

    expected = play(market, commands)
    is_trade = expected["kind"] == Event.TRADE
    takers = rename(expected["counter_wallet"], wallet_name, count)
    expected["counter_wallet"] = np.where(is_trade, takers, 0)
    expected["wallet"] = rename(expected["wallet"], wallet_name, count)
    expected["contract"] = rename(expected["contract"], contract_name, renamed.contracts)
    assert_equal(play(renamed, moved), expected)


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("capacities", CAPACITIES)
def test_split_batch(
    tape: tuple[Market, np.ndarray], size: int, capacities: tuple[int, int, int]
) -> None:
    """However the commands are cut into batches, and wherever the book had to grow."""
    market, commands = tape
    book = Book(**market._asdict(), capacities=capacities)
    found = [book.apply(commands[at : at + size]) for at in range(0, len(commands), size)]
    assert_equal(np.concatenate(found), play_fast(market, commands))


@pytest.mark.parametrize("side", Side)
def test_split_order(tape: tuple[Market, np.ndarray], play: Play, side: Side) -> None:
    """Two orders at once take what one takes: each maker gives the same lots at the same price."""
    market, commands = tape
    stranger = market.wallets  # owns nothing else, so nothing is a self-trade
    market = market._replace(
        wallets=stranger + 1,
        owner_of=[*market.owner_of, max(market.owner_of) + 1],
        class_of=[*market.class_of, 0],
    )
    commands = commands[commands["wallet"] != stranger]
    taker = np.zeros(2, COMMAND)
    taker["kind"], taker["side"], taker["wallet"] = Command.NEW_ORDER, side, stranger
    taker["order_type"], taker["tif"] = OrderType.MARKET, TimeInForce.IOC
    taker["order_id"] = 2**61 + 1, 2**61 + 3
    taker["price_ticks"] = market.price_ticks_max if side == Side.BUY else 1

    def taken(*lots: int) -> dict[tuple[int, int], int]:
        """Lots that each maker gave, by its id and price."""
        taker["lots"][: len(lots)] = lots
        events = play(market, np.concatenate([commands, taker[: len(lots)]]))
        events = events[events["counter_wallet"] == stranger]
        sums: dict[tuple[int, int], int] = {}
        for event in events:
            key = int(event["order_id"]), int(event["price_ticks"])
            sums[key] = sums.get(key, 0) + int(event["lots"])
        return sums

    most = min(market.lots_max, 50)
    for part in (1, most // 3, most - 1):
        whole = taken(most)
        assert whole == taken(part, most - part)
        assert list(whole) == list(taken(part, most - part))
    assert whole
