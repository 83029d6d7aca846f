"""Accounts and wallets at the edge: what is refused at load, and what a report says (GAT-001)."""

import pytest

from hkperp import commands as c
from hkperp.accounts import Account
from hkperp.edge.account_rows import account_rows
from hkperp.presets import bitcoin_hkd
from hkperp.venue import Venue
from hkperp_engine.codes import AccountFlag, InvestorClass
from hkperp_engine.errors import InputError

HKD = 1_000_000
CROSS, ISOLATED = Account(), Account(isolated_contract=0)


def test_rows_of_an_account_and_its_wallets() -> None:
    """Owner and standing of an isolated wallet are those of the account above."""
    rows = account_rows([Account(), CROSS, ISOLATED, Account(isolated_contract=1)], 2)
    assert rows["isolated_contract"].tolist() == [-1, -1, 0, 1]
    assert rows["owner"].tolist() == [16, 17, 17, 17]
    assert account_rows(rows, 2) is rows


@pytest.mark.parametrize("flag", list(AccountFlag))
def test_each_flag_has_a_field(flag: AccountFlag) -> None:
    """GAT-010: eight booleans, eight bits."""
    stem = flag.name.lower().removeprefix("afmm_")
    field = f"is_{stem}" if stem in ("group_company", "blocked") else f"has_{stem}"
    none = Account(has_knowledge=False, has_agreement=False)
    (row,) = account_rows([none], 1)
    assert row["account_flags"] == 0
    settings = {"has_knowledge": False, "has_agreement": False, field: True}
    (row,) = account_rows([Account(**settings)], 1)
    assert row["account_flags"] == flag


def test_an_isolated_wallet_is_in_the_group_of_its_account() -> None:
    """LIM-01, DFT-010: it need not say so, but it may not say another."""
    rows = account_rows([Account(group=7), ISOLATED, CROSS, ISOLATED], 1)
    assert rows["group"].tolist() == [7, 7, 0, 0]
    same = Account(isolated_contract=0, group=7)
    assert account_rows([Account(group=7), same], 1)["group"].tolist() == [7, 7]


#: Accounts, the place that is named, and what is said.
REFUSED = [
    ([ISOLATED], "accounts[0].isolated_contract", "below the account it belongs to"),
    ([CROSS, Account(isolated_contract=1)], "accounts[1].isolated_contract", "not from -1 to 0"),
    ([CROSS, Account(isolated_contract=-2)], "accounts[1].isolated_contract", "-2 is not from"),
    ([CROSS, ISOLATED, ISOLATED], "accounts[2].isolated_contract", "second isolated wallet"),
    (
        [CROSS, ISOLATED, CROSS, Account(isolated_contract=0, has_report=True)],
        "accounts[3].account_flags",
        "11 of an isolated wallet, 3 of accounts[2]",
    ),
    (
        [CROSS, Account(isolated_contract=0, investor_class=InvestorClass.CORP_PI)],
        "accounts[1].investor_class",
        "2 of an isolated wallet, 1 of",
    ),
    (
        [CROSS, Account(isolated_contract=0, valid_until_ns=5)],
        "accounts[1].valid_until_ns",
        "5 of an isolated wallet",
    ),
    ([CROSS, Account(isolated_contract=0, owner=3)], "accounts[1].owner", "3 of an isolated"),
    ([CROSS, Account(isolated_contract=0, group=3)], "accounts[1].group", "3 of an isolated"),
    ([Account(group=-1)], "accounts[0].group", "-1 is not from 0 to 9223372036854775807"),
]


@pytest.mark.parametrize(("accounts", "path", "said"), REFUSED)
def test_refused_at_load(accounts: list[Account], path: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        account_rows(accounts, 1)
    assert caught.value.path == path
    assert said in caught.value.message


def test_two_accounts_may_have_a_wallet_for_the_same_contract() -> None:
    rows = account_rows([CROSS, ISOLATED, CROSS, ISOLATED], 1)
    assert rows["owner"].tolist() == [16, 16, 18, 18]


def test_the_report_of_a_wallet() -> None:
    """Awaited deposits, the account, its limit: all of GAT-001, 013 and 034 that is to be seen."""
    venue = Venue(bitcoin_hkd(start_ns=0), [CROSS, ISOLATED])
    for final, amount in ((True, 50 * HKD), (False, 7 * HKD)):
        deposit = c.Deposit(time_ns=1, wallet=16, asset=0, amount=amount, is_final=final)
        (posted,) = venue.apply(deposit)
        assert posted.reference_id == (0 if final else 16)
    venue.apply(c.Transfer(time_ns=1, wallet=16, target_wallet=17, asset=0, amount=20 * HKD))
    venue.apply(c.ExposureLimit(time_ns=1, wallet=16, limit_quote=9 * HKD))
    cross, isolated = venue.account(16), venue.account(17)
    assert (cross.balances[0], cross.awaited) == (30 * HKD, (7 * HKD, 0))
    assert (isolated.balances[0], isolated.awaited) == (20 * HKD, (0, 0))
    assert (cross.account, cross.isolated_contract) == (16, None)
    assert (isolated.account, isolated.isolated_contract) == (16, 0)
    assert cross.exposure_limit_quote == isolated.exposure_limit_quote == 9 * HKD
