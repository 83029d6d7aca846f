"""New orders, cancellations, amendments, orders that have fired: MAT-011 to MAT-019, MAT-034."""

from sortedcontainers import SortedDict

from hkperp_engine.codes import (
    AmendFlag,
    CancelReason,
    Command,
    Event,
    OrderFlag,
    OrderType,
    Reject,
    Side,
    TimeInForce,
    TriggerSource,
)
from hkperp_engine.reference_auction import pause
from hkperp_engine.reference_limits import (
    amendment_refusal,
    count_message,
    lots_refusal,
    market_refusal,
    open_orders_refusal,
    rate_refusal,
    size_refusal,
    standing_refusal,
)
from hkperp_engine.reference_malformed import (
    LIMIT_TYPES,
    RESTING_TIFS,
    is_conditional,
    malformed_order,
    order_of,
)
from hkperp_engine.reference_match import (
    Sweep,
    is_fillable,
    lots_for_notional,
    post_only_refusal,
    sweep,
)
from hkperp_engine.reference_rows import CommandRow, Order, Status
from hkperp_engine.reference_state import BookState
from hkperp_engine.reference_triggers import accept_trailing, is_met, observe, watch

__all__ = ["amend", "amend_order", "cancel", "new_order", "place_order", "send_fired"]


def new_order(book: BookState, command: CommandRow) -> Reject:
    """NEW_ORDER (section 3): a message of its wallet."""
    reject = place_order(book, command)
    if not reject:
        count_message(book, command.wallet)
    return reject


def place_order(book: BookState, command: CommandRow, *, is_quote: bool = False) -> Reject:
    """MAT-011: refuse an order, or let it wait, or let it trade; a quote is no message."""
    reject = malformed_order(book, command)
    if reject:
        return reject
    order = order_of(book, command, is_quote=is_quote)
    waits = is_conditional(order.order_type)
    contract = book.contracts[order.contract]
    reject = market_refusal(contract, order) or standing_refusal(book, order)
    if not (reject or is_quote):
        reject = rate_refusal(book, order.wallet)
    reject = reject or open_orders_refusal(book, order.wallet)
    if waits:
        reject = reject or lots_refusal(contract, order.lots_left)
    else:
        reject = reject or size_refusal(contract, order, order.price_ticks, order.lots_left)
    if reject:
        return reject
    if order.order_id in book.live:
        return Reject.ORDER_ID_IN_USE
    partner = None
    if command.flags & OrderFlag.LINKED:
        partner = book.live.get(command.amount)
        if partner is None or not _may_be_partners(order, partner):
            return Reject.PARTNER_UNKNOWN
    return _wait(book, order, partner) if waits else _arrive(book, order, partner)


def _may_be_partners(order: Order, other: Order) -> bool:
    """MAT-011 point 14: the same wallet, contract and side, and not linked yet."""
    mine = order.wallet, order.contract, order.side
    return mine == (other.wallet, other.contract, other.side) and other.partner is None


def _link(order: Order, partner: Order | None) -> None:
    """MAT-077: one cancels the other."""
    if partner is not None:
        order.partner, partner.partner = partner, order


def _wait(book: BookState, order: Order, partner: Order | None) -> Reject:
    """MAT-030, MAT-031: accept a conditional order, unless its trigger is met already."""
    known_ticks = book.contracts[order.contract].known[order.source]
    if not order.is_trailing() and is_met(book, order, known_ticks):
        return Reject.TRIGGER_ALREADY_MET
    book.enrol(order)
    _link(order, partner)
    if order.is_trailing():
        accept_trailing(book, order)
    watch(book, order)
    sent_ticks = order.activation_ticks if order.is_trailing() else order.trigger_ticks
    book.report(Event.ORDER_WAITS, order, order.tif, order.lots_left, sent_ticks)
    return Reject.NONE


def _arrive(book: BookState, order: Order, partner: Order | None = None) -> Reject:
    """MAT-011 point 16, MAT-012: the last refusals, then the order is accepted and trades."""
    if order.notional:
        order.lots_left = lots_for_notional(book, order)
        if not order.lots_left:
            return Reject.NOTIONAL_TOO_SMALL
    if order.flags & OrderFlag.POST_ONLY:
        reject = post_only_refusal(book, order)
        if reject:
            return reject
    if order.tif == TimeInForce.FOK and not is_fillable(book, order):
        return Reject.FOK_NOT_FILLABLE
    book.enrol(order)
    _link(order, partner)
    book.report(Event.ORDER_ACCEPTED, order, order.tif, order.lots_left, order.display_lots)
    _trade_and_rest(book, order)
    return Reject.NONE


