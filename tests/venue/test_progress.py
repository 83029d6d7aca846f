"""What is shown while a run goes on: one changing line on a terminal, a few lines in a pipe."""

import io

import pytest

from hkperp.cli import progress
from hkperp.cli.progress import CompileLine, ProgressLine
from hkperp.replay.runner import Minute
from hkperp.reports.wording import Terms

TERMS = Terms("BTC-HKD-PERP", 10 * 10**8, 10**5, 10_000)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def minutes(line: ProgressLine, total: int) -> None:
    for done in range(1, total + 1):
        line.minute(Minute("pack", done, total, done * 60 * 10**9, 1000 * done, 94_653, done // 2))


def test_a_pipe_gets_a_line_now_and_then() -> None:
    stream = io.StringIO()
    minutes(ProgressLine(TERMS, stream), 1000)
    lines = stream.getvalue().splitlines()
    assert len(lines) == 9
    assert "\r" not in stream.getvalue()
    assert "\x1b" not in stream.getvalue()
    assert lines[-1].split() == (
        "pack 16:40 1,000,000 commands mark 946,530.00 500 liquidations".split()
    )


def test_a_terminal_gets_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stream = Terminal()
    minutes(ProgressLine(TERMS, stream), 1000)
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().endswith("\n")
    shown = stream.getvalue().replace("\x1b[K", "").strip().split("\r")
    assert max(len(line) for line in shown) < 80
    assert "[########################]" in shown[-1]


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()])
def test_compiling_is_counted(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO) -> None:
    monkeypatch.setattr(progress, "_WORTH_A_WORD_S", 0.0)
    line = CompileLine(stream)
    line.end()
    assert stream.getvalue() == ""
    for count in (1, 2, 3):
        line.compiling("kernel", 0.5, count)
    line.end()
    line.compiling("late", 0.5, 4)
    line.end()
    text = stream.getvalue()
    assert text.count("compiling, once and for all later runs; kept in ") == 1
    assert "  kernel 1 of at most " in text
    assert text.rstrip("\x1b[K\n").endswith(" s")
    assert "  3 kernels compiled in " in text


def test_a_kernel_or_two_are_not_worth_a_word() -> None:
    stream = io.StringIO()
    line = CompileLine(stream)
    line.compiling("kernel", 0.01, 1)
    line.end()
    assert stream.getvalue() == ""
