"""Seeded random commands for the book: what clients do, and what nobody should.

A flow is closed: each batch is drawn with sight of the orders that are live after the last one, so
that most cancellations and amendments find their order. All draws come from the seed; whoever
has the seed and the number of a command can make it again.

Each seed draws a market of its own (`book_market`). Prices stand around a fair price that walks
and, now and then, jumps; a few stand at the ends of the range. Seven commands in ten are plain
orders, cancellations and amendments, the others are drawn by `book_features`. A few in a hundred
are broken, some of them in two places, so that the order of the refusals shows as well. Fields
that a kind of command does not use hold noise.
"""

import random

import numpy as np

from book_features import Features
from book_market import DAY_NS, PAGE_TICKS, draw_habits, draw_market, draw_rules
from book_orders import Plain
from book_seen import LIVE, Seen
from hkperp_engine.codes import AmendFlag, Command, OrderFlag, OrderType, Side, TimeInForce
from hkperp_engine.layout import COMMAND

INT64 = np.iinfo(np.int64)
ORDER_ID_MAX = 2**62
TIME_MAX = 2**62
AMENDED_LOTS_MAX = 3_000

#: When every flow begins: 00:26:40 UTC on 14 November 2023 and a bit, ns since the epoch.
START_NS = 1_699_921_600_000_000_123

#: What can be wrong with a field.
#: `contracts`, `wallets` and so on stand for the first value past the market's own bound.
BROKEN = {
    "kind": (-128, -1, 0, 9, 10, 13, 20, 24, 29, 31, 127),
    "contract": (-32_768, -1, "contracts", 32_767),
    "wallet": (-(2**31), -1, "wallets", 2**31 - 1),
    "side": (-128, -1, 2, 8, 127),
    "order_type": (-128, -1, 8, 25, 127),
    "tif": (-128, -1, 5, 127),
    "flags": (-128, -1, 16, 127),
    "stp": (-128, -1, 4, 127),
    "order_id": (INT64.min, -1, 0, ORDER_ID_MAX + 1, INT64.max),
    "price_ticks": (INT64.min, -(2**31), -1, 0, "price_ticks_max", 2**32 + 5, INT64.max),
    "lots": (INT64.min, -(2**31), -1, 0, "lots_max", 2**32 + 1, INT64.max),
    "amount": (INT64.min, -1, 0, 1, 2**61 + 1, 2**62 + 1, INT64.max),
    "target": (-(2**31), -1, 0, 2**31 - 1),
    "time_ns": (INT64.min, -1, 0, TIME_MAX + 1, INT64.max),
}


