"""Admission of orders: NEW_ORDER, CANCEL, AMEND, OPENING_TRADE (docs/machine.md section 3)."""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    OrderFlag,
    OrderType,
    Reject,
    SelfTrade,
    Side,
    TimeInForce,
)
from hkperp_engine.codes import Event as EventKind
from reference import margin
from reference.book import Order
from reference.rows import Command
from reference.state import Contract, Refused, Wallet, count_parts, resize
from reference.trading import book_lots, drop, leave, reclip, tell, trade
from reference.whole import clamp, mdf

ORDER_ID_MAX = 2**62


def require(holds: bool, reject: Reject) -> None:
    """Refuse unless the condition holds."""
    if not holds:
        raise Refused(reject)


def contract_of(house, command: Command) -> Contract:
    require(0 <= command.contract < len(house.contracts), Reject.CONTRACT_UNKNOWN)
    return house.contracts[command.contract]


def client_of(house, number: int) -> Wallet:
    require(house.is_client(number), Reject.WALLET_UNKNOWN)
    return house.wallets[number]


def check_price(contract: Contract, price: int) -> None:
    require(1 <= price <= contract.terms.price_ticks_max, Reject.PRICE_INVALID)


def check_lots(contract: Contract, lots: int) -> None:
    require(1 <= lots <= contract.terms.lots_max, Reject.LOTS_INVALID)


def check_market(contract: Contract) -> None:
    require(contract.state != ContractState.CLOSED, Reject.MARKET_CLOSED)
    require(contract.state != ContractState.HALTED, Reject.MARKET_HALTED)


def check_form(command: Command) -> None:
    """Side, kind and id of a new order."""
    require(command.side in (Side.BUY, Side.SELL), Reject.SIDE_INVALID)
    is_market = command.order_type == OrderType.MARKET
    is_post_only = bool(command.flags & OrderFlag.POST_ONLY)
    rests = command.tif == TimeInForce.GTC
    is_kind = (
        command.order_type in (OrderType.LIMIT, OrderType.MARKET)
        and command.tif in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK)
        and command.stp in list(SelfTrade)
        and 0 <= command.flags <= 3
        and not (is_post_only and (is_market or not rests))
        and not (is_market and rests)
    )
    require(is_kind, Reject.ORDER_KIND_INVALID)
    require(1 <= command.order_id <= ORDER_ID_MAX, Reject.ORDER_ID_INVALID)


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
    require(reduces(wallet, order) and fits, reject)
    order.flags |= OrderFlag.REDUCE_ONLY


def cut_to_position(house, wallet: Wallet, contract: Contract, order: Order) -> None:
    """Reduce-only: at most the position, at the leg's bankruptcy price or better."""
    require(reduces(wallet, order), Reject.NOTHING_TO_REDUCE)
    order.lots = min(order.lots, abs(wallet.positions[contract.number].lots))
    price = margin.bankruptcy_price(house, wallet, contract)
    better = max if order.side == Side.SELL else min
    order.price = better(order.price, price)


def check_limits(wallet: Wallet, contract: Contract, order: Order, old: int = 0) -> None:
    """LIM_POSITION and LIM_OI_CAP; `old`: lots of the same order that are in the sums."""
    position, terms = wallet.positions[contract.number], contract.terms
    if order.side == Side.BUY:
        reached = max(0, position.lots) + position.buy_lots
        open_lots = contract.buy_lots
    else:
        reached = max(0, -position.lots) + position.sell_lots
        open_lots = contract.sell_lots
    require(reached - old + order.lots <= terms.lots_max, Reject.LIM_POSITION)
    total = contract.open_interest + open_lots - old + order.lots
    require(total <= terms.oi_cap_lots, Reject.LIM_OI_CAP)


