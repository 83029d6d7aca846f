"""A fold of EVENT rows alone: what the house owns, owes and holds, as its events tell it.

`Fold.take` checks after every event, not after every command: INV-01, 02, 03, 04, 07, 09, 10, 12
of the rulebook. An event touches few numbers; the others still are what they were when they were
checked, so looking at what was touched is looking at everything. Nothing here asks the machine:
`differs` compares at the end.
"""

from collections import Counter

from event_losses import PLATFORM, ROUNDING, Losses
from hkperp_clearing.ledger import may_move
from hkperp_engine.codes import (
    AssetFlag,
    AssetKind,
    EventFlag,
    HouseWallet,
    InvestorClass,
    Posting,
)
from hkperp_engine.codes import Event as Kind
from house_setting import PPB, Account, Setting
from reference.rows import Event

CLIENTS = int(HouseWallet.CLIENTS)
OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION)

#: Postings by which units come in from outside, and go there: 1, -1.
CROSSINGS = {
    Posting.DEPOSIT: 1,
    Posting.HOUSE_DEPOSIT: 1,
    Posting.DEPOSIT_UNCLEARED: 1,
    Posting.CONVERSION_CASH: 1,
    Posting.WITHDRAWAL: -1,
    Posting.CONVERSION_ASSET: -1,
    Posting.DEPOSIT_RETURNED: -1,
    Posting.REDEMPTION: -1,
    Posting.DEPOSIT_REVERSED: -1,
    Posting.HOUSE_WITHDRAWAL: -1,
    Posting.ISSUER_LOSS: -1,
    Posting.ISSUER_RECOVERY: 1,
}
PAID_IN = (Posting.DEPOSIT, Posting.HOUSE_DEPOSIT, Posting.DEPOSIT_UNCLEARED)

#: Rows that come in runs: what must hold of a run is looked at when another kind follows.
RUNS = (Kind.FUNDING, Kind.FINAL_SETTLEMENT)


class Money:
    """Balances by asset and wallet: INV-02, INV-04, INV-10."""

    def __init__(self, setting: Setting) -> None:
        self.assets = setting.config.assets
        self.units = [Counter() for _ in self.assets]
        self.inside = [0 for _ in self.assets]  # all that is not outside
        self.paid_in = [0 for _ in self.assets]  # the same, told by the types of the postings
        self.is_taken = [asset.is_licensed for asset in self.assets]

    def post(self, event: Event) -> None:
        """Move the units of a POSTING."""
        code, asset, amount = Posting(event.code), event.contract, event.amount
        payer, receiver = event.wallet, event.counter_wallet
        assert amount > 0, "INV-02: a posting moves something"
        assert may_move(code, payer, receiver), "INV-02: not a pair of partitions of its type"
        units = self.units[asset]
        units[payer] -= amount
        units[receiver] += amount
        self.inside[asset] += amount * ((payer in OUTSIDE) - (receiver in OUTSIDE))
        self.paid_in[asset] += amount * CROSSINGS.get(code, 0)
        assert self.inside[asset] == self.paid_in[asset], "INV-02: deposits less withdrawals"
        assert payer in OUTSIDE or units[payer] >= 0, "INV-04: a balance below 0"
        is_margin = self.assets[asset].kind != AssetKind.INELIGIBLE
        assert is_margin or receiver < CLIENTS, "INV-10: a client has what is no margin"
        if code in PAID_IN:
            assert is_margin, "INV-10: what is no margin was paid in"
            assert asset == 0 or self.is_taken[asset], "INV-10: paid in with no licence or peg"

    def set_state(self, event: Event) -> None:
        """An ASSET_STATE says whether more of the asset may be paid in."""
        flags = event.code
        self.is_taken[event.contract] = bool(
            flags & AssetFlag.LICENSED and not flags & AssetFlag.DEPEGGED
        )


