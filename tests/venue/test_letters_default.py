"""Letters about defaults and the last layers: what is kept is what is said, and it adds up."""

import pytest

from hkperp.letters.figures import History
from hkperp.reports.decisions import haircuts, rows_of
from hkperp.reports.wording import money
from hkperp_engine.codes import Event, HouseWallet, Layer
from letters_of import kept_letter, letter_to, opened
from small_runs import slow_run

RUN = "default"
ACCOUNTS = ("alice", "bob", "carl", "dora", "eve", "prov")


def wallet_of(account: str) -> int:
    return HouseWallet.CLIENTS + ACCOUNTS.index(account)


LETTERS = [
    *((RUN, account) for account in ACCOUNTS),
    ("layer-1", "daisy"),  # taken over with nothing left
    ("default-up/vmgh", "daisy"),  # a defaulter, and a gainer that is repaid
    ("default-up/vmgh", "wong"),
    ("default-up/adl", "daisy"),
    ("default-up/adl", "wong"),  # deleveraged, and repaid
    ("default-down/vmgh", "wu"),  # cut twice, the second time for the platform's loss
    ("default-down/adl", "wong"),
    ("layer-6", "wu"),  # torn up
    ("layer-7", "wong"),  # in the wind-down, and in it without a gain
    ("layer-7", "pater"),
    ("five-legs", "quinn"),  # five legs at bankruptcy prices, in money and in ticks
    ("five-legs", "tess"),
]


@pytest.mark.parametrize(("name", "account"), LETTERS)
def test_a_letter_reads_as_it_is_kept(name: str, account: str) -> None:
    """Taken over, deleveraged, torn up, cut, wound down, declared, an issuer's default."""
    text = letter_to(name, account)
    assert text == kept_letter(name, account)
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_equity_of_a_letter_is_the_machines() -> None:
    """At every change of a margin state, and at every notice: from the log alone."""
    run = opened(RUN)
    for kind in (Event.MARGIN_STATE, Event.MARGIN_NOTICE):
        for row in rows_of(run.reader.of(kind)):
            history = History(run.reader, run.record, run.pack, row["wallet"])
            assert history.figures(row["sequence"]).equity == row["amount"], row


def test_a_gain_that_two_layers_cut_is_told_once() -> None:
    """LOSS-05, DFT-034: one section for a loss, a line for each layer, together the share."""
    first, second = haircuts(opened(RUN).reader, wallet_of("bob"))
    assert [row["code"] for row in first.rows] == [Layer.LOSS_SHARING, Layer.TEAR_UP]
    assert [row["code"] for row in second.rows] == [Layer.LOSS_SHARING, Layer.WIND_DOWN]
    for cut in (first, second):
        assert (cut.accounts, cut.gains) == (1, cut.row["counter_order_id"])
        shared = sum(row["amount"] for row in cut.allocations if row["code"] >= 5)
        assert cut.amount == sum(row["amount"] for row in cut.rows) == shared
        assert money(cut.amount) in letter_to(RUN, "bob")
    (top,) = slow_run(RUN).result.top_haircuts
    assert top.gain_quote == first.gains + second.gains
    assert top.haircut_quote == first.amount + second.amount


def test_what_was_given_up_and_came_back_is_told() -> None:
    """LOSS-05: of a haircut in its section, of a deleveraging in a line, and not twice."""
    text = " ".join(letter_to("default-up/vmgh", "wong").split())
    assert text.count("What came back") == text.count("2,000.00 of 2,000.00") == 1
    assert "paid back" not in text
    text = " ".join(letter_to("default-up/adl", "wong").split())
    assert text.count("3,000.00 paid back of what was given up for loss 1 (LOSS-05)") == 1
    assert "paid back" not in letter_to("default-down/adl", "wong")


def test_a_position_that_others_took_is_not_said_to_be_taken_over() -> None:
    """LOSS-01: the platform took what was left, 0.7 BTC of daisy's, and nothing of tess's."""
    assert "the platform took it over" in " ".join(letter_to("default-up/adl", "daisy").split())
    for account in ("quinn", "tess"):
        assert "closed outside the book" in " ".join(letter_to("five-legs", account).split())


def test_a_wind_down_ends_with_what_can_be_withdrawn() -> None:
    """LOSS-02: after the last layer took its part of the gain, 10,000.00 of 40,000.00 in all."""
    assert f"equity of the account{'458,000.00':>24}" in letter_to("layer-7", "wong")
    assert (
        slow_run("layer-7").machine.house.wallets[HouseWallet.CLIENTS + 2].cash == 458_000 * 10**6
    )
