"""The exception tree: what each carries, and that its text is one line whatever it quotes."""

import copy
import subprocess
import sys

import pytest

from hkperp_engine import errors
from hkperp_engine.errors import (
    CapacityError,
    InputError,
    InvariantBroken,
    RequestError,
    ScenarioError,
    StorageError,
    VenueError,
)

PLACE = {"source": "a.yaml", "line": 3, "column": 7, "path": "steps[0].lots", "hint": "whole lots"}

# exception, its one line
TEXTS = [
    (InputError("must be >= 1", **PLACE), "a.yaml:3:7: steps[0].lots: must be >= 1 (whole lots)"),
    (ScenarioError("odd", source="a.yaml"), "a.yaml: odd"),
    (ScenarioError("odd", source="a.yaml", line=3), "a.yaml:3: odd"),
    (RequestError("odd", path="$.lots"), "$.lots: odd"),
    (RequestError("odd", line=1, column=2), "1:2: odd"),
    (InputError("odd", hint="be even"), "odd (be even)"),
    (VenueError("odd"), "odd"),
    (StorageError("cut", source="j", offset=0, sequence=0), "j: cut; byte 0, sequence 0"),
    (StorageError("cut", expected=b"a", found=None), "cut; expected b'a'"),
    (CapacityError("70 asked", hint="64 fit"), "70 asked (64 fit)"),
    (InvariantBroken("sum is 3", rule="C-2", sequence=8), "C-2 at sequence 8: sum is 3"),
    (
        InvariantBroken("sum is 3", rule="C-2", sequence=8, state_path="d.bin"),
        "C-2 at sequence 8, state in d.bin: sum is 3",
    ),
    (InvariantBroken("sum is 3", sequence=8), "sequence 8: sum is 3"),
]


@pytest.mark.parametrize(("error", "text"), TEXTS, ids=lambda value: type(value).__name__)
def test_text(error: VenueError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("error", [error for error, _ in TEXTS], ids=lambda e: type(e).__name__)
def test_copies_keep_everything(error: VenueError) -> None:
    """A worker process hands its exception back by the protocol that copying uses."""
    copied = copy.copy(error)
    assert type(copied) is type(error)
    assert str(copied) == str(error)
    assert vars(copied) == vars(error)


def test_hostile_text_stays_on_one_line() -> None:
    """What is quoted may come from a file made to confuse a terminal or a log."""
    hostile = "a\nb\r\x1b[2J\x00\u2028\u202e\ud800"
    text = str(InputError(hostile, source=hostile, path=hostile, hint=hostile))
    assert text.isprintable()
    assert text.splitlines() == [text]
    assert str(InputError("保证金 − café")) == "保证金 − café"


def test_tree_and_exit_status() -> None:
    statuses = {
        VenueError: 1,
        InputError: 2,
        ScenarioError: 2,
        RequestError: 2,
        StorageError: 3,
        CapacityError: 2,
        InvariantBroken: 70,
    }
    assert set(errors.__all__) == {cls.__name__ for cls in statuses}
    for cls, status in statuses.items():
        assert cls.exit_status == status
        assert issubclass(cls, VenueError)
        assert cls.__name__ in errors.__doc__
    assert issubclass(ScenarioError, InputError)
    assert issubclass(RequestError, InputError)


def test_vocabulary_imports_nothing_heavy() -> None:
    """`--help` answers without numba; the kernel module itself waits for its first kernel."""
    code = (
        "import sys, hkperp_engine.units, hkperp_engine.codes, hkperp_engine.errors\n"
        "import hkperp_engine.kernel\n"
        "print(*sorted({'numba', 'numpy', 'llvmlite'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
