"""Prices of two sides, a rate that moves slowly, and what is watched: docs/gate.md section 6."""

from hkperp.config import FundingRules, MonitorRules
from hkperp_engine.codes import (
    Alert,
    ContractState,
    Event,
    IndexStatus,
    Reject,
    SourceStatus,
)
from hkperp_engine.codes import Command as Kind
from vectors import (
    HKD,
    HOUR,
    SECOND,
    A,
    B,
    Do,
    See,
    Vector,
    buy,
    cash,
    contract,
    deposit,
    opening,
    prices,
    sell,
    send,
    venue,
    wait,
)

MILLION = 1_000_000
DAY = 24 * HOUR
TIERS = (0, 100_000, 50_000)  # IM 10 %, MM 5 %

# --- GAT-060: sources of two sides.


def quoted(source: int, bid: int, ask: int, reject: int = 0) -> Do:
    """A SOURCE_PRICE of two sides."""
    return send(Kind.SOURCE_PRICE, reject, target=source, price_ticks=bid, lots=ask)


CROSSED = Vector(
    "GAT-060: floor of the middle, and a source that crosses is not live",
    venue(contract(1, TIERS)),
    1,
    (
        quoted(0, 99, 102),
        quoted(1, 100, 100),
        quoted(2, 90, 111),
        quoted(2, 90, -1, Reject.LOTS_INVALID),
        quoted(2, 90, 4_000_001, Reject.LOTS_INVALID),
        send(
            Kind.TICK,
            told=(
                (Event.INDEX_SOURCE, {"order_id": 0, "code": 0, "price_ticks": 100}),
                (Event.INDEX_SOURCE, {"order_id": 1, "code": 0, "price_ticks": 100}),
                (Event.INDEX_SOURCE, {"order_id": 2, "code": 0, "price_ticks": 100}),
                (Event.INDEX, {"price_ticks": 100, "code": IndexStatus.GOOD}),
            ),
        ),
        quoted(1, 102, 101),
        send(
            Kind.TICK,
            told=(
                (Event.INDEX_SOURCE, {"order_id": 1, "code": SourceStatus.CROSSED}),
                (Event.INDEX, {"price_ticks": 100, "code": IndexStatus.HELD, "lots": 2}),
            ),
        ),
        quoted(1, 101, 101),
        send(Kind.TICK, told=((Event.INDEX, {"code": IndexStatus.GOOD, "lots": 3}),)),
    ),
)

# --- GAT-061. As TV-7: 2 BTC at 500,000, interest 0.01 %; the rate may move by 0.003 % a time:
# 0.003 %, then 0.006 %, 0.009 %, 0.01 %. A pays 30, 60, 90, 100.

STEPPED = Vector(
    "GAT-061: the funding rate moves by no more than its step",
    venue(
        contract(
            100_000,
            TIERS,
            funding=FundingRules(impact_notional=1_000_000, rate_step_ppb=30_000),
        )
    ),
    2,
    (
        deposit(A, 900_000 * HKD),
        deposit(B, 900_000 * HKD),
        *prices(500_000),
        opening(A, B, 20, 500_000),
        *(
            wait(
                8 * HOUR,
                (
                    (Event.FUNDING_RATE, {"amount": rate}),
                    (Event.FUNDING, {"wallet": A, "amount": -rate * HKD // 1_000}),
                ),
            )
            for rate in (30_000, 60_000, 90_000, 100_000)
        ),
        cash(A, (900_000 - 280) * HKD),
    ),
)

# --- GAT-062, 063. Everything is watched; dispersion above 1 % is told, above 3 % halts.

WATCHED = contract(
    1,
    TIERS,
    monitor=MonitorRules(
        mask=31,
        alert_gap_ppb=10 * MILLION,
        alert_dispersion_ppb=10 * MILLION,
        halt_dispersion_ppb=30 * MILLION,
    ),
)


def third(ticks: int, told: tuple) -> tuple[Do, ...]:
    """The third source shows a price, then a mark step."""
    return (quoted(2, ticks, 0), send(Kind.TICK, told=told))


def alert(code: int, begins: int, amount: int) -> tuple:
    """An ALERT event."""
    return (Event.ALERT, {"contract": 0, "code": int(code), "flags": begins, "amount": amount})


def on(*alerts: int) -> See:
    """The alerts that are on."""
    return See("contract", (0,), "alerts", sum(1 << each for each in alerts))


MONITOR = Vector(
    "GAT-062: alerts begin and end, and dispersion halts",
    venue(WATCHED),
    1,
    (
        *prices(100),
        on(),
        *third(101, ()),  # 1 %, not above
        on(),
        *third(102, (alert(Alert.DISPERSION, 1, 20 * MILLION),)),
        on(Alert.DISPERSION),
        *third(103, ()),  # 3 %, not above
        on(Alert.DISPERSION),
        See("contract", (0,), "state", ContractState.OPEN),
        *third(100, (alert(Alert.DISPERSION, 0, 0),)),
        quoted(1, 101, 100),
        send(
            Kind.TICK,
            told=(
                alert(Alert.SOURCES, 1, 1),
                alert(Alert.LADDER, 1, IndexStatus.HELD),
            ),
        ),
        on(Alert.SOURCES, Alert.LADDER),
        quoted(1, 100, 100),
        send(Kind.TICK, told=(alert(Alert.SOURCES, 0, 0), alert(Alert.LADDER, 0, 0))),
        *third(
            104,
            (
                alert(Alert.DISPERSION, 1, 40 * MILLION),
                (Event.CONTRACT_STATE, {"contract": 0, "code": ContractState.HALTED}),
            ),
        ),
        See("contract", (0,), "state", ContractState.HALTED),
    ),
)

# 30 samples of basis 2 (bid 101, ask 103) and the mid 102 lift the mark to 102: 2 % above 100.
GAP = Vector(
    "GAT-062: the mark leaves the index",
    venue(WATCHED),
    1,
    (
        *prices(100),
        deposit(A, 9_000),
        buy(A, 1, 1, 101),
        sell(A, 2, 1, 103),
        wait(150 * SECOND),
        send(Kind.TICK, told=(alert(Alert.MARK_GAP, 1, 20 * MILLION),)),
        on(Alert.MARK_GAP),
        *prices(102, (alert(Alert.MARK_GAP, 0, 0),)),
    ),
)

# Halted for a day, then open on a held index: frozen, so funding stays due. 24 h are not above
# 24 h; a nanosecond later they are. A good index, and it is paid.
CONVERGENCE = Vector(
    "GAT-063, INV-14: a day without funding is told",
    venue(WATCHED),
    1,
    (
        *prices(100),
        send(Kind.CONTRACT_STATE, side=int(ContractState.HALTED)),
        wait(DAY),
        *(quoted(source, 101, 100) for source in range(3)),
        send(Kind.CONTRACT_STATE, side=int(ContractState.OPEN)),
        send(Kind.TICK),
        on(Alert.SOURCES, Alert.LADDER),
        send(Kind.TICK, after_ns=1, told=(alert(Alert.CONVERGENCE, 1, DAY + 1),)),
        on(Alert.SOURCES, Alert.LADDER, Alert.CONVERGENCE),
        *prices(100, ((Event.FUNDING_RATE, {"lots": 0, "amount": 0}),)),
        on(),
        See("contract", (0,), "state", ContractState.OPEN),
    ),
)

VECTORS = (CROSSED, STEPPED, MONITOR, GAP, CONVERGENCE)
