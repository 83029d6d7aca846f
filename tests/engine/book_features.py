"""The rarer commands of a flow: every kind of order and every command of docs/book.md.

What stops a market (a halt, a call phase, a kill switch) notes the command that ends it, for some
rows later, so that books stay lively.
"""

import heapq
import random
from collections.abc import Callable, Iterator

import numpy as np

from book_market import DAY_NS, Habits, Market
from book_orders import Fields, Orders, Plain
from book_seen import Seen
from hkperp_engine.codes import Command, ContractState, KillScope, Session, TriggerSource
from hkperp_engine.reference import CommandRow

#: Ids of mass quotes begin here, far from other orders' ids.
QUOTE_ID = 2**61

#: How often each is drawn, in a million commands; those of `WIPES` share the seed's `wipe_ppm`.
SHARES = {
    "conditional": 95_000,
    "iceberg": 40_000,
    "hidden": 20_000,
    "timed": 25_000,
    "slide": 12_000,
    "by_notional": 15_000,
    "linked": 25_000,
    "mass_quote": 40_000,
    "reference_price": 20_000,
    "advance": 4_000,
    "set_protection": 4_000,
    "reset_protection": 5_000,
}
WIPES = {
    "mass_cancel": 40,
    "set_countdown": 15,
    "set_session": 25,
    "contract_state": 30,
    "kill_switch": 12,
    "suspend_afmm": 8,
    "settle": 1,
}
NAMES = [*SHARES, *WIPES]


