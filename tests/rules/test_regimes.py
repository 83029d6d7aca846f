"""Rule packs: whose number each is, and what a configuration that breaks one is told."""

from typing import Any

import msgspec
import pytest

import vectors
from hkperp.config import Config, Tier
from hkperp.quantities import AssetPrice
from hkperp.rules.regimes import BOUNDS, DEFAULT, LABELS, check_regime, packs
from hkperp.rules.registry import rules
from hkperp_engine.codes import AssetKind
from hkperp_engine.errors import InputError
from hkperp_engine.units import NS_PER_DAY, PPB

HOUR = NS_PER_DAY // 24
PERCENT = PPB // 100


def venue(**terms: Any) -> Config:
    """A venue inside the default pack, with other terms of its contract."""
    contract = vectors.contract(1, (0, 200_000, 100_000), **terms)
    config = vectors.venue(contract)
    peg = AssetPrice.parse("0.98")
    assets = tuple(
        msgspec.structs.replace(asset, depeg_ppb=peg)
        if asset.kind == AssetKind.STABLECOIN
        else asset
        for asset in config.assets
    )
    return msgspec.structs.replace(config, assets=assets)


def said(config: Config, name: str = DEFAULT) -> str:
    """What a pack says against a configuration; nothing if it keeps to it."""
    try:
        check_regime(config, name)
    except InputError as error:
        return str(error)
    return ""


def test_packs_are_complete() -> None:
    assert list(packs()) == [DEFAULT, "hk-tight", "hk-loose", "sgx-like"]
    for name, pack in packs().items():
        assert pack.is_hong_kong == name.startswith("hk-")
        assert ("not HK" in pack.about) != pack.is_hong_kong
        for what, parameter in pack.parameters.items():
            assert parameter.rule in rules(), what
            assert parameter.label in LABELS, what
            assert parameter.bound in BOUNDS, what


def test_only_a_regulators_number_is_called_so() -> None:
    """There is no number of the SFC for leverage, fund size or margin period of risk."""
    for name, pack in packs().items():
        for what, parameter in pack.parameters.items():
            if parameter.label == "regulator":
                assert rules()[parameter.rule].grade in ("P", "S"), (name, what)
        for what in ("leverage", "reserve_cover", "margin_period_of_risk"):
            if what in pack.parameters:
                assert pack.parameters[what].label == "design default", (name, what)


def test_what_a_pack_does_not_name_it_takes_over() -> None:
    assert packs()["hk-tight"].parameters["cash_calls"].value == "no"
    assert packs()["hk-tight"].parameters["leverage"].value == "2x"
    assert packs()[DEFAULT].parameters["leverage"].value == "5x"


def test_leverage_caps() -> None:
    """(MRG-10) 5x is an initial margin of 20 %; one ppb less is more leverage."""
    assert said(venue()) == ""
    tier = Tier(0, PPB // 5 - 1, PPB // 10)
    told = said(venue(tiers=(tier,)))
    assert told.startswith("contracts[0].tiers[0].im_ppb: leverage 5.01x is above 5x (MRG-10")
    assert said(venue(tiers=(tier,)), "hk-loose") == ""
    assert "leverage 5x is above 2x" in said(venue(), "hk-tight")


FUNDING = vectors.contract(1, (0, 200_000, 100_000)).funding
INDEX = vectors.contract(1, (0, 200_000, 100_000)).index
HOUSE = vectors.venue(vectors.contract(1, (0, 200_000, 100_000))).house
BROKEN = [
    ("PROD-02", {"funding": {"interval_ns": 25 * HOUR}}, "funding interval 25h is above 24h"),
    ("FND-03", {"funding": {"rate_cap_ppb": PERCENT}}, "funding rate cap 1% is above 0.35%"),
    ("VAL-02", {"index": {"weight_max_ppb": PPB // 2}}, "index weight 50% is not below 50%"),
    ("VAL-02", {"index": {"source_min": 2}}, "index sources live 2 is below 3"),
    ("VAL-04", {"mark": {"band_ppb": 6 * PERCENT}}, "mark band 6% is above 5%"),
    ("LIQ-05", {"liquidation_fee_ppb": 2 * PERCENT}, "liquidation fee 2% is above 1%"),
    ("PROD-07", {"margin_asset": "EUR"}, "settlement currency EUR is not one of HKD, USD"),
    ("MRG-12", {"counts_gains": True}, "margin from open gains yes is not no"),
    ("MRG-11", {"cycle_interval_ns": 25 * HOUR}, "settlement interval 25h is above 24h"),
    ("MRG-09", {"close_out_ppb": PPB + 1}, "close out margin"),
]


@pytest.mark.parametrize(("rule", "change", "expected"), BROKEN, ids=[each[2] for each in BROKEN])
def test_a_breach_names_field_numbers_and_rule(rule: str, change: dict, expected: str) -> None:
    config = venue()
    (contract,) = config.contracts
    for name, value in change.items():
        if hasattr(config.house, name):
            house = msgspec.structs.replace(config.house, **{name: value})
            config = msgspec.structs.replace(config, house=house)
            continue
        if isinstance(value, dict):
            value = msgspec.structs.replace(getattr(contract, name), **value)
        contract = msgspec.structs.replace(contract, **{name: value})
    told = said(msgspec.structs.replace(config, contracts=(contract, *config.contracts[1:])))
    assert expected in told
    assert rule in told
    assert DEFAULT in told


def test_too_few_sources() -> None:
    told = said(venue(sources=vectors.contract(1, (0, 200_000, 100_000)).sources[:2]))
    assert "contracts[0].sources: index sources 2 is below 3 (VAL-02" in told


def test_a_stablecoin_without_a_trigger_is_below_every_bound() -> None:
    """(MRG-04) A trigger of 0 is off; one of 0.979 is too low, 20 minutes are too long."""
    coin = venue().assets[1]
    for change, expected in (
        ({"depeg_ppb": 0}, "depeg price 0 is below 0.98"),
        ({"depeg_ppb": 979_000_000}, "depeg price 0.979 is below 0.98"),
        ({"depeg_ns": HOUR // 3}, "depeg time 20m is above 15m"),
    ):
        asset = msgspec.structs.replace(coin, **change)
        assets = (venue().assets[0], asset, *venue().assets[2:])
        told = said(msgspec.structs.replace(venue(), assets=assets))
        assert f"assets[1].{next(iter(change))}: {expected} (MRG-04" in told


def test_another_regime_has_other_bounds() -> None:
    dollars = vectors.contract(1, (0, 50_000, 25_000), margin_asset="USD")
    assert said(vectors.venue(dollars), "sgx-like") == ""
    assert "settlement currency HKD is not one of USD" in said(venue(), "sgx-like")


def test_an_unknown_pack_is_named_with_a_near_one() -> None:
    with pytest.raises(InputError, match=r"no rule pack 'hk-tihgt' .GOV-05, near: hk-tight."):
        check_regime(venue(), "hk-tihgt")
