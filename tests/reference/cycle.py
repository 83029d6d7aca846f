"""The settlement cycle: docs/machine.md section 7."""

from hkperp_engine.codes import CycleCause, HouseWallet, Layer, Posting
from hkperp_engine.codes import Event as EventKind
from reference import liquidation, margin
from reference.state import Claim
from reference.whole import largest_remainder

OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION, HouseWallet.SETTLEMENT)


class SettlementBroken(Exception):
    """SETL_BREAK: the settlement account is not 0 after a cycle."""


def allocate(house, layer: Layer, wallet: int, amount: int, loss_id: int) -> None:
    """Write who bears a part of a loss."""
    if amount > 0:
        house.emit(
            EventKind.ALLOCATION, code=layer, wallet=wallet, order_id=loss_id, amount=amount
        )


def run_cycle(house, cause: CycleCause, loss: int) -> None:
    """Settle every wallet's VM at the marks; `loss` is R."""
    house.cycle_count += 1
    due = {
        number: margin.variation(house, wallet)
        for number, wallet in house.wallets.items()
        if number not in OUTSIDE
    }
    platform = house.wallets[HouseWallet.PLATFORM]
    need = max(0, -(due[platform.number] + platform.cash))
    loss_id = 0
    if loss + need > 0:
        house.loss_count += 1
        loss_id = house.loss_count
    house.emit(
        EventKind.CYCLE,
        code=cause,
        order_id=house.cycle_count,
        counter_order_id=loss_id,
        amount=loss,
    )
    if need > 0:
        house.emit(EventKind.DEFAULT, wallet=platform.number, order_id=loss_id, amount=need)
        loss += liquidation.pay_layers(house, platform, need, loss_id)
    settlement = house.wallets[HouseWallet.SETTLEMENT]
    loss = liquidation.pay_layers(house, settlement, loss, loss_id)
    less = share_loss(house, due, loss, loss_id)
    paid = collect(house, due)
    distribute(house, due, less, loss_id)
    received = max(0, due[platform.number] - less.get(platform.number, 0))
    repay_claims(house, received)
    house.post(Posting.RECOVERY, 0, platform.number, HouseWallet.RESERVE, platform.cash)
    for wallet in house.wallets.values():
        for contract, position in zip(house.contracts, wallet.positions, strict=True):
            position.cost = position.lots * contract.mark * contract.terms.tick_value
        wallet.pending = 0
    if house.wallets[HouseWallet.SETTLEMENT].cash != 0:
        raise SettlementBroken(house.wallets[HouseWallet.SETTLEMENT].cash)
    house.emit(EventKind.CYCLE_DONE, order_id=house.cycle_count, amount=paid)


def share_loss(house, due: dict[int, int], loss: int, loss_id: int) -> dict[int, int]:
    """Point 2: what each gainer bears of R."""
    less: dict[int, int] = {}
    for number in (HouseWallet.PLATFORM, HouseWallet.ROUNDING):
        less[number] = min(loss, max(0, due[number]))
        allocate(house, Layer.RESERVE, number, less[number], loss_id)
        loss -= less[number]
    gainers = [w.number for w in house.clients() if due[w.number] > 0]
    shares = largest_remainder(loss, [due[number] for number in gainers])
    allocate(house, Layer.LOSS_SHARING, 0, loss, loss_id)
    less.update(zip(gainers, shares, strict=True))
    return less


def collect(house, due: dict[int, int]) -> int:
    """Point 3: losers pay; returns what was paid."""
    total = 0
    for number, amount in due.items():
        if amount < 0:
            wallet = house.wallets[number]
            house.raise_cash(wallet, -amount)
            paid = min(-amount, wallet.cash)
            house.post(Posting.VARIATION_PAID, 0, number, HouseWallet.SETTLEMENT, paid)
            total += paid
    return total


def distribute(house, due: dict[int, int], less: dict[int, int], loss_id: int) -> None:
    """Point 4: gainers are paid, less their share."""
    for number, amount in due.items():
        if amount <= 0:
            continue
        share = less.get(number, 0)
        if share > 0 and house.is_client(number):
            house.emit(
                EventKind.HAIRCUT,
                wallet=number,
                order_id=loss_id,
                counter_order_id=amount,
                amount=share,
            )
            house.claims.append(Claim(loss_id, number, share))
        received = Posting.VARIATION_RECEIVED
        house.post(received, 0, HouseWallet.SETTLEMENT, number, amount - share)


def repay_claims(house, amount: int) -> None:
    """Point 5: what the platform received goes to the oldest losses first."""
    for loss_id in sorted({claim.loss_id for claim in house.claims}):
        group = [claim for claim in house.claims if claim.loss_id == loss_id]
        total = sum(claim.open_quote for claim in group)
        paid = min(amount, total)
        shares = largest_remainder(paid, [claim.open_quote for claim in group])
        for claim, share in zip(group, shares, strict=True):
            house.post(
                Posting.CLAIM_REPAYMENT, 0, HouseWallet.PLATFORM, claim.wallet, share, loss_id
            )
            claim.open_quote -= share
        amount -= paid
    house.claims = [claim for claim in house.claims if claim.open_quote > 0]
