"""Random terms of gate, vault and default for a venue of the flow; each is often off."""

from copy import copy
from random import Random
from typing import Any

from msgspec import UNSET, UnsetType

from hkperp.config import (
    GRACE_NEVER_NS,
    Asset,
    Concentration,
    Limit,
    MonitorRules,
    OpenInterestDepth,
)
from hkperp_engine.codes import Alert, AssetKind, ProductState, ReferenceStatus

SECOND = 1_000_000_000
PPB = 1_000_000_000
MILLION = 1_000_000
DAY = 86_400 * SECOND
EVERYTHING = sum(1 << alert for alert in Alert)


def floors(chance: Random) -> tuple[int, ...]:
    """Least initial margin by class, often none: 10x, 5x and odd ones (GAT-050)."""
    if chance.random() < 0.5:
        return ()
    rates = [0, 0, 80, 100, 200, 333]
    found = [chance.choice(rates) * MILLION + chance.choice([0, 0, 7]) for _ in range(5)]
    return (0, *found)


def concentration(chance: Random, lot_quote: int) -> Concentration:
    """An add-on that begins at few lots; one of the shares may be left out (GAT-051)."""
    if chance.random() < 0.5:
        return Concentration()
    return Concentration(
        addon_ppb=chance.choice([1, 20 * MILLION, 100 * MILLION]),
        floor_quote=lot_quote * chance.choice([0, 1, 5, 40]) + chance.choice([0, 1]),
        oi_share_ppb=chance.choice([0, 10, 100, 300]) * MILLION,
        depth_share_ppb=chance.choice([0, 50, 250, 1_000]) * MILLION,
    )


def monitor(chance: Random, is_watched: bool) -> MonitorRules:
    """What is watched, thresholds that prices pass often; a halt in few (GAT-062)."""
    if not is_watched and chance.random() < 0.5:
        return MonitorRules()
    return MonitorRules(
        mask=EVERYTHING if chance.random() < 0.6 else chance.randint(0, EVERYTHING),
        alert_gap_ppb=chance.choice([0, 1, 3, 8]) * MILLION,
        alert_dispersion_ppb=chance.choice([0, 1, 3, 30]) * MILLION,
        halt_dispersion_ppb=chance.choice([0, 0, 0, 0, 100, 200]) * MILLION,
    )


def product(chance: Random, number: int) -> ProductState:
    """Mostly live; some that are still to be approved, or being wound down (GAT-020)."""
    if number == 0 or chance.random() < 0.5:
        return ProductState.LIVE
    begins = (ProductState.DRAFT, ProductState.SUBMITTED, ProductState.APPROVED)
    return chance.choice([ProductState.DRAFT, *begins, ProductState.REDUCE_ONLY])


def reference(chance: Random, begun: ProductState) -> ReferenceStatus:
    """What the reference lacks; only a contract that is not live may lack something."""
    if begun in (ProductState.LIVE, ProductState.REDUCE_ONLY) or chance.random() < 0.6:
        return ReferenceStatus.ELIGIBLE
    return chance.choice([ReferenceStatus.NOT_RETAIL, ReferenceStatus.INDEX_NOT_IOSCO])


def hours(chance: Random) -> dict[str, int]:
    """Settlement hours, mostly always; the flow begins at midnight, some pass over it."""
    if chance.random() < 0.7:
        return {}
    opens, closes = chance.sample([0, 10, 100, 600, 2_000, 80_000], 2)
    return {"open_ns": opens * SECOND, "close_ns": closes * SECOND}


def watched(chance: Random, price_ppb: int = PPB) -> dict[str, int]:
    """Depeg and grace, each off in many assets (GAT-031, GAT-032)."""
    return {
        "depeg_ppb": price_ppb // 1_000 * chance.choice([0, 950, 990, 1_000]),
        "depeg_ns": chance.choice([0, 1, 5, 30]) * SECOND,
        "grace_ns": chance.choice([0, 10 * SECOND, 60 * SECOND, GRACE_NEVER_NS]),
        **hours(chance),
    }


