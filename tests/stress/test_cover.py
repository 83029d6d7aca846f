"""Cover-1 and cover-2 by group, worked by hand, and what they trigger (RSV-02, STR-01)."""

import numpy as np
import pytest

from hkperp.config import Config
from hkperp.stress.cover import Action, Cover, Group, actions, cover
from hkperp.stress.daily import floor_quote, large_positions
from hkperp.stress.shocks import gap, library, tenth_percent
from hkperp_engine.codes import HouseWallet
from stress_venue import (
    FIRST,
    FOURTH,
    FUND,
    HKD,
    THIRD,
    Told,
    config,
    four_accounts,
    groups,
    with_a_book,
)

CONNECTED, ALONE, SHORT = Group(7, FIRST), Group(0, THIRD), Group(0, FOURTH)


@pytest.fixture(scope="module")
def told() -> Told:
    return four_accounts()


@pytest.fixture(scope="module")
def made() -> Config:
    return config()


def found(told: Told, *numbers: int) -> Cover:
    return cover(told.machine, groups(*numbers), library(told.machine.config))


# A fall of 60 % loses 300 a lot: 3,000 - 1,200, 6,000 - 2,500, 9,000 - 3,000; one of 40 % 200.
@pytest.mark.parametrize(
    ("tenths", "shortfalls"),
    [
        (-200, []),
        (-201, [(ALONE, 15)]),
        (-400, [(ALONE, 3_000), (CONNECTED, 800 + 1_500)]),
        (-600, [(ALONE, 6_000), (CONNECTED, 1_800 + 3_500)]),
        (600, []),
        (700, [(SHORT, 1_000)]),
    ],
)
def test_shortfalls_by_hand(told: Told, tenths: int, shortfalls: list[tuple[Group, int]]) -> None:
    (row,) = cover(told.machine, groups(), [gap(tenth_percent(tenths), 1)]).rows
    assert list(row.shortfalls) == [(group, amount * HKD) for group, amount in shortfalls]
    assert row.platform_quote == 0


def test_cover_by_hand(told: Told) -> None:
    """RSV-02: the fall of 60 % is the worst for one group and for two."""
    sized = found(told)
    assert sized.fund_quote == 8_000 * HKD
    assert sized.required(1) == 6_000 * HKD
    assert sized.required(2) == (6_000 + 1_800 + 3_500) * HKD
    assert sized.worst[1].name == "gap -60%"
    assert not sized.is_covered


def test_connected_clients_count_as_one(told: Told) -> None:
    """Without the group the second and the third are the two largest: 3,500 + 6,000."""
    assert found(told, 0, 0, 0, 0).required(2) == 9_500 * HKD
    assert found(told, 5, 5, 5, 0).required(1) == 11_300 * HKD


def test_a_surplus_pays_for_nobody_else(told: Told) -> None:
    """The fourth gains 18,000 at -60 %; in one group with the third that changes nothing."""
    assert found(told, 0, 0, 3, 3).required(1) == 6_000 * HKD


def test_actions_by_hand(told: Told) -> None:
    """RSV-02: half of the fund is 4,000; a lot loses 300 at -60 %, so 7 and 5 lots must go."""
    sized = found(told)
    assert actions(told.machine, groups(), sized) == (
        Action("TOP_UP", 3_300 * HKD),
        Action("OI_CUT", 0, None, 0, 60 * 8_000 // 11_300, 60),
        Action("EXTRA_MARGIN", 2_000 * HKD, ALONE),
        Action("LIMIT_CUT", 2_100 * HKD, ALONE, 0, 23, 30),
        Action("EXTRA_MARGIN", 1_300 * HKD, CONNECTED),
        Action("LIMIT_CUT", 1_500 * HKD, CONNECTED, 0, 25, 30),
    )


@pytest.mark.parametrize(("missing_hkd", "is_covered"), [(0, True), (1, False)])
def test_covered_to_the_unit(missing_hkd: int, is_covered: bool) -> None:
    """A fund of exactly cover-2 is enough; one that lacks 1 is topped up by 1."""
    funds = ((HouseWallet.RESERVE, 11_300 - missing_hkd),)
    told = four_accounts(funds)
    sized = found(told)
    assert sized.is_covered == is_covered
    done = actions(told.machine, groups(), sized)
    top_up = [each.amount_quote for each in done if each.what == "TOP_UP"]
    assert top_up == ([] if is_covered else [HKD])


def test_a_fund_twice_as_large_triggers_nothing() -> None:
    told = four_accounts(tuple((wallet, 2 * amount) for wallet, amount in FUND))
    assert actions(told.machine, groups(), found(told)) == ()


def test_what_is_not_convertible_counts_for_nothing() -> None:
    """MRG-04: without its coins the third has nothing at all: 30 lots lose 150 each at -30 %."""
    told = with_a_book()
    numbers = np.zeros(5, np.int64)
    rows = {row.name: row for row in cover(told.machine, numbers, library(config())).rows}
    # 3,100 coins at 98 %, and 600 bank tokens at 99 % beside 2,000 in cash.
    assert rows["gap -30%"].shortfalls[0] == (ALONE, (4_500 - 3_038) * HKD)
    assert rows["stablecoin 0.90, -30%"].shortfalls[0] == (ALONE, 4_500 * HKD)
    assert rows["stablecoin 0.90"].shortfalls == ()
    second = {each.group: each.amount_quote for each in rows["bank token frozen, -30%"].shortfalls}
    assert second[Group(0, FIRST + 1)] == (3_000 - 2_000) * HKD
    assert Group(0, FIRST + 1) in {e.group for e in rows["gap -30%"].shortfalls}


def test_large_positions_by_group(told: Told) -> None:
    """LIM-04: of 60 lots of open interest the connected clients hold half, the third the rest."""
    listed = large_positions(told.machine, groups())
    assert [(each.group, each.long_lots, each.short_lots) for each in listed] == [
        (SHORT, 0, 60),
        (CONNECTED, 30, 0),
        (ALONE, 30, 0),
    ]
    assert [each.share_ppb for each in listed] == [10**9, 10**9 // 2, 10**9 // 2]


def test_floor_of_the_fund(told: Told) -> None:
    """RSV-04: 0.1 % of 26,700."""
    assert floor_quote(told.machine) == 26_700 * HKD // 1_000
