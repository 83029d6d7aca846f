"""The gate on the compiled machine: standing, wallets, agreements, exposure.

Each test names the rule of docs/gate.md it proves.
"""

import pytest

from gate_world import A0, A1, AFFILIATE, AFMM, ALL_FLAGS, IND, A, B, C, World, kinds
from hkperp_engine.codes import AFMM_DOCUMENTS, AccountFlag, OrderType, Reject, Side
from hkperp_engine.codes import Command as Kind
from vectors import FOREVER, SOUND


@pytest.fixture
def world():
    return World()


# --- standing (GAT-010, GAT-011) ---

PLAIN = SOUND
STANDINGS = [
    (IND, PLAIN, FOREVER, Reject.NONE),
    (0, PLAIN | AccountFlag.BLOCKED, 0, Reject.ELIG_NOT_PI),
    (IND, AccountFlag.BLOCKED | AccountFlag.GROUP_COMPANY, 0, Reject.ELIG_JURISDICTION),
    (IND, AccountFlag.GROUP_COMPANY, 0, Reject.AFMM_GROUP_PROP_BAN),
    (IND, 0, 0, Reject.ELIG_PI_LAPSED),
    (IND, AccountFlag.AGREEMENT, FOREVER, Reject.ELIG_NO_KNOWLEDGE),
    (IND, AccountFlag.KNOWLEDGE, FOREVER, Reject.ELIG_NO_AGREEMENT),
]


@pytest.mark.parametrize(("investor_class", "flags", "until", "expected"), STANDINGS)
def test_restrictions_in_order(world, investor_class, flags, until, expected):
    """(GAT-011) Each row lacks what the rows behind it say, too: the first is given."""
    assert world.status(B, investor_class, flags, until)[0] == Reject.NONE
    assert world.order(B, Side.BUY, 1, 100) == expected


@pytest.mark.parametrize("missing", [flag for flag in AccountFlag if flag & AFMM_DOCUMENTS])
def test_affiliate_needs_all_four_documents(world, missing):
    """(GAT-011, AFMM-08) The affiliate may be of the group; without one document it may not."""
    assert world.status(AFFILIATE, AFMM, ALL_FLAGS | AccountFlag.GROUP_COMPANY)[0] == 0
    assert world.order(AFFILIATE, Side.BUY, 1, 100) == Reject.NONE
    assert world.status(AFFILIATE, AFMM, ALL_FLAGS & ~int(missing))[0] == Reject.NONE
    assert world.order(AFFILIATE, Side.BUY, 1, 100) == Reject.AFMM_NOT_PERMITTED


def test_status_is_of_the_account(world):
    """(GAT-002) All wallets get it and are restricted at once, ascending; others are not."""
    for wallet, number in ((A1, 1), (A, 0), (A0, 0), (B, 0)):
        assert world.order(wallet, Side.BUY, 1, 90, number) == Reject.NONE
    assert world.status(A0, IND, 0)[0] == Reject.WALLET_UNKNOWN
    reject, events = world.status(A, IND, 3 | 128, 5)
    assert reject == Reject.NONE
    assert kinds(events) == ["ACCOUNT_STATUS"] + 3 * ["ORDER_CANCELLED"]
    assert events["flags"].tolist()[0] == 131
    assert events["wallet"].tolist() == [A, A, A0, A1]
    rows = world.machine.state.wallets[[A, A0, A1]]
    assert rows["account_flags"].tolist() == [131] * 3
    assert rows["valid_until_ns"].tolist() == [5] * 3
    assert world.machine.state.owners["order_count"][[A, A0, A1, B]].tolist() == [0, 0, 0, 1]


