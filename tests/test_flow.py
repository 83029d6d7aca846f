"""The commands of a scenario: the same every time, in order, funded, and of the asked mix."""

import hashlib
from collections import Counter
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from bad_input import GOOD
from hkperp import state
from hkperp.config import Config, Contract
from hkperp.edge.machine_memory import Machine
from hkperp.replay import population
from hkperp.replay.draws import Draws
from hkperp.replay.flow import chunks, minute_count
from hkperp.scenario.market import Pack
from hkperp.scenario.price_path import market_steps
from hkperp.scenario.reader import load, loads
from hkperp.scenario.settings import config_of
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, Event, HouseWallet, OrderFlag, Reject, Side, TimeInForce
from hkperp_engine.units import NS_PER_MINUTE, PPB

CASCADE = Path(__file__).resolve().parents[1] / "scenarios" / "2025-10-10-cascade.yaml"

#: SHA-256 of all commands of the small scenario: a change of it is a change of every replay.
SMALL_SHA256 = "4caa9e00d8e5616a0eda3ffecc4fb3effe94accd69e8c119bb0e478a7f260a2c"


@pytest.fixture(scope="module")
def small() -> Scenario:
    return load(GOOD)


@pytest.fixture(scope="module")
def small_rows(small: Scenario) -> np.ndarray:
    return np.concatenate(list(chunks(small, small.packs[0])))


@pytest.fixture(scope="module")
def cascade() -> Scenario:
    return load(CASCADE)


def test_same_bytes_every_time(small: Scenario, small_rows: np.ndarray) -> None:
    again = np.concatenate(list(chunks(small, small.packs[0])))
    assert again.tobytes() == small_rows.tobytes()
    assert hashlib.sha256(small_rows.tobytes()).hexdigest() == SMALL_SHA256


def test_draws_are_pinned() -> None:
    """PCG64's raw words, scaled: no distribution of numpy takes part."""
    draws = Draws(1, 2)
    assert draws.below(1000, 5).tolist() == [448, 430, 419, 277, 821]
    assert draws.chosen([1, 0, 3], 8).tolist() == [0, 0, 2, 2, 0, 2, 2, 2]
    lows, highs = np.full(6, 5), np.full(6, 7)
    assert draws.between(lows, highs).tolist() == [5, 5, 5, 6, 7, 5]
    many = draws.below(3, 30_000)
    assert (many.min(), many.max()) == (0, 2)
    assert np.bincount(many).min() > 9_700
    assert draws.below(1 << 32, 1000).max() < 1 << 32
    assert draws.wide_below(10**15, 1000).max() < 10**15


def check_stream(rows: np.ndarray) -> None:
    """Times never go back; order ids are new; cancels and amends are of orders sent before."""
    assert (np.diff(rows["time_ns"]) >= 0).all()
    is_new = rows["kind"] == Command.NEW_ORDER
    ids = rows["order_id"][is_new]
    assert np.unique(ids).size == ids.size
    assert ids.min() >= 1
    sent = dict(zip(ids.tolist(), np.flatnonzero(is_new).tolist()))
    for kind in (Command.CANCEL, Command.AMEND):
        places = np.flatnonzero(rows["kind"] == kind)
        for place, order_id in zip(places.tolist(), rows["order_id"][places].tolist()):
            first = sent[order_id]
            assert first < place
            assert rows["wallet"][first] == rows["wallet"][place]
    cancelled = rows["order_id"][rows["kind"] == Command.CANCEL]
    assert np.unique(cancelled).size == cancelled.size
    assert (rows["lots"][is_new] >= 1).all()
    is_market = is_new & (rows["order_type"] == 1)
    assert (rows["price_ticks"][is_new & ~is_market] >= 1).all()
    assert (rows["tif"][is_market] == TimeInForce.IOC).all()


def test_small_stream(small: Scenario, small_rows: np.ndarray) -> None:
    check_stream(small_rows)
    parts = list(chunks(small, small.packs[0]))
    assert len(parts) == minute_count(small) == 12
    for minute, part in enumerate(parts[1:-1]):
        begin = small.start + minute * NS_PER_MINUTE
        assert part["time_ns"].min() >= begin
        assert part["time_ns"].max() < begin + NS_PER_MINUTE
    assert parts[-1]["time_ns"].max() == small.end