def _trade_and_rest(book: BookState, order: Order) -> None:
    """MAT-012: trade, let the rest stand or go; then LAST is observed (MAT-032).

    Not if the sweep was stopped: then the contract is in a volatility auction (MAT-064).
    """
    contract = book.contracts[order.contract]
    done = sweep(book, order) if contract.is_trading() else Sweep(0, 0, 0)
    if order.lots_left:
        if order.tif in RESTING_TIFS:
            book.rest(order)
        else:
            is_stopped = done.stopped_at > 0
            reason = CancelReason.VOLATILITY if is_stopped else CancelReason.NOT_RESTING
            book.take_out(order, order.lots_left, reason)
            book.carry_out_sentences()
    if done.stopped_at:
        pause(book, contract, done.stopped_at)
    for price_ticks in dict.fromkeys((done.first_ticks, done.last_ticks)):
        if price_ticks:
            observe(book, contract, TriggerSource.LAST, price_ticks)


def cancel(book: BookState, command: CommandRow) -> Reject:
    """MAT-015: the id must be live and of the wallet; nothing else is looked at."""
    order = book.live.get(command.order_id)
    if order is None or order.wallet != command.wallet:
        return Reject.ORDER_UNKNOWN
    book.cancel_orders([order], CancelReason.REQUESTED)
    return Reject.NONE


def amend(book: BookState, command: CommandRow) -> Reject:
    """AMEND (section 5): a message of its wallet."""
    reject = amend_order(book, command)
    if not reject:
        count_message(book, command.wallet)
    return reject


def amend_order(book: BookState, command: CommandRow, *, is_quote_leg: bool = False) -> Reject:
    """MAT-016: a new limit and new lots for a live order; a quote's leg is no message."""
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    order = book.live.get(command.order_id)
    if order is None or (order.wallet, order.contract) != (command.wallet, command.contract):
        return Reject.ORDER_UNKNOWN
    if not (order.is_trailing() or 1 <= command.price_ticks <= book.price_ticks_max):
        return Reject.PRICE_INVALID
    lots = command.lots - (order.traded_lots if command.flags & AmendFlag.TOTAL else 0)
    if not 1 <= lots <= book.lots_max:
        return Reject.LOTS_INVALID
    trigger_ticks = _new_trigger(order, command)
    if trigger_ticks and not 1 <= trigger_ticks <= book.price_ticks_max:
        return Reject.TRIGGER_INVALID
    contract = book.contracts[order.contract]
    reject = amendment_refusal(contract)
    price_ticks = 0 if order.is_trailing() else command.price_ticks
    is_simple = lots <= order.lots_left and price_ticks == order.price_ticks
    is_simple = is_simple and trigger_ticks in (0, order.trigger_ticks)
    if not is_simple:
        reject = reject or standing_refusal(book, order)
        if not (reject or is_quote_leg):
            reject = rate_refusal(book, order.wallet)
        if not order.is_waiting():
            reject = reject or size_refusal(contract, order, price_ticks, lots)
    if reject:
        return reject
    if order.is_waiting():
        return _amend_waiting(book, order, price_ticks, lots, trigger_ticks, is_simple)
    if is_simple:
        _shrink(book, order, lots)
        return Reject.NONE
    return _replace(book, order, price_ticks, lots)


def _new_trigger(order: Order, command: CommandRow) -> int:
    """MAT-016: the new trigger of a waiting STOP or TAKE_PROFIT; 0: as it is."""
    has_trigger = order.is_waiting() and not order.is_trailing()
    return command.target if has_trigger else 0


def _shrink(book: BookState, order: Order, lots: int) -> None:
    """MAT-017: fewer lots, or as many; the place is kept."""
    order.lots_left = lots
    order.slice_lots = min(order.slice_lots, lots)
    book.report(Event.ORDER_AMENDED, order, 0, lots)


