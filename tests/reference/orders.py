"""NEW_ORDER, CANCEL, AMEND and what fires (docs/machine.md section 3, docs/book.md 3, 5, 8)."""

from dataclasses import replace

from hkperp_engine.codes import AmendFlag, CancelReason, OrderFlag, OrderType, Reject
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import TimeInForce as Tif
from reference import admission, waiting
from reference.book import Order
from reference.lifecycle import condemn_partner, drop, leave, purge, register, tell
from reference.requests import check_lots, check_price, client_of, contract_of, require
from reference.rows import Command
from reference.state import Contract, Refused, Wallet, resize
from reference.trading import trade

DAY_NS = 86_400_000_000_000


def expiry_of(house, command: Command, is_fired: bool) -> int:
    """When the order expires, ns; 0: never (MAT-012). A fired one: when it always would have."""
    if command.tif == Tif.GTD or (command.tif == Tif.DAY and is_fired):
        return command.amount
    if command.tif == Tif.DAY:
        return house.now_ns + DAY_NS - (house.now_ns - house.book_rules.day_start_ns) % DAY_NS
    return 0


def draft(house, wallet: Wallet, contract: Contract, command: Command, is_fired: bool) -> Order:
    """The order that a command asks for."""
    flags, is_limit = command.flags & ~OrderFlag.LINKED, command.order_type == OrderType.LIMIT
    if flags & OrderFlag.CLOSE_POSITION:
        flags |= OrderFlag.REDUCE_ONLY
    return Order(
        command.order_id,
        wallet.number,
        contract.number,
        command.side,
        admission.limit_of(command, contract),
        command.lots,
        command.tif,
        flags,
        command.stp,
        contract.mark,
        int(house.is_affiliate(wallet)),
        wallet.owner,
        display=command.target if is_limit else 0,
        expiry_ns=expiry_of(house, command, is_fired),
        wait=admission.wait_of(command),
    )


def find_partner(wallet: Wallet, order: Order, command: Command) -> Order | None:
    """The order to link with (MAT-077), if one is asked for."""
    if not command.flags & OrderFlag.LINKED:
        return None
    partner = wallet.orders.get(command.amount)
    is_partner = (
        partner is not None
        and partner.contract == order.contract
        and partner.side == order.side
        and not partner.partner
    )
    require(is_partner, Reject.PARTNER_UNKNOWN)
    return partner


def link(order: Order, partner: Order | None) -> None:
    """From now on one cancels the other."""
    if partner is not None:
        order.partner, partner.partner = partner.order_id, order.order_id


def check_sums(house, wallet: Wallet, contract: Contract, order: Order, amount: int) -> None:
    """From NOTHING_TO_REDUCE to MRG_INSUFFICIENT; `amount`: notional of a market order."""
    if order.is_reduce_only:
        admission.cut_to_position(house, wallet, contract, order)
    elif order.flags & OrderFlag.BY_NOTIONAL:
        admission.size_by_notional(house, contract, order, amount)
    if not order.is_reduce_only:
        admission.check_limits(house, wallet, contract, order)
    admission.check_execution(house, contract, order)
    if not order.is_reduce_only:
        admission.check_margin(house, wallet, contract, order)


def start_trading(house, wallet: Wallet, order: Order) -> None:
    """The order enters the sums and trades."""
    lots, order.lots = order.lots, 0
    resize(wallet, order, lots, house.contracts[order.contract])
    trade(house, order)


def start_waiting(house, contract: Contract, order: Order) -> None:
    """MAT-031: accepted, it waits outside the book."""
    wait = order.wait
    contract.waiting.append(order)
    register(house, order)
    waiting.queue(house, order)
    limit, trigger = order.price, wait.activation if wait.is_trailing else wait.trigger
    tell(
        house,
        EventKind.ORDER_WAITS,
        order,
        order.lots,
        order.tif,
        price_ticks=limit,
        amount=trigger,
    )
    price = waiting.known_price(contract, wait.source)
    if wait.is_trailing and waiting.is_met(order, contract, price):
        waiting.activate(house, contract, order, price)


