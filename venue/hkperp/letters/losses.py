"""The losses of a log, for letters: who could not pay what, which layer paid, who was closed out.

A loss is a DEFAULT event and the allocations with its number (docs/default.md section 4). Amounts
are ledger units.
"""

from typing import NamedTuple

from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.wording import money
from hkperp_engine.codes import Event, HouseWallet, Layer

__all__ = ["LAYER_WORDS", "Loss", "Losses", "PREFUNDED"]

LAYER_WORDS = {
    Layer.FIRST_LOSS: "the platform's first loss (layer 2)",
    Layer.RESERVE: "the reserve fund (layer 3)",
    Layer.SECOND_TRANCHE: "the platform's second tranche (layer 4)",
    Layer.LOSS_SHARING: "those who gained (layer 5)",
}
PREFUNDED = (Layer.FIRST_LOSS, Layer.RESERVE, Layer.SECOND_TRANCHE)


class Loss(NamedTuple):
    """What a defaulter could not pay, what layers 2 to 4 paid of it, and how much more would have
    had to be in them for all losses of that moment up to this one.
    """

    amount: int
    paid: dict[Layer, int]
    short: int

    @property
    def left(self) -> int:
        """What layers 2 to 4 did not pay."""
        return self.amount - sum(self.paid.values())

    def payers(self) -> str:
        """Return who paid what of it: `the reserve fund (layer 3) paid 1.00`; empty if nobody."""
        found = [(LAYER_WORDS[layer], money(amount)) for layer, amount in self.paid.items()]
        first = [f"{who} paid {amount}" for who, amount in found[:1]]
        return ", ".join(first + [f"{who} {amount}" for who, amount in found[1:]])


class Losses:
    """The losses of one log. Opening it is O(log), each question O(losses and closings)."""

    def __init__(self, reader: Reader) -> None:
        self._defaults = rows_of(reader.of(Event.DEFAULT))
        rows = rows_of(reader.of(Event.ALLOCATION))
        self._paid: dict[int, dict[Layer, int]] = {}
        for row in rows:
            # What a cycle finds for a loss that several defaulters share has the cycle's number.
            if row["code"] in PREFUNDED and row["wallet"] >= HouseWallet.CLIENTS:
                paid = self._paid.setdefault(row["order_id"], {})
                paid[Layer(row["code"])] = row["amount"]
        self._closings = reader.of(Event.DELEVERAGE)

    def of(self, loss_id: int) -> Loss:
        """Return a loss of a client by its number."""
        (own,) = [row for row in self._defaults if row["order_id"] == loss_id]
        same = [
            row
            for row in self._defaults
            if row["time_ns"] == own["time_ns"]
            and row["wallet"] >= HouseWallet.CLIENTS
            and row["sequence"] <= own["sequence"]
        ]
        paid = sum(sum(self._paid.get(row["order_id"], {}).values()) for row in same)
        short = sum(row["amount"] for row in same) - paid
        return Loss(own["amount"], self._paid.get(loss_id, {}), short)

    def lowest_score(self, closing: Row) -> int:
        """Return the lowest score of all positions that were closed for the same reason: against
        the same leg of the same defaulter, at the same moment, for or without a part of the loss.
        """
        rows = self._closings
        is_same = rows["time_ns"] == closing["time_ns"]
        for field in ("counter_wallet", "contract"):
            is_same &= rows[field] == closing[field]
        is_same &= (rows["amount"] > 0) == (closing["amount"] > 0)
        return int(rows["counter_order_id"][is_same].min())
