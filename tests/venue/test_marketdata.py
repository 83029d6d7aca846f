"""The public feed: what is shown is the book's, what is private never appears, losses are seen."""

from collections.abc import Iterable

import msgspec
import numpy as np
import pytest

from hkperp.marketdata import messages as marketdata
from hkperp.marketdata.book import FeedBook, FeedBroken, LevelBook
from hkperp.marketdata.feed import Feed
from hkperp.marketdata.messages import AnyMessage, Levels, OrderAdded, OrderChanged, Top, Trade
from hkperp_engine.codes import CancelReason, ContractState, Event, EventFlag, Side, TimeInForce
from hkperp_engine.errors import InvariantBroken, RequestError
from hkperp_engine.layout import EVENT

ALICE, BOB, MAKER = 16, 17, 18
SELL, AUCTION, HIDDEN = EventFlag.SELL, EventFlag.AUCTION, EventFlag.HIDDEN
WAITING = EventFlag.WAITING


def event_rows(*events: dict[str, int]) -> np.ndarray:
    """EVENT rows with the fields given, numbered from 1, at time 5."""
    rows = np.zeros(len(events), EVENT)
    for index, fields in enumerate(events):
        rows[index]["sequence"], rows[index]["time_ns"] = index + 1, 5
        for name, value in fields.items():
            rows[index][name] = value
    return rows


def accepted(order_id: int, price: int, lots: int, wallet: int = ALICE, **more: int) -> dict:
    return {
        "kind": Event.ORDER_ACCEPTED,
        "order_id": order_id,
        "price_ticks": price,
        "lots": lots,
        "wallet": wallet,
        **more,
    }


def about(
    kind: Event, order_id: int, price: int, lots: int, code: int = 0, flags: int = 0
) -> dict:
    """An event about one order of ALICE's."""
    return accepted(order_id, price, lots, kind=kind, code=code, flags=flags)


def trade(maker: int, taker: int, price: int, lots: int, **more: int) -> dict:
    return {**accepted(maker, price, lots, kind=Event.TRADE), "counter_order_id": taker, **more}


def told(messages: Iterable[AnyMessage]) -> list[str]:
    """Order by order messages for a reader, without contract, number and time."""
    lines = []
    for message in messages:
        if not isinstance(message, Levels | Top):
            head, *fields = msgspec.structs.astuple(message)[2:], type(message).__name__
            numbers = " ".join(str(int(each)) for each in head[1:])
            lines.append(f"{fields[0]} {numbers}".rstrip())
    return lines


def fold(*events: dict[str, int], **settings: object) -> list[str]:
    """What a feed of one contract says to events."""
    return told(Feed(contracts=1, affiliated=[MAKER], **settings).apply(event_rows(*events)))


def test_clients_stand_before_the_affiliate_and_nobody_is_named() -> None:
    """(AFMM-01, AFMM-07) The place is public: before reference 1, the affiliate's."""
    assert fold(
        accepted(901, 99, 4, MAKER), accepted(902, 99, 2), accepted(903, 99, 3, MAKER)
    ) == ["OrderAdded 1 0 99 4 0", "OrderAdded 2 0 99 2 1", "OrderAdded 3 0 99 3 0"]


def test_what_trades_at_once_is_never_shown() -> None:
    """(AFMM-03) A trade says on which side the affiliate was; only the rest is added."""
    assert fold(
        accepted(901, 101, 3, MAKER, flags=SELL),
        accepted(902, 102, 5),
        trade(901, 902, 101, 3, flags=EventFlag.MAKER_AFMM),
    ) == ["OrderAdded 1 1 101 3 0", "Trade 1 101 3 0 1 0 1 0 0 0", "OrderAdded 2 0 102 2 0"]


@pytest.mark.parametrize("tif", [TimeInForce.IOC, TimeInForce.FOK])
def test_what_never_rests_is_never_shown(tif) -> None:
    cancelled = about(Event.ORDER_CANCELLED, 902, 102, 5, CancelReason.NOT_RESTING)
    assert fold(accepted(902, 102, 5, code=tif), cancelled) == []


def test_an_amendment_keeps_its_place_or_arrives_anew() -> None:
    """(MAT-017, MAT-018)"""
    amended = Event.ORDER_AMENDED
    assert fold(
        accepted(901, 99, 4),
        accepted(902, 99, 4),
        about(amended, 901, 99, 3),
        about(amended, 901, 99, 4),
        about(amended, 902, 98, 1),
    )[2:] == [
        "OrderChanged 1 3",
        "OrderDeleted 1",
        "OrderAdded 3 0 99 4 0",
        "OrderDeleted 2",
        "OrderAdded 4 0 98 1 0",
    ]


