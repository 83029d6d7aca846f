"""From the words of a scenario to the whole numbers of a venue: one `Config` per rule pack.

Nothing is rounded: a price that is not on a tick, a size that is not whole lots, an amount that is
not whole ticks times lots is a mistake, raised as ValueError. `origin` leads from a field of the
`Config` back to the place in the scenario that it came from, so that a proof that fails there can
point at the file.
"""

import re

from msgspec import UNSET, UnsetType

from hkperp.config import (
    GRACE_NEVER_NS,
    METHODOLOGY,
    WATERFALL,
    Asset,
    Concentration,
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    Limit,
    MarkRules,
    MonitorRules,
    OpenInterestDepth,
    Privilege,
    Source,
    Tier,
)
from hkperp.quantities import E8, Amount, Price, Size
from hkperp.scenario.gate import ClassCaps, ConcentrationRecord, OpenInterestDepthRecord
from hkperp.scenario.market import AssetRecord, ContractRecord, ContractRules, Pack
from hkperp.scenario.reference import status_of
from hkperp.scenario.strict_yaml import Path
from hkperp.scenario.whole import Scenario
from hkperp_engine import rules
from hkperp_engine.codes import Alert, AssetKind, InvestorClass, LossSharing, ProductState
from hkperp_engine.units import NS_PER_MINUTE, PPB

__all__ = ["config_of", "lots_of", "origin", "price_ticks", "rules_of", "tick_value", "worth"]

#: Ledger units of 1e-6 in one HKD; of 1e-8 by 1e-8 in one product of price and size.
_LEDGER = 10**6


def tick_value(contract: ContractRecord) -> int:
    """Return the ledger units that a lot gains per tick: tick times lot. Whole or ValueError."""
    units, rest = divmod(contract.tick * contract.lot * _LEDGER, E8 * E8)
    if rest or units < 1:
        tick, lot = Price.text(contract.tick), Size.text(contract.lot)
        raise ValueError(f"tick {tick} x lot {lot} is not a whole number >= 1 of ledger units")
    return units


def price_ticks(contract: ContractRecord, price: Price) -> int:
    """Return a price in HKD as whole ticks, or raise ValueError."""
    ticks, rest = divmod(price, contract.tick)
    if rest:
        raise ValueError(f"{Price.text(price)} is not a multiple of the tick")
    return ticks


def lots_of(contract: ContractRecord, size: Size) -> int:
    """Return a size as whole lots, or raise ValueError."""
    lots, rest = divmod(size, contract.lot)
    if rest:
        raise ValueError(f"{Size.text(size)} is not a multiple of the lot")
    return lots


def worth(contract: ContractRecord, amount: Amount) -> int:
    """Return an amount as ticks times lots of a contract, or raise ValueError."""
    units, rest = divmod(amount, tick_value(contract))
    if rest:
        raise ValueError(f"{Amount.text(amount)} is not whole ticks x lots")
    return units


def rules_of(pack: Pack, contract_name: str) -> ContractRules:
    """Return what a pack says about a contract."""
    return next(rules for rules in pack.contracts if rules.contract == contract_name)


def config_of(scenario: Scenario, pack: Pack) -> Config:
    """Return the venue of a scenario under one of its packs. ValueError: see the module."""
    house = pack.house
    return Config(
        house=House(
            start_ns=int(scenario.start),
            close_out_ppb=int(house.close_out),
            loss_sharing=LossSharing[house.loss_sharing],
            vmgh_cap_ppb=int(house.vmgh_cap),
            vmgh_rounds=house.vmgh_rounds,
            sample_interval_ns=int(house.sample_interval),
            cycle_interval_ns=int(house.cycle_interval),
            counts_gains=house.counts_gains,
            agreement_version=house.agreement,
        ),
        contracts=tuple(
            _contract(record, rules_of(pack, record.name), int(scenario.start))
            for record in scenario.contracts
        ),
        assets=tuple(_asset(record) for record in scenario.assets),
        orders=_orders(scenario),
        privileges=tuple(
            Privilege(each.name, each.disclosure or "") for each in scenario.privileges
        ),
        limits=tuple(
            Limit(
                name=each.name,
                assets=each.assets,
                pool_cap_quote=int(each.pool_cap),
                client_cap_quote=int(each.client_cap),
            )
            for each in scenario.limits
        ),
    )


def _orders(scenario: Scenario) -> rules.BookRules:
    record = scenario.orders
    return rules.BookRules(
        triggers_max=record.triggers_max,
        open_orders_max=record.open_orders_max,
        messages_max=record.messages_max,
        message_window_ns=int(record.message_window),
        day_start_ns=int(record.day_start),
        rate_exempt=any(each.name == "rate_exempt" for each in scenario.privileges),
    )


