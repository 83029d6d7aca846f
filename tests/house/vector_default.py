"""The worked default of FORMULAS section 7 (TV-6), by VMGH and by ADL, to the unit."""

from hkperp_engine.codes import (
    Event,
    Explain,
    HouseWallet,
    Layer,
    LossSharing,
    MarginState,
    Posting,
)
from vectors import (
    HKD,
    HOUR,
    A,
    B,
    C,
    D,
    Vector,
    cash,
    contract,
    deposit,
    house,
    lots,
    opening,
    prices,
    venue,
    wait,
)

FIRST_LOSS, RESERVE, TRANCHE = (
    HouseWallet.FIRST_LOSS,
    HouseWallet.RESERVE,
    HouseWallet.SECOND_TRANCHE,
)
PLATFORM, ROUNDING = HouseWallet.PLATFORM, HouseWallet.ROUNDING
K = 1_000 * HKD

# --- 10 lots are 1 BTC, a tick is HKD 1, so tv = HKD 0.1 = 100,000 units.
# A is D of the page (the defaulter), B is X, C is W1, D is W2. IM 10 %, MM 5 %.

DEFAULT_TERMS = contract(100_000, (0, 100_000, 50_000))
DEFAULT_BEGINNING = (
    deposit(A, 100 * K),
    deposit(B, 400 * K),
    deposit(C, 400 * K),
    deposit(D, 400 * K),
    house(FIRST_LOSS, 1 * K),
    house(RESERVE, 6 * K),
    *prices(500_000),
    opening(A, C, 10, 500_000),
    opening(B, D, 5, 500_000),
    *prices(430_000),
    # A: 100,000 - 70,000 = 30,000 >= MM 21,500. The cycle takes 70,000 from A, 35,000 from B.
    wait(HOUR, ((Event.CYCLE_DONE, {"amount": 105 * K}),)),
    cash(A, 30 * K),
    cash(B, 365 * K),
    cash(C, 470 * K),
    cash(D, 435 * K),
)
#: At 390,000: A 30,000 - 40,000 = -10,000; layers 1,000 + 6,000, R = 3,000.
DEFAULT_LAYERS = (
    (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.TAKEN_OVER, "amount": -10 * K}),
    (Event.EXPLAIN, {"wallet": A, "code": Explain.VARIATION, "amount": -40 * K}),
    # MM = 5 % of 390,000 = 19,500: 29,500 more would have saved it.
    (Event.EXPLAIN, {"wallet": A, "code": Explain.MISSING_MARGIN, "amount": 29_500 * HKD}),
    (Event.DEFAULT, {"wallet": A, "amount": 10 * K, "order_id": 1}),
    (Event.ALLOCATION, {"code": Layer.FIRST_LOSS, "wallet": A, "amount": 1 * K}),
    (Event.ALLOCATION, {"code": Layer.RESERVE, "wallet": A, "amount": 6 * K}),
)

VMGH = Vector(
    "TV-6, FORMULAS 7 with VMGH",
    venue(DEFAULT_TERMS),
    4,
    (
        *DEFAULT_BEGINNING,
        *prices(
            390_000,
            (
                *DEFAULT_LAYERS,
                (Event.TAKEOVER, {"wallet": A, "lots": 10, "price_ticks": 390_000}),
                (Event.CYCLE, {"code": 2, "amount": 3 * K, "counter_order_id": 2}),
                # 3,000 over gains of 40,000 and 20,000
                (Event.ALLOCATION, {"code": Layer.LOSS_SHARING, "wallet": 0, "amount": 3 * K}),
                (Event.HAIRCUT, {"wallet": C, "amount": 2 * K, "counter_order_id": 40 * K}),
                (Event.HAIRCUT, {"wallet": D, "amount": 1 * K, "counter_order_id": 20 * K}),
            ),
        ),
        cash(A, 0),
        cash(B, 345 * K),
        cash(C, 508 * K),
        cash(D, 454 * K),
        cash(FIRST_LOSS, 0),
        cash(RESERVE, 0),
        lots(A, 0),
        lots(PLATFORM, 10),
        *prices(420_000),
        # the platform gains 30,000: 2,000 + 1,000 back, 27,000 to the reserve
        wait(
            HOUR,
            (
                (
                    Event.POSTING,
                    {"code": Posting.CLAIM_REPAYMENT, "counter_wallet": C, "amount": 2 * K},
                ),
                (
                    Event.POSTING,
                    {"code": Posting.CLAIM_REPAYMENT, "counter_wallet": D, "amount": 1 * K},
                ),
                (Event.POSTING, {"code": Posting.RECOVERY, "amount": 27 * K}),
            ),
        ),
        cash(B, 360 * K),  # 345,000 + 5 lots * 0.1 * 30,000
        cash(C, 480 * K),  # 508,000 - 30,000 + 2,000
        cash(D, 440 * K),  # 454,000 - 15,000 + 1,000
        cash(RESERVE, 27 * K),
        cash(PLATFORM, 0),
    ),
)

ADL = Vector(
    "TV-6, FORMULAS 7 with ADL",
    venue(DEFAULT_TERMS, LossSharing.ADL),
    4,
    (
        *DEFAULT_BEGINNING,
        # k = ceil(3,000 * 10 / 10,000) = 3 lots. C: 22 % gain on a leverage of 390/510 = 0.7647;
        # D: 22 % on 195/455 = 0.4286. C is first.
        *prices(
            390_000,
            (
                *DEFAULT_LAYERS,
                (Event.DELEVERAGE, {"wallet": C, "lots": 3, "amount": 3 * K, "order_id": 1}),
                (Event.ALLOCATION, {"code": Layer.LOSS_SHARING, "wallet": A, "amount": 3 * K}),
                (Event.TAKEOVER, {"wallet": A, "lots": 7, "price_ticks": 390_000}),
            ),
        ),
        lots(C, -7),
        lots(PLATFORM, 7),
        wait(HOUR),
        cash(A, 0),
        cash(B, 345 * K),
        cash(C, 507 * K),
        cash(D, 455 * K),
        lots(D, -5),
        *prices(420_000),
        wait(HOUR),
        # the platform's 7 lots gain 21,000: 3,000 back to C, 18,000 to the reserve
        cash(B, 360 * K),
        cash(C, 489 * K),  # 507,000 - 21,000 + 3,000
        cash(D, 440 * K),
        cash(RESERVE, 18 * K),
    ),
)

VECTORS = (VMGH, ADL)
