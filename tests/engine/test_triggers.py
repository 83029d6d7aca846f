"""Conditional orders in the kernels (MAT-030 to MAT-035) against a plain list of orders."""

import random
from dataclasses import dataclass, replace

import pytest

from hkperp_engine import triggers
from hkperp_engine.arena import Sizes, chunks_for, new_arena, open_book
from hkperp_engine.codes import ContractState, OrderType, Side, TriggerSource
from hkperp_engine.kernel import door
from hkperp_engine.ladder import level_at, next_above
from hkperp_engine.layout import CHUNK_LEVELS, Trait
from hkperp_engine.triggers import FALL, RISE

PRICE_MAX = 20_000
CONTRACTS, ORDERS = 2, 60
STOPS = (OrderType.STOP_MARKET, OrderType.STOP_LIMIT)
BUY, SELL = Side.BUY, Side.SELL
LAST, MARK, INDEX = TriggerSource
START, STOP, REFILE, KNOW, KNOWN, FIRED = range(6)


@door
def act(arena, action, target, source, price_ticks):
    """Call one kernel; returns the slot of `first_fired`, else 0."""
    state = open_book(arena)
    found = 0
    if action == START:
        triggers.start_waiting(state, target)
    elif action == STOP:
        triggers.stop_waiting(state, target)
    elif action == REFILE:
        triggers.refile(state, target, price_ticks)
    elif action == KNOW:
        triggers.know_price(state, target, source, price_ticks)
    elif action == KNOWN:
        triggers.observe_known(state, target)
    else:
        found = triggers.first_fired(state)
    return found


@door
def directions(order_type, side, price_ticks, trigger_ticks):
    """Direction of an order, and whether a price meets its trigger."""
    direction = triggers.direction_of(order_type, side)
    return direction, triggers.is_met(price_ticks, direction, trigger_ticks)


@door
def level_after(arena, ladder, price_ticks):
    """The next used price of a ladder and its level's index."""
    state = open_book(arena)
    above = next_above(state, ladder, price_ticks)
    return above, level_at(state, ladder, above)


