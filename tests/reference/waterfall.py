"""Layers 5 to 7 of a cycle, shared among its gainers: docs/default.md section 4."""

from hkperp_engine.codes import ContractState, HouseWallet, Layer, LossSharing, ProductState
from hkperp_engine.codes import Event as EventKind
from reference.auction import enter_state
from reference.booking import book_lots
from reference.state import Contract, Wallet
from reference.trading import reclip
from reference.whole import largest_remainder, mdf, sign


class SettlementBroken(Exception):
    """SETL_BREAK: the settlement account is not 0 after a cycle."""


def allocate(house, layer: Layer, wallet: int, amount: int, loss_id: int) -> None:
    """Write who bears a part of a loss."""
    if amount > 0:
        house.emit(
            EventKind.ALLOCATION, code=layer, wallet=wallet, order_id=loss_id, amount=amount
        )


class Shares:
    """What each wallet bears of the loss of one cycle, by layer.

    due : VM of each wallet
    parts : by wallet, (layer, amount) of each share above 0, in the order of the layers
    """

    def __init__(self, house, due: dict[int, int], loss_id: int) -> None:
        self.house, self.due, self.loss_id = house, due, loss_id
        self.parts: dict[int, list[tuple[Layer, int]]] = {number: [] for number in due}

    def borne(self, number: int) -> int:
        """What the wallet bears so far."""
        return sum(amount for _, amount in self.parts[number])

    def gain(self, number: int) -> int:
        """What is left of the wallet's gain."""
        return max(0, self.due[number] - self.borne(number))

    def bear(self, layer: Layer, number: int, amount: int) -> None:
        if amount > 0:
            self.parts[number].append((layer, amount))

    def split(self, layer: Layer, amount: int, weights: dict[int, int]) -> int:
        """Share as much of the amount as the weights come to; returns what was shared."""
        shared = min(amount, sum(weights.values()))
        allocate(self.house, layer, 0, shared, self.loss_id)
        parts = largest_remainder(shared, list(weights.values()))
        for number, part in zip(weights, parts, strict=True):
            self.bear(layer, number, part)
        return shared


def share_loss(house, shares: Shares, loss: int, own: int) -> None:
    """Share R = `loss`, of which at most `own` is the platform's need, down to layer 7."""
    for number in (HouseWallet.PLATFORM, HouseWallet.ROUNDING):
        part = min(loss, shares.gain(number))
        allocate(house, Layer.RESERVE, number, part, shares.loss_id)
        shares.bear(Layer.RESERVE, number, part)
        loss -= part
    loss -= share_gains(house, shares, loss, own)
    if loss > 0:
        torn = tear_up(house)
        loss -= shares.split(Layer.TEAR_UP, loss, {each: shares.gain(each) for each in torn})
    if loss > 0:
        wind_down(house)
        gains = {wallet.number: shares.gain(wallet.number) for wallet in house.clients()}
        loss -= shares.split(Layer.WIND_DOWN, loss, gains)
    if loss > 0:
        raise SettlementBroken(loss)


def share_gains(house, shares: Shares, loss: int, own: int) -> int:
    """Layer 5 (DFT-031); returns what it bears. By ADL it is for the platform's need alone."""
    is_adl = house.rules.loss_sharing == LossSharing.ADL
    most = min(loss, own) if is_adl else loss
    if house.vmgh_used >= house.rules.vmgh_rounds:
        return 0
    cap_ppb = house.rules.vmgh_cap_ppb
    caps = {
        wallet.number: mdf(shares.due[wallet.number], cap_ppb)
        for wallet in house.clients()
        if shares.due[wallet.number] > 0
    }
    shared = shares.split(Layer.LOSS_SHARING, most, caps)
    house.vmgh_used += shared > 0
    return shared


def tear_up(house) -> list[int]:
    """DFT-032: close the platform's lots at the mark; returns the others, ascending."""
    torn: set[int] = set()
    for contract in house.contracts:
        platform = house.wallets[HouseWallet.PLATFORM]
        held = platform.positions[contract.number].lots
        opposite = [
            (wallet, abs(wallet.positions[contract.number].lots))
            for wallet in house.clients()
            if held and sign(wallet.positions[contract.number].lots) == -sign(held)
        ]
        sizes = [size for _, size in opposite]
        parts = largest_remainder(min(abs(held), sum(sizes)), sizes)
        for (wallet, _), part in zip(opposite, parts, strict=True):
            if part > 0:
                tear(house, contract, wallet, -sign(held) * part)
                torn.add(wallet.number)
    return sorted(torn)


def tear(house, contract: Contract, wallet: Wallet, lots: int) -> None:
    """Close lots (signed: what the wallet holds of them) with the platform at the mark."""
    platform = house.wallets[HouseWallet.PLATFORM]
    house.emit(
        EventKind.TEAR_UP,
        contract=contract.number,
        wallet=wallet.number,
        counter_wallet=platform.number,
        price_ticks=contract.mark,
        lots=lots,
    )
    book_lots(contract, wallet, -lots, contract.mark)
    book_lots(contract, platform, lots, contract.mark)
    reclip(house, wallet, contract)


def wind_down(house) -> None:
    """DFT-033: every contract is settled and delisted, every position closed at the mark."""
    for contract in house.contracts:
        if contract.state != ContractState.SETTLED:
            enter_state(house, contract, ContractState.SETTLED)
        if contract.product != ProductState.DELISTED:
            contract.product = ProductState.DELISTED
            house.emit(
                EventKind.PRODUCT_STATE, contract=contract.number, code=ProductState.DELISTED
            )
    for contract in house.contracts:
        settle_positions(house, contract)


def settle_positions(house, contract: Contract) -> None:
    """Close all positions of a contract at the mark, the house's too, wallets ascending."""
    for wallet in house.wallets.values():
        lots = wallet.positions[contract.number].lots
        if lots:
            house.emit(
                EventKind.FINAL_SETTLEMENT,
                contract=contract.number,
                wallet=wallet.number,
                price_ticks=contract.mark,
                lots=lots,
            )
            book_lots(contract, wallet, -lots, contract.mark)
