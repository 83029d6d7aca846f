"""Rule packs: named bounds on a venue's settings, with the rule and the authority of each.

A pack is data (data/packs.toml), a parameter of it a text with its unit and a bound.
`check_regime` holds a configuration against those that a `Config` can express; the others are for
people to read. No number on leverage, limits or periods is the SFC's: `label` says whose it is.
"""

import difflib
import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from hkperp.config import Config
from hkperp.quantities import AssetPrice, Duration, Leverage, Percent
from hkperp.rules.registry import read_data
from hkperp_engine.codes import AssetKind
from hkperp_engine.errors import InputError
from hkperp_engine.units import PPB

__all__ = ["BOUNDS", "DEFAULT", "LABELS", "Pack", "Parameter", "check_regime", "packs"]

#: The pack of the Hong Kong framework, as designed.
DEFAULT = "hk-sfc-2026-02-11"
LABELS = ("regulator", "comparator", "design default")
BOUNDS = ("min", "max", "below", "equal", "one of")


class Parameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One bound of a pack: the value with its unit, how it binds, its rule, and whose number."""

    value: str
    bound: str
    rule: str
    label: str


class Pack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named set of parameters; what it does not name it takes from the pack it `extends`."""

    about: str
    is_hong_kong: bool
    parameters: dict[str, Parameter]
    extends: str = ""


@functools.cache
def packs() -> dict[str, Pack]:
    """Return every rule pack by its name, each with all of its parameters."""
    found = msgspec.convert(read_data("packs")["packs"], dict[str, Pack])
    for name, pack in found.items():  # a pack stands below the one it extends
        if pack.extends:
            parameters = {**found[pack.extends].parameters, **pack.parameters}
            found[name] = msgspec.structs.replace(pack, parameters=parameters)
    return found


def check_regime(config: Config, name: str) -> None:
    """Return if a configuration keeps to the bounds of a rule pack, else raise `InputError`.

    `name`: of `packs()`; an unknown one raises too. The error names the field (`path`), both
    numbers, the rule and the pack, for example with leverage 10x under `hk-sfc-2026-02-11`:
    `contracts[0].tiers[0].im_ppb: leverage 10x is above 5x (MRG-10, design default of ...)`.
    """
    pack = packs().get(name)
    if pack is None:
        near = difflib.get_close_matches(name, packs(), n=1, cutoff=0.0)
        raise InputError(f"no rule pack {name!r}"[:200], hint=f"GOV-05, near: {', '.join(near)}")
    for what, parameter in pack.parameters.items():
        if what not in _FIELDS:  # a bound on people or papers, not on a setting
            continue
        pattern, kind = _FIELDS[what]
        for path, field in _fields(config, "", pattern):
            value = kind.measured(field)
            if not _keeps(kind, value, parameter):
                raise _breach(what, path, kind.text(value), parameter, name)


def _breach(what: str, path: str, told: str, parameter: Parameter, pack: str) -> InputError:
    relation = {
        "min": "is below",
        "max": "is above",
        "below": "is not below",
        "equal": "is not",
        "one of": "is not one of",
    }[parameter.bound]
    message = f"{what.replace('_', ' ')} {told} {relation} {parameter.value}"
    return InputError(message, path=path, hint=f"{parameter.rule}, {parameter.label} of {pack}")


class _Kind(NamedTuple):
    """How a value is read from a pack, measured in a configuration, and written."""

    parse: Callable[[str], Any]
    measured: Callable[[Any], Any]
    text: Callable[[Any], str]


def _keeps(kind: _Kind, value: Any, parameter: Parameter) -> bool:
    limit = parameter.value
    if parameter.bound == "one of":
        return value in limit.split(", ")
    compare = {"min": operator.ge, "max": operator.le, "below": operator.lt, "equal": operator.eq}
    return bool(compare[parameter.bound](value, kind.parse(limit)))


def _fields(value: Any, path: str, pattern: str) -> Iterator[tuple[str, Any]]:
    """Yield path and value of each field that a pattern of dotted names means.

    `contracts[].sources` is the sources of every contract, `assets[STABLECOIN].depeg_ppb` a field
    of every stablecoin.
    """
    if not pattern:
        yield path, value
        return
    first, _, rest = pattern.partition(".")
    name, bracket, chosen = first.rstrip("]").partition("[")
    inner, path = getattr(value, name), f"{path}.{name}".lstrip(".")
    if not bracket:
        yield from _fields(inner, path, rest)
        return
    for index, each in enumerate(inner):
        if not chosen or each.kind == AssetKind[chosen]:
            yield from _fields(each, f"{path}[{index}]", rest)


_TEXT = _Kind(str, str, str)
_SWITCH = _Kind(str, lambda is_on: "yes" if is_on else "no", str)
_COUNT = _Kind(int, len, str)
_NUMBER = _Kind(int, int, str)
_PERCENT = _Kind(Percent.parse, int, Percent.text)
_DURATION = _Kind(Duration.parse, int, Duration.text)
_PRICE = _Kind(AssetPrice.parse, int, AssetPrice.text)
#: Hundredths of `5x`, of a margin rate: 100 over the rate, rounded up, so that no cap is passed.
_LEVERAGE = _Kind(
    lambda written: Leverage.parse(written.removesuffix("x")),
    lambda im_ppb: -(-100 * PPB // im_ppb),
    lambda hundredths: f"{Leverage.text(hundredths)}x",
)

#: The parameters that a `Config` can express: which fields, and what kind of quantity they are.
_FIELDS = {
    "settlement_currency": ("contracts[].margin_asset", _TEXT),
    "funding_interval": ("contracts[].funding.interval_ns", _DURATION),
    "funding_rate_cap": ("contracts[].funding.rate_cap_ppb", _PERCENT),
    "leverage": ("contracts[].tiers[].im_ppb", _LEVERAGE),
    "close_out_margin": ("house.close_out_ppb", _PERCENT),
    "margin_from_open_gains": ("house.counts_gains", _SWITCH),
    "settlement_interval": ("house.cycle_interval_ns", _DURATION),
    "index_sources": ("contracts[].sources", _COUNT),
    "index_sources_live": ("contracts[].index.source_min", _NUMBER),
    "index_weight": ("contracts[].index.weight_max_ppb", _PERCENT),
    "mark_band": ("contracts[].mark.band_ppb", _PERCENT),
    "liquidation_fee": ("contracts[].liquidation_fee_ppb", _PERCENT),
    "depeg_price": ("assets[STABLECOIN].depeg_ppb", _PRICE),  # 0, off, is below any bound
    "depeg_time": ("assets[STABLECOIN].depeg_ns", _DURATION),
}
