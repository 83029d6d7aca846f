"""One decorator, three builds: how every compiled function of the project is made.

`HKPERP_BUILD` chooses the build when this module is imported:

    production   the default: compiled
    checked      compiled, every array index checked: tests, fuzzing, differential runs
    python       not compiled, numba is not imported: the inner loop of development

All three give equal results for the same commands; `//` and `%` floor in all of them. Division by
zero raises ZeroDivisionError when compiled and for Python's integers; numpy's integers, in the
`python` build, warn and give 0, so run that build under `-W error`, which also finds overflow
(docs/decisions/0005-one-kernel-decorator.md).

Compiled code is kept on disk by `hkperp_engine.kernel_cache` (in which folder) and `kernel_file`
(in which files); `HKPERP_NO_CACHE=1` keeps nothing.
"""

import contextlib
import functools
import os
import threading
import time

from hkperp_engine import kernel_cache
from hkperp_engine.errors import InputError, StorageError

__all__ = [
    "BUILD",
    "CHECKED",
    "compilation_progress",
    "door",
    "expected_kernel_count",
    "kernel",
    "primitive",
    "registered_kernels",
]

#: Compiler options by build. The error model is Python's everywhere: with numpy's, a division by
#: zero returns 0 in compiled code, and a 0 nobody asked for is worse in a ledger than a stop.
_BUILD_OPTIONS: dict[str, dict] = {
    "production": {"error_model": "python"},
    "checked": {"error_model": "python", "boundscheck": True},
    "python": {},
}


def _chosen_build():
    """Return the build named by the environment, or refuse."""
    build = os.environ.get("HKPERP_BUILD") or "production"
    if build not in _BUILD_OPTIONS:
        raise InputError(
            f"unknown build {build!r}",
            source="environment",
            path="HKPERP_BUILD",
            hint=f"one of {', '.join(_BUILD_OPTIONS)}",
        )
    return build


BUILD = _chosen_build()

#: True where tests run. `if CHECKED: assert ...` costs nothing in production: the branch goes.
CHECKED = BUILD != "production"

#: Every kernel and door decorated in this process, by full name. In the `python` build the value
#: is the function itself, else numba's dispatcher.
_registry = {}

#: numba binds the cache folder of a function from one global setting while it decorates.
_decorating = threading.Lock()


def kernel(function, *, is_pasted=False, **options):
    """Compile `function` in the compiled builds, leave it alone in the `python` build.

    A kernel takes state, rows and integers, returns integers or a row, and allocates nothing:
    reference counting is off. It holds no Python lock while it runs. It is compiled at its first
    call, or loaded from the cache. `options` are numba's and meant for `door` only.

    Decorating costs about 0.3 ms; calling a kernel from Python about 0.2 us.

    >>> @kernel
    ... def next_ticks(price_ticks):
    ...     return price_ticks + 1
    >>> next_ticks(900_000)
    900001
    """
    name = f"{function.__module__}.{function.__qualname__}"
    _registry[name] = function
    if BUILD == "python":
        return function
    import numba

    folder = None
    if os.path.isfile(function.__code__.co_filename):  # else a prompt, a doctest, `python -c`
        folder = kernel_cache.folder(BUILD, function.__module__)
    options = {"nogil": True, "_nrt": False, **_BUILD_OPTIONS[BUILD], **options}
    # Said in both cases: numba lets a callee inherit it from the caller it is compiled for.
    options["forceinline"] = is_pasted
    options["pipeline_class"] = _compiler(is_pasted)
    with _decorating:
        # Set only while this function is decorated: the host program's own compiled functions
        # keep their folder.
        host_folder, numba.config.CACHE_DIR = numba.config.CACHE_DIR, str(folder or "")
        try:
            dispatcher = numba.njit(cache=folder is not None, **options)(function)
        finally:
            numba.config.CACHE_DIR = host_folder
    if folder is not None and not numba.config.DISABLE_JIT:
        from hkperp_engine.kernel_file import make_robust

        _require_inside(dispatcher.stats.cache_path, folder)
        make_robust(dispatcher)
    if not numba.config.DISABLE_JIT:
        _widen_arguments(dispatcher)
    _registry[name] = dispatcher
    return dispatcher


@functools.cache
def _compiler(is_pasted):
    """Return numba's compiler for functions that are pasted into their callers, or never are.

    numba links the code of every callee into each caller and works on all of it again. Pasted
    functions are therefore left as they come: their own code is never run. The others are closed
    against pasting once they are done: LLVM would paste cold code into hot loops, and take three
    times as long about it.
    """
    from numba.core.compiler import Compiler

    class KernelCompiler(Compiler):
        """Numba's compiler with a say in what happens to the finished module."""

        def define_pipelines(self):
            state = self.state
            library = state.targetctx.codegen().create_library(state.func_id.func_qualname)
            library.enable_object_caching()
            state["library"] = library
            if is_pasted:
                library._optimize_final_module = lambda: None
            else:
                library._optimize_final_module = functools.partial(_optimize_and_close, library)
            return super().define_pipelines()

    return KernelCompiler


