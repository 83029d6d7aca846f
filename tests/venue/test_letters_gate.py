"""Letters about standing, products, margin, index and funding; and what the scenarios behind them
prove to the unit, which their expectations cannot say: rows of the slow house.
"""

import pytest

from hkperp.letters.explain import facts_of
from hkperp.letters.letter import letter
from hkperp.replay.population import standings
from hkperp.reports.decisions import Row, rows_of
from hkperp.reports.run_folder import Standing
from hkperp_engine.codes import (
    Alert,
    CancelReason,
    Event,
    EventFlag,
    HouseWallet,
    IndexStatus,
    Posting,
    SourceStatus,
)
from letters_of import KEPT, kept_letter, letter_to, opened
from small_runs import slow_run

LETTERS = [
    ("lapsed-client", "client"),
    ("lapsed-client", "abroad"),
    ("lapsed-client", "carol"),
    ("gate", "afmm"),
    ("gate", "bob"),
    ("product-life", "alice"),
    ("product-life", "carol"),
    ("margin", "called"),
    ("margin", "alone"),
    ("margin", "alone:BTC-HKD-PERP"),
    ("margin", "bear"),
    ("index-faults", "client"),
    ("funding", "thin"),
    ("funding", "bob"),
]
MILLION = 1_000_000
MINUTE_NS = 60 * 10**9


@pytest.mark.parametrize(("name", "account"), LETTERS)
def test_a_letter_reads_as_it_is_kept(name: str, account: str) -> None:
    text = letter_to(name, account)
    assert text == kept_letter(name, account)
    assert max(len(line) for line in text.splitlines()) <= 100


def test_an_applicant_is_told_what_is_missing() -> None:
    """ELIG-02: a cent short of 8,000,000; the reason is in the record of a run."""
    run = opened("gate")
    found = tuple(Standing(**each) for each in standings(slow_run("gate").scenario))
    record = run.record._replace(standing=found)
    wallet = wallet_of("gate", "cent-short")
    text = letter(record, run.pack, wallet, facts_of(record, run.pack, run.reader, wallet))
    assert text == (KEPT / "gate-cent-short.txt").read_text("utf-8")


def wallet_of(name: str, account: str) -> int:
    wallet = opened(name).record.wallet_of(account)
    assert wallet is not None
    return wallet


def rows(name: str, kind: Event, account: str = "") -> list[Row]:
    """The events of a kind in a small scenario, of one account if it is named."""
    found = rows_of(opened(name).reader.of(kind))
    return [row for row in found if not account or row["wallet"] == wallet_of(name, account)]


def minute(name: str, row: Row) -> int:
    """In which minute of its scenario an event was."""
    return (row["time_ns"] - int(slow_run(name).scenario.start)) // MINUTE_NS


def test_a_lapsed_client_may_only_reduce() -> None:
    """TV-10 row by row: orders are named by their ids, sizes are lots of 0.1."""
    name = "lapsed-client"
    lapsed = [
        row for row in rows(name, Event.ORDER_CANCELLED, "client") if minute(name, row) == 11
    ]
    assert [(row["order_id"], row["code"]) for row in lapsed] == [
        (12, CancelReason.LAPSED),
        (11, CancelReason.LAPSED),
    ]
    amended = [row for row in rows(name, Event.ORDER_AMENDED, "client") if minute(name, row) == 11]
    assert [(row["order_id"], row["lots"]) for row in amended] == [(14, 10), (13, 6)]
    assert all(row["flags"] & EventFlag.REDUCE_ONLY for row in amended)
    taken = [row for row in rows(name, Event.ORDER_ACCEPTED, "client") if minute(name, row) == 12]
    assert [(row["order_id"], row["lots"]) for row in taken] == [(17, 10), (19, 10)]
    assert all(row["flags"] & EventFlag.REDUCE_ONLY for row in taken)
    reduced = [row for row in rows(name, Event.ORDER_REDUCED, "client") if minute(name, row) == 13]
    assert sorted((row["order_id"], row["lots"]) for row in reduced) == [(14, 6), (17, 6), (19, 6)]
    # Paid in less fees and what it took out; its gain of 14,000 waits for the next cycle.
    wallet = slow_run(name).machine.house.wallets[wallet_of(name, "client")]
    fees = 250 * MILLION + 61_200_000 + 41_600_000  # 5 bp of 500,000; 2 bp of 306,000 and 208,000
    assert wallet.cash == 900_000 * MILLION - fees
    assert wallet.pending == 14_000 * MILLION


