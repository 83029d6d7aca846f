"""The worst single commands: each does what it must, and its work is what it says."""

import numpy as np
import pytest
from rich.console import Console

from hkperp.bench import adversarial, doors, tables
from hkperp.bench.adversarial import CASES, Case
from hkperp_engine.codes import Event
from hkperp_engine.errors import InvariantBroken


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("size", [1, 50])
def test_case(name: str, size: int) -> None:
    """`_require` compares every kind of event with what the case says."""
    case = CASES[name](size)
    machine = adversarial._machine()
    adversarial._require_accepted(name, machine.apply_batch(case.before))
    ns, events = adversarial._timed(machine, case.command)
    adversarial._require(name, case, events)
    machine.check_books()
    assert ns > 0
    assert case.work >= 1
    assert len(case.command) == 1


def test_other_events_give_no_time() -> None:
    wrong = Case(np.zeros(0), np.zeros(1), {Event.TRADE: 2}, 1)
    events = np.zeros(1, [("kind", "i2")])
    with pytest.raises(InvariantBroken, match="expected"):
        adversarial._require("x", wrong, events)


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adversarial, "SIZE", 20)
    monkeypatch.setattr(adversarial, "_ORDINARY_PAIRS", 5)
    ordinary, cases = adversarial.adversarial(size=20, rounds=1)
    assert ordinary > 0
    assert [case.name for case in cases] == list(CASES)
    console = Console(record=True, width=140)
    console.print(tables.adversarial_table(ordinary, cases))
    text = console.export_text()
    assert "sweep of far prices" in text


def test_door_table() -> None:
    console = Console(record=True, width=140)
    found = [doors.Latency("Venue.send", 560, 900, 10), doors.Latency("clock", 40, 60, 10)]
    console.print(tables.door_table(found))
    text = console.export_text()
    for part in ("0.56", "0.70", "0.90", "1.50"):
        assert part in text
