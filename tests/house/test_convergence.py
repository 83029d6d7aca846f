"""Any 24 h of open trading have a funding, or say that they have none (PROD-02, INV-14, GAT-063).

Seeded months of a venue whose sources fall silent, whose contracts are halted, reopened, held on
the ladder and put into call phases, at steps from seconds to days.
"""

from collections import Counter
from random import Random

import msgspec
import pytest

from hkperp.config import FundingRules, IndexRules, MarkRules, Source
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import ContractState, Event
from house_setting import ALL_SET, FOREVER, PPB, SECOND, Account, Setting
from reference.rows import Command
from reference.rows import Event as Row
from vectors import HOUR, START_NS, A, B, contract, venue
from watched_house import WatchedHouse

DAY = 24 * HOUR
SEEDS, STEPS = 40, 150
PRICE = 10_000
TRADING = (ContractState.OPEN, ContractState.REDUCE_ONLY)
ACCOUNTS = tuple(Account(2, int(ALL_SET), FOREVER, owner) for owner in range(2))


def setting(seed: int) -> Setting:
    """Two contracts with long ladders: they may be open for two days without a good mark."""
    chance = Random(f"convergence {seed}")
    hours = chance.choice([1, 8, 24]), chance.choice([1, 8, 24])
    terms = tuple(
        contract(
            1,
            (0, 100_000, 50_000),
            name=f"C{number}",
            sources=tuple(Source(f"s{i}", PPB // 3 + (i == 0), 24 * HOUR) for i in range(3)),
            index=IndexRules(
                hold_ns=chance.choice([0, 1, 24]) * HOUR,
                median_ns=chance.choice([0, 24]) * HOUR,
            ),
            mark=MarkRules(basis_window_ns=1_200 * SECOND),
            funding=FundingRules(interval_ns=each * HOUR, impact_notional=1_000_000),
        )
        for number, each in enumerate(hours)
    )
    config = venue(terms[0])
    house = msgspec.structs.replace(
        config.house,
        sample_interval_ns=60 * SECOND,
        cycle_interval_ns=chance.choice([1, 5, 24]) * HOUR,
    )
    config = msgspec.structs.replace(config, contracts=terms, house=house)
    return Setting(config, ACCOUNTS, (PRICE, PRICE))


class Windows:
    """What the events tell of each contract: is it open, since when without a funding."""

    def __init__(self, count: int, step_max_ns: int) -> None:
        self.since = [START_NS] * count
        self.is_open = [True] * count
        self.is_told = [False] * count
        self.is_deaf = False  # hears no alert
        # What is a day old is told in the next mark step.
        self.longest = DAY + step_max_ns
        self.met: Counter[str] = Counter()

    def look(self, now_ns: int) -> None:
        """No contract has been open for a day without a funding, or it has been told."""
        for number, since in enumerate(self.since):
            is_fine = self.is_told[number] or not self.is_open[number]
            hours = (now_ns - since) / HOUR
            assert is_fine or now_ns - since <= self.longest, f"INV-14: {number} for {hours} h"

    def take(self, events: list[Row], now_ns: int) -> None:
        """Look before every event, and when they are over."""
        for event in events:
            self.look(event.time_ns)
            self._note(event, event.contract)
        self.look(now_ns)

    def _note(self, event: Row, number: int) -> None:
        if event.kind == Event.FUNDING_RATE:
            self.met["late" if self.is_told[number] else "funding"] += 1
            self.since[number] = event.time_ns
        elif event.kind == Event.ALERT and not self.is_deaf:
            self.is_told[number] = bool(event.flags)
            self.met["told"] += event.flags
            is_over = self.since[number] == event.time_ns or not self.is_open[number]
            assert event.flags or is_over, "INV-14: the alert ended and nothing was paid"
        elif event.kind == Event.CONTRACT_STATE:
            is_open = event.code in TRADING
            if is_open and not self.is_open[number]:
                self.since[number] = event.time_ns
            self.is_open[number] = is_open


class Months:
    """Somebody who runs the venue badly."""

    def __init__(self, seed: int, is_deaf: bool = False) -> None:
        self.chance = Random(f"months {seed}")
        where = setting(seed)
        house = where.config.house
        self.house = WatchedHouse(where)
        self.windows = Windows(2, house.cycle_interval_ns)
        self.windows.is_deaf = is_deaf
        self.now_ns = START_NS
        for wallet in (A, B):
            self.send(Kind.DEPOSIT, wallet=wallet, amount=10**12)
        for number in range(2):
            self.publish(number, 3)
            fields = {"contract": number, "price_ticks": PRICE, "lots": 10}
            self.send(Kind.OPENING_TRADE, wallet=A, target=B, **fields)

    def send(self, kind: int, **fields: int) -> list[Row]:
        told = self.house.apply(Command(time_ns=self.now_ns, kind=int(kind), **fields))
        self.windows.take(told, self.now_ns)
        return told

    def publish(self, number: int, sources: int) -> list[Row]:
        """So many sources show a price; fewer than three leave the index on the ladder."""
        for source in range(sources):
            price = PRICE + self.chance.randint(-50, 50)
            self.send(Kind.SOURCE_PRICE, contract=number, target=source, price_ticks=price)
        return self.send(Kind.TICK)

    def set_state(self, number: int, state: int) -> None:
        self.send(Kind.CONTRACT_STATE, contract=number, side=int(state))

    def run(self) -> Counter[str]:
        """All steps; what the windows met."""
        for _ in range(STEPS):
            self.step()
        return self.windows.met

    def step(self) -> None:
        """Time passes, then one thing happens."""
        chance = self.chance
        wait_s = chance.choice([5, 900, 3_600, 4 * 3_600, 9 * 3_600, 23 * 3_600, 40 * 3_600])
        self.now_ns += wait_s * SECOND + chance.randint(0, 9)
        self.send(Kind.ADVANCE)
        number, draw = chance.randrange(2), chance.random()
        if draw < 0.35:
            self.publish(number, 3)
        elif draw < 0.5:
            self.publish(number, chance.choice([1, 2]))
        elif draw < 0.6:
            self.set_state(number, ContractState.HALTED)
        elif draw < 0.65:
            self.set_state(number, chance.choice([ContractState.AUCTION, ContractState.PRE_OPEN]))
        elif draw < 0.95:
            self.set_state(number, chance.choice([ContractState.OPEN, *TRADING]))
            if chance.random() < 0.5:
                self.publish(number, 3)


def test_a_day_of_open_trading_has_a_funding_or_says_so() -> None:
    met: Counter[str] = Counter()
    for seed in range(SEEDS):
        try:
            met += Months(seed).run()
        except Exception as error:
            raise AssertionError(f"seed={seed}: {error}") from error
    print(dict(met))
    assert all(met[name] >= SEEDS for name in ("funding", "told")), met
    assert met["late"] >= SEEDS // 4, met


def test_the_check_bites() -> None:
    """Who does not hear the alert sees days with neither in the same months."""
    with pytest.raises(AssertionError, match="INV-14"):
        sum((Months(seed, is_deaf=True).run() for seed in range(SEEDS)), Counter())


@pytest.mark.parametrize("hours", [25, 50, 500])
def test_what_a_halt_missed_is_paid_once_when_it_ends(hours: int) -> None:
    """PROD-02: however long; the first mark step after it pays."""
    months = Months(1)
    for number in range(2):
        months.set_state(number, ContractState.HALTED)
    months.now_ns += hours * HOUR + 1
    told = months.send(Kind.ADVANCE)
    assert not [event for event in told if event.kind == Event.FUNDING_RATE]
    for number in range(2):
        months.set_state(number, ContractState.OPEN)
        rates = [e.contract for e in months.publish(number, 3) if e.kind == Event.FUNDING_RATE]
        assert rates == [number]
    assert not [event for event in months.send(Kind.TICK) if event.kind == Event.FUNDING_RATE]
