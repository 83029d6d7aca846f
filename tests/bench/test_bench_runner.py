"""The clock: a wrong outcome gives no speed, and the tables say what was measured."""

import numpy as np
import pytest
from rich.console import Console

from hkperp.bench import calibration, digest, runner, tables, tape, workloads
from hkperp.bench.runner import Run
from hkperp.bench.workloads import Workload
from hkperp_engine.errors import InputError, InvariantBroken
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import EVENT


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Workload:
    """A workload of 5,000 messages in the place of each reference workload."""
    recipe = workloads.RECIPES["base"]._replace(live_orders=500)
    made = workloads.generate("base", recipe, 5_000)
    monkeypatch.setattr(workloads, "make", lambda name, first_wallet=0: made)
    return made


@pytest.mark.skipif(BUILD == "python", reason="two million messages take minutes uncompiled")
def test_five_of_five() -> None:
    """The published digests; `run_tapes` raises if one differs."""
    told = []
    rows = runner.run_tapes(progress=lambda *step: told.append(step), rounds=1)
    assert {row.name: row.sha256 for row in rows} == digest.REPORT_SHA256
    assert [row.lines for row in rows] == [2147158, 2204643, 2208868, 2210662, 2211931]
    assert told[0] == ("drawing the tapes", 0, 10)
    assert told[-1] == ("done", 10, 10)


@pytest.mark.skipif(BUILD == "python", reason="two million messages take minutes uncompiled")
def test_wrong_report_gives_no_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(digest.REPORT_SHA256, "normal", "0" * 64)
    with pytest.raises(InvariantBroken, match="tape normal has digest e9b2e392"):
        runner.run_tapes(["normal"], rounds=1)


@pytest.mark.skipif(BUILD == "python", reason="two million messages take minutes uncompiled")
def test_wrong_tape_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tape.FILE_SHA256, "normal", "0" * 64)
    with pytest.raises(InvariantBroken, match="not the published one"):
        runner.run_tapes(["normal"], rounds=1)


def test_unknown_tape() -> None:
    with pytest.raises(InputError, match="no tape 'calm'"):
        runner.run_tapes(["static", "calm"])


def test_workload(small: Workload) -> None:
    told = []
    result = runner.run_workload(
        "base", runner.BOOK_RUNNERS, rounds=3, progress=lambda *step: told.append(step)
    )
    assert result.outcome == small.expected
    assert list(result.speeds) == list(runner.BOOK_RUNNERS)
    for speed in (*result.speeds.values(), result.calibration):
        assert 0 < speed.lowest <= speed.median <= speed.highest
        assert speed.rounds == 3
    assert result.to_first["book"] == 1
    assert told[0] == ("making base", 0, 8)
    assert told[-1] == ("done", 8, 8)


def test_runners_take_turns(small: Workload) -> None:
    went = []

    def named(name: str) -> runner.Runner:
        return lambda workload: Run(lambda: went.append(name), lambda: workload.expected)

    runner.run_workload("base", {name: named(name) for name in "abc"}, rounds=2)
    assert "".join(went) == "abcbcacab"


def test_wrong_outcome_gives_no_speed(small: Workload) -> None:
    def lazy(workload: Workload) -> Run:
        return Run(lambda: None, lambda: workload.expected._replace(trades=0))

    with pytest.raises(InvariantBroken, match="lazy on base"):
        runner.run_workload("base", {"lazy": lazy}, rounds=1)


def test_no_runner() -> None:
    with pytest.raises(InputError, match="no runner"):
        runner.run_workload("base", {})


def test_collector() -> None:
    collected = runner.Collector(3)
    collected(np.ones(2, EVENT))
    collected(np.ones(1, EVENT))
    assert collected.events.tobytes() == np.ones(3, EVENT).tobytes()
    collected.clear()
    assert len(collected.events) == 0


def test_calibration() -> None:
    assert 0 < calibration.seconds(1_000) < 60


def test_tables(small: Workload) -> None:
    speed = runner.Speed(12_345_678.0, 11e6, 13e6, 9)
    row = runner.TapeRow("normal", 1_996_097, 2_204_643, digest.REPORT_SHA256["normal"], speed)
    result = runner.run_workload("base", runner.BOOK_RUNNERS, rounds=1)
    console = Console(record=True, width=140)
    tables.report(console, [row], [result])
    text = console.export_text()
    for part in ("e9b2e3926854 as published", "12.35", "do not compare", "calibration loop"):
        assert part in text
    assert f"{small.expected.trades:,} trades" in text


def test_workloads_side_by_side(small: Workload) -> None:
    """Rounds of all workloads interleave; relative speeds are those of the same rounds."""
    went = []

    def named(workload: Workload) -> Run:
        went.append(workload.name)
        return Run(lambda: None, lambda: workload.expected)

    results = runner.run_workloads(["base", "top"], {"a": named}, rounds=2)
    assert len(went) == 6
    assert [len(result.elapsed_ns["a"]) for result in results] == [2, 2]
    slow = results[0]._replace(workload="deep", elapsed_ns={"a": (4, 40)})
    base = results[0]._replace(workload="base", elapsed_ns={"a": (2, 20)})
    found = runner.relative_speeds([base, slow], "base")
    assert found == {"base": {"a": 1.0}, "deep": {"a": 0.5}}


def test_published_table() -> None:
    speeds = [runner.Speed(each, each, each, 1) for each in (3e6, 2e6)]
    rows = [runner.TapeRow(str(i), 1, 1, "0" * 64, speed) for i, speed in enumerate(speeds)]
    console = Console(record=True, width=140)
    console.print(tables.published_table(rows))
    text = console.export_text()
    for part in ("hkperp, here (1)", "2.00", "CppTrader", "7.26"):
        assert part in text
