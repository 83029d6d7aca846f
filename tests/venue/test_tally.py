"""The fold of a run's events: equal to a plain count, row by row."""

from collections import Counter

import numpy as np
import pytest

from crash_run import CRASH, PACKS, Watch, crash_folder
from hkperp.config import Config
from hkperp.reports.journal import open_log
from hkperp.reports.results import PackResult
from hkperp.reports.run_folder import LOG_NAME
from hkperp.reports.tally import BLOCK_ROWS, Blocks, Tally, exact_sum
from hkperp.scenario.reader import load
from hkperp.scenario.settings import config_of
from hkperp_engine.codes import Event, EventFlag, Explain, Posting, Reject
from hkperp_engine.layout import EVENT

WALLETS = 16 + 222


def config(pack: str) -> Config:
    scenario = load(CRASH)
    return config_of(scenario, next(each for each in scenario.packs if each.name == pack))


def log(pack: str) -> np.ndarray:
    return open_log(crash_folder() / pack / LOG_NAME).events


def folded(pack: str, rows: int = BLOCK_ROWS) -> Tally:
    tally, events = Tally(config(pack), WALLETS), log(pack)
    for start in range(0, len(events), rows):
        tally.add(events[start : start + rows])
    tally.finish()
    return tally


@pytest.mark.parametrize("pack", PACKS)
def test_counts(pack: str) -> None:
    tally, events = folded(pack), log(pack)
    kinds = Counter(events["kind"].tolist())
    assert {kind: int(tally.counts[kind]) for kind in Event if tally.counts[kind]} == kinds
    refused = events[events["kind"] == Event.REFUSED]
    codes = Counter(refused["code"].tolist())
    assert {code: int(tally.refusals[code]) for code in Reject if tally.refusals[code]} == codes


@pytest.mark.parametrize("pack", PACKS)
def test_ledger_and_positions_row_by_row(pack: str) -> None:
    tally = folded(pack)
    ledger, lots, leg = Counter(), Counter(), {}
    for row in (dict(zip(EVENT.names, each)) for each in log(pack).tolist()):
        wallet, other, kind = row["wallet"], row["counter_wallet"], row["kind"]
        if kind == Event.POSTING:
            ledger[wallet, row["contract"]] -= row["amount"]
            ledger[other, row["contract"]] += row["amount"]
            continue
        moved = row["lots"]
        if kind == Event.EXPLAIN and row["code"] == Explain.LEG:
            leg[wallet] = moved
        if kind == Event.TRADE:
            moved = moved if row["flags"] & EventFlag.SELL else -moved  # to the maker
        elif kind == Event.TAKEOVER:
            moved = -moved
        elif kind == Event.DELEVERAGE:
            moved = -moved if leg[wallet] > 0 else moved
        elif kind != Event.OPENING_TRADE:
            continue
        lots[wallet] += moved
        lots[other] -= moved
    for (wallet, asset), amount in ledger.items():
        assert tally.ledger[wallet, asset] == amount
    for wallet, amount in lots.items():
        assert tally.positions[wallet, 0] == amount
    assert tally.ledger.sum() == 0
    assert tally.positions.sum() == 0


@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_blocks_do_not_matter(rows: int) -> None:
    whole, parts = folded(PACKS[2]), folded(PACKS[2], rows)
    for name in ("ledger", "positions", "counts", "refusals", "states", "index"):
        assert (getattr(whole, name) == getattr(parts, name)).all(), name
    for name in ("posted", "paid", "waived", "trades"):
        assert getattr(whole, name) == getattr(parts, name), name
    assert (whole.finish() == parts.finish()).all()


def test_sums() -> None:
    tally, events = folded(PACKS[1]), log(PACKS[1])
    postings = events[events["kind"] == Event.POSTING]
    for code in Posting:
        rows = postings[postings["code"] == code]
        assert tally.posted[code] == sum(rows["amount"].tolist()), code.name
    trades = events[events["kind"] == Event.TRADE]
    (sums,) = tally.trades
    assert sums.trades == len(trades)
    assert sums.turnover == sum(
        price * lots for price, lots in trades[["price_ticks", "lots"]].tolist()
    )
    afmm = (trades["flags"] & (EventFlag.MAKER_AFMM | EventFlag.TAKER_AFMM)) != 0
    assert sums.trades_afmm == afmm.sum() > 0
    funding = events[(events["kind"] == Event.FUNDING) & (events["amount"] < 0)]
    assert sum(tally.paid.values()) == -sum(funding["amount"].tolist()) > 0


def test_kept_rows_are_in_order() -> None:
    kept = folded(PACKS[2], 100).finish()
    assert (np.diff(kept["sequence"]) > 0).all()
    wanted = {Event.MARK, Event.CYCLE, Event.DEFAULT, Event.ALLOCATION, Event.DELEVERAGE}
    assert wanted <= set(kept["kind"].tolist())


def test_sums_beyond_64_bits() -> None:
    amounts = np.array([2**62, 2**62, 2**62, -5, -(2**62)])
    assert exact_sum(amounts) == 2 * 2**62 - 5
    assert exact_sum(amounts[:0]) == 0


def test_blocks_gather() -> None:
    got: list[np.ndarray] = []
    blocks = Blocks(lambda rows: got.append(rows["sequence"].copy()))
    rows = np.zeros(BLOCK_ROWS + 10, EVENT)
    rows["sequence"] = np.arange(len(rows))
    for start, stop in ((0, 3), (3, 3), (3, BLOCK_ROWS + 10)):
        blocks(rows[start:stop])
    assert [len(each) for each in got] == [BLOCK_ROWS]
    blocks.flush()
    blocks.flush()
    assert np.concatenate(got).tolist() == list(range(len(rows)))


def test_figures_of_the_waterfall() -> None:
    """What the layers paid is the deficit, to the unit, in both ways of sharing (INV-07)."""
    from hkperp.replay.runner import replay

    results = {each.name: each for each in replay(load(CRASH), Watch()).results}
    for pack in PACKS[1:]:
        result: PackResult = results[pack]
        assert result.allocated_quote == result.deficit_quote > 0
        used = {each.layer: each.used_quote for each in result.layers}
        assert used[2] == used[4] == 10_000 * 10**6
        assert sum(used[layer] for layer in (2, 3, 4, 5)) == result.deficit_quote
        assert all(each.exhausted_ns for each in result.layers[1:4])
        assert result.fund_low_quote == 0
        own = sum(
            each.before_quote + each.received_quote - each.after_quote
            for each in result.layers[1:4]
        )
        assert own + used[5] + result.platform_gains_given_quote == result.deficit_quote
    assert results[PACKS[1]].haircut_quote == results[PACKS[1]].layers[4].used_quote
    assert results[PACKS[2]].deleveragings > 0
    calm = results[PACKS[0]]
    assert (calm.deficit_quote, calm.defaults, calm.takeovers) == (0, 0, 0)
    assert calm.fund_before_quote == calm.fund_low_quote == 7_000_000 * 10**6
