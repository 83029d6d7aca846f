"""Hand-worked vectors of the house: tables of commands, and what must come of them.

`play(vector, factory)` runs one on any machine with the methods of the reference house:
`factory(config, accounts)` returns it. The arithmetic stands beside each row; amounts are ledger
units, and `HKD` of them are one dollar. Rulebook ids (TV-nn) are those of its section 5.
"""

from collections.abc import Callable
from typing import NamedTuple

from hkperp.config import (
    Asset,
    Config,
    Contract,
    FundingRules,
    House,
    IndexRules,
    MarkRules,
    Source,
    Tier,
)
from hkperp_engine.codes import AccountFlag, AssetKind, Event, LossSharing, Reject, Side
from hkperp_engine.codes import Command as Kind
from reference.rows import Command

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
START_NS = 1_760_054_400 * SECOND  # a multiple of 8 h
HKD = 1_000_000
FOREVER = 2**62
SOUND = int(AccountFlag.KNOWLEDGE | AccountFlag.AGREEMENT)
A, B, C, D, E, F, G, H = range(16, 24)  # the wallets of a vector


class Do(NamedTuple):
    """Send a command `after_ns` later; `told`: events that must come, in this order.

    `untold`: kinds of event that must not come.
    """

    command: Command
    reject: int = Reject.NONE
    told: tuple[tuple[int, dict], ...] = ()
    after_ns: int = 0
    untold: tuple[int, ...] = ()


class See(NamedTuple):
    """A field must have a value. `what`: wallet, position, contract, asset, house; `at`: which."""

    what: str
    at: tuple[int, ...]
    name: str
    value: object


class Vector(NamedTuple):
    """A venue with `wallet_count` sound clients, and what happens in it.

    `isolated`: the isolated contract of each wallet, -1 or left out for a cross wallet (GAT-001).
    `standing`: (wallet, class, flags) of those that are not sound clients. `groups`: the group of
    each wallet, 0 or left out for none (DFT-010).
    """

    name: str
    config: Config
    wallet_count: int
    rows: tuple[Do | See, ...]
    isolated: tuple[int, ...] = ()
    standing: tuple[tuple[int, int, int], ...] = ()
    groups: tuple[int, ...] = ()


def account_rows(vector: Vector) -> list[tuple[int, int, int, int, int, int]]:
    """The rows of a vector's accounts; an isolated wallet is as its cross wallet is."""
    own = (*vector.isolated, *(-1 for _ in range(vector.wallet_count - len(vector.isolated))))
    special = {wallet: (kind, flags) for wallet, kind, flags in vector.standing}
    groups = (*vector.groups, *(0 for _ in range(vector.wallet_count - len(vector.groups))))
    made: list[tuple[int, int, int, int, int, int]] = []
    for number, isolated in enumerate(own):
        row = (*special.get(A + number, (2, SOUND)), FOREVER, number)
        made.append((*(row if isolated < 0 else made[-1][:4]), isolated, groups[number]))
    return made


def play(vector: Vector, factory: Callable) -> None:
    """Run a vector; raise AssertionError at the first row that does not hold."""
    machine, now_ns = factory(vector.config, account_rows(vector)), START_NS
    for number, row in enumerate(vector.rows):
        where = f"{vector.name}, row {number}: {row}"
        if isinstance(row, See):
            fields = getattr(machine, f"{row.what}_fields")(*row.at)
            assert fields[row.name] == row.value, f"{where}: it is {fields[row.name]}"
            continue
        now_ns += row.after_ns
        events = machine.apply(row.command._replace(time_ns=now_ns))
        found = [event.code for event in events if event.kind == Event.REFUSED]
        expected = [row.reject] if row.reject else []
        assert found == expected, f"{where}: refusals {found}"
        check_told(row.told, events, where)
        wrong = [event for event in events if event.kind in row.untold]
        assert not wrong, f"{where}: {wrong}"


def check_told(told: tuple, events: list, where: str) -> None:
    """Each expected event must come, after the one before it."""
    rest = iter(events)
    for kind, fields in told:
        for event in rest:
            if event.kind == kind and all(
                getattr(event, name) == value for name, value in fields.items()
            ):
                break
        else:
            raise AssertionError(f"{where}: no {Event(kind).name} {fields} in {events}")


# --- commands ---


def deposit(wallet: int, units: int, asset: int = 0, **more) -> Do:
    command = Command(kind=Kind.DEPOSIT, wallet=wallet, target=asset, amount=units)
    return Do(command, **more)


def withdraw(wallet: int, units: int, **more) -> Do:
    return Do(Command(kind=Kind.WITHDRAW, wallet=wallet, amount=units), **more)


