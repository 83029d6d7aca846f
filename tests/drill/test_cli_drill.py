"""`hkperp drill`: exit status, the page, the folder."""

import json
from pathlib import Path

import pytest

import hkperp.drill.report
from drill_cases import CLIENT, SCENARIOS, Silent, held
from hkperp.cli.main import main
from hkperp.drill.times import Requirement
from hkperp.replay.runner import replay
from hkperp.scenario.reader import load

TAKEOVER = SCENARIOS / "takeover.yaml"
AT = "2026-03-02T00:05Z"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    status = main(["drill", *(str(each) for each in arguments)])
    return status, *capsys.readouterr()


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(each.relative_to(folder)): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


def test_the_page_and_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same page three times, and a log that `explain` reads like any other run's."""
    out = tmp_path / "kept"
    status, page, err = run(capsys, TAKEOVER, "--at", AT, "--largest-client", "--out", out)
    assert status == 0, err
    assert page == (out / "drill.txt").read_text(encoding="utf-8")
    assert "PASSED: all 17 requirements hold." in page
    assert max(map(len, page.splitlines())) <= 118
    for line in (
        "alice    long 100 CO-PERP      10,000.00",
        "00:06:00  backer                   takes long 30 CO-PERP at 98.00 of alice as a backstop",
        "Replenishment due from the operator: 150.00.",
    ):
        assert line in page
    found = json.loads((out / "drill.json").read_text(encoding="utf-8"))
    assert (found["deficit"], found["deficit_without_default"]) == ("600", "1000")
    assert [each["borne"] for each in found["layers"]] == [
        "0",
        "100",
        "258",
        "50",
        "192",
        "0",
        "0",
    ]
    assert found["log_digest"] in page and found["principal_taken"] == "0"
    assert found["clients"][0] == {
        "client": "calm",
        "gain": "400",
        "cut": "64",
        "given_up": "0",
        "repaid": "64",
        "positions_closed": {"CO-PERP": "50"},
        "units_lost": "0",
        "recovered": "0",
        "liquidated": False,
    }
    written = (out / "drill.md").read_text(encoding="utf-8")
    assert written.startswith(
        "# Default drill: largest client, scenario takeover, pack small-fund"
    )
    assert "| LOSS-03 | Margin principal of non-defaulters taken | 0.00 | 0.00 | yes |" in written
    assert main(["explain", "--run", str(out), "calm"]) == 0
    assert "40 CO-PERP closed against alice at 100.00" in capsys.readouterr().out


def test_the_same_input_gives_the_same_bytes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("one", "two"):
        run(capsys, TAKEOVER, "--at", AT, "--all", "--out", tmp_path / name)
    first, second = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert first == second
    assert "largest-client/small-fund/events.bin" in first


def test_the_standard_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """DEF-01: what a scenario has not got is said; each drill is what it is on its own."""
    out = tmp_path / "all"
    status, page, _ = run(capsys, TAKEOVER, "--at", AT, "--all", "--out", out)
    assert status == 0
    assert "PASSED: 2 of 2 drills held passed." in page
    assert "Not held: largest group: no group of connected clients has a position at" in page
    found = json.loads((out / "drill.json").read_text(encoding="utf-8"))
    assert [each["folder"] for each in found["drills"]] == ["afmm", "largest-client"]
    assert [each["who"] for each in found["not_held"]] == ["largest group"]
    assert sorted(each.name for each in out.iterdir() if each.is_dir()) == [
        "afmm",
        "largest-client",
    ]
    alone = tmp_path / "alone"
    run(capsys, TAKEOVER, "--at", AT, "--largest-client", "--out", alone)
    assert contents(out / "largest-client") == contents(alone)


def test_every_issuer(capsys: pytest.CaptureFixture[str]) -> None:
    """DEF-02: the issuers of margin assets in turn, by default with nothing recovered."""
    file = SCENARIOS / "issuer-default.yaml"
    status, page, _ = run(capsys, file, "--at", AT, "--issuer", "issuer-x")
    assert status == 0
    assert "4 accounts: 14,500.00 HKDX gone" in page and "recovered, to" not in page
    status, page, _ = run(capsys, file, "--at", AT, "--issuer", "issuer-x", "--recovered", "40%")
    assert "5,800.00 HKD recovered, to 4 accounts" in page
    status, page, _ = run(capsys, file, "--at", AT, "--all")
    assert "issuer issuer-x" in page


