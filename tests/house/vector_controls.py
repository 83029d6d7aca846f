"""Switches, limits, quotes, busts and compensation in the house (book.md 10, 12, 13)."""

import msgspec

from hkperp_engine.codes import (
    CancelReason,
    Event,
    EventFlag,
    HouseWallet,
    KillScope,
    OrderFlag,
    OrderType,
    Posting,
    ProtectionLimit,
    Reject,
    Session,
    TimeInForce,
)
from hkperp_engine.codes import Command as Kind
from hkperp_engine.rules import BookRules, ContractRules
from reference.rows import Command
from vectors import (
    HOUR,
    SECOND,
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
    house,
    lots,
    opening,
    prices,
    sell,
    venue,
    wait,
)

PLAIN = contract(1, (0, 100_000, 50_000))
FEES = contract(1, (0, 100_000, 50_000), maker_fee_ppb=10_000_000, taker_fee_ppb=20_000_000)
STOP_BY_MARK = int(OrderType.STOP_MARKET) + 8


def send(kind: Kind, reject: int = Reject.NONE, told: tuple = (), **fields: int) -> Do:
    return Do(Command(kind=int(kind), **fields), reject, told)


# Events: 2 deposits, 5 of the mark step, 2 acceptances, so the trade is number 10.
# It costs A 5 and B 10 in fees. At 110 A has gained 50; taken back, nobody has gained or paid.
BUSTED = Vector(
    "BUST_TRADE: before the cycle VM is as if the trade had not been, fees come back",
    venue(FEES),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        sell(A, 1, 5, 100),
        buy(B, 2, 5, 100, told=((Event.TRADE, {"sequence": 10}),)),
        *prices(110),
        cash(A, 995),
        cash(B, 990),
        send(Kind.BUST_TRADE, Reject.TRADE_UNKNOWN, order_id=9),
        send(
            Kind.BUST_TRADE,
            order_id=10,
            told=(
                (Event.TRADE_BUSTED, {"wallet": A, "counter_wallet": B, "lots": 5}),
                (
                    Event.POSTING,
                    {"code": Posting.FEE_REFUND, "counter_wallet": A, "amount": 5, "order_id": 10},
                ),
                (
                    Event.POSTING,
                    {
                        "code": Posting.FEE_REFUND,
                        "counter_wallet": B,
                        "amount": 10,
                        "order_id": 10,
                    },
                ),
            ),
        ),
        send(Kind.BUST_TRADE, Reject.TRADE_UNKNOWN, order_id=10),
        lots(A, 0),
        cash(HouseWallet.FEES, 0),
        wait(HOUR, ((Event.CYCLE_DONE, {"amount": 0}),)),
        cash(A, 1_000),
        cash(B, 1_000),
    ),
)

TOO_LATE = Vector(
    "BUST_TRADE: after the cycle only the operator's error account pays",
    venue(PLAIN),
    2,
    (
        deposit(A, 1_000),
        deposit(B, 1_000),
        *prices(100),
        sell(A, 1, 5, 100),
        buy(B, 2, 5, 100, told=((Event.TRADE, {"sequence": 10}),)),
        *prices(110),
        wait(HOUR, ((Event.CYCLE_DONE, {"amount": 50}),)),
        send(Kind.BUST_TRADE, Reject.BUST_TOO_LATE, order_id=10),
        send(Kind.COMPENSATE, Reject.ERROR_ACCOUNT_SHORT, wallet=A, amount=50),
        house(HouseWallet.ERROR, 60),
        send(
            Kind.COMPENSATE,
            wallet=A,
            amount=50,
            order_id=77,
            told=(
                (
                    Event.POSTING,
                    {
                        "code": Posting.COMPENSATION,
                        "wallet": HouseWallet.ERROR,
                        "counter_wallet": A,
                        "order_id": 77,
                    },
                ),
            ),
        ),
        cash(A, 1_000),
        cash(B, 1_050),
        cash(HouseWallet.ERROR, 10),
    ),
)

