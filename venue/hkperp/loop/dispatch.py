"""Which kernel does which command: one COMMAND row at a time, whose time has come.

Orders first, since they are most; the rest by ranges of the number (codes.Command).
"""

from hkperp.loop.amending import amend_order
from hkperp.loop.busting import bust_trade, compensate
from hkperp.loop.desk import opening_trade, set_source_price
from hkperp.loop.gate import (
    acknowledge,
    declare_default,
    publish_agreement,
    set_account_status,
    set_backstop,
    set_exposure_limit,
    set_margin_addon,
    set_product_state,
    set_reference_status,
)
from hkperp.loop.house_money import house_deposit, house_withdraw
from hkperp.loop.issuer import issuer_default
from hkperp.loop.market import set_contract_state
from hkperp.loop.trading import cancel_order, new_order
from hkperp.loop.vault import (
    clear_deposit,
    deposit,
    reconcile,
    redeem,
    reverse_deposit,
    set_asset_haircut,
    set_asset_price,
    set_asset_state,
    transfer,
    withdraw,
)
from hkperp_clearing.worklist import MARK_STEP, push_frame
from hkperp_engine.codes import Command, HouseWallet
from hkperp_engine.desk import do_account, is_account_command
from hkperp_engine.kernel import kernel
from hkperp_engine.tuning import inlined

__all__ = ["execute", "is_known"]


@inlined
def execute(state, command):
    """Do one COMMAND row whose time has come. What follows from it goes on the work list."""
    kind = command["kind"]
    if kind == Command.NEW_ORDER:
        new_order(state, command)
    elif kind == Command.CANCEL:
        cancel_order(state, command)
    elif kind == Command.AMEND:
        amend_order(state, command)
    elif kind == Command.TICK:
        push_frame(state, MARK_STEP, 0, 0, 0)
    elif kind == Command.SOURCE_PRICE:
        set_source_price(state, command)
    elif is_account_command(kind):
        do_account(state, command, HouseWallet.CLIENTS)
    elif Command.DEPOSIT <= kind <= Command.REVERSE_DEPOSIT:
        _move_money(state, command)
    elif kind > Command.ADVANCE:
        _open_gate(state, command)
    else:
        _set_state(state, command)


@kernel
def _move_money(state, command):
    """Do a row that moves money or takes a trade back: Command 10 to 19."""
    kind = command["kind"]
    if kind == Command.DEPOSIT:
        deposit(state, command)
    elif kind == Command.WITHDRAW:
        withdraw(state, command)
    elif kind == Command.OPENING_TRADE:
        opening_trade(state, command)
    elif kind == Command.HOUSE_DEPOSIT:
        house_deposit(state, command)
    elif kind == Command.BUST_TRADE:
        bust_trade(state, command)
    elif kind == Command.COMPENSATE:
        compensate(state, command)
    elif kind == Command.CLEAR_DEPOSIT:
        clear_deposit(state, command)
    elif kind == Command.TRANSFER:
        transfer(state, command)
    elif kind == Command.REDEEM:
        redeem(state, command)
    elif kind == Command.REVERSE_DEPOSIT:
        reverse_deposit(state, command)


@kernel
def _set_state(state, command):
    """Do a row that sets a price or a state: Command 22 to 25 and 29. ADVANCE does nothing."""
    kind = command["kind"]
    if kind == Command.ASSET_PRICE:
        set_asset_price(state, command)
    elif kind == Command.ASSET_STATE:
        set_asset_state(state, command)
    elif kind == Command.ACCOUNT_STATUS:
        set_account_status(state, command)
    elif kind == Command.CONTRACT_STATE:
        set_contract_state(state, command)
    elif kind == Command.RECONCILE:
        reconcile(state, command)


@kernel
def _open_gate(state, command):
    """Do a row about products, margins, agreements, limits and defaults: Command 31 to 41."""
    kind = command["kind"]
    if kind == Command.PRODUCT_STATE:
        set_product_state(state, command)
    elif kind == Command.REFERENCE_STATUS:
        set_reference_status(state, command)
    elif kind == Command.MARGIN_ADDON:
        set_margin_addon(state, command)
    elif kind == Command.ASSET_HAIRCUT:
        set_asset_haircut(state, command)
    elif kind == Command.PUBLISH_AGREEMENT:
        publish_agreement(state, command)
    elif kind == Command.ACKNOWLEDGE:
        acknowledge(state, command)
    elif kind == Command.EXPOSURE_LIMIT:
        set_exposure_limit(state, command)
    elif kind == Command.DECLARE_DEFAULT:
        declare_default(state, command)
    elif kind == Command.SET_BACKSTOP:
        set_backstop(state, command)
    elif kind == Command.HOUSE_WITHDRAW:
        house_withdraw(state, command)
    elif kind == Command.ISSUER_DEFAULT:
        issuer_default(state, command)


@inlined
def is_known(kind):
    """Tell whether `kind` is the number of a Command. O(1)."""
    is_given = Command.NEW_ORDER <= kind <= Command.ISSUER_DEFAULT
    return is_given and kind != Command.REFERENCE_PRICE