def test_killed_wallet_does_not_restrict_its_neighbours(world):
    """(GAT-002) A kill switch of one wallet is its own; the others keep their orders."""
    assert world.order(A0, Side.BUY, 1, 90) == Reject.NONE
    assert world.order(A1, Side.BUY, 1, 90, 1) == Reject.NONE
    world.send(Kind.KILL_SWITCH, target=0, wallet=A0, side=1)
    assert kinds(world.status(A, IND, SOUND)[1]) == ["ACCOUNT_STATUS"]
    assert world.machine.state.owners["order_count"][[A, A0, A1]].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("investor_class", "flags", "until"),
    [(6, 3, 1), (-1, 3, 1), (IND, 256, 1), (IND, -1, 1), (IND, 3, -1), (AFMM, 255, 1)],
)
def test_status_out_of_range(world, investor_class, flags, until):
    """(GAT-010) Class, flags 0..255, date, and no way into or out of the affiliate's class."""
    assert world.status(B, investor_class, flags, until)[0] == Reject.STATE_INVALID


def test_isolated_wallet_trades_its_own_contract(world):
    """(GAT-003) First of all restrictions: orders, opening trades; even for a wallet killed."""
    assert world.order(A0, Side.BUY, 1, 100, 0) == Reject.NONE
    assert world.order(A0, Side.BUY, 1, 100, 1) == Reject.WALLET_ISOLATED
    assert world.opening(B, A1, 1, 0)[0] == Reject.WALLET_ISOLATED
    assert world.opening(B, A1, 1, 1)[0] == Reject.NONE
    world.send(Kind.KILL_SWITCH, target=0, wallet=A0, side=1)
    assert world.order(A0, Side.BUY, 1, 100, 1) == Reject.WALLET_ISOLATED
    assert world.order(A0, Side.BUY, 1, 100, 0) == Reject.KILL_SWITCH_ENGAGED


def test_waiting_order_of_an_isolated_wallet(world):
    """(GAT-003) A stop is judged when it is sent; in the wallet's own contract it waits."""
    stop = {"order_type": int(OrderType.STOP_LIMIT), "target": 110}
    assert world.order(A0, Side.BUY, 2, 110, 1, **stop) == Reject.WALLET_ISOLATED
    assert world.order(A0, Side.BUY, 2, 110, 0, **stop) == Reject.NONE


def test_quotes_of_an_isolated_wallet(world):
    """(GAT-003) Each leg is admitted like an order of its own, and so refused like one."""
    quote = {"wallet": A0, "order_id": 50, "price_ticks": 99, "lots": 1, "amount": 101}
    _, events = world.send(Kind.MASS_QUOTE, contract=1, target=1, **quote)
    assert events["code"].tolist() == [Reject.WALLET_ISOLATED] * 2
    _, events = world.send(Kind.MASS_QUOTE, contract=0, target=1, **quote)
    assert kinds(events) == ["ORDER_ACCEPTED"] * 2


# --- agreements (GAT-012) ---


def test_new_agreement_must_be_acknowledged(world):
    """(ELIG-06) Orders are restricted by the next mark step, and admitted after the yes."""
    assert world.order(A0, Side.BUY, 1, 90) == Reject.NONE
    for version in (1, 0, 2**31):
        assert world.send(Kind.PUBLISH_AGREEMENT, amount=version)[0] == Reject.STATE_INVALID
    reject, events = world.send(Kind.PUBLISH_AGREEMENT, amount=7)
    assert (reject, kinds(events), events["amount"].tolist()) == (0, ["AGREEMENT"], [7])
    assert world.order(A0, Side.BUY, 1, 90) == Reject.ELIG_NO_AGREEMENT
    assert world.machine.state.owners["order_count"][A0] == 1
    assert "ORDER_CANCELLED" in kinds(world.mark(100))
    say_yes = Kind.ACKNOWLEDGE
    assert world.send(say_yes, wallet=A, amount=1)[0] == Reject.ELIG_NO_AGREEMENT
    assert world.send(say_yes, wallet=A0, amount=7)[0] == Reject.WALLET_UNKNOWN
    assert kinds(world.send(say_yes, wallet=A, amount=7)[1]) == ["ACKNOWLEDGED"]
    assert world.order(A0, Side.BUY, 1, 90) == Reject.NONE
    assert world.order(B, Side.BUY, 1, 90) == Reject.ELIG_NO_AGREEMENT


