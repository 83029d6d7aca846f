"""Seeded random commands for the book: what clients do, and what nobody should.

A flow is closed: each batch is drawn with sight of the orders that rest after the last one, so
that most cancellations and amendments find their order. All draws come from the seed; whoever
has the seed and the number of a command can make it again.

Each seed draws a market of its own: how many contracts and wallets, who owns what, how wide and
how deep. Prices stand around a fair price that walks and, now and then, jumps; a few stand at the
ends of the range. A few commands in a hundred are broken, some of them in two places, so that the
order of the refusals shows as well. Fields that a kind of command does not use hold noise.
"""

from typing import NamedTuple

import numpy as np

from hkperp_engine.codes import Command, OrderFlag, OrderType, Side, TimeInForce
from hkperp_engine.layout import COMMAND
from hkperp_engine.reference import CommandRow, ReferenceBook

INT64 = np.iinfo(np.int64)
ORDER_ID_MAX = 2**62

#: A page of the fast book's price ladder: its edges are where its mistakes would be.
PAGE_TICKS = 4_096

#: What the columns of `resting` are.
LIVE = "contract side order_id wallet price_ticks lots".split()

#: What can be wrong with a field: the values, and whether it is for new orders only.
#: CONTRACTS, WALLETS and so on stand for the first value past the market's own bound.
BROKEN = {
    "kind": (-128, -1, 0, 4, 9, 10, 13, 20, 30, 127),
    "contract": (-32_768, -1, "contracts", 32_767),
    "wallet": (-(2**31), -1, "wallets", 2**31 - 1),
    "side": (-128, -1, 2, 127),
    "order_type": (-128, -1, 2, 127),
    "tif": (-128, -1, 3, 127),
    "flags": (-128, -1, 4, 8, 127),
    "stp": (-128, -1, 4, 127),
    "order_id": (INT64.min, -1, 0, ORDER_ID_MAX + 1, INT64.max),
    "price_ticks": (INT64.min, -(2**31), -1, 0, "price_ticks_max", 2**32 + 5, INT64.max),
    "lots": (INT64.min, -(2**31), -1, 0, "lots_max", 2**32 + 1, INT64.max),
}


class Market(NamedTuple):
    """What both books are built with."""

    contracts: int
    price_ticks_max: int
    lots_max: int
    wallets: int
    owner_of: list[int]
    class_of: list[int]


class Habits(NamedTuple):
    """How people behave in one seed: prices `width_ticks` around fair, orders of `lots_mean`."""

    width_ticks: int
    lots_mean: int
    live_target: int
    id_step: int
    jump_ppm: int


def draw_market(rng: np.random.Generator) -> Market:
    """Draw a market: a few contracts and wallets, owners with several wallets, affiliates."""
    wallets = int(rng.integers(5, 24))
    owners = int(rng.integers(4, wallets + 1))
    return Market(
        contracts=int(rng.integers(1, 5)),
        price_ticks_max=int(rng.choice([60, PAGE_TICKS, 100_000, 2**31 - 1])),
        lots_max=int(rng.choice([50, 100_000, 2**31 - 1])),
        wallets=wallets,
        owner_of=[int(owner) for owner in rng.integers(0, owners, wallets)],
        class_of=[int(is_affiliate) for is_affiliate in rng.random(wallets) < 0.3],
    )


def resting(book: ReferenceBook) -> np.ndarray:
    """Every resting order as a row of LIVE."""
    found = [
        (contract, side, order.order_id, order.wallet, order.price_ticks, order.lots_left)
        for contract in range(book.contracts)
        for side in Side
        for order in book.orders(contract, side)
    ]
    return np.array(found, np.int64).reshape(-1, len(LIVE))


def command_rows(commands: np.ndarray) -> list[CommandRow]:
    """A batch as the reference book takes it."""
    return list(map(CommandRow._make, commands.tolist()))


