"""Letters of warnings, liquidations, takeovers and a failed issuer; and what the scenarios behind
them prove to the unit, which their expectations cannot say: rows of the slow house.
"""

import pytest

from hkperp.reports.decisions import Row, rows_of
from hkperp_engine.codes import (
    Event,
    Explain,
    HouseWallet,
    Layer,
    Posting,
    Reject,
)
from letters_of import kept_letter, letter_to, opened
from small_runs import slow_run

LETTERS = [
    ("liquidation", "tv5"),
    ("liquidation", "slow"),
    ("liquidation", "late"),
    ("takeover", "alice"),
    ("takeover", "dora"),
    ("takeover", "bold"),
    ("takeover", "calm"),
    ("takeover", "backer"),
    ("limits", "bob"),
    ("issuer-default", "holder"),
    ("issuer-default", "long"),
    ("issuer-default", "waits"),
]
HKD = 1_000_000
MINUTE_NS = 60 * 10**9
#: What the margin test does, and what it does it with.
TESTED = (Event.MARGIN_STATE, Event.MARGIN_NOTICE, Event.LIQUIDATION_ORDER, Event.TAKEOVER)


@pytest.mark.parametrize(("name", "account"), LETTERS)
def test_a_letter_reads_as_it_is_kept(name: str, account: str) -> None:
    text = letter_to(name, account)
    assert text == kept_letter(name, account)
    assert max(len(line) for line in text.splitlines()) <= 100


def wallet_of(name: str, account: str) -> int:
    wallet = opened(name).record.wallet_of(account)
    assert wallet is not None
    return wallet


def names_of(name: str) -> dict[int, str]:
    """The participants of a small scenario by wallet."""
    people = opened(name).record.participants
    return {HouseWallet.CLIENTS + place: each for place, each in enumerate(people)}


def rows(name: str, kind: Event, account: str = "") -> list[Row]:
    """The events of a kind in a small scenario, of one account if it is named."""
    found = rows_of(opened(name).reader.of(kind))
    return [row for row in found if not account or row["wallet"] == wallet_of(name, account)]


def minute(name: str, row: Row) -> int:
    """In which minute of its scenario an event was."""
    return (row["time_ns"] - int(slow_run(name).scenario.start)) // MINUTE_NS


def test_notices_come_at_80_90_and_95_percent() -> None:
    """LIQ-06, as levels 1 to 3: the step before each has none; slow and late skip levels."""
    who = names_of("liquidation")
    told = [
        (minute("liquidation", row), who[row["wallet"]], row["code"])
        for row in rows("liquidation", Event.MARGIN_NOTICE)
    ]
    assert told == [
        (11, "tv5", 1),
        (12, "tv5", 2),
        (13, "tv5", 3),
        (14, "slow", 1),
        (20, "late", 3),
        (20, "slow", 3),
    ]


def test_the_least_is_sold_within_the_collar_and_half_of_what_rests() -> None:
    """TV-5, LIQ-03, LIQ-04: wanted, sent, and the worst price, 2 % off the mark."""
    who = names_of("liquidation")
    sent = [
        (who[row["wallet"]], row["amount"], row["lots"], row["price_ticks"])
        for row in rows("liquidation", Event.LIQUIDATION_ORDER)
    ]
    assert sent == [
        ("tv5", 54, 54, 43_555_556),
        ("slow", 57, 5, 42_238_000),
        ("slow", 64, 64, 40_474_000),
    ]
    legs = rows("liquidation", Event.EXPLAIN, "tv5")
    missing = {row["code"]: row for row in legs}
    assert missing[Explain.LEG]["price_ticks"] == 40_000_000
    assert missing[Explain.MISSING_MARGIN]["amount"] == 4_000


def test_a_halt_keeps_everybody_until_the_mark_is_good_again() -> None:
    """LIQ-07: under close-out from minute 28 on; at 31 the wallets are tested in order."""
    found = sorted(
        (row["sequence"], minute("liquidation", row), row["wallet"])
        for kind in TESTED
        for row in rows("liquidation", kind)
    )
    after = [(at, wallet) for _, at, wallet in found if at > 20]
    slow, late = wallet_of("liquidation", "slow"), wallet_of("liquidation", "late")
    # Slow is reduced, late taken over; the pass behind them finds both healthy.
    assert after == [(31, slow), (31, slow), (31, late), (31, late), (31, slow), (31, late)]


