"""A small crash, replayed once for all tests that read what a run leaves behind."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

CRASH = Path(__file__).with_name("crash.yaml")
PACKS = ("five-times", "haircut-100x", "deleverage-100x")


class Watch:
    """Keeps what a replay tells it."""

    def __init__(self) -> None:
        self.minutes: list = []

    def compiling(self, name: str, seconds: float, count: int) -> None:
        """Compiling is not of interest here."""

    def minute(self, minute) -> None:
        self.minutes.append(minute)


@functools.cache
def crash_folder() -> Path:
    """The folder of the replayed crash; removed when the tests end. Read only."""
    from hkperp.replay.runner import replay
    from hkperp.reports.run_folder import making
    from hkperp.scenario.reader import load

    parent = Path(tempfile.mkdtemp(prefix="hkperp-crash-"))
    atexit.register(shutil.rmtree, parent, ignore_errors=True)
    with making(parent / "run") as folder:
        replay(load(CRASH), Watch(), folder=folder)
    return parent / "run"
