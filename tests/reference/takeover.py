"""Where the lots of a leg go in a takeover: backstops, opposite holders, the platform.

docs/machine.md section 6.3 with docs/default.md section 3.
"""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet, Reject
from reference import margin
from reference.booking import book_lots
from reference.deleverage import ranked
from reference.explain import explain
from reference.limits import is_inside
from reference.state import Contract, Wallet
from reference.trading import reclip
from reference.whole import clamp, mdf, sign


def take_leg(house, wallet: Wallet, contract: Contract, loss_id: int) -> bool:
    """Take all lots of a leg; True if others were deleveraged for it."""
    sell_to_backstops(house, wallet, contract)
    position, platform = wallet.positions[contract.number], house.wallets[HouseWallet.PLATFORM]
    way = sign(position.lots)
    beyond = abs(position.lots) - room_of(contract, platform, way)
    has_closed = beyond > 0 and close_against(house, wallet, contract, beyond, loss_id)
    lots = position.lots
    if lots:
        book_lots(contract, wallet, -lots, contract.mark)
        book_lots(contract, platform, lots, contract.mark)
        house.emit(
            EventKind.TAKEOVER,
            contract=contract.number,
            wallet=wallet.number,
            counter_wallet=platform.number,
            price_ticks=contract.mark,
            lots=lots,
        )
    return has_closed


# --- backstops (DFT-021) ---


def backstop_price(house, wallet: Wallet, contract: Contract) -> int:
    """What a provider pays, ticks: below the mark only as far as the defaulter's money goes."""
    mark, highest = contract.mark, contract.terms.price_ticks_max
    if margin.equity(house, wallet) <= 0:
        return mark
    bankruptcy = margin.bankruptcy_price(house, wallet, contract)
    discount = mdf(mark, contract.terms.backstop_discount_ppb)
    is_long = wallet.positions[contract.number].lots > 0
    price = max(bankruptcy, mark - discount) if is_long else min(bankruptcy, mark + discount)
    return clamp(price, 1, highest)


def is_covered(house, provider: Wallet, contract: Contract, lots: int, price: int) -> bool:
    """Would the provider's margin carry the lots; nothing is left changed."""
    position, open_interest = provider.positions[contract.number], contract.open_interest
    saved = position.lots, position.cost, position.entry_cost, provider.pending
    book_lots(contract, provider, lots, price)
    required = margin.requirement(house, provider)
    is_enough = required <= margin.equity_for_new_risk(house, provider)
    position.lots, position.cost, position.entry_cost, provider.pending = saved
    contract.open_interest = open_interest
    return is_enough


def sell_to_backstops(house, wallet: Wallet, contract: Contract) -> None:
    """Offer each provider its share of the leg, first registration first."""
    position = wallet.positions[contract.number]
    whole, way = abs(position.lots), sign(position.lots)
    for number, share_ppb in contract.backstops.items():
        provider = house.wallets[number]
        lots = min(abs(position.lots), mdf(whole, share_ppb))
        if lots == 0 or provider.account == wallet.account:
            continue
        if number in house.in_deficit:
            continue
        if margin.restriction(house, provider, contract) != Reject.NONE:
            continue
        if not is_inside(house, provider, contract, way, lots):
            continue
        price = backstop_price(house, wallet, contract)
        if not is_covered(house, provider, contract, way * lots, price):
            continue
        house.emit(
            EventKind.BACKSTOP,
            contract=contract.number,
            wallet=wallet.number,
            counter_wallet=number,
            price_ticks=price,
            lots=way * lots,
        )
        book_lots(contract, provider, way * lots, price)
        book_lots(contract, wallet, -way * lots, price)
        reclip(house, provider, contract)


# --- inventory limit (DFT-020) ---


def room_of(contract: Contract, platform: Wallet, way: int) -> int:
    """Lots of a side that the platform may take; what reduces its position always fits."""
    limit, held = contract.terms.inventory_lots_max, platform.positions[contract.number].lots
    if limit == 0:
        return contract.open_interest
    return max(0, limit - way * held)


def close_against(house, wallet: Wallet, contract: Contract, lots: int, loss_id: int) -> bool:
    """Close so many lots of a leg at the mark against opposite holders; True if any was."""
    number = contract.number
    way = sign(wallet.positions[number].lots)
    has_closed = False
    opposite = [
        each
        for each in house.clients()
        if sign(each.positions[number].lots) == -way
        and margin.equity(house, each) > 0
        and each.number not in house.in_deficit
    ]
    for score, holder in ranked(house, opposite, contract):
        part = min(lots, abs(holder.positions[number].lots))
        if part == 0:
            break
        explain(house, holder)
        house.emit(
            EventKind.DELEVERAGE,
            contract=number,
            wallet=holder.number,
            counter_wallet=wallet.number,
            order_id=loss_id,
            counter_order_id=score,
            price_ticks=contract.mark,
            lots=part,
        )
        book_lots(contract, wallet, -way * part, contract.mark)
        book_lots(contract, holder, way * part, contract.mark)
        reclip(house, holder, contract)
        lots -= part
        has_closed = True
    return has_closed
