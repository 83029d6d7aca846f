"""Break each rule on purpose and see that a test notices: `python tests/rules/run_plants.py`.

Each worker has a copy of the tree in a temporary folder, proved to be what its tests import. All
named tests pass in it first; then plant after plant is made, its tests run (kernels not compiled),
and the file restored. A test must fail by its assertion: one that cannot be collected or that dies
of something else notices nothing. Exit status 1 if a plant survives.
"""

import argparse
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import tree
from planting import Plant, all_plants, faults, replaced

_ROOTS = ("engine", "funding", "clearing", "venue")
_PACKAGES = ("hkperp_engine", "hkperp_funding", "hkperp_clearing", "hkperp")
#: What a noticed violation looks like: an assertion of the test, or of the machine itself.
_NOTICED = ("assert", "AssertionError", "Failed: DID NOT RAISE", "InvariantBroken")
_SECONDS_MAX = 120
#: No doctests and no plug-in that this needs not: a start costs a second, there are many.
_PYTEST = ["-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-o", "addopts="]

_WHERE = f"""
import importlib
for name in {_PACKAGES}:
    print(importlib.import_module(name).__file__)
"""


class Verdict(NamedTuple):
    """What became of a plant: `fault` is empty if every one of its tests noticed."""

    plant: Plant
    seconds: float
    fault: str


class Copy:
    """One copy of the tree, in which one plant stands at a time."""

    def __init__(self, folder: Path) -> None:
        """Copy every file of the tree into the folder and prove that it is what is imported."""
        self.folder = folder
        self._clock = int(time.time())
        for source in tree.text_files():
            file = folder / source.path
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(tree.ROOT / source.path, file)
        paths = os.pathsep.join(str(folder / root) for root in _ROOTS)
        # CI: property tests of fixed seeds. No coverage or cache of the caller's gets in.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
            "PYTHONPATH": paths,
            "HKPERP_BUILD": "python",
            "CI": "1",
        }
        found = self._python("-c", _WHERE).stdout.split()
        strangers = [name for name in found if not Path(name).is_relative_to(folder)]
        if strangers or len(found) != len(_PACKAGES):
            raise SystemExit(f"the copy is not what is imported: {strangers or found}")

    def _python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS_MAX,
        )

    def _write(self, path: str, text: str) -> None:
        """Write a file with a time of its own: what is compiled is told apart by seconds."""
        self._clock += 1
        file = self.folder / path
        file.write_text(text, encoding="utf-8")
        os.utime(file, (self._clock, self._clock))

    def run(self, tests: list[str]) -> tuple[int, dict[str, str], str]:
        """Run tests; return pytest's status, each outcome that is no pass, and the last line."""
        report = self.folder / "report.xml"
        report.unlink(missing_ok=True)
        done = self._python(*_PYTEST, f"--junitxml={report}", *tests)
        said = (done.stdout + done.stderr).strip().splitlines() or [""]
        outcomes: dict[str, str] = {}
        if report.is_file():
            for case in ElementTree.parse(report).iter("testcase"):
                for result in case:
                    if result.tag in ("failure", "error", "skipped"):
                        path = f"{case.get('classname')}".replace(".", "/")
                        name = f"{path}.py::{case.get('name')}"
                        outcomes[name] = f"{result.tag}: {result.get('message') or ''}"
        return done.returncode, outcomes, said[-1]

    def judge(self, plant: Plant) -> Verdict:
        """Make a plant, run its tests, restore the file; say whether all of them noticed."""
        begun = time.monotonic()
        text = (self.folder / plant.path).read_text(encoding="utf-8")
        self._write(plant.path, replaced(plant, text))
        try:
            status, outcomes, said = self.run(plant.tests)
            fault = _fault(plant, status, outcomes, said)
        except subprocess.TimeoutExpired:
            fault = f"no answer in {_SECONDS_MAX} s"
        finally:
            self._write(plant.path, text)
        return Verdict(plant, time.monotonic() - begun, fault)


