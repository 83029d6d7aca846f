"""What a stress scenario did to a machine: a fold over its events, and the proof of the money.

The outcome of a stress is worked out from its events, as everything that people see; before it is
given out the machine is proved: balances and positions are what the events say, money and lots sum
to 0, and what the layers bore is what was missing, to the unit.
"""

import msgspec
import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.stress.script import play
from hkperp.stress.shocks import Stress
from hkperp_engine.codes import (
    Event,
    EventFlag,
    Explain,
    HouseWallet,
    Layer,
    MarginState,
    Posting,
)
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.layout import EVENT
from hkperp_engine.units import PPB

__all__ = ["FUND", "Outcome", "fund_quote", "outcome_of"]

#: The wallets of the prefunded layers 2 to 4, in their order.
FUND = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)

_KEPT = (
    *(Event.MARK, Event.LIQUIDATION_ORDER, Event.DEFAULT, Event.ALLOCATION),
    *(Event.DELEVERAGE, Event.HAIRCUT),
)


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What a stress led to, up to the end of the next settlement cycle. Amounts in ledger units.

    `layers_quote[n]`: what layer n + 1 bore; of layer 1 the defaulters' own margin.
    `exhausted[n]`: layer n + 1 was asked for more than it had. `impact_ppb`: how far the worst
    price of a liquidation's trade was from the mark, rounded up; `slippage_quote`: what all of
    them together cost against the mark (STR-03). `state_hash`: of the machine afterwards.
    """

    name: str
    kind: str
    accounts_liquidated: int
    accounts_haircut: int
    accounts_deleveraged: int
    defaults: int
    deficit_quote: int
    layers_quote: tuple[int, ...]
    exhausted: tuple[bool, ...]
    impact_ppb: int
    slippage_quote: int
    fund_before_quote: int
    fund_after_quote: int
    events: int
    refusals: int
    state_hash: str


def fund_quote(machine: Machine) -> int:
    """Return what layers 2 to 4 hold together, ledger units."""
    return sum(int(machine.state.wallets["cash"][wallet]) for wallet in FUND)


class _Fold:
    """Takes events; `rows` are those that an outcome is made of, in order."""

    def __init__(self, machine: Machine) -> None:
        self.balances = _balances(machine)
        self.count = self.refusals = self.paid_by_layers = 0
        self._assets = self.balances.shape[1]
        self._kept = [np.zeros(0, EVENT)]

    def __call__(self, events: np.ndarray) -> None:
        """Fold EVENT rows; the array is valid during the call only."""
        self.count += len(events)
        kinds, codes = events["kind"], events["code"]
        self.refusals += int((kinds == Event.REFUSED).sum())
        posted = events[kinds == Event.POSTING]
        asset, amount = posted["contract"].astype(np.int64), posted["amount"]
        ledger = self.balances.reshape(-1)
        np.subtract.at(ledger, posted["wallet"] * self._assets + asset, amount)
        np.add.at(ledger, posted["counter_wallet"] * self._assets + asset, amount)
        self.paid_by_layers += sum(
            posted["amount"][posted["code"] == Posting.LAYER_PAYMENT].tolist()
        )
        wanted = np.isin(kinds, _KEPT)
        wanted |= (kinds == Event.EXPLAIN) & (codes == Explain.VARIATION)
        wanted |= (kinds == Event.MARGIN_STATE) & (codes == MarginState.TAKEN_OVER)
        wanted |= (kinds == Event.TRADE) & (events["flags"] & EventFlag.LIQUIDATION != 0)
        self._kept.append(events[wanted].copy())

    def rows(self) -> np.ndarray:
        """Return the rows that were kept."""
        return np.concatenate(self._kept)


def outcome_of(machine: Machine, stress: Stress) -> Outcome:
    """Play a stress on a machine, which it changes, and return what came of it.

    InvariantBroken if the money does not add up. O(turns * (orders + wallets) + events).
    """
    before_quote, marks = fund_quote(machine), machine.state.rates["mark_good_ticks"].tolist()
    fold = _Fold(machine)
    play(machine, stress, fold)
    rows = fold.rows()
    layers = _layers(rows)
    deficit = _sum(rows, Event.DEFAULT)
    _require_agreement(machine, fold, deficit, sum(layers[1:]))
    tick_values = machine.state.contracts["tick_value"].tolist()
    impact_ppb, slippage = _impact(rows, marks, tick_values)
    beyond = sum(layers[1:]) - fold.paid_by_layers  # what the prefunded layers did not pay in cash
    account = machine.state.wallets["account"]
    return Outcome(
        name=stress.name,
        kind=stress.kind,
        accounts_liquidated=_accounts(
            rows, account, (Event.LIQUIDATION_ORDER, Event.MARGIN_STATE)
        ),
        accounts_haircut=_accounts(rows, account, (Event.HAIRCUT,)),
        accounts_deleveraged=_accounts(rows, account, (Event.DELEVERAGE,)),
        defaults=int((rows["kind"] == Event.DEFAULT).sum()),
        deficit_quote=deficit,
        layers_quote=layers,
        exhausted=_exhausted(layers, deficit, beyond),
        impact_ppb=impact_ppb,
        slippage_quote=slippage,
        fund_before_quote=before_quote,
        fund_after_quote=fund_quote(machine),
        events=fold.count,
        refusals=fold.refusals,
        state_hash=machine.state_hash(),
    )


def _sum(rows: np.ndarray, kind: Event, code: int | None = None) -> int:
    """Sum the amounts of a kind, in Python's numbers."""
    chosen = rows[rows["kind"] == kind]
    if code is not None:
        chosen = chosen[chosen["code"] == code]
    return sum(chosen["amount"].tolist())


