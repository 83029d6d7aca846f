"""What every test run shares: the checked build, a cache of its own, kernels compiled once.

Property tests run without a stopwatch: their first example may compile a kernel for seconds.
"""

import os

# Bounds are checked in every test; the choice is read when a kernel module is imported, so it
# must stand before any of ours is. `HKPERP_BUILD=python pytest` overrides it.
os.environ.setdefault("HKPERP_BUILD", "checked")

import hypothesis
import pytest

import recorded
import warm_up
from hkperp_engine import kernel_cache

# Beside the user's cache, never in it, and inherited by every process that a test starts.
os.environ.setdefault("HKPERP_CACHE", str(kernel_cache.default_root().with_name("hkperp-tests")))

hypothesis.settings.register_profile("hkperp", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "hkperp-ci", parent=hypothesis.settings.get_profile("hkperp"), derandomize=True
)
hypothesis.settings.load_profile("hkperp-ci" if os.environ.get("CI") else "hkperp")


@pytest.hookimpl(optionalhook=True)  # of pytest-xdist, just before it starts the workers
def pytest_xdist_setupnodes() -> None:
    """Compile the kernels once; else each worker would compile all of them for itself."""
    if os.environ["HKPERP_BUILD"] != "python":
        warm_up.compile_kernels()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much was not tested because recorded data is not part of the repository."""
    reasons = [report.longrepr[2] for report in terminalreporter.stats.get("skipped", [])]
    count = sum(recorded.MISSING in reason for reason in reasons)
    terminalreporter.write_line(f"{count} tests skipped for lack of recorded data (HKPERP_DATA)")
