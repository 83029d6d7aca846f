"""FORMULAS section 7 to the unit, the layers after each other, and five legs of one account.

Balances are worked out by hand, in HKD; the scenario files say how.
"""

import pytest

from hkperp.replay.population import accounts
from hkperp.reports.decisions import Row, rows_of
from hkperp.reports.statement import fold
from hkperp.scenario.settings import config_of
from hkperp.venue import Venue
from hkperp_engine.codes import Event, HouseWallet, Layer, Side
from small_runs import SMALL, Done, slow_run

HKD = 10**6
MINUTE_NS = 60 * 10**9
#: Between the cycle at 390,000 and the next mark.
BEFORE_NEXT_NS = 55 * MINUTE_NS
CLIENTS = HouseWallet.CLIENTS
LAYERS = tuple(name for name in SMALL if name.startswith("layer-"))
PAIRS = tuple(name for name in SMALL if name.startswith("default-"))
RUNS = [*LAYERS, *PAIRS, "five-legs"]
#: Of daisy, xaver, wong, wu: after the default (FORMULAS section 7), then at the end.
AFTER_DEFAULT = {"vmgh": (0, 345_000, 508_000, 454_000), "adl": (0, 345_000, 507_000, 455_000)}
AT_END = {
    "default-up/vmgh": (0, 360_600, 478_800, 439_400),
    "default-up/adl": (0, 360_600, 488_160, 439_400),
    "default-down/vmgh": (0, 329_400, 518_400, 459_200),
    "default-down/adl": (0, 329_400, 516_100, 461_500),
}
RESERVE_AT_END = {"default-up/vmgh": 28_200, "default-up/adl": 18_840}


def rows(done: Done, *kinds: Event) -> list[Row]:
    return [row for row in rows_of(done.events) if row["kind"] in kinds]


def balances(done: Done, end_ns: int | None = None) -> tuple[int, ...]:
    """Return the cash of each client, ledger units, at the end or before a time."""
    values = [each.terms.tick_value for each in done.machine.house.contracts]
    clients = [number for number in done.machine.house.wallets if number >= CLIENTS]
    events = rows_of(done.events)
    sheets = [fold(events, each, values, 1, None, end_ns).closing for each in clients]
    return tuple(sheet.balances[0] for sheet in sheets)


@pytest.mark.parametrize("name", PAIRS)
def test_the_worked_default(name: str) -> None:
    """(TV-6, LOSS-02) 1,000 + 6,000 + 3,000 = 10,000 under both; then who gains and loses."""
    done = slow_run(name)
    start = int(done.scenario.start)
    found = balances(done, start + BEFORE_NEXT_NS)
    assert found == tuple(HKD * each for each in AFTER_DEFAULT[name.partition("/")[2]])
    assert balances(done) == tuple(HKD * each for each in AT_END[name])
    reserve = RESERVE_AT_END.get(name, 0)
    assert done.machine.house.wallets[HouseWallet.RESERVE].cash == HKD * reserve
    assert sum(AT_END[name]) + reserve == 1_307_000, "what was paid in, and nothing else"


@pytest.mark.parametrize("name", PAIRS)
def test_adl_stops_exactly(name: str) -> None:
    """(LOSS-04) 0.3 BTC against wong, who gives the 3,000 that were left: overshoot 0."""
    found = rows(slow_run(name), Event.DELEVERAGE)
    cut = [(row["wallet"], row["lots"], row["amount"]) for row in found]
    assert cut == ([(CLIENTS + 2, 3, 3_000 * HKD)] if name.endswith("adl") else [])


@pytest.mark.parametrize("name", RUNS)
def test_every_loss_is_borne_to_the_unit_in_order(name: str) -> None:
    """(LOSS-01, LOSS-02) Allocations add up to the deficits; no layer goes before another."""
    done = slow_run(name)
    owed = sum(row["amount"] for row in rows(done, Event.DEFAULT))
    paid = rows(done, Event.ALLOCATION)
    assert sum(row["amount"] for row in paid) == owed
    for time_ns in {row["time_ns"] for row in paid}:
        codes = [row["code"] for row in paid if row["time_ns"] == time_ns]
        assert codes == sorted(codes)


