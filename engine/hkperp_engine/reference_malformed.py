"""What the command alone decides about a new order: points 1 to 9 of MAT-011."""

from hkperp_engine.codes import OrderFlag, OrderType, Reject, SelfTrade, Side, TimeInForce
from hkperp_engine.reference_rows import DAY_NS, ORDER_ID_MAX, PPB, CommandRow, Order
from hkperp_engine.reference_state import BookState

__all__ = ["malformed_order", "order_of"]

RESTING_TIFS = (TimeInForce.GTC, TimeInForce.GTD, TimeInForce.DAY)
LIMIT_TYPES = (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT)
TRAILING_TYPES = (OrderType.TRAILING_TICKS, OrderType.TRAILING_PPB)

#: Order types are numbered from LIMIT to TRAILING_PPB; the trigger source is added to them.
TYPE_COUNT = 8
FLAGS_MAX = 127

#: Flags that stay with an order; a pair is its `partner`, a notional has become lots.
KEPT_FLAGS = FLAGS_MAX & ~(OrderFlag.LINKED | OrderFlag.BY_NOTIONAL)
NOTIONAL_MAX = 2**61


def type_of(command: CommandRow) -> int:
    """Return the OrderType in a command's `order_type`."""
    return command.order_type % TYPE_COUNT


def source_of(command: CommandRow) -> int:
    """Return the TriggerSource in a command's `order_type`."""
    return command.order_type // TYPE_COUNT


def is_conditional(order_type: int) -> bool:
    """Tell whether orders of this type wait for a price."""
    return order_type >= OrderType.STOP_MARKET


def malformed_order(book: BookState, command: CommandRow) -> Reject:
    """Return the first of points 1 to 9 that applies (MAT-011), or NONE.

    >>> from hkperp_engine.reference import ReferenceBook
    >>> book = ReferenceBook(price_ticks_max=9, lots_max=9, wallets=1)
    >>> for price_ticks, lots in (0, 0), (1, 0), (1, 1):
    ...     order = CommandRow(kind=1, order_id=1, price_ticks=price_ticks, lots=lots)
    ...     print(malformed_order(book._book, order).name)
    PRICE_INVALID
    LOTS_INVALID
    NONE
    """
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if command.side not in (Side.BUY, Side.SELL):
        return Reject.SIDE_INVALID
    if not (_are_numbers_in_range(command) and _is_combination_valid(command)):
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command.order_id <= ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    if not _is_price_valid(book, command):
        return Reject.PRICE_INVALID
    is_by_notional = bool(command.flags & OrderFlag.BY_NOTIONAL)
    lowest, highest = (0, 0) if is_by_notional else (1, book.lots_max)
    if not lowest <= command.lots <= highest:
        return Reject.LOTS_INVALID
    if not _is_display_valid(command):
        return Reject.DISPLAY_INVALID
    if command.tif == TimeInForce.GTD and not book.now_ns < command.amount <= ORDER_ID_MAX:
        return Reject.EXPIRY_INVALID
    if not _is_trigger_valid(book, command):
        return Reject.TRIGGER_INVALID
    if is_by_notional and not 1 <= command.amount <= NOTIONAL_MAX:
        return Reject.AMOUNT_INVALID
    return Reject.NONE


def _are_numbers_in_range(command: CommandRow) -> bool:
    """MAT-011 point 2: type 0..7 with source 0..2, TIF 0..4, self-trade 0..3, flags 0..127."""
    if not 0 <= command.order_type < 3 * TYPE_COUNT:
        return False
    return (
        0 <= command.tif <= TimeInForce.DAY
        and 0 <= command.stp <= SelfTrade.DECREMENT
        and 0 <= command.flags <= FLAGS_MAX
    )


