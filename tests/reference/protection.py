"""Protection of a market maker's quotes (docs/book.md MAT-075 and MAT-076)."""

from hkperp_engine.codes import CancelReason, ProtectionLimit, Reject
from hkperp_engine.codes import Event as EventKind
from reference.book import Order
from reference.lifecycle import condemn
from reference.requests import client_of, contract_of, require
from reference.rows import Command
from reference.state import Protection

DAY_NS = 86_400_000_000_000
LOTS_MAX = 2**31 - 1
TRADES_MAX = 32
PAIRS_MAX = 256


def reached(protection: Protection) -> tuple[ProtectionLimit, int] | None:
    """The first limit that the counted fills reach, and its value."""
    signed = [lots for _, lots in protection.fills]
    values = (
        (ProtectionLimit.LOTS, sum(map(abs, signed)), protection.lots),
        (ProtectionLimit.NET_LOTS, abs(sum(signed)), protection.net_lots),
        (ProtectionLimit.TRADES, len(signed), protection.trades),
    )
    for limit, value, highest in values:
        if highest and value >= highest:
            return limit, value
    return None


def recent(house, protection: Protection) -> list[tuple[int, int]]:
    """Counted fills that are not too old now."""
    return [fill for fill in protection.fills if fill[0] > house.now_ns - protection.window_ns]


def count_fill(house, order: Order, signed_lots: int) -> None:
    """A quote has traded; when that is too much, all quotes of the wallet there must go."""
    protection = house.protections.get((order.wallet, order.contract))
    if not order.is_quote or protection is None or protection.is_frozen:
        return
    protection.fills = [*recent(house, protection), (house.now_ns, signed_lots)]
    found = reached(protection)
    if found is None:
        return
    protection.is_frozen = True
    house.emit(
        EventKind.PROTECTION,
        code=found[0],
        contract=order.contract,
        wallet=order.wallet,
        amount=found[1],
    )
    quotes = list(house.wallets[order.wallet].orders.values())
    if house.in_hand is not None and house.in_hand.wallet == order.wallet:
        quotes.append(house.in_hand)
    for each in sorted(quotes, key=lambda quote: -quote.serial):
        if each.is_quote and each.contract == order.contract and each.lots:
            condemn(house, each, CancelReason.PROTECTION)


def set_protection(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    contract = contract_of(house, command)
    require(1 <= command.amount <= DAY_NS, Reject.AMOUNT_INVALID)
    is_valid = (
        0 <= command.lots <= LOTS_MAX
        and 0 <= command.price_ticks <= LOTS_MAX
        and 1 <= command.target <= TRADES_MAX
    )
    require(is_valid, Reject.LOTS_INVALID)
    pair = wallet.number, contract.number
    is_room = pair in house.protections or len(house.protections) < PAIRS_MAX
    require(is_room, Reject.LIM_PROTECTIONS)
    house.protections[pair] = Protection(
        command.amount, command.lots, command.price_ticks, command.target
    )


def reset_protection(house, command: Command) -> None:
    wallet = client_of(house, command.wallet)
    contract = contract_of(house, command)
    pair = wallet.number, contract.number
    require(pair in house.protections, Reject.STATE_INVALID)
    house.protections[pair].is_frozen = False
    house.protections[pair].fills = []