class Positions:
    """Lots by contract and wallet: INV-01."""

    def __init__(self, setting: Setting) -> None:
        count = len(setting.config.contracts)
        self.lots = [Counter() for _ in range(count)]
        self.net = [0 for _ in range(count)]
        self.trades: dict[int, tuple[int, ...]] = {}  # of a trade that was not taken back
        self.is_final: set[int] = set()  # contracts in their run of final settlements

    def move(self, contract: int, buyer: int, seller: int, lots: int) -> None:
        """One buys of the other."""
        assert lots > 0, "INV-01: a trade of no lots"
        self._add(contract, buyer, lots)
        self._add(contract, seller, -lots)
        assert self.net[contract] == 0, "INV-01: positions do not sum to 0"

    def _add(self, contract: int, wallet: int, lots: int) -> None:
        self.lots[contract][wallet] += lots
        self.net[contract] += lots

    def trade(self, event: Event) -> None:
        """TRADE: the taker sells if the flag says so."""
        pair = (event.counter_wallet, event.wallet)
        buyer, seller = pair[::-1] if event.flags & EventFlag.SELL else pair
        self.move(event.contract, buyer, seller, event.lots)
        self.trades[event.sequence] = (buyer, seller, *self._what(event))

    def _what(self, event: Event) -> tuple[int, ...]:
        pair = (event.wallet, event.counter_wallet)
        return (event.contract, *pair, event.price_ticks, event.lots)

    def bust(self, event: Event) -> None:
        """TRADE_BUSTED: the very trade, once."""
        buyer, seller, *what = self.trades.pop(event.order_id, (0, 0))
        assert tuple(what) == self._what(event), "INV-01: no such trade to take back"
        self.move(event.contract, seller, buyer, event.lots)

    def open(self, event: Event) -> None:
        """OPENING_TRADE: `wallet` is the long."""
        self.move(event.contract, event.wallet, event.counter_wallet, event.lots)

    def take_over(self, event: Event) -> None:
        """TAKEOVER: the whole leg goes to the platform."""
        held = self.lots[event.contract][event.wallet]
        assert event.lots == held, f"INV-01: taken over of {held} lots"
        assert event.counter_wallet == PLATFORM, "INV-01: not taken over by the platform"
        self._hand(event.contract, event.wallet, PLATFORM, event.lots)

    def deleverage(self, event: Event) -> None:
        """DELEVERAGE: both sides close `lots`, so neither may have fewer."""
        lots = self.lots[event.contract]
        winner, loser = lots[event.wallet], lots[event.counter_wallet]
        assert winner * loser < 0, "INV-01: deleveraged without opposite positions"
        assert event.lots <= min(abs(winner), abs(loser)), "INV-01: deleveraged below 0"
        signed = event.lots if winner > 0 else -event.lots
        self._hand(event.contract, event.wallet, event.counter_wallet, signed)

    def give(self, event: Event) -> None:
        """BACKSTOP, TEAR_UP: what `wallet` held of it goes to the other, no more than it had."""
        held = self.lots[event.contract][event.wallet]
        assert held * event.lots > 0, "INV-01: gives what it does not have"
        assert abs(event.lots) <= abs(held), "INV-01: gives more than it has"
        self._hand(event.contract, event.wallet, event.counter_wallet, event.lots)

    def _hand(self, contract: int, giver: int, taker: int, lots: int) -> None:
        buyer, seller = (taker, giver) if lots > 0 else (giver, taker)
        self.move(contract, buyer, seller, abs(lots))

    def settle(self, event: Event) -> None:
        """FINAL_SETTLEMENT: one wallet after the other, so the sum is open until the last."""
        held = self.lots[event.contract][event.wallet]
        assert held == event.lots != 0, f"INV-01: finally settled of {held} lots"
        self._add(event.contract, event.wallet, -event.lots)
        self.is_final.add(event.contract)

    def end_run(self) -> None:
        """Behind the last final settlement nobody holds anything."""
        for contract in self.is_final:
            left = +self.lots[contract] or -self.lots[contract]
            assert not left, f"INV-01: not all was settled: {dict(left)}"
        self.is_final.clear()


