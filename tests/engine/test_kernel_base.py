"""The kernel decorator in processes of their own: builds, the cache that notices edits, counting.

What needs no compilation is in test_kernel_cache.py.
"""

from pathlib import Path

import pytest

from hkperp_engine import kernel as kernel_module
from hkperp_engine.kernel import BUILD, expected_kernel_count, kernel, registered_kernels
from kernel_probe import HERE, run, write_probe


@pytest.fixture
def probe(tmp_path: Path) -> Path:
    return write_probe(tmp_path)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def digests(folder: Path, module: str) -> int:
    """How many digests of a module the cache holds."""
    return len(list(folder.glob(f"cache/numba-*-production/{module}-*")))


def test_three_builds_agree(tmp_path: Path) -> None:
    """The `python` build runs under -W error, so that it also proves: nothing overflows."""
    corpus = str(HERE / "kernel_corpus.py")
    outputs = {
        build: run(corpus, folder=tmp_path, HKPERP_BUILD=build).split()
        for build in ("python", "checked", "production")
    }
    assert [words[:2] for words in outputs.values()] == [
        ["python", "False"],
        ["checked", "True"],
        ["production", "True"],
    ]
    assert len({tuple(words[2:]) for words in outputs.values()}) == 1
    built = {path.name.rsplit("-", 1)[1] for path in (tmp_path / "cache").iterdir()}
    assert built == {"checked", "production"}, "each compiled build has a folder of its own"


def test_edits_in_other_files_are_noticed(probe: Path) -> None:
    """A constant, a callee, the caller: each edit shows, and only what must is compiled again."""
    both = "1:callee.advance 2:caller.advance_twice"
    folder = probe.parent
    assert run("-m", "hkperp_probe", folder=folder).split() == ["12", "2", *both.split()]
    # unchanged: the door comes whole from the cache, nothing is compiled or even counted
    assert run("-m", "hkperp_probe", folder=folder).split() == ["12", "1"]

    edit(probe / "constants.py", "STEP = 1", "STEP = 5")
    assert run("-m", "hkperp_probe", folder=folder).split() == ["20", "2", *both.split()]
    edit(probe / "callee.py", "ticks + STEP", "ticks * STEP")
    assert run("-m", "hkperp_probe", folder=folder).split() == ["250", "2", *both.split()]
    # the callee does not depend on its caller: it is loaded, the caller is compiled
    edit(probe / "caller.py", "callee.advance(ticks))", "callee.advance(ticks)) + 1")
    assert run("-m", "hkperp_probe", folder=folder).split() == [
        "251",
        "1",
        "1:caller.advance_twice",
    ]
    # back to what was: the state before the edit is still there
    edit(probe / "caller.py", "callee.advance(ticks)) + 1", "callee.advance(ticks))")
    assert run("-m", "hkperp_probe", folder=folder).split() == ["250", "1"]
    # four states of the caller were seen and two are kept
    assert digests(folder, "hkperp_probe.caller") == 2


def test_numba_alone_does_not_notice(probe: Path) -> None:
    """The control: without the digest, the same edit gives the stale result."""
    for name in ("callee.py", "caller.py"):
        path = probe / name
        text = path.read_text().replace("from hkperp_engine.kernel import ", "import numba #")
        text = text.replace("@kernel", "@numba.njit(cache=True)")
        path.write_text(text.replace("@door", "@numba.njit(cache=True)"))
    folder, own = probe.parent, {"NUMBA_CACHE_DIR": str(probe.parent / "host")}
    assert run("-m", "hkperp_probe", folder=folder, **own).split()[0] == "12"
    edit(probe / "constants.py", "STEP = 1", "STEP = 5")
    assert run("-m", "hkperp_probe", folder=folder, **own).split()[0] == "12"


