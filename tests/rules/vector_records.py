"""Rules of what is counted and recorded by hand: fiat (MRG-02), and refusals (REC-02).

Initial margin is 10 %, a lot gains 1 unit a tick, the mark is 100: 10 lots need 100.
"""

import msgspec

from hkperp.config import Asset
from hkperp_engine.codes import AssetKind, OrderFlag, Reject
from hkperp_engine.codes import Command as Kind
from hkperp_engine.units import ACCOUNT_QUOTE_MAX
from vector_access import PLAIN, send
from vectors import HKD, A, B, Vector, buy, deposit, opening, prices, sell, venue

DOLLAR = Asset(
    name="USD",
    kind=AssetKind.FIAT,
    price_ppb=7_800_000_000,
    par_ppb=0,
    haircut_ppb=20_000_000,
)
MONEY = msgspec.structs.replace(venue(PLAIN), assets=(venue(PLAIN).assets[0], DOLLAR))

# A lot gains 0.01 HKD a tick: at 100 it is worth 1 HKD and needs 0.10; 764.40 carry 7,644 lots. At
# 7.75 they are 759.50.
TERMS = msgspec.structs.replace(PLAIN, tick_value=HKD // 100)
MRG_02 = Vector(
    "MRG-02: 100 US dollars at 7.80 with a haircut of 2 % carry 764.40 of margin, and no more",
    msgspec.structs.replace(MONEY, contracts=(TERMS,)),
    1,
    (
        deposit(A, 100 * HKD, 1),
        *prices(100),
        buy(A, 1, 7_645, 100, reject=Reject.MRG_INSUFFICIENT),
        buy(A, 1, 7_644, 100),
        send(Kind.CANCEL, wallet=A, order_id=1),
        send(Kind.ASSET_PRICE, target=1, amount=7_750_000_000),  # 759.50
        buy(A, 2, 7_596, 100, reject=Reject.MRG_INSUFFICIENT),
        buy(A, 2, 7_595, 100),
    ),
)

REC_02 = Vector(
    "REC-02: what no other vector and no table of the book is refused for",
    venue(PLAIN),
    2,
    (
        send(99, Reject.COMMAND_UNKNOWN),
        send(Kind.SOURCE_PRICE, Reject.SOURCE_UNKNOWN, target=3, price_ticks=100),
        deposit(A, ACCOUNT_QUOTE_MAX),
        deposit(A, 1, reject=Reject.LIM_ACCOUNT),
        deposit(B, 1_000),
        *prices(100),
        send(
            Kind.NEW_ORDER,
            Reject.SIDE_INVALID,
            wallet=A,
            side=2,
            order_id=1,
            lots=1,
            price_ticks=100,
        ),
        buy(A, 1, 1, 100, flags=int(OrderFlag.REDUCE_ONLY), reject=Reject.NOTHING_TO_REDUCE),
        buy(A, 1, 1, 100),
        sell(B, 2, 1, 100),
        opening(A, B, 1, 100, reject=Reject.OPENING_IS_OVER),
    ),
)

VECTORS = (MRG_02, REC_02)
