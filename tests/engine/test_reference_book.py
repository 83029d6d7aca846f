"""The slow book against rows written by hand: an oracle has to be tested by something else.

Here are whole rows, malformed commands, and small models of the rules that compute something.
Worked examples of every rule are in `test_reference_rules` and `test_book_tables`.
"""

import ast
import random
from pathlib import Path
from sys import stdlib_module_names

import pytest

import book_text
from hkperp_engine import reference
from hkperp_engine.codes import (
    CancelReason,
    Command,
    ContractState,
    Event,
    EventFlag,
    OrderFlag,
    OrderType,
    Reject,
    Side,
    TimeInForce,
)
from hkperp_engine.reference import CommandRow, EventRow, ReferenceBook
from hkperp_engine.reference_history import INTERVALS, History
from hkperp_engine.rules import BookRules, ContractRules

ALICE, BOB, AFMM = (book_text.WALLETS.index(name) for name in ("alice", "bob", "afmm"))

#: Types with their source: type + 8 * source.
STOP_ON_MARK = OrderType.STOP_LIMIT + 8


@pytest.fixture
def book() -> ReferenceBook:
    return ReferenceBook(contracts=2, **book_text.SETTING)


def test_every_field_of_a_trade_and_of_a_cancel(book: ReferenceBook) -> None:
    """Each row written out: the table language shows only the fields a reader wants."""
    ask = book_text.command_of("afmm sell 7 x3 @101")._replace(time_ns=10, contract=1, tag=99)
    bid = book_text.command_of("alice buy 8 x5 @102 reduce ioc")._replace(time_ns=20, contract=1)
    assert book.apply(ask) + book.apply(bid) == [
        EventRow(
            *(1, 10, Event.ORDER_ACCEPTED, TimeInForce.GTC, 1, EventFlag.SELL),
            *(AFMM, 0, 7, 0, 101, 3, 0),
        ),
        EventRow(
            *(2, 20, Event.ORDER_ACCEPTED, TimeInForce.IOC, 1, EventFlag.REDUCE_ONLY),
            *(ALICE, 0, 8, 0, 102, 5, 0),
        ),
        # The taker buys, so SELL is not set; REDUCE_ONLY is no flag of a trade.
        EventRow(
            *(3, 20, Event.TRADE, 0, 1, EventFlag.MAKER_AFMM),
            *(AFMM, ALICE, 7, 8, 101, 3, 0),
        ),
        EventRow(
            *(4, 20, Event.ORDER_CANCELLED, CancelReason.NOT_RESTING, 1, EventFlag.REDUCE_ONLY),
            *(ALICE, 0, 8, 0, 102, 2, 0),
        ),
    ]


def test_every_field_of_a_conditional_order(book: ReferenceBook) -> None:
    """ORDER_WAITS shows the trigger, TRIGGERED the trigger as its price and what was observed."""
    stop = CommandRow(
        kind=Command.NEW_ORDER, contract=1, wallet=BOB, side=Side.SELL, order_type=STOP_ON_MARK,
        flags=OrderFlag.REDUCE_ONLY, order_id=5, price_ticks=80, lots=4, target=90,
    )  # fmt: skip
    mark = CommandRow(kind=Command.REFERENCE_PRICE, contract=1, target=1, price_ticks=85)
    waits = EventFlag.SELL | EventFlag.REDUCE_ONLY | EventFlag.WAITING
    accepted = EventFlag.SELL | EventFlag.REDUCE_ONLY
    assert book.apply(stop) + book.apply(mark) == [
        EventRow(1, 0, Event.ORDER_WAITS, 0, 1, waits, BOB, 0, 5, 0, 80, 4, 90),
        EventRow(2, 0, Event.TRIGGERED, 1, 1, waits, BOB, 0, 5, 0, 90, 4, 85),
        EventRow(3, 0, Event.ORDER_ACCEPTED, 0, 1, accepted, BOB, 0, 5, 0, 80, 4, 0),
    ]


