"""How a workload is written: each message while the book is as those before left it.

So every cancel and amendment names a live order, every passive order is passive, and no taker
meets an order of its own wallet. Order ids count from 1 in the order of the messages.
"""

import numpy as np

from hkperp.bench.draws import CANCEL, IOC, MARKETABLE, PASSIVE, REDUCE, REPLACE, WALLETS
from hkperp.bench.shadow import BUY, SELL, Shadow, best, remove, rest, stranger, take
from hkperp_engine.codes import Command, TimeInForce
from hkperp_engine.kernel import door, kernel

__all__ = ["write_messages"]

_PICK_BITS = 31
_SAMPLE_EVERY = 256

#: How hard a book that is too full or too empty is steered back: at 1/8 above its target, IOC
#: orders ask for twice the lots; never for more than four times, nor less than a quarter.
_STEERING = 8
_STEERING_MAX = 4

_PROBES_MAX = 64


@door
def write_messages(
    book: Shadow,
    draws: np.ndarray,
    commands: np.ndarray,
    fairs: np.ndarray,
    live_target: int,
    fair_room_ticks: int,
) -> None:
    """Write one message for each row of `draws` into `commands`, and do it to the book.

    `fairs` receives the fair price in ticks at each message; it turns back `fair_room_ticks`
    before either end of the prices. Once the book has `live_target` orders it is kept there.
    O(messages + trades + ticks skipped).
    """
    totals = book.totals[0]
    top = len(book.heads) - 1 - fair_room_ticks
    for i in range(len(draws)):
        drawn, command = draws[i], commands[i]
        fair = totals["fair_ticks"] + drawn["step_ticks"]
        if fair < fair_room_ticks or fair > top:
            fair = totals["fair_ticks"] - drawn["step_ticks"]
        totals["fair_ticks"] = fair
        fairs[i] = fair
        kind = drawn["kind"]
        if totals["live_orders"] == 0:
            kind = PASSIVE
        if kind in (MARKETABLE, IOC):
            kind = _send_taker(book, drawn, command, kind, live_target)
        elif kind == CANCEL:
            _send_cancel(book, drawn, command)
        elif kind == REDUCE:
            kind = _send_reduction(book, drawn, command)
        elif kind == REPLACE:
            _send_replacement(book, drawn, command)
        if kind == PASSIVE:
            side = drawn["side"]
            price = _passive_price(book, side, drawn["depth_ticks"])
            _start_order(book, command, side, drawn["wallet"], price, drawn["lots"])
            rest(book, totals["order_count"])
        totals["kinds"][kind] += 1
        if i % _SAMPLE_EVERY == 0 and totals["live_orders"] * 10 >= live_target * 9:
            totals["samples"] += 1
            totals["orders_sampled"] += totals["live_orders"]
            totals["levels_sampled"] += totals["live_levels"]