@dataclass
class Waiting:
    """A conditional order as the law speaks of it; prices in ticks."""

    slot: int
    order_type: int
    side: int
    trigger: int
    source: int = 0
    contract: int = 0
    priority_class: int = 0
    distance: int = 0
    extreme: int = 0
    activated: int = 0  # moment of activation, 0: not yet
    moved: int = 0  # moment of acceptance or of the last move
    rank: int = 0
    observed: int = 0

    @property
    def is_trailing(self) -> bool:
        return self.order_type >= OrderType.TRAILING_TICKS

    @property
    def direction(self) -> int:
        """A stop buys when the price rises; a trailing order that is active is a stop."""
        is_stop = self.order_type in STOPS or self.activated > 0
        return RISE if is_stop == (self.side == BUY) else FALL

    def is_met(self, price: int) -> bool:
        return price >= self.trigger if self.direction == RISE else price <= self.trigger

    def trailing_trigger(self) -> int:
        away = self.distance
        if self.order_type == OrderType.TRAILING_PPB:
            away = max(self.extreme * self.distance // 10**9, 1)
        if self.side == SELL:
            return max(self.extreme - away, 1)
        return min(self.extreme + away, PRICE_MAX)


class Desk:
    """The kernels, and beside them the same orders in a list."""

    def __init__(self, pages: int = 100) -> None:
        sizes = Sizes(CONTRACTS, 2, chunks_for(PRICE_MAX), ORDERS, pages, ring=1)
        self.arena = new_arena(sizes)
        self.state = open_book(self.arena)
        self.state.books["price_ticks_max"] = PRICE_MAX
        self.waiting: list[Waiting] = []
        self.fired: list[Waiting] = []
        self.prices = [0] * (3 * CONTRACTS)
        self.moment = 0

    def now(self) -> int:
        self.moment += 1
        return self.moment

    def has_page(self) -> bool:
        """`ladder.page_room`."""
        engine = self.state.engine[0]
        used = engine["page_count"] + engine["trailing_count"] + 1
        return bool(used < self.state.page_summary.size)

    def is_trading(self, contract: int) -> bool:
        return self.state.markets["state"][contract] <= ContractState.REDUCE_ONLY

    def start(self, order: Waiting) -> None:
        """Accept an order: what its rows hold before `start_waiting`."""
        row, extra = self.state.orders[order.slot], self.state.extras[order.slot]
        row["order_id"], row["lots_left"], row["traits"] = order.slot, 1, Trait.TIMED
        row["contract"], row["side"] = order.contract, order.side
        row["priority_class"] = order.priority_class
        extra["order_type"], extra["source"] = order.order_type, order.source
        extra["trigger_ticks"], extra["distance"] = order.trigger, order.distance
        act(self.arena, START, order.slot, 0, 0)
        order.moved = self.now()
        self.waiting.append(order)
        if not order.is_trailing:
            return
        price = self.prices[3 * order.contract + order.source]
        order.trigger = order.trigger or (1 if order.side == SELL else PRICE_MAX)
        if price > 0 and order.is_met(price):
            self.activate(order, price)

    def stop(self, order: Waiting) -> None:
        act(self.arena, STOP, order.slot, 0, 0)
        (self.waiting if order in self.waiting else self.fired).remove(order)
        assert self.state.orders["traits"][order.slot] == Trait.TIMED

    def refile(self, order: Waiting, trigger: int) -> None:
        act(self.arena, REFILE, order.slot, 0, trigger)
        if order in self.waiting:
            order.trigger, order.moved = trigger, self.now()

    def know(self, contract: int, source: int, price: int) -> None:
        act(self.arena, KNOW, contract, source, price)
        self.prices[3 * contract + source] = price
        if self.is_trading(contract):
            self.observe(contract, source)

    def enter(self, contract: int, state: ContractState) -> None:
        """Change the state of a contract; known prices are observed when trading is on."""
        self.state.markets["state"][contract] = state
        if self.is_trading(contract):
            act(self.arena, KNOWN, contract, 0, 0)
            for source in TriggerSource:
                self.observe(contract, source)

    def activate(self, order: Waiting, price: int) -> None:
        order.activated = order.moved = self.now()
        order.extreme = price
        order.trigger = order.trailing_trigger()

    def observe(self, contract: int, source: int) -> None:
        """MAT-033, word by word."""
        price = self.prices[3 * contract + source]
        if price == 0:
            return
        ours = [o for o in self.waiting if (o.contract, o.source) == (contract, source)]
        ours.sort(key=lambda o: (o.side == BUY, o.activated))
        for order in [o for o in ours if o.activated]:
            if price > order.extreme if order.side == SELL else price < order.extreme:
                order.extreme = price
                if order.trigger != (trigger := order.trailing_trigger()):
                    order.trigger, order.moved = trigger, self.now()
        for direction in (RISE, FALL):
            sign = 1 if direction == RISE else -1
            reached = [o for o in ours if o.direction == direction and o.is_met(price)]
            reached.sort(key=lambda o: (sign * o.trigger, o.priority_class, o.moved))
            for order in reached:
                if order.is_trailing and not order.activated:
                    self.activate(order, price)
                else:
                    ours.remove(order)
                    self.waiting.remove(order)
                    order.rank, order.observed = self.now(), price
                    self.fired.append(order)

    def next_fired(self) -> int:
        """The slot to be sent next; the kernel says the same."""
        slots = [o.slot for o in self.fired if self.is_trading(o.contract)]
        found = act(self.arena, FIRED, 0, 0, 0)
        assert found == (slots[0] if slots else 0)
        return found

    def queue(self, head: int, tail: int) -> list[int]:
        """Slots of a list through `next`; backwards it is the same."""
        slots = links(self.state.orders["next"], head)
        assert links(self.state.orders["prev"], tail) == slots[::-1]
        return slots

    def check(self) -> None:
        """Everything the kernels keep, against the list."""
        pages = set()
        for contract in range(CONTRACTS):
            for source in TriggerSource:
                pages |= self.check_source(contract, source)
            market = self.state.markets[contract]
            expected = [o.slot for o in self.fired if o.contract == contract]
            assert self.queue(market["fired_head"], market["fired_tail"]) == expected
        engine = self.state.engine[0]
        assert engine["page_count"] == len(pages)
        assert engine["fired_count"] == len(self.fired)
        assert engine["trailing_count"] == sum(o.is_trailing for o in self.waiting)
        for order in self.waiting:
            self.check_order(order, Trait.TRAILING if order.activated else 0)
        for order in self.fired:
            self.check_order(order, Trait.FIRED)
            assert self.state.extras["observed_ticks"][order.slot] == order.observed
        ranks = self.state.extras["rank"][[o.slot for o in self.fired]].tolist()
        assert ranks == sorted(set(ranks))
        self.next_fired()

    def check_order(self, order: Waiting, trait: int) -> None:
        extra = self.state.extras[order.slot]
        traits = Trait.TIMED | Trait.WAITING | trait
        assert self.state.orders["traits"][order.slot] == traits
        assert extra["trigger_ticks"] == order.trigger
        assert extra["extreme_ticks"] == order.extreme

    def check_source(self, contract: int, source: int) -> set[tuple[int, int]]:
        """Ladders, nearest triggers and lists of one source; returns the pages it must have."""
        ours = [o for o in self.waiting if (o.contract, o.source) == (contract, source)]
        stop = self.state.stops[3 * contract + source]
        assert stop["price_ticks"] == self.prices[3 * contract + source]
        assert stop["waiting_count"] == len(ours)
        filed = [[o for o in ours if o.direction == direction] for direction in (RISE, FALL)]
        assert stop["rise_ticks"] == min((o.trigger for o in filed[RISE]), default=0)
        assert stop["fall_ticks"] == max((o.trigger for o in filed[FALL]), default=0)
        for side, name in ((SELL, "sell"), (BUY, "buy")):
            active = sorted((o for o in ours if o.activated), key=lambda o: o.activated)
            expected = [o.slot for o in active if o.side == side]
            extras = self.state.extras
            assert links(extras["trail_next"], stop[f"{name}_head"]) == expected
            assert links(extras["trail_prev"], stop[f"{name}_tail"]) == expected[::-1]
        pages = set()
        for direction in (RISE, FALL):
            ladder = 2 * CONTRACTS + 6 * contract + 2 * source + direction
            orders = sorted(filed[direction], key=lambda o: (o.trigger, o.priority_class, o.moved))
            assert self.ladder(ladder) == [(o.trigger, o.slot) for o in orders]
            pages |= {(ladder, o.trigger // CHUNK_LEVELS) for o in orders}
        return pages

    def ladder(self, ladder: int) -> list[tuple[int, int]]:
        """(trigger, slot) of a ladder in order of trigger, class, time."""
        found, price = [], 0
        while True:
            price, index = level_after(self.arena, ladder, price)
            if price == 0:
                return found
            level = self.state.levels[index]
            slots = self.queue(level["client_head"], level["client_tail"])
            slots += self.queue(level["affiliate_head"], level["affiliate_tail"])
            assert (level["order_count"], level["lots"]) == (len(slots), 0)
            found += [(price, slot) for slot in slots]


def links(column, slot: int) -> list[int]:
    """The slots of a linked list."""
    slots = [int(slot)]
    while slots[-1] != 0:
        slots.append(int(column[slots[-1]]))
    return slots[:-1]


def random_order(numbers: random.Random, slot: int, near: int) -> Waiting:
    """Any order, its trigger on the side where it waits or, trailing, anywhere or nowhere."""
    order_type = numbers.choice(list(OrderType)[2:])
    order = Waiting(slot, order_type, numbers.choice([BUY, SELL]), 0)
    order.source, order.contract = numbers.choice([LAST, LAST, MARK, INDEX]), numbers.randrange(2)
    order.priority_class = numbers.choice([0, 0, 1])
    order.trigger = random_price(numbers, near)
    if order.is_trailing:
        order.trigger *= numbers.choice([0, 1])
        ticks = numbers.choice([1, 2, 5, 3_000, PRICE_MAX])
        order.distance = ticks if order_type == OrderType.TRAILING_TICKS else 49_999 * ticks
    return order


def random_price(numbers: random.Random, near: int) -> int:
    far = numbers.choice([1, 2, PRICE_MAX - 1, PRICE_MAX, numbers.randrange(1, PRICE_MAX)])
    price = numbers.choice([far, *[near + numbers.randrange(-6, 7)] * 7])
    return min(max(price, 1), PRICE_MAX)


def random_step(desk: Desk, numbers: random.Random, near: int) -> str:
    """Do something allowed; returns what it was."""
    live = {o.slot: o for o in desk.waiting + desk.fired}
    action = numbers.choices(
        ["start", "know", "stop", "refile", "state", "send"], [10, 10, 2, 2, 1, 3]
    )[0]
    if action == "start" and len(live) < ORDERS and desk.has_page():
        slot = numbers.choice([i for i in range(1, ORDERS + 1) if i not in live])
        order = random_order(numbers, slot, near)
        price = desk.prices[3 * order.contract + order.source]
        if not order.is_trailing and price and order.is_met(price):
            return "refused"  # MAT-030: the venue would not let it wait
        desk.start(order)
    elif action == "know":
        desk.know(numbers.randrange(2), numbers.choice([0, 0, 1, 2]), random_price(numbers, near))
    elif action == "stop" and live:
        desk.stop(numbers.choice(list(live.values())))
    elif action == "refile" and live and desk.has_page():
        order = numbers.choice(list(live.values()))
        trigger = order.trigger if order.is_trailing else random_price(numbers, near)
        price = desk.prices[3 * order.contract + order.source]
        # a trigger that is met already would be refused
        if order.is_trailing or not price or not replace(order, trigger=trigger).is_met(price):
            desk.refile(order, trigger)
    elif action == "state":
        desk.enter(numbers.randrange(2), numbers.choice([0, 0, 1, 2, 5]))
    elif action == "send" and (slot := desk.next_fired()):
        desk.stop(live[slot])
    return action


@pytest.mark.parametrize("pages", [100, 7])
@pytest.mark.parametrize("seed", range(5))
def test_kernels_are_the_plain_list(seed: int, pages: int) -> None:
    """With 7 pages the reserve of the trailing orders is all that is left (`page_room`)."""
    numbers = random.Random(1_000 * pages + seed)
    desk = Desk(pages)
    for step in range(500):
        told = random_step(desk, numbers, near=4_000 + 40 * (step // 100))
        try:
            desk.check()
        except AssertionError as error:
            error.add_note(f"seed {seed}, pages {pages}, step {step}: {told}")
            raise
    assert desk.state.engine["rank"][0] > 5


def test_directions() -> None:
    """MAT-030, MAT-033: 100 meets a trigger of 99 if it must rise, 101 if it must fall."""
    for kind in list(OrderType)[2:]:
        for side in Side:
            is_rising = (kind in STOPS) == (side == BUY)
            expected = RISE if is_rising else FALL
            assert directions(kind, side, 100, 99) == (expected, is_rising)
            assert directions(kind, side, 100, 100) == (expected, True)
            assert directions(kind, side, 100, 101) == (expected, not is_rising)
            assert directions(kind, side, 0, 101) == (expected, False)


@pytest.mark.parametrize(
    ("order_type", "side", "distance", "prices", "triggers"),
    [
        (OrderType.TRAILING_TICKS, SELL, 10, [100, 95, 105], [90, 90, 95]),
        (OrderType.TRAILING_TICKS, BUY, 10, [100, 105, 95], [110, 110, 105]),
        (OrderType.TRAILING_TICKS, SELL, 10, [8, 11, 12], [1, 1, 2]),
        (OrderType.TRAILING_TICKS, BUY, PRICE_MAX, [100], [PRICE_MAX]),
        (OrderType.TRAILING_PPB, SELL, 19_999_999, [100, 150, 151], [99, 148, 148]),
        (OrderType.TRAILING_PPB, BUY, 1, [100, 99], [101, 100]),
    ],
)
def test_trailing_trigger(order_type, side, distance, prices, triggers) -> None:
    """MAT-035: it follows one way only, ppb rounded down; a trigger that stays keeps its place."""
    desk = Desk()
    desk.start(Waiting(1, order_type, side, 0, distance=distance))
    for price, trigger in zip(prices, triggers, strict=True):
        if price == prices[-1]:
            desk.start(Waiting(2, OrderType.STOP_MARKET, side, triggers[-1]))
        desk.know(0, LAST, price)
        assert desk.state.extras["trigger_ticks"][1] == trigger
        desk.check()


def test_prices_wait_for_trading() -> None:
    """MAT-032, MAT-034: nothing fires in a halt; then LAST, MARK, INDEX, and rank over all."""
    desk = Desk()
    for slot, (source, contract) in enumerate([(INDEX, 0), (LAST, 0), (MARK, 0), (LAST, 1)], 1):
        desk.start(Waiting(slot, OrderType.STOP_MARKET, BUY, 100, source, contract))
    desk.enter(0, ContractState.HALTED)
    for source in (INDEX, MARK, LAST):
        desk.know(0, source, 100)
    assert desk.next_fired() == 0
    desk.know(1, LAST, 100)
    desk.enter(0, ContractState.REDUCE_ONLY)
    assert [o.slot for o in desk.fired] == [4, 2, 3, 1]
    desk.check()
    desk.enter(1, ContractState.HALTED)
    assert desk.next_fired() == 2
