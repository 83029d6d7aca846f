"""What every record of a scenario is: frozen, of known keys, each given once."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Name", "Record", "Words"]

# `(?![\s\S])` is the end of the text in Python and in JSON Schema alike; `$` is not.
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(?![\s\S])")]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping of a file: known keys only, each given once."""