@kernel
def _send_taker(
    book: Shadow, drawn: np.void, command: np.void, kind: int, live_target: int
) -> int:
    """Send an order that trades at once; return its kind, PASSIVE if nobody is there."""
    totals = book.totals[0]
    side, fair, price_max = drawn["side"], totals["fair_ticks"], len(book.heads) - 2
    if fair >= totals["ask_ticks"]:  # who takes brings the price back to what is fair
        side = BUY
    elif fair <= totals["bid_ticks"]:
        side = SELL
    start = best(book, side)
    if not 1 <= start <= price_max:
        return PASSIVE
    through = drawn["slip_ticks"] if side == BUY else -drawn["slip_ticks"]
    limit = min(max(start + through, 1), price_max)
    lots = drawn["lots"]
    if kind == IOC:
        excess = _STEERING * (totals["live_orders"] - live_target)
        steered = max(live_target + excess, live_target // _STEERING_MAX)
        steered = min(steered, live_target * _STEERING_MAX)
        lots = int(drawn["ioc_lots"]) * steered // live_target + 1

    wallet = stranger(book, drawn["wallet"], side, limit, lots, WALLETS)
    _start_order(book, command, side, wallet, limit, lots)
    order_id, trades = totals["order_count"], totals["trades"]
    left = take(book, side, limit, lots)
    if kind == IOC:
        command["tif"] = TimeInForce.IOC
        totals["ioc_trades"] += totals["trades"] - trades
    elif left:
        book.orders[order_id]["lots_left"] = left
        rest(book, order_id)
    return kind


@kernel
def _send_cancel(book: Shadow, drawn: np.void, command: np.void) -> None:
    """Cancel a live order, each as likely as the other."""
    order_id = _picked(book, drawn["pick"])
    command["kind"] = Command.CANCEL
    command["wallet"] = book.orders[order_id]["wallet"]
    command["order_id"] = order_id
    remove(book, order_id)


@kernel
def _send_reduction(book: Shadow, drawn: np.void, command: np.void) -> int:
    """Amend a live order to fewer lots; return REDUCE, or PASSIVE if none was found to shrink."""
    totals = book.totals[0]
    order_id = _picked(book, drawn["pick"])
    order = book.orders[order_id]
    for _ in range(_PROBES_MAX):
        if order["lots_left"] > 1:
            break
        place = order["place"] + 1
        order_id = book.live[place if place < totals["live_orders"] else 0]
        order = book.orders[order_id]
    if order["lots_left"] == 1:
        return PASSIVE
    order["lots_left"] = 1 + drawn["lots"] % (order["lots_left"] - 1)
    _write_amendment(command, order_id, order)
    return REDUCE


@kernel
def _send_replacement(book: Shadow, drawn: np.void, command: np.void) -> None:
    """Amend a live order to another passive price, or to more lots, so that it loses its place."""
    order_id = _picked(book, drawn["pick"])
    order = book.orders[order_id]
    before = order["price_ticks"]
    lots = drawn["lots"]
    price = _passive_price(book, order["side"], drawn["depth_ticks"])
    if price == before:
        lots += order["lots_left"]
    remove(book, order_id)
    order["price_ticks"] = price
    order["lots_left"] = lots
    rest(book, order_id)
    _write_amendment(command, order_id, order)


@kernel
def _write_amendment(command: np.void, order_id: int, order: np.void) -> None:
    """Write an amendment to what the order already is."""
    command["kind"] = Command.AMEND
    command["side"] = order["side"]
    command["wallet"] = order["wallet"]
    command["order_id"] = order_id
    command["price_ticks"] = order["price_ticks"]
    command["lots"] = order["lots_left"]


@kernel
def _start_order(
    book: Shadow, command: np.void, side: int, wallet: int, price: int, lots: int
) -> None:
    """Write a new order under the next id, and keep it; it does not rest yet."""
    totals = book.totals[0]
    order_id = totals["order_count"] + 1
    totals["order_count"] = order_id
    order = book.orders[order_id]
    order["side"] = side
    order["wallet"] = wallet
    order["price_ticks"] = price
    order["lots_left"] = lots
    command["kind"] = Command.NEW_ORDER
    command["side"] = side
    command["wallet"] = wallet
    command["order_id"] = order_id
    command["price_ticks"] = price
    command["lots"] = lots


@kernel
def _passive_price(book: Shadow, side: int, depth_ticks: int) -> int:
    """Return a price `depth_ticks` behind the fair price, or behind the best opposite one."""
    totals = book.totals[0]
    price_max = len(book.heads) - 2
    price: int
    if side == BUY:
        price = min(totals["fair_ticks"], totals["ask_ticks"]) - 1 - depth_ticks
    else:
        price = max(totals["fair_ticks"], totals["bid_ticks"]) + 1 + depth_ticks
    return min(max(price, 1), price_max)


@kernel
def _picked(book: Shadow, pick: int) -> int:
    """Return the id of a live order; `pick` is uniform in 0 .. 2**31 - 1."""
    order_id: int = book.live[(int(pick) * book.totals[0]["live_orders"]) >> _PICK_BITS]
    return order_id
