"""Commands about many orders at once, and the timers: MAT-050 to MAT-052, MAT-061, MAT-070 to
MAT-072, and REFERENCE_PRICE (MAT-032).
"""

from hkperp_engine.codes import (
    CancelReason,
    ContractState,
    Event,
    KillScope,
    Reject,
    Session,
    TriggerSource,
)
from hkperp_engine.reference_auction import cancel_contract, change_state, end_pause
from hkperp_engine.reference_limits import AFFILIATE_CLASS
from hkperp_engine.reference_rows import DAY_NS, CommandRow
from hkperp_engine.reference_state import BookState, Contract, Timer, Wallet
from hkperp_engine.reference_triggers import observe

__all__ = [
    "kill_switch",
    "mass_cancel",
    "reference_price",
    "run_timer",
    "set_contract_state",
    "set_countdown",
    "set_session",
    "suspend_afmm",
]

COUNTDOWN_MAX_NS = 31 * DAY_NS
BOTH_SIDES = 2
ALL_CONTRACTS = -1

#: States that a kill switch leaves as they are (MAT-071).
STOPPED_STATES = (ContractState.HALTED, ContractState.CLOSED, ContractState.SETTLED)


def mass_cancel(book: BookState, command: CommandRow) -> Reject:
    """MAT-070: a wallet's orders, of a contract, a side and a range of limits if so asked."""
    is_everywhere = command.contract == ALL_CONTRACTS
    low, high = command.price_ticks, command.lots
    has_range = (low, high) != (0, 0)
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not (is_everywhere or book.knows_contract(command.contract)):
        return Reject.CONTRACT_UNKNOWN
    if not 0 <= command.side <= BOTH_SIDES or (has_range and not 1 <= low <= high):
        return Reject.SCOPE_INVALID
    orders = [
        order
        for order in book.newest_first(command.wallet)
        if (is_everywhere or order.contract == command.contract)
        and command.side in (BOTH_SIDES, order.side)
        and (not has_range or (not order.is_waiting() and low <= order.price_ticks <= high))
    ]
    book.announce(
        Event.MASS_CANCELLED,
        amount=book.cancel_orders(orders, CancelReason.MASS_CANCEL),
        code=CancelReason.MASS_CANCEL,
        contract=0 if is_everywhere else command.contract,
        wallet=command.wallet,
    )
    return Reject.NONE


def _cancel_wallets(book: BookState, wallets: list[Wallet], reason: CancelReason) -> int:
    """Cancel all orders of wallets, newest first; return how many."""
    return sum(book.cancel_orders(book.newest_first(w.number), reason) for w in wallets)


def _cancel_wallet(book: BookState, wallet: Wallet, reason: CancelReason) -> None:
    """Cancel all orders of one wallet, and say so."""
    count = _cancel_wallets(book, [wallet], reason)
    book.announce(Event.MASS_CANCELLED, code=reason, wallet=wallet.number, amount=count)


def kill_switch(book: BookState, command: CommandRow) -> Reject:
    """MAT-071: stop a wallet, an owner, a contract or the venue; release the first two."""
    target, is_engaged = command.target, command.side == 1
    is_of_wallets = target in (KillScope.WALLET, KillScope.OWNER)
    is_one_contract = target == KillScope.CONTRACT
    if not 0 <= target <= KillScope.VENUE or command.side not in (0, 1):
        return Reject.SCOPE_INVALID
    if not (is_engaged or is_of_wallets):
        return Reject.SCOPE_INVALID
    if is_of_wallets and not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if is_one_contract and not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    book.announce(
        Event.KILL_SWITCH,
        code=target,
        contract=command.contract if is_one_contract else 0,
        flags=command.side,
        wallet=command.wallet if is_of_wallets else 0,
    )
    if is_of_wallets:
        _switch_wallets(book, command.wallet, is_engaged, is_owner=target == KillScope.OWNER)
    else:
        stopped = [book.contracts[command.contract]] if is_one_contract else book.contracts
        count = sum(_stop(book, contract) for contract in stopped)
        book.announce(Event.MASS_CANCELLED, code=CancelReason.KILL_SWITCH, amount=count)
    return Reject.NONE


def _switch_wallets(book: BookState, number: int, is_engaged: bool, *, is_owner: bool) -> None:
    """MAT-071: engage or release a wallet, or all wallets of its owner."""
    owner = book.wallets[number].owner
    wallets = [w for w in book.wallets if w.number == number or (is_owner and w.owner == owner)]
    for wallet in wallets:
        wallet.is_killed = is_engaged
    if is_engaged:
        count = _cancel_wallets(book, wallets, CancelReason.KILL_SWITCH)
        shown = 0 if is_owner else number
        reason = CancelReason.KILL_SWITCH
        book.announce(Event.MASS_CANCELLED, code=reason, wallet=shown, amount=count)


