"""What `check_config` refuses: one change of a good configuration at a time."""

from typing import Any

import msgspec
import pytest

from bad_input import GOOD
from hkperp.config import Config, Contract, Limit, OpenInterestDepth, Source, Tier
from hkperp.rules.proof import check_config
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import AssetKind, ProductState, ReferenceStatus
from hkperp_engine.errors import InputError
from hkperp_engine.units import HOUSE_QUOTE_MAX, NOTIONAL_QUOTE_MAX, NS_PER_DAY, PPB

HOUR = NS_PER_DAY // 24


@pytest.fixture(scope="module")
def good() -> Config:
    scenario = load(GOOD)
    return config_of(scenario, scenario.packs[0])


def with_change(value: Any, path: str, new: Any) -> Any:
    """A frozen struct with one field deep inside replaced: `contracts.0.tiers.1.mm_ppb`."""
    first, _, rest = path.partition(".")
    if first.isdigit():
        index = int(first)
        changed = with_change(value[index], rest, new) if rest else new
        return (*value[:index], changed, *value[index + 1 :])
    inner = with_change(getattr(value, first), rest, new) if rest else new
    return msgspec.structs.replace(value, **{first: inner})


def dotted(path: str) -> str:
    """`contracts[0].tiers[1].mm_ppb` of `contracts.0.tiers.1.mm_ppb`."""
    parts = path.split(".")
    return "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts)[1:]


def deep(multiple: int, floor_lots: int) -> OpenInterestDepth:
    """A cap of open interest against depth (DFT-011)."""
    return OpenInterestDepth(multiple=multiple, floor_lots=floor_lots)


