"""restore(snapshot) + the rest = the whole run; and bytes that cannot be trusted are refused."""

import hashlib

import numpy as np
import pytest

from hkperp.accounts import Account
from hkperp.presets import bitcoin_hkd
from hkperp.venue import Venue
from hkperp_engine.errors import StorageError
from venue_flow import LARGE, TINY, flow, venue_of

COMMANDS = 1_200


@pytest.mark.parametrize("capacities", [TINY, LARGE])
@pytest.mark.parametrize("seed", range(4))
def test_restored_and_gone_on_is_the_whole_run(seed, capacities) -> None:
    """At 12 places of a run, and the taking of a snapshot disturbs nothing."""
    config, accounts, rows = flow(seed, COMMANDS)
    whole = venue_of(config, accounts)
    expected = whole.apply_batch(rows).tobytes()
    running, said = venue_of(config, accounts, capacities), b""
    cuts = np.linspace(0, len(rows), 12, dtype=int).tolist()
    for start, stop in zip([0, *cuts], [*cuts, len(rows)]):
        said += running.apply_batch(rows[start:stop]).tobytes()
        snapshot = running.snapshot()
        restored = Venue.restore(config, accounts, snapshot)
        assert restored.state_hash() == running.state_hash()
        assert restored.snapshot() == snapshot
        rest = restored.apply_batch(rows[stop:]).tobytes()
        assert said + rest == expected
        assert restored.state_hash() == whole.state_hash()
        restored.machine.check_books()
    assert said == expected


def test_one_by_one_after_a_restore() -> None:
    config, accounts, rows = flow(7, COMMANDS)
    whole = venue_of(config, accounts)
    whole.apply_batch(rows)
    half = venue_of(config, accounts)
    half.apply_batch(rows[: COMMANDS // 2])
    restored = Venue.restore(config, accounts, half.snapshot())
    for row in rows[COMMANDS // 2 :]:
        restored.send(*row.item())
    assert restored.state_hash() == whole.state_hash()


def test_rewind_tries_two_futures() -> None:
    config, accounts, rows = flow(4, COMMANDS)
    venue, heard = venue_of(config, accounts), []
    venue.subscribe(heard.append)
    venue.apply_batch(rows[:500])
    snapshot, before = venue.snapshot(), venue.state_hash()
    first = venue.apply_batch(rows[500:]).tobytes()
    venue.rewind(snapshot)
    assert venue.state_hash() == before
    venue.apply_batch(rows[800:])
    venue.rewind(snapshot)
    heard.clear()
    assert venue.apply_batch(rows[500:]).tobytes() == first
    assert len(heard) == len(first) // 64


@pytest.fixture(scope="module")
def taken():
    """A venue's configuration, accounts, snapshot and hash."""
    config, accounts, rows = flow(0, 300)
    venue = venue_of(config, accounts, (64, 1, 64, 16))
    venue.apply_batch(rows)
    return config, accounts, venue.snapshot(), venue.state_hash()


def test_any_byte_changed_is_found(taken) -> None:
    config, accounts, snapshot, state_hash = taken
    venue = Venue.restore(config, accounts, snapshot)
    places = [0, 17, 18, 49, 50, 60, len(snapshot) // 2, len(snapshot) - 33, len(snapshot) - 1]
    for place in places:
        damaged = bytearray(snapshot)
        damaged[place] ^= 1
        with pytest.raises(StorageError):
            venue.rewind(bytes(damaged))
    assert venue.state_hash() == state_hash


def test_any_length_cut_is_found(taken) -> None:
    config, accounts, snapshot, state_hash = taken
    venue = Venue.restore(config, accounts, snapshot)
    for length in (0, 1, 17, 18, 31, 32, 50, 82, 1_000, len(snapshot) // 2, len(snapshot) - 1):
        with pytest.raises(StorageError):
            venue.rewind(snapshot[:length])
    with pytest.raises(StorageError):
        venue.rewind(snapshot + b"\0")
    assert venue.state_hash() == state_hash


def test_sealed_again_with_another_size_is_found(taken) -> None:
    """Somebody recomputed the digest: what does not fit the layout is still refused."""
    config, accounts, snapshot, state_hash = taken
    venue = Venue.restore(config, accounts, snapshot)
    for body in (snapshot[:-40], snapshot[:-32] + bytes(8), snapshot[:60]):
        with pytest.raises(StorageError):
            venue.rewind(body + hashlib.sha256(body).digest())
    assert venue.state_hash() == state_hash


def test_another_venue_is_refused() -> None:
    snapshot = Venue(bitcoin_hkd(start_ns=0), [Account(), Account()]).snapshot()
    for config, accounts in (
        (bitcoin_hkd(start_ns=1), [Account(), Account()]),
        (bitcoin_hkd(start_ns=0), [Account(), Account(), Account()]),
        (bitcoin_hkd(start_ns=0), [Account(), Account(has_agreement=False)]),
    ):
        with pytest.raises(StorageError, match="of another venue"):
            Venue.restore(config, accounts, snapshot)
    with pytest.raises(StorageError, match="no snapshot"):
        Venue.restore(bitcoin_hkd(start_ns=0), [], b"something else altogether, and long enough")
