"""A client's statement adds up to the unit, for every client of every run, and says why."""

import functools
import itertools
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from crash_run import CRASH, PACKS, crash_folder
from hkperp.cli.main import main
from hkperp.cli.statement import Period, statement_text, wallet_statement
from hkperp.config import Config
from hkperp.reports.decisions import Reader, rows_of
from hkperp.reports.journal import open_log
from hkperp.reports.run_folder import LOG_NAME, RunRecord, read_record
from hkperp.reports.statement import fold
from hkperp.reports.statement_types import Statement
from hkperp.reports.tally import Tally
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import Event, HouseWallet, Posting
from hkperp_engine.errors import InputError, InvariantBroken, StorageError
from reference import margin
from small_runs import SMALL, Done, slow_run

CLIENTS = range(HouseWallet.CLIENTS, HouseWallet.CLIENTS + 222)


def small_statements(done: Done) -> dict[int, Statement]:
    """The statement of every client of a small run."""
    house = done.machine.house
    rows = rows_of(done.events)
    values = [each.terms.tick_value for each in house.contracts]
    assets = done.tally.ledger.shape[1]
    clients = [number for number in house.wallets if number >= HouseWallet.CLIENTS]
    return {number: fold(rows, number, values, assets) for number in clients}


@pytest.mark.parametrize("name", SMALL)
def test_every_client_of_a_small_run(name: str) -> None:
    """(REC-03, INV-02) Balances, positions and gains are those that the slow house ends with."""
    done = slow_run(name)
    house = done.machine.house
    moved = 0
    for number, found in small_statements(done).items():
        wallet, closing = house.wallets[number], found.closing
        assert found.breaks() == []
        assert set(found.opening.balances) == {0}
        assert closing.balances == (wallet.cash, *wallet.holdings.values())
        assert closing.balances == tuple(done.tally.ledger[number].tolist())
        assert closing.variation_quote == margin.variation(house, wallet)
        assert closing.unexplained_quote == 0
        for each, position in zip(closing.contracts, wallet.positions, strict=True):
            assert (each.lots, each.entry_cost_quote) == (position.lots, position.entry_cost)
        moved += len(found.movements)
    assert moved > 4


@functools.cache
def reader(pack: str) -> Reader:
    return Reader(crash_folder() / pack / LOG_NAME)


@functools.cache
def record() -> RunRecord:
    return read_record(crash_folder())


@functools.cache
def crash_statements(pack: str) -> dict[int, Statement]:
    return {wallet: wallet_statement(reader(pack), record(), wallet) for wallet in CLIENTS}


def config(pack: str) -> Config:
    scenario = load(CRASH)
    return config_of(scenario, next(each for each in scenario.packs if each.name == pack))


@pytest.mark.parametrize("pack", PACKS)
def test_every_client_of_a_crash(pack: str) -> None:
    """(INV-02) Takeovers, deleveragings, haircuts: what was settled is what positions brought."""
    tally = Tally(config(pack), CLIENTS.stop)
    tally.add(open_log(crash_folder() / pack / LOG_NAME).events)
    tally.finish()
    for wallet, found in crash_statements(pack).items():
        closing = found.closing
        assert closing.balances == tuple(tally.ledger[wallet].tolist()), wallet
        assert [each.lots for each in closing.contracts] == tally.positions[wallet].tolist()
        assert closing.unexplained_quote == 0, wallet
        assert closing.result_quote == closing.accounted_quote
        assert all(each >= 0 for each in closing.balances)


def test_the_crash_shows_what_it_is_for() -> None:
    """Else the test above would prove nothing about losses."""
    cut, closed = (crash_statements(pack).values() for pack in PACKS[1:])
    assert sum(each.closing.haircut_quote > 0 for each in cut) > 10
    assert sum(each.closing.uncollected_quote > 0 for each in cut) > 10
    assert sum(each.closing.deleveraged_quote < 0 for each in closed) > 3
    assert sum(each.closing.deleveraged_quote > 0 for each in closed) > 3


@pytest.mark.parametrize("pack", PACKS)
def test_statements_of_all_are_the_postings(pack: str) -> None:
    """Each posting stands in the statement of each client that it names, once."""
    events = open_log(crash_folder() / pack / LOG_NAME).events
    rows = rows_of(events[events["kind"] == Event.POSTING])
    expected = Counter(
        (row["sequence"], wallet)
        for row in rows
        for wallet in (row["wallet"], row["counter_wallet"])
        if wallet >= HouseWallet.CLIENTS
    )
    found = Counter(
        (each.sequence, wallet)
        for wallet, statement in crash_statements(pack).items()
        for each in statement.movements
    )
    assert found == expected
    assert set(found.values()) == {1}


def test_claims_are_what_was_given_up() -> None:
    """(LOSS-05) Haircuts and deleveragings, less what was paid back."""
    for pack in PACKS[1:]:
        for wallet, found in crash_statements(pack).items():
            closing = found.closing
            given_up = sum(each.given_up_quote for each in closing.claims)
            repaid = sum(each.repaid_quote for each in closing.claims)
            gave = sum(
                row["amount"]
                for row in rows_of(reader(pack).of(Event.DELEVERAGE))
                if row["wallet"] == wallet
            )
            assert given_up == closing.haircut_quote + gave
            repayments = [each for each in found.totals(0) if each.code == Posting.CLAIM_REPAYMENT]
            assert repaid == sum(each.received for each in repayments)
            assert all(each.open_quote >= 0 for each in closing.claims)


