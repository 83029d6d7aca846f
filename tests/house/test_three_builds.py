"""The same corpus in all three builds, and with tiny and with large pools: one digest (ORD-02).

INV-11: what comes out depends on neither the build nor the ring, nor on where the loop stopped.
"""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

CORPUS = Path(__file__).with_name("machine_corpus.py")
SEEDS = ["0", "1", "2", "3"]


@functools.cache
def digest(build, pools):
    """Run the corpus in a process of its own; return the digest it prints."""
    environment = {**os.environ, "HKPERP_BUILD": build}
    if build == "python":
        environment["PYTHONWARNINGS"] = "error"  # an overflow of a numpy integer is a warning
    run = subprocess.run(
        [sys.executable, str(CORPUS), pools, *SEEDS],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-2000:]
    return run.stdout.strip()


@pytest.mark.parametrize("pools", ["tiny", "large"])
@pytest.mark.parametrize("build", ["production", "checked", "python"])
def test_three_builds_and_two_sizes_agree(build, pools):
    """Each against production with large pools, which is how a venue runs."""
    assert digest(build, pools) == digest("production", "large")
