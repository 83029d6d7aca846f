"""The files of the repository, as a test sees them: what git tracks or would track."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from tidy_rules import Source

ROOT = Path(__file__).resolve().parents[1]

_NOT_OURS = {".git", ".venv", "out", "dist", "__pycache__", "build", ".hypothesis", ".benchmarks"}


def _paths() -> Iterator[str]:
    """Paths from the root with slashes; outside a clone (an unpacked sdist), whatever is there."""
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
        yield from filter(None, listed.decode().split("\0"))
        return
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        is_cache = any(part.endswith("_cache") for part in parts)
        if path.is_file() and not is_cache and not _NOT_OURS & set(parts):
            yield "/".join(parts)


def text_files() -> Iterator[Source]:
    """Every text file; one that is not UTF-8 or holds a zero byte is binary."""
    for path in sorted(set(_paths())):
        file = ROOT / path
        if not file.is_file():  # removed, not yet committed
            continue
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            yield Source(path, text)


def python_files() -> Iterator[Source]:
    """Every Python source, wherever it lies."""
    for source in text_files():
        if source.path.endswith(".py"):
            yield source
