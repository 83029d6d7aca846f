"""Layers 5, 6 and 7: the cap, the rounds, the tear-up and the wind-down (docs/default.md 4)."""

import msgspec

from hkperp.config import Config, Contract
from hkperp_engine.codes import (
    ContractState,
    CycleCause,
    Event,
    Layer,
    LossSharing,
    OrderFlag,
    Posting,
    ProductState,
    Reject,
)
from vector_default import (
    DEFAULT_BEGINNING,
    DEFAULT_LAYERS,
    DEFAULT_TERMS,
    PLATFORM,
    RESERVE,
    K,
)
from vectors import (
    HOUR,
    A,
    B,
    C,
    D,
    E,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    house,
    lots,
    opening,
    prices,
    sell,
    shown,
    tick,
    venue,
    wait,
    withdraw,
)

FIVE_PERCENT = 50_000_000
SHARING, TEAR_UP, WIND_DOWN = Layer.LOSS_SHARING, Layer.TEAR_UP, Layer.WIND_DOWN
TERMS = contract(1, (0, 100_000, 50_000))
THIN = contract(1, (0, 50_000, 30_000))


def capped(terms: Contract, *, sharing: int = LossSharing.VMGH, **rules: int) -> Config:
    """A venue with house rules replaced."""
    config = venue(terms, LossSharing(sharing))
    return msgspec.structs.replace(config, house=msgspec.structs.replace(config.house, **rules))


def allocated(layer: int, amount: int, wallet: int = 0) -> tuple[int, dict]:
    """What a layer bears."""
    return Event.ALLOCATION, {"code": int(layer), "wallet": wallet, "amount": amount}


def haircut(wallet: int, layer: int, amount: int, gain: int) -> tuple[int, dict]:
    """What a layer takes of a wallet's gain."""
    fields = {"wallet": wallet, "code": int(layer), "amount": amount, "counter_order_id": gain}
    return Event.HAIRCUT, fields


def torn(wallet: int, held: int, ticks: int, number: int = 0) -> tuple[int, dict]:
    """Lots of a wallet that are closed against the platform's."""
    fields = {"contract": number, "wallet": wallet, "counter_wallet": int(PLATFORM)}
    return Event.TEAR_UP, {**fields, "lots": held, "price_ticks": ticks}


# --- FORMULAS section 7 with a cap of 5 %: R = 3,000 on gains of 40,000 and 20,000 is 5 % exactly.

CAP_EXACT = Vector(
    "DFT-031: a cap of 5 % that is just enough",
    capped(DEFAULT_TERMS, vmgh_cap_ppb=FIVE_PERCENT),
    4,
    (
        *DEFAULT_BEGINNING,
        *prices(
            390_000,
            (
                *DEFAULT_LAYERS,
                allocated(SHARING, 3 * K),
                haircut(C, SHARING, 2 * K, 40 * K),
                haircut(D, SHARING, 1 * K, 20 * K),
            ),
            untold=(Event.TEAR_UP,),
        ),
        lots(PLATFORM, 10),
        See("house", (), "vmgh_used", 1),
        *prices(420_000),
        # repaid as without a cap: 2,000 and 1,000, and 27,000 to the reserve
        wait(HOUR, ((Event.POSTING, {"code": Posting.CLAIM_REPAYMENT, "amount": 2 * K}),)),
        cash(B, 360 * K),
        cash(C, 480 * K),
        cash(D, 440 * K),
        cash(RESERVE, 27 * K),
    ),
)