def test_an_icebergs_slices_cannot_be_followed() -> None:
    """(MAT-040) A new slice has a new number, at the back of its class."""
    assert fold(
        accepted(901, 99, 10, amount=3),
        accepted(902, 99, 1),
        accepted(903, 99, 1, MAKER),
        accepted(904, 99, 3, code=TimeInForce.IOC, flags=SELL),
        trade(901, 904, 99, 3, flags=SELL),
        about(Event.ORDER_REFRESHED, 901, 99, 3),
        about(Event.ORDER_REDUCED, 901, 99, 4, CancelReason.REDUCE_ONLY),
        about(Event.ORDER_REDUCED, 901, 99, 1, CancelReason.REDUCE_ONLY),
        about(Event.ORDER_CANCELLED, 901, 99, 2),
    ) == [
        "OrderAdded 1 0 99 3 0",
        "OrderAdded 2 0 99 1 0",
        "OrderAdded 3 0 99 1 0",
        "Trade 1 99 3 1 1 0 0 0 0 0",
        "OrderAdded 4 0 99 3 3",
        "OrderChanged 4 2",
        "OrderDeleted 4",
    ]


def test_a_hidden_order_shows_only_as_a_trade() -> None:
    """(MAT-041, MAT-042)"""
    assert fold(
        accepted(901, 99, 4, flags=HIDDEN),
        about(Event.ORDER_AMENDED, 901, 98, 4, flags=HIDDEN),
        about(Event.ORDER_REDUCED, 901, 98, 1, CancelReason.REDUCE_ONLY, flags=HIDDEN),
        accepted(902, 98, 1, BOB, code=TimeInForce.IOC, flags=SELL),
        trade(901, 902, 98, 1, flags=SELL),
        about(Event.ORDER_CANCELLED, 901, 98, 2, flags=HIDDEN),
    ) == ["Trade 1 98 1 1 0 0 0 0 0 0"]


def test_conditional_orders_are_seen_by_nobody() -> None:
    """(MAT-031) Until one is sent and rests: then it is an order like any other."""
    assert fold(
        about(Event.ORDER_WAITS, 901, 99, 4, flags=WAITING),
        about(Event.ORDER_AMENDED, 901, 99, 3, flags=WAITING),
        about(Event.ORDER_WAITS, 902, 99, 4, flags=WAITING),
        about(Event.ORDER_CANCELLED, 902, 99, 4, flags=WAITING),
        about(Event.TRIGGERED, 901, 98, 3, flags=WAITING),
        accepted(901, 99, 3),
    ) == ["OrderAdded 1 0 99 3 0"]


def test_self_trade_prevention_shrinks_whom_it_names() -> None:
    """(MAT-022) Here DECREMENT: of the maker 2 of 5, of the taker all; then CANCEL_BOTH."""
    own = CancelReason.SELF_TRADE
    assert fold(
        accepted(901, 99, 5),
        accepted(902, 99, 2, flags=SELL),
        about(Event.ORDER_REDUCED, 901, 99, 2, own),
        about(Event.ORDER_CANCELLED, 902, 99, 2, own, flags=SELL),
        accepted(903, 99, 7, flags=SELL),
        about(Event.ORDER_CANCELLED, 901, 99, 3, own),
        about(Event.ORDER_CANCELLED, 903, 99, 7, own, flags=SELL),
    ) == ["OrderAdded 1 0 99 5 0", "OrderChanged 1 3", "OrderDeleted 1"]


@pytest.mark.parametrize(
    "reason", ["SELF_TRADE", "REDUCE_ONLY", "PARTNER", "PROTECTION", "NOT_RESTING", "VOLATILITY"]
)
def test_a_taker_is_shown_after_its_last_fill(reason) -> None:
    """Not between two, whatever else goes then; with the time of its own command."""
    rows = event_rows(
        accepted(901, 98, 1),
        accepted(902, 99, 1),
        accepted(903, 97, 1),
        accepted(904, 98, 3, flags=SELL),
        trade(902, 904, 99, 1, flags=SELL),
        about(Event.ORDER_CANCELLED, 903, 97, 1, CancelReason[reason]),
        trade(901, 904, 98, 1, flags=SELL),
        accepted(905, 90, 1),
    )
    rows["time_ns"][-1] = 6
    messages = Feed(contracts=1).apply(rows)
    assert [line.split()[0] for line in told(messages)[3:]] == [
        "Trade",
        "OrderDeleted",
        "Trade",
        "OrderAdded",
        "OrderAdded",
    ]
    assert [each.time_ns for each in messages[6:8]] == [5, 6]


