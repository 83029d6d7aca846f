"""What must stand behind a position: docs/gate.md section 5, to the unit."""

import msgspec

from hkperp.config import Concentration, Config
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import (
    Event,
    MarginState,
    Reject,
)
from vectors import (
    A,
    B,
    C,
    Do,
    See,
    Vector,
    buy,
    contract,
    deposit,
    opening,
    prices,
    sell,
    send,
    venue,
    withdraw,
)

MILLION = 1_000_000
TIERS = (0, 100_000, 50_000)  # IM 10 %, MM 5 %


def mark(**fields) -> tuple:
    """A MARK event."""
    return (Event.MARK, fields)


# --- GAT-050. Sound clients are class 2: its floor is 20 %, so 5x; class 3 has 5 %, less than the
# tier.

FLOORS = Vector(
    "GAT-050: the leverage cap of a class is a floor of its initial margin",
    venue(contract(1, TIERS, class_floors_ppb=(0, 0, 200 * MILLION, 50 * MILLION, 0, 0))),
    2,
    (
        *prices(100),
        deposit(A, 199),
        deposit(B, 99),
        buy(A, 1, 10, 100, reject=Reject.MRG_INSUFFICIENT),  # 200
        deposit(A, 1),
        buy(A, 1, 10, 100),
        withdraw(A, 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        sell(B, 2, 10, 100, reject=Reject.MRG_INSUFFICIENT),  # 100 by the tier
        deposit(B, 1),
        sell(B, 2, 10, 100, told=((Event.TRADE, {"lots": 10}),)),
        # E = 100 is below IM = 0.2 * 900, above MM = 0.05 * 900: a call, no reduction.
        *prices(90),
        See("wallet", (A,), "state", MarginState.CALL),
    ),
    standing=((B, 3, 3),),
)

# --- GAT-051. Add-on 10 % of what is above the threshold.


def concentrated(**terms) -> Config:
    """A venue whose contract asks a concentration add-on."""
    return venue(contract(1, TIERS, concentration=Concentration(addon_ppb=100 * MILLION, **terms)))


# Both shares off: the floor, 500. 10 lots at 100: 100 + 0.1 * 500 = 150. 5 lots: 50, no add-on.
# MM of 1,000 is 50 as ever, so at 90 E = 50 >= 45 is no reduction.
ADDON_FLOOR = Vector(
    "GAT-051: the concentration add-on above its floor",
    concentrated(floor_quote=500),
    3,
    (
        See("contract", (0,), "threshold_quote", 2**62),
        *prices(100, (mark(counter_order_id=500),)),
        See("contract", (0,), "threshold_quote", 500),
        deposit(A, 149),
        deposit(B, 50),
        deposit(C, 9_000),
        buy(B, 1, 5, 100),
        buy(A, 2, 10, 100, reject=Reject.MRG_INSUFFICIENT),
        deposit(A, 1),
        buy(A, 2, 10, 100),
        send(Kind.AMEND, Reject.MRG_INSUFFICIENT, wallet=A, order_id=2, price_ticks=100, lots=11),
        sell(C, 3, 15, 100),
        *prices(90),
        See("wallet", (A,), "state", MarginState.CALL),
    ),
)

# 40 lots of open interest are 4,000; a quarter of it 1,000; of the book 8 lots, the lesser side
# within 5 % of 100, are 800, of which 50 % are 400; the floor is 300. The bid at 94 is too far.
ADDON_SHARES = Vector(
    "GAT-051: the threshold is the lesser share of open interest and depth",
    concentrated(floor_quote=300, oi_share_ppb=250 * MILLION, depth_share_ppb=500 * MILLION),
    3,
    (
        *(deposit(wallet, 90_000) for wallet in (A, B, C)),
        *prices(100, (mark(counter_order_id=300),)),
        opening(A, B, 40, 100),
        buy(C, 1, 20, 95),
        sell(C, 2, 8, 105),
        sell(C, 3, 30, 106),
        buy(C, 4, 30, 94),
        send(Kind.TICK, told=(mark(price_ticks=100, counter_order_id=400),)),
        sell(C, 5, 22, 104),
        # 20 against 30 lots: 1,000 of 2,000, and 1,000 of the open interest.
        send(Kind.TICK, told=(mark(counter_order_id=1_000),)),
        buy(C, 6, 20, 96),
        send(Kind.TICK, told=(mark(counter_order_id=1_000),)),
        send(Kind.CANCEL, wallet=C, order_id=6),
        send(Kind.CANCEL, wallet=C, order_id=1),
        send(Kind.TICK, told=(mark(counter_order_id=300),)),
    ),
)

# --- GAT-052. A is long 10 at 100 with 100; at 96 it has 60. MM 48, with 2 % more 67.2.


def addon(im: int, mm: int, reject: int = 0) -> Do:
    """A MARGIN_ADDON."""
    return send(Kind.MARGIN_ADDON, reject, amount=im, price_ticks=mm)


ADDON = Vector(
    "GAT-052: an add-on to all rates, and back",
    venue(contract(1, TIERS, (1_000, 200_000, 100_000))),
    3,
    (
        *prices(100),
        deposit(A, 100),
        deposit(B, 9_000),
        deposit(C, 9_000),
        opening(A, B, 10, 100),
        addon(-1, -1, Reject.AMOUNT_INVALID),
        addon(5, 6, Reject.AMOUNT_INVALID),
        addon(800 * MILLION + 1, 0, Reject.AMOUNT_INVALID),  # 20 % and this are above 100 %
        addon(800 * MILLION, 0),
        send(
            Kind.MARGIN_ADDON,
            amount=50 * MILLION,
            price_ticks=20 * MILLION,
            told=((Event.MARGIN_ADDON, {"amount": 50 * MILLION, "price_ticks": 20 * MILLION}),),
        ),
        See(
            "contract",
            (0,),
            "tiers",
            [(150 * MILLION, 70 * MILLION), (250 * MILLION, 120 * MILLION)],
        ),
        buy(C, 1, 1, 90),
        *prices(96, ((Event.MARGIN_STATE, {"wallet": A, "code": MarginState.REDUCING}),)),
        addon(0, 0),
        send(Kind.TICK, told=((Event.MARGIN_STATE, {"wallet": A, "code": MarginState.CALL}),)),
        See(
            "contract",
            (0,),
            "tiers",
            [(100 * MILLION, 50 * MILLION), (200 * MILLION, 100 * MILLION)],
        ),
    ),
)

# --- GAT-053, 037. B, short 10 at 100 with 100, has gained 100 at 90. 12 more: 22 * 90 * 10 % =
# 198 of 200; 13: 207. Without the switch 100 carry one more (99), not two (108).


def gaining(counts_gains: bool) -> Config:
    """A venue in which unsettled gains carry new risk, or not."""
    config = venue(contract(1, TIERS))
    rules = msgspec.structs.replace(config.house, counts_gains=counts_gains)
    return msgspec.structs.replace(config, house=rules)


def gains(name: str, counts_gains: bool, most: int, left: int) -> Vector:
    """B may sell `most` lots and no more; of its cash `left` may go, of the gain nothing."""
    return Vector(
        name,
        gaining(counts_gains),
        2,
        (
            *prices(100),
            deposit(A, 9_000),
            deposit(B, 100),
            opening(A, B, 10, 100),
            *prices(90),
            withdraw(B, 11, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
            sell(B, 1, most + 1, 90, reject=Reject.MRG_INSUFFICIENT),
            sell(B, 1, most, 90),
            withdraw(B, left + 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        ),
    )


GAINS_COUNT = gains("GAT-053: gains carry new risk", True, 12, 0)
GAINS_DO_NOT = gains("GAT-053: off, gains carry nothing", False, 1, 1)

VECTORS = (
    FLOORS,
    ADDON_FLOOR,
    ADDON_SHARES,
    ADDON,
    GAINS_COUNT,
    GAINS_DO_NOT,
)
