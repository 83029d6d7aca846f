"""Conditional and linked orders in the house: margin, cascades of one, pairs (book.md 8, 12)."""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    OrderFlag,
    OrderType,
    Reject,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.codes import Command as Kind
from reference.rows import Command
from vectors import (
    A,
    B,
    C,
    Do,
    See,
    Vector,
    buy,
    contract,
    deposit,
    lots,
    opening,
    prices,
    sell,
    venue,
)

CLOSE = int(OrderFlag.CLOSE_POSITION)
LINKED = int(OrderFlag.LINKED)
REDUCE_ONLY = int(OrderFlag.REDUCE_ONLY)
IOC = int(TimeInForce.IOC)
PLAIN = contract(1, (0, 100_000, 50_000))


def when(order_type: OrderType, source: TriggerSource, trigger: int, **more: int) -> dict:
    """Fields of a conditional order."""
    return {"order_type": order_type + 8 * source, "target": trigger, **more}


STOP_BY_MARK = (OrderType.STOP_MARKET, TriggerSource.MARK)
STOP_BY_LAST = (OrderType.STOP_MARKET, TriggerSource.LAST)


def step(ticks: int, reject: int, told: tuple) -> tuple[Do, ...]:
    """A mark step in which a fired order is refused."""
    *sources, tick = prices(ticks, told)
    return (*sources, tick._replace(reject=reject))


# 10 lots at 106 need 106 of margin and A has 50: nobody asks while the order waits.
MARGIN_SHORT = Vector(
    "MAT-031: a stop holds no margin, and is refused if it is short when it fires",
    venue(PLAIN),
    3,
    (
        *prices(100),
        deposit(A, 50),
        deposit(C, 10_000),
        sell(C, 1, 10, 106),
        buy(A, 2, 10, 0, **when(*STOP_BY_MARK, 105), told=((Event.ORDER_WAITS, {"amount": 105}),)),
        See("position", (A, 0), "buy_lots", 0),
        See("contract", (0,), "buy_lots", 0),
        *step(
            106,
            Reject.MRG_INSUFFICIENT,
            (
                (Event.TRIGGERED, {"order_id": 2, "price_ticks": 105, "amount": 106, "lots": 10}),
                (Event.REFUSED, {"order_id": 2, "amount": Kind.NEW_ORDER}),
            ),
        ),
        Do(Command(kind=Kind.CANCEL, wallet=A, order_id=2), reject=Reject.ORDER_UNKNOWN),
        lots(A, 0),
    ),
)

# The same with money: collar 106 + 5 = 111, it buys at 106.
ADMITTED = Vector(
    "MAT-034: a stop is admitted when it fires",
    venue(PLAIN),
    3,
    (
        *prices(100),
        deposit(A, 500),
        deposit(C, 10_000),
        sell(C, 1, 10, 106),
        buy(A, 2, 10, 0, **when(*STOP_BY_MARK, 105)),
        buy(A, 3, 1, 0, **when(*STOP_BY_MARK, 99), reject=Reject.TRIGGER_ALREADY_MET),
        *prices(
            106,
            (
                (Event.TRIGGERED, {"order_id": 2}),
                (Event.ORDER_ACCEPTED, {"order_id": 2, "price_ticks": 111, "lots": 10}),
                (Event.TRADE, {"price_ticks": 106, "lots": 10, "counter_order_id": 2}),
            ),
        ),
        lots(A, 10),
    ),
)

# A sweep at 98 and 97 fires the stop at 97; its own sale at 96 fires the next one, of C.
CASCADE = Vector(
    "MAT-032: trades fire stops, and theirs fire more",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(A, B, 5, 100),
        opening(C, B, 5, 100),
        *(buy(B, i, 1, price) for i, price in enumerate((98, 97, 96, 95), 1)),
        sell(A, 10, 1, 0, **when(*STOP_BY_LAST, 97)),
        sell(C, 11, 1, 0, **when(*STOP_BY_LAST, 96)),
        sell(
            A,
            12,
            2,
            97,
            told=(
                (Event.TRADE, {"price_ticks": 98}),
                (Event.TRADE, {"price_ticks": 97}),
                (Event.TRIGGERED, {"order_id": 10, "amount": 97}),
                (Event.TRADE, {"price_ticks": 96}),
                (Event.TRIGGERED, {"order_id": 11, "amount": 96}),
                (Event.TRADE, {"price_ticks": 95}),
            ),
        ),
        lots(A, 2),
        lots(C, 4),
    ),
)

