"""What a drill cost, and whom: layers, deficits, clients hurt, what is to be paid in again.

Sums of a log's events and nothing else, in ledger units. The same figures of the same span without
a default stand beside them: what a falling market would have done by itself.
"""

from typing import NamedTuple

from hkperp.drill.checks import principal_taken
from hkperp.drill.fold import Record
from hkperp.drill.subject import Drill
from hkperp.reports.figures_default import OWN_MARGIN_KINDS, own_margin
from hkperp.stress.outcome import FUND
from hkperp_engine.codes import Event, HouseWallet, Layer, MarginState, Posting

__all__ = ["Figures", "Hurt", "LayerUse", "figures"]


class LayerUse(NamedTuple):
    """A layer over a drill. `borne`: of losses; prefunded ones: what was there, came in and is
    left, and when nothing was left first (ns; 0: never). `due`: what the operator has to pay in to
    have what was there. Layer 3 also bears what the platform gave of its gains: `given`, not paid
    out of the fund.
    """

    layer: Layer
    borne_quote: int
    before_quote: int = 0
    received_quote: int = 0
    after_quote: int = 0
    given_quote: int = 0
    emptied_ns: int = 0

    @property
    def due_quote(self) -> int:
        """What is missing of what was there before, ledger units (RSV-01)."""
        return max(0, self.before_quote - self.after_quote)


class Hurt(NamedTuple):
    """What a client that did not fail bore. Amounts in ledger units; `gain`: what was cut, before.

    `cut` by haircuts and `given` in deleveragings, of which `repaid` came back (of
    earlier losses, too); `closed`: its
    positions closed by others' default, lots by contract; `lost` units of a failed issuer's
    assets, `recovered` for them; `liquidated`: its own margin did not suffice.
    """

    wallet: int
    gain_quote: int
    cut_quote: int
    given_quote: int
    repaid_quote: int
    closed_lots: tuple[int, ...]
    lost_units: int
    recovered_quote: int
    is_liquidated: bool

    @property
    def net_quote(self) -> int:
        """What it is still out of pocket in gains, ledger units."""
        return self.cut_quote + self.given_quote - self.repaid_quote


class Figures(NamedTuple):
    """All of a drill. `deficit_own`, `_platform`, `_others`: what was missing in the accounts that
    failed, on positions taken over, in other accounts. `platform_lots`: what it still holds.
    """

    layers: tuple[LayerUse, ...]
    deficit_own_quote: int
    deficit_platform_quote: int
    deficit_others_quote: int
    hurt: tuple[Hurt, ...]
    principal_quote: int
    platform_lots: tuple[int, ...]
    returned_quote: int
    liquidated: int
    taken_over: int

    @property
    def deficit_quote(self) -> int:
        """All that was missing, ledger units."""
        return self.deficit_own_quote + self.deficit_platform_quote + self.deficit_others_quote

    def layer(self, layer: Layer) -> LayerUse:
        """Return a layer's figures."""
        return next(each for each in self.layers if each.layer == layer)


def figures(drill: Drill, record: Record) -> Figures:
    """Return the figures of a drill. O(rows)."""
    own = others = platform = 0
    for row in record.of(Event.DEFAULT):
        if row["wallet"] == HouseWallet.PLATFORM:
            platform += row["amount"]
        elif drill.is_own(row["wallet"]):
            own += row["amount"]
        else:
            others += row["amount"]
    states = [row for row in record.of(Event.MARGIN_STATE) if not drill.is_own(row["wallet"])]
    taken = {row["wallet"] for row in states if row["code"] == MarginState.TAKEN_OVER}
    reduced = {row["wallet"] for row in states if row["code"] == MarginState.REDUCING}
    return Figures(
        layers=tuple(_layers(record)),
        deficit_own_quote=own,
        deficit_platform_quote=platform,
        deficit_others_quote=others,
        hurt=tuple(_hurt(drill, record, taken | reduced)),
        principal_quote=principal_taken(drill, record),
        platform_lots=tuple(record.lots_after[HouseWallet.PLATFORM].tolist()),
        returned_quote=int(record.units_after[drill.wallets(), 0].sum()),
        liquidated=len(taken | reduced),
        taken_over=len(taken),
    )


