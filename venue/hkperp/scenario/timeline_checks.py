"""Does the timeline of a scenario fit together? Raises at the first entry that does not.

What a venue would refuse with a code is no mistake here: it may be what a scenario is about. A
mistake is what has no row: a name that nobody has, a price off the tick, a key that another type
of order uses for something else.
"""

from typing import Any

from hkperp.quantities import time_text
from hkperp.rules.governance import ParameterChange, change_fault
from hkperp.scenario.gate_entries import MarginAddon
from hkperp.scenario.market import ContractRecord
from hkperp.scenario.record_checks import exact, known
from hkperp.scenario.settings import lots_of, price_ticks, worth
from hkperp.scenario.strict_yaml import Document, Path
from hkperp.scenario.timeline import (
    AmendOrder,
    BustTrade,
    CancelOrder,
    KillSwitch,
    MassCancel,
    OrderCommand,
    Protection,
    Quote,
)
from hkperp.scenario.whole import Scenario

__all__ = ["check_account", "check_timeline"]

INT32_MAX = 2**31 - 1

#: Which of price, trigger and trailing an order of each type has.
_NEEDED = {
    "LIMIT": ("price",),
    "MARKET": (),
    "STOP_MARKET": ("trigger",),
    "STOP_LIMIT": ("price", "trigger"),
    "TAKE_PROFIT_MARKET": ("trigger",),
    "TAKE_PROFIT_LIMIT": ("price", "trigger"),
    "TRAILING": ("trailing",),
}


def check_timeline(scenario: Scenario, document: Document) -> None:
    """Raise `ScenarioError` at the first entry that does not fit."""
    before = int(scenario.start)
    ids = _Ids()
    for index, entry in enumerate(scenario.timeline):
        at = ("timeline", index)
        if not before <= entry.at <= scenario.end:
            span = f"{time_text(before)} to {time_text(scenario.end)}"
            word = "time goes back" if entry.at < before else "after the end"
            raise document.error((*at, "at"), f"{word}: {time_text(entry.at)} is not from {span}")
        before = entry.at
        for name in ("asset", "contract"):
            if named := getattr(entry, name, None):
                records = scenario.assets if name == "asset" else scenario.contracts
                known(document, (*at, name), named, records, name)
        if account := getattr(entry, "account", None):
            check_account(scenario, document, (*at, "account"), account)
        if target := getattr(entry, "to", None):
            check_account(scenario, document, (*at, "to"), target)
        _check_entry(scenario, document, at, entry, ids)


class _Ids:
    """Ids of the timeline so far: of orders, and of both sides of quotes."""

    def __init__(self) -> None:
        self.orders: set[int] = set()
        self.quotes: set[int] = set()


def _check_entry(scenario: Scenario, document: Document, at: Path, entry: Any, ids: _Ids) -> None:
    """What is particular to a verb."""
    contract = next(
        (each for each in scenario.contracts if each.name == getattr(entry, "contract", None)),
        None,
    )
    if isinstance(entry, KillSwitch):
        _check_switch(document, at, entry)
    elif isinstance(entry, MarginAddon):
        _check_change(document, at, entry)
    elif isinstance(entry, MassCancel):
        _check_mass_cancel(document, at, entry, contract)
    elif contract is None:
        return
    elif isinstance(entry, OrderCommand):
        _check_id_is_new(document, (*at, "id"), ids, entry.id)
        _check_order(document, at, entry, contract)
    elif isinstance(entry, AmendOrder | CancelOrder):
        if entry.id not in ids.orders | ids.quotes:
            raise document.error((*at, "id"), f"no order {entry.id} before this")
        if isinstance(entry, AmendOrder):
            _check_quantities(document, at, entry, contract, ("size",), ("price", "trigger"))
    elif isinstance(entry, Quote):
        _check_quote(document, at, entry, contract, ids)
    elif isinstance(entry, Protection):
        _check_quantities(document, at, entry, contract, ("size_max", "net_size_max"), ())
    elif isinstance(entry, BustTrade):
        for name in ("maker", "taker"):
            named = getattr(entry, name)
            if named is not None and named not in ids.orders | ids.quotes:
                raise document.error((*at, name), f"no order {named} before this")


def check_account(scenario: Scenario, document: Document, at: Path, name: str) -> None:
    """Raise `ScenarioError` if nobody has this name, or no such isolated wallet."""
    group, slash, member = name.partition("/")
    if not slash:
        group, colon, contract = name.partition(":")
        who = known(document, at, group, scenario.participants, "participant")
        if colon and contract not in who.isolated:
            message = f"{group} has no isolated wallet for {contract}"
            hint = ", ".join(who.isolated) or "list it under isolated"
            raise document.error(at, message, hint=hint)
        return
    population = known(document, at, group, scenario.populations, "population")
    if int(member) >= population.count:
        message = f"{group} has members 0 to {population.count - 1}"
        raise document.error(at, message)


