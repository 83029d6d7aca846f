"""The letter to an account: every figure in it is the machine's and the reference house's."""

import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from crash_run import CRASH, PACKS, crash_folder
from hkperp.letters.explain import explain
from hkperp.replay.flow import chunks
from hkperp.replay.population import accounts
from hkperp.reports.decisions import Happening, Inputs, Leg, Reader, decisions, haircuts
from hkperp.reports.run_folder import LOG_NAME, read_record
from hkperp.reports.wording import money
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import Event, Explain
from hkperp_engine.errors import InputError, StorageError
from reference import margin
from reference.house import House
from reference.machine import ReferenceMachine
from reference.rows import Command

CLIENTS = range(16, 16 + 222)


class Watching(House):
    """The reference house; notes a wallet's figures, worked out anew, when it explains one."""

    def emit(self, kind, **fields):
        event = super().emit(kind, **fields)
        if kind == Event.EXPLAIN and fields["code"] == Explain.CASH:
            self.noted[event.sequence] = self.inputs(event.sequence, self.wallets[event.wallet])
        return event

    def inputs(self, sequence: int, wallet) -> Inputs:
        mm, e = margin.maintenance(self, wallet), margin.equity(self, wallet)
        return Inputs(
            sequence=sequence,
            cash=wallet.cash,
            collateral=margin.collateral(self, wallet),
            variation=margin.variation(self, wallet),
            equity=e,
            initial_margin=margin.initial(self, wallet),
            maintenance_margin=mm,
            close_out_margin=margin.close_out(self, mm),
            missing_margin=mm - e,
            legs=tuple(
                Leg(
                    contract=contract.number,
                    lots=position.lots,
                    bankruptcy_ticks=margin.bankruptcy_price(self, wallet, contract),
                    entry_cost=position.entry_cost,
                    cost=position.cost,
                    mark_ticks=contract.rates.mark,
                    mark_ns=contract.rates.mark_ns,
                    index_ticks=contract.rates.good_index,
                    index_ns=contract.rates.good_ns,
                )
                for contract, position in margin.legs(self, wallet)
            ),
        )


@functools.cache
def reader(pack: str) -> Reader:
    return Reader(crash_folder() / pack / LOG_NAME)


@pytest.mark.parametrize("pack", PACKS[1:])
def test_every_input_is_the_reference_houses(pack: str) -> None:
    """The slow house does the same commands; at each explanation its figures are asked for."""
    scenario = load(CRASH)
    rules = next(each for each in scenario.packs if each.name == pack)
    config = config_of(scenario, rules)
    reference = ReferenceMachine(config, accounts(scenario).tolist())
    reference.house.__class__ = Watching
    reference.house.noted = {}
    for chunk in chunks(scenario, rules, config):
        for row in chunk.tolist():
            reference.apply(Command(*row))
    found = {
        each.inputs.sequence: each.inputs
        for wallet in CLIENTS
        for each in decisions(reader(pack), wallet)
    }
    assert len(found) > 50
    assert found == reference.house.noted


def named(pack: str, what: Happening) -> str:
    """An account to which it happened."""
    record = read_record(crash_folder())
    for wallet in CLIENTS:
        if any(each.what == what for each in decisions(reader(pack), wallet)):
            return record.name_of(wallet)
    raise AssertionError(f"no {what} in {pack}")


def letters(account: str, pack: str) -> str:
    return explain(crash_folder(), account, [pack])


def test_a_reduction_is_explained() -> None:
    account = named(PACKS[1], Happening.REDUCTION)
    text = letters(account, PACKS[1])
    wallet = read_record(crash_folder()).wallet_of(account)
    first = decisions(reader(PACKS[1]), wallet)[0]
    assert f"Account {account} (wallet {wallet})" in text
    assert "1. Reduction at 2026-03-02 00:5" in text
    for amount in first.inputs[1:-1]:
        assert money(amount) in text
    assert f"With {money(first.inputs.missing_margin)} more in the account" in flat(text)
    for rule in ("LIQ-02", "LIQ-03", "LIQ-04"):
        assert rule in text
    assert first.inputs.close_out_margin <= first.inputs.equity < first.inputs.maintenance_margin