class Flow:
    """The commands of one seed, a batch at a time."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = np.random.default_rng(seed)
        market = draw_market(rng)
        self.habits = draw_habits(rng, market)
        self.market = draw_rules(rng, market, self.habits)
        self.features = Features(random.Random(seed), self.market, self.habits)
        self.fair = np.array(self.habits.home)
        self.ids = 0
        self.now_ns = START_NS

    def batch(self, count: int, seen: Seen) -> np.ndarray:
        """The next `count` commands; `seen` is what the book holds now."""
        rng, market = self.rng, self.market
        rows = np.zeros(count, COMMAND)
        rows["time_ns"] = self._times(count)
        for field in ("amount", "tag"):  # of a plain order nobody may look at these
            rows[field] = rng.integers(INT64.min, INT64.max, count, endpoint=True)
        rows["kind"] = Command.NEW_ORDER
        rows["contract"] = self._contracts(count)
        rows["wallet"] = rng.integers(0, market.wallets, count)
        rows["side"] = rng.integers(0, 2, count)
        rows["stp"] = rng.integers(0, 4, count)
        rows["order_id"] = self._order_ids(count)
        self._waiting(rows)
        fair = self._fair_prices(rows)
        rows["price_ticks"] = self._prices(rows, fair)
        rows["lots"] = self._lots(rows)
        chosen = self.features.choose(rng.random(count))
        self._follow_ups(rows, seen.live, chosen < 0)
        self._special(rows, fair, seen, chosen)
        times = rows["time_ns"].copy()
        self._break(rows)
        self._keep_time(rows)
        for index, command in self.features.due(count):  # what reopens a market is never broken
            rows[index] = (int(times[index]), *command[1:])
        return rows

    def _times(self, count: int) -> np.ndarray:
        """Nanoseconds that stand still or pass; now and then a while, or most of a day."""
        rng, step_ns = self.rng, self.habits.step_ns
        steps = rng.integers(0, 2 * step_ns + 1, count) * (rng.random(count) < 0.7)
        steps = steps + (rng.random(count) < 0.01) * rng.integers(0, 100 * step_ns, count)
        steps = steps + (rng.random(count) < 0.0003) * rng.integers(0, DAY_NS, count)
        times = self.now_ns + np.cumsum(steps - steps % self.habits.grain_ns)
        self.now_ns = int(times[-1])
        return times

    def _keep_time(self, rows: np.ndarray) -> None:
        """A broken time is one that no book takes: before its predecessor, or too late."""
        times = rows["time_ns"]
        is_broken = (times < START_NS) | (times > TIME_MAX)
        back = is_broken & (times == -1)  # one nanosecond, the smallest step
        before = np.maximum.accumulate(np.where(is_broken, START_NS, times))
        rows["time_ns"] = np.where(back, before - 1, times)

    def _contracts(self, count: int) -> np.ndarray:
        """Contracts evenly; those that are closed for ever only now and then."""
        contracts = self.rng.integers(0, self.market.contracts, count)
        is_dead = np.isin(contracts, self.features.dead) & (self.rng.random(count) < 0.97)
        return np.where(is_dead, 0, contracts)  # the first never closes

    def _order_ids(self, count: int) -> np.ndarray:
        """Mostly new ids, evenly or wildly spaced; some from a small pool, so used again."""
        numbers = np.arange(self.ids, self.ids + count, dtype=np.uint64)
        self.ids += count
        step, mask = np.uint64(self.habits.id_step), np.uint64(ORDER_ID_MAX - 1)
        ids = ((numbers * step) & mask).astype(np.int64) + 1
        draw = self.rng.random(count)
        ids = np.where(draw < 0.04, self.rng.integers(1, 64, count), ids)
        return np.where(draw < 0.002, ORDER_ID_MAX, ids)

    def _waiting(self, rows: np.ndarray) -> None:
        """Type, time in force and flags: mostly plain resting orders, all kinds that are valid."""
        rng, count = self.rng, len(rows)
        draw = rng.random(count)
        rows["tif"] = np.select(
            [draw < 0.72, draw < 0.88], [TimeInForce.GTC, TimeInForce.IOC], TimeInForce.FOK
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
        self.fair = np.where(is_back, self.habits.home, self.fair)
        return fair

    def _prices(self, rows: np.ndarray, fair: np.ndarray) -> np.ndarray:
        """Limits around fair, many deep in the book, takers through it; a few at the edges."""
        rng, count, top = self.rng, len(rows), self.market.price_ticks_max
        offset = rng.geometric(1 / self.habits.width_ticks, count) - 1
        is_taking = (rows["tif"] != TimeInForce.GTC) & (rng.random(count) < 0.85)
        is_taking |= rng.random(count) < 0.25
        is_deep = ~is_taking & (rng.random(count) < self.habits.deep_share)
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

    def _follow_ups(self, rows: np.ndarray, live: np.ndarray, is_plain: np.ndarray) -> None:
        """Turn part of the plain rows into cancellations and amendments of orders already sent."""
        rng, count = self.rng, len(rows)
        draw = np.where(is_plain, rng.random(count), 1)
        cancels = 0.40 if len(live) > self.habits.live_target else self.habits.cancel_share
        is_cancel = draw < cancels
        is_amend = ~is_cancel & (draw < cancels + 0.18)
        is_either = is_cancel | is_amend
        aimed = self._aim(rows, live)
        is_stray = rng.random(count) < 0.04  # somebody else's order, or the wrong contract
        for field in ("contract", "order_id", "wallet"):
            taken = is_either & ~(is_stray & (rng.random(count) < 0.5))
            rows[field] = np.where(taken, aimed[field], rows[field])
        keeps_price = is_amend & (rng.random(count) < 0.5)
        rows["price_ticks"] = np.where(keeps_price, aimed["price_ticks"], rows["price_ticks"])
        lots = np.clip(aimed["lots"] + rng.integers(-3, 2, count), 1, self.market.lots_max)
        # No more than so many: an iceberg of 2^31 lots that shows one would refresh for an hour.
        others = np.minimum(rows["lots"], AMENDED_LOTS_MAX)
        amended = np.where(rng.random(count) < 0.8, lots, others)
        rows["lots"] = np.where(is_amend, amended, rows["lots"])
        rows["kind"] = np.select([is_cancel, is_amend], [Command.CANCEL, Command.AMEND], 1)
        for field in ("side", "order_type", "tif", "flags", "stp"):  # an amendment has none
            noise = rng.integers(-128, 128, count)
            rows[field] = np.where(is_either, noise, rows[field])
        is_total = is_amend & (rng.random(count) < 0.25)
        rows["flags"] &= np.where(is_amend & ~is_total, ~AmendFlag.TOTAL, -1).astype(np.int8)
        rows["flags"] |= np.where(is_total, AmendFlag.TOTAL, 0).astype(np.int8)
        rows["lots"] += np.where(is_total, aimed["traded"], 0)
        moved = aimed["trigger"] + rng.integers(-3, 4, count)
        moved = np.clip(moved, 1, self.market.price_ticks_max)
        is_moved = is_amend & (rng.random(count) < 0.5)
        rows["target"] = np.where(is_moved, moved, 0)

    def _aim(self, rows: np.ndarray, live: np.ndarray) -> dict[str, np.ndarray]:
        """Mostly a live order; else one sent a moment ago, which may be gone."""
        rng, count = self.rng, len(rows)
        before = np.maximum(np.arange(count) - rng.geometric(0.1, count), 0)
        aimed = {field: np.zeros(count, np.int64) for field in LIVE}
        for field in set(LIVE) & set(COMMAND.names):
            aimed[field] = rows[field][before].astype(np.int64)
        if len(live):
            chosen = live[rng.integers(0, len(live), count)]
            is_seen = rng.random(count) < 0.85
            for column, field in enumerate(LIVE):
                aimed[field] = np.where(is_seen, chosen[:, column], aimed[field])
        return aimed

    def _special(self, rows: np.ndarray, fair: np.ndarray, seen: Seen, chosen: np.ndarray) -> None:
        """Turn the chosen rows into what `book_features` draws."""
        for index in np.flatnonzero(chosen >= 0).tolist():
            row = rows[index]
            plain = Plain(
                *(int(row[name]) for name in "time_ns contract wallet order_id lots".split()),
                side=int(row["side"]),
                fair_ticks=int(fair[index]),
                index=index,
            )
            row["flags"], row["order_type"] = 0, OrderType.LIMIT
            for name, value in self.features.draw(int(chosen[index]), plain, seen).items():
                row[name] = value

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
        is_mixed &= (rows["kind"] == Command.NEW_ORDER) & (rows["target"] == 0)
        for field, top in (("order_type", 24), ("tif", 5), ("flags", 128)):
            rows[field] = np.where(is_mixed, rng.integers(0, top, len(rows)), rows[field])