def new_order(
    house, command: Command, *, is_message: bool = True, is_fired: bool = False, is_quote=False
) -> None:
    """A new order, from outside (a message), of a quote, or one that has fired."""
    contract = contract_of(house, command)
    wallet = client_of(house, command.wallet)
    admission.check_form(contract, command, house.now_ns)
    admission.check_market(contract)
    admission.check_phase(contract, command)
    require(contract.mark > 0, Reject.NO_MARK_PRICE)
    order = draft(house, wallet, contract, command, is_fired)
    order.is_quote = is_quote
    admission.apply_restriction(house, wallet, contract, order)
    if is_message:
        admission.check_rate(house, wallet)
    if not is_fired:
        admission.check_open_orders(house, wallet)
    admission.check_order_lots(contract, order.lots)
    if order.wait is None:
        is_limit = command.order_type == OrderType.LIMIT
        admission.check_worth(contract, order.price, order.lots, is_limit)
    require(order.order_id not in house.orders, Reject.ORDER_ID_IN_USE)
    partner = find_partner(wallet, order, command)
    if order.wait is None:
        check_sums(house, wallet, contract, order, command.amount)
    elif not order.wait.is_trailing:
        price = waiting.known_price(contract, order.wait.source)
        is_met = waiting.is_met(order, contract, price)
        require(not is_met, Reject.TRIGGER_ALREADY_MET)
    if is_message:
        admission.count_message(house, wallet)
    link(order, partner)
    house.serials += 1
    order.serial = house.serials
    if order.wait is not None:
        start_waiting(house, contract, order)
        return
    shown = order.display
    tell(house, EventKind.ORDER_ACCEPTED, order, order.lots, order.tif, amount=shown)
    start_trading(house, wallet, order)


# --- what fires ---


def fired_command(house, order: Order) -> Command:
    """The NEW_ORDER that a fired order is sent as."""
    has_limit = order.wait.has_limit
    return Command(
        time_ns=house.now_ns,
        contract=order.contract,
        kind=Kind.NEW_ORDER,
        side=order.side,
        order_type=OrderType.LIMIT if has_limit else OrderType.MARKET,
        tif=order.tif if has_limit else Tif.IOC,
        flags=order.flags,
        stp=order.stp,
        wallet=order.wallet,
        order_id=order.order_id,
        price_ticks=order.price,
        lots=0 if order.flags & OrderFlag.CLOSE_POSITION else order.lots,
        amount=order.expiry_ns,
    )


def refuse(house, command: Command, reject: int) -> None:
    """Write a refusal."""
    house.emit(
        EventKind.REFUSED,
        code=reject,
        contract=command.contract,
        wallet=command.wallet,
        order_id=command.order_id,
        counter_order_id=command.tag,
        amount=command.kind,
    )


def send(house, order: Order) -> None:
    """One fired order is sent (MAT-034)."""
    wait, command = order.wait, fired_command(house, order)
    tell(
        house,
        EventKind.TRIGGERED,
        order,
        order.lots,
        wait.source,
        price_ticks=wait.trigger,
        amount=wait.observed,
    )
    leave(house, order)
    condemn_partner(house, order)
    purge(house)
    try:
        new_order(house, command, is_message=False, is_fired=True)
    except Refused as refused:
        refuse(house, command, refused.reject)


def send_fired(house) -> None:
    """Send what has fired and may trade, in order, as far as the cap allows."""
    for _ in range(house.book_rules.triggers_max):
        ready = [order for order in house.fired if house.contracts[order.contract].is_trading]
        if not ready:
            return
        send(house, ready[0])
    if any(house.contracts[order.contract].is_trading for order in house.fired):
        house.emit(EventKind.TRIGGER_CAP, amount=len(house.fired))


# --- cancel and amend ---


def live_order(house, command: Command) -> Order:
    """The wallet's live order of the command's id."""
    wallet = client_of(house, command.wallet)
    require(command.order_id in wallet.orders, Reject.ORDER_UNKNOWN)
    return wallet.orders[command.order_id]


def cancel(house, command: Command) -> None:
    drop(house, live_order(house, command), CancelReason.REQUESTED)
    purge(house)


