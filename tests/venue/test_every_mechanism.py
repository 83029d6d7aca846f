"""10 October 2025 with every mechanism on: what each pack expects holds, and letters read as they
are kept, to clients that were reduced in time, taken over, closed out for others, cut, repaid.
"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

import tree
from hkperp.cli.statement import wallet_statement
from hkperp.letters.explain import explain
from hkperp.reports.decisions import Happening, Reader, decisions, haircuts, rows_of
from hkperp.reports.run_folder import LOG_NAME, read_record
from hkperp.scenario.reader import load
from hkperp_engine.codes import ContractState, Event, HouseWallet, Layer, Posting
from letters_of import KEPT

SCENARIO = tree.ROOT / "scenarios" / "2025-10-10-every-mechanism.yaml"
SHARED, CLOSED = "gains-share", "best-placed-close"

#: Whose letters are kept, by pack.
ACCOUNTS = {
    SHARED: (
        "private-client",  # reduced in time, paid in, kept its position
        "late-buyer",  # reduced, then taken over with a deficit
        "trend-follower",  # closed at the mark; its gain cut, and partly repaid
    ),
    CLOSED: (
        "trend-follower",  # the same client where the best-placed positions are closed
        "quant-fund",  # declared in default with margin enough
        "holders/10308",  # closed for losses of others, torn up, cut, partly repaid
    ),
}


class Run(NamedTuple):
    """A replayed pack: the folder and the log."""

    pack: str
    folder: Path
    log: Reader

    def rows(self, kind: Event) -> list[dict[str, int]]:
        return rows_of(self.log.of(kind))


@pytest.fixture(scope="module", params=[SHARED, CLOSED])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One pack, replayed by the production build; it failed if an expectation did not hold."""
    pack = request.param
    folder = tmp_path_factory.mktemp(pack) / "run"
    words = ["replay", str(SCENARIO), "--pack", pack, "--out", str(folder), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "hkperp", *words],
        env={**os.environ, "HKPERP_BUILD": "production"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr
    return Run(pack, folder, Reader(folder / pack / LOG_NAME))


def test_every_expectation_is_exact() -> None:
    """A figure that may be anything proves nothing; the packs differ in who bears a loss only."""
    scenario = load(SCENARIO)
    assert [each.that for each in scenario.expect if each.exactly is None] == []
    shared, closed = scenario.packs
    assert (shared.house.loss_sharing, closed.house.loss_sharing) == ("VMGH", "ADL")
    assert (shared.contracts, shared.leverage) == (closed.contracts, closed.leverage)


def test_letters_read_as_they_are_kept(run: Run) -> None:
    for account in ACCOUNTS[run.pack]:
        text = explain(run.folder, account, [run.pack])
        kept = KEPT / f"every-mechanism-{run.pack}-{account.replace('/', '-')}.txt"
        assert text == kept.read_text("utf-8"), account
        assert max(len(line) for line in text.splitlines()) <= 100, account


def test_what_letters_tell_is_what_statements_say(run: Run) -> None:
    """LOSS-05, REC-02: nothing in a statement is without a reason; what haircuts and closings took
    is what is claimed, and what came back is what was posted.
    """
    record = read_record(run.folder)
    (pack,) = record.packs
    for account in ACCOUNTS[run.pack]:
        wallet = record.wallet_of(account)
        assert wallet is not None
        closing = wallet_statement(run.log, record, wallet).closing
        assert closing.unexplained_quote == 0, account
        cuts = haircuts(run.log, wallet)
        gave = [
            row["amount"]
            for each in decisions(run.log, wallet)
            if each.what == Happening.DELEVERAGING
            for row in each.of(Event.DELEVERAGE)
        ]
        taken = sum(cut.amount for cut in cuts) + sum(gave)
        assert taken == sum(each.given_up_quote for each in closing.claims), (pack.name, account)
        repaid = rows_of(run.log.of(Event.POSTING, Posting.CLAIM_REPAYMENT))
        own = sum(row["amount"] for row in repaid if row["counter_wallet"] == wallet)
        assert own == sum(each.repaid_quote for each in closing.claims), (pack.name, account)


def test_nobody_is_reduced_while_the_contract_is_not_open(run: Run) -> None:
    """LIQ-07, HALT-01: from 21:14 to the opening at 21:20, and in each pause, no order is sent.
    Until the first mark after the opening nobody defaults, then more than a thousand at once.
    """
    states = run.rows(Event.CONTRACT_STATE)
    pauses = [
        (row["time_ns"], after["time_ns"])
        for row, after in pairwise(states)
        if row["code"] != ContractState.OPEN
    ]
    assert len(pauses) >= 2

    def is_paused(row: dict[str, int]) -> bool:
        return any(first <= row["time_ns"] < last for first, last in pauses)

    assert not any(is_paused(row) for row in run.rows(Event.LIQUIDATION_ORDER))
    taken = [row for row in run.rows(Event.DEFAULT) if is_paused(row)]
    assert len(taken) > 1_000
    assert not any(row["time_ns"] < states[1]["time_ns"] for row in taken)


def test_layers_are_used_in_their_order(run: Run) -> None:
    """LOSS-02: of each loss a later layer pays only after an earlier one, and the first to need
    layer 5 comes when layers 2 to 4 are at 0.
    """
    rows = run.rows(Event.ALLOCATION)
    assert {row["code"] for row in rows} >= {2, 3, 4, 5}
    by_loss: dict[int, list[int]] = {}
    for row in rows:
        by_loss.setdefault(row["order_id"], []).append(row["code"])
    assert all(codes == sorted(codes) for codes in by_loss.values())
    shared = next(row["sequence"] for row in rows if row["code"] == Layer.LOSS_SHARING)
    for house in (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE):
        named = rows_of(run.log.named(house))
        before = [
            row for row in named if row["kind"] == Event.POSTING and row["sequence"] < shared
        ]
        paid_in = sum(row["amount"] for row in before if row["counter_wallet"] == house)
        assert paid_in == sum(row["amount"] for row in before if row["wallet"] == house) > 0


def test_the_platform_keeps_to_its_inventory_limit(run: Run) -> None:
    """LIQ-04, DFT-020: 20 BTC; what is beyond is closed against opposite holders, or taken by
    providers.
    """
    held = most = 0
    for row in rows_of(run.log.named(HouseWallet.PLATFORM)):
        if row["kind"] == Event.TAKEOVER or row["kind"] == Event.TEAR_UP:
            held += row["lots"]
        most = max(most, abs(held))
    assert most == 20_000
