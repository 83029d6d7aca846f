"""Rules of money by hand: margin, no credit, funding, limits, liquidation.

Initial margin is 10 %, maintenance 5 %, a lot gains 1 unit a tick, unless a venue says otherwise.
"""

import msgspec

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    HouseWallet,
    MarginState,
    OrderFlag,
    Posting,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from vector_access import PLAIN, send
from vectors import (
    HKD,
    HOUR,
    A,
    B,
    C,
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
    venue,
    wait,
    withdraw,
)

K = 1_000 * HKD
PPM = 1_000


def state(wallet: int, margin_state: MarginState) -> See:
    return See("wallet", (wallet,), "state", int(margin_state))


# 25 % of 40 lots at 100 is all of 1,000, though the tier asks for 10 %.
MRG_10 = Vector(
    "MRG-10: the leverage cap of a class stands above the tier",
    venue(
        contract(1, (0, 100_000, 50_000), class_floors_ppb=(0, 0, 250_000 * PPM, 0, 0, 0)),
    ),
    1,
    (
        deposit(A, 1_000),
        *prices(100),
        buy(A, 1, 41, 100, reject=Reject.MRG_INSUFFICIENT),
        buy(A, 1, 40, 100),
    ),
)

# At 110 the gain of 100 is not settled: 200 counts, 110 is asked for the position.
MRG_12 = Vector(
    "MRG-12: a gain that is not settled carries no order and cannot be withdrawn",
    venue(PLAIN),
    2,
    (
        deposit(A, 200),
        deposit(B, 1_000),
        *prices(100),
        opening(A, B, 10, 100),
        *prices(110),
        withdraw(A, 91, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        buy(A, 1, 9, 110, reject=Reject.MRG_INSUFFICIENT),  # 110 + 99
        buy(A, 1, 8, 110),  # 110 + 88
    ),
)

# Two contracts; wallets A (cross) and B (isolated, for the first contract) are one account.
TWO = msgspec.structs.replace(
    venue(PLAIN), contracts=(PLAIN, msgspec.structs.replace(PLAIN, name="ETH"))
)
MRG_13 = Vector(
    "MRG-13: an isolated wallet trades its contract only, and its loss touches no other wallet",
    TWO,
    3,
    (
        deposit(A, 1_000),
        deposit(C, 1_000),
        send(Kind.TRANSFER, wallet=A, target=B, amount=100),
        *prices(100),
        *(send(Kind.SOURCE_PRICE, contract=1, target=each, price_ticks=100) for each in range(3)),
        send(Kind.TICK),
        buy(B, 1, 1, 100, contract=1, reject=Reject.WALLET_ISOLATED),
        opening(B, C, 10, 100),
        # 100 of margin, 200 lost: what is missing is the layers', then the gainer's; A keeps all.
        *prices(80, ((Event.DEFAULT, {"wallet": B, "amount": 100}),)),
        cash(B, 0),
        cash(A, 900),
    ),
    isolated=(-1, 0),
)

# Sold at its bankruptcy price, 90, A has nothing left for a fee of 2 % of 900.
NOCR_01 = Vector(
    "NOCR-01: a fee that cannot be paid is waived, never owed",
    venue(contract(1, (0, 100_000, 50_000), taker_fee_ppb=20_000_000)),
    2,
    (
        deposit(A, 100),
        deposit(B, 1_000),
        *prices(100),
        opening(A, B, 10, 100),
        buy(B, 1, 10, 90),
        sell(
            A,
            2,
            10,
            1,
            flags=int(OrderFlag.REDUCE_ONLY),
            told=((Event.FEE_WAIVED, {"wallet": A, "amount": 18}),),
        ),
        cash(A, 100),
        wait(HOUR, ((Event.CYCLE_DONE, {"amount": 100}),)),
        cash(A, 0),
    ),
)

# 10 lots are 1 BTC. After one funding of 50.00 the next is expected to be the same.
NOCR_02 = Vector(
    "NOCR-02: the next funding stays covered by what is not withdrawn",
    venue(contract(100_000, (0, 100_000, 50_000))),
    2,
    (
        deposit(A, 200 * K),
        deposit(B, 200 * K),
        *prices(500_000),
        opening(A, B, 10, 500_000),
        wait(8 * HOUR),
        cash(A, 199_950 * HKD),
        withdraw(A, 149_900 * HKD + 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        withdraw(A, 149_900 * HKD),
    ),
)

FND_06 = Vector(
    "FND-06: nobody pays funding in a halt; what is due is paid at the resume",
    venue(contract(100_000, (0, 100_000, 50_000))),
    2,
    (
        deposit(A, 200 * K),
        deposit(B, 200 * K),
        *prices(500_000),
        opening(A, B, 10, 500_000),
        wait(HOUR),
        send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
        wait(8 * HOUR),
        cash(A, 200 * K),
        send(Kind.CONTRACT_STATE, side=int(ContractState.OPEN)),
        *prices(500_000, ((Event.FUNDING_RATE, {"amount": 100_000}),)),
        cash(A, 199_950 * HKD),
    ),
)

LIM_03 = Vector(
    "LIM-03: open interest cannot pass its cap",
    venue(contract(1, (0, 100_000, 50_000), oi_cap_lots=10)),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        buy(A, 1, 10, 100),
        buy(B, 2, 1, 100, reject=Reject.LIM_OI_CAP),
        sell(B, 2, 10, 110),
        sell(B, 3, 1, 110, reject=Reject.LIM_OI_CAP),
    ),
)

# Long 10 with 120 posted; at 92 E = 40, MM = 46, COM = 31: lots are sold until 40 is 105 % of
# the initial margin: 6 of them, since 4 need 36.8 * 1.05 = 38.7 and 5 need 48.3.
LIQ_03 = Vector(
    "LIQ-03: own orders go first, then the fewest lots that cure",
    venue(PLAIN),
    3,
    (
        deposit(A, 120),
        deposit(B, 1_000),
        deposit(C, 1_000),
        *prices(100),
        opening(A, B, 10, 100),
        buy(A, 1, 1, 50),
        buy(C, 2, 20, 92),
        *prices(
            92,
            (
                (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.REDUCING, "amount": 40}),
                (Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.LIQUIDATION}),
                (Event.LIQUIDATION_ORDER, {"wallet": A, "lots": 6, "amount": 6}),
                (Event.TRADE, {"lots": 6, "price_ticks": 92}),
            ),
        ),
        lots(A, 4),
    ),
)

