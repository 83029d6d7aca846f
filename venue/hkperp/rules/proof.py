"""Is this venue allowed, and can its arithmetic be proved to stay within 64 bits?

`check_config` answers before anything is allocated, with Python's unlimited integers: the bounds
of FORMULAS section 1, what docs/rates.md section 7 refuses, and the rules that a product must
obey. It returns or raises `InputError`, naming the field (`path`), the numbers, and the rule.
"""

from collections.abc import Sequence

from hkperp.config import Asset, Config, Contract, House, Tier
from hkperp.quantities import Amount, Duration, Percent
from hkperp.rules.proof_default import check_default
from hkperp.rules.proof_gate import between, check_gate, refuse, unique
from hkperp_engine.codes import AssetKind, LossSharing
from hkperp_engine.units import (
    ASSET_PRICE_PPB_MAX,
    HOUSE_QUOTE_MAX,
    INT64_MAX,
    LOTS_MAX,
    NOTIONAL_QUOTE_MAX,
    NS_PER_DAY,
    NS_PER_MS,
    PPB,
    PRICE_TICKS_MAX,
)

__all__ = ["check_config"]

ASSETS_MAX = CONTRACTS_MAX = TIERS_MAX = SOURCES_MAX = 8
BASIS_SAMPLES_MAX = 30
AGE_MAX_NS = 366 * NS_PER_DAY
#: What may favour the affiliated market maker: fields of BookRules.
PRIVILEGES = ("rate_exempt",)
_AFMM_04 = "AFMM_UNDISCLOSED_PRIVILEGE: name it under privileges with its disclosure_id, AFMM-04"
#: What a contract may be margined and settled in (MRG-01, PROD-07).
_ELIGIBLE = (AssetKind.FIAT, AssetKind.STABLECOIN, AssetKind.TOKENISED_DEPOSIT)


def check_config(config: Config) -> None:
    """Return if a venue of this configuration can run; raise `InputError` if not."""
    between("contracts", len(config.contracts), 1, CONTRACTS_MAX, "number of contracts")
    between("assets", len(config.assets), 1, ASSETS_MAX, "number of assets")
    unique("contracts", [contract.name for contract in config.contracts])
    unique("assets", [asset.name for asset in config.assets])
    _check_house(config.house)
    for index, asset in enumerate(config.assets):
        _check_asset(f"assets[{index}]", asset)
    _check_settlement_currency(config.assets[0])
    for index, contract in enumerate(config.contracts):
        where = f"contracts[{index}]"
        _check_margin_asset(f"{where}.margin_asset", contract, config.assets)
        _check_bounds(where, contract)
        _check_tiers(f"{where}.tiers", contract.tiers)
        _check_rates(where, contract)
        _check_index(where, contract)
        _check_mark_and_funding(where, contract, config.house)
        _check_trading(f"{where}.trading", contract)
    _check_house_total(config.contracts)
    _check_orders(config)
    check_gate(config)
    check_default(config)


def _percent(ppb: int) -> str:
    return Percent.text(ppb)


