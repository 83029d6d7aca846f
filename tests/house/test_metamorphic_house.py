"""What must not change when the question is asked in another way.

An idle account, other account numbers, a deposit in two parts: same balances and positions. Ten
times the money: ten times the balances, where every rounding is exact (said below).
"""

from random import Random

import msgspec
import pytest

import house_flow
import house_setting
import vectors
from compiled_house import CompiledHouse
from hkperp.config import Asset, Config
from hkperp_engine.codes import AssetKind, Event, HouseWallet, InvestorClass
from hkperp_engine.codes import Command as Kind
from house_setting import FOREVER, PPB, SECOND, Account, Setting
from reference.machine import ReferenceMachine
from reference.rows import Command
from vectors import HOUR, START_NS

CLIENTS = int(HouseWallet.CLIENTS)
COMMANDS = 700
SEEDS = (2, 3, 5)
LARGE = (4096, 16, 65536, 4096)
TWO_WALLETS = (Kind.OPENING_TRADE, Kind.TRANSFER)


def shape(machine, wallet: int, contracts: int) -> list:
    """Money and positions of a wallet."""
    fields = machine.wallet_fields(wallet)
    names = ("cash", "pending", "balances", "uncleared", "state")
    held = [machine.position_fields(wallet, contract) for contract in range(contracts)]
    lots = [(each["lots"], each["cost"], each["entry_cost"]) for each in held]
    return [*(fields[name] for name in names), *lots]


def wallets_of(setting: Setting) -> range:
    """All wallets of a setting, the house's too."""
    return range(CLIENTS + len(setting.accounts))


def final(setting: Setting, commands: list[Command]) -> CompiledHouse:
    """The compiled machine after a list of commands."""
    machine = CompiledHouse(setting.config, setting.accounts, capacities=LARGE)
    for command in commands:
        machine.apply(command)
    return machine


