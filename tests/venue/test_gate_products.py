"""The gate on the compiled machine: products, and what a position must hold.

Each test names the rule of docs/gate.md it proves.
"""

import pytest

from gate_world import AFFILIATE, IND, B, C, World, kinds
from hkperp.config import Concentration, Tier
from hkperp.edge.inspection import measure_wallet
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import (
    ContractState,
    CycleCause,
    Event,
    InvestorClass,
    ProductState,
    ReferenceStatus,
    Reject,
    Side,
)

PERCENT = 10_000_000


@pytest.fixture
def world():
    return World()


# --- products (GAT-020, GAT-021) ---


def test_steps_of_a_product():
    """(PROD-05) Only the steps that are written lead on; out of range is refused like them."""
    ways = {0: {1}, 1: {0, 2}, 2: {3}, 3: {4}, 4: {3, 5}, 5: set()}
    for before, after in ways.items():
        for state in (-1, *range(7)):
            world = World()
            world.machine.state.contracts["product"][0] = before
            expected = Reject.NONE if state in after else Reject.STATE_INVALID
            assert world.product(state)[0] == expected, (before, state)
    assert world.product(0, number=2)[0] == Reject.CONTRACT_UNKNOWN


def test_only_an_eligible_reference_goes_live(world):
    """(REF-01, REF-04) Nothing follows from a status by itself; the way back to LIVE is shut."""
    status = Kind.REFERENCE_STATUS
    assert world.send(status, side=3)[0] == Reject.STATE_INVALID
    assert world.send(status, side=0, contract=2)[0] == Reject.CONTRACT_UNKNOWN
    assert kinds(world.send(status, side=ReferenceStatus.NOT_RETAIL)[1]) == ["REFERENCE_STATUS"]
    assert world.order(B, Side.BUY, 1, 100) == Reject.NONE
    assert world.product(ProductState.REDUCE_ONLY)[0] == Reject.NONE
    assert world.product(ProductState.LIVE)[0] == Reject.REF_NOT_RETAIL_ELIGIBLE
    world.send(status, side=ReferenceStatus.INDEX_NOT_IOSCO)
    assert world.product(ProductState.LIVE)[0] == Reject.REF_INDEX_NOT_IOSCO
    world.send(status, side=ReferenceStatus.ELIGIBLE)
    assert world.product(ProductState.LIVE)[0] == Reject.NONE


def test_product_that_is_not_live_only_reduces(world):
    """(PROD-05, GAT-011) Before MARKET_REDUCE_ONLY; a position may be reduced."""
    world.opening(B, C, 5)
    assert world.product(ProductState.REDUCE_ONLY)[0] == Reject.NONE
    world.send(Kind.CONTRACT_STATE, side=ContractState.REDUCE_ONLY)
    assert world.order(B, Side.BUY, 1, 100) == Reject.PROD_NOT_LIVE
    assert world.order(B, Side.SELL, 5, 100) == Reject.NONE
    assert world.order(B, Side.BUY, 1, 100, 1) == Reject.NONE


def test_delisting_cancels_then_settles(world):
    """(GAT-021) Orders go first, then the final price, the positions, the cycle."""
    world.opening(B, C, 5)
    world.order(B, Side.BUY, 1, 90)
    world.order(C, Side.BUY, 1, 90, 1)
    world.product(ProductState.REDUCE_ONLY)
    reject, events = world.product(ProductState.DELISTED)
    assert reject == Reject.NONE
    told = kinds(events)
    assert told[:5] == [
        "PRODUCT_STATE",
        "CONTRACT_STATE",
        "ORDER_CANCELLED",
        "MASS_CANCELLED",
        "FINAL_PRICE",
    ]
    assert told.count("FINAL_SETTLEMENT") == 2
    assert events["code"][told.index("CYCLE")] == CycleCause.FINAL
    assert (world.lots(B), world.lots(C)) == (0, 0)
    assert world.machine.state.markets["state"].tolist() == [ContractState.SETTLED, 0]
    assert world.machine.state.owners["order_count"][[B, C]].tolist() == [0, 1]
    assert world.product(ProductState.LIVE)[0] == Reject.STATE_INVALID


# --- margin (GAT-050 to GAT-053) ---


def measured(world, wallet):
    """What a wallet is worth and must hold, by name."""
    measure_wallet(world.machine.arena, wallet)
    row = world.machine.state.margin[0]
    return dict(zip(row.dtype.names, row.tolist(), strict=True))


