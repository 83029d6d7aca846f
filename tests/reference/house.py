"""The house: its state, the ledger, and how an event is written."""

from collections import deque

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, InvestorClass, Posting
from reference.assets import Asset
from reference.book import Order
from reference.history import History
from reference.rates import Rates
from reference.rows import Event
from reference.state import (
    CLIENTS,
    Claim,
    Contract,
    CycleRecord,
    Position,
    Protection,
    Trade,
    Wallet,
    brackets,
)
from reference.whole import PPB, ceil_div

TRADES_KEPT = 65_536


class House:
    """All state of the machine; the modules beside this one are functions that change it."""

    def __init__(self, config, accounts) -> None:
        self.rules = config.house
        start = config.house.start_ns
        self.now_ns = start
        self.book_rules = config.orders
        self.contracts = [
            self._contract(number, terms, start) for number, terms in enumerate(config.contracts)
        ]
        self.assets = [Asset(number, terms, start) for number, terms in enumerate(config.assets)]
        self.limits = config.limits
        self.agreement_version = config.house.agreement_version
        self.wallets: dict[int, Wallet] = {}
        for number in range(CLIENTS):
            self.wallets[number] = self._wallet(number)
        for number, account in enumerate(accounts, CLIENTS):
            self._open(number, account)
        self.orders: dict[int, int] = {}  # live order id -> wallet
        self.step = self.loss_count = self.cycle_count = self.deficit = 0
        self.vmgh_used = 0  # cycles of this mark step that have used layer 5 (DFT-031)
        self.fill_count = 0  # fills of liquidations, to see whether a pass had one
        self.in_deficit: set[int] = set()  # wallets whose R is in `deficit`
        self.claims: list[Claim] = []
        self.serials = self.sequence = 0
        self.queue_times = 0  # places in the queues of triggers, given in turn
        self.activations = 0
        self.fired: list[Order] = []  # conditional orders whose price has come, in that order
        self.condemned: list[tuple[Order, int]] = []  # (order, reason), oldest sentence first
        self.in_hand: Order | None = None  # the order that is trading
        self.protections: dict[tuple[int, int], Protection] = {}  # by wallet and contract
        self.trades: dict[int, Trade] = {}  # by sequence of the event; what may be busted
        self.trade_ids: deque[int] = deque(maxlen=TRADES_KEPT)  # of the last trades
        self.is_suspended = False  # the affiliated market makers
        self.events: list[Event] = []
        self.cycles: list[CycleRecord] = []  # of this command, for the invariants
        self.next_sample_ns = self.after(start, self.rules.sample_interval_ns)
        self.next_cycle_ns = self.after(start, self.rules.cycle_interval_ns)
        self.funding_timer_ns = min(each.rates.next_funding_ns for each in self.contracts)

    @staticmethod
    def after(time_ns: int, interval_ns: int) -> int:
        """The first multiple of the interval after a time."""
        return (time_ns // interval_ns + 1) * interval_ns

    def _contract(self, number: int, terms, start: int) -> Contract:
        rules = terms.trading
        history = History(rules.lookback_ns, rules.volatility_ppb)
        rates = self._rates(terms, start)
        return Contract(
            number,
            terms,
            brackets(terms.tiers),
            rates,
            rules,
            history,
            terms.terms_hash,
            terms.product,
            terms.reference,
        )

    def _rates(self, terms, start: int) -> Rates:
        count = len(terms.sources)
        next_ns = self.after(start, terms.funding.interval_ns)
        return Rates([0] * count, [0] * count, [False] * count, next_ns, start)

    def _wallet(self, number: int) -> Wallet:
        positions = [Position() for _ in self.contracts]
        assets = range(1, len(self.assets))
        uncleared = [0] * len(self.assets)
        return Wallet(number, positions, dict.fromkeys(assets, 0), uncleared, number)

    def begin_step(self) -> None:
        """A mark step begins; layer 5 has its rounds again."""
        self.step += 1
        self.vmgh_used = 0

    def _open(self, number: int, account: tuple[int, int, int, int, int, int]) -> None:
        """A row of the accounts: a cross wallet, or an isolated one of the last (GAT-001)."""
        wallet = self.wallets[number] = self._wallet(number)
        wallet.investor_class, wallet.account_flags, wallet.valid_until_ns = account[:3]
        wallet.owner, wallet.isolated, wallet.group = account[3:]
        if wallet.isolated >= 0:
            wallet.account = self.wallets[number - 1].account

    def clients(self) -> list[Wallet]:
        """Client wallets, ascending."""
        return [wallet for wallet in self.wallets.values() if wallet.is_client]

    def wallets_of(self, account: int) -> list[Wallet]:
        """The wallets of an account, named by its cross wallet, ascending."""
        return [wallet for wallet in self.clients() if wallet.account == account]

    def is_client(self, number: int) -> bool:
        return CLIENTS <= number < len(self.wallets)

    def is_affiliate(self, wallet: Wallet) -> bool:
        return wallet.investor_class == InvestorClass.AFMM

    def emit(self, kind: EventKind, **fields: int) -> Event:
        """Write the next event."""
        self.sequence += 1
        event = Event(self.sequence, self.now_ns, kind, **fields)
        self.events.append(event)
        return event

    def post(
        self, code: Posting, asset: int, giver: int, taker: int, units: int, order_id: int = 0
    ) -> None:
        """Move units from one wallet to another; nothing moves, and nothing is told, for 0."""
        assert units >= 0
        if units == 0:
            return
        self.wallets[giver].add_units(asset, -units)
        self.wallets[taker].add_units(asset, units)
        self.emit(
            EventKind.POSTING,
            code=code,
            contract=asset,
            wallet=giver,
            counter_wallet=taker,
            order_id=order_id,
            amount=units,
        )

    def convertible(self, wallet: Wallet) -> list[Asset]:
        """Assets the wallet can turn into cash, lowest configured haircut first."""
        found = [
            self.assets[number]
            for number, units in wallet.holdings.items()
            if units > 0 and self.assets[number].is_convertible
        ]
        return sorted(found, key=lambda asset: (asset.terms.haircut_ppb, asset.number))

    def convert(self, wallet: Wallet, asset: Asset, units: int) -> None:
        """Turn units of an asset into cash, at the outside's price."""
        proceeds = units * asset.conversion_ppb // PPB
        conversion = HouseWallet.CONVERSION
        self.post(Posting.CONVERSION_ASSET, asset.number, wallet.number, conversion, units)
        self.post(Posting.CONVERSION_CASH, 0, conversion, wallet.number, proceeds)

    def raise_cash(self, wallet: Wallet, amount: int) -> None:
        """Convert just enough to have `amount` in cash, as far as it goes."""
        for asset in self.convertible(wallet):
            missing = amount - wallet.cash
            if missing <= 0:
                return
            if asset.conversion_ppb == 0:
                continue
            units = ceil_div(missing * PPB, asset.conversion_ppb)
            self.convert(wallet, asset, min(wallet.holdings[asset.number], units))
