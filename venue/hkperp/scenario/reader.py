"""Reads a scenario file: text to records, every mistake with its line, column and path.

    file ─► strict_yaml ─► msgspec records ─► checks ─► Config of each pack ─► proof

`load` gives a scenario that can run, or raises one `ScenarioError` of one line. Nothing is
allocated and nothing is compiled before that.
"""

import difflib
import hashlib
import re
from pathlib import Path as FilePath
from typing import Any

import msgspec
from msgspec import inspect

from hkperp.quantities import Figure, Quantity
from hkperp.rules.proof import check_config
from hkperp.rules.regimes import check_regime
from hkperp.scenario.checks import check_records
from hkperp.scenario.price_path import read_csv
from hkperp.scenario.settings import config_of, origin
from hkperp.scenario.strict_yaml import Document, Path, read_document, read_text
from hkperp.scenario.whole import Scenario
from hkperp_engine.errors import InputError, ScenarioError

__all__ = ["digest", "load", "loads", "validate"]

_PART = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+)\]")
_NAMED = re.compile(r"(?:unknown|required) field `([^`]*)`")
_WORDS = {
    "object": "a mapping (key: value)",
    "array": "a list",
    "int": "a whole number",
    "str": "text",
    "bool": "true or false",
    "null": "null",
}


def load(path: str | FilePath) -> Scenario:
    """Return the scenario of a file, checked; `ScenarioError` if it is wrong. O(size)."""
    return _build(read_document(path))


def loads(content: bytes, source: str = "scenario") -> Scenario:
    """Return the scenario of a file's bytes; `source` stands for its name in errors."""
    return _build(read_text(content, source))


def digest(scenario: Scenario) -> str:
    """Return the SHA-256, in hex, of everything a scenario says; comments and layout do not count.

    A column read from a CSV file counts by its values.
    """
    return hashlib.sha256(msgspec.json.encode(scenario, enc_hook=_written)).hexdigest()


def validate(scenario: Scenario, document: Document) -> None:
    """Raise `ScenarioError` unless the records fit together and every pack can be proved."""
    check_records(scenario, document)
    for index, pack in enumerate(scenario.packs):
        try:
            config = config_of(scenario, pack)
            check_config(config)
            if pack.regime is not None:
                check_regime(config, pack.regime)
        except InputError as error:
            place = origin(error.path, scenario, index)
            if not error.path:  # of no setting: the name of the regime itself
                place = ("packs", index, "regime")
            raise document.error(place, error.message, hint=error.hint) from None


def _build(document: Document) -> Scenario:
    try:
        scenario: Scenario = msgspec.convert(document.value, Scenario, dec_hook=_quantity)
    except msgspec.ValidationError as error:
        raise _refusal(document, str(error)) from None
    scenario = _with_columns(scenario, document)
    validate(scenario, document)
    return scenario


def _quantity(kind: type, written: Any) -> Any:
    """Convert what msgspec does not know: quantities with a unit."""
    if issubclass(kind, Quantity):
        return kind.parse(written)
    raise NotImplementedError(kind.__name__)


def _written(quantity: Any) -> Any:
    """Write a quantity for `digest`: in its units, or the text of a figure."""
    return quantity.written if isinstance(quantity, Figure) else int(quantity)


def _refusal(document: Document, text: str) -> ScenarioError:
    """Return what msgspec found as one of ours: its path leads to the line."""
    message, _, where = text.partition(" - at `$")
    path: Path = tuple(
        int(index) if index else name for name, index in _PART.findall(where.rstrip("`"))
    )
    named = _NAMED.search(message)
    if named and message.startswith("Object contains unknown"):
        path = (*path, named[1])
        return document.error(path, "no such key", at_key=True)
    if named:
        return document.error(path, f"key {named[1]} is missing")
    hint = _choices(path, document.value) if message.startswith("Invalid") else ""
    message = message.replace(" | null`", "`")  # a key that may be left out
    message = re.sub(r"`(\w+)`", lambda found: _WORDS.get(found[1], found[1]), message)
    message = re.sub(r"matching regex '(?:.*)'$", "of the form of a name or id", message)
    return document.error(path, message[:1].lower() + message[1:300], hint=hint)


def _nearest(word: str, words: list[str]) -> str:
    """Return the words that are like one, as a hint; where the others stand, if none is."""
    like = difflib.get_close_matches(word, words)
    if like:
        return "did you mean " + " or ".join(like) + "?"
    return f"one of the {len(words)} verbs of docs/scenarios.md: " + ", ".join(words[:8]) + ", ..."


def _choices(path: Path, value: Any) -> str:
    """Return the words that may stand at a path, as a hint; empty if they cannot be told."""
    kind: Any = inspect.type_info(Scenario)
    for part in path:
        if isinstance(kind, inspect.UnionType):
            # One record of several: the one whose tag the file gives, or none was recognised.
            tags = {each.tag: each for each in kind.types if isinstance(each, inspect.StructType)}
            if part == "do":
                return _nearest(str(value[part]), [str(tag) for tag in tags])
            is_one = len(tags) < 2  # a record that may be left out
            kind = [*tags.values(), kind.types[0]][0] if is_one else tags[value["do"]]
        if isinstance(kind, inspect.VarTupleType):
            kind = kind.item_type
        elif isinstance(kind, inspect.StructType):
            kind = next(field.type for field in kind.fields if field.encode_name == part)
        else:
            return ""
        value = value[part]
    return "one of " + ", ".join(map(str, kind.values)) if hasattr(kind, "values") else ""


def _with_columns(scenario: Scenario, document: Document) -> Scenario:
    """Return the scenario with the knots of its CSV columns in place."""
    paths = []
    for index, path in enumerate(scenario.paths):
        if path.csv is not None and not path.knots:
            try:
                knots = read_csv(path.csv, scenario.start, scenario.end)
            except ValueError as error:
                message = f"{path.csv.file}: {error}"
                raise document.error(("paths", index, "csv", "file"), message) from None
            path = msgspec.structs.replace(path, knots=knots)
        paths.append(path)
    return msgspec.structs.replace(scenario, paths=tuple(paths))
