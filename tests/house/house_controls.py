"""Quotes, protections, switches, auctions and busts of a flow."""

from typing import NamedTuple

from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import (
    ContractState,
    Event,
    EventFlag,
    HouseWallet,
    InvestorClass,
    KillScope,
    OrderFlag,
    SelfTrade,
    Session,
    Side,
    TimeInForce,
)
from house_orders import CLIENTS, Desk
from house_setting import SECOND, Setting
from reference.rows import Command

TRADES_KEPT = 60


class Quote(NamedTuple):
    """The pair of ids that a maker quotes with in a contract."""

    wallet: int
    contract: int
    order_id: int


class Controls(Desk):
    """Market makers, the operator, and what they switch."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        affiliates = [
            wallet
            for wallet in self.sound
            if setting.accounts[wallet - CLIENTS].investor_class == InvestorClass.AFMM
        ]
        self.affiliates = affiliates
        self.quoters = list(dict.fromkeys([*self.makers[:3], *affiliates[:2]]))
        self.quotes: list[Quote] = []
        for wallet in self.quoters:
            for contract in range(len(self.contracts)):
                self.order_id += 2
                self.quotes.append(Quote(wallet, contract, self.order_id - 1))
        self.trades: list[int] = []  # sequence numbers of what traded, the last at the end
        self.liquidations: list[int] = []

    def hear(self, events) -> None:
        """What a flow is told: which events were trades, and which orders are gone for certain."""
        gone = set()
        for event in events:
            is_refused = event.kind == Event.REFUSED and event.amount == Kind.NEW_ORDER
            if event.kind == Event.TRADE:
                is_liquidation = event.flags & EventFlag.LIQUIDATION
                kept = self.liquidations if is_liquidation else self.trades
                kept.append(event.sequence)
            elif is_refused or event.kind in (Event.ORDER_CANCELLED, Event.TRIGGERED):
                gone.add(event.order_id)
        del self.trades[:-TRADES_KEPT], self.liquidations[:-TRADES_KEPT]
        if gone and self.chance.random() < 0.9:
            self.live = [sent for sent in self.live if sent.order_id not in gone]
            self.stops = [sent for sent in self.stops if sent.order_id not in gone]

    # --- market makers ---

    def mass_quote(self) -> list[Command]:
        """Both sides around the price, at times one, none, or through the market."""
        chance, quote = self.chance, self.chance.choice(self.quotes)
        middle = self.prices[quote.contract]
        bid = middle - self.near(quote.contract, 0, 6)
        ask = middle + self.near(quote.contract, 0, 6)
        draw = chance.random()
        if draw < 0.15:
            bid, ask = (
                bid + self.near(quote.contract, 2, 12),
                ask + self.near(quote.contract, 4, 14),
            )
        elif draw < 0.3:
            bid, ask = (
                bid - self.near(quote.contract, 4, 14),
                ask - self.near(quote.contract, 2, 12),
            )
        bid_lots, ask_lots = (chance.choice([0, 2, 5, 10, 20, 40]) for _ in range(2))
        order_id = quote.order_id if chance.random() < 0.97 else quote.order_id + 1
        command = self.command(
            Kind.MASS_QUOTE,
            contract=quote.contract,
            wallet=quote.wallet,
            order_id=order_id,
            stp=chance.choice(list(map(int, SelfTrade))),
            price_ticks=max(1, bid),
            lots=bid_lots,
            amount=max(1, ask),
            target=ask_lots,
            tag=11,
        )
        if chance.random() < 0.1:
            paid = self.pay_in(quote.wallet, 0, 30)
            return [paid._replace(time_ns=command.time_ns), command]
        return [command]

    def protect(self, pair: tuple[int, int] | None = None) -> list[Command]:
        """Limits that trip soon, mostly on somebody who quotes."""
        chance = self.chance
        quote = chance.choice(self.quotes)
        wallet, contract = pair or (quote.wallet, quote.contract)
        if pair is None and chance.random() < 0.1:
            wallet = chance.choice(self.wallets)
        return [
            self.command(
                Kind.SET_PROTECTION,
                wallet=wallet,
                contract=contract,
                amount=chance.choice([1, 5, 20, 60, 300]) * SECOND,
                lots=chance.choice([0, 5, 20, 60]),
                price_ticks=chance.choice([0, 5, 15]),
                target=chance.choice([1, 2, 4, 8, 32]),
            )
        ]

    def reset(self) -> list[Command]:
        """A maker that was taken out comes back."""
        wallet, contract, _ = self.chance.choice(self.quotes)
        if self.chance.random() < 0.05:
            wallet = self.chance.choice(self.wallets)
        command = self.command(Kind.RESET_PROTECTION, wallet=wallet, contract=contract)
        return [command, *self.mass_quote()]

    # --- many orders at once ---

    def mass_cancel(self) -> list[Command]:
        """Some or all orders of a wallet."""
        chance, contract = self.chance, self.any_contract()
        low, high = 0, 0
        if chance.random() < 0.5:
            low = max(1, self.prices[contract] - self.near(contract, 0, 10))
            high = low + self.near(contract, 0, 15)
        return [
            self.command(
                Kind.MASS_CANCEL,
                wallet=chance.choice(self.makers if chance.random() < 0.6 else self.sound),
                contract=contract if chance.random() < 0.6 else -1,
                side=chance.choice([0, 1, 2, 2]),
                price_ticks=low,
                lots=high,
            )
        ]

    def countdown(self) -> list[Command]:
        """A dead man's switch: soon, again, or off."""
        chance = self.chance
        wallet = chance.choice(self.makers if chance.random() < 0.3 else self.wallets)
        amount = chance.choice([0, 1, SECOND, 3 * SECOND, 10 * SECOND, 60 * SECOND])
        return [self.command(Kind.SET_COUNTDOWN, wallet=wallet, amount=amount)]

    def session(self) -> list[Command]:
        """A connection comes and goes."""
        chance = self.chance
        wallet = chance.choice(self.wallets)
        sides = chance.choice([(1, 2), (1, 2), (0, 2), (1, 0), (2, 1)])
        found = []
        for side in sides:
            found.append(self.command(Kind.SET_SESSION, wallet=wallet, side=int(Session(side))))
            if chance.random() < 0.5:
                found += self.conditional()
        return found

    def kill(self) -> list[Command]:
        """A kill switch, what its owner may still do, and the release."""
        chance, scope = self.chance, self.chance.choices(list(KillScope), (60, 25, 10, 5))[0]
        contract = self.any_contract()
        opened = [wallet for wallet, where in self.last_side if where == contract]
        wallet = chance.choice(opened or self.sound)
        fields = {"wallet": wallet, "contract": contract, "target": int(scope)}
        found = [self.command(Kind.KILL_SWITCH, side=1, **fields)]
        if scope in (KillScope.CONTRACT, KillScope.VENUE):
            return [*found, *map(self.open, range(len(self.contracts)))]
        for _ in range(chance.randint(1, 3)):
            side, away = chance.randrange(2), self.near(contract, 1, 15)
            price = self.prices[contract] + (away if side == Side.BUY else -away)
            lots, tif = chance.choice([1, 2, 50]), chance.choice([0, 1])
            found.append(self.order(wallet, contract, side, price, lots, tif=tif))
        if chance.random() < 0.3:
            found.append(self.wait_for(wallet, contract, chance.randrange(2), 0))
        return [*found, self.command(Kind.KILL_SWITCH, side=0, **fields)]

    def suspend(self) -> list[Command]:
        """The affiliate is out for a moment."""
        found = [self.command(Kind.SUSPEND_AFMM, side=1)]
        for wallet in self.affiliates:
            contract, side = self.any_contract(), self.chance.randrange(2)
            found.append(self.order(wallet, contract, side, self.prices[contract], 2))
        found += self.mass_quote()
        return [*found, self.command(Kind.SUSPEND_AFMM, side=0)]

    # --- auctions ---

    def call_auction(self) -> list[Command]:
        """A call phase with orders that cross, and what comes after it."""
        chance, contract = self.chance, self.any_contract()
        phase = chance.choice([ContractState.AUCTION, ContractState.PRE_OPEN])
        found = [
            *self.publish(contract),
            self.command(Kind.CONTRACT_STATE, contract=contract, side=int(phase)),
        ]
        for _ in range(chance.randint(3, 9)):
            found.append(self.auction_order(contract))
            if chance.random() < 0.25:
                found += self.amend()
        if chance.random() < 0.3:
            found += self.publish(contract)
        if chance.random() < 0.3:
            found += self.conditional()
        if chance.random() < 0.15:
            halted = int(ContractState.HALTED)
            found.append(self.command(Kind.CONTRACT_STATE, contract=contract, side=halted))
        after = chance.choices([ContractState.OPEN, ContractState.REDUCE_ONLY], (9, 1))[0]
        found.append(self.command(Kind.CONTRACT_STATE, contract=contract, side=int(after)))
        if after != ContractState.OPEN:
            found += [*self.take(), *self.reduce(), self.open(contract)]
        return found

    def auction_order(self, contract: int) -> Command:
        """An order that crosses more often than not; a few may not be sent in a call phase."""
        chance, side = self.chance, self.chance.randrange(2)
        away = self.near(contract, 0, 12) * (1 if side == Side.BUY else -1)
        if chance.random() < 0.3:
            away = -away
        lots = chance.choice([1, 3, 5, 10, 30])
        more = self.dress(lots)
        if chance.random() < 0.1:
            more = {"tif": int(TimeInForce.IOC)}
        elif chance.random() < 0.9:
            more["flags"] &= int(OrderFlag.HIDDEN)
        wallet = chance.choice(self.makers if chance.random() < 0.5 else self.sound)
        return self.order(wallet, contract, side, self.prices[contract] + away, lots, **more)

    # --- trades that were mistakes ---

    def bust(self) -> list[Command]:
        """A trade is taken back: a fresh one, an old one, one of a liquidation, none at all."""
        chance, draw = self.chance, self.chance.random()
        found = self.trades[-8:] if draw < 0.6 else self.trades
        if draw > 0.75 and self.liquidations:
            found = self.liquidations[-2:]
        sequence = chance.choice(found) if found else 1
        if chance.random() < 0.05:
            sequence = chance.choice([-1, 0, sequence + 1, 2**62])
        return [self.command(Kind.BUST_TRADE, order_id=sequence, tag=13)]

    def compensate(self) -> list[Command]:
        """The operator pays from the error account, which is filled now and then."""
        chance = self.chance
        amount = self.unit(0) * chance.choice([1, 1, 5]) // chance.choice([1, 10]) + 1
        found = [
            self.command(
                Kind.COMPENSATE,
                wallet=chance.choice(self.wallets),
                amount=amount,
                order_id=chance.randint(0, 99),
            )
        ]
        if chance.random() < 0.3:
            target = int(HouseWallet.ERROR)
            found.append(self.command(Kind.HOUSE_DEPOSIT, target=target, amount=2 * amount))
        return found
