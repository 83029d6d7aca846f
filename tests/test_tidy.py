"""The style budget over the whole tree, and proof that each rule of it bites."""

import pytest

import tidy_rules
import tree
from tidy_rules import Rule, Source


def findings(rule: Rule, sources: list[Source]) -> list[str]:
    return [str(finding) for source in sources for finding in rule(source)]


@pytest.fixture(scope="module")
def python_files() -> list[Source]:
    return list(tree.python_files())


@pytest.fixture(scope="module")
def text_files() -> list[Source]:
    return list(tree.text_files())


@pytest.mark.parametrize("rule", tidy_rules.PYTHON_RULES, ids=lambda rule: rule.__name__)
def test_python_files(rule: Rule, python_files: list[Source]) -> None:
    found = findings(rule, python_files)
    assert not found, f"{rule.__doc__}\n" + "\n".join(found)


@pytest.mark.parametrize("rule", tidy_rules.TEXT_RULES, ids=lambda rule: rule.__name__)
def test_text_files(rule: Rule, text_files: list[Source]) -> None:
    found = findings(rule, text_files)
    assert not found, f"{rule.__doc__}\n" + "\n".join(found)


def test_tree_is_seen(python_files: list[Source]) -> None:
    """A listing that came back empty would pass every rule."""
    paths = {source.path for source in python_files}
    assert "tests/test_tidy.py" in paths
    assert {source.root for source in python_files} >= {"engine", "venue"}
    assert not [path for path in paths if "site-packages" in path]


def function(lines: int, decorator: str = "") -> str:
    return f'{decorator}def f():\n    """Why."""\n' + "    pass\n" * (lines - 1)


def parameters(count: int) -> str:
    return f"def f({', '.join(f'p{i}' for i in range(count))}): ...\n"


ENGINE, CLEARING, VENUE = "engine/p/m.py", "clearing/p/m.py", "venue/p/m.py"
UNITS, PRIMITIVES, TEST = "clearing/p/units.py", "engine/p/primitives.py", "tests/test_m.py"

