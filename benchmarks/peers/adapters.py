"""One class a peer: how its interface is driven. Runs in the peers' environment, without hkperp.

`run(messages)` does all messages on a fresh book, and is what is timed; `check(messages)` does
the same on another book and returns what came out: (trades, lots, sum of price times lots, live
orders, live lots), None where the peer cannot say. Orders are identified as the peer wants it.
What an interface lacks is done with what it has: an IOC order is a limit order whose rest is
cancelled, a replacement a cancel and a new order. `LACKS` says so in the table.
"""

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

Messages = Sequence[tuple[int, int, int, int, int, int, int, int]]
Found = tuple[int | None, int | None, int | None, int | None, int | None]

NEW, CANCEL, REDUCE, REPLACE = range(4)


class OrderlyChaos:
    """orderly-chaos by its public class. Sides: 0 sells, 1 buys."""

    STREAM = "whole"
    LACKS = "IOC with a limit, replace; trades by callback, off while timed"

    def run(self, messages: Messages, on_trade: Callable[[Any], None] | None = None) -> Any:
        from orderly_chaos import LimitOrderBook, Side

        book = LimitOrderBook(on_trade)
        sides = (Side.BUY, Side.SELL)
        for kind, order_id, side, is_ioc, price, lots, less, _ in messages:
            if kind == NEW:
                filled = book.limit(sides[side], order_id, lots, price)
                if is_ioc and filled < lots:
                    book.cancel(order_id)
            elif kind == CANCEL:
                book.cancel(order_id)
            elif kind == REDUCE:
                book.reduce(order_id, less)
            else:
                book.cancel(order_id)
                book.limit(sides[side], order_id, lots, price)
        return book

    def check(self, messages: Messages) -> Found:
        trades: list[tuple[int, int]] = []
        book = self.run(messages, lambda trade: trades.append((trade.price, trade.quantity)))
        return (*sums(trades), book.count(), book.volume())


class OrderlyChaosBare(OrderlyChaos):
    """orderly-chaos by its C interface, called through ctypes without its Python class."""

    def run(self, messages: Messages, on_trade: Callable[[Any], None] | None = None) -> Any:
        if on_trade is not None:
            return super().run(messages, on_trade)
        from orderly_chaos._library import library

        c = library()
        book = c.oc_book_new()
        limit, cancel, reduce = c.oc_book_limit, c.oc_book_cancel, c.oc_book_reduce
        filled = ctypes.c_uint32(0)
        place = ctypes.byref(filled)
        for kind, order_id, side, is_ioc, price, lots, less, _ in messages:
            if kind == NEW:
                limit(book, 1 - side, order_id, lots, price, place)
                if is_ioc and filled.value < lots:
                    cancel(book, order_id)
            elif kind == CANCEL:
                cancel(book, order_id)
            elif kind == REDUCE:
                reduce(book, order_id, less)
            else:
                cancel(book, order_id)
                limit(book, 1 - side, order_id, lots, price, place)
        found = c.oc_book_count(book), c.oc_book_volume(book)
        c.oc_book_free(book)
        return found

    def check(self, messages: Messages) -> Found:
        found = super().check(messages)
        if found[3:] != self.run(messages):
            raise ValueError("the bare interface left another book than the class")
        return found


class LimitOrderBook:
    """limit_order_book by its class; sides: True sells. It reports no trades at all."""

    STREAM = "plain"
    LACKS = "reports no trades; reduce, replace, IOC with a limit"

    def run(self, messages: Messages) -> Any:
        from limit_order_book import LimitOrderBook as Peer

        book = Peer()
        limit, cancel, has = book.limit, book.cancel, book.has
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind == NEW:
                limit(side == 0, order_id, lots, price)
                if is_ioc and has(order_id):
                    cancel(order_id)
            elif has(order_id):
                cancel(order_id)
                if kind == REPLACE:
                    limit(side == 0, order_id, lots, price)
            elif kind == REPLACE:
                limit(side == 0, order_id, lots, price)
        return book

    def check(self, messages: Messages) -> Found:
        book = self.run(messages)
        return None, None, None, book.count(), book.volume()


class LimitOrderBookBare(LimitOrderBook):
    """limit_order_book by its C functions, called through ctypes without its class."""

    def run(self, messages: Messages) -> Any:
        from limit_order_book import LimitOrderBook as Peer
        from limit_order_book import library

        book = Peer()
        c, handle = library.Library.functions, book._book
        buy, sell, cancel, has = c.limit_buy, c.limit_sell, c.cancel, c.has
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                if has(handle, order_id):
                    cancel(handle, order_id)
                if kind == CANCEL:
                    continue
            (sell if side else buy)(handle, order_id, lots, price)
            if is_ioc and has(handle, order_id):
                cancel(handle, order_id)
        return book


