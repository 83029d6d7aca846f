"""Commands that are wrong on purpose: each refusal has somebody who works for it."""

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import KillScope, OrderFlag, OrderType, Side, TimeInForce
from reference.rows import Command

EDGES = (-(2**62), -1, 0, 1, 2**31, 2**50 + 1, 2**60, 2**60 + 1, 2**62 + 1, 2**63 - 1)
SMALL = (-128, -1, 2, 3, 4, 5, 6, 8, 127)
SWITCHES = (Kind.CONTRACT_STATE, Kind.HOUSE_DEPOSIT, Kind.KILL_SWITCH, Kind.SUSPEND_AFMM)
SWITCHES += (Kind.PRODUCT_STATE,)
GTC, IOC, FOK, GTD = (int(TimeInForce(i)) for i in range(4))
FLAG = {flag.name: int(flag) for flag in OrderFlag}
STOP, STOP_LIMIT, TRAILING, TRAILING_PPB = (
    int(OrderType.STOP_MARKET),
    int(OrderType.STOP_LIMIT),
    int(OrderType.TRAILING_TICKS),
    int(OrderType.TRAILING_PPB),
)

#: Fields of an order that do not go together, or are out of range.
WRONG_FIELDS = (
    {"tif": GTC, "target": 1_000_000},
    {"tif": GTC, "target": -1},
    {"tif": IOC, "target": 1},
    {"order_type": 1, "tif": FOK, "target": 1},
    {"tif": GTD, "amount": 0},
    {"tif": GTD, "amount": 1_760_054_400 * 10**9},
    {"tif": GTD, "amount": 2**62 + 1},
    {"order_type": STOP, "tif": GTC},
    {"order_type": STOP_LIMIT, "tif": GTC, "target": 2**31 - 1},
    {"order_type": TRAILING, "tif": GTC, "price_ticks": 0},
    {"order_type": TRAILING, "tif": GTC, "target": -1},
    {"order_type": TRAILING_PPB, "tif": GTC, "price_ticks": 10**9},
    {"order_type": STOP, "tif": FOK, "target": 5},
    {"order_type": STOP, "tif": GTC, "target": 5, "flags": FLAG["POST_ONLY"]},
    {"order_type": 1, "tif": GTC},
    {"order_type": 8},
    {"order_type": 26, "target": 5},
    {"tif": IOC, "flags": FLAG["HIDDEN"]},
    {"tif": GTC, "target": 1, "flags": FLAG["HIDDEN"]},
    {"tif": GTC, "flags": FLAG["SLIDE"]},
    {"tif": GTC, "flags": FLAG["BY_NOTIONAL"], "lots": 0, "amount": 9},
    {"order_type": 1, "tif": IOC, "flags": FLAG["BY_NOTIONAL"], "lots": 0, "amount": 0},
    {"order_type": 1, "tif": IOC, "flags": FLAG["BY_NOTIONAL"], "lots": 0, "amount": 2**61 + 1},
    {"order_type": 1, "tif": IOC, "flags": FLAG["BY_NOTIONAL"], "lots": 1, "amount": 9},
    {"tif": GTC, "flags": FLAG["CLOSE_POSITION"], "lots": 1},
    {"tif": IOC, "flags": FLAG["LINKED"], "amount": 1},
    {"tif": GTD, "flags": FLAG["LINKED"], "amount": 2**61},
    {"tif": GTC, "flags": FLAG["LINKED"], "amount": -1},
)


def malformed(flow) -> Command:
    """One command with something wrong, drawn from the kinds below."""
    return flow.chance.choice(WAYS)(flow)


def plain_order(flow, **more: int) -> Command:
    """An order that would be fine, with some fields replaced."""
    chance, contract = flow.chance, flow.any_contract()
    wallet, side = chance.choice(flow.wallets), chance.randrange(2)
    price, lots = flow.prices[contract], chance.randint(1, 5)
    order = flow.order(wallet, contract, side, price, lots, tif=int(TimeInForce.IOC))
    return order._replace(**more)


def wild(flow) -> Command:
    """Some fields of an order replaced by anything that fits the row."""
    chance = flow.chance
    fields = {}
    for name in chance.sample(["contract", "side", "order_type", "tif", "flags", "stp"], 2):
        fields[name] = chance.choice(SMALL)
    name = chance.choice(["order_id", "price_ticks", "lots", "amount", "tag"])
    fields[name] = chance.choice(EDGES)
    kind = chance.choice([Kind.NEW_ORDER, Kind.NEW_ORDER, Kind.AMEND, Kind.CANCEL])
    return plain_order(flow, kind=int(kind), **fields)