def amend(house, command: Command, is_message: bool = True) -> None:
    """A new limit and quantity; a quote's leg is no message of its own."""
    contract = contract_of(house, command)
    old = live_order(house, command)
    require(old.contract == contract.number, Reject.ORDER_UNKNOWN)
    wallet, traded = house.wallets[old.wallet], old.traded
    lots = command.lots - (traded if command.flags & AmendFlag.TOTAL else 0)
    if old.wait is not None:
        amend_waiting(house, wallet, old, command._replace(lots=lots))
        return
    check_price(contract, command.price_ticks)
    check_lots(contract, lots)
    admission.check_market(contract)
    new = replace(old, price=command.price_ticks, lots=lots, mark=contract.mark)
    is_simple = new.price == old.price and new.lots <= old.lots
    if not is_simple:
        if is_message:
            admission.check_rate(house, wallet)
        admission.check_order_lots(contract, lots)
        admission.check_worth(contract, new.price, lots, is_limit=True)
        if not new.is_reduce_only:
            admission.apply_restriction(house, wallet, contract, new)
        if new.is_reduce_only:
            admission.cut_to_position(house, wallet, contract, new)
            is_simple = new.price == old.price and new.lots <= old.lots
    if not is_simple:
        is_simple = check_amended(house, wallet, old, new)
    if is_message:
        admission.count_message(house, wallet)
    if is_simple:
        keep_place(house, wallet, old, new)
        return
    tell(house, EventKind.ORDER_AMENDED, new, new.lots)
    leave(house, old)
    resize(wallet, old, 0, contract)
    start_trading(house, wallet, new)


def check_amended(house, wallet: Wallet, old: Order, new: Order) -> bool:
    """From LIM_POSITION on, with the old order taken out; True if it slid back to where it is."""
    contract = house.contracts[old.contract]
    if not new.is_reduce_only:
        admission.check_limits(house, wallet, contract, new, old.lots)
    admission.check_execution(house, contract, new)
    if new.is_post_only and new.price == old.price and new.lots <= old.lots:
        return True
    if not new.is_reduce_only:
        admission.check_margin(house, wallet, contract, new, old)
    return False


def keep_place(house, wallet: Wallet, old: Order, new: Order) -> None:
    """The simple amend: fewer lots (or as many) at the same price, place and mark kept."""
    contract = house.contracts[old.contract]
    if new.is_reduce_only and not old.is_reduce_only:
        resize(wallet, old, 0, contract)
        old.flags = new.flags
    resize(wallet, old, new.lots, contract)
    tell(house, EventKind.ORDER_AMENDED, old, old.lots)


def amend_waiting(house, wallet: Wallet, order: Order, command: Command) -> None:
    """MAT-019: limit, lots and trigger of an order that waits; a fired one keeps its trigger."""
    contract, wait = house.contracts[order.contract], order.wait
    if wait.has_limit:
        check_price(contract, command.price_ticks)
    check_lots(contract, command.lots)
    price = command.price_ticks if wait.has_limit else order.price
    is_fixed = wait.is_trailing or wait.is_fired
    trigger = wait.trigger if is_fixed else command.target or wait.trigger
    if not is_fixed:
        require(1 <= trigger <= contract.terms.price_ticks_max, Reject.TRIGGER_INVALID)
    admission.check_market(contract)
    is_simple = price == order.price and trigger == wait.trigger and command.lots <= order.lots
    if not is_simple:
        admission.check_rate(house, wallet)
        admission.check_order_lots(contract, command.lots)
    if not is_simple and not is_fixed:
        moved = replace(order, wait=replace(wait, trigger=trigger))
        known = waiting.known_price(contract, wait.source)
        is_met = waiting.is_met(moved, contract, known)
        require(not is_met, Reject.TRIGGER_ALREADY_MET)
    admission.count_message(house, wallet)
    order.price, order.lots, wait.trigger = price, command.lots, trigger
    if not is_simple and not wait.is_fired:
        waiting.queue(house, order)
    tell(house, EventKind.ORDER_AMENDED, order, order.lots)
