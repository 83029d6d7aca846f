"""How long it took: the times that a default asks for, against those that a log shows (DEF-01).

There is no number of the SFC for any of them. What is required follows from the venue's own rules:
a declared wallet is taken over in the next mark step (DFT-002), a loss is shared in the step in
which it arises (FORMULAS section 6), everything is settled within one settlement cycle (SETL-01).
"""

from collections.abc import Iterator
from typing import NamedTuple

from hkperp.drill.fold import Record
from hkperp.drill.subject import Drill, Who
from hkperp.quantities import Duration
from hkperp.reports.decisions import Row
from hkperp.reports.wording import plural
from hkperp_engine.codes import Event, EventFlag, MarginState

__all__ = ["FLAT", "Requirement", "first_step_ns", "outstanding", "span_text", "times"]


#: Name of the time that a set of drills is compared by.
FLAT = "Declaration to flat"


class Requirement(NamedTuple):
    """What a rule asks for, what the log shows, and whether that is enough.

    `holds` is None where a rule names no measure: then the figure is for the reader.
    """

    rule: str
    what: str
    required: str
    measured: str
    holds: bool | None


def span_text(span_ns: int) -> str:
    """Write a span of time: `60s`, `1h30m`, `at once`.

    >>> span_text(0), span_text(60_000_000_000), span_text(3_300_000_000_000)
    ('at once', '1m', '55m')
    """
    return Duration.text(span_ns) if span_ns else "at once"


def first_step_ns(drill: Drill, record: Record) -> int:
    """Return when the first mark step after the declaration was, ns."""
    return min((row["time_ns"] for row in record.of(Event.INDEX)), default=drill.ended_ns)


def times(drill: Drill, record: Record) -> list[Requirement]:
    """Return required and measured times. O(rows)."""
    found = [_declared(drill, record)]
    if drill.choice.who == Who.ISSUER:
        found.append(_followed(drill, record))
    else:
        found.append(_stopped(drill, record))
    if any(any(each.lots) for each in drill.defaulters):
        found += [_taken_over(drill, record), _flat(drill, record)]
    found += [_shared(record), _settled(drill, record), _noticed(drill, record)]
    return found


def _after(drill: Drill, moments_ns: list[int]) -> int:
    """Return how long after the declaration the last of some moments was, ns."""
    return max(moments_ns, default=drill.at_ns) - drill.at_ns


def _missing(what: str, missing: int, of: int) -> str:
    return f"{missing} of {plural(of, what)} not"


def _declared(drill: Drill, record: Record) -> Requirement:
    """Every position-holding wallet is declared, or every asset of the issuer marked lost."""
    kind, column = Event.DEFAULT_DECLARED, "wallet"
    wanted = {each.wallet for each in drill.defaulters if any(each.lots)}
    if drill.choice.who == Who.ISSUER:
        kind, column, wanted = Event.ASSET_HAIRCUT, "contract", set(drill.assets)
    elif drill.choice.who == Who.AFMM and not wanted:
        kind, column, wanted = Event.KILL_SWITCH, "wallet", {*drill.wallets().tolist()}
    seen: dict[int, int] = {}
    for row in record.of(kind):
        if row[column] in wanted:
            seen.setdefault(row[column], row["time_ns"])
    late = _after(drill, list(seen.values()))
    lacking = len(wanted) - len(seen)
    measured = _missing("declaration", lacking, len(wanted)) if lacking else span_text(late)
    what = "Default declared and recorded"
    return Requirement("DEF-01", what, span_text(0), measured, not lacking and late == 0)


def _stopped(drill: Drill, record: Record) -> Requirement:
    """Orders are gone at once: no trade of one who fails makes a position larger afterwards."""
    wanted = {each.wallet for each in drill.defaulters}
    stopped: dict[int, int] = {}
    for row in record.of(Event.KILL_SWITCH):
        if row["wallet"] in wanted and row["flags"]:
            stopped.setdefault(row["wallet"], row["time_ns"])
    lacking = len(wanted) - len(stopped)
    late = _after(drill, list(stopped.values()))
    raised = [each for each in _path(drill, record) if each.is_raised]
    if lacking:
        measured = _missing("wallet", lacking, len(wanted))
    elif raised:
        measured = f"a trade {span_text(_after(drill, [raised[-1].time_ns]))} later"
    else:
        measured = span_text(late)
    holds = not lacking and not raised and late == 0
    rule = "AFMM-08" if drill.choice.who == Who.AFMM else "HALT-04"
    return Requirement(
        rule, "Quotes and orders withdrawn, no new risk", "at once", measured, holds
    )


