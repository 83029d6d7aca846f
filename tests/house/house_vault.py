"""Margin assets and money of a flow: what is awaited, moved, reconciled, and loses its worth.

It keeps its own ledger of what clients and house hold, from the postings it hears, because the
custodian of a test must know what it should confirm.
"""

from collections import Counter
from collections.abc import Callable

from hkperp_engine.codes import AssetFlag, Event, HouseWallet, Posting
from hkperp_engine.codes import Command as Kind
from house_controls import Controls
from house_orders import CLIENTS
from house_setting import PPB, SECOND, Setting
from reference.rows import Command

#: What is not held: it faces the outside, or is not final yet.
OUTSIDE = (HouseWallet.EXTERNAL, HouseWallet.CONVERSION, HouseWallet.UNCLEARED)
SOUND_STATE = int(AssetFlag.CONVERTIBLE | AssetFlag.LICENSED)
KEPT = 60


class Vault(Controls):
    """Clients, custodian and operator as far as assets go; pay_in and unit are the flow's."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.assets = setting.config.assets
        self.awaited: list[tuple[int, int, int]] = []  # wallet, asset, units
        self.paid: list[tuple[int, int, int]] = []  # the same, of what is not HKD
        self.ledger: Counter[int] = Counter()
        self.breaks: dict[int, int] = {}  # by asset: ledger less custody
        self.follow: list[Callable[[], list[Command]]] = []  # what is done next
        self.families: list[list[int]] = []  # wallets of each account, the cross wallet first
        for wallet, account in zip(self.wallets, setting.accounts, strict=True):
            if account.isolated_contract < 0:
                self.families.append([])
            self.families[-1].append(wallet)
        self.crosses = [family[0] for family in self.families]
        self.isolated = [wallet for family in self.families for wallet in family[1:]]

    def own_contract(self, wallet: int) -> int:
        """The only contract of an isolated wallet, -1 of a cross wallet."""
        return self.setting.accounts[wallet - CLIENTS].isolated_contract

    def cross_of(self, wallet: int) -> int:
        """The cross wallet of a wallet's account."""
        return max(each for each in self.crosses if each <= wallet)

    def hear(self, events) -> None:
        """As Controls.hear; and keep the ledger, what is awaited, and what does not agree."""
        super().hear(events)
        for event in events:
            if event.kind == Event.POSTING:
                self._posted(event)
            elif event.kind == Event.SEG_BREAK:
                self.breaks[event.contract] = event.amount
            elif event.kind == Event.RECONCILED:
                self.breaks.pop(event.contract, None)
        del self.awaited[:-KEPT], self.paid[:-KEPT]

    def _posted(self, event) -> None:
        asset, units = event.contract, event.amount
        self.ledger[asset] += units * (event.wallet in OUTSIDE)
        self.ledger[asset] -= units * (event.counter_wallet in OUTSIDE)
        if event.code == Posting.DEPOSIT_UNCLEARED:
            self.awaited.append((event.order_id, asset, units))
        elif event.code == Posting.DEPOSIT and asset and event.counter_wallet >= CLIENTS:
            self.paid.append((event.counter_wallet, asset, units))
        elif event.code == Posting.DEPOSIT_REVERSED and asset in self.breaks:
            self.breaks[asset] -= units

    # --- deposits that are not final, moves, redemptions ---

    def clear(self) -> list[Command]:
        """What is awaited comes, all or part of it; or is sent back; or more than that."""
        chance = self.chance
        if not self.awaited:
            return self.deposit_later()
        wallet, asset, units = self.awaited.pop(chance.randrange(len(self.awaited)))
        draw = chance.random()
        amount, flags = units, int(draw < 0.2)
        if 0.2 <= draw < 0.3:
            amount = max(1, units // 3)
        elif 0.3 <= draw < 0.4:
            amount = 1_000 * units + 1
        fields = {"wallet": wallet, "target": asset, "flags": flags}
        found = [self.command(Kind.CLEAR_DEPOSIT, amount=amount, **fields)]
        if amount < units:
            found.append(self.command(Kind.CLEAR_DEPOSIT, amount=units - amount, **fields))
        return found

    def clear_all(self) -> list[Command]:
        """Everything comes at once: a morning after closed settlement hours."""
        found = [
            self.command(Kind.CLEAR_DEPOSIT, wallet=wallet, target=asset, amount=units)
            for wallet, asset, units in self.awaited
        ]
        self.awaited.clear()
        return found

    def deposit_later(self) -> list[Command]:
        """A deposit that is not final yet."""
        asset = self.chance.randrange(len(self.assets))
        wallet, lots = self.chance.choice(self.wallets), self.chance.choice([1, 10, 40])
        return [self.pay_in(wallet, asset, lots)._replace(flags=1)]

    def transfer(self) -> list[Command]:
        """From wallet to wallet: mostly of one account, mostly no more than there is."""
        chance = self.chance
        family = chance.choice([each for each in self.families if len(each) > 1] or self.families)
        sender, receiver = chance.choice(family), chance.choice(family)
        if chance.random() < 0.1:
            receiver = chance.choice(self.wallets)
        lots = chance.choice([1, 3, 10, 40, 1_000])
        asset = chance.choice([0, 0, 0, 1, 2, len(self.assets) - 1])
        return [self.move(sender, receiver, asset, self.unit(self.any_contract()) * lots)]

    def move(self, sender: int, receiver: int, asset: int, units: int) -> Command:
        """A TRANSFER."""
        fields = {"wallet": sender, "target": receiver, "contract": asset, "amount": units}
        return self.command(Kind.TRANSFER, **fields)

    def redeem(self, target: int = 0) -> list[Command]:
        """Units go back to their issuer; now and then more than there are, or without a par."""
        chance = self.chance
        found = [each for each in self.paid if each[1] == target] or self.paid
        if not found:
            return self.deposit_later()
        wallet, asset, units = chance.choice(found)
        units = max(1, units * chance.choice([1, 5, 10, 10, 30]) // 10)
        return [self.command(Kind.REDEEM, wallet=wallet, target=asset, amount=units)]

    # --- what ledger and custodian say ---

    def reconcile(self) -> list[Command]:
        """The custodian confirms: mostly what the ledger says, at times not."""
        chance, asset = self.chance, self.chance.randrange(len(self.assets))
        off = chance.choice([0, 0, 0, 0, 1, -1, self.unit(0)])
        if off:
            self.follow += [lambda: self.on_break(asset), lambda: [self.agree(asset)]]
        units = max(0, self.ledger[asset] - off)
        return [self.command(Kind.RECONCILE, target=asset, amount=units)]

    def agree(self, asset: int) -> Command:
        """The custodian confirms the ledger."""
        return self.command(Kind.RECONCILE, target=asset, amount=self.ledger[asset])

    def ghost(self) -> list[Command]:
        """A deposit that the custodian never saw: found, stopped, reversed, agreed (GAT-039)."""
        chance = self.chance
        wallet, asset = chance.choice(self.sound), chance.choice([0, 0, 0, 1, 2])
        paid = self.pay_in(wallet, asset, chance.choice([5, 50]))
        if chance.random() < 0.4:  # and it is spent before anybody looks
            spent = paid._replace(kind=int(Kind.WITHDRAW))
            self.follow.append(lambda: [spent._replace(time_ns=self.command(0).time_ns)])
        self.follow += [
            lambda: [
                self.command(
                    Kind.RECONCILE,
                    target=asset,
                    amount=max(0, self.ledger[asset] - paid.amount),
                )
            ],
            lambda: self.on_break(asset),
            lambda: self.reversals(wallet, asset),
            lambda: self.reversals(wallet, asset),
            lambda: [self.agree(asset)],
        ]
        return [paid]

    def on_break(self, asset: int) -> list[Command]:
        """Nothing of the asset leaves, whoever asks."""
        family = self.chance.choice(self.families)
        one = {"wallet": family[0], "target": asset, "amount": 1}
        found = [
            self.command(Kind.WITHDRAW, **one),
            self.move(family[0], family[-1], asset, 1),
        ]
        if asset:
            found.append(self.command(Kind.REDEEM, **one))
        return found + self.take()

    def reversals(self, wallet: int, asset: int) -> list[Command]:
        """Take back a part, the whole, or more than does not agree."""
        left, chance = self.breaks.get(asset, 0), self.chance
        units = max(1, left * chance.choice([3, 10, 10, 10, 11]) // 10)
        fields = {"wallet": wallet, "target": asset, "amount": units}
        found = [self.command(Kind.REVERSE_DEPOSIT, **fields)]
        if chance.random() < 0.3:
            found.append(self.command(Kind.TICK))
        return found

    # --- assets that lose their worth ---

    def depeg(self) -> list[Command]:
        """A price below the peg for so long, deposits and redemptions meanwhile, and back."""
        chance = self.chance
        pegged = [i for i, each in enumerate(self.assets) if i and each.depeg_ppb]
        target = chance.choice(pegged) if pegged else 1
        terms = self.assets[target]
        below = max(1, (terms.depeg_ppb or PPB) - chance.choice([0, 1, 1, 10_000_000]))
        found = [self.command(Kind.ASSET_PRICE, target=target, amount=below)]
        if chance.random() < 0.3:  # it comes back for a moment, and begins again
            found.append(self.command(Kind.ASSET_PRICE, target=target, amount=terms.price_ppb))
            found.append(self.command(Kind.ASSET_PRICE, target=target, amount=below))
        self.now_ns += max(0, terms.depeg_ns - chance.choice([0, 0, 0, 1]))
        found.append(Command(time_ns=self.now_ns, kind=int(Kind.TICK)))
        for _ in range(2):
            found.append(self.pay_in(chance.choice(self.sound), target, 3))
            found += self.redeem(target)
        found += self.take() + self.take()
        found.append(self.command(Kind.ASSET_PRICE, target=target, amount=terms.price_ppb))
        return [*found, self.as_it_was(target)]

    def licence(self) -> list[Command]:
        """A licence goes; the grace passes; the haircut is whole until it is put back."""
        chance, target = self.chance, self.chance.randrange(1, len(self.assets))
        terms, lost = self.assets[target], chance.choice([0, int(AssetFlag.CONVERTIBLE)])
        found = [
            self.command(Kind.ASSET_STATE, target=target, flags=lost),
            self.pay_in(chance.choice(self.sound), target, 3),
        ]
        self.now_ns += max(0, min(terms.grace_ns, 90 * SECOND) - chance.choice([0, 0, 1]))
        found.append(Command(time_ns=self.now_ns, kind=int(Kind.TICK)))
        found += (
            self.take() + self.redeem(target) + [self.pay_in(chance.choice(self.sound), target, 3)]
        )
        if chance.random() < 0.5:
            found.append(self.command(Kind.TICK))
        return [*found, self.as_it_was(target), self.haircut_of(target, terms.haircut_ppb)]

    def as_it_was(self, target: int) -> Command:
        """Convertible, licensed, with its peg, and agreed."""
        return self.command(Kind.ASSET_STATE, target=target, flags=SOUND_STATE)

    def haircut_of(self, target: int, haircut_ppb: int) -> Command:
        """An ASSET_HAIRCUT."""
        return self.command(Kind.ASSET_HAIRCUT, target=target, amount=haircut_ppb)

    def haircut(self) -> list[Command]:
        """A haircut goes up, at times below what it may be, and mostly back."""
        chance, target = self.chance, self.chance.randrange(1, len(self.assets))
        terms = self.assets[target]
        new = terms.haircut_ppb + chance.choice([0, 50, 300, 700]) * 1_000_000
        if chance.random() < 0.1:
            new = terms.conversion_haircut_ppb - chance.choice([0, 1])
        found = [self.haircut_of(target, min(new, PPB)), self.command(Kind.TICK)]
        if chance.random() < 0.8:
            found += [*self.take(), self.haircut_of(target, terms.haircut_ppb)]
        return found