def _trading(record: ContractRecord) -> rules.ContractRules:
    trading = record.trading
    return rules.ContractRules(
        order_lots_max=lots_of(record, trading.order_max) if trading.order_max else 0,
        order_notional_max=worth(record, trading.order_value_max or Amount(0)),
        price_band_ppb=int(trading.price_band),
        volatility_ppb=int(trading.volatility),
        lookback_ns=int(trading.lookback),
        pause_ns=int(trading.pause),
    )


def _asset(record: AssetRecord) -> Asset:
    return Asset(
        name=record.name,
        kind=AssetKind[record.kind],
        price_ppb=int(record.price),
        par_ppb=int(record.par),
        haircut_ppb=int(record.haircut),
        conversion_haircut_ppb=int(record.conversion_haircut),
        is_convertible=record.convertible,
        is_licensed=record.licensed,
        depeg_ppb=int(record.depeg.below) if record.depeg else 0,
        depeg_ns=int(record.depeg.for_) if record.depeg else 15 * NS_PER_MINUTE,
        grace_ns=GRACE_NEVER_NS if record.grace is None else int(record.grace),
        open_ns=int(record.hours.open) if record.hours else 0,
        close_ns=int(record.hours.close) if record.hours else 0,
    )


def _contract(record: ContractRecord, terms: ContractRules, start_ns: int) -> Contract:
    return Contract(
        name=record.name,
        tick_value=tick_value(record),
        price_ticks_max=price_ticks(record, record.price_max),
        lots_max=lots_of(record, record.position_max),
        oi_cap_lots=lots_of(record, record.open_interest_cap),
        tiers=tuple(
            Tier(int(tier.floor), int(tier.initial), int(tier.maintenance)) for tier in terms.tiers
        ),
        sources=tuple(
            Source(source.name, int(source.weight), int(source.age_max), source.own)
            for source in record.sources
        ),
        index=_index(record),
        mark=MarkRules(
            band_ppb=int(record.mark.band),
            basis_window_ns=int(record.mark.basis_window),
            basis_samples_min=record.mark.basis_samples_min,
        ),
        funding=_funding(record),
        maker_fee_ppb=int(terms.maker_fee),
        taker_fee_ppb=int(terms.taker_fee),
        liquidation_fee_ppb=int(terms.liquidation_fee),
        collar_ppb=int(terms.collar),
        liquidation_collar_ppb=int(terms.liquidation_collar),
        participation_ppb=int(terms.participation),
        buffer_ppb=int(terms.buffer),
        margin_asset=record.margin_asset,
        trading=_trading(record),
        class_floors_ppb=_class_floors(terms.leverage_max),
        concentration=_concentration(terms.concentration),
        monitor=MonitorRules(
            mask=sum(1 << Alert[each] for each in set(record.monitor.watch)),
            alert_gap_ppb=int(record.monitor.gap),
            alert_dispersion_ppb=int(record.monitor.dispersion),
            halt_dispersion_ppb=int(record.monitor.halt_dispersion),
        ),
        product=ProductState[record.product],
        reference=status_of(record.reference, start_ns),
        expiry_ns=int(record.expiry or 0),
        is_inverse=record.inverse,
        methodology=METHODOLOGY if record.methodology is None else record.methodology,
        waterfall=WATERFALL if record.waterfall is None else record.waterfall,
        oi_fund_multiple=int(terms.fund_multiple),
        oi_depth=_depth(record, terms.open_interest_depth),
        inventory_lots_max=_lots_or_none(record, terms.inventory_max),
        backstop_discount_ppb=int(terms.backstop_discount),
        **_holder_limits(record),
    )


def _lots_or_none(record: ContractRecord, size: Size | None) -> int:
    """Return a limit in lots; 0 if there is none."""
    return 0 if size is None else lots_of(record, size)


def _holder_limits(record: ContractRecord) -> dict[str, int]:
    """Return the fields of `Contract` that limit an account and a group (DFT-010)."""
    found = {
        "client_lots_max": _lots_or_none(record, record.client_position_max),
        "group_lots_max": _lots_or_none(record, record.group_position_max),
    }
    if each := record.open_interest_share:
        found["oi_share_ppb"] = int(each.share)
        found["oi_share_floor_lots"] = lots_of(record, each.floor)
    return found


def _depth(
    record: ContractRecord, depth: OpenInterestDepthRecord | None
) -> OpenInterestDepth | UnsetType:
    """Return the cap of open interest against depth; unset if there is none (DFT-011)."""
    if depth is None:
        return UNSET
    return OpenInterestDepth(multiple=int(depth.multiple), floor_lots=lots_of(record, depth.floor))


