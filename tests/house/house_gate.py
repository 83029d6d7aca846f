"""Standing, products and margins of a flow: who may trade what, and at which margin (gate.md)."""

from hkperp_engine.codes import (
    AFMM_DOCUMENTS,
    AccountFlag,
    Alert,
    ContractState,
    Event,
    InvestorClass,
    ProductState,
    ReferenceStatus,
    Side,
    TimeInForce,
)
from hkperp_engine.codes import Command as Kind
from house_orders import CLIENTS
from house_setting import ALL_SET, FOREVER, SECOND, Setting
from house_vault import Vault
from reference.rows import Command

DAY = 86_400 * SECOND
IOC = int(TimeInForce.IOC)
STEPS = (ProductState.SUBMITTED, ProductState.APPROVED)


class Gate(Vault):
    """The operator and its compliance officer, and the clients that meet their rules."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.damaged = [wallet for wallet in self.crosses if wallet not in self.sound]
        self.products = [int(each.product) for each in self.contracts]
        self.version = setting.config.house.agreement_version
        self.capped: list[int] = []
        count = len(self.contracts)
        self.delisted = self.chance.randrange(count)
        self.delist_at = 0.94 if count > 1 and self.delisted < count - 1 else 0.978
        mask = self.contracts[0].monitor.mask >> Alert.CONVERGENCE & 1
        is_slow = setting.config.house.cycle_interval_ns >= 600 * SECOND
        has_hold = self.contracts[0].index.hold_ns >= 20 * SECOND
        self.halt_at = 0.86 if mask and is_slow and has_hold else 2.0

    def hear(self, events) -> None:
        """As Vault.hear; and what state the products are in."""
        super().hear(events)
        for event in events:
            if event.kind == Event.PRODUCT_STATE:
                self.products[event.contract] = event.code
            elif event.kind == Event.AGREEMENT:
                self.version = event.amount

    # --- standing ---

    def account_status(self) -> list[Command]:
        """Somebody loses his standing, somebody gets it back; the account's, or nobody's."""
        chance = self.chance
        wallet = chance.choice(self.damaged if chance.random() < 0.5 else self.crosses)
        if self.live and chance.random() < 0.25:
            wallet = self.cross_of(chance.choice(self.live).wallet)
        is_affiliate = self.setting.accounts[wallet - CLIENTS].investor_class == InvestorClass.AFMM
        side = int(InvestorClass.AFMM) if is_affiliate else chance.choice([1, 2, 3, 4])
        flags, until = int(ALL_SET | AFMM_DOCUMENTS), FOREVER
        draw = 1.0 if wallet in self.damaged else chance.random()
        self.damaged = [each for each in self.damaged if each != wallet]
        if draw < 0.4:
            self.damaged.append(wallet)
        if draw < 0.1 and not is_affiliate:
            side = int(InvestorClass.NONE)
        elif draw < 0.2:
            flags ^= int(chance.choice(list(AccountFlag)))
        elif draw < 0.3:
            flags = chance.randrange(256)
        elif draw < 0.4:
            until = self.now_ns + chance.randint(-5, 50) * SECOND
        self.damaged = self.damaged or [wallet]
        if self.isolated and chance.random() < 0.04:
            wallet = chance.choice(self.isolated)
        fields = {"wallet": wallet, "side": side, "target": flags, "amount": until}
        return [self.command(Kind.ACCOUNT_STATUS, **fields)]

    def publish_agreement(self) -> list[Command]:
        """A new version; orders of those who have not agreed; then everybody agrees."""
        new = self.version + self.chance.choice([1, 1, 5])
        old = {"wallet": self.crosses[0], "amount": self.version}
        found = [
            self.command(Kind.PUBLISH_AGREEMENT, amount=new),
            self.command(Kind.ACKNOWLEDGE, **old),
            *self.take(),
            *self.reduce(),
            self.command(Kind.TICK),
        ]
        agreeing = [wallet for wallet in self.crosses if self.chance.random() < 0.97]
        accepted = [self.command(Kind.ACKNOWLEDGE, wallet=each, amount=new) for each in agreeing]
        return [*found, *accepted, *self.take()]

    def acknowledge(self) -> list[Command]:
        """One agrees, to what is in force or to something else."""
        wallet = self.chance.choice(self.wallets)
        version = self.version + self.chance.choice([0, 0, 0, -1, 1])
        return [self.command(Kind.ACKNOWLEDGE, wallet=wallet, amount=version)]

    def exposure_limit(self) -> list[Command]:
        """A tight limit and orders that meet it; or an older one is lifted."""
        chance = self.chance
        if self.capped and chance.random() < 0.5:
            wallet = self.capped.pop()
            return [self.command(Kind.EXPOSURE_LIMIT, wallet=wallet, amount=0)]
        contract = self.any_contract()
        wallet = self.cross_of(chance.choice([each for each, _ in self.last_side] or self.sound))
        lot = self.prices[contract] * self.contracts[contract].tick_value
        amount = lot * chance.choice([1, 4, 15, 60]) + chance.choice([0, 1])
        found = [self.command(Kind.EXPOSURE_LIMIT, wallet=wallet, amount=amount)]
        self.capped.append(wallet)
        for _ in range(chance.randint(1, 4)):
            side, lots = chance.randrange(2), chance.choice([1, 3, 10, 30])
            price = self.prices[contract] + self.near(contract, 0, 6) * (1 - 2 * side)
            paid = self.pay_in(wallet, 0, 2 * lots)
            tif = chance.choice([0, IOC])
            found += [paid, self.order(wallet, contract, side, price, lots, tif=tif)]
        return [*found, *self.amend(), *self.opening_trade()]

    def isolated_trade(self) -> list[Command]:
        """An isolated wallet gets just enough for some lots and takes them, mostly at home."""
        chance = self.chance
        if not self.isolated:
            return self.take()
        wallet = chance.choice(self.isolated)
        contract = self.own_contract(wallet)
        if chance.random() < 0.05:
            contract = self.any_contract()
        lots = chance.choice([2, 5, 10, 30])
        paid = self.pay_in(wallet, 0, lots + lots // 4)
        if chance.random() < 0.3:
            paid = self.move(self.cross_of(wallet), wallet, 0, paid.amount)
        side = self.last_side.get((wallet, contract), chance.randrange(2))
        self.last_side[wallet, contract] = side
        away = self.near(contract, 4, 20) * (1 if side == Side.BUY else -1)
        tif = chance.choice([0, IOC])
        price = self.prices[contract] + away
        return [paid, self.order(wallet, contract, side, price, lots, tif=tif)]

    def isolated_opening(self) -> list[Command]:
        """A first position for isolated wallets against a maker, with hardly any money."""
        found = []
        for wallet in self.isolated:
            contract, maker = self.own_contract(wallet), self.chance.choice(self.makers)
            pair = [wallet, maker]
            self.chance.shuffle(pair)
            side = Side.BUY if pair[0] == wallet else Side.SELL
            self.last_side[wallet, contract] = int(side)
            found.append(
                self.command(
                    Kind.OPENING_TRADE,
                    contract=contract,
                    wallet=pair[0],
                    target=pair[1],
                    price_ticks=self.prices[contract],
                    lots=self.chance.choice([2, 4, 8]),
                )
            )
        return found

    # --- products and margins ---

    def step_to(self, contract: int, state: int) -> Command:
        """A PRODUCT_STATE."""
        return self.command(Kind.PRODUCT_STATE, contract=contract, side=int(state))

    def status_of(self, contract: int, status: int) -> Command:
        """A REFERENCE_STATUS."""
        return self.command(Kind.REFERENCE_STATUS, contract=contract, side=int(status))

    def unlisted(self) -> list[int]:
        """Contracts that are not live, and may be."""
        over = (ProductState.LIVE, ProductState.DELISTED)
        return [contract for contract, state in enumerate(self.products) if state not in over]

    def product_step(self) -> list[Command]:
        """Approve what is not live, or wind down what is and review it."""
        chance = self.chance
        contract = chance.choice(self.unlisted() or range(len(self.contracts)))
        state, found = self.products[contract], []
        if chance.random() < 0.2:
            found.append(self.step_to(contract, chance.randrange(-1, 7)))
            if found[0].side == ProductState.DELISTED:
                found.clear()
        if state == ProductState.LIVE:
            found.append(self.step_to(contract, ProductState.REDUCE_ONLY))
        elif state < ProductState.APPROVED:
            found += self.approval(contract)
        found += self.orders_in(contract)
        self.follow.append(lambda: self.review(contract))
        return found

    def approval(self, contract: int) -> list[Command]:
        """All steps to APPROVED; half the time with a draft that is taken back once."""
        state, steps = self.products[contract], list(STEPS)
        if state == ProductState.DRAFT and self.chance.random() < 0.5:
            steps = [ProductState.SUBMITTED, ProductState.DRAFT, *steps]
        elif state == ProductState.SUBMITTED:
            back = self.chance.random() < 0.5
            steps = [ProductState.DRAFT, *steps] if back else steps[1:]
        elif state >= ProductState.APPROVED:
            steps = []
        return [self.step_to(contract, step) for step in steps]

    def orders_in(self, contract: int) -> list[Command]:
        """Some orders in a contract: those that reduce pass where others may not."""
        found, chance = [], self.chance
        for _ in range(chance.randint(2, 5)):
            held = [(w, side) for (w, c), side in self.last_side.items() if c == contract]
            wallet, opened = chance.choice(held or [(self.sound[0], 0)])
            side = 1 - opened if chance.random() < 0.6 else opened
            away = self.near(contract, 0, 10) * (1 if side == Side.BUY else -1)
            lots, tif = chance.choice([1, 2, 5]), chance.choice([0, IOC])
            price = self.prices[contract] + away
            found.append(self.order(wallet, contract, side, price, lots, tif=tif))
        return found

    def review(self, contract: int) -> list[Command]:
        """To LIVE: refused while the reference lacks something."""
        found = []
        if self.chance.random() < 0.5:
            lacking = [ReferenceStatus.NOT_RETAIL, ReferenceStatus.INDEX_NOT_IOSCO]
            found.append(self.status_of(contract, self.chance.choice(lacking)))
            found.append(self.step_to(contract, ProductState.LIVE))
        found.append(self.status_of(contract, ReferenceStatus.ELIGIBLE))
        return [*found, self.step_to(contract, ProductState.LIVE)]

    def reference_status(self) -> list[Command]:
        """What a reference lacks changes; nothing follows."""
        status = self.chance.choice([0, 0, 0, 1, 2])
        return [self.status_of(self.any_contract(), status)]

    def margin_addon(self) -> list[Command]:
        """Margins go up, a mark step follows; soon they come down again."""
        chance, contract = self.chance, self.any_contract()
        if chance.random() < 0.4:
            return [self.command(Kind.MARGIN_ADDON, contract=contract)]
        im = chance.choice([1, 5_000_000, 20_000_000, 80_000_000])
        mm = chance.choice([0, im // 2, im])
        fields = {"contract": contract, "amount": im, "price_ticks": mm}
        found = [self.command(Kind.MARGIN_ADDON, **fields), self.command(Kind.TICK)]
        return [*found, self.command(Kind.MARGIN_ADDON, contract=contract)]

    # --- the end of a contract, and a day without funding ---

    def delist(self) -> list[Command]:
        """Wound down, sampled for a while, settled at the final price (GAT-021)."""
        contract, self.delist_at = self.delisted, 2.0
        found = [self.open(contract), *self.publish(contract)]
        if self.products[contract] == ProductState.LIVE:
            found.append(self.step_to(contract, ProductState.REDUCE_ONLY))
        self.follow += [lambda: self.days_of(contract), lambda: self.settle(contract)]
        return found + self.orders_in(contract)

    def days_of(self, contract: int) -> list[Command]:
        """Samples are taken, few or many."""
        found = []
        for _ in range(self.chance.choice([1, 3, 6])):
            self.now_ns += self.chance.choice([10, 50, 90]) * SECOND
            found.append(self.command(Kind.ADVANCE))
            for each in range(len(self.contracts)):
                found += self.publish(each)
                found.append(self.open(each))
        return found + self.orders_in(contract)

    def settle(self, contract: int) -> list[Command]:
        """The step itself, twice, and what is tried afterwards."""
        found = [self.step_to(contract, ProductState.DELISTED)]
        found += [self.step_to(contract, ProductState.DELISTED), self.open(contract)]
        return [*found, *self.orders_in(contract), self.command(Kind.TICK), *self.margin_addon()]

    def long_halt(self) -> list[Command]:
        """More than a day in a halt, then open on a held index: no funding for 24 h (INV-14)."""
        self.halt_at, every = 2.0, range(len(self.contracts))
        halted = int(ContractState.HALTED)
        found = [self.command(Kind.CONTRACT_STATE, contract=c, side=halted) for c in every]
        self.now_ns += DAY + 2_000 * SECOND
        found.append(Command(time_ns=self.now_ns, kind=int(Kind.ADVANCE)))
        for contract in every:
            found += [*self.all_sources(contract, 0), self.command(Kind.TICK)]
        found += self.all_sources(0, -1)
        return [*found, *map(self.open, every), self.command(Kind.TICK), *self.publish(0)]

    def all_sources(self, contract: int, spread: int) -> list[Command]:
        """Every source shows bid and ask `spread` ticks apart; below 0 they are crossed."""
        bid = self.prices[contract]
        fields = {"contract": contract, "price_ticks": bid, "lots": bid + spread}
        return [
            self.command(Kind.SOURCE_PRICE, target=source, **fields)
            for source in range(len(self.contracts[contract].sources))
        ]
