"""What docs/gate.md asks of a configuration: standing, products, the vault, monitors.

`proof.check_config` calls this after its own bounds are known to hold, and shares the three ways
of refusing that begin this module. Each `InputError` names the field, the numbers and the rule.
"""

from collections.abc import Sequence

from hkperp.config import (
    GRACE_NEVER_NS,
    METHODOLOGY,
    WATERFALL,
    Asset,
    Config,
    Contract,
    Limit,
)
from hkperp.quantities import AssetPrice, Duration, Percent
from hkperp_engine.codes import Alert, InvestorClass, ProductState, ReferenceStatus
from hkperp_engine.errors import InputError
from hkperp_engine.units import ASSET_PRICE_PPB_MAX, HOUSE_QUOTE_MAX, NS_PER_DAY, PPB

__all__ = ["between", "check_gate", "refuse", "unique"]

LIMITS_MAX = 8
VERSION_MAX = 2**31 - 1
#: A grace or a depeg longer than this never ends; times beyond it would pass 64 bits.
WAIT_NS_MAX = GRACE_NEVER_NS


def refuse(path: str, message: str, hint: str = "") -> InputError:
    """Return the mistake at a field, to be raised."""
    return InputError(message, path=path, hint=hint)


def between(path: str, value: int, low: int, high: int, what: str = "") -> None:
    """Raise `InputError` unless `value` is a whole number from low to high."""
    if type(value) is not int:
        raise refuse(path, f"{what or 'value'} {value!r} is not a whole number"[:200])
    if not low <= value <= high:
        told, least, most = (_written(path, each) for each in (value, low, high))
        raise refuse(path, f"{what + ' ' if what else ''}{told} is not from {least} to {most}")


def unique(path: str, names: Sequence[str]) -> None:
    """Raise `InputError` at the second use of a name."""
    for index, name in enumerate(names):
        if name in names[:index]:
            raise refuse(f"{path}[{index}].name", f"second one named {name}")


def _written(path: str, value: int) -> str:
    """Write a number as a scenario does, by the unit at the end of its field's name."""
    path = path.split("[")[-2] if path.endswith("]") else path
    if path.endswith(("price_ppb", "par_ppb", "depeg_ppb")):
        return AssetPrice.text(value)
    if path.endswith("_ppb"):
        return Percent.text(value)
    return Duration.text(value) if path.endswith("_ns") else f"{value:,}"


def check_gate(config: Config) -> None:
    """Return if what docs/gate.md asks holds; raise `InputError` if not. O(size)."""
    house = config.house
    between("house.agreement_version", house.agreement_version, 1, VERSION_MAX)
    _check_flag("house.counts_gains", house.counts_gains)
    for index, asset in enumerate(config.assets):
        _check_asset(f"assets[{index}]", asset, is_settlement=index == 0)
    for index, contract in enumerate(config.contracts):
        where = f"contracts[{index}]"
        _check_product(where, contract)
        _check_published(where, contract)
        _check_own_venue(where, contract)
        _check_margin(where, contract)
        _check_monitor(f"{where}.monitor", contract)
        between(f"{where}.funding.rate_step_ppb", contract.funding.rate_step_ppb, 0, PPB)
    _check_limits(config.limits, config.assets)


def _check_flag(path: str, value: bool) -> None:
    if type(value) is not bool:
        raise refuse(path, f"{value!r} is not true or false"[:200])


def _check_asset(where: str, asset: Asset, *, is_settlement: bool) -> None:
    """GAT-031 depeg, GAT-032 grace, GAT-034 settlement hours."""
    between(f"{where}.depeg_ppb", asset.depeg_ppb, 0, ASSET_PRICE_PPB_MAX)
    between(f"{where}.depeg_ns", asset.depeg_ns, 0, WAIT_NS_MAX)
    between(f"{where}.grace_ns", asset.grace_ns, 0, WAIT_NS_MAX)
    if is_settlement and asset.depeg_ppb:
        raise refuse(f"{where}.depeg_ppb", "the settlement currency has no peg to lose")
    for name in ("open_ns", "close_ns"):
        value, path = getattr(asset, name), f"{where}.{name}"
        between(path, value, 0, NS_PER_DAY)
        if value == NS_PER_DAY:
            raise refuse(path, "24h is the next day's midnight", "equal hours are the whole day")


