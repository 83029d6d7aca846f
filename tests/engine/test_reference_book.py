"""The slow book against rows written by hand: an oracle has to be tested by something else.

The rules of matching are in the tables of `test_book_tables`.
"""

import ast
from pathlib import Path
from sys import stdlib_module_names

import pytest

import book_text
from hkperp_engine import reference
from hkperp_engine.codes import CancelReason, Command, Event, EventFlag, Reject, Side, TimeInForce
from hkperp_engine.reference import CommandRow, EventRow, ReferenceBook

ALICE, BOB, AFMM = (book_text.WALLETS.index(name) for name in ("alice", "bob", "afmm"))


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


# Each row is a good order with one or more fields broken, and the refusal that comes first.
MALFORMED = [
    ({"kind": 0}, Reject.COMMAND_UNKNOWN),
    ({"kind": Command.DEPOSIT, "contract": -1}, Reject.COMMAND_UNKNOWN),
    ({"contract": 2, "wallet": -1}, Reject.CONTRACT_UNKNOWN),
    ({"contract": -1}, Reject.CONTRACT_UNKNOWN),
    ({"wallet": 6, "side": 2}, Reject.WALLET_UNKNOWN),
    ({"wallet": -1}, Reject.WALLET_UNKNOWN),
    ({"side": 2, "order_type": 2}, Reject.SIDE_INVALID),
    ({"side": -1}, Reject.SIDE_INVALID),
    ({"order_type": 2}, Reject.ORDER_KIND_INVALID),
    ({"order_type": -1}, Reject.ORDER_KIND_INVALID),
    ({"order_type": 1}, Reject.ORDER_KIND_INVALID),  # MARKET with GTC
    ({"tif": 3}, Reject.ORDER_KIND_INVALID),
    ({"tif": -1}, Reject.ORDER_KIND_INVALID),
    ({"stp": 4}, Reject.ORDER_KIND_INVALID),
    ({"stp": -1}, Reject.ORDER_KIND_INVALID),
    ({"flags": 4}, Reject.ORDER_KIND_INVALID),
    ({"flags": -1, "order_id": 0}, Reject.ORDER_KIND_INVALID),
    ({"order_id": -1, "price_ticks": 0}, Reject.ORDER_ID_INVALID),
    ({"price_ticks": -1, "lots": 0}, Reject.PRICE_INVALID),
    ({"lots": -1}, Reject.LOTS_INVALID),
]


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
    """It shares the numbers of `codes` with the fast book and nothing else."""
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    plain = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    others = {module for module in modules if module.partition(".")[0] not in stdlib_module_names}
    assert (others, plain) == ({"sortedcontainers", "hkperp_engine.codes"}, [])


def test_check_finds_a_crossed_book(book: ReferenceBook) -> None:
    book.apply(book_text.command_of("alice sell 1 x1 @100"))
    book.apply(book_text.command_of("bob buy 2 x1 @99"))
    book.check()
    next(iter(book._live.values())).price_ticks = 98
    with pytest.raises(AssertionError):
        book.check()