def test_a_final_price_is_the_mean_of_sixty_samples() -> None:
    """GAT-021: 24 samples of 900 ticks and 36 of 950: 930."""
    (price,) = rows("product-life", Event.FINAL_PRICE)
    assert (price["price_ticks"], price["lots"]) == ((24 * 900 + 36 * 950) // 60, 60)
    cash = {
        each: slow_run("product-life").machine.house.wallets[wallet_of("product-life", each)]
        for each in ("alice", "bob")
    }
    assert cash["alice"].cash == 9_929_500_000  # 10,000 - 70 - 0.50
    assert cash["bob"].cash == 0  # 10,000 + 70 - 0.20, all taken out


def test_an_isolated_wallet_loses_all_and_the_cross_wallet_nothing() -> None:
    """MRG-13: 60,000 are lost, 125 more are the platform's; the 90,000 were there to the unit."""
    wallets = slow_run("margin").machine.house.wallets
    assert wallets[wallet_of("margin", "alone:BTC-HKD-PERP")].cash == 0
    cross = wallet_of("margin", "alone")
    assert wallets[cross].cash == 0
    (taken,) = [
        row for row in rows("margin", Event.POSTING, "alone") if row["code"] == Posting.WITHDRAWAL
    ]
    assert taken["amount"] == 90_000 * MILLION


def test_what_an_order_locks_is_all_that_cannot_leave() -> None:
    """TV-4: of 100,000 an order of 0.99 at 500,000 leaves 752.50."""
    left = [
        row["amount"]
        for row in rows("margin", Event.POSTING, "tv4")
        if row["code"] == Posting.WITHDRAWAL
    ]
    assert left == [100_000 * MILLION - (99_000_000_000 + 247_500_000)]


def test_one_faulty_source_leaves_the_index_among_the_honest() -> None:
    """VAL-02: stale, crossed, ten times the price: 499,900 <= index <= 500,100 until 00:22."""
    name = "index-faults"
    sources = rows(name, Event.INDEX_SOURCE)
    seen = {row["code"] for row in sources if minute(name, row) < 20}
    assert seen == {
        SourceStatus.USED,
        *(SourceStatus.STALE, SourceStatus.CROSSED, SourceStatus.OUTLYING),
    }
    worst = max(row["price_ticks"] for row in sources if row["code"] == SourceStatus.OUTLYING)
    assert worst == 500_000
    early = [row for row in rows(name, Event.INDEX) if minute(name, row) < 22]
    assert len(early) == 22
    assert all(row["code"] == IndexStatus.GOOD for row in early)
    assert all(49_990 <= row["price_ticks"] <= 50_010 for row in early)


def test_alerts_end_as_they_began() -> None:
    """VAL-06: each alert has a minute in which it begins and one in which it ends."""
    found: dict[int, list[tuple[int, int]]] = {}
    for row in rows("index-faults", Event.ALERT):
        found.setdefault(row["code"], []).append((minute("index-faults", row), row["flags"]))
    assert {Alert(code).name: spans for code, spans in found.items()} == {
        "DISPERSION": [(15, 1), (17, 0)],
        "SOURCES": [(6, 1), (8, 0), (10, 1), (12, 0), (15, 1), (17, 0), (22, 1), (31, 0)],
        "LADDER": [(22, 1), (31, 0)],
    }


def test_nobody_is_liquidated_on_a_stale_mark() -> None:
    """LIQ-07: all that is done about a margin is done at 00:33, at the first good mark."""
    name = "index-faults"
    done = [*rows(name, Event.LIQUIDATION_ORDER), *rows(name, Event.MARGIN_STATE)]
    assert {minute(name, row) for row in done} == {33}


def test_funding_is_paid_to_the_unit() -> None:
    """TV-7, FND-02, FND-05: what each pays and receives, and what is left for rounding."""
    paid: dict[int, dict[int, int]] = {}
    for row in rows("funding", Event.FUNDING):
        paid.setdefault(minute("funding", row) // 60, {})[row["wallet"]] = row["amount"]
    alice, bob, carol, thin, maker = (
        wallet_of("funding", each) for each in ("alice", "bob", "carol", "thin", "maker")
    )
    first = {alice: -100 * MILLION, bob: 75 * MILLION, carol: 25 * MILLION}
    assert paid[1] == paid[2] == first
    assert paid[3] == {each: 3 * amount for each, amount in first.items()}
    assert paid[4] == {
        alice: -91_396_000,
        bob: 68_547_000,
        carol: 22_849_000,
        thin: -45_698_000,
        maker: 45_698_000,
    }
    assert paid[5] == {
        alice: -215_754_882,
        bob: 161_816_161,
        carol: 53_938_720,
        thin: -62_568_916,
        maker: 62_568_915,
    }
    assert [sum(each.values()) for each in paid.values()] == [0, 0, 0, 0, -2]
    assert slow_run("funding").machine.house.wallets[HouseWallet.ROUNDING].cash == 2
    rates = [(row["amount"], row["lots"]) for row in rows("funding", Event.FUNDING_RATE)]
    # Half an hour of halt leaves 360 of 720 samples; the step is 200,000 ppb.
    assert rates == [
        (100_000, 720),
        (100_000, 360),
        (300_000, 720),
        (100_000, 720),
        (236_066, 720),
    ]


def test_gains_that_are_not_settled_are_told_as_the_reason() -> None:
    """MRG-12: 60,000 of 89,950 carry nothing."""
    text = " ".join(letter_to("margin", "bear").split())
    assert "of the equity of 89,950.00 gains of 60,000.00 are not settled yet" in text