def one_field(flow) -> Command:
    """One field of an order replaced."""
    chance = flow.chance
    if chance.random() < 0.6:
        name = chance.choice(["contract", "side", "order_type", "tif", "flags", "stp"])
        return plain_order(flow, **{name: chance.choice(SMALL)})
    name = chance.choice(["order_id", "price_ticks", "lots"])
    return plain_order(flow, **{name: chance.choice(EDGES)})


def wrong_fields(flow) -> Command:
    """An order whose fields do not go together."""
    return plain_order(flow, **flow.chance.choice(WRONG_FIELDS))


def wrong_scope(flow) -> Command:
    """A mass cancel, switch, quote or protection that names nothing there is."""
    chance, contract = flow.chance, flow.any_contract()
    wallet = chance.choice((*flow.wallets, 0, 15, 10_000))
    where = {"wallet": wallet, "contract": contract}
    ways = (
        (Kind.MASS_CANCEL, {"side": 3}),
        (Kind.MASS_CANCEL, {"side": 2, "price_ticks": 5, "lots": 4}),
        (Kind.MASS_CANCEL, {"side": 2, "contract": -2}),
        (Kind.KILL_SWITCH, {"target": 4}),
        (Kind.KILL_SWITCH, {"target": int(KillScope.VENUE)}),
        (Kind.KILL_SWITCH, {"target": int(KillScope.WALLET), "wallet": 15}),
        (Kind.KILL_SWITCH, {"target": int(KillScope.CONTRACT), "side": 1, "contract": 8}),
        (Kind.SUSPEND_AFMM, {"side": 2}),
        (Kind.SET_SESSION, {"side": 3}),
        (Kind.SET_COUNTDOWN, {"amount": chance.choice((-1, 2**61))}),
        (Kind.SET_PROTECTION, {"amount": 0}),
        (Kind.SET_PROTECTION, {"amount": 1, "target": chance.choice((0, 33))}),
        (Kind.SET_PROTECTION, {"amount": 1, "target": 1, "lots": -1}),
        (Kind.RESET_PROTECTION, {}),
        (Kind.MASS_QUOTE, {"order_id": chance.choice((0, 2**62)), "lots": 1}),
        (Kind.MASS_QUOTE, {"order_id": 1, "stp": 4}),
        (Kind.SOURCE_PRICE, {"target": 9, "price_ticks": 1}),
        (Kind.SOURCE_PRICE, {"target": -1, "price_ticks": 1}),
        (Kind.COMPENSATE, {"amount": chance.choice((0, 2**60, 2**60 + 1))}),
    )
    kind, fields = chance.choice(ways)
    return flow.command(kind, **{**where, **fields})


def kind_or_time(flow) -> Command:
    """An unknown kind, a time that goes back, or one a month ahead."""
    chance = flow.chance
    order = plain_order(flow)
    if chance.random() < 0.5:
        return order._replace(kind=chance.choice((-128, -1, 0, 28, 42, 127)))
    kind = chance.choice([int(kind) for kind in Kind if kind not in SWITCHES])
    back = chance.choice((1, 10**9, 10**18, -32 * 86_400 * 10**9, -(2**61)))
    return order._replace(kind=kind, time_ns=order.time_ns - back)


def any_kind(flow) -> Command:
    """Any kind of command with numbers from the edges."""
    chance = flow.chance
    kinds = [kind for kind in Kind if kind not in SWITCHES]
    fields = {name: chance.choice(EDGES) for name in ("order_id", "price_ticks", "lots")}
    fields["amount"] = chance.choice((-(2**62), -1, 0, 2**60 + 1, 2**62 + 1))
    for name in ("contract", "side", "flags"):
        fields[name] = chance.choice((*SMALL, 0, 0, 0, 1, 1, 1))
    for name in ("wallet", "target"):
        fields[name] = chance.choice((-1, 0, 3, 8, 15, 16, 20, 10_000, 2**31 - 1))
    return flow.command(chance.choice(kinds), **fields)


