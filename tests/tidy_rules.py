"""The style budget as functions: each takes one file and yields what breaks a rule.

`test_tidy.py` runs them over the tree and, as often, over planted snippets: a rule that reports
nothing is worth having only if it is known to bite.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

PACKAGE_ROOTS = ("engine", "funding", "clearing", "venue")
MONEY_ROOTS = ("engine", "clearing")  # whole numbers only: a rounding must be a named decision
MACHINERY = {"kernel", "kernel_cache"}  # they join paths and count seconds, never quantities

MODULE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
KERNEL_LINES_MAX = 70  # numba optimises a callee again in each caller: fewer, longer kernels
LINE_COLUMNS_MAX = 99
PARAMETERS_MAX = 8  # more: pass the record

BANNED_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
BANNED_CLOCKS = {"time", "datetime", "random", "secrets", "uuid"}
BANNED_CALLS = {"eval", "exec"}
BANNED_YAML = {"load", "load_all", "unsafe_load", "full_load", "safe_load"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Finding(NamedTuple):
    """One broken rule: where, and which."""

    path: str
    line: int
    rule: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}"


class Source(NamedTuple):
    """One file: its path from the root of the repository, with slashes, and its text."""

    path: str
    text: str

    @property
    def root(self) -> str:
        """The top folder: `engine`, `tests`, or the file's own name at the top."""
        return PurePosixPath(self.path).parts[0]

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.path).stem

    def nodes(self) -> Iterator[ast.AST]:
        """Every node of the parsed text."""
        yield from ast.walk(ast.parse(self.text))

    def functions(self) -> Iterator[Function]:
        """Every function and method, nested ones too."""
        for node in self.nodes():
            if isinstance(node, Function):
                yield node

    def comments(self) -> Iterator[tuple[int, str]]:
        """Line number and text of each comment; what looks like one in a string is not one."""
        for token in tokenize.generate_tokens(io.StringIO(self.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


Rule = Callable[[Source], Iterator[Finding]]


def decorator_names(function: Function) -> set[str]:
    """Last part of each decorator's name: `kernel` for `@kernel` and `@module.kernel(...)`."""
    names = set()
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call):
            decorator = decorator.func
        if isinstance(decorator, ast.Attribute):
            names.add(decorator.attr)
        elif isinstance(decorator, ast.Name):
            names.add(decorator.id)
    return names


def code_lines(function: Function) -> int:
    """Lines from `def` to the end; a docstring is documentation and is not counted."""
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return total
    docstring = function.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def module_length(source: Source) -> Iterator[Finding]:
    """A module that fits in one sitting."""
    count = len(source.text.splitlines())
    if count > MODULE_LINES_MAX:
        yield Finding(source.path, count, f"module of {count} lines, at most {MODULE_LINES_MAX}")


def function_length(source: Source) -> Iterator[Finding]:
    """A function that fits on one screen; a kernel may be longer."""
    for function in source.functions():
        is_kernel = bool(decorator_names(function) & {"kernel", "inlined", "door"})
        limit = KERNEL_LINES_MAX if is_kernel else FUNCTION_LINES_MAX
        count = code_lines(function)
        if count > limit:
            rule = f"function {function.name} of {count} lines of code, at most {limit}"
            yield Finding(source.path, function.lineno, rule)


def line_length(source: Source) -> Iterator[Finding]:
    """Two files side by side on one screen."""
    for number, line in enumerate(source.text.splitlines(), 1):
        if len(line) > LINE_COLUMNS_MAX:
            rule = f"line of {len(line)} columns, at most {LINE_COLUMNS_MAX}"
            yield Finding(source.path, number, rule)


def parameter_count(source: Source) -> Iterator[Finding]:
    """More parameters than a reader can hold: pass the record.

    A constructor's keyword-only arguments with a default do not count: whoever gives one names it.
    """
    for function in source.functions():
        args = function.args
        named = [
            a
            for a, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)
            if default is None or function.name != "__init__"
        ]
        names = [a.arg for a in (*args.posonlyargs, *args.args, *named)]
        names += [a.arg for a in (args.vararg, args.kwarg) if a]
        count = len([name for name in names if name not in ("self", "cls")])
        if count > PARAMETERS_MAX:
            rule = f"function {function.name} of {count} parameters, at most {PARAMETERS_MAX}"
            yield Finding(source.path, function.lineno, rule)


def docstrings(source: Source) -> Iterator[Finding]:
    """Every public name of the four packages says what it is for."""
    if source.root not in PACKAGE_ROOTS:
        return
    tree = ast.parse(source.text)
    if not ast.get_docstring(tree):
        yield Finding(source.path, 1, "module without a docstring")
    yield from _docstrings_inside(source.path, tree)


def _docstrings_inside(path: str, parent: ast.AST) -> Iterator[Finding]:
    """Walk classes and branches, but not into functions: what is inside those is private."""
    for node in ast.iter_child_nodes(parent):
        if not isinstance(node, Function | ast.ClassDef):
            yield from _docstrings_inside(path, node)
            continue
        is_repeat = isinstance(node, Function) and decorator_names(node) & {"overload", "setter"}
        if node.name.startswith("_") or is_repeat:
            continue
        if not ast.get_docstring(node):
            yield Finding(path, node.lineno, f"public name {node.name} without a docstring")
        if isinstance(node, ast.ClassDef):
            yield from _docstrings_inside(path, node)


