"""One sample of each message, and the row it is: every column a number of its own."""

from command_samples import COMMANDS
from gate_samples import GATE_EVENTS
from hkperp import events
from hkperp_engine import codes
from hkperp_engine.codes import Command, Event

__all__ = ["COMMANDS", "EVENTS", "kind_of"]

_SELL, _BUY = codes.Side.SELL, codes.Side.BUY
_ORDER = {"contract": 1, "wallet": 17, "order_id": 8, "price_ticks": 10, "lots": 9}

#: An event, and the columns of its row that are not 0 (sequence 3, time 5 and the kind besides).
EVENTS = [
    (
        events.Refused(3, 5, codes.Reject.LIM_POSITION, int(Command.AMEND), 1, 17, 8, 6),
        {
            "code": 501,
            "contract": 1,
            "wallet": 17,
            "order_id": 8,
            "counter_order_id": 6,
            "amount": 3,
        },
    ),
    (
        events.OrderAccepted(
            3, 5, 1, 17, 8, _SELL, 10, 9, codes.TimeInForce.IOC, True, 4, False, True
        ),
        {**_ORDER, "code": 1, "flags": 273, "amount": 4},
    ),
    (
        events.OrderAccepted(
            3, 5, 1, 17, 8, _BUY, 10, 9, codes.TimeInForce.DAY, False, 0, True, False
        ),
        {**_ORDER, "code": 4, "flags": 32},
    ),
    (
        events.OrderWaits(3, 5, 1, 17, 8, _SELL, 10, 9, codes.TimeInForce.GTD, True, 12),
        {**_ORDER, "code": 3, "flags": 81, "amount": 12},
    ),
    (
        events.OrderCancelled(
            *(3, 5, 1, 17, 8, _BUY, 10, 9, codes.CancelReason.MARGIN_CALL),
            *(False, False, False, False),
        ),
        {**_ORDER, "code": 4},
    ),
    (
        events.OrderCancelled(
            *(3, 5, 1, 17, 8, _SELL, 10, 9, codes.CancelReason.SETTLED),
            *(True, True, True, True),
        ),
        {**_ORDER, "code": 16, "flags": 1 + 16 + 32 + 64 + 256},
    ),
    (
        events.OrderAmended(3, 5, 1, 17, 8, _SELL, 10, 9, False, False, True, False),
        {**_ORDER, "flags": 257},
    ),
    (
        events.OrderAmended(3, 5, 1, 17, 8, _BUY, 10, 9, True, True, False, True),
        {**_ORDER, "flags": 16 + 32 + 64},
    ),
    (
        events.OrderReduced(
            3, 5, 1, 17, 8, _BUY, 10, 9, codes.CancelReason.LAPSED, True, False, False
        ),
        {**_ORDER, "code": 5, "flags": 16},
    ),
    (
        events.OrderReduced(
            3, 5, 1, 17, 8, _SELL, 10, 9, codes.CancelReason.SELF_TRADE, False, True, True
        ),
        {**_ORDER, "code": 2, "flags": 289},
    ),
    (
        events.Trade(3, 5, 1, 17, 18, 8, 12, _SELL, 10, 9, True, False, False, True, 11),
        {**_ORDER, "flags": 131, "counter_wallet": 18, "counter_order_id": 12, "amount": 11},
    ),
    (
        events.Trade(3, 5, 1, 17, 18, 8, -12, _BUY, 10, 9, False, True, True, False, 11),
        {**_ORDER, "flags": 12, "counter_wallet": 18, "counter_order_id": -12, "amount": 11},
    ),
    (
        events.OrderRefreshed(3, 5, 1, 17, 8, _SELL, 10, 9, True),
        {**_ORDER, "flags": 17},
    ),
    (
        events.Triggered(3, 5, 1, 17, 8, _SELL, 10, 9, codes.TriggerSource.INDEX, 12, True),
        {**_ORDER, "code": 2, "flags": 81, "amount": 12},
    ),
    (events.TriggerCap(3, 5, 11), {"amount": 11}),
    (
        events.TradeBusted(3, 5, 1, 17, 18, 10, 9, 8),
        {**_ORDER, "counter_wallet": 18},
    ),
    (
        events.Uncross(3, 5, 1, 10, 11, -12),
        {"contract": 1, "price_ticks": 10, "amount": 11, "counter_order_id": -12},
    ),
    (
        events.MassCancelled(3, 5, codes.CancelReason.COUNTDOWN, 1, 17, 11),
        {"code": 10, "contract": 1, "wallet": 17, "amount": 11},
    ),
    (
        events.Protection(3, 5, 1, 17, codes.ProtectionLimit.TRADES, 11),
        {"code": 2, "contract": 1, "wallet": 17, "amount": 11},
    ),
    (
        events.KillSwitch(3, 5, codes.KillScope.OWNER, True, 0, 17),
        {"code": 1, "flags": 1, "wallet": 17},
    ),
    (
        events.KillSwitch(3, 5, codes.KillScope.CONTRACT, False, 1, 0),
        {"code": 2, "contract": 1},
    ),
    (events.AfmmSuspended(3, 5, True), {"code": 1}),
    (
        events.OpeningTrade(3, 5, 1, 17, 18, 10, 9, 11),
        {
            "contract": 1,
            "wallet": 17,
            "counter_wallet": 18,
            "price_ticks": 10,
            "lots": 9,
            "amount": 11,
        },
    ),
    (
        events.Posting(3, 5, codes.Posting.FEE, 2, 17, 18, 11, 8),
        {
            "code": 5,
            "contract": 2,
            "wallet": 17,
            "counter_wallet": 18,
            "amount": 11,
            "order_id": 8,
        },
    ),
    (
        events.FeeWaived(3, 5, 1, 17, 11, 8),
        {"contract": 1, "wallet": 17, "amount": 11, "order_id": 8},
    ),
    (
        events.IndexSource(3, 5, 1, 2, codes.SourceStatus.OUTLYING, 10, 11),
        {"contract": 1, "order_id": 2, "code": 3, "price_ticks": 10, "amount": 11},
    ),
    (
        events.Index(3, 5, 1, codes.IndexStatus.HELD, 10, 4),
        {"contract": 1, "code": 1, "price_ticks": 10, "lots": 4},
    ),
    (
        events.Mark(3, 5, 1, 10, 12, 7, True, 13),
        {
            "contract": 1,
            "price_ticks": 10,
            "amount": 12,
            "code": 7,
            "flags": 1,
            "counter_order_id": 13,
        },
    ),
    (
        events.FundingRate(3, 5, 1, 10, -11, 4),
        {"contract": 1, "price_ticks": 10, "amount": -11, "lots": 4},
    ),
    (
        events.Funding(3, 5, 1, 17, 10, -9, -11),
        {"contract": 1, "wallet": 17, "price_ticks": 10, "lots": -9, "amount": -11},
    ),
    (
        events.Cycle(3, 5, codes.CycleCause.EXTRAORDINARY, 8, 12, 11),
        {"code": 2, "order_id": 8, "counter_order_id": 12, "amount": 11},
    ),
    (events.CycleDone(3, 5, 8, 11), {"order_id": 8, "amount": 11}),
    (
        events.MarginState(3, 5, 17, codes.MarginState.REDUCING, -11),
        {"wallet": 17, "code": 2, "amount": -11},
    ),
    (
        events.Explain(3, 5, 17, codes.Explain.MARK, 11, 1, 10, 0, 0, 13),
        {
            "wallet": 17,
            "code": int(codes.Explain.MARK),
            "amount": 11,
            "contract": 1,
            "price_ticks": 10,
            "counter_order_id": 13,
        },
    ),
    (
        events.Explain(3, 5, 17, codes.Explain.LEG, -11, 1, 10, -9, -12, 0),
        {
            "wallet": 17,
            "code": 10,
            "amount": -11,
            "contract": 1,
            "price_ticks": 10,
            "lots": -9,
            "order_id": -12,
        },
    ),
    (
        events.LiquidationOrder(3, 5, 1, 17, -3, _SELL, 10, 9, 11),
        {
            "contract": 1,
            "wallet": 17,
            "order_id": -3,
            "flags": 1,
            "price_ticks": 10,
            "lots": 9,
            "amount": 11,
        },
    ),
    (
        events.Takeover(3, 5, 1, 17, 18, 10, -9),
        {"contract": 1, "wallet": 17, "counter_wallet": 18, "price_ticks": 10, "lots": -9},
    ),
    (events.Default(3, 5, 17, 11, 8), {"wallet": 17, "amount": 11, "order_id": 8}),
    (
        events.Allocation(3, 5, codes.Layer.RESERVE, 17, 11, 8),
        {"code": 3, "wallet": 17, "amount": 11, "order_id": 8},
    ),
    (
        events.Haircut(3, 5, codes.Layer.TEAR_UP, 17, 11, 12, 8),
        {"code": 6, "wallet": 17, "amount": 11, "counter_order_id": 12, "order_id": 8},
    ),
    (
        events.Deleverage(3, 5, 1, 17, 18, 10, 9, 11, 8, 12),
        {**_ORDER, "counter_wallet": 18, "amount": 11, "counter_order_id": 12},
    ),
    (
        events.ContractState(3, 5, 1, codes.ContractState.VOLATILITY_AUCTION, 10, 11),
        {"contract": 1, "code": 6, "price_ticks": 10, "amount": 11},
    ),
    (
        events.AccountStatus(
            *(3, 5, 17, codes.InvestorClass.AFMM, 11),
            *(False, True, True, False, True, False, True, False),
        ),
        {"wallet": 17, "code": 5, "amount": 11, "flags": 2 + 4 + 16 + 64},
    ),
    (
        events.AccountStatus(
            *(3, 5, 17, codes.InvestorClass.AFMM, 11),
            *(True, False, False, True, False, True, False, True),
        ),
        {"wallet": 17, "code": 5, "amount": 11, "flags": 1 + 8 + 32 + 128},
    ),
    (events.AssetPrice(3, 5, 2, 11), {"contract": 2, "amount": 11}),
    (events.AssetState(3, 5, 2, True, False, True, False), {"contract": 2, "code": 5}),
    (events.AssetState(3, 5, 2, False, True, False, True), {"contract": 2, "code": 10}),
    *GATE_EVENTS,
]


def kind_of(message):
    """Return the number of a message's kind."""
    tag = message.__struct_config__.tag
    return Command[tag] if type(message).__module__.endswith("commands") else Event[tag]