@pytest.mark.parametrize("name", RUNS)
def test_nobody_pays_with_principal(name: str) -> None:
    """(LOSS-03, PROD-03) Without a haircut, a gain given up and its repayment: never less."""
    done = slow_run(name)
    assert min(balances(done)) >= 0
    for row in rows(done, Event.HAIRCUT):
        assert 0 < row["amount"] <= row["counter_order_id"]
    gainers = {row["wallet"] for row in rows(done, Event.HAIRCUT, Event.DELEVERAGE)}
    deposits = done.scenario.participants
    for wallet in gainers:
        (deposit,) = deposits[wallet - CLIENTS].deposits
        assert balances(done)[wallet - CLIENTS] >= int(deposit.amount)


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_is_reached_when_the_one_before_is_exhausted(name: str) -> None:
    """(LOSS-02) In `layer-N` layer N is used, no later one is, and the earlier ones are empty."""
    done = slow_run(name)
    layer = int(name[-1])
    used = {row["code"] for row in rows(done, Event.ALLOCATION)}
    assert max(used, default=Layer.DEFAULTER) == layer
    house = done.machine.house.wallets
    funds = (HouseWallet.FIRST_LOSS, HouseWallet.RESERVE, HouseWallet.SECOND_TRANCHE)
    for number, wallet in zip((2, 3, 4), funds, strict=True):
        assert house[wallet].cash == 0 or number > layer, "also layer 2 to 4 itself: to the unit"
    assert house[CLIENTS].cash == 0, "layer 1"


def test_layer_5_and_6_are_used_up_to_the_unit() -> None:
    """(LOSS-05) 5% of each gain; then all that the torn-up one has left of its gain."""
    for row in rows(slow_run("layer-5"), Event.HAIRCUT):
        assert 20 * row["amount"] == row["counter_order_id"]
    torn = {row["wallet"] for row in rows(slow_run("layer-6"), Event.TEAR_UP)}
    cuts = [row for row in rows(slow_run("layer-6"), Event.HAIRCUT) if row["wallet"] in torn]
    assert sum(row["amount"] for row in cuts) == cuts[0]["counter_order_id"] == 60_000 * HKD


def test_five_legs_end_at_exactly_0() -> None:
    """(PROD-03, LOSS-04) Leg by leg at bankruptcy prices in money; no balance is ever below 0."""
    done = slow_run("five-legs")
    values = [each.terms.tick_value for each in done.machine.house.contracts]
    found = fold(rows_of(done.events), CLIENTS, values, 1)
    assert min(each.balance for each in found.movements) == 0
    assert found.closing.balances == (0,)
    given = [row["amount"] for row in rows(done, Event.DELEVERAGE)]
    assert [row["lots"] for row in rows(done, Event.DELEVERAGE)] == [5, 2, 13, 11, 17, 3]
    assert given == [20_013_391, 8_005_356, 25_468_761, 37_578_972, 20_919_657, 29_013_863]
    assert sum(given) == 141 * HKD


def test_five_legs_in_ticks_end_at_0_or_above() -> None:
    """(LIQ-04) A backstop at whole ticks: 98 + 78 + 132 + 68 + 123 = 499 of the equity of 500."""
    done = slow_run("five-legs")
    found = rows(done, Event.BACKSTOP)
    assert [row["price_ticks"] for row in found] == [887, 435, 781, 273, 2_218]
    assert {row["wallet"] for row in found} == {CLIENTS + 1}
    assert balances(done)[1] == HKD


@pytest.mark.parametrize("name", ["default-up/adl", "default-down/adl"])
def test_the_published_queue_names_who_is_deleveraged(name: str) -> None:
    """(LOSS-04, DFT-022) The minute before: wong first, with 5 lights and 10 lots, then wu."""
    done = slow_run(name)
    (default,) = rows(done, Event.DELEVERAGE)
    config = config_of(done.scenario, done.scenario.packs[0])
    venue = Venue(config, accounts(done.scenario))
    until = done.commands["time_ns"] < default["time_ns"]
    venue.apply_batch(done.commands[until])
    queue = venue.deleveraging_queue(0, Side.SELL)
    places = [(each.wallet, each.lots, each.rank, each.lights) for each in queue]
    assert places == [(CLIENTS + 2, -10, 1, 5), (CLIENTS + 3, -5, 2, 3)]
    assert [each.lots_ahead for each in queue] == [0, 10]
    assert default["wallet"] == queue[0].wallet
    assert not any(each.loss_rank for each in queue), "a cycle has just paid all gains"
