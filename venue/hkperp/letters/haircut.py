"""A gain that was cut, in a letter: the loss, who bore what of it, this account's share, and what
came back of it.

Layers 5, 6 and 7 of the waterfall take from gains only (docs/default.md section 4); each that took
something of this gain has a line of its own. Amounts are exact.
"""

from collections.abc import Iterator

from hkperp.letters.losses import PREFUNDED
from hkperp.letters.parts import aligned, capital, margins, step, wrapped
from hkperp.letters.positions import Positions
from hkperp.letters.prices import Prices
from hkperp.quantities import Percent
from hkperp.reports.decisions import Cut
from hkperp.reports.run_folder import PackRecord
from hkperp.reports.wording import clock, moment, money, plural
from hkperp_engine.codes import CycleCause, HouseWallet, Layer
from hkperp_engine.units import PPB

__all__ = ["cut_lines"]

#: As many cycles of a mark step as there may be: no limit.
_ROUNDS_ANY = 2**31 - 1
_PAID_BY = {
    Layer.FIRST_LOSS: "first loss",
    Layer.RESERVE: "reserve fund",
    Layer.SECOND_TRANCHE: "second tranche",
}
_SHARED = (Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN)


def cut_lines(cut: Cut, pack: PackRecord, positions: Positions, prices: Prices) -> Iterator[str]:
    """Yield the title of a haircut, then its lines. `pack`: the rules it happened under."""
    row = cut.row
    gain = row["counter_order_id"]
    by_layer = {
        layer: sum(each["amount"] for each in cut.allocations if each["code"] == layer)
        for layer in (*PREFUNDED, *_SHARED)
    }
    shared = sum(by_layer[layer] for layer in _SHARED)
    yield f"Haircut at {moment(row['time_ns'])}"
    yield from wrapped(" ".join((*_why(cut, pack, by_layer), *_avoided(cut, shared))))
    yield f"   What went in ({row['sequence']:,}, loss {row['order_id']})"
    figures = [
        (f"paid by layer {int(layer)}, {_PAID_BY[layer]}", money(by_layer[layer]))
        for layer in PREFUNDED
        if by_layer[layer]
    ]
    figures += [
        (f"gains of the {plural(cut.accounts, 'account')} cut", money(cut.gains)),
        ("loss shared among them", money(shared)),
        ("gain of this account", money(gain)),
        ("this account's share of the loss", money(cut.amount)),
    ]
    if len(cut.rows) > 1:
        figures += [(f"  of layer {each['code']}", money(each["amount"])) for each in cut.rows]
    figures += [("received of its gain", money(gain - cut.amount))]
    (_, equity), *asked = margins(positions.figures(cut.cycle["sequence"]))
    figures += [("equity before the cut", equity), *asked]
    yield from aligned(figures)
    for held in positions.at(cut.cycle["sequence"]):
        yield from positions.position_lines(held)
        yield from prices.lines(held.contract, cut.cycle["sequence"])
    yield "   What came back"
    for each in cut.repayments:
        yield from step(each, f"{moment(each['time_ns'])}: {money(each['amount'])} (LOSS-05)")
    repaid = sum(each["amount"] for each in cut.repayments)
    came = money(repaid) if repaid else "nothing"
    yield f"{'':16}{came} of {money(cut.amount)}"


def _avoided(cut: Cut, shared: int) -> Iterator[str]:
    """Yield what would have avoided it."""
    yield f"With {money(shared)} more in layers 2 to 4 no gain would have been cut."
    if cut.before_ns:
        yield (
            f"Gains until the cycle before, of {clock(cut.before_ns)}, had been paid and were "
            "out of reach."
        )


def _why(cut: Cut, pack: PackRecord, by_layer: dict[Layer, int]) -> Iterator[str]:
    """Yield sentence by sentence where the loss came from, and who bore it."""
    platform = [each for each in cut.defaults if each["wallet"] == HouseWallet.PLATFORM]
    clients = len(cut.defaults) - len(platform)
    who = [plural(clients, "account")] if clients else []
    who += ["the platform, on positions it had taken over,"] if platform else []
    owed = sum(each["amount"] for each in cut.defaults)
    prefunded = sum(by_layer[layer] for layer in PREFUNDED)
    shared = sum(by_layer[layer] for layer in _SHARED)
    cause = CycleCause(cut.cycle["code"]).name.lower()
    cycle = f"Settlement cycle {cut.cycle['order_id']} ({cause})"
    yield f"{capital(' and '.join(who))} could not pay {money(owed)}."
    yield f"Layers 2 to 4 paid {money(prefunded)} of it; {money(shared)} was left."
    house = pack.config["house"]
    cap, rounds = house["vmgh_cap_ppb"], house["vmgh_rounds"]
    if not by_layer[Layer.TEAR_UP] and not by_layer[Layer.WIND_DOWN]:
        yield (
            f"{cycle} took it from the gains of all who had gained since the cycle before, in "
            "proportion (LOSS-02, LOSS-05)."
        )
    else:
        limits = [f"at most {Percent.text(cap)} of each"] if cap < PPB else []
        if rounds < _ROUNDS_ANY:
            limits.append(f"in at most {plural(rounds, 'cycle')} of a mark step")
        within = f", {' and '.join(limits)}" if limits else ""
        taken = money(by_layer[Layer.LOSS_SHARING]) if by_layer[Layer.LOSS_SHARING] else "nothing"
        yield (
            f"{cycle} took {taken} from the gains of all who had gained since the cycle before, "
            f"in proportion{within} (layer 5)."
        )
    if by_layer[Layer.TEAR_UP]:
        yield (
            f"{money(by_layer[Layer.TEAR_UP])} came from what was left of the gains of those "
            "whose positions were closed against the platform's (layer 6)."
        )
    if by_layer[Layer.WIND_DOWN]:
        yield (
            f"The last {money(by_layer[Layer.WIND_DOWN])} came from what was left of all gains, "
            "after every position had been closed at the mark (layer 7, LOSS-02)."
        )
    yield "What was paid in was not touched (LOSS-03). An account without a gain paid nothing."