def _check_change(document: Document, at: Path, entry: MarginAddon) -> None:
    """A change of a rule is signed by two persons (GOV-01); a scenario starts when it is known."""
    change = ParameterChange(
        parameter="margin_addon",
        proposer=entry.proposed_by,
        approver=entry.approved_by,
        announced_ns=int(entry.at),
        effective_ns=int(entry.at),
        notice_ns=0,
    )
    if fault := change_fault(change):
        message = f"{fault} (GOV-01)"
        raise document.error((*at, "approved_by"), message, hint="two different persons sign")


def _check_id_is_new(document: Document, at: Path, ids: _Ids, order_id: int) -> None:
    if order_id in ids.orders or order_id in ids.quotes:
        raise document.error(at, f"second order with id {order_id}")
    ids.orders.add(order_id)


def _check_order(
    document: Document, at: Path, entry: OrderCommand, contract: ContractRecord
) -> None:
    """The keys are those of the type, and each number has a column to go to."""
    for name in ("price", "trigger", "trailing"):
        is_needed = name in _NEEDED[entry.type]
        if (getattr(entry, name) is not None) != is_needed:
            word = "needs" if is_needed else "has no"
            raise document.error((*at, name), f"a {entry.type} order {word} {name}")
    if entry.trailing is not None:
        if [entry.trailing.distance, entry.trailing.percent].count(None) != 1:
            raise document.error((*at, "trailing"), "give a distance or a percent")
    if (entry.expires is not None) != (entry.time_in_force == "GTD"):
        message = "a GTD order has a time at which it expires, others have none"
        raise document.error((*at, "expires"), message)
    if entry.show is not None and entry.type not in ("LIMIT", "MARKET"):
        raise document.error((*at, "show"), f"a {entry.type} order shows nothing, it waits")
    given = [name for name in ("expires", "partner", "notional") if getattr(entry, name)]
    if len(given) > 1:
        raise document.error((*at, given[1]), f"{given[1]} does not go with {given[0]}")
    is_sized = entry.notional is None and not entry.close_position
    if (entry.size is not None) != is_sized:
        message = "an order has a size, unless it closes a position or has a notional"
        raise document.error((*at, "size"), message)
    _check_quantities(document, at, entry, contract, ("size", "show"), ("price",))
    if entry.trigger is not None:
        _check_quantities(document, (*at, "trigger"), entry.trigger, contract, (), ("price",))
    if entry.trailing is not None:
        names = ("distance", "activation")
        _check_quantities(document, (*at, "trailing"), entry.trailing, contract, (), names)
    if entry.notional is not None:
        exact(document, (*at, "notional"), worth, contract, entry.notional)


def _check_quantities(
    document: Document,
    at: Path,
    record: Any,
    contract: ContractRecord,
    sizes: tuple[str, ...],
    prices: tuple[str, ...],
) -> None:
    """Sizes are whole lots and prices whole ticks, of 32 bits: so wide is the narrowest column."""
    for names, convert in ((sizes, lots_of), (prices, price_ticks)):
        for name in names:
            written = getattr(record, name)
            if written is None:
                continue
            if exact(document, (*at, name), convert, contract, written) > INT32_MAX:
                raise document.error((*at, name), "more ticks or lots than fit 32 bits")


def _check_quote(
    document: Document, at: Path, entry: Quote, contract: ContractRecord, ids: _Ids
) -> None:
    if taken := {entry.id, entry.id + 1} & ids.orders:
        raise document.error((*at, "id"), f"order {min(taken)} has this id, or that of the ask")
    ids.quotes |= {entry.id, entry.id + 1}
    for name in ("bid", "ask"):
        side = getattr(entry, name)
        if side is not None:
            _check_quantities(document, (*at, name), side, contract, ("size",), ("price",))


def _check_mass_cancel(
    document: Document, at: Path, entry: MassCancel, contract: ContractRecord | None
) -> None:
    if (entry.price_from is None) != (entry.price_to is None):
        raise document.error(at, "give price_from and price_to, or neither")
    if entry.price_from is not None:
        if contract is None:
            raise document.error((*at, "price_from"), "prices need a contract")
        _check_quantities(document, at, entry, contract, (), ("price_from", "price_to"))


def _check_switch(document: Document, at: Path, entry: KillSwitch) -> None:
    needed = {"WALLET": "account", "OWNER": "account", "CONTRACT": "contract"}.get(entry.scope)
    for name in ("account", "contract"):
        if (getattr(entry, name) is not None) != (name == needed):
            word = "needs" if name == needed else "has no"
            raise document.error((*at, name), f"scope {entry.scope} {word} {name}")
