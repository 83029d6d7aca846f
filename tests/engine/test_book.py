"""The fast book by the rules it serves, and the mistakes that order books are known for.

More tables, played on both books, are in `book_tables.py`.
"""

import numpy as np
import pytest

import book_text
from book_desk import Desk
from hkperp_engine.codes import Event, EventFlag, OrderFlag, Reject, Side
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book

#: rule or mistake -> what must happen instead
TABLES = {
    "AFMM-01 clients first: TV-1": """
        afmm  sell 1 x5 @100    -> accepted
        alice sell 2 x3 @100    -> accepted
        afmm  sell 3 x2 @100    -> accepted
        bob   buy  4 x4 @100    -> accepted, trade 2 x3 @100, trade 1 x1 @100
        asks                    -> 1 x4 @100, 3 x2 @100
    """,
    "AFMM-01 a client who comes later stands before a part-filled affiliate": """
        afmm  sell 1 x5 @100    -> accepted
        bob   buy  2 x2 @100    -> accepted, trade 1 x2 @100
        alice sell 3 x3 @100    -> accepted
        bob   buy  4 x4 @100    -> accepted, trade 3 x3 @100, trade 1 x1 @100
    """,
    "AFMM-01 after an amendment": """
        alice sell 1 x3 @101    -> accepted
        afmm  sell 2 x3 @100    -> accepted
        alice amend 1 x3 @100   -> amended 1 x3 @100
        asks                    -> 1 x3 @100, 2 x3 @100
        afmm  amend 2 x5 @100   -> amended 2 x5 @100
        asks                    -> 1 x3 @100, 2 x5 @100
    """,
    "AFMM-02 price before class: TV-2": """
        afmm  sell 1 x5 @1000   -> accepted
        alice sell 2 x3 @1000   -> accepted
        afmm  sell 3 x2 @1000   -> accepted
        afmm  sell 5 x1 @999    -> accepted
        bob   buy  4 x2 @1000   -> accepted, trade 5 x1 @999, trade 2 x1 @1000
    """,
    "SURV-03 newest: the taker goes": """
        alice sell 1 x2 @100          -> accepted
        alice2 buy 2 x5 @100 newest   -> accepted, cancelled 2 x5 SELF_TRADE
        asks                          -> 1 x2 @100
    """,
    "SURV-03 oldest: the maker goes": """
        alice sell 1 x2 @100          -> accepted
        alice2 buy 2 x5 @100 oldest   -> accepted, cancelled 1 x2 SELF_TRADE
        bids                          -> 2 x5 @100
        asks                          -> empty
    """,
    "SURV-03 both: the maker, then the taker": """
        alice sell 1 x2 @100          -> accepted
        alice2 buy 2 x5 @100 both     -> accepted, cancelled 1 x2 SELF_TRADE, \
cancelled 2 x5 SELF_TRADE
        asks                          -> empty
        bids                          -> empty
    """,
    "SURV-03 decrement: both by the smaller": """
        alice sell 1 x2 @100            -> accepted
        alice2 buy 2 x5 @100 decrement  -> accepted, cancelled 1 x2 SELF_TRADE, \
reduced 2 x2 SELF_TRADE
        alice sell 3 x4 @100 decrement  -> accepted, cancelled 2 x3 SELF_TRADE, \
reduced 3 x3 SELF_TRADE
        asks                            -> 3 x1 @100
        alice2 buy 4 x1 @100 decrement  -> accepted, cancelled 3 x1 SELF_TRADE, \
cancelled 4 x1 SELF_TRADE
    """,
    "SURV-03 an amendment is no hole in it": """
        alice  sell 1 x2 @100           -> accepted
        alice2 buy  2 x5 @99 oldest     -> accepted
        alice2 amend 2 x5 @100          -> amended 2 x5 @100, cancelled 1 x2 SELF_TRADE
        alice  sell 3 x2 @101           -> accepted
        alice2 buy  4 x1 @98 newest     -> accepted
        alice2 amend 4 x3 @101          -> amended 4 x3 @101, cancelled 4 x3 SELF_TRADE
        alice2 cancel 4                 -> refused ORDER_UNKNOWN
    """,
    "a maker keeps its place after a part of it traded": """
        alice sell 1 x5 @100   -> accepted
        bob   sell 2 x5 @100   -> accepted
        carol buy  3 x2 @100   -> accepted, trade 1 x2 @100
        asks                   -> 1 x3 @100, 2 x5 @100
        carol buy  4 x4 @100   -> accepted, trade 1 x3 @100, trade 2 x1 @100
    """,
    "a best price that was cancelled is not a best price": """
        alice buy  1 x1 @100   -> accepted
        alice buy  2 x1 @90    -> accepted
        alice cancel 1         -> cancelled 1 x1 REQUESTED
        bob   sell 3 x1 @95    -> accepted
        bob   sell 4 x1 @90    -> accepted, trade 2 x1 @90
        asks                   -> 3 x1 @95
        bids                   -> empty
    """,
    "a cancel in the middle keeps its neighbours, first and last too": """
        alice buy 1 x1 @100    -> accepted
        bob   buy 2 x1 @100    -> accepted
        alice buy 3 x1 @100    -> accepted
        bob   buy 4 x1 @100    -> accepted
        bob   cancel 2         -> cancelled 2 x1 REQUESTED
        bids                   -> 1 x1 @100, 3 x1 @100, 4 x1 @100
        bob   cancel 4         -> cancelled 4 x1 REQUESTED
        alice cancel 1         -> cancelled 1 x1 REQUESTED
        bids                   -> 3 x1 @100
        bob   buy 5 x1 @100    -> accepted
        carol sell 6 x2 @100   -> accepted, trade 3 x1 @100, trade 5 x1 @100
    """,
    "an order that is filled is gone, its id is free": """
        alice sell 1 x2 @100   -> accepted
        bob   buy  2 x2 @100   -> accepted, trade 1 x2 @100
        alice cancel 1         -> refused ORDER_UNKNOWN
        bob   cancel 2         -> refused ORDER_UNKNOWN
        alice amend 1 x1 @100  -> refused ORDER_UNKNOWN
        carol buy  1 x1 @90    -> accepted
        alice cancel 1         -> refused ORDER_UNKNOWN
        carol cancel 1         -> cancelled 1 x1 REQUESTED
        carol sell 1 x1 @90    -> accepted
    """,
    "an id that is live is nobody else's, whatever happens to it": """
        alice sell 1 x5 @100       -> accepted
        bob   buy  1 x1 @50        -> refused ORDER_ID_IN_USE
        carol buy  2 x2 @100       -> accepted, trade 1 x2 @100
        alice sell 1 x1 @100       -> refused ORDER_ID_IN_USE
        alice amend 1 x1 @100      -> amended 1 x1 @100
        bob   sell 1 x1 @100 post  -> refused ORDER_ID_IN_USE
        asks                       -> 1 x1 @100
    """,
    "fill or kill looks behind the best level": """
        alice sell 1 x2 @100   -> accepted
        alice sell 2 x2 @101   -> accepted
        bob   sell 3 x9 @103   -> accepted
        carol buy 4 x5 @102 fok -> refused FOK_NOT_FILLABLE
        carol buy 4 x4 @102 fok -> accepted, trade 1 x2 @100, trade 2 x2 @101
    """,
    "an amendment that crosses trades": """
        alice sell 1 x2 @100   -> accepted
        bob   buy  2 x5 @99    -> accepted
        bob   amend 2 x5 @101  -> amended 2 x5 @101, trade 1 x2 @100
        bids                   -> 2 x3 @101
        alice sell 3 x3 @90    -> accepted, trade 2 x3 @101
    """,
    "an amendment to its own price and quantity keeps the place, one lot more loses it": """
        alice sell 1 x5 @100   -> accepted
        bob   sell 2 x5 @100   -> accepted
        alice amend 1 x5 @100  -> amended 1 x5 @100
        asks                   -> 1 x5 @100, 2 x5 @100
        alice amend 1 x6 @100  -> amended 1 x6 @100
        asks                   -> 2 x5 @100, 1 x6 @100
        bob   amend 2 x1 @100  -> amended 2 x1 @100
        asks                   -> 2 x1 @100, 1 x6 @100
    """,
    "an amendment filled whole leaves nothing behind": """
        alice sell 1 x5 @100   -> accepted
        bob   buy  2 x2 @99    -> accepted
        bob   amend 2 x3 @100  -> amended 2 x3 @100, trade 1 x3 @100
        bob   cancel 2         -> refused ORDER_UNKNOWN
        bob   buy  2 x1 @99    -> accepted
        bids                   -> 2 x1 @99
    """,
}


