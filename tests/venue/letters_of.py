"""Letters to the accounts of the small scenarios, from the slow house's events; and the kept.

A kept letter is `letters/SCENARIO-ACCOUNT.txt`; of several packs, `SCENARIO-PACK-ACCOUNT.txt`.
When the wording is meant to change: replay the scenario with `--out`, and put what
`hkperp explain` prints in its place.
"""

import functools
import tempfile
from pathlib import Path

import msgspec

from hkperp.edge.machine_memory import Machine
from hkperp.letters.explain import facts_of
from hkperp.letters.letter import letter
from hkperp.replay.population import account_name, accounts
from hkperp.replay.refusal_record import RefusalWatch
from hkperp.replay.runner import terms_of
from hkperp.reports.decisions import Reader
from hkperp.reports.journal import LogWriter
from hkperp.reports.run_folder import LOG_NAME, PackRecord, RefusalRecord, RunRecord, Standing
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import HouseWallet, InvestorClass
from small_runs import slow_run

__all__ = ["KEPT", "Opened", "kept_letter", "letter_to", "opened"]

KEPT = Path(__file__).with_name("letters")


class Opened(msgspec.Struct, frozen=True):
    """A small scenario as a reader of letters sees it: its log and its record."""

    reader: Reader
    record: RunRecord
    pack: PackRecord


@functools.cache
def opened(name: str) -> Opened:
    """Run a small scenario (`FILE` or `FILE/PACK`) in the slow house and open its log."""
    done = slow_run(name)
    (pack,) = done.scenario.packs
    config = config_of(done.scenario, pack)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / LOG_NAME
        with LogWriter(path, pack.name, "0" * 64) as log:
            log.append(done.events)
        reader = Reader(path)
    table = accounts(done.scenario)
    clients = range(HouseWallet.CLIENTS, HouseWallet.CLIENTS + len(table))
    columns = table[["investor_class", "account_flags", "valid_until_ns"]].tolist()
    record = RunRecord(
        folder=Path(name),
        name=done.scenario.name,
        currency=done.scenario.units.currency,
        packs=(),
        contracts=terms_of(done.scenario),
        assets=tuple(each.name for each in done.scenario.assets),
        participants=tuple(account_name(done.scenario, wallet) for wallet in clients),
        populations=(),
        standing=tuple(
            Standing(InvestorClass(kind).name, *rest, "", "") for kind, *rest in columns
        ),
    )
    watch = RefusalWatch(Machine(config, table))
    watch.feed(done.commands, lambda events: None)
    refusals = tuple(RefusalRecord(**msgspec.structs.asdict(each)) for each in watch.told)
    words = (pack.name, pack.label, "", "", pack.house.loss_sharing)
    rules = PackRecord(*words, msgspec.to_builtins(config), refusals)
    return Opened(reader, record, rules)


def letter_to(name: str, account: str) -> str:
    """Return the letter to an account of a small scenario."""
    run = opened(name)
    wallet = run.record.wallet_of(account)
    assert wallet is not None, account
    facts = facts_of(run.record, run.pack, run.reader, wallet)
    return letter(run.record, run.pack, wallet, facts)


def kept_letter(name: str, account: str) -> str:
    """Return the letter as it is kept."""
    file = f"{name.replace('/', '-')}-{account.replace(':', '.')}.txt"
    return (KEPT / file).read_text("utf-8")