def assets(chance: Random) -> tuple[Asset, ...]:
    """HKD, a stablecoin, a tokenised deposit, something that is not margin, at times others."""
    haircut = chance.choice([0, 20, 100]) * MILLION
    made = [
        Asset(name="HKD", kind=AssetKind.FIAT, **(hours(chance) if chance.random() < 0.3 else {})),
        Asset(
            name="COIN",
            kind=AssetKind.STABLECOIN,
            haircut_ppb=haircut,
            conversion_haircut_ppb=haircut // chance.choice([1, 2]),
            **watched(chance),
        ),
        Asset(
            name="DEPOSIT",
            kind=AssetKind.TOKENISED_DEPOSIT,
            haircut_ppb=7,
            **watched(chance),
        ),
        Asset(name="BTC", kind=AssetKind.INELIGIBLE, price_ppb=900 * PPB, par_ppb=0),
    ]
    if chance.random() < 0.3:
        made.append(
            Asset(
                name="ROGUE",
                kind=chance.choice([AssetKind.STABLECOIN, AssetKind.TOKENISED_DEPOSIT]),
                is_licensed=False,
                **watched(chance),
            )
        )
    if chance.random() < 0.5:
        price = 7_812_345_678
        made.append(
            Asset(
                name="USD",
                kind=AssetKind.FIAT,
                price_ppb=price,
                par_ppb=0,
                haircut_ppb=33_333_333,
                conversion_haircut_ppb=11_111_111,
                **watched(chance, price),
            )
        )
    return tuple(made)


def limits(chance: Random, names: list[str], lot_quote: int) -> tuple[Limit, ...]:
    """None to three limits on sets of assets, of some hundred lots' margin (GAT-036)."""
    made = []
    if chance.random() < 0.15:
        pool, client = chance.choice([0, 2_000]), chance.choice([30, 300])
        caps = {"pool_cap_quote": lot_quote * pool, "client_cap_quote": lot_quote * client}
        made.append(Limit(name="cash", assets=(names[0],), **caps))
    for number in range(chance.choice([0, 0, 1, 2, 3])):
        held = chance.sample(names[1:], chance.randint(1, len(names) - 1))
        made.append(
            Limit(
                name=f"limit{number}",
                assets=tuple(held),
                pool_cap_quote=lot_quote * chance.choice([0, 20, 300]) + chance.choice([0, 1]),
                client_cap_quote=lot_quote * chance.choice([0, 3, 30]),
            )
        )
    return tuple(made)


def sharing_rules(law: Random, is_last: bool) -> dict[str, int]:
    """How much of a gain layer 5 may take and how often; half of the venues have no limit.

    `is_last`: it gives nothing, so that losses go further.
    """
    caps, rounds = (PPB, 500 * MILLION, 50 * MILLION, 1), (2**31 - 1, 2, 1)
    return {
        "vmgh_cap_ppb": 1 if is_last else law.choices(caps, (55, 15, 20, 10))[0],
        "vmgh_rounds": law.choices(rounds, (70, 15, 15))[0],
    }


def contract_limits(law: Random, lots_max: int, is_last: bool) -> dict[str, Any]:
    """Limits of accounts, groups, open interest and the platform (DFT-010 to DFT-021).

    `is_last`: the platform takes next to nothing, so that there is little to tear up.
    """
    # Drawn apart: everything else is what it would be without it.
    depth = Random(f"depth {copy(law).getrandbits(64)}")
    inventories = (1,) if is_last else (0, 0, 0, 5, 20, 100)
    return {
        "client_lots_max": law.choice((0, 0, 0, lots_max, 150)),
        "group_lots_max": law.choice((0, 0, 0, 150, 400, 1_000)),
        "oi_share_ppb": law.choice((0, 0, 0, 0, 200, 400)) * MILLION,
        "oi_share_floor_lots": law.choice((40, 100, 200)),
        "oi_fund_multiple": law.choice((0, 0, 0, 0, 50_000, 200_000, 2_000_000, 20_000_000)),
        "oi_depth": depth_cap(depth),
        "inventory_lots_max": law.choice(inventories),
        "backstop_discount_ppb": law.choice((0, 5, 20, 200)) * MILLION,
    }


def depth_cap(chance: Random) -> OpenInterestDepth | UnsetType:
    """Open interest against depth, in few contracts; the floor is what often holds (DFT-011)."""
    if chance.random() < 0.75:
        return UNSET
    multiple, floor_lots = chance.choice(
        ((1, 400), (150, 150), (2_500, 60), (10_000, 150), (10**9, 100))
    )
    return OpenInterestDepth(multiple=multiple, floor_lots=floor_lots)