def test_order_of_a_mark_step(small: Scenario) -> None:
    """Quotes withdrawn, arbitrage, quotes, source prices, TICK; all at the time of the step."""
    part = list(chunks(small, small.packs[0]))[3]
    step = part[: np.flatnonzero(part["kind"] == Command.TICK)[0] + 1]
    assert len(set(step["time_ns"].tolist())) == 1
    kinds = [Command.CANCEL] * 10 + [Command.NEW_ORDER] * (2 + 10)
    kinds += [Command.SOURCE_PRICE] * 3 + [Command.TICK]
    assert step["kind"].tolist() == kinds
    assert set(step["wallet"][:10].tolist()) == {16}
    assert set(step["wallet"][10:12].tolist()) == {17}
    quotes = step[12:22]
    ticks = market_steps(small).path_ticks[0][2]
    bids, asks = quotes[quotes["side"] == Side.BUY], quotes[quotes["side"] == Side.SELL]
    assert bids["price_ticks"].max() < ticks < asks["price_ticks"].min()
    assert (np.diff(bids["price_ticks"]) < 0).all()
    assert (np.diff(asks["price_ticks"]) > 0).all()


def test_timeline_is_in_the_stream(small: Scenario, small_rows: np.ndarray) -> None:
    own = small_rows[(small_rows["order_id"] > 0) & (small_rows["order_id"] < 1_000_000)]
    assert own["kind"].tolist() == [Command.NEW_ORDER, Command.AMEND, Command.CANCEL]
    assert own["lots"].tolist() == [500, 400, 0]
    assert own["price_ticks"].tolist() == [46_000, 46_000, 0]
    assert (own["wallet"] == population.wallet_of(small, "fund")).all()
    late = small_rows[small_rows["time_ns"] > small.start]
    deposit = late[late["kind"] == Command.DEPOSIT]
    assert deposit["wallet"].tolist() == [16 + 3 + 3]
    assert deposit["target"].tolist() == [2]
    assert deposit["amount"].tolist() == [1_000_000]
    for kind, field, value in (
        (Command.ASSET_PRICE, "amount", 970_000_000),
        (Command.ASSET_STATE, "flags", 2),
        (Command.ACCOUNT_STATUS, "target", 1),
        (Command.CONTRACT_STATE, "side", 1),
    ):
        assert late[late["kind"] == kind][field].tolist() == [value], kind


def test_account_table(small: Scenario) -> None:
    table = population.accounts(small)
    assert table.dtype == state.ACCOUNT
    assert len(table) == 43
    assert table["investor_class"][:3].tolist() == [5, 1, 0]
    assert table["account_flags"][:3].tolist() == [63, 3, 0]
    assert set(table["investor_class"][3:].tolist()) <= {2, 4}
    assert np.unique(table["owner"]).size == 43
    for wallet in (16, 18, 19, 58):
        assert population.wallet_of(small, population.account_name(small, wallet)) == wallet
    with pytest.raises(ValueError, match="no client"):
        population.account_name(small, 59)


def exact_initial_margin(contract: Contract, notional: int) -> Fraction:
    """The margin of each slice of the notional between two floors, at that tier's rate."""
    total = Fraction(0)
    floors = [tier.floor_quote for tier in contract.tiers] + [None]
    for tier, upper in zip(contract.tiers, floors[1:]):
        inside = min(notional, upper) if upper is not None else notional
        total += Fraction(max(0, inside - tier.floor_quote) * tier.im_ppb, PPB)
    return total


def check_opening(scenario: Scenario, pack: Pack, config: Config) -> None:
    """Positions sum to zero; what is paid in is worth the initial margin of what is opened."""
    rows = next(chunks(scenario, pack))
    deposits = rows[rows["kind"] == Command.DEPOSIT]
    trades = rows[rows["kind"] == Command.OPENING_TRADE]
    worth: Counter[int] = Counter()
    for wallet, asset, amount in deposits[["wallet", "target", "amount"]].tolist():
        rules = config.assets[asset]
        price = min(rules.par_ppb, rules.price_ppb) * (PPB - rules.haircut_ppb) // PPB
        worth[wallet] += amount * price // PPB
    lots: Counter[int] = Counter()
    for long, short, count in trades[["wallet", "target", "lots"]].tolist():
        assert long != short
        assert count >= 1
        lots[long] += count
        lots[short] -= count
    contract = config.contracts[0]
    assert set(trades["contract"].tolist()) == {0}
    (price,) = set(trades["price_ticks"].tolist())
    assert price == market_steps(scenario).path_ticks[0][0]
    assert sum(lots.values()) == 0
    assert min(lots.values()) < 0 < max(lots.values())
    for wallet, count in lots.items():
        notional = abs(count) * price * contract.tick_value
        assert worth[wallet] >= exact_initial_margin(contract, notional), wallet
        assert abs(count) <= contract.lots_max
    assert sum(count for count in lots.values() if count > 0) <= contract.oi_cap_lots


