"""A deleveraging, in a letter: whose loss, which layers had paid, what was closed and at which
price in effect; and what would have put others first.

All closings of one moment are one section, with the figures before the first. Scores are those of
docs/machine.md section 6.4.
"""

from collections.abc import Iterator, Sequence

from hkperp.letters.inputs import input_lines
from hkperp.letters.losses import Losses
from hkperp.letters.parts import step, wrapped
from hkperp.letters.prices import Prices
from hkperp.reports.decisions import Decision, Row
from hkperp.reports.run_folder import RunRecord
from hkperp.reports.wording import Terms, moment, money, plural
from hkperp_engine.codes import Event
from hkperp_engine.units import PPB

__all__ = ["closing_of", "deleveraged", "effective_price", "more_for_less"]


def closing_of(each: Decision) -> Row:
    """Return the event of a deleveraging."""
    return each.of(Event.DELEVERAGE)[0]


def effective_price(terms: Terms, row: Row, lots: int) -> str:
    """Write at what price a position was closed in effect: the mark, less what was given up for
    each unit; rounded down to 1e-6. `lots` signed: the position that was closed.

    A short of 0.3 closed at 390,000.00, for which 3,000.00 are given up, costs 400,000.00 a unit.
    """
    given_e8 = row["amount"] * terms.tick_e8 // (row["lots"] * terms.tick_value)
    mark_e8 = row["price_ticks"] * terms.tick_e8
    return money((mark_e8 - given_e8 if lots > 0 else mark_e8 + given_e8) // 100)


def more_for_less(each: Decision, terms: Terms, score: int) -> int | None:
    """Return the least that an account of one position would have needed more for a score below
    `score`, ledger units; None if its figures do not tell.

    `score = floor(pnl * leverage / 1e9)`, `leverage = floor(value * 1e9 / equity)`. A short of
    1,000.00 that was entered at 1,250.00 has a pnl of 20%; with an equity of 500.00 its leverage
    is 2, its score 0.4. To be below 0.2 it needs an equity above 1,000.00: 500.000002 more.
    """
    known, row = each.inputs, closing_of(each)
    leg = known.legs[0]
    value, entry = terms.value(leg.lots, leg.mark_ticks), abs(leg.entry_cost)
    gain = value - entry if leg.lots > 0 else entry - value
    if len(known.legs) != 1 or min(entry, gain, score) <= 0:
        return None
    pnl = min(gain * PPB // entry, 10**12)
    found = pnl * min(value * PPB // known.equity, 10**12) // PPB
    highest = (score * PPB - 1) // pnl  # leverage that is still low enough
    if found != row["counter_order_id"] or found <= score or highest < 1:
        return None
    return value * PPB // (highest + 1) + 1 - known.equity


def deleveraged(
    group: Sequence[Decision], record: RunRecord, losses: Losses, prices: Prices
) -> Iterator[str]:
    """Yield the title, then the lines, of closings of one moment: all for a part of a loss, or
    all without money.
    """
    first, row = group[0], closing_of(group[0])
    yield f"Deleveraging at {moment(first.time_ns)}"
    names = dict.fromkeys(record.name_of(closing_of(each)["counter_wallet"]) for each in group)
    others = f" and {plural(len(names) - 1, 'other account')}" if len(names) > 1 else ""
    who = f"{next(iter(names))}{others}"
    score = f"this account's score was {row['counter_order_id']:,}"
    if row["amount"]:
        why = _for_a_loss(group, who, score, losses)
    else:
        why = (
            f"The positions of {who} were closed out, and the platform may hold only so many of "
            "them itself. The rest was closed at the mark price against positions on the other "
            f"side, the one with the highest profit times leverage first; {score}. No money moved "
            "by it, and the gain until then stays with this account (LIQ-04, LOSS-04)."
        )
    yield from wrapped(f"{why} {_avoided(first, record, losses)}")
    yield from input_lines(first.inputs, record, prices)
    yield "   What was done"
    for each in group:
        yield from _closed(each, record, losses)


def _for_a_loss(group: Sequence[Decision], who: str, score: str, losses: Losses) -> str:
    """Say whose loss it was, and which layer this comes from."""
    numbers = list(dict.fromkeys(closing_of(each)["order_id"] for each in group))
    found = [losses.of(number) for number in numbers]
    owed, left = sum(each.amount for each in found), sum(each.left for each in found)
    which = f"loss {numbers[0]}"
    if len(numbers) > 1:
        which = plural(len(numbers), "loss", "losses")
    paid = "Layers 2 to 4 were used up"
    if left < owed:
        paid = f"Layers 2 to 4 paid {money(owed - left)} of it"
        if len(found) == 1:
            paid = f"Of it {found[0].payers()}"
    short = money(found[-1].short)
    return (
        f"{who} could not pay {money(owed)} ({which}). {paid}; {money(left)} was left for layer "
        "5. Under this pack that is borne by positions on the other side, the one with the "
        f"highest profit times leverage first; {score} (LOSS-02, LOSS-04). What was paid in was "
        f"not touched (LOSS-03). With {short} more in layers 2 to 4 at that moment they would "
        "have paid all of it."
    )


def _avoided(first: Decision, record: RunRecord, losses: Losses) -> str:
    """Say what would have put others before this account."""
    row = closing_of(first)
    lowest = losses.lowest_score(row)
    whose = record.name_of(row["counter_wallet"])
    if row["counter_order_id"] == lowest:
        return f"No position with a lower score was closed against {whose}."
    more = more_for_less(first, record.contracts[row["contract"]], lowest)
    if more is None:
        return f"The lowest score that was closed against {whose} was {lowest:,}."
    return (
        f"With {money(more)} more in the account its score would have been below {lowest:,}, the "
        f"lowest that was closed against {whose}: it would have come after that."
    )


def _closed(each: Decision, record: RunRecord, losses: Losses) -> Iterator[str]:
    """Yield the line of a closing."""
    row = closing_of(each)
    terms = record.contracts[row["contract"]]
    lots = next(leg.lots for leg in each.inputs.legs if leg.contract == row["contract"])
    text = (
        f"{terms.size(row['lots'])} {terms.name} closed against "
        f"{record.name_of(row['counter_wallet'])} at {terms.price(row['price_ticks'])}"
    )
    if not row["amount"]:
        yield from step(row, f"{text}; no money moved (LIQ-04)")
        return
    price = effective_price(terms, row, lots)
    yield from step(
        row,
        f"{text}; it gave up {money(row['amount'])} for loss {row['order_id']} (layer 5), so the "
        f"price was {price} in effect (LOSS-04)",
    )
