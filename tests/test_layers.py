"""Which module may import which: down the lists below and never up, so there is no cycle.

The lists are the architecture (docs/decisions/0002). A new module takes its place in its list by
what it needs: everything above it is open to it, nothing below is. A cycle of packages or of
modules is where a change in one place starts to break another. A module of a sub-package stands
in the list by its dotted name; the modules of one folder stand together, so that folders have an
order too (docs/decisions/0024). `bench` is one entry: inside it only circles are forbidden.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import pytest

import tree
from tidy_rules import Source

ORDER = {
    "hkperp_engine": """
        units gate_codes order_codes reject_codes codes refusals rules errors kernel_cache
        kernel_file kernel primitives arena_state tuning arithmetic layout worklist events ladder
        timers condemned orders book match auction volatility protection order_limits triggers
        terms effects sweeps scopes uncross intake waiting firing quotes trading desk steps depth
        checks_ladders checks_waiting checks arena logical loop standalone reference_rows
        reference_history reference_state reference_malformed reference_limits reference_triggers
        reference_trade reference_match reference_auction reference_orders reference_quotes
        reference_scopes reference_check reference
    """.split(),
    "hkperp_funding": """
        methodology layout parameters index mark premium rate schedule
    """.split(),
    "hkperp_clearing": """
        layout worklist attention collateral ledger custody position margin screening alarms
        limits account fees liquidation waterfall sharing deleverage settlement checks im_model
        apc exceedance backtest
    """.split(),
    "hkperp": """
        config quantities presets accounts
        rules.proof_gate rules.proof_default rules.proof rules.registry rules.regimes rules.dates
        rules.professional rules.retail_eligibility rules.benchmark_attestation rules.governance
        gate_commands commands book_events gate_events events
        marketdata.messages marketdata.shown marketdata.feed marketdata.book
        state
        loop.fills loop.trading loop.amending loop.market loop.final_settlement loop.winding
        loop.monitor loop.marking loop.takeover loop.closeout loop.vault loop.house_money
        loop.issuer loop.gate loop.desk loop.busting loop.dispatch
        machine
        edge.gate_encoders edge.command_encoders edge.book_decoders edge.event_decoders
        edge.gate_decoders edge.message_rows edge.machine_memory edge.inspection
        edge.inspection_queue edge.inspection_refusal edge.account_rows
        messages venue
        scenario.strict_yaml scenario.record scenario.gate scenario.evidence scenario.governance
        scenario.reference scenario.market scenario.actors scenario.gate_entries scenario.timeline
        scenario.whole scenario.settings scenario.price_path scenario.explained_parts
        scenario.expectations scenario.record_checks scenario.timeline_checks scenario.actor_checks
        scenario.governance_checks scenario.checks scenario.reader
        reports.journal reports.wording reports.tally reports.results reports.decisions
        reports.figures_gate reports.figures_default reports.figures reports.tables
        reports.run_folder reports.summary_gate reports.summary_lines reports.summary
        reports.statement_types reports.statement
        replay.draws replay.population replay.timeline_entries replay.timeline replay.agents
        replay.flow replay.busts replay.explained replay.refusal_record replay.runner
        letters.figures letters.parts letters.assets letters.vault letters.positions letters.index
        letters.products letters.market letters.standing letters.prices letters.losses
        letters.inputs letters.haircut letters.deleverage letters.default letters.notices_gate
        letters.notices_refusals letters.notices letters.letter letters.explain
        bench
        backtest.price_series backtest.stress_windows backtest.funding_record backtest.report
        stress.shocks stress.script stress.outcome stress.pool stress.cover stress.daily
        stress.reverse stress.snapshot stress.report stress.files stress.days
        drill.subject drill.pick drill.script drill.fold drill.runner drill.times drill.checks
        drill.timeline drill.figures drill.report drill.files drill.programme
        cli.progress cli.doctor cli.statement cli.replay cli.machine cli.rules cli.backtest
        cli.stress cli.drill cli.main
        __main__
    """.split(),
}

# What a package may see of another. The house and the rates share the book's vocabulary, its
# arithmetic and the row that events are written in, not the book; the venue composes all three.
SHARED = {"units", "codes", "refusals", "errors", "kernel", "primitives", "arithmetic"}
SHARED |= {"events", "tuning", "worklist"}
OPEN = {
    "hkperp_engine": {},
    "hkperp_funding": {"hkperp_engine": SHARED},
    "hkperp_clearing": {"hkperp_engine": SHARED},
    "hkperp": {name: set(ORDER[name]) for name in ORDER if name != "hkperp"},
}

SOURCE_ROOTS = {"engine", "funding", "clearing", "venue"}

FOLDER_LIMIT = 25  # modules of one folder of the venue; its top counts as one


class Import(NamedTuple):
    """One import of one of our modules; `target` is empty for the package itself."""

    line: int
    package: str
    target: str
    name: str


def place(source: Source) -> tuple[str, str] | None:
    """Package of a file and its place in the list; the package file itself has an empty one.

    >>> place(Source("venue/hkperp/bench/tape.py", ""))
    ('hkperp', 'bench')
    """
    parts = source.path.removesuffix(".py").split("/")
    if parts[0] not in SOURCE_ROOTS or len(parts) < 3 or parts[1] not in ORDER:
        return None
    names = parts[2:-1] if parts[-1] == "__init__" else parts[2:]
    return parts[1], entry(parts[1], names) or ".".join(names)


def entry(package: str, names: list[str]) -> str:
    """The entry of a package's list that a dotted name begins with, or an empty one.

    >>> entry("hkperp", ["loop", "fills", "Fill"]), entry("hkperp", ["bench", "tape"])
    ('loop.fills', 'bench')
    """
    found = (".".join(names[:count]) for count in (2, 1))
    return next((each for each in found if each in ORDER[package]), "")


def folders(order: list[str]) -> list[str]:
    """The folders of a list, one for each run of their modules: a folder torn apart comes twice.

    >>> folders(["a", "b.c", "b.d", "e.f", "b.g"])
    ['b', 'e', 'b']
    """
    each = [name.rpartition(".")[0] for name in order]
    return [name for before, name in pairwise(["", *each]) if name and name != before]


def dotted(source: Source) -> str:
    """Full name of a file's module: `hkperp.bench.tape`."""
    return ".".join(source.path.removesuffix(".py").split("/")[1:]).removesuffix(".__init__")


