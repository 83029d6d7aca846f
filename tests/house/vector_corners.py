"""Corners of docs/machine.md that a random flow seldom or never reaches."""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    EventFlag,
    IndexStatus,
    Layer,
    LossSharing,
    MarginState,
    OrderFlag,
    Reject,
)
from hkperp_engine.codes import Command as Kind
from reference.rows import Command
from vectors import (
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
)

REDUCE_ONLY = int(OrderFlag.REDUCE_ONLY)


def state(value: int) -> Do:
    return Do(Command(kind=Kind.CONTRACT_STATE, side=int(value)))


# A, long 2, bought one from B at 100 and one from C at 60; at 50 it has lost 60 and had 20: D = R
# = 40, 20 a lot. B has gained 50 and gives 20. C has gained 10, a lot would cost 20: passed over.
# The other 20 pass layer 5 by (DFT-031): the platform's lot is torn up against C's, who gives 10;
# the last 10 are B's, in the wind-down.
POOR_CANDIDATE = Vector(
    "ADL: nobody gives more than he has gained",
    venue(contract(1, (0, 100_000, 50_000)), LossSharing.ADL),
    3,
    (
        *prices(100),
        deposit(A, 20),
        deposit(B, 1_000),
        deposit(C, 1_000),
        opening(A, C, 1, 60),
        opening(A, B, 1, 100),
        *prices(
            50,
            (
                (Event.DEFAULT, {"wallet": A, "amount": 40}),
                (Event.DELEVERAGE, {"wallet": B, "lots": 1, "amount": 20}),
                (Event.ALLOCATION, {"wallet": A, "amount": 20}),
                (Event.TAKEOVER, {"wallet": A, "lots": 1}),
                (Event.CYCLE, {"code": 2, "amount": 20}),
                (Event.TEAR_UP, {"wallet": C, "lots": -1}),
                (Event.HAIRCUT, {"wallet": B, "amount": 10, "code": Layer.WIND_DOWN}),
                (Event.HAIRCUT, {"wallet": C, "amount": 10, "code": Layer.TEAR_UP}),
            ),
        ),
        cash(A, 0),
        cash(B, 1_020),
        cash(C, 1_000),
        lots(B, 0),
        lots(C, 0),
    ),
)

# Long 10 at 100, tv 10, on coins worth 1,940. The coins fall to 50, less than a tick of the
# position: the bankruptcy price is the mark. An amend to 90 becomes reduce-only in a reduce-only
# market, its limit 100 again: the order keeps its place and leaves the sums.
AMEND_BACK = Vector(
    "an amend that its bankruptcy price undoes",
    venue(contract(10, (0, 100_000, 50_000))),
    2,
    (
        *prices(100),
        deposit(A, 2_000, 1),
        deposit(B, 9_000),
        opening(A, B, 10, 100),
        sell(A, 1, 5, 100),
        See("contract", (0,), "sell_lots", 5),
        state(ContractState.REDUCE_ONLY),
        Do(Command(kind=Kind.ASSET_PRICE, target=1, amount=25_000_000)),
        Do(
            Command(kind=Kind.AMEND, wallet=A, order_id=1, price_ticks=90, lots=4),
            told=(
                (
                    Event.ORDER_AMENDED,
                    {
                        "price_ticks": 100,
                        "lots": 4,
                        "flags": EventFlag.SELL | EventFlag.REDUCE_ONLY,
                    },
                ),
            ),
        ),
        See("contract", (0,), "sell_lots", 0),
        See("position", (A, 0), "sell_value", 0),
    ),
)

# At the highest price, after a funding at 0.01 %: 4,000,000 * 1.0001 = 4,000,400 is above it.
MARK_TOO_HIGH = Vector(
    "a mark above the highest price halts",
    venue(contract(1, (0, 100_000, 50_000))),
    2,
    (
        *prices(4_000_000),
        wait(8 * HOUR, ((Event.FUNDING_RATE, {"amount": 100_000}),)),
        See("contract", (0,), "mark", 4_000_000),
        Do(
            Command(kind=Kind.TICK),
            told=((Event.CONTRACT_STATE, {"code": ContractState.HALTED}),),
        ),
        See("contract", (0,), "mark", 4_000_000),
        buy(A, 1, 1, 100, reject=Reject.MARKET_HALTED),
    ),
)

# Halted until every source is too old: there was an index, but never a mark.
NEVER_A_MARK = Vector(
    "an exhausted index before the first mark",
    venue(contract(1, (0, 100_000, 50_000))),
    1,
    (
        state(ContractState.HALTED),
        *prices(100, ((Event.INDEX, {"code": IndexStatus.GOOD, "price_ticks": 100}),)),
        wait(102 * HOUR),
        state(ContractState.OPEN),
        Do(
            Command(kind=Kind.TICK),
            told=(
                (Event.INDEX, {"code": IndexStatus.EXHAUSTED, "price_ticks": 100}),
                (Event.MARK, {"price_ticks": 0, "flags": 1, "amount": 100}),
            ),
        ),
        See("contract", (0,), "state", ContractState.OPEN),
        buy(A, 1, 1, 100, reject=Reject.NO_MARK_PRICE),
    ),
)

# A's coins fall to 300 < MMW = 5 % of 9,000: CALL, its bid is cancelled. A small bid later, its
# evidence lapses: the pass cancels that bid too and still ends what it began: A is HEALTHY.
NOTHING_LEFT = Vector(
    "a restricted wallet that 6.1 leaves with nothing",
    venue(contract(1, (0, 100_000, 50_000))),
    1,
    (
        *prices(100),
        deposit(A, 1_000, 1),
        buy(A, 1, 90, 100),
        Do(Command(kind=Kind.ASSET_PRICE, target=1, amount=300_000_000)),
        Do(
            Command(kind=Kind.TICK),
            told=(
                (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.CALL, "amount": 300}),
                (Event.ORDER_CANCELLED, {"order_id": 1, "code": CancelReason.MARGIN_CALL}),
            ),
        ),
        buy(A, 2, 1, 100),
        Do(Command(kind=Kind.ACCOUNT_STATUS, wallet=A, side=2, target=SOUND, amount=START_NS)),
        Do(
            Command(kind=Kind.TICK),
            told=(
                (Event.ORDER_CANCELLED, {"order_id": 2, "code": CancelReason.LAPSED}),
                (Event.MARGIN_STATE, {"wallet": A, "code": MarginState.HEALTHY, "amount": 300}),
            ),
            after_ns=1,
        ),
        See("wallet", (A,), "state", MarginState.HEALTHY),
    ),
)

VECTORS = (POOR_CANDIDATE, AMEND_BACK, MARK_TOO_HIGH, NEVER_A_MARK, NOTHING_LEFT)
