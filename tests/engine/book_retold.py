"""A flow told differently: in the mirror, at other prices, under other names.

A `Tape` is a market and the commands that one seed makes of it, without those that a relation
does not hold for. The first commands of every tape make all prices known: what follows from a
price that nobody knows yet (docs/book.md sections 8 and 11) is not the same in a mirror.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from book_flow import START_NS, Flow
from book_market import PAGE_TICKS, Market
from book_seen import command_rows, look
from hkperp_engine.codes import (
    Command,
    ContractState,
    Event,
    EventFlag,
    OrderFlag,
    OrderType,
    Side,
    TriggerSource,
)
from hkperp_engine.layout import COMMAND
from hkperp_engine.reference import CommandRow, ReferenceBook
from hkperp_engine.rules import ContractRules

#: Which commands a tape holds; it sees the book before each.
Keep = Callable[[CommandRow, ReferenceBook], bool]

#: Ids of the trades that make prices known, used by nobody else.
FIRST_ID = 2**61 + 2**60

#: Prices nearer to an end of the range are left out of a tape that is to be moved.
MARGIN_TICKS = 1_300


class Tape(NamedTuple):
    """A market and what is sent to it; its last two wallets only make prices known."""

    market: Market
    commands: np.ndarray


def without_rates(market: Market) -> Market:
    """The market without rules that multiply a price: bands, and limits of notional."""
    rules = [
        ContractRules(order_lots_max=contract.order_lots_max) for contract in market.contract_rules
    ]
    return market._replace(contract_rules=rules)


def with_strangers(market: Market) -> Market:
    """The market with two more wallets, whose owners own nothing else."""
    first = max(market.owner_of) + 1
    return market._replace(
        wallets=market.wallets + 2,
        owner_of=[*market.owner_of, first, first + 1],
        class_of=[*market.class_of, 0, 0],
    )


def first_commands(market: Market, home: list[int]) -> np.ndarray:
    """Mark and index of each contract, and a trade between the strangers, at its home price."""
    rows = []
    for contract, price_ticks in enumerate(home):
        price = {"time_ns": START_NS, "contract": contract, "price_ticks": price_ticks}
        for source in (TriggerSource.MARK, TriggerSource.INDEX):
            rows.append(CommandRow(kind=Command.REFERENCE_PRICE, target=source, **price))
        for side in Side:
            who = {"wallet": market.wallets - 1 - side, "order_id": FIRST_ID + 2 * contract + side}
            rows.append(CommandRow(kind=Command.NEW_ORDER, side=side, lots=1, **who, **price))
    return np.array(rows, COMMAND)


def tape(seed: int, count: int, keep: Keep, *, has_rates: bool = True) -> Tape:
    """The commands of a seed that are kept, about `count` before that."""
    flow = Flow(seed)
    market = with_strangers(flow.market if has_rates else without_rates(flow.market))
    book = ReferenceBook(**market._asdict())
    parts = [first_commands(market, flow.habits.home)]
    for row in command_rows(parts[0]):
        book.apply(row)
    size = 50 if flow.habits.live_target == 30 else 250
    for _ in range(count // size):
        rows = flow.batch(size, look(book))
        is_kept = np.zeros(size, bool)
        for index, row in enumerate(command_rows(rows)):
            is_kept[index] = keep(row, book)
            if is_kept[index]:
                book.apply(row)
        parts.append(rows[is_kept])
    return Tape(market, np.concatenate(parts))


def order_type(row: CommandRow) -> int:
    """The OrderType of a NEW_ORDER, without its source."""
    return row.order_type & 7


def has_rate(row: CommandRow) -> bool:
    """Whether an order multiplies a price: by notional, or trailing by parts per billion."""
    is_order = row.kind == Command.NEW_ORDER
    is_rated = row.flags & OrderFlag.BY_NOTIONAL or order_type(row) == OrderType.TRAILING_PPB
    return is_order and bool(is_rated)


def keep_mirrored(row: CommandRow, book: ReferenceBook) -> bool:
    """What has a mirror image.

    Not what multiplies a price (a tenth of 10 is not a tenth of 90); not mass quotes (the bid is
    first unless quotes move up); not a mark or an index that is not observed at once (when several
    prices are caught up with, rising triggers fire before falling ones).
    """
    if row.kind == Command.REFERENCE_PRICE and 0 <= row.contract < book.contracts:
        trading = (ContractState.OPEN, ContractState.REDUCE_ONLY)
        return book.state(row.contract) in trading
    return row.kind != Command.MASS_QUOTE and not has_rate(row)


def mirrored(source: Tape) -> Tape:
    """Swap buy and sell and turn the prices round."""
    turn = source.market.price_ticks_max + 1

    def turned(price_ticks: int) -> int:
        return turn - price_ticks if 1 <= price_ticks < turn else price_ticks

    def mirror(row: CommandRow) -> CommandRow:
        price_ticks, target, side, lots = row.price_ticks, row.target, row.side, row.lots
        if row.kind in (Command.NEW_ORDER, Command.MASS_CANCEL) and side in (0, 1):
            side = 1 - side
        if row.kind in (Command.NEW_ORDER, Command.AMEND, Command.REFERENCE_PRICE):
            is_trailing = order_type(row) >= OrderType.TRAILING_TICKS
            is_distance = row.kind == Command.NEW_ORDER and is_trailing
            price_ticks = price_ticks if is_distance else turned(price_ticks)
        if row.kind == Command.AMEND or order_type(row) >= OrderType.STOP_MARKET:
            target = turned(target) if row.kind != Command.REFERENCE_PRICE else target
        if row.kind == Command.MASS_CANCEL and 1 <= price_ticks <= lots:
            price_ticks, lots = max(turn - lots, 1), max(turn - price_ticks, 1)
        return row._replace(side=side, price_ticks=price_ticks, target=target, lots=lots)

    rows = [mirror(row) for row in command_rows(source.commands)]
    return source._replace(commands=np.array(rows, COMMAND))


def mirrored_events(events: np.ndarray, price_ticks_max: int) -> np.ndarray:
    """What the mirrored tape must answer, from what the tape answered."""
    turn = price_ticks_max + 1
    found = events.copy()
    kind = found["kind"]
    has_side = (kind != Event.REFUSED) & (found["order_id"] > 0)
    found["flags"] ^= np.where(has_side, EventFlag.SELL, 0).astype(np.int16)
    has_price = found["price_ticks"] > 0
    turned = np.where(has_price, turn - found["price_ticks"].astype(np.int64), 0)
    found["price_ticks"] = turned
    is_priced = np.isin(kind, (Event.ORDER_WAITS, Event.TRIGGERED)) & (found["amount"] > 0)
    found["amount"] = np.where(is_priced, turn - found["amount"], found["amount"])
    is_uncross = kind == Event.UNCROSS
    found["counter_order_id"] *= np.where(is_uncross, -1, 1)
    return found


def keep_moved(row: CommandRow, book: ReferenceBook) -> bool:
    """What can be moved: no rates, and no price or distance that is felt at an end of the range.

    There a trailing trigger would be cut off, and an order that slides would be refused.
    """
    top = book.price_ticks_max
    margin = min(MARGIN_TICKS, top // 6)
    highest = top - margin - (PAGE_TICKS if top == 2**31 - 1 else 0)

    def is_inside(price_ticks: int) -> bool:
        return not 1 <= price_ticks <= top or margin <= price_ticks <= highest

    is_trailing = order_type(row) == OrderType.TRAILING_TICKS and row.kind == Command.NEW_ORDER
    if is_trailing:
        return row.price_ticks < margin and is_inside(row.target)
    if row.kind == Command.MASS_QUOTE:
        return is_inside(row.price_ticks) and is_inside(row.amount)
    if row.kind in (Command.NEW_ORDER, Command.AMEND):
        has_trigger = row.kind == Command.AMEND or order_type(row) >= OrderType.STOP_MARKET
        is_kept = is_inside(row.price_ticks) and (not has_trigger or is_inside(row.target))
        return is_kept and not has_rate(row)
    return row.kind != Command.REFERENCE_PRICE or is_inside(row.price_ticks)


def moved(source: Tape, ticks: int) -> tuple[Tape, Callable[[np.ndarray], np.ndarray]]:
    """Add `ticks` to all prices; also what must become of the events' prices.

    If there is no room above, the range stays as it is.
    """
    top = source.market.price_ticks_max
    room = min(ticks, 2**31 - 1 - top)
    new_top = top + room

    def up(price_ticks: int, bound: int = top) -> int:
        return price_ticks + ticks if 1 <= price_ticks <= bound else price_ticks

    def move(row: CommandRow) -> CommandRow:
        price_ticks, target, amount, lots = row.price_ticks, row.target, row.amount, row.lots
        is_order, kind = row.kind == Command.NEW_ORDER, order_type(row)
        if row.kind in (Command.AMEND, Command.REFERENCE_PRICE, Command.MASS_QUOTE) or is_order:
            is_distance = is_order and kind >= OrderType.TRAILING_TICKS
            price_ticks = price_ticks if is_distance else up(price_ticks)
            # The first price that is too high must stay so.
            price_ticks = new_top + 1 if row.price_ticks == top + 1 else price_ticks
        if row.kind == Command.AMEND or (is_order and kind >= OrderType.STOP_MARKET):
            # So must the first trigger; where a trigger cannot be so large, it stays wrong.
            target = up(target) if row.target != top + 1 else min(new_top + 1, 2**31) % 2**31
        if row.kind == Command.MASS_QUOTE:
            amount = up(amount)
        if row.kind == Command.MASS_CANCEL and 1 <= price_ticks <= lots:
            price_ticks, lots = price_ticks + ticks, lots + ticks
        return row._replace(price_ticks=price_ticks, target=target, amount=amount, lots=lots)

    def move_events(events: np.ndarray) -> np.ndarray:
        found = events.copy()
        for field in ("price_ticks", "amount"):
            is_price = np.isin(found["kind"], (Event.ORDER_WAITS, Event.TRIGGERED))
            is_price |= field == "price_ticks"
            # 1 and the highest price are the limits of a trailing order that fired.
            is_low, is_end = found[field] <= 1, (found[field] == top) & (room < ticks)
            is_moved = is_price & ~is_low & ~is_end & (found["kind"] != Event.REFUSED)
            found[field] += np.where(is_moved, ticks, 0).astype(found[field].dtype)
        return found

    rows = [move(row) for row in command_rows(source.commands)]
    market = source.market._replace(price_ticks_max=new_top)
    return Tape(market, np.array(rows, COMMAND)), move_events


def renamed_values(values: np.ndarray, names: np.ndarray, bound: int) -> np.ndarray:
    """New names for what is known; the first unknown one becomes the first unknown one."""
    is_known = (values >= 0) & (values < len(names))
    other = np.where(values == len(names), bound, values)
    return np.where(is_known, names[np.where(is_known, values, 0)], other)


def renamed(source: Tape, wallet_names: np.ndarray, contract_names: np.ndarray) -> Tape:
    """The same flow under other names; wallets and contracts between them are idle."""
    market = source.market
    wallets, contracts = int(wallet_names.max()) + 1, int(contract_names.max()) + 1
    owner_of = [10_000 + wallet for wallet in range(wallets)]  # of their own, taken by nobody
    class_of = [wallet % 2 for wallet in range(wallets)]
    for old, new in enumerate(wallet_names):
        owner_of[new] = 5_000 - 7 * market.owner_of[old]
        class_of[new] = market.class_of[old]
    rules = [ContractRules()] * contracts
    for old, new in enumerate(contract_names):
        rules[new] = market.contract_rules[old]
    commands = source.commands.copy()
    commands["wallet"] = renamed_values(commands["wallet"], wallet_names, wallets)
    commands["contract"] = renamed_values(commands["contract"], contract_names, contracts)
    retold = market._replace(
        contracts=contracts,
        wallets=wallets,
        owner_of=owner_of,
        class_of=class_of,
        contract_rules=rules,
    )
    return Tape(retold, commands)
