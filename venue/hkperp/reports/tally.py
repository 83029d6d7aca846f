"""A running fold over events: what must be counted while they pass, because there are millions.

Trades and postings are folded into positions and a ledger, and summed; refusals are counted. What
is rarer (marks, liquidations, losses, cycles) is kept as rows, and `results.py` makes the figures
of a run from it. Nothing here looks at the machine: what a run says about itself must follow from
its log alone.
"""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from hkperp.config import Config
from hkperp_engine.codes import (
    CancelReason,
    Event,
    EventFlag,
    Explain,
    IndexStatus,
    MarginState,
    Posting,
    Reject,
)
from hkperp_engine.layout import EVENT

__all__ = ["BLOCK_ROWS", "Blocks", "Tally", "TradePrices", "TradeSums", "exact_sum"]

#: Events folded at once: enough to make numpy's own cost small, few enough to stay in the cache.
BLOCK_ROWS = 16_384

_ROW_WORDS = EVENT.itemsize // 8
_KINDS = 64
_CODES = 1024

#: Rows that are kept, by kind and code. Of an explanation: what a report needs of a loss.
_KEPT = np.zeros((_KINDS, _CODES), bool)
_KEPT[Event.MARK : Event.FUNDING_RATE + 1] = True
_KEPT[Event.CYCLE] = True
_KEPT[Event.TRADE_BUSTED] = True
_KEPT[Event.TRIGGER_CAP : Event.PROTECTION + 1] = True
_KEPT[Event.LIQUIDATION_ORDER : Event.TEAR_UP + 1] = True
_KEPT[Event.EXPLAIN, [Explain.VARIATION, Explain.EQUITY, Explain.LEG]] = True
_KEPT[
    Event.POSTING,
    [
        Posting.CONVERSION_ASSET,
        Posting.CONVERSION_CASH,
        Posting.LIQUIDATION_FEE,
        Posting.LAYER_PAYMENT,
        Posting.HOUSE_DEPOSIT,
        Posting.CLAIM_REPAYMENT,
        Posting.RECOVERY,
        Posting.FEE_REFUND,
        Posting.COMPENSATION,
    ],
] = True

#: Trades that a venue remembers for a bust (docs/machine.md section 3).
_BUSTABLE = 65_536


class TradePrices(NamedTuple):
    """Prices of the trades of one contract, ticks; 0: there was none."""

    last: int = 0
    high: int = 0
    low: int = 0


class TradeSums(NamedTuple):
    """Trades of one contract: all, with the affiliated market maker, of liquidations, of auctions.

    `turnover`: sum of price times lots, in ticks times lots, beyond 64 bits.
    """

    trades: int = 0
    lots: int = 0
    turnover: int = 0
    trades_afmm: int = 0
    lots_afmm: int = 0
    trades_liquidation: int = 0
    lots_liquidation: int = 0
    trades_auction: int = 0


def exact_sum(amounts: np.ndarray) -> int:
    """Return the sum of int64 amounts, exact beyond 64 bits.

    >>> exact_sum(np.array([2**62, 2**62, 2**62]))
    13835058055282163712
    """
    low = (amounts & 0x7FFFFFFF).sum()
    return (int((amounts >> 31).sum()) << 31) + int(low)


class Blocks:
    """Gathers events and hands them on in blocks of BLOCK_ROWS; a sink for `Machine.feed`."""

    def __init__(self, *sinks: Callable[[np.ndarray], None]) -> None:
        """Hand each block to every sink, in order; it is valid during the call only."""
        self._sinks = sinks
        self._rows = np.empty(BLOCK_ROWS, EVENT)
        self._words = _words(self._rows)
        self._used = 0

    def __call__(self, events: np.ndarray) -> None:
        """Take events, oldest first."""
        words = _words(events)
        taken = 0
        while taken < len(words):
            count = min(BLOCK_ROWS - self._used, len(words) - taken)
            self._words[self._used : self._used + count] = words[taken : taken + count]
            self._used += count
            taken += count
            if self._used == BLOCK_ROWS:
                self.flush()

    def flush(self) -> None:
        """Hand on what is waiting."""
        used, self._used = self._used, 0
        if used:
            for sink in self._sinks:
                sink(self._rows[:used])


