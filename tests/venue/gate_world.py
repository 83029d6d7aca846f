"""A compiled machine of two contracts and six accounts for the tests of the gate.

One tick is one ledger unit a lot; every wallet begins with 10,000 and the marks at 100.
"""

import msgspec
import numpy as np

from hkperp.edge.machine_memory import Machine
from hkperp.state import ACCOUNT
from hkperp_engine.codes import AFMM_DOCUMENTS, Event, InvestorClass, Reject
from hkperp_engine.codes import Command as Kind
from hkperp_engine.layout import COMMAND
from reference.rows import Command
from vectors import FOREVER, SOUND, START_NS, contract, venue

TERMS = contract(1, (0, 100_000, 50_000))
IND, AFMM = int(InvestorClass.IND_PI), int(InvestorClass.AFMM)
ALL_FLAGS = int(SOUND | AFMM_DOCUMENTS)

#: Wallets of the accounts below: A has an isolated wallet in contract 0 and one in contract 1.
A, A0, A1, B, C, AFFILIATE = range(16, 22)
ACCOUNTS = (
    (IND, SOUND, FOREVER, 1, -1, 0),
    (IND, SOUND, FOREVER, 1, 0, 0),
    (IND, SOUND, FOREVER, 1, 1, 0),
    (IND, SOUND, FOREVER, 2, -1, 0),
    (IND, SOUND, FOREVER, 3, -1, 0),
    (AFMM, ALL_FLAGS, FOREVER, 4, -1, 0),
)


class World:
    """A machine of two contracts with a mark of 100; what is sent, and what it says."""

    def __init__(self, *terms, **house):
        """`terms`: fields of contract 0; `house`: fields of the house."""
        first = msgspec.structs.replace(TERMS, **(terms[0] if terms else {}))
        second = msgspec.structs.replace(TERMS, name="ETH")
        config = venue(first)
        rules = msgspec.structs.replace(config.house, **house)
        config = msgspec.structs.replace(config, contracts=(first, second), house=rules)
        self.machine = Machine(config, np.array(list(ACCOUNTS), ACCOUNT))
        self.now_ns, self.order_id = START_NS, 0
        for wallet in range(A, AFFILIATE + 1):
            self.send(Kind.DEPOSIT, wallet=wallet, amount=10_000)
        self.mark(100)

    def send(self, kind, **fields):
        """Send a command; return (its refusal or NONE, all events)."""
        self.now_ns = fields.pop("time_ns", self.now_ns)
        row = Command(kind=int(kind), time_ns=self.now_ns, **fields)
        events = self.machine.apply_batch(np.array([tuple(row)], COMMAND))
        refused = events["code"][events["kind"] == Event.REFUSED]
        return Reject(int(refused[0])) if len(refused) else Reject.NONE, events

    def mark(self, ticks):
        """All sources of both contracts show a price, then a mark step; its events."""
        for number in range(2):
            for source in range(3):
                fields = {"contract": number, "target": source, "price_ticks": ticks}
                self.send(Kind.SOURCE_PRICE, **fields)
        return self.send(Kind.TICK)[1]

    def order(self, wallet, side, lots, price, number=0, **more):
        """Send a limit order; return its refusal or NONE."""
        self.order_id += 1
        fields = {"wallet": wallet, "side": int(side), "lots": lots, "price_ticks": price}
        return self.send(
            Kind.NEW_ORDER, order_id=self.order_id, contract=number, **fields, **more
        )[0]

    def opening(self, long, short, lots, number=0):
        """Book an opening trade at 100; return (its refusal or NONE, events)."""
        fields = {"wallet": long, "target": short, "lots": lots, "price_ticks": 100}
        return self.send(Kind.OPENING_TRADE, contract=number, **fields)

    def status(self, wallet, investor_class, flags, valid_until_ns=FOREVER):
        """Send an ACCOUNT_STATUS; return (its refusal or NONE, events)."""
        fields = {"side": investor_class, "target": int(flags), "amount": valid_until_ns}
        return self.send(Kind.ACCOUNT_STATUS, wallet=wallet, **fields)

    def product(self, state, number=0):
        """Send a PRODUCT_STATE; return (its refusal or NONE, events)."""
        return self.send(Kind.PRODUCT_STATE, contract=number, side=int(state))

    def lots(self, wallet, number=0):
        """Lots that a wallet holds."""
        return int(self.machine.state.positions[wallet * 2 + number]["lots"])


def kinds(events):
    """Kinds of events as names."""
    return [Event(kind).name for kind in events["kind"].tolist()]
