"""Where compiled kernels are kept: one private folder per module and state of its sources.

numba stamps a cached function with the text of its own file only: after an edit of a callee, an
enum or a constant in another file it would load stale code. So the folder's name carries a digest
of the module's source and, transitively, of the project modules it imports:

    <cache>/numba-<version>-<build>/<module>-<digest>/

`HKPERP_CACHE` names <cache>; the default is the user's cache folder (`~/.cache/hkperp` on Linux).
What numba stores is a pickle: loading one is running it. So a folder that somebody else could
write to is refused, never used. `HKPERP_NO_CACHE=1` compiles every time and touches no disk.
"""

import ast
import contextlib
import functools
import hashlib
import importlib.util
import os
import shutil
import stat
import sys
from pathlib import Path

from hkperp_engine.errors import InputError, StorageError

__all__ = ["default_root", "folder", "source_digest"]

#: Top-level names that belong to the project begin with this.
_PROJECT_PREFIX = "hkperp"

#: Modules whose imports never reach compiled code: only their own text counts. Without this, an
#: edit of an error message would recompile everything.
_LEAVES = ("hkperp_engine.kernel", "hkperp_engine.kernel_cache", "hkperp_engine.kernel_file")

#: Digests kept of one module: the current one and the one before, for going back after an edit.
_DIGESTS_KEPT = 2

_HINT = "remove it, name another folder in HKPERP_CACHE, or set HKPERP_NO_CACHE=1"

#: Open folders of this process, each under a shared lock until the process ends.
_in_use = {}


@functools.cache
def folder(build, module):
    """Return the private folder (Path) for the kernels of `module`, or None: do not cache.

    Creates it, marks it as in use, and prunes old digests of the same module when it is new.
    None if HKPERP_NO_CACHE=1, or if the module has no source file (a prompt, `python -c`).
    Raises StorageError if a folder on the way could be written by somebody else.
    """
    if not _is_wanted():
        return None
    digest = source_digest(module)
    if digest is None:
        return None
    parent = _build_folder(build)
    path = parent / f"{module}-{digest}"
    is_new = not path.exists()
    _claim(path)
    if is_new:
        _prune(parent, module)
    return path


def source_digest(module):
    """Return 32 hex digits over the sources `module` depends on, or None if it has no file.

    Followed are the modules that it imports by `import` statements, transitively, as far as they
    belong to the project or to the module's own top-level package. O(lines), each file once.
    """
    ours = (_PROJECT_PREFIX, module.partition(".")[0] + ".")
    found, pending = {}, [module]
    while pending:
        name = pending.pop()
        if name in found:
            continue
        source, imports = _source_and_imports(name)
        if source is None:
            if name == module:
                return None
            continue
        found[name] = source
        pending.extend(n for n in imports if n.startswith(ours) and n in sys.modules)
    parts = [f"{name}\0{found[name]}\0" for name in sorted(found)]
    return hashlib.sha256("".join([_settings(), *parts]).encode()).hexdigest()[:32]


@functools.cache
def _source_and_imports(module):
    """Return the SHA-256 of a module's source file and the names that it may import.

    Read from the file while the importing module is being loaded, so it is what was loaded, but
    for an edit within that moment; numba's own key holds each function's bytecode besides.
    """
    loaded = sys.modules[module]
    # A script started by its path has no __spec__, but has a __file__.
    path = getattr(loaded, "__file__", None)
    if path is None or not os.path.isfile(path) or not path.endswith(".py"):
        return None, ()
    source = Path(path).read_bytes()
    names: set[str] = set()
    if module not in _LEAVES:
        package = getattr(loaded, "__package__", None) or ""
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    base = importlib.util.resolve_name("." * node.level + base, package)
                # `from package import name`: name may be a module or not; sys.modules knows.
                names.add(base)
                names.update(f"{base}.{alias.name}" for alias in node.names)
    return hashlib.sha256(source).hexdigest(), frozenset(names - {module})


@functools.cache
def _settings():
    """Return numba's own switches that change the code it makes, as text."""
    from numba import config

    names = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "LOOP_VECTORIZE", "SLP_VECTORIZE")
    return " ".join(f"{name}={getattr(config, name, None)}" for name in names)