def _check_product(where: str, contract: Contract) -> None:
    """PROD-01, PROD-05, PROD-07, REF-01: what a contract may never be, and begin as."""
    between(f"{where}.expiry_ns", contract.expiry_ns, 0, 2**63 - 1)
    if contract.expiry_ns:
        message = "PROD_HAS_EXPIRY: a perpetual contract has no maturity"
        raise refuse(f"{where}.expiry_ns", message, "PROD-01")
    _check_flag(f"{where}.is_inverse", contract.is_inverse)
    if contract.is_inverse:
        message = "PROD_SETTLEMENT_ASSET_INELIGIBLE: an inverse contract settles in its own asset"
        raise refuse(f"{where}.is_inverse", message, "PROD-07")
    for name, codes in (("product", ProductState), ("reference", ReferenceStatus)):
        value = getattr(contract, name)
        if value not in tuple(codes):
            raise refuse(f"{where}.{name}", f"{value!r} is not a {codes.__name__}"[:200])
    if contract.product == ProductState.DELISTED:
        raise refuse(f"{where}.product", "a venue does not begin with a delisted contract")
    trades = contract.product in (ProductState.LIVE, ProductState.REDUCE_ONLY)
    if trades and contract.reference != ReferenceStatus.ELIGIBLE:
        status = ReferenceStatus(contract.reference)
        code = "REF_INDEX_NOT_IOSCO"
        if status == ReferenceStatus.NOT_RETAIL:
            code = "REF_NOT_RETAIL_ELIGIBLE"
        message = f"{code}: {contract.name} is {ProductState(contract.product).name} and its "
        message += f"reference {status.name}"
        raise refuse(f"{where}.reference", message, "REF-01: begin with product DRAFT")


def _check_published(where: str, contract: Contract) -> None:
    """VAL-01, LOSS-01: a contract is settled by the formulas and the waterfall it was made for."""
    for name, own, rule in (
        ("methodology", METHODOLOGY, "VAL-01"),
        ("waterfall", WATERFALL, "LOSS-01"),
    ):
        made_for = getattr(contract, name)
        if made_for != own:
            message = f"made for {made_for!r}, this program has {own}"[:200]
            raise refuse(f"{where}.{name}", message, f"{rule}: a change is a new version")


def _check_own_venue(where: str, contract: Contract) -> None:
    """VAL-03: the weights, as configured, of all sources that are the operator's own market."""
    cap, total = contract.index.own_weight_max_ppb, 0
    between(f"{where}.index.own_weight_max_ppb", cap, 0, PPB // 2 - 1)
    for index, source in enumerate(contract.sources):
        _check_flag(f"{where}.sources[{index}].is_own_venue", source.is_own_venue)
        total += source.weight_ppb if source.is_own_venue else 0
        if source.is_own_venue and total > cap:
            message = f"the operator's own venue has {Percent.text(total)} of the index, at most "
            raise refuse(
                f"{where}.sources[{index}].weight_ppb", message + Percent.text(cap), "VAL-03"
            )


def _check_margin(where: str, contract: Contract) -> None:
    """GAT-050 class floors, GAT-051 concentration: no position may need more than its notional."""
    floors = contract.class_floors_ppb
    if floors and len(floors) != len(InvestorClass):
        message = f"{len(floors)} class floors, one for each of {len(InvestorClass)} classes"
        raise refuse(f"{where}.class_floors_ppb", message, "or none at all")
    for index, floor in enumerate(floors):
        path = f"{where}.class_floors_ppb[{index}]"
        between(path, floor, 0, PPB, f"floor of {InvestorClass(index).name}")
    if floors and floors[InvestorClass.NONE]:
        raise refuse(f"{where}.class_floors_ppb[0]", "class NONE may not trade and has no floor")
    rules = contract.concentration
    for name in ("addon_ppb", "oi_share_ppb", "depth_share_ppb"):
        between(f"{where}.concentration.{name}", getattr(rules, name), 0, PPB)
    between(f"{where}.concentration.floor_quote", rules.floor_quote, 0, HOUSE_QUOTE_MAX)
    highest = contract.tiers[-1].im_ppb
    needed = max(highest, *floors, 0) if floors else highest
    if rules.addon_ppb + needed > PPB:
        message = f"add-on {Percent.text(rules.addon_ppb)} and initial margin "
        message += f"{Percent.text(needed)} are above 100%"
        raise refuse(f"{where}.concentration.addon_ppb", message, "GAT-051")


def _check_monitor(path: str, contract: Contract) -> None:
    """GAT-062: bits of known alerts, and thresholds that say when each begins."""
    monitor = contract.monitor
    between(f"{path}.mask", monitor.mask, 0, (1 << len(Alert)) - 1)
    for name in ("alert_gap_ppb", "alert_dispersion_ppb", "halt_dispersion_ppb"):
        between(f"{path}.{name}", getattr(monitor, name), 0, PPB)


def _check_limits(limits: Sequence[Limit], assets: Sequence[Asset]) -> None:
    """GAT-036: known assets, each once, and caps within the house's bound."""
    between("limits", len(limits), 0, LIMITS_MAX, "number of limits")
    unique("limits", [limit.name for limit in limits])
    names = [asset.name for asset in assets]
    for index, limit in enumerate(limits):
        where = f"limits[{index}]"
        if not limit.assets:
            raise refuse(f"{where}.assets", f"limit {limit.name} is of no asset", "MRG-06")
        for place, name in enumerate(limit.assets):
            if name not in names:
                message = f"no asset is named {name}"[:200]
                raise refuse(f"{where}.assets[{place}]", message, "one of " + ", ".join(names))
            if name in limit.assets[:place]:
                raise refuse(f"{where}.assets[{place}]", f"second {name}")
        for name in ("pool_cap_quote", "client_cap_quote"):
            between(f"{where}.{name}", getattr(limit, name), 0, HOUSE_QUOTE_MAX - 1)
