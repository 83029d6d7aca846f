"""A running fold over the events of a drill: what was before it, and the rows that tell the rest.

Nothing here looks at the machine: whoever has the log can make the same report again. Trades and
postings of a whole day are summed up; what a default leads to is rarer and kept, row by row.
"""

from typing import NamedTuple

import numpy as np

from hkperp.config import Config
from hkperp.reports.decisions import Row, rows_of
from hkperp.reports.tally import Tally
from hkperp_engine.codes import Event, EventFlag, Explain, Posting
from hkperp_engine.layout import EVENT

__all__ = ["Fold", "Record"]

_KINDS, _CODES = 64, 1024

#: Rows that are kept once the drill has begun.
_KEPT = np.zeros((_KINDS, _CODES), bool)
_KEPT[
    [
        *(Event.REFUSED, Event.MASS_CANCELLED, Event.INDEX, Event.MARK, Event.CYCLE),
        *(Event.CYCLE_DONE, Event.MARGIN_STATE, Event.LIQUIDATION_ORDER, Event.TAKEOVER),
        *(Event.DEFAULT, Event.ALLOCATION, Event.HAIRCUT, Event.DELEVERAGE),
        *(Event.CONTRACT_STATE, Event.ASSET_STATE, Event.KILL_SWITCH, Event.AFMM_SUSPENDED),
        *(Event.PRODUCT_STATE, Event.ASSET_HAIRCUT, Event.FINAL_SETTLEMENT),
        *(Event.MARGIN_NOTICE, Event.DEFAULT_DECLARED, Event.OI_CAP, Event.BACKSTOP),
        Event.TEAR_UP,
    ]
] = True
_KEPT[Event.EXPLAIN, [Explain.VARIATION, Explain.EQUITY, Explain.LEG]] = True
_KEPT[Event.POSTING] = True
_KEPT[Event.POSTING, [Posting.FEE, Posting.FEE_REFUND]] = False

#: Rows kept from the time before: claims that may still be paid, and how accounts stood.
_EARLIER = np.zeros((_KINDS, _CODES), bool)
_EARLIER[[Event.HAIRCUT, Event.DELEVERAGE, Event.MARGIN_STATE, Event.MARGIN_NOTICE]] = True
_EARLIER[[Event.MARK, Event.ACCOUNT_STATUS]] = True
_EARLIER[Event.POSTING, Posting.CLAIM_REPAYMENT] = True

#: What a settlement has to follow, and its own end.
_ENDS = (
    *(Event.CYCLE_DONE, Event.DEFAULT_DECLARED, Event.ASSET_STATE, Event.TAKEOVER),
    *(Event.BACKSTOP, Event.DELEVERAGE),
)

_ROW_WORDS = EVENT.itemsize // 8


class Record(NamedTuple):
    """What a log comes to. Units of each asset by wallet, signed lots by wallet and contract,
    when the drill began and at its end; rows kept from before and from then on, in order.

    `trades`: those of liquidations, and all with a wallet that fails.
    """

    units_before: np.ndarray
    lots_before: np.ndarray
    units_after: np.ndarray
    lots_after: np.ndarray
    earlier: tuple[Row, ...]
    rows: tuple[Row, ...]
    trades: tuple[Row, ...]

    def of(self, *kinds: Event) -> list[Row]:
        """Return the rows of these kinds since the drill began, in order."""
        return [row for row in self.rows if row["kind"] in kinds]

    def posted(self, *codes: Posting) -> list[Row]:
        """Return the postings of these types since the drill began, in order."""
        return [row for row in self.of(Event.POSTING) if row["code"] in codes]


class Fold:
    """Takes the events of a run, oldest first: `add`, then `begin`, then `add` again, `finish`.

    `whole` is the tally of the whole run. About 0.3 us an event.
    """

    def __init__(self, config: Config, wallets: int) -> None:
        """Begin with nothing. `wallets`: how many there are, the house's included."""
        self.whole = Tally(config, wallets)
        self._before = Tally(config, wallets)
        self._is_begun = False
        self._own = np.zeros(0, np.int64)
        self._kept: dict[str, list[np.ndarray]] = {"earlier": [], "rows": [], "trades": []}

    def add(self, events: np.ndarray) -> None:
        """Fold EVENT rows; the array is valid during the call only."""
        self.whole.add(events)
        kinds, codes = events["kind"], events["code"]
        if not self._is_begun:
            self._before.add(events)
            self._keep("earlier", events, _EARLIER[kinds, codes])
            return
        self._keep("rows", events, _KEPT[kinds, codes])
        is_liquidation = events["flags"] & EventFlag.LIQUIDATION != 0
        is_own = np.isin(events["wallet"], self._own) | np.isin(
            events["counter_wallet"], self._own
        )
        self._keep("trades", events, (kinds == Event.TRADE) & (is_liquidation | is_own))

    def _keep(self, name: str, events: np.ndarray, is_wanted: np.ndarray) -> None:
        if is_wanted.any():
            words = np.ascontiguousarray(events).view(np.int64).reshape(len(events), _ROW_WORDS)
            self._kept[name].append(words[is_wanted])

    def positions(self) -> np.ndarray:
        """Return lots by wallet and contract, signed; to be asked once, before `begin`."""
        self._before.finish()
        return self._before.positions

    def earlier(self) -> tuple[Row, ...]:
        """Return the rows kept from before the drill."""
        return self._rows("earlier")

    def begin(self, own: np.ndarray) -> None:
        """Take note that the drill begins with the next event; `own`: the wallets that fail."""
        self._is_begun = True
        self._own = own

    def is_settled(self) -> bool:
        """Tell whether a cycle has ended since everybody who was taken over was flat."""
        kinds = [row["kind"] for row in self._rows("rows") if row["kind"] in _ENDS]
        return bool(kinds) and kinds[-1] == Event.CYCLE_DONE

    def finish(self) -> tuple[Record, np.ndarray]:
        """Close the fold; return the record, and the rows that the tally of the run kept."""
        kept = self.whole.finish()
        record = Record(
            units_before=self._before.ledger,
            lots_before=self._before.positions,
            units_after=self.whole.ledger,
            lots_after=self.whole.positions,
            earlier=self._rows("earlier"),
            rows=self._rows("rows"),
            trades=self._rows("trades"),
        )
        return record, kept

    def _rows(self, name: str) -> tuple[Row, ...]:
        words = np.concatenate([np.zeros((0, _ROW_WORDS), np.int64), *self._kept[name]])
        self._kept[name] = [words]
        return tuple(rows_of(words.view(EVENT).reshape(-1)))
