"""The figures of a summary about what went wrong: notices, backstops, the last layers.

As `figures`, which puts them into the result; docs/default.md says what each event means.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from hkperp.config import Config
from hkperp.scenario.expectations import NoticeLevel
from hkperp_engine.codes import Event, Explain, HouseWallet, Layer

__all__ = ["OWN_MARGIN_KINDS", "default_fields", "oi_cap", "own_margin", "own_margin_used"]
__all__ += ["passed_on_ns"]

#: What `own_margin` reads: explanations, defaults, and ways out of a position that is taken over;
#: a deleveraging names the defaulter as the other side.
OWN_MARGIN_KINDS = (
    *(Event.EXPLAIN, Event.DEFAULT),
    *(Event.TAKEOVER, Event.BACKSTOP, Event.DELEVERAGE),
)


def default_fields(by_kind: Mapping[Event, np.ndarray]) -> dict[str, Any]:
    """Return the fields of `PackResult` about notices and layers 5 to 7. O(rows kept)."""
    cuts, given = by_kind[Event.HAIRCUT]["code"], by_kind[Event.MARGIN_NOTICE]["code"]
    counts = {each.name: int((cuts == each).sum()) for each in Layer}
    levels = {each.name: int((given == each).sum()) for each in NoticeLevel}
    allocated = by_kind[Event.ALLOCATION]["code"]
    return {
        "haircuts_by_layer": {name: count for name, count in counts.items() if count},
        "notices": {name: count for name, count in levels.items() if count},
        "wound_down": int((allocated == Layer.WIND_DOWN).sum()),
    }


def oi_cap(config: Config, by_kind: Mapping[Event, np.ndarray], contract: int) -> int:
    """Return how much open interest a contract may have at the end, lots (DFT-011)."""
    rows = by_kind[Event.OI_CAP]
    rows = rows[rows["contract"] == contract]
    return int(rows["amount"][-1]) if len(rows) else config.contracts[contract].oi_cap_lots


def passed_on_ns(by_kind: Mapping[Event, np.ndarray], layer: Layer) -> int:
    """Return when a loss first went on from layer 5 or 6 to a later one, ns; 0: never."""
    rows = by_kind[Event.ALLOCATION]
    later = rows["time_ns"][rows["code"] > layer]
    return int(later[0]) if len(later) else 0


def own_margin_used(by_kind: Mapping[Event, np.ndarray]) -> int:
    """Return what defaulters themselves paid of their losses, quote: `own_margin` of a run."""
    rows = np.concatenate([by_kind[kind] for kind in OWN_MARGIN_KINDS])
    return own_margin(rows[np.argsort(rows["sequence"])])


def own_margin(rows: Iterable[Any]) -> int:
    """Return what defaulters themselves paid of their losses, quote: loss less deficit, of each.

    `rows`: the events of OWN_MARGIN_KINDS in order. Loss and equity are in the explanation that
    goes before. Who is taken over with no equity left and no DEFAULT had a margin that covered the
    loss, exactly or because its assets fetched more than they had counted, and paid all of it. The
    platform has no margin of its own, it takes over.
    """
    known: dict[int, dict[int, int]] = {}
    paid = 0
    for row in rows:
        kind, wallet = row["kind"], int(row["wallet"])
        if kind == Event.EXPLAIN:
            known.setdefault(wallet, {})[int(row["code"])] = int(row["amount"])
            continue
        if kind == Event.DELEVERAGE:
            wallet = int(row["counter_wallet"])
        inputs = known.pop(wallet, {})
        if kind == Event.DEFAULT and wallet >= HouseWallet.CLIENTS:
            paid -= inputs[Explain.VARIATION] + int(row["amount"])
        elif inputs.get(Explain.EQUITY, 1) <= 0:
            paid -= inputs[Explain.VARIATION]
    return paid
