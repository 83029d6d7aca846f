"""The three builds of the book write the same events, byte for byte, and hold the same state."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def corpus(build: str) -> list[str]:
    """Output of the corpus in one build; warnings, such as an overflow, are errors."""
    path = os.pathsep.join((str(HERE.parents[1] / "engine"), str(HERE)))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(HERE / "book_corpus.py")],
        env={**os.environ, "HKPERP_BUILD": build, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr
    name, *lines = done.stdout.splitlines()
    assert name == build
    return lines


def test_builds_agree() -> None:
    plain = corpus("python")
    assert len(plain) == 4
    assert corpus("checked") == plain
    assert corpus("production") == plain