def _fault(plant: Plant, status: int, outcomes: dict[str, str], said: str) -> str:
    """Return why a plant does not count as noticed, or an empty text."""
    if status == 0:
        return "SURVIVED: the tests pass"
    if status != 1:
        return f"the tests did not run: {said}"
    for test in plant.tests:
        found = [why for name, why in outcomes.items() if name.partition("[")[0] == test]
        found = found or [outcomes[test]] if test in outcomes else found
        if not found:
            return f"{test} passes"
        if not any(_is_noticed(why) for why in found):
            return f"{test} fails for another reason: {found[0][:200]}"
    return ""


def _is_noticed(outcome: str) -> bool:
    """Tell whether an outcome is a failed assertion: the test's own, or the machine's."""
    kind, _, message = outcome.partition(": ")
    return kind == "failure" and message.removeprefix("hkperp_engine.errors.").startswith(_NOTICED)


def _baseline(copy: Copy, plants: list[Plant]) -> None:
    """Stop unless every named test passes in the unchanged tree."""
    tests = sorted({test for plant in plants for test in plant.tests})
    status, outcomes, said = copy.run(tests)
    if status or outcomes:
        listed = "\n".join(f"  {name}: {why[:200]}" for name, why in outcomes.items())
        raise SystemExit(f"without any plant the tests do not pass: {said}\n{listed}")
    print(f"{len(tests)} tests pass without a plant", flush=True)


def _all_verdicts(plants: list[Plant], copies: list[Copy]) -> list[Verdict]:
    """Judge every plant, each worker in its own copy; results in the plants' order."""
    free: queue.Queue[Copy] = queue.Queue()
    for copy in copies:
        free.put(copy)
    lock, done = threading.Lock(), 0

    def judge(plant: Plant) -> Verdict:
        nonlocal done
        copy = free.get()
        try:
            verdict = copy.judge(plant)
        finally:
            free.put(copy)
        with lock:
            done += 1
            mark = verdict.fault or "noticed"
            print(f"{done:>4} of {len(plants)}  {plant.rule:8} {mark}", flush=True)
        return verdict

    with ThreadPoolExecutor(len(copies)) as workers:
        return list(workers.map(judge, plants))


def _table(verdicts: list[Verdict]) -> None:
    print(f"\n{'rule':9}{'planted in':42}{'s':>5}  result")
    for plant, seconds, fault in sorted(verdicts, key=lambda each: each.plant.rule):
        print(f"{plant.rule:9}{plant.path:42}{seconds:5.1f}  {fault or 'noticed'}")
    rules = {verdict.plant.rule for verdict in verdicts}
    bad = sum(bool(verdict.fault) for verdict in verdicts)
    print(f"\n{len(verdicts)} plants against {len(rules)} rules, {bad} not noticed")


def main() -> int:
    """Run the plants that the command line names, by default all; 1 if one is not noticed."""
    parser = argparse.ArgumentParser(description="Break each rule and see that a test notices.")
    parser.add_argument("--rule", action="append", default=[], help="only the plants of this rule")
    parser.add_argument("--workers", type=int, default=2, help="at the same time (2)")
    chosen = parser.parse_args()
    plants = [each for each in all_plants() if not chosen.rule or each.rule in chosen.rule]
    wrong = [f"{each.rule}: {fault}" for each in plants for fault in faults(each, tree.ROOT)]
    if wrong or not plants or chosen.workers < 1:
        print("\n".join(wrong) or "nothing to do")
        return 1
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="hkperp-plants-") as folder:
        count = min(chosen.workers, len(plants))
        copies = [Copy(Path(folder).resolve() / str(number)) for number in range(count)]
        _baseline(copies[0], plants)
        verdicts = _all_verdicts(plants, copies)
    _table(verdicts)
    print(f"{time.monotonic() - begun:.0f} s")
    return 1 if any(verdict.fault for verdict in verdicts) else 0


if __name__ == "__main__":
    raise SystemExit(main())
