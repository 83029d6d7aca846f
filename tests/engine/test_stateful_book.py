"""Both books under hypothesis: few prices, wallets and ids, so that everything meets everything.

A failing example is shrunk to a few commands and printed as a program.
"""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from book_market import PAGE_TICKS, Market
from book_pair import Pair
from hkperp_engine.codes import (
    Command,
    ContractState,
    KillScope,
    OrderFlag,
    OrderType,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import COMMAND
from hkperp_engine.rules import BookRules, ContractRules

#: Alice with two wallets, bob, and the affiliate with two; one wallet number too many at the end.
OWNER_OF = [0, 0, 1, 2, 2]
CLASS_OF = [0, 0, 0, 1, 1]
#: One price in a hundred may be traded away from what it was ten seconds ago.
RULES = ContractRules(volatility_ppb=500_000, lookback_ns=10**9, pause_ns=10**9)
MARKET = Market(
    2, 2 * PAGE_TICKS, 9, len(OWNER_OF), OWNER_OF, CLASS_OF, [ContractRules(), RULES], BookRules(2)
)

#: Two neighbouring pages of the ladder meet between these prices.
PRICES = st.sampled_from([*range(PAGE_TICKS - 3, PAGE_TICKS + 3), 1, 2, 2 * PAGE_TICKS])
IDS = st.integers(1, 12)
LOTS = st.integers(1, 9)
WALLETS = st.integers(0, len(OWNER_OF) - 1)
CONTRACTS = st.sampled_from([0, 0, 0, 1])

#: Types, times in force and flags that go together, with what `target` and `amount` may be.
LIMIT, MARKET_TYPE = OrderType.LIMIT, OrderType.MARKET
PLAIN = [(LIMIT, 0, flags) for flags in range(4)]
PLAIN += [(LIMIT, 1, 0), (LIMIT, 2, 0), (MARKET_TYPE, 1, 2), (MARKET_TYPE, 2, 0)]
RARE = [
    (LIMIT, TimeInForce.GTC, OrderFlag.HIDDEN),
    (LIMIT, TimeInForce.GTC, OrderFlag.POST_ONLY | OrderFlag.SLIDE),
    (LIMIT, TimeInForce.GTC, OrderFlag.LINKED),
    (LIMIT, TimeInForce.GTD, 0),
    (MARKET_TYPE, TimeInForce.IOC, OrderFlag.BY_NOTIONAL),
]
CONDITIONAL = [
    (kind + 8 * source, tif, flags)
    for kind in OrderType
    if kind >= OrderType.STOP_MARKET
    for source in (TriggerSource.LAST, TriggerSource.MARK)
    for tif in (TimeInForce.GTC, TimeInForce.GTD)
    for flags in (0, OrderFlag.LINKED)
    if not (flags and tif)
]


class Books(RuleBasedStateMachine):
    """One order book of each kind, the fast one beginning with as little memory as it can."""

    @initialize(orders=st.integers(1, 3), ring=st.integers(2, 5))
    def open(self, orders: int, ring: int) -> None:
        self.pair = Pair(MARKET, (orders, 1, ring), "hypothesis")
        self.now_ns = 0

    def send(self, **fields: int) -> None:
        command = np.zeros(1, COMMAND)
        command["time_ns"] = self.now_ns
        for name, value in fields.items():
            command[name] = value
        self.pair.run(command)
        self.pair.compare_books()

    @rule(
        where=st.tuples(CONTRACTS, WALLETS, st.sampled_from(Side)),
        order_id=IDS,
        price_ticks=PRICES,
        lots=LOTS,
        waits=st.sampled_from(PLAIN),
        stp=st.integers(0, 3),
    )
    def new_order(
        self,
        where: tuple[int, int, Side],
        order_id: int,
        price_ticks: int,
        lots: int,
        waits: tuple[int, int, int],
        stp: int,
    ) -> None:
        contract, wallet, side = where
        order_type, tif, flags = waits
        self.send(
            kind=Command.NEW_ORDER,
            contract=contract,
            wallet=wallet,
            side=side,
            order_id=order_id,
            price_ticks=price_ticks,
            lots=lots,
            stp=stp,
            order_type=order_type,
            tif=tif,
            flags=flags,
        )

    @rule(
        where=st.tuples(CONTRACTS, WALLETS, st.sampled_from(Side), IDS),
        waits=st.sampled_from(RARE * 4 + CONDITIONAL),
        price_ticks=PRICES,
        trigger=PRICES | st.integers(0, 3),
        lots=LOTS,
        amount=IDS,
    )
    def rare_order(
        self,
        where: tuple[int, int, Side, int],
        waits: tuple[int, int, int],
        price_ticks: int,
        trigger: int,
        lots: int,
        amount: int,
    ) -> None:
        """Icebergs, hidden, linked, timed, by notional, and everything that waits for a price."""
        contract, wallet, side, order_id = where
        order_type, tif, flags = waits
        if tif == TimeInForce.GTD:
            amount += self.now_ns
        if flags & OrderFlag.BY_NOTIONAL:
            lots, amount = 0, lots * price_ticks + amount
        if order_type & 7 >= OrderType.TRAILING_TICKS:
            price_ticks = lots
        elif order_type & 7 in (LIMIT, MARKET_TYPE):
            trigger = min(trigger, lots) if not tif and not flags else 0
        self.send(
            kind=Command.NEW_ORDER,
            contract=contract,
            wallet=wallet,
            side=side,
            order_id=order_id,
            price_ticks=price_ticks,
            lots=lots,
            order_type=order_type,
            tif=tif,
            flags=flags,
            target=trigger,
            amount=amount,
        )

    @rule(ns=st.sampled_from([1, 3, 10**8, 10**9]))
    def wait(self, ns: int) -> None:
        self.now_ns += ns
        self.send(kind=Command.ADVANCE)

    @rule(contract=CONTRACTS, price_ticks=PRICES, source=st.sampled_from([1, 1, 2]))
    def reference_price(self, contract: int, price_ticks: int, source: int) -> None:
        self.send(
            kind=Command.REFERENCE_PRICE, contract=contract, price_ticks=price_ticks, target=source
        )

    @rule(contract=CONTRACTS, state=st.sampled_from([0, 0, 0, 0, *range(1, 7)]))
    def contract_state(self, contract: int, state: int) -> None:
        """All but settled; closed seldom, since nothing happens afterwards."""
        if state != ContractState.CLOSED:
            self.send(kind=Command.CONTRACT_STATE, contract=contract, side=state)

    @rule(
        where=st.tuples(CONTRACTS, WALLETS, st.sampled_from([101, 103])),
        bid=st.tuples(PRICES, st.integers(0, 9)),
        ask=st.tuples(PRICES, st.integers(0, 9)),
    )
    def mass_quote(
        self, where: tuple[int, int, int], bid: tuple[int, int], ask: tuple[int, int]
    ) -> None:
        contract, wallet, order_id = where
        self.send(
            kind=Command.MASS_QUOTE,
            contract=contract,
            wallet=wallet,
            order_id=order_id,
            price_ticks=bid[0],
            lots=bid[1],
            amount=ask[0],
            target=ask[1],
        )

    @rule(where=st.tuples(CONTRACTS, WALLETS), limits=st.tuples(*[st.integers(0, 9)] * 3))
    def set_protection(self, where: tuple[int, int], limits: tuple[int, int, int]) -> None:
        lots, net_lots, trades = limits
        self.send(
            kind=Command.SET_PROTECTION,
            contract=where[0],
            wallet=where[1],
            amount=5,
            lots=lots,
            price_ticks=net_lots,
            target=trades + 1,
        )

    @rule(
        kind=st.sampled_from(
            [
                Command.RESET_PROTECTION,
                Command.MASS_CANCEL,
                Command.SET_COUNTDOWN,
                Command.SET_SESSION,
                Command.SUSPEND_AFMM,
                Command.KILL_SWITCH,
            ]
        ),
        where=st.tuples(CONTRACTS, WALLETS),
        side=st.integers(0, 2),
        amount=st.integers(0, 3),
    )
    def wide(self, kind: Command, where: tuple[int, int], side: int, amount: int) -> None:
        """What concerns all orders of somebody; markets that a kill switch halts open again."""
        scope = amount if kind == Command.KILL_SWITCH else 0
        self.send(
            kind=kind,
            contract=where[0],
            wallet=where[1],
            side=side,
            amount=amount,
            target=scope,
        )
        if scope in (KillScope.CONTRACT, KillScope.VENUE):
            for contract in range(2):
                self.send(kind=Command.CONTRACT_STATE, contract=contract)

    @rule(order_id=IDS, wallet=WALLETS)
    def cancel(self, order_id: int, wallet: int) -> None:
        self.send(kind=Command.CANCEL, order_id=order_id, wallet=wallet)

    @precondition(lambda self: self.pair.slow.orders(0, 0) or self.pair.slow.orders(0, 1))
    @rule(choice=st.integers(0, 99))
    def cancel_resting(self, choice: int) -> None:
        orders = self.pair.slow.orders(0, 0) + self.pair.slow.orders(0, 1)
        order = orders[choice % len(orders)]
        self.send(kind=Command.CANCEL, order_id=order.order_id, wallet=order.wallet)

    @precondition(lambda self: self.pair.slow.orders(0, 0) or self.pair.slow.orders(0, 1))
    @rule(
        choice=st.integers(0, 99),
        price_ticks=st.none() | PRICES,
        lots=LOTS,
        flags=st.integers(0, 1),
    )
    def amend_resting(self, choice: int, price_ticks: int | None, lots: int, flags: int) -> None:
        orders = self.pair.slow.orders(0, 0) + self.pair.slow.orders(0, 1)
        order = orders[choice % len(orders)]
        self.send(
            kind=Command.AMEND,
            order_id=order.order_id,
            wallet=order.wallet,
            price_ticks=price_ticks or order.price_ticks,
            lots=lots,
            flags=flags,
        )

    @rule(
        values=st.fixed_dictionaries(
            {
                name: st.integers(-2, 5)
                for name in "kind contract side order_type tif flags stp wallet".split()
            }
        ),
        amounts=st.fixed_dictionaries(
            {name: st.integers(-1, 13) for name in ("order_id", "price_ticks", "lots")}
        ),
    )
    def malformed(self, values: dict[str, int], amounts: dict[str, int]) -> None:
        self.send(**values, **amounts)


TestBooks = Books.TestCase
TestBooks.settings = settings(
    max_examples=10 if BUILD == "python" else 100, stateful_step_count=40
)
