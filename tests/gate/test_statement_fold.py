"""The fold behind a statement, event by event: money, positions, settlement, periods."""

import msgspec
import pytest

from hkperp.reports.statement import fold
from hkperp.reports.statement_types import Statement, posting_name
from hkperp_engine.codes import Event, EventFlag, HouseWallet, Posting

ME, OTHER = 17, 18
FIELDS = (
    "sequence time_ns kind code contract flags wallet counter_wallet order_id counter_order_id "
    "price_ticks lots amount"
).split()


def written(*events: dict) -> list[dict[str, int]]:
    """Events as rows; sequence and time count up."""
    return [
        dict.fromkeys(FIELDS, 0) | {"sequence": number, "time_ns": number * 10} | event
        for number, event in enumerate(events, 1)
    ]


def posting(code: int, payer: int, receiver: int, amount: int, **fields: int) -> dict:
    known = {"kind": Event.POSTING, "code": code, "wallet": payer, "counter_wallet": receiver}
    return known | {"amount": amount} | fields


def mark(price_ticks: int) -> dict:
    return {"kind": Event.MARK, "price_ticks": price_ticks}


def trade(maker: int, taker: int, lots: int, price_ticks: int, flags: int = 0) -> dict:
    known = {"kind": Event.TRADE, "wallet": maker, "counter_wallet": taker, "flags": flags}
    return known | {"lots": lots, "price_ticks": price_ticks}


CYCLE = ({"kind": Event.CYCLE}, {"kind": Event.CYCLE_DONE})


def statement(*events: dict, wallet: int = ME, **period: int) -> Statement:
    found = fold(written(*events), wallet, [1], 2, **period)
    assert found.breaks() == []
    return found


# type of posting, from, to, asset, amount: what the wallet has then
POSTINGS = [
    (Posting.DEPOSIT, HouseWallet.EXTERNAL, ME, 0, 500),
    (Posting.WITHDRAWAL, ME, HouseWallet.EXTERNAL, 0, -120),
    (Posting.TRANSFER, OTHER, ME, 1, 40),
    (Posting.TRANSFER, ME, OTHER, 1, -15),
    (Posting.REDEMPTION, ME, HouseWallet.EXTERNAL, 1, -5),
    (Posting.DEPOSIT_REVERSED, ME, HouseWallet.EXTERNAL, 0, -80),
    (99, HouseWallet.FEES, ME, 0, 7),
    (99, ME, HouseWallet.FEES, 1, -2),
    (Posting.TRANSFER, OTHER, HouseWallet.FEES, 0, 0),  # not of this wallet
]


def test_every_posting_counts_whatever_its_type() -> None:
    """Money moves by postings: also by types that nobody has thought of yet."""
    rows = [
        posting(code, payer, receiver, abs(amount) or 1, contract=asset)
        for code, payer, receiver, asset, amount in POSTINGS
    ]
    found = statement(*rows)
    assert found.closing.balances == (500 - 120 - 80 + 7, 40 - 15 - 5 - 2)
    amounts = [amount for *_, amount in POSTINGS if amount]
    assert [each.amount for each in found.movements] == amounts
    totals = {posting_name(each.code): (each.received, each.paid) for each in found.totals(1)}
    assert totals == {"transfer": (40, 15), "redemption": (0, 5), "posting 99": (0, 2)}


def test_what_is_not_cleared_is_in_no_balance() -> None:
    """(GAT-034, GAT-035) Of 300 awaited 100 are cleared and 50 go back."""
    outside, waiting = HouseWallet.EXTERNAL, HouseWallet.UNCLEARED
    found = statement(
        posting(Posting.DEPOSIT_UNCLEARED, outside, waiting, 300, order_id=ME),
        posting(Posting.DEPOSIT_UNCLEARED, outside, waiting, 999, order_id=OTHER),
        posting(Posting.DEPOSIT_CLEARED, waiting, ME, 100, order_id=ME),
        posting(Posting.DEPOSIT_RETURNED, waiting, outside, 50, order_id=ME),
    )
    assert found.closing.balances == (100, 0)
    assert found.closing.awaited == (150, 0)
    assert [each.amount for each in found.movements] == [100]


# lots bought (below 0 sold) at ticks, then: lots, entry cost, realised; tick value 1
BOOKS = [
    ([(10, 100)], (10, 1000, 0)),
    ([(10, 100), (10, 110)], (20, 2100, 0)),
    ([(10, 100), (-4, 130)], (6, 600, 120)),
    ([(10, 100), (-10, 130)], (0, 0, 300)),
    ([(10, 100), (-15, 130)], (-5, -650, 300)),
    ([(-10, 100), (4, 130)], (-6, -600, -120)),
    ([(-10, 100), (15, 90)], (5, 450, 100)),
    ([(2, 100), (1, 101), (-1, 100)], (2, 201, 0)),  # a third of 301 is 100, rounded down
    ([(-2, 100), (-1, 101), (1, 100)], (-2, -201, 0)),
]


@pytest.mark.parametrize(("fills", "expected"), BOOKS)
@pytest.mark.parametrize("is_maker", [True, False])
def test_positions_and_realised_results(fills: list, expected: tuple, is_maker: bool) -> None:
    """(SETL-01) What is closed is realised, maker or taker; the mark is 120."""
    rows = []
    for lots, price_ticks in fills:
        is_sale = (lots > 0) == is_maker  # the taker sells if the maker buys
        who = (ME, OTHER) if is_maker else (OTHER, ME)
        rows.append(trade(*who, abs(lots), price_ticks, EventFlag.SELL * is_sale))
    found = statement(*rows, mark(120)).closing.contracts[0]
    assert (found.lots, found.entry_cost_quote, found.realised_quote) == expected
    assert found.unrealised_quote == expected[0] * 120 - expected[1]
    paid = sum(lots * price for lots, price in fills)
    assert found.realised_quote + found.unrealised_quote == expected[0] * 120 - paid