def test_a_requirement_that_does_not_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit status 1, and the page says which."""
    broken = Requirement("LOSS-03", "Principal", "0.00", "1.00", False)
    monkeypatch.setattr(hkperp.drill.report, "checks", lambda drill, record: [broken])
    status, page, _ = run(capsys, TAKEOVER, "--at", AT, "--largest-client")
    assert status == 1
    assert "FAILED: 1 of 7 requirements (LOSS-03)." in page
    status, page, _ = run(capsys, TAKEOVER, "--at", AT, "--all")
    assert status == 1
    assert "FAILED: 0 of 2 drills held passed." in page


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--at", AT], "command line: say who fails"),
        (["--largest-client"], "--at: say when the default is declared"),
        (["--at", "noon", "--afmm"], "--at: "),
        (["--at", "2025-01-01T00:00Z", "--afmm"], "--at: 2025-01-01T00:00Z is outside"),
        (["--at", AT, "--until", "2026-03-02T00:04Z", "--afmm"], "--until: "),
        (["--at", AT, "--until", "late", "--afmm"], "--until: "),
        (["--at", AT, "--until", AT, "--afmm"], "--until: no mark step after 2026-03-02 00:05"),
        (["--at", "2026-03-02T02:05Z", "--afmm"], "--at: no mark step after 2026-03-02 02:05"),
        (["--at", AT, "--pack", "none", "--afmm"], "--pack: no pack 'none'"),
        (["--at", AT, "--account", "nobody"], "--account: no account 'nobody'"),
        (["--at", AT, "--account", "calm/1"], "--account: no account 'calm/1'"),
        (["--at", AT, "--account", "carl"], "--account: carl has no position at"),
        (["--at", AT, "--issuer", "nobody"], "--issuer: no issuer 'nobody'"),
        (["--at", AT, "--largest-group"], "--at: no group of connected clients has"),
        (["--at", "2026-03-02T00:00Z", "--largest-client"], "--at: no client has a position"),
        (["--at", AT, "--afmm", "--recovered", "4%"], "--recovered: is of an issuer"),
        (["--at", AT, "--all", "--recovered", "a lot"], "--recovered: "),
        (["--at", AT, "--afmm", "--all"], "command line: argument --all: not allowed with"),
    ],
)
def test_bad_input_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    """Exit status 2, and nothing half-written is left."""
    out = tmp_path / "out"
    status, page, err = run(capsys, TAKEOVER, *arguments, "--out", out)
    last = [line for line in err.splitlines() if " commands  mark " not in line]
    assert (status, page, len(last)) == (2, "", 1), err
    assert last[0].startswith(expected), err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --force nothing, with it only an earlier drill."""
    out, other = tmp_path / "out", tmp_path / "other"
    asked = [TAKEOVER, "--at", AT, "--largest-client"]
    assert run(capsys, *asked, "--out", out)[0] == 0
    before = contents(out)
    status, _, err = run(capsys, *asked, "--out", out)
    assert (status, contents(out)) == (2, before)
    assert "exists already" in err and "--force" in err
    assert run(capsys, *asked, "--out", out, "--force")[0] == 0
    assert contents(out) == before
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(capsys, *asked, "--out", other, "--force")[0] == 2
    assert contents(other) == {"mine.txt": b"mine"}


def test_without_a_default_it_is_the_replay() -> None:
    """What a drill is compared with is the scenario itself, to its last state."""
    found = held(CLIENT, fails=False).played
    outcome = replay(load(TAKEOVER), Silent())
    assert found.state_hash == outcome.results[0].state_hash
    assert len(held(CLIENT, fails=False).events) == outcome.results[0].events


def test_issuers_whose_names_make_the_same_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`Bank A` and `bank-a`: each drill of the set is kept, and drill.json says where."""
    text = (SCENARIOS / "issuer-default.yaml").read_text(encoding="utf-8")
    coin = next(line for line in text.splitlines() if "name: HKDX, kind" in line)
    both = coin.replace("issuer-x", "Bank A") + "\n"
    both += coin.replace("issuer-x", "bank-a").replace("HKDX", "HKDY")
    file, out = tmp_path / "two.yaml", tmp_path / "set"
    file.write_text(text.replace(coin, both), encoding="utf-8")
    at = ("--at", "2026-03-02T00:03Z", "--until", "2026-03-02T00:05Z")
    status, _, err = run(capsys, file, *at, "--all", "--out", out)
    assert status in (0, 1), err
    found = json.loads((out / "drill.json").read_text(encoding="utf-8"))
    kept = {each["who"]: out / each["folder"] for each in found["drills"]}
    assert {"issuer Bank A", "issuer bank-a"} <= set(kept)
    for who, folder in kept.items():
        assert json.loads((folder / "drill.json").read_text(encoding="utf-8"))["who"] == who