OPENINGS = "TRIGGERED LIQUIDATION_ORDER OPENING_TRADE TAKEOVER BACKSTOP DELEVERAGE".split()
OPENINGS += ["TEAR_UP", "CONTRACT_STATE"]


@pytest.mark.parametrize("kind", OPENINGS)
def test_the_next_command_comes_after_what_rests(kind) -> None:
    """Rows of two commands in one array say what two arrays say."""
    cancelled = about(Event.ORDER_CANCELLED, 901, 99, 4, CancelReason.PARTNER)
    opening = {"kind": Event[kind], "order_id": -9}
    rows = event_rows(accepted(901, 99, 4), accepted(902, 98, 4), opening, cancelled)
    together, apart = Feed(contracts=1), Feed(contracts=1)
    expected = [line for part in (rows[:2], rows[2:]) for line in told(apart.apply(part))]
    assert told(together.apply(rows)) == expected


def test_a_liquidation_is_seen_by_its_trades_only() -> None:
    """(DISC-03) That it was one is public; whose it was, why, and what was left of it are not."""
    gone = {"kind": Event.ORDER_CANCELLED, "code": CancelReason.NOT_RESTING, "flags": SELL}
    assert fold(
        accepted(901, 99, 4),
        {"kind": Event.MARGIN_STATE, "wallet": BOB, "amount": 77},
        {"kind": Event.LIQUIDATION_ORDER, "wallet": BOB, "order_id": -3, "lots": 6},
        trade(901, -3, 99, 4, flags=SELL | EventFlag.LIQUIDATION),
        {**gone, "order_id": -3, "lots": 2},
        {"kind": Event.TAKEOVER, "wallet": BOB, "price_ticks": 98, "lots": -2},
        {"kind": Event.DELEVERAGE, "wallet": BOB, "price_ticks": 98, "lots": 1, "amount": 50},
        {"kind": Event.BACKSTOP, "wallet": BOB, "price_ticks": 96, "lots": -3},
        {"kind": Event.TEAR_UP, "wallet": BOB, "price_ticks": 98, "lots": 4},
        {"kind": Event.OPENING_TRADE, "wallet": BOB, "price_ticks": 97, "lots": 8},
    ) == [
        "OrderAdded 1 0 99 4 0",
        "Trade 1 99 4 1 1 0 0 0 0 1",
        f"OffBook {Event.TAKEOVER:d} 98 2",
        f"OffBook {Event.DELEVERAGE:d} 98 1",
        f"OffBook {Event.BACKSTOP:d} 96 3",
        f"OffBook {Event.TEAR_UP:d} 98 4",
        f"OffBook {Event.OPENING_TRADE:d} 97 8",
    ]


def test_an_auction() -> None:
    """(MAT-063) A crossed book is shown; both sides of an auction's trade are shown orders."""
    state = {"kind": Event.CONTRACT_STATE}
    assert fold(
        {**state, "code": ContractState.VOLATILITY_AUCTION, "price_ticks": 90, "amount": 1_000},
        accepted(901, 101, 5),
        accepted(902, 99, 3, BOB, flags=SELL),
        {**state, "code": ContractState.OPEN},
        {"kind": Event.UNCROSS, "price_ticks": 100, "amount": 3, "counter_order_id": 2},
        trade(901, 902, 100, 3, flags=SELL | AUCTION),
    ) == [
        f"StateChanged {ContractState.VOLATILITY_AUCTION:d} 90 1000",
        "OrderAdded 1 0 101 5 0",
        "OrderAdded 2 1 99 3 0",
        f"StateChanged {ContractState.OPEN:d} 0 0",
        "Uncrossed 100",
        "Trade 1 100 3 1 1 2 0 0 1 0",
    ]


def test_a_bust_names_the_trade() -> None:
    taker = accepted(902, 99, 2, code=TimeInForce.IOC, flags=SELL)
    busted = {"kind": Event.TRADE_BUSTED, "order_id": 3, "price_ticks": 99, "lots": 2}
    lines = fold(accepted(901, 99, 4), taker, trade(901, 902, 99, 2, flags=SELL), busted)
    assert lines[-2:] == ["Trade 1 99 2 1 1 0 0 0 0 0", "TradeBusted 1 99 2"]


@pytest.mark.parametrize(
    "events",
    [
        [trade(901, 902, 99, 1)],
        [about(Event.ORDER_CANCELLED, 901, 99, 1)],
        [{"kind": Event.TRADE_BUSTED, "order_id": 3}],
        [accepted(902, 102, 5, code=TimeInForce.IOC), accepted(903, 102, 5)],
        [accepted(901, 99, 4), about(Event.ORDER_REFRESHED, 901, 99, 4)],
        [accepted(901, 99, 9, amount=2), accepted(902, 99, 3), trade(901, 902, 99, 3)],
    ],
)
def test_events_that_cannot_be(events) -> None:
    with pytest.raises(InvariantBroken):
        fold(*events)


