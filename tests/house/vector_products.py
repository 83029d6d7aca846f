"""What may be traded, and how a contract ends: docs/gate.md section 3, to the unit."""

import msgspec

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    CycleCause,
    Event,
    HouseWallet,
    OrderFlag,
    ProductState,
    ReferenceStatus,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from vectors import (
    SECOND,
    A,
    B,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    lots,
    opening,
    prices,
    sell,
    send,
    venue,
    wait,
    withdraw,
)

PLAIN = contract(1, (0, 100_000, 50_000))

# --- GAT-020, 022


def step(state: int, reject: int = 0, told: tuple = ()):
    """A PRODUCT_STATE."""
    return send(Kind.PRODUCT_STATE, reject, told, side=int(state))


def reference(state: int):
    """A REFERENCE_STATUS."""
    told = ((Event.REFERENCE_STATUS, {"code": int(state)}),)
    return send(Kind.REFERENCE_STATUS, told=told, side=int(state))


DRAFTED = msgspec.structs.replace(
    PLAIN, product=ProductState.DRAFT, reference=ReferenceStatus.NOT_RETAIL
)

APPROVAL = Vector(
    "GAT-020: from a draft to a live product, and its review",
    venue(DRAFTED),
    2,
    (
        *prices(100),
        deposit(A, 1_000),
        deposit(B, 1_000),
        buy(A, 1, 1, 100, reject=Reject.PROD_NOT_LIVE),
        opening(A, B, 1, 100, reject=Reject.PROD_NOT_LIVE),
        step(ProductState.LIVE, Reject.STATE_INVALID),
        step(ProductState.SUBMITTED),
        step(ProductState.DRAFT),
        step(ProductState.SUBMITTED),
        step(ProductState.APPROVED),
        step(ProductState.DRAFT, Reject.STATE_INVALID),
        step(ProductState.LIVE, Reject.REF_NOT_RETAIL_ELIGIBLE),
        reference(ReferenceStatus.INDEX_NOT_IOSCO),
        step(ProductState.LIVE, Reject.REF_INDEX_NOT_IOSCO),
        send(Kind.REFERENCE_STATUS, Reject.STATE_INVALID, side=3),
        reference(ReferenceStatus.ELIGIBLE),
        step(ProductState.LIVE, told=((Event.PRODUCT_STATE, {"code": 3, "contract": 0}),)),
        # Every trade says what was traded (GAT-022).
        buy(A, 1, 1, 100),
        sell(B, 2, 1, 100, told=((Event.TRADE, {"amount": DRAFTED.terms_hash}),)),
        step(ProductState.LIVE, Reject.STATE_INVALID),
        step(ProductState.DELISTED, Reject.STATE_INVALID),
        # Nothing follows from a reference that lacks something, but the review.
        reference(ReferenceStatus.NOT_RETAIL),
        See("contract", (0,), "product", ProductState.LIVE),
        step(ProductState.REDUCE_ONLY),
        buy(A, 3, 1, 100, reject=Reject.PROD_NOT_LIVE),
        sell(A, 4, 1, 101),
        buy(B, 5, 2, 99, reject=Reject.PROD_NOT_LIVE),
        buy(B, 5, 2, 99, flags=int(OrderFlag.REDUCE_ONLY)),
        step(ProductState.LIVE, Reject.REF_NOT_RETAIL_ELIGIBLE),
        reference(ReferenceStatus.ELIGIBLE),
        step(ProductState.LIVE),
        buy(A, 6, 1, 98),
        send(Kind.PRODUCT_STATE, Reject.CONTRACT_UNKNOWN, contract=1, side=4),
    ),
)

# --- GAT-021. Samples are taken every 5 s. A is long 10 at 100 of B, both have 1,000.

BEGINNING = (
    deposit(A, 1_000),
    deposit(B, 1_000),
    *prices(100),
    opening(A, B, 10, 100),
)


def settled(price: int, used: int) -> tuple:
    """What the step to DELISTED must say, in this order."""
    return (
        (Event.PRODUCT_STATE, {"code": ProductState.DELISTED}),
        (Event.CONTRACT_STATE, {"code": ContractState.SETTLED}),
        (Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.SETTLED}),
        (Event.FINAL_PRICE, {"contract": 0, "price_ticks": price, "lots": used}),
        (Event.FINAL_SETTLEMENT, {"wallet": A, "price_ticks": price, "lots": 10}),
        (Event.FINAL_SETTLEMENT, {"wallet": B, "price_ticks": price, "lots": -10}),
        (Event.CYCLE, {"code": CycleCause.FINAL}),
        (Event.CYCLE_DONE, {"amount": 10 * (price - 100)}),
    )


