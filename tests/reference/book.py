"""One contract's order book: two sorted lists of orders (docs/book.md sections 1 and 5)."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

from hkperp_engine.codes import OrderFlag, OrderType, SelfTrade, Side
from reference.rates import impact_price
from reference.whole import mdc


@dataclass(slots=True)
class Wait:
    """What a conditional order waits for (MAT-030 to MAT-035). Prices are ticks.

    trigger : 0 until a trailing order is active
    activation, distance, extreme : of a trailing order
    activated : number of its activation, 0 if it is not active
    time : place in the queue of its trigger
    observed : the price that fired it
    """

    order_type: int
    source: int
    trigger: int
    activation: int = 0
    distance: int = 0
    extreme: int = 0
    activated: int = 0
    time: int = 0
    observed: int = 0
    is_fired: bool = False

    @property
    def is_trailing(self) -> bool:
        return self.order_type in (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)

    @property
    def has_limit(self) -> bool:
        return self.order_type in (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)


@dataclass(slots=True, eq=False)
class Order:
    """A live order, or the one that is trading. `serial`: first acceptance, kept by an amend.

    display : lots an iceberg shows at a time, 0: all
    shown : lots of the iceberg's slice that are left
    partner : id of the order it is linked with, 0: none
    """

    order_id: int
    wallet: int
    contract: int
    side: int
    price: int
    lots: int
    tif: int
    flags: int
    stp: int
    mark: int
    priority_class: int
    owner: int
    serial: int = 0
    arrival: int = 0
    is_liquidation: bool = False
    display: int = 0
    shown: int = 0
    traded: int = 0
    expiry_ns: int = 0
    partner: int = 0
    is_quote: bool = False
    is_condemned: bool = False
    wait: Wait | None = None

    @property
    def is_reduce_only(self) -> bool:
        return bool(self.flags & OrderFlag.REDUCE_ONLY)

    @property
    def is_post_only(self) -> bool:
        return bool(self.flags & OrderFlag.POST_ONLY)

    @property
    def is_hidden(self) -> bool:
        return bool(self.flags & OrderFlag.HIDDEN)

    @property
    def is_counted(self) -> bool:
        """True if its lots stand in the sums of wallet and contract."""
        return not self.is_reduce_only and not self.is_liquidation and self.wait is None

    @property
    def slice(self) -> int:
        """Lots that can trade before it goes to the back of its queue (MAT-040)."""
        return min(self.shown, self.lots) if self.display else self.lots

    @property
    def visible(self) -> int:
        """Lots in the public depth (MAT-042)."""
        return 0 if self.is_hidden else self.slice

    @property
    def rank(self) -> tuple[int, int, int]:
        """Price, class, time: the smallest trades first."""
        price = self.price if self.side == Side.SELL else -self.price
        return price, self.priority_class, self.arrival


def order_parts(order: Order, lots: int, contract) -> tuple[int, int, int]:
    """Value, loss and fee that `lots` open lots of the order stand for (machine.md section 1)."""
    limit, mark, size = order.price, order.mark, lots * contract.tick_value
    value = max(limit, mark) * size
    against = limit - mark if order.side == Side.BUY else mark - limit
    fee = mdc(value, max(contract.maker_fee_ppb, contract.taker_fee_ppb))
    return value, max(0, against) * size, fee


class Book:
    """Resting orders of one contract, each side in priority order; prices are ticks."""

    def __init__(self) -> None:
        self.sides: dict[int, list[Order]] = {Side.BUY: [], Side.SELL: []}
        self.trade_count = 0
        self.arrivals = 0

    def insert(self, order: Order) -> None:
        """Rest an order at the back of its class's queue, an iceberg with a fresh slice."""
        self.arrivals += 1
        order.arrival = self.arrivals
        order.shown = min(order.display, order.lots)
        insort(self.sides[order.side], order, key=lambda each: each.rank)

    def remove(self, order: Order) -> None:
        """Take a resting order out."""
        side = self.sides[order.side]
        place = bisect_left(side, order.rank, key=lambda each: each.rank)
        assert side[place] is order
        del side[place]

    def matchable(self, side: int, limit: int) -> Iterator[Order]:
        """Resting orders that an order of `side` limited at `limit` may trade with, in order."""
        for maker in self.sides[1 - side]:
            if maker.price > limit if side == Side.BUY else maker.price < limit:
                return
            yield maker

    def best(self, side: int) -> int:
        """Best price of a side, 0 if it is empty."""
        orders = self.sides[side]
        return orders[0].price if orders else 0

    def would_trade(self, side: int, limit: int) -> bool:
        """True if the best opposite price is at or through the limit, whoever owns it."""
        return next(self.matchable(side, limit), None) is not None

    @property
    def is_crossed(self) -> bool:
        """True if the best bid is at or above the best ask."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return bool(bid and ask and bid >= ask)

    def fillable(self, order: Order, band: tuple[int, int] | None) -> Iterator[Order]:
        """The walk of MAT-020: makers of other owners, inside the limit and the band.

        Resting reduce-only orders are left out: the house may cut them before they fill.
        """
        for maker in self.matchable(order.side, order.price):
            if band and not band[0] <= maker.price <= band[1]:
                return
            if maker.owner == order.owner:
                if order.stp != SelfTrade.CANCEL_OLDEST:
                    return
            elif not maker.is_reduce_only:
                yield maker

    def can_fill(self, order: Order, band: tuple[int, int] | None) -> bool:
        """Fill or kill: enough lots on the walk."""
        return sum(maker.lots for maker in self.fillable(order, band)) >= order.lots

    def affordable(self, order: Order, band: tuple[int, int] | None, amount: int) -> int:
        """Most lots on the walk whose price * lots is not above `amount` (MAT-021)."""
        lots = 0
        for maker in self.fillable(order, band):
            taken = min(maker.lots, amount // maker.price)
            lots, amount = lots + taken, amount - taken * maker.price
            if taken < maker.lots:
                break
        return lots

    def mid(self) -> int:
        """Floor of the mean of the best prices, 0 unless both sides have an order."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return (bid + ask) // 2 if bid and ask else 0

    def impact_prices(self, notional: int) -> tuple[int, int]:
        """Impact bid and impact ask, 0 where a side is not deep enough."""
        bids = [(order.price, order.lots) for order in self.sides[Side.BUY]]
        asks = [(order.price, order.lots) for order in self.sides[Side.SELL]]
        return impact_price(bids, notional, True), impact_price(asks, notional, False)