def check_margin(house, wallet: Wallet, contract: Contract, order: Order, old=None) -> None:
    """MRG_INSUFFICIENT; `old`: the same order as it stands in the sums."""
    position = wallet.positions[contract.number]
    before = margin.requirement(house, wallet)
    if old is not None:
        count_parts(position, old, -old.lots, contract)
    count_parts(position, order, order.lots, contract)
    after = margin.requirement(house, wallet)
    count_parts(position, order, -order.lots, contract)
    if old is not None:
        count_parts(position, old, old.lots, contract)
    is_covered = after <= margin.equity_for_new_risk(house, wallet) or after <= before
    require(is_covered, Reject.MRG_INSUFFICIENT)


def limit_of(command: Command, contract: Contract) -> int:
    """The limit: a market order's is the collar price."""
    if command.order_type == OrderType.LIMIT:
        return command.price_ticks
    room = mdf(contract.mark, contract.terms.collar_ppb)
    price = contract.mark + (room if command.side == Side.BUY else -room)
    return clamp(price, 1, contract.terms.price_ticks_max)


def check_execution(contract: Contract, order: Order) -> None:
    """POST_ONLY_WOULD_TRADE and FOK_NOT_FILLABLE."""
    if order.is_post_only:
        would_trade = contract.book.would_trade(order.side, order.price)
        require(not would_trade, Reject.POST_ONLY_WOULD_TRADE)
    if order.tif == TimeInForce.FOK:
        require(contract.book.can_fill(order), Reject.FOK_NOT_FILLABLE)


def start_trading(house, wallet: Wallet, order: Order) -> None:
    """The order enters the sums and trades."""
    lots, order.lots = order.lots, 0
    resize(wallet, order, lots, house.contracts[order.contract])
    trade(house, order)


def new_order(house, command: Command) -> None:
    contract = contract_of(house, command)
    wallet = client_of(house, command.wallet)
    check_form(command)
    if command.order_type == OrderType.LIMIT:
        check_price(contract, command.price_ticks)
    check_lots(contract, command.lots)
    check_market(contract)
    require(contract.mark > 0, Reject.NO_MARK_PRICE)
    order = Order(
        command.order_id,
        wallet.number,
        contract.number,
        command.side,
        limit_of(command, contract),
        command.lots,
        command.tif,
        command.flags,
        command.stp,
        contract.mark,
        int(house.is_affiliate(wallet)),
        wallet.owner,
    )
    apply_restriction(house, wallet, contract, order)
    require(order.order_id not in house.orders, Reject.ORDER_ID_IN_USE)
    if order.is_reduce_only:
        cut_to_position(house, wallet, contract, order)
    else:
        check_limits(wallet, contract, order)
    check_execution(contract, order)
    if not order.is_reduce_only:
        check_margin(house, wallet, contract, order)
    house.serials += 1
    order.serial = house.serials
    tell(house, EventKind.ORDER_ACCEPTED, order, order.lots, order.tif)
    start_trading(house, wallet, order)


def live_order(house, command: Command) -> Order:
    """The wallet's resting order of the command's id."""
    wallet = client_of(house, command.wallet)
    require(command.order_id in wallet.orders, Reject.ORDER_UNKNOWN)
    return wallet.orders[command.order_id]


def cancel(house, command: Command) -> None:
    drop(house, live_order(house, command), CancelReason.REQUESTED)