def _layers(record: Record) -> list[LayerUse]:
    borne = dict.fromkeys(Layer, 0)
    borne[Layer.DEFAULTER] = own_margin(record.of(*OWN_MARGIN_KINDS))
    for row in record.of(Event.ALLOCATION):
        borne[Layer(row["code"])] += row["amount"]
    funds = dict(zip((Layer.FIRST_LOSS, Layer.RESERVE, Layer.SECOND_TRANCHE), FUND))
    found = []
    for layer, amount in borne.items():
        if layer not in funds:
            found.append(LayerUse(layer, amount))
            continue
        wallet = funds[layer]
        before, after = (
            int(each[wallet, 0]) for each in (record.units_before, record.units_after)
        )
        held, paid, received, emptied_ns = before, 0, 0, 0
        for row in record.of(Event.POSTING):
            if row["contract"]:
                continue
            if row["wallet"] == wallet:
                held -= row["amount"]
                paid += row["amount"] * (row["code"] == Posting.LAYER_PAYMENT)
                emptied_ns = emptied_ns or (row["time_ns"] if held == 0 else 0)
            if row["counter_wallet"] == wallet:
                held, received = held + row["amount"], received + row["amount"]
        # Fees of single fills are summed up, not kept: they are in the balance at the end.
        received += after - held
        use = LayerUse(layer, amount, before, received, after, amount - paid, emptied_ns)
        found.append(use)
    return found


class _Bill:
    """What one client bore, while it is added up."""

    def __init__(self, contracts: int) -> None:
        self.gain = self.cut = self.given = self.repaid = self.lost = self.recovered = 0
        self.lots = [0] * contracts
        self.loss_ids: set[int] = set()


def _hurt(drill: Drill, record: Record, liquidated: set[int]) -> list[Hurt]:
    """Return who bore something, those with the most first; ties: the lower wallet."""
    bills: dict[int, _Bill] = {}

    def bill(wallet: int) -> _Bill:
        return bills.setdefault(wallet, _Bill(len(drill.terms)))

    for row in record.of(Event.HAIRCUT):
        each = bill(row["wallet"])
        each.cut += row["amount"]
        if row["order_id"] not in each.loss_ids:  # a gain is told by each layer that cuts it
            each.gain += row["counter_order_id"]
            each.loss_ids.add(row["order_id"])
    for row in record.of(Event.DELEVERAGE, Event.TEAR_UP, Event.FINAL_SETTLEMENT):
        each = bill(row["wallet"])
        each.lots[row["contract"]] += abs(row["lots"])
        each.given += row["amount"] if row["kind"] == Event.DELEVERAGE else 0
    for row in record.posted(Posting.ISSUER_LOSS):
        # Units on their way are held by the house for the client that the posting names.
        is_awaited = row["wallet"] == HouseWallet.UNCLEARED
        bill(row["order_id"] if is_awaited else row["wallet"]).lost += row["amount"]
    for wallet in liquidated:
        bill(wallet)
    hit = set(bills)
    for row in record.posted(Posting.ISSUER_RECOVERY):
        bill(row["counter_wallet"]).recovered += row["amount"]
    for row in record.posted(Posting.CLAIM_REPAYMENT):
        if row["counter_wallet"] in hit:
            bills[row["counter_wallet"]].repaid += row["amount"]
    found = [
        Hurt(
            *(wallet, each.gain, each.cut, each.given, each.repaid, tuple(each.lots)),
            *(each.lost, each.recovered, wallet in liquidated),
        )
        for wallet, each in bills.items()
        if wallet in hit and wallet >= HouseWallet.CLIENTS and not drill.is_own(wallet)
    ]
    return sorted(found, key=lambda each: (-each.net_quote, -each.lost_units, each.wallet))
