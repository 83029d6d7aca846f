"""All that went into a decision, in a letter: money, margins, positions, marks and their inputs.

The figures are those of the EXPLAIN block (docs/machine.md section 9); where a mark came from is
read back from the mark step (`letters.prices`).
"""

from collections.abc import Iterator

from hkperp.letters.prices import Prices
from hkperp.reports.decisions import Inputs, Leg
from hkperp.reports.run_folder import RunRecord
from hkperp.reports.wording import money

__all__ = ["input_lines"]


def input_lines(known: Inputs, record: RunRecord, prices: Prices) -> Iterator[str]:
    """Yield every input of a decision."""
    yield f"   What went in ({known.sequence:,})"
    amounts = (
        ("cash", known.cash),
        ("collateral, at its margin value", known.collateral),
        ("gains and losses not yet settled", known.variation),
        ("equity, the sum", known.equity),
        ("initial margin", known.initial_margin),
        ("maintenance margin", known.maintenance_margin),
        ("close-out margin", known.close_out_margin),
        _spare(known.missing_margin),
    )
    width = max(len(money(amount)) for _, amount in amounts)
    for name, amount in amounts:
        yield f"     {name:34} {money(amount):>{width}}"
    for leg in known.legs:
        yield from _leg(leg, record)
        yield from prices.lines(leg.contract, known.sequence)
        bankruptcy = record.contracts[leg.contract].price(leg.bankruptcy_ticks)
        yield f"       bankruptcy price {bankruptcy}"


def _leg(leg: Leg, record: RunRecord) -> Iterator[str]:
    """Yield a position: side, size, value and entry price."""
    terms = record.contracts[leg.contract]
    side = "long" if leg.lots > 0 else "short"
    # Cost over lots, in 1e-8 of the currency: a mean, so it may fall between two ticks.
    entry_e8 = abs(leg.entry_cost) * terms.tick_e8 // (abs(leg.lots) * terms.tick_value)
    entry = money(entry_e8 // 100)
    value = money(terms.value(leg.lots, leg.mark_ticks))
    yield f"     {terms.name}: {side} {terms.size(abs(leg.lots))}, worth {value} at the mark"
    yield f"       entered at {entry} on average (cost {money(abs(leg.entry_cost))})"


def _spare(missing: int) -> tuple[str, int]:
    """Return what is missing to the maintenance margin, or what is above it, with its name."""
    if missing < 0:
        return "above the maintenance margin by", -missing
    return "missing to the maintenance margin", missing