def whole_numbers(source: Source) -> Iterator[Finding]:
    """No fraction and no unsigned number where money and quantities are counted."""
    if source.root not in MONEY_ROOTS or source.stem in MACHINERY:
        return
    for node in source.nodes():
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield Finding(source.path, line, f"float literal {node.value!r}")
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield Finding(source.path, line, "true division: use // and name the direction")
        elif source.stem != "primitives" and _is_unsigned(node):
            yield Finding(source.path, line, "uint: with int64 it is float64 when not compiled")


def _is_unsigned(node: ast.AST) -> bool:
    if isinstance(node, ast.Name):
        return node.id.startswith("uint")
    if isinstance(node, ast.Attribute):
        return node.attr.startswith("uint")
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return is_text and re.fullmatch(r"[<>=|]?u8|uint\d*", node.value) is not None


def money_product(source: Source) -> Iterator[Finding]:
    """`a * b // c` on money overflows where mul_div does not; the units module defines that."""
    if source.root != "clearing" or source.stem == "units":
        return
    for node in source.nodes():
        if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv)):
            continue
        if isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Mult):
            yield Finding(source.path, node.lineno, "a * b // c: use mul_div, it cannot overflow")


def unsafe_code(source: Source) -> Iterator[Finding]:
    """Nothing that runs, or builds objects from, what somebody else wrote."""
    for node in source.nodes():
        line = getattr(node, "lineno", 0)
        for name in _imported(node):
            if name.partition(".")[0] in BANNED_MODULES or name == "msgspec.yaml":
                yield Finding(source.path, line, f"import of {name}")
                break
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner, name = node.value.id, node.attr
            is_loader = owner == "yaml" and name in BANNED_YAML
            if is_loader or (owner, name) == ("msgspec", "yaml") or _is_builtin(owner, name):
                yield Finding(source.path, line, f"use of {owner}.{name}")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in BANNED_CALLS:
                yield Finding(source.path, line, f"call of {node.func.id}")
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
            if not (isinstance(node.value, ast.Constant) and node.value.value is False):
                yield Finding(source.path, node.value.lineno, "allow_pickle other than False")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def _is_builtin(owner: str, name: str) -> bool:
    return owner == "builtins" and name in BANNED_CALLS


def own_time(source: Source) -> Iterator[Finding]:
    """Below the venue time and chance come with a command, or a replay differs from the day."""
    if source.root not in PACKAGE_ROOTS[:-1] or source.stem in MACHINERY:
        return
    for node in source.nodes():
        for name in _imported(node):
            if name in BANNED_CLOCKS:
                yield Finding(source.path, getattr(node, "lineno", 0), f"import of {name}")


def exemptions(source: Source) -> Iterator[Finding]:
    """An exemption names the rule it sets aside, or it hides the next mistake as well."""
    for number, comment in source.comments():
        if re.search(r"\bnoqa\b(?!:\s*[A-Z]+\d+)", comment):
            yield Finding(source.path, number, "noqa without the code of a rule")
        if re.search(r"\btype:\s*ignore\b(?!\[[a-z-]+)", comment):
            yield Finding(source.path, number, "type: ignore without the code of a rule")


# A letter in brackets keeps this file from being its own first finding.
_LEFT_OVER = re.compile(r"\b(?:TOD[O]|FIXM[E]|XX[X])\b")
_MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:work|root|home|Users)/[\w.]|/opt/(?:wheels|pypi)|[A-Z]:\\Users|\.pyen[v]/"
)
_REGISTRY = re.compile(
    r"(?:pypi|pythonhosted|npmjs|yarnpkg|debian|anaconda)\.org|proxy\.golang|crates\.io",
    re.IGNORECASE,
)


def left_over(source: Source) -> Iterator[Finding]:
    """Unfinished work belongs in an issue."""
    yield from _matching(source, _LEFT_OVER, "left-over mark")


def machine_path(source: Source) -> Iterator[Finding]:
    """A path of somebody's machine works on that machine."""
    yield from _matching(source, _MACHINE_PATH, "path of one machine")


def registry_host(source: Source) -> Iterator[Finding]:
    """Where packages come from is the reader's choice; the hashes make it safe."""
    yield from _matching(source, _REGISTRY, "address of a package registry")


def _matching(source: Source, pattern: re.Pattern[str], rule: str) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), 1):
        if found := pattern.search(line):
            yield Finding(source.path, number, f"{rule}: {found[0]}")


PYTHON_RULES: tuple[Rule, ...] = (
    module_length,
    function_length,
    line_length,
    parameter_count,
    docstrings,
    whole_numbers,
    money_product,
    unsafe_code,
    own_time,
    exemptions,
)
TEXT_RULES: tuple[Rule, ...] = (left_over, machine_path, registry_host)