def _optimize_and_close(library):
    """Do numba's passes over a finished module, then forbid pasting its function elsewhere."""
    from llvmlite.binding import Linkage

    type(library)._optimize_final_module(library)
    for function in library._final_module.functions:
        # What was linked in is `linkonce`, and has been closed or is pasted.
        if not function.is_declaration and function.linkage == Linkage.external:
            function.add_function_attribute("noinline")


def _widen_arguments(dispatcher):
    """Let every whole-number argument be int64 when one kernel calls another.

    numba compiles a kernel anew for each literal, each enum and each width of integer that it is
    called with: `push_frame` 16 times. Widened at the call it is compiled once; the value is the
    same.
    """
    from numba.core import types

    template_of = dispatcher.get_call_template

    def widened(argument):
        if isinstance(argument, types.BooleanLiteral):
            return types.boolean
        if isinstance(argument, (types.Integer, types.IntEnumMember)):
            return types.int64
        return argument

    def get_call_template(args, kws):
        named = {name: widened(argument) for name, argument in kws.items()}
        return template_of(tuple(widened(argument) for argument in args), named)

    dispatcher.get_call_template = get_call_template


def door(function):
    """Compile a function that Python calls: like `kernel`, but reference counting is on.

    A door takes arrays, makes views of the arena with `primitives.rows`, packs them, and calls
    kernels. Each door costs 3-5 s of compilation when it holds the whole loop: have few.
    """
    return kernel(function, _nrt=True)


def primitive(compiled):
    """Give a Python function a compiled twin, used when kernels call it.

    `compiled` takes no argument and returns the twin in the form `numba.extending.overload` wants:
    a function of the argument types that returns an implementation. It runs only in the compiled
    builds, so it may import numba. Both bodies must agree on every argument that is allowed.
    """

    def wrap(function):
        if BUILD != "python":
            from numba.extending import overload

            overload(function)(compiled())
        return function

    return wrap


def registered_kernels():
    """Return the full names of all kernels and doors decorated so far, in order of decoration."""
    return tuple(_registry)


def expected_kernel_count():
    """Return how many kernels may still have to be compiled, those already compiled included.

    Counts what is decorated so far and was not loaded from the cache; 0 in the `python` build.
    An upper limit: a kernel that nobody calls is counted, and so are the callees of a door that
    was loaded from the cache whole; so show nothing before the first report. O(kernels).
    """
    if BUILD == "python":
        return 0
    return sum(1 for dispatcher in _registry.values() if not _is_loaded(dispatcher))


@contextlib.contextmanager
def compilation_progress(callback):
    """Call `callback(name, seconds, count)` after each kernel that is compiled in this block.

    `seconds` is a float, the time of this kernel without the kernels it made compile; `count` is
    1-based and counts each kernel once, whatever number of argument types it is compiled for.
    Kernels loaded from the cache are not reported, and nothing is in the `python` build.

        with compilation_progress(lambda name, seconds, count: show(name, count)):
            apply_batch(...)
    """
    if BUILD == "python":
        yield
        return
    from numba.core import event

    class Progress(event.Listener):
        """Measure the kernels of the registry; what numba compiles besides belongs to them."""

        def __init__(self):
            self.names = set()
            self.open = []  # [start, time of nested kernels] in seconds, outermost first

        def on_start(self, compilation):
            if _registered_name(compilation.data["dispatcher"]):
                self.open.append([time.perf_counter(), 0])

        def on_end(self, compilation):
            name = _registered_name(compilation.data["dispatcher"])
            if not name:
                return
            start, nested = self.open.pop()
            whole = time.perf_counter() - start
            if self.open:
                self.open[-1][1] += whole
            # Not `compilation.is_failed`: numba 0.68 says True when nothing failed.
            if tuple(compilation.data["args"]) not in compilation.data["dispatcher"].overloads:
                return
            self.names.add(name)
            callback(name, whole - nested, len(self.names))

    with event.install_listener("numba:compile", Progress()):
        yield


def _registered_name(dispatcher):
    """Return the registry's name of a dispatcher, or None if it is not one of ours."""
    function = dispatcher.py_func
    name = f"{function.__module__}.{function.__qualname__}"
    return name if _registry.get(name) is dispatcher else None


def _is_loaded(dispatcher):
    """Tell whether a kernel was loaded from the cache and never had to be compiled."""
    stats = getattr(dispatcher, "stats", None)  # a plain function under NUMBA_DISABLE_JIT
    return stats is None or (bool(stats.cache_hits) and not stats.cache_misses)


def _require_inside(path, folder):
    """Refuse a function that numba would cache elsewhere, as its own settings can make it do."""
    if path is None or os.path.commonpath([path, folder]) != str(folder):
        raise StorageError(
            "numba does not use the private cache folder",
            source=folder,
            found=path,
            hint="unset NUMBA_CACHE_LOCATOR_CLASSES, or set HKPERP_NO_CACHE=1",
        )
