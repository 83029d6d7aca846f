"""The scenario language of orders: rules of the books, privileges, words and prices."""

import typing

import pytest

from bad_input import GOOD
from hkperp.config import Privilege
from hkperp.reports import wording
from hkperp.scenario import timeline as scenario_timeline
from hkperp.scenario.expectations import judge
from hkperp.scenario.reader import load, loads
from hkperp.scenario.settings import config_of, origin
from hkperp.scenario.strict_yaml import read_text
from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    KillScope,
    OrderType,
    ProtectionLimit,
    Reject,
    SelfTrade,
    Session,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.errors import ScenarioError
from hkperp_engine.rules import BookRules, ContractRules
from hkperp_engine.units import NS_PER_HOUR, NS_PER_MINUTE, NS_PER_S

ORDERS = GOOD.with_name("orders.yaml")


def test_words_are_those_of_the_codes() -> None:
    types = set(OrderType.__members__) - {"TRAILING_TICKS", "TRAILING_PPB"} | {"TRAILING"}
    assert set(typing.get_args(scenario_timeline.TypeName)) == types
    for record, key, codes in (
        (scenario_timeline.OrderCommand, "time_in_force", TimeInForce),
        (scenario_timeline.OrderCommand, "self_trade", SelfTrade),
        (scenario_timeline.OrderCommand, "side", Side),
        (scenario_timeline.Trigger, "source", TriggerSource),
        (scenario_timeline.Trailing, "source", TriggerSource),
        (scenario_timeline.SessionChange, "state", Session),
        (scenario_timeline.KillSwitch, "scope", KillScope),
        (scenario_timeline.ContractStateChange, "state", ContractState),
    ):
        words = typing.get_args(typing.get_type_hints(record)[key])
        assert set(words) == set(codes.__members__), (record, key)


def test_every_code_has_words() -> None:
    for words, codes in (
        (wording.REASON_WORDS, CancelReason),
        (wording.REASON_RULES, CancelReason),
        (wording.STATE_WORDS, ContractState),
        (wording.SCOPE_WORDS, KillScope),
        (wording.LIMIT_WORDS, ProtectionLimit),
    ):
        assert set(words) == set(codes)
    # With two spaces before it a reason is a line of a summary, whose labels have 29 columns.
    assert max(len(text) for text in wording.REASON_WORDS.values()) <= 27
    for reject in Reject:
        assert reject.name in wording.refusal(reject)


def test_rules_of_the_books_become_a_config() -> None:
    scenario = load(ORDERS)
    config = config_of(scenario, scenario.packs[0])
    assert config.orders == BookRules(
        triggers_max=10,
        open_orders_max=50,
        messages_max=20,
        message_window_ns=NS_PER_S,
        day_start_ns=16 * NS_PER_HOUR,
        rate_exempt=True,
    )
    assert config.privileges == (Privilege("rate_exempt", "notice-1"),)
    assert config.contracts[0].trading == ContractRules(
        order_lots_max=60,
        order_notional_max=55_000,  # 5,500 HKD, a tick of a lot is worth 0.1 HKD
        price_band_ppb=200_000_000,
        volatility_ppb=50_000_000,
        lookback_ns=5 * NS_PER_MINUTE,
        pause_ns=5 * NS_PER_MINUTE,
    )
    plain = load(GOOD)
    config = config_of(plain, plain.packs[0])
    assert (config.orders, config.privileges) == (BookRules(), ())
    assert config.contracts[0].trading == ContractRules()


def test_places_of_the_rules_of_the_books() -> None:
    scenario, document = load(ORDERS), read_text(ORDERS.read_bytes(), "orders")
    for path in (
        "orders.triggers_max",
        "orders.message_window_ns",
        "orders.day_start_ns",
        "privileges[0].disclosure_id",
        "contracts[0].trading.order_lots_max",
        "contracts[0].trading.order_notional_max",
        "contracts[0].trading.price_band_ppb",
        "contracts[0].trading.lookback_ns",
    ):
        assert origin(path, scenario, 0) in document.places, path


def test_a_privilege_needs_a_disclosure() -> None:
    """AFMM-04: one line that names the rule, at the place of the privilege."""
    text = ORDERS.read_text().replace(", disclosure: notice-1", "").encode()
    with pytest.raises(
        ScenarioError, match=r"AFMM_UNDISCLOSED_PRIVILEGE: .*\(AFMM-04\)"
    ) as caught:
        loads(text)
    assert (caught.value.path, caught.value.exit_status) == ("privileges[0]", 2)


def test_a_price_is_expected_in_the_currency() -> None:
    scenario = load(ORDERS)
    figures = {"conservation": 0, "uncross_price.CO-PERP": 1_106, "cancels.KILL_SWITCH": 2}
    (failure,) = judge(scenario, "five-times", figures)
    assert failure.message == (
        "five-times: uncross_price.CO-PERP is 110.6, expected at most 110.5 (MAT-062)"
    )
    figures["uncross_price.CO-PERP"] = 1_105
    del figures["cancels.KILL_SWITCH"]  # what did not happen was counted as 0
    assert list(judge(scenario, "five-times", figures)) == []