def _class_floors(caps: ClassCaps) -> tuple[int, ...]:
    """Return the least initial margin of each class, ppb: the cap turned over, rounded up.

    5x is 20 %, 3x is 33.3333334 %; without any cap there is no floor at all.
    """
    given = {name: getattr(caps, name.lower(), None) for name in InvestorClass.__members__}
    if not any(given.values()):
        return ()
    # Leverage is in hundredths: 100 of them are once the margin.
    return tuple(-(-100 * PPB // int(cap)) if cap else 0 for cap in given.values())


def _concentration(record: ConcentrationRecord | None) -> Concentration:
    if record is None:
        return Concentration()
    return Concentration(
        addon_ppb=int(record.addon),
        floor_quote=int(record.floor),
        oi_share_ppb=int(record.open_interest_share),
        depth_share_ppb=int(record.depth_share),
    )


def _index(record: ContractRecord) -> IndexRules:
    return IndexRules(
        source_min=record.index.sources_min,
        deviation_max_ppb=int(record.index.deviation_max),
        weight_max_ppb=int(record.index.weight_max),
        hold_ns=int(record.index.hold),
        median_ns=int(record.index.median),
        median_band_ppb=int(record.index.median_band),
        is_weighted_mean=record.index.method == "weighted-mean",
        own_weight_max_ppb=int(record.index.own_weight_max),
    )


def _funding(record: ContractRecord) -> FundingRules:
    return FundingRules(
        interval_ns=int(record.funding.interval),
        interest_ppb=int(record.funding.interest),
        interest_band_ppb=int(record.funding.interest_band),
        rate_cap_ppb=int(record.funding.rate_cap),
        rate_step_ppb=int(record.funding.rate_step),
        impact_notional=worth(record, record.funding.impact_notional),
    )


# Where a field of the Config stands in a scenario: below its contract or its pack's rules.
_OF_CONTRACT = {
    "tick_value": "tick",
    "price_ticks_max": "price_max",
    "lots_max": "position_max",
    "oi_cap_lots": "open_interest_cap",
    "margin_asset": "margin_asset",
    "sources": "sources",
    "index": "index",
    "mark": "mark",
    "funding": "funding",
    "trading": "trading",
    "monitor": "monitor",
    "product": "product",
    "reference": "reference",
    "expiry_ns": "expiry",
    "is_inverse": "inverse",
    "methodology": "methodology",
    "waterfall": "waterfall",
    "client_lots_max": "client_position_max",
    "group_lots_max": "group_position_max",
    "oi_share_ppb": "open_interest_share",
    "oi_share_floor_lots": "open_interest_share",
    "name": "name",
}
#: Fields of an asset that stand one deeper in a scenario.
_OF_ASSET = {
    "depeg_ppb": ("depeg", "below"),
    "depeg_ns": ("depeg", "for"),
    "open_ns": ("hours", "open"),
    "close_ns": ("hours", "close"),
}
_RENAMED = {
    "weight_ppb": "weight",
    "age_max_ns": "age_max",
    "source_min": "sources_min",
    "is_weighted_mean": "method",
    "im_ppb": "initial",
    "mm_ppb": "maintenance",
    "loss_sharing": "loss_sharing",
    "impact_notional": "impact_notional",
    "basis_samples_min": "basis_samples_min",
    "order_lots_max": "order_max",
    "order_notional_max": "order_value_max",
    "disclosure_id": "disclosure",
    "agreement_version": "agreement",
    "class_floors_ppb": "leverage_max",
    "oi_share_ppb": "open_interest_share",
    "mask": "watch",
    "oi_fund_multiple": "fund_multiple",
    "oi_depth": "open_interest_depth",
    "floor_lots": "floor",
    "inventory_lots_max": "inventory_max",
    "is_own_venue": "own",
    "alert_gap_ppb": "gap",
    "alert_dispersion_ppb": "dispersion",
}
_PART = re.compile(r"[A-Za-z_]+|[0-9]+")


def origin(config_path: str, scenario: Scenario, pack_index: int) -> Path:
    """Return the place in the scenario of a field of the `Config`, such as `house.start_ns`."""
    parts: Path = tuple(
        int(part) if part.isdigit() else part for part in _PART.findall(config_path)
    )
    if parts[:1] == ("house",):
        if parts[1:2] == ("start_ns",):
            return ("start",)
        return ("packs", pack_index, "house", *_words(parts[1:]))
    if parts[:1] == ("assets",) and parts[2:3] and str(parts[2]) in _OF_ASSET:
        return (*parts[:2], *_OF_ASSET[str(parts[2])])
    if parts[:1] != ("contracts",) or len(parts) < 3:
        return _words(parts)
    index, name = parts[1], parts[2]
    if name in _OF_CONTRACT:
        return ("contracts", index, _OF_CONTRACT[str(name)], *_words(parts[3:]))
    pack = scenario.packs[pack_index]
    wanted = scenario.contracts[int(index)].name
    rules = [each.contract for each in pack.contracts].index(wanted)
    return ("packs", pack_index, "contracts", rules, *_words(parts[2:]))


def _words(parts: Path) -> Path:
    """Names as a scenario writes them: without the unit, which stands beside its numbers."""
    found: list[str | int] = []
    for part in parts:
        if isinstance(part, str):
            part = _RENAMED.get(part, re.sub(r"_(ppb|ns|quote)$", "", part))
        found.append(part)
    return tuple(found)