def test_small_opening_is_margined(small: Scenario) -> None:
    check_opening(small, small.packs[0], config_of(small, small.packs[0]))


@pytest.mark.parametrize("index", [0, 1])
def test_cascade_opening_is_margined(cascade: Scenario, index: int) -> None:
    check_opening(cascade, cascade.packs[index], config_of(cascade, cascade.packs[index]))


def test_large_positions_pay_their_tier() -> None:
    """Fifty times larger positions reach the second tier, where leverage alone is not enough."""
    text = GOOD.read_text().replace(
        "{low: 0.01, high: 1, weight: 1}", "{low: 100, high: 400, weight: 1}"
    )
    scenario = loads(text.replace("slack: 2%", "slack: 0%").encode())
    check_opening(scenario, scenario.packs[0], config_of(scenario, scenario.packs[0]))


def test_packs_differ_in_deposits_only(cascade: Scenario) -> None:
    """One path, one crowd, one flow: ten minutes are the same but for what is paid in."""
    streams = [chunks(cascade, pack) for pack in cascade.packs]
    first, second = (next(stream) for stream in streams)
    is_money = np.isin(first["kind"], (Command.DEPOSIT, Command.HOUSE_DEPOSIT))
    assert (first[~is_money] == second[~is_money]).all()
    assert first["amount"].sum() != second["amount"].sum()
    for _ in range(10):
        first, second = (next(stream) for stream in streams)
        assert first.tobytes() == second.tobytes()


def test_cascade_has_its_numbers(cascade: Scenario, capsys: pytest.CaptureFixture[str]) -> None:
    """2,000,000 commands of the asked mix, in order; order ids once over the whole day."""
    kinds: Counter[int] = Counter()
    taking = reduce_only = post_only = 0
    last_ns, last_id = 0, 0
    for rows in chunks(cascade, cascade.packs[0]):
        assert rows["time_ns"][0] >= last_ns
        assert (np.diff(rows["time_ns"]) >= 0).all()
        last_ns = int(rows["time_ns"][-1])
        kinds.update(rows["kind"].tolist())
        new = rows[(rows["kind"] == Command.NEW_ORDER) & (rows["order_id"] >= 1_000_000)]
        ids = np.sort(new["order_id"])
        assert (ids == last_id + 1 + np.arange(ids.size)).all() or last_id == 0
        last_id = int(ids[-1]) if ids.size else last_id
        taking += int((new["tif"] != TimeInForce.GTC).sum())
        post_only += int((new["flags"] == OrderFlag.POST_ONLY).sum())
        reduce_only += int((new["flags"] == OrderFlag.REDUCE_ONLY).sum())
    assert last_ns == cascade.end
    total = sum(kinds.values())
    shares = {Command(kind).name: count / total for kind, count in sorted(kinds.items())}
    with capsys.disabled():
        print(f"\ncascade: {total:,} commands;", {k: f"{v:.2%}" for k, v in shares.items()})
    assert total >= 2_000_000
    assert len(population.accounts(cascade)) >= 20_000
    assert 0.5 < shares["NEW_ORDER"] < 0.7
    assert 0.2 < shares["CANCEL"] < 0.4
    assert shares["AMEND"] > 0.02
    assert 0.2 < taking / kinds[Command.NEW_ORDER] < 0.5
    assert post_only > 50_000
    assert reduce_only > 1_000


def test_machine_takes_the_small_scenario(small: Scenario) -> None:
    """The opening is accepted whole; less than a fifth is refused; refusals are the expected."""
    machine = Machine(config_of(small, small.packs[0]), population.accounts(small))
    refused: Counter[tuple[str, str]] = Counter()
    events: Counter[int] = Counter()
    total = 0

    def sink(rows: np.ndarray) -> None:
        events.update(rows["kind"].tolist())
        for row in rows[rows["kind"] == Event.REFUSED]:
            refused[Reject(row["code"]).name, Command(row["amount"]).name] += 1

    for rows in chunks(small, small.packs[0]):
        machine.feed(rows, sink)
        total += len(rows)
        if total == len(rows):
            assert not refused
            assert events[Event.OPENING_TRADE] == (rows["kind"] == Command.OPENING_TRADE).sum()
    assert refused["COLL_TYPE_INELIGIBLE", "DEPOSIT"] == 1
    assert sum(refused.values()) < total / 5
    assert events[Event.TRADE] > 100
    assert machine.state.wallets["cash"].sum() == 0
    assert machine.state.wallets["cash"][HouseWallet.SETTLEMENT] == 0