# One unit less in the reserve: R = 3,000 and a unit. The platform's 10 lots are torn up against
# C's 10 and D's 5: 6.67 and 3.33, so 7 and 3. The unit goes to C, whose 38,000 are more than
# D's 19,000.
UNIT_MORE = Vector(
    "DFT-032: one unit more than the cap gives",
    capped(DEFAULT_TERMS, vmgh_cap_ppb=FIVE_PERCENT),
    4,
    (
        *(
            house(RESERVE, 6 * K - 1) if row == house(RESERVE, 6 * K) else row
            for row in DEFAULT_BEGINNING
        ),
        *prices(
            390_000,
            (
                allocated(Layer.RESERVE, 6 * K - 1, A),
                (Event.CYCLE, {"code": CycleCause.EXTRAORDINARY, "amount": 3 * K + 1}),
                allocated(SHARING, 3 * K),
                torn(C, -7, 390_000),
                torn(D, -3, 390_000),
                allocated(TEAR_UP, 1),
                haircut(C, SHARING, 2 * K, 40 * K),
                haircut(C, TEAR_UP, 1, 40 * K),
                haircut(D, SHARING, 1 * K, 20 * K),
            ),
            untold=(Event.FINAL_SETTLEMENT,),
        ),
        cash(A, 0),
        cash(B, 345 * K),
        cash(C, 508 * K - 1),
        cash(D, 454 * K),
        lots(PLATFORM, 0),
        lots(B, 5),
        lots(C, -3),
        lots(D, -2),
        See("contract", (0,), "open_interest", 5),
    ),
)

# --- tv 1. A, long 10 at 100 with 100, is down 150 at 85: D = R = 50.

# B +90 may give 4, C +60 may give 3. 43 are left; all 10 lots are torn up, on 86 and 57 that are
# left: 43*86/143 = 25.86 and 17.14, so 26 and 17.
WHOLE_TEAR_UP = Vector(
    "DFT-032: layer 5 with its cap, then layer 6",
    capped(TERMS, vmgh_cap_ppb=FIVE_PERCENT),
    3,
    (
        *prices(100),
        deposit(A, 100),
        deposit(B, 1_000),
        deposit(C, 1_000),
        opening(A, B, 6, 100),
        opening(A, C, 4, 100),
        *prices(
            85,
            (
                (Event.TAKEOVER, {"wallet": A, "lots": 10}),
                allocated(SHARING, 7),
                torn(B, -6, 85),
                torn(C, -4, 85),
                allocated(TEAR_UP, 43),
                haircut(B, SHARING, 4, 90),
                haircut(B, TEAR_UP, 26, 90),
                haircut(C, SHARING, 3, 60),
                haircut(C, TEAR_UP, 17, 60),
            ),
        ),
        cash(A, 0),
        cash(B, 1_060),
        cash(C, 1_040),
        lots(B, 0),
        lots(C, 0),
        lots(PLATFORM, 0),
        See("contract", (0,), "state", int(ContractState.OPEN)),
        buy(B, 1, 1, 85),  # it goes on
    ),
)

# A cap of a billionth gives nothing, so layer 5 is not used. The platform's 10 lots meet 20: B 6,
# C 4, E 10 give 3, 2, 5, and share 50 on 90, 60, 150: 15, 10, 25. D, long 10, is not asked.
PART_TEAR_UP = Vector(
    "DFT-032: half of the lots, and no layer 5",
    capped(TERMS, vmgh_cap_ppb=1),
    5,
    (
        *prices(100),
        deposit(A, 100),
        *(deposit(wallet, 1_000) for wallet in (B, C, D, E)),
        opening(A, B, 6, 100),
        opening(A, C, 4, 100),
        opening(D, E, 10, 100),
        buy(B, 1, 6, 80, flags=int(OrderFlag.REDUCE_ONLY)),  # shrinks
        *prices(
            85,
            (
                torn(B, -3, 85),
                (Event.ORDER_REDUCED, {"order_id": 1, "lots": 3}),
                torn(C, -2, 85),
                torn(E, -5, 85),
                allocated(TEAR_UP, 50),
                haircut(B, TEAR_UP, 15, 90),
                haircut(C, TEAR_UP, 10, 60),
                haircut(E, TEAR_UP, 25, 150),
            ),
        ),
        See("house", (), "vmgh_used", 0),
        cash(B, 1_075),
        cash(C, 1_050),
        cash(D, 850),
        cash(E, 1_125),
        lots(B, -3),
        lots(C, -2),
        lots(D, 10),
        lots(E, -5),
    ),
)

# --- Layer 7. IM 5 %. A, long 10 at 100 with 60; B's short went to C at 90, so B has gained 100
# and is flat. At 85: A -150, B +100, C +50; D = R = 90.

GAIN_ELSEWHERE = (
    *prices(100),
    deposit(A, 60),
    *(deposit(wallet, 1_000) for wallet in (B, C, D, E)),
    opening(A, B, 10, 100),
    opening(B, C, 10, 90),
)


