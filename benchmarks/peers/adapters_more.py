"""More peers: the wrapper of a C++ book, a Cython one, and three in Python. See adapters.py."""

import contextlib
import io
import logging
import re
from typing import Any

from benchmarks.peers.adapters import (
    CANCEL,
    NEW,
    Found,
    LimitOrderBook,
    LimitOrderBookBare,
    Litebook,
    Messages,
    Obook,
    ObookBare,
    OrderlyChaos,
    OrderlyChaosBare,
    sums,
)

_SYMBOL = "BENCH"


class Liquibook:
    """liquibook: SWIG's wrapper of the C++ book, its plain OrderBook without depth.

    What is left of its own IOC order after a partial fill stays in the book (found by the check),
    so IOC is a limit order and a cancel here too.
    """

    STREAM = "plain"
    LACKS = "reduce that keeps its place, IOC after a partial fill; trades by callback, off"

    def run(self, messages: Messages, listener: Any = None) -> Any:
        import liquibook as c

        book = c.liquibook_book_OrderBook()
        if listener is not None:
            book.set_order_listener(listener)
        make = c.SimpleOrder
        orders: dict[int, Any] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                book.cancel(orders[order_id])
                if kind == CANCEL:
                    continue
            orders[order_id] = order = make(side == 0, price, lots)
            book.add(order)
            if is_ioc:
                book.cancel(order)
        return book

    def check(self, messages: Messages) -> Found:
        import liquibook as c

        trades: list[tuple[int, int]] = []

        def ignore(_self: Any, *_said: Any) -> None:
            """Take no note: SWIG wants every method of a listener."""

        def fill(_self: Any, _maker: Any, _taker: Any, lots: int, price: int) -> None:
            trades.append((price, lots))

        names = "accept cancel cancel_reject reject replace replace_reject trigger_stop".split()
        methods = {"on_" + name: ignore for name in names} | {"on_fill": fill}
        book = self.run(messages, type("Listener", (c.OrderListener,), methods)())
        return (*sums(trades), book.bids().size() + book.asks().size(), None)


class CythonOrderbook:
    """cython-orderbook with whole numbers for prices, which is faster than its Decimal."""

    STREAM = "plain"
    LACKS = "reduce, replace, IOC; prints its trades, gives none"

    def run(self, messages: Messages) -> Any:
        from cython_orderbook import Order, OrderBook, OrderSide

        book = OrderBook()
        sides = (OrderSide.BID, OrderSide.ASK)
        add, cancel = book.add_limit_order, book.cancel_order
        ids: dict[int, str] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                cancel(ids[order_id])
                if kind == CANCEL:
                    continue
            order = Order(sides[side], lots, price)
            ids[order_id] = order.order_id
            add(order)
            if is_ioc and order.remaining_quantity:
                cancel(order.order_id)
        return book

    def check(self, messages: Messages) -> Found:
        book, printed = self.run(messages), io.StringIO()
        with contextlib.redirect_stdout(printed):
            book.print_trade_log()
        found = re.findall(r"Price: (\d+) \| Q\w*: (\d+)", printed.getvalue())
        return (*sums([(int(price), int(lots)) for price, lots in found]), None, None)


class Pyorderbook:
    """pyorderbook: Python, heaps of levels, Decimal prices."""

    STREAM = "plain"
    LACKS = "reduce, replace, IOC"

    def run(self, messages: Messages, kept: list[Any] | None = None) -> Any:
        from pyorderbook import Book, ask, bid

        logging.getLogger("pyorderbook").setLevel(logging.CRITICAL)
        book, makers = Book(), (bid, ask)
        orders: dict[int, Any] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                self._cancel(book, orders[order_id])
                if kind == CANCEL:
                    continue
            order = makers[side](_SYMBOL, price, lots)
            orders[order_id] = order
            said = book.match(order)
            if kept is not None:
                kept += said.trades
            if is_ioc and order.quantity:
                self._cancel(book, order)
        return book

    def check(self, messages: Messages) -> Found:
        kept: list[Any] = []
        book = self.run(messages, kept)
        live = [order.quantity for order in book.order_map.values()]
        pairs = [(int(trade.fill_price), trade.fill_quantity) for trade in kept]
        return (*sums(pairs), len(live), sum(live))

    @staticmethod
    def _cancel(book: Any, order: Any) -> None:
        if order.quantity:  # it raises for an order that is gone
            book.cancel(order)