class Tally:
    """Folds events of one pack. `wallets`: how many there are, the house's included.

    `ledger[wallet, asset]` in units, `positions[wallet, contract]` in lots, signed. `counts[kind]`
    of all events; `refusals`, `cancels`, `states` (MarginState) and `index` (IndexStatus) by code;
    `posted` and `paid` (funding, by time and contract) in ledger units; `trades` and `prices` by
    contract, busted ones included. About 0.1 us an event.
    """

    def __init__(self, config: Config, wallets: int) -> None:
        """Begin with nothing: no money, no positions."""
        self._assets, self._contracts = len(config.assets), len(config.contracts)
        self.ledger = np.zeros((wallets, self._assets), np.int64)
        self.positions = np.zeros((wallets, self._contracts), np.int64)
        self.counts = np.zeros(_KINDS, np.int64)
        self.refusals = np.zeros(max(Reject) + 1, np.int64)
        self.cancels = np.zeros(len(CancelReason), np.int64)
        self.states = np.zeros(len(MarginState), np.int64)
        self.index = np.zeros(len(IndexStatus), np.int64)
        self.posted = dict.fromkeys(Posting, 0)
        self.paid: dict[tuple[int, int], int] = {}
        self.waived = 0
        self.trades = [TradeSums()] * self._contracts
        self.prices = [TradePrices()] * self._contracts
        # Sequence and flags of trades that may still be taken back, block by block.
        self._recent: deque[tuple[np.ndarray, np.ndarray]] = deque()
        self._kept: list[np.ndarray] = []

    def add(self, events: np.ndarray) -> None:
        """Fold EVENT rows."""
        kinds = np.ascontiguousarray(events["kind"])
        counts = np.bincount(kinds, minlength=_KINDS)
        self.counts += counts
        words = _words(events)
        kept = words[_KEPT[kinds, events["code"]]]
        if len(kept):
            self._kept.append(kept)
        for kind, fold in (
            (Event.REFUSED, self._add_refusals),
            (Event.ORDER_CANCELLED, self._add_cancels),
            (Event.TRADE, self._add_trades),
            (Event.TRADE_BUSTED, self._add_busts),
            (Event.OPENING_TRADE, self._add_opening_trades),
            (Event.POSTING, self._add_postings),
            (Event.FEE_WAIVED, self._add_waived),
            (Event.INDEX, self._add_index),
            (Event.FUNDING, self._add_funding),
            (Event.MARGIN_STATE, self._add_states),
            (Event.TAKEOVER, self._add_takeovers),
            (Event.BACKSTOP, self._add_takeovers),
            (Event.TEAR_UP, self._add_takeovers),
            (Event.FINAL_SETTLEMENT, self._add_final_settlements),
        ):
            if counts[kind]:
                fold(words[kinds == kind].view(EVENT).reshape(-1))

    def finish(self) -> np.ndarray:
        """Close the fold; return the rows that were kept, in order of sequence."""
        words = np.concatenate([np.zeros((0, _ROW_WORDS), np.int64), *self._kept])
        self._kept = [words]
        rows = words.view(EVENT).reshape(-1)
        self._add_deleveragings(rows)
        return rows

    def open_interest(self) -> list[int]:
        """Return the sum of long lots of each contract."""
        return [int(each) for each in np.maximum(self.positions, 0).sum(axis=0)]

    def _add_refusals(self, rows: np.ndarray) -> None:
        self.refusals += np.bincount(rows["code"], minlength=len(self.refusals))

    def _add_cancels(self, rows: np.ndarray) -> None:
        self.cancels += np.bincount(rows["code"], minlength=len(self.cancels))

    def _add_index(self, rows: np.ndarray) -> None:
        self.index += np.bincount(rows["code"], minlength=len(self.index))

    def _add_states(self, rows: np.ndarray) -> None:
        self.states += np.bincount(rows["code"], minlength=len(self.states))

    def _add_waived(self, rows: np.ndarray) -> None:
        self.waived += exact_sum(rows["amount"])

    def _add_trades(self, rows: np.ndarray) -> None:
        """Sum up trades and move positions; the flags say which side the taker has."""
        flags, lots = rows["flags"], rows["lots"].astype(np.int64)
        self._recent.append((rows["sequence"].copy(), flags.copy()))
        while sum(len(each) for each, _ in self._recent) - len(self._recent[0][0]) >= _BUSTABLE:
            self._recent.popleft()
        bought = np.where(flags & EventFlag.SELL, -lots, lots)
        self._move(rows, bought, rows["counter_wallet"], rows["wallet"])
        value = rows["price_ticks"].astype(np.int64) * lots
        is_afmm = (flags & (EventFlag.MAKER_AFMM | EventFlag.TAKER_AFMM)) != 0
        is_liquidation = (flags & EventFlag.LIQUIDATION) != 0
        is_auction = (flags & EventFlag.AUCTION) != 0
        for contract in range(self._contracts):
            here = rows["contract"] == contract
            found = TradeSums(
                trades=int(here.sum()),
                lots=int(lots[here].sum()),
                turnover=exact_sum(value[here]),
                trades_afmm=int((here & is_afmm).sum()),
                lots_afmm=int(lots[here & is_afmm].sum()),
                trades_liquidation=int((here & is_liquidation).sum()),
                lots_liquidation=int(lots[here & is_liquidation].sum()),
                trades_auction=int((here & is_auction).sum()),
            )
            old = self.trades[contract]
            self.trades[contract] = TradeSums(*(a + b for a, b in zip(old, found)))
            if found.trades:
                ticks, before = rows["price_ticks"][here], self.prices[contract]
                high, low = int(ticks.max()), int(ticks.min())
                self.prices[contract] = TradePrices(
                    int(ticks[-1]), max(high, before.high), min(low, before.low or low)
                )

    def _add_busts(self, rows: np.ndarray) -> None:
        """Move the positions back; which way the trade went, only its own event says."""
        for row in rows:
            lots = row["lots"].astype(np.int64)
            is_sale = self._flags_of(int(row["order_id"])) & EventFlag.SELL
            back = np.array([-lots if is_sale else lots])
            self._move(row[None], back, row["wallet"][None], row["counter_wallet"][None])

    def _flags_of(self, sequence: int) -> int:
        """Return the flags of a recent trade."""
        for sequences, flags in self._recent:
            place = int(np.searchsorted(sequences, sequence))
            if place < len(sequences) and sequences[place] == sequence:
                return int(flags[place])
        raise ValueError(f"event {sequence} is not a recent trade")

    def _add_opening_trades(self, rows: np.ndarray) -> None:
        self._move(rows, rows["lots"].astype(np.int64), rows["wallet"], rows["counter_wallet"])

    def _add_takeovers(self, rows: np.ndarray) -> None:
        """The lots are the position's, signed: the wallet gives them to the counter wallet.

        That is the platform, or a provider; in a tear-up they close a position of the platform.
        """
        self._move(rows, rows["lots"].astype(np.int64), rows["counter_wallet"], rows["wallet"])

    def _add_final_settlements(self, rows: np.ndarray) -> None:
        """Every position of a contract is closed at once; there is no other side (GAT-021)."""
        self.positions[rows["wallet"], rows["contract"]] -= rows["lots"]

    def _add_deleveragings(self, rows: np.ndarray) -> None:
        """Both sides close; the candidate's explanation, just before, says which way it stood."""
        leg: dict[tuple[int, int], int] = {}
        wanted = rows[(rows["kind"] == Event.EXPLAIN) | (rows["kind"] == Event.DELEVERAGE)]
        if not (wanted["kind"] == Event.DELEVERAGE).any():
            return
        for row in wanted:
            place = int(row["wallet"]), int(row["contract"])
            if row["kind"] == Event.DELEVERAGE:
                lots = int(row["lots"]) if leg[place] > 0 else -int(row["lots"])
                self.positions[place] -= lots
                self.positions[int(row["counter_wallet"]), place[1]] += lots
            elif row["code"] == Explain.LEG:
                leg[place] = int(row["lots"])

    def _add_funding(self, rows: np.ndarray) -> None:
        """Sum up what payers pay: receivers get as much, less what rounding keeps."""
        payers = rows[rows["amount"] < 0]
        for time_ns in np.unique(payers["time_ns"]).tolist():
            for contract in range(self._contracts):
                here = (payers["time_ns"] == time_ns) & (payers["contract"] == contract)
                place = time_ns, contract
                self.paid[place] = self.paid.get(place, 0) - exact_sum(payers["amount"][here])

    def _add_postings(self, rows: np.ndarray) -> None:
        asset, amount = rows["contract"].astype(np.int64), rows["amount"]
        ledger = self.ledger.reshape(-1)
        np.subtract.at(ledger, rows["wallet"] * self._assets + asset, amount)
        np.add.at(ledger, rows["counter_wallet"] * self._assets + asset, amount)
        codes = rows["code"]
        for code in np.flatnonzero(np.bincount(codes)).tolist():
            self.posted[Posting(code)] += exact_sum(amount[codes == code])

    def _move(
        self, rows: np.ndarray, lots: np.ndarray, target: np.ndarray, source: np.ndarray
    ) -> None:
        """Move lots from the wallets `source` to `target`; each may occur more than once."""
        positions, contract = self.positions.reshape(-1), rows["contract"].astype(np.int64)
        np.add.at(positions, target * self._contracts + contract, lots)
        np.subtract.at(positions, source * self._contracts + contract, lots)


def _words(events: np.ndarray) -> np.ndarray:
    """Return EVENT rows as rows of words, which numpy copies whole, not field by field."""
    return np.ascontiguousarray(events).view(np.int64).reshape(len(events), _ROW_WORDS)
