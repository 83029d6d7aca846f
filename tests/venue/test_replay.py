"""A replay: the same bytes each time, nothing half-written, and a log that adds up."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tree
from crash_run import CRASH, PACKS, Watch, crash_folder
from hkperp.replay import runner as replay_module
from hkperp.replay.runner import chosen_packs, replay
from hkperp.reports.journal import open_log
from hkperp.reports.run_folder import LOG_NAME, making, read_record
from hkperp.scenario.reader import load, loads
from hkperp_engine.codes import Event
from hkperp_engine.errors import InputError, InvariantBroken, StorageError

CASCADE = tree.ROOT / "scenarios" / "2025-10-10-cascade.yaml"


def test_two_runs_are_equal_byte_by_byte(tmp_path: Path) -> None:
    first = crash_folder()
    with making(tmp_path / "again") as folder:
        watch = Watch()
        outcome = replay(load(CRASH), watch, folder=folder)
    assert outcome.failures == ()
    names = sorted(str(path.relative_to(first)) for path in first.rglob("*") if path.is_file())
    assert len([name for name in names if name.endswith(LOG_NAME)]) == len(PACKS)
    for name in names:
        assert (first / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name
    assert [minute.done for minute in watch.minutes] == 3 * list(
        range(1, watch.minutes[0].total + 1)
    )


def test_a_run_without_a_folder_finds_the_same() -> None:
    kept = json.loads((crash_folder() / "run.json").read_text())["packs"]
    found = replay(load(CRASH), Watch(), packs=[PACKS[1]])
    assert [each.name for each in found.results] == [PACKS[1]]
    assert found.results[0].state_hash == kept[1]["state_hash"]
    assert found.results[0].log_digest == ""


def test_run_json_says_what_was_run() -> None:
    folder = crash_folder()
    record = json.loads((folder / "run.json").read_text())
    assert record["seeds"] == {"populations": {"crowd": 5, "traders": 6}, "flows": {"orders": 7}}
    assert set(record["versions"]) >= {"hkperp", "python", "numba", "numpy"}
    for pack in record["packs"]:
        log = open_log(folder / pack["name"] / LOG_NAME, pack["log_digest"])
        assert log.config_digest == pack["config_digest"]
        assert log.pack == pack["name"]
        assert pack["config"]["contracts"][0]["name"] == "BTC-PERP"


def test_names_lead_to_wallets_and_back() -> None:
    record = read_record(crash_folder())
    for wallet in (16, 17, 18, 217, 218, 237):
        assert record.wallet_of(record.name_of(wallet)) == wallet
    assert record.name_of(18) == "crowd/0"
    assert record.name_of(8) == "PLATFORM"
    for name in ("crowd/200", "crowd/", "crowd/x", "crowd", "nobody", "crowd/-1", "PLATFORM", ""):
        assert record.wallet_of(name) is None


@pytest.mark.parametrize("pack", PACKS)
def test_tables_hold_a_row_for_each_event(pack: str) -> None:
    folder = crash_folder() / pack
    kinds = np.array(open_log(folder / LOG_NAME).events["kind"])
    wanted = {
        "marks": [Event.MARK],
        "fundings": [Event.FUNDING_RATE],
        "liquidations": [Event.LIQUIDATION_ORDER, Event.TAKEOVER],
        "allocations": [Event.DEFAULT, Event.ALLOCATION, Event.CYCLE],
        "haircuts": [Event.HAIRCUT],
        "deleveragings": [Event.DELEVERAGE],
    }
    assert {path.stem for path in folder.glob("*.csv")} == set(wanted)
    for name, of in wanted.items():
        with open(folder / f"{name}.csv", newline="") as file:
            rows = list(csv.reader(file))
        assert len(rows) == 1 + np.isin(kinds, of).sum(), name
        assert {len(row) for row in rows} == {len(rows[0])}, name


def test_a_table_is_readable() -> None:
    with open(crash_folder() / PACKS[1] / "haircuts.csv", newline="") as file:
        row = next(csv.DictReader(file))
    assert row["account"].startswith("crowd/")
    assert row["time_utc"] == "2026-03-02T00:59:30Z"
    gain, cut, received = (float(row[name]) for name in ("gain", "haircut", "received"))
    assert gain == pytest.approx(cut + received)


class Interrupted(Watch):
    """Fails in the middle of the second pack."""

    def minute(self, minute) -> None:
        super().minute(minute)
        if len(self.minutes) == 10:
            raise KeyboardInterrupt


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), making(tmp_path / "a" / "run") as folder:
        replay(load(CRASH), Interrupted(), folder=folder)
    assert list((tmp_path / "a").iterdir()) == []


def test_what_exists_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir()
    (path / "precious").touch()
    with pytest.raises(InputError, match="exists already"), making(path):
        pass
    with pytest.raises(InputError, match="not an earlier run"), making(path, force=True):
        pass
    assert (path / "precious").exists()
    (path / "run.json").touch()
    with making(path, force=True) as folder:
        (folder / "run.json").write_text("new")
    assert [each.name for each in path.iterdir()] == ["run.json"]
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_a_failure_keeps_the_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "run"
    with making(path) as folder:
        (folder / "run.json").write_text("old")
    with pytest.raises(ZeroDivisionError), making(path, force=True) as folder:
        raise ZeroDivisionError
    assert (path / "run.json").read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["run"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="cannot write"), making(tmp_path / "file" / "run"):
        pass


def test_a_damaged_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no run here"):
        read_record(tmp_path)
    whole = (crash_folder() / "run.json").read_text()
    for text in ("", "{", "[]", "{}", '{"schema": 2}', whole.replace('"packs"', '"pack"')):
        (tmp_path / "run.json").write_text(text)
        with pytest.raises(StorageError):
            read_record(tmp_path)
    for name in ("contracts", "assets"):
        (tmp_path / "run.json").write_text(json.dumps({**json.loads(whole), name: []}))
        with pytest.raises(StorageError, match=f"0 {name} for the"):
            read_record(tmp_path)


def test_packs_are_chosen_by_name() -> None:
    scenario = load(CRASH)
    assert [each.name for each in chosen_packs(scenario, [])] == list(PACKS)
    assert [each.name for each in chosen_packs(scenario, PACKS[2:])] == [PACKS[2]]
    with pytest.raises(InputError, match="no pack 'nope'"):
        chosen_packs(scenario, ["nope"])


def test_money_out_of_nothing_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log must add up to the state: one ledger unit more and the run fails."""
    genuine = replay_module.Tally.finish

    def finish(tally) -> np.ndarray:
        kept = genuine(tally)
        tally.ledger[20, 0] += 1
        return kept

    monkeypatch.setattr(replay_module.Tally, "finish", finish)
    with pytest.raises(InvariantBroken, match="postings do not add up"):
        replay(load(CRASH), Watch(), packs=[PACKS[0]])