def test_every_field_of_an_uncross(book: ReferenceBook) -> None:
    """The maker rested first; the taker sells, and both are the affiliate's or a client's."""
    for text in "market auction", "alice buy 1 x5 @102 show=3", "afmm sell 2 x3 @101":
        book.apply(book_text.command_of(text))
    state, uncross, trade, refreshed = book.apply(book_text.command_of("market open"))
    flags = EventFlag.SELL | EventFlag.TAKER_AFMM | EventFlag.AUCTION
    assert state == EventRow(4, 0, Event.CONTRACT_STATE, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert uncross == EventRow(5, 0, Event.UNCROSS, 0, 0, 0, 0, 0, 0, 2, 101, 0, 3)
    assert trade == EventRow(6, 0, Event.TRADE, 0, 0, flags, ALICE, AFMM, 1, 2, 101, 3, 0)
    assert refreshed == EventRow(7, 0, Event.ORDER_REFRESHED, 0, 0, 0, ALICE, 0, 1, 0, 102, 2, 0)


def test_every_field_of_a_refusal(book: ReferenceBook) -> None:
    refused = CommandRow(
        time_ns=5, kind=Command.CANCEL, contract=1, wallet=BOB, order_id=3, lots=9, tag=-4
    )
    expected = (1, 5, Event.REFUSED, Reject.ORDER_UNKNOWN, 1, 0, BOB, 0, 3, -4, 0, 0, 2)
    assert book.apply(refused) == [EventRow(*expected)]


def test_amendment_reports_new_price_and_lots(book: ReferenceBook) -> None:
    book.apply(book_text.command_of("afmm buy 1 x3 @100 reduce"))
    [event] = book.apply(book_text.command_of("afmm amend 1 x4 @99"))
    expected = (2, 0, Event.ORDER_AMENDED, 0, 0, EventFlag.REDUCE_ONLY, AFMM, 0, 1, 0, 99, 4, 0)
    assert event == EventRow(*expected)


def test_orders_that_rest_and_orders_that_wait(book: ReferenceBook) -> None:
    for text in (
        "alice sell 1 x9 @101 show=4 until=50",
        "alice sell 2 x2 @99 stop@95 with=1 day",
        "bob sell 3 x2 trail=5 on=mark from@110",
        "bob sell 4 x2 @100 hidden",
        "carol buy 5 x1 @101",
    ):
        book.apply(book_text.command_of(text))
    assert book.orders(0, Side.SELL) == [
        (4, BOB, 100, 1, OrderFlag.HIDDEN, 0, 0, 1, 0, 0, False),
        (1, ALICE, 101, 9, 0, 0, 4, 0, 50, 2, False),
    ]
    assert book.waiting(0) == [
        (2, ALICE, Side.SELL, OrderType.STOP_LIMIT, 0, 95, 0, 0, 2, 99, False),
        (3, BOB, Side.SELL, OrderType.TRAILING_TICKS, 1, 0, 110, 0, 2, 5, False),
    ]
    assert (book.queue_position(1), book.queue_position(2)) == ((0, 0), None)
    assert (book.lots_within(0, Side.SELL, 100), book.lots_within(0, Side.SELL, 101)) == (1, 10)
    assert (book.depth(0, Side.SELL), book.last_ticks(0)) == ([(101, 4, 1)], 100)


# Each row is a good order with one or more fields broken, and the refusal that comes first.
MALFORMED = [
    ({"kind": 0}, Reject.COMMAND_UNKNOWN),
    ({"kind": Command.DEPOSIT, "contract": -1}, Reject.COMMAND_UNKNOWN),
    ({"time_ns": -1, "kind": 0}, Reject.COMMAND_UNKNOWN),
    ({"time_ns": -1, "contract": -1}, Reject.TIME_WENT_BACK),
    ({"time_ns": 2**62 + 1}, Reject.TIME_TOO_FAR),
    ({"contract": 2, "wallet": -1}, Reject.CONTRACT_UNKNOWN),
    ({"contract": -1}, Reject.CONTRACT_UNKNOWN),
    ({"wallet": 6, "side": 2}, Reject.WALLET_UNKNOWN),
    ({"wallet": -1}, Reject.WALLET_UNKNOWN),
    ({"side": 2, "order_type": 24}, Reject.SIDE_INVALID),
    ({"side": -1}, Reject.SIDE_INVALID),
    ({"order_type": 24}, Reject.ORDER_KIND_INVALID),
    ({"order_type": -1}, Reject.ORDER_KIND_INVALID),
    ({"order_type": 8}, Reject.ORDER_KIND_INVALID),  # LIMIT with a source
    ({"order_type": 9, "tif": 1}, Reject.ORDER_KIND_INVALID),  # MARKET with a source
    ({"order_type": 1}, Reject.ORDER_KIND_INVALID),  # MARKET with GTC
    ({"order_type": 2, "tif": 2, "target": 5}, Reject.ORDER_KIND_INVALID),  # STOP_MARKET FOK
    ({"tif": 5}, Reject.ORDER_KIND_INVALID),
    ({"tif": -1}, Reject.ORDER_KIND_INVALID),
    ({"stp": 4}, Reject.ORDER_KIND_INVALID),
    ({"stp": -1}, Reject.ORDER_KIND_INVALID),
    ({"flags": 128}, Reject.ORDER_KIND_INVALID),
    ({"flags": -1, "order_id": 0}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.SLIDE}, Reject.ORDER_KIND_INVALID),  # without POST_ONLY
    ({"flags": OrderFlag.POST_ONLY, "order_type": 2}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.POST_ONLY, "tif": 1}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.HIDDEN, "target": 1}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.HIDDEN, "order_type": 3}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.CLOSE_POSITION}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.BY_NOTIONAL}, Reject.ORDER_KIND_INVALID),  # of a LIMIT order
    ({"flags": 66, "order_type": 1, "tif": 1}, Reject.ORDER_KIND_INVALID),  # and reduce-only
    ({"flags": OrderFlag.LINKED, "tif": 3}, Reject.ORDER_KIND_INVALID),
    ({"flags": OrderFlag.LINKED, "tif": 1}, Reject.ORDER_KIND_INVALID),
    ({"order_id": -1, "price_ticks": 0}, Reject.ORDER_ID_INVALID),
    ({"price_ticks": -1, "lots": 0}, Reject.PRICE_INVALID),
    ({"price_ticks": 0, "order_type": 2, "target": 5}, Reject.PRICE_INVALID),  # its collar
    ({"lots": -1, "target": 9}, Reject.LOTS_INVALID),
    ({"flags": 64, "order_type": 1, "tif": 1, "amount": 9}, Reject.LOTS_INVALID),
    ({"target": 2, "tif": 3}, Reject.DISPLAY_INVALID),
    ({"target": -1}, Reject.DISPLAY_INVALID),
    ({"target": 1, "tif": 1}, Reject.DISPLAY_INVALID),
    ({"target": 1, "order_type": 1, "tif": 1}, Reject.DISPLAY_INVALID),
    ({"tif": 3, "amount": 0}, Reject.EXPIRY_INVALID),
    ({"tif": 3, "amount": 2**62 + 1}, Reject.EXPIRY_INVALID),
    ({"order_type": 3, "tif": 3, "target": 0}, Reject.EXPIRY_INVALID),
    ({"order_type": 3, "target": 0}, Reject.TRIGGER_INVALID),
    ({"order_type": 5, "target": 1_001}, Reject.TRIGGER_INVALID),
    ({"order_type": 6, "target": 1_001}, Reject.TRIGGER_INVALID),
    ({"order_type": 6, "price_ticks": 1_001}, Reject.TRIGGER_INVALID),
    ({"order_type": 7, "price_ticks": 10**9}, Reject.TRIGGER_INVALID),
    ({"flags": 64, "order_type": 1, "tif": 1, "lots": 0}, Reject.AMOUNT_INVALID),
    ({"flags": 64, "order_type": 1, "tif": 1, "lots": 0, "amount": 2**61 + 1},
     Reject.AMOUNT_INVALID),
    ({"flags": OrderFlag.LINKED, "amount": 3}, Reject.PARTNER_UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("broken", "reject"), MALFORMED)
