"""A small part of YAML, read event by event under fixed limits (docs/decisions/0010).

    file ─► bytes ─► UTF-8 text ─► PyYAML's events ─► Builder ─► Document: value and places

Plain text, true, false, null and decimal integers of 64 bits are all there is. Every node keeps
its line and column, so that whatever is found wrong later can still point at the file. Anything
else ends in one `ScenarioError`.
"""

import re
import stat
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import yaml

from hkperp_engine.errors import ScenarioError
from hkperp_engine.units import INT64_MAX, INT64_MIN

__all__ = ["BYTES_MAX", "DEPTH_MAX", "Document", "NODES_MAX", "Path", "SCALAR_MAX"]
__all__ += ["path_text", "read_document", "read_text"]

BYTES_MAX = 1 << 20
DEPTH_MAX = 16
NODES_MAX = 100_000
SCALAR_MAX = 4096  # characters of one scalar

#: Place of a node in the structure: keys and indices from the top.
Path = tuple[str | int, ...]

_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_NUMBER_LIKE = re.compile(r"[-+]?[0-9][0-9_]*|0[xob][0-9a-fA-F_]+")
_WORDS = {"true": True, "false": False, "null": None}
# Not text; and what one reader takes for the end of a line and another does not.
_CONTROL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)")
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")

# The C scanner gives the same events many times faster; where it was not built, Python's serves.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(NamedTuple):
    """What a file says: `value` of dicts, lists and scalars, and where each node stands.

    `places` maps the path of a node to the (line, column) of its value, from 1; `keys` maps the
    path of a mapping's entry to that of its key.
    """

    source: str
    value: Any
    places: dict[Path, tuple[int, int]]
    keys: dict[Path, tuple[int, int]]

    def error(
        self, path: Path, message: str, *, hint: str = "", at_key: bool = False
    ) -> ScenarioError:
        """Return the `ScenarioError` for the node at `path`, or for its nearest parent."""
        place = self.keys.get(path) if at_key else None
        known = path
        while place is None:
            place = self.places.get(known)
            if place is None and not known:
                place = (1, 1)
            known = known[:-1]
        return ScenarioError(
            message,
            source=self.source,
            line=place[0],
            column=place[1],
            path=path_text(path),
            hint=hint,
        )


def path_text(path: Path) -> str:
    """Write a path as people do: `("steps", 0, "lots")` is `steps[0].lots`, the top is `$`.

    >>> path_text(("steps", 0, "lots")), path_text(())
    ('steps[0].lots', '$')
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text[:200] or "$"


def read_document(path: str | FilePath) -> Document:
    """Read a file of at most 1 MiB and build its document."""
    source = str(path)
    try:
        if not stat.S_ISREG(FilePath(path).stat().st_mode):
            raise ScenarioError("is not a regular file", source=source)
        with open(path, "rb") as file:
            content = file.read(BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        # A name with a NUL in it is a ValueError, not an OSError.
        reason = getattr(error, "strerror", None) or str(error)
        raise ScenarioError(f"cannot be read: {reason}", source=source) from None
    return read_text(content, source)


def read_text(content: bytes, source: str) -> Document:
    """Build the document of a file's bytes; `source` is the name to show in errors."""
    text = _decoded(content, source)
    builder = _Builder(source)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        raise builder.syntax_error(error) from None
    if not builder.has_value:
        raise ScenarioError("the file is empty", source=source, line=1, column=1, path="$")
    return Document(source, builder.value, builder.places, builder.keys)


def _decoded(content: bytes, source: str) -> str:
    """Return the text, or say at which line and column it stops being text."""

    def refuse(before: str, message: str, hint: str = "") -> ScenarioError:
        line = before.count("\n") + 1
        column = len(before) - before.rfind("\n")
        place = {"line": line, "column": column, "path": "$"}
        return ScenarioError(message, source=source, hint=hint, **place)

    if len(content) > BYTES_MAX:
        raise refuse("", f"file of more than {BYTES_MAX:,} bytes")
    if content.startswith(_UTF16_MARKS):
        raise refuse("", "this is UTF-16", "save the file as UTF-8")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        raise refuse(before, f"not UTF-8: {error.reason}") from None
    if found := _CONTROL.search(text):
        hint = "save as UTF-8 without a byte-order mark" if found[0] == "\ufeff" else ""
        raise refuse(text[: found.start()], f"control character U+{ord(found[0]):04X}", hint)
    return text


class _Frame:
    """A mapping or sequence being filled; `key` is the one whose value comes next."""

    __slots__ = ("key", "path", "value")

    def __init__(self, value: Any, path: Path) -> None:
        self.value = value
        self.path = path
        self.key: str | None = None


