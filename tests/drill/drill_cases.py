"""Small scenarios in which somebody fails, with the whole log of the drill in memory."""

import functools
import tempfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hkperp.drill.runner import Played, Span, played
from hkperp.drill.subject import Choice, Who
from hkperp.quantities import Time
from hkperp.scenario.market import Pack
from hkperp.scenario.reader import load
from hkperp.scenario.whole import Scenario

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


class Silent:
    """A watch that says nothing."""

    def compiling(self, name: str, seconds: float, count: int) -> None: ...

    def minute(self, minute: object) -> None: ...


class Log:
    """Keeps events, as the writer of a log would."""

    def __init__(self) -> None:
        self.parts: list[np.ndarray] = []

    def append(self, events: np.ndarray) -> None:
        self.parts.append(events.copy())


class Case(NamedTuple):
    """Who fails in which scenario, and when: the time of the day."""

    scenario: str
    at: str
    choice: Choice
    pack: int = 0
    edits: tuple[tuple[str, str], ...] = ()


class Held(NamedTuple):
    """A drill that was held, and every event of its run."""

    scenario: Scenario
    pack: Pack
    played: Played
    events: np.ndarray


#: The long of 100 fails at 100, before the fall to 70: what the platform takes loses 600 at 80.
CLIENT = Case("takeover", "00:05", Choice(Who.LARGEST_CLIENT))
#: The affiliate is suspended; the long of 100 fails by itself at 70, and no backstop is left.
AFMM = Case("takeover", "00:05", Choice(Who.AFMM))
#: Gains up to a cap of 5 %, then tear-up.
TORN = Case("layer-7", "09:59", Choice(Who.ACCOUNT, "daisy"))
#: The end of the venue: nobody stands by, and the loss is larger than all that can be torn up.
WOUND = Case("layer-7", "10:09", Choice(Who.LARGEST_CLIENT))
#: Under deleveraging, a client that fails in the same mark step in which it cannot pay.
ADL = Case("default-down", "10:09", Choice(Who.ACCOUNT, "daisy"), pack=1)
ISSUER = Case("issuer-default", "00:05", Choice(Who.ISSUER, "issuer-x", 400_000_000))
#: A second issuer fails; that of the other coin does later, in the scenario itself.
_COIN = "  - {name: HKDX, kind: STABLECOIN, issuer: issuer-x,"
_SECOND = (
    "  - {name: HKDY, kind: STABLECOIN, issuer: issuer-y, price: 1, par: 1, haircut: 2%,"
    " conversion_haircut: 0.1%, convertible: true, licensed: true}\n"
)
OTHER = Case(
    "issuer-default",
    "00:03",
    Choice(Who.ISSUER, "issuer-y", 400_000_000),
    edits=((_COIN, _SECOND + _COIN),),
)
#: The two shorts, 60 and 40, are connected; together they are as large as the long.
GROUP = Case(
    "takeover",
    "00:05",
    Choice(Who.LARGEST_GROUP),
    edits=(
        ("name: calm, class: INST_PI,", "name: calm, group: two, class: INST_PI,"),
        ("name: bold, class: INST_PI,", "name: bold, group: two, class: INST_PI,"),
    ),
)
#: Declared in the middle of a minute in which the scenario goes on to do something.
MIDDLE = Case("market-maker", "00:09:10", Choice(Who.AFMM))
#: The scenario itself stops the same account again later.
AGAIN = Case("market-maker", "00:03", Choice(Who.LARGEST_CLIENT))
CASES = (CLIENT, AFMM, TORN, WOUND, ADL, ISSUER, GROUP, MIDDLE, AGAIN)
IDS = [f"{each.scenario} {each.choice.title} {each.at}" for each in CASES]


def edited(case: Case) -> Scenario:
    """The scenario of a case, with its edits."""
    text = (SCENARIOS / f"{case.scenario}.yaml").read_text(encoding="utf-8")
    for old, new in case.edits:
        assert old in text, old
        text = text.replace(old, new)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{case.scenario}.yaml"
        file.write_text(text, encoding="utf-8")
        return load(file)


@functools.cache
def held(case: Case, *, fails: bool = True) -> Held:
    """Hold a drill; with `fails` False only its scenario, up to the same end."""
    scenario = edited(case)
    at_ns = int(Time.parse(f"2026-03-02T{case.at}Z"))
    log, pack = Log(), scenario.packs[case.pack]
    choice = case.choice if fails else None
    found = played(scenario, pack, choice, Span(at_ns, int(scenario.end)), Silent(), log)
    return Held(scenario, pack, found, np.concatenate(log.parts))