def house(account: int, units: int) -> Do:
    return Do(Command(kind=Kind.HOUSE_DEPOSIT, target=int(account), amount=units))


def shown(ticks: int, number: int = 0) -> tuple[Do, ...]:
    """All three sources of a contract show a price."""
    fields = {"contract": number, "price_ticks": ticks}
    return tuple(
        Do(Command(kind=Kind.SOURCE_PRICE, target=source, **fields)) for source in range(3)
    )


def prices(ticks: int, told: tuple = (), untold: tuple[int, ...] = ()) -> tuple[Do, ...]:
    """All three sources show a price, then a mark step."""
    return (*shown(ticks), Do(Command(kind=Kind.TICK), told=told, untold=untold))


def opening(long: int, short: int, lots: int, price: int, number: int = 0, **more) -> Do:
    """An opening trade in contract `number`."""
    fields = {"contract": number, "wallet": long, "target": short, "lots": lots}
    return Do(Command(kind=Kind.OPENING_TRADE, price_ticks=price, **fields), **more)


def order(wallet: int, side: int, order_id: int, lots: int, price: int, **more) -> Do:
    """A limit order that rests; `flags` and the like are the command's."""
    row = {name: more.pop(name) for name in ("reject", "told") if name in more}
    command = Command(
        kind=Kind.NEW_ORDER,
        wallet=wallet,
        side=int(side),
        order_id=order_id,
        lots=lots,
        price_ticks=price,
        **more,
    )
    return Do(command, **row)


def buy(wallet: int, order_id: int, lots: int, price: int, **more) -> Do:
    return order(wallet, Side.BUY, order_id, lots, price, **more)


def sell(wallet: int, order_id: int, lots: int, price: int, **more) -> Do:
    return order(wallet, Side.SELL, order_id, lots, price, **more)


def send(kind: Kind, reject: int = Reject.NONE, told: tuple = (), **fields: int) -> Do:
    """Any command; `after_ns` later than the one before."""
    after_ns = fields.pop("after_ns", 0)
    return Do(Command(kind=int(kind), **fields), reject, told, after_ns)


def tick(told: tuple = (), untold: tuple[int, ...] = ()) -> Do:
    """A mark step."""
    return Do(Command(kind=Kind.TICK), told=told, untold=untold)


def wait(ns: int, told: tuple = (), untold: tuple[int, ...] = ()) -> Do:
    return Do(Command(kind=Kind.ADVANCE), told=told, after_ns=ns, untold=untold)


def cash(wallet: int, units: int) -> See:
    return See("wallet", (int(wallet),), "cash", units)


def lots(wallet: int, number: int) -> See:
    return See("position", (int(wallet), 0), "lots", number)


# --- venues ---


def contract(tick_value: int, *tiers: tuple[int, int, int], **more) -> Contract:
    """One contract whose mark is the price its three sources show; no fees unless given.

    Tiers are (floor, initial, maintenance) with rates in ppm.
    """
    terms = {
        "name": "BTC",
        "tick_value": tick_value,
        "price_ticks_max": 4_000_000,
        "lots_max": 10_000,
        "oi_cap_lots": 100_000,
        "tiers": tuple(Tier(floor, im * 1_000, mm * 1_000) for floor, im, mm in tiers),
        "sources": tuple(
            Source(f"s{i}", weight, 100 * HOUR)
            for i, weight in enumerate((333_333_333, 333_333_333, 333_333_334))
        ),
        "index": IndexRules(),
        "mark": MarkRules(),
        "funding": FundingRules(impact_notional=1_000_000),
        "maker_fee_ppb": 0,
        "taker_fee_ppb": 0,
        "liquidation_fee_ppb": 0,
        "collar_ppb": 50_000_000,
        "liquidation_collar_ppb": 50_000_000,
        "participation_ppb": 1_000_000_000,
        "buffer_ppb": 50_000_000,
    }
    return Contract(**{**terms, **more})


COIN = Asset(name="COIN", kind=AssetKind.STABLECOIN, price_ppb=970_000_000)
BITCOIN = Asset(name="BTC", kind=AssetKind.INELIGIBLE, price_ppb=900_000_000_000, par_ppb=0)
ROGUE = Asset(name="ROGUE", kind=AssetKind.STABLECOIN, is_licensed=False)


def venue(terms: Contract, sharing: LossSharing = LossSharing.VMGH) -> Config:
    """A venue of one contract, with HKD, a coin at 0.97, bitcoin and an unlicensed coin."""
    return Config(
        house=House(start_ns=START_NS, loss_sharing=sharing),
        contracts=(terms,),
        assets=(Asset(name="HKD", kind=AssetKind.FIAT), COIN, BITCOIN, ROGUE),
    )
