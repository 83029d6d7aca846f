"""What a new or an amended order is asked, in the order of the law (MAT-011, machine.md 3)."""

from collections.abc import Callable

from hkperp_engine.codes import (
    OrderFlag,
    OrderType,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
    TriggerSource,
)
from reference import limits, margin
from reference.book import Order, Wait
from reference.requests import check_lots, check_price, require
from reference.rows import Command
from reference.state import Contract, Wallet, count_parts
from reference.trading import RESTING
from reference.whole import PPB, clamp, mdf

ORDER_ID_MAX = TIME_MAX = 2**62
NOTIONAL_MAX = 2**61
SOURCE_STEP = 8  # order_type = OrderType + 8 * TriggerSource
FLAGS_MAX = sum(OrderFlag)
MARKET_TYPES = (OrderType.STOP_MARKET, OrderType.TAKE_PROFIT_MARKET)
LIMIT_TYPES = (OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
TRAILING_TYPES = (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)
PLAIN_TYPES = (OrderType.LIMIT, OrderType.MARKET)
PRICED_TYPES = (OrderType.LIMIT, *LIMIT_TYPES)


def kind_of(command: Command) -> tuple[int, int]:
    """(type, trigger source) of a command's `order_type`."""
    source, order_type = divmod(command.order_type, SOURCE_STEP)
    return order_type, source


def is_kind(command: Command) -> bool:
    """MAT-011 point 2: do type, time in force, mode and flags go together."""
    order_type, source = kind_of(command)
    if command.tif not in list(TimeInForce) or command.stp not in list(SelfTrade):
        return False
    if source not in list(TriggerSource) or not 0 <= command.flags <= FLAGS_MAX:
        return False
    flags = OrderFlag
    has = {flag for flag in flags if command.flags & flag}
    is_plain, rests = order_type in PLAIN_TYPES, command.tif in RESTING
    if is_plain and source:
        return False
    if order_type == OrderType.MARKET and rests:
        return False
    if order_type in MARKET_TYPES + TRAILING_TYPES and command.tif == TimeInForce.FOK:
        return False
    if flags.POST_ONLY in has and not (order_type in PRICED_TYPES and rests):
        return False
    if flags.SLIDE in has and flags.POST_ONLY not in has:
        return False
    is_hideable = order_type == OrderType.LIMIT and rests and command.target == 0
    if flags.HIDDEN in has and not is_hideable:
        return False
    by_notional = flags.BY_NOTIONAL in has
    if by_notional and order_type != OrderType.MARKET:
        return False
    if by_notional and has & {flags.REDUCE_ONLY, flags.CLOSE_POSITION, flags.LINKED}:
        return False
    is_linkable = command.tif != TimeInForce.GTD and (rests or not is_plain)
    return is_linkable or flags.LINKED not in has


def check_numbers(contract: Contract, command: Command, now_ns: int) -> None:
    """MAT-011 points 3 to 9."""
    order_type, _ = kind_of(command)
    highest, target = contract.terms.price_ticks_max, command.target
    require(1 <= command.order_id <= ORDER_ID_MAX, Reject.ORDER_ID_INVALID)
    if order_type in PRICED_TYPES:
        check_price(contract, command.price_ticks)
    by_notional = bool(command.flags & OrderFlag.BY_NOTIONAL)
    if by_notional or command.flags & OrderFlag.CLOSE_POSITION:
        require(command.lots == 0, Reject.LOTS_INVALID)
    else:
        check_lots(contract, command.lots)
    if order_type in PLAIN_TYPES:
        can_show = order_type == OrderType.LIMIT and command.tif in RESTING
        is_shown = target == 0 or (can_show and 1 <= target <= command.lots)
        require(is_shown, Reject.DISPLAY_INVALID)
    if command.tif == TimeInForce.GTD:
        require(now_ns < command.amount <= TIME_MAX, Reject.EXPIRY_INVALID)
    if order_type in MARKET_TYPES + LIMIT_TYPES:
        require(1 <= target <= highest, Reject.TRIGGER_INVALID)
    if order_type in TRAILING_TYPES:
        furthest = highest if order_type == OrderType.TRAILING_TICKS else PPB - 1
        require(0 <= target <= highest, Reject.TRIGGER_INVALID)
        require(1 <= command.price_ticks <= furthest, Reject.TRIGGER_INVALID)
    if by_notional:
        require(1 <= command.amount <= NOTIONAL_MAX, Reject.AMOUNT_INVALID)


def check_form(contract: Contract, command: Command, now_ns: int) -> None:
    """Side, kind and numbers of a new order."""
    require(command.side in (Side.BUY, Side.SELL), Reject.SIDE_INVALID)
    require(is_kind(command), Reject.ORDER_KIND_INVALID)
    check_numbers(contract, command, now_ns)


def check_market(contract: Contract) -> None:
    """Neither over nor halted."""
    require(not contract.is_over, Reject.MARKET_CLOSED)
    require(not contract.is_halted, Reject.MARKET_HALTED)


def check_phase(contract: Contract, command: Command) -> None:
    """A call phase takes limit orders that rest, not post-only, and conditional orders."""
    order_type, _ = kind_of(command)
    is_limit = (
        order_type == OrderType.LIMIT
        and command.tif in RESTING
        and not command.flags & OrderFlag.POST_ONLY
    )
    is_taken = is_limit or order_type not in PLAIN_TYPES
    require(is_taken or not contract.is_calling, Reject.NOT_IN_AUCTION)


# --- limits (MAT-080) ---


def sent_messages(house, wallet: Wallet) -> int:
    """Messages accepted from the wallet in the window of now."""
    window = house.now_ns // house.book_rules.message_window_ns
    return wallet.messages if wallet.window == window else 0


def count_message(house, wallet: Wallet) -> None:
    """A message of the wallet has been accepted; nobody counts if there is no limit."""
    if not house.book_rules.messages_max:
        return
    wallet.messages = sent_messages(house, wallet) + 1
    wallet.window = house.now_ns // house.book_rules.message_window_ns


def check_rate(house, wallet: Wallet) -> None:
    """LIM_MESSAGE_RATE; the affiliate may be exempt (MAT-081)."""
    rules = house.book_rules
    is_exempt = rules.rate_exempt and house.is_affiliate(wallet)
    if rules.messages_max and not is_exempt:
        require(sent_messages(house, wallet) < rules.messages_max, Reject.LIM_MESSAGE_RATE)


def check_open_orders(house, wallet: Wallet) -> None:
    """LIM_OPEN_ORDERS."""
    highest = house.book_rules.open_orders_max
    require(not highest or len(wallet.orders) < highest, Reject.LIM_OPEN_ORDERS)


def check_order_lots(contract: Contract, lots: int) -> None:
    """LIM_ORDER_LOTS."""
    highest = contract.rules.order_lots_max
    require(not highest or lots <= highest, Reject.LIM_ORDER_LOTS)


def check_worth(contract: Contract, price: int, lots: int, is_limit: bool) -> None:
    """LIM_ORDER_NOTIONAL, and PRICE_OUTSIDE_BAND of a limit order."""
    rules, mark = contract.rules, contract.mark
    highest = rules.order_notional_max
    require(not highest or price * lots <= highest, Reject.LIM_ORDER_NOTIONAL)
    if is_limit and rules.price_band_ppb and mark:
        room = mdf(mark, rules.price_band_ppb)
        require(mark - room <= price <= mark + room, Reject.PRICE_OUTSIDE_BAND)


# --- standing, position, margin ---


def reduces(wallet: Wallet, order: Order) -> bool:
    """True if there is a position on the other side."""
    lots = wallet.positions[order.contract].lots
    return lots != 0 and (lots > 0) == (order.side == Side.SELL)


def apply_restriction(house, wallet: Wallet, contract: Contract, order: Order) -> None:
    """Refuse a restricted order that adds risk; make one that reduces reduce-only."""
    reject = margin.restriction(house, wallet, contract)
    if reject == Reject.NONE:
        return
    size = abs(wallet.positions[contract.number].lots)
    fits = order.is_reduce_only or order.lots <= size
    by_notional = bool(order.flags & OrderFlag.BY_NOTIONAL)
    require(reduces(wallet, order) and fits and not by_notional, reject)
    order.flags |= OrderFlag.REDUCE_ONLY


def cut_to_position(house, wallet: Wallet, contract: Contract, order: Order) -> None:
    """Reduce-only: at most the position, at the leg's bankruptcy price or better."""
    require(reduces(wallet, order), Reject.NOTHING_TO_REDUCE)
    held = abs(wallet.positions[contract.number].lots)
    is_close = bool(order.flags & OrderFlag.CLOSE_POSITION)
    order.lots = held if is_close else min(order.lots, held)
    order.display = min(order.display, order.lots)
    price = margin.bankruptcy_price(house, wallet, contract)
    better = max if order.side == Side.SELL else min
    order.price = better(order.price, price)


def check_limits(house, wallet: Wallet, contract: Contract, order: Order, old: int = 0) -> None:
    """LIM_POSITION and LIM_OI_CAP; `old`: lots of the same order that are in the sums."""
    is_buy, more = order.side == Side.BUY, order.lots - old
    is_inside = limits.is_inside(house, wallet, contract, 1 if is_buy else -1, more)
    require(is_inside, Reject.LIM_POSITION)
    open_lots = contract.buy_lots if is_buy else contract.sell_lots
    total = contract.open_interest + open_lots + more
    require(total <= contract.oi_cap, Reject.LIM_OI_CAP)


def with_and_without(
    house, wallet: Wallet, contract: Contract, order: Order, old: Order | None, measure: Callable
) -> tuple[int, int]:
    """A measure of the wallet as it stands, and with the order in the sums (`old` taken out)."""
    position = wallet.positions[contract.number]
    before = measure(house, wallet)
    if old is not None:
        count_parts(position, old, -old.lots, contract)
    count_parts(position, order, order.lots, contract)
    after = measure(house, wallet)
    count_parts(position, order, -order.lots, contract)
    if old is not None:
        count_parts(position, old, old.lots, contract)
    return before, after


def check_margin(house, wallet: Wallet, contract: Contract, order: Order, old=None) -> None:
    """LIM_CLIENT_EXPOSURE, MRG_INSUFFICIENT; `old`: the same order as it stands in the sums."""
    now = house, wallet, contract, order, old
    if wallet.exposure_cap:
        before, after = with_and_without(*now, margin.exposure)
        is_inside = after <= wallet.exposure_cap or after <= before
        require(is_inside, Reject.LIM_CLIENT_EXPOSURE)
    before, after = with_and_without(*now, margin.requirement)
    is_covered = after <= margin.equity_for_new_risk(house, wallet) or after <= before
    require(is_covered, Reject.MRG_INSUFFICIENT)


def limit_of(command: Command, contract: Contract) -> int:
    """The limit, ticks: a market order's is the collar price, one that needs none has 0."""
    order_type, _ = kind_of(command)
    if order_type != OrderType.MARKET:
        return command.price_ticks if order_type in PRICED_TYPES else 0
    room = mdf(contract.mark, contract.terms.collar_ppb)
    price = contract.mark + (room if command.side == Side.BUY else -room)
    return clamp(price, 1, contract.terms.price_ticks_max)


def size_by_notional(house, contract: Contract, order: Order, amount: int) -> None:
    """MAT-021: the lots that the amount buys."""
    band = contract.history.band(house.now_ns)
    lots = contract.book.affordable(order, band, amount)
    order.lots = min(lots, contract.terms.lots_max)
    require(order.lots > 0, Reject.NOTIONAL_TOO_SMALL)


def check_execution(house, contract: Contract, order: Order) -> None:
    """POST_ONLY_WOULD_TRADE, or the slide (MAT-014), and FOK_NOT_FILLABLE."""
    book, highest = contract.book, contract.terms.price_ticks_max
    if order.is_post_only and contract.is_trading and book.would_trade(order.side, order.price):
        require(bool(order.flags & OrderFlag.SLIDE), Reject.POST_ONLY_WOULD_TRADE)
        is_buy = order.side == Side.BUY
        order.price = book.best(Side.SELL) - 1 if is_buy else book.best(Side.BUY) + 1
        require(1 <= order.price <= highest, Reject.POST_ONLY_WOULD_TRADE)
    if order.tif == TimeInForce.FOK:
        band = contract.history.band(house.now_ns)
        require(book.can_fill(order, band), Reject.FOK_NOT_FILLABLE)


def wait_of(command: Command) -> Wait | None:
    """What a command's order waits for; None if it does not."""
    order_type, source = kind_of(command)
    if order_type in PLAIN_TYPES:
        return None
    if order_type in TRAILING_TYPES:
        return Wait(order_type, source, 0, command.target, command.price_ticks)
    return Wait(order_type, source, command.target)