C = "contracts.0."
REFUSED = [
    (C + "tick_value", 0, "tick value 0"),
    (C + "tick_value", 1.5, "not a whole number"),
    (C + "lots_max", True, "not a whole number"),
    (C + "price_ticks_max", 2**31, "2,147,483,648"),
    (C + "margin_asset", "BTC", "PROD_SETTLEMENT_ASSET_INELIGIBLE"),
    (C + "margin_asset", "HKDX", "asset 0 is HKD"),
    (C + "margin_asset", "ETH", "no asset is named"),
    (C + "funding.interval_ns", 25 * HOUR, "PROD_CONVERGENCE_GT_24H"),
    (C + "funding.interval_ns", NS_PER_DAY + 1, "PROD_CONVERGENCE_GT_24H"),
    (C + "funding.interval_ns", 0, "is not from"),
    (C + "funding.interval_ns", HOUR + 1, "whole milliseconds"),
    (C + "funding.rate_cap_ppb", 0, "is not from"),
    (C + "funding.impact_notional", 0, "is not from"),
    (C + "funding.interest_ppb", PPB + 1, "is not from"),
    (C + "tiers.0.floor_quote", 1, "starts at 0"),
    (C + "tiers.0.mm_ppb", 200_000_000, "not below initial"),
    (C + "tiers.0.mm_ppb", 0, "is not from"),
    (C + "tiers.1.floor_quote", 0, "does not rise"),
    (C + "tiers.1.im_ppb", 200_000_000, "does not rise"),
    (C + "tiers.1.mm_ppb", 125_000_000, "does not rise"),
    (C + "tiers", (), "number of tiers"),
    (C + "tiers", tuple(Tier(n, 2 + n, 1 + n) for n in range(9)), "number of tiers 9"),
    (C + "liquidation_fee_ppb", 200_000_000, "not below the lowest initial margin"),
    (C + "collar_ppb", 0, "is not from"),
    (C + "participation_ppb", 0, "is not from"),
    (C + "maker_fee_ppb", -1, "is not from"),
    (C + "sources", (), "number of index sources"),
    (C + "sources.0.weight_ppb", 400_000_001, "add up to"),
    (C + "sources.0.weight_ppb", 0, "is not from"),
    (C + "sources.0.age_max_ns", 0, "is not from"),
    (C + "sources.1.name", "a", "second one named a"),
    (C + "index.source_min", 2, "is not from 3"),
    (C + "index.source_min", 4, "is not from 3 to 3"),
    (C + "index.weight_max_ppb", PPB // 2, "is not from"),
    (C + "index.weight_max_ppb", 333_333_333, "do not reach 100%"),
    (C + "index.deviation_max_ppb", PPB, "is not from"),
    (C + "index.hold_ns", NS_PER_DAY + 1, "is not from"),
    (C + "mark.band_ppb", 0, "is not from"),
    (C + "mark.basis_samples_min", 31, "is not from"),
    (C + "mark.basis_window_ns", 49 * 10**9, "is not from"),
    (C + "mark.basis_window_ns", 151 * 10**9, "is not from"),
    ("house.close_out_ppb", 0, "is not from"),
    ("house.close_out_ppb", PPB + 1, "is not from"),
    ("house.loss_sharing", 2, "is not VMGH or ADL"),
    ("house.sample_interval_ns", 0, "is not from"),
    ("house.cycle_interval_ns", NS_PER_DAY + 10**6, "is not from"),
    ("assets.1.conversion_haircut_ppb", 20_000_001, "above the haircut"),
    ("assets.1.price_ppb", 0, "is not from"),
    ("assets.1.name", "HKD", "second one named HKD"),
    ("assets.1.kind", 9, "no such kind"),
    ("assets.0.kind", AssetKind.STABLECOIN, "PROD_SETTLEMENT_ASSET_INELIGIBLE"),
    ("assets.0.haircut_ppb", 1, "no haircut"),
    ("assets.0.price_ppb", PPB - 1, "exactly 1"),
    ("contracts", (), "number of contracts"),
    ("assets", (), "number of assets"),
]

FLOORS = (0, 1, 1, 1, PPB, 1)
#: docs/gate.md, by rule: standing, products, vault, margin, monitor.
REFUSED += [
    ("house.agreement_version", 0, "is not from 1"),
    ("house.agreement_version", 2**31, "is not from 1"),
    ("house.counts_gains", 1, "not true or false"),
    (C + "expiry_ns", 1, "PROD_HAS_EXPIRY"),
    (C + "expiry_ns", -1, "is not from 0"),
    (C + "is_inverse", True, "PROD_SETTLEMENT_ASSET_INELIGIBLE"),
    (C + "product", 6, "is not a ProductState"),
    (C + "product", ProductState.DELISTED, "does not begin with a delisted contract"),
    (C + "reference", 3, "is not a ReferenceStatus"),
    (C + "reference", ReferenceStatus.NOT_RETAIL, "REF_NOT_RETAIL_ELIGIBLE"),
    (C + "reference", ReferenceStatus.INDEX_NOT_IOSCO, "REF_INDEX_NOT_IOSCO"),
    (C + "class_floors_ppb", (0, 1), "2 class floors, one for each of 6 classes"),
    (C + "class_floors_ppb", (0, 1, 1, 1, PPB + 1, 1), "floor of IND_PI"),
    (C + "class_floors_ppb", (1, 1, 1, 1, 1, 1), "class NONE may not trade"),
    (C + "concentration.addon_ppb", -1, "is not from 0"),
    (C + "concentration.addon_ppb", 750_000_001, "are above 100%"),
    (C + "concentration.floor_quote", HOUSE_QUOTE_MAX + 1, "is not from 0"),
    (C + "concentration.oi_share_ppb", PPB + 1, "is not from 0"),
    (C + "concentration.depth_share_ppb", PPB + 1, "is not from 0"),
    (C + "monitor.mask", 32, "is not from 0 to 31"),
    (C + "monitor.alert_gap_ppb", -1, "is not from 0"),
    (C + "monitor.halt_dispersion_ppb", PPB + 1, "is not from 0"),
    (C + "funding.rate_step_ppb", PPB + 1, "is not from 0"),
    ("assets.1.depeg_ppb", -1, "is not from 0"),
    ("assets.0.depeg_ppb", 1, "no peg to lose"),
    ("assets.1.depeg_ns", 2**61 + 1, "is not from 0"),
    ("assets.1.grace_ns", -1, "is not from 0"),
    ("assets.1.open_ns", NS_PER_DAY, "the next day's midnight"),
    ("assets.1.close_ns", NS_PER_DAY + 1, "is not from 0"),
]

#: docs/default.md: layer 5, limits of holders, of open interest, of the platform.
REFUSED += [
    ("house.vmgh_cap_ppb", 0, "share of a gain (LOSS-05) 0% is not from 0.0000001% to 100%"),
    ("house.vmgh_cap_ppb", PPB + 1, "is not from"),
    ("house.vmgh_rounds", 0, "rounds of layer 5 0 is not from 1"),
    ("house.vmgh_rounds", 2**31, "is not from 1"),
    (C + "client_lots_max", -1, "is not from 0"),
    (C + "group_lots_max", 2**62, "is not from 0"),
    (C + "oi_share_ppb", PPB + 1, "is not from 0% to 100%"),
    (C + "oi_share_ppb", 1, "without a floor nobody could open"),
    (C + "oi_share_floor_lots", -1, "is not from 0"),
    (C + "oi_fund_multiple", 10**9 + 1, "hundredths 1,000,000,001 is not from 0 to 1,000,000,000"),
    (C + "inventory_lots_max", 2**31, "is not from 0"),
    (C + "backstop_discount_ppb", PPB, "is not from 0% to 99.9999999%"),
    (C + "oi_depth", deep(0, 1), "hundredths 0 is not from 1 to 1,000,000,000"),
    (C + "oi_depth", deep(10**9 + 1, 1), "hundredths 1,000,000,001 is not from 1"),
    (C + "oi_depth", deep(100, 0), "floor in lots (LIM-03) 0 is not from 1"),
    (C + "oi_depth", deep(100, 2**62), "is not from 1"),
    (C + "waterfall", "WATERFALL/1", "this program has WATERFALL/2"),
]


#: Limits that are none (GAT-036).
LIMITS = [
    ((Limit(name="x", assets=()),), "limit x is of no asset"),
    ((Limit(name="x", assets=("GOLD",)),), "no asset is named GOLD"),
    ((Limit(name="x", assets=("HKDX", "HKDX")),), "second HKDX"),
    ((Limit(name="x", assets=("HKD",)),) * 2, "second one named x"),
    ((Limit(name="x", assets=("HKD",), pool_cap_quote=2**61),), "is not from 0"),
    ((Limit(name="x", assets=("HKD",), client_cap_quote=-1),), "is not from 0"),
    (tuple(Limit(name=f"x{n}", assets=("HKD",)) for n in range(9)), "limits 9"),
]


@pytest.mark.parametrize(("limits", "said"), LIMITS, ids=[said for _, said in LIMITS])
def test_refused_limits(good: Config, limits: tuple[Limit, ...], said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_config(with_change(good, "limits", limits))
    assert said in str(caught.value)
    assert caught.value.path.startswith("limits")


@pytest.mark.parametrize(("path", "value", "said"), REFUSED)
def test_refused(good: Config, path: str, value: Any, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check_config(with_change(good, path, value))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert dotted(path).startswith(caught.value.path.rpartition(".")[0])


def test_good(good: Config) -> None:
    check_config(good)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (C + "class_floors_ppb", FLOORS),
        (C + "concentration.addon_ppb", 750_000_000),
        (C + "concentration.floor_quote", HOUSE_QUOTE_MAX),
        (C + "monitor.mask", 31),
        (C + "product", ProductState.REDUCE_ONLY),
        ("assets.1.close_ns", NS_PER_DAY - 1),
        ("limits", (Limit(name="x", assets=("HKD", "HKDX"), pool_cap_quote=2**61 - 1),)),
    ],
)
def test_bounds_of_the_gate_are_exact(good: Config, path: str, value: Any) -> None:
    """The last value that is allowed: GAT-020, 034, 036, 050, 051, 062."""
    check_config(with_change(good, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("house.vmgh_cap_ppb", 1),
        ("house.vmgh_cap_ppb", PPB),
        ("house.vmgh_rounds", 1),
        ("house.vmgh_rounds", 2**31 - 1),
        (C + "client_lots_max", 1),
        (C + "group_lots_max", 2**62 - 1),
        (C + "oi_share_floor_lots", 1),
        (C + "oi_fund_multiple", 10**9),
        (C + "oi_depth", deep(1, 1)),
        (C + "oi_depth", deep(10**9, 2**62 - 1)),
        (C + "inventory_lots_max", 2**31 - 1),
        (C + "backstop_discount_ppb", PPB - 1),
    ],
)
def test_bounds_of_default_are_exact(good: Config, path: str, value: Any) -> None:
    """The last value that is allowed: DFT-010, 011, 020, 021, 031."""
    check_config(with_change(good, path, value))


def test_a_share_of_open_interest_needs_a_floor(good: Config) -> None:
    """At no open interest a share of it is nothing: the floor lets the first one in (LIM-01)."""
    config = with_change(good, C + "oi_share_floor_lots", 1)
    check_config(with_change(config, C + "oi_share_ppb", 1))


def test_a_draft_may_have_a_poor_reference(good: Config) -> None:
    """REF-01 is asked before a contract is live, not before it is written down (GAT-020)."""
    draft = with_change(good, C + "product", ProductState.DRAFT)
    check_config(with_change(draft, C + "reference", ReferenceStatus.NOT_RETAIL))


def test_a_floor_and_the_add_on_share_the_notional(good: Config) -> None:
    """The highest initial margin counts: beside a floor of 100 % there is no room (GAT-051)."""
    config = with_change(good, C + "class_floors_ppb", FLOORS)
    with pytest.raises(InputError, match="initial margin 100% are above 100%"):
        check_config(with_change(config, C + "concentration.addon_ppb", 1))


def test_position_bound_is_exact(good: Config) -> None:
    """price_ticks_max x lots_max x tv = 2^56 passes, one lot more does not."""
    config = with_change(good, "contracts.0.price_ticks_max", 2**18)
    config = with_change(config, "contracts.0.tick_value", 2**13)
    config = with_change(config, "contracts.0.oi_cap_lots", 1)
    check_config(with_change(config, "contracts.0.lots_max", 2**25))
    with pytest.raises(InputError) as caught:
        check_config(with_change(config, "contracts.0.lots_max", 2**25 + 1))
    assert f"{NOTIONAL_QUOTE_MAX:,}" in str(caught.value)
    assert f"lots_max at most {2**25:,}" in str(caught.value)


def named(contract: Contract, name: str, oi_cap_lots: int) -> Contract:
    return msgspec.structs.replace(contract, name=name, oi_cap_lots=oi_cap_lots)


def test_house_bound_is_the_sum_over_contracts(good: Config) -> None:
    one = good.contracts[0]
    most = HOUSE_QUOTE_MAX // (one.price_ticks_max * one.tick_value)
    pair = (named(one, "A", most // 2), named(one, "B", most - most // 2))
    check_config(msgspec.structs.replace(good, contracts=pair))
    pair = (named(one, "A", most // 2), named(one, "B", most - most // 2 + 1))
    with pytest.raises(InputError) as caught:
        check_config(msgspec.structs.replace(good, contracts=pair))
    assert caught.value.path == "contracts[1].oi_cap_lots"
    assert f"{HOUSE_QUOTE_MAX:,}" in str(caught.value)


def test_example_of_the_formulas(good: Config) -> None:
    """BTC at HKD 900,000, lot 0.001, tick 0.1: tv 100, 72,000,000 ticks, 10,007,999 lots."""
    config = with_change(good, "contracts.0.tick_value", 100)
    config = with_change(config, "contracts.0.price_ticks_max", 72_000_000)
    check_config(with_change(config, "contracts.0.lots_max", 10_007_999))
    with pytest.raises(InputError, match="lots_max at most 10,007,999"):
        check_config(with_change(config, "contracts.0.lots_max", 10_008_000))


def test_limits_on_numbers(good: Config) -> None:
    one, asset = good.contracts[0], good.assets[1]
    nine = tuple(named(one, str(index), 1) for index in range(9))
    check_config(msgspec.structs.replace(good, contracts=nine[:8]))
    with pytest.raises(InputError, match="number of contracts 9"):
        check_config(msgspec.structs.replace(good, contracts=nine))
    more = tuple(msgspec.structs.replace(asset, name=str(index)) for index in range(8))
    check_config(msgspec.structs.replace(good, assets=(good.assets[0], *more[:7])))
    with pytest.raises(InputError, match="number of assets 9"):
        check_config(msgspec.structs.replace(good, assets=(good.assets[0], *more)))
    sources = tuple(Source(str(index), PPB // 10, HOUR) for index in range(10))
    with pytest.raises(InputError, match="10 is not from 3 to 8"):
        check_config(with_change(good, "contracts.0.sources", sources))