class Funding:
    """Payments of a contract at a time: INV-03. What all pay goes to who is paid, to the unit."""

    def __init__(self, setting: Setting, positions: Positions) -> None:
        self.tick_values = [contract.tick_value for contract in setting.config.contracts]
        self.positions = positions
        self.rate: Event | None = None
        self.paid: dict[int, int] = {}  # by wallet, of the run in hand
        self.residue = 0  # what ROUNDING is to get from the next cycle

    def begin(self, event: Event) -> None:
        """A FUNDING_RATE."""
        self.rate = event

    def _exact(self, wallet: int) -> int:
        """What a wallet is to get, times PPB."""
        assert self.rate is not None
        contract = self.rate.contract
        value = self.positions.lots[contract][wallet] * self.rate.price_ticks
        return -value * self.tick_values[contract] * self.rate.amount

    def pay(self, event: Event) -> None:
        """A FUNDING: the exact amount rounded down, so within one unit of it."""
        rate, wallet = self.rate, event.wallet
        assert rate is not None, "INV-03: a payment without a rate"
        is_same = (rate.time_ns, rate.contract) == (event.time_ns, event.contract)
        assert is_same and wallet not in self.paid, "INV-03: a payment of another funding"
        assert event.lots == self.positions.lots[rate.contract][wallet], "INV-03: lots not held"
        short = self._exact(wallet) - event.amount * PPB
        assert 0 <= short < PPB, "INV-03: paid beyond the rounding of one unit"
        self.paid[wallet] = event.amount

    def end_run(self) -> None:
        """All holders have been paid; what rounding kept is less than a unit each."""
        if self.rate is None:
            return
        lots = self.positions.lots[self.rate.contract]
        holders = [wallet for wallet, held in lots.items() if held]
        missed = [w for w in holders if w not in self.paid and self._exact(w) // PPB]
        assert not missed, f"INV-03: not paid: {missed}"
        kept = -sum(self.paid.values())
        assert 0 <= kept < max(1, len(holders)), f"INV-03: funding keeps {kept}"
        self.residue += kept
        self.rate, self.paid = None, {}

    def round(self, event: Event) -> None:
        """A posting or an allocation: what ROUNDING gets, or gives towards a loss."""
        is_given = event.kind == Kind.ALLOCATION and event.wallet == ROUNDING
        is_got = event.kind == Kind.POSTING and event.counter_wallet == ROUNDING
        if is_given or is_got:
            self.residue -= event.amount
            assert self.residue >= 0, "INV-03: more rounding than there was"

    def done(self, event: Event) -> None:
        """CYCLE_DONE: ROUNDING has got all."""
        assert self.residue == 0, f"INV-03: {self.residue} of the rounding went nowhere"


class Standing:
    """Who may take risk, and whose trades are an affiliate's: INV-09, INV-12."""

    def __init__(self, setting: Setting) -> None:
        self.accounts: list[Account] = list(setting.accounts)

    def _account(self, wallet: int) -> Account | None:
        return self.accounts[wallet - CLIENTS] if wallet >= CLIENTS else None

    def change(self, event: Event) -> None:
        """ACCOUNT_STATUS: of the cross wallet, for the isolated ones behind it."""
        row = event.wallet - CLIENTS
        assert self.accounts[row].isolated_contract < 0, "INV-09: not an account's cross wallet"
        fields = {"investor_class": event.code, "account_flags": event.flags}
        while True:
            new = self.accounts[row]._replace(valid_until_ns=event.amount, **fields)
            self.accounts[row] = new
            row += 1
            if row == len(self.accounts) or self.accounts[row].isolated_contract < 0:
                return

    def accept(self, event: Event) -> None:
        """ORDER_ACCEPTED, ORDER_WAITS: what is not reduce-only adds risk."""
        if not event.flags & EventFlag.REDUCE_ONLY:
            self._check_may_trade(event.wallet, event.time_ns)

    def open(self, event: Event) -> None:
        """OPENING_TRADE: both sides take risk."""
        self._check_may_trade(event.wallet, event.time_ns)
        self._check_may_trade(event.counter_wallet, event.time_ns)

    def _check_may_trade(self, wallet: int, time_ns: int) -> None:
        account = self._account(wallet)
        assert account is not None, "INV-09: an order of the house"
        name = f"INV-09: wallet {wallet}"
        assert account.investor_class != InvestorClass.NONE, f"{name} is no professional investor"
        assert account.valid_until_ns >= time_ns, f"{name}: its evidence has lapsed"

    def trade(self, event: Event) -> None:
        """TRADE: the flag of each side."""
        sides = (
            (event.wallet, EventFlag.MAKER_AFMM),
            (event.counter_wallet, EventFlag.TAKER_AFMM),
        )
        for wallet, flag in sides:
            account = self._account(wallet)
            is_affiliate = account is not None and account.investor_class == InvestorClass.AFMM
            assert bool(event.flags & flag) == is_affiliate, f"INV-12: {flag.name} of {wallet}"


class Fold:
    """All of it: `take` the events of each command in order."""

    def __init__(self, setting: Setting) -> None:
        self.money = money = Money(setting)
        self.positions = positions = Positions(setting)
        self.funding = funding = Funding(setting, positions)
        self.losses = losses = Losses(money.units[0])
        standing, self.sequence = Standing(setting), 0
        self.seen: Counter[int] = Counter()
        self.handlers = {
            Kind.POSTING: (money.post, losses.pay, funding.round),
            Kind.ASSET_STATE: (money.set_state,),
            Kind.TRADE: (positions.trade, standing.trade),
            Kind.TRADE_BUSTED: (positions.bust,),
            Kind.OPENING_TRADE: (standing.open, positions.open),
            Kind.TAKEOVER: (positions.take_over,),
            Kind.DELEVERAGE: (positions.deleverage, losses.share),
            Kind.BACKSTOP: (positions.give,),
            Kind.TEAR_UP: (positions.give,),
            Kind.FINAL_SETTLEMENT: (positions.settle,),
            Kind.FUNDING_RATE: (funding.begin,),
            Kind.FUNDING: (funding.pay,),
            Kind.DEFAULT: (losses.default,),
            Kind.ALLOCATION: (losses.allocate, funding.round),
            Kind.HAIRCUT: (losses.share,),
            Kind.CYCLE: (losses.begin,),
            Kind.CYCLE_DONE: (losses.done, funding.done),
            Kind.ACCOUNT_STATUS: (standing.change,),
            Kind.ORDER_ACCEPTED: (standing.accept,),
            Kind.ORDER_WAITS: (standing.accept,),
        }

    def take(self, events: list[Event]) -> None:
        """Fold the events of one command; raise AssertionError at the first that is wrong."""
        try:
            for event in events:
                self._take_one(event)
            self._end_runs()
        except AssertionError as error:
            raise AssertionError(f"{error}: {Kind(event.kind).name} {event}") from error

    def _take_one(self, event: Event) -> None:
        kind = event.kind
        if kind not in RUNS:
            self._end_runs()
        self.sequence += 1
        assert event.sequence == self.sequence, "an event is missing"
        self.seen[kind] += 1
        for handle in self.handlers.get(kind, ()):
            handle(event)

    def _end_runs(self) -> None:
        if self.funding.rate is not None:
            self.funding.end_run()
        if self.positions.is_final:
            self.positions.end_run()

    def differs(self, house) -> str:
        """Say in which balance or position a CompiledHouse is not what its events tell, or ''."""
        state = house.state
        assets, contracts = len(self.money.units), len(self.positions.lots)
        balances = state.balances.reshape(-1, assets).copy()
        balances[:, 0] = state.wallets["cash"]
        lots = state.positions["lots"].reshape(-1, contracts)
        units, held = self.money.units, self.positions.lots
        for name, found, told in (("asset", balances, units), ("contract", lots, held)):
            for number, expected in enumerate(told):
                for wallet, value in enumerate(found[:, number].tolist()):
                    if value != expected[wallet]:
                        place = f"wallet {wallet}, {name} {number}"
                        return f"{place}: machine {value}, events {expected[wallet]}"
        return ""
