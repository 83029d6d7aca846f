"""A tiny language for tables of the book: what a wallet does, an arrow, what the book answers.

    alice sell 1 x3 @101             -> accepted
    bob   buy  2 x5 @102 ioc         -> accepted, trade 1 x3 @101, cancelled 2 x2 NOT_RESTING
    asks                             -> empty

Orders: `WALLET buy|sell ID xLOTS @LIMIT`, then any of these words:

    ioc fok day until=600             how long it waits (good till cancelled if not said)
    market worth=500                  a market order; by notional, ticks * lots (no xLOTS)
    post slide reduce hidden show=3   post-only (that slides), reduce-only, hidden, iceberg
    stop@95 take@105                  stop and take-profit; with `market` of the market type
    trail=5 trail=50000000ppb         trailing by ticks or parts per billion
    from@110                          from this price on
    on=mark on=index                  the price that triggers (the last trade if not said)
    with=1                            linked to order 1: one cancels the other
    newest oldest both decrement      self-trade prevention (newest if not said)

Without `@LIMIT` a market type is limited by the end of the price range. Of an order:
`WALLET cancel ID`, `WALLET amend ID xLOTS @LIMIT [total] [stop@95]`. Of a wallet:
`WALLET mass-cancel [bids|asks] [90..95] [everywhere]`, `WALLET quote ID x5@99 x5@101`, `WALLET
countdown 100`, `WALLET connects|guards|disconnects`, `WALLET protect window=100 lots=5 net=3
trades=2`, `WALLET reset`, `WALLET kill|release`, `WALLET kill-owner|release-owner`. Of the market:
`market STATE`, `market kill`, `venue kill`, `afmm suspend|lift`, `mark PRICE`, `index PRICE`, `at
TIME` (the clock: ns; it stays there). `c1` after anything means the second contract.

Questions: `bids`, `asks` (in priority order), `waiting`, `public bids|asks`, `depth bids|asks`,
`state`. `rules NAME=VALUE ...` in the first rows sets rules of the book and of its contracts.
`alice2` is another wallet of alice's owner; names that begin with `afmm` belong to the affiliate.
"""

from collections.abc import Iterator

from hkperp_engine.codes import (
    AmendFlag,
    Command,
    ContractState,
    KillScope,
    OrderFlag,
    OrderType,
    SelfTrade,
    Session,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.reference import CommandRow
from hkperp_engine.rules import BookRules, ContractRules

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
    "day": {"tif": TimeInForce.DAY},
    "market": {"order_type": OrderType.MARKET},
    "newest": {"stp": SelfTrade.CANCEL_NEWEST},
    "oldest": {"stp": SelfTrade.CANCEL_OLDEST},
    "both": {"stp": SelfTrade.CANCEL_BOTH},
    "decrement": {"stp": SelfTrade.DECREMENT},
    "bids": {"side": Side.BUY},
    "asks": {"side": Side.SELL},
    "everywhere": {"contract": -1},
    "c1": {"contract": 1},
    "c2": {"contract": 2},
}
_FLAGS = {
    "post": OrderFlag.POST_ONLY,
    "slide": OrderFlag.POST_ONLY | OrderFlag.SLIDE,
    "reduce": OrderFlag.REDUCE_ONLY,
    "hidden": OrderFlag.HIDDEN,
    "total": AmendFlag.TOTAL,
}
_VALUES = {
    "show": lambda value: {"target": int(value)},
    "until": lambda value: {"tif": TimeInForce.GTD, "amount": int(value)},
    "worth": lambda value: {"amount": int(value)},
    "with": lambda value: {"amount": int(value)},
    "on": lambda value: {"source": TriggerSource[value.upper()]},
    "window": lambda value: {"amount": int(value)},
    "lots": lambda value: {"lots": int(value)},
    "net": lambda value: {"price_ticks": int(value)},
    "trades": lambda value: {"target": int(value)},
    "stp": lambda value: {"stp": int(value)},
}
_VALUE_FLAGS = {"worth": OrderFlag.BY_NOTIONAL, "with": OrderFlag.LINKED}

#: Word before `@`: its type with a limit, its type as a market order.
_TRIGGERS = {
    "stop": (OrderType.STOP_LIMIT, OrderType.STOP_MARKET),
    "take": (OrderType.TAKE_PROFIT_LIMIT, OrderType.TAKE_PROFIT_MARKET),
}
_VERBS = {
    "buy": {"kind": Command.NEW_ORDER, "side": Side.BUY},
    "sell": {"kind": Command.NEW_ORDER, "side": Side.SELL},
    "cancel": {"kind": Command.CANCEL},
    "amend": {"kind": Command.AMEND},
    "mass-cancel": {"kind": Command.MASS_CANCEL, "side": 2},
    "quote": {"kind": Command.MASS_QUOTE},
    "countdown": {"kind": Command.SET_COUNTDOWN},
    "connects": {"kind": Command.SET_SESSION, "side": Session.CONNECTED},
    "guards": {"kind": Command.SET_SESSION, "side": Session.CANCEL_ON_DISCONNECT},
    "disconnects": {"kind": Command.SET_SESSION, "side": Session.DISCONNECTED},
    "protect": {"kind": Command.SET_PROTECTION, "target": 32},
    "reset": {"kind": Command.RESET_PROTECTION},
    "kill": {"kind": Command.KILL_SWITCH, "side": 1},
    "release": {"kind": Command.KILL_SWITCH, "side": 0},
    "kill-owner": {"kind": Command.KILL_SWITCH, "side": 1, "target": KillScope.OWNER},
    "release-owner": {"kind": Command.KILL_SWITCH, "side": 0, "target": KillScope.OWNER},
    "suspend": {"kind": Command.SUSPEND_AFMM, "side": 1},
    "lift": {"kind": Command.SUSPEND_AFMM, "side": 0},
}
_PRICES = {"mark": TriggerSource.MARK, "index": TriggerSource.INDEX}