# Long 5 when the stop is sent, long 8 when it fires: all 8 go.
CLOSES_ALL = Vector(
    "MAT-011: a close-position stop fires for the whole position",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(A, B, 5, 100),
        sell(A, 1, 0, 0, **when(*STOP_BY_MARK, 95), flags=CLOSE),
        sell(B, 2, 3, 100),
        buy(A, 3, 3, 100),
        lots(A, 8),
        buy(C, 4, 20, 94),
        *prices(
            94,
            (
                (Event.TRIGGERED, {"order_id": 1, "lots": 0}),
                (
                    Event.ORDER_ACCEPTED,
                    {"lots": 8, "flags": EventFlag.SELL | EventFlag.REDUCE_ONLY},
                ),
                (Event.TRADE, {"lots": 8, "price_ticks": 94}),
            ),
        ),
        lots(A, 0),
    ),
)

PAIR = (
    *prices(100),
    *(deposit(wallet, 1_000) for wallet in (A, B, C)),
    opening(A, B, 5, 100),
    buy(C, 1, 20, 94),
    sell(A, 2, 5, 110, flags=REDUCE_ONLY),
    sell(A, 3, 0, 0, **when(*STOP_BY_MARK, 95), flags=CLOSE | LINKED, amount=2),
    sell(
        A,
        4,
        0,
        0,
        **when(*STOP_BY_MARK, 95),
        flags=CLOSE | LINKED,
        amount=2,
        reject=Reject.PARTNER_UNKNOWN,
    ),
)

PAIR_TRADES = Vector(
    "MAT-077: one lot of the one order cancels the other",
    venue(PLAIN),
    3,
    (
        *PAIR,
        buy(
            B,
            5,
            1,
            110,
            told=(
                (Event.TRADE, {"order_id": 2, "lots": 1}),
                (
                    Event.ORDER_CANCELLED,
                    {
                        "order_id": 3,
                        "code": CancelReason.PARTNER,
                        "flags": EventFlag.SELL | EventFlag.REDUCE_ONLY | EventFlag.WAITING,
                    },
                ),
            ),
        ),
        lots(A, 4),
    ),
)

PAIR_FIRES = Vector(
    "MAT-077: a stop that fires cancels its partner before it trades",
    venue(PLAIN),
    3,
    (
        *PAIR,
        *prices(
            94,
            (
                (Event.TRIGGERED, {"order_id": 3}),
                (Event.ORDER_CANCELLED, {"order_id": 2, "code": CancelReason.PARTNER}),
                (Event.TRADE, {"counter_order_id": 3, "lots": 5}),
            ),
        ),
        lots(A, 0),
    ),
)

# Active at 104, extreme 108, trigger 108 - 5 = 103: 104 is above it, 103 is not.
TRAILS = Vector(
    "MAT-035: a trailing stop follows from its activation price",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        opening(A, B, 5, 100),
        buy(C, 1, 20, 102),
        sell(A, 2, 5, 5, **when(OrderType.TRAILING_TICKS, TriggerSource.MARK, 104)),
        *prices(103),
        *prices(108),
        *prices(104),
        lots(A, 5),
        *prices(
            103,
            (
                (Event.TRIGGERED, {"order_id": 2, "price_ticks": 103, "amount": 103}),
                (Event.TRADE, {"price_ticks": 102, "lots": 5}),
            ),
        ),
        lots(A, 0),
    ),
)

# Fired while the contract is in a call phase: it waits for the uncross, then goes.
CALL_PHASE = Vector(
    "MAT-032: nothing fires in a call phase; what is known is observed when it ends",
    venue(PLAIN),
    3,
    (
        *prices(100),
        *(deposit(wallet, 1_000) for wallet in (A, B, C)),
        buy(A, 1, 1, 0, **when(*STOP_BY_MARK, 103)),
        Do(Command(kind=Kind.CONTRACT_STATE, side=int(ContractState.AUCTION))),
        buy(A, 2, 1, 100, tif=IOC, reject=Reject.NOT_IN_AUCTION),
        *prices(104),
        sell(B, 3, 1, 105),
        Do(
            Command(kind=Kind.CONTRACT_STATE, side=int(ContractState.OPEN)),
            told=(
                (Event.CONTRACT_STATE, {"code": ContractState.OPEN}),
                (Event.TRIGGERED, {"order_id": 1, "amount": 104}),
                (Event.TRADE, {"price_ticks": 105}),
            ),
        ),
        lots(A, 1),
    ),
)

VECTORS = (
    MARGIN_SHORT,
    ADMITTED,
    CASCADE,
    CLOSES_ALL,
    PAIR_TRADES,
    PAIR_FIRES,
    TRAILS,
    CALL_PHASE,
)
