"""The vectors themselves: FORMULAS section 3, and TV-4 to TV-13."""

from hkperp_engine.codes import (
    CancelReason,
    Event,
    EventFlag,
    Explain,
    HouseWallet,
    MarginState,
    OrderFlag,
    Reject,
)
from hkperp_engine.codes import (
    Command as Kind,
)
from reference.rows import Command
from vectors import (
    FOREVER,
    HKD,
    HOUR,
    SOUND,
    START_NS,
    A,
    B,
    C,
    Do,
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

PLATFORM, ROUNDING = HouseWallet.PLATFORM, HouseWallet.ROUNDING
K = 1_000 * HKD

# --- TV-4: 100 lots are 1 BTC, tv = HKD 0.01 = 10,000 units; IM 20 %, fee 5 bp.

TV_4 = Vector(
    "TV-4 pre-collection",
    venue(contract(10_000, (0, 200_000, 100_000), maker_fee_ppb=500_000, taker_fee_ppb=500_000)),
    1,
    (
        deposit(A, 100 * K),
        *prices(500_000),
        buy(A, 1, 120, 500_000, reject=Reject.MRG_INSUFFICIENT),  # 120,000
        buy(A, 1, 100, 500_000, reject=Reject.MRG_INSUFFICIENT),  # 100,000 + 250
        buy(A, 1, 99, 500_000),  # 99,000 + 247.50
        See("position", (A, 0), "order_fee", 247_500_000),
        See("position", (A, 0), "buy_value", 495 * K),
        # 100,000 - 99,247.50 = 752.50 is free
        withdraw(A, 752_500_001, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        withdraw(A, 752_500_000),
    ),
)

# --- TV-5: long 1 BTC at 500,000 with 100,000, MM 10 %: liquidation below 444,444.44.


def reduced(wallet: int, equity: int) -> tuple:
    return (
        Event.MARGIN_STATE,
        {"wallet": wallet, "code": MarginState.REDUCING, "amount": equity},
    )


TV_5 = Vector(
    "TV-5 liquidation and bankruptcy price",
    venue(contract(100_000, (0, 200_000, 100_000))),
    2,
    (
        deposit(A, 100 * K),
        deposit(B, 900 * K),
        *prices(500_000),
        opening(A, B, 10, 500_000),
        # E = 44,445 >= MM = 44,444.5; below IM = 88,889
        *prices(444_445),
        See("wallet", (A,), "state", MarginState.CALL),
        # E = 44,444 < MM = 44,444.4; bankruptcy price 444,444 - 44,444 = 400,000
        *prices(
            444_444,
            (
                reduced(A, 44_444 * HKD),
                (Event.EXPLAIN, {"code": Explain.MISSING_MARGIN, "amount": 400_000}),
                (Event.EXPLAIN, {"code": Explain.LEG, "price_ticks": 400_000, "lots": 10}),
            ),
        ),
        See("wallet", (A,), "state", MarginState.REDUCING),
        lots(A, 10),  # nobody bids
    ),
)

# --- TV-7: 10 lots are 1 BTC. Premium 0, interest 0.01 % per 8 h: 2 BTC at 500,000 pay 100.00.


def paid(wallet: int, amount: int) -> tuple:
    return (Event.FUNDING, {"wallet": wallet, "amount": amount})


TV_7 = Vector(
    "TV-7 funding",
    venue(contract(100_000, (0, 100_000, 50_000))),
    3,
    (
        deposit(A, 900 * K),
        deposit(B, 900 * K),
        deposit(C, 900 * K),
        *prices(500_000),
        opening(A, B, 15, 500_000),
        opening(A, C, 5, 500_000),
        wait(
            8 * HOUR,
            (
                # every 5 s for 8 h; the one at the same time comes before
                (Event.FUNDING_RATE, {"price_ticks": 500_000, "lots": 5_760, "amount": 100_000}),
                paid(A, -100 * HKD),
                paid(B, 75 * HKD),
                paid(C, 25 * HKD),
                (Event.CYCLE, {"code": 1}),
                (Event.CYCLE_DONE, {"amount": 100 * HKD}),
            ),
        ),
        cash(A, 899_900 * HKD),
        cash(B, 900_075 * HKD),
        cash(C, 900_025 * HKD),
    ),
)

# --- TV-8: IM 50 %, tv 1, mark 100: 1,940 lots need exactly 97,000.

TV_8 = Vector(
    "TV-8 collateral",
    venue(contract(1, (0, 500_000, 250_000))),
    1,
    (
        deposit(A, 1, 2, reject=Reject.COLL_TYPE_INELIGIBLE),
        deposit(A, 100_000, 3, reject=Reject.COLL_ISSUER_UNLICENSED),
        deposit(A, 100_000, 1),
        *prices(100),
        buy(A, 1, 1_941, 100, reject=Reject.MRG_INSUFFICIENT),  # 97,050
        buy(A, 1, 1_940, 100),
        Do(Command(kind=Kind.ASSET_PRICE, target=1, amount=1_030_000_000)),
        buy(A, 2, 61, 100, reject=Reject.MRG_INSUFFICIENT),  # 100,050: par is the cap
        buy(A, 2, 60, 100),  # 100,000
    ),
)

# --- TV-10: 10 lots are 1 BTC.

TV_10 = Vector(
    "TV-10 professional-investor evidence lapses",
    venue(contract(100_000, (0, 100_000, 50_000))),
    2,
    (
        deposit(A, 900 * K),
        deposit(B, 900 * K),
        *prices(500_000),
        opening(A, B, 10, 500_000),
        buy(A, 1, 2, 499_000),
        sell(A, 2, 4, 501_000),
        sell(A, 3, 14, 502_000),
        Do(
            Command(kind=Kind.ACCOUNT_STATUS, wallet=A, side=2, target=SOUND, amount=START_NS - 1),
            told=(
                (Event.ACCOUNT_STATUS, {"wallet": A, "code": 2, "amount": START_NS - 1}),
                # newest first; 14 lots are cut to the position
                (Event.ORDER_REDUCED, {"order_id": 3, "lots": 4, "code": CancelReason.LAPSED}),
                (Event.ORDER_AMENDED, {"order_id": 3, "lots": 10}),
                (
                    Event.ORDER_AMENDED,
                    {
                        "order_id": 2,
                        "lots": 4,
                        "flags": EventFlag.SELL | EventFlag.REDUCE_ONLY,
                    },
                ),
                (Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.LAPSED}),
            ),
        ),
        buy(A, 4, 1, 499_000, reject=Reject.ELIG_PI_LAPSED),
        sell(A, 5, 11, 503_000, reject=Reject.ELIG_PI_LAPSED),
        sell(A, 5, 10, 503_000, told=((Event.ORDER_ACCEPTED, {"lots": 10}),)),
        sell(
            A,
            6,
            11,
            504_000,
            flags=int(OrderFlag.REDUCE_ONLY),
            told=((Event.ORDER_ACCEPTED, {"lots": 10, "price_ticks": 504_000}),),
        ),
        See("position", (A, 0), "sell_lots", 0),
        Do(
            Command(kind=Kind.ACCOUNT_STATUS, wallet=A, side=2, target=SOUND, amount=FOREVER),
        ),
        buy(A, 7, 1, 499_000),
    ),
)

# --- TV-13: 150,000 in cash, 1 BTC at mark 500,000 (IM 20 % = 100,000), bought at 520,000.

TV_13 = Vector(
    "TV-13 withdrawal",
    venue(contract(100_000, (0, 200_000, 100_000))),
    2,
    (
        deposit(A, 150 * K),
        deposit(B, 900 * K),
        *prices(500_000),
        opening(A, B, 10, 520_000),
        # 150,000 - 20,000 - 100,000 = 30,000
        withdraw(A, 30 * K + 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        withdraw(A, 30 * K),
        cash(A, 120 * K),
        # B has gained 20,000, which is not there for withdrawal: 900,000 - 100,000
        withdraw(B, 800 * K + 1, reject=Reject.NOCR_WITHDRAWAL_REFUSED),
        withdraw(B, 800 * K),
    ),
)

# --- FORMULAS section 3, order margin: tv = 10, so that 26.5 is 265.

BUY_MARGIN = Vector(
    "order margin: buy 1 at 115, mark 100, IM 10 %: 11.5 + 15",
    venue(contract(10, (0, 100_000, 50_000))),
    1,
    (
        *prices(100),
        deposit(A, 264),
        buy(A, 1, 1, 115, reject=Reject.MRG_INSUFFICIENT),
        deposit(A, 1),
        buy(A, 1, 1, 115),
        See("position", (A, 0), "order_loss", 150),
    ),
)

SELL_MARGIN = Vector(
    "order margin: sell 1 at 85, mark 100, IM 20 %: 20 + 15",
    venue(contract(10, (0, 200_000, 100_000))),
    1,
    (
        *prices(100),
        deposit(A, 349),
        sell(A, 1, 1, 85, reject=Reject.MRG_INSUFFICIENT),
        deposit(A, 1),
        sell(A, 1, 1, 85),
        See("position", (A, 0), "sell_value", 1_000),
    ),
)

#: Floors 28 and 50, rates 0.5, 2.5 and 5 %: A = 0.56, then 1.81. Times 100; 60 needs 3 - 1.81.
TIERS = Vector(
    "tiers: A = 1.81",
    venue(contract(100, (0, 5_000, 2_000), (2_800, 25_000, 10_000), (5_000, 50_000, 20_000))),
    1,
    (
        *prices(60),
        deposit(A, 118),
        buy(A, 1, 1, 60, reject=Reject.MRG_INSUFFICIENT),
        deposit(A, 1),
        buy(A, 1, 1, 60),
    ),
)

BANKRUPTCY = Vector(
    "bankruptcy price: short 1 at mark 50,000, equity 4,999: 54,999",
    venue(contract(1, (0, 90_000, 50_000))),
    2,
    (
        deposit(A, 4_999),
        deposit(B, 9_999),
        *prices(50_000),
        opening(B, A, 1, 50_000),
        buy(
            A,
            1,
            1,
            60_000,
            flags=int(OrderFlag.REDUCE_ONLY),
            told=((Event.ORDER_ACCEPTED, {"price_ticks": 54_999}),),
        ),
    ),
)

VECTORS = (
    TV_4,
    TV_5,
    TV_7,
    TV_8,
    TV_10,
    TV_13,
    BUY_MARGIN,
    SELL_MARGIN,
    TIERS,
    BANKRUPTCY,
)
