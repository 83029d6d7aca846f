"""What comes into the vault, rule by rule: docs/gate.md GAT-030 to GAT-036, compiled machine.

The differential tests compare it with the reference on random flows; here every number is worked
by hand. Money is in ledger units, HKD of them are one dollar.
"""

import pytest

from hkperp.config import Asset
from hkperp_engine.codes import AssetFlag, AssetKind, Event, HouseWallet, Posting, Reject
from hkperp_engine.codes import Command as Kind
from vault_counter import (
    A_ISOLATED,
    ASSETS,
    BITCOIN,
    BOTH,
    CASH,
    COIN,
    DEAR,
    NOBODY,
    ROGUE,
    SHADY,
    TOKEN,
    A,
    B,
    Vault,
    limit,
)
from vectors import HKD, HOUR, SECOND, START_NS


def test_a_deposit_is_refused_for_the_first_reason_of_the_law():
    """(GAT-034) in the order written, each row with all later reasons still there."""
    vault = Vault(limits=(limit(*(each.name for each in ASSETS), pool=1),))
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(BOTH | AssetFlag.DEPEGGED))
    high = 2**60
    for wallet, asset, amount, flags, reject in (
        (15, 99, 0, 2, Reject.WALLET_UNKNOWN),
        (NOBODY, 99, 0, 2, Reject.ASSET_UNKNOWN),
        (NOBODY, -1, 0, 2, Reject.ASSET_UNKNOWN),
        (NOBODY, ROGUE, 0, 2, Reject.AMOUNT_INVALID),
        (NOBODY, ROGUE, high + 1, 2, Reject.AMOUNT_INVALID),
        (NOBODY, ROGUE, high, 2, Reject.STATE_INVALID),
        (NOBODY, ROGUE, high, -1, Reject.STATE_INVALID),
        (NOBODY, ROGUE, high, 1, Reject.ELIG_NOT_PI),
        (B, BITCOIN, high, 1, Reject.COLL_TYPE_INELIGIBLE),
        (B, ROGUE, high, 1, Reject.COLL_ISSUER_UNLICENSED),
        (B, SHADY, high, 1, Reject.COLL_BANK_INELIGIBLE),
        (B, COIN, high, 1, Reject.COLL_DEPEGGED),
        (B, TOKEN, high, 1, Reject.COLL_CONCENTRATION),
    ):
        assert vault.deposit(wallet, asset, amount, flags) == reject, (wallet, asset, amount)
    plain = Vault()
    assert plain.deposit(B, DEAR, 2**50 + 1) == Reject.LIM_ACCOUNT
    assert plain.deposit(B, DEAR, 2**50) == Reject.NONE


def test_an_awaited_deposit_counts_for_nothing_until_it_is_cleared():
    """(NOCR-03, GAT-034, GAT-035) 100 awaited, 60 cleared, 30 returned, 10 still awaited."""
    vault = Vault()
    [event] = vault.tell(Kind.DEPOSIT, wallet=A, amount=100, flags=1)
    assert (event.code, event.wallet, event.counter_wallet, event.amount, event.order_id) == (
        Posting.DEPOSIT_UNCLEARED,
        HouseWallet.EXTERNAL,
        HouseWallet.UNCLEARED,
        100,
        A,
    )
    assert vault.holds(A, CASH) == 0
    assert vault.answer(Kind.WITHDRAW, wallet=A, amount=1) == Reject.NOCR_WITHDRAWAL_REFUSED
    clear = {"wallet": A, "target": CASH}
    assert vault.answer(Kind.CLEAR_DEPOSIT, **clear, amount=101) == Reject.DEPOSIT_UNKNOWN
    assert vault.answer(Kind.CLEAR_DEPOSIT, **clear, amount=101, flags=2) == Reject.STATE_INVALID
    assert vault.answer(Kind.CLEAR_DEPOSIT, **clear, amount=0, flags=2) == Reject.AMOUNT_INVALID
    assert vault.answer(Kind.CLEAR_DEPOSIT, wallet=B, amount=1) == Reject.DEPOSIT_UNKNOWN
    assert vault.answer(Kind.CLEAR_DEPOSIT, wallet=3, amount=0) == Reject.WALLET_UNKNOWN
    unknown = {"wallet": A, "target": 7, "amount": 0}
    assert vault.answer(Kind.CLEAR_DEPOSIT, **unknown) == Reject.ASSET_UNKNOWN
    [event] = vault.tell(Kind.CLEAR_DEPOSIT, **clear, amount=60)
    assert (event.code, event.counter_wallet, event.order_id) == (Posting.DEPOSIT_CLEARED, A, A)
    [event] = vault.tell(Kind.CLEAR_DEPOSIT, **clear, amount=30, flags=1)
    assert (event.code, event.counter_wallet) == (Posting.DEPOSIT_RETURNED, HouseWallet.EXTERNAL)
    assert event.order_id == A
    assert (vault.holds(A, CASH), vault.holds(HouseWallet.UNCLEARED, CASH)) == (60, 10)


