"""The report of a margin back-test: both sides of a series, as values and as a page to read.

The values are one dictionary (`--json` prints it); the page is written from it alone, so that
what a person reads and what a program reads cannot differ.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from hkperp.backtest.funding_record import FundingRow
from hkperp.backtest.price_series import Series
from hkperp.backtest.stress_windows import LABEL, PACK_RATES_PPB, Stress
from hkperp.quantities import Duration
from hkperp.reports.wording import moment, percent, plural
from hkperp_clearing.apc import (
    Buffer,
    LongRunFloor,
    NoTool,
    StressedWeight,
    Tool,
    measures,
    steps_above,
)
from hkperp_clearing.backtest import Prices, Window, coverage, verdict, walk
from hkperp_clearing.im_model import LONG, SHORT, Settings
from hkperp_engine.units import NS_PER_DAY, PPB

__all__ = ["Request", "TOOLS", "backtest_values", "backtest_text", "funding_text", "stress_text"]
__all__ += ["stress_values", "table"]

#: The tools of APC-01 by name.
TOOLS: Mapping[str, Callable[[], Tool]] = {
    tool.name: tool for tool in (NoTool, Buffer, StressedWeight, LongRunFloor)
}

_SIDES = {"long": LONG, "short": SHORT}
_TEN_YEARS_DAYS = 3_653

#: Rates over which the measures of APC-02 are taken: a week's change, a week over a quarter.
_CHANGE, _SHORT, _LONG = 5, 5, 60


class Request(NamedTuple):
    """What is tested: model, tool, declared stress (pairs of times, ns), rise to be noticed."""

    source: str
    column: str
    settings: Settings
    tool: str
    stress: Sequence[tuple[int, int]]
    notice_ppb: int


def backtest_values(series: Series, request: Request) -> dict[str, Any]:
    """Return the outcome of both sides; rates and shares in ppb, times in ns.

    O(prices * lookback) at worst.
    """
    stressed = [
        any(begun <= time < ended for begun, ended in request.stress) for time in series.times_ns
    ]
    ten_years = max(1, _TEN_YEARS_DAYS * NS_PER_DAY // series.step_ns)
    prices = Prices(
        series.prices_e8[0],
        series.steps(),
        stressed,
        ten_years,
    )
    sides = {name: _side(prices, series.times_ns, request, sign) for name, sign in _SIDES.items()}
    settings = request.settings
    return {
        "source": request.source,
        "column": request.column,
        "from_ns": series.times_ns[0],
        "until_ns": series.times_ns[-1],
        "step_ns": series.step_ns,
        "prices": len(series.times_ns),
        "gaps": series.gap_count(),
        "settings": settings._asdict(),
        "mpor_ns": settings.horizon * series.step_ns,
        "tool": request.tool,
        "ten_years_windows": ten_years,
        "declared_stress_ns": [list(pair) for pair in request.stress],
        "notice_ppb": request.notice_ppb,
        "sides": sides,
        "is_covered": all(side["verdict"] != "recalibrate" for side in sides.values()),
    }


def _side(prices: Prices, times: Sequence[int], request: Request, sign: int) -> dict[str, Any]:
    """Return one side's outcome."""
    tested = walk(prices, request.settings, sign, TOOLS[request.tool])
    found = coverage(tested, request.settings.confidence_ppb)
    said = verdict(found, request.settings.confidence_ppb)
    rates = [each.applied_ppb for each in tested]
    shape = measures(rates, _CHANGE, _SHORT, _LONG)
    alerts = steps_above(rates, request.notice_ppb)
    return {
        "windows": found.windows,
        "breaches": found.breaches,
        "allowed": found.windows * (PPB - request.settings.confidence_ppb) // PPB,
        "coverage_ppb": found.covered_ppb,
        "worst_shortfall_ppb": found.worst_ppb,
        "kupiec": found.share._asdict(),
        "independence": found.apart._asdict(),
        "conditional": found.both._asdict(),
        "zone": found.zone,
        **found.bounds._asdict(),
        **_rates(tested),
        **shape._asdict(),
        "alerts": len(alerts),
        "first_alerts_ns": [times[tested[place].start] for place in alerts[:3]],
        "breaches_ns": [times[each.start] for each in tested if each.is_breach],
        "verdict": said.word,
        "why": said.why,
    }


