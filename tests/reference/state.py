"""What the house remembers: contracts, assets, wallets, claims (docs/machine.md section 1)."""

from dataclasses import dataclass, field

from hkperp_engine.codes import (
    ContractState,
    HouseWallet,
    InvestorClass,
    MarginState,
    ProductState,
    ReferenceStatus,
    Session,
    Side,
)
from reference.book import Book, Order, order_parts
from reference.history import History
from reference.rates import Rates
from reference.whole import PPB, mdc, mdf

CLIENTS = int(HouseWallet.CLIENTS)
TRADING = (ContractState.OPEN, ContractState.REDUCE_ONLY)
CALL_PHASES = (
    ContractState.PRE_OPEN,
    ContractState.AUCTION,
    ContractState.VOLATILITY_AUCTION,
)
OVER = (ContractState.CLOSED, ContractState.SETTLED)
THRESHOLD_OFF = 2**62


class Refused(Exception):
    """A check failed; nothing has been changed."""

    def __init__(self, reject: int) -> None:
        super().__init__(reject)
        self.reject = reject


@dataclass(slots=True)
class Bracket:
    """A margin tier with its deductions A."""

    floor: int
    im_ppb: int
    im_less: int
    mm_ppb: int
    mm_less: int


def brackets(tiers) -> list[Bracket]:
    """Tiers with `A_n = A_(n-1) + floor(floor_n*(rate_n - rate_(n-1))/1e9)`."""
    made: list[Bracket] = []
    for tier in tiers:
        im_less = mm_less = 0
        if made:
            last = made[-1]
            im_less = last.im_less + mdf(tier.floor_quote, tier.im_ppb - last.im_ppb)
            mm_less = last.mm_less + mdf(tier.floor_quote, tier.mm_ppb - last.mm_ppb)
        made.append(Bracket(tier.floor_quote, tier.im_ppb, im_less, tier.mm_ppb, mm_less))
    return made


