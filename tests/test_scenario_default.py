"""The words of a scenario for limits, takeover and default: what becomes of each."""

import msgspec
import numpy as np
import pytest
from msgspec import UNSET

from bad_input import CORPUS
from hkperp.config import Config, Contract, OpenInterestDepth
from hkperp.replay import population
from hkperp.replay.timeline import timeline_rows
from hkperp.reports.wording import NOTICE_WORDS
from hkperp.scenario.expectations import CODED, NoticeLevel
from hkperp.scenario.reader import load, loads
from hkperp.scenario.settings import config_of, origin
from hkperp.scenario.strict_yaml import read_text
from hkperp.scenario.whole import Scenario
from hkperp_engine.codes import Command, Layer

DEFAULT = CORPUS / "good" / "default.yaml"
HKD = 1_000_000


@pytest.fixture(scope="module")
def default() -> Scenario:
    return load(DEFAULT)


@pytest.fixture(scope="module")
def config(default: Scenario) -> Config:
    return config_of(default, default.packs[0])


def test_settings(config: Config) -> None:
    """DFT-010, 011, 020, 021, 031: words into units."""
    (contract,) = config.contracts
    assert (contract.client_lots_max, contract.group_lots_max) == (500, 400)
    assert (contract.oi_share_ppb, contract.oi_share_floor_lots) == (600_000_000, 500)
    assert contract.oi_fund_multiple == 100_000
    assert contract.oi_depth == OpenInterestDepth(multiple=200, floor_lots=600)
    assert (contract.inventory_lots_max, contract.backstop_discount_ppb) == (20, 20_000_000)
    assert (config.house.vmgh_cap_ppb, config.house.vmgh_rounds) == (5_000_000, 3)


def test_what_is_left_out_is_off() -> None:
    """A scenario that says none of it has the machine of the law without it."""
    small = load(CORPUS / "good" / "small.yaml")
    found = config_of(small, small.packs[0])
    defaults = {field.name: field.default for field in msgspec.structs.fields(Contract)}
    for name in (
        *("client_lots_max", "group_lots_max", "oi_share_ppb", "oi_share_floor_lots"),
        *("oi_fund_multiple", "inventory_lots_max", "backstop_discount_ppb"),
    ):
        assert getattr(found.contracts[0], name) == defaults[name] == 0
    assert found.contracts[0].oi_depth is UNSET
    assert b"oi_depth" not in msgspec.json.encode(found)  # nor part of what trades carry
    assert found.house.vmgh_rounds == 2**31 - 1


def test_origin_leads_back_to_the_file(default: Scenario) -> None:
    document = read_text(DEFAULT.read_bytes(), "default")
    for path in (
        "house.vmgh_cap_ppb",
        "house.vmgh_rounds",
        *(f"contracts[0].{name}" for name in ("client_lots_max", "group_lots_max", "waterfall")),
        *(f"contracts[0].{name}" for name in ("oi_share_ppb", "oi_share_floor_lots")),
        *(f"contracts[0].{name}" for name in ("oi_fund_multiple", "inventory_lots_max")),
        "contracts[0].backstop_discount_ppb",
        *(f"contracts[0].oi_depth.{name}" for name in ("multiple", "floor_lots")),
    ):
        assert origin(path, default, 0) in document.places, path


def test_groups_are_numbered_as_they_come() -> None:
    """LIM-01: accounts of one name share a number; isolated wallets have their account's."""
    text = DEFAULT.read_text()
    for old, new in (
        ("{name: alice,", "{name: alice, isolated: [CO-PERP], group: others,"),
        ("{name: eve,", "{name: eve, group: others,"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    table = population.accounts(loads(text.encode()))
    # alice, her isolated wallet, bob, carl, dora, eve, prov
    assert table["group"].tolist() == [1, 1, 0, 2, 2, 1, 0]


#: Verb by verb: the columns that docs/default.md gives it, besides time and kind.
ROWS = [
    (Command.DECLARE_DEFAULT, {"wallet": 19, "contract": 0, "amount": 0}),
    (Command.SET_BACKSTOP, {"wallet": 21, "contract": 0, "amount": 300_000_000}),
    (Command.HOUSE_WITHDRAW, {"wallet": 0, "target": 5, "amount": HKD}),
    (Command.HOUSE_DEPOSIT, {"wallet": 0, "target": 6, "amount": 5 * HKD}),
    (Command.ISSUER_DEFAULT, {"wallet": 0, "target": 1, "amount": 400_000_000}),
]


@pytest.mark.parametrize(("kind", "columns"), ROWS, ids=[kind.name for kind, _ in ROWS])
def test_verbs_become_rows(default: Scenario, kind: Command, columns: dict[str, int]) -> None:
    rows = timeline_rows(default)
    row = rows[np.flatnonzero(rows["kind"] == kind)[0]]
    assert {name: int(row[name]) for name in columns} == columns


def test_codes_of_figures() -> None:
    """Haircuts are counted by layer, notices by level; each level has its words."""
    assert CODED["haircuts"] is Layer
    assert CODED["notices"] is NoticeLevel
    assert list(NOTICE_WORDS) == list(NoticeLevel)
    for level, words in NOTICE_WORDS.items():
        assert words == NoticeLevel(level).name.removeprefix("USE_") + "%"