def _is_combination_valid(command: CommandRow) -> bool:
    """MAT-011 point 2: the combinations that there are. Numbers are in range."""
    kind, tif, flags = type_of(command), command.tif, command.flags
    rests = tif in RESTING_TIFS
    if not is_conditional(kind) and source_of(command):
        return False
    if kind == OrderType.MARKET and rests:
        return False
    if is_conditional(kind) and kind not in LIMIT_TYPES and tif == TimeInForce.FOK:
        return False
    if flags == 0:
        return True
    if flags & OrderFlag.POST_ONLY and not (kind in LIMIT_TYPES and rests):
        return False
    if flags & OrderFlag.SLIDE and not flags & OrderFlag.POST_ONLY:
        return False
    if flags & OrderFlag.HIDDEN:
        if not (kind == OrderType.LIMIT and rests and command.target == 0):
            return False
    # The stand-alone book has no positions to close.
    if flags & OrderFlag.CLOSE_POSITION:
        return False
    if flags & OrderFlag.BY_NOTIONAL:
        if kind != OrderType.MARKET or flags & (OrderFlag.REDUCE_ONLY | OrderFlag.LINKED):
            return False
    if flags & OrderFlag.LINKED:
        return (rests or is_conditional(kind)) and tif != TimeInForce.GTD
    return True


def _is_price_valid(book: BookState, command: CommandRow) -> bool:
    """MAT-011 point 4: the limit, or the caller's collar; a trailing order has neither."""
    if type_of(command) in TRAILING_TYPES:
        return True
    return bool(1 <= command.price_ticks <= book.price_ticks_max)


def _is_display_valid(command: CommandRow) -> bool:
    """MAT-011 point 6: shown lots of a LIMIT order that rests, 0 of a MARKET order."""
    if is_conditional(type_of(command)) or command.target == 0:
        return True
    can_show = type_of(command) == OrderType.LIMIT and command.tif in RESTING_TIFS
    return bool(can_show and 1 <= command.target <= command.lots)


def _is_trigger_valid(book: BookState, command: CommandRow) -> bool:
    """MAT-011 point 8: trigger or activation price, and the distance of a trailing order."""
    kind = type_of(command)
    if not is_conditional(kind):
        return True
    if kind not in TRAILING_TYPES:
        return bool(1 <= command.target <= book.price_ticks_max)
    farthest = book.price_ticks_max if kind == OrderType.TRAILING_TICKS else PPB - 1
    is_distance_valid = 1 <= command.price_ticks <= farthest
    return bool(0 <= command.target <= book.price_ticks_max and is_distance_valid)


def expiry_of(book: BookState, command: CommandRow) -> int:
    """Return when the order expires in ns, 0 for never (MAT-012: DAY ends with the day)."""
    if command.tif == TimeInForce.GTD:
        return int(command.amount)
    if command.tif == TimeInForce.DAY:
        day_start_ns = book.rules.day_start_ns
        return book.now_ns + DAY_NS - (book.now_ns - day_start_ns) % DAY_NS
    return 0


def order_of(book: BookState, command: CommandRow, *, is_quote: bool = False) -> Order:
    """Make the order that a well-formed command describes; it is not live yet."""
    wallet = book.wallets[command.wallet]
    kind = type_of(command)
    is_trailing = kind in TRAILING_TYPES
    return Order(
        order_id=command.order_id,
        contract=command.contract,
        wallet=command.wallet,
        owner=wallet.owner,
        priority_class=wallet.priority_class,
        side=command.side,
        order_type=kind,
        source=source_of(command),
        tif=command.tif,
        flags=command.flags & KEPT_FLAGS,
        stp=command.stp,
        price_ticks=0 if is_trailing else command.price_ticks,
        lots_left=command.lots,
        display_lots=command.target if kind == OrderType.LIMIT else 0,
        expiry_ns=expiry_of(book, command),
        trigger_ticks=0 if is_trailing or not is_conditional(kind) else command.target,
        activation_ticks=command.target if is_trailing else 0,
        distance=command.price_ticks if is_trailing else 0,
        notional=command.amount if command.flags & OrderFlag.BY_NOTIONAL else 0,
        is_quote=is_quote,
    )