@pytest.mark.parametrize("name", TABLES)
def test_table(name: str) -> None:
    Desk().play(TABLES[name])


def test_afmm03_trades_name_the_affiliate_and_the_taker_side() -> None:
    desk = Desk()
    flags = []
    for text in (
        "afmm sell 1 x1 @100",
        "alice buy 2 x1 @100",
        "alice buy 3 x1 @100",
        "afmm sell 4 x1 @100",
        "afmm buy 5 x2 @100",
        "alice sell 6 x1 @100",
        "bob sell 7 x1 @100",
        "bob sell 8 x1 @99",
        "carol buy 9 x1 @99",
    ):
        events = desk.apply(book_text.command_of(text))
        flags += [event.flags for event in events if event.kind == Event.TRADE]
    assert flags == [
        EventFlag.MAKER_AFMM,
        EventFlag.TAKER_AFMM | EventFlag.SELL,
        EventFlag.MAKER_AFMM | EventFlag.SELL,
        EventFlag.MAKER_AFMM | EventFlag.SELL,
        0,
    ]


def test_level_lots_are_conserved() -> None:
    """Lots of a level fall by what traded, was cancelled or amended away, and by nothing else."""
    desk = Desk()
    for text, expected in (
        ("alice sell 1 x5 @100", [(100, 5, 1)]),
        ("bob sell 2 x7 @100", [(100, 12, 2)]),
        ("afmm sell 3 x2 @100", [(100, 14, 3)]),
        ("carol buy 4 x6 @100", [(100, 8, 2)]),
        ("bob amend 2 x4 @100", [(100, 6, 2)]),
        ("bob sell 5 x1 @101", [(100, 6, 2), (101, 1, 1)]),
        ("alice buy 6 x5 @100 ioc", [(100, 1, 1), (101, 1, 1)]),
        ("afmm cancel 3", [(101, 1, 1)]),
        ("bob cancel 5", []),
    ):
        desk.answer(text)
        assert desk.depth(Side.SELL) == expected, text


