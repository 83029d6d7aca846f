"""Every number the machine speaks, against `snapshots/codes.txt`: a number is never given again.

A new member is a new line of the snapshot: `python tests/test_codes.py` prints it whole. A line
that changes or disappears breaks every recorded event log, so think twice before writing it anew.
"""

from enum import IntEnum
from pathlib import Path

import pytest

from hkperp_engine import codes
from hkperp_engine.codes import Reject
from hkperp_engine.refusals import REJECT_RULE, REJECT_TEXT

SNAPSHOT = Path(__file__).with_name("snapshots") / "codes.txt"

ENUMS: list[type[IntEnum]] = [
    each for name in codes.__all__ if isinstance(each := getattr(codes, name), type)
]

#: The ranges of refusals, by hundreds (codes.Reject).
RANGES = {
    "malformed": range(100, 200),
    "market": range(200, 300),
    "participant": range(300, 400),
    "margin and credit": range(400, 500),
    "limits": range(500, 600),
    "order and book": range(600, 700),
    "settled trades": range(700, 800),
}


def lines(enum: type[IntEnum]) -> list[str]:
    """The enum's name, then number and name of each member; of a refusal its rule and sentence."""
    found = [enum.__name__]
    for name, member in enum.__members__.items():
        line = f"{member:5} {name}"
        if isinstance(member, Reject):
            line = f"{line:32}{REJECT_RULE[member]:9}{REJECT_TEXT[member]}"
        found.append(line.rstrip())
    return found


def table() -> str:
    """The whole snapshot."""
    return "\n\n".join("\n".join(lines(enum)) for enum in ENUMS) + "\n"


def test_numbers_are_as_published() -> None:
    assert table().splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_every_enum_is_in_the_table() -> None:
    """A class that `__all__` forgets would be free to change."""
    defined = {
        name
        for name, value in vars(codes).items()
        if isinstance(value, type) and issubclass(value, IntEnum) and value is not IntEnum
    }
    assert defined == {enum.__name__ for enum in ENUMS}


@pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)
def test_numbers_are_unique(enum: type[IntEnum]) -> None:
    """Two names of one number would be an alias, which `for` does not even show."""
    assert len(list(enum)) == len(enum.__members__)
    numbers = [int(member) for member in enum]
    assert numbers == sorted(numbers)
    assert all(0 <= number < 2**15 for number in numbers), "a code is 16 bits wide in the event"


def test_every_refusal_has_a_rule_and_a_sentence() -> None:
    assert set(REJECT_RULE) == set(REJECT_TEXT) == set(Reject)
    for reject in Reject:
        text = REJECT_TEXT[reject]
        assert text == text.strip()
        assert text
        assert not text.endswith(".")
        assert text.isascii()
        assert (REJECT_RULE[reject] == "") == (reject is Reject.NONE)
        if reject:
            assert any(reject in numbers for numbers in RANGES.values()), reject


if __name__ == "__main__":
    print(table(), end="")
