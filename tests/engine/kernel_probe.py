"""A small package of kernels that tests compile, edit and spoil, in processes of their own."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENGINE = HERE.parents[1] / "engine"

PROBE = {
    "__init__.py": "",
    "constants.py": "STEP = 1\n",
    "callee.py": """\
from hkperp_engine.kernel import kernel
from hkperp_probe.constants import STEP
@kernel
def advance(ticks):
    return ticks + STEP
""",
    "caller.py": """\
from hkperp_engine.kernel import door
from hkperp_probe import callee
@door
def advance_twice(ticks):
    return callee.advance(callee.advance(ticks))
""",
    "__main__.py": """\
from hkperp_engine.kernel import compilation_progress, expected_kernel_count
from hkperp_probe.caller import advance_twice
names = []
with compilation_progress(lambda name, seconds, count: names.append((count, name))):
    ticks = advance_twice(10)
told = (f"{count}:{name.split('.', 1)[1]}" for count, name in names)
print(ticks, expected_kernel_count(), *told)
""",
}


def run(*arguments: str, folder: Path, check: bool = True, **environment: str) -> str:
    """Output of Python in `folder`, with a cache of its own there."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HKPERP_", "NUMBA_", "PYTHON", "COV"))
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=folder,
        env={
            **inherited,
            "PYTHONPATH": os.pathsep.join((str(ENGINE), str(folder))),
            # a .pyc is stale for a second after an edit that keeps the length
            "PYTHONDONTWRITEBYTECODE": "1",
            "HKPERP_CACHE": str(folder / "cache"),
            **environment,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode == 0) == check, done.stderr
    return done.stdout if check else done.stderr


def write_probe(folder: Path) -> Path:
    """A package of three modules, each depending on the next, and a program that runs it."""
    package = folder / "hkperp_probe"
    package.mkdir()
    for name, text in PROBE.items():
        (package / name).write_text(text)
    return package
