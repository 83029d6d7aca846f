"""A checked reference house that a test tells what to do, command by command."""

import msgspec

import vectors
from hkperp.config import Config
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, LossSharing, Reject
from reference.checked import CheckedMachine
from reference.rows import Command

A, B = vectors.A, vectors.B
SMALL = ((0, 50_000, 30_000),)  # one tier, 5 % and 3 %


class Story:
    """A checked machine of sound clients that is told what to do, and what it must say to it."""

    def __init__(
        self, config: Config, isolated: tuple[int, ...], groups: tuple[int, ...] = ()
    ) -> None:
        vector = vectors.Vector("a story", config, len(isolated), (), isolated, (), groups)
        self.machine = CheckedMachine(config, vectors.account_rows(vector))
        self.now_ns = vectors.START_NS

    def do(self, kind: Kind, reject: Reject = Reject.NONE, after_ns: int = 0, **fields) -> list:
        """One command `after_ns` later; the events, of which a refusal must be `reject`."""
        self.now_ns += after_ns
        events = self.machine.apply(Command(time_ns=self.now_ns, kind=int(kind), **fields))
        found = [event.code for event in events if event.kind == Event.REFUSED]
        assert found == ([reject] if reject else []), (kind, fields, found)
        return events

    def tell(self, kind: Kind, event: Event, *values: int, after_ns: int = 0, **fields) -> None:
        """One command that must be told by exactly one event: (code, order_id, amount)."""
        events = self.do(kind, after_ns=after_ns, **fields)
        found = [(e.code, e.order_id, e.amount) for e in events if e.kind == event]
        assert found == [values], (kind, event, found)

    def show(self, bid: int, ask: int = 0, count: int = 3, contract: int = 0) -> None:
        """`count` sources of a contract show a bid and an ask."""
        for source in range(count):
            fields = {"target": source, "price_ticks": bid, "lots": ask, "contract": contract}
            self.do(Kind.SOURCE_PRICE, **fields)

    def quote(self, bid: int, ask: int = 0, count: int = 3) -> list:
        """`count` sources show a bid and an ask, then a mark step; its events."""
        self.show(bid, ask, count)
        return self.do(Kind.TICK)

    def open(self, long: int, short: int, lots: int, price: int, **more) -> list:
        """An opening trade."""
        fields = {"wallet": long, "target": short, "lots": lots, "price_ticks": price}
        return self.do(Kind.OPENING_TRADE, **fields, **more)

    def opening(self, lots: int, reject: Reject = Reject.NONE) -> None:
        """A becomes long, B short, at 100."""
        self.open(A, B, lots, 100, reject=reject)

    def cash(self, wallet: int) -> int:
        """Cash of a wallet, ledger units."""
        return self.machine.wallet_fields(int(wallet))["cash"]

    def lots(self, wallet: int, contract: int = 0) -> int:
        """Signed lots of a wallet in a contract."""
        return self.machine.position_fields(int(wallet), contract)["lots"]


def story(
    config: Config, *isolated: int, money: int = 1_000, groups: tuple[int, ...] = ()
) -> Story:
    """Clients with so much money each; three of cross wallets alone unless said."""
    made = Story(config, isolated or (-1, -1, -1), groups)
    for wallet in range(A, A + len(isolated or (-1, -1, -1))):
        made.do(Kind.DEPOSIT, wallet=wallet, amount=money)
    made.quote(100)
    return made


def terms(**more):
    """A contract of tick value 1."""
    return vectors.contract(1, *SMALL, **more)


def venue(*contracts, sharing: LossSharing = LossSharing.VMGH, **rules):
    """A venue of these contracts, with rules of the house."""
    config = vectors.venue(contracts[0], sharing)
    house = msgspec.structs.replace(config.house, **rules)
    return msgspec.structs.replace(config, house=house, contracts=contracts)


def told(events: list, kind: Event, *names: str) -> list:
    """The named fields of the events of a kind."""
    return [tuple(getattr(e, name) for name in names) for e in events if e.kind == kind]


def rich(config, count: int = 3, **money: int) -> Story:
    """Cross wallets with 1,000 each unless said by letter."""
    made = story(config, *[-1] * count, money=1)
    for number in range(count):
        amount = money.get("abcdefgh"[number], 1_000) - 1
        if amount:
            made.do(Kind.DEPOSIT, wallet=A + number, amount=amount)
    return made