class _Position(NamedTuple):
    """A position after an event; `is_raised`: a trade made it larger."""

    time_ns: int
    wallet: int
    contract: int
    lots: int
    is_raised: bool


def _path(drill: Drill, record: Record) -> Iterator[_Position]:
    """Yield the positions of those who fail, event by event."""
    lots = {
        (each.wallet, contract): held
        for each in drill.defaulters
        for contract, held in enumerate(each.lots)
    }
    rows = [*record.of(*_MOVING), *record.trades]
    for row in sorted(rows, key=lambda row: row["sequence"]):
        for wallet, change in _changes(row, lots):
            place = wallet, row["contract"]
            if place not in lots:
                continue
            before, lots[place] = lots[place], lots[place] + change
            is_raised = row["kind"] == Event.TRADE and abs(lots[place]) > abs(before)
            yield _Position(row["time_ns"], *place, lots[place], is_raised)


_MOVING = (
    *(Event.TAKEOVER, Event.BACKSTOP, Event.TEAR_UP, Event.DELEVERAGE),
    Event.FINAL_SETTLEMENT,
)


def _changes(row: Row, lots: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """Return wallets and by how many lots an event changes their positions, signed."""
    maker, other, count = row["wallet"], row["counter_wallet"], row["lots"]
    if row["kind"] == Event.TRADE:  # the flag is the taker's side
        bought = -count if row["flags"] & EventFlag.SELL else count
        return [(maker, -bought), (other, bought)]
    if row["kind"] == Event.DELEVERAGE:  # both sides close, whichever they are on
        return [
            (wallet, -count if lots.get((wallet, row["contract"]), 0) > 0 else count)
            for wallet in (maker, other)
        ]
    if row["kind"] == Event.FINAL_SETTLEMENT:
        return [(maker, -count)]
    return [(maker, -count), (other, count)]


def _step(drill: Drill, record: Record) -> int:
    """Return how long the next mark step may take to come, ns: at most the scenario's interval."""
    return min(first_step_ns(drill, record) - drill.at_ns, drill.step_ns)


def _taken_over(drill: Drill, record: Record) -> Requirement:
    """The margin test of the next mark step takes every declared wallet over, whatever its E."""
    wanted = {each.wallet for each in drill.defaulters if any(each.lots)}
    seen: dict[int, int] = {}
    for row in record.of(Event.MARGIN_STATE):
        if row["code"] == MarginState.TAKEN_OVER and row["wallet"] in wanted:
            seen.setdefault(row["wallet"], row["time_ns"])
    lacking = len(wanted) - len(seen)
    late = _after(drill, list(seen.values()))
    measured = _missing("wallet", lacking, len(wanted)) if lacking else span_text(late)
    holds = not lacking and late <= _step(drill, record)
    required = f"{span_text(drill.step_ns)}, the next mark step"
    return Requirement("DEF-01", "Declaration to takeover", required, measured, holds)


def _flat(drill: Drill, record: Record) -> Requirement:
    """After that step nobody who failed has a position, and nobody gets one again."""
    held = {
        (each.wallet, contract): (drill.at_ns, lots)
        for each in drill.defaulters
        for contract, lots in enumerate(each.lots)
    }
    for each in _path(drill, record):
        held[each.wallet, each.contract] = each.time_ns, each.lots
    left = sum(lots != 0 for _, lots in held.values())
    late = _after(drill, [time_ns for time_ns, _ in held.values()])
    measured = f"{plural(left, 'position')} left" if left else span_text(late)
    required = f"{span_text(drill.step_ns)}, the next mark step"
    holds = not left and late <= _step(drill, record)
    return Requirement("LIQ-08", FLAT, required, measured, holds)


def outstanding(record: Record) -> Iterator[tuple[Row, int]]:
    """Yield each event of a loss and what is then missing and borne by no layer, ledger units.

    A deficit of 1,000 of which layers 2 to 4 pay 100, 200, 50 and layer 5 the rest: 1,000, 900,
    700, 650, 0.
    """
    missing = 0
    for row in record.of(Event.DEFAULT, Event.ALLOCATION):
        missing += row["amount"] if row["kind"] == Event.DEFAULT else -row["amount"]
        yield row, missing


def _shared(record: Record) -> Requirement:
    begun_ns, longest_ns, missing = 0, 0, 0
    for row, after in outstanding(record):
        if missing == 0:
            begun_ns = row["time_ns"]
        missing = after
        longest_ns = max(longest_ns, row["time_ns"] - begun_ns)
    count = len(record.of(Event.DEFAULT))
    measured = "not all of it" if missing else span_text(longest_ns)
    measured = measured if count else "no loss arose"
    holds = missing == 0 and longest_ns == 0
    return Requirement("LOSS-01", "A loss to its last share", span_text(0), measured, holds)


def _settled(drill: Drill, record: Record) -> Requirement:
    """From the takeover (or the issuer's failure) to the end of the next settlement cycle."""
    begun_ns, begun = drill.at_ns, drill.sequence
    for row in record.of(Event.TAKEOVER, Event.BACKSTOP, Event.DELEVERAGE):
        defaulter = row["counter_wallet" if row["kind"] == Event.DELEVERAGE else "wallet"]
        if row["time_ns"] == first_step_ns(drill, record) and drill.is_own(defaulter):
            begun_ns, begun = row["time_ns"], row["sequence"]
    done = (row["time_ns"] for row in record.of(Event.CYCLE_DONE) if row["sequence"] > begun)
    ended_ns = next(done, None)
    limit_ns = drill.config.house.cycle_interval_ns
    required = f"{span_text(limit_ns)}, one settlement cycle"
    what = "Flat to settled" if drill.defaulters else "Failure to settled"
    if ended_ns is None:
        return Requirement("SETL-01", what, required, "not settled", False)
    took_ns = ended_ns - begun_ns
    return Requirement("SETL-01", what, required, span_text(took_ns), took_ns <= limit_ns)


def _followed(drill: Drill, record: Record) -> Requirement:
    """Holders who fall under their margin by it are dealt with in the next mark step."""
    states = (MarginState.REDUCING, MarginState.TAKEN_OVER)
    seen = [row for row in record.of(Event.MARGIN_STATE) if row["code"] in states]
    step_ns = first_step_ns(drill, record)
    count = len({row["wallet"] for row in seen if row["time_ns"] == step_ns})
    measured = f"{plural(count, 'account')}, {span_text(step_ns - drill.at_ns)}"
    what = "Holders under their margin liquidated"
    return Requirement("DEF-02", what, "the next mark step", measured, None)


def _noticed(drill: Drill, record: Record) -> Requirement:
    """How long before somebody's liquidation its first notice had come; declared ones get none."""
    declared = {row["wallet"] for row in record.of(Event.DEFAULT_DECLARED)}
    warned: dict[int, int] = {}
    leads: dict[int, int | None] = {}
    for row in (*record.earlier, *record.rows):
        wallet = row["wallet"]
        if row["kind"] == Event.MARGIN_NOTICE:
            warned.setdefault(wallet, row["time_ns"])
        if row["kind"] != Event.MARGIN_STATE or row["sequence"] <= drill.sequence:
            continue
        is_hit = row["code"] in (MarginState.REDUCING, MarginState.TAKEN_OVER)
        if is_hit and wallet not in declared and wallet not in leads:
            leads[wallet] = row["time_ns"] - warned[wallet] if wallet in warned else None
    told = [lead for lead in leads.values() if lead is not None]
    measured = f"{len(told):,} of {len(leads):,}"
    if told:
        measured += f", shortest {span_text(min(told))}"
    what = "Others liquidated who had a margin notice"
    return Requirement("LIQ-06", what, "where time allows", measured if leads else "none", None)
