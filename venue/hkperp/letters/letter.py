"""A letter to an account: what was done to it, why, and with which figures.

Each decision becomes a section: the threshold that was crossed, all that went into the decision,
each step with price and size, and what would have prevented it. Amounts are exact; the numbers in
front of steps are those of the events in the log. What else was done to its orders, and what was
refused to it, follows in a line each. Rule ids are the rulebook's.
"""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from hkperp.letters.deleverage import closing_of, deleveraged
from hkperp.letters.haircut import cut_lines
from hkperp.letters.inputs import input_lines
from hkperp.letters.losses import LAYER_WORDS, Losses
from hkperp.letters.notices import Notice
from hkperp.letters.parts import Section
from hkperp.letters.positions import Positions
from hkperp.letters.prices import Prices
from hkperp.quantities import Percent
from hkperp.reports.decisions import Cut, Decision, Happening, Inputs, Leg, Row
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import moment, money, plural
from hkperp_engine.codes import Event, EventFlag, Layer, Posting

__all__ = ["Facts", "letter"]

_WIDTH = 96
#: Of a step, with the number of its event in front.
_STEP_WIDTH = 100


class Facts(NamedTuple):
    """All that a log says about an account, each part in order of time."""

    decisions: list[Decision]
    cuts: list[Cut]
    notices: list[Notice]
    refusals: list[str]
    sections: Sequence[Section]
    closing: Sequence[str]
    prices: Prices
    losses: Losses
    positions: Positions


def letter(
    record: RunRecord,
    pack: PackRecord,
    wallet: int,
    facts: Facts,
) -> str:
    """Return the letter to the account of a wallet, in order of time."""
    return "\n".join(_Letter(record, pack, facts).lines(wallet)) + "\n"