def test_malformed_order(book: ReferenceBook, broken: dict[str, int], reject: Reject) -> None:
    good = book_text.command_of("bob sell 1 x1 @100")
    [event] = book.apply(good._replace(**broken))
    assert (event.kind, event.code) == (Event.REFUSED, reject)
    assert [event.kind for event in book.apply(good)] == [Event.ORDER_ACCEPTED]


def test_contracts_share_ids_and_nothing_else(book: ReferenceBook) -> None:
    sell = book_text.command_of("alice sell 1 x1 @100")
    buy = book_text.command_of("bob buy 2 x1 @100")
    book.apply(sell)
    assert [event.kind for event in book.apply(buy._replace(contract=1))] == [Event.ORDER_ACCEPTED]
    assert book.apply(sell._replace(contract=1))[0].code == Reject.ORDER_ID_IN_USE
    assert (len(book.orders(0, Side.SELL)), len(book.orders(1, Side.BUY))) == (1, 1)
    # An amendment names the contract; a cancellation need not.
    amend = book_text.command_of("alice amend 1 x1 @90")
    assert book.apply(amend._replace(contract=1))[0].code == Reject.ORDER_UNKNOWN
    [cancelled] = book.apply(book_text.command_of("alice cancel 1")._replace(contract=-7))
    assert (cancelled.kind, cancelled.contract) == (Event.ORDER_CANCELLED, 0)