def test_what_is_awaited_needs_room():
    """(GAT-034) 2^60 is the bound of cash, 2^50 of another asset, awaited units included."""
    vault = Vault()
    assert vault.deposit(A, CASH, 2**60 - 5, flags=1) == Reject.NONE
    assert vault.deposit(A, CASH, 6) == Reject.LIM_ACCOUNT
    assert vault.deposit(A, CASH, 5) == Reject.NONE
    assert vault.deposit(A, COIN, 2**50 - 5, flags=1) == Reject.NONE
    assert vault.deposit(A, COIN, 6, flags=1) == Reject.LIM_ACCOUNT


@pytest.mark.parametrize(
    ("asset", "time_of_day_ns", "is_awaited"),
    [
        (TOKEN, 22 * HOUR - 1, True),
        (TOKEN, 22 * HOUR, False),
        (TOKEN, 0, False),
        (TOKEN, 6 * HOUR - 1, False),
        (TOKEN, 6 * HOUR, True),
        (COIN, 12 * HOUR, False),
    ],
)
def test_settlement_hours_over_midnight(asset, time_of_day_ns, is_awaited):
    """(NOCR-03, GAT-034) from 22:00 to 06:00 UTC; an asset with equal hours always settles."""
    vault = Vault()
    vault.wait((time_of_day_ns - START_NS) % (24 * HOUR))
    assert vault.deposit(A, asset, 100) == Reject.NONE
    assert vault.holds(HouseWallet.UNCLEARED, asset) == (100 if is_awaited else 0)
    assert vault.holds(A, asset) == (0 if is_awaited else 100)


def test_settlement_hours_within_a_day():
    """(NOCR-03) the hours of a bank that closes at night: 01:00 to 10:00."""
    bank = Asset(name="BANK", kind=AssetKind.FIAT, open_ns=HOUR, close_ns=10 * HOUR)
    for time_ns, is_awaited in ((HOUR - 1, True), (HOUR, False), (10 * HOUR, True)):
        vault = Vault(assets=(ASSETS[0], bank))
        vault.wait((time_ns - START_NS) % (24 * HOUR))
        assert vault.deposit(A, 1, 7) == Reject.NONE
        assert vault.holds(HouseWallet.UNCLEARED, 1) == (7 if is_awaited else 0), time_ns


def test_a_depeg_must_last():
    """(MRG-04, GAT-031) below 0.98 for 60 s; a price at it starts the clock anew."""
    vault = Vault()
    price = {"kind": Kind.ASSET_PRICE, "target": COIN}
    vault.tell(**price, amount=979_999_999)
    vault.wait(59 * SECOND)
    assert not [event for event in vault.tell(Kind.TICK) if event.kind == Event.ASSET_STATE]
    vault.tell(**price, amount=980_000_000)
    vault.tell(**price, amount=970_000_000)
    vault.wait(30 * SECOND)
    vault.tell(**price, amount=960_000_000)  # still the depeg of 30 s ago
    vault.wait(30 * SECOND)
    [event, *_] = vault.tell(Kind.TICK)
    flags = BOTH | AssetFlag.DEPEGGED
    assert (event.kind, event.contract, event.code) == (Event.ASSET_STATE, COIN, flags)
    assert not [event for event in vault.tell(Kind.TICK) if event.kind == Event.ASSET_STATE]
    vault.tell(**price, amount=10**9)
    assert vault.deposit(A, COIN, 5) == Reject.COLL_DEPEGGED, "only ASSET_STATE ends it"
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(BOTH))
    assert vault.deposit(A, COIN, 5) == Reject.NONE


def test_a_first_price_can_begin_a_depeg():
    """(GAT-031) a coin that is listed below its limit is depegged `depeg_ns` after the start."""
    coin = Asset(
        name="COIN",
        kind=AssetKind.STABLECOIN,
        price_ppb=900_000_000,
        depeg_ppb=980_000_000,
        depeg_ns=60 * SECOND,
    )
    vault = Vault(assets=(ASSETS[0], coin))
    vault.wait(60 * SECOND)
    assert vault.deposit(A, 1, 5) == Reject.NONE, "no mark step has been yet"
    vault.tell(Kind.TICK)
    assert vault.deposit(A, 1, 5) == Reject.COLL_DEPEGGED


def test_a_lost_licence_has_a_grace():
    """(MRG-03, GAT-032) an hour later the coin counts nothing; it fetches what it did."""
    vault = Vault()
    vault.deposit(A, COIN, 1_000 * HKD)
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(AssetFlag.CONVERTIBLE))
    vault.wait(HOUR - 1)
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(AssetFlag.CONVERTIBLE))  # no new grace
    vault.tell(Kind.TICK)
    assert vault.asset(COIN, "valuation_ppb") == 950_000_000
    events = vault.wait(1) + vault.tell(Kind.TICK)
    cuts = [(each.contract, each.amount) for each in events if each.kind == Event.ASSET_HAIRCUT]
    assert cuts == [(COIN, 10**9)]
    assert vault.asset(COIN, "valuation_ppb") == 0
    assert vault.asset(COIN, "conversion_ppb") == 10**9
    assert not [each for each in vault.tell(Kind.TICK) if each.kind == Event.ASSET_HAIRCUT]


