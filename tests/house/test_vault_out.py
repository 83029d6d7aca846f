"""What leaves the vault, and what should be in it: GAT-004, GAT-037 to GAT-041, compiled machine.

Numbers are worked by hand, in ledger units.
"""

import itertools

import pytest

from hkperp.config import Asset
from hkperp_clearing.layout import Broken
from hkperp_clearing.ledger import HOUSE_PARTITIONS, PARTITIONS, may_move
from hkperp_engine.codes import AssetFlag, AssetKind, Event, HouseWallet, Posting, Reject
from hkperp_engine.codes import Command as Kind
from hkperp_engine.errors import InvariantBroken
from reference.rows import Command
from vault_counter import A_ISOLATED, ASSETS, BOTH, CASH, COIN, DEAR, TOKEN, A, B, Vault
from vectors import START_NS


@pytest.mark.parametrize("counts_gains", [False, True])
def test_unsettled_gains_cannot_be_withdrawn(counts_gains):
    """(NOCR-02, GAT-037) 100 of cash, a gain of 1, a requirement of 20.2: 79.8 are free."""
    for kind, fields in (
        (Kind.WITHDRAW, {}),
        (Kind.TRANSFER, {"target": A_ISOLATED}),
    ):
        vault = Vault(counts_gains=counts_gains)
        vault.mark(100)
        vault.deposit(A, CASH, 100_000)
        vault.deposit(B, CASH, 100_000)
        vault.tell(Kind.OPENING_TRADE, wallet=A, target=B, lots=1, price_ticks=100)
        vault.mark(101)
        for amount, reject in (
            (79_801, Reject.NOCR_WITHDRAWAL_REFUSED),  # 20% of 101 are 20.2
            (79_800, Reject.NONE),
            (1, Reject.NOCR_WITHDRAWAL_REFUSED),
        ):
            assert vault.answer(kind, wallet=A, amount=amount, **fields) == reject, amount


def test_a_transfer_stays_within_the_account():
    """(MRG-13, GAT-004) asset in `contract`; refusals in the order written."""
    vault = Vault()
    vault.deposit(A, CASH, 100)
    vault.deposit(A, COIN, 10)
    for wallet, target, asset, amount, reject in (
        (3, A, 99, 0, Reject.WALLET_UNKNOWN),
        (A, 3, 99, 0, Reject.WALLET_UNKNOWN),
        (A, 99, 99, 0, Reject.WALLET_UNKNOWN),
        (A, A, 99, 0, Reject.WALLET_UNKNOWN),
        (A, B, 99, 0, Reject.WALLET_UNKNOWN),
        (A, A_ISOLATED, 99, 0, Reject.ASSET_UNKNOWN),
        (A, A_ISOLATED, CASH, 0, Reject.AMOUNT_INVALID),
        (A, A_ISOLATED, CASH, 101, Reject.NOCR_WITHDRAWAL_REFUSED),
        (A_ISOLATED, A, CASH, 1, Reject.NOCR_WITHDRAWAL_REFUSED),
        (A, A_ISOLATED, CASH, 40, Reject.NONE),
        (A, A_ISOLATED, COIN, 10, Reject.NONE),
        (A_ISOLATED, A, COIN, 4, Reject.NONE),
    ):
        fields = {"wallet": wallet, "target": target, "contract": asset, "amount": amount}
        assert vault.answer(Kind.TRANSFER, **fields) == reject, fields
    assert [vault.holds(each, CASH) for each in (A, A_ISOLATED)] == [60, 40]
    assert [vault.holds(each, COIN) for each in (A, A_ISOLATED)] == [4, 6]
    vault.deposit(A_ISOLATED, CASH, 2**60 - 41, flags=1)
    full = {"wallet": A, "target": A_ISOLATED, "amount": 2}
    assert vault.answer(Kind.TRANSFER, **full) == Reject.LIM_ACCOUNT, "it awaits the rest"
    vault.tell(Kind.RECONCILE, target=CASH, amount=0)
    assert vault.answer(Kind.TRANSFER, **full) == Reject.SEG_BREAK