# rule, where the snippet stands, the snippet, the line reported (0: it is allowed).
# The tilde is taken out before the rule reads it: else this file would break the rule itself.
PLANTED = [
    (tidy_rules.module_length, TEST, "pass\n" * 400, 0),
    (tidy_rules.module_length, TEST, "pass\n" * 401, 401),
    (tidy_rules.function_length, TEST, function(50), 0),
    (tidy_rules.function_length, TEST, function(51), 1),
    (tidy_rules.function_length, ENGINE, function(70, "@kernel\n"), 0),
    (tidy_rules.function_length, ENGINE, function(71, "@kernel\n"), 2),
    (tidy_rules.function_length, ENGINE, function(70, "@kernel.door()\n"), 0),
    (tidy_rules.line_length, TEST, "#" * 99, 0),
    (tidy_rules.line_length, TEST, "\n" + "#" * 100, 2),
    (tidy_rules.parameter_count, TEST, parameters(8), 0),
    (tidy_rules.parameter_count, TEST, parameters(9), 1),
    (tidy_rules.parameter_count, TEST, "def f(self, a, b, c, d, *e, f, g, **h): ...", 0),
    (tidy_rules.parameter_count, TEST, "def f(a, b, c, d, e, *f, g, h, **i): ...", 1),
    (tidy_rules.docstrings, VENUE, "x = 1", 1),
    (tidy_rules.docstrings, VENUE, '"""M."""\ndef f(): ...', 2),
    (tidy_rules.docstrings, VENUE, '"""M."""\n@kernel\ndef f(): ...', 3),
    (tidy_rules.docstrings, VENUE, '"""M."""\nclass C:\n    """C."""\n    def f(self): ...', 4),
    (tidy_rules.docstrings, VENUE, '"""M."""\nif True:\n    class C: ...', 3),
    (tidy_rules.docstrings, VENUE, '"""M."""\ndef _f(): ...\nclass _C:\n    def f(self): ...', 0),
    (tidy_rules.docstrings, VENUE, '"""M."""\ndef f():\n    """F."""\n    def g(): ...', 0),
    (tidy_rules.docstrings, TEST, "def f(): ...", 0),
    (tidy_rules.whole_numbers, ENGINE, "x = 1\ny = 0.5", 2),
    (tidy_rules.whole_numbers, CLEARING, "x = a / b", 1),
    (tidy_rules.whole_numbers, CLEARING, "x /= b", 1),
    (tidy_rules.whole_numbers, CLEARING, "x = a // b", 0),
    (tidy_rules.whole_numbers, ENGINE, "x = np.uint64(1)", 1),
    (tidy_rules.whole_numbers, ENGINE, "x = uint32(1)", 1),
    (tidy_rules.whole_numbers, ENGINE, "x = [('word', '<u8')]", 1),
    (tidy_rules.whole_numbers, PRIMITIVES, "x = np.uint64(1)", 0),
    (tidy_rules.whole_numbers, PRIMITIVES, "x = 1.0", 1),
    (tidy_rules.whole_numbers, "engine/p/kernel.py", "x = folder / 'name'", 0),
    (tidy_rules.whole_numbers, VENUE, "x = np.uint64(1) / 2.0", 0),
    (tidy_rules.money_product, CLEARING, "x = a * b // c", 1),
    (tidy_rules.money_product, CLEARING, "x = (\n    (a * b)\n    // c)", 2),
    (tidy_rules.money_product, CLEARING, "x = a * (b // c)", 0),
    (tidy_rules.money_product, UNITS, "x = a * b // c", 0),
    (tidy_rules.money_product, ENGINE, "x = a * b // c", 0),
    (tidy_rules.unsafe_code, TEST, "import os, pickle", 1),
    (tidy_rules.unsafe_code, TEST, "from marshal import loads", 1),
    (tidy_rules.unsafe_code, TEST, "import shelve as box", 1),
    (tidy_rules.unsafe_code, TEST, "def f():\n    import msgspec.yaml", 2),
    (tidy_rules.unsafe_code, TEST, "from msgspec import yaml", 1),
    (tidy_rules.unsafe_code, TEST, "x = msgspec.yaml.decode(b)", 1),
    (tidy_rules.unsafe_code, TEST, "x = yaml.load(text, Loader)", 1),
    (tidy_rules.unsafe_code, TEST, "x = yaml.parse(text)", 0),
    (tidy_rules.unsafe_code, TEST, "eval('1')", 1),
    (tidy_rules.unsafe_code, TEST, "exec('1')", 1),
    (tidy_rules.unsafe_code, TEST, "builtins.exec('1')", 1),
    (tidy_rules.unsafe_code, TEST, "np.load(path, allow_pickle=True)", 1),
    (tidy_rules.unsafe_code, TEST, "np.load(path, allow_pickle=False)", 0),
    (tidy_rules.own_time, "funding/p/m.py", "import os\nimport time", 2),
    (tidy_rules.own_time, ENGINE, "from datetime import UTC", 1),
    (tidy_rules.own_time, ENGINE, "from hkperp_engine import time", 0),
    (tidy_rules.own_time, "engine/p/kernel.py", "import time", 0),
    (tidy_rules.own_time, VENUE, "import time", 0),
    (tidy_rules.exemptions, TEST, "x = 1  # no~qa", 1),
    (tidy_rules.exemptions, TEST, "x = 1  # no~qa: E501", 0),
    (tidy_rules.exemptions, TEST, "x = 1  # type~: ignore", 1),
    (tidy_rules.exemptions, TEST, "x = 1  # type~: ignore[attr-defined]", 0),
    (tidy_rules.exemptions, TEST, "x = '# no~qa'", 0),
    (tidy_rules.left_over, "README.md", "done\nTO~DO: the rest", 2),
    (tidy_rules.left_over, TEST, "x = 1  # FIX~ME", 1),
    (tidy_rules.left_over, TEST, "mastodon = 'todo'", 0),
    (tidy_rules.machine_path, "Makefile", "x := /ho~me/alice/x", 1),
    (tidy_rules.machine_path, "Makefile", "x := /wo~rk/main", 1),
    (tidy_rules.machine_path, "Makefile", "x := ../wo~rk/main and docs/home/page", 0),
    (tidy_rules.registry_host, "requirements/x.txt", "\nhttps://py~pi.org/simple", 2),
    (tidy_rules.registry_host, "docs/x.md", "files.python~hosted.org", 1),
    (tidy_rules.registry_host, "docs/x.md", "https://keepachangelog.com", 0),
]


@pytest.mark.parametrize(
    ("rule", "path", "text", "line"), PLANTED, ids=[row[0].__name__ for row in PLANTED]
)
def test_planted(rule: Rule, path: str, text: str, line: int) -> None:
    found = list(rule(Source(path, text.replace("~", ""))))
    assert [finding.line for finding in found] == ([line] if line else [])
    assert all(str(finding).startswith(f"{path}:{line}: ") for finding in found)


def test_every_rule_is_planted() -> None:
    """A new rule without a snippet that it reports is a rule nobody has seen work."""
    biting = {rule for rule, _, _, line in PLANTED if line}
    assert biting == {*tidy_rules.PYTHON_RULES, *tidy_rules.TEXT_RULES}
