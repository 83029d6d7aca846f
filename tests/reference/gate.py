"""Standing, agreement, exposure of an account: docs/gate.md sections 1 and 2."""

from hkperp_engine.codes import AccountFlag, InvestorClass, Reject
from hkperp_engine.codes import Event as EventKind
from reference import margin
from reference.requests import AMOUNT_MAX, account_of, require
from reference.rows import Command
from reference.trading import restrict_orders

VERSION_MAX = 2**31 - 1
FLAGS_MAX = sum(AccountFlag)


def account_status(house, command: Command) -> None:
    """GAT-002, GAT-010: class, flags and date of an account; what it restricts, at once."""
    cross = account_of(house, command.wallet)
    affiliate = InvestorClass.AFMM
    is_valid = (
        0 <= command.side <= affiliate
        and 0 <= command.target <= FLAGS_MAX
        and command.amount >= 0
        and (command.side == affiliate) == (cross.investor_class == affiliate)
    )
    require(is_valid, Reject.STATE_INVALID)
    wallets = house.wallets_of(cross.number)
    for wallet in wallets:
        wallet.investor_class, wallet.account_flags = command.side, command.target
        wallet.valid_until_ns = command.amount
    house.emit(
        EventKind.ACCOUNT_STATUS,
        code=command.side,
        flags=command.target,
        wallet=cross.number,
        amount=command.amount,
    )
    for wallet in wallets:
        if margin.own_restriction(house, wallet) != Reject.NONE:
            restrict_orders(house, wallet)


def publish_agreement(house, command: Command) -> None:
    """GAT-012: a new version, which nobody has agreed to yet."""
    is_newer = house.agreement_version < command.amount <= VERSION_MAX
    require(is_newer, Reject.STATE_INVALID)
    house.agreement_version = command.amount
    house.emit(EventKind.AGREEMENT, amount=command.amount)
    for wallet in house.clients():
        wallet.account_flags &= ~AccountFlag.AGREEMENT


def acknowledge(house, command: Command) -> None:
    """GAT-012: an account agrees to the version in force."""
    cross = account_of(house, command.wallet)
    require(command.amount == house.agreement_version, Reject.ELIG_NO_AGREEMENT)
    for wallet in house.wallets_of(cross.number):
        wallet.account_flags |= AccountFlag.AGREEMENT
    house.emit(EventKind.ACKNOWLEDGED, wallet=cross.number, amount=command.amount)


def exposure_limit(house, command: Command) -> None:
    """GAT-013: the most that an account may come to; 0: any."""
    cross = account_of(house, command.wallet)
    require(0 <= command.amount <= AMOUNT_MAX, Reject.AMOUNT_INVALID)
    for wallet in house.wallets_of(cross.number):
        wallet.exposure_cap = command.amount
    house.emit(EventKind.EXPOSURE_LIMIT, wallet=cross.number, amount=command.amount)
