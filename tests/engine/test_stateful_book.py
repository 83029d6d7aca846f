"""Both books under hypothesis: few prices, wallets and ids, so that everything meets everything.

A failing example is shrunk to a few commands and printed as a program.
"""

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from book_flow import PAGE_TICKS, Market
from book_pair import Pair
from hkperp_engine.codes import Command, Side
from hkperp_engine.layout import COMMAND

#: Alice with two wallets, bob, and the affiliate with two; one wallet number too many at the end.
OWNER_OF = [0, 0, 1, 2, 2]
CLASS_OF = [0, 0, 0, 1, 1]
MARKET = Market(2, 2 * PAGE_TICKS, 9, len(OWNER_OF), OWNER_OF, CLASS_OF)

#: Two neighbouring pages of the ladder meet between these prices.
PRICES = st.sampled_from([*range(PAGE_TICKS - 3, PAGE_TICKS + 3), 1, 2, 2 * PAGE_TICKS])
IDS = st.integers(1, 12)
LOTS = st.integers(1, 9)
WALLETS = st.integers(0, len(OWNER_OF) - 1)
CONTRACTS = st.sampled_from([0, 0, 0, 1])


class Books(RuleBasedStateMachine):
    """One order book of each kind, the fast one beginning with as little memory as it can."""

    @initialize(orders=st.integers(1, 3), ring=st.integers(2, 5))
    def open(self, orders: int, ring: int) -> None:
        self.pair = Pair(MARKET, (orders, 1, ring), "hypothesis")

    def send(self, **fields: int) -> None:
        command = np.zeros(1, COMMAND)
        for name, value in fields.items():
            command[name] = value
        self.pair.run(command)
        self.pair.compare_books()

    @rule(
        where=st.tuples(CONTRACTS, WALLETS, st.sampled_from(Side)),
        order_id=IDS,
        price_ticks=PRICES,
        lots=LOTS,
        # type, time in force, flags: resting orders of all flags, then IOC and FOK of both types
        waits=st.sampled_from(
            [*((0, 0, flags) for flags in range(4)), (0, 1, 0), (0, 2, 0), (1, 1, 2), (1, 2, 0)]
        ),
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
    @rule(choice=st.integers(0, 99), price_ticks=st.none() | PRICES, lots=LOTS)
    def amend_resting(self, choice: int, price_ticks: int | None, lots: int) -> None:
        orders = self.pair.slow.orders(0, 0) + self.pair.slow.orders(0, 1)
        order = orders[choice % len(orders)]
        self.send(
            kind=Command.AMEND,
            order_id=order.order_id,
            wallet=order.wallet,
            price_ticks=price_ticks or order.price_ticks,
            lots=lots,
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
TestBooks.settings = settings(max_examples=100, stateful_step_count=40)