class _Builder:
    """Takes events in order and keeps the open containers on a list, never on the call stack."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.value: Any = None
        self.has_value = False
        self.places: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self._open: list[_Frame] = []
        self._documents = 0
        self._nodes = 0

    def take(self, event: Any) -> None:
        """Take one event."""
        if isinstance(event, yaml.ScalarEvent):
            self._node(event)
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._node(event)
            self._start(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.AliasEvent):
            raise self._error(event, f"alias *{event.anchor}", "write the value out")
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._error(event, "second document", "one file holds one scenario")
            if event.version or event.tags:
                raise self._error(event, "YAML directive", "leave lines starting with % out")

    def syntax_error(self, error: Exception) -> ScenarioError:
        """Turn what PyYAML says into one of ours."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        context = getattr(error, "context", None)
        message = f"not YAML: {problem}" + (f" {context}" if context else "")
        return ScenarioError(
            message[:300],
            source=self.source,
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            path=path_text(self._here()),
        )

    def _here(self) -> Path:
        """Path of the node that comes next."""
        if not self._open:
            return ()
        top = self._open[-1]
        if isinstance(top.value, list):
            return (*top.path, len(top.value))
        return top.path if top.key is None else (*top.path, top.key)

    def _error(self, event: Any, message: str, hint: str = "") -> ScenarioError:
        mark = event.start_mark
        place = {"line": mark.line + 1, "column": mark.column + 1}
        path = path_text(self._here())
        return ScenarioError(message, source=self.source, path=path, hint=hint, **place)

    def _node(self, event: Any) -> None:
        """Refuse what no node may have."""
        self._nodes += 1
        if self._nodes > NODES_MAX:
            raise self._error(event, f"more than {NODES_MAX:,} values")
        if event.anchor is not None:
            raise self._error(event, f"anchor &{event.anchor}"[:80], "write the value out")
        if event.tag is not None:
            hint = "values are text, true, false, null, whole numbers"
            raise self._error(event, f"tag {event.tag}"[:80], hint)

    def _start(self, event: Any, container: Any) -> None:
        path = self._here()
        if len(self._open) >= DEPTH_MAX:
            raise self._error(event, f"nested more than {DEPTH_MAX} deep")
        self._put(event, container)
        self._open.append(_Frame(container, path))

    def _scalar(self, event: Any) -> None:
        text, is_plain = event.value, event.implicit[0]
        if len(text) > SCALAR_MAX:
            raise self._error(event, f"text of more than {SCALAR_MAX:,} characters")
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(event, top, text, is_plain)
            return
        if not is_plain:
            self._put(event, text)
        elif text == "":
            raise self._error(event, "value is missing", 'write it, or null, or ""')
        elif text in _WORDS:
            self._put(event, _WORDS[text])
        else:
            self._put(event, self._plain(event, text))

    def _plain(self, event: Any, text: str) -> str | int:
        """An integer if it is one in plain decimal form, otherwise text."""
        if _INTEGER.fullmatch(text):
            # Twenty characters hold every number of 64 bits; more digits are not even converted.
            number = int(text) if len(text) <= 20 else None
            if number is None or not INT64_MIN <= number <= INT64_MAX:
                raise self._error(event, "whole number beyond 64 bits")
            return number
        if _NUMBER_LIKE.fullmatch(text) and "_" not in text:
            hint = "plain digits; quote it if it is text"
            raise self._error(event, f"odd form of a number: {text[:40]}", hint)
        return str(text)

    def _key(self, event: Any, top: _Frame, text: str, is_plain: bool) -> None:
        if is_plain and text == "<<":
            raise self._error(event, "merge key <<", "write the keys out")
        if text == "":
            raise self._error(event, "empty key")
        if text in top.value:
            path = path_text((*top.path, text))
            mark = event.start_mark
            place = {"line": mark.line + 1, "column": mark.column + 1, "path": path}
            first = self.keys[(*top.path, text)][0]
            message = f"duplicate key, first given in line {first}"
            raise ScenarioError(message, source=self.source, **place)
        top.key = text
        self.keys[(*top.path, text)] = (event.start_mark.line + 1, event.start_mark.column + 1)

    def _put(self, event: Any, value: Any) -> None:
        """Store a node's value in what is open, and its place."""
        path = self._here()
        self.places[path] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if not self._open:
            self.value, self.has_value = value, True
            return
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            raise self._error(event, "a key must be text")
        else:
            top.value[top.key] = value
            top.key = None
