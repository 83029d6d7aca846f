"""Mass quotes: one command, two legs, each an order of its own (docs/book.md MAT-073).

The legs are commands that the book gives itself (`state.internal`); the loop does them before
anything else of the outside.
"""

from hkperp_engine.codes import Command, OrderType, Reject, SelfTrade, Side, TimeInForce
from hkperp_engine.intake import ORDER_ID_MAX
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import Trait
from hkperp_engine.order_limits import rate_is_full
from hkperp_engine.orders import find_order
from hkperp_engine.protection import is_frozen

__all__ = ["quote_refusal", "take_internal", "write_legs"]


@kernel
def quote_refusal(state, command, first_wallet):
    """Return the first `Reject` of a MASS_QUOTE row, or NONE. O(1)."""
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    if not first_wallet <= wallet < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if not 0 <= contract < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if not SelfTrade.CANCEL_NEWEST <= command["stp"] <= SelfTrade.DECREMENT:
        return Reject.ORDER_KIND_INVALID
    if not 1 <= command["order_id"] < ORDER_ID_MAX:
        return Reject.ORDER_ID_INVALID
    if is_frozen(state, wallet, contract):
        return Reject.QUOTES_FROZEN
    if rate_is_full(state, wallet):
        return Reject.LIM_MESSAGE_RATE
    return Reject.NONE


@kernel
def _quote_slot(state, command, order_id):
    """Return the slot of a wallet's live quote in the contract, 0 if `order_id` is not one."""
    slot = find_order(state, order_id)
    order = state.orders[slot]
    is_quote = order["traits"] & Trait.QUOTE != 0
    is_own = order["wallet"] == command["wallet"] and order["contract"] == command["contract"]
    return slot if slot != 0 and is_quote and is_own else 0


@kernel
def _write_leg(state, command, row, side):
    """Write one leg of a MASS_QUOTE row into row `row` of `state.internal`. O(1)."""
    is_bid = side == Side.BUY
    leg = state.internal[row]
    leg["time_ns"] = command["time_ns"]
    leg["contract"] = command["contract"]
    leg["kind"] = Command.NEW_ORDER
    leg["side"] = side
    leg["order_type"] = OrderType.LIMIT
    leg["tif"] = TimeInForce.GTC
    leg["flags"] = 0
    leg["stp"] = command["stp"]
    leg["wallet"] = command["wallet"]
    leg["target"] = 0
    leg["order_id"] = command["order_id"] if is_bid else command["order_id"] + 1
    leg["price_ticks"] = command["price_ticks"] if is_bid else command["amount"]
    leg["lots"] = command["lots"] if is_bid else command["target"]
    leg["amount"] = 0
    leg["tag"] = command["tag"]


@kernel
def write_legs(state, command):
    """Write both legs of an accepted MASS_QUOTE row, the ask first if the quotes move up. O(1)."""
    slot = _quote_slot(state, command, command["order_id"])
    moves_up = slot != 0 and command["price_ticks"] > state.orders[slot]["price_ticks"]
    first = Side.SELL if moves_up else Side.BUY
    _write_leg(state, command, 0, first)
    _write_leg(state, command, 1, 1 - first)
    engine = state.engine[0]
    engine["internal_first"] = 0
    engine["internal_count"] = 2
    engine["inner"] = 2


@kernel
def take_internal(state):
    """Take the next command that the book gave itself; its row in `state.internal`. O(1)."""
    engine = state.engine[0]
    row = engine["internal_first"]
    engine["internal_first"] = row + 1
    engine["internal_count"] -= 1
    if engine["inner"] == 2:
        _resolve_leg(state, state.internal[row])
    return row


@kernel
def _resolve_leg(state, leg):
    """Say in a leg's `kind` what it is: new, amended, cancelled, or nothing (ADVANCE). O(1)."""
    slot = _quote_slot(state, leg, leg["order_id"])
    if leg["lots"] == 0:
        leg["kind"] = Command.CANCEL if slot != 0 else Command.ADVANCE
    elif slot != 0:
        leg["kind"] = Command.AMEND