@dataclass(slots=True)
class Contract:
    """One contract: its terms from the configuration, its book, its rates, its totals.

    waiting : its conditional orders, fired ones too, in order of acceptance
    last : ticks, price of the last trade, 0 before the first
    index_seen : ticks, the index that conditional orders know
    pause_ns : end of a volatility auction, 0 if there is none
    before_pause : the state it returns to then
    terms_hash : what its trades carry (GAT-022)
    threshold : notional above which the concentration add-on is asked (GAT-051), ledger units
    im_addon_ppb, mm_addon_ppb : what the rates of all tiers have got on top (GAT-052)
    alerts : bits of the alerts that are on (GAT-062)
    finals : indices kept for the final price, oldest first (GAT-021)
    fund_cap, depth_cap : lots of open interest that the fund carries, and the book within the
        collar, as computed last; `depth` : lots there at the last good mark (DFT-011)
    backstops : share in ppb of each provider, by wallet, first registration first (DFT-021)
    """

    number: int
    terms: object
    brackets: list[Bracket]
    rates: Rates
    rules: object
    history: History
    terms_hash: int
    product: int = ProductState.LIVE
    reference: int = ReferenceStatus.ELIGIBLE
    threshold: int = THRESHOLD_OFF
    im_addon_ppb: int = 0
    mm_addon_ppb: int = 0
    alerts: int = 0
    finals: list[int] = field(default_factory=list)
    fund_cap: int = 0
    depth_cap: int = 0
    depth: int = 0
    backstops: dict[int, int] = field(default_factory=dict)
    book: Book = field(default_factory=Book)
    state: int = ContractState.OPEN
    open_interest: int = 0
    buy_lots: int = 0
    sell_lots: int = 0
    waiting: list[Order] = field(default_factory=list)
    last: int = 0
    index_seen: int = 0
    pause_ns: int = 0
    before_pause: int = ContractState.OPEN

    def __post_init__(self) -> None:
        self.fund_cap = self.depth_cap = self.terms.oi_cap_lots

    @property
    def mark(self) -> int:
        return self.rates.mark

    @property
    def oi_cap(self) -> int:
        """Most open interest, lots: what the terms, the fund and the depth allow (DFT-011)."""
        return min(self.terms.oi_cap_lots, self.fund_cap, self.depth_cap)

    @property
    def is_trading(self) -> bool:
        """True while it matches orders as they come."""
        return self.state in TRADING

    @property
    def is_calling(self) -> bool:
        """True in a call phase, before an uncross."""
        return self.state in CALL_PHASES

    @property
    def is_over(self) -> bool:
        """True once it is closed or settled."""
        return self.state in OVER

    @property
    def is_halted(self) -> bool:
        return self.state == ContractState.HALTED

    @property
    def is_frozen(self) -> bool:
        return self.is_halted or self.is_calling or self.rates.is_stale

    def im(self, notional: int, investor_class: int | None) -> int:
        """Initial margin of a notional of a client of a class, None: the house's; up (GAT-050)."""
        if notional == 0:
            return 0
        floors = self.terms.class_floors_ppb
        is_floored = investor_class is not None and investor_class < len(floors)
        floor_ppb = floors[investor_class] if is_floored else 0
        beyond = max(0, notional - self.threshold)
        addon = mdc(beyond, self.terms.concentration.addon_ppb)
        return max(self.tier_im(notional), mdc(notional, floor_ppb)) + addon

    def rates_of_tiers(self) -> list[tuple[int, int]]:
        """(initial, maintenance) rate of each tier now, ppb."""
        return [
            (each.im_ppb + self.im_addon_ppb, each.mm_ppb + self.mm_addon_ppb)
            for each in self.brackets
        ]

    def tier_im(self, notional: int) -> int:
        """Initial margin by the tiers alone, up."""
        for each in reversed(self.brackets):
            if each.floor <= notional:
                return -(-notional * (each.im_ppb + self.im_addon_ppb) // PPB) - each.im_less
        raise AssertionError("the first floor is 0")

    def mm(self, notional: int) -> int:
        """Maintenance margin of a notional, up."""
        if notional == 0:
            return 0
        for each in reversed(self.brackets):
            if each.floor <= notional:
                return -(-notional * (each.mm_ppb + self.mm_addon_ppb) // PPB) - each.mm_less
        raise AssertionError("the first floor is 0")


@dataclass(slots=True)
class Position:
    """One wallet's position in one contract and the sums over its counted orders there."""

    lots: int = 0
    cost: int = 0
    entry_cost: int = 0
    buy_lots: int = 0
    buy_value: int = 0
    sell_lots: int = 0
    sell_value: int = 0
    order_loss: int = 0
    order_fee: int = 0


@dataclass(slots=True, eq=False)
class Wallet:
    """A wallet; `holdings` are units of assets 1.. ; `orders` its live orders by id.

    account : its account's cross wallet; isolated : its only contract, -1 of a cross wallet
    group : of connected clients, 0: none (DFT-010)
    notice_level : the last warning of its margin, 0 to 3 (DFT-001)
    is_declared : in default by declaration, until it is taken over (DFT-002)
    uncleared : units of each asset that it awaits, asset 0 first (GAT-034)
    exposure_cap : most that its account may come to (GAT-013), ledger units, 0: any
    countdown_ns : when its orders are cancelled, 0: never
    window, messages : the last window in which it sent messages, and how many
    """

    number: int
    positions: list[Position]
    holdings: dict[int, int]
    uncleared: list[int]
    account: int = 0
    isolated: int = -1
    group: int = 0
    exposure_cap: int = 0
    investor_class: int = InvestorClass.NONE
    account_flags: int = 0
    valid_until_ns: int = 0
    owner: int = -1
    cash: int = 0
    pending: int = 0
    state: int = MarginState.HEALTHY
    reduced_step: int = 0
    notice_level: int = 0
    is_declared: bool = False
    orders: dict[int, Order] = field(default_factory=dict)
    is_killed: bool = False
    session: int = Session.CONNECTED
    countdown_ns: int = 0
    window: int = 0
    messages: int = 0

    @property
    def is_client(self) -> bool:
        return self.number >= CLIENTS

    @property
    def has_lots(self) -> bool:
        return any(position.lots for position in self.positions)

    @property
    def margin_class(self) -> int | None:
        """The investor class whose margin floor holds; the house has none."""
        return self.investor_class if self.is_client else None

    def newest_first(self) -> list[Order]:
        """Its live orders, the last accepted first."""
        return sorted(self.orders.values(), key=lambda order: -order.serial)

    def units(self, asset: int) -> int:
        """Balance of an asset; asset 0 is cash."""
        return self.holdings[asset] if asset else self.cash

    def add_units(self, asset: int, units: int) -> None:
        """Move a balance."""
        if asset:
            self.holdings[asset] += units
        else:
            self.cash += units


@dataclass(slots=True)
class Claim:
    """What a haircut or deleveraged wallet may still get back."""

    loss_id: int
    wallet: int
    open_quote: int


@dataclass(slots=True)
class CycleRecord:
    """What a cycle did to wallets' cash, kept for the invariants alone.

    due : VM of each wallet; before, after : its cash; short : those whose R was to be shared
    """

    number: int
    due: dict[int, int]
    before: dict[int, int]
    after: dict[int, int]
    short: set[int]


@dataclass(slots=True)
class Protection:
    """Limits on the fills of one wallet's quotes in one contract (MAT-075, MAT-076).

    window_ns : how far back fills are counted
    lots, net_lots, trades : limits, lots and number; 0: not limited
    fills : (time ns, lots bought; sold < 0) of what is counted
    """

    window_ns: int
    lots: int
    net_lots: int
    trades: int
    is_frozen: bool = False
    fills: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Trade:
    """A trade that may be taken back (BUST_TRADE); `way` is 1 if the maker bought, else -1."""

    contract: int
    maker: int
    taker: int
    way: int
    price: int
    lots: int
    cycle: int
    is_liquidation: bool
    maker_fee: int = 0
    taker_fee: int = 0


def count_parts(position: Position, order: Order, lots: int, contract: Contract) -> None:
    """Add (lots < 0: take out) the parts of |lots| open lots to the position's sums."""
    way = 1 if lots > 0 else -1
    value, loss, fee = order_parts(order, abs(lots), contract.terms)
    if order.side == Side.BUY:
        position.buy_lots += lots
        position.buy_value += way * value
    else:
        position.sell_lots += lots
        position.sell_value += way * value
    position.order_loss += way * loss
    position.order_fee += way * fee


def resize(wallet: Wallet, order: Order, lots: int, contract: Contract) -> None:
    """Give an order in the sums `lots` open lots; 0 takes it out."""
    if order.is_counted:
        position = wallet.positions[order.contract]
        if order.lots:
            count_parts(position, order, -order.lots, contract)
        if lots:
            count_parts(position, order, lots, contract)
        if order.side == Side.BUY:
            contract.buy_lots += lots - order.lots
        else:
            contract.sell_lots += lots - order.lots
    order.lots = lots
