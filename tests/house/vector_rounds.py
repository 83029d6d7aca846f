"""The platform's own loss, layer 5 twice in a mark step, and who must not stand by (DFT-031)."""

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState, CycleCause, Event, Layer, LossSharing
from vector_default import DEFAULT_BEGINNING, DEFAULT_TERMS, PLATFORM, K
from vector_takeover import provider
from vector_waterfall import FIVE_PERCENT, TERMS, allocated, capped, haircut, torn, two_alike
from vectors import (
    HKD,
    HOUR,
    A,
    B,
    C,
    D,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    lots,
    opening,
    prices,
    send,
    shown,
    tick,
    venue,
    wait,
)

SHARING, TEAR_UP = Layer.LOSS_SHARING, Layer.TEAR_UP

# --- The platform's own loss, under ADL with a cap of 5 %. After FORMULAS section 7 it is long 7
# at 390,000. At 380,000 it needs 7,000, all layers are empty. C (short 7) gains 7,000, D (short 5)
# 5,000: layer 5 gives 350 + 250. Its 7 lots are torn up against C's 7 and D's 5: 4 and 3. 6,400
# on 6,650 and 4,750: 3,733.333333 and 2,666.666667.
PLATFORM_NEED = Vector(
    "DFT-031: the platform's need, deleveraging and a cap of 5 %",
    capped(DEFAULT_TERMS, sharing=LossSharing.ADL, vmgh_cap_ppb=FIVE_PERCENT),
    4,
    (
        *DEFAULT_BEGINNING,
        *prices(390_000),
        lots(PLATFORM, 7),
        wait(HOUR),
        *prices(380_000),
        wait(
            HOUR,
            (
                (Event.DEFAULT, {"wallet": int(PLATFORM), "amount": 7 * K}),
                allocated(SHARING, 600 * HKD),
                torn(C, -4, 380_000),
                torn(D, -3, 380_000),
                allocated(TEAR_UP, 6_400 * HKD),
                haircut(C, SHARING, 350 * HKD, 7 * K),
                haircut(C, TEAR_UP, 3_733_333_333, 7 * K),
                haircut(D, SHARING, 250 * HKD, 5 * K),
                haircut(D, TEAR_UP, 2_666_666_667, 5 * K),
            ),
        ),
        cash(B, 340 * K),
        cash(C, 514 * K - 4_083_333_333),  # 507,000 + 7,000
        cash(D, 460 * K - 2_916_666_667),  # 455,000 + 5,000
        cash(PLATFORM, 0),
        lots(PLATFORM, 0),
        lots(C, -3),
        lots(D, -2),
    ),
)

# --- Rounds. Contract 0: A long 40 against B; contract 1: B long 10 against C. Contract 0 falls to
# 85 and halts; A is down 600 with 900 coins. Then in one mark step the coin falls to 4/9, and
# contract 1 to 70: A can pay 400, R = 200, on B +300 and C +300: 100 each. B, with 500 + 200, is
# now below MM = 21 % of 3,400 + 35 = 749, and sells its 10 lots of contract 1 to D, who bids 100
# and has 100: D is down 300, R = 200 again, on B's 300.

ROUNDS_BEGINNING = (
    *shown(100, 1),
    *prices(100),
    deposit(A, 900, 1),
    deposit(B, 500),
    deposit(C, 9_000),
    deposit(D, 100),
    opening(A, B, 40, 100),
    opening(B, C, 10, 100, 1),
    *prices(85),
    send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
    buy(D, 1, 10, 100, contract=1),
    send(Kind.ASSET_PRICE, target=1, amount=444_444_445),
    send(Kind.MARGIN_ADDON, amount=160_000_000, price_ticks=160_000_000),
    *shown(70, 1),
)
FIRST_ROUND = (
    (Event.DEFAULT, {"wallet": A, "amount": 200}),
    allocated(SHARING, 200),
    haircut(B, SHARING, 100, 300),
    haircut(C, SHARING, 100, 300),
    (Event.LIQUIDATION_ORDER, {"contract": 1, "wallet": B, "lots": 10}),
    (Event.DEFAULT, {"wallet": D, "amount": 200}),
    (Event.CYCLE, {"code": CycleCause.EXTRAORDINARY, "amount": 200}),
)

# The second time layer 6 is next: the platform's 40 are B's, its 10 are C's, who has no gain.
ONE_ROUND = Vector(
    "DFT-031: one round of layer 5 in a mark step",
    two_alike(TERMS, vmgh_rounds=1),
    4,
    (
        *ROUNDS_BEGINNING,
        tick(
            (
                *FIRST_ROUND,
                torn(B, -40, 85),
                torn(C, -10, 70, 1),
                allocated(TEAR_UP, 200),
                haircut(B, TEAR_UP, 200, 300),
            )
        ),
        See("house", (), "vmgh_used", 1),
        cash(B, 800),  # 500 + 300 - 100 + 300 - 200
        cash(C, 9_200),
        lots(B, 0),
        lots(PLATFORM, 0),
        tick(),
        See("house", (), "vmgh_used", 0),  # another mark step, another round
    ),
)
TWO_ROUNDS = Vector(
    "DFT-031: two rounds of layer 5 in a mark step",
    two_alike(TERMS, vmgh_rounds=2),
    4,
    (
        *ROUNDS_BEGINNING,
        tick(
            (*FIRST_ROUND, allocated(SHARING, 200), haircut(B, SHARING, 200, 300)),
            untold=(Event.TEAR_UP,),
        ),
        See("house", (), "vmgh_used", 2),
        cash(B, 800),
        lots(B, -40),
        lots(PLATFORM, 40),
    ),
)

# --- A, long 10 at 100 with 60, lacks 40 at 90: they are in the deficit. B, declared with 900, is
# taken over next. A stands by for all of it, at 72: with a gain of 180 it could pay again what is
# to be shared already. It is passed over.
IN_DEFICIT = Vector(
    "DFT-021: nobody stands by whose own loss is still to be shared",
    venue(contract(1, (0, 50_000, 30_000), backstop_discount_ppb=200_000_000)),
    3,
    (
        *prices(100),
        deposit(A, 60),
        deposit(B, 1_000),
        deposit(C, 1_000),
        opening(A, C, 10, 100),
        opening(B, C, 10, 100),
        provider(A, 1_000_000_000),
        send(Kind.DECLARE_DEFAULT, wallet=B),
        *prices(
            90,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 40}),
                (Event.TAKEOVER, {"wallet": B, "lots": 10}),
                haircut(C, SHARING, 40, 200),
            ),
            (Event.BACKSTOP,),
        ),
        cash(A, 0),
        cash(B, 900),
        cash(C, 1_160),
    ),
)

VECTORS = (PLATFORM_NEED, ONE_ROUND, TWO_ROUNDS, IN_DEFICIT)
