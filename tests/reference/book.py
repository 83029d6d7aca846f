"""One contract's order book: two sorted lists of orders (docs/book.md sections 1 and 5)."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass

from hkperp_engine.codes import OrderFlag, SelfTrade, Side
from reference.rates import impact_price
from reference.whole import mdc


@dataclass(slots=True, eq=False)
class Order:
    """A live order, or the one that is trading. `serial`: first acceptance, kept by an amend."""

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

    @property
    def is_reduce_only(self) -> bool:
        return bool(self.flags & OrderFlag.REDUCE_ONLY)

    @property
    def is_post_only(self) -> bool:
        return bool(self.flags & OrderFlag.POST_ONLY)

    @property
    def is_counted(self) -> bool:
        """True if its lots stand in the sums of wallet and contract."""
        return not self.is_reduce_only and not self.is_liquidation

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
    """Resting orders of one contract, each side in priority order."""

    def __init__(self) -> None:
        self.sides: dict[int, list[Order]] = {Side.BUY: [], Side.SELL: []}
        self.trade_count = 0
        self.arrivals = 0

    def insert(self, order: Order) -> None:
        """Rest an order at the back of its class's queue."""
        self.arrivals += 1
        order.arrival = self.arrivals
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

    def can_fill(self, order: Order) -> bool:
        """Fill or kill: enough lots of other owners, at the limit or better."""
        lots = 0
        for maker in self.matchable(order.side, order.price):
            if maker.owner == order.owner:
                if order.stp == SelfTrade.CANCEL_OLDEST:
                    continue
                break
            if not maker.is_reduce_only:  # the house may cut those before they fill
                lots += maker.lots
            if lots >= order.lots:
                return True
        return False

    def mid(self) -> int:
        """Floor of the mean of the best prices, 0 unless both sides have an order."""
        bid, ask = self.best(Side.BUY), self.best(Side.SELL)
        return (bid + ask) // 2 if bid and ask else 0

    def impact_prices(self, notional: int) -> tuple[int, int]:
        """Impact bid and impact ask, 0 where a side is not deep enough."""
        bids = [(order.price, order.lots) for order in self.sides[Side.BUY]]
        asks = [(order.price, order.lots) for order in self.sides[Side.SELL]]
        return impact_price(bids, notional, True), impact_price(asks, notional, False)