# 6 samples of 100, 6 of 103: floor(1,218 / 12) = 101. The mark, 103, is another price.
FINAL_TWELVE = Vector(
    "GAT-021: the final price of 12 samples is their mean",
    venue(PLAIN),
    2,
    (
        *BEGINNING,
        step(ProductState.REDUCE_ONLY),
        sell(A, 1, 10, 200),
        wait(30 * SECOND),
        *prices(103),
        wait(30 * SECOND),
        See("contract", (0,), "finals", [100] * 6 + [103] * 6),
        step(ProductState.DELISTED, told=settled(101, 12)),
        cash(A, 1_010),
        cash(B, 990),
        lots(A, 0),
        See("contract", (0,), "open_interest", 0),
        See("contract", (0,), "mark", 101),
        step(ProductState.LIVE, Reject.STATE_INVALID),
        withdraw(A, 1_010),
        withdraw(B, 990),
    ),
)

FINAL_ELEVEN = Vector(
    "GAT-021: with 11 samples it is the last good mark",
    venue(PLAIN),
    2,
    (
        *BEGINNING,
        step(ProductState.REDUCE_ONLY),
        sell(A, 1, 10, 200),
        wait(30 * SECOND),
        *prices(103),
        wait(25 * SECOND),
        step(ProductState.DELISTED, told=settled(103, 0)),
        cash(A, 1_030),
        cash(B, 970),
    ),
)

FORGOTTEN = Vector(
    "GAT-021: back to LIVE forgets the samples; the last 60 are kept",
    venue(PLAIN),
    2,
    (
        *BEGINNING,
        wait(100 * SECOND),
        See("contract", (0,), "finals", []),
        step(ProductState.REDUCE_ONLY),
        wait(50 * SECOND),
        See("contract", (0,), "finals", [100] * 10),
        step(ProductState.LIVE),
        See("contract", (0,), "finals", []),
        step(ProductState.REDUCE_ONLY),
        *prices(101),
        wait(5 * SECOND),
        *prices(102),
        wait(300 * SECOND),
        See("contract", (0,), "finals", [102] * 60),
        sell(A, 1, 10, 200),
        step(ProductState.DELISTED, told=settled(102, 60)),
    ),
)

# B is short 10 at 100 with 200; at 110 it has E = 100. 5 samples of 110, then one of 80 and the
# cycle: A pays 200, B has 400 and takes out all above IM 80. 6 more samples of 80: the final price
# is floor((5 * 110 + 7 * 80) / 12) = floor(1,110 / 12) = 92, where B has 80 - 120 = -40.
FINAL_DEFAULT = Vector(
    "GAT-021: the margin test at the final price comes before the settlement",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 200),
        *prices(100),
        opening(A, B, 10, 100),
        wait(3_570 * SECOND),
        *prices(110),
        step(ProductState.REDUCE_ONLY),
        wait(25 * SECOND),
        *prices(80),
        wait(5 * SECOND, ((Event.CYCLE_DONE, {"amount": 200}),)),
        See("contract", (0,), "finals", [110] * 5 + [80]),
        withdraw(B, 321, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        withdraw(B, 320),
        wait(30 * SECOND),
        step(
            ProductState.DELISTED,
            told=(
                (Event.FINAL_PRICE, {"price_ticks": 92, "lots": 12}),
                (Event.DEFAULT, {"wallet": B, "amount": 40}),
                (Event.TAKEOVER, {"wallet": B, "lots": -10, "price_ticks": 92}),
                (Event.CYCLE, {"code": CycleCause.EXTRAORDINARY}),
                (Event.HAIRCUT, {"wallet": A, "amount": 40}),
                (Event.FINAL_SETTLEMENT, {"wallet": HouseWallet.PLATFORM, "lots": -10}),
                (Event.FINAL_SETTLEMENT, {"wallet": A, "lots": 10}),
                (Event.CYCLE, {"code": CycleCause.FINAL}),
                (Event.CYCLE_DONE, {"amount": 0}),
            ),
        ),
        cash(A, 880),  # 800 + 120 - 40
        cash(B, 0),
        lots(HouseWallet.PLATFORM, 0),
    ),
)

VECTORS = (APPROVAL, FINAL_TWELVE, FINAL_ELEVEN, FORGOTTEN, FINAL_DEFAULT)
