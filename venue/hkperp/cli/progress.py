"""What a person sees while a run goes on: one line that changes, or a line now and then.

On a terminal the line is written over itself; in a pipe or a log file a line follows at each
eighth of a pack. It goes to standard error, so that what is piped is the summary alone.
"""

import shutil
import sys
import time
from typing import TextIO

from hkperp.replay.runner import Minute
from hkperp.reports.wording import Terms, clock
from hkperp_engine import kernel_cache
from hkperp_engine.kernel import BUILD, expected_kernel_count

__all__ = ["CompileLine", "ProgressLine", "cache_place"]

_BAR = 24
_LINES_PER_PACK = 8
_NOT_SOONER_S = 0.1
_WORTH_A_WORD_S = 0.5


def cache_place() -> str:
    """Return the folder that holds compiled code, or a word that says there is none."""
    folder = kernel_cache.folder(BUILD, "hkperp.machine") if BUILD != "python" else None
    return str(folder.parent.parent) if folder else "nothing is kept"


class CompileLine:
    """Counts kernels while they are compiled, and says why it happens once only."""

    def __init__(self, stream: TextIO | None = None) -> None:
        """Write to `stream`, standard error by default."""
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._begun = 0.0
        self._shown = 0.0
        self._count = 0
        self._is_said = False
        self._is_ended = False

    def compiling(self, name: str, seconds: float, count: int) -> None:
        """Take note of a kernel that was compiled in `seconds`."""
        self._count = count
        if not self._begun:
            self._begun = time.monotonic() - seconds
        if self._is_ended or self.seconds < _WORTH_A_WORD_S:
            return
        if not self._is_said:
            self._is_said = True
            self._write(f"compiling, once and for all later runs; kept in {cache_place()}\n")
        now = time.monotonic()
        gap = _NOT_SOONER_S if self._is_terminal else 10.0
        if now - self._shown > gap:
            self._shown = now
            text = f"  kernel {count} of at most {expected_kernel_count()}, {self.seconds:.0f} s"
            self._write(f"\r{text}\x1b[K" if self._is_terminal else f"{text}\n")

    @property
    def seconds(self) -> float:
        """Seconds since the first kernel."""
        return time.monotonic() - self._begun

    def end(self) -> None:
        """Close the line, if there is one."""
        if self._begun and self._is_said and not self._is_ended:
            self._is_ended = True
            start = "\r" if self._is_terminal else ""
            end = "\x1b[K\n" if self._is_terminal else "\n"
            self._write(f"{start}  {self._count} kernels compiled in {self.seconds:.0f} s{end}")
        self._begun = 0.0

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class ProgressLine(CompileLine):
    """Shows how far a replay is; a `replay.runner.Watch`. `terms`: of the first contract."""

    def __init__(self, terms: Terms, stream: TextIO | None = None) -> None:
        """Write to `stream`, standard error by default."""
        super().__init__(stream)
        self._terms = terms
        self._line_shown = 0.0

    def minute(self, minute: Minute) -> None:
        """Show a simulated minute, if it is time to."""
        self.end()
        is_last, is_first = minute.done == minute.total, minute.done == 1
        now = time.monotonic()
        if self._is_terminal:
            is_due = now - self._line_shown > _NOT_SOONER_S
        else:
            before = (minute.done - 1) * _LINES_PER_PACK // minute.total
            is_due = minute.done * _LINES_PER_PACK // minute.total > before
        if not (is_due or is_last or is_first):
            return
        self._line_shown = now
        done = _BAR * minute.done // minute.total
        bar = f"[{'#' * done}{'.' * (_BAR - done)}] " if self._is_terminal else ""
        text = (
            f"{minute.pack:20} {bar}{clock(minute.time_ns)[:5]}  {minute.commands:>11,} commands  "
            f"mark {self._terms.price(minute.mark_ticks)}  {minute.liquidations:,} liquidations"
        )
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._write(f"\r{text[:width]}\x1b[K" + ("\n" if is_last else ""))
        else:
            self._write(f"{text}\n")
