"""Who sends orders: crowds, market makers, arbitrageurs; one object each, asked step by step.

An agent sees the price path and what it has sent itself, never the venue's state: so the stream
of commands is the same under every rule pack, and a cancel may come too late and be refused.
"""

import numpy as np

from hkperp.replay.draws import Draws
from hkperp.replay.population import Members, band_lots, members, wallet_of
from hkperp.replay.timeline import command_rows, joined
from hkperp.scenario.actors import Arbitrageur, Flow, MarketMaker
from hkperp.scenario.settings import lots_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, OrderFlag, OrderType, SelfTrade, Side, TimeInForce
from hkperp_engine.layout import COMMAND
from hkperp_engine.units import NS_PER_MS, PPB

__all__ = ["ORDER_ID_FIRST", "Crowd", "OrderIds", "Quoter", "Sweeper"]

#: Ids below are the timeline's.
ORDER_ID_FIRST = 1_000_000
_MINUTE_MS = 60_000
_STREAM_FLOW = 4
#: Rates of a flow; the new orders among them in the order of `Crowd._orders`.
_ORDER_RATES = ("limit_orders", "post_only_orders", "market_orders", "ioc_orders", "fok_orders")
_RATES = (*_ORDER_RATES, "amends", "reductions")

#: An order that a crowd believes to be resting. `due`: step in which it is cancelled.
RESTING = np.dtype(
    [
        ("order_id", "<i8"),
        ("price_ticks", "<i8"),
        ("lots", "<i8"),
        ("wallet", "<i8"),
        ("side", "<i8"),
        ("due", "<i8"),
    ]
)


class OrderIds:
    """Hands out order ids, each once."""

    def __init__(self) -> None:
        self._next = ORDER_ID_FIRST

    def take(self, count: int) -> np.ndarray:
        """Return the next `count` ids."""
        self._next += count
        return np.arange(self._next - count, self._next, dtype=np.int64)


