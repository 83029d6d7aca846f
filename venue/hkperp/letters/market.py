"""What became of the contracts that an account deals in, in a letter: sections and lines.

Sections come from `letters.index` and `letters.products`; shorter matters, funding among them, are
a line each. Every figure is exact, and each sentence names its rule.
"""

from collections.abc import Iterator

import numpy as np

from hkperp.letters.figures import History
from hkperp.letters.index import IndexLetter
from hkperp.letters.parts import Section
from hkperp.letters.positions import Positions
from hkperp.letters.products import ProductLetter
from hkperp.quantities import Percent
from hkperp.reports.decisions import Reader, Row, rows_of
from hkperp.reports.run_folder import PackRecord, RunRecord
from hkperp.reports.wording import PRODUCT_WORDS, REFERENCE_WORDS, STATE_WORDS, money
from hkperp_engine.codes import ContractState, Event, ProductState, ReferenceStatus, Reject

__all__ = ["MarketLetter"]

_TOUCHED = (Event.ORDER_ACCEPTED, Event.ORDER_WAITS, Event.TRADE, Event.OPENING_TRADE)
#: Refusals of which gains that are not settled may be the reason, and what was refused.
_WITHOUT_GAINS = {
    Reject.MRG_INSUFFICIENT: "an order",
    Reject.NOCR_WITHDRAWAL_REFUSED: "a withdrawal",
}


class MarketLetter:
    """What a log says about the contracts that one account deals in. Opening it is O(log)."""

    def __init__(
        self, reader: Reader, record: RunRecord, pack: PackRecord, wallet: int, history: History
    ) -> None:
        self._reader, self._record, self._config = reader, record, pack.config
        self._wallet, self._history = wallet, history
        self._positions = Positions(record, wallet, history)
        named = reader.named(wallet)
        touched = named["contract"][np.isin(named["kind"], _TOUCHED)]
        self._touched = sorted(set(touched.tolist()))
        self._fundings = rows_of(named[named["kind"] == Event.FUNDING])
        self._refused = rows_of(named[named["kind"] == Event.REFUSED])
        index = IndexLetter(reader, record, pack, wallet, history)
        products = ProductLetter(reader, record, pack, wallet, history)
        #: A section for each thing that happened to a contract which the account held.
        self.sections: list[Section] = []
        for contract in self._touched:
            self.sections += index.sections(contract)
            self.sections += products.steps(contract)
            self.sections += products.addons(contract)
        #: Numbers of events that a section tells of, besides its own.
        self.told = index.told | products.told

    def notices(self) -> list[tuple[int, int, str]]:
        """Return sequence, time in ns and a sentence of what has no section, in order."""
        told = {each.sequence for each in self.sections}
        found = [_line(row, self._funding(row)) for row in self._fundings]
        found += self._unsettled()
        for contract in self._touched:
            name = self._record.contracts[contract].name
            for row in self._of(Event.PRODUCT_STATE, contract):
                state = PRODUCT_WORDS[ProductState(row["code"])]
                found.append(_line(row, f"the product {name} is {state} (PROD-05)"))
            for row in self._of(Event.REFERENCE_STATUS, contract):
                status = REFERENCE_WORDS[ReferenceStatus(row["code"])]
                text = f"the reference of {name} is found: {status}; the operator reviews it"
                found.append(_line(row, f"{text} (REF-04)"))
            for row in self._of(Event.CONTRACT_STATE, contract):
                state = STATE_WORDS[ContractState(row["code"])]
                found.append(_line(row, f"trading in {name}: {state} (HALT-01)"))
        return sorted(each for each in found if each[0] not in told)

    def _of(self, kind: Event, contract: int) -> list[Row]:
        rows = self._reader.of(kind)
        return rows_of(rows[rows["contract"] == contract])

    def _funding(self, row: Row) -> str:
        """Say what a funding brought or cost."""
        terms = self._record.contracts[row["contract"]]
        rates = self._reader.of(Event.FUNDING_RATE)
        rates = rates[
            (rates["contract"] == row["contract"]) & (rates["time_ns"] == row["time_ns"])
        ]
        rate = Percent.text(int(rates["amount"][-1]))
        held = f"{'long' if row['lots'] > 0 else 'short'} {terms.size(abs(row['lots']))}"
        verb = "paid" if row["amount"] < 0 else "received"
        return (
            f"funding of {terms.name} at {rate}: {held} at {terms.price(row['price_ticks'])}, "
            f"{money(abs(row['amount']))} {verb} (FND-02)"
        )

    def _unsettled(self) -> Iterator[tuple[int, int, str]]:
        """Yield which gains did not count when an order or a withdrawal was first refused."""
        if self._config["house"]["counts_gains"]:
            return
        for reject, what in _WITHOUT_GAINS.items():
            row = next((row for row in self._refused if row["code"] == reject), None)
            if row is None or (gain := self._positions.unsettled(row["sequence"])) <= 0:
                continue
            equity = money(self._history.figures(row["sequence"]).equity)
            yield _line(
                row,
                f"{what} refused: of the equity of {equity} gains of {money(gain)} are not "
                "settled yet; they carry no new risk and cannot leave before the next settlement "
                "cycle (MRG-12)",
            )


def _line(row: Row, text: str) -> tuple[int, int, str]:
    return row["sequence"], row["time_ns"], text
