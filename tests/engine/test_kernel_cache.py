"""The cache of compiled code: what its key sees, whom it trusts, and what it throws away.

Loading from it is running it (numba stores pickles), so a folder that somebody else could have
written is refused (RELIABILITY section 4, cache poisoning).
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hkperp_engine import kernel_cache
from hkperp_engine.errors import StorageError

MODULE = "hkperp_engine.errors"
POSIX = pytest.mark.skipif(os.name != "posix", reason="modes and owners are POSIX's")


def forget() -> None:
    """Make the module look at the environment and the disk again."""
    kernel_cache.folder.cache_clear()
    kernel_cache._build_folder.cache_clear()
    kernel_cache._source_and_imports.cache_clear()


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache of our own, not yet created."""
    monkeypatch.setenv("HKPERP_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HKPERP_NO_CACHE", raising=False)
    monkeypatch.setattr(kernel_cache, "_in_use", {})
    forget()
    yield tmp_path / "cache"
    release()
    forget()


def release() -> None:
    """End the use of all folders, as the end of a process would."""
    for descriptor in kernel_cache._in_use.values():
        if descriptor is not None:
            os.close(descriptor)
    kernel_cache._in_use.clear()


def build_folder(root: Path) -> Path:
    import numba

    return root / f"numba-{numba.__version__}-production"


@POSIX
def test_folders_are_private(root: Path) -> None:
    """Whatever the caller's umask, and wherever in a new path."""
    before = os.umask(0)
    try:
        path = kernel_cache.folder("production", MODULE)
    finally:
        os.umask(before)
    assert path.parent == build_folder(root)
    assert path.name == f"{MODULE}-{kernel_cache.source_digest(MODULE)}"
    for made in (path, path.parent, root):
        assert made.stat().st_mode & 0o777 == 0o700


def linked_root(root: Path) -> None:
    elsewhere = root.parent / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    root.symlink_to(elsewhere)


def linked_build(root: Path) -> None:
    linked = root.parent / "elsewhere"
    linked.mkdir(mode=0o700)
    root.mkdir(mode=0o700)
    build_folder(root).symlink_to(linked)


def linked_module(root: Path) -> None:
    linked_build(root)
    build_folder(root).unlink()
    build_folder(root).mkdir(mode=0o700)
    digest = kernel_cache.source_digest(MODULE)
    (build_folder(root) / f"{MODULE}-{digest}").symlink_to(root.parent / "elsewhere")


def file_as_root(root: Path) -> None:
    root.write_text("")


def open_root(root: Path) -> None:
    root.mkdir()
    root.chmod(0o777)


def group_root(root: Path) -> None:
    root.mkdir()
    root.chmod(0o770)


def readable_build(root: Path) -> None:
    root.mkdir(mode=0o700)
    build_folder(root).mkdir()
    build_folder(root).chmod(0o755)


def open_module(root: Path) -> None:
    path = kernel_cache.folder("production", MODULE)
    forget()
    path.chmod(0o707)


def open_parent(root: Path) -> None:
    root.parent.chmod(0o777)


