"""The C book and the C full path do what hkperp does, to the last byte, where C compiles."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from benchmarks.c_reference import build, compare, reference
from benchmarks.c_reference.reference import Library

from hkperp.bench import workloads
from hkperp.bench.full_path import FIRST_WALLET
from hkperp.bench.workloads import RECIPES, Workload
from hkperp_engine.codes import Command, OrderFlag, SelfTrade, TimeInForce
from hkperp_engine.errors import InvariantBroken
from hkperp_engine.kernel import BUILD
from hkperp_engine.layout import COMMAND

pytestmark = [
    pytest.mark.skipif(build.compiler() is None, reason="no C compiler here"),
    pytest.mark.skipif(BUILD == "python", reason="12,000 messages take long uncompiled"),
]

_MESSAGES = 12_000


@pytest.fixture(scope="module", params=list(compare.PATHS))
def path(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def library(path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("c")
    return Library(compare.PATHS[path][0], folder, ("-O1",))


def short(name: str) -> Workload:
    recipe = RECIPES[name]
    recipe = recipe._replace(live_orders=min(recipe.live_orders, 1_500), seed=11)
    return workloads.generate(name, recipe, _MESSAGES, FIRST_WALLET)


@pytest.mark.parametrize("name", RECIPES)
def test_same_events_and_state(library: Library, path: str, name: str) -> None:
    kept = reference.require_same(library, compare.PATHS[path][1], short(name))
    assert kept.event_count > _MESSAGES


def test_odd_orders(library: Library, path: str) -> None:
    """Self-trade in all modes, post-only, fill or kill, unknown ids, wrong rows."""
    workload = short("sweep")
    rows = workload.commands
    pick = np.random.PCG64(5).random_raw(len(rows)).astype(np.int64)
    is_new = rows["kind"] == Command.NEW_ORDER
    rows["wallet"] = FIRST_WALLET + rows["wallet"] % 7  # now many meet themselves
    rows["stp"] = pick % len(SelfTrade)
    rows["tif"][is_new & (pick % 31 == 0)] = TimeInForce.FOK
    is_post_only = is_new & (pick % 13 == 0) & (rows["tif"] == TimeInForce.GTC)
    rows["flags"][is_post_only] = OrderFlag.POST_ONLY
    rows["order_id"][pick % 97 == 0] = 1
    rows["price_ticks"][pick % 101 == 0] = 0
    rows["lots"][pick % 103 == 0] = -1
    rows["side"][pick % 107 == 0] = 2
    rows["contract"][pick % 109 == 0] = 1
    kept = reference.require_same(library, compare.PATHS[path][1], workload)
    assert kept.event_count > _MESSAGES


def test_a_difference_is_noticed(library: Library, path: str) -> None:
    workload = short("top")
    make = compare.PATHS[path][1]
    other = workload.commands.copy()
    other["lots"][0] += 1
    assert reference.kept_by_c(library, make(workload), other) != reference.kept_by_c(
        library, make(workload), workload.commands
    )


def test_what_c_leaves_out_stops_it(library: Library, path: str) -> None:
    if path == "book":
        pytest.skip("the book leaves nothing out")
    reduce_only = np.zeros(1, COMMAND)
    reduce_only["kind"] = Command.NEW_ORDER
    reduce_only["wallet"] = FIRST_WALLET
    reduce_only["order_id"] = reduce_only["price_ticks"] = reduce_only["lots"] = 1
    reduce_only["flags"] = OrderFlag.REDUCE_ONLY
    machine = reference.machine_of(short("base"))
    with pytest.raises(InvariantBroken, match="unknown here"):
        library.feed(reference.arena_of(machine), reduce_only)


def test_profile_guided(path: str, tmp_path: Path) -> None:
    source, make = compare.PATHS[path]
    workload = short("base")
    built = compare.profile_guided(
        source, tmp_path, lambda counted: compare.train(counted, make, workload)
    )
    reference.require_same(built, make, workload)


def test_take_turns() -> None:
    told: list[str] = []

    def run(name: str, ns: int):
        def go() -> int:
            told.append(name)
            return ns

        return go

    first, second = compare.take_turns({"a": run("a", 10), "b": run("b", 20)}, 1_000, 3)
    assert "".join(told) == "abbaab"
    assert (first.ratio, second.ratio) == (1, 2)
    assert second.speed == 50_000_000_000


def test_header_has_every_row_and_code() -> None:
    text = build.header()
    for part in ("} COMMAND;", "} POSITION;", "SECTION_frames", "Reject_MRG_INSUFFICIENT = 410"):
        assert part in text
