"""The library of stress scenarios (STR-02): what each does to prices, to the book, to the assets.

A stress is data: a name, where it comes from, a path of prices for each contract as a difference
from its mark at the snapshot, and what else fails. Hypothetical ones are made here for the
contracts and assets of a venue; paths of the past are read from data/stress.toml. docs/stress.md
says why each is there.
"""

import functools

import msgspec

from hkperp.config import Config
from hkperp.quantities import Percent, SignedPercent
from hkperp.rules.registry import read_data
from hkperp_engine.codes import AssetKind
from hkperp_engine.units import PPB

__all__ = ["SHOCKS_PPB", "STEPS", "Stress", "gap", "library", "target_ticks", "tenth_percent"]

#: The sizes of the plain shocks, each up and down (STR-02).
SHOCKS_PPB = (200_000_000, 300_000_000, 400_000_000, 600_000_000)

#: In how many equal steps a shock comes if trading goes on in between.
STEPS = 5

#: The fall that goes with a failure of something else.
_WITH_FAILURE_PPB = -300_000_000
_DEPEG_PPB = 900_000_000
_DEPTH_KEPT_PPB = 100_000_000

#: A tenth of a percent: how finely a reverse stress is sought.
_TENTH_PERCENT_PPB = 1_000_000


class Stress(msgspec.Struct, frozen=True, kw_only=True):
    """One stress scenario. Rates in ppb.

    `path_ppb[n][c]`: how far contract c is from its mark at the snapshot after turn n. `is_gap`:
    nobody trades between two turns; else the book moves along. `depth_kept_ppb`: what is left of
    every resting order, rounded down. `coin_price_ppb`: price of every stablecoin, whose
    redemption is then closed (0: as it was). `is_halted`: the contracts are halted while the
    price moves. `is_source_lost`: no source sends anything until the index is exhausted; the
    prices come back at the first turn.
    """

    name: str
    kind: str
    about: str
    source: str = "hypothetical"
    path_ppb: tuple[tuple[int, ...], ...] = ()
    is_gap: bool = False
    depth_kept_ppb: int = PPB
    is_afmm_suspended: bool = False
    coin_price_ppb: int = 0
    is_bank_frozen: bool = False
    is_halted: bool = False
    is_source_lost: bool = False


class _Path(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    source: str
    btc: tuple[str, ...]
    eth: tuple[str, ...] = ()


def tenth_percent(count: int) -> int:
    """Return `count` tenths of a percent, ppb: -605 is -60.5 %."""
    return count * _TENTH_PERCENT_PPB


def target_ticks(mark_ticks: int, move_ppb: int, price_ticks_max: int) -> int:
    """Return a mark moved by a rate, ticks: rounded away from the mark, within 1 and the highest.

    >>> target_ticks(999, -200_000_000, 10_000), target_ticks(999, 200_000_000, 10_000)
    (799, 1199)
    """
    moved = mark_ticks * (PPB + move_ppb)
    moved = moved // PPB if move_ppb < 0 else -(-moved // PPB)
    return int(min(max(moved, 1), price_ticks_max))


def gap(move_ppb: int, contracts: int) -> Stress:
    """Return a move of all contracts together with no trading in between."""
    name = f"gap {_signed(move_ppb)}"
    about = "all contracts together, no trading in between"
    return Stress(
        name=name, kind="gap", about=about, path_ppb=((move_ppb,) * contracts,), is_gap=True
    )


def library(config: Config) -> tuple[Stress, ...]:
    """Return every stress scenario of a venue, in the order of the report. O(contracts).

    Correlation to 1 is what the plain shocks do: all contracts move together. With more than one
    contract each also moves alone.
    """
    contracts = len(config.contracts)
    moves = [sign * size for size in SHOCKS_PPB for sign in (-1, 1)]
    found = [gap(move, contracts) for move in moves]
    found += [_in_steps(move, contracts) for move in moves]
    if contracts > 1:
        for number, contract in enumerate(config.contracts):
            found += [_alone(move, contracts, number, contract.name) for move in moves]
    found += _failures(config)
    found += [_historical(name, path, config) for name, path in _paths().items()]
    return tuple(found)


def _signed(move_ppb: int) -> str:
    return f"{'+' if move_ppb > 0 else ''}{Percent.text(move_ppb)}"


def _in_steps(move_ppb: int, contracts: int) -> Stress:
    return Stress(
        name=f"steps {_signed(move_ppb)}",
        kind="steps",
        about=f"all contracts together, in {STEPS} steps, the book moves along",
        path_ppb=_parts(move_ppb, contracts),
    )


def _parts(move_ppb: int, contracts: int) -> tuple[tuple[int, ...], ...]:
    """Return a move in equal steps of all contracts."""
    return tuple((move_ppb * step // STEPS,) * contracts for step in range(1, STEPS + 1))


def _alone(move_ppb: int, contracts: int, number: int, name: str) -> Stress:
    moves = tuple(move_ppb if each == number else 0 for each in range(contracts))
    return Stress(
        name=f"{name} alone {_signed(move_ppb)}",
        kind="gap",
        about="one contract only, no trading in between",
        path_ppb=(moves,),
        is_gap=True,
    )


def _failures(config: Config) -> list[Stress]:
    """Return what happens when something else fails, most of it together with a fall."""
    contracts = len(config.contracts)
    fall = _parts(_WITH_FAILURE_PPB, contracts)
    at_once = ((_WITH_FAILURE_PPB,) * contracts,)
    down = _signed(_WITH_FAILURE_PPB)
    make = functools.partial(Stress, kind="failure")
    found = [
        make(
            name=f"depth -90%, {down}",
            about="nine tenths of every resting order go, then a fall in steps",
            path_ppb=fall,
            depth_kept_ppb=_DEPTH_KEPT_PPB,
        ),
        make(
            name=f"AFMM withdraws, {down}",
            about="the affiliated market maker is suspended, then a fall in steps",
            path_ppb=fall,
            is_afmm_suspended=True,
        ),
        make(
            name=f"halt, {down}",
            about="trading is halted, the price falls meanwhile, trading goes on at the new mark",
            path_ppb=at_once,
            is_halted=True,
        ),
        make(
            name=f"sources out, {down}",
            about="all index sources fall silent, the index is exhausted, they come back lower",
            path_ppb=at_once,
            is_source_lost=True,
        ),
    ]
    kinds = {asset.kind for asset in config.assets[1:]}
    depeg = {"coin_price_ppb": _DEPEG_PPB}
    for kind, name, fields in (
        (AssetKind.STABLECOIN, "stablecoin 0.90", depeg),
        (AssetKind.TOKENISED_DEPOSIT, "bank token frozen", {"is_bank_frozen": True}),
    ):
        if kind in kinds:
            about = "no longer convertible, so it counts for nothing"
            found.append(make(name=name, about=about, **fields))
            found.append(make(name=f"{name}, {down}", about=about, path_ppb=fall, **fields))
    return found


@functools.cache
def _paths() -> dict[str, _Path]:
    return msgspec.convert(read_data("stress")["paths"], dict[str, _Path])


def _historical(name: str, path: _Path, config: Config) -> Stress:
    """Return a path of the past for the contracts of a venue."""
    columns = [
        path.eth if path.eth and contract.name.startswith("ETH") else path.btc
        for contract in config.contracts
    ]
    turns = zip(*columns, strict=True)
    return Stress(
        name=f"{name} style",
        kind="historical",
        about=path.about,
        source=path.source,
        path_ppb=tuple(tuple(int(SignedPercent.parse(each)) for each in row) for row in turns),
    )
