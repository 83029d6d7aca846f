"""The command line: exit status, one line for a mistake, and nothing heavy before it is needed."""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bad_input import CASES, GOOD, Case
from crash_run import CRASH, PACKS, crash_folder
from hkperp.cli import main as cli
from hkperp.cli import replay as cli_replay
from hkperp.cli.main import main
from hkperp_engine.errors import InvariantBroken


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    status = main([str(each) for each in arguments])
    return status, *capsys.readouterr()


def spawned(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_is_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
) -> None:
    monkeypatch.setenv("HKPERP_DATA", str(tmp_path))
    file = tmp_path / "bad.yaml"
    file.write_bytes(case.content)
    status, out, err = run(capsys, "validate", file)
    assert (status, out) == (2, "")
    assert err.startswith(f"{file}:{case.expected}"), err
    assert err.count("\n") == 1
    assert len(err) < 500 + len(str(file))


@pytest.mark.parametrize("case", CASES[:3], ids=lambda case: case.name)
def test_bad_input_is_not_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: Case
) -> None:
    file = tmp_path / "bad.yaml"
    file.write_bytes(case.content)
    status, out, err = run(capsys, "replay", file, "--out", tmp_path / "run")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay"], "the following arguments are required: FILE"),
        (["replai"], "invalid choice: 'replai'"),
        (["replay", "x.yaml", "--colour"], "unrecognized arguments: --colour"),
        (["replay", "no-such.yaml"], "no-such.yaml"),
        (["replay", "."], "."),
        (["replay", GOOD, "--pack", "nope"], "no pack 'nope' (one of five-times)"),
        (["explain", "afmm"], "the following arguments are required: --run"),
        (["bench", "--workload", "nope"], "no workload 'nope'"),
        (["bench", "--tape", "nope"], "no tape 'nope'"),
        (["bench", "--rounds", "0"], "at least 1 round"),
        (["bench", "--rounds", "many"], "invalid int value"),
    ],
)
def test_mistakes_are_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list, said: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1), err
    assert said in err


def test_validate(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "validate", GOOD)
    assert status == 0
    assert out.startswith(f"{GOOD}: valid\n")
    assert "43 accounts" in out
    assert "pack five-times: design default, 5x" in out


def test_replay_keeps_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "run"
    status, out, err = run(capsys, "replay", CRASH, "--out", folder)
    assert status == 0
    assert "All 13 expectations held." in out
    assert f"kept in {folder}" in out
    assert out.startswith((folder / "summary.txt").read_text())
    assert {path.name for path in folder.iterdir()} == {
        "run.json",
        "summary.json",
        "summary.txt",
        *PACKS,
    }
    for pack in PACKS:
        assert f"{pack:20} 01:03" in err

    status, out, err = run(capsys, "replay", CRASH, "--out", folder)
    assert (status, out) == (2, "")
    assert err == f"{folder}: --out: exists already (--force replaces an earlier run)\n"
    status, out, err = run(capsys, "replay", CRASH, "--out", folder, "--force", "--quiet")
    assert (status, out, err) == (0, "All 13 expectations held.\n", "")


def test_expectations_that_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rich.yaml"
    file.write_text(CRASH.read_text().replace("first_loss: 10_000,", "first_loss: 100_000_000,"))
    status, out, _ = run(capsys, "replay", file, "--quiet", "--pack", PACKS[1])
    assert status == 1
    assert out == (
        "2 of 5 expectations FAILED:\n"
        "  haircut-100x: layer_4_used is 0, expected 10000 (LOSS-02)\n"
        "  haircut-100x: haircuts is 0, expected at least 1 (LOSS-05)\n"
    )


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "explain", "--run", crash_folder(), "crowd/97")
    assert (status, err) == (0, "")
    assert "Account crowd/97 (wallet 115)" in out
    assert run(capsys, "explain", "--run", crash_folder())[0] == 0
    assert run(capsys, "explain", "--run", crash_folder(), "nobody")[0] == 2


def test_a_run_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "explain", "--run", tmp_path, "afmm")
    assert (status, out, err.count("\n")) == (3, "", 1)


def test_our_own_mistakes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise InvariantBroken("sum is 1", rule="INV-02", sequence=7)

    monkeypatch.setattr(cli_replay, "replay", broken)
    status, _, err = run(capsys, "replay", CRASH, "--quiet")
    assert status == 70
    assert err.startswith("INV-02 at sequence 7: sum is 1\n")
    assert "report it" in err
    monkeypatch.setattr(cli_replay, "replay", lambda *_, **__: 1 // 0)
    status, _, err = run(capsys, "replay", CRASH, "--quiet")
    assert status == 70
    assert "internal error: ZeroDivisionError" in err
    assert "Traceback" not in err


def test_debug_shows_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (("--debug", "validate"), ("validate", "--debug")):
        status, _, err = run(capsys, *arguments, tmp_path / "none.yaml")
        assert status == 2
        assert "Traceback (most recent call last)" in err


def test_stopped_from_the_keyboard(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli_replay, "replay", stop)
    status, _, err = run(capsys, "replay", CRASH, "--out", tmp_path / "run")
    assert (status, err) == (130, "stopped; nothing was kept\n")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_has_had_enough() -> None:
    """`hkperp explain | head -1` ends quietly."""
    command = [sys.executable, "-m", "hkperp", "explain", "--run", str(crash_folder()), "crowd/97"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys)[0] == 0
    for name in ("replay", "validate", "explain", "bench", "doctor"):
        done = spawned("-m", "hkperp", name, "--help")
        assert done.returncode == 0
        assert done.stdout.startswith(f"usage: hkperp {name} ")
        assert name in spawned("-m", "hkperp", "--help").stdout
    status, out, _ = run(capsys, "--version")
    assert (status, out.split()[0]) == (0, "hkperp")


@pytest.mark.parametrize(
    "code", ["import hkperp", "from hkperp.cli.main import main; main(['--help'])"]
)
def test_nothing_heavy_is_imported(code: str) -> None:
    check = (
        "import sys\ntry:\n    exec(%r)\nexcept SystemExit:\n    pass\n"
        "print('heavy:', [n for n in ('numba', 'numpy', 'rich', 'msgspec') if n in sys.modules])"
    )
    done = spawned("-c", check % code)
    assert done.stdout.rstrip().endswith("heavy: []"), done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [("-c", "import hkperp"), ("-m", "hkperp", "--help")])
def test_it_answers_at_once(arguments: tuple[str, ...]) -> None:
    """Under 0.3 s, the median of five; of processor time, since other tests run beside this."""
    taken = []
    for _ in range(5):
        before = os.times()
        start = time.perf_counter()
        spawned(*arguments)
        after = os.times()
        cpu = after.children_user + after.children_system
        cpu -= before.children_user + before.children_system
        taken.append(min(cpu, time.perf_counter() - start))
    assert statistics.median(taken) < 0.3, taken


def test_every_command_is_listed() -> None:
    assert cli.__doc__ is not None
    for status in ("0 ", "1 ", "2 ", "3 ", "70 ", "130 "):
        assert f"\n    {status}" in cli.__doc__
