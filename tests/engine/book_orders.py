"""The kinds of order that a flow draws beside plain ones: all of docs/book.md section 3.

Each method is given a plain order and answers with the fields that make it something else.
"""

import random
from typing import NamedTuple

from book_market import PPB, Habits, Market
from book_seen import LIVE, Seen
from hkperp_engine.codes import OrderFlag, OrderType, Side, TimeInForce, TriggerSource

Fields = dict[str, int]

CONDITIONAL = [kind for kind in OrderType if kind >= OrderType.STOP_MARKET]
TRAILING = (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)
WITH_LIMIT = (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
RESTS = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)


class Plain(NamedTuple):
    """The plain order that a feature makes something of; `index` is its row in the batch."""

    time_ns: int
    contract: int
    wallet: int
    order_id: int
    lots: int
    side: int
    fair_ticks: int
    index: int


class Orders:
    """Draws orders with the dice of one seed."""

    def __init__(self, dice: random.Random, market: Market, habits: Habits) -> None:
        self.dice, self.market, self.habits = dice, market, habits
        # The last MARK and INDEX of each contract, 0: not known; LAST is seen, not kept here.
        self.reference = [[0] * market.contracts for _ in TriggerSource]

    def span(self, steps: int) -> int:
        """Some time, ns, up to so many times what passes between two commands."""
        grain_ns = self.habits.grain_ns
        span_ns = self.dice.randrange(1, steps * self.habits.step_ns)
        return -(-span_ns // grain_ns) * grain_ns

    def near(self, price_ticks: int, widths: int) -> int:
        """A price at most so many widths away."""
        reach = widths * self.habits.width_ticks
        return self.inside(price_ticks + self.dice.randint(-reach, reach))

    def inside(self, price_ticks: int) -> int:
        return min(max(price_ticks, 1), self.market.price_ticks_max)

    def collar(self, plain: Plain, widths: int) -> int:
        """A limit that reaches `widths` through the fair price."""
        sign = 1 if plain.side == Side.BUY else -1
        return self.inside(plain.fair_ticks + sign * widths * self.habits.width_ticks)

    def _expiry(self, plain: Plain) -> int:
        """When a GTD order expires: soon, or too soon."""
        if self.dice.random() < 0.03:
            return plain.time_ns - self.dice.choice([0, 1, self.habits.step_ns])
        return plain.time_ns + self.span(600)

    def _later_time(self, plain: Plain, choices: tuple[TimeInForce, ...]) -> Fields:
        """A time in force, with its expiry if it needs one."""
        tif = self.dice.choice(choices)
        return {"tif": tif} | ({"amount": self._expiry(plain)} if tif == TimeInForce.GTD else {})

    def iceberg(self, plain: Plain, _: Seen) -> Fields:
        lots = min(plain.lots * self.dice.randrange(2, 9), self.market.lots_max)
        shown = max(1, lots // self.dice.randrange(2, 7))
        tif = self._later_time(plain, (TimeInForce.GTC, *RESTS))
        return {
            **tif,
            "lots": lots,
            "target": shown,
            "price_ticks": self.near(plain.fair_ticks, 2),
        }

    def hidden(self, plain: Plain, _: Seen) -> Fields:
        flags = OrderFlag.HIDDEN | self.dice.choice([0, 0, 0, OrderFlag.POST_ONLY])
        return {
            "target": 0,
            "flags": flags | self.dice.choice([0, 0, 0, OrderFlag.REDUCE_ONLY]),
            "price_ticks": self.near(plain.fair_ticks, 2),
            **self._later_time(plain, (TimeInForce.GTC, *RESTS)),
        }

    def timed(self, plain: Plain, _: Seen) -> Fields:
        tif = self._later_time(plain, (TimeInForce.GTD, TimeInForce.GTD, TimeInForce.DAY))
        return {**tif, "target": 0, "price_ticks": self.near(plain.fair_ticks, 4)}

    def slide(self, plain: Plain, _: Seen) -> Fields:
        price_ticks = self.inside(self.collar(plain, 1) + self.dice.randint(-2, 2))
        if self.dice.random() < 0.1:  # at the end of the range there is no tick behind
            price_ticks = 1 if plain.side == Side.SELL else self.market.price_ticks_max
        flags = OrderFlag.POST_ONLY | OrderFlag.SLIDE
        return {"tif": 0, "target": 0, "flags": flags, "price_ticks": price_ticks}

    def by_notional(self, plain: Plain, _: Seen) -> Fields:
        amount = plain.fair_ticks * plain.lots + self.dice.randint(-3, plain.fair_ticks)
        if self.dice.random() < 0.1:
            amount = self.dice.choice([1, plain.fair_ticks - 1, 2**61, 2**61 + 1])
        return {
            "order_type": OrderType.MARKET,
            "tif": self.dice.choice([TimeInForce.IOC, TimeInForce.IOC, TimeInForce.FOK]),
            "flags": OrderFlag.BY_NOTIONAL,
            "target": 0,
            "lots": 0,
            "amount": max(amount, 1),
            "price_ticks": self.collar(plain, 5),
        }

    def conditional(self, plain: Plain, seen: Seen) -> Fields:
        dice, top = self.dice, self.market.price_ticks_max
        kind = dice.choice(CONDITIONAL)
        source = dice.choices(list(TriggerSource), [6, 3, 2])[0]
        known = self.reference[source][plain.contract]
        price_ticks = (known if source else seen.last_ticks[plain.contract]) or plain.fair_ticks
        is_buy = plain.side == Side.BUY
        distance = dice.randrange(1, 4 * self.habits.width_ticks + 2)
        # What fires when the price rises; the activation of a trailing sell does.
        rises = (kind in STOPS) == is_buy
        sign = 1 if rises != (dice.random() < 0.04) else -1
        trigger = self.inside(price_ticks + sign * distance)
        fields = {"order_type": kind + 8 * source, "target": trigger, "flags": 0}
        if kind in TRAILING:
            fields["target"] = dice.choice([0, trigger])
            fields["price_ticks"] = distance
            if kind == OrderType.TRAILING_PPB:
                fields["price_ticks"] = min(max(distance * PPB // price_ticks, 1), PPB - 1)
            else:
                fields["price_ticks"] = min(distance, top)
        elif kind in WITH_LIMIT:
            fields["price_ticks"] = self.near(trigger, 3)
        else:
            fields["price_ticks"] = self.collar(plain._replace(fair_ticks=trigger), 10)
        if dice.random() < 0.02:
            fields["target"] = dice.choice([-1, 0, min(top + 1, 2**31 - 1)])
        return fields | self._conditional_time(plain, kind)

    def _conditional_time(self, plain: Plain, kind: OrderType) -> Fields:
        """Time in force and flags of a conditional order."""
        choices = [TimeInForce.GTC, TimeInForce.GTC, *TimeInForce]
        if kind not in WITH_LIMIT:
            choices.remove(TimeInForce.FOK)
        fields = self._later_time(plain, tuple(choices))
        flags = self.dice.choice([0] * 8 + [OrderFlag.REDUCE_ONLY])
        if kind in WITH_LIMIT and fields["tif"] in RESTS:
            slides = OrderFlag.POST_ONLY | OrderFlag.SLIDE
            flags |= self.dice.choice([0] * 8 + [OrderFlag.POST_ONLY, slides])
        return {**fields, "flags": flags}

    def linked(self, plain: Plain, seen: Seen) -> Fields:
        """The other half of a pair: of the same wallet, contract and side as a live order."""
        if not len(seen.live):
            return {"target": 0}
        chosen = seen.live[self.dice.randrange(len(seen.live))].tolist()
        partner = dict(zip(LIVE, chosen))
        plain = plain._replace(side=partner["side"], contract=partner["contract"])
        if self.dice.random() < 0.6:
            fields = self.conditional(plain, seen)
        else:
            price_ticks = self.near(partner["price_ticks"], 3)
            fields = {"tif": 0, "flags": 0, "target": 0, "price_ticks": self.inside(price_ticks)}
            if self.dice.random() < 0.3:
                fields["target"] = max(1, plain.lots // 3)
        if fields["tif"] == TimeInForce.GTD:
            fields["tif"] = TimeInForce.DAY
        whose = {"contract": plain.contract, "side": plain.side, "wallet": partner["wallet"]}
        fields["flags"] |= OrderFlag.LINKED
        return {**fields, **whose, "amount": partner["order_id"]}
