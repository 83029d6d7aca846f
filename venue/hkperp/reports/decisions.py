"""What was done to an account and why, read back from a log: the facts behind a letter.

Each decision that the machine takes about a wallet writes an EXPLAIN block before it
(docs/machine.md section 9); a haircut stands in the cycle that shares a loss. Here they are found
again and put together with what followed. Nothing is computed anew: every figure is one that the
log holds.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np

from hkperp.reports.journal import open_log
from hkperp_engine.codes import CancelReason, Event, Explain, MarginState, Posting
from hkperp_engine.layout import EVENT

__all__ = ["Cut", "Decision", "Happening", "Inputs", "Leg", "Named", "Reader", "Row"]
__all__ += ["decisions", "haircuts", "largest", "rows_of"]

_ROW_WORDS = EVENT.itemsize // 8

#: An event: its fields by name.
Row = dict[str, int]


class Happening(StrEnum):
    """What a decision came to."""

    REDUCTION = "reduction"
    TAKEOVER = "takeover"
    DELEVERAGING = "deleveraging"


class Leg(NamedTuple):
    """One position as it stood: lots signed, prices in ticks, costs in ledger units."""

    contract: int
    lots: int
    bankruptcy_ticks: int
    entry_cost: int
    cost: int
    mark_ticks: int
    mark_ns: int
    index_ticks: int
    index_ns: int


class Inputs(NamedTuple):
    """All that a decision was made on, ledger units; `sequence` is of the block's first row."""

    sequence: int
    cash: int
    collateral: int
    variation: int
    equity: int
    initial_margin: int
    maintenance_margin: int
    close_out_margin: int
    missing_margin: int
    legs: tuple[Leg, ...]


class Decision(NamedTuple):
    """One decision about a wallet. `rows`: what followed from it, in order, as far as it names
    the wallet; `called_ns`: since when the wallet had been under a margin call, or 0.
    """

    what: Happening
    wallet: int
    time_ns: int
    inputs: Inputs
    rows: tuple[Row, ...]
    called_ns: int

    def of(self, *kinds: Event) -> list[Row]:
        """Return the rows of these kinds."""
        return [row for row in self.rows if row["kind"] in kinds]

    def posted(self, *codes: Posting) -> list[Row]:
        """Return the postings of these types."""
        return [row for row in self.of(Event.POSTING) if row["code"] in codes]


class Cut(NamedTuple):
    """What a cycle cut of one gain, the cycle that shared the loss, and where it came from.

    `rows`: a haircut for each layer that took something, in their order. `gains`: of all whose
    gains were cut then; `defaults` and `allocations`: of the mark step that led to the cycle, and
    of the cycle itself; `repayments`: what came back of it later; `before_ns`: when the cycle
    before ended, 0 if there was none.
    """

    rows: tuple[Row, ...]
    cycle: Row
    gains: int
    accounts: int
    defaults: tuple[Row, ...]
    allocations: tuple[Row, ...]
    repayments: tuple[Row, ...]
    before_ns: int

    @property
    def row(self) -> Row:
        """The first of its haircuts."""
        return self.rows[0]

    @property
    def amount(self) -> int:
        """What was cut in all, ledger units."""
        return sum(row["amount"] for row in self.rows)


class Named(Protocol):
    """What knows the events that name a wallet."""

    def named(self, wallet: int) -> np.ndarray:
        """Return the events that name a wallet, in order."""


class Reader:
    """A log opened for searching: two of its columns laid out beside each other.

    Two strided reads, not one for each field: a row is a whole line of the processor's cache.
    """

    def __init__(self, path: Path, digest: str = "") -> None:
        """Open and check a log (`journal.open_log`). About 0.3 s for 5,000,000 events."""
        room = path.stat().st_size // EVENT.itemsize if path.is_file() else 0
        labels, names = np.empty(room, np.int32), np.empty(room, np.int64)
        used = 0

        def visit(events: np.ndarray) -> None:
            nonlocal used
            stop = used + len(events)
            # Kind and code are two bytes each, wallet and counter wallet four.
            labels[used:stop] = events.view(np.int32).reshape(-1, _ROW_WORDS * 2)[:, 4]
            names[used:stop] = events.view(np.int64).reshape(-1, _ROW_WORDS)[:, 3]
            used = stop

        self.log = open_log(path, digest, visit)
        halves, wallets = labels[:used].view(np.int16), names[:used].view(np.int32)
        self._kinds, self._codes = halves[0::2], halves[1::2]
        self._wallets, self._others = wallets[0::2], wallets[1::2]

    def named(self, wallet: int) -> np.ndarray:
        """Return the events that name a wallet."""
        return self._at((self._wallets == wallet) | (self._others == wallet))

    def of(self, kind: Event, code: int | None = None) -> np.ndarray:
        """Return the events of a kind, and of a code if one is given."""
        found = self._kinds == kind
        return self._at(found if code is None else found & (self._codes == code))

    def _at(self, mask: np.ndarray) -> np.ndarray:
        return self.log.events[np.flatnonzero(mask)]


