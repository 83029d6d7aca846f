"""A client's statement: what a wallet had, every movement, what it has, and how that came about.

A fold over the events of a run that name the wallet, and over marks and settlement cycles. Money
moves by postings only, whatever their type, so that opening balance and movements are the closing
balance of every asset. The results of positions are worked out beside it, from trades, marks and
funding, and compared cycle by cycle with what was settled: a difference is shown, never hidden.

Amounts are ledger units, prices ticks, quantities lots, times ns; what the wallet receives is
positive. This module imports neither numpy nor numba.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from hkperp.reports.statement_types import ClaimLine, ContractSheet, Movement, Sheet, Statement
from hkperp_engine.codes import Event, EventFlag, HouseWallet, Posting

__all__ = ["COMMON_KINDS", "OWN_KINDS", "Row", "fold"]

#: An event: its fields by name.
Row = Mapping[str, int]

#: Events that are of everybody: they are needed of every wallet.
COMMON_KINDS = (Event.MARK, Event.FINAL_PRICE, Event.CYCLE, Event.CYCLE_DONE)
#: Events that are needed if they name the wallet.
OWN_KINDS = (
    Event.POSTING,
    Event.FEE_WAIVED,
    Event.TRADE,
    Event.TRADE_BUSTED,
    Event.OPENING_TRADE,
    Event.TAKEOVER,
    Event.DELEVERAGE,
    Event.BACKSTOP,
    Event.TEAR_UP,
    Event.FINAL_SETTLEMENT,
    Event.FUNDING,
    Event.HAIRCUT,
)


def fold(
    rows: Iterable[Row],
    wallet: int,
    tick_values: Sequence[int],
    asset_count: int,
    begin_ns: int | None = None,
    end_ns: int | None = None,
) -> Statement:
    """Return the statement of a client's wallet, of `begin_ns` <= time < `end_ns`.

    `rows`: events in order of sequence from the first of the log on, COMMON_KINDS of all and
    OWN_KINDS that name the wallet; more do no harm. `tick_values`: of each contract. O(rows).
    """
    folding = _Fold(wallet, tick_values, asset_count)
    opening = None if begin_ns is not None else folding.sheet()
    for row in rows:
        if end_ns is not None and row["time_ns"] >= end_ns:
            break
        if opening is None and begin_ns is not None and row["time_ns"] >= begin_ns:
            opening = folding.sheet()
            folding.movements.clear()
        folding.add(row)
    closing = folding.sheet()
    if opening is None:  # all of the log is from before the beginning
        opening = closing
        folding.movements.clear()
    return Statement(
        wallet=wallet, opening=opening, movements=tuple(folding.movements), closing=closing
    )


class _Position:
    """A wallet's position in a contract; `cost` is reset by every cycle, `entry_cost` is not."""

    def __init__(self, tick_value: int) -> None:
        self.tick_value = tick_value
        self.lots = self.cost = self.entry_cost = self.mark_ticks = 0
        self.bought = self.sold = self.realised = self.funding = 0

    def book(self, lots: int, price_ticks: int) -> int:
        """Book lots, signed, at a price (docs/machine.md section 4); return what is pending."""
        side, held = (1 if self.lots > 0 else -1), abs(self.lots)
        closed = min(abs(lots), held) if lots * self.lots < 0 else 0
        pending = 0
        if closed:
            value = price_ticks * closed * self.tick_value
            cost_part = abs(self.cost) * closed // held
            entry_part = abs(self.entry_cost) * closed // held
            pending = side * (value - cost_part)
            self.realised += side * (value - entry_part)
            self.cost -= cost_part if self.cost > 0 else -cost_part
            self.entry_cost -= entry_part if self.entry_cost > 0 else -entry_part
        opened = (abs(lots) - closed) * (1 if lots > 0 else -1) * price_ticks * self.tick_value
        self.cost += opened
        self.entry_cost += opened
        self.lots += lots
        self.bought += max(0, lots)
        self.sold += max(0, -lots)
        return pending

    @property
    def value(self) -> int:
        """The position at the mark, signed."""
        return self.lots * self.mark_ticks * self.tick_value


