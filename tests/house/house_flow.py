"""A random stream of commands for the house: seeded, blind, and rough on purpose.

`commands(seed, count)` knows only what it sent itself: a price path per contract, the ids of its
orders, and which way it last sent each wallet. So the same stream suits every machine that is to
be compared. Prices jump by more than the margin often enough that takeovers and losses happen.
"""

from collections.abc import Iterator

from hkperp_engine.codes import (
    Command as Kind,
)
from hkperp_engine.codes import (
    ContractState,
    HouseWallet,
    InvestorClass,
    OrderFlag,
    OrderType,
    SelfTrade,
    Side,
    TimeInForce,
)
from house_malformed import malformed
from house_market import Market
from house_setting import ALL_SET, FOREVER, PPB, SECOND, Setting, is_sound
from reference.rows import Command

CLIENTS = int(HouseWallet.CLIENTS)
ORDERS_KEPT = 80


class Flow(Market):
    """One stream: `next_commands()` returns the commands of one thing that somebody does."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.assets = setting.config.assets
        self.wallets = [CLIENTS + i for i in range(len(setting.accounts))]
        self.sound = [
            wallet
            for wallet, account in zip(self.wallets, setting.accounts, strict=True)
            if is_sound(account)
        ]
        self.damaged = [wallet for wallet in self.wallets if wallet not in self.sound]
        self.makers = self.chance.sample(self.sound, 6)
        self.order_id = 0
        self.live: list[tuple[int, int, int, int, int, int]] = []  # what was sent as GTC
        self.last_side: dict[tuple[int, int], int] = {}
        self.progress = 0.0  # share of the stream that is done
        self.doings = (
            (27, self.quote),
            (114, self.take),
            (5, self.reduce),
            (7, self.cancel),
            (5, self.amend),
            (5, self.move_market),
            (8, self.deposit),
            (3, self.withdraw),
            (0.15, self.house_deposit),
            (1.5, self.asset_change),
            (2, self.account_status),
            (1.2, self.contract_state),
            (0.3, self.crash_in_halt),
            (0.5, self.wait),
            (7, lambda: [malformed(self)]),
        )

    def next_commands(self) -> list[Command]:
        weights = [weight for weight, _ in self.doings]
        (doing,) = self.chance.choices([doing for _, doing in self.doings], weights)
        return doing()

    def opening(self) -> list[Command]:
        """How a venue begins: money, orders that are too early, prices, opening trades."""
        chance, found = self.chance, []
        for account in (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE):
            amount = self.unit(0) * chance.randint(1, 2)
            found.append(self.command(Kind.HOUSE_DEPOSIT, target=int(account), amount=amount))
        for wallet in self.wallets:
            scale = 900 if wallet in self.makers else chance.choice([5, 10, 30])
            found.append(self.pay_in(wallet, 0, scale))
            if chance.random() < 0.5:
                found.append(self.pay_in(wallet, chance.randrange(len(self.assets)), scale // 2))
        for _ in range(3):
            found += self.quote() + self.opening_trade()
        for contract in range(len(self.contracts)):
            found += self.publish(contract)
        for _ in range(12):
            found += self.opening_trade()
            orders = self.quote() if chance.random() < 0.3 else self.reduce()
            found += [
                order._replace(flags=order.flags | OrderFlag.POST_ONLY, tif=0) for order in orders
            ]
        return found

    def unit(self, contract: int) -> int:
        """Initial margin of about one lot, in ledger units."""
        terms = self.contracts[contract]
        return max(1, self.prices[contract] * terms.tick_value * terms.tiers[0].im_ppb // PPB)

    def pay_in(self, wallet: int, asset: int, lots: int) -> Command:
        """Enough for about `lots` lots."""
        amount = self.unit(self.any_contract()) * max(1, lots) + self.chance.randint(0, 99)
        return self.command(Kind.DEPOSIT, wallet=wallet, target=asset, amount=amount)

    # --- orders ---

    def order(self, wallet: int, contract: int, side: int, price: int, lots: int, **more: int):
        """A new order, remembered if it may rest."""
        self.order_id += 1
        terms = self.contracts[contract]
        price = max(1, min(price, terms.price_ticks_max))
        lots = max(1, min(lots, terms.lots_max))
        more.setdefault("stp", self.chance.choice(list(map(int, SelfTrade))))
        if more.get("tif", 0) == TimeInForce.GTC:
            self.live.append((self.order_id, wallet, contract, side, price, lots))
            del self.live[:-ORDERS_KEPT]
        return self.command(
            Kind.NEW_ORDER,
            contract=contract,
            wallet=wallet,
            side=side,
            order_id=self.order_id,
            price_ticks=price,
            lots=lots,
            tag=self.order_id * 3,
            **more,
        )

    def near(self, contract: int, permille_low: int, permille_high: int) -> int:
        """A distance from the price, at least one tick."""
        permille = self.chance.randint(permille_low, permille_high)
        return max(1, self.prices[contract] * permille // 1000)

    def quote(self) -> list[Command]:
        """A resting order of a maker, mostly on both sides of the price."""
        chance, contract = self.chance, self.any_contract()
        wallet = chance.choice(self.makers if chance.random() < 0.6 else self.sound)
        found = []
        for side in (Side.BUY, Side.SELL):
            if chance.random() < 0.25:
                continue
            away = (
                self.near(contract, 0, 8) if chance.random() < 0.8 else self.near(contract, 8, 90)
            )
            price = self.prices[contract] + (-away if side == Side.BUY else away)
            flags = int(OrderFlag.POST_ONLY) if chance.random() < 0.3 else 0
            lots = chance.choice([1, 5, 10, 20, 40, 80])
            found.append(self.order(wallet, contract, int(side), price, lots, flags=flags))
        return found

    def take(self) -> list[Command]:
        """An order that means to trade."""
        chance, contract = self.chance, self.any_contract()
        wallet = chance.choice(self.sound if chance.random() < 0.9 else self.wallets)
        side = self.last_side.get((wallet, contract), chance.randrange(2))
        if chance.random() < 0.45:
            side = chance.randrange(2)
        self.last_side[wallet, contract] = side
        away = self.near(contract, 4, 20)
        price = self.prices[contract] + (away if side == Side.BUY else -away)
        lots = chance.choice([1, 2, 2, 3, 4, 5, 6, 8, 12, 20, chance.randint(1, 100)])
        tif = chance.choices(list(map(int, TimeInForce)), (50, 35, 15))[0]
        is_market = tif != TimeInForce.GTC and chance.random() < 0.4
        kind = OrderType.MARKET if is_market else OrderType.LIMIT
        order = self.order(wallet, contract, side, price, lots, tif=tif, order_type=int(kind))
        if chance.random() < 0.15:
            return [
                self.pay_in(wallet, 0, lots + lots // 2)._replace(time_ns=order.time_ns),
                order,
            ]
        return [order]

    def reduce(self) -> list[Command]:
        """A reduce-only order against what the wallet was last sent to do."""
        chance = self.chance
        if not self.last_side:
            return self.take()
        (wallet, contract), side = chance.choice(list(self.last_side.items()))
        away = self.near(contract, 0, 20) * chance.choice([-1, 1])
        lots = chance.choice([1, 4, 10, 300])
        tif = chance.choices(list(map(int, TimeInForce)), (60, 30, 10))[0]
        flags = int(OrderFlag.REDUCE_ONLY)
        if tif == TimeInForce.GTC and chance.random() < 0.3:
            flags |= int(OrderFlag.POST_ONLY)
        price = self.prices[contract] + away
        return [self.order(wallet, contract, 1 - side, price, lots, flags=flags, tif=tif)]

    def cancel(self) -> list[Command]:
        if not self.live:
            return self.quote()
        order_id, wallet, *_ = self.live.pop(self.chance.randrange(len(self.live)))
        return [self.command(Kind.CANCEL, wallet=wallet, order_id=order_id, tag=7)]

    def amend(self) -> list[Command]:
        """Fewer lots, more lots, or another price."""
        chance = self.chance
        if not self.live:
            return self.quote()
        i = chance.randrange(max(0, len(self.live) - 60), len(self.live))
        order_id, wallet, contract, side, price, lots = self.live[i]
        if chance.random() < 0.6:
            price = self.prices[contract] + self.near(contract, 0, 12) * chance.choice([-1, 1])
            price = max(1, min(price, self.contracts[contract].price_ticks_max))
        if chance.random() < 0.6:
            lots = max(
                1, min(lots * chance.randint(1, 25) // 10, self.contracts[contract].lots_max)
            )
        self.live[i] = (order_id, wallet, contract, side, price, lots)
        return [
            self.command(
                Kind.AMEND,
                contract=contract,
                wallet=wallet,
                order_id=order_id,
                price_ticks=price,
                lots=lots,
            )
        ]

    def opening_trade(self) -> list[Command]:
        chance, contract = self.chance, self.any_contract()
        long, short = chance.sample(self.wallets if chance.random() < 0.2 else self.sound, 2)
        self.last_side[long, contract], self.last_side[short, contract] = Side.BUY, Side.SELL
        price = self.prices[contract] + self.near(contract, 0, 5) * chance.choice([-1, 0, 1])
        lots = chance.choice([1, 5, 10, 40])
        return [
            self.command(
                Kind.OPENING_TRADE,
                contract=contract,
                wallet=long,
                target=short,
                price_ticks=price,
                lots=lots,
            )
        ]

    # --- money and states ---

    def deposit(self) -> list[Command]:
        chance = self.chance
        wallet = chance.choice(self.wallets if chance.random() < 0.8 else self.makers)
        asset = chance.choice([0, 0, 0, 1, 2, 1, 2, len(self.assets) - 1])
        return [self.pay_in(wallet, asset, chance.choice([1, 10, 40, 100]))]

    def withdraw(self) -> list[Command]:
        chance = self.chance
        amount = (
            self.unit(self.any_contract()) * chance.choice([1, 10, 100]) // chance.randint(1, 9)
        )
        asset = chance.choice([0, 0, 0, 1, 2])
        wallet = chance.choice(self.wallets)
        return [self.command(Kind.WITHDRAW, wallet=wallet, target=asset, amount=amount + 1)]

    def house_deposit(self) -> list[Command]:
        accounts = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)
        target = int(self.chance.choice(accounts))
        amount = self.unit(0) * self.chance.choice([1, 1, 10]) + self.chance.randint(0, 9)
        return [self.command(Kind.HOUSE_DEPOSIT, target=target, amount=amount)]

    def asset_change(self) -> list[Command]:
        """A haircut of a price, or a switch that is soon put back."""
        chance = self.chance
        target = chance.randrange(1, len(self.assets))
        if chance.random() < 0.6:
            low = chance.choice([0, 300_000, 900_000, 990_000, 1_000_000, 1_000_000])
            amount = self.assets[target].price_ppb // 1_000_000 * chance.randint(low, 1_050_000)
            amount = amount if low else chance.choice([1, 5_000_000])
            return [self.command(Kind.ASSET_PRICE, target=target, amount=amount)]
        flags = chance.choice([0, 1, 2, 3, 3, 3])
        return [self.command(Kind.ASSET_STATE, target=target, flags=flags)]

    def account_status(self) -> list[Command]:
        """Somebody loses his standing, somebody gets it back."""
        chance = self.chance
        wallet = chance.choice(self.damaged if chance.random() < 0.6 else self.wallets)
        is_affiliate = self.setting.accounts[wallet - CLIENTS].investor_class == InvestorClass.AFMM
        side = int(InvestorClass.AFMM) if is_affiliate else chance.choice([1, 2, 3, 4])
        flags, until = int(ALL_SET) | 4, FOREVER
        draw = 1.0 if wallet in self.damaged else chance.random()
        self.damaged = [each for each in self.damaged if each != wallet]
        if draw < 0.4:
            self.damaged.append(wallet)
        if draw < 0.1 and not is_affiliate:
            side = int(InvestorClass.NONE)
        elif draw < 0.3:
            flags = chance.randrange(8)
        elif draw < 0.4:
            until = self.now_ns + chance.randint(-5, 50) * SECOND
        self.damaged = self.damaged or [wallet]
        return [
            self.command(Kind.ACCOUNT_STATUS, wallet=wallet, side=side, flags=flags, amount=until)
        ]

    def contract_state(self) -> list[Command]:
        """Mostly open again what a halt has stopped; near the end one contract closes."""
        chance, contract = self.chance, self.any_contract()
        side = chance.choices(list(map(int, ContractState)), (80, 12, 8, 0))[0]
        if self.progress > 0.95 and contract == len(self.contracts) - 1 and chance.random() < 0.5:
            side = int(ContractState.CLOSED)
        found = self.publish(contract)
        return [*found, self.command(Kind.CONTRACT_STATE, contract=contract, side=side)]


def commands(setting: Setting, seed: int, count: int) -> Iterator[Command]:
    """`count` commands for a venue; the same for the same arguments."""
    flow, sent = Flow(setting, seed), 0
    batch = flow.opening()
    while True:
        for command in batch:
            if sent == count:
                return
            yield command
            sent += 1
        flow.progress = sent / count
        batch = flow.next_commands()