# The same; half of the 6 lots at the collar, 92 less 1 % = 92, may be taken, none at 91.
LIQ_04_COLLAR = Vector(
    "LIQ-04 collar: a liquidation keeps within its collar and its share of the book",
    venue(
        contract(
            1,
            (0, 100_000, 50_000),
            liquidation_collar_ppb=10_000_000,
            participation_ppb=500_000_000,
        )
    ),
    3,
    (
        deposit(A, 120),
        deposit(B, 1_000),
        deposit(C, 3_000),
        *prices(100),
        opening(A, B, 10, 100),
        buy(C, 1, 6, 92),
        buy(C, 2, 100, 91),
        *prices(92, ((Event.LIQUIDATION_ORDER, {"lots": 3, "amount": 6, "price_ticks": 92}),)),
        lots(A, 7),
    ),
)

# The collar is 92 less 20 % = 74, but A is bankrupt at 92 - 40/10 = 88.
LIQ_04_BANKRUPT = Vector(
    "LIQ-04 bankruptcy: a liquidation trades no worse than the bankruptcy price",
    venue(contract(1, (0, 100_000, 50_000), liquidation_collar_ppb=200_000_000)),
    3,
    (
        deposit(A, 120),
        deposit(B, 1_000),
        deposit(C, 1_000),
        *prices(100),
        opening(A, B, 10, 100),
        buy(C, 1, 20, 80),
        *prices(92, ((Event.LIQUIDATION_ORDER, {"lots": 6, "price_ticks": 88}),)),
        lots(A, 10),
    ),
)

# A fee of 1 %: 7 lots cost 7 (6.44 up), and 40 - 7 = 33 is 105 % of 27.6 for the 3 that are left.
LIQ_05 = Vector(
    "LIQ-05: the fee of a liquidation is the reserve's, the operator earns nothing",
    venue(contract(1, (0, 100_000, 50_000), liquidation_fee_ppb=10_000_000)),
    3,
    (
        deposit(A, 120),
        deposit(B, 1_000),
        deposit(C, 1_000),
        *prices(100),
        opening(A, B, 10, 100),
        buy(C, 1, 20, 92),
        *prices(92, ((Event.POSTING, {"code": Posting.LIQUIDATION_FEE, "amount": 7}),)),
        lots(A, 3),
        cash(HouseWallet.RESERVE, 7),
        cash(HouseWallet.FEES, 0),
    ),
)

# 130 coins at 0.97 count 126; at 0.35 they count 45, less than the maintenance margin of 50.
POORER = (
    deposit(A, 130, 1),
    deposit(B, 1_000),
    *prices(100),
    opening(A, B, 10, 100),
)
CHEAP = send(Kind.ASSET_PRICE, target=1, amount=350_000_000)
FOUND = (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.REDUCING, "amount": 45})
LIQ_07_HALT = Vector(
    "LIQ-07 halt: nobody is liquidated",
    venue(PLAIN),
    2,
    (
        *POORER,
        send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
        CHEAP,
        send(Kind.TICK),
        state(A, MarginState.HEALTHY),
        send(Kind.CONTRACT_STATE, side=int(ContractState.OPEN)),
        *prices(100, (FOUND,)),
    ),
)
LIQ_07_STALE = Vector(
    "LIQ-07 stale: nobody is liquidated on a stale mark",
    venue(PLAIN),
    2,
    (
        *POORER,
        send(Kind.SOURCE_PRICE, target=0, price_ticks=101, lots=100),  # bid above ask: not live
        CHEAP,
        send(Kind.TICK, told=((Event.MARK, {"flags": 1}),)),
        state(A, MarginState.HEALTHY),
        buy(A, 1, 1, 100, reject=Reject.MARKET_REDUCE_ONLY),
        *prices(100, (FOUND,)),
    ),
)

HALT_01 = Vector(
    "HALT-01: a halt takes no order and lets cancel",
    venue(PLAIN),
    1,
    (
        deposit(A, 1_000),
        *prices(100),
        buy(A, 1, 1, 90),
        send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
        buy(A, 2, 1, 90, reject=Reject.MARKET_HALTED),
        send(Kind.CANCEL, wallet=A, order_id=1, told=((Event.ORDER_CANCELLED, {"order_id": 1}),)),
    ),
)

VECTORS = (
    *(MRG_10, MRG_12, MRG_13),
    *(NOCR_01, NOCR_02),
    *(FND_06, LIM_03),
    *(LIQ_03, LIQ_04_COLLAR, LIQ_04_BANKRUPT, LIQ_05, LIQ_07_HALT, LIQ_07_STALE),
    HALT_01,
)