def boundaries(setting: Setting) -> list[int]:
    """Rows of the accounts before which an account may be put in: none of its own is split."""
    rows = enumerate(setting.accounts)
    starts = [number for number, row in rows if row.isolated_contract < 0]
    return [*starts, len(setting.accounts)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_an_idle_account_changes_nothing(seed: int, place: str) -> None:
    """Put in at the front, in the middle, at the end: all others behind it get other numbers."""
    setting = house_setting.setting(seed)
    commands = list(house_flow.commands(setting, seed, COMMANDS))
    found = boundaries(setting)
    row = {"first": found[0], "middle": found[len(found) // 2], "last": found[-1]}[place]
    idle = Account(int(InvestorClass.NONE), 0, FOREVER, 10_000)
    accounts = (*setting.accounts[:row], idle, *setting.accounts[row:])

    def moved(wallet: int) -> int:
        # A number of the row's last width is nobody's before and after.
        return min(wallet + (wallet >= CLIENTS + row), 2**31 - 1)

    relabelled = [
        command._replace(
            wallet=moved(command.wallet),
            target=moved(command.target) if command.kind in TWO_WALLETS else command.target,
        )
        for command in commands
    ]
    plain, other = final(setting, commands), final(setting._replace(accounts=accounts), relabelled)
    count = len(setting.config.contracts)
    for wallet in wallets_of(setting):
        expected, seen = shape(plain, wallet, count), shape(other, moved(wallet), count)
        assert seen == expected, f"seed={seed} {place}: wallet {wallet}"
    assert other.house_fields() == plain.house_fields(), f"seed={seed} {place}"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_deposit_in_two_parts_is_the_same_deposit(seed: int) -> None:
    """Both parts at the same time; trades that are named by their event's number are renamed."""
    setting = house_setting.setting(seed)
    chance, commands, later = Random(f"split {seed}"), [], []
    played = list(house_flow.played(setting, seed, COMMANDS))
    for command, events, _ in played:
        if command.kind == Kind.BUST_TRADE:
            shift = sum(sequence < command.order_id for sequence in later)
            command = command._replace(order_id=command.order_id + shift)
        is_paid = command.kind == Kind.DEPOSIT and events[-1].kind == Event.POSTING
        if not is_paid or command.amount < 2 or chance.random() < 0.5:
            commands.append(command)
            continue
        part = chance.randrange(1, command.amount)
        commands.append(command._replace(amount=part))
        commands.append(command._replace(amount=command.amount - part))
        later.append(events[-1].sequence)
    assert len(later) > 20
    plain = final(setting, [command for command, _, _ in played])
    other = final(setting, commands)
    count = len(setting.config.contracts)
    for wallet in wallets_of(setting):
        expected, seen = shape(plain, wallet, count), shape(other, wallet, count)
        assert seen == expected, f"seed={seed}: wallet {wallet}"


# --- ten times the money

#: A multiple of 1e9, so every rate in ppb of a value is whole: margins, fees, funding are exact.
#: Only HKD is held, and nobody defaults: conversions and shares of a loss round to a unit at any
#: scale. The cost of a part that is closed rounds, too, but what it loses the rest keeps, so the
#: variation margin is exact; `entry_cost`, which only ranks, is not, and is not compared.
TICK_VALUE = PPB
WALLETS = 8
LOTS_MAX = 10


def scaled(factor: int) -> Config:
    """A venue in which money is `factor` times as much."""
    unit = TICK_VALUE * factor
    terms = vectors.contract(
        unit,
        (0, 100_000, 50_000),
        (500 * unit, 120_000, 60_000),
        price_ticks_max=400,
        lots_max=LOTS_MAX,
        oi_cap_lots=80,
        maker_fee_ppb=200_000,
        taker_fee_ppb=500_000,
        liquidation_fee_ppb=5_000_000,
    )
    config = vectors.venue(terms)
    return msgspec.structs.replace(config, assets=(Asset(name="HKD", kind=AssetKind.FIAT),))


def trading(seed: int, factor: int) -> list[Command]:
    """Orders of eight wallets around a price that wanders; amounts are `factor` times as much."""
    chance, price, now_ns, made = Random(f"scale {seed}"), 100, START_NS, []
    unit = TICK_VALUE * factor
    every = range(CLIENTS, CLIENTS + WALLETS)
    for wallet in every:
        amount = unit * chance.randint(150, 400)
        made.append(Command(time_ns=now_ns, kind=Kind.DEPOSIT, wallet=wallet, amount=amount))
    for number in range(400):
        now_ns += chance.choice([1, 5, 400]) * SECOND
        if number % 8 == 0:
            price = max(70, min(140, price + chance.choice([-2, -1, 1, 2])))
            made += [row.command._replace(time_ns=now_ns) for row in vectors.prices(price)]
        fields = {
            "wallet": chance.choice(every),
            "side": chance.randrange(2),
            "order_id": number + 1,
            "price_ticks": price + chance.randint(-2, 2),
            "lots": chance.randint(1, 5),
        }
        made.append(Command(time_ns=now_ns, kind=Kind.NEW_ORDER, **fields))
    last = Command(time_ns=now_ns + 9 * HOUR, kind=Kind.ADVANCE)
    return [*made, last]


@pytest.mark.parametrize("factory", [ReferenceMachine, CompiledHouse], ids=["slow", "fast"])
@pytest.mark.parametrize("seed", range(3))
def test_ten_times_the_money_is_ten_times_the_balances(seed: int, factory) -> None:
    rows = vectors.account_rows(vectors.Vector("", scaled(1), WALLETS, ()))
    one, ten = factory(scaled(1), rows), factory(scaled(10), rows)
    kinds = set()
    for command, larger in zip(trading(seed, 1), trading(seed, 10), strict=True):
        events, others = one.apply(command), ten.apply(larger)
        kinds |= {event.kind for event in events}
        assert [event.kind for event in events] == [event.kind for event in others], command
    assert {Event.TRADE, Event.FUNDING, Event.CYCLE_DONE} <= kinds
    assert Event.DEFAULT not in kinds
    for wallet in range(CLIENTS + WALLETS):
        cash, larger_cash = (each.wallet_fields(wallet)["cash"] for each in (one, ten))
        assert larger_cash == 10 * cash, f"seed={seed}: wallet {wallet}"
        small, large = (each.position_fields(wallet, 0) for each in (one, ten))
        assert large["lots"] == small["lots"]
        assert large["cost"] == 10 * small["cost"]  # as the last cycle left it
