"""Call auctions, the volatility pause, icebergs in the house (book.md sections 6, 9 and 11)."""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    HouseWallet,
    MarginState,
    OrderFlag,
    OrderType,
    Reject,
    TimeInForce,
)
from hkperp_engine.codes import Command as Kind
from hkperp_engine.rules import ContractRules
from reference.rows import Command
from vectors import (
    SECOND,
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
)

PLAIN = contract(1, (0, 100_000, 50_000))
PLAIN_VENUE = venue(PLAIN)
FEES = contract(1, (0, 100_000, 50_000), maker_fee_ppb=10_000_000, taker_fee_ppb=20_000_000)
POST_ONLY = int(OrderFlag.POST_ONLY)
SLIDE = POST_ONLY | int(OrderFlag.SLIDE)
BY_NOTIONAL = int(OrderFlag.BY_NOTIONAL)
IOC = int(TimeInForce.IOC)
FOK = int(TimeInForce.FOK)
MARKET = int(OrderType.MARKET)


def state(value: ContractState, told: tuple = (), reject: int = Reject.NONE) -> Do:
    return Do(Command(kind=Kind.CONTRACT_STATE, side=int(value)), reject, told)


# At 91 A has 20 left of a close-out margin of 31: it would be taken over, could anybody trade.
CALL_IS_FROZEN = Vector(
    "MAT-060, LIQ-07: nobody is liquidated in a call phase, but at the first mark after it",
    PLAIN_VENUE,
    2,
    (
        *prices(100),
        deposit(A, 110),
        deposit(B, 1_000),
        opening(A, B, 10, 100),
        state(ContractState.AUCTION),
        *prices(91),
        lots(A, 10),
        See("wallet", (int(A),), "state", MarginState.HEALTHY),
        state(ContractState.OPEN),
        *prices(91),
        lots(A, 0),
        See("wallet", (int(A),), "state", MarginState.TAKEN_OVER),
    ),
)

# Wanted 5 up to 105; offered 3 from 95, 7 from 100. From 100 on 5 trade, 2 are left over; nearest
# to the mark is 100. A came first and is the maker twice: 3 + 2 of fees; B 6, C 4.
UNCROSS = Vector(
    "MAT-062, MAT-063: the uncross settles both sides at the auction price, with fees",
    venue(FEES),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        state(ContractState.AUCTION),
        buy(A, 1, 5, 105),
        sell(B, 2, 3, 95),
        sell(C, 3, 4, 100),
        buy(A, 4, 1, 100, flags=POST_ONLY, reject=Reject.NOT_IN_AUCTION),
        lots(A, 0),
        state(
            ContractState.OPEN,
            (
                (Event.CONTRACT_STATE, {"code": ContractState.OPEN}),
                (Event.UNCROSS, {"price_ticks": 100, "amount": 5, "counter_order_id": -2}),
                (
                    Event.TRADE,
                    {
                        "order_id": 1,
                        "counter_order_id": 2,
                        "price_ticks": 100,
                        "lots": 3,
                        "flags": EventFlag.AUCTION | EventFlag.SELL,
                    },
                ),
                (Event.POSTING, {"wallet": A, "amount": 3}),
                (Event.POSTING, {"wallet": B, "amount": 6}),
                (Event.TRADE, {"counter_order_id": 3, "price_ticks": 100, "lots": 2}),
            ),
        ),
        lots(A, 5),
        cash(A, 995),
        cash(B, 994),
        cash(C, 996),
        cash(HouseWallet.FEES, 15),
        See("contract", (0,), "last_ticks", 100),
        See("contract", (0,), "sell_lots", 2),
    ),
)

# TV-14: 4865 - 243 = 4622, 4865 + 243 = 5108.
PAUSED = Vector(
    "MAT-064, TV-14: a sweep stops at the band, an auction follows",
    venue(
        contract(
            1,
            (0, 100_000, 50_000),
            trading=ContractRules(volatility_ppb=50_000_000, pause_ns=10 * SECOND),
        )
    ),
    3,
    (
        *prices(4865),
        *(deposit(wallet, 100_000) for wallet in (A, B, C)),
        sell(A, 1, 1, 4865),
        buy(B, 2, 1, 4865),
        sell(A, 3, 1, 5108),
        sell(A, 4, 1, 5109),
        buy(B, 5, 2, 5200, tif=FOK, reject=Reject.FOK_NOT_FILLABLE),
        buy(
            B,
            6,
            2,
            5200,
            told=(
                (Event.TRADE, {"price_ticks": 5108, "lots": 1}),
                (
                    Event.CONTRACT_STATE,
                    {"code": ContractState.VOLATILITY_AUCTION, "price_ticks": 4865},
                ),
            ),
        ),
        lots(B, 2),
        state(ContractState.VOLATILITY_AUCTION, reject=Reject.STATE_INVALID),
        buy(C, 7, 1, 5300, tif=IOC, reject=Reject.NOT_IN_AUCTION),
        # 5109 to 5200 all trade one; 5109 is nearest to the mark.
        wait(
            10 * SECOND,
            (
                (Event.CONTRACT_STATE, {"code": ContractState.OPEN}),
                (Event.UNCROSS, {"price_ticks": 5109, "amount": 1}),
                (Event.TRADE, {"price_ticks": 5109}),
            ),
        ),
        lots(B, 3),
        See("contract", (0,), "pause_ns", 0),
    ),
)

