"""Which module may import which: down the lists below and never up, so there is no cycle.

The lists are the architecture (docs/decisions/0002). A new module takes its place in its list by
what it needs: everything above it is open to it, nothing below is. A cycle of packages or of
modules is where a change in one place starts to break another.
"""

import ast
from collections.abc import Iterator
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
        config quantities proof_gate proof_default proof rule_registry regimes presets accounts
        dates professional retail_eligibility benchmark_attestation governance gate_commands
        commands book_events gate_events events gate_encoders command_encoders book_decoders
        event_decoders gate_decoders message_rows messages marketdata marketdata_shown
        marketdata_feed marketdata_book state fills trading amending market final_settlement
        winding monitor marking takeover closeout vault house_money issuer gate desk busting
        dispatch machine machine_memory inspection inspection_queue
        inspection_refusal account_rows venue journal strict_yaml scenario_record scenario_gate
        scenario_evidence scenario_governance scenario_reference scenario_market scenario_actors
        scenario_gate_entries scenario_timeline scenario_types settings price_path
        explained_parts expectations record_checks timeline_checks actor_checks
        governance_checks scenario_checks scenario draws population timeline_entries timeline
        agents flow busts wording tally results decisions explained refusal_record figures_gate
        figures_default figures tables run_folder replay summary_gate summary_lines summary
        statement_types statement letter_figures letter_parts
        letter_assets letter_vault letter_positions letter_index letter_products letter_market
        letter_standing letter_prices letter_losses letter_inputs letter_haircut letter_deleverage
        letter_default notices_gate notices_refusals notices letter explain
        progress doctor bench cli_statement cli_replay cli_machine cli_rules price_series
        stress_windows funding_record backtest_report cli_backtest stress_library stress_script
        stress_outcome stress_pool stress_cover stress_daily stress_reverse stress_snapshot
        stress_report stress_files stress_days cli_stress drill_types drill_pick drill_script
        drill_fold drill_run drill_times drill_checks drill_timeline drill_figures drill_report
        drill_files drill_all cli_drill cli __main__
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
    return parts[1], "" if parts[2] == "__init__" else parts[2]


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
                target = rest[0] if rest and rest[0] in ORDER[package] else ""
                yield Import(node.lineno, package, target, ".".join((package, *rest)))


def violations(source: Source) -> Iterator[str]:
    """What a file imports, or is called, against the lists."""
    placed = place(source)
    if placed is None:
        return
    package, module = placed
    order = ORDER[package]
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
    (VENUE + "machine.py", "from hkperp.cli import x", "cli stands below machine"),
    (VENUE + "bench/tape.py", "from hkperp.bench.digest import x", ""),
    (VENUE + "bench/tape.py", "from hkperp.cli import x", "cli stands below bench"),
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
