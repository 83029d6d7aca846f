"""Who fails: the largest by notional, with all its wallets, and never the affiliate (DEF-01)."""

import numpy as np
import pytest

from drill_cases import SCENARIOS
from hkperp.config import Config
from hkperp.drill.pick import Holdings, defaulters, issuers
from hkperp.drill.subject import Choice, Who
from hkperp.replay.population import account_name, accounts, wallet_of
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import HouseWallet, InvestorClass
from hkperp_engine.errors import InputError

LIMITS = load(SCENARIOS / "limits.yaml")


def chosen(choice: Choice, scenario: Scenario = LIMITS, **lots: int) -> list[tuple[str, int]]:
    """Names and notionals of those who fail, ticks times lots of the first contract at 100."""
    config: Config = config_of(scenario, scenario.packs[0])
    table = accounts(scenario)
    held = np.zeros((HouseWallet.CLIENTS + len(table), len(config.contracts)), np.int64)
    for name, count in lots.items():
        held[wallet_of(scenario, name.replace("__", ":").replace("_PERP", "-PERP")), 0] = count
    table["investor_class"][-1] = InvestorClass.AFMM
    found = Holdings(0, config, table, held, [100] * len(config.contracts))
    tick_value = config.contracts[0].tick_value
    return [
        (each.name, each.notional_quote // (100 * tick_value))
        for each in defaulters(
            scenario, found, choice, lambda wallet: account_name(scenario, wallet)
        )
    ]


NIECE = [("niece", 3), ("niece:CLIENT-PERP", 2)]


def test_a_client_is_all_its_wallets() -> None:
    """3 and 2 in an isolated wallet are more than 4; long or short does not matter."""
    largest = Choice(Who.LARGEST_CLIENT)
    assert chosen(largest, niece=3, niece__CLIENT_PERP=-2, aunt=4) == [*NIECE]
    assert chosen(largest, niece=3, niece__CLIENT_PERP=-2, bob=-6) == [("bob", 6)]


def test_ties_go_to_the_lower_wallet() -> None:
    assert chosen(Choice(Who.LARGEST_CLIENT), aunt=4, bob=-4) == [("aunt", 4)]


def test_a_group_is_all_its_members() -> None:
    """LIM-01: the aunt is connected with the niece, and fails with her, position or not."""
    group = Choice(Who.LARGEST_GROUP)
    assert chosen(group, niece=3, niece__CLIENT_PERP=2, bob=50) == [*NIECE, ("aunt", 0)]


def test_a_named_account_has_its_isolated_wallets() -> None:
    named = Choice(Who.ACCOUNT, "niece")
    assert chosen(named, niece=3, niece__CLIENT_PERP=2, aunt=4) == NIECE
    one = Choice(Who.ACCOUNT, "niece:CLIENT-PERP")
    assert chosen(one, niece=3, niece__CLIENT_PERP=2) == [NIECE[1]]


def test_the_affiliate_is_no_client() -> None:
    """The last account is the affiliate here; it fails even without a position."""
    name = account_name(LIMITS, HouseWallet.CLIENTS + len(accounts(LIMITS)) - 1)
    assert chosen(Choice(Who.LARGEST_CLIENT), **{name: 50}, bob=1) == [("bob", 1)]
    assert chosen(Choice(Who.AFMM)) == [(name, 0)]


@pytest.mark.parametrize("who", [Who.LARGEST_CLIENT, Who.LARGEST_GROUP])
def test_nobody_to_choose_from(who: Who) -> None:
    with pytest.raises(InputError, match="has a position at"):
        chosen(Choice(who))


def test_issuers_of_what_has_a_par() -> None:
    """DFT-036: the settlement currency's is none, nor is one of an asset that has no par."""
    assert issuers(load(SCENARIOS / "issuer-default.yaml")) == ["issuer-x"]
    found = issuers(load(SCENARIOS / "frozen-bank-token.yaml"))
    assert found == ["Bank A", "Bank B", "no authorised institution"]
