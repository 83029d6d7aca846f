"""What the parts of a letter are made of: sections, wrapped lines, an account's margin in words.

Amounts are ledger units, written exactly. Rule ids are the rulebook's.
"""

import textwrap
from typing import NamedTuple

from hkperp.letters.figures import Figures
from hkperp.reports.decisions import Row
from hkperp.reports.wording import money

__all__ = ["Section", "aligned", "called", "capital", "margins", "needed", "outlook", "step"]
__all__ += ["unit_price", "wrapped"]

_WIDTH = 96


class Section(NamedTuple):
    """A part of a letter: number of the first event it is about, title, further lines."""

    sequence: int
    title: str
    lines: tuple[str, ...]


def wrapped(text: str) -> list[str]:
    """Return a paragraph of a section as lines."""
    return textwrap.wrap(text, _WIDTH, initial_indent="   ", subsequent_indent="   ")


def step(row: Row, text: str) -> list[str]:
    """Return what an event did as lines, its number in front."""
    first = f"{row['sequence']:>14,}  "
    return textwrap.wrap(text, _WIDTH, initial_indent=first, subsequent_indent=" " * 16)


def aligned(figures: list[tuple[str, str]]) -> list[str]:
    """Return figures with their names, one a line, right-aligned."""
    width = max(len(figure) for _, figure in figures)
    return [f"     {name:34} {figure:>{width}}" for name, figure in figures]


def capital(text: str) -> str:
    """Return a text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def unit_price(ppb: int) -> str:
    """Write the price of a unit exactly: at least two decimals.

    >>> unit_price(7_800_000_000), unit_price(999_000_000)
    ('7.80', '0.999')
    """
    whole, rest = divmod(ppb, 10**9)
    return f"{whole:,}.{f'{rest:09d}'.rstrip('0').ljust(2, '0')}"


def margins(known: Figures) -> list[tuple[str, str]]:
    """Return equity and margins of an account with their names; of a flat one the equity alone."""
    figures = [("equity of the account", money(known.equity))]
    if known.is_flat:
        return figures
    if known.initial_margin is not None:
        figures.append(("initial margin", money(known.initial_margin)))
    figures.append(("maintenance margin", money(known.maintenance_margin)))
    return [*figures, ("close-out margin", money(known.close_out_margin))]


def needed(known: Figures) -> int:
    """Return the initial margin, or the maintenance margin where that is all a log tells."""
    initial = known.initial_margin
    return known.maintenance_margin if initial is None else initial


def outlook(known: Figures) -> str:
    """Say what an account's equity means for it, and what can be done."""
    if known.is_flat:
        return "With no position nothing is asked of the account."
    if known.equity >= needed(known):
        over = known.equity - needed(known)
        level = f"{money(over)} above" if over else "exactly"
        if known.initial_margin is None:
            return f"The equity is {level} the maintenance margin: the position is left alone."
        return f"The equity is {level} the initial margin: nothing has to be done."
    missing = money(needed(known) - known.equity)
    if known.equity >= known.maintenance_margin:
        return (
            "The equity is below the initial margin: under a margin call no order that adds risk "
            f"is taken. Pay in {missing}, or make the position smaller (LIQ-06)."
        )
    what, rule = "reduced in the book", "LIQ-02"
    if known.equity < max(0, known.close_out_margin):
        what, rule = "taken over by the platform", "LIQ-08"
    alone = money(known.maintenance_margin - known.equity)
    text = (
        f"In the next margin test the position is {what} ({rule}). With {alone} more before then"
    )
    if known.initial_margin is None:
        return f"{text} it is left alone."
    return f"{text} it is left alone, with {missing} more there is no margin call either (LIQ-06)."


def called(known: Figures) -> str:
    """Say what a margin call is about."""
    text = f"margin call: equity {money(known.equity)}"
    if known.initial_margin is None:
        return f"{text} is below the initial margin: pay in, or make the position smaller (LIQ-06)"
    missing = known.initial_margin - known.equity
    if missing <= 0:
        return f"{text} is too little for position and open orders together (LIQ-06)"
    return (
        f"{text} is {money(missing)} below the initial margin of {money(known.initial_margin)}: "
        "pay in so much, or make the position smaller (LIQ-06)"
    )
