"""What load refuses: the published parameters of a contract's rates, checked before use.

Plain Python with unlimited integers; the kernels rely on what passed here. Each problem names its
field and what to write instead (docs/rates.md section 7).

    for problem in rates_problems(rates, sources):
        print(problem.path, problem.message, problem.hint)
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from hkperp_engine.errors import InputError
from hkperp_engine.units import NOTIONAL_QUOTE_MAX, NS_PER_DAY, NS_PER_MS, PPB
from hkperp_funding.layout import BASIS_SLOTS, SOURCES_MAX

__all__ = ["SOURCES_MIN", "Problem", "check_rates_parameters", "rates_problems"]

#: Fewest sources an index may stand on (VAL-02): with three, one false one is always outvoted.
SOURCES_MIN = 3

#: Bounds of single fields of RATES, both ends allowed.
_BOUNDS = {
    "source_count": (SOURCES_MIN, SOURCES_MAX),
    "deviation_max_ppb": (1, PPB - 1),
    "weight_max_ppb": (1, PPB // 2 - 1),
    "is_weighted_mean": (0, 1),
    "hold_ns": (0, NS_PER_DAY),
    "median_ns": (0, NS_PER_DAY),
    "median_band_ppb": (0, PPB - 1),
    "mark_band_ppb": (1, PPB - 1),
    "sample_interval_ns": (NS_PER_MS, NS_PER_DAY),
    "basis_samples_min": (1, BASIS_SLOTS),
    "impact_notional": (1, NOTIONAL_QUOTE_MAX),
    "interest_ppb": (-PPB, PPB),
    "interest_band_ppb": (0, PPB),
    "rate_cap_ppb": (1, PPB),
    "rate_step_ppb": (0, PPB),
}

#: Fields of SOURCE, the same.
_SOURCE_BOUNDS = {"weight_ppb": (1, PPB), "age_max_ns": (1, NS_PER_DAY)}


class Problem(NamedTuple):
    """One refusal: `path` is the field, `message` what is wrong, `hint` what to do."""

    path: str
    message: str
    hint: str


def rates_problems(
    rates: Mapping[str, int], sources: Sequence[Mapping[str, int]]
) -> Iterator[Problem]:
    """Yield every problem of a contract's parameters, most basic first; nothing if they are good.

    `rates` has the parameter fields of RATES, `sources` one row with `weight_ppb` and `age_max_ns`
    for each source in use; rows of the arena will do.
    """
    yield from _bounds_problems(rates, _BOUNDS, "")
    for number, source in enumerate(sources):
        yield from _bounds_problems(source, _SOURCE_BOUNDS, f"sources[{number}].")
    yield from _source_problems(rates, sources)
    yield from _time_problems(rates)


def check_rates_parameters(
    rates: Mapping[str, int],
    sources: Sequence[Mapping[str, int]],
    *,
    source: str = "",
    path: str = "",
) -> None:
    """Raise InputError for the first problem of `rates_problems`; `path` goes before the field.

    >>> check_rates_parameters({"source_count": 9}, [], path="contracts[0].")
    Traceback (most recent call last):
    hkperp_engine.errors.InputError: contracts[0].source_count: 9 is out of bounds (3 to 8)
    """
    for problem in rates_problems(rates, sources):
        raise InputError(
            problem.message, source=source, path=path + problem.path, hint=problem.hint
        )


def _bounds_problems(
    row: Mapping[str, int], bounds: Mapping[str, tuple[int, int]], prefix: str
) -> Iterator[Problem]:
    """Yield the fields of `row` that are outside their bounds."""
    for name, (least, most) in bounds.items():
        value = int(row[name])
        if not least <= value <= most:
            yield Problem(prefix + name, f"{value} is out of bounds", f"{least} to {most}")


def _source_problems(
    rates: Mapping[str, int], sources: Sequence[Mapping[str, int]]
) -> Iterator[Problem]:
    """Yield what is wrong between the sources, their weights, the cap and the minimum."""
    count, least = int(rates["source_count"]), int(rates["source_min"])
    if len(sources) != count:
        yield Problem("source_count", f"{count}, but {len(sources)} sources", "make them equal")
    if not SOURCES_MIN <= least <= count:
        yield Problem(
            "source_min", f"{least} is out of bounds", f"{SOURCES_MIN} to source_count ({count})"
        )
    total = sum(int(source["weight_ppb"]) for source in sources)
    if total != PPB:
        yield Problem("sources", f"the weights sum to {total} ppb", f"make them sum to {PPB}")
    cap = int(rates["weight_max_ppb"])
    if least * cap < PPB:
        yield Problem(
            "weight_max_ppb",
            f"{least} sources of at most {cap} ppb cannot make a whole",
            f"at least {-(-PPB // max(1, least))} with source_min {least}",
        )


def _time_problems(rates: Mapping[str, int]) -> Iterator[Problem]:
    """Yield what is wrong with the funding interval and the sample grid."""
    interval = int(rates["funding_interval_ns"])
    step = int(rates["sample_interval_ns"])
    if interval > NS_PER_DAY:
        yield Problem(
            "funding_interval_ns",
            f"PROD_CONVERGENCE_GT_24H: {interval} ns between fundings is longer than 24 h",
            f"at most {NS_PER_DAY}: the price must converge at least daily (PROD-02)",
        )
    elif interval < max(step, NS_PER_MS):
        yield Problem(
            "funding_interval_ns", f"{interval} is shorter than one sample", f"at least {step}"
        )
    for name in ("funding_interval_ns", "sample_interval_ns"):
        if int(rates[name]) % NS_PER_MS:
            yield Problem(name, f"{int(rates[name])} ns is not whole", "whole milliseconds")
    window, least = int(rates["basis_window_ns"]), int(rates["basis_samples_min"])
    if not least * step <= window <= BASIS_SLOTS * step:
        yield Problem(
            "basis_window_ns",
            f"{window} is out of bounds",
            f"{least} to {BASIS_SLOTS} times sample_interval_ns",
        )
