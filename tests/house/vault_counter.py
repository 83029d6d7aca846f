"""A compiled house behind a counter: commands in words, money checked after each of them."""

from compiled_house import CompiledHouse, check_money
from hkperp.config import Asset, Config, House, Limit
from hkperp_clearing.ledger import may_move
from hkperp_engine.codes import AssetFlag, AssetKind, Event, HouseWallet, Reject
from hkperp_engine.codes import Command as Kind
from reference.rows import Command
from vectors import FOREVER, HOUR, SECOND, SOUND, START_NS, contract

A, A_ISOLATED, B, NOBODY = range(16, 20)
ACCOUNTS = ((2, SOUND, FOREVER, 0, -1, 0), (2, SOUND, FOREVER, 0, 0, 0))
ACCOUNTS += ((2, SOUND, FOREVER, 1, -1, 0), (0, SOUND, FOREVER, 2, -1, 0))

CASH, COIN, TOKEN, ROGUE, SHADY, BITCOIN, DEAR = range(7)
ASSETS = (
    Asset(name="HKD", kind=AssetKind.FIAT),
    Asset(
        name="COIN",
        kind=AssetKind.STABLECOIN,
        haircut_ppb=50_000_000,
        depeg_ppb=980_000_000,
        depeg_ns=60 * SECOND,
        grace_ns=HOUR,
    ),
    Asset(name="TOKEN", kind=AssetKind.TOKENISED_DEPOSIT, open_ns=22 * HOUR, close_ns=6 * HOUR),
    Asset(name="ROGUE", kind=AssetKind.STABLECOIN, is_licensed=False),
    Asset(name="SHADY", kind=AssetKind.TOKENISED_DEPOSIT, is_licensed=False),
    Asset(name="BTC", kind=AssetKind.INELIGIBLE, price_ppb=900_000_000_000, par_ppb=0),
    Asset(name="DEAR", kind=AssetKind.FIAT, price_ppb=10**12, par_ppb=0),
)
BOTH = AssetFlag.CONVERTIBLE | AssetFlag.LICENSED


def limit(*assets, pool=0, client=0):
    """A concentration limit over assets by name."""
    name = " and ".join(assets)
    return Limit(name=name, assets=assets, pool_cap_quote=pool, client_cap_quote=client)


class Vault:
    """A compiled house that is told commands in words, and checks its money after each."""

    def __init__(self, assets=ASSETS, limits=(), **rules):
        terms = contract(1_000, (0, 200_000, 100_000))
        house = House(start_ns=START_NS, **rules)
        config = Config(house=house, contracts=(terms,), assets=assets, limits=limits)
        self.house = CompiledHouse(config, ACCOUNTS)
        self.now_ns = START_NS

    def tell(self, kind, **fields):
        """Do a command; its events."""
        events = self.house.apply(Command(kind=kind, time_ns=self.now_ns, **fields))
        check_money(self.house.machine)
        state = self.house.state
        awaited = state.uncleared.reshape(-1, len(state.assets)).sum(axis=0)
        held = [self.holds(HouseWallet.UNCLEARED, each) for each in range(len(state.assets))]
        assert awaited.tolist() == held, "what is awaited is not what UNCLEARED holds"
        for event in events:
            if event.kind == Event.POSTING:
                assert may_move(event.code, event.wallet, event.counter_wallet), event
        return events

    def answer(self, kind, **fields):
        """Do a command that is one event: its Reject, or NONE."""
        events = self.tell(kind, **fields)
        refused = [event.code for event in events if event.kind == Event.REFUSED]
        return Reject(refused[0]) if refused else Reject.NONE

    def deposit(self, wallet, asset, amount, flags=0):
        """The Reject of a DEPOSIT."""
        return self.answer(
            Kind.DEPOSIT, wallet=wallet, target=asset, amount=amount, flags=int(flags)
        )

    def holds(self, wallet, asset):
        """Units in a wallet."""
        state = self.house.state
        if asset == 0:
            return int(state.wallets[wallet]["cash"])
        return int(state.balances[wallet * len(state.assets) + asset])

    def asset(self, asset, name):
        """A field of an asset."""
        return int(self.house.state.assets[asset][name])

    def mark(self, ticks):
        """All three sources show a price, then a mark step."""
        for source in range(3):
            self.tell(Kind.SOURCE_PRICE, target=source, price_ticks=ticks)
        return self.tell(Kind.TICK)

    def wait(self, ns):
        """Time goes on; timers run."""
        self.now_ns += ns
        return self.tell(Kind.ADVANCE)
