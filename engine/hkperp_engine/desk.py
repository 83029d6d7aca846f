"""Commands to the stand-alone book that are not single orders: states, scopes, quotes, limits.

docs/book.md sections 10 to 12. All refusals first; what follows is put on the work list.
"""

from hkperp_engine.codes import (
    CancelReason,
    Command,
    ContractState,
    Reject,
    Session,
)
from hkperp_engine.events import refuse
from hkperp_engine.kernel import kernel
from hkperp_engine.layout import PROTECTED_FILLS_MAX
from hkperp_engine.order_limits import count_message
from hkperp_engine.protection import (
    find_protection,
    has_protection_room,
    reset_protection,
    set_protection,
)
from hkperp_engine.quotes import quote_refusal, write_legs
from hkperp_engine.scopes import (
    REPORT,
    cancel_all,
    kill,
    kill_refusal,
    mass_cancel,
    mass_cancel_refusal,
    suspend_affiliate,
)
from hkperp_engine.timers import COUNTDOWN, drop_timer, set_timer
from hkperp_engine.tuning import inlined
from hkperp_engine.units import LOTS_MAX

__all__ = ["account_refusal", "do_account", "is_account_command", "state_refusal"]

#: Longest countdown: 31 days; longest window of a protection: one day. In ns.
COUNTDOWN_MAX_NS = 31 * 86_400_000_000_000
WINDOW_MAX_NS = 86_400_000_000_000


@inlined
def is_account_command(kind):
    """Tell whether `kind` is one of those that `do_account` does. O(1)."""
    is_order = Command.MASS_CANCEL <= kind <= Command.RESET_PROTECTION
    return is_order or kind == Command.KILL_SWITCH or kind == Command.SUSPEND_AFMM


@kernel
def account_refusal(state, command, first_wallet):
    """Return the first Reject of a row that `do_account` does, or NONE. O(1).

    `first_wallet`: the lowest wallet that may trade.
    """
    kind = command["kind"]
    if kind == Command.MASS_CANCEL:
        return mass_cancel_refusal(state, command, first_wallet)
    if kind == Command.MASS_QUOTE:
        return quote_refusal(state, command, first_wallet)
    if kind == Command.KILL_SWITCH:
        return kill_refusal(state, command, first_wallet)
    if kind == Command.SUSPEND_AFMM:
        return Reject.NONE if 0 <= command["side"] <= 1 else Reject.STATE_INVALID
    if not first_wallet <= command["wallet"] < state.owners.size:
        return Reject.WALLET_UNKNOWN
    if kind == Command.SET_COUNTDOWN:
        is_valid = 0 <= command["amount"] <= COUNTDOWN_MAX_NS
        return Reject.NONE if is_valid else Reject.AMOUNT_INVALID
    if kind == Command.SET_SESSION:
        is_valid = Session.CONNECTED <= command["side"] <= Session.DISCONNECTED
        return Reject.NONE if is_valid else Reject.STATE_INVALID
    return _protection_refusal(state, command)


@kernel
def _protection_refusal(state, command):
    """Return the first Reject of a SET_ or RESET_PROTECTION row of a known wallet. O(1)."""
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    if not 0 <= contract < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    if command["kind"] == Command.RESET_PROTECTION:
        is_set = find_protection(state, wallet, contract) != 0
        return Reject.NONE if is_set else Reject.STATE_INVALID
    if not 1 <= command["amount"] <= WINDOW_MAX_NS:
        return Reject.AMOUNT_INVALID
    if not 0 <= command["lots"] <= LOTS_MAX or not 0 <= command["price_ticks"] <= LOTS_MAX:
        return Reject.LOTS_INVALID
    if not 1 <= command["target"] <= PROTECTED_FILLS_MAX:
        return Reject.LOTS_INVALID
    if not has_protection_room(state, wallet, contract):
        return Reject.LIM_PROTECTIONS
    return Reject.NONE


@kernel
def do_account(state, command, first_wallet):
    """Do a row of a kind that `is_account_command` names: refuse it, or begin what it asks for.

    At most one event; the cancelling is put on the work list, quotes among the internal commands.
    """
    reject = account_refusal(state, command, first_wallet)
    if reject != Reject.NONE:
        refuse(state, command, reject)
        return
    kind = command["kind"]
    wallet = int(command["wallet"])
    contract = int(command["contract"])
    if kind == Command.MASS_CANCEL:
        mass_cancel(state, command)
    elif kind == Command.MASS_QUOTE:
        count_message(state, wallet)
        write_legs(state, command)
    elif kind == Command.SET_COUNTDOWN:
        drop_timer(state, COUNTDOWN, wallet)
        if command["amount"] > 0:
            set_timer(state, COUNTDOWN, wallet, state.engine[0]["now_ns"] + command["amount"])
    elif kind == Command.SET_SESSION:
        _set_session(state, wallet, int(command["side"]))
    elif kind == Command.SET_PROTECTION:
        lots = command["lots"]
        net_lots = command["price_ticks"]
        trades = int(command["target"])
        set_protection(state, wallet, contract, command["amount"], lots, net_lots, trades)
    elif kind == Command.RESET_PROTECTION:
        reset_protection(state, find_protection(state, wallet, contract))
    elif kind == Command.KILL_SWITCH:
        kill(state, command, first_wallet)
    else:
        suspend_affiliate(state, command, first_wallet)


@kernel
def _set_session(state, wallet, session):
    """Note the state of a wallet's connection; a lost one may cancel its orders (MAT-052)."""
    member = state.members[wallet]
    before = member["session"]
    member["session"] = session
    if session == Session.DISCONNECTED and before == Session.CANCEL_ON_DISCONNECT:
        cancel_all(state, wallet, REPORT, CancelReason.DISCONNECTED)


@kernel
def state_refusal(state, command):
    """Return the first Reject of a CONTRACT_STATE row, or NONE (MAT-061). O(1)."""
    contract = int(command["contract"])
    if not 0 <= contract < state.books.size:
        return Reject.CONTRACT_UNKNOWN
    before = state.markets[contract]["state"]
    after = command["side"]
    if not ContractState.OPEN <= after <= ContractState.SETTLED:
        return Reject.STATE_INVALID
    if after == ContractState.VOLATILITY_AUCTION or before == ContractState.SETTLED:
        return Reject.STATE_INVALID
    if before == ContractState.CLOSED and after != ContractState.SETTLED:
        return Reject.STATE_INVALID
    return Reject.NONE