def _layers(rows: np.ndarray) -> tuple[int, ...]:
    """Return what each layer bore: of the first what defaulters lost less what was missing."""
    loss: dict[int, int] = {}
    own = 0
    for row in rows[np.isin(rows["kind"], (Event.EXPLAIN, Event.DEFAULT))]:
        wallet, amount = int(row["wallet"]), int(row["amount"])
        if row["kind"] == Event.EXPLAIN:
            loss[wallet] = -amount
        elif wallet >= HouseWallet.CLIENTS:
            own += loss[wallet] - amount
    return own, *(_sum(rows, Event.ALLOCATION, layer) for layer in list(Layer)[1:])


def _exhausted(layers: tuple[int, ...], deficit: int, beyond: int) -> tuple[bool, ...]:
    """Tell of each layer whether it was asked for more than it had.

    A layer was if a later one had to bear something. So were the prefunded ones if the platform's
    gains had to help, which are booked as the reserve's.
    """
    found = [deficit > 0]
    for number in range(1, len(layers)):
        later = sum(layers[number + 1 :]) > 0
        found.append(later or (beyond > 0 and number < Layer.LOSS_SHARING - 1))
    return tuple(found)


def _impact(rows: np.ndarray, marks: list[int], tick_values: list[int]) -> tuple[int, int]:
    """Return (worst distance from the mark, ppb up; cost against the mark) of liquidations."""
    worst, cost = 0, 0
    marks = list(marks)
    for row in rows[np.isin(rows["kind"], (Event.MARK, Event.TRADE))]:
        contract, price = int(row["contract"]), int(row["price_ticks"])
        if row["kind"] == Event.MARK:
            marks[contract] = price
            continue
        mark = marks[contract]
        worse = mark - price if row["flags"] & EventFlag.SELL else price - mark
        if worse > 0:
            worst = max(worst, -(-worse * PPB // mark))
            cost += worse * int(row["lots"]) * tick_values[contract]
    return worst, cost


def _accounts(rows: np.ndarray, account: np.ndarray, kinds: tuple[Event, ...]) -> int:
    """Count the clients' accounts that events of some kinds are about."""
    wallets = np.unique(rows["wallet"][np.isin(rows["kind"], kinds)])
    return len(np.unique(account[wallets[wallets >= HouseWallet.CLIENTS]]))


def _balances(machine: Machine) -> np.ndarray:
    """Return a copy of all balances: `[wallet, asset]` in units, cash as asset 0."""
    state = machine.state
    balances = state.balances.reshape(-1, len(state.assets)).copy()
    balances[:, 0] = state.wallets["cash"]
    return balances


def _require_agreement(machine: Machine, fold: _Fold, deficit: int, borne: int) -> None:
    """Refuse an outcome whose money does not add up (INV-01, INV-02, INV-07)."""
    machine.check_money()
    state = machine.state
    balances = _balances(machine)
    positions = state.positions["lots"].astype(np.int64).reshape(len(state.wallets), -1)
    unsettled = int(state.wallets["pending"].sum()) - int(state.positions["cost"].sum())
    for rule, message, holds in (
        ("INV-02", "postings do not add up to the balances", (fold.balances == balances).all()),
        ("INV-02", "money was made or lost", not balances.sum(axis=0).any()),
        ("INV-01", "positions do not sum to 0", not positions.sum(axis=0).any()),
        ("INV-02", "unsettled gains and losses do not sum to 0", unsettled == 0),
        ("INV-07", f"{deficit} were missing and {borne} were borne", deficit == borne),
    ):
        if not holds:
            sequence = int(state.engine["sequence"][0])
            raise InvariantBroken(f"stress: {message}", rule=rule, sequence=sequence)
