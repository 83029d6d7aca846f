"""Orders of a flow: quotes, takers, stops, brackets, icebergs, and what is done to them later.

`Desk` remembers only what it sent: ids, sides and prices of the last orders, whatever became of
them.
"""

from typing import NamedTuple

from hkperp_engine.codes import (
    AmendFlag,
    HouseWallet,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.codes import Command as Kind
from house_market import Market
from house_setting import SECOND, Setting, is_sound
from reference.rows import Command

CLIENTS = int(HouseWallet.CLIENTS)
ORDERS_KEPT = 80
RESTING = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
TRAILING = (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)
LIMITS = (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)


class Sent(NamedTuple):
    """An order as it was sent; price and target in ticks."""

    order_id: int
    wallet: int
    contract: int
    side: int
    price: int
    lots: int
    order_type: int = 0
    target: int = 0


class Desk(Market):
    """Somebody who sends orders for all wallets."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.wallets = [CLIENTS + i for i in range(len(setting.accounts))]
        self.sound = [
            wallet
            for wallet, account in zip(self.wallets, setting.accounts, strict=True)
            if is_sound(account)
        ]
        self.makers = self.chance.sample(self.sound, 6)
        self.order_id = 0
        self.live: list[Sent] = []  # what was sent to rest
        self.stops: list[Sent] = []  # what was sent to wait
        self.last_side: dict[tuple[int, int], int] = {}

    def order(self, wallet: int, contract: int, side: int, price: int, lots: int, **more: int):
        """A new order, remembered if it may rest or wait."""
        self.order_id += 1
        terms = self.contracts[contract]
        price = max(1, min(price, terms.price_ticks_max))
        lots = max(1, min(lots, self.most_lots(contract)))
        if more.get("target", 0) > lots and more.get("order_type", 0) == OrderType.LIMIT:
            more["target"] = lots
        more.setdefault("stp", self.chance.choice(list(map(int, SelfTrade))))
        order_type, tif = more.get("order_type", 0), more.get("tif", 0)
        sent = Sent(self.order_id, wallet, contract, side, price, lots)
        if order_type == OrderType.LIMIT and tif in RESTING:
            self.live.append(sent)
            del self.live[:-ORDERS_KEPT]
        return self.command(
            Kind.NEW_ORDER,
            contract=contract,
            wallet=wallet,
            side=side,
            order_id=self.order_id,
            price_ticks=price,
            lots=lots,
            tag=self.order_id * 3,
            **more,
        )

    def most_lots(self, contract: int) -> int:
        """More are not sent, but for a small share of orders that mean to be refused."""
        terms = self.contracts[contract]
        most = terms.trading.order_lots_max
        return most if most and self.chance.random() < 0.9 else terms.lots_max

    def near(self, contract: int, permille_low: int, permille_high: int) -> int:
        """A distance from the price, at least one tick."""
        permille = self.chance.randint(permille_low, permille_high)
        return max(1, self.prices[contract] * permille // 1000)

    def seconds(self, low: int, high: int) -> int:
        """A time from now, ns."""
        return self.now_ns + self.chance.randint(low * SECOND, high * SECOND)

    def dress(self, lots: int) -> dict[str, int]:
        """How a resting order rests: for how long, how much of it shown, post-only."""
        chance, more = self.chance, {"flags": 0}
        draw, look = chance.random(), chance.random()
        if draw < 0.12:
            more |= {"tif": int(TimeInForce.GTD), "amount": self.seconds(1, 60)}
        elif draw < 0.18:
            more["tif"] = int(TimeInForce.DAY)
        if look < 0.15:
            more["target"] = chance.randint(1, max(1, lots // 2))
        elif look < 0.22:
            more["flags"] |= int(OrderFlag.HIDDEN)
        if chance.random() < 0.25:
            more["flags"] |= int(OrderFlag.POST_ONLY)
            if chance.random() < 0.4:
                more["flags"] |= int(OrderFlag.SLIDE)
        return more

    def quote(self) -> list[Command]:
        """A resting order of a maker, mostly on both sides of the price."""
        chance, contract = self.chance, self.any_contract()
        wallet = chance.choice(self.makers if chance.random() < 0.8 else self.sound)
        found = []
        for side in (Side.BUY, Side.SELL):
            if chance.random() < 0.25:
                continue
            away = (
                self.near(contract, 0, 8) if chance.random() < 0.8 else self.near(contract, 8, 90)
            )
            price = self.prices[contract] + (-away if side == Side.BUY else away)
            lots = chance.choice([1, 5, 10, 20, 40, 80])
            more = self.dress(lots)
            found.append(self.order(wallet, contract, int(side), price, lots, **more))
        return found

    def take(self) -> list[Command]:
        """An order that means to trade."""
        chance, contract = self.chance, self.any_contract()
        wallet = chance.choice(self.sound if chance.random() < 0.95 else self.wallets)
        side = self.last_side.get((wallet, contract), chance.randrange(2))
        if chance.random() < 0.45:
            side = chance.randrange(2)
        self.last_side[wallet, contract] = side
        away = self.near(contract, 4, 20)
        price = self.prices[contract] + (away if side == Side.BUY else -away)
        lots = chance.choice([1, 2, 2, 3, 4, 5, 6, 8, 12, 20, chance.randint(1, 100)])
        tif = chance.choices((0, 1, 2), (50, 35, 15))[0]
        is_market = tif != TimeInForce.GTC and chance.random() < 0.4
        more = {"order_type": int(OrderType.MARKET if is_market else OrderType.LIMIT), "tif": tif}
        if tif == TimeInForce.GTC and chance.random() < 0.2:
            dressed = self.dress(lots)
            more |= dressed | {"flags": dressed["flags"] & int(OrderFlag.HIDDEN)}
        order = self.order(wallet, contract, side, price, lots, **more)
        if chance.random() < 0.2:
            paid = self.pay_in(wallet, 0, 2 * lots)
            return [paid._replace(time_ns=order.time_ns), order]
        return [order]

    def punch(self) -> list[Command]:
        """A large order far through the price: it meets every band there is."""
        chance, contract = self.chance, self.any_contract()
        wallet, side = chance.choice(self.makers), chance.randrange(2)
        away = self.near(contract, 30, 150) * (1 if side == Side.BUY else -1)
        price, tif = self.prices[contract] + away, chance.choice((0, 0, 1))
        lots = chance.choice([40, 80, 160])
        paid = self.pay_in(wallet, 0, 4 * lots)
        return [paid, self.order(wallet, contract, side, price, lots, tif=tif)]

    def reduce(self) -> list[Command]:
        """A reduce-only order, or one that closes, against what the wallet was last sent to do."""
        chance = self.chance
        if not self.last_side:
            return self.take()
        (wallet, contract), side = chance.choice(list(self.last_side.items()))
        away = self.near(contract, 0, 20) * chance.choice([-1, 1])
        lots = chance.choice([1, 4, 10, 300])
        more = self.dress(lots)
        more["flags"] |= int(OrderFlag.REDUCE_ONLY)
        price = self.prices[contract] + away
        if chance.random() < 0.35:
            tif = chance.choice([int(TimeInForce.IOC), int(TimeInForce.FOK)])
            more = {"flags": int(OrderFlag.REDUCE_ONLY), "tif": tif}
        if chance.random() < 0.25:
            more = {"flags": int(OrderFlag.CLOSE_POSITION), "tif": more.get("tif", 0)}
            more["tif"] = more["tif"] if more["tif"] != TimeInForce.GTD else 0
            order = self.order(wallet, contract, 1 - side, price, 1, **more)
            return [order._replace(lots=0)]
        return [self.order(wallet, contract, 1 - side, price, lots, **more)]

    def by_notional(self) -> list[Command]:
        """A market order for an amount, now and then too small for one lot."""
        chance, contract = self.chance, self.any_contract()
        worth = chance.choice([0, 1, 3, 10, 40]) * self.prices[contract]
        amount = worth + chance.randrange(1, self.prices[contract])
        tif = chance.choice([int(TimeInForce.IOC), int(TimeInForce.FOK)])
        order = self.order(
            chance.choice(self.sound),
            contract,
            chance.randrange(2),
            1,
            1,
            order_type=int(OrderType.MARKET),
            tif=tif,
            flags=int(OrderFlag.BY_NOTIONAL),
            amount=amount,
        )
        return [order._replace(lots=0)]

    # --- conditional and linked orders ---

    def conditional(self) -> list[Command]:
        """A stop, a take-profit or a trailing order near the price."""
        chance, contract = self.chance, self.any_contract()
        wallet, side = chance.choice(self.sound), chance.randrange(2)
        flags = 0
        if self.last_side and chance.random() < 0.6:
            (wallet, contract), opened = chance.choice(list(self.last_side.items()))
            side = 1 - opened
            flags = chance.choice([0, int(OrderFlag.REDUCE_ONLY), int(OrderFlag.CLOSE_POSITION)])
        return [self.wait_for(wallet, contract, side, flags)]

    def wait_for(self, wallet: int, contract: int, side: int, flags: int, **more: int) -> Command:
        """A conditional order of any kind; `more` may link it."""
        chance = self.chance
        order_type = OrderType(chance.choices(range(2, 8), (30, 15, 15, 10, 15, 15))[0])
        source = chance.choice(list(TriggerSource))
        is_rising = (side == Side.BUY) == (order_type in STOPS or order_type in TRAILING)
        away = self.near(contract, 0, 7) * (1 if is_rising else -1)
        away = -away if chance.random() < 0.05 else away
        target = max(1, self.prices[contract] + away)
        limit = target + self.near(contract, 0, 8) * (1 if side == Side.BUY else -1)
        tifs = (0, 1, 3, 4) if order_type not in LIMITS else (0, 1, 2, 3, 4)
        tif = chance.choice(tifs) if "amount" not in more else chance.choice((0, 1, 4))
        if tif == TimeInForce.GTD:
            more["amount"] = self.seconds(1, 120)
        if order_type in TRAILING:
            target = 0 if chance.random() < 0.5 else max(1, self.prices[contract] - away)
            limit = self.near(contract, 1, 15)
            if order_type == OrderType.TRAILING_PPB:
                limit = chance.randint(500_000, 15_000_000)
        if order_type in LIMITS and tif in RESTING and chance.random() < 0.1:
            flags |= int(OrderFlag.POST_ONLY)
        lots = chance.choice([1, 2, 3, 5, 10])
        kind = int(order_type) + 8 * int(source)
        more |= {"order_type": kind, "target": target, "tif": tif, "flags": flags}
        order = self.order(wallet, contract, side, 1, lots, **more)
        sent = Sent(self.order_id, wallet, contract, side, limit, lots, int(order_type), target)
        self.stops.append(sent)
        del self.stops[:-ORDERS_KEPT]
        lots = 0 if flags & OrderFlag.CLOSE_POSITION else order.lots
        return order._replace(price_ticks=max(1, limit), lots=lots)

    def bracket(self) -> list[Command]:
        """Two linked orders of one side: mostly a profit to take and a loss to stop."""
        chance = self.chance
        if not self.last_side:
            return self.take()
        (wallet, contract), opened = chance.choice(list(self.last_side.items()))
        side, linked = 1 - opened, int(OrderFlag.LINKED)
        is_closing = chance.random() < 0.6
        flags = int(OrderFlag.REDUCE_ONLY) if is_closing else 0
        away = self.near(contract, 0, 9) * (1 if side == Side.SELL else -1)
        lots = chance.choice([1, 2, 5, 20])
        price = self.prices[contract] + away
        if chance.random() < 0.3:  # the order that waits comes first
            first = self.wait_for(wallet, contract, side, flags)
            more = {"flags": flags | linked, "amount": first.order_id}
            return [first, self.order(wallet, contract, side, price, lots, **more)]
        first = self.order(wallet, contract, side, price, lots, flags=flags)
        partner = self.order_id if chance.random() < 0.9 else self.order_id - 5
        if chance.random() < 0.2:
            more = {"flags": flags | linked, "amount": partner}
            price += self.near(contract, 0, 4)
            return [first, self.order(wallet, contract, side, price, lots, **more)]
        if is_closing and chance.random() < 0.5:
            flags = int(OrderFlag.CLOSE_POSITION)
        more = {"amount": partner}
        return [first, self.wait_for(wallet, contract, side, flags | linked, **more)]

    # --- what is done to orders ---

    def cancel(self) -> list[Command]:
        """Cancel something that rests or waits."""
        found = self.stops if self.chance.random() < 0.3 else self.live
        if not found:
            return self.quote()
        sent = found.pop(self.chance.randrange(len(found)))
        return [
            self.command(Kind.CANCEL, wallet=sent.wallet, order_id=sent.order_id, tag=7),
        ]

    def amend(self) -> list[Command]:
        """Fewer lots, more lots, another price or another trigger; lots may be a total."""
        chance = self.chance
        found = self.stops if chance.random() < 0.45 else self.live
        if not found:
            return self.quote()
        i = chance.randrange(max(0, len(found) - 60), len(found))
        sent, target = found[i], 0
        highest = self.contracts[sent.contract].price_ticks_max
        price, lots = sent.price, sent.lots
        if chance.random() < 0.6 and sent.order_type not in TRAILING:
            price = self.prices[sent.contract]
            price += self.near(sent.contract, 0, 12) * chance.choice([-1, 1])
            price = max(1, min(price, highest))
        if sent.order_type and chance.random() < 0.5:
            target = sent.target + self.near(sent.contract, 0, 6) * chance.choice([-1, 1])
            target = max(0, target) if chance.random() < 0.97 else chance.choice((-1, highest + 1))
        if chance.random() < 0.6:
            lots = max(1, min(lots * chance.randint(1, 25) // 10, self.most_lots(sent.contract)))
        found[i] = sent._replace(price=price, lots=lots, target=target or sent.target)
        return [
            self.command(
                Kind.AMEND,
                contract=sent.contract,
                wallet=sent.wallet,
                order_id=sent.order_id,
                price_ticks=price,
                lots=lots,
                target=target,
                flags=int(AmendFlag.TOTAL) if chance.random() < 0.3 else 0,
            )
        ]

    def opening_trade(self) -> list[Command]:
        """A position to begin with."""
        chance, contract = self.chance, self.any_contract()
        long, short = chance.sample(self.wallets if chance.random() < 0.2 else self.sound, 2)
        self.last_side[long, contract], self.last_side[short, contract] = Side.BUY, Side.SELL
        price = self.prices[contract] + self.near(contract, 0, 5) * chance.choice([-1, 0, 1])
        lots = chance.choice([1, 5, 10, 40])
        return [
            self.command(
                Kind.OPENING_TRADE,
                contract=contract,
                wallet=long,
                target=short,
                price_ticks=price,
                lots=lots,
            )
        ]
