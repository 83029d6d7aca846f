"""`hkperp explain`: the letter to an account, or whom to ask about, from a run that was kept.

Reads `run.json` and the event logs, checks every byte of them, and computes nothing: no compiler
is started.
"""

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hkperp.letters.default import default_parts
from hkperp.letters.figures import LOG_END, History
from hkperp.letters.letter import Facts, letter
from hkperp.letters.losses import Losses
from hkperp.letters.notices import Notice, notices, refusals
from hkperp.letters.positions import Positions
from hkperp.letters.prices import Prices
from hkperp.letters.standing import gate_parts
from hkperp.letters.vault import VaultLetter
from hkperp.reports.decisions import Reader, Row, decisions, haircuts, largest
from hkperp.reports.run_folder import LOG_NAME, PackRecord, RunRecord, read_record
from hkperp.reports.wording import clock, money
from hkperp_engine.codes import Event, EventFlag
from hkperp_engine.errors import InputError, StorageError

__all__ = ["explain", "facts_of"]


def explain(folder: Path, account: str = "", packs: Sequence[str] = ()) -> str:
    """Return the letters to an account, one for each pack named (all by default).

    Without an account: the largest liquidation, takeover, deleveraging and haircut of each pack.
    """
    record = read_record(folder)
    chosen = _chosen(record, packs)
    if not account:
        readers = _opened(record, chosen)
        parts = [_overview(record, pack, reader) for pack, reader in zip(chosen, readers)]
        return "\n\n".join("\n".join(part) for part in parts) + "\n"
    wallet = record.wallet_of(account)
    if wallet is None:
        raise InputError(f"no account {account!r}", source=folder, hint=_similar(record, account))
    letters = []
    for pack, reader in zip(chosen, _opened(record, chosen)):
        letters.append(letter(record, pack, wallet, facts_of(record, pack, reader, wallet)))
    return "\n".join(letters)


def facts_of(record: RunRecord, pack: PackRecord, reader: Reader, wallet: int) -> Facts:
    """Return all that a log says about an account."""
    found, cuts = decisions(reader, wallet), haircuts(reader, wallet)
    begun = [each.inputs.sequence for each in found] + [cut.row["sequence"] for cut in cuts]
    told = {row["sequence"] for each in found for row in each.rows}
    vault = VaultLetter(reader, record, pack, wallet)
    sections, lines, shown = gate_parts(reader, record, pack, wallet)
    wrong, more, known = default_parts(reader, record, pack, wallet)
    shown |= known
    # An issuer's default has its own section, which tells of the asset's end as well.
    vault_sections = [each for each in vault.sections() if each.sequence not in known]
    noticed = [
        Notice(*each)
        for each in (*vault.notices(told, min(begun, default=LOG_END)), *lines, *more)
    ]
    noticed += notices(reader, record, wallet)
    noticed = [each for each in noticed if each.sequence not in shown | vault.told]
    return Facts(
        found,
        cuts,
        sorted(noticed),
        refusals(reader, record, pack, wallet),
        [*vault_sections, *sections, *wrong],
        vault.closing(),
        Prices(reader, record, pack),
        Losses(reader),
        Positions(record, wallet, History(reader, record, pack, wallet)),
    )


def _chosen(record: RunRecord, packs: Sequence[str]) -> list[PackRecord]:
    known = {pack.name: pack for pack in record.packs}
    for name in packs:
        if name not in known:
            raise InputError(f"no pack {name!r}", path="--pack", hint=f"one of {', '.join(known)}")
    return [pack for name, pack in known.items() if not packs or name in packs]


def _opened(record: RunRecord, packs: list[PackRecord]) -> list[Reader]:
    """Open the logs of packs, at the same time: hashing and copying hold no Python lock."""
    if len(packs) == 1:
        return [_open(record, packs[0])]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda pack: _open(record, pack), packs))


def _open(record: RunRecord, pack: PackRecord) -> Reader:
    """Open a pack's log; it vouches for the rules that run.json tells."""
    path = record.folder / pack.name / LOG_NAME
    reader = Reader(path, pack.log_digest)
    rules = json.dumps(pack.config, separators=(",", ":"), ensure_ascii=False).encode()
    found = hashlib.sha256(rules).hexdigest()
    if not reader.log.config_digest == pack.config_digest == found:
        raise StorageError(
            "the rules in run.json are not those that the log was written under",
            source=path,
            expected=reader.log.config_digest[:16],
            found=found[:16],
        )
    return reader


def _overview(record: RunRecord, pack: PackRecord, reader: Reader) -> Iterator[str]:
    """Yield the largest of each kind, with the account to ask about."""
    yield f"{record.name} under {pack.name}: {pack.label}"
    rows = {
        row["kind"]: row for row in largest(reader, [each.tick_value for each in record.contracts])
    }
    named = (
        (Event.LIQUIDATION_ORDER, "largest liquidation order"),
        (Event.TAKEOVER, "largest takeover"),
        (Event.DELEVERAGE, "largest deleveraging"),
        (Event.HAIRCUT, "largest haircut"),
    )
    for kind, label in named:
        if kind not in rows:
            yield f"  {label:26} none"
            continue
        row = rows[kind]
        name = record.name_of(row["wallet"])
        yield f"  {label:26} {name:16} {_largest(record, row)}"
    yield f"  ask: hkperp explain --run {record.folder} --pack {pack.name} ACCOUNT"


def _largest(record: RunRecord, row: Row) -> str:
    time = clock(row["time_ns"])
    if row["kind"] == Event.HAIRCUT:
        gain = money(row["counter_order_id"])
        return f"{money(row['amount'])} {record.currency} of a gain of {gain} at {time}"
    terms = record.contracts[row["contract"]]
    size, price = terms.size(abs(row["lots"])), terms.price(row["price_ticks"])
    value = money(terms.value(row["lots"], row["price_ticks"]))
    if row["kind"] == Event.LIQUIDATION_ORDER:
        verb = "sell" if row["flags"] & EventFlag.SELL else "buy"
        return f"to {verb} {size} {terms.name} at {price} or better, {value} at {time}"
    verb = "taken over" if row["kind"] == Event.TAKEOVER else "closed"
    return f"{size} {terms.name} {verb} at {price}, {value} at {time}"


def _similar(record: RunRecord, account: str) -> str:
    """Return a hint: a name like it, or how names are made."""
    like = difflib.get_close_matches(account, record.participants, 1)
    if like:
        return f"did you mean {like[0]}?"
    names = [f"{name}/0 to {name}/{count - 1}" for name, count in record.populations]
    return "accounts are " + ", ".join([*record.participants[:8], *names])