# B bought at 100 and sold at 90, the mark is 120: without the purchase it is short, 150 down, and
# has 60.
UNCOVERED = Vector(
    "BUST_TRADE: refused if it would leave an account short",
    venue(PLAIN),
    3,
    (
        deposit(A, 1_000),
        deposit(B, 60),
        deposit(C, 1_000),
        *prices(100),
        sell(A, 1, 5, 100),
        buy(B, 2, 5, 100, told=((Event.TRADE, {"sequence": 11}),)),
        *prices(120),
        buy(C, 3, 5, 90),
        sell(B, 4, 5, 90, flags=int(OrderFlag.REDUCE_ONLY)),
        send(Kind.BUST_TRADE, Reject.BUST_UNCOVERED, order_id=11),
    ),
)

KILLED = Vector(
    "MAT-071: a kill switch cancels, and lets reduce",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(A, B, 5, 100),
        buy(A, 1, 5, 98),
        sell(A, 2, 5, 103),
        buy(A, 3, 1, 0, order_type=STOP_BY_MARK, target=105),
        send(
            Kind.KILL_SWITCH,
            wallet=A,
            target=int(KillScope.WALLET),
            side=1,
            told=(
                (Event.KILL_SWITCH, {"wallet": A, "flags": 1}),
                (Event.ORDER_CANCELLED, {"order_id": 3, "code": CancelReason.KILL_SWITCH}),
                (Event.ORDER_CANCELLED, {"order_id": 2}),
                (Event.ORDER_CANCELLED, {"order_id": 1}),
                (Event.MASS_CANCELLED, {"wallet": A, "amount": 3}),
            ),
        ),
        See("wallet", (A,), "is_killed", True),
        buy(A, 4, 5, 100, reject=Reject.KILL_SWITCH_ENGAGED),
        buy(C, 5, 5, 100),
        sell(
            A,
            6,
            5,
            100,
            told=(
                (Event.ORDER_ACCEPTED, {"flags": EventFlag.SELL | EventFlag.REDUCE_ONLY}),
                (Event.TRADE, {"lots": 5}),
            ),
        ),
        send(Kind.KILL_SWITCH, wallet=A, target=int(KillScope.WALLET), side=0),
        buy(A, 7, 5, 98),
        send(Kind.KILL_SWITCH, Reject.SCOPE_INVALID, target=int(KillScope.VENUE), side=0),
    ),
)

CANCELLED_AT_ONCE = Vector(
    "MAT-050, 051, 052, 070: expiry, countdown, disconnection, mass cancel",
    venue(PLAIN),
    2,
    (
        *prices(100),
        deposit(A, 1_000),
        buy(A, 1, 1, 98, tif=int(TimeInForce.GTD), amount=START_NS + 5 * SECOND),
        buy(A, 2, 1, 98, tif=int(TimeInForce.DAY)),
        wait(
            5 * SECOND,
            ((Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.EXPIRED}),),
        ),
        send(Kind.SET_COUNTDOWN, wallet=A, amount=3 * SECOND),
        wait(
            3 * SECOND,
            (
                (Event.ORDER_CANCELLED, {"order_id": 2, "code": CancelReason.COUNTDOWN}),
                (Event.MASS_CANCELLED, {"wallet": A, "amount": 1}),
            ),
        ),
        buy(A, 3, 1, 98),
        send(Kind.SET_SESSION, wallet=A, side=int(Session.CANCEL_ON_DISCONNECT)),
        send(
            Kind.SET_SESSION,
            wallet=A,
            side=int(Session.DISCONNECTED),
            told=((Event.ORDER_CANCELLED, {"code": CancelReason.DISCONNECTED}),),
        ),
        *(buy(A, price, 1, price) for price in (95, 96, 97)),
        send(
            Kind.MASS_CANCEL,
            wallet=A,
            contract=-1,
            side=2,
            price_ticks=96,
            lots=99,
            told=(
                (Event.ORDER_CANCELLED, {"order_id": 97}),
                (Event.ORDER_CANCELLED, {"order_id": 96}),
                (Event.MASS_CANCELLED, {"amount": 2}),
            ),
        ),
        See("contract", (0,), "buy_lots", 1),
    ),
)

