"""A stress scenario as commands to a machine: every step is an array of COMMAND rows.

    failures ─► for each turn of the path: book ─► sources ─► ticks ─► ... ─► next settlement cycle

What is sent next depends on the machine (which orders rest, in which state a contract is), so the
rows are made step by step; the same snapshot and the same stress give the same rows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.replay.timeline import command_rows, joined, tick_row
from hkperp.stress.shocks import Stress, target_ticks
from hkperp_engine.codes import AssetFlag, AssetKind, Command, ContractState, Side
from hkperp_engine.depth import DUMP_COLUMNS
from hkperp_engine.units import NS_PER_S, PPB

__all__ = ["play"]

#: Mark steps at each turn: a wallet is reduced at most once in each, so a cascade needs several.
TICKS = 3

#: How long is waited for the contracts to leave a volatility auction, in settlement cycles.
_CYCLES = 3

_ID, _PRICE, _LOTS, _WALLET = (
    DUMP_COLUMNS.index(name) for name in ("order_id", "price_ticks", "lots_left", "wallet")
)

#: States in which a contract is traded, or will be again by itself.
_LIVE = (
    ContractState.OPEN,
    ContractState.REDUCE_ONLY,
    ContractState.VOLATILITY_AUCTION,
    ContractState.AUCTION,
    ContractState.PRE_OPEN,
)


class _Script:
    """One stress on one machine. `sink` gets all events."""

    def __init__(
        self, machine: Machine, stress: Stress, sink: Callable[[np.ndarray], Any]
    ) -> None:
        self._machine = machine
        self._stress = stress
        self._sink = sink
        state, config = machine.state, machine.config
        self._states = states = [ContractState(each) for each in state.markets["state"]]
        self._marks = state.rates["mark_good_ticks"].tolist()
        #: Contracts that have a price and are not over, and where each stands now.
        self._moving = [
            number
            for number, mark in enumerate(self._marks)
            if mark and states[number] not in (ContractState.CLOSED, ContractState.SETTLED)
        ]
        self._live = [number for number in self._moving if states[number] in _LIVE]
        self._ticks = list(self._marks)
        self._sources = [len(contract.sources) for contract in config.contracts]
        self.now_ns = int(state.engine["now_ns"][0])

    def send(self, rows: np.ndarray) -> None:
        """Do COMMAND rows, all at the time it is now."""
        rows["time_ns"] = self.now_ns
        self._machine.feed(rows, self._sink)

    def _each(self, kind: Command, column: str, values: Sequence[int]) -> np.ndarray:
        """Return a row of a kind for each value of a column."""
        rows = command_rows(self.now_ns, kind, len(values))
        rows[column] = values
        return rows

    def prices(self) -> np.ndarray:
        """Return what all sources show: the price where each contract stands."""
        sent = [
            (contract, source, self._ticks[contract])
            for contract in self._moving
            for source in range(self._sources[contract])
        ]
        rows = command_rows(self.now_ns, Command.SOURCE_PRICE, len(sent))
        for column, values in zip(("contract", "target", "price_ticks"), zip(*sent)):
            rows[column] = values
        return rows

    def step(self, *before: np.ndarray) -> None:
        """Let a second pass, and do a mark step at the present prices."""
        self.now_ns += NS_PER_S
        self.send(joined([*before, self.prices(), tick_row(self.now_ns)]))

    def failures(self) -> None:
        """Let fail what fails before the price moves."""
        stress = self._stress
        parts = [np.zeros(0, tick_row(0).dtype)]
        if stress.depth_kept_ppb < PPB:
            parts += self._thinned(stress.depth_kept_ppb)
        if stress.is_afmm_suspended:
            parts.append(self._each(Command.SUSPEND_AFMM, "side", [1]))
        parts += self._assets()
        if stress.is_halted:
            halted = self._each(Command.CONTRACT_STATE, "contract", self._live)
            halted["side"] = ContractState.HALTED
            parts.append(halted)
        self.step(*parts)
        if stress.is_source_lost:
            self._silence()

    def _orders(self, contract: int, side: Side) -> np.ndarray:
        return self._machine.orders(contract, side)

    def _thinned(self, kept_ppb: int) -> list[np.ndarray]:
        """Return what leaves of every resting order its part, rounded down; of few lots none."""
        parts = []
        for contract in self._moving:
            for side in Side:
                orders = self._orders(contract, side)
                left = orders[:, _LOTS] * kept_ppb // PPB
                gone, cut = orders[left == 0], orders[left > 0]
                rows = self._each(Command.CANCEL, "order_id", gone[:, _ID].tolist())
                rows["wallet"] = gone[:, _WALLET]
                parts.append(rows)
                rows = self._amended(contract, cut, cut[:, _PRICE])
                rows["lots"] = left[left > 0]
                parts.append(rows)
        return parts

    def _amended(self, contract: int, orders: np.ndarray, prices: np.ndarray) -> np.ndarray:
        rows = self._each(Command.AMEND, "order_id", orders[:, _ID].tolist())
        rows["contract"], rows["wallet"] = contract, orders[:, _WALLET]
        rows["price_ticks"], rows["lots"] = prices, orders[:, _LOTS]
        return rows

    def _assets(self) -> list[np.ndarray]:
        """Return what happens to the margin assets: prices, and redemption closed."""
        stress, parts = self._stress, []
        for number, asset in enumerate(self._machine.state.assets):
            is_coin = asset["kind"] == AssetKind.STABLECOIN and stress.coin_price_ppb > 0
            is_bank = asset["kind"] == AssetKind.TOKENISED_DEPOSIT and stress.is_bank_frozen
            if number == 0 or not (is_coin or is_bank):
                continue
            if is_coin:
                rows = self._each(Command.ASSET_PRICE, "target", [number])
                rows["amount"] = stress.coin_price_ppb
                parts.append(rows)
            rows = self._each(Command.ASSET_STATE, "target", [number])
            flags = AssetFlag.LICENSED * int(asset["is_licensed"])
            flags |= AssetFlag.DEPEGGED * int(asset["is_depegged"])
            rows["flags"] = flags | AssetFlag.BROKEN * int(asset["is_broken"])
            parts.append(rows)
        return parts

    def _silence(self) -> None:
        """Let all sources be silent, with a mark step on each rung of the fallback ladder."""
        contracts = [self._machine.config.contracts[number] for number in self._moving]
        if not contracts:
            return
        age = max(source.age_max_ns for each in contracts for source in each.sources)
        hold = max(each.index.hold_ns for each in contracts)
        median = max(each.index.median_ns for each in contracts)
        for span_ns in (age + NS_PER_S, hold, median + NS_PER_S):
            self.now_ns += span_ns
            self.send(tick_row(self.now_ns))

    def turn(self, moves_ppb: Sequence[int]) -> None:
        """Let the prices come to a turn of the path: book, sources, mark steps."""
        stress, before = self._stress, self._ticks
        contracts = self._machine.config.contracts
        self._ticks = [
            target_ticks(mark, move, contracts[number].price_ticks_max)
            for number, (mark, move) in enumerate(zip(self._marks, moves_ppb, strict=True))
        ]
        parts: list[np.ndarray] = []
        follows = not (stress.is_gap or stress.is_halted or stress.is_source_lost)
        for contract in self._moving:
            if follows and before[contract] != self._ticks[contract]:
                parts += self._moved(contract, before[contract])
            parts += self._withdrawn(contract)
        if stress.is_halted or stress.is_source_lost:
            rows = self._each(Command.CONTRACT_STATE, "contract", self._live)
            rows["side"] = [self._resumed(number) for number in self._live]
            parts += [self.prices(), rows]
        self.step(*parts)
        for _ in range(TICKS - 1):
            self.step()

    def _resumed(self, contract: int) -> ContractState:
        """Return the state a contract comes back to: open, unless it could only be reduced."""
        is_limited = self._states[contract] == ContractState.REDUCE_ONLY
        return ContractState.REDUCE_ONLY if is_limited else ContractState.OPEN

    def _moved(self, contract: int, before_ticks: int) -> list[np.ndarray]:
        """Return amendments that move the book along, as far from the price as it was.

        Bids are rounded down and asks up, so that they do not meet; the side that makes room goes
        first.
        """
        ticks, highest = self._ticks[contract], self._machine.config.contracts[contract]
        bids, asks = (self._orders(contract, side) for side in Side)
        bid_prices = np.maximum(bids[:, _PRICE] * ticks // before_ticks, 1)
        ask_prices = np.minimum(
            -(-asks[:, _PRICE] * ticks // before_ticks), highest.price_ticks_max
        )
        parts = [
            self._amended(contract, bids, bid_prices),
            self._amended(contract, asks, ask_prices),
        ]
        return parts if ticks < before_ticks else parts[::-1]

    def _withdrawn(self, contract: int) -> list[np.ndarray]:
        """Return the withdrawal of orders that are now on the wrong side of the price.

        Nobody leaves a bid above the market: it would be the first to be hit.
        """
        ticks = self._ticks[contract]
        highest = self._machine.config.contracts[contract].price_ticks_max
        parts = []
        for side, low, high in ((Side.BUY, ticks + 1, highest), (Side.SELL, 1, ticks - 1)):
            if low > high:
                continue
            wallets = np.unique(self._orders(contract, side)[:, _WALLET]).tolist()
            rows = self._each(Command.MASS_CANCEL, "wallet", wallets)
            rows["contract"], rows["side"] = contract, side
            rows["price_ticks"], rows["lots"] = low, high
            parts.append(rows)
        return parts

    def settle(self) -> None:
        """Go on to the next settlement cycle, with fresh prices at every mark step before it."""
        state = self._machine.state
        for _ in range(_CYCLES):
            cycle = int(state.house["cycle_count"][0])
            while int(state.house["cycle_count"][0]) == cycle:
                house = state.house[0]
                due = int(min(house["next_cycle_ns"], house["funding_timer_ns"]))
                self.now_ns = max(self.now_ns, due - 1)
                self.send(self.prices())
                self.now_ns = max(self.now_ns, due)
                self.send(command_rows(self.now_ns, Command.ADVANCE, 1))
                state = self._machine.state  # the memory may have grown
            if not (state.markets["state"] == ContractState.VOLATILITY_AUCTION).any():
                return


def play(machine: Machine, stress: Stress, sink: Callable[[np.ndarray], Any]) -> None:
    """Play a stress on a machine, up to the end of the next settlement cycle; it changes it.

    `sink` gets all EVENT rows, as of `Machine.feed`. O(turns * (orders + wallets)).
    """
    script = _Script(machine, stress, sink)
    script.failures()
    for moves in stress.path_ppb:
        script.turn(moves)
    script.settle()