def two_alike(terms: Contract, **rules: int) -> Config:
    """As capped, with two contracts of the same terms."""
    second = msgspec.structs.replace(terms, name="ETH")
    return msgspec.structs.replace(capped(terms, **rules), contracts=(terms, second))


# 5 % of 100 and 50: 5 and 2. C's 10 lots are torn up; it has 48 left and gives them. Of the 35
# that are left B bears 35 of its 95. D and E, who have nothing to do with it, are closed, too.
LAST_LAYER = Vector(
    "DFT-033: the wind-down",
    two_alike(THIN, vmgh_cap_ppb=FIVE_PERCENT),
    5,
    (
        *GAIN_ELSEWHERE,
        *shown(50, 1),
        tick(),
        opening(D, E, 3, 50, 1),
        buy(D, 1, 2, 49, contract=1),
        sell(C, 2, 1, 120),
        *prices(
            85,
            (
                allocated(SHARING, 7),
                torn(C, -10, 85),
                allocated(TEAR_UP, 48),
                (Event.CONTRACT_STATE, {"contract": 0, "code": ContractState.SETTLED}),
                (Event.PRODUCT_STATE, {"contract": 0, "code": ProductState.DELISTED}),
                (Event.CONTRACT_STATE, {"contract": 1, "code": ContractState.SETTLED}),
                (Event.PRODUCT_STATE, {"contract": 1, "code": ProductState.DELISTED}),
                (Event.FINAL_SETTLEMENT, {"contract": 1, "wallet": D, "lots": 3}),
                (Event.FINAL_SETTLEMENT, {"contract": 1, "wallet": E, "lots": -3}),
                allocated(WIND_DOWN, 35),
                haircut(B, SHARING, 5, 100),
                haircut(B, WIND_DOWN, 35, 100),
                haircut(C, SHARING, 2, 50),
                haircut(C, TEAR_UP, 48, 50),
                (Event.CYCLE_DONE, {}),
            ),
        ),
        *(cash(wallet, units) for wallet, units in ((A, 0), (B, 1_060), (C, 1_000), (D, 1_000))),
        *(
            See("contract", (number,), name, value)
            for number in (0, 1)
            for name, value in (
                ("state", int(ContractState.SETTLED)),
                ("product", int(ProductState.DELISTED)),
                ("open_interest", 0),
                ("buy_lots", 0),
                ("sell_lots", 0),
            )
        ),
        buy(B, 3, 1, 85, reject=Reject.MARKET_CLOSED),
        withdraw(B, 1_060),  # nobody keeps anybody's money
        withdraw(E, 1_000),
        *prices(200, untold=(Event.MARK, Event.MARGIN_STATE)),
        wait(9 * HOUR, untold=(Event.FUNDING_RATE,)),
    ),
)

# By deleveraging: k = 10 lots, 9 a lot. C, who has 50, gives 45 for 5 lots. What found no place,
# 45, passes layer 5 by: the platform's 5 lots are torn up against C's, who has 5 left; 40 are B's.
ADL_UNPLACED = Vector(
    "DFT-031: what deleveraging cannot place goes to layers 6 and 7",
    capped(THIN, sharing=LossSharing.ADL),
    5,
    (
        *GAIN_ELSEWHERE,
        *prices(
            85,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 90}),
                (Event.DELEVERAGE, {"wallet": C, "lots": 5, "amount": 45}),
                allocated(SHARING, 45, A),
                (Event.TAKEOVER, {"wallet": A, "lots": 5}),
                (Event.CYCLE, {"code": CycleCause.EXTRAORDINARY, "amount": 45}),
                torn(C, -5, 85),
                allocated(TEAR_UP, 5),
                allocated(WIND_DOWN, 40),
                haircut(B, WIND_DOWN, 40, 100),
                haircut(C, TEAR_UP, 5, 5),
            ),
        ),
        See("house", (), "vmgh_used", 0),
        cash(A, 0),
        cash(B, 1_060),
        cash(C, 1_000),
    ),
)

VECTORS = (
    CAP_EXACT,
    UNIT_MORE,
    WHOLE_TEAR_UP,
    PART_TEAR_UP,
    LAST_LAYER,
    ADL_UNPLACED,
)
