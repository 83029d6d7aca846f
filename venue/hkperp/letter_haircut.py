"""A gain that was cut, in a letter: the loss, who bore what of it, and this account's share.

Layers 5, 6 and 7 of the waterfall take from gains only (docs/default.md section 4); each that took
something of this gain has a line of its own. Amounts are exact.
"""

from collections.abc import Iterator

from hkperp.decisions import Cut
from hkperp.letter_parts import aligned, capital, wrapped
from hkperp.quantities import Percent
from hkperp.run_folder import PackRecord
from hkperp.wording import moment, money, plural
from hkperp_engine.codes import CycleCause, HouseWallet, Layer
from hkperp_engine.units import PPB

__all__ = ["cut_lines"]

#: As many cycles of a mark step as there may be: no limit.
_ROUNDS_ANY = 2**31 - 1
_PREFUNDED = (Layer.FIRST_LOSS, Layer.RESERVE, Layer.SECOND_TRANCHE)
_SHARED = (Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN)


def cut_lines(cut: Cut, pack: PackRecord) -> Iterator[str]:
    """Yield the title of a haircut, then its lines. `pack`: the rules it happened under."""
    row = cut.row
    gain = row["counter_order_id"]
    by_layer = {
        layer: sum(each["amount"] for each in cut.allocations if each["code"] == layer)
        for layer in (*_PREFUNDED, *_SHARED)
    }
    yield f"Haircut at {moment(row['time_ns'])}"
    yield from wrapped(" ".join(_why(cut, pack, by_layer)))
    yield f"   What went in ({row['sequence']:,}, loss {row['order_id']})"
    figures = [
        ("gain of this account", money(gain)),
        (f"gains of the {plural(cut.accounts, 'account')} cut", money(cut.gains)),
        ("loss shared among them", money(sum(by_layer[layer] for layer in _SHARED))),
        ("this account's share of the loss", money(cut.amount)),
    ]
    if len(cut.rows) > 1:
        figures += [(f"  of layer {each['code']}", money(each["amount"])) for each in cut.rows]
    figures += [
        ("received of its gain", money(gain - cut.amount)),
        ("paid back since", money(cut.repaid)),
    ]
    yield from aligned(figures)


def _why(cut: Cut, pack: PackRecord, by_layer: dict[Layer, int]) -> Iterator[str]:
    """Yield sentence by sentence where the loss came from, and who bore it."""
    platform = [each for each in cut.defaults if each["wallet"] == HouseWallet.PLATFORM]
    clients = len(cut.defaults) - len(platform)
    who = [plural(clients, "account")] if clients else []
    who += ["the platform, on positions it had taken over,"] if platform else []
    owed = sum(each["amount"] for each in cut.defaults)
    prefunded = sum(by_layer[layer] for layer in _PREFUNDED)
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
