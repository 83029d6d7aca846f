"""Assets that lose their peg, their licence, their worth: docs/gate.md 031 to 033."""

import msgspec

from hkperp.config import Asset
from hkperp_engine.codes import AssetFlag, AssetKind, Event, Reject
from hkperp_engine.codes import Command as Kind
from vector_vault import PLAIN, PPB, SOUND_STATE, later, price, state, tick, with_coin
from vectors import (
    SECOND,
    A,
    B,
    See,
    Vector,
    buy,
    deposit,
    prices,
    send,
    wait,
)

# --- GAT-031. The peg is 0.95, for 10 s. A has 200 coins, cash 0: at 0.94 they are 188, at 0.97
# 194; a lot at 100 needs 50.

PEGGED = {"depeg_ppb": 950_000_000, "depeg_ns": 10 * SECOND}

DEPEG = Vector(
    "GAT-031: a depeg, one nanosecond short and exactly",
    with_coin(**PEGGED),
    2,
    (
        *prices(100),
        deposit(A, 200, 1),
        price(950_000_000),  # not below
        See("asset", (1,), "is_below", 0),
        tick(11 * SECOND),
        See("asset", (1,), "is_depegged", 0),
        price(949_999_999),
        See("asset", (1,), "is_below", 1),
        wait(9 * SECOND),
        price(950_000_000),  # it ends
        price(940_000_000),  # it begins again
        tick(10 * SECOND - 1),
        See("asset", (1,), "is_depegged", 0),
        deposit(B, 1, 1),
        tick(1, ((Event.ASSET_STATE, {"contract": 1, "code": 7}),)),
        deposit(B, 1, 1, reject=Reject.COLL_DEPEGGED),
        later(B, 1, 1, Reject.COLL_DEPEGGED),
        buy(A, 1, 4, 100, reject=Reject.MRG_INSUFFICIENT),  # 200 of 188
        buy(A, 1, 3, 100),
        price(970_000_000),
        tick(60 * SECOND),
        See("asset", (1,), "is_depegged", 1),  # until the operator says otherwise
        deposit(B, 1, 1, reject=Reject.COLL_DEPEGGED),
        state(SOUND_STATE),
        deposit(B, 1, 1),
        tick(11 * SECOND),
        See("asset", (1,), "is_depegged", 0),
    ),
)

BORN_BELOW = Vector(
    "GAT-031: the first price begins a depeg, too",
    with_coin(**(PEGGED | {"depeg_ppb": 980_000_000})),
    1,
    (
        tick(10 * SECOND - 1),
        See("asset", (1,), "is_depegged", 0),
        tick(1, ((Event.ASSET_STATE, {"contract": 1, "code": 7}),)),
    ),
)

# --- GAT-032, 033

REVOKED = Vector(
    "GAT-032: a licence goes, and after the grace the haircut is whole",
    with_coin(grace_ns=10 * SECOND),
    2,
    (
        *prices(100),
        deposit(A, 200, 1),
        wait(60 * SECOND),
        state(int(AssetFlag.CONVERTIBLE)),
        deposit(A, 1, 1, reject=Reject.COLL_ISSUER_UNLICENSED),
        tick(10 * SECOND - 1),
        See("asset", (1,), "valuation_ppb", 970_000_000),
        tick(1, ((Event.ASSET_HAIRCUT, {"contract": 1, "amount": PPB}),)),
        See("asset", (1,), "valuation_ppb", 0),
        See("asset", (1,), "conversion_ppb", 970_000_000),  # it can still be sold
        buy(A, 1, 1, 100, reject=Reject.MRG_INSUFFICIENT),
        state(SOUND_STATE),
        See("asset", (1,), "haircut_ppb", PPB),
        send(Kind.ASSET_HAIRCUT, target=1, amount=0),
        buy(A, 1, 3, 100),
    ),
)

# Asset 3 of the venue has no licence from the start: its grace began then.
ROGUE_BANK = msgspec.structs.replace(
    PLAIN,
    assets=(
        *PLAIN.assets[:3],
        Asset(
            name="BANK",
            kind=AssetKind.TOKENISED_DEPOSIT,
            is_licensed=False,
            grace_ns=5 * SECOND,
        ),
    ),
)

BANK = Vector(
    "GAT-032, 034: a bank without a licence from the start",
    ROGUE_BANK,
    1,
    (
        deposit(A, 1, 3, reject=Reject.COLL_BANK_INELIGIBLE),
        tick(5 * SECOND - 1),
        See("asset", (3,), "haircut_ppb", 0),
        tick(1, ((Event.ASSET_HAIRCUT, {"contract": 3, "amount": PPB}),)),
    ),
)

# 200 coins at 0.97 less 10 %: 200 * 0.873 = 174.6.
HAIRCUT = Vector(
    "GAT-033: a haircut, down to the conversion haircut",
    with_coin(haircut_ppb=50_000_000, conversion_haircut_ppb=20_000_000),
    1,
    (
        *prices(100),
        deposit(A, 200, 1),
        send(Kind.ASSET_HAIRCUT, Reject.AMOUNT_INVALID, target=1, amount=19_999_999),
        send(Kind.ASSET_HAIRCUT, Reject.AMOUNT_INVALID, target=1, amount=PPB + 1),
        send(Kind.ASSET_HAIRCUT, Reject.ASSET_UNKNOWN, target=0, amount=PPB),
        send(
            Kind.ASSET_HAIRCUT,
            target=1,
            amount=100_000_000,
            told=((Event.ASSET_HAIRCUT, {"contract": 1, "amount": 100_000_000}),),
        ),
        See("asset", (1,), "valuation_ppb", 873_000_000),
        See("asset", (1,), "conversion_ppb", 950_600_000),
        buy(A, 1, 3, 116, reject=Reject.MRG_INSUFFICIENT),  # 174 + 48 of loss
        buy(A, 1, 3, 100),  # 150
        buy(A, 2, 1, 100, reject=Reject.MRG_INSUFFICIENT),
        send(Kind.ASSET_HAIRCUT, target=1, amount=20_000_000),
    ),
)

VECTORS = (DEPEG, BORN_BELOW, REVOKED, BANK, HAIRCUT)
