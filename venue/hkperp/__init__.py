"""A perpetual-contract venue in a box: order book, clearing house and scenario replay.

Importing this package costs milliseconds: `Venue` and all that needs numba is brought in when it
is first asked for, so that `hkperp --help` answers before a compiler has been loaded.
"""

import importlib
from typing import Any

__all__ = ["Venue"]

_HOMES = {"Venue": "hkperp.venue"}  # public name -> the module that defines it


def __getattr__(name: str) -> Any:
    """Import a public name from its module on first use, and remember it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
