"""The fast book by the rules it serves.

More tables, played on both books, are in `book_tables*.py`; the mistakes that order books are
known for in `test_bug_list.py`.
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


def test_post_only_survives_an_amendment() -> None:
    """Also its self-trade mode, its flags, its owner and its class (docs/book.md section 4)."""
    desk = Desk()
    desk.answer("alice sell 1 x2 @100")
    desk.answer("bob buy 2 x2 @99 post both")
    before = desk.orders(0, Side.BUY)[0]
    assert before.flags == OrderFlag.POST_ONLY
    assert desk.answer("bob amend 2 x9 @98") == "amended 2 x9 @98"
    assert desk.orders(0, Side.BUY)[0] == before._replace(
        price_ticks=98, lots_left=9, shown_lots=9
    )
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
    rows["kind"] = 0, 10, -1, 127
    events = book.apply(rows)
    assert set(events["code"].tolist()) == {Reject.COMMAND_UNKNOWN}
    assert events["amount"].tolist() == [0, 10, -1, 127]


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