def rows_of(events: np.ndarray) -> list[Row]:
    """Return events as dictionaries of Python's numbers."""
    names = EVENT.names or ()
    return [dict(zip(names, values)) for values in events.tolist()]


def decisions(reader: Named, wallet: int) -> list[Decision]:
    """Return every decision about a wallet, in order."""
    own = rows_of(reader.named(wallet))
    starts = [
        place
        for place, row in enumerate(own)
        if row["kind"] == Event.EXPLAIN and row["code"] == Explain.CASH and row["wallet"] == wallet
    ]
    found = []
    for start, end in zip(starts, [*starts[1:], len(own)]):
        inputs, used = _inputs(own[start:end])
        time_ns = own[start]["time_ns"]
        rest = [row for row in own[start + used : end] if row["time_ns"] == time_ns]
        rows = _followed(rest, wallet)
        called_ns = _called(own[:start], wallet)
        what = _what(rows, inputs, wallet)
        found.append(Decision(what, wallet, time_ns, inputs, rows, called_ns))
    return found


def _what(rows: tuple[Row, ...], inputs: Inputs, wallet: int) -> Happening:
    """Tell what a block was written for."""
    if any(row["kind"] == Event.DELEVERAGE and row["wallet"] == wallet for row in rows[:1]):
        return Happening.DELEVERAGING
    # One that was declared in default is taken over whatever its equity (DFT-002).
    if any(row["kind"] in (Event.TAKEOVER, Event.BACKSTOP, Event.DELEVERAGE) for row in rows):
        return Happening.TAKEOVER
    if inputs.equity < 0 or inputs.equity < inputs.close_out_margin:
        return Happening.TAKEOVER
    return Happening.REDUCTION


def _inputs(rows: list[Row]) -> tuple[Inputs, int]:
    """Return the block that begins with the first row, and how many rows it has."""
    amounts: dict[int, int] = {}
    legs: list[Leg] = []
    prices: dict[str, int] = {}
    used = 0
    for used, row in enumerate(rows, 1):
        if row["kind"] != Event.EXPLAIN or row["sequence"] != rows[0]["sequence"] + used - 1:
            used -= 1
            break
        code = Explain(row["code"])
        if code in (Explain.MARK, Explain.INDEX):
            prices[code.name.lower() + "_ticks"] = row["price_ticks"]
            prices[code.name.lower() + "_ns"] = row["amount"]
        elif code == Explain.LEG:
            legs.append(
                Leg(
                    contract=row["contract"],
                    lots=row["lots"],
                    bankruptcy_ticks=row["price_ticks"],
                    entry_cost=row["amount"],
                    cost=row["order_id"],
                    **prices,
                )
            )
        else:
            amounts[code] = row["amount"]
    named = {name: amounts[Explain[name.upper()]] for name in Inputs._fields[1:-1]}
    return Inputs(sequence=rows[0]["sequence"], legs=tuple(legs), **named), used


def _followed(rows: list[Row], wallet: int) -> tuple[Row, ...]:
    """Return the rows that follow from a decision, of all that name the wallet at that time.

    Sales of collateral count if something was paid from them afterwards: later ones are the next
    cycle's.
    """
    ids = {row["order_id"] for row in rows if row["kind"] == Event.LIQUIDATION_ORDER}
    found = [row for row in rows if _belongs(row, wallet, ids)]
    sales = (Posting.CONVERSION_ASSET, Posting.CONVERSION_CASH)
    last = len(found)
    while last and found[last - 1]["kind"] == Event.POSTING and found[last - 1]["code"] in sales:
        last -= 1
    return tuple(found[:last])


