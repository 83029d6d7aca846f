"""The command `backtest`: is the margin enough? Coverage, recorded crashes, recorded funding.

Exit status 0 if both sides' coverage reaches the confidence, else 1. The reports over recorded
crashes and funding are no verdict and end with 0.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from hkperp.backtest.funding_record import compare_funding
from hkperp.backtest.price_series import TIME_UNITS, Series, read_series
from hkperp.backtest.report import (
    TOOLS,
    Request,
    backtest_text,
    backtest_values,
    funding_text,
    stress_text,
    stress_values,
)
from hkperp.backtest.stress_windows import PACK_RATES_PPB, stress_report
from hkperp.quantities import Duration, Percent, Time
from hkperp_clearing.im_model import Settings
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, NS_PER_HOUR, PPB

__all__ = ["MPOR_PACKS", "run_backtest"]

#: Margin periods of risk by rule pack (MRG-08), ns. How long a takeover may need until it is
#: closed out is a design default, no number of the regulator's.
MPOR_PACKS = {
    "liquidation-horizon": NS_PER_HOUR,
    "1d": NS_PER_DAY,
    "2d": 2 * NS_PER_DAY,
}

Parsed = TypeVar("Parsed")


def run_backtest(chosen: argparse.Namespace) -> int:
    """Run one of the three reports; return the exit status."""
    asked = [chosen.prices is not None, chosen.stress_windows, chosen.funding]
    if sum(asked) != 1:
        raise InputError(
            "ask for one report",
            source="command line",
            hint="--prices FILE, --stress-windows or --funding",
        )
    if chosen.stress_windows:
        rows, missing = stress_report(_folder(), list(PACK_RATES_PPB.values()))
        _show(chosen, stress_values(rows, missing), stress_text(rows, missing))
        return 0
    if chosen.funding:
        intervals = compare_funding(_folder())
        _show(chosen, [row._asdict() for row in intervals], funding_text(intervals))
        return 0
    series = read_series(chosen.prices, chosen.time_column, _unit(chosen), (chosen.price_column,))
    values = backtest_values(series, _request(chosen, series))
    _show(chosen, values, backtest_text(values))
    return 0 if values["is_covered"] else 1


def _show(chosen: argparse.Namespace, values: Any, text: str) -> None:
    sys.stdout.write(json.dumps(values, indent=1) + "\n" if chosen.json else text)


def _folder() -> Path:
    """Return the folder of the recorded data."""
    name = os.environ.get("HKPERP_DATA", "")
    if not name or not Path(name).is_dir():
        raise InputError(
            "HKPERP_DATA names no folder with recorded data",
            source="environment",
            hint="the records are not part of the project",
        )
    return Path(name)


def _unit(chosen: argparse.Namespace) -> str:
    unit: str = chosen.time_unit
    if unit not in TIME_UNITS:
        raise InputError(f"no unit {unit[:20]!r}", path="--time-unit", hint=", ".join(TIME_UNITS))
    return unit


def _request(chosen: argparse.Namespace, series: Series) -> Request:
    """Return what the options ask for; InputError names the option."""
    span = MPOR_PACKS.get(chosen.mpor) or _read("--mpor", Duration.parse, chosen.mpor)
    horizon = _whole_steps("--mpor", span, series.step_ns)
    lookback_ns = _read("--lookback", Duration.parse, chosen.lookback)
    settings = Settings(
        horizon=horizon,
        lookback=_whole_steps("--lookback", lookback_ns, series.step_ns),
        confidence_ppb=_read("--confidence", Percent.parse, chosen.confidence),
        floor_ppb=_read("--floor", Percent.parse, chosen.floor),
        decay_ppb=_read("--ewma", Percent.parse, chosen.ewma),
    )
    settings.check()
    least = -(-PPB // (PPB - settings.confidence_ppb))
    if settings.lookback < least:
        raise InputError(
            f"{settings.lookback} windows cannot show a quantile of {chosen.confidence}",
            path="--lookback",
            hint=f"at least {least} steps",
        )
    if chosen.tool not in TOOLS:
        raise InputError(f"no tool {chosen.tool[:40]!r}", path="--tool", hint=", ".join(TOOLS))
    stress = [_read("--stress", _period, each) for each in chosen.stress]
    if chosen.tool == "stressed-weight" and not stress:
        raise InputError(
            "the tool stressed-weight needs a declared stress",
            path="--stress",
            hint="--stress 2020-03-12T00:00Z..2020-03-14T00:00Z",
        )
    return Request(
        source=str(chosen.prices),
        column=chosen.price_column,
        settings=settings,
        tool=chosen.tool,
        stress=stress,
        notice_ppb=_read("--notice", Percent.parse, chosen.notice),
    )


def _read(option: str, parse: Callable[[str], Parsed], written: str) -> Parsed:
    try:
        return parse(written)
    except ValueError as error:
        raise InputError(str(error), path=option) from None


def _period(written: str) -> tuple[int, int]:
    """Return the two times of `FROM..UNTIL`, ns."""
    begun, dots, ended = written.partition("..")
    if not dots:
        raise ValueError(f"Expected FROM..UNTIL, got {written[:40]!r}")
    period = int(Time.parse(begun)), int(Time.parse(ended))
    if period[0] >= period[1]:
        raise ValueError(f"{written[:60]} ends before it begins")
    return period


def _whole_steps(option: str, span_ns: int, step_ns: int) -> int:
    if span_ns % step_ns or not span_ns:
        raise InputError(
            f"{Duration.text(span_ns)} is not a whole number of the series' steps",
            path=option,
            hint=f"a step is {Duration.text(step_ns)}",
        )
    return span_ns // step_ns