class _Letter:
    def __init__(self, record: RunRecord, pack: PackRecord, facts: Facts) -> None:
        self._record = record
        self._pack = pack
        self._facts = facts
        self._unit = record.currency

    def lines(self, wallet: int) -> Iterator[str]:
        """Yield the lines."""
        record, pack, facts = self._record, self._pack, self._facts
        name = record.name_of(wallet)
        yield f"Account {name} (wallet {wallet})"
        yield from textwrap.wrap(f"Run {record.name} under {pack.name}: {pack.label}.", _WIDTH)
        yield f"Amounts and prices in {self._unit}, times in UTC, numbers in front are events."
        if not facts.decisions and not facts.cuts and not facts.sections:
            yield ""
            yield from _wrapped(
                "Nothing was done to this account: it was not liquidated, not deleveraged, "
                "and its gains were not cut."
            )
        for number, (_, section) in enumerate(sorted(self._sections(), key=itemgetter(0)), 1):
            yield ""
            yield f"{number}. {next(section)}"
            yield from section
        if facts.notices:
            yield ""
            yield "What else was done to its orders, trades and money"
            for each in facts.notices:
                first = f"{each.sequence:>14,}  {moment(each.time_ns)}  "
                yield from textwrap.wrap(
                    each.text, _WIDTH, initial_indent=first, subsequent_indent=" " * 16
                )
        if facts.closing:
            yield ""
            yield from facts.closing
        if facts.refusals:
            yield ""
            yield "What was refused, and what to do about it"
            for text in facts.refusals:
                yield from _wrapped(text)

    def _sections(self) -> Iterator[tuple[int, Iterator[str]]]:
        """Yield each section after the number of its first event; those of decisions in order."""
        facts = self._facts
        for _, group in groupby(facts.decisions, _moment_of):
            some = list(group)
            if some[0].what == Happening.DELEVERAGING:
                lines = deleveraged(some, self._record, facts.losses, facts.prices)
                yield some[0].inputs.sequence, lines
                continue
            for each in some:
                yield each.inputs.sequence, self._decision(each)
        for cut in facts.cuts:
            yield cut.row["sequence"], cut_lines(cut, self._pack, facts.positions, facts.prices)
        for part in facts.sections:
            yield part.sequence, iter([part.title, *part.lines])

    def _decision(self, each: Decision) -> Iterator[str]:
        """Yield the title of a decision, then its lines."""
        yield f"{each.what.capitalize()} at {moment(each.time_ns)}"
        if each.what == Happening.REDUCTION:
            why = self._why_reduced(each)
        else:
            why = self._why_taken_over(each)
        yield from _wrapped(why)
        yield from input_lines(each.inputs, self._record, self._facts.prices)
        yield "   What was done"
        yield from self._steps(each)

    def _why_reduced(self, each: Decision) -> str:
        known = each.inputs
        buffer = Percent.text(self._rule(known.legs[0], "buffer_ppb"))
        return (
            f"At the mark price the equity of {money(known.equity)} was below the maintenance "
            f"margin of {money(known.maintenance_margin)}, but not below the close-out margin of "
            f"{money(known.close_out_margin)}. So orders were cancelled and the position was to "
            f"be cut by the least that brings equity to the initial margin and {buffer} more "
            f"(LIQ-02, LIQ-03).{_called(each)} With {money(known.missing_margin)} more in the "
            "account it would have been left alone."
        )

    def _why_taken_over(self, each: Decision) -> str:
        known = each.inputs
        if known.equity >= max(0, known.close_out_margin):
            return (
                "The operator had declared this account in default. So its positions were taken "
                f"over, although at the mark price the equity of {money(known.equity)} was not "
                f"below the close-out margin of {money(known.close_out_margin)} (DEF-01, "
                f"LOSS-01).{_called(each)}"
            )
        if known.equity < 0:
            crossed = f"At the mark price the equity of {money(known.equity)} was below zero"
        else:
            rate = Percent.text(self._pack.config["house"]["close_out_ppb"])
            crossed = (
                f"At the mark price the equity of {money(known.equity)} was below the close-out "
                f"margin of {money(known.close_out_margin)} ({rate} of the maintenance margin)"
            )
        taken = "the platform took it over at the mark price"
        if not each.of(Event.TAKEOVER):  # backstops or deleveraging left nothing to take over
            taken = "it was closed outside the book"
        return (
            f"{crossed}: too little to close the position in the book. So {taken} (LIQ-08, "
            f"LOSS-01).{_called(each)} With {money(known.missing_margin)} more in the account it "
            f"would have been left alone.{self._paused(known)}"
        )

    def _paused(self, known: Inputs) -> str:
        """Say why an account was taken over while nothing of its could be traded."""
        prices = self._facts.prices
        frozen = [prices.is_frozen(leg.contract, known.sequence) for leg in known.legs]
        if known.equity >= 0 or not frozen or not all(frozen):
            return ""
        return (
            " While trading is paused only an account below zero is taken over, for it could not "
            f"pay the next settlement: with {money(-known.equity)} more it would have been passed "
            "over until trading went on (LIQ-07)."
        )

    def _steps(self, each: Decision) -> Iterator[str]:
        """Yield what followed, in order."""
        steps: list[tuple[int, list[str]]] = []

        def add(row: Row, lines: Iterator[str] | list[str]) -> None:
            steps.append((row["sequence"], list(lines)))

        cancelled = [row for row in each.of(Event.ORDER_CANCELLED) if row["order_id"] > 0]
        if cancelled:
            count = plural(len(cancelled), "open order")
            add(cancelled[0], [_step(cancelled[0], f"{count} cancelled (LIQ-03)")])
        orders = each.of(Event.LIQUIDATION_ORDER)
        for row in orders:
            add(row, self._order(each, row))
        for row, lines in self._sales(each):
            add(row, lines)
        for row in each.of(Event.DEFAULT):
            add(row, self._default(each, row))
        for row in each.of(Event.TAKEOVER, Event.BACKSTOP):
            add(row, [self._moved(row)])
        for _, closings in groupby(each.of(Event.DELEVERAGE), _against):
            rows = list(closings)
            add(rows[0], [self._relieved(rows)])
        for row in (*each.posted(Posting.LIQUIDATION_FEE), *each.of(Event.FEE_WAIVED)):
            if row["order_id"] == 0:  # of a takeover; those of an order stand with it
                is_paid = row["kind"] == Event.POSTING
                end = "to the reserve fund" if is_paid else "waived: nothing is left to pay it"
                add(row, [_step(row, f"fee of {money(row['amount'])} {end} (LIQ-05)")])
        if each.what == Happening.REDUCTION and not orders:
            yield f"{'':16}no order was sent: too little rested within its limit (LIQ-04)"
        for _, lines in sorted(steps):
            yield from lines

    def _order(self, each: Decision, order: Row) -> Iterator[str]:
        """Yield a liquidation order, its fills and its fee."""
        terms = self._record.contracts[order["contract"]]
        verb = "sell" if order["flags"] & EventFlag.SELL else "buy"
        yield _step(
            order,
            f"order to {verb} {terms.size(order['lots'])} {terms.name} at "
            f"{terms.price(order['price_ticks'])} or better; {terms.size(order['amount'])} "
            "were needed (LIQ-04)",
        )
        trades = [
            row for row in each.of(Event.TRADE) if row["counter_order_id"] == order["order_id"]
        ]
        done = sum(row["lots"] for row in trades)
        if trades:
            value = sum(row["lots"] * row["price_ticks"] for row in trades) * terms.tick_value
            mean = money(value * terms.tick_e8 // (done * terms.tick_value) // 100)
            prices = sorted({row["price_ticks"] for row in trades})
            span = terms.price(prices[0])
            if len(prices) > 1:
                span = f"{span} to {terms.price(prices[-1])}, {mean} on average"
            verb = "sold" if order["flags"] & EventFlag.SELL else "bought"
            count = plural(len(trades), "trade")
            yield _step(trades[0], f"{verb} {terms.size(done)} at {span} in {count}")
        if done < order["lots"]:
            left = terms.size(order["lots"] - done)
            yield f"{'':16}{left} found nobody at the limit"
        paid = _total(each.posted(Posting.LIQUIDATION_FEE), order["order_id"])
        waived = _total(each.of(Event.FEE_WAIVED), order["order_id"])
        if paid or waived:
            text = f"{'':16}fee of {money(paid)} to the reserve fund"
            yield text + (f", {money(waived)} waived (LIQ-05)" if waived else " (LIQ-05)")

    def _sales(self, each: Decision) -> Iterator[tuple[Row, list[str]]]:
        """Yield the collateral that was sold, by asset: its first row and a line."""
        sold = each.posted(Posting.CONVERSION_ASSET)
        paid = {row["sequence"]: row for row in each.posted(Posting.CONVERSION_CASH)}
        for asset in dict.fromkeys(row["contract"] for row in sold):
            rows = [row for row in sold if row["contract"] == asset]
            units = sum(row["amount"] for row in rows)
            brought = sum(paid[n]["amount"] for row in rows if (n := row["sequence"] + 1) in paid)
            name = self._record.assets[asset]
            text = f"{money(units)} {name} sold for {money(brought)} (MRG-04)"
            yield rows[0], [_step(rows[0], text)]

    def _default(self, each: Decision, row: Row) -> Iterator[str]:
        """Yield who paid a deficit."""
        yield _step(
            row,
            f"default, loss {row['order_id']}: {money(row['amount'])} could not be paid from the "
            "account (LOSS-02)",
        )
        left = row["amount"]
        for paid in each.of(Event.ALLOCATION):
            if paid["order_id"] == row["order_id"]:
                left -= paid["amount"]
                yield _step(
                    paid, f"  {money(paid['amount'])} by {LAYER_WORDS[Layer(paid['code'])]}"
                )
        if left:
            yield f"{'':16}{money(left)} left, to be shared among those who gained (layer 5)"
        yield f"{'':14}The account owes nothing: it ends at 0, never below (PROD-03)."

    def _moved(self, row: Row) -> str:
        """Return the line of a position that went without the book."""
        terms = self._record.contracts[row["contract"]]
        size, price = terms.size(abs(row["lots"])), terms.price(row["price_ticks"])
        side = "long" if row["lots"] > 0 else "short"
        what = f"{side} {size} {terms.name}"
        if row["kind"] == Event.TAKEOVER:
            return _step(row, f"{what} taken over at {price} (LOSS-01)")
        taker = self._record.name_of(row["counter_wallet"])
        return _step(row, f"{what} to {taker}, a backstop, at {price} (LIQ-04)")

    def _relieved(self, rows: list[Row]) -> str:
        """Return the line of positions on the other side that one leg was closed against."""
        row = rows[0]
        terms = self._record.contracts[row["contract"]]
        size = terms.size(sum(each["lots"] for each in rows))
        who = self._record.name_of(row["wallet"])
        if len(rows) > 1:
            who = f"{len(rows):,} accounts on the other side"
        text = f"{size} {terms.name} closed against {who} at {terms.price(row['price_ticks'])}"
        given = sum(each["amount"] for each in rows)
        if not given:
            return _step(row, f"{text}; no money moved (LIQ-04)")
        return _step(row, f"{text}; it was relieved of {money(given)} (LOSS-04)")

    def _rule(self, leg: Leg, name: str) -> int:
        """Return a rule of the contract of a position."""
        return int(self._pack.config["contracts"][leg.contract][name])


def _moment_of(each: Decision) -> tuple[Happening, int, bool]:
    """Return what the decisions of one section have in common."""
    is_for_a_loss = each.what == Happening.DELEVERAGING and closing_of(each)["amount"] > 0
    return each.what, each.time_ns, is_for_a_loss


def _against(row: Row) -> tuple[int, bool]:
    """Return what closings of one line have in common: the leg, and whether money moved."""
    return row["contract"], row["amount"] > 0


def _step(row: Row, text: str) -> str:
    first = f"{row['sequence']:>14,}  "
    lines = textwrap.wrap(text, _STEP_WIDTH, initial_indent=first, subsequent_indent=" " * 16)
    return "\n".join(lines)


def _called(each: Decision) -> str:
    if not each.called_ns:
        return ""
    return f" It had been under a margin call since {moment(each.called_ns)} (LIQ-06)."


def _total(rows: list[Row], order_id: int) -> int:
    return sum(row["amount"] for row in rows if row["order_id"] == order_id)


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="   ", subsequent_indent="   ")
