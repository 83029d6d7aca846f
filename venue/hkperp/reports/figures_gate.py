"""The figures of a summary about standing, products and the vault, from the fold of a run.

As `figures`, which puts them into the result.
"""

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Any

import numpy as np

from hkperp.config import Config
from hkperp.reports.results import AssetResult
from hkperp.reports.tally import Tally
from hkperp_engine.codes import (
    Alert,
    AssetFlag,
    Event,
    HouseWallet,
    Posting,
    ProductState,
    ReferenceStatus,
)

__all__ = ["final_ticks", "gate_fields"]

#: What changes the flags of an asset, or its haircut.
_OF_ASSETS = (Event.ASSET_STATE, Event.SEG_BREAK, Event.RECONCILED, Event.ASSET_HAIRCUT)


def gate_fields(
    config: Config, tally: Tally, by_kind: Mapping[Event, np.ndarray]
) -> dict[str, Any]:
    """Return the fields of `PackResult` about what docs/gate.md adds. O(rows kept)."""
    began = by_kind[Event.ALERT][by_kind[Event.ALERT]["flags"] != 0]
    return {
        "products": _by_code(by_kind[Event.PRODUCT_STATE], ProductState),
        "references": _by_code(by_kind[Event.REFERENCE_STATUS], ReferenceStatus),
        "alerts": _by_code(began, Alert),
        "posted": {each.name: amount for each in Posting if (amount := tally.posted[each])},
        "assets": tuple(_assets(config, tally, by_kind)),
    }


def final_ticks(by_kind: Mapping[Event, np.ndarray], contract: int) -> int:
    """Return the price at which a delisted contract was settled, ticks; 0: it was not."""
    rows = by_kind[Event.FINAL_PRICE]
    rows = rows[rows["contract"] == contract]
    return int(rows["price_ticks"][-1]) if len(rows) else 0


def _by_code(rows: np.ndarray, codes: type[IntEnum]) -> dict[str, int]:
    """Count events by the code they carry."""
    counts = np.bincount(rows["code"], minlength=len(codes))
    return {each.name: int(counts[each]) for each in codes if counts[each]}


def _assets(
    config: Config, tally: Tally, by_kind: Mapping[Event, np.ndarray]
) -> Iterable[AssetResult]:
    """Yield what became of each asset: as configured, and then event after event."""
    rows = np.concatenate([by_kind[kind] for kind in _OF_ASSETS])
    rows = rows[np.argsort(rows["sequence"])]
    for number, asset in enumerate(config.assets):
        flags = AssetFlag.CONVERTIBLE * asset.is_convertible
        flags |= AssetFlag.LICENSED * asset.is_licensed
        haircut, missing = asset.haircut_ppb, 0
        fields = ["kind", "code", "amount"]
        for kind, code, amount in rows[rows["contract"] == number][fields].tolist():
            if kind == Event.ASSET_STATE:
                flags = code
            elif kind == Event.ASSET_HAIRCUT:
                haircut = amount
            elif kind == Event.SEG_BREAK:
                flags, missing = flags | AssetFlag.BROKEN, amount
            else:
                flags, missing = flags & ~AssetFlag.BROKEN, 0
        awaited = int(tally.ledger[HouseWallet.UNCLEARED, number])
        yield AssetResult(asset.name, awaited, haircut, int(flags), missing)