def test_a_missed_event_halts(monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = replay_module.Tally.add
    monkeypatch.setattr(
        replay_module.Tally, "add", lambda tally, events: genuine(tally, events[:-1])
    )
    with pytest.raises(InvariantBroken, match="events are missing"):
        replay(load(CRASH), Watch(), packs=[PACKS[0]])


def test_expectations_that_fail_are_named() -> None:
    text = CRASH.read_bytes().replace(b"first_loss: 10_000,", b"first_loss: 100_000_000,")
    outcome = replay(loads(text), Watch())
    assert [failure.message for failure in outcome.failures] == [
        "haircut-100x: layer_4_used is 0, expected 10000 (LOSS-02)",
        "haircut-100x: haircuts is 0, expected at least 1 (LOSS-05)",
        "deleverage-100x: deleveragings is 0, expected at least 1 (LOSS-04)",
    ]


def test_the_cascade_with_a_hundredfold_fund_fails(tmp_path: Path) -> None:
    """The comparator's layers are no longer used up, and the expectations that say so fail."""
    text = CASCADE.read_text()
    head, pack, rest = text.partition("  - name: offshore-100x")
    for name, amount in (("first_loss", 1), ("reserve", 10), ("second_tranche", 1)):
        small, large = f"{name}: {amount}_000_000\n", f"{name}: {amount * 100}_000_000\n"
        assert small in rest
        rest = rest.replace(small, large.replace("1000_", "1_000_"), 1)
    file = tmp_path / "rich.yaml"
    file.write_text(head + pack + rest)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "hkperp",
            "replay",
            str(file),
            "--pack",
            "offshore-100x",
            "--quiet",
        ],
        env={**os.environ, "HKPERP_BUILD": "production"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert "FAILED" in done.stdout
    for layer in ("layer_4_used", "layer_5_used"):
        assert f"offshore-100x: {layer} is 0, expected" in done.stdout