def too_much(flow) -> Command:
    """Amounts, positions and accounts beyond their limits."""
    chance, contract = flow.chance, flow.any_contract()
    draw, wallet = chance.random(), chance.choice(flow.wallets)
    if draw < 0.25:
        asset, amount = chance.choice(((0, 2**60), (1, 2**50 + 1), (2, 2**60)))
        return flow.command(Kind.DEPOSIT, wallet=wallet, target=asset, amount=amount)
    if draw < 0.35:
        return flow.command(Kind.HOUSE_DEPOSIT, target=chance.choice((5, 6, 7, 9)), amount=2**60)
    terms = flow.contracts[contract]
    maker = chance.choice(flow.makers)
    return flow.order(maker, contract, chance.randrange(2), flow.prices[contract], terms.lots_max)


def used_id(flow) -> Command:
    """A live id again, or somebody else's order."""
    chance = flow.chance
    if not flow.live:
        return plain_order(flow)
    order_id, _, contract, *_ = chance.choice([*flow.live[-40:], *flow.stops[-10:]])
    if chance.random() < 0.6:
        return plain_order(flow, order_id=order_id)
    other = chance.choice(flow.wallets)
    kind = chance.choice((Kind.CANCEL, Kind.AMEND))
    fields = {"price_ticks": flow.prices[contract], "lots": 1, "contract": contract}
    return flow.command(kind, wallet=other, order_id=order_id, **fields)


def crossing(flow) -> Command:
    """Post-only through the price, or all-or-nothing for more than there is."""
    chance, contract = flow.chance, flow.any_contract()
    side, wallet = chance.randrange(2), chance.choice(flow.makers)
    away = flow.near(contract, 5, 30) * (1 if side == Side.BUY else -1)
    price = flow.prices[contract] + away
    if chance.random() < 0.5:
        return flow.order(wallet, contract, side, price, 1, flags=int(OrderFlag.POST_ONLY))
    return flow.order(wallet, contract, side, price, 140, tif=int(TimeInForce.FOK))


def wrong_money(flow) -> Command:
    """Assets and states that do not exist, deposits nobody may take."""
    chance = flow.chance
    wallet, asset = chance.choice(flow.wallets), chance.choice((-1, 0, 1, 3, 7, 8))
    kind = chance.choice((Kind.DEPOSIT, Kind.WITHDRAW, Kind.ASSET_PRICE, Kind.ASSET_STATE))
    if chance.random() < 0.4:
        kind = chance.choice((Kind.SOURCE_PRICE, Kind.CONTRACT_STATE, Kind.ACCOUNT_STATUS))
        return flow.command(kind, wallet=wallet, target=8, side=6, price_ticks=1, flags=3)
    amount = chance.choice((0, -1, 1, 10**12 + 1))
    return flow.command(kind, wallet=wallet, target=asset, amount=amount, flags=16)


def wrong_standing(flow) -> Command:
    """Standing, products and margins that are out of range, or of nobody."""
    chance, contract = flow.chance, chance_contract(flow)
    wallet = chance.choice((*flow.isolated, flow.wallets[0], 15, 10_000))
    far = chance.choice((-1, 0, 2**31, 2**60 + 1))
    ways = (
        (Kind.ACCOUNT_STATUS, {"side": chance.choice((-1, 1, 6)), "amount": 2**62}),
        (Kind.ACCOUNT_STATUS, {"side": 2, "target": chance.choice((-1, 256)), "amount": 2**62}),
        (Kind.PUBLISH_AGREEMENT, {"amount": far}),
        (Kind.ACKNOWLEDGE, {"amount": flow.version + chance.choice((-1, 0, 1))}),
        (Kind.EXPOSURE_LIMIT, {"amount": chance.choice((-1, 0, 2**60 + 1))}),
        (Kind.PRODUCT_STATE, {"side": chance.choice((-1, 0, 6, 127))}),
        (Kind.REFERENCE_STATUS, {"side": chance.choice((-1, 0, 3))}),
        (Kind.MARGIN_ADDON, {"amount": 5, "price_ticks": chance.choice((-1, 6))}),
        (Kind.MARGIN_ADDON, {"amount": chance.choice((-1, 10**9, 2**62))}),
        (Kind.SOURCE_PRICE, {"price_ticks": 5, "lots": chance.choice((-1, 2**31 - 1))}),
        (Kind.ACCOUNT_STATUS, {"side": 2, "target": 3, "amount": -1}),
    )
    kind, fields = chance.choice(ways)
    return flow.command(kind, **{"wallet": wallet, "contract": contract, **fields})


