"""The market of a flow: a clock, a price path per contract, and the sources that tell it."""

from random import Random

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState
from house_setting import PPB, SECOND, Setting
from reference.rows import Command


class Market:
    """What a flow knows of time and prices; `chance` is its only source of chance."""

    def __init__(self, setting: Setting, seed: int) -> None:
        self.setting, self.chance = setting, Random(f"flow {seed}")
        self.contracts = setting.config.contracts
        self.now_ns = setting.config.house.start_ns
        self.prices = list(setting.prices)
        self.trends = [0.0 for _ in setting.prices]
        self.quiet_until = [0 for _ in setting.prices]  # sources silent until then
        self.wildness = self.chance.choice([0.25, 0.4, 0.55])  # share of moves that are jumps
        self.largest_im = max(each.tiers[0].im_ppb for each in self.contracts) / PPB

    def command(self, kind: int, **fields: int) -> Command:
        """A command a moment later; now and then exactly on a timer."""
        draw = self.chance.random()
        if draw < 0.05:
            step = 5 * SECOND
            self.now_ns = (self.now_ns // step + 1) * step
        elif draw < 0.7:
            self.now_ns += self.chance.randint(0, SECOND // 2)
        return Command(time_ns=self.now_ns, kind=int(kind), **fields)

    def any_contract(self) -> int:
        return self.chance.randrange(len(self.contracts))

    def move_market(self) -> list[Command]:
        """The next point of a price path: noise, trends, and jumps beyond the margin."""
        chance, found = self.chance, []
        is_joint = chance.random() < 0.5
        jump = self.jump()
        for contract in range(len(self.contracts)):
            if contract and not is_joint and chance.random() < 0.5:
                continue
            self.trends[contract] = 0.8 * self.trends[contract] + chance.gauss(0, 0.002)
            move = self.trends[contract] + (jump if is_joint else self.jump())
            start, terms = self.setting.prices[contract], self.contracts[contract]
            price = round(self.prices[contract] * (1 + move))
            high = min(start * 3, terms.price_ticks_max)
            self.prices[contract] = max(start // 4, min(price, high))
            found += self.source_prices(contract)
        found.append(self.next_step())
        if chance.random() < 0.75:
            found += [self.open(contract) for contract in range(len(self.contracts))]
        return found

    def to_cycle(self) -> Command:
        """Let the next cycle come."""
        interval = self.setting.config.house.cycle_interval_ns
        self.now_ns = (self.now_ns // interval + 1) * interval
        return Command(time_ns=self.now_ns, kind=int(Kind.ADVANCE))

    def next_step(self) -> Command:
        """A mark step: by a tick, or by a cycle if it is near."""
        interval = self.setting.config.house.cycle_interval_ns
        if self.chance.random() < 0.2 and -self.now_ns % interval < 100 * SECOND:
            return self.to_cycle()
        return self.command(Kind.TICK)

    def open(self, contract: int) -> Command:
        """Open a contract again, whatever it is."""
        return self.command(Kind.CONTRACT_STATE, contract=contract, side=int(ContractState.OPEN))

    def jump(self) -> float:
        chance, draw, size = self.chance, self.chance.random(), 0.0
        if draw < self.wildness:
            size = min(0.5, self.largest_im * chance.uniform(0.5, 3))
        elif draw < 3 * self.wildness:
            size = self.largest_im * chance.uniform(0.1, 0.5)
        return size * chance.choice([-1, 1])

    def source_prices(self, contract: int) -> list[Command]:
        """Each source near the price; some silent, some wrong, at times all silent."""
        chance, price = self.chance, self.prices[contract]
        if self.now_ns < self.quiet_until[contract]:
            return []
        if chance.random() < 0.01:
            self.quiet_until[contract] = self.now_ns + chance.choice([20, 90, 300]) * SECOND
        found = []
        for source in range(len(self.contracts[contract].sources)):
            draw = chance.random()
            if draw < 0.015:
                continue
            told = price + chance.randint(-price // 500, price // 500)
            if draw < 0.025:
                told = price * chance.choice([2, 10, 11, 12, 13]) // chance.choice([10, 11])
            told = max(1, min(told, self.contracts[contract].price_ticks_max))
            bid, ask = told, 0
            if chance.random() < 0.3:
                half = chance.randint(0, max(1, price // 1_000))
                bid, ask = max(1, told - half), told + half + chance.choice([0, 1])
                ask = min(ask, self.contracts[contract].price_ticks_max)
            if chance.random() < 0.005:
                bid, ask = told, max(1, told - 1)
            fields = {"contract": contract, "price_ticks": bid, "lots": ask}
            found.append(self.command(Kind.SOURCE_PRICE, target=source, **fields))
        return found

    def publish(self, contract: int) -> list[Command]:
        return [*self.source_prices(contract), self.command(Kind.TICK)]

    def wait(self) -> list[Command]:
        """Let time pass: mostly seconds, sometimes over cycles and fundings."""
        chance = self.chance
        found = []
        for _ in range(chance.choice([1, 1, 2, 6])):
            self.now_ns += chance.choice([1, 5, 25, 25]) * SECOND
            for contract in range(len(self.contracts)):
                found += self.source_prices(contract)
        if chance.random() < 0.1:
            self.now_ns += chance.choice([120, 700]) * SECOND
        found.append(self.command(Kind.ADVANCE))
        for contract in range(len(self.contracts)):
            found += self.publish(contract)
        return [*found, *(self.open(contract) for contract in range(len(self.contracts)))]

    def crash_in_halt(self) -> list[Command]:
        """A margin asset loses its value while nothing trades; a cycle comes; all is put back."""
        target, price = self.chance.choice([1, 2]), self.chance.choice([1, 3 * 10**8, 7 * 10**8])
        halted = int(ContractState.HALTED)
        every = range(len(self.contracts))
        moved = self.move_market()
        halts = [self.command(Kind.CONTRACT_STATE, contract=c, side=halted) for c in every]
        crash = self.command(Kind.ASSET_PRICE, target=target, amount=price)
        cycle = self.to_cycle()
        back = self.command(Kind.ASSET_PRICE, target=target, amount=PPB)
        prices = [each for contract in every for each in self.publish(contract)]
        return [*moved, *halts, crash, cycle, back, *prices, *map(self.open, every)]