def _replace(book: BookState, order: Order, price_ticks: int, lots: int) -> Reject:
    """MAT-018: the order leaves its queue and comes back as a new arrival."""
    old_ticks, order.price_ticks = order.price_ticks, price_ticks
    if order.flags & OrderFlag.POST_ONLY:
        reject = post_only_refusal(book, order)
        if reject:
            order.price_ticks = old_ticks
            return reject
        if order.price_ticks == old_ticks and lots <= order.lots_left:
            _shrink(book, order, lots)  # it slid back to where it is
            return Reject.NONE
    order.leave_queues()
    order.status = Status.TRADING
    order.lots_left = lots
    book.report(Event.ORDER_AMENDED, order, 0, lots)
    _trade_and_rest(book, order)
    return Reject.NONE


def _amend_waiting(
    book: BookState,
    order: Order,
    price_ticks: int,
    lots: int,
    trigger_ticks: int,
    is_simple: bool,
) -> Reject:
    """MAT-019: a waiting order goes to the back of its trigger's queue unless lots only shrink.

    One that has fired keeps its place and its trigger: it waits for no price any more.
    """
    old_ticks = order.trigger_ticks
    moves = order.status == Status.WAITING and not is_simple
    if moves and trigger_ticks:
        order.trigger_ticks = trigger_ticks
    known_ticks = book.contracts[order.contract].known[order.source]
    if moves and not order.is_trailing() and is_met(book, order, known_ticks):
        order.trigger_ticks = old_ticks
        return Reject.TRIGGER_ALREADY_MET
    order.price_ticks, order.lots_left = price_ticks, lots
    if moves:
        watch(book, order)
    book.report(Event.ORDER_AMENDED, order, 0, lots)
    return Reject.NONE


def send_fired(book: BookState) -> None:
    """MAT-034: send fired orders, at most `triggers_max`; how many are left is reported.

    Those that wait for their market are counted as left, but nothing is reported for them alone.
    """
    for _ in range(book.rules.triggers_max):
        ready = _ready_to_send(book)
        if not ready:
            return
        firsts = [fired.peekitem(0)[1] for fired in ready]
        _send(book, min(firsts, key=lambda order: order.fired_at))
    if _ready_to_send(book):
        left = sum(len(contract.fired) for contract in book.contracts)
        book.announce(Event.TRIGGER_CAP, amount=left)


def _ready_to_send(book: BookState) -> list[SortedDict]:
    """MAT-034: the fired orders of contracts that trade; the others wait for that state."""
    return [c.fired for c in book.contracts if c.fired and c.is_trading()]


def _send(book: BookState, order: Order) -> None:
    """MAT-034: TRIGGERED, the partner goes, then the order is a new one or is refused."""
    limit_ticks, order.price_ticks = order.price_ticks, order.trigger_ticks
    book.report(Event.TRIGGERED, order, order.source, order.lots_left, order.fired_ticks)
    order.price_ticks = limit_ticks
    book.forget(order)
    book.carry_out_sentences()
    arrival = _order_sent_by(book, order)
    contract = book.contracts[order.contract]
    reject = standing_refusal(book, arrival)
    reject = reject or size_refusal(contract, arrival, arrival.price_ticks, arrival.lots_left)
    reject = reject or _arrive(book, arrival)
    if reject:
        who = {"wallet": order.wallet, "order_id": order.order_id, "contract": order.contract}
        book.announce(Event.REFUSED, code=reject, amount=Command.NEW_ORDER, **who)


def _order_sent_by(book: BookState, fired: Order) -> Order:
    """MAT-034: the new order that a fired one becomes: LIMIT with its TIF, or MARKET IOC."""
    is_limit = fired.order_type in LIMIT_TYPES
    price_ticks = fired.price_ticks
    if fired.is_trailing():
        # It was sent with a distance where others have a collar.
        price_ticks = book.price_ticks_max if fired.side == Side.BUY else 1
    return Order(
        order_id=fired.order_id,
        contract=fired.contract,
        wallet=fired.wallet,
        owner=fired.owner,
        priority_class=fired.priority_class,
        side=fired.side,
        order_type=OrderType.LIMIT if is_limit else OrderType.MARKET,
        source=0,
        tif=fired.tif if is_limit else TimeInForce.IOC,
        flags=fired.flags,
        stp=fired.stp,
        price_ticks=price_ticks,
        lots_left=fired.lots_left,
        expiry_ns=fired.expiry_ns if is_limit else 0,
    )
