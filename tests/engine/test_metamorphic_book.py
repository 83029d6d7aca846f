"""What must not change, or change in a known way, when the same flow is told differently.

A mistake that both books share is one that comparing them cannot see; these relations do not need
to know the right answer. Each is held by both books.
"""

from collections.abc import Callable

import numpy as np
import pytest

import book_retold
from book_market import PAGE_TICKS, Market
from book_pair import CAPACITIES, event_list, require_equal
from book_retold import Tape
from book_seen import command_rows
from hkperp_engine.codes import Command, Event, KillScope, OrderType, Side, TimeInForce
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import COMMAND, EVENT
from hkperp_engine.reference import CommandRow, ReferenceBook
from hkperp_engine.rules import BookRules
from hkperp_engine.standalone import Book

SEEDS = range(2 if BUILD == "python" else 8)
COMMANDS = 3_000

Play = Callable[[Tape], np.ndarray]


def play_slow(tape: Tape) -> np.ndarray:
    book = ReferenceBook(**tape.market._asdict())
    answers = [book.apply(row) for row in command_rows(tape.commands)]
    return np.array([event for answer in answers for event in answer], EVENT)


def play_fast(tape: Tape) -> np.ndarray:
    return Book(**tape.market._asdict(), capacities=(4, 1, 64)).apply(tape.commands)


@pytest.fixture(params=[play_slow, play_fast], ids=["slow", "fast"])
def play(request: pytest.FixtureRequest) -> Play:
    return request.param


def keep_all(row: CommandRow, book: ReferenceBook) -> bool:
    return True


@pytest.fixture(params=SEEDS, scope="module")
def tape(request: pytest.FixtureRequest) -> Tape:
    """A flow of one seed, with everything in it."""
    return book_retold.tape(request.param, COMMANDS, keep_all)


def assert_equal(found: np.ndarray, expected: np.ndarray) -> None:
    """Every field of every event; a flow in which little happened would prove little."""
    assert (expected["kind"] == Event.TRADE).sum() > 100
    kinds = set(expected["kind"].tolist())
    assert len(kinds) >= 8, kinds
    require_equal("events", event_list(expected), event_list(found))


@pytest.mark.parametrize("seed", SEEDS)
def test_mirror(seed: int, play: Play) -> None:
    """Swap buy and sell and turn the prices round: the same book in the glass."""
    tape = book_retold.tape(seed, COMMANDS, book_retold.keep_mirrored, has_rates=False)
    expected = book_retold.mirrored_events(play(tape), tape.market.price_ticks_max)
    assert_equal(play(book_retold.mirrored(tape)), expected)


@pytest.mark.parametrize("ticks", [1, PAGE_TICKS - 1, PAGE_TICKS])
@pytest.mark.parametrize("seed", SEEDS)
def test_moved_prices(seed: int, ticks: int, play: Play) -> None:
    """The book knows no price but by comparison; pages of the ladder are not seen from outside."""
    tape = book_retold.tape(seed, COMMANDS, book_retold.keep_moved, has_rates=False)
    higher, move_events = book_retold.moved(tape, ticks)
    assert_equal(play(higher), move_events(play(tape)))


def first_names(tape: Tape) -> tuple[np.ndarray, np.ndarray]:
    """Names that leave wallet 0 and contract 0 idle: in events 0 may mean nobody's, or all."""
    wallets = np.arange(1, tape.market.wallets + 1, dtype=np.int32)
    return wallets, np.arange(1, tape.market.contracts + 1, dtype=np.int16)


def renamed_events(events: np.ndarray, wallets: np.ndarray, contracts: np.ndarray) -> np.ndarray:
    """Events under other names; the arrays hold the new name of each old one, 0 of 0."""
    found = events.copy()
    is_trade = events["kind"] == Event.TRADE
    for field, names in (("wallet", wallets), ("contract", contracts)):
        found[field] = book_retold.renamed_values(events[field], names[:-1], int(names[-1]))
    takers = wallets[np.where(is_trade, events["counter_wallet"], 0)]
    found["counter_wallet"] = takers
    return found


