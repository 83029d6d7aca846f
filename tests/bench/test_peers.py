"""The messages given to other books, and the check before any speed. No peer is needed here."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from benchmarks.peers import adapters_more, compare, environment
from benchmarks.peers import messages as peer_messages
from benchmarks.peers.messages import CANCEL, NEW, REDUCE, REPLACE, Outcome, make_stream

from hkperp.bench import workloads
from hkperp_engine.kernel import BUILD

ROOT = Path(__file__).parents[2]

compiled_only = pytest.mark.skipif(BUILD == "python", reason="takes long uncompiled")


class SlowBook:
    """A price-time book of lists, to do the messages as an adapter does."""

    def __init__(self) -> None:
        self.sides: tuple[list, list] = ([], [])  # rows [price, number, order_id, lots]
        self.trades: list[tuple[int, int]] = []
        self.count = 0

    def limit(self, order_id: int, side: int, is_ioc: int, price: int, lots: int) -> None:
        sign = 1 if side else -1
        makers = self.sides[1 - side]
        while lots and makers and sign * price <= sign * makers[0][0]:
            traded = min(lots, makers[0][3])
            self.trades.append((makers[0][0], traded))
            makers[0][3] -= traded
            lots -= traded
            if not makers[0][3]:
                makers.pop(0)
        if lots and not is_ioc:
            self.count += 1
            self.sides[side].append([price, self.count, order_id, lots])
            self.sides[side].sort(key=lambda row: (sign * row[0], row[1]))

    def cancel(self, order_id: int, side: int) -> None:
        self.sides[side][:] = [row for row in self.sides[side] if row[2] != order_id]

    def reduce(self, order_id: int, side: int, less: int) -> None:
        (row,) = (row for row in self.sides[side] if row[2] == order_id)
        row[3] -= less

    def run(self, rows: np.ndarray) -> Outcome:
        for kind, order_id, side, is_ioc, price, lots, less, _ in rows.tolist():
            if kind == REDUCE:
                self.reduce(order_id, side, less)
                continue
            if kind != NEW:
                self.cancel(order_id, side)
            if kind != CANCEL:
                self.limit(order_id, side, is_ioc, price, lots)
        live = [row[3] for side in self.sides for row in side]
        return Outcome(*adapters_more.sums(self.trades), len(live), sum(live))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload of 3,000 messages in the place of `base`."""
    recipe = workloads.RECIPES["base"]._replace(live_orders=200)
    made = workloads.generate("base", recipe, 3_000)
    monkeypatch.setattr(workloads, "make", lambda name, first_wallet=0: made)


@compiled_only
@pytest.mark.parametrize("name", peer_messages.STREAMS)
def test_stream(small: None, name: str) -> None:
    """A slow book that knows only the messages agrees with hkperp."""
    stream = make_stream(name, 3_000)
    kinds = set(stream.messages[:, 0].tolist())
    assert kinds == ({NEW, CANCEL, REDUCE, REPLACE} if name == "whole" else {NEW, CANCEL, REPLACE})
    assert SlowBook().run(stream.messages) == stream.outcome


@compiled_only
def test_totals_of_reductions(small: None) -> None:
    """`total` is what has traded and what stays; `less` what goes."""
    rows = make_stream("whole", 3_000).messages
    reductions = rows[rows[:, 0] == REDUCE]
    assert len(reductions) > 0
    assert (reductions[:, 6] > 0).all()
    assert (reductions[:, 7] >= reductions[:, 5]).all()


def test_disagreement() -> None:
    expected = Outcome(3, 30, 300, 2, 20)
    assert compare.disagreement("obook", [3, 30, 300, 2, 20], expected) == []
    assert compare.disagreement("obook", [None, 30, None, None, 20], expected) == []
    assert compare.disagreement("obook", [3, 31, 300, 2, 20], expected) == [
        "lots 31 instead of 30"
    ]
    assert compare.disagreement("litebook", [3, 30, 299, 2, 20], expected) == []


def test_lock_has_hashes_for_each_peer() -> None:
    entries = environment._requirements()
    names = {entry.split("==")[0] for entry in entries}
    assert names >= {package for _, package in adapters_more.PEERS.values()}
    assert all("--hash=sha256:" in entry for entry in entries)


def test_adapters_need_nothing_of_ours() -> None:
    """They run in an environment where hkperp and numpy are not."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import benchmarks.peers.child as c; "
        "bad = [m for m in sys.modules if m.split('.')[0] in ('numpy', 'hkperp', 'hkperp_engine')]"
        "; sys.exit(len(bad))"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code, str(ROOT)], check=True)
