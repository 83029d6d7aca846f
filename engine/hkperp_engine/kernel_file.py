"""The files that hold one kernel's compiled code: numba's, made safe to share between processes.

numba writes an index (argument types -> number of a code file) and the code files. Two processes
that compile one kernel for different argument types at the same time both begin with the index
they read, so one entry is lost, or one number is given twice and code is loaded that was compiled
for other arguments. Here one process at a time changes the files of a folder. And an index or a
code file that cannot be read, for whatever reason, counts as missing: the kernel is compiled
again. Imports numba, so only a compiled build may import this module.
"""

import contextlib
import os

from numba.core.caching import IndexDataCacheFile

__all__ = ["make_robust"]

#: Nothing is ever written to it. One for a whole folder: a save takes a millisecond.
_LOCK_NAME = ".saving"


def make_robust(dispatcher):
    """Give a dispatcher that caches our kind of files in the place of numba's own."""
    cache = dispatcher._cache
    cache._cache_file = _KernelFile(
        cache_path=cache._cache_path,
        filename_base=cache._impl.filename_base,
        source_stamp=cache._impl.locator.get_source_stamp(),
    )


class _KernelFile(IndexDataCacheFile):
    """Index and code files of one kernel."""

    def save(self, key, data):
        """Save an entry; alone in the folder from reading the index to writing the code."""
        with _alone_in(self._cache_path):
            super().save(key, data)

    def _load_index(self):
        try:
            return super()._load_index()
        except Exception:  # a pickle may raise anything: a class that moved, a file cut short
            return {}

    def _load_data(self, name):
        try:
            return super()._load_data(name)
        except Exception as error:
            raise FileNotFoundError(name) from error  # which the caller takes for "not there"


@contextlib.contextmanager
def _alone_in(folder):
    """Hold the folder's lock; where files cannot be locked, go on without."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(os.path.join(folder, _LOCK_NAME), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