# A FOK in a quiet book, an IOC that the band stops.
STOPPED_IOC = Vector(
    "MAT-064: what the band stops and cannot rest is cancelled",
    PAUSED.config,
    2,
    (
        *prices(4865),
        *(deposit(wallet, 100_000) for wallet in (A, B)),
        sell(A, 1, 1, 4865),
        buy(B, 2, 1, 4865),
        sell(A, 3, 1, 5109),
        buy(
            B,
            4,
            1,
            5200,
            tif=IOC,
            told=((Event.ORDER_CANCELLED, {"code": CancelReason.VOLATILITY, "lots": 1}),),
        ),
        See("contract", (0,), "state", ContractState.VOLATILITY_AUCTION),
        state(ContractState.OPEN),
        See("contract", (0,), "pause_ns", 0),
    ),
)

# 5 at 100 and 5 at 101: 800 buys 5 for 500 and 2 for 202, a third would make 803.
NOTIONAL = Vector(
    "MAT-021: a market order by notional never spends more",
    PLAIN_VENUE,
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B)),
        sell(A, 1, 5, 100),
        sell(A, 2, 5, 101),
        buy(
            B,
            3,
            0,
            0,
            order_type=MARKET,
            tif=IOC,
            flags=BY_NOTIONAL,
            amount=800,
            told=((Event.ORDER_ACCEPTED, {"lots": 7, "price_ticks": 105}),),
        ),
        lots(B, 7),
        buy(
            B,
            4,
            0,
            0,
            order_type=MARKET,
            tif=IOC,
            flags=BY_NOTIONAL,
            amount=100,
            reject=Reject.NOTIONAL_TOO_SMALL,
        ),
    ),
)

SLIDES = Vector(
    "MAT-014: a post-only order that slides rests one tick behind",
    PLAIN_VENUE,
    2,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B)),
        sell(A, 1, 5, 101),
        buy(B, 2, 5, 103, flags=POST_ONLY, reject=Reject.POST_ONLY_WOULD_TRADE),
        buy(B, 3, 5, 103, flags=SLIDE, told=((Event.ORDER_ACCEPTED, {"price_ticks": 100}),)),
        See("contract", (0,), "buy_lots", 5),
    ),
)

# 10 lots, 4 shown: 4, 4 and 2; the sums count all of them from the beginning.
ICEBERG = Vector(
    "MAT-040: an iceberg trades slice by slice, its margin is of all its lots",
    PLAIN_VENUE,
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        sell(A, 1, 10, 100, target=4, told=((Event.ORDER_ACCEPTED, {"amount": 4}),)),
        See("position", (A, 0), "sell_lots", 10),
        sell(C, 2, 3, 100),
        buy(
            B,
            3,
            9,
            100,
            told=(
                (Event.TRADE, {"order_id": 1, "lots": 4}),
                (Event.ORDER_REFRESHED, {"order_id": 1, "lots": 4}),
                (Event.TRADE, {"order_id": 2, "lots": 3}),
                (Event.TRADE, {"order_id": 1, "lots": 2}),
            ),
        ),
        buy(B, 4, 4, 100, told=((Event.ORDER_REFRESHED, {"order_id": 1, "lots": 2}),)),
        lots(A, -10),
    ),
)

# Short 10, an iceberg of 10 that buys back; the position shrinks to 3: so do order and slice.
CLIPPED_ICEBERG = Vector(
    "ORD-04: a reduce-only iceberg shows no more than is left",
    PLAIN_VENUE,
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(B, A, 10, 100),
        buy(A, 1, 10, 99, flags=int(OrderFlag.REDUCE_ONLY), target=5),
        sell(B, 2, 7, 100),
        buy(A, 3, 7, 100, told=((Event.ORDER_REDUCED, {"order_id": 1, "lots": 7}),)),
        sell(B, 4, 3, 99, told=((Event.TRADE, {"order_id": 1, "lots": 3}),)),
        lots(A, 0),
    ),
)

VECTORS = (
    CALL_IS_FROZEN,
    UNCROSS,
    PAUSED,
    STOPPED_IOC,
    NOTIONAL,
    SLIDES,
    ICEBERG,
    CLIPPED_ICEBERG,
)
