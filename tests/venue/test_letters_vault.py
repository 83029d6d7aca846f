"""Letters about money: what is kept is what is said, and every figure is the slow house's."""

from typing import NamedTuple

import pytest

from hkperp.letters.assets import AssetLetter
from hkperp.letters.figures import LOG_END, AssetTerms, Figures, History
from hkperp.letters.parts import called, margins, outlook
from hkperp.letters.vault import VaultLetter
from hkperp.reports.decisions import rows_of
from hkperp_engine.codes import Event, Explain, HouseWallet
from letters_of import kept_letter, letter_to, opened
from reference import margin
from small_runs import SMALL, slow_run

LETTERS = [
    ("ghost-credit", "bob"),
    ("ghost-credit", "alice"),
    ("depeg", "alice"),
    ("depeg", "bob"),
    ("depeg", "carol"),
    ("depeg", "dave"),
    ("revoked-issuer", "alice"),
    ("revoked-issuer", "bob"),
    ("revoked-issuer", "carol"),
    ("revoked-issuer", "dave"),
    ("frozen-bank-token", "alice"),
    ("frozen-bank-token", "bob"),
    ("vault", "usd"),
    ("vault", "coin"),
    ("vault", "seller"),
    ("vault", "late"),
    ("vault", "mixed"),
]


@pytest.mark.parametrize(("name", "account"), LETTERS)
def test_a_letter_reads_as_it_is_kept(name: str, account: str) -> None:
    text = letter_to(name, account)
    assert text == kept_letter(name, account)
    assert max(len(line) for line in text.splitlines()) <= 100


@pytest.mark.parametrize("name", SMALL)
def test_the_equity_of_a_letter_is_the_machines(name: str) -> None:
    """At every change of a margin state: cash, collateral and gains from the log alone."""
    run = opened(name)
    for row in rows_of(run.reader.of(Event.MARGIN_STATE)):
        history = History(run.reader, run.record, run.pack, row["wallet"])
        assert history.figures(row["sequence"]).equity == row["amount"], row


@pytest.mark.parametrize("name", SMALL)
def test_the_margin_of_a_letter_is_the_machines(name: str) -> None:
    """What an EXPLAIN block says went in, worked out again from the log alone."""
    run = opened(name)
    kinds = {
        Explain.EQUITY: "equity",
        Explain.INITIAL_MARGIN: "initial_margin",
        Explain.MAINTENANCE_MARGIN: "maintenance_margin",
        Explain.CLOSE_OUT_MARGIN: "close_out_margin",
    }
    for code, field in kinds.items():
        for row in rows_of(run.reader.of(Event.EXPLAIN, code)):
            history = History(run.reader, run.record, run.pack, row["wallet"])
            found = getattr(history.figures(row["sequence"]), field)
            assert found in (row["amount"], None), (name, field, row)


@pytest.mark.parametrize("name", SMALL)
def test_at_the_end_a_letter_knows_what_the_house_holds(name: str) -> None:
    run, house = opened(name), slow_run(name).machine.house
    for number, wallet in house.wallets.items():
        if number < HouseWallet.CLIENTS:
            continue
        found = History(run.reader, run.record, run.pack, number).figures(LOG_END)
        assert found.held[0] == wallet.cash
        assert found.equity == margin.equity(house, wallet)
        assert found.maintenance_margin == margin.maintenance(house, wallet)
        if found.initial_margin is not None:
            assert found.initial_margin == margin.initial(house, wallet)


def test_what_units_count() -> None:
    """TV-8 and MRG-02; a flag less, and they count nothing."""
    coin = AssetTerms(970_000_000, 10**9, 0, 3)
    assert coin.value(100_000_000_000) == 97_000_000_000
    assert coin._replace(price_ppb=1_030_000_000).value(100_000_000_000) == 100_000_000_000
    dollar = AssetTerms(7_800_000_000, 0, 20_000_000, 3)
    assert dollar.value(100_000_000) == 764_400_000
    assert dollar._replace(flags=2).value(100_000_000) == 0


def test_an_account_without_the_asset_is_told_nothing() -> None:
    """The dealer of the depeg has no coin, carol has nothing of bank A."""
    assert "COIN" not in letter_to("depeg", "dealer")
    assert "BANK-A" not in letter_to("frozen-bank-token", "carol").split("What was refused")[0]


