"""The locks: every package pinned by hash, nothing said about where it comes from."""

import re
import tomllib
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tree

PROJECT = tomllib.loads((tree.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
RUN = PROJECT["dependencies"]
WANTED = {"run.txt": RUN, "test.txt": [*RUN, *EXTRAS["test"], *EXTRAS["lint"]]}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")

PIN = re.compile(
    r"(?P<name>[a-z0-9-]+)==(?P<version>[0-9][0-9a-z.]*)(?: ; (?P<marker>[^\\]+))? \\"
)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?P<more> \\)?")


class Pin(NamedTuple):
    """One package of a lock."""

    name: str
    version: str
    marker: str
    hash_count: int

    def is_for(self, python: str) -> bool:
        """Whether it is installed on that Python, on Linux."""
        environment = {
            **default_environment(),
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": "linux",
        }
        return not self.marker or Marker(self.marker).evaluate(environment)


def pins(text: str) -> Iterator[Pin]:
    """Read a lock line by line; a line that is neither a pin nor its hash is an error."""
    rows = enumerate(text.splitlines(), 1)
    for number, row in rows:
        pin = PIN.fullmatch(row)
        assert pin, f"line {number}: neither a pin nor a hash that belongs to one: {row}"
        count, more = 0, True
        while more:
            number, row = next(rows, (number, ""))
            found = HASH.fullmatch(row)
            assert found, f"line {number}: {pin['name']}: no sha256 hash: {row}"
            count, more = count + 1, bool(found["more"])
        yield Pin(pin["name"], pin["version"], (pin["marker"] or "").strip(), count)


def lock(name: str) -> str:
    return (tree.ROOT / "requirements" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", WANTED)
def test_only_pins_with_hashes(name: str) -> None:
    """No address, no index, no path, no option: the grammar of `pins` has no room for one."""
    found = list(pins(lock(name)))
    assert found
    assert all(pin.hash_count for pin in found)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", WANTED)
def test_covers_the_project(name: str, python: str) -> None:
    locked = {pin.name: pin.version for pin in pins(lock(name)) if pin.is_for(python)}
    for text in WANTED[name]:
        wanted = Requirement(text)
        version = locked.get(canonicalize_name(wanted.name))
        assert version, f"{name} has no {wanted.name}: make lock"
        assert wanted.specifier.contains(version), f"{name} pins {version} for {text}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_tests_run_what_users_run(python: str) -> None:
    run, test = ({p[:2] for p in pins(lock(name)) if p.is_for(python)} for name in WANTED)
    assert run < test


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rich==15.0.0", "neither a pin"),
        ("rich==15.0.0 \\\n", "no sha256"),
        ("rich==15.0.0 \\\n    --hash=md5:" + "0" * 32, "no sha256"),
        ("rich>=15 \\\n    --hash=sha256:" + "0" * 64, "neither a pin"),
        ("rich @ file:rich.whl \\\n    --hash=sha256:" + "0" * 64, "neither a pin"),
        ("--index_url somewhere".replace("_", "-"), "neither a pin"),
        ("-e .", "neither a pin"),
    ],
)
def test_planted(text: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        list(pins(text))