def _check_house(house: House) -> None:
    between("house.start_ns", house.start_ns, 0, INT64_MAX // 4)
    # A close-out margin of 100 % of the maintenance margin leaves no room to reduce (MRG-09).
    between("house.close_out_ppb", house.close_out_ppb, 1, PPB, "close-out margin")
    if house.loss_sharing not in tuple(LossSharing):
        raise refuse("house.loss_sharing", f"{house.loss_sharing!r} is not VMGH or ADL")
    for name in ("sample_interval_ns", "cycle_interval_ns"):
        interval = getattr(house, name)
        between(f"house.{name}", interval, NS_PER_MS, NS_PER_DAY)
        if interval % NS_PER_MS:
            raise refuse(f"house.{name}", f"{interval:,} ns is not whole milliseconds")


def _check_trading(where: str, contract: Contract) -> None:
    """Refuse trading rules out of range (docs/book.md section 13)."""
    rules = contract.trading
    between(f"{where}.order_lots_max", rules.order_lots_max, 0, LOTS_MAX)
    between(f"{where}.order_notional_max", rules.order_notional_max, 0, INT64_MAX // 2)
    for name in ("price_band_ppb", "volatility_ppb"):
        between(f"{where}.{name}", getattr(rules, name), 0, PPB)
    for name in ("lookback_ns", "pause_ns"):
        between(f"{where}.{name}", getattr(rules, name), NS_PER_MS * 1_000, 31 * NS_PER_DAY)


def _check_orders(config: Config) -> None:
    """Refuse rules of the books out of range, and privileges that nobody was told of (AFMM-04)."""
    rules = config.orders
    between("orders.triggers_max", rules.triggers_max, 1, LOTS_MAX)
    for name in ("open_orders_max", "messages_max"):
        between(f"orders.{name}", getattr(rules, name), 0, LOTS_MAX)
    between("orders.message_window_ns", rules.message_window_ns, 1, NS_PER_DAY)
    between("orders.day_start_ns", rules.day_start_ns, 0, NS_PER_DAY - 1)
    disclosed = set()
    for index, privilege in enumerate(config.privileges):
        where = f"privileges[{index}]"
        if privilege.name not in PRIVILEGES:
            hint = f"one of {', '.join(PRIVILEGES)}"
            raise refuse(f"{where}.name", f"no such privilege: {privilege.name!r}"[:200], hint)
        if not privilege.disclosure_id.strip():
            raise refuse(f"{where}.disclosure_id", f"{privilege.name} is not disclosed", _AFMM_04)
        disclosed.add(privilege.name)
    for name in PRIVILEGES:
        if getattr(rules, name) and name not in disclosed:
            raise refuse(f"orders.{name}", "the affiliate's privilege is not disclosed", _AFMM_04)


def _check_asset(where: str, asset: Asset) -> None:
    if asset.kind not in tuple(AssetKind):
        raise refuse(f"{where}.kind", f"no such kind of asset: {asset.kind!r}"[:200])
    between(f"{where}.price_ppb", asset.price_ppb, 1, ASSET_PRICE_PPB_MAX)
    between(f"{where}.par_ppb", asset.par_ppb, 0, ASSET_PRICE_PPB_MAX)
    between(f"{where}.haircut_ppb", asset.haircut_ppb, 0, PPB)
    conversion = asset.conversion_haircut_ppb
    between(f"{where}.conversion_haircut_ppb", conversion, 0, PPB)
    if conversion > asset.haircut_ppb:
        message = f"conversion haircut {_percent(conversion)} is above the haircut "
        message += _percent(asset.haircut_ppb)
        hint = "margin could not be turned into what it was counted for; FORMULAS section 2"
        raise refuse(f"{where}.conversion_haircut_ppb", message, hint)
    if asset.is_convertible and conversion == PPB:
        raise refuse(f"{where}.conversion_haircut_ppb", "converts into nothing", "below 100 %")


def _check_settlement_currency(asset: Asset) -> None:
    if asset.kind != AssetKind.FIAT:
        message = f"{asset.name} is {AssetKind(asset.kind).name}, asset 0 must be FIAT"
        raise refuse("assets[0].kind", message, "PROD_SETTLEMENT_ASSET_INELIGIBLE, PROD-07")
    if (asset.price_ppb, asset.par_ppb) != (PPB, PPB):
        raise refuse("assets[0].price_ppb", "the settlement currency is worth exactly 1 of itself")
    if asset.haircut_ppb or asset.conversion_haircut_ppb:
        raise refuse("assets[0].haircut_ppb", "the settlement currency has no haircut")
    for name in ("is_convertible", "is_licensed"):
        if not getattr(asset, name):
            raise refuse(f"assets[0].{name}", f"the settlement currency {name.replace('_', ' ')}")


def _check_margin_asset(path: str, contract: Contract, assets: Sequence[Asset]) -> None:
    kinds = {asset.name: asset.kind for asset in assets}
    name = contract.margin_asset
    if name not in kinds:
        raise refuse(path, f"no asset is named {name}"[:200], "one of " + ", ".join(kinds))
    if kinds[name] not in _ELIGIBLE:
        message = f"PROD_SETTLEMENT_ASSET_INELIGIBLE: {name} is not fiat, HKD stablecoin or "
        message += "tokenised deposit"
        raise refuse(path, message, "PROD-07, MRG-01")
    if name != assets[0].name:
        raise refuse(
            path, f"settles in {name}, asset 0 is {assets[0].name}", "one currency so far"
        )


def _check_bounds(where: str, contract: Contract) -> None:
    """FORMULAS section 1: no product of price, quantity and tick value leaves its bound."""
    value, price, lots = contract.tick_value, contract.price_ticks_max, contract.lots_max
    between(f"{where}.tick_value", value, 1, NOTIONAL_QUOTE_MAX, "tick value")
    between(f"{where}.price_ticks_max", price, 1, PRICE_TICKS_MAX, "highest price in ticks")
    between(f"{where}.lots_max", lots, 1, LOTS_MAX, "largest position in lots")
    between(f"{where}.oi_cap_lots", contract.oi_cap_lots, 1, INT64_MAX // 2, "cap in lots")
    if price * lots * value > NOTIONAL_QUOTE_MAX:
        message = f"price_ticks_max {price:,} x lots_max {lots:,} x tick value {value:,} = "
        message += f"{price * lots * value:,}, above 2^56 = {NOTIONAL_QUOTE_MAX:,} ledger units"
        hint = f"lots_max at most {NOTIONAL_QUOTE_MAX // (price * value):,}"
        raise refuse(f"{where}.lots_max", message, hint)


def _check_house_total(contracts: Sequence[Contract]) -> None:
    """The sum of all gains stays within the house's bound (LIM-03)."""
    total, told = 0, []
    for contract in contracts:
        part = contract.oi_cap_lots * contract.price_ticks_max * contract.tick_value
        told.append(f"{contract.name} {part:,}")
        total += part
    if total > HOUSE_QUOTE_MAX:
        largest = max(
            range(len(contracts)),
            key=lambda i: (
                contracts[i].oi_cap_lots * contracts[i].price_ticks_max * contracts[i].tick_value
            ),
        )
        message = f"oi_cap_lots x price_ticks_max x tick value: {' + '.join(told)} = {total:,}, "
        message += f"above 2^61 = {HOUSE_QUOTE_MAX:,} ledger units"
        raise refuse(f"contracts[{largest}].oi_cap_lots", message, "lower the caps")


def _check_tiers(path: str, tiers: Sequence[Tier]) -> None:
    """MRG-09: rates rise with the notional, maintenance stays below initial."""
    between(path, len(tiers), 1, TIERS_MAX, "number of tiers")
    for index, tier in enumerate(tiers):
        where = f"{path}[{index}]"
        between(f"{where}.floor_quote", tier.floor_quote, 0, NOTIONAL_QUOTE_MAX, "floor")
        between(f"{where}.im_ppb", tier.im_ppb, 1, PPB, "initial margin")
        between(f"{where}.mm_ppb", tier.mm_ppb, 1, PPB, "maintenance margin")
        if tier.mm_ppb >= tier.im_ppb:
            message = f"maintenance {_percent(tier.mm_ppb)} is not below initial "
            message += _percent(tier.im_ppb)
            raise refuse(f"{where}.mm_ppb", message, "MRG-09")
        if index == 0:
            if tier.floor_quote != 0:
                raise refuse(f"{where}.floor_quote", "the first tier starts at 0")
            continue
        below = tiers[index - 1]
        for name in ("floor_quote", "im_ppb", "mm_ppb"):
            value, before = getattr(tier, name), getattr(below, name)
            if value <= before:
                write = Amount.text if name == "floor_quote" else _percent
                message = f"{write(value)} does not rise above {write(before)} of the tier below"
                raise refuse(f"{where}.{name}", message, "MRG-09")


def _check_rates(where: str, contract: Contract) -> None:
    for name in ("maker_fee_ppb", "taker_fee_ppb", "liquidation_fee_ppb", "buffer_ppb"):
        between(f"{where}.{name}", getattr(contract, name), 0, PPB)
    for name in ("collar_ppb", "liquidation_collar_ppb"):
        between(f"{where}.{name}", getattr(contract, name), 1, PPB - 1)
    between(f"{where}.participation_ppb", contract.participation_ppb, 1, PPB)
    lowest = contract.tiers[0].im_ppb
    if contract.liquidation_fee_ppb >= lowest:
        fee = contract.liquidation_fee_ppb
        message = f"fee {_percent(fee)} is not below the lowest initial margin {_percent(lowest)}"
        hint = "otherwise no reduction cures; docs/machine.md 6.2"
        raise refuse(f"{where}.liquidation_fee_ppb", message, hint)


def _check_index(where: str, contract: Contract) -> None:
    """docs/rates.md section 7, index."""
    sources, rules = contract.sources, contract.index
    between(f"{where}.sources", len(sources), 3, SOURCES_MAX, "number of index sources (VAL-02):")
    unique(f"{where}.sources", [source.name for source in sources])
    for index, source in enumerate(sources):
        between(f"{where}.sources[{index}].weight_ppb", source.weight_ppb, 1, PPB)
        between(f"{where}.sources[{index}].age_max_ns", source.age_max_ns, 1, AGE_MAX_NS)
    total = sum(source.weight_ppb for source in sources)
    if total != PPB:
        message = f"the weights add up to {_percent(total)}, not 100%"
        raise refuse(f"{where}.sources", message)
    between(f"{where}.index.source_min", rules.source_min, 3, len(sources), "least sources")
    cap = rules.weight_max_ppb
    between(f"{where}.index.weight_max_ppb", cap, 1, PPB // 2 - 1)
    if rules.source_min * cap < PPB:
        message = f"{rules.source_min} sources of at most {_percent(cap)} do not reach 100%"
        raise refuse(f"{where}.index.weight_max_ppb", message)
    between(f"{where}.index.deviation_max_ppb", rules.deviation_max_ppb, 1, PPB - 1)
    between(f"{where}.index.median_band_ppb", rules.median_band_ppb, 0, PPB - 1)
    for name in ("hold_ns", "median_ns"):
        between(f"{where}.index.{name}", getattr(rules, name), 0, NS_PER_DAY)
    if type(rules.is_weighted_mean) is not bool:
        raise refuse(f"{where}.index.is_weighted_mean", "must be true or false")


def _check_mark_and_funding(where: str, contract: Contract, house: House) -> None:
    """docs/rates.md section 7, mark and funding; PROD-02."""
    mark, funding, sample = contract.mark, contract.funding, house.sample_interval_ns
    between(f"{where}.mark.band_ppb", mark.band_ppb, 1, PPB - 1)
    samples, window = mark.basis_samples_min, mark.basis_window_ns
    between(f"{where}.mark.basis_samples_min", samples, 1, BASIS_SAMPLES_MAX)
    low, high = samples * sample, BASIS_SAMPLES_MAX * sample
    between(f"{where}.mark.basis_window_ns", window, low, high, "window")
    interval, path = funding.interval_ns, f"{where}.funding.interval_ns"
    if type(interval) is int and interval > NS_PER_DAY:
        message = f"PROD_CONVERGENCE_GT_24H: {Duration.text(interval)} is more than 24h"
        raise refuse(path, message, "PROD-02")
    between(path, interval, sample, NS_PER_DAY)
    if interval % NS_PER_MS:
        raise refuse(path, f"{interval:,} ns is not whole milliseconds")
    between(f"{where}.funding.interest_ppb", funding.interest_ppb, -PPB, PPB)
    between(f"{where}.funding.interest_band_ppb", funding.interest_band_ppb, 0, PPB)
    between(f"{where}.funding.rate_cap_ppb", funding.rate_cap_ppb, 1, PPB)
    notional = funding.impact_notional
    between(f"{where}.funding.impact_notional", notional, 1, NOTIONAL_QUOTE_MAX, "ticks x lots")
