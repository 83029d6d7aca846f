"""What flows must be made of: a comparison of nothing but refusals would prove nothing.

Tests of single seeds leave their counts in a folder that all workers of a run share. Whoever
finds that his was the last one adds them up and asserts the floors.
"""

import json
from collections import Counter
from pathlib import Path

from book_pair import Mix
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    KillScope,
    ProtectionLimit,
    Reject,
    TimeInForce,
    TriggerSource,
)

#: Each must come so often among 100,000 commands.
FLOOR = 10

#: Refusals that only the machine gives: they need money, positions or its own commands.
OF_THE_MACHINE = {
    Reject.ASSET_UNKNOWN,
    Reject.NOTHING_TO_REDUCE,
    Reject.NO_MARK_PRICE,
    Reject.OPENING_IS_OVER,
    Reject.LIM_POSITION,
    Reject.LIM_OI_CAP,
    Reject.LIM_ACCOUNT,
    Reject.WALLET_ISOLATED,
    Reject.AFMM_GROUP_PROP_BAN,
    Reject.LIM_CLIENT_EXPOSURE,
    Reject.SEG_BREAK,
    Reject.DEPOSIT_UNKNOWN,
    Reject.RSV_UNAUTHORISED,
    Reject.LIM_BACKSTOPS,
    *(reject for reject in Reject if reject.name.startswith(("ELIG", "COLL", "MRG", "NOCR"))),
    *(reject for reject in Reject if reject.name.startswith(("PROD", "REF"))),
    *(reject for reject in Reject if reject >= 700),
}
REJECTS = set(Reject) - {Reject.NONE} - OF_THE_MACHINE

#: Reasons of the stand-alone book; in the machine there are more.
REASONS = set(CancelReason) - {
    CancelReason.LIQUIDATION,
    CancelReason.MARGIN_CALL,
    CancelReason.LAPSED,
    CancelReason.REDUCE_ONLY,
}
MASS_REASONS = {
    CancelReason.MASS_CANCEL,
    CancelReason.COUNTDOWN,
    CancelReason.DISCONNECTED,
    CancelReason.KILL_SWITCH,
    CancelReason.AFMM_SUSPENDED,
    CancelReason.SETTLED,
}

#: Codes that the book can give with each kind of event.
CODES = {
    Event.REFUSED: REJECTS,
    Event.ORDER_ACCEPTED: set(TimeInForce),
    Event.ORDER_WAITS: set(TimeInForce),
    Event.ORDER_AMENDED: {0},
    Event.ORDER_CANCELLED: REASONS,
    Event.ORDER_REDUCED: {CancelReason.SELF_TRADE},
    Event.ORDER_REFRESHED: {0},
    Event.TRIGGERED: set(TriggerSource),
    Event.TRIGGER_CAP: {0},
    Event.TRADE: {0},
    Event.UNCROSS: {0},
    Event.CONTRACT_STATE: set(ContractState),
    Event.MASS_CANCELLED: MASS_REASONS,
    Event.KILL_SWITCH: set(KillScope),
    Event.AFMM_SUSPENDED: {0, 1},
    Event.PROTECTION: set(ProtectionLimit),
}
KNOWN = {(int(kind), int(code)) for kind, codes in CODES.items() for code in codes}

#: A contract closes once and for ever, and its whole venue is killed seldom.
RARE = {
    (Event.CONTRACT_STATE, ContractState.CLOSED),
    (Event.CONTRACT_STATE, ContractState.SETTLED),
    (Event.MASS_CANCELLED, CancelReason.SETTLED),
    (Event.KILL_SWITCH, KillScope.CONTRACT),
    (Event.KILL_SWITCH, KillScope.VENUE),
}


def refused(events: Counter[tuple[int, int]]) -> int:
    """How many commands, quotes and fired orders were refused."""
    return sum(count for (kind, _), count in events.items() if kind == Event.REFUSED)


def accepted(events: Counter[tuple[int, int]]) -> int:
    """How many new orders were accepted and did not wait."""
    return sum(count for (kind, _), count in events.items() if kind == Event.ORDER_ACCEPTED)


def lines(mix: Mix) -> list[str]:
    """What a flow was made of, for a reader."""
    done = sum(mix.commands.values())
    told = [
        f"  {done:,} commands: {1 - refused(mix.events) / done:.1%} accepted,"
        f" {mix.plain / done:.1%} plain, {mix.taking / max(accepted(mix.events), 1):.1%} of new"
        " orders trade at once",
        f"  at most {mix.live_max:,} orders live, {mix.waiting_max:,} of them waiting,"
        f" {mix.answer_max:,} events in one answer",
    ]
    for (kind, code), count in sorted(mix.events.items()):
        name = Reject(code).name if kind == Event.REFUSED else f"code {code}"
        told.append(f"  {Event(kind).name:16}{name:24}{count:9,}{count * 100_000 // done:9,}")
    return told


def assert_known(mix: Mix) -> None:
    """The book gives no answer that is not among its own."""
    assert set(mix.events) <= KNOWN, set(mix.events) - KNOWN


def assert_floors(mix: Mix) -> None:
    """Each kind of event, reason and refusal comes often enough; most commands are plain."""
    done = sum(mix.commands.values())
    assert refused(mix.events) <= 0.5 * done
    assert mix.taking >= 0.15 * accepted(mix.events)
    assert 0.6 <= mix.plain / done <= 0.8
    needed = {answer: 1 if answer in RARE else FLOOR for answer in KNOWN}
    missing = {
        f"{Event(kind).name} {code}": mix.events[kind, code]
        for (kind, code), floor in needed.items()
        if mix.events[kind, code] * 100_000 < floor * done
    }
    assert not missing, missing


def leave(folder: Path, seed: int, mix: Mix) -> None:
    """Leave the counts of one seed where the others will find them."""
    events = [[kind, code, count] for (kind, code), count in mix.events.items()]
    counts = {"commands": dict(mix.commands), "events": events}
    counts |= {"taking": mix.taking, "plain": mix.plain}
    unfinished = folder / f"{seed}.new"
    unfinished.write_text(json.dumps(counts), encoding="utf-8")
    unfinished.rename(folder / f"{seed}.json")


def total(folder: Path) -> tuple[int, Mix]:
    """How many seeds have left their counts, and their sum."""
    found = sorted(folder.glob("*.json"))
    mix = Mix()
    for path in found:
        counts = json.loads(path.read_text(encoding="utf-8"))
        mix.commands.update({int(kind): count for kind, count in counts["commands"].items()})
        for kind, code, count in counts["events"]:
            mix.events[kind, code] += count
        mix.taking += counts["taking"]
        mix.plain += counts["plain"]
    return len(found), mix
