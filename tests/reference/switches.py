"""Mass cancel, countdown, session, kill switch, suspension (docs/book.md sections 10 and 12)."""

from hkperp_engine.codes import CancelReason, ContractState, KillScope, Reject, Session
from hkperp_engine.codes import Event as EventKind
from reference.lifecycle import (
    cancel_contract,
    cancel_each,
    cancel_wallet,
    tell_mass_cancel,
)
from reference.requests import client_of, contract_of, require
from reference.rows import Command
from reference.state import Contract, Wallet
from reference.states import set_state

COUNTDOWN_MAX = 31 * 86_400_000_000_000
BOTH_SIDES = 2


def mass_cancel(house, command: Command) -> None:
    """MAT-070."""
    wallet = client_of(house, command.wallet)
    is_all = command.contract == -1
    if not is_all:
        contract_of(house, command)
    low, high = command.price_ticks, command.lots
    is_any = low == high == 0
    is_scope = 0 <= command.side <= BOTH_SIDES and (is_any or 1 <= low <= high)
    require(is_scope, Reject.SCOPE_INVALID)
    orders = [
        order
        for order in wallet.newest_first()
        if (is_all or order.contract == command.contract)
        and command.side in (order.side, BOTH_SIDES)
        and (is_any or (order.wait is None and low <= order.price <= high))
    ]
    reason = CancelReason.MASS_CANCEL
    count = cancel_each(house, orders, reason)
    contract = 0 if is_all else command.contract
    tell_mass_cancel(house, count, reason, wallet.number, contract)


def set_countdown(house, command: Command) -> None:
    """MAT-051."""
    wallet = client_of(house, command.wallet)
    require(0 <= command.amount <= COUNTDOWN_MAX, Reject.AMOUNT_INVALID)
    wallet.countdown_ns = house.now_ns + command.amount if command.amount else 0


def countdown(house, wallet: Wallet) -> None:
    """The COUNTDOWN timer of a wallet."""
    wallet.countdown_ns = 0
    reason = CancelReason.COUNTDOWN
    tell_mass_cancel(house, cancel_wallet(house, wallet, reason), reason, wallet.number)


def set_session(house, command: Command) -> None:
    """MAT-052."""
    wallet = client_of(house, command.wallet)
    require(0 <= command.side <= Session.DISCONNECTED, Reject.STATE_INVALID)
    before, wallet.session = wallet.session, command.side
    if before == Session.CANCEL_ON_DISCONNECT and command.side == Session.DISCONNECTED:
        reason = CancelReason.DISCONNECTED
        tell_mass_cancel(house, cancel_wallet(house, wallet, reason), reason, wallet.number)


def killed_wallets(house, command: Command) -> list[Wallet]:
    """The wallets that a kill switch of scope WALLET or OWNER names, ascending."""
    wallet = client_of(house, command.wallet)
    if command.target == KillScope.WALLET:
        return [wallet]
    return [each for each in house.clients() if each.owner == wallet.owner]


def kill_contract(house, contract: Contract) -> int:
    """Halt a contract and cancel its orders; returns how many."""
    if contract.state != ContractState.HALTED and not contract.is_over:
        set_state(house, contract, ContractState.HALTED)
    return cancel_contract(house, contract, CancelReason.KILL_SWITCH)


def kill_switch(house, command: Command) -> None:
    """MAT-071."""
    scope, is_engaged = command.target, command.side == 1
    is_wallets = scope in (KillScope.WALLET, KillScope.OWNER)
    is_scope = scope in list(KillScope) and command.side in (0, 1)
    require(is_scope and (is_wallets or is_engaged), Reject.SCOPE_INVALID)
    wallets = killed_wallets(house, command) if is_wallets else []
    contracts = [] if is_wallets else house.contracts
    if scope == KillScope.CONTRACT:
        contracts = [contract_of(house, command)]
    house.emit(
        EventKind.KILL_SWITCH,
        code=scope,
        contract=command.contract if scope == KillScope.CONTRACT else 0,
        flags=command.side,
        wallet=command.wallet if is_wallets else 0,
    )
    for wallet in wallets:
        wallet.is_killed = is_engaged
    if not is_engaged:
        return
    reason = CancelReason.KILL_SWITCH
    count = sum(cancel_wallet(house, wallet, reason) for wallet in wallets)
    count += sum(kill_contract(house, contract) for contract in contracts)
    told = command.wallet if scope == KillScope.WALLET else 0
    tell_mass_cancel(house, count, reason, told)


def suspend_afmm(house, command: Command) -> None:
    """MAT-072."""
    require(command.side in (0, 1), Reject.STATE_INVALID)
    house.is_suspended = command.side == 1
    house.emit(EventKind.AFMM_SUSPENDED, code=command.side)
    if house.is_suspended:
        reason = CancelReason.AFMM_SUSPENDED
        affiliates = [wallet for wallet in house.clients() if house.is_affiliate(wallet)]
        count = sum(cancel_wallet(house, wallet, reason) for wallet in affiliates)
        tell_mass_cancel(house, count, reason)