def test_a_filled_reduction_adds_up() -> None:
    """Lots sold and left are the order's; the fee is what was posted."""
    seen = 0
    for wallet in CLIENTS:
        for each in decisions(reader(PACKS[1]), wallet):
            for order in each.of(Event.LIQUIDATION_ORDER):
                sold = sum(row["lots"] for row in each.of(Event.TRADE))
                left = sum(row["lots"] for row in each.of(Event.ORDER_CANCELLED))
                assert sold + left == order["lots"] <= order["amount"]
                seen += 1
    assert seen > 0


def test_a_default_is_explained_layer_by_layer() -> None:
    for wallet in CLIENTS:
        for each in decisions(reader(PACKS[2]), wallet):
            for row in each.of(Event.DEFAULT):
                paid = sum(other["amount"] for other in each.of(Event.ALLOCATION))
                assert paid <= row["amount"]
                account = read_record(crash_folder()).name_of(wallet)
                text = flat(letters(account, PACKS[2]))
                assert f"{money(row['amount'])} could not be paid from the account" in text
                assert "never below (PROD-03)" in text
                return
    raise AssertionError("no default")


def test_a_deleveraging_is_explained() -> None:
    account = named(PACKS[2], Happening.DELEVERAGING)
    text = letters(account, PACKS[2])
    assert "Deleveraging at 2026-03-02 00:59:30 UTC" in text
    assert "closed against crowd/" in text
    assert "LOSS-04" in text


def test_a_haircut_is_explained() -> None:
    record = read_record(crash_folder())
    cut, account = next(
        (cuts[0], record.name_of(wallet))
        for wallet in CLIENTS
        if (cuts := haircuts(reader(PACKS[1]), wallet))
    )
    text = flat(letters(account, PACKS[1]))
    owed = sum(row["amount"] for row in cut.defaults)
    assert f"could not pay {money(owed)}" in text
    assert money(cut.row["amount"]) in text
    assert money(cut.row["counter_order_id"]) in text
    assert "LOSS-05" in text
    # The share is the loss times this gain over all gains, to the unit of a largest remainder.
    shared = sum(row["amount"] for row in cut.allocations if row["wallet"] == 0)
    share = shared * cut.row["counter_order_id"] // cut.gains
    assert abs(cut.row["amount"] - share) <= 1


def test_an_account_nothing_was_done_to() -> None:
    assert "Nothing was done to this account" in letters("afmm", PACKS[0])


def test_without_an_account_the_largest_are_named() -> None:
    text = explain(crash_folder())
    assert re.search(r"largest liquidation order +crowd/\d+ +to (sell|buy) ", text)
    assert re.search(r"largest takeover +crowd/\d+ ", text)
    assert re.search(r"largest deleveraging +crowd/\d+ ", text)
    assert re.search(r"largest haircut +crowd/\d+ ", text)
    assert text.count("none") == 4 + 1 + 0  # nothing under the first pack, no ADL in the second
    for account in set(re.findall(r"crowd/\d+", text)):
        assert f"Account {account}" in explain(crash_folder(), account)


def test_mistakes() -> None:
    with pytest.raises(InputError, match="no account 'crowd/200'"):
        explain(crash_folder(), "crowd/200")
    with pytest.raises(InputError, match="did you mean afmm"):
        explain(crash_folder(), "afm")
    with pytest.raises(InputError, match="no pack 'nope'"):
        explain(crash_folder(), "afmm", ["nope"])


def test_a_changed_log_or_rule_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(crash_folder(), folder)
    path = folder / PACKS[0] / LOG_NAME
    content = bytearray(path.read_bytes())
    content[1000] ^= 1
    path.write_bytes(content)
    with pytest.raises(StorageError, match="digest differs"):
        explain(folder, "afmm")
    record = json.loads((folder / "run.json").read_text())
    record["packs"][1]["config"]["house"]["close_out_ppb"] -= 1
    (folder / "run.json").write_text(json.dumps(record))
    with pytest.raises(StorageError, match="not those that the log was written under"):
        explain(folder, "afmm", [PACKS[1]])


def test_no_compiler_is_started() -> None:
    code = (
        "import sys\n"
        "from hkperp.cli.main import main\n"
        f"status = main(['explain', '--run', {str(crash_folder())!r}, 'afmm'])\n"
        "heavy = [name for name in ('numba', 'rich', 'msgspec', 'yaml') if name in sys.modules]\n"
        "sys.exit(f'imported {heavy}' if heavy else status)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def flat(text: str) -> str:
    """A wrapped text as one line."""
    return " ".join(text.split())