class Litebook:
    """litebook (Rust): order objects, ids are texts, prices leave as floats."""

    STREAM = "plain"
    LACKS = "reduce, replace, IOC; prices of fills are floats"

    def run(self, messages: Messages, fills: list[Any] | None = None) -> Any:
        from litebook import Order, OrderBook, OrderType

        book = OrderBook(tick_size=1.0)
        sides = (OrderType.Buy, OrderType.Sell)
        ids: dict[int, Any] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                book.cancel(ids[order_id])
                if kind == CANCEL:
                    continue
            order = Order(sides[side], price, lots)
            made = book.add(order)
            if fills is not None:
                fills += made
            ids[order_id] = order.id
            if is_ioc and sum(fill.quantity for fill in made) < lots:
                book.cancel(order.id)
        return book

    def check(self, messages: Messages) -> Found:
        fills: list[Any] = []
        book = self.run(messages, fills)
        orders = [*book.buy_orders, *book.sell_orders]
        live = [int(order.quantity) for order in orders if order.is_open()]
        pairs = [(round(fill.price), int(fill.quantity)) for fill in fills]
        return (*sums(pairs), len(live), sum(live))


class Obook:
    """obook (Go behind a C interface) by its class; it gives ids of its own."""

    STREAM = "whole"
    LACKS = "-"

    def run(self, messages: Messages, keep: bool = False) -> Any:
        import obook

        book = obook.Book(max_orders=1 << 20)
        submit, cancel, events = book.submit, book.cancel, book.events
        ids: dict[int, int] = {}
        kept: list[Any] = []
        for kind, order_id, side, is_ioc, price, lots, _, total in messages:
            if kind == NEW:
                tif = obook.IOC if is_ioc else obook.GTC
                ids[order_id] = submit(side, side, price, lots, obook.LIMIT, tif).order_id
            elif kind == CANCEL:
                cancel(ids[order_id], side)
            elif kind == REDUCE:
                book.reduce(ids[order_id], total, side)
            else:
                ids[order_id] = book.replace(ids[order_id], side, side, price, lots).order_id
            new = events()
            if keep:
                kept += new
        return book, kept

    def check(self, messages: Messages) -> Found:
        import obook

        book, kept = self.run(messages, keep=True)
        trades = [(e.price, e.qty) for e in kept if e.kind == obook.EventKind.TRADE]
        orders = book.book()
        return (*sums(trades), len(orders), sum(order.qty - order.filled for order in orders))


class ObookBare(Obook):
    """obook's C interface through ctypes; events are fetched into an array, not into objects."""

    def run(self, messages: Messages, keep: bool = False) -> Any:
        if keep:
            return super().run(messages, keep)
        import obook

        book = obook.Book(max_orders=1 << 20)
        c, handle, events, batch = book._lib, book._h, book._events, book._EVENT_BATCH
        new_id, status, reason = ctypes.c_int64(), ctypes.c_int32(), ctypes.c_int32()
        said = ctypes.byref(status), ctypes.byref(reason)
        named = (ctypes.byref(new_id), *said)
        submit, cancel, reduce = c.ob_submit, c.ob_cancel, c.ob_reduce
        replace, fetch = c.ob_replace, c.ob_events
        ids: dict[int, int] = {}
        for kind, order_id, side, is_ioc, price, lots, _, total in messages:
            if kind == NEW:
                submit(handle, side, side, 0, price, lots, is_ioc, 0, *named)
                ids[order_id] = new_id.value
            elif kind == CANCEL:
                cancel(handle, ids[order_id], side, *said)
            elif kind == REDUCE:
                reduce(handle, ids[order_id], total, side, *said)
            else:
                replace(handle, ids[order_id], side, side, 0, price, lots, 0, 0, *named)
                ids[order_id] = new_id.value
            while fetch(handle, events, batch) == batch:
                pass
        return book, []


def sums(trades: Sequence[tuple[int, int]]) -> tuple[int, int, int]:
    """Return trades, lots and sum of price times lots of (price, lots) pairs."""
    return (
        len(trades),
        sum(lots for _, lots in trades),
        sum(price * lots for price, lots in trades),
    )
