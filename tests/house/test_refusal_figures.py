"""The figures of a refusal are true to the unit: with what was missing it would have passed.

Along random streams each refusal is looked into, and the same command is sent again to a copy of
the machine: with one unit less than was missing it is refused, with all of it it is not; with the
most lots that would have passed it passes, with one more it does not (MRG-07, NOCR-02, LIM-01).
"""

from collections import Counter

import pytest

import house_flow
import house_setting
from compiled_house import CompiledHouse, command_rows
from hkperp.edge.inspection_refusal import refusal_of
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, OrderFlag, Reject
from reference.rows import Command

SEEDS = range(8)
COMMANDS = 900
#: Looked into at most, by code, of each seed: a copy of a machine is slow.
LOOKS = 6
FULL = (Reject.LIM_POSITION, Reject.LIM_OI_CAP)
KINDS = (Kind.NEW_ORDER, Kind.AMEND, Kind.WITHDRAW, Kind.TRANSFER, Kind.REDEEM)


class Again:
    """A machine at the moment of a refusal, to which other commands may be sent."""

    def __init__(self, house: CompiledHouse) -> None:
        self.house, self.before = house, house.machine.snapshot()

    def code(self, *commands: Command) -> int:
        """The Reject of the last of the commands, 0 if it was accepted; then all is as before."""
        for command in commands:
            events = self.house.apply(command)
        found = [event for event in events if event.kind == Event.REFUSED]
        self.house.machine.restore(self.before)
        same = [event.code for event in found if event.order_id == commands[-1].order_id]
        return same[0] if same else 0


def refusal(command: Command, events: list) -> int:
    """The Reject of a command itself, 0 if it was accepted."""
    last = events[-1] if events else None
    if last is None or last.kind != Event.REFUSED or command.kind not in KINDS:
        return 0
    is_same = (last.amount, last.wallet, last.order_id)
    return last.code if is_same == (command.kind, command.wallet, command.order_id) else 0


def check(again: Again, command: Command, code: int, figures: dict[str, int], limit: str) -> None:
    """What would have passed does, a unit or a lot more does not."""
    if code == Reject.NOCR_WITHDRAWAL_REFUSED:
        check_leaving(again, command, figures, limit)
        return
    if code == Reject.MRG_INSUFFICIENT:
        missing = figures["missing"]
        assert missing == figures["requirement"] - figures["equity"] > 0
        assert figures["requirement"] > figures["requirement_before"]
        parts = figures["cash"] + figures["collateral"] + figures["unsettled"]
        assert parts == figures["equity"]
        for amount in (missing - 1, missing):
            paid = Command(
                time_ns=command.time_ns, kind=Kind.DEPOSIT, wallet=command.wallet, amount=amount
            )
            if amount and again.code(paid) == 0:
                found = again.code(paid, command)
                assert (found == code) == (amount < missing), (amount, missing, found)
    is_plain = command.kind == Kind.NEW_ORDER and not command.flags & OrderFlag.BY_NOTIONAL
    is_plain = is_plain and not command.target  # an iceberg must be larger than what it shows
    if is_plain and figures["lots"] == command.lots:
        most = figures["lots_most"]
        assert most < command.lots
        assert again.code(command._replace(lots=most + 1)) == code
        if most > 0:
            assert again.code(command._replace(lots=most)) != code
    if code in FULL:
        assert figures["held"] + figures["lots"] > figures["limit"]
        assert figures["lots_most"] == max(0, figures["limit"] - figures["held"])


def check_leaving(again: Again, command: Command, figures: dict[str, int], limit: str) -> None:
    """The most that could have left can; what is free is what went in, added up."""
    settled = figures["cash"] + figures["collateral"] + figures["loss"]
    assert figures["free"] == settled - figures["needed"] - figures["funding"]
    assert (limit == "HELD") == (figures["asked"] > figures["held"])
    assert figures["asked"] > figures["most"] >= 0
    code = Reject.NOCR_WITHDRAWAL_REFUSED
    assert again.code(command._replace(amount=figures["most"] + 1)) == code
    if figures["most"]:
        assert again.code(command._replace(amount=figures["most"])) != code


@pytest.mark.parametrize("seed", SEEDS)
def test_what_would_have_passed_does(seed: int) -> None:
    setting = house_setting.setting(seed)
    house = CompiledHouse(setting.config, setting.accounts, capacities=(4_096, 16, 65_536, 4_096))
    looks: Counter[str] = Counter()
    for command, events, _ in house_flow.played(setting, seed, COMMANDS, house):
        code = refusal(command, events)
        if not code or looks[Reject(code).name] >= LOOKS:
            continue
        before = house.machine.state_hash()
        found = refusal_of(house.machine, command_rows([command])[0], Reject(code))
        assert house.machine.state_hash() == before, f"looking changed {command}"
        if found is not None:
            looks[Reject(code).name] += 1
            try:
                check(Again(house), command, code, found.figures, found.limit)
            except AssertionError as error:
                raise AssertionError(f"seed={seed} {command} {found}: {error}") from error
    assert sum(looks.values()) >= 5, looks
    print(dict(looks))