class Quoter:
    """An affiliated market maker: bids and asks on `levels` prices around the path."""

    def __init__(self, scenario: Scenario, maker: MarketMaker, ids: OrderIds) -> None:
        names = [each.name for each in scenario.contracts]
        self.contract = names.index(maker.contract)
        self._maker = maker
        self._ids = ids
        self._wallet = wallet_of(scenario, maker.participant)
        self._lots = lots_of(scenario.contracts[self.contract], maker.size)
        self._live = np.zeros(0, np.int64)

    def withdraw(self, time_ns: int) -> np.ndarray:
        """Return the cancels of all its quotes."""
        rows = command_rows(time_ns, Command.CANCEL, self._live.size)
        rows["contract"], rows["wallet"] = self.contract, self._wallet
        rows["order_id"] = self._live
        return rows

    def quote(self, time_ns: int, path_ticks: int) -> np.ndarray:
        """Return new quotes, best first, bids and asks in turn."""
        levels = np.arange(self._maker.levels, dtype=np.int64)
        distance = self._maker.first + levels * self._maker.spacing
        away = np.maximum(1, path_ticks * distance // PPB)
        rows = command_rows(time_ns, Command.NEW_ORDER, 2 * levels.size)
        rows["contract"], rows["wallet"] = self.contract, self._wallet
        rows["side"][1::2] = Side.SELL
        rows["price_ticks"][0::2] = np.maximum(1, path_ticks - away)
        rows["price_ticks"][1::2] = path_ticks + away
        rows["lots"] = self._lots
        rows["flags"] = OrderFlag.POST_ONLY if self._maker.post_only else 0
        rows["stp"] = SelfTrade.CANCEL_OLDEST
        rows["order_id"] = self._live = self._ids.take(rows.size)
        return rows


class Sweeper:
    """An arbitrageur: takes what rests beyond its distance on the wrong side of the path."""

    def __init__(self, scenario: Scenario, trader: Arbitrageur, ids: OrderIds) -> None:
        names = [each.name for each in scenario.contracts]
        self.contract = names.index(trader.contract)
        self._distance = int(trader.distance)
        self._ids = ids
        self._wallet = wallet_of(scenario, trader.participant)
        self._lots = lots_of(scenario.contracts[self.contract], trader.size)

    def sweep(self, time_ns: int, path_ticks: int) -> np.ndarray:
        """Return one IOC order on each side."""
        away = path_ticks * self._distance // PPB
        rows = command_rows(time_ns, Command.NEW_ORDER, 2)
        rows["contract"], rows["wallet"] = self.contract, self._wallet
        rows["side"] = Side.BUY, Side.SELL
        rows["price_ticks"] = max(1, path_ticks - away), path_ticks + away
        rows["lots"], rows["tif"] = self._lots, TimeInForce.IOC
        rows["order_id"] = self._ids.take(2)
        return rows


class Crowd:
    """A flow of a population: how much of each kind is exact, who and at what price is drawn."""

    def __init__(self, scenario: Scenario, flow_index: int, ids: OrderIds) -> None:
        self._flow: Flow = scenario.flows[flow_index]
        names = [each.name for each in scenario.contracts]
        self.contract = names.index(self._flow.contract)
        self._record = scenario.contracts[self.contract]
        populations = [each.name for each in scenario.populations]
        self._members: Members = members(scenario, populations.index(self._flow.population))
        self._holders = np.flatnonzero(self._members.lots)
        self._ids = ids
        self._draws = Draws(self._flow.seed, _STREAM_FLOW)
        self._resting = np.zeros(0, RESTING)
        # What is left of a rate after whole commands, in commands times 100 * 60,000.
        self._owed: dict[str, int] = {}

    def commands(self, step: int, start_ns: int, end_ns: int, path_ticks: int) -> np.ndarray:
        """Return the commands from one step to the next, by time."""
        span_ms = (end_ns - start_ns) // NS_PER_MS
        factor, sell_share = self._phase(start_ns)
        counts = {name: self._due(name, span_ms, factor) for name in _RATES}
        self._forget(path_ticks)
        parts = [self._cancels(step), self._amends(counts.pop("amends"), path_ticks)]
        parts.append(self._reductions(counts.pop("reductions"), path_ticks))
        parts.append(self._orders(counts, step, path_ticks, sell_share))
        rows = joined(parts)
        rows["contract"] = self.contract
        offsets = np.sort(self._draws.below(max(1, span_ms), rows.size))
        order = np.argsort(self._draws.below(1 << 32, rows.size), kind="stable")
        rows = rows[order]
        rows["time_ns"] = start_ns + offsets * NS_PER_MS
        return rows

    def _phase(self, time_ns: int) -> tuple[int, int]:
        """Factor in hundredths and share of sells in ppb at a time."""
        for phase in self._flow.phases:
            if phase.from_ <= time_ns < phase.until:
                return int(phase.factor), int(phase.sell_share)
        return 100, int(self._flow.sell_share)

    def _due(self, name: str, span_ms: int, factor: int) -> int:
        """Commands of a kind in a span: fractions are carried to the next."""
        owed = self._owed.get(name, 0) + int(getattr(self._flow, name)) * factor * span_ms
        count, self._owed[name] = divmod(owed, 100 * _MINUTE_MS)
        return count

    def _forget(self, path_ticks: int) -> None:
        """Drop orders that the path has gone through: they have surely traded."""
        away = path_ticks * self._flow.crossing // PPB
        price, is_buy = self._resting["price_ticks"], self._resting["side"] == Side.BUY
        is_through = np.where(is_buy, price >= path_ticks + away, price <= path_ticks - away)
        self._resting = self._resting[~is_through]

    def _cancels(self, step: int) -> np.ndarray:
        is_due = self._resting["due"] <= step
        due, self._resting = self._resting[is_due], self._resting[~is_due]
        rows = command_rows(0, Command.CANCEL, due.size)
        rows["wallet"], rows["order_id"] = due["wallet"], due["order_id"]
        return rows

    def _amends(self, count: int, path_ticks: int) -> np.ndarray:
        """Half of them only make an order smaller, the others give it a new price."""
        if not count or not self._resting.size:
            return np.zeros(0, COMMAND)
        chosen = self._draws.below(self._resting.size, count)
        old = self._resting[chosen]
        rows = command_rows(0, Command.AMEND, count)
        rows["wallet"], rows["order_id"] = old["wallet"], old["order_id"]
        rows["lots"] = self._draws.between(np.ones(count, np.int64), old["lots"])
        moved = self._priced(old["side"], path_ticks)
        is_moved = self._draws.below(2, count) == 1
        rows["price_ticks"] = np.where(is_moved, moved, old["price_ticks"])
        self._resting["price_ticks"][chosen] = rows["price_ticks"]
        self._resting["lots"][chosen] = rows["lots"]
        return rows

    def _new(self, count: int, sell_share: int) -> np.ndarray:
        """New orders of random members: who, which side, how much, self-trade mode."""
        rows = command_rows(0, Command.NEW_ORDER, count)
        size = int(self._members.lots.size)
        rows["wallet"] = self._members.first + self._draws.below(size, count)
        rows["side"] = np.where(self._draws.below(PPB, count) < sell_share, Side.SELL, Side.BUY)
        rows["lots"] = band_lots(self._draws, self._flow.sizes, self._record, count)
        rows["stp"] = self._draws.below(len(SelfTrade), count)
        rows["order_id"] = self._ids.take(count)
        return rows

    def _priced(self, sides: np.ndarray, path_ticks: int) -> np.ndarray:
        """Passive prices up to `distance_max` from the path, mostly near it."""
        reach = max(1, path_ticks * self._flow.distance_max // PPB)
        unit = self._draws.below(1 << 31, sides.size)
        # The square of an even draw crowds towards 0: near the path there is more.
        away = 1 + (reach * ((unit * unit) >> 31) >> 31)
        return np.maximum(1, np.where(sides == Side.BUY, path_ticks - away, path_ticks + away))

    def _orders(
        self, counts: dict[str, int], step: int, path_ticks: int, sell_share: int
    ) -> np.ndarray:
        """New orders: passive ones first, then those that take, as many of each as `counts`."""
        ends = np.cumsum(list(counts.values())).tolist()
        _, passive, market, ioc, fok = ends
        rows = self._new(fok, sell_share)
        if not fok:
            return rows
        rows["price_ticks"][:passive] = self._priced(rows["side"][:passive], path_ticks)
        rows["price_ticks"][market:] = self._crossing(rows["side"][market:], path_ticks)
        rows["flags"][ends[0] : passive] = OrderFlag.POST_ONLY
        rows["order_type"][passive:market] = OrderType.MARKET
        rows["tif"][passive:ioc] = TimeInForce.IOC
        rows["tif"][ioc:] = TimeInForce.FOK
        self._remember(rows[:passive], step)
        return rows

    def _remember(self, rows: np.ndarray, step: int) -> None:
        """Note orders that will rest, and draw when they are cancelled."""
        resting = np.zeros(rows.size, RESTING)
        for field in ("order_id", "price_ticks", "lots", "wallet", "side"):
            resting[field] = rows[field]
        shortest = self._flow.lifetime_min
        spread = self._flow.lifetime_max - shortest + 1
        resting["due"] = step + shortest + self._draws.below(spread, rows.size)
        self._resting = joined([self._resting, resting])

    def _crossing(self, sides: np.ndarray, path_ticks: int) -> np.ndarray:
        away = max(1, path_ticks * self._flow.crossing // PPB)
        return np.where(sides == Side.BUY, path_ticks + away, max(1, path_ticks - away))

    def _reductions(self, count: int, path_ticks: int) -> np.ndarray:
        """Reduce-only orders of holders against what they opened with."""
        if not count:
            return np.zeros(0, COMMAND)
        rows = self._new(count, 0)
        who = self._holders[self._draws.below(int(self._holders.size), count)]
        lots = self._members.lots[who]
        rows["wallet"] = self._members.first + who
        rows["side"] = np.where(lots > 0, Side.SELL, Side.BUY)
        rows["lots"] = self._draws.between(np.ones(count, np.int64), np.abs(lots))
        rows["flags"], rows["tif"] = OrderFlag.REDUCE_ONLY, TimeInForce.IOC
        rows["price_ticks"] = self._crossing(rows["side"], path_ticks)
        return rows