def _is_wanted():
    """Tell whether the environment lets us keep compiled code."""
    switch = os.environ.get("HKPERP_NO_CACHE", "")
    if switch not in ("", "0", "1"):
        raise InputError(
            f"unknown value {switch!r}",
            source="environment",
            path="HKPERP_NO_CACHE",
            hint="1 to compile every time, 0 or nothing to keep compiled code",
        )
    return switch != "1"


def _root():
    """Return the folder that holds all caches of the project; it need not exist yet."""
    named = os.environ.get("HKPERP_CACHE")
    return Path(named).absolute() if named else default_root()


def default_root():
    """Return the folder in the user's cache folder that is taken when HKPERP_CACHE names none."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "hkperp"


@functools.cache
def _build_folder(build):
    """Create and check everything above the module folders; return the build's folder."""
    import numba

    root = _root()
    with _refusing(root):
        root.parent.mkdir(parents=True, exist_ok=True)
    _require_safe_parents(root)
    _require_private(root, writable_by_others=0o022)
    path = root / f"numba-{numba.__version__}-{build}"
    _require_private(path)
    return path


def _require_private(path, writable_by_others=0o077):
    """Create `path` with mode 0700, or refuse one that is not ours alone.

    `writable_by_others` are the mode bits that must be clear. Nothing is repaired: what is in the
    folder may already be somebody else's.
    """
    with _refusing(path):
        with contextlib.suppress(FileExistsError):
            path.mkdir(mode=0o700)
        state = path.lstat()
    if not stat.S_ISDIR(state.st_mode):  # a link is not a folder here: lstat does not follow it
        kind = "a symbolic link" if stat.S_ISLNK(state.st_mode) else "not a folder"
        raise StorageError(f"cache folder is {kind}", source=path, hint=_HINT)
    if os.name != "posix":
        return  # elsewhere the mode bits say nothing; the user's profile is private by default
    if state.st_uid != os.geteuid():
        raise StorageError(
            "cache folder belongs to another user",
            source=path,
            expected=f"user {os.geteuid()}",
            found=f"user {state.st_uid}",
            hint=_HINT,
        )
    if state.st_mode & writable_by_others:
        raise StorageError(
            "cache folder is open to other users",
            source=path,
            expected="0700",
            found=f"{stat.S_IMODE(state.st_mode):04o}",
            hint=_HINT,
        )


def _require_safe_parents(root):
    """Refuse a root below a folder in which anybody may rename it (world-writable, not sticky)."""
    if os.name != "posix":
        return
    for parent in root.parent.resolve().joinpath(root.name).parents:
        mode = parent.stat().st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            raise StorageError(
                "cache folder lies in a folder that everybody may change",
                source=root,
                found=f"{stat.S_IMODE(mode):04o} on {parent}",
                hint=_HINT,
            )


@contextlib.contextmanager
def _refusing(path):
    """Turn an operating system's error about `path` into one that tells what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise StorageError(f"no cache folder: {reason}", source=path, hint=_HINT) from error


def _claim(path):
    """Create and check a module folder, and lock it so that no process prunes it under us."""
    while True:
        _require_private(path)
        descriptor = _lock(path, exclusive=False)
        # Between the two steps another process may have pruned it: then lock a new one.
        if descriptor is None or _is_same(descriptor, path):
            break
        os.close(descriptor)
    with contextlib.suppress(OSError):
        os.utime(path)  # "newest" below means used last
    _in_use[path] = descriptor


def _prune(parent, module):
    """Remove the old digests of `module` that no process uses; keep the newest."""
    old = []
    for path in parent.iterdir():
        name, _, digest = path.name.rpartition("-")
        if name == module and len(digest) == 32 and not path.is_symlink():
            with contextlib.suppress(OSError):  # another process may prune at the same time
                old.append((path.stat().st_mtime_ns, path))
    for _, path in sorted(old, reverse=True)[_DIGESTS_KEPT:]:
        descriptor = _lock(path, exclusive=True)
        if descriptor is not None:
            shutil.rmtree(path, ignore_errors=True)
            os.close(descriptor)


def _lock(path, *, exclusive):
    """Return a descriptor of `path` under a lock, or None if that cannot be had now.

    The lock goes away with the process, however it ends. Where folders cannot be locked (Windows),
    nothing is locked and so nothing is pruned.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if exclusive else fcntl.LOCK_SH)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _is_same(descriptor, path):
    """Tell whether `path` still is the folder that was opened as `descriptor`."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except OSError:
        return False
