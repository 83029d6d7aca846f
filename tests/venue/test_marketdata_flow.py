"""Random commands through the slow book, its events through the feed, a client at the end.

The client's book must be what the slow book shows, order by order, after every command.
"""

import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hkperp.marketdata import messages as marketdata
from hkperp.marketdata.book import FeedBook, FeedBroken, LevelBook
from hkperp.marketdata.feed import Feed
from hkperp.marketdata.messages import AnyMessage, Levels, Snapshot, Top, Trade
from hkperp_engine.codes import Event, EventFlag, Side
from hkperp_engine.layout import EVENT
from hkperp_engine.reference import ReferenceBook

sys.path.append(str(Path(__file__).parents[1] / "engine"))

from book_flow import Flow
from book_seen import command_rows, look, nothing

WAITING = EventFlag.WAITING


def l3(messages: Iterable[AnyMessage]) -> list[AnyMessage]:
    return [each for each in messages if not isinstance(each, Levels | Top)]


class Watched:
    """The slow book of a seed, the feed of its events, and one client of each contract."""

    def __init__(self, seed: int) -> None:
        self.flow = Flow(seed)
        market = self.flow.market
        self.book = ReferenceBook(**market._asdict())
        self.affiliated = [wallet for wallet, rank in enumerate(market.class_of) if rank]
        self.feed = self.new_feed(depth=1 + seed % 7)
        contracts = range(market.contracts)
        self.books = [FeedBook(self.feed.snapshot(contract)) for contract in contracts]
        self.levels = [LevelBook(self.feed.levels(contract)) for contract in contracts]
        self.rows: list[np.ndarray] = []
        self.messages: list[AnyMessage] = []

    def new_feed(self, depth: int = 5) -> Feed:
        return Feed(contracts=self.flow.market.contracts, affiliated=self.affiliated, depth=depth)

    def commands(self, count: int, batch: int = 250) -> Iterator[set[int]]:
        """Do so many commands; yield after each the contracts its events are of."""
        seen = nothing(self.flow.market.contracts)
        for _ in range(count // batch):
            for command in command_rows(self.flow.batch(batch, seen)):
                events = np.array([tuple(each) for each in self.book.apply(command)], EVENT)
                self.rows.append(events)
                messages = self.feed.apply(events)
                self.messages += messages
                for message in messages:
                    self.books[message.contract].apply(message)
                    self.levels[message.contract].apply(message)
                yield set(events["contract"].tolist())
            seen = look(self.book)

    def require_equal(self, contract: int) -> None:
        """The client's books are the slow book's, order by order and level by level."""
        for side in Side:
            shown = [o for o in self.book.orders(contract, side) if o.shown_lots]
            public = self.books[contract].orders(side)
            expected = [
                (self.feed.reference_of(o.wallet, o.order_id), side, o.price_ticks, o.shown_lots)
                for o in shown
            ]
            assert public == expected
            levels = [tuple(level) for level in self.book.depth(contract, side)]
            assert self.books[contract].depth(side) == levels
            image = self.feed.snapshot(contract).depth
            assert self.levels[contract].depth(side) == levels[:image]


@pytest.mark.parametrize("seed", range(8))
def test_the_rebuilt_book_is_the_book(seed) -> None:
    watched = Watched(seed)
    for touched in watched.commands(1_500):
        for contract in touched & set(range(watched.book.contracts)):
            watched.require_equal(contract)
    for contract in range(watched.book.contracts):
        watched.require_equal(contract)


@pytest.fixture(scope="module")
def watched() -> Watched:
    made = Watched(3)
    for _ in made.commands(2_000):
        pass
    return made


def test_a_snapshot_at_any_moment_leads_to_the_same_book(watched) -> None:
    """Whoever listened before the image came passes over what is in it."""
    dice = random.Random(11)
    feed, waiting = watched.new_feed(), []
    cuts = set(dice.sample(range(len(watched.rows)), 12))
    for index, rows in enumerate(watched.rows):
        messages = feed.apply(rows)
        for message in messages:
            for book, levels in waiting:
                book.apply(message)
                levels.apply(message)
        if index in cuts:
            contract = dice.randrange(watched.book.contracts)
            pair = FeedBook(feed.snapshot(contract)), LevelBook(feed.levels(contract))
            old = [each for each in messages if each.contract == contract]
            assert not any(pair[0].apply(each) for each in l3(old))
            waiting.append(pair)
    for book, levels in waiting:
        for side in Side:
            assert book.orders(side) == watched.books[book.contract].orders(side)
            assert levels.depth(side) == book.depth(side, 5)
        assert book.state == watched.books[book.contract].state
        assert (book.last_ticks, book.last_lots) == (
            watched.books[book.contract].last_ticks,
            watched.books[book.contract].last_lots,
        )


def test_numbers_have_no_gaps(watched) -> None:
    for contract in range(watched.book.contracts):
        own = [each for each in watched.messages if each.contract == contract]
        assert [each.sequence for each in l3(own)] == list(range(1, len(l3(own)) + 1))
        batches = [each.batch for each in own if isinstance(each, Levels)]
        assert batches == list(range(1, len(batches) + 1))


def test_every_trade_says_where_the_affiliate_was(watched) -> None:
    """(AFMM-03) As often as the book of record does."""
    rows = np.concatenate(watched.rows)
    flags = rows["flags"][rows["kind"] == Event.TRADE]
    trades = [each for each in watched.messages if isinstance(each, Trade)]
    for flag, field in (
        (EventFlag.MAKER_AFMM, "maker_afmm"),
        (EventFlag.TAKER_AFMM, "taker_afmm"),
    ):
        assert [getattr(each, field) for each in trades] == (flags & flag != 0).tolist()
        assert any(flags & flag)


def test_where_the_rows_are_cut_changes_nothing(watched) -> None:
    """Between two commands anywhere: the order by order feed is the same, byte for byte."""
    rows = np.concatenate(watched.rows)
    assert l3(watched.new_feed().apply(rows)) == l3(watched.messages)
    dice, feed, found, start = random.Random(5), watched.new_feed(), [], 0
    while start < len(watched.rows):
        stop = start + dice.randrange(1, 40)
        found += feed.apply(np.concatenate(watched.rows[start:stop]))
        start = stop
    assert l3(found) == l3(watched.messages)


def test_a_single_row_is_an_array_of_one(watched) -> None:
    rows = next(each for each in watched.rows if each["kind"][0] == Event.ORDER_ACCEPTED)
    assert watched.new_feed().apply(rows[0]) == watched.new_feed().apply(rows[:1])


def relabelled(rows: np.ndarray, wallets: np.ndarray, offset: int) -> np.ndarray:
    """The same events by other wallets, and orders of other ids."""
    rows = rows.copy()
    for field in ("wallet", "counter_wallet"):
        rows[field] = wallets[np.clip(rows[field], 0, len(wallets) - 1)]
    is_trade = rows["kind"] == Event.TRADE
    rows["order_id"] ^= offset
    rows["counter_order_id"] ^= np.where(is_trade, offset, 0)
    return rows


def test_nothing_private_is_in_it(watched) -> None:
    """(AFMM-07) Other clients, other ids, no private events: the same feed, byte for byte."""
    labels = 2**30 + np.random.default_rng(1).permutation(10_000)[: watched.book.wallets]
    hidden = {Event.REFUSED, Event.ORDER_WAITS, Event.PROTECTION, Event.MASS_CANCELLED}
    hidden |= {Event.KILL_SWITCH, Event.AFMM_SUSPENDED, Event.TRIGGER_CAP}
    affiliated = labels[watched.affiliated].tolist()
    feed, usual = Feed(contracts=watched.book.contracts, affiliated=affiliated, depth=5), []
    known, told, order_ids = watched.new_feed(), [], set()
    for rows in watched.rows:  # a command's rows at a time, as a venue hands them over
        is_public = ~np.isin(rows["kind"], list(hidden))
        is_public &= rows["flags"] & WAITING == 0
        is_public |= rows["kind"] == Event.TRIGGERED
        others = relabelled(rows[is_public], labels, 0x2AAA_5555_1234_0000)
        order_ids |= set(others["order_id"].tolist()) - {0}
        told += feed.apply(others) if len(others) else []
        usual += known.apply(rows)
    assert told == usual
    numbers = set(_numbers(msgspec.to_builtins(usual)))
    assert not numbers & set(labels.tolist())
    assert not numbers & order_ids


def test_the_affiliate_is_marked_by_place_and_trades_only(watched) -> None:
    """(AFMM-07) With everybody a client, all but the places and what follows is the same."""
    rows = np.concatenate(watched.rows)
    feed = Feed(contracts=watched.book.contracts)
    kinds = [type(each) for each in l3(feed.apply(rows))]
    assert kinds == [type(each) for each in l3(watched.messages)]


def _numbers(found: object) -> Iterator[int]:
    if isinstance(found, int):
        yield found
    elif isinstance(found, list | tuple):
        for each in found:
            yield from _numbers(each)
    elif isinstance(found, dict):
        yield from _numbers(list(found.values()))


def test_every_lost_message_is_seen(watched) -> None:
    """By its number, or at the latest by LEVELS; TOP holds all, so a lost one does no harm."""
    own = [each for each in watched.messages if each.contract == 0][:400]
    own = own[: next(i for i in range(300, 400) if isinstance(own[i], Levels)) + 1]
    feed = watched.new_feed(depth=4)
    start = feed.snapshot(0)
    image = feed.levels(0)
    for lost in range(0, len(own) - 40, 7):
        kept = own[:lost] + own[lost + 1 :]
        kind = type(own[lost])
        assert _breaks(FeedBook(start), kept) == (kind not in (Levels, Top))
        assert _breaks(LevelBook(image), kept) == (kind is Levels)


def _breaks(book: FeedBook | LevelBook, messages: Iterable[AnyMessage]) -> bool:
    try:
        for message in messages:
            book.apply(message)
    except FeedBroken:
        return book.is_broken
    return False


def test_messages_travel(watched) -> None:
    feed = watched.new_feed()
    messages = feed.apply(np.concatenate(watched.rows))
    messages = [*messages[:300], *messages[-2:], feed.snapshot(0), feed.levels(0)]
    assert {Levels, Snapshot, Top, Trade} <= {type(each) for each in messages}
    for message in messages:
        assert marketdata.from_json(marketdata.to_json(message)) == message
        assert marketdata.from_msgpack(marketdata.to_msgpack(message)) == message
