"""A random stream of commands for the house: seeded, and rough on purpose.

`commands(seed, count)` knows only what it sent itself: a price path per contract, the ids of its
orders, and which way it last sent each wallet; and it hears from a reference house of its own
which events were trades, because nobody could take back a trade that he has not seen. So the same
stream suits every machine that is to be compared. Prices jump by more than the margin often
enough that takeovers and losses happen.
"""

from collections.abc import Iterator
from typing import Any

from hkperp_engine.codes import (
    Command as Kind,
)
from hkperp_engine.codes import (
    ContractState,
    HouseWallet,
    OrderFlag,
    ProductState,
)
from house_default import Default
from house_malformed import malformed
from house_setting import HARSH_CAP_PPB, PPB, Setting
from reference.machine import ReferenceMachine
from reference.rows import Command, Event

PROTECTIONS_MAX = 256
HOUSE_ACCOUNTS = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)


class Flow(Default):
    """One stream: `next_commands()` returns the commands of one thing that somebody does."""

    def __init__(self, setting: Setting, seed: int) -> None:
        super().__init__(setting, seed)
        self.progress = 0.0  # share of the stream that is done
        self.next_end = 0.97  # the last contract closes then
        self.doings = (
            (150, self.quote),
            (820, self.take),
            (6, self.reduce),
            (6, self.cancel),
            (15, self.amend),
            (2, self.punch),
            (3, self.by_notional),
            (188, self.conditional),
            (9, self.bracket),
            (44, self.mass_quote),
            (9.5, self.protect),
            (10, self.reset),
            (3.8, self.mass_cancel),
            (1.2, self.countdown),
            (3.5, self.session),
            (0.8, self.kill),
            (0.6, self.suspend),
            (3, self.call_auction),
            (9, self.bust),
            (1.2, self.compensate),
            (20, self.move_market),
            (16, self.deposit),
            (3, self.withdraw),
            (0.06, self.house_deposit),
            (1.5, self.asset_change),
            (3, self.account_status),
            (1.2, self.contract_state),
            (0.9, self.crash_in_halt),
            (0.5, self.wait),
            *self.gate_doings(),
            (1.8, self.declare),
            (4, self.backstop),
            (2, self.house_withdraw),
            (0.4, self.collapse),
            (38, lambda: [malformed(self)]),
        )

    def gate_doings(self):
        """What gate and vault bring, and how often."""
        return (
            (14, self.isolated_trade),
            (3, self.transfer),
            (6, self.clear),
            (3, self.redeem),
            (2, self.reconcile),
            (1.5, self.ghost),
            (1.2, self.depeg),
            (1.2, self.licence),
            (1, self.haircut),
            (0.5, self.publish_agreement),
            (2, self.acknowledge),
            (1.8, self.exposure_limit),
            (1.5, self.product_step),
            (0.8, self.reference_status),
            (2.3, self.margin_addon),
        )

    def next_commands(self) -> list[Command]:
        """The commands of one thing that somebody does."""
        if self.follow:
            return self.follow.pop(0)()
        if self.is_over and self.chance.random() < 0.9:
            return self.afterwards()
        if self.progress > self.issuer_at:
            return self.issuer_default()
        if self.collapses and self.progress > self.collapses[0]:
            self.collapses.pop(0)
            return self.collapse()
        if self.progress > self.halt_at:
            return self.long_halt()
        if self.progress > self.delist_at:
            return self.delist()
        if self.progress > self.next_end:
            return self.end()
        if self.unlisted() and self.chance.random() < 0.08:
            return self.product_step()
        if len(self.awaited) > 12:
            return self.clear_all()
        if self.breaks and self.chance.random() < 0.2:
            return [self.agree(self.chance.choice(list(self.breaks)))]
        weights = [weight for weight, _ in self.doings]
        (doing,) = self.chance.choices([doing for _, doing in self.doings], weights)
        return doing()

    def opening(self) -> list[Command]:
        """How a venue begins: money, orders that are too early, prices, opening trades."""
        chance, found = self.chance, []
        # Where layer 5 gives little the fund lasts for a while, or all would be over at once.
        cap_ppb = self.setting.config.house.vmgh_cap_ppb
        most = 40 if cap_ppb == 1 else 16 if cap_ppb <= HARSH_CAP_PPB else 2
        for account in (*HOUSE_ACCOUNTS, HouseWallet.ERROR):
            amount = self.unit(0) * chance.randint(most // 2, most)
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
        for contract, state in enumerate(self.products):
            if state < ProductState.LIVE and chance.random() < 0.4:
                found += self.approval(contract)
                found.append(self.step_to(contract, ProductState.LIVE))
        found += self.isolated_opening() + self.backstop_opening() + self.depth_opening()
        for _ in range(12):
            found += self.opening_trade()
            orders = self.quote() if chance.random() < 0.3 else self.reduce()
            found += [
                order._replace(flags=order.flags | OrderFlag.POST_ONLY, tif=0) for order in orders
            ]
        for quote in self.quotes:
            if chance.random() < 0.7:
                found += self.protect((quote.wallet, quote.contract))
        return found + self.crowd()

    def crowd(self) -> list[Command]:
        """In a venue with enough accounts: more protections than there may be."""
        pairs = [(w, c) for w in self.wallets for c in range(len(self.contracts))]
        if len(pairs) <= PROTECTIONS_MAX:
            return []
        return [command for pair in pairs for command in self.protect(pair)]

    def unit(self, contract: int) -> int:
        """Initial margin of about one lot, in ledger units."""
        terms = self.contracts[contract]
        return max(1, self.prices[contract] * terms.tick_value * terms.tiers[0].im_ppb // PPB)

    def pay_in(self, wallet: int, asset: int, lots: int) -> Command:
        """Enough for about `lots` lots."""
        amount = self.unit(self.any_contract()) * max(1, lots) + self.chance.randint(0, 99)
        return self.command(Kind.DEPOSIT, wallet=wallet, target=asset, amount=amount)

    # --- money and states ---

    def deposit(self) -> list[Command]:
        chance = self.chance
        wallet = chance.choice(self.wallets if chance.random() < 0.8 else self.makers)
        asset = chance.choice([0, 0, 0, 1, 2, 1, 2, len(self.assets) - 1])
        paid = self.pay_in(wallet, asset, chance.choice([10, 40, 100]))
        return [paid._replace(flags=int(chance.random() < 0.05))]

    def withdraw(self) -> list[Command]:
        chance = self.chance
        amount = (
            self.unit(self.any_contract()) * chance.choice([1, 10, 100]) // chance.randint(1, 9)
        )
        asset = chance.choice([0, 0, 0, 1, 2])
        wallet = chance.choice(self.wallets)
        return [self.command(Kind.WITHDRAW, wallet=wallet, target=asset, amount=amount + 1)]

    def house_deposit(self) -> list[Command]:
        target = int(self.chance.choice(HOUSE_ACCOUNTS))
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
        flags = chance.choice([0, 1, 2, 3, 3, 3, 3, 7, 11, 15])
        return [self.command(Kind.ASSET_STATE, target=target, flags=flags)]

    def contract_state(self) -> list[Command]:
        """Mostly open again what a halt has stopped."""
        chance, contract = self.chance, self.any_contract()
        side = chance.choices(list(map(int, ContractState))[:3], (80, 12, 8))[0]
        found = self.publish(contract)
        return [*found, self.command(Kind.CONTRACT_STATE, contract=contract, side=side)]

    def end(self) -> list[Command]:
        """The last contract closes, later it is settled."""
        contract = len(self.contracts) - 1
        side = ContractState.CLOSED if self.next_end < 0.98 else ContractState.SETTLED
        self.next_end = 0.985 if side == ContractState.CLOSED else 2.0
        return [
            self.command(Kind.CONTRACT_STATE, contract=contract, side=int(side)),
            *(command for doing in (self.amend, self.cancel, self.take) for command in doing()),
        ]


def played(
    setting: Setting, seed: int, count: int, house: Any = None
) -> Iterator[tuple[Command, list[Event], Any]]:
    """`count` commands, what a house says to each, and that house.

    `house`: a machine of this setting that nothing was sent to, by default a reference house. A
    compiled one is ten times faster, and the stream is the same, since both say the same.
    """
    machine = house or ReferenceMachine(setting.config, setting.accounts)
    flow, sent = Flow(setting, seed), 0
    batch = flow.opening()
    while True:
        for command in batch:
            if sent == count:
                return
            events = machine.apply(command)
            flow.hear(events)
            yield command, events, machine
            sent += 1
        flow.progress = sent / count
        batch = flow.next_commands()


def commands(setting: Setting, seed: int, count: int) -> Iterator[Command]:
    """`count` commands for a venue; the same for the same arguments."""
    return (command for command, _, _ in played(setting, seed, count))
