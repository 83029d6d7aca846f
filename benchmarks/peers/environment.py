"""A throw-away environment with the peers in it, from a lock with hashes."""

import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from hkperp_engine.errors import CapacityError

__all__ = ["install", "orderly_core"]

_BENCHMARKS = Path(__file__).parents[1]
_LOCK = _BENCHMARKS / "requirements-peers.txt"
_TOOLS = _BENCHMARKS / "requirements-peers-build.txt"
_PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet", "--quiet")


def install(folder: Path) -> tuple[Path, dict[str, str]]:
    """Make an environment in `folder`; return its Python, and why each package is missing.

    First the tools that two of the peers are built with, then each peer by itself, so that one
    that cannot be had here does not keep the others away. Needs the network.
    """
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    _pip(python, "install", "--require-hashes", "-r", str(_TOOLS))
    missing = {}
    for lines in _requirements():
        file = folder / "one.txt"
        file.write_text(lines)
        said = _pip(
            python, "install", "--require-hashes", "--no-deps", "--no-build-isolation", "-r", file
        )
        if said:
            missing[lines.split("==")[0]] = said
    return python, missing


def orderly_core(python: Path, folder: Path) -> Path:
    """Compile the C++ core of orderly-chaos, whose headers are in its source package.

    Raises CapacityError where there is no C++ compiler or no source package.
    """
    compiler = next(
        (path for name in ("c++", "g++", "clang++") if (path := shutil.which(name))), ""
    )
    if not compiler:
        raise CapacityError("no C++ compiler was found", hint="install one that is called c++")
    locked = next(lines for lines in _requirements() if lines.startswith("orderly-chaos=="))
    with tempfile.TemporaryDirectory() as loaded:
        file = Path(loaded) / "one.txt"
        file.write_text(locked)
        said = _pip(
            *(python, "download", "--require-hashes", "--no-deps", "--no-build-isolation"),
            *("--no-binary=orderly-chaos", "-d", loaded, "-r", file),
        )
        archives = list(Path(loaded).glob("*.tar.gz"))
        if not archives:
            raise CapacityError(f"the source package of orderly-chaos: {said}")
        with tarfile.open(archives[0]) as archive:
            archive.extractall(folder, filter="data")
    (source,) = folder.glob("orderly_chaos-*")
    library = folder / "orderly_core.so"
    options = ["-O3", "-march=native", "-std=c++17", "-shared", "-fPIC"]
    options += [f"-I{source / 'include'}", f"-I{source / 'third_party/robin_map/include'}"]
    here = Path(__file__).parent / "orderly_core.cpp"
    subprocess.run([compiler, *options, str(here), "-o", str(library)], check=True)
    return library


def _requirements() -> list[str]:
    """Return the lock's entries, each with its hashes."""
    entries: list[str] = []
    for line in _LOCK.read_text().splitlines():
        if line.startswith((" ", "\t")):
            entries[-1] += line + "\n"
        elif line and not line.startswith("#"):
            entries.append(line + "\n")
    return entries


def _pip(python: Path, *words: object) -> str:
    """Run pip; return the last line of what went wrong, empty if nothing did."""
    command = [str(python), *_PIP, *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines()
    return "" if done.returncode == 0 else (lines[-1] if lines else "pip failed")