def foreign_root(root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of somebody else")
    root.mkdir(mode=0o700)
    os.chown(root, 12345, 12345)


def foreign_module(root: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a folder of somebody else")
    path = kernel_cache.folder("production", MODULE)
    forget()
    os.chown(path, 12345, 12345)


PLANTED = [
    (linked_root, "is a symbolic link"),
    (linked_build, "is a symbolic link"),
    (linked_module, "is a symbolic link"),
    (file_as_root, "is not a folder"),
    (open_root, "is open to other users; expected 0700, found 0777"),
    (group_root, "is open to other users; expected 0700, found 0770"),
    (readable_build, "is open to other users; expected 0700, found 0755"),
    (open_module, "is open to other users; expected 0700, found 0707"),
    (open_parent, "lies in a folder that everybody may change"),
    (foreign_root, "belongs to another user; expected user 0, found user 12345"),
    (foreign_module, "belongs to another user; expected user 0, found user 12345"),
]


@POSIX
@pytest.mark.parametrize(
    ("plant", "message"), PLANTED, ids=lambda value: getattr(value, "__name__", "")
)
def test_untrusted_folders_are_refused(
    root: Path, plant: Callable[[Path], None], message: str
) -> None:
    plant(root)
    with pytest.raises(StorageError) as refused:
        kernel_cache.folder("production", MODULE)
    text = str(refused.value)
    assert message in text
    assert text.startswith(str(root))
    assert "HKPERP_NO_CACHE=1" in text
    root.parent.chmod(0o700)


@POSIX
def test_sticky_parent_is_fine(root: Path) -> None:
    """/tmp is world-writable, but nobody can rename there what is not his."""
    root.parent.chmod(0o1777)
    assert kernel_cache.folder("production", MODULE).is_dir()


@POSIX
def test_a_readable_root_is_fine(root: Path) -> None:
    """A folder that the user made for HKPERP_CACHE has his usual mode; below it all is 0700."""
    root.mkdir()
    root.chmod(0o755)
    assert kernel_cache.folder("production", MODULE).is_dir()


def test_no_room_for_a_cache(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root.parent / "file").write_text("")
    monkeypatch.setenv("HKPERP_CACHE", str(root.parent / "file" / "cache"))
    with pytest.raises(StorageError, match=r"no cache folder: .*HKPERP_CACHE"):
        kernel_cache.folder("production", MODULE)


def test_default_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HKPERP_CACHE", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kernel_cache._root() == tmp_path / "hkperp"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert kernel_cache._root() == Path.home() / ".cache" / "hkperp"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert kernel_cache._root() == Path.home() / "Library" / "Caches" / "hkperp"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert kernel_cache._root() == tmp_path / "hkperp"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that imports in every way there is, in a cycle too."""
    files = {
        "__init__": "",
        "top": (
            "import hkperp_keys.plain\n"
            "import hkperp_keys.renamed as other\n"
            "from hkperp_keys import whole\n"
            "from hkperp_keys.part import NAME\n"
            "from . import near\n"
            "from .side import NAME as SIDE\n"
            "def late():\n"
            "    import hkperp_keys.late\n"
        ),
        "plain": "",
        "renamed": "import hkperp_keys.deep\n",
        "whole": "",
        "part": "NAME = 1\n",
        "near": "import hkperp_keys.top\n",
        "side": "NAME = 1\n",
        "deep": "",
        "late": "",
        "stranger": "",
    }
    folder = tmp_path / "hkperp_keys"
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    for name in files:
        importlib.import_module(f"hkperp_keys.{name}" if name != "__init__" else "hkperp_keys")
    yield folder
    for name in [name for name in sys.modules if name.startswith("hkperp_keys")]:
        del sys.modules[name]
    forget()


SEEN = ["top", "plain", "renamed", "whole", "part", "near", "side", "deep", "late", "__init__"]


def test_the_key_sees_what_is_imported(package: Path) -> None:
    forget()
    first = kernel_cache.source_digest("hkperp_keys.top")
    keys = {first}
    for name in SEEN:
        with (package / f"{name}.py").open("a") as file:
            file.write("# edited\n")
        forget()
        keys.add(kernel_cache.source_digest("hkperp_keys.top"))
    assert len(keys) == 1 + len(SEEN)
    with (package / "stranger.py").open("a") as file:
        file.write("# edited\n")
    forget()
    assert kernel_cache.source_digest("hkperp_keys.top") in keys


def test_the_key_sees_numbas_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code compiled with NUMBA_OPT=0 or NUMBA_BOUNDSCHECK=1 is other code."""
    numba = pytest.importorskip("numba")
    kernel_cache._settings.cache_clear()
    first = kernel_cache.source_digest(MODULE)
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    kernel_cache._settings.cache_clear()
    assert kernel_cache.source_digest(MODULE) != first
    monkeypatch.undo()
    kernel_cache._settings.cache_clear()
    assert kernel_cache.source_digest(MODULE) == first


def test_error_messages_do_not_recompile() -> None:
    """The decorator's own imports never reach compiled code."""
    for name in ("hkperp_engine.kernel", "hkperp_engine.kernel_cache"):
        importlib.import_module(name)
        source, imports = kernel_cache._source_and_imports(name)
        assert source
        assert not imports


def test_a_module_without_a_file_has_no_key(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import types

    monkeypatch.setitem(sys.modules, "hkperp_typed_in", types.ModuleType("hkperp_typed_in"))
    assert kernel_cache.source_digest("hkperp_typed_in") is None
    assert kernel_cache.folder("production", "hkperp_typed_in") is None
    assert not root.exists()


def states(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[Path]:
    """The folders of one module after a row of edits; each is used, the one before no more."""
    folders = []
    for name in names:
        release()
        forget()
        monkeypatch.setattr(kernel_cache, "source_digest", lambda _, name=name: name * 32)
        path = kernel_cache.folder("production", MODULE)
        os.utime(path, ns=(len(folders) * 10**9, len(folders) * 10**9))
        folders.append(path)
    return folders


@POSIX
def test_old_digests_are_pruned(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = build_folder(root) / f"{MODULE}_other-{'a' * 32}"
    linked = build_folder(root) / f"{MODULE}-{'9' * 32}"
    first = kernel_cache.folder("production", MODULE)
    other.mkdir()
    outside = root.parent / "outside"
    outside.mkdir()
    linked.symlink_to(outside)
    os.utime(first, ns=(0, 0))
    folders = states(monkeypatch, "a", "b", "c")
    assert [path.exists() for path in (first, *folders)] == [False, False, True, True]
    assert other.is_dir(), "a module whose name begins alike is another module"
    assert linked.is_symlink(), "links are not followed"
    assert outside.is_dir()


@POSIX
def test_a_folder_in_use_is_kept(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process may still have to save what it compiles."""
    (used,) = states(monkeypatch, "a")
    code = (
        "import sys; from pathlib import Path; from hkperp_engine import kernel_cache\n"
        "kernel_cache._claim(Path(sys.argv[1])); print('claimed', flush=True); sys.stdin.read()"
    )
    engine = Path(kernel_cache.__file__).parents[1]
    with subprocess.Popen(
        [sys.executable, "-c", code, str(used)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(engine)},
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"claimed\n"
        os.utime(used, ns=(0, 0))
        states(monkeypatch, "b", "c", "d", "e")
        assert used.is_dir()
        process.communicate()
    states(monkeypatch, "f")
    assert not used.exists(), "the lock ends with its process"


@POSIX
def test_pruned_while_being_claimed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between creating a folder and locking it, another process may remove it: then once more."""
    lock, calls = kernel_cache._lock, []

    def pruned_after_open(path: Path, *, exclusive: bool) -> int | None:
        descriptor = lock(path, exclusive=exclusive)
        calls.append(path)
        if len(calls) == 1:
            path.rmdir()
        return descriptor

    monkeypatch.setattr(kernel_cache, "_lock", pruned_after_open)
    path = kernel_cache.folder("production", MODULE)
    assert path.is_dir()
    assert len(calls) == 2
    assert kernel_cache._is_same(kernel_cache._in_use[path], path)