class Fastlob:
    """fastlob: Python, Decimal prices and quantities, ids are texts."""

    STREAM = "plain"
    LACKS = "trades one by one (it sums them by price), replace, IOC"

    def run(self, messages: Messages, kept: list[Any] | None = None) -> Any:
        from fastlob import OrderParams, OrderSide, OrderType
        from fastlob.lob import Orderbook

        logging.disable(logging.CRITICAL)
        book = Orderbook()
        book._alive = True  # start() would also run a thread that looks for expired orders
        sides = (OrderSide.BID, OrderSide.ASK)
        ids: dict[int, str] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                book.cancel(ids[order_id])
                if kind == CANCEL:
                    continue
            said = book.process(OrderParams(sides[side], price, lots, OrderType.GTC))
            ids[order_id] = said.orderid()
            if kept is not None:
                kept.append(said)
            if is_ioc:
                book.cancel(said.orderid())
        return book

    def check(self, messages: Messages) -> Found:
        from fastlob.enums import ResultType

        kept: list[Any] = []
        book = self.run(messages, kept)
        lots = ticks_lots = 0
        for said in kept:
            if said.kind() in (ResultType.MARKET, ResultType.PARTIAL_MARKET):
                for price, traded in said.execprices().items():
                    lots += int(traded)
                    ticks_lots += int(price * traded)
        return None, lots, ticks_lots, None, int(book.total_volume())


class LightMatchingEngine:
    """lightmatchingengine: Python, a dictionary of lists; the best price is a scan."""

    STREAM = "plain"
    LACKS = "reduce, replace, IOC"

    def run(self, messages: Messages, kept: list[Any] | None = None) -> Any:
        from lightmatchingengine.lightmatchingengine import LightMatchingEngine as Peer

        book = Peer()
        orders: dict[int, Any] = {}
        for kind, order_id, side, is_ioc, price, lots, _, _ in messages:
            if kind != NEW:
                self._cancel(book, orders[order_id])
                if kind == CANCEL:
                    continue
            order, trades = book.add_order(_SYMBOL, price, lots, 1 + side)
            orders[order_id] = order
            if kept is not None:
                kept += (each for each in trades if each.order_id != order.order_id)
            if is_ioc:
                self._cancel(book, order)
        return book

    def check(self, messages: Messages) -> Found:
        kept: list[Any] = []
        book = self.run(messages, kept).order_books[_SYMBOL]
        queues = [*book.bids.values(), *book.asks.values()]
        live = [order.leaves_qty for queue in queues for order in queue]
        pairs = [(each.trade_price, each.trade_qty) for each in kept]
        return (*sums(pairs), len(live), sum(live))

    @staticmethod
    def _cancel(book: Any, order: Any) -> None:
        if order.leaves_qty:  # it fails on an order that is filled
            book.cancel_order(order.order_id, _SYMBOL)


#: The most messages the slow ones do in a round: 1 s or so.
MESSAGES_MOST = {"pyorderbook": 200_000, "fastlob": 100_000, "lightmatchingengine": 100_000}
MESSAGES_MOST |= {"obook, its class": 200_000}

#: What a peer is known to get wrong, found by the check: these figures are not compared.
KNOWN_WRONG = {"litebook": {"ticks_lots": "a seller that crosses trades at its own limit"}}

#: Name in the table, class, and the package's name.
PEERS: dict[str, tuple[Any, str]] = {
    "orderly-chaos, bare ctypes": (OrderlyChaosBare, "orderly-chaos"),
    "orderly-chaos, its class": (OrderlyChaos, "orderly-chaos"),
    "limit_order_book, bare ctypes": (LimitOrderBookBare, "limit-order-book"),
    "limit_order_book, its class": (LimitOrderBook, "limit-order-book"),
    "litebook": (Litebook, "litebook"),
    "obook, bare ctypes": (ObookBare, "obook"),
    "obook, its class": (Obook, "obook"),
    "cython-orderbook": (CythonOrderbook, "cython-orderbook"),
    "liquibook wrapper": (Liquibook, "liquibook"),
    "pyorderbook": (Pyorderbook, "pyorderbook"),
    "fastlob": (Fastlob, "fastlob"),
    "lightmatchingengine": (LightMatchingEngine, "lightmatchingengine"),
}
