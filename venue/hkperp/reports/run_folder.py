"""Where a run is kept: a folder that is there whole or not at all.

    DIR/run.json           what was run: versions, seeds, every rule, names; digests of the logs
    DIR/summary.txt .json  what came out
    DIR/PACK/events.bin    the event log of each pack (journal.py)
    DIR/PACK/*.csv         tables made from it (tables.py)

All of it is written under another name beside DIR and gets its own name at the end, so a run that
fails leaves nothing. Reading `run.json` back needs neither a scenario nor a compiler.
"""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hkperp.reports.wording import Terms
from hkperp_engine.codes import HouseWallet
from hkperp_engine.errors import InputError, StorageError

__all__ = ["LOG_NAME", "RECORD_NAME", "PackRecord", "RefusalRecord", "RunRecord", "Standing"]
__all__ += ["making", "read_record"]

RECORD_NAME = "run.json"
LOG_NAME = "events.bin"
SCHEMA = 2


class RefusalRecord(NamedTuple):
    """A refusal and its figures (`results.ToldRefusal`), ledger units or lots by name."""

    sequence: int
    time_ns: int
    wallet: int
    command: str
    contract: int
    asset: int
    order_id: int
    reject: str
    limit: str
    figures: dict[str, int]


class PackRecord(NamedTuple):
    """A pack of a run that was kept. `config`: its rules, as `hkperp.config` names them.

    `refusals`: those of the timeline that have figures.
    """

    name: str
    label: str
    log_digest: str
    config_digest: str
    loss_sharing: str
    config: dict[str, Any]
    refusals: tuple[RefusalRecord, ...] = ()


class Standing(NamedTuple):
    """How a participant stood at the start: class, `AccountFlag` bits, end of its evidence (ns);
    if its evidence was judged, the reason and the rule, else empty.
    """

    investor_class: str
    flags: int
    valid_until_ns: int
    reason: str
    rule: str


class RunRecord(NamedTuple):
    """What `run.json` says, as far as a reader of the logs needs it."""

    folder: Path
    name: str
    currency: str
    packs: tuple[PackRecord, ...]
    contracts: tuple[Terms, ...]
    assets: tuple[str, ...]
    participants: tuple[str, ...]
    populations: tuple[tuple[str, int], ...]  # name, number of members
    standing: tuple[Standing, ...]  # of the participants

    def name_of(self, wallet: int) -> str:
        """Return the name of a wallet: a participant's, `holders/17`, or the house's."""
        row = wallet - HouseWallet.CLIENTS
        if row < 0:
            return HouseWallet(wallet).name
        if row < len(self.participants):
            return self.participants[row]
        row -= len(self.participants)
        for name, count in self.populations:
            if row < count:
                return f"{name}/{row}"
            row -= count
        raise StorageError(f"no account has wallet {wallet}", source=self.folder / RECORD_NAME)

    def wallet_of(self, account: str) -> int | None:
        """Return the wallet of a name, or None if nobody has it."""
        if account in self.participants:
            return HouseWallet.CLIENTS + self.participants.index(account)
        group, slash, member = account.partition("/")
        first = HouseWallet.CLIENTS + len(self.participants)
        for name, count in self.populations:
            is_number = slash and member.isascii() and member.isdigit() and len(member) < 9
            if name == group and is_number and int(member) < count:
                return first + int(member)
            first += count
        return None


@contextlib.contextmanager
def making(path: Path, *, force: bool = False, marker: str = RECORD_NAME) -> Iterator[Path]:
    """Give a folder to write a run into; it becomes `path` when the block ends, or goes away.

    Refuses a `path` that exists, unless `force` and it holds an earlier run, which is replaced;
    `marker`: the file by which an earlier run is told.
    """
    _require_free(path, force, marker)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        os.chmod(partial, 0o755)
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        yield partial
        _require_free(path, force, marker)
        _take_place(partial, path)
    except BaseException as error:
        shutil.rmtree(partial, ignore_errors=True)
        if isinstance(error, OSError) and not isinstance(error, BrokenPipeError):
            raise _unusable(path, error) from error
        raise


def _unusable(path: Path, error: OSError) -> StorageError:
    """Return what to raise when the disk says no."""
    return StorageError(f"cannot write the run: {error.strerror or error}", source=path)


def _require_free(path: Path, force: bool, marker: str) -> None:
    """Refuse a path that holds something, other than an earlier run that may be replaced."""
    if not path.exists() and not path.is_symlink():
        return
    is_run = path.is_dir() and not path.is_symlink() and (path / marker).is_file()
    if not force:
        hint = "--force replaces an earlier run" if is_run else "name another folder"
        raise InputError("exists already", source=path, path="--out", hint=hint)
    if not is_run and not (path.is_dir() and not path.is_symlink() and not any(path.iterdir())):
        message = "exists and is not an earlier run: --force does not replace it"
        raise InputError(message, source=path, path="--out", hint="name another folder")


def _take_place(partial: Path, path: Path) -> None:
    """Put the new folder in the place of the old; the old one goes only when the new is there."""
    if not path.exists():
        os.rename(partial, path)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{path.name}.old.", dir=path.parent))
    os.rename(path, old / path.name)
    os.rename(partial, path)
    shutil.rmtree(old, ignore_errors=True)


def read_record(folder: Path) -> RunRecord:
    """Return what was run in a folder; StorageError if it is no run, or is damaged."""
    source = folder / RECORD_NAME
    try:
        record = json.loads(source.read_bytes())
    except OSError as error:
        message = f"no run here: {error.strerror or error}"
        raise StorageError(message, source=source, hint="hkperp replay FILE --out DIR") from None
    except ValueError as error:
        raise StorageError(f"damaged: {error}", source=source) from None
    try:
        if record["schema"] != SCHEMA:
            raise StorageError("of another version", source=source, found=record["schema"])
        found = _record(folder, record)
        for pack in found.packs:
            _require_names(found, pack)
        return found
    except (KeyError, TypeError, ValueError, IndexError) as error:
        message = f"damaged: {type(error).__name__} {error}"
        raise StorageError(message, source=source, hint="run the replay again") from None


def _require_names(record: RunRecord, pack: PackRecord) -> None:
    """Raise ValueError if a pack has other numbers of contracts or assets than have names."""
    for what, names in (("contracts", record.contracts), ("assets", record.assets)):
        if len(pack.config[what]) != len(names):
            raise ValueError(
                f"{len(names)} {what} for the {len(pack.config[what])} of {pack.name}"
            )


def _record(folder: Path, record: dict[str, Any]) -> RunRecord:
    return RunRecord(
        folder=folder,
        name=str(record["name"]),
        currency=str(record["currency"]),
        packs=tuple(
            PackRecord(
                **{field: str(each[field]) for field in PackRecord._fields[:-2]},
                config=each["config"],
                refusals=tuple(RefusalRecord(**refusal) for refusal in each.get("refusals", ())),
            )
            for each in record["packs"]
        ),
        contracts=tuple(
            Terms(str(each["name"]), *(int(each[field]) for field in Terms._fields[1:]))
            for each in record["contracts"]
        ),
        assets=tuple(str(each) for each in record["assets"]),
        participants=tuple(str(each) for each in record["participants"]),
        populations=tuple(
            (str(each["name"]), int(each["count"])) for each in record["populations"]
        ),
        standing=tuple(
            Standing(
                str(each["investor_class"]),
                int(each["flags"]),
                int(each["valid_until_ns"]),
                str(each["reason"]),
                str(each["rule"]),
            )
            for each in record["standing"]
        ),
    )
