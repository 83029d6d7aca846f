"""Statements over generated runs: whatever happens, every client's adds up and is explained."""

import functools
import os
from collections import Counter
from typing import NamedTuple

import pytest

import house_flow
import house_setting
from hkperp.reports.statement import fold
from hkperp.reports.statement_types import Statement
from hkperp_engine.codes import HouseWallet, Posting
from hkperp_engine.layout import EVENT
from reference import margin
from reference.house import House

SEEDS = int(os.environ.get("HKPERP_STATEMENT_SEEDS", "8"))
COMMANDS = 1_000


class Played(NamedTuple):
    """A generated run: the slow house as it ended, and the statement of each client."""

    house: House
    statements: dict[int, Statement]


@functools.cache
def played(seed: int) -> Played:
    setting = house_setting.setting(seed)
    run = list(house_flow.played(setting, seed, COMMANDS))
    rows = [dict(zip(EVENT.names, event)) for _, events, _ in run for event in events]
    house = run[-1][2].house
    values = [each.terms.tick_value for each in house.contracts]
    clients = [number for number in house.wallets if number >= HouseWallet.CLIENTS]
    assets = len(setting.config.assets)
    return Played(house, {number: fold(rows, number, values, assets) for number in clients})


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_client_of_a_generated_run(seed: int) -> None:
    """(INV-02) Balances, positions and gains of the slow house, and why, from events alone."""
    house, statements = played(seed)
    for number, found in statements.items():
        wallet, closing, place = house.wallets[number], found.closing, (seed, number)
        assert found.breaks() == [], place
        assert closing.balances == (wallet.cash, *wallet.holdings.values()), place
        assert closing.awaited == tuple(wallet.uncleared), place
        assert closing.variation_quote == margin.variation(house, wallet), place
        assert closing.unexplained_quote == 0, place
        for each, position in zip(closing.contracts, wallet.positions, strict=True):
            assert each.lots == position.lots, place
            assert each.entry_cost_quote == position.entry_cost, place


@pytest.mark.parametrize("seed", range(SEEDS))
def test_claims_of_a_generated_run(seed: int) -> None:
    """(INV-13) What is still open of a loss is what the house says."""
    house, statements = played(seed)
    owed: Counter[tuple[int, int]] = Counter()
    for claim in house.claims:
        owed[claim.wallet, claim.loss_id] += claim.open_quote
    found = {
        (number, claim.loss_id): claim.open_quote
        for number, statement in statements.items()
        for claim in statement.closing.claims
    }
    assert +Counter(found) == +owed, seed


def test_the_runs_show_what_they_are_for() -> None:
    """Losses, haircuts, deleveraging, conversions, claims paid back: else little is proved."""
    closings = [each.closing for seed in range(SEEDS) for each in played(seed).statements.values()]
    assert any(each.uncollected_quote for each in closings)
    assert any(each.haircut_quote for each in closings)
    assert any(each.deleveraged_quote for each in closings)
    seen = {
        move.code
        for seed in range(SEEDS)
        for each in played(seed).statements.values()
        for move in each.movements
    }
    assert {
        Posting.CONVERSION_ASSET,
        Posting.LAYER_PAYMENT,
        Posting.CLAIM_REPAYMENT,
        Posting.FEE_REFUND,
        Posting.DEPOSIT_CLEARED,
        Posting.TRANSFER,
        Posting.REDEMPTION,
    } <= seen