def test_slow_book_is_independent() -> None:
    """It shares the numbers of `codes` and `rules` with the fast book and nothing else."""
    modules = set()
    files = sorted(Path(reference.__file__).parent.glob("reference*.py"))
    assert len(files) > 10, "the listing came back empty"
    for file in files:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        modules |= {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)], file.name
    others = {module for module in modules if module.partition(".")[0] not in stdlib_module_names}
    others = {module for module in others if not module.startswith("hkperp_engine.reference_")}
    assert others == {"sortedcontainers", "hkperp_engine.codes", "hkperp_engine.rules"}


def test_check_finds_a_crossed_book(book: ReferenceBook) -> None:
    book.apply(book_text.command_of("alice sell 1 x1 @100"))
    book.apply(book_text.command_of("bob buy 2 x1 @99"))
    book.check()
    next(iter(book._book.live.values())).price_ticks = 98
    with pytest.raises(AssertionError):
        book.check()


def best_by_trial(orders: list[tuple[int, int, int]], reference_ticks: int) -> tuple[int, ...]:
    """MAT-062 word for word: try every price from the best ask to the best bid."""
    bids = [(price, lots) for side, price, lots in orders if side == Side.BUY]
    asks = [(price, lots) for side, price, lots in orders if side == Side.SELL]
    tried = []
    for price in range(min(asks)[0], max(bids)[0] + 1):
        wanted = sum(lots for bid, lots in bids if bid >= price)
        offered = sum(lots for ask, lots in asks if ask <= price)
        away = abs(price - reference_ticks)
        surplus = wanted - offered
        tried.append((-min(wanted, offered), abs(surplus), away, price, surplus))
    volume, _, _, price, surplus = min(tried)
    return price, -volume, surplus


@pytest.mark.parametrize("seed", range(60))
def test_mat_062_auction_price_is_the_best_of_all_prices(seed: int) -> None:
    draw = random.Random(seed)
    book = ReferenceBook(price_ticks_max=60, lots_max=9, wallets=40)
    last_ticks = draw.choice([0, draw.randrange(1, 60)])
    if last_ticks:
        trade = CommandRow(kind=1, order_id=90, price_ticks=last_ticks, lots=1)
        book.apply(trade), book.apply(trade._replace(order_id=91, side=1, wallet=1))
    book.apply(CommandRow(kind=25, side=ContractState.AUCTION))
    orders = [
        (i % 2, draw.randrange(20, 40), draw.randrange(1, 5)) for i in range(draw.randrange(2, 12))
    ]
    for wallet, (side, price_ticks, lots) in enumerate(orders):
        who = {"wallet": wallet, "order_id": wallet + 1}
        book.apply(CommandRow(kind=1, side=side, price_ticks=price_ticks, lots=lots, **who))
    _, *found = book.apply(CommandRow(kind=25, side=ContractState.OPEN))
    bids = [price for side, price, _ in orders if side == Side.BUY]
    asks = [price for side, price, _ in orders if side == Side.SELL]
    if max(bids) < min(asks):
        assert found == []
        return
    uncross, *trades = found
    best = best_by_trial(orders, last_ticks or 1)
    assert (uncross.price_ticks, uncross.amount, uncross.counter_order_id) == best
    assert sum(trade.lots for trade in trades) == best[1]
    book.check()


