"""`hkperp doctor`: compiles everything there is, and says what this machine makes of it."""

import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from hkperp.cli.progress import cache_place
from hkperp.edge.inspection import account_report
from hkperp.edge.machine_memory import Machine
from hkperp.presets import bitcoin_hkd
from hkperp.state import ACCOUNT
from hkperp_engine.codes import Command, HouseWallet, InvestorClass, Side, TimeInForce
from hkperp_engine.kernel import BUILD, compilation_progress, registered_kernels
from hkperp_engine.layout import COMMAND
from hkperp_engine.standalone import Book

__all__ = ["report"]


def report(watch: Callable[[str, float, int], None]) -> Iterator[str]:
    """Compile every kernel of book and machine; yield what there is to say, line by line.

    `watch` is told of each kernel as it is compiled: name, seconds, how many so far.
    """
    yield from _facts()
    seconds: dict[str, float] = {}

    def note(name: str, took: float, count: int) -> None:
        seconds[name] = seconds.get(name, 0.0) + took
        watch(name, took, count)

    start = time.perf_counter()
    with compilation_progress(note):
        _use_everything()
    took = time.perf_counter() - start
    known = len(registered_kernels())
    if BUILD == "python":
        yield f"kernels    {known}, none compiled: HKPERP_BUILD=python runs them as they stand"
    elif not seconds:
        yield f"kernels    {known}, all loaded from the cache in {took:.2f} s"
        yield "           HKPERP_NO_CACHE=1 hkperp doctor compiles them anew and shows each"
    else:
        yield f"kernels    {known}, {len(seconds)} compiled in {took:.1f} s, seconds of each:"
        for name, each in sorted(seconds.items(), key=lambda item: -item[1]):
            yield f"  {each:8.2f}  {name}"
    yield "everything works"


def _facts() -> Iterator[str]:
    """Say what runs here: versions, processor, folders."""
    versions = []
    for name in ("hkperp", "numba", "numpy", "msgspec"):
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} (not installed)")
    yield f"versions   Python {platform.python_version()}, {', '.join(versions)}"
    yield f"machine    {platform.system()} {platform.machine()}, {_processor()}"
    yield f"build      {BUILD} (HKPERP_BUILD)"
    place = cache_place()
    size = _size(Path(place)) if os.path.isdir(place) else 0
    yield f"cache      {place}, {size / 1e6:.0f} MB (HKPERP_CACHE; may be removed at any time)"


def _processor() -> str:
    name = platform.processor()
    if sys.platform == "linux":
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        models = [line for line in text.splitlines() if line.startswith("model name")]
        name = models[0].partition(":")[2].strip() if models else name
    return f"{os.cpu_count()} processors {name}".strip()


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*"))


def _use_everything() -> None:
    """Call every door once: a machine with a trade in it, and a stand-alone book."""
    accounts = np.zeros(2, ACCOUNT)
    accounts["isolated_contract"] = -1
    accounts["investor_class"], accounts["account_flags"] = InvestorClass.INST_PI, 3
    accounts["valid_until_ns"], accounts["owner"] = 2**62, (1, 2)
    machine = Machine(bitcoin_hkd(start_ns=0), accounts, capacities=(1, 1, 64, 1))
    machine.feed(_commands(), lambda _events: None)
    machine.orders(0, Side.BUY)
    machine.depth(0, Side.SELL)
    machine.check_books()
    machine.state_hash()
    account_report(machine, HouseWallet.CLIENTS)
    book = Book(price_ticks_max=1000, lots_max=1000, wallets=32, capacities=(1, 1, 64))
    orders = _commands()
    orders = orders[orders["kind"] == Command.NEW_ORDER]
    orders["price_ticks"] = 100
    book.feed(orders, lambda _events: None)
    book.orders(0, Side.BUY)
    book.depth(0, Side.SELL)
    book.lots_within(0, Side.BUY, 1)
    book.impact_value(0, Side.BUY, 1)
    book.check()
    book.state_hash()


def _commands() -> np.ndarray:
    """Prices, money, and three orders of which two trade."""
    rows = np.zeros(9, COMMAND)
    rows["time_ns"] = 1
    rows["kind"][:3] = Command.SOURCE_PRICE
    rows["target"][:3] = 0, 1, 2
    rows["price_ticks"][:3] = 900_000
    rows["kind"][3] = Command.TICK
    rows["kind"][4:6] = Command.DEPOSIT
    rows["wallet"][4:6] = HouseWallet.CLIENTS, HouseWallet.CLIENTS + 1
    rows["amount"][4:6] = 10**12
    rows["kind"][6:] = Command.NEW_ORDER
    rows["wallet"][6:] = (*rows["wallet"][4:6], HouseWallet.CLIENTS)
    rows["side"][6:] = Side.BUY, Side.SELL, Side.BUY
    rows["tif"][6:] = TimeInForce.GTC
    rows["order_id"][6:] = 1, 2, 3
    rows["price_ticks"][6:] = 900_000, 900_000, 899_999
    rows["lots"][6:] = 1
    return rows
