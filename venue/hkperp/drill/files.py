"""A drill's report in its forms: aligned text, Markdown, and drill.json with all of it.

Amounts in drill.json are exact decimals of the currency, sizes of the asset, times UTC. The run's
log is kept beside it (run.json, PACK/events.bin), so `hkperp explain --run` tells each client why.
"""

import json
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hkperp.drill.figures import Hurt, LayerUse
from hkperp.drill.report import DrillReport, Part
from hkperp.drill.timeline import Step
from hkperp.quantities import Amount, Percent, Size, time_text
from hkperp.reports.wording import Terms

__all__ = ["REPORT_NAME", "document", "markdown", "plain", "write_report"]

REPORT_NAME = "drill.json"
WIDTH = 118


def plain(parts: Iterable[Part]) -> str:
    """Write parts as aligned text; the widest text column is wrapped at the width of the page."""
    lines: list[str] = []
    for part in parts:
        lines += [part.title, *("" for _ in range(not lines))]
        for sentence in part.lines:
            lines += textwrap.wrap(
                sentence, WIDTH - 2, initial_indent="  ", subsequent_indent="  "
            )
        lines += _aligned(part)
        lines.append("")
    return "\n".join(line.rstrip() for line in lines[:-1]) + "\n"


def _aligned(part: Part) -> list[str]:
    """Return a table as lines: text to the left, figures to the right, the widest text wrapped."""
    if not part.table:
        return []
    widths = [max(map(len, column)) for column in zip(*part.table)]
    room = WIDTH - 2 - 2 * (len(widths) - 1)
    widest = max(part.left, key=lambda each: widths[each])
    widths[widest] = max(12, min(widths[widest], room - sum(widths) + widths[widest]))
    lines = []
    for number, row in enumerate(part.table):
        wrapped = textwrap.wrap(row[widest], widths[widest]) or [""]
        for first, text in enumerate(wrapped):
            cells = [
                text if place == widest else cell * (first == 0) for place, cell in enumerate(row)
            ]
            lines.append("  " + "  ".join(_padded(cells, widths, part.left)))
        if number == 0:
            lines.append("  " + "  ".join("-" * width for width in widths))
    return lines


def _padded(cells: Sequence[str], widths: Sequence[int], left: Sequence[int]) -> list[str]:
    return [
        cell.ljust(width) if place in left else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]


def markdown(parts: Iterable[Part]) -> str:
    """Write parts as Markdown: the first title is the page's."""
    lines: list[str] = []
    for part in parts:
        lines += [f"{'##' if lines else '#'} {part.title}", ""]
        lines += [f"- {sentence}" for sentence in part.lines]
        lines += [""] if part.lines else []
        for number, row in enumerate(part.table):
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |")
            if number == 0:
                marks = (":--" if place in part.left else "--:" for place in range(len(row)))
                lines.append("|" + "|".join(marks) + "|")
        lines += [""] if part.table else []
    return "\n".join(lines[:-1]) + "\n"


def write_report(report: DrillReport, folder: Path) -> None:
    """Write drill.txt, drill.md and drill.json into a folder that is there."""
    parts = list(report.parts())
    (folder / "drill.txt").write_text(plain(parts), encoding="utf-8")
    (folder / "drill.md").write_text(markdown(parts), encoding="utf-8")
    text = json.dumps(document(report), indent=1, ensure_ascii=False)
    (folder / REPORT_NAME).write_text(text + "\n", encoding="utf-8")


def document(report: DrillReport) -> dict[str, Any]:
    """Return the report as plain values: every step and every client."""
    drill, found = report.drill, report.figures
    return {
        "schema": 1,
        "scenario": drill.scenario,
        "pack": drill.pack,
        "label": report.label,
        "who": drill.choice.title,
        "recovered": Percent.text(drill.choice.recovered_ppb),
        "declared_at": time_text(drill.at_ns),
        "until": time_text(drill.until_ns),
        "ended": time_text(drill.ended_ns),
        "first_event": drill.sequence + 1,
        "log_digest": report.log_digest,
        "holds": report.holds,
        "verdict": report.verdict(),
        "defaulters": [
            {
                "account": each.name,
                "notional": Amount.text(each.notional_quote),
                "positions": _sizes(each.lots, drill.terms),
            }
            for each in drill.defaulters
        ],
        "assets": [drill.asset_names[each] for each in drill.assets],
        "requirements": [each._asdict() for each in report.requirements],
        "deficit": Amount.text(found.deficit_quote),
        "deficit_of_defaulters": Amount.text(found.deficit_own_quote),
        "deficit_of_platform": Amount.text(found.deficit_platform_quote),
        "deficit_of_others": Amount.text(found.deficit_others_quote),
        "deficit_without_default": Amount.text(report.without.deficit_quote),
        "principal_taken": Amount.text(found.principal_quote),
        "returned_to_defaulters": Amount.text(found.returned_quote),
        "platform_holds": _sizes(found.platform_lots, drill.terms),
        "layers": [_layer(each) for each in found.layers],
        "clients": [_client(report, each) for each in found.hurt],
        "timeline": [_step(each, drill.terms) for each in report.steps],
    }


def _sizes(lots: Sequence[int], terms: Sequence[Terms]) -> dict[str, str]:
    return {each.name: Size.text(count * each.lot_e8) for count, each in zip(lots, terms) if count}


def _layer(each: LayerUse) -> dict[str, Any]:
    return {
        "layer": each.layer.value,
        "name": each.layer.name,
        "before": Amount.text(each.before_quote),
        "borne": Amount.text(each.borne_quote),
        "of_platform_gains": Amount.text(each.given_quote),
        "received": Amount.text(each.received_quote),
        "after": Amount.text(each.after_quote),
        "emptied_at": time_text(each.emptied_ns) if each.emptied_ns else "",
        "replenishment_due": Amount.text(each.due_quote),
    }


def _client(report: DrillReport, each: Hurt) -> dict[str, Any]:
    return {
        "client": report.drill.name_of(each.wallet),
        "gain": Amount.text(each.gain_quote),
        "cut": Amount.text(each.cut_quote),
        "given_up": Amount.text(each.given_quote),
        "repaid": Amount.text(each.repaid_quote),
        "positions_closed": _sizes(each.closed_lots, report.drill.terms),
        "units_lost": Amount.text(each.lost_units),
        "recovered": Amount.text(each.recovered_quote),
        "liquidated": each.is_liquidated,
    }


def _step(each: Step, terms: Sequence[Terms]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "event": each.sequence,
        "time": time_text(each.time_ns),
        "who": each.actor,
        "what": each.what,
        "rule": each.rule,
        "text": each.text,
        "events": each.events,
        "amount": Amount.text(each.amount_quote),
    }
    if each.contract >= 0:
        own = terms[each.contract]
        found["contract"] = own.name
        found["size"] = Size.text(each.lots * own.lot_e8)
        found["price"] = own.price(each.price_ticks).replace(",", "") if each.price_ticks else ""
    return found