class Flow:
    """The commands of one seed, a batch at a time."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        self.market = draw_market(rng)
        self.habits = Habits(
            width_ticks=int(rng.choice([1, 3, 12, min(300, self.market.price_ticks_max // 8)])),
            lots_mean=int(rng.choice([2, 8])),
            live_target=int(rng.choice([30, 400, 3_000])),
            id_step=int(rng.choice([1, PAGE_TICKS, 2**32, 0x9E3779B97F4A7C15])),
            jump_ppm=int(rng.choice([200, 3_000])),
        )
        top = self.market.price_ticks_max
        self.home = rng.integers(1 + top // 4, 1 + 3 * top // 4, self.market.contracts)
        self.fair = self.home.copy()
        self.ids = 0
        self.now_ns = 0

    def batch(self, count: int, live: np.ndarray) -> np.ndarray:
        """The next `count` commands; `live` is what `resting` says of the book now."""
        rng, market = self.rng, self.market
        rows = np.zeros(count, COMMAND)
        rows["time_ns"] = self._times(count)
        for field in ("target", "amount", "tag"):  # nobody may look at these
            bounds = np.iinfo(COMMAND[field])
            rows[field] = rng.integers(bounds.min, bounds.max, count, endpoint=True)
        rows["kind"] = Command.NEW_ORDER
        rows["contract"] = rng.integers(0, market.contracts, count)
        rows["wallet"] = rng.integers(0, market.wallets, count)
        rows["side"] = rng.integers(0, 2, count)
        rows["stp"] = rng.integers(0, 4, count)
        rows["order_id"] = self._order_ids(count)
        self._waiting(rows)
        rows["price_ticks"] = self._prices(rows)
        rows["lots"] = self._lots(rows)
        self._follow_ups(rows, live)
        self._break(rows)
        return rows

    def _times(self, count: int) -> np.ndarray:
        """Nanoseconds that mostly grow; the book repeats them, whatever they are."""
        times = self.now_ns + np.cumsum(self.rng.integers(0, 1_000, count))
        self.now_ns = int(times[-1])
        is_odd = self.rng.random(count) < 0.01
        times[is_odd] = self.rng.integers(INT64.min, INT64.max, is_odd.sum())
        return times

    def _order_ids(self, count: int) -> np.ndarray:
        """Mostly new ids, evenly or wildly spaced; some from a small pool, so used again."""
        numbers = np.arange(self.ids, self.ids + count, dtype=np.uint64)
        self.ids += count
        step, mask = np.uint64(self.habits.id_step), np.uint64(ORDER_ID_MAX - 1)
        ids = ((numbers * step) & mask).astype(np.int64) + 1
        draw = self.rng.random(count)
        ids = np.where(draw < 0.10, self.rng.integers(1, 64, count), ids)
        return np.where(draw < 0.002, ORDER_ID_MAX, ids)

    def _waiting(self, rows: np.ndarray) -> None:
        """Type, time in force and flags: mostly plain resting orders, all kinds that are valid."""
        rng, count = self.rng, len(rows)
        draw = rng.random(count)
        rows["tif"] = np.select(
            [draw < 0.70, draw < 0.86], [TimeInForce.GTC, TimeInForce.IOC], TimeInForce.FOK
        )
        is_taking = rows["tif"] != TimeInForce.GTC
        rows["order_type"] = np.where(is_taking & (rng.random(count) < 0.3), OrderType.MARKET, 0)
        is_post_only = ~is_taking & (rng.random(count) < 0.15)
        is_reduce_only = rng.random(count) < 0.08
        rows["flags"] = is_post_only * OrderFlag.POST_ONLY + is_reduce_only * OrderFlag.REDUCE_ONLY

    def _fair_prices(self, rows: np.ndarray) -> np.ndarray:
        """The fair price of each row's contract at that moment: a walk with jumps, in ticks."""
        rng, count, top = self.rng, len(rows), self.market.price_ticks_max
        walk = rng.integers(-1, 2, count) * rng.integers(0, 3, count)
        is_jump = rng.integers(0, 1_000_000, count) < self.habits.jump_ppm
        far = np.exp2(rng.uniform(0, np.log2(top), count)).astype(np.int64)
        walk = walk + is_jump * far * rng.choice([-1, 1], count)
        path = np.cumsum(walk)
        fair = np.clip(self.fair[rows["contract"]] + path, 1, top)
        self.fair = np.clip(self.fair + path[-1], 1, top)
        is_back = rng.random(self.market.contracts) < 0.3  # old orders are met again
        self.fair = np.where(is_back, self.home, self.fair)
        return fair

    def _prices(self, rows: np.ndarray) -> np.ndarray:
        """Limits around fair, many deep in the book, takers through it; a few at the edges."""
        rng, count, top = self.rng, len(rows), self.market.price_ticks_max
        fair = self._fair_prices(rows)
        offset = rng.geometric(1 / self.habits.width_ticks, count) - 1
        is_taking = (rows["tif"] != TimeInForce.GTC) & (rng.random(count) < 0.85)
        is_taking |= rng.random(count) < 0.25
        is_deep = ~is_taking & (rng.random(count) < 0.5)
        offset = offset + is_deep * rng.geometric(0.03 / self.habits.width_ticks, count)
        towards = np.where(rows["side"] == Side.BUY, 1, -1) * np.where(is_taking, 1, -1)
        price = fair + towards * offset
        edge = rng.integers(0, top // PAGE_TICKS + 1, count) * PAGE_TICKS
        edge = edge + rng.integers(-1, 2, count)
        ends = np.where(rng.random(count) < 0.5, rng.choice([1, 2, top - 1, top], count), edge)
        return np.clip(np.where(rng.random(count) < 0.02, ends, price), 1, top)

    def _lots(self, rows: np.ndarray) -> np.ndarray:
        """Small quantities with a long tail, up to the largest that is allowed."""
        rng, count, top = self.rng, len(rows), self.market.lots_max
        lots = rng.geometric(1 / self.habits.lots_mean, count)
        lots = lots * np.where(rng.random(count) < 0.05, 12, 1)
        draw = rng.random(count)
        lots = np.where(draw < 0.006, rng.integers(1, top, count, endpoint=True), lots)
        return np.clip(np.where(draw < 0.002, top, lots), 1, top)

    def _follow_ups(self, rows: np.ndarray, live: np.ndarray) -> None:
        """Turn part of the rows into cancellations and amendments of orders already sent."""
        rng, count = self.rng, len(rows)
        draw = rng.random(count)
        cancels = 0.32 if len(live) > self.habits.live_target else 0.14
        is_cancel = draw < cancels
        is_amend = ~is_cancel & (draw < cancels + 0.16)
        is_either = is_cancel | is_amend
        # Of an order sent a moment ago, which may be gone, never have been, or be in this batch.
        index = np.arange(count)
        before = np.maximum(index - rng.geometric(0.1, count), 0)
        aimed = {field: rows[field][before].astype(np.int64) for field in LIVE}
        if len(live):
            seen = live[rng.integers(0, len(live), count)]
            is_seen = rng.random(count) < 0.85
            for column, field in enumerate(LIVE):
                aimed[field] = np.where(is_seen, seen[:, column], aimed[field])
        is_stray = rng.random(count) < 0.04  # somebody else's order, or the wrong contract
        for field in ("contract", "order_id", "wallet"):
            taken = is_either & ~(is_stray & (rng.random(count) < 0.5))
            rows[field] = np.where(taken, aimed[field], rows[field])
        keeps_price = is_amend & (rng.random(count) < 0.5)
        rows["price_ticks"] = np.where(keeps_price, aimed["price_ticks"], rows["price_ticks"])
        lots = np.clip(aimed["lots"] + rng.integers(-3, 2, count), 1, self.market.lots_max)
        rows["lots"] = np.where(is_amend & (rng.random(count) < 0.8), lots, rows["lots"])
        rows["kind"] = np.select([is_cancel, is_amend], [Command.CANCEL, Command.AMEND], 1)
        for field in ("side", "order_type", "tif", "flags", "stp"):  # an amendment has none
            noise = rng.integers(-128, 128, count)
            rows[field] = np.where(is_either, noise, rows[field])

    def _break(self, rows: np.ndarray) -> None:
        """Break one field of a few rows, and in some of them a second one."""
        rng = self.rng
        fields = list(BROKEN)
        for index in np.flatnonzero(rng.random(len(rows)) < 0.05):
            for _ in range(1 + (rng.random() < 0.35)):
                field = fields[rng.integers(len(fields))]
                value = BROKEN[field][rng.integers(len(BROKEN[field]))]
                if isinstance(value, str):
                    # A count is itself past the last index; a largest value needs one more.
                    value = getattr(self.market, value) + value.endswith("_max")
                rows[index][field] = value
        is_mixed = rng.random(len(rows)) < 0.01  # each number valid, together perhaps not
        for field, top in (("order_type", 2), ("tif", 3), ("flags", 4)):
            rows[field] = np.where(is_mixed, rng.integers(0, top, len(rows)), rows[field])