def test_a_busted_trade_leaves_nothing() -> None:
    """(SETL-01) Booked back at its price, and the fee is returned."""
    bust = {"kind": Event.TRADE_BUSTED, "wallet": OTHER, "counter_wallet": ME, "order_id": 2}
    found = statement(
        posting(Posting.DEPOSIT, 0, ME, 1000),
        trade(OTHER, ME, 3, 100),
        posting(Posting.FEE, ME, HouseWallet.FEES, 6),
        mark(90),
        bust | {"lots": 3, "price_ticks": 100},
        posting(Posting.FEE_REFUND, HouseWallet.FEES, ME, 6, order_id=2),
    ).closing
    assert found.balances == (1000, 0)
    assert (found.contracts[0].lots, found.result_quote, found.variation_quote) == (0, 0, 0)


def test_a_final_settlement_closes_at_the_final_price() -> None:
    """(GAT-021)"""
    final = {"kind": Event.FINAL_SETTLEMENT, "wallet": ME, "price_ticks": 150, "lots": -4}
    found = statement(
        posting(Posting.DEPOSIT, 0, ME, 1000),
        trade(ME, OTHER, 4, 100),
        mark(120),
        {"kind": Event.FINAL_PRICE, "price_ticks": 150},
        final,
        CYCLE[0],
        posting(Posting.VARIATION_PAID, ME, HouseWallet.SETTLEMENT, 200),
        CYCLE[1],
    ).closing
    assert (found.balances[0], found.contracts[0].lots) == (800, 0)
    assert (found.contracts[0].realised_quote, found.unexplained_quote) == (-200, 0)


def test_a_loss_that_nobody_owes() -> None:
    """(PROD-03) 100 were there, 250 were lost: 150 were not collected, and are not owed."""
    found = statement(
        posting(Posting.DEPOSIT, 0, ME, 100),
        trade(OTHER, ME, 5, 100),
        mark(50),
        CYCLE[0],
        posting(Posting.VARIATION_PAID, ME, HouseWallet.SETTLEMENT, 100),
        CYCLE[1],
    ).closing
    assert (found.result_quote, found.paid_quote, found.uncollected_quote) == (-250, 100, 150)
    assert (found.balances[0], found.unexplained_quote) == (0, 0)


def test_a_claim_that_is_paid_back_in_the_cycle_that_took_all() -> None:
    """(INV-13) All 100 were taken of a loss of 250; the 40 that came back then were not there."""
    haircut = {"kind": Event.HAIRCUT, "wallet": ME, "amount": 60, "order_id": 3}
    found = statement(
        trade(OTHER, ME, 5, 100),
        mark(132),
        CYCLE[0],
        haircut,
        posting(Posting.VARIATION_RECEIVED, HouseWallet.SETTLEMENT, ME, 100),
        CYCLE[1],
        mark(82),
        CYCLE[0],
        posting(Posting.VARIATION_PAID, ME, HouseWallet.SETTLEMENT, 100),
        posting(Posting.CLAIM_REPAYMENT, HouseWallet.PLATFORM, ME, 40, order_id=3),
        CYCLE[1],
    ).closing
    assert (found.balances[0], found.uncollected_quote, found.unexplained_quote) == (40, 150, 0)
    (claim,) = found.claims
    assert (claim.loss_id, claim.given_up_quote, claim.open_quote) == (3, 60, 20)


def test_a_settlement_without_a_reason_is_shown() -> None:
    """Neither hidden nor mixed with what is known: here a payment of 30 for a gain of 20."""
    rows = (
        posting(Posting.DEPOSIT, 0, ME, 100),
        trade(OTHER, ME, 2, 100),
        mark(110),
        CYCLE[0],
        posting(Posting.VARIATION_RECEIVED, HouseWallet.SETTLEMENT, ME, 30),
        CYCLE[1],
    )
    assert statement(*rows).closing.unexplained_quote == 10
    rows = (*rows[:4], rows[5])
    assert statement(*rows).closing.unexplained_quote == -20


def test_a_statement_that_does_not_add_up_is_noticed() -> None:
    found = statement(posting(Posting.DEPOSIT, 0, ME, 100), posting(Posting.DEPOSIT, 0, ME, 5))
    first, second = found.movements
    closing = msgspec.structs.replace(found.closing, balances=(104, 0))
    result = msgspec.structs.replace(found.closing, received_quote=1)
    broken = (
        msgspec.structs.replace(found, movements=(first,)),
        msgspec.structs.replace(found, movements=(second, first)),
        msgspec.structs.replace(found, closing=closing),
        msgspec.structs.replace(found, closing=result),
    )
    assert all(each.breaks() for each in broken)


def test_a_period_takes_what_is_in_it() -> None:
    """From the beginning, which counts, to the end, which does not."""
    rows = [posting(Posting.DEPOSIT, 0, ME, amount) for amount in (1, 10, 100, 1000)]
    found = statement(*rows, begin_ns=20, end_ns=40)
    assert (found.opening.balances[0], found.closing.balances[0]) == (1, 111)
    assert [each.sequence for each in found.movements] == [2, 3]
    late = statement(*rows, begin_ns=41)
    assert (late.opening, late.movements) == (late.closing, ())
    early = statement(*rows, end_ns=10)
    assert early.closing.balances == (0, 0)
