"""What every check of a scenario does: look a name up, bring a quantity to whole units."""

from collections.abc import Callable, Iterable
from typing import Any

from hkperp.scenario.strict_yaml import Document, Path

__all__ = ["exact", "known"]


def exact(document: Document, at: Path, convert: Callable[..., Any], *values: Any) -> Any:
    """Return a conversion to ticks or lots, or raise its ValueError at the place."""
    try:
        return convert(*values)
    except ValueError as error:
        raise document.error(at, str(error)) from None


def known(document: Document, at: Path, name: str, records: Iterable[Any], what: str) -> Any:
    """Return the record of a name, or raise at the place that names it."""
    names = []
    for record in records:
        if record.name == name:
            return record
        names.append(record.name)
    raise document.error(
        at, f"no {what} is named {name}", hint=("one of " + ", ".join(names))[:200]
    )