def test_a_top_up_in_time_is_told_beside_what_it_answers() -> None:
    """MRG-03: 50,150.00 were asked for before the grace ends, and 60,000.00 came."""
    text = " ".join(letter_to("revoked-issuer", "carol").split())
    asked, paid = text.index("Pay in 50,150.00 of another asset"), text.index("60,000.00 HKD paid")
    assert asked < text.index("its grace is over") < paid
    assert "9,850.00 above the initial margin: nothing has to be done." in text


def test_a_credit_taken_back_is_told_once_and_with_who_paid_the_rest() -> None:
    """SEG-02: 80,000.00 less than the ledger, 30,000.00 of it bob's, 50,000.00 the operator's."""
    text = " ".join(letter_to("ghost-credit", "bob").split())
    assert text.count("30,000.00 HKD of this account taken back") == 1
    assert "credit of 30,000.00" not in text
    assert "50,000.00 HKD paid by the operator's error account, not by a client (NOCR-01)" in text


def figures(equity: int, initial_margin: int | None = 60) -> Figures:
    """An account with a position: maintenance margin 38, close-out margin 26."""
    return Figures((equity,), (0,), equity, initial_margin, 38, 26, is_flat=False)


@pytest.mark.parametrize(
    ("equity", "said"),
    [
        (61, "The equity is 0.000001 above the initial margin"),
        (60, "The equity is exactly the initial margin"),
        (59, "under a margin call no order that adds risk is taken. Pay in 0.000001"),
        (38, "under a margin call no order that adds risk is taken. Pay in 0.000022"),
        (37, "reduced in the book (LIQ-02). With 0.000001 more"),
        (26, "reduced in the book (LIQ-02). With 0.000012 more"),
        (25, "taken over by the platform (LIQ-08). With 0.000013 more"),
        (-1, "taken over by the platform (LIQ-08). With 0.000039 more"),
    ],
)
def test_what_equity_means_turns_at_each_margin(equity: int, said: str) -> None:
    """LIQ-02, LIQ-06, LIQ-08: at a margin itself nothing happens yet."""
    assert said in outlook(figures(equity))


def test_an_initial_margin_that_is_not_known_is_not_guessed() -> None:
    assert "maintenance margin: the position is left alone" in outlook(figures(59, None))
    assert "initial" not in " ".join(name for name, _ in margins(figures(59, None)))
    assert "equity 0.000059 is below the initial margin: pay in" in called(figures(59, None))


class Assets(NamedTuple):
    """A log in which one event happens to BANK-A of alice, for the sentences about it."""

    letter: AssetLetter
    asset: int


def of_bank_a() -> Assets:
    run = opened("frozen-bank-token")
    wallet = run.record.wallet_of("alice")
    assert wallet is not None
    history = History(run.reader, run.record, run.pack, wallet)
    return Assets(AssetLetter(history, run.record, run.pack), run.record.assets.index("BANK-A"))


@pytest.mark.parametrize(
    ("flags", "after", "said"),
    [
        (3, 1, "Who owes BANK-A has lost its licence: no more of it may be paid in (MRG-05)."),
        (1, 3, "BANK-A is licensed again"),
        (3, 7, "BANK-A has lost its peg. No more of it may be paid in"),
        (7, 3, "BANK-A has its peg again"),
        (3, 11, "BANK-A is frozen by the operator: nothing of it leaves the account"),
        (11, 3, "BANK-A is frozen no more"),
        (3, 2, "The bank has frozen its tokens, and what cannot be turned into HKD counts for"),
        (2, 3, "The bank has released its tokens: BANK-A counts again, and can be given back at"),
    ],
)
def test_each_flag_of_an_asset_has_its_sentence(flags: int, after: int, said: str) -> None:
    """GAT-030: the four flags, each taken away and given."""
    letter, asset = of_bank_a()
    old, new = (AssetTerms(10**9, 10**9, 10**7, each) for each in (flags, after))
    row = {"kind": Event.ASSET_STATE, "time_ns": 0}
    texts = [text for _, text in letter.said(asset, old, new, row)]
    assert len(texts) == 1
    assert said in texts[0]


def test_what_is_paid_in_is_told_from_the_first_decision_on() -> None:
    """MRG-07: as an answer to it; what was paid in before is no news. Withdrawals always are."""
    run = opened("layer-1")
    wallet = run.record.wallet_of("daisy")
    assert wallet is not None
    letter = VaultLetter(run.reader, run.record, run.pack, wallet)
    assert [text for *_, text in letter.notices((), 0) if "paid in" in text] != []
    assert [text for *_, text in letter.notices((), LOG_END) if "paid in" in text] == []
    assert "90,000.00 HKD taken out (NOCR-02)" in letter_to("margin", "alone")