def test_what_is_left_is_the_client_s() -> None:
    """LIQ-08: 27,000 less the fee of 2,065 are paid out, and nothing is left over or owed."""
    wallets = slow_run("liquidation").machine.house.wallets
    late = wallets[wallet_of("liquidation", "late")]
    assert (late.cash, late.pending) == (0, 0)
    assert all(wallet.cash >= 0 for wallet in wallets.values() if wallet.number >= 16)


def test_a_leg_goes_to_providers_then_holders_then_the_platform() -> None:
    """LIQ-04: who took how much of whom, at which price; poor never does."""
    who = names_of("takeover") | {int(HouseWallet.PLATFORM): "platform"}
    kinds = (Event.BACKSTOP, Event.DELEVERAGE, Event.TAKEOVER)
    found = sorted(
        ((kind, row) for kind in kinds for row in rows("takeover", kind)),
        key=lambda each: each[1]["sequence"],
    )
    taken = []
    for kind, row in found:
        pair = (row["wallet"], row["counter_wallet"])
        defaulter, taker = reversed(pair) if kind == Event.DELEVERAGE else pair
        taken.append((who[defaulter], who[taker], row["lots"], row["price_ticks"]))
    assert taken == [
        ("alice", "backer", 30, 700),
        ("alice", "bold", 40, 700),
        ("alice", "platform", 30, 700),
        ("dora", "backer", 6, 784),
        ("dora", "calm", 14, 800),
        ("backer", "calm", 36, 1_000),
    ]


def test_gains_come_back_from_what_the_platform_earns() -> None:
    """LOSS-05: 390 and 260 are cut and repaid in two parts; the reserve gets the other 250."""
    calm, bold = wallet_of("takeover", "calm"), wallet_of("takeover", "bold")
    cut = [(row["code"], row["wallet"], row["amount"]) for row in rows("takeover", Event.HAIRCUT)]
    layer = int(Layer.LOSS_SHARING)
    assert cut == [(layer, calm, 390 * HKD), (layer, bold, 260 * HKD)]
    kinds = (Posting.CLAIM_REPAYMENT, Posting.RECOVERY)
    back = [
        (minute("takeover", row), row["counter_wallet"], row["amount"])
        for row in rows("takeover", Event.POSTING)
        if row["code"] in kinds
    ]
    assert back == [
        (60, calm, 180 * HKD),
        (60, bold, 120 * HKD),
        (120, calm, 210 * HKD),
        (120, bold, 140 * HKD),
        (120, HouseWallet.RESERVE, 250 * HKD),
    ]


def test_which_orders_are_above_a_limit() -> None:
    """LIM-01, LIM-03: exactly these, by their ids; 12 is an order made larger."""
    refused = [
        (row["order_id"], Reject(row["code"]).name) for row in rows("limits", Event.REFUSED)
    ]
    position = [(number, "LIM_POSITION") for number in (2, 4, 11, 13, 12, 24, 29, 35)]
    interest = [(number, "LIM_OI_CAP") for number in (61, 41, 64, 45, 68)]
    assert refused == [*position, *interest, (0, "RSV_UNAUTHORISED")]
    caps = [(row["contract"], row["amount"]) for row in rows("limits", Event.OI_CAP)]
    fund, depth = 2, 3
    assert caps == [
        *((fund, 100), (depth, 50), (fund, 300), (fund, 400)),  # the layers are paid in
        *((fund, 500), (depth, 60), (fund, 400), (depth, 50)),
    ]


def test_each_holder_bears_its_own_loss() -> None:
    """DEF-02: 40 % of what each had, to the unit; what was awaited comes to its owner."""
    who = names_of("issuer-default")
    posted = rows("issuer-default", Event.POSTING)
    lost = [row["amount"] for row in posted if row["code"] == Posting.ISSUER_LOSS]
    assert lost == [amount * HKD for amount in (10_000, 3_000, 1_000, 500)]
    back = [
        (who[row["counter_wallet"]], row["amount"])
        for row in posted
        if row["code"] == Posting.ISSUER_RECOVERY
    ]
    assert back == [
        ("holder", 4_000 * HKD),
        ("long", 1_200 * HKD),
        ("gone", 400 * HKD),
        ("waits", 200 * HKD),
    ]
    assert rows("issuer-default", Event.ALLOCATION) == []