def test_the_owner_finds_its_order_and_nobody_else() -> None:
    feed = Feed(contracts=1)
    feed.apply(event_rows(*(accepted(900 + n, 99, n) for n in (1, 2, 3))))
    book = FeedBook(feed.snapshot(0))
    assert feed.reference_of(ALICE, 903) == 3
    assert feed.reference_of(BOB, 903) == feed.reference_of(ALICE, 904) == 0
    assert book.ahead(3) == (2, 3)
    with pytest.raises(KeyError):
        book.ahead(4)


def test_l2_has_so_many_levels() -> None:
    """A level that comes back among the best is told again, one that leaves them is taken out."""
    feed = Feed(contracts=1, depth=2)
    orders = [accepted(900 + price, price, price) for price in (5, 4, 3)]
    first = feed.apply(event_rows(*orders))
    (levels,) = (each for each in first if isinstance(each, Levels))
    assert (levels.bids, levels.asks, levels.batch) == (((5, 5, 1), (4, 4, 1)), (), 1)
    second = feed.apply(event_rows(about(Event.ORDER_CANCELLED, 905, 5, 5)))
    (levels,) = (each for each in second if isinstance(each, Levels))
    assert (levels.bids, levels.batch) == (((5, 0, 0), (3, 3, 1)), 2)
    assert levels.checksum == marketdata.checksum(feed.levels(0).bids, ())
    with pytest.raises(ValueError, match="at least 1"):
        Feed(contracts=1, depth=0)


def follow(book: FeedBook | LevelBook, messages: Iterable[AnyMessage]) -> None:
    for message in messages:
        book.apply(message)


def test_damage_is_seen_and_an_image_mends_it() -> None:
    feed = Feed(contracts=1)
    start, image = feed.snapshot(0), feed.levels(0)
    added, levels, top = feed.apply(event_rows(accepted(901, 99, 4)))
    bad_sum = msgspec.structs.replace(levels, checksum=levels.checksum ^ 1)
    bad_lots = msgspec.structs.replace(added, lots=5)
    for messages in ([added, bad_sum], [bad_lots, levels], [bad_lots, top], [levels]):
        book = FeedBook(start)
        with pytest.raises(FeedBroken):
            follow(book, messages)
        with pytest.raises(FeedBroken, match="expected a snapshot"):
            book.apply(levels)
        assert book.apply(feed.snapshot(0)) and book.apply(levels)
        assert book.orders(Side.BUY) == [(1, Side.BUY, 99, 4)]
    book = LevelBook(image)
    with pytest.raises(FeedBroken, match="checksum"):
        book.apply(bad_sum)
    with pytest.raises(FeedBroken, match="an image"):
        book.apply(levels)
    assert book.apply(feed.levels(0)) and book.depth(Side.BUY) == [(99, 4, 1)]
    with pytest.raises(FeedBroken, match="checksum"):
        FeedBook(msgspec.structs.replace(feed.snapshot(0), checksum=1))


UNFIT = [
    (OrderAdded, "before", 9),
    (OrderChanged, "reference", 9),
    (OrderChanged, "lots", 2),
    (OrderChanged, "lots", 0),
    (Trade, "lots", 5),
    (Trade, "maker_reference", 9),
    (Trade, "taker_reference", 9),
]


@pytest.mark.parametrize(("kind", "field", "value"), UNFIT)
def test_what_does_not_fit_the_book_is_seen(kind, field, value) -> None:
    feed = Feed(contracts=1)
    book = FeedBook(feed.snapshot(0))
    taker = accepted(902, 99, 2, code=TimeInForce.IOC, flags=SELL)
    events = [accepted(901, 99, 4), taker, trade(901, 902, 99, 2, flags=SELL)]
    shrunk = about(Event.ORDER_AMENDED, 901, 99, 1)
    messages = feed.apply(event_rows(*events, shrunk))
    index = next(i for i, each in enumerate(messages) if isinstance(each, kind))
    messages[index] = msgspec.structs.replace(messages[index], **{field: value})
    with pytest.raises(FeedBroken):
        follow(book, messages)


@pytest.mark.parametrize("text", ['{"kind":"RUMOUR"}', "", '{"kind":"TOP","sequence":1.5}'])
def test_mistakes_on_the_wire(text) -> None:
    with pytest.raises(RequestError):
        marketdata.from_json(text)
    with pytest.raises(RequestError):
        marketdata.from_msgpack(text.encode())
