"""Files of compiled code that are damaged, foreign, or written by two processes at a time."""

import threading
from pathlib import Path

import pytest

from kernel_probe import run, write_probe

numba = pytest.importorskip("numba")

#: A pickle of a class in a module that does not exist, as a test's own class is to other programs.
FOREIGN = b"cno_such_module\nState\n."
VERSION = f"V{numba.__version__}\n.".encode()  # a pickle of numba's version, which comes first

PLANTED = [
    ("nbi", b""),
    ("nbi", VERSION),
    ("nbi", VERSION + FOREIGN),
    ("nbi", VERSION + b"no pickle at all"),
    ("nbc", b""),
    ("nbc", FOREIGN),
]


def test_what_cannot_be_loaded_is_compiled_again(tmp_path: Path) -> None:
    """And kept in the place of what was damaged."""
    write_probe(tmp_path)
    compiled = ["12", "2", "1:callee.advance", "2:caller.advance_twice"]
    assert run("-m", "hkperp_probe", folder=tmp_path).split() == compiled
    for ending, planted in PLANTED:
        files = list((tmp_path / "cache").rglob(f"*.{ending}"))
        assert len(files) == 2
        for file in files:
            file.write_bytes(planted)
        found = run("-m", "hkperp_probe", folder=tmp_path).split()
        assert found == compiled, f"{ending}: {planted!r}"
    assert run("-m", "hkperp_probe", folder=tmp_path).split() == ["12", "1"]


def test_entries_written_at_the_same_time_are_all_kept(tmp_path: Path) -> None:
    """Each writer has its own index in mind; without the lock entries get lost or mixed up."""
    from hkperp_engine.kernel_file import _KernelFile

    def file() -> _KernelFile:
        return _KernelFile(cache_path=str(tmp_path), filename_base="kernel", source_stamp="stamp")

    start = threading.Barrier(8)

    def write(writer: int) -> None:
        start.wait()
        for entry in range(20):
            file().save((writer, entry), f"code for {writer}, {entry}")

    writers = [threading.Thread(target=write, args=(writer,)) for writer in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    wrong = [
        key
        for key in ((writer, entry) for writer in range(8) for entry in range(20))
        if file().load(key) != f"code for {key[0]}, {key[1]}"
    ]
    assert not wrong