# --- exposure limits (GAT-013) ---


def test_exposure_of_all_wallets(world):
    """(ELIG-05) 500 in the cross wallet, 300 in an isolated one: 200 of 1,000 are left."""
    limit = Kind.EXPOSURE_LIMIT
    assert world.send(limit, wallet=A0, amount=1)[0] == Reject.WALLET_UNKNOWN
    assert world.send(limit, wallet=A, amount=2**60 + 1)[0] == Reject.AMOUNT_INVALID
    assert kinds(world.send(limit, wallet=A, amount=1_000)[1]) == ["EXPOSURE_LIMIT"]
    assert world.opening(A, B, 5)[0] == Reject.NONE
    assert world.order(A1, Side.SELL, 3, 100, 1) == Reject.NONE
    assert world.order(A0, Side.BUY, 3, 100) == Reject.LIM_CLIENT_EXPOSURE
    assert world.order(A0, Side.BUY, 2, 100) == Reject.NONE
    # Too large for margin as well: the exposure limit is looked at first.
    assert world.order(A0, Side.BUY, 2_000, 100) == Reject.LIM_CLIENT_EXPOSURE
    assert world.order(B, Side.BUY, 2_000, 100) == Reject.MRG_INSUFFICIENT
    world.send(limit, wallet=A, amount=0)
    assert world.order(A0, Side.BUY, 2, 100) == Reject.NONE


def test_exposure_limit_of_an_amendment(world):
    """(ELIG-05) An amendment is judged by the exposure with it against as it stands."""
    assert world.order(B, Side.BUY, 8, 100) == Reject.NONE
    world.send(Kind.EXPOSURE_LIMIT, wallet=B, amount=900)
    amend = {"wallet": B, "order_id": world.order_id, "contract": 0}
    reject, _ = world.send(Kind.AMEND, price_ticks=100, lots=10, **amend)
    assert reject == Reject.LIM_CLIENT_EXPOSURE
    before = world.machine.state.positions[B * 2].copy()
    world.send(Kind.EXPOSURE_LIMIT, wallet=B, amount=500)
    reject, _ = world.send(Kind.AMEND, price_ticks=101, lots=8, **amend)
    assert reject == Reject.LIM_CLIENT_EXPOSURE  # 808 is more than 800
    assert world.machine.state.positions[B * 2] == before
    assert world.send(Kind.AMEND, price_ticks=99, lots=8, **amend)[0] == Reject.NONE


def test_account_above_its_limit_reduces(world):
    """(ELIG-05) The price breaks nothing: what does not add to the exposure goes on."""
    assert world.opening(B, C, 5)[0] == Reject.NONE
    world.send(Kind.EXPOSURE_LIMIT, wallet=B, amount=500)
    world.mark(102)
    assert world.order(B, Side.BUY, 1, 102) == Reject.LIM_CLIENT_EXPOSURE
    assert world.order(B, Side.SELL, 5, 103) == Reject.NONE
    assert world.order(B, Side.SELL, 6, 103) == Reject.LIM_CLIENT_EXPOSURE


def test_opening_trade_within_limits(world):
    """(ELIG-05) Long, then short, with both booked; refused it leaves nothing behind."""
    world.send(Kind.EXPOSURE_LIMIT, wallet=C, amount=400)
    before = world.machine.state.positions[:].copy()
    assert world.opening(B, C, 5)[0] == Reject.LIM_CLIENT_EXPOSURE
    assert world.opening(C, B, 5)[0] == Reject.LIM_CLIENT_EXPOSURE
    assert (world.machine.state.positions == before).all()
    reject, events = world.opening(B, C, 4)
    assert reject == Reject.NONE
    terms_hash = world.machine.state.markets["terms_hash"][0]
    assert events["amount"].tolist() == [terms_hash]  # (GAT-022)
    assert terms_hash > 0