def amend(house, command: Command) -> None:
    contract = contract_of(house, command)
    old = live_order(house, command)
    require(old.contract == contract.number, Reject.ORDER_UNKNOWN)
    check_price(contract, command.price_ticks)
    check_lots(contract, command.lots)
    check_market(contract)
    wallet = house.wallets[old.wallet]
    new = Order(
        old.order_id,
        old.wallet,
        old.contract,
        old.side,
        command.price_ticks,
        command.lots,
        old.tif,
        old.flags,
        old.stp,
        contract.mark,
        old.priority_class,
        old.owner,
        old.serial,
    )
    is_simple = new.price == old.price and new.lots <= old.lots
    if not is_simple:
        if not new.is_reduce_only:
            apply_restriction(house, wallet, contract, new)
        if new.is_reduce_only:
            cut_to_position(house, wallet, contract, new)
            is_simple = new.price == old.price and new.lots <= old.lots
    if is_simple:
        keep_place(house, wallet, old, new)
        return
    if not new.is_reduce_only:
        check_limits(wallet, contract, new, old.lots)
    check_execution(contract, new)
    if not new.is_reduce_only:
        check_margin(house, wallet, contract, new, old)
    tell(house, EventKind.ORDER_AMENDED, new, new.lots)
    lots = old.lots
    leave(house, old)
    resize(wallet, old, 0, contract)
    assert lots > 0
    start_trading(house, wallet, new)


def keep_place(house, wallet: Wallet, old: Order, new: Order) -> None:
    """The simple amend: fewer lots (or as many) at the same price, place and mark kept."""
    contract = house.contracts[old.contract]
    if new.is_reduce_only and not old.is_reduce_only:
        resize(wallet, old, 0, contract)
        old.flags = new.flags
    resize(wallet, old, new.lots, contract)
    tell(house, EventKind.ORDER_AMENDED, old, old.lots)


def opening_trade(house, command: Command) -> None:
    contract = contract_of(house, command)
    buyer = client_of(house, command.wallet)
    seller = client_of(house, command.target)
    require(buyer is not seller, Reject.WALLET_UNKNOWN)
    check_price(contract, command.price_ticks)
    check_lots(contract, command.lots)
    check_market(contract)
    require(contract.mark > 0, Reject.NO_MARK_PRICE)
    require(contract.book.trade_count == 0, Reject.OPENING_IS_OVER)
    for wallet in (buyer, seller):
        reject = margin.restriction(house, wallet, contract)
        require(reject == Reject.NONE, reject)
    check_opening_limits(contract, buyer, seller, command.lots)
    saved = [(wallet, wallet.pending, save(wallet, contract)) for wallet in (buyer, seller)]
    open_interest = contract.open_interest
    book_lots(contract, buyer, command.lots, command.price_ticks)
    book_lots(contract, seller, -command.lots, command.price_ticks)
    for wallet in (buyer, seller):
        if margin.requirement(house, wallet) > margin.equity_for_new_risk(house, wallet):
            contract.open_interest = open_interest
            for each, pending, parts in saved:
                position = each.positions[contract.number]
                each.pending = pending
                position.lots, position.cost, position.entry_cost = parts
            raise Refused(Reject.MRG_INSUFFICIENT)
    house.emit(
        EventKind.OPENING_TRADE,
        contract=contract.number,
        wallet=buyer.number,
        counter_wallet=seller.number,
        price_ticks=command.price_ticks,
        lots=command.lots,
    )
    reclip(house, buyer, contract)
    reclip(house, seller, contract)


def save(wallet: Wallet, contract: Contract) -> tuple[int, int, int]:
    """What a booking changes in a position."""
    position = wallet.positions[contract.number]
    return position.lots, position.cost, position.entry_cost


def check_opening_limits(contract: Contract, buyer: Wallet, seller: Wallet, lots: int) -> None:
    """LIM_POSITION of either, then LIM_OI_CAP as a buy and as a sell."""
    long, short = buyer.positions[contract.number], seller.positions[contract.number]
    lots_max, cap = contract.terms.lots_max, contract.terms.oi_cap_lots
    require(max(0, long.lots) + long.buy_lots + lots <= lots_max, Reject.LIM_POSITION)
    require(max(0, -short.lots) + short.sell_lots + lots <= lots_max, Reject.LIM_POSITION)
    total = contract.open_interest + lots
    require(total + contract.buy_lots <= cap, Reject.LIM_OI_CAP)
    require(total + contract.sell_lots <= cap, Reject.LIM_OI_CAP)
