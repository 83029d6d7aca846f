"""Who gets the odd unit, and who is deleveraged first: FORMULAS sections 1 and 6."""

from hkperp_engine.codes import (
    Event,
    HouseWallet,
    Layer,
    LossSharing,
)
from vectors import (
    HKD,
    HOUR,
    A,
    B,
    C,
    D,
    E,
    F,
    G,
    H,
    Vector,
    cash,
    contract,
    deposit,
    lots,
    opening,
    prices,
    venue,
    wait,
)

PLATFORM, ROUNDING = HouseWallet.PLATFORM, HouseWallet.ROUNDING


def paid(wallet: int, amount: int) -> tuple:
    return (Event.FUNDING, {"wallet": wallet, "amount": amount})


#: tv = 1: 7 lots * 333,333 = 2,333,331 pay 233.33 up = 234; 3 lots get 99.9999 down = 99, 4 lots
#: 133.33 down = 133; 2 go to the rounding account.
FUNDING_ROUNDING = Vector(
    "funding: payer up, receivers down, the rest to ROUNDING",
    venue(contract(1, (0, 100_000, 50_000))),
    3,
    (
        deposit(A, HKD),
        deposit(B, HKD),
        deposit(C, HKD),
        *prices(333_333),
        opening(A, B, 3, 333_333),
        opening(A, C, 4, 333_333),
        wait(8 * HOUR, (paid(A, -234), paid(B, 99), paid(C, 133))),
        cash(A, HKD - 234),
        cash(ROUNDING, 2),
    ),
)

# --- FORMULAS section 6, ADL rank. tv 1, all open at 100, mark 120: every long has gained 20 %.
# H, short 20 with 100: loss 400, D = R = 300, so all 20 lots are closed, at 15 a lot.
# A..F long size@score 10@3 10@6 20@1 30@4 20@5 10@2: leverage 0.1 * score = value / E, so
# E = 120*size/(0.1*score): 4000 2000 24000 9000 4800 6000, of which 20*size is gain.

ADL_RANK = Vector(
    "ADL rank: 10 from score 6, then 10 from score 5",
    venue(contract(1, (0, 50_000, 30_000)), LossSharing.ADL),
    8,
    (
        *prices(100),
        deposit(A, 3_800),
        deposit(B, 1_800),
        deposit(C, 23_600),
        deposit(D, 8_400),
        deposit(E, 4_400),
        deposit(F, 5_800),
        deposit(G, 99_999),
        deposit(H, 100),
        opening(A, H, 10, 100),
        opening(B, H, 10, 100),
        opening(C, G, 20, 100),
        opening(D, G, 30, 100),
        opening(E, G, 20, 100),
        opening(F, G, 10, 100),
        *prices(
            120,
            (
                (Event.DEFAULT, {"wallet": H, "amount": 300}),
                (
                    Event.DELEVERAGE,
                    {"wallet": B, "lots": 10, "amount": 150, "counter_order_id": 120_000_000},
                ),
                (
                    Event.DELEVERAGE,
                    {"wallet": E, "lots": 10, "amount": 150, "counter_order_id": 100_000_000},
                ),
                (Event.ALLOCATION, {"code": Layer.LOSS_SHARING, "wallet": H, "amount": 300}),
            ),
        ),
        lots(A, 10),
        lots(B, 0),
        lots(C, 20),
        lots(D, 30),
        lots(E, 10),
        lots(F, 10),
        lots(PLATFORM, 0),
        wait(HOUR),
        cash(H, 0),
        cash(B, 1_850),  # 1,800 + 200 - 150
        cash(E, 4_650),  # 4,400 + 400 - 150
    ),
)

# --- Rounding of shares. tv 1.

#: A loses 2 * 5,000 with 6,584: R = 3,416 over two gains of 5,000.
EVEN_SPLIT = Vector(
    "shares: 1,708 and 1,708",
    venue(contract(1, (0, 100_000, 50_000))),
    3,
    (
        *prices(10_000),
        deposit(A, 6_584),
        deposit(B, 1_000),
        deposit(C, 1_000),
        opening(A, B, 1, 10_000),
        opening(A, C, 1, 10_000),
        *prices(
            5_000,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 3_416}),
                (Event.HAIRCUT, {"wallet": B, "amount": 1_708}),
                (Event.HAIRCUT, {"wallet": C, "amount": 1_708}),
            ),
        ),
        cash(B, 4_292),  # 1,000 + 5,000 - 1,708
        cash(C, 4_292),
    ),
)

#: A loses 3 with 1: R = 2 over gains of 1, 1, 1: one unit each to the first two, not 0, 0, 2.
SMALL_CLAIMS = Vector(
    "shares: 1, 1, 0",
    venue(contract(1, (0, 1_000, 500))),
    4,
    (
        *prices(100),
        deposit(A, 1),
        deposit(B, 1),
        deposit(C, 1),
        deposit(D, 1),
        opening(A, B, 1, 100),
        opening(A, C, 1, 100),
        opening(A, D, 1, 100),
        *prices(
            99,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 2}),
                (Event.HAIRCUT, {"wallet": B, "amount": 1}),
                (Event.HAIRCUT, {"wallet": C, "amount": 1}),
            ),
        ),
        cash(B, 1),
        cash(C, 1),
        cash(D, 2),
    ),
)

VECTORS = (FUNDING_ROUNDING, ADL_RANK, EVEN_SPLIT, SMALL_CLAIMS)