@pytest.mark.parametrize("seed", range(20))
def test_mat_065_reference_is_found_in_the_list_of_all_trades(seed: int) -> None:
    draw = random.Random(seed)
    history, trades, now_ns = History(lookback_ns=draw.randrange(1, 700)), [], 0
    for price_ticks in range(1, 200):
        now_ns += draw.choice([0, 1, 5, 40, 900])
        interval = now_ns // history.interval_ns
        old = [price for when, price in trades if when <= interval - INTERVALS]
        expected = old[-1] if old else trades[0][1] if trades else 0
        assert history.reference_ticks(now_ns) == expected
        if draw.random() < 0.6:
            history.record(now_ns, price_ticks)
            trades.append((interval, price_ticks))


@pytest.mark.parametrize("seed", range(20))
def test_mat_021_by_notional_buys_lot_by_lot(seed: int) -> None:
    draw = random.Random(seed)
    book = ReferenceBook(price_ticks_max=60, lots_max=9, wallets=3)
    each_lot = []
    for order_id in range(1, 8):
        price_ticks, lots = draw.randrange(20, 30), draw.randrange(1, 4)
        ask = CommandRow(kind=1, side=1, order_id=order_id, price_ticks=price_ticks, lots=lots)
        book.apply(ask)
        each_lot += [price_ticks] * lots
    each_lot = [price_ticks for price_ticks in sorted(each_lot) if price_ticks <= 27]
    amount = draw.randrange(1, 300)
    fitting = max(n for n in range(10) if sum(each_lot[:n]) <= amount and n <= len(each_lot))
    market = CommandRow(kind=1, wallet=1, order_type=1, tif=1, flags=64, order_id=9, amount=amount)
    [first, *trades] = book.apply(market._replace(price_ticks=27))
    spent = sum(trade.lots * trade.price_ticks for trade in trades)
    assert (first.lots, spent) == (fitting, sum(each_lot[:fitting]))


@pytest.mark.parametrize("seed", range(6))
def test_invariants_hold_after_each_of_many_small_commands(seed: int) -> None:
    """Few ids, prices and wallets, so that everything meets everything; half of it is refused."""
    draw = random.Random(seed)
    rules = ContractRules(volatility_ppb=300_000_000, lookback_ns=1_000, pause_ns=30)
    book = ReferenceBook(
        contracts=2, price_ticks_max=20, lots_max=9, wallets=5, owner_of=[0, 0, 1, 2, 3],
        class_of=[0, 0, 0, 1, 1], contract_rules=rules, book_rules=BookRules(triggers_max=2),
    )  # fmt: skip
    kinds = [1] * 40 + [3] * 6 + [5] * 6 + [28] * 5 + [2, 2, 2, 4, 6, 7, 8, 9, 25, 25, 26, 27, 30]
    now_ns, sequence = 0, 0
    for _ in range(1_500):
        now_ns += draw.choice([0, 0, 1, 20])
        kind = draw.choice(kinds)
        # Half of the states drawn are OPEN, or nothing would trade for long.
        side = draw.randrange(2) if kind != Command.CONTRACT_STATE else draw.choice([0, 0, 1, 5])
        command = CommandRow(
            now_ns, draw.randrange(2), kind, side, draw.choice([0, 0, 0, 1, *range(2, 24)]),
            draw.choice([0, 0, 1, 2, 3, 4]), draw.choice([0, 0, 0, 1, 2, 4, 9, 32, 64]),
            draw.randrange(4), draw.randrange(5), draw.randrange(12), draw.randrange(1, 20),
            draw.randrange(1, 20), draw.randrange(10), now_ns % 3 * 20 + draw.randrange(40),
        )  # fmt: skip
        events = book.apply(command)
        book.check()
        assert [event.sequence for event in events] == [
            *range(sequence + 1, sequence + 1 + len(events))
        ]
        assert all(now_ns >= event.time_ns for event in events)
        sequence += len(events)