def test_a_redemption_pays_par_later():
    """(MRG-04, GAT-038) 100 units of a coin at 0.90 bring 100 HKD, awaited."""
    vault = Vault()
    vault.deposit(A, COIN, 100)
    vault.deposit(A, DEAR, 100)
    vault.tell(Kind.ASSET_PRICE, target=COIN, amount=900_000_000)
    for wallet, target, amount, reject in (
        (3, CASH, 0, Reject.WALLET_UNKNOWN),
        (A, CASH, 0, Reject.ASSET_UNKNOWN),
        (A, 7, 0, Reject.ASSET_UNKNOWN),
        (A, DEAR, 0, Reject.AMOUNT_INVALID),
        (A, DEAR, 101, Reject.STATE_INVALID),
        (A, COIN, 101, Reject.NOCR_WITHDRAWAL_REFUSED),
    ):
        fields = {"wallet": wallet, "target": target, "amount": amount}
        assert vault.answer(Kind.REDEEM, **fields) == reject, fields
    out, proceeds = vault.tell(Kind.REDEEM, wallet=A, target=COIN, amount=70)
    assert (out.code, out.contract, out.counter_wallet, out.amount) == (
        Posting.REDEMPTION,
        COIN,
        HouseWallet.EXTERNAL,
        70,
    )
    assert (proceeds.code, proceeds.contract, proceeds.order_id, proceeds.amount) == (
        Posting.DEPOSIT_UNCLEARED,
        CASH,
        A,
        70,
    )
    assert (vault.holds(A, COIN), vault.holds(A, CASH)) == (30, 0)
    vault.tell(Kind.CLEAR_DEPOSIT, wallet=A, amount=70)
    assert vault.holds(A, CASH) == 70
    rest = {"wallet": A, "target": COIN, "amount": 30}
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(AssetFlag.BROKEN | AssetFlag.LICENSED))
    assert vault.answer(Kind.REDEEM, **rest) == Reject.COLL_REDEMPTION_CLOSED
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(AssetFlag.BROKEN | BOTH))
    assert vault.answer(Kind.REDEEM, **rest) == Reject.SEG_BREAK
    vault.tell(Kind.ASSET_STATE, target=COIN, flags=int(BOTH))
    vault.deposit(A, CASH, 2**60 - 99)
    assert vault.answer(Kind.REDEEM, **rest) == Reject.LIM_ACCOUNT


def test_a_redemption_can_bring_nothing():
    """(GAT-038) one unit at a par of 0.50 is rounded down to 0: one posting only."""
    half = Asset(name="HALF", kind=AssetKind.STABLECOIN, par_ppb=500_000_000)
    vault = Vault(assets=(ASSETS[0], half))
    vault.deposit(A, 1, 3)
    assert len(vault.tell(Kind.REDEEM, wallet=A, target=1, amount=1)) == 1
    assert [each.amount for each in vault.tell(Kind.REDEEM, wallet=A, target=1, amount=2)] == [
        2,
        1,
    ]


def test_a_break_blocks_what_would_leave_and_a_reversal_cures_it():
    """(SEG-02, GAT-039, GAT-040) ledger 100, custodian 60: 40 too much, of which A spent 30."""
    vault = Vault()
    vault.deposit(A, CASH, 50)
    vault.deposit(B, CASH, 50)
    vault.deposit(A, CASH, 7, flags=1)  # awaited: the custodian does not have it yet
    reconcile = {"kind": Kind.RECONCILE, "target": CASH}
    assert vault.answer(Kind.RECONCILE, target=7, amount=-1) == Reject.ASSET_UNKNOWN
    assert vault.answer(**reconcile, amount=-1) == Reject.AMOUNT_INVALID
    assert vault.answer(**reconcile, amount=2**62 + 1) == Reject.AMOUNT_INVALID
    [event] = vault.tell(**reconcile, amount=100)
    assert (event.kind, event.contract, event.amount) == (Event.RECONCILED, CASH, 100)
    [event] = vault.tell(**reconcile, amount=2**62)
    assert (event.kind, event.amount) == (Event.SEG_BREAK, 100 - 2**62)
    reverse = {"kind": Kind.REVERSE_DEPOSIT, "wallet": A, "target": CASH}
    assert vault.answer(**reverse, amount=1) == Reject.STATE_INVALID, "the custodian has more"
    [event] = vault.tell(**reconcile, amount=60)
    assert (event.kind, event.amount, event.order_id) == (Event.SEG_BREAK, 40, 100)
    assert vault.answer(Kind.WITHDRAW, wallet=A, amount=1) == Reject.SEG_BREAK
    assert vault.answer(Kind.WITHDRAW, wallet=A, amount=99) == Reject.SEG_BREAK
    assert vault.deposit(B, CASH, 1) == Reject.NONE, "money may come in"
    assert vault.answer(**reverse, amount=41) == Reject.STATE_INVALID
    [event] = vault.tell(**reverse, amount=20)
    assert (event.code, event.wallet, event.counter_wallet, event.amount) == (
        Posting.DEPOSIT_REVERSED,
        A,
        HouseWallet.EXTERNAL,
        20,
    )
    assert vault.answer(**reverse, amount=21) == Reject.STATE_INVALID, "20 of the break are left"
    assert vault.answer(Kind.WITHDRAW, wallet=A, amount=1) == Reject.SEG_BREAK
    [event] = vault.tell(**reconcile, amount=81)
    assert event.kind == Event.RECONCILED
    assert vault.answer(Kind.WITHDRAW, wallet=A, amount=1) == Reject.NONE
    assert vault.answer(**reverse, amount=1) == Reject.STATE_INVALID