HOST = """\
import numba
from pathlib import Path
@numba.njit(cache=True)
def before(x): return x + 1
from hkperp_probe.caller import advance_twice
@numba.njit(cache=True)
def after(x): return x + 2
before(1), after(1), advance_twice(1)
host, ours = Path(numba.config.CACHE_DIR), Path("cache").resolve()
assert host.name == "host", host
for function in (before, after):
    assert Path(function.stats.cache_path).is_relative_to(host)
assert Path(advance_twice.stats.cache_path).is_relative_to(ours)
print(len(list(host.rglob("*.nbc"))), len(list(ours.rglob("*.nbc"))))
"""


def test_the_host_keeps_its_cache_folder(probe: Path) -> None:
    """What the host program compiles, before or after, goes where it went without us."""
    folder = probe.parent
    (folder / "host.py").write_text(HOST)
    host = str(folder / "host")
    assert run("host.py", folder=folder, NUMBA_CACHE_DIR=host).split() == ["2", "2"]
    # and code that lies in the host's folder is never ours: nothing of it is named like ours
    assert not list((folder / "host").rglob("*advance*"))


def test_nothing_is_written_without_a_cache(probe: Path) -> None:
    output = run("-m", "hkperp_probe", folder=probe.parent, HKPERP_NO_CACHE="1")
    assert output.split()[0] == "12"
    assert not (probe.parent / "cache").exists()
    assert not list(probe.rglob("*.nb?"))


REFUSED = [
    ({"HKPERP_BUILD": "fast"}, "HKPERP_BUILD: unknown build 'fast' (one of production, checked"),
    ({"HKPERP_NO_CACHE": "yes"}, "HKPERP_NO_CACHE: unknown value 'yes' (1 to compile every time"),
    (
        {"NUMBA_CACHE_LOCATOR_CLASSES": "InTreeCacheLocator"},
        "numba does not use the private cache folder",
    ),
]


@pytest.mark.parametrize(("environment", "message"), REFUSED)
def test_refused_settings(probe: Path, environment: dict[str, str], message: str) -> None:
    error = run("-m", "hkperp_probe", folder=probe.parent, check=False, **environment)
    assert message in error.splitlines()[-1]


def test_a_kernel_without_a_file_is_not_cached(tmp_path: Path) -> None:
    code = "from hkperp_engine.kernel import kernel\ndef f(x): return x + 1\nprint(kernel(f)(1))"
    assert run("-c", code, folder=tmp_path) == "2\n"
    assert not list(tmp_path.rglob("*.nb?"))


@kernel
def half_ticks(ticks):
    return ticks // 2


def test_registry() -> None:
    assert f"{__name__}.half_ticks" in registered_kernels()
    assert half_ticks(-3) == -2
    assert (expected_kernel_count() == 0) == (BUILD == "python")
    assert expected_kernel_count() <= len(registered_kernels())


def test_progress_reports_what_was_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds are a kernel's own; one that fails to compile is not counted."""
    monkeypatch.setattr(kernel_module, "_registry", {})
    monkeypatch.setenv("HKPERP_NO_CACHE", "1")
    kernel_module.kernel_cache.folder.cache_clear()

    def inner(x):
        return x + 1

    inner_kernel = kernel(inner)

    def outer(x):
        return inner_kernel(x) * 2

    def broken(x):
        return inner_kernel(x) + "text"

    outer_kernel, broken_kernel = kernel(outer), kernel(broken)
    seen = []
    with kernel_module.compilation_progress(lambda *report: seen.append(report)):
        assert outer_kernel(1) == 4
        assert outer_kernel(2) == 6
        with pytest.raises(Exception, match=r"Invalid use|unsupported operand|No implementation"):
            broken_kernel(1)
    kernel_module.kernel_cache.folder.cache_clear()
    if BUILD == "python":
        assert seen == []
        return
    assert [(name.rsplit(".", 1)[1], count) for name, _, count in seen] == [
        ("inner", 1),
        ("outer", 2),
    ]
    assert all(0 < seconds < 60 for _, seconds, _ in seen)
    half_ticks(5)
    assert len(seen) == 2, "nothing is reported after the block"
