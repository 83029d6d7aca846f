"""Recorded market data: where it lies, and why a test is skipped when it does not.

The data is large and its owners' terms differ, so the repository holds none. A test that needs a
file asks `has(name)` in a skip mark with the reason MISSING; conftest.py counts these skips.
"""

import os
from pathlib import Path

MISSING = "recorded data: HKPERP_DATA names no folder that has it"


def folder() -> Path:
    """The folder that HKPERP_DATA names; without it one that does not exist."""
    return Path(os.environ.get("HKPERP_DATA") or "no recorded data")


def has(name: str) -> bool:
    """Tell whether a file is there."""
    return (folder() / name).is_file()