def _rates(tested: Sequence[Window]) -> dict[str, int]:
    """Return what the rates were, ppb; means rounded down."""
    applied = [each.applied_ppb for each in tested]
    return {
        "model_mean_ppb": sum(each.model_ppb for each in tested) // len(tested),
        "applied_least_ppb": min(applied),
        "applied_mean_ppb": sum(applied) // len(applied),
        "applied_most_ppb": max(applied),
        "applied_last_ppb": applied[-1],
        "history_windows": tested[-1].history,
    }


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return lines of aligned columns: the first to the left, the others to the right.

    >>> table([("", "long"), ("breaches", "3")])
    ['          long', 'breaches     3']
    """
    widths = [max(len(row[each]) for row in rows) for each in range(len(rows[0]))]
    return [
        "  ".join(
            [row[0].ljust(widths[0])]
            + [field.rjust(width) for field, width in zip(row[1:], widths[1:], strict=True)]
        ).rstrip()
        for row in rows
    ]


def _ratio(found: Mapping[str, float]) -> str:
    return f"{found['statistic']:.3f} (p {found['p_value']:.3f})"


def _times(ppb: int) -> str:
    return f"{ppb // 10**7 / 100:.2f}x" if ppb else "-"


#: Rows of the page: what is said, and how it is written of a side.
_ROWS: Sequence[tuple[str, Callable[[dict[str, Any]], str]]] = (
    ("windows tested, not overlapping", lambda side: f"{side['windows']:,}"),
    ("breaches", lambda side: f"{side['breaches']:,}"),
    ("breaches allowed by the confidence", lambda side: f"{side['allowed']:,}"),
    ("coverage", lambda side: percent(side["coverage_ppb"], 3)),
    ("worst loss above the rate", lambda side: percent(side["worst_shortfall_ppb"])),
    ("Kupiec, share of breaches: LR", lambda side: _ratio(side["kupiec"])),
    ("Christoffersen, independence: LR", lambda side: _ratio(side["independence"])),
    ("both, conditional coverage: LR", lambda side: _ratio(side["conditional"])),
    ("traffic light", lambda side: side["zone"]),
    ("  yellow from, red from", lambda side: f"{side['yellow_from']}, {side['red_from']}"),
    ("model rate, mean", lambda side: percent(side["model_mean_ppb"])),
    ("charged rate, mean", lambda side: percent(side["applied_mean_ppb"])),
    ("  least", lambda side: percent(side["applied_least_ppb"])),
    ("  most", lambda side: percent(side["applied_most_ppb"])),
    ("  last", lambda side: percent(side["applied_last_ppb"])),
    ("peak to trough", lambda side: _times(side["peak_to_trough_ppb"])),
    (f"largest rise over {_CHANGE} rates, of one", lambda side: percent(side["change_ppb"])),
    (
        f"mean of {_SHORT} rates to mean of {_LONG}, most",
        lambda side: _times(side["short_to_long_ppb"]),
    ),
    ("steps that needed notice", lambda side: f"{side['alerts']:,}"),
    ("verdict", lambda side: side["verdict"]),
)


def _history(values: Mapping[str, Any]) -> str:
    """Say how much of ten years the long-run rate could see (APC-01)."""
    known = max(side["history_windows"] for side in values["sides"].values())
    most = values["ten_years_windows"]
    said = f"{plural(known, 'window')} known at the end, ten years are {most:,}"
    return said if known >= most else f"{said}: shorter, so all of it counts"


def backtest_text(values: Mapping[str, Any]) -> str:
    """Return the page of a back-test."""
    settings, step_ns = values["settings"], values["step_ns"]
    scaled = ""
    if settings["decay_ppb"]:
        scaled = f", losses scaled by volatility (decay {percent(settings['decay_ppb'])})"
    floor = f", floor {percent(settings['floor_ppb'])}" if settings["floor_ppb"] else ""
    head = [
        ("series", f"{values['source']}, column {values['column']}, {values['prices']:,} prices"),
        (
            "time",
            f"{moment(values['from_ns'])} to {moment(values['until_ns'])}, steps of "
            f"{Duration.text(step_ns)}, gaps {values['gaps']}",
        ),
        (
            "model",
            f"historical simulation, the ceil(n * {percent(settings['confidence_ppb'])})-th "
            f"smallest of the last {settings['lookback']:,} losses{scaled}{floor}",
        ),
        ("MPOR", f"{Duration.text(values['mpor_ns'])}, {plural(settings['horizon'], 'step')}"),
        (
            "tool",
            f"{values['tool']}, declared stress in "
            f"{plural(len(values['declared_stress_ns']), 'period')}",
        ),
        ("history", _history(values)),
    ]
    lines = [f"{name:8}{said}" for name, said in head]
    sides = values["sides"]
    rows = [("", *sides)]
    rows += [(name, *(write(side) for side in sides.values())) for name, write in _ROWS]
    lines += ["", *table(rows), ""]
    for name, side in sides.items():
        lines.append(f"{name}: {side['verdict']}: {side['why']}.")
        if side["alerts"]:
            first = ", ".join(moment(each) for each in side["first_alerts_ns"])
            lines += [
                f"{name}: alert (APC-02): {plural(side['alerts'], 'step')} up by more than "
                f"{percent(values['notice_ppb'])} of the rate;",
                f"  each needs the notice procedure. First: {first}",
            ]
    return "\n".join(lines) + "\n"


def stress_values(rows: Sequence[Stress], missing: Sequence[str]) -> dict[str, Any]:
    """Return the stress report as values."""
    return {
        "label": LABEL,
        "rates_ppb": dict(PACK_RATES_PPB),
        "rows": [row._asdict() for row in rows],
        "not_there": list(missing),
    }


def stress_text(rows: Sequence[Stress], missing: Sequence[str]) -> str:
    """Return the table of the stress report: breaches as long/short."""
    head = ["record", "minutes", "windows", "worst long", "worst short"]
    head += [f"{name} {percent(rate, 0)}" for name, rate in PACK_RATES_PPB.items()]
    lines = [head]
    lines += [
        [
            row.label,
            str(row.minutes),
            f"{row.windows:,}",
            percent(row.long_ppb),
            percent(row.short_ppb),
            *(f"{longs}/{shorts}" for longs, shorts in row.breaches),
        ]
        for row in rows
    ]
    text = [f"{LABEL}: windows overlap, and the days were chosen because they were bad."]
    text += ["Breaches of long/short by rule pack; the worst price inside the window counts.", ""]
    text += table(lines)
    text += [f"not there: {label}" for label in missing]
    return "\n".join(text) + "\n"


def funding_text(rows: Sequence[FundingRow]) -> str:
    """Return the table of computed and published funding rates, percent per 8 h."""
    head = ["interval to", "samples", "premium", "from depth", "published", "difference"]
    head += ["mark premium", "from mark", "difference"]
    lines = [head]
    for row in rows:
        used = f"{row.samples}/{row.recorded}"
        shown = [row.premium_ppb, row.depth_rate_ppb, row.published_ppb]
        shown += [row.depth_rate_ppb - row.published_ppb, row.mark_premium_ppb]
        shown += [row.mark_rate_ppb, row.mark_rate_ppb - row.published_ppb]
        fields = [percent(each, 4) for each in shown]
        if not row.samples:
            fields[0] = "none"
        lines.append([moment(row.end_ns), used, *fields])
    text = ["Funding rate per 8 h, BTCUSDT, computed from recorded stand-ins beside the published"]
    text += [
        "one. No valid sample: rate 0 (FND-06). How far to trust it: docs/margin-model.md.",
        "",
    ]
    return "\n".join(text + table(lines)) + "\n"