# 3 lots of quotes in 10 s are too many: the fill of the bid and the third of the ask.
PROTECTED = Vector(
    "MAT-073, MAT-076: quotes, and the protection that takes them out",
    venue(PLAIN),
    2,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B)),
        send(Kind.SET_PROTECTION, wallet=A, amount=10 * SECOND, lots=3, target=32),
        send(
            Kind.MASS_QUOTE,
            wallet=A,
            order_id=10,
            price_ticks=99,
            lots=5,
            amount=101,
            target=5,
            told=(
                (Event.ORDER_ACCEPTED, {"order_id": 10, "flags": EventFlag.QUOTE}),
                (
                    Event.ORDER_ACCEPTED,
                    {"order_id": 11, "flags": EventFlag.QUOTE | EventFlag.SELL},
                ),
            ),
        ),
        # Upwards the ask moves first.
        send(
            Kind.MASS_QUOTE,
            wallet=A,
            order_id=10,
            price_ticks=101,
            lots=5,
            amount=103,
            target=5,
            told=(
                (Event.ORDER_AMENDED, {"order_id": 11, "price_ticks": 103}),
                (Event.ORDER_AMENDED, {"order_id": 10, "price_ticks": 101}),
            ),
        ),
        sell(B, 1, 2, 101),
        buy(
            B,
            2,
            1,
            103,
            told=(
                (Event.TRADE, {"order_id": 11}),
                (Event.PROTECTION, {"code": ProtectionLimit.LOTS, "wallet": A, "amount": 3}),
                (Event.ORDER_CANCELLED, {"order_id": 11, "code": CancelReason.PROTECTION}),
                (Event.ORDER_CANCELLED, {"order_id": 10, "code": CancelReason.PROTECTION}),
            ),
        ),
        send(Kind.MASS_QUOTE, Reject.QUOTES_FROZEN, wallet=A, order_id=10),
        send(Kind.RESET_PROTECTION, wallet=A),
        send(Kind.MASS_QUOTE, wallet=A, order_id=10, price_ticks=99, lots=5),
        send(Kind.RESET_PROTECTION, Reject.STATE_INVALID, wallet=B),
    ),
)

LIMITED = Vector(
    "MAT-080: limits of an order and of an account",
    venue(
        contract(
            1,
            (0, 100_000, 50_000),
            trading=ContractRules(
                order_lots_max=10, order_notional_max=800, price_band_ppb=50_000_000
            ),
        )
    ),
    2,
    (
        *prices(100),
        deposit(A, 10_000),
        buy(A, 1, 11, 100, reject=Reject.LIM_ORDER_LOTS),
        buy(A, 1, 9, 100, reject=Reject.LIM_ORDER_NOTIONAL),
        buy(A, 1, 1, 94, reject=Reject.PRICE_OUTSIDE_BAND),
        buy(A, 1, 8, 95),
        send(Kind.AMEND, Reject.PRICE_OUTSIDE_BAND, wallet=A, order_id=1, price_ticks=94, lots=8),
        send(Kind.AMEND, wallet=A, order_id=1, price_ticks=95, lots=2),
        See("contract", (0,), "buy_lots", 2),
    ),
)

# Three messages a second; a refused one is none. Two orders may be live.
RATED = Vector(
    "MAT-080: open orders and messages of an account",
    msgspec.structs.replace(
        venue(PLAIN), orders=BookRules(open_orders_max=2, messages_max=3, message_window_ns=SECOND)
    ),
    2,
    (
        *prices(100),
        deposit(A, 10_000),
        buy(A, 1, 1, 95),
        buy(A, 2, 1, 0, order_type=STOP_BY_MARK, target=105),
        buy(A, 3, 1, 95, reject=Reject.LIM_OPEN_ORDERS),
        send(Kind.CANCEL, wallet=A, order_id=1),
        buy(A, 4, 1, 95),
        See("wallet", (A,), "message_count", 3),
        send(Kind.AMEND, Reject.LIM_MESSAGE_RATE, wallet=A, order_id=4, price_ticks=96, lots=1),
        send(Kind.AMEND, wallet=A, order_id=4, price_ticks=95, lots=1),
        wait(SECOND),
        send(Kind.AMEND, wallet=A, order_id=4, price_ticks=96, lots=1),
        See("wallet", (A,), "message_count", 1),
    ),
)

VECTORS = (
    BUSTED,
    TOO_LATE,
    UNCOVERED,
    KILLED,
    CANCELLED_AT_ONCE,
    PROTECTED,
    LIMITED,
    RATED,
)
