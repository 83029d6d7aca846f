"""Warnings, backstops, declarations and the end: what docs/default.md brings to a flow.

A wind-down closes the venue, so what leads to one, the collapse of a wallet with hardly any money
behind many lots, is mostly left for the last fifth of a stream.
"""

from functools import partial

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import Event, HouseWallet, Layer, Side, TimeInForce
from house_gate import Gate
from house_setting import PPB, Setting
from reference.rows import Command

IOC = int(TimeInForce.IOC)
#: When wallets collapse, as shares of a stream; where layer 5 gives nothing, at its very end.
COLLAPSES = (0.76, 0.79, 0.82, 0.85, 0.88, 0.91, 0.93, 0.96)
LAST_COLLAPSES = tuple(percent / 200 for percent in range(172, 200))
SCARCE_LOTS = 60  # a cap below it is in everybody's way
PROVIDERS = 17  # one more than may register for a contract
WITHDRAWN = (HouseWallet.FEES, HouseWallet.FEES, HouseWallet.ERROR)
PREFUNDED = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)


class Default(Gate):
    """Those who stand by, those who fall, and the operator who declares it."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.is_over = False  # a wind-down has ended the venue
        is_last = setting.config.house.vmgh_cap_ppb == 1
        self.collapses = list(LAST_COLLAPSES if is_last else COLLAPSES)
        self.issuer_at = self.chance.uniform(0.72, 0.9)
        self.has_crowd = self.chance.random() < 0.5

    def hear(self, events) -> None:
        """As Gate.hear; and whether it is over, and whether the fund must be filled again."""
        super().hear(events)
        for event in events:
            if event.kind == Event.OI_CAP:
                self.make_room(event.contract, event.amount)
            if event.kind == Event.ALLOCATION and event.code == Layer.WIND_DOWN:
                self.is_over = True

    # --- declarations ---

    def declare(self) -> list[Command]:
        """Somebody is declared in default, at times twice, at times nobody who may be."""
        chance = self.chance
        held = [wallet for wallet, _ in self.last_side]
        wallet = chance.choice(held if held and chance.random() < 0.9 else self.wallets)
        found = [self.command(Kind.DECLARE_DEFAULT, wallet=wallet)]
        if chance.random() < 0.2:
            found.append(self.command(Kind.DECLARE_DEFAULT, wallet=wallet))
        return [*found, *self.take()]

    # --- backstop providers ---

    def backstop(self) -> list[Command]:
        """A provider comes, changes its share, or ends."""
        chance = self.chance
        wallet = chance.choice(self.makers if chance.random() < 0.7 else self.wallets)
        share = chance.choice([0, 1, 50, 100, 400, 1_000]) * 1_000_000
        return [self.provider(wallet, self.any_contract(), share)]

    def provider(self, wallet: int, contract: int, share_ppb: int) -> Command:
        """A SET_BACKSTOP."""
        fields = {"wallet": wallet, "contract": contract, "amount": share_ppb}
        return self.command(Kind.SET_BACKSTOP, **fields)

    def backstop_opening(self) -> list[Command]:
        """Providers from the start; in some venues one more than there may be."""
        chance = self.chance
        if self.has_crowd:
            crowd = chance.sample(self.wallets, min(PROVIDERS, len(self.wallets)))
            return [self.provider(w, 0, chance.choice([1, 30, 90]) * 1_000_000) for w in crowd]
        return [command for _ in range(chance.choice([0, 2, 4])) for command in self.backstop()]

    # --- room for more open interest ---

    def make_room(self, contract: int, cap_lots: int) -> None:
        """A cap is low: what the book lacks is quoted, or what the fund lacks is paid in."""
        terms = self.contracts[contract]
        if terms.oi_depth and cap_lots == terms.oi_depth.floor_lots:
            self.follow.append(partial(self.deepen, contract))
        elif terms.oi_fund_multiple and cap_lots < SCARCE_LOTS:
            self.follow.append(partial(self.replenish, contract))

    def depth_opening(self) -> list[Command]:
        """A book where one is counted, while no cap is in anybody's way yet."""
        counted = [number for number, each in enumerate(self.contracts) if each.oi_depth]
        return [command for number in counted for command in self.deepen(number)]

    def deepen(self, contract: int) -> list[Command]:
        """Two makers quote around the price; a mark step sees it, a deposit counts it."""
        chance, price = self.chance, self.prices[contract]
        found = [*self.publish(contract), self.open(contract)]
        for side, maker in enumerate(chance.sample(self.makers, 2)):
            lots = min(chance.choice([3, 7, 20]), self.most_lots(contract))
            away = price - 1 if side == Side.BUY else price + 1
            found += [
                self.pay_in(maker, 0, 3 * lots),
                self.order(maker, contract, side, away, lots),
            ]
        paid = self.command(Kind.HOUSE_DEPOSIT, target=int(HouseWallet.RESERVE), amount=1)
        return [*found, self.command(Kind.TICK), paid]

    # --- money of the house ---

    def replenish(self, contract: int) -> list[Command]:
        """What is missing for a cap of some hundred lots; or less, and the cap stays low."""
        terms = self.contracts[contract]
        lots = self.chance.choice([10, 100, 400, 400])
        worth = lots * self.prices[contract] * terms.tick_value
        amount = worth * 100 // terms.oi_fund_multiple + 1
        target = int(self.chance.choice(PREFUNDED))
        return [self.command(Kind.HOUSE_DEPOSIT, target=target, amount=amount)]

    def house_withdraw(self) -> list[Command]:
        """The operator takes what is its own; or what is not there; or what is prefunded."""
        chance = self.chance
        target = int(chance.choice(WITHDRAWN if chance.random() < 0.7 else PREFUNDED))
        amount = chance.choice([1, 1, self.unit(0) // 50 + 1, self.unit(0) * 5_000])
        return [self.command(Kind.HOUSE_WITHDRAW, target=target, amount=amount)]

    # --- an issuer, and the end ---

    def issuer_default(self) -> list[Command]:
        """The issuer of an asset is gone, with deposits still on their way; soon again."""
        chance, self.issuer_at = self.chance, 2.0
        target = chance.choice([1, 2])
        found = []
        for wallet in chance.sample(self.sound, 4):
            paid = self.pay_in(wallet, target, chance.choice([3, 20]))
            found.append(paid._replace(flags=int(chance.random() < 0.5)))
        recovered = chance.choice([0, 1, PPB // 3, PPB - 1, PPB, chance.randint(0, PPB)])
        fields = {"target": target, "amount": recovered}
        found.append(self.command(Kind.ISSUER_DEFAULT, **fields))
        found += [self.command(Kind.TICK), self.pay_in(chance.choice(self.sound), target, 3)]
        if chance.random() < 0.5:
            found.append(self.command(Kind.ISSUER_DEFAULT, **fields))
        return found + self.take()

    def collapse(self) -> list[Command]:
        """A wallet buys, or sells, a lot with just enough money, and the price goes through it."""
        chance, contract = self.chance, self.any_contract()
        wallet, maker = chance.choice(self.sound), chance.choice(self.makers)
        side, lots = chance.randrange(2), chance.choice([20, 50, 100])
        lots = min(lots, self.most_lots(contract))
        price, way = self.prices[contract], 1 if side == Side.BUY else -1
        found = [
            *self.publish(contract),
            self.open(contract),
            self.pay_in(maker, 0, 3 * lots),
            self.order(maker, contract, 1 - side, price, lots),
            self.pay_in(wallet, 0, lots + lots // 3),
            self.order(wallet, contract, side, price + way, lots, tif=IOC, stp=0),
        ]
        self.last_side[wallet, contract] = side
        self.follow.append(lambda: self.fall(contract, -way))
        return found

    def fall(self, contract: int, way: int) -> list[Command]:
        """All prices of a contract move by three to five times the margin at once."""
        size = min(0.6, self.largest_im * self.chance.uniform(2.5, 4.5))
        terms = self.contracts[contract]
        price = round(self.prices[contract] * (1 + way * size))
        self.prices[contract] = max(2, min(price, terms.price_ticks_max))
        spread = self.all_sources(contract, 0)
        return [*spread, self.command(Kind.TICK), *self.take(), self.open(contract)]

    def afterwards(self) -> list[Command]:
        """What is left to do when all is settled: the money goes home."""
        doings = (self.withdraw, self.deposit, self.transfer, self.clear, self.house_withdraw)
        return self.chance.choice(doings)()