def imports(source: Source) -> Iterator[Import]:
    """Every import of our packages in a file, at its top or inside a function."""
    for node in source.nodes():
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from package import name`: the name is a module or something the package exports
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            package, *rest = name.split(".")
            if package in ORDER:
                yield Import(node.lineno, package, entry(package, rest), name)


def violations(source: Source) -> Iterator[str]:
    """What a file imports, or is called, against the lists."""
    placed = place(source)
    if placed is None:
        return
    package, module = placed
    order = ORDER[package]
    if module in folders(order):
        for found in imports(source):
            yield f"{source.path}:{found.line}: a folder's own file imports nothing"
        return
    if module and module not in order:
        yield f"{source.path}:1: {module} is not in ORDER[{package!r}]: add it where it belongs"
        return
    for node in source.nodes():
        if isinstance(node, ast.ImportFrom) and node.level:
            yield f"{source.path}:{node.lineno}: relative import: write the full name"
    rank = order.index(module) if module else len(order)
    for line, other, target, _ in imports(source):
        where, shown = f"{source.path}:{line}:", f"{other}.{target}".rstrip(".")
        if other == package and not target:
            yield f"{where} a module imports from its own package file: name the module"
        elif other == package and target != module and order.index(target) > rank:
            yield f"{where} {shown} stands below {module} in ORDER"
        elif other != package and other not in OPEN[package]:
            yield f"{where} {package} may not import {other}"
        elif other != package and target not in OPEN[package][other] and package != "hkperp":
            yield f"{where} {package} may not import {shown}, only {sorted(OPEN[package][other])}"


def cycle(graph: dict[str, set[str]]) -> list[str]:
    """One cycle of a graph as a path back to its start, or nothing."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        for target in sorted(graph.get(name, ())):
            if found := walk(target, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def module_graph(sources: list[Source]) -> dict[str, set[str]]:
    """Edges between the modules that exist; an imported name inside one counts for the module."""
    names = {dotted(source) for source in sources}
    graph: dict[str, set[str]] = {}
    for source in sources:
        edges = graph.setdefault(dotted(source), set())
        for found in imports(source):
            target = found.name
            while target not in names and "." in target:
                target = target.rpartition(".")[0]
            if target in names - {dotted(source)}:
                edges.add(target)
    return graph


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    return [source for source in tree.python_files() if place(source)]


def test_imports_go_down(sources: list[Source]) -> None:
    found = [violation for source in sources for violation in violations(source)]
    assert not found, "\n".join(found)


def test_no_cycle(sources: list[Source]) -> None:
    assert cycle(module_graph(sources)) == []


@pytest.mark.parametrize("package", ORDER)
def test_a_folder_stands_together(package: str) -> None:
    """Folders have an order too."""
    found = folders(ORDER[package])
    assert len(found) == len(set(found)), found


def test_folders_of_the_venue_are_small() -> None:
    """What does not fit one screen is not walked through, it is searched."""
    sizes = Counter(name.rpartition(".")[0] for name in ORDER["hkperp"])
    assert max(sizes.values()) <= FOLDER_LIMIT, sizes


def test_every_folder_is_in_a_list() -> None:
    """A package or a stray module beside the known ones would escape the order."""
    strays = [
        source.path
        for source in tree.python_files()
        if source.root in SOURCE_ROOTS and place(source) is None
    ]
    assert strays == []


ENGINE, CLEARING, VENUE = "engine/hkperp_engine/", "clearing/hkperp_clearing/", "venue/hkperp/"

# file, its text, a part of the violation (empty: it is allowed)
PLANTED = [
    (ENGINE + "book.py", "from hkperp_engine.units import NONE", ""),
    (ENGINE + "book.py", "from hkperp_engine import units", ""),
    (ENGINE + "units.py", "from hkperp_engine.book import x", "book stands below units"),
    (ENGINE + "units.py", "def f():\n    import hkperp_engine.book", "units.py:2:"),
    (ENGINE + "book.py", "from hkperp_engine import Book", "own package file"),
    (ENGINE + "__init__.py", "from hkperp_engine.reference import x", ""),
    (ENGINE + "book.py", "from hkperp_clearing import ledger", "may not import hkperp_clearing"),
    (ENGINE + "book.py", "from .units import NONE", "relative import"),
    (ENGINE + "gizmo.py", "", "add it where it belongs"),
    (CLEARING + "ledger.py", "from hkperp_engine.kernel import kernel", ""),
    (CLEARING + "ledger.py", "from hkperp_engine.book import x", "only ["),
    (CLEARING + "ledger.py", "import hkperp_engine", "only ["),
    (CLEARING + "ledger.py", "from hkperp_funding.rate import x", "may not import hkperp_funding"),
    (CLEARING + "ledger.py", "import hkperp", "may not import hkperp"),
    (VENUE + "machine.py", "from hkperp_engine.book import x", ""),
    (VENUE + "machine.py", "from hkperp.cli.main import x", "cli.main stands below machine"),
    (VENUE + "machine.py", "import hkperp.loop.fills", ""),
    (VENUE + "loop/fills.py", "from hkperp.machine import x", "machine stands below loop.fills"),
    (VENUE + "loop/dispatch.py", "from hkperp.loop.fills import x", ""),
    (VENUE + "loop/dispatch.py", "from hkperp.loop import fills", ""),
    (VENUE + "loop/fills.py", "from hkperp.loop import dispatch", "dispatch stands below"),
    (VENUE + "loop/fills.py", "def f():\n    import hkperp.letters.parts", "fills.py:2:"),
    (VENUE + "loop/dispatch.py", "from hkperp import loop", "own package file"),
    (VENUE + "loop/dispatch.py", "from .fills import x", "relative import"),
    (VENUE + "loop/__init__.py", '"""Kernels."""', ""),
    (VENUE + "loop/__init__.py", "from hkperp.loop.fills import x", "imports nothing"),
    (VENUE + "loop/gizmo.py", "", "loop.gizmo is not in ORDER"),
    (VENUE + "fills.py", "", "fills is not in ORDER"),
    (CLEARING + "ledger.py", "from hkperp.loop import fills", "may not import hkperp"),
    (VENUE + "bench/tape.py", "from hkperp.bench.digest import x", ""),
    (VENUE + "bench/tape.py", "from hkperp.cli.main import x", "cli.main stands below bench"),
    ("tests/test_m.py", "import hkperp", ""),
]


@pytest.mark.parametrize(("path", "text", "expected"), PLANTED)
def test_planted(path: str, text: str, expected: str) -> None:
    found = list(violations(Source(path, text)))
    assert len(found) == bool(expected)
    assert expected in "".join(found)


def test_planted_cycle() -> None:
    first = Source("venue/hkperp/bench/a.py", "from hkperp.bench.b import x")
    second = Source("venue/hkperp/bench/b.py", "def f():\n    from hkperp.bench import a")
    assert cycle(module_graph([first, second])) == [
        "hkperp.bench.a",
        "hkperp.bench.b",
        "hkperp.bench.a",
    ]
    assert cycle(module_graph([first])) == []
