"""Deleveraging (ADL): docs/machine.md section 6.4."""

from typing import NamedTuple

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import Layer
from reference import margin
from reference.booking import book_lots
from reference.explain import explain
from reference.state import Claim, Contract, Position, Wallet
from reference.trading import reclip
from reference.whole import PPB, ceil_div, largest_remainder, sign

SCORE_MAX = 10**12


class Leg(NamedTuple):
    """What of the loss stands on one leg: `due` = R_c of `whole` = D_c, over `held` lots."""

    contract: Contract
    lots: int
    due: int
    whole: int
    loss_id: int

    def given(self, closed: int) -> int:
        """G(K): what has been given up when `closed` lots are."""
        return min(self.due, ceil_div(closed * self.whole, abs(self.lots)))


def score_of(house, wallet: Wallet, contract: Contract) -> int:
    """Rank of a candidate: gain times leverage, or loss over leverage."""
    position = wallet.positions[contract.number]
    gain = position.lots * contract.mark * contract.terms.tick_value - position.entry_cost
    entry = abs(position.entry_cost)
    pnl = min(abs(gain) * PPB // entry, SCORE_MAX) if entry else SCORE_MAX
    pnl *= sign(gain)
    e, value = margin.equity(house, wallet), margin.value_of(contract, position)
    a = value * margin.maintenance(house, wallet) // contract.mm(value)
    leverage = SCORE_MAX if a // e >= 1000 else max(1, a * PPB // e)
    if pnl > 0:
        return pnl * leverage // PPB
    return -(-pnl * PPB // leverage)


def ranked(house, wallets: list[Wallet], contract: Contract) -> list[tuple[int, Wallet]]:
    """(score, wallet) of holders of a contract, best first."""
    found = []
    for wallet in wallets:
        size, score = (
            abs(wallet.positions[contract.number].lots),
            score_of(house, wallet, contract),
        )
        rank = (-score, not house.is_affiliate(wallet), -size, wallet.number)
        found.append((rank, score, wallet))
    found.sort(key=lambda each: each[0])
    return [(score, wallet) for _, score, wallet in found]


def candidates(house, leg: Leg, defaulter: Wallet) -> list[tuple[int, Wallet]]:
    """(score, wallet) of those who can take lots of the leg, best first."""
    found = []
    for wallet in house.clients():
        lots = wallet.positions[leg.contract.number].lots
        if wallet is defaulter or sign(lots) != -sign(leg.lots):
            continue
        if margin.variation(house, wallet) <= 0 or margin.equity(house, wallet) <= 0:
            continue
        found.append(wallet)
    return ranked(house, found, leg.contract)


def most_lots(house, leg: Leg, wallet: Wallet, closed: int, wanted: int) -> int:
    """The largest c whose give-up is within the candidate's VM."""
    lots = min(abs(wallet.positions[leg.contract.number].lots), wanted - closed)
    gain = margin.variation(house, wallet)
    given = leg.given(closed)
    low, high = 0, lots  # G does not fall: bisect for the last that fits
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if leg.given(closed + middle) - given <= gain else (low, middle - 1)
        )
    return low


def close_lots(house, leg: Leg, defaulter: Wallet, wallet: Wallet, lots: int, give: int) -> None:
    """Close `lots` between the two at the mark and move what the candidate gives up."""
    contract, way = leg.contract, sign(leg.lots)
    book_lots(contract, defaulter, -way * lots, contract.mark)
    book_lots(contract, wallet, way * lots, contract.mark)
    defaulter.pending += give
    wallet.pending -= give
    if give > 0:
        house.claims.append(Claim(leg.loss_id, wallet.number, give))
    reclip(house, wallet, contract)


def place(house, leg: Leg, defaulter: Wallet) -> tuple[int, bool]:
    """Close lots of one leg against its candidates; what was given, and whether any was."""
    wanted = ceil_div(leg.due * abs(leg.lots), leg.whole)
    closed = 0
    for score, wallet in candidates(house, leg, defaulter):
        if closed >= wanted:
            break
        lots = most_lots(house, leg, wallet, closed, wanted)
        if lots == 0:
            continue
        give = leg.given(closed + lots) - leg.given(closed)
        explain(house, wallet)
        house.emit(
            EventKind.DELEVERAGE,
            contract=leg.contract.number,
            wallet=wallet.number,
            counter_wallet=defaulter.number,
            order_id=leg.loss_id,
            counter_order_id=score,
            price_ticks=leg.contract.mark,
            lots=lots,
            amount=give,
        )
        close_lots(house, leg, defaulter, wallet, lots, give)
        closed += lots
    if leg.given(closed) > 0:
        house.emit(
            EventKind.ALLOCATION,
            code=Layer.LOSS_SHARING,
            wallet=defaulter.number,
            order_id=leg.loss_id,
            amount=leg.given(closed),
        )
    return leg.given(closed), closed > 0


def deleverage(house, wallet: Wallet, loss_id: int, deficit: int, left: int) -> tuple[int, bool]:
    """Share R = `left` of D = `deficit`; returns what found no place, and if any lots did."""
    pairs: list[tuple[Contract, Position]] = margin.legs(house, wallet)
    weights = [contract.mm(margin.value_of(contract, position)) for contract, position in pairs]
    dues = largest_remainder(left, weights)
    rest = largest_remainder(deficit - left, weights)
    has_deleveraged = False
    for (contract, position), due, more in zip(pairs, dues, rest, strict=True):
        if due > 0:
            leg = Leg(contract, position.lots, due, due + more, loss_id)
            given, has_closed = place(house, leg, wallet)
            left -= given
            has_deleveraged |= has_closed
    return left, has_deleveraged