def test_what_a_reversal_does_not_find_is_the_operators():
    """(GAT-040) 30 in the wallet, 10 from ERROR; in units nobody stands in."""
    vault = Vault()
    vault.deposit(A, CASH, 30)
    vault.deposit(B, CASH, 30)
    vault.deposit(B, COIN, 30)
    vault.tell(Kind.RECONCILE, target=CASH, amount=0)
    reverse = {"kind": Kind.REVERSE_DEPOSIT, "wallet": A}
    assert vault.answer(**reverse, target=CASH, amount=40) == Reject.ERROR_ACCOUNT_SHORT
    vault.tell(Kind.HOUSE_DEPOSIT, target=HouseWallet.ERROR, amount=10)
    first, second = vault.tell(**reverse, target=CASH, amount=40)
    assert (first.wallet, first.amount) == (A, 30)
    assert (second.wallet, second.amount) == (HouseWallet.ERROR, 10)
    assert vault.asset(CASH, "break_units") == 20
    vault.tell(Kind.HOUSE_DEPOSIT, target=HouseWallet.ERROR, amount=5)
    [event] = vault.tell(**reverse, target=CASH, amount=5)
    assert event.wallet == HouseWallet.ERROR, "nothing is posted out of an empty wallet"
    vault.tell(Kind.RECONCILE, target=COIN, amount=0)
    assert vault.answer(**reverse, target=COIN, amount=1) == Reject.ERROR_ACCOUNT_SHORT
    for wallet, target, amount, reject in (
        (3, 7, 0, Reject.WALLET_UNKNOWN),
        (A, 7, 0, Reject.ASSET_UNKNOWN),
        (A, COIN, 0, Reject.AMOUNT_INVALID),
        (A, TOKEN, 1, Reject.STATE_INVALID),
    ):
        fields = {"wallet": wallet, "target": target, "amount": amount}
        assert vault.answer(Kind.REVERSE_DEPOSIT, **fields) == reject, fields


def test_positions_that_do_not_match_halt_the_machine():
    """(SEG-02, INV-01, GAT-039) planted: open interest of 1 that nobody holds."""
    vault = Vault()
    assert vault.tell(Kind.RECONCILE, target=CASH, amount=0)[0].kind == Event.RECONCILED
    vault.house.state.contracts[0]["open_interest"] = 1
    with pytest.raises(InvariantBroken):
        vault.house.apply(Command(kind=Kind.RECONCILE, time_ns=START_NS))
    assert vault.house.state.house[0]["is_broken"] == Broken.POSITIONS


def test_every_posting_type_has_its_pair_of_partitions():
    """(SEG-01, GAT-041) and no posting takes from a wallet that is not of its pair."""
    assert set(PARTITIONS) == set(Posting)
    assert set(HOUSE_PARTITIONS) == set(HouseWallet) - {HouseWallet.CLIENTS}
    assert may_move(Posting.DEPOSIT_UNCLEARED, HouseWallet.EXTERNAL, HouseWallet.UNCLEARED)
    assert may_move(Posting.VARIATION_PAID, HouseWallet.PLATFORM, HouseWallet.SETTLEMENT)
    outside = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION)
    inside = [A, *(each for each in HOUSE_PARTITIONS if each not in outside)]
    for code, payer, receiver in itertools.product(PARTITIONS, inside, (B, HouseWallet.UNCLEARED)):
        pays_clients = {Posting.VARIATION_RECEIVED, Posting.VARIATION_PAID, Posting.LAYER_PAYMENT}
        pays_clients |= {Posting.TRANSFER, Posting.DEPOSIT_CLEARED, Posting.CLAIM_REPAYMENT}
        pays_clients |= {Posting.FEE_REFUND, Posting.COMPENSATION}
        assert not may_move(code, payer, receiver) or code in pays_clients, (code, payer)
