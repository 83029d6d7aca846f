"""Mass quotes: two sides in one command, replaced in place (docs/book.md MAT-073)."""

from hkperp_engine.codes import CancelReason, OrderType, Reject, SelfTrade, Side, TimeInForce
from hkperp_engine.codes import Command as Kind
from reference import admission
from reference.book import Order
from reference.lifecycle import drop, purge
from reference.orders import amend, new_order, refuse
from reference.requests import client_of, contract_of, require
from reference.rows import Command
from reference.state import Refused, Wallet


def live_quote(wallet: Wallet, contract: int, order_id: int) -> Order | None:
    """The wallet's quote of an id in a contract."""
    order = wallet.orders.get(order_id)
    is_found = order is not None and order.is_quote and order.contract == contract
    return order if is_found else None


def leg_of(command: Command, side: int) -> Command:
    """The order that one side of a quote is."""
    is_bid = side == Side.BUY
    return Command(
        time_ns=command.time_ns,
        contract=command.contract,
        kind=Kind.NEW_ORDER,
        side=side,
        order_type=OrderType.LIMIT,
        tif=TimeInForce.GTC,
        stp=command.stp,
        wallet=command.wallet,
        order_id=command.order_id + side,
        price_ticks=command.price_ticks if is_bid else command.amount,
        lots=command.lots if is_bid else command.target,
        tag=command.tag,
    )


def send_leg(house, wallet: Wallet, leg: Command) -> None:
    """Cancel, amend or enter one side; it is accepted or refused for itself."""
    live = live_quote(wallet, leg.contract, leg.order_id)
    if leg.lots == 0:
        if live is not None:
            drop(house, live, CancelReason.REQUESTED)
            purge(house)
        return
    if live is not None:
        leg = leg._replace(kind=Kind.AMEND)
    try:
        if live is not None:
            amend(house, leg, is_message=False)
        else:
            new_order(house, leg, is_message=False, is_quote=True)
    except Refused as refused:
        refuse(house, leg, refused.reject)


def mass_quote(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    contract = contract_of(house, command)
    require(command.stp in list(SelfTrade), Reject.ORDER_KIND_INVALID)
    is_id = 1 <= command.order_id < admission.ORDER_ID_MAX
    require(is_id, Reject.ORDER_ID_INVALID)
    protection = house.protections.get((wallet.number, contract.number))
    is_frozen = protection is not None and protection.is_frozen
    require(not is_frozen, Reject.QUOTES_FROZEN)
    admission.check_rate(house, wallet)
    admission.count_message(house, wallet)
    bid = live_quote(wallet, contract.number, command.order_id)
    goes_up = bid is not None and command.price_ticks > bid.price
    sides = (Side.SELL, Side.BUY) if goes_up else (Side.BUY, Side.SELL)
    for side in sides:
        send_leg(house, wallet, leg_of(command, side))