def _stop(book: BookState, contract: Contract) -> int:
    """MAT-071: halt a contract and cancel its orders; return how many."""
    if contract.state not in STOPPED_STATES:
        change_state(book, contract, ContractState.HALTED)
    return cancel_contract(book, contract, CancelReason.KILL_SWITCH)


def suspend_afmm(book: BookState, command: CommandRow) -> Reject:
    """MAT-072: suspend the affiliated market maker with all its orders, or lift that."""
    if command.side not in (0, 1):
        return Reject.STATE_INVALID
    book.is_afmm_suspended = command.side == 1
    book.announce(Event.AFMM_SUSPENDED, code=command.side)
    if book.is_afmm_suspended:
        reason = CancelReason.AFMM_SUSPENDED
        affiliates = [w for w in book.wallets if w.priority_class == AFFILIATE_CLASS]
        count = _cancel_wallets(book, affiliates, reason)
        book.announce(Event.MASS_CANCELLED, code=reason, amount=count)
    return Reject.NONE


def set_countdown(book: BookState, command: CommandRow) -> Reject:
    """MAT-051: cancel all orders of a wallet in `amount` ns, unless it is sent again."""
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not 0 <= command.amount <= COUNTDOWN_MAX_NS:
        return Reject.AMOUNT_INVALID
    wallet = book.wallets[command.wallet]
    if wallet.countdown_ns:
        del book.timers[wallet.countdown_ns, Timer.COUNTDOWN, wallet.number]
    wallet.countdown_ns = book.now_ns + command.amount if command.amount else 0
    if wallet.countdown_ns:
        book.timers[wallet.countdown_ns, Timer.COUNTDOWN, wallet.number] = wallet
    return Reject.NONE


def set_session(book: BookState, command: CommandRow) -> Reject:
    """MAT-052: a connection that is lost takes the orders with it, if that was asked for."""
    if not book.knows_wallet(command.wallet):
        return Reject.WALLET_UNKNOWN
    if not 0 <= command.side <= Session.DISCONNECTED:
        return Reject.STATE_INVALID
    wallet = book.wallets[command.wallet]
    before, wallet.session = wallet.session, command.side
    if (before, command.side) == (Session.CANCEL_ON_DISCONNECT, Session.DISCONNECTED):
        _cancel_wallet(book, wallet, CancelReason.DISCONNECTED)
    return Reject.NONE


def set_contract_state(book: BookState, command: CommandRow) -> Reject:
    """MAT-061: a new state for a contract; from SETTLED nothing, from CLOSED only to SETTLED."""
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    contract = book.contracts[command.contract]
    if not 0 <= command.side <= ContractState.SETTLED:
        return Reject.STATE_INVALID
    if contract.state == ContractState.SETTLED or command.side == ContractState.VOLATILITY_AUCTION:
        return Reject.STATE_INVALID
    if contract.state == ContractState.CLOSED and command.side != ContractState.SETTLED:
        return Reject.STATE_INVALID
    change_state(book, contract, ContractState(command.side))
    return Reject.NONE


def reference_price(book: BookState, command: CommandRow) -> Reject:
    """REFERENCE_PRICE: mark or index of a contract, known from now on and observed (MAT-032)."""
    if not book.knows_contract(command.contract):
        return Reject.CONTRACT_UNKNOWN
    if command.target not in (TriggerSource.MARK, TriggerSource.INDEX):
        return Reject.SOURCE_UNKNOWN
    if not 1 <= command.price_ticks <= book.price_ticks_max:
        return Reject.PRICE_INVALID
    contract = book.contracts[command.contract]
    contract.known[command.target] = command.price_ticks
    observe(book, contract, command.target, command.price_ticks)
    return Reject.NONE


def run_timer(book: BookState) -> None:
    """MAT-050: run the first timer at its time: an expiry, a countdown, the end of a pause."""
    (time_ns, kind, _), subject = book.timers.popitem(0)
    book.now_ns = time_ns
    if kind == Timer.EXPIRY:
        book.cancel_orders([subject], CancelReason.EXPIRED)
    elif kind == Timer.COUNTDOWN:
        subject.countdown_ns = 0
        _cancel_wallet(book, subject, CancelReason.COUNTDOWN)
    else:
        end_pause(book, subject)
