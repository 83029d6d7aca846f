"""Is the fund enough? Cover-n by group of connected clients, and what has to be done if not.

Pure arithmetic on a snapshot (RSV-02, STR-01): no order trades, no liquidation saves anything.
Of each client wallet `resources` = cash + recognised collateral + VM at the marks (E of
docs/machine.md section 2), and in a stress

    loss      = sum over contracts of lots * (mark - stressed mark) * tick value
    shortfall = max(0, loss - resources)

resources with what the stress takes from the margin assets. A wallet's surplus pays for nobody
else, not even for another account of its group; so a group's shortfall is the sum of its wallets'.
Cover-n is the largest sum, over the scenarios, of the n largest groups' shortfalls. Everything is
in whole numbers: exact.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.stress.outcome import fund_quote
from hkperp.stress.shocks import Stress, target_ticks
from hkperp_engine.codes import AssetKind, HouseWallet
from hkperp_engine.units import PPB

__all__ = ["Action", "Cover", "CoverRow", "Group", "Shortfall", "THRESHOLD_PPB"]
__all__ += ["actions", "cover", "groups_of"]

#: A group whose shortfall is above this part of the fund pays extra margin (RSV-02).
THRESHOLD_PPB = 500_000_000


class Group(NamedTuple):
    """Connected clients: their number, and the first one's wallet; a client alone has number 0."""

    number: int
    wallet: int


class Shortfall(NamedTuple):
    """What a group could not pay in a stress, ledger units."""

    group: Group
    amount_quote: int


class CoverRow(NamedTuple):
    """One stress at its worst turn: the groups that fall short, largest first.

    Ties go to the lower wallet. `marks_ticks`: the stressed marks. `platform_quote`: what the
    operator's own taken-over positions could not pay; the fund would have to, whoever defaults.
    """

    name: str
    marks_ticks: tuple[int, ...]
    shortfalls: tuple[Shortfall, ...]
    platform_quote: int

    def largest(self, count: int | None = None) -> int:
        """Return the sum of the `count` largest shortfalls (all by default), ledger units."""
        return sum(each.amount_quote for each in self.shortfalls[:count])


class Cover(NamedTuple):
    """What the fund holds and what it would need; amounts in ledger units.

    `rows` in the order of the stresses; `worst[n - 1]` is the row of cover-n.
    """

    fund_quote: int
    rows: tuple[CoverRow, ...]
    worst: tuple[CoverRow, CoverRow]

    def required(self, count: int) -> int:
        """Return cover-1 or cover-2, ledger units."""
        return self.worst[count - 1].largest(count)

    @property
    def is_covered(self) -> bool:
        """Does the fund hold cover-2?"""
        return self.fund_quote >= self.required(2)


class Action(NamedTuple):
    """What the sizing of the fund triggers: a word, whom it is for, how much, in which contract.

    `what`: TOP_UP (the operator pays in), EXTRA_MARGIN (a group pays in), LIMIT_CUT (a group may
    hold at most `lots` on the side it is on), OI_CUT (all clients together, each side). `group`
    and `contract` are None where they do not apply.
    """

    what: str
    amount_quote: int
    group: Group | None = None
    contract: int | None = None
    lots: int = 0
    held_lots: int = 0


class _Book(NamedTuple):
    """The snapshot. `lots[w, c]`; `settled[w]`: cash and VM without the marks' part. int64, in
    which the machine itself holds them at any price (`proof.check_config`).
    """

    lots: np.ndarray
    settled: np.ndarray
    balances: np.ndarray
    valuations: list[int]
    kinds: list[int]
    marks: list[int]
    tick_values: list[int]
    price_maxima: list[int]


def cover(machine: Machine, groups: np.ndarray, stresses: Sequence[Stress]) -> Cover:
    """Return cover-1 and cover-2 of a machine at rest; it is not changed.

    `groups`: of each client wallet the number of its group, 0 for none (`ACCOUNT.group`).
    O(stresses * turns * wallets with positions).

    Two clients, each long 10 lots of tick value 1 at a mark of 100, with 150 and 500: a fall of
    40 % loses 400 each; the first falls short by 250, the second by nothing. Cover-1 is 250.
    """
    book = _read(machine)
    members = groups_of(machine, groups)
    rows = tuple(_row(book, members, stress) for stress in stresses)
    worst = tuple(max(rows, key=lambda row: row.largest(count)) for count in (1, 2))
    return Cover(fund_quote(machine), rows, (worst[0], worst[1]))


def _read(machine: Machine) -> _Book:
    state = machine.state
    wallets, assets = len(state.wallets), len(state.assets)
    cost = state.positions["cost"].reshape(wallets, -1)
    is_counted = state.assets["is_convertible"] != 0
    return _Book(
        lots=state.positions["lots"].reshape(wallets, -1).astype(np.int64),
        settled=state.wallets["cash"] + state.wallets["pending"] - cost.sum(axis=1),
        balances=state.balances.reshape(wallets, assets),
        valuations=np.where(is_counted, state.assets["valuation_ppb"], 0).tolist(),
        kinds=state.assets["kind"].tolist(),
        marks=state.rates["mark_good_ticks"].tolist(),
        tick_values=state.contracts["tick_value"].tolist(),
        price_maxima=[each.price_ticks_max for each in machine.config.contracts],
    )


def groups_of(machine: Machine, groups: np.ndarray) -> dict[int, Group]:
    """Return the group of each client wallet that holds a position. O(wallets).

    `groups`: of each client wallet the number of its group, 0 for none. Isolated wallets belong to
    their account.
    """
    state, clients = machine.state, int(HouseWallet.CLIENTS)
    lots = state.positions["lots"].reshape(len(state.wallets), -1)
    first: dict[int, int] = {}
    found = {}
    for wallet in (np.flatnonzero(lots[clients:].any(axis=1)) + clients).tolist():
        account = int(state.wallets["account"][wallet])
        number = int(groups[account - clients])
        own = first.setdefault(number, account) if number else account
        found[wallet] = Group(number, own)
    return found


