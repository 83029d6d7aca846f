"""What a user gets: the wheel, the sdist, and a first import that costs nothing."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import tree

PACKAGES = {"hkperp_engine", "hkperp_funding", "hkperp_clearing", "hkperp"}
SOURCE_FOLDERS = {
    "hkperp_engine": "engine",
    "hkperp_funding": "funding",
    "hkperp_clearing": "clearing",
    "hkperp": "venue",
}


def python(*arguments: str, cwd: Path, **environment: str) -> str:
    """Run this interpreter and return what it printed; a failure shows both its streams."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, f"{arguments}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(target: str, folder: Path) -> Path:
    """Build with the hatchling of this environment: no isolation, so no network."""
    python("-m", "hatchling", "build", "-t", target, "-d", str(folder), cwd=tree.ROOT)
    [built] = folder.iterdir()
    return built


def present_packages() -> set[str]:
    """The packages that have sources."""
    return {
        name
        for name, root in SOURCE_FOLDERS.items()
        if (tree.ROOT / root / name / "__init__.py").is_file()
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone in a folder: its dependencies come from this environment."""
    site = tmp_path_factory.mktemp("site")
    options = ["--quiet", "--no-deps", "--no-index", "--no-compile", "--target", str(site)]
    python("-m", "pip", "install", *options, str(wheel), cwd=site)
    return site


def test_wheel_holds_the_packages_only(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = [PurePosixPath(name) for name in archive.namelist()]
    tops = {name.parts[0] for name in names}
    [metadata] = tops - PACKAGES
    assert metadata.endswith(".dist-info")
    assert tops - {metadata} == present_packages()
    assert wheel.name.endswith("-py3-none-any.whl")

    # Caches of compiled kernels are pickles: none is ever shipped.
    endings = {name.suffix for name in names if name.parts[0] in PACKAGES}
    assert not endings & {".pyc", ".nbi", ".nbc", ".so"}
    assert {name.name for name in names if name.parts[0] == metadata} >= {"LICENSE", "METADATA"}


def test_wheel_holds_every_source(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.endswith(".py")}
    sources = {
        source.path.partition("/")[2]
        for source in tree.python_files()
        if source.root in SOURCE_FOLDERS.values()
    }
    assert shipped == sources


def test_sdist_can_be_tested_and_built(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path)) as archive:
        names = [PurePosixPath(member.name) for member in archive.getmembers()]
    [top] = {name.parts[0] for name in names}
    assert top.startswith("hkperp-")
    inside = {"/".join(name.parts[1:]) for name in names}
    tracked = {source.path for source in tree.text_files()}
    wanted = {"pyproject.toml", "LICENSE", "Makefile", "requirements/test.txt", "PKG-INFO"}
    assert wanted <= inside
    assert {path for path in tracked if path.startswith(("tests/", "venue/"))} <= inside
    assert not [
        name for name in inside if "__pycache__" in name or name.startswith((".venv", "out/"))
    ]


HOST = """
import sys
from pathlib import Path

import clearing, engine
import hkperp, hkperp_engine

assert (engine.OWNER, clearing.OWNER) == ("the host", "the host")
for name in sys.argv[2:]:
    found = Path(__import__(name).__file__).resolve()
    assert found.is_relative_to(Path(sys.argv[1]).resolve()), (name, found)
print("both work")
"""


def test_beside_a_host_with_the_same_folder_names(installed: Path, tmp_path: Path) -> None:
    """A project with `engine` and `clearing` packages of its own keeps them, and gets ours."""
    for name in ("engine", "clearing"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text('OWNER = "the host"\n')
    (tmp_path / "host.py").write_text(HOST)
    paths = os.pathsep.join([str(tmp_path), str(installed)])
    arguments = ["host.py", str(installed), *sorted(present_packages())]
    assert python(*arguments, cwd=tmp_path, PYTHONPATH=paths) == "both work\n"


FIRST_WORDS = """
import runpy, sys

sys.argv = ["hkperp", *sys.argv[1:]]
try:
    if sys.argv[1:]:
        runpy.run_module("hkperp", run_name="__main__")
    else:
        import hkperp
except SystemExit as stop:
    assert not stop.code, stop.code
heavy = {name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite", "numpy"}
print("heavy:", sorted(heavy))
"""


@pytest.mark.parametrize("arguments", [[], ["--help"]], ids=["import", "help"])
def test_first_words_are_cheap(arguments: list[str], installed: Path, tmp_path: Path) -> None:
    """`import hkperp` and `--help` answer before a compiler is loaded."""
    said = python("-c", FIRST_WORDS, *arguments, cwd=tmp_path, PYTHONPATH=str(installed))
    assert said.splitlines()[-1] == "heavy: []"


def test_module_and_command_are_one_door(installed: Path, tmp_path: Path) -> None:
    said = python("-m", "hkperp", "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "hkperp" in said
    [entry_points] = installed.glob("hkperp-*.dist-info/entry_points.txt")
    assert "hkperp = hkperp.__main__:main" in entry_points.read_text()