def test_a_haircut_changes_the_value_and_not_the_order_of_sale():
    """(GAT-030, GAT-033) par 1.00 less 10% is 0.90; a price keeps the new haircut."""
    vault = Vault()
    before = vault.house.state.assets["raise_asset"].tolist()
    cut = {"kind": Kind.ASSET_HAIRCUT}
    for target, amount, reject in (
        (CASH, 0, Reject.ASSET_UNKNOWN),
        (7, 0, Reject.ASSET_UNKNOWN),
        (COIN, -1, Reject.AMOUNT_INVALID),
        (COIN, 10**9 + 1, Reject.AMOUNT_INVALID),
        (COIN, 100_000_000, Reject.NONE),
    ):
        assert vault.answer(**cut, target=target, amount=amount) == reject
    assert vault.asset(COIN, "valuation_ppb") == 900_000_000
    vault.tell(Kind.ASSET_PRICE, target=COIN, amount=500_000_000)
    assert vault.asset(COIN, "valuation_ppb") == 450_000_000
    assert vault.house.state.assets["raise_asset"].tolist() == before


@pytest.mark.parametrize("flags", range(16))
def test_asset_state_sets_all_four_flags(flags):
    """(GAT-030) and the event carries them."""
    vault = Vault()
    [event] = vault.tell(Kind.ASSET_STATE, target=COIN, flags=flags)
    assert (event.kind, event.code) == (Event.ASSET_STATE, flags)
    names = ("is_convertible", "is_licensed", "is_depegged", "is_broken")
    assert [vault.asset(COIN, name) for name in names] == [flags >> bit & 1 for bit in range(4)]
    assert vault.answer(Kind.ASSET_STATE, target=COIN, flags=16) == Reject.STATE_INVALID
    assert vault.answer(Kind.ASSET_STATE, target=COIN, flags=-1) == Reject.STATE_INVALID


def test_the_pools_limit_counts_everybody_and_what_is_awaited():
    """(MRG-06, GAT-036) 100 of COIN at 0.95 and 5 of TOKEN at 1.00 are 100: the cap."""
    vault = Vault(limits=(limit("COIN", "TOKEN", pool=100),))
    assert vault.deposit(A, COIN, 60) == Reject.NONE  # 57
    assert vault.deposit(B, COIN, 40, flags=1) == Reject.NONE  # floor(100 * 0.95)
    assert vault.deposit(B, TOKEN, 6) == Reject.COLL_CONCENTRATION
    assert vault.deposit(B, TOKEN, 5) == Reject.NONE
    assert vault.deposit(B, CASH, 10**6) == Reject.NONE, "not of the set"
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(AssetFlag.LICENSED))
    reject = vault.deposit(A, COIN, 2)
    assert reject == Reject.COLL_CONCENTRATION, "convertible or not"


def test_a_clients_limit_counts_its_wallets_one_by_one():
    """(MRG-06, GAT-036) 1 + 1 units at 0.95 are worth 0 + 0 in two wallets, 1 in one."""
    vault = Vault(limits=(limit("TOKEN", pool=1, client=1), limit("COIN", client=1)))
    assert vault.deposit(A, COIN, 1) == Reject.NONE  # 0
    assert vault.deposit(A_ISOLATED, COIN, 1) == Reject.NONE  # 0 + 0
    assert vault.deposit(A, COIN, 1, flags=1) == Reject.NONE  # 1 + 0
    assert vault.deposit(A_ISOLATED, COIN, 1) == Reject.COLL_CONCENTRATION  # 1 + 1
    assert vault.deposit(B, COIN, 2) == Reject.NONE, "another account"


def test_a_limit_takes_the_largest_numbers():
    """(GAT-036) 2^60 units at 1,000.00 count 2^61: above any cap, and nothing overflows."""
    vault = Vault(limits=(limit("DEAR", "HKD", pool=2**61 - 1, client=2**61 - 1),))
    assert vault.deposit(A, DEAR, 2**60) == Reject.COLL_CONCENTRATION
    assert vault.deposit(A, DEAR, 2**50) == Reject.NONE  # 1.13e18
    assert vault.deposit(B, CASH, 2**60) == Reject.NONE  # and 1.15e18: 2^61 is 2.31e18
    assert vault.deposit(B, DEAR, 2**44) == Reject.NONE
    assert vault.deposit(B, DEAR, 2**45) == Reject.COLL_CONCENTRATION
