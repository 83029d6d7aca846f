"""The settlement cycle: docs/machine.md section 7."""

from hkperp_engine.codes import CycleCause, HouseWallet, Posting
from hkperp_engine.codes import Event as EventKind
from reference import liquidation, margin
from reference.limits import update_caps
from reference.state import Claim, CycleRecord
from reference.waterfall import SettlementBroken, Shares, share_loss
from reference.whole import largest_remainder

OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION, HouseWallet.SETTLEMENT)


def run_cycle(house, cause: CycleCause, loss: int) -> None:
    """Settle every wallet's VM at the marks; `loss` is R."""
    house.cycle_count += 1
    due = {
        number: margin.variation(house, wallet)
        for number, wallet in house.wallets.items()
        if number not in OUTSIDE
    }
    record = begin_record(house, due)
    platform = house.wallets[HouseWallet.PLATFORM]
    need, own = max(0, -(due[platform.number] + platform.cash)), 0
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
        own = liquidation.pay_layers(house, platform, need, loss_id)
    settlement = house.wallets[HouseWallet.SETTLEMENT]
    loss = liquidation.pay_layers(house, settlement, loss + own, loss_id)
    shares = Shares(house, due, loss_id)
    share_loss(house, shares, loss, own)
    paid = collect(house, due)
    distribute(house, shares)
    repay_claims(house, shares.gain(platform.number))
    house.post(Posting.RECOVERY, 0, platform.number, HouseWallet.RESERVE, platform.cash)
    for wallet in house.wallets.values():
        for contract, position in zip(house.contracts, wallet.positions, strict=True):
            position.cost = position.lots * contract.mark * contract.terms.tick_value
        wallet.pending = 0
    if house.wallets[HouseWallet.SETTLEMENT].cash != 0:
        raise SettlementBroken(house.wallets[HouseWallet.SETTLEMENT].cash)
    record.after = {number: house.wallets[number].cash for number in due}
    house.emit(EventKind.CYCLE_DONE, order_id=house.cycle_count, amount=paid)
    update_caps(house)


def begin_record(house, due: dict[int, int]) -> CycleRecord:
    """What the invariants will want to know of this cycle."""
    before = {number: house.wallets[number].cash for number in due}
    record = CycleRecord(house.cycle_count, due, before, {}, set(house.in_deficit))
    house.cycles.append(record)
    return record


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


def distribute(house, shares: Shares) -> None:
    """Point 4: gainers are paid, less what they bear; a client is told of it by layer."""
    for number, amount in shares.due.items():
        if amount <= 0:
            continue
        if house.is_client(number):
            tell_haircuts(house, shares, number)
        received = Posting.VARIATION_RECEIVED
        house.post(received, 0, HouseWallet.SETTLEMENT, number, shares.gain(number))


def tell_haircuts(house, shares: Shares, number: int) -> None:
    """DFT-034: an event for each layer, one claim of their sum."""
    for layer, share in shares.parts[number]:
        house.emit(
            EventKind.HAIRCUT,
            code=layer,
            wallet=number,
            order_id=shares.loss_id,
            counter_order_id=shares.due[number],
            amount=share,
        )
    if shares.borne(number) > 0:
        house.claims.append(Claim(shares.loss_id, number, shares.borne(number)))


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