def _belongs(row: Row, wallet: int, ids: set[int]) -> bool:
    """Tell whether a row may follow from a decision; `ids`: of the wallet's liquidation orders."""
    kind, is_own = row["kind"], row["wallet"] == wallet
    if kind == Event.ORDER_CANCELLED:
        is_rest = row["order_id"] in ids
        return is_own and (is_rest or row["code"] == CancelReason.LIQUIDATION)
    if kind == Event.TRADE:
        return row["counter_order_id"] in ids
    if kind in (Event.POSTING, Event.FEE_WAIVED):
        if kind == Event.FEE_WAIVED or row["code"] == Posting.LIQUIDATION_FEE:
            return is_own and (row["order_id"] in ids or row["order_id"] == 0)
        kept = (Posting.CONVERSION_ASSET, Posting.CONVERSION_CASH, Posting.LAYER_PAYMENT)
        return row["code"] in kept
    if kind == Event.DELEVERAGE:
        return True
    kinds = (Event.LIQUIDATION_ORDER, Event.TAKEOVER, Event.DEFAULT, Event.ALLOCATION)
    return is_own and (kind in kinds or kind == Event.BACKSTOP)


def _called(rows: list[Row], wallet: int) -> int:
    """Return since when a wallet was in margin call before it was acted on, ns, or 0."""
    states = [row for row in rows if row["kind"] == Event.MARGIN_STATE and row["wallet"] == wallet]
    while states and states[-1]["code"] in (MarginState.REDUCING, MarginState.TAKEN_OVER):
        states.pop()
    is_called = states and states[-1]["code"] == MarginState.CALL
    return states[-1]["time_ns"] if is_called else 0


def haircuts(reader: Reader, wallet: int) -> list[Cut]:
    """Return every gain of a wallet that was cut, in order."""
    cuts = reader.of(Event.HAIRCUT)
    own = rows_of(cuts[cuts["wallet"] == wallet])
    if not own:
        return []
    cycles, ends = reader.of(Event.CYCLE), reader.of(Event.CYCLE_DONE)
    losses = rows_of(reader.of(Event.DEFAULT)) + rows_of(reader.of(Event.ALLOCATION))
    losses.sort(key=lambda row: row["sequence"])
    repaid = reader.of(Event.POSTING, Posting.CLAIM_REPAYMENT)
    repaid = repaid[repaid["counter_wallet"] == wallet]
    found = []
    for _, group in groupby(own, lambda row: row["order_id"]):
        rows = tuple(group)
        row = rows[0]
        number = int(np.searchsorted(cycles["sequence"], row["sequence"])) - 1
        before = int(ends["sequence"][number - 1]) if number else 0
        part = [
            each
            for each in losses
            if before < each["sequence"] < row["sequence"] and each["time_ns"] == row["time_ns"]
        ]
        same = cuts[cuts["order_id"] == row["order_id"]]
        firsts = np.unique(same["wallet"], return_index=True)[1]
        found.append(
            Cut(
                rows=rows,
                cycle=rows_of(cycles[number : number + 1])[0],
                gains=sum(same["counter_order_id"][firsts].tolist()),
                accounts=len(firsts),
                defaults=tuple(each for each in part if each["kind"] == Event.DEFAULT),
                allocations=tuple(each for each in part if each["kind"] == Event.ALLOCATION),
                repayments=tuple(rows_of(repaid[repaid["order_id"] == row["order_id"]])),
                before_ns=int(ends["time_ns"][number - 1]) if number else 0,
            )
        )
    return found


def largest(reader: Reader, tick_values: Sequence[int]) -> Iterator[Row]:
    """Yield the largest liquidation order, takeover and deleveraging by value, and the largest
    haircut; the first of equals, and nothing for what did not happen.

    A notional fits 64 bits: a venue's bounds are proved before it starts.
    """
    values = np.array(tick_values, np.int64)
    for kind in (Event.LIQUIDATION_ORDER, Event.TAKEOVER, Event.DELEVERAGE, Event.HAIRCUT):
        rows = reader.of(kind)
        size = rows["amount"]
        if kind != Event.HAIRCUT:
            lots = np.abs(rows["lots"].astype(np.int64))
            size = lots * rows["price_ticks"] * values[rows["contract"]]
        if len(rows):
            place = int(size.argmax())
            yield rows_of(rows[place : place + 1])[0]