def test_post_only_survives_an_amendment() -> None:
    """Also its self-trade mode, its flags, its owner and its class (docs/book.md section 4)."""
    desk = Desk()
    desk.answer("alice sell 1 x2 @100")
    desk.answer("bob buy 2 x2 @99 post both")
    before = desk.orders(0, Side.BUY)[0]
    assert before.flags == OrderFlag.POST_ONLY
    assert desk.answer("bob amend 2 x9 @98") == "amended 2 x9 @98"
    assert desk.orders(0, Side.BUY)[0] == before._replace(price_ticks=98, lots_left=9)
    assert desk.answer("bob amend 2 x9 @100") == "refused POST_ONLY_WOULD_TRADE"


def test_wallet_list_keeps_the_place_of_an_amended_order() -> None:
    """Newest first by acceptance; an amendment that goes to the back of a queue stays there."""
    desk = Desk()
    for order_id, price_ticks in ((1, 100), (2, 101), (3, 100)):
        desk.answer(f"alice sell {order_id} x1 @{price_ticks}")
    desk.answer("alice amend 1 x9 @102")
    state = desk.book.state
    slot = int(state.owners["order_head"][book_text.WALLETS.index("alice")])
    found = []
    while slot:
        found.append(int(state.orders["order_id"][slot]))
        slot = int(state.orders["wallet_next"][slot])
    assert found == [3, 2, 1]
    assert [order.order_id for order in desk.orders(0, Side.SELL)] == [3, 2, 1]


def test_refusal_changes_nothing_but_the_sequence() -> None:
    desk = Desk()
    desk.play("""
        alice sell 1 x2 @100     -> accepted
        bob   buy  2 x2 @90      -> accepted
    """)
    before = desk.book.state_hash()
    for text in (
        "bob buy 3 x3 @100 fok",
        "bob buy 3 x3 @100 post",
        "bob buy 1 x3 @100",
        "bob amend 2 x1 @1001",
        "bob amend 2 x101 @90",
        "carol cancel 2",
    ):
        assert desk.answer(text).startswith("refused")
        desk.book.state.engine["sequence"] -= 1
        assert desk.book.state_hash() == before, text


def test_unknown_commands_are_refused() -> None:
    book = Book(price_ticks_max=10, lots_max=10, wallets=1)
    rows = np.zeros(4, COMMAND)
    rows["kind"] = 0, 4, -1, 127
    events = book.apply(rows)
    assert set(events["code"].tolist()) == {Reject.COMMAND_UNKNOWN}
    assert events["amount"].tolist() == [0, 4, -1, 127]


def test_submit_and_send_answer_like_apply() -> None:
    """The three ways to give one command, also when the ring is too small for the answer."""
    books = [Book(price_ticks_max=9, lots_max=9, wallets=9, capacities=(1, 1, 2)) for _ in "abc"]
    for i in range(1, 9):
        row = np.zeros(1, COMMAND)
        row["kind"], row["order_id"], row["wallet"], row["lots"] = 1, i, i, 1
        row["price_ticks"], row["side"] = 5, Side.SELL
        if i == 8:
            row["side"], row["lots"] = Side.BUY, 9
        answers = [
            books[0].apply(row),
            books[1].submit(*row[0].tolist()),
            books[2].send(**{name: row[name][0] for name in COMMAND.names}),
        ]
        assert len({answer.tobytes() for answer in answers}) == 1
    assert len(answers[0]) == 8
    assert len({book.state_hash() for book in books}) == 1
