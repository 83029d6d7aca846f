"""Position limits of wallet, account and group; caps of fund and depth (docs/default.md 2)."""

from hkperp_engine.codes import Event as EventKind
from hkperp_engine.codes import HouseWallet
from reference.state import Contract, Position, Wallet
from reference.whole import mdf

FUND = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)


def side_lots(position: Position, way: int) -> int:
    """Lots held and ordered on a side; `way` is 1 for the long side, else -1."""
    orders = position.buy_lots if way > 0 else position.sell_lots
    return max(0, way * position.lots) + orders


def share_limit(contract: Contract) -> int:
    """Lots that an account or a group may have of the open interest, 0: any (DFT-010)."""
    terms = contract.terms
    if not terms.oi_share_ppb:
        return 0
    return max(terms.oi_share_floor_lots, mdf(contract.open_interest, terms.oi_share_ppb))


def is_inside(house, wallet: Wallet, contract: Contract, way: int, lots: int) -> bool:
    """True if no position limit is passed with `lots` more on a side (LIM_POSITION)."""
    number, terms = contract.number, contract.terms
    if side_lots(wallet.positions[number], way) + lots > terms.lots_max:
        return False
    sets = [(house.wallets_of(wallet.account), terms.client_lots_max)]
    if wallet.group:
        connected = [each for each in house.clients() if each.group == wallet.group]
        sets.append((connected, terms.group_lots_max))
    for wallets, highest in sets:
        total = sum(side_lots(each.positions[number], way) for each in wallets) + lots
        for limit in (highest, share_limit(contract)):
            if limit and total > limit:
                return False
    return True


def update_caps(house) -> None:
    """DFT-011: what fund and depth carry now of open interest; told if it changes what holds."""
    fund = sum(house.wallets[number].cash for number in FUND)
    for contract in house.contracts:
        if contract.mark == 0:
            continue
        before = contract.oi_cap
        if multiple := contract.terms.oi_fund_multiple:
            worth = contract.mark * contract.terms.tick_value
            contract.fund_cap = fund * multiple // 100 // worth
        if rule := contract.terms.oi_depth:
            contract.depth_cap = max(rule.floor_lots, contract.depth * rule.multiple // 100)
        if contract.oi_cap != before:
            house.emit(EventKind.OI_CAP, contract=contract.number, amount=contract.oi_cap)
