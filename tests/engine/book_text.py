"""A tiny language for tables of the book: what a wallet does, an arrow, what the book answers.

    alice sell 1 x3 @101             -> accepted
    bob   buy  2 x5 @102 ioc         -> accepted, trade 1 x3 @101, cancelled 2 x2 NOT_RESTING
    asks                             -> empty

`WALLET buy|sell ID xLOTS @PRICE`, then any of ioc fok market post reduce (how the order waits)
and newest oldest both decrement (self-trade prevention; newest if not said); `WALLET cancel ID`;
`WALLET amend ID xLOTS @PRICE`. `bids` and `asks` ask for the orders in priority order. `alice2`
is another wallet of alice's owner; names that begin with `afmm` belong to the affiliate.
"""

from collections.abc import Callable, Iterable, Iterator

from hkperp_engine.codes import (
    CancelReason,
    Command,
    Event,
    OrderFlag,
    OrderType,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.reference import CommandRow, EventRow, RestingOrder

WALLETS = "alice alice2 bob carol afmm afmm2".split()
PRICE_TICKS_MAX = 1_000
LOTS_MAX = 100

#: What both books are built with to read this language.
SETTING = {
    "price_ticks_max": PRICE_TICKS_MAX,
    "lots_max": LOTS_MAX,
    "wallets": len(WALLETS),
    "owner_of": [WALLETS.index(name.rstrip("2")) for name in WALLETS],
    "class_of": [int(name.startswith("afmm")) for name in WALLETS],
}

_WORDS = {
    "ioc": {"tif": TimeInForce.IOC},
    "fok": {"tif": TimeInForce.FOK},
    "market": {"order_type": OrderType.MARKET, "tif": TimeInForce.IOC},
    "post": {"flags": OrderFlag.POST_ONLY},
    "reduce": {"flags": OrderFlag.REDUCE_ONLY},
    "newest": {"stp": SelfTrade.CANCEL_NEWEST},
    "oldest": {"stp": SelfTrade.CANCEL_OLDEST},
    "both": {"stp": SelfTrade.CANCEL_BOTH},
    "decrement": {"stp": SelfTrade.DECREMENT},
}
_VERBS = {
    "buy": {"kind": Command.NEW_ORDER, "side": Side.BUY},
    "sell": {"kind": Command.NEW_ORDER, "side": Side.SELL},
    "cancel": {"kind": Command.CANCEL},
    "amend": {"kind": Command.AMEND},
}


def command_of(text: str) -> CommandRow:
    """Read one command.

    >>> command_of("bob sell 7 x3 @101 post")._asdict()["price_ticks"]
    101
    """
    wallet, verb, order_id, *rest = text.split()
    fields = {"wallet": WALLETS.index(wallet), "order_id": int(order_id), **_VERBS[verb]}
    for word in rest:
        if word[0] == "x":
            fields["lots"] = int(word[1:])
        elif word[0] == "@":
            fields["price_ticks"] = int(word[1:])
        else:
            fields.update(_WORDS[word])
    return CommandRow(**fields)


def event_text(event: EventRow) -> str:
    """Write one event.

    >>> event_text(EventRow(1, 0, Event.TRADE, 0, 0, 0, 0, 1, 7, 8, 101, 3, 0))
    'trade 7 x3 @101'
    """
    kind, lots = Event(event.kind), f"{event.order_id} x{event.lots}"
    if kind == Event.REFUSED:
        return f"refused {Reject(event.code).name}"
    if kind == Event.TRADE:
        return f"trade {lots} @{event.price_ticks}"
    if kind == Event.ORDER_AMENDED:
        return f"amended {lots} @{event.price_ticks}"
    if kind == Event.ORDER_ACCEPTED:
        return "accepted"
    return f"{kind.name.removeprefix('ORDER_').lower()} {lots} {CancelReason(event.code).name}"


def orders_text(orders: Iterable[RestingOrder]) -> str:
    """Write the orders of a side, first in priority first."""
    told = [f"{order.order_id} x{order.lots_left} @{order.price_ticks}" for order in orders]
    return ", ".join(told) or "empty"


def rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and after the arrow in each row of a table; `#` is a remark."""
    for line in table.splitlines():
        line = line.partition("#")[0].strip()
        if line:
            asked, arrow, answer = line.partition("->")
            assert arrow, f"no arrow in {line!r}"
            yield asked.strip(), " ".join(answer.split())


def play(
    table: str,
    apply: Callable[[CommandRow], list[EventRow]],
    orders: Callable[[int, int], list[RestingOrder]],
) -> None:
    """Do what each row of a table asks, and compare the answers."""
    for asked, answer in rows(table):
        if asked in ("bids", "asks"):
            found = orders_text(orders(0, Side.BUY if asked == "bids" else Side.SELL))
        else:
            found = ", ".join(event_text(event) for event in apply(command_of(asked)))
        assert found == answer, f"{asked}: {found}, not {answer}"