class _Fold:
    """The running state of one wallet; `add` takes an event."""

    def __init__(self, wallet: int, tick_values: Sequence[int], asset_count: int) -> None:
        self.movements: list[Movement] = []
        self._wallet = wallet
        self._positions = [_Position(tick_value) for tick_value in tick_values]
        self._balances, self._awaited = [0] * asset_count, [0] * asset_count
        self._given_up: dict[int, int] = {}
        self._repaid: dict[int, int] = {}
        self._sales: dict[int, bool] = {}  # own trades: whether the taker sold
        self._pending = self._received = self._paid = self._deleveraged = 0
        self._haircut = self._uncollected = self._waived = self._unexplained = 0
        # Of the cycle that is running: what is due, what was settled, claims paid back.
        self._due = self._settled = self._came_back = 0
        self._handlers: dict[int, Callable[[Row], None]] = {
            Event.POSTING: self._add_posting,
            Event.FEE_WAIVED: self._add_waived,
            Event.TRADE: self._add_trade,
            Event.TRADE_BUSTED: self._add_bust,
            Event.OPENING_TRADE: self._add_opening_trade,
            Event.TAKEOVER: self._add_takeover,
            Event.DELEVERAGE: self._add_deleverage,
            Event.BACKSTOP: self._add_passed_on,
            Event.TEAR_UP: self._add_passed_on,
            Event.FINAL_SETTLEMENT: self._add_takeover,
            Event.FUNDING: self._add_funding,
            Event.HAIRCUT: self._add_haircut,
            Event.MARK: self._add_mark,
            Event.FINAL_PRICE: self._add_mark,
            Event.CYCLE: self._begin_cycle,
            Event.CYCLE_DONE: self._end_cycle,
        }

    def add(self, row: Row) -> None:
        """Take the next event."""
        handler = self._handlers.get(row["kind"])
        if handler is not None:
            handler(row)

    def sheet(self) -> Sheet:
        """Return the wallet as it stands."""
        return Sheet(
            balances=tuple(self._balances),
            awaited=tuple(self._awaited),
            contracts=tuple(
                ContractSheet(
                    contract=contract,
                    lots=each.lots,
                    entry_cost_quote=each.entry_cost,
                    mark_ticks=each.mark_ticks,
                    bought_lots=each.bought,
                    sold_lots=each.sold,
                    realised_quote=each.realised,
                    unrealised_quote=each.value - each.entry_cost,
                    funding_quote=each.funding,
                )
                for contract, each in enumerate(self._positions)
            ),
            claims=tuple(
                ClaimLine(loss_id, given_up, self._repaid.get(loss_id, 0))
                for loss_id, given_up in sorted(self._given_up.items())
            ),
            variation_quote=self._variation(),
            received_quote=self._received,
            paid_quote=self._paid,
            deleveraged_quote=self._deleveraged,
            haircut_quote=self._haircut,
            uncollected_quote=self._uncollected,
            waived_quote=self._waived,
            unexplained_quote=self._unexplained,
        )

    def _variation(self) -> int:
        return self._pending + sum(each.value - each.cost for each in self._positions)

    def _book(self, row: Row, lots: int) -> None:
        self._pending += self._positions[row["contract"]].book(lots, row["price_ticks"])

    def _add_posting(self, row: Row) -> None:
        """Move a balance; what waits to be cleared is named by its order id (GAT-034)."""
        asset, amount = row["contract"], row["amount"]
        if row["order_id"] == self._wallet:
            if row["counter_wallet"] == HouseWallet.UNCLEARED:
                self._awaited[asset] += amount
            elif row["wallet"] == HouseWallet.UNCLEARED:
                self._awaited[asset] -= amount
        if row["wallet"] == self._wallet:
            self._move(row, row["counter_wallet"], -amount)
        if row["counter_wallet"] == self._wallet:
            self._move(row, row["wallet"], amount)

    def _move(self, row: Row, other_wallet: int, amount: int) -> None:
        asset, code, order_id = row["contract"], row["code"], row["order_id"]
        self._balances[asset] += amount
        balance = self._balances[asset]
        place = row["sequence"], row["time_ns"], asset
        self.movements.append(Movement(*place, code, other_wallet, amount, balance, order_id))
        if code == Posting.VARIATION_RECEIVED:
            self._received += amount
            self._settled += amount
        elif code == Posting.VARIATION_PAID:
            self._paid -= amount
            self._settled += amount
        elif code == Posting.CLAIM_REPAYMENT:
            self._repaid[order_id] = self._repaid.get(order_id, 0) + amount
            self._came_back += amount

    def _add_waived(self, row: Row) -> None:
        if row["wallet"] == self._wallet:
            self._waived += row["amount"]

    def _add_trade(self, row: Row) -> None:
        is_sale = bool(row["flags"] & EventFlag.SELL)
        self._sales[row["sequence"]] = is_sale
        self._exchange(row, row["lots"] if is_sale else -row["lots"])

    def _add_bust(self, row: Row) -> None:
        """Book the opposite trade; which way it went, only the trade's own event says."""
        if self._wallet in (row["wallet"], row["counter_wallet"]):
            is_sale = self._sales[row["order_id"]]
            self._exchange(row, -row["lots"] if is_sale else row["lots"])

    def _add_opening_trade(self, row: Row) -> None:
        self._exchange(row, row["lots"])

    def _exchange(self, row: Row, lots: int) -> None:
        """Book lots to the event's wallet, and as many the other way to its counter wallet."""
        if row["wallet"] == self._wallet:
            self._book(row, lots)
        if row["counter_wallet"] == self._wallet:
            self._book(row, -lots)

    def _add_takeover(self, row: Row) -> None:
        """The event's lots are the position's: all of it goes."""
        if row["wallet"] == self._wallet:
            self._book(row, -row["lots"])

    def _add_passed_on(self, row: Row) -> None:
        """The event's lots are what its wallet had of it: the counter wallet gets them."""
        self._exchange(row, -row["lots"])

    def _add_deleverage(self, row: Row) -> None:
        """Both sides close; the one in default is relieved of what the other gives up."""
        amount = row["amount"]
        if self._wallet not in (row["wallet"], row["counter_wallet"]):
            return
        is_long = self._positions[row["contract"]].lots > 0
        self._book(row, -row["lots"] if is_long else row["lots"])
        if row["wallet"] == self._wallet:
            self._give_up(row["order_id"], amount)
            amount = -amount
        self._pending += amount
        self._deleveraged += amount

    def _give_up(self, loss_id: int, amount: int) -> None:
        """Note a claim; one of nothing is none."""
        if amount:
            self._given_up[loss_id] = self._given_up.get(loss_id, 0) + amount

    def _add_funding(self, row: Row) -> None:
        if row["wallet"] == self._wallet:
            self._pending += row["amount"]
            self._positions[row["contract"]].funding += row["amount"]

    def _add_haircut(self, row: Row) -> None:
        if row["wallet"] == self._wallet:
            self._haircut += row["amount"]
            self._settled += row["amount"]
            self._give_up(row["order_id"], row["amount"])

    def _add_mark(self, row: Row) -> None:
        self._positions[row["contract"]].mark_ticks = row["price_ticks"]

    def _begin_cycle(self, _row: Row) -> None:
        self._due, self._settled, self._came_back = self._variation(), 0, 0

    def _end_cycle(self, _row: Row) -> None:
        """What is due was settled or cut; what is left is a loss that no money was there for.

        Claims are paid back after all have paid what is due: that money was not there.
        """
        left = self._due - self._settled
        if left < 0 and self._balances[0] == self._came_back:
            self._uncollected -= left
        else:
            self._unexplained -= left
        for each in self._positions:
            each.cost = each.value
        self._pending = 0