def chance_contract(flow) -> int:
    """A contract that is there, or mostly is not."""
    return flow.chance.choice((flow.any_contract(), -1, 8, len(flow.contracts)))


def wrong_vault(flow) -> Command:
    """Money that is not there, not awaited, or would go where nothing may."""
    chance = flow.chance
    wallet = chance.choice((chance.choice(flow.wallets), chance.choice(flow.wallets), 10, 10_000))
    other = chance.choice((*flow.families[0], wallet, 10, 10_000))
    asset = chance.choice((0, 1, 2, 3, -1, len(flow.assets)))
    amount = chance.choice((-1, 0, 1, 1, 2**60, 2**60 + 1))
    ways = (
        (Kind.CLEAR_DEPOSIT, {"target": asset, "flags": chance.choice((0, 1, 2, -1))}),
        (Kind.DEPOSIT, {"target": asset, "flags": chance.choice((2, -1))}),
        (Kind.TRANSFER, {"target": other, "contract": asset}),
        (Kind.TRANSFER, {"target": other, "wallet": flow.families[0][0], "contract": asset}),
        (Kind.REDEEM, {"target": asset}),
        (Kind.REVERSE_DEPOSIT, {"target": asset}),
        (Kind.RECONCILE, {"target": chance.choice((-1, len(flow.assets))), "amount": 1}),
        (Kind.RECONCILE, {"target": 1, "amount": chance.choice((-1, 2**62 + 1))}),
        (Kind.ASSET_HAIRCUT, {"target": asset, "amount": chance.choice((-1, 10**9 + 1))}),
        (Kind.ASSET_STATE, {"target": asset, "flags": chance.choice((-1, 16))}),
    )
    kind, fields = chance.choice(ways)
    return flow.command(kind, **{"wallet": wallet, "amount": amount, **fields})


def wrong_default(flow) -> Command:
    """Declarations, providers, withdrawals and issuers that are not there, or out of range."""
    chance = flow.chance
    ppb, none = chance.choice((-1, 0, 1, 10**9 + 1)), chance.choice((0, 1))
    ways = (
        (Kind.DECLARE_DEFAULT, {"wallet": chance.choice((15, 10_000, *flow.wallets))}),
        (Kind.SET_BACKSTOP, {"wallet": chance.choice((8, 10_000)), "amount": ppb}),
        (Kind.SET_BACKSTOP, {"contract": chance.choice((-1, 8)), "amount": ppb}),
        (Kind.SET_BACKSTOP, {"amount": chance.choice((-1, 10**9 + 1))}),
        (Kind.HOUSE_WITHDRAW, {"target": chance.choice((0, 2, 4, 8, 10, 16)), "amount": 1}),
        (Kind.HOUSE_WITHDRAW, {"target": 3, "amount": chance.choice((-1, 0, 2**60 + 1))}),
        (Kind.HOUSE_WITHDRAW, {"target": chance.choice((3, 9)), "amount": 2**60}),
        (
            Kind.HOUSE_WITHDRAW,
            {"target": chance.choice((5, 6, 7)), "amount": none},
        ),
        (Kind.ISSUER_DEFAULT, {"target": chance.choice((-1, 0, 8)), "amount": 1}),
        (Kind.ISSUER_DEFAULT, {"target": 1, "amount": chance.choice((-1, 10**9 + 1))}),
        (Kind.ISSUER_DEFAULT, {"target": 3, "amount": 1}),
    )
    kind, fields = chance.choice(ways)
    some = {"wallet": chance.choice(flow.wallets), "contract": flow.any_contract()}
    return flow.command(kind, **{**some, **fields})


def late_opening(flow) -> Command:
    """An opening trade when it is over, or of a wallet with itself."""
    command = flow.opening_trade()[0]
    if flow.chance.random() < 0.2:
        return command._replace(target=command.wallet)
    return command


WAYS = (
    wild,
    wild,
    one_field,
    one_field,
    wrong_fields,
    wrong_fields,
    wrong_fields,
    wrong_scope,
    wrong_scope,
    kind_or_time,
    kind_or_time,
    any_kind,
    too_much,
    too_much,
    used_id,
    used_id,
    used_id,
    crossing,
    crossing,
    wrong_money,
    wrong_standing,
    wrong_standing,
    wrong_vault,
    wrong_vault,
    wrong_default,
    wrong_default,
    late_opening,
)