def need(world, wallet):
    """Initial margin of a wallet, of what it holds and could hold."""
    return measured(world, wallet)["requirement"]


def floors(percent):
    """Class floors with one for individuals."""
    return tuple(percent * PERCENT if each == IND else 0 for each in InvestorClass)


def test_class_floor():
    """(MRG-10) 5x for individuals: 20% of 500 instead of 10%; a floor below the tier is idle."""
    for percent, margin in ((0, 50), (5, 50), (20, 100)):
        capped = World({"class_floors_ppb": floors(percent)})
        assert capped.opening(B, AFFILIATE, 5)[0] == Reject.NONE
        assert need(capped, B) == margin
        assert need(capped, AFFILIATE) == 50


def test_concentration_addon():
    """(LIM-02) 30% of what goes beyond 10% of the open interest of 200 lots, 2,000: 30% of 18,000.

    The threshold follows the mark; it is what a mark event says.
    """
    rules = Concentration(addon_ppb=30 * PERCENT, floor_quote=500, oi_share_ppb=10 * PERCENT)
    world = World({"concentration": rules})
    assert world.machine.state.contracts["threshold_quote"].tolist() == [500, 2**62]
    world.send(Kind.DEPOSIT, wallet=B, amount=100_000)
    world.send(Kind.DEPOSIT, wallet=C, amount=100_000)
    assert world.opening(B, C, 200)[0] == Reject.NONE
    assert need(world, B) == 2_000 + 5_850  # 30% of 19,500, until the next mark
    events = world.mark(100)
    marks = events[events["kind"] == Event.MARK]
    assert marks["counter_order_id"].tolist() == [2_000, 0]
    assert need(world, B) == 2_000 + 5_400


def test_thinner_side_bounds_the_threshold():
    """(LIM-02) Half of the 4 lots bid within the collar of 5%, not of the 9 asked: 200."""
    rules = Concentration(addon_ppb=PERCENT, oi_share_ppb=0, depth_share_ppb=50 * PERCENT)
    world = World({"concentration": rules})
    world.order(B, Side.BUY, 4, 95)
    world.order(B, Side.BUY, 4, 94)
    world.order(C, Side.SELL, 9, 105)
    world.mark(100)
    assert world.machine.state.contracts["threshold_quote"][0] == 200


def test_margin_addon():
    """(MRG-08, APC-01) All tiers rise; they never add up, and end at 100%."""
    tiers = (Tier(0, 10 * PERCENT, 5 * PERCENT), Tier(300, 20 * PERCENT, 10 * PERCENT))
    world = World({"tiers": tiers})
    world.opening(B, C, 5)
    assert need(world, B) == 70  # 20% of 500, less 30
    addon = Kind.MARGIN_ADDON
    for im, mm in ((-1, -1), (1, 2), (0, -1), (80 * PERCENT + 1, 0), (2**62, 0)):
        reject, _ = world.send(addon, amount=im, price_ticks=mm)
        assert reject == Reject.AMOUNT_INVALID, (im, mm)
    assert world.send(addon, contract=2)[0] == Reject.CONTRACT_UNKNOWN
    for im, mm in ((40 * PERCENT, 30 * PERCENT), (5 * PERCENT, 2 * PERCENT)):
        assert kinds(world.send(addon, amount=im, price_ticks=mm)[1]) == ["MARGIN_ADDON"]
    assert need(world, B) == 95
    assert measured(world, B)["maintenance_margin"] == 45  # 12% of 500, less 15
    world.send(addon)
    assert need(world, B) == 70


@pytest.mark.parametrize(("counts", "expected"), [(False, Reject.MRG_INSUFFICIENT), (True, 0)])
def test_unsettled_gains_for_new_risk(counts, expected):
    """(MRG-12, GAT-053) B has 10,000 and an unsettled gain of 1,000; it wants to need 10,800."""
    world = World(counts_gains=counts)
    world.opening(B, C, 50)
    world.mark(120)
    # 50 held and 850 ordered, at 120: 10% of 108,000
    assert world.order(B, Side.BUY, 850, 120) == expected


def test_explain_names_the_terms(world):
    """(PROD-06, GAT-022) The MARK row of a block says which terms the leg was margined on."""
    world.opening(B, C, 900)
    events = world.mark(90)
    rows = events[(events["kind"] == Event.EXPLAIN) & (events["counter_order_id"] != 0)]
    assert set(rows["counter_order_id"].tolist()) == {
        int(world.machine.state.markets["terms_hash"][0])
    }