@pytest.mark.parametrize("pack", PACKS)
def test_periods_join(pack: str) -> None:
    """A run cut anywhere: one period ends as the next begins, and nothing falls between them."""
    events = open_log(crash_folder() / pack / LOG_NAME).events
    times = sorted(set(events["time_ns"].tolist()))
    cuts = [times[0], times[len(times) // 3], times[len(times) // 2] + 1, times[-1], times[-1] + 1]
    for wallet in (16, 21, 40, CLIENTS.stop - 1):
        whole = crash_statements(pack)[wallet]
        parts = [
            wallet_statement(reader(pack), record(), wallet, Period(begin, end))
            for begin, end in zip([None, *cuts], [*cuts, None])
        ]
        assert parts[0].opening == whole.opening
        assert parts[-1].closing == whole.closing
        for one, other in itertools.pairwise(parts):
            assert one.closing == other.opening
        assert sum((part.movements for part in parts), ()) == whole.movements


def flat(text: str) -> str:
    return " ".join(text.split())


def test_the_page_shows_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    """What is printed adds up as it is printed."""
    wallet = next(
        wallet
        for wallet, found in crash_statements(PACKS[2]).items()
        if found.closing.claims and found.closing.contracts[0].lots
    )
    name, found = record().name_of(wallet), crash_statements(PACKS[2])[wallet]
    assert main(["statement", name, "--run", str(crash_folder()), "--pack", PACKS[2]]) == 0
    page = capsys.readouterr().out
    assert f"Statement of account {name} (wallet {wallet})" in page
    assert max(map(len, page.splitlines())) <= 100
    cash = page.split(f"\n{record().assets[1]}\n")[0]
    listed = re.findall(r"^ *([\d,]+)  2026-.* (-?[\d,.]+) +(-?[\d,.]+)$", cash, re.MULTILINE)
    units = [int(amount.replace(",", "").replace(".", "")) for _, amount, _ in listed]
    assert units == [each.amount for each in found.of(0)]
    assert sum(units) == found.closing.balances[0]
    (closing,) = re.findall(r"closing balance +[\d,]+ +([\d,.]+)", cash)
    assert closing == listed[-1][2]
    results = dict(re.findall(r"^ (\S.*?) {2,}\S+ +\S+ +(-?[\d,.]+)$", page, re.MULTILINE))
    assert results["result"] == results["accounted for"]
    assert "Given up in losses of others" in page


def test_a_long_list_is_asked_for() -> None:
    """A market maker has thousands of fees: their sum, unless all are wanted."""
    short = statement_text(crash_folder(), "afmm", [PACKS[0]])
    whole = statement_text(crash_folder(), "afmm", [PACKS[0]], is_whole=True)
    count = len(crash_statements(PACKS[0])[HouseWallet.CLIENTS].movements)
    assert f"{count} movements: --all lists them" in short
    assert len(whole.splitlines()) - len(short.splitlines()) > count
    assert flat(short).split(" fee ")[1].split()[0] == str(count - 2)


def test_all_packs_unless_one_is_named() -> None:
    text = statement_text(crash_folder(), "afmm")
    assert [pack for pack in PACKS if f"under {pack}:" in text] == list(PACKS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["crowd/200"], "no account 'crowd/200'"),
        (["RESERVE"], "no account 'RESERVE'"),
        (["afmm", "--pack", "nope"], f"no pack 'nope' (one of {', '.join(PACKS)})"),
        (["afmm", "--from", "yesterday"], "--from: Expected a time"),
        (["afmm", "--to", "2026-03-02"], "--to: Expected a time"),
        (
            ["afmm", "--from", "2026-03-02T01:00Z", "--to", "2026-03-02T01:00Z"],
            "--to: is not after --from",
        ),
    ],
)
def test_mistakes(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    status = main(["statement", "--run", str(crash_folder()), *arguments])
    out, err = capsys.readouterr()
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert said in err


def test_a_run_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no run here"):
        statement_text(tmp_path, "afmm")


def test_a_changed_log_is_noticed(tmp_path: Path) -> None:
    """(REC-01)"""
    folder = tmp_path / "run"
    shutil.copytree(crash_folder(), folder)
    path = folder / PACKS[0] / LOG_NAME
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError, match="digest differs"):
        statement_text(folder, "afmm", [PACKS[0]])


def test_a_statement_that_does_not_add_up_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """(INV-02)"""
    monkeypatch.setattr(Statement, "breaks", lambda self: ["asset 0: 1, not 2"])
    with pytest.raises(InvariantBroken, match="INV-02: the statement of wallet 16"):
        statement_text(crash_folder(), "afmm", [PACKS[0]])


def test_a_period_that_is_empty_is_refused() -> None:
    with pytest.raises(InputError, match="is not after"):
        statement_text(crash_folder(), "afmm", (), Period(10, 5))
