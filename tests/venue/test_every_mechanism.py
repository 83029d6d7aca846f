"""10 October 2025 with every mechanism on: what each pack expects holds, and letters read as they
are kept, to clients that were reduced in time, taken over, closed out for others, cut, repaid.
"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import tree
from hkperp.decisions import Reader, rows_of
from hkperp.explain import explain
from hkperp.run_folder import LOG_NAME
from hkperp.scenario import load
from hkperp_engine.codes import ContractState, Event, HouseWallet, Layer
from letters_of import KEPT

NAME = "2025-10-10-every-mechanism"
SCENARIO = tree.ROOT / "scenarios" / f"{NAME}.yaml"
SHARED, CLOSED = "gains-share", "best-placed-close"

LETTERS = [
    (SHARED, "private-client"),  # reduced in time, paid in, kept its position
    (SHARED, "late-buyer"),  # reduced, then taken over with a deficit
    (SHARED, "trend-follower"),  # closed at the mark; its gain cut, and partly repaid
    (CLOSED, "trend-follower"),  # the same client where the best-placed positions are closed
    (CLOSED, "quant-fund"),  # declared in default with margin enough
    (CLOSED, "holders/10308"),  # closed for losses of others, torn up, cut, partly repaid
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the replayed scenario; it failed if an expectation did not hold."""
    folder = tmp_path_factory.mktemp("every-mechanism") / "run"
    words = ["replay", str(SCENARIO), "--out", str(folder), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-m", "hkperp", *words],
        env={**os.environ, "HKPERP_BUILD": "production"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr
    return folder


@pytest.mark.parametrize(("pack", "account"), LETTERS)
def test_a_letter_reads_as_it_is_kept(run: Path, pack: str, account: str) -> None:
    text = explain(run, account, [pack])
    kept = KEPT / f"every-mechanism-{pack}-{account.replace('/', '-')}.txt"
    assert text == kept.read_text("utf-8")
    assert max(len(line) for line in text.splitlines()) <= 100


def test_every_expectation_is_exact() -> None:
    """A figure that may be anything proves nothing."""
    scenario = load(SCENARIO)
    assert [each.that for each in scenario.expect if each.exactly is None] == []
    assert {each.name: each.house.loss_sharing for each in scenario.packs} == {
        SHARED: "VMGH",
        CLOSED: "ADL",
    }


@pytest.mark.parametrize("pack", [SHARED, CLOSED])
def test_nobody_is_reduced_while_the_contract_is_not_open(run: Path, pack: str) -> None:
    """LIQ-07, HALT-01: from 21:14 to the opening at 21:20, and in each pause, no order is sent.
    What is taken over in the first pause after it cannot pay: its equity is below 0.
    """
    log = Reader(run / pack / LOG_NAME)
    states = rows_of(log.of(Event.CONTRACT_STATE))
    pauses = [
        (row["time_ns"], after["time_ns"])
        for row, after in pairwise(states)
        if row["code"] != ContractState.OPEN
    ]
    assert len(pauses) >= 2

    def is_paused(row: dict[str, int]) -> bool:
        return any(first <= row["time_ns"] < last for first, last in pauses)

    assert not any(is_paused(row) for row in rows_of(log.of(Event.LIQUIDATION_ORDER)))
    taken = [row for row in rows_of(log.of(Event.DEFAULT)) if is_paused(row)]
    assert len(taken) > 1_000
    assert not any(row["time_ns"] < states[1]["time_ns"] for row in taken)


@pytest.mark.parametrize("pack", [SHARED, CLOSED])
def test_layers_are_used_in_their_order(run: Path, pack: str) -> None:
    """LOSS-02: of each loss a later layer pays only after an earlier one, and the first to need
    layer 5 comes when layers 2 to 4 are at 0.
    """
    log = Reader(run / pack / LOG_NAME)
    rows = rows_of(log.of(Event.ALLOCATION))
    assert {row["code"] for row in rows} >= {2, 3, 4, 5}
    by_loss: dict[int, list[int]] = {}
    for row in rows:
        by_loss.setdefault(row["order_id"], []).append(row["code"])
    assert all(codes == sorted(codes) for codes in by_loss.values())
    shared = next(row["sequence"] for row in rows if row["code"] == Layer.LOSS_SHARING)
    for house in (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE):
        named = rows_of(log.named(house))
        before = [
            row for row in named if row["kind"] == Event.POSTING and row["sequence"] < shared
        ]
        paid_in = sum(row["amount"] for row in before if row["counter_wallet"] == house)
        assert paid_in == sum(row["amount"] for row in before if row["wallet"] == house) > 0