def test_relabelled_wallets(tape: Tape, play: Play) -> None:
    """Other wallets in the same order, idle ones between: the events are renamed.

    In another order what says "wallets ascending" would come in another order.
    """
    wallets, contracts = first_names(tape)
    before = book_retold.renamed(tape, wallets, contracts)
    after = book_retold.renamed(tape, 3 * wallets + 2, contracts)
    names = [0, *(3 * wallets + 2), after.market.wallets]
    same = np.arange(before.market.contracts + 1)
    expected = renamed_events(play(before), np.array(names, np.int32), same.astype(np.int16))
    assert_equal(play(after), expected)


def test_permuted_contracts(tape: Tape, play: Play) -> None:
    """Contracts registered in another order, idle ones between: the events are renamed.

    The kill switch of the venue is left out: it halts contracts in their order.
    """
    commands = tape.commands
    is_venue = (commands["kind"] == Command.KILL_SWITCH) & (commands["target"] == KillScope.VENUE)
    tape = tape._replace(commands=commands[~is_venue])
    wallets, contracts = first_names(tape)
    permuted = contracts[::-1] * 2
    before = book_retold.renamed(tape, wallets, contracts)
    after = book_retold.renamed(tape, wallets, permuted)
    names = np.array([0, *permuted, after.market.contracts], np.int16)
    same = np.arange(before.market.wallets + 1, dtype=np.int32)
    assert_equal(play(after), renamed_events(play(before), same, names))


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("capacities", CAPACITIES)
def test_split_batch(tape: Tape, size: int, capacities: tuple[int, int, int]) -> None:
    """However the commands are cut into batches, and wherever the book had to grow."""
    market, commands = tape
    book = Book(**market._asdict(), capacities=capacities)
    found = [book.apply(commands[at : at + size]) for at in range(0, len(commands), size)]
    assert_equal(np.concatenate(found), play_fast(tape))


#: What leaves the book between two orders as it is: no triggers, no states.
QUIET = (Command.NEW_ORDER, Command.CANCEL, Command.AMEND, Command.MASS_QUOTE, Command.ADVANCE)


def keep_quiet(row: CommandRow, book: ReferenceBook) -> bool:
    is_conditional = row.kind == Command.NEW_ORDER and row.order_type >= OrderType.STOP_MARKET
    return row.kind in (*QUIET, Command.SET_PROTECTION) and not is_conditional


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("seed", SEEDS)
def test_split_order(seed: int, play: Play, side: Side) -> None:
    """Two orders at once take what one takes: each maker gives the same lots at the same price.

    Not with stops in the book: they would be sent between the two.
    """
    quiet = book_retold.tape(seed, COMMANDS, keep_quiet, has_rates=False)
    market = quiet.market
    stranger = market.wallets - 1  # owns nothing else, so nothing is a self-trade
    taker = np.zeros(2, COMMAND)
    taker["kind"], taker["side"], taker["wallet"] = Command.NEW_ORDER, side, stranger
    taker["order_type"], taker["tif"] = OrderType.MARKET, TimeInForce.IOC
    taker["order_id"] = 2**61 + 2**59, 2**61 + 2**59 + 2
    taker["price_ticks"] = market.price_ticks_max if side == Side.BUY else 1
    taker["time_ns"] = quiet.commands["time_ns"][quiet.commands["time_ns"] <= 2**62].max()
    market = without_limits(market)

    def taken(*lots: int) -> dict[tuple[int, int], int]:
        """Lots that each maker gave, by its id and price."""
        taker["lots"][: len(lots)] = lots
        events = play(Tape(market, np.concatenate([quiet.commands, taker[: len(lots)]])))
        events = events[(events["counter_wallet"] == stranger) & (events["time_ns"] > 0)]
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


def without_limits(market: Market) -> Market:
    """The market without limits on an order, a wallet or a message."""
    rules = [rules._replace(order_lots_max=0) for rules in market.contract_rules]
    return market._replace(contract_rules=rules, book_rules=BookRules())
