"""The event log: what was written comes back, and no changed bit goes unnoticed (REC-01)."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from hkperp.reports import journal
from hkperp.reports.journal import LogWriter, open_log
from hkperp_engine.errors import StorageError
from hkperp_engine.layout import EVENT

CONFIG = hashlib.sha256(b"rules").hexdigest()
HEADER_BYTES, END_BYTES = 192, 56


def events(count: int, first: int = 1) -> np.ndarray:
    """Rows with something in every field."""
    rows = np.zeros(count, EVENT)
    for place, name in enumerate(EVENT.names):
        rows[name] = np.arange(first, first + count) * (place + 1)
    rows["sequence"] = np.arange(first, first + count)
    return rows


def written(path: Path, *parts: np.ndarray) -> str:
    with LogWriter(path, "pack", CONFIG) as log:
        for part in parts:
            log.append(part)
    return log.digest


@pytest.fixture
def short_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of three rows: a small log then has several, the last one shorter."""
    monkeypatch.setattr(journal, "SEGMENT_ROWS", 3)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 10])
def test_what_was_written_comes_back(tmp_path: Path, short_segments: None, count: int) -> None:
    path = tmp_path / "events.bin"
    digest = written(path, events(count))
    log = open_log(path, digest)
    assert (log.pack, log.config_digest, log.digest) == ("pack", CONFIG, digest)
    assert (log.events == events(count)).all()
    assert not log.events.flags.writeable


def test_parts_do_not_matter(tmp_path: Path, short_segments: None) -> None:
    whole = written(tmp_path / "a", events(10))
    parts = written(tmp_path / "b", events(1), events(7, 2), events(0), events(2, 9))
    assert whole == parts
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_segments_are_shown_once_each(tmp_path: Path, short_segments: None) -> None:
    path = tmp_path / "events.bin"
    written(path, events(8))
    seen: list[int] = []
    open_log(path, visit=lambda rows: seen.extend(rows["sequence"].tolist()))
    assert seen == list(range(1, 9))


def test_every_flipped_bit_is_noticed(tmp_path: Path, short_segments: None) -> None:
    path = tmp_path / "events.bin"
    written(path, events(4))
    whole = path.read_bytes()
    with open(path, "r+b", buffering=0) as file:
        for place in range(len(whole)):
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([whole[place] ^ 1 << bit]), place)
                with pytest.raises(StorageError):
                    open_log(path)
            os.pwrite(file.fileno(), whole[place : place + 1], place)
    open_log(path)


def test_every_cut_is_noticed(tmp_path: Path, short_segments: None) -> None:
    path = tmp_path / "events.bin"
    written(path, events(5))
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(StorageError):
            open_log(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(StorageError):
        open_log(path)


def test_rows_that_change_places_are_noticed(tmp_path: Path, short_segments: None) -> None:
    path = tmp_path / "events.bin"
    written(path, events(9))
    whole, segment = path.read_bytes(), 3 * EVENT.itemsize
    rows = whole[HEADER_BYTES : HEADER_BYTES + 3 * segment]
    swapped = rows[segment : 2 * segment] + rows[:segment] + rows[2 * segment :]
    path.write_bytes(whole[:HEADER_BYTES] + swapped + whole[HEADER_BYTES + len(rows) :])
    with pytest.raises(StorageError, match="sequence 1"):
        open_log(path)


def test_damage_says_where(tmp_path: Path, short_segments: None) -> None:
    path = tmp_path / "events.bin"
    written(path, events(9))
    damaged = bytearray(path.read_bytes())
    damaged[HEADER_BYTES + 4 * EVENT.itemsize] ^= 1  # row 5 stands in the second segment
    path.write_bytes(damaged)
    with pytest.raises(StorageError) as caught:
        open_log(path)
    assert caught.value.sequence == 4
    assert caught.value.offset == HEADER_BYTES + 3 * EVENT.itemsize
    assert caught.value.exit_status == 3


def test_another_whole_log_is_noticed(tmp_path: Path) -> None:
    digest = written(tmp_path / "a", events(4))
    written(tmp_path / "b", events(3))
    with pytest.raises(StorageError, match="not the log that the run wrote"):
        open_log(tmp_path / "b", digest)


def test_not_a_log(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no event log"):
        open_log(tmp_path / "nothing")
    (tmp_path / "empty").touch()
    with pytest.raises(StorageError, match="cut off"):
        open_log(tmp_path / "empty")


def test_a_gap_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="events are missing"):
        written(tmp_path / "events.bin", events(2), events(2, 4))
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_leaves_nothing(tmp_path: Path) -> None:
    log = LogWriter(tmp_path / "events.bin", "pack", CONFIG)

    def fail() -> None:
        with log:
            log.append(events(2))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(tmp_path.iterdir()) == []