class Features(Orders):
    """Draws features with the dice of one seed, and remembers what has to be ended."""

    def __init__(self, dice: random.Random, market: Market, habits: Habits) -> None:
        super().__init__(dice, market, habits)
        wipes = {name: habits.wipe_ppm * part // 100 for name, part in WIPES.items()}
        shares = {**SHARES, **wipes}
        if market.wallets * market.contracts > 256:
            shares["set_protection"] *= 4  # so that they run out
        self._ends = np.cumsum([shares[name] for name in NAMES]) / 1_000_000
        self._draws: list[Callable[[Plain, Seen], Fields]] = [
            getattr(self, name) for name in NAMES
        ]
        self.dead: list[int] = []
        self._later: list[tuple[int, int, CommandRow]] = []
        self._first = 0  # number of the batch's first row
        self._noted = 0

    def choose(self, draws: np.ndarray) -> np.ndarray:
        """The feature for each draw from 0 to 1: an index of NAMES, or -1 for none."""
        chosen = np.searchsorted(self._ends, draws, side="right")
        return np.where(chosen < len(NAMES), chosen, -1)

    def draw(self, feature: int, plain: Plain, seen: Seen) -> Fields:
        """The fields that make a plain order this feature."""
        return self._draws[feature](plain, seen)

    def due(self, count: int) -> Iterator[tuple[int, CommandRow]]:
        """The noted commands that fall into this batch of `count` rows, then begin the next."""
        after, taken = self._first + count, set()
        while self._later and self._later[0][0] < after:
            row, _, command = heapq.heappop(self._later)
            index = max(row - self._first, 0)
            while index in taken:
                index += 1
            if index < count:
                taken.add(index)
                yield index, command
            else:
                self._note(after, command)
        self._first = after

    def _note(self, row: int, command: CommandRow) -> None:
        self._noted += 1
        heapq.heappush(self._later, (row, self._noted, command))

    def _end(self, plain: Plain, rows_later: int, **fields: int) -> None:
        """Note the command that ends what this row begins, about `rows_later` rows on."""
        after = self.dice.randrange(1, 2 * rows_later)
        self._note(self._first + plain.index + after, CommandRow(**fields))

    def mass_quote(self, plain: Plain, _: Seen) -> Fields:
        """Two prices around the fair one, often crossing the old ones of the other side."""
        dice, width = self.dice, self.habits.width_ticks
        wallet = dice.choice(self.habits.quoters)
        quote_id = QUOTE_ID + 2 * (wallet * self.market.contracts + plain.contract)
        if dice.random() < 0.03:
            quote_id = plain.order_id
        middle = self.near(plain.fair_ticks, 1)
        half = dice.randrange(1, width + 2)
        bid, ask = self.inside(middle - half), self.inside(middle + half)
        if dice.random() < 0.03:
            bid, ask = ask, bid
        lots = [plain.lots if dice.random() < 0.9 else 0 for _ in "ba"]
        return {
            "kind": Command.MASS_QUOTE,
            "wallet": wallet,
            "order_id": quote_id,
            "price_ticks": bid,
            "lots": lots[0],
            "amount": ask,
            "target": min(lots[1], 2**31 - 1),
        }

    def reference_price(self, plain: Plain, _: Seen) -> Fields:
        """The mark or the index, near the fair price."""
        source = self.dice.choice([TriggerSource.MARK, TriggerSource.INDEX])
        if self.dice.random() < 0.02:
            return {"kind": Command.REFERENCE_PRICE, "target": self.dice.choice([-1, 0, 3])}
        price_ticks = self.near(plain.fair_ticks, 2)
        self.reference[source][plain.contract] = price_ticks
        return {"kind": Command.REFERENCE_PRICE, "target": source, "price_ticks": price_ticks}

    def advance(self, plain: Plain, _: Seen) -> Fields:
        """Time passes, nothing else."""
        return {"kind": Command.ADVANCE}

    def set_protection(self, plain: Plain, _: Seen) -> Fields:
        """Mostly of those who quote; limits of a few fills."""
        dice, lots = self.dice, self.habits.lots_mean
        wallet = dice.choice([*self.habits.quoters, plain.wallet])
        if self.market.wallets * self.market.contracts > 256:
            wallet = dice.choice([wallet, plain.wallet])
        return {
            "kind": Command.SET_PROTECTION,
            "wallet": wallet,
            "amount": dice.choice([1, self.span(1_000), DAY_NS]),
            "lots": dice.choice([0, dice.randrange(1, 8 * lots)]),
            "price_ticks": dice.choice([0, dice.randrange(1, 5 * lots)]),
            "target": dice.choice([1, 2, 3, 5, 32, 33]),
        }

    def reset_protection(self, plain: Plain, _: Seen) -> Fields:
        """Mostly of those who quote."""
        wallet = self.dice.choice([*self.habits.quoters * 3, plain.wallet])
        return {"kind": Command.RESET_PROTECTION, "wallet": wallet}

    def mass_cancel(self, plain: Plain, _: Seen) -> Fields:
        """All orders of a wallet, or of a contract, a side, a range of prices."""
        dice = self.dice
        low, high = 0, 0
        if dice.random() < 0.5:
            low, high = sorted((self.near(plain.fair_ticks, 3), self.near(plain.fair_ticks, 3)))
        if dice.random() < 0.20:
            low, high = dice.choice([(high, low - 1), (0, high), (low, 0), (-1, 5)])
        return {
            "kind": Command.MASS_CANCEL,
            "contract": dice.choice([-1, plain.contract]),
            "side": dice.choice([0, 1, 2, 2]),
            "price_ticks": low,
            "lots": high,
        }

    def set_countdown(self, plain: Plain, _: Seen) -> Fields:
        """Some time, now, or off; now and then longer than may be."""
        amount = self.span(300)
        odd = self.dice.choice([0, 0, 1, 31 * DAY_NS, 31 * DAY_NS + 1])
        amount = amount if self.dice.random() < 0.7 else odd
        return {"kind": Command.SET_COUNTDOWN, "amount": amount}

    def set_session(self, plain: Plain, _: Seen) -> Fields:
        """Mostly cancel on disconnect, and the disconnection that follows."""
        session = self.dice.choice([*Session, Session.CANCEL_ON_DISCONNECT, -1])
        if session == Session.CANCEL_ON_DISCONNECT:
            gone = {"kind": Command.SET_SESSION, "side": Session.DISCONNECTED}
            self._end(plain, 100, wallet=plain.wallet, **gone)
        return {"kind": Command.SET_SESSION, "side": session}

    def contract_state(self, plain: Plain, _: Seen) -> Fields:
        """A phase that ends: calls, halts, reduce-only; a call phase may end in a halt."""
        state = ContractState
        phases = [state.AUCTION, state.PRE_OPEN, state.HALTED, state.REDUCE_ONLY]
        chosen = self.dice.choices(
            [*phases, state.OPEN, state.VOLATILITY_AUCTION], [8, 4, 5, 4, 2, 1]
        )[0]
        common = {"kind": Command.CONTRACT_STATE, "contract": plain.contract}
        if self.dice.random() < 0.3:
            self._end(plain, 30, side=self.dice.choice(phases), **common)
        self._end(plain, 60, side=self.dice.choice([state.OPEN] * 4 + phases[3:]), **common)
        self._note(self._first + plain.index + 120, CommandRow(**common))
        return {**common, "side": chosen}

    def kill_switch(self, plain: Plain, _: Seen) -> Fields:
        """Engaged, and for a wallet or an owner released again; a market is opened again."""
        scope = self.dice.choices(list(KillScope), [4, 3, 2, 2])[0]
        common = {"kind": Command.KILL_SWITCH, "target": scope, "wallet": plain.wallet}
        if scope in (KillScope.WALLET, KillScope.OWNER):
            self._end(plain, 100, **common)
        else:
            for contract in range(self.market.contracts):
                self._end(plain, 30, kind=Command.CONTRACT_STATE, contract=contract)
        return {**common, "side": int(self.dice.random() < 0.9)}

    def suspend_afmm(self, plain: Plain, _: Seen) -> Fields:
        """The affiliate is suspended for some time."""
        self._end(plain, 60, kind=Command.SUSPEND_AFMM)
        return {"kind": Command.SUSPEND_AFMM, "side": self.dice.choice([1, 1, 1, 1, 0, 2])}

    def settle(self, plain: Plain, _: Seen) -> Fields:
        """The last contract that is left is closed, then settled; the first one never is."""
        contract = self.market.contracts - 1 - len(self.dead)
        if contract == 0:
            return self.suspend_afmm(plain, _)
        self.dead.append(contract)
        common = {"kind": Command.CONTRACT_STATE, "contract": contract}
        self._end(plain, 400, side=ContractState.SETTLED, **common)
        return {**common, "side": ContractState.CLOSED}