def command_of(text: str, time_ns: int = 0) -> CommandRow:
    """Read one command, given at `time_ns`.

    >>> command_of("bob sell 7 x3 @101 post")._asdict()["price_ticks"]
    101
    >>> command_of("at 500").time_ns
    500
    """
    who, what, *rest = text.split()
    fields = {"time_ns": time_ns}
    if who == "at":
        fields.update(kind=Command.ADVANCE, time_ns=int(what))
    elif who in _PRICES:
        fields.update(kind=Command.REFERENCE_PRICE, target=_PRICES[who], price_ticks=int(what))
    elif who in ("market", "venue"):
        fields.update(_market_fields(who, what))
    else:
        fields.update(_VERBS[what], wallet=WALLETS.index(who))
        rest = _after_number(fields, rest)
    trigger = ""
    for word in rest:
        trigger = _read_word(fields, word) or trigger
    _settle_type(fields, trigger)
    return CommandRow(**fields)


def _market_fields(who: str, what: str) -> dict[str, int]:
    """`market STATE`, `market kill`, `venue kill`."""
    if what == "kill":
        scope = KillScope.CONTRACT if who == "market" else KillScope.VENUE
        return {"kind": Command.KILL_SWITCH, "side": 1, "target": scope}
    state = ContractState[what.upper().replace("-", "_")]
    return {"kind": Command.CONTRACT_STATE, "side": state}


def _after_number(fields: dict[str, int], rest: list[str]) -> list[str]:
    """Take the number that some verbs are followed by: an id or a span of time."""
    if fields["kind"] == Command.SET_COUNTDOWN:
        fields["amount"] = int(rest[0])
    elif rest and rest[0].lstrip("-").isdigit():
        fields["order_id"] = int(rest[0])
    else:
        return rest
    return rest[1:]


def _read_word(fields: dict[str, int], word: str) -> str:
    """Read one word behind the verb; return "stop" or "take" if it is a trigger."""
    name, at, price = word.partition("@")
    key, equals, value = word.partition("=")
    low, dots, high = word.partition("..")
    if dots:
        fields.update(price_ticks=int(low), lots=int(high))
    elif key == "trail":
        kind = OrderType.TRAILING_PPB if value.endswith("ppb") else OrderType.TRAILING_TICKS
        fields.update(order_type=kind, price_ticks=int(value.removesuffix("ppb")))
    elif equals:
        fields.update(_VALUES[key](value))
        fields["flags"] = fields.get("flags", 0) | _VALUE_FLAGS.get(key, 0)
    elif word in _FLAGS:
        fields["flags"] = fields.get("flags", 0) | _FLAGS[word]
    elif name in ("stop", "take", "from"):
        fields["target"] = int(price)
        return name
    elif name and at:  # a side of a quote: x5@99, the bid first
        _read_quote(fields, int(name[1:]), int(price))
    elif at:
        fields["price_ticks"] = int(price)
    elif word[0] == "x":
        fields["lots"] = int(word[1:])
    else:
        fields.update(_WORDS[word])
    return ""


def _read_quote(fields: dict[str, int], lots: int, price_ticks: int) -> None:
    if "lots" in fields:
        fields.update(target=lots, amount=price_ticks)
    else:
        fields.update(lots=lots, price_ticks=price_ticks)


def _settle_type(fields: dict[str, int], trigger: str) -> None:
    """Type, source, and what a market order means if nothing else is said."""
    source = fields.pop("source", 0)
    if fields["kind"] != Command.NEW_ORDER:
        return
    is_market = (
        fields.get("order_type") == OrderType.MARKET
        or fields.get("flags", 0) & OrderFlag.BY_NOTIONAL != 0
    )
    if is_market:
        fields["order_type"] = OrderType.MARKET
        fields.setdefault("price_ticks", 1 if fields["side"] else PRICE_TICKS_MAX)
    if trigger in _TRIGGERS:
        fields["order_type"] = _TRIGGERS[trigger][is_market]
    elif is_market:
        fields.setdefault("tif", TimeInForce.IOC)
    fields["order_type"] = fields.get("order_type", 0) + 8 * source


def rows(table: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before and after the arrow in each row of a table; `#` is a remark."""
    for line in table.splitlines():
        line = line.partition("#")[0].strip()
        if line and not line.startswith("rules "):
            asked, arrow, answer = line.partition("->")
            assert arrow, f"no arrow in {line!r}"
            yield asked.strip(), " ".join(answer.split())


def setting(table: str) -> dict:
    """What a book is built with to play this table: SETTING and its `rules`.

    >>> setting("rules triggers_max=2 contracts=3")["contracts"]
    3
    """
    words = [
        word.partition("=")[::2]
        for line in table.splitlines()
        if line.strip().startswith("rules ")
        for word in line.partition("#")[0].split()[1:]
    ]
    values = {name: int(value) for name, value in words}
    contract = {name: values[name] for name in ContractRules._fields if name in values}
    book = {name: values[name] for name in BookRules._fields if name in values}
    others = {name: values[name] for name in values if name not in contract | book}
    return {
        **SETTING,
        **others,
        "contract_rules": ContractRules(**contract),
        "book_rules": BookRules(**book),
    }
