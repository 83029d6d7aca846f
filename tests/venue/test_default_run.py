"""The crash of the corpus: figures, tables, statements, reports of all that went wrong in it."""

import numpy as np
import pytest

from hkperp.accounts import AccountReport
from hkperp.edge.inspection import account_report
from hkperp.edge.machine_memory import Machine
from hkperp.letters.figures import History
from hkperp.replay.population import accounts
from hkperp.replay.runner import terms_of
from hkperp.reports.decisions import rows_of
from hkperp.reports.statement import fold
from hkperp.reports.summary_lines import sections, story
from hkperp.reports.tables import TABLES
from hkperp.scenario.expectations import judge
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import Command, HouseWallet
from hkperp_engine.layout import EVENT
from letters_of import opened
from small_runs import slow_run

RUN = "default"
CLIENTS = range(HouseWallet.CLIENTS, HouseWallet.CLIENTS + 6)


@pytest.mark.parametrize("wallet", CLIENTS)
def test_a_statement_adds_up(wallet: int) -> None:
    """INV-02: backstops, tear-ups and an issuer's default move what their events say."""
    run = opened(RUN)
    history = History(run.reader, run.record, run.pack, wallet)
    ticks = [each.tick_value for each in run.record.contracts]
    statement = fold(history.own_rows(), wallet, ticks, len(run.record.assets))
    assert statement.breaks() == []
    house = slow_run(RUN).machine.house.wallets[wallet]
    assert statement.closing.balances[0] == house.cash
    assert not any(each.lots for each in statement.closing.contracts), "all is wound down"
    assert statement.closing.awaited == (0, 0)


def test_what_a_summary_says() -> None:
    """The waterfall to its last line, and what was given and taken before it."""
    done = slow_run(RUN)
    found = dict(sections([done.result], terms_of(done.scenario), {"capped": "VMGH"}))
    waterfall = dict(found["WATERFALL"])
    assert waterfall["5 shared among gainers"] == [("67.85", "gone 08:03:00")]
    assert waterfall["6 positions torn up"] == [("33.55", "gone 08:08:00")]
    assert waterfall["7 venue wound down"] == [("737.35", "used")]
    assert waterfall["  positions"] == [("1", "")]
    assert waterfall["2 to 7 together"] == [("995.00", "= deficit")]
    liquidation = dict(found["LIQUIDATION"])
    assert liquidation["margin notices"] == [("1", "")]
    assert liquidation["declared in default"] == [("1", "")]
    assert liquidation["  by providers"] == [("3", "")]
    assert "1 position torn up, and the venue wound down" in story(done.result)


def test_every_expectation_holds() -> None:
    """What the file expects of each rule is what comes out of the slow house."""
    done = slow_run(RUN)
    failures = judge(done.scenario, "capped", done.result.figures())
    assert [failure.message for failure in failures] == []
    assert not done.tally.positions.any()
    assert not done.tally.ledger.sum(axis=0).any()


def test_tables_name_the_layer() -> None:
    """A spreadsheet tells the haircuts of a gain apart, and how a position went."""
    done = slow_run(RUN)
    terms = terms_of(done.scenario)

    def lines(name: str) -> list[tuple[object, ...]]:
        kinds, columns, make = TABLES[name]
        rows = [row for row in rows_of(done.events) if row["kind"] in kinds]
        found = list(make(rows, terms, str))
        assert {len(line) for line in found} == {len(columns)}
        return found

    layers = ["LOSS_SHARING", "TEAR_UP", "LOSS_SHARING", "WIND_DOWN"]
    assert [line[-1] for line in lines("haircuts")] == layers
    how = [line[4] for line in lines("liquidations")]
    assert how == ["backstop", "takeover", "tear-up", "backstop", "backstop"]


def test_a_report_knows_of_notices_and_claims() -> None:
    """DFT-001, DFT-002, LOSS-05: as they stand after each part of the crash."""
    done = slow_run(RUN)
    config = config_of(done.scenario, done.scenario.packs[0])
    machine = Machine(config, accounts(done.scenario))
    seen: list[np.ndarray] = [np.zeros(0, EVENT)]
    reports: dict[int, AccountReport] = {}
    for row in done.commands:
        machine.feed(row[None], lambda events: seen.append(events.copy()))
        wallet = int(row["wallet"])
        if row["kind"] == Command.DECLARE_DEFAULT:
            reports[wallet] = account_report(machine, wallet)
    assert np.concatenate(seen).tolist() == done.events.tolist()
    assert not reports[19].is_declared, "nothing to take over: refused"
    assert reports[18].is_declared
    bob = account_report(machine, HouseWallet.CLIENTS + 1)
    # 55 and 783.75 were cut of its gains; nothing came back.
    assert bob.claims_quote == 838_750_000
    assert bob.notice_level == 0
