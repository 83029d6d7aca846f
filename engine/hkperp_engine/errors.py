"""Exceptions of the Python edge. Refusals of commands are data (`hkperp_engine.codes`), not these.

VenueError              anything this project raises on purpose; has .hint
├─ InputError           the caller's text, bytes or settings are wrong
│  │                    has .source .line .column .path
│  ├─ ScenarioError     ... in a scenario file
│  └─ RequestError      ... in a request to a running venue
├─ StorageError         a file on disk cannot be trusted
│                       has .source .offset .sequence .expected .found
├─ CapacityError        more was asked for than the fixed limits allow, at start-up
└─ InvariantBroken      a bug of ours: the machine halts; has .rule .sequence .state_path

Each class carries `exit_status`, what the command line ends with.
"""

__all__ = [
    "CapacityError",
    "InputError",
    "InvariantBroken",
    "RequestError",
    "ScenarioError",
    "StorageError",
    "VenueError",
]


class VenueError(Exception):
    """Base of all exceptions raised on purpose.

    >>> try:
    ...     raise CapacityError("70 contracts asked, 64 is the limit", hint="start two venues")
    ... except VenueError as error:
    ...     print(error)
    70 contracts asked, 64 is the limit (start two venues)
    """

    exit_status = 1

    def __init__(self, message, *, hint=""):
        """Keep `message` (what is wrong) and `hint` (what to do about it, may be empty)."""
        # Only the message goes into `args`: copying and pickling then rebuild the exception from
        # it, and restore the named attributes from `__dict__`.
        super().__init__(message)
        self.message = message
        self.hint = hint

    def _place(self):
        """Where it happened, without the closing colon; empty if unknown."""
        return ""

    def __str__(self):
        """Return one line, `place: message (hint)`, with control characters escaped."""
        text = ": ".join(part for part in (self._place(), str(self.message)) if part)
        return _one_line(f"{text} ({self.hint})" if self.hint else text)


class InputError(VenueError):
    """The caller's text, bytes or settings are wrong; nothing was changed.

    `line` and `column` count from 1, None if unknown; `path` is the place in the structure.

    >>> print(InputError("must be >= 1", source="a.yaml", line=3, column=7,
    ...                  path="steps[0].lots", hint="lots are whole numbers"))
    a.yaml:3:7: steps[0].lots: must be >= 1 (lots are whole numbers)
    """

    exit_status = 2

    def __init__(self, message, *, source="", line=None, column=None, path="", hint=""):
        """Keep the place (`source` file, `line`, `column`, `path`), `message` and `hint`."""
        super().__init__(message, hint=hint)
        self.source = source
        self.line = line
        self.column = column
        self.path = path

    def _place(self):
        numbers = [str(n) for n in (self.line, self.column) if n is not None]
        position = ":".join([*([str(self.source)] if self.source else []), *numbers])
        return ": ".join(part for part in (position, self.path) if part)


class ScenarioError(InputError):
    """A scenario file is wrong."""


class RequestError(InputError):
    """A request to a running venue is wrong; the venue carries on."""


class StorageError(VenueError):
    """A file on disk (journal, snapshot, compiled-code cache) cannot be trusted.

    `offset` is in bytes, `sequence` the record's number, `expected` and `found` what was compared;
    None if it does not apply.

    >>> print(StorageError("checksum differs", source="venue.journal", offset=4096, sequence=17,
    ...                    expected="9f3a", found="0000", hint="truncate to sequence 16"))
    venue.journal: checksum differs; byte 4096, sequence 17, expected 9f3a, found 0000 \
(truncate to sequence 16)
    """

    exit_status = 3

    def __init__(
        self, message, *, source="", offset=None, sequence=None, expected=None, found=None, hint=""
    ):
        """Keep the file (`source`), the place in it, what was compared, `message` and `hint`."""
        facts = {"byte": offset, "sequence": sequence, "expected": expected, "found": found}
        told = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        super().__init__(message, hint=hint)
        self.source = source
        self.offset = offset
        self.sequence = sequence
        self.expected = expected
        self.found = found
        self.message = f"{message}; {told}" if told else message

    def _place(self):
        return str(self.source)


class CapacityError(VenueError):
    """More was asked for than the fixed limits allow; raised at start-up only.

    A running venue that is full refuses the command with a code of 8xx instead.
    """

    exit_status = 2


class InvariantBroken(VenueError):
    """A rule that must always hold does not: a bug of ours. The machine halts.

    `rule` is the rule's id, `sequence` the command's number, `state_path` the dump to send us.

    >>> print(InvariantBroken("sum of positions is 3 lots", rule="CONSERVE-2", sequence=812))
    CONSERVE-2 at sequence 812: sum of positions is 3 lots
    """

    exit_status = 70

    def __init__(self, message, *, rule="", sequence=None, state_path="", hint=""):
        """Keep the `rule`, the `sequence` at which it broke, the dump's path, and `message`."""
        super().__init__(message, hint=hint)
        self.rule = rule
        self.sequence = sequence
        self.state_path = state_path

    def _place(self):
        when = f"sequence {self.sequence}" if self.sequence is not None else ""
        place = " at ".join(part for part in (self.rule, when) if part)
        return f"{place}, state in {self.state_path}" if self.state_path else place


def _one_line(text):
    """Escape what is not printable: the text may quote a hostile file, and goes to a terminal."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
