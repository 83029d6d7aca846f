"""Margin of a wallet: docs/machine.md section 2. Functions of the state, they change nothing."""

from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    ContractState,
    InvestorClass,
    ProductState,
    Reject,
)
from reference.state import Contract, Position, Wallet
from reference.whole import PPB, ceil_div, clamp, mdc


def value_of(contract: Contract, position: Position) -> int:
    """Notional of the position at the mark."""
    return abs(position.lots) * contract.rates.mark * contract.terms.tick_value


def unrealised(contract: Contract, position: Position) -> int:
    """U: what the position has gained since its cost was set."""
    return position.lots * contract.rates.mark * contract.terms.tick_value - position.cost


def legs(house, wallet: Wallet) -> list[tuple[Contract, Position]]:
    """Contracts in which the wallet has lots, ascending."""
    pairs = zip(house.contracts, wallet.positions, strict=True)
    return [(contract, position) for contract, position in pairs if position.lots]


def variation(house, wallet: Wallet) -> int:
    """VM."""
    return wallet.pending + sum(
        unrealised(contract, position) for contract, position in legs(house, wallet)
    )


def collateral(house, wallet: Wallet) -> int:
    """Recognised units of assets 1.. ."""
    return sum(
        house.assets[number].recognised(units)
        for number, units in wallet.holdings.items()
        if units
    )


def equity(house, wallet: Wallet) -> int:
    """E."""
    return wallet.cash + collateral(house, wallet) + variation(house, wallet)


def equity_settled(house, wallet: Wallet) -> int:
    """What may leave stands on: gains since the last cycle never count (GAT-037)."""
    return wallet.cash + collateral(house, wallet) + min(0, variation(house, wallet))


def equity_for_new_risk(house, wallet: Wallet) -> int:
    """E_new: gains since the last cycle count only where the house says so (GAT-053)."""
    has_gains = house.rules.counts_gains
    return equity(house, wallet) if has_gains else equity_settled(house, wallet)


def worse_side(contract: Contract, position: Position) -> int:
    """The largest notional that position and counted orders may come to."""
    value, size = value_of(contract, position), abs(position.lots)
    long_side, short_side = position.buy_value, position.sell_value
    if position.lots >= 0:
        long_side += value
    elif position.buy_lots <= size:
        long_side = 0
    else:
        long_side = ceil_div(long_side * (position.buy_lots - size), position.buy_lots)
    if position.lots <= 0:
        short_side += value
    elif position.sell_lots <= size:
        short_side = 0
    else:
        short_side = ceil_div(short_side * (position.sell_lots - size), position.sell_lots)
    return max(value, long_side, short_side)


def initial(house, wallet: Wallet) -> int:
    """IM of the positions."""
    class_ = wallet.margin_class
    return sum(c.im(value_of(c, position), class_) for c, position in legs(house, wallet))


def maintenance(house, wallet: Wallet) -> int:
    """MM of the positions."""
    return sum(c.mm(value_of(c, position)) for c, position in legs(house, wallet))


def maintenance_worse(house, wallet: Wallet) -> int:
    """MMW: maintenance margin of the worse sides."""
    pairs = zip(house.contracts, wallet.positions, strict=True)
    return sum(contract.mm(worse_side(contract, position)) for contract, position in pairs)


def close_out(house, mm: int) -> int:
    """COM."""
    return mdc(mm, house.rules.close_out_ppb)


def requirement(house, wallet: Wallet) -> int:
    """Initial margin of the worse sides and what the counted orders lock."""
    pairs = zip(house.contracts, wallet.positions, strict=True)
    return sum(
        contract.im(worse_side(contract, position), wallet.margin_class)
        + position.order_loss
        + position.order_fee
        for contract, position in pairs
    )


def exposure(house, wallet: Wallet) -> int:
    """The worse sides of all wallets of the account in all contracts (GAT-013)."""
    return sum(
        worse_side(contract, position)
        for each in house.wallets_of(wallet.account)
        for contract, position in zip(house.contracts, each.positions, strict=True)
    )


def payable(house, wallet: Wallet) -> int:
    """Cash, and what raise_cash could make of the convertible assets."""
    return wallet.cash + sum(
        units * house.assets[number].conversion_ppb // PPB
        for number, units in wallet.holdings.items()
        if house.assets[number].is_convertible
    )


def holding_count(wallet: Wallet) -> int:
    """k: assets 1.. with a balance."""
    return sum(1 for units in wallet.holdings.values() if units > 0)


def bankruptcy_price(house, wallet: Wallet, contract: Contract) -> int:
    """Price in ticks at which closing the leg leaves E/MM as it is; long: up, short: down."""
    position = wallet.positions[contract.number]
    e, mm = equity(house, wallet), maintenance(house, wallet)
    leg_mm = contract.mm(value_of(contract, position))
    size = abs(position.lots) * contract.terms.tick_value
    if e >= 0:
        x = e * leg_mm // mm // size
    else:
        x = -ceil_div(ceil_div(-e * leg_mm, mm), size)
    price = contract.mark - x if position.lots > 0 else contract.mark + x
    return clamp(price, 1, contract.terms.price_ticks_max)


def own_restriction(house, wallet: Wallet) -> int:
    """Why the client may not take on risk anywhere; NONE if it may."""
    if wallet.is_killed:
        return Reject.KILL_SWITCH_ENGAGED
    if wallet.investor_class == InvestorClass.NONE:
        return Reject.ELIG_NOT_PI
    flags, is_affiliate = wallet.account_flags, wallet.investor_class == InvestorClass.AFMM
    if flags & AccountFlag.BLOCKED:
        return Reject.ELIG_JURISDICTION
    if flags & AccountFlag.GROUP_COMPANY and not is_affiliate:
        return Reject.AFMM_GROUP_PROP_BAN
    has_documents = flags & AFMM_DOCUMENTS == AFMM_DOCUMENTS
    if is_affiliate and (house.is_suspended or not has_documents):
        return Reject.AFMM_NOT_PERMITTED
    if wallet.valid_until_ns < house.now_ns:
        return Reject.ELIG_PI_LAPSED
    if not flags & AccountFlag.KNOWLEDGE:
        return Reject.ELIG_NO_KNOWLEDGE
    if not flags & AccountFlag.AGREEMENT:
        return Reject.ELIG_NO_AGREEMENT
    return Reject.NONE


def restriction(house, wallet: Wallet, contract: Contract) -> int:
    """The restriction of wallet and contract (GAT-011)."""
    if wallet.isolated not in (-1, contract.number):
        return Reject.WALLET_ISOLATED
    own = own_restriction(house, wallet)
    if own != Reject.NONE:
        return own
    if contract.product != ProductState.LIVE:
        return Reject.PROD_NOT_LIVE
    if contract.state == ContractState.REDUCE_ONLY or contract.rates.is_stale:
        return Reject.MARKET_REDUCE_ONLY
    return Reject.NONE