def _row(book: _Book, members: dict[int, Group], stress: Stress) -> CoverRow:
    """Return a stress at the turn at which the two largest groups fall shortest."""
    valuations = [
        0 if _is_lost(stress, kind) else value for kind, value in zip(book.kinds, book.valuations)
    ]
    wallets = np.array([*members, HouseWallet.PLATFORM], np.int64)
    resources = _resources(book, wallets, valuations)
    turns = stress.path_ppb or ((0,) * len(book.marks),)
    rows = []
    for moves in turns:
        marks = tuple(
            target_ticks(mark, move, highest) if mark else 0
            for mark, move, highest in zip(book.marks, moves, book.price_maxima, strict=True)
        )
        values = np.array([mark * tick for mark, tick in zip(marks, book.tick_values)], np.int64)
        worth = resources + book.lots[wallets] @ values
        rows.append(_ranked(stress.name, marks, list(members.values()), worth))
    return max(rows, key=lambda row: (row.largest(2), row.largest(1)))


def _is_lost(stress: Stress, kind: int) -> bool:
    """Tell whether an asset of a kind counts for nothing: it is not convertible any more."""
    is_coin = kind == AssetKind.STABLECOIN and stress.coin_price_ppb > 0
    return is_coin or (kind == AssetKind.TOKENISED_DEPOSIT and stress.is_bank_frozen)


def _resources(book: _Book, wallets: np.ndarray, valuations: list[int]) -> np.ndarray:
    """Return what wallets have without the value of their positions; recognised units down."""
    found = book.settled[wallets].copy()
    for asset, value in enumerate(valuations):
        units = book.balances[wallets, asset]
        for place in np.flatnonzero(units) if asset and value else ():
            # In Python's integers: a product of units and a rate may pass 64 bits.
            found[place] += int(units[place]) * value // PPB
    return found


def _ranked(name: str, marks: tuple[int, ...], groups: list[Group], worth: np.ndarray) -> CoverRow:
    """Return who falls short; the last of `worth` is the platform's."""
    missing: dict[Group, int] = {}
    for place in np.flatnonzero(worth[:-1] < 0).tolist():
        group = groups[place]
        missing[group] = missing.get(group, 0) - int(worth[place])
    ranked = sorted(missing.items(), key=lambda each: (-each[1], each[0].wallet))
    shortfalls = tuple(Shortfall(*each) for each in ranked)
    return CoverRow(name, marks, shortfalls, max(0, -int(worth[-1])))


def actions(machine: Machine, groups: np.ndarray, found: Cover) -> tuple[Action, ...]:
    """Return what the sizing triggers (RSV-02): nothing if it is enough and nobody too large.

    * TOP_UP: cover-2 less the fund, to be paid in by the operator.
    * OI_CUT: until then, of each contract with open interest, its open interest times the fund
      over cover-2, rounded down.
    * EXTRA_MARGIN: of each group whose shortfall in its worst scenario is above half of the fund,
      what goes beyond, and LIMIT_CUT: its lots in the contract that it loses most in, less the
      fewest lots that make up for it (rounded up, at most all).

    With a fund of 300 and a shortfall of 250: 250 - 150 = 100 of extra margin; a lot loses 40, so
    3 of 10 lots go and the limit is 7.
    """
    book = _read(machine)
    done = []
    required = found.required(2)
    if not found.is_covered:
        done.append(Action("TOP_UP", required - found.fund_quote))
        interest = machine.state.contracts["open_interest"].tolist()
        done += [
            Action("OI_CUT", 0, None, contract, lots * found.fund_quote // required, lots)
            for contract, lots in enumerate(interest)
            if lots
        ]
    members = groups_of(machine, groups)
    threshold = found.fund_quote * THRESHOLD_PPB // PPB
    for group, (amount, row) in _worst_of_groups(found).items():
        excess = amount - threshold
        if excess > 0:
            done.append(Action("EXTRA_MARGIN", excess, group))
            wallets = [wallet for wallet, own in members.items() if own == group]
            done.append(_limit_cut(book, wallets, group, row, excess))
    return tuple(done)


def _worst_of_groups(found: Cover) -> dict[Group, tuple[int, CoverRow]]:
    """Return each group's largest shortfall and the row it is in, largest first."""
    worst: dict[Group, tuple[int, CoverRow]] = {}
    for row in found.rows:
        for group, amount in row.shortfalls:
            if amount > worst.get(group, (0, row))[0]:
                worst[group] = amount, row
    return dict(sorted(worst.items(), key=lambda each: (-each[1][0], each[0].wallet)))


def _limit_cut(
    book: _Book, wallets: list[int], group: Group, row: CoverRow, excess_quote: int
) -> Action:
    """Return the limit of a group in the contract in which it loses most in a row."""
    best = (0, 0, 0, 0)
    for contract, (mark, stressed) in enumerate(zip(book.marks, row.marks_ticks)):
        unit = (mark - stressed) * book.tick_values[contract]  # what a long lot loses
        side = 1 if unit > 0 else -1
        held = sum(max(0, side * int(book.lots[wallet, contract])) for wallet in wallets)
        best = max(best, (abs(unit) * held, -contract, abs(unit), held))
    _, minus_contract, unit, held = best
    cut = min(held, -(-excess_quote // unit)) if unit else 0
    return Action("LIMIT_CUT", cut * unit, group, -minus_contract, held - cut, held)
