"""A venue one of whose price sources lies, with positions near their threshold.

The attacker owns one source of three to six and shows what he likes for as long as he likes, by
turns: ten times the price, a tenth, a tick, the highest there is, crossed sides, silence, and what
the deviation filter just lets through.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from compiled_house import CompiledHouse
from hkperp.config import Config, FundingRules, House, IndexRules, Source
from hkperp_engine.codes import Command as Kind
from hkperp_engine.codes import (
    ContractState,
    Event,
    HouseWallet,
    MarginState,
    Reject,
    SourceStatus,
)
from reference.rows import Command
from reference.rows import Event as Row
from vectors import FOREVER, SECOND, SOUND, START_NS, A, contract, venue

PPB = 1_000_000_000
BEGIN = 10_000  # ticks
TICKS_MAX = 400_000
LIVE = (SourceStatus.USED, SourceStatus.OUTLYING)
TRICKS = ("ten", "tenth", "tick", "highest", "crossed", "silent", "honest", "above", "below")

#: A long and a short each have their margin and so much more, in ppm of their notional: with an
#: initial margin of 5.1 % and a maintenance margin of 5 % the nearest falls by 0.1 %.
SPARE_PPM = (0, 1_000, 2_000, 5_000, 10_000, 20_000, 40_000, 80_000)
LOTS = 100
LONGS = range(A, A + len(SPARE_PPM))
SHORTS = range(LONGS.stop, LONGS.stop + len(SPARE_PPM))
RICH, BANK = SHORTS.stop, SHORTS.stop + 1
PLENTY = 10**15


class Rules(NamedTuple):
    """A venue's sources, and which of them is the attacker's."""

    count: int
    attacker: int
    weights: tuple[int, ...]
    deviation_ppm: int
    median_band_ppm: int
    hold_s: int
    is_mean: bool


class Step(NamedTuple):
    """What happens before a mark step: time, the honest price, who says what."""

    seconds: int
    move_ppm: int
    noise_ppm: tuple[int, ...]
    silent: int  # bits of the honest sources that say nothing new
    trick: str


def seeded(seed: int, count: int) -> tuple[Rules, list[Step]]:
    """Rules and steps drawn from a seed."""
    chance = Random(f"attacker {seed}")
    sources = chance.randint(3, 6)
    rules = Rules(
        sources,
        chance.randrange(sources),
        tuple(chance.randint(1, 20) for _ in range(sources)),
        chance.choice([20_000, 50_000, 200_000]),
        chance.choice([0, 30_000]),
        chance.choice([0, 60, 600]),
        chance.random() < 0.3,
    )
    steps = [
        Step(
            chance.choice([1, 5, 30, 90, 400]),
            chance.randint(-8_000, 8_000),
            tuple(chance.randint(-3_000, 3_000) for _ in range(6)),
            chance.choice([0, 0, 0, chance.randrange(64)]),
            chance.choice(TRICKS),
        )
        for _ in range(count)
    ]
    return rules, steps


def config(rules: Rules) -> Config:
    """A venue of these sources; funding is nothing, so the mark is the index."""
    weights = [PPB * each // sum(rules.weights) for each in rules.weights]
    weights[0] += PPB - sum(weights)
    terms = contract(
        1,
        (0, 51_000, 50_000),
        price_ticks_max=TICKS_MAX,
        sources=tuple(Source(f"s{i}", weight, 120 * SECOND) for i, weight in enumerate(weights)),
        index=IndexRules(
            deviation_max_ppb=rules.deviation_ppm * 1_000,
            median_band_ppb=rules.median_band_ppm * 1_000,
            hold_ns=rules.hold_s * SECOND,
            is_weighted_mean=rules.is_mean,
        ),
        funding=FundingRules(interest_ppb=0, impact_notional=1_000_000),
    )
    return Config(house=House(start_ns=START_NS), contracts=(terms,), assets=venue(terms).assets)


class Venue:
    """A machine and its clock."""

    def __init__(self, rules: Rules) -> None:
        rows = [(2, SOUND, FOREVER, number, -1, 0) for number in range(BANK + 1 - A)]
        self.rules, self.config = rules, config(rules)
        self.house = CompiledHouse(self.config, rows, (256, 8, 2048, 64))
        self.now_ns = START_NS
        self.liquidated: set[int] = set()

    def send(self, kind: int, **fields: int) -> list[Row]:
        """Send a command now; remember who was liquidated."""
        told = self.house.apply(Command(time_ns=self.now_ns, kind=int(kind), **fields))
        for event in told:
            is_call = event.kind == Event.MARGIN_STATE and event.code >= MarginState.REDUCING
            if is_call or event.kind == Event.TAKEOVER:
                self.liquidated.add(event.wallet)
        return told

    def show(self, source: int, bid: int, ask: int = 0) -> list[Row]:
        return self.send(Kind.SOURCE_PRICE, target=source, price_ticks=bid, lots=ask)

    def show_all(self, price: int) -> list[Row]:
        """Every source shows the same price; a mark step."""
        for source in range(self.rules.count):
            self.show(source, max(1, price))
        return self.send(Kind.TICK)

    def populate(self) -> None:
        """Positions near the threshold, against somebody with plenty; a first loss for all."""
        self.show_all(BEGIN)
        self.send(Kind.HOUSE_DEPOSIT, target=int(HouseWallet.FIRST_LOSS), amount=PLENTY)
        for wallet in (RICH, BANK):
            self.send(Kind.DEPOSIT, wallet=wallet, amount=PLENTY)
        notional = LOTS * BEGIN
        for wallets in (LONGS, SHORTS):
            for wallet, spare in zip(wallets, SPARE_PPM, strict=True):
                amount = notional * (51_000 + spare) // 1_000_000
                self.send(Kind.DEPOSIT, wallet=wallet, amount=amount)
                pair = (wallet, RICH) if wallets is LONGS else (RICH, wallet)
                fields = {"wallet": pair[0], "target": pair[1], "price_ticks": BEGIN}
                told = self.send(Kind.OPENING_TRADE, lots=LOTS, **fields)
                assert [event.kind for event in told] == [Event.OPENING_TRADE], told
        assert not self.liquidated


class Seen(NamedTuple):
    """What a mark step published: the honest prices that were live, index, mark (0: none)."""

    honest: tuple[int, ...]
    status: int
    index: int
    mark: int


def play(attacked: Venue, steps: list[Step]) -> Iterator[Seen]:
    """Let the honest sources and the attacker show prices; what each mark step published."""
    rules, price = attacked.rules, float(BEGIN)
    for step in steps:
        attacked.now_ns += step.seconds * SECOND
        price = min(max(price * (1 + step.move_ppm / 1e6), 200.0), 30_000.0)
        middle = round(price)
        for source in range(rules.count):
            if source != rules.attacker and not step.silent >> source & 1:
                attacked.show(source, middle + middle * step.noise_ppm[source] // 1_000_000)
        deceive(attacked, step.trick, middle)
        told = attacked.send(Kind.TICK)
        yield seen(told, rules.attacker)
        # A source ladder that ends, at a timer too, halts the contract: trading goes on.
        attacked.send(Kind.CONTRACT_STATE, side=int(ContractState.OPEN))


def deceive(attacked: Venue, trick: str, middle: int) -> None:
    """What the attacker shows; 0 is refused, so that he cannot even say it."""
    deviation = middle * attacked.rules.deviation_ppm // 1_000_000
    shown = {
        "ten": (10 * middle, 0),
        "tenth": (max(1, middle // 10), 0),
        "tick": (1, 0),
        "highest": (TICKS_MAX, 0),
        "crossed": (middle + 1, middle),
        "honest": (middle, 0),
        "above": (middle + deviation, 0),
        "below": (middle - deviation, 0),
    }
    if trick in shown:
        attacked.show(attacked.rules.attacker, *shown[trick])
    zero = attacked.show(attacked.rules.attacker, 0)
    assert [event.code for event in zero] == [Reject.PRICE_INVALID]


def seen(told: list[Row], attacker: int) -> Seen:
    """Read the rows of a mark step."""
    sources = [event for event in told if event.kind == Event.INDEX_SOURCE]
    live = [event for event in sources if event.code in LIVE and event.order_id != attacker]
    (index,) = (event for event in told if event.kind == Event.INDEX)
    marks = [event for event in told if event.kind == Event.MARK and not event.flags]
    mark = marks[0].price_ticks if marks else 0
    honest = tuple(event.price_ticks for event in live)
    return Seen(honest, index.code, index.price_ticks, mark)
